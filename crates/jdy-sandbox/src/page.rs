//! Pages of lists: which page a request asks for, and what an answer states about it.
//!
//! Owns how a page is requested and described. A sample with one row becomes 25 rows, the same every
//! time, so that a client has several pages to read and an end to find. Must not know HTTP, nor
//! where rows come from. Must not use: `crate::answer`, `crate::request`, `crate::spec`.

use serde_json::{Map, Value};

use crate::fault::PagingFault;

/// The most rows of a page. A larger page is cut to this without a word.
pub(crate) const MAX_SIZE: i64 = 100;
/// How many rows every sample has.
const ROWS: i64 = 25;
/// How many rows a page has if neither the request nor the spec says.
const DEFAULT_SIZE: i64 = 10;
/// The size of a page that holds all rows.
const ALL_ROWS: i64 = i64::MAX;

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
            size: if all { ALL_ROWS } else { size },
        })
    }

    /// All rows on one page.
    pub(crate) fn whole(rows: i64) -> Self {
        Self {
            page: 1,
            first: 1,
            size: rows.max(1),
        }
    }

    /// The page with a size that a list allows, as falsified by a fault. A request for all rows on
    /// one page gets them.
    pub(crate) fn cut(mut self, fault: Option<&PagingFault>) -> Self {
        if self.size != ALL_ROWS {
            self.size = self.size.min(MAX_SIZE);
        }
        self.size = fault.map_or(self.size, |fault| fault.page_size(self.size));
        self
    }

    /// The first row of the page and the one behind its last, counted from 0.
    pub(crate) fn rows(self, total: i64) -> (i64, i64) {
        let before = self.page.saturating_sub(self.first);
        let from = before.max(0).saturating_mul(self.size).min(total);
        (from, from.saturating_add(self.size).min(total))
    }

    /// Turns sample data with one row into the requested page, as falsified by a fault.
    pub(crate) fn apply(mut self, data: &mut Value, fault: Option<&PagingFault>) {
        if self.size == ALL_ROWS {
            self.size = ROWS;
        }
        self.size = fault.map_or(self.size, |fault| fault.page_size(self.size));
        let Some(data) = data.as_object_mut() else {
            return;
        };
        let Some(name) = list(data) else { return };
        let (from, to) = self.rows(ROWS);
        if let Some(list) = data.get_mut(&name).and_then(Value::as_array_mut)
            && let Some(first) = list.pop()
        {
            *list = (from..to).map(|at| row(&first, at)).collect();
        }
        self.tell(data, ROWS, fault);
    }

    /// Fills in the numbers that an answer gives of this page, as falsified by a fault.
    pub(crate) fn tell(
        self,
        data: &mut Map<String, Value>,
        rows: i64,
        fault: Option<&PagingFault>,
    ) {
        let (from, to) = self.rows(rows);
        let size = self.size.min(rows.max(1));
        let size = if self.size == ALL_ROWS {
            size
        } else {
            self.size
        };
        let pages = rows.saturating_add(size - 1) / size;
        let (all, pages) = fault.map_or((rows, pages), |fault| {
            fault.totals(self.page - self.first, rows, pages)
        });
        for (name, value) in data.iter_mut() {
            let is = match plain(name).as_str() {
                "count" | "totalcount" => all,
                "totalpage" | "totalpages" => pages,
                "page" | "currentpage" => self.page,
                "pagesize" => size,
                "currentpagesize" | "curpagesize" | "pagecount" => to - from,
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
