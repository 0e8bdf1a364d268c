//! A text that zeroes itself and prints nothing.
//!
//! Owns how secrets are held in memory. It must not know what they are for.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use zeroize::Zeroizing;

/// A secret text. Clones share it; it is zeroed when the last one is dropped, and `Debug` and
/// `Display` never show it.
#[derive(Clone, Default)]
pub struct Secret(Bytes);

/// Text that other holders keep alive as well.
struct SharedText(Arc<str>);

impl AsRef<[u8]> for SharedText {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl Secret {
    /// A secret with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Bytes::from_owner(owner(text.into())))
    }

    /// A text that is no secret, where one is asked for.
    pub(crate) const fn known(text: &'static str) -> Self {
        Self(Bytes::from_static(text.as_bytes()))
    }

    /// The same for a text that many share.
    pub(crate) fn shared(text: &Arc<str>) -> Self {
        Self(Bytes::from_owner(SharedText(Arc::clone(text))))
    }

    /// The parts of a text, one after the other and of these lengths, in the memory of the one text.
    pub(crate) fn parts<const N: usize>(text: String, lengths: [usize; N]) -> [Self; N] {
        let mut rest = Bytes::from_owner(owner(text));
        lengths.map(|length| Self(rest.split_to(length.min(rest.len()))))
    }

    /// Its bytes, shared: they are zeroed when nobody has them any more.
    #[cfg(any(feature = "hyper", feature = "reqwest"))]
    pub(crate) fn bytes(&self) -> Bytes {
        self.0.clone()
    }

    /// The text itself. The caller is responsible for where it goes.
    pub fn expose(&self) -> &str {
        // It was made of a text.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What keeps a text, and zeroes it in the end.
fn owner(text: String) -> Zeroizing<String> {
    Zeroizing::new(text)
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// Compares in constant time.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (self.expose().as_bytes(), other.expose().as_bytes());
        a.len() == b.len() && a.iter().zip(b).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_secret_is_kept_in_zeroes_itself() {
        fn zeroes<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        zeroes(&owner("s".to_owned()));
    }

    #[test]
    fn parts_are_those_of_the_text_and_no_more() {
        let parts = Secret::parts("12345".to_owned(), [1, 2, 2]);
        assert_eq!(parts.each_ref().map(Secret::expose), ["1", "23", "45"]);
        let parts = Secret::parts("12".to_owned(), [1, 2, 3]);
        assert_eq!(parts.each_ref().map(Secret::expose), ["1", "2", ""]);
    }
}
