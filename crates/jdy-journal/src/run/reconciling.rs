//! The part of a run that looks its unknown lines up.
//!
//! Owns the order: look every unknown line up, send those again that are absent, and wait where
//! that was asked for. Must not know what a verdict means for a line.

use std::pin::Pin;
use std::time::Duration;

use jdy_runtime::Client;

use super::{Runner, Stopped, Supply, Task, Todo};
use crate::entry::Entry;
use crate::list::{Line, List};
use crate::reconcile::{LineEnd, Reconcile, Reconciled, Verdict, look_up};
use crate::state::State;
use crate::store::StoreError;

/// After so many failed look-ups in a row the others would fail as well.
const MAX_FAILED: u32 = 3;

/// A clock is read to the second.
pub(super) const SECOND: Duration = Duration::from_secs(1);

/// What one pass over the unknown lines leaves to do.
#[derive(Default)]
pub(super) struct Pass<'a> {
    pub(super) absent: Todo<'a>,
    /// How long until the first line can be told.
    pub(super) wait: Option<Duration>,
    failed_in_a_row: u32,
}

impl<'a> Runner<'a> {
    /// Looks up all unknown lines, and sends those again that are absent.
    pub(super) async fn reconcile(
        &mut self,
        list: &'a List,
        how: &Reconcile,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> (Reconciled, Option<Stopped>) {
        let mut found = Reconciled::default();
        loop {
            found.again();
            let pass = match self.pass(list, how, &mut found, stop.as_mut()).await {
                Ok(pass) => pass,
                Err(stopped) => return (found, stopped),
            };
            if !pass.absent.is_empty() {
                self.progress.more(pass.absent.len());
                let mut absent = Supply::listed(pass.absent);
                let stopped = self.work(&mut absent, stop.as_mut()).await;
                if stopped.is_some() || self.failed.is_some() {
                    return (found, stopped);
                }
                // A line that was sent again may be unknown again.
                continue;
            }
            let Some(wait) = pass.wait.filter(|_| how.wait) else {
                return (found, None);
            };
            tokio::select! {
                biased;
                () = stop.as_mut() => return (found, Some(Stopped::Interrupted)),
                () = self.client.runtime().sleep(wait.saturating_add(SECOND)) => {}
            }
        }
    }

    /// Looks up each unknown line once. An error is the end of the run.
    pub(super) async fn pass(
        &mut self,
        list: &'a List,
        how: &Reconcile,
        found: &mut Reconciled,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Pass<'a>, Option<Stopped>> {
        let mut pass = Pass::default();
        let entries = self.journal.entries().await;
        let entries = entries.map_err(|error| self.fail(error))?;
        let pairs = list.lines().iter().zip(&entries);
        for (line, entry) in pairs.filter(|(_, entry)| entry.state == State::Unknown) {
            if pass.failed_in_a_row >= MAX_FAILED {
                found.count(LineEnd::Failed);
                continue;
            }
            let verdict = tokio::select! {
                biased;
                () = stop.as_mut() => return Err(Some(Stopped::Interrupted)),
                verdict = self.look_up(line, entry, how) => verdict,
            };
            match self.journal.keep(&verdict).await {
                // Somebody else settled it meanwhile.
                Err(StoreError::Conflict(_)) if self.journal.fleet().is_some() => continue,
                kept => kept.map_err(|error| self.fail(error))?,
            }
            found.count(verdict.end);
            found.failure = verdict.failure.or(found.failure.take());
            pass.note(verdict.end, line, entry);
            match verdict.end {
                LineEnd::Applied => self.progress.go(State::Unknown, State::Done),
                LineEnd::Absent => self.progress.go(State::Unknown, State::NotSent),
                _ => {}
            }
        }
        Ok(pass)
    }

    async fn look_up(&self, line: &Line, entry: &Entry, how: &Reconcile) -> Verdict {
        let account = self.options.account.as_deref();
        let account = account.unwrap_or(Client::DEFAULT_ACCOUNT);
        look_up(self.client, account, line, entry, &how.options).await
    }

    fn fail(&mut self, error: StoreError) -> Option<Stopped> {
        self.failed = Some(error);
        None
    }
}

impl<'a> Pass<'a> {
    fn note(&mut self, end: LineEnd, line: &'a Line, entry: &Entry) {
        self.failed_in_a_row = match end {
            LineEnd::Failed => self.failed_in_a_row + 1,
            _ => 0,
        };
        match end {
            LineEnd::Absent => self.absent.push_back(Task {
                line,
                number: entry.line,
                from: State::NotSent,
            }),
            LineEnd::TooEarly { wait, .. } => {
                self.wait = Some(self.wait.map_or(wait, |first| first.min(wait)));
            }
            _ => {}
        }
    }
}
