//! How a write is looked up: which operation shows it, what is asked of it, and by what each of its
//! records is recognized.
//!
//! Owns what the spec's `x-jdy-verify` means for one request. Must not make a call. Must not use:
//! `crate::client`, `crate::call`.

use std::borrow::Cow;

use super::names::text_of;
use crate::classify::decoded;
use crate::operation::{PreparedRequest, Verify};

/// The operation that shows whether a call took effect, and the arguments for it
/// ([`PreparedRequest::verification_query`]).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerificationQuery {
    /// The operation's id.
    pub operation: &'static str,
    /// The queries: one for each document in the request.
    pub asks: Vec<DocumentQuery>,
    /// Fields that the request lacks, for all or some of its documents. Without them the operation
    /// would show something else, so there is no query for those documents.
    pub missing: Vec<&'static str>,
    /// The fields of the request to compare with the answer, as far as the request has them.
    pub compare: Vec<(&'static str, String)>,
}

/// A query for one document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DocumentQuery {
    /// All arguments: text as it is, anything else as JSON.
    pub arguments: Vec<(&'static str, String)>,
    /// The fields by which a shown record is recognized as this document, with their values.
    pub matches: Vec<(&'static str, String)>,
}

impl PreparedRequest {
    /// How this request is looked up by hand; `None` if the spec has no operation for it.
    pub fn verification_query(&self) -> Option<VerificationQuery> {
        let verify = self.verify()?;
        let mut query = VerificationQuery {
            operation: verify.operation,
            asks: Vec::new(),
            missing: Vec::new(),
            compare: Vec::new(),
        };
        for sent in documents(self, verify) {
            match ask(&sent, self, verify) {
                Ok(ask) => query.asks.push(ask),
                Err(blank) => {
                    let new = blank.into_iter();
                    let mut new: Vec<_> = new.filter(|it| !query.missing.contains(it)).collect();
                    query.missing.append(&mut new);
                }
            }
        }
        let compare = verify.compare.iter();
        let compare = compare.filter_map(|name| Some((*name, flat(self, name)?)));
        query.compare = compare.collect();
        Some(query)
    }
}

/// The records of a write as they were sent: those that its body wraps, in a list or alone, or all
/// that the request sends. Where there is none, one that is no record.
pub(super) fn documents<'a>(prepared: &'a PreparedRequest, verify: &Verify) -> Vec<Cow<'a, str>> {
    let paths = verify.by.iter().chain(verify.matches);
    let wrap = paths.filter_map(|(_, path)| path.split_once('.')).next();
    let body = body(prepared);
    let Some((wrap, _)) = wrap else {
        return vec![whole(prepared, body)];
    };
    let wrapped = jdy_wire::member(body, wrap).unwrap_or("null");
    let items = jdy_wire::items(wrapped).unwrap_or_else(|| vec![wrapped]);
    match items.is_empty() {
        true => vec![Cow::Borrowed("null")],
        false => items.into_iter().map(Cow::Borrowed).collect(),
    }
}

/// How one of these records is asked for, or which fields for that it lacks.
pub(super) fn ask(
    sent: &str,
    prepared: &PreparedRequest,
    verify: &Verify,
) -> Result<DocumentQuery, Vec<&'static str>> {
    let mut blank = Vec::new();
    let mut field = |path: &'static str| {
        let text = match path.split_once('.') {
            Some((_, name)) => text_of(sent, name),
            None => flat(prepared, path),
        };
        if text.is_none() && !blank.contains(&path) {
            blank.push(path);
        }
        text
    };
    let mut fields = |pairs: &'static [(&'static str, &'static str)]| -> Vec<_> {
        let pairs = pairs.iter();
        let named = pairs.filter_map(|(name, path)| Some((*name, field(path)?)));
        named.collect()
    };
    let (mut arguments, matches) = (fields(verify.by), fields(verify.matches));
    let with = verify.with.iter();
    arguments.extend(with.map(|(name, value)| (*name, (*value).to_owned())));
    match blank.is_empty() {
        true => Ok(DocumentQuery { arguments, matches }),
        false => Err(blank),
    }
}

/// Whether a field by which a record is asked for or recognized was sent with a blank around it.
pub(super) fn is_padded(sent: &str, prepared: &PreparedRequest, verify: &Verify) -> bool {
    let pairs = verify.by.iter().chain(verify.matches);
    pairs.into_iter().any(|(_, path)| {
        let raw = match path.split_once('.') {
            Some((_, name)) => jdy_wire::member(sent, name).and_then(text_in),
            None => {
                let mut query = prepared.query().iter();
                let query = query.find(|(own, _)| own == path);
                let query = query.map(|(_, text)| text.clone());
                query.or_else(|| jdy_wire::member(body(prepared), path).and_then(text_in))
            }
        };
        raw.is_some_and(|text| text.trim() != text && !text.trim().is_empty())
    })
}

/// The text of a JSON string.
fn text_in(json: &str) -> Option<String> {
    decoded::<String>(json).filter(|_| json.trim_start().starts_with('"'))
}

/// A field of the query or of the body; `None` if it is blank.
fn flat(prepared: &PreparedRequest, name: &str) -> Option<String> {
    let mut query = prepared.query().iter();
    let query = query.find(|(own, text)| own == name && !text.trim().is_empty());
    query
        .map(|(_, text)| text.clone())
        .or_else(|| text_of(body(prepared), name))
}

fn body(prepared: &PreparedRequest) -> &str {
    prepared.body().unwrap_or("{}")
}

/// Everything that a request sends, as one object.
fn whole<'a>(prepared: &PreparedRequest, body: &'a str) -> Cow<'a, str> {
    let mut whole = Cow::Borrowed(body);
    for (name, text) in prepared.query() {
        if jdy_wire::member(body, name).is_none()
            && let Ok(more) = jdy_wire::with_member(&whole, name, &quoted(text))
        {
            whole = Cow::Owned(more);
        }
    }
    whole
}

fn quoted(text: &str) -> String {
    jdy_wire::encode_value(jdy_wire::ValueRef::Text(text))
}
