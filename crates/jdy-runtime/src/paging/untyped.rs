//! The rows of a list whose types are not known, as JSON texts.
//!
//! Owns reading a page without types. When the list ends is the paginator's to say. Must not know
//! what the rows are for.

use jdy_wire::Json;

use super::paginator::{NextPage, PageStats, PageVerdict, Paginator, Stop};
use crate::call::Call;
use crate::classify::decoded;
use crate::error::Error;
use crate::operation::{Paging, PreparedRequest};

/// The rows of a list.
pub(crate) struct List {
    /// Each as the text of a JSON value.
    pub(crate) rows: Vec<String>,
    pub(crate) end: End,
    /// Whether one answer alone shows all of it: a page that is short, or tells the total.
    pub(crate) is_one_moment: bool,
}

/// How a reading of a list ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// At the list's end, which is proven.
    Proven,
    /// Before it.
    Unproven,
    /// Before it: the list has more pages than may be read.
    TooLong,
}

/// Reads a list to its end, or as far as it goes. `max_pages` says how far that is at most; a list
/// whose first page says that it is longer is read no further.
pub(crate) async fn read_list(
    first: PreparedRequest,
    rows_name: &str,
    max_pages: Option<u32>,
    call: impl Fn(PreparedRequest) -> Call<Json>,
) -> Result<List, Error> {
    let mut list = List {
        rows: Vec::new(),
        end: End::Proven,
        is_one_moment: true,
    };
    let mut pages = 0_u32;
    let mut paginator = paginator_of(&first);
    if let Some(max_pages) = max_pages {
        paginator.set_cap(max_pages);
    }
    let size = page_size(&first);
    loop {
        let (paging, page) = match paginator.next() {
            NextPage::Page(paging, page) => (paging, page),
            NextPage::Nothing => return Ok(list),
            NextPage::Stop(stop) => return Ok(list.ended_at(stop)),
        };
        let answer = call(first.on_page(&paging, page)).await?;
        let data = answer.into_inner();
        let rows = PageRows::of(data.as_str(), rows_name).of_a_list(data.as_str(), &paging);
        let count = number_of(data.as_str(), paging.count);
        let seen = rows.stats(data.as_str(), &paging);
        match paginator.judge(seen) {
            PageVerdict::Give => {
                let items = rows.items.unwrap_or_default();
                pages += u32::from(!items.is_empty());
                let is_last = count.is_some() || length(&items) < size;
                list.is_one_moment = pages <= 1 && is_last;
                let size = size.max(length(&items));
                list.rows.extend(items.into_iter().map(str::to_owned));
                if is_longer(count, size, max_pages) {
                    list.end = End::TooLong;
                    return Ok(list);
                }
            }
            PageVerdict::Again => {}
            PageVerdict::End => return Ok(list),
            PageVerdict::Stop(stop) => return Ok(list.ended_at(stop)),
        }
    }
}

impl List {
    fn ended_at(mut self, stop: Stop) -> Self {
        self.end = match stop {
            Stop::Cap(_) => End::TooLong,
            _ => End::Unproven,
        };
        self
    }
}

/// Whether so many rows need more pages of this size than may be read.
fn is_longer(count: Option<i64>, size: i64, max_pages: Option<u32>) -> bool {
    match (count, max_pages) {
        (Some(count), Some(max)) if size > 0 => count > size.saturating_mul(i64::from(max)),
        _ => false,
    }
}

fn length(items: &[&str]) -> i64 {
    i64::try_from(items.len()).unwrap_or(i64::MAX)
}

/// The paginator over the list that a request begins.
pub(super) fn paginator_of(request: &PreparedRequest) -> Paginator {
    let Some(paging) = request.paging().copied() else {
        return Paginator::default();
    };
    let number = |name| request.number(name, paging.location);
    Paginator::new(paging, number(paging.page), paging.size.and_then(number))
}

/// The rows of one page.
pub(super) struct PageRows<'a> {
    /// The text of the list; empty where there is none.
    text: &'a str,
    /// Each row as the text of a JSON value; `None` where the list is none.
    items: Option<Vec<&'a str>>,
}

impl<'a> PageRows<'a> {
    /// The rows in the field of the data that has this name.
    pub(super) fn of(data: &'a str, rows_name: &str) -> Self {
        let text = jdy_wire::member(data, rows_name);
        let text = text.map(str::trim).unwrap_or_default();
        let is_blank = match text {
            "" => holds_no_items(data),
            text => matches!(text, "null" | "\"\""),
        };
        let items = match jdy_wire::items(text) {
            // Two lists of one name: neither is believed.
            _ if jdy_wire::contradicts(data, rows_name) => None,
            Some(items) => Some(items),
            None if is_blank => Some(Vec::new()),
            None => None,
        };
        Self { text, items }
    }

    /// The same; cannot be read where the data may be something else than a list. It proves that
    /// records are absent.
    fn of_a_list(self, data: &str, paging: &Paging) -> Self {
        let is_clear = !self.text.is_empty() || says_only_totals(data, paging);
        Self {
            items: self.items.filter(|_| is_clear),
            ..self
        }
    }

    /// What the page held; `None` where it cannot be read.
    pub(super) fn stats(&self, data: &str, paging: &Paging) -> Option<PageStats> {
        self.items.as_ref().map(|items| PageStats {
            rows: items.len(),
            lacks_list: self.text.is_empty(),
            text: self.text.to_owned(),
            count: number_of(data, paging.count),
            pages: number_of(data, paging.pages),
        })
    }
}

/// How many rows of a page the request asks for; 0 where it does not say.
fn page_size(request: &PreparedRequest) -> i64 {
    let paging = request.paging();
    let size = paging.and_then(|paging| request.number(paging.size?, paging.location));
    size.unwrap_or_default()
}

/// A number as typed pages read it: none if it comes twice and differs.
fn number_of(data: &str, name: Option<&str>) -> Option<i64> {
    let name = name?;
    let is_clear = !jdy_wire::contradicts(data, name);
    let text = jdy_wire::member(data, name).filter(|_| is_clear)?;
    decoded::<i64>(text)
}

/// Whether data without its field for rows holds none under another name either: it is blank, or an
/// object without items. A text, a list, or an object with a list in it is an answer of another kind.
pub(super) fn holds_no_items(data: &str) -> bool {
    let data = data.trim();
    matches!(data, "" | "null" | "\"\"" | "[]") || (data.starts_with('{') && is_without_items(data))
}

fn is_without_items(json: &str) -> bool {
    if let Some(items) = jdy_wire::items(json) {
        return items.is_empty();
    }
    let members = jdy_wire::members(json).unwrap_or_default();
    members.iter().all(|(_, value)| is_without_items(value))
}

/// Whether data without its field for rows says nothing, but for the page and its totals. What says
/// more may be a record.
fn says_only_totals(data: &str, paging: &Paging) -> bool {
    let known = [Some(paging.page), paging.size, paging.count, paging.pages];
    let is_nothing = |leaf: &str| {
        matches!(leaf.trim(), "" | "false") || leaf.bytes().all(|byte| matches!(byte, b'0' | b'.'))
    };
    let members = jdy_wire::members(data).unwrap_or_default();
    members.iter().all(|(name, value)| {
        let leaves = jdy_wire::leaves(value);
        known.contains(&Some(name.as_str())) || leaves.iter().all(|(_, leaf)| is_nothing(leaf))
    })
}
