//! Requests checked against the spec, and answers from it, for operations without code of their own.

use jdy_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::client::{Reply, business, rules, token};

/// An invented bundle with every extension that these tests need.
fn bundle() -> Value {
    json!({
        "openapi": "3.1.0",
        "paths": {
            "/jdy/v2/xx/thing": {
                "get": {
                    "operationId": "xx.thing",
                    "parameters": [
                        {"name": "id", "in": "query", "required": true, "schema": {"type": "string"}},
                        {"name": "page", "in": "query", "schema": {"type": "integer"}},
                        {"name": "day", "in": "query", "schema": {"type": "string", "x-jdy-wire": "date"}},
                        {"name": "ids", "in": "query", "schema": {"type": "array", "x-jdy-list": "json"}},
                    ],
                    "responses": {"200": {"content": {"application/json": {"schema": {"allOf": [
                        {"$ref": "#/components/schemas/Envelope"},
                        {"type": "object", "properties": {"data": {"$ref": "#/components/schemas/xx.thing.response.Data"}}},
                    ]}}}}},
                },
                "post": {
                    "operationId": "xx.thing_save",
                    "requestBody": {"required": true, "content": {"application/json": {"schema": {
                        "type": "object",
                        "required": ["name"],
                        "properties": {
                            "name": {"type": "string", "maxLength": 5},
                            "count": {"type": "integer"},
                            "price": {"type": "string", "x-jdy-wire": "decimal"},
                            "on": {"type": "boolean"},
                            "page": {"type": "string", "x-jdy-wire": "integer"},
                            "when": {"type": "string", "x-jdy-wire": "datetime"},
                            "custom_field": {"type": "object", "additionalProperties": {"type": "string"}},
                            "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
                        },
                    }}}},
                    "responses": {"200": {"content": {"application/json": {"example": {"errcode": 0, "data": {"id": "1"}}}}}},
                },
            },
            "/jdy/v2/xx/upload": {"post": {
                "operationId": "xx.upload",
                "requestBody": {"required": true, "content": {"multipart/form-data": {"schema": {
                    "type": "object", "required": ["file1"], "properties": {
                        "file1": {"type": "string", "format": "binary"}, "day": {"type": "string", "x-jdy-wire": "date"},
                    },
                }}}},
                "responses": {"200": {"content": {"application/json": {"schema": {"type": "object", "properties": {
                    "errorCode": {"type": "string"}, "message": {"type": "string"}, "data": {"type": "string"},
                }}}}}},
            }},
        },
        "components": {"schemas": {
            "Envelope": {"type": "object", "properties": {"errcode": {"type": "integer"}, "description": {"type": "string"}}},
            "Line": {"type": "object", "required": ["qty"], "properties": {
                "qty": {"type": "string", "x-jdy-wire": "decimal"}, "children": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
            }},
            "xx.thing.response.Data": {"type": "object", "properties": {
                "material_id": {"type": "string"},
                "price": {"type": "string", "x-jdy-wire": "decimal"},
                "status": {"type": "string", "x-jdy-codes": [{"code": "Z", "label": "未审核"}]},
                "phone": {"type": "string", "x-jdy-encrypted": true},
                "created": {"type": "string", "x-jdy-wire": "datetime"},
                "at": {"type": "integer", "x-jdy-wire": "epoch-millis"},
                "on": {"type": "boolean"},
                "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
                "loop": {"$ref": "#/components/schemas/Loop"},
            }},
            "Loop": {"$ref": "#/components/schemas/Loop"},
        }},
    })
}

async fn called(method: &str, path: &str, query: &[(&str, &str)], body: &str) -> Reply {
    let sandbox = Sandbox::builder()
        .spec(bundle().to_string())
        .start()
        .await
        .unwrap();
    business(&token(&sandbox).await, method, path, query, body)
        .send(&sandbox)
        .await
}

#[tokio::test]
async fn an_answer_is_made_from_the_schema_and_honest_about_types() {
    let reply = called("GET", "/jdy/v2/xx/thing", &[("id", "1")], "")
        .await
        .json();
    let data = &reply["data"];
    assert_eq!(
        (&reply["errcode"], &reply["description"]),
        (&json!(0), &json!("success"))
    );
    let id = data["material_id"].as_str().unwrap();
    assert!(
        id.len() >= 15 && id.bytes().all(|byte| byte.is_ascii_digit()),
        "{id}"
    );
    assert_eq!(
        (&data["price"], &data["status"], &data["on"]),
        (&json!("12.50"), &json!("Z"), &json!(true))
    );
    assert_eq!(data["phone"], "CVGQxKy7SFTAyeDXXEeRuw==");
    assert_eq!(data["created"], "2024-01-31 08:00:00");
    assert!(data["at"].is_i64() && data["lines"][0]["qty"].is_string());
    assert_eq!(
        (&data["lines"][0]["children"], &data["loop"]),
        (&json!([]), &json!(null))
    );
    assert_eq!(
        reply,
        called("GET", "/jdy/v2/xx/thing", &[("id", "1")], "")
            .await
            .json(),
        "the same every time"
    );
}

#[tokio::test]
async fn an_example_of_the_spec_is_the_answer_where_there_is_one() {
    let reply = called("POST", "/jdy/v2/xx/thing", &[], r#"{"name":"a"}"#).await;
    assert_eq!(reply.json(), json!({"errcode": 0, "data": {"id": "1"}}));
}

#[tokio::test]
async fn a_request_that_does_not_fit_is_refused_by_the_path_of_each_field() {
    let cases = [
        (
            json!({}),
            1_999_000_003,
            "name: required in the body, and missing",
        ),
        (json!({"name": null}), 1_999_000_003, "name: required"),
        (
            json!({"name": "a", "nmae": 1}),
            1_999_000_002,
            "nmae: unknown field in the body; known here: count, custom_field",
        ),
        (
            json!({"name": 5}),
            1_999_000_004,
            "name: must be a string; got a number",
        ),
        (
            json!({"name": "123456"}),
            1_999_000_004,
            "name: must have at most 5 characters; got 6",
        ),
        (
            json!({"name": "a", "count": "1"}),
            1_999_000_004,
            "count: must be an integer; got a string",
        ),
        (
            json!({"name": "a", "count": 1.5}),
            1_999_000_004,
            "count: must be an integer",
        ),
        (
            json!({"name": "a", "on": "true"}),
            1_999_000_004,
            "on: must be a boolean",
        ),
        (
            json!({"name": "a", "price": "1,5"}),
            1_999_000_004,
            "price: must be a decimal",
        ),
        (
            json!({"name": "a", "page": "abc"}),
            1_999_000_004,
            "page: must be an integer, such as 1; got \"abc\"",
        ),
        (
            json!({"name": "a", "page": 1}),
            1_999_000_004,
            "page: must be a string; got a number",
        ),
        (
            json!({"name": "a", "when": "2024-01-31"}),
            1_999_000_004,
            "when: must be a time",
        ),
        (
            json!({"name": "a", "custom_field": {"x": 1}}),
            1_999_000_004,
            "custom_field.x: must be a string",
        ),
        (
            json!({"name": "a", "lines": {}}),
            1_999_000_004,
            "lines: must be an array; got an object",
        ),
        (
            json!({"name": "a", "lines": [{"qty": "1"}, {}]}),
            1_999_000_003,
            "lines[1].qty: required",
        ),
        (
            json!({"name": "a", "lines": [{"qty": "1", "children": [{"qty": "x"}]}]}),
            1_999_000_004,
            "lines[0].children[0].qty: must be a decimal",
        ),
        (
            json!([]),
            1_999_000_001,
            "the body must be a JSON object; got an array",
        ),
    ];
    for (body, code, word) in cases {
        let reply = called("POST", "/jdy/v2/xx/thing", &[], &body.to_string()).await;
        assert_eq!(
            (reply.status, reply.code()),
            (Some(200), code),
            "{}",
            reply.says()
        );
        assert!(reply.says().contains(word), "{word:?} in {}", reply.says());
    }
    let reply = called("POST", "/jdy/v2/xx/thing", &[], "{").await;
    assert_eq!(reply.code(), 1_999_000_001);
    let both = called("POST", "/jdy/v2/xx/thing", &[], r#"{"x":1,"count":"1"}"#)
        .await
        .says();
    assert!(
        both.contains("x: unknown")
            && both.contains("count: must")
            && both.contains("name: required"),
        "{both}"
    );
}

#[tokio::test]
async fn fields_that_the_spec_does_not_know_pass_and_are_noted_where_that_is_allowed() {
    let sandbox = Sandbox::builder().spec(bundle().to_string()).allow_extra();
    let sandbox = sandbox.start().await.unwrap();
    let token = token(&sandbox).await;
    let ask = async |method: &str, query: &[(&str, &str)], body: &str| {
        let call = business(&token, method, "/jdy/v2/xx/thing", query, body);
        let reply = call.send(&sandbox).await;
        (reply.code(), sandbox.requests().pop().unwrap().extra)
    };
    let known = ask("GET", &[("id", "1")], "").await;
    assert_eq!(known, (0, vec![]));
    let query = ask("GET", &[("id", "1"), ("search", "x"), ("z", "")], "").await;
    assert_eq!(query, (0, vec!["search".to_owned(), "z".to_owned()]));
    let body = ask("POST", &[], r#"{"name":"a","operation_key":{"b":1}}"#).await;
    assert_eq!(body, (0, vec!["operation_key".to_owned()]));
    // Fields that the spec knows are checked as usual, nested ones too.
    for (body, code) in [
        (r#"{"x":1}"#, 1_999_000_003),
        (r#"{"name":"a","x":1,"count":"1"}"#, 1_999_000_004),
        (r#"{"name":"a","lines":[{"qty":"1","x":1}]}"#, 1_999_000_002),
        ("[]", 1_999_000_001),
    ] {
        assert_eq!(ask("POST", &[], body).await.0, code, "{body}");
    }
}

#[tokio::test]
async fn an_answer_that_holds_verdicts_says_yes_of_every_item_that_was_sent() {
    let mut spec = bundle();
    let save = &mut spec["paths"]["/jdy/v2/xx/thing"]["post"];
    save["x-jdy-verdict"] = json!({
        "rows": "rows", "of": "lines", "success": "done", "done": ["OK"], "errors": ["errors", "err"]
    });
    let text = json!({"type": "string"});
    let row = json!({"type": "object", "properties": {
        "id": text, "done": text, "err": text, "errors": {"type": "array", "items": text}
    }});
    let data = json!({"type": "object", "properties": {"rows": {"type": "array", "items": row}}});
    save["responses"]["200"]["content"]["application/json"] = json!({"schema": {
        "type": "object", "properties": {"errcode": {"type": "integer"}, "data": data}
    }});
    let sandbox = Sandbox::builder().spec(spec.to_string());
    let sandbox = sandbox.start().await.unwrap();
    let token = token(&sandbox).await;
    for count in [0, 1, 3] {
        let lines = vec![json!({"qty": "1"}); count];
        let body = json!({"name": "a", "lines": lines}).to_string();
        let call = business(&token, "POST", "/jdy/v2/xx/thing", &[], &body);
        let rows = call.send(&sandbox).await.json()["data"]["rows"].clone();
        let rows = rows.as_array().unwrap();
        assert_eq!(rows.len(), count);
        for row in rows {
            assert!(row["id"].as_str().is_some_and(|id| !id.is_empty()), "{row}");
            assert_eq!(row["done"], "OK");
            assert_eq!((&row["errors"], &row["err"]), (&json!([]), &json!("")));
        }
    }
}

#[tokio::test]
async fn an_answer_that_lists_ids_has_one_for_every_item_that_was_sent() {
    for (rows, place) in [(false, "/data/ids"), (true, "/data/rows/0/ids")] {
        let mut spec = bundle();
        let save = &mut spec["paths"]["/jdy/v2/xx/thing"]["post"];
        let text = json!({"type": "string"});
        let texts = json!({"type": "array", "items": text});
        let row = json!({"type": "object", "properties": {"errors": texts, "ids": texts}});
        let mut verdict = json!({"of": "lines", "ids": "ids", "errors": ["errors"]});
        let data = if rows {
            verdict["rows"] = json!("rows");
            json!({"type": "object", "properties": {"rows": {"type": "array", "items": row}}})
        } else {
            row
        };
        save["x-jdy-verdict"] = verdict;
        save["responses"]["200"]["content"]["application/json"] = json!({"schema": {
            "type": "object", "properties": {"errcode": {"type": "integer"}, "data": data}
        }});
        let sandbox = Sandbox::builder().spec(spec.to_string());
        let sandbox = sandbox.start().await.unwrap();
        let token = token(&sandbox).await;
        for count in [1, 3] {
            let lines = vec![json!({"qty": "1"}); count];
            let body = json!({"name": "a", "lines": lines}).to_string();
            let call = business(&token, "POST", "/jdy/v2/xx/thing", &[], &body);
            let answer = call.send(&sandbox).await.json();
            let ids = answer.pointer(place).and_then(serde_json::Value::as_array);
            let each = if rows { 1 } else { count };
            assert_eq!(ids.map(Vec::len), Some(each), "{answer}");
            let made = answer
                .pointer("/data/rows")
                .and_then(serde_json::Value::as_array);
            assert_eq!(made.map(Vec::len), rows.then_some(count), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_query_that_does_not_fit_is_refused_by_name() {
    type Query = &'static [(&'static str, &'static str)];
    let cases: [(Query, i64, &str); 6] = [
        (&[], 1_999_000_003, "id: required in the query"),
        (
            &[("id", "1"), ("pgae", "1")],
            1_999_000_002,
            "pgae: unknown field in the query; known here: id, page, day, ids",
        ),
        (
            &[("id", "1"), ("page", "x")],
            1_999_000_004,
            "page: must be an integer",
        ),
        (
            &[("id", "1"), ("day", "2024-02-30")],
            1_999_000_004,
            "day: must be a date",
        ),
        (
            &[("id", "1"), ("id", "2")],
            1_999_000_004,
            "id: duplicate in the query",
        ),
        (
            &[("id", "1"), ("ids", "1,2")],
            1_999_000_004,
            "ids: must be a JSON array",
        ),
    ];
    for (query, code, word) in cases {
        let reply = called("GET", "/jdy/v2/xx/thing", query, "").await;
        assert_eq!(reply.code(), code, "{}", reply.says());
        assert!(reply.says().contains(word), "{word:?} in {}", reply.says());
    }
    assert_eq!(
        called(
            "GET",
            "/jdy/v2/xx/thing",
            &[("id", "1"), ("page", ""), ("ids", "[1]")],
            ""
        )
        .await
        .code(),
        0
    );
}

#[tokio::test]
async fn a_good_request_with_everything_passes() {
    let body = json!({
        "name": "a", "count": 1, "price": "1.50", "on": true, "when": "2024-01-31 08:00:00",
        "custom_field": {"自定义": "x"}, "lines": [{"qty": "1", "children": []}],
    });
    assert_eq!(
        called("POST", "/jdy/v2/xx/thing", &[], &body.to_string())
            .await
            .code(),
        0
    );
}

#[tokio::test]
async fn an_upload_is_multipart_and_has_its_own_envelope() {
    let sandbox = Sandbox::builder()
        .spec(bundle().to_string())
        .start()
        .await
        .unwrap();
    let call = business(
        &token(&sandbox).await,
        "POST",
        "/jdy/v2/xx/upload",
        &[],
        "--b\r\nContent-Disposition: form-data; name=\"file1\"; filename=\"a\"\r\n\r\nx\r\n--b--",
    );
    let refused = call.clone().send(&sandbox).await;
    assert_eq!(refused.json()["errorCode"], "1999000001");
    // The gateway has one form for all.
    let untoken = call.clone().header("app-token", "none");
    assert_eq!(untoken.send(&sandbox).await.code(), 4010);
    let reply = call
        .header("Content-Type", "multipart/form-data; boundary=b")
        .send(&sandbox)
        .await
        .json();
    assert_eq!(
        (&reply["errorCode"], &reply["message"]),
        (&json!("success"), &json!("success"))
    );
}

#[tokio::test]
async fn the_parts_of_a_form_are_checked() {
    let sandbox = Sandbox::builder()
        .spec(bundle().to_string())
        .start()
        .await
        .unwrap();
    let form = "--b\r\nContent-Disposition: form-data; name=\"file2\"\r\n\r\nx\r\n\
        --b\r\nContent-Disposition: form-data; name=\"day\"\r\n\r\ntoday\r\n--b--\r\n";
    let says = business(
        &token(&sandbox).await,
        "POST",
        "/jdy/v2/xx/upload",
        &[],
        form,
    )
    .header("Content-Type", "multipart/form-data; boundary=b")
    .send(&sandbox)
    .await
    .json()["message"]
        .as_str()
        .unwrap()
        .to_owned();
    for part in [
        "file2: unknown field in the form; known here: day, file1",
        "day: must be a date",
        "file1: required in the form, and missing",
    ] {
        assert!(says.contains(part), "{says}");
    }
}

#[tokio::test]
async fn the_built_in_bundle_checks_the_recharge_operations() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    let mut call = rules(&token);
    call.query.push(("stroe_id".to_owned(), "1".to_owned()));
    let says = call.send(&sandbox).await.says();
    assert!(says.contains("stroe_id: unknown field"), "{says}");
    let missing = business(&token, "POST", crate::client::RECHARGE, &[], "{}")
        .send(&sandbox)
        .await
        .says();
    for field in ["bal_amount", "member_id", "source", "src_bill_id"] {
        assert!(missing.contains(&format!("{field}: required")), "{missing}");
    }
}
