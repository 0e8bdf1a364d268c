//! The client of a command: by its settings, with tokens kept between one command and the next,
//! since the gateway allows few token calls a minute.
//!
//! Owns where the command's tokens are kept. Must not know which operation is called.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use jdy::token::{FileStore, LimitClass, StoreError};
use jdy::{Client, ClientBuilder, Hooks, Secret};

use crate::exit::{Failure, OneLine};
use crate::language::{explained, say};
use crate::settings::Settings;

/// Reports deviations from the settings on stderr, each kind once per run.
#[derive(Default)]
struct Warnings {
    /// Whether the limits are kept in the database of the list, apart from the tokens.
    limits_in_database: bool,
    /// Whether they are kept in the token store.
    shares_limits: bool,
    store: AtomicBool,
    limit: AtomicBool,
    router: AtomicBool,
}

impl Warnings {
    fn once(told: &AtomicBool, text: &str) {
        if !told.swap(true, Ordering::Relaxed) {
            crate::stderr::line(format_args!("jdy: {}", OneLine(text)));
        }
    }
}

impl Hooks for Warnings {
    fn token_store_failed(&self, _: &str, error: &StoreError) {
        let text = match (self.limits_in_database, self.shares_limits) {
            (true, _) => say!("store-failed-any", error = error),
            (false, true) => say!("store-failed-both", error = error),
            (false, false) => say!("store-failed-tokens", error = error),
        };
        Self::once(&self.store, &text);
    }

    fn waiting_for_permit(&self, _: &str, calls: LimitClass) {
        let text = match calls {
            LimitClass::Business => say!("waiting-for-calls"),
            LimitClass::Token => say!("waiting-for-token-calls"),
        };
        Self::once(&self.limit, &text);
    }

    fn router_over_https(&self, _: &str, given: &str) {
        let text = say!("router-over-https", address = given);
        Self::once(&self.router, &text);
    }
}

/// A client builder by these settings. Tokens are kept in a file of the user's cache folder unless
/// the settings name another store; without a cache folder they are not kept.
pub(crate) fn builder(
    settings: &Settings,
    limits_in_database: bool,
) -> Result<ClientBuilder, Failure> {
    let builder = Client::builder().hooks(Warnings {
        limits_in_database,
        shares_limits: settings.shares_limits(),
        ..Warnings::default()
    });
    let mut builder = builder
        .from_names(&|name| settings.get(name))
        .map_err(|error| settings.refused(&error))?;
    if settings.account() != Client::DEFAULT_ACCOUNT {
        builder = builder.account(settings.account(), settings.credentials()?);
    }
    Ok(match default_store(settings) {
        Some((file, secret)) => builder.token_store(FileStore::new(file, &secret)),
        None => builder,
    })
}

/// The file that keeps tokens where the settings name no store, and what seals it.
pub(crate) fn default_store(settings: &Settings) -> Option<(PathBuf, Secret)> {
    if settings.get("JDY_TOKEN_STORE").is_some() || settings.shares_limits() {
        return None;
    }
    let file = cache_folder()?.join("jdy").join("tokens");
    let secret = settings.get("JDY_CLIENT_SECRET")?;
    Some((file, Secret::from(secret)))
}

/// The failure for settings from which no client can be built.
pub(crate) fn refused(error: jdy::ConfigError) -> Failure {
    Failure::usage(say!("settings-refused", error = explained(error)))
}

/// The user's cache folder.
fn cache_folder() -> Option<PathBuf> {
    let named = |name| std::env::var_os(name).map(PathBuf::from);
    let home = || std::env::home_dir().filter(|home| home.is_absolute());
    let folder = if cfg!(windows) {
        named("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library/Caches"))
    } else {
        named("XDG_CACHE_HOME").or_else(|| named("HOME").map(|home| home.join(".cache")))
    };
    folder.filter(|folder| folder.is_absolute())
}
