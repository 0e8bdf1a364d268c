//! Cutting known secrets out of text that comes from outside.
//!
//! Owns the forms in which a secret may come back. It must not know where the text goes.

use base64::Engine as _;

use crate::secret::Secret;
use crate::signing::{hex, percent_encode};

const MARK: &str = "[redacted]";

/// A text shorter than this is not looked for: it would be found everywhere and hide the rest.
const SHORTEST: usize = 4;

/// The text without these secrets, in plain, percent-encoded, Base64 or hex form.
pub(crate) fn redact(text: String, secrets: &[Secret]) -> String {
    let mut text = text;
    for secret in secrets
        .iter()
        .map(Secret::expose)
        .filter(|secret| secret.len() >= SHORTEST)
    {
        for form in forms(secret) {
            if text.contains(form.expose()) {
                text = text.replace(form.expose(), MARK);
            }
        }
    }
    text
}

fn forms(secret: &str) -> Vec<Secret> {
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    let hexed = hex(secret.as_bytes());
    vec![
        Secret::from(secret),
        Secret::new(percent_encode(secret)),
        Secret::new(STANDARD.encode(secret)),
        Secret::new(STANDARD_NO_PAD.encode(secret)),
        Secret::new(URL_SAFE_NO_PAD.encode(secret)),
        Secret::new(hexed.to_uppercase()),
        Secret::new(hexed),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_cut_out_in_every_form() {
        let secrets = [Secret::from("s3cr3t/+="), Secret::from("abc")];
        let text = "s3cr3t/+= s3cr3t%2F%2B%3D czNjcjN0Lys9 733363723374_2f 7333637233742F2B3D abc";
        assert_eq!(
            redact(text.to_owned(), &secrets),
            "[redacted] [redacted] [redacted] 733363723374_2f [redacted] abc"
        );
    }
}
