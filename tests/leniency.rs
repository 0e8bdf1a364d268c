//! Decode generously: every way in which the vendor has been seen to write a value is read, and
//! what fits no rule is kept as it came and reported.

use jdy::ls::mall_recharge_rule::Data;
use jdy_wire::{DriftKind, Field, decode_data, encode_value};

/// One field of the rule page's row, decoded from this JSON: what the field then holds, as a
/// word, and what it is written as again.
fn row(field: &str, json: &str) -> (String, String, usize) {
    let text = format!(r#"{{"rows":[{{"{field}":{json}}}]}}"#);
    let decoded = decode_data::<Data>(&text).unwrap();
    let data = match decoded.data {
        Field::Value(data) => data,
        other => panic!("{text}: {other:?}"),
    };
    let rows = data.rows.list().unwrap();
    let row = &rows[0];
    let held = match field {
        "donate_amount" => shown(&row.donate_amount),
        "id" => shown(&row.id),
        "material_set" => shown(&row.material_set),
        other => panic!("{other} is not in this table"),
    };
    let again = encode_value(jdy_wire::Value::view(row));
    (held, again, decoded.drift_count)
}

fn shown<T: jdy_wire::Value + std::fmt::Display>(field: &Field<T>) -> String {
    match field {
        Field::Absent => "absent".to_owned(),
        Field::Value(value) => format!("value {value}"),
        Field::Raw(raw) => format!("raw {}", raw.as_json()),
    }
}

fn check(field: &str, json: &str, held: &str, written: &str) {
    let (is, again, drift) = row(field, json);
    assert_eq!(is, held, "{field}: {json}");
    let expected = match written {
        "" => "{}".to_owned(),
        written => format!(r#"{{"{field}":{written}}}"#),
    };
    assert_eq!(again, expected, "{field}: {json}");
    assert_eq!(
        drift,
        usize::from(held.starts_with("raw")),
        "{field}: {json}"
    );
}

#[test]
fn text_takes_text_number_and_boolean() {
    check("id", r#""a""#, "value a", r#""a""#);
    check("id", r#""""#, "value ", r#""""#);
    check(
        "id",
        "850693217107061760",
        "value 850693217107061760",
        r#""850693217107061760""#,
    );
    check("id", "1.10", "value 1.10", r#""1.10""#);
    check("id", "true", "value true", r#""true""#);
    check("id", "null", "absent", "");
    check("id", r#""null""#, "value null", r#""null""#);
    check(
        "id",
        r#""\u4f1a\ud83d\ude00\n""#,
        "value 会😀\n",
        "\"会😀\\n\"",
    );
    check(
        "id",
        r#"{"a":[1, 2]}"#,
        r#"raw {"a":[1, 2]}"#,
        r#"{"a":[1, 2]}"#,
    );
    check("id", "[]", "raw []", "[]");
}

#[test]
fn a_decimal_takes_number_and_numeric_text_with_every_digit() {
    check("donate_amount", r#""50""#, "value 50", r#""50""#);
    check("donate_amount", r#""001""#, "value 1", r#""1""#);
    check("donate_amount", "0.10", "value 0.10", r#""0.10""#);
    check(
        "donate_amount",
        "9007199254740993.01",
        "value 9007199254740993.01",
        r#""9007199254740993.01""#,
    );
    check("donate_amount", "1.5E+2", "value 150", r#""150""#);
    check("donate_amount", r#"" 7.5 ""#, "value 7.5", r#""7.5""#);
    check("donate_amount", "-0.01", "value -0.01", r#""-0.01""#);
    check("donate_amount", r#""""#, "absent", "");
    check("donate_amount", r#""null""#, "absent", "");
    check("donate_amount", "null", "absent", "");
}

#[test]
fn money_that_cannot_be_read_never_looks_like_no_money() {
    for json in [
        r#""12,50""#,
        r#""50元""#,
        r#""1_000""#,
        "12345678901234567890123456789.5",
        "true",
        "{}",
        "[50]",
    ] {
        check("donate_amount", json, &format!("raw {json}"), json);
        let text = format!(r#"{{"rows":[{{"donate_amount":{json}}}]}}"#);
        let decoded = decode_data::<Data>(&text).unwrap();
        let Field::Value(data) = decoded.data else {
            panic!()
        };
        let amount = &data.rows.list().unwrap()[0].donate_amount;
        assert!(
            amount.optional().is_err(),
            "{json} must not read as no amount"
        );
        assert!(amount.require().is_err());
        assert_eq!(decoded.drift[0].path, "rows[0].donate_amount");
        assert!(matches!(
            decoded.drift[0].what,
            DriftKind::Unreadable { .. }
        ));
    }
}

#[test]
fn a_flag_takes_the_four_spellings() {
    for yes in ["true", "1", r#""true""#, r#""1""#, r#""TRUE""#] {
        check("material_set", yes, "value true", "true");
    }
    for no in ["false", "0", r#""false""#, r#""0""#] {
        check("material_set", no, "value false", "false");
    }
    for none in ["null", r#""""#] {
        check("material_set", none, "absent", "");
    }
    for other in ["9", r#""Y""#, "[]"] {
        check("material_set", other, &format!("raw {other}"), other);
    }
}

#[test]
fn a_list_takes_null_and_empty_text_as_empty() {
    for none in ["null", r#""""#, "[]"] {
        let decoded = decode_data::<Data>(&format!(r#"{{"rows":{none}}}"#)).unwrap();
        let Field::Value(data) = decoded.data else {
            panic!("{none}")
        };
        assert_eq!(data.rows.list().unwrap().len(), 0, "{none}");
        assert_eq!(decoded.drift_count, 0, "{none}");
    }
}

#[test]
fn a_list_with_a_gap_is_kept_whole_and_raw() {
    let decoded = decode_data::<Data>(r#"{"rows":[{"id":"1"},null,{"id":"3"}]}"#).unwrap();
    let Field::Value(data) = decoded.data else {
        panic!()
    };
    assert!(data.rows.list().is_err());
    assert_eq!(
        data.rows.raw().unwrap().as_json(),
        r#"[{"id":"1"},null,{"id":"3"}]"#
    );
}

#[test]
fn no_data_is_no_record() {
    for none in ["null", r#""""#, "[]", "{}", " { } ", "[\n]"] {
        let decoded = decode_data::<Data>(none).unwrap();
        assert!(decoded.data.is_absent(), "{none}");
        assert_eq!(decoded.drift_count, 0, "{none}");
    }
    for other in ["1", r#""ok""#, "[1]", "true"] {
        let decoded = decode_data::<Data>(other).unwrap();
        assert_eq!(decoded.data.raw().unwrap().as_json(), other);
    }
}

#[test]
fn an_unknown_field_is_passed_over_and_counted() {
    let json = r#"{"rows":[{"new":{"deep":[1,{"x":"]}"}]},"id":"1"}],"count":"7"}"#;
    let decoded = decode_data::<Data>(json).unwrap();
    let Field::Value(data) = decoded.data else {
        panic!()
    };
    assert_eq!(data.rows.list().unwrap()[0].id, "1");
    let seen: Vec<_> = decoded
        .drift
        .iter()
        .map(|d| (d.path.as_str(), &d.what))
        .collect();
    let unknown = &DriftKind::UnknownField;
    assert_eq!(seen, [("rows[0].new", unknown), ("count", unknown)]);
}

#[test]
fn fields_in_any_order_find_their_places() {
    let json = r#"{"rows":[{"to_point":true,"id":"1","donate_amount":"5","\u0072ule_id":"r"}]}"#;
    let Field::Value(data) = decode_data::<Data>(json).unwrap().data else {
        panic!()
    };
    let row = &data.rows.list().unwrap()[0];
    assert_eq!(
        (row.id.to_string(), row.rule_id.to_string()),
        ("1".into(), "r".into())
    );
    assert_eq!(row.to_point.require(), Ok(&true));
    assert_eq!(row.donate_amount.to_string(), "5");
}
