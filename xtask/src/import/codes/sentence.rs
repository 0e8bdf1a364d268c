//! Sentences: what speaks of a field and only looks like a list of codes.
//!
//! Must not know how a list is read.

/// A label of so few characters is the vendor's word for a code, whatever it says: 必填, 非必填.
const SHORT: usize = 3;

/// Whether some label tells what to do: `1、修改时必填；2、新增时不填`.
pub(super) fn is_among(labels: &[&str]) -> bool {
    labels.iter().any(|label| is_sentence(label, labels))
}

fn is_sentence(label: &str, labels: &[&str]) -> bool {
    const TELLS: [&str; 6] = ["必填", "必传", "必录", "不填", "不传", "为准"];
    if label.chars().count() <= SHORT {
        return false;
    }
    TELLS.iter().any(|word| label.contains(word))
        || label.starts_with("开头")
        || supports(label).is_some_and(|what| !is_both_ways(what, labels))
}

fn supports(label: &str) -> Option<&str> {
    label
        .strip_prefix('不')
        .unwrap_or(label)
        .strip_prefix("支持")
}

/// `1：支持批次，0：不支持批次` are two states of one thing.
fn is_both_ways(what: &str, labels: &[&str]) -> bool {
    let of_it = |label: &&&str| supports(label) == Some(what);
    labels.iter().filter(of_it).count() > 1
}
