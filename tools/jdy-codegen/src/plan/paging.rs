//! Lists in pages: which fields say so, by the names that the vendor's pages give them.
//!
//! Owns these names. Must not know how pages are fetched. Must not use: `crate::render`,
//! `crate::files`.

use jdy_spec::model::{Entity, Field, Operation, Type};

use super::PagingPlan;
use super::record::{encoding, location_name};

/// The names, without `_` and in small letters, of the number of a page, of its size, of how many
/// rows and how many pages there are in all, and of the rows.
const PAGE: [&str; 6] = [
    "page",
    "pageno",
    "pagenum",
    "pageindex",
    "currentpage",
    "curpage",
];
const SIZE: [&str; 2] = ["pagesize", "rowsperpage"];
const COUNT: [&str; 2] = ["count", "totalcount"];
const PAGES: [&str; 2] = ["totalpage", "totalpages"];
const ROWS: [&str; 3] = ["rows", "items", "list"];

/// How an operation answers a list in pages, and the field of its data that holds the rows.
pub(super) fn plan(operation: &Operation) -> Option<(PagingPlan, String)> {
    let page = named(&operation.request, &PAGE)?;
    let size = named(&operation.request, &SIZE).filter(|size| size.location == page.location);
    let data = data(operation)?;
    let rows = rows(data)?;
    let number = |text: Option<&String>| text.and_then(|text| text.parse().ok());
    let plan = PagingPlan {
        page: page.name.clone(),
        location: location_name(page.location),
        encoding: encoding(page),
        // Few lists count from zero, and their pages say so.
        first: number(page.minimum.as_ref())
            .filter(|least| *least == 0)
            .unwrap_or(1),
        size: size.map(|size| size.name.clone()),
        usual_size: size.and_then(|size| number(size.default.as_ref().or(size.assumed.as_ref()))),
        max_size: size.and_then(|size| number(size.maximum.as_ref())),
        count: named(&data.fields, &COUNT).map(|field| field.name.clone()),
        pages: named(&data.fields, &PAGES).map(|field| field.name.clone()),
    };
    Some((plan, rows.name.clone()))
}

/// What `data` of the answer is.
fn data(operation: &Operation) -> Option<&Entity> {
    let Some(Type::Entity(name)) = &operation.data else {
        return None;
    };
    let mut entities = operation.response_entities.iter();
    entities.find(|entity| entity.name == *name)
}

/// The field that holds the rows: one of the usual names, or else the only list.
fn rows(data: &Entity) -> Option<&Field> {
    let lists = || {
        data.fields
            .iter()
            .filter(|field| matches!(field.ty, Type::List(_)))
    };
    let usual = ROWS
        .iter()
        .find_map(|name| lists().find(|field| plain(&field.name) == *name));
    usual.or_else(|| lists().next().filter(|_| lists().count() == 1))
}

/// What an example asks for where a field has the name of a page's number or size.
pub(super) fn example(name: &str) -> Option<i64> {
    let name = plain(name);
    let is_among = |names: &[&str]| names.contains(&name.as_str());
    match (is_among(&PAGE), is_among(&SIZE)) {
        (true, _) => Some(1),
        (_, true) => Some(20),
        (false, false) => None,
    }
}

/// The first field that has one of these names and holds one value.
fn named<'a>(fields: &'a [Field], names: &[&str]) -> Option<&'a Field> {
    let scalars = || {
        fields
            .iter()
            .filter(|field| matches!(field.ty, Type::Scalar(_)))
    };
    names
        .iter()
        .find_map(|name| scalars().find(|field| plain(&field.name) == *name))
}

/// A name without what comes before its last point, without `_` and in small letters.
fn plain(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or_default();
    last.replace('_', "").to_ascii_lowercase()
}
