//! How a worker joins a list, takes part in its runs, and ends; and how others end it.
//!
//! Owns these transactions. Must not know what a call is.

use std::collections::HashMap;
use std::time::SystemTime;

use jdy_runtime::runtime::{Runtime as _, TokioRuntime};
use tokio_postgres::Error;

use super::changes::{self, Columns};
use super::fault::Fault;
use super::rows::field;
use super::session::{Mark, Parameters, Session};
use super::transaction::{End, Ground};
use crate::report::{lease_ended, worker_ended};

impl Session {
    /// Enters a worker of this name. `None` if this process is not connected to Postgres itself.
    pub(super) async fn join(
        &self,
        list: i64,
        name: &str,
        lease: f64,
    ) -> Result<Option<Mark>, Fault> {
        let statements = self.statements()?;
        // The answer to an earlier attempt may have been lost.
        let mut rows = self.rows(&statements.known, &[&list, &name]).await?;
        if rows.is_empty() {
            let own: Parameters<'_> = &[&list, &name, &lease, &self.token];
            rows = self.rows(&statements.join, own).await?;
        }
        if rows.is_empty() {
            // It was committed only now.
            rows = self.rows(&statements.known, &[&list, &name]).await?;
        }
        let mark = rows.first().map(|row| {
            Ok(Mark {
                worker: field(row, 0)?,
                writes: field(row, 1)?,
            })
        });
        mark.transpose()
    }

    /// Renews the lease, and says whether the worker holds lines of a run.
    pub(super) async fn part(
        &self,
        ground: &Ground,
        run: i64,
        is_idle: bool,
    ) -> Result<End<()>, Fault> {
        let own: Parameters<'_> = &[&ground.mark.worker, &run, &is_idle];
        let end = async {
            self.begun(ground, &self.statements()?.part, own).await?;
            let nothing = async { Ok(()) };
            self.committed((), ground.next(), nothing).await
        };
        let end = end.await;
        self.rolled_back(end).await
    }

    /// Takes part in the run that others are in, or in this one if it is the current one; otherwise
    /// begins the next one.
    pub(super) async fn begin(&self, ground: &Ground, former: i64) -> Result<End<i64>, Fault> {
        let end = self.begin_begun(ground, former).await;
        self.rolled_back(end).await
    }

    async fn begin_begun(&self, ground: &Ground, former: i64) -> Result<End<i64>, Fault> {
        let statements = self.statements()?;
        let (list, worker) = (ground.list, ground.mark.worker);
        // The list is locked, so that of several that begin at once one is the first.
        let run = self.begun(ground, &statements.run, &[&list]).await?;
        let none = || Fault::failed("the list is not there any more");
        let run: i64 = field(run.first().ok_or_else(none)?, 0)?;
        let others = self
            .rows(&statements.others, &[&list, &worker, &run])
            .await?;
        let others: bool = field(others.first().ok_or_else(none)?, 0)?;
        let goes_on = run > 0 && (others || former == run);
        let run = if goes_on { run } else { run + 1 };
        let of_list: Parameters<'_> = &[&list, &run];
        let of_worker: Parameters<'_> = &[&worker, &run, &false];
        let all = async {
            let (list, worker) = tokio::join!(
                biased;
                self.client.execute(&statements.begin, of_list),
                self.client.execute(&statements.part, of_worker),
            );
            list.and(worker).map(drop)
        };
        self.committed(run, ground.next(), all).await
    }

    /// Leaves the run: these claims are free again, and the role of the reconciler is.
    pub(super) async fn leave(&self, ground: &Ground, held: &[i64]) -> Result<End<()>, Fault> {
        let own: Parameters<'_> = &[&ground.mark.worker, &0_i64, &false];
        let end = async {
            self.begun(ground, &self.statements()?.part, own).await?;
            let released = self.released(ground, held);
            self.committed((), ground.next(), released).await
        };
        let end = end.await;
        self.rolled_back(end).await
    }

    /// Ends the worker.
    pub(super) async fn quit(&self, ground: &Ground, held: &[i64]) -> Result<End<()>, Fault> {
        let own: Parameters<'_> = &[&ground.mark.worker];
        let end = async {
            self.begun(ground, &self.statements()?.quit, own).await?;
            let released = self.released(ground, held);
            self.committed((), ground.next(), released).await
        };
        let end = end.await;
        self.rolled_back(end).await
    }

    async fn released(&self, ground: &Ground, held: &[i64]) -> Result<(), Error> {
        let Ok(statements) = self.statements() else {
            return Ok(());
        };
        let (list, worker) = (ground.list, ground.mark.worker);
        let no: Option<&str> = None;
        let claims: Parameters<'_> = &[&list, &worker, &held];
        let role: Parameters<'_> = &[&list, &worker, &false, &no];
        let count = i64::try_from(held.len()).unwrap_or(i64::MAX);
        let (claims, role, freed) = tokio::join!(
            biased;
            async {
                match held.is_empty() {
                    true => Ok(0),
                    false => self.client.execute(&statements.release, claims).await,
                }
            },
            self.client.execute(&statements.give_role, role),
            self.freed(list, count),
        );
        claims.and(role).and(freed)
    }

    /// Whether there are workers to be ended.
    pub(super) async fn has_lapsed(&self, list: i64, worker: i64) -> Result<bool, Fault> {
        let lapsed = &self.statements()?.lapsed;
        let rows = self.rows(lapsed, &[&list, &worker]).await?;
        rows.first().map_or(Ok(false), |row| field(row, 0))
    }

    /// Ends the workers whose lease is over. Returns how many.
    pub(super) async fn reap(&self, ground: &Ground) -> Result<End<usize>, Fault> {
        let end = self.reap_begun(ground).await;
        self.rolled_back(end).await
    }

    async fn reap_begun(&self, ground: &Ground) -> Result<End<usize>, Fault> {
        let statements = self.statements()?;
        let (list, worker) = (ground.list, ground.mark.worker);
        let dead = self
            .begun(ground, &statements.dead, &[&list, &worker])
            .await?;
        if dead.is_empty() {
            // Others end them.
            self.asked(self.client.batch_execute("ROLLBACK")).await?;
            return Ok(End::Unchanged(0));
        }
        let mut workers = Vec::new();
        let mut reports = HashMap::new();
        for row in &dead {
            let (id, name, has_left): (i64, String, bool) =
                (field(row, 0)?, field(row, 1)?, field(row, 2)?);
            let worker = format!("{id} ({name})");
            let report = match has_left {
                true => worker_ended(&worker),
                false => lease_ended(&worker),
            };
            workers.push(id);
            reports.insert(id, report);
        }
        let left = self.rows(&statements.left, &[&list, &workers]).await?;
        let report = |worker: i64| reports.get(&worker).cloned().unwrap_or_default();
        let columns = changes::bury(&left, now(), report)?;
        let lines = left.iter().map(|row| field(row, 0));
        let lines: Vec<i64> = lines.collect::<Result<_, _>>()?;
        let buried = self.buried(ground, &columns, &lines, &workers);
        let count = workers.len();
        self.committed(count, ground.next(), buried).await
    }

    async fn buried(
        &self,
        ground: &Ground,
        columns: &Columns,
        lines: &[i64],
        workers: &[i64],
    ) -> Result<(), Error> {
        let Ok(statements) = self.statements() else {
            return Ok(());
        };
        let list = ground.list;
        let of_lines: Parameters<'_> = &[&list, &lines];
        let of_workers: Parameters<'_> = &[&workers];
        let (updated, free, buried, freed) = tokio::join!(
            biased;
            self.update(list, columns),
            self.client.execute(&statements.free, of_lines),
            self.client.execute(&statements.bury, of_workers),
            self.freed(list, 1),
        );
        updated.and(free.map(drop)).and(buried.map(drop)).and(freed)
    }
}

/// The time of this machine's clock, in milliseconds since 1970.
pub(super) fn now() -> u64 {
    let since = TokioRuntime.now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
