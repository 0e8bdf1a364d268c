//! What one would write without the SDK, for one operation: signature, headers, and a struct for the
//! answer.
//!
//! Owns these for both clients by hand. Must not know how a request is sent.

use std::cell::Cell;
use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::Failure;
use crate::derived::Answer;

pub(super) const CLIENT_ID: &str = "205022";
pub(super) const CLIENT_SECRET: &str = "0123456789abcdef0123456789abcdef";
pub(super) const APP_KEY: &str = "k0000001";
pub(super) const APP_SECRET: &str = "abcdefabcdefabcdefabcdefabcdef00";
pub(super) const ROUTER: &str = "https://vip1-gd.jdy.com";

pub(super) const RULES: &str = "/jdy/v2/ls/mall_recharge_rule";
pub(super) const TOKEN: &str = "/jdyconnector/app_management/kingdee_auth_token";

/// The next nonce.
#[derive(Debug)]
pub(super) struct Nonces(Cell<u64>);

impl Default for Nonces {
    fn default() -> Self {
        Self(Cell::new(1_000_000_000))
    }
}

/// The headers that change with every call.
pub(super) struct Signed {
    pub(super) timestamp: String,
    pub(super) nonce: String,
    pub(super) signature: String,
}

/// Signs a GET.
pub(super) fn sign(nonces: &Nonces, path: &str, query: &str) -> Result<Signed, Failure> {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    nonces.0.set(nonces.0.get() + 1);
    let (timestamp, nonce) = (millis.to_string(), nonces.0.get().to_string());
    let encoded = path.replace('/', "%2F");
    let twice = query.replace('%', "%25");
    let text =
        format!("GET\n{encoded}\n{twice}\nx-api-nonce:{nonce}\nx-api-timestamp:{timestamp}\n");
    Ok(Signed {
        signature: hex_base64(CLIENT_SECRET, &text)?,
        timestamp,
        nonce,
    })
}

/// The query of a token call.
pub(super) fn token_query() -> Result<String, Failure> {
    let signature = hex_base64(APP_SECRET, APP_KEY)?.replace('=', "%3D");
    Ok(format!("app_key={APP_KEY}&app_signature={signature}"))
}

fn hex_base64(key: &str, message: &str) -> Result<String, Failure> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes())?;
    mac.update(message.as_bytes());
    let mut hex = String::with_capacity(64);
    for byte in mac.finalize().into_bytes() {
        write!(hex, "{byte:02x}")?;
    }
    Ok(STANDARD.encode(hex))
}

/// The token in an answer.
pub(super) fn token(body: &[u8]) -> Result<String, Failure> {
    let answer: serde_json::Value = serde_json::from_slice(body)?;
    let token = answer["data"]["app-token"].as_str();
    Ok(token.ok_or("no token")?.to_owned())
}

/// How many rows an answer has.
pub(super) fn rows(body: &[u8]) -> Result<usize, Failure> {
    let answer: Answer = serde_json::from_slice(body)?;
    if answer.errcode != 0 {
        return Err(format!("errcode {}", answer.errcode).into());
    }
    let rows = answer.data.and_then(|data| data.rows);
    Ok(rows.map_or(0, |rows| rows.len()))
}
