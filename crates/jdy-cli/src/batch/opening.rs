//! The client and the journal of a run.
//!
//! Owns which limits hold, and that the journal is that of the account set. Must not know a line.

use std::path::Path;

use jdy::{AccountSet, Client, ClientBuilder, Limits, Rate};
use jdy_journal::{Identity, Journal, JournalError, List, StoreError};

use super::place::Place;
use crate::arguments::BatchArguments;
use crate::exit::{Failure, Status};
use crate::interrupt::Interrupt;
use crate::language::{explained, say};
use crate::settings::Settings;
use crate::shell;

/// The settings of the client, with the rate of the run.
pub(super) fn builder(
    arguments: &BatchArguments,
    settings: &Settings,
) -> Result<ClientBuilder, Failure> {
    let limits = Limits {
        calls: Some(Rate::per_minute(arguments.rate.get())),
        ..Limits::default()
    };
    let in_database = arguments.list.is_some() && !names_limits(settings);
    Ok(crate::client::builder(settings, in_database)?.limits(limits))
}

/// Whether the settings say how limits are shared.
fn names_limits(settings: &Settings) -> bool {
    settings.get("JDY_SHARE_LIMITS").is_some()
}

/// The client, which keeps to its limits together with the other processes of the list, unless the
/// settings say how limits are shared.
pub(super) async fn client(
    mut builder: ClientBuilder,
    place: &Place,
    settings: &Settings,
) -> Result<Client, Failure> {
    if !names_limits(settings) {
        let shared = place.share_limits(builder).await;
        builder = shared.map_err(|error| {
            Failure::other(say!("at-place-unsent", place = place, error = error))
        })?;
    }
    builder.build().map_err(crate::client::refused)
}

/// The account set that is called. If only an instance is configured, the gateway is asked for it.
pub(super) async fn resolve(client: &Client, name: &str) -> Result<AccountSet, Failure> {
    let interrupt = Interrupt::listen()
        .map_err(|error| Failure::other(say!("cannot-listen", error = error)))?;
    tokio::select! {
        account = client.resolve(name) => account.map_err(|error| Failure::from(&error)),
        () = interrupt.heard() => {
            Err(Failure::new(Status::NotSent, say!("batch-interrupted-early")))
        }
    }
}

pub(super) async fn open(
    place: &Place,
    list: &List,
    account: &AccountSet,
    settings: &Settings,
) -> Result<Journal, Failure> {
    let refused = |error: JournalError| {
        if let JournalError::Store(StoreError::Repeated { list, lines, first }) = &error {
            return repeated(place, list, *lines, *first);
        }
        let why = explained(&error);
        let why = match &error {
            JournalError::Store(StoreError::Restored) => say!("batch-restored", error = why),
            _ => why,
        };
        let message = say!("at-place-unsent", place = place, error = why);
        match error {
            JournalError::Store(StoreError::NotAJournal(_))
            | JournalError::OtherName(_)
            | JournalError::OtherDestination(_)
            | JournalError::OtherInput(_) => Failure::usage(message),
            _ => Failure::other(message),
        }
    };
    let AccountSet {
        client_id, app_key, ..
    } = account;
    let own = Identity::named_destination_of(&[client_id, app_key], app_key);
    let other = match journal(place, list, &own).await {
        Err(JournalError::OtherDestination(other)) => other,
        opened => return opened.map_err(refused),
    };
    // Earlier journals of an instance do not say which of its account sets was called.
    let instance = settings.get("JDY_OUTER_INSTANCE_ID");
    let former = instance.map(|instance| Identity::destination_of(&[client_id, &instance]));
    if former.as_ref() != Some(&other) {
        return Err(elsewhere(place, &other, app_key));
    }
    if settings.get("JDY_APP_KEY").is_none() {
        let message = say!("batch-journal-of-instance", place = place, key = app_key);
        return Err(Failure::usage(message));
    }
    journal(place, list, &other).await.map_err(refused)
}

/// The error for a list of which another one has lines.
fn repeated(place: &Place, list: &str, lines: u64, first: u64) -> Failure {
    Failure::usage(say!(
        "batch-repeated",
        place = place,
        lines = lines,
        first = first,
        list = shell::word(list)
    ))
}

/// The error for a journal of another account set. It names both by what a person can choose.
fn elsewhere(place: &Place, other: &str, app_key: &str) -> Failure {
    Failure::usage(match Identity::name_in(other) {
        Some(key) => say!("batch-other-key", place = place, key = key, own = app_key),
        None => say!(
            "batch-other-destination",
            place = place,
            other = other,
            own = app_key
        ),
    })
}

/// The journal of the list for this account set. The gateway's address is not part of it: an
/// account set may have several, and a sandbox has its own credentials.
async fn journal(place: &Place, list: &List, destination: &str) -> Result<Journal, JournalError> {
    Journal::of_list(place.store()?, list, destination).await
}

/// Refuses a journal that is also the token store, which would corrupt it.
pub(crate) fn apart_from_tokens(journal: &Path, settings: &Settings) -> Result<(), Failure> {
    let Some(tokens) = settings.get("JDY_TOKEN_STORE") else {
        return Ok(());
    };
    let same = |tokens: &str| {
        let whole =
            |path: &Path| std::fs::canonicalize(path).or_else(|_| std::path::absolute(path));
        let (tokens, journal) = (whole(Path::new(tokens)), whole(journal));
        tokens.is_ok_and(|tokens| journal.is_ok_and(|journal| tokens == journal))
    };
    if tokens.strip_prefix("file:").is_some_and(same) {
        return Err(Failure::usage(say!("batch-tokens-in-journal")));
    }
    Ok(())
}
