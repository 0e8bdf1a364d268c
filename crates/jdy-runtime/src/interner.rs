//! Interned texts that many account sets have in common.
//!
//! Owns the sharing. It must not know what the texts say, nor hold secrets: an interned text lives
//! as long as the client.

use std::collections::HashSet;
use std::sync::Arc;

use crate::sync::Lock;

/// Beyond this many texts, new ones are not shared.
const MAX_SHARED_TEXTS: usize = 1_000;

/// Interned texts.
#[derive(Default)]
pub(crate) struct Interner(Lock<HashSet<Arc<str>>>);

impl Interner {
    /// The interned copy of this text.
    pub(crate) fn share(&self, text: &str) -> Arc<str> {
        let mut texts = self.0.lock();
        if let Some(known) = texts.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        if texts.len() < MAX_SHARED_TEXTS {
            texts.insert(new.clone());
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_held_once_and_not_everything_is_kept() {
        let texts = Interner::default();
        let one = texts.share("https://tf.jdy.com");
        assert!(Arc::ptr_eq(&one, &texts.share("https://tf.jdy.com")));
        for number in 0..2 * MAX_SHARED_TEXTS {
            assert_eq!(*texts.share(&number.to_string()), number.to_string());
        }
        let held = texts.0.lock().len();
        assert_eq!(held, MAX_SHARED_TEXTS);
    }
}
