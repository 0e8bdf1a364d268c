//! Exact decimals: amounts, quantities, prices, rates. Never through floating point.
//!
//! Owns which text is a decimal. Must not round. Must not use: `crate::decode`, `crate::encode`.

use rust_decimal::Decimal;

use crate::value::{Value, ValueMut, ValueRef};

/// How many digits a number and its fraction may have.
const MAX_DIGITS: i64 = 28;

/// The exact number in a text; `None` if it is not a number or has too many digits. Stricter than the
/// library's own parser, which accepts `1_000`.
pub(crate) fn parse(text: &str) -> Option<Decimal> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let digits = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || !plain(fraction) {
        return None;
    }
    let number = Decimal::from_str_exact(mantissa).ok()?;
    if exponent == 0 {
        Some(number)
    } else {
        shift(number, exponent)
    }
}

/// `number` times ten to the `exponent`, if that is exact.
fn shift(number: Decimal, exponent: i64) -> Option<Decimal> {
    if number.is_zero() {
        return Some(number);
    }
    let scale = i64::from(number.scale()).checked_sub(exponent)?;
    if (0..=MAX_DIGITS).contains(&scale) {
        let mut shifted = number;
        shifted.set_scale(u32::try_from(scale).ok()?).ok()?;
        return Some(shifted);
    }
    if scale > MAX_DIGITS {
        return None;
    }
    let mut shifted = number;
    shifted.set_scale(0).ok()?;
    let up = u32::try_from(scale.checked_neg()?).ok()?;
    let factor = 10_i128.checked_pow(up)?;
    shifted.checked_mul(Decimal::try_from_i128_with_scale(factor, 0).ok()?)
}

impl Value for Decimal {
    const EXPECTED: &'static str = "a decimal number of at most 28 digits";

    fn empty() -> Self {
        Decimal::ZERO
    }

    fn view(&self) -> ValueRef<'_> {
        ValueRef::Decimal(*self)
    }

    fn target(&mut self) -> ValueMut<'_> {
        ValueMut::Decimal(self)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::parse;

    fn shown(text: &str) -> Option<String> {
        parse(text).map(|number| number.to_string())
    }

    #[test]
    fn a_number_keeps_every_digit() {
        for text in [
            "0",
            "10.50",
            "-0.01",
            "9007199254740993.1",
            "7922816251426433759354395033.5",
        ] {
            assert_eq!(shown(text).unwrap(), text);
        }
    }

    #[test]
    fn an_exponent_is_exact_or_nothing() {
        assert_eq!(shown("1.5e3").unwrap(), "1500");
        assert_eq!(shown("15E-2").unwrap(), "0.15");
        assert_eq!(shown("1e-28").unwrap(), "0.0000000000000000000000000001");
        assert_eq!(shown("1e-29"), None);
        assert_eq!(shown("1e30"), None);
        assert_eq!(shown("1e99999999999999999999"), None);
        assert_eq!(shown("1e9223372036854775807"), None);
        assert_eq!(shown("1e-9223372036854775808"), None);
    }

    #[test]
    fn what_is_no_plain_number_is_refused() {
        for text in [
            "", ".", "1.", ".5", "1_000", "1,000", "١", "0x10", "NaN", "--1", "1 2", "1.2.3",
        ] {
            assert_eq!(shown(text), None, "{text}");
        }
        assert_eq!(shown("0.12345678901234567890123456789"), None);
    }
}
