//! What changed in one field, and what that means for callers.
//!
//! One change of the page is one line. Whether it breaks is read from the two plans: the struct of
//! the field, its Rust name and type, and how it is written. Owns the level of each change. Must
//! not know Markdown beyond code and words. Must not use: `crate::report`, `crate::revision`.

use jdy_codegen::plan::{Held, VariantPlan};
use jdy_spec::model::{Code, Field, ListForm, Scalar, Type};

use super::markdown::{code, text};
use super::view::{FieldView, RustField, Shape, Side};
use super::{Change, Level, Renames, arrow};

/// The record that a field stands in, before and after.
pub(super) struct Within<'a> {
    pub(super) before: &'a Shape<'a>,
    pub(super) after: &'a Shape<'a>,
    pub(super) renames: &'a Renames<'a>,
}

impl Within<'_> {
    /// What is not in the generated code on both sides breaks nobody; that a record came or went
    /// is a change of its own.
    fn level(&self, level: Level) -> Level {
        match self.before.record.is_some() && self.after.record.is_some() {
            true => level,
            false => Level::Spec,
        }
    }
}

/// `request field `Row.qty` (数量)`.
fn subject(shape: &Shape<'_>, field: &Field) -> String {
    let path = match shape.entity {
        None => field.name.clone(),
        Some(entity) => format!("{}.{}", entity.name, field.name),
    };
    let label = match field.title.as_deref().map(text) {
        Some(label) if !label.is_empty() => format!(" ({label})"),
        _ => String::new(),
    };
    format!("{} field {}{label}", shape.side.as_str(), code(&path))
}

/// Compares the fields of two records that are one.
pub(super) fn compare(within: &Within<'_>, changes: &mut Vec<Change>) {
    let pairs = pair(&within.before.fields, &within.after.fields);
    for (before, after) in &pairs {
        match (before, after) {
            (Some(before), Some(after)) => Pair::new(within, before, after).compare(changes),
            (None, Some(after)) => changes.push(added(within, after)),
            (Some(before), None) => changes.push(removed(within, before)),
            (None, None) => {}
        }
    }
    order(within, &pairs, changes);
}

type Pairs<'p, 'a> = Vec<(Option<&'p FieldView<'a>>, Option<&'p FieldView<'a>>)>;

/// The fields that are one: of the same name on the wire, or else of the same Rust name, in the
/// order of the newer spec. Whatever merely looks alike is not one.
pub(super) fn pair<'p, 'a>(
    before: &'p [FieldView<'a>],
    after: &'p [FieldView<'a>],
) -> Pairs<'p, 'a> {
    let mut left: Vec<&FieldView<'a>> = before.iter().collect();
    let mut pairs: Pairs<'p, 'a> = after.iter().map(|field| (None, Some(field))).collect();
    type Rule = fn(&FieldView<'_>, &FieldView<'_>) -> bool;
    let rules: [Rule; 2] = [
        |a, b| a.spec.name == b.spec.name,
        |a, b| match (a.rust, b.rust) {
            (Some(a), Some(b)) => a.plan.ident == b.plan.ident,
            _ => false,
        },
    ];
    for rule in rules {
        for (found, field) in &mut pairs {
            let Some(field) = field.filter(|_| found.is_none()) else {
                continue;
            };
            if let Some(at) = left.iter().position(|old| rule(old, field)) {
                *found = Some(left.remove(at));
            }
        }
    }
    pairs.extend(left.into_iter().map(|field| (Some(field), None)));
    pairs
}

fn added(within: &Within<'_>, field: &FieldView<'_>) -> Change {
    let subject = subject(within.after, field.spec);
    let breaks = field
        .rust
        .is_some_and(|rust| rust.part == super::view::Part::Required);
    let what = match field.spec.required && within.after.side == Side::Request {
        true => format!("{subject} is new and required"),
        false => format!("{subject} is new"),
    };
    let level = match breaks {
        true => Level::Breaking,
        false => Level::Compatible,
    };
    let rust = field.rust.map(|rust| code(&rust.shown()));
    Change::new(within.level(level), what).rust(rust)
}

fn removed(within: &Within<'_>, field: &FieldView<'_>) -> Change {
    let what = format!("{} is gone", subject(within.before, field.spec));
    let rust = field.rust.map(|rust| code(&rust.shown()));
    Change::new(within.level(Level::Breaking), what).rust(rust)
}

/// The order of fields is that of the generated structs and of what is sent.
fn order(within: &Within<'_>, pairs: &Pairs<'_, '_>, changes: &mut Vec<Change>) {
    let place = |old: &FieldView<'_>| {
        let fields = within.before.fields.iter();
        fields
            .map(|field| std::ptr::from_ref(field.spec))
            .position(|each| std::ptr::eq(each, old.spec))
    };
    let kept = pairs
        .iter()
        .filter_map(|(before, after)| after.and(before.as_ref()));
    if !kept.map(|old| place(old)).is_sorted() {
        let what = match within.after.entity {
            None => "the request's fields stand in another order".to_owned(),
            Some(entity) => format!(
                "the fields of {} stand in another order",
                code(&entity.name)
            ),
        };
        changes.push(Change::new(within.level(Level::Docs), what));
    }
}

/// One field before and after.
struct Pair<'a> {
    within: &'a Within<'a>,
    before: &'a FieldView<'a>,
    after: &'a FieldView<'a>,
    subject: String,
    made: Vec<Change>,
}

impl<'a> Pair<'a> {
    fn new(within: &'a Within<'a>, before: &'a FieldView<'a>, after: &'a FieldView<'a>) -> Self {
        Self {
            within,
            before,
            after,
            subject: subject(within.after, after.spec),
            made: Vec::new(),
        }
    }

    fn compare(mut self, changes: &mut Vec<Change>) {
        self.names();
        let retyped = self.ty();
        let required = self.required();
        let default = self.default();
        if !(retyped || required || default) {
            self.neighbour();
        }
        self.place();
        self.list();
        self.codes();
        self.words();
        changes.append(&mut self.made);
    }

    fn add(&mut self, level: Level, what: &str) {
        let rust = match level {
            Level::Docs | Level::Spec => None,
            _ => arrow(
                self.before.rust.map(|rust| rust.shown()),
                self.after.rust.map(|rust| rust.shown()),
            ),
        };
        let what = format!("{} {what}", self.subject);
        self.made
            .push(Change::new(self.within.level(level), what).rust(rust));
    }

    /// The level of a change that shows in Rust where `looks` differs, else in what is written
    /// where `form` or the start differs, else in words alone.
    fn level<T: PartialEq>(&self, looks: impl Fn(&RustField<'a>) -> T) -> Level {
        let (Some(before), Some(after)) = (&self.before.rust, &self.after.rust) else {
            return Level::Spec;
        };
        if looks(before) != looks(after) {
            Level::Breaking
        } else if (before.plan.encoding, &before.plan.start)
            != (after.plan.encoding, &after.plan.start)
        {
            Level::Behaviour
        } else {
            Level::Docs
        }
    }

    fn names(&mut self) {
        let (before, after) = (&self.before.spec.name, &self.after.spec.name);
        if before != after {
            let what = format!(
                "has another name on the wire: {} → {}",
                code(before),
                code(after)
            );
            self.add(Level::Behaviour, &what);
        }
        if let (Some(before), Some(after)) = (self.before.rust, self.after.rust)
            && before.plan.ident != after.plan.ident
        {
            self.add(Level::Breaking, "has another Rust name");
        }
    }

    fn ty(&mut self) -> bool {
        let renames = self.within.renames;
        let before = type_words(&self.before.spec.ty, &|name| {
            renames.now(self.within.after.side, name)
        });
        let after = type_words(&self.after.spec.ty, &str::to_owned);
        if before == after {
            return false;
        }
        let level = self.level(|rust| rust.plan.value.clone());
        let what = format!("changes its type: {} → {}", code(&before), code(&after));
        self.add(level, &what);
        true
    }

    fn required(&mut self) -> bool {
        let what = match (self.before.spec.required, self.after.spec.required) {
            (false, true) => "is required now",
            (true, false) => "is optional now",
            _ => return false,
        };
        // What is written does not depend on it: only where the field stands.
        let level = match self.level(|rust| rust.part) {
            Level::Behaviour => Level::Docs,
            level => level,
        };
        self.add(level, what);
        true
    }

    fn default(&mut self) -> bool {
        // What the vendor assumes for a field that is left out is never sent.
        let assumed = (&self.before.spec.assumed, &self.after.spec.assumed);
        if self.before.spec.required == self.after.spec.required && assumed.0 != assumed.1 {
            let said = |value: &Option<String>| value.as_deref().map_or("nothing".to_owned(), code);
            let what = format!(
                "is assumed to be another value where it is left out: {} → {}",
                said(assumed.0),
                said(assumed.1)
            );
            self.add(Level::Docs, &what);
        }
        let what = match (&self.before.spec.default, &self.after.spec.default) {
            (Some(before), Some(after)) if before != after => {
                format!("has another default: {} → {}", code(before), code(after))
            }
            (None, Some(after)) => format!("has a default now: {}", code(after)),
            (Some(before), None) => format!("has no default any more, was {}", code(before)),
            _ => return false,
        };
        let shape = |rust: &RustField<'_>| {
            let open = rust.plan.held == Held::Optional;
            (rust.part, open, rust.plan.start.is_some())
        };
        self.add(self.level(shape), &what);
        true
    }

    /// A Rust type can change without its own line of the spec: codes are named by their field
    /// alone only as long as no other field of the operation has that name with other codes.
    fn neighbour(&mut self) {
        let is_entity = super::view::entity_of(&self.after.spec.ty).is_some();
        if let (Some(before), Some(after)) = (self.before.rust, self.after.rust)
            && (&before.plan.value, before.plan.held) != (&after.plan.value, after.plan.held)
            && !is_entity
        {
            self.add(Level::Breaking, "has another name for its Rust type");
        }
    }

    fn place(&mut self) {
        if let (Some(before), Some(after)) = (self.before.place, self.after.place)
            && before != after
        {
            self.add(
                Level::Behaviour,
                &format!("moves from the {before} to the {after}"),
            );
        }
    }

    fn list(&mut self) {
        let form = |field: &FieldView<'_>| match (&field.spec.ty, field.spec.list) {
            (_, Some(ListForm::Repeat)) => "repeat",
            (_, Some(ListForm::Json)) => "json",
            (Type::List(_), _) if field.place == Some("query") => "comma",
            _ => "",
        };
        let (before, after) = (form(self.before), form(self.after));
        if before != after && !before.is_empty() && !after.is_empty() {
            let what = format!(
                "travels as another list: {} → {}",
                code(before),
                code(after)
            );
            self.add(Level::Behaviour, &what);
        }
    }

    fn codes(&mut self) {
        let (before, after) = (
            codes_of(&self.before.spec.ty),
            codes_of(&self.after.spec.ty),
        );
        // Codes that come or go as a whole are a change of the type.
        if before.is_empty() || after.is_empty() {
            return;
        }
        for old in before {
            match after.iter().find(|new| new.code == old.code) {
                Some(new) => self.same_code(old, new),
                None => self.code_gone(old, after),
            }
        }
        for new in after {
            if !before.iter().any(|old| old.code == new.code)
                && self.renumbered(new, before).is_none()
            {
                let what = format!("has a new code: {}", code_words(new));
                let rust = variant(self.after, &new.code).map(code_path(self.after));
                self.code_change(Level::Compatible, &what, rust.map(|name| code(&name)));
            }
        }
    }

    fn same_code(&mut self, old: &Code, new: &Code) {
        if old.label != new.label {
            let what = format!(
                "calls the code {} otherwise: {} → {}",
                code(&new.code),
                text(&old.label),
                text(&new.label)
            );
            self.code_change(Level::Docs, &what, None);
        }
        let before = variant(self.before, &old.code);
        let after = variant(self.after, &new.code);
        if let (Some(before), Some(after)) = (before, after)
            && before.ident != after.ident
        {
            let what = format!("has another Rust name for the code {}", code_words(new));
            let rust = arrow(
                Some(code_path(self.before)(before)),
                Some(code_path(self.after)(after)),
            );
            self.code_change(Level::Breaking, &what, rust);
        }
    }

    fn code_gone(&mut self, old: &Code, after: &[Code]) {
        let known = variant(self.before, &old.code);
        let heir = known.and_then(|known| {
            after.iter().find(|new| {
                variant(self.after, &new.code).is_some_and(|variant| variant.ident == known.ident)
            })
        });
        if let Some(new) = heir {
            let what = format!(
                "has another code for {}: {} → {}",
                text(&new.label),
                code(&old.code),
                code(&new.code)
            );
            let rust = known.map(code_path(self.before)).map(|name| code(&name));
            return self.code_change(Level::Behaviour, &what, rust);
        }
        let what = format!("no longer has the code {}", code_words(old));
        let rust = known.map(code_path(self.before)).map(|name| code(&name));
        let level = match rust {
            Some(_) => Level::Breaking,
            None => Level::Docs,
        };
        self.code_change(level, &what, rust);
    }

    /// The code that a new one of the same Rust name stood for.
    fn renumbered<'c>(&self, new: &Code, before: &'c [Code]) -> Option<&'c Code> {
        let ident = &variant(self.after, &new.code)?.ident;
        before.iter().find(|old| {
            variant(self.before, &old.code).is_some_and(|variant| variant.ident == *ident)
        })
    }

    /// A line about a code names the variant, not the field. Codes that are no type of their own
    /// are words of the docs.
    fn code_change(&mut self, level: Level, what: &str, rust: Option<String>) {
        let level = match self.before.codes.is_some() && self.after.codes.is_some() {
            true => level,
            false => Level::Docs,
        };
        let what = format!("{} {what}", self.subject);
        let change = Change::new(self.within.level(level), what);
        self.made.push(change.rust(rust));
    }

    /// What only the docs say.
    fn words(&mut self) {
        let (before, after) = (self.before.spec, self.after.spec);
        let limits = [
            ("maxLength", &before.max_length, &after.max_length),
            ("x-jdy-scale", &before.scale, &after.scale),
            ("minimum", &before.minimum, &after.minimum),
            ("maximum", &before.maximum, &after.maximum),
        ];
        for (name, before, after) in limits {
            if before != after {
                let shown =
                    |limit: &Option<String>| limit.as_deref().map_or("none".to_owned(), code);
                self.add(
                    Level::Docs,
                    &format!(
                        "has another {}: {} → {}",
                        code(name),
                        shown(before),
                        shown(after)
                    ),
                );
            }
        }
        match (before.encrypted, after.encrypted) {
            (false, true) => self.add(Level::Docs, "is encrypted by the vendor now"),
            (true, false) => self.add(Level::Docs, "is no longer encrypted by the vendor"),
            _ => {}
        }
        if before.title != after.title {
            let shown = |title: &Option<String>| match title.as_deref().map(text) {
                Some(title) if !title.is_empty() => title,
                _ => "none".to_owned(),
            };
            self.add(
                Level::Docs,
                &format!(
                    "has another label: {} → {}",
                    shown(&before.title),
                    shown(&after.title)
                ),
            );
        }
        if before.description != after.description {
            self.add(Level::Docs, "has another description");
        }
    }
}

fn code_words(known: &Code) -> String {
    match text(&known.label) {
        label if label.is_empty() => code(&known.code),
        label => format!("{} ({label})", code(&known.code)),
    }
}

fn variant<'a>(field: &FieldView<'a>, wanted: &str) -> Option<&'a VariantPlan> {
    let variants = &field.codes?.variants;
    variants.iter().find(|variant| variant.code == wanted)
}

fn code_path<'f>(field: &'f FieldView<'_>) -> impl Fn(&VariantPlan) -> String + use<'f> {
    let owner = field
        .codes
        .map_or("", |codes| codes.name.as_str())
        .to_owned();
    move |variant| format!("{owner}::{}", variant.ident)
}

fn codes_of(ty: &Type) -> &[Code] {
    match ty {
        Type::Scalar(scalar) => &scalar.codes,
        Type::List(inner) => codes_of(inner),
        Type::Entity(_) | Type::File | Type::Any | Type::Map => &[],
    }
}

/// A type in the words of the spec.
pub(super) fn type_words(ty: &Type, entity: &dyn Fn(&str) -> String) -> String {
    match ty {
        Type::Scalar(scalar) => scalar_words(scalar),
        Type::File => "file".to_owned(),
        Type::Any => "object".to_owned(),
        Type::Entity(name) => entity(name),
        Type::List(inner) => format!("array of {}", type_words(inner, entity)),
        Type::Map => "map of string".to_owned(),
    }
}

fn scalar_words(scalar: &Scalar) -> String {
    let mut words = scalar.column.as_str().to_owned();
    if let Some(wire) = scalar.wire {
        words.push_str(" as ");
        words.push_str(wire.as_str());
    }
    if !scalar.codes.is_empty() {
        words.push_str(" with codes");
    }
    words
}
