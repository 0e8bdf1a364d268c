//! `bundle`: the spec as one OpenAPI document.

use std::path::Path;

use jdy_codegen::pipeline;
use jdy_spec::bundle;

use super::{Ended, deliver, report};

/// Prints the document, or writes it to a file.
#[must_use]
pub fn run(spec: &Path, out: Option<&Path>) -> Ended {
    let mut understood = pipeline::understand(spec);
    if understood.findings.errors() > 0 {
        report(&mut understood);
        eprint!("{}", understood.findings.lines(&understood.spec.sources));
        return Ended::Refused;
    }
    let text = bundle::pretty(&understood.spec);
    match out {
        None => return deliver(&text),
        Some(path) => {
            if let Err(error) = std::fs::write(path, text) {
                eprintln!("{}: {error}", path.display());
                return Ended::Refused;
            }
        }
    }
    Ended::Fine
}
