//! Ctrl-C, and the signal by which a supervisor says the same.
//!
//! Owns how the wish to end is heard. It must not know what ends.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Hears the wish to end from the moment it is made.
#[cfg(unix)]
pub(crate) struct Interrupt {
    interrupt: Signal,
    terminate: Signal,
}

#[cfg(unix)]
impl Interrupt {
    /// Listens from now on; needs a tokio runtime.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Returns when the command shall end.
    pub(crate) async fn heard(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Hears the wish to end from the moment it is made.
#[cfg(not(unix))]
pub(crate) struct Interrupt;

#[cfg(not(unix))]
impl Interrupt {
    /// Listens; needs a tokio runtime.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    /// Returns when the command shall end.
    pub(crate) async fn heard(self) {
        if tokio::signal::ctrl_c().await.is_err() {
            // Nothing can be heard, so the system ends the command itself.
            std::future::pending::<()>().await;
        }
    }
}
