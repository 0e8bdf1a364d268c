//! Importing: the vendor's endpoint pages to files of the spec.
//!
//! One way: a page in one of its forms ([`markdown`], [`html`]) -> [`block`]s -> the parts of a
//! page ([`section`], [`table`], [`listing`], [`called`]), unless it is cut off ([`whole`]) -> [`facts`] ([`reading`] and [`maker`], with [`kind`], [`label`], [`codes`],
//! [`mod@format`], [`value`], [`waiver`], [`example`], [`naming`],
//! [`entities`]) -> an operation of the spec ([`emit`]) -> the
//! text of its file, written anew or spliced ([`yaml`], [`keep`], [`splice`], [`shelf`]).
//! A file of the whole API ([`swagger`]) becomes the same parts, one page of them for each operation.
//! Tables are the truth, nothing is guessed, and whatever a rule decided is told. A page and its
//! file are one transaction: it is taken as a whole or not at all ([`claim`]), and what it would take out
//! of the spec ([`removal`]) must be asked for.

pub mod block;
pub mod called;
pub mod claim;
pub mod codes;
pub mod emit;
pub mod entities;
pub mod example;
pub mod facts;
pub mod format;
pub mod html;
pub mod inline;
pub mod keep;
pub mod kind;
pub mod label;
pub mod listing;
pub mod maker;
pub mod markdown;
pub mod naming;
pub mod nonpage;
pub mod note;
pub mod place;
pub mod reading;
pub mod removal;
pub mod section;
pub mod shelf;
pub mod splice;
pub mod swagger;
pub mod table;
pub mod value;
pub mod waiver;
pub mod whole;
pub mod yaml;

use std::path::{Path, PathBuf};

use crate::finding::Weight;

use claim::Claims;
use emit::Prose;
use facts::Endpoint;
use note::{Note, Notes};
use reading::Outcome;
use shelf::{Known, Shelf};
use splice::Splicer;
use yaml::Out;

/// What became of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// Its operation is new.
    New,
    /// Its operation changed.
    Changed,
    /// Its operation stands as it is.
    Same,
    /// It describes no endpoint.
    NoEndpoint,
    /// It was not taken.
    Refused,
    /// What of a file of the whole API was left, since pages describe it.
    Left,
}

impl Became {
    /// The words for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Same => "same",
            Self::NoEndpoint => "not an endpoint page",
            Self::Refused => "refused",
            Self::Left => "left",
        }
    }
}

/// One page and what became of it.
#[derive(Debug)]
pub struct Told {
    /// The page's file.
    pub page: PathBuf,
    /// What became of it.
    pub became: Became,
    /// The operation, or why not.
    pub what: String,
    /// What was decided: line, column, weight, sentence.
    pub findings: Vec<(usize, usize, Weight, String)>,
}

/// What an import may do beyond adding and changing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Whether prose is carried over.
    pub prose: Prose,
    /// Whether a page may take out of the spec what it does not have.
    pub removal: bool,
    /// Whether a page may move its operation to another address under another title.
    pub moves: bool,
}

impl From<Prose> for Asked {
    fn from(prose: Prose) -> Self {
        Self {
            prose,
            ..Self::default()
        }
    }
}

impl Told {
    fn refused(page: &Path, why: String) -> Self {
        Self {
            page: page.to_path_buf(),
            became: Became::Refused,
            what: why,
            findings: Vec::new(),
        }
    }
}

/// The largest page that is read, in bytes; the vendor's are some 20 KB.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Imports pages, in their order, into a spec folder.
///
/// # Errors
/// The spec folder cannot be read or written.
pub fn run(spec: &Path, pages: &[PathBuf], asked: impl Into<Asked>) -> Result<Vec<Told>, String> {
    let mut shelf = Shelf::open(spec)?;
    let mut claims = Claims::default();
    let asked = asked.into();
    let told = pages
        .iter()
        .flat_map(|page| each(page, &mut shelf, &mut claims, asked))
        .collect();
    shelf.write()?;
    Ok(told)
}

/// What became of a file: of a page, or of each operation of a file of the whole API.
fn each(path: &Path, shelf: &mut Shelf, claims: &mut Claims, asked: Asked) -> Vec<Told> {
    match text(path) {
        Ok(text) if swagger::is_json(&text) => swagger::import(path, &text, shelf, asked),
        Ok(text) => vec![one(path, &text, shelf, claims, asked)],
        Err(why) => {
            let cause = format!("{why}; the page is refused");
            vec![Told {
                findings: vec![(1, 1, Weight::Error, cause)],
                ..Told::refused(path, why)
            }]
        }
    }
}

fn one(path: &Path, text: &str, shelf: &mut Shelf, claims: &mut Claims, asked: Asked) -> Told {
    let mut told = Told::refused(path, String::new());
    let stem = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let mut notes = Notes::default();
    let page = if html::is_html(text) {
        html::read(text)
    } else {
        markdown::read(text)
    };
    let (became, what) = match reading::read(&page, &stem, &mut notes) {
        Outcome::NoEndpoint(id) => match id.and_then(|id| shelf.of_page(&id)) {
            Some(known) => {
                let why = format!(
                    "the page describes no endpoint, and the spec has {} {} of it ({}); where it is \
                     gone, take out its operation by hand",
                    known.method.to_uppercase(),
                    known.path,
                    shelf.shown(&known.file),
                );
                refused(&mut notes, 0, why)
            }
            None => {
                notes = Notes::default();
                (Became::NoEndpoint, String::new())
            }
        },
        Outcome::Refused(at, why) => refused(&mut notes, at, why),
        Outcome::Endpoint(endpoint) => {
            let at = endpoint.path_at;
            let done = claims
                .claim(path, &endpoint)
                .and_then(|()| notes.fine())
                .and_then(|()| file(*endpoint, shelf, asked, &mut notes));
            match done {
                Ok(done) => done,
                Err(why) => refused(&mut notes, at, why),
            }
        }
    };
    told.became = became;
    told.what = what;
    told.findings = placed(text, vec![notes]).pop().unwrap_or_default();
    told
}

fn refused(notes: &mut Notes, at: usize, why: String) -> (Became, String) {
    // What could not be read is told as well; all else was decided for a page that is not taken.
    notes.list.retain(|note| note.weight == Weight::Error);
    notes.list.push(Note {
        weight: Weight::Error,
        at,
        what: format!("{why}; the page is refused"),
    });
    (Became::Refused, why)
}

fn text(path: &Path) -> Result<String, String> {
    let facts =
        std::fs::metadata(path).map_err(|error| format!("the page cannot be read: {error}"))?;
    if !facts.is_file() {
        // A pipe would be waited for, a device never ends.
        return Err("the page is no file".to_owned());
    }
    if facts.len() > LARGEST {
        return Err(format!("the page is larger than {LARGEST} bytes"));
    }
    let bytes = std::fs::read(path).map_err(|error| format!("the page cannot be read: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        format!(
            "the page is not UTF-8 from byte {} on",
            error.utf8_error().valid_up_to()
        )
    })?;
    Ok(half_width(text))
}

/// The text with the pipes of its rows as Markdown has them: `｜名称｜string｜`.
fn half_width(text: String) -> String {
    let is_row = |line: &str| line.trim_start().starts_with('｜');
    if !text.lines().any(is_row) {
        return text;
    }
    text.split_inclusive('\n')
        .map(|line| match is_row(line) {
            true => line.replace('｜', "|"),
            false => line.to_owned(),
        })
        .collect()
}

type Findings = Vec<(usize, usize, Weight, String)>;

/// Lines and columns of the notes of each operation, in the order of the page.
fn placed(text: &str, notes: Vec<Notes>) -> Vec<Findings> {
    let mut out: Vec<Findings> = notes.iter().map(|_| Vec::new()).collect();
    let beyond: Vec<usize> = notes.iter().map(|notes| notes.beyond).collect();
    let mut list: Vec<(usize, Note)> = notes
        .into_iter()
        .enumerate()
        .flat_map(|(owner, notes)| notes.list.into_iter().map(move |note| (owner, note)))
        .collect();
    list.sort_by(|(_, a), (_, b)| (a.at, &a.what).cmp(&(b.at, &b.what)));
    let (mut line, mut column, mut at) = (1, 1, 0);
    for (owner, note) in list {
        let mut end = note.at.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        for letter in text.get(at..end).unwrap_or_default().chars() {
            if letter == '\n' {
                line += 1;
                column = 1;
            } else {
                column += 1;
            }
        }
        at = at.max(end);
        if let Some(findings) = out.get_mut(owner) {
            findings.push((line, column, note.weight, note.what));
        }
    }
    for (findings, beyond) in out.iter_mut().zip(beyond).filter(|(_, beyond)| *beyond > 0) {
        let (line, column) = findings.last().map_or((1, 1), |last| (last.0, last.1));
        let what = format!("{beyond} more findings of this page are not told");
        findings.push((line, column, Weight::Warning, what));
    }
    out
}

/// Files an endpoint: finds its place, and writes or splices its operation.
fn file(
    mut endpoint: Endpoint,
    shelf: &mut Shelf,
    asked: Asked,
    notes: &mut Notes,
) -> Result<(Became, String), String> {
    let here = shelf.at(endpoint.method, &endpoint.path).cloned();
    let before = identity(&mut endpoint, here.as_ref(), shelf, notes)?;
    if let Some(known) = &before {
        settle_name(&mut endpoint, known, notes);
    }
    let moved = before
        .as_ref()
        .filter(|known| (known.method.as_str(), &known.path) != (endpoint.method, &endpoint.path));
    collisions(&endpoint, before.as_ref(), shelf)?;
    let mut base = shelf.text(&endpoint.file);
    let mut lift = None;
    if let Some(known) = moved {
        let (operation, rest) = lift_out(known, shelf)?;
        may_move(known, &endpoint, &operation, asked)?;
        notes.warning(
            endpoint.path_at,
            format!(
                "the page's operation was {} {}; it moves",
                known.method.to_uppercase(),
                known.path
            ),
        );
        let target = if known.file == endpoint.file {
            rest.clone()
        } else {
            base
        };
        base = Some(joined(target, endpoint.method, &operation));
        lift = Some(rest.filter(|_| known.file != endpoint.file));
    }
    let (text, changes) = spliced(base.as_deref(), &endpoint, asked, notes)?;
    let became = match (&before, &base) {
        (None, _) => Became::New,
        (Some(_), Some(old)) if *old == text && moved.is_none() => Became::Same,
        _ => Became::Changed,
    };
    let has_changes = matches!(became, Became::Changed);
    for change in changes.into_iter().take(if has_changes { 200 } else { 0 }) {
        let at = place::of(&endpoint, &change);
        notes.change(at, format!("in {}: {change}", shelf.shown(&endpoint.file)));
    }
    if let (Some(known), Some(rest)) = (moved.cloned(), lift)
        && known.file != endpoint.file
    {
        shelf.take(&known, rest);
    } else if let Some(known) = moved.cloned() {
        shelf.forget(&known);
    }
    let what = format!("{} {}", endpoint.id, shelf.shown(&endpoint.file));
    let known = Known {
        method: endpoint.method.to_owned(),
        path: endpoint.path.clone(),
        file: endpoint.file.clone(),
        id: endpoint.id.clone(),
        page: endpoint.page.clone(),
        sourced: endpoint.source.is_some(),
    };
    shelf.put(
        known,
        text,
        endpoint.menu.as_deref(),
        endpoint.answer.envelope,
    );
    Ok((became, what))
}

/// The operation that this page updates: the one of its id, or, where one of both has no id, the
/// one of its method and path.
fn identity(
    endpoint: &mut Endpoint,
    here: Option<&Known>,
    shelf: &Shelf,
    notes: &mut Notes,
) -> Result<Option<Known>, String> {
    let mine = endpoint
        .page
        .as_deref()
        .and_then(|page| shelf.of_page(page))
        .cloned();
    let Some(here) = here else {
        if endpoint.page.is_none() && endpoint.source.is_none() {
            notes.warning(endpoint.path_at, "the page states no id of its own; its operation has none until a page with one is imported");
        }
        return Ok(mine);
    };
    match (&endpoint.page, &here.page) {
        (Some(page), Some(other)) if page != other => Err(format!(
            "{} {} is described by the page {other} ({}) and by the page {page}",
            endpoint.method.to_uppercase(),
            endpoint.path,
            shelf.shown(&here.file),
        )),
        (None, Some(other)) => {
            notes.note(
                endpoint.path_at,
                format!("the page states no id of its own; by method and path it is taken for the page {other}"),
            );
            endpoint.page = Some(other.clone());
            endpoint.url = None;
            Ok(Some(here.clone()))
        }
        (Some(page), None) if mine.as_ref().is_some_and(|mine| mine != here) => Err(format!(
            "the page {page} is that of {}, but {} {} stands in the spec without a page",
            mine.map(|mine| mine.id).unwrap_or_default(),
            endpoint.method.to_uppercase(),
            endpoint.path,
        )),
        _ => Ok(Some(here.clone())),
    }
}

/// An operation that stands already keeps its name; where it moves, only one that was made by hand.
fn settle_name(endpoint: &mut Endpoint, known: &Known, notes: &mut Notes) {
    let is_here = known.method == endpoint.method && known.path == endpoint.path;
    if is_here {
        endpoint.file.clone_from(&known.file);
        if !known.id.is_empty() && known.id != endpoint.id {
            notes.warning(
                endpoint.path_at,
                format!(
                    "the rule names this operation `{}`, the spec `{}`; the spec's name is kept",
                    endpoint.id, known.id
                ),
            );
            endpoint.id.clone_from(&known.id);
        }
    } else if !known.id.is_empty() && !follows(known) {
        // The module is the path's; the name within it was made by hand.
        let (_, name) = known.id.split_once('.').unwrap_or(("", &known.id));
        let kept = format!("{}.{name}", endpoint.module);
        notes.warning(
            endpoint.path_at,
            format!(
                "the rule names this operation `{}`, the spec `{}` by hand; it is `{kept}`",
                endpoint.id, known.id
            ),
        );
        endpoint.id = kept;
    }
}

/// Whether an operation has the name that follows from its path, whatever its title was.
fn follows(known: &Known) -> bool {
    ["", "保存"].iter().any(|title| {
        naming::name(&known.method, &known.path, title).is_ok_and(|named| named.id == known.id)
    })
}

fn collisions(endpoint: &Endpoint, before: Option<&Known>, shelf: &Shelf) -> Result<(), String> {
    if let Some(other) = shelf.of_id(&endpoint.id)
        && Some(other) != before
        && (other.method.as_str(), &other.path) != (endpoint.method, &endpoint.path)
    {
        return Err(format!(
            "`{}` would name {} {} and {} {} ({})",
            endpoint.id,
            endpoint.method.to_uppercase(),
            endpoint.path,
            other.method.to_uppercase(),
            other.path,
            shelf.shown(&other.file),
        ));
    }
    if let Some((path, _)) = shelf
        .index
        .iter()
        .find(|(path, file)| **file == endpoint.file && **path != endpoint.path)
        && (before.is_none_or(|before| before.path != *path)
            || shelf
                .known
                .iter()
                .any(|other| other.path == *path && Some(other) != before))
    {
        return Err(format!(
            "{} would hold {} and {path}",
            shelf.shown(&endpoint.file),
            endpoint.path
        ));
    }
    Ok(())
}

/// Takes an operation's text out of its file; gives it and what is left.
fn lift_out(known: &Known, shelf: &Shelf) -> Result<(String, Option<String>), String> {
    let text = shelf.text(&known.file).unwrap_or_default();
    let document =
        shelf::parse(&text).map_err(|why| format!("{}: {why}", shelf.shown(&known.file)))?;
    let entries = document.root.entries();
    let at = entries
        .iter()
        .position(|entry| entry.key.text() == known.method);
    let Some(at) = at else {
        return Err(format!(
            "{} does not hold `{}`",
            shelf.shown(&known.file),
            known.method
        ));
    };
    if entries.len() == 1 {
        return Ok((text, None));
    }
    let start = entries
        .get(at)
        .map_or(0, |entry| entry.key.span.start as usize);
    let end = entries
        .get(at + 1)
        .map_or(text.len(), |next| next.key.span.start as usize);
    let operation = text.get(start..end).unwrap_or_default().to_owned();
    let rest = format!(
        "{}{}",
        text.get(..start).unwrap_or_default(),
        text.get(end..).unwrap_or_default()
    );
    Ok((operation, Some(rest)))
}

/// The text of a file with an operation added, under another method where it has changed.
fn joined(target: Option<String>, method: &str, operation: &str) -> String {
    let renamed = match operation
        .lines()
        .find(|line| !line.starts_with([' ', '#']) && line.contains(':'))
        .and_then(|line| line.split(':').next())
    {
        // What stands behind it, a remark perhaps, stays.
        Some(old) => operation.replacen(&format!("{old}:"), &format!("{method}:"), 1),
        None => operation.to_owned(),
    };
    match target {
        Some(mut text) => {
            if !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str(&renamed);
            text
        }
        None => renamed,
    }
}

/// Whether an operation may move to the address of its page.
fn may_move(
    known: &Known,
    endpoint: &Endpoint,
    operation: &str,
    asked: Asked,
) -> Result<(), String> {
    let title = shelf::parse(operation).ok().and_then(|document| {
        let entry = document.root.entries().first()?;
        entry.value.text_of("summary").map(str::to_owned)
    });
    let title = title.unwrap_or_default();
    if asked.moves || title == endpoint.title {
        return Ok(());
    }
    Err(format!(
        "the page would move `{}`, {} {} ({title}), to {} {} ({}): under one id another method or \
         path and another title are another operation; `--allow-move` moves it",
        known.id,
        known.method.to_uppercase(),
        known.path,
        endpoint.method.to_uppercase(),
        endpoint.path,
        endpoint.title,
    ))
}

/// Whether a page takes nothing out of the operation that stands.
fn removes_nothing(old: &Out, new: &Out) -> Result<(), String> {
    const MOST: usize = 40;
    let gone = removal::removed(old, new);
    if gone.is_empty() {
        return Ok(());
    }
    let mut list = gone
        .iter()
        .take(MOST)
        .cloned()
        .collect::<Vec<_>>()
        .join("; ");
    if gone.len() > MOST {
        list.push_str(&format!("; and {} more", gone.len() - MOST));
    }
    Err(format!(
        "the page does not have what the spec has: {list}; where the vendor took it away, \
         `--allow-removal` takes it out of the spec"
    ))
}

/// The lines of a file that hold an operation, from its method on.
fn stands<'a>(text: &'a str, method: &str) -> &'a str {
    let mut at = 0;
    let mut start = None;
    for line in text.split_inclusive('\n') {
        let is_outermost = !line.starts_with([' ', '\n', '\r']);
        if is_outermost && let Some(start) = start {
            return &text[start..at];
        }
        if is_outermost && line.trim_end().strip_suffix(':') == Some(method) {
            start = Some(at);
        }
        at += line.len();
    }
    start.map_or("", |start| &text[start..])
}

/// The text of the file with the endpoint's operation, and what changed in it.
fn spliced(
    base: Option<&str>,
    endpoint: &Endpoint,
    asked: Asked,
    notes: &mut Notes,
) -> Result<(String, Vec<String>), String> {
    let wanted = emit::operation(endpoint, asked.prose);
    let anew = format!("{}\n", yaml::entry(endpoint.method, &wanted, 0));
    let Some(base) = base else {
        return Ok((anew, Vec::new()));
    };
    if stands(base, endpoint.method) == anew {
        return Ok((base.to_owned(), Vec::new()));
    }
    let document = shelf::parse(base).map_err(|why| format!("{}: {why}", endpoint.file))?;
    let entries = document.root.entries();
    let mut whole: Vec<(String, Out)> = Vec::new();
    for method in ["get", "post", "put", "delete"] {
        let old = entries.iter().find(|entry| entry.key.text() == method);
        match old {
            Some(old) if method == endpoint.method => {
                let old = Out::of(&old.value);
                let merged = keep::operation(&old, wanted.clone(), asked.prose);
                // Where a page speaks, it takes the word from a file that was older.
                let overrules = old.get("x-jdy-source").is_some() && endpoint.source.is_none();
                if !asked.removal && !overrules {
                    removes_nothing(&old, &merged)?;
                }
                whole.push((method.to_owned(), merged));
            }
            Some(old) => whole.push((method.to_owned(), Out::of(&old.value))),
            None if method == endpoint.method => whole.push((method.to_owned(), wanted.clone())),
            None => {}
        }
    }
    let mut splicer = Splicer::new(base, &document);
    splicer.map(entries, &whole, "");
    let (text, changes) = splicer.finish();
    // What was spliced must read as what was wanted; a file that is written in a way that cannot be
    // spliced is written anew, its comments first.
    let reads = shelf::parse(&text)
        .is_ok_and(|document| splice::same("", &Out::of(&document.root), &Out::Map(whole.clone())));
    if reads {
        return Ok((text, changes));
    }
    notes.warning(
        0,
        format!(
            "{} could not be spliced; it is written anew, its comments at its beginning",
            endpoint.file
        ),
    );
    let mut anew = String::new();
    for span in &document.comments {
        let comment = base.get(span.start as usize..).unwrap_or_default();
        anew.push_str(comment.lines().next().unwrap_or_default());
        anew.push('\n');
    }
    for (method, out) in &whole {
        anew.push_str(&yaml::entry(method, out, 0));
        anew.push('\n');
    }
    Ok((anew, changes))
}
