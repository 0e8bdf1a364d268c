//! Rarely used state behind one pointer.
//!
//! Owns the allocation: a client may have very many account sets, and most of them are idle. It
//! must not know what the state is.

/// State that is allocated on first use.
#[derive(Debug)]
pub(crate) struct Sparse<T>(Option<Box<T>>);

impl<T> Default for Sparse<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Default> Sparse<T> {
    /// The state, if it was allocated.
    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_deref()
    }

    /// The state, allocated if necessary.
    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.get_or_insert_default()
    }

    /// Changes the state if it was allocated, and frees it if it is idle afterwards.
    pub(crate) fn update(&mut self, change: impl FnOnce(&mut T), is_idle: impl FnOnce(&T) -> bool) {
        if let Some(state) = &mut self.0 {
            change(state);
            if is_idle(state) {
                self.0 = None;
            }
        }
    }
}
