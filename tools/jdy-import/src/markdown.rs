//! Markdown to blocks: pages with front matter, and the vendor's own source form, whose rows may
//! lack the last pipe.
//!
//! Owns lines, fences and pipes, and puts back what a raw line break tore out of a cell. Must not
//! know what an endpoint is.

mod comment;
mod embedded;
mod fence;
mod quote;
mod tabbed;

use super::block::{Block, Grid, Page, Row, Words};
use super::inline;
use super::listing;
use super::table;

/// Reads a page.
#[must_use]
pub(crate) fn read(text: &str) -> Page {
    let text = &*comment::blanked(text);
    let text = &*quote::blanked(text);
    let lines = lines(text);
    let mut page = Page::default();
    let mut at = front(&lines, &mut page);
    while let Some(line) = lines.get(at) {
        at = match kind(line.text) {
            Kind::Blank => at + 1,
            Kind::Text | Kind::Bold(_) if embedded::begins(line.text) => {
                embedded::table(text, &lines, at, &mut page)
            }
            Kind::Text if tabbed::begins(&lines, at) => tabbed::grid(&lines, at, &mut page.blocks),
            Kind::Fence(mark) => fence::read(text, &lines, at, mark, &mut page),
            Kind::Pipe => grid(&lines, at, &mut page.blocks),
            Kind::Text if begins_bare(&lines, at) => grid(&lines, at, &mut page.blocks),
            Kind::Heading(inner) => {
                page.blocks.push(Block::Heading(line.words(inner)));
                at + 1
            }
            Kind::Bold(inner) => {
                page.blocks.push(Block::Bold(line.words(inner)));
                at + 1
            }
            Kind::Item(inner) => {
                page.blocks.push(Block::Paragraph(line.words(inner)));
                at + 1
            }
            Kind::Text => {
                page.blocks
                    .push(Block::Paragraph(line.words(line.text.trim())));
                at + 1
            }
        };
    }
    if page.cut.is_none() {
        page.cut = cut(text, &lines, page.blocks.last());
    }
    page
}

/// Where the text ends within a table.
fn cut(text: &str, lines: &[Line<'_>], last: Option<&Block>) -> Option<(usize, &'static str)> {
    let Some(Block::Table(grid)) = last else {
        return None;
    };
    let line = lines
        .iter()
        .rev()
        .find(|line| !line.text.trim().is_empty())?;
    let (first, row) = (grid.rows.first()?, grid.rows.last()?);
    let is_html = |line: &&Line<'_>| line.text.contains('<') && embedded::speaks(line.text);
    let html = lines.iter().rev().find(is_html);
    if let Some(html) = html.filter(|line| line.at + line.text.len() >= first.at) {
        let is_open = !embedded::ends(html.text);
        return is_open.then_some((line.at, "it ends within a table"));
    }
    // A row has a cell for each of the header's, and ends with a pipe where all others do.
    let is_open = |other: &Line<'_>| {
        other.at != line.at && matches!(kind(other.text), Kind::Pipe) && !is_closed(other.text)
    };
    let begins_with = |sign: char| {
        text.get(first.at..)
            .is_some_and(|row| row.starts_with(sign))
    };
    let is_torn = begins_with('|') && !is_closed(line.text) && !lines.iter().any(is_open);
    let is_short = row.cells.len() < first.cells.len();
    (is_torn || is_short).then_some((line.at, "it ends within a row of a table"))
}

#[derive(Clone, Copy)]
struct Line<'a> {
    text: &'a str,
    at: usize,
}

impl Line<'_> {
    /// The words of a part of this line.
    fn words(&self, part: &str) -> Words {
        let inner = part.as_ptr() as usize - self.text.as_ptr() as usize;
        Words {
            text: inline::markdown(part),
            at: self.at + inner + (part.len() - part.trim_start().len()),
        }
    }
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut out = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']);
        // A page with the line ends of an old Macintosh is one line: each `\r` ends one too.
        let mut inner = at;
        for part in bare.split('\r') {
            out.push(Line {
                text: part,
                at: inner,
            });
            inner += part.len() + 1;
        }
        at += line.len();
    }
    if let Some(first) = out.first_mut()
        && let Some(rest) = first.text.strip_prefix('\u{feff}')
    {
        first.text = rest;
        first.at += '\u{feff}'.len_utf8();
    }
    out
}

enum Kind<'a> {
    Blank,
    Fence(&'a str),
    Pipe,
    Heading(&'a str),
    Bold(&'a str),
    Item(&'a str),
    Text,
}

fn kind(line: &str) -> Kind<'_> {
    let text = line.trim();
    if text.is_empty() {
        return Kind::Blank;
    }
    for mark in ["```", "~~~"] {
        if text.starts_with(mark) {
            return Kind::Fence(mark);
        }
    }
    if text.starts_with('|') {
        return Kind::Pipe;
    }
    let hashes = text.bytes().take_while(|byte| *byte == b'#').count();
    if (1..=6).contains(&hashes) {
        return Kind::Heading(text.trim_matches('#'));
    }
    if let Some(inner) = heading(text) {
        return Kind::Heading(inner);
    }
    if let Some(inner) = bold(text) {
        return Kind::Bold(inner);
    }
    for mark in ["- ", "* ", "+ ", "-\t", "*\t"] {
        if let Some(inner) = text.strip_prefix(mark) {
            let inner = inner.trim_start();
            return name_in_bold(inner).map_or(Kind::Item(inner), Kind::Bold);
        }
    }
    let numbered = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let inner = numbered
        .strip_prefix(['.', '、', ')'])
        .filter(|_| numbered.len() < text.len())
        .and_then(|inner| name_in_bold(inner.trim_start()));
    inner.map_or(Kind::Text, Kind::Bold)
}

/// The bold name that is all of an item of a list; a bold word of a language is none.
fn name_in_bold(text: &str) -> Option<&str> {
    bold(text).filter(|inner| inner.bytes().any(|byte| byte.is_ascii_alphabetic()))
}

/// The words of a heading in HTML that is all of a line: `<h3>请求参数</h3>`.
fn heading(text: &str) -> Option<&str> {
    let level = text
        .strip_prefix("<h")?
        .get(..1)
        .filter(|level| ("1"..="6").contains(level))?;
    let inner = text.strip_suffix(&format!("</h{level}>"))?;
    inner.split_once('>').map(|(_, inner)| inner)
}

/// What is bold, where a line is bold as a whole: a colon or a remark in brackets may follow.
fn bold(text: &str) -> Option<&str> {
    const MARKS: [(&str, &str); 7] = [
        ("***", "***"),
        ("**", "**"),
        ("__", "__"),
        ("*", "*"),
        ("_", "_"),
        ("<strong>", "</strong>"),
        ("<b>", "</b>"),
    ];
    MARKS.iter().find_map(|(open, close)| {
        let rest = text.strip_prefix(open)?;
        let at = rest.find(close)?;
        let (inner, tail) = (&rest[..at], rest[at + close.len()..].trim());
        let tail = tail.trim_end_matches(|c: char| matches!(c, '：' | ':') || c.is_whitespace());
        let is_remark = tail.starts_with(['（', '(']) && tail.ends_with(['）', ')']);
        let is_whole = tail.is_empty() || is_remark;
        (is_whole && !inner.trim().is_empty() && !inner.contains(['*', '|'])).then_some(inner)
    })
}

/// The front matter, read leniently: the vendor's titles make it invalid YAML.
fn front(lines: &[Line<'_>], page: &mut Page) -> usize {
    if lines.first().map(|line| line.text.trim_end()) != Some("---") {
        return 0;
    }
    let close = lines
        .iter()
        .take(100)
        .skip(1)
        .position(|line| line.text.trim_end() == "---");
    let Some(close) = close else {
        let begins =
            |line: &Line<'_>| line.text.starts_with("id:") || line.text.starts_with("title:");
        if lines.iter().take(4).any(begins) {
            page.cut = Some((0, "it ends within its front matter"));
        }
        return 0;
    };
    let front = &mut page.front;
    for line in lines.iter().skip(1).take(close) {
        let Some((name, value)) = line.text.split_once(':') else {
            continue;
        };
        let value = unquoted(value);
        let place = match name.trim() {
            "id" => &mut front.id,
            "title" => &mut front.title,
            "url" => &mut front.url,
            "module" => &mut front.menu,
            _ => continue,
        };
        let value = match name.trim() {
            "module" => unquoted(
                value
                    .trim_start_matches('[')
                    .split([',', ']'])
                    .next()
                    .unwrap_or_default(),
            )
            .to_owned(),
            _ => value.to_owned(),
        };
        *place = Some(inline::squeeze(&value)).filter(|value| !value.is_empty());
    }
    close + 2
}

fn unquoted(value: &str) -> &str {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote) {
            return inner.strip_suffix(quote).unwrap_or(inner);
        }
    }
    value
}

/// Whether a table begins here whose rows have no first pipe: a rule with pipes follows.
fn begins_bare(lines: &[Line<'_>], at: usize) -> bool {
    let has_pipe = |at: usize| lines.get(at).is_some_and(|line| line.text.contains('|'));
    has_pipe(at) && has_pipe(at + 1) && lines.get(at + 1).is_some_and(|line| is_rule(line.text))
}

/// A table: its rows, and the lines that a raw line break tore out of one.
fn grid(lines: &[Line<'_>], first: usize, blocks: &mut Vec<Block>) -> usize {
    let mut grid = Grid::default();
    let mut at = first;
    let is_bare = begins_bare(lines, first) && !begins_with_pipe(lines, first);
    // Whether the line before ended with the pipe that closes a cell.
    let mut closed = true;
    while let Some(line) = lines.get(at) {
        match kind(line.text) {
            Kind::Pipe if is_rule(line.text) => {
                if grid.rows.len() == 1 {
                    grid.headed = true;
                } else if grid.rows.len() > 1 && is_new_header(&grid) {
                    // A second header without anything between: a table of its own begins there.
                    at -= 1;
                    grid.rows.pop();
                    break;
                }
            }
            Kind::Pipe => {
                add_row(&mut grid, line, closed);
                closed = is_closed(line.text);
            }
            Kind::Text if is_bare && is_rule(line.text) => grid.headed |= grid.rows.len() == 1,
            Kind::Text if is_bare && line.text.contains('|') => grid.rows.push(row(line)),
            Kind::Blank if is_bare => break,
            Kind::Blank => match resumed(lines, at, width(&grid)) {
                Some((next, line)) if grid.headed => {
                    grid.repaired.push(line.at);
                    at = next;
                    continue;
                }
                _ => break,
            },
            // A row may lack its first pipe where nothing before it is open.
            Kind::Text if closed && is_whole(&grid, line) => grid.rows.push(row(line)),
            Kind::Text | Kind::Item(_) => {
                grid.repaired.push(line.at);
                append(&mut grid, line, closed);
                closed = is_closed(line.text);
            }
            Kind::Heading(_) | Kind::Bold(_) | Kind::Fence(_) => break,
        }
        at += 1;
    }
    if !grid.rows.is_empty() {
        blocks.push(Block::Table(grid));
    }
    at.max(first + 1)
}

/// Whether a line without a first pipe has all cells of a row, and follows a row that has all too.
fn is_whole(grid: &Grid, line: &Line<'_>) -> bool {
    let width = width(grid);
    let is_full = |row: &Row| row.cells.len() >= width;
    width > 1 && grid.rows.last().is_some_and(is_full) && row(line).cells.len() == width
}

/// Adds a line of cells: a row, or the rest of one that a line break tore.
fn add_row(grid: &mut Grid, line: &Line<'_>, closed: bool) {
    let row = row(line);
    if closed || !completes(grid, &row) {
        grid.rows.push(row);
        return;
    }
    grid.repaired.push(line.at);
    if let Some(last) = grid.rows.last_mut() {
        last.cells.extend(row.cells);
    }
}

/// Whether a row is the header of a table: of fields or of codes.
fn begins_table(row: &Row) -> bool {
    table::is_header(row) || listing::heads(row)
}

/// Whether the row just read, which a rule follows, is a header and no torn row.
fn is_new_header(grid: &Grid) -> bool {
    grid.rows.last().is_some_and(begins_table)
}

/// After a blank line within a table: the line where it goes on, and its number, if what follows is
/// no table of its own. It goes on with rows that have no header, or with text that ends like a row.
fn resumed<'l, 'a>(
    lines: &'l [Line<'a>],
    blank: usize,
    width: usize,
) -> Option<(usize, &'l Line<'a>)> {
    const FAR: usize = 4;
    let mut near = lines.iter().enumerate().skip(blank).take(FAR);
    let (next, line) = near.find(|(_, line)| !line.text.trim().is_empty())?;
    let is_ruled = |at: usize| lines.get(at).is_some_and(|line| is_rule(line.text));
    let resumes = match kind(line.text) {
        Kind::Pipe => {
            let first = row(line);
            let headed = is_ruled(next + 1) && (begins_table(&first) || first.cells.len() != width);
            !headed && !is_rule(line.text)
        }
        Kind::Text | Kind::Item(_) => {
            let ends = line.text.trim_end().ends_with('|');
            let is_row = begins_with_pipe(lines, next + 1) && !is_ruled(next + 1);
            ends || is_row && !is_ruled(next + 2)
        }
        _ => false,
    };
    resumes.then_some((next, line))
}

fn begins_with_pipe(lines: &[Line<'_>], at: usize) -> bool {
    lines
        .get(at)
        .is_some_and(|line| line.text.trim_start().starts_with('|'))
}

fn is_rule(line: &str) -> bool {
    let text = line.trim();
    text.contains('-')
        && text
            .chars()
            .all(|c| matches!(c, '|' | '-' | ':' | '\u{200b}' | '\u{feff}') || c.is_whitespace())
}

/// The cells of a line: split at pipes that no backslash escapes.
fn row(line: &Line<'_>) -> Row {
    let trimmed = line.text.trim();
    let inner = trimmed.strip_prefix('|').unwrap_or(trimmed);
    let mut cells = pieces(line, inner);
    // The last pipe closes the last cell; where it is missing, the last cell ends with the line.
    if cells.len() > 1 && inner.ends_with('|') && !inner.ends_with("\\|") {
        cells.pop();
    }
    Row {
        cells,
        at: line.at + (line.text.len() - line.text.trim_start().len()),
    }
}

fn pieces(line: &Line<'_>, inner: &str) -> Vec<Words> {
    let mut cells = Vec::new();
    let mut start = 0;
    let mut escaped = false;
    for (at, byte) in inner.bytes().enumerate() {
        if byte == b'|' && !escaped {
            let mut words = line.words(&inner[start..at]);
            if cells.is_empty() && inline::is_set_off(&inner[start..at]) {
                words.text.insert(0, inline::INDENT);
            }
            cells.push(words);
            start = at + 1;
        }
        escaped = byte == b'\\' && !escaped;
    }
    cells.push(line.words(&inner[start..]));
    cells
}

/// Whether a line ends with the pipe that closes a cell.
fn is_closed(line: &str) -> bool {
    let text = line.trim_end();
    // The pipe that opens a row closes nothing.
    text.ends_with('|') && !text.ends_with("\\|") && text.trim_start() != "|"
}

/// The number of cells that the header has.
fn width(grid: &Grid) -> usize {
    let header = grid.rows.first().filter(|_| grid.headed);
    header.map_or(0, |row| row.cells.len())
}

/// Whether a row is the rest of the one before, which a line break tore at the end of a cell: it
/// has the cells that the other lacks.
fn completes(grid: &Grid, row: &Row) -> bool {
    let last = grid.rows.last().map_or(0, |last| last.cells.len());
    // Two and two may as well be two rows that say little.
    let is_clear = last == 1 || row.cells.len() == 1;
    grid.rows.len() > 1 && is_clear && last + row.cells.len() == width(grid)
}

/// Puts a line that fell out of a cell back: its first piece ends the last cell, the others follow.
/// Where the line before had closed its cell and the row lacks some, a cell begins with it.
fn append(grid: &mut Grid, line: &Line<'_>, closed: bool) {
    let width = width(grid);
    let mut torn = row(line).cells.into_iter();
    let Some(last) = grid.rows.last_mut() else {
        return;
    };
    let begins = closed && last.cells.len() < width;
    if !begins
        && let (count, Some(cell), Some(piece)) =
            (last.cells.len(), last.cells.last_mut(), torn.next())
    {
        // A name or a type that was torn is one word; what the last cell says are many.
        if count >= width && !cell.text.is_empty() && !piece.text.is_empty() {
            cell.text.push(' ');
        }
        cell.text.push_str(&piece.text);
    }
    last.cells.extend(torn);
}
