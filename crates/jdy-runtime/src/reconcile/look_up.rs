//! Looks up the records of one write.
//!
//! Owns which calls show a record. What a detail answers for a number that does not exist is not
//! known, so that a refusal proves nothing: the list confirms it, by its filter for numbers or by all
//! its rows. Must not know the rule, nor how often a list is read. Must not use: `super::rule::judge`,
//! `crate::transport`.

use std::borrow::Cow;
use std::time::SystemTime;

use jdy_wire::Json;

use super::days::around;
use super::names::{Names, has_names, may_have_names, text_of};
use super::reading::{Asked, Rows};
use super::rule::{Shown, ShownRow};
use super::shared_lists::{ListKey, Reading, SharedLists};
use super::value::Scalar;
use super::{NotPossible, ReconcileOptions, query};
use crate::account::{Account, AccountSetId};
use crate::call::Call;
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::gateway_time::ClockReading;
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
    /// Whether a look-up that does not show it proves nothing, as it may be kept under another text.
    pub(super) is_padded: bool,
}

/// The records of a write. Each must have all fields by which it is asked for and recognized.
pub(super) fn documents<'a>(
    prepared: &'a PreparedRequest,
    verify: &Verify,
) -> Result<Vec<Document<'a>>, NotPossible> {
    let id = prepared.resource().and_then(|resource| resource.id);
    let sent = query::documents(prepared, verify).into_iter();
    let documents = sent.map(|sent| {
        let ask = query::ask(&sent, prepared, verify).ok()?;
        let asks = ask.arguments.into_iter();
        let is_padded = query::is_padded(&sent, prepared, verify);
        let changes = id.is_some_and(|id| text_of(&sent, id).is_some());
        Some(Document {
            sent,
            asks: asks.map(|(name, text)| (name.to_owned(), text)).collect(),
            names: ask.matches,
            changes,
            is_padded,
        })
    });
    let all: Option<Vec<_>> = documents.collect();
    all.ok_or(NotPossible::NoNumber)
}

fn owned((name, value): &(&'static str, &'static str)) -> (String, String) {
    ((*name).to_owned(), (*value).to_owned())
}

/// What the first call of a look-up has shown.
pub(super) enum LookedUp<'a> {
    /// All that it can show.
    Shown(Shown),
    /// Nothing, which a list has to confirm.
    Unconfirmed {
        confirm: &'a Confirm,
        shown: Shown,
        /// Why no list can confirm it: some record was shown, and it may be the one.
        doubt: Result<(), NotPossible>,
    },
}

/// Makes the calls of a look-up.
pub(super) struct LookUp<'a> {
    pub(super) client: &'a Client,
    /// The name of the account, and what it meant when the look-up began.
    pub(super) name: &'a str,
    pub(super) account: Option<&'a Account>,
    pub(super) options: &'a ReconcileOptions,
    /// What other look-ups read as well.
    pub(super) lists: &'a SharedLists,
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
        let mut doubt = Ok(());
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
                match (says_nothing(&data), verify.confirm.is_some()) {
                    (true, false) => return Ok(LookedUp::Shown(nothing(Ok(())))),
                    (true, true) => {}
                    (false, _) => doubt = Err(NotPossible::OtherShown),
                }
                NotPossible::OtherShown
            }
            Err(error) if is_refused(&error) => NotPossible::Refused,
            Err(error) => return Err(error),
        };
        let shown = nothing(Err(unproven));
        Ok(match &verify.confirm {
            Some(confirm) => LookedUp::Unconfirmed {
                confirm,
                shown,
                doubt,
            },
            None => LookedUp::Shown(shown),
        })
    }

    /// Looks the record up in the list of its kind; with the time at which that was asked, the
    /// earliest that the gateway's clock may have shown then.
    pub(super) async fn confirm(
        &self,
        confirm: &Confirm,
        document: &Document<'_>,
    ) -> Result<(Shown, SystemTime), Error> {
        let Some((_, number)) = document.names.first() else {
            return Ok(self.not_asked(NotPossible::NoNumber));
        };
        let names = [(confirm.number, number.clone())];
        let is_shown = |rows: &[String]| any(rows, &names);
        let reading = match (confirm.argument, asks_of_all(confirm, document)) {
            (Some(argument), _) => {
                let mut asks: Vec<_> = confirm.with.iter().map(owned).collect();
                asks.push((argument.to_owned(), number.clone()));
                self.reading(confirm, asks, None, is_shown).await?
            }
            (None, None) => return Ok(self.not_asked(NotPossible::NoDate)),
            (None, Some(asks)) => {
                let key = ListKey::new(self.name, confirm, &asks);
                match self.lists.get(&key, number) {
                    None => self.all(confirm, asks, is_shown).await?,
                    Some(list) => {
                        let is_enough = |rows: &[String]| list.is_shown_by(rows, confirm.number);
                        let read = || self.all(confirm, asks.clone(), is_enough);
                        let shared = list.reading(confirm.number, read).await?;
                        match shared.account_set == self.account_set() {
                            true => shared.clone(),
                            false => self.all(confirm, asks, is_shown).await?,
                        }
                    }
                }
            }
        };
        let shown = shown(confirm.list, reading.rows, &names);
        Ok((shown, reading.asked_at))
    }

    /// Nothing, for this reason, as of now.
    fn not_asked(&self, reason: NotPossible) -> (Shown, SystemTime) {
        let shared = self.client.shared();
        let now = ClockReading::of(&*shared.runtime);
        (nothing(Err(reason)), shared.earliest_gateway_time(now))
    }

    /// The rows of a list, and when they were asked for.
    async fn reading(
        &self,
        confirm: &Confirm,
        asks: Vec<(String, String)>,
        max_pages: Option<u32>,
        is_enough: impl Fn(&[String]) -> bool,
    ) -> Result<Reading, Error> {
        let shared = self.client.shared();
        let began = ClockReading::of(&*shared.runtime);
        let list = Asked {
            info: confirm.list,
            request: PreparedRequest::look_up(confirm.list, asks),
            max_pages,
        };
        let rows = self.rows(list, is_enough).await?;
        Ok(Reading {
            rows,
            account_set: self.account_set(),
            asked_at: shared.earliest_gateway_time(began),
        })
    }

    /// All rows of a list that has no filter for numbers.
    async fn all(
        &self,
        confirm: &Confirm,
        asks: Vec<(String, String)>,
        is_enough: impl Fn(&[String]) -> bool,
    ) -> Result<Reading, Error> {
        let max_pages = Some(self.options.max_pages);
        let mut reading = self.reading(confirm, asks, max_pages, is_enough).await?;
        // A row without a number may be any record.
        let has_number = |json: &String| text_of(json, confirm.number).is_some();
        let all = &mut reading.rows;
        if all.complete.is_ok() && !all.rows.iter().all(has_number) {
            all.complete = Err(NotPossible::OtherShown);
        }
        Ok(reading)
    }

    /// The rows of a list that may have these names.
    async fn list(&self, asked: Asked, names: &Names) -> Result<Shown, Error> {
        let info = asked.info;
        let all = self.rows(asked, |rows| any(rows, names)).await?;
        Ok(shown(info, all, names))
    }

    /// The text of the data that a call answers; `null` where it has none.
    pub(super) async fn data_of(&self, request: PreparedRequest) -> Result<String, Error> {
        let answer = self.call(request).await?;
        Ok(answer.into_inner().as_str().to_owned())
    }

    /// The account set that is asked; none before an instance has said which one it is.
    fn account_set(&self) -> Option<AccountSetId> {
        self.account.and_then(Account::id)
    }

    /// A call of the look-up. That others wait for a permit as well is no failure.
    pub(super) fn call(&self, request: PreparedRequest) -> Call<Json> {
        let call = self.client.send(request).account(self.name);
        let call = call.held(self.account.cloned()).wait_for_limits();
        match self.options.deadline {
            Some(deadline) => call.deadline(deadline),
            None => call,
        }
    }
}

/// Adds the list that a record may have to be looked for in, among all its rows.
pub(super) fn share(
    lists: &mut SharedLists,
    account: &str,
    verify: &Verify,
    document: &Document<'_>,
) {
    let confirm = verify.confirm.as_ref();
    let confirm = confirm.filter(|confirm| confirm.argument.is_none());
    if let Some(confirm) = confirm
        && let Some((_, number)) = document.names.first()
        && let Some(asks) = asks_of_all(confirm, document)
    {
        lists.add(ListKey::new(account, confirm, &asks), number.clone());
    }
}

/// The arguments with which all rows of a list are read, on the days around the record's own where
/// the list can be narrowed so. `None`: the record has no date to narrow it by.
fn asks_of_all(confirm: &Confirm, document: &Document<'_>) -> Option<Vec<(String, String)>> {
    let mut asks: Vec<_> = confirm.with.iter().map(owned).collect();
    if let Some(window) = &confirm.dates {
        asks.extend(days(window, &document.sent)?);
    }
    Some(asks)
}

/// Whether a row has these names.
fn any(rows: &[String], names: &Names) -> bool {
    rows.iter().any(|json| has_names(json, names))
}

/// The arguments that narrow a list to the days around that of a record.
fn days(window: &DateWindow, sent: &str) -> Option<[(String, String); 2]> {
    let (from, until) = around(&text_of(sent, window.field)?)?;
    Some([
        (window.from.to_owned(), from),
        (window.until.to_owned(), until),
    ])
}

/// The rows of a list that may have these names.
fn shown(info: &'static OperationInfo, all: Rows, names: &Names) -> Shown {
    let rows = all.rows.into_iter();
    let named = rows.filter(|json| may_have_names(json, names));
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
