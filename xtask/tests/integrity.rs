//! What takes away needs more evidence than what adds: identity is checked, a page is taken as a
//! whole or not at all, and what stands leaves the spec only if it was asked for.

use std::path::PathBuf;
use std::process::Command;

use jdy_import::{self as import, ImportOptions, ImportReport, PageStatus};

use crate::imitation::Folder;
use crate::importing::{P1, P2, PAGE, files, import_allowed, import_text, lines, read, spec};

/// The end that the vendor's pages have.
const CODES: &str = "\n#### 返回码\n\n| 返回码 | 描述 |\n| --- | --- |\n| 100 | 木尽 |\n";

fn otherwise(from: &str, to: &str) -> String {
    assert!(PAGE.contains(from), "`{from}` stands on the page");
    PAGE.replace(from, to)
}

/// Imports pages in one run.
fn together(spec: &Folder, pages: &[(&str, &str)], asked: ImportOptions) -> Vec<ImportReport> {
    let folder = Folder::new();
    let write = |(name, text): &(&str, &str)| -> PathBuf {
        let path = folder.path.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let paths: Vec<PathBuf> = pages.iter().map(write).collect();
    import::run(&spec.path, &paths, asked).unwrap()
}

fn status(told: &[ImportReport]) -> Vec<PageStatus> {
    told.iter().map(|told| told.status).collect()
}

/// The page is refused for a reason that holds these words, and leaves the spec as it was.
fn refuses(spec: &Folder, text: &str, words: &[&str]) {
    let before = files(&spec.path);
    let told = import_text(spec, "a.md", text);
    assert_eq!(
        told.status,
        PageStatus::Refused,
        "{text}\n{:#?}",
        lines(&told)
    );
    for word in words {
        assert!(told.what.contains(word), "`{word}`: {:#?}", lines(&told));
    }
    assert_eq!(files(&spec.path), before, "{text}");
}

#[test]
fn two_pages_of_one_id_are_one_too_many() {
    let spec = spec();
    let other = otherwise("tt/fake", "tt/other").replace("假页", "别页");
    let told = together(
        &spec,
        &[("a.md", PAGE), ("b.md", &other)],
        ImportOptions::default(),
    );
    assert_eq!(status(&told), [PageStatus::New, PageStatus::Refused]);
    for word in [
        P1,
        "a.md",
        "b.md",
        "`tt.fake_save`, POST /jdy/v2/tt/fake",
        "`tt.other_save`, POST /jdy/v2/tt/other",
    ] {
        assert!(told[1].what.contains(word), "{word}: {}", told[1].what);
    }
    assert!(spec.path.join("tt/fake.yaml").exists());
    assert!(!spec.path.join("tt/other.yaml").exists());
    assert!(!read(&spec.path.join("openapi.yaml")).contains("tt/other"));
    // Nor do two pages of one run describe one method and path.
    let same = otherwise(P1, P2);
    let told = together(
        &spec,
        &[("a.md", PAGE), ("b.md", &same)],
        ImportOptions::default(),
    );
    assert_eq!(status(&told), [PageStatus::Same, PageStatus::Refused]);
    for word in ["POST /jdy/v2/tt/fake", P1, P2, "a.md", "b.md"] {
        assert!(told[1].what.contains(word), "{word}: {}", told[1].what);
    }
}

#[test]
fn what_is_no_id_is_none() {
    let page = |id: &str, name: &str| otherwise(P1, id).replace("tt/fake", &format!("tt/{name}"));
    let texts = [
        page("unknown", "one"),
        page("unknown", "two"),
        page("54b9e01c", "three"),
        page("zab1e0000000000000000000000000c1", "four"),
    ];
    let named = |order: [usize; 4]| -> Vec<(&str, &str)> {
        let names = ["1.md", "2.md", "3.md", "4.md"];
        order.map(|at| (names[at], texts[at].as_str())).to_vec()
    };
    let (there, back) = (spec(), spec());
    for _ in 0..2 {
        together(&there, &named([0, 1, 2, 3]), ImportOptions::default());
        together(&back, &named([3, 1, 0, 2]), ImportOptions::default());
    }
    let told = together(&there, &named([2, 0, 3, 1]), ImportOptions::default());
    assert_eq!(status(&told), [PageStatus::Same; 4]);
    for name in ["one", "two", "three", "four"] {
        let text = read(&there.path.join(format!("tt/{name}.yaml")));
        assert!(
            text.contains(&format!("operationId: tt.{name}_save")),
            "{text}"
        );
        assert!(
            !text.contains("x-jdy-page") && !text.contains("id="),
            "{text}"
        );
        assert_eq!(text, read(&back.path.join(format!("tt/{name}.yaml"))));
    }
}

#[test]
fn an_id_has_one_form_and_its_address_leads_to_it() {
    let dashed = "FAB1E000-0000-0000-0000-0000000000C1";
    let built =
        format!("    url: https://open.jdy.com/#/files/api/detail?index=3&categrayId=&id={P1}\n");
    let stated = format!("url: \"https://open.example.com/#/detail?id={P1}\"\n");
    for (text, url) in [
        (otherwise(&stated, "").replace(P1, dashed), built.as_str()),
        // The address of another page, and one of none.
        (
            otherwise(&format!("?id={P1}"), &format!("?id={P2}")),
            &built,
        ),
        (otherwise(&format!("?id={P1}"), "?id=unknown"), &built),
        // An address of another kind is the page's own.
        (
            otherwise(&format!("#/detail?id={P1}"), "oak"),
            "    url: https://open.example.com/oak\n",
        ),
        // The id of the address, where the page states none.
        (
            otherwise(&format!("kdcloud-{P1}"), "kdcloud-unknown"),
            &format!("    url: https://open.example.com/#/detail?id={P1}\n"),
        ),
    ] {
        let spec = spec();
        import_text(&spec, "a.md", &text);
        let file = read(&spec.path.join("tt/fake.yaml"));
        assert!(file.contains(&format!("  x-jdy-page: {P1}\n")), "{file}");
        let url = url.trim();
        assert!(file.contains(url), "{url}: {file}");
    }
}

#[test]
fn an_operation_moves_under_another_title_only_if_it_is_asked_for() {
    let spec = spec();
    import_text(&spec, "a.md", PAGE);
    let moved = otherwise("tt/fake", "tt/moved").replace("假页", "别页");
    refuses(
        &spec,
        &moved,
        &[
            "`tt.fake_save`, POST /jdy/v2/tt/fake (假页保存)",
            "POST /jdy/v2/tt/moved (别页保存)",
            "`--allow-move`",
        ],
    );
    refuses(
        &spec,
        &otherwise("POST", "PUT").replace("假页", "别页"),
        &["--allow-move"],
    );
    let asked = ImportOptions {
        moves: true,
        ..ImportOptions::default()
    };
    let told = together(&spec, &[("a.md", &moved)], asked);
    assert_eq!(
        status(&told),
        [PageStatus::Changed],
        "{:?}",
        lines(&told[0])
    );
    assert!(spec.path.join("tt/moved.yaml").exists());
    assert!(!spec.path.join("tt/fake.yaml").exists());
}

#[test]
fn a_title_by_which_a_write_would_read_is_reported() {
    let spec = spec();
    import_text(&spec, "a.md", PAGE);
    let told = import_text(&spec, "a.md", &PAGE.replace("假页保存", "假页查询"));
    assert_eq!(told.status, PageStatus::Changed, "{:#?}", lines(&told));
    let cause = "by its method and title (POST 假页查询) the operation reads, and is repeated by itself when its answer is lost; before (POST 假页保存) its effect was `write`";
    assert!(
        lines(&told).iter().any(|line| line.contains(cause)),
        "{:#?}",
        lines(&told)
    );
    let told = import_text(&spec, "a.md", &PAGE.replace("假页保存", "假页汇总表"));
    assert!(!lines(&told).join("\n").contains("the operation reads"));
}

#[test]
fn a_page_in_another_encoding_is_refused_with_what_to_do() {
    let spec = spec();
    let before = files(&spec.path);
    let folder = Folder::new();
    let page = folder.path.join("a.md");
    let utf16 = PAGE.encode_utf16().flat_map(u16::to_le_bytes);
    let marked: Vec<u8> = [0xFF, 0xFE].into_iter().chain(utf16).collect();
    for (bytes, words) in [
        (marked, "byte 0 on, most likely UTF-16; save it as UTF-8"),
        (
            b"# \xbc\xd9\xd2\xb3".to_vec(),
            "byte 2 on, most likely GB18030; save it as UTF-8",
        ),
        (
            b"\x1f\x8b\x08".to_vec(),
            "compressed (gzip); unpack it first",
        ),
    ] {
        std::fs::write(&page, bytes).unwrap();
        let told = import::run(
            &spec.path,
            std::slice::from_ref(&page),
            ImportOptions::default(),
        );
        let told = told.unwrap().remove(0);
        assert_eq!(told.status, PageStatus::Refused);
        assert!(told.what.contains(words), "{}", told.what);
    }
    assert_eq!(files(&spec.path), before);
}

#[test]
fn what_a_page_lacks_is_named_and_stays_unless_it_is_asked_for() {
    let answer = "| data | Data | 数 |\n\n**Data**\n\n| 参数名称 | 参数类型 | 参数说明 |\n| --- | --- | --- |\n| leaf | string | 叶 |\n";
    let whole = format!("{}{CODES}", otherwise("| data | string | 数 |\n", answer));
    let entity = "**Row**\n\n| 参数名称 | 参数类型 | 是否必填 | 参数说明 |\n| --- | --- | --- | --- |\n| r | string | false | 行 |\n";
    for (from, to, gone) in [
        (
            "| one | string | true | 一 |\n",
            "",
            "the body of the request, its field `one`",
        ),
        (
            "，2：乙",
            "，3：丙",
            "the body of the request, its field `two`, its code `2`",
        ),
        (
            "，1：甲，2：乙",
            "",
            "its field `two`, its code `1`; the body of the request, its field `two`, its code `2`",
        ),
        (entity, "", "the entity `Row` of the request"),
        (
            "| leaf |",
            "| twig |",
            "the entity `Data` of the response, its field `leaf`",
        ),
        (
            answer,
            "",
            "the answer of status 200, its field `data`; the entity `Data` of the response",
        ),
        ("body参数", "params参数", "the body of the request"),
    ] {
        let spec = spec();
        assert_eq!(import_text(&spec, "a.md", &whole).status, PageStatus::New);
        let path = spec.path.join("tt/fake.yaml");
        let before = read(&path);
        assert_eq!(whole.matches(from).count(), 1, "{from}");
        let less = whole.replace(from, to);
        refuses(&spec, &less, &[&format!("{gone};"), "`--allow-removal`"]);
        let told = import_allowed(&spec, &less);
        assert_eq!(
            told.status,
            PageStatus::Changed,
            "{from}: {:?}",
            lines(&told)
        );
        assert_ne!(read(&path), before, "{from}");
        assert_eq!(import_text(&spec, "a.md", &less).status, PageStatus::Same);
    }
}

#[test]
fn an_operation_outlives_a_page_that_says_nothing_of_it() {
    let spec = spec();
    import_text(&spec, "a.md", PAGE);
    let end = PAGE.find("### 基本信息").unwrap();
    refuses(
        &spec,
        &PAGE[..end],
        &["describes no endpoint", "POST /jdy/v2/tt/fake"],
    );
    refuses(
        &spec,
        "---\nid: \"kdcloud-fab1",
        &["cut off", "front matter"],
    );
    refuses(
        &spec,
        &PAGE.replacen("]\n---\n", "]\n", 1),
        &["front matter"],
    );
    let basics = PAGE.find("-   请求方式").unwrap();
    refuses(&spec, &PAGE[..basics], &["cut off", "请求方式"]);
}

#[test]
fn a_page_that_is_cut_off_is_seen_though_it_is_new() {
    let head = "#### headers参数\n\n| 参数名称 | 参数示例 | 是否必填 | 参数说明 |\n| --- | --- | --- | --- |\n| app-token | x | true | 记号 |\n\n#### body参数\n";
    let example = "\n#### 响应示例\n\n```json\n{}\n```\n";
    let vendors = otherwise("#### body参数\n", head);
    let taken = |text: &str| {
        let told = import_text(&spec(), "a.md", text);
        assert_eq!(told.status, PageStatus::New, "{text}\n{:?}", lines(&told));
    };
    taken(PAGE);
    taken(&format!("{vendors}{CODES}"));
    taken(&format!("{vendors}{example}"));
    taken(&format!(
        "{vendors}{example}{}",
        CODES.split("错").next().unwrap()
    ));
    let end = |text: &str, at: &str| text[..text.find(at).unwrap()].to_owned();
    for (text, word) in [
        // Between the rows of its last table.
        (vendors.clone(), "返回码"),
        (end(&vendors, "| data |"), "返回码"),
        // Before the answer, or its fields.
        (
            end(PAGE, "\n### 响应参数"),
            "before the fields of the answer",
        ),
        (end(PAGE, "| errcode"), "header"),
        (end(PAGE, "| --- | --- | --- |\n| errcode"), "header"),
        // Within a row.
        (end(PAGE, " 数 |\n"), "row"),
        (end(PAGE, " |\n| data"), "row"),
        (format!("{}码", end(PAGE, " 码 |")), "row"),
        // Before the fields of an entity.
        (otherwise("| data | string |", "| data | Data |"), "`Data`"),
        (
            format!(
                "{}\n**Data**\n",
                otherwise("| data | string |", "| data | Data |")
            ),
            "`Data`",
        ),
        // Within an example, or before it.
        (format!("{PAGE}\n#### 响应示例\n\n```json\n{{\n"), "fence"),
        (format!("{PAGE}\n#### 响应示例\n"), "响应示例"),
    ] {
        refuses(&spec(), &text, &["cut off", word]);
    }
    let typed = otherwise("| data | string | 数 |\n", "| data | List <string>");
    refuses(&spec(), &typed, &["cut off", "row"]);
    let rows = "<table><tr><th>参数名称</th><th>参数类型</th></tr><tr><td>errcode</td><td>integer</td></tr></table>";
    let html = format!(
        "<html><body><h3>基本信息</h3><p>请求方式：GET</p><p>请求地址：/jdy/v2/tt/fake</p><h3>响应参数</h3>{rows}</body></html>"
    );
    taken(&html);
    let embedded = format!(
        "{}\n{rows}\n",
        end(PAGE, "| 参数名称 | 参数类型 | 参数说明 |")
    );
    taken(&embedded);
    refuses(
        &spec(),
        &end(&embedded, "<td>integer"),
        &["cut off", "table"],
    );
    for (at, word) in [
        ("</body>", "document"),
        ("</table>", "table"),
        ("d></tr></table>", "tag"),
    ] {
        refuses(&spec(), &end(&html, at), &["cut off", word]);
    }
}

#[test]
fn a_page_with_an_error_is_taken_as_a_whole_or_not_at_all() {
    let spec = spec();
    import_text(&spec, "a.md", PAGE);
    // An answer whose headers are not known is no operation without an answer.
    let answer = "| 参数名称 | 参数类型 | 参数说明 |\n| --- | --- | --- |\n| errcode";
    let broken = otherwise(answer, "| 甲 | 乙 | 丙 |\n| --- | --- | --- |\n| errcode");
    for text in [broken.clone(), format!("{broken}{CODES}")] {
        refuses(&spec, &text, &["error"]);
        refuses(&self::spec(), &text, &["error"]);
    }
    assert!(
        files(&spec.path)
            .keys()
            .all(|path| path.extension().is_some_and(|end| end == "yaml"))
    );
    // The next page of the run is.
    let other = otherwise(P1, P2).replace("tt/fake", "tt/other");
    let told = together(
        &spec,
        &[("a.md", &broken), ("b.md", &other)],
        ImportOptions::default(),
    );
    assert_eq!(status(&told), [PageStatus::Refused, PageStatus::New]);
}

#[test]
fn a_page_with_two_addresses_or_methods_is_refused() {
    let second = PAGE[PAGE.find("### 基本信息").unwrap()..].replace("tt/fake", "tt/other");
    let facts = "-   请求方式：POST\n-   请求地址：https://api.example.com/jdy/v2/tt/other\n";
    let words = ["/jdy/v2/tt/fake", "/jdy/v2/tt/other"];
    for text in [
        format!("{PAGE}\n# 别页\n\n{second}"),
        format!("{PAGE}\n# 别页\n\n{facts}"),
        format!("{PAGE}{CODES}\n# 别页\n\n{facts}"),
        otherwise("-   请求方式：POST\n", facts),
    ] {
        refuses(&spec(), &text, &words);
    }
    let twice = otherwise(
        "-   请求方式：POST\n",
        "-   请求方式：POST\n-   请求方式：GET\n",
    );
    refuses(&spec(), &twice, &["GET", "POST"]);
    // What is said twice is one, however it is written.
    let again = otherwise(
        "-   请求方式：POST\n",
        "-   请求方式：POST\n-   请求方式：post\n-   请求路径：/jdy/v2/tt/fake\n",
    );
    assert_eq!(import_text(&spec(), "a.md", &again).status, PageStatus::New);
}

#[test]
fn a_wire_form_or_list_form_of_an_older_page_does_not_outlive_it() {
    let spec = spec();
    let old = otherwise(
        "| one | string | true | 一 |\n",
        "| one | string | true | 锯价 |\n| day | string | false | 锯日（yyyy-MM-dd） |\n",
    );
    let example = "#### 请求示例\n\n```bash\ncurl --location 'https://api.example.com/jdy/v2/tt/fake' --data-row '{\"one\":\"3.5\"}'\n```\n\n### 响应参数\n";
    let old = old.replace("### 响应参数\n", example);
    import_text(&spec, "a.md", &old);
    let path = spec.path.join("tt/fake.yaml");
    let text = read(&path);
    assert!(
        text.contains("x-jdy-wire: decimal") && text.contains("x-jdy-wire: date"),
        "{text}"
    );
    let new = old
        .replace("锯价", "锯法，1：横，2：纵")
        .replace("锯日（yyyy-MM-dd）", "锯态，0：否，1：是");
    let told = import_text(&spec, "a.md", &new);
    assert_eq!(told.status, PageStatus::Changed, "{:?}", lines(&told));
    let text = read(&path);
    assert!(
        !text.contains("decimal") && !text.contains("x-jdy-wire: date"),
        "{text}"
    );
    assert!(text.contains("x-jdy-wire: flag"), "{text}");
    // As if the older page had never been.
    let fresh = self::spec();
    import_text(&fresh, "a.md", &new);
    let same = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(same(&text), same(&read(&fresh.path.join("tt/fake.yaml"))));
}

#[test]
fn the_command_ends_with_one_where_a_page_is_not_taken() {
    let spec = spec();
    let folder = Folder::new();
    let status = |name: &str, text: &str, flags: &[&str]| {
        let path = folder.path.join(name);
        std::fs::write(&path, text).unwrap();
        Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["import", "--spec"])
            .arg(&spec.path)
            .args(flags)
            .arg(path)
            .output()
            .unwrap()
            .status
            .code()
    };
    assert_eq!(status("a.md", PAGE, &[]), Some(0));
    let less = otherwise("| one | string | true | 一 |\n", "");
    assert_eq!(status("a.md", &less, &[]), Some(1));
    assert_eq!(status("a.md", &less, &["--allow-move"]), Some(1));
    assert_eq!(status("a.md", &less, &["--allow-removal"]), Some(0));
    assert_eq!(status("a.md", &less, &["--allow-removal=x"]), Some(2));
    let moved = less.replace("tt/fake", "tt/moved").replace("假页", "别页");
    assert_eq!(status("a.md", &moved, &["--allow-removal"]), Some(1));
    assert_eq!(status("a.md", &moved, &["--allow-move"]), Some(0));
    // A file that was named is meant to be a page; one of a folder may be a guide.
    assert_eq!(status("guide.md", "# 指南\n", &[]), Some(1));
    let all = folder.path.to_str().unwrap();
    let ended = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["import", "--spec"])
        .arg(&spec.path)
        .args([all, &format!("{all}/a.md")])
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
}
