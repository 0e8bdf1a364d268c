//! The API as text: a line for each public item, and what differs between two.
//!
//! Owns what is left out: implementations that the compiler derives or gives to every type. Must
//! not know files of the workspace.

use std::path::Path;

use public_api::{Builder, Error};

/// Why there is no text.
#[derive(Debug)]
pub(crate) enum Failure {
    /// This rustdoc's JSON is of another version than the library reads.
    OtherFormat(String),
    /// Anything else.
    Other(String),
}

/// The public items of a crate, by rustdoc's JSON of it.
pub(crate) fn api(name: &str, json: &Path) -> Result<String, Failure> {
    let api = Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build();
    match api {
        Ok(api) => Ok(api.items().map(|item| format!("{item}\n")).collect()),
        Err(Error::SerdeJsonError(error)) => Err(Failure::OtherFormat(format!(
            "the JSON that this rustdoc writes of {name} is of another version than the library reads ({error}); \
             the public API is known to be read with rustc 1.95"
        ))),
        Err(error) => Err(Failure::Other(format!("{name}: {error}"))),
    }
}

/// The lines that only one of two texts has, in order: `-` of the first, `+` of the second.
pub(crate) fn difference(known: &str, api: &str) -> String {
    let gone = known.lines().filter(|line| !has(api, line));
    let new = api.lines().filter(|line| !has(known, line));
    let gone = gone.map(|line| format!("-{line}\n"));
    gone.chain(new.map(|line| format!("+{line}\n"))).collect()
}

fn has(text: &str, wanted: &str) -> bool {
    text.lines().any(|line| line == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_what_is_gone_and_what_is_new() {
        let known = "pub fn a()\npub fn b()\n";
        let api = "pub fn a()\npub fn b(i32)\n";
        assert_eq!(difference(known, api), "-pub fn b()\n+pub fn b(i32)\n");
        assert_eq!(difference(api, api), "");
    }

    #[test]
    fn json_of_another_version_is_a_failure_of_its_own() {
        let folder = std::env::temp_dir().join(format!("jdy-public-api-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap_or_default();
        let json = folder.join("x.json");
        std::fs::write(&json, r#"{"format_version":1}"#).unwrap_or_default();
        assert!(matches!(api("x", &json), Err(Failure::OtherFormat(_))));
        let missing = folder.join("none.json");
        assert!(matches!(api("x", &missing), Err(Failure::Other(_))));
        std::fs::remove_dir_all(&folder).unwrap_or_default();
    }
}
