//! A name that is given to another account set while a write is looked up under it.

use std::sync::OnceLock;

use super::*;
use crate::one_set::other_set;

/// A gateway whose answers are these; with each detail the name is given to the set of the write.
fn correcting(detail: &'static str) -> (Arc<Script>, Client) {
    let own: Arc<OnceLock<Client>> = Arc::default();
    let (gateway, seen) = (Gateway::new(), own.clone());
    let script = Script::with(move |request: &Request| {
        if request.url.contains("order_detail") {
            let client = seen.get().unwrap();
            let name = Client::DEFAULT_ACCOUNT;
            client.add_account(name, credentials()).unwrap();
            return Reply::Answer(gateway.dated(detail));
        }
        Reply::Answer(gateway.dated(NO_ROWS))
    });
    let client = client(&script);
    own.set(client.clone()).unwrap();
    (script, client)
}

/// The other set shows nothing, and the name means the write's own one when the look-up ends.
#[tokio::test(start_paused = true)]
async fn what_another_set_has_shown_decides_nothing_when_the_name_is_given_back() {
    for (save, detail) in [(&SAVE, NOTHING), (&SAVE_CONFIRMED, REFUSED)] {
        let (script, client) = correcting(detail);
        let error = lost_save(&client, &script, save).await;
        tokio::time::sleep(LATE).await;
        let name = Client::DEFAULT_ACCOUNT;
        client.add_account(name, other_set()).unwrap();
        let found = client.reconcile(&error).await.unwrap();
        let reason = NotPossible::OtherAccountSet;
        assert_eq!(found, Reconciliation::NotPossible { reason });
    }
}

/// What was read of the other set while the name meant it is not shared with later look-ups.
#[tokio::test(start_paused = true)]
async fn a_batch_shares_no_reading_of_another_set() {
    let gateway = Gateway::new();
    let script = Script::with(move |request: &Request| {
        let is_detail = request.url.contains("order_detail");
        let is_own = Script::header(request, "app-token") == "MARKER-token-1";
        Reply::Answer(gateway.dated(match (is_detail, is_own) {
            (true, _) => REFUSED,
            (false, true) => r#"{"errcode":0,"data":{"count":1,"total_page":1,"rows":[{"id":"5","bill_no":"A-1","remark":"x"}]}}"#,
            (false, false) => NO_ROWS,
        }))
    });
    let client = client(&script);
    let error = lost_save(&client, &script, &SAVE_AMONG_ALL).await;
    let write = error.unknown_write().unwrap();
    tokio::time::sleep(LATE).await;
    let writes = vec![write.clone(), write.clone()];
    let batch = ReconcileBatch::new(&client, writes, ReconcileOptions::default());
    let name = Client::DEFAULT_ACCOUNT;
    client.add_account(name, other_set()).unwrap();
    let found = batch.reconcile(0).await.unwrap();
    let reason = NotPossible::OtherAccountSet;
    assert_eq!(found, Reconciliation::NotPossible { reason });
    client.add_account(name, credentials()).unwrap();
    let found = batch.reconcile(1).await.unwrap();
    assert!(found.is_applied(), "{found:?}");
}

/// The detail is asked in the set of the write, and its name is another one's when the list is.
#[tokio::test(start_paused = true)]
async fn the_list_is_asked_in_the_set_in_which_the_detail_was() {
    let own: Arc<OnceLock<Client>> = Arc::default();
    let (gateway, seen) = (Gateway::new(), own.clone());
    let script = Script::with(move |request: &Request| {
        if request.url.contains("order_detail") {
            let client = seen.get().unwrap();
            let name = Client::DEFAULT_ACCOUNT;
            client.add_account(name, other_set()).unwrap();
            return Reply::Answer(gateway.dated(REFUSED));
        }
        let is_own = Script::header(request, "app-token") == "MARKER-token-1";
        Reply::Answer(gateway.dated(match is_own {
            true => r#"{"errcode":0,"data":{"count":1,"total_page":1,"rows":[{"id":"5","bill_no":"A-1","remark":"x"}]}}"#,
            false => NO_ROWS,
        }))
    });
    let client = client(&script);
    own.set(client.clone()).unwrap();
    let error = lost_save(&client, &script, &SAVE_CONFIRMED).await;
    tokio::time::sleep(LATE).await;
    let found = client.reconcile(&error).await.unwrap();
    assert!(found.is_applied(), "{found:?}");
}

/// Which set it is, an instance says only when it is asked.
#[tokio::test(start_paused = true)]
async fn what_an_instance_that_turns_out_to_be_another_set_has_shown_decides_nothing() {
    let script = answering(NOTHING);
    let error = lost_save(&client(&script), &script, &SAVE).await;
    tokio::time::sleep(LATE).await;
    let authorized = r#"{"code":200,"data":[{"accountId":"1","appKey":"other-key","appSecret":"MARKER-app-secret","clientId":"123456","domain":"https://tf.jdy.com","outerInstanceId":"instance-1","serviceId":"1","status":1}]}"#;
    let answers = (0..3).map(|_| Reply::answer(200, authorized));
    script.authorizations.lock().unwrap().extend(answers);
    let secret = crate::script::CLIENT_SECRET;
    let instance = Credentials::instance("123456", secret, "instance-1");
    let asked = builder(&script).credentials(instance).build().unwrap();
    let found = asked.reconcile(&error).await.unwrap();
    let reason = NotPossible::OtherAccountSet;
    assert_eq!(found, Reconciliation::NotPossible { reason });
}

/// Nothing says of these writes which set they were sent to: the name alone counts, at each look-up.
#[tokio::test(start_paused = true)]
async fn a_batch_reads_a_list_anew_where_the_name_means_another_set() {
    let gateway = Gateway::new();
    let script = Script::with(move |request: &Request| {
        let is_detail = request.url.contains("order_detail");
        let is_first = Script::header(request, "app-token") == "MARKER-token-1";
        Reply::Answer(gateway.dated(match (is_detail, is_first) {
            (true, _) => REFUSED,
            (false, true) => NO_ROWS,
            (false, false) => r#"{"errcode":0,"data":{"count":1,"total_page":1,"rows":[{"id":"5","bill_no":"A-1","remark":"x"}]}}"#,
        }))
    });
    let client = client(&script);
    let name = Client::DEFAULT_ACCOUNT;
    let long_ago = Some(SystemTime::UNIX_EPOCH);
    let write = || UnknownWrite::new(SAVE_AMONG_ALL.prepare(&document()).unwrap(), name, long_ago);
    let options = ReconcileOptions::default();
    let batch = ReconcileBatch::new(&client, vec![write(), write()], options);
    let found = batch.reconcile(0).await.unwrap();
    assert_eq!(found, Reconciliation::Absent);
    client.add_account(name, other_set()).unwrap();
    let found = batch.reconcile(1).await.unwrap();
    assert!(found.is_applied(), "{found:?}");
}
