//! The code blocks of a document of this repository.
//!
//! Owns how they are found. Must not know what they show.

use std::path::Path;

/// The word behind the fence and the text, of each block.
pub(crate) fn of(file: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(word) = line.strip_prefix("```") {
            let code: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push((word.to_owned(), code.join("\n")));
        }
    }
    blocks
}
