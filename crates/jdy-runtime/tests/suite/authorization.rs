//! Which account set is meant, in both envelopes.

use jdy_runtime::credentials::{AccountSelector, AuthorizationError, read_authorizations};
use std::sync::Arc;

use jdy_runtime::runtime::BoxFuture;
use jdy_runtime::token::{
    LeaseStore, MemoryStore, SharedLimiter, Store, StoreError, Token, TokenStore,
};
use jdy_runtime::{Client, Credentials, Error, ErrorKind, Outcome, Secret};

use crate::script::{
    RECHARGE, Reply, SEARCH, Script, Scripted, TestTime, recharge, search, token_answer,
};

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
async fn all_account_sets_of_an_instance_are_listed_without_a_choice_or_a_token() {
    let script = Script::new();
    let granted = format!(
        r#"{{"code":200,"data":[{},{},{}]}}"#,
        item("k1", "1", "0"),
        item("k2", "2", "1"),
        item("k3", "3", "1")
    );
    let answer = Reply::answer(200, &granted);
    script.authorizations.lock().unwrap().push_back(answer);
    let client = instance(&script, credentials());
    let all = client
        .authorizations(Client::DEFAULT_ACCOUNT)
        .await
        .unwrap();
    let keys: Vec<&str> = all.iter().map(|one| one.app_key.as_str()).collect();
    assert_eq!(keys, ["k1", "k2", "k3"]);
    assert_eq!(script.token_count(), 0);

    let error = client.authorizations("nobody").await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Request);
    let app = Credentials::app("123456", "MARKER", "k", "s", "https://tf.jdy.com");
    let error = instance(&script, app)
        .authorizations(Client::DEFAULT_ACCOUNT)
        .await
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert!(error.to_string().contains("no instance"), "{error}");
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
    let store = MemoryStore::default();
    let client = |script: &std::sync::Arc<Script>, key| {
        with_store(script, store.clone(), credentials().app_key(key))
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
    let (one, other) = (client(&first, "k2"), client(&second, "k3"));
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

/// Neither knows its app key before the instance has said it.
#[tokio::test(start_paused = true)]
async fn clients_that_know_only_their_instances_take_no_token_of_each_other() {
    let store = MemoryStore::default();
    for (instance, first, second, key) in [("4924", "1", "0", "k2"), ("4925", "0", "1", "k3")] {
        let script = Script::new();
        let answer = granted(first, second);
        script.authorizations.lock().unwrap().push_back(answer);
        let own = Credentials::instance("123456", "MARKER-client-secret", instance);
        let client = with_store(&script, store.clone(), own);
        client.call(&RECHARGE, recharge()).await.unwrap();
        assert_eq!(token_calls_for(&script, key), 1, "{instance}");
    }
}

fn with_store(script: &Arc<Script>, store: impl Store, credentials: Credentials) -> Client {
    Client::builder()
        .credentials(credentials)
        .transport(Scripted(script.clone()))
        .runtime(TestTime::new())
        .token_store(store)
        .build()
        .unwrap()
}

/// One run of a command: a client of its own, for which the instance answers like this.
async fn one_run(
    store: impl Store,
    credentials: Credentials,
    answer: Reply,
) -> (Result<(), Error>, Arc<Script>) {
    let script = Script::new();
    script.authorizations.lock().unwrap().push_back(answer);
    let client = with_store(&script, store, credentials);
    let end = client.call(&RECHARGE, recharge()).await;
    (end.map(drop), script)
}

/// What is resolved first stays so for every later run with the same store.
pub async fn a_later_run_does_not_go_elsewhere(store: impl Fn() -> Box<dyn Store>) {
    let run = |credentials, answer| one_run(Shared(store()), credentials, answer);
    let (first, _) = run(credentials(), granted("1", "0")).await;
    first.unwrap();
    for _ in 0..2 {
        let (second, script) = run(credentials(), granted("0", "1")).await;
        let error = second.unwrap_err();
        assert_eq!(
            (error.outcome(), *error.kind()),
            (Outcome::NotSent, ErrorKind::Authorization)
        );
        let line = error.to_string();
        for id in ["k2", "k3", "account 2", "account 3", "JDY_APP_KEY"] {
            assert!(line.contains(id), "{id}: {line}");
        }
        assert!(!line.contains("MARKER"), "{line}");
        assert_eq!(script.business_calls().len(), 0);
        assert_eq!(script.token_count(), 0);
    }
    // The first one gone altogether is no leave either.
    let alone = format!(r#"{{"code":200,"data":[{}]}}"#, item("k3", "3", "1"));
    let (third, _) = run(credentials(), Reply::answer(200, &alone)).await;
    assert_eq!(*third.unwrap_err().kind(), ErrorKind::Authorization);
    // A person chooses, and only what is chosen goes there.
    let (chosen, script) = run(credentials().app_key("k3"), granted("0", "1")).await;
    chosen.unwrap();
    assert_eq!(token_calls_for(&script, "k3"), 1);
    // The first one live again is fine, and so is another instance.
    let (again, _) = run(credentials(), granted("1", "1")).await;
    again.unwrap();
    let other = Credentials::instance("123456", "MARKER-client-secret", "4925");
    let (other, _) = run(other, granted("0", "1")).await;
    other.unwrap();
}

/// A store behind a pointer.
struct Shared(Box<dyn Store>);

impl TokenStore for Shared {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Token>, StoreError>> {
        self.0.get(key)
    }

    fn put<'a>(&'a self, key: &'a str, token: &'a Token) -> BoxFuture<'a, Result<(), StoreError>> {
        self.0.put(key, token)
    }

    fn put_if_absent<'a>(
        &'a self,
        key: &'a str,
        token: &'a Token,
    ) -> BoxFuture<'a, Result<Token, StoreError>> {
        self.0.put_if_absent(key, token)
    }

    fn compare_and_delete<'a>(
        &'a self,
        key: &'a str,
        value: &'a Secret,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.0.compare_and_delete(key, value)
    }
}

impl LeaseStore for Shared {}
impl SharedLimiter for Shared {}

#[tokio::test(start_paused = true)]
async fn a_later_run_with_a_store_in_memory_does_not_go_elsewhere() {
    let store = MemoryStore::default();
    a_later_run_does_not_go_elsewhere(|| Box::new(store.clone())).await;
}

/// One store holds what each of them resolved to.
#[tokio::test(start_paused = true)]
async fn what_one_choice_resolved_to_binds_no_other_choice() {
    let store = MemoryStore::default();
    for (account_id, key) in [("2", "k2"), ("3", "k3"), ("2", "k2")] {
        let chosen = credentials().account_id(account_id);
        let (end, script) = one_run(store.clone(), chosen, granted("1", "1")).await;
        end.unwrap();
        let own = script
            .seen
            .lock()
            .unwrap()
            .iter()
            .any(|it| it.url.contains(key));
        // The second run of a choice has the token of the first.
        assert_eq!(own, script.token_count() == 1, "{account_id}");
        assert_eq!(script.business_calls().len(), 1, "{account_id}");
    }
}

#[cfg(feature = "file-store")]
#[tokio::test]
async fn a_later_run_with_a_token_file_does_not_go_elsewhere() {
    let folder = crate::stores::Folder::new("file-instance");
    let path = folder.0.join("tokens");
    let secret = Secret::from("MARKER-client-secret");
    let store = || -> Box<dyn Store> {
        Box::new(jdy_runtime::token::FileStore::new(path.clone(), &secret))
    };
    a_later_run_does_not_go_elsewhere(store).await;
    let text = std::fs::read_to_string(&path).unwrap();
    // Which account set it is may be read, and no secret and no token.
    assert!(text.contains("pinned 1\tk2\t2\ts2"), "{text}");
    assert!(!text.contains("MARKER"), "{text}");
}

/// How a store fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failing {
    Not,
    AtOnce,
    Late,
}

/// A store in memory that fails when a test wants it to.
#[derive(Clone)]
struct Frail {
    store: MemoryStore,
    failing: Arc<std::sync::Mutex<Failing>>,
}

impl Frail {
    fn new() -> Self {
        Self {
            store: MemoryStore::default(),
            failing: Arc::new(std::sync::Mutex::new(Failing::Not)),
        }
    }

    fn set(&self, failing: Failing) {
        *self.failing.lock().unwrap() = failing;
    }

    fn or_fail<'a, T: Send + 'a>(
        &self,
        request: BoxFuture<'a, Result<T, StoreError>>,
    ) -> BoxFuture<'a, Result<T, StoreError>> {
        match *self.failing.lock().unwrap() {
            Failing::Not => request,
            Failing::AtOnce => Box::pin(async { Err(StoreError::new("cannot be opened")) }),
            Failing::Late => Box::pin(std::future::pending()),
        }
    }
}

impl TokenStore for Frail {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Token>, StoreError>> {
        self.or_fail(self.store.get(key))
    }

    fn put<'a>(&'a self, key: &'a str, token: &'a Token) -> BoxFuture<'a, Result<(), StoreError>> {
        self.or_fail(self.store.put(key, token))
    }

    fn put_if_absent<'a>(
        &'a self,
        key: &'a str,
        token: &'a Token,
    ) -> BoxFuture<'a, Result<Token, StoreError>> {
        self.or_fail(self.store.put_if_absent(key, token))
    }

    fn compare_and_delete<'a>(
        &'a self,
        key: &'a str,
        value: &'a Secret,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.or_fail(self.store.compare_and_delete(key, value))
    }
}

impl LeaseStore for Frail {}
impl SharedLimiter for Frail {}

#[tokio::test(start_paused = true)]
async fn who_knows_its_account_set_by_the_instance_alone_sends_nothing_while_the_store_fails() {
    for failing in [Failing::AtOnce, Failing::Late] {
        let store = Frail::new();
        let (first, _) = one_run(store.clone(), credentials(), granted("1", "0")).await;
        first.unwrap();
        store.set(failing);
        let script = Script::new();
        let client = with_store(&script, store.clone(), credentials());
        // The second one meets the pause after a store that is late.
        for _ in 0..2 {
            let write = client.call(&RECHARGE, recharge()).await.unwrap_err();
            let read = client.call(&SEARCH, search()).await.unwrap_err();
            let resolved = client.resolve(Client::DEFAULT_ACCOUNT).await.unwrap_err();
            for error in [write, read, resolved] {
                let line = error.to_string();
                let end = (error.outcome(), *error.kind());
                assert_eq!(end, (Outcome::NotSent, ErrorKind::Authorization), "{line}");
                assert!(line.contains("cannot be confirmed"), "{line}");
                assert!(line.contains("JDY_APP_KEY"), "{line}");
            }
        }
        // Not even the instance is asked.
        assert!(script.seen.lock().unwrap().is_empty(), "{failing:?}");
        // The one that was named needs no store.
        let named = credentials().app_key("k2");
        let (named, _) = one_run(store.clone(), named, granted("1", "0")).await;
        named.unwrap();
        // And as soon as the store is back, it says which one it was.
        store.set(Failing::Not);
        tokio::time::sleep(std::time::Duration::from_secs(6)).await;
        script
            .authorizations
            .lock()
            .unwrap()
            .push_back(granted("0", "1"));
        let error = client.call(&RECHARGE, recharge()).await.unwrap_err();
        let line = error.to_string();
        assert!(line.contains("the account set was shop 2"), "{line}");
        assert!(script.business_calls().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn who_has_confirmed_its_account_set_goes_on_while_the_store_fails() {
    for failing in [Failing::AtOnce, Failing::Late] {
        let (store, script) = (Frail::new(), Script::new());
        for answer in [granted("1", "0"), granted("1", "0"), granted("0", "1")] {
            script.authorizations.lock().unwrap().push_back(answer);
        }
        let client = with_store(&script, store.clone(), credentials());
        client.call(&RECHARGE, recharge()).await.unwrap();
        store.set(failing);
        tokio::time::sleep(std::time::Duration::from_secs(120)).await;
        script.then(Reply::answer(519, EXPIRED));
        client.call(&RECHARGE, recharge()).await.unwrap();
        // Another account set gets nothing now either.
        tokio::time::sleep(std::time::Duration::from_secs(120)).await;
        script.then(Reply::answer(519, EXPIRED));
        script.token(Reply::answer(200, STALE));
        client.call(&RECHARGE, recharge()).await.unwrap_err();
        assert_eq!(token_calls_for(&script, "k3"), 0, "{failing:?}");
    }
}

/// What is resolved first stays so after the client secret was rotated.
#[cfg(any(feature = "file-store", feature = "redis"))]
pub async fn a_rotated_client_secret_does_not_lead_elsewhere(
    store: impl Fn(&Secret) -> Box<dyn Store>,
) {
    let run = |secret: &str, answer| {
        let credentials = Credentials::instance("123456", secret, "4924");
        one_run(Shared(store(&Secret::from(secret))), credentials, answer)
    };
    let (old, new) = ("MARKER-old-secret", "MARKER-new-secret");
    run(old, granted("1", "0")).await.0.unwrap();
    let (elsewhere, script) = run(new, granted("0", "1")).await;
    let line = elsewhere.unwrap_err().to_string();
    assert!(line.contains("k2") && line.contains("k3"), "{line}");
    assert_eq!(script.token_count(), 0);
    // What another secret wrote may refuse, but of two it chooses none.
    let (of_two, script) = run(new, granted("1", "1")).await;
    let line = of_two.unwrap_err().to_string();
    assert!(line.contains("several account sets fit"), "{line}");
    assert_eq!(script.token_count(), 0);
    // The same one goes on, and is believed from then on.
    run(new, granted("1", "0")).await.0.unwrap();
    let (of_two, script) = run(new, granted("1", "1")).await;
    of_two.unwrap();
    assert_eq!(token_calls_for(&script, "k3"), 0);
}

#[cfg(feature = "file-store")]
#[tokio::test]
async fn a_rotated_client_secret_and_a_token_file_do_not_lead_elsewhere() {
    let folder = crate::stores::Folder::new("file-rotated");
    let path = folder.0.join("tokens");
    a_rotated_client_secret_does_not_lead_elsewhere(|secret| {
        Box::new(jdy_runtime::token::FileStore::new(path.clone(), secret))
    })
    .await;
}

#[cfg(feature = "file-store")]
#[tokio::test]
async fn who_can_write_to_the_token_file_cannot_choose_the_account_set() {
    use jdy_runtime::token::FileStore;
    let folder = crate::stores::Folder::new("file-forged");
    let path = folder.0.join("tokens");
    let secret = Secret::from("MARKER-client-secret");
    let run = |answer| {
        let store = FileStore::new(path.clone(), &secret);
        one_run(store, credentials(), answer)
    };
    run(granted("1", "0")).await.0.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let line = text.lines().find(|line| line.contains("pinned 1")).unwrap();
    let forged = line.replace("k2\t2\ts2", "k3\t3\ts3");
    std::fs::write(
        &path,
        format!("# Tokens of the Kingdee JDY SDK\n{forged}\n"),
    )
    .unwrap();
    for answer in [granted("1", "1"), granted("1", "0")] {
        let (end, script) = run(answer).await;
        assert_eq!(*end.unwrap_err().kind(), ErrorKind::Authorization);
        assert_eq!(script.token_count(), 0);
    }
    // Nor can a token be put there without a seal.
    std::fs::write(&path, format!("{text}00aa11bb jdy2 a.b.c\n")).unwrap();
    let store = FileStore::new(path.clone(), &secret);
    assert!(store.get("00aa11bb").await.is_err());
    std::fs::write(&path, format!("{text}00aa11bb jdy2 pinned 1\ta\n")).unwrap();
    assert!(store.get("00aa11bb").await.unwrap().is_some());
    run(granted("1", "0")).await.0.unwrap();
    // A line that is cut off is not none.
    let cut = line.split(" jdy2").next().unwrap();
    std::fs::write(&path, format!("# Tokens of the Kingdee JDY SDK\n{cut}\n")).unwrap();
    let error = run(granted("0", "1")).await.0.unwrap_err().to_string();
    assert!(error.contains("cannot be confirmed"), "{error}");
}

#[cfg(feature = "file-store")]
#[tokio::test]
async fn what_an_earlier_version_sealed_is_read_with_its_secret_and_refuses_with_another() {
    use jdy_runtime::token::FileStore;
    let folder = crate::stores::Folder::new("file-former");
    let path = folder.0.join("tokens");
    let store = |secret: &str| FileStore::new(path.clone(), &Secret::from(secret));
    let run = |secret: &'static str, answer| {
        let credentials = Credentials::instance("123456", secret, "4924");
        one_run(store(secret), credentials, answer)
    };
    let (old, new) = ("MARKER-old-secret", "MARKER-new-secret");
    run(old, granted("1", "0")).await.0.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let line = text.lines().find(|line| line.contains("pinned 1")).unwrap();
    let key = line.split(' ').next().unwrap().to_owned();
    let former = Token {
        value: Secret::from("k2\n2\ns2\nshop 2"),
        ..store(old).get(&key).await.unwrap().unwrap()
    };
    let keep_former = async || store(old).put(&key, &former).await.unwrap();
    keep_former().await;
    let line = run(new, granted("1", "0")).await.0.unwrap_err().to_string();
    assert!(line.contains("cannot be confirmed"), "{line}");
    assert!(line.contains("another client secret"), "{line}");
    let line = run(old, granted("0", "1")).await.0.unwrap_err().to_string();
    assert!(line.contains("the account set was shop 2"), "{line}");
    // Of two that are live it chooses none: a store of one's own may not have sealed it.
    let (of_two, _) = run(old, granted("1", "1")).await;
    let line = of_two.unwrap_err().to_string();
    assert!(line.contains("several account sets fit"), "{line}");
    // The same one goes on, and is kept in the form that outlives a secret.
    run(old, granted("1", "0")).await.0.unwrap();
    run(new, granted("1", "0")).await.0.unwrap();
}

/// A store in which two processes find nothing at the same moment, whatever is kept a moment later.
#[derive(Clone)]
struct Raced {
    store: MemoryStore,
    looked: Arc<tokio::sync::Barrier>,
}

impl TokenStore for Raced {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Token>, StoreError>> {
        Box::pin(async move {
            let found = self.store.get(key).await;
            self.looked.wait().await;
            found
        })
    }

    fn put<'a>(&'a self, key: &'a str, token: &'a Token) -> BoxFuture<'a, Result<(), StoreError>> {
        self.store.put(key, token)
    }

    fn put_if_absent<'a>(
        &'a self,
        key: &'a str,
        token: &'a Token,
    ) -> BoxFuture<'a, Result<Token, StoreError>> {
        self.store.put_if_absent(key, token)
    }

    fn compare_and_delete<'a>(
        &'a self,
        key: &'a str,
        value: &'a Secret,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.store.compare_and_delete(key, value)
    }
}

impl LeaseStore for Raced {}
impl SharedLimiter for Raced {}

#[tokio::test(start_paused = true)]
async fn of_two_that_resolve_at_once_one_is_kept_and_the_other_gets_nothing() {
    let store = Raced {
        store: MemoryStore::default(),
        looked: Arc::new(tokio::sync::Barrier::new(2)),
    };
    let run = |answer| {
        let script = Script::new();
        script.authorizations.lock().unwrap().push_back(answer);
        with_store(&script, store.clone(), credentials())
    };
    let (one, other) = (run(granted("1", "0")), run(granted("0", "1")));
    let resolved = tokio::join!(
        one.resolve(Client::DEFAULT_ACCOUNT),
        other.resolve(Client::DEFAULT_ACCOUNT)
    );
    let both = [resolved.0, resolved.1];
    let refused: Vec<_> = both.iter().filter_map(|end| end.as_ref().err()).collect();
    assert_eq!(refused.len(), 1, "{both:?}");
    let line = refused[0].to_string();
    assert!(line.contains("k2") && line.contains("k3"), "{line}");
}

/// A store of one's own, which seals nothing and does not say who was first. It may have a text under
/// the key of the instance that a stranger wrote, which is what is read first.
#[derive(Default)]
struct Simple {
    store: MemoryStore,
    planted: std::sync::Mutex<Option<Token>>,
}

impl TokenStore for Simple {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Token>, StoreError>> {
        match self.planted.lock().unwrap().take() {
            Some(token) => Box::pin(std::future::ready(Ok(Some(token)))),
            None => self.store.get(key),
        }
    }

    fn put<'a>(&'a self, key: &'a str, token: &'a Token) -> BoxFuture<'a, Result<(), StoreError>> {
        self.store.put(key, token)
    }

    fn compare_and_delete<'a>(
        &'a self,
        key: &'a str,
        value: &'a Secret,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.store.compare_and_delete(key, value)
    }
}

impl LeaseStore for Simple {}
impl SharedLimiter for Simple {}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_say_who_was_first_is_none_for_an_instance_alone() {
    let (unnamed, script) = one_run(Simple::default(), credentials(), granted("1", "0")).await;
    let line = unnamed.unwrap_err().to_string();
    assert!(line.contains("put_if_absent"), "{line}");
    assert!(line.contains("JDY_APP_KEY"), "{line}");
    assert_eq!(script.token_count(), 0);
    let named = credentials().app_key("k2");
    let (named, _) = one_run(Simple::default(), named, granted("1", "0")).await;
    named.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_strangers_text_in_the_former_form_chooses_no_account_set() {
    let never = std::time::SystemTime::now() + std::time::Duration::from_secs(1 << 30);
    let planted = Simple {
        planted: std::sync::Mutex::new(Some(Token {
            value: Secret::new("k3\n3\ns3\nchosen by a stranger"),
            refresh_after: never,
            expires_at: never,
        })),
        ..Simple::default()
    };
    let (end, script) = one_run(planted, credentials(), granted("1", "1")).await;
    let line = end.unwrap_err().to_string();
    assert!(line.contains("several account sets fit"), "{line}");
    assert_eq!(token_calls_for(&script, "k3"), 0);
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

#[tokio::test(start_paused = true)]
async fn of_two_items_of_a_callback_the_live_one_counts() {
    for items in [["0", "1"], ["1", "0"]] {
        let script = Script::new();
        let router = "https://tf.jdy.com";
        let credentials = Credentials::app("123456", "MARKER-client-secret", "k2", "old", router);
        let client = instance(&script, credentials);
        let items = items.map(|status| {
            item("k2", "2", status).replace("MARKER-secret-k2", &format!("secret-{status}"))
        });
        let body = format!(r#"{{"data":[{}]}}"#, items.join(","));
        let callback = jdy_runtime::credentials::read_callback(body.as_bytes()).unwrap();
        assert_eq!(client.apply_rotation(&callback.authorizations), 1);
        client.call(&RECHARGE, recharge()).await.unwrap();
        let wanted = jdy_runtime::signing::app_signature(&Secret::from("secret-1"), "k2");
        let wanted = jdy_runtime::signing::percent_encode(&wanted);
        assert!(script.seen.lock().unwrap()[0].url.contains(&wanted));
    }
}

#[tokio::test(start_paused = true)]
async fn a_callback_of_another_account_than_the_chosen_one_is_not_taken_over() {
    let script = Script::new();
    let chosen = || credentials().app_key("k2");
    for (credentials, account, count) in [
        (chosen().account_id("2"), "2", 1),
        (chosen().account_id("2"), "9", 0),
        (chosen().service_id("s2"), "9", 0),
        (chosen(), "9", 1),
    ] {
        let client = instance(&script, credentials);
        let body = format!(r#"{{"data":[{}]}}"#, item("k2", account, "1"));
        let callback = jdy_runtime::credentials::read_callback(body.as_bytes()).unwrap();
        assert_eq!(
            client.apply_rotation(&callback.authorizations),
            count,
            "{account}"
        );
    }
}

#[test]
fn an_app_key_beside_another_one_is_refused() {
    let app = || {
        Credentials::app(
            "123456",
            "MARKER-client-secret",
            "k2",
            "s",
            "https://tf.jdy.com",
        )
    };
    let built = |credentials| Client::builder().credentials(credentials).build().map(drop);
    for (chosen, is_same) in [("k2", true), ("k3", false)] {
        for credentials in [app(), app().with_instance("4924")] {
            let refused = built(credentials.app_key(chosen)).err();
            assert_eq!(refused.is_none(), is_same, "{chosen}");
            if let Some(error) = refused {
                assert_eq!(error.setting(), "app key");
                let told = error.to_string();
                assert!(told.contains("k2") && told.contains("k3"), "{told}");
            }
        }
    }
}

#[test]
fn a_choice_that_only_an_instance_could_make_is_refused_without_one() {
    let app = || Credentials::app("123456", "secret", "k2", "s", "https://tf.jdy.com");
    let built = |credentials| Client::builder().credentials(credentials).build().map(drop);
    for (chosen, setting) in [
        (app().account_id("2"), "account id"),
        (app().service_id("s2"), "service id"),
    ] {
        let error = built(chosen.clone()).unwrap_err();
        assert_eq!(error.setting(), setting);
        assert!(error.to_string().contains("with_instance"), "{error}");
        built(chosen.with_instance("4924")).unwrap();
    }
}
