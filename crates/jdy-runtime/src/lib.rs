//! Credentials, signing, tokens, transport, retries and errors for the Kingdee JDY API.
//!
//! Everything about a call that is not its types. An operation's types and facts come in as an
//! [`Operation`]; what goes out is an [`Answer`] or an [`Error`] that says what became of the
//! request ([`Outcome`]).
//!
//! What it promises:
//! - The bytes that were signed are the bytes that are sent.
//! - A write that may have been sent is never sent again by itself.
//! - An error says `NotSent` only where that is certain.
//! - A wrong clock, a rejected token and a stale app secret are healed, each once a call.
//! - An account set keeps to its limits by itself ([`Limits`]), in the order of asking.
//! - A token store that fails stops nobody ([`TokenStore`]).
//! - A future may be dropped at any await: no lock stays, no token is lost, and a write that may
//!   have left is told to the hooks ([`Hooks::dropped`]).
//! - No secret, token, URL query or body stands in any `Display`, `Debug` or event.
//!
//! What it does not do: no retry of a write that may have taken effect, no redirect, no check of
//! a request beyond what the spec states.

mod account;
mod address;
mod answer;
mod attempt;
#[cfg(feature = "blocking")]
mod blocking;
mod call;
mod classify;
mod client;
mod clock;
mod config;
pub mod credentials;
mod error;
mod form;
mod gateway;
pub mod hooks;
pub mod http_date;
pub mod limit;
pub mod operation;
mod outcome;
mod paging;
mod pool;
mod redaction;
pub mod retry;
mod row_verdict;
pub mod runtime;
mod secret;
mod shared;
pub mod signing;
mod sparse;
mod sync;
mod time;
pub mod token;
pub mod transport;

pub use answer::Answer;
pub use call::{Call, CallFuture};
pub use client::{AccountSet, Client, ClientBuilder, GATEWAY};
pub use config::{ConfigError, Timeouts};
pub use credentials::{Authorization, Credentials};
pub use error::{Advice, Error, ErrorKind, Subject};
pub use form::FileError;
pub use gateway::GatewayCode;
pub use hooks::Hooks;
pub use limit::{Limits, Rate};
pub use operation::{
    AnyOperation, Effect, ExtraError, Facts, Key, Method, Operation, Paging, PrepareError,
    Prepared, Resource, Role, Verify,
};
pub use outcome::Outcome;
pub use paging::{Pages, Rows};
pub use retry::RetryPolicy;
pub use row_verdict::{RowVerdict, SuccessField, VerdictFields};
pub use runtime::Runtime;
#[cfg(feature = "tokio")]
pub use runtime::TokioRuntime;
pub use secret::Secret;
pub use signing::Signed;
#[cfg(feature = "file-store")]
pub use token::FileStore;
#[cfg(feature = "redis")]
pub use token::RedisStore;
pub use token::{LeaseStore, MemoryStore, SharedLimiter, Store, Token, TokenStore};
pub use transport::Transport;
#[cfg(feature = "reqwest")]
pub use transport::{ReqwestTransport, ReqwestTransportBuilder};
