//! The fields of a record as a table.
//!
//! Owns its columns. Type, limits and codes are in the words of `jdy show`. Must not know
//! operations. Must not use: `crate::files`, `jdy_spec::tree`.

use jdy_spec::model::{Code, Field, Location, Scalar, Type};

use crate::plan::{CodesPlan, FieldPlan, RecordPlan, RustType};

use super::text::{anchor, code, plain};

/// What is known beside the fields themselves.
pub(super) struct Context<'a> {
    /// The code types of the operation.
    pub(super) codes: Vec<&'a CodesPlan>,
    /// The names of its records: the spec's, and Rust's.
    pub(super) records: Vec<(&'a str, &'a str)>,
    /// Where the request travels; none of an answer.
    pub(super) request: Option<Location>,
}

impl Context<'_> {
    /// The table of a record's fields.
    pub(super) fn table(&self, fields: &[Field], record: &RecordPlan) -> String {
        let is_request = self.request.is_some();
        let mut out = String::from(match is_request {
            true => "| field | type | required | label | notes |\n|---|---|---|---|---|\n",
            false => "| field | type | label | notes |\n|---|---|---|---|\n",
        });
        let demanded = |field: &&Field| is_request && field.required;
        let first = fields.iter().filter(demanded);
        let others = fields.iter().filter(|field| !demanded(field));
        for field in first.chain(others) {
            let required = match (is_request, field.required) {
                (false, _) => "",
                (true, true) => " yes |",
                (true, false) => " |",
            };
            let label = field.title.as_deref().unwrap_or_default();
            out.push_str(&format!(
                "| {} | {} |{required} {} | {} |\n",
                code(&field.name),
                self.type_name(&field.ty),
                plain(label),
                self.notes(field, record)
            ));
        }
        out
    }

    /// What a field holds, in words.
    pub(super) fn type_name(&self, ty: &Type) -> String {
        match ty {
            Type::List(inner) => format!("list of {}", self.type_name(inner)),
            Type::Scalar(scalar) => scalar_name(scalar).to_owned(),
            Type::Map => "map of text".to_owned(),
            Type::File => "file".to_owned(),
            Type::Any => "object".to_owned(),
            Type::Entity(name) => {
                let mut records = self.records.iter();
                match records.find(|(own, _)| own == name) {
                    Some((_, rust)) => format!("[`{rust}`](#{})", anchor(rust)),
                    None => "object".to_owned(),
                }
            }
        }
    }

    fn notes(&self, field: &Field, record: &RecordPlan) -> String {
        let mut notes = Vec::new();
        let required = record.required.iter();
        let plans = required.flat_map(|required| &required.fields);
        let plan = plans
            .chain(&record.fields)
            .find(|plan| plan.wire == field.name);
        if let Some(plan) = plan.filter(|plan| plan.ident != field.name) {
            notes.push(format!("in Rust {}", code(&plan.ident)));
        }
        let text = field.description.as_deref().unwrap_or_default();
        if !text.is_empty() {
            notes.push(plain(text));
        }
        let is_apart = self.request.is_some_and(|place| place != field.location);
        if is_apart && record.entity.is_none() {
            notes.push(format!("in the {}", location(field.location)));
        }
        limits(field, &mut notes);
        notes.extend(self.codes(field, plan));
        notes.join("; ")
    }

    /// The known codes, with their Rust names where they are a type.
    fn codes(&self, field: &Field, plan: Option<&FieldPlan>) -> Option<String> {
        let codes = codes_of(&field.ty);
        if codes.is_empty() {
            return None;
        }
        let named = match plan.map(|plan| plan.value.innermost()) {
            Some(RustType::Codes(name)) => self.codes.iter().find(|codes| codes.name == *name),
            _ => None,
        };
        let each = codes.iter().map(|own| {
            let shown = format!("{} {}", code(&own.code), plain(&own.label));
            let variants = named.map_or(&[][..], |named| &named.variants);
            match variants.iter().find(|each| each.code == own.code) {
                Some(variant) => format!("{shown} {}", code(&variant.ident)),
                None => shown,
            }
        });
        let each: Vec<String> = each.collect();
        Some(match named {
            Some(named) => format!("{}: {}", code(&named.name), each.join(", ")),
            None => each.join(", "),
        })
    }
}

/// The word of a scalar, as `jdy show` has it.
fn scalar_name(scalar: &Scalar) -> &'static str {
    match (scalar.wire, scalar.column.as_str()) {
        (Some(wire), _) => wire.as_str(),
        (None, "string") => "text",
        (None, other) => other,
    }
}

const fn location(location: Location) -> &'static str {
    match location {
        Location::Query => "query",
        Location::Body => "body",
        Location::Form => "form",
    }
}

fn limits(field: &Field, notes: &mut Vec<String>) {
    let default = field.default.as_ref().or(field.assumed.as_ref());
    for (value, before, after) in [
        (default, "", " unless given"),
        (field.max_length.as_ref(), "at most ", " characters"),
        (field.minimum.as_ref(), "at least ", ""),
        (field.maximum.as_ref(), "at most ", ""),
        (field.scale.as_ref(), "", " decimal places"),
    ] {
        if let Some(value) = value {
            notes.push(format!("{before}{}{after}", code(value)));
        }
    }
    if let Some(form) = field.list {
        notes.push(format!("in the query as {}", form.as_str()));
    }
    if field.encrypted {
        notes.push("encrypted by the vendor".to_owned());
    }
}

/// The codes of a value, or of the values of a list.
fn codes_of(ty: &Type) -> &[Code] {
    match ty {
        Type::Scalar(scalar) => &scalar.codes,
        Type::List(inner) => codes_of(inner),
        _ => &[],
    }
}
