//! The table of outcomes against real sockets, row by row: over each transport, over http and
//! https, for a read and for a write, and what reached the server meanwhile.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use jdy_runtime::runtime::BoxFuture;
use jdy_runtime::token::StoreError;
use jdy_runtime::{
    Client, Effect, ErrorKind as Kind, GatewayCode, LeaseStore, Limits, Method, Outcome,
    RetryPolicy, Secret, SharedLimiter, Timeouts, Token, TokenStore,
};

use tokio::net::TcpStream;

use crate::certificates::{CERTIFICATES, Shown};
use crate::peer::{Conduct, DONE, End, Opening, Peer, Scheme, Step, Until};
use crate::ports::reserved_port;
use crate::script::{RECHARGE, Request_, SEARCH, credentials, credentials_of, recharge, search};
use crate::transports::{AnyTransport, Library};

use Outcome::{Applied, NotSent, Rejected, Unknown};

/// Always has a token, so that a row is about one business call and nothing else.
#[derive(Clone, Default)]
pub struct Held(Arc<AtomicU64>);

impl TokenStore for Held {
    fn get<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Token>, StoreError>> {
        let value = format!("token-{}", self.0.load(Ordering::SeqCst));
        let token = Token::new(Secret::new(value), None, SystemTime::now());
        Box::pin(std::future::ready(Ok(Some(token))))
    }

    fn put<'a>(&'a self, _: &'a str, _: &'a Token) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn compare_and_delete<'a>(
        &'a self,
        _: &'a str,
        _: &'a Secret,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(std::future::ready(Ok(())))
    }
}

impl LeaseStore for Held {}

impl SharedLimiter for Held {}

/// One of each library for all rows: reading the system's certificates takes its time.
fn transport(library: Library) -> AnyTransport {
    static USUAL: LazyLock<Vec<AnyTransport>> = LazyLock::new(|| {
        let all = Library::ALL.iter();
        all.map(|&library| transport_with(library, LONG)).collect()
    });
    let at = Library::ALL.iter().position(|&known| known == library);
    USUAL[at.unwrap()].clone()
}

fn transport_with(library: Library, connect: Duration) -> AnyTransport {
    library.transport(Some(&CERTIFICATES.ca_pem), Some(connect))
}

/// What comes of a call; `None` is success.
type Verdict = Option<(Outcome, Kind)>;

const SENT_NOTHING: &[Verdict] = &[Some((NotSent, Kind::Connect))];
const LOST: &[Verdict] = &[Some((Unknown, Kind::ConnectionLost))];
const LATE: &[Verdict] = &[Some((Unknown, Kind::Timeout))];
const FINE: &[Verdict] = &[None];
const DONE_BUT: &[Verdict] = &[Some((Applied, Kind::InvalidBody))];
const NO_ERRCODE: &[Verdict] = &[Some((Unknown, Kind::MissingErrcode))];
/// A connection that ends just as a request is about to be sent on it: the transport may have
/// begun to send, or notice in time, and then take another connection or give up.
const ANY_BUT_DONE_TWICE: &[Verdict] = &[
    None,
    Some((NotSent, Kind::Connect)),
    Some((NotSent, Kind::ConnectionLost)),
    Some((Unknown, Kind::ConnectionLost)),
];

struct Row {
    name: String,
    schemes: &'static [Scheme],
    effects: &'static [Effect],
    conduct: Conduct,
    write: &'static [Verdict],
    read: &'static [Verdict],
    /// Calls that succeed on the connection before the one that the row is about.
    before: u32,
    /// The write's body is larger than what sockets swallow at once.
    body: usize,
    connect: Duration,
    attempt: Duration,
}

const LONG: Duration = Duration::from_secs(60);

fn row(name: &str, conduct: Conduct, verdicts: &'static [Verdict]) -> Row {
    Row {
        name: name.to_owned(),
        schemes: &Scheme::BOTH,
        effects: &[Effect::Read, Effect::Write],
        conduct,
        write: verdicts,
        read: verdicts,
        before: 0,
        body: 0,
        connect: LONG,
        attempt: LONG,
    }
}

/// A row that plain http cannot have.
fn tls(name: &str, opening: Opening, verdicts: &'static [Verdict]) -> Row {
    Row {
        schemes: &[Scheme::Https],
        ..row(name, Conduct::opening(opening), verdicts)
    }
}

/// A row about the second call on a connection. Only a read is one: a write has a connection of
/// its own.
fn pooled(name: &str, first: End, then: Step, verdicts: &'static [Verdict]) -> Row {
    let good = Step::new(Until::Whole, DONE, first);
    Row {
        before: 1,
        effects: &[Effect::Read],
        ..row(name, Conduct::new([good, then]), verdicts)
    }
}

fn answer(head: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes =
        format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// The server reads all, writes this, and then this becomes of the connection.
fn after_all(write: impl Into<Vec<u8>>, end: End) -> Conduct {
    Conduct::new([Step::new(Until::Whole, write, end)])
}

fn answered(name: &str, head: &str, body: impl AsRef<[u8]>, verdicts: &'static [Verdict]) -> Row {
    let name = format!("{head}, {name}");
    row(&name, after_all(answer(head, body), End::Keep), verdicts)
}

impl Row {
    fn client(&self, library: Library, url: &str, id: &str, retry: RetryPolicy) -> Client {
        let transport = if self.connect == LONG {
            transport(library)
        } else {
            transport_with(library, self.connect)
        };
        Client::builder()
            .base_url(url)
            .credentials(credentials_of(id))
            .token_store(Held::default())
            .transport(transport)
            .limits(Limits::none())
            .retry(retry)
            .timeouts(Timeouts {
                attempt: self.attempt,
                call: Duration::from_secs(300),
                ..Timeouts::default()
            })
            .max_body(MAX_BODY)
            .build()
            .unwrap()
    }

    async fn check(&self, library: Library, scheme: Scheme, effect: Effect) {
        for retry in [RetryPolicy::never(), PATIENT] {
            let peer = self.peer(scheme).await;
            let id = CLIENTS.fetch_add(1, Ordering::Relaxed).to_string();
            let client = self.client(library, &peer.url, &id, retry);
            for _ in 0..self.before {
                let none: [(&str, &str); 0] = [];
                let before = client.raw(Method::Get, "/before", none, None);
                if let Err(error) = before.await {
                    panic!("{error}, {:?}", peer.pieces());
                }
            }
            let result = if effect.is_read() {
                client.call(&SEARCH, search()).await
            } else {
                client.call(&RECHARGE, self.request()).await
            };
            let error = result.err();
            let verdict = error.as_ref().map(|error| (error.outcome(), *error.kind()));
            let shown = format!(
                "{} by {library:?} over {scheme:?}, {effect:?}: {verdict:?} {error:?}, {:?}",
                self.name,
                peer.pieces(),
            );
            let allowed = if effect.is_read() {
                self.read
            } else {
                self.write
            };
            assert!(allowed.contains(&verdict), "{shown}");
            let reached = peer.reached_by(&id);
            let (heads, wholes) = (reached.heads - self.before, reached.wholes - self.before);
            // Refused by an answer, it came there; without one, nothing may have.
            let status = error.as_ref().and_then(jdy_runtime::Error::status);
            if verdict.is_some_and(|(outcome, _)| outcome == NotSent) && status.is_none() {
                assert_eq!((heads, wholes), (0, 0), "{shown}");
            } else if !effect.is_read() && verdict.is_none_or(|(outcome, _)| outcome != NotSent) {
                assert!(wholes <= 1, "sent {wholes} times: {shown}");
            }
            if verdict.is_some_and(|(outcome, _)| matches!(outcome, Applied | Rejected)) {
                assert!(wholes > 0, "{shown}");
            }
        }
    }

    /// Where a call has gone before on a kept connection, a further one must not have it again.
    async fn peer(&self, scheme: Scheme) -> Peer {
        let first = self.conduct.clone();
        let mut later = first.clone();
        if first.steps.len() > 1 && first.steps[0].end == End::Keep {
            later.steps.remove(0);
        }
        let conduct = move |number| {
            if number == 0 {
                first.clone()
            } else {
                later.clone()
            }
        };
        Peer::start(scheme, conduct).await
    }

    fn request(&self) -> Request_ {
        Request_ {
            remark: Some("x".repeat(self.body)),
            ..recharge()
        }
    }
}

/// Repeats what may be repeated, without long pauses.
pub const PATIENT: RetryPolicy = RetryPolicy {
    max_attempts: 3,
    initial_backoff: Duration::from_millis(1),
    max_backoff: Duration::from_millis(1),
};

const MAX_BODY: usize = 4096;

/// How many clients there were: each has an id of its own, by which the server knows its requests.
static CLIENTS: AtomicU32 = AtomicU32::new(1);

/// All at once: some of them wait.
async fn check(rows: Vec<Row>) {
    let mut checks = tokio::task::JoinSet::new();
    for row in rows.into_iter().map(Arc::new) {
        for &library in Library::ALL {
            for &scheme in row.schemes {
                for &effect in row.effects {
                    let row = row.clone();
                    checks.spawn(async move { row.check(library, scheme, effect).await });
                }
            }
        }
    }
    while let Some(checked) = checks.join_next().await {
        checked.unwrap();
    }
}

#[tokio::test]
async fn a_connection_that_does_not_come_about_has_sent_nothing() {
    let handshake = |bytes, end| Opening::Handshake(bytes, end);
    let shown = Opening::Whole;
    check(vec![
        tls("unknown authority", shown(Shown::Stranger), SENT_NOTHING),
        tls("expired certificate", shown(Shown::Expired), SENT_NOTHING),
        tls("not yet good", shown(Shown::NotYetGood), SENT_NOTHING),
        tls("wrong name", shown(Shown::WrongName), SENT_NOTHING),
        tls("plain http there", Opening::Plain, SENT_NOTHING),
        tls(
            "closed before the handshake",
            handshake(0, End::Close),
            SENT_NOTHING,
        ),
        tls(
            "closed in the handshake",
            handshake(50, End::Close),
            SENT_NOTHING,
        ),
        tls(
            "reset in the handshake",
            handshake(50, End::Reset),
            SENT_NOTHING,
        ),
        tls("TLS 1.2", shown(Shown::Old), FINE),
        Row {
            connect: Duration::from_millis(200),
            ..tls("handshake too slow", Opening::Silent, SENT_NOTHING)
        },
        Row {
            // A request without a body tells nothing of its way: it may have left at once.
            read: LATE,
            attempt: Duration::from_millis(200),
            ..tls(
                "time is up before there is a connection",
                Opening::Silent,
                &[Some((NotSent, Kind::Timeout))],
            )
        },
        tls("reset before a byte was sent", Opening::Reset, SENT_NOTHING),
        // Here the connection comes about first, and the request may be on its way.
        Row {
            schemes: &[Scheme::Http],
            ..row(
                "reset before a byte was sent",
                Conduct::opening(Opening::Reset),
                ANY_BUT_DONE_TWICE,
            )
        },
    ])
    .await;
}

/// The verdict of a call to an address where nobody can be reached.
async fn unreachable(url: &str, connect: Duration) {
    for &library in Library::ALL {
        unreachable_by(library, url, connect).await;
    }
}

async fn unreachable_by(library: Library, url: &str, connect: Duration) {
    let transport = transport_with(library, connect);
    let client = Client::builder()
        .base_url(url)
        .credentials(credentials())
        .token_store(Held::default())
        .transport(transport)
        .retry(RetryPolicy::never());
    let client = client.build().unwrap();
    let write = client.call(&RECHARGE, recharge()).await.err();
    let read = client.call(&SEARCH, search()).await.err();
    for error in [write, read].map(Option::unwrap) {
        let verdict = (error.outcome(), *error.kind());
        assert_eq!(
            verdict,
            (NotSent, Kind::Connect),
            "{library:?}, {url}: {error}"
        );
    }
}

#[tokio::test]
async fn a_name_that_is_not_resolved_and_a_refused_connection_have_sent_nothing() {
    // Plain http is for loopback only, whose name every machine knows.
    unreachable("https://gateway.invalid", LONG).await;
    for scheme in Scheme::BOTH {
        let closed = reserved_port();
        let address = closed.local_addr().unwrap();
        unreachable(&format!("{}://{address}", scheme.as_str()), LONG).await;
    }
}

// Elsewhere a full queue is refused, which is the row above.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_connect_that_takes_too_long_has_sent_nothing() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    // Nobody accepts, so that a few fill the queue and the next one waits.
    let mut waiting = Vec::new();
    let short = Duration::from_millis(300);
    while let Ok(stream) = tokio::time::timeout(short, TcpStream::connect(address)).await {
        waiting.push(stream.unwrap());
        assert!(waiting.len() < 100, "the queue has no end");
    }
    for scheme in Scheme::BOTH {
        let url = format!("{}://{address}", scheme.as_str());
        unreachable(&url, short).await;
    }
}

#[tokio::test]
async fn a_connection_that_ends_with_the_request_on_it_is_unknown() {
    let ends = |until, end| Conduct::new([Step::new(until, "", end)]);
    let again = |end| {
        pooled(
            "answered",
            end,
            Step::new(Until::Whole, DONE, End::Keep),
            ANY_BUT_DONE_TWICE,
        )
    };
    let mut rows = vec![
        row(
            "closed after some of the head",
            ends(Until::Byte(9), End::Close),
            LOST,
        ),
        row(
            "reset after some of the head",
            ends(Until::Byte(9), End::Reset),
            LOST,
        ),
        row("closed after all", ends(Until::Whole, End::Close), LOST),
        row("reset after all", ends(Until::Whole, End::Reset), LOST),
        Row {
            name: "kept connection closed before the request".into(),
            ..again(End::Close)
        },
        Row {
            name: "kept connection reset before the request".into(),
            ..again(End::Reset)
        },
        pooled(
            "kept connection closed after the answer",
            End::Keep,
            Step::new(Until::Whole, DONE, End::Close),
            FINE,
        ),
    ];
    for end in [End::Close, End::Reset] {
        for until in [Until::Byte(1), Until::Head, Until::Whole] {
            let name = format!("kept connection, {end:?} after {until:?}");
            rows.push(pooled(&name, End::Keep, Step::new(until, "", end), LOST));
        }
        let name = format!("{end:?} while sending");
        rows.push(Row {
            body: 8 << 20,
            // A read has no body.
            effects: &[Effect::Write],
            ..row(&name, ends(Until::SomeBody, end), LOST)
        });
    }
    check(rows).await;
}

#[tokio::test]
async fn a_time_out_and_a_cut_answer_are_known_as_far_as_errcode_was_read() {
    let begun = |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{body}");
    let unmeasured = |body: &str| format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{body}");
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n18\r\n{\"errcode\":0,\"data\":{\"b\r\n";
    let mut rows = Vec::new();
    for (what, bytes, late, cut) in [
        ("before the head", String::new(), LATE, LOST),
        (
            "in the head",
            "HTTP/1.1 200 OK\r\nContent-Le".into(),
            LATE,
            LOST,
        ),
        ("before errcode", begun("{\"err"), NO_ERRCODE, NO_ERRCODE),
        // More digits may have been to come.
        (
            "in errcode",
            begun("{\"errcode\":0"),
            NO_ERRCODE,
            NO_ERRCODE,
        ),
        (
            "after errcode",
            begun("{\"errcode\":0,\"data\":{\"b"),
            DONE_BUT,
            DONE_BUT,
        ),
        (
            "without a length",
            unmeasured("{\"errcode\":0,\"data\":{\"b"),
            DONE_BUT,
            DONE_BUT,
        ),
        ("in a chunk", chunked.into(), DONE_BUT, DONE_BUT),
        (
            "no answer of HTTP",
            "what is this\r\n\r\n".into(),
            LOST,
            LOST,
        ),
    ] {
        let name = format!("time is up, {what}");
        rows.push(Row {
            // The connection is there before, so that this is time enough for the rest.
            attempt: Duration::from_secs(2),
            ..pooled(
                &name,
                End::Keep,
                Step::new(Until::Whole, bytes.clone(), End::Hang),
                late,
            )
        });
        rows.push(row(
            &format!("cut, {what}"),
            after_all(bytes, End::Close),
            cut,
        ));
    }
    check(rows).await;
}

#[tokio::test]
async fn every_answer_has_its_outcome_whatever_carries_it() {
    const REFUSED: &[Verdict] = &[Some((Rejected, Kind::Business))];
    const STATUS: &[Verdict] = &[Some((Unknown, Kind::UnexpectedStatus))];
    const OK: &str = "200 OK";
    check(vec![
        answered("", "504 Gateway Time-out", "<html>504</html>", STATUS),
        answered("empty", "502 Bad Gateway", "", STATUS),
        answered(
            "",
            "404 Not Found",
            "No Route",
            &[Some((Rejected, Kind::NoRoute))],
        ),
        answered("a page", "404 Not Found", "<html>", STATUS),
        answered(
            "",
            "401 Unauthorized",
            "",
            &[Some((NotSent, Kind::Unauthorized))],
        ),
        answered(
            "",
            "429 Too Many Requests",
            "",
            &[Some((NotSent, Kind::RateLimited))],
        ),
        answered(
            "",
            "307 Temporary Redirect\r\nLocation: /elsewhere",
            "",
            STATUS,
        ),
        answered("empty", OK, "", NO_ERRCODE),
        answered(
            "errcode missing",
            OK,
            r#"{"data":{"bill_no":"B1"}}"#,
            NO_ERRCODE,
        ),
        answered("errcode a word", OK, r#"{"errcode":"success"}"#, NO_ERRCODE),
        answered(
            "errcode 0 as text",
            OK,
            r#"{"errcode":"0","data":{}}"#,
            FINE,
        ),
        answered("errcode as text", OK, r#"{"errcode":"2008"}"#, REFUSED),
        answered(
            "errcode huge",
            OK,
            r#"{"errcode":99999999999999999999}"#,
            REFUSED,
        ),
        answered("errcode unknown", OK, r#"{"errcode":7654321}"#, REFUSED),
        answered(
            "system error",
            OK,
            r#"{"errcode":2000002000}"#,
            &[Some((Unknown, Kind::SystemError))],
        ),
        answered("not JSON", OK, "<html>ok</html>", NO_ERRCODE),
        answered("not UTF-8 at all", OK, b"\xff\xfe\x00", NO_ERRCODE),
        answered(
            "not UTF-8 in a text",
            OK,
            b"{\"errcode\":0,\"description\":\"\xb3\xc9\",\"data\":{}}",
            DONE_BUT,
        ),
        answered(
            "not UTF-8 before errcode",
            OK,
            b"{\"description\":\"\xb3\xc9\",\"errcode\":0,\"data\":{}}",
            NO_ERRCODE,
        ),
        answered(
            "data of a wrong kind",
            OK,
            r#"{"errcode":0,"data":"a word"}"#,
            DONE_BUT,
        ),
        answered("data a list", OK, r#"{"errcode":0,"data":[1]}"#, DONE_BUT),
        answered("too large", OK, large(MAX_BODY + 1), DONE_BUT),
        answered("as large as may be", OK, large(MAX_BODY), FINE),
        answered(
            "too large before errcode",
            OK,
            [b' '; MAX_BODY + 1],
            NO_ERRCODE,
        ),
    ])
    .await;
}

/// A good answer of so many bytes.
fn large(bytes: usize) -> String {
    let (start, end) = (r#"{"errcode":0,"data":{"bill_no":""#, r#""}}"#);
    let padding = "x".repeat(bytes - start.len() - end.len());
    format!("{start}{padding}{end}")
}

#[tokio::test]
async fn every_code_of_the_gateway_has_its_outcome_whatever_carries_it() {
    let rows = GatewayCode::ALL.iter().map(|&code| {
        let outcome = match code.code() {
            4001..=4011 | 5006 | 5007 => NotSent,
            4012 | 5001 | 5002 => Rejected,
            _ => Unknown,
        };
        let verdicts: &'static [Verdict] =
            Box::leak(Box::new([Some((outcome, Kind::Gateway(code)))]));
        let body = format!(r#"{{"errcode":{}}}"#, code.code());
        answered(code.name(), "519 ", body, verdicts)
    });
    check(rows.collect()).await;
}

#[tokio::test]
async fn unless_told_otherwise_an_answer_may_be_of_8_mebibytes() {
    for &library in Library::ALL {
        for (bytes, verdict) in [(8 << 20, None), ((8 << 20) + 1, Some(Applied))] {
            let conduct = after_all(answer("200 OK", large(bytes)), End::Keep);
            let peer = Peer::with(Scheme::Https, conduct).await;
            let client = Client::builder()
                .base_url(&peer.url)
                .credentials(credentials())
                .token_store(Held::default())
                .transport(transport(library))
                .build()
                .unwrap();
            let error = client.call(&RECHARGE, recharge()).await.err();
            let outcome = error.as_ref().map(jdy_runtime::Error::outcome);
            assert_eq!(outcome, verdict, "{library:?}");
            let kept = error.and_then(|error| error.body().map(<[u8]>::len));
            assert_eq!(kept, verdict.map(|_| 8 << 20), "{library:?}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_not_the_next_calls() {
    let twice = [DONE, DONE].concat();
    let first = Step::new(Until::Whole, twice, End::Keep);
    let then = Step::new(Until::Whole, "", End::Close);
    let row = || Row {
        before: 1,
        ..row("unasked", Conduct::new([first.clone(), then.clone()]), LOST)
    };
    check((0..20).map(|_| row()).collect()).await;
}
