//! A custom store: only the trait is needed to keep a journal elsewhere.

use std::collections::HashSet;
use std::future::{pending, ready};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jdy_journal::{
    Change, Entry, Header, Journal, JournalStore, Options, PlannedEntry, Progress, RequestHash,
    Resolution, ResolvedAs, State, StoreError, run,
};
use jdy_runtime::runtime::BoxFuture;
use jdy_sandbox::Fault;

use crate::bench::{RECHARGE, client, count, csv, hold, list, options, sandbox};

/// A journal in memory, as a table of Postgres would keep it.
#[derive(Default)]
pub(crate) struct Memory(Mutex<(Option<Header>, Vec<Kept>)>);

impl Memory {
    /// As if there had been no journal.
    pub(crate) fn clear(&self) {
        *self.0.lock().unwrap() = (None, Vec::new());
    }
}

struct Kept {
    entry: Entry,
    answer: Option<Vec<u8>>,
}

impl Kept {
    fn new(planned: PlannedEntry) -> Self {
        Self {
            entry: Entry::planned(planned),
            answer: None,
        }
    }
}

fn told<T: Send + 'static>(value: T) -> BoxFuture<'static, Result<T, StoreError>> {
    Box::pin(ready(Ok(value)))
}

impl JournalStore for Memory {
    fn header(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>> {
        told(self.0.lock().unwrap().0.clone())
    }

    fn create(
        &self,
        header: Header,
        lines: Vec<PlannedEntry>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let mut own = self.0.lock().unwrap();
        let keys: Vec<_> = lines.iter().filter_map(|line| line.key.clone()).collect();
        let is_doubled = keys.len() != keys.iter().collect::<HashSet<_>>().len();
        if own.0.is_some() || is_doubled {
            return Box::pin(ready(Err(StoreError::failed("it cannot be made"))));
        }
        *own = (Some(header), lines.into_iter().map(Kept::new).collect());
        told(())
    }

    fn add(
        &self,
        key: String,
        hash: Option<RequestHash>,
    ) -> BoxFuture<'_, Result<Entry, StoreError>> {
        let lines = &mut self.0.lock().unwrap().1;
        let known = lines
            .iter()
            .position(|kept| kept.entry.key.as_ref() == Some(&key));
        let at = known.unwrap_or_else(|| {
            let line = lines.last().map_or(0, |kept| kept.entry.line) + 1;
            lines.push(Kept::new(PlannedEntry {
                line,
                key: Some(key),
                hash,
            }));
            lines.len() - 1
        });
        told(lines[at].entry.clone())
    }

    fn entries(&self) -> BoxFuture<'_, Result<Vec<Entry>, StoreError>> {
        let lines = &self.0.lock().unwrap().1;
        told(lines.iter().map(|kept| kept.entry.clone()).collect())
    }

    fn write(&self, change: Change) -> BoxFuture<'static, Result<(), StoreError>> {
        let lines = &mut self.0.lock().unwrap().1;
        let line = lines.iter_mut().find(|kept| kept.entry.line == change.line);
        let written = line
            .ok_or(StoreError::Conflict(change.line))
            .and_then(|kept| {
                let answer = kept.entry.apply(change)?;
                kept.answer = answer.after(kept.answer.take());
                Ok(())
            });
        Box::pin(ready(written))
    }

    fn answer(&self, line: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        let lines = &self.0.lock().unwrap().1;
        let kept = lines.iter().find(|kept| kept.entry.line == line);
        told(kept.and_then(|kept| kept.answer.clone()))
    }
}

#[tokio::test]
async fn a_list_is_continued_resolved_and_keeps_its_answers_in_a_custom_store() {
    let (sandbox, list, memory) = (sandbox(&[]), list(&csv(5)), Arc::new(Memory::default()));
    for fault in ["unauthorized-401", "unauthorized-401", "lost-before-commit"] {
        let fault = format!("{fault}@{RECHARGE}*1");
        sandbox.inject(fault.parse::<Fault>().unwrap());
    }
    let resolve = Options {
        resolutions: vec![Resolution {
            name: "R-2".to_owned(),
            resolved_as: ResolvedAs::Absent,
            of_call: None,
            by: "Li Lei".to_owned(),
        }],
        ..options(1)
    };
    let mut left = vec![[1, 1, 3], [0, 0, 5]].into_iter();
    for options in [options(1), resolve] {
        let journal = Journal::of_list(memory.clone(), &list, "sandbox").await;
        let journal = journal.unwrap().absent_after(Duration::ZERO);
        let progress = Progress::default();
        let client = client(&sandbox);
        let end = run(&client, &journal, &list, &options, &progress, pending()).await;
        let entries = end.unwrap().entries;
        hold(&sandbox, &list, &entries);
        let states = [State::NotSent, State::Unknown, State::Done];
        assert_eq!(
            states.map(|state| count(&entries, state)),
            left.next().unwrap()
        );
    }
    let journal = Journal::of_list(memory, &list, "sandbox").await.unwrap();
    let answer = journal.answer(3).await.unwrap().unwrap();
    assert!(String::from_utf8(answer).unwrap().contains("bill_no"));
}
