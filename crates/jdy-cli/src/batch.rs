//! `jdy batch`: one call for each line of a file, under a journal.
//!
//! Owns the steps from arguments to a run, and the exit status. Must not decide what is sent or
//! sent again: that is the journal's.

#[cfg(feature = "postgres")]
mod event;
mod place;
mod progress;
mod reconciling;
mod results;
mod status;
mod summary;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use jdy::{
    AccountSet, Client, ClientBuilder, DynOperation, Effect, Limits, Rate, ReconcileOptions,
};
use jdy_journal::{
    Entry, Identity, InvalidList, Journal, JournalError, List, Options, Problem, Progress, Reading,
    Reconcile, Resolution, RunError, State, Stopped, StoreError, Summary,
};
use tokio::sync::oneshot;

pub(crate) use self::place::Place;
use self::results::Results;
use crate::arguments::{Batch, BatchArguments, BatchQuestion, Format, Global, Settled};
use crate::exit::{Failure, OneLine, Status};
use crate::interrupt::Interrupt;
use crate::language::{explained, of_count, of_report, of_state, say};
use crate::output::print;
use crate::request::Target;
use crate::settings::Settings;

/// Runs a list, or answers a question about one.
pub(crate) fn answer(arguments: Batch, global: &Global) -> Result<(), Failure> {
    match (arguments.question, arguments.run) {
        (Some(BatchQuestion::Status(arguments)), _) => status::run(&arguments),
        (None, Some(arguments)) => run(arguments, global),
        (None, None) => Err(Failure::usage(say!("batch-no-operation"))),
    }
}

/// Makes the calls that are still to be made, and reports the state of the list.
fn run(arguments: BatchArguments, global: &Global) -> Result<(), Failure> {
    let Target::Known(operation) = Target::find(&arguments.operation)? else {
        return Err(Failure::usage(say!("batch-unknown-path")));
    };
    let list = read(operation, &arguments)?;
    let place = Place::of(&arguments.journal, arguments.list.as_deref())?;
    if !place.has_journal() {
        let files = list.check_files();
        files.map_err(|invalid| wrong(&arguments.file, &invalid))?;
    }
    let settings = Settings::read(global, arguments.account.as_deref())?;
    if let Some(file) = place.file() {
        apart_from_tokens(file, &settings)?;
    }
    let results = results(&arguments, &place, &settings)?;
    let builder = builder(&arguments, &settings)?;
    let named = arguments.resend_unknown.len() + arguments.settle.len();
    if named > 0 && !place.has_journal() {
        return Err(Failure::usage(say!("batch-nothing-unknown", place = place)));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::other(say!("cannot-run-calls", error = error)))?;
    let end = runtime.block_on(async {
        // Listen from here on, so that no Ctrl-C is missed between the plan and the run.
        let interrupt = Interrupt::listen()
            .map_err(|error| Failure::other(say!("cannot-listen", error = error)))?;
        let client = client(builder, &place, &settings).await?;
        let account = resolve(&client, settings.account()).await?;
        let journal = open(&place, &list, &account, &settings).await?;
        let resolutions = resolutions(arguments.settle, arguments.by);
        let settled = already_settled(&journal, &list, &resolutions).await;
        let options = Options {
            account: Some(settings.account().to_owned()),
            concurrency: arguments.concurrency,
            per_minute: Some(arguments.rate.get()),
            deadline: arguments.deadline,
            resend: arguments.resend_unknown,
            resolutions,
            reconcile: arguments.reconcile.then(|| Reconcile {
                wait: arguments.wait,
                options: ReconcileOptions::default().max_pages(arguments.max_pages.get()),
            }),
        };
        let summary = calls(&client, &journal, &list, &options, interrupt).await?;
        settled.iter().for_each(|said| complain(said));
        let form = arguments.format;
        end_of(&journal, &list, &summary, form, results.as_ref()).await
    });
    // A DNS lookup that is still running must not delay the exit.
    runtime.shutdown_background();
    end
}

/// Writes the results, prints the summary, and says how the run ended.
async fn end_of(
    journal: &Journal,
    list: &List,
    summary: &Summary,
    format: Format,
    results: Option<&Results>,
) -> Result<(), Failure> {
    let written = match results {
        Some(results) => results.write(journal, list, summary).await,
        None => Ok(()),
    };
    let answers = match format {
        Format::Json => unread(journal, summary).await,
        Format::Table => HashMap::new(),
    };
    let told = tell(summary, list.info().effect, |summary| {
        summary::of(journal, list, summary, &answers, format)
    });
    with_results(told, written)
}

/// Where the results go, if they are asked for.
fn results(
    arguments: &BatchArguments,
    place: &Place,
    settings: &Settings,
) -> Result<Option<Results>, Failure> {
    let Some(path) = &arguments.results else {
        return Ok(None);
    };
    let tokens = settings.get("JDY_TOKEN_STORE");
    let tokens = tokens
        .as_deref()
        .and_then(|tokens| tokens.strip_prefix("file:"));
    let journals = place.file().into_iter();
    let journals: Vec<PathBuf> = journals
        .flat_map(|journal| {
            let beside = |end: &str| {
                let mut name = journal.as_os_str().to_owned();
                name.push(end);
                PathBuf::from(name)
            };
            ["", "-wal", "-shm"].map(beside)
        })
        .collect();
    let mut files = vec![(say!("batch-the-list"), arguments.file.as_path())];
    files.extend(
        journals
            .iter()
            .map(|file| (say!("batch-the-journal"), file.as_path())),
    );
    files.extend(tokens.map(|tokens| (say!("batch-the-token-store"), Path::new(tokens))));
    Results::of(path, &files).map(Some)
}

/// The end of a run whose results were written, or could not be. The exit status stays that of the
/// lines, where one of them is open.
fn with_results(told: Result<(), Failure>, written: Result<(), String>) -> Result<(), Failure> {
    let Err(why) = written else {
        return told;
    };
    let why = say!("batch-results-unwritten", why = why);
    match told {
        Ok(()) => Err(Failure::other(why)),
        Err(failure) => Err(failure.and(&why)),
    }
}

/// The answers that could not be read, or that refuse rows, by their lines. If the journal fails to
/// return one, it still holds it.
async fn unread(journal: &Journal, summary: &Summary) -> HashMap<u64, Vec<u8>> {
    let mut answers = HashMap::new();
    let kept = |entry: &&Entry| matches!(entry.state, State::Applied | State::Rejected);
    for entry in summary.entries.iter().filter(kept) {
        if let Ok(Some(answer)) = journal.answer(entry.line).await {
            answers.insert(entry.line, answer);
        }
    }
    answers
}

/// Reads the list; a failure prints all its problems, one per line.
fn read(operation: &dyn DynOperation, arguments: &BatchArguments) -> Result<List, Failure> {
    let file = &arguments.file;
    let Some(format) = jdy_journal::Format::of_path(file) else {
        let file = format!("{file:?}");
        return Err(Failure::usage(say!("no-list-format", file = file)));
    };
    let content = std::fs::read(file).map_err(|error| {
        let file = format!("{file:?}");
        Failure::other(say!("cannot-read", file = file, error = error))
    })?;
    let reading = Reading {
        key: arguments.key.clone(),
        allow_identical: arguments.allow_identical,
    };
    let read = List::read_by(operation, format, &content, &reading);
    read.map_err(|invalid| wrong(file, &invalid))
}

/// Prints the problems of a list to stderr, one per line; the failure says how many there are.
fn wrong(file: &Path, invalid: &InvalidList) -> Failure {
    let count = invalid.problems.len() + invalid.more;
    for problem in &invalid.problems {
        complain(&format!("{}: {}", file.display(), of_problem(problem)));
    }
    let (file, shown) = (file.display(), invalid.problems.len());
    Failure::usage(match invalid.more {
        0 => say!("batch-problems", file = file, count: count),
        _ => say!("batch-more-problems", file = file, count: count, shown = shown),
    })
}

fn of_problem(problem: &Problem) -> String {
    match problem.line {
        Some(line) => say!(
            "batch-problem",
            line = line,
            what = explained(&problem.what)
        ),
        None => explained(&problem.what),
    }
}

/// The resolutions of `--settle` with the name of the person.
pub(crate) fn resolutions(settled: Vec<Settled>, by: Option<String>) -> Vec<Resolution> {
    let user = || {
        ["USER", "LOGNAME", "USERNAME"]
            .map(std::env::var)
            .into_iter()
            .find_map(Result::ok)
    };
    let user = || user().filter(|name| !name.trim().is_empty());
    let by = by.or_else(user).unwrap_or_else(|| "someone".to_owned());
    let resolution = |(name, resolved_as, of_call)| Resolution {
        name,
        resolved_as,
        of_call,
        by: by.clone(),
    };
    settled.into_iter().map(resolution).collect()
}

/// What is said of resolutions that were carried out before this run. If the journal cannot be read,
/// the run says so.
async fn already_settled(
    journal: &Journal,
    list: &List,
    resolutions: &[Resolution],
) -> Vec<String> {
    if resolutions.is_empty() {
        return Vec::new();
    }
    let entries = journal.entries().await.unwrap_or_default();
    let entries: HashMap<u64, &Entry> = entries.iter().map(|one| (one.line, one)).collect();
    let lines = list.lines().iter();
    let names: HashMap<String, u64> = lines.map(|line| (line.name(), line.number)).collect();
    let said = resolutions.iter().filter_map(|resolution| {
        let entry = entries.get(names.get(&resolution.name)?)?;
        crate::settling::already(entry, resolution)
    });
    said.collect()
}

fn builder(arguments: &BatchArguments, settings: &Settings) -> Result<ClientBuilder, Failure> {
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
async fn client(
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
async fn resolve(client: &Client, name: &str) -> Result<AccountSet, Failure> {
    let interrupt = Interrupt::listen()
        .map_err(|error| Failure::other(say!("cannot-listen", error = error)))?;
    tokio::select! {
        account = client.resolve(name) => account.map_err(|error| Failure::from(&error)),
        () = interrupt.heard() => {
            Err(Failure::new(Status::NotSent, say!("batch-interrupted-early")))
        }
    }
}

async fn open(
    place: &Place,
    list: &List,
    account: &AccountSet,
    settings: &Settings,
) -> Result<Journal, Failure> {
    let refused = |error: JournalError| {
        let message = say!("at-place-unsent", place = place, error = explained(&error));
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

/// Runs the calls, with progress on stderr, until they end or a second interrupt.
async fn calls(
    client: &Client,
    journal: &Journal,
    list: &List,
    options: &Options,
    interrupt: Interrupt,
) -> Result<Summary, Failure> {
    let progress = Progress::default();
    let (interrupted, was_interrupted) = oneshot::channel();
    let second_interrupt = async {
        interrupt.heard().await;
        let _ = interrupted.send(());
        complain(&say!("batch-interrupted"));
        match Interrupt::listen() {
            Ok(again) => again.heard().await,
            Err(_) => std::future::pending().await,
        }
    };
    let stop = async {
        if was_interrupted.await.is_err() {
            std::future::pending().await
        }
    };
    tokio::select! {
        biased;
        end = jdy_journal::run(client, journal, list, options, &progress, stop) => {
            end.map_err(|error| failed(error, list.info().effect))
        }
        () = second_interrupt => {
            Err(Failure::new(Status::Unknown, say!("batch-interrupted-twice")))
        }
        () = progress::watch(&progress) => Err(Failure::other(say!("batch-progress-ended"))),
    }
}

fn failed(error: RunError, effect: Effect) -> Failure {
    match &error {
        RunError::Named(_) => Failure::usage(explained(&error)),
        RunError::Store { unrecorded, .. } => {
            for one in unrecorded {
                let report = one.report.as_deref().map(of_report);
                let report = report.unwrap_or_else(|| say!("batch-no-failure"));
                let state = of_state(one.to);
                complain(&say!(
                    "batch-unstored",
                    line = one.line,
                    state = state,
                    report = report
                ));
                // A read can be repeated.
                if let Some(answer) = one.answer.as_ref().filter(|_| !effect.is_read()) {
                    let answer = String::from_utf8_lossy(answer);
                    complain(&say!("batch-answered", line = one.line, answer = answer));
                }
            }
            Failure::other(say!("batch-store-failed", error = error))
        }
        _ => Failure::other(error.to_string()),
    }
}

/// Prints a line to stderr. A failure to print is ignored.
fn complain(text: &str) {
    crate::stderr::line(OneLine(text));
}

fn tell(
    summary: &Summary,
    effect: Effect,
    text: impl Fn(&Summary) -> String,
) -> Result<(), Failure> {
    let unprinted = print(text(summary))
        .err()
        .map(|error| say!("cannot-print-summary", error = error));
    // The exit status reports the state of the lines, even if printing fails.
    let Some((status, hint)) = worst(summary, effect) else {
        return unprinted.map_or(Ok(()), |why| Err(Failure::other(why)));
    };
    if let Some(why) = unprinted {
        complain(&why);
    }
    let total = summary.counts.total();
    let open: Vec<String> = State::ALL
        .into_iter()
        .filter(|state| *state != State::Done && summary.counts.of(*state) > 0)
        .map(|state| of_count(summary.counts.of(state), state))
        .collect();
    let hint = match reconciling::hint(summary) {
        Some(later) if status == Status::Unknown => later,
        _ => hint,
    };
    let lines = say!(
        "batch-end",
        total = total,
        open = open.join(&say!("and")),
        hint = hint
    );
    let message = match stopped(summary) {
        Some(why) => say!("message-and-more", message = why, more = lines),
        None => lines,
    };
    Err(Failure::new(status, message))
}

/// Why the run ended before its last line.
fn stopped(summary: &Summary) -> Option<String> {
    let why = last_not_sent(&summary.entries).map(|why| OneLine(&of_report(why)).to_string());
    let why = why.unwrap_or_else(|| say!("no-reason"));
    match summary.stopped? {
        Stopped::TooManyFailures => Some(say!("batch-nothing-through", why = why)),
        Stopped::RefusedByGateway => Some(say!("batch-refused-by-gateway", why = why)),
        _ => None,
    }
}

/// Why the last line that was tried was not sent.
fn last_not_sent(entries: &[Entry]) -> Option<&str> {
    let not_sent = entries.iter().filter(|entry| entry.state == State::NotSent);
    let last = not_sent.max_by_key(|entry| entry.ended_at)?;
    last.report.as_deref()
}

/// The exit status and the advice for the most serious state: first what may have cost money.
fn worst(summary: &Summary, effect: Effect) -> Option<(Status, String)> {
    let counts = &summary.counts;
    let any = |states: &[State]| states.iter().any(|state| counts.of(*state) > 0);
    if any(&[State::Unknown, State::Intent]) {
        let hint = if effect.is_read() {
            say!("batch-ask-again")
        } else {
            say!("batch-settle")
        };
        Some((Status::Unknown, hint))
    } else if any(&[State::Applied]) {
        Some((Status::Applied, say!("batch-acknowledge")))
    } else if any(&[State::NotSent, State::Planned]) {
        Some((Status::NotSent, say!("batch-goes-on")))
    } else if summary.entries.iter().any(Entry::is_rejected_in_part) {
        Some((Status::Rejected, say!("batch-rejected-in-part")))
    } else if any(&[State::Rejected]) {
        Some((Status::Rejected, say!("batch-rejected")))
    } else {
        None
    }
}
