//! A page becomes a spec file, whatever its accidents; a newer page changes only what changed; a
//! refused one leaves nothing behind; and no page makes the importer panic.
//!
//! The pages in `pages/` are imitations with invented endpoints; the files beside them were
//! written by hand.
#![allow(
    clippy::disallowed_methods,
    reason = "a bound on real time is the promise"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jdy_import::{self as import, ImportReport, PageStatus, Prose};
use jdy_spec::diagnostic::Severity;

use crate::imitation::Folder;

const ROOT: &str = r##"# A comment of the root.
openapi: "3.1.0"
info: { title: Imitation, version: "1" }
servers:
  - url: https://api.example.com
tags:
  - { name: aa, description: 前 }
paths:
  # A comment of the first line.
  /jdy/v2/aa/first: { $ref: aa/first.yaml } # and one behind it
  /jdy/v2/zz/last: { $ref: zz/last.yaml }
components:
  schemas:
    Envelope:
      type: object
      required: [errcode]
      properties:
        errcode: { type: integer, title: 返回码 }
        description: { type: string, title: 返回信息 }
  responses:
    Gateway:
      description: The gateway refused.
      content: { application/json: { schema: { $ref: "#/components/schemas/Envelope" } } }
"##;

fn small(module: &str, name: &str) -> String {
    format!(
        "get:\n  operationId: {module}.{name}\n  summary: 名\n  tags: [{module}]\n  externalDocs: {{ url: \"https://open.example.com/#/{name}\" }}\n  x-jdy-page: {module}9\n  responses:\n    \"200\":\n      description: 成功\n      content:\n        application/json:\n          schema:\n            allOf:\n              - {{ $ref: \"../openapi.yaml#/components/schemas/Envelope\" }}\n"
    )
}

pub(crate) fn spec() -> Folder {
    Folder::spec(&[
        ("openapi.yaml", ROOT),
        ("aa/first.yaml", &small("aa", "first")),
        ("zz/last.yaml", &small("zz", "last")),
    ])
}

fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages")
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files of a folder.
pub(crate) fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut out = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(files(&path));
        } else {
            out.insert(path.clone(), read(&path));
        }
    }
    out
}

pub(crate) fn import(spec: &Folder, pages: &[PathBuf]) -> Vec<ImportReport> {
    import::run(&spec.path, pages, Prose::Leave).unwrap()
}

/// Imports a page that is written for it.
pub(crate) fn import_text(spec: &Folder, name: &str, text: &str) -> ImportReport {
    let folder = Folder::new();
    let path = folder.path.join(name);
    std::fs::write(&path, text).unwrap();
    import(spec, &[path]).pop().unwrap()
}

/// Imports a page that may take away what it does not have, and move.
pub(crate) fn import_allowed(spec: &Folder, text: &str) -> ImportReport {
    let folder = Folder::new();
    let path = folder.path.join("a.md");
    std::fs::write(&path, text).unwrap();
    let asked = import::ImportOptions {
        prose: Prose::Leave,
        removal: true,
        moves: true,
    };
    import::run(&spec.path, &[path], asked).unwrap().remove(0)
}

pub(crate) fn lines(told: &ImportReport) -> Vec<String> {
    told.diagnostics
        .iter()
        .map(|(line, column, severity, what)| format!("{line}:{column}: {severity:?}: {what}"))
        .collect()
}

/// Imports one of the imitation pages and compares its file and some of its diagnostics.
fn becomes(page: &str, expected: &str, file: &str, wanted: &[&str]) {
    let spec = spec();
    let told = import(&spec, &[pages().join(page)]).pop().unwrap();
    assert_eq!(told.status, PageStatus::New, "{:?}", lines(&told));
    let text = read(&spec.path.join("tt").join(file));
    assert_eq!(text, read(&pages().join(expected)), "{page}");
    let lines = lines(&told);
    for wanted in wanted {
        assert!(
            lines.iter().any(|line| line.contains(wanted)),
            "{page}: {wanted}: {lines:#?}"
        );
    }
    let again = import(&spec, &[pages().join(page)]).pop().unwrap();
    assert_eq!(again.status, PageStatus::Same, "{page}");
    assert_eq!(read(&spec.path.join("tt").join(file)), text, "{page}");
}

#[test]
fn entities_of_every_depth_name_and_order_are_taken() {
    becomes(
        "entities.md",
        "entities.yaml",
        "barrel.yaml",
        &[
            "names `Ghost` as the type of `ghost` and never describes it",
            "75:3: Note: the entity `Void` has no fields",
            "the example has `colour`, which the table does not",
            "the example holds null for `knob`",
            "the example holds a number for `stave_id`, whose type is string",
        ],
    );
}

#[test]
fn torn_tables_and_odd_cells_lose_no_row() {
    becomes(
        "torn.md",
        "torn.yaml",
        "torn.yaml",
        &[
            "31:1: Warning: a line break tore the table",
            "36:1: Warning: a line break tore the table",
            "the row of `second|third` has more cells than the header",
            "the answer holds no data",
        ],
    );
}

#[test]
fn enumerations_of_every_style_are_taken_and_traps_are_not() {
    becomes(
        "codes.md",
        "codes.yaml",
        "codes.yaml",
        &[
            "the example of `c05` holds `Q`",
            "`t04` looks like a list of codes, but it names one code alone",
            "the codes in the description of `t05` do not fit its type",
            "the codes in the description of `t06` do not fit its type",
            "`t07` looks like a list of codes, but one code has two labels",
            "`t08` looks like a list of codes, but a label of it is a sentence",
            "`t09` looks like a list of codes, but nothing but nearness joins",
            "`t10` looks like a list of codes, but a label of it holds more signs",
        ],
    );
}

#[test]
fn codes_in_brackets_and_behind_other_signs_are_taken_and_numbers_that_count_are_not() {
    becomes(
        "marks.md",
        "marks.yaml",
        "marks.yaml",
        &[
            "`ordinal` looks like a list of codes, but numbers in brackets may be codes",
            "`circled` looks like a list of codes, but numbers in brackets may be codes",
            "`near` looks like a list of codes, but nothing but nearness joins",
            "`joined` lists codes, but several may stand in the one text",
            "`cipher` speak of a cipher, in words that are not known",
            "`stamp` speak of a time stamp, and neither they nor an example say milliseconds",
            "the words of `seconds` speak of a time stamp, and of seconds",
            "the words of `months` speak of a default that is no plain value",
            "the column says that `condition` is not required, its words demand it",
        ],
    );
}

#[test]
fn facts_names_and_rows_are_found_however_they_are_set() {
    becomes(
        "forms.md",
        "forms.yaml",
        "forms.yaml",
        &[
            "29:1: Warning: a line break tore the table",
            "39:1: Warning: a line break tore the table",
            "26:1: Warning: a table of fields without a heading after the headers",
            "`array` does not say what `pegs` holds; by its name it is the entity `Pegs`",
            "no field leads to the entity `Stray`",
        ],
    );
}

#[test]
fn what_a_page_has_and_the_spec_does_not_get_is_an_error() {
    let spec = spec();
    let before = files(&spec.path);
    let long = format!("| {} |", "one".repeat(500));
    for (from, to) in [
        ("| 参数名称 | 参数类型 | 是否必填 |", "| 甲 | 乙 | 丙 |"),
        ("| one |", "| |"),
        ("| one |", long.as_str()),
        ("### 响应参数", "#### 请求示例\n\n### 别的"),
    ] {
        let text = PAGE.replace(from, to);
        assert_ne!(text, PAGE);
        let told = import_text(&spec, "lost.md", &text);
        let lines = lines(&told);
        assert_eq!(told.status, PageStatus::Refused, "{lines:?}");
        assert!(
            lines
                .iter()
                .any(|line| line.contains("Error") && line.contains("taken")),
            "{lines:?}"
        );
        assert_eq!(files(&spec.path), before);
    }
}

#[test]
fn a_query_says_how_its_values_travel() {
    becomes(
        "query.md",
        "query.yaml",
        "query.yaml",
        &[
            "neither example nor words show how the list `open_list` travels",
            "the example of `at` is not of the form that its words state",
            "the words of `month` state a date of another form",
            "the words of `glued` state a date of another form",
            "the words of `exact` state a date of another form",
            "the words of `two_forms` state a date of another form",
            "a part of the label of `rate_id` says amount",
            "a part of the label of `currency` says amount",
            "the example of `range` is a date or time, but its name and label do not both say so",
            "the label of `fee` says amount, price, quantity or rate, but its example is no number",
            "the example's query has `stray`",
            "the example holds a number for `flag`, whose type is boolean",
        ],
    );
}

#[test]
fn an_upload_has_a_form_and_an_envelope_of_its_own() {
    becomes(
        "upload.md",
        "upload.yaml",
        "upload.yaml",
        &["`success` stands beside `data`"],
    );
    let spec = spec();
    import(&spec, &[pages().join("upload.md")]);
    let root = read(&spec.path.join("openapi.yaml"));
    assert!(
        root.contains("    UploadEnvelope:\n      type: object\n"),
        "{root}"
    );
}

#[test]
fn a_delete_has_a_body_and_a_title_that_yaml_would_refuse() {
    becomes("delete.md", "delete.yaml", "wood_picture.yaml", &[]);
}

#[test]
fn other_columns_types_and_words_are_read() {
    becomes(
        "columns.md",
        "columns.yaml",
        "columns.yaml",
        &[
            "the column `版本` is not known",
            "`ture` of `a` is read as true",
            "`false本位币` of `b` is read as false",
            "`看情况` says nothing known",
            "the entity `Row` stands here a second time",
            "the field `a` stands here a second time, the same",
            "the field `b` stands here a second time, with another type, text or demand; the first is taken",
        ],
    );
}

#[test]
fn the_vendors_source_form_and_html_give_the_same_facts() {
    for page in ["橡木保存.source.md", "橡木保存.html"] {
        becomes(
            page,
            "橡木保存.yaml",
            "oak.yaml",
            &["the page states no id"],
        );
    }
}

#[test]
fn the_index_gains_one_line_and_keeps_its_comments() {
    let spec = spec();
    import(&spec, &[pages().join("delete.md")]);
    let expected = ROOT
        .replace(
            "  - { name: aa, description: 前 }\n",
            "  - { name: aa, description: 前 }\n  - { name: tt, description: 试验云 }\n  - { name: zz }\n",
        )
        .replace("  - { name: zz }\n", "")
        .replace(
            " # and one behind it\n",
            " # and one behind it\n  /jdy/v2/tt/wood_picture: { $ref: tt/wood_picture.yaml }\n",
        );
    assert_eq!(read(&spec.path.join("openapi.yaml")), expected);
}

/// Ids of pages.
pub(crate) const P1: &str = "fab1e0000000000000000000000000c1";
pub(crate) const P2: &str = "fab1e0000000000000000000000000c2";
const P3: &str = "fab1e0000000000000000000000000c3";
const P4: &str = "fab1e0000000000000000000000000c4";

pub(crate) const PAGE: &str = "---\nid: \"kdcloud-fab1e0000000000000000000000000c1\"\ntitle: \"假页保存\"\nurl: \"https://open.example.com/#/detail?id=fab1e0000000000000000000000000c1\"\nmodule: [\"试验云\"]\n---\n\n### 基本信息\n\n-   请求方式：POST\n-   请求地址：https://api.example.com/jdy/v2/tt/fake\n\n### 请求参数\n\n#### body参数\n\n| 参数名称 | 参数类型 | 是否必填 | 参数说明 |\n| --- | --- | --- | --- |\n| one | string | true | 一 |\n| two | string | false | 二，1：甲，2：乙 |\n| three | List <Row> | false | 三 |\n\n**Row**\n\n| 参数名称 | 参数类型 | 是否必填 | 参数说明 |\n| --- | --- | --- | --- |\n| r | string | false | 行 |\n\n### 响应参数\n\n| 参数名称 | 参数类型 | 参数说明 |\n| --- | --- | --- |\n| errcode | integer | 码 |\n| data | string | 数 |\n";

#[test]
fn a_newer_page_changes_only_what_changed() {
    let spec = spec();
    assert_eq!(import_text(&spec, "a.md", PAGE).status, PageStatus::New);
    let path = spec.path.join("tt/fake.yaml");
    let by_hand = read(&path)
        .replace(
            "post:\n",
            "# About the file.\npost:\n  # About the operation.\n",
        )
        .replace(
            &format!("  x-jdy-page: {P1}\n"),
            &format!("  x-jdy-page: {P1}\n  x-jdy-effect: read # it only reads\n"),
        )
        .replace(
            "{ type: string, title: 一 }",
            "{ title: 一, type: string, x-jdy-name: first } # about one",
        )
        .replace(
            "code: \"1\", label: 甲 }",
            "code: \"1\", label: 甲, name: Alpha }",
        );
    assert_eq!(
        by_hand.matches('#').count() - by_hand.matches("#/").count(),
        4
    );
    std::fs::write(&path, &by_hand).unwrap();
    assert_eq!(import_text(&spec, "a.md", PAGE).status, PageStatus::Same);
    assert_eq!(read(&path), by_hand);
    let newer = PAGE
        .replace(
            "| two | string | false | 二，1：甲，2：乙 |\n",
            "| two | string | true | 贰，1：甲，3：丙 |\n| two_more | integer | false | 更 |\n",
        )
        .replace(
            "| r | string | false | 行 |\n",
            "| s | string | false | 列 |\n",
        );
    let told = import_text(&spec, "a.md", &newer);
    assert_eq!(told.status, PageStatus::Refused);
    assert_eq!(read(&path), by_hand);
    let told = import_allowed(&spec, &newer);
    assert_eq!(told.status, PageStatus::Changed);
    let expected = by_hand
        .replace("required: [one]", "required: [one, two]")
        .replace("title: 二\n", "title: 贰\n")
        .replace(
            "                - { code: \"2\", label: 乙 }\n",
            "                - { code: \"3\", label: 丙 }\n            two_more: { type: integer, title: 更 }\n",
        )
        .replace("r: { type: string, title: 行 }", "s: { type: string, title: 列 }");
    assert_eq!(read(&path), expected, "{:#?}", lines(&told));
    let lines = lines(&told).join("\n");
    assert!(lines.contains("/two_more is new"), "{lines}");
    assert!(lines.contains("/Row/properties/r is gone"), "{lines}");
}

#[test]
fn a_comment_outlives_the_field_that_it_speaks_of() {
    let spec = spec();
    import_text(&spec, "a.md", PAGE);
    let path = spec.path.join("tt/fake.yaml");
    let by_hand = read(&path).replace(
        "one: { type: string, title: 一 }",
        "one: { type: string, title: 一 } # why one",
    );
    std::fs::write(&path, by_hand).unwrap();
    import_allowed(&spec, &PAGE.replace("| one | string | true | 一 |\n", ""));
    let text = read(&path);
    assert!(text.contains("            # why one\n"), "{text}");
    assert!(!text.contains("one: {"), "{text}");
}

#[test]
fn a_second_method_of_a_path_joins_its_file() {
    let spec = spec();
    import_text(&spec, "a.md", PAGE);
    let post = read(&spec.path.join("tt/fake.yaml"));
    let get = PAGE
        .replace(P1, P2)
        .replace("POST", "GET")
        .replace("假页保存", "假页")
        .replace("body参数", "params参数");
    assert_eq!(import_text(&spec, "b.md", &get).status, PageStatus::New);
    let both = read(&spec.path.join("tt/fake.yaml"));
    assert!(both.starts_with("get:\n  operationId: tt.fake\n"), "{both}");
    assert!(both.ends_with(&post), "{both}");
}

#[test]
fn a_page_whose_path_changed_takes_its_operation_along() {
    let spec = spec();
    import_text(&spec, "a.md", PAGE);
    let path = spec.path.join("tt/fake.yaml");
    let by_hand = read(&path).replace(
        &format!("  x-jdy-page: {P1}\n"),
        &format!("  x-jdy-page: {P1}\n  x-jdy-effect: read # by hand\n"),
    );
    std::fs::write(&path, by_hand).unwrap();
    let told = import_text(&spec, "a.md", &PAGE.replace("tt/fake", "tt/moved"));
    assert_eq!(told.status, PageStatus::Changed, "{:?}", lines(&told));
    assert!(!path.exists());
    let moved = read(&spec.path.join("tt/moved.yaml"));
    assert!(moved.contains("operationId: tt.moved_save"), "{moved}");
    assert!(moved.contains("x-jdy-effect: read # by hand"), "{moved}");
    let root = read(&spec.path.join("openapi.yaml"));
    assert!(
        root.contains("/jdy/v2/tt/moved: { $ref: tt/moved.yaml }"),
        "{root}"
    );
    assert!(!root.contains("tt/fake"), "{root}");
}

#[test]
fn an_operation_does_not_move_into_a_file_that_holds_one_already() {
    let spec = spec();
    import_text(&spec, "a.md", PAGE);
    // A run that was ended between a file and the index leaves a file that the index does not name.
    let path = spec.path.join("tt/moved.yaml");
    let text = read(&spec.path.join("tt/fake.yaml")).replace("tt.fake_save", "tt.moved_save");
    std::fs::write(&path, text).unwrap();
    let before = files(&spec.path);
    let told = import_text(&spec, "a.md", &PAGE.replace("tt/fake", "tt/moved"));
    assert_eq!(told.status, PageStatus::Refused, "{:?}", lines(&told));
    let shown = path.display();
    let expected = format!(
        "11:5: Error: {shown} holds `post` already, and no line of the index names it; delete the file, or add its line; the page is refused"
    );
    assert_eq!(lines(&told), [expected]);
    assert_eq!(files(&spec.path), before);
    std::fs::remove_file(&path).unwrap();
    let told = import_text(&spec, "a.md", &PAGE.replace("tt/fake", "tt/moved"));
    assert_eq!(told.status, PageStatus::Changed, "{:?}", lines(&told));
}

#[test]
fn files_that_cannot_all_be_written_are_none_of_them_written() {
    let mut spec = spec();
    import_text(&spec, "a.md", PAGE);
    spec.write("zy", "A file where a module would have its folder.\n");
    let before = files(&spec.path);
    let folder = Folder::new();
    let (good, bad) = (folder.path.join("good.md"), folder.path.join("bad.md"));
    std::fs::write(&good, PAGE.replace("title: \"假页", "title: \"别页")).unwrap();
    std::fs::write(&bad, PAGE.replace(P1, P2).replace("tt/fake", "zy/fake")).unwrap();
    let told = import::run(&spec.path, &[good, bad], Prose::Leave).unwrap_err();
    let shown = spec.path.join("zy/fake.yaml");
    assert!(told.starts_with(&shown.display().to_string()), "{told}");
    assert!(told.ends_with("; nothing was imported"), "{told}");
    assert_eq!(files(&spec.path), before);
}

#[test]
fn the_folder_of_fixups_is_no_module() {
    let mut spec = spec();
    let fixup = "fixups: []\n";
    spec.write("fixups/tt.yaml", fixup);
    let before = files(&spec.path);
    let told = import_text(&spec, "a.md", &PAGE.replace("tt/fake", "fixups/tt"));
    assert_eq!(told.status, PageStatus::Refused, "{:?}", lines(&told));
    assert_eq!(files(&spec.path), before);
}

#[test]
fn a_refused_page_stops_no_other_and_leaves_nothing_behind() {
    let spec = spec();
    import_text(&spec, "a.md", PAGE);
    let before = files(&spec.path);
    let other = PAGE.replace(P1, P2).replace("| one |", "| uno |");
    let told = import_text(&spec, "b.md", &other);
    assert_eq!(told.status, PageStatus::Refused);
    let lines = lines(&told);
    assert!(lines[0].contains(P1) && lines[0].contains(P2), "{lines:?}");
    assert!(
        lines[0].starts_with("11:5: Error: POST /jdy/v2/tt/fake"),
        "{lines:?}"
    );
    let refused = [
        PAGE.replace("-   请求方式：POST\n", ""),
        PAGE.replace("-   请求方式：POST\n", "")
            .replace("请求地址", "地点"),
        PAGE.replace("POST", "PATCH"),
        PAGE.replace("https://api.example.com/jdy/v2/tt/fake", "待定"),
        PAGE.replace("/tt/fake", "/tt/{id}"),
        PAGE.replace("/jdy/v2/tt/fake", "/jdy/v2/tt"),
        PAGE.replace("/jdy/v2/tt/fake", "/jdy/v2/../../etc/passwd"),
        PAGE.replace(P1, P3)
            .replace("/tt/fake", "/tt/fa-ke")
            .replace("fa-ke", "fake_save"),
    ];
    for text in refused {
        let told = import_text(&spec, "c.md", &text);
        assert_eq!(told.status, PageStatus::Refused, "{text}");
        assert!(
            told.diagnostics
                .iter()
                .any(|(_, _, severity, _)| *severity == Severity::Error)
        );
    }
    assert_eq!(files(&spec.path), before);
    let folder = Folder::new();
    let (bad, good) = (folder.path.join("bad.md"), folder.path.join("good.md"));
    std::fs::write(&bad, [0xff, 0xfe, 0x00]).unwrap();
    std::fs::write(&good, PAGE.replace(P1, P4).replace("tt/fake", "tt/good")).unwrap();
    let told = import(&spec, &[bad, good, folder.path.join("gone.md")]);
    let status: Vec<PageStatus> = told.iter().map(|told| told.status).collect();
    assert_eq!(
        status,
        [PageStatus::Refused, PageStatus::New, PageStatus::Refused]
    );
}

#[test]
fn how_a_page_begins_or_draws_its_rows_loses_none_of_it() {
    let facts = |text: &str| {
        let spec = spec();
        let told = import_text(&spec, "a.md", text);
        assert_eq!(told.status, PageStatus::New, "{text}: {:?}", lines(&told));
        read(&spec.path.join("tt/fake.yaml"))
    };
    let plain = facts(PAGE);
    let full_width: String = PAGE
        .split_inclusive('\n')
        .map(
            |line| match line.starts_with("| ") && !line.contains("---") {
                true => line.replace('|', "｜"),
                false => line.to_owned(),
            },
        )
        .collect();
    assert_ne!(full_width, PAGE);
    assert_eq!(facts(&full_width), plain);
    // The vendor's own form has no front matter, and may begin with an anchor.
    let (_, body) = PAGE.split_at(PAGE.find("# ").unwrap() - 2);
    let anchored = format!("<a id=\"top\"></a>\n\n{body}");
    assert!(body.starts_with("### "), "{body}");
    assert_eq!(facts(&anchored), facts(body));
}

#[test]
fn a_label_that_a_newer_page_does_not_have_goes() {
    let spec = spec();
    import_text(&spec, "a.md", PAGE);
    let newer = PAGE.replace("| true | 一 |", "| true |  |");
    assert_ne!(newer, PAGE);
    assert_eq!(
        import_text(&spec, "a.md", &newer).status,
        PageStatus::Changed
    );
    let text = read(&spec.path.join("tt/fake.yaml"));
    assert!(!text.contains("title: 一"), "{text}");
    assert!(text.contains("title: 二"), "{text}");
}

#[test]
fn what_a_page_lacks_or_has_twice_is_reported() {
    let spec = spec();
    let tells = |text: &str, wanted: &str| {
        let told = import_text(&spec, "a.md", text);
        let lines = lines(&told);
        assert!(lines.iter().any(|line| line.contains(wanted)), "{lines:#?}");
    };
    let rows: Vec<&str> = PAGE
        .lines()
        .filter(|line| line.starts_with("| one |"))
        .collect();
    let (request, answer) = PAGE.split_at(PAGE.find("### 响应").unwrap());
    let mut tableless: String = request
        .lines()
        .filter(|line| !line.starts_with('|'))
        .map(|line| format!("{line}\n"))
        .collect();
    tableless.push_str(answer);
    assert!(!rows.is_empty());
    tells(
        &tableless,
        "Warning: the page describes no field of the request",
    );
}

#[test]
fn a_list_is_one_by_its_name_too_and_a_method_moves_with_the_remark_behind_it() {
    let spec = spec();
    let list = PAGE.replace("| one |", "| ones[] |");
    import_text(&spec, "a.md", &list);
    let path = spec.path.join("tt/fake.yaml");
    let text = read(&path);
    let (_, ones) = text
        .split_once("ones:")
        .expect("the field has the name without brackets");
    let ones = &ones[..ones.find('}').unwrap_or(ones.len())];
    assert!(ones.contains("type: array"), "{ones}");
    std::fs::write(&path, text.replacen("post:", "post: # by hand", 1)).unwrap();
    let told = import_text(&spec, "a.md", &list.replace("POST", "PUT"));
    assert_eq!(told.status, PageStatus::Changed, "{:?}", lines(&told));
    let moved = read(&path);
    assert!(moved.starts_with("put: # by hand\n"), "{moved}");
    assert!(!moved.contains("\npost:"), "{moved}");
}

#[test]
fn a_guide_is_no_endpoint_page() {
    let spec = spec();
    let before = files(&spec.path);
    for text in [
        "",
        "# 指南\n\n| a | b |\n| --- | --- |\n| c | d |\n",
        "<h1>指南</h1><p>文</p>",
        "\u{feff}\n",
    ] {
        let told = import_text(&spec, "guide.md", text);
        assert_eq!(told.status, PageStatus::NoEndpoint, "{text}");
        assert!(told.diagnostics.is_empty());
    }
    assert_eq!(files(&spec.path), before);
}

#[test]
fn prose_is_carried_only_where_it_is_asked_for() {
    let page = PAGE.replace(
        "| one | string | true | 一 |",
        "| one | string | true | 一（说明一番） |",
    );
    let folder = Folder::new();
    let path = folder.path.join("a.md");
    std::fs::write(&path, page).unwrap();
    let (with, without) = (spec(), spec());
    import::run(&with.path, std::slice::from_ref(&path), Prose::Keep).unwrap();
    import::run(&without.path, std::slice::from_ref(&path), Prose::Leave).unwrap();
    assert!(read(&with.path.join("tt/fake.yaml")).contains("description: 一（说明一番）"));
    assert!(!read(&without.path.join("tt/fake.yaml")).contains("说明一番"));
    // Descriptions that stand already are left alone by an import that carries none.
    let told = import::run(&with.path, &[path], Prose::Leave)
        .unwrap()
        .pop()
        .unwrap();
    assert_eq!(told.status, PageStatus::Same, "{:?}", lines(&told));
}

#[test]
fn importing_all_pages_in_one_run_or_one_by_one_is_the_same() {
    let names = [
        "codes.md",
        "columns.md",
        "delete.md",
        "entities.md",
        "query.md",
        "torn.md",
        "upload.md",
        "橡木保存.html",
    ];
    let (together, single) = (spec(), spec());
    let all: Vec<PathBuf> = names.iter().map(|name| pages().join(name)).collect();
    import(&together, &all);
    for page in all.iter().rev() {
        import(&single, std::slice::from_ref(page));
    }
    let strip = |folder: &Folder| -> Vec<String> { files(&folder.path).into_values().collect() };
    assert_eq!(strip(&together), strip(&single));
}

/// A small generator of its own, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides.max(1) as u64) as usize
    }
}

#[test]
fn broken_pages_never_panic_and_end_in_time() {
    const SCRAPS: [&str; 24] = [
        "|",
        "\n",
        "```",
        "**",
        "\\",
        "[",
        "](",
        "<table>",
        "</td>",
        "<tr><td>",
        "---",
        "“",
        "”",
        "：",
        "，",
        "1：",
        "{",
        "}",
        "\"",
        "List <",
        "#### body参数\n",
        "| --- | --- |\n",
        "\u{0}",
        "默认",
    ];
    let started = std::time::Instant::now();
    let originals: Vec<(String, String)> = std::fs::read_dir(pages())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end != "yaml"))
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                read(&path),
            )
        })
        .collect();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let spec = spec();
    for round in 0..400 {
        let (name, text) = &originals[dice.roll(originals.len())];
        let mut letters: Vec<char> = text.chars().collect();
        for _ in 0..1 + dice.roll(12) {
            let at = dice.roll(letters.len());
            match dice.roll(4) {
                0 => {
                    let end = (at + dice.roll(80)).min(letters.len());
                    letters.drain(at..end);
                }
                1 => {
                    let scrap = SCRAPS[dice.roll(SCRAPS.len())];
                    letters.splice(at..at, scrap.chars());
                }
                2 => {
                    let end = (at + dice.roll(200)).min(letters.len());
                    let piece: Vec<char> = letters[at..end].to_vec();
                    let to = dice.roll(letters.len());
                    letters.splice(to..to, piece);
                }
                _ => letters.truncate(letters.len().saturating_sub(dice.roll(60))),
            }
        }
        let broken: String = letters.into_iter().collect();
        let first = import_text(&spec, name, &broken);
        if matches!(first.status, PageStatus::New | PageStatus::Changed) {
            let again = import_text(&spec, name, &broken);
            assert_eq!(
                again.status,
                PageStatus::Same,
                "round {round}: {broken}\n{:#?}",
                lines(&again)
            );
        }
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn a_hostile_page_costs_no_more_than_its_length() {
    let started = std::time::Instant::now();
    let spec = spec();
    let many = 200_000;
    let rows: String = (0..20_000)
        .map(|at| format!("| f{at} | List <E{at}> | false | 1：{at}、2： |\n"))
        .collect();
    let hostile = [
        PAGE.replace("| one |", &format!("| {} |", "[".repeat(many))),
        PAGE.replace("| 一 |", &format!("| {} |", "（".repeat(many))),
        PAGE.replace("| 一 |", &format!("| {} |", "1：".repeat(many))),
        PAGE.replace("| 一 |", &format!("| {} |", "“".repeat(many))),
        PAGE.replace("string", &"List<".repeat(many)),
        PAGE.replace("**Row**\n", &"**Row**\n".repeat(20_000)),
        PAGE.replace("| one | string | true | 一 |\n", &rows),
        PAGE.replace(
            "### 响应参数",
            &format!(
                "### 响应示例\n\n```json\n{}\n```\n\n### 响应参数",
                "[".repeat(many)
            ),
        ),
        format!("<p>{}", "<a href>".repeat(many)),
        format!(
            "<p>请求方式：POST</p><p>请求地址：/jdy/v2/tt/h</p><h3>请求参数</h3>{}",
            "<table><tr><td>".repeat(20_000)
        ),
        "\n|".repeat(many),
        "<".repeat(many),
        "&".repeat(many),
    ];
    for text in &hostile {
        import_text(&spec, "hostile.md", text);
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
