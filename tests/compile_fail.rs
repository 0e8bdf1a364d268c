//! A request without a required field, or with one of another type, does not compile, and rustc
//! names the field; a module whose feature is off does not either, and rustc names the feature.

use std::path::{Path, PathBuf};

/// A case: its name, its program, and what rustc says about it; nothing where it compiles.
type Case = (&'static str, String, &'static str);

fn cases() -> Vec<Case> {
    let literals = LITERALS.map(|(name, fields, field)| (name, literal(fields), field));
    let calls = CALLS.map(|(name, program, feature)| (name, program.to_owned(), feature));
    literals.into_iter().chain(calls).collect()
}

/// A program that builds a request from this literal.
fn literal(fields: &str) -> String {
    format!(
        "use jdy::ls::mall_recharge::Required;\n\
         use jdy::Decimal;\n\
         fn main() {{\n    let request = Required {{ {fields} }};\n    drop(request);\n    \
         let _ = Decimal::ONE;\n}}\n"
    )
}

const LITERALS: [(&str, &str, &str); 5] = [
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

const CALLS: [(&str, &str, &str); 10] = [
    (
        "module_on",
        "use jdy::ClientExt;\nfn main() {}\npub fn call(client: &jdy::Client) {\n    client.ls();\n}\n",
        "",
    ),
    (
        "module_off",
        "use jdy::ClientExt;\nfn main() {}\npub fn call(client: &jdy::Client) {\n    client.scm();\n}\n",
        "needs the feature `scm` of the crate `jdy`",
    ),
    (
        "types_off",
        "use jdy::scm::sal_order;\nfn main() {}\n",
        "gated behind the `scm` feature",
    ),
    (
        "no_list",
        "use jdy::ClientExt;\nuse jdy::ls::mall_recharge_rule::Required;\nfn main() {}\n\
         pub fn call(client: &jdy::Client) {\n    \
         let request = Required { member_id: String::new() };\n    \
         drop(client.ls().mall_recharge_rule(request).rows());\n}\n",
        "this operation is no list in pages",
    ),
    (
        "literals",
        "use jdy::ls::coupons;\nuse jdy::prelude::*;\nfn main() {}\n\
         pub fn fill(request: &mut coupons::Request, amount: &mut Option<Decimal>) {\n    \
         request.page = Some(1);\n    request.page_size.set(20);\n    \
         amount.set(dec!(50.25));\n    amount.set(50);\n}\n",
        "",
    ),
    (
        "page_is_text",
        "use jdy::ls::coupons;\nfn main() {}\n\
         pub fn fill(request: &mut coupons::Request) {\n    \
         request.page = Some(\"1\".to_owned());\n}\n",
        "expected `i64`, found `String`",
    ),
    (
        "amount_is_a_float",
        "use jdy::prelude::*;\nfn main() {}\n\
         pub fn fill(amount: &mut Option<Decimal>) {\n    amount.set(50.25);\n}\n",
        "Decimal: From<",
    ),
    (
        "no_decimal",
        "use jdy::dec;\nfn main() {\n    drop(dec!(1e3));\n}\n",
        "not a decimal: digits with at most one point",
    ),
    (
        "rows_unread",
        "use jdy::ls::mall_recharge_rule::Data;\nfn main() {}\n\
         pub fn each(answer: &Data) {\n    for row in &answer.rows {\n        drop(row);\n    }\n}\n",
        "is not an iterator",
    ),
    (
        "trait_not_imported",
        "fn main() {}\npub fn call(client: &jdy::Client) {\n    client.ls();\n}\n",
        "use jdy::ClientExt",
    ),
];

/// A package of its own with a program for each case, beside the workspace's lock file.
fn package() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_fail");
    std::fs::create_dir_all(folder.join("src/bin")).unwrap();
    let manifest = format!(
        "[package]\nname = \"compile-fail\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [workspace]\n\n[dependencies]\n\
         jdy = {{ path = {:?}, default-features = false, features = [\"ls\"] }}\n",
        root.join("crates/jdy"),
    );
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    std::fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    for (name, program, _) in cases() {
        std::fs::write(folder.join(format!("src/bin/{name}.rs")), program).unwrap();
    }
    folder
}

#[test]
fn what_is_missing_or_wrong_or_switched_off_is_rustcs_own_error_and_named() {
    let folder = package();
    for (name, _, word) in cases() {
        let output = jdy_cargo::cargo()
            .args(["check", "--quiet", "--bin", name])
            .env("CARGO_TARGET_DIR", folder.join("target"))
            .current_dir(&folder)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.success(), word.is_empty(), "{name}: {said}");
        assert!(said.contains(word), "{name} does not name {word}: {said}");
        let of_the_program = said.contains(&format!("src/bin/{name}.rs"));
        assert!(
            word.is_empty() || of_the_program,
            "{name} failed elsewhere: {said}"
        );
    }
}
