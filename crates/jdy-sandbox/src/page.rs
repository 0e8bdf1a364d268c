//! Pages of sample lists: a sample with one row becomes the requested page.
//!
//! Owns how a page is requested and filled. Every list has 25 rows, the same every time, so that a
//! client has several pages to read and an end to find. Must not know HTTP, nor how a sample is
//! made. Must not use: `crate::answer`, `crate::request`, `crate::spec`.

use serde_json::{Map, Value};

use crate::fault::PagingFault;

/// How many rows every list has.
const ROWS: i64 = 25;
/// How many rows a page has if neither the request nor the spec says.
const DEFAULT_SIZE: i64 = 10;

/// The page that a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageRequest {
    /// The number of the page, as the request counts pages.
    page: i64,
    /// The number of the first page.
    first: i64,
    size: i64,
}

impl PageRequest {
    /// The page that a request asks for, by the schemas of its fields; `None` for an operation
    /// without pages.
    pub(crate) fn of<'a>(
        fields: impl Iterator<Item = (&'a str, &'a Value)>,
        request: &Value,
    ) -> Option<Self> {
        let mut found = None;
        let mut size = None;
        let mut all = false;
        for (name, schema) in fields {
            let value = request.get(name).and_then(number);
            match plain(name).as_str() {
                "page" | "pageno" | "pagenum" | "pageindex" | "currentpage" => {
                    let least = schema.get("minimum").and_then(Value::as_i64);
                    let first = least.filter(|least| *least == 0).unwrap_or(1);
                    found = Some((value.unwrap_or(first), first));
                }
                "pagesize" => size = value.or_else(|| schema.get("default").and_then(number)),
                "unpage" => all = value == Some(1),
                _ => {}
            }
        }
        let (page, first) = found?;
        let size = size.filter(|size| *size > 0).unwrap_or(DEFAULT_SIZE);
        Some(Self {
            page,
            first,
            size: if all { ROWS } else { size },
        })
    }

    /// The rows of the page, counted from 0.
    fn rows(self) -> std::ops::Range<i64> {
        let before = self.page.saturating_sub(self.first);
        let from = before.max(0).saturating_mul(self.size).min(ROWS);
        let to = from.saturating_add(self.size).min(ROWS);
        from..to
    }

    /// Turns sample data with one row into the requested page, as falsified by a fault.
    pub(crate) fn apply(mut self, data: &mut Value, fault: Option<&PagingFault>) {
        self.size = fault.map_or(self.size, |fault| fault.page_size(self.size));
        let Some(data) = data.as_object_mut() else {
            return;
        };
        let Some(name) = list(data) else { return };
        let rows = self.rows();
        let count = rows.end.saturating_sub(rows.start);
        if let Some(list) = data.get_mut(&name).and_then(Value::as_array_mut)
            && let Some(first) = list.pop()
        {
            *list = rows.map(|at| row(&first, at)).collect();
        }
        let pages = ROWS.saturating_add(self.size - 1) / self.size;
        let (all, pages) = fault.map_or((ROWS, pages), |fault| {
            fault.totals(self.page - self.first, ROWS, pages)
        });
        for (name, value) in data.iter_mut() {
            let is = match plain(name).as_str() {
                "count" | "totalcount" => all,
                "totalpage" | "totalpages" => pages,
                "page" | "currentpage" => self.page,
                "pagesize" => self.size,
                "currentpagesize" | "curpagesize" | "pagecount" => count,
                _ => continue,
            };
            if value.is_string() {
                *value = Value::String(is.to_string());
            } else if value.is_number() {
                *value = Value::from(is);
            }
        }
    }
}

/// The field that holds the rows.
fn list(data: &Map<String, Value>) -> Option<String> {
    let lists = || data.iter().filter(|(_, value)| value.is_array());
    let usual = lists().find(|(name, _)| matches!(name.as_str(), "rows" | "items" | "list"));
    usual
        .or_else(|| lists().next())
        .map(|(name, _)| name.clone())
}

/// The row at an index: the first one, with other ids and texts.
fn row(first: &Value, at: i64) -> Value {
    let mut row = first.clone();
    match &mut row {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                if let Value::String(text) = value {
                    *text = numbered(name, text, at);
                }
            }
        }
        Value::String(text) => *text = numbered("", text, at),
        _ => {}
    }
    row
}

/// An id is counted up; a text that equals its field's name gets a number appended.
fn numbered(name: &str, text: &str, at: i64) -> String {
    match text.parse::<i64>() {
        Ok(id) if text.len() >= 15 => id.saturating_add(at).to_string(),
        _ if at > 0 && (text == name || name.is_empty()) => format!("{text}-{}", at + 1),
        _ => text.to_owned(),
    }
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    }
}

/// The last segment of a name, without `_` and in lower case.
fn plain(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or_default();
    last.replace('_', "").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::PageRequest;
    use serde_json::{Value, json};

    fn page(request: &Value) -> Value {
        let fields = [
            ("page", json!({"type": "string"})),
            ("page_size", json!({"type": "string", "default": "10"})),
            ("un_page", json!({"type": "string"})),
        ];
        let fields = fields.iter().map(|(name, schema)| (*name, schema));
        let mut data = json!({
            "rows": [{"id": "800000000000000001", "name": "name", "state": "1"}],
            "count": "1", "page": 1, "total_page": 1, "current_page_size": 1
        });
        PageRequest::of(fields, request)
            .unwrap()
            .apply(&mut data, None);
        data
    }

    #[test]
    fn three_pages_hold_twenty_five_rows() {
        let last = page(&json!({"page": "3"}));
        assert_eq!(last["rows"].as_array().unwrap().len(), 5);
        assert_eq!(
            last["rows"][0],
            json!({"id": "800000000000000021", "name": "name-21", "state": "1"})
        );
        assert_eq!((&last["count"], &last["page"]), (&json!("25"), &json!(3)));
        assert_eq!(last["total_page"], json!(3));
        assert_eq!(last["current_page_size"], json!(5));
        assert_eq!(page(&json!({"page": 4}))["rows"], json!([]));
        assert_eq!(page(&json!({}))["rows"].as_array().unwrap().len(), 10);
        let all = page(&json!({"un_page": "1"}));
        assert_eq!(all["rows"].as_array().unwrap().len(), 25);
    }

    #[test]
    fn an_operation_without_a_page_has_none() {
        let fields = [("id", json!({"type": "string"}))];
        let fields = fields.iter().map(|(name, schema)| (*name, schema));
        assert_eq!(PageRequest::of(fields, &json!({"id": "1"})), None);
    }
}
