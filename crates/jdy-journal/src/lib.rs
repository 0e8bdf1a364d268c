//! A journal of calls that must not be made twice, and lists of calls that go on where they
//! stopped.
//!
//! The intent of a call is on disk before the call leaves, what became of it afterwards. So
//! whenever the program or the machine ends, every call is known to be done, refused, not sent,
//! or honestly unknown; and none is made twice.
//!
//! # The states of a line
//!
//! | state | means | sent by a later run |
//! |---|---|---|
//! | `planned` | nothing happened yet | yes |
//! | `intent` | it left or may have left; in a journal that nobody works on it reads `unknown` | no |
//! | `done` | the product answered yes | no |
//! | `rejected` | the product answered no, of all or of some rows ([`Entry::is_rejected_in_part`]) | no |
//! | `not_sent` | it never left, or anyone but the product refused it (the gateway, whoever checks token and secret): that is final for no line | yes |
//! | `unknown` | it may have taken effect | only when its key is named ([`Options::resend`]); a call that only reads is repeated. Whoever has looked it up can settle it: as done, or as not sent ([`Journal::settle`], [`Options::settle`]) |
//! | `applied` | it took effect, but its answer could not be read; the answer is in the journal | no |
//!
//! # For services
//!
//! ```no_run
//! # #[cfg(feature = "sqlite")]
//! # async fn recharge(client: jdy::Client, request: jdy::ls::mall_recharge::Required)
//! # -> Result<(), Box<dyn std::error::Error>> {
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
//! A list is known by its requests and their order, not by the bytes of its file: saved anew in
//! another form, and with its decimals written otherwise (`100` for `100.00`), it goes on. No key stands in it twice, and where neither the spec nor the caller
//! ([`Reading::key`]) names one, no two lines ask for the same unless that is allowed.
//!
//! # What is on disk
//!
//! A change is told to be written when it is in the file itself, on disk, and not merely in the
//! `-wal` beside it. So after a kill the file alone says all that was ever told to anyone, and
//! `-wal` may be lost or damaged. A process that is killed in the very middle of writing leaves
//! a file whose parts are of two moments; a sum over its content tells that, and then `-wal`
//! completes it, or it is refused. A refusal changes no byte of any file: nothing is written before
//! the first change. A lock of the file's own
//! (`flock`), beside SQLite's, keeps others out whatever this process opens and closes.
//!
//! # What it cannot do
//!
//! The journal is the memory: the same list with another journal is another list, and an older
//! copy of a journal knows nothing of what came later. It says what became of its own calls, and
//! nothing of those that others made with the same keys.

mod call;
mod cells;
mod csv_file;
mod decimals;
mod entry;
mod journal;
mod jsonl_file;
mod list;
mod run;
mod settle;
mod spoilt;
#[cfg(feature = "sqlite")]
mod sqlite;
mod state;
mod store;
#[cfg(feature = "testing")]
pub mod testing;

pub use crate::entry::{AnswerUpdate, Change, Entry};
pub use crate::journal::{Journal, JournalError, OnceError};
pub use crate::list::{Format, Line, List, Problem, Reading, Refused};
pub use crate::run::{Counts, Options, Progress, RunError, Stopped, Summary, run};
pub use crate::settle::{Ask, Fate, Settling, Word, settling};
pub use crate::spoilt::spoilt;
#[cfg(feature = "sqlite")]
pub use crate::sqlite::SqliteStore;
pub use crate::state::State;
pub use crate::store::{Hash, Header, Identity, JournalStore, Planned, StoreError};
