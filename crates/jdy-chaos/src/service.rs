//! A client that works as a service: several callers ask for each key at once, through two clients
//! with one journal.
//!
//! Owns the concurrent calls of one key. Must not know when the journal is opened or the round ends.

use std::collections::HashSet;
use std::future::IntoFuture as _;
use std::sync::Arc;

use jdy::{Call, Client, Json};
use jdy_journal::{Entry, Journal, Line, List, OnceError, State};
use tokio::task::JoinSet;

use crate::Failure;
use crate::client_process::CONCURRENCY;
use crate::sabotage::Sabotage;

/// Calls every line without an outcome; whether all have one then. With the sabotage `Double` one
/// round is enough.
pub(crate) async fn round(
    clients: &[Client; 2],
    journal: &Arc<Journal>,
    list: &Arc<List>,
    sabotage: Option<Sabotage>,
) -> Result<bool, Failure> {
    let ended = Arc::new(ended(journal.entries().await?));
    let mut workers = JoinSet::new();
    for first in 0..CONCURRENCY {
        let (clients, journal, list) = (clients.clone(), journal.clone(), list.clone());
        let ended = ended.clone();
        workers.spawn(async move {
            for line in list.lines().iter().skip(first).step_by(CONCURRENCY) {
                if !ended.contains(&line.name()) {
                    call_concurrently(&clients, &journal, line, sabotage).await?;
                }
            }
            Ok::<(), Failure>(())
        });
    }
    while let Some(worked) = workers.join_next().await {
        worked??;
    }
    let ended = self::ended(journal.entries().await?);
    let are_all_ended = list.lines().iter().all(|line| ended.contains(&line.name()));
    Ok(are_all_ended || sabotage == Some(Sabotage::Double))
}

/// The keys of the lines that have an outcome.
fn ended(entries: Vec<Entry>) -> HashSet<String> {
    let is_left = |state| matches!(state, State::Planned | State::NotSent | State::Intent);
    let ended = entries.into_iter().filter(|entry| !is_left(entry.state));
    ended.filter_map(|entry| entry.key).collect()
}

/// Three callers of one key, two of them through the same client.
async fn call_concurrently(
    [one, other]: &[Client; 2],
    journal: &Journal,
    line: &Line,
    sabotage: Option<Sabotage>,
) -> Result<(), Failure> {
    let (a, b, c) = tokio::join!(
        once(one, journal, line, sabotage),
        once(other, journal, line, sabotage),
        once(one, journal, line, sabotage),
    );
    a.and(b).and(c)
}

async fn once(
    client: &Client,
    journal: &Journal,
    line: &Line,
    sabotage: Option<Sabotage>,
) -> Result<(), Failure> {
    let call: Call<Json> = client.send(line.request.clone());
    if sabotage == Some(Sabotage::Double) {
        drop(call.into_future().await);
        return Ok(());
    }
    match journal.once(&line.name(), call).await {
        Ok(_) | Err(OnceError::Call(_) | OnceError::Known(_)) => Ok(()),
        Err(error) => Err(error.to_string().into()),
    }
}
