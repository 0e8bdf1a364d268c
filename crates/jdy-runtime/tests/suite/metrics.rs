//! The metrics of the feature `metrics`, label by label.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::metrics::{
    Counter, CounterFn, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use jdy_runtime::telemetry::{describe_metrics, metric};
use jdy_runtime::transport::TransportError;
use jdy_runtime::{Limits, Method, Rate, RetryPolicy};

use crate::observability::labels_of_the_page;
use crate::script::{RECHARGE, Reply, Script, builder, client, recharge, token_answer};

const ONCE_MORE: RetryPolicy = RetryPolicy {
    max_attempts: 2,
    initial_backoff: Duration::ZERO,
    max_backoff: Duration::ZERO,
};

/// Keeps each value with its name and labels, and each unit.
#[derive(Clone, Default)]
struct Kept {
    values: Arc<Mutex<Vec<String>>>,
    units: Arc<Mutex<BTreeMap<String, Option<Unit>>>>,
}

/// One counter or histogram.
struct Series(String, Arc<Mutex<Vec<String>>>);

impl CounterFn for Series {
    fn increment(&self, value: u64) {
        self.1.lock().unwrap().push(format!("{} +{value}", self.0));
    }

    fn absolute(&self, _: u64) {
        unreachable!()
    }
}

impl HistogramFn for Series {
    fn record(&self, value: f64) {
        self.1.lock().unwrap().push(format!("{} {value}", self.0));
    }
}

impl Kept {
    fn series(&self, key: &Key) -> Arc<Series> {
        let labels: BTreeSet<_> = key
            .labels()
            .map(|label| format!("{}={}", label.key(), label.value()))
            .collect();
        let labels: Vec<_> = labels.into_iter().collect();
        let name = format!("{}{{{}}}", key.name(), labels.join(" "));
        Arc::new(Series(name, self.values.clone()))
    }

    fn described(&self, key: &KeyName, unit: Option<Unit>) {
        let name = key.as_str().to_owned();
        assert_eq!(self.units.lock().unwrap().insert(name, unit), None);
    }

    fn lines(&self) -> Vec<String> {
        self.values.lock().unwrap().clone()
    }
}

impl Recorder for Kept {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        self.described(&key, unit);
    }

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {
        unreachable!()
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        self.described(&key, unit);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.series(key))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        unreachable!()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.series(key))
    }
}

/// What is kept of the work.
async fn kept(work: impl AsyncFnOnce()) -> Vec<String> {
    let kept = Kept::default();
    let guard = ::metrics::set_default_local_recorder(&kept);
    work().await;
    drop(guard);
    kept.lines()
}

/// The labels of an exchange with the gateway, to be written once.
fn expanded(lines: &[&str]) -> Vec<String> {
    let server = "server.address=api.kingdee.com server.port=443";
    let token = format!(
        "http.client.request.duration{{http.request.method=GET http.response.status_code=200 \
         jdy.operation=token jdy.outcome=done {server}}} 0"
    );
    let lines = lines
        .iter()
        .map(|line| line.replace("{server}", server).replace("{token}", &token));
    lines.collect()
}

#[tokio::test(start_paused = true)]
async fn a_call_that_succeeds_at_its_second_attempt() {
    let lines = kept(async || {
        let script = Script::new();
        script.then(Reply::Fail(TransportError::connect("refused")));
        let done = Reply::answer(200, r#"{"errcode":0,"data":{"bill_no":"B1"}}"#);
        script.then(Reply::After(Duration::from_millis(1500), Box::new(done)));
        let client = builder(&script).retry(ONCE_MORE).build().unwrap();
        client.call(&RECHARGE, recharge()).await.unwrap();
    });
    let expected = expanded(&[
        "jdy.client.limiter.wait{jdy.limit=token jdy.outcome=done} 0",
        "{token}",
        "jdy.token.refreshes{jdy.outcome=done} +1",
        "jdy.client.limiter.wait{jdy.limit=business jdy.outcome=done} 0",
        "http.client.request.duration{error.type=connect http.request.method=POST \
         jdy.operation=test.recharge jdy.outcome=not_sent {server}} 0",
        "jdy.client.limiter.wait{jdy.limit=business jdy.outcome=done} 0",
        "http.client.request.duration{http.request.method=POST http.response.status_code=200 \
         jdy.operation=test.recharge jdy.outcome=done {server}} 1.5",
        "jdy.client.attempts{jdy.operation=test.recharge jdy.outcome=done} 2",
        "jdy.client.call.duration{jdy.operation=test.recharge jdy.outcome=done} 1.5",
    ]);
    assert_eq!(lines.await, expected);
}

/// The lines of these metrics alone.
fn of(lines: Vec<String>, names: &[&str]) -> Vec<String> {
    let is_of = |line: &String| names.contains(&line.split('{').next().unwrap());
    lines.into_iter().filter(is_of).collect()
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_and_an_abandoned_write_are_counted() {
    let lines = kept(async || {
        let script = Script::new();
        script.then(Reply::answer(504, "<html>"));
        script.then(Reply::Hang(|request| {
            request.progress.arm();
            assert!(request.progress.started());
        }));
        let client = client(&script);
        client.call(&RECHARGE, recharge()).await.unwrap_err();
        let call = client.call(&RECHARGE, recharge());
        let limit = Duration::from_secs(1);
        tokio::time::timeout(limit, call).await.unwrap_err();
    });
    let expected = [
        "jdy.client.call.duration{error.type=unexpected_status jdy.operation=test.recharge \
         jdy.outcome=unknown} 0",
        "jdy.client.abandoned{jdy.operation=test.recharge} +1",
    ];
    let lines = of(lines.await, &[metric::CALL_DURATION, metric::ABANDONED]);
    assert_eq!(lines, expected);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_does_not_come_is_counted_with_its_reason() {
    let lines = kept(async || {
        let script = Script::new();
        script.token(Reply::answer(519, r#"{"errcode":4008}"#));
        let client = client(&script);
        client.call(&RECHARGE, recharge()).await.unwrap_err();
    });
    let expected = [
        "jdy.token.refreshes{error.type=X_API_SIGNATURE_IS_INVALID jdy.outcome=not_sent} +1",
        "jdy.client.call.duration{error.type=X_API_SIGNATURE_IS_INVALID \
         jdy.operation=test.recharge jdy.outcome=not_sent} 0",
    ];
    let lines = of(
        lines.await,
        &[metric::CALL_DURATION, metric::TOKEN_REFRESHES],
    );
    assert_eq!(lines, expected);
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_a_permit_is_measured_and_so_is_one_without_an_end() {
    let lines = kept(async || {
        let script = Script::new();
        let limits = Limits {
            calls: Some(Rate {
                calls: 1,
                period: Duration::from_secs(16),
            }),
            ..Limits::default()
        };
        let client = builder(&script).limits(limits).build().unwrap();
        for _ in 0..2 {
            client.call(&RECHARGE, recharge()).await.unwrap();
        }
        let call = client.call(&RECHARGE, recharge());
        call.deadline(Duration::from_secs(1)).await.unwrap_err();
    });
    let lines = of(lines.await, &[metric::LIMITER_WAIT]);
    let business = |line: &&String| line.contains("jdy.limit=business");
    let waits: Vec<_> = lines.iter().filter(business).collect();
    let wait = |line: &str| -> f64 { line.rsplit(' ').next().unwrap().parse().unwrap() };
    assert_eq!(waits.len(), 3, "{waits:?}");
    assert!(wait(waits[0]) == 0.0 && wait(waits[1]) >= 16.0, "{waits:?}");
    assert!(waits[2].contains("jdy.outcome=not_sent"), "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn drift_is_counted_and_a_path_is_no_label() {
    let lines = kept(async || {
        let script = Script::new();
        let more = r#"{"errcode":0,"data":{"bill_no":"B1","more":1,"most":2}}"#;
        script.then(Reply::answer(200, more));
        let client = client(&script);
        client.call(&RECHARGE, recharge()).await.unwrap();
        let query = [("phone", "13800000000")];
        let call = client.raw(Method::Get, "/jdy/v2/test/13800000000", query, None);
        call.await.unwrap();
    });
    let lines = lines.await;
    let drift = of(lines.clone(), &[metric::DRIFT]);
    assert_eq!(drift, ["jdy.drift{jdy.operation=test.recharge} +1"]);
    let raw = "jdy.client.call.duration{jdy.operation=raw jdy.outcome=done} 0";
    assert!(lines.iter().any(|line| line == raw), "{lines:?}");
    assert!(!lines.join("\n").contains("13800000000"), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn what_many_calls_report_stays_few_series() {
    let lines = kept(async || {
        let script = Script::new();
        script.token(Reply::answer(200, &token_answer(1)));
        let client = client(&script);
        for number in 0..50 {
            let call = client.call(&RECHARGE, recharge());
            call.call_id(format!("c-{number}")).await.unwrap();
        }
    });
    let lines = lines.await;
    let series: BTreeSet<_> = lines
        .iter()
        .map(|line| line.rsplit_once(' ').unwrap().0.to_owned())
        .collect();
    assert_eq!(series.len(), 7, "{series:?}");
}

#[test]
fn every_metric_is_described_with_its_unit() {
    let kept = Kept::default();
    ::metrics::with_local_recorder(&kept, describe_metrics);
    let units = kept.units.lock().unwrap();
    let names: BTreeSet<_> = units.keys().map(String::as_str).collect();
    assert_eq!(names, metric::ALL.iter().copied().collect());
    for (name, unit) in units.iter() {
        let is_time = name.ends_with(".duration") || name.ends_with(".wait");
        assert_eq!(*unit == Some(Unit::Seconds), is_time, "{name}");
    }
}

/// A recharge that differs from the spec, one that is lost, one that is dropped, and a token that
/// does not come.
async fn everything() {
    let script = Script::new();
    script.then(Reply::answer(200, r#"{"errcode":0,"data":{"more":1}}"#));
    script.then(Reply::answer(504, ""));
    script.then(Reply::Hang(|request| {
        request.progress.arm();
        assert!(request.progress.started());
    }));
    let with_token = client(&script);
    with_token.call(&RECHARGE, recharge()).await.unwrap();
    with_token.call(&RECHARGE, recharge()).await.unwrap_err();
    let call = with_token.call(&RECHARGE, recharge());
    let limit = Duration::from_secs(1);
    tokio::time::timeout(limit, call).await.unwrap_err();
    let script = Script::new();
    script.token(Reply::answer(519, r#"{"errcode":4008}"#));
    let call = client(&script).call(&RECHARGE, recharge());
    call.await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn the_labels_are_those_that_the_page_lists() {
    let mut written: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in kept(everything).await {
        let (name, rest) = line.split_once('{').unwrap();
        let labels = rest.split_once('}').unwrap().0.split(' ');
        let labels = labels.map(|label| label.split('=').next().unwrap().to_owned());
        written.entry(name.to_owned()).or_default().extend(labels);
    }
    let mut page = labels_of_the_page("observability.md");
    // Another crate writes it.
    page.retain(|(name, ..)| name != metric::JOURNAL_LINES);
    let page: BTreeMap<_, _> = page
        .into_iter()
        .map(|(name, _, labels)| (name, labels))
        .collect();
    assert_eq!(written, page);
}
