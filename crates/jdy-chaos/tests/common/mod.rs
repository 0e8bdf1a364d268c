//! What the tests of a report share.
//!
//! Owns the reading of a row. Must not know which rows there are.

/// The number behind a name at the beginning of a row.
pub(crate) fn row(text: &str, name: &str) -> u64 {
    let line = text.lines().find(|line| line.trim().starts_with(name));
    let rest = line.and_then(|line| line.trim().strip_prefix(name));
    let number = rest.and_then(|rest| rest.split_whitespace().next());
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("no {name:?} in {text}"))
}
