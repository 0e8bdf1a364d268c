//! A relay between workers and Postgres that can cut connections.
//!
//! Owns the connections that pass through it, how one is cut, and how many round trips were made.
//! Must not know what is in a message.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::rng::Rng;
use crate::shared_list::server;

/// How long the server may still work on what was asked in a connection that no longer answers.
const UNHEARD: Duration = Duration::from_millis(40);

pub(crate) struct DatabaseRelay {
    port: u16,
    links: Arc<Mutex<Vec<Link>>>,
    trips: Arc<AtomicU64>,
    /// Cuts at once, and cuts of which the server heard the question and the worker no answer.
    cuts: [AtomicU64; 2],
}

/// A connection.
#[derive(Clone)]
struct Link {
    number: u64,
    client: Arc<TcpStream>,
    server: Arc<TcpStream>,
    is_mute: Arc<AtomicBool>,
    /// Whether the last bytes came from the server.
    is_answered: Arc<AtomicBool>,
}

impl Link {
    fn end(&self) {
        drop(self.client.shutdown(Shutdown::Both));
        drop(self.server.shutdown(Shutdown::Both));
    }
}

impl DatabaseRelay {
    pub(crate) fn start(to: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let relay = Self {
            port: listener.local_addr()?.port(),
            links: Arc::default(),
            trips: Arc::default(),
            cuts: Default::default(),
        };
        let (links, trips) = (relay.links.clone(), relay.trips.clone());
        // It ends with the process.
        std::thread::spawn(move || {
            for (number, client) in (0..).zip(listener.incoming().flatten()) {
                // While the server is away, a connection ends at once.
                let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else {
                    continue;
                };
                drop(client.set_nodelay(true));
                drop(server.set_nodelay(true));
                let link = Link {
                    number,
                    client: Arc::new(client),
                    server: Arc::new(server),
                    is_mute: Arc::default(),
                    is_answered: Arc::new(AtomicBool::new(true)),
                };
                lock(&links).push(link.clone());
                pass(&link, &links, &trips);
            }
        });
        Ok(relay)
    }

    pub(crate) fn address(&self) -> String {
        server::address(self.port)
    }

    /// How often a question was sent after an answer.
    pub(crate) fn trips(&self) -> u64 {
        self.trips.load(Ordering::Relaxed)
    }

    pub(crate) fn cuts(&self) -> [u64; 2] {
        let [at_once, unheard] = &self.cuts;
        [at_once, unheard].map(|count| count.load(Ordering::Relaxed))
    }

    /// Cuts a connection: at once, or so that the server does what was asked and the worker does
    /// not hear of it.
    pub(crate) fn cut(&self, rng: &mut Rng) {
        let links = lock(&self.links);
        let index = usize::try_from(rng.below(links.len() as u64)).unwrap_or_default();
        let link = links.get(index).cloned();
        drop(links);
        let Some(link) = link else { return };
        let [at_once, unheard] = &self.cuts;
        if rng.once_in(2) {
            at_once.fetch_add(1, Ordering::Relaxed);
            return link.end();
        }
        unheard.fetch_add(1, Ordering::Relaxed);
        link.is_mute.store(true, Ordering::SeqCst);
        std::thread::spawn(move || {
            std::thread::sleep(UNHEARD);
            link.end();
        });
    }
}

fn pass(link: &Link, links: &Arc<Mutex<Vec<Link>>>, trips: &Arc<AtomicU64>) {
    let (own, trips) = (link.clone(), trips.clone());
    std::thread::spawn(move || {
        copy(&own.client, &own.server, || {
            if own.is_answered.swap(false, Ordering::Relaxed) {
                trips.fetch_add(1, Ordering::Relaxed);
            }
            true
        });
        own.end();
    });
    let (own, links) = (link.clone(), links.clone());
    std::thread::spawn(move || {
        copy(&own.server, &own.client, || {
            own.is_answered.store(true, Ordering::Relaxed);
            !own.is_mute.load(Ordering::SeqCst)
        });
        own.end();
        lock(&links).retain(|link| link.number != own.number);
    });
}

/// Passes on what comes, if `may` says so each time, until either side ends.
fn copy(mut from: &TcpStream, mut to: &TcpStream, may: impl Fn() -> bool) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let bytes = buffer.get(..length).unwrap_or_default();
        if may() && to.write_all(bytes).is_err() {
            return;
        }
    }
}

fn lock(links: &Mutex<Vec<Link>>) -> MutexGuard<'_, Vec<Link>> {
    // No code that holds this lock can panic.
    links.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_cut_ends_the_connection_and_a_new_one_passes() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let relay = DatabaseRelay::start(server.local_addr().unwrap().port()).unwrap();
        let mut rng = Rng::new(1, 1);
        for round in 1..=4 {
            let mut client = TcpStream::connect(("127.0.0.1", relay.port)).unwrap();
            let (mut other, _) = server.accept().unwrap();
            let mut byte = [0];
            client.write_all(b"?").unwrap();
            other.read_exact(&mut byte).unwrap();
            other.write_all(b"!").unwrap();
            client.read_exact(&mut byte).unwrap();
            assert_eq!((byte, relay.trips()), (*b"!", round));
            relay.cut(&mut rng);
            assert_eq!(client.read(&mut byte).unwrap(), 0);
            while !lock(&relay.links).is_empty() {
                std::thread::yield_now();
            }
        }
        assert_eq!(relay.cuts().iter().sum::<u64>(), 4);
    }
}
