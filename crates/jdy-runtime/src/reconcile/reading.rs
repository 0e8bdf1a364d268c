//! Reads a list for a look-up, and says whether what it shows is all there is.
//!
//! Owns how often a list is read. One page is one answer, and shows one moment, if it also says that
//! no other follows. Several pages show several: a record may move to a page that was read already when another is deleted, and the
//! totals stay as they were when one more is made. So several pages prove that a record is not
//! there only when the list was the same in two readings: what hides a record from one of them
//! leaves its trace in the other. Must not know which record is looked for, nor the rule. Must not
//! use: `super::rule::judge`, `crate::transport`.

use super::NotPossible;
use super::look_up::LookUp;
use super::names::text_of;
use crate::error::Error;
use crate::operation::{OperationInfo, PreparedRequest};
use crate::paging::untyped::{End, List, read_list};

/// How often a list is read that changes, or ends before its proven end.
const MAX_READINGS: u32 = 4;

/// A list that is read.
pub(super) struct Asked {
    pub(super) info: &'static OperationInfo,
    pub(super) request: PreparedRequest,
    /// How many pages may be read; any number where the list is narrowed to the record.
    pub(super) max_pages: Option<u32>,
}

/// The rows of a list, and whether they are all of them.
#[derive(Clone)]
pub(super) struct Rows {
    pub(super) rows: Vec<String>,
    pub(super) complete: Result<(), NotPossible>,
}

impl LookUp<'_> {
    /// All rows of a list. It is not read any further once what it has shown is enough.
    pub(super) async fn rows(
        &self,
        asked: Asked,
        is_enough: impl Fn(&[String]) -> bool,
    ) -> Result<Rows, Error> {
        if asked.info.paging.is_none() {
            return self.one_answer(asked).await;
        }
        let (mut proven, mut longest): (Option<List>, _) = (None, Vec::new());
        let mut reason = NotPossible::ListIncomplete;
        for _ in 0..MAX_READINGS {
            let name = rows_name(asked.info);
            let call = |request| self.call(request);
            let list = read_list(asked.request.clone(), name, asked.max_pages, call).await?;
            let is_same = || {
                let before = proven.as_ref();
                before.is_some_and(|before| shows_the_same(before, &list, asked.info))
            };
            match list.end {
                End::TooLong => {
                    reason = NotPossible::ListTooLong {
                        max_pages: asked.max_pages.unwrap_or_default(),
                    };
                    return Ok(because(list.rows, reason));
                }
                End::Proven if list.is_one_moment || is_same() => {
                    return Ok(Rows {
                        rows: list.rows,
                        complete: Ok(()),
                    });
                }
                _ if is_enough(&list.rows) => return Ok(because(list.rows, reason)),
                End::Proven => {
                    if proven.is_some() {
                        reason = NotPossible::ListChanged;
                    }
                    proven = Some(list);
                }
                End::Unproven if list.rows.len() > longest.len() => longest = list.rows,
                End::Unproven => {}
            }
        }
        Ok(because(proven.map_or(longest, |list| list.rows), reason))
    }

    /// A list that has no pages.
    async fn one_answer(&self, asked: Asked) -> Result<Rows, Error> {
        let data = self.data_of(asked.request).await?;
        let rows = jdy_wire::member(&data, rows_name(asked.info)).and_then(jdy_wire::items);
        let rows = rows.unwrap_or_default().into_iter().map(str::to_owned);
        Ok(because(rows.collect(), NotPossible::ListNotProven))
    }
}

fn because(rows: Vec<String>, reason: NotPossible) -> Rows {
    Rows {
        rows,
        complete: Err(reason),
    }
}

fn rows_name(info: &OperationInfo) -> &'static str {
    info.resource
        .and_then(|resource| resource.rows)
        .unwrap_or("rows")
}

/// Whether two readings show the same records in the same order.
fn shows_the_same(one: &List, other: &List, info: &OperationInfo) -> bool {
    let record = |json: &String| {
        let names = info.resource.map(|resource| [resource.id, resource.number]);
        let names = names.unwrap_or_default().into_iter().flatten();
        let texts: Vec<_> = names.map(|name| text_of(json, name)).collect();
        match texts.iter().any(Option::is_some) {
            true => Ok(texts),
            // Nothing names it: it is the same only if all of it is.
            false => Err(json.clone()),
        }
    };
    one.rows
        .iter()
        .map(record)
        .eq(other.rows.iter().map(record))
}
