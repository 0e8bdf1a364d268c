//! `jdy template`: the columns of a list of calls for one operation, and what each takes.
//!
//! Owns which columns a list can have. Must not read a list: that is the journal's.

use std::io::Write as _;

use jdy::{Effect, OperationInfo};

use crate::arguments::TemplateArguments;
use crate::csv_text;
use crate::exit::{Failure, OneLine};
use crate::language::say;
use crate::output::print;
use crate::show::{known, notes};
use crate::spec::{Field, Kind, Spec};
use crate::table;

/// Prints the columns, and on stderr what they take; or that alone.
pub(crate) fn run(arguments: &TemplateArguments) -> Result<(), Failure> {
    let operation = known(&arguments.operation)?;
    let info = operation.info();
    let mut columns = columns_of(info, &Spec::read()?);
    if let Some(column) = columns.iter().find(|column| column.is_unnameable) {
        let why = say!("template-point", field = column.name, operation = info.id);
        return Err(Failure::usage(why));
    }
    if columns.is_empty() {
        return Err(Failure::usage(say!(
            "template-no-field",
            operation = info.id
        )));
    }
    if arguments.required {
        columns.retain(|column| column.need.is_required());
    }
    let description = description(info, &columns);
    let printed = if arguments.describe {
        print(description)
    } else {
        // The columns are what was asked for: that nobody reads stderr is no failure.
        let _ = std::io::stderr().write_all(description.as_bytes());
        print(csv_text::line(
            columns.iter().map(|column| column.name.as_str()),
        ))
    };
    printed.map_err(|error| Failure::other(say!("cannot-print-columns", error = error)))
}

/// A column of a list.
struct Column {
    name: String,
    /// Whether the field's own name reads as a path, so that no column can be called by it.
    is_unnameable: bool,
    need: Need,
    takes: String,
    label: String,
    notes: String,
}

/// Whether a cell must be filled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Required,
    /// Where the record or item that it belongs to is given.
    Within,
    /// At least one of the cells of its record, or of its item.
    OneOf,
    Optional,
}

impl Need {
    /// Whether a list needs the column.
    const fn is_required(self) -> bool {
        matches!(self, Self::Required | Self::OneOf)
    }

    fn in_words(self) -> String {
        match self {
            Self::Required => say!("yes"),
            Self::Within => say!("need-within"),
            Self::OneOf => say!("need-one-of"),
            Self::Optional => String::new(),
        }
    }
}

fn columns_of(info: &OperationInfo, spec: &Spec) -> Vec<Column> {
    let mut columns = Vec::new();
    let key = info.key.filter(|_| info.effect == Effect::Money);
    for field in spec.request(info.id) {
        add(&field, "", Need::Required, key, &mut columns);
    }
    columns
}

/// Adds the columns of a field: a record has one for each of its fields, and so has the first item
/// of a list of records. `above` is the need for the record that the field belongs to.
fn add(field: &Field, within: &str, above: Need, key: Option<&str>, columns: &mut Vec<Column>) {
    let name = format!("{within}{}", field.name);
    // The spec sends the default of a required field by itself.
    let is_required = field.required && !field.facts.contains_key("default");
    let is_key = key.is_some_and(|key| name.replace("[0]", "") == key);
    let need = match (is_required || is_key, above) {
        (false, _) => Need::Optional,
        (true, Need::Required) => Need::Required,
        (true, _) => Need::Within,
    };
    if field.kind == Kind::Record {
        let within = match field.is_list {
            true => format!("{name}[0]."),
            false => format!("{name}."),
        };
        let before = columns.len();
        for inner in &field.fields {
            add(inner, &within, need, key, columns);
        }
        let mut added: Vec<&mut Column> = columns.iter_mut().skip(before).collect();
        let is_open = |column: &&mut Column| column.need != Need::Required;
        if need == Need::Required && added.iter().all(is_open) {
            // The record must be there, and nothing in it must.
            added
                .iter_mut()
                .for_each(|column| column.need = Need::OneOf);
        }
        return;
    }
    columns.push(Column {
        name,
        is_unnameable: field.name.contains(['.', '[']),
        need,
        takes: takes(field),
        label: field.label.clone(),
        notes: notes(field),
    });
}

/// What is written into a cell.
fn takes(field: &Field) -> String {
    let one = match field.kind {
        Kind::Date => say!("takes-date"),
        Kind::DateTime => say!("takes-date-time"),
        Kind::EpochMillis => say!("takes-millis"),
        Kind::Decimal | Kind::Number => say!("takes-number"),
        Kind::Integer => say!("takes-integer"),
        Kind::Flag | Kind::Boolean => say!("takes-flag"),
        Kind::File => say!("takes-file"),
        Kind::Map | Kind::Object | Kind::Record => say!("takes-object"),
        Kind::Text => say!("takes-text"),
    };
    let codes: Vec<String> = field
        .codes
        .iter()
        .map(|code| format!("{} = {}", code.code, code.label))
        .collect();
    match (field.is_list, codes.is_empty()) {
        (true, _) => say!("takes-array", item = one),
        (false, true) => one,
        (false, false) => codes.join(", "),
    }
}

fn description(info: &OperationInfo, columns: &[Column]) -> String {
    let headings = [
        say!("heading-column"),
        say!("heading-required"),
        say!("heading-takes"),
        say!("heading-label"),
        say!("heading-notes"),
    ];
    let rows: Vec<Vec<String>> = columns
        .iter()
        .map(|column| {
            let need = column.need.in_words();
            let cells = [
                column.name.as_str(),
                &need,
                &column.takes,
                &column.label,
                &column.notes,
            ];
            cells.map(|cell| OneLine(cell).to_string()).to_vec()
        })
        .collect();
    let more = match columns.iter().any(|column| column.name.contains("[0]")) {
        false => String::new(),
        true => format!("\n{}\n", say!("template-items")),
    };
    let columns = say!("template-columns", operation = info.id, title = info.title);
    format!("{columns}\n{more}\n{}", table::whole(&headings, &rows))
}

#[cfg(test)]
mod tests {
    use jdy_journal::{Format, List};

    use super::columns_of;
    use crate::csv_text;
    use crate::spec::Spec;

    /// The journal, which reads lists by the types, finds no column that it does not know and misses
    /// none; so the spec and the types agree on the fields of every request.
    #[test]
    fn the_columns_of_every_operation_are_those_that_a_list_may_and_must_have() {
        let Ok(spec) = Spec::read() else {
            unreachable!("the spec is part of the program");
        };
        let (mut with_fields, mut without_columns) = (0, Vec::new());
        for operation in jdy_cli::operations() {
            let columns = columns_of(operation.info(), &spec);
            if columns.iter().any(|column| column.is_unnameable) {
                without_columns.push(operation.info().id);
                continue;
            }
            with_fields += usize::from(!columns.is_empty());
            for required_alone in [false, true] {
                let columns = columns
                    .iter()
                    .filter(|column| !required_alone || column.need.is_required());
                let names: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
                if names.is_empty() {
                    continue;
                }
                // Wrong values are problems of their line; those of the columns are what counts.
                let row = csv_text::line(names.iter().map(|_| "1"));
                let text = csv_text::line(&names) + &row;
                let read = List::read(operation, Format::Csv, text.as_bytes());
                let problems = read.err().unwrap_or_default().problems;
                for problem in problems {
                    let of_columns = ["is not a field", "there is no column", "two columns"];
                    assert!(
                        !of_columns.iter().any(|words| problem.what.contains(words)),
                        "{}: {problem}",
                        operation.info().id
                    );
                }
            }
        }
        assert!(with_fields > 350, "{with_fields}");
        // Their fields are called `page_data.page` and the like on the wire.
        assert_eq!(without_columns, ["ls.delivery", "ls.formula"]);
    }
}
