//! Where documents are kept: by kind, in order, found by id and by number.
//!
//! Owns ids, that they are unique within a kind, and which numbers must be. Must not know requests
//! or the spec.
//! Must not use: `crate::answer`, `crate::gateway`, `crate::spec`, `tokio`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::document::Document;
use super::period::may_share_number;

/// The first id. Ids have 18 digits, above 2^53 as real ids are.
const FIRST_ID: u64 = 900_000_000_000_000_001;

/// The fields of which the pages say that a document is not saved if another one has the value.
const ONCE: &[(&str, &str)] = &[("fi.voucher", "source_bill_no")];

/// All documents of an account set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Documents {
    kinds: BTreeMap<String, Kind>,
    /// How many documents and entries were made.
    made: u64,
    /// Whether a save must name documents that exist.
    strict: bool,
    /// Whether two vouchers may have one source number.
    repeated_sources: bool,
}

/// The documents of one kind, by the order in which they were made.
#[derive(Debug, Clone, Default)]
struct Kind {
    documents: BTreeMap<u64, Document>,
    by_id: HashMap<String, u64>,
    by_number: HashMap<String, BTreeSet<u64>>,
}

impl Kind {
    fn forget_number(&mut self, number: &str, at: u64) {
        if let Some(places) = self.by_number.get_mut(number) {
            places.remove(&at);
            if places.is_empty() {
                self.by_number.remove(number);
            }
        }
    }
}

impl Documents {
    /// The same settings without documents.
    pub(crate) fn emptied(&self) -> Self {
        Self {
            strict: self.strict,
            repeated_sources: self.repeated_sources,
            ..Self::default()
        }
    }

    pub(crate) fn with_strict_references(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    pub(crate) fn with_repeated_sources(mut self, accepted: bool) -> Self {
        self.repeated_sources = accepted;
        self
    }

    pub(super) fn is_strict(&self) -> bool {
        self.strict
    }

    /// How many documents and entries were made, deleted ones included.
    pub(crate) fn made(&self) -> u64 {
        self.made
    }

    /// Never gives the ids of the first so many again.
    pub(crate) fn note_made(&mut self, made: u64) {
        self.made = self.made.max(made);
    }

    /// An id that no document or entry has had.
    pub(super) fn take_id(&mut self) -> String {
        let id = FIRST_ID.saturating_add(self.made);
        self.made = self.made.saturating_add(1);
        id.to_string()
    }

    /// The names of the kinds of which there are documents.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = &str> {
        self.kinds.keys().map(String::as_str)
    }

    pub(crate) fn has_any(&self, kind: &str) -> bool {
        let kind = self.kinds.get(kind);
        kind.is_some_and(|kind| !kind.documents.is_empty())
    }

    /// The documents of a kind, the oldest first.
    pub(crate) fn of(&self, kind: &str) -> impl DoubleEndedIterator<Item = &Document> {
        let kind = self.kinds.get(kind).into_iter();
        kind.flat_map(|kind| kind.documents.values())
    }

    pub(crate) fn by_id(&self, kind: &str, id: &str) -> Option<&Document> {
        let kind = self.kinds.get(kind)?;
        kind.documents.get(kind.by_id.get(id)?)
    }

    /// The newest document with this number.
    pub(crate) fn by_number(&self, kind: &str, number: &str) -> Option<&Document> {
        self.numbered(kind, number).next_back()
    }

    /// The documents with this number, the oldest first.
    pub(super) fn numbered(
        &self,
        kind: &str,
        number: &str,
    ) -> impl DoubleEndedIterator<Item = &Document> {
        let kind = self.kinds.get(kind);
        let places = kind.and_then(|kind| Some((kind, kind.by_number.get(number)?)));
        let places = places.into_iter();
        places.flat_map(|(kind, places)| places.iter().filter_map(|at| kind.documents.get(at)))
    }

    /// Whether another document has the number of this one, and must not.
    pub(crate) fn is_number_taken(&self, kind: &str, document: &Document) -> bool {
        let mut others = self.numbered(kind, &document.number);
        others.any(|other| {
            other.id != document.id && !may_share_number(kind, &document.fields, &other.fields)
        })
    }

    /// The field of this document in which another one has the same value, and must not.
    pub(super) fn repeated_source(&self, kind: &str, document: &Document) -> Option<&'static str> {
        let (_, field) = ONCE.iter().find(|(own, _)| *own == kind)?;
        let own = document.fields.get(*field)?.as_str()?;
        let mut others = self.kinds.get(kind)?.documents.values();
        let is_repeated = !self.repeated_sources
            && !own.is_empty()
            && others.any(|other| {
                other.id != document.id && other.fields.get(*field).is_some_and(|it| it == own)
            });
        is_repeated.then_some(*field)
    }

    /// Puts a document in place of the one with its id, which it gives, or adds it.
    pub(crate) fn put(&mut self, kind: &str, document: Document) -> Option<Document> {
        self.made = self.made.saturating_add(1);
        // A document that a state brought may have one of the ids that are given here.
        let given = document.id.parse::<u64>().ok();
        let given = given.and_then(|id| id.checked_sub(FIRST_ID));
        self.note_made(given.map_or(0, |at| at.saturating_add(1)));
        let kind = self.kinds.entry(kind.to_owned()).or_default();
        let at = kind.by_id.get(&document.id).copied();
        let at = at.unwrap_or(self.made);
        let before = kind.documents.remove(&at);
        if let Some(before) = &before {
            kind.forget_number(&before.number, at);
        }
        kind.by_id.insert(document.id.clone(), at);
        let number = document.number.clone();
        kind.by_number.entry(number).or_default().insert(at);
        kind.documents.insert(at, document);
        before
    }

    /// Removes a document by its id.
    pub(super) fn remove(&mut self, kind: &str, id: &str) -> Option<Document> {
        let kind = self.kinds.get_mut(kind)?;
        let at = kind.by_id.remove(id)?;
        let document = kind.documents.remove(&at)?;
        kind.forget_number(&document.number, at);
        Some(document)
    }
}
