//! Every decision about the generated code: names, types, docs, order, and what is left out.
//!
//! Owns the plan, which templates print as it stands. Must not know how Rust is written down,
//! beyond names and types.

mod names;
mod paging;
mod prose;
mod record;
mod rust_type;
pub mod sample;
mod shown;

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase;

use jdy_spec::diagnostic::{Diagnostic, Diagnostics, Span};
use jdy_spec::facts::{Confirmation, confirmation};
use jdy_spec::load::Spec;
use jdy_spec::model::{
    BodyFormat, Count, Effect, Field, Location, Model, Module, Operation, Resource, Type, Verdict,
    Verify,
};

pub use self::rust_type::{Held, RustType};
use self::sample::RecordSample;

/// What is generated, and what is not.
#[derive(Debug, Default)]
pub struct Plan {
    /// The modules that have operations.
    pub modules: Vec<ModulePlan>,
    /// What the spec holds and is not generated.
    pub skipped: Vec<Skipped>,
}

/// Something of the spec that is not generated.
#[derive(Debug)]
pub struct Skipped {
    /// What it is.
    pub what: String,
    /// Why.
    pub why: &'static str,
    /// How much of the spec it is.
    pub count: Count,
    /// Where it stands.
    pub span: Span,
}

/// The crate of the types, but for those of modules with a crate of their own.
pub const MODEL: &str = "jdy-model";

/// A module.
#[derive(Debug)]
pub struct ModulePlan {
    /// The folder, the feature: `ls`.
    pub name: String,
    /// The Rust module.
    pub ident: String,
    /// The type whose methods are the operations: `Ls`.
    pub type_name: String,
    /// What the vendor calls it, for rustdoc.
    pub doc: String,
    /// The crates that hold its types: `jdy-model`, or those of its own.
    pub models: BTreeSet<String>,
    /// Its operations, by id.
    pub operations: Vec<OperationPlan>,
}

impl ModulePlan {
    /// The crates of its own that hold its types.
    pub fn own_crates(&self) -> impl Iterator<Item = &str> {
        let models = self.models.iter().map(String::as_str);
        models.filter(|model| *model != MODEL)
    }

    /// Its operations whose types one crate holds.
    pub fn operations_of<'a>(&'a self, model: &'a str) -> impl Iterator<Item = &'a OperationPlan> {
        let operations = self.operations.iter();
        operations.filter(move |operation| operation.model == model)
    }
}

/// An operation.
#[derive(Debug)]
pub struct OperationPlan {
    /// The file's name without `.rs`.
    pub stem: String,
    /// The Rust module and the method.
    pub ident: String,
    /// The constant.
    pub constant: String,
    /// The crate that holds its types.
    pub model: String,
    /// The spec file, as generated files name it.
    pub source: String,
    /// First line of the model file's docs.
    pub headline: String,
    /// The title, for rustdoc.
    pub title: String,
    /// What rustdoc's search finds it by.
    pub alias: Option<String>,
    /// What it does.
    pub paragraph: String,
    /// The link to the page.
    pub link: String,
    /// The constant's facts.
    pub facts: FactsPlan,
    /// Whether a call takes a request.
    pub argument: Argument,
    /// The type of the answer's data.
    pub answer: RustType,
    /// The names of the model file that the operation file needs.
    pub model_uses: BTreeSet<String>,
    /// The names of the wire crate that the operation file needs.
    pub answer_uses: BTreeSet<&'static str>,
    /// The names of the wire crate that the model file needs.
    pub wire_uses: BTreeSet<&'static str>,
    /// The records and codes of the model file, in order.
    pub items: Vec<Item>,
    /// Where the rows of a page are.
    pub rows: Option<RowsPlan>,
    /// The request of its example.
    pub sample: RecordSample,
    /// What its example prints: fields of the data, or of a row.
    pub shown: Vec<String>,
}

/// Whether a call takes a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// It has fields.
    Request,
    /// There is nothing to say.
    Nothing,
}

/// The facts of an operation, as its constant holds them.
#[derive(Debug)]
pub struct FactsPlan {
    /// `ls.mall_recharge`
    pub id: String,
    /// `Post`
    pub method: String,
    /// `/jdy/v2/ls/mall_recharge`
    pub path: String,
    /// `ls`
    pub module: String,
    /// The vendor's title.
    pub title: String,
    /// The page's address.
    pub page: String,
    /// `Money`
    pub effect: &'static str,
    /// The caller's own key.
    pub key: Option<String>,
    /// Which record it saves, lists, shows or deletes.
    pub resource: Option<Resource>,
    /// How the outcome of a lost call is looked up.
    pub verify: Option<Verify>,
    /// The constants that this is done with.
    pub look_up: Option<LookUpPlan>,
    /// How it answers a list in pages.
    pub paging: Option<PagingPlan>,
    /// Where the answer says yes or no beside the errcode.
    pub verdict: Option<Verdict>,
}

/// The constants that look up the outcome of a lost call. They are of the call's own module.
#[derive(Debug)]
pub struct LookUpPlan {
    /// The constant of the operation that shows it.
    pub constant: String,
    /// The constant of the list that confirms what that one does not show, and how it is asked.
    pub confirm: Option<(String, Confirmation)>,
}

/// How an operation answers a list in pages.
#[derive(Debug)]
pub struct PagingPlan {
    /// The field of the request that holds the number of the page.
    pub page: String,
    /// `Query` or `Body`.
    pub location: &'static str,
    /// How it is written.
    pub encoding: &'static str,
    /// The number of the first page.
    pub first: i64,
    /// The field of the request that holds how many rows a page has.
    pub size: Option<String>,
    /// How many rows a page has where the request does not say.
    pub usual_size: Option<i64>,
    /// The most rows that a page may have.
    pub max_size: Option<i64>,
    /// The field of the data that holds how many rows there are in all.
    pub count: Option<String>,
    /// The field of the data that holds how many pages there are in all.
    pub pages: Option<String>,
}

/// Where the rows of a page are, in Rust.
#[derive(Debug)]
pub struct RowsPlan {
    /// The record.
    pub data: String,
    /// Its field.
    pub field: String,
    /// What a row is.
    pub row: RustType,
}

/// A type of the model file.
#[derive(Debug)]
pub enum Item {
    /// A struct with a table.
    Record(RecordPlan),
    /// An open enum.
    Codes(CodesPlan),
}

/// A struct with a table.
#[derive(Debug)]
pub struct RecordPlan {
    /// Its name.
    pub name: String,
    /// The spec's name of it, where it is not the request itself.
    pub entity: Option<String>,
    /// Its docs.
    pub doc: String,
    /// `Body` or `Query`, of a request.
    pub location: Option<&'static str>,
    /// The struct of its required fields, where it has any.
    pub required: Option<RequiredPlan>,
    /// Its other fields.
    pub fields: Vec<FieldPlan>,
}

/// The required fields of a record.
#[derive(Debug)]
pub struct RequiredPlan {
    /// The struct's name.
    pub name: String,
    /// Its docs.
    pub doc: String,
    /// The fields.
    pub fields: Vec<FieldPlan>,
}

/// A field.
#[derive(Debug)]
pub struct FieldPlan {
    /// The name on the wire.
    pub wire: String,
    /// The Rust name.
    pub ident: String,
    /// The Rust type of its value.
    pub value: RustType,
    /// How the record holds it.
    pub held: Held,
    /// Its docs.
    pub doc: String,
    /// How it is written.
    pub encoding: &'static str,
    /// Where it travels, where that is not where the record does.
    pub apart: Option<&'static str>,
    /// What it is until it is set.
    pub start: Option<String>,
}

impl FieldPlan {
    /// The Rust type of the field, as it is written.
    #[must_use]
    pub fn ty(&self) -> String {
        match self.held {
            Held::Always => self.value.to_string(),
            Held::Optional => format!("Option<{}>", self.value),
            Held::Answered => format!("Field<{}>", self.value),
        }
    }
}

/// An open enum.
#[derive(Debug)]
pub struct CodesPlan {
    /// Its name.
    pub name: String,
    /// Its docs.
    pub doc: String,
    /// Its known codes.
    pub variants: Vec<VariantPlan>,
}

/// A known code.
#[derive(Debug)]
pub struct VariantPlan {
    /// The Rust name.
    pub ident: String,
    /// The code on the wire.
    pub code: String,
    /// The label.
    pub label: String,
    /// Its docs.
    pub doc: String,
    /// What rustdoc's search finds it by.
    pub alias: Option<String>,
}

/// Decides everything. Of a spec that is not whole, what could not be read is not missed.
pub fn plan(model: &Model, spec: &Spec, is_whole: bool, diagnostics: &mut Diagnostics) -> Plan {
    let mut plan = Plan::default();
    let mut planned = Count::default();
    let mut modules: BTreeMap<&str, Vec<OperationPlan>> = BTreeMap::new();
    for operation in &model.operations {
        if let Some(why) = unsupported(operation) {
            plan.skipped.push(Skipped {
                what: format!("the operation `{}`", operation.id),
                why,
                count: size(operation),
                span: operation.span,
            });
            continue;
        }
        let declared = model.module(&operation.module);
        let (made, count) = one(operation, declared, spec, &mut plan.skipped, diagnostics);
        planned += count;
        modules.entry(&operation.module).or_default().push(made);
    }
    for (name, mut operations) in modules {
        look_ups(&mut operations, model);
        plan.modules
            .push(module_plan(name, model.module(name), operations));
    }
    for skipped in &plan.skipped {
        planned += skipped.count;
    }
    report_skipped(&plan.skipped, diagnostics);
    if is_whole {
        account(model, &planned, diagnostics);
    }
    plan
}

/// Finds the constants of the operations that look up a lost call. One in another module may not be
/// compiled, so there is none of those.
fn look_ups(operations: &mut [OperationPlan], model: &Model) {
    let constants: BTreeMap<String, String> = operations
        .iter()
        .map(|own| (own.facts.id.clone(), own.constant.clone()))
        .collect();
    let by_id: BTreeMap<&str, &Operation> = model
        .operations
        .iter()
        .map(|operation| (operation.id.as_str(), operation))
        .collect();
    for own in operations {
        let facts = &mut own.facts;
        let Some(constant) = facts
            .verify
            .as_ref()
            .and_then(|verify| constants.get(&verify.operation))
        else {
            continue;
        };
        let confirm = by_id
            .get(facts.id.as_str())
            .and_then(|operation| confirmation(operation, model))
            .and_then(|list| Some((constants.get(&list.operation)?.clone(), list)));
        facts.look_up = Some(LookUpPlan {
            constant: constant.clone(),
            confirm,
        });
    }
}

/// Why an operation cannot be generated yet.
fn unsupported(operation: &Operation) -> Option<&'static str> {
    if operation.format == BodyFormat::Json && operation.request.iter().any(holds_file) {
        Some("a file in a body that is no form is not known: use `Client::raw`")
    } else if meets_itself(operation) {
        Some("a field of its query and one of its body have the same name: use `Client::raw`")
    } else {
        None
    }
}

fn holds_file(field: &Field) -> bool {
    match &field.ty {
        Type::List(inner) => matches!(**inner, Type::File),
        ty => matches!(ty, Type::File),
    }
}

/// Whether a name stands in the query and in the body: then the text of a request, which has
/// names and no places, could not say which is meant.
fn meets_itself(operation: &Operation) -> bool {
    let names = |location| {
        let fields = operation.request.iter();
        fields
            .filter(move |field| field.location == location)
            .map(|field| field.name.as_str())
    };
    let mut inner = names(Location::Body).chain(names(Location::Form));
    inner.any(|name| names(Location::Query).any(|other| other == name))
}

fn size(operation: &Operation) -> Count {
    let entities = || {
        operation
            .request_entities
            .iter()
            .chain(&operation.response_entities)
    };
    Count {
        operations: 1,
        entities: entities().count(),
        properties: operation.request.len()
            + entities().map(|each| each.fields.len()).sum::<usize>(),
    }
}

fn report_skipped(skipped: &[Skipped], diagnostics: &mut Diagnostics) {
    for each in skipped.iter().filter(|each| each.count.operations > 0) {
        let what = format!("{} is not generated: {}", each.what, each.why);
        diagnostics.add(Diagnostic::note(each.span, what));
    }
}

/// Count in is count out: what is neither generated nor listed as skipped got lost on the way.
fn account(model: &Model, planned: &Count, diagnostics: &mut Diagnostics) {
    let read = &model.count;
    // Diagnostics of their own say why something could not be understood.
    if read == planned || diagnostics.errors() > 0 {
        return;
    }
    diagnostics.add(
        Diagnostic::error(
            model.root,
            format!(
                "the spec holds {} operations, {} entities and {} properties, but {}, {} and {} were planned",
                read.operations,
                read.entities,
                read.properties,
                planned.operations,
                planned.entities,
                planned.properties
            ),
        )
        .help("the generator lost something: this is its mistake, not the spec's"),
    );
}

/// The crate that holds the types of an operation.
fn model_crate(operation: &Operation, module: Option<&Module>) -> String {
    let Some(module) = module.filter(|module| module.own_crate) else {
        return MODEL.to_owned();
    };
    match module.part(&operation.name) {
        None => format!("{MODEL}-{}", module.name),
        Some(part) => format!("{MODEL}-{}-{}", module.name, part.replace('_', "-")),
    }
}

fn module_plan(name: &str, module: Option<&Module>, operations: Vec<OperationPlan>) -> ModulePlan {
    let title = module.map_or(name, |module| module.title.as_str());
    ModulePlan {
        name: name.to_owned(),
        ident: names::keyword(name),
        type_name: name.to_upper_camel_case(),
        doc: prose::escape(title),
        models: operations.iter().map(|each| each.model.clone()).collect(),
        operations,
    }
}

fn one(
    operation: &Operation,
    module: Option<&Module>,
    spec: &Spec,
    skipped: &mut Vec<Skipped>,
    diagnostics: &mut Diagnostics,
) -> (OperationPlan, Count) {
    let made = record::plan(operation, skipped, diagnostics);
    let paging = paging::plan(operation);
    let rows = paging.as_ref().and_then(|(_, rows)| made.rows_of(rows));
    let ident = names::operation(&operation.name);
    let data = rows.as_ref().map_or(&made.answer, |rows| &rows.row);
    let plan = OperationPlan {
        sample: sample::plan(operation, &made.items, spec),
        shown: shown::plan(operation, data, &made.items),
        stem: ident.strip_prefix("r#").unwrap_or(&ident).to_owned(),
        constant: names::constant(&operation.name),
        model: model_crate(operation, module),
        source: format!("spec/{}", operation.file),
        headline: format!(
            "{}: `{} {}`",
            prose::escape(&operation.title),
            operation.method,
            operation.path
        ),
        title: prose::escape(&operation.title),
        alias: prose::alias(&operation.title, &operation.name),
        paragraph: prose::operation(operation),
        link: prose::link(&operation.url, operation.source.as_deref()),
        facts: facts(
            operation,
            paging.map(|(paging, _)| paging).filter(|_| rows.is_some()),
        ),
        argument: if operation.request.is_empty() {
            Argument::Nothing
        } else {
            Argument::Request
        },
        answer: made.answer,
        model_uses: made.model_uses,
        answer_uses: made.answer_uses,
        wire_uses: made.wire_uses,
        items: made.items,
        rows,
        ident,
    };
    (plan, made.count)
}

fn facts(operation: &Operation, paging: Option<PagingPlan>) -> FactsPlan {
    FactsPlan {
        id: operation.id.clone(),
        method: operation.method.to_upper_camel_case(),
        path: operation.path.clone(),
        module: operation.module.clone(),
        title: operation.title.clone(),
        page: operation.url.clone(),
        effect: match operation.effect {
            Effect::Read => "Read",
            Effect::Write => "Write",
            Effect::Money => "Money",
        },
        key: operation.key.clone(),
        resource: operation.resource.clone(),
        verify: operation.verify.clone(),
        look_up: None,
        paging,
        verdict: operation.verdict.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_neither_planned_nor_skipped_is_an_error() {
        let mut diagnostics = Diagnostics::default();
        let count = Count {
            operations: 1,
            entities: 2,
            properties: 3,
        };
        let model = Model {
            count,
            ..Model::default()
        };
        plan(&model, &Spec::default(), true, &mut diagnostics);
        assert_eq!(diagnostics.errors(), 1);
        assert!(
            diagnostics.sorted()[0]
                .what
                .contains("1 operations, 2 entities and 3 properties")
        );
    }
}
