//! Method and headers of a request, as the HTTP libraries take them.
//!
//! Owns the names that need no parsing, and that a value is shared and not copied. Must not know
//! what a header means.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::method::Method;
use crate::secret::Secret;
use crate::transport::TransportError;

/// The names that every request has, as they go over the wire.
static KNOWN: [(&str, HeaderName); 9] = [
    ("Content-Type", CONTENT_TYPE),
    ("X-Api-ClientID", HeaderName::from_static("x-api-clientid")),
    (
        "X-Api-Auth-Version",
        HeaderName::from_static("x-api-auth-version"),
    ),
    (
        "X-Api-TimeStamp",
        HeaderName::from_static("x-api-timestamp"),
    ),
    ("X-Api-Nonce", HeaderName::from_static("x-api-nonce")),
    (
        "X-Api-SignHeaders",
        HeaderName::from_static("x-api-signheaders"),
    ),
    (
        "X-Api-Signature",
        HeaderName::from_static("x-api-signature"),
    ),
    ("app-token", HeaderName::from_static("app-token")),
    (
        "X-GW-Router-Addr",
        HeaderName::from_static("x-gw-router-addr"),
    ),
];

/// Room for these and for what the HTTP library adds.
const ROOM: usize = 16;

/// The method.
pub(super) fn method(method: Method) -> http::Method {
    match method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Delete => http::Method::DELETE,
    }
}

/// The headers.
pub(super) fn of(headers: &[(&'static str, Secret)]) -> Result<HeaderMap, TransportError> {
    let mut map = HeaderMap::with_capacity(ROOM);
    for (name, value) in headers {
        let mut value = shared(value)?;
        value.set_sensitive(true);
        map.insert(named(name)?, value);
    }
    Ok(map)
}

/// Says that a request has no body, where its method lets one be expected: the HTTP libraries leave
/// that out, and some servers and firewalls refuse such a request with 411.
pub(super) fn note_no_body(method: Method, headers: &mut HeaderMap) {
    if matches!(method, Method::Post | Method::Put) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
}

fn named(name: &'static str) -> Result<HeaderName, TransportError> {
    let known = KNOWN.iter().find(|(known, _)| *known == name);
    if let Some((_, name)) = known {
        return Ok(name.clone());
    }
    let name = HeaderName::from_bytes(name.as_bytes());
    name.map_err(|error| TransportError::rejected(error.to_string()))
}

/// A value in the memory of the text itself.
fn shared(text: &Secret) -> Result<HeaderValue, TransportError> {
    let value = HeaderValue::from_maybe_shared(text.bytes());
    value.map_err(|error| TransportError::rejected(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_those_that_were_given() -> Result<(), TransportError> {
        for (name, expected) in &KNOWN {
            let map = of(&[(*name, Secret::from("a value"))])?;
            assert_eq!(map.len(), 1, "{name}");
            assert_eq!(expected.as_str(), name.to_ascii_lowercase());
            let value = map.get(expected).map(HeaderValue::as_bytes);
            assert_eq!(value, Some(&b"a value"[..]), "{name}");
            assert!(map.values().all(HeaderValue::is_sensitive), "{name}");
        }
        let other = of(&[("X-Other", Secret::from("1"))])?;
        assert!(other.contains_key("x-other"));
        Ok(())
    }

    #[test]
    fn what_fits_into_no_header_is_refused() {
        for (name, value) in [
            ("X-Other", "a\nb"),
            ("X-Other", "a\u{7f}"),
            ("X Other", "a"),
        ] {
            assert!(
                of(&[(name, Secret::from(value))]).is_err(),
                "{name}: {value:?}"
            );
        }
    }
}
