//! Where a journal is kept: in a file, or in a Postgres database under the name of a list.
//!
//! Owns the reading of `--journal` and `--list`, and opening the store. Must not know what is
//! written into it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jdy::ClientBuilder;
#[cfg(feature = "postgres")]
use jdy_journal::PostgresLimiter;
use jdy_journal::{JournalStore, SqliteStore, StoreError};

use crate::exit::Failure;
use crate::language::say;

#[cfg(feature = "postgres")]
fn in_postgres(list: &str) -> String {
    say!("place-postgres", list = format!("{list:?}"))
}

/// The place of a journal.
pub(crate) enum Place {
    /// A file.
    File(PathBuf),
    /// A list in a database.
    #[cfg(feature = "postgres")]
    Postgres(Box<self::postgres::Held>),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            #[cfg(feature = "postgres")]
            Self::Postgres(held) => f.write_str(&in_postgres(&held.list)),
        }
    }
}

/// What holds for a list of a database alone.
#[derive(Clone, Copy, Default)]
pub(crate) struct OfDatabase {
    /// A new list may have lines that another list of the database has.
    pub(crate) may_repeat: bool,
    /// It goes on after a failover.
    pub(crate) trusts_failover: bool,
}

impl Place {
    /// Reads `--journal` and `--list`. A database is connected to, and nothing is written.
    pub(crate) fn of(journal: &Path, list: Option<&str>, own: OfDatabase) -> Result<Self, Failure> {
        let address = journal.to_str().filter(|text| is_address(text));
        match (address, list) {
            (None, None) => Ok(Self::File(journal.to_owned())),
            (None, Some(_)) => Err(Failure::usage(say!("place-file-list"))),
            (Some(_), None) => Err(Failure::usage(say!("place-no-list"))),
            (Some(address), Some(list)) => database(address, list, own),
        }
    }

    /// Whether there is a journal already.
    pub(crate) fn has_journal(&self) -> bool {
        match self {
            Self::File(path) => path.exists(),
            #[cfg(feature = "postgres")]
            Self::Postgres(held) => held.has_journal,
        }
    }

    /// The file; `None` for a database.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => None,
        }
    }

    /// Lets the client keep to its limits together with all others whose journals are there.
    pub(super) async fn share_limits(
        &self,
        builder: ClientBuilder,
    ) -> Result<ClientBuilder, StoreError> {
        match self {
            Self::File(_) => Ok(builder),
            #[cfg(feature = "postgres")]
            Self::Postgres(held) => {
                let limiter = PostgresLimiter::connect(held.config.clone()).await?;
                Ok(builder.shared_limiter(limiter))
            }
        }
    }

    /// Opens the store.
    pub(crate) fn store(&self) -> Result<Arc<dyn JournalStore>, StoreError> {
        match self {
            Self::File(path) => Ok(Arc::new(SqliteStore::open(path)?)),
            #[cfg(feature = "postgres")]
            Self::Postgres(held) => Ok(held.store.clone()),
        }
    }
}

#[cfg(not(feature = "postgres"))]
fn database(_: &str, _: &str, _: OfDatabase) -> Result<Place, Failure> {
    Err(Failure::usage(say!("place-no-postgres")))
}

/// Whether this names a database.
pub(super) fn is_address(journal: &str) -> bool {
    let text = journal.trim_start();
    text.starts_with("postgres:") || text.starts_with("postgresql:")
}

#[cfg(feature = "postgres")]
pub(super) use self::postgres::config;
#[cfg(feature = "postgres")]
use self::postgres::database;

#[cfg(feature = "postgres")]
mod postgres {
    use std::sync::Arc;

    use jdy_journal::{JournalStore as _, PostgresConfig, PostgresStore, StoreError};

    use super::super::complain;
    use super::super::event::in_words;
    use super::{OfDatabase, Place};
    use crate::exit::Failure;
    use crate::language::say;

    /// A list that was looked at.
    pub(crate) struct Held {
        pub(super) list: String,
        pub(super) store: Arc<PostgresStore>,
        pub(super) config: PostgresConfig,
        pub(super) has_journal: bool,
    }

    /// How the database of this address is reached.
    pub(crate) fn config(address: &str) -> Result<PostgresConfig, Failure> {
        let wrong = |why: &dyn std::fmt::Display| Failure::usage(say!("place-wrong", why = why));
        let given = PostgresConfig::parse(address).map_err(|error| wrong(&error))?;
        if given.has_password() {
            return Err(wrong(&say!("place-password")));
        }
        let config = PostgresConfig::from_environment(address).map_err(|error| wrong(&error))?;
        Ok(config.on_event(|event| complain(&in_words(event))))
    }

    pub(super) fn database(address: &str, list: &str, own: OfDatabase) -> Result<Place, Failure> {
        let mut config = config(address)?;
        if own.may_repeat {
            config = config.allow_repeated_lines();
        }
        if own.trusts_failover {
            config = config.trust_failover();
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .map_err(|error| Failure::other(say!("cannot-run-calls", error = error)))?;
        let opened = runtime.block_on(async {
            let store = PostgresStore::connect(config.clone(), list).await?;
            let has_journal = store.header().await?.is_some();
            Ok((store, has_journal))
        });
        let (store, has_journal) = opened.map_err(|error: StoreError| {
            let place = super::in_postgres(list);
            let message = say!("at-place-unsent", place = place, error = error);
            match error {
                StoreError::NotAJournal(_) => Failure::usage(message),
                _ => Failure::other(message),
            }
        })?;
        Ok(Place::Postgres(Box::new(Held {
            list: list.to_owned(),
            store: Arc::new(store),
            config,
            has_journal,
        })))
    }
}
