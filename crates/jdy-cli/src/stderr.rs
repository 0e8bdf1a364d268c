//! The lines of a command on stderr, and the one bar that may be drawn there.
//!
//! Owns that a line stands on a line of its own while a bar is drawn. Must not know what is said.

use std::fmt;
use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::ProgressBar;

/// The bar that is drawn now. A process has one stderr, and signals and stores write to it from
/// anywhere.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

fn current() -> MutexGuard<'static, Option<ProgressBar>> {
    BAR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes one line. A failure to print is ignored.
pub(crate) fn line(text: impl fmt::Display) {
    let print = || {
        let _ = writeln!(std::io::stderr(), "{text}");
    };
    match current().as_ref() {
        Some(bar) => bar.suspend(print),
        None => print(),
    }
}

/// A bar on stderr, until it is dropped.
pub(crate) struct Drawn(ProgressBar);

impl Drawn {
    pub(crate) fn new(bar: ProgressBar) -> Self {
        *current() = Some(bar.clone());
        Self(bar)
    }

    pub(crate) fn bar(&self) -> &ProgressBar {
        &self.0
    }
}

impl Drop for Drawn {
    fn drop(&mut self) {
        *current() = None;
        self.0.finish_and_clear();
    }
}
