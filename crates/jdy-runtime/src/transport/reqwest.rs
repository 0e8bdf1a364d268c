//! The transport that most programs use: reqwest on rustls with ring.
//!
//! Owns how reqwest sends exactly the bytes of a request. It must not know what they mean.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use reqwest::header::HeaderValue;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::{
    Connection, Request, Response, SendProgress, SendState, Transport, TransportError, Truncation,
};
use super::{Piece, body as request_body};
use crate::config::{ConfigError, Timeouts};
use crate::method::Method;
use crate::runtime::BoxFuture;

mod headers;

/// Requests by reqwest over HTTP/1.1 and rustls.
///
/// It follows no redirect, repeats nothing, uses no proxy for a loopback address, and refuses a
/// request whose URL reqwest would spell in another way than it was signed. For other addresses
/// it uses the proxy it is given, or the one that the environment names (`HTTPS_PROXY`); a proxy
/// sees the gateway's name and port and nothing else, and one of a kind that is not built in
/// (SOCKS) is no connection.
///
/// A server is trusted if the system trusts it, or an authority given to
/// [`ca_pem`](ReqwestTransportBuilder::ca_pem). On Linux `SSL_CERT_FILE` and `SSL_CERT_DIR` name
/// the system's authorities, as for other programs. Nothing switches verification off: no
/// setting, no variable.
#[derive(Clone)]
pub struct ReqwestTransport(Arc<Inner>);

struct Inner {
    config: ReqwestTransportBuilder,
    // Made when first needed: reading the system's certificates takes time that a program which
    // only talks to a loopback address should not spend.
    world: OnceLock<Result<Clients, String>>,
    loopback: OnceLock<Result<Clients, String>>,
    plain_loopback: OnceLock<Result<Clients, String>>,
    /// The first origin that was asked for: as text, parsed, and how far away it is.
    origin: OnceLock<(String, reqwest::Url, Reach)>,
}

/// Two clients that differ in nothing but what becomes of a connection after an answer.
struct Clients {
    /// It is kept for the next request.
    shared: reqwest::Client,
    /// It is closed, so that each request has its own.
    own: reqwest::Client,
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransport").finish_non_exhaustive()
    }
}

/// What a [`ReqwestTransport`] is made from.
#[derive(Clone)]
pub struct ReqwestTransportBuilder {
    connect_timeout: Duration,
    extra_roots: Vec<CertificateDer<'static>>,
    proxy: Option<reqwest::Proxy>,
    user_agent: HeaderValue,
    mistake: Option<ConfigError>,
}

impl fmt::Debug for ReqwestTransportBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A proxy's address can hold a password.
        f.debug_struct("ReqwestTransportBuilder")
            .field("connect_timeout", &self.connect_timeout)
            .field("extra_roots", &self.extra_roots.len())
            .finish_non_exhaustive()
    }
}

impl Default for ReqwestTransportBuilder {
    fn default() -> Self {
        Self {
            connect_timeout: Timeouts::default().connect,
            extra_roots: Vec::new(),
            proxy: None,
            user_agent: HeaderValue::from_static(concat!("jdy-rust/", env!("CARGO_PKG_VERSION"))),
            mistake: None,
        }
    }
}

impl ReqwestTransportBuilder {
    /// The time limit for a connection, TLS included. Default 5 s.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Trusts these certificates as well as the system's: PEM text, one or more.
    #[must_use]
    pub fn ca_pem(mut self, pem: impl AsRef<[u8]>) -> Self {
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_ref()).collect();
        let mut sound = rustls::RootCertStore::empty();
        match found {
            Ok(found)
                if sound.add_parsable_certificates(found.clone()) == (found.len(), 0)
                    && !found.is_empty() =>
            {
                self.extra_roots.extend(found);
            }
            _ => self.note(ConfigError::new("ca_pem", "is no certificate in PEM form")),
        }
        self
    }

    /// Sends everything but loopback through this proxy: `http://host:port`.
    #[must_use]
    pub fn proxy(mut self, address: &str) -> Self {
        match reqwest::Proxy::all(address) {
            Ok(proxy) => self.proxy = Some(proxy),
            Err(_) => self.note(ConfigError::new("proxy", "is no address of a proxy")),
        }
        self
    }

    /// The `User-Agent`. Default `jdy-rust/` and the version.
    #[must_use]
    pub fn user_agent(mut self, text: &str) -> Self {
        match HeaderValue::from_str(text) {
            Ok(value) => self.user_agent = value,
            Err(_) => self.note(ConfigError::new("user_agent", "does not fit into a header")),
        }
        self
    }

    /// The transport.
    ///
    /// # Errors
    /// The first of the settings that makes no sense.
    pub fn build(self) -> Result<ReqwestTransport, ConfigError> {
        match self.mistake {
            Some(mistake) => Err(mistake),
            None => Ok(ReqwestTransport(Arc::new(Inner {
                config: self,
                world: OnceLock::new(),
                loopback: OnceLock::new(),
                plain_loopback: OnceLock::new(),
                origin: OnceLock::new(),
            }))),
        }
    }

    fn note(&mut self, mistake: ConfigError) {
        self.mistake.get_or_insert(mistake);
    }

    fn clients(&self, reach: Reach) -> Result<Clients, String> {
        let tls = self.tls(reach)?;
        let client = |builder: reqwest::ClientBuilder| {
            let client = self.client(reach, builder.tls_backend_preconfigured(tls.clone()));
            client.map_err(|error| error.without_url().to_string())
        };
        Ok(Clients {
            shared: client(reqwest::Client::builder())?,
            own: client(reqwest::Client::builder().pool_max_idle_per_host(0))?,
        })
    }

    fn client(
        &self,
        reach: Reach,
        builder: reqwest::ClientBuilder,
    ) -> Result<reqwest::Client, reqwest::Error> {
        let builder = builder
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(self.connect_timeout)
            .user_agent(self.user_agent.clone());
        let builder = match (reach, &self.proxy) {
            (Reach::Loopback | Reach::PlainLoopback, _) => builder.no_proxy(),
            (Reach::World, Some(proxy)) => builder.proxy(proxy.clone()),
            (Reach::World, None) => builder,
        };
        builder.build()
    }

    /// TLS with ring, named here so that no process-wide provider is needed or touched.
    fn tls(&self, reach: Reach) -> Result<rustls::ClientConfig, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let config = match reach {
            // Plain http needs no certificates, and reading them takes time. Nothing is trusted, so
            // that TLS would fail.
            Reach::PlainLoopback => config.with_root_certificates(rustls::RootCertStore::empty()),
            Reach::Loopback | Reach::World => {
                let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(
                    self.extra_roots.iter().cloned(),
                    provider,
                );
                let verifier = verifier.map_err(|error| error.to_string())?;
                // Only the name of the setter is dangerous: this is the system's own verifier.
                config
                    .dangerous()
                    .with_custom_certificate_verifier(Arc::new(verifier))
            }
        };
        let mut config = config.with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

#[derive(Clone, Copy)]
enum Reach {
    /// This machine, by http.
    PlainLoopback,
    /// This machine, by https.
    Loopback,
    World,
}

impl ReqwestTransport {
    /// Settings to change.
    pub fn builder() -> ReqwestTransportBuilder {
        ReqwestTransportBuilder::default()
    }

    /// The URL, and how far away it is. Nearly all requests go to one origin, which is parsed once.
    fn url(&self, text: &str) -> Result<(reqwest::Url, Reach), TransportError> {
        let parsed = |text: &str| {
            let url = reqwest::Url::parse(text);
            url.map_err(|error| TransportError::rejected(error.to_string()))
        };
        let Some((origin, path, query)) = split(text) else {
            let url = parsed(text)?;
            let reach = reach(&url);
            return Ok((url, reach));
        };
        let known = match self.0.origin.get() {
            Some(known) => known,
            None => {
                let url = parsed(origin)?;
                let reach = reach(&url);
                let first = (origin.to_owned(), url, reach);
                self.0.origin.get_or_init(|| first)
            }
        };
        if known.0 != origin {
            let url = parsed(text)?;
            let reach = reach(&url);
            return Ok((url, reach));
        }
        let mut url = known.1.clone();
        url.set_path(path);
        url.set_query(query);
        Ok((url, known.2))
    }

    fn client(
        &self,
        reach: Reach,
        connection: Connection,
    ) -> Result<&reqwest::Client, TransportError> {
        let place = match reach {
            Reach::Loopback => &self.0.loopback,
            Reach::PlainLoopback => &self.0.plain_loopback,
            Reach::World => &self.0.world,
        };
        let clients = place
            .get_or_init(|| self.0.config.clients(reach))
            .as_ref()
            .map_err(|error| TransportError::connect(error.clone()))?;
        Ok(match connection {
            Connection::Shared => &clients.shared,
            Connection::Own => &clients.own,
        })
    }

    async fn ending(&self, request: Request) -> Result<Response, TransportError> {
        let progress = request.progress.clone();
        let limit = request.max_body;
        let (client, built) = self.build(request)?;
        let answer = client
            .execute(built)
            .await
            .map_err(|error| failure(error, &progress))?;
        progress.on_head(answer.status().as_u16(), text_headers(&answer));
        let cut = read_body(answer, limit, &progress).await;
        progress.finish(cut).ok_or_else(|| {
            TransportError::lost(SendState::Answered, "the answer was taken by someone else")
        })
    }

    fn build(
        &self,
        request: Request,
    ) -> Result<(&reqwest::Client, reqwest::Request), TransportError> {
        let (url, reach) = self.url(&request.url)?;
        if url.as_str() != request.url {
            return Err(TransportError::rejected(
                "the URL would be sent in another spelling than it was signed",
            ));
        }
        let client = self.client(reach, request.connection)?;
        let mut built = reqwest::Request::new(method(request.method), url);
        *built.headers_mut() = headers::of(&request.headers)?;
        // An empty body reports nothing: it may leave with the head.
        if let Some(body) = request.body.filter(|body| body.length() > 0) {
            request.progress.arm();
            let watched = Watched {
                left: body.length(),
                body,
                at: 0,
                reading: Reading::Nothing,
                progress: request.progress,
            };
            *built.body_mut() = Some(reqwest::Body::wrap(watched));
        }
        Ok((client, built))
    }
}

impl Transport for ReqwestTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.ending(request))
    }
}

/// Reads the body in chunks. Returns why it is not complete.
async fn read_body(
    mut answer: reqwest::Response,
    limit: usize,
    progress: &SendProgress,
) -> Option<Truncation> {
    let mut left = limit;
    loop {
        match answer.chunk().await {
            Ok(None) => return None,
            Ok(Some(mut bytes)) => {
                let arrived = bytes.len();
                bytes.truncate(left);
                progress.on_chunk(&bytes);
                if arrived > left {
                    return Some(Truncation::TooLarge);
                }
                left -= arrived;
            }
            Err(_) => return Some(Truncation::Lost),
        }
    }
}

fn failure(error: reqwest::Error, progress: &SendProgress) -> TransportError {
    let (connect, unfit) = (error.is_connect(), error.is_builder());
    let place = error.url().map(|url| {
        let port = url
            .port()
            .map_or_else(String::new, |port| format!(":{port}"));
        format!("{}{port}", url.host_str().unwrap_or_default())
    });
    // The URL holds the query, and with it values of the caller.
    let error = error.without_url();
    if connect {
        TransportError::connect(Unreached {
            place: place.unwrap_or_default(),
            error,
        })
    } else if unfit {
        // It came to no request, so nothing left: a URL beyond what HTTP libraries take.
        TransportError::rejected(error)
    } else {
        TransportError::lost(progress.close(), error)
    }
}

/// Where no connection could be made to, and why.
#[derive(Debug)]
struct Unreached {
    place: String,
    error: reqwest::Error,
}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "to {}", self.place)
    }
}

impl std::error::Error for Unreached {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

fn text_headers(answer: &reqwest::Response) -> Vec<(String, String)> {
    answer
        .headers()
        .iter()
        .filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        })
        .collect()
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Delete => reqwest::Method::DELETE,
    }
}

/// Origin, path and query of a URL that has them in this plain form.
fn split(url: &str) -> Option<(&str, &str, Option<&str>)> {
    let authority = url.find("://")? + 3;
    let path = authority + url.get(authority..)?.find('/')?;
    let (origin, rest) = url.split_at_checked(path)?;
    Some(match rest.split_once('?') {
        Some((path, query)) => (origin, path, Some(query)),
        None => (origin, rest, None),
    })
}

fn reach(url: &reqwest::Url) -> Reach {
    match (is_loopback(url), url.scheme()) {
        (true, "http") => Reach::PlainLoopback,
        (true, _) => Reach::Loopback,
        (false, _) => Reach::World,
    }
}

fn is_loopback(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// A body that reports when the connection takes it.
///
/// A server cannot act on a request whose announced body never left, so until this moment the
/// request has certainly no effect, even if its head should be on the way.
struct Watched {
    body: request_body::Body,
    /// The piece that comes next.
    at: usize,
    reading: Reading,
    /// How many bytes have not been given yet.
    left: u64,
    progress: SendProgress,
}

/// Where a file is that is being read.
enum Reading {
    Nothing,
    /// Between two chunks, with this many bytes left.
    Open(File, u64),
    /// A chunk is being read, with this many bytes left, its own included.
    Chunk(tokio::task::JoinHandle<io::Result<(File, Bytes)>>, u64),
}

/// How much of a file is read at once.
const CHUNK: u64 = 64 << 10;

/// Reads the next bytes of a file, at least one.
fn read_chunk(mut file: File, left: u64) -> io::Result<(File, Bytes)> {
    let wanted = usize::try_from(left.min(CHUNK)).unwrap_or_default();
    let mut chunk = vec![0; wanted];
    let read = file.read(&mut chunk)?;
    if read == 0 {
        return Err(io::Error::other("a file of the upload has got shorter"));
    }
    chunk.truncate(read);
    Ok((file, chunk.into()))
}

impl Watched {
    /// The next bytes. Files are read in separate tasks, so that a slow disk blocks no other work.
    fn next(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            match std::mem::replace(&mut self.reading, Reading::Nothing) {
                Reading::Nothing => match self.body.pieces().get(self.at).cloned() {
                    None => return Poll::Ready(None),
                    Some(Piece::Bytes(bytes)) => {
                        self.at += 1;
                        if !bytes.is_empty() {
                            return Poll::Ready(Some(Ok(bytes)));
                        }
                    }
                    Some(Piece::File { path, length }) => {
                        self.at += 1;
                        if length > 0 {
                            let open = move || read_chunk(File::open(path)?, length);
                            let task = tokio::task::spawn_blocking(open);
                            self.reading = Reading::Chunk(task, length);
                        }
                    }
                },
                Reading::Open(file, left) => {
                    let task = tokio::task::spawn_blocking(move || read_chunk(file, left));
                    self.reading = Reading::Chunk(task, left);
                }
                Reading::Chunk(mut task, left) => match Pin::new(&mut task).poll(context) {
                    Poll::Pending => {
                        self.reading = Reading::Chunk(task, left);
                        return Poll::Pending;
                    }
                    Poll::Ready(Err(broken)) => {
                        return Poll::Ready(Some(Err(io::Error::other(broken))));
                    }
                    Poll::Ready(Ok(Err(error))) => return Poll::Ready(Some(Err(error))),
                    Poll::Ready(Ok(Ok((file, chunk)))) => {
                        let left = left.saturating_sub(chunk.len() as u64);
                        if left > 0 {
                            self.reading = Reading::Open(file, left);
                        }
                        return Poll::Ready(Some(Ok(chunk)));
                    }
                },
            }
        }
    }
}

impl Body for Watched {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let untouched = self.left == self.body.length() && self.at == 0;
        // Once: an answer may come in while the rest still leaves.
        if untouched && !self.progress.started() {
            return Poll::Ready(Some(Err(io::ErrorKind::TimedOut.into())));
        }
        let next = std::task::ready!(self.next(context));
        if let Some(Ok(bytes)) = &next {
            self.left = self.left.saturating_sub(bytes.len() as u64);
        }
        Poll::Ready(next.map(|bytes| bytes.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
