//! The exceptions: which file may break which rule, and why.
//!
//! Owns their file's form, one line each: `rule path item: reason`. Must not know any rule.

use crate::{EXCEPTIONS, Problem};

#[derive(Debug)]
struct Exception {
    line: usize,
    rule: String,
    path: String,
    item: String,
    is_used: bool,
}

#[derive(Debug)]
pub(crate) struct Exceptions(Vec<Exception>);

/// Reads the exceptions. Empty lines and those that begin with `#` say nothing.
pub(crate) fn parse(text: &str) -> Result<Exceptions, String> {
    let mut exceptions = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let exception = one(line, index + 1).ok_or_else(|| {
            let at = index + 1;
            format!("{EXCEPTIONS}:{at}: write `rule path item: reason`, with a reason")
        })?;
        exceptions.push(exception);
    }
    Ok(Exceptions(exceptions))
}

fn one(text: &str, line: usize) -> Option<Exception> {
    let (what, reason) = text.split_once(": ")?;
    let (rule, rest) = what.split_once(' ')?;
    let (path, item) = rest.split_once(' ')?;
    let is_whole = !item.trim().is_empty() && !reason.trim().is_empty();
    is_whole.then(|| Exception {
        line,
        rule: rule.to_owned(),
        path: path.to_owned(),
        item: item.to_owned(),
        is_used: false,
    })
}

impl Exceptions {
    /// Whether an exception allows this.
    pub(crate) fn allow(&mut self, problem: &Problem) -> bool {
        let mut is_allowed = false;
        for each in &mut self.0 {
            if each.rule == problem.rule && each.path == problem.path && each.item == problem.item {
                each.is_used = true;
                is_allowed = true;
            }
        }
        is_allowed
    }

    /// The exceptions that allowed nothing.
    pub(crate) fn stale(self) -> impl Iterator<Item = Problem> {
        let unused = self.0.into_iter().filter(|each| !each.is_used);
        unused.map(|each| Problem {
            path: EXCEPTIONS.to_owned(),
            line: each.line,
            rule: "exception",
            item: format!("{} {} {}", each.rule, each.path, each.item),
            help: "nothing needs it any more; remove the line".to_owned(),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn problem(item: &str) -> Problem {
        Problem {
            path: "a/b.rs".to_owned(),
            line: 3,
            rule: "length",
            item: item.to_owned(),
            help: String::new(),
        }
    }

    #[test]
    fn an_exception_allows_what_it_names_and_is_stale_otherwise() {
        let text = "# why\n\nlength a/b.rs fn run: a table\nlength a/b.rs fn gone: a table\n";
        let mut exceptions = parse(text).unwrap();
        assert!(exceptions.allow(&problem("fn run")));
        assert!(!exceptions.allow(&problem("fn other")));
        let stale: Vec<String> = exceptions.stale().map(|each| each.to_string()).collect();
        assert_eq!(
            stale,
            [
                "tidy-exceptions.txt:4: exception: length a/b.rs fn gone; help: nothing needs it any more; remove the line"
            ]
        );
    }

    #[test]
    fn an_exception_without_a_reason_is_refused() {
        for text in [
            "length a/b.rs fn run",
            "length a/b.rs fn run: ",
            "length a/b.rs: x",
        ] {
            assert!(parse(text).unwrap_err().contains(":1: write"), "{text}");
        }
    }
}
