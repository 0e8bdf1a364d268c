//! Resources: which operations belong to one kind of document or record.
//!
//! Owns how operations are put together by their paths and titles, and how the fields of one
//! answer to those of another. Must not know what a call does.

mod family;
mod fields;

use std::collections::BTreeMap;

use crate::model::{Field, Filter, Model, Operation, Role, Type};
use crate::tree::Node;

use self::family::Family;
use super::Derived;
use super::shape;
use super::write::Map;

/// The names of a record's id and of its number, the likeliest first.
const ID: [&str; 2] = ["id", "bill_id"];
const NUMBER: [&str; 4] = ["bill_no", "number", "serial_number", "invoice_no"];

pub(super) fn derive(model: &Model) -> Vec<Derived> {
    let mut derived: Vec<Derived> = model.operations.iter().map(|_| None).collect();
    let entities = entity_numbers(model);
    for family in family::all(model) {
        let record = Record::of(&family, model);
        if !record.is_one(&family) {
            continue;
        }
        let named = |titles: &[String]| {
            let mut codes = titles.iter().filter_map(|title| entities.get(title));
            codes.find_map(Option::as_deref)
        };
        let entity = named(&family.titles).or_else(|| named(&family.bare_titles()));
        for (at, role) in &family.members {
            let Some(operation) = model.operations.get(*at) else {
                continue;
            };
            let node = member(operation, *role, &family, &record, entity);
            if let Some(place) = derived.get_mut(*at) {
                *place = Some(node);
            }
        }
    }
    derived
}

/// What the operations of a family say of the record itself.
struct Record<'a> {
    /// The save.
    save: Option<&'a Operation>,
    /// What the save takes.
    saved: &'a [Field],
    /// The number by the name that the save has, or else what shows it.
    number: Option<&'a str>,
    /// Whether a save, a detail or a row has an id.
    has_id: bool,
}

impl<'a> Record<'a> {
    fn of(family: &Family, model: &'a Model) -> Self {
        let with = |role| family.with(role).filter_map(|at| model.operations.get(at));
        let save = with(Role::Save).next();
        let saved = save.map_or(&[][..], |save| shape::saved(save).1);
        let shown = with(Role::Detail)
            .map(shape::data)
            .chain(with(Role::List).filter_map(|list| Some(shape::rows(list)?.1)));
        let shown: Vec<&[Field]> = shown.collect();
        let number = std::iter::once(saved)
            .chain(shown.iter().copied())
            .find_map(number);
        let has_id = std::iter::once(saved)
            .chain(shown)
            .any(|fields| own(fields, &ID).is_some());
        Self {
            save,
            saved,
            number,
            has_id,
        }
    }

    /// Whether there is a record at all: something is saved, or something that has an id is shown.
    fn is_one(&self, family: &Family) -> bool {
        let is_named = |role| family.with(role).next().is_some();
        is_named(Role::Save) || (self.has_id && (is_named(Role::Detail) || self.number.is_some()))
    }
}

/// The field that holds the number of the record itself. One that the page calls a name is none:
/// what it holds is not known, and a number that is looked for in it may not be found.
fn number(fields: &[Field]) -> Option<&str> {
    const NAMES: [&str; 2] = ["名字", "名称"];
    let is_name = |field: &Field| {
        let label = shape::label(field);
        NAMES.iter().any(|word| label.ends_with(word))
    };
    let found = own(fields, &NUMBER)?;
    let field = shape::scalar(fields, &[found])?;
    (!is_name(field)).then_some(found)
}

/// The first field of these names that mentions the record itself, and not of what it was made
/// from or belongs to.
fn own<'a>(fields: &'a [Field], names: &[&str]) -> Option<&'a str> {
    const OF_OTHERS: [&str; 5] = ["源单", "来源", "物流", "上级", "关联"];
    names
        .iter()
        .filter_map(|name| shape::scalar(fields, &[*name]))
        .find(|field| {
            !OF_OTHERS
                .iter()
                .any(|word| shape::label(field).contains(word))
        })
        .map(|field| field.name.as_str())
}

fn member(
    operation: &Operation,
    role: Role,
    family: &Family,
    record: &Record<'_>,
    entity: Option<&str>,
) -> Node {
    let name_of = |fields: &[Field]| {
        (
            own(fields, &ID).map(str::to_owned),
            number(fields).map(str::to_owned),
        )
    };
    let returns = |shown: &[Field]| {
        let renamed = record
            .save
            .map(|save| fields::renamed((save, record.saved), (operation, shown)));
        renamed.unwrap_or_default()
    };
    let map = Map::new(operation.span)
        .text("name", Some(&family.name))
        .text("role", Some(role.as_str()))
        .text("entity", entity);
    match role {
        Role::Save | Role::Batch => {
            let (of, fields) = shape::saved(operation);
            let (id, number) = name_of(fields);
            map.text("of", of)
                .text("id", id.as_deref())
                .text("number", number.as_deref())
                .node()
        }
        Role::Detail => {
            let data = shape::data(operation);
            let (id, number) = name_of(data);
            map.text("id", id.as_deref())
                .text("number", number.as_deref())
                .pairs("by", &arguments(operation))
                .pairs("returns", &returns(data))
                .node()
        }
        Role::List => {
            let (rows, fields) = shape::rows(operation).unwrap_or_default();
            let (id, number) = name_of(fields);
            let filters = filters(operation, fields, number.as_deref());
            map.text("rows", Some(rows).filter(|rows| !rows.is_empty()))
                .text("id", id.as_deref())
                .text("number", number.as_deref())
                .pairs("filters", &filters)
                .pairs("returns", &returns(fields))
                .node()
        }
        Role::Delete => map.pairs("by", &arguments(operation)).node(),
    }
}

/// Which arguments name the record: `id` and `number`.
fn arguments(operation: &Operation) -> Vec<(String, String)> {
    let named = |names: &[&str], what: &str| {
        shape::scalar(&operation.request, names).map(|field| (field.name.clone(), what.to_owned()))
    };
    let id = named(&ID, "id");
    let number = named(
        &["number", "bill_no", "serial_number", "invoice_no"],
        "number",
    );
    id.into_iter().chain(number).collect()
}

/// What each filter of a list filters, where the row shows it.
fn filters(list: &Operation, row: &[Field], number: Option<&str>) -> Vec<(String, String)> {
    list.request
        .iter()
        .filter_map(|argument| {
            let filter = filter(argument, row, number)?;
            Some((argument.name.clone(), filter.to_text()))
        })
        .collect()
}

fn filter(argument: &Field, row: &[Field], number: Option<&str>) -> Option<Filter> {
    let name = argument.name.rsplit('.').next().unwrap_or_default();
    let has = |field: &str| row.iter().any(|known| known.name == field);
    if name == "search" {
        let says = shape::label(argument);
        let takes_numbers = ["编号", "编码", "单号", "单据号"]
            .iter()
            .any(|word| says.contains(word));
        return Some(match takes_numbers && number.is_some() {
            true => Filter::SearchNumber,
            false => Filter::Search,
        });
    }
    if let Some(window) = window(name, shape::label(argument), &has) {
        return Some(window);
    }
    let own = row.iter().find(|known| known.name == name);
    if let Some(own) = own.filter(|_| matches!(argument.ty, Type::Scalar(_))) {
        return names_the_same(argument, own).then(|| Filter::Equals(name.to_owned()));
    }
    let one = name.strip_suffix('s')?;
    has(one).then(|| Filter::Among(one.to_owned()))
}

/// Whether an argument that is called as a row's own name, number or id is that one: 类别编码 (the
/// number of a category) filters by another record than 编码. Where a label is missing, nothing
/// speaks against it.
fn names_the_same(argument: &Field, own: &Field) -> bool {
    const NAMING: [&str; 4] = ["id", "number", "name", "bill_no"];
    const OF_ANOTHER: [&str; 5] = ["类别", "类型", "分类", "分组", "级别"];
    let plain = |field: &Field| {
        let label = shape::label(field).to_lowercase();
        label.replace("编号", "编码").replace("单据编码", "编码")
    };
    let (asked, shown) = (plain(argument), plain(own));
    if !NAMING.contains(&own.name.as_str()) || asked.is_empty() || shown.is_empty() {
        return true;
    }
    let more = asked.strip_suffix(shown.as_str());
    let is_more = more.is_some_and(|more| !OF_ANOTHER.iter().any(|word| more.contains(word)));
    is_more || shown.ends_with(&asked)
}

/// `create_start_time`, `end_bill_date`, `start_modified`: one end of a window in time. Where a name
/// says no more than that it is a time, its label may say which.
fn window(name: &str, label: &str, has: &dyn Fn(&str) -> bool) -> Option<Filter> {
    const FROM: [&str; 2] = ["start", "begin"];
    const UNTIL: [&str; 2] = ["end", "expire"];
    let words: Vec<&str> = name.split('_').collect();
    let end = words
        .iter()
        .position(|word| FROM.contains(word) || UNTIL.contains(word))?;
    let is_from = words.get(end).is_some_and(|word| FROM.contains(word));
    let rest: Vec<&str> = words
        .iter()
        .enumerate()
        .filter(|(at, _)| *at != end)
        .map(|(_, word)| *word)
        .collect();
    let bare = rest.join("_");
    let candidates = match bare.as_str() {
        "time" | "date" if label.contains("修改") => vec!["modify_time"],
        "time" | "date" if label.contains("创建") => vec!["create_time"],
        "time" | "date" => vec!["bill_date", "date", "create_time"],
        "modified" => vec!["modify_time"],
        bare => vec![bare],
    };
    let field = candidates.into_iter().find(|name| has(name))?.to_owned();
    Some(match is_from {
        true => Filter::From(field),
        false => Filter::Until(field),
    })
}

/// The entity numbers (`sal_bill_order`) that the spec's own codes give to titles; a title with
/// several has none.
fn entity_numbers(model: &Model) -> BTreeMap<String, Option<String>> {
    let mut numbers: BTreeMap<String, Option<String>> = BTreeMap::new();
    for operation in &model.operations {
        let entities = operation
            .request_entities
            .iter()
            .chain(&operation.response_entities)
            .flat_map(|entity| &entity.fields);
        for field in operation.request.iter().chain(entities) {
            let Type::Scalar(scalar) = &field.ty else {
                continue;
            };
            for code in &scalar.codes {
                if family::is_entity_number(&code.code) {
                    let title = code.label.clone();
                    let known = numbers
                        .entry(title)
                        .or_insert_with(|| Some(code.code.clone()));
                    if known.as_deref() != Some(code.code.as_str()) {
                        *known = None;
                    }
                }
            }
        }
    }
    numbers
}
