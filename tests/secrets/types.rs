//! Every public type, made of markers and printed.

use std::collections::BTreeSet;
use std::future::{IntoFuture as _, pending, ready};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use jdy::bd::material_unit;
use jdy::hooks::{AttemptEnd, TokenInfo};
use jdy::ls::mall_recharge;
use jdy::operations::arap::AR_CREDIT_SAVE;
use jdy::operations::bd::MATERIAL_UNIT;
use jdy::operations::ls::MALL_RECHARGE;
use jdy::operations::scm::SAL_ORDER_SAVE;
use jdy::operations::sys::{ATTACHMENT_UPLOAD, OUTSIDE_MSG};
use jdy::runtime::BoxFuture;
use jdy::transport::{Body, HyperTransport, ReqwestTransport, Timeouts};
use jdy::{
    CallInfo, Client, ClientExt, Credentials, DynOperation, Field, Hooks, Limits, NotPossible,
    Rate, ReconcileBatch, ReconcileOptions, Reconciliation, Secret,
};
use jdy_journal::{
    Change, Claim, Entry, Format, FoundOut, Header, Identity, Journal, JournalError, JournalStore,
    LateEnd, LineWriter, List, Missing, OnceError, Options, PlannedEntry, PostgresConfig,
    PostgresEvent, PostgresLimiter, Progress, Recovered, ReportFact, Resolution, ResolvedAs, Rest,
    SharedLine, SqliteStore, State, StoreError, run,
};
use jdy_sandbox::Sandbox;
use jdy_wire::Value as _;
use jdy_wire::private::{Codes, Records};

use super::forms::{
    APP_SECRET, CARD, CLIENT_SECRET, PASSWORD, PHONE, TOKEN, assert_clean, contents, secrets,
};
use super::gallery::{Gallery, Mute as _, Prints as _, Reads as _, declared, show};
use super::gateway::{Chatter, answer};

/// A message to somebody outside.
const OUTSIDE_MESSAGE: &str = r#"{"channel":["1"],"content":"c","receivers":["1"],"title":"t"}"#;

/// These types carry requested or returned values, so they print them.
const VALUES: [&str; 12] = [
    "jdy_runtime::Answer",
    "jdy_runtime::DocumentQuery",
    "jdy_runtime::OneLine",
    "jdy_runtime::VerificationQuery",
    "jdy_wire::Absent",
    "jdy_wire::Decoded",
    "jdy_wire::Encrypted",
    "jdy_wire::Envelope",
    "jdy_wire::Field",
    "jdy_wire::Json",
    "jdy_wire::Raw",
    "jdy_wire::ValueRef",
];

/// A value of them needs a database server; the journal's own tests print them.
const NEED_A_SERVER: [&str; 3] = [
    "jdy_journal::LateAnswer",
    "jdy_journal::PostgresStore",
    "jdy_journal::WorkerInfo",
];

#[tokio::test]
async fn every_public_type_is_printed_and_shows_no_secret() {
    let mut gallery = Gallery::default();
    of_the_wire(&mut gallery);
    of_the_settings(&mut gallery);
    of_the_calls(&mut gallery).await;
    of_the_look_ups(&mut gallery).await;
    of_the_database(&mut gallery);
    of_the_journal(&mut gallery).await;
    of_the_sandbox(&mut gallery).await;

    let mut declared = declared();
    for name in NEED_A_SERVER {
        assert!(declared.remove(name), "{name}");
    }
    let missing: BTreeSet<_> = declared.difference(&gallery.names()).cloned().collect();
    assert!(
        missing.is_empty(),
        "not printed in tests/secrets/types.rs: {missing:?}"
    );
    for (name, text) in gallery.iter() {
        assert_clean(name, text, &secrets());
        match VALUES.contains(&name) {
            true => assert!(text.contains("MARK"), "{name} is no value any more"),
            false => assert_clean(name, text, &contents()),
        }
    }
}

pub(crate) fn credentials() -> Credentials {
    Credentials::app(
        "123456",
        CLIENT_SECRET,
        "app-key",
        APP_SECRET,
        "https://tf.jdy.com",
    )
}

pub(crate) fn recharge() -> mall_recharge::Request {
    let required = mall_recharge::Required {
        bal_amount: jdy::Decimal::ONE,
        member_id: PHONE.into(),
        src_bill_id: "R-1".into(),
    };
    required.into()
}

fn units() -> material_unit::Request {
    let material_id = vec![CARD.to_owned()];
    material_unit::Required { material_id }.with(|request| request.search = Some(CARD.into()))
}

fn of_a_shared_line(gallery: &mut Gallery, mut entry: Entry) {
    entry.state = State::Planned;
    let change = |from, to, answer| Change {
        answer,
        ..Change::new(entry.line, from, to, 0)
    };
    let intent = change(State::Planned, State::Intent, None);
    let done = change(State::Intent, State::Done, Some(PHONE.as_bytes().to_vec()));
    let writer = LineWriter {
        worker: 1,
        run: 1,
        only_reads: false,
    };
    let mut line = SharedLine::new(entry);
    show!(gallery; line.apply(&intent, writer, None).unwrap());
    show!(gallery; line.apply(&done, writer, Some(1)).unwrap(), line, writer);
    show!(gallery; ReportFact::Reconciled(FoundOut::Absent), FoundOut::Absent);
}

fn of_the_wire(gallery: &mut Gallery) {
    let data = format!(
        r#"{{"rows":[{{"name":"{PHONE}","new":"{PHONE}","material_id":{{"a":"{PHONE}"}}}}]}}"#
    );
    let decoded = jdy_wire::decode_data::<material_unit::Data>(&data).unwrap();
    let drift = decoded.drift[0].clone();
    show!(gallery; drift, drift.what);
    let answer = format!(r#"{{"errcode":0,"data":{data}}}"#);
    let mut slot: Field<material_unit::Data> = Field::Absent;
    let (_, found) = jdy_wire::decode_answer_into(answer.as_bytes(), 1 << 20, &mut slot);
    let found = found.unwrap();
    assert_eq!(found.drift_count, decoded.drift_count);
    show!(gallery; decoded, found);
    let raw = jdy_wire::decode_data::<material_unit::Data>(&format!("{PHONE:?}")).unwrap();
    let Field::Raw(raw) = raw.data else {
        panic!("{raw:?}")
    };
    let text = Field::Value(PHONE.to_owned());
    let unreadable: Field<i64> = Field::Raw(raw.clone());
    show!(gallery; raw, text, unreadable, unreadable.require().unwrap_err());
    show!(gallery; Field::<i64>::Absent.require().unwrap_err());

    let json = jdy::Json::new(&format!("{PHONE:?}")).unwrap();
    show!(gallery; json, jdy::Json::new(PHONE).unwrap_err(), jdy::NoData);
    show!(gallery; jdy_wire::decode_data::<jdy::Json>(PHONE).unwrap_err());
    let encrypted = jdy::Encrypted::from(PHONE);
    show!(gallery; encrypted, encrypted.decrypt(CLIENT_SECRET).unwrap_err());
    show!(gallery; encrypted.decrypt(TOKEN).unwrap_err());
    let envelope = format!(r#"{{"errcode":7,"description":"{PHONE}"}}"#);
    let envelope = jdy_wire::Envelope::read(envelope.as_bytes());
    show!(gallery; envelope, envelope.errcode.clone().unwrap());

    let request = recharge();
    let record: &dyn jdy_wire::Record = &request;
    show!(gallery; *record.table(), jdy_wire::Location::Query, jdy_wire::Encoding::Json);
    show!(gallery; Codes, Records);
    let mut phone = PHONE.to_owned();
    show!(gallery; phone.view());
    show!(gallery; phone.target());
    show!(gallery; jdy_wire::Absent::Unreadable(PHONE), jdy_wire::Absent::Nothing);
    let file = jdy::File::from_bytes("a.pdf", PHONE.as_bytes());
    show!(gallery; file, *file.content(), jdy::File::from_path("/tmp/a.pdf"));
    let parts = [
        jdy_wire::Part::text("a", PHONE),
        jdy_wire::Part::file("b", file),
    ];
    show!(gallery; parts[0], parts[1], parts[0].value, parts[1].value);

    let date: jdy::Date = "2026-11-23".parse().unwrap();
    let moment: jdy::DateTime = "2026-11-23 10:00:00".parse().unwrap();
    show!(gallery; date, moment, jdy::EpochMillis(1), PHONE.parse::<jdy::Date>().unwrap_err());
    show!(gallery; jdy::CodeFacts { code: "1", label: "one" });
    for wrong in [
        PHONE.to_owned(),
        format!("[{PHONE:?}]"),
        format!(r#"{{"page":{{"a":{PHONE:?}}}}}"#),
    ] {
        show!(gallery; jdy_wire::decode_request::<material_unit::Request>(&wrong).unwrap_err());
    }
}

fn of_the_settings(gallery: &mut Gallery) {
    use jdy::credentials::{AccountSelector, read_authorizations, read_callback};
    let secret = Secret::from(CLIENT_SECRET);
    show!(gallery; secret, credentials(), credentials().with_instance("1"), AccountSelector::default());
    let item = format!(
        r#"{{"appKey":"app-key","appSecret":"{APP_SECRET}","domain":"https://tf.jdy.com"}}"#
    );
    let callback = read_callback(format!(r#"{{"data":[{item}]}}"#).as_bytes()).unwrap();
    show!(gallery; callback, callback.authorizations[0]);
    show!(gallery; read_authorizations(item.as_bytes()).unwrap_err());
    show!(gallery; read_authorizations(b"{\"code\":400,\"msg\":\"no\"}").unwrap_err());

    let mut builder = Client::builder()
        .credentials(credentials())
        .token_store(jdy::token::MemoryStore::default());
    show!(gallery; builder);
    builder = builder.base_url(format!("https://user:{PASSWORD}@api.kingdee.com"));
    show!(gallery; builder, builder.build().unwrap_err());
    for (id, secret, router) in [
        (
            CLIENT_SECRET.replace('-', "\n"),
            CLIENT_SECRET,
            "https://tf.jdy.com".to_owned(),
        ),
        ("1".to_owned(), "", "https://tf.jdy.com".to_owned()),
        (
            "1".to_owned(),
            CLIENT_SECRET,
            format!("https://u:{PASSWORD}@tf.jdy.com"),
        ),
    ] {
        let wrong = Credentials::app(id, secret, "app-key", APP_SECRET, router);
        show!(gallery; Client::builder().credentials(wrong).build().unwrap_err());
    }
    let proxied = || ReqwestTransport::builder().proxy(&format!("http://u:{PASSWORD}@127.0.0.1:1"));
    show!(gallery; proxied(), proxied().build().unwrap());
    show!(gallery; ReqwestTransport::builder().proxy(PASSWORD).build().err());
    let proxied = || HyperTransport::builder().proxy(&format!("http://u:{PASSWORD}@127.0.0.1:1"));
    show!(gallery; proxied(), proxied().build().unwrap());
    show!(gallery; HyperTransport::builder().proxy(PASSWORD).build().err());
    show!(gallery; jdy::token::FileStore::new("/tmp/tokens", &secret));
    let redis = |address: &str| jdy::token::RedisStore::new(address, &Secret::from(CLIENT_SECRET));
    show!(gallery; redis(&format!("redis://:{PASSWORD}@127.0.0.1:1")).unwrap());
    show!(gallery; redis(&format!("redis://:{PASSWORD}@host:port")).unwrap_err());
    show!(gallery; Limits::default(), Rate::per_minute(1), Timeouts::default());
    show!(gallery; jdy::RetryPolicy::default(), jdy::runtime::TokioRuntime);
    let token = jdy::token::Token::new(Secret::from(TOKEN), None, SystemTime::UNIX_EPOCH);
    show!(gallery; token, jdy::token::Lease::Granted, jdy::token::LimitClass::Token);
    let ticket = jdy::token::PermitId::default();
    show!(gallery; ticket, jdy::token::Acquire::Granted(ticket));
    show!(gallery; jdy::token::MemoryStore::default(), jdy::token::StoreError::new("down"));
}

/// Keeps what it hears.
#[derive(Clone, Default)]
struct Witness(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    subject: Option<CallInfo>,
    end: Option<AttemptEnd>,
    token: Option<TokenInfo>,
}

impl Hooks for Witness {
    fn attempt_finished(&self, call: &CallInfo, end: &AttemptEnd) {
        let mut heard = self.0.lock().unwrap();
        (heard.subject, heard.end) = (Some(call.clone()), Some(*end));
    }

    fn token_refreshed(&self, _: &str, token: &TokenInfo) {
        self.0.lock().unwrap().token = Some(*token);
    }
}

async fn of_the_calls(gallery: &mut Gallery) {
    use jdy::retry::{Recovered, RetryContext};
    let (chatter, witness) = (Chatter::default(), Witness::default());
    let client: Client = Client::builder()
        .credentials(credentials())
        .transport(chatter.clone())
        .hooks(witness.clone())
        .build()
        .unwrap();
    show!(gallery; client, client.ls(), MALL_RECHARGE, *MALL_RECHARGE.info());
    show!(gallery; MALL_RECHARGE.info().verify.unwrap(), MATERIAL_UNIT.info().paging.unwrap());
    show!(gallery; jdy::OneLine("MARK"));
    let call = client.bd().material_unit(units());
    show!(gallery; call, call.into_future(), client.bd().material_unit(units()).pages());
    show!(gallery; client.bd().material_unit(units()).rows());
    show!(gallery; client.raw(jdy::Method::Get, "/a", [("card", CARD)], None).json_pages("rows"));
    chatter.then(answer(
        200,
        &format!(r#"{{"errcode":0,"data":{{"rows":[{{"id":"{PHONE}"}}]}}}}"#),
    ));
    show!(gallery; client.bd().material_unit(units()).await.unwrap());
    chatter.then(answer(200, r#"{"errcode":7,"description":"ECHO"}"#));
    let error = client.call(&MALL_RECHARGE, recharge()).await.unwrap_err();
    show!(gallery; error, *error.kind(), error.outcome());
    let refused = r#"{"errcode":0,"data":{"success":false,"message":"ECHO"}}"#;
    chatter.then(answer(200, refused));
    let operation: &dyn DynOperation = &OUTSIDE_MSG;
    let message = operation.request(OUTSIDE_MESSAGE).unwrap();
    let error = client.send(message).await.unwrap_err();
    show!(gallery; error, error.rows()[0]);
    let verdict = OUTSIDE_MSG.info().verdict.unwrap();
    show!(gallery; verdict, verdict.success.unwrap());

    let heard = witness.0.lock().unwrap();
    let (subject, end, news) = (heard.subject.clone(), heard.end, heard.token);
    let (subject, end, news) = (subject.unwrap(), end.unwrap(), news.unwrap());
    show!(gallery; subject, subject.effect(), end, news, news.origin);
    let prepared = MALL_RECHARGE.request(&format!(
        r#"{{"member_id":"{PHONE}","bal_amount":"1","src_bill_id":"R-1"}}"#
    ));
    let prepared = prepared.unwrap();
    show!(gallery; prepared, *prepared.key().unwrap(), prepared.method());
    show!(gallery; prepared.clone().extra("member_id", PHONE).unwrap_err());
    let operation: &dyn DynOperation = &MALL_RECHARGE;
    let nameless = r#"{"member_id":"10","bal_amount":"1","src_bill_id":" "}"#;
    for wrong in [format!(r#"{{"member_id":"{PHONE}"}}"#), nameless.to_owned()] {
        let error = operation.request(&wrong).unwrap_err();
        if let jdy::PrepareError::Encode(inner) = &error {
            show!(gallery; *inner);
        }
        show!(gallery; error);
    }

    let request = chatter.seen().pop().unwrap();
    assert!(
        request
            .headers
            .iter()
            .any(|(_, value)| value.expose() == TOKEN)
    );
    let body = Body::json(PHONE);
    show!(gallery; request, request.progress, body, body.pieces()[0]);
    let response = jdy::transport::Response {
        body: PHONE.into(),
        headers: vec![("set-cookie".into(), PHONE.to_owned())],
        ..Default::default()
    };
    show!(gallery; response, jdy::transport::Truncation::Lost, jdy::transport::SendState::Answered);
    let lost = jdy::transport::TransportError::connect("refused");
    show!(gallery; lost, lost.fault());
    let query = [("card".to_owned(), CARD.to_owned())];
    let unsigned = jdy::signing::Unsigned {
        method: jdy::Method::Get,
        path: "/a",
        query: &query,
        nonce: "1",
        timestamp: "2",
    };
    show!(gallery; unsigned, jdy::signing::sign(&Secret::from(CLIENT_SECRET), unsigned));
    let situation = RetryContext {
        effect: jdy::Effect::Read,
        outcome: jdy::Outcome::NotSent,
        kind: jdy::ErrorKind::Connect,
        status: None,
        truncation: None,
        attempt: 1,
        recovered: Recovered::default(),
        clock_corrected: false,
        retry_after: None,
        time_left: Duration::MAX,
        random: 0,
    };
    show!(gallery; situation, situation.recovered);
    show!(gallery; jdy::RetryPolicy::default().decide(&situation));
    show!(gallery; jdy::GatewayCode::TimestampInvalid, jdy::Advice::LookUp);
    show!(gallery; jdy::transport::Connection::Own);
    let resource = SAL_ORDER_SAVE.info().resource.unwrap();
    show!(gallery; resource, resource.role);
}

/// Writes whose answers are lost, and what is found of them.
async fn of_the_look_ups(gallery: &mut Gallery) {
    let chatter = Chatter::default();
    let client: Client = Client::builder()
        .credentials(credentials())
        .transport(chatter.clone())
        .build()
        .unwrap();
    let order = format!(
        r#"{{"bill_no":"SO-1","bill_date":"2024-05-01","customer_id":"1","remark":"{PHONE}","material_entity":[]}}"#
    );
    let (lost, shown) = (
        r#"{"errcode":2000002000,"description":"ECHO"}"#,
        format!(r#"{{"errcode":0,"data":{order}}}"#),
    );
    let save = SAL_ORDER_SAVE.request(&order).unwrap();
    chatter.then(answer(200, lost));
    let error = client.send(save.clone()).await.unwrap_err();
    let unknown = error.unknown_write().unwrap().clone();
    let batch = ReconcileBatch::new(&client, vec![unknown.clone()], ReconcileOptions::default());
    show!(gallery; unknown, ReconcileOptions::default(), batch);
    chatter.then(answer(200, &shown));
    let found = client.reconcile(&error).await.unwrap();
    show!(gallery; found);
    let Reconciliation::Applied { found } = found else {
        panic!("{found:?}");
    };
    show!(gallery; found, NotPossible::NoNumber);
    show!(gallery; SAL_ORDER_SAVE.info().verify.unwrap().confirm.unwrap());
    let receipts = AR_CREDIT_SAVE.info().verify.unwrap().confirm.unwrap();
    show!(gallery; receipts.dates.unwrap());
    chatter.then(answer(200, &shown));
    show!(gallery; client.send(save).reconciled().await.unwrap());
    chatter.then(answer(200, lost));
    let error = client.call(&MALL_RECHARGE, recharge()).await.unwrap_err();
    let record = format!(
        r#"{{"errcode":0,"data":{{"count":1,"total_page":1,"rows":[{{"id":"7","amount":"1","member_name":"{PHONE}"}}]}}}}"#
    );
    chatter.then(answer(200, &record));
    chatter.then(answer(
        200,
        r#"{"errcode":0,"data":{"count":1,"total_page":1,"rows":[]}}"#,
    ));
    let found = client.reconcile(&error).await.unwrap();
    let Reconciliation::Candidates { found, .. } = found else {
        panic!("{found:?}");
    };
    show!(gallery; found[0]);
    show!(gallery; jdy_journal::Reconcile::default(), jdy_journal::Reconciled::default());
    show!(gallery; jdy_journal::LookUpProgress::default());
}

fn of_the_database(gallery: &mut Gallery) {
    let config = PostgresConfig::parse("postgres://shop@127.0.0.1/shops").unwrap();
    show!(gallery; PostgresLimiter::new(config.clone()).unwrap());
    show!(gallery; config.password(PASSWORD));
    let address = format!("postgres://shop:{PASSWORD}@shop.example/shops?sslmode=disable");
    show!(gallery; PostgresConfig::parse(&address).unwrap());
    for address in [
        format!("postgres://shop:{PASSWORD}@127.0.0.1:none/shops"),
        format!("mysql://shop:{PASSWORD}@127.0.0.1/shops"),
    ] {
        show!(gallery; PostgresConfig::parse(&address).unwrap_err());
    }
    show!(gallery; Missing::Calls, Recovered::default(), PostgresEvent::Unwatched);
    show!(gallery; PostgresEvent::Back, PostgresEvent::Waiting("refused".to_owned()));
    let (line, state) = (1, State::Done);
    for kept in [LateEnd::Applied, LateEnd::Kept, LateEnd::Contradicts] {
        show!(gallery; kept, PostgresEvent::LeaseEnded, PostgresEvent::Late { line, state, kept });
    }
    show!(gallery; Claim { line, state }, Rest::Claimable, Rest::Working, Rest::Ended(None));
}

async fn of_the_journal(gallery: &mut Gallery) {
    let operation: &dyn DynOperation = &MALL_RECHARGE;
    let text = format!("member_id,bal_amount,src_bill_id\n{PHONE},1,R-1\n");
    let read = |text: &str| List::read(operation, Format::Csv, text.as_bytes());
    let list = read(&text).unwrap();
    let refused = read(&text.replace(",1,", &format!(",{PHONE},"))).unwrap_err();
    let cell = format!("member_id,bal_amount,src_bill_id\n\"{PHONE},1,R-1\n");
    show!(gallery; list, list.lines()[0], Format::Csv, refused, refused.problems[0]);
    show!(gallery; jdy_journal::Reading::default());
    show!(gallery; read(&cell).unwrap_err());
    let absent = jdy::sys::attachment_upload::Required {
        file1: jdy::File::from_path(format!("/nowhere/{PHONE}.jpg")),
    };
    let absent = ATTACHMENT_UPLOAD.prepare(&absent.into()).unwrap();
    show!(gallery; absent.check_files().unwrap_err());
    let query = list.lines()[0].request.verification_query().unwrap();
    show!(gallery; query, query.asks[0]);

    let path = super::ways::folder("types").join("journal");
    let store = SqliteStore::open(&path).unwrap();
    show!(gallery; store, SqliteStore::open(&path).unwrap_err());
    let destination = Identity::destination_of(&["123456", APP_SECRET]);
    let journal = Journal::of_list(store, &list, &destination).await.unwrap();
    let (chatter, options) = (Chatter::default(), Options::default());
    chatter.then(answer(200, r#"{"errcode":7,"description":"ECHO"}"#));
    let client: Client = Client::builder()
        .credentials(credentials())
        .transport(chatter)
        .build()
        .unwrap();
    let account = client.resolve(Client::DEFAULT_ACCOUNT).await;
    show!(gallery; account.unwrap());
    let progress = Progress::default();
    let going = run(&client, &journal, &list, &options, &progress, pending());
    let summary = going.await.unwrap();
    let entry = summary.entries[0].clone();
    show!(gallery; journal, options, progress, summary, summary.counts, entry, entry.state);
    of_a_shared_line(gallery, entry.clone());
    show!(gallery; jdy_journal::Stopped::Interrupted, OnceError::Known(Box::new(entry)));
    let resolution = Resolution {
        name: "R-9".into(),
        resolved_as: ResolvedAs::Absent,
        of_call: Some(1),
        by: "Li Lei".into(),
    };
    show!(gallery; resolution, resolution.resolved_as);
    let wrong = Options {
        resolutions: vec![resolution],
        ..Options::default()
    };
    show!(gallery; run(&client, &journal, &list, &wrong, &progress, pending()).await.unwrap_err());
    show!(gallery; jdy_journal::ResolveError::TooEarly(std::time::Duration::from_secs(61)));
    drop(journal);

    let other = read(&text.replace("R-1", "R-2")).unwrap();
    let store = SqliteStore::open(&path).unwrap();
    let Header { id, identity } = store.header().await.unwrap().unwrap();
    show!(gallery; identity, Header { id, identity: identity.clone() });
    let error = Journal::of_list(store, &other, &destination)
        .await
        .unwrap_err();
    if let JournalError::OtherInput(difference) = &error {
        show!(gallery; *difference);
    }
    show!(gallery; error, StoreError::failed("the disk is full"));
    let planned = PlannedEntry {
        line: 2,
        key: Some("R-1".into()),
        hash: None,
    };
    let change = Change {
        line: 2,
        from: State::Intent,
        to: State::Done,
        at: 0,
        report: None,
        answer: Some(PHONE.as_bytes().to_vec()),
        of_call: None,
        is_stated: false,
    };
    show!(gallery; planned, change);
    show!(gallery; jdy_journal::AnswerUpdate::Set(PHONE.as_bytes().to_vec()));
    let broken = jdy_journal::testing::Broken {
        promise: "a new line is planned",
        seen: "none".to_owned(),
    };
    show!(gallery; broken);
    let store = Full(SqliteStore::open(path.with_extension("full")).unwrap());
    let journal = Journal::of_list(store, &list, "shop").await.unwrap();
    let options = Options::default();
    let error = run(&client, &journal, &list, &options, &progress, pending())
        .await
        .unwrap_err();
    if let jdy_journal::RunError::Store { unrecorded, .. } = &error {
        show!(gallery; unrecorded[0]);
    }
    show!(gallery; error);
}

/// A store that cannot be told how a call has ended.
struct Full(SqliteStore);

impl JournalStore for Full {
    fn header(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>> {
        self.0.header()
    }

    fn create(
        &self,
        header: Header,
        lines: Vec<PlannedEntry>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        self.0.create(header, lines)
    }

    fn add(
        &self,
        key: String,
        hash: Option<jdy_journal::RequestHash>,
    ) -> BoxFuture<'_, Result<Entry, StoreError>> {
        self.0.add(key, hash)
    }

    fn entries(&self) -> BoxFuture<'_, Result<Vec<Entry>, StoreError>> {
        self.0.entries()
    }

    fn write(&self, change: Change) -> BoxFuture<'static, Result<(), StoreError>> {
        if change.to == State::Intent {
            return self.0.write(change);
        }
        Box::pin(ready(Err(StoreError::failed("the disk is full"))))
    }

    fn answer(&self, line: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.0.answer(line)
    }
}

async fn of_the_sandbox(gallery: &mut Gallery) {
    use jdy_sandbox::request::{BodyLength, BodyReader, parse};
    use jdy_sandbox::{AuthorizeData, AuthorizeEnvelope, Fault, FaultKind, OldTokens};
    let sandbox = Sandbox::builder();
    show!(gallery; sandbox, Sandbox::builder().member("1", "much").start().await.unwrap_err());
    let sandbox = sandbox.rule("11", "50", "5").start().await.unwrap();
    let client = crate::sandbox::client(&sandbox);
    crate::sandbox::recharge(&client, "R-1").await.unwrap();
    let query = [("member_id", CARD)];
    let asked = client.raw(jdy::Method::Get, crate::sandbox::RULES, query, None);
    drop(asked.await);
    let (sets, seen) = (sandbox.account_sets(), sandbox.requests());
    for (index, one) in seen.iter().enumerate() {
        show!(gallery; *one);
        assert_eq!(one.target.contains("MARK"), index == 2, "{}", one.target);
    }
    show!(gallery; sandbox, sandbox.members()[0], sandbox.bills()[0], sets[0]);
    let printed = format!("{sandbox:?} {sets:?} {seen:?}");
    let own = [sandbox.app_secret(), sandbox.client_secret().to_owned()];
    assert_clean("the sandbox", &printed, &own);

    let head =
        "POST /jdy/v2/a?card=CARD HTTP/1.1\r\napp-token: TOKEN\r\nContent-Length: 4\r\n\r\nMARK";
    let head = head
        .replace("CARD", &CARD.replace(' ', "%20"))
        .replace("TOKEN", TOKEN);
    let (request, _) = parse(head.as_bytes()).unwrap().unwrap();
    let query = request.head.query().to_owned();
    let signed = jdy_sandbox::signature::Signed {
        method: "GET",
        path: "/a",
        query: &query,
        nonce: "1",
        timestamp: "2",
        further: &[],
        body: PHONE.as_bytes(),
    };
    let explained = jdy_sandbox::signature::explain(&signed, CARD, TOKEN, TOKEN);
    show!(gallery; request, request.head, request.head.length, signed, explained);
    let mut reader = BodyReader::new(BodyLength::Known(99)).unwrap();
    reader.push(PHONE.as_bytes()).unwrap();
    show!(gallery; reader, parse(format!("{CARD}\r\n\r\n").as_bytes()).unwrap_err());
    show!(gallery; FaultKind::Unauthorized401, Fault::on("/a", FaultKind::Unauthorized401));
    show!(gallery; "none".parse::<Fault>().unwrap_err(), jdy_sandbox::SystemClock);
    let state = serde_json::json!({"version": PHONE});
    show!(gallery; sandbox.replace_state(&state).unwrap_err());
    show!(gallery; AuthorizeEnvelope::Code, AuthorizeData::List, OldTokens::StayValid);
}
