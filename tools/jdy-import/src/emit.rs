//! Emission: the facts of an endpoint as an operation of the spec.
//!
//! Owns the order of keywords. Must not know how text is written, nor what stands in a file
//! already.

use jdy_spec::model::ScalarType;
use std::collections::BTreeMap;

use super::endpoint::{Endpoint, Entity, Field, Type};
use super::example::Json;
use super::yaml::Out;

/// Whether prose is carried over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prose {
    /// Facts alone.
    #[default]
    Leave,
    /// Whole descriptions and examples, for pages whose owner may.
    Keep,
}

/// The operation of an endpoint.
#[must_use]
pub(crate) fn operation(endpoint: &Endpoint, prose: Prose) -> Out {
    let mut out = Vec::new();
    put(&mut out, "operationId", Out::text(&endpoint.id));
    put(&mut out, "summary", Out::text(&endpoint.title));
    if let (Prose::Keep, Some(purpose)) = (prose, &endpoint.purpose) {
        put(&mut out, "description", Out::text(purpose));
    }
    put(
        &mut out,
        "tags",
        Out::List(vec![Out::text(&endpoint.module)]),
    );
    if let Some(url) = &endpoint.url {
        put(&mut out, "externalDocs", map([("url", Out::text(url))]));
    }
    if let Some(page) = &endpoint.page {
        put(&mut out, "x-jdy-page", Out::text(page));
    }
    if let Some(source) = &endpoint.source {
        let mut entries = vec![("form".to_owned(), Out::text(source.form))];
        if let Some(operation) = &source.operation {
            put(&mut entries, "operation", Out::text(operation));
        }
        put(&mut out, "x-jdy-source", Out::Map(entries));
    }
    let side = |side: &'static str| Side {
        prefix: format!("#/{}/x-jdy-entities/{side}/", endpoint.method),
        prose,
    };
    let (request, response) = (side("request"), side("response"));
    if !endpoint.query.is_empty() {
        let parameters = endpoint
            .query
            .iter()
            .map(|field| request.parameter(field))
            .collect();
        put(&mut out, "parameters", Out::List(parameters));
    }
    if let Some(body) = &endpoint.body {
        put(&mut out, "requestBody", request.body(endpoint, body));
    }
    put(&mut out, "responses", response.responses(endpoint));
    if let Some(entities) = entities(endpoint, &request, &response) {
        put(&mut out, "x-jdy-entities", entities);
    }
    Out::Map(out)
}

/// The entities of both sides, where there are any.
fn entities(endpoint: &Endpoint, request: &Side, response: &Side) -> Option<Out> {
    let sides = [
        ("request", request, &endpoint.entities),
        ("response", response, &endpoint.answer.entities),
    ];
    let mut out = Vec::new();
    for (name, side, entities) in sides {
        if !entities.is_empty() {
            put(&mut out, name, side.entities(entities));
        }
    }
    (!out.is_empty()).then_some(Out::Map(out))
}

/// What the envelope of an upload is, for a spec that does not have it yet.
#[must_use]
pub(crate) fn upload_envelope() -> Out {
    let field = |ty: &str, title: &str| map([("type", Out::text(ty)), ("title", Out::text(title))]);
    map([
        ("type", Out::text("object")),
        ("required", Out::List(vec![Out::text("errorCode")])),
        (
            "properties",
            map([
                ("errorCode", field("string", "返回码")),
                ("message", field("string", "返回信息")),
            ]),
        ),
    ])
}

fn put(out: &mut Vec<(String, Out)>, name: &str, value: Out) {
    out.push((name.to_owned(), value));
}

fn map<const N: usize>(entries: [(&str, Out); N]) -> Out {
    Out::Map(
        entries
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

fn number(value: u64) -> Out {
    Out::Bare(value.to_string())
}

struct Side {
    prefix: String,
    prose: Prose,
}

impl Side {
    fn parameter(&self, field: &Field) -> Out {
        let mut out = Vec::new();
        put(&mut out, "name", Out::text(&field.name));
        put(&mut out, "in", Out::text("query"));
        if field.required {
            put(&mut out, "required", Out::Bare("true".to_owned()));
        }
        put(&mut out, "schema", self.schema(field));
        if let (Prose::Keep, Some(example)) = (self.prose, &field.example) {
            put(&mut out, "example", Out::text(example));
        }
        Out::Map(out)
    }

    fn body(&self, endpoint: &Endpoint, fields: &[Field]) -> Out {
        let mut media = vec![("schema".to_owned(), self.object(fields))];
        if let (Prose::Keep, Some(example)) = (self.prose, &endpoint.request_example) {
            put(&mut media, "example", free(example));
        }
        map([
            ("required", Out::Bare("true".to_owned())),
            ("content", map([(endpoint.media.as_str(), Out::Map(media))])),
        ])
    }

    fn responses(&self, endpoint: &Endpoint) -> Out {
        let answer = &endpoint.answer;
        let reference = format!("../openapi.yaml#/components/schemas/{}", answer.envelope);
        let mut all = vec![map([("$ref", Out::Text(reference))])];
        let mut properties = Vec::new();
        if let Some(data) = &answer.data {
            put(&mut properties, "data", Out::Map(self.of(data)));
        }
        for field in &answer.beside {
            put(&mut properties, &field.name, self.schema(field));
        }
        if !properties.is_empty() {
            all.push(map([
                ("type", Out::text("object")),
                ("properties", Out::Map(properties)),
            ]));
        }
        let mut media = vec![("schema".to_owned(), map([("allOf", Out::List(all))]))];
        if let (Prose::Keep, Some(example)) = (self.prose, &endpoint.answer_example) {
            put(&mut media, "example", free(example));
        }
        map([
            (
                "200",
                map([
                    ("description", Out::text("成功")),
                    ("content", map([("application/json", Out::Map(media))])),
                ]),
            ),
            (
                "519",
                map([(
                    "$ref",
                    Out::text("../openapi.yaml#/components/responses/Gateway"),
                )]),
            ),
        ])
    }

    fn entities(&self, entities: &[Entity]) -> Out {
        Out::Map(
            entities
                .iter()
                .map(|entity| (entity.name.clone(), self.object(&entity.fields)))
                .collect(),
        )
    }

    fn object(&self, fields: &[Field]) -> Out {
        let mut out = vec![("type".to_owned(), Out::text("object"))];
        let required: Vec<Out> = fields
            .iter()
            .filter(|field| field.required)
            .map(|field| Out::text(&field.name))
            .collect();
        if !required.is_empty() {
            put(&mut out, "required", Out::List(required));
        }
        let properties = fields
            .iter()
            .map(|field| (field.name.clone(), self.schema(field)))
            .collect();
        put(&mut out, "properties", Out::Map(properties));
        Out::Map(out)
    }

    /// The schema of a type alone.
    fn of(&self, ty: &Type) -> Vec<(String, Out)> {
        let plain = |word: &str| vec![("type".to_owned(), Out::text(word))];
        match ty {
            Type::Scalar(scalar) => plain(scalar.as_str()),
            Type::File => {
                let mut out = plain("string");
                put(&mut out, "format", Out::text("binary"));
                out
            }
            Type::Map => {
                let mut out = plain("object");
                put(
                    &mut out,
                    "additionalProperties",
                    map([("type", Out::text("string"))]),
                );
                out
            }
            Type::Any => {
                let mut out = plain("object");
                put(
                    &mut out,
                    "additionalProperties",
                    Out::Bare("true".to_owned()),
                );
                out
            }
            Type::Entity(name) => vec![(
                "$ref".to_owned(),
                Out::Text(format!("{}{name}", self.prefix)),
            )],
            Type::List(inner) => {
                let mut out = plain("array");
                put(&mut out, "items", Out::Map(self.of(inner)));
                out
            }
        }
    }

    /// The schema of a field: type, label, words, then what is known beyond the type. Of a list,
    /// the codes are its items'.
    fn schema(&self, field: &Field) -> Out {
        let mut of_type = self.of(&field.ty).into_iter();
        let mut out: Vec<(String, Out)> = of_type.next().into_iter().collect();
        let mut rest: Vec<(String, Out)> = of_type.collect();
        if let Some(label) = &field.label {
            put(&mut out, "title", Out::text(label));
        }
        let says_more =
            !field.says.is_empty() && field.label.as_deref() != Some(field.says.as_str());
        if self.prose == Prose::Keep && says_more {
            put(&mut out, "description", Out::text(&field.says));
        } else if let Some(doc) = &field.doc {
            put(&mut out, "description", Out::text(doc));
        }
        let is_list = matches!(field.ty, Type::List(_));
        let codes = (!field.codes.is_empty()).then(|| codes(field));
        if is_list && let (Some(codes), Some((_, Out::Map(items)))) = (&codes, rest.last_mut()) {
            put(items, "x-jdy-codes", codes.clone());
        }
        out.append(&mut rest);
        if let Some(default) = &field.default {
            put(
                &mut out,
                "default",
                match field.ty {
                    Type::Scalar(ScalarType::Text) => Out::text(default),
                    _ => Out::Bare(default.clone()),
                },
            );
        }
        let limits = [
            ("maxLength", field.max_length),
            ("minimum", field.minimum),
            ("maximum", field.maximum),
        ];
        for (name, value) in limits {
            if let Some(value) = value {
                put(&mut out, name, number(value));
            }
        }
        if let Some(wire) = field.wire {
            put(&mut out, "x-jdy-wire", Out::text(wire.as_str()));
        }
        if let Some(scale) = field.scale {
            put(&mut out, "x-jdy-scale", number(scale));
        }
        if let Some(list) = field.list {
            put(&mut out, "x-jdy-list", Out::text(list.as_str()));
        }
        if field.encrypted {
            put(&mut out, "x-jdy-encrypted", Out::Bare("true".to_owned()));
        }
        if let (false, Some(codes)) = (is_list, codes) {
            put(&mut out, "x-jdy-codes", codes);
        }
        Out::Map(out)
    }
}

fn codes(field: &Field) -> Out {
    let code = |code: &super::codes::Code| {
        map([
            ("code", Out::text(&code.code)),
            ("label", Out::text(&code.label)),
        ])
    };
    Out::List(field.codes.iter().map(code).collect())
}

/// An example, as it is.
fn free(json: &Json) -> Out {
    match json {
        Json::Null => Out::Bare("null".to_owned()),
        Json::Flag(flag) => Out::Bare(flag.to_string()),
        Json::Number(text) => {
            let reads = jdy_spec::tree::Scalar {
                text: text.clone(),
                style: jdy_spec::tree::Style::Plain,
            };
            match reads.reading() {
                jdy_spec::tree::Reading::Number => Out::Bare(text.clone()),
                _ => Out::text(text),
            }
        }
        Json::Text(text) => Out::text(text),
        Json::List(items) => Out::List(items.iter().map(free).collect()),
        // A name that stands twice has its last value, as readers of JSON take it; one without
        // letters is no key of the spec.
        Json::Map(entries) => {
            let last: BTreeMap<&str, usize> = entries
                .iter()
                .enumerate()
                .map(|(at, (name, ..))| (name.as_str(), at))
                .collect();
            let kept = entries.iter().enumerate().filter(|(at, (name, ..))| {
                !name.trim().is_empty() && last.get(name.as_str()) == Some(at)
            });
            Out::Map(
                kept.map(|(_, (name, _, value))| (name.clone(), free(value)))
                    .collect(),
            )
        }
    }
}
