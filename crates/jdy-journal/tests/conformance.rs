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
        let made = self.0.create(header, lines);
        match self.1 {
            Wrong::TakesTwice => Box::pin(ready(Ok(()))),
            _ => made,
        }
    }

    fn add(
        &self,
        key: String,
        hash: Option<RequestHash>,
    ) -> BoxFuture<'_, Result<Entry, StoreError>> {
        let added = self.0.add(key, hash);
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
        let is_wrong = self.1 == Wrong::LosesHistory;
        Box::pin(async move {
            let mut entries = entries.await?;
            for entry in entries.iter_mut().filter(|_| is_wrong) {
                entry.history.clear();
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

#[tokio::test]
async fn a_store_that_breaks_a_promise_is_found_out() {
    let by_the_rules = "a change does what `Entry::apply` says";
    let in_order = "a change goes on when its future is dropped, in the order of the calls";
    for (wrong, promise) in [
        (Wrong::ForgetsAnswers, by_the_rules),
        (Wrong::TakesTwice, "no two lines have one key"),
        (Wrong::WritesWhenPolled, in_order),
        (
            Wrong::NumbersFromOne,
            "a new key is a planned line behind all others, and a known one the line it has",
        ),
        (
            Wrong::SendsTwice,
            "a line that is not there cannot be changed",
        ),
        (Wrong::LosesHistory, in_order),
    ] {
        let memory = Arc::new(Memory::default());
        let broken = conformance(async || Ok(Bad(memory.clone(), wrong))).await;
        let broken = broken.unwrap_err();
        assert_eq!(broken.promise, promise, "{wrong:?}: {broken}");
    }
}
