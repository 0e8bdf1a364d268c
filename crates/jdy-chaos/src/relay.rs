//! A relay between some clients and the gateway that now and then gives an answer twice.
//!
//! It knows where a message of HTTP ends, and nothing of what it says. A connection of a client is
//! one to the gateway, and ends with it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::chance::Chance;

pub(crate) struct Relay {
    url: String,
    given: Arc<AtomicU64>,
}

/// What is wrong with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Right,
    /// Each answer comes twice.
    AtOnce,
    /// Each answer but the first comes after the one before it, so that all are shifted by one.
    WithTheNext,
}

impl Manner {
    fn drawn(chance: &mut Chance) -> Self {
        match chance.below(8) {
            0 => Self::AtOnce,
            1 => Self::WithTheNext,
            _ => Self::Right,
        }
    }
}

impl Relay {
    pub(crate) fn start(to: SocketAddr, seed: u64) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let given = Arc::new(AtomicU64::new(0));
        let counter = given.clone();
        std::thread::spawn(move || {
            let mut chance = Chance::new(seed, 6);
            for stream in listener.incoming().flatten() {
                let (manner, given) = (Manner::drawn(&mut chance), counter.clone());
                std::thread::spawn(move || {
                    // It ends when either side does, in whatever way.
                    let _ = connection(stream, to, manner, &given);
                });
            }
        });
        Ok(Self { url, given })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// How many answers were given that nobody asked for.
    pub(crate) fn given(&self) -> u64 {
        self.given.load(Ordering::Relaxed)
    }
}

fn connection(
    mut client: TcpStream,
    to: SocketAddr,
    manner: Manner,
    given: &AtomicU64,
) -> std::io::Result<()> {
    let mut gateway = TcpStream::connect(to)?;
    client.set_nodelay(true)?;
    gateway.set_nodelay(true)?;
    let (mut asked, mut answered) = (Vec::new(), Vec::new());
    let mut before: Option<Vec<u8>> = None;
    loop {
        let request = message(&mut client, &mut asked)?;
        if request.is_empty() {
            return Ok(());
        }
        gateway.write_all(&request)?;
        let answer = message(&mut gateway, &mut answered)?;
        let shown = match (manner, &before) {
            (Manner::WithTheNext, Some(before)) => {
                given.fetch_add(1, Ordering::Relaxed);
                before.clone()
            }
            (Manner::AtOnce, _) => {
                given.fetch_add(1, Ordering::Relaxed);
                answer.repeat(2)
            }
            _ => answer.clone(),
        };
        client.write_all(&shown)?;
        if length(&answer) != Some(answer.len()) {
            // The gateway has ended it in the middle.
            return Ok(());
        }
        before = Some(answer);
    }
}

/// The next message; less of it, or nothing, where the other side ends before.
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

/// How long the message is that begins here, as soon as its head is there.
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
    fn a_message_ends_where_its_head_says() {
        assert_eq!(length(b"GET / HTTP/1.1\r\nhost: a\r\n"), None);
        assert_eq!(length(b"GET / HTTP/1.1\r\nhost: a\r\n\r\nGET"), Some(27));
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}";
        assert_eq!(length(answer), Some(answer.len() + 3));
    }

    #[test]
    fn connections_are_right_and_wrong_in_either_way() {
        let mut chance = Chance::new(1, 6);
        let drawn: Vec<Manner> = (0..100).map(|_| Manner::drawn(&mut chance)).collect();
        for manner in [Manner::Right, Manner::AtOnce, Manner::WithTheNext] {
            assert!(drawn.contains(&manner), "{manner:?}");
        }
    }
}
