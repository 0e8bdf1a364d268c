//! Which application and account set a command calls: from the environment, or from a profile.
//!
//! Owns that it is never a mixture of the two. Must not know how a client is built.

use std::env::VarError;
use std::path::PathBuf;

use jdy::{Client, ConfigError, Credentials};

use crate::arguments::Global;
use crate::exit::Failure;
use crate::language::{explained, say};
use crate::profile::{self, KEYS, Profile};

/// The variables that say whose money is spent. With a profile none of them may be set, unless
/// the profile itself names it.
const DECIDING: [&str; 7] = [
    "JDY_CLIENT_ID",
    "JDY_CLIENT_SECRET",
    "JDY_APP_KEY",
    "JDY_APP_SECRET",
    "JDY_ROUTER_ADDR",
    "JDY_OUTER_INSTANCE_ID",
    "JDY_BASE_URL",
];

/// The variables that a profile may leave to the environment: they say nothing of whom is called.
const SHARED: [&str; 2] = ["JDY_TOKEN_STORE", "JDY_SHARE_LIMITS"];

/// The settings of a command, under the names of the environment's variables.
pub(crate) struct Settings {
    profile: Option<Profile>,
    account: Option<String>,
}

impl Settings {
    /// The settings of the profile that was chosen, and of this account set of it; of the
    /// environment if none was.
    pub(crate) fn read(global: &Global, account: Option<&str>) -> Result<Self, Failure> {
        if global.has_blank_option() {
            return Err(Failure::usage(say!("settings-no-profile")));
        }
        if let Some(name) = DECIDING
            .iter()
            .chain(&SHARED)
            .find(|name| is_unreadable(name))
        {
            return Err(Failure::usage(say!(
                "settings-unreadable",
                variable = *name
            )));
        }
        let Some(name) = global.profile() else {
            return match account {
                None => Ok(Self {
                    profile: None,
                    account: None,
                }),
                Some(account) => Err(Failure::usage(say!("settings-account", account = account))),
            };
        };
        let profile = Profile::read(name, account)?;
        let also: Vec<&str> = DECIDING
            .into_iter()
            .filter(|name| variable(name).is_some() && !profile.refers_to(name))
            .collect();
        if !also.is_empty() {
            let also = also.join(&say!("settings-and"));
            return Err(Failure::usage(say!(
                "settings-both",
                profile = name,
                variables = also
            )));
        }
        Ok(Self {
            profile: Some(profile),
            account: account.map(str::to_owned),
        })
    }

    /// The text of a setting, by the name of its variable; none if it is empty.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let Some(profile) = &self.profile else {
            return variable(name);
        };
        let own = profile.get(name);
        own.or_else(|| SHARED.contains(&name).then(|| variable(name)).flatten())
    }

    /// Whether all who use the token store keep to the limits together.
    pub(crate) fn shares_limits(&self) -> bool {
        self.get("JDY_SHARE_LIMITS").as_deref() == Some("1")
    }

    /// The name under which the client has the account set.
    pub(crate) fn account(&self) -> &str {
        self.account.as_deref().unwrap_or(Client::DEFAULT_ACCOUNT)
    }

    /// The file of profiles that another command needs, where a variable names it: another file may
    /// have another shop under the name of the profile.
    pub(crate) fn named_file(&self) -> Option<PathBuf> {
        let file = self.profile.as_ref().and_then(|_| profile::named_file())?;
        Some(std::path::absolute(&file).unwrap_or(file))
    }

    /// The options by which another command calls the same account set; none where the environment
    /// says it.
    pub(crate) fn options(&self) -> Vec<String> {
        let profile = self.profile.as_ref().map(Profile::name);
        let named = [
            ("--profile", profile),
            ("--account", self.account.as_deref()),
        ];
        let named = named
            .into_iter()
            .filter_map(|(option, name)| Some((option, name?)));
        let words = |(option, name): (&str, &str)| match name.starts_with('-') {
            // As a word of its own it would be read as another option.
            true => vec![format!("{option}={name}")],
            false => vec![option.to_owned(), name.to_owned()],
        };
        named.flat_map(words).collect()
    }

    /// The credentials of the account set.
    pub(crate) fn credentials(&self) -> Result<Credentials, Failure> {
        Credentials::from_names(&|name| self.get(name)).map_err(|error| self.refused(&error))
    }

    /// Where the settings come from, in words.
    pub(crate) fn origin(&self) -> String {
        match (&self.profile, &self.account) {
            (None, _) => say!("settings-environment"),
            (Some(profile), None) => say!("settings-profile", profile = profile.name()),
            (Some(profile), Some(account)) => {
                say!(
                    "settings-profile-account",
                    profile = profile.name(),
                    account = account
                )
            }
        }
    }

    /// The failure for settings from which no client can be built, in the words of where they
    /// stand.
    pub(crate) fn refused(&self, error: &ConfigError) -> Failure {
        let Some(profile) = &self.profile else {
            return Failure::usage(say!("settings-refused", error = explained(error)));
        };
        let mut text = error.to_string();
        // A longer name may begin with a shorter one.
        for (key, variable) in KEYS {
            text = text.replace(variable, key);
        }
        let failure = say!("at-place", place = profile.place(), error = explained(text));
        let failure = Failure::usage(failure);
        match (&self.account, profile.accounts()) {
            (None, accounts @ [_, ..]) => {
                failure.and(&say!("settings-or-account", accounts = accounts.join(", ")))
            }
            _ => failure,
        }
    }
}

/// A variable of the environment that is not empty.
fn variable(name: &str) -> Option<String> {
    let text = std::env::var(name).unwrap_or_default();
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Whether a variable is set to what is not UTF-8, which must not count as missing.
fn is_unreadable(name: &str) -> bool {
    matches!(std::env::var(name), Err(VarError::NotUnicode(_)))
}
