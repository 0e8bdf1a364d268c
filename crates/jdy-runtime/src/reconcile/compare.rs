//! Whether a record that is shown is the one that was sent, field by field.
//!
//! Owns which fields are compared, and under which name each comes back. Must not know how a record
//! was found, nor what follows from a difference.

use super::names::text_of;
use super::value::{Same, Scalar, same};

/// Fields of the request and the names under which the answer has them, as paths.
pub(super) type Returns = [(&'static str, &'static str)];

/// The result of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Comparison {
    /// How many values of the request the answer has.
    pub(super) compared: usize,
    /// The fields that differ, as paths of the request: `material_entity[1].qty`.
    pub(super) differing: Vec<String>,
    /// Whether the answer lacks something that was sent, or shows it in a form that cannot be compared.
    pub(super) lacks: bool,
}

/// Compares everything that was sent with what is shown. A field that the answer does not have
/// cannot differ; one that it has as `null` or blank differs from what was sent, but for zero and
/// `false`.
pub(super) fn compare(sent: &str, shown: &str, returns: &Returns) -> Comparison {
    let mut result = Comparison::default();
    let at = Place {
        path: "",
        shown_as: "",
    };
    record(sent, shown, returns, &at, &mut result);
    for deed in DEEDS {
        match is_done(sent, shown, deed) {
            Some(true) => result.compared += 1,
            Some(false) => result.differing.push(deed.to_owned()),
            None => {}
        }
    }
    result
}

/// The fields of a save that say what it does to the document besides. No answer has them.
const DEEDS: [&str; 2] = ["operation_key", "operate_type"];

/// Whether a difference is that something done besides the save is not shown.
pub(super) fn is_deed(differing: &str) -> bool {
    DEEDS.contains(&differing)
}

/// Whether a document that was to be audited, or no longer, is shown so; none where that is not
/// said. The product may have saved it and not come to the rest.
fn is_done(sent: &str, shown: &str, deed: &str) -> Option<bool> {
    const STATE: &str = "bill_status";
    const AUDITED: &str = "C";
    let deed = text_of(sent, deed)?;
    jdy_wire::member(shown, STATE)?;
    let is_audited = text_of(shown, STATE).is_some_and(|state| state == AUDITED);
    match deed.as_str() {
        "audit" => Some(is_audited),
        "unaudit" => Some(!is_audited),
        _ => None,
    }
}

/// Where in a request a comparison is.
struct Place<'a> {
    /// The path without the numbers of items, by which the spec knows a field.
    path: &'a str,
    /// The path that a person reads.
    shown_as: &'a str,
}

fn record(sent: &str, shown: &str, returns: &Returns, at: &Place<'_>, result: &mut Comparison) {
    for (name, value) in jdy_wire::members(sent).unwrap_or_default() {
        let path = join(at.path, &name);
        let theirs = returns.iter().find(|(own, _)| *own == path);
        let theirs = theirs.map_or(name.as_str(), |(_, theirs)| last(theirs));
        // A name twice with two values shows neither.
        let Some(found) = jdy_wire::member(shown, theirs) else {
            result.lacks |= says_something(value);
            continue;
        };
        let shown_as = join(at.shown_as, &name);
        if jdy_wire::contradicts(shown, theirs) {
            result.differing.push(shown_as);
            continue;
        }
        let place = Place {
            path: &path,
            shown_as: &shown_as,
        };
        one(value, found, returns, &place, result);
    }
}

fn one(sent: &str, shown: &str, returns: &Returns, at: &Place<'_>, result: &mut Comparison) {
    let differs = match Scalar::of(sent) {
        Some(Scalar::Nothing) => return,
        Some(own) => match Scalar::of(shown).map(|shown| same(&own, &shown)) {
            Some(Same::Unreadable) => {
                result.lacks = true;
                return;
            }
            Some(Same::Yes) => false,
            Some(Same::No) | None => true,
        },
        None => match (jdy_wire::items(sent), jdy_wire::items(shown)) {
            (Some(sent), Some(shown)) if sent.len() == shown.len() => {
                return list(&sent, &shown, returns, at, result);
            }
            (Some(sent), None) if sent.is_empty() => false,
            (Some(_), _) => true,
            (None, _) if is_empty_object(sent) => return,
            (None, _) if jdy_wire::members(shown).is_some() => {
                return record(sent, shown, returns, at, result);
            }
            (None, _) => true,
        },
    };
    result.compared += 1;
    if differs {
        result.differing.push(at.shown_as.to_owned());
    }
}

fn list(sent: &[&str], shown: &[&str], returns: &Returns, at: &Place<'_>, result: &mut Comparison) {
    for (index, (sent, shown)) in sent.iter().zip(shown).enumerate() {
        let shown_as = format!("{}[{}]", at.shown_as, index + 1);
        let place = Place {
            path: at.path,
            shown_as: &shown_as,
        };
        one(sent, shown, returns, &place, result);
    }
}

/// Whether a value that was sent is more than nothing.
fn says_something(json: &str) -> bool {
    !matches!(Scalar::of(json), Some(Scalar::Nothing)) && !is_empty_object(json)
}

fn is_empty_object(json: &str) -> bool {
    jdy_wire::members(json).is_some_and(|members| members.is_empty())
}

fn join(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        _ => format!("{path}.{name}"),
    }
}

/// The last name of a path.
pub(super) fn last(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(_, last)| last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &str = r#"{"bill_no":"A-1","date":"2024-05-01","remark":"","dept_key":"7",
        "rows":[{"qty":"1.50","unit":"3"},{"qty":2,"unit":"3"}],"extra":{"a":"b"}}"#;
    const RETURNS: &Returns = &[("dept_key", "dept_id"), ("rows.unit", "rows.unit_id")];

    fn differing(shown: &str) -> Vec<String> {
        compare(SENT, shown, RETURNS).differing
    }

    #[test]
    fn what_comes_back_under_other_names_and_in_other_forms_agrees() {
        let shown = r#"{"id":1,"bill_no":"A-1","date":"2024-05-01 00:00:00","remark":"x","dept_id":7,
            "rows":[{"qty":1.5,"unit_id":"3"},{"qty":"2.0","unit_id":3}],"extra":{"a":"b","c":"d"}}"#;
        let result = compare(SENT, shown, RETURNS);
        assert_eq!(result.differing, [""; 0]);
        assert_eq!(result.compared, 8);
    }

    #[test]
    fn a_document_that_was_to_be_audited_and_is_not_differs() {
        let differing = |deed: &str, state: &str| {
            let sent = format!(r#"{{"bill_no":"A-1",{deed}}}"#);
            let shown = format!(r#"{{"bill_no":"A-1"{state}}}"#);
            compare(&sent, &shown, &[]).differing
        };
        for field in ["operation_key", "operate_type"] {
            for (deed, state, is_done) in [
                ("audit", r#","bill_status":"C""#, true),
                ("audit", r#","bill_status":"A""#, false),
                ("audit", r#","bill_status":"Z""#, false),
                ("audit", r#","bill_status":null"#, false),
                ("audit", r#","bill_status":"C","bill_status":"Z""#, false),
                ("audit", "", true),
                ("unaudit", r#","bill_status":"Z""#, true),
                ("unaudit", r#","bill_status":"C""#, false),
                ("submit", r#","bill_status":"Z""#, true),
                ("", r#","bill_status":"Z""#, true),
            ] {
                let sent = format!(r#""{field}":"{deed}""#);
                let expected = if is_done { vec![] } else { vec![field] };
                assert_eq!(differing(&sent, state), expected, "{deed} {state}");
            }
        }
    }

    #[test]
    fn what_comes_twice_and_differs_or_cannot_be_compared_does_not_agree() {
        let sent = r#"{"bill_no":"A-1","amount":"1.00","phone":"13800000000","none":{},"rows":[]}"#;
        let encrypted = "IjN8s8jAXmQ1n8sZHzYyHg==";
        for (shown, differing, lacks) in [
            (r#""amount":1,"amount":2"#, &["amount"][..], false),
            (r#""amount":2,"amount":1"#, &["amount"], false),
            (&format!(r#""amount":1,"phone":"{encrypted}""#), &[], true),
            (r#""amount":1,"rows":null"#, &[], false),
        ] {
            let phone = match shown.contains("phone") {
                true => "",
                false => r#""phone":"13800000000","#,
            };
            let shown = format!(r#"{{"bill_no":"A-1",{phone}{shown}}}"#);
            let shown = match shown.contains("rows") {
                true => shown,
                false => shown.replacen('{', r#"{"rows":[],"#, 1),
            };
            let found = compare(sent, &shown, &[]);
            assert_eq!(found.differing, differing, "{shown}");
            assert_eq!(found.lacks, lacks, "{shown}");
        }
    }

    #[test]
    fn what_the_answer_lacks_cannot_differ() {
        let result = compare(SENT, r#"{"bill_no":"A-1"}"#, RETURNS);
        assert_eq!((result.compared, result.differing.len()), (1, 0));
    }

    #[test]
    fn each_field_that_differs_is_named_by_its_path() {
        let shown = r#"{"bill_no":"A-1","date":"2024-05-02","dept_id":null,
            "rows":[{"qty":1.5},{"qty":"3","unit_id":4}],"extra":{"a":"z"}}"#;
        let expected = ["date", "dept_key", "rows[2].qty", "rows[2].unit", "extra.a"];
        assert_eq!(differing(shown), expected);
    }

    #[test]
    fn lists_of_other_length_order_or_kind_differ() {
        for shown in [
            r#"{"rows":[{"qty":1.5}]}"#,
            r#"{"rows":[]}"#,
            r#"{"rows":null}"#,
            r#"{"rows":"x"}"#,
        ] {
            assert_eq!(differing(shown), ["rows"], "{shown}");
        }
        let turned = r#"{"rows":[{"qty":2},{"qty":1.5}]}"#;
        assert_eq!(differing(turned), ["rows[1].qty", "rows[2].qty"]);
    }

    #[test]
    fn a_field_that_is_shown_twice_with_two_values_differs() {
        let shown = r#"{"date":"2024-05-01","date":"2024-05-02"}"#;
        assert_eq!(differing(shown), ["date"]);
    }
}
