//! Writes of an agent: which are allowed, and each through the journal.
//!
//! Owns the key under which a write goes, and what its outcome means for the agent. Must not decide
//! whether a key is sent again: that is the journal's.

use std::sync::Arc;

use jdy::{Advice, Effect, OperationInfo, VerificationQuery};
use jdy_journal::{Entry, Identity, Journal, JournalStore, OnceError, ReportFact, State};
use serde_json::{Value, json};
use tokio::sync::{Mutex, OnceCell, RwLock};

use super::arguments::McpArguments;
use super::call::{Asked, count_of};
use super::clients::{Called, Clients};
use super::reply::Reply;
use crate::batch::{OfDatabase, Place, apart_from_tokens};
use crate::exit::Failure;
use crate::language::say;
use crate::request::{Request, Target};

/// The name of the journal: what it is the journal of.
pub(crate) const JOURNAL: &str = "jdy mcp";

/// The operations that may write, and their journal.
pub(super) struct Writes {
    allowed: Vec<&'static str>,
    place: Place,
    store: Arc<dyn JournalStore>,
    /// Opened by the first write, since the gateway may have to say which account set it is.
    journal: OnceCell<Arc<Journal>>,
    /// Held by each write, so that the end can wait for them.
    under_way: Arc<RwLock<()>>,
    /// Held while a request without a key of its own is made: of two at once, one is sent.
    by_request: Mutex<()>,
}

/// The failure for a write that the server was not started for.
pub(super) fn not_allowed(info: &OperationInfo) -> Failure {
    Failure::usage(format!(
        "{} writes ({}), and this server may not call it; a person can start it with --write {} \
         and --journal; nothing was sent",
        info.id,
        info.effect.as_str(),
        info.id
    ))
}

impl Writes {
    /// The writes that the command line allows; `None` if it allows none.
    pub(super) fn of(arguments: &McpArguments, clients: &Clients) -> Result<Option<Self>, Failure> {
        let Some(journal) = arguments.journal.as_deref() else {
            return Ok(None);
        };
        if arguments.write.is_empty() && arguments.settle.is_empty() {
            return Err(Failure::usage(
                "--journal keeps the outcome of writes; name them with --write, or settle some of \
                 them with --settle",
            ));
        }
        let allowed = arguments.write.iter().map(|name| allowed(name));
        let allowed = allowed.collect::<Result<Vec<_>, _>>()?;
        apart_from_tokens(journal, &clients.settings()?)?;
        let place = Place::of(journal, arguments.list.as_deref(), OfDatabase::default())?;
        // Opening would make one, and of a misspelt name it would say that the key is not there.
        if !arguments.settle.is_empty() && !place.has_journal() {
            return Err(Failure::usage(say!("settle-no-journal", place = place)));
        }
        let store = place
            .store()
            .map_err(|error| Failure::other(format!("{place}: {error}; nothing was sent")))?;
        Ok(Some(Self {
            allowed,
            place,
            store,
            journal: OnceCell::new(),
            under_way: Arc::default(),
            by_request: Mutex::default(),
        }))
    }

    pub(super) fn allows(&self, id: &str) -> bool {
        self.allowed.contains(&id)
    }

    /// Waits for the writes under way. None begins any more.
    pub(super) async fn finish(&self) {
        // Never given back: whoever waits for it is not sent.
        std::mem::forget(self.under_way.write().await);
    }

    /// Makes the write, unless it was made or may have been.
    pub(super) async fn make(&self, clients: &Clients, asked: &Asked) -> Result<Reply, Failure> {
        if !clients.is_default(asked.account.as_deref()) {
            return Err(Failure::usage(
                "a write goes to the account set that the server was started for, and to no \
                 other; leave `account` out; nothing was sent",
            ));
        }
        let key = key_of(asked)?;
        let called = clients.of(None)?;
        let journal = self.journal(&called).await?;
        let call = asked.request.call(&called.client).account(called.account);
        let by_request = match asked.info.key {
            Some(_) => None,
            None => Some(self.by_request.lock().await),
        };
        let (under_way, made) = (self.under_way.clone(), journal.clone());
        let (own, is_keyless) = (key.clone(), by_request.is_some());
        // A client that no longer waits does not end a call under way.
        let made = tokio::spawn(async move {
            let _under_way = under_way.read_owned().await;
            match is_keyless {
                true => made.once_unless_open(&own, call).await,
                false => made.once(&own, call).await,
            }
        });
        let made = made
            .await
            .map_err(|error| Failure::other(format!("the call ended by a fault: {error}")));
        let reply = match made? {
            Ok(answer) => asked.done(&answer),
            Err(OnceError::Known(entry)) => known(asked, &journal, &entry).await,
            Err(OnceError::Call(error)) => {
                let outcome = State::after(&error);
                let is_in_part = error.advice() == Advice::FixRows;
                next(asked, asked.failed(&error), outcome, is_in_part)
            }
            Err(OnceError::Unrecorded { error, end }) => {
                let reply = Reply::new().text("outcome", end.to.as_str());
                let report = end.report.as_deref().unwrap_or("no failure");
                let why = format!("{report}; the journal could not store the outcome: {error}");
                let is_in_part = ReportFact::of(report).contains(&ReportFact::InPart);
                next(asked, reply.failed(&why), end.to, is_in_part)
            }
            // Nothing was sent.
            Err(error) => return Err(Failure::other(error.to_string())),
        };
        Ok(reply.text("operation", asked.info.id).text("key", &key))
    }

    pub(super) async fn journal(&self, called: &Called) -> Result<Arc<Journal>, Failure> {
        let open = async || {
            let account = called.client.resolve(&called.account).await;
            let account = account.map_err(|error| Failure::from(&error))?;
            let parts = [&*account.client_id, &*account.app_key];
            let destination = Identity::named_destination_of(&parts, &account.app_key);
            let journal = Journal::open(self.store.clone(), JOURNAL, &destination).await;
            let place = &self.place;
            let refused = |error| Failure::other(format!("{place}: {error}; nothing was sent"));
            journal.map(Arc::new).map_err(refused)
        };
        self.journal.get_or_try_init(open).await.cloned()
    }
}

/// An operation that may be allowed to write.
fn allowed(name: &str) -> Result<&'static str, Failure> {
    let info = match Target::find(name)? {
        Target::Known(operation) => operation.info(),
        Target::Raw { .. } => {
            let why = format!("--write {name}: the spec does not know it, nor what it does");
            return Err(Failure::usage(why));
        }
    };
    match (info.effect, info.key) {
        (Effect::Money, None) => Err(Failure::usage(format!(
            "--write {}: it moves money, and nothing in its request finds it again, so an agent \
             could send it twice; call it with `jdy call`",
            info.id
        ))),
        (effect, _) if effect.is_read() => Err(Failure::usage(format!(
            "--write {}: it only reads, so it may be called anyway",
            info.id
        ))),
        _ => Ok(info.id),
    }
}

/// The key under which a request goes: its own, or the one beside it where it can have none.
fn key_of(asked: &Asked) -> Result<String, Failure> {
    let id = asked.info.id;
    let own = asked.request.key().map(|key| key.value.trim().to_owned());
    let own = own.filter(|key| !key.is_empty());
    let wrong = |why: String| Err(Failure::usage(format!("{id}: {why}; nothing was sent")));
    match (asked.info.key, own, asked.key.clone()) {
        (None, _, Some(key)) => Ok(key),
        (None, _, None) => wrong(
            "its request has no field for a key, so give one of your own in `key`: a text for this \
             request alone, and the same if you ask again"
                .to_owned(),
        ),
        (Some(field), None, _) => wrong(format!(
            "it needs your own key in {field}: a text that no other request has; the same one asks \
             what became of it"
        )),
        (Some(field), Some(own), Some(key)) if own != key => wrong(format!(
            "its key is {field}, and `key` names another one; leave `key` out"
        )),
        (Some(field), Some(own), _) => {
            let list = field.split_once('.').map(|(list, _)| list);
            match list.and_then(|list| Some((list, count_of(&asked.request, list)?))) {
                Some((list, count)) if count != 1 => wrong(format!(
                    "{list} has {count} items; an agent sends one in a call, so that its key \
                     stands for it alone"
                )),
                _ => Ok(own),
            }
        }
    }
}

/// A key that the journal knows: nothing was sent now.
async fn known(asked: &Asked, journal: &Journal, entry: &Entry) -> Reply {
    let mut reply = Reply::new().text("outcome", entry.state.as_str());
    reply = reply.json("sent_now", "false".to_owned());
    let report = entry.report.as_deref();
    match entry.state {
        State::Done => {
            let kept = journal.answer(entry.line).await.ok().flatten();
            let kept = kept.and_then(|kept| String::from_utf8(kept).ok());
            let data = kept
                .as_deref()
                .and_then(|kept| jdy_wire::member(kept, "data"));
            match data {
                Some(data) => asked.data_of(reply, data),
                None => reply.text("note", "it was done before; its answer is not kept"),
            }
        }
        // It has not ended within the time that a call may take.
        State::Intent => reply
            .failed("a call with this key is under way")
            .text("next", "ask again later with the same key and arguments"),
        state => {
            let reply = reply.failed(report.unwrap_or("no more is known of it"));
            next(asked, reply, state, entry.is_rejected_in_part())
        }
    }
}

/// What is to be done after an outcome that is not plainly good.
fn next(asked: &Asked, reply: Reply, state: State, is_in_part: bool) -> Reply {
    let words = match state {
        State::NotSent | State::Planned => {
            "it did not take effect; when the cause is gone, call it again with the same key and \
             the same arguments; changed arguments need a key of their own"
        }
        State::Rejected if is_in_part => {
            "some of it may have taken effect: never send it as a whole again; look up which, and \
             make a new request of what was refused alone, with a key of its own"
        }
        State::Rejected => {
            "the product refused it, and it did not take effect; correct it and send it with a \
             key of its own, since this key stands for this request"
        }
        State::Applied => {
            "it took effect, but its answer is not clear; do not send it again; read the record"
        }
        State::Unknown => {
            "it may have taken effect. Do not send it again, under this key or another. Look it \
             up as look_up says, on every page of a list: a record with its content, made by this \
             call, means that it took effect. If there is none 10 minutes after the call, or there \
             is no look-up, a person has to decide, and says so with jdy mcp --settle. Asking again \
             with the same key sends nothing"
        }
        State::Done | State::Intent => return reply,
    };
    let reply = reply.text("next", words);
    match (state, &asked.request) {
        (State::Unknown | State::Applied, Request::Known(_, prepared)) => {
            match prepared.verification_query() {
                Some(query) => reply.json("look_up", look_up(&query).to_string()),
                None => reply.json("look_up", "null".to_owned()),
            }
        }
        _ => reply,
    }
}

/// The call that shows whether it took effect, for the tool `call`.
fn look_up(query: &VerificationQuery) -> Value {
    let pairs = |pairs: &[(&'static str, String)]| {
        let pairs = pairs.iter();
        let pairs = pairs.map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str())));
        Value::Object(pairs.collect())
    };
    let asks = query.asks.iter();
    let asks: Vec<Value> = asks
        .map(|ask| json!({"arguments": pairs(&ask.arguments), "record": pairs(&ask.matches)}))
        .collect();
    json!({
        "operation": query.operation,
        "calls": asks,
        "compare": pairs(&query.compare),
        "missing": query.missing,
    })
}
