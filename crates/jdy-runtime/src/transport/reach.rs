//! How far away a request goes.
//!
//! Owns what counts as this machine, and that clients are made once for each distance, when they are
//! first needed, or needed again if that failed. It must not know what a client is.

use std::net::IpAddr;

use super::{Connection, TransportError};
use crate::sync::MadeOnce;

/// How far away a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// This machine, by http.
    PlainLoopback,
    /// This machine, by https.
    Loopback,
    World,
}

impl Reach {
    pub(super) fn of(scheme: &str, host: &str) -> Self {
        match (is_loopback(host), scheme) {
            (true, "http") => Self::PlainLoopback,
            (true, _) => Self::Loopback,
            (false, _) => Self::World,
        }
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Where the path of a URL begins that has an authority.
pub(super) fn path_at(url: &str) -> Option<usize> {
    let authority = url.find("://")? + 3;
    Some(authority + url.get(authority..)?.find('/')?)
}

/// Two clients that differ in nothing but what becomes of a connection after an answer.
pub(super) struct Clients<C> {
    /// It is kept for the next request.
    pub(super) shared: C,
    /// It is closed, so that each request has its own.
    pub(super) own: C,
}

/// The clients for each distance. Each is made when first needed: reading the system's certificates
/// takes time that a program which only talks to a loopback address should not spend.
pub(super) struct ByReach<C> {
    world: MadeOnce<Clients<C>>,
    loopback: MadeOnce<Clients<C>>,
    plain_loopback: MadeOnce<Clients<C>>,
}

impl<C> Default for ByReach<C> {
    fn default() -> Self {
        Self {
            world: MadeOnce::new(),
            loopback: MadeOnce::new(),
            plain_loopback: MadeOnce::new(),
        }
    }
}

impl<C> ByReach<C> {
    pub(super) fn get(
        &self,
        reach: Reach,
        connection: Connection,
        make: impl FnOnce() -> Result<Clients<C>, String>,
    ) -> Result<&C, TransportError> {
        let place = match reach {
            Reach::World => &self.world,
            Reach::Loopback => &self.loopback,
            Reach::PlainLoopback => &self.plain_loopback,
        };
        let clients = place.get(make).map_err(TransportError::connect)?;
        Ok(match connection {
            Connection::Shared => &clients.shared,
            Connection::Own => &clients.own,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_known_by_name_and_by_number() {
        for host in ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
            assert_eq!(Reach::of("http", host), Reach::PlainLoopback, "{host}");
            assert_eq!(Reach::of("https", host), Reach::Loopback, "{host}");
        }
        for host in ["api.kingdee.com", "10.0.0.1", "localhost.example", ""] {
            assert_eq!(Reach::of("https", host), Reach::World, "{host}");
        }
    }

    #[test]
    fn what_could_not_be_made_is_made_when_it_is_needed_again() {
        let clients = ByReach::default();
        let get = |made: Result<u8, &str>| {
            let make = || {
                let made = made.map_err(str::to_owned)?;
                Ok(Clients {
                    shared: made,
                    own: made,
                })
            };
            let got = clients.get(Reach::World, Connection::Own, make);
            got.ok().copied()
        };
        assert_eq!(get(Err("too many open files")), None);
        assert_eq!(get(Ok(1)), Some(1));
        assert_eq!(get(Ok(2)), Some(1), "it is there");
    }

    #[test]
    fn a_path_begins_behind_the_authority() {
        for (url, expected) in [
            ("https://host/a/b?c", Some("/a/b?c")),
            ("https://host:1/", Some("/")),
            ("https://host", None),
            ("/a/b", None),
        ] {
            assert_eq!(path_at(url).and_then(|at| url.get(at..)), expected, "{url}");
        }
    }
}
