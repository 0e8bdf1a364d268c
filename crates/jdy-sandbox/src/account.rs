//! Account sets: their keys, their tokens, and the two calls that hand both out.
//!
//! It must not know the ledger, sockets or how requests are signed.

use std::collections::HashMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::answer::{Answer, Refusal, errcode};
use crate::request::Request;
use crate::signature::{app_signature, hex, hmac_sha256};

/// The sandbox's client id: six digits, and plainly nobody's.
pub const CLIENT_ID: &str = "100000";
/// The sandbox's client secret: 32 hex digits, and plainly nobody's.
pub const CLIENT_SECRET: &str = "facade00facade00facade00facade00";
/// The instance that all account sets of a sandbox were authorized for.
pub const OUTER_INSTANCE_ID: &str = "100000000000000001";
/// Where the account sets of a sandbox are said to live.
pub const ROUTER_ADDR: &str = "https://tf.jdy.com";

/// What an authorization tells of one account set (账套). `Debug` does not show the secret.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountSet {
    /// `accountId`.
    pub account_id: String,
    /// `accountName`.
    pub account_name: String,
    /// `appKey`. It stays when the secret rotates.
    pub app_key: String,
    /// `appSecret`, the one that is good now.
    pub app_secret: String,
    /// `serviceId`.
    pub service_id: String,
    /// `domain`, which goes into `X-GW-Router-Addr`.
    pub domain: String,
    /// 1 is live.
    pub status: i64,
    former_secrets: Vec<String>,
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
            domain: ROUTER_ADDR.to_owned(),
            status,
            former_secrets: Vec::new(),
        };
        set.app_secret = set.secret_number(0);
        set
    }

    /// 40 hex digits that begin with `facade`, so that nobody takes them for somebody's.
    fn secret_number(&self, number: usize) -> String {
        let digest = hmac_sha256(
            self.app_key.as_bytes(),
            format!("app secret {number}").as_bytes(),
        );
        format!("facade{}", hex(&digest).get(..34).unwrap_or_default())
    }

    pub(crate) fn rotate_secret(&mut self) {
        let next = self.secret_number(self.former_secrets.len() + 1);
        self.former_secrets
            .push(std::mem::replace(&mut self.app_secret, next));
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

    /// Why this signature of the app key is not the one that the secret gives.
    fn explain(&self, signature: &str) -> String {
        if self
            .former_secrets
            .iter()
            .any(|former| app_signature(&self.app_key, former) == signature)
        {
            return "it was made with a secret from before a rotation; authorize again for the new one".to_owned();
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
            .unwrap_or(
                "it was made with another secret; authorize again for the one that is good now",
            )
            .to_owned()
    }
}

/// In which of the two envelopes the authorization call answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum AuthorizeEnvelope {
    /// `{"errcode":0,"description":..,"data":..}`
    #[default]
    Errcode,
    /// `{"code":200,"msg":..,"data":..}`
    Code,
}

/// How the authorization call answers a single account set. Several are always a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum AuthorizeData {
    /// `data` is a list.
    #[default]
    List,
    /// `data` is the one object itself.
    Object,
}

/// What a new token does to the ones before it. What the real gateway does is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum FormerTokens {
    /// They stay good until they expire.
    #[default]
    Stay,
    /// They are refused from then on.
    End,
}

#[derive(Debug, Clone)]
struct Token {
    account: usize,
    expires: i64,
    state: TokenState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenState {
    Good,
    Expired,
    Revoked,
}

/// All account sets of a sandbox and their tokens.
#[derive(Debug, Clone)]
pub(crate) struct Accounts {
    pub(crate) sets: Vec<AccountSet>,
    pub(crate) envelope: AuthorizeEnvelope,
    pub(crate) shape: AuthorizeData,
    pub(crate) former: FormerTokens,
    pub(crate) token_life_millis: i64,
    tokens: HashMap<String, Token>,
    issued: u64,
}

/// Tokens are kept so that a refusal can say what became of them, but not without end.
const MAX_TOKENS: usize = 100_000;

impl Accounts {
    pub(crate) fn new(sets: Vec<AccountSet>) -> Self {
        Self {
            sets,
            envelope: AuthorizeEnvelope::default(),
            shape: AuthorizeData::default(),
            former: FormerTokens::default(),
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
                    "app_key {app_key:?} is not of this sandbox, or missing in the query"
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
                "app_signature does not fit: {}",
                set.explain(&signature)
            )));
        }
        if set.status != 1 {
            let said = format!(
                "account set {} is not live (status {})",
                set.account_id, set.status
            );
            return Err(Refusal::business(errcode::NOT_AUTHORIZED, said));
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

    /// A text in the form of a JWT. Nothing reads it but clients that look for `exp`.
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
        if self.former == FormerTokens::End {
            for former in self
                .tokens
                .values_mut()
                .filter(|former| former.account == account)
            {
                former.state = TokenState::Revoked;
            }
        }
        if self.tokens.len() >= MAX_TOKENS {
            self.tokens
                .retain(|_, token| token.state == TokenState::Good && token.expires > now);
        }
        self.tokens.insert(
            token.clone(),
            Token {
                account,
                expires,
                state: TokenState::Good,
            },
        );
        (token, expires)
    }

    /// `POST /jdyconnector/app_management/push_app_authorize`
    pub(crate) fn authorize_call(&self, request: &Request) -> Result<Answer, Refusal> {
        let instance = request.parameter("outerInstanceId").unwrap_or_default();
        if instance != OUTER_INSTANCE_ID {
            let said = format!(
                "outerInstanceId: no instance {instance:?}; this sandbox has {OUTER_INSTANCE_ID}"
            );
            return Err(Refusal::business(errcode::UNKNOWN_INSTANCE, said));
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

    /// The account set that a token is for.
    pub(crate) fn check_token(&self, token: &str, now: i64) -> Result<usize, Refusal> {
        if token.is_empty() {
            let said = "the header app-token is missing; fetch a token with kingdee_auth_token";
            return Err(Refusal::gateway(4009, said));
        }
        let Some(found) = self.tokens.get(token) else {
            return Err(Refusal::gateway(
                4010,
                "the value of app-token is no token that this sandbox issued",
            ));
        };
        match found.state {
            TokenState::Revoked => Err(Refusal::gateway(
                4010,
                "this app-token was revoked; fetch another one",
            )),
            TokenState::Good if found.expires > now => Ok(found.account),
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

    /// Rotates the secret of the account set of this token, or of all without one.
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
