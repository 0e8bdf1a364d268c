//! Why there is no journal, and why a call under one gave no answer.
//!
//! Owns the errors and their words. Must not know when they come.

use std::fmt;

use jdy_runtime::Error;

use super::difference::Difference;
use crate::entry::{Change, Entry};
use crate::store::StoreError;

/// Why there is no journal to work with. Nothing was sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum JournalError {
    /// The store fails.
    Store(StoreError),
    /// The journal belongs to another operation or service, which is named here.
    OtherName(String),
    /// The journal belongs to another gateway or account set, which is named here.
    OtherDestination(String),
    /// The list has changed since the journal was made.
    OtherInput(Difference),
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::OtherName(own) => write!(
                f,
                "this is the journal of {own}, and not of what is to be called; keep the journal \
                 of that in another file, or under another name"
            ),
            Self::OtherDestination(own) => write!(
                f,
                "this is the journal of another destination: {own}; call that one, or keep the \
                 journal of this one in another file, or under another name"
            ),
            Self::OtherInput(difference) if difference.is_of_keys_alone() => write!(
                f,
                "the requests are those that this journal was made for, but their keys are not \
                 ({difference}); name the field of the key as it was named then (--key FIELD, or \
                 none), and it goes on"
            ),
            Self::OtherInput(difference) => write!(
                f,
                "the list is not the one that this journal was made for ({difference}); put it \
                 back as it was, and it goes on; lines that the journal has are run with no other, \
                 or they would be sent twice; lines that it does not have go into a list of their \
                 own"
            ),
        }
    }
}

impl std::error::Error for JournalError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl From<StoreError> for JournalError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Why a call under a journal gave no answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum OnceError {
    /// The call failed; the journal keeps how, unless it failed before it was begun, as its account
    /// set is not known or its request cannot be sent.
    Call(Error),
    /// A call with this key is in the journal; nothing was sent. In state `intent` another caller
    /// makes it, and it did not end within this call's deadline.
    Known(Box<Entry>),
    /// The key is that of another request, in whatever state; nothing was sent.
    OtherRequest(Box<Entry>),
    /// The request has a key of its own, this one, and was to go under another; nothing was sent.
    OtherKey(String),
    /// The same request is under way or unknown under another key, that of this line; nothing was
    /// sent.
    OpenElsewhere(Box<Entry>),
    /// The call is for another account set than the first call under this journal; nothing was sent.
    OtherAccount {
        /// The app key of the account set of the first call.
        own: String,
        /// The app key of the account set that this call is for.
        app_key: String,
    },
    /// The journal failed before the call; nothing was sent.
    Store(StoreError),
    /// The journal failed after the call: it will show `unknown`, and only this says more, unless its
    /// store writes it when it can again.
    Unrecorded {
        /// The error of the store.
        error: StoreError,
        /// The change that was not stored: the outcome of the call, with the body of its answer.
        end: Box<Change>,
    },
}

impl fmt::Display for OnceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => error.fmt(f),
            Self::Known(entry) => {
                let key = entry.key.as_deref().unwrap_or_default();
                write!(f, "{key:?} is in the journal: {}", entry.state)
            }
            Self::OtherRequest(entry) => {
                let (key, state) = (entry.key.as_deref().unwrap_or_default(), entry.state);
                write!(
                    f,
                    "nothing was sent: {key:?} is in the journal with another request ({state}); \
                     a new request needs a key of its own"
                )
            }
            Self::OtherKey(own) => write!(
                f,
                "nothing was sent: the request's own key is {own:?}, and the journal was given \
                 another one"
            ),
            Self::OpenElsewhere(entry) => {
                let (key, state) = (entry.key.as_deref().unwrap_or_default(), entry.state);
                write!(
                    f,
                    "the same request is {state} under the key {key:?}: ask with that key what \
                     became of it; nothing was sent"
                )
            }
            Self::OtherAccount { own, app_key } => write!(
                f,
                "nothing was sent: the call is for the account set with app key {app_key}, and this \
                 journal has made calls for {own}; each account set has a journal of its own"
            ),
            Self::Store(error) => write!(f, "nothing was sent: {error}"),
            Self::Unrecorded { error, end } => {
                let report = end.report.as_deref().unwrap_or("no failure");
                write!(f, "the call was made ({}: {report}), but {error}", end.to)
            }
        }
    }
}

impl std::error::Error for OnceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Call(error) => Some(error),
            Self::Store(error) | Self::Unrecorded { error, .. } => Some(error),
            Self::Known(_)
            | Self::OtherRequest(_)
            | Self::OtherKey(_)
            | Self::OpenElsewhere(_)
            | Self::OtherAccount { .. } => None,
        }
    }
}

impl From<StoreError> for OnceError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
