//! Labels: the short name that begins a description.
//!
//! Owns where a label ends. Must not know where its enumeration begins: its caller says so.

use super::inline::squeeze;
use crate::words;

/// The longest label, in characters; what is longer is a sentence and no name.
const MAX_LABEL_CHARS: usize = 40;

/// The label of a description. `list` is the byte where an enumeration begins, if there is one.
#[must_use]
pub(crate) fn label(says: &str, list: Option<usize>) -> Option<String> {
    let end = list.unwrap_or(says.len());
    let mut rest = says.get(..end).unwrap_or(says);
    rest = rest.trim_start_matches(|c: char| {
        c.is_whitespace() || matches!(c, '=' | '*' | '.' | '-' | '—')
    });
    // `（仅限于旗舰版）发票类型`: a remark before the name.
    while rest.starts_with(['(', '（', '【']) {
        let close = rest.find([')', '）', '】'])?;
        let width = rest[close..].chars().next().map_or(1, char::len_utf8);
        rest = rest[close + width..].trim_start();
    }
    if list.is_none()
        && let Some(whole) = around_bracket(rest)
    {
        return Some(whole);
    }
    let cut = end_of(rest);
    let name = cleaned(&rest[..cut], &rest[cut..]);
    if is_prose(&name, rest, cut) {
        return next_clause(rest, list.is_some());
    }
    // `true:合并`: a value is no name.
    let is_value = matches!(&name[..], "true" | "false" | "见" | "如" | "例" | "注")
        || name.bytes().all(|byte| byte.is_ascii_digit());
    let fits = !is_value && !name.is_empty() && name.chars().count() <= MAX_LABEL_CHARS;
    (fits && name.chars().any(char::is_alphanumeric)).then_some(name)
}

/// The byte where the label that begins a text ends.
fn end_of(text: &str) -> usize {
    text.char_indices()
        .find(|(at, letter)| ends(text, *at, *letter))
        .map_or(text.len(), |(at, _)| at)
}

/// A label without what is none of it, and what follows it.
fn cleaned(cut: &str, after: &str) -> String {
    let mut name = squeeze(cut);
    for tail in words::CITING_ENDS {
        if let Some(shorter) = name
            .strip_suffix(tail)
            .filter(|shorter| !shorter.is_empty())
        {
            name = shorter.to_owned();
        }
    }
    // `数据列表c=[]`: what the vendor's own editor left behind.
    let left = name
        .strip_suffix(|c: char| c.is_ascii_lowercase())
        .filter(|shorter| after.starts_with('=') && shorter.ends_with(is_han));
    left.unwrap_or(&name)
        .trim_end_matches(['-', '_', '.', '~', '*', '、'])
        .trim_end()
        .to_owned()
}

/// `本期（本月）金额`: the name goes on behind a remark, and with it ends the text.
fn around_bracket(text: &str) -> Option<String> {
    const MAX_TAIL_CHARS: usize = 6;
    let open = end_of(text);
    let (head, rest) = text.split_at(open);
    let (inner, tail) = rest.strip_prefix(['(', '（'])?.split_once([')', '）'])?;
    let tail = tail.trim_end_matches(['。', ' ']);
    let is_remark = inner.chars().all(char::is_alphanumeric);
    let joins = !head.is_empty()
        && is_remark
        && tail.chars().count() <= MAX_TAIL_CHARS
        && tail.chars().all(char::is_alphanumeric)
        && is_name(tail);
    joins.then(|| format!("{}{tail}", squeeze(head)))
}

/// Whether a text is the name of a thing by its ending, and tells nothing of a field.
fn is_name(text: &str) -> bool {
    let noun = words::LABEL_NOUNS
        .iter()
        .filter(|noun| text.ends_with(**noun));
    // `规则` holds a word that tells, and tells nothing.
    noun.max_by_key(|noun| noun.len()).is_some_and(|noun| {
        !words::LABEL_TELLS
            .iter()
            .any(|word| text.contains(word) && !noun.contains(word))
    })
}

/// Whether what begins a text tells when the field is to be sent, and does not name it.
fn is_prose(name: &str, text: &str, cut: usize) -> bool {
    let clause = text[..clause_end(text)].trim();
    let chooses = clause.ends_with("选一") && !clause.contains(char::is_whitespace);
    // `支持按订单编号查询`, `类型为套装时传递：分摊规则`
    let is_one = !clause.contains(char::is_whitespace);
    let searches = is_one
        && clause.starts_with("支持")
        && words::SEARCHES.iter().any(|end| clause.ends_with(end));
    let is_when = is_one && words::WHEN_SENT.iter().any(|end| clause.ends_with(end));
    if chooses
        || searches
        || is_when
        || words::PROSE_START.iter().any(|word| name.starts_with(word))
    {
        return true;
    }
    if name
        .strip_prefix('当')
        .is_some_and(|rest| !rest.starts_with(words::WHEN_NAMES))
        || (name.starts_with('为') && name.contains('时'))
    {
        return true;
    }
    // `修改必传`: what is left of it is when, and not what.
    let is_demand = words::BEHIND_DEED
        .iter()
        .any(|word| text[cut..].starts_with(word));
    let is_moment = name.ends_with('时') && !words::HOURS.iter().any(|word| name.ends_with(word));
    is_moment
        || (is_demand && words::DEEDS.contains(&name))
        || (!name.starts_with("是否") && words::PROSE_END.iter().any(|word| name.ends_with(word)))
}

/// Where the first clause of a text ends.
fn clause_end(text: &str) -> usize {
    text.find([',', '，', ';', '；', '。', '(', '（', ':', '：'])
        .unwrap_or(text.len())
}

/// `当类型为辅料时，辅料编码`: the name that follows prose and ends the text, or stands before a list.
fn next_clause(text: &str, has_list: bool) -> Option<String> {
    const SIGNS: [char; 9] = ['。', '，', ',', '：', ':', '；', ';', '（', '('];
    let rest = text[clause_end(text)..]
        .strip_prefix([',', '，', '：', ':'])?
        .trim();
    let name = match has_list {
        true => rest.trim_end_matches(SIGNS).trim_end(),
        false => rest.trim_end_matches('。'),
    };
    (end_of(name) == name.len() && is_name(name)).then(|| squeeze(name))
}

/// What tells a field from another of the same label: the name behind the sign that ended it, or a
/// remark in brackets. `年末盘点：经办人`, `余额（原币）`. Brackets that hold a format are passed over:
/// `开始日期（格式：yyyy-MM-dd），修改日期` is `开始日期，修改日期`.
#[must_use]
pub(crate) fn apart(says: &str, label: &str) -> Option<String> {
    let rest = says.trim().strip_prefix(label)?;
    let sign = rest.chars().next()?;
    let after = rest[sign.len_utf8()..].trim_start();
    match sign {
        '(' | '（' => {
            let (remark, behind) = after.split_once([')', '）']).unwrap_or((after, ""));
            let remark = remark.trim();
            let told = tells(remark).then(|| format!("{label}（{remark}）"));
            told.or_else(|| behind_sign(behind.trim_start(), label))
        }
        _ => behind_sign(rest, label),
    }
}

/// The label with the name behind a sign.
fn behind_sign(text: &str, label: &str) -> Option<String> {
    let sign = text.chars().next()?;
    let after = text[sign.len_utf8()..].trim_start();
    let more = after[..end_of(after)].trim();
    let fits = match sign {
        ',' | '，' => is_name(more),
        // What goes on behind it is a sentence.
        ':' | '：' => after[more.len()..].chars().next().is_none_or(|c| c != '、'),
        _ => false,
    };
    (fits && more != label && tells(more)).then(|| format!("{label}{sign}{more}"))
}

/// Whether some words are so short that they tell one field from another.
fn tells(more: &str) -> bool {
    const MAX_REMARK_CHARS: usize = 12;
    (1..=MAX_REMARK_CHARS).contains(&more.chars().count())
        && more.starts_with(is_han)
        && more.chars().all(char::is_alphanumeric)
        && !words::LABEL_TELLS.iter().any(|word| more.contains(word))
}

fn is_han(c: char) -> bool {
    c.is_alphabetic() && !c.is_ascii()
}

/// Whether a label ends before this letter.
fn ends(text: &str, at: usize, letter: char) -> bool {
    let after = &text[at + letter.len_utf8()..];
    match letter {
        '(' | ')' | '（' | '）' | '[' | ']' | '【' | '】' | '{' | '}' | '<' | '>' | '《' | '》' => {
            true
        }
        '｛' | '｝' | '［' | '］' => true,
        ',' | '，' | '。' | ';' | '；' | ':' | '：' | '!' | '！' | '?' | '？' | '|' => true,
        '"' | '“' | '”' | '‘' | '’' | '\'' | '=' | '＝' | '~' | '…' | '—' | '\n' => {
            true
        }
        '、' => !goes_on(after.trim_start()),
        '.' => !after.starts_with(|c: char| c.is_ascii_alphanumeric()),
        // `来源id-订单`: what the key is one of.
        '-' => {
            let before = &text[..at];
            (before.ends_with("id") || before.ends_with("ID")) && after.starts_with(is_han)
        }
        // `栽种日期yyyy-MM-dd`
        'y' | 'Y' if at > 0 && after.to_ascii_lowercase().starts_with("yy") => true,
        letter if letter.is_whitespace() => !joins(&text[..at], text[at..].trim_start()),
        letter if letter.is_ascii_alphabetic() && names_type(text, at) => true,
        _ => defaults(text, at),
    }
}

/// Whether a name goes on after `、`: `编码、名称`, but not before a code or what describes the field.
fn goes_on(after: &str) -> bool {
    after.starts_with(is_han)
        && !words::NO_NAME_START
            .iter()
            .any(|word| after.starts_with(word))
}

/// `源单类型sal_bill_order`: an identifier that nothing joins to the name before it.
fn names_type(text: &str, at: usize) -> bool {
    let before = &text[..at];
    let word = text[at..]
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .map_or(&text[at..], |end| &text[at..at + end]);
    word.contains('_') && before.ends_with(is_han) && !before.ends_with(words::NAME_JOINTS)
}

/// Whether a space stands within a name: `BOM ID`, `科目类别 id`, `科目类别 编码`, but not
/// `来源 ISV都填写9`.
fn joins(before: &str, after: &str) -> bool {
    let latin = after
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .count();
    if matches!(&after[..latin].to_ascii_lowercase()[..], "true" | "false") {
        return false;
    }
    let is_key = ["名称", "编码", "编号"]
        .iter()
        .filter_map(|key| after.strip_prefix(key))
        .any(|rest| !rest.starts_with(char::is_alphanumeric));
    let tail = after.chars().nth(latin);
    let is_word = latin > 0 && after.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_alone = tail.is_none_or(|next| !next.is_alphanumeric() && next != '_' && next != '-');
    let is_latin = before
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == ' ');
    is_key
        || ends_key(after)
        || (is_word && is_alone)
        || (is_latin && after.starts_with(char::is_alphabetic))
}

/// `客户/供应商 分类id`: a name of its own that ends as a key does, and ends the clause.
fn ends_key(after: &str) -> bool {
    const MAX_KEY_CHARS: usize = 8;
    let end = after
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(after.len());
    let word = &after[..end];
    word.starts_with(is_han)
        && word.chars().count() <= MAX_KEY_CHARS
        && ["id", "ID", "编码", "编号", "名称"]
            .iter()
            .any(|tail| word.ends_with(tail))
        && !words::LABEL_TELLS.iter().any(|tell| word.contains(tell))
        && !after[end..].starts_with([' ', '-'])
}

/// `每页显示条数默认10`, `手机号必填`: words that describe the field, and are no part of its name.
fn defaults(text: &str, at: usize) -> bool {
    let rest = &text[at..];
    // `是否必填` asks.
    if at == 0 || text[..at].ends_with("是否") {
        return false;
    }
    if words::LABEL_ENDERS
        .iter()
        .any(|word| rest.starts_with(word))
    {
        return true;
    }
    rest.strip_prefix("默认").is_some_and(|value| {
        value.starts_with(|c: char| c.is_ascii_digit() || c == '"' || c == '“')
            || value.starts_with("true")
            || value.starts_with("false")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_the_name_that_begins_the_description() {
        let of = |says| label(says, None).unwrap_or_default();
        assert_eq!(of("充值金额"), "充值金额");
        assert_eq!(of("充值时间(不填以系统时间)"), "充值时间");
        assert_eq!(of("来源 ISV都填写9"), "来源");
        assert_eq!(of("指定商品种类数（X种"), "指定商品种类数");
        assert_eq!(of("BOM ID"), "BOM ID");
        assert_eq!(of("科目类别 id （只能填二级）"), "科目类别 id");
        assert_eq!(of("SKU 编码"), "SKU 编码");
        assert_eq!(of("名称 [说明]"), "名称");
        assert_eq!(of("市-ID"), "市-ID");
        assert_eq!(of("每页显示条数默认10"), "每页显示条数");
        assert_eq!(of("（仅旗舰版）票种，1：普票"), "票种");
        assert_eq!(of("（id和number二选一）"), "");
        assert_eq!(of("=汇率类型，1：固定"), "汇率类型");
        assert_eq!(of(""), "");
        assert_eq!(label("性别1-男 2-女", Some(6)).unwrap_or_default(), "性别");
        assert_eq!(label("1、微信、2、支付宝", Some(0)), None);
    }

    #[test]
    fn a_name_goes_on_behind_a_remark_where_it_ends_the_text() {
        let of = |says| label(says, None).unwrap_or_default();
        assert_eq!(of("本期（本月）金额"), "本期金额");
        assert_eq!(of("属性(M)1ID"), "属性1ID");
        assert_eq!(of("单位(M)编码"), "单位编码");
        assert_eq!(of("业务员（职员）id"), "业务员id");
        assert_eq!(of("备注（中文）必填"), "备注");
        assert_eq!(of("单价（元）两位小数"), "单价");
        assert_eq!(of("时间(不填以系统时间)为准"), "时间");
        assert_eq!(of("状态（旧）名称，1：启用"), "状态");
        assert_eq!(of("科目级次（1-n）一级科目保存时"), "科目级次");
        assert_eq!(
            label("状态（旧）1启用", Some(15)).unwrap_or_default(),
            "状态"
        );
    }

    #[test]
    fn prose_is_no_label_and_a_name_behind_it_is() {
        let of = |says| label(says, None).unwrap_or_default();
        for prose in [
            "新增不填，更新时必填",
            "修改时必传",
            "修改必传",
            "如果是口味商品则必填",
            "如果是礼品,则记录分录号，否则为空",
            "为true时返回更详细信息",
            "emp_id和emp_number二选一",
            "bill_no与id二选一",
            "id与编码字段二选一（都填以id为准）",
            "科目启用了必录核算项目是必录",
            "当类型为2时，不能为空",
            "当类型为2时，系统自动生成编码",
            "如果为空，返回所有名称",
        ] {
            assert_eq!(of(prose), "", "{prose}");
        }
        assert_eq!(of("当type为bd_auxinfo时，资料类别id"), "资料类别id");
        assert_eq!(of("异价调拨时必填，调拨入库单价"), "调拨入库单价");
        assert_eq!(of("必填，应收编码"), "应收编码");
        for name in [
            "是否必录",
            "必录",
            "是否必填",
            "当前页",
            "当次积分",
            "加班小时",
            "标准工时",
            "为谁代付",
        ] {
            assert_eq!(of(name), name);
        }
        assert_eq!(of("手机号必传"), "手机号");
        assert_eq!(of("仓位编码，id和编码二选一"), "仓位编码");
    }

    #[test]
    fn a_label_ends_before_what_is_glued_to_it() {
        let of = |says| label(says, None).unwrap_or_default();
        assert_eq!(of("科目类别 名称"), "科目类别 名称");
        assert_eq!(of("科目类别 编码（系统预置）"), "科目类别 编码");
        assert_eq!(of("科目类别 编码规则见页面"), "科目类别");
        assert_eq!(of("源单类型sal_bill_order、ar_credit"), "源单类型");
        assert_eq!(of("编码、名称模糊查询"), "编码、名称模糊查询");
        assert_eq!(of("编码、默认空"), "编码");
        assert_eq!(of("现金、2、银行卡"), "现金");
        assert_eq!(of("关键件 true/false"), "关键件");
        assert_eq!(of("返回数据列表c=[]"), "返回数据列表");
        assert_eq!(of("仓库编码*"), "仓库编码");
        assert_eq!(of("源单类型id-销售订单"), "源单类型id");
        assert_eq!(of("配送方式｛1：自提｝"), "配送方式");
    }
}
