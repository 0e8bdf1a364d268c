//! A local gateway that behaves as the Kingdee JDY gateway does, for tests without an account.
//!
//! It checks what the gateway checks (signature, clock, token, router address) and explains every
//! refusal. It keeps members, balances, rules and bills, so that recharges behave, and the documents
//! that are saved. It answers every other operation from the bundled spec, after checking the request
//! against it. It injects faults on demand, down to the bytes on the socket.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use jdy_sandbox::{Fault, FaultKind, Sandbox};
//!
//! let sandbox = Sandbox::start().await?;
//! for (name, value) in sandbox.environment() {
//!     println!("export {name}={value}");
//! }
//! sandbox.inject(Fault::on("/jdy/v2/ls/mall_recharge", FaultKind::LostAfterCommit).times(1));
//! // .. let a client call, then check the result:
//! assert_eq!(sandbox.balance("10"), Some("100.00".parse()?));
//! assert!(sandbox.bills().is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! # Independence
//!
//! It shares no code with any client. It rebuilds the text to sign from the raw request line by the
//! vendor's published rule, and reads the same spec that clients are generated from, so that a bug
//! of the generator shows here.
//!
//! Owns what the sandbox believes about the gateway. Must not know the SDK.
//! Must not use: `jdy_wire`, `jdy_runtime`.
//!
//! The order of the checks is `X-Api-Auth-Version` (4001), `X-Api-ClientID` (4002, 4003),
//! `X-Api-TimeStamp` (4006), `X-Api-SignHeaders` and `X-Api-Nonce` (4007), `X-Api-Signature` (4008),
//! `app-token` (4009, 4010, 4011), `X-GW-Router-Addr` (HTTP 404 `No Route`), path (5001), method
//! (5002), then the request against the spec. The header `X-Sandbox-Reason` explains `No Route`.
//!
//! Every sandbox has the same made-up credentials. Any other client id is refused, so that real
//! credentials are never accepted by mistake.
//!
//! # Signatures
//!
//! The vendor's two clients encode a query differently, and each is consistent in itself: one sends
//! a space as `%20` and signs `%2520`, the other sends `+` and signs `%2B`. One rule fits both, and
//! the sandbox follows it: each name and value of the query, as it is on the wire, is
//! percent-encoded once more (RFC 3986, upper-case hex), and the pairs are sorted. In a value, `+`
//! is a space. `X-Api-SignHeaders` may name nonce and timestamp in either order and further headers;
//! the lines of the signed headers are sorted by their lower-case names.
//!
//! # Admin interface
//!
//! Under `/__sandbox/`, JSON over HTTP, for tests in any language: the recorded requests, faults,
//! state, clock. [`Sandbox::console_url`] is a page for people. Requests there need no signature, are
//! not recorded, and no fault fires on them. Other machines ([`Builder::admin_anywhere`]) and pages
//! of other sites are refused.
//!
//! # TLS
//!
//! With the feature `tls`, `Builder::tls` serves https. The certificates are generated at the start;
//! a client has to trust `Sandbox::ca_pem`.
//!
//! # Recharges
//!
//! A line of a rule gives `donate_amount`, once, for a recharge of at least `recharge_amount`.
//! A recharge that names a `rule_detail_id` gets that line's gift; one that names only a `rule_id`
//! gets the gift of the largest amount it reaches; one that names neither gets none. By default
//! there are two members: `10` with 100.00 and gifts of 5 for 50 and 30 for 200, and `11` with 0.00
//! and no rule.
//!
//! `ls.recharge_record` lists the recharges, the last one first, at most 100 on a page. A record has
//! an id of its own: whether the product's is that of the bill is not known.
//! `ls.account_balance_info` tells what a member has: what was paid, with the balance at the start,
//! and what was given. Nothing is ever consumed, and no points are kept.
//!
//! Each account set has its own ledger. All begin alike.
//!
//! # Documents
//!
//! A save inserts a document, or changes the one whose id it gives: each field that is sent replaces
//! the one of its name, the others stay. A document without a number gets one. A number that another
//! document of the kind has is refused (`组合值与其他表单重复`); the numbers of vouchers begin anew in
//! each period and for each group (凭证字), and a second one of a `source_bill_no` is refused
//! ([`Builder::accept_repeated_sources`] takes it). A detail finds a document by id or by number, of several
//! the newest. A list shows the newest first, and takes the filters that the spec names, the windows of
//! `create_*` and `modify_*`, `search`, `page` and `page_size` (cut to 100); an argument of which the
//! spec does not say what it filters is accepted and ignored. `sys.common_operate` audits, un-audits,
//! closes, invalidates and deletes all of its documents or none; an audited document is neither
//! changed nor deleted. A batch whose answer has errors for its rows can fail in part; any other
//! is saved as a whole or not at all. What the spec knows of a record (`x-jdy-resource`) drives all of
//! this; two tables say what it does not: which fields name other documents, and which records have
//! a period. A member that is saved can be recharged, until it is deleted.
//!
//! An answer holds what was saved, under the names and in the types of the answer's schema; ids,
//! times and states; and, where a field names another document (`customer_id`), that document's
//! `customer_number` and `customer_name`. Private fields are encrypted as the vendor does it. Of a
//! field of which nothing is known there is an empty text or list, and nothing of another type; it
//! is never made up. Operations on records that nothing saves, reports and the like are answered with
//! a sample from the spec, with the header `X-Sandbox-Answer: sample`.
//!
//! At the start there is a small shop, the same every time: units, materials, customers, suppliers,
//! warehouses, departments, employees, accounts, orders and vouchers. [`Builder::empty`] begins
//! without. [`Builder::strict_references`] refuses a save that names a customer, material, unit,
//! warehouse, supplier, department or employee that does not exist (`参数number[KH9]不存在`).
//! [`Sandbox::state`] and [`Sandbox::replace_state`] take all data out and in, as JSON.
//!
//! # What is unknown
//!
//! The numbers of the product's own errors: all but two of those here belong to a block of the
//! sandbox's own.
//!
//! | errcode | means |
//! |---|---|
//! | 1030002006 | the app key or app signature is wrong or stale (the real number) |
//! | 1020002008 | the account set is not active (the real number, seen once) |
//! | 1999000001 | the body cannot be read |
//! | 1999000002 | a field that the spec does not know |
//! | 1999000003 | a required field is missing, or the key of a recharge is empty |
//! | 1999000004 | a field of the wrong type |
//! | 1999000005 | no such outer instance |
//! | 1999010001 | no such member |
//! | 1999010002 | an amount of zero, below zero or not a number |
//! | 1999010003 | settlement lines that do not add up to the amount |
//! | 1999010004 | a rule that does not fit the member or the amount |
//! | 1999010005 | a source other than 9 |
//! | 1999020001 | a document that does not exist, or a number of several |
//! | 1999020002 | a number that another document has |
//! | 1999020003 | a document that is audited, closed or invalid, or is not |
//!
//! The last three come with the product's `param error` and its reason in `description_cn`; the
//! header `X-Sandbox-Reason` explains it. Of these reasons, two are the product's own words: a number
//! that exists and a reference that does not. Unknown about documents: whether every kind refuses a
//! number that exists, what a detail answers where there is none (here a refusal), whether a save
//! keeps the fields that it does not send, the order of a list, and the form of a number that the
//! product gives.
//!
//! Also unknown: whether the product answers a repeated `src_bill_id` with the first bill
//! ([`Builder::dedupe_src_bill_id`], off by default), whether a new token revokes the older ones
//! ([`Builder::old_tokens`]), and whether a repeated nonce is refused (here it is counted,
//! [`Sandbox::replayed_nonces`]).
#![allow(
    clippy::disallowed_methods,
    reason = "the sandbox keeps its own time; it uses nothing of the SDK"
)]

mod account;
mod admin;
mod answer;
mod clock;
mod decimal;
mod encrypt;
mod fault;
mod form;
mod gateway;
mod ledger;
mod page;
mod product;
pub mod request;
mod sandbox;
mod server;
pub mod signature;
mod spec;
#[cfg(feature = "tls")]
mod tls;
mod verdict;

pub use rust_decimal::Decimal;

pub use crate::account::{
    AccountSet, AuthorizeData, AuthorizeEnvelope, CLIENT_ID, CLIENT_SECRET, OUTER_INSTANCE_ID,
    OldTokens, ROUTER_ADDR,
};
pub use crate::clock::{Clock, SystemClock};
pub use crate::fault::{Fault, FaultError, FaultKind};
pub use crate::gateway::RecordedRequest;
pub use crate::ledger::{Bill, Member};
pub use crate::product::StateError;
pub use crate::sandbox::{Builder, SPEC, Sandbox, StartError};
