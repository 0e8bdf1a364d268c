//! TLS on the way to the gateway.
//!
//! Owns which servers are trusted: those that the system trusts, and those of authorities that were
//! given. It must not know which HTTP library speaks over it.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;

use super::reach::Reach;

/// TLS with ring, named here so that no process-wide provider is needed or touched.
pub(super) fn config(
    reach: Reach,
    extra_roots: &[CertificateDer<'static>],
) -> Result<rustls::ClientConfig, String> {
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
                extra_roots.iter().cloned(),
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
