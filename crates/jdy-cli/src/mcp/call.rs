//! The tool `call`: which call is meant, and what a read answers.
//!
//! Owns what is checked before anything is sent. Must not decide whether a write is sent: that is
//! `writes`, and the journal's.

use jdy::{Answer, DynOperation, Error, Json, OperationInfo, Outcome};

use super::bounds::{Shape, bounded, cut};
use super::given::Given;
use super::reply::Reply;
use super::server::Parts;
use crate::exit::Failure;
use crate::json::{items, without_doubled};
use crate::pages::rows_field;
use crate::request::{Fields, Request, Target, alike};

/// Makes the call. What is refused before it is sent says so by its outcome.
pub(super) async fn answer(parts: &Parts, given: &Given) -> Result<Reply, Failure> {
    let operation = known(given.needed("operation")?)?;
    let info = operation.info();
    let made = match Asked::of(parts, operation, given) {
        Ok(asked) if info.effect.is_read() => asked.read(parts).await,
        Ok(asked) => match &parts.writes {
            Some(writes) => writes.make(&parts.clients, &asked).await,
            None => Err(super::writes::not_allowed(info)),
        },
        Err(failure) => Err(failure),
    };
    let not_sent = |failure: Failure| {
        let reply = Reply::new().text("outcome", Outcome::NotSent.as_word());
        reply.text("operation", info.id).failed(failure.message())
    };
    Ok(made.unwrap_or_else(not_sent))
}

/// The operation of this id, or of METHOD:PATH. A path that the spec does not know is none: nobody
/// knows whether it writes.
pub(super) fn known(name: &str) -> Result<&'static dyn DynOperation, Failure> {
    match Target::find(name) {
        Ok(Target::Known(operation)) => Ok(operation),
        _ => {
            let alike = match alike(name) {
                ids if ids.is_empty() => String::new(),
                ids => format!("did you mean {}? ", ids.join(", ")),
            };
            Err(Failure::usage(format!(
                "no operation is called {name:?}; {alike}the tool search finds them"
            )))
        }
    }
}

/// What is asked for, and checked.
pub(super) struct Asked {
    pub(super) info: &'static OperationInfo,
    pub(super) request: Request,
    /// The account set that it names.
    pub(super) account: Option<String>,
    /// The key that stands beside the request.
    pub(super) key: Option<String>,
    /// The only fields of the answer that are wanted.
    wanted: Vec<String>,
    /// The member of the answer that holds its rows.
    rows: Option<String>,
}

impl Asked {
    fn of(
        parts: &Parts,
        operation: &'static dyn DynOperation,
        given: &Given,
    ) -> Result<Self, Failure> {
        let info = operation.info();
        if !parts.may_call(info) {
            return Err(super::writes::not_allowed(info));
        }
        let fields = Fields {
            pairs: Vec::new(),
            query: Vec::new(),
            json: Some(given.object("arguments")?),
            extra: Vec::new(),
        };
        let wanted = given.texts("fields")?;
        let rows = rows_field(info, parts.spec()?).filter(|_| info.paging.is_some());
        check_wanted(parts, info, rows.as_deref(), &wanted)?;
        Ok(Self {
            info,
            request: Target::Known(operation).request(fields)?,
            account: given.text("account")?.map(str::to_owned),
            key: given.text("key")?.map(str::to_owned),
            wanted,
            rows,
        })
    }

    async fn read(&self, parts: &Parts) -> Result<Reply, Failure> {
        let called = parts.clients.of(self.account.as_deref())?;
        let call = self.request.call(&called.client).account(called.account);
        Ok(match call.await {
            Ok(answer) => self.done(&answer),
            Err(error) => self.failed(&error),
        })
    }

    /// An answer that could be read.
    pub(super) fn done(&self, answer: &Answer<Json>) -> Reply {
        self.data_of(
            Reply::new().text("outcome", "done"),
            answer.data().map_or("{}", Json::as_str),
        )
    }

    /// The reply with the data of an answer, by the operation's own types.
    pub(super) fn data_of(&self, reply: Reply, raw: &str) -> Reply {
        let decoded = match &self.request {
            Request::Known(operation, _) => operation.roundtrip(raw),
            Request::Raw { .. } => Ok(raw.to_owned()),
        };
        let Ok(data) = decoded else {
            let cut = cut(crate::json::quoted(raw));
            let reply = reply.json("data", cut.data).notes(&cut.notes);
            return reply.failed("the data of the answer cannot be read; it is shown as it came");
        };
        let (data, doubled) = without_doubled(raw, &data);
        let shape = Shape {
            rows: self.rows.as_deref(),
            size: self.info.paging.and_then(|paging| paging.size),
            wanted: &self.wanted,
        };
        let mut bounded = bounded(&data, &shape);
        if let Request::Known(operation, _) = &self.request {
            let unknown = operation.unknown_fields(raw).unwrap_or_default();
            bounded.notes.extend(not_in_the_spec(&unknown));
        }
        if !doubled.is_empty() {
            let fields = named(&doubled);
            let note = format!("came twice with different values, so not shown: {fields}");
            bounded.notes.push(note);
        }
        reply.json("data", bounded.data).notes(&bounded.notes)
    }

    /// A call that failed: its outcome and its words, which end with what may be done.
    pub(super) fn failed(&self, error: &Error) -> Reply {
        let outcome = jdy_journal::State::after(error);
        let reply = Reply::new().text("outcome", outcome.as_str());
        reply.failed(&error.to_string())
    }
}

/// The note for fields of an answer that its types do not have, so that they are not shown.
fn not_in_the_spec(fields: &[String]) -> Option<String> {
    let (count, names) = (fields.len(), named(fields));
    (count > 0)
        .then(|| format!("{count} fields of the answer are not in the spec, so not shown: {names}"))
}

/// The names of the first fields, each as far as a name is long.
fn named(fields: &[String]) -> String {
    const SHOWN: usize = 8;
    const LONGEST: usize = 80;
    let names = fields.iter().take(SHOWN);
    let names = names.map(|name| match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}..", name.get(..end).unwrap_or_default()),
        None => name.clone(),
    });
    let names: Vec<String> = names.collect();
    let dots = if fields.len() > SHOWN { ", .." } else { "" };
    format!("{}{dots}", names.join(", "))
}

/// Refuses fields that no answer has: they would be missing silently.
fn check_wanted(
    parts: &Parts,
    info: &OperationInfo,
    rows: Option<&str>,
    wanted: &[String],
) -> Result<(), Failure> {
    let answer = parts.spec()?.answer(info.id);
    let row = answer
        .iter()
        .find(|field| Some(field.name.as_str()) == rows);
    let known = row.map_or(&answer, |row| &row.fields);
    let unknown = wanted
        .iter()
        .find(|name| !known.iter().any(|field| field.name == **name));
    match unknown {
        Some(name) if !known.is_empty() => Err(Failure::usage(format!(
            "{}: its answer has no field {name:?}; `fields` names fields as the tool show lists \
             them with part=answer, of a list those of a row; nothing was sent",
            info.id
        ))),
        _ => Ok(()),
    }
}

/// How many items a list of a request has, if it is one.
pub(super) fn count_of(request: &Request, list: &str) -> Option<usize> {
    let Request::Known(_, prepared) = request else {
        return None;
    };
    let items = items(jdy_wire::member(prepared.body()?, list)?)?;
    Some(items.len())
}
