//! Whether a value that was sent and a value that is shown are the same.
//!
//! Owns the leniency of the wire, for one value. Must not know fields, records or operations.

use jdy_wire::Decimal;

/// What comes of comparing two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Same {
    Yes,
    No,
    /// The value that is shown cannot be read, so it neither agrees nor disagrees.
    Unreadable,
}

/// A JSON value that is no list and no object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    /// `null`, blank text, or the word `null`.
    Nothing,
    Flag(bool),
    /// The text of a number.
    Number(String),
    Text(String),
}

impl Scalar {
    /// Reads one; `None` for a list, an object, or what is no JSON.
    pub(super) fn of(json: &str) -> Option<Self> {
        let json = json.trim();
        match json.chars().next()? {
            '{' | '[' => None,
            '"' => {
                let leaf = jdy_wire::leaves(json).pop()?.1;
                let text = leaf.trim();
                Some(match text {
                    "" | "null" => Self::Nothing,
                    _ => Self::Text(text.to_owned()),
                })
            }
            _ => match json {
                "null" => Some(Self::Nothing),
                "true" => Some(Self::Flag(true)),
                "false" => Some(Self::Flag(false)),
                _ => Some(Self::Number(json.to_owned())),
            },
        }
    }

    /// Its text, without quotes; `None` where there is nothing.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Flag(flag) => Some(flag.to_string()),
            Self::Number(text) | Self::Text(text) => Some(text.clone()),
        }
    }

    fn decimal(&self) -> Option<Decimal> {
        let text = match self {
            Self::Number(text) => {
                let scientific = || Decimal::from_scientific(text).ok();
                return text.parse().ok().or_else(scientific);
            }
            Self::Text(text) => text,
            Self::Nothing | Self::Flag(_) => return None,
        };
        is_plain_number(text).then(|| text.parse().ok()).flatten()
    }

    /// As a flag: `true`, `1` and their texts.
    fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Number(text) | Self::Text(text) => match text.as_str() {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            },
            Self::Nothing => None,
        }
    }

    fn is_flag_word(&self) -> bool {
        match self {
            Self::Flag(_) => true,
            Self::Text(text) => matches!(text.as_str(), "true" | "false"),
            Self::Nothing | Self::Number(_) => false,
        }
    }

    /// Whether an answer may leave it out: zero and `false`.
    fn is_default(&self) -> bool {
        self.flag() == Some(false) || self.decimal().is_some_and(|number| number.is_zero())
    }
}

/// Whether a text is a number and no code: `1.50`, but not `007`.
fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    are_digits(whole) && are_digits(fraction) && (whole == "0" || !whole.starts_with('0'))
}

/// Compares a value that was sent with one that is shown.
pub(super) fn same(sent: &Scalar, shown: &Scalar) -> Same {
    let is_same = match (sent, shown) {
        (Scalar::Nothing, _) => true,
        (_, Scalar::Nothing) => sent.is_default(),
        _ if sent.text() == shown.text() => true,
        _ if is_encrypted(shown) => return Same::Unreadable,
        _ if sent.is_flag_word() || shown.is_flag_word() => {
            sent.flag().is_some() && sent.flag() == shown.flag()
        }
        _ => match (sent.decimal(), shown.decimal()) {
            (Some(sent), Some(shown)) => sent == shown,
            _ => is_same_time(sent, shown),
        },
    };
    if is_same { Same::Yes } else { Same::No }
}

fn is_same_time(sent: &Scalar, shown: &Scalar) -> bool {
    let (Scalar::Text(sent), Scalar::Text(shown)) = (sent, shown) else {
        return false;
    };
    let (Some((own_day, own_time)), Some((day, time))) = (date(sent), date(shown)) else {
        return false;
    };
    own_day == day && own_time.zip(time).is_none_or(|(own, other)| own == other)
}

/// Day and time of `yyyy-MM-dd`, `yyyy-MM-dd HH:mm` or `yyyy-MM-dd HH:mm:ss`.
fn date(text: &str) -> Option<(&str, Option<String>)> {
    const SHAPE: &[u8; 10] = b"0000-00-00";
    let day = text.get(..10)?;
    let fits = |(byte, shape): (u8, &u8)| match shape {
        b'0' => byte.is_ascii_digit(),
        _ => byte == *shape,
    };
    if !day.bytes().zip(SHAPE).all(fits) {
        return None;
    }
    let rest = text.get(10..)?;
    if rest.is_empty() {
        return Some((day, None));
    }
    let time = rest.strip_prefix([' ', 'T'])?;
    let time = time.split('.').next()?;
    let is_time = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = time.split(':').collect();
    if !parts.iter().copied().all(is_time) {
        return None;
    }
    match parts.len() {
        2 => Some((day, Some(format!("{time}:00")))),
        3 => Some((day, Some(time.to_owned()))),
        _ => None,
    }
}

/// Whether a text looks like an encrypted field: padded Base64 of whole AES blocks. Its content
/// cannot be compared.
fn is_encrypted(shown: &Scalar) -> bool {
    use base64::Engine as _;
    let Scalar::Text(text) = shown else {
        return false;
    };
    let decoded = base64::engine::general_purpose::STANDARD.decode(text);
    text.ends_with('=')
        && decoded.is_ok_and(|bytes| !bytes.is_empty() && bytes.len().is_multiple_of(16))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sent: &str, shown: &str) -> Option<Same> {
        Some(same(&Scalar::of(sent)?, &Scalar::of(shown)?))
    }

    #[test]
    fn values_are_compared_and_not_their_spelling() {
        for (sent, shown) in [
            ("\"1.50\"", "1.5"),
            ("\"1.50\"", "\"1.5000\""),
            ("100", "1E+2"),
            ("\"0.0\"", "null"),
            ("false", "\"\""),
            ("true", "\"1\""),
            ("\"1\"", "true"),
            ("0", "\"false\""),
            ("\"2024-05-01\"", "\"2024-05-01 00:00:00\""),
            ("\"2024-05-01 10:00\"", "\"2024-05-01 10:00:00\""),
            ("\"2024-05-01 10:00:00\"", "\"2024-05-01\""),
            ("\" a \"", "\"a\""),
            ("1784309243748823040", "\"1784309243748823040\""),
            ("null", "\"x\""),
        ] {
            assert_eq!(of(sent, shown), Some(Same::Yes), "{sent} {shown}");
        }
    }

    #[test]
    fn another_value_differs() {
        for (sent, shown) in [
            ("\"1.50\"", "1.51"),
            ("\"007\"", "\"7\""),
            ("\"7\"", "\"007\""),
            ("\"a\"", "null"),
            ("\"a\"", "\"\""),
            ("true", "null"),
            ("true", "\"0\""),
            ("1", "2"),
            ("\"A\"", "\"a\""),
            ("\"2024-05-01\"", "\"2024-05-02 00:00:00\""),
            ("\"2024-05-01 10:00:00\"", "\"2024-05-01 11:00:00\""),
            ("1784309243748823040", "\"1784309243748823041\""),
            ("\"1784309243748823040\"", "1784309243748823041"),
        ] {
            assert_eq!(of(sent, shown), Some(Same::No), "{sent} {shown}");
        }
    }

    #[test]
    fn an_encrypted_value_says_nothing() {
        let shown = "\"IjN8s8jAXmQ1n8sZHzYyHg==\"";
        assert_eq!(of("\"13800000000\"", shown), Some(Same::Unreadable));
        assert_eq!(of("\"a\"", "\"b=\""), Some(Same::No));
        // Base64 of two bytes, and not of a block.
        assert_eq!(of("\"a\"", "\"YWI=\""), Some(Same::No));
    }
}
