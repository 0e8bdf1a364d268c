//! The lines of a list by their names, and what a person says of them: to send a line again, or how
//! it is resolved.
//!
//! Owns what is valid: all of it, or nothing is done. Must not make a call, nor write a line.

use std::collections::{HashMap, HashSet, VecDeque};

use jdy_runtime::Effect;

use super::{Options, RunError, Task, Todo};
use crate::entry::Entry;
use crate::journal::Journal;
use crate::list::{Line, List, Problem};
use crate::resolution::{Resolution, not_the_last_call};
use crate::state::State;
use crate::store::StoreError;

/// A line of the list with its entry in the journal. Both are in the same order. If blank lines
/// were added or removed, the numbers differ; then the journal's number applies.
pub(super) struct Pair<'a, 'b> {
    pub(super) line: &'a Line,
    pub(super) entry: &'b Entry,
}

impl Pair<'_, '_> {
    pub(super) fn name(&self) -> String {
        let key = self.line.key().map(str::to_owned);
        key.unwrap_or_else(|| self.entry.line.to_string())
    }
}

pub(super) fn pairs<'a, 'b>(
    list: &'a List,
    entries: &'b [Entry],
) -> Result<Vec<Pair<'a, 'b>>, RunError> {
    let (own, kept) = (list.lines().len(), entries.len());
    if own != kept {
        let why = format!("it has {kept} lines, and the list {own}");
        return Err(RunError::store(StoreError::NotAJournal(why)));
    }
    let pairs = list.lines().iter().zip(entries);
    Ok(pairs.map(|(line, entry)| Pair { line, entry }).collect())
}

/// The lines of a list by their names.
struct Names<'a, 'b> {
    pairs: Vec<Pair<'a, 'b>>,
    /// The places of the lines of a name. It is that of two where the key of one is the number of the
    /// other, which has no key.
    places: HashMap<String, Vec<usize>>,
}

/// The lines that a person wants to be sent again, by their numbers, each with the call that was
/// looked up, if the text says it.
type Resent = HashMap<u64, Option<u32>>;

impl<'a, 'b> Names<'a, 'b> {
    fn of(list: &'a List, entries: &'b [Entry]) -> Result<Self, RunError> {
        let pairs = pairs(list, entries)?;
        let mut places: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, pair) in pairs.iter().enumerate() {
            places.entry(pair.name()).or_default().push(place);
        }
        Ok(Self { pairs, places })
    }

    /// The line with this whole name, if there is one.
    fn find(&self, name: &str) -> Result<Option<&Pair<'a, 'b>>, Problem> {
        let places = self.places.get(name).map(Vec::as_slice).unwrap_or_default();
        let mut lines = places.iter().filter_map(|place| self.pairs.get(*place));
        match (lines.next(), lines.next()) {
            (Some(one), Some(other)) => Err(two_lines(name, one.entry.line, other.entry.line)),
            (found, _) => Ok(found),
        }
    }

    /// The entry of the line with this whole name.
    fn entry(&self, name: &str) -> Result<&'b Entry, Problem> {
        let found = self.find(name)?.ok_or_else(|| no_line(name))?;
        Ok(found.entry)
    }

    /// The line that a text names, and with which call: the text is the name of a line, or else its
    /// name and the number of its last call, `R-1@2`.
    fn with_call(&self, text: &str) -> Result<(&'b Entry, Option<u32>), Problem> {
        if let Some(found) = self.find(text)? {
            return Ok((found.entry, None));
        }
        if let Some((name, call)) = text.rsplit_once('@')
            && let Ok(call) = call.parse()
            && let Some(found) = self.find(name)?
        {
            return Ok((found.entry, Some(call)));
        }
        Err(no_line(text))
    }

    /// The lines that these texts name, and what is wrong with the texts. The same text may come
    /// twice.
    fn resent(&self, texts: &[String]) -> (Resent, Vec<Problem>) {
        let (mut resent, mut problems) = (Resent::new(), Vec::new());
        let mut seen = HashSet::new();
        for text in texts.iter().filter(|text| seen.insert(text.as_str())) {
            match self.with_call(text) {
                Ok((entry, of_call)) if resent.insert(entry.line, of_call).is_none() => {}
                Ok((entry, _)) => problems.push(Problem {
                    line: Some(entry.line),
                    what: format!("{text:?} is named twice"),
                }),
                Err(problem) => problems.push(problem),
            }
        }
        (resent, problems)
    }
}

/// Why this line is not sent again; `None` if it is. `of_call` is the call that was looked up.
fn not_again(name: &str, entry: &Entry, of_call: Option<u32>, effect: Effect) -> Option<String> {
    let Entry { state, sent, .. } = entry;
    if *state != State::Unknown {
        return Some(format!(
            "{name:?} is {state}; only a line that is unknown is sent again"
        ));
    }
    // A read may be repeated by the same words however often.
    let is_write = !effect.is_read();
    let words = format!("{name}@{sent}");
    is_write
        .then(|| not_the_last_call(name, *sent, of_call, &words))
        .flatten()
}

/// The lines to send.
pub(super) fn todo<'a>(
    list: &'a List,
    entries: &[Entry],
    resend: &[String],
) -> Result<Todo<'a>, RunError> {
    // The names are not needed if there is nothing to compare them with.
    let (resent, wrong) = match resend.is_empty() {
        true => (Resent::new(), Vec::new()),
        false => Names::of(list, entries)?.resent(resend),
    };
    let (mut todo, mut problems) = (VecDeque::new(), Vec::new());
    let effect = list.info().effect;
    for pair in pairs(list, entries)? {
        let Pair { line, entry } = pair;
        let named = resent.get(&entry.line);
        let refused = named.and_then(|of_call| not_again(&pair.name(), entry, *of_call, effect));
        problems.extend(refused.map(|what| Problem {
            line: Some(entry.line),
            what,
        }));
        if named.is_some() || entry.state.is_sent_again(effect) {
            todo.push_back(Task::of(line, entry));
        }
    }
    problems.extend(wrong);
    match problems.is_empty() {
        true => Ok(todo),
        false => Err(RunError::Named(problems)),
    }
}

fn two_lines(name: &str, one: u64, other: u64) -> Problem {
    Problem {
        line: None,
        what: format!(
            "{name:?} is the name of two lines, {one} and {other}: the key of one is the number of \
             the other, which has no key; look the lines up by a reconciliation"
        ),
    }
}

fn no_line(name: &str) -> Problem {
    Problem {
        line: None,
        what: format!("no line of the list is called {name:?}"),
    }
}

/// The manual resolutions with their lines, if all of them are valid, without those that were carried
/// out by an earlier run.
pub(super) fn resolvable<'a>(
    journal: &Journal,
    list: &List,
    entries: &'a [Entry],
    options: &'a Options,
) -> Result<Vec<(&'a Entry, &'a Resolution)>, RunError> {
    // The lines to send again must be valid as well before anything is written.
    todo(list, entries, &options.resend)?;
    let names = Names::of(list, entries)?;
    let mut named: HashSet<u64> = names.resent(&options.resend).0.into_keys().collect();
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for resolution in &options.resolutions {
        let name = &resolution.name;
        let entry = match names.entry(name) {
            Ok(entry) => entry,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        let refused = match named.insert(entry.line) {
            true => journal.refuses(resolution, entry),
            false => Some(format!("{name:?} is named twice")),
        };
        match refused {
            Some(what) => problems.push(Problem {
                line: Some(entry.line),
                what,
            }),
            None if resolution.stated_before_by(entry).is_none() => {
                found.push((entry, resolution));
            }
            None => {}
        }
    }
    match problems.is_empty() {
        true => Ok(found),
        false => Err(RunError::Named(problems)),
    }
}

/// The options without the statements that were carried out already in this run, in which a person
/// named these lines: all workers of a run are given the same words. Another statement about such a
/// line stays.
pub(super) fn without_done(
    options: &Options,
    list: &List,
    entries: &[Entry],
    named: &[u64],
) -> Result<Options, RunError> {
    let mut own = options.clone();
    if named.is_empty() {
        return Ok(own);
    }
    let names = Names::of(list, entries)?;
    let is_named = |entry: &Entry| named.contains(&entry.line);
    own.resend.retain(|text| {
        let found = names.with_call(text);
        !found.is_ok_and(|(entry, of_call)| is_named(entry) && was_sent_again(entry, of_call))
    });
    own.resolutions.retain(|resolution| {
        let found = names.entry(&resolution.name);
        !found.is_ok_and(|entry| is_named(entry) && resolution.was_stated_of(entry))
    });
    Ok(own)
}

/// Whether the call that was looked up was followed by another one, of a line that was sent again
/// although it was unknown. Without a number it is the only call.
fn was_sent_again(entry: &Entry, of_call: Option<u32>) -> bool {
    entry.resent > 0 && of_call.unwrap_or(1) < entry.sent
}
