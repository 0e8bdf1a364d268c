//! A client that works as a service: each key is asked for by several callers at once, through two
//! clients and under one journal.

use std::collections::HashSet;
use std::future::IntoFuture as _;
use std::sync::Arc;

use jdy::{Call, Client, Json};
use jdy_journal::{Entry, Journal, Line, List, OnceError, State};
use tokio::task::JoinSet;

use crate::Failure;
use crate::member::AT_ONCE;
use crate::wrong::Wrong;

/// Asks for every line that is not at its end; whether all are then. Who does double has asked once
/// and for all.
pub(crate) async fn round(
    clients: &[Client; 2],
    journal: &Arc<Journal>,
    list: &Arc<List>,
    wrong: Option<Wrong>,
) -> Result<bool, Failure> {
    let ended = Arc::new(ended(journal.entries().await?));
    let mut workers = JoinSet::new();
    for first in 0..AT_ONCE {
        let (clients, journal, list) = (clients.clone(), journal.clone(), list.clone());
        let ended = ended.clone();
        workers.spawn(async move {
            for line in list.lines().iter().skip(first).step_by(AT_ONCE) {
                if !ended.contains(&line.name()) {
                    ask(&clients, &journal, line, wrong).await?;
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
    Ok(are_all_ended || wrong == Some(Wrong::Double))
}

/// The keys of the lines of which nothing is to be done any more.
fn ended(entries: Vec<Entry>) -> HashSet<String> {
    let is_left = |state| matches!(state, State::Planned | State::NotSent | State::Intent);
    let ended = entries.into_iter().filter(|entry| !is_left(entry.state));
    ended.filter_map(|entry| entry.key).collect()
}

/// Three callers of one key, two of them by the same client.
async fn ask(
    [one, other]: &[Client; 2],
    journal: &Journal,
    line: &Line,
    wrong: Option<Wrong>,
) -> Result<(), Failure> {
    let (a, b, c) = tokio::join!(
        once(one, journal, line, wrong),
        once(other, journal, line, wrong),
        once(one, journal, line, wrong),
    );
    a.and(b).and(c)
}

async fn once(
    client: &Client,
    journal: &Journal,
    line: &Line,
    wrong: Option<Wrong>,
) -> Result<(), Failure> {
    let call: Call<Json> = client.send(line.request.clone());
    if wrong == Some(Wrong::Double) {
        drop(call.into_future().await);
        return Ok(());
    }
    match journal.once(&line.name(), call).await {
        Ok(_) | Err(OnceError::Call(_) | OnceError::Known(_)) => Ok(()),
        Err(error) => Err(error.to_string().into()),
    }
}
