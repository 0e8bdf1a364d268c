//! A store of one's own: nothing but the trait is needed to keep a journal elsewhere.

use std::future::{pending, ready};
use std::sync::{Arc, Mutex};

use jdy_journal::{
    Change, Entry, Fate, Hash, Header, Journal, JournalStore, Options, Planned, Progress, State,
    StoreError, Word, run,
};
use jdy_runtime::runtime::BoxFuture;
use jdy_sandbox::Fault;

use crate::bench::{RECHARGE, client, count, csv, hold, list, options, sandbox};

/// A journal in memory, as a table of Postgres would keep it.
#[derive(Default)]
struct Shelf(Mutex<(Option<Header>, Vec<Kept>)>);

struct Kept {
    entry: Entry,
    answer: Option<Vec<u8>>,
}

impl Kept {
    fn new(planned: Planned) -> Self {
        let entry = Entry {
            line: planned.line,
            key: planned.key,
            hash: planned.hash,
            state: State::Planned,
            sent: 0,
            resent: 0,
            intended_at: None,
            ended_at: None,
            report: None,
            history: String::new(),
        };
        Self {
            entry,
            answer: None,
        }
    }

    fn change(&mut self, change: Change) {
        let entry = &mut self.entry;
        if !matches!(change.from, State::Planned | State::Intent) {
            let at = entry.ended_at.or(entry.intended_at).unwrap_or_default();
            let report = entry.report.as_deref().unwrap_or_default();
            entry.history += &format!("{at} {}: {report}\n", entry.state);
        }
        if change.to == State::Intent {
            entry.sent += 1;
            entry.resent += u32::from(change.from == State::Unknown);
            (entry.intended_at, entry.ended_at) = (Some(change.at), None);
        } else {
            entry.ended_at = Some(change.at);
        }
        entry.state = change.to;
        entry.report = change.report;
        if change.answer.is_some() {
            self.answer = change.answer;
        }
    }
}

fn told<T: Send + 'static>(value: T) -> BoxFuture<'static, Result<T, StoreError>> {
    Box::pin(ready(Ok(value)))
}

impl JournalStore for Shelf {
    fn header(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>> {
        told(self.0.lock().unwrap().0.clone())
    }

    fn create(&self, header: Header, lines: Vec<Planned>) -> BoxFuture<'_, Result<(), StoreError>> {
        *self.0.lock().unwrap() = (Some(header), lines.into_iter().map(Kept::new).collect());
        told(())
    }

    fn add(&self, key: String, hash: Option<Hash>) -> BoxFuture<'_, Result<Entry, StoreError>> {
        let lines = &mut self.0.lock().unwrap().1;
        let known = lines
            .iter()
            .position(|kept| kept.entry.key.as_ref() == Some(&key));
        let at = known.unwrap_or_else(|| {
            let line = lines.last().map_or(0, |kept| kept.entry.line) + 1;
            lines.push(Kept::new(Planned {
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
        let line = lines
            .iter_mut()
            .find(|kept| kept.entry.line == change.line && kept.entry.state == change.from)
            .filter(|_| change.from.may_become(change.to));
        match line {
            Some(line) => {
                line.change(change);
                told(())
            }
            None => Box::pin(ready(Err(StoreError::Conflict(change.line)))),
        }
    }

    fn answer(&self, line: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        let lines = &self.0.lock().unwrap().1;
        let kept = lines.iter().find(|kept| kept.entry.line == line);
        told(kept.and_then(|kept| kept.answer.clone()))
    }
}

#[tokio::test]
async fn a_list_goes_on_is_settled_and_keeps_its_answers_in_a_store_of_ones_own() {
    let (sandbox, list, shelf) = (sandbox(&[]), list(&csv(5)), Arc::new(Shelf::default()));
    for fault in ["unauthorized-401", "unauthorized-401", "lost-before-commit"] {
        let fault = format!("{fault}@{RECHARGE}*1");
        sandbox.inject(fault.parse::<Fault>().unwrap());
    }
    let settled = Options {
        settle: vec![Word {
            name: "R-2".to_owned(),
            fate: Fate::Absent,
            by: "Li Lei".to_owned(),
        }],
        ..options(1)
    };
    let mut left = vec![[1, 1, 3], [0, 0, 5]].into_iter();
    for options in [options(1), settled] {
        let journal = Journal::of_list(shelf.clone(), &list, "sandbox").await;
        let (journal, progress) = (journal.unwrap(), Progress::default());
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
    let journal = Journal::of_list(shelf, &list, "sandbox").await.unwrap();
    let answer = journal.answer(3).await.unwrap().unwrap();
    assert!(String::from_utf8(answer).unwrap().contains("bill_no"));
}
