//! What any bytes at all must not do to what reads them: one module for each reader.
//!
//! A target is a plain function of bytes. It panics where a promise is broken, and reports nothing
//! else: no input is a failure by itself. Owns the targets. Must not know who calls them: the
//! fuzzer's binaries (`fuzz/`, a workspace of their own) and the tests over the corpus call the
//! same functions.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a finding is a panic"
)]

pub mod decoder;
pub mod envelope;
pub mod http_date;
pub mod importer;
pub mod list;
pub mod request;
pub mod signing;
pub mod spec;

/// Holds a reader to its promises over these bytes.
pub type Target = fn(&[u8]);

/// The targets, by the names of their corpus folders and of the fuzzer's binaries.
pub const TARGETS: [(&str, Target); 8] = [
    ("decoder", decoder::run),
    ("envelope", envelope::run),
    ("http_date", http_date::run),
    ("importer", importer::run),
    ("list", list::run),
    ("request", request::run),
    ("signing", signing::run),
    ("spec", spec::run),
];

/// The first byte chooses one of so many; `0` is the first, so that a person can write it. The
/// rest is left.
fn choice(data: &[u8], of: usize) -> Option<(usize, &[u8])> {
    let (first, rest) = data.split_first()?;
    Some((usize::from(first.wrapping_sub(b'0')) % of, rest))
}

/// The text of these bytes; none where they are not UTF-8.
fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// Whether serde_json takes the text for one JSON value.
fn is_json(text: &str) -> bool {
    serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
}

/// Whether the text may have half of a character, which a request must not have and serde_json passes
/// over.
fn may_have_half(text: &str) -> bool {
    text.to_ascii_lowercase().contains("\\ud")
}

/// Whether the text may nest deeper than our reader follows, which serde_json passes over.
fn may_be_deep(text: &str) -> bool {
    text.matches(['[', '{']).count() > 128
}
