//! The account set that an instance was resolved to first, and the text in which a store keeps it.
//!
//! Owns how it is compared with what the instance gives, and the seal of its text. The text is no
//! secret and must outlive the client secret, so it is readable; but a text without the right seal
//! only ever refuses, and chooses nothing: who can write to a store cannot send calls elsewhere.
//! Must not know a store, nor when it is asked.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::{AccountSelector, Authorization, AuthorizationError, describe};
use crate::secret::Secret;
use crate::signing::hex;
use crate::token::truncate_hash;

/// How the text of every version begins. No token has a blank.
const PREFIX: &str = "pinned ";
/// How it begins in this version.
const FORM: &str = "pinned 1";
/// Between the fields, none of which has one.
const SEPARATOR: char = '\t';

/// The identity of the account set that an instance gave first.
#[derive(Clone, Debug)]
pub(crate) struct Pinned {
    app_key: Box<str>,
    account_id: Box<str>,
    service_id: Box<str>,
    described: Box<str>,
}

/// What the text of an account set is sealed with: the key of the instance in the store, which
/// stands for gateway, client id, instance and choice, and the client secret.
#[derive(Clone, Copy)]
pub(crate) struct SealOfPinned<'a> {
    pub(crate) key: &'a str,
    pub(crate) client_secret: &'a Secret,
}

/// How far a stored text is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// It was written with the client secret at hand.
    Sealed,
    /// It was written with another client secret, by an earlier version, or by a stranger. It may
    /// refuse, not choose.
    None,
}

/// Whether a text from a store is no token but what an instance was resolved to.
pub(crate) fn is_pinned_text(text: &str) -> bool {
    text.starts_with(PREFIX)
}

impl SealOfPinned<'_> {
    fn of(self, fields: &str) -> String {
        // HMAC takes a key of any length; there is no other error.
        let key = self.client_secret.expose().as_bytes();
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
            return String::new();
        };
        let SealOfPinned { key, .. } = self;
        mac.update(format!("{PREFIX}{key}\n{fields}").as_bytes());
        hex(&truncate_hash(mac.finalize().into_bytes().into()))
    }
}

impl Pinned {
    pub(crate) fn of(one: &Authorization) -> Self {
        Self {
            app_key: one.app_key.as_str().into(),
            account_id: one.account_id.as_str().into(),
            service_id: one.service_id.as_str().into(),
            described: describe(one).into(),
        }
    }

    /// As one line of text for a store.
    pub(crate) fn to_text(&self, seal: SealOfPinned<'_>) -> String {
        let fields: [&str; 5] = [
            FORM,
            &self.app_key,
            &self.account_id,
            &self.service_id,
            &self.described,
        ];
        let plain = |field: &str| field.replace(char::is_control, " ");
        let fields = fields.map(plain).join(&SEPARATOR.to_string());
        let sealed = seal.of(&fields);
        format!("{fields}{SEPARATOR}{sealed}")
    }

    /// From the text in a store, and how far it is believed.
    pub(crate) fn from_text(text: &str, seal: SealOfPinned<'_>) -> Option<(Self, Proof)> {
        if !is_pinned_text(text) {
            // The form of an earlier version. A store that does not seal cannot say who wrote it.
            return Some((Self::from_fields(text.split('\n'))?, Proof::None));
        }
        let (fields, sealed) = text.rsplit_once(SEPARATOR)?;
        let mut parts = fields.split(SEPARATOR);
        let known = parts.next().filter(|form| *form == FORM);
        let pinned = known.and_then(|_| Self::from_fields(parts))?;
        let is_sealed = !sealed.is_empty() && seal.of(fields) == sealed;
        Some((
            pinned,
            if is_sealed {
                Proof::Sealed
            } else {
                Proof::None
            },
        ))
    }

    fn from_fields<'a>(fields: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut fields = fields.map(Box::<str>::from);
        let mut field = || fields.next();
        let (app_key, account_id, service_id) = (field()?, field()?, field()?);
        let described = field()?;
        let is_whole = fields.next().is_none() && !app_key.is_empty();
        is_whole.then_some(Self {
            app_key,
            account_id,
            service_id,
            described,
        })
    }

    /// Whether this is the same account set. A field that either does not have is no difference. Its
    /// address is not compared: an account set may move.
    pub(crate) fn is(&self, one: &Authorization) -> bool {
        let agree = |own: &str, other: &str| own.is_empty() || other.is_empty() || own == other;
        *self.app_key == *one.app_key
            && agree(&self.account_id, &one.account_id)
            && agree(&self.service_id, &one.service_id)
    }

    /// That these are others.
    pub(crate) fn differs_from(&self, now: &[Authorization]) -> AuthorizationError {
        AuthorizationError::OtherAccount {
            first: self.described.to_string(),
            now: now.iter().map(describe).collect(),
        }
    }

    /// The same account set among those that came. Where it is not live any more, another that is
    /// does not take its place.
    pub(crate) fn again(
        &self,
        choice: &AccountSelector,
        all: Vec<Authorization>,
    ) -> Result<Authorization, AuthorizationError> {
        let (own, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| self.is(one));
        let fitting = others.iter().filter(|one| choice.fits(one));
        let live: Vec<_> = fitting.filter(|one| one.is_live()).cloned().collect();
        if own.is_empty() && !others.is_empty() {
            return Err(self.differs_from(&others));
        }
        if !own.iter().any(Authorization::is_live) && !live.is_empty() {
            return Err(self.differs_from(&live));
        }
        choice.choose(own)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn one(key: &str) -> Authorization {
        Authorization {
            app_key: key.to_owned(),
            account_id: "2".to_owned(),
            account_name: "shop\t2\nof two".to_owned(),
            status: "1".to_owned(),
            ..Authorization::default()
        }
    }

    fn read(text: &str, key: &str, client_secret: &str) -> Option<(Pinned, Proof)> {
        let client_secret = &Secret::from(client_secret);
        Pinned::from_text(text, SealOfPinned { key, client_secret })
    }

    fn written(key: &str, client_secret: &str) -> String {
        let client_secret = &Secret::from(client_secret);
        Pinned::of(&one("k2")).to_text(SealOfPinned { key, client_secret })
    }

    #[test]
    fn a_text_is_believed_under_its_key_and_with_its_secret_and_read_under_any() {
        let text = written("00aa", "MARKER");
        assert!(text.contains("k2") && !text.contains("MARKER") && !text.contains('\n'));
        for (key, secret, expected) in [
            ("00aa", "MARKER", Proof::Sealed),
            ("00ab", "MARKER", Proof::None),
            ("00aa", "rotated", Proof::None),
        ] {
            let (pinned, proof) = read(&text, key, secret).unwrap();
            assert_eq!(proof, expected, "{key} {secret}");
            assert!(pinned.is(&one("k2")) && !pinned.is(&one("k3")));
        }
    }

    #[test]
    fn a_text_that_was_changed_is_not_believed_and_one_that_was_cut_is_not_read() {
        let text = written("00aa", "MARKER");
        let forged = text.replace("k2", "k3");
        assert_eq!(read(&forged, "00aa", "MARKER").unwrap().1, Proof::None);
        for end in 0..text.len() {
            let read = text.get(..end).and_then(|cut| read(cut, "00aa", "MARKER"));
            assert!(read.is_none_or(|(_, proof)| proof == Proof::None), "{end}");
        }
        let later = text.replacen("pinned 1", "pinned 2", 1);
        assert!(read(&later, "00aa", "MARKER").is_none());
    }

    #[test]
    fn the_text_of_an_earlier_version_is_read() {
        let (pinned, proof) = read("k2\n2\n\nshop 2", "00aa", "MARKER").unwrap();
        assert_eq!(proof, Proof::None);
        assert!(pinned.is(&one("k2")));
        for text in ["", "k2", "k2\n2\n3", "\n2\n3\nshop", "k2\n2\n3\nshop\n5"] {
            assert!(read(text, "00aa", "MARKER").is_none(), "{text:?}");
        }
    }
}
