//! What the texts of the libraries about a list, a request, a setting or a journal mean, for a
//! language that they do not speak.
//!
//! Owns which of their texts are explained. Must not change them: they are the same in every
//! language, and the explanation stands behind.

use std::fmt::Display;

use super::{Language, say};

/// What a call says whose account set only the token store could confirm.
pub(crate) const UNCONFIRMED: &str = "cannot be confirmed while the token store fails";

/// A piece of a library's text, and what it means.
type Known = (&'static str, fn() -> String);

/// The pieces that are known, the exact ones before those that are part of others.
const KNOWN: &[Known] = &[
    ("is not a decimal", || say!("problem-decimal")),
    ("is not a date", || say!("problem-date")),
    ("is required and missing", || say!("problem-missing")),
    ("is not a field of", || say!("problem-field")),
    ("is a code that the spec does not know", || {
        say!("problem-code")
    }),
    ("is a duplicate", || say!("problem-duplicate")),
    ("the width of its signs alone", || say!("problem-width")),
    ("asks for the same as line", || say!("problem-identical")),
    ("is on line", || say!("problem-doubled-key")),
    ("there is no column", || say!("problem-no-column")),
    ("is there twice", || say!("problem-twice")),
    ("and the head has", || say!("problem-cells")),
    ("is not UTF-8", || say!("problem-encoding")),
    ("the cells are parted by", || say!("problem-separator")),
    ("has a quote that is never closed", || say!("problem-quote")),
    ("has something behind the closing quote", || {
        say!("problem-behind-quote")
    }),
    ("two columns say what", || say!("problem-two-columns")),
    ("the key of ", || say!("problem-other-key")),
    ("it holds no call", || say!("problem-empty-list")),
    ("is no JSON object", || say!("problem-json")),
    ("is a formula", || say!("problem-formula")),
    ("a spreadsheet has shortened", || say!("problem-exponent")),
    ("is an error of a spreadsheet", || {
        say!("problem-sheet-error")
    }),
    ("is a truth value, and no key", || say!("problem-truth")),
    ("is a whole number with a fraction behind it", || {
        say!("problem-fraction")
    }),
    ("holds a sign that cannot be seen", || {
        say!("problem-unseen")
    }),
    ("begins or ends with a blank", || say!("problem-blank")),
    ("is empty, and was named as the key", || {
        say!("problem-empty-key")
    }),
    ("look up the last call, and say", || {
        say!("problem-sent-again")
    }),
    ("its last call may still take effect", || {
        say!("problem-too-early")
    }),
    ("was settled already as", || say!("problem-settled")),
    ("is the name of two lines", || say!("problem-two-lines")),
    ("no line of the list is called", || say!("problem-no-line")),
    ("is named twice", || say!("problem-named-twice")),
    ("can only be settled as applied", || {
        say!("problem-only-applied")
    }),
    ("only a line that is unknown or applied is settled", || {
        say!("problem-not-open")
    }),
    ("only a line that is unknown is sent again", || {
        say!("problem-not-unknown")
    }),
    (
        "the list is not the one that this journal was made for",
        || say!("problem-other-list"),
    ),
    ("but their keys are not", || say!("problem-other-keys")),
    ("this is the journal of", || {
        say!("problem-journal-of-another")
    }),
    ("another process is working with this journal", || {
        say!("problem-locked")
    }),
    ("this is no journal", || say!("problem-no-journal")),
    ("the journal was put back to an earlier state", || {
        say!("problem-set-back")
    }),
    (
        "the database was restored, copied or failed over, and",
        || say!("problem-restored"),
    ),
    ("this role may not: recover it", || {
        say!("problem-recover-role")
    }),
    ("or has died within the length of its lease", || {
        say!("problem-recover-alive")
    }),
    ("there are no tables of a journal", || {
        say!("problem-recover-no-tables")
    }),
    ("the journal cannot be read or written", || {
        say!("problem-journal-failed")
    }),
    (UNCONFIRMED, || say!("advice-unconfirmed")),
    ("is no address of a proxy", || say!("problem-proxy")),
    ("is not set", || say!("problem-unset")),
    ("is empty", || say!("problem-empty")),
    ("is not a", || say!("problem-value")),
];

/// A text of a library, followed by what it means where that is another language.
pub(crate) fn explained(text: impl Display) -> String {
    let text = text.to_string();
    if Language::current() == Language::English {
        return text;
    }
    let mut known = KNOWN.iter();
    match known.find(|(piece, _)| text.contains(piece)) {
        Some((_, meaning)) => say!("problem-explained", text = text, meaning = meaning()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fmt::Write as _;
    use std::path::Path;

    use super::KNOWN;

    /// The sources of a crate as one text, in which a text that is broken over lines is whole.
    fn source(folder: &Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                source(&path, text);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let mut is_broken = false;
                for line in std::fs::read_to_string(&path).unwrap().lines() {
                    let line = if is_broken { line.trim_start() } else { line };
                    is_broken = line.ends_with('\\');
                    let line = line.strip_suffix('\\').unwrap_or(line);
                    let end = if is_broken { "" } else { "\n" };
                    write!(text, "{line}{end}").unwrap();
                }
            }
        }
    }

    #[test]
    fn every_piece_is_still_a_text_of_a_library() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut text = String::new();
        for name in ["jdy-journal", "jdy-runtime", "jdy-wire"] {
            source(&crates.join(name).join("src"), &mut text);
        }
        // These two are put together from a type's own name.
        let text = text + "is not a decimal\nis not a date\nis not a\n";
        for (piece, _) in KNOWN {
            assert!(text.contains(piece), "{piece}");
        }
    }
}
