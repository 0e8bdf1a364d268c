//! The transports over sockets. What is promised of one is promised of each, so that every test of a
//! socket runs over all of them.

use std::time::Duration;

use jdy_runtime::runtime::BoxFuture;
use jdy_runtime::transport::{Request, Response, TransportError};
use jdy_runtime::{ConfigError, Transport};

/// The library that sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    #[cfg(feature = "reqwest")]
    Reqwest,
    #[cfg(feature = "hyper")]
    Hyper,
}

impl Library {
    pub const ALL: &[Self] = &[
        #[cfg(feature = "reqwest")]
        Self::Reqwest,
        #[cfg(feature = "hyper")]
        Self::Hyper,
    ];

    /// A transport as it comes.
    pub fn usual(self) -> AnyTransport {
        self.transport(None, None)
    }

    /// A transport that trusts this authority as well, and connects within this time.
    pub fn transport(self, ca_pem: Option<&str>, connect: Option<Duration>) -> AnyTransport {
        self.built(ca_pem, connect).unwrap()
    }

    /// The same, or why it is refused.
    pub fn built(
        self,
        ca_pem: Option<&str>,
        connect: Option<Duration>,
    ) -> Result<AnyTransport, ConfigError> {
        macro_rules! built {
            ($transport:ty) => {{
                let mut builder = <$transport>::builder();
                if let Some(pem) = ca_pem {
                    builder = builder.ca_pem(pem);
                }
                if let Some(limit) = connect {
                    builder = builder.connect_timeout(limit);
                }
                builder.build()?
            }};
        }
        Ok(match self {
            #[cfg(feature = "reqwest")]
            Self::Reqwest => AnyTransport::Reqwest(built!(jdy_runtime::ReqwestTransport)),
            #[cfg(feature = "hyper")]
            Self::Hyper => AnyTransport::Hyper(built!(jdy_runtime::HyperTransport)),
        })
    }
}

#[derive(Clone)]
pub enum AnyTransport {
    #[cfg(feature = "reqwest")]
    Reqwest(jdy_runtime::ReqwestTransport),
    #[cfg(feature = "hyper")]
    Hyper(jdy_runtime::HyperTransport),
}

impl Transport for AnyTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        match self {
            #[cfg(feature = "reqwest")]
            Self::Reqwest(transport) => transport.send(request),
            #[cfg(feature = "hyper")]
            Self::Hyper(transport) => transport.send(request),
        }
    }
}
