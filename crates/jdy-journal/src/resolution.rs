//! Manual resolution of a line whose outcome is unknown or whose answer could not be read.
//!
//! Owns what a person may state about it. Must not make a call.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jdy_runtime::PreparedRequest;
use serde_json::value::RawValue;

use crate::entry::Entry;
use crate::report::ReportFact;
use crate::state::State;
use crate::store::StoreError;

/// Whether a line took effect, as stated by a person who has looked it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResolvedAs {
    /// It took effect: it is done.
    Applied,
    /// It did not, and cannot any more: it will be sent.
    Absent,
}

impl ResolvedAs {
    /// `applied` or `absent`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Absent => "absent",
        }
    }

    /// The value with this spelling.
    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Applied, Self::Absent]
            .into_iter()
            .find(|resolved_as| resolved_as.as_str() == text)
    }

    /// Whether a line in this state can be resolved so.
    pub(crate) const fn applies_to(self, state: State) -> bool {
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

    /// The report that the journal keeps of it, beside the time.
    pub(crate) fn report(self, by: &str) -> String {
        // A line break would end the line of the history.
        let by = by.replace(char::is_control, " ");
        format!("{BY_HAND}{} by {by}", self.as_str())
    }
}

/// The report of a manual resolution begins so.
pub(crate) const BY_HAND: &str = "settled by hand as ";

/// A manual resolution of one line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The name of the line ([`Line::name`](crate::Line::name)).
    pub name: String,
    /// Whether it took effect.
    pub resolved_as: ResolvedAs,
    /// Which call of the line was looked up, counted from 1 ([`Entry::sent`](crate::Entry::sent)).
    /// `None` is the only one: a line that was sent more than once is not absent without it, as the
    /// same words, given twice, would send it twice.
    pub of_call: Option<u32>,
    /// The name of the person who states it.
    pub by: String,
}

impl Resolution {
    /// Who stated the same of this line before; `None` if nobody did. Then there is nothing to do:
    /// what it says was carried out.
    pub fn stated_before_by(&self, entry: &Entry) -> Option<String> {
        let before = self.before(entry)?;
        before.is_the_same_as(self, entry).then_some(before.by)
    }

    /// Whether this was the last that a person stated of the line, whatever became of it since: it may
    /// have been sent and be unknown again.
    pub(crate) fn was_stated_of(&self, entry: &Entry) -> bool {
        StatedBefore::of(entry).is_some_and(|before| before.is_the_same_as(self, entry))
    }

    /// What was stated of a line before, where this cannot be carried out any more.
    fn before(&self, entry: &Entry) -> Option<StatedBefore> {
        let is_open = self.resolved_as.applies_to(entry.state);
        (!is_open).then(|| StatedBefore::of(entry)).flatten()
    }

    /// Why it cannot be stated of this line, whatever the time is; `None` if it can, or if the same
    /// was stated before ([`stated_before_by`](Self::stated_before_by)).
    pub(crate) fn refused_for(&self, entry: &Entry) -> Option<String> {
        let Self {
            name, resolved_as, ..
        } = self;
        let (state, sent) = (entry.state, entry.sent);
        if let Some(before) = self.before(entry) {
            return (!before.is_the_same_as(self, entry)).then(|| {
                let StatedBefore { resolved_as, by } = before;
                let as_before = resolved_as.as_str();
                format!("{name:?} was settled already as {as_before}, by {by}, and is {state}")
            });
        }
        if state == State::Applied && *resolved_as == ResolvedAs::Absent {
            return Some(format!(
                "{name:?} is applied: it took effect, and can only be settled as applied"
            ));
        }
        if !resolved_as.applies_to(state) {
            return Some(format!(
                "{name:?} is {state}; only a line that is unknown or applied is settled"
            ));
        }
        // That it took effect is true of the line, whichever call it was.
        let of_call = match resolved_as {
            ResolvedAs::Applied => self.of_call.or(Some(sent)),
            ResolvedAs::Absent => self.of_call,
        };
        let words = format!("{name}={}@{sent}", resolved_as.as_str());
        not_the_last_call(name, sent, of_call, &words)
    }
}

/// Why a statement about this call of a line is none about its last one; `None` if it is. `words` say
/// what is to be stated instead.
pub(crate) fn not_the_last_call(
    name: &str,
    sent: u32,
    of_call: Option<u32>,
    words: &str,
) -> Option<String> {
    let last_call = format!("look up the last call, and say {words}");
    match of_call {
        Some(call) if call != sent => Some(format!(
            "{name:?} was sent {}, and call {call} is not the last one; {last_call}",
            times(sent)
        )),
        None if sent > 1 => Some(format!(
            "{name:?} was sent {sent} times, and what an earlier call came to says nothing of the \
             last one; {last_call}"
        )),
        _ => None,
    }
}

fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

/// Why a line was not resolved. Nothing was written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ResolveError {
    /// Its last call may still take effect. Look it up again after this time.
    TooEarly(Duration),
    /// The line's state does not allow it, or it was sent again ([`StoreError::Conflict`]); or the
    /// store failed.
    Store(StoreError),
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooEarly(wait) => {
                let seconds = wait.as_millis().div_ceil(1000);
                let (minutes, seconds) = (seconds / 60, seconds % 60);
                write!(
                    f,
                    "it is absent only by a look-up {minutes} min {seconds} s from now, or later: its \
                     last call may still take effect"
                )
            }
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ResolveError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::TooEarly(_) => None,
            Self::Store(error) => Some(error),
        }
    }
}

impl From<StoreError> for ResolveError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What a person stated last of a line.
struct StatedBefore {
    resolved_as: ResolvedAs,
    by: String,
}

impl StatedBefore {
    /// As the line's report says it, or its history, if more happened since.
    fn of(entry: &Entry) -> Option<Self> {
        let former = entry.history.lines().rev();
        let former = former.filter_map(|line| Some(line.split_once(' ')?.1.split_once(": ")?.1));
        let mut reports = entry.report.as_deref().into_iter().chain(former);
        reports.find_map(|report| {
            let mut facts = ReportFact::of(report).into_iter();
            facts.find_map(|fact| match fact {
                ReportFact::SettledByHand { resolved_as, by } => Some(Self { resolved_as, by }),
                _ => None,
            })
        })
    }

    /// Whether a resolution states this once more. What was settled as absent and sent again was
    /// settled by an earlier call than the last one.
    fn is_the_same_as(&self, resolution: &Resolution, entry: &Entry) -> bool {
        let is_carried_out = self.resolved_as.state() == entry.state;
        let of_call = resolution.of_call.unwrap_or(match is_carried_out {
            true => entry.sent,
            false => 1,
        });
        self.resolved_as == resolution.resolved_as
            && match self.resolved_as {
                ResolvedAs::Applied => is_carried_out && of_call == entry.sent,
                ResolvedAs::Absent => {
                    of_call < entry.sent || (is_carried_out && of_call == entry.sent)
                }
            }
    }
}

/// Every text at this path of a request: `a`, `a.b`, and the same of each item of a list; empty where
/// a record does not have the field.
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
        (None, Some((outer, inner))) => match record.get(outer) {
            Some(value) => collect(value.get(), inner, found),
            None => found.push(String::new()),
        },
        (None, None) => found.push(String::new()),
    }
}

fn text(json: &str) -> String {
    serde_json::from_str(json).unwrap_or_else(|_| json.to_owned())
}
