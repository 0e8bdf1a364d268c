//! How a line is settled whose fate is unknown, or whose answer could not be read: what to ask, and
//! what someone may find.
//!
//! Owns what the spec's `x-jdy-verify` comes to for one request, and the words of a person who has
//! looked. It must not ask anyone.

use std::collections::BTreeMap;

use jdy_runtime::{OperationInfo, PreparedRequest};
use serde_json::value::RawValue;

use crate::state::State;

/// The operation that can tell what became of a call, and what to ask it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settling {
    /// The operation's id.
    pub operation: &'static str,
    /// What to ask it: once for each document that the request holds.
    pub asks: Vec<Ask>,
    /// Fields that the request does not hold, or not of each of its documents: without them the
    /// operation would show something else, so those documents are not among what to ask.
    pub missing: Vec<&'static str>,
    /// What to compare with its answer: fields of the request, as far as it holds them.
    pub look: Vec<(&'static str, String)>,
}

/// One question about one document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ask {
    /// The arguments, all there are: text as it is, anything else as JSON.
    pub arguments: Vec<(&'static str, String)>,
    /// The fields of what is shown, with what they must be for it to be this document.
    pub matches: Vec<(&'static str, String)>,
}

/// What became of a line, found by a person who has looked it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It took effect: it is done.
    Applied,
    /// It did not, and will not any more: it is to be sent.
    Absent,
}

impl Fate {
    /// `applied` or `absent`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Absent => "absent",
        }
    }

    /// The fate that is spelled so.
    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Applied, Self::Absent]
            .into_iter()
            .find(|fate| fate.as_str() == text)
    }

    /// Whether this can be said of a line that stands so.
    pub(crate) const fn settles(self, state: State) -> bool {
        match state {
            State::Unknown => true,
            State::Applied => matches!(self, Self::Applied),
            _ => false,
        }
    }

    pub(crate) const fn state(self) -> State {
        match self {
            Self::Applied => State::Done,
            Self::Absent => State::NotSent,
        }
    }

    /// What the journal keeps of it, beside the time.
    pub(crate) fn report(self, by: &str) -> String {
        // The history has a line for each time.
        let by = by.replace(char::is_control, " ");
        format!("settled by hand as {} by {by}", self.as_str())
    }
}

/// A person's word on one line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Which line ([`Line::name`](crate::Line::name)).
    pub name: String,
    /// What became of it.
    pub fate: Fate,
    /// Who says so.
    pub by: String,
}

/// What to ask about this request, where the spec knows.
pub fn settling(facts: &OperationInfo, request: &PreparedRequest) -> Option<Settling> {
    let verify = facts.verify?;
    let body: Record = request
        .body()
        .and_then(|body| serde_json::from_str(body).ok())
        .unwrap_or_default();
    let flat = |name: &str| {
        let query = request.query().iter().find(|(own, _)| own == name);
        let query = query.map(|(_, value)| value.clone());
        query.or_else(|| body.get(name).and_then(|value| said(value.get())))
    };
    let paths = verify.by.iter().chain(verify.matches);
    let wrap = paths.filter_map(|(_, path)| path.split_once('.')).next();
    let documents = match wrap {
        Some((wrap, _)) => documents(body.get(wrap).map_or("null", |wrapped| wrapped.get())),
        None => vec![Record::new()],
    };
    let mut settling = Settling {
        operation: verify.operation,
        asks: Vec::new(),
        missing: Vec::new(),
        look: Vec::new(),
    };
    for document in documents {
        let mut ask = Ask::default();
        let field = |path: &str| match path.split_once('.') {
            Some((_, name)) => document.get(name).and_then(|value| said(value.get())),
            None => flat(path),
        };
        let mut is_whole = true;
        let to_arguments = verify.by.iter().map(|pair| (pair, true));
        let to_matches = verify.matches.iter().map(|pair| (pair, false));
        for ((name, path), is_argument) in to_arguments.chain(to_matches) {
            match field(path) {
                Some(value) if is_argument => ask.arguments.push((*name, value)),
                Some(value) => ask.matches.push((*name, value)),
                None => {
                    is_whole = false;
                    if !settling.missing.contains(path) {
                        settling.missing.push(*path);
                    }
                }
            }
        }
        let with = verify.with.iter();
        let with = with.map(|(argument, value)| (*argument, (*value).to_owned()));
        ask.arguments.extend(with);
        if is_whole {
            settling.asks.push(ask);
        }
    }
    let look = verify.compare.iter();
    let look = look.filter_map(|name| Some((*name, flat(name)?)));
    settling.look = look.collect();
    Some(settling)
}

type Record = BTreeMap<String, Box<RawValue>>;

/// The records that a body wraps, in a list or alone. Without any there is one of which nothing
/// is known.
fn documents(wrapped: &str) -> Vec<Record> {
    let records = serde_json::from_str::<Vec<Record>>(wrapped)
        .or_else(|_| serde_json::from_str::<Record>(wrapped).map(|record| vec![record]))
        .unwrap_or_default();
    match records.is_empty() {
        true => vec![Record::new()],
        false => records,
    }
}

/// A value that names something: not null, nor an empty text.
fn said(json: &str) -> Option<String> {
    let text = text(json);
    (json != "null" && !text.trim().is_empty()).then_some(text)
}

/// Every text at this path of a request: `a`, `a.b`, and the same of each item of a list.
pub(crate) fn fields(request: &PreparedRequest, path: &str) -> Vec<String> {
    if let Some((_, value)) = request.query().iter().find(|(own, _)| own == path) {
        return vec![value.clone()];
    }
    let part = request.parts().into_iter().flatten().find_map(|part| {
        let jdy_wire::PartValue::Text(text) = &part.value else {
            return None;
        };
        (part.name == path).then(|| text.to_string())
    });
    let mut found: Vec<String> = part.into_iter().collect();
    if let Some(body) = request.body() {
        collect(body, path, &mut found);
    }
    found
}

fn collect(json: &str, path: &str, found: &mut Vec<String>) {
    if let Ok(items) = serde_json::from_str::<Vec<Box<RawValue>>>(json) {
        for item in items {
            collect(item.get(), path, found);
        }
        return;
    }
    let Ok(record) = serde_json::from_str::<BTreeMap<String, Box<RawValue>>>(json) else {
        return;
    };
    match (record.get(path), path.split_once('.')) {
        (Some(value), _) => found.push(text(value.get())),
        (None, Some((outer, inner))) => {
            if let Some(value) = record.get(outer) {
                collect(value.get(), inner, found);
            }
        }
        (None, None) => {}
    }
}

fn text(json: &str) -> String {
    serde_json::from_str(json).unwrap_or_else(|_| json.to_owned())
}
