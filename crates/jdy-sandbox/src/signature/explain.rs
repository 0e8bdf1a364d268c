//! Why a signature differs from the right one.
//!
//! Owns the search for the mistakes that give a signature, and the explanation in lines of text.
//! Must not know how a text is made. Must not use: `crate::answer`, `crate::gateway`.

use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_PAD_INDIFFERENT, URL_SAFE_PAD_INDIFFERENT};

use super::mistake::Mistake;
use super::{Signed, canonical_text, canonical_with, hmac_sha256};

fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    text.chunks(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
            _ => None,
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

/// Why a signature is refused.
///
/// `Debug` shows nothing of it, as both texts hold the query.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The explanation in lines of text, both texts included.
    pub text: String,
    /// The text that must be signed.
    pub expected: String,
    /// The text that the client signed, if a known mistake gives its signature.
    pub signed: Option<String>,
}

impl fmt::Debug for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explanation").finish_non_exhaustive()
    }
}

/// Explains why `signature` is not the one of this request.
pub fn explain(
    signed: &Signed<'_>,
    signature: &str,
    client_secret: &str,
    app_secret: &str,
) -> Explanation {
    let expected = canonical_text(signed);
    let mut text = String::new();
    let mut theirs = None;
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
        if yours != expected {
            let _ = writeln!(text, "{}", difference(&expected, &yours));
            section(&mut text, "the text that you signed", &yours);
        }
        theirs = Some(yours);
    } else {
        text.push_str(&unexplained(signed, signature, decoded, client_secret));
        as_received(&mut text, signed);
    }
    section(&mut text, "the text that must be signed", &expected);
    text.truncate(text.trim_end().len());
    Explanation {
        text,
        expected,
        signed: theirs,
    }
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
    /// A longer query is not searched for two mistakes: other requests would have to wait.
    const MAX_SEARCHED_QUERY: usize = 8 << 10;
    let likely = || {
        Mistake::ALL
            .iter()
            .filter(|mistake| mistake.is_tried(signed))
    };
    let is_short = signed.query.len() <= MAX_SEARCHED_QUERY;
    let pairs = likely()
        .enumerate()
        .filter(|_| is_short)
        .flat_map(|(at, first)| likely().skip(at + 1).map(|second| vec![*first, *second]));
    std::iter::once(Vec::new())
        .chain(likely().map(|one| vec![*one]))
        .chain(pairs)
        .find(|mistakes| {
            let text = canonical_with(signed, mistakes);
            let key = if mistakes.contains(&Mistake::KeyIsAppSecret) {
                app_secret.as_bytes().to_vec()
            } else if mistakes.contains(&Mistake::KeyFromHex) {
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
    for (name, value) in signed.further {
        let _ = writeln!(text, "  {name} {value}");
    }
}
