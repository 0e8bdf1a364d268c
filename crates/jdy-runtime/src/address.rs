//! Addresses that tokens and signatures may be sent to.
//!
//! Owns what counts as a base URL and as a router address. It must not know what is sent there.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A bare address: scheme, host and port, in the one spelling that every URL library keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    text: String,
    host: String,
    #[cfg_attr(
        not(any(feature = "tracing", feature = "metrics")),
        allow(dead_code, reason = "telemetry alone names it")
    )]
    port: u16,
    scheme: Scheme,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

/// Why an address is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AddressError {
    NotBare,
    Host,
    PlainHttp,
    NotHttps,
    Domain,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotBare => "is not an address like https://host or https://host:port",
            Self::Host => "has a host that is not plain ASCII",
            Self::PlainHttp => "is plain http, which is for loopback addresses only",
            Self::NotHttps => "is not https",
            Self::Domain => {
                "is not of a Kingdee domain; the client's list of router domains can be widened"
            }
        })
    }
}

/// The domains whose hosts are allowed in the router header.
#[derive(Clone, Debug)]
pub(crate) struct Domains(Vec<String>);

impl Default for Domains {
    fn default() -> Self {
        Self(vec!["jdy.com".to_owned(), "kingdee.com".to_owned()])
    }
}

impl Domains {
    pub(crate) fn add(&mut self, domain: &str) {
        self.0.push(domain.trim_matches('.').to_ascii_lowercase());
    }

    fn hold(&self, host: &str) -> bool {
        self.0.iter().any(|domain| {
            host.strip_suffix(domain.as_str())
                .is_some_and(|before| before.is_empty() || before.ends_with('.'))
        })
    }
}

impl Address {
    /// Reads an address. A trailing slash and the scheme's own port are taken off; a path, a
    /// query or a user in it is refused.
    pub(crate) fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").ok_or(AddressError::NotBare)?;
        let (scheme, name, usual) = match scheme.to_ascii_lowercase().as_str() {
            "http" => (Scheme::Http, "http", 80),
            "https" => (Scheme::Https, "https", 443),
            _ => return Err(AddressError::NotBare),
        };
        let (host, port) = host_and_port(rest.strip_suffix('/').unwrap_or(rest))?;
        let text = match port {
            Some(port) if port != usual => format!("{name}://{host}:{port}"),
            _ => format!("{name}://{host}"),
        };
        Ok(Self {
            text,
            host,
            port: port.unwrap_or(usual),
            scheme,
        })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The host, of an IPv6 address without its brackets.
    pub(crate) fn server(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// The port, also where it is the scheme's own.
    #[cfg(any(feature = "tracing", feature = "metrics"))]
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// A base URL is https, or http to this machine.
    pub(crate) fn check_base(&self) -> Result<(), AddressError> {
        match self.scheme {
            Scheme::Http if !self.is_loopback() => Err(AddressError::PlainHttp),
            _ => Ok(()),
        }
    }

    /// A router address is https, of one of these domains.
    pub(crate) fn check_router(&self, domains: &Domains) -> Result<(), AddressError> {
        match self.scheme {
            Scheme::Http => Err(AddressError::NotHttps),
            Scheme::Https if !domains.hold(&self.host) => Err(AddressError::Domain),
            Scheme::Https => Ok(()),
        }
    }

    fn is_loopback(&self) -> bool {
        self.host == "localhost"
            || self
                .server()
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }
}

fn host_and_port(text: &str) -> Result<(String, Option<u16>), AddressError> {
    let (host, port) = match text.rsplit_once(':') {
        // A colon inside brackets belongs to the address.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let port = match port {
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(port.parse().map_err(|_| AddressError::NotBare)?)
        }
        Some(_) => return Err(AddressError::NotBare),
        None => None,
    };
    let host = host.to_ascii_lowercase();
    let inner = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let fits = match inner {
        Some(address) => address.parse().ok().map(in_brackets),
        None => is_name(&host).then(|| host.clone()),
    };
    if !host.is_ascii() {
        return Err(AddressError::Host);
    }
    Ok((fits.ok_or(AddressError::NotBare)?, port))
}

/// An IPv6 address as URL libraries spell it: with no part in the way of IPv4.
fn in_brackets(address: Ipv6Addr) -> String {
    match (address.to_ipv4_mapped(), address.segments()) {
        (Some(_), [.., high, low]) => format!("[::ffff:{high:x}:{low:x}]"),
        _ => format!("[{address}]"),
    }
}

/// Whether URL libraries take a name for an IPv4 address in some way: its last part is a number.
fn is_numeric(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_hex = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    last.bytes().all(|byte| byte.is_ascii_digit()) || last.strip_prefix("0x").is_some_and(is_hex)
}

fn is_name(host: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    host.split('.').all(label) && (!is_numeric(host) || host.parse::<Ipv4Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn base(text: &str) -> Result<(), AddressError> {
        Address::parse(text)?.check_base()
    }

    fn router(text: &str) -> Result<String, AddressError> {
        let address = Address::parse(text)?;
        address
            .check_router(&Domains::default())
            .map(|()| address.as_str().to_owned())
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for good in [
            "http://127.0.0.1:8080",
            "http://127.8.9.1",
            "http://[::1]:9000/",
            "http://localhost:1",
            "https://api.kingdee.com",
        ] {
            assert_eq!(base(good), Ok(()), "{good}");
        }
        for bad in [
            "http://api.kingdee.com",
            "http://localhost.evil.com",
            "http://127.0.0.1.evil.com",
            "http://0.0.0.0",
            "http://10.0.0.1",
        ] {
            assert_eq!(base(bad), Err(AddressError::PlainHttp), "{bad}");
        }
    }

    #[test]
    fn a_router_address_is_https_of_a_kingdee_domain() {
        assert_eq!(router("https://tf.jdy.com/").unwrap(), "https://tf.jdy.com");
        assert_eq!(
            router("https://VIP1-gd.jdy.com:443").unwrap(),
            "https://vip1-gd.jdy.com"
        );
        assert_eq!(router("http://tf.jdy.com"), Err(AddressError::NotHttps));
        assert_eq!(router("https://evil-jdy.com"), Err(AddressError::Domain));
        assert_eq!(
            router("https://jdy.com.evil.com"),
            Err(AddressError::Domain)
        );
    }

    #[test]
    fn nothing_but_scheme_host_and_port_is_an_address() {
        for bad in [
            "tf.jdy.com",
            "https://",
            "https://user@tf.jdy.com",
            "https://tf.jdy.com/path",
            "https://tf.jdy.com?x=1",
            "https://tf.jdy.com\r\nX-Evil: 1",
            "https://tf.jdy.com:99999",
            "https://tf.jdy.com:",
            "ftp://tf.jdy.com",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(
            Address::parse("https://例子.jdy.com"),
            Err(AddressError::Host)
        );
    }

    #[test]
    fn an_address_in_numbers_has_the_one_spelling_that_url_libraries_keep() {
        for (given, kept) in [
            ("https://10.0.0.1:8443", "https://10.0.0.1:8443"),
            ("http://[0:0:0:0:0:0:0:1]:9000", "http://[::1]:9000"),
            ("https://[2001:0DB8:0::0:1]/", "https://[2001:db8::1]"),
            ("https://[::ffff:10.0.0.1]", "https://[::ffff:a00:1]"),
        ] {
            let address = Address::parse(given).unwrap();
            assert_eq!(address.as_str(), kept, "{given}");
            #[cfg(feature = "reqwest")]
            assert_eq!(
                reqwest::Url::parse(kept).unwrap().as_str(),
                format!("{kept}/")
            );
        }
        for bad in [
            "https://127.1",
            "https://010.0.0.1",
            "https://0x7f.0.0.1",
            "https://10.0.0.0x1",
            "https://1.2.3.4.5",
            "https://2130706433",
            "https://[fe80::1%25eth0]",
        ] {
            assert_eq!(Address::parse(bad), Err(AddressError::NotBare), "{bad}");
        }
    }
}
