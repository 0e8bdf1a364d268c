//! Reading: from the parts of a page to the facts of its endpoint.
//!
//! Owns which facts a page must have, and how its tables become fields and entities. Must not know
//! how a spec file is written.

use std::collections::{BTreeMap, BTreeSet};

use super::block::{Page, Words};
use super::called;
use super::entities::{Names, folded};
use super::example::{self, Json, Seen};
use super::facts::{Answer, Endpoint, Entity, Field, Media, Type};
use super::kind::{self, Kind, Typed};
use super::naming;
use super::note::Notes;
use super::section::{self, Sections, Shape, Side};
use super::table::{self, Demand, Line, Table};
use super::value;

/// What became of a page.
#[derive(Debug)]
pub enum Outcome {
    /// It describes no endpoint.
    NoEndpoint,
    /// It cannot be taken, and why.
    Refused(usize, String),
    /// Its facts.
    Endpoint(Box<Endpoint>),
}

/// Reads a page. `stem` is the name of its file, for pages that state no title.
#[must_use]
pub fn read(page: &Page, stem: &str, notes: &mut Notes) -> Outcome {
    let sections = section::read(page, notes);
    let (method, address) = match (&sections.method, &sections.address) {
        // A page that describes fields describes an endpoint, whatever it lacks.
        (None, None) if sections.has_tables => {
            return Outcome::Refused(
                0,
                "the page has tables of fields, and neither method (请求方式) nor address (请求地址)"
                    .to_owned(),
            );
        }
        (None, None) => return Outcome::NoEndpoint,
        (Some(method), None) => {
            return Outcome::Refused(method.at, "the page has no address (请求地址)".to_owned());
        }
        (None, Some(address)) => {
            return Outcome::Refused(address.at, "the page has no method (请求方式)".to_owned());
        }
        (Some(method), Some(address)) => (method, address),
    };
    let Some(keyword) = keyword(&method.text) else {
        return Outcome::Refused(
            method.at,
            format!(
                "the method `{}` is none of GET, POST, PUT, DELETE",
                method.text
            ),
        );
    };
    let path = match path(&address.text) {
        Ok(path) => path,
        Err(why) => return Outcome::Refused(address.at, why),
    };
    let title = title(page, &sections, stem, notes);
    let named = match naming::name(keyword, &path, &title) {
        Ok(named) => named,
        Err(why) => return Outcome::Refused(address.at, why),
    };
    let mut endpoint = Endpoint {
        page: id(page, stem),
        url: page.front.url.clone(),
        method: keyword,
        path,
        path_at: address.at,
        module: named.module,
        menu: page.front.menu.clone(),
        id: named.id,
        file: named.file,
        title,
        purpose: sections
            .purpose
            .as_ref()
            .map(|words| words.text.clone())
            .filter(|text| !text.is_empty()),
        query: Vec::new(),
        body: None,
        media: Media::Json,
        entities: Vec::new(),
        answer: Answer {
            envelope: "Envelope",
            ..Answer::default()
        },
        request_example: None,
        answer_example: None,
    };
    if endpoint.url.is_none() {
        endpoint.url = endpoint.page.as_ref().map(|id| {
            format!("https://open.jdy.com/#/files/api/detail?index=3&categrayId=&id={id}")
        });
    }
    request(&sections, &mut endpoint, notes);
    answer(&sections, &mut endpoint, notes);
    Outcome::Endpoint(Box::new(endpoint))
}

fn keyword(text: &str) -> Option<&'static str> {
    let word: String = text
        .chars()
        .filter(|c| c.is_ascii_alphabetic())
        .collect::<String>()
        .to_ascii_lowercase();
    ["get", "post", "put", "delete"]
        .into_iter()
        .find(|known| *known == word)
}

/// The path of an address, without host and query.
fn path(address: &str) -> Result<String, String> {
    // A link as a whole stands as `[address]`.
    let address: String = address
        .trim()
        .trim_matches(['[', ']', '<', '>', '`', '"'])
        .chars()
        .filter(|c| !c.is_whitespace())
        // What follows in brackets tells of the address: `/jdy/v2/x（正式环境）`.
        .take_while(|c| !matches!(c, '（' | '(' | '，' | '；'))
        .collect();
    let rest = match address.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        // `jdy/v2/x`, `api.kingdee.com/jdy/v2/x`
        None => address.find("jdy/v2/").map_or(address.as_str(), |at| {
            let start = at.saturating_sub(1);
            let is_part = at == 0 || address.as_bytes().get(start) == Some(&b'/');
            if is_part { &address[start..] } else { &address }
        }),
    };
    let rooted = format!("/{rest}");
    let rest = if rest.starts_with("jdy/v2/") {
        &rooted
    } else {
        rest
    };
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let path = path.trim_end_matches('/');
    if !path.starts_with('/') {
        return Err(format!("`{address}` holds no path"));
    }
    if path.contains(['{', '}']) {
        return Err(format!(
            "`{path}` has a field in the path, which the spec has no form for"
        ));
    }
    let is_plain = path
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'.'));
    if !is_plain || path.contains("//") || path.contains("..") {
        return Err(format!("`{path}` is no path of the API"));
    }
    Ok(path.to_owned())
}

/// The page's id: as its front matter has it, or its address, or the name of its file.
fn id(page: &Page, stem: &str) -> Option<String> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let is_id = |text: &str| text.len() >= 16 && text.bytes().all(is_plain);
    let of_url = page.front.url.as_deref().and_then(|url| {
        let (_, rest) = url.split_once("&id=").or_else(|| url.split_once("?id="))?;
        Some(rest.split('&').next().unwrap_or_default().to_owned())
    });
    page.front
        .id
        .clone()
        .or(of_url)
        .or_else(|| Some(naming::page_id(stem).to_owned()).filter(|text| is_id(text)))
        .filter(|id| !id.is_empty())
}

/// The title of a page, or else the name of its file; where that is no word of the vendor's, the
/// short name that is all of the page's purpose. Prose is no title.
fn title(page: &Page, sections: &Sections, stem: &str, notes: &mut Notes) -> String {
    let stated = page.front.title.clone().or_else(|| sections.title.clone());
    if let Some(title) = stated {
        return title;
    }
    let bare = stem.strip_suffix(".source").unwrap_or(stem);
    let purpose = sections.purpose.as_ref().filter(|_| bare.is_ascii());
    match purpose.filter(|words| is_short_name(&words.text)) {
        Some(words) => {
            let title = words.text.trim_end_matches('。').to_owned();
            let what = format!("the page states no title; by its purpose it is `{title}`");
            notes.note(words.at, what);
            title
        }
        None => {
            let what = format!("the page states no title; by its file it is `{bare}`");
            notes.note(0, what);
            bare.to_owned()
        }
    }
}

/// Whether words are the short name of a thing, and no sentence about it.
fn is_short_name(text: &str) -> bool {
    const LONGEST: usize = 16;
    const BEGIN: [&str; 8] = ["用于", "用来", "通过", "本", "该", "此", "可", "根据"];
    let text = text.trim_end_matches('。');
    (1..=LONGEST).contains(&text.chars().count())
        && text.chars().all(char::is_alphanumeric)
        && !BEGIN.iter().any(|word| text.starts_with(word))
}

/// Makes fields and entities of one side of a page.
struct Maker<'a> {
    notes: &'a mut Notes,
    /// The names of the entities.
    names: Names,
    /// Types that are not described: where the first stands, and the fields of them.
    unknown: BTreeMap<String, (usize, Vec<String>)>,
    /// Entities that hold no field.
    empty: BTreeSet<String>,
    /// Entities that some type names.
    named: BTreeSet<String>,
    /// Types that were told already.
    told: BTreeSet<String>,
}

impl<'a> Maker<'a> {
    fn new(notes: &'a mut Notes) -> Self {
        Self {
            notes,
            names: Names::default(),
            unknown: BTreeMap::new(),
            empty: BTreeSet::new(),
            named: BTreeSet::new(),
            told: BTreeSet::new(),
        }
    }

    /// The entities of a side, those of one name as one; fields keep the order of the page.
    fn shapes(&mut self, shapes: &[Shape], place: Place) -> Vec<(String, usize, Vec<Line>)> {
        let mut list: Vec<(String, usize, Vec<Line>)> = Vec::new();
        let mut places: BTreeMap<String, (usize, Index)> = BTreeMap::new();
        let (names, called) = Names::of(shapes, self.notes);
        self.names = names;
        for (name, shape) in called.into_iter().zip(shapes) {
            let lines = shape
                .table
                .as_ref()
                .map_or(Vec::new(), |table| self.lines(table, place));
            match places.get_mut(&name) {
                None => {
                    places.insert(name.clone(), (list.len(), index(&lines)));
                    list.push((name, shape.name.at, lines));
                }
                Some((at, index)) => {
                    self.notes.warning(
                        shape.name.at,
                        format!("the entity `{name}` stands here a second time; its rows are added to the first"),
                    );
                    if let Some(first) = list.get_mut(*at) {
                        merge(&mut first.2, index, lines);
                    }
                }
            }
        }
        for (name, at, lines) in &list {
            if lines.iter().all(|line| line.name.text.is_empty()) {
                self.empty.insert(name.clone());
                if !lines.is_empty() {
                    // Rows without names, each told for itself.
                    continue;
                }
                self.notes.note(
                    *at,
                    format!(
                        "the entity `{name}` has no fields; whatever refers to it holds any object"
                    ),
                );
            }
        }
        list
    }

    /// The rows of a table, with what was mended told.
    fn lines(&mut self, table: &Table, place: Place) -> Vec<Line> {
        for at in &table.mended {
            self.notes.warning(
                *at,
                "a line break tore the table; what follows it was put back into the table",
            );
        }
        for header in &table.ignored {
            self.notes.note(
                header.at,
                format!("the column `{}` is not known; it is not taken", header.text),
            );
        }
        for header in &table.further {
            self.notes.note(
                header.at,
                format!(
                    "the column `{}` is read behind the first that describes the fields, whose label is kept",
                    header.text
                ),
            );
        }
        if place != Place::Answer && table.demandless && !table.ignored.is_empty() {
            self.notes.warning(
                table.at,
                "no column that is known says which fields are required; none is",
            );
        }
        for line in &table.lines {
            let typed = self.typed(line);
            let mut kind = typed.kind;
            while let Kind::List(inner) = kind {
                kind = *inner;
            }
            if let Kind::Entity(called) = kind {
                self.named.insert(folded(&called));
            }
        }
        table.lines.clone()
    }

    fn fields(&mut self, lines: Vec<Line>, place: Place) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::with_capacity(lines.len());
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for line in lines {
            let Some(field) = self.field(&line, place) else {
                continue;
            };
            match seen.get(&field.name).and_then(|at| fields.get_mut(*at)) {
                None => {
                    seen.insert(field.name.clone(), fields.len());
                    fields.push(field);
                }
                Some(first) => {
                    let same = first.ty == field.ty
                        && first.says == field.says
                        && first.required == field.required;
                    let what = format!("the field `{}` stands here a second time", field.name);
                    if same {
                        self.notes
                            .note(field.at, format!("{what}, the same; one is taken"));
                    } else {
                        self.notes.warning(
                            field.at,
                            format!(
                                "{what}, with another type, text or demand; the first is taken"
                            ),
                        );
                    }
                }
            }
        }
        fields
    }

    fn field(&mut self, line: &Line, place: Place) -> Option<Field> {
        let name = table::wire_name(&line.name.text);
        let at = line.name.at;
        if name.is_empty() {
            if !line.says.text.is_empty() || !matches!(line.type_.text.as_str(), "" | "string") {
                self.notes.error(
                    line.says.at,
                    format!(
                        "a row without a name: `{}` `{}`; it is not taken",
                        line.type_.text, line.says.text
                    ),
                );
            } else {
                self.notes
                    .note(line.says.at, "a row without a name; there is no field");
            }
            return None;
        }
        if name.len() > LONGEST_NAME {
            self.notes.error(
                at,
                format!(
                    "a name of {} bytes is none; the row is not taken",
                    name.len()
                ),
            );
            return None;
        }
        if name.contains(char::is_whitespace) || !name.chars().all(|c| c.is_ascii_graphic()) {
            self.notes.warning(
                at,
                format!("the name `{name}` is unusual; it is taken as it stands"),
            );
        }
        if line.joined {
            self.notes.warning(
                at,
                format!("the row of `{name}` has more cells than the header; they were joined to its text"),
            );
        }
        let typed = self.typed(line);
        if typed.odd {
            self.notes.warning(
                line.type_.at,
                format!(
                    "the type `{}` of `{name}` could be read only in part",
                    line.type_.text
                ),
            );
        }
        // `items[]` of type `Row`: the name says that it is a list of them.
        let is_list = matches!(typed.kind, Kind::List(_) | Kind::Array);
        let kind = match typed.kind {
            one if !is_list && line.name.text.trim().ends_with("[]") => Kind::List(Box::new(one)),
            kind => kind,
        };
        let ty = self.resolve(&kind, &name, line, place);
        let mut field = Field {
            at,
            ty,
            required: false,
            label: None,
            says: match line.more.as_str() {
                "" => line.says.text.clone(),
                more => format!("{}；{more}", line.says.text),
            },
            first: line.says.text.len(),
            listed: line.codes.clone(),
            wire: None,
            codes: Vec::new(),
            default: line
                .default
                .as_ref()
                .map(|words| words.text.clone())
                .filter(|text| !text.is_empty() && !matches!(text.as_str(), "-" | "无" | "/")),
            minimum: None,
            maximum: None,
            max_length: typed.length,
            scale: typed.scale,
            encrypted: false,
            list: None,
            example: line.example.as_ref().map(|words| words.text.clone()),
            name,
        };
        if let Some(length) = &line.length
            && field.ty == Type::Text
        {
            field.max_length = length.text.trim().parse().ok().or(field.max_length);
        }
        if typed.is_time && field.wire.is_none() {
            value::time_column(&mut field, line.type_.at, &line.type_.text, self.notes);
        }
        self.demand(&mut field, line);
        Some(field)
    }

    /// The type of a row. A name that the page describes is that entity, whatever else it could be:
    /// a `File` with fields is none of a form.
    fn typed(&self, line: &Line) -> Typed {
        const PLAIN: [&str; 6] = ["string", "number", "integer", "boolean", "int", "long"];
        let mut typed = kind::read(&line.type_.text);
        let base = typed.base.clone();
        let is_described = self.names.has(&base)
            && !PLAIN.contains(&base.as_str())
            && self
                .names
                .find(&base)
                .is_some_and(|name| !self.empty.contains(name));
        if is_described {
            let mut inner = &mut typed.kind;
            while let Kind::List(next) = inner {
                inner = next;
            }
            if !matches!(inner, Kind::Array | Kind::Blank) {
                *inner = Kind::Entity(base);
                typed.is_time = false;
            }
        }
        typed
    }

    fn demand(&mut self, field: &mut Field, line: &Line) {
        let Some(words) = &line.required else { return };
        let demand = table::demand(&words.text);
        field.required = demand.is_yes();
        match demand {
            Demand::Odd(says, text) => self.notes.note(
                words.at,
                format!("`{text}` of `{}` is read as {says}", field.name),
            ),
            Demand::Unknown(text) if text.is_empty() => self.notes.warning(
                words.at,
                format!(
                    "the required column of `{}` is empty; it is not required",
                    field.name
                ),
            ),
            Demand::Unknown(text) => self.notes.warning(
                words.at,
                format!(
                    "`{text}` says nothing known of whether `{}` is required; it is not",
                    field.name
                ),
            ),
            Demand::Plain(_) | Demand::Absent => {}
        }
        if !field.required && super::format::demands(&field.says) {
            self.notes.note(
                words.at,
                format!("the column says that `{}` is not required, its words demand it at times; the column is kept", field.name),
            );
        }
    }

    /// The type of a field, its entity looked up.
    fn resolve(&mut self, kind: &Kind, name: &str, line: &Line, place: Place) -> Type {
        let at = line.type_.at;
        let is_open = matches!(kind, Kind::Array | Kind::Any)
            || matches!(kind, Kind::List(inner) if **inner == Kind::Any);
        if is_open
            && place != Place::Query
            && let Some(entity) = self.namesake(name, &line.type_)
        {
            return match kind {
                Kind::Any => entity,
                _ => Type::List(Box::new(entity)),
            };
        }
        let ty = match kind {
            Kind::Text => Type::Text,
            Kind::Integer => Type::Integer,
            Kind::Number => Type::Number,
            Kind::Flag => Type::Flag,
            Kind::File => Type::File,
            Kind::Map => Type::Map,
            Kind::Any => Type::Any,
            Kind::Blank => {
                self.notes
                    .warning(at, format!("`{name}` has no type; it is taken for text"));
                Type::Text
            }
            Kind::Array => {
                let (item, what) = match place {
                    Place::Query => (Type::Text, "text, as all of a query"),
                    _ => (Type::Any, "anything"),
                };
                self.notes.note(
                    at,
                    format!("the page does not say what the list `{name}` holds; it holds {what}"),
                );
                Type::List(Box::new(item))
            }
            Kind::List(inner) => {
                let inner = self.resolve(inner, name, line, Place::Body);
                Type::List(Box::new(inner))
            }
            Kind::Entity(called) => self.entity(called, name, at),
        };
        let flat = match &ty {
            Type::List(inner) => inner.as_ref(),
            ty => ty,
        };
        if place == Place::Query
            && matches!(
                flat,
                Type::Any | Type::Map | Type::Entity(_) | Type::File | Type::List(_)
            )
        {
            self.notes.warning(
                at,
                format!(
                    "`{name}` travels in the query and is no single value; it is taken for text"
                ),
            );
            return match &ty {
                Type::List(_) => Type::List(Box::new(Type::Text)),
                _ => Type::Text,
            };
        }
        ty
    }

    /// The entity of a field's own name that no type names, for a field whose type says only that
    /// it is an object or a list.
    fn namesake(&mut self, field: &str, column: &Words) -> Option<Type> {
        let wanted = folded(field);
        if self.named.contains(&wanted) {
            return None;
        }
        let found = self
            .names
            .namesake(field)
            .map(str::to_owned)
            .filter(|found| !self.empty.contains(found))?;
        self.notes.note(
            column.at,
            format!(
                "`{}` does not say what `{field}` holds; by its name it is the entity `{found}`",
                column.text
            ),
        );
        Some(Type::Entity(found))
    }

    fn entity(&mut self, called: &str, field: &str, at: usize) -> Type {
        let Some(name) = self.names.find(called).map(str::to_owned) else {
            let (_, fields) = self
                .unknown
                .entry(called.to_owned())
                .or_insert_with(|| (at, Vec::new()));
            fields.push(field.to_owned());
            return Type::Any;
        };
        if name != called && self.told.insert(called.to_owned()) {
            self.notes
                .note(at, format!("`{called}` is taken for the entity `{name}`"));
        }
        if let Some(rivals) = self.names.rivals(called)
            && self.told.insert(format!("{called} of several"))
        {
            let rivals = rivals.join("` or `");
            self.notes.warning(
                at,
                format!("`{called}` may be `{rivals}`; it is taken for `{name}`"),
            );
        }
        if self.empty.contains(&name) {
            return Type::Any;
        }
        Type::Entity(name)
    }

    /// Tells of the types that the page names and never describes.
    fn tell_unknown(&mut self) {
        const MOST: usize = 12;
        for (called, (at, fields)) in std::mem::take(&mut self.unknown) {
            let shown = fields.iter().take(MOST).map(|field| format!("`{field}`"));
            let mut shown = shown.collect::<Vec<_>>().join(", ");
            if fields.len() > MOST {
                shown.push_str(&format!(" and {} more", fields.len() - MOST));
            }
            let what = match fields.len() {
                1 => "it holds".to_owned(),
                count => format!("these {count} fields hold"),
            };
            self.notes.warning(
                at,
                format!("the page names `{called}` as the type of {shown} and never describes it; {what} any value"),
            );
        }
    }
}

/// The longest name of a field, in bytes; what is longer is a torn page, and no key of YAML.
const LONGEST_NAME: usize = 200;

/// Where fields travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Query,
    Body,
    Answer,
}

/// Where the first row of each name stands.
type Index = BTreeMap<String, usize>;

fn index(lines: &[Line]) -> Index {
    let mut index = Index::new();
    for (at, line) in lines.iter().enumerate() {
        index.entry(line.name.text.clone()).or_insert(at);
    }
    index
}

/// Adds the rows of a second table of the same entity: those whose names are new.
fn merge(first: &mut Vec<Line>, index: &mut Index, more: Vec<Line>) {
    const MOST: usize = 2000;
    let demand = |line: &Line| line.required.as_ref().map(|words| words.text.clone());
    let mut added = Vec::new();
    for line in more {
        let known = index.get(&line.name.text).and_then(|at| first.get(*at));
        let differs = known.is_none_or(|known| {
            known.type_.text != line.type_.text
                || known.says.text != line.says.text
                || known.more != line.more
                || demand(known) != demand(&line)
        });
        // One that differs is kept, so that it is told with the duplicates.
        if known.is_none() || (first.len() < MOST && differs) {
            added.push(line);
        }
    }
    for line in added {
        index.entry(line.name.text.clone()).or_insert(first.len());
        first.push(line);
    }
}

fn request(sections: &Sections, endpoint: &mut Endpoint, notes: &mut Notes) {
    let shown = sections
        .command
        .as_ref()
        .map(|words| example::command(&words.text))
        .unwrap_or_default();
    let mut maker = Maker::new(notes);
    let shapes = maker.shapes(&sections.body.shapes, Place::Body);
    let query_lines = sections
        .query
        .as_ref()
        .map(|table| maker.lines(table, Place::Query));
    let main = sections
        .body
        .main
        .as_ref()
        .map(|table| maker.lines(table, Place::Body));
    // A table under `请求参数` itself travels where the method lets it.
    let is_query = endpoint.method == "get" && !sections.body_is_named;
    if let Some(lines) = query_lines {
        endpoint.query = maker.fields(lines, Place::Query);
    }
    if let Some(lines) = main {
        if is_query {
            let more = maker.fields(lines, Place::Query);
            endpoint.query.extend(more);
        } else {
            let fields = maker.fields(lines, Place::Body);
            endpoint.body = Some(fields).filter(|fields| !fields.is_empty());
        }
    }
    endpoint.entities = entities(&mut maker, shapes, Place::Body);
    maker.tell_unknown();
    let has_none = endpoint.query.is_empty() && endpoint.body.is_none();
    if has_none && endpoint.method != "get" {
        maker.notes.warning(
            endpoint.path_at,
            "the page describes no field of the request; where it has any, they stand in no table \
             that can be read",
        );
    }
    let roots = endpoint.query.iter().chain(endpoint.body.iter().flatten());
    unreached(roots, &endpoint.entities, maker.notes);
    endpoint.media = media(sections, &shown, endpoint);
    let mut seen = Seen::default();
    look_at_query(&shown, sections, endpoint, &mut seen);
    if let (Some(words), Some((start, end))) = (&sections.command, shown.body) {
        let text = words.text.get(start..end).unwrap_or_default();
        match example::json(text, words.at + start) {
            Ok(json) => {
                if let Some(body) = &endpoint.body {
                    seen.look(&json, body, &endpoint.entities);
                }
                endpoint.request_example = Some(json);
            }
            Err((at, why)) => notes.note(
                at,
                format!(
                    "the example of the request cannot be read: {why}; nothing is taken from it"
                ),
            ),
        }
    }
    let at = sections.command.as_ref().map_or(0, |words| words.at);
    contradictions(
        &seen,
        endpoint.body.as_deref(),
        &endpoint.entities,
        at,
        notes,
    );
    for field in &mut endpoint.query {
        value::finish(field, "", &seen, notes);
        value::list_form(field, &shown, notes);
    }
    for field in endpoint.body.iter_mut().flatten() {
        value::finish(field, "", &seen, notes);
    }
    finish(&mut endpoint.entities, &seen, notes);
}

fn finish(entities: &mut [Entity], seen: &Seen, notes: &mut Notes) {
    for entity in entities {
        for field in &mut entity.fields {
            value::finish(field, &entity.name, seen, notes);
        }
    }
}

fn entities(
    maker: &mut Maker<'_>,
    shapes: Vec<(String, usize, Vec<Line>)>,
    place: Place,
) -> Vec<Entity> {
    let mut entities = Vec::with_capacity(shapes.len());
    for (name, at, lines) in shapes {
        let fields = maker.fields(lines, place);
        if !fields.is_empty() {
            entities.push(Entity { name, at, fields });
        }
    }
    entities
}

/// Tells of entities that no field leads to.
fn unreached<'a>(
    roots: impl Iterator<Item = &'a Field>,
    entities: &'a [Entity],
    notes: &mut Notes,
) {
    let by_name: BTreeMap<&str, &Entity> = entities
        .iter()
        .map(|entity| (entity.name.as_str(), entity))
        .collect();
    let mut reached = BTreeSet::new();
    let mut open: Vec<&Type> = roots.map(|field| &field.ty).collect();
    while let Some(ty) = open.pop() {
        match ty {
            Type::List(inner) => open.push(inner),
            Type::Entity(name) if reached.insert(name.as_str()) => {
                let found = by_name.get(name.as_str());
                open.extend(
                    found
                        .iter()
                        .flat_map(|entity| entity.fields.iter().map(|field| &field.ty)),
                );
            }
            _ => {}
        }
    }
    for entity in entities {
        if !reached.contains(entity.name.as_str()) {
            notes.warning(
                entity.at,
                format!(
                    "no field leads to the entity `{}`; it stands in the spec alone",
                    entity.name
                ),
            );
        }
    }
}

fn media(sections: &Sections, shown: &example::Shown, endpoint: &Endpoint) -> Media {
    let says = |words: &Words| {
        words
            .text
            .to_ascii_lowercase()
            .contains("multipart/form-data")
    };
    let header = sections
        .headers
        .iter()
        .flat_map(|grid| &grid.rows)
        .any(|row| row.cells.iter().any(says));
    let has_file = endpoint.body.iter().flatten().any(|field| {
        matches!(&field.ty, Type::File) || field.ty == Type::List(Box::new(Type::File))
    });
    if header || has_file || shown.is_form {
        Media::Multipart
    } else {
        Media::Json
    }
}

/// The query of the command line, against the table.
fn look_at_query(
    shown: &example::Shown,
    sections: &Sections,
    endpoint: &mut Endpoint,
    seen: &mut Seen,
) {
    let at = sections.command.as_ref().map_or(0, |words| words.at);
    let known: BTreeMap<String, usize> = endpoint
        .query
        .iter()
        .enumerate()
        .map(|(at, field)| (field.name.clone(), at))
        .collect();
    let mut has = BTreeSet::new();
    for (name, value) in &shown.query {
        match known.get(name).and_then(|at| endpoint.query.get_mut(*at)) {
            None => seen.odd.push((
                at,
                format!(
                    "the example's query has `{name}`, which the table does not; it is not taken"
                ),
            )),
            Some(field) => {
                has.insert(name.clone());
                field.example = Some(value.clone());
                if !matches!(field.ty, Type::List(_)) {
                    let json = Json::Text(value.clone());
                    seen.look_at(&json, &field.ty, &[], name, at);
                }
            }
        }
    }
    if !shown.query.is_empty() {
        for field in endpoint
            .query
            .iter()
            .filter(|field| !has.contains(&field.name))
        {
            seen.odd.push((
                field.at,
                format!(
                    "the example's query does not show `{}`; the table is kept",
                    field.name
                ),
            ));
        }
    }
}

fn contradictions(
    seen: &Seen,
    main: Option<&[Field]>,
    entities: &[Entity],
    at: usize,
    notes: &mut Notes,
) {
    for (at, what) in &seen.odd {
        notes.note(*at, what.clone());
    }
    let _ = at;
    let sides = main.map(|fields| ("", fields)).into_iter().chain(
        entities
            .iter()
            .map(|entity| (entity.name.as_str(), entity.fields.as_slice())),
    );
    for (owner, fields) in sides {
        for field in seen.missing(owner, fields) {
            notes.note(
                field.at,
                format!(
                    "the example does not show `{}`; the table is kept",
                    field.name
                ),
            );
        }
    }
}

fn answer(sections: &Sections, endpoint: &mut Endpoint, notes: &mut Notes) {
    let Side { main, shapes } = &sections.answer;
    let mut maker = Maker::new(notes);
    let shapes = maker.shapes(shapes, Place::Answer);
    let blank: BTreeSet<String> = shapes
        .iter()
        .filter(|(_, _, lines)| {
            !lines.is_empty() && lines.iter().all(|line| line.name.text.is_empty())
        })
        .map(|(name, _, _)| name.clone())
        .collect();
    let rows = match main {
        Some(table) => {
            let lines = maker.lines(table, Place::Answer);
            maker.fields(lines, Place::Answer)
        }
        None => {
            maker.notes.warning(
                endpoint.path_at,
                "the page describes no answer; only its envelope is known",
            );
            Vec::new()
        }
    };
    endpoint.answer.entities = entities(&mut maker, shapes, Place::Answer);
    maker.tell_unknown();
    unreached(rows.iter(), &endpoint.answer.entities, maker.notes);
    let mut seen = Seen::default();
    if let Some(words) = &sections.example {
        match example::json(&words.text, words.at) {
            Ok(json) => {
                seen.look(&json, &rows, &endpoint.answer.entities);
                endpoint.answer_example = Some(json);
            }
            Err((at, why)) => notes.note(
                at,
                format!(
                    "the example of the answer cannot be read: {why}; nothing is taken from it"
                ),
            ),
        }
    }
    contradictions(
        &seen,
        Some(&rows),
        &endpoint.answer.entities,
        endpoint.path_at,
        notes,
    );
    finish(&mut endpoint.answer.entities, &seen, notes);
    envelope(rows, main.as_ref(), &blank, endpoint, &seen, notes);
}

/// The envelopes of the vendor, by what the components call them.
const ENVELOPES: [(&str, &[(&str, Type)]); 2] = [
    (
        "Envelope",
        &[("errcode", Type::Integer), ("description", Type::Text)],
    ),
    (
        "UploadEnvelope",
        &[("errorCode", Type::Text), ("message", Type::Text)],
    ),
];

fn envelope(
    rows: Vec<Field>,
    table: Option<&Table>,
    blank: &BTreeSet<String>,
    endpoint: &mut Endpoint,
    seen: &Seen,
    notes: &mut Notes,
) {
    let has = |name: &str| rows.iter().any(|field| field.name == name);
    let (name, known) = ENVELOPES
        .iter()
        .find(|(_, known)| known.first().is_some_and(|(first, _)| has(first)))
        .unwrap_or(&ENVELOPES[0]);
    endpoint.answer.envelope = name;
    if !rows.is_empty() && !known.iter().any(|(name, _)| has(name)) {
        notes.warning(
            table.map_or(0, |table| table.at),
            "the answer's table names no code of the envelope; the usual envelope is taken",
        );
    }
    for mut field in rows {
        if field.name == "data" {
            let called = table
                .and_then(|table| {
                    table
                        .lines
                        .iter()
                        .find(|line| table::wire_name(&line.name.text) == "data")
                })
                .map(|line| line.type_.text.clone())
                .unwrap_or_default();
            let has_no_data = field.ty == Type::Any
                && naming::entity(called::latin(&called::word(&called)))
                    .is_some_and(|name| blank.contains(&name));
            if has_no_data {
                notes.note(
                    field.at,
                    "the page describes `data` by a row without a name; the answer holds no data",
                );
                continue;
            }
            endpoint.answer.data = Some(field.ty);
            continue;
        }
        match known.iter().find(|(name, _)| *name == field.name) {
            Some((_, ty)) if *ty == field.ty => {}
            Some(_) => notes.note(
                field.at,
                format!(
                    "`{}` of the envelope has another type here; the envelope's is kept",
                    field.name
                ),
            ),
            None => {
                notes.warning(
                    field.at,
                    format!(
                        "`{}` stands beside `data`, outside of the envelope; it is taken there",
                        field.name
                    ),
                );
                value::finish(&mut field, "", seen, notes);
                endpoint.answer.beside.push(field);
            }
        }
    }
}
