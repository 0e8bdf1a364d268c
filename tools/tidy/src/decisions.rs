//! The decisions of `docs/adr`: each is in both tables by its title.
//!
//! Owns what a decision and its rows look like. Must not know what was decided.

use crate::{File, Problem};

/// The folder of the decisions.
const FOLDER: &str = "docs/adr/";

/// Each row that a table lacks.
pub(crate) fn check(files: &[File]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, file) in files.iter().filter_map(|file| Some((name(file)?, file))) {
        let title = file.text.lines().next().unwrap_or_default();
        let title = title.trim_start_matches("# ");
        let number = name.get(..4).unwrap_or_default();
        let bare = title.strip_prefix(number).unwrap_or(title);
        let bare = bare.trim_start_matches(['.', ' ']);
        for (path, row) in [
            ("docs/adr/README.md", format!("- [{title}]({name})")),
            (
                "ARCHITECTURE.md",
                format!("| [{number}]({FOLDER}{name}) | {bare} |"),
            ),
        ] {
            let table = files.iter().find(|file| file.path == path);
            if !table.is_some_and(|table| table.text.lines().any(|line| line == row)) {
                let help = format!("write `{row}` into {path}");
                problems.push(file.problem(1, "decision", title, &help));
            }
        }
    }
    problems
}

/// The name of a decision's file: `0001-short-title.md`.
fn name(file: &File) -> Option<&str> {
    let name = file.path.strip_prefix(FOLDER)?;
    let is_numbered = name.bytes().take_while(u8::is_ascii_digit).count() == 4;
    is_numbered.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(path: &str, text: &str) -> File {
        File {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_decision_that_a_table_lacks_or_calls_otherwise_is_found() {
        let files = [
            document("docs/adr/0001-one.md", "# 0001. One\n"),
            document("docs/adr/0002-two.md", "# 0002. Two\n"),
            document(
                "docs/adr/README.md",
                "- [0001. One](0001-one.md)\n- [0002. Too](0002-two.md)\n",
            ),
            document(
                "ARCHITECTURE.md",
                "| [0001](docs/adr/0001-one.md) | One |\n",
            ),
        ];
        let found: Vec<String> = check(&files)
            .iter()
            .map(|problem| format!("{} {}", problem.path, problem.help))
            .collect();
        assert_eq!(
            found,
            [
                "docs/adr/0002-two.md write `- [0002. Two](0002-two.md)` into docs/adr/README.md",
                "docs/adr/0002-two.md write `| [0002](docs/adr/0002-two.md) | Two |` into ARCHITECTURE.md",
            ]
        );
    }
}
