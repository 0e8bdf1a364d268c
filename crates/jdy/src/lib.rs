//! The SDK for the open API of Kingdee 星辰 (JDY v2).
//!
//! A call is a method of its module (the trait [`ClientExt`], which the prelude exports), its
//! request is made from what it requires, and its answer dereferences to the data:
//!
//! ```no_run
//! # #[cfg(all(feature = "ls", feature = "reqwest", feature = "tokio"))]
//! # async fn recharge() -> Result<(), Box<dyn std::error::Error>> {
//! use jdy::prelude::*;
//! use jdy::ls::mall_recharge;
//!
//! let client = Client::from_env()?;
//! let call = client.ls().mall_recharge(mall_recharge::Required {
//!     bal_amount: dec!(100.00),
//!     member_id: "850693217107061760".into(),
//!     src_bill_id: "R-2026-0001".into(),
//! });
//! match call.await {
//!     Ok(receipt) => println!("{} in {} attempts", receipt.bill_no, receipt.attempts()),
//!     // It may have taken effect: ask, never send again blindly.
//!     Err(error) if error.outcome() == Outcome::Unknown => eprintln!("{error}"),
//!     Err(error) => return Err(error.into()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Outcomes
//!
//! Every error says what became of the call ([`Error::outcome`]): [`Outcome::NotSent`],
//! [`Outcome::Rejected`], [`Outcome::Unknown`] or [`Outcome::Applied`]; a list in pages that stops
//! before its end is [`Outcome::Incomplete`]. What may be done about it is an enum
//! ([`Error::advice`]). A write that may have been sent is never sent again by the client.
//!
//! # Lists
//!
//! The call of a list gives its pages ([`Call::pages`]) or its rows ([`Call::rows`]), one after
//! the other:
//!
//! ```no_run
//! # #[cfg(all(feature = "bd", feature = "reqwest", feature = "tokio"))]
//! # async fn list(client: &jdy::Client) -> Result<(), Box<dyn std::error::Error>> {
//! use jdy::ClientExt;
//! use jdy::bd::material_unit::Required;
//!
//! let required = Required { material_id: vec!["850693217107061762".into()] };
//! let mut rows = client.bd().material_unit(required).rows();
//! while let Some(row) = rows.next().await {
//!     println!("{}", row?.unit_name);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A list that stops before its end is an error, and says from which page on it goes on
//! ([`Error::next_page`]); so what ends without one is whole.
//!
//! # Several account sets
//!
//! ```
//! # #[cfg(all(feature = "ls", feature = "reqwest", feature = "tokio"))]
//! # fn accounts() -> Result<(), Box<dyn std::error::Error>> {
//! use jdy::ls::mall_recharge_rule::Required;
//! use jdy::prelude::*;
//! use jdy::{Limits, Rate};
//!
//! let (id, secret) = ("200000", "0123456789abcdef");
//! let of = |key: &str| Credentials::app(id, secret, key, "app secret", "https://tf.jdy.com");
//! let client = Client::builder()
//!     .account("shop-a", of("key a"))
//!     .account("shop-b", of("key b"))
//!     .limits(Limits { calls: Some(Rate::per_minute(200)), ..Limits::default() })
//!     .build()?;
//! client.add_account("shop-c", of("key c"))?;
//! let call = client.ls().mall_recharge_rule(Required { member_id: "10".into() });
//! let call = call.account("shop-c"); // awaited, it goes to that account set
//! # drop(call);
//! # Ok(())
//! # }
//! # #[cfg(all(feature = "ls", feature = "reqwest", feature = "tokio"))]
//! # accounts().unwrap();
//! ```
//!
//! # Uploads
//!
//! A [`File`] lies in memory or on the disk; the latter is read while it is sent:
//!
//! ```no_run
//! # #[cfg(all(feature = "sys", feature = "reqwest", feature = "tokio"))]
//! # async fn upload(client: &jdy::Client) -> Result<(), Box<dyn std::error::Error>> {
//! use jdy::{ClientExt, File};
//! use jdy::sys::attachment_upload::Required;
//!
//! let file1 = File::from_path("invoice.pdf").content_type("application/pdf");
//! client.sys().attachment_upload(Required { file1 }).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Fields of answers
//!
//! An answer's field is absent, a value, or unreadable ([`Field`]): [`Field::require`] makes an error
//! of the first and the last, [`Field::optional`] only of the last. Shown with `{}`, an absent one is
//! nothing at all: require what you rely on.
//!
//! An amount is a [`Decimal`], from text or from a literal ([`dec!`]), never from a float:
//!
//! ```
//! use jdy::{Decimal, Field, dec};
//!
//! let amount: Decimal = "45.50".parse()?; // of text; a literal is `dec!(45.50)`
//! assert_eq!(amount, dec!(45.50));
//! let number: Field<String> = Field::Absent;
//! assert!(number.require().is_err());
//! assert_eq!(number.optional()?, None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Tests
//!
//! The crate `jdy-sandbox` is a gateway in a test: it keeps documents and balances, checks signatures
//! and tokens, and fails on demand. A [`transport::Transport`] of your own can answer from a
//! table instead.
//!
//! # Features
//!
//! | feature | brings | default |
//! |---|---|---|
//! | `ls`, .. | the operations of one module; `full` all of them | `ls` |
//! | `reqwest` | the transport on reqwest and rustls | yes |
//! | `hyper` | `transport::HyperTransport`: the transport on hyper-util and rustls, for less of the processor | no |
//! | `tokio` | time, sleep and tasks by tokio | yes |
//! | `blocking` | [`Call`]`::wait`, for programs without async | no |
//! | `decrypt` | reads what the vendor encrypts in answers: [`Encrypted`]`::decrypt` | no |
//! | `serde` | `Serialize` and `Deserialize` for the types of requests and answers, to store and log them | no |
//! | `stream` | [`Pages`] and [`Rows`] are streams of futures-core as well | no |
//! | `tracing` | spans by OpenTelemetry's names, and events: [`telemetry`] | no |
//! | `metrics` | durations, attempts, refreshes and waits for a recorder of the facade `metrics`: [`telemetry`] | no |
//! | `file-store` | `token::FileStore`: tokens in a file, for the processes of one machine | no |
//! | `redis` | `token::RedisStore`: tokens in Redis, for the processes of a fleet | no |
//! | `redis-tls` | the same over TLS | no |
//!
//! A client uses the transport on reqwest where the feature is on. For the other one:
//! `Client::builder().transport(HyperTransport::builder().build()?)`.
//!
//! Without `reqwest` and `hyper`, give the [`ClientBuilder`] a [`transport::Transport`] of your own,
//! and without `tokio` a [`runtime::Runtime`].
#![cfg_attr(docsrs, feature(doc_cfg))]

pub use jdy_operations::ClientExt;
pub use jdy_runtime::{
    AccountSet, Advice, Answer, Authorization, Call, CallInfo, Candidate, Client, ClientBuilder,
    ClientReference, ConfigError, Confirm, Credentials, DateWindow, DocumentQuery, DynOperation,
    Effect, Error, ErrorKind, ExtraError, FileError, Found, GatewayCode, Hooks, JsonPages, Limits,
    Method, NotPossible, OneLine, Operation, OperationInfo, Outcome, Pages, Paging, PrepareError,
    PreparedRequest, Rate, ReconcileBatch, ReconcileOptions, Reconciliation, Resource, RetryPolicy,
    Role, RowVerdict, Rows, Secret, SuccessField, UnknownWrite, VerdictFields, VerificationQuery,
    Verify, Written, credentials, hooks, http_date, limit, retry, runtime, signing, telemetry,
    token, transport,
};
pub use jdy_wire::{
    Code, CodeFacts, Date, DateTime, Decimal, Drift, DriftKind, Encrypted, EpochMillis, Errcode,
    Field, FieldError, File, Json, NoData, Raw, RequestError, SetField, dec,
};

#[cfg(feature = "decrypt")]
pub use jdy_wire::DecryptError;

include!("modules.rs");

/// The operations: constants with their facts, and what calls them.
pub mod operations {
    pub use jdy_operations::*;
}

/// What a program that calls needs almost always.
pub mod prelude {
    pub use crate::{Client, ClientExt, Credentials, Decimal, Field, Outcome, SetField, dec};
}
