//! Time, sleep, tasks and random numbers.
//!
//! Owns the only places where a clock is read, a timer set, a task started or a random number
//! drawn. Everything else uses the [`Runtime`], so that a test can control time. It must not know what
//! the time is for.

use std::future::Future;
use std::hash::{BuildHasher as _, RandomState};
use std::pin::Pin;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::{Duration, SystemTime};

/// A future in a box.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What the client needs of its environment apart from the network.
pub trait Runtime: Send + Sync + 'static {
    /// The time of day. It may jump.
    fn now(&self) -> SystemTime;

    /// Time since some fixed moment. It never goes back.
    fn monotonic(&self) -> Duration;

    /// Completes after this time.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// Runs a task to its end, whether or not anyone waits for it.
    fn spawn(&self, task: BoxFuture<'static, ()>);

    /// A random number from all of `u64`.
    fn random(&self) -> u64 {
        chance()
    }
}

/// A number that nobody outside can predict: a keyed hash of a counter, whose keys the system drew.
/// Asking the system for each number would be a system call. The time is hashed as well, so that a
/// copy of this process, made by a fork or from a snapshot, does not draw the same numbers.
#[allow(
    clippy::disallowed_methods,
    reason = "this module is where the system is asked for the time"
)]
fn chance() -> u64 {
    static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    KEYS.hash_one((count, SystemTime::now()))
}

/// Time since this process first asked. For what has no runtime at hand and must not depend on
/// one: the leases of a file.
#[cfg(any(feature = "tokio", feature = "file-store"))]
#[allow(
    clippy::disallowed_methods,
    reason = "this module is where the system is asked for the time"
)]
pub(crate) fn system_monotonic() -> Duration {
    use std::time::Instant;
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// Milliseconds since 1970; 0 before that.
pub(crate) fn epoch_millis(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
}

/// The time so many milliseconds after 1970, where the system's clock reaches so far.
pub(crate) fn from_epoch_millis(millis: u64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis))
}

/// Awaits the work by reference: an `async fn` stores a future that it takes by value twice, as its
/// argument and where it awaits it. Returns `None` if the limit completes first. No limit is made for work that need not wait.
pub(crate) async fn within<T>(
    mut work: Pin<&mut (impl Future<Output = T> + ?Sized)>,
    limit: impl FnOnce() -> BoxFuture<'static, ()>,
) -> Option<T> {
    let (mut make, mut limit) = (Some(limit), None);
    std::future::poll_fn(|context| {
        if let Poll::Ready(done) = work.as_mut().poll(context) {
            return Poll::Ready(Some(done));
        }
        if let Some(make) = make.take() {
            limit = Some(make());
        }
        let Some(limit) = &mut limit else {
            return Poll::Pending;
        };
        limit.as_mut().poll(context).map(|()| None)
    })
    .await
}

/// Awaits the work, and says whether it had to wait.
pub(crate) async fn noting_wait<T>(mut work: Pin<&mut impl Future<Output = T>>) -> (T, bool) {
    let mut has_waited = false;
    let done = std::future::poll_fn(|context| {
        let polled = work.as_mut().poll(context);
        has_waited |= polled.is_pending();
        polled
    });
    let done = done.await;
    (done, has_waited)
}

#[cfg(feature = "tokio")]
pub use self::tokio_runtime::TokioRuntime;

#[cfg(feature = "tokio")]
#[allow(
    clippy::disallowed_methods,
    reason = "the one implementation that may ask the system for the time"
)]
mod tokio_runtime {
    use super::{BoxFuture, Duration, Runtime, SystemTime};

    /// The system's clocks, and tokio's timers and tasks.
    ///
    /// A call must be awaited inside a tokio runtime, or waited for with `Call::wait` (feature
    /// `blocking`), which brings its own.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct TokioRuntime;

    impl Runtime for TokioRuntime {
        fn now(&self) -> SystemTime {
            SystemTime::now()
        }

        fn monotonic(&self) -> Duration {
            super::system_monotonic()
        }

        fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
            // Made when first polled: a timer can only be made inside a tokio runtime.
            Box::pin(async move { tokio::time::sleep(duration).await })
        }

        fn spawn(&self, task: BoxFuture<'static, ()>) {
            if let Ok(handle) = tokio::runtime::Handle::try_current() {
                drop(handle.spawn(task));
            } else {
                // Nobody would drive the task here, so it gets a thread of its own. Where even
                // that fails the task is dropped, which its waiters notice.
                drop(
                    std::thread::Builder::new()
                        .name("jdy-task".to_owned())
                        .spawn(move || {
                            if let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
                                .enable_all()
                                .build()
                            {
                                runtime.block_on(task);
                            }
                        }),
                );
            }
        }
    }
}
