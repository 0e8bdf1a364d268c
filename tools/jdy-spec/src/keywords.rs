//! The declared subset of OpenAPI 3.1 and the `x-jdy-*` words, as data.
//!
//! The same table stands in `spec/README.md`; a test compares the two. Owns where a keyword may
//! stand and what it holds. Must not know how it is used. Must not use: `crate::tree`,
//! `crate::load`, `crate::lower`.

use crate::model::{Effect, ListForm, Role, Wire};

/// What a keyword holds.
#[derive(Debug)]
pub enum Shape {
    /// Text; a bare scalar that reads as anything else is refused.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number from 0.
    Count,
    /// A number.
    Number,
    /// One value of any kind.
    Scalar,
    /// Anything: an example.
    Free,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list.
    List(&'static Shape),
    /// A mapping whose names are the spec's own.
    Named(&'static Shape),
    /// A mapping of keywords.
    Object(&'static KeywordSet),
    /// `true`, or a mapping of keywords.
    TrueOr(&'static KeywordSet),
    /// Text, or a mapping to text whose names are the spec's own.
    TextOrNamed,
}

/// A place of the spec: which keywords may stand there.
#[derive(Debug)]
pub struct KeywordSet {
    /// Its name in reports and in the table.
    pub name: &'static str,
    /// The keywords.
    pub keywords: &'static [Keyword],
    /// Which keywords may stand beside a `$ref`; `None` where a `$ref` may not stand.
    pub beside_ref: Option<&'static [&'static str]>,
}

/// A keyword of a place.
#[derive(Debug)]
pub struct Keyword {
    /// The keyword.
    pub name: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// Whether the place must have it.
    pub need: Need,
}

/// Whether a place must have a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It must.
    Must,
    /// It may.
    May,
}

use Need::{May, Must};

const fn k(name: &'static str, shape: Shape, need: Need) -> Keyword {
    Keyword { name, shape, need }
}

const fn keyword_set(name: &'static str, keywords: &'static [Keyword]) -> KeywordSet {
    KeywordSet {
        name,
        keywords,
        beside_ref: None,
    }
}

/// All places, in the order of the table in `spec/README.md`.
pub static KEYWORD_SETS: &[&KeywordSet] = &[
    &ROOT,
    &INFO,
    &LICENSE,
    &SERVER,
    &TAG,
    &INDEX_LINE,
    &COMPONENTS,
    &SECURITY_SCHEME,
    &PATH_ITEM,
    &OPERATION,
    &DOCS,
    &PARAMETER,
    &REQUEST_BODY,
    &RESPONSE,
    &MEDIA,
    &ENTITIES,
    &SCHEMA,
    &CODE,
    &RESOURCE,
    &VERIFY,
    &VERDICT,
    &SOURCE,
    &FIXUPS,
    &FIXUP,
    &NAMES,
];

/// `openapi.yaml`.
pub static ROOT: KeywordSet = keyword_set(
    "root",
    &[
        k("openapi", Shape::Word(&["3.1.0", "3.1.1"]), Must),
        k("info", Shape::Object(&INFO), Must),
        k("servers", Shape::List(&Shape::Object(&SERVER)), Must),
        k(
            "security",
            Shape::List(&Shape::Named(&Shape::List(&Shape::Text))),
            May,
        ),
        k("tags", Shape::List(&Shape::Object(&TAG)), Must),
        k("paths", Shape::Named(&Shape::Object(&INDEX_LINE)), Must),
        k("components", Shape::Object(&COMPONENTS), May),
    ],
);

static INFO: KeywordSet = keyword_set(
    "info",
    &[
        k("title", Shape::Text, Must),
        k("version", Shape::Text, Must),
        k("description", Shape::Text, May),
        k("license", Shape::Object(&LICENSE), May),
    ],
);

static LICENSE: KeywordSet = keyword_set(
    "license",
    &[
        k("name", Shape::Text, Must),
        k("identifier", Shape::Text, May),
    ],
);

static SERVER: KeywordSet = keyword_set(
    "server",
    &[
        k("url", Shape::Text, Must),
        k("description", Shape::Text, May),
    ],
);

static TAG: KeywordSet = keyword_set(
    "tag",
    &[
        k("name", Shape::Text, Must),
        k("description", Shape::Text, May),
        k("x-jdy-own-crate", Shape::Flag, May),
        k("x-jdy-parts", Shape::Named(&Shape::List(&Shape::Text)), May),
    ],
);

static INDEX_LINE: KeywordSet = keyword_set("index line", &[k("$ref", Shape::Text, Must)]);

static COMPONENTS: KeywordSet = keyword_set(
    "components",
    &[
        k(
            "securitySchemes",
            Shape::Named(&Shape::Object(&SECURITY_SCHEME)),
            May,
        ),
        k("schemas", Shape::Named(&Shape::Object(&SCHEMA)), May),
        k("responses", Shape::Named(&Shape::Object(&RESPONSE)), May),
    ],
);

static SECURITY_SCHEME: KeywordSet = keyword_set(
    "security scheme",
    &[
        k("type", Shape::Word(&["apiKey"]), Must),
        k("in", Shape::Word(&["header"]), Must),
        k("name", Shape::Text, Must),
        k("description", Shape::Text, May),
    ],
);

/// A path's own file.
pub static PATH_ITEM: KeywordSet = keyword_set(
    "path file",
    &[
        k("get", Shape::Object(&OPERATION), May),
        k("post", Shape::Object(&OPERATION), May),
        k("put", Shape::Object(&OPERATION), May),
        k("delete", Shape::Object(&OPERATION), May),
    ],
);

static OPERATION: KeywordSet = keyword_set(
    "operation",
    &[
        k("operationId", Shape::Text, Must),
        k("summary", Shape::Text, Must),
        k("description", Shape::Text, May),
        k("tags", Shape::List(&Shape::Text), Must),
        k("externalDocs", Shape::Object(&DOCS), May),
        k("parameters", Shape::List(&Shape::Object(&PARAMETER)), May),
        k("requestBody", Shape::Object(&REQUEST_BODY), May),
        k("responses", Shape::Named(&Shape::Object(&RESPONSE)), Must),
        k("x-jdy-page", Shape::Text, May),
        k("x-jdy-source", Shape::Object(&SOURCE), May),
        k("x-jdy-effect", Shape::Word(Effect::WORDS), May),
        k("x-jdy-key", Shape::Text, May),
        k("x-jdy-keyless", Shape::Flag, May),
        k("x-jdy-resource", Shape::Object(&RESOURCE), May),
        k("x-jdy-verify", Shape::Object(&VERIFY), May),
        k("x-jdy-verdict", Shape::Object(&VERDICT), May),
        k("x-jdy-entities", Shape::Object(&ENTITIES), May),
    ],
);

static SOURCE: KeywordSet = keyword_set(
    "x-jdy-source",
    &[
        k("form", Shape::Word(&["swagger", "openapi"]), Must),
        k("operation", Shape::Text, May),
    ],
);

static DOCS: KeywordSet = keyword_set("externalDocs", &[k("url", Shape::Text, Must)]);

static PARAMETER: KeywordSet = keyword_set(
    "parameter",
    &[
        k("name", Shape::Text, Must),
        k("in", Shape::Word(&["query"]), Must),
        k("required", Shape::Flag, May),
        k("schema", Shape::Object(&SCHEMA), Must),
        k("example", Shape::Free, May),
    ],
);

static REQUEST_BODY: KeywordSet = keyword_set(
    "requestBody",
    &[
        k("required", Shape::Flag, May),
        k("content", Shape::Named(&Shape::Object(&MEDIA)), Must),
    ],
);

static RESPONSE: KeywordSet = KeywordSet {
    name: "response",
    keywords: &[
        k("$ref", Shape::Text, May),
        k("description", Shape::Text, Must),
        k("content", Shape::Named(&Shape::Object(&MEDIA)), May),
    ],
    beside_ref: Some(&[]),
};

static MEDIA: KeywordSet = keyword_set(
    "media type",
    &[
        k("schema", Shape::Object(&SCHEMA), Must),
        k("example", Shape::Free, May),
    ],
);

static ENTITIES: KeywordSet = keyword_set(
    "x-jdy-entities",
    &[
        k("request", Shape::Named(&Shape::Object(&SCHEMA)), May),
        k("response", Shape::Named(&Shape::Object(&SCHEMA)), May),
    ],
);

static SCHEMA: KeywordSet = KeywordSet {
    name: "schema",
    keywords: &[
        k("$ref", Shape::Text, May),
        k("type", Shape::Word(TYPES), May),
        k("format", Shape::Word(&["binary"]), May),
        k("title", Shape::Text, May),
        k("description", Shape::Text, May),
        k("required", Shape::List(&Shape::Text), May),
        k("properties", Shape::Named(&Shape::Object(&SCHEMA)), May),
        k("additionalProperties", Shape::TrueOr(&SCHEMA), May),
        k("items", Shape::Object(&SCHEMA), May),
        k("allOf", Shape::List(&Shape::Object(&SCHEMA)), May),
        k("default", Shape::Scalar, May),
        k("maxLength", Shape::Count, May),
        k("minimum", Shape::Number, May),
        k("maximum", Shape::Number, May),
        k("x-jdy-name", Shape::Text, May),
        k("x-jdy-wire", Shape::Word(Wire::WORDS), May),
        k("x-jdy-scale", Shape::Count, May),
        k("x-jdy-codes", Shape::List(&Shape::Object(&CODE)), May),
        k("x-jdy-list", Shape::Word(ListForm::WORDS), May),
        k("x-jdy-encrypted", Shape::Flag, May),
    ],
    beside_ref: Some(&["title", "description", "x-jdy-name"]),
};

/// The types of a schema.
pub static TYPES: &[&str] = &["string", "integer", "number", "boolean", "object", "array"];

static CODE: KeywordSet = keyword_set(
    "code",
    &[
        k("code", Shape::Text, Must),
        k("label", Shape::Text, Must),
        k("name", Shape::Text, May),
    ],
);

static RESOURCE: KeywordSet = keyword_set(
    "x-jdy-resource",
    &[
        k("name", Shape::Text, Must),
        k("role", Shape::Word(Role::WORDS), Must),
        k("entity", Shape::Text, May),
        k("of", Shape::Text, May),
        k("rows", Shape::Text, May),
        k("id", Shape::Text, May),
        k("number", Shape::Text, May),
        k(
            "by",
            Shape::Named(&Shape::Word(&["id", "number", "key"])),
            May,
        ),
        k("filters", Shape::Named(&Shape::Text), May),
        k("returns", Shape::Named(&Shape::Text), May),
    ],
);

static VERIFY: KeywordSet = keyword_set(
    "x-jdy-verify",
    &[
        k("operation", Shape::Text, Must),
        k("by", Shape::Named(&Shape::Text), May),
        k("with", Shape::Named(&Shape::Text), May),
        k("match", Shape::Named(&Shape::Text), May),
        k("look", Shape::List(&Shape::Text), May),
    ],
);

static VERDICT: KeywordSet = keyword_set(
    "x-jdy-verdict",
    &[
        k("rows", Shape::Text, May),
        k("of", Shape::Text, May),
        k("ids", Shape::Text, May),
        k("success", Shape::Text, May),
        k("done", Shape::List(&Shape::Text), May),
        k("errors", Shape::List(&Shape::Text), May),
        k("message", Shape::Text, May),
        k("none", Shape::List(&Shape::Text), May),
    ],
);

/// A file of corrections.
pub static FIXUPS: KeywordSet = keyword_set(
    "fixup file",
    &[k("fixups", Shape::List(&Shape::Object(&FIXUP)), Must)],
);

static FIXUP: KeywordSet = keyword_set(
    "fixup",
    &[
        k("name", Shape::Text, Must),
        k("why", Shape::Text, Must),
        k("link", Shape::Text, Must),
        k("file", Shape::Text, Must),
        k("at", Shape::Text, Must),
        k("from", Shape::Free, May),
        k("to", Shape::Free, May),
    ],
);

/// The file that names codes.
pub static NAMES: KeywordSet = keyword_set(
    "names file",
    &[
        k("labels", Shape::Named(&Shape::Text), May),
        k(
            "fields",
            Shape::Named(&Shape::Named(&Shape::TextOrNamed)),
            May,
        ),
    ],
);

/// The keywords of a schema.
pub fn schema_keywords() -> impl Iterator<Item = &'static str> {
    SCHEMA.keywords.iter().map(|keyword| keyword.name)
}
