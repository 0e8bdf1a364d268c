//! The columns of rows as CSV: which values of a row they name.
//!
//! Owns the reading of `--columns`, and how a value becomes a cell. Must not know how rows are
//! fetched.

use crate::csv_text;
use crate::exit::Failure;
use crate::json::items;
use crate::language::say;
use crate::spec::{Field, Kind};

/// The columns that are asked for, in their order.
pub(crate) struct Columns(Vec<Column>);

struct Column {
    name: String,
    steps: Vec<Step>,
}

enum Step {
    Field(String),
    Item(usize),
}

impl Columns {
    /// The columns with these names: `a`, `a.b` for the field of a record, `a[0].b` for that of the
    /// first item of a list. A name that the fields of a row do not have is refused.
    pub(crate) fn of(names: &[String], row: &[Field]) -> Result<Self, Failure> {
        let wrong =
            |name: &str, why: &str| Failure::usage(say!("columns-wrong", name = name, why = why));
        let mut columns = Vec::new();
        for name in names {
            let steps = steps(name).ok_or_else(|| wrong(name, &say!("columns-no-path")))?;
            check(&steps, row).map_err(|why| wrong(name, &why))?;
            columns.push(Column {
                name: name.clone(),
                steps,
            });
        }
        Ok(Self(columns))
    }

    /// The line of their names.
    pub(crate) fn heading(&self) -> String {
        csv_text::line(self.0.iter().map(|column| column.name.as_str()))
    }

    /// The line of a row.
    pub(crate) fn line_of(&self, row: &str) -> String {
        let cells = self
            .0
            .iter()
            .map(|column| csv_text::cell(&column.value_in(row)));
        csv_text::line(cells)
    }
}

impl Column {
    /// The JSON of the value; `null` where the row has none.
    fn value_in(&self, row: &str) -> String {
        let mut value = row.to_owned();
        for step in &self.steps {
            let within = match step {
                Step::Field(name) => jdy_wire::member(&value, name).map(str::to_owned),
                Step::Item(index) => items(&value).and_then(|items| items.into_iter().nth(*index)),
            };
            let Some(within) = within else {
                return "null".to_owned();
            };
            value = within;
        }
        value
    }
}

fn steps(name: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for part in name.split('.') {
        let (field, mut rest) = part.split_at(part.find('[').unwrap_or(part.len()));
        if field.is_empty() {
            return None;
        }
        steps.push(Step::Field(field.to_owned()));
        while !rest.is_empty() {
            let (index, behind) = rest.strip_prefix('[')?.split_once(']')?;
            steps.push(Step::Item(index.parse().ok()?));
            rest = behind;
        }
    }
    Some(steps)
}

/// Whether the steps lead to a field of the spec; what is wrong if not.
fn check(steps: &[Step], fields: &[Field]) -> Result<(), String> {
    let mut fields = fields;
    let mut open_list: Option<&str> = None;
    for step in steps {
        match (step, open_list) {
            (Step::Item(_), Some(_)) => open_list = None,
            (Step::Item(_), None) => return Err(say!("columns-no-list")),
            (Step::Field(_), Some(list)) => {
                return Err(say!("columns-into-list", list = list));
            }
            (Step::Field(name), None) => {
                let Some(field) = fields.iter().find(|field| field.name == *name) else {
                    return Err(unknown(name, fields));
                };
                if matches!(field.kind, Kind::Map | Kind::Object) {
                    // Its names are the customer's own.
                    return Ok(());
                }
                open_list = field.is_list.then_some(&field.name);
                fields = &field.fields;
            }
        }
    }
    Ok(())
}

fn unknown(name: &str, fields: &[Field]) -> String {
    let likeness = |field: &&Field| strsim::normalized_damerau_levenshtein(&field.name, name);
    let best = fields
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let best = best.filter(|field| likeness(field) > 0.6);
    match best {
        Some(field) => say!("columns-near-field", name = field.name),
        None => say!("columns-no-field"),
    }
}
