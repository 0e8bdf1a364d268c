//! Any JSON value in any field neither panics nor loses the answer.

use jdy::ls::{mall_recharge, mall_recharge_rule};
use jdy_wire::{Envelope, Errcode, Field, Value as _, decode_answer, decode_data, encode_value};
use proptest::prelude::*;
use serde_json::Value;

/// Any JSON, with numbers and texts of the kinds that the fields look for.
fn json() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // Fractions that serde_json, which compares here, reads back to the last digit.
        any::<i32>().prop_map(|n| Value::from(f64::from(n) / 64.0)),
        ".*".prop_map(Value::from),
        "-?[0-9]{0,30}(\\.[0-9]{0,30})?".prop_map(Value::from),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9:]{0,8})?".prop_map(Value::from),
    ];
    scalar.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(".*", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

const ROW: [&str; 13] = [
    "coupon_list",
    "donate_amount",
    "id",
    "material_list",
    "material_set",
    "material_value",
    "recharge_amount",
    "rule_id",
    "to_amount",
    "to_coupon",
    "to_material",
    "to_member_point",
    "to_point",
];

const MATERIAL: [&str; 6] = [
    "aux_comb_id",
    "is_aux",
    "is_selected",
    "num",
    "price",
    "unit",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_value_in_any_field_of_a_row_is_kept(field in 0..ROW.len(), value in json()) {
        let text = serde_json::json!({"rows": [{ROW[field]: value}, {"id": "beside it"}]}).to_string();
        let decoded = decode_data::<mall_recharge_rule::Data>(&text).unwrap();
        let Field::Value(data) = decoded.data else { panic!("{text}") };
        let rows = data.rows.list().unwrap();
        prop_assert_eq!(rows.len(), 2);
        prop_assert_eq!(rows[1].id.to_string(), "beside it");
        // What is written again is JSON, and reading it again changes nothing more.
        let again = encode_value(data.view());
        let twice = decode_data::<mall_recharge_rule::Data>(&again).unwrap();
        prop_assert_eq!(twice.data, Field::Value(data.clone()));
        prop_assert_eq!(encode_value(data.view()), again);
    }

    #[test]
    fn any_value_in_any_field_of_a_nested_list_is_kept(field in 0..MATERIAL.len(), value in json()) {
        let text = serde_json::json!({"rows": [{"material_list": [{MATERIAL[field]: value}]}]}).to_string();
        let decoded = decode_data::<mall_recharge_rule::Data>(&text).unwrap();
        let Field::Value(data) = decoded.data else { panic!("{text}") };
        let rows = data.rows.list().unwrap();
        prop_assert_eq!(rows[0].material_list.list().unwrap().len(), 1);
    }

    #[test]
    fn what_is_unreadable_is_written_back_as_the_same_json(value in json()) {
        let text = serde_json::json!({"rows": [{"donate_amount": value}]}).to_string();
        let Field::Value(data) = decode_data::<mall_recharge_rule::Data>(&text).unwrap().data
            else { panic!("{text}") };
        if let Some(raw) = data.rows.list().unwrap()[0].donate_amount.raw() {
            prop_assert_eq!(serde_json::from_str::<Value>(raw.as_json()).unwrap(), value);
        }
    }

    #[test]
    fn any_data_leaves_the_code_of_the_answer_readable(value in json()) {
        let text = serde_json::json!({"data": value, "description": "success", "errcode": 0}).to_string();
        let envelope = Envelope::read(text.as_bytes());
        prop_assert_eq!(&envelope.errcode, &Some(Errcode::Number(0)));
        prop_assert!(envelope.complete);
        let data = envelope.data.unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(data).unwrap(), value);
        prop_assert!(decode_data::<mall_recharge::Data>(data).is_ok());
    }

    #[test]
    fn one_pass_over_an_answer_sees_what_two_passes_see(
        value in json(),
        cut in any::<prop::sample::Index>(),
    ) {
        let text = serde_json::json!({"data": {"rows": value}, "errcode": 0, "more": [1]}).to_string();
        // Whole, and cut anywhere.
        for body in [text.as_bytes(), &text.as_bytes()[..cut.index(text.len())]] {
            let two = Envelope::read(body);
            let (one, decoded) = decode_answer::<mall_recharge_rule::Data>(body);
            prop_assert_eq!(&one, &two);
            let apart = two.data.map(|data| decode_data::<mall_recharge_rule::Data>(data).unwrap());
            prop_assert_eq!(decoded.is_some(), apart.is_some());
            if let (Some(one), Some(two)) = (decoded, apart) {
                prop_assert_eq!(one.data, two.data);
                prop_assert_eq!(one.drift, two.drift);
            }
        }
    }

    #[test]
    fn any_bytes_are_an_envelope_or_none_and_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let envelope = Envelope::read(&bytes);
        prop_assert!(envelope.complete <= serde_json::from_slice::<Value>(&bytes).is_ok());
    }

    #[test]
    fn json_is_what_serde_json_says_it_is(text in "[\\[\\]{}:,\" 0-9eE.+\\-a-z\\\\]{0,24}") {
        // A number beyond f64 is JSON all the same; serde_json's value refuses it.
        let theirs = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
        prop_assert_eq!(jdy_wire::Json::new(&text).is_ok(), theirs, "{}", text);
    }

    #[test]
    fn a_cut_answer_never_claims_to_be_whole(value in json(), cut in any::<prop::sample::Index>()) {
        let text = serde_json::json!({"data": value, "errcode": 0}).to_string();
        let at = cut.index(text.len());
        prop_assert!(!Envelope::read(&text.as_bytes()[..at]).complete);
    }
}
