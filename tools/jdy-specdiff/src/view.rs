//! An operation as the page has it, joined with what became of it in Rust.
//!
//! Owns the join. Must not know what a difference means.

use std::collections::{BTreeMap, BTreeSet};

use jdy_codegen::pipeline::PlannedSpec;
use jdy_codegen::plan::{
    CodesPlan, FieldPlan, Item, ModulePlan, OperationPlan, RecordPlan, RustType,
};
use jdy_spec::model::{self, Entity, Field, Type};

/// All operations of a spec, by id.
pub(super) struct Views<'a> {
    pub(super) operations: Vec<View<'a>>,
    pub(super) modules: BTreeMap<&'a str, &'a ModulePlan>,
}

/// An operation.
pub(super) struct View<'a> {
    pub(super) spec: &'a model::Operation,
    /// `None` where it is not generated.
    pub(super) rust: Option<Rust<'a>>,
    /// The request itself first, then the entities in the order of the spec.
    pub(super) shapes: Vec<Shape<'a>>,
}

/// An operation in Rust.
#[derive(Clone, Copy)]
pub(super) struct Rust<'a> {
    pub(super) module: &'a ModulePlan,
    pub(super) plan: &'a OperationPlan,
}

impl Rust<'_> {
    /// The path that a caller writes.
    pub(super) fn path(&self) -> String {
        format!("jdy::{}::{}", self.module.ident, self.plan.ident)
    }
}

/// Which side of a call a shape is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Request,
    Answer,
}

impl Side {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Answer => "answer",
        }
    }
}

/// The request, or an entity.
#[derive(Clone)]
pub(super) struct Shape<'a> {
    pub(super) side: Side,
    /// `None`: the request itself.
    pub(super) entity: Option<&'a Entity>,
    pub(super) fields: Vec<FieldView<'a>>,
    /// `None` where it is not generated.
    pub(super) record: Option<&'a RecordPlan>,
}

impl<'a> Shape<'a> {
    /// What tells the shapes of an operation apart.
    pub(super) fn key(&self) -> (Side, Option<&'a str>) {
        (self.side, self.entity.map(|entity| entity.name.as_str()))
    }
}

/// A field.
#[derive(Clone, Copy)]
pub(super) struct FieldView<'a> {
    pub(super) spec: &'a Field,
    /// Where it travels; an entity's field travels with what holds the entity.
    pub(super) place: Option<&'static str>,
    /// `None` where it is not generated.
    pub(super) rust: Option<RustField<'a>>,
    /// The open enum that it is in Rust.
    pub(super) codes: Option<&'a CodesPlan>,
}

/// A field in Rust.
#[derive(Clone, Copy)]
pub(super) struct RustField<'a> {
    pub(super) plan: &'a FieldPlan,
    /// The struct that it stands in.
    pub(super) owner: &'a str,
    pub(super) part: Part,
}

/// Which of a record's structs a field stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The literal that a request is made from: each of its fields must be named.
    Required,
    /// The record itself, whose fields have a start.
    Record,
}

impl RustField<'_> {
    /// `Required::store_id: String`.
    pub(super) fn shown(&self) -> String {
        format!("{}::{}: {}", self.owner, self.plan.ident, self.plan.ty())
    }
}

/// Joins the whole spec.
pub(super) fn views(planned: &PlannedSpec) -> Views<'_> {
    let mut rust: BTreeMap<&str, Rust<'_>> = BTreeMap::new();
    for module in &planned.plan.modules {
        for plan in &module.operations {
            rust.insert(&plan.facts.id, Rust { module, plan });
        }
    }
    let modules = planned.plan.modules.iter();
    Views {
        operations: planned
            .model
            .operations
            .iter()
            .map(|spec| view(spec, rust.get(spec.id.as_str()).copied(), planned))
            .collect(),
        modules: modules
            .map(|module| (module.name.as_str(), module))
            .collect(),
    }
}

fn view<'a>(
    spec: &'a model::Operation,
    rust: Option<Rust<'a>>,
    planned: &'a PlannedSpec,
) -> View<'a> {
    let query = query_names(spec, planned);
    let mut records: &[Item] = rust.map_or(&[], |rust| &rust.plan.items);
    let codes = code_types(records);
    let entities = |side, list: &'a [Entity]| list.iter().map(move |entity| (side, Some(entity)));
    let shapes = std::iter::once((Side::Request, None))
        .chain(entities(Side::Request, &spec.request_entities))
        .chain(entities(Side::Answer, &spec.response_entities));
    let shapes = shapes.map(|(side, entity)| {
        let fields = entity.map_or(&spec.request, |entity| &entity.fields);
        let generated = entity.is_none_or(|entity| entity.used);
        let record = generated
            .then(|| take_record(&mut records, fields))
            .flatten();
        let place = |field: &Field| match (entity, query.contains(field.name.as_str())) {
            (Some(_), _) => None,
            (None, true) => Some("query"),
            (None, false) => Some("body"),
        };
        let fields = fields.iter().map(|field| {
            let rust = record.and_then(|record| rust_field(record, &field.name));
            FieldView {
                spec: field,
                place: place(field),
                rust,
                codes: rust.and_then(|rust| match rust.plan.value.innermost() {
                    RustType::Codes(name) => codes.get(name.as_str()).copied(),
                    _ => None,
                }),
            }
        });
        Shape {
            side,
            entity,
            fields: fields.collect(),
            record,
        }
    });
    View {
        spec,
        rust,
        shapes: shapes.collect(),
    }
}

/// The names that the file has under `parameters`.
fn query_names<'a>(spec: &model::Operation, planned: &'a PlannedSpec) -> BTreeSet<&'a str> {
    let document = planned.spec.documents.get(&spec.file);
    let operation = document.and_then(|file| file.root.get(&spec.method.to_ascii_lowercase()));
    let parameters = operation.and_then(|operation| operation.get("parameters"));
    parameters
        .map_or(&[][..], |parameters| parameters.items())
        .iter()
        .filter_map(|parameter| parameter.text_of("name"))
        .collect()
}

fn code_types(items: &[Item]) -> BTreeMap<&str, &CodesPlan> {
    items
        .iter()
        .filter_map(|item| match item {
            Item::Codes(codes) => Some((codes.name.as_str(), codes)),
            Item::Record(_) => None,
        })
        .collect()
}

/// The plan has its records in the order of the spec: the next one with these fields is the one.
fn take_record<'a>(items: &mut &'a [Item], fields: &[Field]) -> Option<&'a RecordPlan> {
    let wanted: BTreeSet<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    for (index, item) in items.iter().enumerate() {
        let Item::Record(record) = item else { continue };
        let has: BTreeSet<&str> = fields_of(record)
            .map(|(_, _, plan)| plan.wire.as_str())
            .collect();
        if has == wanted {
            *items = items.get(index + 1..).unwrap_or_default();
            return Some(record);
        }
    }
    None
}

fn fields_of(record: &RecordPlan) -> impl Iterator<Item = (&str, Part, &FieldPlan)> {
    let required = record.required.iter().flat_map(|required| {
        let owner = required.name.as_str();
        required
            .fields
            .iter()
            .map(move |plan| (owner, Part::Required, plan))
    });
    let others = record.fields.iter();
    required.chain(others.map(|plan| (record.name.as_str(), Part::Record, plan)))
}

fn rust_field<'a>(record: &'a RecordPlan, wire: &str) -> Option<RustField<'a>> {
    fields_of(record)
        .find(|(_, _, plan)| plan.wire == wire)
        .map(|(owner, part, plan)| RustField { plan, owner, part })
}

/// The entity that a type refers to, and within how many lists.
pub(super) fn entity_of(ty: &Type) -> Option<(&str, usize)> {
    match ty {
        Type::Entity(name) => Some((name, 0)),
        Type::List(inner) => entity_of(inner).map(|(name, depth)| (name, depth + 1)),
        Type::Scalar(_) | Type::File | Type::Any | Type::Map => None,
    }
}
