//! The spans and events of the feature `tracing`, attribute by attribute.

#[path = "telemetry/recorder.rs"]
mod recorder;

use std::time::Duration;

use jdy_runtime::runtime::BoxFuture;
use jdy_runtime::token::{StoreError, Token};
use jdy_runtime::transport::{Request, Response, TransportError};
use jdy_runtime::{
    LeaseStore, Limits, Method, Rate, RetryPolicy, Secret, SharedLimiter, TokenStore,
};

use self::recorder::Recorder;
use crate::script::{
    APP_SECRET, CLIENT_SECRET, RECHARGE, Reply, SEARCH, Script, builder, client, recharge,
    response, search, token_answer,
};
#[cfg(feature = "blocking")]
use crate::script::{Scripted, credentials};

/// Without pauses.
const AT_ONCE: RetryPolicy = RetryPolicy {
    max_attempts: 2,
    initial_backoff: Duration::ZERO,
    max_backoff: Duration::ZERO,
};

/// The attributes that every span of this kind has, to be written once.
const SETS: [(&str, &str); 5] = [
    (
        "{call}",
        "otel.name=test.recharge | otel.kind=internal | jdy.operation=test.recharge | \
         jdy.account=default | jdy.call_id=c-1",
    ),
    (
        "{post}",
        "otel.name=POST | otel.kind=client | http.request.method=POST | \
         server.address=api.kingdee.com | server.port=443 | \
         url.full=https://api.kingdee.com/jdy/v2/test/recharge | \
         jdy.operation=test.recharge | jdy.account=default | jdy.call_id=c-1",
    ),
    (
        "{token}",
        "otel.name=GET | otel.kind=client | http.request.method=GET | \
         server.address=api.kingdee.com | server.port=443 | \
         url.full=https://api.kingdee.com/jdyconnector/app_management/kingdee_auth_token | \
         jdy.operation=token | jdy.account=default",
    ),
    ("{done}", "http.response.status_code=200 | jdy.outcome=done"),
    (
        "{this}",
        "jdy.operation=test.recharge | jdy.account=default | jdy.call_id=c-1",
    ),
];

/// A refresh that brings a token, where its call begins to wait for it.
const REFRESH: &str = "
    jdy.token_refresh | otel.kind=internal | jdy.account=default | jdy.outcome=done
      jdy.attempt | {token} | {done}
      INFO token refreshed | jdy.account=default | jdy.token.origin=gateway";

/// A line with its attributes in order.
fn in_order(line: &str) -> String {
    let depth = line.len() - line.trim_start().len();
    let mut parts: Vec<_> = line.trim_start().split(" | ").collect();
    let name = parts.remove(0);
    parts.sort_unstable();
    let attributes: String = parts.iter().map(|part| format!(" | {part}")).collect();
    format!("{}{name}{attributes}", " ".repeat(depth))
}

/// The work, seen. It is done twice: a place in the code that another test meets for the first time
/// just now, and without a subscriber, would stay silent the first time.
async fn seen(work: impl AsyncFn()) -> Vec<String> {
    let recorder = Recorder::default();
    for _ in 0..2 {
        recorder.clear();
        let guard = tracing::subscriber::set_default(recorder.clone());
        work().await;
        drop(guard);
    }
    assert_eq!(recorder.open(), [""; 0]);
    recorder.lines()
}

/// Compares all that is seen of the work, every attribute included.
async fn assert_seen(work: impl AsyncFn(), expected: &str) {
    assert_lines(&seen(work).await, expected);
}

fn assert_lines(seen: &[String], expected: &str) {
    let mut expected = expected.replace("{refresh}", REFRESH.trim());
    for (name, attributes) in SETS {
        expected = expected.replace(name, attributes);
    }
    let lines = expected.trim_matches('\n').lines();
    let indent = lines.clone().next().unwrap();
    let indent = indent.len() - indent.trim_start().len();
    let expected: Vec<_> = lines.map(|line| in_order(&line[indent..])).collect();
    let seen: Vec<_> = seen.iter().map(|line| in_order(line)).collect();
    assert_eq!(seen, expected, "seen:\n{}", seen.join("\n"));
    for line in &seen {
        for secret in ["MARKER", CLIENT_SECRET, APP_SECRET, "app_signature"] {
            assert!(!line.contains(secret), "{line}");
        }
        // A person needs the key to find the record of a write that may have taken effect.
        assert!(!line.contains("RC-1") || line.contains("WARN"), "{line}");
    }
}

/// The first byte leaves.
fn leave(request: &Request) {
    request.progress.arm();
    assert!(request.progress.started());
}

/// One recharge by a script, whatever comes of it.
async fn one(script: &std::sync::Arc<Script>) {
    let client = builder(script).retry(AT_ONCE).build().unwrap();
    let call = client.call(&RECHARGE, recharge()).call_id("c-1");
    drop(call.await);
}

#[tokio::test(start_paused = true)]
async fn a_success() {
    let work = async || one(&Script::new()).await;
    let expected = "
  jdy.call | {call} | jdy.outcome=done
    {refresh}
    jdy.attempt | {post} | {done}
    DEBUG attempt finished | {this} | jdy.attempt=1 | jdy.duration=0.0 | {done}";
    assert_seen(work, expected).await;
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_429() {
    let work = async || {
        let script = Script::new();
        let throttled = Reply::answer(429, "");
        script.then(Reply::After(Duration::from_secs(2), Box::new(throttled)));
        let limits = Limits::none();
        let client = builder(&script).retry(AT_ONCE).limits(limits);
        let client = client.build().unwrap();
        let call = client.call(&RECHARGE, recharge()).call_id("c-1");
        call.await.unwrap();
    };
    let expected = "
  jdy.call | {call} | jdy.outcome=done
    {refresh}
    jdy.attempt | {post} | http.response.status_code=429 | jdy.outcome=not_sent | \
         error.type=rate_limited | otel.status_code=ERROR
    DEBUG attempt finished | {this} | jdy.attempt=1 | jdy.duration=2.0 | \
         http.response.status_code=429 | jdy.outcome=not_sent | error.type=rate_limited
    jdy.attempt | {post} | {done} | http.request.resend_count=1
    DEBUG attempt finished | {this} | jdy.attempt=2 | jdy.duration=0.0 | {done}";
    assert_seen(work, expected).await;
}

#[tokio::test(start_paused = true)]
async fn a_rejected_token_is_refreshed() {
    let work = async || {
        let script = Script::new();
        script.then(Reply::answer(519, r#"{"errcode":4011}"#));
        one(&script).await;
    };
    let expected = "
  jdy.call | {call} | jdy.outcome=done
    {refresh}
    jdy.attempt | {post} | http.response.status_code=519 | jdy.outcome=not_sent | \
         error.type=ACCESS_TOKEN_IS_EXPIRED | jdy.errcode=4011 | otel.status_code=ERROR
    DEBUG attempt finished | {this} | jdy.attempt=1 | jdy.duration=0.0 | \
         http.response.status_code=519 | jdy.outcome=not_sent | error.type=ACCESS_TOKEN_IS_EXPIRED
    {refresh}
    jdy.attempt | {post} | {done} | http.request.resend_count=1
    DEBUG attempt finished | {this} | jdy.attempt=2 | jdy.duration=0.0 | {done}";
    assert_seen(work, expected).await;
}

#[tokio::test(start_paused = true)]
async fn a_corrected_clock() {
    let work = async || {
        let script = Script::new();
        let date = ("date".into(), "Tue, 14 Nov 2023 23:13:20 GMT".to_owned());
        script.then(Reply::Answer(Response {
            headers: vec![date],
            ..response(519, r#"{"errcode":4006}"#)
        }));
        one(&script).await;
    };
    let expected = "
  jdy.call | {call} | jdy.outcome=done
    {refresh}
    jdy.attempt | {post} | http.response.status_code=519 | jdy.outcome=not_sent | \
         error.type=X_API_TIMESTAMP_IS_INVALID | jdy.errcode=4006 | otel.status_code=ERROR
    INFO clock corrected | jdy.clock.offset_ms=3600500
    DEBUG attempt finished | {this} | jdy.attempt=1 | jdy.duration=0.0 | \
         http.response.status_code=519 | jdy.outcome=not_sent | \
         error.type=X_API_TIMESTAMP_IS_INVALID
    jdy.attempt | {post} | {done} | http.request.resend_count=1
    DEBUG attempt finished | {this} | jdy.attempt=2 | jdy.duration=0.0 | {done}";
    assert_seen(work, expected).await;
}

#[tokio::test(start_paused = true)]
async fn a_rejection_by_the_product() {
    let work = async || {
        let script = Script::new();
        let words = r#"{"errcode":2000111,"description":"member 13800000000 unknown"}"#;
        script.then(Reply::answer(200, words));
        one(&script).await;
    };
    let expected = "
  jdy.call | {call} | jdy.outcome=rejected | error.type=business | jdy.errcode=2000111 | \
         otel.status_code=ERROR
    {refresh}
    jdy.attempt | {post} | http.response.status_code=200 | jdy.outcome=rejected | \
         error.type=business | jdy.errcode=2000111 | otel.status_code=ERROR
    DEBUG attempt finished | {this} | jdy.attempt=1 | jdy.duration=0.0 | \
         http.response.status_code=200 | jdy.outcome=rejected | error.type=business";
    assert_seen(work, expected).await;
}

#[tokio::test(start_paused = true)]
async fn a_timeout_with_an_unknown_outcome_is_a_warning() {
    let work = async || {
        let script = Script::new();
        script.then(Reply::Hang(leave));
        one(&script).await;
    };
    let expected = "
  jdy.call | {call} | jdy.outcome=unknown | error.type=timeout | otel.status_code=ERROR
    {refresh}
    jdy.attempt | {post} | jdy.outcome=unknown | error.type=timeout | otel.status_code=ERROR
    DEBUG attempt finished | {this} | jdy.attempt=1 | jdy.duration=10.0 | jdy.outcome=unknown | \
         error.type=timeout
    WARN outcome unknown | {this} | jdy.key=src_bill_id=RC-1 | jdy.attempts=1 | jdy.outcome=unknown | error.type=timeout";
    assert_seen(work, expected).await;
}

#[tokio::test(start_paused = true)]
async fn no_connection() {
    let work = async || {
        let script = Script::new();
        for _ in 0..2 {
            script.then(Reply::Fail(TransportError::connect("refused")));
        }
        one(&script).await;
    };
    let expected = "
  jdy.call | {call} | jdy.outcome=not_sent | error.type=connect | otel.status_code=ERROR
    {refresh}
    jdy.attempt | {post} | jdy.outcome=not_sent | error.type=connect | otel.status_code=ERROR
    DEBUG attempt finished | {this} | jdy.attempt=1 | jdy.duration=0.0 | jdy.outcome=not_sent | \
         error.type=connect
    jdy.attempt | {post} | jdy.outcome=not_sent | error.type=connect | otel.status_code=ERROR | \
         http.request.resend_count=1
    DEBUG attempt finished | {this} | jdy.attempt=2 | jdy.duration=0.0 | jdy.outcome=not_sent | \
         error.type=connect";
    assert_seen(work, expected).await;
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_a_permit() {
    let work = async || {
        let script = Script::new();
        script.then(Reply::answer(429, ""));
        let limits = Limits {
            calls: Some(Rate {
                calls: 1,
                period: Duration::from_secs(5),
            }),
            ..Limits::default()
        };
        let client = builder(&script).retry(AT_ONCE).limits(limits);
        let client = client.build().unwrap();
        let call = client.call(&RECHARGE, recharge()).call_id("c-1");
        call.await.unwrap();
    };
    let expected = "
  jdy.call | {call} | jdy.outcome=done
    {refresh}
    jdy.attempt | {post} | http.response.status_code=429 | jdy.outcome=not_sent | \
         error.type=rate_limited | otel.status_code=ERROR
    DEBUG attempt finished | {this} | jdy.attempt=1 | jdy.duration=0.0 | \
         http.response.status_code=429 | jdy.outcome=not_sent | error.type=rate_limited
    INFO waiting for a permit | jdy.account=default | jdy.limit=business | jdy.limit.scope=own
    jdy.attempt | {post} | {done} | http.request.resend_count=1
    DEBUG attempt finished | {this} | jdy.attempt=2 | jdy.duration=0.0 | {done}";
    assert_seen(work, expected).await;
}

/// A store that does nothing that it is asked for.
struct Failing;

impl TokenStore for Failing {
    fn get<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Token>, StoreError>> {
        Box::pin(std::future::ready(Err(StoreError::new("away"))))
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

impl LeaseStore for Failing {}

impl SharedLimiter for Failing {}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_is_a_warning() {
    let work = async || {
        let script = Script::new();
        let client = builder(&script).token_store(Failing).build().unwrap();
        let call = client.call(&RECHARGE, recharge()).call_id("c-1");
        call.await.unwrap();
    };
    let expected = "
  jdy.call | {call} | jdy.outcome=done
    jdy.token_refresh | otel.kind=internal | jdy.account=default | jdy.outcome=done
      WARN token store failed | jdy.account=default | error.message=away
      WARN token store failed | jdy.account=default | error.message=away
      jdy.attempt | {token} | {done}
      INFO token refreshed | jdy.account=default | jdy.token.origin=gateway
    jdy.attempt | {post} | {done}
    DEBUG attempt finished | {this} | jdy.attempt=1 | jdy.duration=0.0 | {done}";
    assert_seen(work, expected).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_differs_from_the_spec() {
    let work = async || {
        let script = Script::new();
        let more = r#"{"errcode":0,"data":{"bill_no":"B1","13800000000":1,"more":2}}"#;
        script.then(Reply::answer(200, more));
        one(&script).await;
    };
    let expected = "
  jdy.call | {call} | jdy.outcome=done
    {refresh}
    jdy.attempt | {post} | {done}
    DEBUG attempt finished | {this} | jdy.attempt=1 | jdy.duration=0.0 | {done}
    INFO answer differs from the spec | {this} | jdy.drift.count=2";
    assert_seen(work, expected).await;
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_write_is_a_warning_and_its_spans_are_cancelled() {
    let work = async || {
        let script = Script::new();
        script.then(Reply::Hang(leave));
        let client = client(&script);
        let call = client.call(&RECHARGE, recharge()).call_id("c-1");
        let limit = Duration::from_secs(1);
        tokio::time::timeout(limit, call).await.unwrap_err();
    };
    let expected = "
  jdy.call | {call} | error.type=cancelled | otel.status_code=ERROR
    {refresh}
    jdy.attempt | {post} | error.type=cancelled | otel.status_code=ERROR
      WARN write abandoned | {this} | jdy.key=src_bill_id=RC-1 | jdy.attempt=1 | jdy.outcome=unknown";
    assert_seen(work, expected).await;
}

#[tokio::test(start_paused = true)]
async fn a_token_call_that_fails_is_a_warning() {
    let work = async || {
        let script = Script::new();
        script.token(Reply::answer(
            519,
            r#"{"errcode":4008,"description":"sign"}"#,
        ));
        one(&script).await;
    };
    let lines = seen(work).await;
    let message = lines.iter().find_map(|line| {
        let (_, message) = line.split_once("error.message=")?;
        message.split(" | ").next().map(str::to_owned)
    });
    let message = message.unwrap();
    assert!(message.starts_with("token not sent: "), "{message}");
    let expected = "
  jdy.call | {call} | jdy.outcome=not_sent | error.type=X_API_SIGNATURE_IS_INVALID | \
         jdy.errcode=4008 | otel.status_code=ERROR
    jdy.token_refresh | otel.kind=internal | jdy.account=default | jdy.outcome=not_sent | \
         error.type=X_API_SIGNATURE_IS_INVALID | jdy.errcode=4008 | otel.status_code=ERROR
      jdy.attempt | {token} | http.response.status_code=519 | jdy.outcome=not_sent | \
         error.type=X_API_SIGNATURE_IS_INVALID | jdy.errcode=4008 | otel.status_code=ERROR
      WARN token failed | jdy.account=default | jdy.operation=token | \
         http.response.status_code=519 | error.type=X_API_SIGNATURE_IS_INVALID | \
         jdy.errcode=4008 | error.message={message}";
    assert_lines(&lines, &expected.replace("{message}", &message));
}

#[tokio::test(start_paused = true)]
async fn calls_that_share_a_token_call_see_it_once_in_the_one_that_began_it() {
    let work = async || {
        let script = Script::new();
        let token = Reply::answer(200, &token_answer(1));
        script.token(Reply::After(Duration::from_secs(3), Box::new(token)));
        let client = client(&script);
        let call = || client.call(&RECHARGE, recharge()).call_id("c-1");
        let (first, second) = tokio::join!(call(), call());
        assert!(first.is_ok() && second.is_ok());
    };
    let expected = "
  jdy.call | {call} | jdy.outcome=done
    jdy.token_refresh | otel.kind=internal | jdy.account=default | jdy.outcome=done
  jdy.call | {call} | jdy.outcome=done
      jdy.attempt | {token} | {done}
      INFO token refreshed | jdy.account=default | jdy.token.origin=gateway
    jdy.attempt | {post} | {done}
    DEBUG attempt finished | {this} | jdy.attempt=1 | jdy.duration=0.0 | {done}
    jdy.attempt | {post} | {done}
    DEBUG attempt finished | {this} | jdy.attempt=1 | jdy.duration=0.0 | {done}";
    assert_seen(work, expected).await;
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_nobody_waits_for_does_not_prolong_the_call_that_noticed_it() {
    let work = async || {
        let script = Script::new();
        let client = client(&script);
        client.call(&RECHARGE, recharge()).await.unwrap();
        tokio::time::sleep(Duration::from_secs(23 * 3600 + 60)).await;
        let call = client.call(&RECHARGE, recharge()).call_id("c-1");
        call.await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
    };
    let lines = seen(work).await;
    let expected = "
  jdy.call | {call} | jdy.outcome=done
  jdy.token_refresh | otel.kind=internal | jdy.account=default | jdy.outcome=done | follows=jdy.call
    jdy.attempt | {post} | {done}
    DEBUG attempt finished | {this} | jdy.attempt=1 | jdy.duration=0.0 | {done}
    jdy.attempt | {token} | {done}
    INFO token refreshed | jdy.account=default | jdy.token.origin=gateway";
    assert_lines(&lines[lines.len() - 6..], expected);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_no_request_has_a_call_without_attempts() {
    let work = async || {
        let client = client(&Script::new());
        let call = client.call(&RECHARGE, recharge()).call_id("c-1");
        let error = call.extra("amount", "1").await.unwrap_err();
        assert_eq!(error.attempts(), 0);
    };
    let expected = "
  jdy.call | {call} | jdy.outcome=not_sent | error.type=request | otel.status_code=ERROR";
    assert_seen(work, expected).await;
}

#[tokio::test(start_paused = true)]
async fn a_query_is_in_no_span() {
    let work = async || {
        let client = client(&Script::new());
        client.call(&SEARCH, search()).await.unwrap();
        let query = vec![("phone".to_owned(), "13800000000".to_owned())];
        let call = client.raw(Method::Get, "/jdy/v2/test/other", query, None);
        call.await.unwrap();
    };
    let lines = seen(work).await.join("\n");
    for path in ["/jdy/v2/test/search", "/jdy/v2/test/other"] {
        let url = format!("url.full=https://api.kingdee.com{path}");
        assert!(lines.lines().any(|line| line.contains(&url)), "{lines}");
    }
    for word in ["?", "a b", "a+b", "a%20b", "13800000000"] {
        assert!(!lines.contains(word), "{word}: {lines}");
    }
}

#[cfg(feature = "blocking")]
#[test]
fn a_call_that_is_waited_for_is_in_the_span_of_its_caller() {
    let recorder = Recorder::default();
    for _ in 0..2 {
        recorder.clear();
        let _guard = tracing::subscriber::set_default(recorder.clone());
        let client = jdy_runtime::Client::builder()
            .credentials(credentials())
            .transport(Scripted(Script::new()))
            .build()
            .unwrap();
        let span = tracing::info_span!(target: "jdy", "request");
        let call = client.call(&RECHARGE, recharge()).call_id("c-1");
        span.in_scope(|| call.wait()).unwrap();
    }
    let lines = recorder.lines();
    assert_eq!(lines[0], "request");
    assert!(lines[1].starts_with("  jdy.call | "), "{lines:?}");
    let in_call = |name: &str| lines.iter().any(|line| line.starts_with(name));
    assert!(in_call("    jdy.token_refresh | "), "{lines:?}");
    assert!(in_call("    jdy.attempt | "), "{lines:?}");
}
