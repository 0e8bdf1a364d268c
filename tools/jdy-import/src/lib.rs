//! Importing: the vendor's endpoint pages to files of the spec.
//!
//! One way: a page in one of its forms (`markdown`, `html`) -> `block`s -> the parts of a
//! page (`section`, `table`, `listing`, `entity_name`), unless it is cut off (`cutoff`)
//! -> the facts of an `endpoint` (`reading` and `field_builder`, with `kind`, `label`,
//! `codes`, `format`, `value`, `waiver`, `example`, `naming`, `entities`) -> an
//! operation of the spec (`emit`) -> the text of its file, written anew or spliced (`yaml`,
//! `merge`, `splice`, `spec_folder`). A file of the whole API (`swagger`) becomes the same
//! parts, one page of them for each operation. Tables are the truth, nothing is guessed, and every
//! decision of a rule is reported. A page and its file are one transaction: it is taken as a whole
//! or not at all (`claim`), and what it would take out of the spec (`removal`) must be asked
//! for.
//!
//! Owns the order of the stages and the report. Must not know generated code. Must not use:
//! `jdy_spec::lower`, `jdy_spec::facts`.

mod block;
mod claim;
mod codes;
mod cutoff;
mod emit;
mod endpoint;
mod entities;
mod entity_name;
mod example;
mod field_builder;
mod format;
mod html;
mod identity;
mod inline;
mod kind;
mod label;
mod listing;
mod markdown;
mod merge;
mod moving;
mod naming;
mod nonpage;
mod note;
mod position;
mod reading;
mod removal;
mod section;
mod spec_folder;
mod splice;
mod swagger;
mod table;
mod update;
mod value;
mod waiver;
mod width;
mod words;
mod yaml;

use std::path::{Path, PathBuf};

use jdy_spec::diagnostic::Severity;

use claim::Claims;
use note::{Note, Notes};
use reading::Outcome;
use spec_folder::SpecFolder;
use update::file;

pub use emit::Prose;
pub use nonpage::describe_nonpage;

/// What became of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageStatus {
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

impl PageStatus {
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
pub struct ImportReport {
    /// The page's file.
    pub page: PathBuf,
    /// What became of it.
    pub status: PageStatus,
    /// The operation, or why not.
    pub what: String,
    /// What was decided: line, column, severity, sentence.
    pub diagnostics: Vec<(usize, usize, Severity, String)>,
}

/// What an import may do beyond adding and changing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Whether prose is carried over.
    pub prose: Prose,
    /// Whether a page may take out of the spec what it does not have.
    pub removal: bool,
    /// Whether a page may move its operation to another address under another title.
    pub moves: bool,
}

impl From<Prose> for ImportOptions {
    fn from(prose: Prose) -> Self {
        Self {
            prose,
            ..Self::default()
        }
    }
}

impl ImportReport {
    fn refused(page: &Path, why: String) -> Self {
        Self {
            page: page.to_path_buf(),
            status: PageStatus::Refused,
            what: why,
            diagnostics: Vec::new(),
        }
    }
}

/// The largest page that is read, in bytes; the vendor's are some 20 KB.
const MAX_PAGE_BYTES: u64 = 4 * 1024 * 1024;

/// Imports pages, in their order, into a spec folder.
///
/// # Errors
/// The spec folder cannot be read or written.
pub fn run(
    spec: &Path,
    pages: &[PathBuf],
    options: impl Into<ImportOptions>,
) -> Result<Vec<ImportReport>, String> {
    let mut spec_folder = SpecFolder::open(spec)?;
    let mut claims = Claims::default();
    let options = options.into();
    let reports = pages
        .iter()
        .flat_map(|page| each(page, &mut spec_folder, &mut claims, options))
        .collect();
    spec_folder.write()?;
    Ok(reports)
}

/// What became of a file: of a page, or of each operation of a file of the whole API.
fn each(
    path: &Path,
    spec_folder: &mut SpecFolder,
    claims: &mut Claims,
    options: ImportOptions,
) -> Vec<ImportReport> {
    match text(path) {
        Ok(text) if swagger::is_json(&text) => swagger::import(path, &text, spec_folder, options),
        Ok(text) => vec![one(path, &text, spec_folder, claims, options)],
        Err(why) => {
            let cause = format!("{why}; the page is refused");
            vec![ImportReport {
                diagnostics: vec![(1, 1, Severity::Error, cause)],
                ..ImportReport::refused(path, why)
            }]
        }
    }
}

fn one(
    path: &Path,
    text: &str,
    spec_folder: &mut SpecFolder,
    claims: &mut Claims,
    options: ImportOptions,
) -> ImportReport {
    let mut report = ImportReport::refused(path, String::new());
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
    let (status, what) = match reading::read(&page, &stem, &mut notes) {
        Outcome::NoEndpoint(id) => match id.and_then(|id| spec_folder.of_page(&id)) {
            Some(known) => {
                let why = format!(
                    "the page describes no endpoint, and the spec has {} {} of it ({}); where it is \
                     gone, take out its operation by hand",
                    known.method.to_uppercase(),
                    known.path,
                    spec_folder.shown(&known.file),
                );
                refused(&mut notes, 0, why)
            }
            None => {
                notes = Notes::default();
                (PageStatus::NoEndpoint, String::new())
            }
        },
        Outcome::Refused(at, why) => refused(&mut notes, at, why),
        Outcome::Endpoint(endpoint) => {
            let at = endpoint.path_at;
            let done = claims
                .claim(path, &endpoint)
                .and_then(|()| notes.fine())
                .and_then(|()| file(*endpoint, spec_folder, options, &mut notes));
            match done {
                Ok(done) => done,
                Err(why) => refused(&mut notes, at, why),
            }
        }
    };
    report.status = status;
    report.what = what;
    report.diagnostics = placed(text, vec![notes]).pop().unwrap_or_default();
    report
}

fn refused(notes: &mut Notes, at: usize, why: String) -> (PageStatus, String) {
    // What could not be read is reported as well; all else was decided for a page that is not
    // taken.
    notes.list.retain(|note| note.severity == Severity::Error);
    notes.list.push(Note {
        severity: Severity::Error,
        at,
        what: format!("{why}; the page is refused"),
    });
    (PageStatus::Refused, why)
}

fn text(path: &Path) -> Result<String, String> {
    let facts =
        std::fs::metadata(path).map_err(|error| format!("the page cannot be read: {error}"))?;
    if !facts.is_file() {
        // A pipe would be waited for, a device never ends.
        return Err("the page is no file".to_owned());
    }
    if facts.len() > MAX_PAGE_BYTES {
        return Err(format!("the page is larger than {MAX_PAGE_BYTES} bytes"));
    }
    let bytes = std::fs::read(path).map_err(|error| format!("the page cannot be read: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let likely = match error.as_bytes() {
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "UTF-16",
            [0x1F, 0x8B, ..] => return "the page is compressed (gzip); unpack it first".to_owned(),
            bytes if bytes.contains(&0) => "UTF-16 or no text",
            _ => "GB18030",
        };
        format!(
            "the page is not UTF-8 from byte {} on, most likely {likely}; save it as UTF-8",
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

type Diagnostics = Vec<(usize, usize, Severity, String)>;

/// Lines and columns of the notes of each operation, in the order of the page.
fn placed(text: &str, notes: Vec<Notes>) -> Vec<Diagnostics> {
    let mut out: Vec<Diagnostics> = notes.iter().map(|_| Vec::new()).collect();
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
        if let Some(diagnostics) = out.get_mut(owner) {
            diagnostics.push((line, column, note.severity, note.what));
        }
    }
    for (diagnostics, beyond) in out.iter_mut().zip(beyond).filter(|(_, beyond)| *beyond > 0) {
        let (line, column) = diagnostics.last().map_or((1, 1), |last| (last.0, last.1));
        let what = format!("{beyond} more findings of this page are not shown");
        diagnostics.push((line, column, Severity::Warning, what));
    }
    out
}
