//! `names.yaml` names the codes of a field by their labels, all or none, and nothing in it
//! outlives its label.

use crate::imitation::{Folder, ROOT, THING, change};

/// A spec of one operation, with a names file and its path file changed in one place.
fn named(names: &str, from: &str, to: &str) -> Folder {
    Folder::spec(&[
        ("openapi.yaml", ROOT),
        ("ls/thing.yaml", &change(THING, from, to)),
        ("names.yaml", names),
    ])
}

const CODES: &str = "              - { code: \"1\", label: 启用, name: Enabled }\n              - { code: \"-1\", label: 禁用, name: Disabled }\n";

/// The same, with other codes of `Row.state`.
fn with(names: &str, codes: &str) -> Folder {
    let lines: String = codes
        .lines()
        .map(|line| format!("              - {{ {line} }}\n"))
        .collect();
    named(names, CODES, &lines)
}

/// The names of the variants, in the order of the codes.
fn variants(folder: &Folder) -> Vec<String> {
    let planned = folder.understand();
    let items = planned
        .plan
        .modules
        .iter()
        .flat_map(|module| &module.operations)
        .flat_map(|operation| &operation.items);
    items
        .filter_map(|item| match item {
            jdy_codegen::plan::Item::Codes(codes) => Some(&codes.variants),
            jdy_codegen::plan::Item::Record(_) => None,
        })
        .flatten()
        .map(|variant| variant.ident.clone())
        .collect()
}

const BOTH: &str = "labels:\n  启用: Enabled\n  禁用: Disabled\n";
const MONEY: &str = "  x-jdy-page: page1\n  x-jdy-effect: money\n  x-jdy-key: key\n";
const PAGE: &str = "  x-jdy-page: page1\n";

#[test]
fn codes_are_named_where_each_label_of_the_field_has_a_name() {
    let all = with(BOTH, "code: \"1\", label: 启用\ncode: \"-1\", label: 禁用");
    assert_eq!(all.diagnostics(), Vec::<String>::new());
    assert_eq!(variants(&all), ["Enabled", "Disabled"]);
    let some = with(
        BOTH,
        "code: \"1\", label: 启用\ncode: \"-1\", label: 禁用\ncode: \"2\", label: 暂停",
    );
    assert_eq!(variants(&some), ["C1", "CNeg1", "C2"]);
    let told = some.diagnostics();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("note: the label `暂停` has no Rust name: 1 code has it"),
        "{told:?}"
    );
}

#[test]
fn a_name_on_the_code_goes_before_that_of_the_field_and_that_before_the_label() {
    let names = format!("{BOTH}fields:\n  state: {{ 禁用: Stopped }}\n");
    let folder = with(
        &names.replace("  禁用: Disabled\n", ""),
        "code: \"1\", label: 启用\ncode: \"-1\", label: 禁用",
    );
    assert_eq!(folder.diagnostics(), Vec::<String>::new());
    assert_eq!(variants(&folder), ["Enabled", "Stopped"]);
    let by_hand = with(
        "labels: { 启用: Enabled }\n",
        "code: \"1\", label: 启用\ncode: \"-1\", label: 禁用, name: Stopped",
    );
    assert_eq!(by_hand.diagnostics(), Vec::<String>::new());
    assert_eq!(variants(&by_hand), ["Enabled", "Stopped"]);
    // A name by hand alone names no neighbour.
    let alone = with(
        "labels: {}\n",
        "code: \"1\", label: 启用\ncode: \"-1\", label: 禁用, name: Stopped",
    );
    assert_eq!(variants(&alone), ["C1", "Stopped"]);
}

#[test]
fn a_name_that_no_code_takes_any_more_is_an_error() {
    let codes = "code: \"1\", label: 启用\ncode: \"-1\", label: 禁用";
    with(
        "labels:\n  启用: Enabled\n  禁用: Disabled\n  «暂停: Paused\n",
        codes,
    )
    .refuses(&[
        "no code takes the name of `暂停` any more",
        "remove `Paused` here",
    ]);
    with(
        &format!("{BOTH}fields:\n  state: {{ «暂停: Paused }}\n"),
        codes,
    )
    .refuses(&["no code of a field `state` takes the name of `暂停` any more"]);
    with(
        &format!("{BOTH}fields:\n  status: {{ «启用: Active }}\n"),
        codes,
    )
    .refuses(&["no code of a field `status` takes the name of `启用` any more"]);
    // Only the name for the field is taken: the label's own is for nobody.
    with(
        "labels:\n  启用: Enabled\n  «禁用: Disabled\nfields:\n  state: { 禁用: Stopped }\n",
        codes,
    )
    .refuses(&["no code takes the name of `禁用` any more"]);
    with(
        &format!("{BOTH}fields:\n  state: {{ 启用: {{ \"1\": Active, «\"2\": AlsoActive }} }}\n"),
        codes,
    )
    .diagnostics()
    .iter()
    .find(|line| line.contains("no code `2` of a field `state` takes the name of `启用`"))
    .expect("told");
}

#[test]
fn a_flag_has_no_variants_to_name() {
    let flag = named(
        "labels:\n  «启用: Enabled\n  禁用: Disabled\n",
        CODES,
        &format!(
            "{}            x-jdy-wire: flag\n",
            CODES.replace("\"-1\"", "\"0\"")
        ),
    );
    assert!(
        flag.diagnostics()
            .iter()
            .any(|line| line.contains("no code takes the name of `启用`")),
        "{:?}",
        flag.diagnostics()
    );
}

#[test]
fn two_labels_of_one_field_that_come_to_one_name_are_an_error_that_names_both() {
    let names = "labels:\n  启用: Enabled\n  可用: Enabled\n";
    let codes = "code: \"1\", label: 启用\ncode: \"2\", label: 可用";
    let told = with(names, codes).diagnostics();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("error: `启用` and `可用` of `state` both become `Enabled`")
            && told[0].contains("`fields: { state: { 可用: .. } }`"),
        "{told:?}"
    );
    let settled = with(
        "labels: { 启用: Enabled }\nfields: { state: { 可用: Usable } }\n",
        codes,
    );
    assert_eq!(settled.diagnostics(), Vec::<String>::new());
    assert_eq!(variants(&settled), ["Enabled", "Usable"]);
}

#[test]
fn codes_of_one_label_are_named_one_by_one() {
    let codes = "code: \"2\", label: 新准则\ncode: \"3\", label: 新准则";
    let alike = with("labels: { 新准则: New }\n", codes);
    assert_eq!(variants(&alike), ["C2", "C3"]);
    let told = alike.diagnostics();
    assert!(
        told.len() == 1
            && told[0].contains("note: the codes `2` and `3` of `state` have one label, `新准则`")
            && told[0].contains("{ 新准则: { \"2\": .., \"3\": .. } }"),
        "{told:?}"
    );
    let apart = with(
        "fields:\n  state:\n    新准则: { \"2\": First, \"3\": Second }\n",
        codes,
    );
    assert_eq!(apart.diagnostics(), Vec::<String>::new());
    assert_eq!(variants(&apart), ["First", "Second"]);
}

#[test]
fn a_name_must_be_one_that_a_variant_can_have() {
    for (name, why) in [
        ("enabled", "begins with a capital"),
        ("Qi-Yong", "ASCII letters and digits"),
        ("启用", "ASCII letters and digits"),
        ("POS", "not upper camel case"),
        ("Other", "a code that the spec does not know has it"),
        ("Self", "Rust keeps it for itself"),
        ("C90", "a code without a name is called so"),
    ] {
        let names = format!("labels:\n  启用: «{name}\n  禁用: Disabled\n");
        with(
            &names,
            "code: \"1\", label: 启用\ncode: \"-1\", label: 禁用",
        )
        .refuses(&[&format!("`{name}` is no name"), why]);
    }
    let yes = "labels:\n  启用: «Yes\n  禁用: Disabled\n";
    let told = with(yes, "code: \"1\", label: 启用\ncode: \"-1\", label: 禁用").diagnostics();
    assert!(
        told.iter().any(|line| line.contains("names.yaml:2")),
        "{told:?}"
    );
    with("lables: {}\n", "code: \"1\", label: 启用")
        .diagnostics()
        .iter()
        .find(|line| line.contains("did you mean `labels`?"))
        .expect("told");
}

#[test]
fn every_code_of_a_money_operation_has_a_name() {
    let bare = "code: \"1\", label: 启用\ncode: \"-1\", label: 禁用";
    let money = |names: &str| {
        let mut folder = with(names, bare);
        let text = change(&folder.read("ls/thing.yaml"), PAGE, MONEY);
        folder.write("ls/thing.yaml", &text);
        folder
    };
    let told = money("labels: { 启用: Enabled }\n").diagnostics();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("ls/thing.yaml:")
            && told[0].contains(
                "error: `ls.thing` moves money, but the label `禁用` (code `-1` of `state`) in ls/thing.yaml has no Rust name"
            )
            && told[0].contains("give it one in names.yaml"),
        "{told:?}"
    );
    assert_eq!(money(BOTH).diagnostics(), Vec::<String>::new());
    let none = money("{}\n").diagnostics();
    assert_eq!(none.len(), 2, "{none:?}");
}

/// How many codes there are, and how many have a name of their own.
struct Counted {
    all: usize,
    named: usize,
}

#[test]
fn nine_codes_of_ten_of_the_spec_have_a_name() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec");
    let planned = jdy_codegen::pipeline::plan_folder(std::path::Path::new(path));
    let mut codes = Counted { all: 0, named: 0 };
    let mut labels = std::collections::BTreeMap::new();
    for operation in &planned.model.operations {
        let entities = operation
            .request_entities
            .iter()
            .chain(&operation.response_entities);
        let fields = operation
            .request
            .iter()
            .chain(entities.flat_map(|entity| &entity.fields));
        for code in fields.filter_map(|field| field.ty.own_codes()).flatten() {
            codes.all += 1;
            codes.named += usize::from(code.better_name.is_some());
            *labels.entry(code.label.clone()).or_insert(true) &= code.better_name.is_some();
        }
    }
    let named = labels.values().filter(|named| **named).count();
    println!(
        "{} of {} codes, {named} of {} labels",
        codes.named,
        codes.all,
        labels.len()
    );
    assert!(codes.all > 1000, "{} codes", codes.all);
    assert!(
        codes.named * 10 >= codes.all * 9,
        "{} of {}",
        codes.named,
        codes.all
    );
    assert!(
        named * 10 >= labels.len() * 9,
        "{named} of {}",
        labels.len()
    );
}
