//! One connection to the database, and the lock of its worker that lives as long as it.
//!
//! Owns the settings that a session must have, and the lock. Must not know what follows from a lost
//! connection.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jdy_runtime::runtime::{Runtime as _, TokioRuntime};
use tokio::task::JoinHandle;
use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::error::DbError;
use tokio_postgres::tls::{MakeTlsConnect, NoTls, TlsConnect};
use tokio_postgres::types::ToSql;
use tokio_postgres::{
    AsyncMessage, Client, Config, Row, SimpleQueryMessage, SimpleQueryRow, Socket, Statement,
};

use super::address::{Encryption, PostgresConfig};
use super::fault::{Fault, text};
use super::incarnation::incarnation;
use super::rows::field;
use super::schema;
use super::statements::{Statements, Words};
use super::tls::Tls;
use crate::store::StoreError;

/// How long one question may take.
pub(super) const ANSWER_LIMIT: Duration = Duration::from_secs(60);

const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// A session whose server sees no answer to its keep-alives ends after a minute, and its lock with
/// it. A session that waits for a call must not end.
const SETTINGS: &str = "
SELECT set_config(name, CASE name
        WHEN 'search_path' THEN 'pg_catalog'
        WHEN 'client_min_messages' THEN 'warning'
        WHEN 'synchronous_commit' THEN CASE setting WHEN 'remote_apply' THEN setting ELSE 'on' END
        WHEN 'tcp_keepalives_idle' THEN '30'
        WHEN 'tcp_keepalives_interval' THEN '10'
        WHEN 'tcp_keepalives_count' THEN '3'
        WHEN 'tcp_user_timeout' THEN '60000'
        ELSE '0' END, false)
FROM pg_catalog.pg_settings
WHERE name IN ('search_path', 'client_min_messages', 'synchronous_commit', 'tcp_keepalives_idle',
    'tcp_keepalives_interval', 'tcp_keepalives_count', 'tcp_user_timeout', 'idle_session_timeout',
    'idle_in_transaction_session_timeout');
SELECT pg_catalog.current_setting('jdy_journal.session', true),
    pg_catalog.current_setting('server_encoding'),
    pg_catalog.current_setting('fsync'),
    pg_catalog.current_setting('synchronous_commit'),
    pg_catalog.pg_backend_pid(),
    (SELECT backend_start FROM pg_catalog.pg_stat_activity
     WHERE pid = pg_catalog.pg_backend_pid())";

/// The server's process of a session. The time tells it from a later one with the same number.
#[derive(Clone, Debug)]
pub(super) struct Backend {
    pid: String,
    started: String,
}

/// What the database says of a worker: one that finds what it wrote last is still the one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The number of the worker.
    pub(super) worker: i64,
    pub(super) writes: i64,
}

/// What a statement is given.
pub(super) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// An open connection.
pub(super) struct Session {
    pub(super) client: Client,
    driver: Driver,
    pub(super) backend: Backend,
    /// A random name, which a transaction finds again only in this session.
    pub(super) token: String,
    statements: Option<Statements>,
    /// Whether the server has warned that it did not wait for its standby, since this was last asked.
    has_warned: Arc<AtomicBool>,
    /// Whether the tables have the version of this crate.
    pub(super) is_made: bool,
    /// The incarnation of the database, as an expression.
    pub(super) incarnation: String,
    /// Whether the server says which incarnation it is, and the tables which one they are of.
    pub(super) is_watched: bool,
}

/// Runs the connection, and ends with it.
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The result, or `None` if it takes too long.
pub(super) async fn in_time<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        done = work => Some(done),
        () = TokioRuntime.sleep(limit) => None,
    }
}

impl Session {
    /// Connects. Nothing is locked yet.
    pub(super) async fn connect(
        config: &PostgresConfig,
        encryption: &Encryption,
        tls: Option<&Tls>,
    ) -> Result<Self, Fault> {
        let random = getrandom::u64().map_err(|error| Fault::failed(error.to_string()))?;
        let token = format!("{random:016x}");
        let server = prepared(config, encryption, &token);
        let connected = async {
            match tls {
                Some(tls) => connected(&server, tls.clone()).await,
                None => connected(&server, NoTls).await,
            }
        };
        let connected = in_time(CONNECT_LIMIT, connected).await;
        let (client, driver, has_warned) = connected.ok_or_else(Fault::no_answer)??;
        let settings = in_time(ANSWER_LIMIT, client.simple_query(SETTINGS)).await;
        let settings = settings.ok_or_else(Fault::no_answer)?;
        let settings = settings.map_err(|error| Fault::of(&error))?;
        let backend = checked(&settings, &token)?;
        Ok(Self {
            client,
            driver,
            backend,
            token,
            statements: None,
            has_warned,
            is_made: false,
            incarnation: String::new(),
            is_watched: true,
        })
    }

    /// Why it is not certain that a commit which the server called done is kept: an operator who
    /// cancels one that waits for a synchronous standby ends the waiting, and not the commit. The
    /// server warns of that.
    pub(super) fn doubt(&self) -> Option<String> {
        let why = "the server did not wait for its standby";
        let has_warned = self.has_warned.swap(false, Ordering::Relaxed);
        has_warned.then(|| why.to_owned())
    }

    /// Takes the lock if no other session has it.
    pub(super) async fn lock(&self, key: i64) -> Result<bool, Fault> {
        let sql = format!("SELECT pg_try_advisory_lock({key})");
        let row = self.asked(self.client.query_one(&sql, &[])).await?;
        field(&row, 0)
    }

    /// Ends a session of this process that the server takes for a living one.
    pub(super) async fn end(&self, old: &Backend) -> Result<(), Fault> {
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE pid::text = $1 AND backend_start::text = $2";
        let own: Parameters<'_> = &[&old.pid, &old.started];
        self.asked(self.client.query(sql, own)).await.map(drop)
    }

    /// Looks whether the tables are there, and prepares the statements if they are.
    pub(super) async fn look(&mut self, schema: &str) -> Result<(), Fault> {
        if !self.has_tables(schema).await? {
            return Ok(());
        }
        let own = self.asked(incarnation(&self.client, schema)).await?;
        let words = Words {
            schema,
            is_known: &own.is_known,
        };
        let prepared = Statements::prepare(&self.client, &words);
        self.statements = Some(self.asked(prepared).await?);
        // Who made the tables may not have been allowed to ask.
        let kept = format!("SELECT FROM {schema}.version WHERE incarnation IS NOT NULL");
        let kept = self.asked(self.client.query(&kept, &[])).await?;
        self.is_watched = own.is_reported && !kept.is_empty();
        self.incarnation = own.own;
        self.is_made = true;
        Ok(())
    }

    /// Whether the tables are there. Those of an earlier version are migrated.
    pub(super) async fn has_tables(&self, schema: &str) -> Result<bool, Fault> {
        let version = schema::read_version(&self.client, schema);
        let version = in_time(ANSWER_LIMIT, version).await;
        let Some(version) = version.ok_or_else(Fault::no_answer)?? else {
            return Ok(false);
        };
        schema::check(version).map_err(Fault::Final)?;
        // Version 0 is a migration that was not finished, which cannot be seen from outside.
        if version < schema::VERSION {
            let migrated = self.migrate(schema).await;
            migrated.map_err(|fault| schema::not_migrated(version, fault))?;
        }
        Ok(true)
    }

    /// Makes the tables, or migrates them.
    pub(super) async fn migrate(&self, schema: &str) -> Result<(), Fault> {
        let migrated = in_time(ANSWER_LIMIT, schema::migrate(&self.client, schema)).await;
        migrated.ok_or_else(Fault::no_answer)?
    }

    /// Makes the tables if there are none.
    pub(super) async fn make(&mut self, schema: &str) -> Result<(), Fault> {
        if !self.is_made {
            self.migrate(schema).await?;
            self.look(schema).await?;
        }
        Ok(())
    }

    /// Refuses a database that may lack commits.
    pub(super) async fn check_incarnation(&self, trusts: bool) -> Result<(), Fault> {
        if trusts || !self.is_made {
            return Ok(());
        }
        let rows = self.rows(&self.statements()?.is_known, &[]).await?;
        match rows.first().map_or(Ok(true), |row| field(row, 0))? {
            true => Ok(()),
            false => Err(Fault::Final(StoreError::Restored)),
        }
    }

    /// The number of the list; `None` if it was not made.
    pub(super) async fn list(&self, name: &str) -> Result<Option<i64>, Fault> {
        if !self.is_made {
            return Ok(None);
        }
        let rows = self.rows(&self.statements()?.list, &[&name]).await?;
        rows.first().map(|row| field(row, 0)).transpose()
    }

    /// What the database says of a worker, and whether it has ended; `None` if it has none.
    pub(super) async fn mark(&self, worker: i64) -> Result<Option<(Mark, bool)>, Fault> {
        if !self.is_made {
            return Ok(None);
        }
        let rows = self.rows(&self.statements()?.mark, &[&worker]).await?;
        let mark = rows.first().map(|row| {
            let writes = field(row, 0)?;
            Ok((Mark { worker, writes }, field(row, 1)?))
        });
        mark.transpose()
    }

    pub(super) fn statements(&self) -> Result<&Statements, Fault> {
        let none = || Fault::failed("the tables are not there");
        self.statements.as_ref().ok_or_else(none)
    }

    /// The rows of a statement.
    pub(super) async fn rows(
        &self,
        statement: &Statement,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, Fault> {
        self.asked(self.client.query(statement, parameters)).await
    }

    /// The answer to a question that is no commit.
    pub(super) async fn asked<T>(
        &self,
        question: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Fault> {
        let answer = in_time(ANSWER_LIMIT, question).await;
        let answer = answer.ok_or_else(Fault::no_answer)?;
        answer.map_err(|error| Fault::of(&error))
    }

    /// Ends the session, so that the lock is free when this returns.
    pub(super) async fn close(self) {
        let Self {
            client, mut driver, ..
        } = self;
        let limit = Duration::from_secs(1);
        let unlocked = client.batch_execute("SELECT pg_advisory_unlock_all()");
        in_time(limit, unlocked).await;
        drop(client);
        in_time(limit, &mut driver.0).await;
    }
}

/// What the library is given.
fn prepared(config: &PostgresConfig, encryption: &Encryption, token: &str) -> Config {
    let mut server = config.server.clone();
    server.ssl_mode(PostgresConfig::ssl_mode(encryption));
    // A pool in front refuses or loses it, so that it cannot be taken for Postgres itself.
    let own = format!("-c jdy_journal.session={token}");
    let options = match server.get_options() {
        Some(given) => format!("{given} {own}"),
        None => own,
    };
    server.options(options);
    if server.get_application_name().is_none() {
        server.application_name("jdy-journal");
    }
    // One of several servers may be a standby.
    let several = server.get_hosts().len().max(server.get_hostaddrs().len()) > 1;
    if several && server.get_target_session_attrs() == TargetSessionAttrs::Any {
        server.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
    server.keepalives_idle(Duration::from_secs(30));
    server.keepalives_interval(Duration::from_secs(10));
    server.keepalives_retries(3);
    server.tcp_user_timeout(ANSWER_LIMIT);
    server
}

async fn connected<T>(server: &Config, tls: T) -> Result<(Client, Driver, Arc<AtomicBool>), Fault>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
    T::TlsConnect: TlsConnect<Socket>,
{
    let (client, mut connection) = server.connect(tls).await.map_err(|error| refused(&error))?;
    let has_warned = Arc::new(AtomicBool::new(false));
    let warned = has_warned.clone();
    // Its error comes to whoever waits for an answer.
    let driver = tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if matches!(message, AsyncMessage::Notice(notice) if is_of_standby(&notice)) {
                warned.store(true, Ordering::Relaxed);
            }
        }
    });
    Ok((client, Driver(driver), has_warned))
}

/// Whether the server warns that it did not wait for its standby. Told by the function that warns, as
/// the words depend on the server's language, and others warn with the same code: of a collation when
/// a session begins, or a trigger of the shop's own.
fn is_of_standby(notice: &DbError) -> bool {
    notice
        .routine()
        .is_some_and(|routine| routine.starts_with("SyncRep"))
}

/// The error of a connection that was not made.
fn refused(error: &tokio_postgres::Error) -> Fault {
    let why = text(error);
    if why.contains("unsupported startup parameter") {
        return pool();
    }
    Fault::Lost(why)
}

/// The refusal of a pool in front of Postgres.
pub(super) fn pool() -> Fault {
    Fault::failed(
        "there is a connection pool in front of Postgres that gives a process now one session and \
         now another, or refuses its settings; a worker needs a session of its own: name \
         Postgres's own address",
    )
}

/// Refuses a server that cannot keep a promise.
fn checked(messages: &[SimpleQueryMessage], token: &str) -> Result<Backend, Fault> {
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) if row.len() > 1 => Some(row),
        _ => None,
    });
    let row = rows
        .last()
        .ok_or_else(|| Fault::failed("the server does not tell its settings"))?;
    let setting = |index| -> &str { text_of(row, index) };
    if setting(0) != token {
        return Err(pool());
    }
    if setting(1) != "UTF8" {
        return Err(Fault::failed(format!(
            "the database keeps text as {}; a journal needs UTF8",
            setting(1)
        )));
    }
    if setting(2) != "on" {
        return Err(Fault::failed(
            "the server runs with fsync=off, and would forget what it confirmed",
        ));
    }
    if !matches!(setting(3), "on" | "remote_apply") {
        return Err(Fault::failed(
            "synchronous_commit cannot be switched on, and the server would forget what it \
             confirmed",
        ));
    }
    Ok(Backend {
        pid: setting(4).to_owned(),
        started: setting(5).to_owned(),
    })
}

fn text_of(row: &SimpleQueryRow, index: usize) -> &str {
    row.try_get(index).ok().flatten().unwrap_or_default()
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Final(error) => error,
            Fault::Fenced => Self::failed("the lease of this worker ended"),
            Fault::Lost(why) | Fault::Passing(why) => Self::failed(why),
        }
    }
}
