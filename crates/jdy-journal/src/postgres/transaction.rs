//! The transactions that change a list.
//!
//! Owns their statements and the verdict on their commit. Each marks the list with its process and
//! its number, so that a commit whose answer was lost can be looked up. Must not know when one is
//! tried again.

use std::future::Future;

use tokio_postgres::{Error, Row, Statement};

use super::fault::{Fault, text};
use super::rows::{self, Changed, Columns, PlannedColumns, check_key, entry, field, number};
use super::session::{ANSWER_LIMIT, Mark, Parameters, Session, in_time, pool};
use crate::entry::{Change, Entry};
use crate::store::{Header, PlannedEntry, RequestHash, StoreError};

const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// How many lines go into the database with one statement.
const CHUNK: usize = 5_000;

/// How a transaction ended.
pub(super) enum End<T> {
    /// There was nothing to write.
    Unchanged(T),
    /// It is in the database, and the list has this mark.
    Committed(T, Mark),
    /// The connection was lost in the commit. If it was done, the list has this mark.
    Unclear(T, Mark, String),
}

/// Which list, and in whose name.
pub(super) struct Ground<'a> {
    pub(super) list: &'a str,
    /// The name of this process.
    pub(super) holder: &'a str,
    /// The mark of the list as this process knows it.
    pub(super) mark: Option<&'a Mark>,
}

impl Ground<'_> {
    fn mark(&self) -> Result<&Mark, Fault> {
        self.mark
            .ok_or_else(|| Fault::failed("there is no journal yet"))
    }

    /// The mark that the transaction leaves.
    fn next(&self) -> Result<Mark, Fault> {
        let mark = self.mark()?;
        Ok(Mark {
            id: mark.id,
            holder: self.holder.to_owned(),
            writes: mark.writes + 1,
        })
    }
}

/// The refusal of a list that another process has written.
pub(super) fn replaced() -> Fault {
    Fault::failed(
        "while the connection was lost, another process took this list over, or the database was \
         put back to an earlier state; this process may not write it any more: end it, and begin \
         again",
    )
}

impl Session {
    /// Creates the journal with its lines.
    pub(super) async fn create(
        &self,
        ground: &Ground<'_>,
        header: &Header,
        lines: &[PlannedEntry],
    ) -> Result<End<()>, Fault> {
        if ground.mark.is_some() {
            return Err(Fault::failed("there is a journal already"));
        }
        for key in lines.iter().filter_map(|line| line.key.as_deref()) {
            check_key(key)?;
        }
        let end = self.create_begun(ground, header, lines).await;
        self.rolled_back(end).await
    }

    async fn create_begun(
        &self,
        ground: &Ground<'_>,
        header: &Header,
        lines: &[PlannedEntry],
    ) -> Result<End<()>, Fault> {
        let statements = self.statements()?;
        let own = &header.identity;
        let input = own.input.as_ref().map(|hash| &hash[..]);
        self.asked(self.client.batch_execute(BEGIN)).await?;
        let own: Parameters<'_> = &[
            &ground.list,
            &header.id,
            &own.name,
            &own.destination,
            &input,
            &ground.holder,
            &self.token,
        ];
        let made = self.rows(&statements.make, own).await?;
        let id: i64 = field(made.first().ok_or_else(pool)?, 0)?;
        for chunk in lines.chunks(CHUNK) {
            let PlannedColumns { line, key, hash } = PlannedColumns::of(chunk);
            let planned: Parameters<'_> = &[&id, &line, &key, &hash];
            self.rows(&statements.plan, planned).await?;
        }
        let mark = Mark {
            id,
            holder: ground.holder.to_owned(),
            writes: 0,
        };
        self.committed((), mark, async { Ok(()) }).await
    }

    /// The line with this key; if there is none, a new one.
    pub(super) async fn add(
        &self,
        ground: &Ground<'_>,
        key: &str,
        hash: Option<RequestHash>,
    ) -> Result<End<Entry>, Fault> {
        check_key(key)?;
        let list = ground.mark()?.id;
        let known = self.rows(&self.statements()?.find, &[&list, &key]).await?;
        if let Some(row) = known.first() {
            return Ok(End::Unchanged(entry(row)?));
        }
        let end = self.add_begun(ground, key, hash).await;
        self.rolled_back(end).await
    }

    async fn add_begun(
        &self,
        ground: &Ground<'_>,
        key: &str,
        hash: Option<RequestHash>,
    ) -> Result<End<Entry>, Fault> {
        let next = ground.next()?;
        let hash = hash.as_ref().map(|hash| &hash[..]);
        let add = &self.statements()?.add;
        let added = self.begun(ground, add, &[&next.id, &key, &hash]).await?;
        let none = || Fault::failed("the new line did not come back");
        let added = entry(added.first().ok_or_else(none)?)?;
        self.committed(added, next, async { Ok(()) }).await
    }

    /// Makes these changes, in their order, in one transaction of two round trips.
    pub(super) async fn change(
        &self,
        ground: &Ground<'_>,
        changes: &[Change],
    ) -> Result<End<Vec<Result<(), StoreError>>>, Fault> {
        let end = self.change_begun(ground, changes).await;
        self.rolled_back(end).await
    }

    async fn change_begun(
        &self,
        ground: &Ground<'_>,
        changes: &[Change],
    ) -> Result<End<Vec<Result<(), StoreError>>>, Fault> {
        let next = ground.next()?;
        let lines: Vec<i64> = changes.iter().map(|change| number(change.line)).collect();
        let statements = self.statements()?;
        let found = self
            .begun(ground, &statements.lines, &[&next.id, &lines])
            .await?;
        let Changed { ends, columns } = rows::apply(&found, changes)?;
        if columns.line.is_empty() {
            self.asked(self.client.batch_execute("ROLLBACK")).await?;
            return Ok(End::Unchanged(ends));
        }
        let id = next.id;
        let update = self.update(id, &columns);
        self.committed(ends, next, update).await
    }

    async fn update(&self, list: i64, columns: &Columns) -> Result<(), Error> {
        let Ok(statements) = self.statements() else {
            return Ok(());
        };
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
        ];
        let updated = self.client.execute(&statements.update, own);
        updated.await.map(drop)
    }

    /// Begins a transaction, marks the list, and asks the question, in one round trip.
    async fn begun(
        &self,
        ground: &Ground<'_>,
        question: &Statement,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, Fault> {
        let mark = ground.mark()?;
        let take = &self.statements()?.take;
        let own: Parameters<'_> = &[
            &mark.id,
            &mark.holder,
            &mark.writes,
            &ground.holder,
            &self.token,
        ];
        let all = async {
            tokio::join!(
                biased;
                self.client.batch_execute(BEGIN),
                self.client.execute(take, own),
                self.client.query(question, parameters),
            )
        };
        let (begun, taken, answer) = in_time(ANSWER_LIMIT, all)
            .await
            .ok_or_else(Fault::no_answer)?;
        // The first failure is the cause of the others.
        begun.map_err(|error| Fault::of(&error))?;
        match taken.map_err(|error| Fault::of(&error))? {
            1 => answer.map_err(|error| Fault::of(&error)),
            _ => Err(self.not_taken().await),
        }
    }

    /// Why the list could not be marked.
    async fn not_taken(&self) -> Fault {
        let sql = "SELECT current_setting('jdy_journal.session', true)";
        let own = self.asked(self.client.query_one(sql, &[])).await;
        let own = own.and_then(|row| field::<Option<String>>(&row, 0));
        match own {
            Ok(own) if own.as_ref() != Some(&self.token) => pool(),
            Ok(_) => replaced(),
            Err(fault) => fault,
        }
    }

    /// Makes the last change and commits, in one round trip.
    async fn committed<T>(
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
            Ok(()) => Ok(End::Committed(done, mark)),
            // The transaction ended with the error of its statement.
            Err(error) => match Fault::of_commit(&error) {
                Some(fault) => Err(fault),
                None => Ok(End::Unclear(done, mark, text(&error))),
            },
        }
    }

    /// Ends a transaction that failed, so that the session can be used again.
    async fn rolled_back<T>(&self, end: Result<T, Fault>) -> Result<T, Fault> {
        if let Err(Fault::Passing(_) | Fault::Final(_)) = &end {
            // If that fails, the next statement will show it.
            let back = self.client.batch_execute("ROLLBACK");
            drop(in_time(ANSWER_LIMIT, back).await);
        }
        end
    }
}
