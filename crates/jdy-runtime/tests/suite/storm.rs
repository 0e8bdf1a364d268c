//! Thousands of writes through connections that end at any byte, calls that run out of time and
//! calls that are dropped: nothing that the server could act on is ever called not sent.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jdy_runtime::{CallInfo, Client, Hooks, Limits, Method, Outcome, RetryPolicy, Timeouts};

use crate::certificates::{CERTIFICATES, Shown};
use crate::peer::{Conduct, DONE, End, Opening, Peer, Scheme, Step, Until};
use crate::script::credentials;
use crate::table::{Held, PATIENT};
use crate::transports::Library;

/// Many callers with few calls each: they mostly wait.
const CALLERS: u64 = 96;
const CALLS: u64 = 10;

/// The same mischief in every run, as far as the machine's own haste allows.
struct Chance(u64);

impl Chance {
    fn new(seed: u64, number: u64) -> Self {
        Self(seed.wrapping_mul(1_000_003).wrapping_add(number))
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn upto(&mut self, bound: usize) -> usize {
        usize::try_from(self.below(bound as u64 + 1)).unwrap()
    }

    fn end(&mut self) -> End {
        [End::Keep, End::Close, End::Reset, End::Hang][self.upto(3)]
    }

    fn conduct(&mut self) -> Conduct {
        let opening = match self.below(20) {
            0 => Opening::Reset,
            1 => Opening::Handshake(self.upto(400), End::Close),
            2 => Opening::Handshake(self.upto(400), End::Reset),
            3 => Opening::Whole(Shown::Stranger),
            4 | 5 => Opening::Whole(Shown::Old),
            _ => Opening::Whole(Shown::Good),
        };
        let steps: Vec<_> = (0..3).map(|_| self.step()).collect();
        Conduct { opening, steps }
    }

    fn step(&mut self) -> Step {
        match self.below(10) {
            0 | 1 => Step::new(Until::Byte(1 + self.upto(700)), "", self.ending()),
            2 => Step::new(Until::SomeBody, "", self.ending()),
            3 => Step::new(Until::Whole, &DONE[..self.upto(DONE.len())], self.ending()),
            4 => Step::new(Until::Whole, DONE, self.end()),
            _ => Step::new(Until::Whole, DONE, End::Keep),
        }
    }

    /// One that leaves no answer to be waited for.
    fn ending(&mut self) -> End {
        match self.end() {
            End::Keep => End::Close,
            other => other,
        }
    }
}

/// Hears of the writes that were dropped on their way.
#[derive(Clone, Default)]
struct Dropped(Arc<Mutex<HashSet<String>>>);

impl Hooks for Dropped {
    fn write_abandoned(&self, call: &CallInfo, _: u32) {
        self.0.lock().unwrap().insert(call.call_id().to_owned());
    }
}

/// What a caller knows of a call in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    Done,
    NotSent,
    Unknown,
    Applied,
    DroppedBefore,
    DroppedOnItsWay,
}

async fn call(client: &Client, chance: &mut Chance, key: &str, dropped: &Dropped) -> Known {
    let body = match chance.below(3) {
        0 => None,
        1 => Some(r#"{"amount":"1"}"#.to_owned()),
        _ => Some(format!(
            r#"{{"remark":"{}"}}"#,
            "x".repeat(chance.upto(100_000))
        )),
    };
    let method = if body.is_some() {
        Method::Post
    } else {
        Method::Delete
    };
    let call = client
        .raw(method, "/write", [("key", key)], body)
        .call_id(key);
    // From nothing at all to 60 ms, short ones as often as long ones: on a fast machine a call is
    // on its way after some microseconds.
    let moment = Duration::from_micros(chance.below(60_000) >> chance.below(17));
    let call = match chance.below(4) {
        0 => call.deadline(moment),
        _ => call.deadline(Duration::from_secs(5)),
    };
    let result = match chance.below(6) {
        0 => tokio::time::timeout(moment, call.into_future()).await,
        _ => Ok(call.await),
    };
    match result {
        Ok(Ok(_)) => Known::Done,
        Ok(Err(error)) => match error.outcome() {
            Outcome::NotSent => Known::NotSent,
            Outcome::Unknown => Known::Unknown,
            Outcome::Applied => Known::Applied,
            other => panic!("{other} of one write: {error}"),
        },
        Err(_) if dropped.0.lock().unwrap().contains(key) => Known::DroppedOnItsWay,
        Err(_) => Known::DroppedBefore,
    }
}

async fn storm(library: Library, scheme: Scheme, seed: u64) {
    let conduct = move |number| Chance::new(seed, number).conduct();
    let peer = Peer::start(scheme, conduct).await;
    let dropped = Dropped::default();
    // A transport of its own, so that its connections end with it.
    let transport = library.transport(Some(&CERTIFICATES.ca_pem), None);
    let client = Client::builder()
        .base_url(&peer.url)
        .credentials(credentials())
        .token_store(Held::default())
        .transport(transport)
        .limits(Limits::none())
        .retry(RetryPolicy {
            max_attempts: 3,
            ..PATIENT
        })
        .timeouts(Timeouts {
            attempt: Duration::from_millis(500),
            ..Timeouts::default()
        })
        .hooks(dropped.clone())
        .build()
        .unwrap();
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..CALLERS {
        let (client, dropped) = (client.clone(), dropped.clone());
        callers.spawn(async move {
            let mut chance = Chance::new(seed, 1_000_000 + caller);
            let mut known = Vec::new();
            for number in 0..CALLS {
                let key = format!("{caller}-{number}");
                known.push((
                    key.clone(),
                    call(&client, &mut chance, &key, &dropped).await,
                ));
            }
            known
        });
    }
    let mut all = Vec::new();
    while let Some(known) = callers.join_next().await {
        all.extend(known.unwrap());
    }
    drop(client);
    peer.drained().await;

    let mut counts = BTreeMap::new();
    for (key, known) in &all {
        let reached = peer.reached(key);
        let shown = format!("{library:?}, {scheme:?}, seed {seed}, {key}: {known:?}, {reached:?}");
        assert!(reached.wholes <= 1, "sent twice: {shown}");
        match known {
            Known::NotSent | Known::DroppedBefore => assert_eq!(reached.heads, 0, "{shown}"),
            Known::Done | Known::Applied => assert_eq!(reached.wholes, 1, "{shown}"),
            Known::Unknown | Known::DroppedOnItsWay => {}
        }
        *counts.entry(*known).or_insert(0) += 1;
    }
    println!("{library:?}, {scheme:?}, seed {seed}: {counts:?}");
    // What is not seen here proves nothing.
    for known in [
        Known::Done,
        Known::NotSent,
        Known::Unknown,
        Known::DroppedOnItsWay,
    ] {
        assert!(counts.contains_key(&known), "none is {known:?}: {counts:?}");
    }
}

/// `JDY_TEST_STORMS` asks for more than the usual one of each scheme.
fn storms() -> u64 {
    let asked = std::env::var("JDY_TEST_STORMS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(1)
}

async fn storms_over(scheme: Scheme) {
    for seed in 0..storms() {
        for &library in Library::ALL {
            storm(library, scheme, seed).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_reached_the_server_is_called_not_sent_over_http() {
    storms_over(Scheme::Http).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_reached_the_server_is_called_not_sent_over_https() {
    storms_over(Scheme::Https).await;
}
