//! Marker secrets go in everywhere and come out nowhere.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use jdy_runtime::hooks::{AttemptEnd, TokenInfo};
use jdy_runtime::runtime::BoxFuture;
use jdy_runtime::signing::{Unsigned, sign};
use jdy_runtime::token::StoreError;
use jdy_runtime::transport::TransportError;
use jdy_runtime::{
    CallInfo, Error, Hooks, LeaseStore, Method, Secret, SharedLimiter, Token, TokenStore,
};

use crate::script::{
    APP_SECRET, CLIENT_SECRET, RECHARGE, Reply, SEARCH, Script, builder, client, credentials,
    recharge, search,
};

fn assert_clean(text: &str) {
    for secret in [CLIENT_SECRET, APP_SECRET, "MARKER-token-1", "MARKER"] {
        let base64 = base64::engine::general_purpose::STANDARD_NO_PAD.encode(secret);
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        for form in [secret.to_owned(), base64, hex] {
            // The shortest one only in plain: its other forms are part of the longer ones.
            assert!(!text.contains(&form), "{form} in {text}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_error_shows_what_the_gateway_echoes() {
    let echo = |secret: &str| {
        let base64 = base64::engine::general_purpose::STANDARD.encode(secret);
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        format!("{secret} {base64} {hex}")
    };
    let words = [CLIENT_SECRET, APP_SECRET, "MARKER-token-1"]
        .map(echo)
        .join(" ");
    for (status, body) in [
        (200, format!(r#"{{"errcode":5,"description":"{words}"}}"#)),
        (200, format!(r#"{{"errcode":"{words}"}}"#)),
        (519, format!(r#"{{"code":4008,"msg":"{words}"}}"#)),
        (504, words.clone()),
        (200, format!(r#"{{"errcode":0,"data":"{words}"}}"#)),
    ] {
        let script = Script::new();
        script.then(Reply::answer(status, &body));
        let error = client(&script)
            .call(&RECHARGE, recharge())
            .await
            .unwrap_err();
        assert_clean(&format!("{error} {error:?} {:?}", error.kind()));
        assert_clean(error.description().unwrap_or_default());
    }
    // Before it has a token the client knows only these two.
    let words = [CLIENT_SECRET, APP_SECRET].map(echo).join(" ");
    let script = Script::new();
    let refusal = format!(r#"{{"errcode":5,"description":"{words}"}}"#);
    script.token(Reply::answer(200, &refusal));
    let error = client(&script)
        .call(&RECHARGE, recharge())
        .await
        .unwrap_err();
    assert_clean(&format!(
        "{error} {error:?} {}",
        std::error::Error::source(&error).unwrap()
    ));
}

#[tokio::test(start_paused = true)]
async fn no_debug_of_a_public_type_shows_a_secret() {
    let script = Script::new();
    let builder = builder(&script);
    let mut text = format!("{builder:?} {:?}", credentials());
    let client = builder.build().unwrap();
    let call = client.call(&SEARCH, search());
    text += &format!("{client:?} {call:?} {:?}", Secret::from(CLIENT_SECRET));
    text += &format!("{}", Secret::from(CLIENT_SECRET));
    let answer = call.await.unwrap();
    text += &format!("{answer:?}");
    let query = [("q".to_owned(), "MARKER".to_owned())];
    let unsigned = Unsigned {
        method: Method::Get,
        path: "/a",
        query: &query,
        nonce: "1",
        timestamp: "2",
    };
    text += &format!("{:?}", sign(&Secret::from(CLIENT_SECRET), unsigned));
    for request in script.seen.lock().unwrap().iter() {
        let shown = format!("{request:?}");
        assert!(
            !shown.contains("app_signature") && !shown.contains("search="),
            "{shown}"
        );
        text += &shown;
    }
    assert_clean(&text);
}

#[tokio::test(start_paused = true)]
async fn an_error_is_one_line_without_control_characters() {
    let script = Script::new();
    let body = r#"{"errcode":5,"description":"a\r\nFAKE LOG LINE\u001b[31m\u202e\", HTTP 200 \\"}"#;
    script.then(Reply::answer(200, body));
    let call = client(&script)
        .call(&RECHARGE, recharge())
        .call_id("id\nwith break");
    let line = call.await.unwrap_err().to_string();
    assert!(
        line.chars()
            .all(|character| !character.is_control() && character != '\u{202e}')
    );
    assert!(line.contains(r"a\r\nFAKE"), "{line}");
    // The text cannot end its own quotes.
    assert!(line.contains(r#"\", HTTP 200 \\", HTTP 200;"#), "{line}");
    let long = format!(r#"{{"errcode":5,"description":"{}"}}"#, "长".repeat(9000));
    script.then(Reply::answer(200, &long));
    let line = client(&script)
        .call(&RECHARGE, recharge())
        .await
        .unwrap_err()
        .to_string();
    assert!(line.chars().count() < 700, "{line}");
}

#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Vec<String>>>);

impl Listener {
    fn note(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }
}

impl Hooks for Listener {
    fn attempt_started(&self, call: &CallInfo, attempt: u32) {
        self.note(format!("started {attempt} {call:?}"));
    }

    fn attempt_finished(&self, call: &CallInfo, end: &AttemptEnd) {
        self.note(format!("finished {end:?} {call:?}"));
    }

    fn drift(&self, call: &CallInfo, drift: &[jdy_wire::Drift], count: usize) {
        self.note(format!("drift {count} {drift:?} {call:?}"));
    }

    fn write_abandoned(&self, call: &CallInfo, attempt: u32) {
        self.note(format!("dropped {attempt} {call:?}"));
    }

    fn token_refreshed(&self, account: &str, token: &TokenInfo) {
        self.note(format!("token {account} {token:?}"));
    }

    fn token_failed(&self, account: &str, error: &Error) {
        self.note(format!("no token {account} {error}"));
    }

    fn token_store_failed(&self, account: &str, error: &StoreError) {
        self.note(format!("no store {account} {error} {error:?}"));
    }
}

#[tokio::test(start_paused = true)]
async fn every_event_of_a_money_call_names_its_key_and_no_secret() {
    let (script, listener) = (Script::new(), Listener::default());
    script
        .then(Reply::Fail(TransportError::connect("refused")))
        .then(Reply::answer(
            200,
            r#"{"errcode":0,"data":{"new_field":1}}"#,
        ));
    let client = builder(&script).hooks(listener.clone()).build().unwrap();
    client
        .call(&RECHARGE, recharge())
        .call_id("c-1")
        .await
        .unwrap();
    let events = listener.0.lock().unwrap().clone();
    let kinds: Vec<_> = events
        .iter()
        .filter_map(|event| event.split(' ').next())
        .collect();
    assert_eq!(
        kinds,
        [
            "token", "started", "finished", "started", "finished", "drift"
        ]
    );
    for event in &events[1..] {
        assert!(event.contains("RC-1") && event.contains("c-1"), "{event}");
    }
    assert_clean(&events.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_write_dropped_in_flight_is_reported_and_one_that_never_left_is_not() {
    for (hang, reported) in [
        (Reply::Hang(|_| {}), true),
        (Reply::Hang(|request| request.progress.arm()), false),
    ] {
        let (script, listener) = (Script::new(), Listener::default());
        script.then(hang);
        let client = builder(&script).hooks(listener.clone()).build().unwrap();
        let call = client.call(&RECHARGE, recharge()).into_future();
        let dropped = tokio::time::timeout(std::time::Duration::from_secs(1), call).await;
        assert!(dropped.is_err());
        let events = listener.0.lock().unwrap().clone();
        assert_eq!(
            events.iter().any(|event| event.starts_with("dropped 1")),
            reported
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_quotes_the_request_shows_nothing_of_it() {
    let script = Script::with(|request| {
        let body = request.body.as_ref().and_then(|body| body.bytes());
        let body = String::from_utf8_lossy(body.map_or(&[][..], |body| body)).replace('"', "\\\"");
        let [nonce, signature, token] = ["X-Api-Nonce", "X-Api-Signature", "app-token"]
            .map(|name| Script::header(request, name));
        let quoted = format!(
            "cannot parse {body} of {nonce}, {}, {}",
            signature.to_uppercase(),
            &token[..10],
        );
        Reply::answer(200, &format!(r#"{{"errcode":5,"description":"{quoted}"}}"#))
    });
    let mut request = recharge();
    request.remark = Some("卡号 6222 0200 1234 5678".to_owned());
    let error = client(&script).call(&RECHARGE, request).await.unwrap_err();
    let seen = script.business_calls();
    let shown = format!("{error} {error:?} {}", error.description().unwrap());
    for name in ["X-Api-Nonce", "X-Api-Signature"] {
        let value = Script::header(&seen[0], name);
        assert!(
            !shown.contains(&value) && !shown.contains(&value.to_uppercase()),
            "{shown}"
        );
    }
    assert!(
        !shown.contains("6222") && !shown.contains("MARKER-tok"),
        "{shown}"
    );
    assert!(
        shown.contains("cannot parse") && shown.contains("remark"),
        "{shown}"
    );
    // The caller's own key is what the call is known by.
    assert!(shown.contains("src_bill_id=RC-1"), "{shown}");
}

/// Says in each error what it was given, as a database does that names the row.
struct Quoting;

impl Quoting {
    fn failed<T: Send + 'static>(what: &Secret) -> BoxFuture<'static, Result<T, StoreError>> {
        let words = format!("at {CLIENT_SECRET}: no room for ({})", what.expose());
        Box::pin(std::future::ready(Err(StoreError::new(words))))
    }
}

impl TokenStore for Quoting {
    fn get<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Token>, StoreError>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn put<'a>(&'a self, _: &'a str, token: &'a Token) -> BoxFuture<'a, Result<(), StoreError>> {
        Self::failed(&token.value)
    }

    fn compare_and_delete<'a>(
        &'a self,
        _: &'a str,
        value: &'a Secret,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Self::failed(value)
    }
}

impl LeaseStore for Quoting {}

impl SharedLimiter for Quoting {}

#[tokio::test(start_paused = true)]
async fn a_store_that_quotes_what_it_was_given_shows_nothing_of_it() {
    let (script, listener) = (Script::new(), Listener::default());
    // The first token is rejected, so that the store is asked to delete it.
    script.then(Reply::answer(519, r#"{"errcode":4011}"#));
    let client = builder(&script)
        .hooks(listener.clone())
        .token_store(Quoting)
        .build()
        .unwrap();
    client.call(&SEARCH, search()).await.unwrap();
    let events = listener.0.lock().unwrap().clone();
    let failed = events.iter().filter(|event| event.starts_with("no store"));
    let failed: Vec<&String> = failed.collect();
    assert_eq!(
        failed.len(),
        3,
        "two are put and one is deleted: {events:?}"
    );
    for event in failed {
        assert!(event.contains("no room for"), "{event}");
        assert_clean(event);
    }
}
