//! The gateway itself: its checks in their order, then the call, then what a fault makes of it.
//!
//! From a request to a script of what to send; it must not know sockets.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::account::{Accounts, CLIENT_ID, CLIENT_SECRET};
use crate::answer::{Answer, Refusal};
use crate::clock::{Clock, http_date};
use crate::fault::{FaultKind, Faults, Moment};
use crate::ledger::{Bill, Ledger, Recharge, Rule};
use crate::page;
use crate::request::{Head, Request};
use crate::signature::{Signed, canonical_text, explain, sign};
use crate::spec::{Operation, Spec};

pub(crate) const TOKEN_PATH: &str = "/jdyconnector/app_management/kingdee_auth_token";
pub(crate) const AUTHORIZE_PATH: &str = "/jdyconnector/app_management/push_app_authorize";

/// How far a timestamp may be off.
const FRESHNESS_MILLIS: i64 = 5 * 60 * 1000;
/// How many requests are remembered, and how many nonces.
const MEMORY: usize = 10_000;

/// One request as the sandbox saw it. `Debug` shows neither its query nor what was said of it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// The method.
    pub method: String,
    /// The path, without query.
    pub path: String,
    /// The whole request target, byte for byte.
    pub target: String,
    /// The HTTP status of the answer; `None` when none was sent.
    pub status: Option<u16>,
    /// The `errcode` of the answer, where it had one.
    pub errcode: Option<i64>,
    /// The description of a refusal.
    pub description: Option<String>,
    /// The account set of its token, where that was good.
    pub account_id: Option<String>,
    /// The caller's own key, where the operation has one and the body came whole and gave it.
    pub key: Option<String>,
    /// The fields that the spec does not know, where these pass ([`Builder::allow_extra`](crate::Builder::allow_extra)).
    pub extra: Vec<String>,
    /// The word of the fault that struck it.
    pub fault: Option<&'static str>,
    /// The value of that fault, where it has one.
    pub fault_value: Option<String>,
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("status", &self.status)
            .field("errcode", &self.errcode)
            .field("account_id", &self.account_id)
            .field("extra", &self.extra)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}

/// Is told of every request.
pub(crate) type Observer = Box<dyn Fn(&Seen) + Send + Sync>;

pub(crate) struct Gateway {
    clock: Box<dyn Clock>,
    spec: Arc<Spec>,
    observer: Option<Observer>,
    extra: ExtraFields,
    state: Mutex<State>,
}

/// What becomes of fields that the spec does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ExtraFields {
    /// The request is refused.
    #[default]
    Refused,
    /// They are noted, and the request passes.
    Noted,
}

/// What a request says of itself.
#[derive(Default)]
struct Named {
    key: Option<String>,
    extra: Vec<String>,
}

pub(crate) struct State {
    pub(crate) accounts: Accounts,
    /// One for each account set, in their order.
    pub(crate) ledgers: Vec<Ledger>,
    pub(crate) faults: Faults,
    pub(crate) seen: VecDeque<Seen>,
    pub(crate) token_calls: usize,
    pub(crate) authorize_calls: usize,
    pub(crate) replayed_nonces: u64,
    pub(crate) unread_requests: u64,
    nonces: HashSet<String>,
    limits: Limits,
    /// When the minute of each limit began, and how many calls it has had.
    minutes: HashMap<(Limited, String), (i64, u32)>,
}

/// How many calls of each sort an account set may make in a minute; `None` is as many as it likes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Limits {
    pub(crate) calls: Option<u32>,
    pub(crate) token_calls: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Limited {
    Calls,
    TokenCalls,
}

impl State {
    pub(crate) fn new(accounts: Accounts, ledgers: Vec<Ledger>, faults: Faults) -> Self {
        Self {
            accounts,
            ledgers,
            faults,
            seen: VecDeque::new(),
            token_calls: 0,
            authorize_calls: 0,
            replayed_nonces: 0,
            unread_requests: 0,
            nonces: HashSet::new(),
            limits: Limits::default(),
            minutes: HashMap::new(),
        }
    }

    pub(crate) fn limited(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Counts a call towards its limit; a minute begins with the first call after the last one ended.
    fn count(&mut self, what: Limited, account: &str, now: i64) -> Result<(), Refusal> {
        let limit = match what {
            Limited::Calls => self.limits.calls,
            Limited::TokenCalls => self.limits.token_calls,
        };
        let Some(limit) = limit else { return Ok(()) };
        if self.minutes.len() >= MEMORY {
            self.minutes.clear();
        }
        let minute = self
            .minutes
            .entry((what, account.to_owned()))
            .or_insert((now, 0));
        if now.saturating_sub(minute.0) >= 60_000 {
            *minute = (now, 0);
        }
        if minute.1 >= limit {
            let reason = format!("more than {limit} calls of this account set within a minute");
            return Err(Refusal::TooMany { reason });
        }
        minute.1 += 1;
        Ok(())
    }

    /// Whether the real gateway refuses a nonce that it has seen is not known: it is counted, not refused.
    fn count_nonce(&mut self, nonce: &str) {
        if self.nonces.len() >= MEMORY {
            self.nonces.clear();
        }
        if !self.nonces.insert(nonce.to_owned()) {
            self.replayed_nonces += 1;
        }
    }
}

/// What to send for a request, and how.
#[derive(Debug)]
pub(crate) struct Script {
    /// This long nothing is sent.
    pub(crate) delay: Duration,
    /// `None`: the connection ends without an answer.
    pub(crate) answer: Option<Answer>,
    pub(crate) manner: Manner,
    /// The `Date` of the answer, by the clock that the call was judged by.
    pub(crate) date: String,
}

/// How the body of an answer is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Whole,
    /// So many bytes, then the connection ends.
    Cut(usize),
    /// In two halves with this time between them.
    Halting(Duration),
    /// With so many bytes of padding inside.
    Padded(u64),
    /// Whole, then the connection ends, though it was promised to be kept.
    ThenClose,
}

impl Gateway {
    pub(crate) fn new(
        clock: Box<dyn Clock>,
        spec: Arc<Spec>,
        observer: Option<Observer>,
        state: State,
    ) -> Self {
        Self {
            clock,
            spec,
            observer,
            extra: ExtraFields::default(),
            state: Mutex::new(state),
        }
    }

    pub(crate) fn with_extra(mut self, extra: ExtraFields) -> Self {
        self.extra = extra;
        self
    }

    /// The state. A panic elsewhere leaves it as it was: each change below is made whole or not at all.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn date(&self) -> String {
        http_date(self.clock.epoch_millis())
    }

    /// Whether a connection, or a further request on it, is reset before anything is read.
    pub(crate) fn resets_at_begin(&self) -> bool {
        self.state().faults.strike(&Moment::Begin).is_some()
    }

    /// The fault that strikes this call.
    pub(crate) fn fault_for(&self, head: &Head) -> Option<FaultKind> {
        let path = head.path();
        let moment = Moment::Head {
            path,
            has_token: head
                .header("app-token")
                .is_some_and(|token| !token.is_empty()),
            is_token_call: path == TOKEN_PATH,
        };
        self.state().faults.strike(&moment)
    }

    /// Notes that a connection was closed under a request.
    pub(crate) fn note_unread(&self) {
        self.state().unread_requests += 1;
    }

    /// Notes a request that was cut off by a fault while it came in.
    pub(crate) fn note_reset(&self, head: &Head, fault: &FaultKind) {
        let mut state = self.state();
        self.note(&mut state, head, Named::default(), None, None, Some(fault));
    }

    fn note(
        &self,
        state: &mut State,
        head: &Head,
        named: Named,
        answer: Option<&Answer>,
        account: Option<usize>,
        fault: Option<&FaultKind>,
    ) {
        let account = account.and_then(|account| state.accounts.sets.get(account));
        let seen = Seen {
            method: head.method.clone(),
            path: head.path().to_owned(),
            target: head.target.clone(),
            status: answer.map(|answer| answer.status),
            errcode: answer.and_then(|answer| answer.errcode),
            description: answer.and_then(|answer| answer.description.clone()),
            account_id: account.map(|account| account.account_id.clone()),
            key: named.key,
            extra: named.extra,
            fault: fault.map(FaultKind::word),
            fault_value: fault.and_then(FaultKind::value),
        };
        if let Some(observer) = &self.observer {
            observer(&seen);
        }
        if state.seen.len() >= MEMORY {
            state.seen.pop_front();
        }
        state.seen.push_back(seen);
    }

    /// The fields that the spec does not know, where these pass.
    fn extras_in(&self, request: &Request) -> Vec<String> {
        match self.extra {
            ExtraFields::Noted => self.spec.extras_in(request),
            ExtraFields::Refused => Vec::new(),
        }
    }

    /// Handles a whole request, with the fault that strikes it.
    pub(crate) fn handle(&self, request: &Request, fault: Option<&FaultKind>) -> Script {
        let named = Named {
            key: self.spec.key_in(request),
            extra: self.extras_in(request),
        };
        let mut state = self.state();
        let offset = if let Some(FaultKind::WrongClock(offset)) = fault {
            *offset
        } else {
            0
        };
        let now = self.clock.epoch_millis().saturating_add(offset);
        before_call(&mut state, request, fault);
        let (mut account, mut answer) = (None, fault.and_then(refusing_answer));
        if answer.is_none() && fault != Some(&FaultKind::LostBeforeCommit) {
            let done = self
                .perform(&mut state, request, now, &mut account, fault)
                .unwrap_or_else(Refusal::into_answer);
            answer = replaced_answer(done, fault);
        }
        // The answer to HEAD has no body, or the next answer on the connection could not be found.
        let bodiless = request.head.method == "HEAD";
        if let Some(answer) = answer.as_mut().filter(|_| bodiless) {
            answer.body.clear();
        }
        self.note(
            &mut state,
            &request.head,
            named,
            answer.as_ref(),
            account,
            fault,
        );
        let (delay, manner) = match fault {
            Some(FaultKind::Slow(time)) => (*time, Manner::Whole),
            Some(FaultKind::SlowBody(time)) => (Duration::ZERO, Manner::Halting(*time)),
            Some(FaultKind::CutAnswer(bytes)) => (Duration::ZERO, Manner::Cut(*bytes)),
            Some(FaultKind::HugeAnswer(bytes)) => (Duration::ZERO, Manner::Padded(*bytes)),
            Some(FaultKind::CloseAfterAnswer) => (Duration::ZERO, Manner::ThenClose),
            _ => (Duration::ZERO, Manner::Whole),
        };
        Script {
            delay,
            answer,
            manner,
            date: http_date(now),
        }
    }

    fn perform(
        &self,
        state: &mut State,
        request: &Request,
        now: i64,
        account: &mut Option<usize>,
        fault: Option<&FaultKind>,
    ) -> Result<Answer, Refusal> {
        let head = &request.head;
        let app_secret = state
            .accounts
            .sets
            .first()
            .map(|set| set.app_secret.clone())
            .unwrap_or_default();
        check_headers(head, now)?;
        check_signature(request, &app_secret)?;
        state.count_nonce(head.header("x-api-nonce").unwrap_or_default());
        match head.path() {
            TOKEN_PATH => {
                check_method(head, TOKEN_PATH, &["GET"])?;
                state.token_calls += 1;
                let app_key = request.parameter("app_key").unwrap_or_default();
                state.count(Limited::TokenCalls, &app_key, now)?;
                state.accounts.token_call(request, now)
            }
            AUTHORIZE_PATH => {
                check_method(head, AUTHORIZE_PATH, &["POST"])?;
                state.authorize_calls += 1;
                state.accounts.authorize_call(request)
            }
            path => {
                let token = head.header("app-token").unwrap_or_default();
                let at = state.accounts.check_token(token, now)?;
                *account = Some(at);
                state.count(Limited::Calls, &at.to_string(), now)?;
                let domain = state
                    .accounts
                    .sets
                    .get(at)
                    .map_or("", |set| set.domain.as_str());
                check_router(head, domain)?;
                let operation = self.operation(head, path)?;
                let Some(ledger) = state.ledgers.get_mut(at) else {
                    let said = "the sandbox has no ledger for this account set";
                    return Err(Refusal::gateway(5000, said));
                };
                self.business(operation, ledger, request, now, fault)
            }
        }
    }

    /// The product's part of a call that the gateway let through.
    fn business(
        &self,
        operation: &Operation,
        ledger: &mut Ledger,
        request: &Request,
        now: i64,
        fault: Option<&FaultKind>,
    ) -> Result<Answer, Refusal> {
        let extras = self.extras_in(request);
        let wanted = self.spec.check(operation, request, &extras)?;
        match operation.id.as_str() {
            "ls.mall_recharge" => recharge(ledger, &wanted, now),
            "ls.mall_recharge_rule" => rules(ledger, &wanted),
            "ls.recharge_record" => Ok(records(ledger, &wanted, fault)),
            _ => Ok(Answer::json(
                200,
                &self.spec.answer(operation, &wanted, fault),
            )),
        }
    }

    fn operation(&self, head: &Head, path: &str) -> Result<&Operation, Refusal> {
        let Some(operations) = self.spec.at(path) else {
            return Err(Refusal::gateway(
                5001,
                format!("no operation at {path}; see the paths of the bundled spec"),
            ));
        };
        let found = operations
            .iter()
            .find(|operation| operation.method == head.method);
        let methods: Vec<&str> = operations
            .iter()
            .map(|operation| operation.method.as_str())
            .collect();
        found.ok_or_else(|| wrong_method(head, path, &methods))
    }
}

/// What a fault does to tokens and secrets before the call is judged.
fn before_call(state: &mut State, request: &Request, fault: Option<&FaultKind>) {
    let token = request
        .head
        .header("app-token")
        .filter(|token| !token.is_empty());
    match (fault, token) {
        (Some(FaultKind::ExpiredToken), Some(token)) => state.accounts.expire(token),
        (Some(FaultKind::RefusedToken), Some(token)) => state.accounts.revoke(token),
        (Some(FaultKind::RotatedSecret), token) => {
            state.accounts.rotate_for(token);
            if let Some(token) = token {
                state.accounts.revoke(token);
            }
        }
        _ => {}
    }
}

const TIMEOUT_PAGE: &str = "<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n\
    <center><h1>504 Gateway Time-out</h1></center>\r\n</body>\r\n</html>\r\n";

/// The answer of a fault that keeps the call from being performed.
fn refusing_answer(fault: &FaultKind) -> Option<Answer> {
    let injected = "injected by the sandbox; the call was not performed";
    match fault {
        FaultKind::Status429 => Some(Answer::text(429, "Too Many Requests")),
        FaultKind::RetryAfter(seconds) => Some(
            Answer::text(429, "Too Many Requests").with_header("Retry-After", seconds.to_string()),
        ),
        FaultKind::Gateway(code) => Some(Refusal::gateway(*code, injected).into_answer()),
        FaultKind::GatewayTimeoutHtml => Some(Answer::html(504, TIMEOUT_PAGE)),
        FaultKind::Empty502 => Some(Answer::empty(502)),
        FaultKind::NoRoute404 => Some(
            Refusal::NoRoute {
                reason: injected.to_owned(),
            }
            .into_answer(),
        ),
        FaultKind::Unauthorized401 => Some(Answer::text(401, "Unauthorized")),
        FaultKind::JwtExpired401 => {
            let body = json!({"errcode": 1_000_202_001, "description": "JWT token has expired"});
            Some(Answer::json(401, &body))
        }
        _ => None,
    }
}

/// What a fault makes of the answer of a call that was performed.
fn replaced_answer(done: Answer, fault: Option<&FaultKind>) -> Option<Answer> {
    let Some(fault) = fault else {
        return Some(done);
    };
    Some(match fault {
        FaultKind::LostAfterCommit => return None,
        FaultKind::GatewayAfterCommit(code) => Refusal::gateway(
            *code,
            "injected by the sandbox; the call was performed before",
        )
        .into_answer(),
        FaultKind::GatewayTimeoutHtmlAfterCommit => Answer::html(504, TIMEOUT_PAGE),
        FaultKind::Empty502AfterCommit => Answer::empty(502),
        FaultKind::Empty200 => Answer {
            errcode: None,
            body: Vec::new(),
            ..done
        },
        FaultKind::NotJson => Answer::html(200, "<html><body>please log in</body></html>"),
        FaultKind::NotUtf8 => {
            let mut body = br#"{"description":""#.to_vec();
            body.extend_from_slice(b"\xb3\xc9\xb9\xa6");
            body.extend_from_slice(br#"","#);
            body.extend_from_slice(done.body.get(1..).unwrap_or_default());
            Answer { body, ..done }
        }
        FaultKind::ErrcodeMissing => with_member(done, "errcode", None),
        // A refusal stays one: the gateway spells oddly, it does not lie.
        FaultKind::Errcode(text) if done.errcode.is_none_or(|code| code == 0) => {
            with_member(done, "errcode", Some(text))
        }
        FaultKind::Data(text) => with_member(done, "data", Some(text)),
        _ => done,
    })
}

/// The same answer with one member gone or replaced by a text that need not be JSON.
fn with_member(done: Answer, name: &str, text: Option<&str>) -> Answer {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(&done.body) else {
        return done;
    };
    members.shift_remove(name);
    let rest = Value::Object(members).to_string();
    let body = match (text, rest.as_str()) {
        (None, _) => rest,
        (Some(text), "{}") => format!("{{\"{name}\":{text}}}"),
        (Some(text), _) => format!("{{\"{name}\":{text},{}", rest.get(1..).unwrap_or_default()),
    };
    Answer::unchecked_json(done.status, body.into_bytes())
}

fn required<'a>(head: &'a Head, name: &str) -> &'a str {
    head.header(&name.to_ascii_lowercase()).unwrap_or_default()
}

/// The checks of the headers, in the gateway's order up to the signature.
fn check_headers(head: &Head, now: i64) -> Result<(), Refusal> {
    let refuse = |code, said: String| Err(Refusal::gateway(code, said));
    let version = required(head, "X-Api-Auth-Version");
    if version != "2.0" {
        return refuse(
            4001,
            format!("X-Api-Auth-Version must be 2.0; {}", came(version)),
        );
    }
    let client_id = required(head, "X-Api-ClientID");
    if client_id.is_empty() {
        return refuse(
            4002,
            "X-Api-ClientID is missing; send the client id that the sandbox printed".to_owned(),
        );
    }
    if client_id != CLIENT_ID {
        let said = "this is a sandbox; it knows only the credentials it printed, and X-Api-ClientID is another one";
        return refuse(4003, said.to_owned());
    }
    check_timestamp(required(head, "X-Api-TimeStamp"), now)?;
    let names = required(head, "X-Api-SignHeaders");
    if names != "X-Api-TimeStamp,X-Api-Nonce" {
        return refuse(
            4007,
            format!(
                "X-Api-SignHeaders must be X-Api-TimeStamp,X-Api-Nonce; {}",
                came(names)
            ),
        );
    }
    let nonce = required(head, "X-Api-Nonce");
    let positive =
        nonce.bytes().all(|byte| byte.is_ascii_digit()) && nonce.bytes().any(|byte| byte != b'0');
    if !positive {
        return refuse(
            4007,
            format!("X-Api-Nonce must be a positive integer; {}", came(nonce)),
        );
    }
    Ok(())
}

fn came(value: &str) -> String {
    if value.is_empty() {
        "it is missing".to_owned()
    } else {
        format!("{value:?} came")
    }
}

fn check_timestamp(text: &str, now: i64) -> Result<(), Refusal> {
    let refuse = |said: String| Err(Refusal::gateway(4006, said));
    let Ok(timestamp) = text.parse::<i64>() else {
        return refuse(format!(
            "X-Api-TimeStamp must be epoch milliseconds; {}",
            came(text)
        ));
    };
    let off = timestamp.saturating_sub(now);
    if off.saturating_abs() <= FRESHNESS_MILLIS {
        return Ok(());
    }
    if timestamp
        .saturating_mul(1000)
        .saturating_sub(now)
        .saturating_abs()
        <= FRESHNESS_MILLIS
    {
        return refuse(format!(
            "X-Api-TimeStamp {timestamp} is in seconds; send milliseconds, such as {now}"
        ));
    }
    let side = if off > 0 { "ahead of" } else { "behind" };
    refuse(format!(
        "X-Api-TimeStamp {timestamp} is {} s {side} the gateway's clock ({now}); at most 300 s are allowed, so set \
         the clock of the client",
        off.saturating_abs() / 1000
    ))
}

fn check_signature(request: &Request, app_secret: &str) -> Result<(), Refusal> {
    let head = &request.head;
    let signature = required(head, "X-Api-Signature");
    if signature.is_empty() {
        return Err(Refusal::gateway(4008, "X-Api-Signature is missing"));
    }
    let signed = Signed {
        method: &head.method,
        path: head.path(),
        query: head.query(),
        nonce: required(head, "X-Api-Nonce"),
        timestamp: required(head, "X-Api-TimeStamp"),
        body: &request.body,
    };
    if sign(CLIENT_SECRET, &canonical_text(&signed)) == signature {
        return Ok(());
    }
    Err(Refusal::gateway(
        4008,
        explain(&signed, signature, CLIENT_SECRET, app_secret),
    ))
}

fn check_router(head: &Head, domain: &str) -> Result<(), Refusal> {
    let address = required(head, "X-GW-Router-Addr");
    if address == domain {
        return Ok(());
    }
    let reason = if address.strip_suffix('/') == Some(domain) {
        format!("X-GW-Router-Addr must have no slash at its end: {domain}")
    } else {
        format!(
            "X-GW-Router-Addr must be {domain}, the domain of this account set; {}",
            came(address)
        )
    };
    Err(Refusal::NoRoute { reason })
}

fn check_method(head: &Head, path: &str, methods: &[&str]) -> Result<(), Refusal> {
    if methods.contains(&head.method.as_str()) {
        Ok(())
    } else {
        Err(wrong_method(head, path, methods))
    }
}

fn wrong_method(head: &Head, path: &str, methods: &[&str]) -> Refusal {
    Refusal::gateway(
        5002,
        format!(
            "{path} takes {}; {} came",
            methods.join(" or "),
            head.method
        ),
    )
}

/// A text field that is there and not empty.
fn text(wanted: &Value, name: &str) -> Option<String> {
    wanted
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn recharge(ledger: &mut Ledger, wanted: &Value, now: i64) -> Result<Answer, Refusal> {
    let lines = wanted
        .get("settle_entries")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let wanted = Recharge {
        member_id: text(wanted, "member_id").unwrap_or_default(),
        amount: text(wanted, "bal_amount").unwrap_or_default(),
        source: wanted
            .get("source")
            .and_then(Value::as_i64)
            .unwrap_or_default(),
        src_bill_id: text(wanted, "src_bill_id").unwrap_or_default(),
        bill_date: text(wanted, "bill_date"),
        rule_id: text(wanted, "rule_id"),
        rule_detail_id: text(wanted, "rule_detail_id"),
        settlement: lines
            .map(|line| text(line, "settle_amt").unwrap_or_default())
            .collect(),
    };
    let bill = ledger.recharge(&wanted, now)?;
    Ok(Answer::success(
        json!({"bill_no": bill.bill_no, "id": bill.id, "inner_no": bill.inner_no}),
    ))
}

fn rules(ledger: &Ledger, wanted: &Value) -> Result<Answer, Refusal> {
    let rules = ledger.rules_of(&text(wanted, "member_id").unwrap_or_default())?;
    let row = |rule: &Rule| {
        json!({
            "coupon_list": [],
            "donate_amount": rule.donate_amount.to_string(),
            "id": rule.detail_id,
            "material_list": [],
            "material_set": false,
            "material_value": "",
            "recharge_amount": rule.recharge_amount.to_string(),
            "rule_id": rule.rule_id,
            "to_amount": true,
            "to_coupon": false,
            "to_material": false,
            "to_member_point": "0",
            "to_point": false,
        })
    };
    let rows: Vec<Value> = rules.into_iter().map(row).collect();
    Ok(Answer::success(json!({"rows": rows})))
}

/// The recharges of the ledger, the last one first. A bill has one time, its date.
fn records(ledger: &Ledger, wanted: &Value, fault: Option<&FaultKind>) -> Answer {
    let asked = |name: &str| text(wanted, name).filter(|text| !text.is_empty());
    let (id, member, kind) = (asked("id"), asked("member_id"), asked("type"));
    // No member of the sandbox has a telephone.
    let mobile = asked("mobile");
    let (start, end) = (asked("start_date"), asked("end_date"));
    let is_asked_for = |bill: &&Bill| {
        // Both have the year first, and so on.
        mobile.is_none()
            && id.as_ref().is_none_or(|id| *id == bill.id)
            && member.as_ref().is_none_or(|id| *id == bill.member_id)
            && kind.as_ref().is_none_or(|kind| kind == RECHARGE_KIND)
            && start.as_ref().is_none_or(|start| *start <= bill.bill_date)
            && end.as_ref().is_none_or(|end| *end >= bill.bill_date)
    };
    let all: Vec<&Bill> = ledger.bills().iter().rev().filter(is_asked_for).collect();
    let number = |name: &str| asked(name).and_then(|text| text.parse::<usize>().ok());
    let size = number("page_size").filter(|size| *size > 0).unwrap_or(10);
    let size = match fault {
        Some(FaultKind::CutPages(rows)) => size.min(usize::try_from(*rows).unwrap_or(size)),
        _ => size,
    };
    let page_number = number("page").filter(|page| *page > 0).unwrap_or(1);
    let before = (page_number - 1).saturating_mul(size);
    let rows = all.iter().skip(before).take(size);
    let rows: Vec<Value> = rows.map(|bill| record(ledger, bill)).collect();
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let pages = all.len().div_ceil(size);
    let (count, pages) = page::totals(
        fault,
        number(page_number - 1),
        number(all.len()),
        number(pages),
    );
    Answer::success(json!({
        "count": count,
        "cur_page_size": rows.len(),
        "page": page_number,
        "page_size": size,
        "rows": rows,
        "total_page": pages,
    }))
}

/// What the record calls a recharge.
const RECHARGE_KIND: &str = "1";

fn record(ledger: &Ledger, bill: &Bill) -> Value {
    let day = bill.bill_date.get(..10).unwrap_or(&bill.bill_date);
    let member = ledger.member(&bill.member_id);
    // The balance is what was paid and what was given; the record tells them apart.
    let bills = ledger.bills().iter();
    let own = bills.filter(|other| other.member_id == bill.member_id);
    let until = own.take_while(|other| other.id != bill.id);
    let last_gift: rust_decimal::Decimal = until.map(|other| other.gift).sum();
    let gift = last_gift + bill.gift;
    let amount = bill.balance - gift;
    json!({
        "amount": amount.to_string(),
        "consume_amount": "0",
        "consume_gift_amount": "0",
        "create_time": day,
        "gift_amount": gift.to_string(),
        "id": bill.id,
        "last_amount": (amount - bill.amount).to_string(),
        "last_gift_amount": last_gift.to_string(),
        "member_id": bill.member_id,
        "member_name": member.map_or("", |member| member.name.as_str()),
        "modify_time": day,
        "store_id": "",
        "store_name": "",
        "type": RECHARGE_KIND,
    })
}
