//! A client that makes plain calls: what it is told of each is all that anyone knows.

use std::future::{IntoFuture as _, pending};
use std::sync::Arc;
use std::time::Duration;

use jdy::Client;
use jdy_journal::{Line, List, State};
use tokio::task::JoinSet;

use crate::Failure;
use crate::chance::Chance;
use crate::ears::Ears;
use crate::heard::{Word, say};
use crate::member::{AT_ONCE, bill_in, client, runtime};
use crate::verdict::Told;
use crate::wrong::Wrong;

/// So often a plain call is made that is not sent.
const TRIES: u32 = 5;
/// Who is told that nothing was sent waits so long before the next try.
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// All lines by plain calls, some of which are dropped.
pub(crate) fn run(list: List, seed: u64) -> Result<(), Failure> {
    let ears = Ears::default();
    let client = client(seed, &ears)?;
    let list = Arc::new(list);
    let wrong = Wrong::told()?;
    runtime()?.block_on(async {
        let mut workers = JoinSet::new();
        for first in 0..AT_ONCE {
            let (client, ears, list) = (client.clone(), ears.clone(), list.clone());
            let mut chance = Chance::new(seed, 5 + first as u64);
            workers.spawn(async move {
                for line in list.lines().iter().skip(first).step_by(AT_ONCE) {
                    let wrong = wrong.filter(|wrong| wrong.is_done_to(line.number));
                    let mut told = plain_line(&client, &ears, &mut chance, line, wrong).await;
                    match wrong.map_or(Some(told.state), |wrong| wrong.tells(told.state)) {
                        Some(state) => told.state = state,
                        None => continue,
                    }
                    say(&Word::Told(told));
                }
            });
        }
        while let Some(ended) = workers.join_next().await {
            ended?;
        }
        Ok(())
    })
}

/// One line, made again where it was not sent: some give up at once.
async fn plain_line(
    client: &Client,
    ears: &Ears,
    chance: &mut Chance,
    line: &Line,
    wrong: Option<Wrong>,
) -> Told {
    let tries = match wrong {
        Some(Wrong::Shirk) => 0,
        Some(Wrong::Resend) => TRIES,
        _ if chance.once_in(2) => 1,
        _ => TRIES,
    };
    let may_be_made = |state| {
        state == State::NotSent || (wrong == Some(Wrong::Resend) && state == State::Unknown)
    };
    let (mut state, mut sent, mut bill_no) = (State::NotSent, 0, None);
    while may_be_made(state) && sent < tries {
        if sent > 0 {
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
        sent += 1;
        let is_dropped = chance.once_in(20);
        let patience = is_dropped.then(|| Duration::from_micros(chance.below(60_000)));
        (state, bill_no) = plain_call(client, ears, line, sent, patience).await;
    }
    Told {
        key: line.name(),
        state,
        sent,
        bill_no,
    }
}

/// What became of one call, and its bill; of one that is dropped, what the hooks say.
async fn plain_call(
    client: &Client,
    ears: &Ears,
    line: &Line,
    sent: u32,
    patience: Option<Duration>,
) -> (State, Option<String>) {
    let call_id = format!("{}-{sent}", line.name());
    let call = client.send(line.request.clone()).call_id(&call_id);
    let out_of_patience = async {
        match patience {
            Some(patience) => tokio::time::sleep(patience).await,
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
        () = out_of_patience => {}
    }
    say(&Word::Dropped(line.name()));
    // A drop of which the hooks hear nothing has sent nothing.
    match ears.heard_dropped(&call_id) {
        true => (State::Unknown, None),
        false => (State::NotSent, None),
    }
}
