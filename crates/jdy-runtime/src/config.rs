//! Settings that others need to know, and what is wrong with one.
//!
//! Owns the time limits and the error of a setting. It must not know who uses a setting.

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
