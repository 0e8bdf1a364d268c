//! Effects: which call only reads, and which moves money.
//!
//! Owns the words of the vendor's titles that say so. A GET reads and everything else writes unless
//! a title says otherwise. Must not know other facts. Must not use: `crate::lower`, `crate::load`.

use crate::model::{Effect, Operation};
use crate::tree::Node;

use super::Derived;

/// What a title ends with where even a POST only asks. What is put or deleted is written, whatever a
/// title that was copied from another page says: a read is repeated by itself.
const ASKS: [&str; 8] = [
    "列表",
    "详情",
    "查询",
    "明细账",
    "汇总表",
    "统计表",
    "报表",
    "余额表",
];

/// For each module, what a title mentions where a write moves money, points, coupons or the
/// books; nothing: every write of the module does.
const MONEY: [(&str, &[&str]); 4] = [
    ("arap", &[]),
    ("fi", &["凭证保存", "凭证冲销", "日记账"]),
    ("fp", &["开票", "发票"]),
    (
        "ls",
        &[
            "零售单",
            "充值",
            "积分",
            "券",
            "退款",
            "核销",
            "储值",
            "收银",
            "结存",
        ],
    ),
];

pub(super) fn derive(operation: &Operation) -> Derived {
    let effect = by_title(operation.method, &operation.module, &operation.title);
    // What its method says is said by no word.
    let is_usual = match operation.method {
        "GET" => true,
        _ => effect == Effect::Write,
    };
    (!is_usual).then(|| Node::quoted(operation.span, effect.as_str()))
}

/// What an operation does by its method (`POST`) and its title.
#[must_use]
pub fn by_title(method: &str, module: &str, title: &str) -> Effect {
    let asks = || ASKS.iter().any(|word| title.ends_with(word));
    if method == "GET" || (method == "POST" && asks()) {
        Effect::Read
    } else if moves_money(module, title) {
        Effect::Money
    } else {
        Effect::Write
    }
}

fn moves_money(module: &str, title: &str) -> bool {
    MONEY
        .iter()
        .find(|(name, _)| *name == module)
        .is_some_and(|(_, words)| words.is_empty() || words.iter().any(|word| title.contains(word)))
}
