//! Which account set is meant, in both envelopes.

use jdy_runtime::credentials::{AccountSelector, AuthorizationError, read_authorizations};
use jdy_runtime::{Client, Credentials, ErrorKind, Outcome};

use crate::script::{RECHARGE, Reply, Script, Scripted, TestTime, recharge, token_answer};

fn item(key: &str, account: &str, status: &str) -> String {
    format!(
        r#"{{"accountId":"{account}","accountName":"shop {account}","appKey":"{key}","appSecret":"MARKER-secret-{key}","clientId":"123456","domain":"https://tf.jdy.com/","serviceId":"s{account}","status":{status}}}"#
    )
}

fn instance(script: &std::sync::Arc<Script>, credentials: Credentials) -> Client {
    Client::builder()
        .credentials(credentials)
        .transport(Scripted(script.clone()))
        .runtime(TestTime::new())
        .build()
        .unwrap()
}

fn credentials() -> Credentials {
    Credentials::instance("123456", "MARKER-client-secret", "4924")
}

#[test]
fn both_envelopes_and_a_lone_object_are_read() {
    let one = item("k1", "1", "1");
    for body in [
        format!(r#"{{"code":200,"msg":"ok","data":[{one}]}}"#),
        format!(r#"{{"code":"200","msg":"ok","data":{one}}}"#),
        format!(r#"{{"errcode":0,"description":"ok","data":[{one}]}}"#),
        format!(r#"{{"errcode":"0","data":{one}}}"#),
    ] {
        let all = read_authorizations(body.as_bytes()).unwrap();
        assert_eq!(all.len(), 1, "{body}");
        assert_eq!((all[0].app_key.as_str(), all[0].is_live()), ("k1", true));
        assert!(!format!("{all:?}").contains("MARKER"));
    }
    for body in [r#"{"code":500,"msg":"no"}"#, r#"{"errcode":7,"data":[]}"#] {
        let refused = read_authorizations(body.as_bytes());
        assert!(
            matches!(refused, Err(AuthorizationError::Refused { .. })),
            "{body}"
        );
    }
    for body in [
        "",
        "<html>",
        "[]",
        r#"{"data":[]}"#,
        r#"{"code":200,"data":["#,
    ] {
        assert!(read_authorizations(body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn the_right_one_of_several_is_chosen_or_all_are_listed() {
    let body = format!(
        r#"{{"code":200,"data":[{},{},{}]}}"#,
        item("dead", "1", "0"),
        item("k2", "2", "1"),
        item("k3", "3", "\"1\"")
    );
    let all = || read_authorizations(body.as_bytes()).unwrap();
    let by_key = |key: &str| AccountSelector {
        app_key: Some(key.to_owned()),
        ..AccountSelector::default()
    };
    assert_eq!(by_key("k3").choose(all()).unwrap().account_id, "3");
    let account = AccountSelector {
        account_id: Some("2".to_owned()),
        ..AccountSelector::default()
    };
    assert_eq!(account.choose(all()).unwrap().app_key, "k2");
    let service = AccountSelector {
        service_id: Some("s3".to_owned()),
        ..AccountSelector::default()
    };
    assert_eq!(service.choose(all()).unwrap().app_key, "k3");
    // One that is not live is taken only if it is named.
    assert_eq!(by_key("dead").choose(all()).unwrap().account_id, "1");
    let several = AccountSelector::default()
        .choose(all())
        .unwrap_err()
        .to_string();
    assert!(
        several.contains("k2") && several.contains("k3") && !several.contains("dead"),
        "{several}"
    );
    let none = by_key("nobody").choose(all()).unwrap_err().to_string();
    assert!(
        none.contains("k2") && none.contains("dead") && !none.contains("MARKER"),
        "{none}"
    );
    let live: Vec<_> = all()
        .into_iter()
        .filter(|one| one.app_key != "k3")
        .collect();
    assert_eq!(
        AccountSelector::default().choose(live).unwrap().app_key,
        "k2"
    );
}

#[tokio::test(start_paused = true)]
async fn an_instance_gets_key_secret_and_router_before_its_first_token() {
    let script = Script::new();
    let granted = format!(
        r#"{{"code":200,"data":[{},{}]}}"#,
        item("k2", "2", "1"),
        item("k3", "3", "1")
    );
    script
        .authorizations
        .lock()
        .unwrap()
        .push_back(Reply::answer(200, &granted));
    let client = instance(&script, credentials().app_key("k3"));
    client.call(&RECHARGE, recharge()).await.unwrap();
    let seen = script.seen.lock().unwrap();
    assert!(
        seen[0]
            .url
            .ends_with("/push_app_authorize?outerInstanceId=4924")
    );
    assert!(seen[1].url.contains("app_key=k3&app_signature="));
    assert_eq!(
        Script::header(&seen[2], "X-GW-Router-Addr"),
        "https://tf.jdy.com"
    );
}

#[tokio::test(start_paused = true)]
async fn several_live_account_sets_and_no_choice_is_an_error_that_lists_them() {
    let script = Script::new();
    let granted = format!(
        r#"{{"code":200,"data":[{},{}]}}"#,
        item("k2", "2", "1"),
        item("k3", "3", "1")
    );
    script
        .authorizations
        .lock()
        .unwrap()
        .push_back(Reply::answer(200, &granted));
    let error = instance(&script, credentials())
        .call(&RECHARGE, recharge())
        .await
        .unwrap_err();
    assert_eq!(
        (error.outcome(), *error.kind()),
        (Outcome::NotSent, ErrorKind::Authorization)
    );
    let line = error.to_string();
    assert!(
        line.contains("k2") && line.contains("k3") && !line.contains("MARKER"),
        "{line}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_says_no_is_asked_ever_less_often() {
    let several = format!(
        r#"{{"code":200,"data":[{},{}]}}"#,
        item("k2", "2", "1"),
        item("k3", "3", "1")
    );
    for no in [several.as_str(), r#"{"code":500,"msg":"no"}"#] {
        let script = Script::new();
        let one = format!(r#"{{"code":200,"data":[{}]}}"#, item("k2", "2", "1"));
        for answer in [no; 8].into_iter().chain([one.as_str()]) {
            let answer = Reply::answer(200, answer);
            script.authorizations.lock().unwrap().push_back(answer);
        }
        let left = || script.authorizations.lock().unwrap().len();
        let client = instance(&script, credentials());
        let (mut asked_at, mut reasons) = (Vec::new(), Vec::new());
        // One call in each tenth of a second.
        for tenth in 0.. {
            let before = left();
            let end = client.call(&RECHARGE, recharge()).await;
            if left() < before {
                asked_at.push(tenth);
            }
            let Err(error) = end else { break };
            assert_eq!(*error.kind(), ErrorKind::Authorization);
            reasons.push(error.description().map(str::to_owned));
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        // After half a second, one, two, four, eight, sixteen, and then thirty.
        assert_eq!(asked_at, [0, 5, 15, 35, 75, 155, 315, 615, 915], "{no}");
        reasons.dedup();
        assert_eq!(reasons.len(), 1, "each call says why");
    }
}

#[tokio::test(start_paused = true)]
async fn one_no_while_the_secret_is_stale_costs_a_moment_and_no_further_token_call() {
    let script = Script::new();
    let one = format!(r#"{{"code":200,"data":[{}]}}"#, item("k2", "2", "1"));
    for answer in [one.as_str(), r#"{"code":500,"msg":"no"}"#, &one] {
        let answer = Reply::answer(200, answer);
        script.authorizations.lock().unwrap().push_back(answer);
    }
    script.token(Reply::answer(200, &token_answer(1)));
    let stale = r#"{"errcode":1030002006,"description":"授权密钥校验失败"}"#;
    script.token(Reply::answer(200, stale));
    let client = instance(&script, credentials());
    client.call(&RECHARGE, recharge()).await.unwrap();
    // By now the limit of token calls is out of the way.
    tokio::time::sleep(std::time::Duration::from_secs(120)).await;
    let expired = r#"{"errcode":4011,"description":"expired"}"#;
    script.then(Reply::answer(519, expired));
    let start = tokio::time::Instant::now();
    while client.call(&RECHARGE, recharge()).await.is_err() {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(start.elapsed() < std::time::Duration::from_secs(1));
    // The first one, the one with the stale secret, and the one with the new secret.
    assert_eq!(script.token_count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_no_of_long_ago_does_not_lengthen_the_next_one() {
    let script = Script::new();
    let one = format!(r#"{{"code":200,"data":[{}]}}"#, item("k2", "2", "1"));
    let no = r#"{"code":500,"msg":"no"}"#;
    for answer in [no, no, no, no, one.as_str()] {
        let answer = Reply::answer(200, answer);
        script.authorizations.lock().unwrap().push_back(answer);
    }
    let client = instance(&script, credentials());
    let pause = |millis| tokio::time::sleep(std::time::Duration::from_millis(millis));
    for wait in [600, 1_100, 60_000, 600] {
        assert!(client.call(&RECHARGE, recharge()).await.is_err());
        pause(wait).await;
    }
    client.call(&RECHARGE, recharge()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_router_address_of_a_stranger_is_refused() {
    let script = Script::new();
    let granted = format!(r#"{{"code":200,"data":[{}]}}"#, item("k2", "2", "1"))
        .replace("tf.jdy.com", "evil.example");
    script
        .authorizations
        .lock()
        .unwrap()
        .push_back(Reply::answer(200, &granted));
    let error = instance(&script, credentials())
        .call(&RECHARGE, recharge())
        .await
        .unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Authorization, "{error}");
    assert_eq!(script.token_count(), 0);
}

fn granted(first: &str, second: &str) -> Reply {
    let (first, second) = (item("k2", "2", first), item("k3", "3", second));
    Reply::answer(200, &format!(r#"{{"code":200,"data":[{first},{second}]}}"#))
}

const EXPIRED: &str = r#"{"errcode":4011,"description":"expired"}"#;
const STALE: &str = r#"{"errcode":1030002006,"description":"stale"}"#;

fn token_calls_for(script: &Script, key: &str) -> usize {
    let seen = script.seen.lock().unwrap();
    let key = format!("app_key={key}&");
    seen.iter().filter(|seen| seen.url.contains(&key)).count()
}

#[tokio::test(start_paused = true)]
async fn another_account_set_than_the_first_one_gets_nothing() {
    let script = Script::new();
    for answer in [granted("1", "0"), granted("0", "1"), granted("0", "1")] {
        script.authorizations.lock().unwrap().push_back(answer);
    }
    script.token(Reply::answer(200, &token_answer(1)));
    script.token(Reply::answer(200, STALE));
    let client = instance(&script, credentials());
    client.call(&RECHARGE, recharge()).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(120)).await;
    script.then(Reply::answer(519, EXPIRED));
    let error = client.call(&RECHARGE, recharge()).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Authorization, "{error}");
    let line = error.to_string();
    for id in ["k2", "k3", "account 2", "account 3", "JDY_APP_KEY"] {
        assert!(line.contains(id), "{id}: {line}");
    }
    assert!(!line.contains("MARKER"), "{line}");
    assert_eq!(token_calls_for(&script, "k3"), 0);
    // The person who chooses the other one has it.
    script
        .authorizations
        .lock()
        .unwrap()
        .push_back(granted("0", "1"));
    client
        .add_account("default", credentials().app_key("k3"))
        .unwrap();
    client.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(token_calls_for(&script, "k3"), 1);
}

#[tokio::test(start_paused = true)]
async fn the_first_one_stays_the_one_when_others_become_live() {
    let script = Script::new();
    for answer in [granted("1", "0"), granted("1", "1")] {
        script.authorizations.lock().unwrap().push_back(answer);
    }
    let client = instance(&script, credentials());
    client.call(&RECHARGE, recharge()).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(120)).await;
    script.then(Reply::answer(519, EXPIRED));
    client.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(token_calls_for(&script, "k2"), 2);
}

#[tokio::test(start_paused = true)]
async fn the_same_app_key_of_another_account_is_another_account_set() {
    let script = Script::new();
    let one = |account| {
        let item = item("k2", account, "1");
        Reply::answer(200, &format!(r#"{{"code":200,"data":[{item}]}}"#))
    };
    for answer in [one("2"), one("9"), one("9")] {
        script.authorizations.lock().unwrap().push_back(answer);
    }
    script.token(Reply::answer(200, &token_answer(1)));
    script.token(Reply::answer(200, STALE));
    let client = instance(&script, credentials());
    client.call(&RECHARGE, recharge()).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(120)).await;
    script.then(Reply::answer(519, EXPIRED));
    let error = client.call(&RECHARGE, recharge()).await.unwrap_err();
    let line = error.to_string();
    assert!(
        line.contains("account 2") && line.contains("account 9"),
        "{line}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stored_token_is_of_the_account_set_that_was_resolved() {
    let store = jdy_runtime::token::MemoryStore::default();
    let client = |script: &std::sync::Arc<Script>| {
        Client::builder()
            .credentials(credentials())
            .transport(Scripted(script.clone()))
            .runtime(TestTime::new())
            .token_store(store.clone())
            .build()
            .unwrap()
    };
    let (first, second) = (Script::new(), Script::new());
    first
        .authorizations
        .lock()
        .unwrap()
        .push_back(granted("1", "0"));
    second
        .authorizations
        .lock()
        .unwrap()
        .push_back(granted("0", "1"));
    let (one, other) = (client(&first), client(&second));
    one.call(&RECHARGE, recharge()).await.unwrap();
    other.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(token_calls_for(&second, "k3"), 1);
    // The other one's token lies in the store by now, and is not taken for one's own.
    first.then(Reply::answer(519, EXPIRED));
    first
        .authorizations
        .lock()
        .unwrap()
        .push_back(granted("1", "0"));
    one.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(token_calls_for(&first, "k2"), 2);
}

#[test]
fn the_environment_names_what_is_missing() {
    let read = |names: &[(&str, &str)]| {
        let names: Vec<(String, String)> = names
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        Credentials::from_names(&|name| {
            names
                .iter()
                .find(|(n, _)| n == name)
                .map(|(_, value)| value.clone())
        })
    };
    let id = ("JDY_CLIENT_ID", "1");
    let secret = ("JDY_CLIENT_SECRET", "s");
    let app = ("JDY_APP_SECRET", "a");
    let key = ("JDY_APP_KEY", "k");
    for (names, missing) in [
        (&[][..], "JDY_CLIENT_ID"),
        (&[id, ("JDY_CLIENT_SECRET", " ")], "JDY_CLIENT_SECRET"),
        (&[id, secret], "JDY_APP_SECRET"),
        (&[id, secret, app], "JDY_APP_KEY"),
        (&[id, secret, app, key], "JDY_ROUTER_ADDR"),
    ] {
        let error = read(names).unwrap_err();
        assert_eq!(error.setting(), missing);
        assert!(error.to_string().starts_with(missing), "{error}");
    }
    assert!(read(&[id, secret, ("JDY_OUTER_INSTANCE_ID", "4")]).is_ok());
    assert!(
        read(&[
            id,
            secret,
            app,
            key,
            ("JDY_ROUTER_ADDR", "https://tf.jdy.com")
        ])
        .is_ok()
    );
}
