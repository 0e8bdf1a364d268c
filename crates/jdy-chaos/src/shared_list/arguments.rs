//! The command line of the run over shared lists.
//!
//! Owns its options and their defaults, and what follows from the number of lines. Must not know
//! what a run does.

use std::str::FromStr;
use std::time::Duration;

use crate::shared_list::sabotage::Sabotage;

/// The option that asks for this run.
pub(crate) const FLEET: &str = "--fleet";

/// The parameters of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) workers: usize,
    pub(crate) lines: u64,
    pub(crate) seed: u64,
    pub(crate) sabotage: Option<Sabotage>,
    /// Measures speed and size instead, without faults.
    pub(crate) measure: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            workers: 12,
            lines: 100_000,
            seed: 1,
            sabotage: None,
            measure: false,
        }
    }
}

/// The lines of each pass that measures.
const MEASURED: u64 = 20_000;

/// A run with fewer lines goes slower, so that there is time to disrupt it.
const SHORT: u64 = 10_000;

impl Plan {
    fn is_short(self) -> bool {
        self.lines < SHORT
    }

    /// How many times as fast the clock of workers and gateway goes.
    pub(crate) fn factor(self) -> u32 {
        if self.is_short() { 60 } else { 30 }
    }

    /// After so long without a word a worker is taken for dead.
    pub(crate) fn lease(self) -> Duration {
        Duration::from_millis(if self.is_short() { 1_500 } else { 3_000 })
    }

    /// How many calls a worker has in flight on each list.
    pub(crate) fn concurrency(self) -> usize {
        if self.is_short() { 3 } else { 8 }
    }

    /// How many lines a worker begins in a minute on each list: a short run takes about so long.
    pub(crate) fn per_minute(self) -> Option<u32> {
        const SECONDS: u64 = 10;
        let shares = 3 * self.workers.max(1) as u64;
        let rate = (self.lines * 60 / SECONDS / shares).max(20);
        self.is_short()
            .then(|| u32::try_from(rate).unwrap_or(u32::MAX))
    }

    /// How often Postgres is killed or stopped.
    pub(crate) fn restarts(self) -> u64 {
        if self.is_short() { 1 } else { 5 }
    }

    /// After so long the run does not end by itself any more, on a busy machine either.
    pub(crate) fn patience(self) -> Duration {
        const LINES_A_SECOND: u64 = 15;
        Duration::from_secs(600 + self.lines / LINES_A_SECOND)
    }

    /// A sabotaged run shows what it has to show in its first rounds.
    pub(crate) fn is_sabotaged_for_long(self, rounds: u64) -> bool {
        self.sabotage.is_some() && rounds >= 2
    }
}

/// Parses what stands beside `--fleet`.
pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Plan, String> {
    let (mut plan, mut lines) = (Plan::default(), None);
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (argument, None),
        };
        let mut value = || value.clone().or_else(|| arguments.next());
        match name.as_str() {
            FLEET => {}
            "--measure" => plan.measure = true,
            "--workers" => plan.workers = number(&name, value())?,
            "--lines" => lines = Some(number(&name, value())?),
            "--seed" => plan.seed = number(&name, value())?,
            "--wrong" => plan.sabotage = Some(value().ok_or("--wrong wants a word")?.parse()?),
            other => return Err(format!("unknown argument {other:?} beside {FLEET}")),
        }
    }
    let default = if plan.measure { MEASURED } else { plan.lines };
    plan.lines = lines.unwrap_or(default);
    if plan.workers == 0 || plan.lines < 3 {
        return Err("a fleet has at least one worker and three lines".to_owned());
    }
    Ok(plan)
}

fn number<T: FromStr>(name: &str, value: Option<String>) -> Result<T, String> {
    let value = value.ok_or_else(|| format!("{name} wants a number"))?;
    let number = value.parse();
    number.map_err(|_| format!("{name} wants a number, got {value:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Plan, String> {
        parse(arguments.iter().map(|&argument| argument.to_owned()))
    }

    #[test]
    fn options_are_read_and_unknown_ones_refused() {
        let plan = Plan {
            workers: 4,
            lines: 300,
            seed: 7,
            sabotage: Some(Sabotage::Replan),
            measure: true,
        };
        let arguments = "--fleet --workers 4 --lines=300 --seed 7 --wrong replan --measure";
        let arguments: Vec<&str> = arguments.split(' ').collect();
        assert_eq!(parsed(&arguments), Ok(plan));
        assert_eq!(parsed(&["--fleet"]), Ok(Plan::default()));
        for refused in [
            &["--fleet", "--calls", "3"][..],
            &["--fleet", "--workers", "0"],
            &["--fleet", "--lines", "2"],
            &["--fleet", "--seed"],
            &["--fleet", "--wrong", "resend"],
        ] {
            assert!(parsed(refused).is_err(), "{refused:?}");
        }
    }
}
