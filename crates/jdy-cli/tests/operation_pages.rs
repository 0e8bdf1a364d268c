//! The pages of the operations: their commands fit the spec, and they say what `jdy show` says.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::command::{Ended, command, jdy};

/// The pages of all operations.
fn pages() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations");
    let entries = |folder: &Path| {
        let entries = std::fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().path())
            .collect::<Vec<_>>()
    };
    let modules = entries(&folder).into_iter().filter(|path| path.is_dir());
    let pages = modules.flat_map(|module| entries(&module));
    let mut pages: Vec<PathBuf> = pages.filter(|page| !page.ends_with("README.md")).collect();
    pages.sort();
    pages
}

/// The command of a page's example, as its words.
fn words(page: &str) -> Vec<String> {
    let (_, rest) = page.split_once("\n```sh\n").unwrap();
    let (line, _) = rest.split_once("\n```").unwrap();
    let (mut words, mut word, mut is_quoted) = (Vec::new(), String::new(), false);
    for sign in line.chars() {
        match sign {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(std::mem::take(&mut word)),
            sign => word.push(sign),
        }
    }
    words.push(word);
    words
}

/// What is wrong with the command of a page.
fn wrong(page: &Path, folder: &Path) -> Option<String> {
    let text = std::fs::read_to_string(page).unwrap();
    let words = words(&text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ["jdy", "call", arguments @ ..] = words.as_slice() else {
        return Some(format!("{}: {words:?}", page.display()));
    };
    // A list is read whole only where it is sent.
    let arguments: Vec<&str> = arguments
        .iter()
        .copied()
        .filter(|word| *word != "--all")
        .collect();
    let arguments = [&["call", "--dry-run"], arguments.as_slice()].concat();
    let mut command = command(&vec![], &arguments);
    let ended = Ended::from(command.current_dir(folder).output().unwrap());
    (ended.status != 0).then(|| format!("{}: {}", page.display(), ended.stderr))
}

#[test]
fn the_command_of_each_page_makes_a_request_that_fits_the_spec() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("operation-pages");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("picture.png"), "no picture").unwrap();
    let pages = pages();
    assert!(pages.len() > 400, "{}", pages.len());
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let parts = pages.chunks(pages.len().div_ceil(4));
        let folder = &folder;
        let parts = parts.map(|part| {
            scope.spawn(move || {
                part.iter()
                    .filter_map(|page| wrong(page, folder))
                    .collect::<Vec<_>>()
            })
        });
        let parts: Vec<_> = parts.collect();
        parts
            .into_iter()
            .flat_map(|part| part.join().unwrap())
            .collect()
    });
    assert!(
        wrong.is_empty(),
        "{} of {}: {wrong:#?}",
        wrong.len(),
        pages.len()
    );
}

/// The words behind a name at the head of what `jdy show` prints.
fn row_shown<'a>(text: &'a str, name: &str) -> &'a str {
    let line = text
        .lines()
        .find(|line| line.starts_with(&format!("{name}  ")));
    line.map_or("", |line| line[name.len()..].trim())
}

/// The same at the head of a page, as text.
fn row_of_page(page: &str, name: &str) -> String {
    let begin = format!("| {name} | ");
    let line = page.lines().find_map(|line| line.strip_prefix(&begin));
    let line = line.unwrap_or_default().trim_end_matches(" |");
    // The page links the operation that looks it up.
    let line = line.split(" ([").next().unwrap_or_default();
    line.replace('`', "")
}

/// Every field of one side stands on the page, with its type and codes, and, of a request, whether it
/// is required.
fn has_fields(side: &str, fields: &Value, is_request: bool) {
    for field in fields.as_array().into_iter().flatten() {
        let word = |name: &str| field[name].as_str().unwrap_or_default();
        let list = if field["list"] == true {
            "list of "
        } else {
            ""
        };
        let ty = match word("type") {
            "record" => format!("{list}["),
            ty => format!("{list}{ty} |"),
        };
        let begin = format!("| `{}` | {ty}", word("name"));
        let rows = side.lines().filter(|line| line.starts_with(&begin));
        let is_required = field["required"] == true;
        let required = format!("| {} |", if is_required { "yes" } else { "" });
        let required = required.replace("|  |", "| |");
        let fits = |line: &&str| {
            (!is_request || line.contains(&required)) && line.contains(word("label").trim())
        };
        assert!(
            rows.clone().any(|line| fits(&line)),
            "`{begin}` {required} in:\n{side}"
        );
        for code in field["codes"].as_array().into_iter().flatten() {
            let code = code["code"].as_str().unwrap();
            let shown = if code.is_empty() {
                "empty ".to_owned()
            } else {
                format!("`{code}` ")
            };
            assert!(
                rows.clone().any(|line| line.contains(&shown)),
                "{shown} in:\n{side}"
            );
        }
        has_fields(side, &field["fields"], is_request);
    }
}

/// The id of the operation of a page, which begins with it.
fn id_of(page: &str) -> &str {
    let line = page.lines().find(|line| line.starts_with("# "));
    let words = line.unwrap_or_default().trim_start_matches("# ");
    words
        .split(' ')
        .next()
        .unwrap_or_default()
        .trim_matches('`')
}

/// A page and what the command shows of its operation say the same.
fn compare(path: &Path) {
    let page = std::fs::read_to_string(path).unwrap();
    let id = id_of(&page);
    let shown = jdy(&vec![], &["show", id]);
    assert_eq!((shown.status, shown.stderr.as_str()), (0, ""), "{id}");
    for name in ["effect", "key", "record", "look-up", "paging"] {
        let (own, words) = (row_of_page(&page, name), row_shown(&shown.stdout, name));
        // How the command reads all pages is said by its own line.
        let words = words.trim_end_matches("; --all reads all pages");
        assert_eq!(own, words, "{id}: {name}");
    }
    let json = jdy(&vec![], &["show", id, "--format", "json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let (request, answer) = page.split_once("\n## Answer\n").unwrap();
    has_fields(request, &json["fields"], true);
    has_fields(answer, &json["answer"], false);
}

/// All fields of all operations are compared with the spec itself, by `show_all`.
#[test]
fn a_page_says_what_show_says() {
    for file in [
        "ls/mall_recharge",
        "ls/mall_recharge_rule",
        "bd/material",
        "scm/sal_order_save",
        "scm/sal_out_bound",
        "fi/voucher_save",
        "sys/common_operate",
        "sys/attachment_upload",
    ] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations");
        compare(&folder.join(format!("{file}.md")));
    }
}
