//! A fleet of processes shares its tokens through a real Redis, or through a file on one machine:
//! one token call for each rotation and account set, whoever is killed, and no failed call when
//! Redis goes and comes back.
//!
//! The test with Redis starts a `redis-server` of its own on a free loopback port. Where there is none on
//! the PATH it says so and proves nothing.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use jdy::transport::{Request, ReqwestTransport, Response, Transport, TransportError};
use jdy::{Client, Credentials, Method};
use jdy_sandbox::{Fault, FaultKind, Sandbox};
use tokio::net::TcpSocket;

use crate::sandbox::RULES;

const PROCESSES: usize = 8;
const TOKEN: &str = "/jdyconnector/app_management/kingdee_auth_token";

/// A `redis-server` with nothing in it, which ends with the test.
struct Redis {
    port: u16,
    /// Nobody else is given the port, also while the server is away.
    _reserved: TcpSocket,
    folder: PathBuf,
    process: Option<Child>,
}

impl Redis {
    /// `None`, said aloud, where there is no `redis-server`.
    fn start() -> Option<Self> {
        let reserved = TcpSocket::new_v4().unwrap();
        reserved.set_reuseaddr(true).unwrap();
        reserved.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let folder = std::env::temp_dir().join(format!("jdy-fleet-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut redis = Self {
            port: reserved.local_addr().unwrap().port(),
            _reserved: reserved,
            folder,
            process: None,
        };
        if redis.run() {
            return Some(redis);
        }
        // Past the harness, which keeps what a good test prints to itself.
        let _ = std::io::stderr().write_all(b"fleet: skipped: no redis-server\n");
        None
    }

    fn run(&mut self) -> bool {
        let started = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(&self.folder)
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut process) = started else {
            return false;
        };
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
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

    /// The answer to some words, as it travels.
    fn told(&self, words: &[&[u8]]) -> Vec<u8> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        // Redis answers the last words and closes, so that all of it can be read to the end.
        for words in [words, &[b"QUIT"]] {
            write!(stream, "*{}\r\n", words.len()).unwrap();
            for word in words {
                write!(stream, "${}\r\n", word.len()).unwrap();
                stream.write_all(word).unwrap();
                stream.write_all(b"\r\n").unwrap();
            }
        }
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }

    /// Every key and every value.
    fn dump(&self) -> Vec<u8> {
        let mut dump = self.told(&[b"KEYS", b"*"]);
        let listed = String::from_utf8_lossy(&dump).into_owned();
        let keys: Vec<_> = listed
            .lines()
            .filter(|line| line.starts_with("jdy:"))
            .collect();
        for key in &keys {
            dump.extend(self.told(&[b"GET", key.as_bytes()]));
        }
        let tokens = keys.iter().filter(|key| key.starts_with("jdy:token:"));
        assert_eq!(tokens.count(), 4, "{listed}");
        dump
    }

    fn address(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// Says when a token call leaves, so that its process can be killed in the middle of it.
struct Telling(ReqwestTransport);

impl Transport for Telling {
    fn send(
        &self,
        request: Request,
    ) -> jdy::runtime::BoxFuture<'_, Result<Response, TransportError>> {
        if request.url.contains(TOKEN) {
            say("fetching");
        }
        self.0.send(request)
    }
}

/// One line for the parent, past the harness.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("fleet: {line}\n").as_bytes())
        .unwrap();
    out.flush().unwrap();
}

/// The client of one process: all account sets, by instance, and the store of its environment.
fn member(app_keys: &str) -> Client {
    let look_up = |name: &str| std::env::var(name).ok();
    let mut client: jdy::ClientBuilder = Client::builder().from_env().unwrap();
    for (index, app_key) in app_keys.split(',').enumerate() {
        let credentials = Credentials::from_names(&look_up).unwrap().app_key(app_key);
        client = client.account(index.to_string(), credentials);
    }
    let transport = ReqwestTransport::builder().build().unwrap();
    client.transport(Telling(transport)).build().unwrap()
}

/// Not a test by itself: what each process of the fleet does. It calls as many account sets as
/// each line of its input says.
#[test]
fn a_process_of_the_fleet() {
    let Ok(app_keys) = std::env::var("JDY_FLEET_APP_KEYS") else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let client = member(&app_keys);
    say("ready");
    for line in std::io::stdin().lines() {
        let accounts: usize = line.unwrap().parse().unwrap();
        let calls: Vec<_> = (0..accounts * 3)
            .map(|number| {
                let query = [("member_id", "10")];
                let call = client.raw(Method::Get, RULES, query, None);
                let call = call.account((number % accounts).to_string());
                runtime.spawn(call.into_future())
            })
            .collect();
        for call in calls {
            if let Err(error) = runtime.block_on(call).unwrap() {
                say(&format!("failed {error}"));
            }
        }
        say("done");
    }
}

struct Fleet {
    members: Vec<Option<(Child, ChildStdin)>>,
    heard: Receiver<(usize, String)>,
}

impl Fleet {
    fn start(sandbox: &Sandbox, store: &str) -> Self {
        let (sender, heard) = channel();
        let members = (0..PROCESSES).map(|index| Some(start(index, sandbox, store, &sender)));
        let members = members.collect();
        let mut fleet = Self { members, heard };
        fleet.wait_for("ready", |_, _| {});
        fleet
    }

    /// All who live make their calls, and none fails.
    fn call(&mut self, accounts: usize) {
        self.call_and(accounts, |_, _| {});
    }

    fn call_and(&mut self, accounts: usize, fetching: impl FnMut(&mut Self, usize)) {
        for (_, input) in self.members.iter_mut().flatten() {
            writeln!(input, "{accounts}").unwrap();
        }
        self.wait_for("done", fetching);
    }

    /// Waits until all who live have said so.
    fn wait_for(&mut self, word: &str, mut fetching: impl FnMut(&mut Self, usize)) {
        let mut said = [false; PROCESSES];
        let waits = |fleet: &Self, said: &[bool]| {
            let mut members = fleet.members.iter().zip(said);
            members.any(|(member, said)| member.is_some() && !said)
        };
        while waits(self, &said) {
            let heard = self.heard.recv_timeout(Duration::from_secs(60));
            let (index, line) = heard.expect("the fleet hangs");
            match line.as_str() {
                "fetching" => fetching(self, index),
                line if line == word => said[index] = true,
                other => panic!("process {index}: {other}"),
            }
        }
    }

    fn kill(&mut self, index: usize) {
        if let Some((mut child, _)) = self.members[index].take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for index in 0..PROCESSES {
            self.kill(index);
        }
    }
}

fn start(
    index: usize,
    sandbox: &Sandbox,
    store: &str,
    heard: &Sender<(usize, String)>,
) -> (Child, ChildStdin) {
    let app_keys: Vec<_> = sandbox
        .account_sets()
        .into_iter()
        .map(|set| set.app_key)
        .collect();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "fleet::a_process_of_the_fleet", "--nocapture"])
        .env("JDY_FLEET_APP_KEYS", app_keys.join(","))
        .env("JDY_BASE_URL", sandbox.url())
        .env("JDY_CLIENT_ID", sandbox.client_id())
        .env("JDY_CLIENT_SECRET", sandbox.client_secret())
        .env("JDY_OUTER_INSTANCE_ID", sandbox.outer_instance_id())
        .env("JDY_TOKEN_STORE", store)
        .env_remove("JDY_APP_SECRET")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = child.stdin.take().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let heard = heard.clone();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if let Some((_, words)) = line.split_once("fleet: ") {
                let _ = heard.send((index, words.to_owned()));
            }
        }
    });
    (child, input)
}

/// How many token calls the sandbox gets while this happens.
fn token_calls(sandbox: &Sandbox, happens: impl FnOnce()) -> usize {
    let calls = || {
        sandbox
            .requests()
            .iter()
            .filter(|seen| seen.path == TOKEN)
            .count()
    };
    let before = calls();
    happens();
    calls() - before
}

fn four_account_sets() -> Sandbox {
    let more = ["b", "c", "d"].iter();
    let sandbox = more.fold(Sandbox::builder(), |sandbox, name| {
        sandbox.account_set(*name)
    });
    sandbox.start_blocking().unwrap()
}

/// The start, a rotation, and one whose leader dies: what every shared store must bring.
fn live_through_rotations(sandbox: &Sandbox, fleet: &mut Fleet) {
    let first = token_calls(sandbox, || fleet.call(4));
    assert_eq!(first, 4, "at the start");

    sandbox.rotate_secret();
    sandbox.expire_tokens();
    let rotated = token_calls(sandbox, || fleet.call(4));
    assert_eq!(rotated, 4, "after a rotation");

    // The leader dies in the middle of its token call, which is counted all the same.
    let slow = FaultKind::SlowBeforeCommit(Duration::from_secs(2));
    sandbox.inject(Fault::on(TOKEN, slow).times(1));
    sandbox.rotate_secret();
    sandbox.expire_tokens();
    let mut killed = 0;
    let after_a_kill = token_calls(sandbox, || {
        fleet.call_and(1, |fleet, leader| {
            if killed == 0 {
                fleet.kill(leader);
                killed += 1;
            }
        });
    });
    assert_eq!(killed, 1);
    assert!((1..=2).contains(&after_a_kill), "{after_a_kill}");
}

/// How a text could stand in a dump: plain, in hex, URL-encoded, or in Base64 of either alphabet
/// wherever in a longer text it began.
fn forms(text: &str) -> Vec<String> {
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let url: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let mut forms = vec![text.to_owned(), hex.to_uppercase(), hex, url];
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for before in 0..3 {
            let encoded = engine.encode([&vec![0; before][..], text.as_bytes()].concat());
            // The first and last letters also tell of what stands around it.
            let inner = encoded.get(before + 1..encoded.len() - 1);
            forms.extend(inner.filter(|inner| inner.len() > 3).map(str::to_owned));
        }
    }
    forms
}

#[test]
fn eight_processes_with_redis_fetch_one_token_for_each_rotation_and_account_set() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    let sandbox = four_account_sets();
    let mut fleet = Fleet::start(&sandbox, &redis.address());
    live_through_rotations(&sandbox, &mut fleet);
    let dump = redis.dump();
    let sets = sandbox.account_sets().into_iter();
    let secrets = sets.flat_map(|set| [set.app_key, set.app_secret]);
    // The sandbox's tokens all begin with the same head of a JWT.
    let head = r#"{"alg":"HS256","typ":"JWT"}"#;
    let shared = [
        sandbox.client_secret().to_owned(),
        URL_SAFE_NO_PAD.encode(head),
    ];
    for secret in secrets.chain(shared) {
        for form in forms(&secret) {
            let found = dump.windows(form.len()).any(|part| part == form.as_bytes());
            assert!(!found, "{secret} as {form}");
        }
    }

    // Who holds a token asks no store.
    redis.stop();
    let without = token_calls(&sandbox, || fleet.call(1));
    assert_eq!(without, 0, "without Redis");
    assert!(redis.run());
    let again = token_calls(&sandbox, || fleet.call(1));
    assert_eq!(again, 0, "with an empty Redis");
    // And a rotation costs as much as before.
    sandbox.rotate_secret();
    sandbox.expire_tokens();
    let rotated = token_calls(&sandbox, || fleet.call(4));
    assert_eq!(rotated, 4, "after Redis came back");
}

#[test]
fn eight_processes_with_a_file_fetch_one_token_for_each_rotation_and_account_set() {
    let folder = std::env::temp_dir().join(format!("jdy-fleet-file-{}", std::process::id()));
    let sandbox = four_account_sets();
    let store = format!("file:{}", folder.join("tokens").display());
    let mut fleet = Fleet::start(&sandbox, &store);
    live_through_rotations(&sandbox, &mut fleet);
    drop(fleet);
    std::fs::remove_dir_all(folder).unwrap();
}
