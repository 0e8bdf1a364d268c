//! Decimals as text.
//!
//! Owns which text is a decimal on the wire. Must not know what it counts.
//! Must not use: `crate::answer`, `crate::ledger`.

use rust_decimal::Decimal;

/// A plain decimal: digits, perhaps a point and more digits. No exponent; no sign but minus.
pub(crate) fn parse(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if plain(whole) && plain(part) {
        Decimal::from_str_exact(text).ok()
    } else {
        None
    }
}

/// A decimal, plain or with an exponent, as a JSON number may be.
pub(crate) fn with_exponent(text: &str) -> Option<Decimal> {
    parse(text).or_else(|| Decimal::from_scientific(text).ok())
}
