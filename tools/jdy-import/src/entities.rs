//! Names of entities: which one each shape of a page has in the spec, and which of them a type
//! means.
//!
//! Owns when two names are one. Must not know fields. Must not use: `crate::field_builder`,
//! `crate::endpoint`.

use std::collections::{BTreeMap, BTreeSet};

use super::entity_name;
use super::naming;
use super::note::Notes;
use super::section::Shape;

/// The names of one side of a page.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// By what the page calls an entity: its name in the spec.
    known: BTreeMap<String, String>,
    /// By a name of the spec, and by any other without what writers vary.
    folded: BTreeMap<String, String>,
    /// By a name of the spec: the word of the page.
    words: BTreeMap<String, String>,
    /// By the Latin part that several words of the page share, none of which is it alone.
    rivals: BTreeMap<String, Vec<String>>,
}

impl Names {
    /// Names the shapes of a side; gives the name of each. Of two that differ and share their Latin
    /// part, the second has a number.
    pub(crate) fn of(shapes: &[Shape], notes: &mut Notes) -> (Self, Vec<String>) {
        let mut names = Self::default();
        let words: Vec<String> = shapes
            .iter()
            .map(|shape| entity_name::word(&shape.name.text))
            .collect();
        let plain = |word: &str| naming::entity(entity_name::latin(word));
        let mut by_word: BTreeMap<&str, String> = BTreeMap::new();
        // One that is Latin alone has its own name, wherever it stands.
        let mut taken: BTreeSet<String> = words
            .iter()
            .filter(|word| plain(word).as_ref() == Some(*word))
            .cloned()
            .collect();
        let mut out = Vec::with_capacity(shapes.len());
        for (at, (shape, word)) in shapes.iter().zip(&words).enumerate() {
            let base = plain(word).unwrap_or_else(|| format!("Entity{}", at + 1));
            let name = by_word
                .entry(word)
                .or_insert_with(|| match base == *word {
                    true => base.clone(),
                    false => free(&base, &mut taken),
                })
                .clone();
            names.tell(shape, word, &base, &name, notes);
            names
                .known
                .insert(shape.name.text.trim().to_owned(), name.clone());
            names.known.insert(word.clone(), name.clone());
            names
                .words
                .entry(name.clone())
                .or_insert_with(|| word.clone());
            let rivals = names.rivals.entry(base).or_default();
            if !rivals.contains(word) {
                rivals.push(word.clone());
            }
            out.push(name);
        }
        for name in &out {
            names
                .known
                .entry(name.clone())
                .or_insert_with(|| name.clone());
        }
        names
            .rivals
            .retain(|base, words| words.len() > 1 && !words.contains(base));
        for (called, name) in &names.known {
            names
                .folded
                .entry(folded(called))
                .or_insert_with(|| name.clone());
        }
        (names, out)
    }

    /// Tells of a name that is not the page's.
    fn tell(&self, shape: &Shape, word: &str, base: &str, name: &str, notes: &mut Notes) {
        let text = shape.name.text.trim();
        if name == text {
            return;
        }
        let is_first = !self.words.contains_key(name);
        let rival = self.words.get(base).filter(|_| is_first && name != base);
        match rival {
            Some(rival) => notes.note(
                shape.name.at,
                format!("`{rival}` and `{word}` are two entities of one name, `{base}`; the second is called `{name}` in the spec"),
            ),
            None => notes.note(
                shape.name.at,
                format!("the entity `{text}` is called `{name}` in the spec"),
            ),
        }
    }

    /// Whether the page describes an entity of this very name.
    #[must_use]
    pub(crate) fn has(&self, word: &str) -> bool {
        self.known.contains_key(word)
    }

    /// The entity that a type means. Two words that say more than their Latin part mean one only
    /// where they are the same.
    #[must_use]
    pub(crate) fn find(&self, called: &str) -> Option<&str> {
        if let Some(found) = self.known.get(called) {
            return Some(found);
        }
        let plain = naming::entity(called)?;
        let found = self
            .known
            .get(&plain)
            .or_else(|| self.folded.get(&folded(&plain)))?;
        let word = self.words.get(found)?;
        let says_more = |word: &str| naming::entity(word).as_deref() != Some(word);
        let differs = says_more(called) && says_more(word) && folded(called) != folded(word);
        (!differs).then_some(found)
    }

    /// The entity of a field's own name.
    #[must_use]
    pub(crate) fn namesake(&self, field: &str) -> Option<&str> {
        self.folded.get(&folded(field)).map(String::as_str)
    }

    /// The entities between which a type leaves the choice.
    #[must_use]
    pub(crate) fn rivals(&self, called: &str) -> Option<&[String]> {
        let base = naming::entity(called)?;
        let rivals = self.rivals.get(&base)?;
        (!rivals.iter().any(|word| word == called)).then_some(rivals)
    }
}

/// A name that is not taken yet: as it stands, or with a number.
fn free(base: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = base.to_owned();
    let mut number = 1;
    while !taken.insert(name.clone()) {
        number += 1;
        name = format!("{base}_{number}");
    }
    name
}

/// A name without what writers vary: `settle_entries` and `SettleEntries` are one.
#[must_use]
pub(crate) fn folded(name: &str) -> String {
    name.to_lowercase().replace('_', "")
}
