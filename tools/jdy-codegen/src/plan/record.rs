//! The types of one operation: records, their fields, codes.
//!
//! Owns which Rust type a field has, and what is left out. Must not know other operations. Must not
//! use: `crate::render`, `crate::files`.

use std::collections::{BTreeMap, BTreeSet};

use jdy_spec::diagnostic::{Diagnostic, Diagnostics, Span};
use jdy_spec::model::{
    Code, Count, Entity, Field, ListForm, Location, Operation, Scalar, ScalarType, Type, Wire,
};

use super::{
    CodesPlan, FieldPlan, Held, Item, RecordPlan, RequiredPlan, RowsPlan, RustType, Skipped,
    VariantPlan, names, prose,
};

/// What became of one operation's types.
pub(super) struct Made {
    pub(super) items: Vec<Item>,
    pub(super) wire_uses: BTreeSet<&'static str>,
    pub(super) answer: RustType,
    pub(super) answer_uses: BTreeSet<&'static str>,
    pub(super) model_uses: BTreeSet<String>,
    pub(super) count: Count,
}

impl Made {
    /// Where the rows of a page are: the field of the answer's record that has this name on the
    /// wire.
    pub(super) fn rows_of(&self, wire: &str) -> Option<RowsPlan> {
        let RustType::Record(data) = &self.answer else {
            return None;
        };
        let records = self.items.iter().filter_map(|item| match item {
            Item::Record(record) => Some(record),
            Item::Codes(_) => None,
        });
        let field = records
            .filter(|record| record.name == *data)
            .flat_map(|record| &record.fields)
            .find(|field| field.wire == wire)?;
        match &field.value {
            RustType::List(row) => Some(RowsPlan {
                data: data.clone(),
                field: field.ident.clone(),
                row: RustType::clone(row),
            }),
            _ => None,
        }
    }
}

/// Which side of a call a record is on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Request(Location),
    Response,
}

/// A record before its names are decided.
struct Shape<'a> {
    side: Side,
    entity: Option<&'a Entity>,
    name: String,
    fields: &'a [Field],
    span: Span,
}

/// Decides all types of one operation.
pub(super) fn plan(
    operation: &Operation,
    skipped: &mut Vec<Skipped>,
    diagnostics: &mut Diagnostics,
) -> Made {
    let mut shapes = shapes(operation, skipped, diagnostics);
    let scope = Scope::new(&mut shapes, diagnostics);
    let mut builder = RecordBuilder {
        scope,
        uses: BTreeSet::new(),
        names: BTreeSet::new(),
        printed: BTreeSet::new(),
        diagnostics,
    };
    let mut items = Vec::new();
    let mut count = Count {
        operations: 1,
        ..Count::default()
    };
    for shape in &shapes {
        count.entities += usize::from(shape.entity.is_some());
        count.properties += shape.fields.len();
        items.push(Item::Record(builder.record(shape)));
        items.extend(builder.codes_of(shape).map(Item::Codes));
    }
    let wire_uses = std::mem::take(&mut builder.uses);
    builder.names.clear();
    let answer = match &operation.data {
        Some(ty) => builder.answer(ty),
        None => builder.used(RustType::NoData),
    };
    let mut model_uses = std::mem::take(&mut builder.names);
    model_uses.insert("Request".to_owned());
    Made {
        items,
        wire_uses,
        answer,
        answer_uses: builder.uses,
        model_uses,
        count,
    }
}

/// The records of an operation, in the order in which they are written down, with their names.
fn shapes<'a>(
    operation: &'a Operation,
    skipped: &mut Vec<Skipped>,
    diagnostics: &mut Diagnostics,
) -> Vec<Shape<'a>> {
    let mut shapes = vec![Shape {
        side: Side::Request(operation.location),
        entity: None,
        name: "Request".to_owned(),
        fields: &operation.request,
        span: operation.span,
    }];
    let answers: BTreeSet<String> = operation
        .response_entities
        .iter()
        .filter(|entity| entity.used)
        .filter_map(rust_name)
        .collect();
    let requests = operation
        .request_entities
        .iter()
        .map(|entity| (Side::Request(operation.location), entity));
    let responses = operation
        .response_entities
        .iter()
        .map(|entity| (Side::Response, entity));
    for (side, entity) in requests.chain(responses) {
        if !entity.used {
            skipped.push(Skipped {
                what: format!("the entity `{}` of `{}`", entity.name, operation.id),
                why: "no field refers to it",
                count: Count {
                    operations: 0,
                    entities: 1,
                    properties: entity.fields.len(),
                },
                span: entity.span,
            });
            continue;
        }
        let name = rust_name(entity).unwrap_or_else(|| {
            diagnostics.add(nameless(entity.span, &entity.name, "Entity"));
            "Entity".to_owned()
        });
        let name = if side != Side::Response && answers.contains(&name) {
            format!("{name}Input")
        } else {
            name
        };
        shapes.push(Shape {
            side,
            entity: Some(entity),
            name,
            fields: &entity.fields,
            span: entity.span,
        });
    }
    shapes
}

fn rust_name(entity: &Entity) -> Option<String> {
    names::record(entity.better_name.as_deref().unwrap_or(&entity.name))
}

fn nameless(span: Span, name: &str, instead: &str) -> Diagnostic {
    Diagnostic::note(
        span,
        format!("no Rust name can be made of `{name}`: it is `{instead}`"),
    )
    .help("give it a better one: `x-jdy-name: a_better_name`")
}

/// Names that are taken, with the places that took them.
#[derive(Default)]
struct Taken(BTreeMap<String, Span>);

impl Taken {
    /// Takes a name; where it is taken already, the next one with a number, and says so.
    fn claim(&mut self, name: String, met: &Met<'_>, diagnostics: &mut Diagnostics) -> String {
        let Some(first) = self.0.get(&name).copied() else {
            self.0.insert(name.clone(), met.span);
            return name;
        };
        let free = (2..)
            .map(|number| format!("{name}{}{number}", met.joint))
            .find(|other| !self.0.contains_key(other));
        let Some(free) = free else { return name };
        diagnostics.add(
            Diagnostic::note(
                met.span,
                format!(
                    "`{}` becomes `{free}` in Rust, since `{name}` is taken",
                    met.what
                ),
            )
            .other(first, "the first")
            .help("give one of them a better name: `x-jdy-name`, or `name` of a code"),
        );
        self.0.insert(free.clone(), met.span);
        free
    }
}

/// What asks for a name.
struct Met<'a> {
    what: &'a str,
    span: Span,
    /// What stands before the number.
    joint: &'static str,
}

fn is_required(field: &Field) -> bool {
    field.required && field.default.is_none()
}

fn same_codes(a: &[Code], b: &[Code]) -> bool {
    let facts = |code: &Code| {
        (
            code.code.clone(),
            code.label.clone(),
            code.better_name.clone(),
        )
    };
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| facts(a) == facts(b))
}

/// A field with codes, and the record that holds it.
type Coded<'a> = (&'a Shape<'a>, &'a Field, &'a [Code]);

/// The names that the types of one operation have.
struct Scope {
    /// Entities of the request, of the answer.
    request: BTreeMap<String, String>,
    response: BTreeMap<String, String>,
    /// The type of a field's codes, by record and field.
    codes: BTreeMap<(String, String), String>,
}

impl Scope {
    fn new(shapes: &mut [Shape<'_>], diagnostics: &mut Diagnostics) -> Self {
        let mut scope = Self {
            request: BTreeMap::new(),
            response: BTreeMap::new(),
            codes: BTreeMap::new(),
        };
        let mut taken = Taken::default();
        for shape in shapes.iter_mut() {
            let wanted = std::mem::take(&mut shape.name);
            let met = Met {
                what: shape.entity.map_or("the request", |entity| &entity.name),
                span: shape.span,
                joint: "",
            };
            shape.name = taken.claim(wanted, &met, diagnostics);
            if let Some(name) = required_name(shape) {
                // Its name follows from the record's, which differs from all others.
                taken.0.entry(name).or_insert(shape.span);
            }
            if let Some(entity) = shape.entity {
                let names = match shape.side {
                    Side::Request(_) => &mut scope.request,
                    Side::Response => &mut scope.response,
                };
                names.insert(entity.name.clone(), shape.name.clone());
            }
        }
        scope.name_codes(shapes, &mut taken, diagnostics);
        scope
    }

    /// A list of codes is called as its field. Where two fields of one operation have that name
    /// and other codes, each is called by its record too.
    fn name_codes(
        &mut self,
        shapes: &[Shape<'_>],
        taken: &mut Taken,
        diagnostics: &mut Diagnostics,
    ) {
        let mut wanted: BTreeMap<String, Vec<Coded<'_>>> = BTreeMap::new();
        for shape in shapes {
            for field in shape.fields {
                if let Some(codes) = field.ty.own_codes() {
                    let plain = field.better_name.as_deref().unwrap_or(&field.name);
                    let name = names::record(plain).unwrap_or_else(|| "Codes".to_owned());
                    wanted.entry(name).or_default().push((shape, field, codes));
                }
            }
        }
        for (name, fields) in wanted {
            let mut neighbours = fields.iter().zip(fields.iter().skip(1));
            let alike = neighbours.all(|(one, next)| same_codes(one.2, next.2));
            let mut shared = None;
            for (shape, field, _) in fields {
                let met = Met {
                    what: &field.name,
                    span: field.span,
                    joint: "",
                };
                let full = match (alike, &shared) {
                    (true, Some(shared)) => String::clone(shared),
                    (true, None) if taken.0.contains_key(&name) => {
                        taken.claim(format!("{name}Code"), &met, diagnostics)
                    }
                    (true, None) => taken.claim(name.clone(), &met, diagnostics),
                    (false, _) => taken.claim(format!("{}{name}", shape.name), &met, diagnostics),
                };
                shared = Some(full.clone());
                self.codes
                    .insert((shape.name.clone(), field.name.clone()), full);
            }
        }
    }
}

fn required_name(shape: &Shape<'_>) -> Option<String> {
    if shape.side == Side::Response || !shape.fields.iter().any(is_required) {
        return None;
    }
    Some(match shape.entity {
        None => "Required".to_owned(),
        Some(_) => format!("{}Required", shape.name),
    })
}

struct RecordBuilder<'a> {
    scope: Scope,
    uses: BTreeSet<&'static str>,
    names: BTreeSet<String>,
    printed: BTreeSet<String>,
    diagnostics: &'a mut Diagnostics,
}

impl RecordBuilder<'_> {
    fn record(&mut self, shape: &Shape<'_>) -> RecordPlan {
        let required_name = required_name(shape);
        let mut required = Vec::new();
        let mut fields = Vec::new();
        for (field, ident) in shape.fields.iter().zip(self.idents(shape.fields)) {
            let demanded = shape.side != Side::Response && is_required(field);
            let plan = self.field(shape, field, ident, demanded.into());
            if demanded {
                required.push(plan)
            } else {
                fields.push(plan)
            }
        }
        RecordPlan {
            name: shape.name.clone(),
            entity: shape.entity.map(|entity| entity.name.clone()),
            doc: record_doc(shape, required_name.as_deref()),
            location: match shape.side {
                Side::Request(location) => Some(location_name(location)),
                Side::Response => None,
            },
            required: required_name.map(|name| RequiredPlan {
                doc: match shape.entity {
                    None => format!("What a request must hold; [`{name}::with`] sets the rest."),
                    Some(_) => format!(
                        "What a [`{}`] must hold; [`{name}::with`] sets the rest.",
                        shape.name
                    ),
                },
                name,
                fields: required,
            }),
            fields,
        }
    }

    /// The Rust names of the fields of a record. A field that is called so on the wire has its
    /// name before one that only becomes so.
    fn idents(&mut self, fields: &[Field]) -> Vec<String> {
        let mut taken = Taken::default();
        let wanted = |field: &Field| {
            let wire = field.better_name.as_deref().unwrap_or(&field.name);
            let name = names::field(wire);
            (name.as_deref() == Some(wire), name)
        };
        let wanted: Vec<(bool, Option<String>)> = fields.iter().map(wanted).collect();
        let mut idents: Vec<Option<String>> = fields.iter().map(|_| None).collect();
        for exact in [true, false] {
            for ((field, (is_exact, name)), place) in fields.iter().zip(&wanted).zip(&mut idents) {
                if *is_exact != exact {
                    continue;
                }
                let met = Met {
                    what: &field.name,
                    span: field.span,
                    joint: "_",
                };
                let claimed = name.clone().unwrap_or_else(|| "field".to_owned());
                let ident = taken.claim(claimed, &met, self.diagnostics);
                if name.is_none() {
                    let note = nameless(field.span, &field.name, &ident);
                    self.diagnostics.add(note);
                }
                *place = Some(ident);
            }
        }
        idents.into_iter().flatten().collect()
    }

    fn field(&mut self, shape: &Shape<'_>, field: &Field, ident: String, part: Part) -> FieldPlan {
        let codes = self
            .scope
            .codes
            .get(&(shape.name.clone(), field.name.clone()))
            .cloned();
        let mut value = self.ty(&field.ty, shape.side, codes.as_deref());
        if field.encrypted && shape.side == Side::Response && value == RustType::Text {
            value = self.used(RustType::Encrypted);
        }
        let start = match shape.side {
            Side::Request(_) => field
                .default
                .as_deref()
                .map(|default| start(field, default, &value)),
            Side::Response => None,
        };
        let held = match (shape.side, part, &start) {
            (Side::Response, ..) => {
                self.uses.insert("Field");
                Held::Answered
            }
            (_, Part::Optional, None) => Held::Optional,
            _ => Held::Always,
        };
        FieldPlan {
            wire: field.name.clone(),
            ident,
            value,
            held,
            doc: match shape.side {
                Side::Request(_) => prose::field(field),
                Side::Response => prose::answered(field),
            },
            encoding: encoding(field),
            apart: apart(shape, field),
            start,
        }
    }

    /// The Rust type of a value.
    fn ty(&mut self, ty: &Type, side: Side, codes: Option<&str>) -> RustType {
        match ty {
            Type::Scalar(scalar) => match codes {
                Some(codes) if ty.own_codes().is_some() => RustType::Codes(codes.to_owned()),
                _ => self.scalar(scalar),
            },
            Type::Entity(name) => {
                let names = match side {
                    Side::Request(_) => &self.scope.request,
                    Side::Response => &self.scope.response,
                };
                // An entity that is not there was reported where it is referred to.
                let name = names
                    .get(name)
                    .cloned()
                    .unwrap_or_else(|| "Json".to_owned());
                self.names.insert(name.clone());
                RustType::Record(name)
            }
            Type::List(inner) => RustType::List(Box::new(self.ty(inner, side, codes))),
            Type::Map => self.used(RustType::Map),
            Type::File if side != Side::Response => self.used(RustType::File),
            Type::Any | Type::File => self.used(RustType::Json),
        }
    }

    fn answer(&mut self, ty: &Type) -> RustType {
        self.ty(ty, Side::Response, None)
    }

    fn used(&mut self, ty: RustType) -> RustType {
        self.uses.extend(ty.import());
        ty
    }

    fn scalar(&mut self, scalar: &Scalar) -> RustType {
        self.used(match (scalar.wire, scalar.column) {
            (Some(wire), _) => RustType::Form(wire),
            (None, ScalarType::Number) => RustType::Form(Wire::Decimal),
            (None, ScalarType::Flag) => RustType::Form(Wire::Flag),
            (None, ScalarType::Integer) => RustType::Form(Wire::Integer),
            (None, ScalarType::Text) => RustType::Text,
        })
    }

    /// The code types that the fields of a record are the first to need.
    fn codes_of(&mut self, shape: &Shape<'_>) -> impl Iterator<Item = CodesPlan> + use<> {
        let mut made = Vec::new();
        for field in shape.fields {
            let key = (shape.name.clone(), field.name.clone());
            let (Some(codes), Some(name)) = (field.ty.own_codes(), self.scope.codes.get(&key))
            else {
                continue;
            };
            if self.printed.insert(name.clone()) {
                let name = name.clone();
                made.push(self.codes(&name, field, codes));
            }
        }
        made.into_iter()
    }

    fn codes(&mut self, name: &str, field: &Field, codes: &[Code]) -> CodesPlan {
        let mut variants = Vec::with_capacity(codes.len());
        for (code, ident) in codes.iter().zip(variants_of(codes, self.diagnostics)) {
            variants.push(VariantPlan {
                doc: prose::code(code),
                alias: prose::alias(&code.label, &ident),
                ident,
                code: code.code.clone(),
                label: code.label.clone(),
            });
        }
        CodesPlan {
            name: name.to_owned(),
            doc: format!(
                "The codes of `{}`. Open: a code that the spec does not know is [`{name}::Other`].",
                field.name
            ),
            variants,
        }
    }
}

/// The names of the variants of a list of codes.
fn variants_of(codes: &[Code], diagnostics: &mut Diagnostics) -> Vec<String> {
    let mut taken = Taken::default();
    let name = |code: &Code| {
        let wanted = code.better_name.as_deref().unwrap_or(&code.code);
        names::variant(wanted).unwrap_or_else(|| "Code".to_owned())
    };
    let each = codes.iter().map(|code| {
        let met = Met {
            what: &code.code,
            span: code.span,
            joint: "_",
        };
        taken.claim(name(code), &met, diagnostics)
    });
    each.collect()
}

/// Where in a record a field stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Required,
    Optional,
}

impl From<bool> for Part {
    fn from(required: bool) -> Self {
        if required {
            Part::Required
        } else {
            Part::Optional
        }
    }
}

fn record_doc(shape: &Shape<'_>, required: Option<&str>) -> String {
    let what = match (shape.entity, shape.side) {
        (None, _) => "The request".to_owned(),
        (Some(entity), side) => {
            let side = match side {
                Side::Request(_) => "An entity of the request",
                Side::Response if entity.name == "Data" => "What the answer holds",
                Side::Response => "An entity of the answer",
            };
            match entity.title.as_deref().or(entity.description.as_deref()) {
                Some(title) => format!("{}. {side}", prose::escape(title)),
                None => side.to_owned(),
            }
        }
    };
    match required {
        Some(required) => format!("{what}, made from [`{required}`]."),
        None if shape.side != Side::Response => {
            format!("{what}; it begins as `{}::default()`.", shape.name)
        }
        None => format!("{what}."),
    }
}

/// Where a field of the request travels, where that is not where the request does. Below the
/// request itself, fields travel as parts of one of its own.
fn apart(shape: &Shape<'_>, field: &Field) -> Option<&'static str> {
    match shape.side {
        Side::Request(location) if shape.entity.is_none() && field.location != location => {
            Some(location_name(field.location))
        }
        Side::Request(_) | Side::Response => None,
    }
}

pub(super) fn location_name(location: Location) -> &'static str {
    match location {
        Location::Query => "Query",
        Location::Body => "Body",
        Location::Form => "Form",
    }
}

/// How a field is written.
pub(super) fn encoding(field: &Field) -> &'static str {
    match field.list {
        Some(ListForm::Repeat) => "Repeat",
        Some(ListForm::Json) if type_form(&field.ty) == "Numbers" => "JsonNumbers",
        Some(ListForm::Json) => "Json",
        Some(ListForm::Comma) | None => type_form(&field.ty),
    }
}

fn type_form(ty: &Type) -> &'static str {
    match ty {
        Type::Entity(_) | Type::Map => "Object",
        Type::Any => "Json",
        Type::File => "File",
        Type::List(inner) => match type_form(inner) {
            "Number" | "Numbers" => "Numbers",
            "Flag" | "Flags" => "Flags",
            "File" => "File",
            _ => "List",
        },
        Type::Scalar(scalar) => match scalar.column {
            ScalarType::Text => "Text",
            ScalarType::Integer | ScalarType::Number => "Number",
            ScalarType::Flag => "Flag",
        },
    }
}

/// What a field is until it is set, as a Rust expression.
fn start(field: &Field, default: &str, ty: &RustType) -> String {
    match ty {
        RustType::Form(Wire::Flag) => matches!(default, "1" | "true").to_string(),
        RustType::Form(Wire::Integer) => default.to_owned(),
        RustType::Form(Wire::Decimal) => {
            let scale = default.split_once('.').map_or(0, |(_, part)| part.len());
            let digits = default.replace('.', "");
            let sign = if digits.starts_with('-') { "-" } else { "" };
            let bare = digits.trim_start_matches(['-', '0']);
            let bare = if bare.is_empty() { "0" } else { bare };
            format!("Decimal::new({sign}{bare}, {scale})")
        }
        RustType::Text => format!("{default:?}.to_owned()"),
        // A form of time has no default, so the type is one of codes.
        _ => {
            let known = field.ty.own_codes().unwrap_or_default();
            // These names were reported where the type is made.
            let variants = variants_of(known, &mut Diagnostics::default());
            let found = known.iter().zip(variants);
            match found.into_iter().find(|(code, _)| code.code == default) {
                Some((_, variant)) => format!("{ty}::{variant}"),
                None => format!("{ty}::Other({default:?}.to_owned())"),
            }
        }
    }
}
