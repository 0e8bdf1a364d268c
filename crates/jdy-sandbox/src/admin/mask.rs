//! Hides secrets that are not the sandbox's own.
//!
//! Owns which values are secrets. Must not know where a text is shown. Must not use:
//! `crate::gateway`, `crate::server`, `tokio`.

use crate::request::split_query;

/// Parts of a secret that are shorter are not hidden: they may be anything.
const SHORTEST: usize = 6;
/// Names of this kind have secrets as values.
const SECRET_NAMES: [&str; 5] = ["signature", "secret", "token", "password", "authorization"];

/// The letters and digits to hide, the longest runs first. Escapes and marks stay, so that two texts
/// can still be compared.
pub(super) struct Mask(Vec<String>);

impl Mask {
    /// Hides the secrets of this query, and these further ones, unless they are the sandbox's own.
    pub(super) fn new(query: &str, further: &[String], own: &[String]) -> Self {
        let values = split_query(query)
            .filter(|(name, _)| is_secret(name))
            .map(|(_, value)| value);
        let values = values.chain(further.iter().map(String::as_str));
        let mut runs: Vec<String> = values
            .flat_map(|value| value.split(|c: char| !c.is_ascii_alphanumeric()))
            .filter(|run| run.len() >= SHORTEST && !own.iter().any(|own| own.contains(run)))
            .map(str::to_owned)
            .collect();
        runs.sort_by_key(|run| std::cmp::Reverse(run.len()));
        Self(runs)
    }

    pub(super) fn apply(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, run| {
            text.replace(run.as_str(), &"*".repeat(run.len()))
        })
    }
}

/// Whether values of this name are secrets.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|secret| name.contains(secret))
}

#[cfg(test)]
mod tests {
    use super::Mask;

    #[test]
    fn a_secret_is_hidden_in_every_encoding_and_the_sandboxs_own_is_shown() {
        let query = "app_key=abcdefgh&app_signature=SECRETabc%3D%3D&search=SECRET";
        let own = ["OWNSIGNATURE==".to_owned()];
        let mask = Mask::new(query, &[], &own);
        assert_eq!(
            mask.apply("app_key=abcdefgh&app_signature=SECRETabc%253D%253D"),
            "app_key=abcdefgh&app_signature=*********%253D%253D"
        );
        let mask = Mask::new(
            "app_signature=OWNSIGNATURE%3D%3D",
            &["t0ken-one".to_owned()],
            &own,
        );
        assert_eq!(
            mask.apply("OWNSIGNATURE t0ken-one"),
            "OWNSIGNATURE t0ken-one"
        );
        let mask = Mask::new("", &["eyJhbGciOi.payload1".to_owned()], &own);
        assert_eq!(mask.apply("eyJhbGciOi.payload1"), "**********.********");
    }
}
