//! The results of the rows of an answer with errcode 0.
//!
//! Owns how a row reports success, and the outcome of the call that follows from all rows. It must
//! not know credentials, clocks or retries, nor what is done about an outcome.

use jdy_wire::Field;

use crate::outcome::Outcome;

/// The fields of an answer with errcode 0 that report the result of each row, as named in the spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerdictFields {
    /// The list in `data` with one result for each item; `None` if `data` itself is the result. Names
    /// are joined by a dot.
    pub rows: Option<&'static str>,
    /// The list of the request whose items the answer is about: the rows one each and in their
    /// order, or `data` as a whole all of them.
    pub of: Option<&'static str>,
    /// The list of a row that holds an id for each item that took effect. Over all rows there are as
    /// many as items.
    pub ids: Option<&'static str>,
    /// The field of a row that reports success.
    pub success: Option<SuccessField>,
    /// The fields of a row that report an error if they are not empty.
    pub errors: &'static [&'static str],
    /// The field of a row with the message.
    pub message: Option<&'static str>,
}

/// The field of a row that reports success, and its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuccessField {
    /// `true` or `false`, in any spelling.
    Flag(&'static str),
    /// A word, of which only those that mean success are known.
    Word {
        /// The field.
        field: &'static str,
        /// The words that mean success.
        yes: &'static [&'static str],
    },
}

/// The result of one row of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RowVerdict {
    /// It took effect.
    Yes,
    /// The product refused it.
    No {
        /// What the product said. Known secrets are cut out; otherwise as it came, so mind control
        /// characters.
        message: Option<String>,
    },
    /// The answer does not say whether it took effect.
    Unclear {
        /// Why not.
        why: String,
    },
}

impl RowVerdict {
    /// Whether it took effect.
    pub const fn is_yes(&self) -> bool {
        matches!(self, Self::Yes)
    }

    /// Whether the product refused it.
    pub const fn is_no(&self) -> bool {
        matches!(self, Self::No { .. })
    }
}

/// What the request says about the rows of its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Awaited {
    pub(crate) fields: VerdictFields,
    /// The number of items that the answer is about.
    pub(crate) items: Option<usize>,
}

/// The verdicts of all rows, and what is wrong with the rows as a whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowVerdicts {
    pub(crate) rows: Vec<RowVerdict>,
    pub(crate) flaw: Option<String>,
    /// Whether a row is the result of several items, so that a refusal may concern only some.
    pub(crate) is_shared: bool,
}

impl RowVerdicts {
    pub(crate) fn read(awaited: &Awaited, data: &str) -> Self {
        let Awaited { fields, items } = awaited;
        let (rows, flaw) = match fields.rows {
            Some(path) => rows_at(data, path, awaited),
            None => (vec![data], None),
        };
        let verdicts = |row: &&str| verdict(fields, row);
        let may_share = fields.rows.is_none() || fields.ids.is_some();
        let mut read = Self {
            rows: rows.iter().map(verdicts).collect(),
            flaw,
            is_shared: may_share && items.is_some_and(|items| items > rows.len()),
        };
        if let (Some(path), Some(items)) = (fields.ids, *items) {
            let ids = Ids::of(&rows, path);
            // Whatever the errors say, what has an id took effect.
            read.is_shared |= ids.listed > 0;
            if !read.refuse_all() {
                read.flaw = read.flaw.or_else(|| ids.flaw(path, items));
            }
        }
        read
    }

    fn count(&self, is: impl Fn(&RowVerdict) -> bool) -> usize {
        self.rows.iter().filter(|row| is(row)).count()
    }

    /// The outcome of the call; `None` where all is well.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        if self.count(RowVerdict::is_no) > 0 {
            Some(Outcome::Rejected)
        } else if self.flaw.is_some() || !self.rows.iter().all(RowVerdict::is_yes) {
            Some(Outcome::Applied)
        } else {
            None
        }
    }

    /// Whether each row is the result of the item in its place.
    pub(crate) fn tell_items_apart(&self) -> bool {
        self.flaw.is_none() && !self.is_shared
    }

    /// Whether every item was refused, so that nothing took effect.
    pub(crate) fn refuse_all(&self) -> bool {
        self.tell_items_apart() && !self.rows.is_empty() && self.rows.iter().all(RowVerdict::is_no)
    }

    /// The same with each message passed through this.
    pub(crate) fn map_words(mut self, clean: impl Fn(String) -> String) -> Self {
        for row in &mut self.rows {
            if let RowVerdict::No {
                message: Some(message),
            } = row
            {
                *message = clean(std::mem::take(message));
            }
        }
        self
    }

    /// A summary of the rows, the counts first: a log may truncate the rest.
    pub(crate) fn words(&self, fields: &VerdictFields) -> String {
        let total = self.rows.len();
        let (yes, no) = (
            self.count(RowVerdict::is_yes),
            self.count(RowVerdict::is_no),
        );
        let mut parts: Vec<String> = Vec::new();
        if fields.rows.is_some() && total > 0 {
            let counts = [
                (no, "refused"),
                (total - yes - no, "unclear"),
                (yes, "took effect"),
            ];
            let counts = counts.into_iter().filter(|(count, _)| *count > 0);
            let counts: Vec<String> = counts
                .map(|(count, word)| format!("{count} {word}"))
                .collect();
            parts.push(format!("of {total} rows {}", counts.join(", ")));
        }
        parts.extend(self.flaw.clone());
        for (index, row) in self.rows.iter().enumerate() {
            let said = match row {
                RowVerdict::Yes => continue,
                RowVerdict::No { message } => message.as_deref().unwrap_or("refused"),
                RowVerdict::Unclear { why } => why,
            };
            parts.push(match fields.rows {
                Some(path) => format!("{path}[{index}]: {said}"),
                None => said.to_owned(),
            });
        }
        parts.join("; ")
    }
}

/// The rows of an answer, and what is wrong with them as a whole.
fn rows_at<'a>(data: &'a str, path: &str, awaited: &Awaited) -> (Vec<&'a str>, Option<String>) {
    let rows = at(data, path).and_then(jdy_wire::items);
    // Where the items are counted by their ids, a row may stand for several.
    let counted = awaited.items.filter(|_| awaited.fields.ids.is_none());
    let flaw = match (&rows, counted) {
        _ if comes_twice(data, path) => Some(format!("{path} comes twice, and differs")),
        (None, _) => Some(format!("{path} is no list")),
        (Some(rows), Some(items)) if rows.len() != items => {
            Some(format!("{} rows for {items} items", rows.len()))
        }
        (Some(rows), None) if rows.is_empty() && awaited.items != Some(0) => {
            Some(format!("{path} is empty"))
        }
        _ => None,
    };
    (rows.unwrap_or_default(), flaw)
}

/// The ids of what took effect, over all rows.
struct Ids {
    /// The ids that are listed.
    listed: usize,
    /// Whether a row has no such list.
    is_missing: bool,
    /// Whether a row has two that differ.
    comes_twice: bool,
}

impl Ids {
    fn of(rows: &[&str], path: &str) -> Self {
        let lists = || {
            rows.iter()
                .map(|row| at(row, path).and_then(jdy_wire::items))
        };
        let is_id = |id: &&str| !matches!(Part::of(id), Part::Nothing);
        let ids = lists().flatten().flatten();
        Self {
            listed: ids.filter(is_id).count(),
            is_missing: lists().any(|list| list.is_none()),
            comes_twice: rows.iter().any(|row| comes_twice(row, path)),
        }
    }

    /// What is wrong with them for this many items.
    fn flaw(&self, path: &str, items: usize) -> Option<String> {
        match self.listed {
            _ if self.comes_twice => Some(format!("{path} comes twice, and differs")),
            0 if items > 0 && self.is_missing => {
                Some(format!("{path} is missing, for {items} items"))
            }
            listed if listed != items => Some(format!("{listed} in {path} for {items} items")),
            _ => None,
        }
    }
}

/// The verdict of one row, by its JSON text.
fn verdict(fields: &VerdictFields, row: &str) -> RowVerdict {
    let unclear = |why: String| RowVerdict::Unclear { why };
    if !matches!(Part::of(row), Part::Filled) || !row.trim_start().starts_with('{') {
        return unclear("it holds no fields".to_owned());
    }
    let success = fields.success.map(|success| match success {
        SuccessField::Flag(field) | SuccessField::Word { field, .. } => field,
    });
    let mut judged = fields.errors.iter().copied().chain(success);
    if let Some(field) = judged.find(|field| comes_twice(row, field)) {
        return unclear(format!("{field} comes twice, and differs"));
    }
    let yes = match fields.success {
        Some(SuccessField::Word { yes, .. }) => yes,
        _ => &[],
    };
    let filled: Vec<&str> = fields
        .errors
        .iter()
        .filter_map(|field| at(row, field))
        .filter(|error| is_error(error, yes))
        .collect();
    let message = || {
        let own = fields.message.and_then(|field| at(row, field));
        let own = own.and_then(text).filter(|text| !text.trim().is_empty());
        own.or_else(|| words_of(&filled))
    };
    if !filled.is_empty() {
        return RowVerdict::No { message: message() };
    }
    match fields.success {
        None => RowVerdict::Yes,
        Some(SuccessField::Flag(field)) => match at(row, field).map(flag) {
            Some(Field::Value(true)) => RowVerdict::Yes,
            Some(Field::Value(false)) => RowVerdict::No { message: message() },
            Some(Field::Raw(_)) => unclear(format!("{field} is neither yes nor no")),
            Some(Field::Absent) | None => unclear(format!("{field} is missing")),
        },
        Some(SuccessField::Word { field, .. }) => match at(row, field).and_then(text) {
            Some(word) if yes.contains(&word.trim()) => RowVerdict::Yes,
            Some(_) => unclear(format!("{field} is a word whose meaning is not known")),
            None => unclear(format!("{field} is missing")),
        },
    }
}

/// The value at a path of names that are joined by dots.
fn at<'a>(json: &'a str, path: &str) -> Option<&'a str> {
    path.split('.')
        .try_fold(json, |json, name| jdy_wire::member(json, name))
}

/// Whether a name of a path is duplicated in its object, with different values.
fn comes_twice(json: &str, path: &str) -> bool {
    let mut json = Some(json);
    path.split('.').any(|name| {
        let twice = json.is_some_and(|json| jdy_wire::contradicts(json, name));
        json = json.and_then(|json| jdy_wire::member(json, name));
        twice
    })
}

/// A value as far as a verdict asks for it.
enum Part {
    /// `null`, an empty text, list or object.
    Nothing,
    /// A scalar, as text.
    Text(String),
    /// A list or an object that holds something.
    Filled,
}

impl Part {
    fn of(json: &str) -> Self {
        match jdy_wire::decode_data::<String>(json).map(|decoded| decoded.data) {
            Ok(Field::Value(text)) => Self::Text(text),
            Ok(Field::Raw(_)) => Self::Filled,
            Ok(Field::Absent) | Err(_) => Self::Nothing,
        }
    }
}

/// A scalar as text; none for `null`, an empty text, a list or an object.
fn text(json: &str) -> Option<String> {
    match Part::of(json) {
        Part::Text(text) => Some(text),
        Part::Nothing | Part::Filled => None,
    }
}

fn flag(json: &str) -> Field<bool> {
    jdy_wire::decode_data::<bool>(json).map_or(Field::Absent, |decoded| decoded.data)
}

/// Whether an error field reports an error. A text may be a code, of which some mean success.
fn is_error(json: &str, yes: &[&str]) -> bool {
    const NONE: [&str; 5] = ["", "0", "success", "false", "null"];
    match Part::of(json) {
        Part::Nothing => false,
        Part::Filled => true,
        Part::Text(text) => {
            let text = text.trim();
            let is_none = NONE.iter().any(|none| none.eq_ignore_ascii_case(text));
            !is_none && !yes.contains(&text)
        }
    }
}

/// The names of fields that hold the message of an error.
const MESSAGES: [&str; 5] = ["message", "messages", "msg", "error_msg", "description"];

/// The messages of error fields that are not empty.
fn words_of(errors: &[&str]) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    for error in errors {
        let items = jdy_wire::items(error).unwrap_or_else(|| vec![error]);
        for item in items {
            let named = || {
                let mut values = MESSAGES.iter().filter_map(|name| at(item, name));
                values.find_map(text)
            };
            words.extend(text(item).or_else(named));
        }
    }
    words.retain(|text| !text.trim().is_empty());
    (!words.is_empty()).then(|| words.join("; "))
}
