//! The client of a command: the environment's, with tokens kept between one command and the next,
//! since the gateway allows few token calls a minute.

use std::path::PathBuf;

use jdy::token::FileStore;
use jdy::{Client, ClientBuilder, Secret};

use crate::exit::Failure;

/// A client from the environment, to be put together. Tokens lie in a file of the user's cache
/// folder unless `JDY_TOKEN_STORE` names another place; where there is no such folder, they are
/// not kept.
pub(crate) fn builder() -> Result<ClientBuilder, Failure> {
    let builder = Client::builder().from_env().map_err(refused)?;
    let named = std::env::var("JDY_TOKEN_STORE").is_ok_and(|store| !store.trim().is_empty());
    let secret = std::env::var("JDY_CLIENT_SECRET");
    Ok(match (named, cache_folder(), secret) {
        (false, Some(folder), Ok(secret)) => {
            let file = folder.join("jdy").join("tokens");
            builder.token_store(FileStore::new(file, &Secret::from(secret)))
        }
        _ => builder,
    })
}

/// What is said of an environment that makes no client.
pub(crate) fn refused(error: jdy::ConfigError) -> Failure {
    Failure::usage(format!("{error}; `jdy --help` lists the variables"))
}

/// Where programs keep what they can get again.
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
