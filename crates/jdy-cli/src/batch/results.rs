//! The results of a list as a file: what came back for each line.
//!
//! Owns the two formats of the file, and its replacement as a whole. Must not know the exit status.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jdy_journal::{Entry, Format, Journal, Line, List, Summary};
use jdy_wire::leaves;

use crate::csv_text;
use crate::exit::Failure;
use crate::json::{Members, check, compact, items, quoted};
use crate::language::say;

/// Where the results go.
pub(super) struct Results {
    path: PathBuf,
    format: Format,
}

/// Fields of an answer that hold the number of what was made, and those that hold its id. The answer
/// of a save maps the one to the other.
const NUMBERS: [&str; 2] = ["bill_no", "number"];
const IDS: [&str; 3] = ["id", "bill_id", "ids"];
const NUMBERS_BY_ID: &str = "id_number_map";

const HEADING: [&str; 8] = [
    "line", "key", "state", "number", "id", "verdict", "sent", "call_id",
];

/// Makes a spreadsheet read the file as UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

impl Results {
    /// Reads `--results`. What would overwrite one of the files of the run is refused.
    pub(super) fn of(path: &Path, files: &[(String, &Path)]) -> Result<Self, Failure> {
        let wrong = |why: String| Failure::usage(say!("results-wrong", why = why));
        let shown = format!("{path:?}");
        let Some(format) = Format::of_path(path) else {
            return Err(wrong(say!("no-list-format", file = shown)));
        };
        if path.is_dir() {
            return Err(wrong(say!("results-folder", file = shown)));
        }
        let folder = folder_of(path);
        if !folder.is_dir() {
            let folder = format!("{folder:?}");
            return Err(wrong(say!("results-no-folder", folder = folder)));
        }
        for (what, file) in files {
            if is_same(path, file) {
                return Err(wrong(say!("results-overwrite", file = shown, what = what)));
            }
        }
        Ok(Self {
            path: path.to_owned(),
            format,
        })
    }

    /// Writes what came back for each line, in all runs. The file is replaced as a whole: whoever
    /// reads it sees the former results or these.
    pub(super) async fn write(
        &self,
        journal: &Journal,
        list: &List,
        summary: &Summary,
    ) -> Result<(), String> {
        let mut text = match self.format {
            Format::Csv => format!("{BYTE_ORDER_MARK}{}", csv_text::line(HEADING)),
            Format::Jsonl => String::new(),
        };
        for (line, entry) in list.lines().iter().zip(&summary.entries) {
            let answer = journal.answer(entry.line).await;
            let answer = answer.map_err(|error| error.to_string())?;
            let result =
                LineResult::of(line, entry, answer.as_deref(), journal.call_id(entry.line));
            text.push_str(&match self.format {
                Format::Csv => result.as_csv(),
                Format::Jsonl => result.as_json(),
            });
        }
        replace(&self.path, &text).map_err(|error| error.to_string())
    }
}

/// What came back for a line.
struct LineResult<'a> {
    key: Option<&'a str>,
    entry: &'a Entry,
    call_id: String,
    /// The `data` of the answer as JSON; `None` where no answer was kept whole.
    data: Option<String>,
    numbers: Vec<String>,
    ids: Vec<String>,
}

impl<'a> LineResult<'a> {
    fn of(line: &'a Line, entry: &'a Entry, answer: Option<&[u8]>, call_id: String) -> Self {
        // Of a long answer the journal keeps the beginning.
        let answer = answer.and_then(|answer| std::str::from_utf8(answer).ok());
        let answer = answer.filter(|answer| check(answer).is_ok());
        let data = answer.and_then(|answer| jdy_wire::member(answer, "data"));
        let (mut numbers, mut ids) = (Found::default(), Found::default());
        find(data.unwrap_or("null"), &mut numbers, &mut ids);
        Self {
            key: line.key(),
            entry,
            call_id,
            data: data.map(compact),
            numbers: numbers.0,
            ids: ids.0,
        }
    }

    /// Why the line is in its state; empty where it is done.
    fn verdict(&self) -> &str {
        self.entry.report.as_deref().unwrap_or_default()
    }

    fn as_csv(&self) -> String {
        csv_text::line([
            self.entry.line.to_string(),
            self.key.unwrap_or_default().to_owned(),
            self.entry.state.to_string(),
            self.numbers.join(" "),
            self.ids.join(" "),
            self.verdict().to_owned(),
            self.entry.sent.to_string(),
            self.call_id.clone(),
        ])
    }

    fn as_json(&self) -> String {
        let text = |text: Option<&str>| text.map_or_else(|| "null".to_owned(), quoted);
        let all = |texts: &[String]| {
            let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
            format!("[{}]", texts.join(","))
        };
        let time = |time: Option<u64>| time.map_or_else(|| "null".to_owned(), |it| it.to_string());
        let members = [
            ("line", self.entry.line.to_string()),
            ("key", text(self.key)),
            ("state", quoted(self.entry.state.as_str())),
            ("numbers", all(&self.numbers)),
            ("ids", all(&self.ids)),
            ("verdict", text(self.entry.report.as_deref())),
            ("in_part", self.entry.is_rejected_in_part().to_string()),
            ("sent", self.entry.sent.to_string()),
            ("left_at", time(self.entry.intended_at)),
            ("ended_at", time(self.entry.ended_at)),
            ("call_id", quoted(&self.call_id)),
            (
                "data",
                self.data.clone().unwrap_or_else(|| "null".to_owned()),
            ),
        ];
        let members = members.map(|(name, value)| (name.to_owned(), value));
        format!("{}\n", Members(members.into()).to_json())
    }
}

/// Texts in the order in which they were found, each once.
#[derive(Default)]
struct Found(Vec<String>);

impl Found {
    /// Takes the texts of a value: its own, or those of its items.
    fn take(&mut self, json: &str) {
        let items = items(json).unwrap_or_else(|| vec![json.to_owned()]);
        let texts = items.iter().flat_map(|item| leaves(item));
        for (_, text) in texts {
            if !text.is_empty() && text != "null" && !self.0.contains(&text) {
                self.0.push(text);
            }
        }
    }
}

/// The numbers and ids of what was made: those of the data itself, or of each of its rows.
fn find(data: &str, numbers: &mut Found, ids: &mut Found) {
    if let Some(rows) = items(data) {
        rows.iter().for_each(|row| find(row, numbers, ids));
        return;
    }
    let Ok(Members(members)) = Members::of(data) else {
        return;
    };
    for (name, value) in &members {
        match name.as_str() {
            NUMBERS_BY_ID => {
                let pairs = Members::of(value).map_or_else(|_| Vec::new(), |pairs| pairs.0);
                for (id, number) in pairs {
                    ids.take(&quoted(&id));
                    numbers.take(&number);
                }
            }
            name if IDS.contains(&name) => ids.take(value),
            name if NUMBERS.contains(&name) => numbers.take(value),
            "rows" | "data" => find(value, numbers, ids),
            _ => {}
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Whether two paths are one file, whatever they are called; a file that is not there yet is named
/// by its folder.
fn is_same(one: &Path, other: &Path) -> bool {
    let whole = |path: &Path| {
        std::fs::canonicalize(path).or_else(|_| {
            let folder = std::fs::canonicalize(folder_of(path))?;
            Ok::<_, io::Error>(folder.join(path.file_name().unwrap_or_default()))
        })
    };
    matches!((whole(one), whole(other)), (Ok(one), Ok(other)) if one == other)
}

/// Replaces a file by another one with this text, which is on disk before. A link stays one: what it
/// leads to is replaced.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (temporary, mut file) = beside(&path)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all());
    let replaced = written.and_then(|()| std::fs::rename(&temporary, &path));
    if replaced.is_err() {
        // The failure is reported; what is left of the attempt is of no use.
        let _ = std::fs::remove_file(&temporary);
    }
    replaced
}

/// A new file beside this one, and its path. The number of the process alone is no name of its own:
/// one of the same number may have been killed before, in a container, or be writing now, on another
/// machine.
fn beside(path: &Path) -> io::Result<(PathBuf, File)> {
    const MOST: u32 = 1000;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let process = std::process::id();
    let mut place = folder_of(path).join(format!(".{name}.{process}.tmp"));
    let mut number = 0;
    loop {
        match create(&place) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < MOST => {
                number += 1;
                place.set_file_name(format!(".{name}.{process}.{number}.tmp"));
            }
            made => return made.map(|file| (place, file)),
        }
    }
}

/// A new file that only its owner can read: answers are in it.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::{Found, find};

    #[test]
    fn numbers_and_ids_are_found_in_every_form_of_an_answer() {
        for (data, numbers, ids) in [
            (r#"{"bill_no":"LS-1","id":7,"inner_no":"x"}"#, "LS-1", "7"),
            (
                r#"{"ids":["7","8"],"id_number_map":{"7":"A","8":"B"}}"#,
                "A B",
                "7 8",
            ),
            (
                r#"{"rows":[{"id":"7","number":"A"},{"id":"8","number":""}]}"#,
                "A",
                "7 8",
            ),
            (r#"{"ids":"7"}"#, "", "7"),
            ("null", "", ""),
            ("[]", "", ""),
            ("17", "", ""),
        ] {
            let (mut found, mut found_ids) = (Found::default(), Found::default());
            find(data, &mut found, &mut found_ids);
            assert_eq!(found.0.join(" "), numbers, "{data}");
            assert_eq!(found_ids.0.join(" "), ids, "{data}");
        }
    }
}
