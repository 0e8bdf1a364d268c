//! The call with reqwest, signed and decoded by hand.
//!
//! Owns that client. Must not know how it is measured.

use super::by_hand::{CLIENT_ID, Nonces, ROUTER, RULES, TOKEN, rows, sign, token, token_query};
use crate::Failure;

pub(super) struct WithReqwest {
    http: reqwest::Client,
    address: String,
    token: String,
    nonces: Nonces,
}

impl WithReqwest {
    pub(super) async fn new(address: &str) -> Result<Self, Failure> {
        // reqwest is built here without a provider of its own; the first that is there serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy();
        let mut client = Self {
            http: http.tls_certs_only([]).build()?,
            address: address.to_owned(),
            token: String::new(),
            nonces: Nonces::default(),
        };
        let answer = client.get(TOKEN, &token_query()?).await?;
        client.token = token(&answer)?;
        Ok(client)
    }

    /// One call; the rows of its answer.
    pub(super) async fn call(&self) -> Result<usize, Failure> {
        rows(&self.get(RULES, "member_id=10").await?)
    }

    async fn get(&self, path: &str, query: &str) -> Result<bytes::Bytes, Failure> {
        let signed = sign(&self.nonces, path, query)?;
        let answer = self
            .http
            .get(format!("{}{path}?{query}", self.address))
            .header("Content-Type", "application/json")
            .header("X-Api-ClientID", CLIENT_ID)
            .header("X-Api-Auth-Version", "2.0")
            .header("X-Api-TimeStamp", signed.timestamp)
            .header("X-Api-Nonce", signed.nonce)
            .header("X-Api-SignHeaders", "X-Api-TimeStamp,X-Api-Nonce")
            .header("X-Api-Signature", signed.signature)
            .header("app-token", &self.token)
            .header("X-GW-Router-Addr", ROUTER)
            .send()
            .await?;
        Ok(answer.bytes().await?)
    }
}
