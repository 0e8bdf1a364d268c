//! Waiting without async.

use std::sync::Arc;

use jdy_runtime::{Client, TokioRuntime};

use crate::script::{RECHARGE, Script, Scripted, credentials, recharge};

fn client(script: &Arc<Script>) -> Client {
    Client::builder()
        .credentials(credentials())
        .transport(Scripted(script.clone()))
        .runtime(TokioRuntime)
        .build()
        .unwrap()
}

#[test]
fn a_call_can_be_waited_for_without_a_runtime() {
    let script = Script::new();
    let answer = client(&script).call(&RECHARGE, recharge()).wait().unwrap();
    assert_eq!(answer.bill_no.require().unwrap(), "B1");
}

#[tokio::test]
async fn and_inside_one() {
    let script = Script::new();
    let client = client(&script);
    client.call(&RECHARGE, recharge()).wait().unwrap();
    client.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(script.token_count(), 1);
}
