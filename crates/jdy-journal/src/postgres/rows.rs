//! Lines as rows and as arrays.
//!
//! Owns the mapping of a line's fields to columns. Must not know when rows are read or written.

use tokio_postgres::{Error, Row};

use super::fault::{Fault, text};
use crate::entry::Entry;
use crate::state::State;
use crate::store::{Header, Identity, PlannedEntry, RequestHash, StoreError};

/// The columns of [`entry`], in its order.
pub(super) const ENTRY: &str =
    "line, key, hash, state, sent, resent, intended_at, ended_at, report, history";

/// The columns of [`header`], in its order.
pub(super) const HEADER: &str = "journal, subject, destination, input";

pub(super) fn entry(row: &Row) -> Result<Entry, Fault> {
    let state: String = field(row, 3)?;
    let state = State::from_text(&state);
    Ok(Entry {
        line: whole(field(row, 0)?),
        key: field(row, 1)?,
        hash: hash(field(row, 2)?)?,
        state: state.ok_or_else(|| not_ours("a line has a state that is none"))?,
        sent: u32::try_from(field::<i64>(row, 4)?).unwrap_or(u32::MAX),
        resent: u32::try_from(field::<i64>(row, 5)?).unwrap_or(u32::MAX),
        intended_at: field::<Option<i64>>(row, 6)?.map(whole),
        ended_at: field::<Option<i64>>(row, 7)?.map(whole),
        report: field(row, 8)?,
        history: field(row, 9)?,
    })
}

pub(super) fn header(row: &Row) -> Result<Header, Fault> {
    Ok(Header {
        id: field(row, 0)?,
        identity: Identity {
            name: field(row, 1)?,
            destination: field(row, 2)?,
            input: hash(field(row, 3)?)?,
        },
    })
}

pub(super) fn field<'a, T: tokio_postgres::types::FromSql<'a>>(
    row: &'a Row,
    index: usize,
) -> Result<T, Fault> {
    row.try_get(index)
        .map_err(|error: Error| not_ours(&text(&error)))
}

fn hash(bytes: Option<Vec<u8>>) -> Result<Option<RequestHash>, Fault> {
    let hash = bytes.map(|bytes| RequestHash::try_from(bytes.as_slice()));
    hash.transpose()
        .map_err(|_| not_ours("a hash has another length"))
}

fn not_ours(why: &str) -> Fault {
    Fault::Final(StoreError::NotAJournal(why.to_owned()))
}

pub(super) fn whole(number: i64) -> u64 {
    number.unsigned_abs()
}

/// A number as Postgres keeps it. No line and no time reaches the limit.
pub(super) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A text as Postgres can keep it: it has no NUL.
pub(super) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Refuses a key that would come back as another one.
pub(super) fn check_key(key: &str) -> Result<(), Fault> {
    if key.contains('\0') {
        return Err(Fault::failed(format!(
            "Postgres cannot keep the key {key:?}: it has a NUL"
        )));
    }
    Ok(())
}

/// New lines, a column each.
#[derive(Default)]
pub(super) struct PlannedColumns<'a> {
    pub(super) line: Vec<i64>,
    pub(super) key: Vec<Option<&'a str>>,
    pub(super) hash: Vec<Option<&'a [u8]>>,
}

impl<'a> PlannedColumns<'a> {
    pub(super) fn of(lines: &'a [PlannedEntry]) -> Self {
        let mut columns = Self::default();
        for planned in lines {
            columns.line.push(number(planned.line));
            columns.key.push(planned.key.as_deref());
            columns
                .hash
                .push(planned.hash.as_ref().map(|hash| &hash[..]));
        }
        columns
    }
}
