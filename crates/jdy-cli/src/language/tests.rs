//! The catalogues are complete: each has the messages of the other, and those that the code names,
//! with the same arguments.
//!
//! Owns the reading of the code for the messages that it names. Must not know what they say.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use jdy_journal::State;
use proc_macro2::{TokenStream, TokenTree};

use super::Language;

/// Ids of messages, and the arguments that each has.
type Messages = BTreeMap<String, BTreeSet<String>>;

fn catalogue(language: Language) -> Messages {
    let (name, text) = language.catalogue();
    let read = fluent_syntax::parser::parse(text);
    let resource = read.unwrap_or_else(|(_, errors)| panic!("{name}: {errors:?}"));
    let mut messages = Messages::new();
    for entry in resource.body {
        let message = match entry {
            Entry::Message(message) => message,
            Entry::Comment(_) => continue,
            other => panic!("{name}: neither message nor comment: {other:?}"),
        };
        let mut found = BTreeSet::new();
        of_pattern(&message.value.unwrap(), &mut found);
        let former = messages.insert(message.id.name.to_owned(), found);
        assert_eq!(former, None, "{name}: {} is there twice", message.id.name);
    }
    messages
}

fn of_pattern(pattern: &Pattern<&str>, found: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else {
            continue;
        };
        match expression {
            Expression::Inline(inline) => of_inline(inline, found),
            Expression::Select { selector, variants } => {
                of_inline(selector, found);
                for variant in variants {
                    of_pattern(&variant.value, found);
                }
            }
        }
    }
}

fn of_inline(inline: &InlineExpression<&str>, found: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            found.insert(id.name.to_owned());
        }
        InlineExpression::StringLiteral { .. } => {}
        other => panic!("no message needs this: {other:?}"),
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// The messages that the code names, each use with its arguments.
fn named() -> Vec<(String, BTreeSet<String>)> {
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    let mut uses = Vec::new();
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        uses_in(source.parse().unwrap(), &mut uses);
    }
    uses
}

fn uses_in(tokens: TokenStream, uses: &mut Vec<(String, BTreeSet<String>)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else {
            continue;
        };
        let before: String = tokens.iter().take(index).rev().take(2).map(text).collect();
        if before == "!say" {
            uses.extend(use_of(group.stream()));
        }
        uses_in(group.stream(), uses);
    }
}

fn text(token: &TokenTree) -> String {
    token.to_string()
}

/// The id and the arguments: `"id", name = value, other: value`.
fn use_of(tokens: TokenStream) -> Option<(String, BTreeSet<String>)> {
    let tokens: Vec<String> = tokens.into_iter().map(|token| text(&token)).collect();
    let id = tokens.first()?.strip_prefix('"')?.strip_suffix('"')?;
    let arguments = tokens.windows(3).filter_map(|window| match window {
        [comma, name, sign] if comma == "," && (sign == "=" || sign == ":") => Some(name.clone()),
        _ => None,
    });
    Some((id.to_owned(), arguments.collect()))
}

#[test]
fn every_message_is_in_both_languages_with_the_same_arguments() {
    let (english, chinese) = (catalogue(Language::English), catalogue(Language::Chinese));
    assert!(english.len() > 400, "{}", english.len());
    for (id, arguments) in &english {
        assert_eq!(chinese.get(id), Some(arguments), "{id}");
    }
    let more = chinese.keys().find(|id| !english.contains_key(*id));
    assert_eq!(more, None);
}

#[test]
fn the_code_names_every_message_with_its_arguments_and_no_other() {
    let messages = catalogue(Language::English);
    let uses = named();
    assert!(uses.len() >= messages.len(), "{}", uses.len());
    for (id, arguments) in &uses {
        assert_eq!(messages.get(id), Some(arguments), "{id}");
    }
    let named: BTreeSet<&String> = uses.iter().map(|(id, _)| id).collect();
    let unused = messages.keys().find(|id| !named.contains(id));
    assert_eq!(unused, None);
}

#[test]
fn every_chinese_message_is_chinese() {
    /// The vendor's own name of a thing, which is the same for everyone.
    const SAME: [&str; 2] = ["doctor-app-key", "heading-app-key"];
    let (_, text) = Language::Chinese.catalogue();
    let resource = fluent_syntax::parser::parse(text).unwrap();
    for entry in resource.body {
        let Entry::Message(message) = entry else {
            continue;
        };
        let value = format!("{:?}", message.value);
        let is_chinese = |one| matches!(one, '\u{3000}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}');
        let is_same = SAME.contains(&message.id.name);
        assert_ne!(
            value.chars().any(is_chinese),
            is_same,
            "{}",
            message.id.name
        );
    }
}

#[test]
fn a_state_keeps_the_spelling_of_the_journal_in_every_language() {
    for state in State::ALL {
        let id = format!("state-{}", state.as_str().replace('_', "-"));
        let of = |language: Language| language.message(&id, []);
        assert_eq!(of(Language::English), state.as_str());
        let chinese = of(Language::Chinese);
        let meaning = chinese.strip_prefix(state.as_str()).unwrap();
        assert!(meaning.starts_with('（'), "{chinese}");
    }
}

#[test]
fn a_number_chooses_the_plural() {
    let of = |count: u64| {
        Language::English.message(
            "batch-problems",
            [("file", "a.csv".into()), ("count", count.into())],
        )
    };
    assert_eq!(of(1), "a.csv has 1 problem; nothing was sent");
    assert_eq!(of(12345), "a.csv has 12345 problems; nothing was sent");
}

#[test]
fn the_language_is_that_of_the_first_variable_that_is_set() {
    use Language::{Chinese, English};

    for (all, messages, lang, language) in [
        ("", "", "zh_CN.UTF-8", Chinese),
        ("", "", "zh", Chinese),
        ("", "", "ZH-hans", Chinese),
        ("", "zh_CN", "en_US.UTF-8", Chinese),
        ("zh_CN.GB18030", "C", "C", Chinese),
        ("C", "zh_CN", "zh_CN", English),
        ("C.UTF-8", "", "zh_CN", English),
        ("POSIX", "", "zh_CN", English),
        ("", "en_US", "zh_CN", English),
        ("", "", "de_DE", English),
        ("", "", "zha", English),
        ("", "", "", English),
    ] {
        let variable = |name: &str| {
            Some(match name {
                "LC_ALL" => all.to_owned(),
                "LC_MESSAGES" => messages.to_owned(),
                "LANG" => lang.to_owned(),
                other => panic!("{other}"),
            })
        };
        assert_eq!(Language::of(variable), language, "{all} {messages} {lang}");
    }
    assert_eq!(Language::of(|_| None), English);
}
