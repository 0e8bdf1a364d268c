//! Why a sandbox does not start.
//!
//! Owns [`StartError`] and its messages. Must not know how a sandbox is started.
//! Must not use: `crate::gateway`, `crate::server`.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use crate::product::StateError;

/// Why a sandbox does not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// Listening on the address failed.
    Listen(SocketAddr, io::Error),
    /// The address is not a loopback address.
    NotLoopback(SocketAddr),
    /// A balance or an amount of a rule is not a decimal.
    Amount(String),
    /// The state cannot be used.
    State(StateError),
    /// The spec cannot be read.
    Spec(String),
    /// Generating the certificates failed.
    Certificate(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen(addr, error) => write!(f, "cannot listen on {addr}: {error}"),
            Self::NotLoopback(addr) => write!(
                f,
                "{addr} can be reached from other machines; to allow that, use listen_beyond_loopback"
            ),
            Self::Amount(text) => {
                write!(f, "{text:?} is not an amount; use one such as \"100.00\"")
            }
            Self::State(error) => write!(f, "cannot use the state: {error}"),
            Self::Spec(error) => write!(f, "cannot read the spec: {error}"),
            Self::Certificate(error) => write!(f, "cannot generate a certificate: {error}"),
        }
    }
}

impl From<StateError> for StartError {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen(_, error) => Some(error),
            Self::State(error) => Some(error),
            _ => None,
        }
    }
}
