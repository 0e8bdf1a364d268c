//! Reading: from the parts of a page to the facts of its endpoint.
//!
//! Owns which facts a page must have, and what an example says against its tables. Must not know
//! how a spec file is written.

use jdy_spec::model::{ScalarType, Wire};
use std::collections::{BTreeMap, BTreeSet};

use super::block::{Page, Words};
use super::cutoff;
use super::endpoint::{Answer, Endpoint, Entity, Field, Media, Type};
use super::entity_name;
use super::example::{self, Json, Seen};
use super::field_builder::{FieldBuilder, FieldLocation, entities, unreached};
use super::naming;
use super::note::Notes;
use super::section::{self, Sections, Side};
use super::table::{self, Table};
use super::value;
use super::waiver;
use crate::words;

/// What became of a page.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It describes no endpoint; its id.
    NoEndpoint(Option<String>),
    /// It cannot be taken, and why.
    Refused(usize, String),
    /// Its facts.
    Endpoint(Box<Endpoint>),
}

/// Reads a page; one that ends within its front matter has said nothing. `stem` is the name of its
/// file, for pages that state no title.
#[must_use]
pub(crate) fn read(page: &Page, stem: &str, notes: &mut Notes) -> Outcome {
    if let Some((at, why)) = page.cut.filter(|(at, _)| *at == 0) {
        return Outcome::Refused(at, format!("the page is cut off: {why}"));
    }
    let sections = section::read(page, notes);
    if let Some((at, name)) = sections.tree() {
        return Outcome::Refused(
            at,
            format!(
                "the name `{name}` is marked as one within the field before it; write such fields in a table \
                 under the name of their own entity"
            ),
        );
    }
    let (method, address) = match (&sections.method, &sections.address) {
        // A page that describes fields describes an endpoint, whatever it lacks.
        (None, None) if sections.has_tables => {
            return Outcome::Refused(
                0,
                "the page has tables of fields, and neither method (请求方式) nor address (请求地址)"
                    .to_owned(),
            );
        }
        (None, None) => return no_endpoint(page, &sections, stem),
        (Some(method), None) => {
            return Outcome::Refused(method.at, "the page has no address (请求地址)".to_owned());
        }
        (None, Some(address)) => {
            return Outcome::Refused(address.at, "the page has no method (请求方式)".to_owned());
        }
        (Some(method), Some(address)) => (method, address),
    };
    let mut endpoint = match basics(page, &sections, (method, address), stem, notes) {
        Ok(endpoint) => endpoint,
        Err((at, why)) => return Outcome::Refused(at, why),
    };
    if let Some((at, why)) = page.unread {
        return Outcome::Refused(at, why.to_owned());
    }
    let undescribed = understand(&sections, &mut endpoint, notes);
    // What could not be read may be what is missing: that is the reason then.
    let cut = cutoff::cut(page, &sections, undescribed.as_deref());
    if let Some((at, why)) = cut.filter(|_| notes.fine().is_ok()) {
        return Outcome::Refused(at, format!("the page is cut off: {why}"));
    }
    Outcome::Endpoint(Box::new(endpoint))
}

/// The endpoint with its address and names, without fields; or where and why the page is refused.
fn basics(
    page: &Page,
    sections: &Sections,
    (method, address): (&Words, &Words),
    stem: &str,
    notes: &mut Notes,
) -> Result<Endpoint, (usize, String)> {
    let Some(keyword) = keyword(&method.text) else {
        let why = format!(
            "the method `{}` is none of GET, POST, PUT, DELETE",
            method.text
        );
        return Err((method.at, why));
    };
    let path = path(&address.text).map_err(|why| (address.at, why))?;
    if let Some((_, query)) = address
        .text
        .split_once(['?', '？'])
        .filter(|(_, query)| !query.is_empty())
    {
        notes.warning(
            address.at,
            format!("the address goes on with `?{query}`, which is not taken: a field of the query stands in the table"),
        );
    }
    if let Some(refusal) = second(sections, keyword, &path, notes) {
        return Err(refusal);
    }
    let title = title(page, sections, stem, notes);
    let named = naming::name(keyword, &path, &title).map_err(|why| (address.at, why))?;
    let purpose = sections.purpose.as_ref().map(|words| words.text.clone());
    let mut endpoint = Endpoint {
        page: None,
        url: None,
        source: None,
        method: keyword,
        path,
        path_at: address.at,
        module: named.module,
        menu: page.front.menu.clone(),
        id: named.id,
        file: named.file,
        title,
        purpose: purpose.filter(|text| !text.is_empty()),
        query: Vec::new(),
        body: None,
        media: Media::Json,
        entities: Vec::new(),
        answer: Answer {
            envelope: "Envelope",
            ..Answer::default()
        },
        request_example: None,
        answer_example: None,
    };
    endpoint.page = id(page, stem);
    endpoint.url = url(page, &endpoint, notes);
    Ok(endpoint)
}

/// A page without method and address: a guide, unless it begins as the page of an endpoint does.
fn no_endpoint(page: &Page, sections: &Sections, stem: &str) -> Outcome {
    if sections.has_basics && page.front.id.is_some() {
        return Outcome::Refused(
            0,
            "the page is cut off: it has basic facts (基本信息), and neither method (请求方式) nor \
             address (请求地址)"
                .to_owned(),
        );
    }
    Outcome::NoEndpoint(id(page, stem))
}

/// A second endpoint on the page. What stands twice and says the same is none.
fn second(
    sections: &Sections,
    method: &str,
    address: &str,
    notes: &mut Notes,
) -> Option<(usize, String)> {
    for other in &sections.other_addresses {
        match path(&other.text) {
            Ok(path) if path == address => {}
            Ok(path) => {
                return Some((
                    other.at,
                    format!(
                        "the page has a second address, `{path}`, beside `{address}`; one page is \
                         one endpoint, and this one is to be split in two"
                    ),
                ));
            }
            Err(_) => repeated(other, address, notes),
        }
    }
    for other in &sections.other_methods {
        match keyword(&other.text) {
            Some(known) if known == method => {}
            Some(known) => {
                return Some((
                    other.at,
                    format!(
                        "the page has a second method, {}, beside {}; one page is one endpoint, and \
                         this one is to be split in two",
                        known.to_uppercase(),
                        method.to_uppercase()
                    ),
                ));
            }
            None => repeated(other, &method.to_uppercase(), notes),
        }
    }
    None
}

fn repeated(other: &Words, taken: &str, notes: &mut Notes) {
    let what = format!(
        "a second address or method stands here, as `{}`, which is none; `{taken}` is taken",
        other.text
    );
    notes.warning(other.at, what);
}

/// Reads the tables and examples into the facts of an endpoint. Gives the type of the answer that
/// the page names and does not describe.
pub(crate) fn understand(
    sections: &Sections,
    endpoint: &mut Endpoint,
    notes: &mut Notes,
) -> Option<String> {
    request(sections, endpoint, notes);
    answer(sections, endpoint, notes)
}

fn keyword(text: &str) -> Option<&'static str> {
    let word: String = text
        .chars()
        .filter(|c| c.is_ascii_alphabetic())
        .collect::<String>()
        .to_ascii_lowercase();
    ["get", "post", "put", "delete"]
        .into_iter()
        .find(|known| *known == word)
}

/// The path of an address, without host and query.
///
/// # Errors
/// Why it is no path of the API.
pub(crate) fn path(address: &str) -> Result<String, String> {
    // A link as a whole stands as `［address］`.
    let address: String = address
        .trim()
        .trim_matches(['[', ']', '［', '］', '<', '>', '`', '"'])
        .chars()
        .filter(|c| !c.is_whitespace())
        // What follows in brackets describes the address: `/jdy/v2/x（正式环境）`.
        .take_while(|c| !matches!(c, '（' | '(' | '，' | '；'))
        .collect();
    let rest = match address.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        // `jdy/v2/x`, `api.kingdee.com/jdy/v2/x`
        None => address.find("jdy/v2/").map_or(address.as_str(), |at| {
            let start = at.saturating_sub(1);
            let is_part = at == 0 || address.as_bytes().get(start) == Some(&b'/');
            if is_part { &address[start..] } else { &address }
        }),
    };
    let rooted = format!("/{rest}");
    let rest = if rest.starts_with("jdy/v2/") {
        &rooted
    } else {
        rest
    };
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let path = path.trim_end_matches('/');
    if !path.starts_with('/') {
        return Err(format!("`{address}` holds no path"));
    }
    if path.contains(['{', '}']) {
        return Err(format!(
            "`{path}` has a field in the path, which the spec has no form for"
        ));
    }
    let is_plain = path
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'.'));
    if !is_plain || path.contains("//") || path.contains("..") {
        return Err(format!("`{path}` is no path of the API"));
    }
    Ok(path.to_owned())
}

/// The page's id: as its front matter has it, or its address, or the name of its file.
fn id(page: &Page, stem: &str) -> Option<String> {
    let stated = page.front.id.as_deref().and_then(naming::page_id);
    let of_url = || page.front.url.as_deref().and_then(id_of_url);
    stated
        .or_else(|| of_url().and_then(naming::page_id))
        .or_else(|| naming::page_id(stem))
}

/// What an address has for an id, be it one or not.
fn id_of_url(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("&id=").or_else(|| url.split_once("?id="))?;
    Some(rest.split(['&', '#']).next().unwrap_or_default())
}

/// The page's address: as it is stated, unless it leads to what is no page or another one; else the
/// vendor's form of it with the page's id.
fn url(page: &Page, endpoint: &Endpoint, notes: &mut Notes) -> Option<String> {
    let built = endpoint
        .page
        .as_ref()
        .map(|id| format!("https://open.jdy.com/#/files/api/detail?index=3&categrayId=&id={id}"));
    let Some(stated) = page.front.url.as_ref() else {
        return built;
    };
    let Some(word) = id_of_url(stated) else {
        return Some(stated.clone());
    };
    match (naming::page_id(word), &endpoint.page) {
        (Some(other), Some(id)) if other == *id => Some(stated.clone()),
        (other, id) => {
            let what = match (other, id) {
                (Some(_), _) => "another id than the page",
                (None, _) => "no id: one has 32 hexadecimal digits",
            };
            let then = match built {
                Some(_) => "the address is made from the page's id",
                None => "it is not taken",
            };
            notes.warning(
                endpoint.path_at,
                format!("the address of the page has `{word}`, {what}; {then}"),
            );
            built
        }
    }
}

/// The title of a page, or else the name of its file; where that is no word of the vendor's, the
/// short name that is all of the page's purpose. Prose is no title.
fn title(page: &Page, sections: &Sections, stem: &str, notes: &mut Notes) -> String {
    let stated = page.front.title.clone().or_else(|| sections.title.clone());
    if let Some(title) = stated {
        return title;
    }
    let bare = stem.strip_suffix(".source").unwrap_or(stem);
    let purpose = sections.purpose.as_ref().filter(|_| bare.is_ascii());
    match purpose.filter(|words| is_short_name(&words.text)) {
        Some(words) => {
            let title = words.text.trim_end_matches('。').to_owned();
            let what = format!("the page states no title; by its purpose it is `{title}`");
            notes.note(words.at, what);
            title
        }
        None => {
            let what = format!("the page states no title; by its file it is `{bare}`");
            notes.note(0, what);
            bare.to_owned()
        }
    }
}

/// Whether words are the short name of a thing, and no sentence about it.
fn is_short_name(text: &str) -> bool {
    const MAX_TITLE_CHARS: usize = 16;
    let text = text.trim_end_matches('。');
    (1..=MAX_TITLE_CHARS).contains(&text.chars().count())
        && text.chars().all(char::is_alphanumeric)
        && !words::SENTENCE_START
            .iter()
            .any(|word| text.starts_with(word))
}

fn request(sections: &Sections, endpoint: &mut Endpoint, notes: &mut Notes) {
    let shown = sections
        .command
        .as_ref()
        .map(|words| example::command(&words.text))
        .unwrap_or_default();
    request_fields(sections, endpoint, notes);
    endpoint.media = media(sections, &shown, endpoint);
    let mut seen = Seen::default();
    look_at_query(&shown, sections, endpoint, &mut seen);
    if let (Some(words), Some((start, end))) = (&sections.command, shown.body) {
        let text = words.text.get(start..end).unwrap_or_default();
        match example::json(text, words.at + start) {
            Ok(json) => {
                if let Some(body) = &endpoint.body {
                    seen.look(&json, body, &endpoint.entities);
                }
                endpoint.request_example = Some(json);
            }
            Err((at, why)) => notes.note(
                at,
                format!(
                    "the example of the request cannot be read: {why}; nothing is taken from it"
                ),
            ),
        }
    }
    let at = sections.command.as_ref().map_or(0, |words| words.at);
    contradictions(
        &seen,
        endpoint.body.as_deref(),
        &endpoint.entities,
        at,
        notes,
    );
    complete_request(endpoint, &shown, &seen, notes);
}

/// The fields of the request as its tables have them.
fn request_fields(sections: &Sections, endpoint: &mut Endpoint, notes: &mut Notes) {
    let mut builder = FieldBuilder::new(notes);
    let shapes = builder.shapes(&sections.body.shapes, FieldLocation::Body);
    let query_lines = sections
        .query
        .as_ref()
        .map(|table| builder.lines(table, FieldLocation::Query));
    let main = sections
        .body
        .main
        .as_ref()
        .map(|table| builder.lines(table, FieldLocation::Body));
    // A table under `请求参数` itself travels where the method lets it.
    let is_query = endpoint.method == "get" && !sections.body_is_named;
    if let Some(lines) = query_lines {
        endpoint.query = builder.fields(lines, FieldLocation::Query);
    }
    if let Some(lines) = main {
        if is_query {
            let more = builder.fields(lines, FieldLocation::Query);
            endpoint.query.extend(more);
        } else {
            let fields = builder.fields(lines, FieldLocation::Body);
            endpoint.body = Some(fields).filter(|fields| !fields.is_empty());
        }
    }
    endpoint.entities = entities(&mut builder, shapes, FieldLocation::Body);
    builder.tell_unknown();
    let has_none = endpoint.query.is_empty() && endpoint.body.is_none();
    if has_none && endpoint.method != "get" {
        builder.notes.warning(
            endpoint.path_at,
            "the page describes no field of the request; where it has any, they stand in no table \
             that can be read",
        );
    }
    let roots = endpoint.query.iter().chain(endpoint.body.iter().flatten());
    unreached(roots, &endpoint.entities, builder.notes);
}

/// What the fields of the request are beyond their columns.
fn complete_request(
    endpoint: &mut Endpoint,
    shown: &example::Shown,
    seen: &Seen,
    notes: &mut Notes,
) {
    for field in &mut endpoint.query {
        settle(field, "", seen, notes);
        value::list_form(field, shown, notes);
    }
    for field in endpoint.body.iter_mut().flatten() {
        settle(field, "", seen, notes);
    }
    finish(&mut endpoint.entities, seen, notes);
    let body = endpoint.body.as_deref_mut().unwrap_or_default();
    let entities = endpoint.entities.iter_mut();
    let tables = entities.map(|entity| entity.fields.as_mut_slice());
    for fields in [endpoint.query.as_mut_slice(), body]
        .into_iter()
        .chain(tables)
    {
        waiver::apply(fields, notes);
        value::tell_apart(fields);
    }
}

/// What a field is beyond its column; what contradicts itself is not taken.
fn settle(field: &mut Field, owner: &str, seen: &Seen, notes: &mut Notes) {
    value::finish(field, owner, seen, notes);
    if let (Some(least), Some(greatest)) = (field.minimum, field.maximum)
        && least > greatest
    {
        (field.minimum, field.maximum) = (None, None);
        let what = format!(
            "the words of `{}` state {least} as the least and {greatest} as the greatest value; \
             neither is taken",
            field.name
        );
        notes.warning(field.at, what);
    }
    let is_whole = |code: &str| {
        code.parse::<i64>()
            .is_ok_and(|number| number.to_string() == code)
    };
    let is_integer = match &field.ty {
        Type::List(item) => **item == Type::Scalar(ScalarType::Integer),
        ty => *ty == Type::Scalar(ScalarType::Integer),
    };
    let is_odd = match field.wire {
        Some(Wire::Flag) => !matches!(field.codes.len(), 0 | 2),
        Some(_) => !field.codes.is_empty(),
        None => is_integer && field.codes.iter().any(|code| !is_whole(&code.code)),
    };
    if is_odd {
        field.codes.clear();
        let what = format!(
            "the codes of `{}` contradict its type or wire form; they are not taken",
            field.name
        );
        notes.warning(field.at, what);
    }
}

fn finish(entities: &mut [Entity], seen: &Seen, notes: &mut Notes) {
    for entity in entities {
        for field in &mut entity.fields {
            settle(field, &entity.name, seen, notes);
        }
    }
}

fn media(sections: &Sections, shown: &example::Shown, endpoint: &Endpoint) -> Media {
    let says = |words: &Words| {
        words
            .text
            .to_ascii_lowercase()
            .contains("multipart/form-data")
    };
    let header = sections
        .headers
        .iter()
        .flat_map(|grid| &grid.rows)
        .any(|row| row.cells.iter().any(says));
    let has_file = endpoint.body.iter().flatten().any(|field| {
        matches!(&field.ty, Type::File) || field.ty == Type::List(Box::new(Type::File))
    });
    if header || has_file || shown.is_form {
        Media::Multipart
    } else {
        Media::Json
    }
}

/// The query of the command line, against the table.
fn look_at_query(
    shown: &example::Shown,
    sections: &Sections,
    endpoint: &mut Endpoint,
    seen: &mut Seen,
) {
    let at = sections.command.as_ref().map_or(0, |words| words.at);
    let known: BTreeMap<String, usize> = endpoint
        .query
        .iter()
        .enumerate()
        .map(|(at, field)| (field.name.clone(), at))
        .collect();
    let mut has = BTreeSet::new();
    for (name, value) in &shown.query {
        match known.get(name).and_then(|at| endpoint.query.get_mut(*at)) {
            None => seen.odd.push((
                at,
                format!(
                    "the example's query has `{name}`, which the table does not; it is not taken"
                ),
            )),
            Some(field) => {
                has.insert(name.clone());
                field.example = Some(value.clone());
                if !matches!(field.ty, Type::List(_)) {
                    let json = Json::Text(value.clone());
                    seen.look_at(&json, &field.ty, &[], name, at);
                }
            }
        }
    }
    if !shown.query.is_empty() {
        for field in endpoint
            .query
            .iter()
            .filter(|field| !has.contains(&field.name))
        {
            seen.odd.push((
                field.at,
                format!(
                    "the example's query does not show `{}`; the table is kept",
                    field.name
                ),
            ));
        }
    }
}

fn contradictions(
    seen: &Seen,
    main: Option<&[Field]>,
    entities: &[Entity],
    at: usize,
    notes: &mut Notes,
) {
    for (at, what) in &seen.odd {
        notes.note(*at, what.clone());
    }
    let _ = at;
    let sides = main.map(|fields| ("", fields)).into_iter().chain(
        entities
            .iter()
            .map(|entity| (entity.name.as_str(), entity.fields.as_slice())),
    );
    for (owner, fields) in sides {
        for field in seen.missing(owner, fields) {
            notes.note(
                field.at,
                format!(
                    "the example does not show `{}`; the table is kept",
                    field.name
                ),
            );
        }
    }
}

/// Reads the answer; gives a type that it names and does not describe.
fn answer(sections: &Sections, endpoint: &mut Endpoint, notes: &mut Notes) -> Option<String> {
    let Side { main, shapes } = &sections.answer;
    let mut builder = FieldBuilder::new(notes);
    let shapes = builder.shapes(shapes, FieldLocation::Answer);
    let blank: BTreeSet<String> = shapes
        .iter()
        .filter(|(_, _, lines)| {
            !lines.is_empty() && lines.iter().all(|line| line.name.text.is_empty())
        })
        .map(|(name, _, _)| name.clone())
        .collect();
    let rows = match main {
        Some(table) => {
            let lines = builder.lines(table, FieldLocation::Answer);
            builder.fields(lines, FieldLocation::Answer)
        }
        None => {
            builder.notes.warning(
                endpoint.path_at,
                "the page describes no answer; only its envelope is known",
            );
            Vec::new()
        }
    };
    endpoint.answer.entities = entities(&mut builder, shapes, FieldLocation::Answer);
    let undescribed = builder.undescribed().map(str::to_owned);
    builder.tell_unknown();
    unreached(rows.iter(), &endpoint.answer.entities, builder.notes);
    let mut seen = Seen::default();
    if let Some(words) = &sections.example {
        match example::json(&words.text, words.at) {
            Ok(json) => {
                seen.look(&json, &rows, &endpoint.answer.entities);
                endpoint.answer_example = Some(json);
            }
            Err((at, why)) => notes.note(
                at,
                format!(
                    "the example of the answer cannot be read: {why}; nothing is taken from it"
                ),
            ),
        }
    }
    contradictions(
        &seen,
        Some(&rows),
        &endpoint.answer.entities,
        endpoint.path_at,
        notes,
    );
    finish(&mut endpoint.answer.entities, &seen, notes);
    envelope(rows, main.as_ref(), &blank, endpoint, &seen, notes);
    undescribed
}

/// The envelopes of the vendor, by what the components call them.
const ENVELOPES: [(&str, &[(&str, Type)]); 2] = [
    (
        "Envelope",
        &[
            ("errcode", Type::Scalar(ScalarType::Integer)),
            ("description", Type::Scalar(ScalarType::Text)),
        ],
    ),
    (
        "UploadEnvelope",
        &[
            ("errorCode", Type::Scalar(ScalarType::Text)),
            ("message", Type::Scalar(ScalarType::Text)),
        ],
    ),
];

fn envelope(
    rows: Vec<Field>,
    table: Option<&Table>,
    blank: &BTreeSet<String>,
    endpoint: &mut Endpoint,
    seen: &Seen,
    notes: &mut Notes,
) {
    let has = |name: &str| rows.iter().any(|field| field.name == name);
    let (name, known) = ENVELOPES
        .iter()
        .find(|(_, known)| known.first().is_some_and(|(first, _)| has(first)))
        .unwrap_or(&ENVELOPES[0]);
    endpoint.answer.envelope = name;
    if !rows.is_empty() && !known.iter().any(|(name, _)| has(name)) {
        notes.warning(
            table.map_or(0, |table| table.at),
            "the answer's table names no code of the envelope; the usual envelope is taken",
        );
    }
    for mut field in rows {
        if field.name == "data" {
            if field.ty == Type::Any && names_blank(table, blank) {
                notes.note(
                    field.at,
                    "the page describes `data` by a row without a name; the answer holds no data",
                );
                continue;
            }
            endpoint.answer.data = Some(field.ty);
            continue;
        }
        match known.iter().find(|(name, _)| *name == field.name) {
            Some((_, ty)) if *ty == field.ty => {}
            Some(_) => notes.against(
                field.at,
                format!(
                    "`{}` of the envelope has another type here; the envelope's is kept",
                    field.name
                ),
            ),
            None => {
                notes.warning(
                    field.at,
                    format!(
                        "`{}` stands beside `data`, outside of the envelope; it is taken there",
                        field.name
                    ),
                );
                settle(&mut field, "", seen, notes);
                endpoint.answer.beside.push(field);
            }
        }
    }
}

/// Whether the type of `data` is an entity that the page describes by a row without a name.
fn names_blank(table: Option<&Table>, blank: &BTreeSet<String>) -> bool {
    let is_data = |line: &&table::Line| table::wire_name(&line.name.text) == "data";
    let line = table.and_then(|table| table.lines.iter().find(is_data));
    let named = line.map_or("", |line| line.type_.text.as_str());
    naming::entity(entity_name::latin(&entity_name::word(named)))
        .is_some_and(|name| blank.contains(&name))
}
