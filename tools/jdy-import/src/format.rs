//! What a description states about a value beyond its type: dates, decimals, defaults, limits.
//!
//! Owns where a word and its value stand. Nothing is guessed: every rule here wants the page's
//! words, and where it wants more (an example that parses, a name that agrees) it reports what was
//! missing. Must not know the field's type. Must not use: `crate::endpoint`, `crate::reading`,
//! `crate::spec_folder`, `crate::splice`, `crate::merge`, `crate::emit`.

mod amount;
mod limit;
mod time;

use crate::words;

pub(crate) use amount::{Amount, Shown, amount, shown};
pub(crate) use limit::{stated_length, stated_maximum, stated_minimum, stated_scale};
pub(crate) use time::{Stamp, Stated, stated_pattern, stated_stamp};

/// Whether a text is a decimal number of at most 28 digits.
#[must_use]
pub(crate) fn is_decimal(text: &str) -> bool {
    let bare = text.trim().strip_prefix(['-', '+']).unwrap_or(text.trim());
    let (whole, part) = bare.split_once('.').unwrap_or((bare, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(part) && whole.len() + part.len() <= 28
}

/// `2020-05-11`
#[must_use]
pub(crate) fn is_date(text: &str) -> bool {
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
pub(crate) fn is_datetime(text: &str) -> bool {
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
pub(crate) fn is_millis(text: &str) -> bool {
    text.len() == 13 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Thirteen digits or a few more, where words mention a time stamp: too many for seconds.
#[must_use]
pub(crate) fn is_stamp(text: &str) -> bool {
    (13..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a name mentions a date or time.
#[must_use]
pub(crate) fn names_time(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.contains("date") && !lower.contains("update_") && !lower.ends_with("update")
        || lower.contains("time") && !lower.ends_with("times")
        || lower == "birthday"
}

/// Whether name and label both mention a day, and neither a time of that day.
#[must_use]
pub(crate) fn speaks_of_day(name: &str, label: &str) -> bool {
    names_time(name)
        && !name.to_ascii_lowercase().contains("time")
        && says_time(label)
        && !label.contains("时间")
}

/// Whether an example shows nothing of a date's form: it is empty, a placeholder, a short number,
/// or a date that was mistyped (`2019-0-01`, `2022-0808`).
#[must_use]
pub(crate) fn shows_no_form(example: &str) -> bool {
    let example = example.trim();
    let digits = example.bytes().all(|byte| byte.is_ascii_digit());
    let first = example.chars().next();
    let is_one_letter = first.is_some_and(|first| {
        first.is_ascii_alphabetic() && example.chars().all(|c| c.eq_ignore_ascii_case(&first))
    });
    let is_mistyped = example.contains('-')
        && example.len() <= 10
        && example
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-')
        && !is_date(example);
    (digits && example.len() <= 3)
        || matches!(example, "true" | "false" | "null")
        || is_one_letter
        || is_mistyped
}

/// Whether a label mentions a date or time.
#[must_use]
pub(crate) fn says_time(label: &str) -> bool {
    words::TIMES.iter().any(|word| label.contains(word))
        && !words::NO_TIME_END.iter().any(|tail| label.ends_with(tail))
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

/// Whether a description mentions a default.
#[must_use]
pub(crate) fn speaks_of_default(says: &str) -> bool {
    words::DEFAULT.iter().any(|word| says.contains(word))
}

/// The default that a description states, as it is written: `默认1`, `默认为true`.
/// `None` also where what follows is words.
#[must_use]
pub(crate) fn stated_default(says: &str) -> Option<(&str, &str)> {
    token_after(says, &words::STATED_DEFAULT)
}

/// The words that follow `默认`, for a default that is named by its label.
#[must_use]
pub(crate) fn default_words(says: &str) -> Option<&str> {
    const SIGNS: [char; 7] = ['值', '为', ':', '：', ' ', '"', '“'];
    let at = words::DEFAULT
        .iter()
        .find_map(|word| says.find(word).map(|at| at + word.len()))?;
    let rest = says[at..].trim_start_matches(SIGNS);
    let end = rest
        .find([',', '，', ';', '；', '。', ')', '）', '、'])
        .unwrap_or(rest.len());
    let words = rest[..end].trim().trim_end_matches(['"', '”']);
    // `默认是启用`, but `默认是`; `默认是否` says neither.
    let words = match words.strip_prefix('是') {
        Some("否") => return None,
        Some("") | None => words,
        Some(label) => label.trim_start_matches(SIGNS),
    };
    Some(words).filter(|words| !words.is_empty())
}

/// Whether the words that follow a code name it: `默认1启用`; those that count do not: `默认30天`.
#[must_use]
pub(crate) fn names_default(token: &str, rest: &str) -> bool {
    let end = rest
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(rest.len());
    let label = &rest[..end];
    let count = label.chars().count();
    let counts =
        |letter: Option<char>| letter.is_none_or(|letter| words::DEFAULT_UNITS.contains(letter));
    let digits = token.strip_prefix('-').unwrap_or(token);
    (1..=2).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (2..=6).contains(&count)
        && !label.is_ascii()
        && !counts(label.chars().next())
        && !counts(label.chars().next_back())
}

/// The one value that a description says to send: `都填写9`, `固定传：abc`.
#[must_use]
pub(crate) fn fixed_value(says: &str) -> Option<&str> {
    token_after(says, &words::FIXED_VALUE).map(|(token, _)| token)
}

/// Whether a description demands the field on a condition.
#[must_use]
pub(crate) fn demands(says: &str) -> bool {
    let mut plain = says.to_owned();
    for waived in words::NOT_DEMANDED {
        plain = plain.replace(waived, "");
    }
    words::DEMANDING.iter().any(|word| plain.contains(word))
}

/// Whether a description demands the field, and on no condition: `源单号，必填`.
#[must_use]
pub(crate) fn demands_always(says: &str) -> bool {
    const SIGNS: [char; 12] = [
        '，', ',', '；', ';', '。', '(', ')', '（', '）', ' ', '*', '：',
    ];
    says.split(SIGNS)
        .any(|clause| words::DEMANDED.contains(&clause.trim()))
}

/// Whether a description mentions a cipher in other words than those that are known.
#[must_use]
pub(crate) fn speaks_of_cipher(says: &str) -> bool {
    says.contains("加密") || says.contains("解密")
}

/// Whether a description says that the vendor encrypts the value.
#[must_use]
pub(crate) fn says_encrypted(says: &str) -> bool {
    says.contains("敏感数据解密") || says.contains("敏感数据加密") || says.contains("加密字段")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_may_show_nothing_of_a_dates_form() {
        for junk in [
            "",
            "180",
            "1",
            "xx",
            "true",
            "2019-0-01",
            "2022-0808",
            "20-03-03",
            "-1",
        ] {
            assert!(shows_no_form(junk), "{junk}");
        }
        for form in [
            "2020-01-01",
            "20200101",
            "202001",
            "2020/1/1",
            "2020-01-01 00:00:00",
            "昨日",
        ] {
            assert!(!shows_no_form(form), "{form}");
        }
        assert!(speaks_of_day("bill_date", "单据日期"));
        assert!(speaks_of_day("valid_date", "到期日"));
        assert!(!speaks_of_day("bill_date", "下单时间"));
        assert!(!speaks_of_day("bill_time", "单据日期"));
        assert!(!speaks_of_day("bill", "单据日期"));
    }

    #[test]
    fn defaults_are_taken_as_they_are_stated() {
        assert_eq!(stated_default("当前页，默认1").map(|d| d.0), Some("1"));
        assert_eq!(stated_default("默认为：true").map(|d| d.0), Some("true"));
        assert_eq!(stated_default("缺省为true").map(|d| d.0), Some("true"));
        assert_eq!(stated_default("默认为第一页"), None);
        assert_eq!(fixed_value("来源 都填写9"), Some("9"));
        assert_eq!(default_words("盘点，默认是"), Some("是"));
        assert_eq!(default_words("盘点，默认为否。"), Some("否"));
        assert_eq!(default_words("盘点，默认是全盘"), Some("全盘"));
        assert_eq!(default_words("盘点，默认是否"), None);
    }

    #[test]
    fn the_words_behind_a_default_name_it_or_count() {
        for (token, rest) in [("1", "启用"), ("-1", "全部"), ("0", "未审核，")] {
            assert!(names_default(token, rest), "{token}{rest}");
        }
        for (token, rest) in [
            ("30", "天"),
            ("30", "分钟"),
            ("3", "工作日"),
            ("5", "自然日"),
            ("1", "开始"),
            ("100", "启用"),
            ("A", "启用"),
            ("1", ""),
        ] {
            assert!(!names_default(token, rest), "{token}{rest}");
        }
    }

    #[test]
    fn words_that_demand_are_distinguished_from_those_that_do_not() {
        for yes in ["修改时必填", "类型为2是要传递", "需传编码"] {
            assert!(demands(yes), "{yes}");
        }
        for no in ["非必填", "无需传编码", "不需要传递"] {
            assert!(!demands(no), "{no}");
        }
        for yes in ["源单号，必填", "单号（必传）", "单号 必填"] {
            assert!(demands_always(yes), "{yes}");
        }
        for no in ["单号，非必填", "单号，修改时必填", "是否必填", "必填项设置"]
        {
            assert!(!demands_always(no), "{no}");
        }
    }
}
