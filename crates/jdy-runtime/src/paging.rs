//! Lists in pages, fetched one after the other, as pages or as rows.
//!
//! Owns what a caller holds while it iterates over a list. It must not know when a list ends; the
//! paginator does.

mod json_pages;
pub(crate) mod paginator;
pub(crate) mod untyped;

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use jdy_wire::{Envelope, Field, Page, Value, ValueRef};

pub use self::json_pages::JsonPages;

use self::paginator::{NextPage, PageStats, PageVerdict, Paginator, Stop};
use crate::answer::Answer;
use crate::call::{Call, CallFuture};
use crate::error::{Error, ErrorKind};
use crate::outcome::Outcome;

// The bound stands at the methods: at the block, rustc would not say what `Page` says of itself
// where it is missing.
impl<D: Value> Call<D> {
    /// The pages of the list that this call begins, one call each. They begin at the page that
    /// the request names, or else at the first one; the deadline is that of each page.
    pub fn pages(self) -> Pages<D>
    where
        D: Page,
    {
        Pages::new(self)
    }

    /// The rows of the list that this call begins, over all its pages.
    pub fn rows(self) -> Rows<D>
    where
        D: Page,
    {
        self.pages().rows()
    }
}

/// The pages of a list, one call each, from the one that the request names or the first one on. All
/// are those of the account set that answered first, as if the call were made with
/// [`only_in`](Call::only_in).
///
/// It ends after a page with fewer rows than asked for whose totals are reached, and at an empty
/// page; where the page or the totals alone say that it ends, one page more is asked for, which is
/// given only if it holds rows. A page that says nothing at all (`data` is `null`, say) is asked for
/// once more before it is taken for an empty one. An error ends it too: one of a call, fewer rows or pages than the
/// answers say there are, a page with the same rows as the page before (unless everything else
/// says that it was the last), more pages than [`cap`](Self::cap) allows, a page size beyond the
/// documented maximum (100 where none is documented). [`Error::next_page`] and
/// [`next_page`](Self::next_page) say where to go on after one.
///
/// ```
/// # use jdy_runtime::{Call, Error, Outcome};
/// # use jdy_wire::{Page, Value};
/// # async fn example<D: Page + Value>(call: Call<D>) -> Result<Option<i64>, Error> {
/// let mut pages = call.pages().from_page(1).cap(50);
/// while let Some(page) = pages.next().await {
///     match page {
///         Ok(page) => println!("{} bytes", page.raw().len()),
///         // The pages so far are complete; another time, go on from this one.
///         Err(error) if error.outcome() == Outcome::Incomplete => return Ok(error.next_page()),
///         Err(error) => return Err(error),
///     }
/// }
/// // Only here is the list whole.
/// # Ok(None)
/// # }
/// ```
#[must_use = "nothing is requested until the next page is"]
pub struct Pages<D> {
    first: Call<D>,
    paginator: Paginator,
    in_flight: Option<CallFuture<D>>,
}

impl<D> fmt::Debug for Pages<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("next_page", &self.paginator.page())
            .finish_non_exhaustive()
    }
}

// The call in in_flight is boxed.
impl<D> Unpin for Pages<D> {}

impl<D: Page + Value> Pages<D> {
    pub(crate) fn new(first: Call<D>) -> Self {
        let request = first.prepared().and_then(|prepared| {
            let paging = *prepared.paging()?;
            let number = |name| prepared.number(name, paging.location);
            Some((paging, number(paging.page), paging.size.and_then(number)))
        });
        let paginator = match request {
            Some((paging, page, size)) => Paginator::new(paging, page, size),
            // The call says what is wrong with its request.
            None if first.prepared().is_none() => Paginator::new(NO_PAGING, None, None),
            None => Paginator::default(),
        };
        Self {
            first,
            paginator,
            in_flight: None,
        }
    }

    /// Starts at this page instead of the one in the request. A list that was begun, or that an
    /// error ended, begins anew there; a page that is in flight is given up.
    pub fn from_page(mut self, page: i64) -> Self {
        self.in_flight = None;
        self.paginator.begin_at(page);
        self
    }

    /// Takes no more than so many pages; one more is an error. Default 10,000. Beyond them a page
    /// is asked for only to see that it is empty, where a short page alone says so.
    pub fn cap(mut self, pages: u32) -> Self {
        self.paginator.set_cap(pages);
        self
    }

    /// The number of the page that comes next: after an error, the one to go on from.
    pub fn next_page(&self) -> i64 {
        self.paginator.page()
    }

    /// The next page; `None` after the last one. Its future may be dropped and requested again.
    ///
    /// # Errors
    /// As awaiting a call; and where the list does not end as it should. No page follows then.
    pub async fn next(&mut self) -> Option<Result<Answer<D>, Error>> {
        std::future::poll_fn(|context| self.poll_next(context)).await
    }

    /// Polls for the next page.
    pub fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Answer<D>, Error>>> {
        loop {
            let in_flight = match &mut self.in_flight {
                Some(in_flight) => in_flight,
                None => match self.paginator.next() {
                    NextPage::Nothing => return Poll::Ready(None),
                    NextPage::Stop(stop) => return Poll::Ready(Some(Err(self.stopped(stop)))),
                    NextPage::Page(paging, page) => {
                        self.first.look_account_up();
                        let call = self.first.on_page(&paging, page);
                        self.in_flight.insert(call.into_future())
                    }
                },
            };
            let answer = ready!(Pin::new(in_flight).poll(context));
            self.in_flight = None;
            if let Received::Page(caller) = self.receive(answer) {
                return Poll::Ready(caller);
            }
        }
    }

    /// The pages one by one without async; each blocks the thread, as [`Call::wait`] does.
    #[cfg(feature = "blocking")]
    pub fn wait(mut self) -> impl Iterator<Item = Result<Answer<D>, Error>> {
        std::iter::from_fn(move || {
            loop {
                let received = match self.paginator.next() {
                    NextPage::Nothing => return None,
                    NextPage::Stop(stop) => return Some(Err(self.stopped(stop))),
                    NextPage::Page(paging, page) => {
                        self.first.look_account_up();
                        let answer = self.first.on_page(&paging, page).wait();
                        self.receive(answer)
                    }
                };
                if let Received::Page(caller) = received {
                    return caller;
                }
            }
        })
    }

    /// The rows of these pages.
    pub fn rows(self) -> Rows<D> {
        Rows {
            pages: self,
            page: None,
            rows: Vec::new().into_iter(),
        }
    }

    /// Takes note of an answer, and gives it to the caller where it is one of the list's.
    fn receive(&mut self, answer: Result<Answer<D>, Error>) -> Received<D> {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                self.paginator.end();
                return Received::Page(Some(
                    Err(error.with_next_page(Some(self.paginator.page()))),
                ));
            }
        };
        self.first.stay_in_its_set();
        let seen = match answer.rows() {
            Field::Absent if !untyped::holds_no_items(data_of(&answer)) => None,
            Field::Absent => Some(PageStats {
                lacks_list: true,
                ..PageStats::default()
            }),
            Field::Value(rows) => Some(PageStats {
                rows: rows.len(),
                text: jdy_wire::encode_value(ValueRef::List(rows)),
                ..PageStats::default()
            }),
            Field::Raw(_) => None,
        };
        let seen = seen.map(|seen| self.paginator.with_totals(&*answer, seen));
        Received::Page(match self.paginator.judge(seen) {
            PageVerdict::Again => return Received::AskAgain,
            PageVerdict::Give => Some(Ok(answer)),
            PageVerdict::End => None,
            PageVerdict::Stop(stop) => Some(Err(self.stopped(stop))),
        })
    }

    fn stopped(&self, stop: Stop) -> Error {
        stopped(&self.first, &self.paginator, stop)
    }
}

/// The text of the data of an answer.
fn data_of<D>(answer: &Answer<D>) -> &str {
    Envelope::read(answer.raw()).data.unwrap_or_default()
}

/// The error of a list that stops before its end.
fn stopped<D: Value>(first: &Call<D>, paginator: &Paginator, stop: Stop) -> Error {
    let (outcome, kind) = match stop {
        Stop::NoList | Stop::TooLarge(_) => (Outcome::NotSent, ErrorKind::Request),
        Stop::Cap(_) | Stop::Repeated(_) | Stop::FewerRows { .. } | Stop::FewerPages { .. } => {
            (Outcome::Incomplete, ErrorKind::Pagination)
        }
        Stop::Unreadable(_) => (Outcome::Incomplete, ErrorKind::InvalidBody),
    };
    let next_page = (outcome == Outcome::Incomplete).then(|| paginator.page());
    Error::new(first.subject(), outcome, kind)
        .with_description(Some(stop.to_string()))
        .with_next_page(next_page)
}

/// What comes of an answer.
enum Received<D> {
    /// It is the caller's, or there is none any more.
    Page(Option<Result<Answer<D>, Error>>),
    /// The same page is asked for again.
    AskAgain,
}

/// Of a call that cannot be made anyway.
const NO_PAGING: crate::operation::Paging = crate::operation::Paging {
    page: "page",
    location: jdy_wire::Location::Query,
    encoding: jdy_wire::Encoding::Number,
    first: 1,
    size: None,
    default_page_size: None,
    max_size: None,
    count: None,
    pages: None,
};

/// The rows of a list over all its pages, in their order.
///
/// It ends as [`Pages`] does.
///
/// ```
/// # use jdy_runtime::{Error, Rows};
/// # async fn example<D: jdy_wire::Page + jdy_wire::Value>(mut rows: Rows<D>) -> Result<(), Error> {
/// let mut count = 0;
/// while let Some(row) = rows.next().await {
///     row?;
///     count += 1;
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is requested until the next row is"]
pub struct Rows<D: Page> {
    pages: Pages<D>,
    page: Option<i64>,
    rows: std::vec::IntoIter<D::Row>,
}

impl<D: Page> fmt::Debug for Rows<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("pages", &self.pages)
            .finish_non_exhaustive()
    }
}

impl<D: Page> Unpin for Rows<D> {}

impl<D: Page + Value> Rows<D> {
    /// Starts at this page instead of the one in the request. A list that was begun, or that an
    /// error ended, begins anew there; rows that have not been taken are given up.
    pub fn from_page(mut self, page: i64) -> Self {
        self.pages = self.pages.from_page(page);
        self.page = None;
        self.rows = Vec::new().into_iter();
        self
    }

    /// Takes no more than so many pages; one more is an error. Default 10,000. Beyond them a page
    /// is asked for only to see that it is empty, where a short page alone says so.
    pub fn cap(mut self, pages: u32) -> Self {
        self.pages = self.pages.cap(pages);
        self
    }

    /// The number of the page that the last row stood on; before the first row, of the page that
    /// comes next. To go on another time, begin at this page again.
    pub fn page(&self) -> i64 {
        self.page.unwrap_or_else(|| self.pages.next_page())
    }

    /// The next row; `None` after the last one. Its future may be dropped and requested again.
    ///
    /// # Errors
    /// As [`Pages::next`]. No row follows then.
    pub async fn next(&mut self) -> Option<Result<D::Row, Error>> {
        std::future::poll_fn(|context| self.poll_next(context)).await
    }

    /// Polls for the next row.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<D::Row, Error>>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Poll::Ready(Some(Ok(row)));
            }
            let page = self.pages.next_page();
            match ready!(self.pages.poll_next(context)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(answer)) => {
                    self.page = Some(page);
                    self.rows = rows_of(answer).into_iter();
                }
            }
        }
    }

    /// The rows one by one without async; a page that has to be fetched blocks the thread.
    #[cfg(feature = "blocking")]
    pub fn wait(self) -> impl Iterator<Item = Result<D::Row, Error>> {
        self.pages.wait().flat_map(|page| {
            let (rows, error) = match page {
                Ok(answer) => (rows_of(answer), None),
                Err(error) => (Vec::new(), Some(Err(error))),
            };
            rows.into_iter().map(Ok).chain(error)
        })
    }
}

/// The rows of a page that was found readable.
fn rows_of<D: Page>(answer: Answer<D>) -> Vec<D::Row> {
    match answer.into_inner().into_rows() {
        Field::Value(rows) => rows,
        Field::Absent | Field::Raw(_) => Vec::new(),
    }
}

#[cfg(feature = "stream")]
impl<D: Page + Value> futures_core::Stream for Pages<D> {
    type Item = Result<Answer<D>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pages::poll_next(&mut self, context)
    }
}

#[cfg(feature = "stream")]
impl<D: Page + Value> futures_core::Stream for Rows<D> {
    type Item = Result<D::Row, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Rows::poll_next(&mut self, context)
    }
}
