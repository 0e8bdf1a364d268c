//! The tool `search`.
//!
//! Owns how many operations it answers. Must not know how they are found.

use serde_json::{Value, json};

use super::given::Given;
use super::reply::Reply;
use super::server::Parts;
use crate::exit::Failure;
use crate::ops::{Found, Words};

/// The most operations of an answer.
const MOST: usize = 20;

pub(super) fn answer(parts: &Parts, given: &Given) -> Result<Reply, Failure> {
    let query = given.needed("query")?;
    let words = Words::of(&[query.to_owned()]);
    let infos = jdy_cli::operations().map(|operation| operation.info());
    let found = words.find(infos, parts.spec()?);
    if found.is_empty() {
        return Err(Failure::other(format!(
            "no operation has all of these in its id, path, title or fields: {query}; fewer or \
             shorter words find more"
        )));
    }
    let shown: Vec<Value> = found.iter().take(MOST).map(|it| one(parts, it)).collect();
    let notes = match found.len() - shown.len() {
        0 => Vec::new(),
        left_out => vec![format!(
            "{left_out} of {} are left out; more words find fewer",
            found.len()
        )],
    };
    let reply = Reply::new().json("operations", json!(shown).to_string());
    Ok(reply.notes(&notes))
}

fn one(parts: &Parts, found: &Found<'_>) -> Value {
    let info = found.info;
    let mut one = json!({"id": info.id, "title": info.title, "effect": info.effect.as_str()});
    if let Some(one) = one.as_object_mut() {
        if !parts.may_call(info) {
            one.insert("may_call".to_owned(), Value::Bool(false));
        }
        if !found.fields.is_empty() {
            one.insert("found_in".to_owned(), json!(found.fields));
        }
    }
    one
}
