//! The cells of a row, and the JSON object that they make.
//!
//! Owns how a column's name addresses records and lists, and how a cell becomes a value. Must not
//! know which fields exist.

use serde_json::value::RawValue;

/// The maximum number of list items in columns; a longer list needs a JSON cell.
const MAX_ITEMS: usize = 1000;

/// The maximum depth of a column; no request is that deep.
const MAX_DEPTH: usize = 16;

/// Where a column's values go: `member_id`, `a.b`, `settle_entries[0].pay_type`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ColumnPath(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Field(String),
    Item(usize),
}

impl ColumnPath {
    /// Reads a column's name.
    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("the column {name:?} {why}");
        let mut steps = Vec::new();
        for part in name.split('.') {
            let (field, mut items) = match part.find('[') {
                Some(at) => part.split_at(at),
                None => (part, ""),
            };
            if field.is_empty() {
                return Err(wrong("has no name"));
            }
            steps.push(Step::Field(field.to_owned()));
            while let Some(rest) = items.strip_prefix('[') {
                let (number, rest) = rest
                    .split_once(']')
                    .ok_or_else(|| wrong("has a [ without a ]"))?;
                let number = number.parse().ok().filter(|number| *number < MAX_ITEMS);
                steps.push(Step::Item(number.ok_or_else(|| {
                    wrong("has something else than a number from 0 to 999 in its []")
                })?));
                items = rest;
            }
            if steps.len() > MAX_DEPTH {
                return Err(wrong("leads too deep"));
            }
            if !items.is_empty() {
                return Err(wrong("has something behind its ]"));
            }
        }
        Ok(Self(steps))
    }

    /// The same path in the first item of each of its lists.
    pub(crate) fn in_first_items(&self) -> Self {
        let first = |step: &Step| match step {
            Step::Field(name) => Step::Field(name.clone()),
            Step::Item(_) => Step::Item(0),
        };
        Self(self.0.iter().map(first).collect())
    }

    /// The top-level field of the request.
    pub(crate) fn field(&self) -> &str {
        match self.0.first() {
            Some(Step::Field(name)) => name,
            _ => "",
        }
    }
}

/// The values collected from a row.
enum Node {
    Value(String),
    Record(Vec<(String, Node)>),
    List(Vec<Option<Node>>),
}

/// The object made of these cells, each a JSON value with its path; an error if they conflict.
pub(crate) fn object<'a>(
    cells: impl IntoIterator<Item = (&'a ColumnPath, String)>,
) -> Result<String, String> {
    let mut root = Node::Record(Vec::new());
    for (path, value) in cells {
        insert(&mut root, &path.0, value)
            .ok_or_else(|| format!("two columns say what {} is", path.field()))?;
    }
    let mut text = String::new();
    render(&root, &mut text)?;
    Ok(text)
}

/// Inserts a value at its path; `None` if another value is there.
fn insert(node: &mut Node, steps: &[Step], value: String) -> Option<()> {
    let (step, rest) = steps.split_first()?;
    let child = match (node, step) {
        (Node::Record(fields), Step::Field(name)) => {
            let known = fields.iter().position(|(own, _)| own == name);
            let at = known.unwrap_or_else(|| {
                fields.push((name.clone(), blank(rest)));
                fields.len() - 1
            });
            fields
                .get_mut(at)
                .map(|(_, child)| (child, known.is_some()))
        }
        (Node::List(items), Step::Item(index)) => {
            if items.len() <= *index {
                items.resize_with(*index + 1, || None);
            }
            let item = items.get_mut(*index)?;
            let known = item.is_some();
            Some((item.get_or_insert_with(|| blank(rest)), known))
        }
        _ => None,
    };
    match (child?, rest) {
        ((_, true), []) => None,
        ((child, false), []) => {
            *child = Node::Value(value);
            Some(())
        }
        ((child, _), rest) => insert(child, rest, value),
    }
}

/// The container for the next step of a path.
fn blank(steps: &[Step]) -> Node {
    match steps.first() {
        Some(Step::Item(_)) => Node::List(Vec::new()),
        Some(Step::Field(_)) => Node::Record(Vec::new()),
        None => Node::Value(String::new()),
    }
}

fn render(node: &Node, text: &mut String) -> Result<(), String> {
    match node {
        Node::Value(value) => text.push_str(value),
        Node::Record(fields) => {
            text.push('{');
            for (index, (name, child)) in fields.iter().enumerate() {
                text.push_str(if index > 0 { "," } else { "" });
                text.push_str(&quoted(name));
                text.push(':');
                render(child, text).map_err(|error| format!("{name}{error}"))?;
            }
            text.push('}');
        }
        Node::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index > 0 { "," } else { "" });
                let item = item
                    .as_ref()
                    .ok_or_else(|| format!("[{index}] is empty and one behind it is not"))?;
                render(item, text)?;
            }
            text.push(']');
        }
    }
    Ok(())
}

/// A cell's value: a JSON array or object as such, everything else as text.
pub(crate) fn value(cell: &str) -> String {
    let is_structure =
        cell.starts_with(['[', '{']) && serde_json::from_str::<&RawValue>(cell).is_ok();
    if is_structure {
        cell.to_owned()
    } else {
        quoted(cell)
    }
}

/// Text as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(cells: &[(&str, &str)]) -> Result<String, String> {
        let paths: Vec<_> = cells
            .iter()
            .map(|(name, cell)| (ColumnPath::parse(name).unwrap(), value(cell)))
            .collect();
        object(paths.iter().map(|(path, value)| (path, value.clone())))
    }

    #[test]
    fn dots_lead_into_records_and_brackets_into_lists() {
        assert_eq!(
            of(&[
                ("a", "1"),
                ("b[0].c", "x"),
                ("b[0].d", "[1]"),
                ("b[1].c", "y"),
                ("e.f", "{")
            ]),
            Ok(r#"{"a":"1","b":[{"c":"x","d":[1]},{"c":"y"}],"e":{"f":"{"}}"#.to_owned())
        );
    }

    #[test]
    fn two_columns_for_one_place_and_a_hole_in_a_list_are_refused() {
        for doubled in [["a", "a"], ["a", "a.b"], ["a.b", "a"], ["a[0]", "a.b"]] {
            assert!(of(&doubled.map(|name| (name, "1"))).is_err(), "{doubled:?}");
        }
        assert!(
            of(&[("a[1]", "1")])
                .unwrap_err()
                .starts_with("a[0] is empty")
        );
    }

    #[test]
    fn a_column_that_leads_nowhere_is_refused() {
        assert!(ColumnPath::parse(&"a.".repeat(20_000)).is_err());
        for name in ["", "a.", ".a", "a[", "a[x]", "a[0]b", "[0]", "a[1000]"] {
            assert!(ColumnPath::parse(name).is_err(), "{name}");
        }
    }
}
