//! The document: which form a file has, its operations and its definitions.
//!
//! Owns where a form keeps things. Must not know what a field means.

use std::collections::{BTreeMap, BTreeSet};

use crate::example::Json;
use crate::note::Notes;

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Swagger 2.0.
    Swagger,
    /// OpenAPI 3.
    OpenApi,
}

impl Form {
    /// The word of the spec.
    #[must_use]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Swagger => "swagger",
            Self::OpenApi => "openapi",
        }
    }
}

/// Warns of each name that stands twice in one object of the file: which value is meant is not clear.
pub(crate) fn warn_of_repeated(value: &Json, notes: &mut Notes) {
    let mut names = BTreeSet::new();
    for (name, at, value) in value.entries() {
        if !names.insert(name) {
            let what = format!("`{name}` stands twice in one object; the last one counts");
            notes.warning(*at, what);
        }
        warn_of_repeated(value, notes);
    }
    for value in value.items() {
        warn_of_repeated(value, notes);
    }
}

/// A file of the whole API.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    root: &'a Json,
    /// Its form.
    pub(crate) form: Form,
    definitions: BTreeMap<&'a str, &'a Json>,
}

/// One operation of it.
#[derive(Debug)]
pub(crate) struct Operation<'a> {
    /// `post`
    pub(crate) method: &'static str,
    /// The path on the gateway.
    pub(crate) path: String,
    /// The path as the file has it.
    pub(crate) key: &'a str,
    /// Where it stands.
    pub(crate) at: usize,
    /// What the file says of it.
    pub(crate) node: &'a Json,
    /// Parameters of all operations of its path.
    pub(crate) shared: &'a [Json],
}

/// Where a `$ref` leads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    /// The name of the definition.
    pub(crate) name: &'a str,
    /// What it is.
    pub(crate) node: &'a Json,
}

const METHODS: [&str; 4] = ["get", "post", "put", "delete"];
/// What a path holds beside operations of the API.
const BESIDE: [&str; 5] = ["parameters", "summary", "description", "servers", "$ref"];

impl<'a> Document<'a> {
    /// A document.
    ///
    /// # Errors
    /// What the file is instead.
    pub(crate) fn of(root: &'a Json) -> Result<Self, String> {
        let version = |name: &str| match root.get(name) {
            Some(Json::Text(text) | Json::Number(text)) => Some(text.as_str()),
            _ => None,
        };
        let form = match (version("swagger"), version("openapi")) {
            (Some("2.0" | "2"), None) => Form::Swagger,
            (None, Some(text)) if text == "3" || text.starts_with("3.") => Form::OpenApi,
            (Some(other), None) | (None, Some(other)) => {
                return Err(format!(
                    "the file has the version `{}`; Swagger 2.0 and OpenAPI 3 are read",
                    short(other)
                ));
            }
            _ => return Err(instead(root)),
        };
        let Some(Json::Map(_)) = root.get("paths") else {
            return Err("the file has no `paths`".to_owned());
        };
        let definitions = match form {
            Form::Swagger => root.get("definitions"),
            Form::OpenApi => root
                .get("components")
                .and_then(|components| components.get("schemas")),
        };
        Ok(Self {
            root,
            form,
            definitions: definitions
                .map_or(&[][..], Json::entries)
                .iter()
                .map(|(name, _, node)| (name.as_str(), node))
                .collect(),
        })
    }

    /// The operations, in the order of the file; what is none of the API is reported.
    pub(crate) fn operations(&self, notes: &mut Notes) -> Vec<Operation<'a>> {
        let mut out = Vec::new();
        let prefix = self.prefix();
        for (key, _, item) in self.root.get("paths").map_or(&[][..], Json::entries) {
            let path = on_gateway(&format!("{prefix}{key}"));
            for (word, place, node) in item.entries() {
                if BESIDE.contains(&word.as_str()) || word.starts_with("x-") {
                    continue;
                }
                let method = METHODS
                    .iter()
                    .find(|method| **method == word.to_lowercase());
                let why = match (method, path.starts_with("/jdy/"), node) {
                    (Some(method), true, Json::Map(_)) => {
                        out.push(Operation {
                            method,
                            path: path.clone(),
                            key,
                            at: *place,
                            node,
                            shared: item.get("parameters").map_or(&[][..], Json::items),
                        });
                        continue;
                    }
                    (_, false, _) => "whose path is none of the API, as of a call for a token",
                    (None, ..) => "whose method is none of the API",
                    _ => "which is no object",
                };
                notes.note(
                    *place,
                    format!(
                        "`{} {}`, {why}; it is not taken",
                        short(&word.to_uppercase()),
                        short(key)
                    ),
                );
            }
        }
        out
    }

    /// What stands before each path: `basePath`, or the path of the first server.
    fn prefix(&self) -> String {
        let text = match self.form {
            Form::Swagger => self.root.text_of("basePath"),
            Form::OpenApi => self
                .root
                .get("servers")
                .and_then(|servers| servers.items().first())
                .and_then(|server| server.text_of("url")),
        };
        let text = text.unwrap_or_default();
        let path = match text.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
            None => text,
        };
        path.trim_end_matches('/').to_owned()
    }

    /// Where a `$ref` to a definition leads.
    #[must_use]
    pub(crate) fn target(&self, reference: &str) -> Option<Target<'a>> {
        let pointer = match self.form {
            Form::Swagger => "#/definitions/",
            Form::OpenApi => "#/components/schemas/",
        };
        let name = reference.strip_prefix(pointer)?;
        let name = name.replace("~1", "/").replace("~0", "~");
        let (name, node) = self.definitions.get_key_value(name.as_str())?;
        Some(Target { name, node })
    }

    /// A parameter, body or answer, which may stand elsewhere in the file.
    #[must_use]
    pub(crate) fn resolved(&self, node: &'a Json) -> Option<&'a Json> {
        const MAX_REFERENCES: usize = 8;
        let mut node = node;
        for _ in 0..MAX_REFERENCES {
            let Some(reference) = node.text_of("$ref") else {
                return Some(node);
            };
            let mut at = self.root;
            for part in reference.strip_prefix("#/")?.split('/') {
                at = at.get(&part.replace("~1", "/").replace("~0", "~"))?;
            }
            node = at;
        }
        None
    }
}

/// `/openapi/v2/x` of the file is `/jdy/v2/x` on the gateway.
fn on_gateway(path: &str) -> String {
    match path.strip_prefix("/openapi/") {
        Some(rest) => format!("/jdy/{rest}"),
        None => path.to_owned(),
    }
}

/// What a file is that is none of the API.
fn instead(root: &Json) -> String {
    const MAX_LISTED: usize = 5;
    let has = |name: &str| root.get(name).is_some();
    let is = if has("item") && has("info") {
        "a Postman collection"
    } else if has("log") {
        "a HAR archive"
    } else if has("$schema") {
        "a JSON schema"
    } else if has("errcode") || has("errorCode") {
        "an answer of the gateway"
    } else {
        ""
    };
    if !is.is_empty() {
        return format!("the file is {is}, and no Swagger 2.0 or OpenAPI 3");
    }
    let names: Vec<String> = root
        .entries()
        .iter()
        .take(MAX_LISTED)
        .map(|(name, ..)| format!("`{}`", short(name)))
        .collect();
    match names.as_slice() {
        [] => "the file is an empty JSON object, and no Swagger 2.0 or OpenAPI 3".to_owned(),
        names => format!(
            "the file is JSON with {}, and no Swagger 2.0 or OpenAPI 3",
            names.join(", ")
        ),
    }
}

/// A word of the file, as long as a person reads it.
#[must_use]
pub(crate) fn short(text: &str) -> String {
    const MAX_SHOWN_CHARS: usize = 60;
    text.chars().take(MAX_SHOWN_CHARS).collect()
}
