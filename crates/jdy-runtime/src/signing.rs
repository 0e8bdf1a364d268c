//! The signature of a request, as pure functions with every stage in sight.
//!
//! Owns how a query is encoded and what text is signed. It must not know a clock, a client or a
//! connection: nonce and timestamp are given.

use std::fmt;

use base64::Engine as _;
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
    for byte in text.bytes() {
        let stays = byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || keep.contains(&byte);
        if stays {
            into.push(char::from(byte));
        } else {
            into.push('%');
            into.extend(hex_digits(byte).map(|digit| digit.to_ascii_uppercase()));
        }
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
    let pairs = sorted_pairs(request.query);
    let canonical = canonical_text(&request, &pairs);
    let hmac_hex = hmac_hex(secret, &canonical);
    let signature = base64::engine::general_purpose::STANDARD.encode(&hmac_hex);
    Signed {
        wire_path: encode_path(request.path),
        wire_query: joined(pairs.into_iter().map(|pair| pair.wire)),
        canonical,
        hmac_hex,
        signature,
        nonce: request.nonce.to_owned(),
        timestamp: request.timestamp.to_owned(),
    }
}

/// The signature that the token call carries in its query: the app key signed with the app secret.
pub fn app_signature(app_secret: &Secret, app_key: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(hmac_hex(app_secret, app_key))
}

struct Pair {
    canonical: String,
    wire: String,
}

/// Both forms of each pair, in the one order that is signed and sent.
fn sorted_pairs(query: &[(String, String)]) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = query
        .iter()
        .map(|(name, value)| {
            let (name, value) = (percent_encode(name), percent_encode(value));
            Pair {
                canonical: format!("{}={}", percent_encode(&name), percent_encode(&value)),
                wire: format!("{name}={value}"),
            }
        })
        .collect();
    pairs.sort_by(|a, b| a.canonical.cmp(&b.canonical));
    pairs
}

fn canonical_text(request: &Unsigned<'_>, pairs: &[Pair]) -> String {
    format!(
        "{}\n{}\n{}\nx-api-nonce:{}\nx-api-timestamp:{}\n",
        request.method.as_str(),
        percent_encode(request.path),
        joined(pairs.iter().map(|pair| pair.canonical.as_str())),
        request.nonce,
        request.timestamp,
    )
}

fn joined(parts: impl Iterator<Item = impl AsRef<str>>) -> String {
    let mut text = String::new();
    for part in parts {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(part.as_ref());
    }
    text
}

fn hmac_hex(secret: &Secret, message: &str) -> String {
    // HMAC takes a key of any length; there is no other error.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else {
        return String::new();
    };
    mac.update(message.as_bytes());
    hex(&mac.finalize().into_bytes())
}

/// Bytes as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    text.extend(bytes.iter().copied().flat_map(hex_digits));
    text
}

/// The two lower-case hex digits of a byte.
fn hex_digits(byte: u8) -> [char; 2] {
    [byte >> 4, byte & 15].map(|digit| match digit {
        0..=9 => char::from(b'0' + digit),
        _ => char::from(b'a' - 10 + digit),
    })
}
