//! Where an answer says yes or no beside its errcode, and that no such field is passed over.
//!
//! Owns the paths of an answer and what makes a field look like a verdict. Must not know Rust.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::did_you_mean;
use crate::model::{
    Effect, Entity, Field, Location, Operation, ScalarType, Success, Type, Verdict, Wire,
};
use crate::tree::{Entry, Node};

use super::{owned, place_of};

/// What the keyword says of one operation.
pub(super) struct Words {
    verdict: Verdict,
    none: Vec<String>,
    span: Span,
}

/// Reads the keyword; what it names is looked up by [`check`].
pub(super) fn read(entry: &Entry) -> Option<Words> {
    let node = entry.value.get("x-jdy-verdict")?;
    let list = |key: &str| {
        let items = node.get(key).map(Node::items).unwrap_or_default();
        items
            .iter()
            .filter_map(|item| item.text().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    Some(Words {
        verdict: Verdict {
            rows: owned(node, "rows"),
            of: owned(node, "of"),
            ids: owned(node, "ids"),
            success: owned(node, "success").map(|field| Success {
                field,
                yes: list("done"),
                is_flag: false,
            }),
            errors: list("errors"),
            message: owned(node, "message"),
        },
        none: list("none"),
        span: place_of(entry, "x-jdy-verdict"),
    })
}

/// Holds the keyword against the operation, and the answer against the keyword. The verdict is none
/// where the keyword only says what is no verdict.
pub(super) fn check(
    words: Option<Words>,
    operation: &Operation,
    diagnostics: &mut Diagnostics,
) -> Option<Verdict> {
    let answer = Answer::of(operation);
    let Some(words) = words else {
        undeclared(
            operation,
            &answer,
            &BTreeSet::new(),
            operation.span,
            diagnostics,
        );
        return None;
    };
    let span = words.span;
    let mut verdict = words.verdict;
    let before = diagnostics.errors();
    let mut report = |what: String| diagnostics.add(Diagnostic::error(span, what));
    let row = answer.row(verdict.rows.as_deref(), &mut report);
    if let Some(success) = &mut verdict.success {
        let found = row.and_then(|row| answer.below(row, &success.field, Through::Objects));
        success.is_flag = found.is_some_and(|field| is_flag(&field.ty));
        if success.is_flag && !success.yes.is_empty() {
            report("`done` names words, but the type of `success` is a flag".to_owned());
        }
    }
    fields_are_there(&answer, row, &verdict, &words.none, &mut report);
    items_are_there(operation, &verdict, &mut report);
    ids_are_a_list(&answer, row, &verdict, &mut report);
    let says = verdict.success.is_some() || !verdict.errors.is_empty();
    let decides = says || verdict.ids.is_some();
    if !decides && (words.none.is_empty() || verdict.rows.is_some() || verdict.message.is_some()) {
        report("none of `success`, `errors` and `ids` says what decides".to_owned());
    }
    // A wrong name would be reported a second time.
    if diagnostics.errors() == before {
        let declared = declared(&verdict, words.none);
        undeclared(operation, &answer, &declared, span, diagnostics);
    }
    decides.then_some(verdict)
}

fn fields_are_there(
    answer: &Answer<'_>,
    row: Option<&Type>,
    verdict: &Verdict,
    none: &[String],
    report: &mut dyn FnMut(String),
) {
    let success = verdict.success.iter().map(|success| &success.field);
    let in_row = success
        .chain(&verdict.errors)
        .chain(&verdict.message)
        .chain(&verdict.ids);
    let in_row = in_row.map(|path| (row, path, Through::Objects));
    let in_data = none.iter().map(|path| (answer.data, path, Through::Lists));
    for (base, path, through) in in_row.chain(in_data) {
        // Where there is no row, that was reported.
        if base.is_some_and(|base| answer.below(base, path, through).is_none()) {
            report(missing(answer, base, path));
        }
    }
}

fn items_are_there(operation: &Operation, verdict: &Verdict, report: &mut dyn FnMut(String)) {
    let Some(of) = &verdict.of else {
        return;
    };
    let field = operation.request.iter().find(|field| field.name == *of);
    let is_list = field
        .is_some_and(|field| matches!(field.ty, Type::List(_)) && field.location == Location::Body);
    if !is_list {
        report(format!(
            "`of` names `{of}`, which is no list in the body of the request"
        ));
    }
}

fn ids_are_a_list(
    answer: &Answer<'_>,
    row: Option<&Type>,
    verdict: &Verdict,
    report: &mut dyn FnMut(String),
) {
    let Some(ids) = &verdict.ids else {
        return;
    };
    let field = row.and_then(|row| answer.below(row, ids, Through::Objects));
    if field.is_some_and(|field| !matches!(field.ty, Type::List(_))) {
        report(format!("`ids` names `{ids}`, which is no list"));
    }
    if verdict.of.is_none() {
        report("`ids` is compared with the items of `of`, which is not there".to_owned());
    }
}

fn missing(answer: &Answer<'_>, row: Option<&Type>, path: &str) -> String {
    let what = format!("the answer has no field `{path}`");
    let names = row.map(|row| answer.fields(row)).unwrap_or_default();
    let near = did_you_mean::nearest(path, names.iter().map(|field| field.name.as_str()));
    match near {
        Some(near) => format!("{what}; did you mean `{near}`?"),
        None => what,
    }
}

/// The paths that the keyword mentions, from `data` on.
fn declared(verdict: &Verdict, none: Vec<String>) -> BTreeSet<String> {
    let success = verdict.success.iter().map(|success| &success.field);
    let in_row = success
        .chain(&verdict.errors)
        .chain(&verdict.message)
        .chain(&verdict.ids);
    let from_data = |path: &String| match &verdict.rows {
        Some(rows) => format!("{rows}.{path}"),
        None => path.clone(),
    };
    in_row.map(from_data).chain(none).collect()
}

/// The fields of an answer that look like a verdict, by their paths in `data`.
#[must_use]
pub fn suspects(operation: &Operation) -> Vec<String> {
    let answer = Answer::of(operation);
    let found = answer.suspects();
    found.into_iter().map(|(path, _)| path).collect()
}

/// Every field that looks like a verdict is declared one, or declared none; what a declared field
/// holds belongs to it.
fn undeclared(
    operation: &Operation,
    answer: &Answer<'_>,
    declared: &BTreeSet<String>,
    span: Span,
    diagnostics: &mut Diagnostics,
) {
    for (path, field) in answer.suspects() {
        let is_declared = declared.iter().any(|one| {
            path.strip_prefix(one.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        if !is_declared {
            diagnostics.add(
                Diagnostic::error(
                    field,
                    format!(
                        "`{path}` in the answer of `{}` looks like a verdict and is not declared",
                        operation.id
                    ),
                )
                .other(span, "the operation")
                .help(format!(
                    "x-jdy-verdict: {{ success: {path} }} or {{ errors: [{path}] }} where it says whether the call is done, {{ none: [{path}] }} where it does not"
                )),
            );
        }
    }
}

/// Whether the records that an operation shows have a field: its data, or a row of a list in it.
pub(super) fn shows(operation: &Operation, path: &str) -> bool {
    let answer = Answer::of(operation);
    let Some(data) = answer.data else {
        return false;
    };
    let data = match data {
        Type::List(row) => row,
        ty => ty,
    };
    let lists = answer.fields(data).iter().map(|field| &field.ty);
    let rows = lists.filter_map(|ty| match ty {
        Type::List(row) => Some(&**row),
        _ => None,
    });
    std::iter::once(data)
        .chain(rows)
        .any(|record| answer.below(record, path, Through::Objects).is_some())
}

fn is_flag(ty: &Type) -> bool {
    match ty {
        Type::Scalar(scalar) => {
            scalar.column == ScalarType::Flag || scalar.wire == Some(Wire::Flag)
        }
        _ => false,
    }
}

/// What a path may lead through.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Through {
    /// Objects alone.
    Objects,
    /// Lists as well, whichever item is meant.
    Lists,
}

/// The answer of an operation, as far as its fields go.
struct Answer<'a> {
    data: Option<&'a Type>,
    entities: &'a [Entity],
    /// Whether it is about what the call did.
    is_of_a_write: bool,
}

impl<'a> Answer<'a> {
    fn of(operation: &'a Operation) -> Self {
        Self {
            data: operation.data.as_ref(),
            entities: &operation.response_entities,
            is_of_a_write: operation.effect != Effect::Read,
        }
    }

    fn fields(&self, ty: &Type) -> &'a [Field] {
        let Type::Entity(name) = ty else {
            return &[];
        };
        let entity = self.entities.iter().find(|entity| entity.name == *name);
        entity.map_or(&[], |entity| entity.fields.as_slice())
    }

    /// The field at a path below a type.
    fn below(&self, ty: &Type, path: &str, through: Through) -> Option<&'a Field> {
        let (name, rest) = match path.split_once('.') {
            Some((name, rest)) => (name, Some(rest)),
            None => (path, None),
        };
        let ty = match ty {
            Type::List(inner) if through == Through::Lists => inner,
            ty => ty,
        };
        let field = self.fields(ty).iter().find(|field| field.name == name)?;
        match rest {
            Some(rest) => self.below(&field.ty, rest, through),
            None => Some(field),
        }
    }

    /// What a row is: an item of the list, or `data` itself.
    fn row(&self, rows: Option<&str>, report: &mut dyn FnMut(String)) -> Option<&'a Type> {
        let Some(path) = rows else {
            if self.data.is_none() {
                report("the answer holds no data that could say anything".to_owned());
            }
            return self.data;
        };
        let field = self
            .data
            .and_then(|data| self.below(data, path, Through::Objects));
        match field.map(|field| &field.ty) {
            Some(Type::List(inner)) if matches!(**inner, Type::Entity(_)) => Some(inner),
            _ => {
                report(format!(
                    "`rows` names `{path}`, which is no list of records in `data`"
                ));
                None
            }
        }
    }

    /// The fields that look like a verdict, with their paths.
    fn suspects(&self) -> Vec<(String, Span)> {
        let mut found = Vec::new();
        if let Some(data) = self.data {
            self.suspects_below(data, &mut Vec::new(), &mut Vec::new(), &mut found);
        }
        found
    }

    fn suspects_below(
        &self,
        ty: &'a Type,
        path: &mut Vec<&'a str>,
        trail: &mut Vec<&'a str>,
        found: &mut Vec<(String, Span)>,
    ) {
        let name = match ty {
            Type::List(inner) => return self.suspects_below(inner, path, trail, found),
            Type::Entity(name) if !trail.contains(&name.as_str()) => name,
            _ => return,
        };
        trail.push(name);
        let fields = self.fields(ty);
        // A message about what a call did may say that it was not done, whatever stands beside it.
        let any = self.is_of_a_write || fields.iter().any(looks_like_a_verdict);
        for field in fields {
            path.push(&field.name);
            if any && (looks_like_a_verdict(field) || is_message(&field.name)) {
                found.push((path.join("."), field.span));
            }
            self.suspects_below(&field.ty, path, trail, found);
            path.pop();
        }
        trail.pop();
    }
}

/// By its name (success, result, error, err, fail, msg) or by its label.
fn looks_like_a_verdict(field: &Field) -> bool {
    const LABELS: [&str; 3] = ["失败", "报错", "错误"];
    const WORDS: [&str; 7] = [
        "err", "errs", "errmsg", "errcode", "result", "results", "msg",
    ];
    // Nearly no name holds one, and taking a name apart costs more than this look at it.
    const STEMS: [&str; 5] = ["err", "msg", "result", "success", "fail"];
    let label = field.title.as_deref().unwrap_or_default();
    let may_be = |stem: &&str| holds(&field.name, stem);
    let by_name = |word: &String| {
        WORDS.contains(&word.as_str())
            || word.contains("success")
            || word.contains("error")
            || word.starts_with("fail")
    };
    LABELS.iter().any(|words| label.contains(words))
        || STEMS.iter().any(may_be) && words(&field.name).iter().any(by_name)
}

/// Whether a name holds these letters, large or small.
fn holds(name: &str, letters: &str) -> bool {
    let mut places = name.as_bytes().windows(letters.len());
    places.any(|place| place.eq_ignore_ascii_case(letters.as_bytes()))
}

/// What stands beside a verdict and says why.
fn is_message(name: &str) -> bool {
    let is = |word: &String| matches!(word.as_str(), "message" | "messages");
    words(name).iter().any(is)
}

/// The words of a name, divided at signs and where a capital begins one, in small letters.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = '_';
    for letter in name.chars() {
        let begins = letter.is_ascii_uppercase() && !before.is_ascii_uppercase();
        if begins || !letter.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        if letter.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(letter.to_ascii_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_name_is_divided_at_signs_and_capitals() {
        assert_eq!(words("error_fields"), ["error", "fields"]);
        assert_eq!(words("errorCode"), ["error", "code"]);
        assert_eq!(words("isOK"), ["is", "ok"]);
        assert_eq!(words("referreremp_id"), ["referreremp", "id"]);
        assert_eq!(words("_"), [""; 0]);
    }
}
