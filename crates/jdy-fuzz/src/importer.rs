//! The importer: any bytes as a page or a Swagger file, and as its newer version.
//!
//! What is taken lints clean, but for a field that a person has to declare a verdict or none, and
//! importing it again changes nothing; what is refused leaves the folder as it was. Owns these
//! promises. Must not know how a page is read. Must not use: `jdy_runtime`, `jdy_sandbox`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use jdy_codegen::pipeline;
use jdy_import::{self as import, ImportReport, PageStatus, Prose};

const ROOT: &str = r##"openapi: "3.1.0"
info: { title: Imitation, version: "1" }
servers:
  - url: https://api.example.com
tags: []
paths: {}
components:
  schemas:
    Envelope:
      type: object
      required: [errcode]
      properties:
        errcode: { type: integer, title: 返回码 }
        description: { type: string, title: 返回信息 }
  responses:
    Gateway:
      description: The gateway refused.
      content: { application/json: { schema: { $ref: "#/components/schemas/Envelope" } } }
"##;

/// Imports the page; behind a line `=== ` stands a newer version of it.
pub fn run(data: &[u8]) {
    let folder = Folder::new();
    let end = data.windows(5).position(|five| five == b"\n=== ");
    let (page, newer) = match end {
        Some(end) => (&data[..end], Some(&data[end + 5..])),
        None => (data, None),
    };
    for page in std::iter::once(page).chain(newer) {
        check(&folder, page);
    }
}

fn check(folder: &Folder, page: &[u8]) {
    let before = folder.files();
    let told = folder.import(page);
    let after = folder.files();
    let has = |status: &[PageStatus]| told.iter().any(|told| status.contains(&told.status));
    if !has(&[PageStatus::New, PageStatus::Changed]) {
        assert_eq!(before, after, "{told:?} changed the folder");
    }
    if !has(&[PageStatus::New, PageStatus::Changed, PageStatus::Same]) {
        return;
    }
    let mut planned = pipeline::plan_folder(&folder.spec());
    let lines = planned.diagnostics.lines(&planned.spec.sources);
    let mistakes = lines.lines().filter(|line| line.contains(": error: "));
    let mistakes: Vec<&str> = mistakes
        .filter(|line| !line.contains("looks like a verdict and is not declared"))
        .collect();
    assert!(mistakes.is_empty(), "{mistakes:#?}");
    let again = folder.import(page);
    assert_eq!(folder.files(), after, "importing it again changed a file");
    // What was refused or left is so again.
    for (first, again) in told.iter().zip(&again) {
        match first.status {
            PageStatus::New | PageStatus::Changed | PageStatus::Same => {
                assert_eq!(again.status, PageStatus::Same, "{:?}", again.diagnostics);
            }
            status => assert_eq!(again.status, status, "{:?}", again.diagnostics),
        }
    }
    assert_eq!(told.len(), again.len());
}

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A folder of its own, gone at the end.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new() -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("jdy-fuzz-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(path.join("spec")).unwrap();
        std::fs::write(path.join("spec/openapi.yaml"), ROOT).unwrap();
        Self { path }
    }

    fn spec(&self) -> PathBuf {
        self.path.join("spec")
    }

    /// What became of the page, or of each operation of a file of the whole API.
    fn import(&self, page: &[u8]) -> Vec<ImportReport> {
        let path = self.path.join("page.md");
        std::fs::write(&path, page).unwrap();
        import::run(&self.spec(), &[path], Prose::Leave).unwrap()
    }

    /// All files of the spec.
    fn files(&self) -> BTreeMap<PathBuf, String> {
        let mut files = BTreeMap::new();
        collect(&self.spec(), &mut files);
        files
    }
}

fn collect(folder: &Path, into: &mut BTreeMap<PathBuf, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else {
            into.insert(path.clone(), std::fs::read_to_string(path).unwrap());
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
