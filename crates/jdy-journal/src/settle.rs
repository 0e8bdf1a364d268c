//! How a line is settled whose fate is unknown, or whose answer could not be read: what to ask, and
//! what someone may find.
//!
//! Owns what the spec's `x-jdy-verify` comes to for one request, and the words of a person who has
//! looked. It must not ask anyone.

use std::collections::BTreeMap;

use jdy_runtime::{OperationInfo, PreparedRequest};
use serde_json::value::RawValue;

use crate::state::State;

/// The operation that can tell what became of a call, with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settling {
    /// The operation's id.
    pub operation: &'static str,
    /// Its arguments: text as it is, anything else as JSON. An argument whose field the request
    /// does not hold is left out.
    pub arguments: Vec<(&'static str, String)>,
    /// What to compare with its answer: fields of the request, as far as it holds them.
    pub look: Vec<(&'static str, String)>,
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
    let body: BTreeMap<String, Box<RawValue>> = request
        .body()
        .and_then(|body| serde_json::from_str(body).ok())
        .unwrap_or_default();
    let field = |name: &str| {
        let query = request.query().iter().find(|(own, _)| own == name);
        query
            .map(|(_, value)| value.clone())
            .or_else(|| body.get(name).map(|value| text(value.get())))
            .or_else(|| within(&body, name))
    };
    let by = verify.by.iter();
    let with = verify.with.iter();
    let arguments = by
        .filter_map(|(argument, name)| Some((*argument, field(name)?)))
        .chain(with.map(|(argument, value)| (*argument, (*value).to_owned())))
        .collect();
    let look = verify.compare.iter();
    Some(Settling {
        operation: verify.operation,
        arguments,
        look: look
            .filter_map(|name| Some((*name, field(name)?)))
            .collect(),
    })
}

/// `items.bill_no`: the field of the one record that the body wraps; of several there is no one
/// answer.
fn within(body: &BTreeMap<String, Box<RawValue>>, path: &str) -> Option<String> {
    type Record = BTreeMap<String, Box<RawValue>>;
    let (wrap, name) = path.split_once('.')?;
    let wrapped = body.get(wrap)?.get();
    let record = match serde_json::from_str::<Vec<Record>>(wrapped) {
        Ok(records) => <[Record; 1]>::try_from(records).ok().map(|[one]| one)?,
        Err(_) => serde_json::from_str::<Record>(wrapped).ok()?,
    };
    record.get(name).map(|value| text(value.get()))
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
