//! TLS on the way to Redis.
//!
//! Owns the connection below Redis's own words: rustls with ring and the certificates of the
//! system, as for the gateway. It must not know what is said over it.

use std::io;
use std::sync::Arc;

use redis::{Client, ConnectionAddr};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// How a server is reached over TLS.
pub(super) struct Tls {
    connector: TlsConnector,
    host: String,
    port: u16,
    name: ServerName<'static>,
}

impl Tls {
    /// For the server of this client, whose address was read without regard to TLS.
    pub(super) fn new(client: &Client) -> Result<Self, String> {
        let ConnectionAddr::Tcp(host, port) = client.get_connection_info().addr() else {
            return Err("names no host to speak TLS with".to_owned());
        };
        let host = host.trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(host.clone())
            .map_err(|_| "names a host that no certificate can have".to_owned())?;
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config()?)),
            host,
            port: *port,
            name,
        })
    }

    pub(super) async fn connect(&self) -> io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        // Questions are small, and each waits for its answer.
        stream.set_nodelay(true)?;
        self.connector.connect(self.name.clone(), stream).await
    }
}

/// The provider is named, so that no process-wide one is needed or touched.
fn config() -> Result<rustls::ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = rustls_platform_verifier::Verifier::new(provider.clone())
        .map_err(|error| format!("asks for TLS, and the system has no certificates: {error}"))?;
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    // Only the name of the setter is dangerous: this is the system's own verifier.
    Ok(config
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}
