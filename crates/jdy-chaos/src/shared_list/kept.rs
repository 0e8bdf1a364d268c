//! What the journals of the shared lists hold, and what the database says of the workers.
//!
//! Owns the questions to the database. Must not know what follows from the answers.

use std::collections::HashMap;
use std::time::Duration;

use jdy_journal::{Entry, JournalStore as _, PostgresConfig, PostgresStore, State};

use crate::Failure;
use crate::client_process::runtime;
use crate::journals::document_line;
use crate::shared_list::lists::{SharedList, Subject};
use crate::shared_list::server::Server;

/// What is in the database at the end.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) lists: Vec<KeptList>,
    /// Lines that the tables hold as planned, and as intents.
    pub(crate) stuck: [u64; 2],
    /// Lines that a worker still claims.
    pub(crate) claimed: u64,
    /// Answers that came after a lease had ended and changed no line, and those of them that
    /// contradict what was decided meanwhile.
    pub(crate) late: [u64; 2],
    /// When the lease of each worker was found to have ended, by its name.
    pub(crate) lapsed: Vec<(String, Duration)>,
    /// How many workers have joined.
    pub(crate) joined: u64,
}

/// The journal of a list.
#[derive(Debug)]
pub(crate) struct KeptList {
    pub(crate) subject: Subject,
    pub(crate) entries: Vec<Entry>,
    /// The bill of each answer, by the key of its line.
    pub(crate) bills: HashMap<String, String>,
}

impl Kept {
    pub(crate) fn read(server: &Server, lists: &[SharedList]) -> Result<Self, Failure> {
        let in_state = |state: State| {
            let lines = "SELECT count(*) FROM jdy_journal.lines WHERE state";
            server.number(&format!("{lines} = '{state}'"))
        };
        Ok(Self {
            lists: lists
                .iter()
                .map(|list| kept_list(server, list.subject))
                .collect::<Result<_, _>>()?,
            stuck: [in_state(State::Planned)?, in_state(State::Intent)?],
            claimed: server.number(
                "SELECT count(*) FROM jdy_journal.lines JOIN jdy_journal.workers \
                 ON workers.id = lines.claim WHERE workers.ended_at IS NULL",
            )?,
            late: [
                server.number("SELECT count(*) FROM jdy_journal.late")?,
                server.number("SELECT count(*) FROM jdy_journal.late WHERE contradicts")?,
            ],
            lapsed: lapsed(server)?,
            joined: server.number("SELECT count(*) FROM jdy_journal.workers")?,
        })
    }

    /// All lines of all journals.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.lists.iter().flat_map(|list| &list.entries)
    }
}

fn kept_list(server: &Server, subject: Subject) -> Result<KeptList, Failure> {
    let bills = match subject {
        Subject::Recharges => bills(server, subject)?,
        Subject::Documents(_) => HashMap::new(),
    };
    Ok(KeptList {
        subject,
        entries: entries(server, subject)?,
        bills,
    })
}

fn entries(server: &Server, subject: Subject) -> Result<Vec<Entry>, Failure> {
    let config = PostgresConfig::parse(&server.address())?;
    let read = async {
        let store = PostgresStore::connect(config, subject.name()).await?;
        Ok(store.entries().await?)
    };
    runtime()?.block_on(read)
}

/// The bill in the answer of each line that is done.
fn bills(server: &Server, subject: Subject) -> Result<HashMap<String, String>, Failure> {
    let sql = format!(
        "SELECT key, substring(encode(answer, 'escape') FROM '\"bill_no\":\"([^\"]*)\"') \
         FROM jdy_journal.lines JOIN jdy_journal.lists ON lists.id = lines.list \
         WHERE lists.name = '{}' AND state = 'done' AND answer IS NOT NULL",
        subject.name()
    );
    let rows = server.sql(&sql)?;
    let pairs = rows.lines().filter_map(|row| row.split_once('|'));
    let named = pairs.filter(|(_, bill)| !bill.is_empty());
    Ok(named
        .map(|(key, bill)| (key.to_owned(), bill.to_owned()))
        .collect())
}

fn lapsed(server: &Server) -> Result<Vec<(String, Duration)>, Failure> {
    let rows = server.sql(
        "SELECT name, extract(epoch FROM ended_at)::float8 FROM jdy_journal.workers \
         WHERE end_reason = 'lease ended'",
    )?;
    let parsed = rows.lines().map(|row| {
        let (name, at) = row.rsplit_once('|').ok_or("a worker without a time")?;
        Ok((name.to_owned(), Duration::from_secs_f64(at.parse()?)))
    });
    parsed.collect()
}

/// How many lines another round may still change.
pub(crate) fn open(server: &Server, lists: &[SharedList]) -> Result<u64, Failure> {
    let mut open = 0;
    for list in lists {
        let entries = entries(server, list.subject)?.into_iter();
        open += entries
            .filter(|entry| match entry.state {
                State::Planned | State::NotSent | State::Intent => true,
                State::Unknown => document_line(entry.clone()).is_open,
                State::Done | State::Rejected | State::Applied => false,
            })
            .count() as u64;
    }
    Ok(open)
}
