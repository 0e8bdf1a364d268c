//! Claims: that no two pages of one run speak for one operation.
//!
//! Owns which page of a run came first. Must not know the spec.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::endpoint::Endpoint;

/// What the pages of a run were about: the page's file, and its operation.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    ids: BTreeMap<String, (PathBuf, String)>,
    places: BTreeMap<(&'static str, String), (PathBuf, String)>,
}

impl Claims {
    /// Notes whose operation a page describes.
    ///
    /// # Errors
    /// An earlier page of the run has its id, or describes the same method and path.
    pub(crate) fn claim(&mut self, page: &Path, endpoint: &Endpoint) -> Result<(), String> {
        let what = format!("{} {}", endpoint.method.to_uppercase(), endpoint.path);
        let place = (endpoint.method, endpoint.path.clone());
        let mine = (page.to_path_buf(), format!("`{}`, {what}", endpoint.id));
        let by_id = endpoint
            .page
            .as_ref()
            .and_then(|id| Some((id, self.ids.get(id)?)));
        if let Some((id, (first, other))) = by_id {
            return Err(format!(
                "two pages of this run have one id, {id}: {} ({other}) and {} ({}); the second is \
                 not taken",
                first.display(),
                page.display(),
                mine.1,
            ));
        }
        if let Some((first, other)) = self.places.get(&place) {
            return Err(format!(
                "{what} is described by two pages of this run: {} ({other}, {}) and {} ({}, {}); the second is not taken",
                first.display(),
                id_of(&self.ids, first),
                page.display(),
                mine.1,
                endpoint.page.as_deref().unwrap_or("no id"),
            ));
        }
        if let Some(id) = &endpoint.page {
            self.ids.insert(id.clone(), mine.clone());
        }
        self.places.insert(place, mine);
        Ok(())
    }
}

fn id_of<'a>(ids: &'a BTreeMap<String, (PathBuf, String)>, page: &Path) -> &'a str {
    ids.iter()
        .find(|(_, (file, _))| file == page)
        .map_or("no id", |(id, _)| id)
}
