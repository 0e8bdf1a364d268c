//! A request without a required field, or with one of another type, does not compile, and rustc
//! names the field. Checked against the model alone, so that it is quick.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A program that builds a request from this literal.
fn program(fields: &str) -> String {
    format!(
        "use jdy_model::ls::mall_recharge::Required;\n\
         use jdy_wire::Decimal;\n\
         fn main() {{\n    let request = Required {{ {fields} }};\n    drop(request);\n    \
         let _ = Decimal::ONE;\n}}\n"
    )
}

const CASES: [(&str, &str, &str); 5] = [
    (
        "whole",
        "bal_amount: Decimal::ONE, member_id: \"10\".into(), src_bill_id: \"1\".into()",
        "",
    ),
    (
        "missing_key",
        "bal_amount: Decimal::ONE, member_id: \"10\".into()",
        "src_bill_id",
    ),
    (
        "missing_amount",
        "member_id: \"10\".into(), src_bill_id: \"1\".into()",
        "bal_amount",
    ),
    (
        "float",
        "bal_amount: 1.5, member_id: \"10\".into(), src_bill_id: \"1\".into()",
        "bal_amount: 1.5",
    ),
    (
        "unknown",
        "bal_amount: Decimal::ONE, member_id: \"10\".into(), src_bill_id: \"1\".into(), member: 1",
        "member",
    ),
];

/// A package of its own with a program for each case, beside the workspace's lock file.
fn package() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_fail");
    std::fs::create_dir_all(folder.join("src/bin")).unwrap();
    let crates = root.join("crates");
    let manifest = format!(
        "[package]\nname = \"compile-fail\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [workspace]\n\n[dependencies]\n\
         jdy-model = {{ path = {:?}, features = [\"ls\"] }}\njdy-wire = {{ path = {:?} }}\n",
        crates.join("jdy-model"),
        crates.join("jdy-wire")
    );
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    std::fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    for (name, fields, _) in CASES {
        std::fs::write(folder.join(format!("src/bin/{name}.rs")), program(fields)).unwrap();
    }
    folder
}

#[test]
fn a_required_field_that_is_missing_or_wrong_is_rustcs_own_error_and_named() {
    let folder = package();
    for (name, _, field) in CASES {
        let output = Command::new(env!("CARGO"))
            .args(["check", "--quiet", "--bin", name])
            .env("CARGO_TARGET_DIR", folder.join("target"))
            .current_dir(&folder)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.success(), field.is_empty(), "{name}: {said}");
        assert!(said.contains(field), "{name} does not name {field}: {said}");
        let of_the_program = said.contains(&format!("src/bin/{name}.rs"));
        assert!(
            field.is_empty() || of_the_program,
            "{name} failed elsewhere: {said}"
        );
    }
}
