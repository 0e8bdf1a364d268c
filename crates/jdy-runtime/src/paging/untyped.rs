//! The rows of a list whose types nobody knows, as JSON texts.
//!
//! Owns reading a page without types. When the list ends is the paginator's to say. Must not know
//! what the rows are for.

use jdy_wire::Json;

use super::paginator::{NextPage, PageStats, PageVerdict, Paginator};
use crate::call::Call;
use crate::error::Error;
use crate::operation::PreparedRequest;

/// The rows of a list.
pub(crate) struct List {
    /// Each as the text of a JSON value.
    pub(crate) rows: Vec<String>,
    /// Whether its end is proven.
    pub(crate) is_complete: bool,
}

/// Reads a list to its end, or as far as it goes.
pub(crate) async fn read_list(
    first: PreparedRequest,
    rows_name: &str,
    call: impl Fn(PreparedRequest) -> Call<Json>,
) -> Result<List, Error> {
    let mut rows = Vec::new();
    let mut paginator = paginator_of(&first);
    loop {
        let (paging, page) = match paginator.next() {
            NextPage::Page(paging, page) => (paging, page),
            NextPage::Nothing => break,
            NextPage::Stop(_) => return Ok(incomplete(rows)),
        };
        let answer = call(first.on_page(&paging, page)).await?;
        let data = answer.into_inner();
        let list = jdy_wire::member(data.as_str(), rows_name);
        let text = list.map(str::trim).unwrap_or_default();
        let is_blank = matches!(text, "" | "null" | "\"\"");
        let items = match jdy_wire::items(text) {
            Some(items) => Some(items),
            None if is_blank => Some(Vec::new()),
            None => None,
        };
        let seen = items.as_ref().map(|items| PageStats {
            rows: items.len(),
            lacks_list: text.is_empty(),
            text: text.to_owned(),
            count: number_of(data.as_str(), paging.count),
            pages: number_of(data.as_str(), paging.pages),
        });
        match paginator.judge(seen) {
            PageVerdict::Give => {
                rows.extend(items.unwrap_or_default().into_iter().map(str::to_owned))
            }
            PageVerdict::Again => {}
            PageVerdict::End => break,
            PageVerdict::Stop(_) => return Ok(incomplete(rows)),
        }
    }
    Ok(List {
        rows,
        is_complete: true,
    })
}

fn incomplete(rows: Vec<String>) -> List {
    List {
        rows,
        is_complete: false,
    }
}

fn paginator_of(request: &PreparedRequest) -> Paginator {
    let Some(paging) = request.paging().copied() else {
        return Paginator::default();
    };
    let number = |name| request.number(name, paging.location);
    let size = paging.size.and_then(number);
    Paginator::new(paging, number(paging.page), size)
}

fn number_of(data: &str, name: Option<&str>) -> Option<i64> {
    let leaf = jdy_wire::leaves(jdy_wire::member(data, name?)?).pop()?.1;
    leaf.trim().parse().ok()
}
