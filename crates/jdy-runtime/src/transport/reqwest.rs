//! The transport that most programs use: reqwest on rustls with ring.
//!
//! Owns how reqwest sends exactly the bytes of a request. It must not know what they mean.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::header_map;
use super::proxy::is_readable;
use super::reach::{ByReach, Clients, Reach, path_at};
use super::received::{Chunks, text_headers};
use super::settings::Settings;
use super::tls;
use super::unreached::unreached;
use super::watched::Watched;
use super::{Request, Response, SendProgress, SendState, Transport, TransportError, Truncation};
use crate::config::ConfigError;
use crate::runtime::BoxFuture;

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
    clients: ByReach<reqwest::Client>,
    /// The first origin that was asked for: as text, parsed, and how far away it is.
    origin: OnceLock<(String, reqwest::Url, Reach)>,
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransport").finish_non_exhaustive()
    }
}

/// What a [`ReqwestTransport`] is made from.
#[derive(Clone, Default)]
pub struct ReqwestTransportBuilder {
    settings: Settings,
    proxy: Option<reqwest::Proxy>,
}

impl fmt::Debug for ReqwestTransportBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.show("ReqwestTransportBuilder", f)
    }
}

impl ReqwestTransportBuilder {
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
        match reqwest::Proxy::all(address) {
            Ok(proxy) if is_readable(address) => self.proxy = Some(proxy),
            _ => self.settings.note_proxy(),
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
    pub fn build(self) -> Result<ReqwestTransport, ConfigError> {
        self.settings.check(self.proxy.is_some())?;
        Ok(ReqwestTransport(Arc::new(Inner {
            config: self,
            clients: ByReach::default(),
            origin: OnceLock::new(),
        })))
    }

    fn clients(&self, reach: Reach) -> Result<Clients<reqwest::Client>, String> {
        let tls = tls::config(reach, &self.settings.extra_roots)?;
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
        // Another crate of the program may switch reqwest's decompression on: then it would ask for
        // what hyper does not ask for, and a small answer may become a huge one.
        let builder = builder
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(self.settings.connect_timeout)
            .user_agent(self.settings.user_agent.clone());
        let builder = match (reach, &self.proxy) {
            (Reach::Loopback | Reach::PlainLoopback, _) => builder.no_proxy(),
            (Reach::World, Some(proxy)) => builder.proxy(proxy.clone()),
            (Reach::World, None) => builder,
        };
        builder.build()
    }
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
            let reach = reach_of(&url);
            return Ok((url, reach));
        };
        let known = match self.0.origin.get() {
            Some(known) => known,
            None => {
                let url = parsed(origin)?;
                let reach = reach_of(&url);
                let first = (origin.to_owned(), url, reach);
                self.0.origin.get_or_init(|| first)
            }
        };
        if known.0 != origin {
            let url = parsed(text)?;
            let reach = reach_of(&url);
            return Ok((url, reach));
        }
        let mut url = known.1.clone();
        url.set_path(path);
        url.set_query(query);
        Ok((url, known.2))
    }

    async fn ending(&self, request: Request) -> Result<Response, TransportError> {
        let progress = request.progress.clone();
        let limit = request.max_body;
        let (client, built) = self.build(request)?;
        let answer = client
            .execute(built)
            .await
            .map_err(|error| failure(error, &progress))?;
        progress.on_head(answer.status().as_u16(), text_headers(answer.headers()));
        let cut = read_body(answer, limit, &progress).await;
        progress.finish(cut).ok_or_else(|| {
            TransportError::lost(
                SendState::Answered,
                "the answer was taken from the request's progress before it was read; only the \
                 transport that sends the request may finish it",
            )
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
        let make = || self.0.config.clients(reach);
        let client = self.0.clients.get(reach, request.connection, make)?;
        let mut built = reqwest::Request::new(header_map::method(request.method), url);
        *built.headers_mut() = header_map::of(&request.headers)?;
        if let Some(body) = request.body.filter(|body| body.length() > 0) {
            let watched = Watched::new(Some(body), request.progress);
            *built.body_mut() = Some(reqwest::Body::wrap(watched));
        } else {
            header_map::note_no_body(request.method, built.headers_mut());
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
    let mut chunks = Chunks::new(limit, progress);
    loop {
        match answer.chunk().await {
            Ok(None) => return None,
            Ok(Some(bytes)) => {
                if let Some(truncation) = chunks.take(bytes) {
                    return Some(truncation);
                }
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
        unreached(place.unwrap_or_default(), error)
    } else if unfit {
        // It came to no request, so nothing left: a URL beyond what HTTP libraries take.
        TransportError::rejected(error)
    } else {
        TransportError::lost(progress.close(), error)
    }
}

/// Origin, path and query of a URL that has them in this plain form.
fn split(url: &str) -> Option<(&str, &str, Option<&str>)> {
    let (origin, rest) = url.split_at_checked(path_at(url)?)?;
    Some(match rest.split_once('?') {
        Some((path, query)) => (origin, path, Some(query)),
        None => (origin, rest, None),
    })
}

fn reach_of(url: &reqwest::Url) -> Reach {
    Reach::of(url.scheme(), url.host_str().unwrap_or_default())
}
