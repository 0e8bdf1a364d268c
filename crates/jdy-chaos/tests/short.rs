//! A short run, as a maintainer starts it: the last line is what others script against.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

/// A machine with too much to do gives too many calls a reason to be unknown.
static BUSY: Mutex<()> = Mutex::new(());

fn chaos(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_jdy-chaos"))
        .args(arguments)
        .output()
        .unwrap()
}

/// The number behind a name at the beginning of a row.
fn row(text: &str, name: &str) -> u64 {
    let line = text.lines().find(|line| line.trim().starts_with(name));
    let rest = line.and_then(|line| line.trim().strip_prefix(name));
    let number = rest.and_then(|rest| rest.split_whitespace().next());
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("no {name:?} in {text}"))
}

#[test]
fn after_faults_and_kills_nothing_is_done_twice_lost_or_misreported() {
    let _busy = BUSY.lock().unwrap_or_else(PoisonError::into_inner);
    let output = chaos(&["--calls", "2000", "--seed", "7"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{text}{told}");
    let last = text.lines().last().unwrap();
    let unknown = row(&text, "unknown");
    assert_eq!(
        last,
        format!(
            "calls=2000 unknown={unknown} applied_twice=0 not_sent_but_applied=0 \
             applied_but_absent=0 lost_lines=0 misdirected=0 swapped=0"
        )
    );
    // It would be no proof if nothing had gone wrong.
    for trouble in [
        "kills",
        "journals damaged or copied",
        "second processes",
        "account set went dead",
        "other-account-set",
        "answers nobody asked for",
        "unknown lines looked up",
        "doubled-line",
        "locked",
    ] {
        assert!(row(&text, trouble) > 0, "no {trouble}: {text}");
    }
    assert!(row(&text, "faults struck") > 100, "{text}");
    assert!(row(&text, "applied") > 1500, "{text}");
    assert!(unknown > 0, "{text}");
}

/// Some at once, each in a thread of its own: they mostly wait.
#[test]
fn a_client_that_does_wrong_is_found_out() {
    let _busy = BUSY.lock().unwrap_or_else(PoisonError::into_inner);
    let wrongs = [
        ("resend", "applied twice: C"),
        ("deny", "said to be not applied, but was: C"),
        ("claim", "said to be applied, but absent: C"),
        ("forget", "lost: C"),
        ("doubt", "calls are unknown for no reason of their own"),
        ("shirk", "calls were given up for no reason of their own"),
        ("stray", "went to another account set: C"),
        ("double", "applied twice: C"),
        ("share", "told by the answer of another call: C"),
        ("renew", "applied twice: C"),
        ("glance", "said to be not applied, but was: C"),
    ];
    for some in wrongs.chunks(3) {
        find_out(some);
    }
}

fn find_out(wrongs: &[(&'static str, &'static str)]) {
    let found = wrongs.iter().copied().map(|(wrong, said)| {
        std::thread::spawn(move || {
            let output = chaos(&["--calls", "2000", "--seed", "7", "--wrong", wrong]);
            let text = String::from_utf8(output.stdout).unwrap();
            assert_eq!(output.status.code(), Some(1), "{wrong}: {text}");
            assert!(text.contains(said), "{wrong}: {text}");
            let told = String::from_utf8(output.stderr).unwrap();
            let journals = told.trim().strip_prefix("jdy-chaos: the journals are in ");
            std::fs::remove_dir_all(journals.unwrap()).unwrap();
        })
    });
    for one in found.collect::<Vec<_>>() {
        one.join().unwrap();
    }
}

#[test]
fn wrong_usage_is_two() {
    for wrong in [&["--calls", "none"][..], &["--sed", "1"]] {
        let output = chaos(wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("Usage"), "{told}");
    }
}
