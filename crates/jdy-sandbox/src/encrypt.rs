//! Private fields as the vendor sends them: AES-256-CBC with the client secret as the key.
//!
//! Owns the vendor's published rule. Must not know which fields are private.
//! Must not use: `crate::gateway`, `crate::product`, `crate::spec`.

use aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cbc::Encryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt as _, KeyIvInit as _};

use crate::account::CLIENT_SECRET;

/// The vendor's fixed initialization vector.
const IV: &[u8; 16] = b"5e8y6w45ju8w9jq8";
const BLOCK: usize = 16;

/// A text encrypted with the sandbox's client secret.
pub(crate) fn encrypted(text: &str) -> String {
    let Ok(cipher) = Encryptor::<Aes256>::new_from_slices(CLIENT_SECRET.as_bytes(), IV) else {
        return String::new();
    };
    let mut buffer = text.as_bytes().to_vec();
    buffer.resize(text.len() + BLOCK, 0);
    let sealed = cipher.encrypt_padded::<Pkcs7>(&mut buffer, text.len());
    sealed
        .map(|bytes| STANDARD.encode(bytes))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_number_is_encrypted_by_the_vendors_rule() {
        assert_eq!(super::encrypted("18599999999"), "CVGQxKy7SFTAyeDXXEeRuw==");
        assert_eq!(super::encrypted("").len(), 24);
    }
}
