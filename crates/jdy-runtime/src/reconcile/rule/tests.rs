//! The rule by example and by property. Owns the cases. Must not know a clock: every time is given.

use proptest::prelude::*;

use super::*;

const MINUTE: u64 = 60;
const SENT: &str = r#"{"bill_no":"A-1","qty":"2","remark":"x"}"#;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
}

fn row(json: &str) -> ShownRow {
    ShownRow {
        operation: "test.detail",
        json: json.to_owned(),
        id: Some("id"),
        returns: &[("remark", "note")],
    }
}

fn shown(rows: &[&str], complete: Result<(), NotPossible>) -> Shown {
    Shown {
        rows: rows.iter().map(|json| row(json)).collect(),
        complete,
    }
}

fn judged(shown: &Shown, changes: bool, asked_after: u64) -> Reconciliation {
    let names = [("bill_no", "A-1".to_owned())];
    judge(&Evidence {
        sent: SENT,
        names: &names,
        changes,
        shown,
        last_attempt: at(0),
        asked_at: at(asked_after),
        margin: Duration::from_secs(5 * MINUTE),
    })
}

fn word(reconciliation: &Reconciliation) -> String {
    match reconciliation {
        Reconciliation::Applied { found } => format!("applied {:?}", found.id()),
        Reconciliation::Absent => "absent".to_owned(),
        Reconciliation::Conflict { fields, .. } => format!("conflict {}", fields.join(",")),
        Reconciliation::TooEarly { ask_again_at, wait } => {
            assert_eq!(*ask_again_at, at(10 * MINUTE));
            format!("too early {}", wait.as_secs())
        }
        Reconciliation::NotPossible { reason } => format!("not possible: {reason:?}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_record_of_this_number_in_another_spelling_is_neither_it_nor_absent() {
    for json in [
        r#"{"id":7,"bill_no":"a-1","qty":2,"note":"x"}"#,
        r#"{"id":7,"bill_no":"Ａ－１","qty":2}"#,
        r#"{"id":7,"bill_no":"A -1","qty":2}"#,
        r#"{"id":7,"qty":2}"#,
        r#"{"id":7,"bill_no":"A-2","bill_no":"A-1"}"#,
    ] {
        let shown = shown(&[json], Ok(()));
        let end = |after| word(&judged(&shown, false, after));
        assert_eq!(end(9 * MINUTE), "too early 60", "{json}");
        assert_eq!(end(10 * MINUTE), "not possible: OtherShown", "{json}");
    }
    // Other people's records have no number of ours, and another content.
    for json in [
        r#"{"id":7,"bill_no":"A-12"}"#,
        r#"{"id":7,"qty":3}"#,
        r#"{"id":7,"bill_no":"","qty":3}"#,
        r#"{"id":7,"bill_no":null,"qty":2,"note":"y"}"#,
    ] {
        let other = shown(&[json], Ok(()));
        assert_eq!(
            word(&judged(&other, false, 10 * MINUTE)),
            "absent",
            "{json}"
        );
    }
}

#[test]
fn a_document_that_is_shown_before_its_audit_is_neither_applied_nor_absent() {
    let names = [("bill_no", "A-1".to_owned())];
    let end = |json: &str, after: u64| {
        word(&judge(&Evidence {
            sent: r#"{"bill_no":"A-1","qty":"2","operate_type":"audit"}"#,
            names: &names,
            changes: false,
            shown: &shown(&[json], Ok(())),
            last_attempt: at(0),
            asked_at: at(after),
            margin: Duration::from_secs(5 * MINUTE),
        }))
    };
    let late = 10 * MINUTE;
    let audited = r#"{"id":7,"bill_no":"A-1","qty":2,"bill_status":"C"}"#;
    assert_eq!(end(audited, 0), "applied Some(\"7\")");
    let saved = r#"{"id":7,"bill_no":"A-1","qty":2,"bill_status":"A"}"#;
    assert_eq!(end(saved, 0), "too early 600");
    assert_eq!(end(saved, late), "conflict operate_type");
    let other = r#"{"id":7,"bill_no":"A-1","qty":3,"bill_status":"A"}"#;
    assert_eq!(end(other, 0), "conflict qty,operate_type");
    let unnamed = r#"{"id":7,"qty":2,"bill_status":"A"}"#;
    assert_eq!(end(unnamed, late), "not possible: OtherShown");
}

#[test]
fn the_rule_by_example() {
    const SAME: &str = r#"{"id":7,"bill_no":"A-1","qty":2.0,"note":"x"}"#;
    const OTHER: &str = r#"{"id":8,"bill_no":"A-1","qty":3,"note":"y"}"#;
    const ANOTHER: &str = r#"{"id":9,"bill_no":"A-10","qty":2,"note":"x"}"#;
    const UNNAMED: &str = r#"{"id":9,"qty":2,"note":"x"}"#;
    let (early, last, late) = (0, 10 * MINUTE - 1, 10 * MINUTE);
    let open = || Err(NotPossible::ListIncomplete);
    for (rows, complete, changes, after, expected) in [
        (&[SAME][..], Ok(()), false, early, "applied Some(\"7\")"),
        (&[SAME], open(), false, early, "applied Some(\"7\")"),
        (&[ANOTHER, SAME], Ok(()), false, late, "applied Some(\"7\")"),
        (&[OTHER, SAME], Ok(()), false, late, "applied Some(\"7\")"),
        (&[OTHER], Ok(()), false, early, "conflict qty,remark"),
        (&[OTHER], open(), false, late, "conflict qty,remark"),
        (&[OTHER], Ok(()), true, early, "too early 600"),
        (&[OTHER], Ok(()), true, late, "conflict qty,remark"),
        (&[], Ok(()), false, early, "too early 600"),
        (&[], Ok(()), false, last, "too early 1"),
        (&[], Ok(()), false, late, "absent"),
        (&[ANOTHER], Ok(()), false, late, "absent"),
        (&[UNNAMED], Ok(()), false, late, "not possible: OtherShown"),
        (&[], open(), false, last, "too early 1"),
        (&[], open(), false, late, "not possible: ListIncomplete"),
    ] {
        let shown = shown(rows, complete);
        assert_eq!(word(&judged(&shown, changes, after)), expected, "{rows:?}");
    }
}

#[test]
fn a_number_is_compared_as_text() {
    let names = |text: &str| [("bill_no", text.to_owned())];
    assert!(has_names(r#"{"bill_no":7}"#, &names("7")));
    assert!(!has_names(r#"{"bill_no":"07"}"#, &names("7")));
    assert!(!has_names(r#"{"bill_no":"a"}"#, &names("A")));
    assert!(!has_names(r#"{"bill_no":"A","bill_no":"B"}"#, &names("B")));
    assert!(!has_names(r#"{"bill_no":"A"}"#, &[]));
}

#[test]
fn a_time_out_of_range_is_never_reached() {
    let far = Duration::MAX;
    assert!(provable_from(at(0), far) > at(1 << 35));
}

fn value() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "\"a\"",
        "\"b\"",
        "1",
        "\"1.00\"",
        "2",
        "true",
        "\"2024-05-01\"",
        "null",
        "\"\"",
    ])
}

fn object() -> impl Strategy<Value = String> {
    prop::collection::btree_map("[a-d]", value(), 0..4).prop_map(|fields| {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, it)| format!("{name:?}:{it}"))
            .collect();
        format!("{{{}}}", fields.join(","))
    })
}

/// Whether a record shows no number, and another content than was sent.
fn is_other_unnamed(json: &str, sent: &str) -> bool {
    let ours = jdy_wire::members(sent).unwrap_or_default();
    let differs = ours.iter().any(|(name, value)| {
        let theirs = jdy_wire::member(json, name);
        name != "bill_no" && theirs.is_some_and(|theirs| theirs != *value)
    });
    jdy_wire::member(json, "bill_no") == Some("\"\"") && differs
}

fn with_number(json: &str, number: &str) -> String {
    jdy_wire::with_member(json, "bill_no", &format!("{number:?}")).unwrap_or_default()
}

proptest! {
    #[test]
    fn nothing_is_applied_that_differs_and_nothing_absent_too_early(
        sent in object(),
        rows in prop::collection::vec((object(), prop::sample::select(vec!["A-1", "A-2", "a-1", "Ａ - 1", ""])), 0..3),
        is_complete in any::<bool>(),
        changes in any::<bool>(),
        after in 0..20 * MINUTE,
        margin in 0..10 * MINUTE,
    ) {
        let sent = with_number(&sent, "A-1");
        let rows: Vec<String> = rows.iter().map(|(json, number)| with_number(json, number)).collect();
        let shown = Shown {
            rows: rows.iter().map(|json| ShownRow { returns: &[], ..row(json) }).collect(),
            complete: if is_complete { Ok(()) } else { Err(NotPossible::ListIncomplete) },
        };
        let names = [("bill_no", "A-1".to_owned())];
        let end = judge(&Evidence {
            sent: &sent,
            names: &names,
            changes,
            shown: &shown,
            last_attempt: at(0),
            asked_at: at(after),
            margin: Duration::from_secs(margin),
        });
        let is_due = after >= 5 * MINUTE + margin;
        let is_other = |json: &String| jdy_wire::member(json, "bill_no") == Some("\"A-2\"");
        let may_be_shown = !rows.iter().all(is_other);
        match end {
            Reconciliation::Applied { found } => {
                let ours = jdy_wire::members(&sent).unwrap_or_default();
                for (name, value) in ours {
                    let theirs = jdy_wire::member(found.record(), &name);
                    let blank = ["null", "\"\""];
                    let agree = theirs.is_none_or(|theirs| {
                        theirs == value
                            || blank.contains(&value)
                            || theirs.trim_matches('"').trim_end_matches(".00")
                                == value.trim_matches('"').trim_end_matches(".00")
                            || (value == "true" && theirs.contains('1'))
                            || (value.contains('1') && theirs == "true" && !value.contains(".00"))
                    });
                    prop_assert!(agree, "{name}: {value} {theirs:?}");
                }
                prop_assert_eq!(found.number(), "A-1");
            }
            Reconciliation::Absent => {
                prop_assert!(is_due && is_complete);
                prop_assert!(rows.iter().all(|it| is_other(it) || is_other_unnamed(it, &sent)));
            }
            Reconciliation::Conflict { fields, .. } => {
                prop_assert!(!fields.is_empty());
                prop_assert!(is_due || !changes);
            }
            Reconciliation::TooEarly { .. } => prop_assert!(!is_due),
            Reconciliation::NotPossible { .. } => {
                prop_assert!(is_due && (!is_complete || may_be_shown));
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn one_changed_value_is_never_applied(
        amount in 1u32..1000, other in 1u32..1000, after in 0..20 * MINUTE,
    ) {
        prop_assume!(amount != other);
        let sent = format!(r#"{{"bill_no":"A-1","rows":[{{"qty":"{amount}.0"}}]}}"#);
        let json = format!(r#"{{"bill_no":"A-1","rows":[{{"qty":{other}}}]}}"#);
        let shown = shown(&[&json], Ok(()));
        let names = [("bill_no", "A-1".to_owned())];
        let end = judge(&Evidence {
            sent: &sent,
            names: &names,
            changes: false,
            shown: &shown,
            last_attempt: at(0),
            asked_at: at(after),
            margin: Duration::ZERO,
        });
        let is_conflict = matches!(end, Reconciliation::Conflict { .. });
        prop_assert!(is_conflict);
    }
}
