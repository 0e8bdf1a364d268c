//! A bad spec is refused at its line, with the cause and what to do, and never with a panic.

use crate::imitation::{Folder, ROOT, THING, change};

const BILL_NO: &str = "          bill_no: { type: string, title: 单号 }\n";

/// The spec with another field in the answer.
fn answer(field: &str) -> Folder {
    Folder::changed(BILL_NO, &format!("          {field}\n"))
}

#[test]
fn the_imitation_itself_is_fine() {
    let folder = Folder::spec(&[("openapi.yaml", ROOT), ("ls/thing.yaml", THING)]);
    assert_eq!(folder.diagnostics(), Vec::<String>::new());
}

#[test]
fn broken_yaml_is_reported_at_its_line() {
    let lines = Folder::changed("  tags: [ls]\n", "  tags: [ls\n").diagnostics();
    assert!(lines[0].starts_with("ls/thing.yaml:5:"), "{lines:?}");
    assert!(lines[0].contains("not valid YAML"), "{lines:?}");
    assert_eq!(lines.len(), 1, "{lines:?}");
}

#[test]
fn a_file_that_is_no_text_or_empty_is_reported() {
    let folder = Folder::changed("  tags: [ls]\n", "  tags: [ls]\n");
    std::fs::write(folder.path.join("ls/thing.yaml"), [0xff, 0xfe]).unwrap();
    folder.refuses(&["ls/thing.yaml:1:1", "not UTF-8"]);
    std::fs::write(folder.path.join("ls/thing.yaml"), "").unwrap();
    folder.refuses(&["ls/thing.yaml:1:1", "empty"]);
    std::fs::write(folder.path.join("ls/thing.yaml"), "just text\n").unwrap();
    assert!(folder.diagnostics()[0].contains("a mapping (path file) is wanted, but text"));
}

#[test]
fn a_folder_without_a_root_is_reported() {
    Folder::new().refuses(&["openapi.yaml:1:1", "the folder has no `openapi.yaml`"]);
    let gone = jdy_codegen::pipeline::plan_folder(std::path::Path::new("/nowhere/at/all"));
    assert_eq!(gone.diagnostics.errors(), 1);
}

#[test]
fn an_unknown_keyword_is_an_error_with_the_nearest_known_one() {
    answer("bill_no: { «tpye: string, title: 单号, type: string }")
        .refuses(&["unknown keyword `tpye` in schema", "did you mean `type`?"]);
    Folder::changed(
        "  summary: 事物\n",
        "  summary: 事物\n  «deprecated: true\n",
    )
    .refuses(&[
        "unknown keyword `deprecated` in operation",
        "spec/README.md",
    ]);
    Folder::root_changed("servers:", "«webhooks: {}\nservers:").refuses(&["`webhooks` in root"]);
}

#[test]
fn parts_that_cannot_be_are_refused() {
    let parted = |keywords: &str| {
        let tag = format!("description: 零售云, {keywords} }}");
        Folder::root_changed("description: 零售云 }", &tag)
    };
    for (keywords, words) in [
        (
            "«x-jdy-parts: { a: [thing] }",
            ["only beside a crate of its own", "x-jdy-own-crate: true"],
        ),
        (
            "x-jdy-own-crate: true, x-jdy-parts: { a: [«thimg] }",
            [
                "no operation of the part `a` begins with `thimg`",
                "whole words",
            ],
        ),
        (
            "x-jdy-own-crate: true, x-jdy-parts: { a: [«thi] }",
            [
                "no operation of the part `a` begins with `thi`",
                "whole words",
            ],
        ),
        (
            "x-jdy-own-crate: true, x-jdy-parts: { a: [thing], b: [«thing] }",
            ["`thing` stands in two parts, `a` and `b`", "the first"],
        ),
        (
            "x-jdy-own-crate: true, x-jdy-parts: { «a: [] }",
            ["the part `a` has no operations", "begin with"],
        ),
        (
            "x-jdy-own-crate: true, x-jdy-parts: { A-b: [«thing] }",
            ["`A-b` cannot name a part", "small letters"],
        ),
    ] {
        parted(keywords).refuses(&words);
    }
}

#[test]
fn a_duplicate_key_names_both_places() {
    answer("bill_no: { «type: string, «type: string }")
        .refuses(&["`type` stands here a second time"]);
}

#[test]
fn a_reference_to_nothing_is_reported() {
    Folder::root_changed("ls/thing.yaml }", "«ls/thimg.yaml }")
        .diagnostics()
        .iter()
        .find(|line| {
            line.contains("openapi.yaml:8:29: error:")
                && line.contains("there is no file `ls/thimg.yaml`")
                && line.contains("did you mean `ls/thing.yaml`?")
        })
        .expect("the missing file is reported");
    Folder::changed(
        "\"#/post/x-jdy-entities/request/Row\"",
        "«\"#/post/x-jdy-entities/request/Rwo\"",
    )
    .refuses(&[
        "`#/post/x-jdy-entities/request` has no `Rwo`",
        "did you mean `Row`?",
    ]);
    Folder::changed(
        "\"../openapi.yaml#/components/schemas/Envelope\"",
        "«\"../openapi.yaml#/components/schemas/Envelop\"",
    )
    .refuses(&["has no `Envelop`", "did you mean `Envelope`?"]);
}

#[test]
fn a_reference_to_the_other_side_is_reported() {
    let lines = Folder::changed(
        "\"#/post/x-jdy-entities/request/Row\"",
        "\"#/post/x-jdy-entities/response/Data\"",
    )
    .diagnostics();
    assert!(
        lines
            .iter()
            .any(|l| l.contains("of its own side of its own operation")),
        "{lines:?}"
    );
}

#[test]
fn two_operations_of_one_name_are_both_named() {
    let root = change(
        ROOT,
        "paths:\n",
        "paths:\n  /jdy/v2/ls/other: { $ref: ls/other.yaml }\n",
    );
    let folder = Folder::spec(&[
        ("openapi.yaml", &root),
        (
            "ls/other.yaml",
            &change(&change(THING, "ls.thing", "«ls.thing"), "page1", "page2"),
        ),
        ("ls/thing.yaml", &change(THING, "ls.thing", "«ls.thing")),
    ]);
    folder.refuses(&["a second operation is named `ls.thing`"]);
}

#[test]
fn two_operations_of_one_page_are_a_note() {
    let root = change(
        ROOT,
        "paths:\n",
        "paths:\n  /jdy/v2/ls/other: { $ref: ls/other.yaml }\n",
    );
    let other = change(THING, "ls.thing", "ls.other");
    let folder = Folder::spec(&[
        ("openapi.yaml", &root),
        ("ls/other.yaml", &other),
        ("ls/thing.yaml", THING),
    ]);
    let lines = folder.diagnostics();
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].contains(": note: the page `page1` describes two operations"),
        "{lines:?}"
    );
}

#[test]
fn a_better_name_settles_a_collision() {
    let folder = answer(
        "bill_no: { type: string }\n          billNo: { type: string, x-jdy-name: bill_no_too }",
    );
    assert_eq!(folder.diagnostics(), Vec::<String>::new());
}

#[test]
fn an_empty_schema_is_reported() {
    answer("«bill_no: {}").refuses(&["`bill_no` has an empty schema"]);
    answer("«bill_no: { type: object }")
        .refuses(&["an object without properties", "additionalProperties"]);
    answer("«bill_no: { title: 单号 }").refuses(&["`bill_no` has no `type`"]);
    Folder::changed("      Data:\n        type: object\n        properties:\n          bill_no: { type: string, title: 单号 }\n", "      «Data:\n        type: object\n")
        .refuses(&["an empty schema: an object without properties"]);
}

#[test]
fn codes_are_listed_once_each() {
    answer("bill_no: { type: string, «x-jdy-codes: [] }").refuses(&["`x-jdy-codes` without codes"]);
    answer("bill_no: { type: string, x-jdy-codes: [{ code: «\"1\", label: 是 }, { code: «\"1\", label: 否 }] }")
        .refuses(&["the code `1` stands here a second time"]);
    answer("bill_no: { type: string, x-jdy-codes: [«{ code: \"1\" }] }")
        .refuses(&["code has no `label`"]);
}

#[test]
fn money_needs_a_key_that_is_a_field() {
    let money = |words: &str| {
        Folder::changed(
            "  x-jdy-page: page1\n",
            &format!("  x-jdy-page: page1\n{words}\n"),
        )
    };
    money("  x-jdy-effect: «money").refuses(&["moves money, but has no `x-jdy-key`"]);
    money("  x-jdy-effect: money\n  x-jdy-key: «kye")
        .refuses(&["the request has no field `kye`", "did you mean `key`?"]);
    money("  x-jdy-effect: money\n  x-jdy-keyless: true\n  x-jdy-key: «key")
        .refuses(&["has a key and is `x-jdy-keyless`"]);
    money("  x-jdy-effect: money\n  x-jdy-key: «rows")
        .refuses(&["the key `rows` holds no single value", "items.bill_no"]);
    assert_eq!(
        money("  x-jdy-effect: money\n  x-jdy-key: key").diagnostics(),
        Vec::<String>::new()
    );
    let defaulted = change(
        THING,
        "key: { type: string, title: 单据内码 }",
        "key: { type: string, title: 单据内码, default: \"9\" }",
    );
    let marked = "  x-jdy-page: page1\n  x-jdy-effect: money\n  x-jdy-key: «key\n";
    let defaulted = change(&defaulted, "  x-jdy-page: page1\n", marked);
    Folder::spec(&[("openapi.yaml", ROOT), ("ls/thing.yaml", &defaulted)])
        .refuses(&["the key `key` has a default"]);
    money("  x-jdy-effect: «monye")
        .refuses(&["`monye` is not known here", "did you mean `money`?"]);
}

#[test]
fn a_verify_names_an_operation_and_its_fields() {
    let verify = |words: &str| {
        Folder::changed(
            "  x-jdy-page: page1\n",
            &format!("  x-jdy-page: page1\n  x-jdy-effect: read\n  x-jdy-verify: {words}\n"),
        )
    };
    Folder::changed(
        "  x-jdy-page: page1\n",
        "  x-jdy-page: page1\n  x-jdy-verify: { operation: «ls.thing, by: { key: key } }\n",
    )
    .refuses(&["`ls.thing` is no read, so it cannot verify"]);
    verify("{ operation: «ls.thin, by: { key: key } }").refuses(&[
        "there is no operation `ls.thin`",
        "did you mean `ls.thing`?",
    ]);
    for words in [
        "by: { key: nothing }",
        "by: { nothing: key }",
        "by: { key: key }, with: { nothing: '1' }",
        "by: { key: key }, look: [key, nothing]",
        "match: { bill_no: nothing }",
    ] {
        verify(&format!("{{ operation: «ls.thing, {words} }}"))
            .refuses(&["has no field `nothing`"]);
    }
    verify("{ operation: «ls.thing, by: { key: key }, match: { bill_nr: key } }").refuses(&[
        "the records that `ls.thing` shows have no field `bill_nr`",
        "`match` names a field of the answer first",
    ]);
    verify("{ operation: «ls.thing, by: { key: key }, with: { key: '1' } }")
        .refuses(&["`key` is given by `by` and by `with`"]);
}

/// The answer of a batch: a list of rows with these fields, and this keyword.
fn batch(fields: &str, verdict: &str) -> Folder {
    let rows = "          rows: { type: array, items: { $ref: \"#/post/x-jdy-entities/response/Line\" } }\n";
    let line = format!("      Line:\n        type: object\n        properties:\n{fields}");
    let text = change(THING, BILL_NO, &format!("{BILL_NO}{rows}{line}"));
    let text = match verdict {
        "" => text,
        words => {
            let page = "  x-jdy-page: page1\n";
            change(&text, page, &format!("{page}  x-jdy-verdict: {words}\n"))
        }
    };
    Folder::spec(&[("openapi.yaml", ROOT), ("ls/thing.yaml", &text)])
}

const SUCCESS: &str = "          success: { type: boolean, title: 结果 }\n";

#[test]
fn a_field_of_an_answer_that_looks_like_a_verdict_is_declared_one_or_none() {
    for field in [
        "«success: { type: boolean, title: 结果 }",
        "«isSuccess: { type: boolean }",
        "«op_result: { type: string }",
        "«error_fields: { type: array, items: { type: string } }",
        "«errorCode: { type: string }",
        "«err: { type: string }",
        "«fail_reason: { type: string }",
        "«failed: { type: string }",
        "«msg: { type: string }",
        "«message: { type: string, title: 留言 }",
        "«note: { type: string, title: 报错信息 }",
    ] {
        let name = field.trim_start_matches('«').split(':').next().unwrap();
        let field = format!("          {field}\n");
        // These three the rule declares by itself.
        if ["success", "error_fields", "err"].contains(&name) {
            let bare = field.replace('«', "");
            assert_eq!(batch(&bare, "").diagnostics(), Vec::<String>::new());
        } else {
            batch(&field, "").refuses(&[
                &format!("`rows.{name}` in the answer of `ls.thing` looks like a verdict"),
                &format!("{{ none: [rows.{name}] }} where it does not"),
            ]);
        }
        let declared = batch(
            &field.replace('«', ""),
            &format!("{{ none: [rows.{name}] }}"),
        );
        assert_eq!(declared.diagnostics(), Vec::<String>::new());
        // What is declared elsewhere is not meant.
        let (fields, verdict) = match name {
            "success" => (field, "{ none: [bill_no] }"),
            _ => (
                format!("{field}{SUCCESS}"),
                "{ rows: rows, success: success }",
            ),
        };
        batch(&fields, verdict).refuses(&["looks like a verdict"]);
    }
    for field in [
        "referreremp_id: { type: string }",
        "reason: { type: string, title: 事由 }",
        "ferry: { type: string }",
    ] {
        let field = format!("          {field}\n");
        assert_eq!(batch(&field, "").diagnostics(), Vec::<String>::new());
    }
}

#[test]
fn a_message_beside_a_verdict_and_what_lies_in_a_field_of_errors_belong_to_it() {
    let message = format!("{SUCCESS}          «message: {{ type: string }}\n");
    batch(&message, "{ rows: rows, success: success }").refuses(&["`rows.message`"]);
    let fields = message.replace('«', "");
    let told = batch(
        &fields,
        "{ rows: rows, success: success, message: message }",
    );
    assert_eq!(told.diagnostics(), Vec::<String>::new());
    let errors = "          errors: { type: array, items: { $ref: \"#/post/x-jdy-entities/response/Error\" } }\n      Error:\n        type: object\n        properties:\n          error_msg: { type: string }\n";
    let within = batch(errors, "{ rows: rows, errors: [errors] }");
    assert_eq!(within.diagnostics(), Vec::<String>::new());
}

#[test]
fn a_verdict_names_fields_that_are_there_and_says_what_decides() {
    for (words, said) in [
        ("«{ rows: row, success: success }", "`rows` names `row`"),
        ("«{ rows: bill_no, success: success }", "no list of records"),
        (
            "«{ rows: rows, success: sucess }",
            "did you mean `success`?",
        ),
        (
            "«{ rows: rows, success: success, done: ['1'] }",
            "`done` names words",
        ),
        (
            "«{ rows: rows, success: success, errors: [x] }",
            "no field `x`",
        ),
        (
            "«{ rows: rows, success: success, message: x }",
            "no field `x`",
        ),
        (
            "«{ rows: rows, success: success, of: key }",
            "`of` names `key`",
        ),
        ("«{ rows: rows, success: success, of: x }", "`of` names `x`"),
        (
            "«{ errors: [bill_no], of: lines, none: [rows.success] }",
            "`of` names `lines`",
        ),
        (
            "«{ ids: bill_no, of: rows, none: [rows.success] }",
            "`ids` names `bill_no`, which is no list",
        ),
        (
            "«{ ids: rows, none: [rows.success] }",
            "the items of `of`, which is not there",
        ),
        (
            "«{ ids: id, of: rows, none: [rows.success] }",
            "no field `id`",
        ),
        ("«{ rows: rows, none: [rows.success] }", "what decides"),
        (
            "«{ message: bill_no, none: [rows.success] }",
            "what decides",
        ),
        ("«{ none: [rows.success, rows.x] }", "no field `rows.x`"),
    ] {
        batch(SUCCESS, words).refuses(&[said]);
    }
    let fine = batch(SUCCESS, "{ rows: rows, of: rows, success: success }");
    assert_eq!(fine.diagnostics(), Vec::<String>::new());
    batch(SUCCESS, "{ rows: rows, success: success, «succes: x }").refuses(&["unknown keyword"]);
}

#[test]
fn an_operation_belongs_to_a_declared_module() {
    let folder = Folder::changed("operationId: ls.thing", "operationId: «l.thing");
    let lines = folder.diagnostics();
    assert!(
        lines[0].starts_with("ls/thing.yaml:2:16: error: `l` is no declared module"),
        "{lines:?}"
    );
    assert!(lines[0].contains("did you mean `ls`?"), "{lines:?}");
    Folder::changed("operationId: ls.thing", "operationId: «thing")
        .refuses(&["`thing` is no operation id"]);
    Folder::changed("  tags: [ls]", "  tags: [«bd]").refuses(&["the tag is `bd`", "`ls`"]);
    Folder::changed("  summary: 事物\n", "")
        .refuses(&["ls/thing.yaml:1:1", "operation has no `summary`"]);
}

#[test]
fn index_and_files_name_each_other() {
    let mut folder = Folder::spec(&[("openapi.yaml", ROOT), ("ls/thing.yaml", THING)]);
    folder.write(
        "ls/lonely.yaml",
        &change(&change(THING, "ls.thing", "ls.lonely"), "page1", "page2"),
    );
    folder.refuses(&[
        "ls/lonely.yaml:1:1",
        "no line of the index names `ls/lonely.yaml`",
    ]);
    Folder::root_changed("  /jdy/v2/ls/thing: { $ref: ls/thing.yaml }", "  /jdy/v2/ls/thing: { $ref: «ls/thing.yaml }\n  /jdy/v2/ls/other: { $ref: «ls/thing.yaml }")
        .refuses(&["`ls/thing.yaml` stands under two paths"]);
}

#[test]
fn a_path_that_would_not_be_sent_as_it_stands_is_reported() {
    for path in [
        "ls/thing/",
        "ls//thing",
        "ls/{thing}",
        "ls/thing?a=1",
        "../thing",
        "ls/./thing",
        "ls/a thing",
        "ls/a%20thing",
        "ls/事物",
    ] {
        Folder::root_changed(
            "  /jdy/v2/ls/thing: {",
            &format!("  «\"/jdy/v2/{path}\": {{"),
        )
        .refuses(&["is no path of the API", "travels in the query or the body"]);
    }
}

#[test]
fn an_entity_that_nothing_uses_is_a_note() {
    let lines = answer("bill_no: { type: string }\n      Lonely:\n        type: object\n        properties:\n          a: { type: string }").diagnostics();
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].starts_with("ls/thing.yaml:44:7: note: no field refers to the entity `Lonely`"),
        "{lines:?}"
    );
}

#[test]
fn a_value_of_the_wrong_type_is_reported() {
    answer("bill_no: { type: string, «title: [a] }")
        .refuses(&["text is wanted, but a list stands here"]);
    answer("bill_no: { type: string, «title: }")
        .refuses(&["text is wanted, but nothing stands here"]);
    answer("bill_no: { type: string, x-jdy-encrypted: «\"true\" }")
        .refuses(&["true or false is wanted"]);
    answer("bill_no: { type: string, x-jdy-encrypted: «yes }").refuses(&[
        "true or false is wanted, and `yes` is text to one reader and true or false to another",
        "as JSON has it: `true`, `false`",
    ]);
    answer("bill_no: { type: number, maximum: «0x10 }")
        .refuses(&["a number is wanted, and `0x10` is text to one reader and a number to another"]);
    answer("bill_no: { type: string, maxLength: «-3 }").refuses(&["a whole number is wanted"]);
    answer("bill_no: { type: «strnig }").refuses(&["did you mean `string`?"]);
    Folder::changed(
        "          required: [key]\n",
        "          required: [«kye]\n",
    )
    .refuses(&["`kye` is required, but no property", "did you mean `key`?"]);
    answer("bill_no: { type: boolean, x-jdy-wire: «date }").refuses(&["does not fit a boolean"]);
    answer("bill_no: { type: string, default: «9 }")
        .refuses(&["the default `9` does not fit text"]);
    answer("bill_no: { type: string, «items: { type: string } }")
        .refuses(&["`items` says nothing about text"]);
}

#[test]
fn a_scalar_that_yaml_may_read_otherwise_must_be_quoted() {
    answer("bill_no: { type: string, title: «否, description: «9 }")
        .diagnostics()
        .iter()
        .find(|line| {
            line.contains("`9` may be read as a number, but text is wanted")
                && line.contains("\"9\"")
        })
        .expect("a bare number as text is reported");
    answer("bill_no: { type: string, title: «yes }")
        .refuses(&["`yes` may be read as true or false"]);
    answer("bill_no: { type: string, title: «2020-05-11 }").refuses(&["may be read as a date"]);
    answer("«no: { type: string }")
        .refuses(&["the name `no` may be read as true or false", "\"no\""]);
    Folder::changed("    \"200\":", "    «200:")
        .diagnostics()
        .iter()
        .find(|line| {
            line.starts_with("ls/thing.yaml:19:5: error: the name `200` may be read as a number")
        })
        .expect("a bare status is reported");
    Folder::changed("      application/json:\n        schema:\n          type: object\n", "      application/json:\n        example: { id: «001 }\n        schema:\n          type: object\n")
        .refuses(&["`001` is text to one reader and a number to another"]);
}

#[test]
fn what_yaml_has_and_this_spec_does_not_use_is_reported() {
    answer("bill_no: «&a { type: string }")
        .diagnostics()
        .iter()
        .find(|line| line.contains("an anchor or alias is not used"))
        .expect("an anchor is reported");
    answer("bill_no: { type: string, title: !!str «单号 }").refuses(&["a YAML tag is not used"]);
    answer("bill_no: { type: string }\n«---\nmore: x").refuses(&["a second document is not used"]);
}

#[test]
fn an_object_within_a_field_wants_a_name() {
    answer("bill_no: { type: object, «properties: { a: { type: string } } }")
        .refuses(&["an object within a field has no name", "x-jdy-entities"]);
}

#[test]
fn all_findings_come_at_once() {
    let folder = answer(
        "a: {}\n          b: { tpye: string, type: string }\n          c: { type: string, title: yes }",
    );
    assert_eq!(folder.diagnostics().len(), 3);
}

#[test]
fn a_file_in_a_body_that_is_no_form_is_listed_as_skipped_and_all_is_counted() {
    let folder = Folder::changed(
        "            amount: {",
        "            scan: { type: string, format: binary }\n            amount: {",
    );
    let lines = folder.diagnostics();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        lines[0].contains(": note: the operation `ls.thing` is not generated: a file"),
        "{lines:?}"
    );
    let planned = folder.understand();
    assert_eq!(planned.plan.modules.len(), 0);
    assert_eq!(planned.plan.skipped[0].count.properties, 6);
}

#[test]
fn no_broken_file_makes_it_panic() {
    // Every prefix of a good file, and the file without each of its lines.
    let mut folder = Folder::spec(&[("openapi.yaml", ROOT), ("ls/thing.yaml", THING)]);
    let lines: Vec<&str> = THING.split_inclusive('\n').collect();
    for at in 0..lines.len() {
        folder.write("ls/thing.yaml", &lines[..at].concat());
        folder.diagnostics();
        folder.write(
            "ls/thing.yaml",
            &[&lines[..at], &lines[at + 1..]].concat().concat(),
        );
        folder.diagnostics();
    }
    for (at, _) in THING.char_indices().filter(|(at, _)| at % 7 == 0) {
        let mut broken = THING.to_owned();
        broken.replace_range(at..at + THING[at..].chars().next().unwrap().len_utf8(), "{");
        folder.write("ls/thing.yaml", &broken);
        folder.diagnostics();
    }
}

#[test]
fn codes_that_contradict_their_field_are_reported_at_their_position() {
    let codes = |head: &str, mark: &str, codes: &[&str]| {
        let items: String = codes
            .iter()
            .map(|code| {
                format!(
                    "              - {{ code: {code}, label: 木{} }}\n",
                    code.len()
                )
            })
            .collect();
        answer(&format!(
            "bill_no:\n            {head}\n            {mark}x-jdy-codes:\n{items}"
        ))
    };
    for wire in ["decimal", "integer", "date", "datetime", "epoch-millis"] {
        codes(
            &format!("type: string\n            x-jdy-wire: {wire}"),
            "«",
            &["\"1\"", "\"12\""],
        )
        .refuses(&[&format!("codes beside `x-jdy-wire: {wire}`")]);
    }
    for wrong in ["01", "+1", "1.0", "one", ""] {
        answer(&format!(
            "bill_no: {{ type: string, x-jdy-wire: integer, default: «\"{wrong}\" }}"
        ))
        .refuses(&[&format!("`{wrong}` is no default for this wire form")]);
    }
    for column in ["integer", "number", "boolean"] {
        answer(&format!(
            "bill_no: {{ type: {column}, x-jdy-wire: «integer }}"
        ))
        .refuses(&["`x-jdy-wire: integer` does not fit"]);
    }
    let flag = "type: string\n            x-jdy-wire: flag";
    for wrong in [&["\"0\""][..], &["\"0\"", "\"1\"", "\"true\""]] {
        codes(flag, "«", wrong).refuses(&["`x-jdy-wire: flag` has 2 codes"]);
    }
    codes(flag, "", &["\"0\"", "«\"Y\""]).refuses(&["the code `Y` is no value of text"]);
    codes("type: integer", "", &["\"1\"", "«\"A\""])
        .refuses(&["the code `A` is no value of a whole number"]);
    codes("type: integer", "", &["\"1\"", "«\"01\""]).refuses(&["the code `01`"]);
    codes("type: integer", "", &["\"1\"", "«\"1.5\""]).refuses(&["the code `1.5`"]);
    codes("type: number", "", &["\"1.5\"", "«\"\""]).refuses(&["the code `` is no value"]);
    codes("type: boolean", "", &["\"true\"", "«\"no\""]).refuses(&["the code `no`"]);
    answer("bill_no: { type: array, items: { type: integer, x-jdy-codes: [{ code: «\"A\", label: 木 }] } }")
        .refuses(&["the code `A` is no value of a whole number"]);
    for fine in [
        codes(flag, "", &["\"0\"", "\"1\""]),
        codes("type: integer", "", &["\"-1\"", "\"10\""]),
        codes("type: string", "", &["\"\"", "\"A\""]),
    ] {
        assert_eq!(fine.diagnostics(), Vec::<String>::new());
    }
}

#[test]
fn limits_that_no_value_fits_and_a_default_beside_the_codes_are_reported() {
    answer("bill_no: { type: integer, minimum: «9, maximum: 1 }")
        .refuses(&["`minimum` is above `maximum`"]);
    let fine = answer("bill_no: { type: integer, minimum: 1, maximum: 1 }");
    assert_eq!(fine.diagnostics(), Vec::<String>::new());
    answer("bill_no: { type: string, default: «\"3\", x-jdy-codes: [{ code: \"1\", label: 木 }] }")
        .refuses(&["the default `3` is none of the codes"]);
}
