//! Limits, as a description states them: of a page, of a text's length, of digits after the point.
//!
//! Owns the words before a number and the units behind it. Must not know the field.

use super::token_after;
use crate::words;

/// The greatest value that a description states: `最大值100`, `可选50/100`, `范围1-100`.
#[must_use]
pub(crate) fn stated_maximum(says: &str) -> Option<u64> {
    if let Some((_, most)) = stated_range(says) {
        return Some(most);
    }
    // Of a range the end counts: `1-100`.
    let number = |text: &str| {
        text.rsplit('-')
            .next()
            .and_then(|end| end.parse::<u64>().ok())
    };
    for word in words::MAXIMUM {
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

/// The least value that a description states of a page: `从1开始`, `大于0`, `范围1-100`.
#[must_use]
pub(crate) fn stated_minimum(says: &str) -> Option<u64> {
    if let Some((least, _)) = stated_range(says) {
        return Some(least);
    }
    if let Some(at) = says.find('从')
        && let Some((value, rest)) = leading(&says[at + '从'.len_utf8()..])
        && rest.starts_with("开始")
    {
        return Some(value);
    }
    let at = says.find("大于")? + "大于".len();
    leading(&says[at..]).map(|(value, _)| value + 1)
}

/// The range of a page's number or size: `取值范围：1~200`, `[1,200]`.
fn stated_range(says: &str) -> Option<(u64, u64)> {
    const SIGNS: [char; 11] = [':', '：', ' ', '为', '是', '在', '[', '【', '(', '（', '"'];
    let by_word = words::RANGE
        .iter()
        .flat_map(|word| says.match_indices(word).map(|(at, _)| at + word.len()))
        .find_map(|at| range(says[at..].trim_start_matches(SIGNS)));
    by_word.or_else(|| {
        // A bare bracket may list sizes to choose from; one that begins at the beginning does not.
        says.match_indices(['[', '【'])
            .filter_map(|(at, open)| range(&says[at + open.len()..]))
            .find(|(least, _)| *least <= 1)
    })
}

/// `1~200`, or `1,200` up to a bracket.
fn range(text: &str) -> Option<(u64, u64)> {
    let (least, rest) = leading(text)?;
    let rest = rest.trim_start();
    let (most, closes) = match rest.strip_prefix(['-', '~', '～', '至', '到', '—']) {
        Some(rest) => (leading(rest.trim_start())?.0, true),
        None => {
            let (most, rest) = leading(rest.strip_prefix([',', '，'])?.trim_start())?;
            (most, rest.trim_start().starts_with([']', '】']))
        }
    };
    (closes && least < most).then_some((least, most))
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
pub(crate) fn stated_length(says: &str) -> Option<u64> {
    // Most descriptions hold no number at all.
    if !says.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // `每个单号长度不超过30`: the text holds several, and the limit is not its own.
    if words::EACH.iter().any(|word| says.contains(word)) {
        return None;
    }
    let most = by_word(says)
        .or_else(|| bare_length(says))
        .or_else(|| ranged(says))
        .or_else(|| within(says));
    most.filter(|value| *value > 0)
}

/// `长度不超过50`, `不能超过50个字符`
fn by_word(says: &str) -> Option<u64> {
    let speaks_of_length = says.contains("长度");
    for (word, less) in words::MAX_LENGTH {
        for (at, _) in says.match_indices(word) {
            // `不能小于6个字符` states the least.
            let mut nots = words::NOT.iter();
            let is_denied = nots.any(|not| says[..at].ends_with(not));
            let Some((value, rest)) = upper(&says[at + word.len()..]) else {
                continue;
            };
            let is_length = word.contains("长度")
                || counts_letters(rest)
                || (word.ends_with("超过") && counts_places(says, value, rest))
                || (speaks_of_length && word != "最大" && !rest.starts_with('个'));
            if is_length && !(is_denied && less > 0) {
                return value.checked_sub(less);
            }
        }
    }
    None
}

/// `手机号，长度11`: what begins a clause or is bound to its number, or has the unit of one.
/// `商品长度1` is the name of a field.
fn bare_length(says: &str) -> Option<u64> {
    says.match_indices("长度").find_map(|(at, word)| {
        let before = says[..at].trim_end();
        let after = &says[at + word.len()..];
        let begins = before
            .chars()
            .next_back()
            .is_none_or(|last| !last.is_alphanumeric());
        let is_bound = after.trim_start().starts_with(['为', '：', ':']);
        let (value, rest) = upper(after)?;
        let has_unit = counts_letters(rest) || rest.starts_with('位');
        let is_size = rest.starts_with(['c', 'm', 'C', 'M', '米', '厘', '毫', '公', '个', '条']);
        ((begins || is_bound || has_unit) && (has_unit || !is_size)).then_some(value)
    })
}

/// `0-200字符`, `4-20位字符`
fn ranged(says: &str) -> Option<u64> {
    let after_digit = |at: usize| says[..at].ends_with(|c: char| c.is_ascii_digit());
    says.match_indices(['-', '~', '～', '至', '到'])
        .filter(|(at, _)| after_digit(*at))
        .filter_map(|(at, sign)| leading(&says[at + sign.len()..]))
        .find(|(_, rest)| counts_letters(rest))
        .map(|(value, _)| value)
}

/// Whether a number counts letters by what follows; bytes are none, and 字段 are fields.
fn counts_letters(rest: &str) -> bool {
    words::LETTER_UNITS.iter().any(|unit| {
        rest.strip_prefix(unit)
            .is_some_and(|after| !after.starts_with(['段', '节', '典']))
    })
}

/// `32位`, which counts letters where it does not count digits or people.
fn counts_places(says: &str, value: u64, rest: &str) -> bool {
    const MIN_PLACES: u64 = 4;
    let ends = rest
        .strip_prefix('位')
        .is_some_and(|after| !after.starts_with(char::is_alphanumeric));
    ends && value >= MIN_PLACES && !words::NO_PLACES.iter().any(|word| says.contains(word))
}

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

/// `50字以内`, `32位以内`
fn within(says: &str) -> Option<u64> {
    says.match_indices("以内").find_map(|(at, _)| {
        let before = &says[..at];
        let number = words::LETTER_UNITS
            .iter()
            .find_map(|unit| before.strip_suffix(unit))
            .or_else(|| before.strip_suffix('位'))?;
        let start = number.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| {
            at + number[at..].chars().next().map_or(1, char::len_utf8)
        });
        let value: u64 = number[start..].parse().ok()?;
        let unit = &before[number.len()..];
        (counts_letters(unit) || counts_places(says, value, unit)).then_some(value)
    })
}

/// Digits after the point, as a description states it: `精度是小数点后10位`, `保留2位小数`.
#[must_use]
pub(crate) fn stated_scale(says: &str) -> Option<u64> {
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
    scale_by_word(&figures)
        .or_else(|| scale_before(&figures))
        .filter(|value| *value <= 28)
}

fn scale_by_word(says: &str) -> Option<u64> {
    for word in words::SCALE {
        for (at, _) in says.match_indices(word) {
            // `数量精度` is a setting, and no word of the field's own digits.
            let begins = !says[..at].ends_with(char::is_alphanumeric);
            let mut rest = &says[at + word.len()..];
            while let Some(shorter) = words::SCALE_BETWEEN
                .iter()
                .find_map(|word| rest.strip_prefix(word))
            {
                rest = shorter;
            }
            if let Some((value, rest)) = leading(rest)
                && (rest.starts_with('位') || (rest.is_empty() && word != "精度"))
                && (begins || word != "精度")
            {
                return Some(value);
            }
        }
    }
    None
}

/// `保留2位小数`
fn scale_before(says: &str) -> Option<u64> {
    let at = says.find("位小数")?;
    let start = says[..at]
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |before| {
            before + says[before..].chars().next().map_or(1, char::len_utf8)
        });
    says[start..at].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_a_page_are_taken_as_they_are_stated() {
        assert_eq!(stated_maximum("每页条数，（默认10，最大值100）"), Some(100));
        assert_eq!(stated_maximum("页大小，可选50/100,默认100"), Some(100));
        assert_eq!(stated_maximum("最多1个文件"), None);
        assert_eq!(stated_maximum("每页条数，范围1-100"), Some(100));
        assert_eq!(stated_maximum("每页条数，最多返回100条"), Some(100));
        assert_eq!(stated_minimum("当前页，从1开始"), Some(1));
        for says in [
            "条数，取值范围：1~200，默认50",
            "条数，[1,200]，默认50",
            "条数，取值[1,200]",
            "条数，范围为1至200",
        ] {
            assert_eq!(stated_minimum(says), Some(1), "{says}");
            assert_eq!(stated_maximum(says), Some(200), "{says}");
        }
        assert_eq!(stated_minimum("条数，可选[50,100]"), None);
        assert_eq!(stated_minimum("日期范围，从哪天"), None);
    }

    #[test]
    fn the_length_of_a_text_is_taken_as_it_is_stated() {
        for (says, wanted) in [
            ("流水号。长度小于50，", Some(49)),
            ("备注，最多200个字符", Some(200)),
            ("备注，长度1-50个字符", Some(50)),
            ("备注，50字以内", Some(50)),
            ("手机号，长度为11位", Some(11)),
            ("手机号，长度11", Some(11)),
            ("手机号长度：11", Some(11)),
            ("限3天内，50字以内", Some(50)),
            ("备注，字符长度不得超过200", Some(200)),
            ("备注，不得超过200个字符", Some(200)),
            ("备注，最大200个字符", Some(200)),
            ("备注（0-200字符）", Some(200)),
            ("编码，4-20位字符", Some(20)),
            ("单号，32位以内", Some(32)),
            ("单号，不能超过32位", Some(32)),
            ("备注，需小于200个字符", Some(199)),
            ("备注，小于等于200个字符", Some(200)),
            ("密码，长度大于6小于20", Some(19)),
            ("密码，不能小于6个字符", None),
            ("最大为100", None),
            ("三天以内", None),
            ("商品长度1", None),
            ("流水长度4", None),
            ("长度为10cm", None),
            ("最多10个字段", None),
            ("备注，不超过60字节", None),
            ("业务员，不超过3位", None),
            ("金额，整数不能超过10位", None),
            ("单号，多个用逗号隔开，每个单号长度不超过30", None),
        ] {
            assert_eq!(stated_length(says), wanted, "{says}");
        }
    }

    #[test]
    fn digits_after_the_point_are_taken_as_they_are_stated() {
        assert_eq!(stated_scale("保留两位小数"), Some(2));
        assert_eq!(stated_scale("税额,精度是小数点后10位"), Some(10));
        assert_eq!(stated_scale("保留2位小数"), Some(2));
        assert_eq!(stated_scale("金额，小数位最多2位"), Some(2));
        assert_eq!(stated_scale("金额，精度2位"), Some(2));
        assert_eq!(stated_scale("数量精度2位"), None);
        assert_eq!(stated_scale("单价，精度2"), None);
    }
}
