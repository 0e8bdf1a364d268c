//! Amounts: whether a field is a sum of money, a quantity, a rate or a measure.
//!
//! Owns the tables of words, and what an example shows of a number. Must not know types or codes.
//! What takes away needs more than what adds: words that make a key of the whole count wherever
//! they stand in the description, words that make an amount only at the end of its label.

use super::is_decimal;
use crate::words;

/// What a field is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    /// Nothing of the kind.
    None,
    /// An amount, by a part of its label; another part denies it.
    InPart,
    /// An amount, but the description says that the value is a key.
    Key,
    /// A sum of money.
    Money {
        /// Whether the field's name says so as well.
        named: bool,
    },
    /// A quantity, a rate or a measure.
    Measure {
        /// Whether the field's name says so as well.
        named: bool,
    },
    /// An amount by the field's name alone.
    Named,
}

/// What the examples show of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// There is none, or what stands there shows nothing: `true`.
    Nothing,
    /// Every one is a number.
    Number,
    /// Every one is a number, and one has a leading zero: `001`.
    Padded,
    /// One is no number.
    Other,
}

/// What a field is about, by its words and its name. `says` is the whole description.
#[must_use]
pub(crate) fn amount(label: &str, says: &str, name: &str) -> Amount {
    if asks(label) || says.contains(words::PACKAGES) {
        return Amount::None;
    }
    let sure = names_amount(name, &words::SURE_AMOUNT_NAMES);
    let named = sure || names_amount(name, &words::AMOUNT_NAMES);
    let found = match by_label(label) {
        Amount::Money { .. } => Amount::Money { named },
        Amount::Measure { .. } => Amount::Measure { named },
        Amount::None if sure && (!is_other(label) || is_of_level(label)) => Amount::Named,
        other => other,
    };
    if found != Amount::None && says_key(says) {
        return Amount::Key;
    }
    found
}

/// What a field is about by its label alone: each part at a slash, and one at a hyphen.
fn by_label(label: &str) -> Amount {
    let parts = |text: &str| -> Vec<String> {
        let at_hyphen = text.split(['-', '_', '－']);
        at_hyphen.map(|part| bare(part).to_owned()).collect()
    };
    let mut found: Vec<Amount> = Vec::new();
    let mut is_denied = false;
    for whole in label.split(['/', '／']) {
        let parts = parts(whole);
        let of_parts = parts.iter().map(|part| ending(part));
        let best = of_parts.fold(Amount::None, |best, one| match (best, one) {
            (Amount::Money { .. }, _) | (_, Amount::None) => best,
            (_, one) => one,
        });
        is_denied |= best == Amount::None || parts.iter().any(|part| is_other(part));
        found.push(best);
    }
    let speaks = found.iter().any(|one| *one != Amount::None);
    match found.first() {
        _ if !speaks => Amount::None,
        _ if is_denied => Amount::InPart,
        Some(first) => *first,
        None => Amount::None,
    }
}

/// `价格等级1`: the price that customers of the first level pay, and no level.
fn is_of_level(label: &str) -> bool {
    let bare = label.trim_end_matches(|c: char| c.is_ascii_digit());
    bare.len() < label.len() && bare.ends_with("价格等级")
}

/// Whether a label ends as the name of a key or a kind does.
fn is_other(part: &str) -> bool {
    let part = bare(part);
    is_key(part) || words::KIND_ENDS.iter().any(|tail| part.ends_with(tail))
}

fn is_key(part: &str) -> bool {
    words::KEY_ENDS.iter().any(|tail| part.ends_with(tail)) || ends_in_id(part)
}

/// `档案id`, `科目ID`, `acct_id`, but not `valid`.
fn ends_in_id(part: &str) -> bool {
    let lower = part.to_ascii_lowercase();
    ["id", "ids"].iter().any(|tail| {
        lower
            .strip_suffix(tail)
            .is_some_and(|head| !head.ends_with(|c: char| c.is_ascii_alphanumeric()))
    })
}

/// Whether the description says that the value is a key: in a bracket that ends with one or speaks
/// of an account, or in a clause behind the label that does.
fn says_key(says: &str) -> bool {
    const SIGNS: [char; 12] = [
        '，', ',', '；', ';', '。', '：', ':', '、', '/', ' ', '.', '！',
    ];
    let mut depth = 0_usize;
    let mut inner = String::new();
    let mut outer = String::new();
    for letter in says.chars() {
        match letter {
            '(' | '（' | '[' | '【' | '［' => depth += 1,
            ')' | '）' | ']' | '】' | '］' => {
                depth = depth.saturating_sub(1);
                inner.push(';');
            }
            letter if depth > 0 => inner.push(letter),
            letter => outer.push(letter),
        }
    }
    let is_choice = |text: &str| text.contains("选一");
    let in_bracket = inner.split(SIGNS).any(|clause| {
        let clause = bare(clause);
        !is_choice(clause)
            && (is_key(clause)
                || ["内码", "档案"].iter().any(|word| clause.contains(word))
                || clause == "id")
    });
    let behind = outer
        .split(SIGNS)
        .skip(1)
        .any(|clause| !is_choice(clause) && is_key(bare(clause)));
    in_bracket || behind
}

/// `是否显示数量` asks a question about a quantity, and is none.
fn asks(label: &str) -> bool {
    label.contains("是否") || label.contains("显示")
}

/// A part without the digits and signs at its end.
fn bare(part: &str) -> &str {
    part.trim()
        .trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '%' | '％' | ' ' | '的'))
}

fn ending(part: &str) -> Amount {
    const MONEY_SAID: Amount = Amount::Money { named: false };
    const MEASURE_SAID: Amount = Amount::Measure { named: false };
    let mut part = part;
    loop {
        let ends = |words: &[&str]| words.iter().any(|word| part.ends_with(word));
        if words::WHOLE_MEASURE.contains(&part) {
            return MEASURE_SAID;
        }
        if ends(&words::NO_AMOUNT) && !ends(&words::AMOUNT_ALL_THE_SAME) {
            return Amount::None;
        }
        // What ends with both is what the longer one says: `数量合计` is a quantity.
        let shorter = words::AMOUNT_QUALIFIERS
            .iter()
            .find_map(|tail| part.strip_suffix(tail));
        match shorter.map(ending) {
            Some(found) if found != Amount::None => return found,
            _ if ends(&words::MEASURE) => return MEASURE_SAID,
            _ if ends(&words::MONEY) => return MONEY_SAID,
            _ => {}
        }
        match shorter {
            Some(shorter) if !shorter.is_empty() => part = shorter,
            _ => return Amount::None,
        }
    }
}

/// Whether the last word of a name is one of these: `all_amount_for`, `custom_amount_for2`.
fn names_amount(name: &str, words: &[&str]) -> bool {
    let lower = name.to_ascii_lowercase();
    let last = lower.rsplit('.').next().unwrap_or_default();
    if words::QUESTION_NAMES
        .iter()
        .any(|word| last.starts_with(word))
    {
        return false;
    }
    let last = last.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    let last = last.strip_suffix("_for").unwrap_or(last);
    words.contains(&last.rsplit('_').next().unwrap_or_default())
}

/// What the examples of a field show.
#[must_use]
pub(crate) fn shown(examples: &[String]) -> Shown {
    let mut shown = Shown::Nothing;
    for example in examples {
        let example = example.trim();
        if is_placeholder(example) {
            continue;
        }
        // `50.` lacks nothing but its digits.
        let number = example.strip_suffix('.').unwrap_or(example);
        if !is_decimal(number) {
            return Shown::Other;
        }
        let digits = number.trim_start_matches(['-', '+']);
        let is_padded = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
        shown = match shown {
            Shown::Padded => Shown::Padded,
            _ if is_padded => Shown::Padded,
            _ => Shown::Number,
        };
    }
    shown
}

/// Nothing, or a truth, which no amount is.
fn is_placeholder(example: &str) -> bool {
    matches!(example, "" | "true" | "false" | "null")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(label: &str) -> Amount {
        amount(label, label, "f")
    }

    fn is_amount(found: Amount) -> bool {
        matches!(
            found,
            Amount::Money { .. } | Amount::Measure { .. } | Amount::Named
        )
    }

    #[test]
    fn a_label_says_amount_by_its_ending() {
        for yes in [
            "充值金额",
            "应收金额合计",
            "价税合计",
            "价税合计本位币",
            "零售价",
            "余额-应付",
            "支出金额本位币",
            "折扣额",
            "期初余额_金额",
            "手续费",
            "费用本位币",
            "单位成本",
            "应发工资",
            "抵扣预付款",
            "应收账款",
            "收款合计",
            "合计",
            "净残值",
            "本年原值调整",
            "销售费用分摊",
            "养老保险",
            "失业保险公司",
            "本年借方发生",
        ] {
            assert_eq!(of(yes), Amount::Money { named: false }, "{yes}");
        }
        for yes in [
            "数量总计",
            "每次赠送数量",
            "税率",
            "损耗率",
            "已执行入库数量2",
            "材料用量",
            "即时库存",
            "体积",
            "毛重",
            "宽",
            "折扣",
            "分配比例",
        ] {
            assert_eq!(of(yes), Amount::Measure { named: false }, "{yes}");
        }
        for no in [
            "价格等级",
            "数量精度",
            "赠送次数",
            "延迟赠送的天数",
            "是否收款",
            "是否显示数量",
            "评价",
            "核销积分",
            "本次收款",
            "含税",
            "质量",
            "银行存款",
            "商品消费",
            "保险公司",
            "是否工伤保险",
            "发生",
            "即时库存整件散包合计",
        ] {
            assert_eq!(of(no), Amount::None, "{no}");
        }
    }

    #[test]
    fn a_key_a_kind_or_a_half_makes_no_amount() {
        for no in [
            "币别/汇率",
            "汇率-id",
            "税率-编码",
            "单价-币别",
            "单价_单位",
            "已用期间数/已用工作量",
        ] {
            assert_eq!(of(no), Amount::InPart, "{no}");
        }
        for yes in ["单价/金额", "总金额-本位币", "期初余额_数量"] {
            assert!(is_amount(of(yes)), "{yes}");
        }
        assert_eq!(of("国家/地区"), Amount::None);
    }

    #[test]
    fn the_whole_description_is_judged() {
        for (label, says) in [
            ("净额", "净额(档案id)"),
            ("余额", "余额(科目 ID)"),
            ("余额", "余额（编码）"),
            ("出材率", "出材率（率表编号，必填）"),
            ("金额", "金额【内码】"),
            ("金额", "金额，档案编码"),
            ("金额", "金额；对应科目id"),
        ] {
            assert_eq!(amount(label, says, "amount"), Amount::Key, "{says}");
        }
        for (label, says) in [
            ("金额", "金额（id与number二选一）"),
            ("优惠金额", "优惠金额（本位币）"),
            ("应付金额", "应付金额（不含税金额+税额=应付金额）"),
            ("税率", "税率；不传后端自取，传入则以传入为准"),
            ("折旧比例", "折旧比例（%），部门下的占比"),
        ] {
            assert!(is_amount(amount(label, says, "f")), "{says}");
        }
    }

    #[test]
    fn a_name_says_amount_where_the_label_does_not_deny_it() {
        for (name, label) in [
            ("total_unsettle_amount", "本单未付"),
            ("total_unsettle_amount_for", "本单未付"),
            ("diff_amount2", "抹零"),
            ("sale_price1", "价格等级1"),
            ("dis_price", ""),
        ] {
            assert_eq!(amount(label, label, name), Amount::Named, "{name}");
        }
        for (name, label) in [
            ("sale_price", "价格等级"),
            ("unit_price", "换算单位3"),
            ("show_price", "取价"),
            ("rate", "换算"),
            ("price_id", "价"),
        ] {
            assert_ne!(amount(label, label, name), Amount::Named, "{name}");
        }
    }

    #[test]
    fn examples_are_numbers_padded_ones_or_nothing() {
        let of = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            shown(&texts)
        };
        assert_eq!(of(&["1", "0", "0.5", "-3", "50."]), Shown::Number);
        assert_eq!(of(&["1", "001"]), Shown::Padded);
        assert_eq!(of(&["0020", "1"]), Shown::Padded);
        assert_eq!(of(&["", "true", "false"]), Shown::Nothing);
        assert_eq!(of(&[]), Shown::Nothing);
        for other in ["5%", "1,000", "甲", "xx", "1e3"] {
            assert_eq!(of(&["1", other]), Shown::Other, "{other}");
        }
    }
}
