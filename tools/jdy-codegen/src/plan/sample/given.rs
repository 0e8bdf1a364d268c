//! The request of the page's own example, where the spec has one.
//!
//! Owns where an example stands in the spec. Must not know types. Must not use: `crate::render`,
//! `crate::pages`, `crate::files`.

use jdy_spec::load::Spec;
use jdy_spec::model::Operation;
use jdy_spec::tree::Node;

/// The fields of an example, by name.
pub(super) struct Given<'a> {
    fields: Vec<(&'a str, &'a Node)>,
}

impl<'a> Given<'a> {
    /// The example of an operation's request: that of its parameters, and that of its body.
    pub(super) fn of(operation: &Operation, spec: &'a Spec) -> Self {
        let document = spec.documents.get(&operation.file);
        let node = document.and_then(|document| document.root.get(operation.keyword()));
        let parameters = node.and_then(|node| node.get("parameters"));
        let parameters = parameters.map_or(&[][..], Node::items).iter();
        let mut fields: Vec<(&str, &Node)> = parameters
            .filter_map(|parameter| Some((parameter.text_of("name")?, parameter.get("example")?)))
            .collect();
        let body = node.and_then(|node| node.get("requestBody"));
        let content = body.and_then(|body| body.get("content"));
        for media in content.map_or(&[][..], Node::entries) {
            let example = media.value.get("example");
            let entries = example.map_or(&[][..], Node::entries).iter();
            fields.extend(entries.map(|entry| (entry.key.text(), &entry.value)));
        }
        Self { fields }
    }

    /// Whether there is no example.
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// What it says of a field.
    pub(super) fn field(&self, name: &str) -> Option<&'a Node> {
        let mut fields = self.fields.iter();
        fields.find(|(own, _)| *own == name).map(|(_, node)| *node)
    }
}
