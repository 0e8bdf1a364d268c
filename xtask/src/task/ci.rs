//! `ci`: everything that must pass. What fails soonest comes first, and what only compiles comes last,
//! beside the tests that mostly wait.
//!
//! Owns the steps. Must not know what a step does.

mod package;

use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Instant;

use jdy_codegen::render;

use super::{Refused, TaskResult, deny, print, workspace};

/// A step: its command, and what it needs in the environment.
struct Step {
    program: &'static str,
    arguments: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
}

const fn cargo(arguments: &'static [&'static str]) -> Step {
    Step {
        program: "cargo",
        arguments,
        environment: &[],
    }
}

/// What takes seconds, and the build of the tests.
static FIRST: &[Step] = &[
    cargo(&["fmt", "--all", "--check"]),
    cargo(&["xtask", "lint"]),
    cargo(&["xtask", "gen", "--check"]),
    cargo(&["xtask", "tidy"]),
    cargo(&["test", "--workspace", "--all-features", "--no-run"]),
];

/// The tests in three rows that run beside each other: `fleet`, `file` and `journal` mostly wait for
/// servers and for clocks, the others mostly compute. The rows differ by how the name of a test's
/// program begins, so that a new one is in one of them. A run tells all that fails.
static WAITING: [Step; 2] = [
    cargo(&[
        "test",
        "--workspace",
        "--all-features",
        "--no-fail-fast",
        "--test",
        "f*",
    ]),
    // More of them at once than there are processors: they wait for servers.
    Step {
        environment: &[("RUST_TEST_THREADS", "4")],
        ..cargo(&[
            "test",
            "--workspace",
            "--all-features",
            "--no-fail-fast",
            "--test",
            "j*",
        ])
    },
];
static COMPUTING: [Step; 2] = [
    // Some of them start processes and wait for them: two at once leave half of two processors idle.
    Step {
        environment: &[("RUST_TEST_THREADS", "3")],
        ..cargo(&[
            "test",
            "--workspace",
            "--all-features",
            "--no-fail-fast",
            "--lib",
            "--bins",
            "--examples",
            "--test",
            "[!fj]*",
        ])
    },
    // The examples in documentation, of which alone the name says a line. `--doc` would also take
    // those of packages that have them compiled otherwise (`doctest = false`).
    cargo(&["test", "--workspace", "--all-features", "--", "(line"]),
];

/// What only compiles.
static CHECKS: &[Step] = &[
    cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "-D",
        "warnings",
    ]),
    // Documents all libraries, too, with a warning as an error.
    cargo(&["xtask", "api"]),
    // The tests build everything with all features; its user has those that are the default.
    cargo(&["check", "--quiet", "--example", "recharge"]),
    cargo(&[
        "clippy",
        "--quiet",
        "--package",
        "jdy-journal",
        "--package",
        "jdy-runtime",
        "--",
        "-D",
        "warnings",
    ]),
];

/// One module's feature alone, whose name follows.
static ALONE: Step = cargo(&[
    "check",
    "--quiet",
    "--package",
    "jdy",
    "--no-default-features",
    "--features",
]);

/// Runs all steps; starts no further one when one has failed.
///
/// # Errors
/// What was wrong was printed.
pub fn run() -> TaskResult {
    let folder = workspace();
    let begin = Instant::now();
    let mut skipped: Vec<String> = package::ALL
        .into_iter()
        .filter_map(package::provide)
        .collect();
    match checked(&folder) {
        Ok(unchecked) => skipped.extend(unchecked),
        Err(why) => {
            eprintln!("==> {why}");
            return Err(Refused);
        }
    }
    println!("==> all steps ok, {:.1} s", begin.elapsed().as_secs_f64());
    for skipped in skipped {
        println!("==> but {skipped}");
    }
    Ok(())
}

/// Runs the steps. Returns what was not checked; an error says what failed.
fn checked(folder: &Path) -> Result<Option<String>, String> {
    for step in FIRST {
        step.run(folder)?;
    }
    let (others, waiting) = std::thread::scope(|scope| {
        let waiting = WAITING
            .each_ref()
            .map(|step| scope.spawn(|| step.run_aside(Priority::Same, None, folder)));
        // Not beside the computing tests: some of them build, and would wait for what the compiler
        // does here.
        let tests = COMPUTING.iter().try_for_each(|step| step.run(folder));
        let others = tests.and_then(|()| checks(folder));
        (others, waiting.map(std::thread::ScopedJoinHandle::join))
    });
    others?;
    for waited in waiting {
        waited.map_err(|_| "the waiting tests panicked".to_owned())??;
    }
    deny::check_if_there(folder)
}

/// Runs what needs no quiet machine, one after the other.
fn checks(folder: &Path) -> Result<(), String> {
    let alone = modules(folder).into_iter().map(|name| (&ALONE, Some(name)));
    let steps = CHECKS.iter().map(|step| (step, None)).chain(alone);
    for (step, last) in steps {
        step.run_aside(Priority::Last, last.as_deref(), folder)?;
    }
    Ok(())
}

/// Each module's feature alone: one that needs another would only be found by its users.
fn modules(folder: &Path) -> Vec<String> {
    let manifest = std::fs::read_to_string(folder.join("crates/jdy/Cargo.toml"));
    let manifest = manifest.unwrap_or_default();
    render::modules(&manifest)
        .into_iter()
        .map(str::to_owned)
        .collect()
}

/// When a step gets the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Priority {
    /// Like everything else.
    Same,
    /// Behind everything else that wants it.
    Last,
}

impl Priority {
    fn command(self, program: &str) -> Command {
        if self == Self::Same || !cfg!(unix) {
            return Command::new(program);
        }
        let mut command = Command::new("nice");
        command.args(["-n", "19", program]);
        command
    }
}

impl Step {
    /// Runs the step; how it failed, where it did.
    fn run(&self, folder: &Path) -> Result<(), String> {
        let mut command = Command::new(self.program);
        self.prepare(&mut command, None, folder);
        let shown = self.shown(None);
        println!("==> {shown}");
        let start = Instant::now();
        ended(&shown, start, command.status())
    }

    /// Runs the step beside others, and prints what it said when it has ended.
    fn run_aside(
        &self,
        priority: Priority,
        last: Option<&str>,
        folder: &Path,
    ) -> Result<(), String> {
        let mut command = priority.command(self.program);
        self.prepare(&mut command, last, folder);
        let shown = self.shown(last);
        println!("==> beside the tests: {shown}");
        let start = Instant::now();
        let output = command.output();
        if let Ok(output) = &output {
            print(&String::from_utf8_lossy(&output.stdout));
            eprint!("{}", String::from_utf8_lossy(&output.stderr));
        }
        ended(&shown, start, output.map(|output| output.status))
    }

    fn prepare(&self, command: &mut Command, last: Option<&str>, folder: &Path) {
        jdy_cargo::without_package(command);
        command
            .args(self.arguments)
            .args(last)
            .envs(self.environment.iter().copied())
            .current_dir(folder);
    }

    fn shown(&self, last: Option<&str>) -> String {
        let words = self.arguments.iter().copied().chain(last);
        let words: Vec<&str> = [self.program].into_iter().chain(words).collect();
        words.join(" ")
    }
}

/// Says how a step ended.
fn ended(shown: &str, start: Instant, status: io::Result<ExitStatus>) -> Result<(), String> {
    let seconds = start.elapsed().as_secs_f64();
    match status {
        Ok(status) if status.success() => {
            println!("==> {shown}: ok, {seconds:.1} s");
            Ok(())
        }
        Ok(status) => Err(format!("{shown}: failed ({status}), {seconds:.1} s")),
        Err(error) => Err(format!("{shown}: cannot be started: {error}")),
    }
}
