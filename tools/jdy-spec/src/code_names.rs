//! The Rust names of codes, by their labels: `names.yaml` of the spec folder.
//!
//! Owns that file's rules: which names it may give, that none outlives its label, that the codes
//! of a field are named all or not at all, and that those of a money operation are. Must not know
//! how a code without a name is called: that is the generator's plan.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase;

use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::load::{Document, NAMES, Spec};
use crate::model::{Code, Effect, Field, Model, Operation};
use crate::tree::{Entry, Node};

/// Names the codes of every field that the file names all codes of. A name that stands on a code
/// itself goes before that of its label, and a label's name within `fields` before that of
/// `labels`. Where the spec is not `whole`, what could not be read holds labels that nobody sees.
pub fn apply(spec: &Spec, model: &mut Model, whole: bool, diagnostics: &mut Diagnostics) {
    let whole = whole && diagnostics.errors() == 0;
    let mut names = Names::new(spec.names.as_ref(), diagnostics);
    for operation in &mut model.operations {
        let money = (operation.effect == Effect::Money).then(|| Money {
            id: operation.id.clone(),
            file: operation.file.clone(),
        });
        for field in fields_of(operation) {
            names.field(field, money.as_ref(), diagnostics);
        }
    }
    names.unnamed(diagnostics);
    if whole {
        names.stale(diagnostics);
    }
}

/// All fields of an operation that are generated.
fn fields_of(operation: &mut Operation) -> impl Iterator<Item = &mut Field> {
    let entities = operation
        .request_entities
        .iter_mut()
        .chain(&mut operation.response_entities)
        .filter(|entity| entity.used)
        .flat_map(|entity| &mut entity.fields);
    operation.request.iter_mut().chain(entities)
}

/// The operation that demands a name for each code.
struct Money {
    id: String,
    file: String,
}

/// A name that the file gives.
struct Given<'a> {
    name: &'a str,
    /// Where the label stands in the file.
    span: Span,
    /// Whether a code asked for it.
    used: bool,
}

/// The names of one mapping, by label.
type ByLabel<'a> = BTreeMap<&'a str, OfLabel<'a>>;

/// The names of one label.
struct OfLabel<'a> {
    /// Of every code that has it.
    any: Option<Given<'a>>,
    /// Of a single code, where several have it.
    codes: BTreeMap<&'a str, Given<'a>>,
}

impl<'a> OfLabel<'a> {
    fn of(&mut self, code: &str) -> Option<&mut Given<'a>> {
        self.codes.get_mut(code).or(self.any.as_mut())
    }

    /// The names that no code asked for, each with the code that it is for.
    fn unused(&self) -> impl Iterator<Item = (Option<&'a str>, &Given<'a>)> {
        let codes = self.codes.iter().map(|(code, given)| (Some(*code), given));
        let any = self.any.iter().map(|given| (None, given));
        any.chain(codes).filter(|(_, given)| !given.used)
    }
}

/// The file, and which of its names were asked for.
struct Names<'a> {
    /// Whether there is a file.
    there: bool,
    labels: ByLabel<'a>,
    fields: BTreeMap<&'a str, ByLabel<'a>>,
    /// Labels without a name outside of money operations: where the first stands, and how many
    /// codes have it.
    unnamed: BTreeMap<String, (Span, usize)>,
}

impl<'a> Names<'a> {
    fn new(document: Option<&'a Document>, diagnostics: &mut Diagnostics) -> Self {
        let part = |name| {
            let node = document.and_then(|document| document.root.get(name));
            node.map_or(&[][..], Node::entries)
        };
        let mut fields = BTreeMap::new();
        for entry in part("fields") {
            let names = by_label(entry.value.entries(), diagnostics);
            fields.insert(entry.key.text(), names);
        }
        Self {
            there: document.is_some(),
            labels: by_label(part("labels"), diagnostics),
            fields,
            unnamed: BTreeMap::new(),
        }
    }

    /// The name of a code of this field, by its label.
    fn of(&mut self, field: &str, code: &Code) -> Option<&'a str> {
        let own = self.fields.get_mut(field);
        let own = own.and_then(|names| names.get_mut(code.label.as_str())?.of(&code.code));
        let given = match own {
            Some(given) => given,
            None => self.labels.get_mut(code.label.as_str())?.of(&code.code)?,
        };
        given.used = true;
        Some(given.name)
    }

    /// Names the codes of a field, where each has a name of its own.
    fn field(&mut self, field: &mut Field, money: Option<&Money>, diagnostics: &mut Diagnostics) {
        let Some(codes) = field.ty.own_codes_mut() else {
            return;
        };
        let mut names: Vec<Option<String>> = Vec::with_capacity(codes.len());
        for code in codes.iter() {
            let by_hand = code.better_name.clone();
            names.push(by_hand.or_else(|| self.of(&field.name, code).map(str::to_owned)));
        }
        let lacking = codes.iter().zip(&names).filter(|(_, name)| name.is_none());
        for (code, _) in lacking {
            match money {
                Some(money) => diagnostics.add(demanded(code, &field.name, money)),
                None if self.there => {
                    let place = self.unnamed.entry(code.label.clone());
                    place.or_insert((code.span, 0)).1 += 1;
                }
                None => {}
            }
        }
        let complete: Option<Vec<String>> = names.into_iter().collect();
        let Some(complete) = complete else { return };
        if tell_apart(codes, &complete, &field.name, money, diagnostics) {
            for (code, name) in codes.iter_mut().zip(complete) {
                code.better_name = Some(name);
            }
        }
    }

    /// One note for each label without a name, at the first code that has it.
    fn unnamed(&self, diagnostics: &mut Diagnostics) {
        for (label, (span, count)) in &self.unnamed {
            let codes = match count {
                1 => "1 code has".to_owned(),
                more => format!("{more} codes have"),
            };
            diagnostics.add(
                Diagnostic::note(
                    *span,
                    format!("the label `{label}` has no Rust name: {codes} it, and all codes beside them are named by their codes"),
                )
                .help(format!("give it one in {NAMES}, unless it is no label")),
            );
        }
    }

    /// Names that no code asked for.
    fn stale(&self, diagnostics: &mut Diagnostics) {
        for (label, names) in &self.labels {
            for (_, given) in names.unused() {
                diagnostics.add(stale(
                    given,
                    &format!("no code takes the name of `{label}`"),
                ));
            }
        }
        for (field, labels) in &self.fields {
            for (label, names) in labels {
                for (code, given) in names.unused() {
                    let which = code.map_or(String::new(), |code| format!(" `{code}`"));
                    let what =
                        format!("no code{which} of a field `{field}` takes the name of `{label}`");
                    diagnostics.add(stale(given, &what));
                }
            }
        }
    }
}

fn stale(given: &Given<'_>, what: &str) -> Diagnostic {
    Diagnostic::error(given.span, format!("{what} any more"))
        .help(format!("remove `{}` here", given.name))
}

fn by_label<'a>(entries: &'a [Entry], diagnostics: &mut Diagnostics) -> ByLabel<'a> {
    let mut names = ByLabel::new();
    // What is no text was reported by the check of the file.
    for entry in entries {
        let codes = entry.value.entries().iter();
        let of_label = OfLabel {
            any: given(entry, diagnostics),
            codes: codes
                .filter_map(|code| Some((code.key.text(), given(code, diagnostics)?)))
                .collect(),
        };
        names.insert(entry.key.text(), of_label);
    }
    names
}

fn given<'a>(entry: &'a Entry, diagnostics: &mut Diagnostics) -> Option<Given<'a>> {
    let name = entry.value.text()?;
    if let Err(why) = sound(name) {
        diagnostics.add(
            Diagnostic::error(entry.value.span, format!("`{name}` is no name: {why}"))
                .help("write plain English in upper camel case: `PendingAudit`"),
        );
    }
    Some(Given {
        name,
        span: entry.key.span,
        used: false,
    })
}

/// Whether a variant may have this name.
fn sound(name: &str) -> Result<(), &'static str> {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !plain || !name.starts_with(|first: char| first.is_ascii_uppercase()) {
        return Err("a name is ASCII letters and digits, and begins with a capital");
    }
    if name.to_upper_camel_case() != name {
        return Err("it is not upper camel case");
    }
    let number = name.strip_prefix("CNeg").or_else(|| name.strip_prefix('C'));
    match name {
        "Self" => Err("Rust keeps it for itself"),
        "Other" => Err("a code that the spec does not know has it"),
        _ if number.is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit())) => {
            Err("a code without a name is called so")
        }
        _ => Ok(()),
    }
}

fn demanded(code: &Code, field: &str, money: &Money) -> Diagnostic {
    let (label, wire) = (&code.label, &code.code);
    let (id, file) = (&money.id, &money.file);
    Diagnostic::error(
        code.span,
        format!("`{id}` moves money, but the label `{label}` (code `{wire}` of `{field}`) in {file} has no Rust name"),
    )
    .help(format!(
        "give it one in {NAMES}, under `labels: {{ {label}: .. }}`"
    ))
}

/// Whether all names differ; says where they do not.
fn tell_apart(
    codes: &[Code],
    names: &[String],
    field: &str,
    money: Option<&Money>,
    diagnostics: &mut Diagnostics,
) -> bool {
    let mut seen: BTreeMap<String, &Code> = BTreeMap::new();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for (code, name) in codes.iter().zip(names) {
        let Some(first) = seen.get(&name.to_upper_camel_case()) else {
            seen.insert(name.to_upper_camel_case(), code);
            continue;
        };
        if first.better_name.is_some() && code.better_name.is_some() {
            // Both by hand: the plan tells them apart, and says so.
            continue;
        }
        told.insert(&code.code);
        diagnostics.add(alike(first, code, name, field, money));
    }
    told.is_empty()
}

fn alike(
    first: &Code,
    second: &Code,
    name: &str,
    field: &str,
    money: Option<&Money>,
) -> Diagnostic {
    let (one, other) = (&first.label, &second.label);
    let diagnostic = if one != other {
        Diagnostic::error(
            second.span,
            format!("`{one}` and `{other}` of `{field}` both become `{name}`"),
        )
        .help(format!(
            "give one of them another name in {NAMES}: `fields: {{ {field}: {{ {other}: .. }} }}`"
        ))
    } else {
        let what = format!(
            "the codes `{}` and `{}` of `{field}` have one label, `{one}`: they are named by their codes",
            first.code, second.code
        );
        let diagnostic = match money {
            Some(_) => Diagnostic::error(second.span, what),
            None => Diagnostic::note(second.span, what),
        };
        diagnostic.help(format!(
            "name each code in {NAMES}: `fields: {{ {field}: {{ {one}: {{ \"{}\": .., \"{}\": .. }} }} }}`",
            first.code, second.code
        ))
    };
    diagnostic.other(first.span, "the first")
}

#[cfg(test)]
mod tests {
    use super::sound;

    #[test]
    fn a_name_is_one_that_a_variant_can_have() {
        for fine in ["Wechat", "PendingAudit", "Vat13Percent", "Cash", "C", "Cny"] {
            assert_eq!(sound(fine), Ok(()), "{fine}");
        }
        for wrong in [
            "",
            "wechat",
            "PENDING",
            "Pending_Audit",
            "微信",
            "1st",
            "Other",
            "Self",
            "C90",
            "CNeg1",
            "r#type",
            "A b",
        ] {
            assert!(sound(wrong).is_err(), "{wrong}");
        }
    }
}
