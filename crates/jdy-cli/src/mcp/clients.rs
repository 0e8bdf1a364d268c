//! The clients of the server: one for each account set that is called.
//!
//! Owns which account set is meant. Must not know what is called there.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jdy::Client;

use crate::arguments::Global;
use crate::client;
use crate::exit::Failure;
use crate::settings::Settings;

/// A client, and the name under which it has the account set.
#[derive(Clone)]
pub(super) struct Called {
    pub(super) client: Client,
    pub(super) account: String,
}

/// The clients that were made so far.
pub(super) struct Clients {
    global: Global,
    /// The account set of calls that name none.
    default: Option<String>,
    made: Mutex<HashMap<Option<String>, Called>>,
}

impl Clients {
    pub(super) fn new(global: Global, default: Option<String>) -> Self {
        Self {
            global,
            default,
            made: Mutex::default(),
        }
    }

    /// The settings of the account set that the server was started for.
    pub(super) fn settings(&self) -> Result<Settings, Failure> {
        Settings::read(&self.global, self.default.as_deref())
    }

    /// Whether this is the account set that the server was started for.
    pub(super) fn is_default(&self, account: Option<&str>) -> bool {
        account.is_none() || account == self.default.as_deref()
    }

    /// The client of this account set, or of the one that the server was started for.
    pub(super) fn of(&self, account: Option<&str>) -> Result<Called, Failure> {
        let account = account.or(self.default.as_deref()).map(str::to_owned);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(called) = made.get(&account) {
            return Ok(called.clone());
        }
        let settings = Settings::read(&self.global, account.as_deref())?;
        let client = client::builder(&settings, false)?;
        let called = Called {
            client: client.build().map_err(client::refused)?,
            account: settings.account().to_owned(),
        };
        made.insert(account, called.clone());
        Ok(called)
    }
}
