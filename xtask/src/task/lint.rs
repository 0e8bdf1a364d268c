//! `lint`: checks the spec and prints all diagnostics.
//!
//! Owns which checks run. Must not know what is checked. Must not use: `jdy_import`,
//! `jdy_specdiff`.

use std::path::Path;

use jdy_codegen::pipeline;
use jdy_spec::cross_checks;

use super::{Refused, TaskResult, print, report, summary};

/// Checks the spec folder. The plain lines go to stdout, the report for a person to stderr.
///
/// # Errors
/// What was wrong was printed.
pub fn run(spec: &Path) -> TaskResult {
    let mut planned = pipeline::plan_folder(spec);
    cross_checks::check(&planned.spec, &mut planned.diagnostics);
    report(&mut planned);
    print(&planned.diagnostics.lines(&planned.spec.sources));
    print(&format!("{}\n", summary(&planned)));
    if planned.diagnostics.errors() == 0 {
        Ok(())
    } else {
        Err(Refused)
    }
}
