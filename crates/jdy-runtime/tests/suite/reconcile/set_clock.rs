//! A look-up during which this machine's clock is set.

use std::sync::atomic::{AtomicI64, Ordering};

use jdy_runtime::Runtime;
use jdy_runtime::runtime::BoxFuture;

use super::*;
use crate::script::{Scripted, TestTime, credentials};

const HOUR: i64 = 3_600_000;

/// A machine whose wall clock is so many milliseconds ahead of the true time.
struct Machine {
    truth: TestTime,
    ahead: Arc<AtomicI64>,
}

impl Runtime for Machine {
    fn now(&self) -> SystemTime {
        let ahead = self.ahead.load(Ordering::SeqCst);
        let by = Duration::from_millis(ahead.unsigned_abs());
        match ahead < 0 {
            true => self.truth.now() - by,
            false => self.truth.now() + by,
        }
    }

    fn monotonic(&self) -> Duration {
        self.truth.monotonic()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.truth.sleep(duration)
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.truth.spawn(task);
    }

    fn random(&self) -> u64 {
        self.truth.random()
    }
}

/// A client on a machine, and a gateway that refuses what is five minutes off and has no record.
/// While a detail is looked up, the machine's clock becomes so far ahead.
fn set_while_looking(ahead: i64, then: i64) -> (Client, Arc<Script>, Arc<AtomicI64>) {
    let ahead = Arc::new(AtomicI64::new(ahead));
    let (clock, gateway) = (ahead.clone(), Gateway::new());
    let script = Script::with(move |request: &Request| {
        let sent: i64 = Script::header(request, "X-Api-TimeStamp").parse().unwrap();
        let now = START + u64::try_from(gateway.start.elapsed().as_millis()).unwrap();
        if (sent - i64::try_from(now).unwrap()).abs() > 300_000 {
            let refused = gateway.dated(r#"{"errcode":4006,"description":"timestamp"}"#);
            return Reply::Answer(Response {
                status: 519,
                ..refused
            });
        }
        if request.url.contains("order_detail") {
            clock.store(then, Ordering::SeqCst);
        }
        Reply::Answer(gateway.dated(NOTHING))
    });
    let machine = Machine {
        truth: TestTime::new(),
        ahead: ahead.clone(),
    };
    let client = Client::builder()
        .credentials(credentials())
        .transport(Scripted(script.clone()))
        .runtime(machine);
    (client.build().unwrap(), script, ahead)
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_during_the_look_up_makes_no_write_absent_too_early() {
    for (ahead, then) in [(HOUR, 0), (HOUR, HOUR), (0, -HOUR), (-HOUR, 0), (0, HOUR)] {
        let (client, script, _) = set_while_looking(ahead, then);
        // Another write teaches the client how far the clock is off.
        client.call(&SAVE, document()).await.unwrap();
        let error = lost_save(&client, &script, &SAVE).await;
        tokio::time::sleep(Duration::from_secs(20)).await;
        let found = client.reconcile(&error).await.unwrap();
        let Reconciliation::TooEarly { wait, .. } = found else {
            panic!("{ahead} {then}: {found:?}");
        };
        assert!(wait >= Duration::from_secs(579), "{ahead} {then}: {wait:?}");
        // With a clock that stays as it is, the next look-up tells in time.
        tokio::time::sleep(LATE).await;
        let found = client.reconcile(&error).await.unwrap();
        assert_eq!(found, Reconciliation::Absent, "{ahead} {then}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_latest_time_of_the_gateway_is_not_before_its_own_after_the_clock_was_set_back() {
    let (client, _, ahead) = set_while_looking(HOUR, HOUR);
    client.call(&SAVE, document()).await.unwrap();
    let start = SystemTime::UNIX_EPOCH + Duration::from_millis(START);
    let began = tokio::time::Instant::now();
    ahead.store(0, Ordering::SeqCst);
    for wait in [0, 30, 600] {
        tokio::time::sleep(Duration::from_secs(wait)).await;
        let truth = start + began.elapsed();
        assert!(client.gateway_time() >= truth, "after {wait} s");
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_attempt_is_not_before_its_end_though_the_clock_was_set_back_meanwhile() {
    let (client, script, ahead) = set_while_looking(0, 0);
    let clock = ahead.clone();
    script.then(Reply::After(Duration::from_secs(4), Box::new(lost())));
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(2)).await;
        clock.store(-HOUR, Ordering::SeqCst);
    });
    let error = client.call(&SAVE, document()).await.unwrap_err();
    let last = error.unknown_write().unwrap().last_attempt().unwrap();
    let end = SystemTime::UNIX_EPOCH + Duration::from_millis(START) + Duration::from_secs(4);
    assert!(last >= end, "{last:?}");
}

/// The gateway refuses the first attempt for its timestamp, which corrects the clock; the answer to the
/// second is lost.
#[tokio::test(start_paused = true)]
async fn an_attempt_that_was_refused_for_a_wrong_clock_is_not_the_last_one_of_a_write() {
    for ahead in [3 * 24 * HOUR, -3 * 24 * HOUR] {
        let gateway = Gateway::new();
        let script = Script::with(move |request: &Request| {
            let sent: u64 = Script::header(request, "X-Api-TimeStamp").parse().unwrap();
            if sent.abs_diff(START) > 3_600_000 {
                return Reply::Answer(Response {
                    status: 519,
                    ..gateway.dated(r#"{"errcode":4006,"description":"timestamp"}"#)
                });
            }
            match request.method {
                Method::Get => Reply::Answer(gateway.dated(NOTHING)),
                _ => lost(),
            }
        });
        let machine = Machine {
            truth: TestTime::new(),
            ahead: Arc::new(AtomicI64::new(ahead)),
        };
        let client = builder(&script).runtime(machine).build().unwrap();
        let error = client.call(&SAVE, document()).await.unwrap_err();
        assert_eq!(
            (error.outcome(), error.attempts()),
            (Outcome::Unknown, 2),
            "{error}"
        );
        let last = error.unknown_write().unwrap().last_attempt().unwrap();
        let start = SystemTime::UNIX_EPOCH + Duration::from_millis(START);
        let off = last
            .duration_since(start)
            .unwrap_or_else(|early| early.duration());
        assert!(off < Duration::from_secs(2), "{ahead}: {off:?}");
        tokio::time::sleep(LATE).await;
        let found = client.reconcile(&error).await.unwrap();
        assert_eq!(found, Reconciliation::Absent, "{ahead}");
    }
}
