//! Credentials, signing, tokens, transport, retries and errors for the Kingdee JDY API.
//!
//! Everything about a call except its types. An operation comes in as an [`Operation`]; a call
//! returns an [`Answer`], or an [`Error`] that reports whether the call took effect ([`Outcome`]).
//!
//! Guarantees:
//! - The bytes that were signed are the bytes that are sent.
//! - A write that may have been sent is never retried automatically.
//! - An error is `NotSent` only if that is certain.
//! - A call recovers from a wrong clock, a rejected token and a stale app secret, once each.
//! - An account set keeps its rate limits ([`Limits`]), in first-come order.
//! - A token store that fails stops no call ([`TokenStore`]), unless it alone knows which account set
//!   an instance was resolved to before.
//! - A future may be dropped at any await: no lock is kept, no token is lost, and a write that may
//!   have left is reported ([`Hooks::write_abandoned`]).
//! - No `Display`, `Debug` or event contains a secret, token, URL query or body.
//!
//! Out of scope: retries of writes that may have taken effect, redirects, and checks of a request
//! beyond the spec.

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
mod gateway_time;
pub mod hooks;
pub mod http_date;
mod interner;
pub mod limit;
mod method;
pub mod operation;
mod outcome;
mod paging;
mod reconcile;
mod redaction;
pub mod retry;
mod row_verdict;
pub mod runtime;
mod secret;
mod shared;
pub mod signing;
mod sparse;
mod sync;
pub mod telemetry;
mod time;
pub mod token;
pub mod transport;

pub use account::AccountSet;
pub use answer::Answer;
pub use call::{Call, CallFuture};
pub use client::{Client, ClientBuilder, GATEWAY};
pub use config::{ConfigError, Timeouts};
pub use credentials::{Authorization, Credentials};
pub use error::{Advice, CallInfo, Error, ErrorKind, OneLine};
pub use form::FileError;
pub use gateway::GatewayCode;
pub use hooks::Hooks;
pub use limit::{Limits, Rate};
pub use method::{ClientReference, Effect, Method};
pub use operation::{
    Confirm, DateWindow, DynOperation, ExtraError, Operation, OperationInfo, Paging, PrepareError,
    PreparedRequest, Resource, Role, Verify,
};
pub use outcome::Outcome;
pub use paging::{JsonPages, Pages, Rows};
pub use reconcile::{
    Candidate, DocumentQuery, Found, NotPossible, ReconcileBatch, ReconcileOptions, Reconciliation,
    UnknownWrite, VerificationQuery, Written,
};
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
#[cfg(feature = "hyper")]
pub use transport::{HyperTransport, HyperTransportBuilder};
#[cfg(feature = "reqwest")]
pub use transport::{ReqwestTransport, ReqwestTransportBuilder};
