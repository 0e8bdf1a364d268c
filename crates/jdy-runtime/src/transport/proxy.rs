//! The addresses of proxies, as the libraries of the transports read them: what they cannot read they
//! pass by without a word, and a request would go around the proxy that somebody wanted.
//!
//! Owns which addresses are refused because of that, and which variables name a proxy. It must not
//! show an address, which can hold a password, nor connect to one.

use std::ffi::OsString;

use http::Uri;

use crate::config::ConfigError;

/// The variables by which a library finds its proxy for https, each in both spellings, the first one
/// that is set before the others.
const VARIABLES: [[&str; 2]; 2] = [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]];

/// Whether the libraries make a proxy of it. SOCKS is known to them, and no connection where it is not
/// built in.
pub(super) fn is_readable(address: &str) -> bool {
    const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];
    address.parse::<Uri>().is_ok_and(|uri| {
        let is_known = |scheme: &str| SCHEMES.contains(&scheme);
        uri.authority().is_some() && uri.scheme_str().is_none_or(is_known)
    })
}

/// Refuses variables that name a proxy which would be passed by.
pub(super) fn check(variable: impl Fn(&str) -> Option<OsString>) -> Result<(), ConfigError> {
    // The libraries use no variable then: a request of the web could set HTTP_PROXY.
    if variable("REQUEST_METHOD").is_some() {
        return Ok(());
    }
    for names in VARIABLES {
        let found = names.iter().find_map(|name| Some((*name, variable(name)?)));
        let Some((name, value)) = found.filter(|(_, value)| !value.is_empty()) else {
            continue;
        };
        if value.to_str().is_some_and(is_readable) {
            // The rest is not looked at.
            break;
        }
        let why = "is no address of a proxy, http://host:port, and calls would go around it; set it \
                   right, or take it away";
        return Err(ConfigError::new(name, why));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAD: [&str; 7] = [
        "ftp://proxy.example:21",
        "htp://proxy.example:3128",
        "http://",
        "http:/proxy.example:3128",
        "http://proxy example:3128",
        "/proxy",
        " ",
    ];
    const GOOD: [&str; 6] = [
        "http://proxy.example:3128",
        "https://a:b%20c@proxy.example",
        "proxy.example:3128",
        "proxy.example",
        "http://[::1]:3128/",
        "socks5h://proxy.example:1080",
    ];

    fn checked(variables: &[(&str, &str)]) -> Result<(), String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(own, _)| *own == name);
            found.map(|(_, value)| OsString::from(value))
        };
        check(variable).map_err(|error| error.setting().to_owned())
    }

    #[test]
    fn what_is_refused_is_what_the_libraries_pass_by() {
        for address in BAD {
            assert!(!is_readable(address), "{address}");
            for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
                assert_eq!(checked(&[(name, address)]), Err(name.to_owned()));
            }
        }
        for address in GOOD {
            assert!(is_readable(address), "{address}");
            assert_eq!(checked(&[("HTTPS_PROXY", address)]), Ok(()), "{address}");
        }
    }

    /// The library's own matcher is asked, so that a change of it is seen.
    #[cfg(feature = "hyper")]
    #[test]
    fn the_library_agrees() {
        use hyper_util::client::proxy::matcher::Matcher;
        let gateway = Uri::from_static("https://gateway.invalid");
        for address in BAD.into_iter().chain(GOOD) {
            let matcher = Matcher::builder().https(address).build();
            let is_used = matcher.intercept(&gateway).is_some();
            assert_eq!(is_used, is_readable(address), "{address}");
        }
    }

    #[test]
    fn the_variable_that_counts_is_the_one_that_is_refused() {
        let (good, bad) = ("http://proxy.example:3128", "ftp://proxy.example");
        for (variables, refused) in [
            (&[("HTTPS_PROXY", good), ("ALL_PROXY", bad)][..], None),
            (
                &[("HTTPS_PROXY", bad), ("ALL_PROXY", good)],
                Some("HTTPS_PROXY"),
            ),
            // Empty is what switches a proxy off, and the next one counts.
            (
                &[("HTTPS_PROXY", ""), ("ALL_PROXY", bad)],
                Some("ALL_PROXY"),
            ),
            (&[("HTTPS_PROXY", ""), ("https_proxy", bad)], None),
            (&[("HTTP_PROXY", bad)], None),
            (&[("HTTPS_PROXY", bad), ("REQUEST_METHOD", "GET")], None),
            (&[], None),
        ] {
            let expected = refused.map_or(Ok(()), |name| Err(name.to_owned()));
            assert_eq!(checked(variables), expected, "{variables:?}");
        }
    }
}
