//! A field that the spec does not know is sent beside those it knows, signed like them.

use jdy_runtime::{Effect, ErrorKind, Method, Operation, OperationInfo, Outcome};
use jdy_wire::Json;

use crate::script::{Ask, Data, RECHARGE, SEARCH, Script, client, recharge, search};

/// A write without any field.
static BARE: Operation<Nothing, Data> = Operation::new(OperationInfo {
    id: "test.bare",
    method: Method::Post,
    path: "/jdy/v2/test/bare",
    module: "test",
    title: "bare",
    effect: Effect::Write,
    ..OperationInfo::EMPTY
});

struct Nothing {}

jdy_wire::record! {
    Nothing in Query {}
}

fn body(script: &Script) -> String {
    let sent = script.business_calls().remove(0);
    let bytes = sent.body.as_ref().unwrap().bytes().unwrap().to_vec();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test(start_paused = true)]
async fn it_goes_into_the_query_where_there_is_no_body() {
    let script = Script::new();
    let call = client(&script).call(&SEARCH, search());
    let call = call.extra("operation_key", r#""a b&c""#).extra("n", "7");
    call.extra("ids", r#"["1","2"]"#).await.unwrap();
    assert_eq!(
        script.business_calls().remove(0).url,
        "https://api.kingdee.com/jdy/v2/test/search?ids=%5B%221%22%2C%222%22%5D&n=7\
         &operation_key=a%20b%26c&page=1&search=a%20b%2B%E6%B5%8B"
    );
}

#[tokio::test(start_paused = true)]
async fn it_goes_into_the_body_as_json_where_there_is_one() {
    let script = Script::new();
    let call = client(&script).call(&RECHARGE, recharge());
    let call = call
        .extra("search", r#" "x" "#)
        .extra("deep", r#"{"a":[1.50]}"#);
    call.await.unwrap();
    assert_eq!(
        body(&script),
        r#"{"amount":"1","src_bill_id":"RC-1","search":"x","deep":{"a":[1.50]}}"#
    );

    let script = Script::new();
    let call = client(&script).call(&BARE, Nothing {}).extra("id", "null");
    call.await.unwrap();
    assert_eq!(body(&script), r#"{"id":null}"#);
}

#[tokio::test(start_paused = true)]
async fn what_the_spec_knows_or_nobody_can_place_is_refused_before_anything_is_sent() {
    let script = Script::new();
    let client = client(&script);
    let search = |name: &str, json: &str| client.call(&SEARCH, search()).extra(name, json);
    for (call, said) in [
        (search("page", "2"), "page: the spec knows this field"),
        (search("x", "1").extra("x", "2"), "x: is given twice"),
        (search("x", "{"), "x: its value is no JSON"),
        (search("x", "a"), "x: its value is no JSON"),
        (search("x", "null"), "x: null has no form in a query"),
        (search("x", r#""\ud83d""#), "x: its value holds half of a"),
        (search("x", r#"{"a":1,"a":2}"#), "x: a name stands twice in"),
        (search(" ", "1"), "a field needs a name"),
    ] {
        let error = call.await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotSent, "{said}");
        assert_eq!(*error.kind(), ErrorKind::Request, "{said}");
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(error.operation(), "test.search");
    }
    let known = client.call(&RECHARGE, recharge()).extra("remark", "1");
    let error = known.await.unwrap_err();
    assert_eq!(error.key(), Some(("src_bill_id", "RC-1")));
    assert!(script.business_calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_path_that_the_spec_does_not_know_takes_it_as_well() {
    let script = Script::new();
    let none: [(&str, &str); 0] = [];
    let raw = |body: Option<&str>| {
        let body = body.map(str::to_owned);
        client(&script).raw(Method::Post, "/jdy/v2/x", none, body)
    };
    raw(Some(r#"{"a":1}"#)).extra("b", "2").await.unwrap();
    assert_eq!(body(&script), r#"{"a":1,"b":2}"#);
    for (text, said) in [(r#"{"a":1}"#, "twice"), ("[1]", "no JSON object")] {
        let error = raw(Some(text)).extra("a", "2").await.unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[test]
fn a_tool_learns_which_fields_of_an_answer_are_not_in_the_spec() {
    let operation: &dyn jdy_runtime::DynOperation = &RECHARGE;
    let told = operation.unknown_fields(r#"{"bill_no":"B","new":[1],"b":{"c":1}}"#);
    assert_eq!(told.unwrap(), ["new", "b"]);
    for none in [r#"{"bill_no":7}"#, "{}", "null", "[1]"] {
        assert_eq!(operation.unknown_fields(none).unwrap(), [""; 0], "{none}");
    }
    assert!(operation.unknown_fields("{").is_err());
    let any: Operation<Ask, Json> = Operation::new(*SEARCH.info());
    let any: &dyn jdy_runtime::DynOperation = &any;
    assert_eq!(any.unknown_fields(r#"{"a":1}"#).unwrap(), [""; 0]);
}
