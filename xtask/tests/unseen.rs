//! Pages that are written otherwise than the vendor's are: nothing of them is lost without a word.
//!
//! Every page here is an imitation of an invented endpoint.

#![allow(
    clippy::disallowed_methods,
    reason = "a bound on real time is the promise"
)]

use jdy_import::{self as import, PageStatus, Prose};

use crate::imitation::Folder;
use crate::importing::{PAGE, import_text, lines, read, spec};

/// What a page becomes: its file of the spec, and its diagnostics.
fn taken(text: &str) -> (String, Vec<String>) {
    let spec = spec();
    let told = import_text(&spec, "a.md", text);
    assert_eq!(told.status, PageStatus::New, "{text}\n{:#?}", lines(&told));
    (read(&spec.path.join("tt/fake.yaml")), lines(&told))
}

/// The page with one piece of it written otherwise.
fn otherwise(from: &str, to: &str) -> String {
    assert_eq!(PAGE.matches(from).count(), 1, "`{from}` stands once");
    PAGE.replace(from, to)
}

#[test]
fn an_entity_is_named_however_its_heading_spells_it() {
    let (plain, _) = taken(PAGE);
    for heading in [
        "**Row：**",
        "**Row** :",
        "**Row**：",
        "**1. Row**",
        "1. **Row**",
        "- **Row**",
        "> **Row**",
        "<strong>Row</strong>：",
        "<strong>Row</strong>",
        "<b>Row</b>",
        "<p><strong>Row</strong></p>",
        "**List <Row>**",
        "**List&lt;Row&gt;**",
        "**List\\<Row\\>：**",
        "**Row[]**",
        "**Row (明细)**",
        "**Row（明细）**",
        "**Row**（明细）",
        "**明细（Row）**",
        "**Row（请求参数）**",
        "#### 2、Row：",
        "#### List<Row>",
        "<h4>Row</h4>",
        "Row：",
        "Row（明细）",
        "List <Row>",
        "3. Row",
    ] {
        let (text, diagnostics) = taken(&otherwise("**Row**\n", &format!("{heading}\n")));
        assert_eq!(text, plain, "{heading}: {diagnostics:#?}");
    }
}

#[test]
fn signs_that_nobody_sees_are_none_of_a_name_a_type_or_a_word() {
    let (plain, _) = taken(PAGE);
    for (from, to) in [
        ("| two | string", "| tw\u{200b}o | str\u{200b}ing"),
        ("| two |", "| two\u{feff} |"),
        ("| two |", "| tw\u{ad}o |"),
        ("| one | string | true |", "| one | string | tr\u{2060}ue |"),
        ("| two |", "| tw&#8203;o |"),
    ] {
        let (text, diagnostics) = taken(&otherwise(from, to));
        assert_eq!(text, plain, "{to:?}: {diagnostics:#?}");
    }
}

#[test]
fn a_name_that_is_crossed_out_refuses_the_page() {
    for name in ["~~two~~", "<del>two</del>", "<s>two</s>"] {
        let spec = spec();
        let page = otherwise("| two |", &format!("| {name} |"));
        let told = import_text(&spec, "a.md", &page);
        assert_eq!(told.status, PageStatus::Refused, "{name}");
        let cause = format!(
            "20:3: Error: the name `{name}` is crossed out, and whether the field is still there is not known; take out the row, or the marks"
        );
        assert!(lines(&told).contains(&cause), "{:#?}", lines(&told));
    }
    let row = |name: &str, says: &str| {
        format!("<tr><td>{name}</td><td>string</td><td>false</td><td>{says}</td></tr>")
    };
    for name in ["<del>two</del>", "<span><s>two</s></span>"] {
        let spec = spec();
        let told = import_text(&spec, "a.md", &in_html(&row(name, "二")));
        assert_eq!(told.status, PageStatus::Refused, "{name}");
        assert!(lines(&told).join("\n").contains("`~~two~~` is crossed out"));
    }
    let (plain, _) = taken(&in_html(&row("two", "二")));
    let (text, diagnostics) = taken(&in_html(&row("two", "<del>二</del>")));
    assert_eq!(text, plain, "{diagnostics:#?}");
}

#[test]
fn what_a_comment_holds_is_not_on_the_page() {
    let (plain, _) = taken(PAGE);
    let row = "| three | List <Row> | false | 三 |\n";
    for comment in [
        "<!-- | four | string | true | 四 | -->\n",
        "<!--\n| four | string | true | 四 |\n-->\n",
        "<!-- 四 --> <!--\n| four | string | true | 四 | -->\n",
    ] {
        for text in [
            otherwise(row, &format!("{row}{comment}")),
            otherwise(row, &format!("{comment}{row}")),
        ] {
            let (text, diagnostics) = taken(&text);
            assert_eq!(text, plain, "{comment}: {diagnostics:#?}");
        }
    }
    // A mark that opens nothing, and one within an example, stay what they are.
    let page = otherwise("三 |\n", "三<!-- |\n");
    assert!(taken(&page).0.contains("title: 三"));
}

#[test]
fn a_second_part_of_the_body_holds_fields_of_the_body() {
    let (plain, _) = taken(&otherwise(
        "| three | List <Row> | false | 三 |\n",
        "| three | List <Row> | false | 三 |\n| four | string | true | 四 |\n",
    ));
    let part = "### 请求参数\n\n#### body参数\n\n| 参数名称 | 参数类型 | 是否必填 | 参数说明 |\n| --- | --- | --- | --- |\n| four | string | true | 四 |\n\n";
    let (text, diagnostics) = taken(&otherwise(
        "### 响应参数\n",
        &format!("{part}### 响应参数\n"),
    ));
    assert_eq!(text, plain, "{diagnostics:#?}");
    tells(
        &diagnostics,
        "33:1: Warning: a second table without a name of its own; its rows are taken into the table before it",
    );
    let bare = "#### body参数\n\n| four | string | true | 四 |\n\n";
    let (text, diagnostics) = taken(&otherwise(
        "### 响应参数\n",
        &format!("{bare}### 响应参数\n"),
    ));
    assert_eq!(text, plain, "{diagnostics:#?}");
}

#[test]
fn a_query_behind_the_address_is_not_passed_over_in_silence() {
    let (plain, _) = taken(PAGE);
    let (text, diagnostics) = taken(&otherwise("/tt/fake\n", "/tt/fake?kind=2\n"));
    assert_eq!(text, plain, "{diagnostics:#?}");
    let told = diagnostics.join("\n");
    assert!(
        told.contains("Warning: the address goes on with `?kind=2`, which is not taken"),
        "{told}"
    );
}

#[test]
fn a_row_that_lacks_its_first_pipe_is_a_row() {
    let (plain, _) = taken(PAGE);
    for (row, bare) in [
        ("| one | string | true | 一 |", "one | string | true | 一"),
        ("| one | string | true | 一 |", "one | string | true | 一 |"),
        (
            "| two | string | false | 二，1：甲，2：乙 |",
            "two | string | false | 二，1：甲，2：乙 |",
        ),
    ] {
        let (text, diagnostics) = taken(&otherwise(row, bare));
        assert_eq!(text, plain, "{bare}: {diagnostics:#?}");
    }
}

#[test]
fn a_tag_ends_behind_the_quotes_of_its_attributes() {
    let row = |attribute: &str| {
        format!("<tr><td{attribute}>two</td><td>string</td><td>false</td><td>二</td></tr>")
    };
    let (plain, _) = taken(&in_html(&row("")));
    for attribute in [
        " title=\"a>b\"",
        " onclick='() => {}'",
        " title=\"'>'\" class=x",
        " title=5\"",
    ] {
        let (text, diagnostics) = taken(&in_html(&row(attribute)));
        assert_eq!(text, plain, "{attribute}: {diagnostics:#?}");
    }
}

#[test]
fn bold_words_before_the_fields_name_nothing() {
    let (plain, _) = taken(PAGE);
    let page = otherwise("#### body参数\n", "#### body参数\n\n**注意：**\n");
    let (text, diagnostics) = taken(&page);
    assert_eq!(text, plain, "{diagnostics:#?}");
}

/// Whether a diagnostic is there, word for word.
fn tells(diagnostics: &[String], wanted: &str) {
    assert!(
        diagnostics.iter().any(|line| line == wanted),
        "{wanted}: {diagnostics:#?}"
    );
}

const HEADER: &str = "| 参数名称 | 参数类型 | 是否必填 | 参数说明 |\n| --- | --- | --- | --- |\n| one | string | true | 一 |\n| two | string | false | 二，1：甲，2：乙 |\n| three | List <Row> | false | 三 |\n";

#[test]
fn every_column_that_describes_is_read_and_an_example_describes_nothing() {
    let page = otherwise(
        HEADER,
        "| 参数名称 | 参数类型 | 是否必填 | 描述 | 备注 | 取值范围 | 示例 |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n\
         | one | string | true | 一 | 默认5 | - | 6 |\n\
         | two | string | false | 二 | 1：甲，2：乙 | / | 1 |\n\
         | day | string | false | 起日 |  | yyyy-MM-dd | 1：甲，2：乙 |\n\
         | long | string | false | 木名 | 长度不超过30 | 无 |  |\n\
         | bare | string | false |  | 板名，默认2 |  |  |\n\
         | three | List <Row> | false | 三 | 三 |  |  |\n",
    );
    let (text, diagnostics) = taken(&page);
    let expected = "          required: [one]\n          properties:\n            one: { type: string, title: 一, default: \"5\" }\n            two:\n              type: string\n              title: 二\n              x-jdy-codes:\n                - { code: \"1\", label: 甲 }\n                - { code: \"2\", label: 乙 }\n            day: { type: string, title: 起日, x-jdy-wire: date }\n            long: { type: string, title: 木名, maxLength: 30 }\n            bare: { type: string, title: 板名, default: \"2\" }\n            three:\n";
    assert!(text.contains(expected), "{text}");
    for column in ["备注", "取值范围"] {
        let note = format!(
            ": Note: the column `{column}` is read behind the first that describes the fields, whose label is kept"
        );
        assert!(
            diagnostics.iter().any(|line| line.ends_with(&note)),
            "{diagnostics:#?}"
        );
    }
}

/// The page with blocks between the fields of its body and its entity.
fn below_the_fields(blocks: &str) -> (String, Vec<String>) {
    taken(&otherwise("\n**Row**\n", &format!("\n{blocks}\n**Row**\n")))
}

#[test]
fn a_table_of_codes_is_no_table_of_fields() {
    let (plain, _) = taken(PAGE);
    let table = "| 值 | 说明 |\n| --- | --- |\n| A | 甲木 |\n| B | 乙木（干） |\n";
    let codes = plain.replace(
        "            one: { type: string, title: 一 }\n",
        "            one:\n              type: string\n              title: 一\n              x-jdy-codes:\n                - { code: A, label: 甲木 }\n                - { code: B, label: 乙木 }\n",
    );
    for above in [
        "one 取值如下：\n\n",
        "**one**\n\n",
        "#### 一（one）\n\n",
        "one：\n\n",
    ] {
        let (text, diagnostics) = below_the_fields(&format!("{above}{table}"));
        assert_eq!(text, codes, "{above}: {diagnostics:#?}");
        tells(
            &diagnostics,
            "25:1: Note: a table of codes; by the words above it they are those of `one`",
        );
    }
    for above in ["取值如下：\n\n", "one 与 two 的取值：\n\n", "\n\n"] {
        let (text, diagnostics) = below_the_fields(&format!("{above}{table}"));
        assert_eq!(text, plain, "{above}");
        tells(
            &diagnostics,
            "25:1: Warning: a table of codes, but the words above it name no one field of this side; none of it is taken",
        );
    }
    for (header, why) in [
        (
            "| code | 含义 |\n| --- | --- |\n| A | 甲木 |\n| A | 乙木 |\n",
            "one code has two labels",
        ),
        (
            "| 枚举值 | 描述 |\n| --- | --- |\n| A | 甲木 |\n",
            "it lists one code alone",
        ),
        (
            "| 名称 | 说明 |\n| --- | --- |\n| 1 | 甲木 |\n| 2 | |\n",
            "a code of it has no short label",
        ),
    ] {
        let (text, diagnostics) = below_the_fields(&format!("one：\n\n{header}"));
        assert_eq!(text, plain, "{header}");
        tells(
            &diagnostics,
            &format!("25:1: Warning: a table of codes, but {why}; none of it is taken"),
        );
    }
}

#[test]
fn a_table_whose_header_is_not_known_is_refused_and_rows_without_one_go_on() {
    let page = otherwise(
        "\n**Row**\n",
        "\n改动：\n\n| 日子 | 内容 |\n| --- | --- |\n| 元日 | 新 |\n| 次日 | 改 |\n\n**Row**\n",
    );
    let told = import_text(&spec(), "a.md", &page);
    assert_eq!(told.status, PageStatus::Refused);
    tells(
        &lines(&told),
        "25:1: Error: a table without a header that is known; none of it is taken",
    );
    for rule in ["", "| --- | --- | --- | --- |\n"] {
        let rows = format!(
            "续：\n\n| four | string | false | 四 |\n{rule}| five | string | false | 五 |\n"
        );
        let (text, _) = below_the_fields(&rows);
        assert!(
            text.contains("            four: { type: string, title: 四 }\n            five: { type: string, title: 五 }\n"),
            "{text}"
        );
    }
}

/// The fields of the body and of its entity as tables of other forms.
fn redrawn(draw: impl Fn(&[Vec<&str>]) -> String) -> String {
    let mut out = String::new();
    let mut rows: Vec<Vec<&str>> = Vec::new();
    for line in PAGE.lines() {
        match line
            .strip_prefix("| ")
            .and_then(|line| line.strip_suffix(" |"))
        {
            Some(inner) if inner.starts_with("---") => {}
            Some(inner) => rows.push(inner.split(" | ").collect()),
            None => {
                if !rows.is_empty() {
                    out.push_str(&draw(&rows));
                    rows.clear();
                }
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    out.push_str(&draw(&rows));
    out
}

#[test]
fn a_table_is_read_however_it_is_drawn() {
    let (plain, _) = taken(PAGE);
    let html = |rows: &[Vec<&str>], lines: bool, escapes: bool| {
        let end = if lines { "\n" } else { "" };
        let mut out = format!("<table>{end}");
        for (at, row) in rows.iter().enumerate() {
            let tag = if at == 0 { "th" } else { "td" };
            out.push_str(&format!("<tr>{end}"));
            for cell in row {
                let cell = match escapes {
                    true => cell.replace('<', "&lt;").replace('>', "&gt;"),
                    false => (*cell).to_owned(),
                };
                out.push_str(&format!("  <{tag} align=\"left\">{cell}</{tag}>{end}"));
            }
            out.push_str(&format!("</tr>{end}"));
        }
        out.push_str("</table>\n");
        out
    };
    let piped = |rows: &[Vec<&str>], mark: &str, first: &str| {
        let mut out = String::new();
        for (at, row) in rows.iter().enumerate() {
            let mark = if at == 0 { first } else { mark };
            out.push_str(&format!("{mark}| {} |\n", row.join(" | ")));
            if at == 0 {
                out.push_str(&format!(
                    "{}| {}\n",
                    mark.replace(['-', '1', '.'], " "),
                    "--- | ".repeat(row.len())
                ));
            }
        }
        out
    };
    let drawn: [(&str, String); 8] = [
        ("lines of HTML", redrawn(|rows| html(rows, true, true))),
        ("one line of HTML", redrawn(|rows| html(rows, false, true))),
        (
            "HTML with bare types",
            redrawn(|rows| html(rows, true, false)),
        ),
        ("a quote", redrawn(|rows| piped(rows, "> ", "> "))),
        ("a narrow quote", redrawn(|rows| piped(rows, ">", ">"))),
        ("an item", redrawn(|rows| piped(rows, "  ", "- "))),
        ("a numbered item", redrawn(|rows| piped(rows, "   ", "1. "))),
        (
            "tabs",
            redrawn(|rows| {
                rows.iter()
                    .map(|row| format!("{}\n", row.join("\t")))
                    .collect()
            }),
        ),
    ];
    for (form, page) in drawn {
        assert_ne!(page, PAGE, "{form}");
        let (text, diagnostics) = taken(&page);
        assert_eq!(text, plain, "{form}: {page}\n{diagnostics:#?}");
    }
}

/// The page with the fields of its body as a table of HTML, of these rows behind the header.
fn in_html(rows: &str) -> String {
    let head = "<tr><th>参数名称</th><th>参数类型</th><th>是否必填</th><th>参数说明</th></tr>";
    otherwise(HEADER, &format!("<table>{head}{rows}</table>\n"))
}

#[test]
fn a_cell_that_spans_rows_stands_in_each_of_them() {
    let page = otherwise(
        HEADER,
        &HEADER
            .replace("| two | string | false |", "| two | string | true |")
            .replace("| List <Row> | false |", "| List <Row> | true |"),
    );
    let (plain, _) = taken(&page);
    let two = "二，1：甲，2：乙";
    for rows in [
        format!(
            "<tr><td>one<td rowspan=\"2\">string<td ROWSPAN='3'>true<td>一<tr><td>two<td>{two}<tr><td>three<td>List <Row><td>三"
        ),
        format!(
            "\n<tr>\n<td>one</td><td rowspan=2>string</td><td rowspan = 0>true</td><td>一</td>\n</tr>\n<tr><td>two</td><td>{two}</td></tr><tr><td>three</td><td>List &lt;Row&gt;</td><td>三</td></tr>\n"
        ),
        format!(
            "<tr><td colspan=4>基础信息</td></tr><tr><td>one</td><td>string</td><td rowspan=3>true</td><td>一</td></tr><tr><td>two</td><td>string</td><td>{two}</td></tr><tr><td>three</td><td>List <Row></td><td>三</td></tr>"
        ),
    ] {
        let (text, diagnostics) = taken(&in_html(&rows));
        assert_eq!(text, plain, "{rows}: {diagnostics:#?}");
    }
}

/// A row that ends before the column of a merged cell takes its part of it all the same.
#[test]
fn a_merged_cell_spans_no_row_more_for_one_that_ends_early() {
    let one = "<tr><td>one</td><td>string</td><td rowspan=2>true</td><td>一</td></tr>";
    let three = "<tr><td>three</td><td>List <Row></td><td>false</td><td>三</td></tr>";
    let of = |two: &str, one: &str| taken(&in_html(&format!("{one}{two}{three}")));
    let (text, diagnostics) = of("<tr><td>two</td></tr>", one);
    let (whole, _) = of(
        "<tr><td>two</td><td></td><td>true</td></tr>",
        &one.replace(" rowspan=2", ""),
    );
    assert_eq!(text, whole, "{diagnostics:#?}");
}

#[test]
fn a_table_within_a_cell_refuses_the_page() {
    let inner = "<table><tr><td>1</td><td>甲</td></tr></table>";
    let one = "<tr><td>one</td><td>string</td><td>true</td><td>一</td></tr>";
    let two = format!("<tr><td>two</td><td>string</td><td>false</td><td>二{inner}</td></tr>");
    let three = "<tr><td>three</td><td>List <Row></td><td>false</td><td>三</td></tr>";
    for rows in [
        format!("{one}{two}{three}"),
        format!("{one}{three}{two}"),
        format!(
            "\n{one}\n{}\n{three}\n",
            two.replace("<table>", "\n<table>")
        ),
    ] {
        let spec = spec();
        let told = import_text(&spec, "a.md", &in_html(&rows));
        assert_eq!(
            told.status,
            PageStatus::Refused,
            "{rows}\n{:#?}",
            lines(&told)
        );
        let cause = "a table stands within a cell of another, which cannot be read; write what it says into the cell; the page is refused";
        assert!(
            lines(&told).iter().any(|line| line.ends_with(cause)),
            "{:#?}",
            lines(&told)
        );
    }
}

/// The page with two entities of these names, each the type of a field.
fn two_entities(first: &str, second: &str) -> (String, Vec<String>) {
    let page = otherwise(
        "| three | List <Row> | false | 三 |\n\n**Row**\n",
        &format!(
            "| three | List <{first}> | false | 三 |\n| four | {second} | false | 四 |\n\n**{first}**\n\n| 参数名称 | 参数类型 | 是否必填 | 参数说明 |\n| --- | --- | --- | --- |\n| q | string | false | 列 |\n\n**{second}**\n"
        ),
    );
    taken(&page)
}

#[test]
fn two_entities_that_share_their_latin_part_stay_two() {
    for (first, second, base) in [
        ("BOM明细", "BOM子项", "BOM"),
        ("a.Row", "b.Row", "Row"),
        ("Row明细", "Row_2子项", "Row"),
    ] {
        let other = match second {
            "Row_2子项" => "Row_2".to_owned(),
            _ => format!("{base}_2"),
        };
        let (text, diagnostics) = two_entities(first, second);
        let expected = format!(
            "      {base}:\n        type: object\n        properties:\n          q: {{ type: string, title: 列 }}\n      {other}:\n        type: object\n        properties:\n          r: {{ type: string, title: 行 }}\n"
        );
        assert!(text.contains(&expected), "{text}\n{diagnostics:#?}");
        assert!(
            text.contains(&format!(
                "items: {{ $ref: \"#/post/x-jdy-entities/request/{base}\" }}"
            )) && text.contains(&format!(
                "four: {{ $ref: \"#/post/x-jdy-entities/request/{other}\""
            )),
            "{text}"
        );
        if second != "Row_2子项" {
            tells(
                &diagnostics,
                &format!(
                    "30:3: Note: `{first}` and `{second}` are two entities of one name, `{base}`; the second is called `{other}` in the spec"
                ),
            );
        }
    }
    // A type that names neither of them leaves the choice; one that says more names another.
    let page = otherwise(
        "| two | string | false | 二，1：甲，2：乙 |\n",
        "| two | BOM | false | 二 |\n| six | BOM组件 | false | 六 |\n",
    )
    .replace(
        "**Row**\n",
        "**BOM明细**\n\n| 参数名称 | 参数类型 |\n| --- | --- |\n| q | string |\n\n**BOM子项**\n",
    );
    let (text, diagnostics) = taken(&page);
    assert!(
        text.contains("two: { $ref: \"#/post/x-jdy-entities/request/BOM\""),
        "{text}"
    );
    tells(
        &diagnostics,
        "20:9: Warning: `BOM` may be `BOM明细` or `BOM子项`; it is taken for `BOM`",
    );
    tells(
        &diagnostics,
        "21:9: Warning: the page names `BOM组件` as the type of `six` and never describes it; it holds any value",
    );
}

#[test]
fn an_unknown_type_is_reported_with_all_its_fields() {
    let rows: String = (1..=14)
        .map(|at| format!("| f{at} | Strng | false | 段 |\n"))
        .collect();
    let row = "| one | string | true | 一 |\n";
    let (_, diagnostics) = taken(&otherwise(row, &rows));
    tells(
        &diagnostics,
        "19:8: Warning: the page names `Strng` as the type of `f1`, `f2`, `f3`, `f4`, `f5`, `f6`, `f7`, `f8`, `f9`, `f10`, `f11`, `f12` and 2 more and never describes it; these 14 fields hold any value",
    );
    assert_eq!(
        diagnostics
            .iter()
            .filter(|line| line.contains("Strng"))
            .count(),
        1,
        "{diagnostics:#?}"
    );
}

#[test]
fn an_entity_that_the_page_describes_is_it_whatever_its_name() {
    let (plain, _) = taken(PAGE);
    for name in ["File", "Binary", "Date", "Money", "Map"] {
        let page = PAGE
            .replace("List <Row>", &format!("List <{name}>"))
            .replace("**Row**", &format!("**{name}**"));
        let (text, diagnostics) = taken(&page);
        assert_eq!(text, plain.replace("Row", name), "{diagnostics:#?}");
    }
    let upload = PAGE.replace("List <Row>", "List <File>");
    assert!(taken(&upload).0.contains("multipart/form-data"));
}

#[test]
fn a_fence_that_is_not_closed_ends_where_the_page_goes_on() {
    let curl = "#### 请求示例\n\n```bash\n# 请求参数\ncurl --request POST 'https://api.example.com/jdy/v2/tt/fake' \\\n--data-row '{\"one\":\"x\"}'\n```\n\n";
    let whole = otherwise("### 响应参数\n", &format!("{curl}### 响应参数\n"));
    let (plain, diagnostics) = taken(&whole);
    let about_fences = |diagnostics: &[String]| -> Vec<String> {
        let is_one = |line: &&String| line.contains("fence");
        diagnostics.iter().filter(is_one).cloned().collect()
    };
    assert_eq!(about_fences(&diagnostics), Vec::<String>::new());
    let told =
        ["31:1: Warning: a fence that is not closed; it ends before the next part of the page"];
    let open = whole.replace("'\n```\n\n### 响应", "'\n\n### 响应");
    assert_ne!(open, whole);
    let (text, diagnostics) = taken(&open);
    assert_eq!(text, plain, "{diagnostics:#?}");
    assert_eq!(about_fences(&diagnostics), told);
    // A mark behind the last line closes it as well.
    let (text, diagnostics) = taken(&whole.replace("}'\n```\n", "}'```\n"));
    assert_eq!(text, plain);
    assert_eq!(about_fences(&diagnostics), Vec::<String>::new());
    // A table under a name, and the fence of the answer's example.
    for next in ["**Row**", "Row："] {
        let early = PAGE.replace(
            "\n**Row**\n",
            &format!("\n{}\n{next}\n", curl.replace("```\n\n", "")),
        );
        let early = early.replace("#### 请求示例\n\n", "");
        let (text, diagnostics) = taken(&early);
        assert_eq!(text, plain, "{diagnostics:#?}");
        assert_eq!(about_fences(&diagnostics).len(), 1);
    }
    let twice = otherwise(
        "### 响应参数\n",
        &format!(
            "{}\n```json\n{{\"one\":\"x\"}}\n```\n\n### 响应参数\n",
            curl.replace("```\n\n", "")
        ),
    );
    let (text, diagnostics) = taken(&twice);
    assert_eq!(text, plain);
    assert_eq!(about_fences(&diagnostics), told);
}

#[test]
fn a_rule_with_blanks_that_do_not_break_is_one() {
    let (plain, _) = taken(PAGE);
    let page = PAGE.replace("| --- | --- |", "|\u{a0}---\u{a0}|\u{a0}--- |");
    assert_ne!(page, PAGE);
    assert_eq!(taken(&page).0, plain);
}

#[test]
fn an_example_is_carried_as_yaml_that_can_be_read() {
    let example = "#### 响应示例\n\n```json\n{\"errcode\":0,\"data\":\"a\",\"data\":\"\\ud83d\\ude00\",\"\":1,\" \":{\"\":2}}\n```\n";
    let spec = spec();
    let folder = Folder::new();
    let path = folder.path.join("a.md");
    std::fs::write(&path, format!("{PAGE}\n{example}")).unwrap();
    let mut told = Vec::new();
    for _ in 0..2 {
        told = import::run(&spec.path, std::slice::from_ref(&path), Prose::Keep).unwrap();
    }
    assert_eq!(told[0].status, PageStatus::Same, "{:#?}", lines(&told[0]));
    let text = read(&spec.path.join("tt/fake.yaml"));
    let expected = "          example:\n            errcode: 0\n            data: 😀\n";
    assert!(text.contains(expected), "{text}");
    let found = lines(&told[0]);
    let note = "39:25: Note: the example has `data` twice in one object; the last is kept";
    tells(&found, note);
}

#[test]
fn a_name_made_by_hand_outlives_a_move_and_one_of_the_rule_moves_along() {
    for (by_hand, moved, expected) in [
        ("tt.better", "tt/moved", "tt.better"),
        ("tt.better", "uu/moved", "uu.better"),
        ("tt.fake_save", "tt/moved", "tt.moved_save"),
        ("tt.fake", "tt/moved", "tt.moved_save"),
    ] {
        let spec = spec();
        import_text(&spec, "a.md", PAGE);
        let path = spec.path.join("tt/fake.yaml");
        let text = read(&path).replace(
            "operationId: tt.fake_save",
            &format!("operationId: {by_hand}"),
        );
        std::fs::write(&path, text).unwrap();
        let told = import_text(&spec, "a.md", &PAGE.replace("tt/fake", moved));
        assert_eq!(told.status, PageStatus::Changed, "{:?}", lines(&told));
        let text = read(&spec.path.join(format!("{moved}.yaml")));
        assert!(
            text.contains(&format!("  operationId: {expected}\n")),
            "{text}"
        );
        let module = &moved[..2];
        assert!(text.contains(&format!("  tags: [{module}]\n")), "{text}");
        let warning = format!(
            "11:5: Warning: the rule names this operation `{module}.moved_save`, the spec `{by_hand}` by hand; it is `{expected}`"
        );
        let is_reported = lines(&told).contains(&warning);
        assert_eq!(is_reported, by_hand == "tt.better", "{:#?}", lines(&told));
    }
}

#[test]
fn a_page_without_a_title_has_the_name_of_its_file_or_a_short_purpose() {
    let (_, body) = PAGE.split_at(PAGE.find("### ").unwrap());
    let purpose = |words: &str| {
        body.replace(
            "-   请求方式",
            &format!("-   用途说明：{words}\n-   请求方式"),
        )
    };
    for (file, words, title, note) in [
        (
            "木板.md",
            "锯木查询",
            "木板",
            "1:1: Note: the page states no title; by its file it is `木板`",
        ),
        (
            "a.md",
            "锯木查询。",
            "锯木查询",
            "3:5: Note: the page states no title; by its purpose it is `锯木查询`",
        ),
        (
            "a.md",
            "用于查询锯木的记录",
            "a",
            "1:1: Note: the page states no title; by its file it is `a`",
        ),
        (
            "a.md",
            "锯木，并且查询它",
            "a",
            "1:1: Note: the page states no title; by its file it is `a`",
        ),
    ] {
        let spec = spec();
        let told = import_text(&spec, file, &purpose(words));
        let text = read(&spec.path.join("tt/fake.yaml"));
        assert!(text.contains(&format!("  summary: {title}\n")), "{text}");
        tells(&lines(&told), note);
    }
}

#[test]
fn many_entities_cost_no_more_than_their_number() {
    const MANY: usize = 3_000;
    let started = std::time::Instant::now();
    let head = "| 参数名称 | 参数类型 |\n| --- | --- |\n";
    let same: String = (0..20_000)
        .map(|at| format!("**Row**\n\n{head}| f{at} | string |\n\n"))
        .collect();
    let (text, _) = taken(&otherwise("**Row**\n", &format!("{same}**Row**\n")));
    assert!(text.contains("          f19999: { type: string }\n"));
    let spoken: String = (0..20_000)
        .map(|at| format!("one 与 f{at}\n\n{head}| f{at} | string |\n\none 的值\n\n| 值 | 说明 |\n| 1 | 甲 |\n\n"))
        .collect();
    taken(&otherwise("**Row**\n", &format!("{spoken}**Row**\n")));
    let chain = |last: &str| -> Vec<String> {
        let entities: String = (1..=MANY)
            .map(|at| {
                let next = format!("E{}", at + 1);
                let held = if at == MANY { last } else { &next };
                format!("**E{at}**\n\n{head}| f | {held} |\n\n")
            })
            .collect();
        let page = otherwise("List <Row>", "E1").replace("**Row**", &format!("{entities}**Rest**"));
        let spec = spec();
        import_text(&spec, "a.md", &page);
        let diagnostics = spec.diagnostics();
        let of_chain = |line: &String| line.contains("holds itself");
        diagnostics.into_iter().filter(of_chain).collect()
    };
    assert_eq!(chain("string"), Vec::<String>::new());
    let ring = chain("E1");
    assert_eq!(ring.len(), 1, "{ring:?}");
    assert!(
        ring[0].contains("the entity `E1` holds itself: E1 -> E2 -> E3 ->"),
        "{}",
        ring[0]
    );
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn words_before_a_table_tell_whose_fields_it_holds() {
    let (plain, _) = taken(PAGE);
    for words in [
        "其中 Row 的结构如下：",
        "three 参数说明：",
        "three（三）的字段",
    ] {
        let (text, diagnostics) = taken(&otherwise("**Row**\n", &format!("{words}\n")));
        assert_eq!(text, plain, "{words}: {diagnostics:#?}");
        tells(
            &diagnostics,
            "23:1: Note: by the words above it, the next table is of the entity `Row`",
        );
    }
    let (text, diagnostics) = taken(&otherwise(
        "**Row**\n",
        "**注：one 与 two 二选一**\n\n**Row**\n",
    ));
    assert_eq!(text, plain, "{diagnostics:#?}");
}
