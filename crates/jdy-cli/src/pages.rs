//! `jdy call --all`: all pages of a list, one row a line.
//!
//! Owns the two forms of the rows, and what is said of a list that is not whole. Must not decide
//! when a list ends: that is the SDK's paginator's.

mod columns;

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write as _};

use jdy::{Answer, DynOperation, Json, JsonPages, OperationInfo};

pub(crate) use self::columns::Columns;
use crate::call::{Lacking, tell_fields};
use crate::exit::{Failure, Status};
use crate::interrupt::Interrupt;
use crate::json::{Members, compact, items, without_doubled};
use crate::language::say;
use crate::output::{Reader, write};
use crate::request::Fields;
use crate::spec::Spec;

/// The most rows of a page where the spec does not say.
const LARGEST_PAGE: i64 = 100;

/// A list of an operation, and the form in which its rows are printed.
pub(crate) struct Listing {
    operation: &'static dyn DynOperation,
    /// The field of the answer that holds the rows.
    rows: String,
    /// The columns of CSV; without them a row is a line of JSON.
    columns: Option<Columns>,
}

impl Listing {
    /// The list of an operation. `columns` are those of CSV.
    pub(crate) fn of(
        operation: &'static dyn DynOperation,
        columns: Option<&[String]>,
    ) -> Result<Self, Failure> {
        let info = operation.info();
        if info.paging.is_none() {
            return Err(Failure::usage(say!("pages-none", operation = info.id)));
        }
        let spec = Spec::read()?;
        let rows = rows_field(info, &spec)
            .ok_or_else(|| Failure::other(say!("pages-rows-unknown", operation = info.id)))?;
        let columns = columns.map(|names| {
            let answer = spec.answer(info.id);
            let row = answer.iter().find(|field| field.name == rows);
            Columns::of(names, row.map_or(&[][..], |row| &row.fields))
        });
        Ok(Self {
            operation,
            rows,
            columns: columns.transpose()?,
        })
    }

    /// Asks for the first page, and for pages as large as may be, unless the fields say otherwise:
    /// fewer calls, and fewer chances that the list changes between two of them.
    pub(crate) fn complete(&self, fields: &mut Fields) {
        let Some(paging) = self.operation.info().paging else {
            return;
        };
        let json = fields.json.as_deref();
        let json = json.and_then(|json| Members::of(json).ok());
        let mut given = json.map_or_else(Vec::new, |members| members.0);
        given.extend(fields.pairs.iter().cloned());
        let most = paging.max_size.unwrap_or(LARGEST_PAGE);
        let own = [(Some(paging.page), paging.first), (paging.size, most)];
        for (name, value) in own {
            let name = name.filter(|name| !given.iter().any(|(other, _)| other == name));
            fields
                .pairs
                .extend(name.map(|name| (name.to_owned(), value.to_string())));
        }
    }

    /// Prints the rows of all pages.
    pub(crate) async fn print(&self, call: jdy::Call<Json>) -> Result<(), Failure> {
        let interrupt = Interrupt::listen()
            .map_err(|error| Failure::other(say!("cannot-listen", error = error)))?;
        let mut walk = Walk {
            listing: self,
            pages: call.wait_for_limits().json_pages(&self.rows),
            rows: 0,
            unknown: BTreeSet::new(),
            doubled: BTreeSet::new(),
        };
        let end = tokio::select! {
            end = walk.print_all() => end,
            () = interrupt.heard() => Err(Failure::new(Status::Other, say!("interrupted"))),
        };
        walk.end_progress();
        walk.tell();
        end.map_err(|failure| failure.and(&say!("pages-not-whole", rows: walk.rows)))
    }
}

/// The field of the answer that holds the rows: the one of the record, or else its only list.
pub(crate) fn rows_field(info: &OperationInfo, spec: &Spec) -> Option<String> {
    if let Some(rows) = info.resource.and_then(|resource| resource.rows) {
        return Some(rows.to_owned());
    }
    let answer = spec.answer(info.id);
    let mut lists = answer.iter().filter(|field| field.is_list);
    let first = lists.next()?.name.clone();
    lists.next().is_none().then_some(first)
}

/// The way over the pages of a list.
struct Walk<'a> {
    listing: &'a Listing,
    pages: JsonPages,
    /// How many rows were printed.
    rows: usize,
    unknown: BTreeSet<String>,
    doubled: BTreeSet<String>,
}

impl Walk<'_> {
    async fn print_all(&mut self) -> Result<(), Failure> {
        let mut is_first = true;
        while let Some(page) = self.pages.next().await {
            let page = page.map_err(|error| Failure::from(&error))?;
            let mut text = String::new();
            if let Some(columns) = self.listing.columns.as_ref().filter(|_| is_first) {
                text.push_str(&columns.heading());
            }
            is_first = false;
            let rows = self.rows_of(&page)?;
            text.extend(rows.iter().map(|row| self.line_of(row)));
            let written = write(text)
                .map_err(|error| Failure::other(say!("cannot-print-rows", error = error)))?;
            self.rows += rows.len();
            if written == Reader::Gone {
                // Whoever read the rows has enough of them.
                return Ok(());
            }
            self.show_progress();
        }
        Ok(())
    }

    /// The rows of a page, decoded by the operation's own types and encoded again.
    fn rows_of(&mut self, page: &Answer<Json>) -> Result<Vec<String>, Failure> {
        let raw = page.data().map_or("{}", Json::as_str);
        let operation = self.listing.operation;
        let data = operation
            .roundtrip(raw)
            .map_err(|error| Failure::other(say!("pages-unread", error = error)))?;
        let (data, doubled) = without_doubled(raw, &data);
        self.doubled
            .extend(doubled.iter().map(|path| of_any_row(path)));
        self.unknown
            .extend(operation.unknown_fields(raw).unwrap_or_default());
        let rows = jdy_wire::member(&data, &self.listing.rows).and_then(items);
        Ok(rows.unwrap_or_default())
    }

    fn line_of(&self, row: &str) -> String {
        match &self.listing.columns {
            None => format!("{}\n", compact(row)),
            Some(columns) => columns.line_of(row),
        }
    }

    /// Says on stderr what the printed rows lack.
    fn tell(&self) {
        let lines = |paths: &BTreeSet<String>| paths.iter().cloned().collect::<Vec<_>>();
        tell_fields(&lines(&self.doubled), Lacking::Doubled);
        if self.listing.columns.is_none() {
            tell_fields(&lines(&self.unknown), Lacking::Unknown);
        }
    }

    /// Progress is for a person who does not see the rows.
    fn shows_progress() -> bool {
        std::io::stderr().is_terminal() && !std::io::stdout().is_terminal()
    }

    fn show_progress(&self) {
        if Self::shows_progress() {
            let next = self.pages.next_page();
            let progress = say!("pages-progress", rows: self.rows, page = next);
            let _ = write!(std::io::stderr(), "\r{progress}\x1b[K");
        }
    }

    fn end_progress(&self) {
        if Self::shows_progress() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

/// A path with the numbers of its rows left out: `rows[3].id` is `rows[].id`.
fn of_any_row(path: &str) -> String {
    let mut text = String::new();
    let mut within = false;
    for character in path.chars() {
        within = match character {
            '[' => true,
            ']' => false,
            _ => within,
        };
        if !within || character == '[' {
            text.push(character);
        }
    }
    text
}
