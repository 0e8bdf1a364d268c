//! Malformed bytes: no panic, a 400 if one can be sent, and the next client is served.

use std::time::Duration;

use jdy_sandbox::Sandbox;
use jdy_sandbox::request::{BodyLength, MAX_BODY, MAX_HEAD, parse};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::client::{Reply, exchange, read_reply, recharge, recharge_body, token};

/// A linear congruential generator: the same bytes in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }

    /// A valid request with some bytes changed, removed, doubled or replaced.
    fn spoil(&mut self, good: &[u8]) -> Vec<u8> {
        const TROUBLE: [&[u8]; 12] = [
            b"\r\n",
            b"\0",
            b"Content-Length: 99999999999999999999\r\n",
            b"Content-Length: -1\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"%zz",
            b"\xff\xfe",
            b"GET ",
            b"HTTP/9.9",
            b": :",
            b"\r\n\r\n",
            b"\n\n",
        ];
        let mut bytes = good.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len().max(1)).min(bytes.len());
            let length = self.below(20).min(bytes.len() - at);
            match self.below(5) {
                0 if at < bytes.len() => bytes[at] = self.byte(),
                1 => drop(bytes.drain(at..at + length)),
                2 => bytes.truncate(at),
                3 => {
                    let trouble = TROUBLE[self.below(TROUBLE.len())];
                    drop(bytes.splice(at..at, trouble.iter().copied()));
                }
                _ => {
                    let noise: Vec<u8> = (0..length).map(|_| self.byte()).collect();
                    drop(bytes.splice(at..at + length, noise));
                }
            }
        }
        bytes
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_malformed_requests_are_survived() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    let good = recharge(&token, &recharge_body("50", "1")).bytes();
    let address = sandbox.addr();
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..8 {
        let good = good.clone();
        workers.spawn(async move {
            let mut chance = Chance(worker);
            for _ in 0..1250 {
                let mut stream = TcpStream::connect(address).await.unwrap();
                let _ = stream.write_all(&chance.spoil(&good)).await;
                let _ = stream.shutdown().await;
                let mut sink = Vec::new();
                let read = stream.read_to_end(&mut sink);
                tokio::time::timeout(Duration::from_secs(10), read)
                    .await
                    .expect("the sandbox hangs")
                    .ok();
            }
        });
    }
    while let Some(done) = workers.join_next().await {
        done.unwrap();
    }
    let reply = recharge(&token, &recharge_body("50", "after"))
        .send(&sandbox)
        .await;
    assert_eq!(reply.code(), 0, "{}", reply.says());
}

#[test]
fn the_parser_never_panics_and_never_takes_more_than_there_is() {
    let mut chance = Chance(7);
    let good = b"POST /a?b=%20 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: v\r\n\r\n";
    for round in 0..60_000 {
        let bytes: Vec<u8> = match round % 3 {
            0 => (0..chance.below(64)).map(|_| chance.byte()).collect(),
            _ => chance.spoil(good),
        };
        if let Ok(Some((_, used))) = parse(&bytes) {
            assert!(used <= bytes.len());
        }
    }
}

#[test]
fn a_request_is_the_same_however_many_pieces_it_comes_in() {
    let good = b"POST /a?b=1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nGET";
    let whole = good.len() - 3;
    for cut in 0..whole {
        assert_eq!(parse(&good[..cut]), Ok(None), "{cut}");
    }
    let (request, used) = parse(good).unwrap().unwrap();
    assert_eq!(
        (request.body.as_slice(), used),
        (b"abcde".as_slice(), whole)
    );
    assert_eq!(request.head.length, BodyLength::Chunked);
    assert_eq!((request.head.path(), request.head.query()), ("/a", "b=1"));
}

#[test]
fn what_can_never_become_a_request_is_refused_with_its_status() {
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(MAX_HEAD));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(101));
    let large = format!(
        "POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n",
        MAX_BODY + 1
    );
    let chunk = format!(
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n",
        MAX_BODY + 1
    );
    let line = format!(
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;{}",
        "a".repeat(5000)
    );
    let cases = [
        ("\0\0\0\0", 400),
        ("GET http://a/ HTTP/1.1\r\n\r\n", 400),
        ("GET /%2 HTTP/1.1\r\n\r\n", 400),
        ("GET /?a=%zz HTTP/1.1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nContent-Length: \r\n\r\n", 400),
        (
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            501,
        ),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
            400,
        ),
        (long.as_str(), 431),
        (many.as_str(), 431),
        (large.as_str(), 413),
        (chunk.as_str(), 413),
        (line.as_str(), 400),
    ];
    for (text, status) in cases {
        let refused = parse(text.as_bytes()).unwrap_err();
        assert_eq!(
            refused.status,
            status,
            "{refused}: {}",
            text.chars().take(80).collect::<String>()
        );
        assert!(!refused.reason.is_empty());
    }
}

#[tokio::test]
async fn a_malformed_request_is_answered_and_its_connection_closed() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut stream = TcpStream::connect(sandbox.addr()).await.unwrap();
    let Reply { status, head, .. } =
        exchange(&mut stream, b"what is this\r\n\r\nand more\r\n").await;
    assert_eq!(status, Some(400));
    assert!(head.contains("Connection: close"));
    assert_eq!(read_reply(&mut stream).await.status, None);
}

/// The reply to a client that sends this and then neither more nor an end.
async fn after_saying(sandbox: &Sandbox, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(sandbox.addr()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    said
}

// Time is paused: it jumps to the next timeout when nothing else is left to do.
#[tokio::test(start_paused = true)]
async fn a_client_that_dribbles_or_says_nothing_is_not_waited_for_for_ever() {
    let sandbox = Sandbox::start().await.unwrap();
    for begun in [
        "GET / HT",
        "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ] {
        let said = after_saying(&sandbox, begun.as_bytes()).await;
        assert!(said.starts_with("HTTP/1.1 408 "), "{begun}: {said}");
    }
    assert_eq!(after_saying(&sandbox, b"").await, "");
    // A kept connection that stays idle ends as well.
    let kept = after_saying(&sandbox, b"GET / HTTP/1.1\r\n\r\n").await;
    assert_eq!(kept.matches("HTTP/1.1 ").count(), 1, "{kept}");
}

#[tokio::test]
async fn a_head_without_end_is_refused_at_its_limit() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut stream = TcpStream::connect(sandbox.addr()).await.unwrap();
    let mut head = b"GET / HTTP/1.1\r\nX: ".to_vec();
    head.resize(MAX_HEAD + 1, b'x');
    let reply = exchange(&mut stream, &head).await;
    assert_eq!(reply.status, Some(431));
}
