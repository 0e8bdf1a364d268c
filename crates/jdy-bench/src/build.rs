//! How long the generated crates take to build, and how much memory rustc takes for one of them.
//!
//! The crates are touched, so that they are built and nothing else; what they depend on is built
//! before. Nothing is compiled incrementally: that is how a fresh checkout and a CI build.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Failure;

/// How often each is measured.
const TURNS: usize = 5;
/// How often a running build is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// What is measured: words, and arguments of cargo.
const CASES: [(&str, &[&str]); 3] = [
    ("check, all features", &["check", "--all-features"]),
    ("check, ls alone", &["check", "--features", "ls"]),
    (
        "release build, all features",
        &["build", "--release", "--all-features"],
    ),
];

/// Measures each case, and prints medians.
pub(crate) fn run() -> Result<(), Failure> {
    let crates = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    for (what, arguments) in CASES {
        build(&crates, arguments)?;
        let (mut times, mut peak) = (Vec::new(), 0);
        for _ in 0..TURNS {
            touch(&crates)?;
            let (time, memory) = build(&crates, arguments)?;
            times.push(time);
            peak = peak.max(memory);
        }
        let shortest = times.iter().min().copied().unwrap_or_default();
        let median = crate::median(&mut times);
        println!(
            "{what}: {median:.2?} (shortest {shortest:.2?}), {} MB",
            peak / 1024
        );
    }
    Ok(())
}

/// Makes the generated crates look new.
fn touch(crates: &Path) -> Result<(), Failure> {
    for name in ["jdy-model", "jdy-operations"] {
        let file = std::fs::File::options()
            .append(true)
            .open(crates.join(name).join("src/lib.rs"))?;
        file.set_modified(std::time::SystemTime::now())?;
    }
    Ok(())
}

/// Builds the operations, and the types with them: how long it took, and the most memory that a
/// process of it held, in KB.
fn build(crates: &Path, arguments: &[&str]) -> Result<(Duration, u64), Failure> {
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--quiet", "--package", "jdy-operations"])
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_TARGET_DIR", crates.join("../target/jdy-bench"))
        .current_dir(crates)
        .stdout(Stdio::null())
        .spawn()?;
    let peak = watch(&mut child)?;
    let time = start.elapsed();
    if child.wait()?.success() {
        Ok((time, peak))
    } else {
        Err("the build failed".into())
    }
}

/// Looks at the children of a build until it ends.
fn watch(child: &mut Child) -> Result<u64, Failure> {
    let mut peak = 0;
    while child.try_wait()?.is_none() {
        peak = peak.max(largest_child(child.id()));
        std::thread::sleep(LOOK);
    }
    Ok(peak)
}

/// The most memory that a child of a process has held, in KB; 0 where the system does not tell.
fn largest_child(parent: u32) -> u64 {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return 0;
    };
    let parent = parent.to_string();
    let held = processes.flatten().filter_map(|process| {
        let status = std::fs::read_to_string(process.path().join("status")).ok()?;
        let of = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
        let is_child = of("PPid:")?.trim() == parent;
        let kib = of("VmHWM:")?.trim().trim_end_matches(" kB");
        kib.parse().ok().filter(|_| is_child)
    });
    held.max().unwrap_or_default()
}
