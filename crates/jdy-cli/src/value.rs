//! Values that arguments name instead of holding them: `@FILE`, `@-` and `@@`.
//!
//! Owns what these mean, which is the same in every argument. Must not know the use of a
//! value, except the two kinds of fields whose file is not text.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::exit::Failure;
use crate::language::say;

/// The field that the spec describes as the Base64 of a file, in each operation that has it.
const BASE64: &str = "base_string";

/// Reads values, and stdin at most once.
#[derive(Default)]
pub(crate) struct Values {
    stdin: Stdin,
}

#[derive(Default, PartialEq, Eq)]
enum Stdin {
    #[default]
    Unread,
    Read,
}

impl Values {
    /// The pairs with their values read; `files` are the fields that take the path of a file.
    pub(crate) fn of_pairs(
        &mut self,
        pairs: Vec<(String, String)>,
        files: &[&str],
    ) -> Result<Vec<(String, String)>, Failure> {
        let read = |(name, value): (String, String)| {
            let value = if files.contains(&name.as_str()) {
                path(&name, &value)?
            } else {
                self.of_field(&name, value)?
            };
            Ok((name, value))
        };
        pairs.into_iter().map(read).collect()
    }

    /// The text of `--json`; `-` alone is stdin as well, since it is no JSON.
    pub(crate) fn of_json(&mut self, argument: &str) -> Result<String, Failure> {
        match argument
            .strip_prefix('@')
            .or_else(|| (argument == "-").then_some("-"))
        {
            Some(source) => text("--json", self.read(source)?),
            None => Ok(argument.to_owned()),
        }
    }

    fn of_field(&mut self, name: &str, value: String) -> Result<String, Failure> {
        match value.strip_prefix('@') {
            None => Ok(value),
            Some(plain) if plain.starts_with('@') => Ok(plain.to_owned()),
            Some(source) if name == BASE64 => Ok(STANDARD.encode(self.read(source)?)),
            Some(source) => text(name, self.read(source)?),
        }
    }

    fn read(&mut self, source: &str) -> Result<Vec<u8>, Failure> {
        let failed = |from: &str, error: std::io::Error| {
            Failure::other(say!("value-unread", source = from, error = error))
        };
        if source != "-" {
            let read = std::fs::read(source);
            return read.map_err(|error| failed(&format!("{source:?}"), error));
        }
        if std::mem::replace(&mut self.stdin, Stdin::Read) == Stdin::Read {
            return Err(Failure::usage(say!("value-stdin-twice")));
        }
        let mut bytes = Vec::new();
        let read = std::io::stdin().read_to_end(&mut bytes);
        read.map_err(|error| failed("stdin", error))?;
        Ok(bytes)
    }
}

/// The path of a file field: a leading `@` is optional.
fn path(name: &str, value: &str) -> Result<String, Failure> {
    match value.strip_prefix('@') {
        Some("-") => Err(Failure::usage(say!("value-stdin-file", name = name))),
        Some(path) => Ok(path.to_owned()),
        None => Ok(value.to_owned()),
    }
}

/// Content as text: without a byte order mark and the end of its last line.
fn text(name: &str, bytes: Vec<u8>) -> Result<String, Failure> {
    let text =
        String::from_utf8(bytes).map_err(|_| Failure::usage(say!("value-no-text", name = name)))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = text.strip_suffix('\n').unwrap_or(text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::BASE64;
    use crate::spec::Spec;

    #[test]
    fn the_field_that_is_base64_has_the_same_name_wherever_the_spec_says_so() {
        let Ok(spec) = Spec::read() else {
            unreachable!("the spec is part of the program");
        };
        let mut found = 0;
        for operation in jdy_cli::operations() {
            for field in spec.request(operation.info().id) {
                field.visit("", &mut |path, field| {
                    let is_said = field.label.to_lowercase().contains("base64");
                    assert_eq!(is_said, path == BASE64, "{path} {}", field.label);
                    found += usize::from(is_said);
                });
            }
        }
        assert_eq!(found, 2);
    }
}
