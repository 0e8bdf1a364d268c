//! Whether a shared store fulfils the contract of [`Fleet`].
//!
//! Owns the contract as one story of two workers, each of which is fenced once. Must not know any
//! store.

use super::{Broken, header, holds, kept, planned};
use crate::entry::Change;
use crate::fleet::{Fleet, LateAnswer, LookUpProgress, Rest, WorkerInfo};
use crate::reconcile::Reconciled;
use crate::resolution::ResolvedAs;
use crate::state::State;
use crate::store::{JournalStore, StoreError};

/// Checks a store that several processes share against the contract of [`Fleet`]. `open` opens the
/// same list each time, empty at first, also while another store of it is open. `lapse` ends the
/// lease of the worker with this number, as time does. The leases must hold for as long as the check
/// takes otherwise, which is a few seconds.
///
/// It checks that a worker joins the run of the others; that a line is claimed by one worker, and
/// sent and ended by no other while that one lives, and is not free again in the run once it was
/// sent; that a worker whose lease is over loses its
/// claims, its calls become unknown, its guard no longer holds, and it goes on under a new number;
/// that an outcome that comes late ends the line, or is kept beside it and is a contradiction; that
/// the role of the reconciler has one holder and passes on with its progress; what a person stated
/// in the run; and when a run ends.
///
/// It does not check that a lease ends and is renewed by itself, what a lost connection does, nor
/// what several processes do at the same moment. [`conformance`](super::conformance) checks the
/// store as one that is used alone.
///
/// # Errors
/// The first promise that is broken; an error of the store breaks one too.
pub async fn fleet_conformance<S: JournalStore>(
    open: impl AsyncFn() -> Result<S, StoreError>,
    lapse: impl AsyncFn(u64) -> Result<(), StoreError>,
) -> Result<(), Broken> {
    let opened = async || kept("it can be opened while another store has it", open().await);
    let (first, second) = (opened().await?, opened().await?);
    kept("it can be made", first.create(header(), planned()).await)?;
    let (first, second) = (Member::of(&first)?, Member::of(&second)?);
    let run = joins(first, second).await?;
    let numbers = claims(first, second).await?;
    own_calls(first, second).await?;
    lets_live(first, second).await?;
    let progress = one_role(first, second).await?;
    let holds_yet = first.fleet.guard(1);
    kept("a lease can be ended", lapse(numbers.0).await)?;
    is_fenced(first, second, &progress).await?;
    late_and_untouched(first, second).await?;
    let holds_yet = holds_yet.is_some_and(|holds| holds());
    holds(
        "the guard of a fenced worker holds no more",
        !holds_yet,
        numbers,
    )?;
    is_claimed(first, 2).await?;
    second.write(4, State::Planned, State::Intent).await?;
    kept("a lease can be ended", lapse(numbers.1).await)?;
    late_and_contradicted(first, second, numbers.1).await?;
    sends_the_rest(first).await?;
    ends(first, second).await?;
    next_run(first, second, run).await
}

/// A store that takes part in a run.
#[derive(Clone, Copy)]
struct Member<'a> {
    store: &'a dyn JournalStore,
    fleet: &'a dyn Fleet,
}

impl<'a> Member<'a> {
    fn of(store: &'a dyn JournalStore) -> Result<Self, Broken> {
        let none = || Broken {
            promise: "a shared store has a fleet",
            seen: "None".to_owned(),
        };
        let fleet = store.fleet().ok_or_else(none)?;
        Ok(Self { store, fleet })
    }

    /// A change that must succeed.
    async fn write(self, line: u64, from: State, to: State) -> Result<(), Broken> {
        let promise = "a worker changes its own lines and free ones";
        kept(promise, self.store.write(change(line, from, to)).await)
    }

    async fn is_refused(self, promise: &'static str, change: Change) -> Result<(), Broken> {
        let line = change.line;
        let end = self.store.write(change).await;
        let is_conflict = matches!(end, Err(StoreError::Conflict(own)) if own == line);
        holds(promise, is_conflict, end)
    }

    async fn claims(
        self,
        promise: &'static str,
        most: usize,
        expected: &[u64],
    ) -> Result<(), Broken> {
        let claims = kept(promise, self.fleet.claim(most, false).await)?;
        let mut lines: Vec<u64> = claims.iter().map(|claim| claim.line).collect();
        lines.sort_unstable();
        holds(promise, lines == expected, claims)
    }

    /// The state of a line as it is stored.
    async fn is(self, promise: &'static str, line: u64, state: State) -> Result<(), Broken> {
        let entries = kept(promise, self.store.entries().await)?;
        let own = entries.iter().find(|entry| entry.line == line);
        holds(promise, own.is_some_and(|own| own.state == state), own)
    }

    async fn workers(self) -> Result<Vec<WorkerInfo>, Broken> {
        kept("the workers can be read", self.fleet.workers().await)
    }

    async fn late(self) -> Result<Vec<LateAnswer>, Broken> {
        kept("late outcomes can be read", self.fleet.late().await)
    }

    /// Rests, and claims nothing while lines may be free.
    async fn rests(self) -> Result<Rest, Broken> {
        let promise = "a worker that finds nothing rests";
        for _ in 0..8 {
            match kept(promise, self.fleet.rest().await)? {
                Rest::Claimable => self.claims(promise, 10, &[]).await?,
                rest => return Ok(rest),
            }
        }
        holds(promise, false, "lines may be free, and none is")?;
        Ok(Rest::Claimable)
    }
}

fn change(line: u64, from: State, to: State) -> Change {
    Change::new(line, from, to, 1_700_000_000_000)
}

async fn joins(first: Member<'_>, second: Member<'_>) -> Result<u64, Broken> {
    let promise = "who begins while another is in a run takes part in it";
    let run = kept(promise, first.fleet.begin().await)?;
    let joined = kept(promise, second.fleet.begin().await)?;
    holds(promise, run > 0 && run == joined, (run, joined))?;
    Ok(run)
}

/// The numbers of the two workers.
async fn claims(first: Member<'_>, second: Member<'_>) -> Result<(u64, u64), Broken> {
    let promise = "a line is claimed by one worker, the next ones first";
    first.claims(promise, 2, &[1, 2]).await?;
    second.claims(promise, 10, &[4, 7]).await?;
    first.claims(promise, 10, &[]).await?;
    let promise = "each worker is shown with what it holds, the oldest first";
    let workers = second.workers().await?;
    let [one, two] = workers.as_slice() else {
        holds(promise, false, workers)?;
        return Ok((0, 0));
    };
    let is_so = one.id < two.id
        && (one.claimed, two.claimed) == (2, 2)
        && workers
            .iter()
            .all(|own| own.is_running && own.lease_left.is_some() && own.ended_at.is_none());
    holds(promise, is_so, &workers)?;
    Ok((one.id, two.id))
}

/// A line that a worker has claimed, or whose call it makes, is its own.
async fn own_calls(first: Member<'_>, second: Member<'_>) -> Result<(), Broken> {
    is_claimed(second, 1).await?;
    first.write(1, State::Planned, State::Intent).await?;
    let promise = "the intent of a living worker is ended by itself alone";
    let outcome = change(1, State::Intent, State::Done);
    second.is_refused(promise, outcome).await?;
    let guards = [&first, &second].map(|own| own.fleet.guard(1).map(|holds| holds()));
    let promise = "the guard of a line is that of the worker that wrote its intent";
    holds(promise, guards == [Some(true), None], guards)?;
    let workers = second.workers().await?;
    let calls = workers.first().map(|own| (own.claimed, own.under_way));
    holds(
        "a line that is sent is claimed no more",
        calls == Some((1, 1)),
        calls,
    )
}

/// Nobody ends the workers whose leases hold, nor shows their calls as ended.
async fn lets_live(first: Member<'_>, second: Member<'_>) -> Result<(), Broken> {
    let promise = "a call of a living worker stays under way";
    let seen = kept(promise, second.fleet.current_entries().await)?;
    let state = seen.iter().find(|entry| entry.line == 1);
    let state = state.map(|entry| entry.state);
    holds(promise, state == Some(State::Intent), state)?;
    for own in [second, first] {
        kept(promise, own.fleet.reap().await)?;
    }
    second.is(promise, 1, State::Intent).await?;
    let workers = second.workers().await?;
    let are_alive = workers.iter().all(|own| own.ended_at.is_none());
    holds(promise, are_alive, workers)
}

async fn is_claimed(own: Member<'_>, line: u64) -> Result<(), Broken> {
    let promise = "a line that another worker has claimed is not sent";
    let intent = change(line, State::Planned, State::Intent);
    own.is_refused(promise, intent).await
}

async fn one_role(first: Member<'_>, second: Member<'_>) -> Result<LookUpProgress, Broken> {
    let promise = "one worker has the role of the reconciler, from the beginning of a pass";
    let taken = kept(promise, first.fleet.take_role().await)?;
    holds(promise, taken == Some(LookUpProgress::default()), taken)?;
    let other = kept(promise, second.fleet.take_role().await)?;
    holds(promise, other.is_none(), other)?;
    let progress = LookUpProgress {
        found: Reconciled {
            conflicts: 1,
            failure: Some("no\nconnection".to_owned()),
            ..Reconciled::default()
        },
        lines: 3,
        absent: 2,
    };
    let end = first.fleet.keep_progress(progress.clone()).await;
    kept("the progress of a pass can be kept", end)?;
    Ok(progress)
}

/// The lease of the first worker is over: it had claimed line 2, and made the call of line 1.
async fn is_fenced(
    first: Member<'_>,
    second: Member<'_>,
    progress: &LookUpProgress,
) -> Result<(), Broken> {
    let promise = "an intent whose lease is over reads unknown";
    let seen = kept(promise, second.fleet.current_entries().await)?;
    let state = seen.iter().find(|entry| entry.line == 1);
    let state = state.map(|entry| entry.state);
    holds(promise, state == Some(State::Unknown), state)?;
    let promise = "a worker whose lease is over is ended by another";
    kept(promise, second.fleet.reap().await)?;
    second.is(promise, 1, State::Unknown).await?;
    let workers = second.workers().await?;
    let ended = workers.first().and_then(|own| own.end_reason.as_deref());
    holds(promise, ended == Some("lease ended"), &workers)?;
    let promise = "its claims are free, and its unknown line is not";
    second.claims(promise, 10, &[2]).await?;
    let promise = "the role of a worker that has ended passes on with its progress";
    let taken = kept(promise, second.fleet.take_role().await)?;
    holds(promise, taken.as_ref() == Some(progress), taken)?;
    let promise = "late outcomes are those that came";
    let late = first.late().await?;
    holds(promise, late.is_empty(), late)
}

/// The first worker brings the outcome of line 1, and goes on under a new number.
async fn late_and_untouched(first: Member<'_>, second: Member<'_>) -> Result<(), Broken> {
    let promise = "a late outcome ends a line that only the lease made unknown";
    let outcome = Change {
        answer: Some(b"late".to_vec()),
        ..change(1, State::Intent, State::Done)
    };
    kept(promise, first.store.write(outcome).await)?;
    second.is(promise, 1, State::Done).await?;
    let answer = kept(promise, second.store.answer(1).await)?;
    holds(promise, answer.as_deref() == Some(b"late"), answer)?;
    let late = second.late().await?;
    holds(promise, late.is_empty(), late)?;
    let workers = second.workers().await?;
    let promise = "a process whose worker was fenced goes on as a new worker of the run";
    let ids: Vec<u64> = workers.iter().map(|own| own.id).collect();
    let is_new = ids.len() == 3 && ids.is_sorted();
    let is_in = workers.last().is_some_and(|own| own.is_running);
    holds(promise, is_new && is_in, workers)
}

/// The lease of the second worker is over, and a person says that its line 4 is absent.
async fn late_and_contradicted(
    first: Member<'_>,
    second: Member<'_>,
    number: u64,
) -> Result<(), Broken> {
    let promise = "a worker whose lease is over is ended by another";
    kept(promise, first.fleet.reap().await)?;
    first.is(promise, 4, State::Unknown).await?;
    let stated = Change {
        report: Some(ResolvedAs::Absent.report("the check")),
        is_stated: true,
        ..change(4, State::Unknown, State::NotSent)
    };
    let promise = "the lines that a person named in this run are known";
    kept(promise, first.store.write(stated).await)?;
    let named = kept(promise, first.fleet.named().await)?;
    holds(promise, named == [4], named)?;
    let promise =
        "a late outcome of a line that is settled is kept beside it, a contradiction as one";
    let outcome = change(4, State::Intent, State::Done);
    kept(promise, second.store.write(outcome.clone()).await)?;
    let late = first.late().await?;
    let expected = [LateAnswer::new(&outcome, number, true)];
    holds(promise, late == expected, late)?;
    let promise = "a line that is absent and not sent is not sent if it took effect";
    first.is(promise, 4, State::Done).await
}

async fn sends_the_rest(first: Member<'_>) -> Result<(), Broken> {
    let promise =
        "what a worker claimed that has ended is free in the same run, and what is done is not";
    first.claims(promise, 10, &[2, 7]).await?;
    first.write(2, State::Planned, State::Intent).await?;
    first.write(2, State::Intent, State::Unknown).await?;
    first.write(2, State::Unknown, State::NotSent).await?;
    let promise = "what is absent is free in the same run";
    first.claims(promise, 10, &[2]).await?;
    for (line, from, to) in [
        (2, State::NotSent, State::NotSent),
        (7, State::Planned, State::Done),
    ] {
        first.write(line, from, State::Intent).await?;
        first.write(line, State::Intent, to).await?;
    }
    let promise = "a line that was sent in a run is not free in it";
    first.claims(promise, 10, &[]).await
}

async fn ends(first: Member<'_>, second: Member<'_>) -> Result<(), Broken> {
    let promise = "a run ends when no worker holds a line and none is free";
    second.claims(promise, 10, &[]).await?;
    let rest = first.rests().await?;
    holds(promise, rest == Rest::Working, rest)?;
    let rest = second.rests().await?;
    holds(promise, rest == Rest::Ended(None), rest)?;
    let promise = "what the reconciler found is known to all, and is looked up once";
    let taken = kept(promise, first.fleet.take_role().await)?;
    holds(promise, taken.is_some(), taken)?;
    let found = Reconciled {
        applied: 1,
        ..Reconciled::default()
    };
    let given = first.fleet.give_role(found.clone(), true).await;
    kept(promise, given)?;
    let again = kept(promise, second.fleet.take_role().await)?;
    holds(promise, again.is_none(), again)?;
    first.rests().await?;
    let rest = second.rests().await?;
    holds(promise, rest == Rest::Ended(Some(found)), rest)
}

async fn next_run(first: Member<'_>, second: Member<'_>, run: u64) -> Result<(), Broken> {
    let promise = "a run that nobody is in is followed by the next one";
    for own in [first, second] {
        kept(promise, own.fleet.leave().await)?;
    }
    let next = kept(promise, second.fleet.begin().await)?;
    holds(promise, next > run, (run, next))?;
    let promise = "what a person named in a run is not named in the next one";
    let named = kept(promise, second.fleet.named().await)?;
    holds(promise, named.is_empty(), named)?;
    let promise =
        "what was not sent is free in the next run, and what a worker claimed that has left";
    second.claims(promise, 10, &[2]).await?;
    let joined = kept(promise, first.fleet.begin().await)?;
    holds(promise, joined == next, (next, joined))?;
    first.claims(promise, 10, &[]).await?;
    kept(promise, second.fleet.leave().await)?;
    first.claims(promise, 10, &[2]).await
}
