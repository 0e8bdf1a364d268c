//! What a command takes: the time that passes, the processor time of it and of all that it starts,
//! and the most memory that they hold at once.
//!
//! Owns how that is measured, from Linux; elsewhere processor time and memory are 0. Must not know
//! what is run.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::Failure;

/// How often a running command is looked at.
const LOOK: Duration = Duration::from_millis(10);
/// The length of the unit in which Linux counts the processor time of a process.
const TICK: Duration = Duration::from_millis(10);
/// How a line that tells of an error begins, in rustc and in the generators of others.
const ERRORS: [&str; 4] = ["error", "Error", "Exception", "gen fail"];
/// How much of such a line is kept.
const LONGEST: usize = 200;
/// Where the ticks of the ended children stand in `/proc/self/stat`, counted behind the name.
const CHILDREN_USER: usize = 13;
const CHILDREN_SYSTEM: usize = 14;

/// What a command took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    /// The time that passed.
    pub(crate) wall: Duration,
    /// The time on processors, by the command and by all that it waited for.
    pub(crate) cpu: Duration,
    /// The most memory that its processes held at once, in bytes.
    pub(crate) peak: u64,
}

impl Cost {
    /// The median of each figure; of the memory the most.
    pub(crate) fn median(all: &[Self]) -> Self {
        let of = |part: fn(&Self) -> Duration| {
            crate::median(&mut all.iter().map(part).collect::<Vec<_>>())
        };
        Self {
            wall: of(|cost| cost.wall),
            cpu: of(|cost| cost.cpu),
            peak: all.iter().map(|cost| cost.peak).max().unwrap_or_default(),
        }
    }

    /// The figures as cells of a table: processor time, time that passed, memory.
    pub(crate) fn cells(&self) -> String {
        format!(
            "{:.2} s | {:.2} s | {:.0} MB",
            self.cpu.as_secs_f64(),
            self.wall.as_secs_f64(),
            self.peak as f64 / 1e6
        )
    }
}

/// Runs a command to its end. What it prints goes to a file, whose last words are in the error.
pub(crate) fn of(command: &mut Command, log: &Path) -> Result<Cost, Failure> {
    let output = File::create(log)?;
    command.stdout(output.try_clone()?).stderr(output);
    let (start, before) = (Instant::now(), used_by_children());
    let mut child = command.spawn()?;
    let peak = watch(&mut child)?;
    let wall = start.elapsed();
    let status = child.wait()?;
    let cpu = used_by_children().saturating_sub(before);
    match status.success() {
        true => Ok(Cost { wall, cpu, peak }),
        false => Err(format!("{status}: {}", last_words(log)).into()),
    }
}

/// The first line of a log that tells of an error, or its last line.
fn last_words(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let tells = |line: &&str| ERRORS.iter().any(|word| line.starts_with(word));
    let line = lines.clone().find(tells).or(lines.next_back());
    line.unwrap_or_default().chars().take(LONGEST).collect()
}

/// The processor time of the children of this process that have ended, and of theirs.
fn used_by_children() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = ticks_of_children(&text).unwrap_or_default();
    TICK.saturating_mul(ticks)
}

fn ticks_of_children(stat: &str) -> Option<u32> {
    // The name stands in parentheses and may hold anything.
    let (_, figures) = stat.rsplit_once(')')?;
    let figures: Vec<&str> = figures.split_whitespace().collect();
    let figure = |at: usize| figures.get(at)?.parse::<u32>().ok();
    Some(figure(CHILDREN_USER)? + figure(CHILDREN_SYSTEM)?)
}

/// Looks at a process until it ends.
fn watch(child: &mut Child) -> Result<u64, Failure> {
    let mut peak = 0;
    while child.try_wait()?.is_none() {
        peak = peak.max(held(child.id()));
        std::thread::sleep(LOOK);
    }
    Ok(peak)
}

/// The memory that a process and all below it hold, in bytes.
fn held(process: u32) -> u64 {
    let folder = format!("/proc/{process}");
    let status = std::fs::read_to_string(format!("{folder}/status")).unwrap_or_default();
    let of_tasks = std::fs::read_dir(format!("{folder}/task"))
        .into_iter()
        .flatten();
    let below = of_tasks.flatten().map(|task| {
        let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        let children = children.split_whitespace().flat_map(str::parse);
        children.map(held).sum::<u64>()
    });
    resident(&status).unwrap_or_default() + below.sum::<u64>()
}

/// The resident memory that a `/proc/PID/status` tells, in bytes.
pub(crate) fn resident(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_time_of_children_is_read_behind_a_name_with_spaces_and_parentheses() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 900 800 0 0 11 12 130 14 20 0 1 0 99 0 0";
        assert_eq!(ticks_of_children(stat), Some(144));
    }

    #[test]
    fn a_command_that_fails_is_an_error_with_its_own_words() {
        let log = std::env::temp_dir().join(format!("jdy-bench-{}.log", std::process::id()));
        let mut command = Command::new("sh");
        command.args(["-c", "echo one; echo error: two; echo three; exit 3"]);
        let words = of(&mut command, &log).err().map(|error| error.to_string());
        let _ = std::fs::remove_file(log);
        assert!(words.is_some_and(|words| words.ends_with("error: two")));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_work_of_a_grandchild_counts() {
        let log = std::env::temp_dir().join(format!("jdy-bench-cpu-{}.log", std::process::id()));
        let mut command = Command::new("sh");
        let work = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
        command.args(["-c", &format!("sh -c '{work}'; true")]);
        let cost = of(&mut command, &log);
        let _ = std::fs::remove_file(log);
        assert!(cost.is_ok_and(|cost| cost.cpu > Duration::ZERO && cost.peak > 0));
    }
}
