//! The request that arguments describe: which operation, with which fields.
//!
//! Owns how an operation is found by its typed name, and how pairs and JSON become one request.
//! Must not know credentials, and sends nothing.

use std::collections::HashSet;

use jdy::{Call, Client, ClientReference, DynOperation, Json, Method, PreparedRequest};
use jdy_runtime::PrepareError;
use jdy_wire::{DriftKind, RequestError};

use crate::arguments::{method, path};
use crate::exit::Failure;
use crate::json::{Members, check, is_structure, quoted};
use crate::language::{explained, say};

/// What is to be called.
pub(crate) enum Target {
    /// An operation of the spec.
    Known(&'static dyn DynOperation),
    /// A path that the spec does not know.
    Raw {
        /// The method.
        method: Method,
        /// The path, not encoded.
        path: String,
    },
}

/// The fields as they were given.
pub(crate) struct Fields {
    /// The pairs, in their order.
    pub(crate) pairs: Vec<(String, String)>,
    /// The pairs that are the query, wherever the others go.
    pub(crate) query: Vec<(String, String)>,
    /// The text of `--json`.
    pub(crate) json: Option<String>,
    /// The fields that the spec does not know.
    pub(crate) extra: Vec<(String, String)>,
}

/// A request that only lacks a client.
pub(crate) enum Request {
    /// Of an operation of the spec, checked and encoded by its types.
    Known(&'static dyn DynOperation, Box<PreparedRequest>),
    /// Of a path that the spec does not know.
    Raw {
        /// The method.
        method: Method,
        /// The path, not encoded.
        path: String,
        /// The pairs of the query.
        query: Vec<(String, String)>,
        /// The body.
        body: Option<String>,
    },
}

impl Target {
    /// Finds the operation by its id, or by METHOD:PATH.
    pub(crate) fn find(name: &str) -> Result<Self, Failure> {
        let Some((verb, place)) = name.split_once(':') else {
            return jdy_cli::operations()
                .find(|operation| operation.info().id == name)
                .map(Self::Known)
                .ok_or_else(|| unknown(name));
        };
        let wrong = |why: String| {
            Failure::usage(say!(
                "request-no-path",
                name = format!("{name:?}"),
                why = why
            ))
        };
        if place.starts_with('/') && place.contains('?') {
            return Err(wrong(say!("request-query-in-path")));
        }
        let (method, path) = (method(verb).map_err(wrong)?, path(place).map_err(wrong)?);
        let known = jdy_cli::operations().find(|operation| {
            let facts = operation.info();
            facts.method == method && facts.path == path
        });
        Ok(known.map_or(Self::Raw { method, path }, Self::Known))
    }

    /// The fields that take the path of a file.
    pub(crate) fn file_fields(&self) -> Vec<&'static str> {
        match self {
            Self::Known(operation) => operation.file_fields(),
            Self::Raw { .. } => Vec::new(),
        }
    }

    /// Makes the request. A request that does not fit the spec is refused.
    pub(crate) fn request(self, fields: Fields) -> Result<Request, Failure> {
        match self {
            Self::Known(operation) => known(operation, fields),
            Self::Raw { method, path } => raw(method, path, fields),
        }
    }
}

fn unknown(name: &str) -> Failure {
    let shown = format!("{name:?}");
    let alike = alike(name).join(", ");
    Failure::usage(match alike.as_str() {
        "" => say!("request-no-operation", name = shown),
        alike => say!("request-alike", name = shown, alike = alike),
    })
}

/// At most three similar ids, the most similar first.
pub(crate) fn alike(name: &str) -> Vec<&'static str> {
    const LEAST: f64 = 0.6;
    let likeness = |operation: &dyn DynOperation| {
        let facts = operation.info();
        let own = facts.id.split_once('.').map_or(facts.id, |(_, own)| own);
        if own == name || facts.title == name || facts.path == name {
            return 1.0;
        }
        strsim::normalized_damerau_levenshtein(facts.id, name)
            .max(strsim::normalized_damerau_levenshtein(own, name))
    };
    let mut ranked: Vec<(f64, &'static str)> = jdy_cli::operations()
        .map(|operation| (likeness(operation), operation.info().id))
        .filter(|(likeness, _)| *likeness >= LEAST)
        .collect();
    ranked.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    ranked.into_iter().map(|(_, id)| id).take(3).collect()
}

fn known(operation: &'static dyn DynOperation, fields: Fields) -> Result<Request, Failure> {
    let id = operation.info().id;
    let Fields {
        pairs,
        query,
        json,
        extra,
    } = fields;
    if !query.is_empty() {
        return Err(Failure::usage(say!("request-known-query", operation = id)));
    }
    let given = json.as_deref().map_or(Ok(Members(Vec::new())), members)?;
    let (lists, pairs) = lists(&operation.query_lists(), pairs)?;
    refuse_doubles(given.0.iter().chain(&lists).chain(&pairs))?;
    let prepared = prepare(operation, &given, &lists, &pairs);
    let mut prepared = prepared.map_err(|error| {
        Failure::usage(say!(
            "at-place-unsent",
            place = id,
            error = explained(error)
        ))
    })?;
    prepared.check_files().map_err(|error| {
        Failure::other(say!(
            "at-place-unsent",
            place = id,
            error = explained(error)
        ))
    })?;
    // A key that a spreadsheet has changed is lost, in a single call as in a list.
    let typed: Vec<_> = pairs
        .iter()
        .filter(|(_, text)| !is_structure(text))
        .cloned()
        .collect();
    let spoilt = jdy_journal::spoilt(&prepared, &typed);
    if !spoilt.is_empty() {
        let why = spoilt.join("; ");
        return Err(Failure::usage(say!(
            "at-place-unsent",
            place = id,
            error = explained(why)
        )));
    }
    for (name, text) in &extra {
        refuse_repeated(name, text)?;
        let with = prepared.extra(name, &extra_value(text));
        prepared = with.map_err(|error| {
            Failure::usage(say!(
                "at-place-unsent",
                place = id,
                error = explained(error)
            ))
        })?;
    }
    Ok(Request::Known(operation, Box::new(prepared)))
}

/// Prepares the request. A value that looks like JSON is tried as JSON first; a field that refuses
/// that takes it as text.
fn prepare(
    operation: &dyn DynOperation,
    given: &Members,
    lists: &[(String, String)],
    pairs: &[(String, String)],
) -> Result<PreparedRequest, PrepareError> {
    let request = |is_text: &dyn Fn(&str) -> bool| {
        let pairs = pairs.iter().map(|(name, text)| {
            let value = if is_text(name) {
                quoted(text)
            } else {
                value(text)
            };
            (name.clone(), value)
        });
        let pairs = lists.iter().cloned().chain(pairs);
        let all = Members(given.0.iter().cloned().chain(pairs).collect());
        operation.request(&all.to_json())
    };
    match request(&|_| false) {
        Err(PrepareError::Request(RequestError::Fields(wrong))) => request(&|name| {
            let is_unfit = |what: &DriftKind| {
                matches!(
                    what,
                    DriftKind::Refused { .. } | DriftKind::Unreadable { .. }
                )
            };
            wrong
                .iter()
                .any(|drift| drift.path == name && is_unfit(&drift.what))
        }),
        result => result,
    }
}

/// The value of a field that the spec does not know: JSON as such, anything else as text.
fn extra_value(text: &str) -> String {
    match check(text) {
        Ok(()) => text.to_owned(),
        Err(_) => quoted(text),
    }
}

type Pairs = Vec<(String, String)>;

/// Separates the pairs of list fields from the others. Each list becomes a JSON array of its items,
/// unless it was given as an array.
fn lists(names: &[&'static str], pairs: Pairs) -> Result<(Pairs, Pairs), Failure> {
    let (of_lists, others): (Pairs, Pairs) = pairs
        .into_iter()
        .partition(|(name, _)| names.contains(&name.as_str()));
    let mut lists: Pairs = Vec::new();
    for name in names {
        let texts: Vec<&str> = of_lists
            .iter()
            .filter(|(own, _)| own == name)
            .map(|(_, text)| text.as_str())
            .collect();
        let is_array = |text: &&str| text.starts_with('[') && is_structure(text);
        let list = match texts.as_slice() {
            [] => continue,
            [one] if is_array(one) => (*one).to_owned(),
            several if several.iter().any(is_array) => {
                return Err(Failure::usage(say!("request-list-twice", name = name)));
            }
            items => {
                let items: Vec<String> = items.iter().map(|text| quoted(text)).collect();
                format!("[{}]", items.join(","))
            }
        };
        lists.push(((*name).to_owned(), list));
    }
    Ok((lists, others))
}

fn raw(method: Method, path: String, fields: Fields) -> Result<Request, Failure> {
    let Fields {
        pairs,
        mut query,
        json,
        extra,
    } = fields;
    if !extra.is_empty() {
        return Err(Failure::usage(say!("request-no-extra")));
    }
    for (name, text) in pairs.iter().filter(|(_, text)| is_structure(text)) {
        refuse_repeated(name, text)?;
    }
    let body = match method {
        Method::Get if json.is_some() => {
            return Err(Failure::usage(say!("request-get-body")));
        }
        Method::Get => {
            query.extend(pairs);
            None
        }
        Method::Delete => {
            query.extend(pairs);
            json.as_deref().map(whole).transpose()?
        }
        Method::Post | Method::Put => Some(body(pairs, json)?),
    };
    Ok(Request::Raw {
        method,
        path,
        query,
        body,
    })
}

/// The body of a POST or PUT: the JSON as it was given, or an object with the pairs in it.
fn body(pairs: Vec<(String, String)>, json: Option<String>) -> Result<String, Failure> {
    match json {
        Some(json) if pairs.is_empty() => whole(&json),
        json => {
            let mut all = json.as_deref().map_or(Ok(Members(Vec::new())), members)?;
            refuse_doubles(all.0.iter().chain(&pairs))?;
            let pairs = pairs.into_iter().map(|(name, text)| (name, value(&text)));
            all.0.extend(pairs);
            Ok(all.to_json())
        }
    }
}

fn whole(json: &str) -> Result<String, Failure> {
    check(json).map_err(|error| Failure::usage(say!("request-no-json", error = error)))?;
    refuse_repeated("", json)?;
    Ok(json.to_owned())
}

fn members(json: &str) -> Result<Members, Failure> {
    refuse_repeated("", json)?;
    Members::of(json).map_err(|error| Failure::usage(say!("request-no-object", error = error)))
}

/// A pair's value as JSON: an array or object as such, everything else as text.
fn value(text: &str) -> String {
    if is_structure(text) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

fn refuse_doubles<'a>(fields: impl Iterator<Item = &'a (String, String)>) -> Result<(), Failure> {
    let mut seen: HashSet<&str> = HashSet::new();
    for (name, _) in fields {
        if !seen.insert(name) {
            return Err(Failure::usage(say!("request-twice", name = name)));
        }
    }
    Ok(())
}

/// Refuses JSON in which a name stands twice in one object: it is not clear which value is meant.
fn refuse_repeated(above: &str, json: &str) -> Result<(), Failure> {
    let Some(within) = jdy_wire::repeated(json) else {
        return Ok(());
    };
    let name = match above {
        "" => within,
        above if within.starts_with('[') => format!("{above}{within}"),
        above => format!("{above}.{within}"),
    };
    Err(Failure::usage(say!("request-twice", name = name)))
}

impl Request {
    /// The operation's id, or METHOD:PATH.
    pub(crate) fn operation(&self) -> String {
        match self {
            Self::Known(operation, _) => operation.info().id.to_owned(),
            Self::Raw { method, path, .. } => format!("{method}:{path}"),
        }
    }

    /// Whether it can be sent again without harm.
    pub(crate) fn only_reads(&self) -> bool {
        match self {
            Self::Known(operation, _) => operation.info().effect.is_read(),
            Self::Raw { method, .. } => method.default_effect().is_read(),
        }
    }

    /// The caller's own key.
    pub(crate) fn key(&self) -> Option<&ClientReference> {
        match self {
            Self::Known(_, prepared) => prepared.key(),
            Self::Raw { .. } => None,
        }
    }

    /// The call of it.
    pub(crate) fn call(&self, client: &Client) -> Call<Json> {
        match self {
            Self::Known(_, prepared) => client.send((**prepared).clone()),
            Self::Raw {
                method,
                path,
                query,
                body,
            } => client.raw(*method, path, query.clone(), body.clone()),
        }
    }

    /// The fields of its answer that the spec does not know; of a path that it does not know, none.
    pub(crate) fn unknown_fields(&self, data: Option<&Json>) -> Vec<String> {
        match (self, data) {
            (Self::Known(operation, _), Some(data)) => {
                operation.unknown_fields(data.as_str()).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    /// The data of its answer, decoded by the operation's own types and encoded again; of a path
    /// that the spec does not know, as it came.
    pub(crate) fn roundtrip(&self, data: Option<&Json>) -> Result<String, jdy_wire::SyntaxError> {
        let Some(data) = data.map(Json::as_str) else {
            return Ok("{}".to_owned());
        };
        match self {
            Self::Known(operation, _) => operation.roundtrip(data),
            Self::Raw { .. } => Ok(data.to_owned()),
        }
    }
}
