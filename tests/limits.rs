//! A client keeps to the gateway's limits by itself, so that the gateway need not refuse: seen
//! from a sandbox that would.

use jdy::{Client, ErrorKind, Limits, Outcome};
use jdy_sandbox::{Fault, FaultKind, Sandbox};

use crate::sandbox::{RECHARGE, builder, client, credentials, recharge};

async fn at_once(client: &Client, count: usize) -> Vec<Option<(Outcome, ErrorKind)>> {
    let calls: Vec<_> = (0..count)
        .map(|key| {
            let client = client.clone();
            tokio::spawn(async move {
                let ended = recharge(&client, &key.to_string()).await;
                ended.err().map(|error| (error.outcome(), *error.kind()))
            })
        })
        .collect();
    let mut ends = Vec::new();
    for call in calls {
        ends.push(call.await.unwrap());
    }
    ends
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_too_much_is_not_sent_and_the_gateway_refuses_nothing() {
    let sandbox = Sandbox::builder()
        .calls_per_minute(500)
        .token_calls_per_minute(2)
        .start()
        .await
        .unwrap();
    let ends = at_once(&client(&sandbox), 520).await;
    let limited = Some((Outcome::NotSent, ErrorKind::LocalRateLimit));
    assert_eq!(ends.iter().filter(|end| **end == limited).count(), 20);
    assert_eq!(ends.iter().filter(|end| end.is_none()).count(), 500);
    assert_eq!(sandbox.bills().len(), 500);
    assert!(
        sandbox
            .requests()
            .iter()
            .all(|seen| seen.status == Some(200))
    );
}

#[tokio::test]
async fn a_token_that_is_never_accepted_does_not_use_up_the_gateways_patience() {
    let sandbox = Sandbox::builder()
        .token_calls_per_minute(2)
        .start()
        .await
        .unwrap();
    sandbox.inject(Fault::on(RECHARGE, FaultKind::RefusedToken));
    let client = client(&sandbox);
    for key in ["1", "2"] {
        let call = recharge(&client, key).deadline(std::time::Duration::from_secs(1));
        assert_eq!(call.await.unwrap_err().outcome(), Outcome::NotSent);
    }
    let requests = sandbox.requests();
    assert!(requests.iter().all(|seen| seen.status != Some(429)));
    assert_eq!(sandbox.token_calls(), 2);
}

#[tokio::test]
async fn switched_off_the_gateway_itself_refuses() {
    let sandbox = Sandbox::builder()
        .calls_per_minute(3)
        .start()
        .await
        .unwrap();
    let client = builder(&sandbox)
        .credentials(credentials(&sandbox))
        .limits(Limits::none())
        .retry(jdy::RetryPolicy::never())
        .build()
        .unwrap();
    for key in ["1", "2", "3"] {
        recharge(&client, key).await.unwrap();
    }
    let error = recharge(&client, "4").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert_ne!(*error.kind(), ErrorKind::LocalRateLimit);
}
