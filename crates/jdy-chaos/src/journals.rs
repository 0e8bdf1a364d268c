//! The contents of a journal, as the run reads them.
//!
//! Owns which lines of a journal are in flight, and the report of each line. Must not know how a
//! journal is written.

use std::path::Path;

use jdy_journal::{Entry, JournalStore as _, ReportFact, SqliteStore, State};

use crate::Failure;
use crate::client_process::bill_in;
use crate::documents::verdict::DocumentLine;
use crate::journal_files::JournalFiles;
use crate::verdict::LineReport;

/// The keys of the lines in flight.
pub(crate) fn in_flight(entries: Vec<Entry>) -> impl Iterator<Item = String> {
    entries
        .into_iter()
        .filter(|entry| entry.state == State::Intent)
        .filter_map(|entry| entry.key)
}

/// The keys of the lines in flight when the calls of this process were dropped: the journal may show
/// them as unknown already.
pub(crate) fn dropped(entries: Vec<Entry>) -> impl Iterator<Item = String> {
    let is_dropped = |report: &str| {
        let mut facts = ReportFact::of(report).into_iter();
        facts.any(|fact| matches!(fact, ReportFact::Dropped))
    };
    entries
        .into_iter()
        .filter(move |entry| match entry.state {
            State::Intent => true,
            State::Unknown => entry.report.as_deref().is_some_and(is_dropped),
            _ => false,
        })
        .filter_map(|entry| entry.key)
}

/// The keys of the lines in flight in these files. A copy is opened, because opening a journal
/// repairs it.
pub(crate) fn in_flight_in(files: &JournalFiles, journal: &Path) -> Result<Vec<String>, Failure> {
    let mut copy = journal.to_owned();
    copy.as_mut_os_string().push(".read");
    files.write(&copy)?;
    let entries = with_store(&copy, async |store| Ok(store.entries().await?));
    JournalFiles::default().write(&copy)?;
    Ok(in_flight(entries?).collect())
}

/// The report of each line of a journal, with the bill of its response where that counts. A line
/// whose process ended while it was in flight is reported as unknown, as `Journal::entries` does.
pub(crate) fn reports(journal: &Path, with_bills: bool) -> Result<Vec<LineReport>, Failure> {
    with_store(journal, async |store| {
        let mut reports = Vec::new();
        for entry in store.entries().await? {
            let answer = match with_bills && entry.state == State::Done {
                true => store.answer(entry.line).await?,
                false => None,
            };
            reports.push(LineReport {
                key: entry.key.unwrap_or_default(),
                state: match entry.state {
                    State::Intent => State::Unknown,
                    state => state,
                },
                sent: entry.sent,
                bill_no: answer.as_deref().and_then(bill_in),
            });
        }
        Ok(reports)
    })
}

/// The lines of a journal of documents, with what look-ups have found out about each. The journal
/// keeps that as evidence.
pub(crate) fn document_lines(journal: &Path) -> Result<Vec<DocumentLine>, Failure> {
    with_store(journal, async |store| {
        let entries = store.entries().await?;
        Ok(entries.into_iter().map(document_line).collect())
    })
}

pub(crate) fn document_line(entry: Entry) -> DocumentLine {
    let report = entry.report.unwrap_or_default();
    let is_unknown = matches!(entry.state, State::Unknown | State::Intent);
    let may_change = MAY_CHANGE.iter().any(|words| report.contains(words));
    let is_decided = report.starts_with("reconciled as ") && !may_change;
    DocumentLine {
        key: entry.key.unwrap_or_default(),
        state: entry.state,
        was_unknown: is_unknown || entry.history.contains(" unknown: "),
        was_found: BY
            .iter()
            .any(|by| report.starts_with(&format!("{by} applied"))),
        was_absent: BY
            .iter()
            .any(|by| entry.history.contains(&format!("not_sent: {by} absent"))),
        is_open: is_unknown && !is_decided,
    }
}

/// How the journal begins to say what a line was found to be: by a look-up of its own, or by
/// another one.
const BY: [&str; 2] = ["reconciled as", "settled by hand as"];

/// What the journal says of a line that another look-up may still decide: it was too early, the list
/// was not the same twice, or it was never whole.
const MAY_CHANGE: [&str; 3] = ["too early", "the list changed", "before its proven end"];

/// Opens a journal and reads from its store.
fn with_store<T>(
    journal: &Path,
    read: impl AsyncFnOnce(&SqliteStore) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let store = SqliteStore::open(journal)?;
    runtime.block_on(read(&store))
}
