//! `jdy sign`: the signature of a request, alone or stage by stage.
//!
//! Owns how the stages are printed. Must not print the secret, and must not sign: that is the
//! SDK's.

use std::time::UNIX_EPOCH;

use jdy::runtime::{Runtime as _, TokioRuntime};
use jdy::signing::{Signed, Unsigned, sign};
use jdy::{Method, Secret};

use crate::arguments::{Global, SignArguments};
use crate::exit::{Failure, OneLine};
use crate::language::say;
use crate::output::print;
use crate::settings::Settings;
use crate::value::Values;

/// Prints the signature.
pub(crate) fn run(arguments: SignArguments, global: &Global) -> Result<(), Failure> {
    let settings = Settings::read(global, None)?;
    let secret = secret(arguments.client_secret, &settings)?;
    let query = Values::default().of_pairs(arguments.query, &[])?;
    let signed = sign(
        &secret,
        Unsigned {
            method: arguments.method,
            path: &arguments.path,
            query: &query,
            nonce: &arguments.nonce.unwrap_or_else(nonce),
            timestamp: &arguments.timestamp.unwrap_or_else(timestamp),
        },
    );
    let text = if arguments.explain {
        explained(&settings, arguments.method, &arguments.path, &signed)
    } else {
        format!("{}\n", signed.signature)
    };
    print(text).map_err(|error| Failure::other(say!("cannot-print-signature", error = error)))
}

fn secret(given: Option<Secret>, settings: &Settings) -> Result<Secret, Failure> {
    let given = given.or_else(|| Some(Secret::from(settings.get("JDY_CLIENT_SECRET")?)));
    given
        .filter(|secret| !secret.is_empty())
        .ok_or_else(|| Failure::usage(say!("sign-no-secret")))
}

/// A positive integer of 16 digits.
fn nonce() -> String {
    const SIXTEEN_DIGITS: u64 = 1_000_000_000_000_000;
    (SIXTEEN_DIGITS + TokioRuntime.random() % (9 * SIXTEEN_DIGITS)).to_string()
}

fn timestamp() -> String {
    let since = TokioRuntime.now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_millis().to_string()
}

/// Every stage, a name and a value a line.
fn explained(settings: &Settings, method: Method, path: &str, signed: &Signed) -> String {
    let query = match signed.wire_query.as_str() {
        "" => say!("sign-none"),
        query => query.to_owned(),
    };
    let encoded_path = signed.canonical.lines().nth(1).unwrap_or_default();
    let headers = headers(settings, signed);
    let headers = headers.map(|(name, value)| format!("  {name}: {}", OneLine(&value)));
    let text = say!(
        "sign-explained",
        method = method,
        path = OneLine(path),
        encoded = encoded_path,
        query = query,
        target = signed.target(),
        canonical = with_line_ends(&signed.canonical),
        hex = signed.hmac_hex,
        signature = signed.signature,
        headers = headers.join("\n"),
    );
    text + "\n"
}

/// Each line with its end in sight. Nothing in it holds a backslash of its own: what is not
/// encoded is digits.
fn with_line_ends(canonical: &str) -> String {
    canonical
        .split_inclusive('\n')
        .map(|line| format!("  {}\\n\n", line.trim_end_matches('\n')))
        .collect()
}

fn headers(settings: &Settings, signed: &Signed) -> [(&'static str, String); 7] {
    let client_id = settings.get("JDY_CLIENT_ID");
    [
        ("Content-Type", "application/json".to_owned()),
        (
            "X-Api-ClientID",
            client_id.unwrap_or_else(|| say!("sign-no-client-id")),
        ),
        ("X-Api-Auth-Version", "2.0".to_owned()),
        ("X-Api-TimeStamp", signed.timestamp.clone()),
        ("X-Api-Nonce", signed.nonce.clone()),
        (
            "X-Api-SignHeaders",
            "X-Api-TimeStamp,X-Api-Nonce".to_owned(),
        ),
        ("X-Api-Signature", signed.signature.clone()),
    ]
}
