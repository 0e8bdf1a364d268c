//! The course over the pages of a list: which page comes next, and whether one does.
//!
//! Owns when a list ends, and when it ends in an error. Knows no types and sends nothing.

use std::fmt;

use jdy_wire::Record;

use crate::operation::Paging;

/// How many pages are asked for unless the caller says otherwise.
const CAP: u32 = 10_000;

/// Where one is in a list.
#[derive(Debug)]
pub(super) struct Course {
    paging: Option<Paging>,
    /// The page that comes next.
    page: i64,
    /// The page that it began with.
    start: i64,
    /// How many rows a page has, where that is known.
    size: Option<i64>,
    /// How many rows the request asks for.
    asked_size: Option<i64>,
    /// How many rows came so far, and on how many pages.
    rows: i64,
    pages: u32,
    cap: u32,
    /// The rows of the page before.
    last: Option<String>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Going,
    Ended,
}

/// What a page held.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// How many rows.
    pub(super) rows: usize,
    /// The rows, as one text.
    pub(super) text: String,
    /// How many rows the list has in all.
    pub(super) count: Option<i64>,
    /// How many pages the list has in all.
    pub(super) pages: Option<i64>,
}

/// What to ask for.
#[derive(Debug, PartialEq)]
pub(super) enum Ask {
    Page(Paging, i64),
    Nothing,
    Stop(Stop),
}

/// What to make of a page.
#[derive(Debug, PartialEq)]
pub(super) enum Heed {
    Give,
    End,
    Stop(Stop),
}

/// Why a list stops before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    NoList,
    TooLarge {
        field: &'static str,
        size: i64,
        most: i64,
    },
    Cap(u32),
    Repeated(i64),
    Unreadable(i64),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoList => f.write_str("the spec knows of no pages of this operation"),
            Self::TooLarge { field, size, most } => {
                write!(f, "{field} is {size}, and a page has at most {most} rows")
            }
            Self::Cap(cap) => write!(
                f,
                "the list goes on after {cap} pages, the most that were allowed"
            ),
            Self::Repeated(page) => {
                write!(f, "page {page} holds the same rows as the page before")
            }
            Self::Unreadable(page) => write!(f, "the rows of page {page} cannot be read"),
        }
    }
}

impl Default for Course {
    fn default() -> Self {
        Self {
            paging: None,
            page: 1,
            start: 1,
            size: None,
            asked_size: None,
            rows: 0,
            pages: 0,
            cap: CAP,
            last: None,
            stage: Stage::Going,
        }
    }
}

impl Course {
    /// A course over a list, as the request has it.
    pub(super) fn new(paging: Paging, page: Option<i64>, size: Option<i64>) -> Self {
        let page = page.unwrap_or(paging.first);
        Self {
            paging: Some(paging),
            page,
            start: page,
            size: size.or(paging.usual_size),
            asked_size: size,
            ..Self::default()
        }
    }

    pub(super) fn begin_at(&mut self, page: i64) {
        self.page = page;
        self.start = page;
    }

    pub(super) fn set_cap(&mut self, pages: u32) {
        self.cap = pages;
    }

    /// The page that comes next.
    pub(super) fn page(&self) -> i64 {
        self.page
    }

    /// Nothing comes any more.
    pub(super) fn end(&mut self) {
        self.stage = Stage::Ended;
    }

    pub(super) fn ask(&mut self) -> Ask {
        if self.stage == Stage::Ended {
            return Ask::Nothing;
        }
        match self.hindrance() {
            Ok(paging) => Ask::Page(paging, self.page),
            Err(stop) => {
                self.end();
                Ask::Stop(stop)
            }
        }
    }

    fn hindrance(&self) -> Result<Paging, Stop> {
        let paging = self.paging.ok_or(Stop::NoList)?;
        match (self.asked_size, paging.max_size, paging.size) {
            (Some(size), Some(most), Some(field)) if size > most => {
                Err(Stop::TooLarge { field, size, most })
            }
            _ if self.pages >= self.cap => Err(Stop::Cap(self.cap)),
            _ => Ok(paging),
        }
    }

    /// Reads the totals that an answer holds.
    pub(super) fn with_totals(&self, data: &dyn Record, seen: Seen) -> Seen {
        let number = |name: Option<&str>| jdy_wire::number_in(data, name?);
        let paging = self.paging.as_ref();
        Seen {
            count: paging.and_then(|paging| number(paging.count)),
            pages: paging.and_then(|paging| number(paging.pages)),
            ..seen
        }
    }

    /// Takes note of a page; `None` where its rows could not be read.
    pub(super) fn heed(&mut self, seen: Option<Seen>) -> Heed {
        let page = self.page;
        let before = self.last.take();
        let Some(seen) = seen else {
            self.end();
            return Heed::Stop(Stop::Unreadable(page));
        };
        if seen.rows == 0 {
            self.end();
            // The first page is the caller's to see: it may say more than that there is nothing.
            return if self.pages == 0 {
                Heed::Give
            } else {
                Heed::End
            };
        }
        if before.as_ref() == Some(&seen.text) {
            self.end();
            return Heed::Stop(Stop::Repeated(page));
        }
        self.pages += 1;
        self.rows += length(&seen);
        self.page += 1;
        if self.is_last(page, &seen) {
            self.end();
        }
        self.last = Some(seen.text);
        Heed::Give
    }

    /// Whether no page follows this one, as far as that can be known without asking.
    fn is_last(&self, page: i64, seen: &Seen) -> bool {
        let first = self.paging.map_or(1, |paging| paging.first);
        if let Some(pages) = seen.pages.filter(|pages| *pages > 0) {
            return page - first + 1 >= pages;
        }
        let skipped = match self.start - first {
            0 => Some(0),
            pages => self.size.map(|size| pages * size),
        };
        if let (Some(count), Some(skipped)) = (seen.count.filter(|count| *count > 0), skipped) {
            return skipped + self.rows >= count;
        }
        self.size.is_some_and(|size| length(seen) < size)
    }
}

fn length(seen: &Seen) -> i64 {
    i64::try_from(seen.rows).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use super::*;

    const PAGING: Paging = Paging {
        page: "page",
        place: jdy_wire::Place::Query,
        form: jdy_wire::Form::Number,
        first: 1,
        size: Some("page_size"),
        usual_size: Some(10),
        max_size: Some(100),
        count: Some("count"),
        pages: Some("total_page"),
    };

    fn rows(rows: usize, text: &str) -> Seen {
        Seen {
            rows,
            text: text.to_owned(),
            ..Seen::default()
        }
    }

    /// How a course goes over pages: what came of each, and the number of the page after it.
    fn walk(mut course: Course, pages: Vec<Seen>) -> Vec<(Heed, i64)> {
        let mut steps = Vec::new();
        for seen in pages {
            assert!(matches!(course.ask(), Ask::Page(..)), "{course:?}");
            steps.push((course.heed(Some(seen)), course.page()));
        }
        assert!(!matches!(course.ask(), Ask::Page(..)), "{course:?}");
        steps
    }

    #[test]
    fn a_short_page_is_the_last() {
        let steps = walk(
            Course::new(PAGING, None, None),
            vec![rows(10, "a"), rows(3, "b")],
        );
        assert_eq!(steps, [(Heed::Give, 2), (Heed::Give, 3)]);
    }

    #[test]
    fn totals_say_which_page_is_the_last() {
        let counted = |text| Seen {
            count: Some(20),
            ..rows(10, text)
        };
        let steps = walk(
            Course::new(PAGING, None, None),
            vec![counted("a"), counted("b")],
        );
        assert_eq!(steps.len(), 2);
        // From the second page on, the first is counted as seen.
        walk(Course::new(PAGING, Some(2), None), vec![counted("b")]);
        // A short page is not the last where the vendor says that there are more.
        let paged = |count, text| Seen {
            pages: Some(2),
            ..rows(count, text)
        };
        walk(
            Course::new(PAGING, None, None),
            vec![paged(4, "a"), paged(10, "b")],
        );
        let from_zero = Paging { first: 0, ..PAGING };
        walk(
            Course::new(from_zero, None, None),
            vec![paged(10, "a"), paged(10, "b")],
        );
    }

    #[test]
    fn an_empty_page_ends_the_list_and_is_given_only_as_the_first() {
        let steps = walk(
            Course::new(PAGING, None, None),
            vec![rows(10, "a"), rows(0, "[]")],
        );
        assert_eq!(steps, [(Heed::Give, 2), (Heed::End, 2)]);
        let steps = walk(Course::new(PAGING, None, None), vec![rows(0, "[]")]);
        assert_eq!(steps, [(Heed::Give, 1)]);
    }

    #[test]
    fn a_page_that_comes_again_is_an_error_that_names_it() {
        let mut steps = walk(
            Course::new(PAGING, None, None),
            vec![rows(10, "a"), rows(10, "a")],
        );
        assert_eq!(steps.pop(), Some((Heed::Stop(Stop::Repeated(2)), 2)));
    }

    #[test]
    fn a_cap_is_an_error_only_where_the_list_goes_on() {
        let mut course = Course::new(PAGING, None, None);
        course.set_cap(1);
        assert_eq!(course.heed(Some(rows(10, "a"))), Heed::Give);
        assert_eq!(course.ask(), Ask::Stop(Stop::Cap(1)));
        assert_eq!(course.ask(), Ask::Nothing);
        let mut course = Course::new(PAGING, None, None);
        course.set_cap(1);
        assert_eq!(course.heed(Some(rows(9, "a"))), Heed::Give);
        assert_eq!(course.ask(), Ask::Nothing);
    }

    #[test]
    fn a_page_larger_than_the_spec_allows_is_not_asked_for() {
        let mut course = Course::new(PAGING, None, Some(101));
        let Ask::Stop(stop) = course.ask() else {
            panic!("{course:?}");
        };
        assert_eq!(
            stop.to_string(),
            "page_size is 101, and a page has at most 100 rows"
        );
    }
}
