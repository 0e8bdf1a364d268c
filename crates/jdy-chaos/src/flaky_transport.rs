//! A transport whose connections sometimes fail before the first byte of a request is sent.
//!
//! Owns the unreachable targets and how often each is chosen. Must not know what happens after the
//! first byte: those faults are the sandbox's.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use jdy::runtime::BoxFuture;
use jdy::transport::{Connection, Request, ReqwestTransport, Response, Transport, TransportError};
use tokio::net::TcpSocket;

use crate::Failure;
use crate::documents::Kind;
use crate::faults::{RECORD, is_look_up};
use crate::protocol::{Event, emit};
use crate::rng::Rng;
use crate::sabotage::Sabotage;

/// The timeout of a connection.
const CONNECT: Duration = Duration::from_millis(500);

/// A target that cannot be reached: the part of the URL before the path.
struct Unreachable {
    name: &'static str,
    base: String,
    per_mille: u64,
}

/// The reqwest transport, with some requests redirected.
pub(crate) struct FlakyTransport {
    transport: ReqwestTransport,
    base: String,
    unreachable: Vec<Unreachable>,
    rng: Mutex<Rng>,
    sabotage: Option<Sabotage>,
    /// Accepts connections and never sends a byte.
    _silent: TcpListener,
    /// Refuses connections.
    _closed: TcpSocket,
}

impl FlakyTransport {
    pub(crate) fn new(base: &str, seed: u64) -> Result<Self, Failure> {
        let silent = TcpListener::bind("127.0.0.1:0")?;
        // Bound and not listened to, so that nobody else is given the port meanwhile.
        let closed = TcpSocket::new_v4()?;
        closed.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let target = |name, base, per_mille| Unreachable {
            name,
            base,
            per_mille,
        };
        Ok(Self {
            transport: ReqwestTransport::builder()
                .connect_timeout(CONNECT)
                .build()?,
            base: base.to_owned(),
            unreachable: vec![
                target(
                    "connection-refused",
                    format!("http://{}", closed.local_addr()?),
                    5,
                ),
                // No DNS label may be so long, so no name server is asked.
                target(
                    "name-unresolved",
                    format!("http://{}.invalid", "a".repeat(64)),
                    1,
                ),
                target("tls-refused", base.replacen("http:", "https:", 1), 2),
                target(
                    "connect-timeout",
                    format!("https://{}", silent.local_addr()?),
                    1,
                ),
            ],
            rng: Mutex::new(Rng::new(seed, 3)),
            sabotage: Sabotage::from_env()?,
            _silent: silent,
            _closed: closed,
        })
    }

    /// The unreachable target of this request, if one is drawn.
    fn draw_unreachable(&self) -> Option<&Unreachable> {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        let mut drawn = rng.below(1000);
        self.unreachable.iter().find(|target| {
            let hit = drawn < target.per_mille;
            drawn = drawn.saturating_sub(target.per_mille);
            hit
        })
    }
}

/// The key of a recharge or of a document. No key of this run contains a quote. A look-up of
/// documents has a word of its own, because it is no token call.
fn key_in(path: &str, request: &Request) -> Option<String> {
    let path = path.split('?').next().unwrap_or(path);
    let saved = Kind::ALL.into_iter().find(|kind| kind.info().path == path);
    let Some(body) = request.body.as_ref() else {
        return is_look_up(path).then(|| "look-up".to_owned());
    };
    let text = std::str::from_utf8(body.bytes()?).ok()?;
    let field = saved.map_or("src_bill_id", Kind::number_field);
    let (_, behind) = text.split_once(&format!(r#""{field}":""#))?;
    let (key, _) = behind.split_once('"')?;
    Some(key.to_owned())
}

impl Transport for FlakyTransport {
    fn send(&self, mut request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        if self.sabotage == Some(Sabotage::Share) {
            request.connection = Connection::Shared;
        }
        if let Some(path) = request.url.strip_prefix(&self.base)
            && !path.starts_with(RECORD)
            && let Some(target) = self.draw_unreachable()
        {
            let key = key_in(path, &request);
            emit(&Event::Unreachable(target.name.to_owned(), key));
            request.url = format!("{}{path}", target.base);
        }
        let is_write = request.body.is_some();
        let sending = self.transport.send(request);
        if self.sabotage != Some(Sabotage::Blame) || !is_write {
            return sending;
        }
        Box::pin(async move { sending.await.map(blamed) })
    }
}

/// A refusal of the gateway, as if the product had made it.
fn blamed(response: Response) -> Response {
    if !(400..500).contains(&response.status) {
        return response;
    }
    Response {
        status: 200,
        body: r#"{"errcode":1,"description":"sabotage"}"#.into(),
        ..response
    }
}
