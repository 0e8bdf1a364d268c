//! Parts: an operation of the file as the tables that a page would have.
//!
//! Owns what a schema's type is called in a table, and which schema is an entity. Must not know
//! what becomes of a row.

use std::collections::{BTreeMap, BTreeSet};

use crate::block::{Grid, Row, Words};
use crate::example::Json;
use crate::kind::{self, Kind};
use crate::naming;
use crate::note::Notes;
use crate::section::{Sections, Shape, Side};
use crate::table::{Line, Table};

use super::clash::Clashes;
use super::document::{Document, Operation, short};
use super::packed;
use super::schema::{collect, is_empty, is_null, plain, properties, reference, type_word};
use crate::words;

/// Makes the parts of an operation.
pub(crate) struct Parts<'a, 'n> {
    document: &'a Document<'a>,
    clashes: &'a Clashes,
    notes: &'n mut Notes,
}

/// The entities of one side, as they are found.
#[derive(Default)]
struct Found<'a> {
    /// Names of definitions to the names of their entities.
    named: BTreeMap<&'a str, String>,
    taken: BTreeSet<String>,
    /// The entities: name, where it was found, and what it is.
    list: Vec<(String, usize, &'a Json)>,
    /// Whether an entity may stand there: in a query, none may.
    is_query: bool,
}

/// Where a row stands.
#[derive(Clone, Copy)]
enum Place {
    Request,
    Answer,
}

impl<'a, 'n> Parts<'a, 'n> {
    /// A builder of parts that reports to these notes.
    pub(crate) fn new(
        document: &'a Document<'a>,
        clashes: &'a Clashes,
        notes: &'n mut Notes,
    ) -> Self {
        Self {
            document,
            clashes,
            notes,
        }
    }

    /// The parts of an operation.
    ///
    /// # Errors
    /// Why the operation cannot be taken.
    pub(crate) fn sections(mut self, operation: &Operation<'a>) -> Result<Sections, String> {
        let mut sections = Sections::default();
        self.parameters(operation, &mut sections)?;
        let body = operation
            .node
            .get("requestBody")
            .and_then(|body| self.document.resolved(body));
        if let Some(body) = body {
            let (media, schema) = self.content(body);
            if let Some(schema) = schema {
                self.body(schema, operation, &mut sections)?;
            }
            if media.contains("multipart") {
                sections.headers.push(form_header(operation.at));
            }
        }
        self.answer(operation, &mut sections);
        Ok(sections)
    }

    fn parameters(
        &mut self,
        operation: &Operation<'a>,
        sections: &mut Sections,
    ) -> Result<(), String> {
        let own = operation
            .node
            .get("parameters")
            .map_or(&[][..], Json::items);
        let (mut query, mut form) = (Vec::new(), Vec::new());
        let mut found = Found {
            is_query: true,
            ..Found::default()
        };
        for parameter in own.iter().chain(operation.shared) {
            let Some(parameter) = self.document.resolved(parameter) else {
                self.notes.warning(
                    operation.at,
                    "a parameter refers to nothing in the file; it is not taken",
                );
                continue;
            };
            let name = parameter.text_of("name").unwrap_or_default();
            match parameter.text_of("in") {
                Some("body") => {
                    if let Some(schema) = parameter.get("schema") {
                        self.body(schema, operation, sections)?;
                    }
                }
                Some("query") => query.extend(self.parameter(parameter, &mut found)),
                Some("formData") => form.extend(self.parameter(parameter, &mut found)),
                Some("path") => {
                    return Err(format!(
                        "`{}` has the field `{}` in the path, which the spec has no form for",
                        operation.key,
                        short(name)
                    ));
                }
                place => self.notes.note(
                    operation.at,
                    format!(
                        "the parameter `{}` stands in `{}`; it is not taken",
                        short(name),
                        short(place.unwrap_or("nothing"))
                    ),
                ),
            }
        }
        if !query.is_empty() {
            sections.query = Some(Table::of(query, operation.at));
        }
        if !form.is_empty() {
            sections.headers.push(form_header(operation.at));
            sections.body_is_named = true;
            sections.body.main = Some(Table::of(form, operation.at));
        }
        Ok(())
    }

    /// A parameter as a row. In OpenAPI, type and title stand in its schema.
    fn parameter(&mut self, parameter: &'a Json, found: &mut Found<'a>) -> Option<Line> {
        let (name, at) = match parameter.entry("name") {
            Some((at, Json::Text(name))) => (name, at),
            _ => return None,
        };
        let schema = parameter.get("schema").unwrap_or(parameter);
        let required = parameter.get("required") == Some(&Json::Flag(true));
        let mut line = self.line(name, at, schema, required, Place::Request, found)?;
        if line.says.text.is_empty()
            && let Some(words) = parameter.text_of("description")
        {
            // `app_key` of `app_key` says nothing.
            let packed = packed::read(words);
            words_of(&mut line, &packed, at);
            if packed.says == name {
                line.says.text.clear();
            }
        }
        Some(line)
    }

    /// The schema of a body or an answer, and its media type.
    fn content(&mut self, node: &'a Json) -> (&'a str, Option<&'a Json>) {
        let all = node.get("content").map_or(&[][..], Json::entries);
        let known = all
            .iter()
            .find(|(name, ..)| name.contains("json"))
            .or_else(|| all.iter().find(|(name, ..)| name.contains("multipart")))
            .or_else(|| all.iter().find(|(name, ..)| name == "*/*"));
        match known {
            Some((name, _, media)) => (name, media.get("schema")),
            None => {
                if let Some((name, at, _)) = all.first() {
                    self.notes.warning(
                        *at,
                        format!(
                            "the content `{}` is none of the API; it is not taken",
                            short(name)
                        ),
                    );
                }
                ("", None)
            }
        }
    }

    /// The body's fields. A GET has none: they travel in its query, as on the pages.
    fn body(
        &mut self,
        schema: &'a Json,
        operation: &Operation<'a>,
        sections: &mut Sections,
    ) -> Result<(), String> {
        let Some(schema) = self.object(schema) else {
            return Err("the body is no object with fields that are known".to_owned());
        };
        if let Some(name) = self.clashing(schema.1) {
            return Err(format!(
                "the body is `{name}`, a name that stands for several shapes in the file"
            ));
        }
        let is_query = operation.method == "get";
        let mut found = Found {
            is_query,
            ..Found::default()
        };
        let lines = self.lines(schema.0, Place::Request, &mut found);
        sections.body_is_named = !is_query;
        sections.body = self.side(lines, Place::Request, found, operation.at);
        Ok(())
    }

    /// The answer: what the file describes is what a page calls `data`, unless it describes the
    /// envelope itself.
    fn answer(&mut self, operation: &Operation<'a>, sections: &mut Sections) {
        let schema = operation
            .node
            .get("responses")
            .and_then(|all| all.get("200").or_else(|| all.get("201")))
            .and_then(|answer| self.document.resolved(answer))
            .and_then(|answer| match answer.get("schema") {
                Some(schema) => Some(schema),
                None => self.content(answer).1,
            });
        let mut found = Found::default();
        let whole = schema.and_then(|schema| self.object(schema));
        let is_envelope = whole.is_some_and(|(node, _)| {
            self.properties(node)
                .iter()
                .any(|(name, ..)| matches!(name.as_str(), "errcode" | "errorCode"))
        });
        let lines = match whole {
            Some((node, _)) if is_envelope => self.lines(node, Place::Answer, &mut found),
            _ => {
                let mut lines = envelope(operation.at);
                let is_empty = whole.is_some_and(|(node, _)| is_empty(node));
                if let Some(schema) = schema.filter(|_| !is_empty) {
                    lines.extend(self.line(
                        "data",
                        operation.at,
                        schema,
                        false,
                        Place::Answer,
                        &mut found,
                    ));
                }
                lines
            }
        };
        sections.answer = self.side(lines, Place::Answer, found, operation.at);
    }

    /// The tables of a side: the outermost, and one for each entity that is found from it on.
    fn side(&mut self, main: Vec<Line>, place: Place, mut found: Found<'a>, at: usize) -> Side {
        let mut side = Side {
            main: Some(Table::of(main, at)),
            shapes: Vec::new(),
        };
        let mut next = 0;
        while let Some((name, at, node)) = found.list.get(next).cloned() {
            next += 1;
            let lines = self.lines(node, place, &mut found);
            side.shapes.push(Shape {
                name: Words { text: name, at },
                table: Some(Table::of(lines, at)),
            });
        }
        side
    }

    /// The rows of an object.
    fn lines(&mut self, node: &'a Json, place: Place, found: &mut Found<'a>) -> Vec<Line> {
        let mut demanded = BTreeSet::new();
        collect(self.document, node, 0, &mut |node| {
            let names = node.get("required").map_or(&[][..], Json::items);
            demanded.extend(names.iter().filter_map(Json::as_text));
        });
        let mut hidden = Vec::new();
        let mut lines = Vec::new();
        let properties = self.properties(node);
        if let (Place::Request, Some((_, at, _))) = (place, properties.first()) {
            self.undescribed(&demanded, &properties, *at);
        }
        for (name, at, schema) in properties {
            let is_hidden = ["title", "description"].iter().any(|word| {
                let text = schema.text_of(word).unwrap_or_default();
                words::HIDDEN.iter().any(|hidden| text.contains(hidden))
            });
            if is_hidden {
                hidden.push((*at, format!("`{}`", short(name))));
                continue;
            }
            let required = demanded.contains(name.as_str());
            lines.extend(self.line(name, *at, schema, required, place, found));
        }
        if let Some((at, _)) = hidden.first() {
            let names: Vec<&str> = hidden.iter().map(|(_, name)| name.as_str()).collect();
            self.notes.note(
                *at,
                format!(
                    "the file says that {} is for no caller; it is not taken",
                    names.join(", ")
                ),
            );
        }
        lines
    }

    /// Fields that are demanded and stand nowhere.
    fn undescribed(
        &mut self,
        demanded: &BTreeSet<&str>,
        properties: &[&(String, usize, Json)],
        at: usize,
    ) {
        let names: BTreeSet<&str> = properties.iter().map(|(name, ..)| name.as_str()).collect();
        for name in demanded.difference(&names) {
            let name = short(name);
            let what =
                format!("the file demands `{name}`, which it does not describe; it is not taken");
            self.notes.warning(at, what);
        }
    }

    /// Values that the file lists without saying what they mean: a code has a label.
    fn unlabelled(&mut self, name: &str, at: usize, schema: &Json) {
        const MAX_SHOWN: usize = 10;
        let items = schema.get("items").unwrap_or(schema);
        let values = items.get("enum").map_or(&[][..], Json::items);
        let shown: Vec<String> = values.iter().filter_map(plain).take(MAX_SHOWN).collect();
        if !shown.is_empty() {
            let what = format!(
                "the values of `{}` ({}) have no labels; they are not taken",
                short(name),
                short(&shown.join(", "))
            );
            self.notes.note(at, what);
        }
    }

    fn line(
        &mut self,
        name: &str,
        at: usize,
        schema: &'a Json,
        required: bool,
        place: Place,
        found: &mut Found<'a>,
    ) -> Option<Line> {
        self.unlabelled(name, at, schema);
        let type_ = self.type_of(schema, name, at, found, 0);
        let mut line = Line {
            name: words(name, at),
            type_: Words { text: type_, at },
            ..Line::default()
        };
        line.says.at = at;
        let title = schema.text_of("title").unwrap_or_default();
        let more = schema.text_of("description").unwrap_or_default();
        let packed = packed::read(if title.is_empty() { more } else { title });
        words_of(&mut line, &packed, at);
        if !title.is_empty() && more != title {
            line.more = more.to_owned();
        }
        if let (None, Some(example)) = (&line.example, schema.get("example").and_then(plain)) {
            line.example = Some(Words { text: example, at });
        }
        line.default = schema
            .get("default")
            .and_then(plain)
            .map(|text| Words { text, at });
        if line.required.is_none() && required {
            line.required = Some(words("true", at));
        }
        // What a caller must send does not say what comes back.
        if matches!(place, Place::Answer) {
            line.required = None;
        }
        Some(line)
    }

    /// What a table calls the type of a schema.
    fn type_of(
        &mut self,
        schema: &'a Json,
        field: &str,
        at: usize,
        found: &mut Found<'a>,
        depth: usize,
    ) -> String {
        const MAX_DEPTH: usize = 16;
        if depth > MAX_DEPTH {
            let what = format!("the type of `{}` leads back to itself", short(field));
            return self.any(at, &what);
        }
        if let Some(reference) = reference(schema) {
            return self.referred(reference, field, at, found, depth);
        }
        let choice = ["oneOf", "anyOf"].iter().find_map(|word| schema.get(word));
        if let Some(choice) = choice {
            let mut some = choice.items().iter().filter(|one| !is_null(one));
            return match (some.next(), some.next()) {
                (Some(only), None) => self.type_of(only, field, at, found, depth + 1),
                _ => {
                    let what = format!("`{}` is of one of several types", short(field));
                    self.any(at, &what)
                }
            };
        }
        if !self.properties(schema).is_empty() {
            return found.entity(None, field, at, schema);
        }
        match type_word(schema) {
            Some("array") => match schema.get("items").filter(|items| !is_empty(items)) {
                None => "array".to_owned(),
                Some(items) => {
                    let inner = self.type_of(items, field, at, found, depth + 1);
                    format!("List<{inner}>")
                }
            },
            Some("string") if schema.text_of("format") == Some("binary") => "File".to_owned(),
            Some("file") => "File".to_owned(),
            Some(word @ ("string" | "integer" | "number" | "boolean")) => word.to_owned(),
            Some("object") | None => match schema.get("additionalProperties") {
                Some(values) if type_word(values) == Some("string") => "Map<string>".to_owned(),
                _ => "object".to_owned(),
            },
            Some(other) => {
                let (other, field) = (short(other), short(field));
                self.any(at, &format!("the type `{other}` of `{field}` is not known"))
            }
        }
    }

    /// What a table calls the type of a definition: an entity where it has fields.
    fn referred(
        &mut self,
        reference: &str,
        field: &str,
        at: usize,
        found: &mut Found<'a>,
        depth: usize,
    ) -> String {
        let Some(target) = self.document.target(reference) else {
            let (reference, field) = (short(reference), short(field));
            return self.any(
                at,
                &format!("`{reference}` of `{field}` is not in the file"),
            );
        };
        if let Some(why) = self.clashes.why(target.name) {
            let (name, field) = (short(target.name), short(field));
            let what = format!(
                "`{name}` of `{field}` is a name that stands for several shapes in the file: {why}"
            );
            return self.any(at, &what);
        }
        if self.properties(target.node).is_empty() {
            return self.type_of(target.node, field, at, found, depth + 1);
        }
        found.entity(Some(target.name), target.name, at, target.node)
    }

    /// A type that nothing is known of, and why.
    fn any(&mut self, at: usize, why: &str) -> String {
        self.notes.warning(at, format!("{why}; it holds any value"));
        "object".to_owned()
    }

    /// The object that a schema is, and the definition that it was reached by.
    fn object(&self, schema: &'a Json) -> Option<(&'a Json, Option<&'a str>)> {
        const MAX_DEPTH: usize = 16;
        let (mut node, mut name) = (schema, None);
        for _ in 0..MAX_DEPTH {
            match reference(node) {
                Some(reference) => {
                    let target = self.document.target(reference)?;
                    (node, name) = (target.node, Some(target.name));
                }
                None => {
                    let is_object = matches!(type_word(node), Some("object"))
                        || (type_word(node).is_none() && matches!(node, Json::Map(_)))
                        || !self.properties(node).is_empty();
                    return is_object.then_some((node, name));
                }
            }
        }
        None
    }

    fn clashing(&self, name: Option<&'a str>) -> Option<&'a str> {
        name.filter(|name| self.clashes.why(name).is_some())
    }

    fn properties(&self, node: &'a Json) -> Vec<&'a (String, usize, Json)> {
        properties(self.document, node)
    }
}

impl<'a> Found<'a> {
    /// The name of an entity, which is found now or was before.
    fn entity(
        &mut self,
        definition: Option<&'a str>,
        called: &str,
        at: usize,
        node: &'a Json,
    ) -> String {
        if self.is_query {
            return "object".to_owned();
        }
        if let Some(name) = definition.and_then(|definition| self.named.get(definition)) {
            return name.clone();
        }
        let base = naming::entity(called).unwrap_or_else(|| "Entity".to_owned());
        let mut name = base.clone();
        let mut number = 1;
        // A name that a table reads as something else is none of an entity.
        while self.taken.contains(&name.to_lowercase())
            || kind::read(&name).kind != Kind::Entity(name.clone())
        {
            number += 1;
            name = format!("{base}_{number}");
        }
        self.taken.insert(name.to_lowercase());
        if let Some(definition) = definition {
            self.named.insert(definition, name.clone());
        }
        self.list.push((name.clone(), at, node));
        name
    }
}

/// Takes what a title says into a row.
fn words_of(line: &mut Line, packed: &packed::Packed<'_>, at: usize) {
    line.says = words(packed.says, at);
    let is_example = |text: &&str| !matches!(*text, "" | "[]" | "{}" | "object");
    line.example = packed
        .example
        .filter(is_example)
        .map(|text| words(text, at));
    let demand = packed.required.and_then(|text| text.lines().next());
    line.required = demand.map(|text| words(text, at)).or(line.required.take());
}

fn words(text: &str, at: usize) -> Words {
    Words {
        text: text.to_owned(),
        at,
    }
}

/// The rows of the envelope, which every answer has.
fn envelope(at: usize) -> Vec<Line> {
    let line = |name: &str, type_: &str| Line {
        name: words(name, at),
        type_: words(type_, at),
        ..Line::default()
    };
    vec![line("errcode", "integer"), line("description", "string")]
}

/// The header of a form with files.
fn form_header(at: usize) -> Grid {
    Grid {
        rows: vec![Row {
            cells: vec![words("Content-Type", at), words("multipart/form-data", at)],
            at,
        }],
        ..Grid::default()
    }
}
