//! Identity: which operation of the spec a page describes, and by which name.
//!
//! Owns when a page updates an operation, and when two would share a name or a file. Must not know
//! how a file is written. Must not use: `crate::emit`, `crate::splice`, `crate::merge`.

use super::endpoint::Endpoint;
use super::naming;
use super::note::Notes;
use super::spec_folder::{Known, SpecFolder};

/// The operation that this page updates: the one of its id, or, where one of both has no id, the
/// one of its method and path.
pub(super) fn identity(
    endpoint: &mut Endpoint,
    here: Option<&Known>,
    spec_folder: &SpecFolder,
    notes: &mut Notes,
) -> Result<Option<Known>, String> {
    let mine = endpoint
        .page
        .as_deref()
        .and_then(|page| spec_folder.of_page(page))
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
            spec_folder.shown(&here.file),
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
pub(super) fn settle_name(endpoint: &mut Endpoint, known: &Known, notes: &mut Notes) {
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

pub(super) fn collisions(
    endpoint: &Endpoint,
    before: Option<&Known>,
    spec_folder: &SpecFolder,
) -> Result<(), String> {
    if let Some(other) = spec_folder.of_id(&endpoint.id)
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
            spec_folder.shown(&other.file),
        ));
    }
    if let Some((path, _)) = spec_folder
        .index
        .iter()
        .find(|(path, file)| **file == endpoint.file && **path != endpoint.path)
        && (before.is_none_or(|before| before.path != *path)
            || spec_folder
                .known
                .iter()
                .any(|other| other.path == *path && Some(other) != before))
    {
        return Err(format!(
            "{} would hold {} and {path}",
            spec_folder.shown(&endpoint.file),
            endpoint.path
        ));
    }
    Ok(())
}
