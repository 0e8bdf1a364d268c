//! `lint`: checks the spec and prints all findings.

use std::path::Path;

use jdy_codegen::pipeline;
use jdy_spec::consistency;

use super::{Ended, print, report, summary};

/// Checks the spec folder. The plain lines go to stdout, the report for a person to stderr.
#[must_use]
pub fn run(spec: &Path) -> Ended {
    let mut understood = pipeline::understand(spec);
    consistency::check(&understood.spec, &mut understood.findings);
    report(&mut understood);
    print(&understood.findings.lines(&understood.spec.sources));
    print(&format!("{}\n", summary(&understood)));
    if understood.findings.errors() == 0 {
        Ended::Fine
    } else {
        Ended::Refused
    }
}
