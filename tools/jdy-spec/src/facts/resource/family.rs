//! Families: the operations of one record, grouped by path, and by title where paths differ.
//!
//! Owns which paths and titles belong together. Must not know fields. Must not use: `crate::tree`,
//! `crate::lower`.

use std::collections::BTreeMap;

use crate::model::{Model, Operation, Role};

use super::shape;

/// The operations of one record.
#[derive(Debug)]
pub(super) struct Family {
    /// `scm.sal_order`
    pub(super) name: String,
    /// What the titles call the record: 销售订单.
    pub(super) titles: Vec<String>,
    /// The operations and what each does.
    pub(super) members: Vec<(usize, Role)>,
}

impl Family {
    /// The titles without 单 at their end, which some titles of one record have and others not.
    pub(super) fn bare_titles(&self) -> Vec<String> {
        let bare = |title: &String| title.strip_suffix('单').map(str::to_owned);
        let longer = |title: &String| Some(format!("{title}单"));
        self.titles
            .iter()
            .flat_map(|title| [bare(title), longer(title)])
            .flatten()
            .collect()
    }

    /// The operations of a role.
    pub(super) fn with(&self, role: Role) -> impl Iterator<Item = usize> + '_ {
        let with = move |(at, own): &(usize, Role)| (*own == role).then_some(*at);
        self.members.iter().filter_map(with)
    }
}

/// All families, by module and path.
pub(super) fn all(model: &Model) -> Vec<Family> {
    let mut by_path: BTreeMap<(String, String), Family> = BTreeMap::new();
    for (at, operation) in model.operations.iter().enumerate() {
        let Some(role) = role(operation) else {
            continue;
        };
        let base = base(operation);
        let name = format!("{}.{base}", operation.module);
        let family = by_path
            .entry((operation.module.clone(), folded(&base)))
            .or_insert_with(|| Family {
                name: name.clone(),
                titles: Vec::new(),
                members: Vec::new(),
            });
        if name.len() < family.name.len() {
            family.name = name;
        }
        let title = bare_title(&operation.title);
        if !family.titles.contains(&title) {
            family.titles.push(title);
        }
        family.members.push((at, role));
    }
    joined(by_path)
}

/// Families whose paths differ and whose titles are one: `bd.space` and `bd.spaces` both speak
/// of 仓位. They are joined where no role would stand twice.
fn joined(by_path: BTreeMap<(String, String), Family>) -> Vec<Family> {
    let mut families: Vec<Family> = Vec::new();
    let mut known: BTreeMap<(String, String), usize> = BTreeMap::new();
    for ((module, _), mut family) in by_path {
        let found = family
            .titles
            .iter()
            .find_map(|title| known.get(&(module.clone(), title.clone())).copied());
        let first = found
            .and_then(|at| families.get_mut(at))
            .filter(|first| complements(first, &family));
        match first {
            Some(first) => {
                first.members.append(&mut family.members);
                if family.name.len() < first.name.len() {
                    first.name = family.name;
                }
            }
            None => {
                for title in &family.titles {
                    known
                        .entry((module.clone(), title.clone()))
                        .or_insert(families.len());
                }
                families.push(family);
            }
        }
    }
    families
}

fn complements(one: &Family, other: &Family) -> bool {
    other
        .members
        .iter()
        .all(|(_, role)| one.with(*role).next().is_none())
}

/// What an operation does with its record, by method and title.
fn role(operation: &Operation) -> Option<Role> {
    let title = operation.title.as_str();
    let says = |words: &[&str]| words.iter().any(|word| title.contains(word));
    let is_generic = operation.module == "cust";
    match operation.method {
        _ if is_generic => None,
        "DELETE" => Some(Role::Delete),
        "POST" if says(&["批量保存"]) => Some(Role::Batch),
        "POST" if says(&["保存", "新增"]) => Some(Role::Save),
        _ if title.ends_with("详情") => Some(Role::Detail),
        _ if title.ends_with("列表") && shape::rows(operation).is_some() => Some(Role::List),
        _ => None,
    }
}

/// The path without what says what is done: `sal_order` of `sal_order_detail`.
fn base(operation: &Operation) -> String {
    const DEEDS: [&str; 6] = ["_save", "_batch", "_detail", "_list", "_delete", "_query"];
    let rest = operation
        .path
        .trim_start_matches("/jdy/v2/")
        .split_once('/')
        .map_or(operation.name.as_str(), |(_, rest)| rest);
    let mut base = rest.replace('/', "_");
    while let Some(shorter) = DEEDS.iter().find_map(|deed| base.strip_suffix(deed)) {
        base = shorter.to_owned();
    }
    base
}

/// A path as it is compared: `mo_task_bill` and `mo_taskbill` are one, `space` and `spaces` too.
fn folded(base: &str) -> String {
    let bare = base.replace('_', "").to_ascii_lowercase();
    bare.strip_suffix('s').unwrap_or(&bare).to_owned()
}

/// A title without what is done: 销售订单 of 销售订单列表.
fn bare_title(title: &str) -> String {
    const DEEDS: [&str; 8] = [
        "批量保存",
        "保存",
        "新增",
        "详情",
        "列表",
        "查询",
        "删除",
        "接口",
    ];
    let mut bare = title.trim();
    while let Some(shorter) = DEEDS.iter().find_map(|deed| bare.strip_suffix(deed)) {
        bare = shorter.trim();
    }
    bare.to_owned()
}

/// Whether a code looks like the name of a kind of document: `sal_bill_order`.
pub(super) fn is_entity_number(code: &str) -> bool {
    let (module, rest) = code.split_once('_').unwrap_or_default();
    !module.is_empty()
        && !rest.is_empty()
        && code
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
