//! The outcome of a call, compared with the sandbox's ledger over real sockets: a call that is not
//! sent or rejected has moved no money, an applied one has.

use std::time::Duration;

use jdy::ls::mall_recharge_rule;
use jdy::transport::Timeouts;
use jdy::{Client, ClientExt, Decimal, ErrorKind, Outcome};
use jdy_sandbox::{Clock as _, Fault, FaultKind as K, Sandbox};

use crate::sandbox::{RECHARGE, RULES, builder, client, credentials, recharge};

/// Whether the money moved, behind the client's back.
#[derive(Debug, PartialEq)]
enum Moved {
    Not,
    Once,
}

async fn outcome_under(sandbox: &Sandbox, fault: K) -> (Option<Outcome>, Moved) {
    let client = client(sandbox);
    // Connection and token are there, so that the fault meets the recharge alone.
    recharge(&client, "before").await.unwrap();
    let before = sandbox.balance("10").unwrap();
    let shown = format!("{fault:?}");
    sandbox.inject(Fault::on(RECHARGE, fault).times(1));
    let result = recharge(&client, "k-1").await;
    let moved = match sandbox.balance("10").unwrap() - before {
        none if none.is_zero() => Moved::Not,
        once if once == Decimal::ONE => Moved::Once,
        other => panic!("{shown}: it moved {other}"),
    };
    if let Err(error) = &result {
        assert_eq!(error.key(), Some(("src_bill_id", "k-1")), "{shown}");
        assert_eq!(error.operation(), "ls.mall_recharge", "{shown}");
    }
    (result.err().map(|error| error.outcome()), moved)
}

async fn table(rows: Vec<(K, Option<Outcome>, Moved)>) {
    for (fault, outcome, moved) in rows {
        for builder in [Sandbox::builder(), Sandbox::builder().tls()] {
            let sandbox = builder.start().await.unwrap();
            let shown = format!("{fault:?} at {}", sandbox.url());
            let (got, has_moved) = outcome_under(&sandbox, fault.clone()).await;
            assert_eq!((got, &has_moved), (outcome, &moved), "{shown}");
        }
    }
}

#[tokio::test]
async fn a_lost_or_cut_answer_to_a_write_is_unknown_whether_it_took_effect_or_not() {
    let unknown = Some(Outcome::Unknown);
    table(vec![
        (K::LostAfterCommit, unknown, Moved::Once),
        (K::LostBeforeCommit, unknown, Moved::Not),
        (K::ResetWhileReading, unknown, Moved::Not),
        (K::CutAnswer(0), unknown, Moved::Once),
        (K::CutAnswer(10), unknown, Moved::Once),
        (K::Slow(Duration::from_secs(30)), unknown, Moved::Once),
        (K::GatewayTimeoutHtml, unknown, Moved::Not),
        (K::GatewayTimeoutHtmlAfterCommit, unknown, Moved::Once),
        (K::Empty502, unknown, Moved::Not),
        (K::Empty502AfterCommit, unknown, Moved::Once),
        (K::Empty200, unknown, Moved::Once),
        (K::ErrcodeMissing, unknown, Moved::Once),
        (K::NotJson, unknown, Moved::Once),
        (K::Errcode("2000002000".into()), unknown, Moved::Once),
        (K::Gateway(5000), unknown, Moved::Not),
        (K::Gateway(5003), unknown, Moved::Not),
        (K::GatewayAfterCommit(5004), unknown, Moved::Once),
        (K::GatewayAfterCommit(5005), unknown, Moved::Once),
    ])
    .await;
}

#[tokio::test]
async fn what_the_gateway_or_the_product_refuses_is_rejected_and_moves_nothing() {
    let rejected = Some(Outcome::Rejected);
    table(vec![
        (K::Gateway(4012), rejected, Moved::Not),
        (K::Gateway(5001), rejected, Moved::Not),
        (K::Gateway(5002), rejected, Moved::Not),
        (K::NoRoute404, rejected, Moved::Not),
    ])
    .await;
}

#[tokio::test]
async fn what_the_gateway_refused_before_the_product_is_sent_again_and_moves_once() {
    table(vec![
        (K::Status429, None, Moved::Once),
        (K::Gateway(5006), None, Moved::Once),
        (K::Gateway(5007), None, Moved::Once),
        (K::ExpiredToken, None, Moved::Once),
        (K::RefusedToken, None, Moved::Once),
        (K::Unauthorized401, None, Moved::Once),
        (K::JwtExpired401, None, Moved::Once),
    ])
    .await;
}

#[tokio::test]
async fn a_success_whose_rest_cannot_be_read_is_applied() {
    let applied = Some(Outcome::Applied);
    table(vec![
        (K::Data("\"done\"".into()), applied, Moved::Once),
        (K::Data("[1]".into()), applied, Moved::Once),
    ])
    .await;
}

#[tokio::test]
async fn a_success_is_one_however_generously_it_is_spelled() {
    table(vec![
        (K::Errcode("\"0\"".into()), None, Moved::Once),
        (K::Data("{}".into()), None, Moved::Once),
        (K::Data("null".into()), None, Moved::Once),
        (K::CloseAfterAnswer, None, Moved::Once),
    ])
    .await;
}

#[tokio::test]
async fn no_connection_is_not_sent() {
    let sandbox = Sandbox::start().await.unwrap();
    // Bound and not listened to, so that nobody else is given the port meanwhile.
    let closed = tokio::net::TcpSocket::new_v4().unwrap();
    closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = closed.local_addr().unwrap();
    let refused = Client::builder()
        .base_url(format!("http://{port}"))
        .credentials(credentials(&sandbox))
        .build()
        .unwrap();
    let error = recharge(&refused, "k").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert_eq!(error.key(), Some(("src_bill_id", "k")));
    let told = format!("could not obtain a token (token: no connection: to {port}: ");
    assert!(error.to_string().contains(&told), "{error}");
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_and_the_money_moves_once() {
    for offset in [600_000, -600_000] {
        let sandbox = Sandbox::start().await.unwrap();
        let client = client(&sandbox);
        recharge(&client, "before").await.unwrap();
        sandbox.inject(Fault::on(RECHARGE, K::WrongClock(offset)));
        assert_eq!(recharge(&client, "k").await.unwrap().attempts(), 2);
        assert_eq!(recharge(&client, "later").await.unwrap().attempts(), 1);
        assert_eq!(sandbox.bills().len(), 3);
    }
}

#[tokio::test]
async fn a_machine_that_is_days_off_calls_as_any_other() {
    const DAY: i64 = 86_400_000;
    for offset in [-400 * DAY, -2 * DAY, 2 * DAY, 400 * DAY] {
        let clock = move || jdy_sandbox::SystemClock.epoch_millis() + offset;
        let sandbox = Sandbox::builder().clock(clock).start().await.unwrap();
        let client = client(&sandbox);
        for key in ["1", "2"] {
            assert_eq!(recharge(&client, key).await.unwrap().attempts(), 1);
        }
        // The first one was refused, and taught the client what time it is.
        let tokens = sandbox.requests().into_iter();
        assert_eq!(tokens.filter(|seen| seen.path.contains("token")).count(), 2);
        assert_eq!(sandbox.bills().len(), 2);
    }
}

#[tokio::test]
async fn a_clock_that_cannot_be_corrected_is_not_sent_and_says_so() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    recharge(&client, "before").await.unwrap();
    // The gateway refuses the time, and its own `Date` gives no reason to.
    sandbox.inject(Fault::on(RECHARGE, K::Gateway(4006)));
    let error = recharge(&client, "k").await.unwrap_err();
    assert_eq!((error.outcome(), error.attempts()), (Outcome::NotSent, 1));
    assert_eq!(error.errcode().and_then(|code| code.as_i64()), Some(4006));
    assert!(error.to_string().contains("set the clock"), "{error}");
    assert_eq!(sandbox.bills().len(), 1);
}

#[tokio::test]
async fn what_is_refused_by_the_ledger_is_rejected_with_its_words() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    for (member, amount, word) in [
        ("nobody", "1", "member"),
        ("10", "0", "bal_amount"),
        ("10", "-5", "bal_amount"),
    ] {
        let request = jdy::ls::mall_recharge::Required {
            bal_amount: amount.parse().unwrap(),
            member_id: member.into(),
            src_bill_id: "k".into(),
        };
        let error = client.ls().mall_recharge(request).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Rejected);
        assert_eq!(error.kind(), &ErrorKind::Business);
        assert_eq!(error.status(), Some(200));
        assert!(error.description().unwrap().contains(word), "{error}");
        assert!(!error.body().unwrap().is_empty());
    }
    assert!(sandbox.bills().is_empty());
}

#[tokio::test]
async fn a_read_is_tried_again_where_a_write_is_not() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    for fault in [
        K::LostAfterCommit,
        K::GatewayTimeoutHtml,
        K::Empty502,
        K::Gateway(5000),
    ] {
        sandbox.inject(Fault::on(RULES, fault).times(1));
        let request = mall_recharge_rule::Required {
            member_id: "10".into(),
        };
        let rules = client.ls().mall_recharge_rule(request).await.unwrap();
        assert_eq!(rules.attempts(), 2);
        assert!(!rules.rows.list().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_deadline_ends_a_call_and_leaves_a_write_unknown() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    recharge(&client, "before").await.unwrap();
    sandbox.inject(Fault::on(RECHARGE, K::Slow(Duration::from_secs(20))).times(1));
    let call = recharge(&client, "late").deadline(Duration::from_secs(1));
    let error = call.call_id("night-7").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(error.kind(), &ErrorKind::Timeout);
    assert_eq!(error.call_id(), "night-7");
    assert!(error.elapsed() < Duration::from_secs(8));
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_cut_and_known_as_far_as_it_was_read() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = builder(&sandbox)
        .credentials(credentials(&sandbox))
        .timeouts(Timeouts::default())
        .max_body(4096)
        .build()
        .unwrap();
    sandbox.inject(Fault::on(RECHARGE, K::HugeAnswer(1 << 20)).times(1));
    let error = recharge(&client, "huge").await.unwrap_err();
    assert!(
        matches!(error.outcome(), Outcome::Unknown | Outcome::Applied),
        "{error}"
    );
    assert!(error.body().unwrap().len() <= 4096);
    assert_eq!(sandbox.bills().len(), 1);
}
