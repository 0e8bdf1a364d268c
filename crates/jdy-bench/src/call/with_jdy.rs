//! The call with the SDK.
//!
//! Owns that client. Must not know how it is measured.

use jdy::ls::mall_recharge_rule::Required;
use jdy::transport::HyperTransport;
use jdy::{Client, ClientBuilder, ClientExt as _, Credentials, Limits};

use super::by_hand::{APP_KEY, APP_SECRET, CLIENT_ID, CLIENT_SECRET, ROUTER};
use crate::Failure;

pub(super) struct WithJdy(Client);

impl WithJdy {
    /// On reqwest, as it comes.
    pub(super) fn new(address: &str) -> Result<Self, Failure> {
        Self::with(address, Client::builder())
    }

    pub(super) fn on_hyper(address: &str) -> Result<Self, Failure> {
        let transport = HyperTransport::builder().build()?;
        Self::with(address, Client::builder().transport(transport))
    }

    fn with(address: &str, builder: ClientBuilder) -> Result<Self, Failure> {
        let credentials = Credentials::app(CLIENT_ID, CLIENT_SECRET, APP_KEY, APP_SECRET, ROUTER);
        let client = builder
            .base_url(address)
            .credentials(credentials)
            // Speed is measured here, not patience.
            .limits(Limits::none());
        Ok(Self(client.build()?))
    }

    /// One call; the rows of its answer.
    pub(super) async fn call(&self) -> Result<usize, Failure> {
        let member_id = "10".to_owned();
        let rules = self
            .0
            .ls()
            .mall_recharge_rule(Required { member_id })
            .await?;
        Ok(rows_of(&rules)?)
    }
}

fn rows_of(rules: &jdy::ls::mall_recharge_rule::Data) -> Result<usize, jdy::FieldError> {
    Ok(rules.rows.list()?.len())
}
