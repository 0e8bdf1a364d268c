//! Imitation spec folders, written from text. A `«` marks where a diagnostic must stand; it is not
//! written to the file.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use jdy_codegen::pipeline::{self, PlannedSpec};

/// A root with one module and one path.
pub(crate) const ROOT: &str = r##"openapi: "3.1.0"
info: { title: Imitation, version: "1" }
servers:
  - url: https://api.example.com
tags:
  - { name: ls, description: 零售云 }
paths:
  /jdy/v2/ls/thing: { $ref: ls/thing.yaml }
components:
  schemas:
    Envelope:
      type: object
      required: [errcode]
      properties:
        errcode: { type: integer, title: 返回码 }
"##;

/// A path file with one operation.
pub(crate) const THING: &str = r##"post:
  operationId: ls.thing
  summary: 事物
  tags: [ls]
  externalDocs: { url: "https://open.example.com/#/detail?id=1" }
  x-jdy-page: page1
  requestBody:
    required: true
    content:
      application/json:
        schema:
          type: object
          required: [key]
          properties:
            key: { type: string, title: 单据内码 }
            amount: { type: string, title: 金额, x-jdy-wire: decimal }
            rows: { type: array, items: { $ref: "#/post/x-jdy-entities/request/Row" } }
  responses:
    "200":
      description: 成功
      content:
        application/json:
          schema:
            allOf:
              - { $ref: "../openapi.yaml#/components/schemas/Envelope" }
              - type: object
                properties:
                  data: { $ref: "#/post/x-jdy-entities/response/Data" }
  x-jdy-entities:
    request:
      Row:
        type: object
        properties:
          state:
            type: string
            x-jdy-codes:
              - { code: "1", label: 启用, name: Enabled }
              - { code: "-1", label: 禁用, name: Disabled }
    response:
      Data:
        type: object
        properties:
          bill_no: { type: string, title: 单号 }
"##;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A folder of its own, gone at the end of the test.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    /// Where the marks stood: file, line, column.
    marks: Vec<(String, usize, usize)>,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("xtask-test-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self {
            path,
            marks: Vec::new(),
        }
    }

    /// A spec folder of these files.
    pub(crate) fn spec(files: &[(&str, &str)]) -> Self {
        let mut folder = Self::new();
        for (path, text) in files {
            folder.write(path, text);
        }
        folder
    }

    /// A spec of one operation, with its path file changed in one place.
    pub(crate) fn changed(from: &str, to: &str) -> Self {
        Self::spec(&[
            ("openapi.yaml", ROOT),
            ("ls/thing.yaml", &change(THING, from, to)),
        ])
    }

    /// A spec of one operation, with the root changed in one place.
    pub(crate) fn root_changed(from: &str, to: &str) -> Self {
        Self::spec(&[
            ("openapi.yaml", &change(ROOT, from, to)),
            ("ls/thing.yaml", THING),
        ])
    }

    pub(crate) fn write(&mut self, path: &str, text: &str) {
        for (at, _) in text.match_indices('«') {
            let before = &text[..at];
            let line = before.matches('\n').count() + 1;
            let start = before.rfind('\n').map_or(0, |at| at + 1);
            let column = before[start..].chars().filter(|c| *c != '«').count() + 1;
            self.marks.push((path.to_owned(), line, column));
        }
        let full = self.path.join(path);
        std::fs::create_dir_all(full.parent().unwrap()).unwrap();
        std::fs::write(full, text.replace('«', "")).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path.join(path)).unwrap()
    }

    pub(crate) fn understand(&self) -> PlannedSpec {
        pipeline::plan_folder(&self.path)
    }

    /// The diagnostics, one line each, with paths within the folder.
    pub(crate) fn diagnostics(&self) -> Vec<String> {
        let mut planned = self.understand();
        let shown = format!("{}/", self.path.display());
        // The report for a person must be made of whatever was found, too.
        let theme = miette::GraphicalTheme::unicode_nocolor();
        let _ = planned.diagnostics.report(&planned.spec.sources, theme);
        let lines = planned.diagnostics.lines(&planned.spec.sources);
        lines.lines().map(|line| line.replace(&shown, "")).collect()
    }

    /// Checks that there is one error at the first mark, with all these words, and that every
    /// other mark is named in it as well; and that there is nothing else.
    pub(crate) fn refuses(&self, words: &[&str]) {
        let lines = self.diagnostics();
        let errors: Vec<&String> = lines.iter().filter(|l| l.contains(": error: ")).collect();
        assert_eq!(errors.len(), 1, "one error is expected: {lines:#?}");
        let places: Vec<String> = self
            .marks
            .iter()
            .map(|(file, line, column)| format!("{file}:{line}:{column}"))
            .collect();
        if let Some(first) = places.first() {
            let starts = places
                .iter()
                .any(|place| errors[0].starts_with(&format!("{place}: error: ")));
            assert!(starts, "{first} is expected: {}", errors[0]);
        }
        for word in places
            .iter()
            .map(String::as_str)
            .chain(words.iter().copied())
        {
            assert!(
                errors[0].contains(word),
                "`{word}` is expected: {}",
                errors[0]
            );
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// The text with one place changed, which must be there.
pub(crate) fn change(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "`{from}` stands once");
    text.replace(from, to)
}

/// The crates' folder of this workspace's manifests is not needed by a test: these stand for it.
pub(crate) fn manifests(out: &Path) {
    for name in ["jdy", "jdy-model", "jdy-operations"] {
        let folder = out.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let text = format!(
            "[package]\nname = \"{name}\"\n\n[features]\ndefault = []\n# <generated by cargo xtask gen>\nold = []\n# </generated>\n\n[dependencies]\n"
        );
        std::fs::write(folder.join("Cargo.toml"), text).unwrap();
    }
}
