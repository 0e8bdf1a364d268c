//! `jdy ops`: the operations that the SDK knows.
//!
//! Owns the two forms of the list. It must not know what an operation takes or gives.

use jdy::{AnyOperation, Facts, SuccessField, VerdictFields};
use serde_json::{Value, json};

use crate::arguments::{Format, OpsArguments};
use crate::exit::Failure;
use crate::output::print;
use crate::table;

/// Prints the list.
pub(crate) fn run(arguments: &OpsArguments) -> Result<(), Failure> {
    let facts = || jdy::operations::all().map(AnyOperation::facts);
    let list = match arguments.format {
        Format::Json => as_json(facts()),
        Format::Table => as_table(facts()),
    };
    print(list).map_err(|error| Failure::other(format!("cannot print the list: {error}")))
}

/// One array, one operation on a line, so that two versions of the list can be compared.
fn as_json<'a>(operations: impl Iterator<Item = &'a Facts>) -> String {
    let lines: Vec<String> = operations.map(|facts| one(facts).to_string()).collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

fn one(facts: &Facts) -> Value {
    json!({
        "id": facts.id,
        "method": facts.method.as_str(),
        "path": facts.path,
        "module": facts.module,
        "title": facts.title,
        "effect": facts.effect.as_str(),
        "key": facts.key,
        "page": facts.page,
        "verdict": facts.verdict.as_ref().map(verdict),
    })
}

fn verdict(fields: &VerdictFields) -> Value {
    let (success, yes) = match fields.success {
        Some(SuccessField::Flag(field)) => (Some(field), None),
        Some(SuccessField::Word { field, yes }) => (Some(field), Some(yes)),
        None => (None, None),
    };
    json!({
        "rows": fields.rows,
        "of": fields.of,
        "success": success,
        "yes": yes,
        "errors": fields.errors,
        "message": fields.message,
    })
}

fn as_table<'a>(operations: impl Iterator<Item = &'a Facts>) -> String {
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
