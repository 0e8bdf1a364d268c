//! A store around that of Postgres, for a worker that is slow between an intent and its call, and
//! for what a worker does wrong on purpose.
//!
//! Owns the delay and the sabotage of a store; everything else it passes on. Must not know what the
//! run makes of it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jdy::runtime::BoxFuture;
use jdy::transport::SendGuard;
use jdy_journal::{
    Change, Claim, Entry, Fleet, Header, JournalStore, LateAnswer, LookUpProgress, PlannedEntry,
    PostgresStore, Reconciled, RequestHash, Rest, State, StoreError, WorkerInfo,
};

use crate::shared_list::sabotage::Sabotage;

pub(crate) struct WrappedStore {
    store: Arc<PostgresStore>,
    wrong: Option<Sabotage>,
    /// How long an intent seems to take once it is written; an outcome before it is, if that is
    /// planned again.
    delay: Duration,
}

impl WrappedStore {
    pub(crate) fn new(store: PostgresStore, wrong: Option<Sabotage>, delay: Duration) -> Self {
        Self {
            store: Arc::new(store),
            wrong,
            delay,
        }
    }

    /// Asks the store as a shared one.
    fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&dyn Fleet) -> BoxFuture<'static, Result<T, StoreError>>,
    ) -> BoxFuture<'static, Result<T, StoreError>> {
        match self.store.fleet() {
            Some(fleet) => ask(fleet),
            None => Box::pin(async { Err(StoreError::failed("the store is not shared")) }),
        }
    }
}

impl WrappedStore {
    /// Plans the lines again that were left in flight, if that is the sabotage.
    fn replanned(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        if self.wrong != Some(Sabotage::Replan) {
            return Box::pin(async { Ok(()) });
        }
        let (store, entries) = (
            self.store.clone(),
            self.ask(|fleet| fleet.current_entries()),
        );
        Box::pin(async move {
            for entry in entries.await? {
                if let Some(change) = replanned(&entry) {
                    // Another one may have done it.
                    drop(store.write(change).await);
                }
            }
            Ok(())
        })
    }
}

impl JournalStore for WrappedStore {
    fn header(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>> {
        self.store.header()
    }

    fn create(
        &self,
        header: Header,
        lines: Vec<PlannedEntry>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        self.store.create(header, lines)
    }

    fn add(
        &self,
        key: String,
        hash: Option<RequestHash>,
    ) -> BoxFuture<'_, Result<Entry, StoreError>> {
        self.store.add(key, hash)
    }

    fn entries(&self) -> BoxFuture<'_, Result<Vec<Entry>, StoreError>> {
        self.store.entries()
    }

    fn write(&self, change: Change) -> BoxFuture<'static, Result<(), StoreError>> {
        if self.wrong == Some(Sabotage::Replan) && change.from == State::Intent {
            // A kill hits it between a call and its outcome.
            let (store, delay) = (self.store.clone(), self.delay);
            return Box::pin(async move {
                tokio::time::sleep(delay).await;
                store.write(change).await
            });
        }
        let delay = match (change.to, self.wrong) {
            (State::Intent, None | Some(Sabotage::Unfenced)) => self.delay,
            _ => Duration::ZERO,
        };
        let written = self.store.write(change);
        Box::pin(async move {
            written.await?;
            tokio::time::sleep(delay).await;
            Ok(())
        })
    }

    fn answer(&self, line: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.store.answer(line)
    }

    fn fleet(&self) -> Option<&dyn Fleet> {
        self.store.fleet().map(|_| self as &dyn Fleet)
    }
}

impl Fleet for WrappedStore {
    fn current_entries(&self) -> BoxFuture<'static, Result<Vec<Entry>, StoreError>> {
        self.ask(|fleet| fleet.current_entries())
    }

    fn reap(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        self.ask(|fleet| fleet.reap())
    }

    fn begin(&self) -> BoxFuture<'static, Result<u64, StoreError>> {
        self.ask(|fleet| fleet.begin())
    }

    fn claim(
        &self,
        most: usize,
        with_unknown: bool,
    ) -> BoxFuture<'static, Result<Vec<Claim>, StoreError>> {
        let claimed = self.ask(|fleet| fleet.claim(most, with_unknown));
        let replanned = self.replanned();
        Box::pin(async move {
            replanned.await?;
            claimed.await
        })
    }

    fn rest(&self) -> BoxFuture<'static, Result<Rest, StoreError>> {
        let rest = self.ask(|fleet| fleet.rest());
        let replanned = self.replanned();
        Box::pin(async move {
            replanned.await?;
            rest.await
        })
    }

    fn leave(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        self.ask(|fleet| fleet.leave())
    }

    fn named(&self) -> BoxFuture<'static, Result<Vec<u64>, StoreError>> {
        self.ask(|fleet| fleet.named())
    }

    fn take_role(&self) -> BoxFuture<'static, Result<Option<LookUpProgress>, StoreError>> {
        self.ask(|fleet| fleet.take_role())
    }

    fn keep_progress(
        &self,
        progress: LookUpProgress,
    ) -> BoxFuture<'static, Result<(), StoreError>> {
        self.ask(|fleet| fleet.keep_progress(progress))
    }

    fn give_role(
        &self,
        found: Reconciled,
        is_done: bool,
    ) -> BoxFuture<'static, Result<(), StoreError>> {
        self.ask(|fleet| fleet.give_role(found, is_done))
    }

    fn guard(&self, line: u64) -> Option<SendGuard> {
        let guard = self.store.fleet()?.guard(line);
        match self.wrong {
            Some(Sabotage::Unfenced) => guard.map(|_| Arc::new(|| true) as SendGuard),
            _ => guard,
        }
    }

    fn workers(&self) -> BoxFuture<'static, Result<Vec<WorkerInfo>, StoreError>> {
        self.ask(|fleet| fleet.workers())
    }

    fn late(&self) -> BoxFuture<'static, Result<Vec<LateAnswer>, StoreError>> {
        self.ask(|fleet| fleet.late())
    }
}

/// What makes a line that was left in flight one that is sent again, without a look-up.
fn replanned(entry: &Entry) -> Option<Change> {
    let report = entry.report.as_deref().unwrap_or_default();
    let was_left = entry.state == State::Unknown && report.contains("lease of worker");
    let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let at = u64::try_from(at.unwrap_or_default().as_millis()).unwrap_or_default();
    was_left.then(|| Change {
        report: Some("planned again by sabotage".to_owned()),
        ..Change::new(entry.line, State::Unknown, State::NotSent, at)
    })
}
