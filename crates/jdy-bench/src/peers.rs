//! What the SDK is beside other libraries: decoders, the size of a program, and its start. The
//! programs are a workspace of their own, which this builds.
//!
//! Owns how they are built, measured and printed. Must not judge the figures.

use std::io::Read as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Failure, median};

/// How often each decoder has its turn.
const TURNS: usize = 7;
/// The orders of the fields, as the program of decoders calls them.
const ORDERS: [&str; 2] = ["page", "turned"];
/// How often each program is started.
const STARTS: usize = 31;

/// Builds the peers, and prints a table for each thing that is compared.
pub(crate) fn run() -> Result<(), Failure> {
    let peers = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers");
    let release = peers.join("target/release");
    build(&peers, &["--features", "full", "--bin", "jdy_call"])?;
    let full = std::fs::metadata(release.join("jdy_call"))?.len();
    build(&peers, &[])?;

    decoders(&release.join("decoders"))?;

    let bare = std::fs::metadata(release.join("bare_call"))?.len();
    let one = std::fs::metadata(release.join("jdy_call"))?.len();
    println!("\n| stripped program of one call | MB | more than bare |\n|---|---|---|");
    for (name, size) in [
        ("reqwest and serde, unsigned", bare),
        ("jdy, one module", one),
        ("jdy, all modules linked", full),
    ] {
        let more = megabytes(size) - megabytes(bare);
        println!("| {name} | {:.2} | {more:.2} |", megabytes(size));
    }

    println!("\n| from the start of the program to its first request | median |\n|---|---|");
    let names = ["bare_call", "jdy_call"];
    let mut times = names.map(|_| Vec::new());
    for _ in 0..STARTS {
        for (name, times) in names.iter().zip(&mut times) {
            times.push(start(&release.join(name))?);
        }
    }
    for (name, mut times) in names.iter().zip(times) {
        println!("| {name} | {:.2?} |", median(&mut times));
    }
    Ok(())
}

/// Runs each decoder in turns, in a process of its own, on rows with their fields in the page's order
/// and the other way round.
fn decoders(program: &Path) -> Result<(), Failure> {
    let output = |arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output()?;
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout)?),
            false => Err(Failure::from(format!("{arguments:?}: {}", output.status))),
        }
    };
    let names = output(&[])?;
    let mut times: Vec<(&str, [Vec<Duration>; ORDERS.len()])> = names
        .lines()
        .map(|name| (name, ORDERS.map(|_| Vec::new())))
        .collect();
    for _ in 0..TURNS {
        for (name, times) in &mut times {
            for (order, times) in ORDERS.iter().zip(times) {
                let nanos = output(&[name, order])?.trim().parse()?;
                times.push(Duration::from_nanos(nanos));
            }
        }
    }
    println!(
        "| decoder | 1,000 rows | jdy takes of it | fields the other way round | jdy takes of it |\n\
         |---|---|---|---|---|"
    );
    let mut ours = None;
    for (name, mut times) in times {
        let medians = times.each_mut().map(|times| median(times));
        let ours: [Duration; ORDERS.len()] = *ours.get_or_insert(medians);
        let cells = ours.iter().zip(medians).map(|(ours, median)| {
            let ratio = ours.as_secs_f64() / median.as_secs_f64();
            format!("{median:.2?} | {ratio:.2}")
        });
        println!("| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    Ok(())
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn build(peers: &Path, arguments: &[&str]) -> Result<(), Failure> {
    let status = jdy_cargo::cargo()
        .args(["build", "--quiet", "--release"])
        .args(arguments)
        .current_dir(peers)
        .env_remove("CARGO_TARGET_DIR")
        .status()?;
    match status.success() {
        true => Ok(()),
        false => Err("the peers could not be built".into()),
    }
}

/// How long a program takes from its start to the first byte of its request.
fn start(program: &Path) -> Result<Duration, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}", listener.local_addr()?);
    let start = Instant::now();
    let mut child = Command::new(program)
        .arg(address)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let (mut stream, _) = listener.accept()?;
    stream.read_exact(&mut [0])?;
    let elapsed = start.elapsed();
    child.kill()?;
    child.wait()?;
    Ok(elapsed)
}
