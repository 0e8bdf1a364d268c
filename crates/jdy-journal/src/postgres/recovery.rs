//! The recovery of a database that was restored, copied or failed over.
//!
//! Owns the one transaction that says what becomes of the lines. Must not know how a restore is
//! noticed.

use tokio_postgres::Statement;

use super::PostgresStore;
use super::address::PostgresConfig;
use super::changes;
use super::fault::Fault;
use super::membership::now;
use super::rows::field;
use super::session::{Parameters, Session};
use super::statements::{RecoveryStatements, Words};
use super::tls::Tls;
use super::transaction::BEGIN;
use crate::store::StoreError;

/// How many lines are read and written at a time.
const CHUNK: i64 = 5_000;

/// More workers than a database can have forgotten.
const FORGOTTEN: i64 = 1_000_000;

/// What a database may lack that was restored, copied or failed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// That calls were made. Every line that would be sent becomes unknown, as it may have been: a
    /// look-up decides, or a person.
    Calls,
    /// Nothing, as is certain: its standby had every commit, or it was copied while nothing ran. The
    /// lines stay as they are.
    Nothing,
}

/// What was recovered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovered {
    /// How many lists have such lines.
    pub lists: u64,
    /// How many lines are unknown now, as they may have been sent.
    pub lines: u64,
}

impl PostgresStore {
    /// Recovers a database that was restored, copied or failed over
    /// ([`StoreError::Restored`]), so that calls are made in it again: all lists, completely or not
    /// at all. It may be called again.
    ///
    /// What the database lacks is not known to it. A line that was rejected or is done stays so, and
    /// every other one may have been sent since: with [`Missing::Calls`] it becomes unknown, and its
    /// look-up begins. Lists that the database lacks as a whole are not known either, nor keys that were
    /// taken since ([`Journal::once`](crate::Journal::once)): look them up before they are created or
    /// asked for again, as they would be sent.
    ///
    /// It needs the role that owns the tables. To be called while nothing works on the lists.
    ///
    /// ```no_run
    /// # async fn recover() -> Result<(), Box<dyn std::error::Error>> {
    /// use jdy_journal::{Missing, PostgresConfig, PostgresStore};
    ///
    /// let config = PostgresConfig::from_environment("postgres://jdy_owner@db.example/shop")?;
    /// let recovered = PostgresStore::recover(config, Missing::Calls).await?;
    /// println!("{} lines are to be looked up", recovered.lines);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// A process works on a list, or has died within the length of its lease; there are no tables;
    /// the role does not own them; or the database cannot be reached. Then nothing was changed, but
    /// if the connection is lost at the end, that is not known: call it again.
    pub async fn recover(
        config: PostgresConfig,
        missing: Missing,
    ) -> Result<Recovered, StoreError> {
        let encryption = config.encryption().map_err(StoreError::failed)?;
        let tls = Tls::new(&encryption).map_err(StoreError::failed)?;
        let recovered = async {
            let mut session = Session::connect(&config, &encryption, tls.as_ref()).await?;
            session.look(&config.schema).await?;
            if !session.is_made {
                return Err(Fault::failed("there are no tables of a journal"));
            }
            let recovered = session.recover(&config.schema, missing).await;
            session.close().await;
            recovered
        };
        let recovered = recovered.await;
        recovered.map_err(|fault| match StoreError::from(fault) {
            StoreError::Failed(why) => StoreError::failed(format!("{}: {why}", config.place())),
            error => error,
        })
    }
}

impl Session {
    async fn recover(&self, schema: &str, missing: Missing) -> Result<Recovered, Fault> {
        self.check_role(schema).await?;
        let run = async |sql: &str| self.asked(self.client.batch_execute(sql)).await;
        run(BEGIN).await?;
        let words = Words::of(schema);
        let prepared = RecoveryStatements::prepare(&self.client, &words);
        let statements = self.asked(prepared).await?;
        self.rows(&statements.no_worker_writes, &[]).await?;
        if let Some(row) = self.rows(&statements.alive, &[]).await?.first() {
            let (worker, list): (String, String) = (field(row, 0)?, field(row, 1)?);
            return Err(Fault::failed(format!(
                "{worker} works on the list {list:?}, or has died within the length of its lease; \
                 end it, or wait for that"
            )));
        }
        let mut recovered = Recovered::default();
        if missing == Missing::Calls {
            for row in self.rows(&statements.lists, &[]).await? {
                let lines = self.recover_list(field(&row, 0)?, &statements.open).await?;
                recovered.lists += u64::from(lines > 0);
                recovered.lines += lines;
            }
            self.end_workers(&statements).await?;
        }
        let own = &self.incarnation;
        run(&format!("UPDATE {schema}.version SET incarnation = {own}")).await?;
        run("COMMIT").await?;
        match self.doubt() {
            Some(why) => Err(Fault::failed(format!("{why}; recover it again"))),
            None => Ok(recovered),
        }
    }

    /// Refuses a role that may not say what the tables are of.
    async fn check_role(&self, schema: &str) -> Result<(), Fault> {
        let sql = format!("SELECT has_table_privilege('{schema}.version', 'UPDATE')");
        let row = self.asked(self.client.query_one(&sql, &[])).await?;
        match field(&row, 0)? {
            true => Ok(()),
            false => Err(Fault::failed(
                "this role may not: recover it as the role that owns the tables",
            )),
        }
    }

    /// Ends the workers whose lease is over, as their lines are unknown now: the outcome of a call that
    /// is still under way comes late. One that the database has forgotten may still live, and none gets
    /// its number.
    async fn end_workers(&self, statements: &RecoveryStatements) -> Result<(), Fault> {
        let own = self.rows(&statements.not_ended, &[]).await?;
        let own: Vec<i64> = own
            .iter()
            .map(|row| field(row, 0))
            .collect::<Result<_, _>>()?;
        self.rows(&self.statements()?.bury, &[&own]).await?;
        self.rows(&statements.leave_out, &[&FORGOTTEN]).await?;
        Ok(())
    }

    /// Makes the lines of a list unknown that may have been sent. Returns how many they are.
    async fn recover_list(&self, list: i64, open: &Statement) -> Result<u64, Fault> {
        let (mut behind, mut count) = (0_i64, 0);
        loop {
            let own: Parameters<'_> = &[&list, &behind, &CHUNK];
            let rows = self.rows(open, own).await?;
            let Some(last) = rows.last() else { break };
            behind = field(last, 0)?;
            let columns = changes::recover(&rows, now())?;
            count += u64::try_from(columns.line.len()).unwrap_or(u64::MAX);
            let updated = self.update(list, &columns).await;
            updated.map_err(|error| Fault::of(&error))?;
        }
        if count > 0 {
            let freed = self.freed(list, 1).await;
            freed.map_err(|error| Fault::of(&error))?;
        }
        Ok(count)
    }
}
