//! Sockets: connections, requests out of bytes, scripts into bytes, and the end of both.
//!
//! It must not know what a request means, nor whether a connection is TLS: everything behind
//! [`Acceptor`] speaks to a [`Wire`].

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::answer::Answer;
use crate::fault::FaultKind;
use crate::gateway::{Gateway, Manner, Script};
use crate::request::{BodyReader, Head, Malformed, Request, parse_head};

/// A connection must have begun a request after this time, its handshake included, and a request
/// that began must be whole after as much again.
const PATIENCE: Duration = Duration::from_secs(60);
/// A kept connection on which nothing comes is closed after this time.
const IDLE: Duration = Duration::from_secs(300);
/// What a refused client still sends is read and thrown away for this long, so that it can read why.
const LINGER: Duration = Duration::from_millis(300);
/// How long a request that is on its way over a connection as it is closed may take to arrive.
const IN_FLIGHT: Duration = Duration::from_secs(1);

/// What a connection becomes after it was accepted.
#[derive(Clone, Default)]
pub(crate) enum Acceptor {
    /// Plain HTTP.
    #[default]
    Plain,
    /// HTTP inside of TLS.
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

/// Runs the same expression on whichever stream it is.
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

/// Closing with a linger time of zero sends RST; that it cannot be set changes nothing but the manner.
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

/// Serves until `stop` says so or its sender is gone, and returns when every connection has ended.
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
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                let (gateway, stopped) = (Arc::clone(&gateway), stopped.clone());
                connections.spawn(connection(stream, acceptor.clone(), gateway, stopped));
            }
            // Out of file descriptors, mostly: others will be closed soon.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// What becomes of a connection after an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Keep,
    Close,
    Reset,
}

/// A request that came in, or why none did.
enum Incoming {
    Request(Request, Option<FaultKind>),
    Malformed(Malformed),
    Ended(Next),
}

struct Connection {
    wire: Wire,
    /// Bytes that were read and not yet used.
    buffer: Vec<u8>,
    gateway: Arc<Gateway>,
    stop: watch::Receiver<()>,
}

async fn connection(
    stream: TcpStream,
    acceptor: Acceptor,
    gateway: Arc<Gateway>,
    mut stop: watch::Receiver<()>,
) {
    if gateway.resets_at_begin() {
        return reset(&stream);
    }
    let accepted = tokio::select! {
        accepted = tokio::time::timeout(PATIENCE, acceptor.accept(stream)) => accepted,
        _ = stop.changed() => return,
    };
    // Who does not trust the certificate, or speaks no TLS, has been told so by the handshake.
    let Ok(Ok(wire)) = accepted else { return };
    let mut connection = Connection {
        wire,
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
    /// One exchange on a connection that has had one: a fault without path can strike it as it begins.
    async fn further_exchange(&mut self) -> io::Result<Next> {
        let mut stop = self.stop.clone();
        if self.buffer.is_empty() {
            let more = tokio::select! {
                more = within(IDLE, self.read_more()) => more?,
                _ = stop.changed() => return Ok(Next::Close),
            };
            if !more {
                return Ok(Next::Close);
            }
        }
        if self.gateway.resets_at_begin() {
            return Ok(Next::Reset);
        }
        self.exchange().await
    }

    /// Reads a request and answers it. A stop ends the reading at once, and the answering soon.
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
            Incoming::Request(request, fault) => {
                if let Some(FaultKind::SlowBeforeCommit(time)) = fault {
                    tokio::select! {
                        () = tokio::time::sleep(time) => {}
                        _ = stop.changed() => return Ok(Next::Close),
                    }
                }
                let script = self.gateway.handle(&request, fault.as_ref());
                let keep_alive = request.head.keep_alive;
                tokio::select! {
                    next = self.perform(script, keep_alive) => next,
                    () = soon_after(&mut stop) => Ok(Next::Close),
                }
            }
        }
    }

    async fn incoming(&mut self) -> io::Result<Incoming> {
        if self.buffer.is_empty() && !within(PATIENCE, self.read_more()).await? {
            return Ok(Incoming::Ended(Next::Close));
        }
        match tokio::time::timeout(PATIENCE, self.rest_of_request()).await {
            Ok(incoming) => incoming,
            Err(_) => Ok(Incoming::Malformed(Malformed {
                status: 408,
                reason: format!("the request did not end within {} s", PATIENCE.as_secs()),
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
        let fault = self.gateway.fault_for(&head);
        if let Some(reset @ (FaultKind::ResetBeforeRead | FaultKind::ResetWhileReading)) = &fault {
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

    /// False at the end of what the client sends.
    async fn read_more(&mut self) -> io::Result<bool> {
        let mut chunk = [0; 16 * 1024];
        let count = self.wire.read(&mut chunk).await?;
        self.buffer
            .extend_from_slice(chunk.get(..count).unwrap_or_default());
        Ok(count > 0)
    }

    async fn perform(&mut self, script: Script, keep_alive: bool) -> io::Result<Next> {
        tokio::time::sleep(script.delay).await;
        let Some(answer) = script.answer else {
            return Ok(Next::Close);
        };
        let padding = if let Manner::Padded(padding) = script.manner {
            padding
        } else {
            0
        };
        let (first, last) = split_for(script.manner, &answer.body);
        let length = length(&answer.body).saturating_add(padding);
        // Head and body in one piece: the answers are small, and one packet is the common case.
        let mut bytes = answer.head(length, &script.date, keep_alive);
        bytes.extend_from_slice(first);
        self.wire.write_all(&bytes).await?;
        match script.manner {
            Manner::Cut(_) => {
                self.wire.flush().await?;
                return Ok(Next::Close);
            }
            Manner::Halting(time) => {
                self.wire.flush().await?;
                tokio::time::sleep(time).await;
            }
            Manner::Padded(padding) => self.pad(padding).await?,
            Manner::Whole | Manner::ThenClose => {}
        }
        self.wire.write_all(last).await?;
        self.wire.flush().await?;
        if script.manner == Manner::ThenClose {
            self.close_under_a_request().await;
            return Ok(Next::Close);
        }
        Ok(if keep_alive { Next::Keep } else { Next::Close })
    }

    /// Ends the connection that was promised to be kept, and notes when a request was on its way.
    async fn close_under_a_request(&mut self) {
        let _ = self.wire.shutdown().await;
        let under = !self.buffer.is_empty() || {
            let mut sink = [0; 1];
            let more = tokio::time::timeout(IN_FLIGHT, self.wire.read(&mut sink)).await;
            matches!(more, Ok(Ok(1..)))
        };
        if under {
            self.gateway.note_unread();
        }
    }

    /// Blanks, which are nothing inside of a JSON text: the answer stays the same, only longer.
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

    /// Reads on for a moment after a refusal: closing with unread bytes would reset the connection
    /// and take the answer away from the client.
    async fn linger(&mut self) {
        let _ = self.wire.shutdown().await;
        let mut sink = [0; 16 * 1024];
        let drained = async { while matches!(self.wire.read(&mut sink).await, Ok(1..)) {} };
        let _ = tokio::time::timeout(LINGER, drained).await;
    }
}

/// What was read, or the end of it when time is up.
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

/// The part of a body that is sent with its head, and the part that is sent later.
fn split_for(manner: Manner, body: &[u8]) -> (&[u8], &[u8]) {
    let at = match manner {
        Manner::Whole | Manner::ThenClose => body.len(),
        Manner::Cut(bytes) => bytes,
        Manner::Halting(_) => body.len() / 2,
        Manner::Padded(_) => body.len().saturating_sub(1),
    };
    body.split_at(at.min(body.len()))
}

async fn soon_after(stop: &mut watch::Receiver<()>) {
    let _ = stop.changed().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
}
