//! Which incarnation of a database this is: a failover, a restore and a copy each begin a new one.
//!
//! Owns what tells one from another. The tables hold the incarnation that is known to have every
//! commit; in another one no call begins before it was recovered. Must not know what follows from
//! that.

use tokio_postgres::{Client, Error};

/// The cluster, its timeline, and the table: a copy has another of them, and whatever ends a recovery,
/// of a standby or of a backup, begins a timeline. The name of the current file of the log begins
/// with it; the control file follows only at the next checkpoint.
const INCARNATION: &str = "(SELECT concat_ws(' ', system_identifier, \
    left(pg_walfile_name(pg_current_wal_lsn()), 8), '{schema}.version'::regclass::oid) \
    FROM pg_control_system())";

/// What a server is asked that may not say it.
const PROBE: &str = "SELECT system_identifier, pg_walfile_name(pg_current_wal_lsn()) \
    FROM pg_control_system()";

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
    let probed = client.query(PROBE, &[]).await;
    let is_reported = match probed {
        Ok(_) => true,
        Err(error) => match error.code().map(|code| code.code()) {
            Some(code) if UNREPORTED.contains(&code) => false,
            Some(IN_RECOVERY) => true,
            _ => return Err(error),
        },
    };
    let own = match is_reported {
        true => INCARNATION.replace("{schema}", schema),
        false => "NULL::text".to_owned(),
    };
    let known = format!("SELECT incarnation = {own} FROM {schema}.version");
    Ok(Incarnation {
        is_known: format!("coalesce(({known}), true)"),
        own,
        is_reported,
    })
}
