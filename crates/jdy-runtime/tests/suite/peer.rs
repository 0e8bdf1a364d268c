//! The other side of a socket, over http and https, which does what the test says byte by byte
//! and remembers what reached it.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::certificates::{CERTIFICATES, Shown};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub const BOTH: [Self; 2] = [Self::Http, Self::Https];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// How a connection comes about, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// As the scheme has it.
    Whole(Shown),
    /// Reset as soon as it is there.
    Reset,
    /// Nothing is ever said.
    Silent,
    /// Plain http where a handshake is expected.
    Plain,
    /// So many bytes of the client's handshake are read, then the connection ends.
    Handshake(usize, End),
}

/// How much of a request is read before the server acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    Byte(usize),
    Head,
    /// Head and a piece of the body.
    SomeBody,
    Whole,
}

/// What becomes of the connection then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Keep,
    Close,
    Reset,
    /// Open, and silent until the client goes.
    Hang,
}

/// One exchange.
#[derive(Clone, Debug)]
pub struct Step {
    pub until: Until,
    pub write: Vec<u8>,
    pub end: End,
}

impl Step {
    pub fn new(until: Until, write: impl Into<Vec<u8>>, end: End) -> Self {
        Self {
            until,
            write: write.into(),
            end,
        }
    }
}

/// What a server does on a connection: each exchange in turn, the last one again and again.
#[derive(Clone, Debug)]
pub struct Conduct {
    pub opening: Opening,
    pub steps: Vec<Step>,
}

impl Conduct {
    pub fn new(steps: impl Into<Vec<Step>>) -> Self {
        Self {
            opening: Opening::Whole(Shown::Good),
            steps: steps.into(),
        }
    }

    pub fn opening(opening: Opening) -> Self {
        Self {
            opening,
            ..Self::new([Step::new(Until::Whole, DONE, End::Keep)])
        }
    }
}

/// An answer to be proud of.
pub const DONE: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Length: 41\r\n\r\n{\"errcode\":0,\"data\":{\"bill_no\":\"B1\"}}    ";

/// What reached the server of one request, by its key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// So many times the head was whole.
    pub heads: u32,
    /// So many times the request was whole, so that a server could act on it.
    pub wholes: u32,
}

/// What one connection adds to.
#[derive(Clone, Default)]
struct Memory {
    connection: u64,
    seen: Arc<Mutex<Seen>>,
}

/// What a server saw.
#[derive(Default)]
struct Seen {
    reached: HashMap<Whose, Reached>,
    pieces: Vec<String>,
}

/// What requests are counted by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Whose {
    /// The call's key, empty without one.
    Key(String),
    /// The client's id.
    Client(String),
}

pub struct Peer {
    pub url: String,
    memory: Memory,
    accepting: JoinHandle<()>,
}

impl Peer {
    /// A server whose connections each ask `conduct`, with their number, what to do.
    pub async fn start(
        scheme: Scheme,
        conduct: impl Fn(u64) -> Conduct + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{}://{}", scheme.as_str(), listener.local_addr().unwrap());
        let memory = Memory::default();
        let mut own = memory.clone();
        let accepting = tokio::spawn(async move {
            let mut certificates = HashMap::new();
            while let Ok((stream, _)) = listener.accept().await {
                let conduct = conduct(own.connection);
                let acceptor = match (scheme, conduct.opening) {
                    (Scheme::Https, Opening::Whole(shown)) => Some(
                        certificates
                            .entry(shown as u8)
                            .or_insert_with(|| CERTIFICATES.acceptor(shown))
                            .clone(),
                    ),
                    _ => None,
                };
                tokio::spawn(connection(stream, acceptor, conduct, own.clone()));
                own.connection += 1;
            }
        });
        Self {
            url,
            memory,
            accepting,
        }
    }

    pub async fn with(scheme: Scheme, conduct: Conduct) -> Self {
        Self::start(scheme, move |_| conduct.clone()).await
    }

    pub fn reached(&self, key: &str) -> Reached {
        self.counted(&Whose::Key(key.to_owned()))
    }

    /// What reached it of one client. A client of another test may still look for a server that is
    /// gone, whose port this one has now.
    pub fn reached_by(&self, client_id: &str) -> Reached {
        self.counted(&Whose::Client(client_id.to_owned()))
    }

    fn counted(&self, whose: &Whose) -> Reached {
        let seen = self.memory.seen.lock().unwrap();
        seen.reached.get(whose).copied().unwrap_or_default()
    }

    /// The beginning of each piece that came, with the number of its connection: what a failed test
    /// shows, in case that a stranger was here.
    pub fn pieces(&self) -> Vec<String> {
        self.memory.seen.lock().unwrap().pieces.clone()
    }

    /// Waits until no connection is left; the clients must be gone.
    pub async fn drained(&self) {
        self.accepting.abort();
        // Each connection holds the memory until it ends.
        while Arc::strong_count(&self.memory.seen) > 1 {
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn connection(
    mut stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    conduct: Conduct,
    memory: Memory,
) {
    stream.set_nodelay(true).unwrap();
    match conduct.opening {
        Opening::Whole(_) => {}
        Opening::Reset => return end(&mut stream, End::Reset).await,
        Opening::Silent => return end(&mut stream, End::Hang).await,
        Opening::Plain => {
            drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await);
            return end(&mut stream, End::Hang).await;
        }
        Opening::Handshake(bytes, how) => {
            let mut seen = vec![0; bytes];
            drop(stream.read_exact(&mut seen).await);
            return end(&mut stream, how).await;
        }
    }
    let Some(acceptor) = acceptor else {
        let ended = exchanges(&mut stream, &conduct.steps, &memory).await;
        return end(&mut stream, ended.unwrap_or(End::Close)).await;
    };
    let Ok(mut tls) = acceptor.accept(stream).await else {
        return;
    };
    let ended = exchanges(&mut tls, &conduct.steps, &memory).await;
    match ended.unwrap_or(End::Close) {
        End::Reset => end(tls.get_mut().0, End::Reset).await,
        End::Hang => end(&mut tls, End::Hang).await,
        End::Close | End::Keep => drop(tls.shutdown().await),
    }
}

/// A stream that can be ended in each way.
trait Ending: AsyncRead + AsyncWrite + Unpin {
    fn reset(&self) {}
}

impl Ending for TcpStream {
    fn reset(&self) {
        self.set_zero_linger().unwrap();
    }
}

impl Ending for tokio_rustls::server::TlsStream<TcpStream> {}

async fn end(stream: &mut impl Ending, how: End) {
    match how {
        End::Reset => stream.reset(),
        End::Hang => {
            let mut sink = [0; 1024];
            while matches!(stream.read(&mut sink).await, Ok(1..)) {}
        }
        End::Close | End::Keep => drop(stream.shutdown().await),
    }
}

async fn exchanges(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    steps: &[Step],
    memory: &Memory,
) -> io::Result<End> {
    let mut buffer = Vec::new();
    let mut steps = steps.iter().peekable();
    while let Some(step) = steps.peek() {
        let step = (*step).clone();
        if !read(stream, &mut buffer, step.until, memory).await? {
            return Ok(End::Close);
        }
        stream.write_all(&step.write).await?;
        stream.flush().await?;
        if step.end != End::Keep {
            return Ok(step.end);
        }
        if steps.len() > 1 {
            steps.next();
        }
    }
    Ok(End::Close)
}

/// Reads so much of a request; false where the client ended before.
async fn read(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
    until: Until,
    memory: &Memory,
) -> io::Result<bool> {
    let mut told = false;
    loop {
        let head = buffer.windows(4).position(|four| four == b"\r\n\r\n");
        let (mut body, mut length) = (0, 0);
        if let Some(at) = head {
            let text = String::from_utf8_lossy(&buffer[..at]).into_owned();
            length = content_length(&text);
            body = buffer.len() - at - 4;
            if !told {
                count(memory, &text, |reached| reached.heads += 1);
                told = true;
            }
            if body >= length {
                count(memory, &text, |reached| reached.wholes += 1);
                buffer.drain(..at + 4 + length);
                return Ok(true);
            }
        }
        let enough = match until {
            Until::Byte(count) => buffer.len() >= count,
            Until::Head => head.is_some(),
            Until::SomeBody => body > 0 && body < length,
            Until::Whole => false,
        };
        if enough {
            return Ok(true);
        }
        let mut piece = [0; 16 * 1024];
        let most = match until {
            Until::Byte(count) => count - buffer.len(),
            _ => piece.len(),
        };
        let most = most.min(piece.len());
        match stream.read(&mut piece[..most]).await? {
            0 => return Ok(false),
            count => {
                let start = String::from_utf8_lossy(&piece[..count.min(60)]);
                let start = format!("{}: {start}", memory.connection);
                memory.seen.lock().unwrap().pieces.push(start);
                buffer.extend_from_slice(&piece[..count]);
            }
        }
    }
}

fn content_length(head: &str) -> usize {
    header(head, "content-length").map_or(0, |length| length.parse().unwrap())
}

/// Counts a request by its key and by its client.
fn count(memory: &Memory, head: &str, more: impl Fn(&mut Reached)) {
    let client = header(head, "x-api-clientid").map(Whose::Client);
    let mut seen = memory.seen.lock().unwrap();
    for whose in [Whose::Key(key(head))].into_iter().chain(client) {
        more(seen.reached.entry(whose).or_default());
    }
}

/// The value of a header, whose name is given in small letters.
fn header(head: &str, name: &str) -> Option<String> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let (_, value) = lines.find(|(own, _)| own.eq_ignore_ascii_case(name))?;
    Some(value.to_owned())
}

/// The call's key: it travels in the query, so that it is there with the first line.
fn key(head: &str) -> String {
    let line = head.lines().next().unwrap_or_default();
    let after = line.split("key=").nth(1).unwrap_or_default();
    after
        .split([' ', '&'])
        .next()
        .unwrap_or_default()
        .to_owned()
}
