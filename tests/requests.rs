//! Encode exactly: a request is written as the vendor's page writes it, and one that comes as
//! JSON is taken whole or refused by name.

use jdy_model::ls::mall_recharge::{PayType, Request, Required, SettleEntriesRequired};
use jdy_model::ls::mall_recharge_rule;
use jdy_wire::{Decimal, RequestError, decode_request, encode_body, encode_query};
use serde_json::{Value, json};

/// The example of the vendor's page, with the amount as the SDK writes it.
fn example() -> Value {
    json!({
        "bal_amount": "1",
        "bill_date": "2020-05-11 16:01:01",
        "member_id": "10",
        "rule_detail_id": "1",
        "rule_id": "4526545",
        "settle_entries": [{"pay_type": "90", "settle_amt": "50"}],
        "source": 9,
        "src_bill_id": "001",
        "store_id": "850693217107061760"
    })
}

fn required() -> Required {
    Required {
        bal_amount: Decimal::ONE,
        member_id: "10".into(),
        src_bill_id: "001".into(),
    }
}

#[test]
fn a_request_is_written_as_the_page_writes_it() {
    let request = required().with(|r| {
        r.bill_date = "2020-05-11 16:01:01".parse().ok();
        r.rule_detail_id = Some("1".into());
        r.rule_id = Some("4526545".into());
        let entry = SettleEntriesRequired {
            pay_type: PayType::C90,
            settle_amt: Decimal::from(50),
        };
        r.settle_entries = Some(vec![entry.into()]);
        r.store_id = Some("850693217107061760".into());
    });
    let body: Value = serde_json::from_str(&encode_body(&request).unwrap()).unwrap();
    assert_eq!(body, example());
}

#[test]
fn what_is_not_set_is_not_sent_but_a_fixed_value_is() {
    assert_eq!(
        encode_body(&Request::from(required())).unwrap(),
        r#"{"bal_amount":"1","member_id":"10","src_bill_id":"001","source":9}"#
    );
}

#[test]
fn a_query_holds_what_is_set_and_no_more() {
    let request = mall_recharge_rule::Required {
        member_id: "会员 1".into(),
    };
    let request = request.with(|r| r.store_id = Some(String::new()));
    assert_eq!(
        encode_query(&request).unwrap(),
        [
            ("member_id".into(), "会员 1".into()),
            ("store_id".into(), String::new())
        ]
    );
}

#[test]
fn the_example_of_the_page_makes_a_request_and_comes_out_the_same() {
    let mut written = example();
    written["bal_amount"] = json!("001");
    let request: Request = decode_request(&written.to_string()).unwrap();
    let body: Value = serde_json::from_str(&encode_body(&request).unwrap()).unwrap();
    assert_eq!(body, example());
}

#[test]
fn every_wrong_field_of_a_request_is_named() {
    let text =
        r#"{"bal_amount":"ten","member":"10","source":9,"settle_entries":[{"pay_type":"1"}]}"#;
    let Err(RequestError::Fields(wrong)) = decode_request::<Request>(text) else {
        panic!("it must be refused");
    };
    let said: Vec<_> = wrong.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "bal_amount: is not a decimal number of at most 28 digits",
            "member: is not a field of the spec",
            "settle_entries[0].settle_amt: is required and missing",
            "member_id: is required and missing",
            "src_bill_id: is required and missing",
        ]
    );
}

#[test]
fn what_is_no_object_makes_no_request() {
    for text in ["null", "[]", "1", "\"\""] {
        assert_eq!(
            decode_request::<Request>(text),
            Err(RequestError::NotAnObject),
            "{text}"
        );
    }
    for text in ["", "{", "{\"a\":}", "{}x", "{\"bal_amount\":01}"] {
        let refused = decode_request::<Request>(text);
        assert!(
            matches!(refused, Err(RequestError::Syntax(_))),
            "{text}: {refused:?}"
        );
    }
}

#[test]
fn a_code_that_the_spec_does_not_know_is_sent_as_it_is() {
    let text = json!({
        "bal_amount": "1", "member_id": "10", "src_bill_id": "1",
        "settle_entries": [{"pay_type": "77", "settle_amt": "1"}]
    });
    let request: Request = decode_request(&text.to_string()).unwrap();
    let entries = request.settle_entries.as_ref().unwrap();
    assert_eq!(entries[0].required.pay_type, PayType::Other("77".into()));
    assert!(
        encode_body(&request)
            .unwrap()
            .contains(r#""pay_type":"77""#)
    );
}

#[tokio::test]
async fn a_call_that_moves_money_is_refused_without_the_callers_own_key() {
    let sandbox = jdy_sandbox::Sandbox::start().await.unwrap();
    let client = crate::sandbox::client(&sandbox);
    for key in ["", "  "] {
        let error = crate::sandbox::recharge(&client, key).await.unwrap_err();
        assert_eq!(error.outcome(), jdy::Outcome::NotSent);
        assert!(error.to_string().contains("src_bill_id"), "{error}");
    }
    assert!(sandbox.requests().is_empty());
}
