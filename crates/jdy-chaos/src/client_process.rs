//! A client process: it works through one list, with a journal or with plain calls.
//!
//! Owns the client's configuration, the exit status of a refused journal, and how one that was killed is
//! known. The process is killed at any moment and restarted with the same task. Must not know when.

use std::process::ExitStatus;
use std::time::Duration;

use jdy::operations::ls::MALL_RECHARGE;
use jdy::token::MemoryStore;
use jdy::transport::Timeouts;
use jdy::{Client, ClientBuilder, Limits, Rate, RetryPolicy};
use jdy_journal::{Format, List};

use crate::Failure;
use crate::arguments::Task;
use crate::faults::{ATTEMPT_TIMEOUT, MAX_BODY};
use crate::flaky_transport::FlakyTransport;
use crate::hooks::ProcessHooks;
use crate::journaled;
use crate::memory;
use crate::protocol::{Event, emit};
use crate::sabotage::Sabotage;
use crate::unjournaled;
use crate::work::Mode;

/// How many calls are in flight at once.
pub(crate) const CONCURRENCY: usize = 16;

/// The exit status of a process whose journal was refused before any call.
pub(crate) const REFUSED: u8 = 3;

/// How a process ends without failing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing of the list is left to do.
    Finished,
    /// The journal was refused, and no call was made.
    Refused,
}

/// Works until nothing of the list is left to do.
pub(crate) fn run(task: &Task) -> Result<End, Failure> {
    end_with_the_run();
    let content = std::fs::read_to_string(&task.list)?;
    let list = read(task.mode, &content)?;
    let end = match &task.journal {
        Some(journal) => journaled::run(task, journal, list, &content)?,
        None => unjournaled::run(list, task.seed).map(|()| End::Finished)?,
    };
    if let Some(kib) = memory::peak() {
        emit(&Event::Memory(kib));
    }
    Ok(end)
}

/// Reads the list. First reads one with a duplicate line, which must be refused; if it is accepted,
/// it is used, so that the ledger shows the duplicate.
fn read(mode: Mode, content: &str) -> Result<List, Failure> {
    let last = content.lines().last().unwrap_or_default();
    let doubled = format!("{content}{last}\n");
    let read = |text: &str| match mode.kind() {
        Some(kind) => List::read(kind.operation(), Format::Jsonl, text.as_bytes()),
        None => List::read(&MALL_RECHARGE, Format::Csv, text.as_bytes()),
    };
    if let Ok(doubled) = read(&doubled) {
        return Ok(doubled);
    }
    emit(&Event::Refused("doubled-line".to_owned()));
    Ok(read(content)?)
}

/// Exits with the run: standard input ends when the parent process is gone.
pub(crate) fn end_with_the_run() {
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

pub(crate) fn client(seed: u64, hooks: &ProcessHooks) -> Result<Client, Failure> {
    Ok(builder(seed, hooks, 1)?.build()?)
}

/// Sets up a client whose clock goes `factor` times as fast as the machine's, so that its times are
/// as many times as long.
pub(crate) fn builder(
    seed: u64,
    hooks: &ProcessHooks,
    factor: u32,
) -> Result<ClientBuilder, Failure> {
    let base = std::env::var("JDY_BASE_URL")?;
    // Far above what this machine can do: only the gateway's 429 slows a client down.
    let fast = Some(Rate::per_minute(600_000));
    let mut builder = Client::builder().from_env()?;
    if Sabotage::from_env()? == Some(Sabotage::Stray) {
        // The shared store keeps which account set was resolved first.
        builder = builder.token_store(MemoryStore::default());
    }
    let timeouts = Timeouts::default();
    Ok(builder
        .transport(FlakyTransport::new(&base, seed)?)
        .hooks(hooks.clone())
        .max_body(MAX_BODY)
        .limits(Limits {
            calls: fast,
            token_calls: fast,
        })
        .retry(RetryPolicy {
            initial_backoff: Duration::from_millis(5) * factor,
            max_backoff: Duration::from_millis(50) * factor,
            ..RetryPolicy::default()
        })
        .timeouts(Timeouts {
            attempt: ATTEMPT_TIMEOUT * factor,
            connect: timeouts.connect * factor,
            call: timeouts.call * factor,
            token: timeouts.token * factor,
        }))
}

/// Whether a process was killed, as the run does at any moment. One that another signal ended has
/// failed: a stack overflow, or a panic within a panic, aborts.
#[cfg(unix)]
pub(crate) fn was_killed(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    const SIGKILL: i32 = 9;
    status.signal() == Some(SIGKILL)
}

/// The same where there are no signals.
#[cfg(not(unix))]
pub(crate) fn was_killed(status: ExitStatus) -> bool {
    status.code().is_none()
}

/// The bill number in a response.
pub(crate) fn bill_in(answer: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(answer).ok()?;
    let (_, behind) = text.split_once(r#""bill_no":""#)?;
    let (bill, _) = behind.split_once('"')?;
    Some(bill.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_process_that_aborts_was_not_killed() {
        use std::os::unix::process::ExitStatusExt as _;
        for (wait_status, expected) in
            [(9, true), (6, false), (11, false), (0, false), (256, false)]
        {
            let status = ExitStatus::from_raw(wait_status);
            assert_eq!(was_killed(status), expected, "{status}");
        }
    }

    #[test]
    fn the_bill_of_an_answer_is_found() {
        let answer = br#"{"errcode":0,"data":{"bill_no":"LSD1","id":"2"}}"#;
        assert_eq!(bill_in(answer).as_deref(), Some("LSD1"));
        assert_eq!(bill_in(br#"{"errcode":0,"data":null}"#), None);
    }
}
