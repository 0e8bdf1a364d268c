//! Signing: any path and query.
//!
//! What is signed is what is sent: the sandbox, which shares no code with the SDK, takes the
//! request line apart, makes the text to sign of it, and must come to the same text and signature.
//! Owns this promise. Must not know the rules of signing. Must not use: `jdy_import`, `jdy_spec`.

use jdy_runtime::signing::{Unsigned, sign};
use jdy_runtime::{Method, Secret};
use jdy_sandbox::{request, signature};

use crate::{choice, text};

const METHODS: [Method; 4] = [Method::Get, Method::Post, Method::Put, Method::Delete];
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Signs a request: the first byte chooses the method, then come path, names and values, each ended
/// by a zero byte.
pub fn run(data: &[u8]) {
    let Some((method, rest)) = choice(data, METHODS.len()) else {
        return;
    };
    let Some(text) = text(rest) else { return };
    let mut parts = text.split('\0').map(str::to_owned);
    let path = format!("/{}", parts.next().unwrap_or_default());
    let mut query = Vec::new();
    while let Some(name) = parts.next() {
        query.push((name, parts.next().unwrap_or_default()));
    }
    check(METHODS[method], &path, &query);
}

fn check(method: Method, path: &str, query: &[(String, String)]) {
    let (nonce, timestamp) = ("1234567890", "1670305063559");
    let secret = Secret::new(SECRET);
    let unsigned = Unsigned {
        method,
        path,
        query,
        nonce,
        timestamp,
    };
    let signed = sign(&secret, unsigned);
    let line = format!("{method} {} HTTP/1.1\r\n\r\n", signed.target());
    let Ok(Some((came, _))) = request::parse(line.as_bytes()) else {
        panic!("the request line cannot be read: {line}");
    };
    let mut sent = query.to_vec();
    let mut pairs = came.pairs();
    sent.sort();
    pairs.sort();
    // A pair without name and value is no pair on the wire.
    sent.retain(|(name, value)| !name.is_empty() || !value.is_empty());
    pairs.retain(|(name, value)| !name.is_empty() || !value.is_empty());
    assert_eq!(pairs, sent);
    let canonical = signature::canonical_text(&signature::Signed {
        method: &came.head.method,
        path: came.head.path(),
        query: came.head.query(),
        nonce,
        timestamp,
        further: &[],
        body: b"",
    });
    assert_eq!(canonical, signed.canonical);
    assert_eq!(signature::sign(SECRET, &canonical), signed.signature);
}
