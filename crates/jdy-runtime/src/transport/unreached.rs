//! The error of a connection that did not come about.
//!
//! Owns how it names the place. It must not show a query or the address of a proxy.

use std::error::Error;
use std::fmt;

use super::TransportError;

/// Where no connection could be made to, and why.
#[derive(Debug)]
struct Unreached {
    place: String,
    error: Box<dyn Error + Send + Sync>,
}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "to {}", self.place)
    }
}

impl Error for Unreached {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.error)
    }
}

/// No connection to this host and port.
pub(super) fn unreached(
    place: String,
    error: impl Into<Box<dyn Error + Send + Sync>>,
) -> TransportError {
    TransportError::connect(Unreached {
        place,
        error: error.into(),
    })
}
