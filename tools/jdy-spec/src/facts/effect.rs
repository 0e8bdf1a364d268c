//! Effects: which call only reads, and which moves money.
//!
//! Owns the words of the vendor's titles that say so. A GET reads and everything else writes unless
//! a title says otherwise. Must not know other facts. Must not use: `crate::lower`, `crate::load`.

use crate::model::{Effect, Operation};
use crate::tree::Node;

use super::Derived;

/// What a title ends with where even a POST only asks.
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
    if operation.method == "GET" {
        return None;
    }
    let title = operation.title.as_str();
    let effect = if ASKS.iter().any(|word| title.ends_with(word)) {
        Effect::Read
    } else if moves_money(&operation.module, title) {
        Effect::Money
    } else {
        return None;
    };
    Some(Node::quoted(operation.span, effect.as_str()))
}

fn moves_money(module: &str, title: &str) -> bool {
    MONEY
        .iter()
        .find(|(name, _)| *name == module)
        .is_some_and(|(_, words)| words.is_empty() || words.iter().any(|word| title.contains(word)))
}
