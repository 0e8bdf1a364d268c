//! How a connection comes about: directly or through a proxy, and with TLS.
//!
//! Owns that all of it has one limit, and that a proxy learns where to and nothing else. It
//! must not know what is sent.

use std::error::Error;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use crate::runtime::{BoxFuture, Runtime as _, TokioRuntime, within};
use crate::transport::reach::Reach;
use crate::transport::settings::Settings;
use crate::transport::tls;

/// When a silent connection is asked whether it is still there, and how often, as in reqwest.
const KEEPALIVE: Duration = Duration::from_secs(15);
const KEEPALIVE_RETRIES: u32 = 3;

/// How long what was sent may stay unacknowledged, as in reqwest.
#[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

type BoxError = Box<dyn Error + Send + Sync>;

/// To the gateway, or to a proxy, which can speak TLS itself.
type Line = MaybeHttpsStream<TokioIo<TcpStream>>;

/// To the gateway, over such a line.
type Stream = MaybeHttpsStream<Line>;

/// Makes connections. Clones share everything.
#[derive(Clone)]
pub(super) struct Connector(Arc<Inner>);

struct Inner {
    tcp: HttpConnector,
    tls: Arc<rustls::ClientConfig>,
    /// The same without the protocol of the gateway.
    proxy_tls: Arc<rustls::ClientConfig>,
    proxies: Option<Arc<Matcher>>,
    limit: Duration,
}

impl Connector {
    pub(super) fn new(
        settings: &Settings,
        reach: Reach,
        proxies: Option<Arc<Matcher>>,
    ) -> Result<Self, String> {
        let tls = tls::config(reach, &settings.extra_roots)?;
        let mut proxy_tls = tls.clone();
        proxy_tls.alpn_protocols.clear();
        Ok(Self(Arc::new(Inner {
            tcp: tcp(settings.connect_timeout),
            tls: Arc::new(tls),
            proxy_tls: Arc::new(proxy_tls),
            proxies,
            limit: settings.connect_timeout,
        })))
    }
}

fn tcp(limit: Duration) -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_connect_timeout(Some(limit));
    // Requests are small, and each waits for its answer.
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(KEEPALIVE));
    tcp.set_keepalive_interval(Some(KEEPALIVE));
    tcp.set_keepalive_retries(Some(KEEPALIVE_RETRIES));
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    tcp.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
    tcp
}

impl Inner {
    async fn connect(&self, to: Uri) -> Result<Stream, BoxError> {
        let is_tls = to.scheme() == Some(&Scheme::HTTPS);
        let proxy = self.proxies.as_ref().and_then(|known| known.intercept(&to));
        let line = match proxy {
            None => Line::Http(self.tcp.clone().call(to.clone()).await?),
            Some(_) if !is_tls => {
                return Err("a proxy is set, and it would read a request over plain http".into());
            }
            Some(proxy) => self.tunnel(&proxy).call(to.clone()).await?,
        };
        if !is_tls {
            return Ok(Stream::Http(line));
        }
        let host = to.host().unwrap_or_default().trim_matches(['[', ']']);
        let name = ServerName::try_from(host.to_owned())?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        let stream = connector.connect(name, TokioIo::new(line)).await?;
        Ok(Stream::Https(TokioIo::new(stream)))
    }

    fn tunnel(&self, proxy: &Intercept) -> Tunnel<HttpsConnector<HttpConnector>> {
        let to_proxy = HttpsConnector::from((self.tcp.clone(), Arc::clone(&self.proxy_tls)));
        let tunnel = Tunnel::new(proxy.uri().clone(), to_proxy);
        match proxy.basic_auth() {
            Some(auth) => tunnel.with_auth(auth.clone()),
            None => tunnel,
        }
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Stream, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let inner = Arc::clone(&self.0);
        Box::pin(async move {
            let limit = || TokioRuntime.sleep(inner.limit);
            let connected = within(pin!(inner.connect(to)), limit).await;
            let late = || Err(io::Error::from(io::ErrorKind::TimedOut).into());
            connected.unwrap_or_else(late)
        })
    }
}
