//! Tables for people: columns by the width that a terminal gives each character, and no wider than
//! the terminal.
//!
//! Owns the layout, and how an answer becomes rows. Must not know the operation.

use unicode_width::UnicodeWidthStr as _;

use crate::exit::OneLine;
use crate::json::{Members, compact, items};
use crate::language::say;
use crate::terminal::{self, cut_line};

/// The maximum width of a cell of an answer; the JSON format shows it all.
const WIDEST: usize = 40;

/// The least that a column is cut to, and what stands between two.
const NARROWEST: usize = 6;
const GAP: usize = 2;

/// Rows under a line of headings, in columns that fit into the terminal; where stdout is none,
/// nothing is cut. Chinese characters take two columns each.
pub(crate) fn render(headings: &[String], rows: &[Vec<String>]) -> String {
    within(terminal::width(), headings, rows)
}

/// As [`render`], of rows that somebody acts on: nothing is cut, whatever the terminal.
pub(crate) fn whole(headings: &[String], rows: &[Vec<String>]) -> String {
    within(None, headings, rows)
}

fn within(most: Option<usize>, headings: &[String], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .chain(headings.get(column))
            .map(|cell| cell.width())
            .max()
            .unwrap_or_default()
    };
    let mut widths: Vec<usize> = (0..headings.len()).map(width).collect();
    if let Some(most) = most {
        shrink(&mut widths, most);
    }
    let lines = std::iter::once(headings).chain(rows.iter().map(Vec::as_slice));
    lines
        .map(|cells| {
            let line = line(cells, &widths);
            let line = most.map_or(line.clone(), |most| cut_line(&line, most));
            format!("{}\n", line.trim_end())
        })
        .collect()
}

/// Cuts the widest columns until all fit. The first one names its row and is cut only if it takes
/// more than half of the width; what then does not fit, the ends of the lines, is not shown.
fn shrink(widths: &mut [usize], most: usize) {
    let gaps = GAP * widths.len().saturating_sub(1);
    let Some((first, others)) = widths.split_first_mut() else {
        return;
    };
    if *first + others.iter().sum::<usize>() + gaps <= most {
        return;
    }
    *first = (*first).min(most / 2).max(NARROWEST.min(*first));
    let left = most.saturating_sub(*first + gaps);
    let capped = |cap: usize| others.iter().map(|width| (*width).min(cap)).sum::<usize>();
    let widest = others.iter().copied().max().unwrap_or_default();
    let cap = (NARROWEST..=widest).rev().find(|cap| capped(*cap) <= left);
    for width in others {
        *width = (*width).min(cap.unwrap_or(NARROWEST));
    }
}

/// Rows in columns, without a line of headings.
pub(crate) fn rows_alone(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let table = whole(&vec![String::new(); columns], rows);
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
        let cell = cut_line(cell, *width);
        line.push_str(&cell);
        let gap = width.saturating_sub(cell.width()) + GAP;
        line.extend(std::iter::repeat_n(' ', gap));
    }
    line.truncate(line.trim_end().len());
    line
}

/// An answer's data as a table: its `rows`, if any, one per line, and above them its other fields,
/// one per line.
pub(crate) fn of_data(data: &str) -> String {
    data_within(terminal::width(), data)
}

fn data_within(most: Option<usize>, data: &str) -> String {
    if let Some(rows) = items(data) {
        return of_rows(most, &rows);
    }
    let Ok(Members(fields)) = Members::of(data) else {
        return format!("{}\n", cell(data));
    };
    if fields.is_empty() {
        return say!("table-no-data") + "\n";
    }
    let (rows, others): (Vec<_>, Vec<_>) = fields
        .into_iter()
        .partition(|(name, value)| name == "rows" && items(value).is_some());
    let mut parts = Vec::new();
    if !others.is_empty() {
        let headings = [say!("heading-field"), say!("heading-value")];
        let lines: Vec<Vec<String>> = others
            .iter()
            .map(|(name, value)| vec![OneLine(name).to_string(), cell(value)])
            .collect();
        parts.push(within(most, &headings, &lines));
    }
    parts.extend(
        rows.iter()
            .filter_map(|(_, value)| Some(of_rows(most, &items(value)?))),
    );
    parts.join("\n")
}

/// One line for each row; the columns are all the fields that any row has.
fn of_rows(most: Option<usize>, rows: &[String]) -> String {
    if rows.is_empty() {
        return say!("table-no-rows") + "\n";
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
    within(most, &headings, &cells)
}

/// The fields of a row; a row that is no object has one field, without a name.
fn fields_of(row: &str) -> Vec<(String, String)> {
    Members::of(row).map_or_else(
        |_| vec![(say!("heading-value"), row.to_owned())],
        |members| members.0,
    )
}

/// A value as a cell: text without its quotes, nothing for null, a list or record as JSON.
fn cell(value: &str) -> String {
    let text = match serde_json::from_str::<Option<String>>(value) {
        Ok(text) => OneLine(&text.unwrap_or_default()).to_string(),
        Err(_) => compact(value),
    };
    cut_line(&text, WIDEST)
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr as _;

    use super::{data_within, within};

    fn of_data(data: &str) -> String {
        data_within(None, data)
    }

    fn texts(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|&cell| cell.to_owned()).collect()
    }

    #[test]
    fn a_chinese_character_takes_two_columns() {
        let table = within(
            None,
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

    #[test]
    fn no_line_is_wider_than_the_terminal_and_the_first_column_stays_whole() {
        let headings = texts(&["id", "method", "path", "module", "title"]);
        let path = "/jdy/v2/scm/sal_out_bound_detail";
        let row = texts(&[
            "scm.sal_out_bound_detail",
            "GET",
            path,
            "scm",
            "销售出库单详情",
        ]);
        for most in [1, 7, 20, 40, 60, 80, 100] {
            let table = within(Some(most), &headings, std::slice::from_ref(&row));
            for line in table.lines() {
                assert!(line.width() <= most, "{most}: {line}");
            }
            assert_eq!(table.lines().count(), 2, "{table}");
        }
        let table = within(Some(60), &headings, std::slice::from_ref(&row));
        assert_eq!(
            table.lines().nth(1),
            Some("scm.sal_out_bound_detail  GET     /jdy/v2…  scm     销售出…")
        );
        let whole = within(Some(100), &headings, std::slice::from_ref(&row));
        assert_eq!(whole, within(None, &headings, &[row]));
    }
}
