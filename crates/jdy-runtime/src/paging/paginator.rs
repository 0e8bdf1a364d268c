//! The paginator over the pages of a list: which page comes next, and whether one does.
//!
//! Owns when a list ends, and when it ends in an error. It must not know types, nor send anything.
//!
//! An end is believed only when everything that the answers say agrees with it. Two things must
//! speak for it: a page that is not full, and a total that is reached, with no total that says
//! more. Otherwise one page more is asked for, and the list ends where that one is empty (or the
//! same again). A page that says nothing at all, neither rows nor a total, is no empty page yet: it
//! is asked for once more, and believed when it says nothing again. A list that ends with fewer rows than its `count`, or with fewer pages than its
//! total, is an error: the paginator says which page comes next.

use std::fmt;

use jdy_wire::Record;

use crate::operation::Paging;

/// The default maximum number of pages.
const CAP: u32 = 10_000;

/// Where one is in a list.
#[derive(Debug)]
pub(super) struct Paginator {
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
    /// The longest page so far: what the other side takes for a page.
    longest: i64,
    totals: Totals,
    cap: u32,
    /// The rows of the page before.
    last: Option<String>,
    /// The page that said nothing at all, and was asked for again.
    silent: Option<i64>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Going,
    /// The list seems to have ended, but that is not certain: one page more is asked for.
    Confirming,
    Ended,
}

/// What the answers have said of the whole list: the most that any of them said.
#[derive(Debug, Default)]
struct Totals {
    /// How many rows there are.
    count: Option<i64>,
    /// How many pages there are, by the first page of the list.
    pages_at_first: Option<i64>,
    /// The same by any page: only what the first page says of it is right everywhere.
    pages: Option<i64>,
}

/// What one thing says about the end of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Voice {
    Silent,
    End,
    More,
}

/// What a page held.
#[derive(Debug, Default)]
pub(super) struct PageStats {
    /// How many rows.
    pub(super) rows: usize,
    /// Whether the list of rows was missing.
    pub(super) lacks_list: bool,
    /// The rows, as one text.
    pub(super) text: String,
    /// How many rows the list has in all.
    pub(super) count: Option<i64>,
    /// How many pages the list has in all.
    pub(super) pages: Option<i64>,
}

/// The next request.
#[derive(Debug, PartialEq)]
pub(super) enum NextPage {
    Page(Paging, i64),
    Nothing,
    Stop(Stop),
}

/// What to make of a page.
#[derive(Debug, PartialEq)]
pub(super) enum PageVerdict {
    Give,
    /// It says nothing: it is asked for again.
    Again,
    End,
    Stop(Stop),
}

/// Why a list stops before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    NoList,
    TooLarge(TooLarge),
    Cap(u32),
    Repeated(i64),
    Unreadable(i64),
    FewerRows { rows: i64, count: i64 },
    FewerPages { page: i64, pages: i64 },
}

/// The requested page size exceeds the maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge {
    field: &'static str,
    size: i64,
    most: i64,
}

impl TooLarge {
    /// The most rows of a page where the spec does not say: a larger size is cut without a word.
    const DEFAULT_MAX_PAGE_SIZE: i64 = 100;

    /// Whether the request asks for more rows than a page has.
    pub(crate) fn of(paging: &Paging, size: Option<i64>) -> Option<Self> {
        let most = paging.max_size.unwrap_or(Self::DEFAULT_MAX_PAGE_SIZE);
        match (paging.size, size) {
            (Some(field), Some(size)) if size > most => Some(Self { field, size, most }),
            _ => None,
        }
    }
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, size, most } = self;
        write!(
            f,
            "{field} is {size}, and a page has at most {most} rows; ask for {most} or fewer"
        )
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoList => f.write_str("the spec knows of no pages of this operation"),
            Self::TooLarge(too_large) => too_large.fmt(f),
            Self::Cap(cap) => write!(
                f,
                "the list goes on after {cap} pages, the most that were allowed"
            ),
            Self::Repeated(page) => {
                write!(f, "page {page} holds the same rows as the page before")
            }
            Self::Unreadable(page) => write!(f, "the rows of page {page} cannot be read"),
            Self::FewerRows { rows, count } => write!(
                f,
                "the list ends after {rows} rows, and its answers say that there are {count}"
            ),
            Self::FewerPages { page, pages } => write!(
                f,
                "page {page} holds no row, and the answers say that there are {pages} pages"
            ),
        }
    }
}

impl Default for Paginator {
    fn default() -> Self {
        Self {
            paging: None,
            page: 1,
            start: 1,
            size: None,
            asked_size: None,
            rows: 0,
            pages: 0,
            longest: 0,
            totals: Totals::default(),
            cap: CAP,
            last: None,
            silent: None,
            stage: Stage::Going,
        }
    }
}

impl Paginator {
    /// A paginator over a list, as the request has it.
    pub(super) fn new(paging: Paging, page: Option<i64>, size: Option<i64>) -> Self {
        let page = page.unwrap_or(paging.first);
        Self {
            paging: Some(paging),
            page,
            start: page,
            size: size.or(paging.default_page_size),
            asked_size: size,
            ..Self::default()
        }
    }

    /// Begins at this page. What other pages have said is no evidence of the list from there.
    pub(super) fn begin_at(&mut self, page: i64) {
        *self = Self {
            paging: self.paging,
            page,
            start: page,
            size: self.size,
            asked_size: self.asked_size,
            cap: self.cap,
            ..Self::default()
        };
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

    pub(super) fn next(&mut self) -> NextPage {
        if self.stage == Stage::Ended {
            return NextPage::Nothing;
        }
        match self.hindrance() {
            Ok(paging) => NextPage::Page(paging, self.page),
            Err(stop) => {
                self.end();
                NextPage::Stop(stop)
            }
        }
    }

    fn hindrance(&self) -> Result<Paging, Stop> {
        let paging = self.paging.ok_or(Stop::NoList)?;
        if let Some(too_large) = TooLarge::of(&paging, self.asked_size) {
            return Err(Stop::TooLarge(too_large));
        }
        // A page that only proves the end of the list does not count.
        if self.pages >= self.cap && self.stage != Stage::Confirming {
            return Err(Stop::Cap(self.cap));
        }
        Ok(paging)
    }

    /// Reads the totals that an answer holds.
    pub(super) fn with_totals(&self, data: &dyn Record, seen: PageStats) -> PageStats {
        let number = |name: Option<&str>| jdy_wire::number_in(data, name?);
        let paging = self.paging.as_ref();
        PageStats {
            count: paging.and_then(|paging| number(paging.count)),
            pages: paging.and_then(|paging| number(paging.pages)),
            ..seen
        }
    }

    /// Takes note of a page; `None` where its rows could not be read.
    pub(super) fn judge(&mut self, seen: Option<PageStats>) -> PageVerdict {
        let page = self.page;
        let Some(seen) = seen else {
            return self.stop(Stop::Unreadable(page));
        };
        if seen.is_silent() && self.silent != Some(page) {
            self.silent = Some(page);
            return PageVerdict::Again;
        }
        let before = self.last.take();
        if self.pages == 0 && self.start_is_first() {
            self.totals.pages_at_first = told(seen.pages);
        }
        self.totals.hear(&seen);
        if seen.rows == 0 {
            return self.at_an_empty_page();
        }
        if before.as_ref() == Some(&seen.text) {
            // Some lists answer with their last page for ever.
            return match (self.stage, self.contradiction()) {
                (Stage::Confirming, None) => {
                    self.end();
                    PageVerdict::End
                }
                _ => self.stop(Stop::Repeated(page)),
            };
        }
        if self.pages >= self.cap {
            return self.stop(Stop::Cap(self.cap));
        }
        self.pages += 1;
        self.rows += length(&seen);
        self.longest = self.longest.max(length(&seen));
        self.page += 1;
        self.stage = self.after(&seen);
        self.last = Some(seen.text);
        PageVerdict::Give
    }

    fn stop(&mut self, stop: Stop) -> PageVerdict {
        self.end();
        PageVerdict::Stop(stop)
    }

    /// No row comes any more; whether that is the end is for the totals to say.
    fn at_an_empty_page(&mut self) -> PageVerdict {
        match self.contradiction() {
            Some(stop) => self.stop(stop),
            // The first page is the caller's to see: it may say more than that there is nothing.
            None if self.pages == 0 => {
                self.end();
                PageVerdict::Give
            }
            None => {
                self.end();
                PageVerdict::End
            }
        }
    }

    /// What the answers have said and did not keep, if the list ended here.
    fn contradiction(&self) -> Option<Stop> {
        let count = self.totals.count;
        let rows = self.skipped().map(|skipped| skipped + self.rows);
        if let (Some(count), Some(rows)) = (count, rows)
            && rows < count
        {
            return Some(Stop::FewerRows { rows, count });
        }
        // What a later page says of the pages is believed only where no count says otherwise.
        let is_counted = count.is_some() && rows.is_some();
        let pages = match is_counted {
            true => self.totals.pages_at_first,
            false => self.totals.pages,
        };
        let pages = pages.filter(|pages| self.ordinal(self.page) <= *pages)?;
        Some(Stop::FewerPages {
            page: self.page,
            pages,
        })
    }

    /// The position of a page in the list, counted from 1.
    fn ordinal(&self, page: i64) -> i64 {
        page - self.paging.map_or(1, |paging| paging.first) + 1
    }

    /// How many rows stand on the pages before the one that it began with, as far as that can be
    /// known: the other side may take another size for a page than the one that was asked for.
    fn skipped(&self) -> Option<i64> {
        match self.ordinal(self.start) - 1 {
            ..=0 => Some(0),
            pages if self.pages > 1 => Some(pages.saturating_mul(self.longest)),
            pages => self.size.map(|size| pages.saturating_mul(size)),
        }
    }

    /// Whether a page follows, after one with these rows.
    fn after(&self, seen: &PageStats) -> Stage {
        // A page as long as those before it is full, whatever was asked for.
        let full = match self.pages {
            ..=1 => self.size,
            _ => Some(self.longest),
        };
        let short = match full {
            Some(full) if length(seen) < full => Voice::End,
            _ => Voice::Silent,
        };
        let (by_count, by_pages) = (self.by_count(), self.by_pages());
        let all = [short, by_count, by_pages];
        if all.contains(&Voice::More) || !all.contains(&Voice::End) {
            return Stage::Going;
        }
        // Both totals may come from one number, and of the later pages these are known to be
        // wrong; so a full page is never the last without a look at the next one.
        let has_total = by_count == Voice::End || by_pages == Voice::End;
        if short == Voice::End && has_total && self.start_is_first() {
            Stage::Ended
        } else {
            Stage::Confirming
        }
    }

    /// Only then nothing is guessed of the pages before.
    fn start_is_first(&self) -> bool {
        self.ordinal(self.start) <= 1
    }

    fn by_count(&self) -> Voice {
        match (self.totals.count, self.skipped()) {
            (Some(count), Some(skipped)) => match (skipped + self.rows).cmp(&count) {
                std::cmp::Ordering::Less => Voice::More,
                std::cmp::Ordering::Equal => Voice::End,
                // A count that is exceeded has been refuted.
                std::cmp::Ordering::Greater => Voice::Silent,
            },
            _ => Voice::Silent,
        }
    }

    fn by_pages(&self) -> Voice {
        match self.totals.pages {
            Some(pages) if self.ordinal(self.page) <= pages => Voice::More,
            Some(_) => Voice::End,
            None => Voice::Silent,
        }
    }
}

impl PageStats {
    /// Whether it says nothing of the list, not even that it is empty.
    fn is_silent(&self) -> bool {
        self.lacks_list && self.count.is_none() && self.pages.is_none()
    }
}

impl Totals {
    fn hear(&mut self, seen: &PageStats) {
        self.count = self.count.max(told(seen.count));
        self.pages = self.pages.max(told(seen.pages));
    }
}

/// A total, where it is one: some lists say 0 beside rows.
fn told(total: Option<i64>) -> Option<i64> {
    total.filter(|total| *total > 0)
}

fn length(seen: &PageStats) -> i64 {
    i64::try_from(seen.rows).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use super::*;

    const PAGING: Paging = Paging {
        page: "page",
        location: jdy_wire::Location::Query,
        encoding: jdy_wire::Encoding::Number,
        first: 1,
        size: Some("page_size"),
        default_page_size: Some(10),
        max_size: Some(100),
        count: Some("count"),
        pages: Some("total_page"),
    };

    fn rows(rows: usize, text: &str) -> PageStats {
        PageStats {
            rows,
            text: text.to_owned(),
            ..PageStats::default()
        }
    }

    /// How a paginator goes over pages: what came of each, and the number of the page after it.
    fn walk(mut paginator: Paginator, pages: Vec<PageStats>) -> Vec<(PageVerdict, i64)> {
        let mut steps = Vec::new();
        for seen in pages {
            assert!(
                matches!(paginator.next(), NextPage::Page(..)),
                "{paginator:?}"
            );
            steps.push((paginator.judge(Some(seen)), paginator.page()));
        }
        assert!(
            !matches!(paginator.next(), NextPage::Page(..)),
            "{paginator:?}"
        );
        steps
    }

    fn totals(length: usize, text: &str, count: i64, pages: i64) -> PageStats {
        PageStats {
            count: Some(count),
            pages: Some(pages),
            ..rows(length, text)
        }
    }

    fn paginator() -> Paginator {
        Paginator::new(PAGING, None, None)
    }

    #[test]
    fn a_short_page_alone_is_not_the_last() {
        let steps = walk(
            paginator(),
            vec![rows(10, "a"), rows(3, "b"), rows(0, "[]")],
        );
        assert_eq!(
            steps,
            [
                (PageVerdict::Give, 2),
                (PageVerdict::Give, 3),
                (PageVerdict::End, 3)
            ]
        );
        // A server that cuts page sizes without a word.
        let steps = walk(
            Paginator::new(PAGING, None, Some(100)),
            vec![rows(50, "a"), rows(50, "b"), rows(7, "c"), rows(0, "[]")],
        );
        assert_eq!(steps.len(), 4);
    }

    #[test]
    fn a_short_page_and_a_total_that_is_reached_are_the_end() {
        let steps = walk(
            paginator(),
            vec![totals(10, "a", 13, 2), totals(3, "b", 13, 2)],
        );
        assert_eq!(steps, [(PageVerdict::Give, 2), (PageVerdict::Give, 3)]);
        let counted = |length, text| PageStats {
            count: Some(13),
            ..rows(length, text)
        };
        walk(paginator(), vec![counted(10, "a"), counted(3, "b")]);
        let from_zero = Paginator::new(Paging { first: 0, ..PAGING }, None, None);
        let steps = walk(
            from_zero,
            vec![totals(10, "a", 13, 2), totals(3, "b", 13, 2)],
        );
        assert_eq!(steps, [(PageVerdict::Give, 1), (PageVerdict::Give, 2)]);
    }

    #[test]
    fn a_full_page_is_the_last_where_the_next_one_is_empty_or_the_same() {
        for end in [totals(0, "[]", 20, 2), totals(10, "b", 20, 2)] {
            let steps = walk(
                paginator(),
                vec![totals(10, "a", 20, 2), totals(10, "b", 20, 2), end],
            );
            assert_eq!(steps[2], (PageVerdict::End, 3));
        }
    }

    #[test]
    fn a_later_page_takes_nothing_back_of_what_a_former_one_said() {
        // Each page has its own idea of the totals; 25 rows are there.
        let pages = vec![
            totals(10, "a", 25, 3),
            totals(10, "b", 20, 2),
            totals(5, "c", 5, 1),
        ];
        assert_eq!(walk(paginator(), pages).len(), 3);
        let pages = vec![
            totals(10, "a", 25, 3),
            totals(10, "b", 25, 99),
            totals(5, "c", 25, 99),
            totals(0, "[]", 25, 99),
        ];
        assert_eq!(walk(paginator(), pages).pop(), Some((PageVerdict::End, 4)));
    }

    #[test]
    fn totals_that_are_too_small_are_refuted_by_the_rows_behind_them() {
        // From a later page on, both totals are wrong, and they agree.
        let pages = vec![
            totals(10, "b", 20, 2),
            totals(10, "c", 20, 2),
            totals(0, "[]", 20, 2),
        ];
        assert_eq!(walk(Paginator::new(PAGING, Some(2), None), pages).len(), 3);
    }

    /// The other side may take less for a page than was asked for: after each of these a page is asked
    /// for, and it may hold rows.
    #[test]
    fn totals_that_are_none_or_refuted_do_not_end_a_list_after_a_short_page() {
        for (length, count, pages) in [(3, 0, 0), (7, 5, 0)] {
            let first = totals(length, "a", count, pages);
            let steps = walk(paginator(), vec![first, rows(2, "b"), rows(0, "[]")]);
            assert_eq!(steps.len(), 3, "{length} {count} {pages}");
        }
    }

    /// It seemed to be the last page, and comes again with a total that says more.
    #[test]
    fn a_page_that_comes_again_is_no_end_where_its_totals_say_more() {
        let steps = walk(
            paginator(),
            vec![
                totals(10, "a", 20, 2),
                totals(10, "b", 20, 2),
                totals(10, "b", 30, 3),
            ],
        );
        assert_eq!(steps[2].0, PageVerdict::Stop(Stop::Repeated(3)));
    }

    #[test]
    fn fewer_rows_than_the_count_are_an_error() {
        let mut steps = walk(
            paginator(),
            vec![totals(10, "a", 25, 1), totals(5, "b", 25, 1), rows(0, "[]")],
        );
        let stop = Stop::FewerRows {
            rows: 15,
            count: 25,
        };
        assert_eq!(steps.pop(), Some((PageVerdict::Stop(stop), 3)));
        let steps = walk(paginator(), vec![totals(0, "[]", 1, 0)]);
        let stop = Stop::FewerRows { rows: 0, count: 1 };
        assert_eq!(steps, [(PageVerdict::Stop(stop), 1)]);
        assert_eq!(
            stop.to_string(),
            "the list ends after 0 rows, and its answers say that there are 1"
        );
    }

    #[test]
    fn fewer_pages_than_the_total_are_an_error() {
        let paged = |length, text| PageStats {
            pages: Some(3),
            ..rows(length, text)
        };
        let mut steps = walk(
            paginator(),
            vec![paged(10, "a"), paged(10, "b"), rows(0, "[]")],
        );
        let stop = Stop::FewerPages { page: 3, pages: 3 };
        assert_eq!(steps.pop(), Some((PageVerdict::Stop(stop), 3)));
        // A short page is not the last where the vendor says that there are more.
        walk(
            paginator(),
            vec![paged(4, "a"), paged(10, "b"), paged(2, "c")],
        );
    }

    #[test]
    fn a_page_that_says_nothing_is_asked_for_again_before_it_is_believed() {
        let nothing = || PageStats {
            lacks_list: true,
            ..PageStats::default()
        };
        let steps = walk(paginator(), vec![nothing(), totals(3, "a", 3, 1)]);
        assert_eq!(steps, [(PageVerdict::Again, 1), (PageVerdict::Give, 2)]);
        let steps = walk(paginator(), vec![nothing(), nothing()]);
        assert_eq!(steps, [(PageVerdict::Again, 1), (PageVerdict::Give, 1)]);
        let steps = walk(
            paginator(),
            vec![
                rows(10, "a"),
                nothing(),
                rows(10, "b"),
                nothing(),
                nothing(),
            ],
        );
        let wanted = [
            (PageVerdict::Give, 2),
            (PageVerdict::Again, 2),
            (PageVerdict::Give, 3),
            (PageVerdict::Again, 3),
            (PageVerdict::End, 3),
        ];
        assert_eq!(steps, wanted);
        // That there are none is a word.
        let none = PageStats {
            count: Some(0),
            ..nothing()
        };
        assert_eq!(walk(paginator(), vec![none]), [(PageVerdict::Give, 1)]);
        // The same page again is no page of its own.
        let steps = walk(
            paginator(),
            vec![rows(10, "a"), nothing(), totals(10, "a", 10, 1)],
        );
        assert_eq!(steps.len(), 3);
    }

    #[test]
    fn an_empty_page_ends_the_list_and_is_given_only_as_the_first() {
        let steps = walk(paginator(), vec![rows(10, "a"), rows(0, "[]")]);
        assert_eq!(steps, [(PageVerdict::Give, 2), (PageVerdict::End, 2)]);
        let steps = walk(paginator(), vec![rows(0, "[]")]);
        assert_eq!(steps, [(PageVerdict::Give, 1)]);
        // Behind the end there is nothing, as the totals say.
        let beyond = Paginator::new(PAGING, Some(9), None);
        assert_eq!(
            walk(beyond, vec![totals(0, "[]", 25, 3)]),
            [(PageVerdict::Give, 9)]
        );
    }

    #[test]
    fn a_page_that_comes_again_is_an_error_that_names_it() {
        let mut steps = walk(paginator(), vec![rows(10, "a"), rows(10, "a")]);
        assert_eq!(steps.pop(), Some((PageVerdict::Stop(Stop::Repeated(2)), 2)));
    }

    #[test]
    fn a_cap_is_an_error_only_where_the_list_goes_on() {
        let capped = || {
            let mut paginator = paginator();
            paginator.set_cap(1);
            paginator
        };
        let mut paginator = capped();
        assert_eq!(paginator.judge(Some(rows(10, "a"))), PageVerdict::Give);
        assert_eq!(paginator.next(), NextPage::Stop(Stop::Cap(1)));
        assert_eq!(paginator.next(), NextPage::Nothing);
        walk(capped(), vec![totals(9, "a", 9, 1)]);
        // One page beyond the cap may show that there is no other.
        walk(capped(), vec![rows(9, "a"), rows(0, "[]")]);
        let mut steps = walk(capped(), vec![rows(9, "a"), rows(1, "b")]);
        assert_eq!(steps.pop(), Some((PageVerdict::Stop(Stop::Cap(1)), 2)));
    }

    #[test]
    fn a_page_larger_than_a_page_can_be_is_not_asked_for() {
        for max_size in [Some(100), None] {
            let paging = Paging { max_size, ..PAGING };
            let NextPage::Stop(stop) = Paginator::new(paging, None, Some(101)).next() else {
                panic!("101 rows");
            };
            assert_eq!(
                stop.to_string(),
                "page_size is 101, and a page has at most 100 rows; ask for 100 or fewer"
            );
        }
        let large = Paging {
            max_size: Some(500),
            ..PAGING
        };
        assert!(matches!(
            Paginator::new(large, None, Some(101)).next(),
            NextPage::Page(..)
        ));
    }

    /// Random numbers, the same ones for each seed.
    struct Chance(u64);

    impl Chance {
        fn below(&mut self, bound: i64) -> i64 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            i64::try_from((self.0 >> 33) % bound.max(1).unsigned_abs()).unwrap_or_default()
        }

        fn one_in(&mut self, bound: i64) -> bool {
            self.below(bound) == 0
        }
    }

    /// A server with so many rows, and its habits.
    struct Server {
        rows: i64,
        size: i64,
        tells_count: bool,
        tells_pages: bool,
        /// What becomes of the totals: right, wrong behind the first page, smaller and smaller,
        /// too small everywhere.
        manner: i64,
        repeats: bool,
    }

    impl Server {
        fn page(&self, chance: &mut Chance, number: i64) -> (Vec<i64>, PageStats) {
            let pages = (self.rows + self.size - 1) / self.size;
            let at = if self.repeats {
                number.min(pages.max(1))
            } else {
                number
            };
            let from = ((at - 1) * self.size).min(self.rows);
            let ids: Vec<i64> = (from..(from + self.size).min(self.rows)).collect();
            let wrong = |chance: &mut Chance, right: i64| match self.manner {
                1 if number > 1 => chance.below(2 * right + 2),
                2 => right - (number - 1) * chance.below(self.size + 1),
                3 => chance.below(right + 1),
                _ => right,
            };
            let count = self.tells_count.then(|| wrong(chance, self.rows));
            let pages = self.tells_pages.then(|| wrong(chance, pages));
            let seen = PageStats {
                rows: ids.len(),
                text: format!("{ids:?}"),
                count,
                pages,
                ..PageStats::default()
            };
            (ids, seen)
        }
    }

    #[test]
    fn ten_thousand_paginators_lose_no_row_without_saying_so() {
        let mut ended_well = 0;
        for seed in 0..10_000 {
            let mut chance = Chance(seed);
            let asked = 1 + chance.below(30);
            let manner = chance.below(4);
            // Some cut the size without a word; one that also has its totals from the rows of a
            // page tells nothing by which that could be seen.
            let cuts = manner != 3 && chance.one_in(3);
            let server = Server {
                rows: chance.below(120),
                size: if cuts { 1 + chance.below(asked) } else { asked },
                tells_count: !chance.one_in(4),
                tells_pages: !chance.one_in(4),
                manner,
                repeats: chance.one_in(5),
            };
            let start = if chance.one_in(4) {
                1 + chance.below(4)
            } else {
                1
            };
            let mut paginator = Paginator::new(PAGING, Some(start), Some(asked));
            let mut got = Vec::new();
            // One page says nothing when it is asked for first.
            let mut silent = chance.one_in(3).then(|| 1 + chance.below(6));
            let ended = loop {
                let page = match paginator.next() {
                    NextPage::Page(_, page) => page,
                    NextPage::Nothing => break true,
                    NextPage::Stop(_) => break false,
                };
                let (ids, mut seen) = server.page(&mut chance, page);
                if silent.take_if(|silent| *silent == page).is_some() {
                    seen = PageStats {
                        lacks_list: true,
                        ..PageStats::default()
                    };
                }
                match paginator.judge(Some(seen)) {
                    PageVerdict::Give => got.extend(ids),
                    PageVerdict::Again => {}
                    PageVerdict::End => break true,
                    PageVerdict::Stop(_) => break false,
                }
            };
            let all: Vec<i64> = ((start - 1) * server.size..server.rows).collect();
            if ended && !(server.repeats && start > 1) {
                assert_eq!(got, all, "seed {seed}, start {start}");
                ended_well += 1;
            }
            // An honest server is never called a liar.
            if server.manner == 0 && start == 1 && !server.repeats {
                assert!(ended, "seed {seed}");
            }
        }
        assert!(ended_well > 5_000, "{ended_well}");
    }
}
