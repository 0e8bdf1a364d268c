//! What `docs` says of spans, events and metrics is what the code has.

use std::collections::BTreeSet;
use std::path::Path;

use granit_parser::{Event, Parser};
use jdy_runtime::telemetry::{attribute, event, metric, span};

const HISTOGRAMS: [&str; 4] = [
    metric::REQUEST_DURATION,
    metric::CALL_DURATION,
    metric::ATTEMPTS,
    metric::LIMITER_WAIT,
];

fn read(name: &str) -> String {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    std::fs::read_to_string(docs.join(name)).unwrap()
}

/// The rows of the tables below these headings, without heading and rule.
fn tables(document: &str) -> Vec<Vec<Vec<String>>> {
    let mut tables = Vec::new();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for line in document.lines().chain([""]) {
        match line.strip_prefix("| ") {
            Some(row) => {
                let cells = row.trim_end_matches('|').split(" | ");
                rows.push(cells.map(|cell| cell.trim().to_owned()).collect());
            }
            None if line.starts_with("|---") => rows.clear(),
            None if !rows.is_empty() => tables.push(std::mem::take(&mut rows)),
            None => {}
        }
    }
    tables
}

fn first_column(table: &[Vec<String>]) -> BTreeSet<&str> {
    table.iter().map(|row| row[0].trim_matches('`')).collect()
}

#[test]
fn the_tables_have_the_names_of_the_code_in_both_languages() {
    for document in ["observability.md", "observability.zh-CN.md"] {
        let tables = tables(&read(document));
        let names = [span::ALL, attribute::ALL, event::ALL, metric::ALL];
        assert_eq!(tables.len(), names.len(), "{document}");
        for (table, names) in tables.iter().zip(names) {
            let names: BTreeSet<_> = names.iter().copied().collect();
            assert_eq!(first_column(table), names, "{document}");
        }
    }
}

/// The labels of each metric, as the page has them.
pub fn labels_of_the_page(document: &str) -> Vec<(String, String, BTreeSet<String>)> {
    let metrics = tables(&read(document)).pop().unwrap();
    let unquoted = |text: &str| text.trim_matches('`').to_owned();
    metrics
        .iter()
        .map(|row| {
            let labels = row[2].split(", ").map(unquoted).collect();
            (unquoted(&row[0]), row[1].clone(), labels)
        })
        .collect()
}

#[test]
fn the_metrics_have_their_types_and_labels_that_exist_in_both_languages() {
    let page = labels_of_the_page("observability.md");
    assert_eq!(page, labels_of_the_page("observability.zh-CN.md"));
    for (name, kind, labels) in &page {
        let is_histogram = HISTOGRAMS.contains(&name.as_str());
        assert_eq!(kind, if is_histogram { "histogram" } else { "counter" });
        for label in labels {
            assert!(attribute::ALL.contains(&label.as_str()), "{name}: {label}");
        }
    }
}

/// Words of an expression that are names of ours, without those that are labels.
fn metrics_in(expression: &str) -> BTreeSet<String> {
    let label = |word: &&str| {
        let is_word = |name: &&str| name.replace('.', "_") == **word;
        attribute::ALL.iter().any(is_word)
    };
    expression
        .split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .filter(|word| word.starts_with("jdy_") || word.starts_with("http_"))
        .filter(|word| !label(word))
        .map(str::to_owned)
        .collect()
}

/// The names of all series that an exporter for Prometheus makes by default.
fn series() -> BTreeSet<String> {
    let mut series = BTreeSet::new();
    for name in metric::ALL {
        let text = name.replace('.', "_");
        match HISTOGRAMS.contains(name) {
            true => series.extend(["count", "sum"].map(|end| format!("{text}_{end}"))),
            false => drop(series.insert(text)),
        }
    }
    series
}

fn assert_known(expressions: &[String], at_least: usize) {
    assert!(expressions.len() >= at_least, "{expressions:?}");
    for expression in expressions {
        let used = metrics_in(expression);
        assert!(!used.is_empty(), "{expression}");
        let known = series();
        let unknown: Vec<_> = used.difference(&known).collect();
        assert!(unknown.is_empty(), "{unknown:?} in {expression}");
    }
}

#[test]
fn the_alert_rules_are_yaml_and_name_metrics_that_exist() {
    let text = read("alerts.yaml");
    let (mut last, mut expressions) = (String::new(), Vec::new());
    for event in Parser::new_from_str(&text) {
        if let (Event::Scalar(text, ..), _) = event.unwrap() {
            if last == "expr" {
                expressions.push(text.to_string());
            }
            last = text.into_owned();
        }
    }
    assert_known(&expressions, 5);
    for name in [metric::CALL_DURATION, metric::ABANDONED, metric::DRIFT] {
        let name = name.replace('.', "_");
        assert!(expressions.iter().any(|text| text.contains(&name)));
    }
}

/// The texts under `expr`, wherever they are.
fn expressions_of(value: &serde_json::Value, into: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(members) => {
            for (name, value) in members {
                match value.as_str().filter(|_| name == "expr") {
                    Some(text) => into.push(text.to_owned()),
                    None => expressions_of(value, into),
                }
            }
        }
        serde_json::Value::Array(items) => {
            for item in items {
                expressions_of(item, into);
            }
        }
        _ => {}
    }
}

#[test]
fn the_dashboard_is_json_and_shows_every_metric() {
    let dashboard: serde_json::Value = serde_json::from_str(&read("dashboard.json")).unwrap();
    let mut expressions = Vec::new();
    expressions_of(&dashboard, &mut expressions);
    assert_known(&expressions, metric::ALL.len());
    let all = expressions.join("\n");
    for name in metric::ALL {
        assert!(all.contains(&name.replace('.', "_")), "{name}");
    }
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64()).collect();
    assert_eq!(ids.len(), panels.len());
}

/// Where Prometheus is installed, by its own tool: the rules fire when they should.
#[test]
fn the_alert_rules_fire_as_promtool_sees_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (task, file) in [
        ("check", "../../docs/alerts.yaml"),
        ("test", "tests/data/alerts_test.yaml"),
    ] {
        let promtool = std::process::Command::new("promtool")
            .args([task, "rules"])
            .arg(folder.join(file))
            .output();
        match promtool {
            Ok(output) => assert!(output.status.success(), "{output:?}"),
            Err(_) => eprintln!("skipped: there is no promtool here"),
        }
    }
}
