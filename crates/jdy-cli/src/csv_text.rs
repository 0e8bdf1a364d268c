//! CSV as text: lines of cells.
//!
//! Owns how a JSON value becomes a cell. Must not know what the columns mean.

use crate::json::compact;

/// A line with these cells.
pub(crate) fn line(cells: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record(cells);
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// A value as a cell: text without its quotes, nothing for null, a list or record as JSON.
pub(crate) fn cell(json: &str) -> String {
    match serde_json::from_str::<Option<String>>(json) {
        Ok(text) => text.unwrap_or_default(),
        Err(_) => compact(json),
    }
}

#[cfg(test)]
mod tests {
    use super::{cell, line};

    #[test]
    fn cells_keep_what_would_part_them_and_every_digit() {
        let cells = [r#""a,\"b\"\nc""#, "null", "1.50", r#"[1, "x"]"#, "true"];
        let text = line(cells.map(cell));
        assert_eq!(text, "\"a,\"\"b\"\"\nc\",,1.50,\"[1,\"\"x\"\"]\",true\n");
    }
}
