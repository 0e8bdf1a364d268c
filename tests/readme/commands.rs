//! The commands that the README shows, for the tests of each program.
//!
//! Owns how one is found. Must not know what it does.

use std::path::Path;

/// The lines of the README's `sh` blocks, without their comments.
pub(crate) fn of_the_readme() -> Vec<String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = here
        .ancestors()
        .map(|folder| folder.join("README.zh-CN.md"));
    let readme = readme.filter(|path| path.is_file()).last().unwrap();
    let text = std::fs::read_to_string(readme.with_file_name("README.md")).unwrap();
    let mut commands = Vec::new();
    let mut is_shell = false;
    for line in text.lines() {
        match line.strip_prefix("```") {
            Some(word) => is_shell = word == "sh",
            None if is_shell => {
                let command = line.split('#').next().unwrap_or_default().trim();
                commands.push(command.to_owned());
            }
            None => {}
        }
    }
    commands.retain(|command| !command.is_empty());
    commands
}
