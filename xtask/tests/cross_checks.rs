//! Fields of one name and label have one wire form, or a fixup says why not; and what the pages say
//! of one thing in many places agrees.

use std::collections::BTreeMap;

use jdy_spec::cross_checks;
use jdy_spec::diagnostic::Diagnostics;
use jdy_spec::model::{Field, Filter, Location, Model, Operation, Type, Wire};

use crate::imitation::{Folder, ROOT, THING};

/// The diagnostics of a spec in which the answer's `amount` has this schema.
fn told(schema: &str, fixup: Option<&str>) -> Vec<String> {
    let thing = THING.replace(
        "bill_no: { type: string, title: 单号 }",
        &format!("amount: {schema}"),
    );
    assert_ne!(thing, THING);
    let fixup = fixup.map(|change| format!(
        "fixups:\n  - name: amount\n    why: Its page shows it.\n    link: https://open.example.com/#/detail?id=1\n    file: ls/thing.yaml\n    at: /post/x-jdy-entities/response/Data/properties/amount/x-jdy-wire\n{change}"
    ));
    let mut files = vec![("openapi.yaml", ROOT), ("ls/thing.yaml", thing.as_str())];
    if let Some(fixup) = &fixup {
        files.push(("fixups/ls.yaml", fixup));
    }
    let folder = Folder::spec(&files);
    let mut planned = folder.understand();
    assert_eq!(planned.diagnostics.errors(), 0, "{schema}");
    let mut diagnostics = Diagnostics::default();
    cross_checks::check(&planned.spec, &mut diagnostics);
    let lines = diagnostics.lines(&planned.spec.sources);
    planned.diagnostics.append(diagnostics);
    lines.lines().map(str::to_owned).collect()
}

#[test]
fn a_form_that_differs_is_reported_at_its_position() {
    let lines = told("{ type: string, title: 金额 }", None);
    let [line] = lines.as_slice() else {
        panic!("{lines:#?}");
    };
    assert!(line.contains("ls/thing.yaml:43:11: warning: `amount` (金额) has no wire form here, and `decimal` in 1 other places"), "{line}");
}

#[test]
fn another_label_type_or_list_of_codes_is_another_field() {
    for schema in [
        "{ type: string, title: 金额, x-jdy-wire: decimal }",
        "{ type: string, title: 款项 }",
        "{ type: number, title: 金额 }",
        "{ type: string, title: 金额, x-jdy-encrypted: true }",
        "{ type: string, title: 金额, x-jdy-codes: [{ code: \"1\", label: 有 }] }",
    ] {
        assert_eq!(told(schema, None), Vec::<String>::new(), "{schema}");
    }
}

#[test]
fn a_fixup_settles_a_form_also_one_that_stays() {
    let plain = "{ type: string, title: 金额 }";
    for change in ["    to: decimal\n", ""] {
        assert_eq!(told(plain, Some(change)), Vec::<String>::new(), "{change}");
    }
    let date = "{ type: string, title: 金额, x-jdy-wire: date }";
    let kept = "    from: date\n    to: date\n";
    assert_eq!(told(date, Some(kept)), Vec::<String>::new());
}

#[test]
fn every_field_of_the_real_spec_is_settled() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    let planned = jdy_codegen::pipeline::plan_folder(&folder);
    let mut diagnostics = Diagnostics::default();
    cross_checks::check(&planned.spec, &mut diagnostics);
    assert_eq!(diagnostics.lines(&planned.spec.sources), "");
}

fn real_model() -> Model {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    let planned = jdy_codegen::pipeline::plan_folder(&folder);
    assert_eq!(planned.diagnostics.errors(), 0);
    planned.model
}

/// All fields of all operations, and where each stands.
fn fields(model: &Model) -> Vec<(&str, &Field)> {
    model.operations.iter().flat_map(fields_of).collect()
}

fn fields_of(operation: &Operation) -> Vec<(&str, &Field)> {
    let answered = &operation.response_entities;
    let entities = operation.request_entities.iter().chain(answered);
    let within = entities.flat_map(|entity| &entity.fields);
    let all = operation.request.iter().chain(within);
    all.map(|field| (operation.id.as_str(), field)).collect()
}

#[test]
fn a_kind_of_document_has_one_code_wherever_it_is_named() {
    let model = real_model();
    let mut codes: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for (id, field) in fields(&model) {
        let Type::Scalar(scalar) = &field.ty else {
            continue;
        };
        for code in scalar.codes.iter().filter(|code| code.code.contains('_')) {
            let of_label = codes.entry(&code.label).or_default();
            of_label.entry(&code.code).or_default().push(id);
        }
    }
    assert_eq!(
        codes["采购退货单"].keys().collect::<Vec<_>>(),
        [&"pur_bill_outbound"]
    );
    for (label, codes) in codes {
        assert_eq!(codes.len(), 1, "{label}: {codes:?}");
    }
}

#[test]
fn no_constant_is_sent_as_an_address() {
    let model = real_model();
    let mut addresses = 0;
    for (id, field) in fields(&model) {
        if field.name == "url" {
            addresses += 1;
            assert!(field.default.is_none(), "{id}");
        }
    }
    assert!(addresses > 50, "{addresses}");
}

#[test]
fn no_amount_is_taken_for_a_code() {
    let model = real_model();
    let mut amounts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut coded = Vec::new();
    for (id, field) in fields(&model) {
        let Type::Scalar(scalar) = &field.ty else {
            continue;
        };
        if scalar.wire == Some(Wire::Decimal) {
            *amounts.entry(&field.name).or_default() += 1;
        }
        if !scalar.codes.is_empty() {
            coded.push((id, field.name.as_str()));
        }
    }
    assert!(amounts["cost_fee"] > 5, "{amounts:?}");
    for (id, name) in coded {
        assert_eq!(amounts.get(name), None, "`{name}` of {id}");
    }
}

#[test]
fn a_window_of_two_instants_holds_time_stamps() {
    let model = real_model();
    let mut stamps = 0;
    for (id, field) in fields(&model) {
        let names = ["begin_time", "start_time", "end_time", "expire_time"];
        let is_window = names.contains(&field.name.as_str());
        let Type::Scalar(scalar) = &field.ty else {
            continue;
        };
        if !is_window || field.location != Location::Query {
            continue;
        }
        stamps += usize::from(scalar.wire == Some(Wire::EpochMillis));
        assert!(scalar.wire.is_some(), "`{}` of {id} is plain", field.name);
    }
    assert!(stamps > 25, "{stamps}");
}

#[test]
fn a_list_is_sorted_by_words_wherever_a_page_lists_them() {
    let model = real_model();
    let sorted = fields(&model);
    let mut sorted: Vec<_> = sorted
        .into_iter()
        .filter(|(_, field)| field.name.ends_with("order_by") || field.name == "orderby")
        .collect();
    sorted.retain(|(_, field)| field.location == Location::Query);
    assert!(sorted.len() > 6, "{}", sorted.len());
    for (id, field) in sorted {
        assert!(!codes_of(field).is_empty(), "`{}` of {id}", field.name);
    }
}

#[test]
fn codes_that_a_page_words_unusually_are_codes() {
    let model = real_model();
    let retail = ["60", "61", "62", "63", "64", "65", "66", "67"];
    for (id, name, wanted) in [
        ("fi.balancesheet", "type", &["1", "2", "3"][..]),
        ("ls.retail_bill_detail", "biz_type", &retail),
        ("ls.retail_bill_statistic", "biz_types", &retail),
        (
            "scm.assemble_tpl_detail",
            "tpl_type",
            &["assemble_tpl", "disassemble_tpl"],
        ),
    ] {
        let all = fields(&model);
        let found = all
            .into_iter()
            .find(|(of, field)| *of == id && field.name == name);
        let (_, field) = found.unwrap_or_else(|| panic!("{id} has `{name}`"));
        assert_eq!(codes_of(field), wanted, "`{name}` of {id}");
    }
}

#[test]
fn both_ends_of_a_window_are_of_one_field() {
    let model = real_model();
    let mut windows = 0;
    for operation in &model.operations {
        let filters = operation.resource.iter().flat_map(|it| &it.filters);
        let filters: BTreeMap<&str, &Filter> = filters.map(|(name, it)| (&**name, it)).collect();
        for (name, filter) in &filters {
            let Filter::From(field) = filter else {
                continue;
            };
            let with = |start: &str, end: &str| filters.get(name.replace(start, end).as_str());
            let ends = [("start", "end"), ("begin", "expire"), ("begin", "end")];
            let mut ends = ends.into_iter().filter(|(start, _)| name.contains(start));
            let until = ends.find_map(|(start, end)| with(start, end));
            let same = Filter::Until(field.clone());
            assert_eq!(until, Some(&&same), "`{name}` of {}", operation.id);
            windows += 1;
        }
    }
    assert!(windows > 100, "{windows}");
}

#[test]
fn neither_of_a_choice_is_demanded() {
    let model = real_model();
    let mut choices = 0;
    for operation in &model.operations {
        let entities = operation.request_entities.iter();
        let tables = entities.map(|entity| &entity.fields);
        for table in tables.chain([&operation.request]) {
            for field in table {
                let words = field.description.as_deref().unwrap_or_default();
                let other = words
                    .strip_prefix("与 ")
                    .and_then(|it| it.strip_suffix(" 二选一"));
                let Some(other) = table.iter().find(|it| Some(it.name.as_str()) == other) else {
                    continue;
                };
                choices += 1;
                assert!(!other.required, "`{}` of {}", other.name, operation.id);
            }
        }
    }
    assert!(choices > 100, "{choices}");
}

#[test]
fn a_detail_that_takes_a_number_demands_no_id() {
    let model = real_model();
    let mut details = 0;
    for operation in &model.operations {
        let Some(resource) = &operation.resource else {
            continue;
        };
        if !resource.by.iter().any(|(_, what)| what == "number") {
            continue;
        }
        details += 1;
        let mut fields = operation.request.iter();
        let id = fields.find(|field| {
            let by = resource.by.iter().find(|(name, _)| *name == field.name);
            field.required && by.is_some_and(|(_, what)| what == "id")
        });
        assert!(id.is_none(), "{}", operation.id);
    }
    assert!(details > 40, "{details}");
}

/// The codes of a value, or of the values of a list.
fn codes_of(field: &Field) -> Vec<&str> {
    let ty = match &field.ty {
        Type::List(item) => item,
        other => other,
    };
    let Type::Scalar(scalar) = ty else {
        return Vec::new();
    };
    scalar.codes.iter().map(|code| code.code.as_str()).collect()
}
