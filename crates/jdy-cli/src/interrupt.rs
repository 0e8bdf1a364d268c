//! Ctrl-C, and the equivalent signals of a supervisor and of a closed terminal.
//!
//! Owns the signals. Must not know what they end.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Receives the signals from its creation on.
#[cfg(unix)]
pub(crate) struct Interrupt {
    interrupt: Signal,
    terminate: Signal,
    /// `None` if the process was started to outlive its terminal (`nohup`).
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

    /// Returns when the command should end.
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

/// Whether SIGHUP is ignored, as by `nohup`; only Linux reports it.
#[cfg(unix)]
fn outlives_terminal() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // The first bit is signal 1, which is SIGHUP everywhere.
    ignored.is_some_and(|mask| mask & 1 == 1)
}

/// Receives the signals from its creation on.
#[cfg(not(unix))]
pub(crate) struct Interrupt;

#[cfg(not(unix))]
impl Interrupt {
    /// Listens; needs a tokio runtime.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    /// Returns when the command should end.
    pub(crate) async fn heard(self) {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a handler the system ends the command itself.
            std::future::pending::<()>().await;
        }
    }
}
