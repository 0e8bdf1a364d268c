//! Schemas: entities, fields and their types.
//!
//! Owns which keywords fit which type. Must not know operations beyond their side. Must not use:
//! `crate::facts`, `crate::load`.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::did_you_mean;
use crate::model::{
    Code, Entity, Field, ListForm, Location, Scalar, ScalarType, Type, Wire, is_decimal, is_flag,
    is_integer,
};
use crate::tree::{Entry, Node, Reading};

use super::operation::At;
use super::owned;

/// The entities of one side of one operation, and which of them something refers to.
pub(super) struct Side<'a> {
    entries: &'a [Entry],
    prefix: String,
    used: BTreeSet<&'a str>,
}

impl<'a> Side<'a> {
    /// The entities of a side, `request` or `response`.
    pub(super) fn new(
        operation: &'a Node,
        at: &At<'_>,
        side: &'static str,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let entries = operation
            .get("x-jdy-entities")
            .and_then(|entities| entities.get(side))
            .map_or(&[][..], Node::entries);
        for entry in entries {
            let name = entry.key.text();
            let letters = name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if !letters || !name.bytes().any(|byte| byte.is_ascii_alphabetic()) {
                diagnostics.add(
                    Diagnostic::error(entry.key.span, format!("`{name}` cannot name an entity"))
                        .help("letters, digits and `_`; `x-jdy-name` gives a better Rust name"),
                );
            }
        }
        Self {
            entries,
            prefix: format!("#/{}/x-jdy-entities/{side}/", at.keyword),
            used: BTreeSet::new(),
        }
    }

    /// The entity that a `$ref` names.
    fn entity(&mut self, reference: &Node, diagnostics: &mut Diagnostics) -> Option<Type> {
        let text = reference.text()?;
        let Some(name) = text.strip_prefix(&self.prefix) else {
            diagnostics.add(
                Diagnostic::error(
                    reference.span,
                    format!("`$ref` to `{text}`: a field refers to entities of its own side of its own operation"),
                )
                .help(format!("they begin with `{}`", self.prefix)),
            );
            return None;
        };
        // A name that is not there was reported with the other `$ref`s.
        let entry = self.entries.iter().find(|entry| entry.key.text() == name)?;
        self.used.insert(entry.key.text());
        Some(Type::Entity(name.to_owned()))
    }

    /// Lowers the entities, reports those that nothing refers to, and cuts circles.
    pub(super) fn finish(mut self, diagnostics: &mut Diagnostics) -> Vec<Entity> {
        let entries = self.entries;
        let mut entities = Vec::with_capacity(entries.len());
        let mut edges: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let roots = std::mem::take(&mut self.used);
        for entry in entries {
            let fields = fields(&entry.value, entry.key.span, &mut self, diagnostics);
            edges.insert(
                entry.key.text(),
                std::mem::take(&mut self.used).into_iter().collect(),
            );
            entities.push(Entity {
                name: entry.key.text().to_owned(),
                better_name: owned(&entry.value, "x-jdy-name"),
                title: owned(&entry.value, "title"),
                description: owned(&entry.value, "description"),
                fields,
                used: false,
                span: entry.key.span,
            });
        }
        let used = reachable(&roots, &edges);
        for entity in &mut entities {
            entity.used = used.contains(entity.name.as_str());
            if !entity.used {
                diagnostics.add(
                    Diagnostic::note(
                        entity.span,
                        format!(
                            "no field refers to the entity `{}`: it is not generated",
                            entity.name
                        ),
                    )
                    .help("refer to it, or remove it"),
                );
            }
        }
        cut_circles(&mut entities, diagnostics);
        entities
    }
}

/// Everything that can be reached from the entities that fields of the operation refer to.
fn reachable<'a>(
    roots: &BTreeSet<&'a str>,
    edges: &BTreeMap<&'a str, Vec<&'a str>>,
) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = roots.iter().copied().collect();
    while let Some(name) = open.pop() {
        if reached.insert(name) {
            open.extend(edges.get(name).into_iter().flatten());
        }
    }
    reached
}

/// A record that holds itself in a place of its own has no end; in a list it has. So each circle
/// of such places is cut where it closes, and the place there holds any object.
#[allow(
    clippy::indexing_slicing,
    reason = "every place is that of an entity, and each list has one for each"
)]
fn cut_circles(entities: &mut [Entity], diagnostics: &mut Diagnostics) {
    let mut edges = direct(entities);
    let mut open = on_circles(&edges);
    for start in 0..entities.len() {
        while let Some(way) = circle(start, &edges, &open) {
            let names: Vec<&str> = way.iter().map(|at| entities[*at].name.as_str()).collect();
            let name = entities[start].name.clone();
            let what = format!(
                "the entity `{name}` holds itself: {}; here it is any object",
                names.join(" -> ")
            );
            let last = way.iter().rev().nth(1).copied().unwrap_or(start);
            let closes = |field: &&mut Field| matches!(&field.ty, Type::Entity(to) if *to == name);
            let Some(field) = entities[last].fields.iter_mut().find(closes) else {
                break;
            };
            field.ty = Type::Any;
            diagnostics.add(
                Diagnostic::note(field.span, what)
                    .help("a list of itself has an end, and keeps its type"),
            );
            if let Some(at) = edges[last].iter().position(|to| *to == start) {
                edges[last].remove(at);
            }
            open = on_circles(&edges);
        }
    }
}

/// The entities that each entity holds in places of their own.
fn direct(entities: &[Entity]) -> Vec<Vec<usize>> {
    let places: BTreeMap<&str, usize> = entities
        .iter()
        .enumerate()
        .map(|(at, entity)| (entity.name.as_str(), at))
        .collect();
    let held = |entity: &Entity| {
        let fields = entity.fields.iter().filter_map(|field| match &field.ty {
            Type::Entity(name) => places.get(name.as_str()).copied(),
            _ => None,
        });
        fields.collect()
    };
    entities.iter().map(held).collect()
}

/// Which entities may stand on a circle, so that long chains are not searched from each of their
/// links: one that holds none, or that none holds, does not, nor does what is left by them.
#[allow(
    clippy::indexing_slicing,
    reason = "every place is that of an entity, and each list has one for each"
)]
fn on_circles(edges: &[Vec<usize>]) -> Vec<bool> {
    let mut reversed = vec![Vec::new(); edges.len()];
    for (at, held) in edges.iter().enumerate() {
        for to in held {
            reversed[*to].push(at);
        }
    }
    let mut open = vec![true; edges.len()];
    for (ahead, back) in [(edges, reversed.as_slice()), (&reversed, edges)] {
        let mut left: Vec<usize> = ahead
            .iter()
            .map(|held| held.iter().filter(|to| open[**to]).count())
            .collect();
        let mut ready: Vec<usize> = (0..edges.len())
            .filter(|at| open[*at] && left[*at] == 0)
            .collect();
        while let Some(at) = ready.pop() {
            open[at] = false;
            for before in back[at].iter().filter(|before| open[**before]) {
                left[*before] -= 1;
                if left[*before] == 0 {
                    ready.push(*before);
                }
            }
        }
    }
    open
}

/// The shortest way from an entity back to itself.
#[allow(
    clippy::indexing_slicing,
    reason = "every place is that of an entity, and each list has one for each"
)]
fn circle(start: usize, edges: &[Vec<usize>], open: &[bool]) -> Option<Vec<usize>> {
    if !open[start] {
        return None;
    }
    // From where each was reached first.
    let mut from: BTreeMap<usize, usize> = BTreeMap::new();
    let mut next = std::collections::VecDeque::from([start]);
    while let Some(at) = next.pop_front() {
        for to in edges[at].iter().copied().filter(|to| open[*to]) {
            if to == start {
                let mut way = vec![start, at];
                let mut last = at;
                while last != start {
                    last = from.get(&last).copied().unwrap_or(start);
                    way.push(last);
                }
                way.reverse();
                return Some(way);
            }
            from.entry(to).or_insert_with(|| {
                next.push_back(to);
                at
            });
        }
    }
    None
}

/// One parameter of the query.
pub(super) fn parameter(
    node: &Node,
    side: &mut Side<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Field> {
    let name = node.get("name")?;
    let schema = node.entry("schema")?;
    let ty = of(schema, side, diagnostics)?;
    let mut flat = &ty;
    if let Type::List(item) = flat {
        flat = item;
    }
    let json = schema.value.text_of("x-jdy-list") == Some("json");
    if !json && !matches!(flat, Type::Scalar(_)) {
        diagnostics.add(
            Diagnostic::error(
                schema.key.span,
                "a query carries values and lists of values",
            )
            .help("what is more travels as one JSON text: `x-jdy-list: json` on a list"),
        );
    }
    let mut field = field(name.text()?, name.span, &schema.value, ty);
    field.demand(node.text_of("required") == Some("true"));
    field.location = Location::Query;
    Some(field)
}

/// The fields of an object with properties.
pub(super) fn fields(
    schema: &Node,
    name: Span,
    side: &mut Side<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<Field> {
    if schema.get("$ref").is_some() || schema.get("allOf").is_some() {
        diagnostics.add(
            Diagnostic::error(name, "properties are wanted here, not a reference")
                .help("write `type: object` and `properties`"),
        );
        return Vec::new();
    }
    let properties = schema.get("properties").map_or(&[][..], Node::entries);
    if properties.is_empty() {
        diagnostics.add(
            Diagnostic::error(name, "an empty schema: an object without properties")
                .help("add `properties`; any object at all is `additionalProperties: true` in the field itself"),
        );
        return Vec::new();
    }
    match schema.text_of("type") {
        Some("object") => {}
        Some(other) => diagnostics.add(Diagnostic::error(
            name,
            format!("`properties` belong to `type: object`, not to `{other}`"),
        )),
        None => diagnostics
            .add(Diagnostic::error(name, "the schema has no `type`").help("type: object")),
    }
    misplaced(
        schema,
        &[
            "type",
            "title",
            "description",
            "required",
            "properties",
            "x-jdy-name",
        ],
        "an object",
        diagnostics,
    );
    let required = required(schema, properties, diagnostics);
    let mut fields = Vec::with_capacity(properties.len());
    for entry in properties {
        if let Some(ty) = of(entry, side, diagnostics) {
            let mut field = field(entry.key.text(), entry.key.span, &entry.value, ty);
            field.demand(required.contains(entry.key.text()));
            fields.push(field);
        }
    }
    fields
}

fn required<'a>(
    schema: &'a Node,
    properties: &[Entry],
    diagnostics: &mut Diagnostics,
) -> BTreeSet<&'a str> {
    let mut required = BTreeSet::new();
    for item in schema.get("required").map_or(&[][..], Node::items) {
        let Some(name) = item.text() else {
            continue;
        };
        let known = || properties.iter().map(|entry| entry.key.text());
        if !known().any(|each| each == name) {
            let diagnostic =
                Diagnostic::error(item.span, format!("`{name}` is required, but no property"));
            diagnostics.add(match did_you_mean::nearest(name, known()) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic,
            });
        }
        if !required.insert(name) {
            diagnostics.add(Diagnostic::error(
                item.span,
                format!("`{name}` is required twice"),
            ));
        }
    }
    required
}

fn field(name: &str, span: Span, schema: &Node, ty: Type) -> Field {
    Field {
        name: name.to_owned(),
        better_name: owned(schema, "x-jdy-name"),
        title: owned(schema, "title"),
        description: owned(schema, "description"),
        location: Location::Body,
        required: false,
        ty,
        list: schema.text_of("x-jdy-list").and_then(ListForm::of_word),
        default: None,
        assumed: owned(schema, "default"),
        encrypted: schema.text_of("x-jdy-encrypted") == Some("true"),
        max_length: owned(schema, "maxLength"),
        scale: owned(schema, "x-jdy-scale"),
        minimum: owned(schema, "minimum"),
        maximum: owned(schema, "maximum"),
        span,
    }
}

/// The type of a schema under a name.
pub(super) fn of(
    entry: &Entry,
    side: &mut Side<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Type> {
    let schema = &entry.value;
    let name = entry.key.span;
    if let Some(reference) = schema.get("$ref") {
        return side.entity(reference, diagnostics);
    }
    if schema.entries().is_empty() {
        if matches!(schema.value, crate::tree::Value::Map(_)) {
            diagnostics.add(
                Diagnostic::error(name, format!("`{}` has an empty schema", entry.key.text()))
                    .help("`type` is always there; any object at all is `type: object` with `additionalProperties: true`"),
            );
        }
        return None;
    }
    let Some(column) = schema.text_of("type") else {
        if schema.get("type").is_none() {
            diagnostics.add(
                Diagnostic::error(name, format!("`{}` has no `type`", entry.key.text()))
                    .help("`type` is the column of the vendor's page, and always there"),
            );
        }
        return None;
    };
    match column {
        "array" => list(entry, side, diagnostics),
        "object" => object(entry, side, diagnostics),
        "string" if schema.get("format").is_some() => Some(Type::File),
        column => scalar(entry, ScalarType::of_word(column)?, diagnostics),
    }
}

const ALWAYS: [&str; 4] = ["type", "title", "description", "x-jdy-name"];

fn list(entry: &Entry, side: &mut Side<'_>, diagnostics: &mut Diagnostics) -> Option<Type> {
    let own = [
        "type",
        "title",
        "description",
        "x-jdy-name",
        "items",
        "x-jdy-list",
    ];
    misplaced(&entry.value, &own, "a list", diagnostics);
    let Some(items) = entry.value.entry("items") else {
        diagnostics.add(
            Diagnostic::error(
                entry.key.span,
                format!("the list `{}` has no `items`", entry.key.text()),
            )
            .help("say what it holds, for example `items: { type: string }`"),
        );
        return None;
    };
    let inner = of(items, side, diagnostics)?;
    Some(Type::List(Box::new(inner)))
}

fn is_plain_text(ty: &Type) -> bool {
    matches!(ty, Type::Scalar(scalar)
        if scalar.column == ScalarType::Text && scalar.wire.is_none() && scalar.codes.is_empty())
}

fn object(entry: &Entry, side: &mut Side<'_>, diagnostics: &mut Diagnostics) -> Option<Type> {
    let schema = &entry.value;
    if let Some(properties) = schema.entry("properties") {
        diagnostics.add(
            Diagnostic::error(properties.key.span, "an object within a field has no name")
                .help("move it under `x-jdy-entities` and refer to it with `$ref`"),
        );
        return None;
    }
    let own = [
        "type",
        "title",
        "description",
        "x-jdy-name",
        "additionalProperties",
    ];
    misplaced(schema, &own, "a map", diagnostics);
    let Some(each) = schema.entry("additionalProperties") else {
        diagnostics.add(
            Diagnostic::error(
                entry.key.span,
                format!("`{}` has an empty schema: an object without properties", entry.key.text()),
            )
            .help("refer to an entity with `$ref`; a map is `additionalProperties: { type: string }`, any object at all `additionalProperties: true`"),
        );
        return None;
    };
    if each.value.scalar().is_some() {
        return Some(Type::Any);
    }
    let inner = of(each, side, diagnostics)?;
    if is_plain_text(&inner) {
        return Some(Type::Map);
    }
    diagnostics.add(
        Diagnostic::error(
            each.key.span,
            "a map with the customer's own keys holds text",
        )
        .help("`additionalProperties: { type: string }`, or `true` for any object at all"),
    );
    None
}

fn scalar(entry: &Entry, column: ScalarType, diagnostics: &mut Diagnostics) -> Option<Type> {
    let schema = &entry.value;
    let own: &[&str] = match column {
        ScalarType::Text => &[
            "default",
            "maxLength",
            "minimum",
            "maximum",
            "x-jdy-wire",
            "x-jdy-scale",
            "x-jdy-codes",
            "x-jdy-encrypted",
        ],
        ScalarType::Integer | ScalarType::Number => &[
            "default",
            "minimum",
            "maximum",
            "x-jdy-wire",
            "x-jdy-scale",
            "x-jdy-codes",
        ],
        ScalarType::Flag => &["default", "x-jdy-wire", "x-jdy-codes"],
    };
    let allowed: Vec<&str> = ALWAYS.iter().chain(own).copied().collect();
    let what = match column {
        ScalarType::Text => "text",
        ScalarType::Integer => "a whole number",
        ScalarType::Number => "a number",
        ScalarType::Flag => "a boolean",
    };
    misplaced(schema, &allowed, what, diagnostics);
    let scalar = Scalar {
        column,
        wire: wire(schema, column, what, diagnostics),
        codes: codes(schema, diagnostics),
    };
    default(schema, &scalar, what, diagnostics);
    coded(schema, &scalar, what, diagnostics);
    limits(schema, diagnostics);
    Some(Type::Scalar(scalar))
}

/// Codes go with text, numbers and flags; and each is a value that the field can hold.
fn coded(schema: &Node, scalar: &Scalar, what: &str, diagnostics: &mut Diagnostics) {
    let (Some(list), false) = (schema.entry("x-jdy-codes"), scalar.codes.is_empty()) else {
        return;
    };
    let wire = schema.text_of("x-jdy-wire").unwrap_or_default();
    let allowed = scalar.wire.map(Wire::codes);
    match allowed {
        Some(0) => diagnostics.add(
            Diagnostic::error(list.key.span, format!("codes beside `x-jdy-wire: {wire}`"))
                .help("a value is one of its codes, or an amount or time; take one of the two out"),
        ),
        Some(count) if scalar.codes.len() != count => diagnostics.add(
            Diagnostic::error(
                list.key.span,
                format!(
                    "`x-jdy-wire: {wire}` has {count} codes, and here are {}",
                    scalar.codes.len()
                ),
            )
            .help("with any other number of codes it is not of this form: take the wire form out"),
        ),
        _ => {}
    }
    for code in scalar
        .codes
        .iter()
        .filter(|code| !holds(scalar, &code.code))
    {
        diagnostics.add(
            Diagnostic::error(
                code.span,
                format!("the code `{}` is no value of {what}", code.code),
            )
            .help("correct the code or the type by a fixup"),
        );
    }
}

/// Whether a field can hold a code.
fn holds(scalar: &Scalar, code: &str) -> bool {
    match scalar.column {
        ScalarType::Text => scalar.wire != Some(Wire::Flag) || is_flag(code),
        ScalarType::Integer => is_integer(code),
        ScalarType::Number => is_decimal(code),
        ScalarType::Flag => is_flag(code),
    }
}

/// A least value is not above the greatest.
fn limits(schema: &Node, diagnostics: &mut Diagnostics) {
    let bound = |name: &str| -> Option<(&Node, f64)> {
        let node = schema.get(name)?;
        Some((node, node.text()?.parse().ok()?))
    };
    if let (Some((node, least)), Some((other, greatest))) = (bound("minimum"), bound("maximum"))
        && least > greatest
    {
        diagnostics.add(
            Diagnostic::error(node.span, "`minimum` is above `maximum`: no value fits")
                .other(other.span, "the greatest"),
        );
    }
}

fn wire(
    schema: &Node,
    column: ScalarType,
    what: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Wire> {
    let node = schema.get("x-jdy-wire")?;
    let wire = Wire::of_word(node.text()?)?;
    if !wire.fits(column) {
        diagnostics.add(
            Diagnostic::error(
                node.span,
                format!("`x-jdy-wire: {}` does not fit {what}", node.text().unwrap_or_default()),
            )
            .help("`type` is the page's own column; the wire forms of each are a table in spec/README.md"),
        );
    }
    Some(wire)
}

fn codes(schema: &Node, diagnostics: &mut Diagnostics) -> Vec<Code> {
    let Some(list) = schema.entry("x-jdy-codes") else {
        return Vec::new();
    };
    if list.value.items().is_empty() {
        diagnostics.add(
            Diagnostic::error(list.key.span, "`x-jdy-codes` without codes")
                .help("list them, or leave the word out: then the field is plain"),
        );
    }
    let mut codes: Vec<Code> = Vec::new();
    for item in list.value.items() {
        let (Some(code), Some(label)) = (item.get("code"), item.text_of("label")) else {
            continue;
        };
        let Some(text) = code.text() else { continue };
        if let Some(first) = codes.iter().find(|first| first.code == text) {
            diagnostics.add(
                Diagnostic::error(
                    code.span,
                    format!("the code `{text}` stands here a second time"),
                )
                .other(first.span, "the first"),
            );
            continue;
        }
        codes.push(Code {
            code: text.to_owned(),
            label: label.to_owned(),
            better_name: owned(item, "name"),
            span: code.span,
        });
    }
    codes
}

/// A default is written as its column is, and is one that the field can hold.
fn default(schema: &Node, scalar: &Scalar, what: &str, diagnostics: &mut Diagnostics) {
    let Some(node) = schema.get("default") else {
        return;
    };
    let Some(value) = node.scalar() else { return };
    let whole = !value.text.contains(['.', 'e', 'E']);
    let fits = match (scalar.column, value.reading()) {
        (ScalarType::Text, Reading::Text) | (ScalarType::Number, Reading::Number) => true,
        (ScalarType::Integer, Reading::Number) => whole && value.text.parse::<i64>().is_ok(),
        (ScalarType::Flag, Reading::Flag) => true,
        // An absent or doubtful value was reported where the keyword was checked.
        (_, Reading::Null | Reading::Doubtful(_)) => return,
        _ => false,
    };
    if !fits {
        diagnostics.add(
            Diagnostic::error(
                node.span,
                format!("the default `{}` does not fit {what}", value.text),
            )
            .help("write it as the field is written: text in quotes, numbers bare"),
        );
        return;
    }
    let wire = match scalar.wire {
        Some(wire) => wire.is_default(&value.text),
        None if scalar.column == ScalarType::Number => is_decimal(&value.text),
        None => true,
    };
    if !wire {
        diagnostics.add(
            Diagnostic::error(
                node.span,
                format!("`{}` is no default for this wire form", value.text),
            )
            .help(
                "decimals are digits with a point, integers digits alone, flags 0 or 1; dates and times have no default",
            ),
        );
    }
    let known = scalar.codes.is_empty() || scalar.codes.iter().any(|code| code.code == value.text);
    if !known {
        diagnostics.add(
            Diagnostic::error(
                node.span,
                format!("the default `{}` is none of the codes", value.text),
            )
            .help("add it to `x-jdy-codes`"),
        );
    }
}

/// Keywords that say nothing about a schema of this kind.
fn misplaced(schema: &Node, allowed: &[&str], what: &str, diagnostics: &mut Diagnostics) {
    for entry in schema.entries() {
        let name = entry.key.text();
        let known = crate::keywords::schema_keywords().any(|keyword| keyword == name);
        if known && !allowed.contains(&name) {
            diagnostics.add(
                Diagnostic::error(
                    entry.key.span,
                    format!("`{name}` says nothing about {what}"),
                )
                .help(format!("{what} has: {}", allowed.join(", "))),
            );
        }
    }
}
