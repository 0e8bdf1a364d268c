//! Looks up the records of one write.
//!
//! Owns how a request is asked for: its documents, the names by which each is recognized, and which
//! operation shows it. What a detail answers for a number that does not exist is not known, so that
//! a refusal proves nothing: the list confirms it, by its filter for numbers or by all its rows. Must
//! not know the rule, nor how often a list is read. Must not use: `super::rule::judge`,
//! `crate::transport`.

use std::borrow::Cow;

use jdy_wire::Json;

use super::days::around;
use super::reading::{Asked, Rows};
use super::rule::{Shown, ShownRow, has_names, text_of};
use super::value::Scalar;
use super::{NotPossible, ReconcileOptions};
use crate::call::Call;
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::operation::{Confirm, DateWindow, OperationInfo, PreparedRequest, Role, Verify};
use crate::outcome::Outcome;

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

/// What the first call of a look-up has shown.
pub(super) enum LookedUp<'a> {
    /// All that it can show.
    Shown(Shown),
    /// Nothing, which a list has to confirm.
    Unconfirmed { confirm: &'a Confirm, shown: Shown },
}

/// Makes the calls of a look-up.
pub(super) struct LookUp<'a> {
    pub(super) client: &'a Client,
    pub(super) account: &'a str,
    pub(super) options: &'a ReconcileOptions,
}

impl LookUp<'_> {
    /// Everything that is shown for a record.
    pub(super) async fn shown<'a>(
        &self,
        verify: &'a Verify,
        info: &'static OperationInfo,
        document: &Document<'_>,
    ) -> Result<LookedUp<'a>, Error> {
        let is_detail = info
            .resource
            .is_some_and(|resource| resource.role == Role::Detail);
        if is_detail {
            return self.detail(verify, info, document).await;
        }
        let list = Asked {
            info,
            request: PreparedRequest::look_up(info, document.asks.clone()),
            max_pages: None,
        };
        let shown = self.list(list, &document.names).await?;
        Ok(LookedUp::Shown(shown))
    }

    async fn detail<'a>(
        &self,
        verify: &'a Verify,
        info: &'static OperationInfo,
        document: &Document<'_>,
    ) -> Result<LookedUp<'a>, Error> {
        let request = PreparedRequest::look_up(info, document.asks.clone());
        let answer = self.data_of(request).await;
        let unproven = match answer {
            Ok(data) => {
                let records = jdy_wire::items(&data).unwrap_or_else(|| vec![&data]);
                let named = |json: &&str| has_names(json, &document.names);
                if let Some(json) = records.iter().copied().find(named) {
                    return Ok(LookedUp::Shown(Shown {
                        rows: vec![row(info, json.to_owned())],
                        complete: Ok(()),
                    }));
                }
                // An answer without data may be a broken one, so a list confirms it where there is one.
                if says_nothing(&data) && verify.confirm.is_none() {
                    return Ok(LookedUp::Shown(nothing(Ok(()))));
                }
                NotPossible::OtherShown
            }
            Err(error) if is_refused(&error) => NotPossible::Refused,
            Err(error) => return Err(error),
        };
        let shown = nothing(Err(unproven));
        Ok(match &verify.confirm {
            Some(confirm) => LookedUp::Unconfirmed { confirm, shown },
            None => LookedUp::Shown(shown),
        })
    }

    /// Looks the record up in the list of its kind.
    pub(super) async fn confirm(
        &self,
        confirm: &Confirm,
        document: &Document<'_>,
    ) -> Result<Shown, Error> {
        let Some((_, number)) = document.names.first() else {
            return Ok(nothing(Err(NotPossible::NoNumber)));
        };
        let names = [(confirm.number, number.clone())];
        let mut asks: Vec<_> = confirm.with.iter().map(owned).collect();
        let Some(argument) = confirm.argument else {
            return self.among_all(confirm, document, asks, &names).await;
        };
        asks.push((argument.to_owned(), number.clone()));
        let list = Asked {
            info: confirm.list,
            request: PreparedRequest::look_up(confirm.list, asks),
            max_pages: None,
        };
        self.list(list, &names).await
    }

    /// Looks for the record among all rows of a list, on the days around its own where the list can
    /// be narrowed so.
    async fn among_all(
        &self,
        confirm: &Confirm,
        document: &Document<'_>,
        mut asks: Vec<(String, String)>,
        names: &[(&'static str, String)],
    ) -> Result<Shown, Error> {
        if let Some(window) = &confirm.dates {
            match days(window, &document.sent) {
                Some(days) => asks.extend(days),
                None => return Ok(nothing(Err(NotPossible::NoDate))),
            }
        }
        let list = Asked {
            info: confirm.list,
            request: PreparedRequest::look_up(confirm.list, asks),
            max_pages: Some(self.options.max_pages),
        };
        let all = self.rows(list, |json| has_names(json, names)).await?;
        // A row without a number may be any record.
        let has_number = |json: &String| text_of(json, confirm.number).is_some();
        let complete = match all.rows.iter().all(has_number) {
            true => all.complete.clone(),
            false => all.complete.clone().and(Err(NotPossible::OtherShown)),
        };
        Ok(shown(confirm.list, Rows { complete, ..all }, names))
    }

    /// The rows of a list that have these names.
    async fn list(&self, asked: Asked, names: &[(&'static str, String)]) -> Result<Shown, Error> {
        let info = asked.info;
        let all = self.rows(asked, |json| has_names(json, names)).await?;
        Ok(shown(info, all, names))
    }

    /// The text of the data that a call answers; `null` where it has none.
    pub(super) async fn data_of(&self, request: PreparedRequest) -> Result<String, Error> {
        let answer = self.call(request).await?;
        Ok(answer.into_inner().as_str().to_owned())
    }

    /// A call of the look-up. That others wait for a permit as well is no failure.
    pub(super) fn call(&self, request: PreparedRequest) -> Call<Json> {
        let call = self.client.send(request).account(self.account);
        let call = call.wait_for_limits();
        match self.options.deadline {
            Some(deadline) => call.deadline(deadline),
            None => call,
        }
    }
}

/// The arguments that narrow a list to the days around that of a record.
fn days(window: &DateWindow, sent: &str) -> Option<[(String, String); 2]> {
    let (from, until) = around(&text_of(sent, window.field)?)?;
    Some([
        (window.from.to_owned(), from),
        (window.until.to_owned(), until),
    ])
}

/// The rows of a list that have these names.
fn shown(info: &'static OperationInfo, all: Rows, names: &[(&'static str, String)]) -> Shown {
    let named = all.rows.into_iter().filter(|json| has_names(json, names));
    Shown {
        rows: named.map(|json| row(info, json)).collect(),
        complete: all.complete,
    }
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
