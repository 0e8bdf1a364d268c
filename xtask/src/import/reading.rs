//! Reading: from the parts of a page to the facts of its endpoint.
//!
//! Owns which facts a page must have, and what an example says against its tables. Must not know how
//! a spec file is written.

use std::collections::{BTreeMap, BTreeSet};

use super::block::{Page, Words};
use super::called;
use super::example::{self, Json, Seen};
use super::facts::{Answer, Endpoint, Entity, Field, Media, Type};
use super::maker::{Maker, Place, entities, unreached};
use super::naming;
use super::note::Notes;
use super::section::{self, Sections, Side};
use super::table::{self, Table};
use super::value;
use super::waiver;

/// What became of a page.
#[derive(Debug)]
pub enum Outcome {
    /// It describes no endpoint.
    NoEndpoint,
    /// It cannot be taken, and why.
    Refused(usize, String),
    /// Its facts.
    Endpoint(Box<Endpoint>),
}

/// Reads a page. `stem` is the name of its file, for pages that state no title.
#[must_use]
pub fn read(page: &Page, stem: &str, notes: &mut Notes) -> Outcome {
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
        (None, None) => return Outcome::NoEndpoint,
        (Some(method), None) => {
            return Outcome::Refused(method.at, "the page has no address (请求地址)".to_owned());
        }
        (None, Some(address)) => {
            return Outcome::Refused(address.at, "the page has no method (请求方式)".to_owned());
        }
        (Some(method), Some(address)) => (method, address),
    };
    let Some(keyword) = keyword(&method.text) else {
        return Outcome::Refused(
            method.at,
            format!(
                "the method `{}` is none of GET, POST, PUT, DELETE",
                method.text
            ),
        );
    };
    let path = match path(&address.text) {
        Ok(path) => path,
        Err(why) => return Outcome::Refused(address.at, why),
    };
    let title = title(page, &sections, stem, notes);
    let named = match naming::name(keyword, &path, &title) {
        Ok(named) => named,
        Err(why) => return Outcome::Refused(address.at, why),
    };
    let mut endpoint = Endpoint {
        page: id(page, stem),
        url: page.front.url.clone(),
        method: keyword,
        path,
        path_at: address.at,
        module: named.module,
        menu: page.front.menu.clone(),
        id: named.id,
        file: named.file,
        title,
        purpose: sections
            .purpose
            .as_ref()
            .map(|words| words.text.clone())
            .filter(|text| !text.is_empty()),
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
    if endpoint.url.is_none() {
        endpoint.url = endpoint.page.as_ref().map(|id| {
            format!("https://open.jdy.com/#/files/api/detail?index=3&categrayId=&id={id}")
        });
    }
    request(&sections, &mut endpoint, notes);
    answer(&sections, &mut endpoint, notes);
    Outcome::Endpoint(Box::new(endpoint))
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
fn path(address: &str) -> Result<String, String> {
    // A link as a whole stands as `［address］`.
    let address: String = address
        .trim()
        .trim_matches(['[', ']', '［', '］', '<', '>', '`', '"'])
        .chars()
        .filter(|c| !c.is_whitespace())
        // What follows in brackets tells of the address: `/jdy/v2/x（正式环境）`.
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
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let is_id = |text: &str| text.len() >= 16 && text.bytes().all(is_plain);
    let of_url = page.front.url.as_deref().and_then(|url| {
        let (_, rest) = url.split_once("&id=").or_else(|| url.split_once("?id="))?;
        Some(rest.split('&').next().unwrap_or_default().to_owned())
    });
    page.front
        .id
        .clone()
        .or(of_url)
        .or_else(|| Some(naming::page_id(stem).to_owned()).filter(|text| is_id(text)))
        .filter(|id| !id.is_empty())
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
    const LONGEST: usize = 16;
    const BEGIN: [&str; 8] = ["用于", "用来", "通过", "本", "该", "此", "可", "根据"];
    let text = text.trim_end_matches('。');
    (1..=LONGEST).contains(&text.chars().count())
        && text.chars().all(char::is_alphanumeric)
        && !BEGIN.iter().any(|word| text.starts_with(word))
}

fn request(sections: &Sections, endpoint: &mut Endpoint, notes: &mut Notes) {
    let shown = sections
        .command
        .as_ref()
        .map(|words| example::command(&words.text))
        .unwrap_or_default();
    let mut maker = Maker::new(notes);
    let shapes = maker.shapes(&sections.body.shapes, Place::Body);
    let query_lines = sections
        .query
        .as_ref()
        .map(|table| maker.lines(table, Place::Query));
    let main = sections
        .body
        .main
        .as_ref()
        .map(|table| maker.lines(table, Place::Body));
    // A table under `请求参数` itself travels where the method lets it.
    let is_query = endpoint.method == "get" && !sections.body_is_named;
    if let Some(lines) = query_lines {
        endpoint.query = maker.fields(lines, Place::Query);
    }
    if let Some(lines) = main {
        if is_query {
            let more = maker.fields(lines, Place::Query);
            endpoint.query.extend(more);
        } else {
            let fields = maker.fields(lines, Place::Body);
            endpoint.body = Some(fields).filter(|fields| !fields.is_empty());
        }
    }
    endpoint.entities = entities(&mut maker, shapes, Place::Body);
    maker.tell_unknown();
    let has_none = endpoint.query.is_empty() && endpoint.body.is_none();
    if has_none && endpoint.method != "get" {
        maker.notes.warning(
            endpoint.path_at,
            "the page describes no field of the request; where it has any, they stand in no table \
             that can be read",
        );
    }
    let roots = endpoint.query.iter().chain(endpoint.body.iter().flatten());
    unreached(roots, &endpoint.entities, maker.notes);
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
    for field in &mut endpoint.query {
        value::finish(field, "", &seen, notes);
        value::list_form(field, &shown, notes);
    }
    for field in endpoint.body.iter_mut().flatten() {
        value::finish(field, "", &seen, notes);
    }
    finish(&mut endpoint.entities, &seen, notes);
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

fn finish(entities: &mut [Entity], seen: &Seen, notes: &mut Notes) {
    for entity in entities {
        for field in &mut entity.fields {
            value::finish(field, &entity.name, seen, notes);
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

fn answer(sections: &Sections, endpoint: &mut Endpoint, notes: &mut Notes) {
    let Side { main, shapes } = &sections.answer;
    let mut maker = Maker::new(notes);
    let shapes = maker.shapes(shapes, Place::Answer);
    let blank: BTreeSet<String> = shapes
        .iter()
        .filter(|(_, _, lines)| {
            !lines.is_empty() && lines.iter().all(|line| line.name.text.is_empty())
        })
        .map(|(name, _, _)| name.clone())
        .collect();
    let rows = match main {
        Some(table) => {
            let lines = maker.lines(table, Place::Answer);
            maker.fields(lines, Place::Answer)
        }
        None => {
            maker.notes.warning(
                endpoint.path_at,
                "the page describes no answer; only its envelope is known",
            );
            Vec::new()
        }
    };
    endpoint.answer.entities = entities(&mut maker, shapes, Place::Answer);
    maker.tell_unknown();
    unreached(rows.iter(), &endpoint.answer.entities, maker.notes);
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
}

/// The envelopes of the vendor, by what the components call them.
const ENVELOPES: [(&str, &[(&str, Type)]); 2] = [
    (
        "Envelope",
        &[("errcode", Type::Integer), ("description", Type::Text)],
    ),
    (
        "UploadEnvelope",
        &[("errorCode", Type::Text), ("message", Type::Text)],
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
            let called = table
                .and_then(|table| {
                    table
                        .lines
                        .iter()
                        .find(|line| table::wire_name(&line.name.text) == "data")
                })
                .map(|line| line.type_.text.clone())
                .unwrap_or_default();
            let has_no_data = field.ty == Type::Any
                && naming::entity(called::latin(&called::word(&called)))
                    .is_some_and(|name| blank.contains(&name));
            if has_no_data {
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
            Some(_) => notes.note(
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
                value::finish(&mut field, "", seen, notes);
                endpoint.answer.beside.push(field);
            }
        }
    }
}
