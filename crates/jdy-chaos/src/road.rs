//! A way to the gateway that at times leads nowhere: before any byte of a request is sent.
//!
//! What goes wrong behind the first byte is the sandbox's business.

use std::net::TcpListener;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use jdy::runtime::BoxFuture;
use jdy::transport::{Connection, Request, ReqwestTransport, Response, Transport, TransportError};

use crate::Failure;
use crate::chance::Chance;
use crate::faults::RECORD;
use crate::heard::{Word, say};
use crate::wrong::Wrong;

/// A connection may take so long.
const CONNECT: Duration = Duration::from_millis(500);

/// The ways that lead nowhere. What follows is the part of the URL before the path.
struct Nowhere {
    word: &'static str,
    base: String,
    per_mille: u64,
}

/// A transport by reqwest.
pub(crate) struct Road {
    transport: ReqwestTransport,
    base: String,
    nowhere: Vec<Nowhere>,
    chance: Mutex<Chance>,
    wrong: Option<Wrong>,
    /// It takes connections and never says a word.
    _mute: TcpListener,
}

impl Road {
    pub(crate) fn new(base: &str, seed: u64) -> Result<Self, Failure> {
        let mute = TcpListener::bind("127.0.0.1:0")?;
        let closed = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let way = |word, base, per_mille| Nowhere {
            word,
            base,
            per_mille,
        };
        Ok(Self {
            transport: ReqwestTransport::builder()
                .connect_timeout(CONNECT)
                .build()?,
            base: base.to_owned(),
            nowhere: vec![
                way("connection-refused", format!("http://{closed}"), 5),
                // No name may have so long a part, so that nobody needs to be asked.
                way(
                    "name-unresolved",
                    format!("http://{}.invalid", "a".repeat(64)),
                    1,
                ),
                way("tls-refused", base.replacen("http:", "https:", 1), 2),
                way(
                    "connect-timeout",
                    format!("https://{}", mute.local_addr()?),
                    1,
                ),
            ],
            chance: Mutex::new(Chance::new(seed, 3)),
            wrong: Wrong::told()?,
            _mute: mute,
        })
    }

    /// Where this request goes instead.
    fn astray(&self) -> Option<&Nowhere> {
        let mut chance = self.chance.lock().unwrap_or_else(PoisonError::into_inner);
        let mut drawn = chance.below(1000);
        self.nowhere.iter().find(|way| {
            let hit = drawn < way.per_mille;
            drawn = drawn.saturating_sub(way.per_mille);
            hit
        })
    }
}

/// The key of a recharge; no key of a list of this run has a quote in it.
fn key_in(request: &Request) -> Option<String> {
    let body = request.body.as_ref()?.bytes()?;
    let text = std::str::from_utf8(body).ok()?;
    let (_, behind) = text.split_once(r#""src_bill_id":""#)?;
    let (key, _) = behind.split_once('"')?;
    Some(key.to_owned())
}

impl Transport for Road {
    fn send(&self, mut request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        if self.wrong == Some(Wrong::Share) {
            request.connection = Connection::Shared;
        }
        if let Some(path) = request.url.strip_prefix(&self.base)
            && !path.starts_with(RECORD)
            && let Some(way) = self.astray()
        {
            request.url = format!("{}{path}", way.base);
            say(&Word::Struck(way.word.to_owned(), key_in(&request)));
        }
        self.transport.send(request)
    }
}
