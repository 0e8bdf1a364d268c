//! An authority and servers it vouches for, good and bad, made anew for each run.

use std::sync::{Arc, LazyLock};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::{ServerConfig, version};

/// What a server shows of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    Good,
    /// Good, and the server speaks no TLS beyond 1.2.
    Old,
    Expired,
    NotYetGood,
    /// For another host.
    WrongName,
    /// Good but for the authority, which nobody trusts.
    Stranger,
}

pub struct Certificates {
    /// The authority that clients trust.
    pub ca_pem: String,
    authority: Issuer<'static, KeyPair>,
    stranger: Issuer<'static, KeyPair>,
}

pub static CERTIFICATES: LazyLock<Certificates> = LazyLock::new(|| {
    let (ca_pem, authority) = authority();
    let (_, stranger) = self::authority();
    Certificates {
        ca_pem,
        authority,
        stranger,
    }
});

fn authority() -> (String, Issuer<'static, KeyPair>) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = params.self_signed(&key).unwrap().pem();
    (pem, Issuer::new(params, key))
}

impl Certificates {
    pub fn acceptor(&self, shown: Shown) -> TlsAcceptor {
        let names = match shown {
            Shown::WrongName => vec!["elsewhere.example".to_owned(), "127.0.0.2".to_owned()],
            _ => ["127.0.0.1", "localhost", "gateway.invalid"]
                .map(str::to_owned)
                .to_vec(),
        };
        let mut params = CertificateParams::new(names).unwrap();
        let (from, to) = match shown {
            Shown::Expired => (2001, 2002),
            Shown::NotYetGood => (3001, 3002),
            _ => (2001, 3002),
        };
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(to, 1, 1);
        let key = KeyPair::generate().unwrap();
        let issuer = match shown {
            Shown::Stranger => &self.stranger,
            _ => &self.authority,
        };
        let certificate = params.signed_by(&key, issuer).unwrap();
        let versions: &[_] = match shown {
            Shown::Old => &[&version::TLS12],
            _ => &[&version::TLS13],
        };
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}
