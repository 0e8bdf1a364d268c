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
use crate::language::{self, say};
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
            report.failed(say!("check-settings"), failure.message());
            return report.end();
        }
    };
    let seen = Seen::default();
    let built = client::builder(&settings, false)
        .and_then(|builder| builder.hooks(seen.clone()).build().map_err(client::refused));
    let client = match built {
        Ok(client) => client,
        Err(failure) => {
            report.failed(say!("check-settings"), failure.message());
            return report.end();
        }
    };
    report.ok(&say!("check-settings"), &told(&settings));
    report.ok(&say!("check-base-url"), client.base_url());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::other(say!("cannot-run-calls", error = error)))?;
    runtime.block_on(async {
        if network::check(&mut report, client.base_url()).await {
            calls(&mut report, &client, &settings, &seen).await;
        } else {
            for name in [
                say!("check-account-sets"),
                say!("check-token"),
                say!("check-read"),
                say!("check-store"),
                say!("check-limits"),
            ] {
                report.skipped(&name, &say!("doctor-no-gateway"));
            }
        }
    });
    // A DNS lookup that is still running must not delay the exit.
    runtime.shutdown_background();
    report.end()
}

/// Where the settings come from and whom they name; none of it is a secret.
fn told(settings: &Settings) -> String {
    let get = |name| settings.get(name);
    let named = [
        get("JDY_CLIENT_ID").map(|id| say!("doctor-client-id", id = id)),
        get("JDY_OUTER_INSTANCE_ID").map(|id| say!("doctor-instance", id = id)),
        get("JDY_APP_KEY").map(|key| say!("doctor-app-key", key = key)),
    ];
    let mut parts = vec![say!("doctor-from", origin = settings.origin())];
    parts.extend(named.into_iter().flatten());
    parts.join(&say!("comma"))
}

async fn calls(report: &mut Report, client: &Client, settings: &Settings, seen: &Seen) {
    let is_authorized = account_sets(report, client, settings).await;
    if is_authorized {
        read(report, client, settings, seen).await;
    } else {
        for name in [say!("check-token"), say!("check-read")] {
            report.skipped(&name, &say!("doctor-no-account-set"));
        }
    }
    store(report, settings, seen);
}

/// What the instance has authorized, and which of it is called.
async fn account_sets(report: &mut Report, client: &Client, settings: &Settings) -> bool {
    let name = say!("check-account-sets");
    let given = settings.get("JDY_APP_KEY");
    if settings.get("JDY_OUTER_INSTANCE_ID").is_none() {
        let key = given.unwrap_or_default();
        report.ok(&name, &say!("doctor-key-given", key = key));
        return true;
    }
    let all = match client.authorizations(settings.account()).await {
        Ok(all) => all,
        Err(error) => {
            report.failed(name, &of_error(&error));
            return false;
        }
    };
    let live: Vec<&Authorization> = all.iter().filter(|one| one.is_live()).collect();
    let count = say!("doctor-authorized", all = all.len(), live = live.len());
    match client.resolve(settings.account()).await {
        Ok(set) if live.iter().any(|one| one.app_key == set.app_key) => {
            report.ok(
                &name,
                &say!("doctor-called", count = count, key = set.app_key),
            );
            true
        }
        Ok(set) => {
            let key = set.app_key;
            report.failed(name, &say!("doctor-not-live", count = count, key = key));
            false
        }
        Err(error) => {
            let error = of_error(&error);
            report.failed(
                name,
                &say!("doctor-not-resolved", count = count, error = error),
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
        Err(failure) => return report.failed(say!("check-read"), failure.message()),
    };
    let call = request.call(client).account(settings.account());
    let result = call.deadline(PATIENCE).await;
    match (seen.token(), &result) {
        (Some(token), _) => report.ok(&say!("check-token"), &token),
        (None, Ok(_)) => report.ok(&say!("check-token"), &say!("doctor-token-accepted")),
        (None, Err(error)) => {
            report.failed(say!("check-token"), &of_error(error));
            return report.skipped(&say!("check-read"), &say!("doctor-no-token"));
        }
    }
    match result {
        Ok(answer) => {
            let attempts = answer.attempts();
            let text = say!("doctor-read", operation = READ, attempts = attempts);
            report.ok(&say!("check-read"), &text);
        }
        Err(error) if *error.kind() == ErrorKind::Business => {
            let text = say!("doctor-read-refused", error = of_error(&error));
            report.failed(say!("check-read"), &text);
        }
        Err(error) => report.failed(say!("check-read"), &of_error(&error)),
    }
}

/// An error as the SDK says it, and what it means where that is another language.
fn of_error(error: &jdy::Error) -> String {
    match language::of_error(error) {
        Some(meaning) => say!("message-and-more", message = error, more = meaning),
        None => error.to_string(),
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
        Some(error) => {
            let text = say!("doctor-store-failed", store = name, error = error);
            report.failed(say!("check-store"), &text);
        }
        None if is_kept => report.ok(&say!("check-store"), &name),
        None => report.warning(&say!("check-store"), &say!("doctor-no-store", store = name)),
    }
    match (settings.shares_limits(), failure) {
        (false, _) => report.ok(&say!("check-limits"), &say!("doctor-limits-alone")),
        (true, None) => {
            report.ok(
                &say!("check-limits"),
                &say!("doctor-limits-shared", store = name),
            );
        }
        (true, Some(_)) => {
            let text = say!("doctor-limits-failed", store = name);
            report.failed(say!("check-limits"), &text);
        }
    }
}
