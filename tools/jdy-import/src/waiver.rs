//! Waivers: words of a field that say when it need not be sent, whatever the column says.
//!
//! Owns which words waive, and our own short phrase for each kind, which stands in the field's
//! description. The page's sentence is never copied. Must not know tables.

use std::collections::{BTreeMap, BTreeSet};

use super::endpoint::Field;
use super::format;
use super::note::Notes;
use crate::words;

/// Whether a description is one of our own phrases, which a page gives and takes.
#[must_use]
pub(crate) fn is_phrase(text: &str) -> bool {
    let text = text.strip_suffix("，修改时必填").unwrap_or(text);
    let is_fixed = [
        "新增时不填",
        "与另一字段二选一",
        "不填则自动生成",
        "有时可不填",
        "可不填",
    ];
    let is_choice = text.starts_with("与 ") && text.ends_with("选一");
    let is_condition = text.ends_with(" 时不填") && text.contains('=');
    is_fixed.contains(&text) || is_choice || is_condition
}

/// Why a field need not be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Waiver {
    /// Not for a new document or record; whether a change demands it.
    New { change: bool },
    /// One of it and these others.
    Choice(Vec<String>),
    /// The vendor makes one up; whether a change demands it.
    Made { change: bool },
    /// Not where another field has this value: `dc=1`.
    Where(String),
    /// On a condition that is the page's to tell.
    AtTimes,
    /// It may be left out.
    Free,
}

impl Waiver {
    /// Our own words for it.
    fn words(&self) -> String {
        let change = |change: bool| if change { "，修改时必填" } else { "" };
        match self {
            Self::New { change: also } => format!("新增时不填{}", change(*also)),
            Self::Choice(others) => match others.as_slice() {
                [] => "与另一字段二选一".to_owned(),
                [other] => format!("与 {other} 二选一"),
                [first, rest @ ..] => format!("与 {first}、{} 多选一", rest.join("、")),
            },
            Self::Made { change: also } => format!("不填则自动生成{}", change(*also)),
            Self::Where(condition) => format!("{condition} 时不填"),
            Self::AtTimes => "有时可不填".to_owned(),
            Self::Free => "可不填".to_owned(),
        }
    }

    /// Whether the phrase tells more than that the field is optional.
    fn tells_more(&self) -> bool {
        !matches!(self, Self::AtTimes | Self::Free)
    }
}

/// Takes the demand back from fields whose own words waive it, or those of the other field of a
/// choice, and says so in their description.
pub(crate) fn apply(fields: &mut [Field], notes: &mut Notes) {
    let table = Table {
        names: fields.iter().map(|field| field.name.clone()).collect(),
        labels: fields
            .iter()
            .take(MAX_LABELS)
            .filter_map(|field| Some((field.name.clone(), field.label.clone()?)))
            .collect(),
    };
    let mut choices = BTreeMap::new();
    for field in &mut *fields {
        if says_demand(field) {
            continue;
        }
        let Some(waiver) = waiver(&field.says, &field.name, &table) else {
            continue;
        };
        if let Some(other) = named_choice(&waiver, &field.says) {
            choices.insert(other.to_owned(), field.name.clone());
        }
        if field.required || waiver.tells_more() {
            field.doc = Some(waiver.words());
        }
        if field.required {
            take_back(field, "its words say", &waiver, notes);
        }
    }
    take_back_both(fields, choices, notes);
}

/// Takes the demand back from the fields that the words of another one name as its choice.
fn take_back_both(fields: &mut [Field], mut choices: BTreeMap<String, String>, notes: &mut Notes) {
    for field in fields.iter_mut().filter(|field| field.required) {
        let Some(other) = choices.remove(&field.name) else {
            continue;
        };
        if says_demand(field) || format::demands_always(&field.says) {
            continue;
        }
        let words = format!("the words of `{other}` say");
        let waiver = Waiver::Choice(vec![other]);
        field.doc = Some(waiver.words());
        take_back(field, &words, &waiver, notes);
    }
}

/// Whether the label or the codes of a field speak of a demand themselves.
fn says_demand(field: &Field) -> bool {
    let asks = |text: &str| text.contains('必');
    field.label.as_deref().is_some_and(asks) || field.codes.iter().any(|code| asks(&code.label))
}

/// The one other field of a choice, if the words have its whole name.
fn named_choice<'a>(waiver: &'a Waiver, says: &str) -> Option<&'a str> {
    let Waiver::Choice(others) = waiver else {
        return None;
    };
    let [other] = others.as_slice() else {
        return None;
    };
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_named = match says.split_once("非必填") {
        _ if says.contains("选一") => says.split(|c| !is_part(c)).any(|name| name == other),
        // `传入bush_number时，bush_id非必填`
        Some((before, _)) => before.rsplit(|c| !is_part(c)).next() == Some(other),
        None => false,
    };
    is_named.then_some(other)
}

fn take_back(field: &mut Field, who_says: &str, waiver: &Waiver, notes: &mut Notes) {
    field.required = false;
    notes.note(
        field.at,
        format!(
            "the column demands `{}`, {who_says} when it need not be sent ({}); it is not required",
            field.name,
            waiver.words()
        ),
    );
}

/// The fields of one table, so that words can name them.
struct Table {
    names: BTreeSet<String>,
    /// Names and labels, of the first fields.
    labels: Vec<(String, String)>,
}

/// Most fields of a table whose labels are looked for in words.
const MAX_LABELS: usize = 300;
/// Descriptions longer than this waive nothing: they are prose.
const MAX_DESCRIPTION_BYTES: usize = 3000;

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// The waiver that the words of a field state.
fn waiver(says: &str, name: &str, table: &Table) -> Option<Waiver> {
    const SIGNS: [char; 16] = [
        '，', ',', '；', ';', '。', '(', ')', '（', '）', '[', ']', '［', '］', '【', '】', '\n',
    ];
    if says.len() > MAX_DESCRIPTION_BYTES {
        return None;
    }
    let clauses: Vec<&str> = says
        .split(SIGNS)
        .map(str::trim)
        .filter(|clause| !clause.is_empty())
        .collect();
    let change = clauses.iter().any(|clause| {
        has(clause, &words::WHEN_CHANGED) && format::demands(clause) && !has(clause, &["选一"])
    });
    let mut found: Vec<Waiver> = Vec::new();
    for clause in clauses {
        if let Some(waiver) = of_clause(clause, says, name, table, change) {
            found.push(waiver);
        }
    }
    // The one that says most.
    found.sort_by_key(|one| match one {
        Waiver::New { .. } => 0,
        Waiver::Choice(others) if !others.is_empty() => 1,
        Waiver::Made { .. } => 2,
        Waiver::Where(_) => 3,
        Waiver::Choice(_) => 4,
        Waiver::AtTimes => 5,
        Waiver::Free => 6,
    });
    found.into_iter().next()
}

fn of_clause(clause: &str, says: &str, name: &str, table: &Table, change: bool) -> Option<Waiver> {
    if clause.contains("选一") {
        return Some(Waiver::Choice(others(clause, name, table)));
    }
    let is_absent = has(clause, &words::ABSENT);
    if is_absent && has(clause, &["自动", "后台", "系统"]) && clause.contains("生成") {
        return Some(Waiver::Made { change });
    }
    if is_absent && has(clause, &words::WHEN_NEW) || change && clause.contains("否则为新增") {
        return Some(Waiver::New { change });
    }
    if let Some(condition) = condition(clause) {
        return Some(Waiver::Where(condition));
    }
    let is_free = words::OPTIONAL.iter().any(|word| {
        clause
            .match_indices(word)
            .any(|(at, _)| !clause[..at].ends_with(['不', '否']))
    });
    if is_free {
        // `传入mobile时，id非必填`: either of the two.
        let others = others(says, name, table);
        return Some(if says.contains("传入") && !others.is_empty() {
            Waiver::Choice(others)
        } else if has(clause, &["时", "当", "如果", "若"]) {
            Waiver::AtTimes
        } else {
            Waiver::Free
        });
    }
    if ["时不填", "时不传", "时无需", "时不需"]
        .iter()
        .any(|word| clause.contains(word))
    {
        return Some(Waiver::AtTimes);
    }
    words::ABSENT_MEANS
        .iter()
        .any(|word| clause.starts_with(word))
        .then_some(Waiver::Free)
}

/// `dc=1时不填`
fn condition(clause: &str) -> Option<String> {
    let at = ["时不填", "时不传", "时无需", "时不需"]
        .iter()
        .find_map(|word| clause.find(word))?;
    let (field, value) = clause[..at].trim_end().rsplit_once('=')?;
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let start = field.trim_end().rfind(|c| !is_part(c)).map_or(0, |at| {
        at + field[at..].chars().next().map_or(1, char::len_utf8)
    });
    let field = field[start..].trim();
    let value = value.trim();
    let fits = |text: &str| !text.is_empty() && text.chars().all(is_part);
    (fits(field) && fits(value)).then(|| format!("{field}={value}"))
}

/// The other fields that words name: by their name, by the part of it that tells it from this
/// field's (`id` beside `material_number` is `material_id`), or by their label.
fn others(words: &str, name: &str, table: &Table) -> Vec<String> {
    let is_known = |wanted: &str| table.names.contains(wanted);
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found: Vec<String> = Vec::new();
    let mut add = |other: String| {
        if other != name && !found.contains(&other) {
            found.push(other);
        }
    };
    let head = name.rsplit_once('_').map_or("", |(head, _)| head);
    for word in words.split(|c| !is_part(c)).filter(|word| !word.is_empty()) {
        let beside = format!("{head}_{word}");
        if word == name || (!head.is_empty() && beside == name) {
            continue;
        }
        if !head.is_empty() && is_known(&beside) {
            add(beside);
        } else if is_known(word) && (head.is_empty() || !matches!(word, "id" | "number")) {
            add(word.to_owned());
        }
    }
    if found.is_empty() {
        let labelled = table.labels.iter().filter(|(known, label)| {
            known != name && label.chars().count() > 2 && words.contains(label.as_str())
        });
        let longest = labelled.max_by_key(|(_, label)| label.len());
        found.extend(longest.map(|(known, _)| known.clone()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(says: &str, name: &str) -> Option<String> {
        let fields = [
            ("id", ""),
            ("number", ""),
            ("tree_id", "树木id"),
            ("tree_number", "树木编码"),
            ("mobile", "手机"),
            ("debit", "借方"),
        ];
        let table = Table {
            names: fields.iter().map(|(name, _)| (*name).to_owned()).collect(),
            labels: fields
                .iter()
                .map(|(name, label)| ((*name).to_owned(), (*label).to_owned()))
                .collect(),
        };
        waiver(says, name, &table).map(|waiver| waiver.words())
    }

    #[test]
    fn each_kind_of_waiver_has_its_phrase() {
        for (says, name, phrase) in [
            (
                "新增不填，更新时必填（为空即是新增）",
                "id",
                "新增时不填，修改时必填",
            ),
            (
                "行id，新增不传该字段，修改必传",
                "id",
                "新增时不填，修改时必填",
            ),
            (
                "行id，修改时必传，否则为新增",
                "id",
                "新增时不填，修改时必填",
            ),
            ("新建时不用传", "id", "新增时不填"),
            ("编码（id与number二选一）", "number", "与 id 二选一"),
            (
                "编码（id与number二选一）",
                "tree_number",
                "与 tree_id 二选一",
            ),
            (
                "tree_id和tree_number二选一",
                "tree_number",
                "与 tree_id 二选一",
            ),
            (
                "树木id，与树木编码选一填入",
                "tree_id",
                "与 tree_number 二选一",
            ),
            (
                "树木编码，与树木id选一填入",
                "tree_number",
                "与 tree_id 二选一",
            ),
            (
                "上级编码（id与number二选一）",
                "parent_number",
                "与另一字段二选一",
            ),
            ("主键,传入mobile时，id非必填", "id", "与 mobile 二选一"),
            ("与另一个二选一", "debit", "与另一字段二选一"),
            (
                "单号,不传递则由后台生成（没有规则和更新时必传）",
                "number",
                "不填则自动生成，修改时必填",
            ),
            ("单号，为空系统自动生成", "number", "不填则自动生成"),
            ("借方（dc=1时必填，dc=-1时不填）", "debit", "dc=-1 时不填"),
            ("客户，当金额相等时为非必填项", "debit", "有时可不填"),
            ("客户，非必填", "debit", "可不填"),
            ("日子（为空表示不过滤）", "debit", "可不填"),
            ("日子，不填默认今日", "debit", "可不填"),
        ] {
            assert_eq!(of(says, name).as_deref(), Some(phrase), "{says}");
            assert!(is_phrase(phrase), "{phrase}");
        }
    }

    #[test]
    fn what_a_person_wrote_is_no_phrase() {
        for words in ["充值时间(不填以系统时间)", "与门店", "单据的编号", "二选一"]
        {
            assert!(!is_phrase(words), "{words}");
        }
    }

    #[test]
    fn a_demand_alone_waives_nothing() {
        for says in [
            "编码，必填",
            "编码，不可为空",
            "编码，不能为空",
            "编码，修改时必传",
            "数量（多单位时必填）",
            "页，默认1",
            "如果客户为空，编码必填",
            "来源（新增单据）",
        ] {
            assert_eq!(of(says, "debit"), None, "{says}");
        }
    }
}
