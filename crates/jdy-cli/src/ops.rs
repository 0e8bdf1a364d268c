//! `jdy ops`: the operations that the SDK knows, all or those that some words find.
//!
//! Owns the two formats of the list, and the search. Must not know what a field holds.

use jdy::OperationInfo;
use serde_json::{Value, json};

use crate::arguments::{Format, OpsArguments};
use crate::exit::{Failure, OneLine};
use crate::language::say;
use crate::output::print;
use crate::spec::{Field, Spec};
use crate::{table, terminal};

/// Prints the list.
pub(crate) fn run(arguments: &OpsArguments) -> Result<(), Failure> {
    let words = Words::of(&arguments.words);
    let infos = jdy_cli::operations().map(|operation| operation.info());
    // A search of names alone would need no spec; one of fields does.
    let spec = match (words.0.is_empty(), arguments.format) {
        (true, Format::Table) => None,
        _ => Some(Spec::read()?),
    };
    let found = match &spec {
        Some(spec) => words.find(infos, spec),
        None => infos.map(Found::all).collect(),
    };
    let list = match (arguments.format, &spec) {
        (Format::Json, Some(spec)) => as_json(&found, spec),
        _ if found.is_empty() => String::new(),
        _ => as_table(&found, terminal::width()),
    };
    print(list).map_err(|error| Failure::other(say!("cannot-print-list", error = error)))?;
    match found.is_empty() {
        true => {
            let words = words.0.join(" ");
            Err(Failure::other(say!("ops-none", words = words)))
        }
        false => Ok(()),
    }
}

/// The words of a search, in lower case. All of them must be found.
pub(crate) struct Words(Vec<String>);

/// An operation that was found.
pub(crate) struct Found<'a> {
    pub(crate) info: &'a OperationInfo,
    /// The fields that hold a word which its id, path and title do not.
    pub(crate) fields: Vec<String>,
}

impl<'a> Found<'a> {
    fn all(info: &'a OperationInfo) -> Self {
        let fields = Vec::new();
        Self { info, fields }
    }
}

impl Words {
    pub(crate) fn of(arguments: &[String]) -> Self {
        let words = arguments.iter().flat_map(|words| words.split_whitespace());
        Self(words.map(str::to_lowercase).collect())
    }

    /// Those that are found by their names before those that are found by their fields.
    pub(crate) fn find<'a>(
        &self,
        infos: impl Iterator<Item = &'a OperationInfo>,
        spec: &Spec,
    ) -> Vec<Found<'a>> {
        let mut found: Vec<Found<'a>> = infos.filter_map(|info| self.look_at(info, spec)).collect();
        found.sort_by_key(|found| !found.fields.is_empty());
        found
    }

    fn look_at<'a>(&self, info: &'a OperationInfo, spec: &Spec) -> Option<Found<'a>> {
        let name = format!("{}\n{}\n{}", info.id, info.path, info.title).to_lowercase();
        let others: Vec<&String> = self.0.iter().filter(|word| !name.contains(*word)).collect();
        let mut found = Found::all(info);
        if others.is_empty() {
            return Some(found);
        }
        let mut fields: Vec<(String, String)> = Vec::new();
        for field in spec.request(info.id).iter().chain(&spec.answer(info.id)) {
            field.visit("", &mut |path: &str, field: &Field| {
                let text = format!("{}\n{}", field.name, field.label).to_lowercase();
                fields.push((path.to_owned(), text));
            });
        }
        for word in others {
            let mut hits = fields.iter().filter(|(_, text)| text.contains(word));
            let (first, _) = hits.next()?;
            if !found.fields.contains(first) {
                found.fields.push(first.clone());
            }
        }
        Some(found)
    }
}

/// One array, one operation on a line, so that two versions of the list can be compared.
fn as_json(operations: &[Found<'_>], spec: &Spec) -> String {
    let lines: Vec<String> = operations
        .iter()
        .map(|found| one(found, spec).to_string())
        .collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

fn one(found: &Found<'_>, spec: &Spec) -> Value {
    let mut facts = facts(found.info, spec);
    if let Some(facts) = facts.as_object_mut()
        && !found.fields.is_empty()
    {
        facts.insert("found_in".to_owned(), json!(found.fields));
    }
    facts
}

/// What the spec says of an operation as a whole.
pub(crate) fn facts(info: &OperationInfo, spec: &Spec) -> Value {
    let fact = |keyword| spec.fact(info.id, keyword);
    json!({
        "id": info.id,
        "method": info.method.as_str(),
        "path": info.path,
        "module": info.module,
        "title": info.title,
        "effect": info.effect.as_str(),
        "key": info.key,
        "keyless": fact("x-jdy-keyless") == Value::Bool(true),
        "resource": fact("x-jdy-resource"),
        "verify": fact("x-jdy-verify"),
        "verdict": fact("x-jdy-verdict"),
        "source": fact("x-jdy-source"),
        "page": info.page,
    })
}

/// The columns, in the order in which they are left out where a terminal is too narrow for all:
/// the module and the path follow from the id nearly always, and `jdy show` has them.
const COLUMNS: [(&str, usize); 6] = [
    ("id", 0),
    ("method", 0),
    ("path", 2),
    ("module", 1),
    ("effect", 0),
    ("title", 0),
];

fn as_table(operations: &[Found<'_>], width: Option<usize>) -> String {
    let is_by_field = operations.iter().any(|found| !found.fields.is_empty());
    let fits = |text: &String| width.is_none_or(|width| table::width_of(text) <= width);
    let tables = (0..=2).map(|least| without(operations, least, is_by_field));
    let mut tables: Vec<String> = tables.collect();
    let fitting = tables.iter().position(fits);
    let last = tables.len() - 1;
    terminal::cut(&tables.swap_remove(fitting.unwrap_or(last)), width)
}

fn heading(column: &str) -> String {
    match column {
        "id" => say!("heading-id"),
        "method" => say!("heading-method"),
        "path" => say!("heading-path"),
        "module" => say!("heading-module"),
        "effect" => say!("heading-effect"),
        _ => say!("heading-title"),
    }
}

/// The table without the columns that are left out up to here.
fn without(operations: &[Found<'_>], left_out: usize, is_by_field: bool) -> String {
    let stays = |order: usize| order == 0 || order > left_out;
    let columns = COLUMNS.into_iter().filter(|(_, order)| stays(*order));
    let names: Vec<&str> = columns.map(|(name, _)| name).collect();
    let mut headings: Vec<String> = names.iter().map(|name| heading(name)).collect();
    let rows: Vec<Vec<String>> = operations
        .iter()
        .map(|found| {
            let info = found.info;
            let cell = |name: &str| match name {
                "id" => info.id,
                "method" => info.method.as_str(),
                "path" => info.path,
                "module" => info.module,
                "effect" => info.effect.as_str(),
                _ => info.title,
            };
            let mut row: Vec<String> = names.iter().map(|it| cell(it).to_owned()).collect();
            if is_by_field {
                row.push(OneLine(&found.fields.join(" ")).to_string());
            }
            row
        })
        .collect();
    if is_by_field {
        headings.push(say!("heading-found-in"));
    }
    table::whole(&headings, &rows)
}
