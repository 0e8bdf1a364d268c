//! Sockets: accepts connections, reads requests, sends replies, closes.
//!
//! Owns timeouts and the life of a connection. Must not know what a request means, nor whether a
//! connection is TLS: everything behind [`Acceptor`] uses a [`Wire`].
//! Must not use: `crate::account`, `crate::ledger`, `crate::product`, `crate::spec`, `serde_json`.

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::admin;
use crate::answer::{Answer, BodyDelivery};
use crate::fault::{FaultKind, Stage};
use crate::gateway::{Gateway, Reply};
use crate::request::{BodyReader, Head, Malformed, Request, parse_head};

/// How long a connection may take to begin a request, handshake included, and a request to be
/// complete.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a kept connection may stay idle.
const IDLE_TIMEOUT: Duration = Duration::from_secs(300);
/// How long the beginning of a connection is waited for, if a fault may reset it.
const PEEK_TIMEOUT: Duration = Duration::from_millis(300);
/// How long the rest of a malformed request is read and discarded, so that the client can read the
/// answer.
const LINGER_TIMEOUT: Duration = Duration::from_millis(300);
/// How long to wait for a request in flight on a connection that is being closed.
const IN_FLIGHT_TIMEOUT: Duration = Duration::from_secs(1);

/// What is done to a connection after it is accepted.
#[derive(Clone, Default)]
pub(crate) enum Acceptor {
    /// Plain HTTP.
    #[default]
    Plain,
    /// HTTP over TLS.
    #[cfg(feature = "tls")]
    Tls(tokio_rustls::TlsAcceptor),
}

impl Acceptor {
    async fn accept(&self, stream: TcpStream) -> io::Result<Wire> {
        match self {
            Self::Plain => Ok(Wire::Plain(stream)),
            #[cfg(feature = "tls")]
            Self::Tls(acceptor) => Ok(Wire::Tls(Box::new(acceptor.accept(stream).await?))),
        }
    }
}

/// A stream that can be reset.
enum Wire {
    Plain(TcpStream),
    #[cfg(feature = "tls")]
    Tls(Box<tokio_rustls::server::TlsStream<TcpStream>>),
}

/// Evaluates one expression on either stream.
macro_rules! on_stream {
    ($wire:expr, $stream:ident => $act:expr) => {
        match $wire {
            Wire::Plain($stream) => $act,
            #[cfg(feature = "tls")]
            Wire::Tls($stream) => $act,
        }
    };
}

impl Wire {
    fn reset(self) {
        reset(match &self {
            Self::Plain(stream) => stream,
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.get_ref().0,
        });
    }
}

/// Closing with a linger time of zero sends RST. If it cannot be set, the connection closes normally.
fn reset(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        on_stream!(self.get_mut(), stream => Pin::new(stream).poll_read(cx, buf))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        on_stream!(self.get_mut(), stream => Pin::new(stream).poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_stream!(self.get_mut(), stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_stream!(self.get_mut(), stream => Pin::new(stream).poll_shutdown(cx))
    }
}

/// Whether a connection begins with a request of the admin interface. Nothing is taken from it. A
/// client that sends nothing for a moment, and one that begins with a TLS handshake, is taken for
/// another one.
async fn is_for_admin(stream: &TcpStream) -> bool {
    let mut begin = [0; 64];
    let told = async {
        loop {
            let count = stream.peek(&mut begin).await.unwrap_or_default();
            let bytes = begin.get(..count).unwrap_or_default();
            match admin::is_addressed_by(bytes) {
                Some(told) => return told,
                None if count == 0 => return false,
                None => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    };
    let told = tokio::time::timeout(PEEK_TIMEOUT, told).await;
    told.unwrap_or(false)
}

/// Serves until `stop` changes or its sender is dropped; returns when every connection has ended.
pub(crate) async fn serve(
    listener: TcpListener,
    acceptor: Acceptor,
    gateway: Arc<Gateway>,
    mut stop: watch::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    let stopped = stop.clone();
    loop {
        let accepted = tokio::select! {
            _ = stop.changed() => break,
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
        };
        match accepted {
            Ok((stream, peer)) => {
                let _ = stream.set_nodelay(true);
                let (gateway, stopped) = (Arc::clone(&gateway), stopped.clone());
                let acceptor = acceptor.clone();
                connections.spawn(connection(stream, peer.ip(), acceptor, gateway, stopped));
            }
            // Usually out of file descriptors; others will be closed soon.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// What happens to a connection after an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Keep,
    Close,
    Reset,
}

/// A request, or why there is none.
enum Incoming {
    Request(Request, Option<FaultKind>),
    /// A request of the admin interface.
    Admin(Request),
    Malformed(Malformed),
    Ended(Next),
}

struct Connection {
    wire: Wire,
    peer: IpAddr,
    /// Bytes that were read and not yet parsed.
    buffer: Vec<u8>,
    gateway: Arc<Gateway>,
    stop: watch::Receiver<()>,
}

async fn connection(
    stream: TcpStream,
    peer: IpAddr,
    acceptor: Acceptor,
    gateway: Arc<Gateway>,
    mut stop: watch::Receiver<()>,
) {
    let is_admin = gateway.may_reset_at_start() && is_for_admin(&stream).await;
    if !is_admin && gateway.resets_at_start() {
        return reset(&stream);
    }
    let accepted = tokio::select! {
        accepted = tokio::time::timeout(REQUEST_TIMEOUT, acceptor.accept(stream)) => accepted,
        _ = stop.changed() => return,
    };
    // A failed handshake has already sent its alert.
    let Ok(Ok(wire)) = accepted else { return };
    let mut connection = Connection {
        wire,
        peer,
        buffer: Vec::new(),
        gateway,
        stop,
    };
    let mut next = connection.exchange().await;
    while matches!(next, Ok(Next::Keep)) {
        next = connection.further_exchange().await;
    }
    if matches!(next, Ok(Next::Reset)) {
        return connection.wire.reset();
    }
    let _ = connection.wire.shutdown().await;
}

impl Connection {
    /// A further exchange on a kept connection. A fault without a path can fire before it is read.
    async fn further_exchange(&mut self) -> io::Result<Next> {
        let mut stop = self.stop.clone();
        if self.buffer.is_empty() {
            let more = tokio::select! {
                more = within(IDLE_TIMEOUT, self.read_more()) => more?,
                _ = stop.changed() => return Ok(Next::Close),
            };
            if !more {
                return Ok(Next::Close);
            }
        }
        let is_admin = admin::is_addressed_by(&self.buffer) == Some(true);
        if !is_admin && self.gateway.resets_at_start() {
            return Ok(Next::Reset);
        }
        self.exchange().await
    }

    /// Reads a request and answers it. A stop ends reading at once, and answering soon after.
    async fn exchange(&mut self) -> io::Result<Next> {
        let mut stop = self.stop.clone();
        let incoming = tokio::select! {
            incoming = self.incoming() => incoming?,
            _ = stop.changed() => return Ok(Next::Close),
        };
        match incoming {
            Incoming::Ended(next) => Ok(next),
            Incoming::Malformed(malformed) => {
                let answer = Answer::text(malformed.status, &malformed.reason);
                let head = answer.head(length(&answer.body), &self.gateway.date(), false);
                self.wire.write_all(&head).await?;
                self.wire.write_all(&answer.body).await?;
                self.wire.flush().await?;
                self.linger().await;
                Ok(Next::Close)
            }
            Incoming::Admin(request) => {
                let answer = admin::answer(&self.gateway, &request, self.peer);
                let reply = Reply {
                    delay: Duration::ZERO,
                    answer: Some(answer),
                    body: BodyDelivery::Whole,
                    date: self.gateway.date(),
                };
                self.send(reply, request.head.keep_alive).await
            }
            Incoming::Request(request, fault) => {
                let stage = fault.as_ref().map(FaultKind::stage);
                if let Some(Stage::Connection(fault)) = stage
                    && let Some(time) = fault.delay()
                {
                    tokio::select! {
                        () = tokio::time::sleep(time) => {}
                        _ = stop.changed() => return Ok(Next::Close),
                    }
                }
                let reply = self.gateway.handle(&request, fault.as_ref());
                let keep_alive = request.head.keep_alive;
                tokio::select! {
                    next = self.send(reply, keep_alive) => next,
                    () = soon_after(&mut stop) => Ok(Next::Close),
                }
            }
        }
    }

    async fn incoming(&mut self) -> io::Result<Incoming> {
        if self.buffer.is_empty() && !within(REQUEST_TIMEOUT, self.read_more()).await? {
            return Ok(Incoming::Ended(Next::Close));
        }
        match tokio::time::timeout(REQUEST_TIMEOUT, self.rest_of_request()).await {
            Ok(incoming) => incoming,
            Err(_) => Ok(Incoming::Malformed(Malformed {
                status: 408,
                reason: format!(
                    "the request did not end within {} s",
                    REQUEST_TIMEOUT.as_secs()
                ),
            })),
        }
    }

    async fn rest_of_request(&mut self) -> io::Result<Incoming> {
        let head = loop {
            match parse_head(&self.buffer) {
                Ok(Some((head, used))) => {
                    self.buffer.drain(..used);
                    break head;
                }
                Ok(None) if self.read_more().await? => {}
                Ok(None) => return Ok(Incoming::Ended(Next::Close)),
                Err(malformed) => return Ok(Incoming::Malformed(malformed)),
            }
        };
        if admin::owns(head.path()) {
            return Ok(match self.body(head, None).await? {
                Incoming::Request(request, _) => Incoming::Admin(request),
                other => other,
            });
        }
        let fault = self.gateway.fault_for(&head);
        if let Some(reset) = &fault
            && let Stage::Connection(stage) = reset.stage()
            && stage.delay().is_none()
        {
            self.gateway.note_reset(&head, reset);
            return Ok(Incoming::Ended(Next::Reset));
        }
        self.body(head, fault).await
    }

    async fn body(&mut self, head: Head, fault: Option<FaultKind>) -> io::Result<Incoming> {
        let mut reader = match BodyReader::new(head.length) {
            Ok(reader) => reader,
            Err(malformed) => return Ok(Incoming::Malformed(malformed)),
        };
        if head.expects_continue && self.buffer.is_empty() && !reader.is_complete() {
            self.wire
                .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
                .await?;
            self.wire.flush().await?;
        }
        loop {
            match reader.push(&self.buffer) {
                Ok(taken) => self.buffer.drain(..taken),
                Err(malformed) => return Ok(Incoming::Malformed(malformed)),
            };
            if reader.is_complete() {
                return Ok(Incoming::Request(
                    Request {
                        head,
                        body: reader.into_body(),
                    },
                    fault,
                ));
            }
            if !self.read_more().await? {
                return Ok(Incoming::Ended(Next::Close));
            }
        }
    }

    /// Reads more bytes; false at the end of the stream.
    async fn read_more(&mut self) -> io::Result<bool> {
        let mut chunk = [0; 16 * 1024];
        let count = self.wire.read(&mut chunk).await?;
        self.buffer
            .extend_from_slice(chunk.get(..count).unwrap_or_default());
        Ok(count > 0)
    }

    async fn send(&mut self, reply: Reply, keep_alive: bool) -> io::Result<Next> {
        tokio::time::sleep(reply.delay).await;
        let Some(answer) = reply.answer else {
            return Ok(Next::Close);
        };
        let padding = if let BodyDelivery::Padded(padding) = reply.body {
            padding
        } else {
            0
        };
        let (first, last) = split_for(reply.body, &answer.body);
        let length = length(&answer.body).saturating_add(padding);
        // Head and body in one write: most answers fit into one packet.
        let mut bytes = answer.head(length, &reply.date, keep_alive);
        bytes.extend_from_slice(first);
        self.wire.write_all(&bytes).await?;
        match reply.body {
            BodyDelivery::Cut(_) => {
                self.wire.flush().await?;
                return Ok(Next::Close);
            }
            BodyDelivery::Paused(time) => {
                self.wire.flush().await?;
                tokio::time::sleep(time).await;
            }
            BodyDelivery::Padded(padding) => self.pad(padding).await?,
            BodyDelivery::Whole | BodyDelivery::ThenClose => {}
        }
        self.wire.write_all(last).await?;
        self.wire.flush().await?;
        if reply.body == BodyDelivery::ThenClose {
            self.close_under_a_request().await;
            return Ok(Next::Close);
        }
        Ok(if keep_alive { Next::Keep } else { Next::Close })
    }

    /// Closes a connection that was promised to be kept, and notes if a request was in flight.
    async fn close_under_a_request(&mut self) {
        let _ = self.wire.shutdown().await;
        let under = !self.buffer.is_empty() || {
            let mut sink = [0; 1];
            let more = tokio::time::timeout(IN_FLIGHT_TIMEOUT, self.wire.read(&mut sink)).await;
            matches!(more, Ok(Ok(1..)))
        };
        if under {
            self.gateway.note_unread();
        }
    }

    /// Sends blanks, which mean nothing inside of JSON text.
    async fn pad(&mut self, mut padding: u64) -> io::Result<()> {
        const BLANKS: [u8; 8 * 1024] = [b' '; 8 * 1024];
        while padding > 0 {
            let now = usize::try_from(padding)
                .unwrap_or(usize::MAX)
                .min(BLANKS.len());
            self.wire
                .write_all(BLANKS.get(..now).unwrap_or_default())
                .await?;
            padding -= now as u64;
        }
        Ok(())
    }

    /// Reads on for a moment: closing with unread bytes would reset the connection, and the client
    /// could not read the answer.
    async fn linger(&mut self) {
        let _ = self.wire.shutdown().await;
        let mut sink = [0; 16 * 1024];
        let drained = async { while matches!(self.wire.read(&mut sink).await, Ok(1..)) {} };
        let _ = tokio::time::timeout(LINGER_TIMEOUT, drained).await;
    }
}

/// The result of a read, or the end of the stream after a timeout.
async fn within(
    time: Duration,
    reading: impl Future<Output = io::Result<bool>>,
) -> io::Result<bool> {
    tokio::time::timeout(time, reading)
        .await
        .unwrap_or(Ok(false))
}

fn length(body: &[u8]) -> u64 {
    u64::try_from(body.len()).unwrap_or(u64::MAX)
}

/// The part of a body that is sent with the head, and the part that is sent later.
fn split_for(delivery: BodyDelivery, body: &[u8]) -> (&[u8], &[u8]) {
    let at = match delivery {
        BodyDelivery::Whole | BodyDelivery::ThenClose => body.len(),
        BodyDelivery::Cut(bytes) => bytes,
        BodyDelivery::Paused(_) => body.len() / 2,
        BodyDelivery::Padded(_) => body.len().saturating_sub(1),
    };
    body.split_at(at.min(body.len()))
}

async fn soon_after(stop: &mut watch::Receiver<()>) {
    let _ = stop.changed().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
}
