//! A request that is ready to be signed.
//!
//! Owns the encoding of a request, once, and what of its operation goes with it. Must not know a
//! client, nor how it is sent.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use jdy_wire::{
    EncodeError, Encoding, Field, FieldSlot, Json, Location, Part, Record, RequestError, Table,
    ValueMut, ValueRef,
};

use super::key::own_key;
use super::{Mismatch, Misread, OperationInfo, Paging, Resource, Verify};
use crate::error::ShortLine;
use crate::form::{self, FileError};
use crate::method::{ClientReference, Effect, Method};
use crate::row_verdict::Awaited;
use crate::transport::Body;
/// Why the text of a request cannot be sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PrepareError {
    /// The text does not describe a request of this operation.
    Request(RequestError),
    /// A value has no form on the wire.
    Encode(EncodeError),
}

impl fmt::Display for PrepareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(error) => error.fmt(f),
            Self::Encode(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for PrepareError {}

/// Why a field that the spec does not know cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraError {
    field: String,
    why: &'static str,
}

impl ExtraError {
    /// The field.
    pub fn field(&self) -> &str {
        &self.field
    }
}

impl fmt::Display for ExtraError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", ShortLine(&self.field), self.why)
    }
}

impl std::error::Error for ExtraError {}

/// An encoded request that lacks only credentials.
///
/// Its `Debug` shows the operation and the caller's key, never the query or the body.
#[derive(Clone)]
pub struct PreparedRequest {
    pub(crate) operation: Cow<'static, str>,
    pub(crate) method: Method,
    pub(crate) path: Cow<'static, str>,
    pub(crate) effect: Effect,
    pub(crate) key: Option<ClientReference>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Option<String>,
    pub(crate) parts: Option<Vec<Part>>,
    pub(crate) paging: Option<Paging>,
    /// Of a write, most of all. In a box: a request is moved more often than this is looked at.
    rules: Option<Box<Rules>>,
    /// Checks `data` against the operation's own type, however the caller decodes it.
    pub(crate) mismatch: Option<Mismatch>,
    /// Reads a text by the operation's own type.
    misread: Option<Misread>,
    /// The fields that the spec knows.
    known: &'static [&'static str],
    /// The fields beside them.
    extras: Vec<String>,
    /// Whether its answer decides over a write: then it must not be that of another request.
    pub(crate) is_evidence: bool,
}

/// What the spec says of the record of a request, and of the answer.
#[derive(Clone)]
struct Rules {
    awaited: Option<Awaited>,
    /// How the write is looked up if its answer is lost.
    verify: Option<Verify>,
    /// Which record it writes.
    resource: Option<Resource>,
}

impl Rules {
    fn of(facts: &OperationInfo, request: &dyn Record) -> Option<Box<Self>> {
        let (verify, resource) = (facts.verify, facts.resource);
        let says_any = facts.verdict.is_some() || verify.is_some() || resource.is_some();
        says_any.then(|| {
            Box::new(Self {
                awaited: facts.verdict.map(|fields| Awaited {
                    fields,
                    items: fields.of.map(|list| items_of(list, request)),
                }),
                verify,
                resource,
            })
        })
    }
}

fn before_query(path: &str) -> &str {
    path.split_once(['?', '#']).map_or(path, |(path, _)| path)
}

impl PreparedRequest {
    /// Reads the text of a request into an empty one and encodes it.
    pub(super) fn read(
        facts: &OperationInfo,
        json: &str,
        request: &mut dyn Record,
        mismatch: Mismatch,
        misread: Misread,
    ) -> Result<Self, PrepareError> {
        jdy_wire::decode_request_into(json, ValueMut::Record(request))
            .map_err(PrepareError::Request)?;
        Self::new(facts, request, mismatch, misread).map_err(PrepareError::Encode)
    }

    /// Encodes a request. No later code knows its type.
    pub(super) fn new(
        facts: &OperationInfo,
        request: &dyn Record,
        mismatch: Mismatch,
        misread: Misread,
    ) -> Result<Self, EncodeError> {
        let body = if jdy_wire::has_body(request) {
            Some(jdy_wire::encode_body(request)?)
        } else {
            None
        };
        Ok(Self {
            operation: Cow::Borrowed(facts.id),
            method: facts.method,
            path: Cow::Borrowed(facts.path),
            effect: facts.effect,
            key: own_key(facts, request)?,
            query: jdy_wire::encode_query(request)?,
            body,
            parts: match request.table().has(Location::Form) {
                true => Some(jdy_wire::encode_form(request)?),
                false => None,
            },
            paging: facts.paging,
            rules: Rules::of(facts, request),
            mismatch: Some(mismatch),
            misread: Some(misread),
            known: request.table().names,
            extras: Vec::new(),
            is_evidence: false,
        })
    }

    /// A request that the spec does not know. A GET is a read, everything else a write.
    pub(crate) fn raw(
        method: Method,
        path: String,
        query: Vec<(String, String)>,
        body: Option<String>,
    ) -> Self {
        Self {
            // Errors and logs name it; a query in the path must not get there.
            operation: Cow::Owned(format!("{method}:{}", before_query(&path))),
            method,
            path: Cow::Owned(path),
            effect: method.default_effect(),
            key: None,
            query,
            body,
            parts: None,
            paging: None,
            rules: None,
            mismatch: None,
            misread: None,
            known: &[],
            extras: Vec::new(),
            is_evidence: false,
        }
    }

    /// A request that looks a record up: a GET of an operation whose types are not known here.
    pub(crate) fn look_up(info: &'static OperationInfo, query: Vec<(String, String)>) -> Self {
        let mut request = Self::raw(info.method, info.path.to_owned(), query, None);
        request.operation = Cow::Borrowed(info.id);
        request.is_evidence = true;
        request.effect = info.effect;
        request.paging = info.paging;
        request.rules = info.resource.map(|resource| {
            Box::new(Rules {
                awaited: None,
                verify: None,
                resource: Some(resource),
            })
        });
        request
    }

    /// The same request with a field that the spec does not know, given as JSON text. It goes into
    /// the query of a GET or DELETE without a body (a text without its quotes, a list or object as
    /// JSON), into the body otherwise.
    ///
    /// # Errors
    /// The spec knows the field, it is a duplicate, its value is no JSON, holds half of a character or a
    /// name twice, or it fits nowhere.
    pub fn extra(mut self, name: &str, json: &str) -> Result<Self, ExtraError> {
        let refused = |why| {
            Err(ExtraError {
                field: name.to_owned(),
                why,
            })
        };
        if name.trim().is_empty() {
            return refused("a field needs a name; give it the one that the product knows");
        }
        if self.known.contains(&name) {
            return refused("the spec knows this field; set it as such");
        }
        if self.extras.iter().any(|other| other == name) {
            return refused("is given twice");
        }
        if self.parts.is_some() {
            return refused("an upload takes no field that the spec does not know");
        }
        let value = match sendable(json) {
            Ok(value) => value,
            Err(why) => return refused(why),
        };
        let in_query = matches!(self.method, Method::Get | Method::Delete) && self.body.is_none();
        if in_query {
            if self.query.iter().any(|(other, _)| other == name) {
                return refused("is given twice");
            }
            let Some(text) = query_text(value.as_str()) else {
                return refused("null has no form in a query");
            };
            self.query.push((name.to_owned(), text));
        } else {
            let body = self.body.as_deref().unwrap_or("{}");
            if jdy_wire::member(body, name).is_some() {
                return refused("is given twice");
            }
            match jdy_wire::with_member(body, name, value.as_str().trim()) {
                Ok(body) => self.body = Some(body),
                Err(_) => return refused("the body is no JSON object that could hold it"),
            }
        }
        self.extras.push(name.to_owned());
        Ok(self)
    }

    /// The id of the operation, or `METHOD:PATH` for one that the spec does not know.
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// The method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The path, not encoded.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What it does on the other side.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// The caller's own key.
    pub fn key(&self) -> Option<&ClientReference> {
        self.key.as_ref()
    }

    /// Reads the text of a JSON object as a request of the same operation, strictly, and says what
    /// is wrong with it: so a tool learns what a field takes. `None` if the spec does not know the
    /// operation.
    pub fn try_read(&self, json: &str) -> Option<Result<(), RequestError>> {
        let misread = self.misread?;
        Some(misread(json).map_or(Ok(()), Err))
    }

    /// The pairs of the query, not encoded.
    pub fn query(&self) -> &[(String, String)] {
        &self.query
    }

    /// How the operation answers a list in pages.
    pub fn paging(&self) -> Option<&Paging> {
        self.paging.as_ref()
    }

    /// How the write is looked up if its answer is lost.
    pub(crate) fn verify(&self) -> Option<&Verify> {
        self.rules.as_ref()?.verify.as_ref()
    }

    /// Which record it writes or shows.
    pub(crate) fn resource(&self) -> Option<&Resource> {
        self.rules.as_ref()?.resource.as_ref()
    }

    /// What its answer must say about its rows.
    pub(crate) fn awaited(&self) -> Option<&Awaited> {
        self.rules.as_ref()?.awaited.as_ref()
    }

    /// The whole number that a field of the request holds.
    pub(crate) fn number(&self, name: &str, location: Location) -> Option<i64> {
        let text = match location {
            Location::Query => self
                .query
                .iter()
                .find(|(field, _)| field == name)
                .map(|(_, value)| value.as_str())?,
            Location::Body => jdy_wire::member(self.body.as_deref()?, name)?.trim_matches('"'),
            Location::Form => return None,
        };
        text.trim().parse().ok()
    }

    /// The same request for another page.
    pub(crate) fn on_page(&self, paging: &Paging, page: i64) -> Self {
        let mut other = self.clone();
        match paging.location {
            Location::Query => {
                let found = other
                    .query
                    .iter_mut()
                    .find(|(field, _)| field == paging.page);
                match found {
                    Some((_, value)) => *value = page.to_string(),
                    None => other.query.push((paging.page.to_owned(), page.to_string())),
                }
            }
            Location::Body => {
                let value = match paging.encoding {
                    Encoding::Text => format!("\"{page}\""),
                    _ => page.to_string(),
                };
                // The body is an object that this crate has written.
                let body = other.body.as_deref().unwrap_or("{}");
                other.body = jdy_wire::with_member(body, paging.page, &value).ok();
            }
            // No upload is a list.
            Location::Form => {}
        }
        other
    }

    /// What will be sent as a body: JSON, or a form with such a boundary.
    pub(crate) fn encode_body(
        &self,
        boundary: impl FnOnce() -> Arc<str>,
    ) -> Result<Option<Body>, FileError> {
        match &self.parts {
            Some(parts) => form::body(parts, &boundary()).map(Some),
            None => Ok(self.body.as_deref().map(Body::json)),
        }
    }

    /// Checks the files of an upload.
    ///
    /// # Errors
    /// The first one that is not there, or is no file.
    pub fn check_files(&self) -> Result<(), FileError> {
        form::check(self.parts().unwrap_or_default())
    }

    /// The parts of the form of an upload.
    pub fn parts(&self) -> Option<&[Part]> {
        self.parts.as_deref()
    }

    /// The body, if it is JSON.
    pub fn body(&self) -> Option<&str> {
        self.body.as_deref()
    }
}

impl fmt::Debug for PreparedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedRequest")
            .field("operation", &self.operation)
            .field("effect", &self.effect)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// A JSON value, read as strictly as a request, or what is wrong with it.
fn sendable(json: &str) -> Result<Json, &'static str> {
    let any = Json::new(json).map_err(|_| "its value is no JSON")?;
    match jdy_wire::decode_request::<Json>(json) {
        Err(RequestError::Syntax(_)) => {
            Err("its value holds half of a character, as a text that was cut has it")
        }
        Err(RequestError::Fields(_)) => Err("a name stands twice in its value"),
        // What is left is `null`.
        Ok(_) | Err(_) => Ok(any),
    }
}

/// A JSON value in the form of a query; none for `null`.
fn query_text(json: &str) -> Option<String> {
    match json.trim() {
        "null" => None,
        text if text.starts_with('"') => match jdy_wire::decode_data::<String>(text).ok()?.data {
            Field::Value(text) => Some(text),
            Field::Absent | Field::Raw(_) => Some(String::new()),
        },
        other => Some(other.to_owned()),
    }
}

/// The number of items of a list in the request.
fn items_of(name: &str, request: &dyn Record) -> usize {
    let mut count = 0;
    request.slots(&mut |table: &Table, slots: &[&dyn FieldSlot]| {
        let mut fields = table.names.iter().zip(slots);
        if let Some((_, slot)) = fields.find(|(field, _)| **field == name)
            && let ValueRef::List(list) = slot.view()
        {
            count = list.count();
        }
    });
    count
}
