//! What is said of an operation as a whole: the rows of the table at the head of its page.
//!
//! Owns the words; `jdy show` has the same. Must not know fields. Must not use: `crate::files`,
//! `jdy_spec::tree`.

use jdy_spec::model::{Effect, Operation, Verify};

use crate::plan::{ModulePlan, OperationPlan, PagingPlan, Plan};

use super::text::{address, code};

/// The rows, name and words. What there is nothing to say of is left out.
pub(super) fn rows(
    operation: &Operation,
    plan: &Plan,
    module: &ModulePlan,
    planned: &OperationPlan,
) -> Vec<(&'static str, String)> {
    let rows = [
        ("call", format!("`{} {}`", operation.method, operation.path)),
        ("page", page(operation)),
        ("effect", effect(operation.effect).to_owned()),
        ("key", key(operation)),
        ("record", record(operation)),
        ("look-up", look_up(operation, plan)),
        (
            "paging",
            planned
                .facts
                .paging
                .as_ref()
                .map_or_else(String::new, paging),
        ),
        ("verdict", verdict(operation)),
        ("Rust", rust(module, planned)),
    ];
    rows.into_iter()
        .filter(|(_, words)| !words.is_empty())
        .collect()
}

fn page(operation: &Operation) -> String {
    match (operation.url.as_str(), operation.source.as_deref()) {
        ("", Some(_)) => "none: it stands in the vendor's Swagger file".to_owned(),
        ("", None) => "the vendor's page states no address".to_owned(),
        (url, _) => format!("[the vendor's page]({})", address(url)),
    }
}

const fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Read => "read: it may be asked again",
        Effect::Write => "write: it is never resent automatically",
        Effect::Money => "money: it moves money, and is never resent automatically",
    }
}

fn key(operation: &Operation) -> String {
    match &operation.key {
        Some(key) if operation.effect == Effect::Money => {
            format!("{}, which it needs", code(key))
        }
        Some(key) => code(key),
        None if operation.keyless => "none: nothing in it finds the call again".to_owned(),
        None => String::new(),
    }
}

fn record(operation: &Operation) -> String {
    let Some(resource) = &operation.resource else {
        return String::new();
    };
    let mut words = format!("{} of {}", resource.role.as_str(), code(&resource.name));
    for (word, name) in [("id", &resource.id), ("number", &resource.number)] {
        if let Some(name) = name {
            words.push_str(&format!(", its {word} is {}", code(name)));
        }
    }
    words
}

fn look_up(operation: &Operation, plan: &Plan) -> String {
    match &operation.verify {
        Some(verify) => command_of(verify, operation, plan),
        None if operation.effect == Effect::Read => String::new(),
        None => "the spec knows no operation that shows whether it took effect".to_owned(),
    }
}

/// The command that looks a lost call up, and what to compare.
fn command_of(verify: &Verify, operation: &Operation, plan: &Plan) -> String {
    let mut command = format!("jdy call {}", verify.operation);
    for (argument, field) in &verify.by {
        command.push_str(&format!(" {argument}=({field})"));
    }
    for (argument, value) in &verify.with {
        command.push_str(&format!(" {argument}={value}"));
    }
    let mut operations = plan.modules.iter().flat_map(|module| &module.operations);
    let shown = operations.find(|other| other.facts.id == verify.operation);
    // The first page alone may lack the record.
    if shown.is_some_and(|list| list.facts.paging.is_some()) {
        command.push_str(" --all");
    }
    let mut words = code(&command);
    let matches = verify.matches.iter();
    let matches: Vec<String> = matches
        .map(|(shown, field)| code(&format!("{shown} = ({field})")))
        .collect();
    if !matches.is_empty() {
        words.push_str(&format!(", the record with {}", matches.join(", ")));
    }
    if !verify.look.is_empty() {
        let look: Vec<String> = verify.look.iter().map(|field| code(field)).collect();
        words.push_str(&format!("; compare {}", look.join(", ")));
    }
    let (module, name) = verify.operation.split_once('.').unwrap_or_default();
    let folder = match module == operation.module {
        true => String::new(),
        false => format!("../{module}/"),
    };
    format!("{words} ([{}]({folder}{name}.md))", code(&verify.operation))
}

fn paging(paging: &PagingPlan) -> String {
    let mut words = format!("{} from {}", code(&paging.page), paging.first);
    if let Some(size) = &paging.size {
        words.push_str(&format!(", {}", code(size)));
        let usual = paging.usual_size.map(|size| format!("{size} unless given"));
        let most = paging.max_size.map(|size| format!("at most {size}"));
        let limits: Vec<String> = usual.into_iter().chain(most).collect();
        if !limits.is_empty() {
            words.push_str(&format!(" ({})", limits.join(", ")));
        }
    }
    for (what, field) in [("rows", &paging.count), ("pages", &paging.pages)] {
        if let Some(field) = field {
            words.push_str(&format!("; {what} in all: {}", code(field)));
        }
    }
    words
}

fn verdict(operation: &Operation) -> String {
    match operation.verdict {
        None => String::new(),
        Some(_) => {
            "its answer may say no although its errcode is 0; SDK and command read that".into()
        }
    }
}

fn rust(module: &ModulePlan, planned: &OperationPlan) -> String {
    format!(
        "`client.{0}().{1}(..)`, types in `jdy::{0}::{1}`, constant `jdy::operations::{0}::{2}`, feature `{3}`",
        module.ident, planned.ident, planned.constant, module.name
    )
}
