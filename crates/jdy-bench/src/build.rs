//! How long the generated crates take to build, and how much memory all of rustc takes at once.
//!
//! The crates are touched, so that they are built and nothing else; what they depend on is built
//! before. Nothing is compiled incrementally: that is how a fresh checkout and a CI build.
//!
//! Owns how a build is timed. Must not judge the figures.

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

/// Makes the generated crates look new: the operations, and every crate of types.
fn touch(crates: &Path) -> Result<(), Failure> {
    for folder in std::fs::read_dir(crates)? {
        let name = folder?.file_name();
        let is_generated = name == "jdy-operations" || name == "jdy-model";
        if is_generated || name.to_string_lossy().starts_with("jdy-model-") {
            let file = std::fs::File::options()
                .append(true)
                .open(crates.join(name).join("src/lib.rs"))?;
            file.set_modified(std::time::SystemTime::now())?;
        }
    }
    Ok(())
}

/// Builds the operations, and the types with them: how long it took, and the most memory that its
/// processes held at once, in KB.
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
        peak = peak.max(held_by_children(child.id()));
        std::thread::sleep(LOOK);
    }
    Ok(peak)
}

/// The memory that the children of a process hold together, in KB; 0 where the system does not
/// tell.
fn held_by_children(parent: u32) -> u64 {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return 0;
    };
    let parent = parent.to_string();
    let held = processes.flatten().filter_map(|process| {
        let status = std::fs::read_to_string(process.path().join("status")).ok()?;
        let of = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
        let is_child = of("PPid:")?.trim() == parent;
        let kib: u64 = of("VmRSS:")?.trim().trim_end_matches(" kB").parse().ok()?;
        is_child.then_some(kib)
    });
    held.sum()
}
