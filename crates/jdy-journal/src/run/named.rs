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

/// The lines that a person wants to be sent again, by their names.
///
/// A text is the name of a line, or its name and the number of its last call: `R-1@2`.
struct Resent<'a> {
    texts: HashSet<&'a str>,
    /// The texts that may end with a call, by what stands before it.
    of_calls: HashMap<&'a str, (&'a str, u32)>,
}

impl<'a> Resent<'a> {
    fn new(texts: &'a [String]) -> Self {
        let texts = texts.iter().map(String::as_str);
        let split = |text: &'a str| {
            let (name, call) = text.rsplit_once('@')?;
            Some((name, (text, call.parse().ok()?)))
        };
        Self {
            of_calls: texts.clone().filter_map(split).collect(),
            texts: texts.collect(),
        }
    }

    /// Takes the text that names this line: with which call, if it says so. A line whose whole name
    /// was given is not one with a call.
    fn take(&mut self, name: &str) -> Option<Option<u32>> {
        if self.texts.is_empty() {
            return None;
        }
        if self.texts.remove(name) {
            return Some(None);
        }
        let (text, call) = self.of_calls.get(name)?;
        self.texts.remove(text).then_some(Some(*call))
    }

    /// Those that name no line.
    fn left(self) -> Vec<&'a str> {
        let mut left: Vec<&str> = self.texts.into_iter().collect();
        left.sort_unstable();
        left
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
    let mut resent = Resent::new(resend);
    let (mut todo, mut problems) = (VecDeque::new(), Vec::new());
    let effect = list.info().effect;
    for Pair { line, entry } in pairs(list, entries)? {
        // Skip building the names if there is nothing to compare them with.
        let named = match resend.is_empty() {
            true => None,
            false => {
                let name = Pair { line, entry }.name();
                resent.take(&name).map(|of_call| (name, of_call))
            }
        };
        let is_named = named.is_some();
        let refused = named.and_then(|(name, of_call)| not_again(&name, entry, of_call, effect));
        problems.extend(refused.map(|what| Problem {
            line: Some(entry.line),
            what,
        }));
        if is_named || entry.state.is_sent_again(effect) {
            todo.push_back(Task::of(line, entry));
        }
    }
    problems.extend(resent.left().into_iter().map(no_line));
    match problems.is_empty() {
        true => Ok(todo),
        false => Err(RunError::Named(problems)),
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
    let mut resent = Resent::new(&options.resend);
    let mut named = HashSet::new();
    let mut lines = HashMap::new();
    for pair in pairs(list, entries)? {
        let name = pair.name();
        if resent.take(&name).is_some() {
            named.insert(name.clone());
        }
        lines.insert(name, pair.entry);
    }
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for resolution in &options.resolutions {
        let name = &resolution.name;
        let Some(entry) = lines.get(name).copied() else {
            problems.push(no_line(name));
            continue;
        };
        let refused = match named.insert(name.clone()) {
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

/// The options without the statements about these lines.
pub(super) fn without(
    options: &Options,
    list: &List,
    entries: &[Entry],
    done: &HashSet<u64>,
) -> Result<Options, RunError> {
    let mut own = options.clone();
    if !done.is_empty() {
        let pairs = pairs(list, entries)?;
        let done = pairs.iter().filter(|pair| done.contains(&pair.entry.line));
        let done: HashSet<String> = done.map(Pair::name).collect();
        let is_done = |text: &String| {
            let name = text.rsplit_once('@').map(|(name, _)| name);
            done.contains(text) || name.is_some_and(|name| done.contains(name))
        };
        own.resend.retain(|text| !is_done(text));
        own.resolutions
            .retain(|resolution| !done.contains(&resolution.name));
    }
    Ok(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_names_a_line_or_a_line_and_its_call() {
        let texts = ["R-1", "R-2@2", "a@b", "c@3", "c@3@2"].map(str::to_owned);
        let mut resent = Resent::new(&texts);
        assert_eq!(resent.take("R-1"), Some(None));
        assert_eq!(resent.take("R-1"), None);
        assert_eq!(resent.take("R-2"), Some(Some(2)));
        assert_eq!(resent.take("a"), None);
        assert_eq!(resent.take("a@b"), Some(None));
        // Its whole name was given as well.
        assert_eq!(resent.take("c@3"), Some(None));
        assert_eq!(resent.left(), ["c@3@2"]);
    }
}
