//! A client that makes plain calls, without a journal: the result of each call is all that is known.
//!
//! Owns how often a call that was not sent is made again, and which calls are dropped. Must not know
//! why a call fails.

use std::future::{IntoFuture as _, pending};
use std::sync::Arc;
use std::time::Duration;

use jdy::Client;
use jdy_journal::{Line, List, State};
use tokio::task::JoinSet;

use crate::Failure;
use crate::client_process::{CONCURRENCY, bill_in, client, runtime};
use crate::hooks::ProcessHooks;
use crate::protocol::{Event, emit};
use crate::rng::Rng;
use crate::sabotage::Sabotage;
use crate::verdict::LineReport;

/// How often a call that was not sent is made.
const MAX_SENDS: u32 = 5;
/// The delay before a call that was not sent is made again.
const RETRY_DELAY: Duration = Duration::from_millis(100);

/// Sends all lines by plain calls, some of which are dropped.
pub(crate) fn run(list: List, seed: u64) -> Result<(), Failure> {
    let hooks = ProcessHooks::default();
    let client = client(seed, &hooks)?;
    let list = Arc::new(list);
    let sabotage = Sabotage::from_env()?;
    runtime()?.block_on(async {
        let mut workers = JoinSet::new();
        for first in 0..CONCURRENCY {
            let (client, hooks, list) = (client.clone(), hooks.clone(), list.clone());
            let mut rng = Rng::new(seed, 5 + first as u64);
            workers.spawn(async move {
                for line in list.lines().iter().skip(first).step_by(CONCURRENCY) {
                    let sabotage = sabotage.filter(|sabotage| sabotage.applies_to(line.number));
                    let mut report = plain_line(&client, &hooks, &mut rng, line, sabotage).await;
                    match sabotage.map_or(Some(report.state), |sabotage| {
                        sabotage.falsify(report.state)
                    }) {
                        Some(state) => report.state = state,
                        None => continue,
                    }
                    emit(&Event::Ended(report));
                }
            });
        }
        while let Some(ended) = workers.join_next().await {
            ended?;
        }
        Ok(())
    })
}

/// Sends one line, and again if it was not sent; some calls give up at once.
async fn plain_line(
    client: &Client,
    hooks: &ProcessHooks,
    rng: &mut Rng,
    line: &Line,
    sabotage: Option<Sabotage>,
) -> LineReport {
    let max_sends = match sabotage {
        Some(Sabotage::Shirk) => 0,
        Some(Sabotage::Resend) => MAX_SENDS,
        _ if rng.once_in(2) => 1,
        _ => MAX_SENDS,
    };
    let may_be_sent = |state| {
        state == State::NotSent || (sabotage == Some(Sabotage::Resend) && state == State::Unknown)
    };
    let (mut state, mut sent, mut bill_no) = (State::NotSent, 0, None);
    while may_be_sent(state) && sent < max_sends {
        if sent > 0 {
            tokio::time::sleep(RETRY_DELAY).await;
        }
        sent += 1;
        let is_dropped = rng.once_in(20);
        let drop_after = is_dropped.then(|| Duration::from_micros(rng.below(60_000)));
        (state, bill_no) = plain_call(client, hooks, line, sent, drop_after).await;
    }
    LineReport {
        key: line.name(),
        state,
        sent,
        bill_no,
    }
}

/// The state of one call, and its bill; for a dropped call, what the hooks recorded.
async fn plain_call(
    client: &Client,
    hooks: &ProcessHooks,
    line: &Line,
    sent: u32,
    drop_after: Option<Duration>,
) -> (State, Option<String>) {
    let call_id = format!("{}-{sent}", line.name());
    let call = client.send(line.request.clone()).call_id(&call_id);
    let time_to_drop = async {
        match drop_after {
            Some(drop_after) => tokio::time::sleep(drop_after).await,
            None => pending().await,
        }
    };
    tokio::select! {
        end = call.into_future() => {
            return match end {
                Ok(answer) => (State::Done, bill_in(answer.raw())),
                Err(error) => (State::from(error.outcome()), None),
            };
        }
        () = time_to_drop => {}
    }
    emit(&Event::Dropped(line.name()));
    // A drop that no hook reported has sent nothing.
    match hooks.was_dropped(&call_id) {
        true => (State::Unknown, None),
        false => (State::NotSent, None),
    }
}
