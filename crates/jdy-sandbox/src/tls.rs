//! TLS certificates: the sandbox's own authority, and the server certificate it signs.
//!
//! Owns both. They are generated when the sandbox starts, and the authority's key is dropped after
//! signing, so that trusting it means trusting this one sandbox. Must not know sockets or requests.
//! Must not use: `crate::gateway`, `crate::request`, `crate::server`, `tokio`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::{ServerConfig, crypto::ring};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Longer than any sandbox runs. Some systems refuse certificates valid for more than 825 days.
const VALIDITY: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The server certificate, and the authority to trust for it.
pub(crate) struct Identity {
    pub(crate) acceptor: TlsAcceptor,
    /// The authority's certificate in PEM form.
    pub(crate) ca_pem: String,
}

impl Identity {
    /// Valid for the loopback name and addresses, and for this address.
    pub(crate) fn new(address: IpAddr) -> Result<Self, Box<dyn std::error::Error>> {
        let authority_key = KeyPair::generate()?;
        let mut authority = params("jdy sandbox authority")?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let ca_pem = authority.self_signed(&authority_key)?.pem();
        let issuer = Issuer::new(authority, authority_key);

        let key = KeyPair::generate()?;
        let mut server = params("jdy sandbox")?;
        server.subject_alt_names = names(address)?;
        server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        server.use_authority_key_identifier_extension = true;
        let certificate = server.signed_by(&key, &issuer)?;

        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            ca_pem,
        })
    }
}

fn params(name: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    // The machine's time, not the sandbox's, which a test may set: TLS clients use the former.
    let today = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(DAY);
    let epoch = date_time_ymd(1970, 1, 1);
    params.not_before = epoch + today.saturating_sub(DAY);
    params.not_after = epoch + today.saturating_add(VALIDITY);
    Ok(params)
}

fn names(address: IpAddr) -> Result<Vec<SanType>, rcgen::Error> {
    let mut names = vec![SanType::DnsName("localhost".try_into()?)];
    let mut addresses: Vec<IpAddr> = vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    if !addresses.contains(&address) {
        addresses.push(address);
    }
    names.extend(addresses.into_iter().map(SanType::IpAddress));
    Ok(names)
}
