//! The environment variables that configure a client.
//!
//! Owns their names, but for those of the credentials, and what each may say. Must not know how a
//! store works.
//! Must not use: `crate::call`, `crate::account`.

use super::ClientBuilder;
use crate::address::Address;
use crate::config::{ConfigError, check_readable};
use crate::credentials::Credentials;
use crate::secret::Secret;
use crate::token::{MemoryStore, Store};

impl ClientBuilder {
    /// Takes credentials, address and token store from the environment, as `Client::from_env`
    /// does, and leaves the rest as it is.
    ///
    /// # Errors
    /// A variable that is missing or makes no sense, by name.
    #[allow(clippy::wrong_self_convention)] // It adds to a builder; nothing is converted.
    pub fn from_env(self) -> Result<Self, ConfigError> {
        let own = ["JDY_BASE_URL", "JDY_TOKEN_STORE", "JDY_SHARE_LIMITS"];
        for names in [&own[..], &Credentials::NAMES] {
            check_readable(names, &|name| std::env::var(name))?;
        }
        self.from_names(&|name| std::env::var(name).ok())
    }

    /// As [`from_env`](Self::from_env), from any source of texts that have the names of these
    /// variables. An empty text counts as missing.
    ///
    /// # Errors
    /// A text that is missing or makes no sense, by its name.
    #[allow(clippy::wrong_self_convention)] // It adds to a builder; nothing is converted.
    pub fn from_names(
        mut self,
        look_up: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let get = |name| look_up(name).filter(|text| !text.trim().is_empty());
        if let Some(base_url) = get("JDY_BASE_URL") {
            Address::parse(&base_url)
                .and_then(|address| address.check_base())
                .map_err(|error| ConfigError::new("JDY_BASE_URL", error.to_string()))?;
            self.base_url = base_url;
        }
        let credentials = Credentials::from_names(look_up)?;
        let limits = shared_limits(get("JDY_SHARE_LIMITS").as_deref())?;
        let store = get("JDY_TOKEN_STORE");
        // Limits cannot be shared without a store.
        let store = store.or((limits == LimitScope::Store).then(|| "memory".to_owned()));
        if let Some(store) = store {
            self.store = named_store(store.trim(), &credentials.client_secret, limits)?;
        }
        Ok(self.credentials(credentials))
    }
}

/// Who keeps to the limits together: each process alone, or all that use one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LimitScope {
    Process,
    Store,
}

/// What `JDY_SHARE_LIMITS` says.
fn shared_limits(text: Option<&str>) -> Result<LimitScope, ConfigError> {
    match text.map(str::trim) {
        None | Some("0") => Ok(LimitScope::Process),
        Some("1") => Ok(LimitScope::Store),
        Some(_) => Err(ConfigError::new("JDY_SHARE_LIMITS", "is neither 1 nor 0")),
    }
}

/// The store that `JDY_TOKEN_STORE` names.
fn named_store(
    name: &str,
    client_secret: &Secret,
    limits: LimitScope,
) -> Result<Box<dyn Store>, ConfigError> {
    let wrong = |why| Err(ConfigError::new("JDY_TOKEN_STORE", why));
    let scheme = name.split_once(':').map_or(name, |(scheme, _)| scheme);
    match scheme {
        "redis" | "rediss" => redis_store(name, client_secret, limits),
        "memory" | "file" if limits == LimitScope::Store => Err(ConfigError::new(
            "JDY_SHARE_LIMITS",
            "is 1, for which JDY_TOKEN_STORE must name a Redis server",
        )),
        "memory" => Ok(Box::new(MemoryStore::default())),
        "file" => file_store(name, client_secret),
        _ => wrong("is none of memory, file:PATH, redis://HOST:PORT and rediss://HOST:PORT"),
    }
}

#[cfg(feature = "file-store")]
fn file_store(name: &str, client_secret: &Secret) -> Result<Box<dyn Store>, ConfigError> {
    match name.strip_prefix("file:") {
        Some(path) if !path.is_empty() => {
            Ok(Box::new(crate::token::FileStore::new(path, client_secret)))
        }
        _ => Err(ConfigError::new("JDY_TOKEN_STORE", "names no file")),
    }
}

#[cfg(not(feature = "file-store"))]
fn file_store(_: &str, _: &Secret) -> Result<Box<dyn Store>, ConfigError> {
    let why = "names a file, and the feature `file-store` is off";
    Err(ConfigError::new("JDY_TOKEN_STORE", why))
}

#[cfg(feature = "redis")]
fn redis_store(
    name: &str,
    client_secret: &Secret,
    limits: LimitScope,
) -> Result<Box<dyn Store>, ConfigError> {
    let store = crate::token::RedisStore::new(name, client_secret)
        .map_err(|error| ConfigError::new("JDY_TOKEN_STORE", error.why()))?;
    Ok(Box::new(match limits {
        LimitScope::Process => store,
        LimitScope::Store => store.share_limits(),
    }))
}

#[cfg(not(feature = "redis"))]
fn redis_store(_: &str, _: &Secret, _: LimitScope) -> Result<Box<dyn Store>, ConfigError> {
    let why = "names a Redis server, and the feature `redis` is off";
    Err(ConfigError::new("JDY_TOKEN_STORE", why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_store_is_named_in_one_word_or_refused_by_the_name_of_its_variable() {
        let secret = Secret::from("MARKER");
        let named = |name: &str| named_store(name, &secret, LimitScope::Process);
        assert!(named("memory").is_ok());
        let file = named("file:/tmp/tokens");
        assert_eq!(file.is_ok(), cfg!(feature = "file-store"));
        let redis = named("redis://127.0.0.1:6379");
        assert_eq!(redis.is_ok(), cfg!(feature = "redis"));
        for wrong in ["", "file", "file:", "/tmp/tokens", "redis", "disk:x"] {
            let error = named(wrong).err();
            let setting = error.as_ref().map(ConfigError::setting);
            assert_eq!(setting, Some("JDY_TOKEN_STORE"), "{wrong}");
        }
        let error = named("redis://:MARKER@host:port").err();
        assert!(!format!("{error:?}").contains("MARKER"));
    }

    #[test]
    fn a_client_is_built_from_any_source_of_the_names() {
        let source = |base_url: &'static str| {
            move |name: &str| {
                let text = match name {
                    "JDY_BASE_URL" => base_url,
                    "JDY_CLIENT_ID" => "123456",
                    "JDY_CLIENT_SECRET" => "MARKER",
                    "JDY_OUTER_INSTANCE_ID" => "4924",
                    _ => return None,
                };
                Some(text.to_owned())
            }
        };
        let builder = || ClientBuilder::default();
        let built = builder().from_names(&source("https://127.0.0.1:1"));
        let base_url = built.map(|builder| builder.base_url);
        assert_eq!(base_url, Ok("https://127.0.0.1:1".to_owned()));
        let refused = builder().from_names(&source("http://example.com")).err();
        let setting = refused.as_ref().map(ConfigError::setting);
        assert_eq!(setting, Some("JDY_BASE_URL"));
        let missing = builder().from_names(&|_| None).err();
        assert!(missing.is_some_and(|error| error.setting() == "JDY_CLIENT_ID"));
    }

    #[test]
    fn redis_over_tls_is_spoken_or_refused_with_what_to_do() {
        let secret = Secret::from("MARKER");
        let named = named_store("rediss://127.0.0.1:6379", &secret, LimitScope::Process);
        let told = named.err().map(|error| error.to_string());
        if cfg!(feature = "redis-tls") {
            assert_eq!(told, None);
        } else if cfg!(feature = "redis") {
            assert!(told.is_some_and(|told| told.contains("`redis-tls`")));
        } else {
            assert!(told.is_some_and(|told| told.contains("`redis`")));
        }
    }

    #[test]
    fn limits_are_shared_through_redis_or_the_variable_is_refused() {
        assert!(shared_limits(None) == Ok(LimitScope::Process));
        assert!(shared_limits(Some("0")) == Ok(LimitScope::Process));
        assert!(shared_limits(Some("1")) == Ok(LimitScope::Store));
        assert!(shared_limits(Some("yes")).is_err());
        let secret = Secret::from("s");
        for name in ["memory", "file:/tmp/tokens"] {
            let error = named_store(name, &secret, LimitScope::Store).err();
            let setting = error.as_ref().map(ConfigError::setting);
            assert_eq!(setting, Some("JDY_SHARE_LIMITS"), "{name}");
        }
    }
}
