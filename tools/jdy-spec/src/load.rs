//! Reading the spec folder: every YAML file once, into a tree with places.
//!
//! Owns files, YAML's syntax and what of it is not used here (anchors, tags, several documents).
//! Must not know OpenAPI, except that `openapi.yaml` is the root, `fixups/` are corrections and
//! `names.yaml` names codes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle};

use crate::diagnostic::{Diagnostic, Diagnostics, Source, Sources, Span};
use crate::parallel;
use crate::tree::{Entry, Key, Node, Scalar, Style, Value};

/// The file that everything hangs on.
pub const ROOT: &str = "openapi.yaml";

/// The file that names codes by their labels.
pub const NAMES: &str = "names.yaml";

/// One YAML file.
#[derive(Debug)]
pub struct Document {
    /// Its index among the sources.
    pub file: u32,
    /// Its tree.
    pub root: Node,
    /// Where its comments stand, in the order of the file.
    pub comments: Vec<Span>,
}

/// The spec folder as it was read.
#[derive(Debug, Default)]
pub struct Spec {
    /// The files' texts.
    pub sources: Sources,
    /// The spec's files by their path within the folder.
    pub documents: BTreeMap<String, Document>,
    /// The corrections by their path within the folder.
    pub fixups: BTreeMap<String, Document>,
    /// The names of codes, where there is a file of them.
    pub names: Option<Document>,
    /// Files that are there but could not be read, which is a diagnostic already.
    pub unreadable: BTreeSet<String>,
}

/// Reads the folder. What cannot be read is a diagnostic; the rest is there.
pub fn folder(folder: &Path, diagnostics: &mut Diagnostics) -> Spec {
    let mut paths = Vec::new();
    if let Err(error) = collect(folder, "", &mut paths) {
        let mut spec = Spec::default();
        let file = spec.sources.add(source(folder, "", String::new()));
        diagnostics.add(
            Diagnostic::error(
                Span::top(file),
                format!("the folder cannot be read: {error}"),
            )
            .help("name the spec's folder with --spec DIR"),
        );
        return spec;
    }
    paths.sort();
    let files = paths.into_iter().map(|path| {
        let read = text(folder, &path);
        (path, read)
    });
    texts(folder, files.collect(), diagnostics)
}

/// A file's path within its folder, and its text or what is wrong with it.
pub type Read = (String, Result<String, String>);

/// Whether a file of this path within the folder is a part of the spec.
#[must_use]
pub fn is_spec(path: &str) -> bool {
    let hidden = path.split('/').any(|name| name.starts_with('.'));
    !hidden && (path.ends_with(".yaml") || path.ends_with(".yml"))
}

/// Takes files that were read, from wherever; `folder` is what a diagnostic shows before their
/// paths.
pub fn texts(folder: &Path, files: Vec<Read>, diagnostics: &mut Diagnostics) -> Spec {
    let mut spec = Spec::default();
    let mut read = Vec::with_capacity(files.len());
    for (path, text) in files {
        let (text, problem) = match text {
            Ok(text) => (text, None),
            Err(problem) => (String::new(), Some(problem)),
        };
        let file = spec.sources.add(source(folder, &path, text));
        match problem {
            None => read.push((path, file)),
            Some(problem) => {
                diagnostics.add(Diagnostic::error(Span::top(file), problem));
                spec.unreadable.insert(path);
            }
        }
    }
    for (path, document) in parse(&read, &spec.sources, diagnostics) {
        match document {
            None => {
                spec.unreadable.insert(path);
            }
            Some(document) if path.starts_with("fixups/") => {
                spec.fixups.insert(path, document);
            }
            Some(document) if path == NAMES => spec.names = Some(document),
            Some(document) => {
                spec.documents.insert(path, document);
            }
        }
    }
    if !spec.documents.contains_key(ROOT) && !spec.unreadable.contains(ROOT) {
        let file = spec.sources.add(source(folder, ROOT, String::new()));
        diagnostics.add(
            Diagnostic::error(Span::top(file), format!("the folder has no `{ROOT}`"))
                .help("name the spec's folder with --spec DIR"),
        );
    }
    spec
}

/// The text of a file, or what is wrong with it.
fn text(folder: &Path, path: &str) -> Result<String, String> {
    match std::fs::read(folder.join(path)) {
        Ok(bytes) => utf8(bytes),
        Err(error) => Err(format!("the file cannot be read: {error}")),
    }
}

/// The text of a file's bytes, or what is wrong with them.
///
/// # Errors
/// They are not UTF-8.
pub fn utf8(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("the file is not UTF-8 from byte {at} on")
    })
}

/// Parses all files, on all cores; what comes out does not depend on how many there are.
fn parse(
    files: &[(String, u32)],
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) -> Vec<(String, Option<Document>)> {
    let one = |(path, file): &(String, u32)| {
        let text = sources.get(*file).map_or("", |source| &source.text);
        let mut diagnostics = Diagnostics::default();
        let document = document(text, *file, &mut diagnostics);
        (path.clone(), document, diagnostics)
    };
    let mut documents = Vec::with_capacity(files.len());
    for (path, document, found) in parallel::map(files, one) {
        documents.push((path, document));
        diagnostics.append(found);
    }
    documents
}

fn source(folder: &Path, path: &str, text: String) -> Source {
    let joined = if path.is_empty() {
        folder.to_path_buf()
    } else {
        folder.join(path)
    };
    Source {
        shown: joined.display().to_string(),
        path: path.to_owned(),
        text: Arc::from(text),
    }
}

/// All YAML files beneath a folder, as paths with `/`.
fn collect(folder: &Path, inner: &str, paths: &mut Vec<String>) -> std::io::Result<()> {
    let here: PathBuf = folder.join(inner);
    for entry in std::fs::read_dir(here)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = if inner.is_empty() {
            name.clone()
        } else {
            format!("{inner}/{name}")
        };
        if name.starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(folder, &path, paths)?;
        } else if is_spec(&path) {
            paths.push(path);
        }
    }
    Ok(())
}

/// Parses the text of one file; `None` where it is not YAML at all, which is a diagnostic.
pub fn document(text: &str, file: u32, diagnostics: &mut Diagnostics) -> Option<Document> {
    let mut builder = Builder {
        file,
        diagnostics,
        comments: Vec::new(),
        open: Vec::new(),
        root: None,
        documents: 0,
        length: text.len(),
    };
    for next in Parser::new_from_str(text) {
        match next {
            Ok((event, span)) => builder.event(event, span),
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len());
                let at = u32::try_from(at.min(text.len())).unwrap_or(u32::MAX);
                let span = Span {
                    file,
                    start: at,
                    end: at,
                };
                builder.diagnostics.add(
                    Diagnostic::error(span, format!("not valid YAML: {}", error.info()))
                        .help("nothing else of this file was checked"),
                );
                return None;
            }
        }
    }
    let comments = builder.comments;
    match builder.root {
        Some(root) => Some(Document {
            file,
            root,
            comments,
        }),
        None => {
            diagnostics.add(Diagnostic::error(Span::top(file), "the file is empty"));
            None
        }
    }
}

/// A collection that is not yet closed.
enum Open {
    List(Span, Vec<Node>),
    Map(Span, Vec<Entry>, Option<Key>),
}

struct Builder<'a> {
    file: u32,
    diagnostics: &'a mut Diagnostics,
    comments: Vec<Span>,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
    length: usize,
}

impl Builder<'_> {
    fn span(&self, span: granit_parser::Span) -> Span {
        let byte = |marker: granit_parser::Marker| {
            let at = marker.byte_offset().unwrap_or(self.length);
            u32::try_from(at.min(self.length)).unwrap_or(u32::MAX)
        };
        Span {
            file: self.file,
            start: byte(span.start),
            end: byte(span.end),
        }
    }

    fn event(&mut self, event: Event<'_>, span: granit_parser::Span) {
        let place = self.span(span);
        if event.anchor_id().is_some() || event.alias_id().is_some() {
            self.refuse(
                place,
                "an anchor or alias",
                "write the value out, or use `$ref`",
            );
        }
        if event.tag().is_some() {
            self.refuse(place, "a YAML tag", "leave the tag out; quote what is text");
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents == 2 {
                    self.refuse(place, "a second document", "one file holds one document");
                }
            }
            Event::Comment(..) => self.comments.push(place),
            Event::Alias(_) => self.scalar(place, String::new(), Style::Quoted),
            Event::Scalar(text, style, ..) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    _ => Style::Quoted,
                };
                self.scalar(place, text.into_owned(), style);
            }
            Event::SequenceStart(..) => self.open.push(Open::List(place, Vec::new())),
            Event::MappingStart(..) => self.open.push(Open::Map(place, Vec::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => self.close(place),
            _ => {}
        }
    }

    fn refuse(&mut self, span: Span, what: &str, help: &str) {
        self.diagnostics
            .add(Diagnostic::error(span, format!("{what} is not used in this spec")).help(help));
    }

    fn scalar(&mut self, span: Span, text: String, style: Style) {
        let scalar = Scalar { text, style };
        if let Some(Open::Map(_, _, key @ None)) = self.open.last_mut() {
            *key = Some(Key { span, scalar });
            return;
        }
        self.put(Node {
            span,
            value: Value::Scalar(scalar),
        });
    }

    fn close(&mut self, end: Span) {
        let node = match self.open.pop() {
            Some(Open::List(start, items)) => Node {
                span: Span {
                    end: end.end.max(start.end),
                    ..start
                },
                value: Value::List(items),
            },
            Some(Open::Map(start, entries, _)) => {
                self.duplicates(&entries);
                Node {
                    span: Span {
                        end: end.end.max(start.end),
                        ..start
                    },
                    value: Value::Map(entries),
                }
            }
            None => return,
        };
        self.put(node);
    }

    fn put(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(Open::List(_, items)) => items.push(node),
            Some(Open::Map(_, entries, key)) => match key.take() {
                Some(key) => entries.push(Entry { key, value: node }),
                None => {
                    // A collection in the place of a name: its value follows, under no name.
                    let span = node.span;
                    self.refuse(span, "a list or mapping as a name", "names are text");
                    if let Some(Open::Map(_, _, key)) = self.open.last_mut() {
                        *key = Some(Key {
                            span,
                            scalar: Scalar {
                                text: String::new(),
                                style: Style::Quoted,
                            },
                        });
                    }
                }
            },
            None if self.root.is_none() => self.root = Some(node),
            None => {}
        }
    }

    /// A name that stands twice in one mapping: readers keep the first, the last, or fail.
    fn duplicates(&mut self, entries: &[Entry]) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for entry in entries {
            let name = entry.key.text();
            match seen.get(name) {
                Some(first) => self.diagnostics.add(
                    Diagnostic::error(
                        entry.key.span,
                        format!("`{name}` stands here a second time"),
                    )
                    .other(*first, "the first")
                    .help("keep one of the two"),
                ),
                None => {
                    seen.insert(name, entry.key.span);
                }
            }
        }
    }
}
