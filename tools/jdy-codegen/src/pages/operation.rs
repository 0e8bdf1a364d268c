//! The page of one operation.
//!
//! Owns its layout. Must not decide words of a field or a fact. Must not use: `crate::files`,
//! `jdy_spec::tree`.

use jdy_spec::model::{Entity, Field, Operation, Type};

use crate::plan::{Item, ModulePlan, OperationPlan, Plan, RecordPlan};
use crate::render::example::Example;

use super::fields::Context;
use super::text::{code, plain};
use super::{banner, command, facts};

/// Renders the page.
pub(super) fn render(
    operation: &Operation,
    plan: &Plan,
    module: &ModulePlan,
    planned: &OperationPlan,
) -> String {
    let mut out = banner(&planned.source);
    out.push_str(&format!(
        "# {} {}\n\n| | |\n|---|---|\n",
        operation.id,
        plain(&operation.title)
    ));
    for (name, words) in facts::rows(operation, plan, module, planned) {
        out.push_str(&format!("| {name} | {words} |\n"));
    }
    let example = Example::of(module, planned).as_function("");
    out.push_str(&format!(
        "\n## Example\n\n```rust\n{example}```\n\n```sh\n{}\n```\n",
        command::line(planned)
    ));
    request(operation, planned, &mut out);
    answer(operation, planned, &mut out);
    out
}

fn request(operation: &Operation, planned: &OperationPlan, out: &mut String) {
    out.push_str("\n## Request\n\n");
    if operation.request.is_empty() {
        out.push_str("It takes no field.\n");
        return;
    }
    let context = context(planned, true, Some(operation.location));
    if let Some(record) = record_of(planned, true, None) {
        out.push_str(&context.table(&operation.request, record));
    }
    entities(&operation.request_entities, planned, &context, out);
}

fn answer(operation: &Operation, planned: &OperationPlan, out: &mut String) {
    out.push_str("\n## Answer\n\n");
    let Some(data) = &operation.data else {
        out.push_str("Its answer has no data that the spec knows.\n");
        return;
    };
    let context = context(planned, false, None);
    out.push_str(&format!("Its data is {}.\n", context.type_name(data)));
    let mut ordered: Vec<&Entity> = operation.response_entities.iter().collect();
    let is_first =
        |entity: &&Entity| matches!(innermost(data), Type::Entity(name) if *name == entity.name);
    ordered.sort_by_key(|entity| !is_first(entity));
    entities(ordered, planned, &context, out);
}

fn innermost(ty: &Type) -> &Type {
    match ty {
        Type::List(inner) => innermost(inner),
        ty => ty,
    }
}

/// A table for each entity that something refers to.
fn entities<'a>(
    entities: impl IntoIterator<Item = &'a Entity>,
    planned: &OperationPlan,
    context: &Context<'_>,
    out: &mut String,
) {
    for entity in entities {
        let Some(record) = record_of(planned, context.request.is_some(), Some(&entity.name)) else {
            continue;
        };
        out.push_str(&format!("\n### {}\n\n", code(&record.name)));
        let title = entity.title.as_deref().unwrap_or_default();
        let made = record.required.as_ref();
        let made = made.map(|required| format!("Made from {}", code(&required.name)));
        let named =
            (record.name != entity.name).then(|| format!("{} on the page", code(&entity.name)));
        let words = [Some(plain(title)), named, made].into_iter().flatten();
        let words: Vec<String> = words.filter(|words| !words.is_empty()).collect();
        if !words.is_empty() {
            out.push_str(&format!("{}.\n\n", words.join("; ")));
        }
        let fields: &[Field] = &entity.fields;
        out.push_str(&context.table(fields, record));
    }
}

/// The records of one side.
fn records(planned: &OperationPlan, is_request: bool) -> impl Iterator<Item = &RecordPlan> {
    let records = planned.items.iter().filter_map(|item| match item {
        Item::Record(record) => Some(record),
        Item::Codes(_) => None,
    });
    records.filter(move |record| record.location.is_some() == is_request)
}

fn record_of<'a>(
    planned: &'a OperationPlan,
    is_request: bool,
    entity: Option<&str>,
) -> Option<&'a RecordPlan> {
    records(planned, is_request).find(|record| record.entity.as_deref() == entity)
}

fn context(
    planned: &OperationPlan,
    is_request: bool,
    request: Option<jdy_spec::model::Location>,
) -> Context<'_> {
    let codes = planned.items.iter().filter_map(|item| match item {
        Item::Codes(codes) => Some(codes),
        Item::Record(_) => None,
    });
    let named = records(planned, is_request);
    Context {
        codes: codes.collect(),
        records: named
            .filter_map(|record| Some((record.entity.as_deref()?, record.name.as_str())))
            .collect(),
        request,
    }
}
