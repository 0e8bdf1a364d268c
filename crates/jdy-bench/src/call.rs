//! One signed read call with one row of answer, by four clients in turns: the SDK on each of its two
//! transports, and reqwest and hyper-util with signing and decoding by hand.
//!
//! The server is a process of its own that answers the same bytes to everyone. It is pinned to one
//! processor and each client to another, so that what is measured is the client: its time on the
//! processor, which its own threads say, in a program of its own its allocations, and, where valgrind
//! is there, its instructions.
//!
//! Owns the processes, their turns, and the table. Must not know how a client makes its call.

mod by_hand;
mod client;
mod instructions;
mod server;
mod with_hyper;
mod with_jdy;
mod with_reqwest;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub(crate) use client::run as run_client;
pub(crate) use server::run as run_server;

use crate::Failure;

/// How often each client has its turn.
const TURNS: usize = 7;

/// How many calls are made at a time, and how many in all.
const SHAPES: [(usize, usize); 2] = [(64, 40_000), (1, 10_000)];

/// The program that counts allocations.
const COUNTING: &str = "count-allocations";

/// The processors of the server and of the clients.
const SERVER: &str = "1";
const CLIENT: &str = "0";

/// What a turn of a client took, for each call.
#[derive(Clone, Copy, Debug, Default)]
struct Turn {
    cpu_nanos: f64,
    wall_nanos: f64,
    allocations: f64,
    /// `None` if nobody counts them here.
    instructions: Option<f64>,
}

/// Runs all clients, and prints what a call costs each of them.
pub(crate) fn run() -> Result<(), Failure> {
    let own = std::env::current_exe()?;
    let counting = counting(&own)?;
    let mut server = start(SERVER, &own, &["call-server".to_owned()])?;
    let mut address = String::new();
    let output = server.stdout.take().ok_or("the server has no output")?;
    BufReader::new(output).read_line(&mut address)?;
    let measured = measure(&own, &counting, address.trim());
    server.kill()?;
    server.wait()?;
    measured
}

/// Builds the program that counts allocations, and says where it is.
pub(crate) fn counting(own: &Path) -> Result<PathBuf, Failure> {
    let status = jdy_cargo::cargo()
        .args(["build", "--quiet", "--release", "--package", "jdy-bench"])
        .args(["--bin", COUNTING])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()?;
    match status.success() {
        true => Ok(own.with_file_name(COUNTING)),
        false => Err("the program that counts could not be built".into()),
    }
}

fn measure(own: &Path, counting: &Path, address: &str) -> Result<(), Failure> {
    for (at_once, calls) in SHAPES {
        let mut turns = client::NAMES.map(|_| Vec::new());
        for _ in 0..TURNS {
            for (name, turns) in client::NAMES.iter().zip(&mut turns) {
                turns.push(turn(own, name, address, at_once, calls)?);
            }
        }
        let mut medians = turns.map(|turns| Turn {
            cpu_nanos: median(turns.iter().map(|turn| turn.cpu_nanos)),
            wall_nanos: median(turns.iter().map(|turn| turn.wall_nanos)),
            ..Turn::default()
        });
        for (name, median) in client::NAMES.iter().zip(&mut medians) {
            median.allocations = turn(counting, name, address, at_once, calls)?.allocations;
            median.instructions = instructions::of_call(own, name, address, at_once)?;
        }
        print(at_once, &medians);
    }
    Ok(())
}

fn print(at_once: usize, medians: &[Turn; client::NAMES.len()]) {
    println!("{at_once} at once, medians of {TURNS} turns:");
    let first = medians.len() - client::OURS;
    for (name, one) in client::NAMES.iter().zip(medians) {
        let ours = client::NAMES.iter().zip(medians).skip(first);
        let ratios: Vec<String> = ours
            .map(|(our, ours)| format!("{our} {:.2}", ours.cpu_nanos / one.cpu_nanos))
            .collect();
        println!(
            "  {name:<20} {:>6.1} us of processor, {:>6.0} calls/s, {:>4.0} allocations; of its \
             processor time {}",
            one.cpu_nanos / 1e3,
            1e9 / one.wall_nanos,
            one.allocations,
            ratios.join(", "),
        );
        if let Some(count) = one.instructions {
            let ours = client::NAMES.iter().zip(medians).skip(first);
            let ratios = ours
                .filter_map(|(our, ours)| Some(format!("{our} {:.2}", ours.instructions? / count)));
            let ratios = ratios.collect::<Vec<_>>().join(", ");
            println!("  {:<20} {count:>6.0} instructions; of them {ratios}", "");
        }
    }
}

/// One turn of a client, in a process of its own.
fn turn(
    program: &Path,
    name: &str,
    address: &str,
    at_once: usize,
    calls: usize,
) -> Result<Turn, Failure> {
    let arguments = [
        "call-client".to_owned(),
        name.to_owned(),
        address.to_owned(),
        at_once.to_string(),
        calls.to_string(),
    ];
    let output = start(CLIENT, program, &arguments)?.wait_with_output()?;
    let text = String::from_utf8(output.stdout)?;
    let mut figures = text.split_whitespace().map(str::parse::<f64>);
    match (figures.next(), figures.next(), figures.next()) {
        (Some(cpu), Some(wall), Some(allocations)) if output.status.success() => Ok(Turn {
            cpu_nanos: cpu? / calls as f64,
            wall_nanos: wall? / calls as f64,
            allocations: allocations? / calls as f64,
            instructions: None,
        }),
        _ => Err(format!("{name} ended with {}: {text}", output.status).into()),
    }
}

/// Starts a program on this processor where `taskset` is there.
fn start(processor: &str, program: &Path, arguments: &[String]) -> Result<Child, Failure> {
    let mut pinned = Command::new("taskset");
    pinned.args(["-c", processor]).arg(program);
    let mut free = Command::new(program);
    let piped = |command: &mut Command| command.args(arguments).stdout(Stdio::piped()).spawn();
    let has_second = std::thread::available_parallelism()?.get() > 1;
    if has_second && let Ok(child) = piped(&mut pinned) {
        return Ok(child);
    }
    Ok(piped(&mut free)?)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
