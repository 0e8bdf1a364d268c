//! The example of an operation: which fields it sets, how they are written, and that docs and the
//! checked function are the same code.

use std::collections::BTreeMap;

use jdy_codegen::render;
use jdy_spec::diagnostic::Diagnostics;

use crate::imitation::{Folder, ROOT, THING, change};

/// The files of the operations and the checked functions.
fn files(folder: &Folder) -> BTreeMap<String, String> {
    let planned = folder.understand();
    let mut diagnostics = Diagnostics::default();
    let mut files = render::render(
        &planned.plan,
        &planned.spec,
        &BTreeMap::new(),
        &mut diagnostics,
    );
    assert_eq!(
        planned.diagnostics.errors(),
        0,
        "{:#?}",
        folder.diagnostics()
    );
    assert_eq!(diagnostics.errors(), 0);
    files.extend(render::proof(&planned.plan));
    files
}

/// The code block in the docs of a method, as rustdoc reads it.
fn block(file: &str) -> Vec<String> {
    let docs = file
        .lines()
        .filter_map(|line| line.trim().strip_prefix("///"));
    let docs: Vec<&str> = docs
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    let begin = docs.iter().position(|line| *line == "```no_run").unwrap() + 1;
    let length = docs[begin..]
        .iter()
        .position(|line| *line == "```")
        .unwrap();
    let shown = docs[begin..begin + length].iter();
    shown
        .map(|line| line.strip_prefix("# ").unwrap_or(line).to_owned())
        .collect()
}

/// The example of a spec whose only operation is the imitation with a change.
fn example(from: &str, to: &str) -> String {
    let files = files(&Folder::changed(from, to));
    block(&files["jdy-operations/src/ls/thing.rs"]).join("\n")
}

#[test]
fn an_example_is_made_of_the_required_fields_with_their_types() {
    let wanted = "            key: { type: string, title: 单据内码 }\n";
    let fields = format!(
        "{wanted}            day: {{ type: string, x-jdy-wire: date }}\n            at: {{ type: string, x-jdy-wire: datetime }}\n            made: {{ type: string, x-jdy-wire: epoch-millis }}\n            price: {{ type: number }}\n            count: {{ type: integer, minimum: 3 }}\n            open: {{ type: boolean }}\n            shop_id: {{ type: string }}\n            lines: {{ type: array, items: {{ $ref: \"#/post/x-jdy-entities/request/Row\" }} }}\n"
    );
    let text = change(THING, wanted, &fields);
    let all = "required: [key, day, at, made, price, count, open, shop_id, lines]";
    let text = change(&text, "required: [key]", all);

    let text = change(
        &text,
        "      Row:\n        type: object\n",
        "      Row:\n        type: object\n        required: [state]\n",
    );

    let files = files(&Folder::spec(&[
        ("openapi.yaml", ROOT),
        ("ls/thing.yaml", &text),
    ]));
    let expected = "\
use jdy::prelude::*;
use jdy::EpochMillis;
use jdy::ls::thing::{Required, RowRequired, State};
async fn example(client: &jdy::Client) -> Result<(), Box<dyn std::error::Error>> {

let answer = client.ls().thing(Required {
    key: \"单据内码\".into(),
    day: \"2024-05-01\".parse()?,
    at: \"2024-05-01 08:30:00\".parse()?,
    made: EpochMillis(1_714_521_600_000),
    price: dec!(100.00),
    count: 3,
    open: true,
    shop_id: \"850693217107061760\".into(),
    lines: vec![RowRequired {
        state: State::Enabled,
    }.into()],
}).await?;
println!(\"{}\", answer.bill_no);
Ok(())
}";
    assert_eq!(
        block(&files["jdy-operations/src/ls/thing.rs"]).join("\n"),
        expected
    );
}

#[test]
fn the_example_of_the_page_comes_first() {
    let code = example(
        "            rows: {",
        "            day: { type: string, x-jdy-wire: date }\n            rows: {",
    );
    assert!(!code.contains(".with("), "{code}");
    let media = "  responses:\n";
    let given = "        example:\n          key: K-7\n          amount: \"0.50\"\n          rows: [{ state: \"-1\" }]\n  responses:\n";
    let code = example(media, given);
    let expected = "\
let request = Required {
    key: \"K-7\".into(),
}.with(|r| {
    r.amount = Some(dec!(0.50));
    r.rows = Some(vec![Row::default().with(|r| r.state = Some(State::Disabled))]);
});
let answer = client.ls().thing(request).await?;
";
    assert!(code.contains(expected), "{code}");
}

#[test]
fn a_value_that_must_be_read_stands_before_the_closure() {
    let text = change(
        THING,
        "            amount: {",
        "            day: { type: string, x-jdy-wire: date }\n            any: { type: object, additionalProperties: true }\n            amount: {",
    );
    let given = "        example:\n          key: K-7\n          day: \"2026-01-02\"\n          any: {}\n  responses:\n";
    let text = change(&text, "  responses:\n", given);
    let files = files(&Folder::spec(&[
        ("openapi.yaml", ROOT),
        ("ls/thing.yaml", &text),
    ]));
    let code = block(&files["jdy-operations/src/ls/thing.rs"]).join("\n");
    for line in [
        "use jdy::{Date, Json};\n",
        "\nlet date: Date = \"2026-01-02\".parse()?;\nlet json = Json::new(\"{}\")?;\nlet request = ",
        "    r.day = Some(date);\n    r.any = Some(json.clone());\n",
    ] {
        assert!(code.contains(line), "`{line}` in:\n{code}");
    }
}

#[test]
fn a_write_shows_its_key_and_a_list_its_rows() {
    let code = example(
        "  x-jdy-page: page1\n",
        "  x-jdy-page: page1\n  x-jdy-key: amount\n",
    );
    assert!(
        code.contains("}.with(|r| r.amount = Some(dec!(100.00)));"),
        "{code}"
    );
    let parameters = "  parameters:\n    - { name: page, in: query, required: true, schema: { type: string, title: 当前页, x-jdy-wire: integer } }\n  requestBody:\n";
    let text = change(THING, "  requestBody:\n", parameters);
    let text = change(&text, "          required: [key]\n", "");
    let data = "          bill_no: { type: string, title: 单号 }\n";
    let list = "          rows: { type: array, items: { $ref: \"#/post/x-jdy-entities/response/Row\" } }\n          count: { type: string }\n      Row:\n        type: object\n        properties:\n          id: { type: string }\n          number: { type: string }\n          at: { type: object, additionalProperties: true }\n";
    let text = change(&text, data, list);
    let files = files(&Folder::spec(&[
        ("openapi.yaml", ROOT),
        ("ls/thing.yaml", &text),
    ]));
    let code = block(&files["jdy-operations/src/ls/thing.rs"]).join("\n");
    let expected = "\
let mut rows = client.ls().thing(Required {
    page: 1,
}).rows();
while let Some(row) = rows.next().await {
    let row = row?;
    println!(\"{} {}\", row.number, row.id);
}
";
    assert!(code.contains(expected), "{code}");
}

#[test]
fn an_example_deletes_nothing_where_another_code_is_known() {
    let text = change(
        THING,
        "label: 启用, name: Enabled",
        "label: 删除, name: Deleted",
    );
    let text = change(
        &text,
        "{ code: \"-1\", label: 禁用, name: Disabled }",
        "{ code: \"2\", label: 审核, name: Audited }",
    );
    let text = change(&text, "required: [key]", "required: [key, rows]");
    let files = files(&Folder::spec(&[
        ("openapi.yaml", ROOT),
        ("ls/thing.yaml", &text),
    ]));
    let code = block(&files["jdy-operations/src/ls/thing.rs"]).join("\n");
    assert!(code.contains("State::Audited"), "{code}");
}

#[test]
fn an_operation_with_the_name_of_a_keyword_is_linked_without_its_sign() {
    let root = ROOT.replace("ls/thing", "ls/virtual");
    let text = THING.replace("ls.thing", "ls.virtual");
    let files = files(&Folder::spec(&[
        ("openapi.yaml", &root),
        ("ls/virtual.yaml", &text),
    ]));
    let file = &files["jdy-operations/src/ls/virtual.rs"];
    assert!(file.contains("/// Called by [`Ls::virtual`],"), "{file}");
    assert!(file.contains("client.ls().r#virtual("), "{file}");
}

#[test]
fn a_record_that_requires_itself_ends() {
    let code = example(
        "          state:\n",
        "          children: { type: array, items: { $ref: \"#/post/x-jdy-entities/request/Row\" } }\n          state:\n",
    );
    assert!(code.contains("key:"), "{code}");
    let text = change(
        THING,
        "          state:\n",
        "          children: { type: array, items: { $ref: \"#/post/x-jdy-entities/request/Row\" } }\n          state:\n",
    );
    let text = change(
        &text,
        "      Row:\n        type: object\n",
        "      Row:\n        type: object\n        required: [children]\n",
    );
    let text = change(&text, "required: [key]", "required: [rows]");
    let files = files(&Folder::spec(&[
        ("openapi.yaml", ROOT),
        ("ls/thing.yaml", &text),
    ]));
    let code = block(&files["jdy-operations/src/ls/thing.rs"]).join("\n");
    assert!(code.contains("        children: Vec::new(),\n"), "{code}");
}

#[test]
fn what_the_docs_show_is_what_the_compiler_checks() {
    let folder = Folder::spec(&[("openapi.yaml", ROOT), ("ls/thing.yaml", THING)]);
    let files = files(&folder);
    let squeezed = |text: &str| {
        let lines = text.lines().map(str::trim);
        lines
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join("\n")
    };
    let docs = squeezed(&block(&files["jdy-operations/src/ls/thing.rs"]).join("\n"));
    let checked = squeezed(&files["../tests/operations/ls.rs"]);
    assert!(checked.contains(&docs), "{docs}\n\n{checked}");
    assert!(files["../tests/operations/mod.rs"].ends_with("\nmod ls;\n"));
}
