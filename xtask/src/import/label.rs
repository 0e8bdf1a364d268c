//! Labels: the short name that begins a description.
//!
//! Owns where a label ends. Must not know where its enumeration begins, which it is told.

use super::inline::squeeze;

/// The longest label, in characters; what is longer is a sentence and no name.
const LONGEST: usize = 40;

/// The label of a description. `list` is the byte where an enumeration begins, if there is one.
#[must_use]
pub fn label(says: &str, list: Option<usize>) -> Option<String> {
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
    let cut = rest
        .char_indices()
        .find(|(at, letter)| ends(rest, *at, *letter))
        .map_or(rest, |(at, _)| &rest[..at]);
    let mut name = squeeze(cut);
    for tail in ["详见", "参考", "参照", "参见", "请参考"] {
        if let Some(shorter) = name
            .strip_suffix(tail)
            .filter(|shorter| !shorter.is_empty())
        {
            name = shorter.to_owned();
        }
    }
    let name = name
        .trim_end_matches(['-', '_', '.', '~'])
        .trim_end()
        .to_owned();
    let fits = !name.is_empty() && name.chars().count() <= LONGEST;
    (fits && name.chars().any(char::is_alphanumeric)).then_some(name)
}

/// Whether a label ends before this letter.
fn ends(text: &str, at: usize, letter: char) -> bool {
    match letter {
        '(' | ')' | '（' | '）' | '[' | ']' | '【' | '】' | '{' | '}' | '<' | '>' | '《' | '》' => {
            true
        }
        ',' | '，' | '。' | ';' | '；' | ':' | '：' | '、' | '!' | '！' | '?' | '？' | '|' => {
            true
        }
        '"' | '“' | '”' | '‘' | '’' | '\'' | '=' | '＝' | '~' | '…' | '—' | '\n' => {
            true
        }
        '.' => !text[at + 1..].starts_with(|c: char| c.is_ascii_alphanumeric()),
        letter if letter.is_whitespace() => !joins(&text[..at], text[at..].trim_start()),
        _ => defaults(text, at),
    }
}

/// Whether a space stands within a name: `BOM ID`, `科目类别 id`, `SKU 编码`, but not `来源 ISV都填写9`.
fn joins(before: &str, after: &str) -> bool {
    let word = after
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .count();
    let tail = after.chars().nth(word);
    let is_word = word > 0 && after.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_alone = tail.is_none_or(|next| !next.is_alphanumeric() && next != '_' && next != '-');
    let is_latin = before
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == ' ');
    (is_word && is_alone) || (is_latin && after.starts_with(|c: char| c.is_alphabetic()))
}

/// `每页显示条数默认10`, `手机号必填`: words that tell of the field, and are no part of its name.
fn defaults(text: &str, at: usize) -> bool {
    const AFTER: [&str; 6] = ["默认为", "不传默认", "默认值", "不填默认", "最大为", "必填"];
    let rest = &text[at..];
    if at == 0 {
        return false;
    }
    if AFTER.iter().any(|word| rest.starts_with(word)) {
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
}
