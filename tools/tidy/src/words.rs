//! The words that are not used here, since the field has a term for what they say.
//!
//! Owns the glossary's table of them and how a line is taken apart into words. Must not know Rust.

use crate::{File, GLOSSARY, Problem};

/// A word, or several in a row, and what to write instead.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Banned {
    words: Vec<String>,
    instead: String,
}

/// Reads the table with the headings `not` and `but`. Further cells say more to people.
pub(crate) fn table(document: &str) -> Result<Vec<Banned>, String> {
    let mut lines = document.lines();
    lines
        .find(|line| cells(line).starts_with(&["not", "but"]))
        .ok_or_else(|| format!("{GLOSSARY} has no table with the headings `not` and `but`"))?;
    let rows = lines.take_while(|line| line.trim_start().starts_with('|'));
    let rows = rows
        .map(cells)
        .filter(|cells| !cells.iter().all(|cell| cell.starts_with("--")));
    let mut banned = Vec::new();
    for row in rows {
        let [not, but, ..] = row.as_slice() else {
            return Err(format!(
                "{GLOSSARY}: a row of the table has one cell: {row:?}"
            ));
        };
        for not in not.split(", ") {
            banned.push(Banned {
                words: words(not),
                instead: (*but).to_owned(),
            });
        }
    }
    Ok(banned)
}

fn cells(line: &str) -> Vec<&str> {
    let inner = line.trim().trim_matches('|');
    inner.split('|').map(str::trim).collect()
}

/// The words of a line in small letters: names are taken apart at `_` and at capitals.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    for sign in line.chars() {
        let begins = sign.is_ascii_uppercase() && !before.is_ascii_uppercase();
        if (begins || !sign.is_alphabetic()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if sign.is_alphabetic() {
            word.extend(sign.to_lowercase());
        }
        before = sign;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Every use of a word that is not used, in a file.
pub(crate) fn check(file: &File, banned: &[Banned]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let words = words(line);
        for each in banned {
            let length = each.words.len().max(1);
            if words.windows(length).any(|window| window == each.words) {
                let help = format!("write {}", each.instead);
                problems.push(file.problem(index + 1, "word", &each.words.join(" "), &help));
            }
        }
    }
    problems
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TABLE: &str = "# Words\n\n| not | but |\n|---|---|\n| heal, heals | refresh |\n| in vain | without effect |\n\nHeal.\n";

    #[test]
    fn words_are_found_in_prose_and_in_names() {
        let file = File {
            path: "a.rs".to_owned(),
            text: "// It heals.\nfn ran_in_vain() {}\nlet x = Heal::Now;\n// healthy, vain\n"
                .to_owned(),
        };
        let found: Vec<String> = check(&file, &table(TABLE).unwrap())
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            found,
            [
                "a.rs:1: word: heals; help: write refresh",
                "a.rs:2: word: in vain; help: write without effect",
                "a.rs:3: word: heal; help: write refresh",
            ]
        );
    }

    #[test]
    fn a_glossary_without_the_table_is_refused() {
        assert!(table("# Words\n").unwrap_err().contains("`not` and `but`"));
    }
}
