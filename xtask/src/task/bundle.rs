//! `bundle`: the spec as one OpenAPI document.
//!
//! Owns where it is written. Must not know its form. Must not use: `jdy_import`, `jdy_specdiff`.

use std::path::Path;

use jdy_codegen::pipeline;
use jdy_spec::bundle;

use super::{Refused, TaskResult, deliver, report};

/// Prints the document, or writes it to a file.
///
/// # Errors
/// What was wrong was printed.
pub fn run(spec: &Path, out: Option<&Path>) -> TaskResult {
    let mut planned = pipeline::plan_folder(spec);
    if planned.diagnostics.errors() > 0 {
        report(&mut planned);
        eprint!("{}", planned.diagnostics.lines(&planned.spec.sources));
        return Err(Refused);
    }
    let text = bundle::pretty(&planned.spec);
    match out {
        None => return deliver(&text),
        Some(path) => {
            if let Err(error) = std::fs::write(path, text) {
                eprintln!("{}: {error}", path.display());
                return Err(Refused);
            }
        }
    }
    Ok(())
}
