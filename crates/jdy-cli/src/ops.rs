//! `jdy ops`: the operations that the SDK knows.
//!
//! Owns the two formats of the list. Must not know the fields of an operation.

use std::collections::HashMap;

use jdy::OperationInfo;
use serde_json::{Map, Value, json};

use crate::arguments::{Format, OpsArguments};
use crate::exit::Failure;
use crate::output::print;
use crate::table;

/// Prints the list.
pub(crate) fn run(arguments: &OpsArguments) -> Result<(), Failure> {
    let infos = || jdy::operations::all().map(|operation| operation.info());
    let list = match arguments.format {
        Format::Json => as_json(infos(), &Spec::read()?),
        Format::Table => as_table(infos()),
    };
    print(list).map_err(|error| Failure::other(format!("cannot print the list: {error}")))
}

/// One array, one operation on a line, so that two versions of the list can be compared.
fn as_json<'a>(operations: impl Iterator<Item = &'a OperationInfo>, spec: &Spec) -> String {
    let lines: Vec<String> = operations
        .map(|facts| one(facts, spec).to_string())
        .collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

/// What the spec says of each operation, by its id.
struct Spec(HashMap<String, Map<String, Value>>);

impl Spec {
    fn read() -> Result<Self, Failure> {
        let wrong = |why: String| Failure::other(format!("the embedded spec is damaged: {why}"));
        let spec: Value =
            serde_json::from_str(jdy_sandbox::SPEC).map_err(|e| wrong(e.to_string()))?;
        let paths = spec.get("paths").and_then(Value::as_object);
        let paths = paths.ok_or_else(|| wrong("it has no paths".to_owned()))?;
        let items = paths.values().filter_map(Value::as_object);
        let operations = items.flat_map(Map::values).filter_map(Value::as_object);
        let by_id = |operation: &Map<String, Value>| {
            let id = operation.get("operationId")?.as_str()?;
            Some((id.to_owned(), operation.clone()))
        };
        Ok(Self(operations.filter_map(by_id).collect()))
    }

    /// A fact of an operation; null where the spec has none.
    fn fact(&self, id: &str, keyword: &str) -> Value {
        let operation = self.0.get(id);
        operation
            .and_then(|operation| operation.get(keyword))
            .cloned()
            .unwrap_or(Value::Null)
    }
}

fn one(facts: &OperationInfo, spec: &Spec) -> Value {
    let fact = |keyword| spec.fact(facts.id, keyword);
    json!({
        "id": facts.id,
        "method": facts.method.as_str(),
        "path": facts.path,
        "module": facts.module,
        "title": facts.title,
        "effect": facts.effect.as_str(),
        "key": facts.key,
        "keyless": fact("x-jdy-keyless") == Value::Bool(true),
        "resource": fact("x-jdy-resource"),
        "verify": fact("x-jdy-verify"),
        "verdict": fact("x-jdy-verdict"),
        "source": fact("x-jdy-source"),
        "page": facts.page,
    })
}

fn as_table<'a>(operations: impl Iterator<Item = &'a OperationInfo>) -> String {
    let headings = ["id", "method", "path", "module", "effect", "title"].map(str::to_owned);
    let rows: Vec<Vec<String>> = operations
        .map(|facts| {
            [
                facts.id,
                facts.method.as_str(),
                facts.path,
                facts.module,
                facts.effect.as_str(),
                facts.title,
            ]
            .map(str::to_owned)
            .to_vec()
        })
        .collect();
    table::render(&headings, &rows)
}
