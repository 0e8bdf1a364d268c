//! Measures the SDK beside what one would write without it, both in one run, in turns.
//!
//! `cargo run --release -p jdy-bench -- call`. It prints medians and ratios and judges nothing:
//! machines are noisy, so look at the ratio. `.. -- build` measures how long the generated crates take
//! to build, `.. -- generators` other generators on the same spec, `.. -- peers` other decoders and
//! the size and start of a program, `.. -- memory` what account sets and decoded answers hold,
//! `.. -- own` what it costs that a call which moves money has a connection of its own.
//!
//! Owns the command line and how medians are taken. Must not know what is measured.
#![allow(
    clippy::disallowed_methods,
    reason = "a bench measures this machine's time"
)]
#![allow(
    clippy::indexing_slicing,
    reason = "a bench reads answers of the sandbox, and its own lists"
)]

mod answers;
mod build;
mod call;
mod changed;
mod cost;
mod derived;
mod generators;
mod memory;
mod own;
mod peers;
#[allow(dead_code, reason = "other programs read them too, each its part")]
mod rows;

use std::process::ExitCode;
use std::time::Duration;

type Failure = Box<dyn std::error::Error>;

/// What some work allocated.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allocated {
    /// How often.
    pub count: u64,
    /// The bytes that it had not freed at its end.
    pub held: i64,
}

/// Counts what some work allocates. Counting takes time, so that only a program of its own does.
pub type Counter = fn(&mut dyn FnMut()) -> Allocated;

/// Runs the bench that the command line names.
pub fn run(counter: Counter) -> ExitCode {
    let result = match std::env::args().nth(1).as_deref() {
        Some("build") => build::run(),
        Some("call") => call::run(),
        // The processes that `call` starts.
        Some("call-server") => call::run_server(),
        Some("call-client") => call::run_client(std::env::args().skip(2), counter),
        Some("generators") => generators::run(&std::env::args().skip(2).collect::<Vec<_>>()),
        Some("memory") => in_runtime(memory::run()).and_then(|()| answers::run()),
        // The process that `memory` starts.
        Some("memory-answers") => answers::count(counter),
        Some("peers") => peers::run(),
        Some("own") => in_runtime(own::run()),
        _ => {
            eprintln!("usage: jdy-bench build|call|generators [NAME..]|memory|own|peers");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("jdy-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn in_runtime(bench: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(bench)
}

/// The median of some times.
fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Two medians and their ratio, as a line.
fn report(what: &str, ours: &mut [Duration], theirs: &mut [Duration], other: &str) {
    let (ours, theirs) = (median(ours), median(theirs));
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    println!("{what}: jdy {ours:.1?}, {other} {theirs:.1?}, ratio {ratio:.2}");
}
