//! One read call against the sandbox: by the SDK, and by bare reqwest with signing by hand.
//!
//! Owns the two clients and their turns. Must not judge the figures.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jdy::ls::mall_recharge_rule::Required;
use jdy::{Client, ClientExt, Credentials};
use jdy_sandbox::Sandbox;
use sha2::Sha256;

use crate::{Failure, report};

const CALLS: usize = 2_000;
const RULES: &str = "/jdy/v2/ls/mall_recharge_rule";
const TOKEN: &str = "/jdyconnector/app_management/kingdee_auth_token";

pub(crate) async fn run() -> Result<(), Failure> {
    let sandbox = Sandbox::start().await?;
    let client: Client = Client::builder()
        .base_url(sandbox.url())
        .credentials(Credentials::app(
            sandbox.client_id(),
            sandbox.client_secret(),
            sandbox.app_key(),
            sandbox.app_secret(),
            sandbox.router_addr(),
        ))
        // Speed is measured here, not patience.
        .limits(jdy::Limits::none())
        .build()?;
    let bare = Bare::new(&sandbox).await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..CALLS + 100 {
        let start = Instant::now();
        let member_id = "10".to_owned();
        let rules = client
            .ls()
            .mall_recharge_rule(Required { member_id })
            .await?;
        let sdk = start.elapsed();
        let start = Instant::now();
        let rows = bare.rules().await?;
        let hand = start.elapsed();
        if rows != rules.rows.list()?.len() {
            return Err("the two do not see the same".into());
        }
        // The first rounds warm both up.
        if round >= 100 {
            ours.push(sdk);
            theirs.push(hand);
        }
    }
    report("a read call", &mut ours, &mut theirs, "bare reqwest");
    Ok(())
}

/// What one would write without the SDK: enough for one token and one operation.
struct Bare<'a> {
    sandbox: &'a Sandbox,
    http: reqwest::Client,
    token: String,
    nonce: std::cell::Cell<u64>,
}

fn hex_base64(key: &str, message: &str) -> Result<String, Failure> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes())?;
    mac.update(message.as_bytes());
    let mut hex = String::new();
    for byte in mac.finalize().into_bytes() {
        hex.push_str(&format!("{byte:02x}"));
    }
    Ok(base64::engine::general_purpose::STANDARD.encode(hex))
}

impl<'a> Bare<'a> {
    async fn new(sandbox: &'a Sandbox) -> Result<Self, Failure> {
        // reqwest is built here without a provider of its own; the first that is there serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy();
        let mut bare = Bare {
            sandbox,
            http: http.tls_certs_only([]).build()?,
            token: String::new(),
            nonce: 1_000_000_000.into(),
        };
        let (key, secret) = (sandbox.app_key(), sandbox.app_secret());
        let signature = hex_base64(&secret, &key)?.replace('=', "%3D");
        let query = format!("app_key={key}&app_signature={signature}");
        let answer = bare.get(TOKEN, &query).await?;
        bare.token = answer["data"]["app-token"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        Ok(bare)
    }

    async fn rules(&self) -> Result<usize, Failure> {
        let answer = self.get(RULES, "member_id=10").await?;
        Ok(answer["data"]["rows"].as_array().map_or(0, Vec::len))
    }

    async fn get(&self, path: &str, query: &str) -> Result<serde_json::Value, Failure> {
        let millis = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        self.nonce.set(self.nonce.get() + 1);
        let nonce = self.nonce.get();
        let encoded = path.replace('/', "%2F");
        let twice = query.replace('%', "%25");
        let text =
            format!("GET\n{encoded}\n{twice}\nx-api-nonce:{nonce}\nx-api-timestamp:{millis}\n");
        let answer = self
            .http
            .get(format!("{}{path}?{query}", self.sandbox.url()))
            .header("Content-Type", "application/json")
            .header("X-Api-ClientID", self.sandbox.client_id())
            .header("X-Api-Auth-Version", "2.0")
            .header("X-Api-TimeStamp", millis.to_string())
            .header("X-Api-Nonce", nonce.to_string())
            .header("X-Api-SignHeaders", "X-Api-TimeStamp,X-Api-Nonce")
            .header(
                "X-Api-Signature",
                hex_base64(self.sandbox.client_secret(), &text)?,
            )
            .header("app-token", &self.token)
            .header("X-GW-Router-Addr", self.sandbox.router_addr())
            .send()
            .await?;
        Ok(serde_json::from_slice(&answer.bytes().await?)?)
    }
}
