//! Locks without poisoning, and what is made once.
//!
//! Owns the one place that ignores a poisoned lock: no code of this crate panics while it holds
//! one. It must not know what is locked or made.

#[cfg(any(feature = "blocking", feature = "hyper", feature = "reqwest"))]
use std::sync::OnceLock;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLockReadGuard, RwLockWriteGuard};

/// A mutex whose lock always succeeds.
#[derive(Debug, Default)]
pub(crate) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A lock for many readers that always succeeds.
#[derive(Debug, Default)]
pub(crate) struct RwLock<T>(std::sync::RwLock<T>);

impl<T> RwLock<T> {
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is made when it is first needed, once. Where that fails it is made when it is needed again:
/// a file that cannot be opened for a moment must not stop a program for good.
#[cfg(any(feature = "blocking", feature = "hyper", feature = "reqwest"))]
pub(crate) struct MadeOnce<T> {
    made: OnceLock<T>,
    making: Lock<()>,
}

#[cfg(any(feature = "blocking", feature = "hyper", feature = "reqwest"))]
impl<T> MadeOnce<T> {
    pub(crate) const fn new() -> Self {
        Self {
            made: OnceLock::new(),
            making: Lock::new(()),
        }
    }

    /// It, made by this if it is not there.
    pub(crate) fn get<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        if let Some(made) = self.made.get() {
            return Ok(made);
        }
        let _making = self.making.lock();
        if let Some(made) = self.made.get() {
            return Ok(made);
        }
        let made = make()?;
        Ok(self.made.get_or_init(|| made))
    }
}
