//! One region: whether its pieces are a list of codes.
//!
//! Owns what speaks for a list and what against it. Must not know how a piece is read. Must not
//! use: `crate::codes::label`, `crate::codes::label_first`.

use std::collections::BTreeMap;

use super::bind::bound_codes;
use super::letter::Letter;
use super::pair::{Pair, is_short};
use super::read::{Piece, read};
use super::token::{Comma, pieces, trimmed};
use super::{Code, Found, Listed, near, sentence};

/// What stands in one region.
#[derive(Default)]
pub(super) struct Region {
    pub(super) pairs: Vec<Pair>,
    words: usize,
    odd: usize,
    /// Pieces of a word in Latin letters and its label with nothing between: `asc升序`.
    near: usize,
    /// Truths that come before the text that each means.
    truths: usize,
    /// Whether a piece holds several codes, and some label that cannot be read.
    is_broken: bool,
    pub(super) is_vetoed: bool,
    /// Whether a piece between two codes could not be read.
    is_torn: bool,
    /// Whether its default is several codes at once.
    is_several: bool,
}

/// Why a list is doubtful of which a part cannot be read.
const BROKEN: &str = "a label of it holds more signs than a label can";

/// Looks for codes in one region.
pub(super) fn look(region: &[Letter]) -> Region {
    let divided = look_as(region, Comma::Divides);
    if !region.iter().any(|letter| letter.c == '、') {
        return divided;
    }
    let bound = look_as(region, Comma::Binds);
    // `状态：1、启用2、禁用`: what a sign binds is surer than what only stands near.
    let sure = |region: &Region| (region.pairs.len(), region.strong());
    if sure(&bound) > sure(&divided) {
        bound
    } else {
        divided
    }
}

fn look_as(region: &[Letter], comma: Comma) -> Region {
    let mut out = Region::default();
    let mut of_label = 0;
    let mut is_unread = false;
    for (index, piece) in pieces(region, comma).iter().enumerate() {
        out.near += near::near(trimmed(piece));
        out.truths += near::truths(trimmed(piece));
        let read = read(piece);
        out.is_broken |= matches!(read, Piece::Odd) && bound_codes(trimmed(piece)) > 1;
        match read {
            Piece::Pairs(found, is_torn) => {
                out.is_torn |= is_torn || (is_unread && !out.pairs.is_empty());
                is_unread = false;
                out.pairs.extend(found);
            }
            Piece::Empty => {}
            // The words that begin a description are its label.
            Piece::Words | Piece::Odd if index == 0 => {}
            Piece::Words => {
                out.words += 1;
                is_unread = true;
            }
            Piece::Odd => {
                out.odd += 1;
                is_unread = true;
            }
        }
        if index == 0 {
            of_label = out.pairs.len();
        }
    }
    // `操作key,下推:push,修改:modify`: where codes are bound, a word that only ends the label is none.
    if out.strong() > 0 {
        let mut at = 0;
        out.pairs.retain(|pair| {
            at += 1;
            at > of_label || !pair.is_weak || is_short(&pair.code) || pair.code.is_empty()
        });
    }
    let first = out.pairs.iter().map(|pair| pair.at).min();
    out.is_vetoed = sentence::is_vetoed(region, first.unwrap_or_default());
    out.is_several = sentence::defaults_to_several(region);
    out
}

impl Region {
    /// `全部门店=1`, `级次 1-n`, `备注：空`: one value, and no list of codes.
    fn is_value(&self) -> bool {
        self.pairs
            .iter()
            .all(|pair| pair.is_value || pair.label.is_ascii() || pair.code.is_empty())
    }

    /// `true明细，false非明细`: both truths, and nothing else, need no sign beside them.
    fn holds_truths(&self) -> bool {
        let holds = |word| self.pairs.iter().any(|pair| pair.code == word);
        let is_truth = |pair: &Pair| matches!(pair.code.as_str(), "true" | "false");
        self.truths > 1 && holds("true") && holds("false") && self.pairs.iter().all(is_truth)
    }

    fn strong(&self) -> usize {
        self.pairs.iter().filter(|pair| !pair.is_weak).count()
    }

    /// What is said where no list stands: whether something looks like one all the same.
    fn judge_near(&self) -> Found {
        match () {
            () if self.is_vetoed => Found::None,
            () if self.is_broken => Found::Doubtful(BROKEN),
            () if self.near > 1 => {
                Found::Doubtful("nothing but nearness joins its words to their labels")
            }
            () => Found::None,
        }
    }

    /// Doubtful, where so many codes are bound to their labels; else no list.
    fn doubt(&self, least: usize, why: &'static str) -> Found {
        if self.strong() >= least {
            Found::Doubtful(why)
        } else {
            Found::None
        }
    }

    /// Whether the region lists codes.
    pub(super) fn judge(&self) -> Found {
        if self.pairs.is_empty() {
            return self.judge_near();
        }
        if self.is_vetoed {
            return self.doubt(
                2,
                "its sentence speaks of a format, an example or a choice of fields",
            );
        }
        if self.is_several {
            return self.doubt(2, "its default is several codes at once");
        }
        let Some(listed) = self.listed() else {
            return self.doubt(2, "one code has two labels");
        };
        if let [_] | [] = listed.codes.as_slice() {
            return match self.judge_near() {
                Found::None if self.is_value() => Found::None,
                Found::None => self.doubt(1, "it names one code alone"),
                found => found,
            };
        }
        match self.objection(&listed.codes) {
            Some(found) => found,
            None => Found::List(listed),
        }
    }

    /// The list that the pairs make; `None` where one code has two labels.
    fn listed(&self) -> Option<Listed> {
        let first = self.pairs.iter().map(|pair| pair.at).min();
        let mut listed = Listed {
            is_torn: self.is_torn,
            at: first.unwrap_or_default(),
            is_weak: self.strong() < self.pairs.len() && !self.holds_truths(),
            ..Listed::default()
        };
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for pair in &self.pairs {
            match seen.get(pair.code.as_str()) {
                Some(label) if *label == pair.label => continue,
                Some(_) => return None,
                None => {}
            }
            if pair.is_default && listed.default.is_none() {
                listed.default = Some(pair.code.clone());
            }
            seen.insert(&pair.code, &pair.label);
            listed.codes.push(Code {
                code: pair.code.clone(),
                label: pair.label.clone(),
            });
        }
        Some(listed)
    }

    /// What speaks against a list of at least two codes.
    fn objection(&self, codes: &[Code]) -> Option<Found> {
        if self.is_broken {
            return Some(Found::Doubtful(BROKEN));
        }
        let labels: Vec<&str> = codes.iter().map(|code| code.label.as_str()).collect();
        if labels.windows(2).all(|two| two.first() == two.last()) {
            return Some(self.doubt(1, "all its codes have one label"));
        }
        if sentence::is_among(&labels) {
            return Some(Found::Doubtful("a label of it is a sentence"));
        }
        if self.words + self.odd > codes.len() {
            return Some(self.doubt(2, "more of it is words than codes"));
        }
        let is_foreign = |label: &&str| label.is_ascii() && !label.ends_with('%');
        let is_none_the_vendors = labels.iter().all(is_foreign);
        is_none_the_vendors.then(|| self.doubt(2, "no label of it is the vendor's"))
    }
}
