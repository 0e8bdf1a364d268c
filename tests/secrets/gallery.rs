//! What was printed, by the name of its type.

use std::any::type_name;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Debug, Display};
use std::path::Path;

/// The crates whose public types are written by hand: folder, and name in Rust.
const CRATES: [(&str, &str); 6] = [
    ("jdy", "jdy"),
    ("jdy-journal", "jdy_journal"),
    ("jdy-operations", "jdy_operations"),
    ("jdy-runtime", "jdy_runtime"),
    ("jdy-sandbox", "jdy_sandbox"),
    ("jdy-wire", "jdy_wire"),
];

/// Each type, as `crate::Name`, with all that its values printed.
#[derive(Default)]
pub(crate) struct Gallery(BTreeMap<String, String>);

impl Gallery {
    pub(crate) fn hang<T: ?Sized>(&mut self, texts: Vec<String>, _: &T) {
        let name = name_of(type_name::<T>());
        *self.0.entry(name).or_default() += &(texts.join("\n") + "\n");
    }

    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.0.keys().cloned().collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, text)| (&**name, &**text))
    }
}

/// `jdy_wire::Field` of `jdy_wire::field::Field<alloc::string::String>`.
fn name_of(path: &str) -> String {
    let path = path.split('<').next().unwrap();
    let (first, last) = (path.split("::").next(), path.rsplit("::").next());
    format!("{}::{}", first.unwrap(), last.unwrap())
}

/// The public types that the sources declare. What is `pub` there can be reached from outside:
/// the lint `unreachable_pub` sees to that.
pub(crate) fn declared() -> BTreeSet<String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let mut names = BTreeSet::new();
    for (folder, krate) in CRATES {
        for source in sources(&crates.join(folder).join("src"), folder == "jdy-operations") {
            let text = std::fs::read_to_string(source).unwrap();
            names.extend(types_in(&text).map(|name| format!("{krate}::{name}")));
        }
    }
    names
}

/// The Rust files of a folder; of generated ones only the hand-written root.
fn sources(folder: &Path, root_alone: bool) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !root_alone {
            found.extend(sources(&path, false));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn types_in(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let line = line.trim_start().strip_prefix("pub ")?;
        let name = ["struct ", "enum ", "union "]
            .into_iter()
            .find_map(|word| line.strip_prefix(word))?;
        let end = name.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        // A macro's name is none.
        Some(&name[..end.unwrap_or(name.len())]).filter(|name| !name.is_empty())
    })
}

/// A value that is printed in every way that it has.
pub(crate) struct Probe<'a, T: ?Sized>(pub(crate) &'a T);

pub(crate) trait Prints {
    fn debug(&self) -> Vec<String>;
}

impl<T: Debug + ?Sized> Prints for Probe<'_, T> {
    fn debug(&self) -> Vec<String> {
        vec![
            format!("{:?}", self.0),
            format!("{:#?}", self.0),
            format!("{:x?}", self.0),
        ]
    }
}

pub(crate) trait Reads {
    fn display(&self) -> Vec<String>;
}

impl<T: Display + ?Sized> Reads for Probe<'_, T> {
    fn display(&self) -> Vec<String> {
        vec![
            format!("{}", self.0),
            format!("{:#}", self.0),
            format!("{:500}", self.0),
        ]
    }
}

/// For a type that does not print itself so. The method is found only where no other is.
pub(crate) trait Mute {
    fn debug(&self) -> Vec<String> {
        Vec::new()
    }

    fn display(&self) -> Vec<String> {
        Vec::new()
    }
}

impl<T: ?Sized> Mute for &Probe<'_, T> {}

/// Prints values into a gallery.
macro_rules! show {
    ($gallery:expr; $($value:expr),+ $(,)?) => {$({
        let value = &$value;
        let probe = $crate::secrets::gallery::Probe(value);
        let mut texts = (&probe).debug();
        texts.extend((&probe).display());
        $gallery.hang(texts, value);
    })+};
}
pub(crate) use show;

#[test]
fn a_public_type_is_seen_however_it_is_written() {
    let text = "pub struct A;\n    pub enum B<T> {\n/// pub struct C\npub(crate) struct D;\npub fn e() {}\npub struct $f<'a>";
    assert_eq!(types_in(text).collect::<Vec<_>>(), ["A", "B"]);
    let mut gallery = Gallery::default();
    show!(gallery; jdy::Field::Value("shown".to_owned()));
    let (name, text) = gallery.iter().next().unwrap();
    assert_eq!(
        (name, text.matches("shown").count()),
        ("jdy_wire::Field", 6)
    );
}
