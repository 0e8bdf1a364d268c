//! Texts that the vendor encrypts: phone numbers, addresses, bank accounts.
//!
//! Owns the newtype that keeps one from being taken for plain text, and the way back. It must not
//! know where the key comes from.

use std::fmt;

use crate::value::{Target, Value, View};

/// A text of an answer as the vendor encrypted it, in Base64.
///
/// With the feature `decrypt` it can be read with the application's client secret:
///
/// ```
/// # #[cfg(feature = "decrypt")] {
/// use jdy_wire::Encrypted;
///
/// let phone = Encrypted::from("bsiV0ZrykeIH/5ZZ65lX5A==");
/// assert_eq!(phone.decrypt("75eb3c7cd5974c3018d6934e142b5f81")?, "18599999999");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Encrypted(String);

impl Encrypted {
    /// The text as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The plain text. Nothing stays nothing.
    ///
    /// It was encrypted without a check of integrity: most wrong keys and broken texts are told
    /// by what comes out, not all.
    ///
    /// # Errors
    /// The text is not encrypted by the vendor's rule, or not with this secret.
    #[cfg(feature = "decrypt")]
    pub fn decrypt(&self, client_secret: &str) -> Result<String, DecryptError> {
        aes::decrypt(self.0.trim(), client_secret)
    }
}

impl From<&str> for Encrypted {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Encrypted {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Encrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Value for Encrypted {
    const EXPECTED: &'static str = "an encrypted text";

    fn blank() -> Self {
        Self::default()
    }

    fn view(&self) -> View<'_> {
        View::Text(&self.0)
    }

    fn target(&mut self) -> Target<'_> {
        Target::Text(&mut self.0)
    }
}

/// Why a text cannot be decrypted.
#[cfg(feature = "decrypt")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecryptError {
    /// A client secret has 32 bytes; this one has not.
    Secret,
    /// It is no Base64, or its length fits no cipher text: it may be plain text.
    NotEncrypted,
    /// What comes out is no text: another secret, or a broken text.
    Unreadable,
}

#[cfg(feature = "decrypt")]
impl fmt::Display for DecryptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret => "the client secret has not 32 bytes",
            Self::NotEncrypted => "the text is not encrypted",
            Self::Unreadable => "the text was encrypted with another secret, or is broken",
        })
    }
}

#[cfg(feature = "decrypt")]
impl std::error::Error for DecryptError {}

/// AES-256-CBC with PKCS#7, the client secret's own bytes as the key, and one vector for all.
#[cfg(feature = "decrypt")]
mod aes {
    use ::aes::Aes256;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use cbc::cipher::block_padding::Pkcs7;
    use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _};

    use super::DecryptError;

    /// The vendor's, the same for everyone.
    const VECTOR: &[u8; 16] = b"5e8y6w45ju8w9jq8";

    pub(super) fn decrypt(text: &str, client_secret: &str) -> Result<String, DecryptError> {
        let cipher = cbc::Decryptor::<Aes256>::new_from_slices(client_secret.as_bytes(), VECTOR)
            .map_err(|_| DecryptError::Secret)?;
        let mut bytes = STANDARD
            .decode(text)
            .map_err(|_| DecryptError::NotEncrypted)?;
        if bytes.is_empty() {
            return Ok(String::new());
        }
        if bytes.len() % VECTOR.len() != 0 {
            return Err(DecryptError::NotEncrypted);
        }
        let plain = cipher
            .decrypt_padded::<Pkcs7>(&mut bytes)
            .map_err(|_| DecryptError::Unreadable)?;
        String::from_utf8(plain.to_vec()).map_err(|_| DecryptError::Unreadable)
    }
}

#[cfg(all(test, feature = "decrypt"))]
mod tests {
    use super::{DecryptError, Encrypted};

    const SECRET: &str = "75eb3c7cd5974c3018d6934e142b5f81";

    #[test]
    fn the_vendors_example_is_read() {
        let phone = Encrypted::from("bsiV0ZrykeIH/5ZZ65lX5A==");
        assert_eq!(phone.decrypt(SECRET), Ok("18599999999".to_owned()));
        assert_eq!(Encrypted::default().decrypt(SECRET), Ok(String::new()));
    }

    #[test]
    fn a_wrong_secret_and_a_broken_text_are_errors() {
        let read = |text: &str, secret: &str| Encrypted::from(text).decrypt(secret);
        let text = "bsiV0ZrykeIH/5ZZ65lX5A==";
        let wrong = SECRET.replace('7', "8");
        assert_eq!(read(text, &wrong), Err(DecryptError::Unreadable));
        assert_eq!(read(text, "short"), Err(DecryptError::Secret));
        assert_eq!(read("18599999999", SECRET), Err(DecryptError::NotEncrypted));
        assert_eq!(read("bsiV0Q==", SECRET), Err(DecryptError::NotEncrypted));
        assert_eq!(
            read("AsiV0ZrykeIH/5ZZ65lX5A==", SECRET),
            Err(DecryptError::Unreadable)
        );
    }
}
