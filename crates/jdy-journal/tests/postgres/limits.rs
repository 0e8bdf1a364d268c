//! Limits that processes keep together in Postgres.

use std::time::{Duration, Instant};

use jdy_journal::PostgresLimiter;
use jdy_runtime::Rate;
use jdy_runtime::token::{Acquire, LimitClass, PermitId, SharedLimiter as _};

use super::server::Server;

const RATE: Rate = Rate {
    calls: 10,
    period: Duration::from_secs(2),
};

fn limiter(server: &Server) -> PostgresLimiter {
    PostgresLimiter::new(server.config()).unwrap()
}

async fn acquire(limiter: &PostgresLimiter, account: &str, class: LimitClass) -> PermitId {
    loop {
        match limiter.acquire(account, class, RATE).await.unwrap() {
            Acquire::Granted(permit) => return permit,
            Acquire::RetryAfter(wait) => {
                assert!(wait <= RATE.period && !wait.is_zero(), "{wait:?}");
                tokio::time::sleep(wait).await;
            }
        }
    }
}

/// What was granted between two moments is counted by the time before the question and after the
/// answer: a permit was granted somewhere in between.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_processes_keep_to_one_limit_together_and_use_it_up() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let begun = Instant::now();
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let limiter = limiter(&server);
        callers.spawn(async move {
            let mut granted = Vec::new();
            for _ in 0..10 {
                let asked = begun.elapsed();
                acquire(&limiter, "shop", LimitClass::Business).await;
                granted.push((asked, begun.elapsed()));
            }
            granted
        });
    }
    let mut granted = Vec::new();
    while let Some(own) = callers.join_next().await {
        granted.extend(own.unwrap());
    }
    assert_eq!(granted.len(), 40);
    granted.sort_by_key(|(_, answered)| *answered);
    // The eleventh after any one comes a period later at the soonest.
    for pair in granted.windows(11) {
        let (first, last) = (pair.first().unwrap(), pair.last().unwrap());
        assert!(
            last.1 + Duration::from_millis(1) >= first.0 + RATE.period,
            "{pair:?}"
        );
    }
    // 40 permits in batches of 10 need three periods, and no fourth is wasted but for a slow machine.
    assert!(begun.elapsed() >= 3 * RATE.period);
    // Other account sets and other calls have limits of their own.
    let other = limiter(&server);
    // The first question makes the slots, and nobody waits for that.
    let own = other.acquire("another", LimitClass::Business, RATE).await;
    assert!(matches!(own.unwrap(), Acquire::Granted(_)));
    acquire(&other, "shop", LimitClass::Token).await;
}

#[tokio::test]
async fn a_permit_whose_call_was_not_sent_is_free_again() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let limiter = limiter(&server);
    let mut last = PermitId::default();
    for _ in 0..RATE.calls {
        last = acquire(&limiter, "shop", LimitClass::Business).await;
    }
    let full = limiter.acquire("shop", LimitClass::Business, RATE).await;
    assert!(matches!(full.unwrap(), Acquire::RetryAfter(_)));
    limiter
        .release("shop", LimitClass::Business, last)
        .await
        .unwrap();
    let again = limiter.acquire("shop", LimitClass::Business, RATE).await;
    assert!(matches!(again.unwrap(), Acquire::Granted(_)));
}

#[tokio::test]
async fn a_server_that_comes_back_is_asked_again() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let limiter = limiter(&server);
    acquire(&limiter, "shop", LimitClass::Business).await;
    server.kill();
    let away = limiter.acquire("shop", LimitClass::Business, RATE).await;
    let why = away.unwrap_err().to_string();
    assert!(why.starts_with("postgres: "), "{why}");
    server.up();
    acquire(&limiter, "shop", LimitClass::Business).await;
}

/// The clock of a server is set back when it was wrong.
#[tokio::test]
async fn a_permit_of_a_time_that_is_still_to_come_keeps_nobody_waiting_for_it() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let limiter = limiter(&server);
    for _ in 0..RATE.calls {
        acquire(&limiter, "shop", LimitClass::Business).await;
    }
    server.sql("UPDATE jdy_journal.permits SET granted_at = granted_at + interval '1 hour'");
    let asked = limiter.acquire("shop", LimitClass::Business, RATE).await;
    assert!(matches!(asked.unwrap(), Acquire::Granted(_)));
}
