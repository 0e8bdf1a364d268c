//! The request that an example shows: which fields, and a value of each field's own type.
//!
//! Owns which optional fields an example sets. What stands in the page's own example is taken, else
//! the required fields and what finds the record. Must not know how a value is written as Rust or
//! JSON. Must not use: `crate::render`, `crate::pages`, `crate::files`.

mod given;
mod value;

use std::collections::BTreeMap;

use jdy_spec::load::Spec;
use jdy_spec::model::{Effect, Field, Operation, Role, Wire};
use jdy_spec::tree::Node;

use super::{CodesPlan, FieldPlan, Held, Item, RecordPlan, RustType};

/// A value of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sample {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A decimal, as it is written.
    Decimal(String),
    /// Yes or no.
    Flag(bool),
    /// `yyyy-MM-dd`
    Date(String),
    /// `yyyy-MM-dd HH:mm:ss`
    DateTime(String),
    /// Milliseconds since 1970.
    EpochMillis(i64),
    /// A known code.
    Code {
        /// The Rust type.
        ty: String,
        /// Its variant.
        variant: String,
        /// The code on the wire.
        code: String,
    },
    /// Any JSON value.
    Any,
    /// Text by the customer's own names.
    Map,
    /// A file.
    File,
    /// A list of one item; of none where a record would hold itself.
    List(Option<Box<Sample>>),
    /// A record.
    Record(RecordSample),
}

/// A record of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordSample {
    /// The Rust name.
    pub name: String,
    /// The struct of its required fields, where it has any.
    pub required: Option<String>,
    /// The required fields.
    pub must: Vec<FieldSample>,
    /// The optional fields that are set.
    pub more: Vec<FieldSample>,
}

/// A field that is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSample {
    /// The name on the wire.
    pub wire: String,
    /// The Rust name.
    pub ident: String,
    /// Whether it is an `Option`.
    pub is_option: bool,
    /// The value.
    pub value: Sample,
}

/// How many optional fields are shown of a request, and of another record, that requires none.
const SHOWN: (usize, usize) = (4, 2);

/// The request of an example.
pub(super) fn plan(operation: &Operation, items: &[Item], spec: &Spec) -> RecordSample {
    let given = given::Given::of(operation, spec);
    let mut builder = SampleBuilder::new(operation, items);
    let chosen = if given.is_empty() {
        builder.chosen()
    } else {
        Vec::new()
    };
    builder.chosen = chosen;
    builder.record("Request", "", &|name| given.field(name))
}

/// What the page's example says of a field.
type GivenField<'a> = dyn Fn(&str) -> Option<&'a Node> + 'a;

struct SampleBuilder<'a> {
    operation: &'a Operation,
    records: BTreeMap<&'a str, &'a RecordPlan>,
    codes: BTreeMap<&'a str, &'a CodesPlan>,
    /// The optional fields that are set where there is no example: their paths, joined by dots.
    chosen: Vec<String>,
    /// The records that the present one stands in.
    within: Vec<String>,
}

impl<'a> SampleBuilder<'a> {
    fn new(operation: &'a Operation, items: &'a [Item]) -> Self {
        let (mut records, mut codes) = (BTreeMap::new(), BTreeMap::new());
        for item in items {
            match item {
                Item::Record(record) if record.location.is_some() => {
                    records.insert(record.name.as_str(), record);
                }
                Item::Record(_) => {}
                Item::Codes(plan) => {
                    codes.insert(plan.name.as_str(), plan);
                }
            }
        }
        Self {
            operation,
            records,
            codes,
            chosen: Vec::new(),
            within: Vec::new(),
        }
    }

    /// The optional fields worth showing: the caller's own key, or what names the record; where
    /// nothing is required or chosen, and it is no list, the first ones.
    fn chosen(&self) -> Vec<String> {
        let operation = self.operation;
        let mut chosen: Vec<String> = Vec::new();
        if operation.effect != Effect::Read {
            chosen.extend(operation.key.clone());
        }
        let Some(request) = self.records.get("Request") else {
            return chosen;
        };
        let resource = operation.resource.as_ref();
        if request.required.is_none()
            && let Some(resource) = resource
        {
            let by = resource.by.iter();
            let number = by.clone().find(|(_, what)| what == "number");
            let named = number.or_else(|| by.clone().next());
            chosen.extend(named.map(|(argument, _)| argument.clone()));
        }
        let is_list = resource.is_some_and(|resource| resource.role == Role::List);
        let is_in_pages = super::paging::plan(operation).is_some();
        if request.required.is_none() && chosen.is_empty() && !is_list && !is_in_pages {
            chosen.extend(self.first(request, SHOWN.0));
        }
        chosen
    }

    /// The first optional fields of a record that hold values, but those that the vendor fills.
    fn first(&self, record: &RecordPlan, most: usize) -> Vec<String> {
        let holds_values = |field: &&FieldPlan| {
            let is_plain = match field.value.innermost() {
                RustType::Text | RustType::Codes(_) => true,
                RustType::Form(form) => matches!(form, Wire::Integer | Wire::Decimal | Wire::Flag),
                _ => false,
            };
            let known = self.known(record, field);
            let is_filled = known.is_some_and(|field| field.assumed.is_some());
            is_plain && field.start.is_none() && !is_filled
        };
        let fields = record.fields.iter().filter(holds_values);
        fields.take(most).map(|field| field.wire.clone()).collect()
    }

    /// A record, with what stands in the example.
    fn record(&mut self, name: &str, above: &str, given: &GivenField<'_>) -> RecordSample {
        let Some(plan) = self.records.get(name).copied() else {
            return RecordSample::default();
        };
        self.within.push(name.to_owned());
        let required = plan.required.as_ref();
        let fields = required.map_or(&[][..], |required| &required.fields);
        let must = fields.iter();
        let must = must
            .map(|field| self.field(plan, field, above, given))
            .collect();
        let few = match above.is_empty() || required.is_some() {
            true => Vec::new(),
            false => self.first(plan, SHOWN.1),
        };
        let mut more = Vec::new();
        for field in &plan.fields {
            let path = format!("{above}{}", field.wire);
            let is_chosen = self.chosen.contains(&path) || few.contains(&field.wire);
            // What is sent anyway needs no words.
            let says_more = given(&field.wire).is_some() && field.start.is_none();
            if is_chosen || says_more {
                more.push(self.field(plan, field, above, given));
            }
        }
        self.within.pop();
        RecordSample {
            name: plan.name.clone(),
            required: required.map(|required| required.name.clone()),
            must,
            more,
        }
    }

    fn field(
        &mut self,
        record: &RecordPlan,
        plan: &FieldPlan,
        above: &str,
        given: &GivenField<'_>,
    ) -> FieldSample {
        let path = format!("{above}{}", plan.wire);
        let known = self.known(record, plan);
        let value = self.value(&plan.value, &path, known, given(&plan.wire));
        FieldSample {
            wire: plan.wire.clone(),
            ident: plan.ident.clone(),
            is_option: plan.held == Held::Optional,
            value,
        }
    }

    /// What the spec says of a field.
    fn known(&self, record: &RecordPlan, plan: &FieldPlan) -> Option<&'a Field> {
        let fields = match &record.entity {
            None => &self.operation.request,
            Some(name) => {
                let mut entities = self.operation.request_entities.iter();
                &entities.find(|entity| entity.name == *name)?.fields
            }
        };
        fields.iter().find(|field| field.name == plan.wire)
    }

    fn value(
        &mut self,
        ty: &RustType,
        path: &str,
        field: Option<&Field>,
        given: Option<&Node>,
    ) -> Sample {
        match ty {
            RustType::List(inner) => {
                let item = given.and_then(|node| node.items().first()).or(given);
                let holds_itself = self.within.iter().any(|name| *name == inner.to_string());
                let item = (!holds_itself).then(|| Box::new(self.value(inner, path, field, item)));
                Sample::List(item)
            }
            RustType::Codes(name) => match self.codes.get(name.as_str()) {
                Some(codes) => value::code(codes, field, given),
                None => Sample::Any,
            },
            RustType::Record(name) => {
                let inner = |name: &str| given.and_then(|node| node.get(name));
                Sample::Record(self.record(name, &format!("{path}."), &inner))
            }
            RustType::Text => {
                let is_key = self.operation.key.as_deref() == Some(path);
                value::text(field, given.and_then(Node::text), is_key)
            }
            RustType::Form(form) => value::of_form(*form, field, given.and_then(Node::text)),
            RustType::Map => Sample::Map,
            RustType::File => Sample::File,
            RustType::Json | RustType::Encrypted | RustType::NoData => Sample::Any,
        }
    }
}
