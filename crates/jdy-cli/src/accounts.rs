//! `jdy accounts`: the account sets that an instance has authorized.
//!
//! Owns the two formats of the list. Must not show an app secret.

use jdy::Authorization;
use serde_json::{Value, json};

use crate::arguments::{AccountsArguments, Format, Global};
use crate::client;
use crate::exit::{Failure, OneLine, Status};
use crate::interrupt::Interrupt;
use crate::language::say;
use crate::output::print;
use crate::settings::Settings;
use crate::table;

/// Asks the instance and prints its account sets.
pub(crate) fn run(arguments: &AccountsArguments, global: &Global) -> Result<(), Failure> {
    let settings = Settings::read(global, None)?;
    if settings.get("JDY_OUTER_INSTANCE_ID").is_none() {
        let origin = settings.origin();
        return Err(Failure::usage(say!(
            "accounts-no-instance",
            origin = origin
        )));
    }
    let client = client::builder(&settings, false)?;
    let client = client.build().map_err(client::refused)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::other(say!("cannot-run-calls", error = error)))?;
    let all = runtime.block_on(async {
        let interrupt = Interrupt::listen()
            .map_err(|error| Failure::other(say!("cannot-listen", error = error)))?;
        tokio::select! {
            all = client.authorizations(settings.account()) => all.map_err(|error| Failure::from(&error)),
            () = interrupt.heard() => {
                Err(Failure::new(Status::Unknown, say!("interrupted-read")))
            }
        }
    });
    // A DNS lookup that is still running must not delay the exit.
    runtime.shutdown_background();
    let all = all?;
    let text = match arguments.format {
        Format::Json => as_json(&all),
        Format::Table => as_table(&all),
    };
    print(text).map_err(|error| Failure::other(say!("cannot-print-list", error = error)))
}

/// One array, one account set on a line.
fn as_json(all: &[Authorization]) -> String {
    let lines: Vec<String> = all.iter().map(|one| of(one).to_string()).collect();
    match lines.as_slice() {
        [] => "[]\n".to_owned(),
        lines => format!("[\n{}\n]\n", lines.join(",\n")),
    }
}

fn of(one: &Authorization) -> Value {
    json!({
        "app_key": one.app_key,
        "account_id": one.account_id,
        "account_name": one.account_name,
        "service_id": one.service_id,
        "group_name": one.group_name,
        "router_addr": one.domain,
        "status": one.status,
        "live": one.is_live(),
    })
}

fn as_table(all: &[Authorization]) -> String {
    if all.is_empty() {
        return say!("accounts-none") + "\n";
    }
    let headings = [
        say!("heading-app-key"),
        say!("heading-live"),
        say!("heading-name"),
        say!("heading-account-id"),
        say!("heading-service-id"),
        say!("heading-router-address"),
    ];
    let row = |one: &Authorization| {
        let live = if one.is_live() {
            say!("yes")
        } else {
            say!("no")
        };
        let cells = [
            &one.app_key,
            &live,
            &one.account_name,
            &one.account_id,
            &one.service_id,
            &one.domain,
        ];
        cells.map(|cell| OneLine(cell).to_string()).to_vec()
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    table::render(&headings, &rows)
}
