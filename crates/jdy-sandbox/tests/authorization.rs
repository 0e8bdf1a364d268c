//! Tokens and where app key and app secret come from.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jdy_sandbox::{AuthorizeData, AuthorizeEnvelope, Fault, FaultKind, OldTokens, Sandbox};
use serde_json::Value;

use crate::client::{
    AUTHORIZE, Call, hex, mac, recharge, recharge_body, rules, seal, token, token_call,
    token_call_with,
};

fn authorize(instance: &str) -> Call {
    Call::new("POST", AUTHORIZE, &[("outerInstanceId", instance)], "{}")
}

#[tokio::test]
async fn a_token_looks_like_a_jwt_that_lives_for_a_day() {
    let sandbox = Sandbox::start().await.unwrap();
    let data = token_call(&sandbox).send(&sandbox).await.json()["data"].clone();
    let parts: Vec<&str> = data["app-token"].as_str().unwrap().split('.').collect();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
        86_400
    );
    assert_eq!(parts.len(), 3);
    assert!(data["uid"].is_i64());
    assert_eq!(data["access_token"].as_str().unwrap().len(), 32);
    assert_eq!(
        data["expires"].as_i64().unwrap() / 1000,
        claims["exp"].as_i64().unwrap()
    );
}

#[tokio::test]
async fn a_wrong_app_signature_is_a_stale_secret_and_says_what_it_was_made_of() {
    let sandbox = Sandbox::start().await.unwrap();
    let (key, secret) = (sandbox.app_key(), sandbox.app_secret());
    let raw = mac(&secret, &key);
    let cases = [
        (key.as_str(), seal("facade", &key), "another secret"),
        (key.as_str(), seal(&key, &secret), "swapped"),
        (key.as_str(), STANDARD.encode(&raw), "raw bytes"),
        (
            key.as_str(),
            STANDARD.encode(hex(&raw).to_uppercase()),
            "upper case",
        ),
        (key.as_str(), hex(&raw), "hex text itself"),
        (key.as_str(), String::new(), "app_signature is missing"),
        (
            "other",
            seal(&secret, "other"),
            "does not belong to this sandbox",
        ),
    ];
    for (key, signature, word) in cases {
        let query = [("app_key", key), ("app_signature", signature.as_str())];
        let reply = Call::new("GET", crate::client::TOKEN, &query, "")
            .send(&sandbox)
            .await;
        assert_eq!((reply.status, reply.code()), (Some(200), 1_030_002_006));
        assert!(
            reply.says().contains("授权密钥校验失败") && reply.says().contains(word),
            "{}",
            reply.says()
        );
    }
}

#[tokio::test]
async fn a_rotated_secret_keeps_the_app_key_and_an_authorization_tells_the_new_one() {
    let sandbox = Sandbox::start().await.unwrap();
    let (key, secret, good) = (
        sandbox.app_key(),
        sandbox.app_secret(),
        token(&sandbox).await,
    );
    sandbox.rotate_secret();
    let stale = token_call_with(&key, &secret).send(&sandbox).await;
    assert!(
        stale.says().contains("from before a rotation"),
        "{}",
        stale.says()
    );
    let item = authorize(sandbox.outer_instance_id())
        .send(&sandbox)
        .await
        .json()["data"][0]
        .clone();
    assert_eq!(item["appKey"], key.as_str());
    let fresh = token_call_with(&key, item["appSecret"].as_str().unwrap())
        .send(&sandbox)
        .await;
    assert_eq!(fresh.code(), 0);
    assert_eq!(
        rules(&good).send(&sandbox).await.code(),
        0,
        "tokens outlive their secret"
    );
    assert_eq!((sandbox.token_calls(), sandbox.authorize_calls()), (3, 1));
}

#[tokio::test]
async fn an_authorization_answers_in_either_envelope_as_list_or_object() {
    let sandbox = Sandbox::start().await.unwrap();
    let reply = authorize(sandbox.outer_instance_id())
        .send(&sandbox)
        .await
        .json();
    assert_eq!(
        (&reply["errcode"], reply["data"].as_array().unwrap().len()),
        (&Value::from(0), 1)
    );
    for field in [
        "accountId",
        "accountName",
        "agreementCompanyName",
        "appKey",
        "appSecret",
        "clientId",
        "domain",
        "groupName",
        "outerInstanceId",
        "serviceId",
    ] {
        assert!(reply["data"][0][field].is_string(), "{field}");
    }
    let builder = Sandbox::builder()
        .authorize_envelope(AuthorizeEnvelope::Code)
        .authorize_data(AuthorizeData::Object);
    let sandbox = builder.start().await.unwrap();
    let reply = authorize(sandbox.outer_instance_id())
        .send(&sandbox)
        .await
        .json();
    assert_eq!(
        (&reply["code"], &reply["data"]["status"]),
        (&Value::from(200), &Value::from(1))
    );
    assert_eq!(authorize("5").send(&sandbox).await.code(), 1_999_000_005);
}

#[tokio::test]
async fn several_account_sets_have_keys_tokens_and_books_of_their_own() {
    let sandbox = Sandbox::builder()
        .inactive_account_set("old")
        .account_set("second")
        .start()
        .await
        .unwrap();
    let items = authorize(sandbox.outer_instance_id())
        .send(&sandbox)
        .await
        .json()["data"]
        .clone();
    assert_eq!(items.as_array().unwrap().len(), 3);
    let call = |at: usize| {
        token_call_with(
            items[at]["appKey"].as_str().unwrap(),
            items[at]["appSecret"].as_str().unwrap(),
        )
    };
    assert_eq!(call(1).send(&sandbox).await.code(), 1_020_002_008);
    let reply = call(2).send(&sandbox).await.json();
    let token = reply["data"]["app-token"].as_str().unwrap();
    let pay = |at: usize| {
        let domain = items[at]["domain"].as_str().unwrap();
        recharge(token, &recharge_body("50", "k")).header("X-GW-Router-Addr", domain)
    };
    let elsewhere = pay(0).send(&sandbox).await;
    assert_eq!(elsewhere.status, Some(404), "{elsewhere:?}");
    assert_eq!(pay(2).send(&sandbox).await.code(), 0);
    let second = items[2]["accountId"].as_str().unwrap();
    assert_eq!(
        sandbox.balance_in(second, "10").unwrap().to_string(),
        "150.00"
    );
    assert_eq!(sandbox.balance("10").unwrap().to_string(), "100.00");
    assert_eq!(
        sandbox.requests().last().unwrap().account_id.as_deref(),
        Some(second)
    );
    assert_eq!(sandbox.bills()[0].account_id, second);
}

#[tokio::test]
async fn a_token_can_be_short_lived_or_end_the_ones_before() {
    let sandbox = Sandbox::builder()
        .token_life(Duration::ZERO)
        .start()
        .await
        .unwrap();
    let dead = token(&sandbox).await;
    assert_eq!(rules(&dead).send(&sandbox).await.code(), 4011);
    let sandbox = Sandbox::builder()
        .old_tokens(OldTokens::Revoked)
        .start()
        .await
        .unwrap();
    let (first, second) = (token(&sandbox).await, token(&sandbox).await);
    assert_eq!(rules(&first).send(&sandbox).await.code(), 4010);
    assert_eq!(rules(&second).send(&sandbox).await.code(), 0);
}

#[tokio::test]
async fn the_faults_of_tokens_and_secrets_leave_their_mark() {
    let sandbox = Sandbox::start().await.unwrap();
    let (key, secret) = (sandbox.app_key(), sandbox.app_secret());
    for (kind, code) in [
        (FaultKind::ExpiredToken, 4011),
        (FaultKind::RefusedToken, 4010),
    ] {
        let token = token(&sandbox).await;
        sandbox.inject(Fault::new(kind).times(1));
        assert_eq!(
            token_call(&sandbox).send(&sandbox).await.code(),
            0,
            "a token call has no token to refuse"
        );
        assert_eq!(rules(&token).send(&sandbox).await.code(), code);
        assert_eq!(
            rules(&token).send(&sandbox).await.code(),
            code,
            "and it stays refused"
        );
    }
    let token = token(&sandbox).await;
    sandbox.inject(Fault::on("/jdy/v2/ls/", FaultKind::RotatedSecret).times(1));
    assert_eq!(rules(&token).send(&sandbox).await.code(), 4010);
    assert_eq!(
        token_call_with(&key, &secret).send(&sandbox).await.code(),
        1_030_002_006
    );
    sandbox.inject(Fault::new(FaultKind::RotatedSecret).times(1));
    assert_eq!(
        token_call(&sandbox).send(&sandbox).await.code(),
        1_030_002_006
    );
    assert_eq!(token_call(&sandbox).send(&sandbox).await.code(), 0);
}
