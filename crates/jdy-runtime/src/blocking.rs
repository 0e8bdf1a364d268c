//! Waiting for a call without async.
//!
//! Owns the background runtime, which is started when first needed and serves the whole process,
//! and where a thread must not be blocked. It must not know what it runs.

use std::cell::Cell;
use std::fmt;
use std::future::IntoFuture;
use std::sync::{Arc, mpsc};

use jdy_wire::Value;

use crate::answer::Answer;
use crate::call::Call;
use crate::error::{CallInfo, Error, ErrorKind, Source};
use crate::outcome::Outcome;
use crate::sync::MadeOnce;
use crate::telemetry;

impl<D: Value> Call<D> {
    /// Waits for the call without async. It blocks the thread, also one of an async runtime, so
    /// there it belongs into `spawn_blocking`.
    ///
    /// # Errors
    /// As awaiting it; also where this program can start no thread, inside an async runtime of one
    /// thread, and inside a hook of a call that is itself waited for: nothing is sent then.
    pub fn wait(self) -> Result<Answer<D>, Error> {
        let subject = self.subject();
        wait(self.into_future(), subject)
    }
}

/// Runs a future to its end in the background and blocks this thread until then.
///
/// It works inside another runtime of several threads as well: the future is driven by a thread of
/// its own. What that one or the only thread of another runtime drives would stop meanwhile,
/// connections and tokens that are being fetched included: there it is refused.
fn wait<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
    subject: CallInfo,
) -> Result<T, Error> {
    if let Err(why) = may_block() {
        return Err(failure(subject, Outcome::NotSent, why));
    }
    let handle = match background() {
        Ok(handle) => handle,
        Err(why) => return Err(failure(subject, Outcome::NotSent, &why)),
    };
    let (sender, receiver) = mpsc::sync_channel(1);
    let work = telemetry::in_this_scope(work);
    drop(handle.spawn(async move {
        // The receiver waits below; it cannot be gone.
        drop(sender.send(work.await));
    }));
    receiver.recv().unwrap_or_else(|_| {
        // The task panicked, in a hook or a transport of the caller's.
        Err(failure(
            subject,
            Outcome::Unknown,
            "the background task broke off",
        ))
    })
}

thread_local! {
    /// Whether this thread drives the background runtime.
    static DRIVES: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread may wait for others.
fn may_block() -> Result<(), &'static str> {
    use tokio::runtime::{Handle, RuntimeFlavor};
    if DRIVES.get() {
        return Err("wait() was called by a hook or a task of the client, which it would wait for");
    }
    let runtime = Handle::try_current().map(|handle| handle.runtime_flavor());
    if runtime.is_ok_and(|flavor| flavor == RuntimeFlavor::CurrentThread) {
        return Err(
            "wait() was called inside an async runtime of one thread; await the call there",
        );
    }
    Ok(())
}

fn failure(subject: CallInfo, outcome: Outcome, why: &str) -> Error {
    Error::new(subject, outcome, ErrorKind::Runtime).with_source(Some(Source {
        line: why.to_owned(),
        error: Arc::new(TaskLost(why.to_owned())),
    }))
}

/// The task of a call ended without a result.
#[derive(Debug)]
struct TaskLost(String);

impl fmt::Display for TaskLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TaskLost {}

fn background() -> Result<&'static tokio::runtime::Handle, String> {
    static BACKGROUND: MadeOnce<tokio::runtime::Handle> = MadeOnce::new();
    BACKGROUND.get(start)
}

/// One thread that drives the runtime for as long as the process lives.
fn start() -> Result<tokio::runtime::Handle, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name("jdy-blocking".to_owned())
        .spawn(move || {
            DRIVES.set(true);
            runtime.block_on(std::future::pending::<()>())
        })
        .map_err(|error| error.to_string())?;
    Ok(handle)
}
