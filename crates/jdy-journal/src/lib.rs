//! A journal of calls that must not be made twice, and lists of calls that go on where they
//! stopped.
//!
//! The intent of a call is on disk before the call is sent, and its outcome afterwards. So
//! whenever the program or the machine stops, every call is known to be done, rejected or not
//! sent, or it is reported as unknown; and none is made twice.
//!
//! # The states of a line
//!
//! | state | means | sent by a later run |
//! |---|---|---|
//! | `planned` | it was not sent yet | yes |
//! | `intent` | it was sent or may have been; if the process that sent it has ended it reads `unknown` | no |
//! | `done` | the product accepted it | no |
//! | `rejected` | the product refused it, or some of its rows ([`Entry::is_rejected_in_part`]) | no |
//! | `not_sent` | it was not sent, or something other than the product refused it (the gateway or its authentication); that is never final | yes |
//! | `unknown` | it may have taken effect | only when its key is named ([`Options::resend`]); a call that only reads is repeated. A run that reconciles ([`Options::reconcile`]) looks it up by its number. After looking it up, a person can resolve it as done or as not sent ([`Journal::resolve`], [`Options::resolutions`]) |
//! | `applied` | it took effect, but its answer could not be read; the answer is in the journal | no |
//!
//! # For services
//!
//! ```no_run
//! # #[cfg(feature = "sqlite")]
//! # async fn recharge(client: jdy::Client, request: jdy::ls::mall_recharge::Required)
//! # -> Result<(), Box<dyn std::error::Error>> {
//! use jdy::ClientExt;
//! use jdy_journal::{Journal, OnceError, SqliteStore};
//!
//! let store = SqliteStore::open("recharges.journal")?;
//! let journal = Journal::open(store, "recharges", "account set of shop 1").await?;
//! let key = request.src_bill_id.clone();
//! match journal.once(&key, client.ls().mall_recharge(request)).await {
//!     Ok(receipt) => println!("{}", receipt.bill_no),
//!     Err(OnceError::Known(entry)) => println!("it is in the journal already: {}", entry.state),
//!     Err(error) => println!("{error}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # For lists
//!
//! A [`List`] is read from a file and checked as a whole; [`Journal::of_list`] makes or finds its
//! journal, and [`run`] makes the calls. That is what `jdy batch` does.
//!
//! A list is identified by its requests and their order, not by the bytes of its file. Saved in
//! another form, or with its decimals written differently (`100` for `100.00`), it continues. No
//! key may occur twice in it. Where neither the spec nor the caller ([`Reading::key`]) names a key,
//! no two lines may make the same request unless that is allowed.
//!
//! # Several processes
//!
//! A file is locked by one process. A list in a database (`PostgresStore`) is run by as many
//! processes as one likes: each calls [`run`] with the same list, claims lines that no other has,
//! and ends when the list has ended for all. A process that dies loses its lease after a while:
//! the lines that it had only claimed are free again, and those whose calls were under way are
//! unknown, never planned. [`Fleet`] says what a shared store does.
//!
//! # What is on disk
//!
//! In a file (`SqliteStore`); of a database the documentation of `PostgresStore` says it.
//!
//! A change is reported as written when it is in the file itself, on disk, and not merely in the
//! `-wal` beside it. So after a kill the file alone holds everything that was reported, and `-wal`
//! may be lost or damaged. A process that is killed in the middle of writing leaves a file with
//! old and new parts. A checksum over its content detects that; then `-wal` completes the file, or
//! the file is refused. A refusal changes no byte of any file: nothing is written before the first
//! change. A lock on the file (`flock`), beside SQLite's own, excludes other processes, whatever
//! this process opens and closes.
//!
//! # What it cannot do
//!
//! Only the journal knows which calls were made: the same list with another journal is sent again,
//! and an older copy of a journal lacks what happened later. It covers its own calls, not those
//! that others made with the same keys.

mod call;
mod cells;
mod csv_file;
mod decimals;
mod entry;
mod fleet;
mod journal;
mod jsonl_file;
mod list;
#[cfg(feature = "postgres")]
mod postgres;
mod reconcile;
mod report;
mod resolution;
mod run;
mod shared_line;
mod spoilt;
#[cfg(feature = "sqlite")]
mod sqlite;
mod state;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod under_way;

pub use crate::entry::{AnswerUpdate, Change, Entry};
pub use crate::fleet::{Claim, Fleet, LateAnswer, LookUpProgress, Rest, WorkerInfo};
pub use crate::journal::{Difference, Journal, JournalError, OnceError};
pub use crate::list::{Format, InvalidList, Line, List, Problem, Reading};
#[cfg(feature = "postgres")]
pub use crate::postgres::{
    InvalidAddress, Missing, PostgresConfig, PostgresEvent, PostgresLimiter, PostgresStore,
    Recovered,
};
pub use crate::reconcile::{Reconcile, Reconciled};
pub use crate::report::{FoundOut, ReportFact};
pub use crate::resolution::{Resolution, ResolveError, ResolvedAs};
pub use crate::run::{Counts, Options, Progress, RunError, Stopped, Summary, run};
pub use crate::shared_line::{LateEnd, LineWriter, SharedChange, SharedLine};
pub use crate::spoilt::spoilt;
#[cfg(feature = "sqlite")]
pub use crate::sqlite::SqliteStore;
pub use crate::state::State;
pub use crate::store::{Header, Identity, JournalStore, PlannedEntry, RequestHash, StoreError};
