//! Tokens in Redis, for all processes of a fleet.
//!
//! Owns the keys, the scripts and the one connection. It must not know what a token is good for.
//!
//! Under `jdy:token:<key>` lies a sealed token, until it ends, or what an instance resolved to,
//! readable and without an end; under `jdy:lease:<key>` the owner of the right to fetch one, for as
//! long as it is leased; under `jdy:calls:<key>` and `jdy:token-calls:<key>` the times of the last
//! calls, where the fleet shares its limits. Redis 6.2 or newer; no cluster.

#[cfg(feature = "redis-tls")]
mod tls;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind};
use tokio::sync::Mutex;

use super::seal::Seal;
use super::{
    Acquire, Lease, LeaseStore, LimitClass, PermitId, SharedLimiter, StoreError, Token, TokenStore,
};
use crate::config::ConfigError;
use crate::limit::Rate;
use crate::runtime::{BoxFuture, epoch_millis};
use crate::secret::Secret;

/// The time limit for a connection and for an answer. A client with a valid token asks nothing, and
/// one without a token must not wait for long.
const REQUEST_TIMEOUT: Duration = Duration::from_millis(400);

/// Sets a key that is not there. Returns what is there then.
const PUT_IF_ABSENT: &str = "\
local held = redis.call('GET', KEYS[1])
if held then
  return held
end
redis.call('SET', KEYS[1], unpack(ARGV))
return ARGV[1]";

/// Deletes a token if its sealed form begins like this.
const EXPIRE_IF: &str = "\
local held = redis.call('GET', KEYS[1])
if held and string.sub(held, 1, #ARGV[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0";

/// Grants or renews a lease (-1), or returns the milliseconds for which another owner has it. A lease
/// without an end counts as free.
const LEASE: &str = "\
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return -1
end
local left = redis.call('PTTL', KEYS[1])
if left < 0 or redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return -1
end
return left";

/// Grants a permit (-1), or returns the milliseconds until one is free. The time is that of Redis,
/// so that all processes share one clock. A time that is still to come is one of before that clock
/// was set back, and does not count. A permit that was granted already is granted again: its answer
/// was lost, and the question is put once more.
const PLACE: &str = "\
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local period = tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - period)
redis.call('ZREMRANGEBYSCORE', KEYS[1], now + period, '+inf')
if redis.call('ZSCORE', KEYS[1], ARGV[3]) then
  return -1
end
if redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('ZADD', KEYS[1], now, ARGV[3])
  redis.call('PEXPIRE', KEYS[1], period)
  return -1
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return math.max(1, oldest[2] + period - now + 1)";

/// Gives a lease back, if it is this owner's.
const RELEASE: &str = "\
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0";

/// Keeps tokens in Redis, sealed with a key derived from the client secret, so that whoever reads
/// there can do nothing with them. Which account set an instance was resolved to lies there
/// unsealed: it is no secret, and is still known after the client secret was rotated. Clones share
/// one connection, which is made when first needed and made anew when it breaks.
///
/// It works inside a tokio runtime.
#[derive(Clone)]
pub struct RedisStore {
    inner: Arc<Inner>,
    limits: Sharing,
}

/// Whether the fleet shares its limits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sharing {
    Off,
    On,
}

struct Inner {
    client: redis::Client,
    #[cfg(feature = "redis-tls")]
    tls: Option<tls::Tls>,
    seal: Seal,
    connection: Mutex<Option<MultiplexedConnection>>,
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address can hold a password.
        f.debug_struct("RedisStore").finish_non_exhaustive()
    }
}

impl RedisStore {
    /// Tokens in the Redis of this address, `redis://[:PASSWORD@]HOST[:PORT][/DATABASE]`, or
    /// `rediss://..` over TLS (feature `redis-tls`), for which the system's certificates count. It
    /// is not asked yet.
    ///
    /// # Errors
    /// The address is invalid.
    pub fn new(address: &str, client_secret: &Secret) -> Result<Self, ConfigError> {
        let wrong = |why: String| ConfigError::new("token store", why);
        let plain = address.strip_prefix("rediss:");
        #[cfg(not(feature = "redis-tls"))]
        if plain.is_some() {
            let why = "asks for Redis over TLS, and the feature `redis-tls` is off";
            return Err(wrong(why.to_owned()));
        }
        let opened = match plain {
            Some(rest) => redis::Client::open(format!("redis:{rest}")),
            None => redis::Client::open(address),
        };
        // The error could repeat the password.
        let client = opened.map_err(|_| wrong("is no address of a Redis server".to_owned()))?;
        Ok(Self {
            inner: Arc::new(Inner {
                #[cfg(feature = "redis-tls")]
                tls: plain
                    .map(|_| tls::Tls::new(&client))
                    .transpose()
                    .map_err(wrong)?,
                client,
                seal: Seal::new(client_secret),
                connection: Mutex::const_new(None),
            }),
            limits: Sharing::Off,
        })
    }

    /// Lets all clients that do the same keep to the limits of business calls and of token calls
    /// ([`Limits`](crate::Limits)) together, for each account set. It costs a question to Redis
    /// before each call; while Redis is unavailable, each client keeps to its own limits.
    #[must_use]
    pub fn share_limits(mut self) -> Self {
        self.limits = Sharing::On;
        self
    }
}

/// Whether a connection was there before the question.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    New,
    Old,
}

impl Inner {
    /// Asks Redis. Every question may be asked twice, so one that meets a connection which broke
    /// unnoticed is put to a new one.
    async fn ask<T: FromRedisValue>(&self, question: &Cmd) -> Result<T, StoreError> {
        let (mut connection, age) = self.connection().await?;
        let error = match question.query_async(&mut connection).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        if !is_broken(&error) {
            return Err(told(&error));
        }
        *self.connection.lock().await = None;
        if age == Age::New || error.is_timeout() {
            return Err(told(&error));
        }
        let (mut connection, _) = self.connection().await?;
        let answer = question.query_async(&mut connection).await;
        answer.map_err(|error| told(&error))
    }

    /// Adds a token to a command that sets it: its sealed form, and when it ends.
    fn add_value(&self, question: &mut Cmd, key: &str, token: &Token) -> Result<(), StoreError> {
        question.arg(self.seal.close(key, token)?);
        // What an instance was resolved to does not end. A server that is short of memory
        // removes what ends first.
        if !token.is_pinned() {
            question.arg("PXAT").arg(epoch_millis(token.expires_at));
        }
        Ok(())
    }

    fn open(&self, key: &str, sealed: &[u8]) -> Result<Token, StoreError> {
        self.seal.open(key, &String::from_utf8_lossy(sealed))
    }

    async fn connection(&self) -> Result<(MultiplexedConnection, Age), StoreError> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(StoreError::new("redis: asked outside of a tokio runtime"));
        }
        let mut place = self.connection.lock().await;
        if let Some(connection) = &*place {
            return Ok((connection.clone(), Age::Old));
        }
        let connection = self.connect().await?;
        *place = Some(connection.clone());
        Ok((connection, Age::New))
    }

    async fn connect(&self) -> Result<MultiplexedConnection, StoreError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(REQUEST_TIMEOUT))
            .set_response_timeout(Some(REQUEST_TIMEOUT));
        #[cfg(feature = "redis-tls")]
        if let Some(tls) = &self.tls {
            return self.connect_over(tls, config).await;
        }
        let connecting = self
            .client
            .get_multiplexed_async_connection_with_config(&config);
        connecting.await.map_err(|error| told(&error))
    }

    #[cfg(feature = "redis-tls")]
    async fn connect_over(
        &self,
        tls: &tls::Tls,
        config: AsyncConnectionConfig,
    ) -> Result<MultiplexedConnection, StoreError> {
        let connecting = async {
            let stream = tls
                .connect()
                .await
                .map_err(|error| StoreError::new(format!("redis over TLS: {error}")))?;
            let settings = self.client.get_connection_info().redis_settings();
            let made = MultiplexedConnection::new_with_config(settings, stream, config).await;
            let (connection, driver) = made.map_err(|error| told(&error))?;
            // It ends with the last clone of the connection.
            drop(tokio::spawn(driver));
            Ok(connection)
        };
        #[allow(
            clippy::disallowed_methods,
            reason = "as the Redis client does for a connection without TLS"
        )]
        let connected = tokio::time::timeout(REQUEST_TIMEOUT, connecting).await;
        connected.map_err(|_| StoreError::new("redis over TLS: no connection in time"))?
    }
}

/// Whether another connection may do better. A server that became a replica refuses every write for
/// good, and the address leads to the one that took its place.
fn is_broken(error: &RedisError) -> bool {
    let is_replica = error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly);
    is_replica
        || error.is_io_error()
        || error.is_connection_dropped()
        || error.is_unrecoverable_error()
}

/// The kind of failure alone: the message of a server may repeat what it was sent.
fn told(error: &RedisError) -> StoreError {
    match error.code() {
        Some(code) => StoreError::new(format!("redis: {} ({code})", error.category())),
        None => StoreError::new(format!("redis: {}", error.category())),
    }
}

fn token_key(key: &str) -> String {
    format!("jdy:token:{key}")
}

fn calls_key(key: &str, calls: LimitClass) -> String {
    match calls {
        LimitClass::Business => format!("jdy:calls:{key}"),
        LimitClass::Token => format!("jdy:token-calls:{key}"),
    }
}

fn script(text: &str, key: String) -> Cmd {
    let mut question = redis::cmd("EVAL");
    question.arg(text).arg(1).arg(key);
    question
}

fn lease_script(text: &str, key: &str, owner: &str) -> Cmd {
    let mut question = script(text, format!("jdy:lease:{key}"));
    question.arg(owner);
    question
}

impl TokenStore for RedisStore {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Token>, StoreError>> {
        Box::pin(async move {
            let mut question = redis::cmd("GET");
            question.arg(token_key(key));
            let bytes = self.inner.ask::<Option<Vec<u8>>>(&question).await?;
            bytes.map(|bytes| self.inner.open(key, &bytes)).transpose()
        })
    }

    fn put<'a>(&'a self, key: &'a str, token: &'a Token) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let mut question = redis::cmd("SET");
            question.arg(token_key(key));
            self.inner.add_value(&mut question, key, token)?;
            self.inner.ask(&question).await
        })
    }

    fn put_if_absent<'a>(
        &'a self,
        key: &'a str,
        token: &'a Token,
    ) -> BoxFuture<'a, Result<Token, StoreError>> {
        Box::pin(async move {
            let mut question = script(PUT_IF_ABSENT, token_key(key));
            self.inner.add_value(&mut question, key, token)?;
            let bytes: Vec<u8> = self.inner.ask(&question).await?;
            self.inner.open(key, &bytes)
        })
    }

    fn compare_and_delete<'a>(
        &'a self,
        key: &'a str,
        value: &'a Secret,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let mut question = script(EXPIRE_IF, token_key(key));
            question.arg(self.inner.seal.head(key, value));
            self.inner.ask::<i64>(&question).await.map(drop)
        })
    }
}

impl LeaseStore for RedisStore {
    fn try_lease<'a>(
        &'a self,
        key: &'a str,
        owner: &'a str,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Lease, StoreError>> {
        Box::pin(async move {
            let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
            let mut question = lease_script(LEASE, key, owner);
            question.arg(millis.max(1));
            let left: i64 = self.inner.ask(&question).await?;
            Ok(match u64::try_from(left) {
                Ok(left) => Lease::Held(Duration::from_millis(left)),
                Err(_) => Lease::Granted,
            })
        })
    }

    fn release_lease<'a>(
        &'a self,
        key: &'a str,
        owner: &'a str,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let question = lease_script(RELEASE, key, owner);
            self.inner.ask::<i64>(&question).await.map(drop)
        })
    }
}

impl SharedLimiter for RedisStore {
    fn acquire<'a>(
        &'a self,
        key: &'a str,
        calls: LimitClass,
        rate: Rate,
    ) -> BoxFuture<'a, Result<Acquire, StoreError>> {
        if self.limits == Sharing::Off {
            return Box::pin(std::future::ready(Ok(
                Acquire::Granted(PermitId::default()),
            )));
        }
        Box::pin(async move {
            let mut question = script(PLACE, calls_key(key, calls));
            let millis = u64::try_from(rate.period.as_millis()).unwrap_or(u64::MAX);
            let mut ticket = PermitId::default();
            getrandom::fill(&mut ticket.0)
                .map_err(|_| StoreError::new("the system has no random numbers"))?;
            question
                .arg(rate.calls)
                .arg(millis.max(1))
                .arg(&ticket.0[..]);
            let wait: i64 = self.inner.ask(&question).await?;
            Ok(match u64::try_from(wait) {
                Ok(wait) => Acquire::RetryAfter(Duration::from_millis(wait).min(rate.period)),
                Err(_) => Acquire::Granted(ticket),
            })
        })
    }

    fn release<'a>(
        &'a self,
        key: &'a str,
        calls: LimitClass,
        ticket: PermitId,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        if self.limits == Sharing::Off {
            return Box::pin(std::future::ready(Ok(())));
        }
        Box::pin(async move {
            let mut question = redis::cmd("ZREM");
            question.arg(calls_key(key, calls)).arg(&ticket.0[..]);
            self.inner.ask::<i64>(&question).await.map(drop)
        })
    }
}
