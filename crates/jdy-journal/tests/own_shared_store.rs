//! A custom store that several workers share: what the crate exports is enough to keep one, and one
//! that breaks a promise is detected.

use std::collections::HashMap;
use std::future::{pending, ready};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jdy::operations::scm::SAL_ORDER_SAVE;
use jdy_journal::testing::{conformance, fleet_conformance};
use jdy_journal::{
    Change, Claim, Entry, Fleet, Format, Header, Journal, JournalStore, LateAnswer, LateEnd,
    LineWriter, List as Lines, LookUpProgress, Options, PlannedEntry, Progress, Reconcile,
    Reconciled, RequestHash, Resolution, ResolvedAs, Rest, RunError, SharedLine, State, StoreError,
    WorkerInfo, run,
};
use jdy_runtime::runtime::BoxFuture;
use jdy_runtime::transport::SendGuard;
use jdy_sandbox::{Fault, Sandbox};

use crate::bench::{RECHARGE, client, csv, list, options, sandbox};

/// The mistake of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    ClaimsTwice,
    EndsTheIntentsOfOthers,
    KeepsTheClaimsOfTheDead,
    HasTwoReconcilers,
    ForgetsWhatCameLate,
    EndsTheLiving,
    ShowsTheLivingAsUnknown,
    ClaimsWhatWasSentInTheRun,
    KeepsItsClaimsWhenItLeaves,
    KnowsNamedLinesForever,
}

/// A list in memory, as the tables of a database would keep it.
#[derive(Default)]
struct List {
    header: Option<Header>,
    lines: Vec<Kept>,
    workers: Vec<Worker>,
    late: Vec<LateAnswer>,
    run: u64,
    /// The run whose unknown lines were all looked up.
    reconciled: u64,
    reconciler: Option<u64>,
    pass_run: u64,
    progress: LookUpProgress,
    wrong: Option<Wrong>,
}

struct Kept {
    line: SharedLine,
    answer: Option<Vec<u8>>,
}

/// Its number is its place, from 1.
struct Worker {
    lease: Arc<AtomicBool>,
    has_ended: bool,
    run: u64,
    is_idle: bool,
}

impl Kept {
    fn new(planned: PlannedEntry) -> Self {
        let line = SharedLine::new(Entry::planned(planned));
        Self { line, answer: None }
    }

    /// Its state says that a call is under way, and that of this worker.
    fn is_call_of(&self, worker: u64) -> bool {
        self.line.entry.state == State::Intent && self.line.worker == Some(worker)
    }
}

impl List {
    fn worker(&mut self, number: u64) -> &mut Worker {
        &mut self.workers[usize::try_from(number).unwrap() - 1]
    }

    fn lapsed(&self) -> Vec<u64> {
        let numbers = (1..).zip(&self.workers);
        let is_over = |own: &Worker| own.has_ended || !own.lease.load(Ordering::SeqCst);
        let lapsed = numbers.filter(|(_, own)| is_over(own));
        lapsed.map(|(number, _)| number).collect()
    }

    /// The number of this process, a new one if its worker has ended.
    fn join(&mut self, own: &mut Own) -> u64 {
        if own.worker == 0 || self.worker(own.worker).has_ended {
            self.workers.push(Worker {
                lease: Arc::default(),
                has_ended: false,
                run: own.run,
                is_idle: false,
            });
            own.worker = u64::try_from(self.workers.len()).unwrap();
        }
        let worker = self.worker(own.worker);
        worker.lease.store(true, Ordering::SeqCst);
        own.worker
    }

    fn others_in_run(&self, own: u64) -> impl Iterator<Item = &Worker> {
        let others = (1..).zip(&self.workers);
        let others = others.filter(move |(number, _)| *number != own);
        let others = others.map(|(_, worker)| worker);
        others.filter(|it| !it.has_ended && it.run > 0 && it.run == self.run)
    }

    fn reap(&mut self, own: u64) {
        for number in self.lapsed() {
            if number == own {
                continue;
            }
            let worker = self.worker(number);
            (worker.has_ended, worker.run) = (true, 0);
            self.free(number);
            for kept in &mut self.lines {
                if kept.is_call_of(number) {
                    kept.line.bury(7, "its lease ended".to_owned());
                }
            }
        }
    }

    fn free(&mut self, number: u64) {
        self.reconciler = self.reconciler.filter(|own| *own != number);
        if self.wrong != Some(Wrong::KeepsTheClaimsOfTheDead) {
            for kept in &mut self.lines {
                kept.line.claim = kept.line.claim.filter(|own| *own != number);
            }
        }
    }

    fn free_lines(
        &mut self,
        run: u64,
        with_unknown: bool,
    ) -> impl Iterator<Item = &mut SharedLine> {
        let wrong = self.wrong == Some(Wrong::ClaimsTwice);
        let each_run = self.wrong == Some(Wrong::ClaimsWhatWasSentInTheRun);
        let lines = self.lines.iter_mut().map(|kept| &mut kept.line);
        lines.filter(move |line| {
            let may_be = match line.entry.state {
                State::Planned | State::NotSent => true,
                State::Unknown => with_unknown,
                _ => false,
            };
            may_be && (each_run || line.run < run) && (wrong || line.claim.is_none())
        })
    }

    fn change(&mut self, own: &mut Own, change: &Change) -> Result<(), StoreError> {
        let worker = self.join(own);
        let wrong = self.wrong;
        let mut kept = self.lines.iter_mut();
        let kept = kept.find(|kept| kept.line.entry.line == change.line);
        let Kept { line, answer } = kept.ok_or(StoreError::Conflict(change.line))?;
        if wrong == Some(Wrong::EndsTheIntentsOfOthers) {
            line.worker = line.worker.map(|_| worker);
        }
        let writer = LineWriter {
            worker,
            run: own.run,
            only_reads: false,
        };
        let intent_by = own.intents.get(&change.line).copied();
        let done = line.apply(change, writer, intent_by)?;
        if let (Some(end @ (LateEnd::Kept | LateEnd::Contradicts)), Some(by)) =
            (done.late, intent_by)
            && wrong != Some(Wrong::ForgetsWhatCameLate)
        {
            let is_contradiction = end == LateEnd::Contradicts;
            self.late
                .push(LateAnswer::new(change, by, is_contradiction));
        }
        if done.is_changed {
            line.claim = None;
            *answer = done.answer.after(answer.take());
        }
        if change.to == State::Intent {
            own.intents.insert(change.line, worker);
        } else if change.from == State::Intent {
            own.intents.remove(&change.line);
        }
        Ok(())
    }

    fn shown(&self) -> Vec<WorkerInfo> {
        let shown = (1..).zip(&self.workers).map(|(number, own)| {
            let count = |is: &dyn Fn(&Kept) -> bool| {
                u64::try_from(self.lines.iter().filter(|kept| is(kept)).count()).unwrap()
            };
            let mut shown = WorkerInfo::new(number, format!("worker {number}"), number);
            let holds = own.lease.load(Ordering::SeqCst) && !own.has_ended;
            shown.lease_left = holds.then(|| std::time::Duration::from_secs(60));
            shown.is_running = own.run > 0 && own.run == self.run;
            shown.is_reconciler = self.reconciler == Some(number);
            shown.claimed = count(&|kept| kept.line.claim == Some(number));
            shown.under_way = count(&|kept| kept.is_call_of(number));
            shown.ended_at = own.has_ended.then_some(7);
            shown.end_reason = own.has_ended.then(|| "lease ended".to_owned());
            shown
        });
        shown.collect()
    }
}

/// What a process knows of itself.
#[derive(Default)]
struct Own {
    worker: u64,
    run: u64,
    /// The worker under whose number it wrote the intent of a line.
    intents: HashMap<u64, u64>,
}

/// A process with the list open.
struct Shared(Arc<Mutex<List>>, Mutex<Own>);

impl Shared {
    fn open(list: &Arc<Mutex<List>>) -> Self {
        Self(list.clone(), Mutex::default())
    }

    fn asked<T: Send + 'static>(
        &self,
        what: impl FnOnce(&mut List, &mut Own) -> Result<T, StoreError>,
    ) -> BoxFuture<'static, Result<T, StoreError>> {
        let done = what(&mut self.0.lock().unwrap(), &mut self.1.lock().unwrap());
        Box::pin(ready(done))
    }
}

impl Drop for Shared {
    /// The process ends. Its calls under way are found by the others.
    fn drop(&mut self) {
        let mut list = self.0.lock().unwrap();
        let number = self.1.lock().unwrap().worker;
        if number > 0 {
            let worker = list.worker(number);
            (worker.has_ended, worker.run) = (true, 0);
            list.free(number);
        }
    }
}

impl JournalStore for Shared {
    fn header(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>> {
        self.asked(|list, _| Ok(list.header.clone()))
    }

    fn create(
        &self,
        header: Header,
        lines: Vec<PlannedEntry>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        self.asked(|list, _| {
            let mut keys: Vec<_> = lines.iter().filter_map(|line| line.key.as_ref()).collect();
            let count = keys.len();
            keys.sort();
            keys.dedup();
            if list.header.is_some() || keys.len() < count {
                return Err(StoreError::failed("it cannot be made"));
            }
            list.header = Some(header);
            list.lines = lines.into_iter().map(Kept::new).collect();
            Ok(())
        })
    }

    fn add(
        &self,
        key: String,
        hash: Option<RequestHash>,
    ) -> BoxFuture<'_, Result<Entry, StoreError>> {
        self.asked(|list, _| {
            let mut known = list.lines.iter().map(|kept| &kept.line.entry);
            if let Some(known) = known.find(|entry| entry.key.as_ref() == Some(&key)) {
                return Ok(known.clone());
            }
            let line = list.lines.last().map_or(0, |kept| kept.line.entry.line) + 1;
            let key = Some(key);
            let added = Kept::new(PlannedEntry { line, key, hash });
            let entry = added.line.entry.clone();
            list.lines.push(added);
            Ok(entry)
        })
    }

    fn entries(&self) -> BoxFuture<'_, Result<Vec<Entry>, StoreError>> {
        self.asked(|list, _| {
            let lines = list.lines.iter();
            Ok(lines.map(|kept| kept.line.entry.clone()).collect())
        })
    }

    fn write(&self, change: Change) -> BoxFuture<'static, Result<(), StoreError>> {
        self.asked(|list, own| list.change(own, &change))
    }

    fn answer(&self, line: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.asked(|list, _| {
            let kept = list.lines.iter().find(|kept| kept.line.entry.line == line);
            Ok(kept.and_then(|kept| kept.answer.clone()))
        })
    }

    fn fleet(&self) -> Option<&dyn Fleet> {
        Some(self)
    }
}

impl Fleet for Shared {
    fn current_entries(&self) -> BoxFuture<'static, Result<Vec<Entry>, StoreError>> {
        self.asked(|list, _| {
            let lapsed = list.lapsed();
            let lines = list.lines.iter().map(|kept| {
                let mut line = kept.line.clone();
                let wrong = list.wrong == Some(Wrong::ShowsTheLivingAsUnknown);
                if wrong || line.worker.is_some_and(|by| lapsed.contains(&by)) {
                    line.bury(7, "its lease ended".to_owned());
                }
                line.entry
            });
            Ok(lines.collect())
        })
    }

    fn reap(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        self.asked(|list, own| {
            if list.wrong == Some(Wrong::EndsTheLiving) {
                for worker in &list.workers {
                    worker.lease.store(false, Ordering::SeqCst);
                }
            }
            list.reap(own.worker);
            Ok(())
        })
    }

    fn begin(&self) -> BoxFuture<'static, Result<u64, StoreError>> {
        self.asked(|list, own| {
            let worker = list.join(own);
            list.reap(worker);
            if list.others_in_run(worker).next().is_none() {
                list.run += 1;
            }
            own.run = list.run;
            let worker = list.worker(worker);
            (worker.run, worker.is_idle) = (own.run, false);
            Ok(own.run)
        })
    }

    fn claim(
        &self,
        most: usize,
        with_unknown: bool,
    ) -> BoxFuture<'static, Result<Vec<Claim>, StoreError>> {
        self.asked(|list, own| {
            let worker = list.join(own);
            list.worker(worker).is_idle = false;
            let free = list.free_lines(own.run, with_unknown).take(most);
            let claims = free.map(|line| {
                line.claim = Some(worker);
                Claim {
                    line: line.entry.line,
                    state: line.entry.state,
                }
            });
            Ok(claims.collect())
        })
    }

    fn rest(&self) -> BoxFuture<'static, Result<Rest, StoreError>> {
        self.asked(|list, own| {
            let worker = list.join(own);
            list.worker(worker).is_idle = true;
            list.reap(worker);
            if list.free_lines(own.run, false).next().is_some() {
                return Ok(Rest::Claimable);
            }
            if list.others_in_run(worker).any(|other| !other.is_idle) {
                return Ok(Rest::Working);
            }
            let is_done = list.reconciled == list.run;
            Ok(Rest::Ended(is_done.then(|| list.progress.found.clone())))
        })
    }

    fn leave(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        self.asked(|list, own| {
            let worker = list.join(own);
            list.worker(worker).run = 0;
            own.run = 0;
            if list.wrong != Some(Wrong::KeepsItsClaimsWhenItLeaves) {
                list.free(worker);
            }
            Ok(())
        })
    }

    fn named(&self) -> BoxFuture<'static, Result<Vec<u64>, StoreError>> {
        self.asked(|list, own| {
            let lines = list.lines.iter().map(|kept| &kept.line);
            let wrong = list.wrong == Some(Wrong::KnowsNamedLinesForever);
            let named = lines.filter(|line| line.named > 0 && (wrong || line.named == own.run));
            Ok(named.map(|line| line.entry.line).collect())
        })
    }

    fn take_role(&self) -> BoxFuture<'static, Result<Option<LookUpProgress>, StoreError>> {
        self.asked(|list, own| {
            let worker = list.join(own);
            let is_taken = list.reconciler.is_some_and(|by| by != worker)
                && list.wrong != Some(Wrong::HasTwoReconcilers);
            if is_taken || list.reconciled == list.run {
                return Ok(None);
            }
            if list.pass_run != list.run {
                list.progress = LookUpProgress::default();
            }
            (list.reconciler, list.pass_run) = (Some(worker), list.run);
            list.worker(worker).is_idle = false;
            Ok(Some(list.progress.clone()))
        })
    }

    fn keep_progress(
        &self,
        progress: LookUpProgress,
    ) -> BoxFuture<'static, Result<(), StoreError>> {
        self.asked(|list, own| {
            let worker = list.join(own);
            if list.reconciler == Some(worker) {
                list.progress = progress;
            }
            Ok(())
        })
    }

    fn give_role(
        &self,
        found: Reconciled,
        is_done: bool,
    ) -> BoxFuture<'static, Result<(), StoreError>> {
        self.asked(|list, own| {
            let worker = list.join(own);
            if list.reconciler != Some(worker) {
                return Ok(());
            }
            list.reconciler = None;
            // As a database keeps it, for the others.
            list.progress = LookUpProgress {
                found: Reconciled::from_text(&found.to_text()),
                ..LookUpProgress::default()
            };
            if is_done {
                list.reconciled = list.run;
            }
            Ok(())
        })
    }

    fn guard(&self, line: u64) -> Option<SendGuard> {
        let by = self.1.lock().unwrap().intents.get(&line).copied()?;
        let lease = self.0.lock().unwrap().worker(by).lease.clone();
        Some(Arc::new(move || lease.load(Ordering::SeqCst)))
    }

    fn workers(&self) -> BoxFuture<'static, Result<Vec<WorkerInfo>, StoreError>> {
        self.asked(|list, _| Ok(list.shown()))
    }

    fn late(&self) -> BoxFuture<'static, Result<Vec<LateAnswer>, StoreError>> {
        self.asked(|list, _| Ok(list.late.clone()))
    }
}

/// What the check of a shared store says of this one.
async fn checked(wrong: Option<Wrong>) -> Option<&'static str> {
    let list = Arc::new(Mutex::new(List {
        wrong,
        ..List::default()
    }));
    let lapse = async |worker: u64| {
        let mut list = list.lock().unwrap();
        list.worker(worker).lease.store(false, Ordering::SeqCst);
        Ok(())
    };
    let broken = fleet_conformance(async || Ok(Shared::open(&list)), lapse).await;
    broken.err().map(|broken| broken.promise)
}

#[tokio::test]
async fn a_shared_store_in_memory_keeps_what_a_shared_store_promises() {
    let list = Arc::default();
    conformance(async || Ok(Shared::open(&list))).await.unwrap();
    assert_eq!(checked(None).await, None);
}

#[tokio::test]
async fn a_shared_store_that_breaks_a_promise_is_found_out() {
    for (wrong, promise) in [
        (
            Wrong::ClaimsTwice,
            "a line is claimed by one worker, the next ones first",
        ),
        (
            Wrong::EndsTheIntentsOfOthers,
            "the intent of a living worker is ended by itself alone",
        ),
        (
            Wrong::KeepsTheClaimsOfTheDead,
            "its claims are free, and its unknown line is not",
        ),
        (
            Wrong::HasTwoReconcilers,
            "one worker has the role of the reconciler, from the beginning of a pass",
        ),
        (
            Wrong::ForgetsWhatCameLate,
            "a late outcome of a line that is settled is kept beside it, a contradiction as one",
        ),
    ] {
        assert_eq!(checked(Some(wrong)).await, Some(promise), "{wrong:?}");
    }
}

#[tokio::test]
async fn a_shared_store_that_ends_or_frees_too_much_or_too_little_is_found_out() {
    let living = "a call of a living worker stays under way";
    for (wrong, promise) in [
        (Wrong::EndsTheLiving, living),
        (Wrong::ShowsTheLivingAsUnknown, living),
        (
            Wrong::ClaimsWhatWasSentInTheRun,
            "a line that was sent in a run is not free in it",
        ),
        (
            Wrong::KeepsItsClaimsWhenItLeaves,
            "what was not sent is free in the next run, and what a worker claimed that has left",
        ),
        (
            Wrong::KnowsNamedLinesForever,
            "what a person named in a run is not named in the next one",
        ),
    ] {
        assert_eq!(checked(Some(wrong)).await, Some(promise), "{wrong:?}");
    }
}

/// A process that is slow: before it writes what a person states of a line, another one has written.
struct Slow {
    own: Shared,
    other: Arc<Shared>,
    others_change: Mutex<Option<Change>>,
}

impl JournalStore for Slow {
    fn header(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>> {
        self.own.header()
    }

    fn create(
        &self,
        header: Header,
        lines: Vec<PlannedEntry>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        self.own.create(header, lines)
    }

    fn add(
        &self,
        key: String,
        hash: Option<RequestHash>,
    ) -> BoxFuture<'_, Result<Entry, StoreError>> {
        self.own.add(key, hash)
    }

    fn entries(&self) -> BoxFuture<'_, Result<Vec<Entry>, StoreError>> {
        self.own.entries()
    }

    fn write(&self, change: Change) -> BoxFuture<'static, Result<(), StoreError>> {
        let others = self.others_change.lock().unwrap().take();
        let first = others.map(|others| self.other.write(others));
        let own = self.own.write(change);
        Box::pin(async move {
            if let Some(first) = first {
                first.await?;
            }
            own.await
        })
    }

    fn answer(&self, line: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.own.answer(line)
    }

    fn fleet(&self) -> Option<&dyn Fleet> {
        self.own.fleet()
    }
}

/// A list whose one recharge was lost, so that it is unknown.
struct LostRecharge {
    sandbox: jdy_sandbox::Sandbox,
    lines: jdy_journal::List,
    shared: Arc<Mutex<List>>,
}

impl LostRecharge {
    async fn new() -> Self {
        let (sandbox, lines, shared) = (sandbox(&[]), list(&csv(1)), Arc::default());
        let fault = format!("lost-before-commit@{RECHARGE}*1");
        sandbox.inject(fault.parse::<Fault>().unwrap());
        let own = Self {
            sandbox,
            lines,
            shared,
        };
        let lost = own.run(Shared::open(&own.shared), options(1)).await;
        assert_eq!(lost.unwrap().state, State::Unknown);
        own
    }

    /// The line after a run.
    async fn run(&self, store: impl JournalStore, options: Options) -> Result<Entry, RunError> {
        let journal = Journal::of_list(store, &self.lines, "sandbox").await;
        let journal = journal.unwrap().absent_after(Duration::ZERO);
        let (client, progress) = (client(&self.sandbox), Progress::default());
        let end = run(
            &client,
            &journal,
            &self.lines,
            &options,
            &progress,
            pending(),
        )
        .await;
        end.map(|mut summary| summary.entries.remove(0))
    }
}

/// What a person states of it.
fn stating(resolved_as: ResolvedAs, of_call: Option<u32>, by: &str) -> Options {
    Options {
        resolutions: vec![Resolution {
            name: "R-1".to_owned(),
            resolved_as,
            of_call,
            by: by.to_owned(),
        }],
        ..options(1)
    }
}

/// A run in which a person states that a lost line is there, and in which another process of the run
/// has written this of the line meanwhile.
async fn stated_too_late(to: State, report: &str) -> Result<State, RunError> {
    let lost = LostRecharge::new().await;
    let slow = Slow {
        own: Shared::open(&lost.shared),
        other: Arc::new(Shared::open(&lost.shared)),
        others_change: Mutex::new(Some(Change {
            report: Some(report.to_owned()),
            ..Change::new(2, State::Unknown, to, 9)
        })),
    };
    let words = stating(ResolvedAs::Applied, None, "Li Lei");
    lost.run(slow, words).await.map(|entry| entry.state)
}

#[tokio::test]
async fn what_a_person_states_of_a_line_that_another_has_changed_meanwhile_is_not_passed_over() {
    let same = stated_too_late(State::Done, "settled by hand as applied by Han Meimei").await;
    assert_eq!(same.unwrap(), State::Done);
    // Absent, and so it would be sent, while a person says that it is there.
    for report in ["settled by hand as absent by Han Meimei", "looked up"] {
        let other = stated_too_late(State::NotSent, report).await;
        let refused = matches!(
            &other,
            Err(RunError::Store {
                error: StoreError::Conflict(2),
                ..
            })
        );
        assert!(refused, "{other:?}");
    }
}

const SAVE: &str = "/jdy/v2/scm/sal_order";

/// An order whose save was lost before it came, and sent again in the run of a worker that is still
/// in it; that call is unknown as well.
struct SentAgain {
    sandbox: Sandbox,
    lines: Lines,
    shared: Arc<Mutex<List>>,
    _first: Shared,
}

impl SentAgain {
    async fn new() -> Self {
        let sandbox = Sandbox::builder().start_blocking().unwrap();
        let fault = format!("lost-before-commit@{SAVE}*1");
        sandbox.inject(fault.parse::<Fault>().unwrap());
        let text = r#"{"bill_no":"SO-1","bill_date":"2024-05-01","customer_id":"810000030000000001","material_entity":[{"material_id":"810000020000000001","unit_id":"810000010000000001","price":"1.50","qty":"2","is_free":false}]}"#;
        let lines = Lines::read(&SAL_ORDER_SAVE, Format::Jsonl, text.as_bytes()).unwrap();
        let shared = Arc::default();
        let (client, progress) = (client(&sandbox), Progress::default());
        let journal = Journal::of_list(Shared::open(&shared), &lines, "sandbox").await;
        let (journal, usual) = (journal.unwrap(), options(1));
        let lost = run(&client, &journal, &lines, &usual, &progress, pending()).await;
        let lost = lost.unwrap().entries.remove(0);
        assert_eq!(lost.state, State::Unknown);
        drop(journal);
        let first = Shared::open(&shared);
        first.begin().await.unwrap();
        for (from, to, of_call) in [
            (State::Unknown, State::Intent, 1),
            (State::Intent, State::Unknown, 2),
        ] {
            let change = Change {
                of_call: Some(of_call),
                report: lost.report.clone().filter(|_| to == State::Unknown),
                ..Change::new(lost.line, from, to, 9)
            };
            first.write(change).await.unwrap();
        }
        first.rest().await.unwrap();
        sandbox.advance_clock(Duration::from_secs(11 * 60));
        Self {
            sandbox,
            lines,
            shared,
            _first: first,
        }
    }

    /// Another worker of the run is given these words. How the line is then, and how often it was sent.
    async fn given(&self, options: Options) -> Result<(State, u32), RunError> {
        let (client, progress) = (client(&self.sandbox), Progress::default());
        let store = Shared::open(&self.shared);
        let journal = Journal::of_list(store, &self.lines, "sandbox").await;
        let journal = journal.unwrap().absent_after(Duration::ZERO);
        let end = run(
            &client,
            &journal,
            &self.lines,
            &options,
            &progress,
            pending(),
        )
        .await;
        end.map(|summary| (summary.entries[0].state, summary.entries[0].sent))
    }

    fn saves(&self) -> usize {
        let requests = self.sandbox.requests();
        let saves = requests.iter();
        saves
            .filter(|it| it.path == SAVE && it.method == "POST")
            .count()
    }
}

fn settling(resolved_as: ResolvedAs, of_call: Option<u32>) -> Options {
    Options {
        resolutions: vec![Resolution {
            name: "SO-1".to_owned(),
            resolved_as,
            of_call,
            by: "Li Lei".to_owned(),
        }],
        ..options(1)
    }
}

fn resending(text: &str) -> Options {
    Options {
        resend: vec![text.to_owned()],
        ..options(1)
    }
}

#[tokio::test]
async fn what_a_person_states_of_the_call_that_was_made_in_a_run_is_carried_out_in_it() {
    for (words, state, sent) in [
        (settling(ResolvedAs::Applied, Some(2)), State::Done, 2),
        (settling(ResolvedAs::Absent, Some(2)), State::Done, 3),
        (resending("SO-1@2"), State::Done, 3),
    ] {
        let line = SentAgain::new().await;
        assert_eq!(line.given(words).await.unwrap(), (state, sent));
    }
    // What the first worker was given.
    for same in ["SO-1", "SO-1@1"] {
        let line = SentAgain::new().await;
        assert_eq!(line.given(resending(same)).await.unwrap().1, 2, "{same}");
        assert_eq!(line.saves(), 1);
    }
    // Nobody was given these words.
    for of_call in [None, Some(1)] {
        let line = SentAgain::new().await;
        let end = line.given(settling(ResolvedAs::Absent, of_call)).await;
        assert!(matches!(end, Err(RunError::Named(_))), "{end:?}");
        assert_eq!(line.saves(), 1);
    }
}

#[tokio::test]
async fn the_look_up_of_a_command_does_not_overrule_what_a_person_states_in_it() {
    let line = SentAgain::new().await;
    let words = Options {
        reconcile: Some(Reconcile::default()),
        ..settling(ResolvedAs::Applied, Some(2))
    };
    assert_eq!(line.given(words).await.unwrap(), (State::Done, 2));
    assert_eq!(line.saves(), 1);
}

/// A recharge that was lost, then settled as absent in the run of a worker that is still in it, and
/// sent again. Another worker of the run, or of the next one, is given this statement about the first call.
async fn stated_of_an_absent_line(
    resolved_as: ResolvedAs,
    second: State,
    is_in_the_run: bool,
) -> Result<u32, RunError> {
    let lost = LostRecharge::new().await;
    let first = Shared::open(&lost.shared);
    first.begin().await.unwrap();
    for (from, to) in [
        (State::Unknown, State::NotSent),
        (State::NotSent, State::Intent),
        (State::Intent, second),
    ] {
        let by = ResolvedAs::Absent.as_str();
        let change = Change {
            report: (from == State::Unknown).then(|| format!("settled by hand as {by} by Li Lei")),
            is_stated: from == State::Unknown,
            ..Change::new(2, from, to, 9)
        };
        first.write(change).await.unwrap();
    }
    first.rest().await.unwrap();
    if !is_in_the_run {
        first.leave().await.unwrap();
    }
    let words = stating(resolved_as, Some(1), "Han Meimei");
    let end = lost.run(Shared::open(&lost.shared), words).await;
    end.map(|entry| entry.sent)
}

#[tokio::test]
async fn a_statement_that_contradicts_one_of_the_run_is_refused_as_it_is_elsewhere() {
    for second in [State::Done, State::Unknown] {
        for is_in_the_run in [false, true] {
            let end = stated_of_an_absent_line(ResolvedAs::Applied, second, is_in_the_run).await;
            assert!(matches!(end, Err(RunError::Named(_))), "{second}: {end:?}");
        }
        // The same words, given to all workers of the run, also when the line is unknown again.
        let same = stated_of_an_absent_line(ResolvedAs::Absent, second, true).await;
        assert_eq!(same.unwrap(), 2);
    }
}

/// The answer comes late that says that the call took effect; a person has settled the line as absent.
#[tokio::test]
async fn a_line_of_which_it_is_known_that_it_took_effect_is_not_sent() {
    let (sandbox, lines) = (sandbox(&[]), list(&csv(1)));
    let shared: Arc<Mutex<List>> = Arc::default();
    let (client, progress) = (client(&sandbox), Progress::default());
    let journal = Journal::of_list(Shared::open(&shared), &lines, "sandbox").await;
    drop(journal.unwrap());
    // Worker 1 makes the call, and its machine stands still before it can write the answer.
    let slow = Shared::open(&shared);
    slow.begin().await.unwrap();
    slow.claim(1, false).await.unwrap();
    let intent = Change::new(2, State::Planned, State::Intent, 9);
    slow.write(intent).await.unwrap();
    let call: jdy::Call<jdy::Json> = client.send(lines.lines()[0].request.clone());
    call.await.unwrap();
    let lease = shared.lock().unwrap().worker(1).lease.clone();
    lease.store(false, Ordering::SeqCst);
    // A person settles it, in a process that sends nothing.
    let other = Shared::open(&shared);
    other.reap().await.unwrap();
    let stated = Change {
        report: Some("settled by hand as absent by Li Lei".to_owned()),
        is_stated: true,
        ..Change::new(2, State::Unknown, State::NotSent, 10)
    };
    other.write(stated).await.unwrap();
    let outcome = Change {
        answer: Some(b"late".to_vec()),
        ..Change::new(2, State::Intent, State::Done, 11)
    };
    slow.write(outcome).await.unwrap();
    let late = other.late().await.unwrap();
    assert!(late.len() == 1 && late[0].is_contradiction, "{late:?}");
    assert_eq!(
        other.answer(2).await.unwrap().as_deref(),
        Some(&b"late"[..])
    );
    drop((slow, other));
    let journal = Journal::of_list(Shared::open(&shared), &lines, "sandbox").await;
    let journal = journal.unwrap();
    let end = run(&client, &journal, &lines, &options(1), &progress, pending()).await;
    let end = end.unwrap();
    assert_eq!((end.made, sandbox.bills().len()), (0, 1));
    let entry = &end.entries[0];
    assert_eq!((entry.state, entry.sent), (State::Done, 1));
    let history = &entry.history;
    assert!(
        history.contains("not_sent: settled by hand as absent"),
        "{history}"
    );
}
