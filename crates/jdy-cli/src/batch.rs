//! `jdy batch`: one call for each line of a file, under a journal.
//!
//! Owns the steps from arguments to a run, and the exit status. Must not decide what is sent or
//! sent again: that is the journal's.

mod ending;
#[cfg(feature = "postgres")]
mod event;
mod input;
mod opening;
mod place;
mod progress;
mod reconciling;
mod recovering;
mod results;
mod status;
mod summary;

use std::path::{Path, PathBuf};

use jdy::{Client, ReconcileOptions};
use jdy_journal::{Journal, List, Options, Progress, Reconcile, Summary};
use tokio::sync::oneshot;

use self::ending::{complain, end_of, failed};
pub(crate) use self::input::resolutions;
use self::input::{already_settled, read, wrong};
pub(crate) use self::opening::apart_from_tokens;
use self::opening::{builder, client, open, resolve};
pub(crate) use self::place::{OfDatabase, Place};
use self::results::Results;
use crate::arguments::{Batch, BatchArguments, BatchQuestion, Global};
use crate::exit::{Failure, Status};
use crate::interrupt::Interrupt;
use crate::language::say;
use crate::look_up::Called;
use crate::request::Target;
use crate::settings::Settings;

/// Runs a list, or answers a question about one.
pub(crate) fn answer(arguments: Batch, global: &Global) -> Result<(), Failure> {
    match (arguments.question, arguments.run) {
        (Some(BatchQuestion::Status(arguments)), _) => status::run(&arguments),
        (Some(BatchQuestion::Recover(arguments)), _) => recovering::run(&arguments),
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
    let place = place_of(&arguments, &list)?;
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
        let (form, results) = (arguments.format, results.as_ref());
        let called = Called {
            settings: &settings,
            app_key: Some(&account.app_key),
        };
        end_of(&journal, &list, &summary, called, form, results).await
    });
    // A DNS lookup that is still running must not delay the exit.
    runtime.shutdown_background();
    end
}

/// The place of the journal. Lists of reads may repeat lines.
fn place_of(arguments: &BatchArguments, list: &List) -> Result<Place, Failure> {
    let of_database = OfDatabase {
        may_repeat: arguments.allow_repeated || list.info().effect.is_read(),
        trusts_failover: arguments.trust_failover,
    };
    Place::of(&arguments.journal, arguments.list.as_deref(), of_database)
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
    let second_interrupt = interrupt.heard_again(|| {
        let _ = interrupted.send(());
        complain(&say!("batch-interrupted"));
    });
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
