//! `jdy call --dry-run`: the request as it would go, without credentials and without a network.
//!
//! Owns the JSON that shows it. Must not send anything, and must not know credentials.

use jdy_wire::{Content, Part, PartValue};

use crate::exit::Failure;
use crate::json::{Members, compact, quoted};
use crate::language::say;
use crate::output::print;
use crate::request::Request;

/// Prints the request, which has been checked against the spec.
pub(crate) fn run(request: &Request) -> Result<(), Failure> {
    let (method, path, query, body, parts) = match request {
        Request::Known(_, prepared) => (
            prepared.method(),
            prepared.path(),
            prepared.query(),
            prepared.body(),
            prepared.parts(),
        ),
        Request::Raw {
            method,
            path,
            query,
            body,
        } => (
            *method,
            path.as_str(),
            query.as_slice(),
            body.as_deref(),
            None,
        ),
    };
    let pairs = query.iter();
    let pairs = pairs.map(|(name, value)| format!("[{},{}]", quoted(name), quoted(value)));
    let mut shown = vec![
        ("method".to_owned(), quoted(method.as_str())),
        ("path".to_owned(), quoted(path)),
        ("query".to_owned(), array(pairs)),
        (
            "body".to_owned(),
            body.map_or_else(|| "null".to_owned(), compact),
        ),
    ];
    shown.extend(parts.map(|parts| ("form".to_owned(), array(parts.iter().map(part)))));
    print(format!("{}\n", Members(shown).to_json()))
        .map_err(|error| Failure::other(say!("cannot-print-request", error = error)))
}

fn array(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

/// A part of the form of an upload: its name, and its text or the path of its file.
fn part(part: &Part) -> String {
    let mut members = vec![("name".to_owned(), quoted(part.name))];
    match &part.value {
        PartValue::Text(text) => members.push(("value".to_owned(), quoted(text))),
        PartValue::File(file) => {
            // A file of an argument is one on disk.
            if let Content::Path(path) = file.content() {
                let path = quoted(&path.display().to_string());
                members.push(("file".to_owned(), path));
            }
        }
        _ => {}
    }
    Members(members).to_json()
}
