//! Making: from the tables of one side of a page to its fields and entities.
//!
//! Owns what is one entity, and what a name, a type and a demand mean for a field. Must not know
//! the rest of a page.

use jdy_spec::model::ScalarType;
use std::collections::{BTreeMap, BTreeSet};

use super::block::Words;
use super::endpoint::{Entity, Field, Type};
use super::entities::{Names, folded};
use super::kind::{self, Kind, Typed};
use super::note::Notes;
use super::section::Shape;
use super::table::{self, Demand, Line, Table};
use super::value;
use crate::words;

/// Makes fields and entities of one side of a page.
pub(crate) struct FieldBuilder<'a> {
    /// What was decided.
    pub(crate) notes: &'a mut Notes,
    /// The names of the entities.
    names: Names,
    /// Types that are not described: where the first stands, and the fields of them.
    unknown: BTreeMap<String, (usize, Vec<String>)>,
    /// Entities that hold no field.
    empty: BTreeSet<String>,
    /// Entities that some type names.
    named: BTreeSet<String>,
    /// Types that were reported already.
    reported: BTreeSet<String>,
}

impl<'a> FieldBuilder<'a> {
    /// A builder that reports to these notes.
    pub(crate) fn new(notes: &'a mut Notes) -> Self {
        Self {
            notes,
            names: Names::default(),
            unknown: BTreeMap::new(),
            empty: BTreeSet::new(),
            named: BTreeSet::new(),
            reported: BTreeSet::new(),
        }
    }

    /// The entities of a side, those of one name as one; fields keep the order of the page.
    pub(crate) fn shapes(
        &mut self,
        shapes: &[Shape],
        place: FieldLocation,
    ) -> Vec<(String, usize, Vec<Line>)> {
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
                    // Rows without names, each reported by itself.
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

    /// The rows of a table, with a report of what was repaired.
    pub(crate) fn lines(&mut self, table: &Table, place: FieldLocation) -> Vec<Line> {
        for at in &table.repaired {
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
        if place != FieldLocation::Answer && table.demandless {
            let what = "no column that is known says which fields are required; one is where its words say so";
            match table.ignored.is_empty() {
                true => self.notes.note(table.at, what),
                false => self.notes.warning(table.at, what),
            }
        }
        if table.mute {
            self.notes.note(
                table.at,
                "no column describes the fields of this table; they have no labels",
            );
        }
        for (at, what) in &table.dropped {
            self.notes.note(*at, what.clone());
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

    /// The fields of these rows, in their order.
    pub(crate) fn fields(&mut self, lines: Vec<Line>, place: FieldLocation) -> Vec<Field> {
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

    fn field(&mut self, line: &Line, place: FieldLocation) -> Option<Field> {
        let name = self.name(line)?;
        let typed = self.typed(line);
        self.report_type(&typed, line, &name);
        // `items[]` of type `Row`: the name says that it is a list of them.
        let is_list = matches!(typed.kind, Kind::List(_) | Kind::Array);
        let kind = match typed.kind {
            one if !is_list && line.name.text.trim().ends_with("[]") => Kind::List(Box::new(one)),
            kind => kind,
        };
        let ty = self.resolve(&kind, &name, line, place);
        let mut field = Field {
            at: line.name.at,
            ty,
            required: false,
            label: None,
            doc: None,
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
            && field.ty == Type::Scalar(ScalarType::Text)
        {
            field.max_length = length.text.trim().parse().ok().or(field.max_length);
        }
        if typed.is_time && field.wire.is_none() {
            value::time_column(&mut field, line.type_.at, &line.type_.text, self.notes);
        }
        self.demand(&mut field, line, place);
        Some(field)
    }

    /// The name of a row's field; `None` where the row is none.
    fn name(&mut self, line: &Line) -> Option<String> {
        let name = table::wire_name(&line.name.text);
        let at = line.name.at;
        if name.is_empty() {
            self.nameless(line);
            return None;
        }
        if name.len() > MAX_NAME_BYTES {
            self.notes.error(
                at,
                format!(
                    "a name of {} bytes is none; the row is not taken",
                    name.len()
                ),
            );
            return None;
        }
        if table::is_crossed_out(&name) {
            self.notes.error(
                at,
                format!(
                    "the name `{name}` is crossed out, and whether the field is still there is not \
                     known; take out the row, or the marks"
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
        Some(name)
    }

    /// Reports a row without a name: an error where it says anything.
    fn nameless(&mut self, line: &Line) {
        if line.says.text.is_empty() && matches!(line.type_.text.as_str(), "" | "string") {
            self.notes
                .note(line.says.at, "a row without a name; there is no field");
            return;
        }
        self.notes.error(
            line.says.at,
            format!(
                "a row without a name: `{}` `{}`; it is not taken",
                line.type_.text, line.says.text
            ),
        );
    }

    /// Reports what was decided about a type.
    fn report_type(&mut self, typed: &Typed, line: &Line, name: &str) {
        let at = line.type_.at;
        let text = &line.type_.text;
        if typed.odd {
            self.notes.warning(
                at,
                format!("the type `{text}` of `{name}` could be read only in part"),
            );
        }
        if typed.bracketed {
            self.notes
                .note(at, format!("`{text}` of `{name}` is read as a list"));
        }
    }

    /// The type of a row. A name that the page describes is that entity, whatever else it could be:
    /// a `File` with fields is none of a form.
    fn typed(&self, line: &Line) -> Typed {
        let mut typed = kind::read(&line.type_.text);
        let base = typed.base.clone();
        let is_described = self.names.has(&base)
            && !words::PLAIN_TYPES.contains(&base.as_str())
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

    fn demand(&mut self, field: &mut Field, line: &Line, place: FieldLocation) {
        let Some(words) = &line.required else {
            // Without the column, the words alone may demand the field.
            if place != FieldLocation::Answer && super::format::demands_always(&field.says) {
                field.required = true;
                self.notes.note(
                    line.says.at,
                    format!(
                        "no column says whether `{}` is required, its words do; it is required",
                        field.name
                    ),
                );
            }
            return;
        };
        let demand = table::demand(&words.text);
        field.required = demand.is_yes();
        match demand {
            Demand::Odd(says, text) => self.notes.against(
                words.at,
                format!("`{text}` of `{}` is read as {says}", field.name),
            ),
            Demand::Both(text) => self.notes.warning(
                words.at,
                format!(
                    "`{text}` is both answers to whether `{}` is required, and none; it is not",
                    field.name
                ),
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
            Demand::Plain(_) => {}
        }
        if !field.required && super::format::demands(&field.says) {
            self.notes.note(
                words.at,
                format!("the column says that `{}` is not required, its words demand it at times; the column is kept", field.name),
            );
        }
    }

    /// The type of a field, its entity looked up.
    fn resolve(&mut self, kind: &Kind, name: &str, line: &Line, place: FieldLocation) -> Type {
        let at = line.type_.at;
        let is_open = matches!(kind, Kind::Array | Kind::Any)
            || matches!(kind, Kind::List(inner) if **inner == Kind::Any);
        if is_open
            && place != FieldLocation::Query
            && let Some(entity) = self.namesake(name, &line.type_)
        {
            return match kind {
                Kind::Any => entity,
                _ => Type::List(Box::new(entity)),
            };
        }
        let ty = match kind {
            Kind::Scalar(scalar) => Type::Scalar(*scalar),
            Kind::File => Type::File,
            Kind::Map => Type::Map,
            Kind::Any => Type::Any,
            Kind::Blank => {
                self.notes
                    .warning(at, format!("`{name}` has no type; it is taken for text"));
                Type::Scalar(ScalarType::Text)
            }
            Kind::Array => {
                let (item, what) = match place {
                    FieldLocation::Query => {
                        (Type::Scalar(ScalarType::Text), "text, as all of a query")
                    }
                    _ => (Type::Any, "anything"),
                };
                self.notes.note(
                    at,
                    format!("the page does not say what the list `{name}` holds; it holds {what}"),
                );
                Type::List(Box::new(item))
            }
            Kind::List(inner) => {
                let inner = self.resolve(inner, name, line, FieldLocation::Body);
                Type::List(Box::new(inner))
            }
            Kind::Entity(called) => self.entity(called, name, at),
        };
        if place == FieldLocation::Query {
            return self.of_query(ty, name, at);
        }
        ty
    }

    /// A type in the query: a single value or a list of such.
    fn of_query(&mut self, ty: Type, name: &str, at: usize) -> Type {
        let flat = match &ty {
            Type::List(inner) => inner.as_ref(),
            ty => ty,
        };
        if !matches!(
            flat,
            Type::Any | Type::Map | Type::Entity(_) | Type::File | Type::List(_)
        ) {
            return ty;
        }
        self.notes.warning(
            at,
            format!("`{name}` travels in the query and is no single value; it is taken for text"),
        );
        match ty {
            Type::List(_) => Type::List(Box::new(Type::Scalar(ScalarType::Text))),
            _ => Type::Scalar(ScalarType::Text),
        }
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
        if name != called && self.reported.insert(called.to_owned()) {
            self.notes
                .note(at, format!("`{called}` is taken for the entity `{name}`"));
        }
        if let Some(rivals) = self.names.rivals(called)
            && self.reported.insert(format!("{called} of several"))
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

    /// A type that the page names and does not describe.
    pub(crate) fn undescribed(&self) -> Option<&str> {
        self.unknown.keys().next().map(String::as_str)
    }

    /// Tells of the types that the page names and never describes.
    pub(crate) fn tell_unknown(&mut self) {
        const MAX_LISTED: usize = 12;
        for (called, (at, fields)) in std::mem::take(&mut self.unknown) {
            let shown = fields
                .iter()
                .take(MAX_LISTED)
                .map(|field| format!("`{field}`"));
            let mut shown = shown.collect::<Vec<_>>().join(", ");
            if fields.len() > MAX_LISTED {
                shown.push_str(&format!(" and {} more", fields.len() - MAX_LISTED));
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
const MAX_NAME_BYTES: usize = 200;

/// Where fields travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldLocation {
    /// In the query of a request.
    Query,
    /// In the body of a request.
    Body,
    /// In an answer.
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
    const MAX_ROWS: usize = 2000;
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
        // One that differs is kept, so that it is reported with the duplicates.
        if known.is_none() || (first.len() < MAX_ROWS && differs) {
            added.push(line);
        }
    }
    for line in added {
        index.entry(line.name.text.clone()).or_insert(first.len());
        first.push(line);
    }
}

/// The entities of a side, but for those without a field.
pub(crate) fn entities(
    builder: &mut FieldBuilder<'_>,
    shapes: Vec<(String, usize, Vec<Line>)>,
    place: FieldLocation,
) -> Vec<Entity> {
    let mut entities = Vec::with_capacity(shapes.len());
    for (name, at, lines) in shapes {
        let fields = builder.fields(lines, place);
        if !fields.is_empty() {
            entities.push(Entity { name, at, fields });
        }
    }
    entities
}

/// Tells of entities that no field leads to.
pub(crate) fn unreached<'a>(
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
