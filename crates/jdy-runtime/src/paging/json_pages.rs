//! The pages of a list whose types the caller does not know.
//!
//! Owns what a caller holds while it iterates over such pages. Must not know when a list ends,
//! which is the paginator's to say, nor what the rows are for.

use std::fmt;

use jdy_wire::Json;

use super::paginator::{NextPage, PageVerdict, Paginator, Stop};
use super::untyped::{PageRows, paginator_of};
use super::{NO_PAGING, stopped};
use crate::answer::Answer;
use crate::call::Call;
use crate::error::Error;

impl Call<Json> {
    /// The pages of the list that this call begins, one call each, where its types are not known:
    /// `rows` names the field of the data that holds the rows. Otherwise as [`Call::pages`].
    pub fn json_pages(self, rows: &str) -> JsonPages {
        let paginator = match self.prepared() {
            Some(prepared) => paginator_of(prepared),
            // The call says what is wrong with its request.
            None => Paginator::new(NO_PAGING, None, None),
        };
        JsonPages {
            first: self,
            rows: rows.to_owned(),
            paginator,
        }
    }
}

/// The pages of a list as JSON, for tools that find an operation by its name. They end, and fail to
/// end, as [`Pages`](crate::Pages) do.
#[must_use = "nothing is requested until the next page is"]
pub struct JsonPages {
    first: Call<Json>,
    rows: String,
    paginator: Paginator,
}

impl fmt::Debug for JsonPages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonPages")
            .field("rows", &self.rows)
            .field("next_page", &self.paginator.page())
            .finish_non_exhaustive()
    }
}

impl JsonPages {
    /// Takes no more than so many pages; one more is an error. Default 10,000.
    pub fn cap(mut self, pages: u32) -> Self {
        self.paginator.set_cap(pages);
        self
    }

    /// The number of the page that comes next: after an error, the one to go on from.
    pub fn next_page(&self) -> i64 {
        self.paginator.page()
    }

    /// The next page; `None` after the last one. If its future is dropped, the page is requested
    /// again.
    ///
    /// # Errors
    /// As awaiting a call; and where the list does not end as it should. No page follows then.
    pub async fn next(&mut self) -> Option<Result<Answer<Json>, Error>> {
        loop {
            let (paging, page) = match self.paginator.next() {
                NextPage::Page(paging, page) => (paging, page),
                NextPage::Nothing => return None,
                NextPage::Stop(stop) => return Some(Err(self.stopped(stop))),
            };
            self.first.look_account_up();
            let answer = match self.first.on_page(&paging, page).await {
                Ok(answer) => answer,
                Err(error) => {
                    self.paginator.end();
                    return Some(Err(error.with_next_page(Some(page))));
                }
            };
            self.first.stay_in_its_set();
            let data = answer.data().map_or("", Json::as_str);
            let seen = PageRows::of(data, &self.rows).stats(data, &paging);
            match self.paginator.judge(seen) {
                PageVerdict::Give => return Some(Ok(answer)),
                PageVerdict::Again => {}
                PageVerdict::End => return None,
                PageVerdict::Stop(stop) => return Some(Err(self.stopped(stop))),
            }
        }
    }

    fn stopped(&self, stop: Stop) -> Error {
        stopped(&self.first, &self.paginator, stop)
    }
}
