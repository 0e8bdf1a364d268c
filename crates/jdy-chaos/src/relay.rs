//! A relay between some clients and the gateway that sometimes delivers a response twice.
//!
//! Owns the framing of HTTP messages, and how often a response is repeated. A client's connection is
//! one connection to the gateway, and ends with it. Must not know the content of a message.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::rng::Rng;

pub(crate) struct Relay {
    url: String,
    extra: Arc<AtomicU64>,
}

/// How a connection delivers responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Faithful,
    /// Each response is delivered twice.
    Twice,
    /// Each request but the first gets the previous response, so that all are shifted by one.
    Shifted,
}

impl Mode {
    fn draw(rng: &mut Rng) -> Self {
        match rng.below(8) {
            0 => Self::Twice,
            1 => Self::Shifted,
            _ => Self::Faithful,
        }
    }
}

impl Relay {
    pub(crate) fn start(to: SocketAddr, seed: u64) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let extra = Arc::new(AtomicU64::new(0));
        let counter = extra.clone();
        std::thread::spawn(move || {
            let mut rng = Rng::new(seed, 6);
            for stream in listener.incoming().flatten() {
                let (mode, extra) = (Mode::draw(&mut rng), counter.clone());
                std::thread::spawn(move || {
                    // It ends when either side does, with or without an error.
                    let _ = connection(stream, to, mode, &extra);
                });
            }
        });
        Ok(Self { url, extra })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// How many responses were delivered that nobody asked for.
    pub(crate) fn extra(&self) -> u64 {
        self.extra.load(Ordering::Relaxed)
    }
}

fn connection(
    mut client: TcpStream,
    to: SocketAddr,
    mode: Mode,
    extra: &AtomicU64,
) -> std::io::Result<()> {
    let mut gateway = TcpStream::connect(to)?;
    client.set_nodelay(true)?;
    gateway.set_nodelay(true)?;
    let (mut requests, mut responses) = (Vec::new(), Vec::new());
    let mut before: Option<Vec<u8>> = None;
    loop {
        let request = message(&mut client, &mut requests)?;
        if request.is_empty() {
            return Ok(());
        }
        gateway.write_all(&request)?;
        let answer = message(&mut gateway, &mut responses)?;
        let shown = match (mode, &before) {
            (Mode::Shifted, Some(before)) => {
                extra.fetch_add(1, Ordering::Relaxed);
                before.clone()
            }
            (Mode::Twice, _) => {
                extra.fetch_add(1, Ordering::Relaxed);
                answer.repeat(2)
            }
            _ => answer.clone(),
        };
        client.write_all(&shown)?;
        if length(&answer) != Some(answer.len()) {
            // The gateway has cut the response off.
            return Ok(());
        }
        before = Some(answer);
    }
}

/// The next message; a part of it, or nothing, if the other side ends before.
fn message(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<Vec<u8>> {
    let mut piece = [0; 16 << 10];
    loop {
        if let Some(length) = length(buffer).filter(|length| buffer.len() >= *length) {
            let rest = buffer.split_off(length);
            return Ok(std::mem::replace(buffer, rest));
        }
        let read = stream.read(&mut piece)?;
        if read == 0 {
            return Ok(std::mem::take(buffer));
        }
        buffer.extend_from_slice(piece.get(..read).unwrap_or_default());
    }
}

/// The length of the message that begins here, once its head is complete.
fn length(bytes: &[u8]) -> Option<usize> {
    const END: &[u8] = b"\r\n\r\n";
    let head = bytes.windows(END.len()).position(|four| four == END)?;
    let text = String::from_utf8_lossy(bytes.get(..head)?).to_ascii_lowercase();
    let body = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    let body = body.and_then(|length| length.trim().parse().ok());
    Some(head + END.len() + body.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_determines_the_length_of_a_message() {
        assert_eq!(length(b"GET / HTTP/1.1\r\nhost: a\r\n"), None);
        assert_eq!(length(b"GET / HTTP/1.1\r\nhost: a\r\n\r\nGET"), Some(27));
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}";
        assert_eq!(length(answer), Some(answer.len() + 3));
    }

    #[test]
    fn every_mode_of_connection_is_drawn() {
        let mut rng = Rng::new(1, 6);
        let drawn: Vec<Mode> = (0..100).map(|_| Mode::draw(&mut rng)).collect();
        for mode in [Mode::Faithful, Mode::Twice, Mode::Shifted] {
            assert!(drawn.contains(&mode), "{mode:?}");
        }
    }
}
