//! What is asked of the thread that speaks with the database.
//!
//! Owns the requests, their order, the groups of changes that share a transaction, and what this
//! process knows of its claims. Must not know what follows from a lost connection.

use std::collections::HashSet;
use std::time::Duration;

use jdy_runtime::runtime::{Runtime as _, TokioRuntime};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot::Sender;

use super::changes::{Actor, Changed};
use super::claims::{Claimed, Wanted, last};
use super::event::PostgresEvent;
use super::fault::Fault;
use super::rows::{entry, field, header, number, whole};
use super::session::Session;
use super::shown;
use super::transaction::{Ground, NewList};
use super::worker::{Own, Worker};
use crate::entry::{Change, Entry};
use crate::fleet::{Claim, LateAnswer, LookUpProgress, Rest, WorkerInfo};
use crate::reconcile::Reconciled;
use crate::shared_line::LineWriter;
use crate::state::State;
use crate::store::{Header, PlannedEntry, RequestHash, StoreError, deliver};

/// The maximum number of changes in one transaction; more would delay the first of them.
const MAX_GROUP: usize = 512;

/// The maximum of their answers, in bytes.
const MAX_GROUP_BYTES: usize = 8 << 20;

/// How long it takes until what could not be written is tried again.
const PAUSE_TO_PAY: Duration = Duration::from_secs(1);

/// How often a new line is tried while other sessions add lines to the list.
const MAX_ADDS: usize = 1_000;

pub(super) type Tell<T> = Sender<Result<T, StoreError>>;

/// What is asked of the database.
pub(super) enum Job {
    Header(Tell<Option<Header>>),
    Create(Header, Vec<PlannedEntry>, Tell<()>),
    Add(String, Option<RequestHash>, Tell<Entry>),
    Entries(Tell<Vec<Entry>>),
    Change(Box<Change>, Tell<()>),
    Answer(u64, Tell<Option<Vec<u8>>>),
    Seen(Tell<Vec<Entry>>),
    Reap(Tell<()>),
    Begin(Tell<u64>),
    Claim(usize, bool, Tell<Vec<Claim>>),
    Rest(Tell<Rest>),
    Leave(Tell<()>),
    Named(Tell<Vec<u64>>),
    TakeRole(Tell<Option<LookUpProgress>>),
    KeepProgress(LookUpProgress, Tell<()>),
    GiveRole(Reconciled, bool, Tell<()>),
    Workers(Tell<Vec<WorkerInfo>>),
    Late(Tell<Vec<LateAnswer>>),
}

impl Worker {
    /// Does the jobs in their order until all their senders are dropped.
    pub(super) async fn work(mut self, mut jobs: UnboundedReceiver<Job>) {
        let mut next = None;
        loop {
            self.tend().await;
            let job = match next.take() {
                Some(job) => Some(job),
                None => {
                    let pause = self.until_tended();
                    tokio::select! {
                        biased;
                        job = jobs.recv() => job,
                        () = TokioRuntime.sleep(pause.unwrap_or_default()), if pause.is_some() => {
                            continue;
                        }
                    }
                }
            };
            match job {
                Some(Job::Change(change, tell)) => {
                    next = self.group(*change, tell, &mut jobs).await;
                }
                Some(other) => self.answer(other).await,
                None => break,
            }
        }
        if !self.owed.is_empty() {
            // Once more, whatever is known of the database.
            self.pay_now().await;
        }
        self.quit().await;
        if let Some(session) = self.session.take() {
            session.close().await;
        }
    }

    /// Renews the lease when it is due, and looks from time to time whether those of others are
    /// over: while every worker is busy, none of them waits for a dead one.
    async fn tend(&mut self) {
        self.renew().await;
        self.pay().await;
        let now = TokioRuntime.monotonic();
        if now >= self.reap_at && self.own.as_ref().is_some_and(|own| own.run > 0) {
            self.reap_at = now + self.config.lease / 3;
            // If it fails, whatever comes next says so.
            drop(self.reap().await);
        }
    }

    /// Makes a change together with those that wait behind it. Returns the request behind them.
    async fn group(
        &mut self,
        change: Change,
        tell: Tell<()>,
        jobs: &mut UnboundedReceiver<Job>,
    ) -> Option<Job> {
        let size = |change: &Change| change.answer.as_ref().map_or(0, Vec::len);
        let mut bytes = size(&change);
        let (mut changes, mut tells) = (vec![change], vec![tell]);
        let mut next = None;
        while changes.len() < MAX_GROUP && bytes < MAX_GROUP_BYTES && next.is_none() {
            match jobs.try_recv() {
                Ok(Job::Change(change, tell)) => {
                    bytes += size(&change);
                    changes.push(*change);
                    tells.push(tell);
                }
                Ok(other) => next = Some(other),
                Err(_) => break,
            }
        }
        // The changes are made even if their callers no longer wait, and behind what is owed: that is
        // about the calls before these, and would fall on theirs.
        let mut all = std::mem::take(&mut self.owed);
        let behind = all.len();
        all.append(&mut changes);
        let ends = self.make(&all).await;
        self.owe(all, &ends);
        deliver(tells, Ok(ends.into_iter().skip(behind).collect()));
        next
    }

    /// Keeps how calls ended where that could not be written: nobody else may end the calls of a
    /// living worker.
    fn owe(&mut self, changes: Vec<Change>, ends: &[Result<(), StoreError>]) {
        for (change, end) in changes.into_iter().zip(ends) {
            match end {
                // Whatever is owed of this line was about a call before this one.
                Ok(()) if change.to == State::Intent => {
                    self.owed.retain(|earlier| earlier.line != change.line);
                }
                // The line was ended otherwise.
                Ok(()) | Err(StoreError::Conflict(_)) => {}
                Err(_) if is_end(&change) => self.owed.push(change),
                Err(_) => {}
            }
        }
    }

    /// Makes changes together. If the database refuses them for good, each is made by itself: one
    /// that is refused must stop no other line. Of its own line no later one is made: it may be that
    /// the call took effect. The result has one end for each.
    async fn make(&mut self, changes: &[Change]) -> Vec<Result<(), StoreError>> {
        let why = match self.make_together(changes).await {
            Ok(ends) => return ends,
            Err(why) => why,
        };
        let mut ends = Vec::with_capacity(changes.len());
        let mut refused = HashSet::new();
        for change in changes {
            // While the database is away, one is as good as all; and a commit that is not clear may
            // have made them.
            let may_go = changes.len() > 1 && self.away_since.is_none() && !self.is_unclear();
            let alone = match may_go {
                true if !refused.contains(&change.line) => {
                    self.make_together(std::slice::from_ref(change)).await
                }
                // The line is not what its state says: nobody else has ended this call.
                true if change.to == State::Intent => Err(StoreError::Conflict(change.line)),
                _ => Err(why.clone()),
            };
            let end = alone.and_then(|mut ends| ends.pop().unwrap_or_else(|| Err(why.clone())));
            if !matches!(end, Ok(()) | Err(StoreError::Conflict(_))) {
                refused.insert(change.line);
            }
            ends.push(end);
        }
        ends
    }

    /// Makes all of these changes, or none.
    async fn make_together(
        &mut self,
        changes: &[Change],
    ) -> Result<Vec<Result<(), StoreError>>, StoreError> {
        let (intents, only_reads) = (self.intents.clone(), self.only_reads);
        let trusts_failover = self.config.trusts_failover;
        let work = async |session: &Session, ground: &Ground, own: &Own| {
            let writer = LineWriter {
                worker: whole(own.mark.worker),
                run: whole(own.run),
                only_reads,
            };
            let actor = Actor {
                writer,
                intents: &intents,
                trusts_failover,
            };
            session.change(ground, changes, actor).await
        };
        let changed = self.write(work).await?;
        Ok(self.changed(changes, changed))
    }

    /// Writes how calls ended where that could not be written, once the database is back.
    async fn pay(&mut self) {
        if self.may_pay() && TokioRuntime.monotonic() >= self.pay_at {
            self.pay_now().await;
            self.pay_at = TokioRuntime.monotonic() + PAUSE_TO_PAY;
        }
    }

    async fn pay_now(&mut self) {
        let owed = std::mem::take(&mut self.owed);
        let ends = self.make(&owed).await;
        self.owe(owed, &ends);
    }

    /// What is known after some changes.
    fn changed(&mut self, changes: &[Change], changed: Changed) -> Vec<Result<(), StoreError>> {
        for (change, end) in changes.iter().zip(&changed.ends) {
            if change.to == State::Intent
                && let Some(own) = &mut self.own
            {
                // If another worker has it, it is not ours any more.
                own.held.remove(&change.line);
            }
            match (&self.written_under, end) {
                (Some(lease), Ok(())) if change.to == State::Intent => {
                    self.intents.begin(change.line, lease);
                }
                (_, Ok(())) if change.from == State::Intent => self.intents.end(change.line),
                _ => {}
            }
        }
        for (line, state, kept) in changed.events {
            self.tell(&PostgresEvent::Late { line, state, kept });
        }
        changed.ends
    }

    async fn answer(&mut self, job: Job) {
        match job {
            Job::Header(tell) => drop(tell.send(self.header().await)),
            Job::Entries(tell) => drop(tell.send(self.entries().await)),
            Job::Answer(line, tell) => drop(tell.send(self.kept_answer(line).await)),
            Job::Create(header, lines, tell) => {
                let done = self.create(&header, &lines).await;
                drop(tell.send(done));
            }
            Job::Add(key, hash, tell) => drop(tell.send(self.add(&key, hash).await)),
            Job::Seen(tell) => drop(tell.send(self.seen().await)),
            Job::Reap(tell) => drop(tell.send(self.reap().await)),
            Job::Begin(tell) => drop(tell.send(self.begin().await)),
            Job::Claim(most, with_unknown, tell) => {
                drop(tell.send(self.claim(most, with_unknown).await));
            }
            Job::Rest(tell) => drop(tell.send(self.rest().await)),
            Job::Leave(tell) => drop(tell.send(self.leave().await)),
            Job::Named(tell) => drop(tell.send(self.named().await)),
            Job::TakeRole(tell) => drop(tell.send(self.take_role().await)),
            Job::KeepProgress(progress, tell) => {
                drop(tell.send(self.keep_progress(progress).await));
            }
            Job::GiveRole(found, is_done, tell) => {
                drop(tell.send(self.give_role(found, is_done).await));
            }
            Job::Workers(tell) => drop(tell.send(self.workers().await)),
            Job::Late(tell) => drop(tell.send(self.late().await)),
            Job::Change(_, tell) => drop(tell.send(Err(StoreError::failed("out of order")))),
        }
    }

    async fn create(&mut self, header: &Header, lines: &[PlannedEntry]) -> Result<(), StoreError> {
        if self.header().await?.is_some() {
            return Err(StoreError::failed("there is a journal already"));
        }
        let (schema, name) = (self.config.schema.clone(), self.list.clone());
        let list = NewList {
            name: &name,
            may_repeat: self.config.may_repeat,
            trusts_failover: self.config.trusts_failover,
        };
        loop {
            let made = match &mut self.session {
                Some(session) => match session.make(&schema).await {
                    Ok(()) => session.create(&list, header, lines).await,
                    Err(fault) => Err(fault),
                },
                None => Err(Fault::no_answer()),
            };
            match made {
                Ok(Some(id)) => {
                    self.id = Some(id);
                    self.is_well();
                    return Ok(());
                }
                // Made by another process, or by a commit whose answer was lost.
                Ok(None) => {
                    let own = self.header().await?;
                    return match own.is_some_and(|own| own.id == header.id) {
                        true => Ok(()),
                        false => Err(StoreError::failed("there is a journal already")),
                    };
                }
                Err(fault) => self.bear(fault, true).await?,
            }
            // Connects.
            self.header().await?;
        }
    }

    async fn add(&mut self, key: &str, hash: Option<RequestHash>) -> Result<Entry, StoreError> {
        let trusts = self.config.trusts_failover;
        for _ in 0..MAX_ADDS {
            let work = async |session: &Session, id: i64| {
                super::rows::check_key(key)?;
                session.add(id, key, hash, trusts).await
            };
            let added = self.read(work).await?;
            let Some(added) = added else {
                return Err(StoreError::failed("there is no journal yet"));
            };
            if let Some(added) = added {
                return Ok(added);
            }
        }
        let why = "other sessions add lines all the time, or a pool is in front of Postgres";
        Err(StoreError::failed(why))
    }

    async fn header(&mut self) -> Result<Option<Header>, StoreError> {
        let list = self.list.clone();
        let read = async |session: &Session, _: i64| {
            let rows = session
                .rows(&session.statements()?.header, &[&list])
                .await?;
            rows.first().map(header).transpose()
        };
        self.read(read).await.map(Option::flatten)
    }

    async fn entries(&mut self) -> Result<Vec<Entry>, StoreError> {
        let read = async |session: &Session, id: i64| {
            let rows = session.rows(&session.statements()?.entries, &[&id]).await?;
            rows.iter().map(entry).collect::<Result<Vec<_>, _>>()
        };
        self.read(read).await.map(Option::unwrap_or_default)
    }

    async fn kept_answer(&mut self, line: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let read = async |session: &Session, id: i64| {
            let answer = &session.statements()?.answer;
            let rows = session.rows(answer, &[&id, &number(line)]).await?;
            let answer = rows.first().map(|row| field::<Option<Vec<u8>>>(row, 0));
            answer.transpose()
        };
        let kept = self.read(read).await?;
        Ok(kept.flatten().flatten())
    }

    async fn seen(&mut self) -> Result<Vec<Entry>, StoreError> {
        let read = async |session: &Session, id: i64| shown::entries(session, id).await;
        self.read(read).await.map(Option::unwrap_or_default)
    }

    async fn workers(&mut self) -> Result<Vec<WorkerInfo>, StoreError> {
        let read = async |session: &Session, id: i64| shown::workers(session, id).await;
        self.read(read).await.map(Option::unwrap_or_default)
    }

    async fn late(&mut self) -> Result<Vec<LateAnswer>, StoreError> {
        let read = async |session: &Session, id: i64| shown::late(session, id).await;
        self.read(read).await.map(Option::unwrap_or_default)
    }

    /// The number of this worker; one that no worker has if it has not joined.
    fn number(&self) -> i64 {
        self.own.as_ref().map_or(0, |own| own.mark.worker)
    }

    async fn reap(&mut self) -> Result<(), StoreError> {
        let worker = self.number();
        let read = async |session: &Session, id: i64| session.has_lapsed(id, worker).await;
        if self.read(read).await? != Some(true) {
            return Ok(());
        }
        let work = async |session: &Session, ground: &Ground, _: &Own| session.reap(ground).await;
        self.write(work).await.map(drop)
    }

    async fn begin(&mut self) -> Result<u64, StoreError> {
        let trusts = self.config.trusts_failover;
        let check = async |session: &Session, _: i64| session.check_incarnation(trusts).await;
        self.read(check).await?;
        // They take part in nothing any more.
        self.reap().await?;
        let work =
            async |session: &Session, ground: &Ground, _: &Own| session.begin(ground, 0).await;
        let run = self.write(work).await?;
        match &mut self.own {
            Some(own) => own.enter(run),
            // It was fenced meanwhile.
            None => self.former_run = run,
        }
        Ok(run.unsigned_abs())
    }

    async fn claim(&mut self, most: usize, with_unknown: bool) -> Result<Vec<Claim>, StoreError> {
        self.only_reads = with_unknown;
        loop {
            if !self.may_find().await? {
                return Ok(Vec::new());
            }
            let work = async |session: &Session, ground: &Ground, own: &Own| {
                let wanted = Wanted {
                    after: own.cursor,
                    run: own.run,
                    with_unknown,
                    most,
                };
                session.claim(ground, wanted).await
            };
            let claimed = self.write(work).await?;
            let claims = match claimed.is_lost {
                true => self.claimed().await?,
                false => claimed.claims.clone(),
            };
            let Some(own) = &mut self.own else {
                return Ok(Vec::new());
            };
            own.held.extend(claims.iter().map(|claim| claim.line));
            let is_all = own.advance(&claimed, most);
            if !claims.is_empty() || is_all {
                return Ok(claims);
            }
        }
    }

    /// Whether there may be lines to claim. Then the others know that this worker may hold some.
    async fn may_find(&mut self) -> Result<bool, StoreError> {
        let is_in = |own: &Own| own.run > 0;
        if !self.own.as_ref().is_some_and(is_in) && self.former_run == 0 {
            return Err(StoreError::failed("it takes part in no run of the list"));
        }
        if let Some(at) = self.own.as_ref().and_then(|own| own.exhausted_at) {
            let read = async |session: &Session, id: i64| session.claimable(id).await;
            if self.read(read).await? == Some(at) {
                return Ok(false);
            }
            if let Some(own) = &mut self.own {
                (own.exhausted_at, own.cursor) = (None, 0);
            }
        }
        self.become_idle(false).await?;
        Ok(true)
    }

    /// The claims that the database has of this worker and that were not handed out.
    async fn claimed(&mut self) -> Result<Vec<Claim>, StoreError> {
        let worker = self.number();
        let read = async |session: &Session, id: i64| session.claimed(id, worker).await;
        let mut claims = self.read(read).await?.unwrap_or_default();
        if let Some(own) = &self.own {
            claims.retain(|claim| !own.held.contains(&claim.line));
        }
        Ok(claims)
    }

    async fn become_idle(&mut self, is_idle: bool) -> Result<(), StoreError> {
        if self.own.as_ref().is_some_and(|own| own.is_idle == is_idle) {
            return Ok(());
        }
        let work = async |session: &Session, ground: &Ground, own: &Own| {
            session.part(ground, own.run, is_idle).await
        };
        self.write(work).await?;
        if let Some(own) = &mut self.own {
            own.is_idle = is_idle;
        }
        Ok(())
    }

    async fn rest(&mut self) -> Result<Rest, StoreError> {
        self.become_idle(true).await?;
        let mut state = self.list_state().await?;
        if state.as_ref().is_some_and(|state| state.has_lapsed) {
            self.reap().await?;
            state = self.list_state().await?;
        }
        let Some(state) = state else {
            return Err(StoreError::failed("there is no journal yet"));
        };
        let known = self.own.as_ref().and_then(|own| own.exhausted_at);
        if known != Some(state.freed) {
            return Ok(Rest::Claimable);
        }
        match state.others_work {
            true => Ok(Rest::Working),
            false => Ok(Rest::Ended(state.reconciled)),
        }
    }

    async fn list_state(&mut self) -> Result<Option<super::claims::ListState>, StoreError> {
        let worker = self.number();
        let read = async |session: &Session, id: i64| session.list_state(id, worker).await;
        self.read(read).await
    }

    async fn leave(&mut self) -> Result<(), StoreError> {
        self.former_run = 0;
        let work = async |session: &Session, ground: &Ground, own: &Own| {
            session.leave(ground, &own.held()).await
        };
        // If it was fenced there is nothing to release.
        if self.own.as_ref().is_some_and(|own| own.run > 0) {
            self.write_as_is(work).await?;
        }
        self.former_run = 0;
        if let Some(own) = &mut self.own {
            own.enter(0);
        }
        Ok(())
    }

    /// Ends the worker, if this process is one.
    async fn quit(&mut self) {
        let work = async |session: &Session, ground: &Ground, own: &Own| {
            session.quit(ground, &own.held()).await
        };
        if self.own.is_some() {
            // If it fails, its lease ends by itself.
            drop(self.write_as_is(work).await);
        }
    }

    async fn named(&mut self) -> Result<Vec<u64>, StoreError> {
        let run = self.own.as_ref().map_or(0, |own| own.run);
        let read = async |session: &Session, id: i64| session.named(id, run).await;
        self.read(read).await.map(Option::unwrap_or_default)
    }

    async fn take_role(&mut self) -> Result<Option<LookUpProgress>, StoreError> {
        let work = async |session: &Session, ground: &Ground, own: &Own| {
            session.take_role(ground, own.run).await
        };
        let taken = self.write(work).await?;
        if let Some(own) = self.own.as_mut().filter(|_| taken.is_some()) {
            own.is_idle = false;
        }
        Ok(taken)
    }

    async fn keep_progress(&mut self, progress: LookUpProgress) -> Result<(), StoreError> {
        let work = async |session: &Session, ground: &Ground, _: &Own| {
            session.keep_progress(ground, &progress).await
        };
        self.write(work).await
    }

    async fn give_role(&mut self, found: Reconciled, is_done: bool) -> Result<(), StoreError> {
        let work = async |session: &Session, ground: &Ground, _: &Own| {
            session.give_role(ground, &found, is_done).await
        };
        self.write(work).await
    }
}

/// Whether a change says how a call has ended.
fn is_end(change: &Change) -> bool {
    change.from == State::Intent
}

impl Own {
    fn held(&self) -> Vec<i64> {
        self.held.iter().map(|line| number(*line)).collect()
    }

    /// Notes how far the list was searched. Returns whether that was all of it.
    fn advance(&mut self, claimed: &Claimed, most: usize) -> bool {
        if claimed.is_lost {
            return false;
        }
        let was_whole = self.cursor == 0;
        if claimed.claims.len() >= most {
            self.cursor = last(&claimed.claims).unwrap_or(self.cursor);
            return false;
        }
        self.cursor = 0;
        self.exhausted_at = was_whole.then_some(claimed.freed);
        was_whole
    }
}
