//! Verification: the operation that shows whether a write took effect.
//!
//! For a record that the call names by a number or a key of the caller's: its detail by that
//! number; else its list by a filter that takes it; else, for records of base data, its whole list.
//! A list that may show some days alone proves no absence. What no read shows so has none. Owns this order. Must not know how an answer is compared. Must
//! not use: `crate::lower`, `crate::load`.

use crate::model::{Effect, Field, Filter, Model, Operation, Role, Type, Wire};

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
    /// Its argument that takes the record's number; none where all its rows are read.
    pub argument: Option<String>,
    /// The field of its rows that holds the number.
    pub shown: String,
    /// Its argument, and what it always is.
    pub with: Vec<(String, String)>,
    /// What keeps its rows few where all of them are read.
    pub dates: Option<DateWindow>,
}

/// The arguments that narrow a list to the records of some days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateWindow {
    /// The field of the saved record that holds its day.
    pub field: String,
    /// The argument for the first day.
    pub from: String,
    /// The argument for the last day.
    pub until: String,
}

/// The list that confirms that a record is not there, for a write that is verified by a detail:
/// what a detail answers for an unknown number is not known, and an empty list is clear. A list with
/// a filter for numbers comes first; else all rows of one that has pages: those of the days around
/// the record's own, where the list has arguments for these. None where something else narrows the
/// list by date, or it leaves out what the write may disable.
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
    let lists = || relatives.with(resource, Role::List);
    let by_number = lists().find_map(|list| {
        let look = listed(list, operation)?;
        look.argument.as_ref()?;
        Some(confirmed(look, None))
    });
    by_number.or_else(|| lists().find_map(|list| among_all(list, operation)))
}

fn confirmed(look: Look<'_>, dates: Option<DateWindow>) -> Confirmation {
    Confirmation {
        operation: look.asked.id.clone(),
        argument: look.argument,
        shown: look.shown,
        with: look.with,
        dates,
    }
}

/// All rows of a list in pages, on the days around the record's own where they have days.
fn among_all(list: &Operation, save: &Operation) -> Option<Confirmation> {
    let number = list.resource.as_ref()?.number.clone()?;
    let has_pages = shape::scalar(&list.request, &["page"]).is_some();
    let counts = shape::scalar(shape::data(list), &["count", "total_count", "total_page"]);
    if !has_pages || counts.is_none() || demands_more(list, None) {
        return None;
    }
    let dates = own_days(list, save);
    let is_whole = match has_date(list) {
        true => dates.is_some() || !is_narrowed(list),
        false => number == BASE_DATA,
    };
    if !is_whole {
        return None;
    }
    let look = Look {
        asked: list,
        argument: None,
        shown: number,
        with: all_of(list, save).ok()?,
    };
    Some(confirmed(look, dates))
}

/// The field that holds the number of base data.
const BASE_DATA: &str = "number";

/// The field that holds the day of a document.
const DAY: &str = "bill_date";

/// Whether the rows of a list have a date of their own.
fn has_date(list: &Operation) -> bool {
    let rows = shape::rows(list).map_or(&[][..], |(_, fields)| fields);
    rows.iter()
        .any(|field| [DAY, "date"].contains(&&*field.name))
}

/// The arguments for the days of a document. They have the name of its date (`start_bill_date`):
/// those that are called `start_date` alone take the day on which it was made, on many lists.
fn own_days(list: &Operation, save: &Operation) -> Option<DateWindow> {
    let is_sent = shape::scalar(shape::saved(save).1, &[DAY]).is_some_and(is_day);
    let filters = &list.resource.as_ref()?.filters;
    let end = |wanted: Filter| {
        let mut ends = filters.iter().filter(|(_, filter)| *filter == wanted);
        let (name, _) = ends.find(|(name, _)| name.contains(DAY))?;
        shape::scalar(&list.request, &[name]).filter(|field| is_day(field))
    };
    let from = end(Filter::From(DAY.to_owned()))?;
    let until = end(Filter::Until(DAY.to_owned()))?;
    is_sent.then(|| DateWindow {
        field: DAY.to_owned(),
        from: from.name.clone(),
        until: until.name.clone(),
    })
}

/// Whether a field is a date without a time.
fn is_day(field: &Field) -> bool {
    matches!(&field.ty, Type::Scalar(scalar) if scalar.wire == Some(Wire::Date))
}

/// Whether a list has a window in time that is neither that of its making nor of its last change:
/// what it shows where that is left out is not known.
fn is_narrowed(list: &Operation) -> bool {
    const OF_CHANGES: [&str; 3] = ["create", "modify", "modified"];
    const ENDS: [&str; 5] = ["start", "begin", "end", "expire", "period"];
    list.request.iter().any(|field| {
        let words: Vec<&str> = field.name.split('_').collect();
        let has = |known: &[&str]| words.iter().any(|word| known.contains(word));
        has(&ENDS) && !has(&OF_CHANGES)
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
    let lists = || {
        let lists = relatives.with(resource, Role::List);
        lists.filter(|list| !is_narrowed(list))
    };
    let key = operation.key.as_deref().map(|key| match &resource.of {
        Some(wrap) => key.strip_prefix(wrap).map_or(key, |key| &key[1..]),
        None => key,
    });
    let outside = key.filter(|key| Some(*key) != resource.number.as_deref());
    let by_key = outside.and_then(|key| {
        let look = lists().find_map(|list| filtered(list, key, operation))?;
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
            .or_else(|| lists().find_map(|list| listed(list, operation)))
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
fn filtered<'a>(list: &'a Operation, field: &str, save: &Operation) -> Option<Look<'a>> {
    let wanted = Filter::Equals(field.to_owned());
    by_filter(list, field, save, |filter| *filter == wanted)
}

/// A list whose filter takes the number, alone or among others.
fn listed<'a>(list: &'a Operation, save: &Operation) -> Option<Look<'a>> {
    let number = list.resource.as_ref()?.number.as_deref()?;
    let searched = || by_filter(list, number, save, |filter| *filter == Filter::SearchNumber);
    filtered(list, number, save).or_else(searched)
}

/// Such a list leaves out what is disabled as well, unless it is asked for all.
fn by_filter<'a>(
    list: &'a Operation,
    field: &str,
    save: &Operation,
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
        with: all_of(list, save).ok()?,
    })
}

/// A whole list of base data: records with a number, among which no date narrows what is shown.
/// Such lists leave out what is disabled unless they are asked for all.
fn whole<'a>(list: &'a Operation, save: &Operation) -> Option<Look<'a>> {
    let resource = list.resource.as_ref()?;
    let number = resource.number.as_deref();
    let number = number.filter(|name| *name == BASE_DATA)?;
    let is_dated = shape::rows(list)?.1.iter().any(|field| field.name == DAY);
    if is_dated || demands_more(list, None) {
        return None;
    }
    Some(Look {
        asked: list,
        argument: None,
        shown: number.to_owned(),
        with: all_of(list, save).ok()?,
    })
}

/// The list leaves out what the save may make, and cannot be asked for it.
struct LeavesOut;

/// What asks a list for records of every kind: what an argument is taken for that is left out is
/// not known where it has a value that means all of them. In a list of values none is known to.
fn all_kinds(list: &Operation, save: &Operation) -> Result<Vec<(String, String)>, LeavesOut> {
    let fields = shape::saved(save).1;
    let may_be_off = fields.iter().any(|field| field.name == "enable");
    let mut with = Vec::new();
    for argument in &list.request {
        match (&argument.ty, everything(&argument.ty)) {
            (Type::List(_), Some(_)) => return Err(LeavesOut),
            (_, Some(code)) => with.push((argument.name.clone(), code.to_owned())),
            (_, None) if argument.name == "enable" && may_be_off => return Err(LeavesOut),
            (_, None) => {}
        }
    }
    Ok(with)
}

/// The code that asks for all. An empty one is sent by leaving the argument out.
fn everything(ty: &Type) -> Option<&str> {
    const ALL: [&str; 3] = ["全部", "不限", "所有"];
    let scalar = match ty {
        Type::List(inner) => return everything(inner),
        Type::Scalar(scalar) => scalar,
        _ => return None,
    };
    let mut codes = scalar.codes.iter().filter(|code| !code.code.is_empty());
    codes
        .find(|code| ALL.contains(&code.label.as_str()))
        .map(|code| code.code.as_str())
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

/// What asks a list for records of every kind, in pages as large as they may be.
fn all_of(list: &Operation, save: &Operation) -> Result<Vec<(String, String)>, LeavesOut> {
    let mut with = size(list);
    with.extend(all_kinds(list, save)?);
    Ok(with)
}

/// Pages as large as they may be.
fn size(list: &Operation) -> Vec<(String, String)> {
    shape::scalar(&list.request, &["page_size"])
        .map(|size| (size.name.clone(), "100".to_owned()))
        .into_iter()
        .collect()
}
