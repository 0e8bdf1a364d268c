//! Fields of one name and label have one wire form, or a fixup says why not.

use jdy_spec::cross_checks;
use jdy_spec::diagnostic::Diagnostics;

use crate::imitation::{Folder, ROOT, THING};

/// The diagnostics of a spec in which the answer's `amount` has this schema.
fn told(schema: &str, fixup: Option<&str>) -> Vec<String> {
    let thing = THING.replace(
        "bill_no: { type: string, title: 单号 }",
        &format!("amount: {schema}"),
    );
    assert_ne!(thing, THING);
    let fixup = fixup.map(|change| format!(
        "fixups:\n  - name: amount\n    why: Its page shows it.\n    link: https://open.example.com/#/detail?id=1\n    file: ls/thing.yaml\n    at: /post/x-jdy-entities/response/Data/properties/amount/x-jdy-wire\n{change}"
    ));
    let mut files = vec![("openapi.yaml", ROOT), ("ls/thing.yaml", thing.as_str())];
    if let Some(fixup) = &fixup {
        files.push(("fixups/ls.yaml", fixup));
    }
    let folder = Folder::spec(&files);
    let mut planned = folder.understand();
    assert_eq!(planned.diagnostics.errors(), 0, "{schema}");
    let mut diagnostics = Diagnostics::default();
    cross_checks::check(&planned.spec, &mut diagnostics);
    let lines = diagnostics.lines(&planned.spec.sources);
    planned.diagnostics.append(diagnostics);
    lines.lines().map(str::to_owned).collect()
}

#[test]
fn a_form_that_differs_is_reported_at_its_position() {
    let lines = told("{ type: string, title: 金额 }", None);
    let [line] = lines.as_slice() else {
        panic!("{lines:#?}");
    };
    assert!(line.contains("ls/thing.yaml:43:11: warning: `amount` (金额) has no wire form here, and `decimal` in 1 other places"), "{line}");
}

#[test]
fn another_label_type_or_list_of_codes_is_another_field() {
    for schema in [
        "{ type: string, title: 金额, x-jdy-wire: decimal }",
        "{ type: string, title: 款项 }",
        "{ type: number, title: 金额 }",
        "{ type: string, title: 金额, x-jdy-encrypted: true }",
        "{ type: string, title: 金额, x-jdy-codes: [{ code: \"1\", label: 有 }] }",
    ] {
        assert_eq!(told(schema, None), Vec::<String>::new(), "{schema}");
    }
}

#[test]
fn a_fixup_settles_a_form_also_one_that_stays() {
    let plain = "{ type: string, title: 金额 }";
    for change in ["    to: decimal\n", ""] {
        assert_eq!(told(plain, Some(change)), Vec::<String>::new(), "{change}");
    }
    let date = "{ type: string, title: 金额, x-jdy-wire: date }";
    let kept = "    from: date\n    to: date\n";
    assert_eq!(told(date, Some(kept)), Vec::<String>::new());
}

#[test]
fn every_field_of_the_real_spec_is_settled() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    let planned = jdy_codegen::pipeline::plan_folder(&folder);
    let mut diagnostics = Diagnostics::default();
    cross_checks::check(&planned.spec, &mut diagnostics);
    assert_eq!(diagnostics.lines(&planned.spec.sources), "");
}
