//! Types are stored and loaded through serde: amounts as text, what came unreadable as it came.

use jdy::ls::mall_recharge::{Request, Required};
use jdy::ls::mall_recharge_rule::Data;
use jdy_wire::{Decimal, Field, decode_data};
use serde_json::json;

fn answer(text: &str) -> Data {
    match decode_data::<Data>(text).unwrap().data {
        Field::Value(data) => data,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_answer_is_stored_with_its_amounts_as_text() {
    let data =
        answer(r#"{"rows":[{"donate_amount":5.50,"id":7,"to_point":"1","recharge_amount":"?"}]}"#);
    assert_eq!(
        serde_json::to_value(&data).unwrap(),
        json!({"rows": [{
            "donate_amount": "5.50", "id": "7", "to_point": true,
            "recharge_amount": {"$raw": "\"?\""}
        }]})
    );
}

#[test]
fn what_was_stored_is_loaded_again() {
    let data = answer(
        r#"{"rows":[{"donate_amount":"5.50","recharge_amount":{"a":1.0},
            "material_list":[{"is_aux":"1","price":null}],"coupon_list":[{"begin_date":"2022-08-08"}]}]}"#,
    );
    let stored = serde_json::to_string(&data).unwrap();
    assert_eq!(serde_json::from_str::<Data>(&stored).unwrap(), data);
}

#[test]
fn a_float_is_refused_when_loading() {
    assert!(serde_json::from_str::<Data>(r#"{"rows":[{"donate_amount":5.5}]}"#).is_err());
}

#[test]
fn a_stored_request_without_a_required_field_is_refused_by_name() {
    let request: Request = Required {
        bal_amount: Decimal::ONE,
        member_id: "10".into(),
        src_bill_id: "1".into(),
    }
    .into();
    let mut stored = serde_json::to_value(&request).unwrap();
    assert_eq!(
        serde_json::from_value::<Request>(stored.clone()).unwrap(),
        request
    );
    stored.as_object_mut().unwrap().remove("src_bill_id");
    let error = serde_json::from_value::<Request>(stored).unwrap_err();
    assert!(error.to_string().contains("src_bill_id"), "{error}");
}

#[test]
fn a_stored_request_whose_page_is_no_number_is_refused_by_name() {
    use jdy::bd::material::Request;
    let stored = serde_json::to_value(Request::default().with(|r| r.page = Some(3))).unwrap();
    assert_eq!(stored, json!({"page": 3}));
    // As it was stored when the number of a page was a text.
    for fine in [json!({"page": 3}), json!({"page": "3"})] {
        let request: Request = serde_json::from_value(fine).unwrap();
        assert_eq!(request.page, Some(3));
    }
    let error = serde_json::from_value::<Request>(json!({"page": "abc"})).unwrap_err();
    assert_eq!(error.to_string(), "page: is not a whole number");
}

#[test]
fn a_copy_equals_its_original() {
    let data = answer(
        r#"{"rows":[{"donate_amount":"x","id":"1","to_point":true,"material_list":[{"num":"2"}],
            "coupon_list":[{"end_date":"2022-08-09"}]}]}"#,
    );
    let mut copy = data.clone();
    assert_eq!(copy, data);
    copy.rows = Field::Absent;
    assert_ne!(copy, data);
}

#[test]
fn a_name_of_the_customers_own_is_stored_whatever_it_is() {
    use jdy::bd::supplier_detail::Data;
    let names = ["$raw", "$$raw", "$rawest", "raw", "$"];
    let fields = names
        .map(|name| format!("{name:?}:\"\\\"1\\\"\""))
        .join(",");
    let text = format!(r#"{{"custom_field":{{{fields}}}}}"#);
    let Field::Value(data) = decode_data::<Data>(&text).unwrap().data else {
        panic!("{text}");
    };
    let stored = serde_json::to_string(&data).unwrap();
    let loaded: Data = serde_json::from_str(&stored).unwrap();
    assert_eq!(loaded, data);
    for name in names {
        assert_eq!(
            loaded.custom_field.named(name).unwrap(),
            Some("\"1\""),
            "{name}"
        );
    }
}
