//! Answers that report success or failure beside their errcode: where, and how success looks.
//!
//! Owns `x-jdy-verdict`. Must not know what an operation does.
//! Must not use: `crate::gateway`, `crate::product`, `crate::spec`.

use serde_json::{Map, Value, json};

/// The types in which an answer reports.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    /// Yes and no are a boolean.
    pub(crate) is_flag: bool,
    /// Each error is an object with its message.
    pub(crate) are_objects: bool,
}

/// Where an answer reports success beside its errcode. Paths are names joined by dots.
#[derive(Debug)]
pub(crate) struct Verdict {
    rows: Option<String>,
    of: Option<String>,
    ids: Option<String>,
    success: Option<String>,
    message: Option<String>,
    done: Option<Value>,
    errors: Vec<String>,
}

impl Verdict {
    /// The verdict of an operation in the spec.
    pub(crate) fn read(operation: &Value) -> Option<Self> {
        let node = operation.get("x-jdy-verdict")?;
        let text = |key: &str| node.get(key)?.as_str().map(ToOwned::to_owned);
        let errors = node.get("errors").and_then(Value::as_array);
        let errors = errors.into_iter().flatten().filter_map(Value::as_str);
        Some(Self {
            rows: text("rows"),
            of: text("of"),
            ids: text("ids"),
            success: text("success"),
            message: text("message"),
            done: node.pointer("/done/0").cloned(),
            errors: errors.map(ToOwned::to_owned).collect(),
        })
    }

    /// The list whose items each report for themselves.
    pub(crate) fn rows(&self) -> Option<&str> {
        self.rows.as_deref()
    }

    /// The field that says yes or no.
    pub(crate) fn success(&self) -> Option<&str> {
        self.success.as_deref()
    }

    /// The field that holds errors: with it, an answer can report that some items failed and others
    /// succeeded.
    pub(crate) fn errors(&self) -> Option<&str> {
        self.errors.first().map(String::as_str)
    }

    /// Reports errors, or success where there are none.
    pub(crate) fn tell(&self, row: &mut Map<String, Value>, errors: &[&str], form: Form) {
        let error = |error: &&str| match form.are_objects {
            true => json!({"message": error, "messages": error}),
            false => json!(error),
        };
        for name in &self.errors {
            row.insert(name.clone(), errors.iter().map(error).collect());
        }
        if let Some(message) = self.message.as_ref().filter(|_| !errors.is_empty()) {
            row.insert(message.clone(), json!(errors.join("; ")));
        }
        let Some(success) = &self.success else { return };
        let done = self
            .done
            .clone()
            .or(form.is_flag.then_some(Value::Bool(true)));
        match done {
            Some(done) if errors.is_empty() => row.insert(success.clone(), done),
            Some(_) => row.insert(success.clone(), Value::Bool(false)),
            None => None,
        };
    }

    /// Makes sample data report success: one row or id for each item that was sent, and no errors.
    pub(crate) fn succeed(&self, data: &mut Value, request: &Value) {
        let items = self.of.as_ref().map(|of| request.get(of));
        let items = items.map(|items| items.and_then(Value::as_array).map_or(0, Vec::len));
        let Some(rows) = &self.rows else {
            return self.succeed_in(data, items);
        };
        let Some(Value::Array(rows)) = at(data, rows) else {
            return;
        };
        if let Some(count) = items {
            let row = rows.first().cloned().unwrap_or_default();
            rows.resize(count, row);
        }
        rows.iter_mut()
            .for_each(|row| self.succeed_in(row, Some(1)));
    }

    /// Makes a row report success for this many items.
    fn succeed_in(&self, row: &mut Value, items: Option<usize>) {
        let ids = self.ids.as_ref().and_then(|path| at(row, path));
        if let (Some(Value::Array(ids)), Some(items)) = (ids, items) {
            let id = ids.first().cloned().unwrap_or_else(|| "1".into());
            ids.resize(items, id);
        }
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
        if let (Some(success), Some(done)) = (success, &self.done) {
            *success = done.clone();
        }
    }
}

/// The value at a path.
fn at<'a>(value: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    path.split('.')
        .try_fold(value, |value, name| value.get_mut(name))
}
