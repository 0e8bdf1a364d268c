//! Tables for people: columns by the width that a terminal gives each character.
//!
//! Owns the layout, and how an answer becomes rows. Must not know the operation.

use unicode_width::UnicodeWidthStr as _;

use crate::exit::OneLine;
use crate::json::{Members, compact, items};

/// The maximum width of a cell of an answer; the JSON format shows it all.
const WIDEST: usize = 40;

/// Rows under a line of headings, in columns. Chinese characters take two columns each.
pub(crate) fn render(headings: &[String], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .chain(headings.get(column))
            .map(|cell| cell.width())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let mut text = line(headings, &widths);
    for row in rows {
        text.push_str(&line(row, &widths));
    }
    text
}

/// Rows in columns, without a line of headings.
pub(crate) fn rows_alone(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let table = render(&vec![String::new(); columns], rows);
    table
        .split_once('\n')
        .map_or("", |(_, rows)| rows)
        .to_owned()
}

/// The columns that the longest line of a text takes.
pub(crate) fn width_of(text: &str) -> usize {
    text.lines()
        .map(|line| line.width())
        .max()
        .unwrap_or_default()
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        line.push_str(cell);
        let gap = width.saturating_sub(cell.width()) + 2;
        line.extend(std::iter::repeat_n(' ', gap));
    }
    line.truncate(line.trim_end().len());
    line.push('\n');
    line
}

/// An answer's data as a table: its `rows`, if any, one per line, and above them its other fields,
/// one per line.
pub(crate) fn of_data(data: &str) -> String {
    if let Some(rows) = items(data) {
        return of_rows(&rows);
    }
    let Ok(Members(fields)) = Members::of(data) else {
        return format!("{}\n", cell(data));
    };
    if fields.is_empty() {
        return "no data\n".to_owned();
    }
    let (rows, others): (Vec<_>, Vec<_>) = fields
        .into_iter()
        .partition(|(name, value)| name == "rows" && items(value).is_some());
    let mut parts = Vec::new();
    if !others.is_empty() {
        let headings = ["field".to_owned(), "value".to_owned()];
        let lines: Vec<Vec<String>> = others
            .iter()
            .map(|(name, value)| vec![OneLine(name).to_string(), cell(value)])
            .collect();
        parts.push(render(&headings, &lines));
    }
    parts.extend(
        rows.iter()
            .filter_map(|(_, value)| Some(of_rows(&items(value)?))),
    );
    parts.join("\n")
}

/// One line for each row; the columns are all the fields that any row has.
fn of_rows(rows: &[String]) -> String {
    if rows.is_empty() {
        return "no rows\n".to_owned();
    }
    let rows: Vec<Vec<(String, String)>> = rows.iter().map(|row| fields_of(row)).collect();
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in rows.iter().flatten() {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let value = |name: &&str| row.iter().find(|(field, _)| field == name);
            names
                .iter()
                .map(|name| value(name).map_or_else(String::new, |(_, value)| cell(value)))
                .collect()
        })
        .collect();
    let headings: Vec<String> = names.iter().map(|name| OneLine(name).to_string()).collect();
    render(&headings, &cells)
}

/// The fields of a row; a row that is no object has one field, without a name.
fn fields_of(row: &str) -> Vec<(String, String)> {
    Members::of(row).map_or_else(
        |_| vec![("value".to_owned(), row.to_owned())],
        |members| members.0,
    )
}

/// A value as a cell: text without its quotes, nothing for null, a list or record as JSON.
fn cell(value: &str) -> String {
    let text = match serde_json::from_str::<Option<String>>(value) {
        Ok(text) => OneLine(&text.unwrap_or_default()).to_string(),
        Err(_) => compact(value),
    };
    shortened(&text)
}

fn shortened(text: &str) -> String {
    if text.width() <= WIDEST {
        return text.to_owned();
    }
    let mut short = String::new();
    for character in text.chars() {
        short.push(character);
        if short.width() >= WIDEST {
            short.pop();
            break;
        }
    }
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::{of_data, render};

    fn texts(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|&cell| cell.to_owned()).collect()
    }

    #[test]
    fn a_chinese_character_takes_two_columns() {
        let table = render(
            &texts(&["title", "module"]),
            &[texts(&["会员充值", "ls"]), texts(&["rule", "ls"])],
        );
        assert_eq!(table, "title     module\n会员充值  ls\nrule      ls\n");
    }

    #[test]
    fn rows_become_lines_and_other_fields_stand_above_them() {
        let data = r#"{"count":2,"rows":[{"id":"1","price":1.50},{"id":"2","memo":"a\nb"}]}"#;
        assert_eq!(
            of_data(data),
            "field  value\ncount  2\n\nid  price  memo\n1   1.50\n2          a\\nb\n"
        );
    }

    #[test]
    fn a_number_keeps_every_digit_and_a_long_value_is_cut() {
        let data = format!(
            r#"{{"n":123456789012345678.10,"long":"{}"}}"#,
            "值".repeat(50)
        );
        let table = of_data(&data);
        assert!(table.contains("123456789012345678.10"), "{table}");
        assert!(table.contains(&format!("{}…", "值".repeat(19))), "{table}");
    }

    #[test]
    fn nothing_is_said_to_be_nothing() {
        assert_eq!(of_data("{}"), "no data\n");
        assert_eq!(of_data(r#"{"rows":[]}"#), "no rows\n");
        assert_eq!(of_data("null"), "\n");
    }
}
