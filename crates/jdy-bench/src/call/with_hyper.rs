//! The call with hyper-util, signed and decoded by hand.
//!
//! Owns that client. Must not know how it is measured.

use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::by_hand::{CLIENT_ID, Nonces, ROUTER, RULES, TOKEN, rows, sign, token, token_query};
use crate::Failure;

pub(super) struct WithHyper {
    http: Client<HttpConnector, Empty<bytes::Bytes>>,
    address: String,
    token: String,
    nonces: Nonces,
}

impl WithHyper {
    pub(super) async fn new(address: &str) -> Result<Self, Failure> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let mut client = Self {
            http: Client::builder(TokioExecutor::new()).build(connector),
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
        let request = http::Request::get(format!("{}{path}?{query}", self.address))
            .header("Content-Type", "application/json")
            .header("X-Api-ClientID", CLIENT_ID)
            .header("X-Api-Auth-Version", "2.0")
            .header("X-Api-TimeStamp", signed.timestamp)
            .header("X-Api-Nonce", signed.nonce)
            .header("X-Api-SignHeaders", "X-Api-TimeStamp,X-Api-Nonce")
            .header("X-Api-Signature", signed.signature)
            .header("app-token", self.token.as_str())
            .header("X-GW-Router-Addr", ROUTER)
            .body(Empty::new())?;
        let answer = self.http.request(request).await?;
        Ok(answer.into_body().collect().await?.to_bytes())
    }
}
