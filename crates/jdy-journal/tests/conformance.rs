//! Every store fulfils the contract of the trait, and one that does not is detected.

use std::future::ready;
use std::sync::Arc;

use jdy_journal::testing::conformance;
use jdy_journal::{
    Change, Entry, Header, JournalStore, PlannedEntry, RequestHash, SqliteStore, State, StoreError,
};
use jdy_runtime::runtime::BoxFuture;

use crate::bench::fresh;
use crate::own_store::Memory;

#[tokio::test]
async fn sqlite_keeps_what_a_store_promises() {
    let path = fresh("conformance");
    conformance(async || SqliteStore::open(&path))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_store_in_memory_keeps_what_a_store_promises() {
    let memory = Arc::new(Memory::default());
    conformance(async || Ok(memory.clone())).await.unwrap();
}

/// The mistake of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    ForgetsAnswers,
    TakesTwice,
    WritesWhenPolled,
    NumbersFromOne,
    SendsTwice,
    LosesHistory,
    RefusesTwoLinesWithoutKey,
    StartsAnewWhenMadeAgain,
    OrdersLinesAsText,
    ReadsOnePage,
    PadsKeys,
    TakesARepeatedChangeForItsOwn,
    CutsReports,
    TakesEmptyForNone,
}

struct Bad(Arc<Memory>, Wrong);

impl JournalStore for Bad {
    fn header(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>> {
        self.0.header()
    }

    fn create(
        &self,
        header: Header,
        lines: Vec<PlannedEntry>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let without_key = lines.iter().filter(|line| line.key.is_none()).count();
        let refused = || StoreError::failed("it cannot be made");
        let again = (header.clone(), lines.clone());
        let made = self.0.create(header, lines);
        match self.1 {
            Wrong::TakesTwice => Box::pin(ready(Ok(()))),
            Wrong::RefusesTwoLinesWithoutKey if without_key > 1 => Box::pin(ready(Err(refused()))),
            Wrong::StartsAnewWhenMadeAgain => {
                let memory = self.0.clone();
                Box::pin(async move {
                    let made = made.await;
                    if made.is_err() && memory.header().await?.is_some() {
                        memory.clear();
                        memory.create(again.0, again.1).await?;
                    }
                    made
                })
            }
            _ => made,
        }
    }

    fn add(
        &self,
        key: String,
        hash: Option<RequestHash>,
    ) -> BoxFuture<'_, Result<Entry, StoreError>> {
        let padded = key.trim_end().to_owned();
        let added = match self.1 {
            Wrong::PadsKeys => self.0.add(padded, hash),
            _ => self.0.add(key, hash),
        };
        let is_wrong = self.1 == Wrong::NumbersFromOne;
        Box::pin(async move {
            let mut added = added.await?;
            if is_wrong && added.state == State::Planned && added.sent == 0 {
                added.line = 1;
            }
            Ok(added)
        })
    }

    fn entries(&self) -> BoxFuture<'_, Result<Vec<Entry>, StoreError>> {
        let entries = self.0.entries();
        let wrong = self.1;
        Box::pin(async move {
            let mut entries = entries.await?;
            match wrong {
                Wrong::LosesHistory => entries.iter_mut().for_each(|own| own.history.clear()),
                Wrong::OrdersLinesAsText => entries.sort_by_key(|own| own.line.to_string()),
                Wrong::ReadsOnePage => entries.truncate(1_000),
                _ => {}
            }
            Ok(entries)
        })
    }

    fn write(&self, change: Change) -> BoxFuture<'static, Result<(), StoreError>> {
        match self.1 {
            Wrong::WritesWhenPolled => {
                let inner = self.0.clone();
                Box::pin(async move { inner.write(change).await })
            }
            Wrong::SendsTwice if change.to == State::Intent => {
                drop(self.0.write(change));
                Box::pin(ready(Ok(())))
            }
            Wrong::TakesARepeatedChangeForItsOwn => {
                let (inner, own) = (self.0.clone(), change.clone());
                let written = self.0.write(change);
                Box::pin(async move {
                    let entries = inner.entries().await?;
                    let line = entries.iter().find(|line| line.line == own.line);
                    let is_there = line.is_some_and(|line| {
                        (line.state, line.intended_at) == (own.to, Some(own.at))
                    });
                    if is_there { Ok(()) } else { written.await }
                })
            }
            Wrong::CutsReports => {
                let report = change.report.map(|text| text.chars().take(255).collect());
                self.0.write(Change { report, ..change })
            }
            Wrong::TakesEmptyForNone => {
                let report = change.report.filter(|text| !text.is_empty());
                self.0.write(Change { report, ..change })
            }
            _ => self.0.write(change),
        }
    }

    fn answer(&self, line: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        match self.1 {
            Wrong::ForgetsAnswers => Box::pin(ready(Ok(None))),
            _ => self.0.answer(line),
        }
    }
}

/// The promise that a store with this mistake is said to break.
async fn broken(wrong: Wrong) -> Option<&'static str> {
    let memory = Arc::new(Memory::default());
    let end = conformance(async || Ok(Bad(memory.clone(), wrong))).await;
    end.err().map(|broken| broken.promise)
}

#[tokio::test]
async fn a_store_that_breaks_a_promise_is_found_out() {
    let by_the_rules = "a change does what `Entry::apply` says";
    let in_order = "a change goes on when its future is dropped, in the order of the calls";
    let added = "a new key is a planned line behind all others, and a known one the line it has";
    for (wrong, promise) in [
        (Wrong::ForgetsAnswers, by_the_rules),
        (Wrong::TakesTwice, "no two lines have one key"),
        (Wrong::WritesWhenPolled, in_order),
        (Wrong::NumbersFromOne, added),
        (
            Wrong::SendsTwice,
            "a line that is not there cannot be changed",
        ),
        (Wrong::LosesHistory, in_order),
    ] {
        assert_eq!(broken(wrong).await, Some(promise), "{wrong:?}");
    }
}

/// What a list of a few short lines, each changed once at a time, does not show.
#[tokio::test]
async fn a_store_that_fails_with_long_or_many_or_like_lines_is_found_out() {
    let as_given = "texts and answers come back as they were given, the long and the empty too";
    for (wrong, promise) in [
        (
            Wrong::RefusesTwoLinesWithoutKey,
            "a journal is made wholly or not at all",
        ),
        (
            Wrong::StartsAnewWhenMadeAgain,
            "a journal that is there is not made again, and stays as it is",
        ),
        (Wrong::OrdersLinesAsText, "a new line is planned"),
        (Wrong::ReadsOnePage, "a new line is planned"),
        (
            Wrong::PadsKeys,
            "keys are the same only if each of their characters is",
        ),
        (
            Wrong::TakesARepeatedChangeForItsOwn,
            "of two equal changes the first is made, and the second is refused",
        ),
        (Wrong::CutsReports, as_given),
        (Wrong::TakesEmptyForNone, as_given),
    ] {
        assert_eq!(broken(wrong).await, Some(promise), "{wrong:?}");
    }
}
