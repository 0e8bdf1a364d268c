//! Tables of fields: which column is which, and what each row says.
//!
//! Owns how a header is recognized, and the columns of a row. Its words are in `crate::words`. Must
//! not know entities or types.

use super::block::{Grid, Row, Words};
use super::codes::Code;
use super::inline;
use crate::width::half_width;
use crate::words;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// The field's name.
    Name,
    /// Its type.
    Type,
    /// Whether it is required.
    Required,
    /// What the page says of it.
    Says,
    /// Its label, in a column of its own.
    Label,
    /// What it says beyond, in no words that name the field.
    More,
    /// An example.
    Example,
    /// A default.
    Default,
    /// Most characters.
    Length,
    /// Something else.
    Other,
}

/// What a column holds, by its header.
#[must_use]
pub(crate) fn column(text: &str) -> Column {
    let bare: String = half_width(text)
        .chars()
        .filter(|letter| !letter.is_whitespace() && !matches!(letter, '[' | ']' | '*' | '?'))
        .collect::<String>()
        .to_lowercase();
    let named = |bare: &str| {
        let mut headers = words::HEADERS.iter();
        headers.find(|(_, words)| words.contains(&bare))
    };
    // `是否必填(Y/N)`: what stands behind in brackets says how the column is filled.
    let before_remark = || {
        bare.strip_suffix(')')?
            .split_once('(')
            .map(|(name, _)| name)
    };
    named(&bare)
        .or_else(|| before_remark().and_then(named))
        .map_or(Column::Other, |(column, _)| *column)
}

/// Whether a row is a header of a table of fields: it names at least a name and a type or a text.
#[must_use]
pub(crate) fn is_header(row: &Row) -> bool {
    let columns: Vec<Column> = row
        .cells
        .iter()
        .take(16)
        .map(|cell| column(&cell.text))
        .collect();
    columns.contains(&Column::Name)
        && columns.iter().any(|each| {
            matches!(
                each,
                Column::Type | Column::Says | Column::Required | Column::Example
            )
        })
}

/// Whether a row is a header that names fields and their types: no table of anything else has it.
#[must_use]
pub(crate) fn names_types(row: &Row) -> bool {
    let has = |kind| {
        row.cells
            .iter()
            .take(16)
            .any(|cell| column(&cell.text) == kind)
    };
    has(Column::Name) && has(Column::Type)
}

/// Whether the required column says yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    /// As plain as can be.
    Plain(bool),
    /// It says so, in a way that is worth a note.
    Odd(bool, String),
    /// Both words of the template stand there, and none was chosen: not required.
    Both(String),
    /// The column says nothing that is known: not required.
    Unknown(String),
}

impl Demand {
    /// Whether the field is required.
    #[must_use]
    pub(crate) fn is_yes(&self) -> bool {
        matches!(self, Self::Plain(true) | Self::Odd(true, _))
    }
}

/// Reads a cell of the required column.
#[must_use]
pub(crate) fn demand(text: &str) -> Demand {
    let bare = half_width(text).trim().to_lowercase();
    if words::REQUIRED_YES.contains(&bare.as_str()) {
        return Demand::Plain(true);
    }
    if words::REQUIRED_NO.contains(&bare.as_str()) {
        return Demand::Plain(false);
    }
    match bare.as_str() {
        "ture" | "treu" | "tru" | "trure" | "ture." | "true." | "treue" => {
            return Demand::Odd(true, text.to_owned());
        }
        "flase" | "fasle" | "fales" | "flse" | "false." | "falst" => {
            return Demand::Odd(false, text.to_owned());
        }
        _ => {}
    }
    // `是/否`: the template's own words, of which none was crossed out.
    let parts: Vec<&str> = bare.split(['/', '|', '或', '、']).map(str::trim).collect();
    if let [one, other] = parts.as_slice() {
        let of_both = |one: &str, other: &str| {
            words::REQUIRED_YES.contains(&one) && words::REQUIRED_NO.contains(&other)
        };
        if of_both(one, other) || of_both(other, one) {
            return Demand::Both(text.to_owned());
        }
    }
    if let Some(says) = answered(&bare) {
        return Demand::Odd(says, text.to_owned());
    }
    // `false本位币`, `是（新增时）`: what follows a plain word is for a person to read. One that
    // is followed by the opposite alone, `是（否）`, says neither.
    for (words, says) in [
        (&words::REQUIRED_NO[..], false),
        (&words::REQUIRED_YES[..], true),
    ] {
        let behind = words.iter().find_map(|word| {
            let rest = bare.strip_prefix(word)?;
            let is_word = match word.is_ascii() {
                true => word.len() > 1 && !rest.starts_with(|c: char| c.is_ascii_alphanumeric()),
                false => true,
            };
            is_word.then_some(rest)
        });
        match behind.map(plain_word) {
            Some(Some(other)) if other != says => return Demand::Both(text.to_owned()),
            Some(_) => return Demand::Odd(says, text.to_owned()),
            None => {}
        }
    }
    Demand::Unknown(text.to_owned())
}

/// What a cell says that repeats the question of its header: `必填：否` demands nothing.
fn answered(bare: &str) -> Option<bool> {
    let question = bare.strip_prefix("是否").unwrap_or(bare);
    let rest = words::REQUIRED_ASKS
        .iter()
        .find_map(|word| question.strip_prefix(word))?;
    plain_word(rest)
}

/// Whether a word behind signs alone says yes or no.
fn plain_word(text: &str) -> Option<bool> {
    let is_sign =
        |sign: char| sign.is_whitespace() || matches!(sign, ':' | '=' | ',' | '-' | '(' | ')');
    let word = text.trim_matches(is_sign);
    if words::REQUIRED_YES.contains(&word) {
        return Some(true);
    }
    words::REQUIRED_NO.contains(&word).then_some(false)
}

/// One row of a table of fields.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    /// The name; empty where the cell is.
    pub(crate) name: Words,
    /// The type; empty where the cell is or there is no such column.
    pub(crate) type_: Words,
    /// The cell of the required column.
    pub(crate) required: Option<Words>,
    /// What the page says.
    pub(crate) says: Words,
    /// What further columns say.
    pub(crate) more: String,
    /// The codes that a table of its own lists for the field.
    pub(crate) codes: Vec<Code>,
    /// An example of the table itself.
    pub(crate) example: Option<Words>,
    /// A default of the table itself.
    pub(crate) default: Option<Words>,
    /// A length of the table itself.
    pub(crate) length: Option<Words>,
    /// Whether the row had cells beyond the header's, which were joined to the text.
    pub(crate) joined: bool,
    /// Whether the row lacked a cell.
    pub(crate) short: bool,
}

impl Line {
    /// Adds what a further column says, where it says something new.
    fn add(&mut self, text: &str) {
        let is_nothing = matches!(text, "" | "-" | "--" | "—" | "/" | "无" | "\\");
        if is_nothing || text == self.says.text {
            return;
        }
        if !self.more.is_empty() {
            self.more.push('；');
        }
        self.more.push_str(text);
    }
}

/// The name on the wire: what the cell holds, without marks that are none of it, and without a
/// remark in brackets: `store_id（门店）`.
#[must_use]
pub(crate) fn wire_name(text: &str) -> String {
    let text = text.trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let end = text.find(|c| !plain(c)).unwrap_or(text.len());
    let remark = text[end..].trim_start().starts_with(['（', '(']);
    let text = if end > 0 && remark {
        &text[..end]
    } else {
        text
    };
    text.trim()
        .trim_matches(['[', ']', '［', '］', '*', '`', '"', '“', '”', '　'])
        .trim()
        .to_owned()
}

/// Columns whose header tells what they hold, and nothing else could.
fn is_plain(kind: Column) -> bool {
    !matches!(kind, Column::Label | Column::Other)
}

/// Which of several columns that may hold names does: the first whose cells are words of a program,
/// where another's are of a language. `None` where one column alone may.
fn names(header: &Row, grid: &Grid) -> Option<usize> {
    let places: Vec<usize> = header
        .cells
        .iter()
        .enumerate()
        .filter(|(_, cell)| column(&cell.text) == Column::Name)
        .map(|(at, _)| at)
        .collect();
    let is_wire = |at: &usize| {
        let cells = grid
            .rows
            .iter()
            .skip(1)
            .filter_map(|row| row.cells.get(*at));
        let filled: Vec<&Words> = cells.filter(|cell| !cell.text.is_empty()).collect();
        let latin = filled.iter().filter(|cell| cell.text.is_ascii()).count();
        !filled.is_empty() && latin * 2 > filled.len()
    };
    let wire: Vec<&usize> = places.iter().filter(|at| is_wire(at)).collect();
    match (places.as_slice(), wire.as_slice()) {
        ([_, _, ..], [only]) => Some(**only),
        _ => None,
    }
}

/// Whether a name is marked as one within the field before it: `└ a`, `├─a`, `--a`, `rows[].a`, or
/// set off by spaces (which stand as [`inline::INDENT`]).
#[must_use]
pub(crate) fn is_inner(name: &str) -> bool {
    const MARKS: [char; 14] = [
        '└',
        '├',
        '│',
        '┗',
        '┣',
        '┕',
        '┝',
        '∟',
        '↳',
        '→',
        '»',
        '>',
        '+',
        inline::INDENT,
    ];
    let name = name.trim();
    let rest = name.trim_start_matches(['-', '—', '–', ' ']);
    let is_dashed = rest.len() < name.len() && wire_name(rest).is_ascii() && !rest.is_empty();
    name.starts_with(MARKS) || is_dashed || name.contains("[].")
}

/// Whether a name is crossed out: `~~a~~`, `<del>a</del>`.
#[must_use]
pub(crate) fn is_crossed_out(name: &str) -> bool {
    let name = name.trim().to_ascii_lowercase();
    [inline::CROSSED_OUT, "<del>", "<s>"]
        .iter()
        .any(|mark| name.starts_with(mark))
}

/// A table of fields.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    /// The rows.
    pub(crate) lines: Vec<Line>,
    /// Where the table begins.
    pub(crate) at: usize,
    /// Headers of columns that nothing is taken from.
    pub(crate) ignored: Vec<Words>,
    /// Headers of columns that are read behind the first that says something.
    pub(crate) further: Vec<Words>,
    /// Where lines that had fallen out of a cell were put back.
    pub(crate) repaired: Vec<usize>,
    /// Whether no column says which field is required.
    pub(crate) demandless: bool,
    /// Whether no column describes the fields.
    pub(crate) mute: bool,
    /// Rows that are no fields: where, and why.
    pub(crate) dropped: Vec<(usize, String)>,
    /// The columns, for rows that follow without a header.
    columns: Vec<Column>,
}

impl Table {
    /// A table of rows that were told apart already.
    #[must_use]
    pub(crate) fn of(lines: Vec<Line>, at: usize) -> Self {
        Self {
            lines,
            at,
            ..Self::default()
        }
    }

    /// Reads a grid. `None` where it has no header of a table of fields.
    #[must_use]
    pub(crate) fn read(grid: &Grid) -> Option<Self> {
        let header = grid.rows.first().filter(|row| is_header(row))?;
        let mut table = Self {
            at: header.at,
            repaired: grid.repaired.clone(),
            ..Self::default()
        };
        let named = names(header, grid);
        for (at, cell) in header.cells.iter().enumerate() {
            let mut kind = column(&cell.text);
            if kind == Column::Name && named.is_some_and(|named| named != at) {
                kind = Column::Label;
            }
            let is_second = kind == Column::Says && table.columns.contains(&kind);
            if is_second || kind == Column::More {
                table.further.push(cell.clone());
            } else if kind != Column::Other && table.columns.contains(&kind) {
                kind = Column::Other;
            }
            if kind == Column::Other {
                table.ignored.push(cell.clone());
            }
            table.columns.push(kind);
        }
        table.demandless = !table.columns.contains(&Column::Required);
        table.mute = ![Column::Says, Column::Label, Column::More]
            .iter()
            .any(|kind| table.columns.contains(kind));
        table.add(grid.rows.get(1..).unwrap_or_default());
        Some(table)
    }

    /// Adds the rows of a grid that has no header of its own.
    pub(crate) fn resume(&mut self, grid: &Grid) {
        self.repaired
            .push(grid.rows.first().map_or(0, |row| row.at));
        self.repaired.extend(&grid.repaired);
        self.add(&grid.rows);
    }

    fn add(&mut self, rows: &[Row]) {
        for row in rows {
            match self.no_field(row) {
                Some(why) => self.dropped.push((row.at, why)),
                None => self.lines.push(self.line(row)),
            }
        }
    }

    /// Why a row is no field: it repeats the header, or names a group of rows and says no more.
    fn no_field(&self, row: &Row) -> Option<String> {
        let is_header = is_header(row)
            && row
                .cells
                .iter()
                .zip(&self.columns)
                .all(|(cell, kind)| column(&cell.text) == *kind || !is_plain(*kind));
        if is_header {
            return Some("a row that repeats the header; it is no field".to_owned());
        }
        let mut filled = row.cells.iter().filter(|cell| !cell.text.is_empty());
        let only = filled.next().filter(|_| filled.next().is_none())?;
        let is_first = row.cells.first().is_some_and(|first| first.at == only.at);
        let is_words = !wire_name(&only.text).is_ascii();
        (is_first && is_words && self.columns.first() == Some(&Column::Name)).then(|| {
            format!(
                "the row `{}` names a group of fields; it is none",
                only.text
            )
        })
    }

    /// A row as the columns have it.
    #[must_use]
    pub(crate) fn line(&self, row: &Row) -> Line {
        let mut line = Line::default();
        let mut cells = row.cells.clone();
        let wanted = self.columns.len();
        self.join_null(&mut cells);
        line.short = cells.len() < wanted;
        if cells.len() > wanted {
            let beyond = cells.split_off(wanted);
            if let Some(last) = cells.last_mut() {
                for piece in beyond.iter().filter(|piece| !piece.text.is_empty()) {
                    line.joined = true;
                    last.text.push('|');
                    last.text.push_str(&piece.text);
                }
            }
        }
        let has_demand = self.columns.contains(&Column::Required);
        if line.short && has_demand {
            self.shift(&mut cells);
        }
        if let Some(first) = cells.first() {
            // Where a row is torn, what stands for the missing cells is the row itself.
            line.name.at = first.at;
            line.says.at = row.at;
            line.type_.at = row.at;
        }
        for (kind, mut cell) in self.columns.iter().zip(cells) {
            if *kind != Column::Name {
                cell.text = cell.text.replace(inline::CROSSED_OUT, "");
            }
            match kind {
                Column::Name => line.name = cell,
                Column::Type => line.type_ = cell,
                Column::Required => line.required = Some(cell),
                Column::Label => {
                    let said = std::mem::replace(&mut line.says, cell);
                    line.add(&said.text);
                }
                Column::Says if line.says.text.is_empty() => line.says = cell,
                Column::Says | Column::More => line.add(&cell.text),
                Column::Example => line.example = Some(cell),
                Column::Default => line.default = Some(cell),
                Column::Length => line.length = Some(cell),
                Column::Other => {}
            }
        }
        if has_demand && line.required.is_none() {
            line.required = Some(Words {
                text: String::new(),
                at: row.at,
            });
        }
        line
    }

    /// `string|null`: the sign within the type has divided its cell.
    fn join_null(&self, cells: &mut Vec<Words>) {
        let Some(at) = self.columns.iter().position(|kind| *kind == Column::Type) else {
            return;
        };
        let is_null = |cell: Option<&Words>| {
            cell.is_some_and(|cell| cell.text.trim().eq_ignore_ascii_case("null"))
        };
        if cells.len() == self.columns.len() + 1
            && (is_null(cells.get(at)) || is_null(cells.get(at + 1)))
        {
            let second = cells.remove(at + 1);
            if let Some(first) = cells.get_mut(at) {
                first.text = format!("{}|{}", first.text, second.text);
            }
        }
    }

    /// A row that lacks the cell of the required column: what stands there is the next column's.
    fn shift(&self, cells: &mut Vec<Words>) {
        let Some(at) = self
            .columns
            .iter()
            .position(|kind| *kind == Column::Required)
        else {
            return;
        };
        let Some(cell) = cells.get(at) else {
            return;
        };
        let place = cell.at;
        let is_text = !cell.text.is_empty() && matches!(demand(&cell.text), Demand::Unknown(_));
        if is_text && cells.len() + 1 == self.columns.len() {
            cells.insert(
                at,
                Words {
                    text: String::new(),
                    at: place,
                },
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_with_a_remark_or_in_full_width_is_known() {
        for (header, kind) in [
            ("是否必填(Y/N)", Column::Required),
            ("是否必填（是/否）", Column::Required),
            ("字段名（英文）", Column::Name),
            ("类型 (长度)", Column::Type),
            ("Ｔｙｐｅ", Column::Type),
            ("［是否必填］", Column::Required),
            ("说明", Column::Says),
            ("(说明)", Column::Other),
            ("单据(类型)", Column::Other),
        ] {
            assert_eq!(column(header), kind, "{header}");
        }
        for yes in ["Ｙ", "ｔｒｕｅ", "１"] {
            assert_eq!(demand(yes), Demand::Plain(true), "{yes}");
        }
        assert_eq!(demand("Ｎ"), Demand::Plain(false));
        assert_eq!(demand("是／否"), Demand::Both("是／否".into()));
    }

    #[test]
    fn the_required_column_is_read_as_it_is_written() {
        for yes in ["true", "TRUE", "是", "Y", "必填"] {
            assert_eq!(demand(yes), Demand::Plain(true), "{yes}");
        }
        for no in ["false", "否", "N", "选填", "非必填"] {
            assert_eq!(demand(no), Demand::Plain(false), "{no}");
        }
        assert_eq!(demand("ture"), Demand::Odd(true, "ture".into()));
        assert_eq!(
            demand("false本位币"),
            Demand::Odd(false, "false本位币".into())
        );
        assert_eq!(demand("非必填项"), Demand::Odd(false, "非必填项".into()));
        for (cell, says) in [
            ("必填：否", false),
            ("必填: 是", true),
            ("是否必填：false", false),
            ("required=false", false),
            ("必填（否）", false),
        ] {
            assert_eq!(demand(cell), Demand::Odd(says, cell.into()), "{cell}");
        }
        for both in ["是否", "是（否）", "否，是"] {
            assert_eq!(demand(both), Demand::Both(both.into()), "{both}");
        }
        for both in ["是/否", "true/false", "Y/N", "必填/选填", "否 / 是"] {
            assert_eq!(demand(both), Demand::Both(both.into()), "{both}");
        }
        assert_eq!(demand("条件"), Demand::Unknown("条件".into()));
        assert_eq!(demand("note"), Demand::Unknown("note".into()));
    }
}
