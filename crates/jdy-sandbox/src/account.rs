//! Account sets: their keys, their tokens, and the two calls that return them.
//!
//! Owns credentials, app secret rotation and token state. Must not know the ledger, sockets or how
//! requests are signed.
//! Must not use: `crate::fault`, `crate::gateway`, `crate::ledger`, `crate::server`, `tokio`.

use std::collections::HashMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::answer::{Answer, Refusal, errcode};
use crate::request::Request;
use crate::signature::{app_signature, hex, hmac_sha256};

/// The sandbox's client id: six digits, recognizably not a real one.
pub const CLIENT_ID: &str = "100000";
/// The sandbox's client secret: 32 hex digits, recognizably not a real one.
pub const CLIENT_SECRET: &str = "facade00facade00facade00facade00";
/// The outer instance of all account sets of a sandbox.
pub const OUTER_INSTANCE_ID: &str = "100000000000000001";
/// The router address of the first account set of a sandbox. Each other one has its own.
pub const ROUTER_ADDR: &str = "https://tf.jdy.com";

/// One account set (账套) as an authorization returns it. `Debug` does not show the secret.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountSet {
    /// `accountId`.
    pub account_id: String,
    /// `accountName`.
    pub account_name: String,
    /// `appKey`. It stays the same when the secret rotates.
    pub app_key: String,
    /// `appSecret`, the current one.
    pub app_secret: String,
    /// `serviceId`.
    pub service_id: String,
    /// `domain`, the value of `X-GW-Router-Addr`.
    pub domain: String,
    /// 1 is active.
    pub status: i64,
    old_secrets: Vec<String>,
}

impl fmt::Debug for AccountSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountSet")
            .field("account_id", &self.account_id)
            .field("app_key", &self.app_key)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl AccountSet {
    pub(crate) fn numbered(number: usize, name: &str, status: i64) -> Self {
        let mut set = Self {
            account_id: format!("20000000000000{number:04}"),
            account_name: name.to_owned(),
            app_key: format!("Sandbox{number:02}"),
            app_secret: String::new(),
            service_id: format!("30000000000000{number:04}"),
            // A call with the address of another account set has to fail here, as it does in
            // production.
            domain: match number {
                1 => ROUTER_ADDR.to_owned(),
                number => format!("https://vip{number}-gd.jdy.com"),
            },
            status,
            old_secrets: Vec::new(),
        };
        set.app_secret = set.secret_number(0);
        set
    }

    /// 40 hex digits that begin with `facade`, recognizably not a real secret.
    fn secret_number(&self, number: usize) -> String {
        let digest = hmac_sha256(
            self.app_key.as_bytes(),
            format!("app secret {number}").as_bytes(),
        );
        format!("facade{}", hex(&digest).get(..34).unwrap_or_default())
    }

    pub(crate) fn rotate_secret(&mut self) {
        let next = self.secret_number(self.old_secrets.len() + 1);
        self.old_secrets
            .push(std::mem::replace(&mut self.app_secret, next));
    }

    /// How often the secret was rotated.
    pub(crate) fn rotations(&self) -> usize {
        self.old_secrets.len()
    }

    fn item(&self) -> Value {
        json!({
            "accountId": self.account_id,
            "accountName": self.account_name,
            "agreementCompanyName": "Sandbox company",
            "appKey": self.app_key,
            "appSecret": self.app_secret,
            "clientId": CLIENT_ID,
            "domain": self.domain,
            "groupName": "sandbox",
            "outerInstanceId": OUTER_INSTANCE_ID,
            "serviceId": self.service_id,
            "status": self.status,
        })
    }

    /// Why this app signature is not the one that the secret gives.
    fn explain(&self, signature: &str) -> String {
        if self
            .old_secrets
            .iter()
            .any(|old| app_signature(&self.app_key, old) == signature)
        {
            return "it was made with a secret from before a rotation; authorize again to get the new one".to_owned();
        }
        let raw = hmac_sha256(self.app_secret.as_bytes(), self.app_key.as_bytes());
        let variants = [
            (
                STANDARD.encode(raw),
                "it is Base64 of the raw bytes; take Base64 of their lower-case hex text",
            ),
            (
                STANDARD.encode(hex(&raw).to_uppercase()),
                "its hex text is in upper case; write it in lower case",
            ),
            (hex(&raw), "it is the hex text itself; send its Base64"),
            (
                app_signature(&self.app_secret, &self.app_key),
                "key and message are swapped: the app secret is the key",
            ),
        ];
        let found = variants
            .into_iter()
            .find(|(text, _)| text == signature)
            .map(|(_, why)| why);
        found
            .unwrap_or("it was made with another secret; authorize again to get the current one")
            .to_owned()
    }
}

/// The envelope of the authorization call's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum AuthorizeEnvelope {
    /// `{"errcode":0,"description":..,"data":..}`
    #[default]
    Errcode,
    /// `{"code":200,"msg":..,"data":..}`
    Code,
}

/// The shape of the authorization call's `data` for a single account set. Several are always a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum AuthorizeData {
    /// `data` is a list.
    #[default]
    List,
    /// `data` is the object itself.
    Object,
}

/// What becomes of older tokens when a new one is issued. What the real gateway does is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OldTokens {
    /// They stay valid until they expire.
    #[default]
    StayValid,
    /// They are refused from then on.
    Revoked,
}

#[derive(Debug, Clone)]
struct Token {
    account: usize,
    expires: i64,
    state: TokenState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenState {
    Valid,
    Expired,
    Revoked,
}

/// All account sets of a sandbox and their tokens.
#[derive(Debug, Clone)]
pub(crate) struct Accounts {
    pub(crate) sets: Vec<AccountSet>,
    pub(crate) envelope: AuthorizeEnvelope,
    pub(crate) shape: AuthorizeData,
    pub(crate) old_tokens: OldTokens,
    pub(crate) token_life_millis: i64,
    tokens: HashMap<String, Token>,
    issued: u64,
}

/// How many tokens are kept, so that a refusal can say what became of them.
const MAX_TOKENS: usize = 100_000;

impl Accounts {
    pub(crate) fn new(sets: Vec<AccountSet>) -> Self {
        Self {
            sets,
            envelope: AuthorizeEnvelope::default(),
            shape: AuthorizeData::default(),
            old_tokens: OldTokens::default(),
            token_life_millis: 86_400_000,
            tokens: HashMap::new(),
            issued: 0,
        }
    }

    /// `GET /jdyconnector/app_management/kingdee_auth_token`
    pub(crate) fn token_call(&mut self, request: &Request, now: i64) -> Result<Answer, Refusal> {
        let refuse = |why: String| {
            Refusal::business(
                errcode::STALE_APP_SECRET,
                format!("授权密钥校验失败 (app key and app secret): {why}"),
            )
        };
        let app_key = request.parameter("app_key").unwrap_or_default();
        let signature = request.parameter("app_signature").unwrap_or_default();
        let account = self
            .sets
            .iter()
            .position(|set| set.app_key == app_key)
            .ok_or_else(|| {
                refuse(format!(
                    "app_key {app_key:?} does not belong to this sandbox, or is missing in the query"
                ))
            })?;
        let set = self
            .sets
            .get(account)
            .ok_or_else(|| refuse(String::new()))?;
        if signature.is_empty() {
            return Err(refuse("app_signature is missing in the query".to_owned()));
        }
        if app_signature(&set.app_key, &set.app_secret) != signature {
            return Err(refuse(format!(
                "app_signature does not match: {}",
                set.explain(&signature)
            )));
        }
        if set.status != 1 {
            let reason = format!(
                "account set {} is not active (status {})",
                set.account_id, set.status
            );
            return Err(Refusal::business(errcode::NOT_AUTHORIZED, reason));
        }
        let uid = request
            .parameter("uid")
            .and_then(|uid| uid.parse::<i64>().ok())
            .unwrap_or(100_001);
        let (app_key, access_token) = (
            set.app_key.clone(),
            hex(&hmac_sha256(b"access", signature.as_bytes())),
        );
        let (token, expires) = self.issue(account, &app_key, now);
        Ok(Answer::json(
            200,
            &json!({"errcode": 0, "description": "成功", "data": {
                "uid": uid,
                "app-token": token,
                "access_token": access_token.get(..32).unwrap_or_default(),
                "expires": expires,
            }}),
        ))
    }

    /// Issues a token in the form of a JWT, for clients that read `exp`.
    fn issue(&mut self, account: usize, app_key: &str, now: i64) -> (String, i64) {
        let expires = now.saturating_add(self.token_life_millis);
        self.issued += 1;
        let claims = json!({
            "appKey": app_key, "jti": self.issued, "iat": now.div_euclid(1000), "exp": expires.div_euclid(1000)
        });
        let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let seal = URL_SAFE_NO_PAD.encode(hmac_sha256(CLIENT_SECRET.as_bytes(), signed.as_bytes()));
        let token = format!("{signed}.{seal}");
        if self.old_tokens == OldTokens::Revoked {
            let old = self.tokens.values_mut();
            for token in old.filter(|token| token.account == account) {
                token.state = TokenState::Revoked;
            }
        }
        if self.tokens.len() >= MAX_TOKENS {
            self.tokens
                .retain(|_, token| token.state == TokenState::Valid && token.expires > now);
        }
        self.tokens.insert(
            token.clone(),
            Token {
                account,
                expires,
                state: TokenState::Valid,
            },
        );
        (token, expires)
    }

    /// `POST /jdyconnector/app_management/push_app_authorize`
    pub(crate) fn authorize_call(&self, request: &Request) -> Result<Answer, Refusal> {
        let instance = request.parameter("outerInstanceId").unwrap_or_default();
        if instance != OUTER_INSTANCE_ID {
            let reason = format!(
                "outerInstanceId: unknown instance {instance:?}; this sandbox has {OUTER_INSTANCE_ID}"
            );
            return Err(Refusal::business(errcode::UNKNOWN_INSTANCE, reason));
        }
        let items: Vec<Value> = self.sets.iter().map(AccountSet::item).collect();
        let data = match (self.shape, items.as_slice()) {
            (AuthorizeData::Object, [only]) => only.clone(),
            _ => Value::Array(items),
        };
        Ok(Answer::json(
            200,
            &match self.envelope {
                AuthorizeEnvelope::Errcode => {
                    json!({"errcode": 0, "description": "成功", "data": data})
                }
                AuthorizeEnvelope::Code => json!({"code": 200, "msg": "成功", "data": data}),
            },
        ))
    }

    /// The environment variables that configure a client for the first account set.
    pub(crate) fn environment(&self, base_url: &str) -> Vec<(&'static str, String)> {
        let of = |get: fn(&AccountSet) -> &String| self.sets.first().map(get).cloned();
        vec![
            ("JDY_BASE_URL", base_url.to_owned()),
            ("JDY_CLIENT_ID", CLIENT_ID.to_owned()),
            ("JDY_CLIENT_SECRET", CLIENT_SECRET.to_owned()),
            ("JDY_APP_KEY", of(|set| &set.app_key).unwrap_or_default()),
            (
                "JDY_APP_SECRET",
                of(|set| &set.app_secret).unwrap_or_default(),
            ),
            ("JDY_ROUTER_ADDR", of(|set| &set.domain).unwrap_or_default()),
        ]
    }

    /// The app signatures that are valid now.
    pub(crate) fn app_signatures(&self) -> Vec<String> {
        let of = |set: &AccountSet| app_signature(&set.app_key, &set.app_secret);
        self.sets.iter().map(of).collect()
    }

    /// Whether this token is one of the sandbox's, valid or not.
    pub(crate) fn has_issued(&self, token: &str) -> bool {
        self.tokens.contains_key(token)
    }

    /// The current app secret of the first account set; empty without one.
    pub(crate) fn first_app_secret(&self) -> &str {
        self.sets.first().map_or("", |set| &set.app_secret)
    }

    /// The index of the token's account set.
    pub(crate) fn check_token(&self, token: &str, now: i64) -> Result<usize, Refusal> {
        if token.is_empty() {
            let reason = "the header app-token is missing; fetch a token with kingdee_auth_token";
            return Err(Refusal::gateway(4009, reason));
        }
        let Some(found) = self.tokens.get(token) else {
            return Err(Refusal::gateway(
                4010,
                "this sandbox did not issue this app-token",
            ));
        };
        match found.state {
            TokenState::Revoked => Err(Refusal::gateway(
                4010,
                "this app-token was revoked; fetch another one",
            )),
            TokenState::Valid if found.expires > now => Ok(found.account),
            _ => Err(Refusal::gateway(
                4011,
                "this app-token has expired; fetch another one",
            )),
        }
    }

    pub(crate) fn expire(&mut self, token: &str) {
        self.tokens
            .entry(token.to_owned())
            .and_modify(|token| token.state = TokenState::Expired);
    }

    pub(crate) fn revoke(&mut self, token: &str) {
        self.tokens
            .entry(token.to_owned())
            .and_modify(|token| token.state = TokenState::Revoked);
    }

    pub(crate) fn expire_all(&mut self) {
        for token in self.tokens.values_mut() {
            token.state = TokenState::Expired;
        }
    }

    /// Rotates each secret until it was rotated so often. No rotation is taken back.
    pub(crate) fn rotate_up_to(&mut self, rotations: &[usize]) {
        for (set, rotations) in self.sets.iter_mut().zip(rotations) {
            while set.rotations() < *rotations {
                set.rotate_secret();
            }
        }
    }

    /// Rotates the secret of the token's account set, or of all account sets without a token.
    pub(crate) fn rotate_for(&mut self, token: Option<&str>) {
        let account = token
            .and_then(|token| self.tokens.get(token))
            .map(|token| token.account);
        for (at, set) in self.sets.iter_mut().enumerate() {
            if account.is_none_or(|account| account == at) {
                set.rotate_secret();
            }
        }
    }
}
