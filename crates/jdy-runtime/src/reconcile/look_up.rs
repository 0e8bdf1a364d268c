//! Looks up the records of one write.
//!
//! Owns how a request is asked for: its documents, the names by which each is recognized, and which
//! operation shows it. What a detail answers for a number that does not exist is not known, so that
//! a refusal proves nothing: the list confirms it. Must not know the rule. Must not use:
//! `super::rule::judge`, `crate::transport`.

use std::borrow::Cow;

use jdy_wire::Json;

use super::rule::{Shown, ShownRow, has_names, text_of};
use super::value::Scalar;
use super::{NotPossible, ReconcileOptions};
use crate::call::Call;
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::operation::{Confirm, OperationInfo, PreparedRequest, Role, Verify};
use crate::outcome::Outcome;
use crate::paging::untyped::{List, read_list};

/// A record of a write, and how it is looked up.
pub(super) struct Document<'a> {
    /// The record as it was sent: the text of a JSON object.
    pub(super) sent: Cow<'a, str>,
    /// The arguments of the look-up.
    pub(super) asks: Vec<(String, String)>,
    /// The fields that name it among what is shown, with their texts.
    pub(super) names: Vec<(&'static str, String)>,
    /// Whether it has an id already.
    pub(super) changes: bool,
}

/// The records of a write.
pub(super) fn documents<'a>(
    prepared: &'a PreparedRequest,
    verify: &Verify,
) -> Result<Vec<Document<'a>>, NotPossible> {
    let paths = verify.by.iter().chain(verify.matches);
    let wrap = paths.filter_map(|(_, path)| path.split_once('.')).next();
    let body = prepared.body().unwrap_or("{}");
    let records: Vec<Cow<'a, str>> = match wrap {
        None => vec![whole(prepared, body)],
        Some((wrap, _)) => {
            let wrapped = jdy_wire::member(body, wrap).unwrap_or("null");
            let items = jdy_wire::items(wrapped).unwrap_or_else(|| vec![wrapped]);
            items.into_iter().map(Cow::Borrowed).collect()
        }
    };
    let id = prepared.resource().and_then(|resource| resource.id);
    let made: Option<Vec<_>> = records
        .into_iter()
        .map(|sent| document(sent, prepared, verify, id))
        .collect();
    let made = made.filter(|made| !made.is_empty());
    made.ok_or(NotPossible::NoNumber)
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

/// None where a field that names it, or by which it is asked for, is blank.
fn document<'a>(
    sent: Cow<'a, str>,
    prepared: &PreparedRequest,
    verify: &Verify,
    id: Option<&'static str>,
) -> Option<Document<'a>> {
    let body = prepared.body().unwrap_or("{}");
    let field = |path: &str| match path.split_once('.') {
        Some((_, name)) => text_of(&sent, name),
        None => {
            let mut query = prepared.query().iter();
            let query = query.find(|(own, text)| own == path && !text.trim().is_empty());
            query
                .map(|(_, text)| text.clone())
                .or_else(|| text_of(body, path))
        }
    };
    let asks = verify.by.iter();
    let asks: Option<Vec<_>> = asks
        .map(|(argument, path)| Some(((*argument).to_owned(), field(path)?)))
        .collect();
    let mut asks = asks?;
    asks.extend(verify.with.iter().map(owned));
    let names = verify.matches.iter();
    let names: Option<Vec<_>> = names
        .map(|(own, path)| Some((*own, field(path)?)))
        .collect();
    let changes = id.is_some_and(|id| text_of(&sent, id).is_some());
    Some(Document {
        sent,
        asks,
        names: names?,
        changes,
    })
}

fn owned((name, value): &(&'static str, &'static str)) -> (String, String) {
    ((*name).to_owned(), (*value).to_owned())
}

/// Makes the calls of a look-up.
pub(super) struct LookUp<'a> {
    pub(super) client: &'a Client,
    pub(super) account: &'a str,
    pub(super) options: &'a ReconcileOptions,
}

impl LookUp<'_> {
    /// Everything that is shown for a record.
    pub(super) async fn shown(
        &self,
        verify: &Verify,
        info: &'static OperationInfo,
        document: &Document<'_>,
    ) -> Result<Shown, Error> {
        let is_detail = info
            .resource
            .is_some_and(|resource| resource.role == Role::Detail);
        if is_detail {
            return self.detail(verify, info, document).await;
        }
        let request = PreparedRequest::look_up(info, document.asks.clone());
        self.list(info, request, &document.names).await
    }

    async fn detail(
        &self,
        verify: &Verify,
        info: &'static OperationInfo,
        document: &Document<'_>,
    ) -> Result<Shown, Error> {
        let request = PreparedRequest::look_up(info, document.asks.clone());
        let answer = self.data_of(request).await;
        let unproven = match answer {
            Ok(data) => {
                let records = jdy_wire::items(&data).unwrap_or_else(|| vec![&data]);
                let named = |json: &&str| has_names(json, &document.names);
                if let Some(json) = records.iter().copied().find(named) {
                    return Ok(Shown {
                        rows: vec![row(info, json.to_owned())],
                        complete: Ok(()),
                    });
                }
                // An answer without data may be a broken one, so a list confirms it where there is one.
                if says_nothing(&data) && verify.confirm.is_none() {
                    return Ok(nothing(Ok(())));
                }
                NotPossible::OtherShown
            }
            Err(error) if is_refused(&error) => NotPossible::Refused,
            Err(error) => return Err(error),
        };
        match &verify.confirm {
            Some(list) => self.confirm(list, document).await,
            None => Ok(nothing(Err(unproven))),
        }
    }

    /// Looks the record up in the list of its kind.
    async fn confirm(&self, confirm: &Confirm, document: &Document<'_>) -> Result<Shown, Error> {
        let Some((_, number)) = document.names.first() else {
            return Ok(nothing(Err(NotPossible::NoNumber)));
        };
        let mut asks = vec![(confirm.argument.to_owned(), number.clone())];
        asks.extend(confirm.with.iter().map(owned));
        let request = PreparedRequest::look_up(confirm.list, asks);
        let names = [(confirm.number, number.clone())];
        self.list(confirm.list, request, &names).await
    }

    /// The rows of a list that have these names.
    async fn list(
        &self,
        info: &'static OperationInfo,
        request: PreparedRequest,
        names: &[(&'static str, String)],
    ) -> Result<Shown, Error> {
        let list = self.rows(info, request).await?;
        let named = list.rows.into_iter().filter(|json| has_names(json, names));
        Ok(Shown {
            rows: named.map(|json| row(info, json)).collect(),
            complete: list.complete,
        })
    }

    /// All rows of a list.
    pub(super) async fn rows(
        &self,
        info: &'static OperationInfo,
        request: PreparedRequest,
    ) -> Result<Rows, Error> {
        let name = info.resource.and_then(|resource| resource.rows);
        let name = name.unwrap_or("rows");
        if info.paging.is_none() {
            let data = self.data_of(request).await?;
            let rows = jdy_wire::member(&data, name).and_then(jdy_wire::items);
            let rows = rows.unwrap_or_default().into_iter().map(str::to_owned);
            return Ok(Rows {
                rows: rows.collect(),
                complete: Err(NotPossible::ListNotProven),
            });
        }
        let call = |request| self.call(request);
        let List { rows, is_complete } = read_list(request, name, call).await?;
        let complete = if is_complete {
            Ok(())
        } else {
            Err(NotPossible::ListIncomplete)
        };
        Ok(Rows { rows, complete })
    }

    /// The text of the data that a call answers; `null` where it has none.
    async fn data_of(&self, request: PreparedRequest) -> Result<String, Error> {
        let answer = self.call(request).await?;
        Ok(answer.into_inner().as_str().to_owned())
    }

    /// A call of the look-up. That others wait for a permit as well is no failure.
    fn call(&self, request: PreparedRequest) -> Call<Json> {
        let call = self.client.send(request).account(self.account);
        let call = call.wait_for_limits();
        match self.options.deadline {
            Some(deadline) => call.deadline(deadline),
            None => call,
        }
    }
}

/// The rows of a list, and whether they are all of them.
pub(super) struct Rows {
    pub(super) rows: Vec<String>,
    pub(super) complete: Result<(), NotPossible>,
}

/// Whether the product answered with a no: it may mean that there is no such record, or anything
/// else.
fn is_refused(error: &Error) -> bool {
    error.outcome() == Outcome::Rejected
        && matches!(error.kind(), ErrorKind::Business | ErrorKind::Rows)
}

fn nothing(complete: Result<(), NotPossible>) -> Shown {
    Shown {
        rows: Vec::new(),
        complete,
    }
}

fn row(info: &'static OperationInfo, json: String) -> ShownRow {
    ShownRow {
        operation: info.id,
        json,
        id: info.resource.and_then(|resource| resource.id),
        returns: info.resource.map_or(&[], |resource| resource.returns),
    }
}

/// Whether data holds no value at all: blank, or only blanks, zeros and empty lists.
fn says_nothing(json: &str) -> bool {
    if let Some(scalar) = Scalar::of(json) {
        return match scalar {
            Scalar::Nothing | Scalar::Flag(false) => true,
            Scalar::Number(text) => text.bytes().all(|byte| matches!(byte, b'0' | b'.')),
            Scalar::Flag(true) | Scalar::Text(_) => false,
        };
    }
    if let Some(items) = jdy_wire::items(json) {
        return items.into_iter().all(says_nothing);
    }
    let members = jdy_wire::members(json);
    members.is_some_and(|members| members.into_iter().all(|(_, value)| says_nothing(value)))
}

#[cfg(test)]
mod tests {
    use super::says_nothing;

    #[test]
    fn only_blank_data_says_nothing() {
        for nothing in [
            "null",
            "{}",
            "[]",
            "\"\"",
            r#"{"id":"","rows":[],"amount":0.00,"at":null,"on":false,"in":{}}"#,
        ] {
            assert!(says_nothing(nothing), "{nothing}");
        }
        for something in [
            r#"{"id":"7"}"#,
            "[{\"a\":1}]",
            "\"x\"",
            "{\"on\":true}",
            "{",
        ] {
            assert!(!says_nothing(something), "{something}");
        }
    }
}
