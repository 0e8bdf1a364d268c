//! The transactions of a worker.
//!
//! Owns their order and the verdict on their commit. Each begins by taking the worker's row, which
//! renews its lease, counts the transaction and proves that the worker was not fenced; so a commit
//! whose answer was lost can be looked up. Must not know when one is tried again.

use std::future::Future;

use tokio_postgres::{Error, Row, Statement};

use super::changes::{self, Actor, Changed, Columns, LateColumns};
use super::fault::{Fault, text};
use super::rows::{PlannedColumns, check_key, entry, field, number, whole};
use super::session::{ANSWER_LIMIT, Mark, Parameters, Session, in_time, pool};
use crate::entry::{Change, Entry, IN_PART, IN_PART_FORMERLY};
use crate::store::{Header, NAMED, PlannedEntry, RequestHash, StoreError};

/// What follows in the same message is made also if this fails, each by itself: an operator may cancel
/// it. So it says that it was done, for as long as the transaction lasts, and they ask.
pub(super) const BEGIN: &str =
    "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL jdy_journal.begun = 'on'";

/// How many lines go into the database with one statement.
const CHUNK: usize = 5_000;

/// How a transaction ended.
pub(super) enum End<T> {
    /// There was nothing to write.
    Unchanged(T),
    /// It is in the database, and the worker has this mark.
    Committed(T, Mark),
    /// The connection was lost in the commit. If it was done, the worker has this mark.
    Unclear(T, Mark, String),
}

/// What a new list is called, and whether it may have lines of other lists.
pub(super) struct NewList<'a> {
    pub(super) name: &'a str,
    pub(super) may_repeat: bool,
    /// Whether it is made although the database may lack lists and commits.
    pub(super) trusts_failover: bool,
}

/// Which list, and in whose name.
#[derive(Clone, Copy)]
pub(super) struct Ground {
    /// The number of the list.
    pub(super) list: i64,
    /// The mark of the worker as this process knows it.
    pub(super) mark: Mark,
    /// The length of the lease in milliseconds.
    pub(super) lease: f64,
}

impl Ground {
    /// The mark that the transaction leaves.
    pub(super) fn next(&self) -> Mark {
        Mark {
            writes: self.mark.writes + 1,
            ..self.mark
        }
    }
}

/// The refusal of a worker that the database does not know as it was.
pub(super) fn replaced() -> Fault {
    Fault::Final(StoreError::SetBack)
}

impl Session {
    /// Creates the journal with its lines, completely or not at all. `None` if there is one.
    pub(super) async fn create(
        &self,
        list: &NewList<'_>,
        header: &Header,
        lines: &[PlannedEntry],
    ) -> Result<Option<i64>, Fault> {
        for key in lines.iter().filter_map(|line| line.key.as_deref()) {
            check_key(key)?;
        }
        let end = self.create_begun(list, header, lines).await;
        self.rolled_back(end).await
    }

    async fn create_begun(
        &self,
        list: &NewList<'_>,
        header: &Header,
        lines: &[PlannedEntry],
    ) -> Result<Option<i64>, Fault> {
        let statements = self.statements()?;
        let own = &header.identity;
        let input = own.input.as_ref().map(|hash| &hash[..]);
        self.asked(self.client.batch_execute(BEGIN)).await?;
        self.rows(&statements.one_at_a_time, &[]).await?;
        let own: Parameters<'_> = &[
            &list.name,
            &header.id,
            &own.name,
            &own.destination,
            &input,
            &self.token,
        ];
        let made = self.rows(&statements.make, own).await?;
        let Some(row) = made.first() else {
            self.asked(self.client.batch_execute("ROLLBACK")).await?;
            return Ok(None);
        };
        let id: i64 = field(row, 0)?;
        self.check_incarnation(list.trusts_failover).await?;
        for chunk in lines.chunks(CHUNK) {
            let PlannedColumns { line, key, hash } = PlannedColumns::of(chunk);
            let planned: Parameters<'_> = &[&id, &line, &key, &hash];
            self.rows(&statements.plan, planned).await?;
        }
        if !list.may_repeat {
            self.check_unlisted(id).await?;
        }
        // Not clear is as good as not done: the next attempt finds it.
        self.asked(self.client.batch_execute("COMMIT")).await?;
        Ok(Some(id))
    }

    /// Refuses a list whose lines another one has.
    async fn check_unlisted(&self, id: i64) -> Result<(), Fault> {
        let twin = &self.statements()?.twin;
        let own: Parameters<'_> = &[&id, &NAMED, &IN_PART, &IN_PART_FORMERLY];
        let found = self.rows(twin, own).await?;
        let Some(row) = found.first() else {
            return Ok(());
        };
        Err(Fault::Final(StoreError::Repeated {
            list: field(row, 0)?,
            lines: whole(field(row, 1)?),
            first: whole(field(row, 2)?),
        }))
    }

    /// The line with this key; if there is none, a new one. `None` if another session adds one at
    /// the same time.
    pub(super) async fn add(
        &self,
        list: i64,
        key: &str,
        hash: Option<RequestHash>,
        trusts_failover: bool,
    ) -> Result<Option<Entry>, Fault> {
        let statements = self.statements()?;
        let known = self.rows(&statements.find, &[&list, &key]).await?;
        if let Some(row) = known.first() {
            return entry(row).map(Some);
        }
        let hash = hash.as_ref().map(|hash| &hash[..]);
        let own: Parameters<'_> = &[&list, &key, &hash, &self.token, &trusts_failover];
        let added = self.rows(&statements.add, own).await?;
        match added.first() {
            Some(row) => entry(row).map(Some),
            None => self.check_incarnation(trusts_failover).await.map(|()| None),
        }
    }

    /// Makes these changes, in their order, in one transaction of two round trips.
    pub(super) async fn change(
        &self,
        ground: &Ground,
        changes: &[Change],
        actor: Actor<'_>,
    ) -> Result<End<Changed>, Fault> {
        let end = self.change_begun(ground, changes, actor).await;
        self.rolled_back(end).await
    }

    async fn change_begun(
        &self,
        ground: &Ground,
        changes: &[Change],
        actor: Actor<'_>,
    ) -> Result<End<Changed>, Fault> {
        let lines: Vec<i64> = changes.iter().map(|change| number(change.line)).collect();
        let own: Parameters<'_> = &[&ground.list, &lines];
        let found = self.begun(ground, &self.statements()?.lines, own).await?;
        let changed = changes::apply(&found, changes, actor)?;
        if changed.is_empty() {
            self.asked(self.client.batch_execute("ROLLBACK")).await?;
            return Ok(End::Unchanged(changed));
        }
        let end = {
            let all = async {
                let (updated, kept, freed) = tokio::join!(
                    biased;
                    self.update(ground.list, &changed.columns),
                    self.keep_late(ground.list, &changed.late),
                    self.freed(ground.list, changed.freed),
                );
                updated.and(kept).and(freed)
            };
            self.committed((), ground.next(), all).await?
        };
        Ok(match end {
            End::Unchanged(()) => End::Unchanged(changed),
            End::Committed((), mark) => End::Committed(changed, mark),
            End::Unclear((), mark, why) => End::Unclear(changed, mark, why),
        })
    }

    /// Writes changed lines.
    pub(super) async fn update(&self, list: i64, columns: &Columns) -> Result<(), Error> {
        let Ok(statements) = self.statements() else {
            return Ok(());
        };
        if columns.line.is_empty() {
            return Ok(());
        }
        let own: Parameters<'_> = &[
            &list,
            &columns.line,
            &columns.state,
            &columns.sent,
            &columns.resent,
            &columns.intended_at,
            &columns.ended_at,
            &columns.report,
            &columns.history,
            &columns.answer,
            &columns.keeps_answer,
            &columns.worker,
            &columns.run,
            &columns.named,
        ];
        let updated = self.client.execute(&statements.update, own);
        updated.await.map(drop)
    }

    async fn keep_late(&self, list: i64, late: &LateColumns) -> Result<(), Error> {
        let Ok(statements) = self.statements() else {
            return Ok(());
        };
        if late.line.is_empty() {
            return Ok(());
        }
        let own: Parameters<'_> = &[
            &list,
            &late.line,
            &late.worker,
            &late.at,
            &late.state,
            &late.report,
            &late.answer,
            &late.contradicts,
        ];
        let kept = self.client.execute(&statements.keep_late, own);
        kept.await.map(drop)
    }

    /// Says that so many lines may be free.
    pub(super) async fn freed(&self, list: i64, count: i64) -> Result<(), Error> {
        let Ok(statements) = self.statements() else {
            return Ok(());
        };
        if count == 0 {
            return Ok(());
        }
        let own: Parameters<'_> = &[&list, &count];
        self.client.execute(&statements.freed, own).await.map(drop)
    }

    /// Begins a transaction, takes the worker's row, and asks the question, in one round trip.
    pub(super) async fn begun(
        &self,
        ground: &Ground,
        question: &Statement,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, Fault> {
        let all = async {
            tokio::join!(
                biased;
                self.taken(ground),
                self.client.query(question, parameters),
            )
        };
        let (taken, answer) = in_time(ANSWER_LIMIT, all)
            .await
            .ok_or_else(Fault::no_answer)?;
        // The first failure is the cause of the others.
        match taken.map_err(|error| Fault::of(&error))? {
            1 => answer.map_err(|error| Fault::of(&error)),
            _ => Err(self.not_taken(ground).await),
        }
    }

    /// Begins a transaction and takes the worker's row. The result is the number of rows taken.
    pub(super) async fn taken(&self, ground: &Ground) -> Result<u64, Error> {
        let Ok(statements) = self.statements() else {
            return Ok(0);
        };
        let own: Parameters<'_> = &[
            &ground.mark.worker,
            &ground.mark.writes,
            &ground.lease,
            &self.token,
        ];
        let both = async {
            tokio::join!(
                biased;
                self.client.batch_execute(BEGIN),
                self.client.execute(&statements.take, own),
            )
        };
        let (begun, taken) = both.await;
        begun.and(taken)
    }

    /// Renews the lease, in one round trip.
    pub(super) async fn renew(&self, ground: &Ground) -> Result<End<()>, Fault> {
        let both =
            async { tokio::join!(biased; self.taken(ground), self.client.batch_execute("COMMIT")) };
        let next = ground.next();
        let Some((taken, commit)) = in_time(ANSWER_LIMIT, both).await else {
            return Ok(End::Unclear(
                (),
                next,
                "the server does not answer".to_owned(),
            ));
        };
        match taken.and_then(|taken| commit.map(|()| taken)) {
            Ok(1) => Ok(match self.doubt() {
                Some(why) => End::Unclear((), next, why),
                None => End::Committed((), next),
            }),
            Ok(_) => Err(self.not_taken(ground).await),
            Err(error) => match Fault::of_commit(&error) {
                Some(fault) => Err(fault),
                None => Ok(End::Unclear((), next, text(&error))),
            },
        }
    }

    /// Why the worker's row could not be taken.
    pub(super) async fn not_taken(&self, ground: &Ground) -> Fault {
        let sql = "SELECT current_setting('jdy_journal.session', true)";
        let own = self.asked(self.client.query_one(sql, &[])).await;
        let own = own.and_then(|row| field::<Option<String>>(&row, 0));
        match own {
            Ok(own) if own.as_ref() != Some(&self.token) => return pool(),
            Ok(_) => {}
            Err(fault) => return fault,
        }
        match self.mark(ground.mark.worker).await {
            Ok(Some((mark, true))) if mark == ground.mark => Fault::Fenced,
            Ok(_) => replaced(),
            Err(fault) => fault,
        }
    }

    /// Makes the last statements and commits, in one round trip.
    pub(super) async fn committed<T>(
        &self,
        done: T,
        mark: Mark,
        last: impl Future<Output = Result<(), Error>>,
    ) -> Result<End<T>, Fault> {
        let both = async { tokio::join!(biased; last, self.client.batch_execute("COMMIT")) };
        let Some((last, commit)) = in_time(ANSWER_LIMIT, both).await else {
            let why = "the server does not answer".to_owned();
            return Ok(End::Unclear(done, mark, why));
        };
        match last.and(commit) {
            Ok(()) => Ok(match self.doubt() {
                Some(why) => End::Unclear(done, mark, why),
                None => End::Committed(done, mark),
            }),
            // The transaction ended with the error of its statement.
            Err(error) => match Fault::of_commit(&error) {
                Some(fault) => Err(fault),
                None => Ok(End::Unclear(done, mark, text(&error))),
            },
        }
    }

    /// Ends a transaction that failed, so that the session can be used again.
    pub(super) async fn rolled_back<T>(&self, end: Result<T, Fault>) -> Result<T, Fault> {
        if let Err(Fault::Passing(_) | Fault::Final(_) | Fault::Fenced) = &end {
            // If that fails, the next statement will show it.
            let back = self.client.batch_execute("ROLLBACK");
            drop(in_time(ANSWER_LIMIT, back).await);
        }
        end
    }
}
