//! The spec folder, as far as importing must know it.
//!
//! Reads each file's few lines that say which operation it holds, so that one page is imported
//! without reading the whole spec; the files that change are read in full. Owns the texts, and that
//! they are written together or not at all. Must not know pages. Must not use: `crate::reading`,
//! `crate::endpoint`, `crate::markdown`, `crate::html`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jdy_spec::diagnostic::Diagnostics;
use jdy_spec::load::{self, Document, ROOT};
use jdy_spec::tree::Node;

use super::emit;
use super::splice::Splicer;
use super::yaml::Out;

/// One operation of the spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// `post`
    pub(crate) method: String,
    /// The path of the index.
    pub(crate) path: String,
    /// The file within the folder.
    pub(crate) file: String,
    /// The operation's id.
    pub(crate) id: String,
    /// The page's id.
    pub(crate) page: Option<String>,
    /// Whether it came from a file of the whole API, and no page has spoken since.
    pub(crate) sourced: bool,
}

/// The spec folder.
#[derive(Debug)]
pub(crate) struct SpecFolder {
    folder: PathBuf,
    root: String,
    /// Paths to files.
    pub(crate) index: BTreeMap<String, String>,
    tags: BTreeMap<String, Option<String>>,
    /// What the menus of the pages of new modules call them, and how often.
    menus: BTreeMap<String, BTreeMap<String, usize>>,
    envelopes: BTreeSet<String>,
    /// The modules of operations that were put.
    modules: BTreeSet<String>,
    texts: BTreeMap<String, String>,
    /// The operations.
    pub(crate) known: Vec<Known>,
    changed: BTreeSet<String>,
    gone: BTreeSet<String>,
}

impl SpecFolder {
    /// Opens a spec folder.
    ///
    /// # Errors
    /// Why it cannot be imported into.
    pub(crate) fn open(folder: &Path) -> Result<Self, String> {
        let path = folder.join(ROOT);
        let root = std::fs::read_to_string(&path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let document = parse(&root).map_err(|why| format!("{}: {why}", path.display()))?;
        let mut spec_folder = Self::of_root(folder, &document.root);
        spec_folder.root = root;
        for (path, file) in spec_folder.index.clone() {
            spec_folder.load(path, file)?;
        }
        Ok(spec_folder)
    }

    /// What the root file says: its modules, envelopes and index of paths.
    fn of_root(folder: &Path, node: &Node) -> Self {
        let schemas = node
            .get("components")
            .and_then(|components| components.get("schemas"));
        let envelopes = schemas.map_or(&[][..], Node::entries);
        let tags = node.get("tags").map_or(&[][..], Node::items);
        let tags = tags.iter().filter_map(|tag| {
            let name = tag.text_of("name")?.to_owned();
            Some((name, tag.text_of("description").map(str::to_owned)))
        });
        let lines = node.get("paths").map_or(&[][..], Node::entries);
        let index = lines.iter().filter_map(|line| {
            let file = line.value.text_of("$ref")?.to_owned();
            Some((line.key.text().to_owned(), file))
        });
        Self {
            folder: folder.to_path_buf(),
            root: String::new(),
            index: index.collect(),
            tags: tags.collect(),
            menus: BTreeMap::new(),
            envelopes: envelopes
                .iter()
                .map(|entry| entry.key.text().to_owned())
                .collect(),
            modules: BTreeSet::new(),
            texts: BTreeMap::new(),
            known: Vec::new(),
            changed: BTreeSet::new(),
            gone: BTreeSet::new(),
        }
    }

    /// Reads a path's file and the operations in it.
    fn load(&mut self, path: String, file: String) -> Result<(), String> {
        let at = self.folder.join(&file);
        let problem = |why: &dyn std::fmt::Display| format!("{}: {why}", at.display());
        let text = std::fs::read_to_string(&at).map_err(|error| problem(&error))?;
        let found = match scan(&text) {
            Some(found) => found,
            None => slow_scan(&text).map_err(|why| problem(&why))?,
        };
        let known = found.into_iter().map(|(method, id, page, sourced)| Known {
            method,
            path: path.clone(),
            file: file.clone(),
            id,
            page,
            sourced,
        });
        self.known.extend(known);
        self.texts.insert(file, text);
        Ok(())
    }

    /// The text of a file, if it is there.
    #[must_use]
    pub(crate) fn text(&self, file: &str) -> Option<String> {
        if self.gone.contains(file) {
            return None;
        }
        self.texts
            .get(file)
            .cloned()
            .or_else(|| std::fs::read_to_string(self.folder.join(file)).ok())
    }

    /// The path of a file as it is shown.
    #[must_use]
    pub(crate) fn shown(&self, file: &str) -> String {
        self.folder.join(file).display().to_string()
    }

    /// The operation of a method and path.
    #[must_use]
    pub(crate) fn at(&self, method: &str, path: &str) -> Option<&Known> {
        self.known
            .iter()
            .find(|known| known.method == method && known.path == path)
    }

    /// The operation of a page.
    #[must_use]
    pub(crate) fn of_page(&self, page: &str) -> Option<&Known> {
        self.known
            .iter()
            .find(|known| known.page.as_deref() == Some(page))
    }

    /// The operation of an id.
    #[must_use]
    pub(crate) fn of_id(&self, id: &str) -> Option<&Known> {
        self.known.iter().find(|known| known.id == id)
    }

    /// Puts an operation and the text of its file; says whether anything is new.
    pub(crate) fn put(&mut self, known: Known, text: String, menu: Option<&str>, envelope: &str) {
        let module = known.id.split('.').next().unwrap_or_default().to_owned();
        let is_named = matches!(self.tags.get(&module), Some(Some(_)));
        if let (false, Some(menu)) = (is_named, menu) {
            let menus = self.menus.entry(module.clone()).or_default();
            *menus.entry(menu.to_owned()).or_default() += 1;
        }
        self.modules.insert(module);
        self.envelopes.insert(envelope.to_owned());
        self.index.insert(known.path.clone(), known.file.clone());
        if self.texts.get(&known.file) != Some(&text) {
            self.changed.insert(known.file.clone());
            self.gone.remove(&known.file);
            self.texts.insert(known.file.clone(), text);
        }
        let same = |other: &&mut Known| other.method == known.method && other.path == known.path;
        match self.known.iter_mut().find(same) {
            Some(other) => *other = known,
            None => self.known.push(known),
        }
    }

    /// Takes an operation out of the index whose file goes on under another path.
    pub(crate) fn forget(&mut self, known: &Known) {
        self.known.retain(|other| other != known);
        if !self.known.iter().any(|other| other.path == known.path) {
            self.index.remove(&known.path);
        }
    }

    /// Takes an operation out of the spec, and its file where nothing is left in it.
    pub(crate) fn take(&mut self, known: &Known, rest: Option<String>) {
        self.known.retain(|other| other != known);
        match rest {
            Some(text) => {
                self.changed.insert(known.file.clone());
                self.texts.insert(known.file.clone(), text);
            }
            None => {
                self.texts.remove(&known.file);
                self.changed.remove(&known.file);
                self.gone.insert(known.file.clone());
                self.index.remove(&known.path);
            }
        }
    }

    /// Writes what changed: all texts beside their files, and only when each is on the disk the
    /// files, then the index that names them, each as a whole.
    ///
    /// # Errors
    /// A file cannot be written; the error names it.
    pub(crate) fn write(&self) -> Result<(), String> {
        let root = self.new_root()?;
        let text = |file: &String| self.texts.get(file).map_or("", String::as_str);
        let changed = self.changed.iter();
        let mut wanted: Vec<(PathBuf, &str)> = changed
            .map(|file| (self.folder.join(file), text(file)))
            .collect();
        if root != self.root {
            wanted.push((self.folder.join(ROOT), &root));
        }
        let mut beside = Beside::default();
        for (path, text) in &wanted {
            beside
                .add(path, text)
                .map_err(|error| format!("{}: {error}; nothing was imported", path.display()))?;
        }
        beside.replace().map_err(|(path, error)| {
            format!(
                "{}: {error}; files before it hold what was imported already: import anew",
                path.display()
            )
        })?;
        for file in &self.gone {
            let path = self.folder.join(file);
            match std::fs::remove_file(&path) {
                // An operation that was new in this run and moved in it never had a file.
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(format!("{}: {error}", path.display()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The root with its index, its modules and its envelopes.
    fn new_root(&self) -> Result<String, String> {
        let document = parse(&self.root)?;
        let mut wanted = match Out::of(&document.root) {
            Out::Map(entries) => entries,
            _ => return Err("the root is no mapping".to_owned()),
        };
        let line = |file: &str| Out::Map(vec![("$ref".to_owned(), Out::text(file))]);
        for (name, value) in &mut wanted {
            match name.as_str() {
                "paths" => {
                    *value = Out::Map(
                        self.index
                            .iter()
                            .map(|(path, file)| (path.clone(), line(file)))
                            .collect(),
                    );
                }
                "tags" => *value = self.modules(value),
                "components" => self.envelope(value),
                _ => {}
            }
        }
        let mut splicer = Splicer::new(&self.root, &document);
        splicer.map(document.root.entries(), &wanted, "");
        Ok(splicer.finish().0)
    }

    /// The modules, by name. A new one is called what most of its pages' menus call it.
    fn modules(&self, old: &Out) -> Out {
        let mut tags = self.tags.clone();
        for module in &self.modules {
            let called = self.menus.get(module).and_then(|menus| {
                menus
                    .iter()
                    .rev()
                    .max_by_key(|(_, count)| **count)
                    .map(|(menu, _)| menu.clone())
            });
            let title = tags.entry(module.clone()).or_default();
            if title.is_none() {
                *title = called;
            }
        }
        Out::List(
            tags.iter()
                .map(|(name, title)| tag(name, title.as_deref(), old))
                .collect(),
        )
    }

    /// The envelope of an upload, where a page needed it first.
    fn envelope(&self, components: &mut Out) {
        const UPLOAD: &str = "UploadEnvelope";
        let Out::Map(entries) = components else {
            return;
        };
        if !self.envelopes.contains(UPLOAD) {
            return;
        }
        for (name, value) in entries {
            if let ("schemas", Out::Map(schemas)) = (name.as_str(), value)
                && !schemas.iter().any(|(name, _)| name == UPLOAD)
            {
                schemas.push((UPLOAD.to_owned(), emit::upload_envelope()));
            }
        }
    }
}

/// Texts that stand beside the files that they shall replace. Each file holds its old text or its
/// new one, whatever happens; what replaces nothing goes with it.
#[derive(Default)]
struct Beside {
    files: Vec<(PathBuf, PathBuf)>,
}

impl Beside {
    fn add(&mut self, path: &Path, text: &str) -> std::io::Result<()> {
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let new = path.with_file_name(name);
        self.files.push((new.clone(), path.to_owned()));
        std::fs::write(&new, text)
    }

    /// Puts the texts in the place of their files.
    fn replace(&mut self) -> Result<(), (PathBuf, std::io::Error)> {
        while let Some((new, path)) = self.files.first() {
            std::fs::rename(new, path).map_err(|error| (path.clone(), error))?;
            self.files.remove(0);
        }
        Ok(())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        for (new, _) in &self.files {
            // What could not be written is of no use; the error that is returned is the first one.
            let _ = std::fs::remove_file(new);
        }
    }
}

fn tag(name: &str, title: Option<&str>, old: &Out) -> Out {
    let mut entries = vec![("name".to_owned(), Out::text(name))];
    if let Out::List(items) = old
        && let Some(Out::Map(item)) = items
            .iter()
            .find(|item| item.get("name").and_then(Out::as_text) == Some(name))
    {
        entries.clone_from(item);
    }
    if let Some(title) = title
        && !entries.iter().any(|(name, _)| name == "description")
    {
        entries.push(("description".to_owned(), Out::text(title)));
    }
    Out::Map(entries)
}

/// Parses a text of the spec.
///
/// # Errors
/// The first thing that is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Document, String> {
    let mut diagnostics = Diagnostics::default();
    let document = load::document(text, 0, &mut diagnostics);
    match (document, diagnostics.errors()) {
        (Some(document), 0) => Ok(document),
        _ => Err(diagnostics.sorted().first().map_or_else(
            || "it cannot be read".to_owned(),
            |first| first.what.clone(),
        )),
    }
}

type Found = Vec<(String, String, Option<String>, bool)>;

/// Method, id, page and whether it came from a file of the whole API, of each operation, from the
/// lines that say so; `None` where a file is written in another way than the importer's.
fn scan(text: &str) -> Option<Found> {
    let mut found: Found = Vec::new();
    for line in text.lines() {
        if !line.starts_with(' ') {
            let bare = line.split('#').next().unwrap_or_default().trim_end();
            if bare.is_empty() {
                continue;
            }
            let method = bare
                .strip_suffix(':')
                .filter(|m| ["get", "post", "put", "delete"].contains(m))?;
            found.push((method.to_owned(), String::new(), None, false));
            continue;
        }
        let inner = line
            .strip_prefix("  ")
            .filter(|inner| !inner.starts_with(' '));
        let Some((name, value)) = inner.and_then(|inner| inner.split_once(':')) else {
            continue;
        };
        let last = found.last_mut()?;
        let value = value.trim();
        last.3 |= name == "x-jdy-source";
        if !matches!(name, "operationId" | "x-jdy-page") {
            continue;
        }
        if value.contains([' ', '\'', '#', '&', '>', '|', '\\']) {
            return None;
        }
        let value = value.trim_matches('"').to_owned();
        if name == "operationId" {
            last.1 = value;
        } else {
            last.2 = Some(value);
        }
    }
    found
        .iter()
        .all(|(_, id, page, sourced)| !id.is_empty() && (page.is_some() || *sourced))
        .then_some(found)
}

fn slow_scan(text: &str) -> Result<Found, String> {
    let document = parse(text)?;
    Ok(document
        .root
        .entries()
        .iter()
        .map(|entry| {
            (
                entry.key.text().to_owned(),
                entry
                    .value
                    .text_of("operationId")
                    .unwrap_or_default()
                    .to_owned(),
                entry.value.text_of("x-jdy-page").map(str::to_owned),
                entry.value.get("x-jdy-source").is_some(),
            )
        })
        .collect())
}
