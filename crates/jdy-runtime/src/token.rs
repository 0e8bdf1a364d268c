//! Tokens and the stores that processes share them through.
//!
//! Owns how long a token is valid. It must not know how a token is fetched, nor who waits for it.

#[cfg(feature = "file-store")]
mod file;
mod memory;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "seal")]
mod seal;
mod store;

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use jdy_wire::Field;

use crate::classify::{decoded, value};
#[cfg(feature = "seal")]
use crate::credentials::is_pinned_text;
use crate::runtime::from_epoch_millis;
use crate::secret::Secret;

#[cfg(feature = "file-store")]
pub use self::file::FileStore;
#[cfg(feature = "redis")]
pub use self::redis::RedisStore;

pub use self::memory::MemoryStore;
pub use self::store::{Lease, LeaseStore, SharedLimiter, Store, StoreError, TokenStore};
pub use crate::limit::{Acquire, LimitClass, PermitId};

/// The token of one account set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The token itself.
    pub value: Secret,
    /// The time from which it should be refreshed, while it is still valid.
    pub refresh_after: SystemTime,
    /// The time from which it is not used any more.
    pub expires_at: SystemTime,
}

/// The lifetime of a token if nothing states it.
const DEFAULT_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// When what is kept of an instance ends, counted from 1970: about the year 2286.
const NEVER: Duration = Duration::from_secs(9_999_999_999);

/// A token goes into a header, so it must not be able to begin another one.
fn fits_header(token: &Secret) -> bool {
    !token.is_empty() && token.expose().bytes().all(|byte| byte.is_ascii_graphic())
}

impl Token {
    /// A token and its lifetime: until `expires` (milliseconds since 1970) where that lies ahead of
    /// `start`, else until the JWT's own `exp`, else 24 hours from `start`, the moment at which
    /// it was requested. It is due for a refresh when a twenty-fourth of that is left.
    pub fn new(value: Secret, expires: Option<u64>, start: SystemTime) -> Self {
        let ahead = |time: &SystemTime| *time > start;
        let expires_at = expires
            .and_then(from_epoch_millis)
            .filter(ahead)
            .or_else(|| jwt_expiry(value.expose()).filter(ahead))
            .unwrap_or(start + DEFAULT_LIFE);
        let life = expires_at.duration_since(start).unwrap_or_default();
        let refresh_after = start + (life - life / 24);
        Self {
            value,
            refresh_after,
            expires_at,
        }
    }

    /// Whether it may still be used.
    pub fn is_valid(&self, now: SystemTime) -> bool {
        now < self.expires_at
    }

    /// Whether it is due for a refresh.
    pub fn is_due(&self, now: SystemTime) -> bool {
        now >= self.refresh_after
    }

    /// Reads the `data` of a token call's answer.
    pub(crate) fn read(data: &str, start: SystemTime) -> Option<Self> {
        let data = decoded::<TokenData>(data)?;
        let token = Secret::new(value(data.app_token)?);
        let expires = value(data.expires).and_then(|expires| expires.try_into().ok());
        fits_header(&token).then(|| Self::new(token, expires, start))
    }

    /// What an instance was resolved to, in the form in which a store keeps it: it does not end.
    pub(crate) fn of_pinned(text: String) -> Self {
        let never = SystemTime::UNIX_EPOCH + NEVER;
        Self {
            value: Secret::new(text),
            refresh_after: never,
            expires_at: never,
        }
    }

    /// Whether it is no token but what an instance was resolved to, which is no secret.
    #[cfg(feature = "seal")]
    fn is_pinned(&self) -> bool {
        is_pinned_text(self.value.expose())
    }

    /// Whether it may be sent. What a store has under the key of a token may be something else.
    pub(crate) fn is_sendable(&self) -> bool {
        fits_header(&self.value)
    }
}

struct TokenData {
    app_token: Field<String>,
    expires: Field<i64>,
}

jdy_wire::record! {
    TokenData in Body {
        "app-token" => app_token: Text,
        "expires" => expires: Number,
    }
}

/// The claim of a JWT that is read.
struct Claims {
    exp: Field<i64>,
}

jdy_wire::record! {
    Claims in Body {
        "exp" => exp: Number,
    }
}

/// The `exp` of a JWT. Nothing is verified: it is our own token, and only its lifetime matters.
fn jwt_expiry(token: &str) -> Option<SystemTime> {
    let payload = token.split('.').nth(1)?;
    let json = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(payload.trim_end_matches('='))
        .ok()?;
    let claims = decoded::<Claims>(std::str::from_utf8(&json).ok()?)?;
    let seconds: u64 = value(claims.exp)?.try_into().ok()?;
    from_epoch_millis(seconds.checked_mul(1000)?)
}

/// Half of a hash: of 32 unpredictable bytes, 16 are enough to tell things apart.
pub(crate) fn truncate_hash(hash: [u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&hash[..16]);
    half
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const START: u64 = 1_700_000_000_000;

    fn start() -> SystemTime {
        from_epoch_millis(START).unwrap()
    }

    fn jwt(exp_seconds: u64) -> Secret {
        let encode = |json: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json);
        let payload = encode(&format!(r#"{{"iat":1,"exp":{exp_seconds}}}"#));
        Secret::new(format!("{}.{payload}.sig", encode(r#"{"alg":"HS256"}"#)))
    }

    #[test]
    fn a_tokens_life_comes_from_expires_then_the_jwt_then_is_a_day() {
        let hour = Duration::from_secs(3600);
        let given = Token::new(jwt(START / 1000 + 7200), Some(START + 3_600_000), start());
        assert_eq!(given.expires_at, start() + hour);
        let own = Token::new(jwt(START / 1000 + 7200), None, start());
        assert_eq!(own.expires_at, start() + hour * 2);
        let past = Token::new(jwt(START / 1000 + 7200), Some(1_700_000_000), start());
        assert_eq!(past.expires_at, start() + hour * 2);
        let opaque = Token::new(Secret::from("abc"), None, start());
        assert_eq!(opaque.expires_at, start() + hour * 24);
        assert_eq!(opaque.refresh_after, start() + hour * 23);
    }

    #[test]
    fn a_token_that_would_break_the_header_is_no_token() {
        assert!(Token::read(r#"{"app-token":"a.b.c","expires":null}"#, start()).is_some());
        for data in [
            r#"{"app-token":"a\r\nb"}"#,
            r#"{"app-token":""}"#,
            "{}",
            "null",
            r#"{"app-token":null}"#,
        ] {
            assert!(Token::read(data, start()).is_none(), "{data}");
        }
    }
}
