//! Enumerations: the codes that a description lists, and what the vendor calls them.
//!
//! One rule: a text is cut at its delimiters into pieces; a piece is a code when it holds a code
//! and a label and nothing else, in either order; a list is taken when at least two pieces are
//! codes, no code has two labels, and nothing in it is a sentence. Whatever only looks like a list
//! is doubtful and stays text.
//!
//! Stage by stage: `letter` (signs folded, regions) -> `token` (pieces of tokens) -> `read` (the
//! pairs of a piece, by `bind`, `label_first`, `label` and `pair`) -> `judge` (a region's list).
//!
//! Owns which region's list is taken. Must not know the field's type.

mod bind;
mod bracket;
mod divide;
mod judge;
mod label;
mod label_first;
mod letter;
mod near;
mod pair;
mod read;
mod sentence;
#[cfg(test)]
mod tests;
mod token;

use judge::Region;
use pair::is_short;

/// A code and its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    /// The code on the wire.
    pub(crate) code: String,
    /// What the vendor calls it.
    pub(crate) label: String,
}

/// What a description lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listed {
    /// The codes, in the order of the page.
    pub(crate) codes: Vec<Code>,
    /// The byte where the list begins.
    pub(crate) at: usize,
    /// The code that the list marks as the default.
    pub(crate) default: Option<String>,
    /// Whether nothing but nearness joins some code to its label.
    pub(crate) is_weak: bool,
    /// Whether something stands between two codes that could not be read.
    pub(crate) is_torn: bool,
}

/// The outcome of looking for a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// No list.
    None,
    /// A list.
    List(Listed),
    /// Something like a list, and why it is none.
    Doubtful(&'static str),
}

/// Descriptions longer than this list nothing: they are prose, or told as what they look like.
const MAX_BYTES: usize = 3000;

/// Looks for a list of codes.
#[must_use]
pub(crate) fn find(says: &str) -> Found {
    if says.len() > MAX_BYTES {
        let at = (0..=MAX_BYTES).rev().find(|at| says.is_char_boundary(*at));
        return match find(&says[..at.unwrap_or_default()]) {
            Found::None => Found::None,
            _ => Found::Doubtful("it is too long to be read as one"),
        };
    }
    let letters = letter::letters(says);
    if bracket::counts(&letters) {
        return Found::Doubtful("numbers in brackets may be codes or count sentences");
    }
    let mut letters = sentence::without_titles(&letters);
    bracket::unfold(&mut letters);
    let mut best: Option<(usize, Listed)> = None;
    let mut doubt = None;
    let found: Vec<Region> = letter::regions(&letters)
        .iter()
        .map(|region| judge::look(region))
        .collect();
    for (at, region) in found.iter().enumerate() {
        match region.judge() {
            Found::List(listed) => {
                if best
                    .as_ref()
                    .is_none_or(|(_, best)| listed.codes.len() > best.codes.len())
                {
                    best = Some((at, listed));
                }
            }
            Found::Doubtful(why) => doubt = Some(why),
            Found::None => {}
        }
    }
    match (best, doubt) {
        (Some((at, mut best)), _) => {
            let others = found.iter().enumerate().filter(|(other, _)| *other != at);
            for (_, region) in others {
                best.add(region);
            }
            Found::List(best)
        }
        (None, Some(why)) => Found::Doubtful(why),
        (None, None) => Found::None,
    }
}

impl Listed {
    /// Adds the codes that stand in a remark within the list, or after it: those that are bound to
    /// their label, new, and of the same kind.
    fn add(&mut self, region: &Region) {
        if region.is_vetoed {
            return;
        }
        for pair in region
            .pairs
            .iter()
            .filter(|pair| !pair.is_weak && !pair.code.is_empty())
        {
            let is_known = self.codes.iter().any(|code| code.code == pair.code);
            let is_alike = self
                .codes
                .iter()
                .any(|code| !code.code.is_empty() && is_short(&code.code) == is_short(&pair.code));
            if !is_known && is_alike {
                self.codes.push(Code {
                    code: pair.code.clone(),
                    label: pair.label.clone(),
                });
            }
        }
    }
}
