//! A worker whose lease has ended: it sends nothing any more, and what it brings is kept.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jdy_journal::{
    Change, Journal, JournalStore, LateEnd, PostgresConfig, PostgresEvent, PostgresStore, Progress,
    State, run,
};
use jdy_sandbox::Fault;

use super::fleet::{LEASE, Process, config, recharges, store, until};
use super::server::{Cut, Proxy, Server};
use super::{change, header, planned, states};
use crate::bench::{RECHARGE, client, count, csv, hold, list, options, sandbox};

pub(crate) type Events = Arc<Mutex<Vec<PostgresEvent>>>;

/// A store that is given this puts what it reports there.
pub(crate) fn listening(config: PostgresConfig) -> (PostgresConfig, Events) {
    let events = Events::default();
    let heard = events.clone();
    let config = config.on_event(move |event| heard.lock().unwrap().push(event.clone()));
    (config, events)
}

/// The lease of every worker is over.
fn lapse(server: &Server) {
    server.sql("UPDATE jdy_journal.workers SET lease_until = now() - interval '1 second'");
}

/// A worker that has written an intent, another that has ended it, and what the first reports.
struct Fenced {
    first: PostgresStore,
    second: PostgresStore,
    events: Events,
}

impl Fenced {
    async fn new(server: &Server) -> Self {
        let (config, events) = listening(server.config());
        let first = PostgresStore::connect(config, "a list").await.unwrap();
        first.create(header(), planned(2)).await.unwrap();
        let intent = first.write(change(1, State::Planned, State::Intent));
        intent.await.unwrap();
        let second = server.store("a list").await.unwrap();
        lapse(server);
        second.fleet().unwrap().reap().await.unwrap();
        let entries = second.entries().await.unwrap();
        assert_eq!(states(&entries), [State::Unknown, State::Planned]);
        Self {
            first,
            second,
            events,
        }
    }

    async fn then(&self, steps: &[(State, State)]) {
        for (from, to) in steps {
            self.second.write(change(1, *from, *to)).await.unwrap();
        }
    }

    /// The first worker brings its outcome.
    async fn late(&self, to: State) -> (State, Option<LateEnd>) {
        let guard = self.first.fleet().unwrap().guard(1).unwrap();
        let outcome = Change {
            answer: Some(b"late".to_vec()),
            ..change(1, State::Intent, to)
        };
        self.first.write(outcome).await.unwrap();
        assert!(!guard(), "it might have been sent");
        let events = self.events.lock().unwrap().clone();
        assert_eq!(events.first(), Some(&PostgresEvent::LeaseEnded));
        let late = events.iter().find_map(|event| match event {
            PostgresEvent::Late {
                line: 1,
                state,
                kept,
            } if *state == to => Some(*kept),
            _ => None,
        });
        let entries = self.second.entries().await.unwrap();
        (entries[0].state, late)
    }
}

#[tokio::test]
async fn an_outcome_that_comes_late_ends_the_line_if_nothing_else_has() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    for to in [State::Done, State::Rejected, State::NotSent, State::Applied] {
        server.sql("DROP SCHEMA IF EXISTS jdy_journal CASCADE");
        let fenced = Fenced::new(&server).await;
        assert_eq!(fenced.late(to).await, (to, Some(LateEnd::Applied)));
        let entry = fenced.second.entries().await.unwrap().remove(0);
        assert!(entry.report.unwrap().contains("after the lease"), "{to}");
        assert!(
            entry.history.contains("unknown: the lease of worker 1"),
            "{}",
            entry.history
        );
        assert_eq!(fenced.second.answer(1).await.unwrap().unwrap(), b"late");
        assert!(
            fenced
                .second
                .fleet()
                .unwrap()
                .late()
                .await
                .unwrap()
                .is_empty()
        );
        // It is another worker now, and goes on.
        let next = fenced.first.write(change(2, State::Planned, State::Intent));
        next.await.unwrap();
        let workers = fenced.second.fleet().unwrap().workers().await.unwrap();
        assert_eq!(workers[0].end_reason.as_deref(), Some("lease ended"));
        assert_eq!(workers.last().unwrap().under_way, 1);
    }
}

#[tokio::test]
async fn an_outcome_that_comes_after_the_line_has_gone_on_is_kept_and_a_contradiction_is_loud() {
    use State::{Done, Intent, NotSent, Rejected, Unknown};
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let (loud, kept) = (LateEnd::Contradicts, LateEnd::Kept);
    // What others did, what comes late, and what that means.
    for (steps, late, end) in [
        // Sent again: it may be there twice.
        (&[(Unknown, Intent), (Intent, Done)][..], Done, loud),
        (&[(Unknown, Intent)], Done, loud),
        // Settled as absent: it is not sent.
        (&[(Unknown, NotSent)], Done, loud),
        (&[(Unknown, NotSent)], Rejected, kept),
        (&[(Unknown, Intent), (Intent, Unknown)], Done, loud),
        // Settled as applied, and so it is; or it is not.
        (&[(Unknown, Done)], Done, kept),
        (&[(Unknown, Done)], NotSent, loud),
        // Another call of the line decides.
        (&[(Unknown, Intent), (Intent, Done)], NotSent, kept),
        (&[(Unknown, Intent), (Intent, Done)], Unknown, kept),
    ] {
        server.sql("DROP SCHEMA IF EXISTS jdy_journal CASCADE");
        let fenced = Fenced::new(&server).await;
        fenced.then(steps).await;
        let state = match (steps.last().unwrap().1, late) {
            (NotSent, Done) => Done,
            (state, _) => state,
        };
        assert_eq!(
            fenced.late(late).await,
            (state, Some(end)),
            "{steps:?} {late}"
        );
        let all = fenced.second.fleet().unwrap().late().await.unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].line, all[0].worker, all[0].state), (1, 1, late));
        assert_eq!(all[0].is_contradiction, end == loud);
    }
}

/// Another worker's call is nobody else's to end.
#[tokio::test]
async fn the_intent_of_a_living_worker_is_changed_by_itself_alone() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let first = server.store("a list").await.unwrap();
    first.create(header(), planned(2)).await.unwrap();
    let second = server.store("a list").await.unwrap();
    // Its own intent is refused, and the one of the first must not be taken for it.
    let writes = [
        first.write(change(1, State::Planned, State::Intent)),
        second.write(change(2, State::Planned, State::Intent)),
    ];
    for write in writes {
        write.await.unwrap();
    }
    for wrong in [
        change(1, State::Planned, State::Intent),
        change(1, State::Intent, State::NotSent),
        change(1, State::Intent, State::Done),
    ] {
        assert!(second.write(wrong).await.is_err());
    }
    let entries = first.entries().await.unwrap();
    assert_eq!(states(&entries), [State::Intent; 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_cannot_renew_its_lease_lets_nothing_leave() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    // The intent is written, and then the call waits for its token for longer than the lease holds.
    let sandbox = sandbox(&[]);
    let token = "/jdyconnector/app_management/kingdee_auth_token";
    sandbox.inject(format!("slow=4s@{token}*1").parse::<Fault>().unwrap());
    let proxy = Proxy::start(server.port, Cut::Never);
    let (config, events) = listening(proxy.config().lease(LEASE));
    let first = PostgresStore::connect(config, "May").await.unwrap();
    let list = list(&csv(6));
    let first = Journal::of_list(first, &list, "sandbox").await.unwrap();
    let (cut_off, options, progress) = (client(&sandbox), options(2), Progress::default());
    let running = run(&cut_off, &first, &list, &options, &progress, pending());
    let others = async {
        let store = Arc::new(store(&server, "May").await);
        until("two intents", async || {
            count(&store.entries().await.unwrap(), State::Intent) == 2
        })
        .await;
        proxy.down();
        let second = Journal::of_list(store.clone(), &list, "sandbox")
            .await
            .unwrap();
        let (client, progress) = (client(&sandbox), Progress::default());
        let end = run(&client, &second, &list, &options, &progress, pending()).await;
        let end = end.unwrap();
        // The calls of the first may have been made, as far as anyone can know.
        assert_eq!((end.made, count(&end.entries, State::Unknown)), (4, 2));
        // It finds the way back when it must not send any more.
        tokio::time::sleep(Duration::from_secs(4)).await;
        proxy.up();
        end
    };
    let (end, other) = tokio::join!(running, others);
    let end = end.unwrap();
    hold(&sandbox, &list, &other.entries);
    hold(&sandbox, &list, &end.entries);
    // What it knows settles them: nothing had left, and so it sends them now.
    assert_eq!(end.counts.of(State::Done), 6);
    assert_eq!(end.made, 2);
    let withheld = end
        .entries
        .iter()
        .filter(|it| it.history.contains("withheld"));
    assert_eq!(withheld.count(), 2);
    assert!(events.lock().unwrap().contains(&PostgresEvent::LeaseEnded));
}

/// A process that stands still longer than its lease holds, and wakes when others have its lines.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_was_frozen_brings_its_answers_late() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let (sandbox, lines) = (sandbox(&[]), 40);
    sandbox.inject(format!("slow=3s@{RECHARGE}*4").parse::<Fault>().unwrap());
    let mut process = Process::start(&server, &sandbox, lines);
    let store = Arc::new(
        PostgresStore::connect(config(&server), "May")
            .await
            .unwrap(),
    );
    until("four calls", async || recharges(&sandbox) == 4).await;
    process.signal("-STOP");
    let list = list(&csv(lines));
    let journal = Journal::of_list(store.clone(), &list, "sandbox")
        .await
        .unwrap();
    let (client, options, progress) = (client(&sandbox), options(4), Progress::default());
    let end = run(&client, &journal, &list, &options, &progress, pending()).await;
    let end = end.unwrap();
    assert_eq!(end.made, 36);
    assert_eq!(count(&end.entries, State::Unknown), 4);
    process.signal("-CONT");
    until("the end of the process", async || {
        process.end() == Some(true)
    })
    .await;
    let entries = journal.entries().await.unwrap();
    hold(&sandbox, &list, &entries);
    assert_eq!(count(&entries, State::Intent), 0);
    for entry in &entries {
        assert_eq!(entry.sent, 1, "{entry:?}");
    }
    let late = entries
        .iter()
        .filter(|entry| entry.history.contains("the lease of worker"));
    assert_eq!(late.count(), 4);
    assert_eq!(count(&entries, State::Done), 40, "{entries:?}");
}
