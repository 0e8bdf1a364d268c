//! One operation of a path file.
//!
//! Owns what an operation must have. Must not know other operations. Must not use: `crate::facts`,
//! `crate::load`.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::did_you_mean;
use crate::model::{BodyFormat, Field, Location, Operation, Type};
use crate::pointer;
use crate::tree::{Entry, Node};

use super::schema::{self, Side};
use super::{Context, fact, is_plain_name, owned, place_of};

/// Where an operation stands.
pub(super) struct At<'a> {
    /// `get`
    pub(super) keyword: &'static str,
    /// `GET`
    pub(super) method: &'static str,
    /// The path of the index line.
    pub(super) path: &'a str,
    /// The file within the spec folder.
    pub(super) file: &'a str,
}

/// Lowers one operation; `None` where it has no usable id, which was reported.
pub(super) fn lower(
    entry: &Entry,
    at: &At<'_>,
    context: &Context<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Operation> {
    let node = &entry.value;
    let (id, module, name) = id(entry, context, diagnostics)?;
    let request_side = Side::new(node, at, "request", diagnostics);
    let response_side = Side::new(node, at, "response", diagnostics);
    let mut sides = Sides {
        request: request_side,
        response: response_side,
    };
    let request = request(node, &mut sides.request, diagnostics);
    let data = data(node, at, context, &mut sides.response, diagnostics);
    let operation = Operation {
        module,
        name,
        id,
        method: at.method,
        path: at.path.to_owned(),
        file: at.file.to_owned(),
        title: owned(node, "summary").unwrap_or_default(),
        description: owned(node, "description"),
        url: node
            .get("externalDocs")
            .and_then(|docs| owned(docs, "url"))
            .unwrap_or_default(),
        source: node
            .get("x-jdy-source")
            .map(|source| owned(source, "operation").unwrap_or_default()),
        page: owned(node, "x-jdy-page").unwrap_or_default(),
        page_span: place_of(entry, "x-jdy-page"),
        effect: fact::effect(node, at.method),
        key: None,
        keyless: false,
        resource: None,
        verify: None,
        verdict: None,
        location: request.location,
        format: request.format,
        request: request.fields,
        data,
        request_entities: sides.request.finish(diagnostics),
        response_entities: sides.response.finish(diagnostics),
        span: place_of(entry, "operationId"),
    };
    Some(operation)
}

struct Sides<'a> {
    request: Side<'a>,
    response: Side<'a>,
}

fn id(
    entry: &Entry,
    context: &Context<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<(String, String, String)> {
    let node = entry.value.get("operationId")?;
    let id = node.text()?;
    let parts = id
        .split_once('.')
        .filter(|(m, n)| is_plain_name(m) && is_plain_name(n));
    let Some((module, name)) = parts else {
        diagnostics.add(
            Diagnostic::error(node.span, format!("`{id}` is no operation id"))
                .help("module.name, each of small letters, digits and `_`: ls.mall_recharge"),
        );
        return None;
    };
    if !context.modules.contains(module) {
        let known: Vec<&str> = context.modules.iter().copied().collect();
        let help = match did_you_mean::nearest(module, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "declare it under `tags` in openapi.yaml; there are: {}",
                known.join(", ")
            ),
        };
        diagnostics.add(
            Diagnostic::error(node.span, format!("`{module}` is no declared module (tag)"))
                .help(help),
        );
    }
    let tags = entry.value.get("tags").map_or(&[][..], Node::items);
    if let [tag] = tags {
        if let Some(text) = tag.text().filter(|text| *text != module) {
            diagnostics.add(
                Diagnostic::error(
                    tag.span,
                    format!("the tag is `{text}`, but the operation's id says `{module}`"),
                )
                .help("they are the same module: change one of them"),
            );
        }
    } else if let Some(tags) = entry.value.get("tags") {
        diagnostics.add(
            Diagnostic::error(tags.span, "an operation has one tag: its module")
                .help(format!("tags: [{module}]")),
        );
    }
    Some((id.to_owned(), module.to_owned(), name.to_owned()))
}

struct Request {
    location: Location,
    format: BodyFormat,
    fields: Vec<Field>,
}

fn request(node: &Node, side: &mut Side<'_>, diagnostics: &mut Diagnostics) -> Request {
    let parameters = node.get("parameters").map_or(&[][..], Node::items);
    let mut fields = Vec::new();
    for parameter in parameters {
        fields.extend(schema::parameter(parameter, side, diagnostics));
    }
    let mut request = Request {
        location: Location::Query,
        format: BodyFormat::Json,
        fields,
    };
    let Some(body) = node.get("requestBody") else {
        return request;
    };
    request.location = Location::Body;
    let Some(content) = body.get("content") else {
        return request;
    };
    let [media] = content.entries() else {
        diagnostics.add(Diagnostic::error(
            content.span,
            "a request body has one media type",
        ));
        return request;
    };
    request.format = match media.key.text() {
        "application/json" => BodyFormat::Json,
        "multipart/form-data" => BodyFormat::Multipart,
        other => {
            diagnostics.add(
                Diagnostic::error(
                    media.key.span,
                    format!("the media type `{other}` is not known here"),
                )
                .help("it is one of: application/json, multipart/form-data"),
            );
            BodyFormat::Json
        }
    };
    if let Some(schema) = media.value.entry("schema") {
        let mut fields = schema::fields(&schema.value, schema.key.span, side, diagnostics);
        if request.format == BodyFormat::Multipart {
            request.location = Location::Form;
            fields
                .iter_mut()
                .for_each(|field| field.location = Location::Form);
        }
        request.fields.extend(fields);
    }
    request
}

/// What `data` of the envelope holds.
fn data(
    node: &Node,
    at: &At<'_>,
    context: &Context<'_>,
    side: &mut Side<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Type> {
    let responses = node.entry("responses")?;
    let Some(ok) = responses.value.entry("200") else {
        diagnostics.add(
            Diagnostic::error(responses.key.span, "there is no answer `\"200\"`")
                .help("the answer of the product comes with status 200, its errors too"),
        );
        return None;
    };
    let content = ok.value.entry("content")?;
    let Some(media) = content.value.entry("application/json") else {
        diagnostics.add(
            Diagnostic::error(content.key.span, "the answer is not `application/json`")
                .help("the envelope is JSON; a call whose answer is something else is not known"),
        );
        return None;
    };
    let schema = media.value.entry("schema")?;
    let all_of = schema.value.get("allOf");
    let envelope = all_of.and_then(|list| list.items().first());
    let is_envelope = envelope
        .and_then(|envelope| envelope.text_of("$ref"))
        .filter(|text| {
            pointer::resolve(context.spec, at.file, text).is_none()
                || text.contains("#/components/schemas/")
        });
    if is_envelope.is_none() {
        diagnostics.add(
            Diagnostic::error(schema.key.span, "the answer is not the whole envelope")
                .help("`allOf` of a `$ref` to the envelope in openapi.yaml, and of `properties` with `data`"),
        );
        return None;
    }
    let rest = all_of.and_then(|list| list.items().get(1))?;
    let properties = rest.get("properties")?;
    for entry in properties
        .entries()
        .iter()
        .filter(|entry| entry.key.text() != "data")
    {
        diagnostics.add(
            Diagnostic::note(
                entry.key.span,
                format!(
                    "`{}` stands beside `data` in the answer: it is not generated",
                    entry.key.text()
                ),
            )
            .help("it is in the raw answer; fields of the envelope stand in openapi.yaml"),
        );
    }
    schema::of(properties.entry("data")?, side, diagnostics)
}
