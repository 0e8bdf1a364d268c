//! The lines that end are counted by their state.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ::metrics::{
    Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use jdy::ClientExt;
use jdy::ls::mall_recharge::Required;
use jdy_journal::{Journal, ResolvedAs, SqliteStore};
use jdy_sandbox::Fault;

use crate::bench::{RECHARGE, client, fresh, sandbox};

/// The counters, by name and labels.
#[derive(Clone, Default)]
struct Counts(Arc<Mutex<BTreeMap<String, u64>>>);

struct Series(String, Counts);

impl CounterFn for Series {
    fn increment(&self, value: u64) {
        let mut counts = self.1.0.lock().unwrap();
        *counts.entry(self.0.clone()).or_default() += value;
    }

    fn absolute(&self, _: u64) {
        unreachable!()
    }
}

impl Recorder for Counts {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let labels: Vec<_> = key
            .labels()
            .map(|label| format!("{}={}", label.key(), label.value()))
            .collect();
        let name = format!("{}{{{}}}", key.name(), labels.join(" "));
        Counter::from_arc(Arc::new(Series(name, self.clone())))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[tokio::test]
async fn each_line_is_counted_in_the_state_that_it_ends_in() {
    let counts = Counts::default();
    let guard = ::metrics::set_default_local_recorder(&counts);
    let (sandbox, path) = (sandbox(&[]), fresh("metrics"));
    let client = client(&sandbox);
    let store = SqliteStore::open(&path).unwrap();
    let journal = Journal::open(store, "recharges", "sandbox").await.unwrap();
    let recharge = |key: &str, member: &str| {
        client.ls().mall_recharge(Required {
            bal_amount: "1".parse().unwrap(),
            member_id: member.into(),
            src_bill_id: key.into(),
        })
    };
    for key in ["R-1", "R-2"] {
        journal.once(key, recharge(key, "10")).await.unwrap();
    }
    // It is in the journal already, and ends no second time.
    let known = journal.once("R-1", recharge("R-1", "10")).await;
    assert!(known.is_err());
    let unknown_member = journal.once("R-3", recharge("R-3", "nobody")).await;
    assert!(unknown_member.is_err());
    let lost = format!("lost-after-commit@{RECHARGE}*1");
    sandbox.inject(lost.parse::<Fault>().unwrap());
    let lost = journal.once("R-4", recharge("R-4", "10")).await;
    assert!(lost.is_err());
    let unknown = journal.entries().await.unwrap().remove(3);
    journal
        .resolve(&unknown, ResolvedAs::Applied, "an operator")
        .await
        .unwrap();
    drop(guard);
    let counts = counts.0.lock().unwrap();
    // The client counts its tokens where its own feature is on.
    let of_the_journal = |name: &str| name.starts_with("jdy.journal.");
    let counts: Vec<_> = counts
        .iter()
        .filter(|(name, _)| of_the_journal(name))
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    assert_eq!(
        counts,
        [
            "jdy.journal.lines{jdy.outcome=done} 3",
            "jdy.journal.lines{jdy.outcome=rejected} 1",
            "jdy.journal.lines{jdy.outcome=unknown} 1",
        ]
    );
}
