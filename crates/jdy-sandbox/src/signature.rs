//! The signature of a raw request line.
//!
//! Owns the vendor's rule, implemented from its published text alone, also with mistakes made on
//! purpose, so that `explain` can find them. Must not know sockets or answers.
//! Must not use: `crate::account`, `crate::answer`, `crate::gateway`, `tokio`.

mod explain;
mod mistake;

use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use self::mistake::Mistake as M;
use crate::request::{form_decode, percent_decode, split_query};

pub use self::explain::{Explanation, explain};

/// The parts of a request that a signature covers, as received. `Debug` shows neither query nor
/// body.
#[derive(Clone, Copy)]
pub struct Signed<'a> {
    /// The method.
    pub method: &'a str,
    /// The path, still encoded, without query.
    pub path: &'a str,
    /// The query, still encoded; empty without one.
    pub query: &'a str,
    /// The value of `X-Api-Nonce`.
    pub nonce: &'a str,
    /// The value of `X-Api-TimeStamp`.
    pub timestamp: &'a str,
    /// The further headers that `X-Api-SignHeaders` names, with their values.
    pub further: &'a [(String, String)],
    /// The body. It is not signed, but some clients sign it by mistake.
    pub body: &'a [u8],
}

impl fmt::Debug for Signed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// The text that must be signed: method, path, query and signed headers in lines, each with its
/// newline. Of the query, each name and value is taken as it came and percent-encoded once more.
pub fn canonical_text(signed: &Signed<'_>) -> String {
    canonical_with(signed, &[])
}

/// The signature of a canonical text: Base64 of the lower-case hex of its HMAC-SHA256.
pub fn sign(client_secret: &str, canonical: &str) -> String {
    STANDARD.encode(hex(&hmac_sha256(
        client_secret.as_bytes(),
        canonical.as_bytes(),
    )))
}

/// `app_signature` of the token call: the same form, over the app key, keyed with the app secret.
pub fn app_signature(app_key: &str, app_secret: &str) -> String {
    sign(app_secret, app_key)
}

pub(crate) fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mut mac) => {
            mac.update(message);
            mac.finalize().into_bytes().into()
        }
        // HMAC takes keys of any length, so this is never reached. No signature would match it.
        Err(_) => [0; 32],
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Escapes everything except RFC 3986's unreserved characters and those in `kept`.
fn percent_encode(bytes: &[u8], kept: &str) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 3), |mut text, byte| {
            if byte.is_ascii_alphanumeric()
                || b"-_.~".contains(byte)
                || kept.as_bytes().contains(byte)
            {
                text.push(char::from(*byte));
            } else {
                let _ = write!(text, "%{byte:02X}");
            }
            text
        })
}

fn canonical_with(signed: &Signed<'_>, mistakes: &[M]) -> String {
    let made = |mistake| mistakes.contains(&mistake);
    let method = signed.method.to_ascii_uppercase();
    let path = match percent_decode(signed.path) {
        _ if made(M::PathNotEncoded) => signed.path.to_owned(),
        path => percent_encode(&path, ""),
    };
    let mut lines = vec![
        if made(M::MethodInLowerCase) {
            method.to_ascii_lowercase()
        } else {
            method
        },
        path,
    ];
    let query = query_line(signed, mistakes);
    if !(made(M::BlankQueryLineMissing) && query.is_empty()) {
        lines.push(query);
    }
    lines.extend(header_lines(signed, mistakes));
    if made(M::BodyAsLastLine) {
        lines.push(String::from_utf8_lossy(signed.body).into_owned());
    }
    let mut text = lines.join("\n");
    if made(M::LowerCaseEscapes) {
        text = lower_case_escapes(&text);
    }
    if !made(M::LastNewlineMissing) {
        text.push('\n');
    }
    text
}

fn query_line(signed: &Signed<'_>, mistakes: &[M]) -> String {
    let made = |mistake| mistakes.contains(&mistake);
    if made(M::BodyAsQuery) {
        return String::from_utf8_lossy(signed.body).into_owned();
    }
    if made(M::QueryLeftOut) {
        return String::new();
    }
    let encode = |raw: &str| query_part(raw, mistakes);
    let mut pairs: Vec<String> = split_query(signed.query)
        .filter(|(_, value)| !(made(M::EmptyValuesLeftOut) && value.is_empty()))
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    if !made(M::QueryUnsorted) {
        pairs.sort_unstable();
    }
    pairs.join("&")
}

/// A name or a value in the signed text: as it is on the wire, percent-encoded once more.
fn query_part(raw: &str, mistakes: &[M]) -> String {
    let made = |mistake| mistakes.contains(&mistake);
    if made(M::QueryNotEncoded) {
        return String::from_utf8_lossy(&form_decode(raw)).into_owned();
    }
    let mut once = if made(M::QueryEncodedAnew) {
        percent_encode(&form_decode(raw), "")
    } else {
        raw.to_owned()
    };
    if made(M::PlusNotEscaped) {
        once = once.replace('+', "%2B");
    }
    if made(M::SpaceAsPlus) {
        once = once.replace("%20", "+");
    }
    if made(M::QueryEncodedOnce) {
        return once;
    }
    let kept = if made(M::MarksKept) { "!'()*" } else { "" };
    let twice = percent_encode(once.as_bytes(), kept);
    if made(M::TildeEscaped) {
        return twice.replace('~', "%7E");
    }
    twice
}

/// The lines of the signed headers, sorted by lower-case name.
fn header_lines(signed: &Signed<'_>, mistakes: &[M]) -> Vec<String> {
    let made = |mistake| mistakes.contains(&mistake);
    let by_name = |(a, _): &(&str, &str), (b, _): &(&str, &str)| {
        a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase())
    };
    let mut headers = vec![
        ("X-Api-Nonce", signed.nonce),
        ("X-Api-TimeStamp", signed.timestamp),
    ];
    if made(M::TimestampFirst) {
        headers.reverse();
    }
    let further = signed.further.iter();
    let mut further: Vec<(&str, &str)> = further.map(|(n, v)| (n.as_str(), v.as_str())).collect();
    further.sort_by(by_name);
    if !made(M::FurtherLeftOut) {
        headers.extend(further);
        if !made(M::FurtherLast) && !made(M::TimestampFirst) {
            headers.sort_by(by_name);
        }
    }
    let line = |(name, value): (&str, &str)| {
        if made(M::HeaderNamesAsSent) {
            format!("{name}:{value}")
        } else {
            format!("{}:{value}", name.to_ascii_lowercase())
        }
    };
    headers.into_iter().map(line).collect()
}

/// `%2F` becomes `%2f`; letters outside of escapes stay.
fn lower_case_escapes(text: &str) -> String {
    let mut after_percent = 0;
    text.chars()
        .map(|letter| {
            if letter == '%' {
                after_percent = 2;
                letter
            } else if after_percent > 0 {
                after_percent -= 1;
                letter.to_ascii_lowercase()
            } else {
                letter
            }
        })
        .collect()
}
