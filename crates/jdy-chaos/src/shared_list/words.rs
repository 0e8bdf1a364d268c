//! What a worker says, one line each on its standard output.
//!
//! Owns the form of each line. A line that is cut off by a kill is ignored. Must not know what
//! follows from it.

use std::io::Write as _;

use jdy_journal::{Counts, State};

/// A line of output, besides those of [`crate::protocol`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// The run over a list ended.
    Ended(Summary),
    /// The run over a list failed, for this reason.
    Failed(String, String),
    /// The outcome of a call that the journal did not take.
    Unrecorded(String, State),
}

/// What a worker says of a list at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) list: String,
    /// How many lines are in each state, in the order of [`State::ALL`].
    pub(crate) counts: [u64; State::ALL.len()],
    /// How many calls this worker made.
    pub(crate) made: u64,
    /// Why it ended early.
    pub(crate) stopped: Option<String>,
}

impl Summary {
    pub(crate) fn of(&self, state: State) -> u64 {
        let at = State::ALL.iter().position(|own| *own == state);
        at.and_then(|at| self.counts.get(at))
            .copied()
            .unwrap_or_default()
    }
}

/// The counts in the order of [`State::ALL`].
pub(crate) fn in_order(counts: &Counts) -> [u64; State::ALL.len()] {
    State::ALL.map(|state| counts.of(state))
}

/// One word of a name: lists have names of several.
fn one_word(text: &str) -> String {
    text.replace(char::is_whitespace, "_")
}

/// Prints a word. The process exits when nobody reads its output.
pub(crate) fn say(word: &Word) {
    let line = match word {
        Word::Ended(summary) => {
            let counts = summary.counts.map(|count| count.to_string()).join(" ");
            let stopped = summary.stopped.as_deref().unwrap_or("-");
            let (list, made) = (one_word(&summary.list), summary.made);
            format!(
                "list-ended {list} {counts} {made} {} .\n",
                one_word(stopped)
            )
        }
        Word::Failed(list, why) => {
            format!("list-failed {} {} .\n", one_word(list), one_word(why))
        }
        Word::Unrecorded(key, state) => format!("unrecorded {key} {state} .\n"),
    };
    let mut out = std::io::stdout().lock();
    if out.write_all(line.as_bytes()).is_err() || out.flush().is_err() {
        std::process::exit(1);
    }
}

/// Parses a word; `None` for one that was cut off, or another line.
pub(crate) fn parse(line: &str) -> Option<Word> {
    let mut words = line.strip_suffix(" .")?.split(' ');
    let (kind, first) = (words.next()?, words.next()?.to_owned());
    Some(match kind {
        "list-ended" => {
            let mut counts = [0; State::ALL.len()];
            for count in &mut counts {
                *count = words.next()?.parse().ok()?;
            }
            let made = words.next()?.parse().ok()?;
            let stopped = words.next()?.to_owned();
            Word::Ended(Summary {
                list: first.replace('_', " "),
                counts,
                made,
                stopped: (stopped != "-").then_some(stopped),
            })
        }
        "list-failed" => Word::Failed(first, words.next()?.replace('_', " ")),
        "unrecorded" => Word::Unrecorded(first, State::from_text(words.next()?)?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parsed_and_broken_ones_are_not() {
        let ended = Word::Ended(Summary {
            list: "outbound orders".to_owned(),
            counts: [0, 0, 3, 0, 0, 1, 0],
            made: 4,
            stopped: None,
        });
        assert_eq!(
            parse("list-ended outbound_orders 0 0 3 0 0 1 0 4 - ."),
            Some(ended)
        );
        assert_eq!(
            parse("list-failed recharges the_lease_ended ."),
            Some(Word::Failed(
                "recharges".to_owned(),
                "the lease ended".to_owned()
            ))
        );
        assert_eq!(
            parse("unrecorded R-1 done ."),
            Some(Word::Unrecorded("R-1".to_owned(), State::Done))
        );
        for broken in [
            "list-ended a 0 0 3 0 0 1 0 4 -",
            "unrecorded R-1 .",
            "late R-1 .",
        ] {
            assert_eq!(parse(broken), None, "{broken:?}");
        }
    }
}
