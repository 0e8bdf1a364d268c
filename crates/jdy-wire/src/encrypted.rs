//! Encrypted texts: phone numbers, addresses, bank accounts.
//!
//! Owns the newtype that distinguishes them from plain text, and decryption. Must not know where the
//! key comes from. Must not use: `crate::decode`, `crate::encode`, `std::env`.

use std::fmt;

use crate::value::{Value, ValueMut, ValueRef};

/// A text of an answer, encrypted by the vendor, in Base64.
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
    /// The encrypted text as received.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The plain text. Empty text stays empty.
    ///
    /// The encryption is not authenticated: most wrong keys and damaged texts are detected by the
    /// result, but not all.
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

    fn empty() -> Self {
        Self::default()
    }

    fn view(&self) -> ValueRef<'_> {
        ValueRef::Text(&self.0)
    }

    fn target(&mut self) -> ValueMut<'_> {
        ValueMut::Text(&mut self.0)
    }
}

/// Why a text cannot be decrypted.
#[cfg(feature = "decrypt")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecryptError {
    /// The client secret does not have 32 bytes.
    Secret,
    /// It is not Base64, or not of a cipher text's length; it may be plain text.
    NotEncrypted,
    /// The result is not text: another secret, or damaged text.
    Unreadable,
}

#[cfg(feature = "decrypt")]
impl fmt::Display for DecryptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret => "the client secret does not have 32 bytes",
            Self::NotEncrypted => "the text is not encrypted",
            Self::Unreadable => "the text was encrypted with another secret, or is damaged",
        })
    }
}

#[cfg(feature = "decrypt")]
impl std::error::Error for DecryptError {}

/// AES-256-CBC with PKCS#7 padding, the client secret's bytes as the key, and a fixed IV.
#[cfg(feature = "decrypt")]
mod aes {
    use ::aes::Aes256;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use cbc::cipher::block_padding::Pkcs7;
    use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _};

    use super::DecryptError;

    /// The vendor's IV, the same for every client.
    const IV: &[u8; 16] = b"5e8y6w45ju8w9jq8";

    pub(super) fn decrypt(text: &str, client_secret: &str) -> Result<String, DecryptError> {
        let cipher = cbc::Decryptor::<Aes256>::new_from_slices(client_secret.as_bytes(), IV)
            .map_err(|_| DecryptError::Secret)?;
        let mut bytes = STANDARD
            .decode(text)
            .map_err(|_| DecryptError::NotEncrypted)?;
        if bytes.is_empty() {
            return Ok(String::new());
        }
        if bytes.len() % IV.len() != 0 {
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
