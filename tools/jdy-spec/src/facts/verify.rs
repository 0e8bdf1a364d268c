//! Verification: the operation that shows whether a write took effect.
//!
//! For a record that the call names by a number or a key of the caller's: its detail by that
//! number; else its list by a filter that takes it; else, for records of base data, its whole list.
//! What no read shows so has none. Owns this order. Must not know how an answer is compared. Must
//! not use: `crate::lower`, `crate::load`.

use crate::model::{Effect, Filter, Model, Operation, Role, Type};

use super::Derived;
use super::relatives::Relatives;
use super::shape;
use super::write::Map;

pub(super) fn derive(model: &Model) -> Vec<Derived> {
    let relatives = Relatives::of(model);
    let one = |operation| one(operation, &relatives);
    model.operations.iter().map(one).collect()
}

/// The list that confirms what the detail of a record does not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// The list's id.
    pub operation: String,
    /// Its argument that takes the record's number.
    pub argument: String,
    /// The field of its rows that holds the number.
    pub shown: String,
    /// Its argument, and what it always is.
    pub with: Vec<(String, String)>,
}

/// The list that confirms that a record is not there, for a write that is verified by a detail:
/// what a detail answers for an unknown number is not known, and an empty list is clear. None where
/// the list cannot be filtered by the number, or leaves out what the write may disable.
#[must_use]
pub fn confirmation(operation: &Operation, model: &Model) -> Option<Confirmation> {
    let verify = operation.verify.as_ref()?;
    let mut operations = model.operations.iter();
    let detail = operations.find(|other| other.id == verify.operation)?;
    let resource = detail.resource.as_ref()?;
    if resource.role != Role::Detail {
        return None;
    }
    let relatives = Relatives::of(model);
    let mut lists = relatives.with(resource, Role::List);
    lists.find_map(|list| {
        let mut look = listed(list)?;
        let state = all_states(list, operation).ok()?;
        look.with.extend(state);
        Some(Confirmation {
            operation: list.id.clone(),
            argument: look.argument?,
            shown: look.shown,
            with: look.with,
        })
    })
}

/// How a record is looked for.
struct Look<'a> {
    asked: &'a Operation,
    /// The argument that takes what names the record; none where the whole list is read.
    argument: Option<String>,
    /// The field of the answer's record that must equal ours.
    shown: String,
    with: Vec<(String, String)>,
}

fn one(operation: &Operation, relatives: &Relatives<'_>) -> Derived {
    let resource = operation.resource.as_ref()?;
    if operation.effect == Effect::Read || !resource.role.saves() {
        return None;
    }
    let wrapped = |name: &str| match &resource.of {
        Some(wrap) => format!("{wrap}.{name}"),
        None => name.to_owned(),
    };
    let details = || relatives.with(resource, Role::Detail);
    let lists = || relatives.with(resource, Role::List);
    let key = operation.key.as_deref().map(|key| match &resource.of {
        Some(wrap) => key.strip_prefix(wrap).map_or(key, |key| &key[1..]),
        None => key,
    });
    let outside = key.filter(|key| Some(*key) != resource.number.as_deref());
    let by_key = outside.and_then(|key| {
        let look = lists().find_map(|list| filtered(list, key))?;
        Some((look, wrapped(key)))
    });
    let by_number = || {
        let number = resource.number.as_deref()?;
        // A call that has a key of its own, and need not have the number, cannot be found by it.
        let fields = shape::saved(operation).1;
        let demands = |name: &str| fields.iter().any(|own| own.name == name && own.required);
        if outside.is_some_and(demands) && !demands(number) {
            return None;
        }
        let look = details()
            .find_map(by_number)
            .or_else(|| lists().find_map(listed))
            .or_else(|| lists().find_map(|list| whole(list, operation)))?;
        Some((look, wrapped(number)))
    };
    let (look, ours) = by_key.or_else(by_number)?;
    let by: Vec<(String, String)> = look
        .argument
        .map(|argument| (argument, ours.clone()))
        .into_iter()
        .collect();
    let node = Map::new(operation.span)
        .text("operation", Some(&look.asked.id))
        .pairs("by", &by)
        .pairs("with", &look.with)
        .pairs("match", &[(look.shown, ours)])
        .node();
    Some(node)
}

/// A detail that is asked for by number, and by nothing else that it demands.
fn by_number(detail: &Operation) -> Option<Look<'_>> {
    let resource = detail.resource.as_ref()?;
    let (argument, _) = resource.by.iter().find(|(_, what)| what == "number")?;
    if demands_more(detail, Some(argument)) {
        return None;
    }
    Some(Look {
        asked: detail,
        argument: Some(argument.clone()),
        shown: resource.number.clone()?,
        with: Vec::new(),
    })
}

/// A list with a filter for one field of its rows.
fn filtered<'a>(list: &'a Operation, field: &str) -> Option<Look<'a>> {
    let wanted = Filter::Equals(field.to_owned());
    by_filter(list, field, |filter| *filter == wanted)
}

/// A list whose filter takes the number, alone or among others.
fn listed(list: &Operation) -> Option<Look<'_>> {
    let number = list.resource.as_ref()?.number.as_deref()?;
    filtered(list, number)
        .or_else(|| by_filter(list, number, |filter| *filter == Filter::SearchNumber))
}

fn by_filter<'a>(
    list: &'a Operation,
    field: &str,
    fits: impl Fn(&Filter) -> bool,
) -> Option<Look<'a>> {
    let filters = &list.resource.as_ref()?.filters;
    let (argument, _) = filters.iter().find(|(_, filter)| fits(filter))?;
    if demands_more(list, Some(argument)) {
        return None;
    }
    Some(Look {
        asked: list,
        argument: Some(argument.clone()),
        shown: field.to_owned(),
        with: size(list),
    })
}

/// A whole list of base data: records with a number, among which no date narrows what is shown.
/// Such lists leave out what is disabled unless they are asked for all.
fn whole<'a>(list: &'a Operation, save: &Operation) -> Option<Look<'a>> {
    let resource = list.resource.as_ref()?;
    let number = resource
        .number
        .as_deref()
        .filter(|name| *name == "number")?;
    let is_dated = shape::rows(list)?
        .1
        .iter()
        .any(|field| field.name == "bill_date");
    if is_dated || demands_more(list, None) {
        return None;
    }
    let mut with = size(list);
    with.extend(all_states(list, save).ok()?);
    Some(Look {
        asked: list,
        argument: None,
        shown: number.to_owned(),
        with,
    })
}

/// The list leaves out what the save may disable.
struct LeavesOut;

/// The argument that asks for records of every state, where the list has one for the state.
fn all_states(list: &Operation, save: &Operation) -> Result<Option<(String, String)>, LeavesOut> {
    let Some(state) = list.request.iter().find(|field| field.name == "enable") else {
        return Ok(None);
    };
    let fields = shape::saved(save).1;
    let may_be_off = fields.iter().any(|field| field.name == "enable");
    match everything(&state.ty) {
        Some(code) => Ok(Some((state.name.clone(), code))),
        None if may_be_off => Err(LeavesOut),
        None => Ok(None),
    }
}

/// The code that asks for records of every state.
fn everything(ty: &Type) -> Option<String> {
    const ALL: [&str; 3] = ["全部", "不限", "所有"];
    let Type::Scalar(scalar) = ty else {
        return None;
    };
    let mut codes = scalar.codes.iter();
    codes
        .find(|code| ALL.contains(&code.label.as_str()))
        .map(|code| code.code.clone())
}

/// Whether a read demands an argument that a look-up does not have.
fn demands_more(read: &Operation, argument: Option<&String>) -> bool {
    const PAGING: [&str; 2] = ["page", "page_size"];
    read.request.iter().any(|field| {
        field.required
            && field.default.is_none()
            && Some(&field.name) != argument
            && !PAGING.contains(&field.name.as_str())
    })
}

/// Pages as large as they may be.
fn size(list: &Operation) -> Vec<(String, String)> {
    shape::scalar(&list.request, &["page_size"])
        .map(|size| (size.name.clone(), "100".to_owned()))
        .into_iter()
        .collect()
}
