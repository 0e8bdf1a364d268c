//! What is believed of an answer, and that it is the same however the answer is decoded.

use std::time::Duration;

use jdy_runtime::transport::{TransportError, Truncation};
use jdy_runtime::{
    Advice, Client, ErrorKind, Method, Operation, OperationInfo, Outcome, PreparedRequest,
};
use jdy_wire::{Decimal, DriftKind, Field};

use crate::script::{RECHARGE, Reply, SEARCH, Script, builder, client, recharge, search};

fn prepared() -> PreparedRequest {
    RECHARGE.prepare(&recharge()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn data_of_another_kind_is_applied_by_its_type_and_without() {
    for data in [r#""done""#, "[1]", "7", "true"] {
        let answer = || Reply::answer(200, &format!(r#"{{"errcode":0,"data":{data}}}"#));
        let script = Script::new();
        script.then(answer()).then(answer());
        let client = client(&script);
        let typed = client.call(&RECHARGE, recharge()).await.unwrap_err();
        let untyped = client.send(prepared()).await.unwrap_err();
        for error in [typed, untyped] {
            assert_eq!(
                (error.outcome(), *error.kind(), error.description()),
                (
                    Outcome::Applied,
                    ErrorKind::InvalidBody,
                    Some("data is not an object")
                ),
                "{data}"
            );
            assert!(error.body().is_some());
        }
    }
    for data in ["{}", "[]", r#""""#, "null", r#"{"bill_no":["?"]}"#] {
        let answer = format!(r#"{{"errcode":0,"data":{data}}}"#);
        let script = Script::with(move |_| Reply::answer(200, &answer));
        let client = client(&script);
        client.call(&RECHARGE, recharge()).await.unwrap();
        client.send(prepared()).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn data_that_comes_twice_and_differs_is_applied_by_its_type_and_without() {
    let body = r#"{"errcode":0,"data":{"bill_no":"1"},"data":{"bill_no":"2"}}"#;
    let script = Script::with(move |_| Reply::answer(200, body));
    let client = client(&script);
    let typed = client.call(&RECHARGE, recharge()).await.unwrap_err();
    let untyped = client.send(prepared()).await.unwrap_err();
    for error in [typed, untyped] {
        assert_eq!(error.outcome(), Outcome::Applied, "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_errcode_that_may_go_on_is_unknown() {
    for body in [
        r#"{"errcode":00,"data":{}}"#,
        r#"{"errcode":0x0,"data":{}}"#,
        r#"{"errcode":12x,"data":{}}"#,
        r#"{"errcode":"00","data":{}}"#,
        r#"{"errcode":0"#,
        r#"{"errcode":12"#,
        r#"{"err\u0063ode":12"#,
        r#"{"err\u0063ode" : 0"#,
    ] {
        for reply in [
            Reply::answer(200, body),
            Reply::cut(200, body, Truncation::Lost),
        ] {
            let script = Script::new();
            script.then(reply);
            let error = client(&script)
                .call(&RECHARGE, recharge())
                .await
                .unwrap_err();
            assert_eq!(
                (error.outcome(), error.advice()),
                (Outcome::Unknown, Advice::LookUp),
                "{body} {error}"
            );
        }
    }
    // What is whole is believed, whatever comes behind it.
    for (body, outcome) in [
        (r#"{"errcode":0,"da"#, Outcome::Applied),
        (r#"{"err\u0063ode":12,"#, Outcome::Rejected),
    ] {
        let script = Script::new();
        script.then(Reply::cut(200, body, Truncation::Lost));
        let call = client(&script).call(&RECHARGE, recharge());
        assert_eq!(call.await.unwrap_err().outcome(), outcome, "{body}");
    }
}

pub struct Paid {
    pub amount: Field<Decimal>,
    pub rows: Field<Vec<Paid>>,
}

jdy_wire::record! {
    Paid {
        "amount" => amount: Text,
        "rows" => rows: List,
    }
}

static PAID: Operation<crate::script::Ask, Paid> = Operation::new(OperationInfo {
    id: "test.paid",
    method: Method::Get,
    path: "/jdy/v2/test/paid",
    ..OperationInfo::EMPTY
});

#[tokio::test(start_paused = true)]
async fn an_amount_that_comes_twice_is_never_no_money() {
    let body = r#"{"errcode":0,"data":{"amount":"100.00","amount":""}}"#;
    let script = Script::with(move |_| Reply::answer(200, body));
    let answer = client(&script).call(&PAID, search()).await.unwrap();
    assert!(answer.amount.optional().is_err());
    assert_eq!(answer.drift().len(), 1);
    assert_eq!(answer.drift()[0].what, DriftKind::Duplicate);
}

#[tokio::test(start_paused = true)]
async fn a_list_beyond_the_budget_stays_raw() {
    let rows = format!("[{}]", vec!["{}"; 1000].join(","));
    let body = format!(r#"{{"errcode":0,"data":{{"rows":{rows},"amount":"5"}}}}"#);
    let script = Script::with(move |_| Reply::answer(200, &body));
    let small = builder(&script).max_decoded(10_000).build().unwrap();
    let answer = small.call(&PAID, search()).await.unwrap();
    assert_eq!(answer.rows.raw().map(jdy_wire::Raw::as_json), Some(&*rows));
    assert_eq!(answer.amount, Field::Value(Decimal::from(5)));
    assert_eq!(answer.drift()[0].what, DriftKind::TooLarge);
    let usual = client(&script).call(&PAID, search()).await.unwrap();
    assert_eq!(usual.rows.list().unwrap().len(), 1000);
}

#[tokio::test(start_paused = true)]
async fn what_is_said_in_chinese_is_shown_beside_the_rest() {
    for (status, body) in [
        (
            200,
            r#"{"errcode":7,"description":"param error","description_cn":"参数不存在"}"#,
        ),
        (
            400,
            r#"{"errcode":7,"description":"param error","descriptionCn":"参数不存在"}"#,
        ),
        (
            519,
            r#"{"code":4012,"description":"param error","description_cn":"参数不存在"}"#,
        ),
        (
            519,
            r#"{"code":4012,"msg":"x","description_cn":"param error; 参数不存在"}"#,
        ),
    ] {
        let script = Script::new();
        script.then(Reply::answer(status, body));
        let call = client(&script).call(&RECHARGE, recharge());
        let error = call.await.unwrap_err();
        assert_eq!(
            error.description(),
            Some("param error; 参数不存在"),
            "{body}"
        );
    }
}

/// What is to be done after this reply to a write, and to a read.
async fn advice(
    reply: impl Fn() -> Reply,
    client_of: impl Fn() -> (std::sync::Arc<Script>, Client),
) -> [Advice; 2] {
    let run = async |read: bool| {
        let (script, client) = client_of();
        for _ in 0..9 {
            script.then(reply());
        }
        if read {
            client.call(&SEARCH, search()).await.unwrap_err()
        } else {
            client.call(&RECHARGE, recharge()).await.unwrap_err()
        }
        .advice()
    };
    [run(false).await, run(true).await]
}

#[tokio::test(start_paused = true)]
async fn the_advice_says_what_a_program_can_do() {
    let retry = Advice::Retry { after: None };
    let twice = |advice| [advice, advice];
    let plain = || {
        let script = Script::new();
        let client = client(&script);
        (script, client)
    };
    for (status, body, expected) in [
        (200, r#"{"errcode":7}"#, twice(Advice::FixRequest)),
        (200, "", [Advice::LookUp, retry]),
        (504, "<html>", [Advice::LookUp, retry]),
        (200, r#"{"errcode":0,"data":7}"#, twice(Advice::ReadAnswer)),
        (429, "", twice(retry)),
        (519, r#"{"errcode":5006}"#, twice(retry)),
        (519, r#"{"errcode":4005}"#, twice(Advice::FixCredentials)),
        (519, r#"{"errcode":4006}"#, twice(Advice::SetClock)),
        (519, r#"{"errcode":4010}"#, twice(Advice::FixCredentials)),
        (519, r#"{"errcode":4012}"#, twice(Advice::FixCredentials)),
        (519, r#"{"errcode":5001}"#, twice(Advice::FixSetup)),
        (404, "No Route", twice(Advice::FixSetup)),
    ] {
        let got = advice(|| Reply::answer(status, body), plain).await;
        assert_eq!(got, expected, "{status} {body}");
    }
    let fail = || Reply::Fail(TransportError::connect("refused"));
    assert_eq!(advice(fail, plain).await, twice(retry));
    // No token: it depends on why.
    for (reply, expected) in [
        (r#"{"errcode":1030002006}"#, Advice::FixCredentials),
        (
            r#"{"errcode":7,"description":"no such app"}"#,
            Advice::FixCredentials,
        ),
        ("<html>", retry),
    ] {
        let script = Script::new();
        for _ in 0..9 {
            script.token(Reply::answer(200, reply));
        }
        let error = client(&script)
            .call(&RECHARGE, recharge())
            .await
            .unwrap_err();
        assert_eq!(
            (error.outcome(), error.advice()),
            (Outcome::NotSent, expected),
            "{error}"
        );
    }
    // An account set that the client does not know will not be known the next time either.
    let stranger = client(&Script::new())
        .call(&RECHARGE, recharge())
        .account("x");
    assert_eq!(stranger.await.unwrap_err().advice(), Advice::FixRequest);
}

#[tokio::test(start_paused = true)]
async fn the_advice_tells_how_long_to_wait() {
    let script = Script::new();
    for _ in 0..9 {
        let mut response = crate::script::response(429, "");
        response
            .headers
            .push(("retry-after".into(), "70".to_owned()));
        script.then(Reply::Answer(response));
    }
    let error = client(&script)
        .call(&RECHARGE, recharge())
        .await
        .unwrap_err();
    let after = Some(Duration::from_secs(70));
    assert_eq!(error.advice(), Advice::Retry { after });
}
