//! The signature of a request, as pure functions with every stage in sight.
//!
//! Owns how a query is encoded and what text is signed. It must not know a clock, a client or a
//! connection: nonce and timestamp are given.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::method::Method;
use crate::secret::Secret;

/// Encodes text by RFC 3986: `A-Z a-z 0-9 - _ . ~` stay, every other byte becomes `%XX` in upper
/// case; a space is `%20`.
pub fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    push_encoded(&mut encoded, text, b"");
    encoded
}

/// Encodes a path for the request line: as [`percent_encode`], but `/` stays.
pub fn encode_path(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    push_encoded(&mut encoded, path, b"/");
    encoded
}

fn push_encoded(into: &mut String, text: &str, keep: &[u8]) {
    let mut rest = text;
    while !rest.is_empty() {
        let stays = rest
            .bytes()
            .position(|byte| !stays(byte) && !keep.contains(&byte));
        let Some((plain, other)) = rest.split_at_checked(stays.unwrap_or(rest.len())) else {
            return;
        };
        into.push_str(plain);
        let mut characters = other.chars();
        let mut bytes = [0; 4];
        let encoded = characters.next().map(|other| other.encode_utf8(&mut bytes));
        for byte in encoded.iter().flat_map(|text| text.bytes()) {
            into.push('%');
            into.extend(hex_digits(byte).map(|digit| char::from(digit.to_ascii_uppercase())));
        }
        rest = characters.as_str();
    }
}

fn stays(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
}

/// Encodes once more what is encoded already: only the `%` of it changes.
fn push_encoded_again(into: &mut String, encoded: &str) {
    let mut parts = encoded.split('%');
    into.push_str(parts.next().unwrap_or_default());
    for part in parts {
        into.push_str("%25");
        into.push_str(part);
    }
}

/// One signed request: what travels, and each stage of how its signature came about.
///
/// No stage contains the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed {
    /// The path of the request line, encoded once, with `/` as it is.
    pub wire_path: String,
    /// The query of the request line, encoded once, sorted; empty where there is none.
    pub wire_query: String,
    /// The five lines that are signed.
    pub canonical: String,
    /// HMAC-SHA256 of them, in lower-case hex.
    pub hmac_hex: String,
    /// Base64 of that hex text: the value of `X-Api-Signature`.
    pub signature: String,
    /// The value of `X-Api-Nonce`.
    pub nonce: String,
    /// The value of `X-Api-TimeStamp`, in milliseconds since 1970.
    pub timestamp: String,
}

impl Signed {
    /// Path and query of the request line.
    pub fn target(&self) -> String {
        if self.wire_query.is_empty() {
            self.wire_path.clone()
        } else {
            format!("{}?{}", self.wire_path, self.wire_query)
        }
    }
}

/// Shows the method line only: a query can hold what no log should.
impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("wire_path", &self.wire_path)
            .finish_non_exhaustive()
    }
}

/// What is signed, apart from the secret.
#[derive(Clone, Copy)]
pub struct Unsigned<'a> {
    /// The method.
    pub method: Method,
    /// The path, not encoded.
    pub path: &'a str,
    /// The pairs of the query, not encoded, in any order.
    pub query: &'a [(String, String)],
    /// A positive integer that is used once.
    pub nonce: &'a str,
    /// Milliseconds since 1970.
    pub timestamp: &'a str,
}

/// Signs a request with the client secret.
pub fn sign(secret: &Secret, request: Unsigned<'_>) -> Signed {
    let query = Query::of(request.query);
    let canonical = canonical_text(&request, &query);
    let hmac = hmac_hex(secret, &canonical);
    Signed {
        wire_path: encode_path(request.path),
        wire_query: query.wire,
        canonical,
        hmac_hex: hmac.iter().copied().map(char::from).collect(),
        signature: STANDARD.encode(hmac),
        nonce: request.nonce.to_owned(),
        timestamp: request.timestamp.to_owned(),
    }
}

/// The URL behind this base, and the HMAC in hex, as [`sign`] makes them.
pub(crate) fn sign_for(base: &str, secret: &Secret, request: &Unsigned<'_>) -> (String, [u8; 64]) {
    let query = Query::of(request.query);
    let hmac = hmac_hex(secret, &canonical_text(request, &query));
    let room = base.len() + request.path.len() + query.wire.len() + 1;
    let mut url = String::with_capacity(room);
    url.push_str(base);
    push_encoded(&mut url, request.path, b"/");
    if !query.wire.is_empty() {
        url.push('?');
        url.push_str(&query.wire);
    }
    (url, hmac)
}

/// Appends the signature of this HMAC, which is [`SIGNATURE_LENGTH`] long.
pub(crate) fn push_signature(text: &mut String, hmac: [u8; 64]) {
    STANDARD.encode_string(hmac, text);
}

/// The length of a signature: base64 of 64 hex digits.
pub(crate) const SIGNATURE_LENGTH: usize = 88;

/// The signature that the token call carries in its query: the app key signed with the app secret.
pub fn app_signature(app_secret: &Secret, app_key: &str) -> String {
    STANDARD.encode(hmac_hex(app_secret, app_key))
}

/// Both forms of a query, its pairs in the one order that is signed and sent.
#[derive(Default)]
struct Query {
    canonical: String,
    wire: String,
}

impl Query {
    fn of(pairs: &[(String, String)]) -> Self {
        let mut pairs = pairs.iter().map(Self::of_pair);
        let (Some(first), rest) = (pairs.next(), pairs) else {
            return Self::default();
        };
        let mut pairs: Vec<Self> = rest.collect();
        if pairs.is_empty() {
            return first;
        }
        pairs.push(first);
        // Pairs with the same text may change places.
        pairs.sort_unstable_by(|a, b| a.canonical.cmp(&b.canonical));
        Self {
            canonical: joined(pairs.iter().map(|pair| pair.canonical.as_str())),
            wire: joined(pairs.iter().map(|pair| pair.wire.as_str())),
        }
    }

    fn of_pair((name, value): &(String, String)) -> Self {
        let mut wire = String::with_capacity(name.len() + value.len() + 1);
        push_encoded(&mut wire, name, b"");
        let middle = wire.len();
        push_encoded(&mut wire, value, b"");
        let mut canonical = String::with_capacity(wire.len() + 1);
        let (name, value) = wire.split_at_checked(middle).unwrap_or_default();
        push_encoded_again(&mut canonical, name);
        canonical.push('=');
        push_encoded_again(&mut canonical, value);
        wire.insert(middle, '=');
        Self { canonical, wire }
    }
}

fn canonical_text(request: &Unsigned<'_>, query: &Query) -> String {
    // Room for the words, and for a path with a few slashes.
    let room = 80 + request.path.len() + query.canonical.len();
    let mut text = String::with_capacity(room);
    text.push_str(request.method.as_str());
    text.push('\n');
    push_encoded(&mut text, request.path, b"");
    for (before, part) in [
        ("\n", query.canonical.as_str()),
        ("\nx-api-nonce:", request.nonce),
        ("\nx-api-timestamp:", request.timestamp),
        ("\n", ""),
    ] {
        text.push_str(before);
        text.push_str(part);
    }
    text
}

fn joined<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for part in parts {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(part);
    }
    text
}

/// HMAC-SHA256 in lower-case hex.
fn hmac_hex(secret: &Secret, message: &str) -> [u8; 64] {
    // HMAC takes a key of any length; there is no other error.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else {
        return [0; 64];
    };
    mac.update(message.as_bytes());
    hex_of::<32, 64>(mac.finalize().into_bytes().into())
}

/// Bytes as lower-case hex, which is twice as long.
pub(crate) fn hex_of<const BYTES: usize, const DIGITS: usize>(bytes: [u8; BYTES]) -> [u8; DIGITS] {
    let mut hex = [0; DIGITS];
    for (places, byte) in hex.chunks_exact_mut(2).zip(bytes) {
        places.copy_from_slice(&hex_digits(byte));
    }
    hex
}

/// Bytes as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    text.extend(bytes.iter().copied().flat_map(hex_digits).map(char::from));
    text
}

/// The two lower-case hex digits of a byte.
fn hex_digits(byte: u8) -> [u8; 2] {
    [byte >> 4, byte & 15].map(|digit| match digit {
        0..=9 => b'0' + digit,
        _ => b'a' - 10 + digit,
    })
}
