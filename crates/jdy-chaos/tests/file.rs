//! A short run of a list with its journal in a file, as a maintainer starts it: scripts depend on the
//! last line.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

use common::row;

/// One run at a time: on an overloaded machine too many calls time out.
static BUSY: Mutex<()> = Mutex::new(());

fn chaos(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_jdy-chaos"))
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn no_call_is_applied_twice_lost_or_misreported_after_faults_and_kills() {
    let _busy = BUSY.lock().unwrap_or_else(PoisonError::into_inner);
    let output = chaos(&["--calls", "2000", "--seed", "7"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{text}{errors}");
    let last = text.lines().last().unwrap();
    let unknown = row(&text, "unknown");
    assert_eq!(
        last,
        format!(
            "calls=2000 unknown={unknown} applied_twice=0 not_sent_but_applied=0 \
             applied_but_absent=0 lost_lines=0 misdirected=0 swapped=0"
        )
    );
    for wrong in [
        "documents applied twice",
        "reported absent but there",
        "reported applied but not there",
    ] {
        assert_eq!(row(&text, wrong), 0, "{wrong}: {text}");
    }
    // Without disruptions the run proves nothing.
    for disruption in [
        "once unknown",
        "looked up and found",
        "absent, and sent again",
        "reconciliation",
        "kills",
        "journals damaged, copied or linked",
        "second processes on one journal",
        "account set dead, another one live",
        "no-account-set",
        "responses that nobody asked for",
        "unknown lines looked up",
        "doubled-line",
        "locked",
    ] {
        assert!(row(&text, disruption) > 0, "no {disruption}: {text}");
    }
    assert!(row(&text, "faults injected") > 100, "{text}");
    assert!(row(&text, "applied") > 1500, "{text}");
    assert!(unknown > 0, "{text}");
}

/// Several runs at once, each in its own thread: they mostly wait.
#[test]
fn every_kind_of_sabotage_is_detected() {
    let _busy = BUSY.lock().unwrap_or_else(PoisonError::into_inner);
    let kinds = [
        ("resend", "applied twice: C"),
        ("deny", "reported not sent but applied: C"),
        ("claim", "reported applied but absent: C"),
        ("forget", "lost: C"),
        ("doubt", "calls are unknown for no reason of their own"),
        ("shirk", "calls were given up for no reason of their own"),
        ("stray", "went to another account set: C"),
        ("double", "applied twice: C"),
        ("share", "reported by another call's response: C"),
        ("renew", "applied twice: C"),
        ("glance", "reported not sent but applied: C"),
        ("blame", "rejected for nothing: C"),
        ("hasty", "reported absent but there: C"),
        ("skim", "reported absent but there: C"),
    ];
    for some in kinds.chunks(4) {
        detect(some);
    }
}

/// The seeds and the numbers of calls that are tried until one run shows the sabotage: what a
/// sabotage does wrong, it does only now and then.
const TRIES: [(&str, &str); 5] = [
    ("7", "500"),
    ("8", "500"),
    ("9", "1000"),
    ("10", "2000"),
    ("11", "4000"),
];

fn detect(kinds: &[(&'static str, &'static str)]) {
    let runs = kinds.iter().copied().map(|(kind, message)| {
        std::thread::spawn(move || {
            let detects = |(seed, calls)| detects(kind, message, seed, calls);
            assert!(TRIES.into_iter().any(detects), "{kind} was not detected");
        })
    });
    for run in runs.collect::<Vec<_>>() {
        run.join().unwrap();
    }
}

/// Whether a run shows the sabotage.
fn detects(kind: &str, message: &str, seed: &str, calls: &str) -> bool {
    let output = chaos(&["--calls", calls, "--seed", seed, "--wrong", kind]);
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    if output.status.code() == Some(0) {
        return false;
    }
    assert_eq!(output.status.code(), Some(1), "{kind}: {text}{errors}");
    let journals = errors
        .trim()
        .strip_prefix("jdy-chaos: the journals are in ");
    let Some(journals) = journals else {
        panic!("{kind}, seed {seed}: the run was not judged: {errors}{text}");
    };
    std::fs::remove_dir_all(journals).unwrap();
    text.contains(message)
}

#[test]
fn wrong_usage_is_two() {
    for wrong in [&["--calls", "none"][..], &["--sed", "1"]] {
        let output = chaos(wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains("Usage"), "{errors}");
    }
}
