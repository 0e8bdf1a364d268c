//! Every operation of the spec is answered, the same every time; a request that does not fit is
//! refused with the name of the field.

use serde_json::{Map, Value, json};

use jdy_sandbox::Sandbox;

use crate::client::{business, token};

/// An operation of the bundled spec.
struct Operation<'a> {
    id: &'a str,
    method: String,
    path: &'a str,
    parameters: Vec<&'a Value>,
    body: Option<&'a Value>,
    /// What it does with a record; empty where it has none.
    role: &'a str,
}

fn resolved<'a>(spec: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(to) => spec.pointer(to.strip_prefix('#').unwrap()).unwrap(),
        None => schema,
    }
}

/// All operations that take a query or JSON; uploads have a test of their own.
fn operations(spec: &Value) -> Vec<Operation<'_>> {
    let mut list = Vec::new();
    for (path, item) in spec["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let content = &operation["requestBody"]["content"];
            if content.get("multipart/form-data").is_some() {
                continue;
            }
            list.push(Operation {
                id: operation["operationId"].as_str().unwrap(),
                method: method.to_uppercase(),
                path,
                parameters: operation["parameters"]
                    .as_array()
                    .map(|list| list.iter().collect())
                    .unwrap_or_default(),
                body: content
                    .get("application/json")
                    .map(|media| resolved(spec, &media["schema"])),
                role: operation["x-jdy-resource"]["role"]
                    .as_str()
                    .unwrap_or_default(),
            });
        }
    }
    list
}

/// A value that fits a schema.
fn value(spec: &Value, schema: &Value, depth: usize) -> Value {
    let schema = resolved(spec, schema);
    if let Some(code) = schema["x-jdy-codes"][0]["code"].as_str() {
        return match schema["type"].as_str() {
            Some("integer" | "number") => json!(code.parse::<i64>().unwrap()),
            Some("boolean") => json!(code == "true"),
            Some("array") => json!([code]),
            _ => json!(code),
        };
    }
    match (
        schema["type"].as_str().unwrap(),
        schema["x-jdy-wire"].as_str(),
    ) {
        ("integer", _) => json!(1),
        ("number", _) => json!(2.5),
        ("boolean", _) => json!(true),
        (_, Some("date")) => json!("2024-01-31"),
        (_, Some("datetime")) => json!("2024-01-31 08:00:00"),
        (_, Some("epoch-millis")) => json!("1706659200000"),
        (_, Some("decimal")) => json!("12.50"),
        (_, Some("flag" | "integer")) => json!("1"),
        ("array", _) if depth > 4 => json!([]),
        ("array", _) => json!([value(spec, &schema["items"], depth + 1)]),
        ("object", _) => object(spec, schema, depth),
        _ => json!("10"),
    }
}

/// All fields of an object, nested ones included.
fn object(spec: &Value, schema: &Value, depth: usize) -> Value {
    let mut out = Map::new();
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        out.insert(name.clone(), value(spec, schema, depth));
    }
    Value::Object(out)
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

#[tokio::test]
async fn every_operation_is_answered_the_same_every_time_and_refuses_by_name() {
    let spec: Value = serde_json::from_str(include_str!("../spec.json")).unwrap();
    let sandbox = Sandbox::builder().start().await.unwrap();
    let token = token(&sandbox).await;
    let operations = operations(&spec);
    assert!(operations.len() > 200, "{}", operations.len());
    let mut from_state = 0;
    for operation in operations {
        let Operation { id, path, .. } = operation;
        let query: Vec<(String, String)> = operation
            .parameters
            .iter()
            .map(|one| {
                let name = one["name"].as_str().unwrap().to_owned();
                let value = value(&spec, &one["schema"], 0);
                let is_json = one["schema"]["x-jdy-list"] == "json";
                let text = if is_json {
                    value.to_string()
                } else {
                    text(&value)
                };
                (name, text)
            })
            .collect();
        let query: Vec<(&str, &str)> = query.iter().map(|(n, v)| (&n[..], &v[..])).collect();
        let body = operation.body.map(|body| object(&spec, body, 0));
        let ask = async |query: &[(&str, &str)], body: Option<&Value>| {
            let body = body.map(Value::to_string).unwrap_or_default();
            business(&token, &operation.method, path, query, &body)
                .send(&sandbox)
                .await
        };
        // The ledger and the documents may refuse the call, which is an answer too.
        let first = ask(&query, body.as_ref()).await;
        let keeps_books = matches!(
            id,
            "ls.mall_recharge" | "ls.mall_recharge_rule" | "sys.common_operate"
        ) || matches!(operation.role, "save" | "batch" | "detail");
        assert!(first.code() == 0 || keeps_books, "{id}: {}", first.says());
        from_state += usize::from(first.header("X-Sandbox-Answer").is_none());
        if !keeps_books {
            let second = ask(&query, body.as_ref()).await;
            assert_eq!(first.json(), second.json(), "{id}");
        }
        if let Some(body) = &body {
            refuses_bodies(id, body, operation.body.unwrap(), async |body| {
                ask(&query, Some(&body)).await.says()
            })
            .await;
        }
        for one in &operation.parameters {
            let name = one["name"].as_str().unwrap();
            if one["required"] == json!(true) {
                let less: Vec<(&str, &str)> =
                    query.iter().copied().filter(|(n, _)| *n != name).collect();
                let says = ask(&less, body.as_ref()).await.says();
                assert!(says.contains(name), "{id}: without {name}: {says}");
            }
        }
        let mut more = query.clone();
        more.push(("no_such_field", "1"));
        let says = ask(&more, body.as_ref()).await.says();
        assert!(says.contains("no_such_field"), "{id}: {says}");
    }
    println!("{from_state} operations are answered from state");
    assert!(from_state >= 280, "{from_state}");
}

/// An unknown field, each missing required field and a wrong type are named.
async fn refuses_bodies(
    id: &str,
    body: &Value,
    schema: &Value,
    says: impl AsyncFn(Value) -> String,
) {
    let mut unknown = body.clone();
    unknown["no_such_field"] = json!(1);
    let told = says(unknown).await;
    assert!(told.contains("no_such_field"), "{id}: {told}");
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap();
        let mut less = body.clone();
        less.as_object_mut().unwrap().remove(name);
        let told = says(less).await;
        assert!(told.contains(name), "{id}: without {name}: {told}");
    }
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        // Any value fits a field that may hold anything.
        if schema.get("$ref").is_none() && schema["type"] == "object" {
            continue;
        }
        let mut wrong = body.clone();
        wrong[name] = json!([[["a"]]]);
        if schema["type"] == "array" {
            wrong[name] = json!({"a": 1});
        }
        let told = says(wrong).await;
        assert!(told.contains(name.as_str()), "{id}: {name}: {told}");
    }
}
