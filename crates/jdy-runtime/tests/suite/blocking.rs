//! Waiting without async.

use std::sync::{Arc, Mutex, OnceLock};

use jdy_runtime::hooks::AttemptEnd;
use jdy_runtime::{
    CallInfo, Client, ClientBuilder, Error, ErrorKind, Hooks, Outcome, TokioRuntime,
};

use crate::script::{RECHARGE, SEARCH, Script, Scripted, credentials, recharge, search};

fn client(script: &Arc<Script>) -> Client {
    builder(script).build().unwrap()
}

fn builder(script: &Arc<Script>) -> ClientBuilder {
    Client::builder()
        .credentials(credentials())
        .transport(Scripted(script.clone()))
        .runtime(TokioRuntime)
}

#[test]
fn a_call_can_be_waited_for_without_a_runtime() {
    let script = Script::new();
    let answer = client(&script).call(&RECHARGE, recharge()).wait().unwrap();
    assert_eq!(answer.bill_no.require().unwrap(), "B1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn and_inside_one_of_several_threads() {
    let script = Script::new();
    let client = client(&script);
    client.call(&RECHARGE, recharge()).wait().unwrap();
    client.call(&RECHARGE, recharge()).await.unwrap();
    assert_eq!(script.token_count(), 1);
}

fn refused(error: &Error) {
    assert_eq!(
        (error.outcome(), *error.kind()),
        (Outcome::NotSent, ErrorKind::Runtime)
    );
    assert!(error.to_string().contains("wait() was called"), "{error}");
}

#[tokio::test]
async fn a_runtime_of_one_thread_is_not_blocked_and_nothing_is_sent() {
    let script = Script::new();
    let client = client(&script);
    refused(&client.call(&RECHARGE, recharge()).wait().unwrap_err());
    assert_eq!(script.business_calls().len(), 0);
    client.call(&RECHARGE, recharge()).await.unwrap();
}

/// Asks once more whenever an attempt has ended.
#[derive(Clone, Default)]
struct Curious(Arc<OnceLock<Client>>, Arc<Mutex<Vec<Error>>>);

impl Hooks for Curious {
    fn attempt_finished(&self, _: &CallInfo, _: &AttemptEnd) {
        if let Some(client) = self.0.get() {
            let asked = client.call(&SEARCH, search()).wait();
            self.1.lock().unwrap().extend(asked.err());
        }
    }
}

#[test]
fn a_hook_of_a_call_that_is_waited_for_cannot_wait_for_another() {
    let (script, curious) = (Script::new(), Curious::default());
    let client = builder(&script).hooks(curious.clone()).build().unwrap();
    curious.0.set(client.clone()).unwrap();
    client.call(&RECHARGE, recharge()).wait().unwrap();
    let errors = curious.1.lock().unwrap();
    assert_eq!(errors.len(), 1);
    refused(&errors[0]);
    assert_eq!(script.business_calls().len(), 1);
}
