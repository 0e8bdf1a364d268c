//! Tokens that lie where others can read: sealed with a key derived from the client secret.
//!
//! Owns the form of a sealed token, and what may be read of it without the key, which is nothing
//! but whether two are the same. What an instance was resolved to is no secret and must outlive
//! the client secret, so it lies there unsealed. It must not know where the text is kept.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{StoreError, Token};
use crate::credentials::is_pinned_text;
use crate::runtime::{epoch_millis, from_epoch_millis};
use crate::secret::Secret;
use crate::signing::hex;

/// The prefix of every sealed token; it changes with the format of the rest.
const FORM: &str = "jdy1";
/// The prefix of what is not sealed.
const PLAIN: &str = "jdy2";
/// The length of the nonce in bytes: long enough that random ones do not repeat.
const NONCE: usize = 24;

/// Whether a text has a form of this version.
#[cfg(feature = "file-store")]
pub(super) fn has_known_form(text: &str) -> bool {
    let form = text.split(' ').next();
    form.is_some_and(|form| [FORM, PLAIN].contains(&form))
}

/// Seals and opens.
pub(super) struct Seal {
    cipher: Zeroizing<[u8; 32]>,
    mark: Zeroizing<[u8; 32]>,
}

impl Seal {
    /// The seal for this client secret.
    pub(super) fn new(client_secret: &Secret) -> Self {
        let key = client_secret.expose().as_bytes();
        Self {
            cipher: Zeroizing::new(hmac(key, &[b"jdy token store 1: seal"])),
            mark: Zeroizing::new(hmac(key, &[b"jdy token store 1: mark"])),
        }
    }

    /// What the sealed form of this token under this key begins with, and no other's does.
    pub(super) fn head(&self, key: &str, value: &Secret) -> String {
        let value = value.expose();
        if is_pinned_text(value) {
            return format!("{PLAIN} {value}");
        }
        let value = value.as_bytes();
        let mark = hmac(&*self.mark, &[key.as_bytes(), b"\n", value]);
        format!("{FORM} {} ", hex(&mark[..16]))
    }

    /// The sealed form: one line of plain ASCII. It opens under this key alone.
    pub(super) fn close(&self, key: &str, token: &Token) -> Result<String, StoreError> {
        if token.is_pinned() {
            return Ok(self.head(key, &token.value));
        }
        let plain = Zeroizing::new(format!(
            "{} {} {}",
            epoch_millis(token.refresh_after),
            epoch_millis(token.expires_at),
            token.value.expose()
        ));
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce)
            .map_err(|_| StoreError::new("the system has no random numbers to seal with"))?;
        let payload = Payload {
            msg: plain.as_bytes(),
            aad: key.as_bytes(),
        };
        let sealed = XChaCha20Poly1305::new(&(*self.cipher).into())
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| StoreError::new("the token is too long to be sealed"))?;
        let bytes = [&nonce[..], &sealed].concat();
        let head = self.head(key, &token.value);
        Ok(format!("{head}{}", BASE64.encode(bytes)))
    }

    /// The token in a sealed form.
    pub(super) fn open(&self, key: &str, text: &str) -> Result<Token, StoreError> {
        let text = text.trim();
        let plain = text.strip_prefix(PLAIN).and_then(|it| it.strip_prefix(' '));
        // Nothing else: a token that lies there unsealed may be anybody's.
        if let Some(pinned) = plain.filter(|plain| is_pinned_text(plain)) {
            return Ok(Token::of_pinned(pinned.to_owned()));
        }
        let mut parts = text.split(' ');
        if parts.next() != Some(FORM) {
            return Err(StoreError::new(
                "what is stored has another form than a token of this version",
            ));
        }
        let opened = parts.nth(1).and_then(|sealed| self.opened(key, sealed));
        opened.ok_or_else(|| {
            StoreError::new("what is stored is damaged, or sealed with another client secret")
        })
    }

    fn opened(&self, key: &str, sealed: &str) -> Option<Token> {
        let bytes = BASE64.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>()?;
        let payload = Payload {
            msg: sealed,
            aad: key.as_bytes(),
        };
        let plain = XChaCha20Poly1305::new(&(*self.cipher).into())
            .decrypt(&XNonce::from(*nonce), payload)
            .ok()?;
        let plain = Zeroizing::new(plain);
        let mut parts = std::str::from_utf8(&plain).ok()?.splitn(3, ' ');
        let mut time = || from_epoch_millis(parts.next()?.parse().ok()?);
        let (refresh_after, expires_at) = (time()?, time()?);
        Some(Token {
            value: Secret::from(parts.next()?),
            refresh_after,
            expires_at,
        })
    }
}

fn hmac(key: &[u8], message: &[&[u8]]) -> [u8; 32] {
    // HMAC takes a key of any length; there is no other error.
    let Ok(mut mac) = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key) else {
        return [0; 32];
    };
    for part in message {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn token(value: &str) -> Token {
        let expires = from_epoch_millis(1_700_086_400_000);
        Token::new(
            Secret::from(value),
            Some(1_700_086_400_000),
            expires.unwrap() - std::time::Duration::from_secs(86_400),
        )
    }

    fn seal(secret: &str) -> Seal {
        Seal::new(&Secret::from(secret))
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_secret_and_under_the_same_key_alone() {
        let text = seal("one").close("key", &token("a.b.c")).unwrap();
        assert_eq!(seal("one").open("key", &text).unwrap(), token("a.b.c"));
        assert!(seal("two").open("key", &text).is_err());
        assert!(seal("one").open("other", &text).is_err());
    }

    #[test]
    fn nothing_of_the_token_shows_and_no_two_seals_are_alike() {
        let seal = seal("one");
        let marker = token("MARKER-token");
        let (one, two) = (
            seal.close("key", &marker).unwrap(),
            seal.close("key", &marker).unwrap(),
        );
        assert!(!one.contains("MARKER") && one.is_ascii() && !one.contains('\n'));
        assert_ne!(one, two);
        let head = seal.head("key", &marker.value);
        assert!(one.starts_with(&head) && two.starts_with(&head));
        assert!(!one.starts_with(&seal.head("key", &Secret::from("other"))));
        assert_ne!(head, seal.head("other", &marker.value));
    }

    #[test]
    fn what_an_instance_was_resolved_to_is_read_with_any_secret_and_a_token_never_unsealed() {
        let pinned = Token::of_pinned("pinned 1\tk2\tshop 店".to_owned());
        let text = seal("one").close("key", &pinned).unwrap();
        assert_eq!(seal("two").open("key", &text).unwrap(), pinned);
        assert_eq!(text, seal("two").head("key", &pinned.value));
        for token in [
            "jdy2 a.b.c",
            "jdy2 ",
            "jdy2",
            "jdy2pinned 1",
            "pinned 1\tk2",
        ] {
            assert!(seal("one").open("key", token).is_err(), "{token}");
        }
    }

    #[test]
    fn garbage_and_other_forms_are_errors_without_a_panic() {
        let seal = seal("one");
        let good = seal.close("key", &token("a.b.c")).unwrap();
        for end in 0..good.len() {
            assert!(seal.open("key", &good[..end]).is_err());
        }
        for (at, _) in good.char_indices().skip(40) {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert!(
                seal.open("key", std::str::from_utf8(&bytes).unwrap())
                    .is_err()
            );
        }
        for text in [
            "", "jdy1", "jdy1 x y", "jdy0 x y", "{}", "jdy1  ", "\0\0", "令牌",
        ] {
            assert!(seal.open("key", text).is_err(), "{text}");
        }
    }
}
