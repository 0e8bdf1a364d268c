//! The command's exit statuses: 0 fine, 1 refused or different, 2 wrong usage.

use std::process::{Command, Output};

use crate::imitation::{Folder, ROOT, THING, manifests};

fn xtask(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(arguments)
        .output()
        .unwrap()
}

fn status(arguments: &[&str]) -> i32 {
    xtask(arguments).status.code().unwrap()
}

#[test]
fn wrong_usage_is_two() {
    for wrong in [
        &["lnit"][..],
        &[],
        &["lint", "--out", "x"],
        &["gen", "--spec"],
        &["gen", "extra"],
        &["gen", "--check=x"],
        &["chaos", "--calls", "many"],
        &["chaos", "--calls", "0"],
        &["chaos", "--seed", "1", "--seed", "2"],
        &["chaos", "--spec", "x"],
    ] {
        let output = xtask(wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("Usage"),
            "{wrong:?}"
        );
    }
    assert_eq!(status(&["--help"]), 0);
}

#[test]
fn a_fine_spec_is_zero_notes_included_and_a_bad_one_is_one() {
    let fine = Folder::changed(
        "          bill_no: { type: string, title: 单号 }\n",
        "          bill_no: { type: string }\n      Lonely: { type: object, properties: { a: { type: string } } }\n",
    );
    let path = fine.path.to_str().unwrap();
    let output = xtask(&["lint", "--spec", path]);
    assert_eq!(output.status.code(), Some(0));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        told.contains(&format!("{path}/ls/thing.yaml:44:7: note: ")),
        "{told}"
    );
    let bad = Folder::changed("  summary: 事物\n", "  sumary: 事物\n");
    let path = bad.path.to_str().unwrap();
    let output = xtask(&["lint", "--spec", path]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        told.contains(&format!(
            "{path}/ls/thing.yaml:3:3: error: unknown keyword `sumary`"
        )),
        "{told}"
    );
    let shown = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        shown.contains("sumary: 事物"),
        "the line itself is shown: {shown}"
    );
    let out = Folder::new();
    let out_path = out.path.to_str().unwrap();
    assert_eq!(status(&["gen", "--spec", path, "--out", out_path]), 1);
    assert_eq!(
        std::fs::read_dir(&out.path).unwrap().count(),
        0,
        "a refused spec writes nothing"
    );
    assert_eq!(status(&["bundle", "--spec", path]), 1);
}

#[test]
fn gen_check_is_one_until_gen_has_written() {
    let spec = Folder::spec(&[("openapi.yaml", ROOT), ("ls/thing.yaml", THING)]);
    let out = Folder::new();
    manifests(&out.path);
    let arguments = [
        "gen",
        "--spec",
        spec.path.to_str().unwrap(),
        "--out",
        out.path.to_str().unwrap(),
    ];
    let check = [&arguments[..], &["--check"]].concat();
    let before = xtask(&check);
    assert_eq!(before.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&before.stdout).contains("missing: "));
    assert_eq!(status(&arguments), 0);
    assert_eq!(status(&check), 0);
    let bundle = out.path.join("bundle.json");
    assert_eq!(
        status(&[
            "bundle",
            "--spec",
            spec.path.to_str().unwrap(),
            "--out",
            bundle.to_str().unwrap()
        ]),
        0
    );
    assert!(
        out.read("bundle.json")
            .starts_with("{\n  \"openapi\": \"3.1.0\"")
    );
}
