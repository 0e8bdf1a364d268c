//! Moving: an operation whose page has another address than before.
//!
//! Owns whether it may move, and its text without change. Must not know the facts of its fields.
//! Must not use: `crate::emit`, `crate::merge`.

use super::ImportOptions;
use super::endpoint::Endpoint;
use super::note::Notes;
use super::spec_folder::{self, Known, SpecFolder};

/// What the files hold when an operation has moved.
pub(super) struct Moved {
    /// The text of the new file, with the operation.
    pub(super) base: String,
    /// What is left of the old file, where it is another.
    pub(super) rest: Option<String>,
}

/// Moves an operation to the address of its page, where it may.
///
/// # Errors
/// Why it may not, or why its old file cannot be read.
pub(super) fn lift(
    known: &Known,
    endpoint: &Endpoint,
    base: Option<String>,
    spec_folder: &SpecFolder,
    options: ImportOptions,
    notes: &mut Notes,
) -> Result<Moved, String> {
    let (operation, rest) = lift_out(known, spec_folder)?;
    may_move(known, endpoint, &operation, options)?;
    notes.warning(
        endpoint.path_at,
        format!(
            "the page's operation was {} {}; it moves",
            known.method.to_uppercase(),
            known.path
        ),
    );
    let is_same_file = known.file == endpoint.file;
    let target = if is_same_file { rest.clone() } else { base };
    holds_none(target.as_deref(), endpoint, spec_folder)?;
    Ok(Moved {
        base: joined(target, endpoint.method, &operation),
        rest: rest.filter(|_| !is_same_file),
    })
}

/// Whether there is room in the file that an operation moves to. What the index names there was
/// told from it before; a file that the index does not name may be left of a run that was ended.
fn holds_none(
    target: Option<&str>,
    endpoint: &Endpoint,
    spec_folder: &SpecFolder,
) -> Result<(), String> {
    let Some(text) = target else {
        return Ok(());
    };
    let shown = spec_folder.shown(&endpoint.file);
    let document = spec_folder::parse(text).map_err(|why| format!("{shown}: {why}"))?;
    if document.root.get(endpoint.method).is_none() {
        return Ok(());
    }
    Err(format!(
        "{shown} holds `{}` already, and no line of the index names it; delete the file, or add its \
         line",
        endpoint.method
    ))
}

/// Takes an operation's text out of its file; gives it and what is left.
fn lift_out(known: &Known, spec_folder: &SpecFolder) -> Result<(String, Option<String>), String> {
    let text = spec_folder.text(&known.file).unwrap_or_default();
    let document = spec_folder::parse(&text)
        .map_err(|why| format!("{}: {why}", spec_folder.shown(&known.file)))?;
    let entries = document.root.entries();
    let at = entries
        .iter()
        .position(|entry| entry.key.text() == known.method);
    let Some(at) = at else {
        return Err(format!(
            "{} does not hold `{}`",
            spec_folder.shown(&known.file),
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
    options: ImportOptions,
) -> Result<(), String> {
    let title = spec_folder::parse(operation).ok().and_then(|document| {
        let entry = document.root.entries().first()?;
        entry.value.text_of("summary").map(str::to_owned)
    });
    let title = title.unwrap_or_default();
    if options.moves || title == endpoint.title {
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
