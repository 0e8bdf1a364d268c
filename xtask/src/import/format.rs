//! What a description states about a value beyond its type: dates, decimals, defaults, limits.
//!
//! Owns the tables of words. Nothing is guessed: every rule here wants the page's words, and where
//! it wants more (an example that parses, a name that agrees) it says what was missing.

use super::facts::Wire;

/// The words that a label ends with when it says amount, price, quantity or rate. The same table
/// stands in `spec/README.md`.
pub const DECIMAL_WORDS: [&str; 6] = ["额", "价税合计", "价", "价格", "数量", "率"];

/// Endings that only look like one of the words.
const NO_DECIMAL: [&str; 4] = ["评价", "名额", "报价", "频率"];

/// Words that qualify an amount and follow it: `支出金额本位币`, `本位币` itself is none.
const AFTER_DECIMAL: [&str; 4] = ["本位币", "原币", "汇总", "小计"];

/// Whether a label says amount, price, quantity or rate.
#[must_use]
pub fn says_decimal(label: &str) -> bool {
    // `是否显示数量` asks a question about a quantity, and is none.
    if label.contains("是否") || label.contains("显示") {
        return false;
    }
    label.split(['-', '_']).any(|part| {
        let mut part = part
            .trim()
            .trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '%' | '％' | ' '));
        for tail in AFTER_DECIMAL {
            part = part.strip_suffix(tail).unwrap_or(part);
        }
        DECIMAL_WORDS.iter().any(|word| part.ends_with(word))
            && !NO_DECIMAL.iter().any(|word| part.ends_with(word))
    })
}

/// Whether a text is a decimal number of at most 28 digits.
#[must_use]
pub fn is_decimal(text: &str) -> bool {
    let bare = text.trim().strip_prefix(['-', '+']).unwrap_or(text.trim());
    let (whole, part) = bare.split_once('.').unwrap_or((bare, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(part) && whole.len() + part.len() <= 28
}

/// `2020-05-11`
#[must_use]
pub fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
        && in_range(text, 5, 1, 12)
        && in_range(text, 8, 1, 31)
}

/// `2020-05-11 16:01:01`
#[must_use]
pub fn is_datetime(text: &str) -> bool {
    text.len() == 19
        && text.get(..10).is_some_and(is_date)
        && text
            .bytes()
            .enumerate()
            .skip(10)
            .all(|(at, byte)| match at {
                10 => byte == b' ',
                13 | 16 => byte == b':',
                _ => byte.is_ascii_digit(),
            })
        && in_range(text, 11, 0, 23)
        && in_range(text, 14, 0, 59)
        && in_range(text, 17, 0, 60)
}

fn in_range(text: &str, at: usize, least: u32, most: u32) -> bool {
    text.get(at..at + 2)
        .and_then(|part| part.parse().ok())
        .is_some_and(|value: u32| (least..=most).contains(&value))
}

/// Thirteen digits: milliseconds since 1970, of this age.
#[must_use]
pub fn is_millis(text: &str) -> bool {
    text.len() == 13 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The pattern that a description states for a date or time.
#[must_use]
pub fn stated_pattern(says: &str) -> Option<Stated> {
    let lower: String = says.to_lowercase().replace('：', ":");
    let Some(at) = lower.find("yyyy") else {
        return stated_by_example(&lower);
    };
    let tail: String = lower[at + 4..]
        .chars()
        .take(16)
        .take_while(|c| !matches!(c, '”' | '"' | '）' | ')' | '，' | ',' | '；' | ';' | '。'))
        .collect();
    let tail = tail.trim_end();
    Some(if tail.starts_with("-mm-dd hh:mm:ss") {
        Stated::Wire(Wire::DateTime)
    } else if tail.starts_with("-mm-dd")
        && !tail.starts_with("-mm-dd hh")
        && !tail.starts_with("-mm-ddt")
    {
        Stated::Wire(Wire::Date)
    } else {
        Stated::Other
    })
}

/// `格式：2019-01-01`
fn stated_by_example(lower: &str) -> Option<Stated> {
    let at = lower.find("格式")?;
    let rest =
        lower[at + "格式".len()..].trim_start_matches([':', ' ', '为', '如', '"', '“', '是']);
    let form: String = rest
        .chars()
        .take_while(|c| c.is_ascii_digit() || matches!(c, '-' | ':' | ' '))
        .collect();
    let form = form.trim();
    if is_date(form) {
        Some(Stated::Wire(Wire::Date))
    } else if is_datetime(form) {
        Some(Stated::Wire(Wire::DateTime))
    } else {
        None
    }
}

/// What a stated pattern is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stated {
    /// One that there is a wire form for.
    Wire(Wire),
    /// Another one.
    Other,
}

/// What a description says of a time stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// It says milliseconds.
    Millis,
    /// It says time stamp, and not of what.
    Bare,
}

/// Whether a description says that a value is a time stamp.
#[must_use]
pub fn stated_stamp(says: &str) -> Option<Stamp> {
    if !says.contains("时间戳") {
        return None;
    }
    Some(
        if says.contains("毫秒") || says.contains("ms") || says.contains("13位") {
            Stamp::Millis
        } else {
            Stamp::Bare
        },
    )
}

/// Whether a name speaks of a date or time.
#[must_use]
pub fn names_time(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.contains("date") && !lower.contains("update_") && !lower.ends_with("update")
        || lower.contains("time") && !lower.ends_with("times")
        || lower == "birthday"
}

/// Whether a label speaks of a date or time.
#[must_use]
pub fn says_time(label: &str) -> bool {
    ["日期", "时间", "到期日", "生日", "有效期至", "失效日"]
        .iter()
        .any(|word| label.contains(word))
        && !["id", "ID", "编码", "名称", "类型"]
            .iter()
            .any(|tail| label.ends_with(tail))
}

/// A value that follows a word, and whether more words follow it without a sign between.
fn token_after<'a>(says: &'a str, words: &[&str]) -> Option<(&'a str, &'a str)> {
    for word in words {
        let mut from = 0;
        while let Some(found) = says[from..].find(word) {
            from += found + word.len();
            let rest = says[from..].trim_start_matches(|c: char| {
                c.is_whitespace()
                    || matches!(
                        c,
                        ':' | '：' | '"' | '“' | '”' | '‘' | '’' | '\'' | '为' | '是' | '='
                    )
            });
            let end = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')))
                .unwrap_or(rest.len());
            let token = rest[..end].trim_end_matches(['.', '-']);
            if !token.is_empty() {
                return Some((token, &rest[token.len()..]));
            }
        }
    }
    None
}

/// The default that a description states, as it is written: `默认1`, `默认为true`.
/// `None` also where what follows is words.
#[must_use]
pub fn stated_default(says: &str) -> Option<(&str, &str)> {
    const WORDS: [&str; 4] = ["默认值", "默认填写", "默认大小", "默认"];
    token_after(says, &WORDS)
}

/// The words that follow `默认`, for a default that is named by its label.
#[must_use]
pub fn default_words(says: &str) -> Option<&str> {
    let at = says.find("默认")?;
    let rest = says[at + "默认".len()..].trim_start_matches(['值', '为', '是', ':', '：', ' ']);
    let end = rest
        .find([',', '，', ';', '；', '。', ')', '）', '、'])
        .unwrap_or(rest.len());
    Some(rest[..end].trim()).filter(|words| !words.is_empty())
}

/// The one value that a description says to send: `都填写9`, `固定传：abc`.
#[must_use]
pub fn fixed_value(says: &str) -> Option<&str> {
    const WORDS: [&str; 9] = [
        "都填写",
        "都填",
        "固定传值",
        "固定传",
        "固定填写",
        "固定填",
        "固定值",
        "固定取值",
        "固定为",
    ];
    token_after(says, &WORDS).map(|(token, _)| token)
}

/// The greatest value that a description states: `最大值100`, `可选50/100`, `范围1-100`.
#[must_use]
pub fn stated_maximum(says: &str) -> Option<u64> {
    const WORDS: [&str; 17] = [
        "最大值",
        "最大为",
        "最大不超过",
        "最大支持",
        "最大不能超过",
        "最多返回",
        "最多支持",
        "最多查询",
        "最多",
        "不超过",
        "不能超过",
        "不能大于",
        "小于等于",
        "上限",
        "范围",
        "最大",
        "≤",
    ];
    // Of a range the end counts: `1-100`.
    let number = |text: &str| {
        text.rsplit('-')
            .next()
            .and_then(|end| end.parse::<u64>().ok())
    };
    for word in WORDS {
        if let Some((token, rest)) = token_after(says, &[word])
            && !rest.starts_with(['个', '字', '位', 'm', 'M', '张', '天', '年', '月', '~'])
            && let Some(value) = number(token)
        {
            return Some(value);
        }
    }
    // `可选50/100`: the greatest of the sizes.
    let at = says.find("可选")? + "可选".len();
    let sizes: Vec<u64> = says[at..]
        .split(|c: char| !c.is_ascii_digit())
        .take_while(|part| !part.is_empty())
        .filter_map(number)
        .collect();
    (sizes.len() > 1).then(|| sizes.into_iter().max()).flatten()
}

/// The least value that a description states of a page: `从1开始`, `大于0`.
#[must_use]
pub fn stated_minimum(says: &str) -> Option<u64> {
    if let Some(at) = says.find('从')
        && let Some((value, rest)) = leading(&says[at + '从'.len_utf8()..])
        && rest.starts_with("开始")
    {
        return Some(value);
    }
    let at = says.find("大于")? + "大于".len();
    leading(&says[at..]).map(|(value, _)| value + 1)
}

/// A number that begins a text, and the rest.
fn leading(text: &str) -> Option<(u64, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// Most characters, as a description states it: `长度不超过50`, `最多50个字符`, `长度小于50`,
/// `50字以内`, `长度1-50`.
#[must_use]
pub fn stated_length(says: &str) -> Option<u64> {
    let speaks_of_length = says.contains("长度");
    const WORDS: [(&str, u64); 24] = [
        ("最大长度", 0),
        ("长度不超过", 0),
        ("长度不能超过", 0),
        ("长度不能大于", 0),
        ("长度不大于", 0),
        ("长度限制", 0),
        ("长度最大", 0),
        ("长度最多", 0),
        ("长度上限", 0),
        ("长度小于等于", 0),
        ("长度小于", 1),
        ("长度<=", 0),
        ("长度≤", 0),
        ("长度<", 1),
        ("长度范围", 0),
        ("长度", 0),
        ("不能超过", 0),
        ("不超过", 0),
        ("最多输入", 0),
        ("最多支持", 0),
        ("最多", 0),
        ("最长", 0),
        ("限制", 0),
        ("限", 0),
    ];
    for (word, less) in WORDS {
        let Some(at) = says.find(word) else { continue };
        let Some((value, rest)) = upper(&says[at + word.len()..]) else {
            continue;
        };
        let of_letters = LETTERS.iter().any(|unit| rest.starts_with(unit));
        if word.contains("长度") || of_letters || (speaks_of_length && !rest.starts_with('个')) {
            return value.checked_sub(less).filter(|value| *value > 0);
        }
    }
    within(says)
}

/// The units of a text's length.
const LETTERS: [&str; 6] = ["个字符", "字符", "个字", "字", "位字符", "个汉字"];

/// The number that begins a text after signs, or the end of a range, and the rest.
fn upper(text: &str) -> Option<(u64, &str)> {
    let rest = text.trim_start_matches(|c: char| {
        c.is_whitespace() || matches!(c, ':' | '：' | '为' | '是' | '在')
    });
    let (value, rest) = leading(rest)?;
    let end = rest
        .strip_prefix(['-', '~', '～', '至', '到'])
        .and_then(leading);
    Some(end.unwrap_or((value, rest)))
}

/// `50字以内`
fn within(says: &str) -> Option<u64> {
    let before = says
        .split("以内")
        .next()
        .filter(|before| before.len() < says.len())?;
    let number = LETTERS.iter().find_map(|unit| before.strip_suffix(unit))?;
    let start = number.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| {
        at + number[at..].chars().next().map_or(1, char::len_utf8)
    });
    number[start..].parse().ok().filter(|value| *value > 0)
}

/// Digits after the point, as a description states it: `精度是小数点后10位`, `保留2位小数`.
#[must_use]
pub fn stated_scale(says: &str) -> Option<u64> {
    let digits = |text: &str| -> Option<(u64, String)> {
        let end = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        Some((text[..end].parse().ok()?, text[end..].to_owned()))
    };
    let figures: String = says
        .chars()
        .map(|letter| match letter {
            '一' => '1',
            '两' | '二' => '2',
            '三' => '3',
            '四' => '4',
            '六' => '6',
            '八' => '8',
            other => other,
        })
        .collect();
    let says = figures.as_str();
    for word in [
        "小数点后",
        "小数位数为",
        "小数位数",
        "小数位不超过",
        "小数位为",
        "精确到小数点后",
    ] {
        if let Some(at) = says.find(word)
            && let Some((value, rest)) = digits(&says[at + word.len()..])
            && (rest.starts_with('位') || rest.is_empty())
        {
            return Some(value).filter(|value| *value <= 28);
        }
    }
    let at = says.find("位小数")?;
    let start = says[..at]
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |before| {
            before + says[before..].chars().next().map_or(1, char::len_utf8)
        });
    says[start..at].parse().ok().filter(|value| *value <= 28)
}

/// Whether a description demands the field on a condition.
#[must_use]
pub fn demands(says: &str) -> bool {
    let plain = says
        .replace("非必填", "")
        .replace("非必传", "")
        .replace("非必录", "")
        .replace("非必须", "")
        .replace("不必填", "")
        .replace("不是必填", "");
    [
        "必填",
        "必传",
        "必录",
        "必须",
        "必选",
        "必输",
        "不能为空",
        "不可为空",
        "二选一",
        "不为空",
        "三选一",
        "选一填",
        "必要",
        "必有",
    ]
    .iter()
    .any(|word| plain.contains(word))
}

/// Whether a description speaks of a cipher in other words than those that are known.
#[must_use]
pub fn speaks_of_cipher(says: &str) -> bool {
    says.contains("加密") || says.contains("解密")
}

/// Whether a description says that the vendor encrypts the value.
#[must_use]
pub fn says_encrypted(says: &str) -> bool {
    says.contains("敏感数据解密") || says.contains("敏感数据加密") || says.contains("加密字段")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_says_decimal_by_its_ending() {
        for yes in [
            "充值金额",
            "零售价",
            "每次赠送数量",
            "税率",
            "损耗率",
            "余额-应付",
            "支出金额本位币",
            "已执行入库数量2",
            "折扣额",
            "期初余额_金额",
        ] {
            assert!(says_decimal(yes), "{yes}");
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
        ] {
            assert!(!says_decimal(no), "{no}");
        }
    }

    #[test]
    fn patterns_are_taken_as_they_are_stated() {
        assert_eq!(
            stated_pattern("日期，yyyy-MM-dd"),
            Some(Stated::Wire(Wire::Date))
        );
        assert_eq!(
            stated_pattern("时间（格式yyyy-MM-dd HH：mm：ss）"),
            Some(Stated::Wire(Wire::DateTime))
        );
        assert_eq!(stated_pattern("期间，yyyyMM"), Some(Stated::Other));
        assert_eq!(
            stated_pattern("日期,格式：2019-01-01"),
            Some(Stated::Wire(Wire::Date))
        );
        assert_eq!(stated_pattern("序列号 格式：001:备注"), None);
        assert_eq!(stated_stamp("时间的时间戳(毫秒)"), Some(Stamp::Millis));
        assert_eq!(stated_stamp("（格式：“时间戳”）"), Some(Stamp::Bare));
    }

    #[test]
    fn limits_and_defaults_are_taken_as_they_are_stated() {
        assert_eq!(stated_default("当前页，默认1").map(|d| d.0), Some("1"));
        assert_eq!(stated_default("默认为：true").map(|d| d.0), Some("true"));
        assert_eq!(stated_default("默认为第一页"), None);
        assert_eq!(fixed_value("来源 都填写9"), Some("9"));
        assert_eq!(stated_maximum("每页条数，（默认10，最大值100）"), Some(100));
        assert_eq!(stated_maximum("页大小，可选50/100,默认100"), Some(100));
        assert_eq!(stated_maximum("最多1个文件"), None);
        assert_eq!(stated_minimum("当前页，从1开始"), Some(1));
        assert_eq!(stated_length("流水号。长度小于50，"), Some(49));
        assert_eq!(stated_length("备注，最多200个字符"), Some(200));
        assert_eq!(stated_length("最大为100"), None);
        assert_eq!(stated_length("备注，长度1-50个字符"), Some(50));
        assert_eq!(stated_length("备注，50字以内"), Some(50));
        assert_eq!(stated_length("手机号，长度为11位"), Some(11));
        assert_eq!(stated_length("限3天内，50字以内"), Some(50));
        assert_eq!(stated_length("三天以内"), None);
        assert_eq!(stated_maximum("每页条数，范围1-100"), Some(100));
        assert_eq!(stated_maximum("每页条数，最多返回100条"), Some(100));
        assert_eq!(stated_scale("保留两位小数"), Some(2));
        assert_eq!(stated_scale("税额,精度是小数点后10位"), Some(10));
        assert_eq!(stated_scale("保留2位小数"), Some(2));
    }
}
