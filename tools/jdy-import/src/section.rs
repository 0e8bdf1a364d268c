//! Sections: which table of a page belongs where.
//!
//! Owns the headings of the vendor's one format, and whose a table is. Must not know what a field
//! means.

use std::collections::BTreeSet;

use super::block::{Block, Grid, Page, Words};
use super::entity_name;
use super::inline::squeeze;
use super::kind::{self, Kind};
use super::listing;
use super::note::Notes;
use super::table::{self, Demand, Line, Table};
use crate::words;

/// A table under a name.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    /// What the page calls it.
    pub(crate) name: Words,
    /// The rows; none where the page names it and describes nothing.
    pub(crate) table: Option<Table>,
}

/// The tables of one side.
#[derive(Clone, Debug, Default)]
pub(crate) struct Side {
    /// The outermost fields.
    pub(crate) main: Option<Table>,
    /// The entities, in the order of the page.
    pub(crate) shapes: Vec<Shape>,
}

/// A page with its parts told apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sections {
    /// The heading of the whole page.
    pub(crate) title: Option<String>,
    /// `请求方式`
    pub(crate) method: Option<Words>,
    /// `请求地址`
    pub(crate) address: Option<Words>,
    /// `用途说明`
    pub(crate) purpose: Option<Words>,
    /// The query's fields; entities of a query stand with the body's.
    pub(crate) query: Option<Table>,
    /// The headers' rows, to see the content type.
    pub(crate) headers: Vec<Grid>,
    /// The body, or what the page calls the request.
    pub(crate) body: Side,
    /// Whether the body's table stands under a heading of its own.
    pub(crate) body_is_named: bool,
    /// The answer.
    pub(crate) answer: Side,
    /// The command line of the request's example.
    pub(crate) command: Option<Words>,
    /// The answer's example.
    pub(crate) example: Option<Words>,
    /// Whether a table stands where fields do, also one that could not be read.
    pub(crate) has_tables: bool,
    /// What stands behind the last table of fields, by which the page is seen to be whole.
    pub(crate) end: Option<End>,
    /// Whether the part of the headers stands on the page.
    pub(crate) has_headers: bool,
    /// Whether the part 基本信息 stands on the page, which those of endpoints have.
    pub(crate) has_basics: bool,
    /// Methods that stand on the page beside the first.
    pub(crate) other_methods: Vec<Words>,
    /// Addresses that stand on the page beside the first.
    pub(crate) other_addresses: Vec<Words>,
}

/// What may stand behind the last table of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The answer's example.
    Example,
    /// The codes that the endpoint returns.
    Codes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    Top,
    Basic,
    Headers,
    Query,
    Body,
    Request,
    RequestExample,
    Answer,
    AnswerExample,
    Codes,
}

/// The longest heading of a section, in characters.
const MAX_HEADING_CHARS: usize = 24;

/// The section that a heading begins.
fn section(heading: &str) -> Option<Section> {
    let bare: String = heading
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .to_lowercase();
    if bare.chars().count() > MAX_HEADING_CHARS {
        return None;
    }
    let has = |words: &[&str]| words.iter().any(|word| bare.contains(word));
    let is = |headings: &[&str]| headings.contains(&bare.as_str());
    let is_answer = has(&words::OF_ANSWER);
    if has(&words::EXAMPLE) {
        return match () {
            () if is_answer => Some(Section::AnswerExample),
            () if has(&words::OF_REQUEST) => Some(Section::RequestExample),
            () => None,
        };
    }
    let section = if has(&words::RETURN_CODES) {
        Section::Codes
    } else if has(&words::HEADER_SECTION) || is(&words::HEADER_HEADINGS) {
        Section::Headers
    } else if has(&words::QUERY_SECTION) || is(&words::QUERY_HEADINGS) {
        Section::Query
    } else if (has(&words::BODY_SECTION) && !is_answer) || is(&words::BODY_HEADINGS) {
        Section::Body
    } else if is_answer && has(&words::ANSWER_SECTION) || is(&words::ANSWER_HEADINGS) {
        Section::Answer
    } else if has(&words::REQUEST_SECTION) {
        Section::Request
    } else if has(&words::BASIC_SECTION) {
        Section::Basic
    } else {
        return None;
    };
    Some(section)
}

impl Sections {
    /// The first name that is marked as one within another field, and where it stands. A table that
    /// is drawn as a tree has no form here, and half of it would be wrong.
    #[must_use]
    pub(crate) fn tree(&self) -> Option<(usize, &str)> {
        let sides = [&self.body, &self.answer].into_iter();
        let tables = sides.flat_map(|side| {
            let shapes = side.shapes.iter().filter_map(|shape| shape.table.as_ref());
            side.main.iter().chain(shapes)
        });
        let mut lines = self
            .query
            .iter()
            .chain(tables)
            .flat_map(|table| &table.lines);
        lines
            .find(|line| table::is_inner(&line.name.text))
            .map(|line| (line.name.at, line.name.text.as_str()))
    }
}

/// Whether a heading begins a part of a page.
#[must_use]
pub(crate) fn is_part(heading: &str) -> bool {
    section(heading).is_some()
}

/// Tells the parts of a page apart.
#[must_use]
pub(crate) fn read(page: &Page, notes: &mut Notes) -> Sections {
    for (at, what) in &page.notes {
        notes.warning(*at, *what);
    }
    let mut reader = Reader {
        out: Sections::default(),
        section: Section::Top,
        is_new: true,
        pending: None,
        above: None,
        looked: 0,
        notes,
    };
    for (at, block) in page.blocks.iter().enumerate() {
        match block {
            Block::Heading(words) => reader.heading(words, page.blocks.get(at + 1)),
            Block::Bold(words) => reader.bold(words),
            Block::Paragraph(words) => reader.paragraph(words, page.blocks.get(at + 1)),
            Block::Table(grid) => reader.table(grid),
            Block::Fence(words) => reader.fence(words),
        }
        reader.above = match block {
            Block::Heading(words) | Block::Bold(words) | Block::Paragraph(words) => {
                Some(words.clone())
            }
            Block::Table(_) | Block::Fence(_) => None,
        };
    }
    reader.settle();
    reader.out
}

struct Reader<'a> {
    out: Sections,
    section: Section,
    /// Whether the part has just begun: its first table is none of an entity of another part.
    is_new: bool,
    /// The name of an entity whose table has not come yet.
    pending: Option<Words>,
    /// The heading or paragraph just before.
    above: Option<Words>,
    /// How many rows were looked through for a name.
    looked: usize,
    notes: &'a mut Notes,
}

impl Reader<'_> {
    fn heading(&mut self, words: &Words, next: Option<&Block>) {
        self.out.has_basics |= words.text.trim() == "基本信息";
        // A heading may name a fact, and what follows it is the fact.
        let value = match next {
            Some(Block::Paragraph(value) | Block::Fence(value)) => Some(value),
            _ => None,
        };
        if let Some(value) = value
            && value.text.trim().lines().count() == 1
            && self.set(&words.text, &value.text, value.at)
        {
            self.section = Section::Basic;
            return;
        }
        // Within the answer, `Header` over a table is the name of an entity.
        let is_entity = self.section == Section::Answer
            && entity_name::is_identifier(entity_name::bare(&words.text))
            && matches!(next, Some(Block::Table(_)));
        if let Some(found) = self.begins(words).filter(|_| !is_entity) {
            self.enter(found);
            return;
        }
        if self.section == Section::Top && self.out.title.is_none() && !words.text.is_empty() {
            self.out.title = Some(words.text.clone());
        }
        if self.in_fields() && matches!(next, Some(Block::Table(_))) {
            self.name(words);
        }
    }

    fn bold(&mut self, words: &Words) {
        if self.fact(words) {
            return;
        }
        let is_name = entity_name::is_identifier(entity_name::bare(&words.text));
        if let Some(found) = self.begins(words).filter(|_| !is_name) {
            self.enter(found);
            return;
        }
        // Before the outermost fields, bold words of a language are a remark on them.
        let is_remark = (self.current().is_none()
            && !words.text.bytes().any(|b| b.is_ascii_alphabetic()))
            || ["注：", "注:", "注意", "提示", "备注"]
                .iter()
                .any(|word| words.text.starts_with(word));
        if self.in_fields() && !is_remark {
            self.name(words);
        }
    }

    fn enter(&mut self, section: Section) {
        self.settle();
        self.out.has_headers |= section == Section::Headers;
        if section == Section::Codes {
            self.out.end = Some(End::Codes);
        }
        self.section = section;
        self.is_new = true;
    }

    /// The section that a heading begins. `Row（返回数据）` within the answer names an entity of it.
    fn begins(&self, words: &Words) -> Option<Section> {
        let found = section(&words.text)?;
        let is_request = |section| matches!(section, Section::Body | Section::Request);
        let is_here = found == self.section || (is_request(found) && is_request(self.section));
        let is_entity = is_here
            && entity_name::remarked(entity_name::bare(&words.text))
                .is_some_and(|name| section(name).is_none());
        (!is_entity).then_some(found)
    }

    fn paragraph(&mut self, words: &Words, next: Option<&Block>) {
        if self.fact(words) {
            return;
        }
        let is_name = entity_name::alone(&words.text).is_some_and(|name| section(&name).is_none());
        let Some(Block::Table(grid)) = next.filter(|_| self.in_fields()) else {
            return;
        };
        if is_name {
            self.name(words);
        } else if grid.rows.first().is_some_and(table::is_header)
            && let Some(entity) = self.spoken_of(&words.text)
        {
            let what = format!("by the words above it, the next table is of the entity `{entity}`");
            self.notes.note(words.at, what);
            self.settle();
            self.pending = Some(Words {
                text: entity,
                at: words.at,
            });
        }
    }

    /// Whether the rows of this side may be looked through once more: on a page of many tables, not
    /// for each of them.
    fn may_look(&mut self) -> bool {
        const MAX_LOOKUPS: usize = 500_000;
        if self.looked > MAX_LOOKUPS {
            return false;
        }
        let side = self.side();
        let shapes = side.shapes.iter().map(|shape| shape.table.as_ref());
        let rows = |table: Option<&Table>| 1 + table.map_or(0, |table| table.lines.len());
        let count: usize = shapes.map(rows).sum::<usize>() + rows(side.main.as_ref());
        self.looked += count + rows(self.out.query.as_ref());
        true
    }

    /// The one entity that words mention before a table: a type of this side, or that of a field.
    fn spoken_of(&mut self, words: &str) -> Option<String> {
        const MAX_NAME_CHARS: usize = 40;
        if words.chars().count() > MAX_NAME_CHARS || self.current().is_none() || !self.may_look() {
            return None;
        }
        let named = entity_name::identifiers(words);
        let side = self.side();
        let shapes = side.shapes.iter().filter_map(|shape| shape.table.as_ref());
        let mut found = BTreeSet::new();
        for line in side
            .main
            .iter()
            .chain(shapes)
            .flat_map(|table| &table.lines)
        {
            let mut kind = kind::read(&line.type_.text).kind;
            while let Kind::List(inner) = kind {
                kind = *inner;
            }
            let field = table::wire_name(&line.name.text);
            if let Kind::Entity(entity) = kind
                && (named.contains(&entity.as_str()) || named.contains(&field.as_str()))
            {
                found.insert(entity);
            }
        }
        found.pop_first().filter(|_| found.is_empty())
    }

    /// `请求方式：POST`
    fn fact(&mut self, words: &Words) -> bool {
        let Some((name, value)) = words.text.split_once(['：', ':']) else {
            return false;
        };
        if matches!(self.section, Section::Top | Section::Basic) {
            return self.set(name, value, words.at);
        }
        // Behind the basic facts, an address may be that of a second endpoint.
        if fact_name(name).is_some_and(|fact| fact == Fact::Address) && self.out.address.is_some() {
            self.set(name, value, words.at);
        }
        false
    }

    /// Sets a fact by its name, if it is one.
    fn set(&mut self, name: &str, value: &str, at: usize) -> bool {
        let value = Words {
            text: value.trim().to_owned(),
            at,
        };
        let Some(fact) = fact_name(name) else {
            return false;
        };
        let (place, others) = match fact {
            Fact::Method => (&mut self.out.method, Some(&mut self.out.other_methods)),
            Fact::Address => (&mut self.out.address, Some(&mut self.out.other_addresses)),
            Fact::Purpose => (&mut self.out.purpose, None),
        };
        match (place, others) {
            (place @ None, _) => *place = Some(value),
            (Some(first), Some(others)) if first.text != value.text && !value.text.is_empty() => {
                others.push(value);
            }
            (Some(first), None) if first.text != value.text && !value.text.is_empty() => {
                let what = format!(
                    "`{}` stands here a second time; the first is taken",
                    squeeze(name)
                );
                self.notes.warning(at, what);
            }
            _ => {}
        }
        true
    }

    /// Facts that stand in a table of two columns: `| 请求方式 | POST |`.
    fn facts(&mut self, grid: &Grid) {
        for row in &grid.rows {
            if let [name, value, ..] = row.cells.as_slice() {
                self.set(&name.text, &value.text, value.at);
            }
        }
    }

    fn in_fields(&self) -> bool {
        matches!(
            self.section,
            Section::Query | Section::Body | Section::Request | Section::Answer
        )
    }

    fn side(&mut self) -> &mut Side {
        match self.section {
            Section::Answer => &mut self.out.answer,
            _ => &mut self.out.body,
        }
    }

    fn name(&mut self, words: &Words) {
        self.settle();
        self.pending = Some(Words {
            text: entity_name::bare(&words.text).to_owned(),
            at: words.at,
        });
    }

    /// A name whose table never came is an entity that the page does not describe.
    fn settle(&mut self) {
        if let Some(name) = self.pending.take() {
            self.side().shapes.push(Shape { name, table: None });
        }
    }

    fn table(&mut self, grid: &Grid) {
        let has_types = grid.rows.first().is_some_and(table::names_types);
        match self.section {
            // Headers have no types: these are the fields, and their heading is missing.
            Section::Headers if has_types && !self.out.headers.is_empty() => {
                self.notes.warning(
                    grid.rows.first().map_or(0, |row| row.at),
                    "a table of fields without a heading after the headers; it is taken for the request's",
                );
                self.section = Section::Request;
                self.table(grid);
            }
            Section::Headers => self.out.headers.push(grid.clone()),
            _ if self.in_fields() && listing::is_listing(grid) => self.listing(grid),
            _ if self.in_fields() => match Table::read(grid) {
                Some(table) => self.fields(table),
                None => self.resume(grid),
            },
            _ if has_types => self.notes.error(
                grid.rows.first().map_or(0, |row| row.at),
                "a table of fields under no heading that is known; none of it is taken",
            ),
            Section::Top | Section::Basic => self.facts(grid),
            _ => {}
        }
    }

    fn fields(&mut self, table: Table) {
        let is_new = std::mem::take(&mut self.is_new);
        self.out.has_tables = true;
        self.out.end = None;
        if let Some(name) = self.pending.take() {
            self.side().shapes.push(Shape {
                name,
                table: Some(table),
            });
            return;
        }
        self.out.body_is_named |= self.section == Section::Body;
        let at = table.at;
        let place = self.outermost();
        if place.is_none() {
            *place = Some(table);
            return;
        }
        if let Some(before) = self.before(is_new) {
            before.lines.extend(table.lines);
        }
        self.notes.warning(
            at,
            "a second table without a name of its own; its rows are taken into the table before it",
        );
    }

    /// The outermost fields of this section.
    fn outermost(&mut self) -> &mut Option<Table> {
        match self.section {
            Section::Query => &mut self.out.query,
            Section::Answer => &mut self.out.answer.main,
            _ => &mut self.out.body.main,
        }
    }

    /// The table that the next one goes on with: where the part has just begun, its outermost one.
    fn before(&mut self, is_new: bool) -> Option<&mut Table> {
        match is_new {
            true => self.outermost().as_mut(),
            false => self.current(),
        }
    }

    /// The table that rows without a name go on with: the last one of this section.
    fn current(&mut self) -> Option<&mut Table> {
        let section = self.section;
        let is_shape = section != Section::Query
            && self
                .side()
                .shapes
                .last()
                .is_some_and(|shape| shape.table.is_some());
        match section {
            _ if is_shape => self.side().shapes.last_mut()?.table.as_mut(),
            Section::Query => self.out.query.as_mut(),
            _ => self.side().main.as_mut(),
        }
    }

    /// Rows without a header: they go on with the table before them.
    fn resume(&mut self, grid: &Grid) {
        self.out.end = None;
        let at = grid.rows.first().map_or(0, |row| row.at);
        if let Some(name) = self.pending.take() {
            // A table of an entity whose header is none that is known.
            self.notes.error(
                at,
                format!(
                    "the table of `{}` has no header that is known; none of it is taken",
                    name.text
                ),
            );
            self.side().shapes.push(Shape { name, table: None });
            return;
        }
        let is_new = std::mem::take(&mut self.is_new);
        match self.before(is_new) {
            Some(table) if !goes_on(table, grid) => self.notes.error(
                at,
                "a table without a header that is known; none of it is taken",
            ),
            Some(table) => table.resume(grid),
            None => {
                self.out.has_tables = true;
                self.notes.error(
                    at,
                    "a table without a header that is known, and no table before it; none of it is taken",
                );
            }
        }
    }

    /// A table of codes: they are the field's that the words above it name.
    fn listing(&mut self, grid: &Grid) {
        let at = grid.rows.first().map_or(0, |row| row.at);
        let above = self.above.take().unwrap_or_default();
        let found = listing::codes(grid);
        let pending = self.pending.take();
        let told = match (self.listed(&above.text), found) {
            (Some(line), Ok(codes)) => {
                let name = table::wire_name(&line.name.text);
                if line.codes.is_empty() {
                    line.codes = codes;
                    self.notes.note(
                        at,
                        format!(
                            "a table of codes; by the words above it they are those of `{name}`"
                        ),
                    );
                    return;
                }
                format!("a second one of `{name}`")
            }
            (_, Err(why)) => why.to_owned(),
            (None, Ok(_)) => "the words above it name no one field of this side".to_owned(),
        };
        self.notes.warning(
            at,
            format!("a table of codes, but {told}; none of it is taken"),
        );
        // What it stands under may name a type.
        self.pending = pending.filter(|_| self.listed(&above.text).is_none());
        self.settle();
    }

    /// The one field that words name: in the table before them, or else in any of this side.
    fn listed(&mut self, words: &str) -> Option<&mut Line> {
        let named = entity_name::identifiers(words);
        if named.is_empty() || !self.may_look() {
            return None;
        }
        let is_named =
            |line: &&mut Line| named.contains(&table::wire_name(&line.name.text).as_str());
        let count = |table: Option<&mut Table>| {
            table.map_or(0, |table| {
                table.lines.iter_mut().filter(|line| is_named(line)).count()
            })
        };
        if count(self.current()) == 1 {
            return self.current()?.lines.iter_mut().find(is_named);
        }
        let query = match self.section {
            Section::Answer => None,
            _ => self.out.query.as_mut(),
        };
        let side = match self.section {
            Section::Answer => &mut self.out.answer,
            _ => &mut self.out.body,
        };
        let shapes = side
            .shapes
            .iter_mut()
            .filter_map(|shape| shape.table.as_mut());
        let tables = query.into_iter().chain(side.main.as_mut()).chain(shapes);
        let mut lines = tables
            .flat_map(|table| table.lines.iter_mut())
            .filter(is_named);
        lines.next().filter(|_| lines.next().is_none())
    }

    fn fence(&mut self, words: &Words) {
        let is_command = words.text.contains("curl") && words.text.contains("--");
        let place = match self.section {
            Section::AnswerExample => &mut self.out.example,
            Section::RequestExample => &mut self.out.command,
            Section::Answer if !is_command => &mut self.out.example,
            _ if is_command => &mut self.out.command,
            _ => return,
        };
        if place.is_none() {
            *place = Some(words.clone());
        }
        let is_example = matches!(self.section, Section::Answer | Section::AnswerExample);
        if is_example && !is_command && self.out.end.is_none() {
            self.out.end = Some(End::Example);
        }
    }
}

/// A fact that stands by its name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    /// The HTTP method.
    Method,
    /// The path.
    Address,
    /// What the endpoint is for.
    Purpose,
}

fn fact_name(name: &str) -> Option<Fact> {
    let name = squeeze(name);
    let name = name.trim_matches(['[', ']', '［', '］', '*', ' ', '：', ':']);
    let mut facts = words::FACTS.iter();
    facts
        .find(|(_, names)| names.contains(&name))
        .map(|(fact, _)| *fact)
}

/// Whether rows go on with a table. The first of those that a rule sets off, or that begin with a
/// word of a language, must read as a row of it.
fn goes_on(table: &Table, grid: &Grid) -> bool {
    let Some(first) = grid.rows.first() else {
        return false;
    };
    let line = table.line(first);
    let is_name = line.name.text.is_empty() || line.name.text.bytes().any(|b| b.is_ascii_graphic());
    if !grid.headed && is_name {
        return true;
    }
    let is_type = !matches!(
        kind::read(&line.type_.text).kind,
        Kind::Entity(_) | Kind::Blank
    );
    let demand = line.required.map(|words| table::demand(&words.text));
    is_name && (is_type || matches!(demand, Some(Demand::Plain(_))))
}
