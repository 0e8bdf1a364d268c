//! `tidy`: the rules over the workspace's own text.
//!
//! Owns the exit status. Must not know the rules.

use super::{Refused, TaskResult, counted, print, workspace};

/// Prints a line for each problem.
///
/// # Errors
/// What was wrong was printed.
pub fn run() -> TaskResult {
    let problems = match jdy_tidy::check(&workspace()) {
        Ok(problems) => problems,
        Err(why) => {
            eprintln!("error: {why}");
            return Err(Refused);
        }
    };
    for problem in &problems {
        print(&format!("{problem}\n"));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        print(&format!("{}\n", counted(problems.len(), "problem")));
        Err(Refused)
    }
}
