//! The tool `show`.
//!
//! Owns what is left out of an operation that has too many fields. Must not know how the spec is
//! written down.

use serde_json::{Value, json};

use super::bounds::{MOST, tokens};
use super::given::Given;
use super::reply::Reply;
use super::server::Parts;
use crate::exit::Failure;
use crate::show::facts;
use crate::spec::Field;

pub(super) fn answer(parts: &Parts, given: &Given) -> Result<Reply, Failure> {
    let info = super::call::known(given.needed("operation")?)?.info();
    let spec = parts.spec()?;
    let (part, fields) = match given.text("part")? {
        None | Some("request") => ("fields", spec.request(info.id)),
        Some("answer") => ("answer", spec.answer(info.id)),
        Some(_) => return Err(Failure::usage("part is request or answer")),
    };
    let fields = match given.text("field")? {
        None => fields,
        Some(path) => vec![at(&fields, path)?],
    };
    let mut reply = Reply::new();
    for (name, value) in facts(info, spec).as_object().into_iter().flatten() {
        // A page for people.
        if !says_nothing(value) && name != "page" {
            reply = reply.json(name, value.to_string());
        }
    }
    let (fields, notes) = shortened(fields.iter().map(Field::as_json).collect());
    let reply = reply.json("may_call", parts.may_call(info).to_string());
    Ok(reply.json(part, json!(fields).to_string()).notes(&notes))
}

/// The field at a path.
fn at(fields: &[Field], path: &str) -> Result<Field, Failure> {
    let mut within = fields;
    let mut found = None;
    for name in path.split('.') {
        let name = name.trim_end_matches("[]");
        let next = within.iter().find(|field| field.name == name);
        let next = next.ok_or_else(|| {
            let names: Vec<&str> = within.iter().map(|field| field.name.as_str()).collect();
            let names = names.join(", ");
            Failure::usage(format!("there is no field {name:?} at {path:?}: {names}"))
        })?;
        within = &next.fields;
        found = Some(next);
    }
    let none = || Failure::usage("field is the name of a field, or a.b");
    found.cloned().ok_or_else(none)
}

/// Null, false and an empty text are not said.
fn says_nothing(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Bool(false)) || value == ""
}

/// The fields without what says nothing, and so few of them that the answer is not too long.
fn shortened(mut fields: Vec<Value>) -> (Vec<Value>, Vec<String>) {
    fields.iter_mut().for_each(lean);
    let mut notes = Vec::new();
    let fits = |fields: &[Value]| tokens(&json!(fields).to_string()) <= MOST;
    for (name, what) in [("fields", "what records hold"), ("codes", "codes")] {
        // A field that was asked for alone keeps its own.
        if fits(&fields) {
            break;
        }
        let mut count = 0;
        match fields.as_mut_slice() {
            [one] => {
                let own = one.get_mut("fields").and_then(Value::as_array_mut);
                own.into_iter()
                    .flatten()
                    .for_each(|it| count += left_out(it, name));
            }
            all => all.iter_mut().for_each(|it| count += left_out(it, name)),
        }
        if count > 0 {
            notes.push(format!(
                "{what} are left out at {count} fields (left_out says how many); ask again with \
                 `field` for one of them"
            ));
        }
    }
    let all = fields.len();
    while !fits(&fields) && fields.pop().is_some() {}
    if fields.len() < all {
        let count = all - fields.len();
        notes.push(format!(
            "{count} of {all} fields are left out; ask for one with `field`"
        ));
    }
    (fields, notes)
}

/// Leaves a list of a field out, at any depth, and says how many it had; how often that was done.
fn left_out(field: &mut Value, name: &str) -> usize {
    let Some(members) = field.as_object_mut() else {
        return 0;
    };
    let Some(Value::Array(list)) = members.remove(name) else {
        let within = members.get_mut("fields").and_then(Value::as_array_mut);
        return within
            .into_iter()
            .flatten()
            .map(|it| left_out(it, name))
            .sum();
    };
    members.insert(format!("{name}_left_out"), json!(list.len()));
    1
}

fn lean(field: &mut Value) {
    if let Some(members) = field.as_object_mut() {
        members.retain(|name, value| name == "default" || !says_nothing(value));
        let within = members.get_mut("fields").and_then(Value::as_array_mut);
        within.into_iter().flatten().for_each(lean);
    }
}
