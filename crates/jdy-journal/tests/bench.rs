//! Shared by all tests: a sandbox, its client, a list, a file, and the comparison of the ledger
//! with the journal.

use std::collections::HashMap;
use std::future::pending;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jdy::operations::ls::MALL_RECHARGE;
use jdy::{Client, Credentials, Limits};
use jdy_journal::{
    Entry, Format, Journal, List, Options, Progress, SqliteStore, State, Summary, run,
};
use jdy_sandbox::{Fault, Sandbox};
use sha2::{Digest as _, Sha256};

pub(crate) const RECHARGE: &str = "/jdy/v2/ls/mall_recharge";

/// A sandbox with these faults on recharges.
pub(crate) fn sandbox(faults: &[&str]) -> Sandbox {
    let faults = faults.iter().map(|fault| {
        let (kind, chance) = fault.split_once('%').unwrap_or((fault, "100"));
        format!("{kind}@{RECHARGE}%{chance}")
            .parse::<Fault>()
            .unwrap()
    });
    faults
        .fold(Sandbox::builder(), |builder, fault| builder.fault(fault))
        .start_blocking()
        .unwrap()
}

pub(crate) fn client_of(url: &str, sandbox: &Sandbox) -> Client {
    built(url, sandbox, Limits::none())
}

pub(crate) fn limited(sandbox: &Sandbox, limits: Limits) -> Client {
    built(sandbox.url(), sandbox, limits)
}

pub(crate) fn built(url: &str, sandbox: &Sandbox, limits: Limits) -> Client {
    Client::builder()
        .base_url(url)
        .credentials(Credentials::app(
            sandbox.client_id(),
            sandbox.client_secret(),
            sandbox.app_key(),
            sandbox.app_secret(),
            sandbox.router_addr(),
        ))
        .limits(limits)
        .build()
        .unwrap()
}

pub(crate) fn client(sandbox: &Sandbox) -> Client {
    client_of(sandbox.url(), sandbox)
}

/// A gateway that returns a token and answers every other call with this.
pub(crate) struct Fake {
    pub(crate) url: String,
    calls: Arc<AtomicU32>,
}

impl Fake {
    pub(crate) fn answering(status: u16, body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let calls = Arc::new(AtomicU32::new(0));
        let (counted, body) = (calls.clone(), body.to_owned());
        // It ends with the process of the tests.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (counted, body) = (counted.clone(), body.clone());
                std::thread::spawn(move || answer(stream, status, &body, &counted));
            }
        });
        Self { url, calls }
    }

    /// The number of calls other than token calls.
    pub(crate) fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }
}

fn answer(stream: TcpStream, status: u16, body: &str, calls: &AtomicU32) {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    let mut line = String::new();
    while reader.read_line(&mut line).unwrap_or(0) > 2 {
        let lower = line.to_ascii_lowercase();
        if let Some(text) = lower.strip_prefix("content-length:") {
            length = text.trim().parse().unwrap();
        }
        head.push_str(&line);
        line.clear();
    }
    std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink()).unwrap();
    let (status, body) = if head.contains("kingdee_auth_token") {
        // A new token each time, as a rejected one is useless.
        static TOKENS: AtomicU32 = AtomicU32::new(0);
        let number = TOKENS.fetch_add(1, Ordering::Relaxed);
        let token = format!(
            r#"{{"errcode":0,"data":{{"uid":1,"app-token":"t-0123456789-{number}","expires":4102444800000}}}}"#
        );
        (200, token)
    } else {
        calls.fetch_add(1, Ordering::Relaxed);
        (status, body.to_owned())
    };
    let head = "content-type: application/json\r\nconnection: close";
    let length = body.len();
    let text = format!("HTTP/1.1 {status} x\r\n{head}\r\ncontent-length: {length}\r\n\r\n{body}");
    drop(reader.get_mut().write_all(text.as_bytes()));
}

/// This many recharges of 1.00 with the keys R-1, R-2 and so on.
pub(crate) fn csv(count: usize) -> String {
    let rows = (1..=count).map(|number| format!("10,1.00,R-{number}\n"));
    format!(
        "member_id,bal_amount,src_bill_id\n{}",
        rows.collect::<String>()
    )
}

pub(crate) fn list(text: &str) -> List {
    List::read(&MALL_RECHARGE, Format::Csv, text.as_bytes()).unwrap()
}

/// A path without a file.
pub(crate) fn fresh(name: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = folder.join(format!("{name}-{}-{number}", std::process::id()));
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    folder.join("journal")
}

pub(crate) fn options(concurrency: usize) -> Options {
    Options {
        concurrency: NonZeroUsize::new(concurrency).unwrap(),
        ..Options::default()
    }
}

/// One run over the list with the journal in this file.
pub(crate) async fn go(
    sandbox: &Sandbox,
    path: &std::path::Path,
    list: &List,
    options: &Options,
) -> Summary {
    let store = SqliteStore::open(path).unwrap();
    let journal = Journal::of_list(store, list, "sandbox").await.unwrap();
    // A statement is made as soon as a test has seen how a call ended.
    let journal = journal.absent_after(Duration::ZERO);
    run(
        &client(sandbox),
        &journal,
        list,
        options,
        &Progress::default(),
        pending(),
    )
    .await
    .unwrap()
}

pub(crate) fn count(entries: &[Entry], state: State) -> usize {
    entries.iter().filter(|entry| entry.state == state).count()
}

/// Compares the sandbox's ledger with the journal: nothing was done twice, no line has a wrong
/// state, no line is lost.
pub(crate) fn hold(sandbox: &Sandbox, list: &List, entries: &[Entry]) {
    let mut applied: HashMap<String, u32> = HashMap::new();
    for bill in sandbox.bills() {
        *applied.entry(bill.src_bill_id).or_default() += 1;
    }
    let twice: Vec<_> = applied.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "applied twice: {twice:?}");
    for entry in entries {
        let was_applied = applied.contains_key(entry.key.as_deref().unwrap());
        match entry.state {
            State::Done | State::Applied => assert!(was_applied, "absent: {entry:?}"),
            State::Planned | State::NotSent | State::Rejected => {
                assert!(!was_applied, "applied: {entry:?}");
            }
            State::Unknown => {}
            State::Intent => panic!("left behind: {entry:?}"),
        }
    }
    let lines: Vec<u64> = list.lines().iter().map(|line| line.number).collect();
    let kept: Vec<u64> = entries.iter().map(|entry| entry.line).collect();
    assert_eq!(lines, kept, "lost lines");
}

/// The hash of a request that is this body alone, as earlier journals keep it.
pub(crate) fn hash_as_written(body: &str) -> jdy_journal::RequestHash {
    let mut hash = Sha256::new();
    hash.update(body.len().to_le_bytes());
    hash.update(body);
    hash.finalize().into()
}

/// The hash of a single call of this operation, as journals keep it that know operations.
pub(crate) fn hash_of_call(
    operation: &str,
    sent: jdy_journal::RequestHash,
) -> jdy_journal::RequestHash {
    let mut hash = Sha256::new();
    hash.update(operation.len().to_le_bytes());
    hash.update(operation);
    hash.update(sent);
    hash.finalize().into()
}
