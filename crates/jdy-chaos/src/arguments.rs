//! The command line, of the run and of the processes that it starts.

use std::path::PathBuf;
use std::str::FromStr;

use crate::asked::Manner;
use crate::wrong::Wrong;

/// How to ask.
pub(crate) const USAGE: &str = "\
Usage: jdy-chaos [--calls N] [--seed S] [--wrong HOW]

  --calls N    how many recharges are asked for, 1 or more; 100000 unless given
  --seed S     what lists, faults and kills come from; 1 unless given
  --wrong HOW  clients do wrong on purpose, and the run must fail. The plain ones:
               resend, deny, claim, forget, doubt, shirk; the others: stray,
               double, share, renew, glance";

/// What this process is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Help,
    /// It has the gateway, starts the others, kills them, and judges.
    Coordinator(Plan),
    /// It makes calls.
    Member(Orders),
}

/// What is asked of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) calls: u64,
    pub(crate) seed: u64,
    pub(crate) wrong: Option<Wrong>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            calls: 100_000,
            seed: 1,
            wrong: None,
        }
    }
}

/// What a client process has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Orders {
    pub(crate) manner: Manner,
    pub(crate) turn: Turn,
    /// The list's file.
    pub(crate) list: PathBuf,
    /// Its journal; a client without one makes plain calls.
    pub(crate) journal: Option<PathBuf>,
    pub(crate) seed: u64,
}

/// Whether someone else has the client's journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It is the client's own process.
    Own,
    /// It comes while that one is at work. It is told so only that it does not wait.
    Second,
}

/// The word by which the run calls itself for a client process.
pub(crate) const MEMBER: &str = "member";
const OWN: &str = "own";
const SECOND: &str = "second";

pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Role, String> {
    let mut arguments = arguments.peekable();
    if arguments.peek().is_some_and(|first| first == MEMBER) {
        return member(arguments.skip(1));
    }
    let mut plan = Plan::default();
    while let Some(argument) = arguments.next() {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (argument, None),
        };
        match name.as_str() {
            "--calls" => {
                plan.calls = number(&name, value.or_else(|| arguments.next()))?;
                if plan.calls == 0 {
                    return Err("--calls wants a number above zero".to_owned());
                }
            }
            "--seed" => plan.seed = number(&name, value.or_else(|| arguments.next()))?,
            "--wrong" => {
                let how = value.or_else(|| arguments.next());
                plan.wrong = Some(how.ok_or("--wrong wants a word")?.parse()?);
            }
            "--help" | "-h" => return Ok(Role::Help),
            other => return Err(format!("there is no {other:?}")),
        }
    }
    Ok(Role::Coordinator(plan))
}

fn number<T: FromStr>(name: &str, value: Option<String>) -> Result<T, String> {
    let value = value.ok_or_else(|| format!("{name} wants a number"))?;
    value
        .parse()
        .map_err(|_| format!("{name} wants a number, and {value:?} is none"))
}

fn member(mut arguments: impl Iterator<Item = String>) -> Result<Role, String> {
    let wanted = "a member wants MANNER TURN SEED LIST [JOURNAL]";
    let manner = arguments.next().ok_or(wanted)?.parse()?;
    let turn = match arguments.next().as_deref() {
        Some(OWN) => Turn::Own,
        Some(SECOND) => Turn::Second,
        _ => return Err(wanted.to_owned()),
    };
    let seed = number("SEED", arguments.next())?;
    let list = arguments.next().ok_or(wanted)?.into();
    let journal = arguments.next().map(PathBuf::from);
    Ok(Role::Member(Orders {
        manner,
        turn,
        list,
        journal,
        seed,
    }))
}

impl Orders {
    /// The words that [`parse`] reads.
    pub(crate) fn words(&self) -> Vec<std::ffi::OsString> {
        let turn = match self.turn {
            Turn::Own => OWN,
            Turn::Second => SECOND,
        };
        let mut words = vec![
            MEMBER.into(),
            self.manner.to_string().into(),
            turn.into(),
            self.seed.to_string().into(),
            self.list.clone().into(),
        ];
        words.extend(self.journal.clone().map(Into::into));
        words
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn asked(words: &[&str]) -> Result<Role, String> {
        parse(words.iter().map(|word| (*word).to_owned()))
    }

    #[test]
    fn calls_and_seed_are_numbers_and_nothing_else_is_taken() {
        assert_eq!(asked(&[]), Ok(Role::Coordinator(Plan::default())));
        let plan = Plan {
            calls: 3_000,
            seed: 7,
            wrong: Some(Wrong::Deny),
        };
        assert_eq!(
            asked(&["--calls", "3000", "--seed=7", "--wrong", "deny"]),
            Ok(Role::Coordinator(plan))
        );
        for wrong in [
            &["--calls"][..],
            &["--calls", "many"],
            &["--calls", "0"],
            &["--seed", "-1"],
            &["--cals", "3000"],
            &["--wrong"],
            &["--wrong", "right"],
            &["3000"],
        ] {
            assert!(asked(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn orders_are_read_as_they_were_written() {
        let plain = (Manner::Plain, Turn::Own, None);
        let second = (Manner::LookUp, Turn::Second, Some(PathBuf::from("b")));
        for (manner, turn, journal) in [plain, second] {
            let orders = Orders {
                manner,
                turn,
                list: "a".into(),
                journal,
                seed: 3,
            };
            let words = orders.words().into_iter();
            let words = words.map(|word| word.into_string().unwrap());
            assert_eq!(parse(words), Ok(Role::Member(orders)));
        }
    }
}
