//! A call whose caller's condition for sending does not hold any more leaves nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jdy_runtime::runtime::BoxFuture;
use jdy_runtime::transport::{Request, Response, SendGuard, SendState, TransportError};
use jdy_runtime::{Advice, ErrorKind, Outcome, Transport};

use crate::script::{RECHARGE, Reply, SEARCH, Script, Scripted, builder, client, recharge, search};

/// Holds for the first questions, and then no more.
fn holds(times: u32) -> SendGuard {
    let asked = AtomicU32::new(0);
    Arc::new(move || asked.fetch_add(1, Ordering::SeqCst) < times)
}

#[tokio::test(start_paused = true)]
async fn nothing_reaches_the_transport_and_nothing_is_retried() {
    let script = Script::new();
    let call = client(&script).call(&RECHARGE, recharge());
    let error = call.send_while(holds(0)).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Withheld);
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert!(matches!(error.advice(), Advice::Retry { .. }));
    assert!(error.to_string().contains("withheld"), "{error}");
    assert_eq!(script.business_calls().len(), 0);
}

/// Waits before the first byte, as one that connects does, or one whose process stands still.
struct Slow(Scripted);

impl Transport for Slow {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            if request.url.contains("/jdy/v2/") {
                request.progress.arm();
                tokio::time::sleep(Duration::from_secs(9)).await;
                if !request.progress.started() {
                    return Err(TransportError::lost(
                        request.progress.send_state(),
                        "it must not leave",
                    ));
                }
            }
            self.0.send(request).await
        })
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_asked_again_when_the_first_byte_would_leave() {
    for (length, is_sent) in [(8, false), (10, true)] {
        let script = Script::new();
        let client = builder(&script)
            .transport(Slow(Scripted(script.clone())))
            .build()
            .unwrap();
        let start = tokio::time::Instant::now();
        let guard: SendGuard = Arc::new(move || start.elapsed() < Duration::from_secs(length));
        let end = client.call(&RECHARGE, recharge()).send_while(guard).await;
        assert_eq!(script.business_calls().len(), usize::from(is_sent));
        match end {
            Ok(_) => assert!(is_sent),
            Err(error) => {
                assert!(!is_sent);
                assert_eq!(*error.kind(), ErrorKind::Withheld);
                assert_eq!(error.outcome(), Outcome::NotSent);
                assert_eq!(error.attempts(), 1);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_attempt_is_withheld_as_well() {
    let script = Script::new();
    script.then(Reply::Fail(TransportError::connect("refused")));
    let call = client(&script).call(&RECHARGE, recharge());
    let error = call.send_while(holds(1)).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Withheld);
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert_eq!(script.business_calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn it_says_nothing_about_the_attempt_before() {
    let script = Script::new();
    let lost = TransportError::lost(SendState::MayHaveLeft, "reset");
    script.then(Reply::Fail(lost));
    let call = client(&script).call(&SEARCH, search());
    let error = call.send_while(holds(1)).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Withheld);
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(script.business_calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_condition_holds_is_made() {
    let script = Script::new();
    let call = client(&script).call(&RECHARGE, recharge());
    call.send_while(holds(1)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_kept_answer_is_decoded_as_the_call_would_have_and_nothing_is_sent() {
    let script = Script::new();
    let client = client(&script);
    let kept = |body: &'static str| client.call(&RECHARGE, recharge()).kept_answer(body);
    let answer = kept(r#"{"errcode":0,"data":{"bill_no":"B7"}}"#).unwrap();
    assert_eq!(answer.bill_no.require().unwrap(), "B7");
    assert_eq!(answer.attempts(), 0);
    let refused = kept(r#"{"errcode":7,"description":"no"}"#).unwrap_err();
    assert_eq!(refused.outcome(), Outcome::Rejected);
    assert!(kept(r#"{"errcode":0,"data":{"bill_no":"B"#).is_err());
    assert_eq!(script.seen.lock().unwrap().len(), 0);
}
