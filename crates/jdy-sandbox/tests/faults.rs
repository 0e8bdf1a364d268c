//! Each fault over a real socket: what the client sees, and what the ledger has.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use jdy_sandbox::{Fault, FaultKind as K, Sandbox};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::client::{RECHARGE, Reply, exchange, read_reply, recharge, recharge_body, rules, token};

/// Recharges once under a fault; returns the reply and whether the ledger has the bill.
async fn recharge_with(kind: K) -> (Reply, bool) {
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    let word = kind.word();
    sandbox.inject(Fault::on(RECHARGE, kind).times(1));
    let call = recharge(&token, &recharge_body("50", "1"));
    let reply = call.send(&sandbox).await;
    let applied = !sandbox.bills().is_empty();
    assert_eq!(sandbox.requests().last().unwrap().fault, Some(word));
    assert_eq!(sandbox.requests().last().unwrap().status, reply.status);
    assert_eq!(sandbox.faults_fired()[word], 1);
    assert_eq!(
        call.send(&sandbox).await.status,
        Some(200),
        "{word} fired twice"
    );
    (reply, applied)
}

#[tokio::test]
async fn a_lost_answer_closes_the_connection_with_or_without_the_call_performed() {
    for (kind, performed) in [(K::LostAfterCommit, true), (K::LostBeforeCommit, false)] {
        let (reply, applied) = recharge_with(kind).await;
        assert_eq!(
            (reply.status, reply.error, applied),
            (None, None, performed)
        );
    }
}

#[tokio::test]
async fn a_reset_is_a_reset_and_nothing_is_performed() {
    for kind in [K::ResetBeforeRead, K::ResetWhileReading] {
        let (reply, applied) = recharge_with(kind).await;
        assert_eq!((reply.status, applied), (None, false));
        assert!(
            matches!(
                reply.error,
                Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)
            ),
            "{reply:?}"
        );
    }
}

#[tokio::test]
async fn another_errcode_makes_no_yes_of_a_refusal() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    sandbox.inject(Fault::on(RECHARGE, K::Errcode("\"0\"".to_owned())).times(1));
    let reply = recharge(&token, &recharge_body("-1", "1"))
        .send(&sandbox)
        .await;
    assert_eq!(reply.code(), 1_999_010_002, "{}", reply.says());
    assert!(sandbox.bills().is_empty());
}

#[tokio::test]
async fn a_reset_without_a_path_hits_a_connection_before_anything_is_sent() {
    let sandbox = Sandbox::builder()
        .fault(Fault::new(K::ResetBeforeRead).times(1))
        .start()
        .await
        .unwrap();
    let mut stream = TcpStream::connect(sandbox.addr()).await.unwrap();
    let reply = read_reply(&mut stream).await;
    assert_eq!(
        (reply.status, reply.error),
        (None, Some(ErrorKind::ConnectionReset))
    );
    assert!(sandbox.requests().is_empty());
    let mut kept = TcpStream::connect(sandbox.addr()).await.unwrap();
    let call = crate::client::token_call(&sandbox).bytes();
    assert_eq!(exchange(&mut kept, &call).await.status, Some(200));
    sandbox.inject(Fault::new(K::ResetBeforeRead).times(1));
    assert_eq!(
        exchange(&mut kept, &call).await.error,
        Some(ErrorKind::ConnectionReset)
    );
    assert_eq!(sandbox.token_calls(), 1);
}

#[tokio::test]
async fn an_answer_that_is_cut_ends_after_so_many_bytes() {
    let (reply, applied) = recharge_with(K::CutAnswer(13)).await;
    assert_eq!(
        (reply.status, reply.body.as_slice()),
        (Some(200), b"{\"errcode\":0,".as_slice())
    );
    assert!(applied && !reply.whole);
}

#[tokio::test]
async fn slow_answers_keep_their_time_before_the_head_or_in_the_body() {
    for kind in [
        K::Slow(Duration::from_millis(120)),
        K::SlowBody(Duration::from_millis(120)),
    ] {
        let begin = Instant::now();
        let (reply, applied) = recharge_with(kind).await;
        assert!(begin.elapsed() >= Duration::from_millis(120) && reply.whole && applied);
        assert_eq!(reply.code(), 0);
    }
}

#[tokio::test]
async fn a_call_can_be_performed_long_after_its_client_is_gone() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    let late = K::SlowBeforeCommit(Duration::from_millis(300));
    sandbox.inject(Fault::on(RECHARGE, late).times(1));
    let mut stream = TcpStream::connect(sandbox.addr()).await.unwrap();
    let call = recharge(&token, &recharge_body("50", "1")).bytes();
    stream.write_all(&call).await.unwrap();
    drop(stream);
    assert!(sandbox.bills().is_empty());
    let until = Instant::now() + Duration::from_secs(5);
    while sandbox.bills().is_empty() {
        assert!(Instant::now() < until, "it was never performed");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_huge_answer_is_the_same_answer_and_long() {
    let (reply, applied) = recharge_with(K::HugeAnswer(3_000_001)).await;
    assert!(applied && reply.whole && reply.body.len() > 3_000_001);
    assert_eq!(reply.code(), 0);
}

#[tokio::test]
async fn a_connection_that_was_promised_to_be_kept_can_be_closed() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    sandbox.inject(Fault::new(K::CloseAfterAnswer).times(1));
    let mut stream = TcpStream::connect(sandbox.addr()).await.unwrap();
    let reply = exchange(&mut stream, &rules(&token).bytes()).await;
    assert_eq!(
        (reply.code(), reply.header("Connection")),
        (0, Some("keep-alive"))
    );
    let again = exchange(&mut stream, &rules(&token).bytes()).await;
    assert_eq!(again.status, None);
}

#[tokio::test]
async fn refusals_of_the_gateway_perform_nothing_unless_they_come_after() {
    let cases = [
        (K::Status429, 429, false),
        (K::RetryAfter(7), 429, false),
        (K::Gateway(5006), 519, false),
        (K::GatewayAfterCommit(5004), 519, true),
        (K::GatewayTimeoutHtml, 504, false),
        (K::GatewayTimeoutHtmlAfterCommit, 504, true),
        (K::Empty502, 502, false),
        (K::Empty502AfterCommit, 502, true),
        (K::NoRoute404, 404, false),
        (K::Unauthorized401, 401, false),
        (K::JwtExpired401, 401, false),
        (K::Empty200, 200, true),
        (K::NotJson, 200, true),
    ];
    for (kind, status, performed) in cases {
        let word = kind.word();
        let (reply, applied) = recharge_with(kind).await;
        assert_eq!(
            (reply.status, applied, reply.whole),
            (Some(status), performed, true),
            "{word}"
        );
    }
}

#[tokio::test]
async fn the_bodies_of_refusals_are_what_was_seen_in_the_wild() {
    let (reply, _) = recharge_with(K::Gateway(5006)).await;
    assert_eq!(
        (reply.code(), reply.says().starts_with("API_REQUEST_FUSE: ")),
        (5006, true)
    );
    let (reply, _) = recharge_with(K::RetryAfter(7)).await;
    assert_eq!(reply.header("Retry-After"), Some("7"));
    let (reply, _) = recharge_with(K::GatewayTimeoutHtml).await;
    assert!(reply.body.starts_with(b"<html>"));
    assert_eq!(reply.header("Content-Type"), Some("text/html"));
    let (reply, _) = recharge_with(K::JwtExpired401).await;
    assert_eq!(
        (reply.code(), reply.says().as_str()),
        (1_000_202_001, "JWT token has expired")
    );
    let (reply, _) = recharge_with(K::NoRoute404).await;
    assert_eq!(reply.body, b"No Route");
    assert!(recharge_with(K::Empty502).await.0.body.is_empty());
}

#[tokio::test]
async fn the_envelope_of_an_answer_can_be_spoilt() {
    let (reply, _) = recharge_with(K::ErrcodeMissing).await;
    assert!(reply.json().get("errcode").is_none() && reply.json()["data"]["id"].is_string());
    let (reply, _) = recharge_with(K::Errcode("\"0\"".to_owned())).await;
    assert_eq!(
        (
            &reply.json()["errcode"],
            reply.json()["data"]["id"].is_string()
        ),
        (&"0".into(), true)
    );
    let (reply, _) = recharge_with(K::Errcode("123456789012345678901234567890".to_owned())).await;
    assert!(
        reply
            .body
            .starts_with(b"{\"errcode\":123456789012345678901234567890,")
    );
    let (reply, _) = recharge_with(K::Data("[]".to_owned())).await;
    assert_eq!(
        (&reply.json()["data"], reply.code()),
        (&serde_json::json!([]), 0)
    );
    let (reply, applied) = recharge_with(K::NotUtf8).await;
    assert!(std::str::from_utf8(&reply.body).is_err() && applied);
    assert!(
        serde_json::from_str::<serde_json::Value>(&String::from_utf8_lossy(&reply.body)).is_ok()
    );
}

#[tokio::test]
async fn a_fault_fires_on_its_path_its_number_of_times_and_then_the_next_one() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    sandbox.inject(Fault::on("/jdy/v2/ls/", K::Status429).times(2));
    sandbox.inject(K::Empty502);
    assert_eq!(
        crate::client::token_call(&sandbox)
            .send(&sandbox)
            .await
            .status,
        Some(502)
    );
    for status in [429, 429, 502, 502] {
        assert_eq!(rules(&token).send(&sandbox).await.status, Some(status));
    }
    sandbox.clear_faults();
    assert_eq!(rules(&token).send(&sandbox).await.status, Some(200));
    assert_eq!(
        sandbox.faults_fired().into_iter().collect::<Vec<_>>(),
        [("empty-502", 3), ("status-429", 2)]
    );
}

#[tokio::test]
async fn a_probability_fires_about_so_often_and_the_same_calls_for_the_same_seed() {
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let sandbox = Sandbox::builder()
            .seed(seed)
            .fault("status-429%30".parse::<Fault>().unwrap())
            .start()
            .await
            .unwrap();
        let mut stream = TcpStream::connect(sandbox.addr()).await.unwrap();
        let call = crate::client::token_call(&sandbox).bytes();
        let mut fired = Vec::new();
        for _ in 0..200 {
            fired.push(exchange(&mut stream, &call).await.status == Some(429));
        }
        runs.push(fired);
    }
    let count = runs[0].iter().filter(|fired| **fired).count();
    assert!((40..=80).contains(&count), "{count}");
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}

#[test]
fn faults_are_read_from_text_and_written_as_the_same_text() {
    let fault: Fault = "lost-after-commit@/jdy/v2/ls/mall_recharge*1"
        .parse()
        .unwrap();
    assert_eq!(fault, Fault::on(RECHARGE, K::LostAfterCommit).times(1));
    assert_eq!(
        "slow=2s".parse::<Fault>().unwrap(),
        Fault::new(K::Slow(Duration::from_secs(2)))
    );
    assert_eq!(
        "gateway=5006".parse::<Fault>().unwrap(),
        Fault::new(K::Gateway(5006))
    );
    assert_eq!(
        "wrong-clock=+10m".parse::<Fault>().unwrap(),
        Fault::new(K::WrongClock(600_000))
    );
    assert_eq!(
        "wrong-clock=-90s".parse::<Fault>().unwrap(),
        Fault::new(K::WrongClock(-90_000))
    );
    assert_eq!(
        "errcode=\"0\"*3".parse::<Fault>().unwrap(),
        Fault::new(K::Errcode("\"0\"".to_owned())).times(3)
    );
    assert_eq!(
        "not-json@/a%0.5".parse::<Fault>().unwrap(),
        Fault::on("/a", K::NotJson).probability(0.005)
    );
    assert_eq!(
        "empty-200%50*2".parse::<Fault>().unwrap(),
        Fault::new(K::Empty200).times(2).probability(0.5)
    );
    let all = [
        K::LostAfterCommit,
        K::LostBeforeCommit,
        K::ResetBeforeRead,
        K::ResetWhileReading,
        K::CutAnswer(1),
        K::Slow(Duration::from_millis(5)),
        K::SlowBody(Duration::from_secs(5)),
        K::SlowBeforeCommit(Duration::from_secs(5)),
        K::HugeAnswer(9),
        K::CloseAfterAnswer,
        K::RefusedToken,
        K::ExpiredToken,
        K::RotatedSecret,
        K::WrongClock(-1),
        K::Status429,
        K::RetryAfter(1),
        K::CutPages(5),
        K::WrongTotal,
        K::ShrinkingCount,
        K::Gateway(5000),
        K::GatewayAfterCommit(5000),
        K::GatewayTimeoutHtml,
        K::GatewayTimeoutHtmlAfterCommit,
        K::Empty502,
        K::Empty502AfterCommit,
        K::NoRoute404,
        K::Unauthorized401,
        K::JwtExpired401,
        K::Empty200,
        K::ErrcodeMissing,
        K::Errcode("1e99".to_owned()),
        K::Data("{}".to_owned()),
        K::NotJson,
        K::NotUtf8,
    ];
    for kind in all {
        let fault = Fault::on("/jdy/v2/", kind).times(2).probability(0.25);
        assert_eq!(
            fault.to_string().parse::<Fault>().unwrap(),
            fault,
            "{fault}"
        );
    }
}

#[test]
fn the_error_of_an_unknown_fault_lists_the_known_ones() {
    let error = |text: &str| text.parse::<Fault>().unwrap_err().to_string();
    let said = error("lost");
    assert!(
        said.contains("unknown fault \"lost\"")
            && said.contains("lost-after-commit")
            && said.contains("slow=DURATION")
    );
    assert_eq!(error("slow"), "slow needs a value: slow=DURATION");
    assert_eq!(error("not-json=1"), "not-json takes no value");
    assert!(error("slow=fast").contains("such as 500ms, 2s, 1m"));
    assert!(error("wrong-clock=10").contains("+10m"));
    assert!(error("gateway=x").contains("CODE"));
    for text in [
        "",
        "*",
        "%",
        "=",
        "@/",
        "slow=9999999999999999999h",
        "not-json*99999999999",
        "not-json%101",
        "é*1",
    ] {
        let _ = error(text);
    }
}

#[tokio::test]
async fn a_reset_while_reading_comes_before_the_body_was_read() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    sandbox.inject(Fault::on(RECHARGE, K::ResetWhileReading).times(1));
    let bytes = recharge(&token, &recharge_body("50", "1")).bytes();
    let mut stream = TcpStream::connect(sandbox.addr()).await.unwrap();
    stream.write_all(&bytes[..bytes.len() - 20]).await.unwrap();
    assert_eq!(
        read_reply(&mut stream).await.error,
        Some(ErrorKind::ConnectionReset)
    );
    assert!(sandbox.bills().is_empty());
}
