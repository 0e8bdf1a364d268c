//! Ctrl-C, and the signals by which a supervisor and a closed terminal say the same.
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
    /// `None` where it was started to outlive its terminal (`nohup`).
    hangup: Option<Signal>,
}

#[cfg(unix)]
impl Interrupt {
    /// Listens from now on; needs a tokio runtime.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: match outlives_terminal() {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            },
        })
    }

    /// Returns when the command shall end.
    pub(crate) async fn heard(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            () = hung_up(self.hangup.as_mut()) => {}
        }
    }
}

#[cfg(unix)]
async fn hung_up(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Whether SIGHUP is ignored, as `nohup` has it; Linux alone tells.
#[cfg(unix)]
fn outlives_terminal() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // The first bit is that of signal 1, which it is everywhere.
    ignored.is_some_and(|mask| mask & 1 == 1)
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
