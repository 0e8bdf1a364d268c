//! Clashes: definitions whose name stands for several shapes.
//!
//! The vendor's file names a shape by its last word, so that the `Row` of one service replaced the
//! `Row` of all others. The pages are the witnesses: where they describe the place of a definition,
//! they agree with it or they do not. Owns which definition is believed. Must not know what becomes
//! of a field. Must not use: `crate::field_builder`, `crate::value`.

use std::collections::{BTreeMap, BTreeSet};

use crate::example::Json;
use crate::spec_folder::{self, SpecFolder};
use jdy_spec::tree::Node;

use super::document::{Document, Operation};
use super::schema::{properties, reference};

/// The definitions that cannot be trusted, and why not.
#[derive(Debug, Default)]
pub(crate) struct Clashes {
    names: BTreeMap<String, String>,
}

/// Who uses a definition, and what the pages say of it.
#[derive(Debug, Default)]
struct Uses {
    tags: BTreeSet<String>,
    agreeing: BTreeSet<String>,
    agree: usize,
    differ: usize,
}

impl Uses {
    /// Whether a page has its shape and another page has nothing of it.
    fn is_replaced(&self) -> bool {
        self.agree > 0 && self.differ > 0
    }

    /// Whether pages of several services have its shape, and hardly one has another.
    fn is_shared(&self) -> bool {
        self.agreeing.len() > 1 && self.differ * 10 <= self.agree
    }
}

impl Clashes {
    /// The clashes of a file. Where no page shows that its names clash, all are trusted; where one
    /// does, a definition of several services is trusted only if pages of several confirm it.
    #[must_use]
    pub(crate) fn find(
        operations: &[Operation<'_>],
        document: &Document<'_>,
        spec_folder: &SpecFolder,
    ) -> Self {
        let mut walk = Walk {
            document,
            uses: BTreeMap::new(),
        };
        for operation in operations {
            walk.operation(operation, spec_folder);
        }
        let several = |uses: &Uses| uses.tags.len() > 1;
        let has_clash = walk
            .uses
            .values()
            .any(|uses| several(uses) && uses.is_replaced());
        let names = walk
            .uses
            .into_iter()
            .filter(|(_, uses)| has_clash && several(uses) && !uses.is_shared())
            .map(|(name, uses)| {
                let why = format!(
                    "{} services use it, {} pages have its fields and {} have others",
                    uses.tags.len(),
                    uses.agree,
                    uses.differ
                );
                (name.to_owned(), why)
            })
            .collect();
        Self { names }
    }

    /// Why a definition cannot be trusted.
    #[must_use]
    pub(crate) fn why(&self, name: &str) -> Option<&str> {
        self.names.get(name).map(String::as_str)
    }
}

struct Walk<'a, 'd> {
    document: &'d Document<'a>,
    uses: BTreeMap<&'a str, Uses>,
}

/// An operation of the spec, to look up the entities of one side of it.
#[derive(Clone, Copy)]
struct Page<'p> {
    operation: &'p Node,
    side: &'static str,
}

impl<'p> Page<'p> {
    /// The schema that stands there, its entity looked up.
    fn at(self, schema: &'p Node) -> Option<&'p Node> {
        match schema.text_of("$ref") {
            None => Some(schema),
            Some(reference) => {
                let name = reference.rsplit('/').next()?;
                let entities = self.operation.get("x-jdy-entities")?;
                entities.get(self.side)?.get(name)
            }
        }
    }

    fn property(self, schema: &'p Node, name: &str) -> Option<&'p Node> {
        self.at(schema.get("properties")?.get(name)?)
    }
}

impl<'a> Walk<'a, '_> {
    fn operation(&mut self, operation: &Operation<'a>, spec_folder: &SpecFolder) {
        let tags = operation.node.get("tags").map_or(&[][..], Json::items);
        let tag = tags.first().and_then(Json::as_text).unwrap_or_default();
        let known = spec_folder
            .at(operation.method, &operation.path)
            .filter(|known| !known.sourced);
        let text = known.and_then(|known| spec_folder.text(&known.file));
        let parsed = text.and_then(|text| spec_folder::parse(&text).ok());
        let page = parsed
            .as_ref()
            .and_then(|parsed| parsed.root.get(operation.method));
        for (side, schema) in schemas(self.document, operation) {
            let page = page.map(|operation| Page { operation, side });
            let shape = page.and_then(|page| match side {
                "request" => page.at(page
                    .operation
                    .get("requestBody")?
                    .get("content")?
                    .entries()
                    .first()?
                    .value
                    .get("schema")?),
                _ => data(page),
            });
            self.schema(schema, tag, page.zip(shape), &mut Vec::new());
        }
    }

    fn schema(
        &mut self,
        schema: &'a Json,
        tag: &str,
        page: Option<(Page<'_>, &Node)>,
        open: &mut Vec<&'a str>,
    ) {
        const MAX_DEPTH: usize = 32;
        if let Some(items) = schema.get("items") {
            let inner = page.and_then(|(page, node)| {
                let inner = page.at(node.get("items")?)?;
                Some((page, inner))
            });
            return self.schema(items, tag, inner, open);
        }
        let depth = open.len();
        let mut node = schema;
        if let Some(target) = reference(schema).and_then(|to| self.document.target(to)) {
            if open.contains(&target.name) || depth > MAX_DEPTH {
                return;
            }
            open.push(target.name);
            node = target.node;
        }
        let fields = properties(self.document, node);
        if open.len() > depth && !fields.is_empty() {
            self.note(
                open.last().copied(),
                tag,
                &fields,
                page.map(|(_, node)| node),
            );
        }
        for (name, _, field) in fields {
            let inner = page.and_then(|(page, node)| Some((page, page.property(node, name)?)));
            self.schema(field, tag, inner, open);
        }
        open.truncate(depth);
    }

    /// Counts a use, and whether the page has the fields.
    fn note(
        &mut self,
        name: Option<&'a str>,
        tag: &str,
        fields: &[&'a (String, usize, Json)],
        page: Option<&Node>,
    ) {
        let Some(name) = name else { return };
        let uses = self.uses.entry(name).or_default();
        uses.tags.insert(tag.to_owned());
        let Some(properties) = page.and_then(|page| page.get("properties")) else {
            return;
        };
        let mine: BTreeSet<&str> = fields.iter().map(|(name, ..)| name.as_str()).collect();
        let theirs: BTreeSet<&str> = properties
            .entries()
            .iter()
            .map(|entry| entry.key.text())
            .collect();
        let both = mine.intersection(&theirs).count();
        let all = mine.union(&theirs).count();
        if both * 2 >= all {
            uses.agree += 1;
            uses.agreeing.insert(tag.to_owned());
        } else if both * 5 < all {
            uses.differ += 1;
        }
    }
}

/// What the answer's `data` is on a page.
fn data(page: Page<'_>) -> Option<&Node> {
    let answer = page.operation.get("responses")?.get("200")?;
    let media = answer.get("content")?.get("application/json")?;
    let parts = media.get("schema")?.get("allOf")?.items();
    let data = parts
        .iter()
        .find_map(|part| part.get("properties")?.get("data"))?;
    page.at(data)
}

/// The schemas of an operation: of its body and its answer.
fn schemas<'a>(
    document: &Document<'a>,
    operation: &Operation<'a>,
) -> Vec<(&'static str, &'a Json)> {
    let of_content = |node: &'a Json| {
        let (_, _, media) = node.get("content")?.entries().first()?;
        media.get("schema")
    };
    let parameters = operation
        .node
        .get("parameters")
        .map_or(&[][..], Json::items);
    let body = parameters
        .iter()
        .filter_map(|parameter| document.resolved(parameter))
        .find(|parameter| parameter.text_of("in") == Some("body"))
        .and_then(|body| body.get("schema"));
    let body = body.or_else(|| of_content(document.resolved(operation.node.get("requestBody")?)?));
    let answer = operation
        .node
        .get("responses")
        .and_then(|all| document.resolved(all.get("200")?))
        .and_then(|answer| answer.get("schema").or_else(|| of_content(answer)));
    body.map(|schema| ("request", schema))
        .into_iter()
        .chain(answer.map(|schema| ("response", schema)))
        .collect()
}
