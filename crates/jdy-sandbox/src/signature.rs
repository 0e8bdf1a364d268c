//! The signature of a raw request line, and the mistake that explains a wrong one.
//!
//! Owns the vendor's rule, implemented from its published text alone, and the known mistakes.
//! Must not know sockets or answers.
//! Must not use: `crate::account`, `crate::answer`, `crate::gateway`, `tokio`.

use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::{
    STANDARD, STANDARD_PAD_INDIFFERENT, URL_SAFE_PAD_INDIFFERENT,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::request::{percent_decode, split_query};

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

/// A common mistake in the text to sign or in the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mistake {
    QueryEncodedOnce,
    QueryNotEncoded,
    QueryUnsorted,
    QueryLeftOut,
    PathNotEncoded,
    LastNewlineMissing,
    BlankQueryLineMissing,
    EmptyValuesLeftOut,
    SpaceAsPlus,
    PlusMeantSpace,
    MarksKept,
    LowerCaseEscapes,
    BodyAsLastLine,
    BodyAsQuery,
    TimestampFirst,
    HeaderNamesAsSent,
    MethodInLowerCase,
    KeyFromHex,
    KeyIsAppSecret,
}

use Mistake as M;

impl Mistake {
    const ALL: [Self; 19] = [
        M::QueryEncodedOnce,
        M::QueryNotEncoded,
        M::QueryUnsorted,
        M::QueryLeftOut,
        M::PathNotEncoded,
        M::LastNewlineMissing,
        M::BlankQueryLineMissing,
        M::EmptyValuesLeftOut,
        M::SpaceAsPlus,
        M::PlusMeantSpace,
        M::MarksKept,
        M::LowerCaseEscapes,
        M::BodyAsLastLine,
        M::BodyAsQuery,
        M::TimestampFirst,
        M::HeaderNamesAsSent,
        M::MethodInLowerCase,
        M::KeyFromHex,
        M::KeyIsAppSecret,
    ];

    /// Whether to try it. A large body is not signed dozens of times only to explain a signature:
    /// other requests would have to wait.
    fn is_tried(self, body: &[u8]) -> bool {
        const MAX_TRIED_BODY: usize = 64 << 10;
        body.len() <= MAX_TRIED_BODY || !matches!(self, M::BodyAsLastLine | M::BodyAsQuery)
    }

    fn text(self) -> &'static str {
        match self {
            M::QueryEncodedOnce => {
                "the query was percent-encoded once for signing; encode each name and value twice"
            }
            M::QueryNotEncoded => {
                "the query was signed without percent-encoding; encode each name and value twice"
            }
            M::QueryUnsorted => {
                "the pairs of the query were signed unsorted; sort them by their encoded k=v text"
            }
            M::QueryLeftOut => "the query was left out of the signed text; it is the third line",
            M::PathNotEncoded => {
                "the path was signed without percent-encoding; encode it once, / becomes %2F"
            }
            M::LastNewlineMissing => {
                "the last line was signed without its newline; all five lines end with one"
            }
            M::BlankQueryLineMissing => {
                "the empty line of a call without query was left out of the signed text"
            }
            M::EmptyValuesLeftOut => {
                "pairs with an empty value were left out of the signed text; they stay, as k="
            }
            M::SpaceAsPlus => {
                "a space was signed as +; it is %20, and %2520 after the second encoding"
            }
            M::PlusMeantSpace => {
                "a space was sent as + in the query; send %20, a + in a query is a plus sign"
            }
            M::MarksKept => {
                "! ' ( ) * were signed unescaped, as encodeURIComponent does; escape them too"
            }
            M::LowerCaseEscapes => {
                "percent escapes were written with lower-case hex; write %2F, not %2f"
            }
            M::BodyAsLastLine => "the body was signed; it must not be",
            M::BodyAsQuery => "the body was signed in place of the query; it must not be signed",
            M::TimestampFirst => {
                "the timestamp was signed before the nonce; x-api-nonce comes first"
            }
            M::HeaderNamesAsSent => {
                "the header names were signed as X-Api-..; write x-api-nonce and x-api-timestamp"
            }
            M::MethodInLowerCase => "the method was signed in lower case; write it in upper case",
            M::KeyFromHex => {
                "the key was decoded from hex; the client secret's 32 characters are the key"
            }
            M::KeyIsAppSecret => {
                "the key was the app secret; a request is signed with the client secret"
            }
        }
    }
}

/// The text that must be signed: five lines, each with its newline.
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

fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    text.chunks(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
            _ => None,
        })
        .collect()
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

fn canonical_with(signed: &Signed<'_>, mistakes: &[Mistake]) -> String {
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
    let (nonce_name, timestamp_name) = if made(M::HeaderNamesAsSent) {
        ("X-Api-Nonce", "X-Api-TimeStamp")
    } else {
        ("x-api-nonce", "x-api-timestamp")
    };
    let mut last = [
        format!("{nonce_name}:{}", signed.nonce),
        format!("{timestamp_name}:{}", signed.timestamp),
    ];
    if made(M::TimestampFirst) {
        last.reverse();
    }
    lines.extend(last);
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

fn query_line(signed: &Signed<'_>, mistakes: &[Mistake]) -> String {
    let made = |mistake| mistakes.contains(&mistake);
    if made(M::BodyAsQuery) {
        return String::from_utf8_lossy(signed.body).into_owned();
    }
    if made(M::QueryLeftOut) {
        return String::new();
    }
    let encode = |raw: &str| {
        let raw = if made(M::PlusMeantSpace) {
            raw.replace('+', " ")
        } else {
            raw.to_owned()
        };
        let plain = percent_decode(&raw);
        if made(M::QueryNotEncoded) {
            return String::from_utf8_lossy(&plain).into_owned();
        }
        let kept = if made(M::MarksKept) { "!'()*" } else { "" };
        let mut once = percent_encode(&plain, kept);
        if made(M::SpaceAsPlus) {
            once = once.replace("%20", "+");
        }
        if made(M::QueryEncodedOnce) {
            once
        } else {
            percent_encode(once.as_bytes(), kept)
        }
    };
    let mut pairs: Vec<String> = split_query(signed.query)
        .filter(|(_, value)| !(made(M::EmptyValuesLeftOut) && value.is_empty()))
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    if !made(M::QueryUnsorted) {
        pairs.sort_unstable();
    }
    pairs.join("&")
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

/// The 32 bytes of a signature header, and what is wrong with their encoding.
struct Decoded {
    mac: Vec<u8>,
    mistake: Option<&'static str>,
}

fn decode(signature: &str) -> Option<Decoded> {
    const FROM_HEX: usize = 64;
    if signature.len() == FROM_HEX {
        let mac = unhex(signature.as_bytes())?;
        return Some(Decoded {
            mac,
            mistake: Some("the hex text itself was sent; send its Base64"),
        });
    }
    let bytes = STANDARD_PAD_INDIFFERENT
        .decode(signature)
        .or_else(|_| URL_SAFE_PAD_INDIFFERENT.decode(signature))
        .ok()?;
    if bytes.len() == 32 {
        let mistake =
            Some("Base64 of the 32 raw bytes was sent; send Base64 of their lower-case hex text");
        return Some(Decoded {
            mac: bytes,
            mistake,
        });
    }
    if bytes.len() != FROM_HEX {
        return None;
    }
    let mac = unhex(&bytes)?;
    let mistake = if bytes.iter().any(u8::is_ascii_uppercase) {
        Some("the hex text is in upper case; write it in lower case before Base64")
    } else if !signature.ends_with("==") || signature.contains(['-', '_']) {
        Some("the Base64 is not the standard one with padding (A-Z a-z 0-9 + / and =)")
    } else {
        None
    };
    Some(Decoded { mac, mistake })
}

/// Explains, in lines of text, why `signature` is not the one of this request.
pub fn explain(
    signed: &Signed<'_>,
    signature: &str,
    client_secret: &str,
    app_secret: &str,
) -> String {
    let ours = canonical_text(signed);
    let mut text = String::new();
    let decoded = decode(signature);
    let found = decoded.as_ref().and_then(|Decoded { mac, mistake }| {
        Some((find(signed, mac, client_secret, app_secret)?, *mistake))
    });
    if let Some((mistakes, spelling)) = found {
        let all: Vec<&str> = mistakes
            .iter()
            .map(|mistake| mistake.text())
            .chain(spelling)
            .collect();
        let _ = writeln!(
            text,
            "Your signature is explained by: {}.",
            all.join("; and ")
        );
        let yours = canonical_with(signed, &mistakes);
        if yours != ours {
            let _ = writeln!(text, "{}", difference(&ours, &yours));
            section(&mut text, "the text that you signed", &yours);
        }
    } else {
        text.push_str(&unexplained(signed, signature, decoded, client_secret));
        as_received(&mut text, signed);
    }
    section(&mut text, "the text that must be signed", &ours);
    text.truncate(text.trim_end().len());
    text
}

/// The explanation of a signature that no known mistake in text or key gives.
fn unexplained(
    signed: &Signed<'_>,
    signature: &str,
    decoded: Option<Decoded>,
    client_secret: &str,
) -> String {
    let Some(Decoded { mac, mistake }) = decoded else {
        let count = signature.chars().count();
        return format!(
            "X-Api-Signature is not Base64 of 64 hex digits (88 characters); got {count} characters.\n"
        );
    };
    let spelling = mistake
        .map(|mistake| format!("{mistake}.\n"))
        .unwrap_or_default();
    match signed_timestamp(signed, &mac, client_secret) {
        Some(other) => format!(
            "{spelling}Your signature is explained by: the signed timestamp is not the one in \
             X-Api-TimeStamp; it was {other}, so read the clock once.\n"
        ),
        None => format!(
            "{spelling}No common mistake gives your signature. Compare your text with the one below, byte by \
             byte, and your client secret with the one that this sandbox printed.\n"
        ),
    }
}

fn find(
    signed: &Signed<'_>,
    mac: &[u8],
    client_secret: &str,
    app_secret: &str,
) -> Option<Vec<Mistake>> {
    let likely = || {
        Mistake::ALL
            .iter()
            .filter(|mistake| mistake.is_tried(signed.body))
    };
    let pairs = likely()
        .enumerate()
        .flat_map(|(at, first)| likely().skip(at + 1).map(|second| vec![*first, *second]));
    std::iter::once(Vec::new())
        .chain(likely().map(|one| vec![*one]))
        .chain(pairs)
        .find(|mistakes| {
            let text = canonical_with(signed, mistakes);
            let key = if mistakes.contains(&M::KeyIsAppSecret) {
                app_secret.as_bytes().to_vec()
            } else if mistakes.contains(&M::KeyFromHex) {
                unhex(client_secret.as_bytes()).unwrap_or_default()
            } else {
                client_secret.as_bytes().to_vec()
            };
            hmac_sha256(&key, text.as_bytes()) == mac
        })
}

/// Clients that read the clock twice sign another timestamp than they send: looks for it within
/// 300 ms.
fn signed_timestamp(signed: &Signed<'_>, mac: &[u8], client_secret: &str) -> Option<i64> {
    let sent: i64 = signed.timestamp.parse().ok()?;
    (sent.saturating_sub(300)..=sent.saturating_add(300)).find(|other| {
        let timestamp = other.to_string();
        let text = canonical_text(&Signed {
            timestamp: &timestamp,
            ..*signed
        });
        hmac_sha256(client_secret.as_bytes(), text.as_bytes()) == mac
    })
}

fn difference(ours: &str, yours: &str) -> String {
    let line = ours
        .lines()
        .zip(yours.lines())
        .position(|(our, your)| our != your);
    match line {
        Some(line) => {
            let of = |text: &str| text.lines().nth(line).unwrap_or_default().to_owned();
            let (our, your) = (of(ours), of(yours));
            let column = our
                .chars()
                .zip(your.chars())
                .take_while(|(our, your)| our == your)
                .count();
            format!(
                "The first difference is in line {} at character {}.",
                line + 1,
                column + 1
            )
        }
        None => "The first difference is at the end of the text.".to_owned(),
    }
}

/// Adds a text with each newline shown as `\n`, so that a missing one is visible.
fn section(text: &mut String, title: &str, canonical: &str) {
    let _ = writeln!(text, "{title} ({} bytes):", canonical.len());
    for line in canonical.split_inclusive('\n') {
        let _ = match line.strip_suffix('\n') {
            Some(line) => writeln!(text, "  {line}\\n"),
            None => writeln!(text, "  {line}"),
        };
    }
}

fn as_received(text: &mut String, signed: &Signed<'_>) {
    let _ = writeln!(text, "the request as received:");
    let _ = writeln!(
        text,
        "  method {}\n  path {}\n  query {}",
        signed.method, signed.path, signed.query
    );
    let _ = writeln!(
        text,
        "  X-Api-Nonce {}\n  X-Api-TimeStamp {}",
        signed.nonce, signed.timestamp
    );
}
