//! The tables, and how they are made and migrated.
//!
//! Owns the schema and its version. Must not know what is written into it.

use tokio_postgres::Client;

use super::fault::Fault;
use super::incarnation::incarnation;
use crate::store::StoreError;

/// The schema unless another is named.
pub(super) const DEFAULT: &str = "jdy_journal";

/// The version of the tables that this crate works with.
pub(super) const VERSION: usize = STEPS.len();

/// Whether this can be a schema's name without quotes.
pub(super) fn is_name(name: &str) -> bool {
    let first = |it: char| it.is_ascii_lowercase() || it == '_';
    name.len() <= 63
        && name.starts_with(first)
        && name.chars().all(|it| first(it) || it.is_ascii_digit())
}

/// What makes each version of the one before. A step that was released is never changed.
const STEPS: [&str; 2] = [VERSION_1, VERSION_2];

/// Of a list, `run` counts the runs over it, `reconciler` is the worker that looks unknown lines up,
/// `reconciled` the last run in which all were looked up, with what was `found`, and `freed` grows
/// whenever lines may have become free. A pass over the unknown lines of the run `pass_run` is
/// through with `pass_lines` of the list, `pass_absent` of which were absent.
///
/// A worker's `id` is its fencing number. `writes` counts its transactions: one that finds another
/// number than its own knows whether its last commit was done. It is `idle` while it holds no line
/// and finds none, and `owes` if it left calls under way.
///
/// A call takes the place of the one that was made longest ago: `permits` has as many slots for an
/// account set as calls are allowed in a period.
///
/// Of a line, `claim` is the worker that may send it, and `worker` the one that wrote its last
/// intent; `run` is the run that last sent it, and `named` the one in which a person's statement
/// about it was carried out. No index holds a column that changes, and a page keeps room, so that
/// the updates of a line stay on its page. By `key` and `hash`, a new list finds its lines in others.
const VERSION_1: &str = "
CREATE TABLE {schema}.lists (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    journal text NOT NULL,
    subject text NOT NULL,
    destination text NOT NULL,
    input bytea,
    run bigint NOT NULL DEFAULT 0,
    freed bigint NOT NULL DEFAULT 0,
    reconciler bigint,
    reconciled bigint NOT NULL DEFAULT 0,
    found text,
    pass_run bigint NOT NULL DEFAULT 0,
    pass_lines bigint NOT NULL DEFAULT 0,
    pass_absent bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE {schema}.workers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    list bigint NOT NULL REFERENCES {schema}.lists,
    name text NOT NULL,
    writes bigint NOT NULL DEFAULT 0,
    run bigint NOT NULL DEFAULT 0,
    idle boolean NOT NULL DEFAULT false,
    owes boolean NOT NULL DEFAULT false,
    joined_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    lease_until timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text CHECK (end_reason IN ('left', 'lease ended')),
    UNIQUE (list, name)
) WITH (fillfactor = 50);
CREATE TABLE {schema}.lines (
    list bigint NOT NULL REFERENCES {schema}.lists,
    line bigint NOT NULL,
    key text,
    hash bytea,
    state text NOT NULL DEFAULT 'planned' CHECK (state IN
        ('planned', 'intent', 'done', 'rejected', 'not_sent', 'unknown', 'applied')),
    claim bigint,
    worker bigint,
    run bigint NOT NULL DEFAULT 0,
    named bigint NOT NULL DEFAULT 0,
    sent bigint NOT NULL DEFAULT 0,
    resent bigint NOT NULL DEFAULT 0,
    intended_at bigint,
    ended_at bigint,
    report text,
    answer bytea,
    history text NOT NULL DEFAULT '',
    PRIMARY KEY (list, line),
    UNIQUE (list, key)
) WITH (fillfactor = 70);
CREATE INDEX lines_key_hash ON {schema}.lines (key, hash) WHERE key IS NOT NULL;
CREATE TABLE {schema}.late (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    list bigint NOT NULL REFERENCES {schema}.lists,
    line bigint NOT NULL,
    worker bigint NOT NULL,
    at bigint NOT NULL,
    state text NOT NULL,
    report text,
    answer bytea,
    contradicts boolean NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE {schema}.permits (
    account text NOT NULL,
    class text NOT NULL,
    slot bigint NOT NULL,
    granted_at timestamptz NOT NULL DEFAULT '-infinity',
    permit bytea,
    PRIMARY KEY (account, class, slot)
) WITH (fillfactor = 50);
";

/// The incarnation of the database that is known to have every commit; `NULL` for any.
const VERSION_2: &str = "ALTER TABLE {schema}.version ADD COLUMN incarnation text";

/// Refuses tables of a newer version.
pub(super) fn check(version: usize) -> Result<(), StoreError> {
    if version <= VERSION {
        return Ok(());
    }
    let why = format!("its tables have version {version}, and this program knows {VERSION}");
    Err(StoreError::NotAJournal(why))
}

/// The failure to migrate tables of this version. It may be for the role that owns them alone.
pub(super) fn not_migrated(version: usize, fault: Fault) -> Fault {
    match fault {
        Fault::Final(StoreError::Failed(why)) => Fault::failed(format!(
            "its tables have version {version}, and this program needs {VERSION}: run it once as \
             the role that owns them: {why}"
        )),
        fault => fault,
    }
}

/// Makes or migrates the tables, completely or not at all.
pub(super) async fn migrate(client: &Client, schema: &str) -> Result<(), Fault> {
    let done = in_transaction(client, schema).await;
    let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
    let ended = client.batch_execute(end).await;
    done?;
    // Not clear is as good as not done: the next connection looks again.
    ended.map_err(|error| Fault::of(&error))
}

async fn in_transaction(client: &Client, schema: &str) -> Result<(), Fault> {
    let run = async |sql: &str| {
        let sql = sql.replace("{schema}", schema);
        let done = client.batch_execute(&sql).await;
        done.map_err(|error| Fault::of(&error))
    };
    let own = incarnation(client, schema).await;
    let own = own.map_err(|error| Fault::of(&error))?.own;
    // Processes that begin at the same time wait for each other.
    run(
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '30s'; \
         SELECT pg_advisory_xact_lock(hashtext('{schema} migration'))",
    )
    .await?;
    let sql = format!("SELECT to_regnamespace('{schema}') IS NOT NULL");
    let row = client.query_one(&sql, &[]).await;
    let has_schema: bool = row
        .and_then(|row| row.try_get(0))
        .map_err(|error| Fault::of(&error))?;
    // `IF NOT EXISTS` would ask for the right to make one although it is there.
    if !has_schema {
        run("CREATE SCHEMA {schema}").await?;
    }
    let version = match read_version(client, schema).await? {
        Some(version) => version,
        None => {
            run("CREATE TABLE {schema}.version (
                    one boolean PRIMARY KEY DEFAULT true CHECK (one),
                    version integer NOT NULL
                 );
                 INSERT INTO {schema}.version (version) VALUES (0)")
            .await?;
            0
        }
    };
    check(version).map_err(Fault::Final)?;
    for step in STEPS.iter().skip(version) {
        run(step).await?;
    }
    run(&format!(
        "UPDATE {{schema}}.version SET version = {VERSION}, \
         incarnation = coalesce(incarnation, {own})"
    ))
    .await
}

/// The version of the tables; `None` if there are none.
pub(super) async fn read_version(client: &Client, schema: &str) -> Result<Option<usize>, Fault> {
    let read = async {
        let sql = format!("SELECT to_regclass('{schema}.version') IS NOT NULL");
        let is_there: bool = client.query_one(&sql, &[]).await?.try_get(0)?;
        if !is_there {
            return Ok(None);
        }
        let sql = format!("SELECT version FROM {schema}.version");
        let version: i32 = client.query_one(&sql, &[]).await?.try_get(0)?;
        Ok(Some(usize::try_from(version).unwrap_or_default()))
    };
    read.await.map_err(|error| Fault::of(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_needs_no_quotes() {
        for name in ["jdy_journal", "_a1", &"a".repeat(63)] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "1a", "A", "a-b", "a.b", "a\"", "a;b", &"a".repeat(64)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
