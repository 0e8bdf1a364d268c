//! Ctrl-C, and the equivalent signals of a supervisor and of a closed terminal.
//!
//! Owns the signals. Must not know what they end.

#[cfg(unix)]
use std::collections::HashSet;
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
        self.next().await;
    }

    /// Tells `first` that the command should end, and returns when it should not even wait: a person
    /// says the same again. Different signals, and hangups however often, come of one event: the
    /// shell of a closed terminal hangs up what it runs, and so does the system.
    pub(crate) async fn heard_again(mut self, first: impl FnOnce()) {
        let mut heard = HashSet::from([self.next().await]);
        first();
        loop {
            let own = self.next().await;
            if !heard.insert(own) && own != Heard::Hangup {
                return;
            }
        }
    }

    async fn next(&mut self) -> Heard {
        tokio::select! {
            _ = self.interrupt.recv() => Heard::Interrupt,
            _ = self.terminate.recv() => Heard::Terminate,
            () = hung_up(self.hangup.as_mut()) => Heard::Hangup,
        }
    }
}

/// What was heard.
#[cfg(unix)]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Heard {
    Interrupt,
    Terminate,
    Hangup,
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

    /// Tells `first` that the command should end, and returns when it should not even wait.
    pub(crate) async fn heard_again(self, first: impl FnOnce()) {
        self.heard().await;
        first();
        Self.heard().await;
    }
}
