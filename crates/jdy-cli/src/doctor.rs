//! `jdy doctor`: what a call needs, checked in the order in which it needs it.
//!
//! Owns the checks that make calls, and which of them are left out after a failure. Must not change
//! anything, except that the token is kept as every command keeps it.

mod network;
mod report;
mod seen;

use std::time::Duration;

use jdy::{Authorization, Client, ErrorKind};

use self::report::Report;
use self::seen::Seen;
use crate::arguments::Global;
use crate::client;
use crate::exit::Failure;
use crate::request::{Fields, Target};
use crate::settings::Settings;

/// What is read: a list that every account set has.
const READ: &str = "bd.material";
/// How long the call of it may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Checks, and prints a line for each check.
pub(crate) fn run(account: Option<&str>, global: &Global) -> Result<(), Failure> {
    let mut report = Report::default();
    let settings = match Settings::read(global, account) {
        Ok(settings) => settings,
        Err(failure) => {
            report.failed("settings", failure.message());
            return report.end();
        }
    };
    let seen = Seen::default();
    let built = client::builder(&settings, false)
        .and_then(|builder| builder.hooks(seen.clone()).build().map_err(client::refused));
    let client = match built {
        Ok(client) => client,
        Err(failure) => {
            report.failed("settings", failure.message());
            return report.end();
        }
    };
    report.ok("settings", &told(&settings));
    report.ok("base URL", client.base_url());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::other(format!("cannot run a call: {error}")))?;
    runtime.block_on(async {
        if network::check(&mut report, client.base_url()).await {
            calls(&mut report, &client, &settings, &seen).await;
        } else {
            for name in [
                "account sets",
                "token",
                "read call",
                "token store",
                "shared limits",
            ] {
                report.skipped(name, "the gateway is not reached");
            }
        }
    });
    // A DNS lookup that is still running must not delay the exit.
    runtime.shutdown_background();
    report.end()
}

/// Where the settings come from and whom they name; none of it is a secret.
fn told(settings: &Settings) -> String {
    let names = [
        ("client id", "JDY_CLIENT_ID"),
        ("instance", "JDY_OUTER_INSTANCE_ID"),
        ("app key", "JDY_APP_KEY"),
    ];
    let mut text = format!("from {}", settings.origin());
    for (what, name) in names {
        if let Some(value) = settings.get(name) {
            text.push_str(&format!(", {what} {value}"));
        }
    }
    text
}

async fn calls(report: &mut Report, client: &Client, settings: &Settings, seen: &Seen) {
    let is_authorized = account_sets(report, client, settings).await;
    if is_authorized {
        read(report, client, settings, seen).await;
    } else {
        for name in ["token", "read call"] {
            report.skipped(name, "no account set is known");
        }
    }
    store(report, settings, seen);
}

/// What the instance has authorized, and which of it is called.
async fn account_sets(report: &mut Report, client: &Client, settings: &Settings) -> bool {
    const NAME: &str = "account sets";
    let given = settings.get("JDY_APP_KEY");
    if settings.get("JDY_OUTER_INSTANCE_ID").is_none() {
        let key = given.unwrap_or_default();
        report.ok(
            NAME,
            &format!("app key {key} is given with its secret, so no instance is asked"),
        );
        return true;
    }
    let all = match client.authorizations(settings.account()).await {
        Ok(all) => all,
        Err(error) => {
            report.failed(NAME, &error.to_string());
            return false;
        }
    };
    let live: Vec<&Authorization> = all.iter().filter(|one| one.is_live()).collect();
    let count = format!("{} authorized, {} live", all.len(), live.len());
    match client.resolve(settings.account()).await {
        Ok(set) if live.iter().any(|one| one.app_key == set.app_key) => {
            report.ok(NAME, &format!("{count}; app key {} is called", set.app_key));
            true
        }
        Ok(set) => {
            let key = set.app_key;
            report.failed(NAME, &format!(
                "{count}, and app key {key} is not among the live ones; authorize the application \
                 in its account set again, or take another app key (`jdy accounts`)"
            ));
            false
        }
        Err(error) => {
            report.failed(
                NAME,
                &format!("{count}; {error}; `jdy accounts` lists them"),
            );
            false
        }
    }
}

/// One call that only reads, and the token that it needs.
async fn read(report: &mut Report, client: &Client, settings: &Settings, seen: &Seen) {
    let fields = Fields {
        pairs: [("page", "1"), ("page_size", "1")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        query: Vec::new(),
        json: None,
        extra: Vec::new(),
    };
    let request = Target::find(READ).and_then(|target| target.request(fields));
    let request = match request {
        Ok(request) => request,
        Err(failure) => return report.failed("read call", failure.message()),
    };
    let call = request.call(client).account(settings.account());
    let result = call.deadline(PATIENCE).await;
    match (seen.token(), &result) {
        (Some(token), _) => report.ok("token", &token),
        (None, Ok(_)) => report.ok("token", "accepted"),
        (None, Err(error)) => {
            report.failed("token", &error.to_string());
            return report.skipped("read call", "there is no token");
        }
    }
    match result {
        Ok(answer) => {
            let attempts = answer.attempts();
            report.ok(
                "read call",
                &format!("{READ} was answered, attempts: {attempts}"),
            );
        }
        Err(error) if *error.kind() == ErrorKind::Business => report.failed(
            "read call",
            &format!("{error}; does the authorization cover the module?"),
        ),
        Err(error) => report.failed("read call", &error.to_string()),
    }
}

/// What the calls before met in the store.
fn store(report: &mut Report, settings: &Settings, seen: &Seen) {
    let (name, is_kept) = match settings.get("JDY_TOKEN_STORE") {
        // What stands before @ may be a password.
        Some(store) => match store.split_once("://").zip(store.rsplit_once('@')) {
            Some(((scheme, _), (_, host))) => (format!("{scheme}://{host}"), true),
            None => (store.clone(), store != "memory"),
        },
        None => match client::default_store(settings) {
            Some((file, _)) => (format!("file:{}", file.display()), true),
            None => ("memory".to_owned(), false),
        },
    };
    let failure = seen.store_failure();
    match &failure {
        Some(error) => report.failed("token store", &format!(
            "{name}: {error}; tokens are not kept, so each command takes one of the 2 token calls a \
             minute; fix the store, or name another one (token_store, JDY_TOKEN_STORE)"
        )),
        None if is_kept => report.ok("token store", &name),
        None => report.warning("token store", &format!(
            "{name}: each command takes one of the 2 token calls a minute; name a file or a Redis \
             server (token_store, JDY_TOKEN_STORE)"
        )),
    }
    match (settings.shares_limits(), failure) {
        (false, _) => report.ok("shared limits", "each process keeps to the limits by itself"),
        (true, None) => report.ok("shared limits", &format!("kept together through {name}")),
        (true, Some(_)) => report.failed("shared limits", &format!(
            "{name} failed, so each process keeps to the limits by itself, and together they may \
             be refused; fix the store"
        )),
    }
}
