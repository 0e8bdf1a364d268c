//! Cutting known secrets, and the query that was sent, out of text that comes from outside.
//!
//! Owns the forms in which either may come back. It must not know where the text goes.

use base64::Engine as _;

use crate::secret::Secret;
use crate::signing::{hex, percent_encode};

const MARK: &str = "[redacted]";

/// A text shorter than this is not looked for: it would be found everywhere and hide the rest.
const SHORTEST: usize = 4;

/// The text without these secrets, in plain, percent-encoded (once or twice, as in the text that is
/// signed), Base64 or hex form.
pub(crate) fn redact(text: String, secrets: &[Secret]) -> String {
    let mut text = text;
    for secret in secrets
        .iter()
        .map(Secret::expose)
        .filter(|secret| secret.len() >= SHORTEST)
    {
        for form in forms(secret) {
            if text.contains(form.expose()) {
                text = text.replace(form.expose(), MARK);
            }
        }
    }
    text
}

/// The text without the values of this query, where they stand behind their names: plain, or
/// encoded once or twice. A gateway that refuses a signature tells what should have been signed.
pub(crate) fn without_query(text: String, query: &[(String, String)]) -> String {
    let mut echoes: Vec<[String; 2]> = query
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .flat_map(|(name, value)| {
            let (name_once, value_once) = (percent_encode(name), percent_encode(value));
            let (name_twice, value_twice) =
                (percent_encode(&name_once), percent_encode(&value_once));
            [
                [name.clone(), value.clone()],
                [name_once, value_once],
                [name_twice, value_twice],
            ]
        })
        .map(|[name, value]| [format!("{name}={value}"), format!("{name}={MARK}")])
        .collect();
    // The longest first: of two that begin alike no end may stay.
    echoes.sort_by_key(|[echo, _]| std::cmp::Reverse(echo.len()));
    echoes.iter().fold(text, |text, [echo, marked]| {
        if text.contains(echo) {
            text.replace(echo, marked)
        } else {
            text
        }
    })
}

fn forms(secret: &str) -> Vec<Secret> {
    let hexed = hex(secret.as_bytes());
    let encoded = percent_encode(secret);
    let mut forms = vec![
        Secret::from(secret),
        Secret::new(percent_encode(&encoded)),
        Secret::new(in_lower_case(&encoded)),
        Secret::new(encoded),
        Secret::new(hexed.to_uppercase()),
        Secret::new(hexed),
    ];
    forms.extend(in_base64(secret));
    forms
}

/// The same with its escapes in lower case, as some encode.
fn in_lower_case(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (escape, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        text.push('%');
        text.push_str(&escape.to_ascii_lowercase());
        text.push_str(rest);
    }
    text
}

/// The Base64 of the secret, padded and not, in both alphabets; and of what stands within a longer
/// text the characters that are the same whatever stands around it.
fn in_base64(secret: &str) -> Vec<Secret> {
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    let mut forms = vec![
        Secret::new(STANDARD.encode(secret)),
        Secret::new(STANDARD_NO_PAD.encode(secret)),
        Secret::new(URL_SAFE_NO_PAD.encode(secret)),
    ];
    for before in 0..3 {
        let shifted = Secret::new(format!("{}{secret}", "-".repeat(before)));
        // A character holds six bits: those of the first and the last byte may be a neighbour's.
        let (from, to) = ((before * 8).div_ceil(6), shifted.expose().len() * 8 / 6);
        for text in [STANDARD_NO_PAD, URL_SAFE_NO_PAD].map(|code| code.encode(shifted.expose())) {
            let core = text.get(from..to).unwrap_or_default();
            if core.len() > SHORTEST {
                forms.push(Secret::from(core));
            }
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_cut_out_in_every_form() {
        let secrets = [Secret::from("s3cr3t/+="), Secret::from("abc")];
        let text = "s3cr3t/+= s3cr3t%2F%2B%3D s3cr3t%2f%2b%3d czNjcjN0Lys9 733363723374_2f 7333637233742F2B3D abc";
        assert_eq!(
            redact(text.to_owned(), &secrets),
            "[redacted] [redacted] [redacted] [redacted] 733363723374_2f [redacted] abc"
        );
    }

    #[test]
    fn a_secret_is_cut_out_of_what_was_signed_and_out_of_a_longer_text_in_base64() {
        use base64::engine::general_purpose::{STANDARD, URL_SAFE};
        let secret = "s3cr3t-of-an-app~~~???==";
        let twice = percent_encode(&percent_encode(secret));
        for before in ["", "x", "xy", "xyz"] {
            let whole = format!("{before}{secret}and more");
            let text = format!(
                "{} {} {twice}",
                STANDARD.encode(&whole),
                URL_SAFE.encode(&whole)
            );
            let clean = redact(text, &[Secret::from(secret)]);
            assert_eq!(clean.matches(MARK).count(), 3, "{clean}");
            // "s3cr3t" and "an-app" at the three places that it may have within four characters.
            for part in [
                "czNjcjN0",
                "MzY3IzdC",
                "M2NyM3Qt",
                "YW4tYXBw",
                "Fubi1hcHB",
                "hbi1hcHB",
            ] {
                assert!(!clean.contains(part), "{clean}");
            }
        }
    }

    #[test]
    fn a_query_is_cut_out_as_it_was_sent_and_as_it_was_signed() {
        let query = [("a", "1"), ("a", "12"), ("电", "1 3"), ("empty", "")];
        let query = query.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let text = "a=12&a=1 %E7%94%B5=1%203 %25E7%2594%25B5=1%25203 电=1 3 empty= b=1 1 12";
        assert_eq!(
            without_query(text.to_owned(), &query),
            "a=[redacted]&a=[redacted] %E7%94%B5=[redacted] %25E7%2594%25B5=[redacted] \
             电=[redacted] empty= b=1 1 12"
        );
    }
}
