//! The table of outcomes, row by row, for a call that moves money.

use std::time::Duration;

use jdy_runtime::transport::{SendState, TransportError, Truncation};
use jdy_runtime::{ErrorKind, GatewayCode, Outcome};

use crate::script::{RECHARGE, Reply, SEARCH, Script, client, recharge, search};

use ErrorKind as Kind;
use Outcome::{Applied, NotSent, Rejected, Unknown};

async fn verdict(script: &std::sync::Arc<Script>) -> jdy_runtime::Error {
    client(script)
        .call(&RECHARGE, recharge())
        .await
        .unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn every_answer_has_its_outcome() {
    let business = r#"{"errcode":2008,"description":"no such member"}"#;
    let rows = [
        (200, business, Rejected, Kind::Business),
        (201, business, Rejected, Kind::Business),
        (200, r#"{"errcode":"x9"}"#, Unknown, Kind::MissingErrcode),
        (
            200,
            r#"{"errcode":"success"}"#,
            Unknown,
            Kind::MissingErrcode,
        ),
        (
            200,
            r#"{"errcode":"","data":{"bill_no":"1"}}"#,
            Unknown,
            Kind::MissingErrcode,
        ),
        (200, r#"{"errcode":0.0}"#, Unknown, Kind::MissingErrcode),
        (
            404,
            r#"{"status":404,"error":"Not Found"}"#,
            Unknown,
            Kind::UnexpectedStatus,
        ),
        (
            499,
            r#"{"code":499,"error":"client closed"}"#,
            Unknown,
            Kind::UnexpectedStatus,
        ),
        (407, "", Unknown, Kind::UnexpectedStatus),
        (
            200,
            r#"{"errcode":99999999999999999999}"#,
            Rejected,
            Kind::Business,
        ),
        (200, r#"{"errcode":2000002000}"#, Unknown, Kind::SystemError),
        (
            200,
            r#"{"errcode":"2000002000"}"#,
            Unknown,
            Kind::SystemError,
        ),
        (200, "{}", Unknown, Kind::MissingErrcode),
        (200, r#"{"errcode":null}"#, Unknown, Kind::MissingErrcode),
        (200, "", Unknown, Kind::MissingErrcode),
        (204, "", Unknown, Kind::MissingErrcode),
        (200, "<html>ok</html>", Unknown, Kind::MissingErrcode),
        (200, r#"{"description":"suc"#, Unknown, Kind::MissingErrcode),
        // The digits may not be all of them.
        (200, r#"{"errcode":0"#, Unknown, Kind::MissingErrcode),
        (
            200,
            r#"{"errcode":200000200"#,
            Unknown,
            Kind::MissingErrcode,
        ),
        (200, r#"{"errcode":2008,"descr"#, Rejected, Kind::Business),
        (
            200,
            r#"{"errcode":0,"data":{"bill_no":"#,
            Applied,
            Kind::InvalidBody,
        ),
        (
            200,
            r#"{"errcode":0,"data":{}} trailing"#,
            Applied,
            Kind::InvalidBody,
        ),
        (
            200,
            r#"{"errcode":0,"data":"a word"}"#,
            Applied,
            Kind::InvalidBody,
        ),
        (
            200,
            r#"{"errcode":0,"data":[1]}"#,
            Applied,
            Kind::InvalidBody,
        ),
        (302, "", Unknown, Kind::UnexpectedStatus),
        (400, business, Rejected, Kind::Business),
        (
            400,
            "<html>Bad Request</html>",
            Unknown,
            Kind::UnexpectedStatus,
        ),
        (
            403,
            "<html>Forbidden</html>",
            Unknown,
            Kind::UnexpectedStatus,
        ),
        (
            400,
            r#"{"errcode":2000002000}"#,
            Unknown,
            Kind::UnexpectedStatus,
        ),
        (404, "No Route", Rejected, Kind::NoRoute),
        (
            404,
            "<html>no route</html>",
            Unknown,
            Kind::UnexpectedStatus,
        ),
        (408, business, Unknown, Kind::UnexpectedStatus),
        (500, business, Unknown, Kind::UnexpectedStatus),
        (
            500,
            r#"{"errcode":1000202001}"#,
            Unknown,
            Kind::TokenRejected,
        ),
        (502, "", Unknown, Kind::UnexpectedStatus),
        (
            504,
            "<html>504 Gateway Time-out</html>",
            Unknown,
            Kind::UnexpectedStatus,
        ),
        (519, "", Unknown, Kind::UnexpectedStatus),
        (519, r#"{"errcode":5999}"#, Unknown, Kind::UnexpectedStatus),
    ];
    for (status, body, outcome, kind) in rows {
        let script = Script::new();
        script.then(Reply::answer(status, body));
        let error = verdict(&script).await;
        assert_eq!(
            (error.outcome(), *error.kind()),
            (outcome, kind),
            "{status} {body}: {error}"
        );
        assert_eq!(error.status(), Some(status));
        assert_eq!(error.key(), Some(("src_bill_id", "RC-1")));
        assert_eq!(error.body(), Some(body.as_bytes()));
        assert!(error.to_string().contains("src_bill_id=RC-1"), "{error}");
        assert_eq!(
            script.business_calls().len(),
            1,
            "{status} {body} was sent again"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn every_gateway_code_has_its_outcome() {
    for &code in GatewayCode::ALL {
        let (outcome, sent) = match code.code() {
            4009..=4011 => (NotSent, 2),
            4001..=4011 => (NotSent, 1),
            5006 | 5007 => (NotSent, 4),
            4012 | 5001 | 5002 => (Rejected, 1),
            _ => (Unknown, 1),
        };
        for spelling in ["errcode", "code", "errCode"] {
            let body = format!(r#"{{"{spelling}":{},"description":"no"}}"#, code.code());
            let script = Script::with(move |_| Reply::answer(519, &body));
            let error = verdict(&script).await;
            assert_eq!(error.outcome(), outcome, "{error}");
            assert_eq!(*error.kind(), Kind::Gateway(code), "{error}");
            assert_eq!(script.business_calls().len(), sent, "{error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_before_the_product_is_not_sent_and_is_tried_again() {
    for (status, kind, sent) in [(429, Kind::RateLimited, 4), (401, Kind::Unauthorized, 2)] {
        let script = Script::with(move |_| Reply::answer(status, "<html>"));
        let error = verdict(&script).await;
        assert_eq!((error.outcome(), *error.kind()), (NotSent, kind));
        assert_eq!(script.business_calls().len(), sent);
        assert_eq!(error.attempts() as usize, sent);
    }
}

#[tokio::test(start_paused = true)]
async fn no_connection_is_not_sent_and_a_lost_one_is_unknown() {
    let script = Script::with(|_| Reply::Fail(TransportError::connect("refused")));
    let script_lost = Script::with(|_| {
        Reply::Fail(TransportError::lost(
            SendState::MayHaveLeft,
            "reset by peer",
        ))
    });
    // No token is available either, so the business call never leaves.
    script.token(Reply::answer(200, &crate::script::token_answer(1)));
    let error = verdict(&script).await;
    assert_eq!(
        (error.outcome(), *error.kind(), error.attempts()),
        (NotSent, Kind::Connect, 4)
    );
    let error = verdict(&script_lost).await;
    assert_eq!(
        (error.outcome(), *error.kind(), error.attempts()),
        (Unknown, Kind::ConnectionLost, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn a_time_out_is_judged_by_how_far_the_request_had_come() {
    let script = Script::with(|_| Reply::Hang(|_| {}));
    let error = verdict(&script).await;
    assert_eq!(
        (error.outcome(), *error.kind(), error.attempts()),
        (Unknown, Kind::Timeout, 1)
    );
    assert_eq!(error.elapsed(), Duration::from_secs(10));

    let script = Script::with(|_| Reply::Hang(|request| request.progress.arm()));
    let error = verdict(&script).await;
    assert_eq!((error.outcome(), *error.kind()), (NotSent, Kind::Timeout));

    let script = Script::with(|_| {
        Reply::Hang(|request| {
            request.progress.on_head(200, vec![]);
            request
                .progress
                .on_chunk(br#"{"errcode":0,"data":{"bill_no""#);
        })
    });
    let error = verdict(&script).await;
    assert_eq!(
        (error.outcome(), *error.kind()),
        (Applied, Kind::InvalidBody)
    );
    assert_eq!(
        error.body(),
        Some(&br#"{"errcode":0,"data":{"bill_no""#[..])
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_beyond_the_limit_is_applied_only_if_errcode_was_read() {
    for (body, outcome) in [
        (r#"{"errcode":0,"data":{"rows":["#, Applied),
        (r#"{"data":{"rows":["#, Unknown),
        (r#"{"errcode":7,"data":{"rows":["#, Rejected),
    ] {
        let script = Script::new();
        script.then(Reply::cut(200, body, Truncation::TooLarge));
        let error = verdict(&script).await;
        assert_eq!(error.outcome(), outcome, "{error}");
        assert!(
            error.to_string().contains("longer than the limit"),
            "{error}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_errcode_in_a_2xx_answer_stays_rejected_when_a_refresh_does_not_help() {
    for errcode in [1_000_202_001_i64, 1_020_002_008, 1_030_002_006] {
        let body = format!(r#"{{"errcode":{errcode}}}"#);
        let script = Script::with(move |_| Reply::answer(200, &body));
        let error = verdict(&script).await;
        assert_eq!(
            (error.outcome(), error.attempts()),
            (Rejected, 2),
            "{error}"
        );
        assert_eq!(script.token_count(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_is_repeated_after_what_passes() {
    let script = Script::new();
    script
        .then(Reply::Fail(TransportError::lost(
            SendState::MayHaveLeft,
            "reset",
        )))
        .then(Reply::answer(504, "<html>"))
        .then(Reply::cut(200, r#"{"errcode":0,"da"#, Truncation::Lost));
    let answer = client(&script).call(&SEARCH, search()).await.unwrap();
    assert_eq!(answer.attempts(), 4);
    assert_eq!(answer.bill_no.require().unwrap(), "B1");

    let script = Script::with(|_| Reply::answer(504, "<html>"));
    let error = client(&script).call(&SEARCH, search()).await.unwrap_err();
    assert_eq!((error.outcome(), error.attempts()), (Unknown, 4));
    assert!(error.elapsed() < Duration::from_secs(30));
}

/// An answer that says that the call succeeded, whatever its status, is no reason to send it again.
#[tokio::test(start_paused = true)]
async fn a_401_or_429_that_says_success_is_not_sent_again() {
    for status in [401, 429] {
        let script = Script::new();
        script.then(Reply::answer(status, r#"{"errcode":0,"data":{"id":"1"}}"#));
        let end = client(&script).call(&RECHARGE, recharge()).await;
        let outcome = end.unwrap_err().outcome();
        assert_eq!(outcome, Outcome::Unknown, "{status}");
        assert_eq!(script.business_calls().len(), 1, "{status}");
    }
}

/// "No route" somewhere in an answer of the product is not the gateway's own text.
#[tokio::test(start_paused = true)]
async fn a_404_that_says_success_is_no_refusal() {
    for code in ["0", "2000002000"] {
        let script = Script::new();
        let body = format!(r#"{{"errcode":{code},"description":"no route plan for this order"}}"#);
        script.then(Reply::answer(404, &body));
        let error = client(&script)
            .call(&RECHARGE, recharge())
            .await
            .unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{code}");
    }
}
