//! HTML to blocks, as the vendor's site renders a page.
//!
//! Owns tags; skips those that it does not know. Must not know what an endpoint is. Must not use:
//! `crate::endpoint`, `crate::reading`, `crate::spec_folder`, `crate::splice`, `crate::merge`,
//! `crate::emit`.

mod spans;

use super::block::{Block, Grid, Page, Row, Words};
use super::inline;
use spans::{Span, Spans};

/// Whether a text is HTML and not Markdown. A tag may begin either, and words too: then it is
/// how its tables are written that tells.
#[must_use]
pub(crate) fn is_html(text: &str) -> bool {
    if text.lines().any(is_markdown) {
        return false;
    }
    begins_with_tag(text) || text.to_ascii_lowercase().contains("<table")
}

/// A row of a table or a heading, as Markdown has them.
fn is_markdown(line: &str) -> bool {
    let line = line.trim();
    let is_row = line.starts_with(['|', '｜']) && line.matches(['|', '｜']).count() > 1;
    // The words of a page in Markdown may stand in bold, its tables in HTML.
    let is_bold = line.starts_with("**") && line.matches("**").count() > 1;
    let hashes = line.bytes().take_while(|byte| *byte == b'#').count();
    is_row || is_bold || ((1..=6).contains(&hashes) && line[hashes..].starts_with(' '))
}

/// Whether a tag of a whole page or of a block stands first.
fn begins_with_tag(text: &str) -> bool {
    let mut start = text.trim_start_matches('\u{feff}').trim_start();
    while let Some(rest) = start.strip_prefix("<!--") {
        let Some(end) = rest.find("-->") else {
            return true;
        };
        start = rest[end + 3..].trim_start();
    }
    let Some(rest) = start.strip_prefix('<') else {
        return false;
    };
    rest.starts_with('!')
        || rest.starts_with('?')
        || rest.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
}

/// Adds the blocks of a table that stands within a page in Markdown, from a byte of it on. What
/// Markdown escapes in a name is taken for what it means: `bar\_code`.
pub(crate) fn add(text: &str, base: usize, page: &mut Page) {
    let read = read(text);
    if let Some((at, why)) = read.unread {
        page.unread.get_or_insert((at + base, why));
    }
    let mut blocks = read.blocks;
    for block in &mut blocks {
        match block {
            Block::Heading(words)
            | Block::Bold(words)
            | Block::Paragraph(words)
            | Block::Fence(words) => words.at += base,
            Block::Table(grid) => {
                for row in &mut grid.rows {
                    row.at += base;
                    for cell in &mut row.cells {
                        cell.at += base;
                        cell.text = cell.text.replace("\\_", "_");
                    }
                }
            }
        }
    }
    page.blocks.append(&mut blocks);
}

/// Reads a page.
#[must_use]
pub(crate) fn read(text: &str) -> Page {
    let mut reader = Reader {
        page: Page::default(),
        open: None,
        words: String::new(),
        at: 0,
        is_bold: true,
        in_bold: 0,
        in_link: false,
        is_first: false,
        has_own_title: false,
        grid: None,
        cell: None,
        span: Span::default(),
        spans: Spans::default(),
    };
    let mut rest = 0;
    while let Some(found) = text[rest..].find('<') {
        let start = rest + found;
        reader.text(&text[rest..start], rest);
        rest = match tag(text, start) {
            // `List<Row>`, which no browser shows.
            Some(tag) if reader.cell.is_some() && is_type(&tag) => {
                reader.text("<", start);
                start + 1
            }
            Some(tag) => {
                let end = tag.end;
                reader.tag(&tag);
                skipped(text, &tag).unwrap_or(end)
            }
            None => {
                reader.text("<", start);
                start + 1
            }
        };
    }
    reader.text(&text[rest..], rest);
    reader.page.cut = reader.cut(text).map(|what| (text.len(), what));
    reader.close();
    reader.end_grid();
    reader.page
}

struct Tag<'a> {
    name: String,
    is_end: bool,
    inner: &'a str,
    start: usize,
    end: usize,
}

fn tag(text: &str, start: usize) -> Option<Tag<'_>> {
    let rest = &text[start + 1..];
    if rest.starts_with("!--") {
        let end = rest.find("-->").map_or(text.len(), |at| start + at + 4);
        return Some(Tag {
            name: "!--".to_owned(),
            is_end: false,
            inner: "",
            start,
            end,
        });
    }
    let is_end = rest.starts_with('/');
    let inner = rest.strip_prefix('/').unwrap_or(rest);
    let name = inner
        .bytes()
        .take(16)
        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'!')
        .count();
    if name == 0 {
        return None;
    }
    let end = tag_end(rest)?;
    Some(Tag {
        name: inner[..name].to_ascii_lowercase(),
        is_end,
        inner: rest.get(..end)?,
        start,
        end: start + 1 + end + 1,
    })
}

const MAX_TAG_BYTES: usize = 4000;

/// Where a tag ends: at the first `>` that stands in no quotes. A quote that nothing closes is none.
fn tag_end(rest: &str) -> Option<usize> {
    let mut quote = None;
    let mut first = None;
    for (at, byte) in rest.bytes().enumerate().take(MAX_TAG_BYTES) {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') if rest[..at].trim_end().ends_with('=') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            (Some(_), b'>') => first = first.or(Some(at)),
            _ => {}
        }
    }
    first
}

/// Whether what looks like a tag within a cell is the type of a list's items.
fn is_type(tag: &Tag<'_>) -> bool {
    const TAGS: [&str; 50] = [
        "a",
        "abbr",
        "b",
        "big",
        "blockquote",
        "br",
        "button",
        "center",
        "code",
        "col",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "font",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "script",
        "small",
        "span",
        "strike",
        "strong",
        "style",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
        "wbr",
    ];
    let is_bare = tag.inner.len() == tag.name.len();
    !tag.is_end && is_bare && !TAGS.contains(&tag.name.as_str()) && !is_heading(&tag.name)
}

fn is_heading(name: &str) -> bool {
    name.strip_prefix('h').is_some_and(|level| level.len() == 1)
}

/// The end of an element whose text is none of the page's.
fn skipped(text: &str, tag: &Tag<'_>) -> Option<usize> {
    if tag.is_end || !matches!(tag.name.as_str(), "script" | "style") {
        return None;
    }
    let close = format!("</{}", tag.name);
    let rest = &text[tag.end..];
    Some(tag.end + rest.find(&close).unwrap_or(rest.len()))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Heading,
    Paragraph,
    Fence,
    Title,
}

/// Whether a text ends within a tag.
fn ends_in_tag(text: &str) -> bool {
    let open = text.rfind('<').filter(|at| !text[*at..].contains('>'));
    open.is_some_and(|at| {
        let rest = text[at + 1..].trim_start_matches('/');
        rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!')
    })
}

struct Reader {
    page: Page,
    open: Option<Open>,
    words: String,
    at: usize,
    is_bold: bool,
    in_bold: usize,
    in_link: bool,
    /// Whether the open heading is one of the first level.
    is_first: bool,
    /// Whether the title is that of the page's own heading.
    has_own_title: bool,
    grid: Option<Grid>,
    cell: Option<Words>,
    /// What the open cell spans.
    span: Span,
    spans: Spans,
}

impl Reader {
    /// What the text ends within.
    fn cut(&self, text: &str) -> Option<&'static str> {
        let has = |tag: &str| text.contains(tag);
        if ends_in_tag(text) {
            Some("it ends within a tag")
        } else if self.grid.is_some() {
            Some("it ends within a table")
        } else if self.open == Some(Open::Fence) {
            Some("it ends within an example")
        } else if (has("<html") && !has("</html")) || (has("<body") && !has("</body")) {
            Some("it ends before the end of the document")
        } else {
            None
        }
    }

    fn text(&mut self, raw: &str, at: usize) {
        if raw.is_empty() {
            return;
        }
        let has_words = !raw.trim().is_empty();
        if let Some(cell) = &mut self.cell {
            if cell.text.trim().is_empty() && has_words {
                cell.at = at + (raw.len() - raw.trim_start().len());
            }
            let is_first = |grid: &Grid| grid.rows.last().is_none_or(|row| row.cells.is_empty());
            if cell.text.trim().is_empty()
                && self.grid.as_ref().is_some_and(is_first)
                && inline::is_set_off(raw)
            {
                cell.text.push(inline::INDENT);
            }
            cell.text.push_str(&inline::html(raw));
            return;
        }
        if self.grid.is_some() {
            return;
        }
        if self.open.is_none() {
            if !has_words {
                return;
            }
            self.begin(Open::Paragraph, at);
        }
        if self.words.trim().is_empty() && has_words {
            self.at = at + (raw.len() - raw.trim_start().len());
        }
        // The colon behind a bold name is none of it.
        let is_colon = matches!(raw.trim(), "：" | ":");
        if has_words && self.in_bold == 0 && !is_colon {
            self.is_bold = false;
        }
        self.words.push_str(&inline::html(raw));
    }

    fn tag(&mut self, tag: &Tag<'_>) {
        let at = tag.end;
        match (tag.name.as_str(), tag.is_end) {
            ("h1" | "h2" | "h3" | "h4" | "h5" | "h6", false) => {
                self.block(Open::Heading, at);
                self.is_first = tag.name == "h1";
            }
            ("title", false) => self.block(Open::Title, at),
            ("pre", false) => self.block(Open::Fence, at),
            ("p" | "li" | "div" | "ul" | "ol" | "section" | "article" | "body", false)
                if self.open != Some(Open::Fence) =>
            {
                self.block(Open::Paragraph, at);
            }
            ("h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "title" | "pre" | "p" | "li", true)
                if self.cell.is_none() =>
            {
                self.close()
            }
            ("strong" | "b", false) => self.in_bold += 1,
            ("strong" | "b", true) => self.in_bold = self.in_bold.saturating_sub(1),
            ("br", _) => self.text("\n", tag.start),
            // As Markdown has it, so that a name is seen to be crossed out.
            ("del" | "s", _) if self.cell.is_some() => self.text(inline::CROSSED_OUT, tag.start),
            ("a", is_end) => self.link(tag, is_end),
            ("table", false) => {
                self.inner(tag.start);
                self.close();
                self.end_grid();
                self.grid = Some(Grid::default());
            }
            ("table", true) => self.end_grid(),
            ("tr", false) => self.row(tag.start),
            ("th" | "td", false) => {
                self.end_cell();
                if tag.name == "th"
                    && let Some(grid) = &mut self.grid
                    && grid.rows.len() <= 1
                {
                    grid.headed = true;
                }
                self.span = Span::of(tag.inner);
                self.cell = Some(Words {
                    text: String::new(),
                    at,
                });
            }
            ("th" | "td" | "tr", true) => self.end_cell(),
            _ => {}
        }
    }

    /// A link stands as `［its text］`; an anchor without an address is none.
    fn link(&mut self, tag: &Tag<'_>, is_end: bool) {
        let is_link = if is_end {
            std::mem::take(&mut self.in_link)
        } else {
            self.in_link = tag.inner.contains("href") && self.open != Some(Open::Fence);
            self.in_link
        };
        if is_link {
            let mark = if is_end {
                inline::LINK.1
            } else {
                inline::LINK.0
            };
            self.text(mark.encode_utf8(&mut [0; 4]), tag.start);
        }
    }

    fn block(&mut self, open: Open, at: usize) {
        if self.cell.is_some() {
            return self.text("\n", at);
        }
        self.close();
        self.begin(open, at);
    }

    fn begin(&mut self, open: Open, at: usize) {
        self.open = Some(open);
        self.words.clear();
        self.at = at;
        self.is_bold = true;
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let raw = std::mem::take(&mut self.words);
        if raw.trim().is_empty() {
            return;
        }
        let at = self.at;
        let words = Words {
            text: if open == Open::Fence {
                raw
            } else {
                inline::squeeze(&raw)
            },
            at,
        };
        if self.is_first && open == Open::Heading && !self.has_own_title {
            // The page's own heading, whatever the site calls itself.
            self.has_own_title = true;
            self.page.front.title = Some(words.text.clone());
        }
        let block = match open {
            Open::Heading => Block::Heading(words),
            Open::Fence => Block::Fence(words),
            Open::Paragraph if self.is_bold => Block::Bold(words),
            Open::Paragraph => Block::Paragraph(words),
            Open::Title => {
                if !self.has_own_title {
                    self.page.front.title = Some(words.text);
                }
                return;
            }
        };
        self.page.blocks.push(block);
    }

    /// A table that begins within a cell ends the one around it: what stands behind it there would
    /// be lost.
    fn inner(&mut self, at: usize) {
        if self.cell.is_some() && self.grid.is_some() {
            let why = "a table stands within a cell of another, which cannot be read; write what \
                       it says into the cell";
            self.page.unread.get_or_insert((at, why));
        }
    }

    fn row(&mut self, at: usize) {
        self.end_row();
        if let Some(grid) = &mut self.grid {
            grid.rows.push(Row {
                cells: Vec::new(),
                at,
            });
        }
    }

    fn end_cell(&mut self) {
        let Some(mut cell) = self.cell.take() else {
            return;
        };
        cell.text = inline::squeeze(&cell.text);
        if let Some(grid) = &mut self.grid {
            if grid.rows.is_empty() {
                grid.rows.push(Row {
                    cells: Vec::new(),
                    at: cell.at,
                });
            }
            let at = cell.at;
            if let Some(row) = grid.rows.last_mut() {
                let fits = self.spans.put(row, cell, self.span);
                self.merges(fits, at);
            }
        }
    }

    fn end_row(&mut self) {
        self.end_cell();
        if let Some(row) = self.grid.as_mut().and_then(|grid| grid.rows.last_mut()) {
            let at = row.at;
            let fits = self.spans.end(row);
            self.merges(fits, at);
        }
    }

    fn merges(&mut self, fits: bool, at: usize) {
        if !fits {
            let why = "more cells are merged here than a page has; write each cell by itself";
            self.page.unread.get_or_insert((at, why));
        }
    }

    fn end_grid(&mut self) {
        self.end_row();
        self.spans.clear();
        if let Some(mut grid) = self.grid.take() {
            grid.rows.retain(|row| !row.cells.is_empty());
            if !grid.rows.is_empty() {
                self.page.blocks.push(Block::Table(grid));
            }
        }
    }
}
