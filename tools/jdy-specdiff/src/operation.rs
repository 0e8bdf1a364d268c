//! Which operations are one, and what changed in their facts and shapes.
//!
//! Owns how operations are matched. Must not know the report. Must not use: `crate::report`,
//! `crate::revision`.

use jdy_codegen::plan::Argument;
use jdy_spec::facts::Confirmation;
use jdy_spec::model::{BodyFormat, Effect, Operation, Resource, Verdict, Verify};

use super::field::{self, Within, type_words};
use super::markdown::{code, link, text};
use super::paging;
use super::view::{Shape, Side, View, entity_of};
use super::{Change, Level, Renames, arrow};

type Pairs<'p, 'a> = Vec<(Option<&'p View<'a>>, Option<&'p View<'a>>)>;

/// The operations that are one, by id. The page is the identity; where that does not tell, the id
/// does, and then method and path.
pub(super) fn pair<'p, 'a>(before: &'p [View<'a>], after: &'p [View<'a>]) -> Pairs<'p, 'a> {
    let mut left: Vec<&View<'a>> = before.iter().collect();
    let mut pairs: Pairs<'p, 'a> = after.iter().map(|view| (None, Some(view))).collect();
    type Rule = fn(&Operation, &Operation) -> bool;
    let rules: [Rule; 5] = [
        |a, b| same_page(a, b) && a.id == b.id,
        |a, b| same_page(a, b) && a.method == b.method && a.path == b.path,
        same_page,
        |a, b| a.id == b.id,
        |a, b| a.method == b.method && a.path == b.path,
    ];
    for rule in rules {
        for index in 0..pairs.len() {
            let Some(&(None, Some(view))) = pairs.get(index) else {
                continue;
            };
            // A page that describes several operations tells none of them apart.
            let heirs = pairs.iter().filter(|(old, new)| {
                old.is_none() && new.is_some_and(|new| rule(view.spec, new.spec))
            });
            let mut found = (0..)
                .zip(&left)
                .filter(|(_, old)| rule(old.spec, view.spec));
            if let (1, Some((at, _)), None) = (heirs.count(), found.next(), found.next())
                && let Some((old, _)) = pairs.get_mut(index)
            {
                *old = Some(left.remove(at));
            }
        }
    }
    pairs.extend(left.into_iter().map(|view| (Some(view), None)));
    pairs.sort_by(|a, b| id(a).cmp(id(b)));
    pairs
}

/// Operations of a file of the whole API have no page, and so none in common.
fn same_page(a: &Operation, b: &Operation) -> bool {
    !a.page.is_empty() && a.page == b.page
}

fn id<'p>(pair: &(Option<&'p View<'_>>, Option<&'p View<'_>>)) -> &'p str {
    pair.1.or(pair.0).map_or("", |view| view.spec.id.as_str())
}

/// The operation in the words of the page: its title as a link, its method and path; and in Rust.
pub(super) fn heading(view: &View<'_>) -> String {
    let rust = match &view.rust {
        Some(rust) => code(&rust.path()),
        None => "not in Rust".to_owned(),
    };
    format!("{} · {rust}", vendor(view.spec))
}

fn vendor(spec: &Operation) -> String {
    let call = format!("{} {}", spec.method, spec.path);
    format!("{} · {}", link(&spec.title, &spec.url), code(&call))
}

/// An operation that was not there.
pub(super) fn added(view: &View<'_>) -> Change {
    let fields = |side| -> usize {
        let shapes = view.shapes.iter().filter(|shape| shape.side == side);
        shapes.map(|shape| shape.fields.len()).sum()
    };
    let what = format!(
        "{} is new: {} in the request, {} in the answer",
        vendor(view.spec),
        counted(fields(Side::Request)),
        counted(fields(Side::Answer))
    );
    came_or_went(view, Level::Compatible, what)
}

fn counted(fields: usize) -> String {
    match fields {
        1 => "1 field".to_owned(),
        more => format!("{more} fields"),
    }
}

/// An operation that is no longer there.
pub(super) fn removed(view: &View<'_>) -> Change {
    let what = format!("{} is gone", vendor(view.spec));
    came_or_went(view, Level::Breaking, what)
}

fn came_or_went(view: &View<'_>, level: Level, what: String) -> Change {
    match &view.rust {
        Some(rust) => Change::new(level, what).rust(Some(code(&rust.path()))),
        None => Change::new(Level::Spec, what),
    }
}

/// Compares one operation.
pub(super) fn compare(before: &View<'_>, after: &View<'_>) -> Vec<Change> {
    let mut facts = Facts {
        before,
        after,
        changes: Vec::new(),
    };
    facts.generated();
    facts.names();
    facts.call();
    facts.effect();
    facts.confirmation();
    facts.resource();
    facts.verdict();
    facts.paging();
    let (pairs, renames) = shapes(before, after);
    facts.answer(&renames);
    facts.words();
    let mut changes = facts.changes;
    for pair in pairs {
        match pair {
            (Some(before), Some(after)) => {
                entity(before, after, &mut changes);
                let within = Within {
                    before,
                    after,
                    renames: &renames,
                };
                field::compare(&within, &mut changes);
            }
            (None, Some(after)) => changes.push(entity_new(after)),
            (Some(before), None) => changes.push(entity_gone(before)),
            (None, None) => {}
        }
    }
    changes
}

/// What concerns the operation as a whole.
struct Facts<'a> {
    before: &'a View<'a>,
    after: &'a View<'a>,
    changes: Vec<Change>,
}

impl Facts<'_> {
    fn add(&mut self, level: Level, what: String, rust: Option<String>) {
        let level = match self.before.rust.is_some() && self.after.rust.is_some() {
            true => level,
            false => Level::Spec,
        };
        self.changes.push(Change::new(level, what).rust(rust));
    }

    fn generated(&mut self) {
        let (level, what, rust) = match (&self.before.rust, &self.after.rust) {
            (Some(rust), None) => (Level::Breaking, "the operation is no longer in Rust", rust),
            (None, Some(rust)) => (Level::Compatible, "the operation is in Rust now", rust),
            _ => return,
        };
        let change = Change::new(level, what.to_owned());
        self.changes.push(change.rust(Some(code(&rust.path()))));
    }

    fn names(&mut self) {
        let (before, after) = (self.before.spec, self.after.spec);
        let path = |view: &View<'_>| view.rust.map(|rust| rust.path());
        let rust = (path(self.before), path(self.after));
        if before.id != after.id {
            let what = format!("id {} → {}", code(&before.id), code(&after.id));
            let level = match rust.0 == rust.1 {
                true => Level::Behaviour,
                false => Level::Breaking,
            };
            self.add(level, what, arrow(rust.0, rust.1));
        }
        if before.file != after.file {
            let what = format!("file {} → {}", code(&before.file), code(&after.file));
            self.add(Level::Spec, what, None);
        }
    }

    fn call(&mut self) {
        let (before, after) = (self.before.spec, self.after.spec);
        if before.method != after.method {
            let what = format!("method {} → {}", code(before.method), code(after.method));
            self.add(Level::Behaviour, what, None);
        }
        if before.path != after.path {
            let what = format!("path {} → {}", code(&before.path), code(&after.path));
            self.add(Level::Behaviour, what, None);
        }
        if before.format != after.format {
            let word = |form| match form {
                BodyFormat::Json => "application/json",
                BodyFormat::Multipart => "multipart/form-data",
            };
            let what = format!(
                "body {} → {}",
                code(word(before.format)),
                code(word(after.format))
            );
            self.add(Level::Behaviour, what, None);
        }
        let (Some(old), Some(new)) = (&self.before.rust, &self.after.rust) else {
            return;
        };
        let shown = |rust: &super::view::Rust<'_>| match rust.plan.argument {
            Argument::Nothing => format!("{}()", rust.plan.ident),
            _ => format!("{}(request)", rust.plan.ident),
        };
        if old.plan.argument != new.plan.argument {
            let what = match new.plan.argument {
                Argument::Nothing => "a call takes no request any more",
                _ => "a call takes a request now",
            };
            let rust = arrow(Some(shown(old)), Some(shown(new)));
            self.add(Level::Breaking, what.to_owned(), rust);
        }
    }

    fn effect(&mut self) {
        let (before, after) = (self.before.spec, self.after.spec);
        if before.effect != after.effect {
            let what = format!(
                "effect {} → {}: {}",
                code(before.effect.as_str()),
                code(after.effect.as_str()),
                consequence(before.effect, after.effect)
            );
            let lost = before.effect == Effect::Money || after.effect == Effect::Read;
            self.add(loss(lost), what, None);
        }
        if (&before.key, before.keyless) != (&after.key, after.keyless) {
            let what = format!("the caller's own key {} → {}", key(before), key(after));
            let lost = before.key.is_some() && after.key.is_none();
            self.add(loss(lost), what, None);
        }
        let (old, new) = (
            verify(before.verify.as_ref()),
            verify(after.verify.as_ref()),
        );
        if old != new {
            let what = format!("a lost call is settled by {old} → {new}");
            self.add(loss(after.verify.is_none()), what, None);
        }
    }

    /// What proves that a record which its detail does not show is not there. Another operation may
    /// have changed it.
    fn confirmation(&mut self) {
        let words = |view: &View<'_>| {
            let look_up = view.rust?.plan.facts.look_up.as_ref()?;
            look_up.confirm.as_ref().map(|(_, list)| confirmation(list))
        };
        let (old, new) = (words(self.before), words(self.after));
        if old != new {
            let lost = new.is_none();
            let said = |words: Option<String>| words.unwrap_or_else(|| "nothing".to_owned());
            let what = format!(
                "that a lost call did not take effect is confirmed by {} → {}",
                said(old),
                said(new)
            );
            self.add(loss(lost), what, None);
        }
    }

    /// How a list is read in pages. A field beside the one that changed may decide it.
    fn paging(&mut self) {
        let (Some(before), Some(after)) = (self.before.rust, self.after.rust) else {
            return;
        };
        if let Some((level, what)) = paging::compare(before.plan, after.plan) {
            self.add(level, what, None);
        }
    }

    /// Which record it is, and what of its names changed.
    fn resource(&mut self) {
        let (before, after) = (&self.before.spec.resource, &self.after.spec.resource);
        let (old, new) = (record(before.as_ref()), record(after.as_ref()));
        if old != new {
            let what = format!("the record {old} → {new}");
            self.add(Level::Behaviour, what, None);
        }
        let (Some(before), Some(after)) = (before, after) else {
            return;
        };
        let differs = [
            ("arguments that name it", before.by != after.by),
            ("filters", before.filters != after.filters),
            (
                "names under which fields come back",
                before.returns != after.returns,
            ),
        ];
        for (what, _) in differs.into_iter().filter(|(_, differs)| *differs) {
            self.add(Level::Behaviour, format!("other {what}"), None);
        }
    }

    /// What says whether the call is done.
    fn verdict(&mut self) {
        let (before, after) = (self.before.spec, self.after.spec);
        let (old, new) = (
            verdict(before.verdict.as_ref()),
            verdict(after.verdict.as_ref()),
        );
        if old != new {
            let what = format!("whether the call is done is said by {old} → {new}");
            self.add(loss(after.verdict.is_none()), what, None);
        }
    }

    fn answer(&mut self, renames: &Renames<'_>) {
        let (before, after) = (&self.before.spec.data, &self.after.spec.data);
        let now = |name: &str| renames.now(Side::Answer, name);
        let old = before
            .as_ref()
            .map_or("nothing".to_owned(), |ty| type_words(ty, &now));
        let new = after
            .as_ref()
            .map_or("nothing".to_owned(), |ty| type_words(ty, &str::to_owned));
        if old == new {
            return;
        }
        let ty = |view: &View<'_>| view.rust.map(|rust| format!("Call<{}>", rust.plan.answer));
        let (was, is) = (ty(self.before), ty(self.after));
        let level = match was == is {
            true => Level::Docs,
            false => Level::Breaking,
        };
        let what = format!(
            "the answer's data changes its type: {} → {}",
            code(&old),
            code(&new)
        );
        self.add(level, what, arrow(was, is));
    }

    fn words(&mut self) {
        let (before, after) = (self.before.spec, self.after.spec);
        if before.title != after.title {
            let what = format!("title {} → {}", text(&before.title), text(&after.title));
            self.add(Level::Docs, what, None);
        }
        if before.description != after.description {
            self.add(Level::Docs, "the description differs".to_owned(), None);
        }
        if before.page != after.page {
            let what = format!("page {} → {}", code(&before.page), code(&after.page));
            self.add(Level::Docs, what, None);
        }
        if before.url != after.url {
            let what = format!(
                "page's address {} → {}",
                code(&before.url),
                code(&after.url)
            );
            self.add(Level::Docs, what, None);
        }
    }
}

/// The level of a change of what makes a lost or refused call safe. Who built on it and is not told
/// sends twice, or takes a refusal for a success: to lose it breaks, though the compiler is silent.
fn loss(lost: bool) -> Level {
    match lost {
        true => Level::Breaking,
        false => Level::Behaviour,
    }
}

/// What a caller meets when an effect changes.
fn consequence(before: Effect, after: Effect) -> &'static str {
    match (before, after) {
        (_, Effect::Read) => "a lost call is repeated by itself now",
        (Effect::Read, Effect::Money) => {
            "a lost call is no longer repeated by itself, and the caller's own key is demanded"
        }
        (Effect::Read, Effect::Write) => "a lost call is no longer repeated by itself",
        (_, Effect::Money) => "the caller's own key is demanded",
        (_, Effect::Write) => "the caller's own key is no longer demanded",
    }
}

/// The caller's own key in words.
fn key(operation: &Operation) -> String {
    match &operation.key {
        Some(key) => code(key),
        None if operation.keyless => "none: nothing finds a call again that moved money".to_owned(),
        None => "none".to_owned(),
    }
}

/// A record in words: `ls.oak`, list, `id`, `bill_no`.
fn record(resource: Option<&Resource>) -> String {
    let Some(resource) = resource else {
        return "none".to_owned();
    };
    let names = [
        &resource.entity,
        &resource.of,
        &resource.rows,
        &resource.id,
        &resource.number,
    ];
    let names = names.map(|name| name.as_deref().map_or("none".to_owned(), code));
    format!(
        "{} as {} ({})",
        code(&resource.name),
        resource.role.as_str(),
        names.join(", ")
    )
}

fn verdict(verdict: Option<&Verdict>) -> String {
    let Some(verdict) = verdict else {
        return "the errcode alone".to_owned();
    };
    let mut parts = Vec::new();
    if let Some(success) = &verdict.success {
        parts.push(match success.yes.as_slice() {
            [] => code(&success.field),
            yes => format!("{} ({})", code(&success.field), yes.join(", ")),
        });
    }
    if !verdict.errors.is_empty() {
        parts.push(format!("errors in {}", code(&verdict.errors.join(", "))));
    }
    if let Some(ids) = &verdict.ids {
        parts.push(format!("an id in {} for each item", code(ids)));
    }
    if let Some(message) = &verdict.message {
        parts.push(format!("why in {}", code(message)));
    }
    let place = match (&verdict.rows, &verdict.of) {
        (Some(rows), Some(of)) => format!(" of each row of {} for {}", code(rows), code(of)),
        (Some(rows), None) => format!(" of each row of {}", code(rows)),
        (None, Some(of)) => format!(" for all of {}", code(of)),
        (None, None) => String::new(),
    };
    format!("{}{place}", parts.join(" and "))
}

fn verify(verify: Option<&Verify>) -> String {
    let Some(verify) = verify else {
        return "nothing".to_owned();
    };
    let by = verify
        .by
        .iter()
        .map(|(argument, field)| format!("{argument} = {field}"));
    let with = verify
        .with
        .iter()
        .map(|(argument, value)| format!("{argument} = {value:?}"));
    let arguments: Vec<String> = by.chain(with).collect();
    let mut words = code(&format!("{}({})", verify.operation, arguments.join(", ")));
    let matches = verify.matches.iter();
    let matches: Vec<String> = matches
        .map(|(shown, field)| code(&format!("{shown} = {field}")))
        .collect();
    if !matches.is_empty() {
        words.push_str(&format!(" where {}", matches.join(", ")));
    }
    if !verify.look.is_empty() {
        words.push_str(&format!(", comparing {}", code(&verify.look.join(", "))));
    }
    words
}

/// A list that confirms in words.
fn confirmation(list: &Confirmation) -> String {
    let number = list.argument.iter().map(|name| format!("{name} = number"));
    let with = list.with.iter();
    let with = with.map(|(argument, value)| format!("{argument} = {value:?}"));
    let days = list.dates.iter();
    let days = days.map(|days| format!("{} to {} around {}", days.from, days.until, days.field));
    let arguments: Vec<String> = number.chain(with).chain(days).collect();
    let asked = format!("{}({})", list.operation, arguments.join(", "));
    format!("{} by {}", code(&asked), code(&list.shown))
}

type ShapePairs<'p, 'a> = Vec<(Option<&'p Shape<'a>>, Option<&'p Shape<'a>>)>;

/// The shapes that are one: of the same name, or held by the same field.
fn shapes<'p, 'a>(before: &'p View<'a>, after: &'p View<'a>) -> (ShapePairs<'p, 'a>, Renames<'a>) {
    let mut left: Vec<&'p Shape<'a>> = before.shapes.iter().collect();
    let mut pairs: ShapePairs<'p, 'a> = Vec::with_capacity(after.shapes.len());
    for shape in &after.shapes {
        let at = left.iter().position(|old| old.key() == shape.key());
        pairs.push((at.map(|at| left.remove(at)), Some(shape)));
    }
    let mut renames = Renames::default();
    while let Some((old, new)) = renamed(before, after, &pairs, &left) {
        let old = left.remove(old);
        let key = old.key();
        if let (Some(now), Some(was)) = (new.1, key.1) {
            renames.names.insert((key.0, was), now);
        }
        for pair in &mut pairs {
            if pair.1.is_some_and(|shape| shape.key() == new) {
                pair.0 = Some(old);
            }
        }
    }
    pairs.extend(left.into_iter().map(|shape| (Some(shape), None)));
    (pairs, renames)
}

/// An entity that went and one that came, where what held the one holds the other.
fn renamed<'a>(
    before: &View<'a>,
    after: &View<'a>,
    pairs: &ShapePairs<'_, 'a>,
    left: &[&Shape<'a>],
) -> Option<(usize, (Side, Option<&'a str>))> {
    let data = (before.spec.data.as_ref(), after.spec.data.as_ref());
    let mut types = vec![(Side::Answer, data)];
    for pair in pairs {
        let (Some(old), Some(new)) = pair else {
            continue;
        };
        for (a, b) in field::pair(&old.fields, &new.fields) {
            types.push((new.side, (a.map(|a| &a.spec.ty), b.map(|b| &b.spec.ty))));
        }
    }
    for (side, (a, b)) in types {
        let (Some((a, depth)), Some((b, same))) = (a.and_then(entity_of), b.and_then(entity_of))
        else {
            continue;
        };
        let old = left.iter().position(|shape| shape.key() == (side, Some(a)));
        let new = pairs.iter().find(|pair| {
            pair.0.is_none() && pair.1.is_some_and(|shape| shape.key() == (side, Some(b)))
        });
        let key = new.and_then(|pair| pair.1).map(Shape::key);
        if let (true, Some(old), Some(key)) = (depth == same, old, key) {
            return Some((old, key));
        }
    }
    None
}

fn entity_words(shape: &Shape<'_>) -> String {
    let name = shape.entity.map_or("", |entity| entity.name.as_str());
    let label = match shape
        .entity
        .and_then(|entity| entity.title.as_deref())
        .map(text)
    {
        Some(label) if !label.is_empty() => format!(" ({label})"),
        _ => String::new(),
    };
    format!("{} entity {}{label}", shape.side.as_str(), code(name))
}

fn entity_new(shape: &Shape<'_>) -> Change {
    let what = format!(
        "{} is new: {}",
        entity_words(shape),
        counted(shape.fields.len())
    );
    entity_change(shape, Level::Compatible, what)
}

fn entity_gone(shape: &Shape<'_>) -> Change {
    let what = format!("{} is gone", entity_words(shape));
    entity_change(shape, Level::Breaking, what)
}

fn entity_change(shape: &Shape<'_>, level: Level, what: String) -> Change {
    match shape.record {
        Some(record) => Change::new(level, what).rust(Some(code(&record.name))),
        None => Change::new(Level::Spec, what),
    }
}

/// An entity's own names and words.
fn entity(before: &Shape<'_>, after: &Shape<'_>, changes: &mut Vec<Change>) {
    let (Some(old), Some(new)) = (before.entity, after.entity) else {
        return;
    };
    let subject = entity_words(after);
    let rust = |shape: &Shape<'_>| shape.record.map(|record| record.name.clone());
    let (was, is) = (rust(before), rust(after));
    match (&was, &is) {
        (Some(_), None) => {
            let what = format!("{subject} is no longer in Rust: no field refers to it");
            changes.push(entity_change(before, Level::Breaking, what));
        }
        (None, Some(_)) => {
            let what = format!("{subject} is in Rust now");
            changes.push(entity_change(after, Level::Compatible, what));
        }
        _ => {}
    }
    let both = was.is_some() && is.is_some();
    let level = |level| if both { level } else { Level::Spec };
    let broken = both && was != is;
    if old.name != new.name {
        let what = format!(
            "{subject} has another name: {} → {}",
            code(&old.name),
            code(&new.name)
        );
        let meant = level(if broken { Level::Breaking } else { Level::Docs });
        let rust = arrow(was, is).filter(|_| broken);
        changes.push(Change::new(meant, what).rust(rust));
    } else if broken {
        let what = format!("{subject} has another Rust name");
        changes.push(Change::new(Level::Breaking, what).rust(arrow(was, is)));
    }
    if old.title != new.title || old.description != new.description {
        let what = format!("{subject} has another label or description");
        changes.push(Change::new(level(Level::Docs), what));
    }
}
