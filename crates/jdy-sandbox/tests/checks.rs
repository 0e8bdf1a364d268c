//! The gateway's checks: their order, their codes, and messages that help.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jdy_sandbox::{Fault, FaultKind, Sandbox};

use crate::client::{
    AUTHORIZE, Call, RECHARGE, business, escape, hex, mac, now, recharge, recharge_body, rules,
    seal, token, token_call,
};

const SECRET: &str = "facade00facade00facade00facade00";

async fn refused(call: Call, code: i64, word: &str) {
    let sandbox = Sandbox::start().await.unwrap();
    let reply = call.send(&sandbox).await;
    assert_eq!(
        (reply.status, reply.code()),
        (Some(519), code),
        "{}",
        reply.says()
    );
    assert!(reply.says().contains(word), "{word:?} in {}", reply.says());
    assert!(!reply.json()["description_cn"].as_str().unwrap().is_empty());
    assert_eq!(sandbox.requests().last().unwrap().errcode, Some(code));
}

fn call() -> Call {
    business(
        "x",
        "GET",
        "/jdy/v2/ls/mall_recharge_rule",
        &[("member_id", "10"), ("store_id", "a b")],
        "",
    )
}

#[tokio::test]
async fn a_call_without_any_header_is_refused_for_its_version_first() {
    let mut bare = call();
    bare.headers.clear();
    refused(
        bare,
        4001,
        "X-Api-Auth-Version must be 2.0; the header is missing",
    )
    .await;
    refused(
        call().header("X-Api-Auth-Version", "1.0"),
        4001,
        "got \"1.0\"",
    )
    .await;
}

#[tokio::test]
async fn a_client_id_of_somebody_else_is_refused_and_told_that_this_is_a_sandbox() {
    refused(call().header("X-Api-ClientID", ""), 4002, "missing").await;
    refused(
        call().header("X-Api-ClientID", "205022"),
        4003,
        "this is a sandbox; it knows only the credentials it printed",
    )
    .await;
}

#[tokio::test]
async fn credentials_of_somebody_else_are_refused_loudly_at_every_door_and_nothing_is_done() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    let calls = [
        token_call(&sandbox),
        Call::new("POST", AUTHORIZE, &[("outerInstanceId", "1")], ""),
        recharge(&token, &recharge_body("1", "k")),
    ];
    let before = sandbox.token_calls();
    for call in calls {
        let id = call.clone().header("X-Api-ClientID", "205022");
        let reply = id.send(&sandbox).await;
        assert_eq!((reply.status, reply.code()), (Some(519), 4003));
        let heard = sandbox.requests().pop().unwrap();
        assert!(heard.description.unwrap().contains("this is a sandbox"));
        let secret = Call {
            signature: Some(seal(
                "0123456789abcdef0123456789abcdef",
                &call.signed_text(),
            )),
            ..call
        };
        let reply = secret.send(&sandbox).await;
        assert_eq!((reply.status, reply.code()), (Some(519), 4008));
    }
    assert_eq!(
        (sandbox.token_calls(), sandbox.authorize_calls()),
        (before, 0)
    );
    assert!(sandbox.bills().is_empty());
}

#[tokio::test]
async fn a_timestamp_that_is_off_says_in_which_way() {
    let at = |timestamp: String| Call {
        timestamp,
        ..call()
    };
    refused(
        at((now() / 1000).to_string()),
        4006,
        "is in seconds; send milliseconds",
    )
    .await;
    refused(
        at((now() - 301_000).to_string()),
        4006,
        "s behind the gateway's clock",
    )
    .await;
    refused(
        at((now() + 310_000).to_string()),
        4006,
        "s ahead of the gateway's clock",
    )
    .await;
    refused(
        at("soon".to_owned()),
        4006,
        "epoch milliseconds; got \"soon\"",
    )
    .await;
    refused(at(i64::MAX.to_string()), 4006, "ahead of").await;
    refused(at(i64::MIN.to_string()), 4006, "behind").await;
}

#[tokio::test]
async fn sign_headers_and_nonce_are_checked_before_the_signature() {
    refused(
        call().header("X-Api-SignHeaders", "X-Api-Nonce"),
        4007,
        "X-Api-TimeStamp,X-Api-Nonce",
    )
    .await;
    for nonce in ["0", "-5", "a1", "1.5", ""] {
        refused(
            Call {
                nonce: nonce.to_owned(),
                ..call()
            },
            4007,
            "X-Api-Nonce must be a positive integer",
        )
        .await;
    }
}

fn signed_as(text: &str) -> Option<String> {
    Some(seal(SECRET, text))
}

#[tokio::test]
async fn each_common_mistake_of_a_signature_is_named() {
    let call = call();
    let right = call.signed_text();
    let once = right.replace("%2520", "%20");
    let plain_path = right.replace("%2F", "/");
    let cases = [
        (signed_as(&once), "the query was percent-encoded once"),
        (
            signed_as(&right.replace("%2520", " ")),
            "the query was signed without percent-encoding",
        ),
        (
            signed_as(&plain_path),
            "the path was signed without percent-encoding",
        ),
        (
            signed_as(right.trim_end()),
            "the last line was signed without its newline",
        ),
        (
            signed_as(&right.replace("%2520", "%2B")),
            "a space was signed as +",
        ),
        (
            signed_as(&right.replace("GET", "get")),
            "the method was signed in lower case",
        ),
        (
            signed_as(
                &right
                    .replace("x-api-nonce", "X-Api-Nonce")
                    .replace("x-api-timestamp", "X-Api-TimeStamp"),
            ),
            "the header names were signed as X-Api-..",
        ),
        (
            Some(seal("another secret of another client", &right)),
            "No common mistake gives your signature",
        ),
        (
            Some(STANDARD.encode(mac(SECRET, &right))),
            "Base64 of the 32 raw bytes",
        ),
        (
            Some(STANDARD.encode(hex(&mac(SECRET, &right)).to_uppercase())),
            "the hex text is in upper case",
        ),
        (
            Some(hex(&mac(SECRET, &right))),
            "the hex text itself was sent",
        ),
        (
            Some("nonsense".to_owned()),
            "not Base64 of 64 hex digits (88 characters); got 8 characters",
        ),
        (
            signed_as(&plain_path.replace("%2520", "%20")),
            "encoded once for signing; encode each name and value twice; and the path",
        ),
    ];
    for (signature, word) in cases {
        refused(
            Call {
                signature,
                ..call.clone()
            },
            4008,
            word,
        )
        .await;
    }
}

#[tokio::test]
async fn an_unsorted_query_a_signed_body_and_the_wrong_key_are_named() {
    let pairs = [("store_id", "1"), ("member_id", "10")];
    let unsorted = business("x", "GET", "/jdy/v2/ls/mall_recharge_rule", &pairs, "");
    let swapped = unsorted
        .signed_text()
        .replace("member_id=10&store_id=1", "store_id=1&member_id=10");
    refused(
        Call {
            signature: signed_as(&swapped),
            ..unsorted
        },
        4008,
        "signed unsorted",
    )
    .await;

    let posted = recharge("x", &recharge_body("50", "1"));
    let with_body = format!("{}{}\n", posted.signed_text(), posted.body);
    refused(
        Call {
            signature: signed_as(&with_body),
            ..posted.clone()
        },
        4008,
        "the body was signed",
    )
    .await;
    let blankless = posted.signed_text().replace("\n\n", "\n");
    refused(
        Call {
            signature: signed_as(&blankless),
            ..posted.clone()
        },
        4008,
        "the empty line",
    )
    .await;

    let earlier = posted
        .signed_text()
        .replace(&posted.timestamp, &(now() - 100).to_string());
    let unmatched = Call {
        signature: signed_as(&earlier),
        ..posted.clone()
    };
    refused(
        unmatched,
        4008,
        "the signed timestamp is not the one in X-Api-TimeStamp",
    )
    .await;

    let sandbox = Sandbox::start().await.unwrap();
    let signature = Some(seal(&sandbox.app_secret(), &posted.signed_text()));
    refused(
        Call {
            signature,
            ..posted
        },
        4008,
        "signed with the client secret",
    )
    .await;
}

#[tokio::test]
async fn a_refused_signature_shows_both_texts_and_where_they_part() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut call = call();
    call.signature = signed_as(&call.signed_text().replace("%2520", "%20"));
    let says = call.send(&sandbox).await.says();
    assert!(
        says.contains("The first difference is in line 3 at character 26."),
        "{says}"
    );
    assert!(says.contains("member_id=10&store_id=a%20b\\n"), "{says}");
    assert!(says.contains("member_id=10&store_id=a%2520b\\n"), "{says}");
    assert!(!says.contains(SECRET), "{says}");
}

#[tokio::test]
async fn a_signature_is_good_however_the_query_is_ordered_and_escaped_on_the_wire() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    let pairs = [("store_id", "(a)"), ("member_id", "10")];
    let reply = business(&token, "GET", "/jdy/v2/ls/mall_recharge_rule", &pairs, "")
        .send(&sandbox)
        .await;
    assert_eq!(reply.code(), 0, "{}", reply.says());
    assert_eq!(escape("(a)"), "%28a%29");
}

#[tokio::test]
async fn tokens_are_missing_unknown_or_expired() {
    let sandbox = Sandbox::start().await.unwrap();
    let good = token(&sandbox).await;
    assert_eq!(rules("").send(&sandbox).await.code(), 4009);
    assert_eq!(rules("eyJ.x.y").send(&sandbox).await.code(), 4010);
    assert_eq!(rules(&good).send(&sandbox).await.code(), 0);
    sandbox.expire_tokens();
    assert_eq!(rules(&good).send(&sandbox).await.code(), 4011);
    let further = token(&sandbox).await;
    assert_eq!(rules(&further).send(&sandbox).await.code(), 0);
    assert_eq!(sandbox.token_calls(), 2);
}

#[tokio::test]
async fn a_wrong_router_address_has_no_route_and_a_header_says_why() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    for (address, word) in [
        ("", "missing"),
        ("https://vip1-gd.jdy.com", "must be"),
        ("https://tf.jdy.com/", "slash"),
    ] {
        let reply = rules(&token)
            .header("X-GW-Router-Addr", address)
            .send(&sandbox)
            .await;
        assert_eq!(
            (reply.status, reply.body.as_slice()),
            (Some(404), b"No Route".as_slice())
        );
        assert!(
            reply.header("X-Sandbox-Reason").unwrap().contains(word),
            "{}",
            reply.head
        );
    }
}

#[tokio::test]
async fn an_unknown_path_is_5001_and_another_method_is_5002() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    assert_eq!(
        business(&token, "GET", "/jdy/v2/ls/nothing", &[], "")
            .send(&sandbox)
            .await
            .code(),
        5001
    );
    let reply = business(&token, "DELETE", RECHARGE, &[], "")
        .send(&sandbox)
        .await;
    assert_eq!(reply.code(), 5002);
    assert!(
        reply.says().contains("takes POST; got DELETE"),
        "{}",
        reply.says()
    );
    assert_eq!(
        Call::new("POST", crate::client::TOKEN, &[], "")
            .send(&sandbox)
            .await
            .code(),
        5002
    );
    assert_eq!(
        Call::new("GET", crate::client::AUTHORIZE, &[], "")
            .send(&sandbox)
            .await
            .code(),
        5002
    );
}

#[tokio::test]
async fn the_clock_is_the_builders_and_a_nonce_that_comes_again_is_counted() {
    let sandbox = Sandbox::builder()
        .clock(|| 1_670_305_063_559)
        .start()
        .await
        .unwrap();
    let call = Call {
        timestamp: "1670305063000".to_owned(),
        ..crate::client::token_call(&sandbox)
    };
    let reply = call.send(&sandbox).await;
    assert_eq!(
        reply.json()["data"]["expires"],
        1_670_305_063_559_i64 + 86_400_000
    );
    assert_eq!(reply.header("Date"), Some("Tue, 06 Dec 2022 05:37:43 GMT"));
    call.send(&sandbox).await;
    assert_eq!(sandbox.replayed_nonces(), 1);
}

#[tokio::test]
async fn a_wrong_clock_refuses_and_its_date_header_tells_by_how_much() {
    let sandbox = Sandbox::builder()
        .clock(|| 1_670_305_063_559)
        .start()
        .await
        .unwrap();
    sandbox.inject(Fault::new(FaultKind::WrongClock(600_000)).times(1));
    let call = Call {
        timestamp: "1670305063000".to_owned(),
        ..crate::client::token_call(&sandbox)
    };
    let reply = call.send(&sandbox).await;
    assert_eq!(
        (reply.code(), reply.header("Date")),
        (4006, Some("Tue, 06 Dec 2022 05:47:43 GMT"))
    );
    assert_eq!(call.send(&sandbox).await.code(), 0);
}
