//! Who may use the admin interface.
//!
//! Owns the rules against other machines and against web pages: by address, `Host` and `Origin`.
//! Must not know routes. Must not use: `crate::gateway`, `crate::server`, `tokio`.

use std::net::{IpAddr, Ipv6Addr};

use super::refuse;
use crate::answer::Answer;
use crate::request::Head;

/// From where the admin interface can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Access {
    /// From this machine, under a loopback name.
    #[default]
    Loopback,
    /// From every machine, under an address or a name of one label.
    Anywhere,
}

/// Refuses other machines unless they are allowed, and every web page but the console.
///
/// A page of another site can send requests here, and by DNS rebinding it can also read the
/// answers: its own name then resolves to this machine. `Host` shows that name. An address, and a
/// name without a dot, cannot be taken over by a page in that way.
pub(super) fn check(access: Access, head: &Head, peer: IpAddr) -> Result<(), Answer> {
    let forbid = |why: String| Err(refuse(403, why));
    if access == Access::Loopback && !peer.to_canonical().is_loopback() {
        return forbid(
            "the admin interface is for this machine alone; allow others with admin_anywhere or \
             --admin-anywhere"
                .to_owned(),
        );
    }
    let mut hosts = head.headers.iter().filter(|(name, _)| name == "host");
    let (Some((_, host)), None) = (hosts.next(), hosts.next()) else {
        return forbid("one Host header is required".to_owned());
    };
    let host = host.trim();
    let allowed = match access {
        Access::Loopback => is_loopback(name_of(host)),
        Access::Anywhere => is_safe(name_of(host)),
    };
    if !allowed {
        return forbid(format!(
            "Host {host:?} is not a name of this machine; use localhost or 127.0.0.1"
        ));
    }
    if let Some(origin) = head.header("origin") {
        let own = origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"));
        if !own.is_some_and(|own| own.eq_ignore_ascii_case(host)) {
            return forbid(format!("a page of {origin:?} must not use this interface"));
        }
    }
    let site = head.header("sec-fetch-site").unwrap_or("none");
    if head.method != "GET" && !matches!(site, "none" | "same-origin") {
        return forbid(format!("a {site} request must not change anything here"));
    }
    Ok(())
}

/// A host without its port and without the brackets of an IPv6 address.
fn name_of(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split_once(']').map_or("", |(address, _)| address);
    }
    host.split_once(':').map_or(host, |(name, _)| name)
}

fn is_loopback(name: &str) -> bool {
    let address = name.parse().map(|address: IpAddr| address.is_loopback());
    address.unwrap_or_else(|_| name.eq_ignore_ascii_case("localhost"))
}

fn is_safe(name: &str) -> bool {
    let is_label = !name.is_empty() && !name.contains('.') && !name.contains(':');
    is_label || name.parse::<IpAddr>().is_ok() || name.parse::<Ipv6Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::net::{IpAddr, Ipv4Addr};

    use super::{Access, check};
    use crate::request::parse_head;

    fn is_allowed(access: Access, peer: [u8; 4], method: &str, headers: &str) -> bool {
        let text = format!("{method} /__sandbox/ HTTP/1.1\r\n{headers}\r\n");
        let (head, _) = parse_head(text.as_bytes()).unwrap().unwrap();
        check(access, &head, IpAddr::V4(Ipv4Addr::from(peer))).is_ok()
    }

    const HERE: [u8; 4] = [127, 0, 0, 1];
    const THERE: [u8; 4] = [10, 0, 0, 7];

    #[test]
    fn the_loopback_interface_is_for_loopback_names_and_its_own_page() {
        let allowed = |method, headers| is_allowed(Access::Loopback, HERE, method, headers);
        for headers in [
            "Host: localhost\r\n",
            "Host: LOCALHOST:81\r\n",
            "Host: 127.0.0.1:81\r\n",
            "Host: 127.8.8.8\r\n",
            "Host: [::1]:81\r\n",
            "Host: localhost:81\r\nOrigin: http://localhost:81\r\n",
            "Host: localhost:81\r\nSec-Fetch-Site: same-origin\r\n",
        ] {
            assert!(allowed("POST", headers), "{headers}");
        }
        for headers in [
            "",
            "Host:\r\n",
            "Host: localhost\r\nHost: evil.example\r\n",
            "Host: evil.example\r\n",
            "Host: localhost.evil.example\r\n",
            "Host: 127.0.0.1.evil.example\r\n",
            "Host: 10.0.0.7\r\n",
            "Host: [::2]\r\n",
            "Host: [::1\r\n",
            "Host: localhost:81\r\nOrigin: http://localhost:82\r\n",
            "Host: localhost:81\r\nOrigin: http://evil.example\r\n",
            "Host: localhost:81\r\nOrigin: null\r\n",
            "Host: localhost:81\r\nSec-Fetch-Site: cross-site\r\n",
            "Host: localhost:81\r\nSec-Fetch-Site: same-site\r\n",
        ] {
            assert!(!allowed("POST", headers), "{headers}");
        }
        // A link to the console may be followed from anywhere.
        assert!(allowed(
            "GET",
            "Host: localhost\r\nSec-Fetch-Site: cross-site\r\n"
        ));
        assert!(!is_allowed(
            Access::Loopback,
            THERE,
            "GET",
            "Host: localhost\r\n"
        ));
    }

    #[test]
    fn where_others_are_allowed_a_name_with_a_dot_is_still_refused() {
        for (host, expected) in [
            ("10.0.0.1:8080", true),
            ("[fe80::1]:8080", true),
            ("sandbox:8080", true),
            ("localhost", true),
            ("evil.example", false),
            ("", false),
        ] {
            let headers = format!("Host: {host}\r\n");
            let allowed = is_allowed(Access::Anywhere, THERE, "POST", &headers);
            assert_eq!(allowed, expected, "{host}");
        }
        let page = "Host: 10.0.0.1\r\nOrigin: http://evil.example\r\n";
        assert!(!is_allowed(Access::Anywhere, THERE, "POST", page));
    }
}
