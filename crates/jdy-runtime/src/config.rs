//! Settings that others need to know, and what is wrong with one.
//!
//! Owns the time limits and the error of a setting. It must not know who uses a setting.

use std::env::VarError;
use std::fmt;
use std::time::Duration;

/// Time limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Making a connection, TLS included. Default 5 s. A transport of your own has its own limit.
    pub connect: Duration,
    /// One attempt, from the first byte to the last. Default 10 s.
    pub attempt: Duration,
    /// A whole call with its token, its attempts and the backoff between. Default 30 s. A write is
    /// not begun near its end ([`Call::deadline`](crate::Call::deadline)).
    pub call: Duration,
    /// A refresh of the token, with authorization and retries; it survives a dropped caller.
    /// Default 30 s.
    pub token: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            attempt: Duration::from_secs(10),
            call: Duration::from_secs(30),
            token: Duration::from_secs(30),
        }
    }
}

/// Checks that these variables of the environment can be read, where they are set: one that cannot must
/// not count as missing.
pub(crate) fn check_readable(
    names: &[&'static str],
    variable: &dyn Fn(&str) -> Result<String, VarError>,
) -> Result<(), ConfigError> {
    let is_unreadable = |name: &&&str| matches!(variable(name), Err(VarError::NotUnicode(_)));
    match names.iter().find(is_unreadable) {
        Some(name) => Err(ConfigError::new(
            name,
            "is set to what is not UTF-8; write it in UTF-8",
        )),
        None => Ok(()),
    }
}

/// A setting that is missing or invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    what: &'static str,
    why: String,
}

impl ConfigError {
    pub(crate) fn new(what: &'static str, why: impl Into<String>) -> Self {
        Self {
            what,
            why: why.into(),
        }
    }

    /// What is wrong with it.
    #[cfg(feature = "redis")]
    pub(crate) fn why(&self) -> &str {
        &self.why
    }

    /// The setting: the name of a variable, or a description.
    pub fn setting(&self) -> &str {
        self.what
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, self.why)
    }
}

impl std::error::Error for ConfigError {}

#[cfg(test)]
mod tests {
    use std::env::VarError;

    use super::{ConfigError, check_readable};

    #[test]
    fn a_variable_that_is_no_utf8_is_refused_by_its_name() {
        let variable = |name: &str| match name {
            "A" => Ok("a".to_owned()),
            "B" => Err(VarError::NotPresent),
            _ => Err(VarError::NotUnicode("x".into())),
        };
        assert_eq!(check_readable(&["A", "B"], &variable), Ok(()));
        let refused = check_readable(&["A", "B", "C"], &variable).err();
        assert_eq!(refused.as_ref().map(ConfigError::setting), Some("C"));
    }
}
