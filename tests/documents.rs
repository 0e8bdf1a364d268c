//! What the READMEs and pages say of crates and files is so: features, modules, the minimum Rust,
//! and where links lead.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const READMES: [&str; 2] = ["README.md", "README.zh-CN.md"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap()
}

/// The modules and their Chinese titles, as they are generated from the spec.
fn modules() -> BTreeMap<String, String> {
    let text = read("crates/jdy/src/modules.rs");
    let blocks = text.split("/// ").skip(1);
    let module = |block: &str| {
        let (title, rest) = block.split_once('\n').unwrap();
        let (_, name) = rest.split_once("pub mod ").unwrap();
        (name.split(' ').next().unwrap().to_owned(), title.to_owned())
    };
    blocks.map(module).collect()
}

/// The features of the facade that are no modules, and whether each is on by default.
fn features() -> BTreeMap<String, bool> {
    let text = read("crates/jdy/Cargo.toml");
    let (_, features) = text.split_once("[features]\n").unwrap();
    let (features, _) = features.split_once("\n\n").unwrap();
    let lines = features.lines().filter(|line| !line.starts_with('#'));
    let mut all: BTreeMap<&str, &str> = lines.map(|line| line.split_once(" = ").unwrap()).collect();
    let default = all.remove("default").unwrap();
    let modules = modules();
    let others = all.into_keys().filter(|name| !modules.contains_key(*name));
    let is_default = |name: &str| default.contains(&format!("\"{name}\""));
    others
        .map(|name| (name.to_owned(), is_default(name)))
        .collect()
}

/// The rows of the table that begins with this cell, without their heading.
fn table(file: &str, first: &str) -> Vec<Vec<String>> {
    let text = read(file);
    let lines = text.lines();
    let mut rows = lines.skip_while(|line| !line.starts_with(&format!("| {first} |")));
    let rows = rows
        .by_ref()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let cells = |row: &str| {
        row.trim_matches('|')
            .split('|')
            .map(|c| c.trim().to_owned())
            .collect()
    };
    rows.map(cells).collect()
}

#[test]
fn the_tables_of_modules_are_those_of_the_spec_and_each_says_what_it_is() {
    let expected = modules();
    assert!(expected.len() > 10, "{expected:?}");
    for (file, first) in READMES.into_iter().zip(["module", "模块"]) {
        let rows = table(file, first);
        let named = |row: &Vec<String>| (row[0].trim_matches('`').to_owned(), row[1].clone());
        let shown: BTreeMap<String, String> = rows.iter().map(named).collect();
        assert_eq!(shown, expected, "{file}");
        let mut words: Vec<&str> = rows.iter().map(|row| &*row[2]).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), rows.len(), "{file}: two modules are the same");
        assert!(words.iter().all(|word| !word.is_empty()), "{file}");
    }
}

#[test]
fn the_tables_of_features_are_those_of_the_facade() {
    let expected = features();
    assert!(expected["reqwest"] && !expected["blocking"], "{expected:?}");
    for file in READMES {
        let shown: BTreeMap<String, bool> = table(file, "feature")
            .iter()
            .map(|row| {
                let is_default = ["yes", "是"].contains(&&*row[2]);
                (row[0].trim_matches('`').to_owned(), is_default)
            })
            .collect();
        assert_eq!(shown, expected, "{file}");
    }
}

#[test]
fn the_readmes_name_the_minimum_rust() {
    let manifest = read("Cargo.toml");
    let (_, version) = manifest.split_once("rust-version = \"").unwrap();
    let version = version.split('"').next().unwrap();
    for file in READMES {
        assert!(
            read(file).contains(&format!("Rust {version}")),
            "{file}: {version}"
        );
    }
}

/// The targets of a page's links to files, without those in code blocks.
fn links(page: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(page).unwrap();
    let mut is_code = false;
    let mut found = Vec::new();
    for line in text.lines() {
        is_code ^= line.starts_with("```");
        if is_code {
            continue;
        }
        let targets = line.split("](").skip(1);
        let targets = targets.filter_map(|rest| rest.split([')', '#']).next());
        found.extend(
            targets
                .filter(|target| !target.is_empty())
                .map(str::to_owned),
        );
    }
    found.retain(|target| !target.contains("://"));
    found
}

#[test]
fn each_link_of_a_page_leads_to_a_file() {
    let mut pages: Vec<PathBuf> = READMES.map(|name| root().join(name)).to_vec();
    let mut folders = vec!["docs".to_owned(), "docs/recipes".to_owned()];
    folders.push("docs/operations".to_owned());
    folders.extend(
        modules()
            .into_keys()
            .map(|name| format!("docs/operations/{name}")),
    );
    for folder in folders {
        let entries = std::fs::read_dir(root().join(folder)).unwrap();
        pages.extend(entries.map(|entry| entry.unwrap().path()));
    }
    pages.retain(|page| page.extension().is_some_and(|extension| extension == "md"));
    pages.push(root().join("llms.txt"));
    assert!(pages.len() > 400, "{pages:?}");
    let mut count = 0;
    for page in pages {
        for target in links(&page) {
            let path = page.with_file_name(&target);
            assert!(path.exists(), "{}: {target}", page.display());
            count += 1;
        }
    }
    assert!(count > 600, "only {count} links were found");
}
