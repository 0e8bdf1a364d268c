//! Each example runs, without credentials, and prints what it is there to show.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// What each example prints: the words that make its point.
const SHOWN: &[(&str, &[&str])] = &[
    (
        "recharge",
        &["bill_no", "balance", "rejected", "unknown", "in 2 attempts"],
    ),
    (
        "accounts",
        &[
            "balance in 200000000000000001: 101.00",
            "balance in 200000000000000002: 101.00",
            "2 tokens were fetched",
            "shop-c is the account set of shop-b: true",
            "the client has no account set named shop-b",
        ],
    ),
    (
        "blocking",
        &[
            "SP001",
            "SP005",
            "member 10: bill LSD",
            "member 11: bill LSD",
        ],
    ),
    (
        "callback",
        &[
            "1 authorizations, 1 known",
            "answered: success",
            "2 token calls",
        ],
    ),
    (
        "journal",
        &[
            "R-1: bill LSD",
            "\"R-1\" is in the journal: done",
            "R-2: ls.mall_recharge unknown",
            "2 recharges reached the gateway",
            "after a restart:\n  R-2: unknown, look it up; it was not sent again",
        ],
    ),
    (
        "metrics",
        &[
            "3 attempts{operation=ls.mall_recharge_rule, status=200, result=done}",
            "1 attempts{operation=ls.mall_recharge_rule, status=519, result=unknown",
            "1 tokens{origin=Gateway}",
        ],
    ),
    (
        "order",
        &[
            "read back  SHOP-2024-0001 of 星星商贸有限公司",
            // Audited.
            "status     C",
            "entry      SP001 x 3 at 45.5",
        ],
    ),
    (
        "own_token_store",
        &[
            "after the first: 1 token calls",
            "after the second: 1 token calls",
            "1 token in the database",
        ],
    ),
    (
        "own_transport",
        &[
            "/jdy/v2/ls/mall_recharge_rule\n  <- 200",
            "2 rules in 1 attempts",
        ],
    ),
    (
        "paging",
        &[
            "page 1  SP005",
            "page 3  SP001",
            "1 of 5 rows",
            "  stopped before page 3\n  1 rows",
        ],
    ),
    (
        "reconcile",
        &[
            "SO-1: applied",
            "SO-2: too early",
            "minutes later: absent",
            "SO-2 saved as",
        ],
    ),
    (
        "tracing",
        &["WARN", "jdy", "ls.mall_recharge", "order-R-2", "bill LSD"],
    ),
    (
        "upload",
        &[
            "from memory",
            "from the disk",
            "a picture",
            "a missing one  not sent",
        ],
    ),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

#[test]
fn each_example_shows_what_it_is_for() {
    for (name, words) in SHOWN {
        shows(name, words);
    }
}

/// Runs an example as its user starts it: without credentials, and with nobody at the keyboard.
pub(crate) fn shows(name: &str, words: &[&str]) {
    let own = std::env::current_exe().unwrap();
    let folder = own.ancestors().nth(2).unwrap().join("examples");
    build();
    let mut example = Command::new(folder.join(name));
    example.stdin(Stdio::null());
    for (variable, _) in std::env::vars().filter(|(name, _)| name.starts_with("JDY_")) {
        example.env_remove(variable);
    }
    let output = example.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {said}{errors}");
    for word in words {
        assert!(said.contains(word), "{name}: {word:?} is missing: {said}");
    }
}

/// Builds the examples, and the command for the recipes. With the features of all tests, so that
/// all is built already where all tests are run: an example among the targets makes the features
/// those of the tests.
pub(crate) fn build() {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        let mut build = jdy_cargo::cargo();
        build.args(["build", "--quiet", "--workspace", "--all-features"]);
        build.args(["--bin", "jdy"]);
        for (name, _) in SHOWN {
            build.args(["--example", name]);
        }
        assert!(build.current_dir(root()).status().unwrap().success());
    });
}

#[test]
fn each_example_says_how_it_is_run_and_is_run_here() {
    let folder = root().join("crates/jdy/examples");
    let manifest = std::fs::read_to_string(folder.with_file_name("Cargo.toml")).unwrap();
    let mut names = BTreeSet::from(["journal".to_owned()]);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let command = command(&manifest, &name);
        let text = std::fs::read_to_string(&path).unwrap();
        let head: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("//!"))
            .collect();
        let head = head.join("\n");
        assert!(
            head.contains(&command),
            "{name}: {command} is not in {head}"
        );
        names.insert(name);
    }
    let run: BTreeSet<String> = SHOWN.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(run, names);
}

/// How an example is run, with the features that the manifest asks for beside the default ones.
fn command(manifest: &str, name: &str) -> String {
    let entry = format!("name = \"{name}\"\nrequired-features = [");
    let (_, features) = manifest.split_once(&entry).unwrap();
    let (features, _) = features.split_once(']').unwrap();
    let features = features
        .split(", ")
        .map(|feature| feature.trim_matches('"'));
    let further: Vec<&str> = features
        .filter(|feature| !["ls", "reqwest", "tokio"].contains(feature))
        .collect();
    match further.as_slice() {
        [] => format!("`cargo run --example {name}`"),
        further => format!(
            "`cargo run --example {name} --features {}`",
            further.join(",")
        ),
    }
}
