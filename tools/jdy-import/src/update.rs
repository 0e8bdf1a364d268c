//! Updating: an endpoint's operation written into its file.
//!
//! Owns what becomes of an operation, and what it may take out of the spec. Must not know pages.
//! Must not use: `crate::reading`, `crate::markdown`, `crate::html`.

use jdy_spec::facts::effect_by_title;
use jdy_spec::load::Document;
use jdy_spec::model::Effect;
use jdy_spec::tree::Entry;

use super::endpoint::Endpoint;
use super::identity::{collisions, identity, settle_name};
use super::note::Notes;
use super::spec_folder::{self, Known, SpecFolder};
use super::splice::{self, Splicer};
use super::yaml::{self, Out};
use super::{ImportOptions, PageStatus, emit, merge, moving, position, removal};

/// The most changes of one operation that are reported.
const MAX_CHANGES: usize = 200;

/// Tells of a title by which an operation that wrote would read: a read is repeated by itself when
/// its answer is lost.
fn tell_effect(endpoint: &Endpoint, known: &Known, spec_folder: &SpecFolder, notes: &mut Notes) {
    let document = spec_folder.text(&known.file);
    let document = document.and_then(|text| spec_folder::parse(&text).ok());
    let entry = document.and_then(|document| document.root.entry(&known.method).cloned());
    let Some(operation) = entry.map(|entry| entry.value) else {
        return;
    };
    // What a person wrote stays.
    if operation.get("x-jdy-effect").is_some() {
        return;
    }
    let effect = |method: &str, title: &str| {
        effect_by_title(&method.to_uppercase(), &endpoint.module, title)
    };
    let title = operation.text_of("summary").unwrap_or_default();
    let (was, is) = (
        effect(&known.method, title),
        effect(endpoint.method, &endpoint.title),
    );
    if was != Effect::Read && is == Effect::Read {
        notes.warning(
            endpoint.path_at,
            format!(
                "by its method and title ({} {}) the operation reads, and is repeated by itself when its answer is lost; before ({} {title}) its effect was `{}`; where it still is, a fixup of `x-jdy-effect` says so",
                endpoint.method.to_uppercase(),
                endpoint.title,
                known.method.to_uppercase(),
                was.as_str(),
            ),
        );
    }
}

/// Files an endpoint: finds its place, and writes or splices its operation.
pub(super) fn file(
    mut endpoint: Endpoint,
    spec_folder: &mut SpecFolder,
    options: ImportOptions,
    notes: &mut Notes,
) -> Result<(PageStatus, String), String> {
    let here = spec_folder.at(endpoint.method, &endpoint.path).cloned();
    let before = identity(&mut endpoint, here.as_ref(), spec_folder, notes)?;
    if let Some(known) = &before {
        settle_name(&mut endpoint, known, notes);
        tell_effect(&endpoint, known, spec_folder, notes);
    }
    let moved = before
        .as_ref()
        .filter(|known| (known.method.as_str(), &known.path) != (endpoint.method, &endpoint.path));
    collisions(&endpoint, before.as_ref(), spec_folder)?;
    let mut base = spec_folder.text(&endpoint.file);
    let mut rest = None;
    if let Some(known) = moved {
        let moved = moving::lift(known, &endpoint, base, spec_folder, options, notes)?;
        base = Some(moved.base);
        rest = moved.rest;
    }
    let (text, changes) = spliced(base.as_deref(), &endpoint, options, notes)?;
    let status = match (&before, &base) {
        (None, _) => PageStatus::New,
        (Some(_), Some(old)) if *old == text && moved.is_none() => PageStatus::Same,
        _ => PageStatus::Changed,
    };
    if matches!(status, PageStatus::Changed) {
        for change in changes.into_iter().take(MAX_CHANGES) {
            let at = position::of(&endpoint, &change);
            notes.change(
                at,
                format!("in {}: {change}", spec_folder.shown(&endpoint.file)),
            );
        }
    }
    match moved.cloned() {
        Some(known) if known.file != endpoint.file => spec_folder.take(&known, rest),
        Some(known) => spec_folder.forget(&known),
        None => {}
    }
    let what = format!("{} {}", endpoint.id, spec_folder.shown(&endpoint.file));
    let known = Known {
        method: endpoint.method.to_owned(),
        path: endpoint.path.clone(),
        file: endpoint.file.clone(),
        id: endpoint.id.clone(),
        page: endpoint.page.clone(),
        sourced: endpoint.source.is_some(),
    };
    spec_folder.put(
        known,
        text,
        endpoint.menu.as_deref(),
        endpoint.answer.envelope,
    );
    Ok((status, what))
}

/// The text of the file with the endpoint's operation, and what changed in it.
fn spliced(
    base: Option<&str>,
    endpoint: &Endpoint,
    options: ImportOptions,
    notes: &mut Notes,
) -> Result<(String, Vec<String>), String> {
    let wanted = emit::operation(endpoint, options.prose);
    let anew = format!("{}\n", yaml::entry(endpoint.method, &wanted, 0));
    let Some(base) = base else {
        return Ok((anew, Vec::new()));
    };
    if stands(base, endpoint.method) == anew {
        return Ok((base.to_owned(), Vec::new()));
    }
    let document = spec_folder::parse(base).map_err(|why| format!("{}: {why}", endpoint.file))?;
    let entries = document.root.entries();
    let whole = merged(entries, endpoint, wanted, options)?;
    let mut splicer = Splicer::new(base, &document);
    splicer.map(entries, &whole, "");
    let (text, changes) = splicer.finish();
    // What was spliced must read as what was wanted; a file that is written in a way that cannot be
    // spliced is written anew, its comments first.
    let reads = spec_folder::parse(&text)
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
    Ok((written_anew(base, &document, &whole), changes))
}

/// All operations of a file: the endpoint's merged with what stands, the others as they stand.
fn merged(
    entries: &[Entry],
    endpoint: &Endpoint,
    wanted: Out,
    options: ImportOptions,
) -> Result<Vec<(String, Out)>, String> {
    let mut whole: Vec<(String, Out)> = Vec::new();
    for method in ["get", "post", "put", "delete"] {
        let old = entries.iter().find(|entry| entry.key.text() == method);
        match old {
            Some(old) if method == endpoint.method => {
                let old = Out::of(&old.value);
                let merged = merge::operation(&old, wanted.clone(), options.prose);
                // Where a page speaks, it takes the word from a file that was older.
                let overrules = old.get("x-jdy-source").is_some() && endpoint.source.is_none();
                if !options.removal && !overrules {
                    removes_nothing(&old, &merged)?;
                }
                whole.push((method.to_owned(), merged));
            }
            Some(old) => whole.push((method.to_owned(), Out::of(&old.value))),
            None if method == endpoint.method => whole.push((method.to_owned(), wanted.clone())),
            None => {}
        }
    }
    Ok(whole)
}

/// The text of a file that cannot be spliced: its comments, then its operations.
fn written_anew(base: &str, document: &Document, whole: &[(String, Out)]) -> String {
    let mut anew = String::new();
    for span in &document.comments {
        let comment = base.get(span.start as usize..).unwrap_or_default();
        anew.push_str(comment.lines().next().unwrap_or_default());
        anew.push('\n');
    }
    for (method, out) in whole {
        anew.push_str(&yaml::entry(method, out, 0));
        anew.push('\n');
    }
    anew
}

/// Whether a page takes nothing out of the operation that stands.
fn removes_nothing(old: &Out, new: &Out) -> Result<(), String> {
    const MAX_LISTED: usize = 40;
    let gone = removal::removed(old, new);
    if gone.is_empty() {
        return Ok(());
    }
    let mut list = gone
        .iter()
        .take(MAX_LISTED)
        .cloned()
        .collect::<Vec<_>>()
        .join("; ");
    if gone.len() > MAX_LISTED {
        list.push_str(&format!("; and {} more", gone.len() - MAX_LISTED));
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
