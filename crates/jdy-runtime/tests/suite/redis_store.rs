//! Tokens in a real Redis: shared by a fleet, sealed, and missed by nobody when it is gone.
//!
//! The tests start a `redis-server` of their own on a free loopback port. Where there is none on
//! the PATH they say so and prove nothing.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jdy_runtime::token::{Acquire, Lease, LimitClass, RedisStore};
use jdy_runtime::{
    Client, Credentials, ErrorKind, LeaseStore, Limits, Outcome, Rate, Secret, SharedLimiter,
    TokenStore,
};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::ports::reserved_port;
use crate::script::{
    APP_SECRET, CLIENT_SECRET, RECHARGE, ROUTER, Reply, Script, Scripted, recharge, token_answer,
};
use crate::stores::{Failures, Folder, KEY, keeps_tokens, leases, token};

/// A server with nothing in it, which ends with the test.
struct Server {
    port: u16,
    /// Nobody else is given the port, also while the server is away.
    _reserved: TcpSocket,
    folder: Folder,
    process: Option<Child>,
}

impl Server {
    /// `None`, said aloud, where there is no `redis-server`.
    fn start(name: &str) -> Option<Self> {
        let mut server = Self::new(name);
        let runs = server.run();
        server.or_told(runs)
    }

    /// One that does not run yet.
    fn new(name: &str) -> Self {
        let reserved = reserved_port();
        let folder = Folder::new(&format!("redis-{name}"));
        Self {
            port: reserved.local_addr().unwrap().port(),
            _reserved: reserved,
            folder,
            process: None,
        }
    }

    fn or_told(self, runs: bool) -> Option<Self> {
        if runs {
            Some(self)
        } else {
            // Past the harness, which keeps what a good test prints to itself.
            let _ = std::io::stderr().write_all(b"redis_store: skipped: no redis-server\n");
            None
        }
    }

    fn run(&mut self) -> bool {
        let port = self.port.to_string();
        self.run_with(&["--port", &port])
    }

    fn run_with(&mut self, arguments: &[&str]) -> bool {
        let started = Command::new("redis-server")
            .args(["--bind", "127.0.0.1"])
            .args(arguments)
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(&self.folder.0)
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut process) = started else {
            return false;
        };
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
        // To try connecting instead could take the very port that the server is about to use.
        let ready = said.any(|line| line.unwrap().contains("Ready to accept connections"));
        assert!(ready, "redis-server does not start");
        std::thread::spawn(move || said.for_each(drop));
        self.process = Some(process);
        true
    }

    fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    fn address(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    fn store(&self) -> RedisStore {
        RedisStore::new(&self.address(), &Secret::from(CLIENT_SECRET)).unwrap()
    }

    /// Says something to Redis past the store.
    async fn tell(&self, words: &[&str]) -> redis::Value {
        let client = redis::Client::open(self.address()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut command = redis::cmd(words[0]);
        for word in &words[1..] {
            command.arg(*word);
        }
        command.query_async(&mut connection).await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

const ACCOUNTS: [&str; 4] = ["one", "two", "three", "four"];

/// A process of the fleet: a client with its own connection to Redis and four account sets.
fn member(script: &Arc<Script>, server: &Server, failures: &Failures) -> Client {
    let mut builder = Client::builder()
        .transport(Scripted(script.clone()))
        .hooks(failures.clone())
        .token_store(server.store());
    for name in ACCOUNTS {
        let credentials = Credentials::app("123456", CLIENT_SECRET, name, APP_SECRET, ROUTER);
        builder = builder.account(name, credentials);
    }
    builder.build().unwrap()
}

/// A token call takes its time, so that the others have to wait for it.
fn slow_tokens(script: &Arc<Script>, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let answer = token_answer(number).replace("1700086400000", "32503680000000");
        let answer = Box::new(Reply::answer(200, &answer));
        script.token(Reply::After(Duration::from_millis(150), answer));
    }
}

async fn all_call(fleet: &[Client]) {
    let mut calls = Vec::new();
    for client in fleet {
        for name in ACCOUNTS {
            for _ in 0..5 {
                let client = client.clone();
                let call = async move { client.call(&RECHARGE, recharge()).account(name).await };
                calls.push(tokio::spawn(call));
            }
        }
    }
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn redis_keeps_tokens_and_leases() {
    let Some(server) = Server::start("rules") else {
        return;
    };
    keeps_tokens(&server.store()).await;
    leases(&server.store(), &server.store()).await;
}

#[tokio::test]
async fn a_later_run_with_redis_does_not_go_elsewhere() {
    let Some(server) = Server::start("instance") else {
        return;
    };
    let store = || -> Box<dyn jdy_runtime::Store> { Box::new(server.store()) };
    crate::authorization::a_later_run_does_not_go_elsewhere(store).await;
}

#[tokio::test]
async fn a_rotated_client_secret_and_redis_do_not_lead_elsewhere() {
    let Some(mut server) = Server::start("rotated-secret") else {
        return;
    };
    let address = server.address();
    let store = |secret: &Secret| -> Box<dyn jdy_runtime::Store> {
        Box::new(RedisStore::new(&address, secret).unwrap())
    };
    crate::authorization::a_rotated_client_secret_does_not_lead_elsewhere(store).await;
    // What ends not is not what a server without memory removes first.
    let keys = server.tell(&["KEYS", "jdy:token:*"]).await;
    let redis::Value::Array(keys) = keys else {
        panic!("{keys:?}");
    };
    let mut endless = 0;
    for key in keys {
        let redis::Value::BulkString(key) = key else {
            panic!("{key:?}");
        };
        let key = String::from_utf8(key).unwrap();
        let left = server.tell(&["TTL", &key]).await;
        endless += usize::from(left == redis::Value::Int(-1));
    }
    assert_eq!(endless, 1);
    // Without the server nobody can say which one it was.
    server.stop();
    let script = Script::new();
    let secret = Secret::from(CLIENT_SECRET);
    let client = Client::builder()
        .credentials(Credentials::instance("123456", CLIENT_SECRET, "4924"))
        .transport(Scripted(script.clone()))
        .token_store(RedisStore::new(&address, &secret).unwrap());
    let client = client.build().unwrap();
    let error = client.call(&RECHARGE, recharge()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert!(error.to_string().contains("cannot be confirmed"), "{error}");
    assert!(script.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_dump_of_redis_tells_nothing_and_ends_with_the_token() {
    let Some(server) = Server::start("sealed") else {
        return;
    };
    let store = server.store();
    store.put(KEY, &token("MARKER-token")).await.unwrap();
    let held = format!("{:?}", server.tell(&["GET", "jdy:token:00aa11bb"]).await);
    assert!(held.contains("jdy1 ") && !held.contains("MARKER"), "{held}");
    let left = server.tell(&["TTL", "jdy:token:00aa11bb"]).await;
    assert!(
        matches!(left, redis::Value::Int(86_300..=86_400)),
        "{left:?}"
    );
    let stranger = RedisStore::new(&server.address(), &Secret::from("another")).unwrap();
    assert!(stranger.get(KEY).await.is_err());
    assert!(!format!("{store:?}").contains("127.0.0.1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_clients_and_four_account_sets_make_four_token_calls() {
    let Some(server) = Server::start("fleet") else {
        return;
    };
    let (script, failures) = (Script::new(), Failures::default());
    slow_tokens(&script, 1..5);
    let fleet: Vec<_> = (0..8)
        .map(|_| member(&script, &server, &failures))
        .collect();
    all_call(&fleet).await;
    assert_eq!(script.token_count(), 4);
    assert_eq!(script.business_calls().len(), 8 * 4 * 5);
    assert_eq!(failures.take(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_rotation_costs_the_fleet_one_token_call_for_each_account_set() {
    let Some(server) = Server::start("rotation") else {
        return;
    };
    // The first four tokens are no longer accepted once there is a fifth.
    let rotated = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let seen = rotated.clone();
    let script = Script::with(move |request| {
        let token = Script::header(request, "app-token");
        let old = ["1", "2", "3", "4"].iter().any(|n| token.ends_with(n));
        if old && seen.load(std::sync::atomic::Ordering::SeqCst) {
            Reply::answer(519, r#"{"errcode":4011}"#)
        } else {
            Reply::answer(200, r#"{"errcode":0,"data":{"bill_no":"B1"}}"#)
        }
    });
    slow_tokens(&script, 1..9);
    let failures = Failures::default();
    let fleet: Vec<_> = (0..8)
        .map(|_| member(&script, &server, &failures))
        .collect();
    all_call(&fleet).await;
    rotated.store(true, std::sync::atomic::Ordering::SeqCst);
    all_call(&fleet).await;
    assert_eq!(script.token_count(), 8);
    assert_eq!(failures.take(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn redis_may_stop_and_start_and_no_call_fails() {
    let Some(mut server) = Server::start("stopped") else {
        return;
    };
    let (script, failures) = (Script::new(), Failures::default());
    slow_tokens(&script, 1..40);
    let fleet: Vec<_> = (0..4)
        .map(|_| member(&script, &server, &failures))
        .collect();
    all_call(&fleet).await;
    assert_eq!(script.token_count(), 4);
    server.stop();
    // Who holds a token asks no store.
    all_call(&fleet).await;
    assert_eq!((script.token_count(), failures.take().len()), (4, 0));
    // Who holds none fetches its own, once for each account set, and says why.
    let newcomer = member(&script, &server, &failures);
    all_call(std::slice::from_ref(&newcomer)).await;
    assert_eq!(script.token_count(), 8);
    let told = failures.take().join("\n");
    assert!(told.contains("redis: "), "{told}");
    assert!(server.run());
    // The store is empty now, and serves again.
    let fleet: Vec<_> = (0..4)
        .map(|_| member(&script, &server, &failures))
        .collect();
    all_call(&fleet).await;
    assert_eq!(script.token_count(), 12);
    assert_eq!(failures.take(), [""; 0]);
}

#[tokio::test]
async fn a_connection_that_broke_unnoticed_is_made_anew() {
    let Some(mut server) = Server::start("broken") else {
        return;
    };
    let store = server.store();
    store.put(KEY, &token("a.b.c")).await.unwrap();
    server.stop();
    assert!(store.get(KEY).await.is_err());
    assert!(server.run());
    assert_eq!(store.get(KEY).await.unwrap(), None);
    server
        .tell(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"])
        .await;
    store.put(KEY, &token("a.b.c")).await.unwrap();
    assert!(store.get(KEY).await.unwrap().is_some());
}

/// An address that leads each new connection to the server of this port.
async fn leading_to(port: Arc<AtomicU16>) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let port = port.load(Ordering::SeqCst);
            let server = tokio::net::TcpStream::connect(("127.0.0.1", port));
            let mut server = server.await.unwrap();
            tokio::spawn(async move {
                drop(tokio::io::copy_bidirectional(&mut client, &mut server).await);
            });
        }
    });
    own
}

#[tokio::test]
async fn a_server_that_has_become_a_replica_is_left_for_the_one_that_took_its_place() {
    let (Some(former), Some(next)) = (Server::start("former"), Server::start("next")) else {
        return;
    };
    let port = Arc::new(AtomicU16::new(former.port));
    let address = format!("redis://127.0.0.1:{}", leading_to(port.clone()).await);
    let store = RedisStore::new(&address, &Secret::from(CLIENT_SECRET)).unwrap();
    store.put(KEY, &token("a.b.c")).await.unwrap();
    port.store(next.port, Ordering::SeqCst);
    // It can still be read, and says so to whoever writes.
    former.tell(&["REPLICAOF", "127.0.0.1", "1"]).await;
    store.put(KEY, &token("d.e.f")).await.unwrap();
    assert_eq!(
        store.get(KEY).await.unwrap(),
        next.store().get(KEY).await.unwrap()
    );
}

#[tokio::test]
async fn garbage_an_older_form_and_a_full_redis_are_reported_and_stop_nobody() {
    let Some(server) = Server::start("garbage") else {
        return;
    };
    let (script, failures) = (Script::new(), Failures::default());
    slow_tokens(&script, 1..20);
    let call = async |expected: u64, why: &str| {
        let client = member(&script, &server, &failures);
        client
            .call(&RECHARGE, recharge())
            .account("one")
            .await
            .unwrap();
        assert_eq!(script.token_count(), expected, "{why}");
    };
    call(1, "the first one").await;
    assert_eq!(failures.take(), [""; 0]);
    let keys = server.tell(&["KEYS", "jdy:token:*"]).await;
    let keys: Vec<String> = redis::from_redis_value(keys).unwrap();
    let key = keys[0].as_str();
    for (expected, text) in [
        (2, "garbage"),
        (3, "jdy0 older form"),
        (4, "jdy1 x y"),
        (5, ""),
    ] {
        server.tell(&["SET", key, text]).await;
        call(expected, text).await;
        assert!(!failures.take().is_empty(), "{text}");
        call(expected, "it was replaced by a good one").await;
        assert_eq!(failures.take(), [""; 0]);
    }
    server.tell(&["DEL", key]).await;
    server.tell(&["LPUSH", key, "another kind of value"]).await;
    call(6, "another kind").await;
    assert!(failures.take().join("\n").contains("WRONGTYPE"));
    server.tell(&["DEL", key]).await;
    server.tell(&["CONFIG", "SET", "maxmemory", "1"]).await;
    call(7, "full").await;
    assert!(failures.take().join("\n").contains("OOM"));
}

#[tokio::test]
async fn a_lease_that_would_never_end_is_nobodys() {
    let Some(server) = Server::start("lease") else {
        return;
    };
    server.tell(&["SET", "jdy:lease:00aa11bb", "someone"]).await;
    let second = Duration::from_secs(1);
    let lease = server.store().try_lease(KEY, "me", second).await.unwrap();
    assert_eq!(lease, Lease::Granted);
}

#[tokio::test]
async fn a_redis_that_does_not_answer_costs_little() {
    // A server that takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("redis://{}", silent.local_addr().unwrap());
    let store = RedisStore::new(&address, &Secret::from(CLIENT_SECRET)).unwrap();
    let (script, failures) = (Script::new(), Failures::default());
    let client = Client::builder()
        .transport(Scripted(script.clone()))
        .credentials(crate::script::credentials())
        .hooks(failures.clone())
        .token_store(store);
    let client = client.build().unwrap();
    slow_tokens(&script, 1..3);
    let answer = client.call(&RECHARGE, recharge()).await.unwrap();
    assert!(
        answer.elapsed() < Duration::from_secs(4),
        "{:?}",
        answer.elapsed()
    );
    let told = failures.take();
    assert!(!told.is_empty());
    let answer = client.call(&RECHARGE, recharge()).await.unwrap();
    assert!(answer.elapsed() < Duration::from_millis(300));
}

#[test]
fn an_address_that_is_none_is_refused_without_repeating_it() {
    for address in [
        "redis:/nothing",
        "http://127.0.0.1",
        "redis://:MARKER@host:port",
    ] {
        let error = RedisStore::new(address, &Secret::from("s")).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("MARKER"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_fleet_keeps_to_the_limit_together_and_each_alone_without_redis() {
    let Some(mut server) = Server::start("places") else {
        return;
    };
    let left = Arc::new(Mutex::new(Vec::new()));
    let times = left.clone();
    let script = Script::with(move |_| {
        times.lock().unwrap().push(Instant::now());
        Reply::answer(200, r#"{"errcode":0}"#)
    });
    slow_tokens(&script, 1..9);
    let failures = Failures::default();
    let period = Duration::from_secs(2);
    let limits = Limits {
        calls: Some(Rate { calls: 20, period }),
        ..Limits::default()
    };
    let fleet: Vec<_> = (0..4)
        .map(|_| {
            let client = Client::builder()
                .transport(Scripted(script.clone()))
                .credentials(crate::script::credentials())
                .hooks(failures.clone())
                .limits(limits);
            let client = client.token_store(server.store().share_limits());
            client.build().unwrap()
        })
        .collect();
    let burst = async |count: usize| {
        let calls = (0..count).map(|number| {
            let client = fleet[number % fleet.len()].clone();
            tokio::spawn(async move { client.call(&RECHARGE, recharge()).await.map(drop) })
        });
        for call in calls.collect::<Vec<_>>() {
            call.await.unwrap().unwrap();
        }
    };
    burst(60).await;
    let times = std::mem::take(&mut *left.lock().unwrap());
    // A call leaves a moment after its place was taken.
    let stretch = period - Duration::from_millis(100);
    for (index, first) in times.iter().enumerate() {
        let later = times[index..]
            .iter()
            .take_while(|time| **time < *first + stretch);
        assert!(later.count() <= 20);
    }
    assert!(times[59] - times[0] < Duration::from_secs(6));
    assert_eq!(failures.take(), [""; 0]);
    // Without Redis nobody waits for it, and each client has its own twenty.
    server.stop();
    tokio::time::sleep(period).await;
    let start = Instant::now();
    burst(60).await;
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
    assert!(failures.take().len() >= 4, "each client says so");
    // And then leaves it in peace.
    burst(8).await;
    assert_eq!(failures.take(), [""; 0]);
}

#[tokio::test]
async fn the_places_of_each_kind_of_call_are_counted_apart_and_can_be_given_back() {
    let Some(server) = Server::start("kinds") else {
        return;
    };
    let (one, other) = (server.store().share_limits(), server.store().share_limits());
    let rate = Rate::per_minute(2);
    let mut tickets = Vec::new();
    for store in [&one, &other] {
        match store.acquire(KEY, LimitClass::Token, rate).await.unwrap() {
            Acquire::Granted(ticket) => tickets.push(ticket),
            Acquire::RetryAfter(wait) => panic!("{wait:?}"),
        }
    }
    let third = one.acquire(KEY, LimitClass::Token, rate).await.unwrap();
    assert!(
        matches!(third, Acquire::RetryAfter(wait) if wait <= rate.period),
        "{third:?}"
    );
    let business = one.acquire(KEY, LimitClass::Business, rate).await.unwrap();
    assert!(matches!(business, Acquire::Granted(_)));
    other
        .release(KEY, LimitClass::Token, tickets[0])
        .await
        .unwrap();
    let again = one.acquire(KEY, LimitClass::Token, rate).await.unwrap();
    assert!(matches!(again, Acquire::Granted(_)));
}

/// An address that leads to the server of this port. When `lose` is set, it loses the next answer
/// and ends the connection.
async fn losing(port: u16, lose: Arc<AtomicBool>) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            tokio::spawn(lose_one(client, server, lose.clone()));
        }
    });
    own
}

async fn lose_one(mut client: TcpStream, mut server: TcpStream, lose: Arc<AtomicBool>) {
    let (mut asked, mut answered) = ([0; 4096], [0; 4096]);
    loop {
        let passed_on = tokio::select! {
            read = client.read(&mut asked) => match read {
                Ok(count @ 1..) => server.write_all(&asked[..count]).await,
                _ => return,
            },
            read = server.read(&mut answered) => match read {
                Ok(count @ 1..) if !lose.swap(false, Ordering::SeqCst) => {
                    client.write_all(&answered[..count]).await
                }
                _ => return,
            },
        };
        passed_on.unwrap();
    }
}

#[tokio::test]
async fn a_place_whose_answer_was_lost_is_asked_for_again_and_taken_once() {
    let Some(server) = Server::start("lost-answer") else {
        return;
    };
    let lose = Arc::new(AtomicBool::new(false));
    let address = format!(
        "redis://127.0.0.1:{}",
        losing(server.port, lose.clone()).await
    );
    let store = RedisStore::new(&address, &Secret::from(CLIENT_SECRET)).unwrap();
    let (store, rate) = (store.share_limits(), Rate::per_minute(1));
    let ask = async || store.acquire(KEY, LimitClass::Token, rate).await.unwrap();
    // The connection is there before, and breaks when the place has been counted.
    assert_eq!(store.get(KEY).await.unwrap(), None);
    lose.store(true, Ordering::SeqCst);
    let first = ask().await;
    assert!(matches!(first, Acquire::Granted(_)), "{first:?}");
    assert!(!lose.load(Ordering::SeqCst), "an answer was lost");
    assert!(matches!(ask().await, Acquire::RetryAfter(_)));
}

/// The clock of a server is set back when it was wrong.
#[tokio::test]
async fn a_place_of_a_time_that_is_still_to_come_keeps_nobody_waiting_for_it() {
    let Some(server) = Server::start("set-back") else {
        return;
    };
    let (store, rate) = (server.store().share_limits(), Rate::per_minute(2));
    let ask = async || {
        store
            .acquire(KEY, LimitClass::Business, rate)
            .await
            .unwrap()
    };
    for _ in 0..rate.calls {
        assert!(matches!(ask().await, Acquire::Granted(_)));
    }
    let later = "for _, own in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do \
                 redis.call('ZINCRBY', KEYS[1], 3600000, own) end return 0";
    let key = format!("jdy:calls:{KEY}");
    server.tell(&["EVAL", later, "1", &key]).await;
    assert!(matches!(ask().await, Acquire::Granted(_)));
}

/// A member of a fleet that shares its limits, whose gateway accepts no token.
fn sharing(script: &Arc<Script>, server: &Server) -> Client {
    let client = Client::builder()
        .transport(Scripted(script.clone()))
        .credentials(crate::script::credentials())
        .token_store(server.store().share_limits());
    client.build().unwrap()
}

#[tokio::test]
async fn a_fleet_keeps_to_the_limit_of_token_calls_together() {
    let Some(server) = Server::start("token-calls") else {
        return;
    };
    let script = Script::with(|_| Reply::answer(519, r#"{"errcode":4011}"#));
    slow_tokens(&script, 1..9);
    let one = sharing(&script, &server);
    one.call(&RECHARGE, recharge()).await.unwrap_err();
    assert_eq!(script.token_count(), 2, "the first one, and its refresh");
    // Another process has made none, and has no place all the same.
    let call = sharing(&script, &server).call(&RECHARGE, recharge());
    let error = call.deadline(Duration::from_secs(3)).await.unwrap_err();
    assert_eq!(
        (error.outcome(), *error.kind()),
        (Outcome::NotSent, ErrorKind::LocalRateLimit)
    );
    assert!(error.to_string().contains("token calls"), "{error}");
    assert_eq!(script.token_count(), 2);
    // When there are places again, they are taken.
    let keys = server.tell(&["KEYS", "jdy:token-calls:*"]).await;
    let keys: Vec<String> = redis::from_redis_value(keys).unwrap();
    server.tell(&["DEL", &keys[0]]).await;
    let call = sharing(&script, &server).call(&RECHARGE, recharge());
    call.await.unwrap_err();
    assert!((3..=4).contains(&script.token_count()));
}

#[tokio::test]
async fn a_token_call_that_never_left_leaves_its_place_to_the_fleet() {
    let Some(server) = Server::start("never-left") else {
        return;
    };
    let script = Script::new();
    for _ in 0..3 {
        let refused = jdy_runtime::transport::TransportError::connect("refused");
        script.token(Reply::Fail(refused));
    }
    slow_tokens(&script, 4..5);
    let answer = sharing(&script, &server).call(&RECHARGE, recharge()).await;
    answer.unwrap();
    assert_eq!(script.token_count(), 4, "two places, and four attempts");
}

#[tokio::test]
async fn a_redis_that_stalls_stops_nobody() {
    let Some(server) = Server::start("stalled") else {
        return;
    };
    let (script, failures) = (Script::new(), Failures::default());
    slow_tokens(&script, 1..9);
    let holder = member(&script, &server, &failures);
    let call = |client: &Client| client.call(&RECHARGE, recharge()).account("one");
    call(&holder).await.unwrap();
    assert_eq!(failures.take(), [""; 0]);
    server.tell(&["CLIENT", "PAUSE", "600000"]).await;
    // Who holds a token asks nothing.
    call(&holder).await.unwrap();
    assert_eq!((script.token_count(), failures.take().len()), (1, 0));
    // Who holds none fetches its own, and says why.
    let newcomer = member(&script, &server, &failures);
    call(&newcomer).await.unwrap();
    assert_eq!(script.token_count(), 2);
    assert!(!failures.take().is_empty());
}

/// TLS with a certificate of our own, which only a process of its own can be told to trust.
#[cfg(feature = "redis-tls")]
mod over_tls {
    use super::*;

    const ADDRESS: &str = "JDY_TEST_REDIS_OVER_TLS";

    #[tokio::test]
    async fn child_that_speaks_tls() {
        let Ok(address) = std::env::var(ADDRESS) else {
            return;
        };
        let store = RedisStore::new(&address, &Secret::from(CLIENT_SECRET)).unwrap();
        if std::env::var_os("JDY_TEST_TRUSTS").is_some() {
            keeps_tokens(&store).await;
        } else {
            let error = store.get(KEY).await.unwrap_err().to_string();
            assert!(error.contains("redis over TLS: "), "{error}");
        }
    }

    #[tokio::test]
    async fn redis_is_spoken_to_over_tls_where_the_system_trusts_it_and_not_otherwise() {
        let mut server = Server::new("tls");
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let file = |name: &str, text: &str| {
            let path = server.folder.0.join(name);
            std::fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let certificate = file("cert.pem", &own.cert.pem());
        let key = file("key.pem", &own.signing_key.serialize_pem());
        let port = server.port.to_string();
        let runs = server.run_with(
            &[
                &["--port", "0", "--tls-port", &port][..],
                &["--tls-cert-file", &certificate, "--tls-key-file", &key],
                &["--tls-auth-clients", "no"],
            ]
            .concat(),
        );
        let Some(server) = server.or_told(runs) else {
            return;
        };
        for trusts in [true, false] {
            let mut child = Command::new(std::env::current_exe().unwrap());
            child
                .args(["--exact", "redis_store::over_tls::child_that_speaks_tls"])
                .env(ADDRESS, format!("rediss://localhost:{}", server.port));
            if trusts {
                child.env("SSL_CERT_FILE", &certificate);
                child.env("JDY_TEST_TRUSTS", "yes");
            }
            let ended = child.output().unwrap();
            let said = String::from_utf8_lossy(&ended.stdout).into_owned();
            assert!(
                ended.status.success() && said.contains("1 passed"),
                "trusts: {trusts}\n{said}"
            );
        }
    }
}
