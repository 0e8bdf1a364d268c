//! An account set keeps to its limits by itself, in the order of asking, and never beyond a
//! deadline.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jdy_runtime::runtime::BoxFuture;
use jdy_runtime::token::{Acquire, LimitClass, MemoryStore, PermitId, StoreError, Token};
use jdy_runtime::{
    Client, Credentials, ErrorKind, Hooks, LeaseStore, Limits, Outcome, Rate, Secret,
    SharedLimiter, TokenStore,
};
use tokio::time::Instant;

use crate::script::{
    CLIENT_SECRET, RECHARGE, ROUTER, Reply, SEARCH, Script, builder, client, recharge, search,
    token_answer,
};

const EXPIRED: &str = r#"{"errcode":4011,"description":"expired"}"#;

/// Calls at once; when each of them was done, or what became of it.
async fn at_once(client: &Client, count: usize, deadline: u64) -> Vec<Result<Duration, String>> {
    let start = Instant::now();
    let done = Arc::new(Mutex::new(Vec::new()));
    let calls: Vec<_> = (0..count)
        .map(|_| {
            let (client, done) = (client.clone(), done.clone());
            tokio::spawn(async move {
                let call = client.call(&RECHARGE, recharge());
                let ended = call.deadline(Duration::from_secs(deadline)).await;
                if let Err(error) = &ended {
                    assert_eq!(error.outcome(), Outcome::NotSent);
                    assert_eq!(*error.kind(), ErrorKind::LocalRateLimit);
                    assert!(error.to_string().contains("500 calls in 60 s"), "{error}");
                }
                let ended = ended.map(|_| start.elapsed()).map_err(|e| e.to_string());
                done.lock().unwrap().push(ended);
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    Arc::into_inner(done).unwrap().into_inner().unwrap()
}

#[tokio::test(start_paused = true)]
async fn five_hundred_calls_a_minute_go_at_once_and_the_next_one_waits() {
    let script = Script::new();
    let done = at_once(&client(&script), 501, 120).await;
    let at_once = done
        .iter()
        .flatten()
        .filter(|t| **t < Duration::from_secs(1));
    assert_eq!(at_once.count(), 500);
    let last = done[500].clone().unwrap();
    assert!(last >= Duration::from_secs(60) && last <= Duration::from_secs(62));
}

#[tokio::test(start_paused = true)]
async fn a_call_without_a_place_before_its_deadline_is_not_sent_and_says_why() {
    let script = Script::new();
    let start = Instant::now();
    let done = at_once(&client(&script), 510, 30).await;
    assert_eq!(done.iter().filter(|end| end.is_err()).count(), 10);
    assert_eq!(script.business_calls().len(), 500);
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "it waits for nothing"
    );
}

#[tokio::test(start_paused = true)]
async fn places_are_handed_out_in_the_order_of_asking() {
    let script = Script::new();
    let limits = Limits {
        calls: Some(Rate {
            calls: 1,
            period: Duration::from_secs(6),
        }),
        ..Limits::default()
    };
    let client = builder(&script).limits(limits).build().unwrap();
    client.call(&RECHARGE, recharge()).await.unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut calls = Vec::new();
    for number in 0..8 {
        let (client, order) = (client.clone(), order.clone());
        // The one in the middle gives up while it waits, and keeps nobody behind it.
        let patience = Duration::from_secs(if number == 3 { 7 } else { 300 });
        calls.push(tokio::spawn(async move {
            let call = client.call(&RECHARGE, recharge()).deadline(patience);
            if call.await.is_ok() {
                order.lock().unwrap().push(number);
            }
        }));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for call in calls {
        call.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), [0, 1, 2, 4, 5, 6, 7]);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_leaves_its_turn_to_the_next() {
    let script = Script::new();
    let limits = Limits {
        calls: Some(Rate::per_minute(1)),
        ..Limits::default()
    };
    let client = builder(&script).limits(limits).build().unwrap();
    client.call(&RECHARGE, recharge()).await.unwrap();
    let waiting = client
        .call(&RECHARGE, recharge())
        .deadline(Duration::from_secs(300));
    let dropped = tokio::time::timeout(Duration::from_secs(5), waiting.into_future()).await;
    assert!(dropped.is_err());
    let next = client
        .call(&RECHARGE, recharge())
        .deadline(Duration::from_secs(70));
    next.await.unwrap();
}

/// Whoever waits for a page may stop, and ask for it again later: the page keeps its turn, which
/// nobody takes meanwhile.
#[tokio::test(start_paused = true)]
async fn a_call_that_nobody_polls_keeps_no_other_from_a_free_place() {
    let script = Script::new();
    let limits = Limits {
        calls: Some(Rate::per_minute(1)),
        ..Limits::default()
    };
    let client = builder(&script).limits(limits).build().unwrap();
    for is_waiting_in_line in [false, true] {
        client.call(&RECHARGE, recharge()).await.unwrap();
        let call = || client.call(&SEARCH, search()).wait_for_limits();
        let first = async { call().await };
        let mut first = is_waiting_in_line.then(|| Box::pin(first));
        let mut second = Box::pin(call().into_future());
        for second_long in 1..3 {
            let pause = Duration::from_secs(second_long);
            if let Some(first) = &mut first {
                assert!(tokio::time::timeout(pause, first).await.is_err());
            }
            assert!(tokio::time::timeout(pause, &mut second).await.is_err());
        }
        // From here on nobody polls the second, which gets the turn of the first.
        drop(first);
        tokio::time::sleep(Duration::from_secs(60)).await;
        let asked = Instant::now();
        let next = client.call(&RECHARGE, recharge()).wait_for_limits();
        next.await.unwrap();
        assert!(asked.elapsed() < Duration::from_secs(5), "{asked:?}");
        drop(second);
        tokio::time::sleep(Duration::from_secs(62)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn each_account_set_has_its_own_places_and_clones_share_them() {
    let script = Script::new();
    let other = Credentials::app("123456", CLIENT_SECRET, "other", "secret", ROUTER);
    let limits = Limits {
        calls: Some(Rate::per_minute(1)),
        ..Limits::default()
    };
    let client = builder(&script).account("other", other).limits(limits);
    let client = client.build().unwrap();
    client.call(&RECHARGE, recharge()).await.unwrap();
    let call = client.call(&RECHARGE, recharge()).account("other");
    call.await.unwrap();
    let error = client.clone().call(&RECHARGE, recharge()).await;
    assert_eq!(*error.unwrap_err().kind(), ErrorKind::LocalRateLimit);
}

#[tokio::test(start_paused = true)]
async fn switched_off_nothing_is_counted() {
    let script = Script::new();
    let client = builder(&script).limits(Limits::none()).build().unwrap();
    let start = Instant::now();
    for _ in 0..2_000 {
        client.call(&SEARCH, search()).await.unwrap();
    }
    assert!(start.elapsed() < Duration::from_secs(1));
    let senseless = Limits {
        calls: Some(Rate::per_minute(0)),
        ..Limits::none()
    };
    let error = builder(&script).limits(senseless).build().unwrap_err();
    assert_eq!(error.setting(), "limits");
}

#[tokio::test(start_paused = true)]
async fn too_many_requests_slow_all_calls_down_and_recovery_is_gradual() {
    for (status, body) in [
        (429, ""),
        (519, r#"{"errcode":5006}"#),
        (519, r#"{"errcode":5007}"#),
    ] {
        let script = Script::new();
        let client = client(&script);
        client.call(&SEARCH, search()).await.unwrap();
        for _ in 0..3 {
            script.then(Reply::answer(status, body));
        }
        client.call(&SEARCH, search()).await.unwrap();
        let mut counts = Vec::new();
        for _ in 0..7 {
            let end = Instant::now() + Duration::from_secs(10);
            let mut count = 0;
            while Instant::now() < end {
                client.call(&SEARCH, search()).await.unwrap();
                tokio::time::sleep(Duration::from_millis(150)).await;
                count += 1;
            }
            counts.push(count);
        }
        assert!(counts[0] < 30, "{status} {counts:?}");
        assert!(counts.is_sorted(), "{status} {counts:?}");
        assert!(counts[6] > 60, "{status} {counts:?}");
    }
}

/// Accepts no token but this one.
fn only(token: &'static str) -> Arc<Script> {
    Script::with(move |request| {
        if Script::header(request, "app-token") == token {
            Reply::answer(200, r#"{"errcode":0,"data":{"bill_no":"B1"}}"#)
        } else {
            Reply::answer(519, EXPIRED)
        }
    })
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_accepts_no_token_is_asked_for_two_a_minute() {
    let script = only("none");
    let client = client(&script);
    let start = Instant::now();
    let mut kinds = Vec::new();
    while start.elapsed() < Duration::from_secs(300) {
        let call = client
            .call(&RECHARGE, recharge())
            .deadline(Duration::from_secs(5));
        let error = call.await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotSent);
        assert!(error.elapsed() <= Duration::from_secs(5));
        kinds.push(*error.kind());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(script.token_count() <= 12, "{}", script.token_count());
    assert!(kinds.contains(&ErrorKind::LocalRateLimit));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_without_a_permit_waits_for_one_and_the_call_goes_on() {
    let script = only("MARKER-token-3");
    let client = client(&script);
    let error = client.call(&RECHARGE, recharge()).await.unwrap_err();
    assert_eq!(script.token_count(), 2, "{error}");
    let call = client
        .call(&RECHARGE, recharge())
        .deadline(Duration::from_secs(90));
    let answer = call.await.unwrap();
    assert!(answer.elapsed() < Duration::from_secs(63));
    assert_eq!(script.token_count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_leaves_earlier_hears_that_the_limit_of_token_calls_was_why() {
    let script = only("MARKER-token-3");
    let client = client(&script);
    client.call(&RECHARGE, recharge()).await.unwrap_err();
    let error = client.call(&RECHARGE, recharge()).await.unwrap_err();
    assert_eq!(
        (error.outcome(), *error.kind()),
        (Outcome::NotSent, ErrorKind::LocalRateLimit)
    );
    assert!(error.to_string().contains("token calls"), "{error}");
    // The last 5 s of 30 are for the answer.
    assert_eq!(error.elapsed(), Duration::from_secs(25));
    // The fetching went on without a caller.
    tokio::time::sleep(Duration::from_secs(40)).await;
    assert_eq!(script.token_count(), 3);
    let answer = client.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(answer.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_place_takes_the_token_that_another_has_put_down() {
    let (script, store) = (only("MARKER-token-3"), MemoryStore::default());
    let one = builder(&script).token_store(store.clone()).build().unwrap();
    one.call(&RECHARGE, recharge()).await.unwrap_err();
    let waiting = tokio::spawn({
        let one = one.clone();
        async move { one.call(&RECHARGE, recharge()).await.map(drop) }
    });
    tokio::time::sleep(Duration::from_secs(5)).await;
    let other = builder(&script).token_store(store).build().unwrap();
    other.call(&RECHARGE, recharge()).await.unwrap();
    waiting.await.unwrap().unwrap();
    assert_eq!(script.token_count(), 3);
}

/// A store that is down, and slow to say so.
struct Down;

impl TokenStore for Down {
    fn get<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Token>, StoreError>> {
        Box::pin(std::future::pending())
    }

    fn put<'a>(&'a self, _: &'a str, _: &'a Token) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(std::future::pending())
    }

    fn compare_and_delete<'a>(
        &'a self,
        _: &'a str,
        _: &'a Secret,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(std::future::pending())
    }
}

impl LeaseStore for Down {}

impl SharedLimiter for Down {}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_down_costs_one_wait_and_not_five() {
    let script = Script::new();
    let client = builder(&script).token_store(Down).build().unwrap();
    let first = client.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(first.elapsed(), Duration::from_secs(1));
    let next = client.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(next.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn without_the_store_a_client_still_makes_but_two_token_calls_a_minute() {
    let script = only("none");
    let client = builder(&script).token_store(Down).build().unwrap();
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(300) {
        let call = client
            .call(&RECHARGE, recharge())
            .deadline(Duration::from_secs(5));
        assert_eq!(call.await.unwrap_err().outcome(), Outcome::NotSent);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let count = script.token_count();
    assert!((2..=12).contains(&count), "{count}");
}

/// A store of places that takes its time, and keeps no token.
struct Leisurely(Duration);

impl TokenStore for Leisurely {
    fn get<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Token>, StoreError>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn put<'a>(&'a self, _: &'a str, _: &'a Token) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn compare_and_delete<'a>(
        &'a self,
        _: &'a str,
        _: &'a Secret,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

impl LeaseStore for Leisurely {}

impl SharedLimiter for Leisurely {
    fn acquire<'a>(
        &'a self,
        _: &'a str,
        calls: LimitClass,
        _: Rate,
    ) -> BoxFuture<'a, Result<Acquire, StoreError>> {
        Box::pin(async move {
            if calls == LimitClass::Business {
                tokio::time::sleep(self.0).await;
            }
            Ok(Acquire::Granted(PermitId::default()))
        })
    }
}

/// One business call a minute, and as many token calls as one likes.
const ONE_CALL: Limits = Limits {
    calls: Some(Rate::per_minute(1)),
    token_calls: None,
};

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_while_the_store_is_asked_leaves_its_place() {
    let script = Script::new();
    let store = Leisurely(Duration::from_millis(500));
    let client = builder(&script).limits(ONE_CALL).token_store(store);
    let client = client.build().unwrap();
    let call = client.call(&RECHARGE, recharge());
    let dropped = tokio::time::timeout(Duration::from_millis(300), call.into_future()).await;
    assert!(dropped.is_err());
    client.call(&RECHARGE, recharge()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_token_ends_while_it_waits_for_a_place_leaves_it_to_the_next() {
    let script = Script::new();
    let store = Leisurely(Duration::from_millis(500));
    let client = builder(&script).limits(ONE_CALL).token_store(store);
    let client = client.build().unwrap();
    let start = Instant::now();
    client.call(&RECHARGE, recharge()).await.unwrap();
    // The token is good for a day. Neither the refresh beforehand nor the one after it succeeds.
    for _ in 0..2 {
        script.token(Reply::answer(400, ""));
    }
    tokio::time::sleep_until(start + Duration::from_millis(86_399_800)).await;
    let error = client.call(&RECHARGE, recharge()).await.unwrap_err();
    assert_eq!((*error.kind(), script.token_count()), (ErrorKind::Token, 3));
    client.call(&RECHARGE, recharge()).await.unwrap();
}

/// The places of a fleet on a slow line: there is none for a moment, and then one for everyone.
struct SlowLine(AtomicU64);

impl TokenStore for SlowLine {
    fn get<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Token>, StoreError>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn put<'a>(&'a self, _: &'a str, _: &'a Token) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn compare_and_delete<'a>(
        &'a self,
        _: &'a str,
        _: &'a Secret,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

impl LeaseStore for SlowLine {}

impl SharedLimiter for SlowLine {
    fn acquire<'a>(
        &'a self,
        _: &'a str,
        calls: LimitClass,
        _: Rate,
    ) -> BoxFuture<'a, Result<Acquire, StoreError>> {
        Box::pin(async move {
            if calls == LimitClass::Business {
                tokio::time::sleep(Duration::from_millis(300)).await;
                if self.0.fetch_add(1, Ordering::SeqCst) == 0 {
                    return Ok(Acquire::RetryAfter(Duration::from_secs(2)));
                }
            }
            Ok(Acquire::Granted(PermitId::default()))
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_store_lets_those_who_waited_for_the_fleet_go_on_together() {
    let script = Script::new();
    let client = builder(&script).token_store(SlowLine(AtomicU64::new(0)));
    let client = client.build().unwrap();
    let first = tokio::spawn({
        let client = client.clone();
        async move { at_once(&client, 1, 30).await }
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let done = at_once(&client, 60, 5).await;
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    assert!(first.await.unwrap()[0].is_ok());
    // Now that nobody waits, nobody queues.
    let done = at_once(&client, 60, 5).await;
    let slowest = done.into_iter().map(Result::unwrap).max();
    assert_eq!(slowest, Some(Duration::from_millis(300)));
}

/// The places of a fleet that cannot be had, beside tokens that can.
#[derive(Clone)]
struct NoPlaces(MemoryStore, Arc<AtomicU64>);

impl TokenStore for NoPlaces {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Token>, StoreError>> {
        self.0.get(key)
    }

    fn put<'a>(&'a self, key: &'a str, token: &'a Token) -> BoxFuture<'a, Result<(), StoreError>> {
        self.0.put(key, token)
    }

    fn compare_and_delete<'a>(
        &'a self,
        key: &'a str,
        value: &'a Secret,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.0.compare_and_delete(key, value)
    }
}

impl LeaseStore for NoPlaces {}

impl SharedLimiter for NoPlaces {
    fn acquire<'a>(
        &'a self,
        _: &'a str,
        calls: LimitClass,
        _: Rate,
    ) -> BoxFuture<'a, Result<Acquire, StoreError>> {
        Box::pin(async move {
            if calls == LimitClass::Token {
                return Ok(Acquire::Granted(PermitId::default()));
            }
            self.1.fetch_add(1, Ordering::SeqCst);
            Err(StoreError::new("no places here"))
        })
    }
}

#[tokio::test(start_paused = true)]
async fn places_that_cannot_be_had_rest_for_a_while_and_the_tokens_do_not() {
    let script = Script::new();
    let store = NoPlaces(MemoryStore::default(), Arc::default());
    let other = Credentials::app("123456", CLIENT_SECRET, "other", "secret", ROUTER);
    let client = builder(&script).account("other", other);
    let client = client.token_store(store.clone()).build().unwrap();
    client.call(&RECHARGE, recharge()).await.unwrap();
    let call = client.call(&RECHARGE, recharge()).account("other");
    call.await.unwrap();
    let kept = format!("{:?}", store.0);
    assert!(kept.contains("tokens: 2"), "{kept}");
    // However many calls there are in between, the store is asked again.
    for _ in 0..20 {
        client.call(&RECHARGE, recharge()).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let asked = store.1.load(Ordering::SeqCst);
    assert!((3..=6).contains(&asked), "{asked}");
}

/// A store whose places are taken by others for a while.
struct Crowded(Mutex<u32>);

impl TokenStore for Crowded {
    fn get<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Token>, StoreError>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn put<'a>(&'a self, _: &'a str, _: &'a Token) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn compare_and_delete<'a>(
        &'a self,
        _: &'a str,
        _: &'a Secret,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

impl LeaseStore for Crowded {}

impl SharedLimiter for Crowded {
    fn acquire<'a>(
        &'a self,
        _: &'a str,
        calls: LimitClass,
        _: Rate,
    ) -> BoxFuture<'a, Result<Acquire, StoreError>> {
        let mut left = self.0.lock().unwrap();
        let share = if calls == LimitClass::Token || *left == 0 {
            Acquire::Granted(PermitId::default())
        } else {
            *left -= 1;
            Acquire::RetryAfter(Duration::from_secs(20))
        };
        Box::pin(std::future::ready(Ok(share)))
    }
}

#[derive(Clone, Default)]
struct Waits(Arc<Mutex<Vec<LimitClass>>>);

impl Hooks for Waits {
    fn waiting_for_permit(&self, _: &str, calls: LimitClass) {
        self.0.lock().unwrap().push(calls);
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_our_own_limit_can_stand_apart_from_the_deadline_and_is_reported() {
    let build = |waits: &Waits| {
        let script = Script::new();
        let builder = builder(&script).token_store(Crowded(Mutex::new(5)));
        builder.hooks(waits.clone()).build().unwrap()
    };
    let waits = Waits::default();
    let error = build(&waits).call(&RECHARGE, recharge()).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::LocalRateLimit);
    let call = build(&waits).call(&RECHARGE, recharge());
    let answer = call.wait_for_limits().await.unwrap();
    assert!(answer.elapsed() >= Duration::from_secs(80));
    assert_eq!(*waits.0.lock().unwrap(), [LimitClass::Business; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_local_limit_can_be_waited_for_as_well() {
    let script = Script::new();
    let limits = Limits {
        calls: Some(Rate {
            calls: 1,
            period: Duration::from_secs(40),
        }),
        ..Limits::default()
    };
    let client = builder(&script).limits(limits).build().unwrap();
    for _ in 0..3 {
        let call = client.call(&RECHARGE, recharge()).wait_for_limits();
        call.deadline(Duration::from_secs(5)).await.unwrap();
    }
    assert_eq!(script.business_calls().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_token_call_that_waits_for_its_place_is_waited_for_as_well() {
    let script = Script::new();
    let client = client(&script);
    for _ in 0..4 {
        let expired = r#"{"errcode":4011,"description":"expired"}"#;
        script.then(Reply::answer(519, expired));
        let call = client.call(&RECHARGE, recharge()).wait_for_limits();
        call.deadline(Duration::from_secs(5)).await.unwrap();
    }
    assert_eq!(script.token_count(), 5);
}

/// An answer that comes after a token that took 9 s.
fn slow_token(answer_after: u64) -> Arc<Script> {
    let script = Script::new();
    let token = Reply::answer(200, &token_answer(1));
    script.token(Reply::After(Duration::from_secs(9), Box::new(token)));
    let answer = Reply::answer(200, r#"{"errcode":0,"data":{"bill_no":"B1"}}"#);
    let pause = Duration::from_secs(answer_after);
    script.then(Reply::After(pause, Box::new(answer)));
    script
}

#[tokio::test(start_paused = true)]
async fn a_write_is_not_begun_when_its_answer_could_hardly_come_in_time() {
    let deadline = Duration::from_secs(10);
    let script = slow_token(0);
    let call = client(&script).call(&RECHARGE, recharge());
    let error = call.deadline(deadline).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert_eq!(script.business_calls().len(), 0);
    // A permit that comes near the end is no use either.
    let limits = Limits {
        calls: Some(Rate {
            calls: 1,
            period: Duration::from_secs(9),
        }),
        ..Limits::default()
    };
    let script = Script::new();
    let client_of_one = builder(&script).limits(limits).build().unwrap();
    let call = || client_of_one.call(&RECHARGE, recharge()).deadline(deadline);
    call().await.unwrap();
    let error = call().await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::LocalRateLimit);
    assert_eq!(script.business_calls().len(), 1);

    // Half of the time is left of 18 s, and a read changes nothing.
    let script = slow_token(0);
    let call = client(&script).call(&RECHARGE, recharge());
    call.deadline(Duration::from_secs(18)).await.unwrap();
    let script = slow_token(0);
    let call = client(&script).call(&SEARCH, search());
    call.deadline(deadline).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_limits_has_all_its_time_once_it_has_a_token() {
    let script = slow_token(8);
    let call = client(&script).call(&RECHARGE, recharge());
    let call = call.deadline(Duration::from_secs(10)).wait_for_limits();
    call.await.unwrap();
}

/// The wait for the limit of token calls ends at any moment, and the token call takes its time then.
#[tokio::test(start_paused = true)]
async fn a_token_call_that_had_to_wait_has_all_the_time_of_one_that_had_not() {
    let limits = Limits {
        token_calls: Some(Rate::per_minute(1)),
        ..Limits::default()
    };
    for seconds in 0..35 {
        let script = Script::new();
        script.token(Reply::answer(200, &token_answer(1)));
        let token = Reply::answer(200, &token_answer(2));
        script.token(Reply::After(Duration::from_secs(3), Box::new(token)));
        let client = builder(&script).limits(limits).build().unwrap();
        client.call(&RECHARGE, recharge()).await.unwrap();
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        script.then(Reply::answer(519, EXPIRED));
        let call = client.call(&RECHARGE, recharge()).wait_for_limits();
        let answer = call.await;
        assert!(answer.is_ok(), "{seconds}: {answer:?}");
    }
}
