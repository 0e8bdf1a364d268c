//! The spec loader: any text, as the files of a spec folder.
//!
//! From text to generated code, in memory: a line `=== PATH` begins a file; text before the first
//! is a path file beneath a root that is well. It is understood or refused with diagnostics; what
//! is understood without an error is generated, and bundled as JSON. Owns these promises. Must not
//! know what a keyword means. Must not use: `jdy_import`, `jdy_runtime`.

use std::collections::BTreeMap;
use std::path::Path;

use jdy_codegen::{pipeline, render};
use jdy_spec::bundle;
use jdy_spec::diagnostic::Diagnostics;
use jdy_spec::load::{self, Read};

use crate::{is_json, text};

const ROOT: &str = r##"openapi: "3.1.0"
info: { title: Imitation, version: "1" }
servers:
  - url: https://api.example.com
tags:
  - { name: aa, description: 前 }
paths:
  /jdy/v2/aa/one: { $ref: aa/one.yaml }
components:
  schemas:
    Envelope:
      type: object
      required: [errcode]
      properties:
        errcode: { type: integer, title: 返回码 }
"##;

/// Understands the files, shows all diagnostics, and generates where nothing is wrong.
pub fn run(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let mut diagnostics = Diagnostics::default();
    let loaded = load::texts(Path::new("spec"), files(text), &mut diagnostics);
    let mut planned = pipeline::plan_spec(loaded, diagnostics);
    let sources = &planned.spec.sources;
    let lines = planned.diagnostics.lines(sources);
    let errors = planned.diagnostics.errors();
    assert!(lines.lines().count() >= errors, "{lines}");
    let theme = miette::GraphicalTheme::unicode_nocolor();
    let report = planned.diagnostics.report(sources, theme);
    assert_eq!(report.is_empty(), lines.is_empty());
    if errors > 0 {
        return;
    }
    let json = bundle::pretty(&planned.spec);
    assert!(is_json(&json), "{json}");
    let manifests = BTreeMap::new();
    let mut broken = Diagnostics::default();
    let (plan, spec) = (&planned.plan, &planned.spec);
    let rendered = render::render(plan, spec, &manifests, &mut broken);
    let lines = broken.lines(&planned.spec.sources);
    assert!(broken.errors() == 0 && !rendered.is_empty(), "{lines}");
}

/// The files that the text holds, in the order of their paths, as a folder gives them.
fn files(text: &str) -> Vec<Read> {
    let root = ("openapi.yaml".to_owned(), ROOT.to_owned());
    let mut files = BTreeMap::from([root]);
    let (mut path, mut content) = ("aa/one.yaml".to_owned(), String::new());
    for line in text.split_inclusive('\n') {
        if let Some(next) = line.strip_prefix("=== ") {
            files.insert(path, std::mem::take(&mut content));
            path = next.trim().to_owned();
        } else {
            content.push_str(line);
        }
    }
    files.insert(path, content);
    let is_file = |(path, _): &(String, String)| load::is_spec(path);
    let read = |(path, text)| (path, Ok(text));
    files.into_iter().filter(is_file).map(read).collect()
}
