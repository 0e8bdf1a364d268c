//! Metrics by hooks: what the client does, counted for each operation.
//!
//! `cargo run --example metrics` counts in a sandbox that fails at times. The names of operations
//! are a few hundred, so they are safe as labels; call ids and keys are not. A hook is called
//! synchronously: it must return quickly and must not panic.

mod common;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use common::{Ended, client_of};
use jdy::hooks::{AttemptEnd, TokenInfo};
use jdy::ls::mall_recharge_rule;
use jdy::prelude::*;
use jdy::{CallInfo, Hooks};
use jdy_sandbox::{Fault, FaultKind, Sandbox};

/// Counters by name and labels, as the registry of a metrics library keeps them.
#[derive(Clone, Default)]
struct Counters(Arc<Mutex<BTreeMap<String, u64>>>);

impl Counters {
    fn add(&self, name: String) {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counters.entry(name).or_default() += 1;
    }
}

impl Hooks for Counters {
    fn attempt_finished(&self, call: &CallInfo, end: &AttemptEnd) {
        let (operation, status) = (call.operation(), end.status.unwrap_or_default());
        let result = end.failure.map_or("done".to_owned(), |(outcome, kind)| {
            format!("{outcome} ({kind})")
        });
        self.add(format!(
            "attempts{{operation={operation}, status={status}, result={result}}}"
        ));
        // `end.elapsed` belongs into a histogram.
    }

    fn token_refreshed(&self, _: &str, token: &TokenInfo) {
        self.add(format!("tokens{{origin={:?}}}", token.origin));
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Ended {
    let sandbox = Sandbox::start().await?;
    let counters = Counters::default();
    let client = client_of(&sandbox).hooks(counters.clone()).build()?;
    sandbox.inject(Fault::on("/jdy/v2/ls/mall_recharge_rule", FaultKind::Gateway(5000)).times(1));
    for _ in 0..3 {
        let request = mall_recharge_rule::Required {
            member_id: "10".into(),
        };
        client.ls().mall_recharge_rule(request).await?;
    }
    for (name, count) in counters
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .iter()
    {
        println!("{count} {name}");
    }
    Ok(())
}
