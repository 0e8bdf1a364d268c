//! A short run of a fleet over shared lists, as a maintainer starts it: scripts depend on the last
//! line. Without a Postgres it is skipped, and says so.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::io::Write as _;
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

use common::row;

/// One run at a time: on an overloaded machine too many calls time out.
static BUSY: Mutex<()> = Mutex::new(());

/// `None`, said aloud, where there is no Postgres. On the server it is installed before the tests.
fn chaos(arguments: &[&str]) -> Option<Output> {
    const NO_SERVER: i32 = 3;
    let output = Command::new(env!("CARGO_BIN_EXE_jdy-chaos"))
        .arg("--fleet")
        .args(arguments)
        .output()
        .unwrap();
    if output.status.code() != Some(NO_SERVER) {
        return Some(output);
    }
    // Not through the test's own output, which is not shown where it passes.
    std::io::stderr().write_all(&output.stderr).unwrap();
    let ci = std::env::var("CI").unwrap_or_default();
    let must_be_there = !matches!(ci.as_str(), "" | "0" | "false");
    assert!(!must_be_there, "CI has no Postgres");
    None
}

#[test]
fn a_fleet_applies_nothing_twice_and_leaves_nothing_lost_or_stuck() {
    let _busy = BUSY.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(output) = chaos(&["--workers", "4", "--lines", "300", "--seed", "7"]) else {
        return;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{text}{errors}");
    let unknown = row(&text, "unknown");
    assert_eq!(
        text.lines().last().unwrap(),
        format!("lines=300 unknown={unknown} applied_twice=0 lost=0 stuck=0 said_wrongly=0")
    );
    // Without disruptions the run proves nothing.
    for disruption in [
        "workers killed",
        "workers frozen",
        "Postgres restarted",
        "connections to Postgres cut",
        "whose lease ended",
        "once unknown",
        "faults injected",
    ] {
        assert!(row(&text, disruption) > 0, "no {disruption}: {text}");
    }
    assert!(row(&text, "applied") > 250, "{text}");
}

/// The gateway refuses a second outbound order of one number, and takes a second voucher.
#[test]
fn a_worker_that_plans_a_lapsed_intent_again_is_detected() {
    detect("replan", "reported not sent but applied: ");
}

/// It does wrong only if it wakes between a look-up and its end: several runs of a minute or two.
#[test]
#[ignore = "takes minutes; cargo test -p jdy-chaos --test fleet -- --ignored"]
fn a_worker_that_ignores_its_fence_is_detected() {
    detect("unfenced", "reported absent but there: ");
}

/// What a sabotage does wrong, it does only now and then: seeds are tried until a run shows it.
fn detect(wrong: &str, message: &str) {
    let _busy = BUSY.lock().unwrap_or_else(PoisonError::into_inner);
    for seed in ["1", "2", "3", "4", "5", "6"] {
        let arguments = ["--workers", "4", "--lines", "300", "--seed", seed];
        let Some(output) = chaos(&[&arguments[..], &["--wrong", wrong]].concat()) else {
            return;
        };
        if output.status.code() == Some(0) {
            continue;
        }
        let text = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{wrong}: {text}{errors}");
        assert!(text.contains(message), "{wrong}: {text}{errors}");
        let kept = errors.lines().last().unwrap();
        let folder = kept.strip_prefix("jdy-chaos: the database is in ");
        std::fs::remove_dir_all(folder.unwrap()).unwrap();
        return;
    }
    panic!("{wrong} was not detected");
}

#[test]
fn wrong_usage_is_two() {
    for wrong in [
        &["--fleet", "--workers", "0"][..],
        &["--fleet", "--calls", "1"],
    ] {
        let mut chaos = Command::new(env!("CARGO_BIN_EXE_jdy-chaos"));
        let output = chaos.args(wrong).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains("Usage"), "{errors}");
    }
}
