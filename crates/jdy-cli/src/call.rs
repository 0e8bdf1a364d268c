//! `jdy call`: one call, and the report of its outcome.
//!
//! Owns what is printed where. Must not decide whether a call took effect: that is the SDK's
//! outcome, except that an interrupted call may have taken effect.

use std::io::Write as _;
use std::time::Duration;

use jdy::{Answer, Client, ErrorKind, Json, Outcome, ReconcileOptions};

use crate::arguments::{CallArguments, CallFormat, Global};
use crate::exit::{Failure, OneLine, Status};
use crate::interrupt::Interrupt;
use crate::json::{compact, without_doubled};
use crate::language::say;
use crate::look_up::{self, Called};
use crate::output::print;
use crate::pages::Listing;
use crate::request::{Fields, Request, Target};
use crate::settings::Settings;
use crate::value::Values;
use crate::{client, dry_run, table};

/// How the answer is printed.
#[derive(Clone, Copy)]
enum Print {
    Raw,
    Data(CallFormat),
}

/// Calls the operation and prints its answer.
pub(crate) fn run(arguments: CallArguments, global: &Global) -> Result<(), Failure> {
    let target = Target::find(&arguments.operation)?;
    let listing = listing(&target, &arguments)?;
    let mut values = Values::default();
    let json = arguments.json.as_deref();
    let mut fields = Fields {
        pairs: values.of_pairs(arguments.fields, &target.file_fields())?,
        query: values.of_pairs(arguments.query, &[])?,
        json: json.map(|json| values.of_json(json)).transpose()?,
        extra: values.of_pairs(arguments.extra, &[])?,
    };
    if let Some(listing) = &listing {
        listing.complete(&mut fields);
    }
    let request = target.request(fields)?;
    if arguments.dry_run {
        return dry_run::run(&request);
    }
    let settings = Settings::read(global, arguments.account.as_deref())?;
    let client = client::builder(&settings, false)?;
    let client = client.build().map_err(client::refused)?;
    let mut call = request.call(&client).account(settings.account());
    if let Some(deadline) = arguments.deadline {
        call = call.deadline(deadline);
    }
    let print = if arguments.raw {
        Print::Raw
    } else {
        Print::Data(arguments.format)
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::other(say!("cannot-run-calls", error = error)))?;
    let end = runtime.block_on(async {
        if let Some(wanted) = &arguments.expect_app_key {
            check_app_key(&client, &settings, wanted).await?;
        }
        match &listing {
            Some(listing) => listing.print(call).await,
            None => end(call, &request, &client, &settings, print).await,
        }
    });
    // A DNS lookup that is still running must not delay the exit.
    runtime.shutdown_background();
    end
}

/// The list whose pages are all read, if that is asked for.
fn listing(target: &Target, arguments: &CallArguments) -> Result<Option<Listing>, Failure> {
    let columns = match (arguments.format, arguments.columns.is_empty()) {
        (CallFormat::Csv, true) => {
            return Err(Failure::usage(say!("call-csv-columns")));
        }
        (CallFormat::Csv, false) => Some(&arguments.columns[..]),
        (_, true) => None,
        (_, false) => return Err(Failure::usage(say!("call-columns-csv"))),
    };
    match (arguments.all, target) {
        (false, _) if columns.is_some() => Err(Failure::usage(say!("call-csv-all"))),
        (false, _) => Ok(None),
        (true, _) if arguments.format == CallFormat::Table => {
            Err(Failure::usage(say!("call-table-all")))
        }
        (true, Target::Raw { .. }) => Err(Failure::usage(say!("call-pages-unknown"))),
        (true, Target::Known(operation)) => Listing::of(*operation, columns).map(Some),
    }
}

/// Refuses to call another account set than the one that is meant.
async fn check_app_key(client: &Client, settings: &Settings, wanted: &str) -> Result<(), Failure> {
    let account = client.resolve(settings.account()).await;
    let own = account.map_err(|error| Failure::from(&error))?.app_key;
    match own == wanted {
        true => Ok(()),
        false => Err(Failure::usage(say!(
            "call-other-app-key",
            origin = settings.origin(),
            own = own,
            wanted = wanted
        ))),
    }
}

/// The app key of the account set that was called, if it is known without asking.
async fn called_app_key(client: &Client, settings: &Settings) -> Option<String> {
    let account = client.resolve(settings.account());
    let account = tokio::time::timeout(Duration::ZERO, account).await;
    Some(account.ok()?.ok()?.app_key)
}

async fn end(
    call: jdy::Call<Json>,
    request: &Request,
    client: &Client,
    settings: &Settings,
    print: Print,
) -> Result<(), Failure> {
    let interrupt = Interrupt::listen()
        .map_err(|error| Failure::other(say!("cannot-listen", error = error)))?;
    let result = tokio::select! {
        result = call => result,
        () = interrupt.heard() => {
            let app_key = called_app_key(client, settings).await;
            let app_key = app_key.as_deref();
            return Err(interrupted(request, Called { settings, app_key }));
        }
    };
    match result {
        Ok(answer) => deliver(&answer, request, print),
        Err(error) => {
            let is_wanted = matches!(print, Print::Raw)
                || error.outcome() == Outcome::Applied
                || *error.kind() == ErrorKind::Rows;
            if let Some(body) = error.body().filter(|_| is_wanted) {
                // If the call took effect there is no other way to get its answer: calling again
                // would repeat it. The failure is reported even if this cannot be printed.
                let _ = crate::output::print(body);
            }
            let failure = Failure::from(&error);
            if error.outcome() != Outcome::Unknown {
                return Err(failure);
            }
            let app_key = called_app_key(client, settings).await;
            let app_key = app_key.as_deref();
            Err(looked_up(failure, request, Called { settings, app_key }))
        }
    }
}

/// The failure with the command that finds out whether the call took effect, where there is one.
fn looked_up(failure: Failure, request: &Request, called: Called<'_>) -> Failure {
    let query = match request {
        Request::Known(_, prepared) => prepared.verification_query(),
        Request::Raw { .. } => None,
    };
    let words = query.map(|query| look_up::words(&query, called));
    match words {
        Some(words) => {
            let after = ReconcileOptions::default().provable_after();
            let minutes = after.as_secs() / 60;
            failure.and_meaning(&say!("call-look-up", how = words, minutes = minutes))
        }
        None => failure,
    }
}

/// The failure of an interrupted call, whose outcome is unknown.
fn interrupted(request: &Request, called: Called<'_>) -> Failure {
    let mut call = say!("call-interrupted", operation = request.operation());
    if let Some(key) = request.key() {
        call.push_str(&format!(", {}={}", key.name, key.value));
    }
    let advice = if request.only_reads() {
        say!("advice-ask-again")
    } else {
        say!("advice-look-up")
    };
    let message = say!("message-and-more", message = call, more = advice);
    looked_up(Failure::new(Status::Unknown, message), request, called)
}

/// Prints a line to stderr about fields of the answer that the printed data lacks.
pub(crate) fn tell_fields(fields: &[String], why: Lacking) {
    const SHOWN: usize = 8;
    let count = fields.len();
    if count == 0 {
        return;
    }
    let (fields, more) = fields.split_at(count.min(SHOWN));
    let dots = if more.is_empty() { "" } else { ", .." };
    let names = fields.join(", ") + dots;
    let line = match why {
        Lacking::Doubled => say!("fields-doubled", count: count, names = names),
        Lacking::Unknown => say!("fields-unknown", count: count, names = names),
    };
    // A failure to print is ignored.
    let _ = writeln!(std::io::stderr(), "jdy: {}", OneLine(&line));
}

/// Why printed data lacks a field.
#[derive(Clone, Copy)]
pub(crate) enum Lacking {
    /// It came twice with different values.
    Doubled,
    /// The spec does not know it.
    Unknown,
}

/// Prints the answer. The call is done, even if printing fails.
fn deliver(answer: &Answer<Json>, request: &Request, how: Print) -> Result<(), Failure> {
    let applied = |why: String| {
        let operation = request.operation();
        let hint = if request.only_reads() {
            say!("advice-ask-again")
        } else {
            say!("advice-never-again")
        };
        let message = say!(
            "call-applied",
            operation = operation,
            why = why,
            hint = hint
        );
        Failure::new(Status::Applied, message)
    };
    let printed = match how {
        Print::Raw => print(answer.raw()),
        Print::Data(format) => {
            let data = request
                .roundtrip(answer.data())
                .map_err(|error| applied(say!("call-data-unread", error = error)))?;
            let raw = answer.data().map_or("{}", Json::as_str);
            let (data, doubled) = match request {
                Request::Known(..) => without_doubled(raw, &data),
                Request::Raw { .. } => (data, Vec::new()),
            };
            let printed = match format {
                CallFormat::Table => print(table::of_data(&data)),
                // CSV is for lists alone.
                CallFormat::Json | CallFormat::Csv => print(format!("{}\n", compact(&data))),
            };
            tell_fields(&doubled, Lacking::Doubled);
            tell_fields(&request.unknown_fields(answer.data()), Lacking::Unknown);
            printed
        }
    };
    printed.map_err(|error| applied(say!("call-unprinted", error = error)))
}
