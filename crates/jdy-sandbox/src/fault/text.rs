//! The text form of a fault: `KIND[=VALUE][@PATH][*TIMES][%PERCENT]`.
//!
//! Owns parsing, printing and their error. Must not know what a fault does. Must not use:
//! `crate::fault::apply`, `crate::gateway`.

use std::fmt;
use std::str::FromStr;

use super::{Fault, FaultKind, WORDS};

impl FaultKind {
    fn parse(word: &str, value: Option<&str>) -> Result<Self, FaultError> {
        let Some((word, form)) = WORDS.iter().find(|(known, _)| *known == word) else {
            return Err(FaultError(format!(
                "unknown fault {word:?}; the faults are {}",
                list_words()
            )));
        };
        match (value, form) {
            (Some(value), Some((form, hint))) => Self::read(word, value).ok_or_else(|| {
                FaultError(format!(
                    "{word}={value}: {value:?} is not a valid {form}; use {hint}"
                ))
            }),
            (None, Some((form, _))) => {
                Err(FaultError(format!("{word} needs a value: {word}={form}")))
            }
            (Some(_), None) => Err(FaultError(format!("{word} takes no value"))),
            (None, None) => {
                Self::read(word, "").ok_or_else(|| FaultError(format!("unknown fault {word:?}")))
            }
        }
    }
}

fn list_words() -> String {
    let one = |(word, form): &(&str, Option<(&str, &str)>)| match form {
        None => (*word).to_owned(),
        Some((form, _)) => format!("{word}={form}"),
    };
    WORDS.iter().map(one).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.word())?;
        if let Some(value) = self.kind.value() {
            write!(f, "={value}")?;
        }
        if let Some(path) = &self.path {
            write!(f, "@{path}")?;
        }
        if let Some(times) = self.times {
            write!(f, "*{times}")?;
        }
        if self.probability < 1.0 {
            write!(f, "%{}", self.probability * 100.0)?;
        }
        Ok(())
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (mut rest, mut times, mut probability) = (text.trim(), None, 1.0);
        while let Some(at) = rest.rfind(['*', '%']) {
            let (before, suffix) = (
                rest.get(..at).unwrap_or_default(),
                rest.get(at + 1..).unwrap_or_default(),
            );
            if !suffix
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
            {
                break;
            }
            if rest.as_bytes().get(at) == Some(&b'*') {
                let number = suffix.parse();
                times = Some(
                    number.map_err(|_| FaultError(format!("*{suffix}: not a number of times")))?,
                );
            } else {
                let percent = suffix
                    .parse()
                    .ok()
                    .filter(|percent: &f64| (0.0..=100.0).contains(percent));
                let percent =
                    percent.ok_or_else(|| FaultError(format!("%{suffix}: not a percentage")))?;
                probability = percent / 100.0;
            }
            rest = before;
        }
        let (kind, path) = match rest.rfind("@/") {
            Some(at) => (
                rest.get(..at).unwrap_or_default(),
                rest.get(at + 1..).map(str::to_owned),
            ),
            None => (rest, None),
        };
        let (word, value) = match kind.split_once('=') {
            Some((word, value)) => (word, Some(value)),
            None => (kind, None),
        };
        Ok(Self {
            kind: FaultKind::parse(word, value)?,
            path,
            times,
            probability,
        })
    }
}

/// The text does not name a fault. The message lists the faults, or what is wrong with the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultError(String);

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FaultError {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use super::{Fault, WORDS};

    /// A value in each form.
    const VALUES: [(&str, &str); 7] = [
        ("BYTES", "13"),
        ("CODE", "5006"),
        ("DURATION", "1500ms"),
        ("JSON", "[1]"),
        ("OFFSET", "-90000ms"),
        ("ROWS", "5"),
        ("SECONDS", "7"),
    ];

    #[test]
    fn every_row_of_the_table_is_read_and_written() {
        let mut words = BTreeSet::new();
        for (word, form) in WORDS {
            assert!(words.insert(*word), "{word} is a duplicate");
            let text = match form {
                None => (*word).to_owned(),
                Some((form, _)) => {
                    let value = VALUES.iter().find(|(name, _)| name == form).unwrap().1;
                    format!("{word}={value}")
                }
            };
            let fault: Fault = text.parse().unwrap();
            assert_eq!(fault.kind().word(), *word);
            assert_eq!(fault.to_string(), text);
        }
    }
}
