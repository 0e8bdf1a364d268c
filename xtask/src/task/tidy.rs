//! `tidy`: the rules over the workspace's own text.

use super::{Ended, print, workspace};

/// Prints a line for each problem.
#[must_use]
pub fn run() -> Ended {
    let problems = match jdy_tidy::check(&workspace()) {
        Ok(problems) => problems,
        Err(why) => {
            eprintln!("error: {why}");
            return Ended::Refused;
        }
    };
    for problem in &problems {
        print(&format!("{problem}\n"));
    }
    if problems.is_empty() {
        Ended::Fine
    } else {
        print(&format!("{} problems\n", problems.len()));
        Ended::Refused
    }
}
