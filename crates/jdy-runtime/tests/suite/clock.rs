//! A clock that is wrong is corrected by the gateway's, and the call goes on.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jdy_runtime::transport::Response;
use jdy_runtime::{ErrorKind, GatewayCode, Hooks, Outcome};

use crate::script::{RECHARGE, Reply, START, Script, builder, client, recharge, response};

/// An hour after `START`.
const AHEAD: i64 = 3_600_000;
const DATE_AHEAD: &str = "Tue, 14 Nov 2023 23:13:20 GMT";
const DATE_OF_START: &str = "Tue, 14 Nov 2023 22:13:20 GMT";
const OK: &str = r#"{"errcode":0,"data":{"bill_no":"B1"}}"#;
const REFUSED: &str = r#"{"errcode":4006,"description":"timestamp"}"#;

fn dated(status: u16, body: &str, headers: &[(&str, &str)]) -> Reply {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned().into(), (*value).to_owned()));
    Reply::Answer(Response {
        headers: headers.collect(),
        ..response(status, body)
    })
}

fn off_by(request: &jdy_runtime::transport::Request, ahead: i64) -> i64 {
    let sent: i64 = Script::header(request, "X-Api-TimeStamp").parse().unwrap();
    sent - (i64::try_from(START).unwrap() + ahead)
}

/// A gateway whose clock is an hour ahead, and which refuses what is five minutes off.
fn gateway(headers: &'static [(&'static str, &'static str)]) -> Arc<Script> {
    Script::with(move |request| {
        if off_by(request, AHEAD).abs() < 300_000 {
            dated(200, OK, headers)
        } else {
            dated(519, REFUSED, headers)
        }
    })
}

#[tokio::test(start_paused = true)]
async fn a_refused_timestamp_teaches_the_offset_and_the_write_is_signed_again_once() {
    let script = gateway(&[("date", DATE_AHEAD)]);
    let client = client(&script);
    let answer = client.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(answer.attempts(), 2);
    let sent = script.business_calls();
    assert!(off_by(&sent[1], AHEAD).abs() < 1_500);
    assert_ne!(
        Script::header(&sent[0], "X-Api-Nonce"),
        Script::header(&sent[1], "X-Api-Nonce")
    );
    // The client keeps what it has learnt, and so do its clones.
    let again = client.clone().call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(again.attempts(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_recovered_is_not_sent_and_says_so() {
    let rows: [&'static [(&str, &str)]; 4] = [
        &[],
        &[("date", DATE_AHEAD), ("age", "7")],
        &[("date", "some time ago")],
        // The gateway contradicts itself: its date is ours, and yet it refuses.
        &[("date", DATE_OF_START)],
    ];
    for headers in rows {
        let script = gateway(headers);
        let error = client(&script)
            .call(&RECHARGE, recharge())
            .await
            .unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotSent);
        assert_eq!(
            *error.kind(),
            ErrorKind::Gateway(GatewayCode::TimestampInvalid)
        );
        assert_eq!(script.business_calls().len(), 1, "{headers:?}");
        assert!(error.to_string().contains("set the clock"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_refuses_every_time_is_asked_twice() {
    let script = Script::with(|_| dated(519, REFUSED, &[("date", DATE_AHEAD)]));
    let error = client(&script)
        .call(&RECHARGE, recharge())
        .await
        .unwrap_err();
    assert_eq!((error.outcome(), error.attempts()), (Outcome::NotSent, 2));
}

#[tokio::test(start_paused = true)]
async fn a_token_call_learns_as_well_and_its_token_lives_in_the_gateways_time() {
    let script = gateway(&[("date", DATE_AHEAD)]);
    script.token(dated(519, REFUSED, &[("date", DATE_AHEAD)]));
    let client = client(&script);
    let answer = client.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!((answer.attempts(), script.token_count()), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_clock_and_an_expired_token_are_recovered_in_one_call() {
    let script = gateway(&[("date", DATE_AHEAD)]);
    script.then(dated(519, REFUSED, &[("date", DATE_AHEAD)]));
    script.then(dated(519, r#"{"errcode":4011}"#, &[]));
    let answer = client(&script).call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!((answer.attempts(), script.token_count()), (3, 2));
}

#[tokio::test(start_paused = true)]
async fn two_hundred_refused_calls_all_recover() {
    let script = gateway(&[("date", DATE_AHEAD)]);
    let client = client(&script);
    let calls: Vec<_> = (0..200)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.call(&RECHARGE, recharge()).await.map(drop) })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert!(script.business_calls().len() <= 400);
}

#[derive(Clone, Default)]
struct Offsets(Arc<Mutex<Vec<i64>>>);

impl Hooks for Offsets {
    fn clock_corrected(&self, offset_millis: i64) {
        self.0.lock().unwrap().push(offset_millis);
    }
}

#[tokio::test(start_paused = true)]
async fn a_date_far_off_teaches_in_passing_unless_anyone_could_have_written_it() {
    type Row = (
        u16,
        &'static str,
        &'static [(&'static str, &'static str)],
        usize,
    );
    let rows: [Row; 5] = [
        (200, OK, &[("date", DATE_AHEAD)], 1),
        (200, r#"{"errcode":7}"#, &[("date", DATE_AHEAD)], 1),
        // A cached answer, a page of a proxy, and a clock that is right.
        (200, OK, &[("date", DATE_AHEAD), ("age", "3600")], 0),
        (504, "<html>", &[("date", DATE_AHEAD)], 0),
        (200, OK, &[("date", DATE_OF_START)], 0),
    ];
    for (status, body, headers, expected) in rows {
        let (script, offsets) = (Script::new(), Offsets::default());
        script.then(dated(status, body, headers));
        let client = builder(&script).hooks(offsets.clone()).build().unwrap();
        let _ = client.call(&RECHARGE, recharge()).await;
        client.call(&RECHARGE, recharge()).await.unwrap();
        let learnt = offsets.0.lock().unwrap().clone();
        assert_eq!(learnt.len(), expected, "{status} {headers:?}");
        let off = off_by(&script.business_calls()[1], 0);
        assert_eq!(off > AHEAD - 2_000, expected == 1, "{off}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_asked_for_is_kept_up_to_the_deadline() {
    let slow_down = |asked: &'static str| {
        let headers: &[(&str, &str)] = &[("date", DATE_OF_START), ("retry-after", asked)];
        dated(429, "", headers)
    };
    for (asked, least) in [("7", 7), ("Tue, 14 Nov 2023 22:13:32 GMT", 12)] {
        let script = Script::new();
        script.then(slow_down(asked));
        let answer = client(&script).call(&RECHARGE, recharge()).await.unwrap();
        let least = Duration::from_secs(least);
        assert!(answer.elapsed() >= least, "{asked}");
        assert!(answer.elapsed() < least + Duration::from_secs(1), "{asked}");
    }
    for asked in [
        "31",
        "Tue, 14 Nov 2023 23:13:20 GMT",
        "99999999999999999999",
    ] {
        let script = Script::new();
        script.then(slow_down(asked));
        let error = client(&script)
            .call(&RECHARGE, recharge())
            .await
            .unwrap_err();
        assert_eq!((error.outcome(), error.attempts()), (Outcome::NotSent, 1));
        assert_eq!(*error.kind(), ErrorKind::RateLimited);
    }
}
