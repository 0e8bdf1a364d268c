//! Decimals in source text: the macro [`dec!`](crate::dec!), which reads its digits while the program
//! is compiled.
//!
//! Owns which literal is a decimal. Must not round, and must not know floating point. Must not use:
//! `crate::decode`, `crate::encode`.

use rust_decimal::Decimal;

/// How many digits a decimal has behind its point, and how many in all.
const MAX_DIGITS: u32 = 28;

/// A [`Decimal`](crate::Decimal) from a literal: `dec!(50.00)`, `dec!(-3)`, `dec!(1_000.5)`.
///
/// The digits are read as they are written, trailing zeros included, and never as a float. A literal
/// that is no decimal of at most 28 digits does not compile. A decimal from text that is known only
/// while the program runs is `text.parse::<Decimal>()?`.
///
/// ```
/// use jdy_wire::{Decimal, dec};
///
/// assert_eq!(dec!(50.00), Decimal::new(50_00, 2));
/// assert_eq!(dec!(50.00).to_string(), "50.00");
/// assert_eq!(dec!(-0.1).to_string(), "-0.1");
/// assert_eq!(dec!(1_000_000).to_string(), "1000000");
/// // A float of these digits would be another number.
/// assert_eq!(
///     dec!(12345678901234567.89).to_string(),
///     "12345678901234567.89"
/// );
/// ```
///
/// ```compile_fail
/// jdy_wire::dec!(1e3);
/// ```
///
/// ```compile_fail
/// jdy_wire::dec!("50.00");
/// ```
#[macro_export]
macro_rules! dec {
    ($number:literal) => {{
        // A constant with a name: `cargo check` evaluates it too, and no inline one. So the panic is an
        // error of the compiler, and nothing that a program can meet while it runs.
        const NUMBER: $crate::Decimal = match $crate::private::decimal(::core::stringify!($number)) {
            Some(number) => number,
            None => ::core::panic!(
                "not a decimal: digits with at most one point, at most 28 of them, as in dec!(50.00)"
            ),
        };
        NUMBER
    }};
}

/// The decimal that a literal says: digits with at most one point, a minus before them, `_` between
/// them.
pub const fn decimal(literal: &str) -> Option<Decimal> {
    let (negative, mut rest) = match literal.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let (mut mantissa, mut digits, mut scale) = (0_u128, 0, 0);
    let (mut has_digit, mut has_point) = (false, false);
    while let [byte, after @ ..] = rest {
        rest = after;
        match *byte {
            b'0'..=b'9' => {
                has_digit = true;
                mantissa = mantissa * 10 + (*byte - b'0') as u128;
                // Leading zeros do not count.
                digits += (mantissa > 0) as u32;
                scale += has_point as u32;
            }
            b'.' if !has_point => has_point = true,
            b'_' => {}
            _ => return None,
        }
        if digits > MAX_DIGITS || scale > MAX_DIGITS {
            return None;
        }
    }
    if !has_digit {
        return None;
    }
    // 28 digits are fewer than 96 bits.
    let (lo, mid, hi) = (
        mantissa as u32,
        (mantissa >> 32) as u32,
        (mantissa >> 64) as u32,
    );
    Some(Decimal::from_parts(lo, mid, hi, negative, scale))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::decimal;

    #[test]
    fn a_literal_is_the_decimal_that_its_text_is() {
        for text in [
            "0",
            "7",
            "50.00",
            "-50.25",
            "0.0000000000000000000000000001",
            "0.0000000000000000000000000000",
            "9999999999999999999999999999",
            "12345678901234567.89",
            "-9999999999999999999.999999999",
        ] {
            assert_eq!(decimal(text).unwrap(), text.parse().unwrap(), "{text}");
            assert_eq!(decimal(text).unwrap().to_string(), text);
        }
        assert_eq!(decimal("1_000.5_0").unwrap().to_string(), "1000.50");
        assert_eq!(decimal("5.").unwrap().to_string(), "5");
    }

    #[test]
    fn what_is_no_decimal_is_none() {
        for text in [
            "",
            "-",
            ".",
            "_",
            "1e3",
            "1.5f64",
            "7i64",
            "0x1f",
            "1.2.3",
            "--1",
            "\"1\"",
            "true",
            "99999999999999999999999999999",
            "0.00000000000000000000000000001",
        ] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }
}
