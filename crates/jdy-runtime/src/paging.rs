//! Lists that come in pages: fetched one after the other, as pages or as rows.
//!
//! Owns what a caller holds while it goes over a list. It must not know when a list ends: the
//! course does.

pub(crate) mod course;

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use jdy_wire::{Field, Page, Value, View};

use self::course::{Ask, Course, Heed, Seen, Stop};
use crate::answer::Answer;
use crate::call::{Call, CallFuture};
use crate::error::{Error, ErrorKind};
use crate::outcome::Outcome;

impl<D: Page + Value> Call<D> {
    /// The pages of the list that this call begins, one call each. They begin at the page that
    /// the request names, or else at the first one; the deadline is that of each page.
    pub fn pages(self) -> Pages<D> {
        Pages::new(self)
    }

    /// The rows of the list that this call begins, over all its pages.
    pub fn rows(self) -> Rows<D> {
        self.pages().rows()
    }
}

/// The pages of a list, one call each, from the one that the request names or the first one on.
///
/// It ends after a page with fewer rows than asked for whose totals are reached, and at an empty
/// page; where only one of the two speaks for the end, one page more is asked for, which is
/// given only if it holds rows. An error ends it too: one of a call, fewer rows or pages than the
/// answers say there are, a page with the same rows as the page before (unless everything else
/// says that it was the last), more pages than [`cap`](Self::cap) allows, a page size beyond the
/// documented maximum (100 where none is documented). [`Error::next_page`] and
/// [`next_page`](Self::next_page) say where to go on after one.
///
/// ```ignore
/// let mut pages = client.bd().material_list(request).pages();
/// while let Some(page) = pages.next().await {
///     println!("{} rows", page?.rows.list()?.len());
/// }
/// ```
#[must_use = "nothing is asked for until the next page is"]
pub struct Pages<D> {
    first: Call<D>,
    course: Course,
    flight: Option<CallFuture<D>>,
}

impl<D> fmt::Debug for Pages<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("next_page", &self.course.page())
            .finish_non_exhaustive()
    }
}

// What is under way is in a box of its own.
impl<D> Unpin for Pages<D> {}

impl<D: Page + Value> Pages<D> {
    pub(crate) fn new(first: Call<D>) -> Self {
        let request = first.prepared().and_then(|prepared| {
            let paging = *prepared.paging()?;
            let number = |name| prepared.number(name, paging.place);
            Some((paging, number(paging.page), paging.size.and_then(number)))
        });
        let course = match request {
            Some((paging, page, size)) => Course::new(paging, page, size),
            // The call says what is wrong with its request.
            None if first.prepared().is_none() => Course::new(NO_PAGING, None, None),
            None => Course::default(),
        };
        Self {
            first,
            course,
            flight: None,
        }
    }

    /// Begins at this page, whatever the request says.
    pub fn from_page(mut self, page: i64) -> Self {
        self.course.begin_at(page);
        self
    }

    /// Takes no more than so many pages; one more is an error. Default 10,000. Beyond them a page
    /// is asked for only to see that it is empty, where a short page alone says so.
    pub fn cap(mut self, pages: u32) -> Self {
        self.course.set_cap(pages);
        self
    }

    /// The number of the page that comes next: after an error, the one to go on from.
    pub fn next_page(&self) -> i64 {
        self.course.page()
    }

    /// The next page; `None` after the last. Its future may be dropped and asked for again.
    ///
    /// # Errors
    /// As awaiting a call; and where the list does not end as it should. No page follows then.
    pub async fn next(&mut self) -> Option<Result<Answer<D>, Error>> {
        std::future::poll_fn(|context| self.poll_next(context)).await
    }

    /// The next page, where it is there already.
    pub fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Answer<D>, Error>>> {
        let flight = match &mut self.flight {
            Some(flight) => flight,
            None => match self.course.ask() {
                Ask::Nothing => return Poll::Ready(None),
                Ask::Stop(stop) => return Poll::Ready(Some(Err(self.stopped(stop)))),
                Ask::Page(paging, page) => {
                    let call = self.first.on_page(&paging, page);
                    self.flight.insert(call.into_future())
                }
            },
        };
        let answer = ready!(Pin::new(flight).poll(context));
        self.flight = None;
        Poll::Ready(self.land(answer))
    }

    /// The pages one by one without async; each blocks the thread, as [`Call::wait`] does.
    #[cfg(feature = "blocking")]
    pub fn wait(mut self) -> impl Iterator<Item = Result<Answer<D>, Error>> {
        std::iter::from_fn(move || match self.course.ask() {
            Ask::Nothing => None,
            Ask::Stop(stop) => Some(Err(self.stopped(stop))),
            Ask::Page(paging, page) => {
                let answer = self.first.on_page(&paging, page).wait();
                self.land(answer)
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
    fn land(&mut self, answer: Result<Answer<D>, Error>) -> Option<Result<Answer<D>, Error>> {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                self.course.end();
                return Some(Err(error.with_next_page(Some(self.course.page()))));
            }
        };
        let seen = match answer.rows() {
            Field::Absent => Some(Seen::default()),
            Field::Value(rows) => Some(Seen {
                rows: rows.len(),
                text: jdy_wire::encode_value(View::List(rows)),
                ..Seen::default()
            }),
            Field::Raw(_) => None,
        };
        let seen = seen.map(|seen| self.course.with_totals(&*answer, seen));
        match self.course.heed(seen) {
            Heed::Give => Some(Ok(answer)),
            Heed::End => None,
            Heed::Stop(stop) => Some(Err(self.stopped(stop))),
        }
    }

    fn stopped(&self, stop: Stop) -> Error {
        let (outcome, kind) = match stop {
            Stop::NoList | Stop::TooLarge(_) => (Outcome::NotSent, ErrorKind::Request),
            Stop::Cap(_) | Stop::Repeated(_) | Stop::FewerRows { .. } | Stop::FewerPages { .. } => {
                (Outcome::Incomplete, ErrorKind::Pages)
            }
            Stop::Unreadable(_) => (Outcome::Incomplete, ErrorKind::Unreadable),
        };
        let next_page = (outcome == Outcome::Incomplete).then(|| self.course.page());
        Error::new(self.first.subject(), outcome, kind)
            .with_description(Some(stop.to_string()))
            .with_next_page(next_page)
    }
}

/// Of a call that cannot be made anyway.
const NO_PAGING: crate::operation::Paging = crate::operation::Paging {
    page: "page",
    place: jdy_wire::Place::Query,
    form: jdy_wire::Form::Number,
    first: 1,
    size: None,
    usual_size: None,
    max_size: None,
    count: None,
    pages: None,
};

/// The rows of a list over all its pages, in their order.
///
/// It ends as [`Pages`] does.
///
/// ```ignore
/// let mut rows = client.bd().material_list(request).rows();
/// while let Some(row) = rows.next().await {
///     println!("{}", row?.name);
/// }
/// ```
#[must_use = "nothing is asked for until the next row is"]
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
    /// Begins at this page, whatever the request says.
    pub fn from_page(mut self, page: i64) -> Self {
        self.pages = self.pages.from_page(page);
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

    /// The next row; `None` after the last. Its future may be dropped and asked for again.
    ///
    /// # Errors
    /// As [`Pages::next`]. No row follows then.
    pub async fn next(&mut self) -> Option<Result<D::Row, Error>> {
        std::future::poll_fn(|context| self.poll_next(context)).await
    }

    /// The next row, where it is there already.
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
