//! The part of a run that looks its unknown lines up.
//!
//! Owns the order: look every unknown line up, send those again that are absent, and wait where
//! that was asked for. Must not know what a verdict means for a line.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jdy_runtime::runtime::{Runtime as _, TokioRuntime};
use jdy_runtime::{Client, ReconcileBatch};
use tokio::task::JoinSet;

use super::{Runner, Stopped, Supply, Task, Todo};
use crate::call::SeenLine;
use crate::entry::Entry;
use crate::fleet::LookUpProgress;
use crate::list::{Line, List};
use crate::reconcile::{LineEnd, Reconcile, Reconciled, Verdict, look_up, unknown_write};
use crate::state::State;
use crate::store::StoreError;

/// After so many failed look-ups in a row the others would fail as well.
const MAX_FAILED: u32 = 3;

/// How many lines are looked up together: they share what they read of a list.
const MAX_TOGETHER: usize = 1_000;

/// A clock is read to the second.
pub(super) const SECOND: Duration = Duration::from_secs(1);

/// What one pass over the unknown lines leaves to do.
#[derive(Default)]
pub(super) struct Pass<'a> {
    pub(super) absent: Todo<'a>,
    /// How long until the first line can be decided.
    pub(super) wait: Option<Duration>,
    failed_in_a_row: u32,
}

/// A line that is looked up.
struct Open<'a, 'b> {
    line: &'a Line,
    entry: &'b Entry,
    /// How many lines of the list come up to it, itself included.
    through: u64,
}

/// How a line is asked for.
enum Asked {
    /// By the write with this index in the batch.
    Write(usize),
    /// Not at all: this was found out before.
    Known(LineEnd),
}

/// The unknown lines behind so many lines of the list.
fn unknown<'a, 'b>(list: &'a List, entries: &'b [Entry], behind: u64) -> Vec<Open<'a, 'b>> {
    let pairs = list.lines().iter().zip(entries).zip(1..);
    let open = pairs.map(|((line, entry), through)| Open {
        line,
        entry,
        through,
    });
    open.filter(|open| open.through > behind && open.entry.state == State::Unknown)
        .collect()
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
            let from_the_first = LookUpProgress::default();
            let pass = self.pass(list, how, from_the_first, &mut found, stop.as_mut());
            let pass = match pass.await {
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

    /// Looks up each unknown line once, some at a time, and goes on where the reconciler before this
    /// one has come to. An error is the end of the run.
    pub(super) async fn pass(
        &mut self,
        list: &'a List,
        how: &Reconcile,
        before: LookUpProgress,
        found: &mut Reconciled,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Pass<'a>, Option<Stopped>> {
        let mut pass = Pass::default();
        let entries = self.journal.entries().await;
        let entries = entries.map_err(|error| self.fail(error))?;
        let open = unknown(list, &entries, before.lines);
        let mut kept_at = TokioRuntime.monotonic();
        let at_once = self.options.concurrency.get();
        for group in open.chunks(MAX_TOGETHER) {
            let (batch, asked) = self.batch(group, how);
            for (some, asked) in group.chunks(at_once).zip(asked.chunks(at_once)) {
                let verdicts = tokio::select! {
                    biased;
                    () = stop.as_mut() => return Err(Some(Stopped::Interrupted)),
                    verdicts = self.look_up_some(&batch, some, asked, pass.failed_in_a_row) => {
                        verdicts
                    }
                };
                let kept = self.keep_some(some, verdicts, &mut pass, found).await;
                kept.map_err(|error| self.fail(error))?;
                let now = TokioRuntime.monotonic();
                if let Some(fleet) = self.journal.fleet()
                    && now.saturating_sub(kept_at) >= SECOND
                {
                    kept_at = now;
                    let absent = u64::try_from(pass.absent.len()).unwrap_or(u64::MAX);
                    let progress = LookUpProgress {
                        found: found.clone(),
                        lines: some.last().map_or(0, |last| last.through),
                        absent: before.absent.saturating_add(absent),
                    };
                    let kept = fleet.keep_progress(progress).await;
                    kept.map_err(|error| self.fail(error))?;
                }
            }
        }
        Ok(pass)
    }

    /// The batch in which these lines are looked up, and how each is asked for there. What this
    /// process has found out about a call is not asked again, unless it was too early.
    fn batch(&self, group: &[Open<'a, '_>], how: &Reconcile) -> (Arc<ReconcileBatch>, Vec<Asked>) {
        let account = self.options.account.as_deref();
        let account = account.unwrap_or(Client::DEFAULT_ACCOUNT);
        let mut writes = Vec::new();
        let mut ask = |open: &Open<'_, '_>| {
            let known = self.decided.get(&open.entry.line);
            match known.filter(|(sent, _)| *sent == open.entry.sent) {
                Some((_, end)) => Asked::Known(*end),
                None => {
                    writes.push(unknown_write(
                        account,
                        self.journal.account_set(),
                        open.line.request.clone(),
                        open.entry,
                    ));
                    Asked::Write(writes.len() - 1)
                }
            }
        };
        let asked = group.iter().map(&mut ask).collect();
        let batch = ReconcileBatch::new(self.client, writes, how.options.clone());
        (Arc::new(batch), asked)
    }

    /// Looks these lines up at once. `None`: it is not asked, as the look-ups before have failed.
    async fn look_up_some(
        &self,
        batch: &Arc<ReconcileBatch>,
        some: &[Open<'a, '_>],
        asked: &[Asked],
        failed_in_a_row: u32,
    ) -> Vec<Option<Verdict>> {
        let mut verdicts = Vec::new();
        let mut calls = JoinSet::new();
        for (place, (open, asked)) in some.iter().zip(asked).enumerate() {
            verdicts.push(match asked {
                Asked::Known(end) => Some(Verdict::known(*end)),
                Asked::Write(index) => {
                    let (client, batch) = (self.client.clone(), Arc::clone(batch));
                    let (entry, index) = (open.entry.clone(), *index);
                    if failed_in_a_row < MAX_FAILED {
                        calls.spawn(async move {
                            (place, look_up(&client, &batch, index, &entry).await)
                        });
                    }
                    None
                }
            });
        }
        while let Some(ended) = calls.join_next().await {
            if let Ok((place, verdict)) = ended
                && let Some(own) = verdicts.get_mut(place)
            {
                *own = Some(verdict);
            }
        }
        verdicts
    }

    /// Keeps what was found out about these lines, and counts it.
    async fn keep_some(
        &mut self,
        some: &[Open<'a, '_>],
        verdicts: Vec<Option<Verdict>>,
        pass: &mut Pass<'a>,
        found: &mut Reconciled,
    ) -> Result<(), StoreError> {
        // They are written together.
        let kept: Vec<_> = verdicts
            .iter()
            .map(|verdict| verdict.as_ref().and_then(|it| self.journal.keep(it)))
            .collect();
        for ((open, verdict), kept) in some.iter().zip(verdicts).zip(kept) {
            let Some(verdict) = verdict else {
                found.count(LineEnd::Failed);
                continue;
            };
            if let Some(kept) = kept {
                match kept.await {
                    // Somebody else settled it meanwhile.
                    Err(StoreError::Conflict(_)) if self.journal.fleet().is_some() => continue,
                    kept => kept?,
                }
            }
            let (line, entry) = (open.line, open.entry);
            found.count(verdict.end);
            found.failure = verdict.failure.or(found.failure.take());
            pass.note(verdict.end, line, entry);
            match verdict.end {
                LineEnd::Applied => self.progress.go(State::Unknown, State::Done),
                LineEnd::Absent => self.progress.go(State::Unknown, State::NotSent),
                LineEnd::Conflict | LineEnd::Undecided => {
                    self.decided.insert(entry.line, (entry.sent, verdict.end));
                }
                LineEnd::TooEarly { .. } | LineEnd::Failed => {}
            }
        }
        Ok(())
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
                seen: SeenLine {
                    line: entry.line,
                    state: State::NotSent,
                    sent: Some(entry.sent),
                },
            }),
            LineEnd::TooEarly { wait, .. } => {
                self.wait = Some(self.wait.map_or(wait, |first| first.min(wait)));
            }
            _ => {}
        }
    }
}
