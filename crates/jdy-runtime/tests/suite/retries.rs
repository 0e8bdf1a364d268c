//! What the attempts of one call share, what each has anew, and what is left when none is.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jdy_runtime::hooks::AttemptEnd;
use jdy_runtime::transport::{SendState, TransportError};
use jdy_runtime::{CallInfo, ErrorKind, Hooks, Limits, Outcome, Rate, RetryPolicy};

use crate::script::{RECHARGE, Reply, SEARCH, Script, builder, recharge, search};

/// Without pauses, so that all the time is that of the attempts.
const AT_ONCE: RetryPolicy = RetryPolicy {
    max_attempts: 4,
    initial_backoff: Duration::ZERO,
    max_backoff: Duration::ZERO,
};

/// Hears with which id attempts begin and end.
#[derive(Clone, Default)]
struct Ids(Arc<Mutex<Vec<(String, u32)>>>);

impl Hooks for Ids {
    fn attempt_started(&self, call: &CallInfo, attempt: u32) {
        let mut ids = self.0.lock().unwrap();
        ids.push((call.call_id().to_owned(), attempt));
    }

    fn attempt_finished(&self, call: &CallInfo, end: &AttemptEnd) {
        let mut ids = self.0.lock().unwrap();
        ids.push((call.call_id().to_owned(), end.attempt));
    }
}

fn after_a_second(reply: Reply) -> Reply {
    Reply::After(Duration::from_secs(1), Box::new(reply))
}

#[tokio::test(start_paused = true)]
async fn exhausted_is_the_last_error_with_attempts_and_time_under_one_id() {
    let (script, ids) = (Script::new(), Ids::default());
    let lost = TransportError::lost(SendState::MayHaveLeft, "reset");
    for reply in [
        Reply::answer(504, "<html>"),
        Reply::Fail(lost),
        Reply::answer(519, r#"{"errcode":5003}"#),
        Reply::answer(502, "last"),
    ] {
        script.then(after_a_second(reply));
    }
    let client = builder(&script).retry(AT_ONCE).hooks(ids.clone());
    let call = client.build().unwrap().call(&SEARCH, search());
    let error = call.await.unwrap_err();
    assert_eq!(
        (error.outcome(), *error.kind()),
        (Outcome::Unknown, ErrorKind::UnexpectedStatus)
    );
    assert_eq!(
        (error.status(), error.body()),
        (Some(502), Some(&b"last"[..]))
    );
    assert_eq!(
        (error.attempts(), error.elapsed()),
        (4, Duration::from_secs(4))
    );
    assert!(
        error.to_string().contains("attempts 4 in 4000 ms"),
        "{error}"
    );
    assert!(error.to_string().contains(error.call_id()), "{error}");
    let heard = ids.0.lock().unwrap().clone();
    let attempts: Vec<_> = heard.iter().map(|(_, attempt)| *attempt).collect();
    assert_eq!(attempts, [1, 1, 2, 2, 3, 3, 4, 4]);
    assert!(
        heard.iter().all(|(id, _)| id == error.call_id()),
        "{heard:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_never_sent_ends_with_the_last_reason_as_well() {
    let script = Script::new();
    for reply in [
        Reply::Fail(TransportError::connect("refused")),
        Reply::answer(429, ""),
        Reply::answer(519, r#"{"errcode":5006}"#),
        Reply::Fail(TransportError::connect("name not resolved")),
    ] {
        script.then(after_a_second(reply));
    }
    let client = builder(&script).retry(AT_ONCE).build().unwrap();
    let error = client.call(&RECHARGE, recharge()).await.unwrap_err();
    assert_eq!(
        (error.outcome(), *error.kind()),
        (Outcome::NotSent, ErrorKind::Connect)
    );
    assert_eq!((error.status(), error.attempts()), (None, 4));
    // What the gateway asked for in between was waited for.
    assert!(error.elapsed() >= Duration::from_secs(4), "{error}");
    assert!(error.to_string().contains("name not resolved"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_write_without_a_place_for_its_next_attempt_ends_with_the_last_reason() {
    for (status, body) in [
        (519, r#"{"errcode":5006,"description":"fused"}"#),
        (429, ""),
    ] {
        let (script, ids) = (Script::new(), Ids::default());
        script.then(after_a_second(Reply::answer(status, body)));
        let limits = Limits {
            calls: Some(Rate::per_minute(1)),
            ..Limits::default()
        };
        let client = builder(&script).limits(limits).hooks(ids.clone());
        let client = client.build().unwrap();
        let error = client.call(&RECHARGE, recharge()).await.unwrap_err();
        assert_eq!(
            (error.outcome(), error.status(), error.body()),
            (Outcome::NotSent, Some(status), Some(body.as_bytes()))
        );
        assert_eq!(error.errcode().is_some(), status == 519);
        assert_eq!(error.attempts(), 1);
        assert!(error.elapsed() >= Duration::from_secs(1));
        assert_eq!(ids.0.lock().unwrap().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_for_which_there_is_no_time_is_neither_counted_nor_told() {
    let (script, ids) = (Script::new(), Ids::default());
    let limits = Limits {
        calls: Some(Rate::per_minute(2)),
        ..Limits::default()
    };
    let client = builder(&script).limits(limits).hooks(ids.clone());
    let client = client.build().unwrap();
    client.call(&RECHARGE, recharge()).await.unwrap();
    ids.0.lock().unwrap().clear();
    let call = client.call(&RECHARGE, recharge()).deadline(Duration::ZERO);
    let error = call.await.unwrap_err();
    assert_eq!((error.outcome(), error.attempts()), (Outcome::NotSent, 0));
    assert!(ids.0.lock().unwrap().is_empty());
    // And its place is there for the next one.
    client.call(&RECHARGE, recharge()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn every_attempt_is_signed_afresh_and_otherwise_the_same() {
    let script = Script::with(|_| after_a_second(Reply::Fail(TransportError::connect("refused"))));
    let client = builder(&script).retry(AT_ONCE).build().unwrap();
    client.call(&RECHARGE, recharge()).await.unwrap_err();
    let sent = script.business_calls();
    assert_eq!(sent.len(), 4);
    for name in ["X-Api-Nonce", "X-Api-TimeStamp", "X-Api-Signature"] {
        let values: HashSet<_> = sent.iter().map(|one| Script::header(one, name)).collect();
        assert_eq!(values.len(), 4, "{name}: {values:?}");
    }
    for name in ["app-token", "X-Api-ClientID", "X-GW-Router-Addr"] {
        let values: HashSet<_> = sent.iter().map(|one| Script::header(one, name)).collect();
        assert_eq!(values.len(), 1, "{name}: {values:?}");
    }
    let body = |one: &jdy_runtime::transport::Request| {
        let body = one.body.as_ref().and_then(|body| body.bytes()).cloned();
        (one.url.clone(), body.unwrap())
    };
    let bodies: HashSet<_> = sent.iter().map(body).collect();
    assert_eq!(bodies.len(), 1);
}
