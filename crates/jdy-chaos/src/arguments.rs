//! The command line of the run, and of the client processes that it starts.
//!
//! Owns the options, their defaults and the errors of wrong usage. Must not know what a role does.

use std::path::PathBuf;
use std::str::FromStr;

use crate::sabotage::Sabotage;
use crate::shared_list::{self, arguments::FLEET, worker::WORKER};
use crate::work::Mode;

/// The usage text.
pub(crate) const USAGE: &str = "\
Usage: jdy-chaos [--calls N] [--seed S] [--wrong HOW]

  --calls N    number of recharges and documents, 1 or more; default 100000
  --seed S     seed of lists, faults and kills; default 1
  --wrong HOW  clients misbehave on purpose, and the run must fail. Clients
               without a journal: resend, deny, claim, forget, doubt, shirk;
               others: stray, double, share, renew, glance, blame;
               clients of documents: hasty, skim

       jdy-chaos --fleet [--workers N] [--lines N] [--seed S] [--wrong HOW] [--measure]

  --fleet      workers share lists in one Postgres, which is killed as well
  --workers N  number of worker processes, 1 or more; default 12
  --lines N    number of lines of all lists, 3 or more; default 100000
  --wrong HOW  a worker misbehaves: replan, unfenced
  --measure    measures speed and size, without faults";

/// What this process is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Help,
    /// Runs the gateways, starts and kills the clients, and compares.
    Coordinator(Plan),
    /// Runs workers over shared lists, and compares.
    SharedLists(shared_list::arguments::Plan),
    /// Works through shared lists.
    Worker(Box<shared_list::worker::Task>),
    /// Makes calls.
    Client(Task),
}

/// The parameters of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) calls: u64,
    pub(crate) seed: u64,
    pub(crate) sabotage: Option<Sabotage>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            calls: 100_000,
            seed: 1,
            sabotage: None,
        }
    }
}

/// The task of a client process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) mode: Mode,
    pub(crate) turn: Turn,
    /// The list's file.
    pub(crate) list: PathBuf,
    /// Its journal; a client without one makes plain calls.
    pub(crate) journal: Option<PathBuf>,
    pub(crate) seed: u64,
}

/// Whether another process has the client's journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The client's own process.
    Own,
    /// A second process, started while the first one works. It does not wait for the journal.
    Second,
}

/// The first argument of a client process.
pub(crate) const CLIENT: &str = "client";
const OWN: &str = "own";
const SECOND: &str = "second";

pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Role, String> {
    let arguments: Vec<String> = arguments.collect();
    if arguments.iter().any(|argument| argument == FLEET) {
        return shared_list::arguments::parse(arguments.into_iter()).map(Role::SharedLists);
    }
    let mut arguments = arguments.into_iter().peekable();
    if arguments.peek().is_some_and(|first| first == WORKER) {
        let task = shared_list::worker::parse(arguments.skip(1))?;
        return Ok(Role::Worker(Box::new(task)));
    }
    if arguments.peek().is_some_and(|first| first == CLIENT) {
        return client(arguments.skip(1));
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
                plan.sabotage = Some(how.ok_or("--wrong wants a word")?.parse()?);
            }
            "--help" | "-h" => return Ok(Role::Help),
            other => return Err(format!("unknown argument {other:?}")),
        }
    }
    Ok(Role::Coordinator(plan))
}

fn number<T: FromStr>(name: &str, value: Option<String>) -> Result<T, String> {
    let value = value.ok_or_else(|| format!("{name} wants a number"))?;
    value
        .parse()
        .map_err(|_| format!("{name} wants a number, got {value:?}"))
}

fn client(mut arguments: impl Iterator<Item = String>) -> Result<Role, String> {
    let wanted = "a client wants MODE TURN SEED LIST [JOURNAL]";
    let mode = arguments.next().ok_or(wanted)?.parse()?;
    let turn = match arguments.next().as_deref() {
        Some(OWN) => Turn::Own,
        Some(SECOND) => Turn::Second,
        _ => return Err(wanted.to_owned()),
    };
    let seed = number("SEED", arguments.next())?;
    let list = arguments.next().ok_or(wanted)?.into();
    let journal = arguments.next().map(PathBuf::from);
    Ok(Role::Client(Task {
        mode,
        turn,
        list,
        journal,
        seed,
    }))
}

impl Task {
    /// The arguments that [`parse`] reads.
    pub(crate) fn to_arguments(&self) -> Vec<std::ffi::OsString> {
        let turn = match self.turn {
            Turn::Own => OWN,
            Turn::Second => SECOND,
        };
        let mut arguments = vec![
            CLIENT.into(),
            self.mode.to_string().into(),
            turn.into(),
            self.seed.to_string().into(),
            self.list.clone().into(),
        ];
        arguments.extend(self.journal.clone().map(Into::into));
        arguments
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Role, String> {
        parse(arguments.iter().map(|&argument| argument.to_owned()))
    }

    #[test]
    fn calls_and_seed_are_numbers_and_unknown_arguments_are_refused() {
        assert_eq!(parsed(&[]), Ok(Role::Coordinator(Plan::default())));
        let plan = Plan {
            calls: 3_000,
            seed: 7,
            sabotage: Some(Sabotage::Deny),
        };
        assert_eq!(
            parsed(&["--calls", "3000", "--seed=7", "--wrong", "deny"]),
            Ok(Role::Coordinator(plan))
        );
        for refused in [
            &["--calls"][..],
            &["--calls", "many"],
            &["--calls", "0"],
            &["--seed", "-1"],
            &["--cals", "3000"],
            &["--wrong"],
            &["--wrong", "right"],
            &["3000"],
        ] {
            assert!(parsed(refused).is_err(), "{refused:?}");
        }
    }

    #[test]
    fn a_task_is_parsed_as_it_was_written() {
        let plain = (Mode::Plain, Turn::Own, None);
        let second = (Mode::LookUp, Turn::Second, Some(PathBuf::from("b")));
        for (mode, turn, journal) in [plain, second] {
            let task = Task {
                mode,
                turn,
                list: "a".into(),
                journal,
                seed: 3,
            };
            let arguments = task.to_arguments().into_iter();
            let arguments = arguments.map(|argument| argument.into_string().unwrap());
            assert_eq!(parse(arguments), Ok(Role::Client(task)));
        }
    }
}
