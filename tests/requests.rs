//! Encode exactly: a request is written as the vendor's page writes it, and one that comes as
//! JSON is taken whole or refused by name.

use jdy::ls::mall_recharge::{PayType, Request, Required, SettleEntriesRequired};
use jdy::ls::{delivery, mall_recharge_rule};
use jdy::{bd::material, fi::assistdetail_report};
use jdy_wire::{Decimal, RequestError, decode_request, encode_body, encode_query, has_body};
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
            pay_type: PayType::MemberCard,
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
fn the_number_of_a_page_travels_as_its_text() {
    let query = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let request = material::Request::default().with(|r| {
        r.page = Some(1);
        r.page_size = Some(100);
    });
    assert_eq!(
        encode_query(&request).unwrap(),
        [query("page", "1"), query("page_size", "100")]
    );
    let request = delivery::Required {
        page_data_page: 2,
        page_data_page_size: 20,
        request_material_flag: true,
        request_store_id: "7".into(),
    };
    assert_eq!(
        encode_query(&delivery::Request::from(request)).unwrap(),
        [
            query("page_data.page", "2"),
            query("page_data.page_size", "20"),
            query("request.material_flag", "1"),
            query("request.store_id", "7"),
        ]
    );
    // In a body, too, where the vendor's page says that it is text.
    let request = assistdetail_report::Required {
        assist_list: Vec::new(),
        end_period: "202602".into(),
        start_period: "202601".into(),
    };
    let request = request.with(|r| (r.page, r.page_size) = (Some(1), Some(50)));
    let body = encode_body(&request).unwrap();
    assert!(body.contains(r#""page":"1","page_size":"50""#), "{body}");
}

#[test]
fn what_is_no_number_of_a_page_is_refused_by_name() {
    for page in ["abc", "1.5", "1,5", "99999999999999999999"] {
        let text = json!({ "page": page }).to_string();
        let error = decode_request::<material::Request>(&text).unwrap_err();
        assert_eq!(error.to_string(), "page: is not a whole number", "{page}");
    }
    let text = r#"{"page":"2","page_size":20}"#;
    let request: material::Request = decode_request(text).unwrap();
    assert_eq!((request.page, request.page_size), (Some(2), Some(20)));
}

/// A list in a query, joined by commas: three kinds of items.
struct Listed {
    ids: Option<Vec<String>>,
    days: Option<Vec<i64>>,
}

jdy_wire::record! {
    Listed in Query {
        "ids" => ids: List,
        "days" => days: JsonNumbers,
    }
}

#[test]
fn a_list_in_a_query_cannot_become_another_list() {
    let mut listed = Listed {
        ids: None,
        days: None,
    };
    listed.ids = Some(vec!["a".into(), "b".into()]);
    listed.days = Some(vec![1, 2]);
    let pairs = encode_query(&listed).unwrap();
    assert_eq!(
        pairs,
        [
            ("ids".into(), "a,b".into()),
            ("days".into(), "[1,2]".into())
        ]
    );
    listed.ids = Some(vec!["a,b".into(), "c".into()]);
    let error = encode_query(&listed).unwrap_err();
    assert!(
        error.to_string().contains("ids: an item contains a comma"),
        "{error}"
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
fn a_field_that_comes_twice_is_refused_at_every_depth() {
    let text = r#"{"bal_amount":"1","bal_amount":"1000","member_id":"10","src_bill_id":"1",
        "settle_entries":[{"pay_type":"1","settle_amt":"9","settle_amt":"1"}]}"#;
    let Err(RequestError::Fields(wrong)) = decode_request::<Request>(text) else {
        panic!("it must be refused");
    };
    let said: Vec<_> = wrong.iter().map(ToString::to_string).collect();
    let twice = [
        "bal_amount: is a duplicate",
        "settle_entries[0].settle_amt: is a duplicate",
    ];
    assert_eq!(said, twice);
}

#[test]
fn no_number_of_harmless_findings_hides_a_field_that_would_be_lost() {
    let entry = r#"{"pay_type":"unknown","settle_amt":"1"}"#;
    let text = format!(
        r#"{{"bal_amount":"1","member_id":"10","src_bill_id":"1","settle_entries":[{}],"store_id":{{}},"more":1}}"#,
        [entry; 70].join(",")
    );
    let Err(RequestError::Fields(wrong)) = decode_request::<Request>(&text) else {
        panic!("it must be refused");
    };
    let said: Vec<_> = wrong.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        ["store_id: is not text", "more: is not a field of the spec"]
    );
    assert!(serde_json::from_str::<Request>(&text).is_err());
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

/// A request with a query and a body.
struct Both {
    id: Option<String>,
    name: Option<String>,
    ids: Option<Vec<String>>,
}

jdy_wire::record! {
    Both in Body {
        "id" => id: Text in Query,
        "name" => name: Text,
        "ids" => ids: Repeat in Query,
    }
}

#[test]
fn what_travels_apart_from_the_body_is_in_the_query_alone() {
    let text = r#"{"name":"n","id":"1","ids":["a","b"]}"#;
    let both: Both = decode_request(text).unwrap();
    assert!(has_body(&both));
    assert_eq!(encode_body(&both).unwrap(), r#"{"name":"n"}"#);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let expected = [pair("id", "1"), pair("ids", "a"), pair("ids", "b")];
    assert_eq!(encode_query(&both).unwrap(), expected);
    assert_eq!(both.clone(), both);
}
