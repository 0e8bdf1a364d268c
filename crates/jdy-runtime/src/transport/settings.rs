//! The settings that every transport over sockets has.
//!
//! Owns their defaults, what makes no sense, and that the first mistake is reported. It must not know
//! which HTTP library follows them.

use std::fmt;
use std::time::Duration;

use http::HeaderValue;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::proxy;
use crate::config::{ConfigError, Timeouts};

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) connect_timeout: Duration,
    pub(super) extra_roots: Vec<CertificateDer<'static>>,
    pub(super) user_agent: HeaderValue,
    mistake: Option<ConfigError>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_timeout: Timeouts::default().connect,
            extra_roots: Vec::new(),
            user_agent: HeaderValue::from_static(concat!("jdy-rust/", env!("CARGO_PKG_VERSION"))),
            mistake: None,
        }
    }
}

impl Settings {
    pub(super) fn ca_pem(&mut self, pem: &[u8]) {
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
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
    }

    pub(super) fn user_agent(&mut self, text: &str) {
        match HeaderValue::from_str(text) {
            Ok(value) => self.user_agent = value,
            Err(_) => self.note(ConfigError::new("user_agent", "does not fit into a header")),
        }
    }

    /// What was given is the address of no proxy.
    pub(super) fn note_proxy(&mut self) {
        self.note(ConfigError::new("proxy", "is no address of a proxy"));
    }

    fn note(&mut self, mistake: ConfigError) {
        self.mistake.get_or_insert(mistake);
    }

    /// The first of the settings that makes no sense. Without a proxy of its own, a transport uses the
    /// one that the environment names.
    pub(super) fn check(&self, has_proxy: bool) -> Result<(), ConfigError> {
        self.mistake.clone().map_or(Ok(()), Err)?;
        match has_proxy {
            true => Ok(()),
            false => proxy::check(|name| std::env::var_os(name)),
        }
    }

    /// For the `Debug` of a builder, whose proxy can hold a password.
    pub(super) fn show(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("connect_timeout", &self.connect_timeout)
            .field("extra_roots", &self.extra_roots.len())
            .finish_non_exhaustive()
    }
}
