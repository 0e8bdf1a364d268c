//! Redacts known secrets and values of the request in text that comes from outside.
//!
//! Owns the forms in which either may come back. It must not know where the text goes.
//!
//! Text and known values are compared without case, without white space and without escapes
//! (percent, up to three deep, and those of JSON). A part of 8 characters or more is enough.

use std::collections::HashMap;
use std::ops::Range;

use base64::Engine as _;

use crate::secret::Secret;
use crate::signing::hex;

const REDACTED: &str = "[redacted]";

/// A text shorter than this is not looked for: it would be found everywhere and hide the rest.
const MIN_SECRET_CHARS: usize = 4;
/// How many characters of a known value make it out.
const MATCH_CHARS: usize = 8;
/// How much of a text is looked at; the rest is cut off.
const MAX_TEXT_BYTES: usize = 16 << 10;
/// How much of a request is looked for, in bytes of its values and in fields: an error of a large
/// one must not take longer than the call.
const ECHO_BYTES: usize = 64 << 10;
const ECHO_FIELDS: usize = 2000;

/// What the other side was sent, and may quote.
#[derive(Clone, Copy, Default)]
pub(crate) struct Echo<'a> {
    /// The pairs of the query.
    pub(crate) query: &'a [(String, String)],
    /// The body, if it is JSON.
    pub(crate) body: Option<&'a str>,
    /// The caller's own key, which an error shows anyway.
    pub(crate) key: Option<&'a str>,
}

/// What is cut out of a text.
#[derive(Default)]
pub(crate) struct Known {
    /// The values that are long enough: each part of them is looked for.
    values: Vec<Vec<char>>,
    /// What is looked for as a whole, and where in it that begins which is cut out.
    whole: Vec<(Vec<char>, usize)>,
}

impl Known {
    /// These as well, in plain, Base64 and hex.
    pub(crate) fn and_secrets(mut self, secrets: &[Secret]) -> Self {
        let secrets = secrets.iter().map(Secret::expose);
        for secret in secrets.filter(|secret| secret.len() >= MIN_SECRET_CHARS) {
            for form in forms(secret) {
                self.add(plain(form.expose()));
            }
        }
        self
    }

    /// The values of the request as well; a short value only behind its name.
    pub(crate) fn and_echo(mut self, echo: Echo<'_>) -> Self {
        let mut left = ECHO_BYTES;
        let mut some_of = |value: &str| {
            let some = value.get(..boundary(value, left));
            let some = some.unwrap_or_default().to_owned();
            left -= some.len();
            some
        };
        for (name, value) in echo.query.iter().take(ECHO_FIELDS) {
            self.add_pair(&[format!("{name}=")], &some_of(value), echo.key);
        }
        let leaves = echo.body.map(jdy_wire::leaves).unwrap_or_default();
        for (name, value) in leaves.iter().take(ECHO_FIELDS) {
            let before = ["\":\"", "\":", "="].map(|sign| format!("{name}{sign}"));
            self.add_pair(&before, &some_of(value), echo.key);
        }
        self
    }

    fn add_pair(&mut self, before: &[String], value: &str, key: Option<&str>) {
        let value_text = plain(value);
        if value_text.is_empty() || key == Some(value) {
            return;
        }
        for before in before {
            let before = plain(before);
            let from = before.len();
            let whole = before.into_iter().chain(value_text.iter().copied());
            self.whole.push((whole.collect(), from));
        }
        if value_text.len() >= MATCH_CHARS {
            self.values.push(value_text);
        }
    }

    /// A text in the form in which texts are compared.
    fn add(&mut self, text: Vec<char>) {
        if text.len() >= MATCH_CHARS {
            self.values.push(text);
        } else if text.len() >= MIN_SECRET_CHARS {
            self.whole.push((text, 0));
        }
    }

    /// The text without what is known.
    pub(crate) fn cut_out_of(&self, text: String) -> String {
        let text = cut(text);
        let letters = letters(&text);
        let bare: Vec<char> = letters.iter().map(|letter| letter.is).collect();
        let mut found = self.quoted(&bare);
        for (whole, from) in &self.whole {
            for (at, text) in bare.windows(whole.len()).enumerate() {
                if text == whole.as_slice() {
                    found.push(at + from..at + whole.len());
                }
            }
        }
        found.extend(behind_names(&letters, &bare));
        let found = merged(found).into_iter().filter_map(|range| {
            let first = letters.get(range.start)?;
            let last = letters.get(range.end.checked_sub(1)?)?;
            Some(first.at.start..last.at.end)
        });
        without(&text, found)
    }
}

impl Known {
    /// The parts of known values in a text.
    ///
    /// The text is short and a request may be long. So the parts of the text are what is kept, and
    /// of a value only those are compared whose characters all occur in the text.
    fn quoted(&self, text: &[char]) -> Vec<Range<usize>> {
        let mut places: HashMap<&[char], Vec<usize>> = HashMap::new();
        for (at, part) in text.windows(MATCH_CHARS).enumerate() {
            places.entry(part).or_default().push(at);
        }
        let occurring = Characters::of(text);
        let runs = self
            .values
            .iter()
            .flat_map(|value| value.split(|is| !occurring.may_have(*is)));
        let parts = runs.flat_map(|run| run.windows(MATCH_CHARS));
        parts
            .filter_map(|part| places.remove(part))
            .flatten()
            .map(|at| at..at + MATCH_CHARS)
            .collect()
    }
}

/// Which characters a text has, by their lowest bytes.
struct Characters([bool; 256]);

impl Characters {
    fn of(text: &[char]) -> Self {
        let mut all = [false; 256];
        for is in text {
            if let Some(known) = all.get_mut(Self::place(*is)) {
                *known = true;
            }
        }
        Self(all)
    }

    fn may_have(&self, is: char) -> bool {
        self.0.get(Self::place(is)).is_some_and(|known| *known)
    }

    fn place(is: char) -> usize {
        let [lowest, ..] = u32::from(is).to_le_bytes();
        usize::from(lowest)
    }
}

/// The last place up to this one where a character begins.
fn boundary(text: &str, most: usize) -> usize {
    let most = most.min(text.len());
    (0..=most)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

fn cut(mut text: String) -> String {
    if text.len() > MAX_TEXT_BYTES {
        let end = boundary(&text, MAX_TEXT_BYTES);
        text.truncate(end);
        text.push_str("...");
    }
    text
}

/// The ranges in their order, those that overlap as one.
fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges.into_iter().filter(|range| !range.is_empty()) {
        match merged.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// The text with a mark instead of each range.
fn without(text: &str, ranges: impl Iterator<Item = Range<usize>>) -> String {
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for range in ranges {
        // What several letters were escaped as together is cut out once.
        if range.end <= at {
            continue;
        }
        out.push_str(text.get(at..range.start).unwrap_or_default());
        out.push_str(REDACTED);
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// The values behind names that only secrets have, also of secrets that are not known.
fn behind_names(letters: &[Letter], text: &[char]) -> Vec<Range<usize>> {
    const NAMES: [&str; 8] = [
        "appsecret",
        "app_secret",
        "clientsecret",
        "client_secret",
        "app-token",
        "access_token",
        "app_signature",
        "x-api-signature",
    ];
    let is_sign = |letter: &&char| matches!(letter, '"' | '\'' | ':' | '=' | '\\');
    let is_secret = |letter: &&char| {
        letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '/' | '~')
    };
    let mut found = Vec::new();
    for name in NAMES {
        let name: Vec<char> = name.chars().collect();
        for (at, window) in text.windows(name.len()).enumerate() {
            if window != name.as_slice() {
                continue;
            }
            let behind = at + name.len();
            let rest = text.get(behind..).unwrap_or_default();
            let signs = rest.iter().take_while(is_sign).count();
            let from = behind + signs;
            let rest = text.get(from..).unwrap_or_default();
            // White space that was left out ends it.
            let is_joined = |at: usize| match (letters.get(at), letters.get(at + 1)) {
                (Some(letter), Some(next)) => letter.at.end >= next.at.start,
                _ => false,
            };
            let length = rest.iter().take_while(is_secret).count();
            let joined = (from..from + length)
                .take_while(|at| is_joined(*at))
                .count();
            let length = length.min(joined + 1);
            if signs > 0 && length >= MIN_SECRET_CHARS {
                found.push(from..from + length);
            }
        }
    }
    found
}

/// A character in the form in which texts are compared, and its bytes in the original.
struct Letter {
    is: char,
    at: Range<usize>,
}

/// A known value in the form in which texts are compared.
fn plain(text: &str) -> Vec<char> {
    letters(text).into_iter().map(|letter| letter.is).collect()
}

/// The letters of a text: in lower case, without white space, without escapes. A space of a query
/// is also written as a plus sign.
fn letters(text: &str) -> Vec<Letter> {
    let mut letters: Vec<Letter> = text
        .char_indices()
        .map(|(at, is)| Letter {
            is,
            at: at..at + is.len_utf8(),
        })
        .collect();
    // Encoded as it is sent, as it is signed, and once more by a log.
    for _ in 0..3 {
        let before = letters.len();
        letters = unescaped(letters);
        if letters.len() == before {
            break;
        }
    }
    letters.retain(|letter| !letter.is.is_whitespace() && letter.is != '+');
    for letter in &mut letters {
        let mut lower = letter.is.to_lowercase();
        letter.is = lower.next().unwrap_or(letter.is);
    }
    letters
}

/// The letters with one layer of escapes taken off.
fn unescaped(letters: Vec<Letter>) -> Vec<Letter> {
    if !letters.iter().any(|letter| matches!(letter.is, '%' | '\\')) {
        return letters;
    }
    let mut out: Vec<Letter> = Vec::with_capacity(letters.len());
    let mut at = 0;
    while let Some(letter) = letters.get(at) {
        let rest = letters.get(at..).unwrap_or_default();
        let (taken, made) = match letter.is {
            '%' => percent(rest),
            '\\' => backslash(rest),
            _ => None,
        }
        .unwrap_or_else(|| (1, vec![letter.is]));
        let end = rest
            .get(taken - 1)
            .map_or(letter.at.end, |last| last.at.end);
        out.extend(made.into_iter().map(|is| Letter {
            is,
            at: letter.at.start..end,
        }));
        at += taken;
    }
    out
}

/// Percent-encoded bytes: how many characters they take, and the decoded ones.
fn percent(letters: &[Letter]) -> Option<(usize, Vec<char>)> {
    let mut bytes = Vec::new();
    let mut longest = None;
    // No character takes more than four bytes; each is a run of its own.
    for group in letters.chunks(3).take(4) {
        let [sign, high, low] = group else { break };
        let (Some(high), Some(low)) = (high.is.to_digit(16), low.is.to_digit(16)) else {
            break;
        };
        if sign.is != '%' {
            break;
        }
        bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
        if let Ok(text) = std::str::from_utf8(&bytes) {
            longest = Some((bytes.len() * 3, text.chars().collect()));
            break;
        }
    }
    longest
}

/// An escape of JSON.
fn backslash(letters: &[Letter]) -> Option<(usize, Vec<char>)> {
    let second = letters.get(1)?.is;
    if second != 'u' && second != 'U' {
        let is = match second {
            'n' | 'r' | 't' => ' ',
            '"' | '\\' | '/' | '\'' => second,
            _ => return None,
        };
        return Some((2, vec![is]));
    }
    let mut digits = letters.get(2..6)?.iter();
    let code = digits.try_fold(0, |code, digit| Some(code * 16 + digit.is.to_digit(16)?))?;
    Some((6, vec![char::from_u32(code).unwrap_or(' ')]))
}

fn forms(secret: &str) -> Vec<Secret> {
    let mut forms = vec![Secret::from(secret), Secret::new(hex(secret.as_bytes()))];
    forms.extend(in_base64(secret));
    forms
}

/// The Base64 of the secret in both alphabets, without padding; and of what stands within a longer
/// text the characters that are the same whatever stands around it.
fn in_base64(secret: &str) -> Vec<Secret> {
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    let mut forms = vec![
        Secret::new(STANDARD_NO_PAD.encode(secret)),
        Secret::new(URL_SAFE_NO_PAD.encode(secret)),
    ];
    for before in 0..3 {
        let shifted = Secret::new(format!("{}{secret}", "-".repeat(before)));
        // A character holds six bits: those of the first and the last byte may be a neighbour's.
        let (from, to) = ((before * 8).div_ceil(6), shifted.expose().len() * 8 / 6);
        for text in [STANDARD_NO_PAD, URL_SAFE_NO_PAD].map(|code| code.encode(shifted.expose())) {
            let core = text.get(from..to).unwrap_or_default();
            if core.len() > MIN_SECRET_CHARS {
                forms.push(Secret::from(core));
            }
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::percent_encode;

    fn clean(text: &str, secret: &str) -> String {
        let known = Known::default().and_secrets(&[Secret::from(secret)]);
        known.cut_out_of(text.to_owned())
    }

    #[test]
    fn a_secret_is_cut_out_in_every_form() {
        let text = "s3cr3t/_= s3cr3t%2F_%3D s3cr3t%2f%5f%3d czNjcjN0L189 7333637233742f5f3d";
        assert_eq!(clean(text, "s3cr3t/_=").matches(REDACTED).count(), 5);
        assert!(
            !clean(text, "s3cr3t/_=").contains("3"),
            "{}",
            clean(text, "s3cr3t/_=")
        );
        assert_eq!(
            clean("abc abcd ABCDE", "abcd"),
            "abc [redacted] [redacted]E"
        );
        assert_eq!(clean("abc", "abc"), "abc");
    }

    #[test]
    fn a_secret_is_cut_out_in_any_case_spacing_escape_and_part() {
        let secret = "k9F/x2Lm=Qw7Rt5Yz";
        for (text, rest) in [
            ("[K9f/X2lM=qW7rT5yZ]", "[[redacted]]"),
            ("[k9F/x2Lm =Qw7\n Rt5Yz]", "[[redacted]]"),
            (r"[k9F\/x2Lm=Qw7Rt5Yz]", "[[redacted]]"),
            (r"[\u006b9F/x2Lm\u003dQw7Rt5Yz]", "[[redacted]]"),
            ("[k9F%252Fx2Lm%253DQw7Rt5Yz]", "[[redacted]]"),
            ("[x2Lm=Qw7]", "[[redacted]]"),
            ("[x2Lm=Qw]", "[x2Lm=Qw]"),
        ] {
            assert_eq!(clean(text, secret), rest, "{text}");
        }
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
            let clean = clean(&text, secret);
            assert!(clean.matches(REDACTED).count() >= 3, "{clean}");
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
        let known = Known::default().and_echo(Echo {
            query: &query,
            ..Echo::default()
        });
        let text = "a=12&a=1 %E7%94%B5=1%203 %25E7%2594%25B5=1%25203 电=1 3 empty= b=1 1 12";
        assert_eq!(
            known.cut_out_of(text.to_owned()),
            "a=[redacted]&a=[redacted] %E7%94%B5=[redacted] %25E7%2594%25B5=[redacted] \
             电=[redacted] empty= b=1 1 12"
        );
    }

    #[test]
    fn a_body_is_cut_out_and_its_names_stay() {
        let body = r#"{"amount":"100.00","card":"6222020012345678","rows":[{"n":7}],"key":"RC-2026-0001"}"#;
        let known = Known::default().and_echo(Echo {
            body: Some(body),
            key: Some("RC-2026-0001"),
            ..Echo::default()
        });
        let quoted = format!("cannot parse {body}");
        let cut = known.cut_out_of(quoted);
        assert_eq!(
            cut,
            r#"cannot parse {"amount":"[redacted]","card":"[redacted]","rows":[{"n":[redacted]}],"key":"RC-2026-0001"}"#
        );
        for text in [
            r#"{\"amount\": \"100.00\"}"#,
            "AMOUNT = 100.00",
            "card 6222 0200 1234 5678",
            "%22amount%22%3A%22100.00%22",
        ] {
            let cut = known.cut_out_of(text.to_owned());
            assert!(
                cut.contains(REDACTED) && !cut.contains("100.00") && !cut.contains("6222"),
                "{cut}"
            );
        }
        assert_eq!(
            known.cut_out_of("amount is wrong".to_owned()),
            "amount is wrong"
        );
    }

    #[test]
    fn each_quote_of_a_value_is_cut_out_and_a_character_alike_is_none() {
        let query = [("a".to_owned(), "0123456789".to_owned())];
        let known = Known::default().and_echo(Echo {
            query: &query,
            ..Echo::default()
        });
        // The lowest byte of U+0430 is that of the digit 0.
        let text = "12345678 and 01234567 and 0123456789, not \u{430}1234567 nor 1234567";
        assert_eq!(
            known.cut_out_of(text.to_owned()),
            "[redacted] and [redacted] and [redacted], not \u{430}1234567 nor 1234567"
        );
    }

    #[test]
    fn of_a_large_request_no_more_is_looked_for_than_an_error_bears() {
        let body = format!(r#"{{"remark":"{}"}}"#, "0123456789".repeat(100_000));
        let known = Known::default().and_echo(Echo {
            body: Some(&body),
            ..Echo::default()
        });
        let letters: usize = known.values.iter().map(Vec::len).sum();
        assert!(letters <= ECHO_BYTES, "{letters}");
        assert!(
            known
                .whole
                .iter()
                .all(|(whole, _)| whole.len() <= ECHO_BYTES + 16)
        );
        assert_eq!(
            known.cut_out_of("a 56789012 b".to_owned()),
            "a [redacted] b"
        );
    }

    #[test]
    fn what_stands_behind_the_name_of_a_secret_is_cut_out_unknown_as_it_is() {
        let text =
            r#"refused: {"appKey":"k","appSecret": "d41d8cd98f", "status":1} app_secret=abcd1 end"#;
        assert_eq!(
            Known::default().cut_out_of(text.to_owned()),
            r#"refused: {"appKey":"k","appSecret": "[redacted]", "status":1} app_secret=[redacted] end"#
        );
    }
}
