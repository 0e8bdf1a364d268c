//! A client process: it works through one list, under a journal or with plain calls.
//!
//! It is killed at any moment and started again with the same orders. It must not know when.

use std::time::Duration;

use jdy::operations::ls::MALL_RECHARGE;
use jdy::transport::Timeouts;
use jdy::{Client, Limits, Rate, RetryPolicy};
use jdy_journal::{Format, List};

use crate::Failure;
use crate::arguments::Orders;
use crate::desk;
use crate::ears::Ears;
use crate::faults::{MAX_BODY, PATIENCE};
use crate::heard::{Word, say};
use crate::memory;
use crate::plain;
use crate::road::Road;

/// So many calls are under way at once.
pub(crate) const AT_ONCE: usize = 16;

/// The exit status of a process whose journal was refused before any call.
pub(crate) const REFUSED: u8 = 3;

/// How a process ends that does not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing of the list is left to do.
    Finished,
    /// It must not work with this journal, and has made no call.
    Refused,
}

/// Works until nothing of the list is left to do.
pub(crate) fn run(orders: &Orders) -> Result<End, Failure> {
    end_with_the_run();
    let content = std::fs::read_to_string(&orders.list)?;
    let list = read(&content)?;
    let end = match &orders.journal {
        Some(journal) => desk::run(orders, journal, list, &content)?,
        None => plain::run(list, orders.seed).map(|()| End::Finished)?,
    };
    if let Some(kib) = memory::peak() {
        say(&Word::Memory(kib));
    }
    Ok(end)
}

/// Reads the list; before that, one with a line that is there twice, which must be refused. Where it
/// is not, that one is worked with, so that its ledger shows it.
fn read(content: &str) -> Result<List, Failure> {
    let last = content.lines().last().unwrap_or_default();
    let doubled = format!("{content}{last}\n");
    let read = |text: &str| List::read(&MALL_RECHARGE, Format::Csv, text.as_bytes());
    if let Ok(doubled) = read(&doubled) {
        return Ok(doubled);
    }
    say(&Word::Refused("doubled-line".to_owned()));
    Ok(read(content)?)
}

/// Standard input ends when whoever started this has gone.
fn end_with_the_run() {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        std::process::exit(1);
    });
}

pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

pub(crate) fn client(seed: u64, ears: &Ears) -> Result<Client, Failure> {
    let base = std::env::var("JDY_BASE_URL")?;
    // Far above what this machine can do, so that only the gateway's 429 slows a client down.
    let fast = Some(Rate::per_minute(600_000));
    let builder = Client::builder()
        .from_env()?
        .transport(Road::new(&base, seed)?)
        .hooks(ears.clone())
        .max_body(MAX_BODY)
        .limits(Limits {
            calls: fast,
            token_calls: fast,
        })
        .retry(RetryPolicy {
            initial_backoff: Duration::from_millis(5),
            max_backoff: Duration::from_millis(50),
            ..RetryPolicy::default()
        })
        .timeouts(Timeouts {
            attempt: PATIENCE,
            ..Timeouts::default()
        });
    Ok(builder.build()?)
}

/// The bill that an answer names.
pub(crate) fn bill_in(answer: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(answer).ok()?;
    let (_, behind) = text.split_once(r#""bill_no":""#)?;
    let (bill, _) = behind.split_once('"')?;
    Some(bill.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bill_of_an_answer_is_found() {
        let answer = br#"{"errcode":0,"data":{"bill_no":"LSD1","id":"2"}}"#;
        assert_eq!(bill_in(answer).as_deref(), Some("LSD1"));
        assert_eq!(bill_in(br#"{"errcode":0,"data":null}"#), None);
    }
}
