//! Which incarnation of a database this is: a failover, a restore and a copy each begin a new one.
//!
//! Owns what tells one from another. The tables hold the incarnation that is known to have every
//! commit; in another one no call begins before it was recovered. Must not know what follows from
//! that.

use tokio_postgres::{Client, Error};

/// The cluster, its timeline, the database and the table: a copy has another of them, and the end of
/// a recovery that was asked for, of a standby or of a backup, begins a timeline. The name of the
/// current file of the log begins with it; the control file follows only at the next checkpoint.
const INCARNATION: &str = "concat_ws(' ', '{cluster}', left(pg_walfile_name(pg_current_wal_lsn()), 8), \
    '{database}', '{schema}.version'::regclass::oid)";

/// What stays the same for a session.
const PROBE: &str = "SELECT system_identifier::text, oid::text \
    FROM pg_control_system(), pg_database WHERE datname = current_database()";

/// What a server is asked that may not say it.
const PROBE_OF_LOG: &str = "SELECT pg_walfile_name(pg_current_wal_lsn())";

/// The codes of one that does not: the role may not ask, or it has no such function.
const UNREPORTED: [&str; 3] = ["42501", "42883", "0A000"];

/// The code of a standby, which says it when it is promoted.
const IN_RECOVERY: &str = "55000";

/// What the incarnation is compared with.
pub(super) struct Incarnation {
    /// The own one, as an expression; `NULL` where the server does not say it.
    pub(super) own: String,
    /// Whether it is the one that has every commit, as a condition.
    pub(super) is_known: String,
    /// Whether the server says it.
    pub(super) is_reported: bool,
}

/// How the incarnation is asked for.
pub(super) async fn incarnation(client: &Client, schema: &str) -> Result<Incarnation, Error> {
    let reported = reported(client).await?;
    let is_reported = reported.is_some();
    let own = match reported {
        Some((cluster, database)) => INCARNATION
            .replace("{cluster}", &cluster)
            .replace("{database}", &database)
            .replace("{schema}", schema),
        None => "NULL::text".to_owned(),
    };
    let known = format!("SELECT incarnation = {own} FROM {schema}.version");
    Ok(Incarnation {
        is_known: format!("coalesce(({known}), true)"),
        own,
        is_reported,
    })
}

/// The numbers of the cluster and of the database; `None` if the server does not say all that is
/// asked.
async fn reported(client: &Client) -> Result<Option<(String, String)>, Error> {
    let code = |error: &Error| error.code().map(|code| code.code().to_owned());
    let is_unreported = |code: &str| UNREPORTED.contains(&code);
    let own = match client.query_one(PROBE, &[]).await {
        Ok(row) => (row.try_get(0)?, row.try_get(1)?),
        Err(error) if code(&error).as_deref().is_some_and(is_unreported) => return Ok(None),
        Err(error) => return Err(error),
    };
    match client.query(PROBE_OF_LOG, &[]).await {
        Ok(_) => Ok(Some(own)),
        Err(error) => match code(&error).as_deref() {
            Some(IN_RECOVERY) => Ok(Some(own)),
            Some(code) if is_unreported(code) => Ok(None),
            _ => Err(error),
        },
    }
}
