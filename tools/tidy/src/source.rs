//! Rules over Rust source: the module's header and what it promises, lengths, ignored examples.
//!
//! Owns how a header names what the module must not use: `Must not use: \`a::b\`, \`c\`.` Must not
//! judge what a header says beyond that.

use crate::{File, Problem};

/// The longest function, from its `fn` to its closing brace.
const MAX_LINES: usize = 60;

/// Every line of a file that breaks a rule.
pub(crate) fn check(file: &File) -> Vec<Problem> {
    let mut problems = Vec::new();
    if is_library(&file.path) {
        problems.extend(header(file));
        problems.extend(lengths(file));
    }
    problems.extend(forbidden(file));
    for (index, line) in file.text.lines().enumerate() {
        let line = line.trim_start();
        let is_doc = line.starts_with("//!") || line.starts_with("///");
        if is_doc && line.contains("```ignore") {
            let help = "let the example compile: hidden lines, `no_run` or `compile_fail`";
            problems.push(file.problem(index + 1, "ignore", "```ignore", help));
        }
    }
    problems
}

/// Whether a file is a part of what is built, not of its tests, examples or benches.
fn is_library(path: &str) -> bool {
    path.split('/').any(|part| part == "src") && !path.split('/').any(|part| part == "tests")
}

/// A module says what it owns and what it must not know. What a crate begins with is its docs.
fn header(file: &File) -> Option<Problem> {
    if file.path.ends_with("/src/lib.rs") {
        return None;
    }
    let lines = file.text.lines().take_while(|line| line.starts_with("//!"));
    let text: Vec<&str> = lines
        .map(|line| line.trim_start_matches("//!").trim())
        .collect();
    let text = text.join(" ").to_lowercase();
    let missing = match () {
        () if text.is_empty() => "no header",
        () if !text.contains("owns ") => "no \"Owns ..\"",
        () if !text.contains("must not ") => "no \"Must not ..\"",
        () => return None,
    };
    let help = "begin the file with `//!`: what it is, \"Owns ..\", \"Must not know ..\"";
    Some(file.problem(1, "header", missing, help))
}

/// The functions that are longer than a screen. The text is rustfmt's, so that a function ends with
/// a brace that stands where its `fn` does.
fn lengths(file: &File) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut open: Vec<(usize, usize, &str)> = Vec::new();
    let mut is_test = false;
    for (index, line) in file.text.lines().enumerate() {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        // The tests of the module, whose tables may be long.
        if line == "#[cfg(test)]" {
            is_test = true;
        } else if is_test && line.starts_with("mod ") && line.ends_with('{') {
            break;
        } else if is_test && !line.starts_with("#[") {
            is_test = false;
        }
        if let Some(name) = function(code).filter(|_| !line.trim_end().ends_with(['}', ';'])) {
            open.push((indent, index, name));
        } else if code.starts_with('}')
            && let Some((_, start, name)) = open.pop_if(|(column, ..)| *column == indent)
        {
            let lines = index - start + 1;
            if lines > MAX_LINES {
                let help = format!("it has {lines} lines; the most is {MAX_LINES}");
                problems.push(file.problem(start + 1, "length", &format!("fn {name}"), &help));
            }
        } else if code.ends_with(';') {
            // A signature of a trait, over several lines.
            open.pop_if(|(column, ..)| *column == indent);
        }
    }
    problems
}

/// The name of the function that begins on a line.
fn function(code: &str) -> Option<&str> {
    let (before, rest) = code.split_once("fn ")?;
    let is_qualifier = |word: &str| {
        let word = word.trim_end_matches(')');
        matches!(word, "pub" | "const" | "async" | "unsafe" | "default")
            || word.starts_with("pub(")
            || word == "in"
            || word.contains("::")
    };
    let end = rest.find(['(', '<'])?;
    (before.split_whitespace().all(is_qualifier)).then(|| &rest[..end])
}

/// The uses of what the header says that the module must not use.
fn forbidden(file: &File) -> Vec<Problem> {
    let names = must_not_use(&file.text);
    let module = module(&file.path);
    let mut problems = Vec::new();
    for (line, path) in used(&file.text) {
        let path = resolved(&path, &module);
        for name in &names {
            let is_below = path.strip_prefix(name.as_str());
            if is_below.is_some_and(|rest| rest.is_empty() || rest.starts_with("::")) {
                let help = "the module's header says that it must not use it";
                problems.push(file.problem(line, "use", name, help));
            }
        }
    }
    problems
}

/// The paths that a file uses, each with its line; those of a group, `use a::{b, c};`, each whole.
fn used(text: &str) -> Vec<(usize, String)> {
    let mut used = Vec::new();
    let mut group: Vec<String> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        let begins = code.trim_start();
        let is_use =
            begins.starts_with("use ") || begins.starts_with("pub") && begins.contains(" use ");
        if group.is_empty() && !(is_use && code.contains('{')) {
            used.extend(paths(code).into_iter().map(|path| (index + 1, path)));
            continue;
        }
        let code = begins.rsplit_once("use ").map_or(begins, |(_, code)| code);
        let mut name = String::new();
        for sign in code.chars() {
            match sign {
                '{' => group.push(std::mem::take(&mut name).trim().to_owned()),
                ',' | '}' | ';' => {
                    let name = std::mem::take(&mut name);
                    let name = name.split(" as ").next().unwrap_or_default().trim();
                    if !name.is_empty() {
                        let path = group.concat() + name;
                        let path = path.strip_suffix("::self").unwrap_or(&path);
                        used.push((index + 1, path.to_owned()));
                    }
                    if sign == '}' {
                        group.pop();
                    }
                }
                sign => name.push(sign),
            }
        }
    }
    used
}

/// What stands in code quotes in the header's sentence `Must not use: ..`.
fn must_not_use(text: &str) -> Vec<String> {
    let lines = text.lines().take_while(|line| line.starts_with("//!"));
    let header: Vec<&str> = lines
        .map(|line| line.trim_start_matches("//!").trim())
        .collect();
    let header = header.join(" ");
    let Some((_, list)) = header.split_once("Must not use: ") else {
        return Vec::new();
    };
    let list = list.split(". ").next().unwrap_or_default();
    let quoted = list.split('`').skip(1).step_by(2);
    quoted.map(str::to_owned).collect()
}

/// The path of a file's module within its crate: `crate::a::b`.
fn module(path: &str) -> Vec<String> {
    let within = path.rsplit_once("/src/").map_or(path, |(_, within)| within);
    let within = within.trim_end_matches(".rs").trim_end_matches("/mod");
    let names = within
        .split('/')
        .filter(|name| !matches!(*name, "lib" | "main"));
    let names = names.map(str::to_owned);
    std::iter::once("crate".to_owned()).chain(names).collect()
}

/// The paths of a line of code: names that are joined by `::`.
fn paths(code: &str) -> Vec<String> {
    let is_part = |sign: char| sign.is_alphanumeric() || sign == '_' || sign == ':';
    let parts = code.split(|sign: char| !is_part(sign));
    let parts = parts.map(|part| part.trim_matches(':'));
    parts
        .filter(|part| part.contains("::"))
        .map(str::to_owned)
        .collect()
}

/// A path from the crate on: `super` is the module above this one.
fn resolved(path: &str, module: &[String]) -> String {
    let mut base = module.to_vec();
    let mut rest = path;
    let mut is_relative = false;
    loop {
        if let Some(after) = rest.strip_prefix("super::") {
            base.pop();
            rest = after;
            is_relative = true;
        } else if let Some(after) = rest.strip_prefix("self::") {
            rest = after;
            is_relative = true;
        } else if is_relative {
            return format!("{}::{rest}", base.join("::"));
        } else {
            return path.to_owned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let file = File {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        check(&file)
            .iter()
            .map(|problem| format!("{} {} {}", problem.line, problem.rule, problem.item))
            .collect()
    }

    const HEADER: &str = "//! A thing. Owns it. Must not know that.\n";

    #[test]
    fn a_header_says_what_is_owned_and_what_must_not_be_known() {
        assert_eq!(found("a/src/b.rs", HEADER), [""; 0]);
        assert_eq!(found("a/src/b.rs", "fn a() {}\n"), ["1 header no header"]);
        let none = "//! A thing. Owns it.\n";
        assert_eq!(found("a/src/b.rs", none), ["1 header no \"Must not ..\""]);
        assert_eq!(found("a/tests/b.rs", none), [""; 0]);
    }

    #[test]
    fn a_function_of_61_lines_is_too_long_and_one_of_60_is_not() {
        for (lines, expected) in [(58, vec![]), (59, vec!["2 length fn long"])] {
            let body = "        x();\n".repeat(lines);
            let text = format!("{HEADER}    pub(crate) async fn long(\n    ) {{\n{body}    }}\n");
            // The signature takes a line more.
            let expected: Vec<&str> = expected;
            let text = text.replace("fn long(\n    ) {", "fn long() {");
            assert_eq!(found("a/src/b.rs", &text), expected, "{lines}");
            assert_eq!(found("a/tests/b.rs", &text), [""; 0]);
        }
    }

    #[test]
    fn what_must_not_be_used_is_found_however_it_is_written() {
        let text = "//! Owns it. Must not know accounts. Must not use: `crate::account`, `tokio`. And more.\n\
                    use super::account::Session;\nuse crate::accounts::All;\n// crate::account::X\n\
                    fn a() { tokio::spawn(x) }\n";
        assert_eq!(
            found("a/src/call.rs", text),
            ["2 use crate::account", "5 use tokio"]
        );
        assert_eq!(found("a/src/call/run.rs", text), ["5 use tokio"]);
    }

    #[test]
    fn what_must_not_be_used_is_found_within_a_group() {
        let text = "//! Owns it. Must not know. Must not use: `crate::account`, `crate::limit::queue`.\n\
                    use super::{account::{self, Session}, call};\n\
                    pub(crate) use crate::{\n    limit::{queue as waiting, window},\n};\n\
                    use std::fmt::{Debug};\n";
        assert_eq!(
            found("a/src/call.rs", text),
            [
                "2 use crate::account",
                "2 use crate::account",
                "4 use crate::limit::queue"
            ]
        );
    }

    #[test]
    fn a_function_behind_a_module_of_tests_in_another_file_is_measured() {
        let long = format!("fn long() {{\n{}}}\n", "    x();\n".repeat(59));
        let text = format!("{HEADER}#[cfg(test)]\nmod tests;\n{long}");
        assert_eq!(found("a/src/b.rs", &text), ["4 length fn long"]);
        let text = format!("{HEADER}#[cfg(test)]\n#[allow(x)]\nmod tests {{\n{long}}}\n");
        assert_eq!(found("a/src/b.rs", &text), [""; 0]);
    }

    #[test]
    fn an_example_that_is_not_compiled_is_found() {
        let text = format!("{HEADER}/// ```ignore\n/// ```\n");
        assert_eq!(found("a/src/b.rs", &text), ["2 ignore ```ignore"]);
    }
}
