//! The operations of the spec, by path and method.
//!
//! Owns what of an operation is read from the bundle. Must not know whether a request fits it, nor
//! how an answer is made. Must not use: `crate::fault`, `crate::spec::sample`, `crate::spec::validate`.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::resource::{Resource, Role};
use super::root::{Root, lean};
use super::schema::{properties, resolve};
use crate::request::{Head, Request};
use crate::verdict::Verdict;

/// The whole bundle with an index by path and method.
#[derive(Debug)]
pub(crate) struct Spec {
    pub(super) root: Root,
    operations: HashMap<String, Vec<Operation>>,
    records: BTreeMap<String, RecordKind>,
}

/// A kind of record, from all operations that read or write it.
#[derive(Debug, Default)]
pub(crate) struct RecordKind {
    /// What the vendor's general operations call it.
    pub(crate) entity: Option<String>,
    /// Whether an operation saves it.
    pub(crate) is_saved: bool,
    /// The field of its save with its number.
    pub(crate) number: Option<String>,
    /// The field of its save with the caller's reference.
    pub(crate) key: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Operation {
    /// `ls.mall_recharge`.
    pub(crate) id: String,
    /// In upper case.
    pub(crate) method: String,
    /// The field with the caller's reference (`x-jdy-key`).
    key: Option<String>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<Body>,
    pub(super) answer: Value,
    pub(super) example: Option<Value>,
    pub(crate) verdict: Option<Verdict>,
    /// The record that it reads or writes (`x-jdy-resource`).
    pub(crate) resource: Option<Resource>,
}

#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) required: bool,
    pub(super) schema: Value,
}

#[derive(Debug)]
pub(super) enum Body {
    Json { required: bool, schema: Value },
    Multipart { schema: Value },
}

impl Spec {
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let (root, paths) = Root::read(text)?;
        let mut operations = HashMap::new();
        let mut records = BTreeMap::new();
        for (path, item) in paths {
            let item: Value =
                serde_json::from_str(item.get()).map_err(|error| error.to_string())?;
            let item = resolve(&root, &item);
            let methods = ["get", "post", "put", "delete", "patch"];
            let here: Vec<Operation> = methods
                .iter()
                .filter_map(|method| Some(Operation::read(&root, method, item.get(method)?)))
                .collect();
            here.iter().for_each(|one| note(&mut records, one));
            operations.insert(path, here);
        }
        Ok(Self {
            root,
            operations,
            records,
        })
    }

    /// The kinds of records, by their names.
    pub(crate) fn records(&self) -> &BTreeMap<String, RecordKind> {
        &self.records
    }

    /// The operations of a path; `None` if the spec does not have the path.
    pub(crate) fn at(&self, path: &str) -> Option<&[Operation]> {
        self.operations.get(path).map(Vec::as_slice)
    }

    /// The id of the operation at this method and path.
    pub(crate) fn id_at(&self, head: &Head) -> Option<String> {
        let operations = self.at(head.path())?;
        let found = operations.iter().find(|one| one.method == head.method)?;
        Some(found.id.clone())
    }

    /// The caller's reference, if the operation has one and the body holds it as text.
    pub(crate) fn key_in(&self, request: &Request) -> Option<String> {
        let operation = self.operation_of(request)?;
        let body: Value = serde_json::from_slice(&request.body).ok()?;
        // `a.b` is the field of each item of `a`; the first one names the request.
        let mut path = operation.key.as_ref()?.split('.');
        let key = path.try_fold(&body, |value, name| value.get(0).unwrap_or(value).get(name))?;
        Some(key.as_str()?.to_owned())
    }

    /// The fields of a request that its operation does not know. Those of a form do not count.
    pub(crate) fn extras_in(&self, request: &Request) -> Vec<String> {
        let Some(operation) = self.operation_of(request) else {
            return Vec::new();
        };
        let known = |name: &str| operation.parameters.iter().any(|one| one.name == name);
        let mut extras: Vec<String> = request.pairs().into_iter().map(|(name, _)| name).collect();
        extras.retain(|name| !known(name));
        let properties = match &operation.body {
            Some(Body::Multipart { .. }) => return extras,
            Some(Body::Json { schema, .. }) => properties(&self.root, resolve(&self.root, schema)),
            None => BTreeMap::new(),
        };
        if let Ok(Value::Object(fields)) = serde_json::from_slice(&request.body) {
            let names = fields.into_iter().map(|(name, _)| name);
            extras.extend(names.filter(|name| !properties.contains_key(name.as_str())));
        }
        extras
    }

    fn operation_of(&self, request: &Request) -> Option<&Operation> {
        let operations = self.at(request.head.path())?;
        operations
            .iter()
            .find(|one| one.method == request.head.method)
    }

    /// The fields of an operation's request, with their schemas.
    pub(crate) fn fields<'a>(&'a self, operation: &'a Operation) -> Vec<(&'a str, &'a Value)> {
        let query = operation.parameters.iter();
        let query = query.map(|parameter| (parameter.name.as_str(), &parameter.schema));
        let body = match &operation.body {
            Some(Body::Json { schema, .. }) => properties(&self.root, resolve(&self.root, schema)),
            Some(Body::Multipart { .. }) | None => BTreeMap::new(),
        };
        query.chain(body).collect()
    }
}

/// Adds what an operation says of its kind of record.
fn note(records: &mut BTreeMap<String, RecordKind>, operation: &Operation) {
    let Some(resource) = &operation.resource else {
        return;
    };
    let kind = records.entry(resource.name.clone()).or_default();
    if kind.entity.is_none() {
        kind.entity.clone_from(&resource.entity);
    }
    if resource.role == Role::Save {
        kind.is_saved = true;
        kind.number.clone_from(&resource.number);
        kind.key.clone_from(&operation.key);
    }
}

impl Operation {
    fn read(root: &Root, method: &str, node: &Value) -> Self {
        let parameters = node
            .get("parameters")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let parameters = parameters
            .map(|parameter| resolve(root, parameter))
            .filter(|parameter| parameter.get("in").and_then(Value::as_str) == Some("query"))
            .map(|parameter| Parameter {
                name: parameter
                    .get("name")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned(),
                required: is_required(parameter),
                schema: parameter.get("schema").map(lean).unwrap_or_default(),
            })
            .collect();
        let body = node
            .get("requestBody")
            .map(|body| Body::read(resolve(root, body)));
        let answer = node
            .pointer("/responses/200")
            .map(|answer| resolve(root, answer));
        let content = answer.and_then(|answer| answer.pointer("/content/application~1json"));
        let of = |key| content.and_then(|content| content.get(key));
        Self {
            id: node
                .get("operationId")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            method: method.to_ascii_uppercase(),
            key: node
                .get("x-jdy-key")
                .and_then(Value::as_str)
                .map(ToOwned::to_owned),
            parameters,
            body,
            answer: of("schema")
                .map(lean)
                .unwrap_or_else(|| json!({"type": "object"})),
            example: of("example").cloned(),
            verdict: Verdict::read(node),
            resource: Resource::read(node),
        }
    }
}

impl Body {
    fn read(node: &Value) -> Self {
        match node.pointer("/content/application~1json/schema") {
            Some(schema) => Self::Json {
                required: is_required(node),
                schema: lean(schema),
            },
            None => Self::Multipart {
                schema: node
                    .pointer("/content/multipart~1form-data/schema")
                    .map(lean)
                    .unwrap_or_default(),
            },
        }
    }
}

fn is_required(node: &Value) -> bool {
    node.get("required") == Some(&Value::Bool(true))
}
