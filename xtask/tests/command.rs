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
        &["chaos", "--wrong"],
        &["chaos", "--wrong", "deny", "--wrong", "claim"],
    ] {
        let output = xtask(wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("Usage"),
            "{wrong:?}"
        );
    }
    assert_eq!(status(&["--help"]), 0);
    assert_eq!(status(&["chaos", "--wrong", "deny", "--help"]), 0);
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

#[test]
fn the_counts_of_a_readme_are_those_of_the_spec() {
    let spec = Folder::spec(&[("openapi.yaml", ROOT), ("ls/thing.yaml", THING)]);
    let place = Folder::new();
    let out = place.path.join("crates");
    manifests(&out);
    let stale = "# 7\n\nHere <!-- count:operations -->226<!-- /count --> of <!-- count:modules --><!-- /count -->, <!-- count:operations -->9\n";
    std::fs::write(place.path.join("README.md"), stale).unwrap();
    std::fs::write(place.path.join("README.zh-CN.md"), "226\n").unwrap();
    let arguments = [
        "gen",
        "--spec",
        spec.path.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ];
    assert_eq!(status(&arguments), 0);
    let fresh = stale.replace("226", "1").replace("--><!--", "-->1<!--");
    assert_eq!(place.read("README.md"), fresh);
    assert_eq!(place.read("README.zh-CN.md"), "226\n");
    let check = [&arguments[..], &["--check"]].concat();
    assert_eq!(status(&check), 0);
    std::fs::write(place.path.join("README.md"), stale).unwrap();
    let output = xtask(&check);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        told.contains("stale: ") && told.contains("README.md"),
        "{told}"
    );
    assert_eq!(place.read("README.md"), stale, "--check writes nothing");
}

#[test]
fn the_own_readmes_leave_their_counts_to_gen() {
    for name in ["README.md", "README.zh-CN.md"] {
        let path = format!("{}/../{name}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        for word in ["operations", "modules"] {
            let begin = format!("<!-- count:{word} -->");
            let (_, rest) = text.split_once(&begin).unwrap();
            let (count, _) = rest.split_once("<!-- /count -->").unwrap();
            assert!(count.parse::<usize>().is_ok(), "{name}: `{count}`");
        }
    }
}

#[test]
fn an_import_tells_what_a_person_reads_and_all_when_asked() {
    let spec = Folder::spec(&[("openapi.yaml", ROOT), ("ls/thing.yaml", THING)]);
    let pages = Folder::new();
    let page = pages.path.join("锯.md");
    let rows = "| a | string | true | 甲日期（yyyy） |\n| b | string | ture | 乙（默认见说明） |\n| c | string | true | 丙（默认见说明） |\n";
    let text = |rows: &str| {
        format!(
            "# 锯\n\n- 请求方式：POST\n- 请求地址：https://api.example.com/jdy/v2/ls/saw\n\n#### Body参数\n\n| 名称 | 类型 | 必填 | 描述 |\n| --- | --- | --- | --- |\n{rows}\n#### 响应参数\n\n| 名称 | 类型 | 描述 |\n| --- | --- | --- |\n| errcode | integer | 返回码 |\n"
        )
    };
    std::fs::write(&page, text(rows)).unwrap();
    let folder = spec.path.to_str().unwrap();
    let page_path = page.to_str().unwrap();
    let told = |more: &[&str]| {
        let output = xtask(&[&["import", "--spec", folder, page_path], more].concat());
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let first = told(&[]);
    assert!(
        first.starts_with(&format!("new: {page_path}: ls.saw ")),
        "{first}"
    );
    let against = first
        .find("against: `ture` of `b` is read as true")
        .unwrap();
    let warning = first.find("warning: the page states no id").unwrap();
    assert!(against < warning, "{first}");
    assert!(first.contains("speak of a default that is no plain value; it is not taken (one of 2 like it, on 1 pages)\n"), "{first}");
    let again = told(&[]);
    assert!(again.starts_with("same: "), "{again}");
    assert!(
        !again.contains(": note: ") && !again.contains(": against: "),
        "{again}"
    );
    assert!(
        again.contains("findings of pages that stay the same; --all shows them\n"),
        "{again}"
    );
    let all = told(&["--all"]);
    assert_eq!(all.matches("speak of a default").count(), 2, "{all}");
    // What changed stands where the page says it.
    std::fs::write(&page, text(&rows.replace("| c | string |", "| c | long |"))).unwrap();
    let changed = told(&[]);
    assert!(changed.contains(&format!("{page_path}:12:3: change: in {folder}/ls/saw.yaml: /post/requestBody/content/application/json/schema/properties/c is changed\n")), "{changed}");
}

#[test]
fn a_file_that_is_no_page_is_one_where_it_was_named_by_itself() {
    let spec = Folder::changed("  summary: 事物\n", "  summary: 物事\n");
    let path = spec.path.to_str().unwrap();
    let pages = Folder::new();
    let guide = pages.path.join("guide.md");
    std::fs::write(&guide, "# 指南\n\n先读这里。\n").unwrap();
    let json = pages.path.join("a.json");
    std::fs::write(&json, "{ \"a\": 1 }\n").unwrap();
    for (file, said) in [
        (
            &guide,
            "the file is no endpoint page: it is Markdown without the parts of an endpoint page",
        ),
        (
            &json,
            "the file is JSON with `a`, and no Swagger 2.0 or OpenAPI 3",
        ),
    ] {
        let file = file.to_str().unwrap();
        let output = xtask(&["import", "--spec", path, file]);
        assert_eq!(output.status.code(), Some(1), "{file}");
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let wanted = format!("{file}:1:1: error: {said}; ");
        assert!(told.contains(&wanted), "{told}");
    }
    // In a folder, it is one of the vendor's guides.
    let folder = pages.path.to_str().unwrap();
    assert_eq!(status(&["import", "--spec", path, folder]), 0);
}
