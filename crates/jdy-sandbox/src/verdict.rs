//! Answers that hold a verdict of their own: where it stands, and how it says yes.
//!
//! Owns the words of `x-jdy-verdict`. It must not know what an operation does.

use serde_json::Value;

/// Where an answer says yes or no beside its errcode. Paths are names joined by dots.
#[derive(Debug)]
pub(crate) struct Verdict {
    rows: Option<String>,
    of: Option<String>,
    success: Option<String>,
    yes: Option<Value>,
    errors: Vec<String>,
}

impl Verdict {
    /// The verdict of an operation, as the spec writes it down.
    pub(crate) fn read(operation: &Value) -> Option<Self> {
        let node = operation.get("x-jdy-verdict")?;
        let text = |key: &str| node.get(key)?.as_str().map(ToOwned::to_owned);
        let errors = node.get("errors").and_then(Value::as_array);
        let errors = errors.into_iter().flatten().filter_map(Value::as_str);
        Some(Self {
            rows: text("rows"),
            of: text("of"),
            success: text("success"),
            yes: node.pointer("/done/0").cloned(),
            errors: errors.map(ToOwned::to_owned).collect(),
        })
    }

    /// Makes the made-up data of an answer say that all is done: one row for each item that was
    /// sent, and no errors.
    pub(crate) fn say_yes(&self, data: &mut Value, wanted: &Value) {
        let Some(rows) = &self.rows else {
            return self.say_yes_in(data);
        };
        let Some(Value::Array(rows)) = at(data, rows) else {
            return;
        };
        let items = self.of.as_ref().map(|of| wanted.get(of));
        if let Some(items) = items {
            let count = items.and_then(Value::as_array).map_or(0, Vec::len);
            let row = rows.first().cloned().unwrap_or_default();
            rows.resize(count, row);
        }
        rows.iter_mut().for_each(|row| self.say_yes_in(row));
    }

    fn say_yes_in(&self, row: &mut Value) {
        for path in &self.errors {
            if let Some(error) = at(row, path) {
                *error = match error {
                    Value::Array(_) => Value::Array(Vec::new()),
                    Value::String(_) => Value::String(String::new()),
                    _ => Value::Null,
                };
            }
        }
        let success = self.success.as_ref().and_then(|path| at(row, path));
        if let (Some(success), Some(yes)) = (success, &self.yes) {
            *success = yes.clone();
        }
    }
}

/// The value at a path.
fn at<'a>(value: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    path.split('.')
        .try_fold(value, |value, name| value.get_mut(name))
}
