//! Swagger: the vendor's whole API in one JSON file, Swagger 2.0 or OpenAPI 3, as a further form of
//! page.
//!
//! Owns which of the file's operations are the spec's, and which of them a page has described
//! already. Each of the others becomes the same parts as a page ([`parts`]), so that every rule for
//! pages holds for it. Must not know how a field is understood, nor how a spec file is written.

pub(crate) mod clash;
pub(crate) mod document;
pub(crate) mod packed;
pub(crate) mod parts;
pub(crate) mod schema;

use std::collections::BTreeSet;
use std::path::Path;

use super::endpoint::{Answer, Endpoint, Media, Source};
use super::example::{self, Json};
use super::naming;
use super::note::{Note, Notes};
use super::reading;
use super::spec_folder::SpecFolder;
use super::{ImportOptions, ImportReport, PageStatus, Severity, file, placed, refused};

use clash::Clashes;
use document::{Document, Operation};
use parts::Parts;

/// Whether a text is JSON and no page.
#[must_use]
pub(crate) fn is_json(text: &str) -> bool {
    text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
        .starts_with('{')
}

/// Imports the operations of a file that no page describes: what became of each, and at last what
/// of the file was left.
pub(crate) fn import(
    path: &Path,
    text: &str,
    spec_folder: &mut SpecFolder,
    options: ImportOptions,
) -> Vec<ImportReport> {
    let json = match example::json(text, 0) {
        Ok(json) => json,
        Err((at, why)) => {
            return one_refused(path, text, at, format!("the JSON cannot be read: {why}"));
        }
    };
    let document = match Document::of(&json) {
        Ok(document) => document,
        Err(why) => return one_refused(path, text, 0, why),
    };
    let mut rest = Notes::default();
    document::warn_of_repeated(&json, &mut rest);
    let operations = document.operations(&mut rest);
    let clashes = Clashes::find(&operations, &document, spec_folder);
    let mut reports = Vec::new();
    let mut notes = Vec::new();
    let mut left = 0;
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    for operation in &operations {
        if is_a_pages(operation, spec_folder) {
            left += 1;
            continue;
        }
        let mut mine = Notes::default();
        let is_first = seen.insert((operation.method, &operation.path));
        let done = match is_first {
            false => Err(second(operation)),
            true => endpoint_of(operation, &document, &clashes, &mut mine)
                .and_then(|endpoint| mine.fine().map(|()| endpoint))
                .and_then(|endpoint| file(endpoint, spec_folder, options, &mut mine)),
        };
        let (status, what) =
            done.unwrap_or_else(|why| refused(&mut mine, operation.at, why.clone()));
        reports.push(ImportReport {
            status,
            what,
            ..ImportReport::refused(path, String::new())
        });
        notes.push(mine);
    }
    reports.push(ImportReport {
        page: path.to_path_buf(),
        status: PageStatus::Left,
        what: format!("{left} operations that pages describe"),
        diagnostics: Vec::new(),
    });
    notes.push(rest);
    for (report, diagnostics) in reports.iter_mut().zip(placed(text, notes)) {
        report.diagnostics = diagnostics;
    }
    reports
}

/// Why an operation is refused that the file describes before.
fn second(operation: &Operation<'_>) -> String {
    format!(
        "the file describes {} {} twice, here as `{}`",
        operation.method.to_uppercase(),
        operation.path,
        operation.key,
    )
}

fn one_refused(path: &Path, text: &str, at: usize, why: String) -> Vec<ImportReport> {
    let mut notes = Notes::default();
    notes.list.push(Note {
        severity: Severity::Error,
        at,
        what: format!("{why}; the page is refused"),
    });
    vec![ImportReport {
        diagnostics: placed(text, vec![notes]).pop().unwrap_or_default(),
        ..ImportReport::refused(path, why)
    }]
}

/// Whether the spec has an operation from a page: the page knows better, whatever the file says.
fn is_a_pages(operation: &Operation<'_>, spec_folder: &SpecFolder) -> bool {
    spec_folder
        .at(operation.method, &operation.path)
        .is_some_and(|known| !known.sourced)
}

/// The facts of an operation.
fn endpoint_of(
    operation: &Operation<'_>,
    document: &Document<'_>,
    clashes: &Clashes,
    notes: &mut Notes,
) -> Result<Endpoint, String> {
    let path = reading::path(&operation.path)?;
    let named_by = operation.node.text_of("operationId");
    // `要货单保存;要货单保存;1.0.4`: the title, what it is for, and since when.
    let summary = operation.node.text_of("summary").unwrap_or_default();
    let mut pieces = summary.split([';', '；']).map(str::trim);
    let title = pieces.next().filter(|title| !title.is_empty());
    let Some(title) = title.or(named_by) else {
        return Err("the operation has neither `summary` nor `operationId`".to_owned());
    };
    let named = naming::name(operation.method, &path, title)?;
    let mut endpoint = Endpoint {
        page: None,
        url: None,
        source: Some(Source {
            form: document.form.as_str(),
            operation: named_by.map(str::to_owned),
        }),
        method: operation.method,
        path,
        path_at: operation.at,
        module: named.module,
        menu: None,
        id: named.id,
        file: named.file,
        title: title.to_owned(),
        purpose: operation
            .node
            .text_of("description")
            .or(pieces.next())
            .filter(|words| !words.is_empty() && *words != title)
            .map(str::to_owned),
        query: Vec::new(),
        body: None,
        media: Media::Json,
        entities: Vec::new(),
        answer: Answer {
            envelope: "Envelope",
            ..Answer::default()
        },
        request_example: None,
        answer_example: None,
    };
    let sections = Parts::new(document, clashes, notes).sections(operation)?;
    reading::understand(&sections, &mut endpoint, notes);
    Ok(endpoint)
}

impl Json {
    /// Where a name of an object stands, and its value; of a name that stands twice the last.
    #[must_use]
    pub(crate) fn entry(&self, name: &str) -> Option<(usize, &Json)> {
        self.entries()
            .iter()
            .rev()
            .find(|(known, ..)| known == name)
            .map(|(_, at, value)| (*at, value))
    }

    /// The value of a name.
    #[must_use]
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        self.entry(name).map(|(_, value)| value)
    }

    /// The text of a name.
    #[must_use]
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Json::as_text)
    }

    /// The text.
    #[must_use]
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The entries of an object; none of anything else.
    #[must_use]
    pub(crate) fn entries(&self) -> &[(String, usize, Json)] {
        match self {
            Self::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    #[must_use]
    pub(crate) fn items(&self) -> &[Json] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }
}
