//! The parameters of an address that this crate reads itself.
//!
//! Owns taking them out of the address. Must not know what they mean.

use super::address::InvalidAddress;

/// What an address says that the Postgres library does not know, or knows less of.
#[derive(Default)]
pub(super) struct Parameters {
    pub(super) sslmode: Option<String>,
    pub(super) sslrootcert: Option<String>,
    pub(super) service: Option<String>,
    pub(super) passfile: Option<String>,
}

/// Splits an address into the part for the library and the own parameters.
pub(super) fn split(address: &str) -> Result<(String, Parameters), InvalidAddress> {
    let mut own = Parameters::default();
    let Some((base, query)) = address.split_once('?') else {
        return Ok((address.to_owned(), own));
    };
    let mut others = Vec::new();
    for parameter in query.split('&').filter(|it| !it.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let place = match name {
            "sslmode" => &mut own.sslmode,
            "sslrootcert" => &mut own.sslrootcert,
            "service" => &mut own.service,
            "passfile" => &mut own.passfile,
            _ => {
                others.push(parameter);
                continue;
            }
        };
        *place = Some(decoded(value)?);
    }
    let query = others.join("&");
    let separator = if query.is_empty() { "" } else { "?" };
    Ok((format!("{base}{separator}{query}"), own))
}

/// Replaces each `%41` by its byte.
fn decoded(text: &str) -> Result<String, InvalidAddress> {
    let wrong = || InvalidAddress("a parameter is not percent-encoded UTF-8".to_owned());
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|it| char::from(it).to_digit(16));
        let (high, low) = (digit(), digit());
        let value = high.zip(low).map(|(high, low)| high * 16 + low);
        let value = value.and_then(|value| u8::try_from(value).ok());
        bytes.push(value.ok_or_else(wrong)?);
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn its_own_parameters_are_taken_out_and_decoded() {
        let address = "postgres://a@b/c?host=%2Frun&sslmode=require&passfile=%2Fa%20b&port=1";
        let (base, own) = split(address).unwrap();
        assert_eq!(base, "postgres://a@b/c?host=%2Frun&port=1");
        assert_eq!(own.sslmode.as_deref(), Some("require"));
        assert_eq!(own.passfile.as_deref(), Some("/a b"));
        assert_eq!(
            split("postgres://a@b/c?sslmode=x").unwrap().0,
            "postgres://a@b/c"
        );
        assert!(split("postgres://a@b/c?sslmode=%zz").is_err());
        assert!(split("postgres://a@b/c?sslmode=%f").is_err());
    }
}
