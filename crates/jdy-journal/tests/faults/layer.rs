//! The layer beneath SQLite: how it is built, armed and asked.
//!
//! It is C, loaded into a process of its own, because nothing else comes between SQLite and the
//! system; `layer.c` says what it does.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::disk::{Course, course};
use crate::bench::fresh;

/// The library; `None`, with a message, if there is no C compiler.
fn library() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let library = fresh("layer").with_file_name("layer.so");
        let compiler = std::env::var_os("CC").unwrap_or("cc".into());
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/layer.c");
        let mut compile = Command::new(compiler);
        compile.args(["-O1", "-shared", "-fPIC", "-U_FORTIFY_SOURCE", "-o"]);
        match compile.arg(&library).arg(source).arg("-lpthread").output() {
            Ok(end) => {
                let said = String::from_utf8_lossy(&end.stderr);
                assert!(end.status.success(), "the layer does not compile: {said}");
                Some(library)
            }
            Err(error) => {
                // Past the harness, which shows what a test prints only where it fails.
                let word =
                    format!("SKIPPED: no fault was injected, there is no C compiler: {error}\n");
                drop(std::io::stderr().write_all(word.as_bytes()));
                None
            }
        }
    });
    built.as_deref()
}

/// Whether there can be a layer; says so where there cannot.
pub(crate) fn is_there() -> bool {
    library().is_some()
}

/// A test of this binary as a process above the layer, and the folder that the layer watches.
pub(crate) fn process(test: &str) -> (Command, PathBuf) {
    let library = library().unwrap();
    let folder = fresh("faults").parent().unwrap().canonicalize().unwrap();
    let control = fresh("control").parent().unwrap().to_owned();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env("LD_PRELOAD", library)
        .env("FAULT_FOLDER", &folder)
        .env("FAULT_CONTROL", control);
    (command, folder)
}

fn control(file: &str) -> PathBuf {
    Path::new(&std::env::var_os("FAULT_CONTROL").unwrap()).join(file)
}

/// The folder that it watches; `None` in a process that is not above it.
pub(crate) fn folder() -> Option<PathBuf> {
    std::env::var_os("FAULT_FOLDER").map(PathBuf::from)
}

/// From now on the call with this number meets this fault.
pub(crate) fn arm(manner: &str, at: u64) {
    let plan = control("plan");
    std::fs::write(&plan, format!("{manner} {at}")).unwrap();
    std::fs::read(&plan).unwrap();
}

pub(crate) fn disarm() {
    arm("off", 0);
}

/// What was done since it was armed.
pub(crate) fn trace() -> Course {
    course(&control("trace"))
}

/// What the layer says of this.
fn reported(name: &str) -> String {
    let text = std::fs::read_to_string(control("report")).unwrap();
    let mut lines = text.lines();
    let found = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    found
        .unwrap_or_else(|| panic!("no {name}: {text}"))
        .to_owned()
}

/// The number of calls at which a fault can fire.
pub(crate) fn calls() -> u64 {
    reported("calls").parse().unwrap()
}

/// How often the fault has fired, and at which call first: its kind and its file.
pub(crate) fn fired() -> (u64, String) {
    let (count, first) = (reported("fired"), reported("first"));
    let (kind, path) = first.split_once(' ').unwrap_or_default();
    let path = Path::new(path);
    let file = match path.is_dir() {
        true => "folder".to_owned(),
        false => path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
    };
    (count.parse().unwrap(), format!("{kind} {file}"))
}
