//! A transport that does what the test says, and a clock that the test owns.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use jdy_runtime::runtime::BoxFuture;
use jdy_runtime::transport::{Request, Response, TransportError, Truncation};
use jdy_runtime::{
    Client, ClientBuilder, Credentials, Effect, Method, Operation, OperationInfo, Runtime,
    Transport,
};
use jdy_wire::{Decimal, Field};

pub const CLIENT_SECRET: &str = "MARKER-client-secret-0123456789a";
pub const APP_SECRET: &str = "MARKER-app-secret";
pub const ROUTER: &str = "https://tf.jdy.com";

/// 2023-11-14, in the middle of nowhere special.
pub const START: u64 = 1_700_000_000_000;

/// What the other side does with one request.
pub enum Reply {
    Answer(Response),
    Fail(TransportError),
    /// No answer ever; what the transport tells of it is the function's.
    Hang(fn(&Request)),
    After(Duration, Box<Reply>),
}

impl Reply {
    pub fn answer(status: u16, body: &str) -> Self {
        Self::Answer(response(status, body))
    }

    pub fn cut(status: u16, body: &str, cut: Truncation) -> Self {
        Self::Answer(Response {
            truncation: Some(cut),
            ..response(status, body)
        })
    }
}

pub fn response(status: u16, body: &str) -> Response {
    Response {
        status,
        headers: vec![],
        body: body.to_owned().into(),
        truncation: None,
    }
}

type Fallback = dyn Fn(&Request) -> Reply + Send + Sync;

/// The other side: business calls are answered from a list, then by the fallback; token calls by
/// the token function.
pub struct Script {
    pub business: Mutex<VecDeque<Reply>>,
    pub tokens: Mutex<VecDeque<Reply>>,
    pub authorizations: Mutex<VecDeque<Reply>>,
    pub fallback: Box<Fallback>,
    pub seen: Mutex<Vec<Request>>,
    pub token_calls: AtomicU64,
}

impl Script {
    pub fn new() -> Arc<Self> {
        Self::with(|_| Reply::answer(200, r#"{"errcode":0,"data":{"bill_no":"B1"}}"#))
    }

    pub fn with(fallback: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            business: Mutex::default(),
            tokens: Mutex::default(),
            authorizations: Mutex::default(),
            fallback: Box::new(fallback),
            seen: Mutex::default(),
            token_calls: AtomicU64::new(0),
        })
    }

    pub fn then(self: &Arc<Self>, reply: Reply) -> &Arc<Self> {
        self.business.lock().unwrap().push_back(reply);
        self
    }

    pub fn token(self: &Arc<Self>, reply: Reply) -> &Arc<Self> {
        self.tokens.lock().unwrap().push_back(reply);
        self
    }

    pub fn business_calls(&self) -> Vec<Request> {
        let seen = self.seen.lock().unwrap();
        seen.iter()
            .filter(|request| request.url.contains("/jdy/v2/"))
            .cloned()
            .collect()
    }

    pub fn token_count(&self) -> u64 {
        self.token_calls.load(Ordering::SeqCst)
    }

    pub fn header(request: &Request, name: &str) -> String {
        let found = request.headers.iter().find(|(header, _)| *header == name);
        found
            .map(|(_, value)| value.expose().to_owned())
            .unwrap_or_default()
    }

    fn reply(&self, request: &Request) -> Reply {
        self.seen.lock().unwrap().push(request.clone());
        if request.url.contains("kingdee_auth_token") {
            let count = self.token_calls.fetch_add(1, Ordering::SeqCst) + 1;
            let next = self.tokens.lock().unwrap().pop_front();
            return next.unwrap_or_else(|| Reply::answer(200, &token_answer(count)));
        }
        if request.url.contains("push_app_authorize") {
            return self
                .authorizations
                .lock()
                .unwrap()
                .pop_front()
                .expect("an authorization");
        }
        let next = self.business.lock().unwrap().pop_front();
        next.unwrap_or_else(|| (self.fallback)(request))
    }
}

pub fn token_answer(number: u64) -> String {
    let expires = START + 86_400_000;
    format!(
        r#"{{"errcode":0,"data":{{"uid":1,"app-token":"MARKER-token-{number}","expires":{expires}}}}}"#
    )
}

pub struct Scripted(pub Arc<Script>);

impl Transport for Scripted {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            let mut reply = self.0.reply(&request);
            loop {
                match reply {
                    Reply::Answer(response) => return Ok(response),
                    Reply::Fail(error) => return Err(error),
                    Reply::Hang(tell) => {
                        tell(&request);
                        std::future::pending::<()>().await;
                        unreachable!()
                    }
                    Reply::After(pause, then) => {
                        tokio::time::sleep(pause).await;
                        reply = *then;
                    }
                }
            }
        })
    }
}

/// tokio's time, which the tests pause, on a calendar of our own.
pub struct TestTime {
    start: tokio::time::Instant,
    count: AtomicU64,
}

impl TestTime {
    pub fn new() -> Self {
        Self {
            start: tokio::time::Instant::now(),
            count: AtomicU64::new(0),
        }
    }
}

impl Runtime for TestTime {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(START) + self.monotonic()
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        drop(tokio::spawn(task));
    }

    fn random(&self) -> u64 {
        // No chance in a test, and no two the same.
        self.count
            .fetch_add(1, Ordering::SeqCst)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

pub fn credentials() -> Credentials {
    credentials_of("123456")
}

/// The same with another client id.
pub fn credentials_of(client_id: &str) -> Credentials {
    Credentials::app(client_id, CLIENT_SECRET, "app-key", APP_SECRET, ROUTER)
}

pub fn builder(script: &Arc<Script>) -> ClientBuilder {
    Client::builder()
        .credentials(credentials())
        .transport(Scripted(script.clone()))
        .runtime(TestTime::new())
}

pub fn client(script: &Arc<Script>) -> Client {
    builder(script).build().unwrap()
}

pub struct Required {
    pub amount: Decimal,
    pub src_bill_id: String,
}

pub struct Request_ {
    pub required: Required,
    pub remark: Option<String>,
}

jdy_wire::record! {
    Request_ in Body from Required {
        "amount" => amount: Text,
        "src_bill_id" => src_bill_id: Text,
    } and {
        "remark" => remark: Text,
    }
}

pub struct Data {
    pub bill_no: Field<String>,
}

jdy_wire::record! {
    Data in Body {
        "bill_no" => bill_no: Text,
    }
}

pub struct Ask {
    pub search: Option<String>,
    pub page: Option<i64>,
}

jdy_wire::record! {
    Ask in Query {
        "search" => search: Text,
        "page" => page: Number,
    }
}

const FACTS: OperationInfo = OperationInfo {
    id: "test.recharge",
    method: Method::Post,
    path: "/jdy/v2/test/recharge",
    module: "test",
    title: "recharge",
    page: "https://example.com",
    effect: Effect::Money,
    key: Some("src_bill_id"),
    ..OperationInfo::EMPTY
};

pub static RECHARGE: Operation<Request_, Data> = Operation::new(FACTS);

pub static SEARCH: Operation<Ask, Data> = Operation::new(OperationInfo {
    id: "test.search",
    method: Method::Get,
    path: "/jdy/v2/test/search",
    effect: Effect::Read,
    key: None,
    ..FACTS
});

pub fn recharge() -> Request_ {
    Required {
        amount: Decimal::ONE,
        src_bill_id: "RC-1".to_owned(),
    }
    .into()
}

pub fn search() -> Ask {
    Ask {
        search: Some("a b+测".to_owned()),
        page: Some(1),
    }
}
