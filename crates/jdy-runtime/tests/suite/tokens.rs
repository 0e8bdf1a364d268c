//! The life of a token: fetched once, refreshed once, never lost with a caller.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use jdy_runtime::hooks::TokenInfo;
use jdy_runtime::runtime::BoxFuture;
use jdy_runtime::token::{Lease, MemoryStore, StoreError, Token};
use jdy_runtime::{
    Advice, Authorization, Client, Credentials, Error, ErrorKind, Hooks, LeaseStore, Limits,
    Outcome, Secret, SharedLimiter, TokenStore,
};
use tokio::time::Instant;

use crate::script::{
    APP_SECRET, CLIENT_SECRET, RECHARGE, ROUTER, Reply, SEARCH, START, Script, builder, client,
    credentials, recharge, search, token_answer,
};
use crate::stores::Failures;

const OK: &str = r#"{"errcode":0,"data":{"bill_no":"B1"}}"#;
const EXPIRED: &str = r#"{"errcode":4011,"description":"expired"}"#;
const STALE: &str = r#"{"errcode":1030002006,"description":"授权密钥校验失败"}"#;

fn slowly(number: u64) -> Reply {
    let answer = Reply::answer(200, &token_answer(number));
    Reply::After(Duration::from_millis(300), Box::new(answer))
}

async fn many(client: &Client, count: usize) {
    let calls: Vec<_> = (0..count)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.call(&RECHARGE, recharge()).await.map(drop) })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn two_hundred_calls_at_once_make_exactly_one_token_call() {
    let script = Script::new();
    script.token(slowly(1));
    many(&client(&script), 200).await;
    assert_eq!(script.token_count(), 1);
    assert_eq!(script.business_calls().len(), 200);
}

#[tokio::test(start_paused = true)]
async fn two_hundred_calls_with_a_rejected_token_make_exactly_one_more() {
    let script = Script::with(|request| {
        if Script::header(request, "app-token") == "MARKER-token-1" {
            Reply::answer(519, EXPIRED)
        } else {
            Reply::answer(200, OK)
        }
    });
    many(&client(&script), 200).await;
    assert_eq!(script.token_count(), 2);
    // At most one replay each; whoever had not left yet waits for the new token instead.
    assert!(script.business_calls().len() <= 400);
}

#[tokio::test(start_paused = true)]
async fn the_fetching_goes_on_when_its_caller_is_dropped() {
    let script = Script::new();
    script.token(slowly(1));
    let client = client(&script);
    let call = client.call(&RECHARGE, recharge());
    let dropped = tokio::time::timeout(Duration::from_millis(100), call.into_future()).await;
    assert!(dropped.is_err());
    tokio::time::sleep(Duration::from_secs(1)).await;
    client.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(script.token_count(), 1);
    assert_eq!(script.business_calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_rejected_token_is_refreshed_once_and_the_call_replayed_once() {
    for (status, body) in [
        (519, EXPIRED),
        (519, r#"{"code":"","errCode":4011}"#),
        (401, ""),
        (
            403,
            r#"{"errcode":1000202001,"description":"JWT token has expired"}"#,
        ),
        (200, r#"{"errcode":1020002008}"#),
    ] {
        let script = Script::new();
        script.then(Reply::answer(status, body));
        let answer = client(&script).call(&RECHARGE, recharge()).await.unwrap();
        assert_eq!(
            (answer.attempts(), script.token_count()),
            (2, 2),
            "{status}"
        );
        let sent = script.business_calls();
        for header in ["X-Api-Nonce", "X-Api-Signature", "app-token"] {
            let values = sent.iter().map(|request| Script::header(request, header));
            let values: std::collections::BTreeSet<_> = values.collect();
            assert_eq!(values.len(), 2, "{header} was used again");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_refuses_every_token_leaves_the_good_one_to_all_others() {
    for (status, body) in [
        (200, r#"{"errcode":1020002008}"#),
        (500, r#"{"errcode":1020002008}"#),
        (401, ""),
    ] {
        let script = Script::with(move |request| {
            let refused = request.url.contains("search");
            let answer = if refused { (status, body) } else { (200, OK) };
            Reply::answer(answer.0, answer.1)
        });
        let client = client(&script);
        for _ in 0..30 {
            client.call(&SEARCH, search()).await.unwrap_err();
            client.call(&RECHARGE, recharge()).await.unwrap();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(script.token_count(), 2, "{status} {body}");
        // Once a minute is no harm, and the refusal may have passed.
        tokio::time::sleep(Duration::from_secs(60)).await;
        client.call(&SEARCH, search()).await.unwrap_err();
        client.call(&RECHARGE, recharge()).await.unwrap();
        assert_eq!(script.token_count(), 3, "{status} {body}");
    }
}

/// Whether a new token ends the old one is not known: where someone else fetches them, the
/// gateway's word that this one is none must bring another, however often.
#[tokio::test(start_paused = true)]
async fn a_token_that_the_gateway_says_is_none_is_replaced_each_time() {
    let script = Script::new();
    let client = builder(&script)
        .limits(jdy_runtime::Limits::none())
        .build()
        .unwrap();
    for token in 1..=4 {
        script.then(Reply::answer(519, r#"{"errcode":4010}"#));
        let answer = client.call(&RECHARGE, recharge()).await.unwrap();
        assert_eq!((answer.attempts(), script.token_count()), (2, token + 1));
    }
    // Nor after one that was refused at once.
    for _ in 0..2 {
        script.then(Reply::answer(519, r#"{"errcode":4010}"#));
    }
    client.call(&RECHARGE, recharge()).await.unwrap_err();
    script.then(Reply::answer(519, r#"{"errcode":4010}"#));
    client.call(&RECHARGE, recharge()).await.unwrap();
}

/// Whether the gateway gives the same token again while it is good is not known.
#[tokio::test(start_paused = true)]
async fn a_token_that_is_given_again_after_a_refusal_serves_the_calls_that_follow() {
    let script = Script::new();
    for _ in 0..3 {
        script.token(Reply::answer(200, &token_answer(1)));
    }
    let client = client(&script);
    client.call(&RECHARGE, recharge()).await.unwrap();
    script.then(Reply::answer(519, EXPIRED));
    for _ in 0..5 {
        client.call(&RECHARGE, recharge()).await.unwrap();
    }
    assert_eq!(script.token_count(), 2);
}

/// The calls that were under way when the gateway refused a token in passing learn of it one after
/// the other.
#[tokio::test(start_paused = true)]
async fn a_late_refusal_does_not_drop_a_token_that_was_given_again_since() {
    let script = Script::new();
    for _ in 0..9 {
        script.token(Reply::answer(200, &token_answer(1)));
    }
    let client = client(&script);
    client.call(&RECHARGE, recharge()).await.unwrap();
    let expired = || Box::new(Reply::answer(519, EXPIRED));
    let calls: Vec<_> = (1..5)
        .map(|second| {
            script.then(Reply::After(Duration::from_secs(second), expired()));
            let client = client.clone();
            tokio::spawn(async move { client.call(&RECHARGE, recharge()).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(script.token_count(), 2);
}

/// The refresh began before the refusal, and falls back on what the store has.
#[tokio::test(start_paused = true)]
async fn a_call_gets_no_token_that_was_refused_while_it_waited_for_another() {
    let script = Script::new();
    let client = client(&script);
    client.call(&RECHARGE, recharge()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(23 * 3600 + 60)).await;
    let refused = Reply::answer(200, r#"{"errcode":7}"#);
    script.token(Reply::After(Duration::from_secs(2), Box::new(refused)));
    client.call(&RECHARGE, recharge()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    script.then(Reply::answer(519, EXPIRED));
    let answer = client.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!((answer.attempts(), script.token_count()), (2, 3));
    let sent = script.business_calls().pop().unwrap();
    assert_eq!(Script::header(&sent, "app-token"), "MARKER-token-3");
}

#[tokio::test(start_paused = true)]
async fn a_stale_app_secret_is_replaced_once_by_the_instance() {
    let script = Script::new();
    script.token(Reply::answer(200, STALE));
    let item = format!(
        r#"{{"appKey":"app-key","appSecret":"MARKER-new-secret","clientId":"123456","domain":"{ROUTER}/","status":1}}"#
    );
    let other = item.replace("app-key", "other-key");
    let granted = format!(r#"{{"code":200,"msg":"ok","data":[{other},{item}]}}"#);
    script
        .authorizations
        .lock()
        .unwrap()
        .push_back(Reply::answer(200, &granted));
    let client = builder(&script)
        .credentials(credentials().with_instance("49247"))
        .build()
        .unwrap();
    client.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(script.token_count(), 2);
    assert_eq!(
        Script::header(&script.business_calls()[0], "X-GW-Router-Addr"),
        ROUTER
    );
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_stays_stale_ends_after_one_authorization() {
    let script = Script::new();
    for _ in 0..9 {
        script.token(Reply::answer(200, STALE));
        let item =
            format!(r#"{{"appKey":"app-key","appSecret":"new","domain":"{ROUTER}","status":"1"}}"#);
        let granted = format!(r#"{{"errcode":0,"data":{item}}}"#);
        script
            .authorizations
            .lock()
            .unwrap()
            .push_back(Reply::answer(200, &granted));
    }
    let client = builder(&script)
        .credentials(credentials().with_instance("49247"))
        .build()
        .unwrap();
    let error = client.call(&RECHARGE, recharge()).await.unwrap_err();
    assert_eq!(
        (error.outcome(), *error.kind()),
        (Outcome::NotSent, ErrorKind::StaleSecret)
    );
    assert_eq!(
        error.errcode().and_then(jdy_wire::Errcode::as_i64),
        Some(1_030_002_006)
    );
    assert_eq!((script.token_count(), error.attempts()), (2, 0));
    assert_eq!(script.authorizations.lock().unwrap().len(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_rotated_secret_from_a_callback_is_taken_over() {
    let script = Script::new();
    let client = client(&script);
    let body = format!(
        r#"{{"bizType":"app_authorize","timestamp":"1","data":[{{"appKey":"app-key","appSecret":"rotated","clientId":"123456","domain":"{ROUTER}","status":"1"}}]}}"#
    );
    let callback = jdy_runtime::credentials::read_callback(body.as_bytes()).unwrap();
    assert_eq!(client.apply_rotation(&callback.authorizations), 1);
    client.call(&RECHARGE, recharge()).await.unwrap();
    let wanted = jdy_runtime::signing::app_signature(&Secret::from("rotated"), "app-key");
    let wanted = jdy_runtime::signing::percent_encode(&wanted);
    assert!(script.seen.lock().unwrap()[0].url.contains(&wanted));
}

/// What a callback says that carries this secret.
fn called_back(secret: &str) -> Vec<Authorization> {
    let body = format!(
        r#"{{"bizType":"app_authorize","timestamp":"1","data":[{{"appKey":"app-key","appSecret":"{secret}","clientId":"123456","domain":"{ROUTER}","status":"1"}}]}}"#
    );
    let callback = jdy_runtime::credentials::read_callback(body.as_bytes());
    callback.unwrap().authorizations
}

/// With which of these secrets the token calls were signed, in their order.
fn signed_with<'a>(script: &Script, secrets: &[&'a str]) -> Vec<&'a str> {
    let seen = script.seen.lock().unwrap();
    let of = |url: &str| {
        secrets.iter().copied().find(|secret| {
            let own = jdy_runtime::signing::app_signature(&Secret::from(*secret), "app-key");
            url.contains(&jdy_runtime::signing::percent_encode(&own))
        })
    };
    seen.iter().filter_map(|request| of(&request.url)).collect()
}

/// A callback may be delivered again, behind a later one, or be a stranger's: nobody signs it.
#[tokio::test(start_paused = true)]
async fn a_callback_that_brings_no_good_secret_costs_none_that_was_there() {
    for (callbacks, tried) in [
        // The right one is another each time; it comes last of those that are tried.
        (&["fresh", "older"][..], &["older", "fresh"][..]),
        (&["fresh", "older", "fresh"], &["fresh"]),
        (&["forged", "again"], &["again", "forged", APP_SECRET]),
        (
            &["1", "2", "3", "4", "5"],
            &["5", "4", "3", "2", APP_SECRET],
        ),
    ] {
        let script = Script::new();
        let client = builder(&script).limits(Limits::none()).build().unwrap();
        for secret in callbacks {
            assert_eq!(client.apply_rotation(&called_back(secret)), 1);
        }
        for _ in 1..tried.len() {
            script.token(Reply::answer(200, STALE));
        }
        client.call(&RECHARGE, recharge()).await.unwrap();
        let all = [callbacks, &[APP_SECRET]].concat();
        assert_eq!(signed_with(&script, &all), tried, "{callbacks:?}");
    }
}

/// Two token calls a minute are all that there are.
#[tokio::test(start_paused = true)]
async fn a_good_secret_behind_several_callbacks_is_tried_when_the_limit_lets_it() {
    let script = Script::new();
    let client = client(&script);
    for secret in ["forged", "again"] {
        assert_eq!(client.apply_rotation(&called_back(secret)), 1);
    }
    for _ in 0..2 {
        script.token(Reply::answer(200, STALE));
    }
    client.call(&RECHARGE, recharge()).await.unwrap_err();
    tokio::time::sleep(Duration::from_secs(62)).await;
    client.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(
        signed_with(&script, &["forged", "again", APP_SECRET]),
        ["again", "forged", APP_SECRET]
    );
}

/// Two token calls a minute are as many as there are forged secrets.
#[tokio::test(start_paused = true)]
async fn a_stranger_who_calls_back_again_and_again_does_not_keep_the_good_secret_from_its_turn() {
    let script = Script::new();
    let client = client(&script);
    let forged: Vec<String> = (0..6).map(|number| format!("forged {number}")).collect();
    for pair in forged.chunks(2) {
        for secret in pair {
            assert_eq!(client.apply_rotation(&called_back(secret)), 1);
            script.token(Reply::answer(200, STALE));
        }
        client.call(&RECHARGE, recharge()).await.unwrap_err();
        tokio::time::sleep(Duration::from_secs(62)).await;
    }
    let all: Vec<&str> = forged.iter().map(String::as_str).collect();
    let tried = signed_with(&script, &[&all[..], &[APP_SECRET]].concat());
    // Also what came last had its turn: it may be the right one.
    assert_eq!(
        tried,
        [
            "forged 1", "forged 0", APP_SECRET, "forged 3", "forged 5", "forged 4"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_callback_that_comes_during_a_token_call_does_not_cost_the_secret_of_that_call() {
    let script = Script::new();
    let client = builder(&script).limits(Limits::none()).build().unwrap();
    script.token(slowly(1));
    let calling = async { client.call(&RECHARGE, recharge()).await };
    let called = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        client.apply_rotation(&called_back("forged"))
    };
    let (answer, count) = tokio::join!(calling, called);
    assert_eq!((answer.is_ok(), count), (true, 1));
    script.then(Reply::answer(519, EXPIRED));
    script.token(Reply::answer(200, STALE));
    client.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(
        signed_with(&script, &["forged", APP_SECRET]),
        [APP_SECRET, "forged", APP_SECRET]
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_from_the_store_goes_to_no_address_that_only_a_callback_has_named() {
    let (script, store) = (Script::new(), MemoryStore::default());
    let build = || builder(&script).token_store(store.clone()).build().unwrap();
    build().call(&RECHARGE, recharge()).await.unwrap();
    let body = r#"{"bizType":"app_authorize","timestamp":"1","data":[{"appKey":"app-key","appSecret":"forged","clientId":"123456","domain":"https://other.jdy.com","status":"1"}]}"#;
    let callback = jdy_runtime::credentials::read_callback(body.as_bytes()).unwrap();
    let client = build();
    assert_eq!(client.apply_rotation(&callback.authorizations), 1);
    client.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(script.token_count(), 1);
    let last = script.business_calls().pop().unwrap();
    assert_eq!(Script::header(&last, "X-GW-Router-Addr"), ROUTER);
}

/// No app came before it, so what a callback brings has no former one behind it.
#[tokio::test(start_paused = true)]
async fn a_token_from_the_store_goes_to_no_address_of_a_callback_before_the_instance_was_asked() {
    let (script, store) = (Script::new(), MemoryStore::default());
    let build = || builder(&script).token_store(store.clone());
    build()
        .build()
        .unwrap()
        .call(&RECHARGE, recharge())
        .await
        .unwrap();
    let by_key = Credentials::instance("123456", CLIENT_SECRET, "4924").app_key("app-key");
    let client = build().credentials(by_key).build().unwrap();
    let body = r#"{"bizType":"app_authorize","timestamp":"1","data":[{"appKey":"app-key","appSecret":"forged","clientId":"123456","domain":"https://other.jdy.com","status":"1"}]}"#;
    let callback = jdy_runtime::credentials::read_callback(body.as_bytes()).unwrap();
    assert_eq!(client.apply_rotation(&callback.authorizations), 1);
    let granted = format!(
        r#"{{"errcode":0,"data":[{{"appKey":"app-key","appSecret":"good","clientId":"123456","domain":"{ROUTER}","status":"1"}}]}}"#
    );
    script
        .authorizations
        .lock()
        .unwrap()
        .push_back(Reply::answer(200, &granted));
    client.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(script.token_count(), 1);
    let last = script.business_calls().pop().unwrap();
    assert_eq!(Script::header(&last, "X-GW-Router-Addr"), ROUTER);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_refreshed_in_the_background_before_it_ends() {
    let script = Script::new();
    let client = client(&script);
    client.call(&RECHARGE, recharge()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(23 * 3600 + 60)).await;
    // The refresh fails, as often as the limit of token calls lets it try, and the old token goes
    // on serving.
    for _ in 0..2 {
        script.token(Reply::answer(503, ""));
    }
    client.call(&RECHARGE, recharge()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(62)).await;
    let before = script.token_count();
    client.call(&RECHARGE, recharge()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    client.call(&RECHARGE, recharge()).await.unwrap();
    let tokens: Vec<_> = script
        .business_calls()
        .iter()
        .map(|r| Script::header(r, "app-token"))
        .collect();
    assert_eq!(
        tokens[..3],
        ["MARKER-token-1", "MARKER-token-1", "MARKER-token-1"]
    );
    assert_ne!(tokens[3], "MARKER-token-1");
    assert_eq!(script.token_count(), before + 1);
}

#[tokio::test(start_paused = true)]
async fn without_a_token_the_call_is_not_sent() {
    let script = Script::new();
    for _ in 0..2 {
        script.token(Reply::answer(504, "<html>"));
    }
    let error = client(&script)
        .call(&RECHARGE, recharge())
        .await
        .unwrap_err();
    assert_eq!(
        (error.outcome(), *error.kind()),
        (Outcome::NotSent, ErrorKind::Token)
    );
    assert_eq!((error.attempts(), error.status()), (0, Some(504)));
    assert!(std::error::Error::source(&error).is_some());

    let script = Script::new();
    script.token(Reply::Hang(|_| {}));
    let call = client(&script)
        .call(&RECHARGE, recharge())
        .deadline(Duration::from_secs(1));
    let error = call.await.unwrap_err();
    assert_eq!(
        (error.outcome(), *error.kind()),
        (Outcome::NotSent, ErrorKind::Token)
    );
    // The last quarter is for the answer.
    assert_eq!(error.elapsed(), Duration::from_millis(750));
}

#[tokio::test(start_paused = true)]
async fn two_clients_share_a_token_through_the_store() {
    let (script, store) = (Script::new(), MemoryStore::default());
    for _ in 0..2 {
        let client = builder(&script).token_store(store.clone()).build().unwrap();
        client.call(&RECHARGE, recharge()).await.unwrap();
    }
    assert_eq!(script.token_count(), 1);
    // A rejected token is forgotten there as well, and the next client does not see it.
    script.then(Reply::answer(519, EXPIRED));
    let third = builder(&script).token_store(store.clone()).build().unwrap();
    third.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(script.token_count(), 2);
    let fourth = builder(&script).token_store(store).build().unwrap();
    fourth.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(script.token_count(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_old_token_in_the_store_serves_where_no_new_one_is_available() {
    let (script, store) = (Script::new(), MemoryStore::default());
    let first = builder(&script).token_store(store.clone()).build().unwrap();
    first.call(&RECHARGE, recharge()).await.unwrap();
    let second = builder(&script).token_store(store).build().unwrap();
    tokio::time::sleep(Duration::from_secs(23 * 3600 + 60)).await;
    for _ in 0..2 {
        script.token(Reply::answer(503, ""));
    }
    second.call(&RECHARGE, recharge()).await.unwrap();
    let last = script.business_calls().pop().unwrap();
    assert_eq!(Script::header(&last, "app-token"), "MARKER-token-1");
    // And the gateway is not asked again at once.
    let before = script.token_count();
    second.call(&RECHARGE, recharge()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(script.token_count(), before);
}

/// Hears of tokens.
#[derive(Clone, Default)]
struct TokenTold(Arc<Mutex<Vec<String>>>);

impl Hooks for TokenTold {
    fn token_refreshed(&self, _: &str, token: &TokenInfo) {
        self.0.lock().unwrap().push(format!("{:?}", token.origin));
    }

    fn token_failed(&self, _: &str, error: &Error) {
        self.0.lock().unwrap().push(format!("{:?}", error.status()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_background_refresh_that_fails_is_reported_and_an_old_token_is_no_news() {
    let (script, told) = (Script::new(), TokenTold::default());
    let client = builder(&script).hooks(told.clone()).build().unwrap();
    client.call(&RECHARGE, recharge()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(23 * 3600 + 60)).await;
    for _ in 0..2 {
        script.token(Reply::answer(503, ""));
    }
    client.call(&RECHARGE, recharge()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(*told.0.lock().unwrap(), ["Gateway", "Some(503)"]);
}

/// A store whose lease another process has, which puts its token down after a while, or never.
struct Led(Option<Duration>, Instant);

impl TokenStore for Led {
    fn get<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Token>, StoreError>> {
        let put = self.0.filter(|after| self.1.elapsed() >= *after);
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(START);
        let token = put.map(|_| Token::new(Secret::from("MARKER-theirs"), None, now));
        Box::pin(async move { Ok(token) })
    }

    fn put<'a>(&'a self, _: &'a str, _: &'a Token) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }

    fn compare_and_delete<'a>(
        &'a self,
        _: &'a str,
        _: &'a Secret,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }
}

impl LeaseStore for Led {
    fn try_lease<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        _: Duration,
    ) -> BoxFuture<'a, Result<Lease, StoreError>> {
        Box::pin(async { Ok(Lease::Held(Duration::from_secs(5))) })
    }
}

impl SharedLimiter for Led {}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_held_for_ever_is_waited_for_until_an_attempt_has_just_time() {
    let script = Script::new();
    let store = Led(None, Instant::now());
    let client = builder(&script).token_store(store).build().unwrap();
    let answer = client.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(script.token_count(), 1);
    let seconds = answer.elapsed().as_secs();
    assert!((20..21).contains(&seconds), "{seconds}");
}

#[tokio::test(start_paused = true)]
async fn a_slow_leader_is_not_left_by_those_who_follow() {
    let script = Script::new();
    let store = Led(Some(Duration::from_secs(18)), Instant::now());
    let client = builder(&script).token_store(store).build().unwrap();
    client.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(script.token_count(), 0);
    let sent = script.business_calls().pop().unwrap();
    assert_eq!(Script::header(&sent, "app-token"), "MARKER-theirs");
}

/// A store that can keep nothing more.
struct Full(Arc<AtomicBool>);

impl TokenStore for Full {
    fn get<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Token>, StoreError>> {
        Box::pin(async { Ok(None) })
    }

    fn put<'a>(&'a self, _: &'a str, _: &'a Token) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async {
            self.0.store(true, Ordering::SeqCst);
            Err(StoreError::new("full"))
        })
    }

    fn compare_and_delete<'a>(
        &'a self,
        _: &'a str,
        _: &'a Secret,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }
}

impl LeaseStore for Full {}

impl SharedLimiter for Full {}

#[tokio::test(start_paused = true)]
async fn a_store_that_keeps_nothing_stops_nobody_and_a_hook_is_notified() {
    let (script, failures) = (Script::new(), Failures::default());
    let put = Arc::new(AtomicBool::new(false));
    let client = builder(&script).hooks(failures.clone());
    let client = client.token_store(Full(put.clone())).build().unwrap();
    client.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(script.token_count(), 1);
    assert!(put.load(Ordering::SeqCst));
    assert_eq!(failures.take(), ["full"]);
}

#[tokio::test(start_paused = true)]
async fn clients_that_know_only_the_instance_share_a_token_through_the_store() {
    let (script, store) = (Script::new(), MemoryStore::default());
    let item =
        format!(r#"{{"appKey":"app-key","appSecret":"s","domain":"{ROUTER}","status":"1"}}"#);
    for _ in 0..2 {
        let granted = format!(r#"{{"code":200,"data":[{item}]}}"#);
        let granted = Reply::answer(200, &granted);
        script.authorizations.lock().unwrap().push_back(granted);
        let credentials = Credentials::instance("123456", CLIENT_SECRET, "49247");
        let client = builder(&script)
            .credentials(credentials)
            .token_store(store.clone());
        let client = client.build().unwrap();
        client.call(&RECHARGE, recharge()).await.unwrap();
    }
    assert_eq!(script.token_count(), 1);
    let last = script.business_calls().pop().unwrap();
    assert_eq!(Script::header(&last, "X-GW-Router-Addr"), ROUTER);
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_was_used_is_asked_for_anew_before_a_token_call_is_spent_on_it() {
    let script = Script::new();
    let item =
        format!(r#"{{"appKey":"app-key","appSecret":"new","domain":"{ROUTER}","status":"1"}}"#);
    let granted = format!(r#"{{"errcode":0,"data":[{item}]}}"#);
    let granted = Reply::answer(200, &granted);
    script.authorizations.lock().unwrap().push_back(granted);
    let with_instance = credentials().with_instance("49247");
    let client = builder(&script).credentials(with_instance).build().unwrap();
    client.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(script.authorizations.lock().unwrap().len(), 1);
    script.then(Reply::answer(519, EXPIRED));
    client.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(script.authorizations.lock().unwrap().len(), 0);
    assert_eq!(script.token_count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_token_call_is_reported_as_such() {
    let fuse = r#"{"errcode":5006,"description":"fuse"}"#;
    for (status, body) in [(429, "<html>busy</html>"), (519, fuse)] {
        let script = Script::new();
        for _ in 0..4 {
            script.token(Reply::answer(status, body));
        }
        let call = client(&script).call(&RECHARGE, recharge());
        let error = call.deadline(Duration::from_secs(3600)).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotSent);
        if status == 429 {
            assert_eq!(*error.kind(), ErrorKind::RateLimited, "{error}");
        } else {
            assert!(matches!(error.kind(), ErrorKind::Gateway(code) if code.is_throttle()));
        }
        let line = error.to_string();
        assert!(line.contains("token"), "{line}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_time_is_up_tells_what_its_token_call_met_last() {
    let fuse = r#"{"errcode":5006,"description":"fuse"}"#;
    for (status, body, said) in [(429, "<html>busy</html>", "429"), (519, fuse, "fuse")] {
        let script = Script::new();
        for _ in 0..8 {
            script.token(Reply::answer(status, body));
        }
        let call = client(&script).call(&RECHARGE, recharge());
        let error = call.deadline(Duration::from_secs(5)).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotSent);
        let line = error.to_string();
        match error.kind() {
            ErrorKind::RateLimited => assert_eq!(status, 429, "{line}"),
            ErrorKind::Gateway(code) => assert!(code.is_throttle(), "{line}"),
            _ => panic!("{line}"),
        }
        for part in [said, "token", "timed out waiting for a token"] {
            assert!(line.contains(part), "{part}: {line}");
        }
        assert!(matches!(error.advice(), Advice::Retry { .. }), "{line}");
    }
    // A token call that has met nothing yet has nothing to tell.
    let script = Script::new();
    script.token(Reply::Hang(|_| ()));
    let call = client(&script).call(&RECHARGE, recharge());
    let error = call.deadline(Duration::from_secs(5)).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Token, "{error}");
}

#[tokio::test(start_paused = true)]
async fn whatever_the_reason_two_token_calls_a_minute_are_made() {
    let script = Script::new();
    let ahead = "Tue, 14 Nov 2023 23:13:20 GMT";
    let behind = "Tue, 14 Nov 2023 20:13:20 GMT";
    for number in 0..20 {
        let mut refused =
            crate::script::response(519, r#"{"errcode":4006,"description":"timestamp"}"#);
        let date = if number % 2 == 0 { ahead } else { behind };
        refused.headers.push(("date".into(), date.to_owned()));
        script.token(Reply::Answer(refused));
    }
    let client = client(&script);
    let start = Instant::now();
    for _ in 0..20 {
        client.call(&RECHARGE, recharge()).await.unwrap_err();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let minutes = start.elapsed().as_secs() / 60 + 1;
    let made = script.token_count();
    assert!(made <= 2 * minutes, "{made} in {minutes} min");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ends_before_a_call_could_is_not_used() {
    let script = Script::new();
    let body = format!(
        r#"{{"errcode":0,"data":{{"app-token":"MARKER-token-1","expires":{}}}}}"#,
        START + 900
    );
    for _ in 0..20 {
        script.token(Reply::answer(200, &body));
    }
    let client = client(&script);
    let error = client.call(&RECHARGE, recharge()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert_eq!(*error.kind(), ErrorKind::Token);
    let line = error.to_string();
    assert!(line.contains("900 ms"), "{line}");
    assert_eq!(script.token_count(), 1);
    assert!(script.business_calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn errcode_401_in_a_200_is_recovered_where_its_words_are_of_the_token() {
    let of_token = r#"{"errcode":401,"description":"app-token is invalid"}"#;
    let of_else = r#"{"errcode":401,"description":"no such member"}"#;
    let script = Script::new();
    script.then(Reply::answer(200, of_token));
    let answer = client(&script).call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!((answer.attempts(), script.token_count()), (2, 2));
    for (body, kind, attempts) in [
        (of_token, ErrorKind::TokenRejected, 2),
        (of_else, ErrorKind::Business, 1),
    ] {
        let script = Script::with(move |_| Reply::answer(200, body));
        let error = client(&script)
            .call(&RECHARGE, recharge())
            .await
            .unwrap_err();
        assert_eq!((error.outcome(), *error.kind()), (Outcome::Rejected, kind));
        assert_eq!(error.attempts(), attempts);
    }
}

/// Hears of router addresses that are spelled anew.
#[derive(Clone, Default)]
struct Routers(Arc<Mutex<Vec<String>>>);

impl Hooks for Routers {
    fn router_over_https(&self, _: &str, given: &str) {
        self.0.lock().unwrap().push(given.to_owned());
    }
}

#[tokio::test(start_paused = true)]
async fn a_router_address_spelled_http_is_passed_on_as_https_and_told() {
    let script = Script::new();
    let routers = Routers::default();
    let plain = Credentials::app("123456", CLIENT_SECRET, "k", "s", "HTTP://tf.jdy.com/");
    let client = Client::builder()
        .credentials(plain)
        .hooks(routers.clone())
        .transport(crate::script::Scripted(script.clone()))
        .runtime(crate::script::TestTime::new());
    let client = client.build().unwrap();
    client.call(&RECHARGE, recharge()).await.unwrap();
    let seen = script.business_calls();
    assert_eq!(Script::header(&seen[0], "X-GW-Router-Addr"), ROUTER);
    assert_eq!(*routers.0.lock().unwrap(), ["HTTP://tf.jdy.com/"]);
    let granted = r#"{"code":200,"data":[{"appKey":"k","appSecret":"s","domain":"http://tf.jdy.com","status":1}]}"#;
    let granted = Reply::answer(200, granted);
    script.authorizations.lock().unwrap().push_back(granted);
    let instance = Credentials::instance("123456", CLIENT_SECRET, "4924");
    client.add_account("other", instance).unwrap();
    let call = client.call(&RECHARGE, recharge()).account("other");
    call.await.unwrap();
    assert_eq!(routers.0.lock().unwrap().len(), 2);
    // Another host stays refused.
    let other = Credentials::app("123456", CLIENT_SECRET, "k", "s", "http://example.com");
    assert!(client.add_account("third", other).is_err());
}

/// Several clients keep their tokens in one store: a token is good for its application and its gateway.
#[tokio::test(start_paused = true)]
async fn a_stored_token_is_of_its_application_and_its_gateway_alone() {
    const OTHER: &str = "http://127.0.0.1:9";
    let store = MemoryStore::default();
    let fetched = async |client_id: &str, base: &str| {
        let script = Script::new();
        let app = Credentials::app(client_id, CLIENT_SECRET, "app-key", APP_SECRET, ROUTER);
        let client = builder(&script).credentials(app).base_url(base);
        let client = client.token_store(store.clone()).build().unwrap();
        client.call(&RECHARGE, recharge()).await.unwrap();
        script.token_count()
    };
    for (client_id, base, expected) in [
        ("123456", "https://api.kingdee.com", 1),
        ("123456", "https://api.kingdee.com", 0),
        ("654321", "https://api.kingdee.com", 1),
        ("123456", OTHER, 1),
    ] {
        assert_eq!(
            fetched(client_id, base).await,
            expected,
            "{client_id} {base}"
        );
    }
}
