//! The transport for many calls a second: hyper-util on rustls with ring.
//!
//! Owns how hyper-util sends exactly the bytes of a request. It must not know what they mean.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, HOST, USER_AGENT};
use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use http::{HeaderValue, Uri};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use self::connector::Connector;
use super::header_map;
use super::proxy::is_readable;
use super::reach::{ByReach, Clients, Reach, path_at};
use super::received::{Chunks, text_headers};
use super::settings::Settings;
use super::unreached::unreached;
use super::watched::Watched;
use super::{Request, Response, SendProgress, SendState, Transport, TransportError, Truncation};
use crate::config::ConfigError;
use crate::runtime::BoxFuture;

mod connector;

type Http = Client<Connector, Watched>;

/// How long an unused connection is kept, as in reqwest.
const IDLE: Duration = Duration::from_secs(90);

/// Requests by hyper-util over HTTP/1.1 and rustls: the same as by `ReqwestTransport`, for less of
/// the processor.
///
/// It follows no redirect, repeats nothing, uses no proxy for a loopback address, and refuses a
/// request whose URL would be sent in another spelling than it was signed. For other addresses it
/// uses the proxy it is given, or the one that the environment names (`HTTPS_PROXY`); a proxy sees
/// the gateway's name and port and nothing else, and one of a kind that is not built in (SOCKS) is no
/// connection.
///
/// A server is trusted if the system trusts it, or an authority given to
/// [`ca_pem`](HyperTransportBuilder::ca_pem). On Linux `SSL_CERT_FILE` and `SSL_CERT_DIR` name
/// the system's authorities, as for other programs. Nothing switches verification off: no
/// setting, no variable.
#[derive(Clone)]
pub struct HyperTransport(Arc<Inner>);

struct Inner {
    config: HyperTransportBuilder,
    clients: ByReach<Http>,
    /// The first origin that was asked for.
    origin: OnceLock<Origin>,
}

impl fmt::Debug for HyperTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperTransport").finish_non_exhaustive()
    }
}

/// What a [`HyperTransport`] is made from.
#[derive(Clone, Default)]
pub struct HyperTransportBuilder {
    settings: Settings,
    proxy: Option<Arc<Matcher>>,
}

impl fmt::Debug for HyperTransportBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.show("HyperTransportBuilder", f)
    }
}

impl HyperTransportBuilder {
    /// The time limit for a connection, TLS included. Default 5 s.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.connect_timeout = timeout;
        self
    }

    /// Trusts these certificates as well as the system's: PEM text, one or more.
    #[must_use]
    pub fn ca_pem(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.settings.ca_pem(pem.as_ref());
        self
    }

    /// Sends everything but loopback through this proxy: `http://host:port`.
    #[must_use]
    pub fn proxy(mut self, address: &str) -> Self {
        match is_readable(address) {
            true => self.proxy = Some(Arc::new(Matcher::builder().all(address).build())),
            false => self.settings.note_proxy(),
        }
        self
    }

    /// The `User-Agent`. Default `jdy-rust/` and the version.
    #[must_use]
    pub fn user_agent(mut self, text: &str) -> Self {
        self.settings.user_agent(text);
        self
    }

    /// The transport.
    ///
    /// # Errors
    /// The first of the settings that makes no sense, or a variable that names a proxy which cannot be
    /// read: calls would go around it.
    pub fn build(self) -> Result<HyperTransport, ConfigError> {
        self.settings.check(self.proxy.is_some())?;
        Ok(HyperTransport(Arc::new(Inner {
            config: self,
            clients: ByReach::default(),
            origin: OnceLock::new(),
        })))
    }

    fn clients(&self, reach: Reach) -> Result<Clients<Http>, String> {
        let proxies = match (reach, &self.proxy) {
            (Reach::Loopback | Reach::PlainLoopback, _) => None,
            (Reach::World, Some(proxy)) => Some(Arc::clone(proxy)),
            (Reach::World, None) => Some(Arc::new(Matcher::from_system())),
        };
        let connector = Connector::new(&self.settings, reach, proxies)?;
        let mut builder = Client::builder(TokioExecutor::new());
        builder
            .retry_canceled_requests(false)
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE);
        Ok(Clients {
            shared: builder.build(connector.clone()),
            own: builder.pool_max_idle_per_host(0).build(connector),
        })
    }
}

/// Where requests go: scheme, host and port.
struct Origin {
    text: String,
    scheme: Scheme,
    authority: Authority,
    /// The header `Host`, which hyper-util would otherwise write anew for each request.
    host: HeaderValue,
    reach: Reach,
}

impl Origin {
    fn parse(text: &str) -> Result<Self, TransportError> {
        let uri: Uri = text.parse().map_err(refused)?;
        let parts = uri.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(TransportError::rejected("the URL names no host"));
        };
        // A user in it would not be sent, another scheme not be spoken.
        let is_bare = !authority.as_str().contains('@');
        let is_known = scheme == Scheme::HTTP || scheme == Scheme::HTTPS;
        if !is_bare || !is_known || format!("{scheme}://{authority}") != text {
            return Err(respelled());
        }
        let host = match (scheme.as_str(), authority.port_u16()) {
            ("http", Some(80)) | ("https", Some(443)) => authority.host(),
            _ => authority.as_str(),
        };
        Ok(Self {
            text: text.to_owned(),
            host: HeaderValue::from_str(host).map_err(refused)?,
            reach: Reach::of(scheme.as_str(), authority.host()),
            scheme,
            authority,
        })
    }

    /// The URL of this path and query.
    fn uri(&self, path: PathAndQuery) -> Result<Uri, TransportError> {
        let mut parts = Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path);
        Uri::from_parts(parts).map_err(refused)
    }
}

/// Where a request goes.
struct Target {
    uri: Uri,
    host: HeaderValue,
    reach: Reach,
}

fn refused(error: impl std::error::Error) -> TransportError {
    TransportError::rejected(error.to_string())
}

fn respelled() -> TransportError {
    TransportError::rejected("the URL would be sent in another spelling than it was signed")
}

/// Path and query, which go onto the wire as they are here.
fn path_and_query(text: Bytes) -> Result<PathAndQuery, TransportError> {
    let path = PathAndQuery::from_maybe_shared(text.clone()).map_err(refused)?;
    if path.as_str().as_bytes() != text || !text.is_ascii() {
        return Err(respelled());
    }
    Ok(path)
}

impl HyperTransport {
    /// Settings to change.
    pub fn builder() -> HyperTransportBuilder {
        HyperTransportBuilder::default()
    }

    /// The URL, and how far away it is. Nearly all requests go to one origin, which is parsed once.
    fn target(&self, text: String) -> Result<Target, TransportError> {
        let at = path_at(&text).ok_or_else(respelled)?;
        let origin = text.get(..at).unwrap_or_default();
        let known = match self.0.origin.get() {
            Some(known) => known,
            None => {
                let first = Origin::parse(origin)?;
                self.0.origin.get_or_init(|| first)
            }
        };
        let fresh;
        let origin = if known.text == origin {
            known
        } else {
            fresh = Origin::parse(origin)?;
            &fresh
        };
        let path = path_and_query(Bytes::from(text).slice(at..))?;
        Ok(Target {
            uri: origin.uri(path)?,
            host: origin.host.clone(),
            reach: origin.reach,
        })
    }

    async fn ending(&self, request: Request) -> Result<Response, TransportError> {
        let progress = request.progress.clone();
        let limit = request.max_body;
        let (client, built) = self.build(request)?;
        let place = built.uri().authority().cloned();
        let answer = client.request(built).await;
        let answer = answer.map_err(|error| failure(error, place, &progress))?;
        progress.on_head(answer.status().as_u16(), text_headers(answer.headers()));
        let cut = read_body(answer.into_body(), limit, &progress).await;
        progress.finish(cut).ok_or_else(|| {
            TransportError::lost(
                SendState::Answered,
                "the answer was taken from the request's progress before it was read; only the \
                 transport that sends the request may finish it",
            )
        })
    }

    fn build(&self, request: Request) -> Result<(&Http, http::Request<Watched>), TransportError> {
        let Target { uri, host, reach } = self.target(request.url)?;
        let make = || self.0.config.clients(reach);
        let client = self.0.clients.get(reach, request.connection, make)?;
        let mut headers = header_map::of(&request.headers)?;
        headers.insert(HOST, host);
        let own = &self.0.config.settings.user_agent;
        headers.entry(USER_AGENT).or_insert_with(|| own.clone());
        let anything = HeaderValue::from_static("*/*");
        headers.entry(ACCEPT).or_insert(anything);
        if request.body.as_ref().is_none_or(|body| body.length() == 0) {
            header_map::note_no_body(request.method, &mut headers);
        }
        let mut built = http::Request::new(Watched::new(request.body, request.progress));
        *built.method_mut() = header_map::method(request.method);
        *built.uri_mut() = uri;
        *built.headers_mut() = headers;
        Ok((client, built))
    }
}

impl Transport for HyperTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.ending(request))
    }
}

/// Reads the body in chunks. Returns why it is not complete.
async fn read_body(
    mut body: impl http_body::Body<Data = Bytes> + Unpin,
    limit: usize,
    progress: &SendProgress,
) -> Option<Truncation> {
    let mut chunks = Chunks::new(limit, progress);
    loop {
        let frame = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context));
        match frame.await {
            None => return None,
            Some(Ok(frame)) => {
                // What follows a body, its trailers, is of no use.
                let chunk = frame.into_data().ok();
                if let Some(truncation) = chunk.and_then(|bytes| chunks.take(bytes)) {
                    return Some(truncation);
                }
            }
            Some(Err(_)) => return Some(Truncation::Lost),
        }
    }
}

fn failure(error: Error, place: Option<Authority>, progress: &SendProgress) -> TransportError {
    if error.is_connect() {
        let place = place.map(|place| place.to_string());
        unreached(place.unwrap_or_default(), error)
    } else {
        TransportError::lost(progress.close(), error)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::transport::TransportFault;

    fn uri(url: &str) -> Result<(String, Reach), TransportFault> {
        let transport = HyperTransport::builder().build().unwrap();
        let target = transport.target(url.to_owned());
        let target = target.map_err(|error| error.fault())?;
        Ok((target.uri.to_string(), target.reach))
    }

    #[test]
    fn a_url_is_sent_as_it_was_signed() {
        for (url, reach) in [
            ("https://api.kingdee.com/a/b?c=%2B%E6&d=", Reach::World),
            ("https://api.kingdee.com:8443/", Reach::World),
            ("https://api.kingdee.com/?", Reach::World),
            ("https://api.kingdee.com/a/../b//c", Reach::World),
            ("http://127.0.0.1:1/a%20b", Reach::PlainLoopback),
            ("https://[::1]:1/a", Reach::Loopback),
        ] {
            assert_eq!(uri(url), Ok((url.to_owned(), reach)), "{url}");
        }
    }

    #[test]
    fn a_url_that_would_be_sent_in_another_spelling_is_refused() {
        for url in [
            "https://api.kingdee.com",
            "https://api.kingdee.com?a=1",
            "https://api.kingdee.com/a#b",
            "https://api.kingdee.com/a b",
            "https://api.kingdee.com/\u{6d4b}",
            "HTTPS://api.kingdee.com/a",
            "https://user:word@api.kingdee.com/a",
            "ftp://api.kingdee.com/a",
            "/a",
            "",
        ] {
            assert_eq!(uri(url), Err(TransportFault::Rejected), "{url}");
        }
        let long = format!("https://api.kingdee.com/{}", "a".repeat(1 << 16));
        assert_eq!(uri(&long), Err(TransportFault::Rejected));
    }

    #[test]
    fn the_origin_that_was_asked_for_first_is_not_that_of_the_next() {
        let transport = HyperTransport::builder().build().unwrap();
        for url in [
            "https://api.kingdee.com/a",
            "http://127.0.0.1:1/a",
            "https://api.kingdee.com/b",
            "https://api.kingdee.com:1/b",
        ] {
            let target = transport.target(url.to_owned()).unwrap();
            assert_eq!(target.uri.to_string(), url);
            let is_far = target.reach == Reach::World;
            assert_eq!(is_far, url.starts_with("https"), "{url}");
        }
    }

    #[test]
    fn the_host_is_named_without_the_port_that_its_scheme_has() {
        for (url, host) in [
            ("https://api.kingdee.com/a", "api.kingdee.com"),
            ("https://api.kingdee.com:443/a", "api.kingdee.com"),
            ("https://api.kingdee.com:80/a", "api.kingdee.com:80"),
            ("http://127.0.0.1:80/a", "127.0.0.1"),
            ("http://[::1]:1234/a", "[::1]:1234"),
        ] {
            let transport = HyperTransport::builder().build().unwrap();
            let target = transport.target(url.to_owned()).unwrap();
            assert_eq!(target.host, host, "{url}");
        }
    }
}
