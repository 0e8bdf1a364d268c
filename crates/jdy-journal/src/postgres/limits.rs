//! Limits that the processes of a fleet keep together, in the database of their journal.
//!
//! Owns the permits of an account set and the one connection. Must not know what a call is.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jdy_runtime::Rate;
use jdy_runtime::runtime::BoxFuture;
use jdy_runtime::token::{
    Acquire, LimitClass, PermitId, SharedLimiter, StoreError as LimiterError,
};
use tokio::sync::Mutex;

use super::address::{Encryption, PostgresConfig};
use super::fault::Fault;
use super::rows::field;
use super::session::{Parameters, Session};
use super::statements::{LimitStatements, Words};
use super::tls::Tls;
use crate::store::StoreError;

/// Lets all clients that use the same database keep to the limits of an account set together
/// ([`Limits`](jdy_runtime::Limits)), however many processes they are in.
///
/// ```no_run
/// # async fn client() -> Result<(), Box<dyn std::error::Error>> {
/// use jdy_journal::{PostgresConfig, PostgresLimiter};
///
/// let config = PostgresConfig::from_environment("postgres://shop@db.example/shop")?;
/// let client = jdy::Client::builder()
///     .shared_limiter(PostgresLimiter::connect(config).await?)
///     .from_env()?
///     .build()?;
/// # Ok(())
/// # }
/// ```
///
/// It costs a question to Postgres before each call, over one connection that is made when first
/// needed and made anew when it breaks. Time is the server's. While the database is away, each
/// client keeps to its own limits, and
/// [`Hooks::token_store_failed`](jdy_runtime::Hooks::token_store_failed) is called.
///
/// A permit is not worth a sync of the disk: after a crash of the server those of the last moments
/// may be forgotten, and the gateway refuses a call or two, which are sent again.
///
/// It works inside a tokio runtime, and needs the rights that
/// [`PostgresStore`](super::PostgresStore) needs.
pub struct PostgresLimiter {
    inner: Arc<Inner>,
}

struct Inner {
    config: PostgresConfig,
    encryption: Encryption,
    tls: Option<Tls>,
    open: Mutex<Option<Open>>,
}

/// A connection, with its statements.
struct Open {
    session: Session,
    statements: LimitStatements,
}

impl fmt::Debug for PostgresLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresLimiter")
            .field("server", &self.inner.config.place())
            .finish_non_exhaustive()
    }
}

impl PostgresLimiter {
    /// Shares limits through this database. It is not asked yet.
    ///
    /// # Errors
    /// The server may not be reached like that, or its certificates cannot be read.
    pub fn new(config: PostgresConfig) -> Result<Self, StoreError> {
        let encryption = config.encryption().map_err(StoreError::failed)?;
        let inner = Inner {
            tls: Tls::new(&encryption).map_err(StoreError::failed)?,
            encryption,
            config,
            open: Mutex::const_new(None),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The same, connected already. The first connection takes longer than an answer, and makes the
    /// tables if need be; a client waits for a permit for a second at most.
    ///
    /// # Errors
    /// As [`new`](Self::new), or the server cannot be reached or refuses.
    pub async fn connect(config: PostgresConfig) -> Result<Self, StoreError> {
        let limiter = Self::new(config)?;
        limiter.inner.connect().await?;
        Ok(limiter)
    }

    /// Asks over the connection that is there, or a new one. A session whose answer did not come,
    /// or whose caller has gone, is not used again.
    async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(&Open) -> Result<T, Fault>,
    ) -> Result<T, LimiterError> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(LimiterError::new(
                "postgres: asked outside of a tokio runtime",
            ));
        }
        let mut place = self.inner.open.lock().await;
        if !is_open(place.as_ref()) {
            drop(place);
            let inner = self.inner.clone();
            // Who does not wait for the connection leaves it to the next caller.
            let connecting = tokio::spawn(async move { inner.connect().await });
            let connected = connecting
                .await
                .map_err(|_| LimiterError::new("postgres: the connection was given up"))?;
            connected.map_err(said)?;
            place = self.inner.open.lock().await;
        }
        let Some(open) = place.take() else {
            return Err(LimiterError::new("postgres: the connection has ended"));
        };
        let answer = question(&open).await;
        if !matches!(answer, Err(Fault::Lost(_))) {
            *place = Some(open);
        }
        answer.map_err(said)
    }
}

impl Inner {
    /// Connects if no connection is there.
    async fn connect(&self) -> Result<(), Fault> {
        let mut place = self.open.lock().await;
        if is_open(place.as_ref()) {
            return Ok(());
        }
        let connected = Session::connect(&self.config, &self.encryption, self.tls.as_ref());
        let session = connected.await?;
        let schema = &self.config.schema;
        if !session.has_tables(schema).await? {
            session.migrate(schema).await?;
        }
        let words = Words::of(schema);
        let prepared = LimitStatements::prepare(&session.client, &words);
        let statements = session.asked(prepared).await?;
        let set = "SET synchronous_commit = off";
        session.asked(session.client.batch_execute(set)).await?;
        *place = Some(Open {
            session,
            statements,
        });
        Ok(())
    }
}

fn is_open(open: Option<&Open>) -> bool {
    open.is_some_and(|open| !open.session.client.is_closed())
}

/// A failure in words. They name neither a password nor an account set.
fn said(fault: Fault) -> LimiterError {
    LimiterError::new(format!("postgres: {}", StoreError::from(fault)))
}

impl Open {
    /// Takes the slot of the call that was made longest ago, if that is a period ago. Otherwise says
    /// how long it is until then.
    async fn acquire(
        &self,
        account: &str,
        class: &str,
        rate: Rate,
        permit: PermitId,
    ) -> Result<Acquire, Fault> {
        let Self {
            session,
            statements,
        } = self;
        let (slots, period) = (i64::from(rate.calls), rate.period.as_secs_f64());
        let permit_id = &permit.0[..];
        let own: Parameters<'_> = &[&account, &class, &slots, &period, &permit_id];
        if !session.rows(&statements.acquire, own).await?.is_empty() {
            return Ok(Acquire::Granted(permit));
        }
        let own: Parameters<'_> = &[&account, &class, &slots, &period];
        let rows = session.rows(&statements.next_slot, own).await?;
        let (there, wait): (i64, Option<f64>) = match rows.first() {
            Some(row) => (field(row, 0)?, field(row, 1)?),
            None => (0, None),
        };
        if there < slots {
            let until = slots.min(there.saturating_add(SLOTS_AT_ONCE));
            let more: Parameters<'_> = &[&account, &class, &there, &until];
            session.rows(&statements.make_slots, more).await?;
            let own: Parameters<'_> = &[&account, &class, &slots, &period, &permit_id];
            if !session.rows(&statements.acquire, own).await?.is_empty() {
                return Ok(Acquire::Granted(permit));
            }
        }
        let wait = Duration::try_from_secs_f64(wait.unwrap_or_default()).unwrap_or_default();
        Ok(Acquire::RetryAfter(wait.clamp(SHORT, rate.period)))
    }
}

/// How many slots are made when all that are there are taken. A large rate must not make a call
/// wait until a row is there for each call of a minute.
const SLOTS_AT_ONCE: i64 = 1_000;

/// How long to wait for a slot that another session has locked.
const SHORT: Duration = Duration::from_millis(5);

fn name(class: LimitClass) -> &'static str {
    match class {
        LimitClass::Business => "business",
        LimitClass::Token => "token",
    }
}

impl SharedLimiter for PostgresLimiter {
    fn acquire<'a>(
        &'a self,
        key: &'a str,
        class: LimitClass,
        rate: Rate,
    ) -> BoxFuture<'a, Result<Acquire, LimiterError>> {
        Box::pin(async move {
            let mut permit = PermitId::default();
            getrandom::fill(&mut permit.0)
                .map_err(|_| LimiterError::new("the system has no random numbers"))?;
            self.ask(async |open| open.acquire(key, name(class), rate, permit).await)
                .await
        })
    }

    fn release<'a>(
        &'a self,
        key: &'a str,
        class: LimitClass,
        id: PermitId,
    ) -> BoxFuture<'a, Result<(), LimiterError>> {
        Box::pin(async move {
            let permit = &id.0[..];
            self.ask(async |open| {
                let own: Parameters<'_> = &[&key, &name(class), &permit];
                let give_back = &open.statements.give_back;
                open.session.rows(give_back, own).await.map(drop)
            })
            .await
        })
    }
}
