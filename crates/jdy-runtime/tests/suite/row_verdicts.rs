//! An answer with errcode 0 is done only where every one of its rows says yes.

use jdy_runtime::transport::Connection;
use jdy_runtime::{
    Advice, Answer, Effect, Error, ErrorKind, Method, Operation, OperationInfo, Outcome,
    RowVerdict, SuccessField, VerdictFields,
};
use jdy_wire::Json;

use crate::script::{Reply, Script, client};

struct Batch {
    data: Option<Vec<String>>,
}

jdy_wire::record! {
    Batch in Body {
        "data" => data: List,
    }
}

const ROWS: VerdictFields = VerdictFields {
    rows: Some("rows"),
    of: Some("data"),
    ids: None,
    success: Some(SuccessField::Flag("success")),
    errors: &["errors"],
    message: Some("message"),
};

const FACTS: OperationInfo = OperationInfo {
    id: "test.batch",
    method: Method::Post,
    path: "/jdy/v2/test/batch",
    module: "test",
    title: "batch",
    effect: Effect::Write,
    verdict: Some(ROWS),
    ..OperationInfo::EMPTY
};

static BATCH: Operation<Batch, Json> = Operation::new(FACTS);

/// Whose word is a text.
static WORDS: Operation<Batch, Json> = Operation::new(OperationInfo {
    verdict: Some(VerdictFields {
        success: Some(SuccessField::Word {
            field: "success",
            yes: &["100"],
        }),
        ..ROWS
    }),
    ..FACTS
});

/// Of which nothing but errors is known, with no list to answer.
static ERRORS: Operation<Batch, Json> = Operation::new(OperationInfo {
    verdict: Some(VerdictFields {
        of: None,
        success: None,
        message: None,
        ..ROWS
    }),
    ..FACTS
});

/// That answers as a whole.
static WHOLE: Operation<Batch, Json> = Operation::new(OperationInfo {
    verdict: Some(VerdictFields {
        rows: None,
        of: None,
        ids: None,
        success: Some(SuccessField::Flag("result.ok")),
        errors: &["err"],
        message: Some("result.msg"),
    }),
    ..FACTS
});

/// That answers as a whole for several items.
static WHOLE_BATCH: Operation<Batch, Json> = Operation::new(OperationInfo {
    verdict: Some(VerdictFields {
        rows: None,
        of: Some("data"),
        ids: Some("ids"),
        success: None,
        errors: &["errors"],
        message: None,
    }),
    ..FACTS
});

/// The same without ids.
static WHOLE_OF_ITEMS: Operation<Batch, Json> = Operation::new(OperationInfo {
    verdict: Some(VerdictFields {
        rows: None,
        ids: None,
        success: None,
        message: None,
        ..ROWS
    }),
    ..FACTS
});

/// Whose rows stand for any number of items.
static ROWS_OF_IDS: Operation<Batch, Json> = Operation::new(OperationInfo {
    verdict: Some(VerdictFields {
        ids: Some("ids"),
        ..ROWS
    }),
    ..FACTS
});

async fn ask(operation: &Operation<Batch, Json>, data: &str) -> Result<Answer<Json>, Error> {
    ask_with(operation, &["a", "b"], data).await
}

async fn ask_with(
    operation: &Operation<Batch, Json>,
    items: &[&str],
    data: &str,
) -> Result<Answer<Json>, Error> {
    let script = Script::new();
    let body = format!(r#"{{"errcode":0,"description":"success","data":{data}}}"#);
    script.then(Reply::answer(200, &body));
    let items = items.iter().map(|item| (*item).to_owned()).collect();
    let end = client(&script).call(operation, Batch { data: Some(items) });
    let end = end.await;
    let calls = script.business_calls();
    assert_eq!(calls.len(), 1, "it is never sent again");
    // An answer that is another write's would be taken for its own.
    assert_eq!(calls[0].connection, Connection::Own);
    end
}

async fn outcome(operation: &Operation<Batch, Json>, data: &str) -> Option<Outcome> {
    match ask(operation, data).await {
        Ok(answer) => {
            assert!(answer.verdicts().iter().all(RowVerdict::is_yes), "{data}");
            assert!(!answer.verdicts().is_empty(), "{data}");
            None
        }
        Err(error) => {
            assert_eq!(*error.kind(), ErrorKind::Rows, "{data}");
            Some(error.outcome())
        }
    }
}

const REJECTED: Option<Outcome> = Some(Outcome::Rejected);
const UNCLEAR: Option<Outcome> = Some(Outcome::Applied);

#[tokio::test(start_paused = true)]
async fn a_flag_says_yes_or_no_in_every_spelling_and_anything_else_is_unclear() {
    for (word, expected) in [
        ("true", None),
        (r#""true""#, None),
        ("1", None),
        (r#""1""#, None),
        ("false", REJECTED),
        (r#""false""#, REJECTED),
        ("0", REJECTED),
        (r#""0""#, REJECTED),
        ("100", UNCLEAR),
        (r#""ok""#, UNCLEAR),
        ("null", UNCLEAR),
        (r#""""#, UNCLEAR),
        ("[]", UNCLEAR),
        (r#"{"a":1}"#, UNCLEAR),
    ] {
        let rows = format!(r#"{{"rows":[{{"success":true}},{{"success":{word}}}]}}"#);
        assert_eq!(outcome(&BATCH, &rows).await, expected, "{word}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_word_is_a_yes_only_where_it_is_known_to_be_one() {
    for (word, expected) in [
        (r#""100""#, None),
        ("100", None),
        ("\" 100 \"", None),
        (r#""true""#, UNCLEAR),
        ("true", UNCLEAR),
        (r#""false""#, UNCLEAR),
        (r#""0""#, UNCLEAR),
        ("null", UNCLEAR),
    ] {
        let rows = format!(r#"{{"rows":[{{"success":"100"}},{{"success":{word}}}]}}"#);
        assert_eq!(outcome(&WORDS, &rows).await, expected, "{word}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_filled_field_of_errors_is_a_no_whatever_else_the_row_says() {
    for (errors, is_no) in [
        (r#"["short of stock"]"#, true),
        (r#"[{"message":"x"}]"#, true),
        (r#"{"code":5}"#, true),
        (r#""signature""#, true),
        ("7", true),
        ("[]", false),
        ("{}", false),
        ("null", false),
        (r#""""#, false),
        ("\" \"", false),
        (r#""0""#, false),
        ("0", false),
        (r#""Success""#, false),
    ] {
        let row = format!(r#"{{"success":true,"errors":{errors}}}"#);
        let rows = format!(r#"{{"rows":[{{"success":true}},{row}]}}"#);
        let expected = is_no.then_some(Outcome::Rejected);
        assert_eq!(outcome(&BATCH, &rows).await, expected, "{errors}");
        let rows = format!(r#"{{"rows":[{{"errors":{errors},"id":"1"}}]}}"#);
        assert_eq!(outcome(&ERRORS, &rows).await, expected, "{errors}");
    }
    // The word of a yes is none of an error either.
    let rows = r#"{"rows":[{"success":"100","errors":"100"},{"success":"100"}]}"#;
    assert_eq!(outcome(&WORDS, rows).await, None);
}

#[tokio::test(start_paused = true)]
async fn rows_that_are_not_as_many_as_were_sent_are_unclear_and_a_no_among_them_is_one() {
    let yes = r#"{"success":true}"#;
    for data in [
        "null".to_owned(),
        "{}".to_owned(),
        r#""ok""#.to_owned(),
        r#"{"rows":null}"#.to_owned(),
        r#"{"rows":{}}"#.to_owned(),
        r#"{"rows":[]}"#.to_owned(),
        format!(r#"{{"rows":[{yes}]}}"#),
        format!(r#"{{"rows":[{yes},{yes},{yes}]}}"#),
        format!(r#"{{"rows":[{yes},null]}}"#),
        format!(r#"{{"rows":[{yes},{{}}]}}"#),
        format!(r#"{{"rows":[{yes},"true"]}}"#),
        // Of two that differ neither is believed.
        format!(r#"{{"rows":[{yes},{{"success":false}}],"rows":[{yes},{yes}]}}"#),
        format!(r#"{{"rows":[{yes},{{"success":true,"success":false}}]}}"#),
        format!(r#"{{"rows":[{yes},{{"success":true,"errors":[],"errors":["x"]}}]}}"#),
    ] {
        assert_eq!(outcome(&BATCH, &data).await, UNCLEAR, "{data}");
    }
    for data in [
        r#"{"rows":[]}"#,
        r#"{"rows":[{}]}"#,
        r#"{"rows":[[1]]}"#,
        "{}",
        "null",
    ] {
        assert_eq!(outcome(&ERRORS, data).await, UNCLEAR, "{data}");
    }
    let one = ask(&BATCH, r#"{"rows":[{"success":false}]}"#)
        .await
        .unwrap_err();
    assert_eq!(one.outcome(), Outcome::Rejected);
    assert!(
        one.hint()
            .contains("some of its items may have taken effect"),
        "{one}"
    );
}

/// Of three items one has no row: which one the refusal is about, its place does not say.
#[tokio::test(start_paused = true)]
async fn a_refusal_among_too_few_or_too_many_rows_is_not_that_of_the_item_in_its_place() {
    let (yes, no) = (r#"{"success":true}"#, r#"{"success":false}"#);
    for rows in [format!("{no},{yes}"), format!("{no},{yes},{yes},{yes}")] {
        let data = format!(r#"{{"rows":[{rows}]}}"#);
        let error = ask_with(&BATCH, &["a", "b", "c"], &data).await.unwrap_err();
        assert_eq!(error.advice(), Advice::FixRows, "{data}");
        assert!(error.hint().contains("look up which"), "{error}");
    }
    let each = format!(r#"{{"rows":[{no},{yes}]}}"#);
    let error = ask(&BATCH, &each).await.unwrap_err();
    assert!(!error.hint().contains("look up which"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_may_speak_of_the_call_as_a_whole() {
    for (data, expected) in [
        (r#"{"result":{"ok":true}}"#, None),
        (r#"{"result":{"ok":true},"err":"0"}"#, None),
        (r#"{"result":{"ok":false,"msg":"closed"}}"#, REJECTED),
        (r#"{"result":{"ok":true},"err":"E7"}"#, REJECTED),
        (r#"{"result":{}}"#, UNCLEAR),
        (r#"{"ok":true}"#, UNCLEAR),
        ("{}", UNCLEAR),
        ("[]", UNCLEAR),
    ] {
        assert_eq!(outcome(&WHOLE, data).await, expected, "{data}");
    }
    let refused = ask(&WHOLE, r#"{"result":{"ok":false,"msg":"closed"}}"#).await;
    let refused = refused.unwrap_err();
    assert_eq!(
        refused.rows(),
        [RowVerdict::No {
            message: Some("closed".to_owned())
        }]
    );
    assert_eq!(refused.description(), Some("closed"));
    assert!(refused.hint().starts_with("the product refused all of it"));
}

#[tokio::test(start_paused = true)]
async fn errors_of_an_answer_as_a_whole_never_mean_that_each_of_several_items_was_refused() {
    const DATA: &str = r#"{"errors":["line 2 bad"],"ids":["1"]}"#;
    for data in [DATA, r#"{"errors":["line 2 bad","line 1 bad"]}"#] {
        let error = ask(&WHOLE_BATCH, data).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Rejected, "{data}");
        assert_eq!(error.advice(), Advice::FixRows, "{data}");
        assert!(!error.to_string().contains("refused all of it"), "{error}");
        for said in ["may have taken effect", "look up which", "alone"] {
            assert!(error.hint().contains(said), "{error}");
        }
    }
    let error = ask(&WHOLE_OF_ITEMS, r#"{"errors":["line 2 bad"]}"#).await;
    assert_eq!(error.unwrap_err().advice(), Advice::FixRows);
    // Where one item was sent, its refusal is that of all.
    for data in [r#"{"errors":["bad"]}"#, r#"{"errors":["bad"],"ids":[]}"#] {
        let one = ask_with(&WHOLE_BATCH, &["a"], data).await.unwrap_err();
        assert_eq!(one.advice(), Advice::FixRequest);
        assert_eq!(one.description(), Some("bad"), "{data}");
        assert!(one.hint().starts_with("the product refused all of it"));
    }
    // But not where it has an id all the same.
    let one = ask_with(&WHOLE_BATCH, &["a"], DATA).await.unwrap_err();
    assert_eq!(one.advice(), Advice::FixRows);
}

#[tokio::test(start_paused = true)]
async fn an_answer_with_other_than_one_id_for_each_item_is_unclear() {
    for (data, expected) in [
        (r#"{"errors":[],"ids":["1","2"]}"#, None),
        (r#"{"ids":[1,2]}"#, None),
        (r#"{"errors":[],"ids":["1"]}"#, UNCLEAR),
        (r#"{"ids":["1","2","3"]}"#, UNCLEAR),
        (r#"{"ids":["1",null]}"#, UNCLEAR),
        (r#"{"ids":["1",""]}"#, UNCLEAR),
        (r#"{"ids":[]}"#, UNCLEAR),
        (r#"{"ids":null}"#, UNCLEAR),
        (r#"{"ids":"1,2"}"#, UNCLEAR),
        (r#"{"ids":["1"],"ids":["1","2"]}"#, UNCLEAR),
        (r#"{"errors":[]}"#, UNCLEAR),
        ("{}", UNCLEAR),
        ("null", UNCLEAR),
    ] {
        assert_eq!(outcome(&WHOLE_BATCH, data).await, expected, "{data}");
    }
    let short = ask(&WHOLE_BATCH, r#"{"errors":[],"ids":["1"]}"#).await;
    let short = short.unwrap_err();
    assert_eq!(short.description(), Some("1 in ids for 2 items"));
    assert_eq!(short.advice(), Advice::LookUp);
    let none = ask(&WHOLE_BATCH, r#"{"ids":null}"#).await.unwrap_err();
    assert_eq!(none.description(), Some("ids is missing, for 2 items"));
}

#[tokio::test(start_paused = true)]
async fn the_ids_of_all_rows_are_counted_together() {
    let yes = |ids: &str| format!(r#"{{"success":true,"ids":{ids}}}"#);
    let no = r#"{"success":false,"ids":[]}"#;
    for (rows, expected) in [
        (yes(r#"["1","2"]"#), None),
        (format!("{},{}", yes(r#"["1"]"#), yes(r#"["2"]"#)), None),
        (yes(r#"["1"]"#), UNCLEAR),
        (yes("null"), UNCLEAR),
        (format!("{},{}", yes(r#"["1"]"#), yes("[]")), UNCLEAR),
        (String::new(), UNCLEAR),
        (format!("{},{no}", yes(r#"["1"]"#)), REJECTED),
    ] {
        let data = format!(r#"{{"rows":[{rows}]}}"#);
        assert_eq!(outcome(&ROWS_OF_IDS, &data).await, expected, "{data}");
    }
    // One refusal for two items may be that of one; two are those of all.
    let one = ask(&ROWS_OF_IDS, &format!(r#"{{"rows":[{no}]}}"#)).await;
    assert_eq!(one.unwrap_err().advice(), Advice::FixRows);
    let two = ask(&ROWS_OF_IDS, &format!(r#"{{"rows":[{no},{no}]}}"#)).await;
    assert_eq!(two.unwrap_err().advice(), Advice::FixRequest);
    let saved = r#"{"rows":[{"success":false,"ids":["1"]},{"success":false}]}"#;
    let saved = ask(&ROWS_OF_IDS, saved).await.unwrap_err();
    assert_eq!(saved.advice(), Advice::FixRows);
}

#[tokio::test(start_paused = true)]
async fn a_call_refused_in_part_tells_which_rows_and_that_the_others_took_effect() {
    let data = r#"{"rows":[{"success":true},{"success":false,"message":"short of stock"}]}"#;
    let error = ask(&BATCH, data).await.unwrap_err();
    let short = RowVerdict::No {
        message: Some("short of stock".to_owned()),
    };
    assert_eq!(error.rows(), [RowVerdict::Yes, short]);
    assert_eq!(
        error.description(),
        Some("of 2 rows 1 refused, 1 took effect; rows[1]: short of stock")
    );
    let line = error.to_string();
    for said in [
        "test.batch rejected: not every row of the answer succeeded, errcode 0",
        "never send the whole again",
    ] {
        assert!(line.contains(said), "{line}");
    }
    // The whole answer is at hand, and in no log.
    let body = String::from_utf8_lossy(error.body().unwrap()).into_owned();
    assert!(body.contains(data), "{body}");
    assert!(!line.contains("\"success\""), "{line}");

    let all = r#"{"rows":[{"errors":["a","b"]},{"errors":[{"id":"1","message":"c"}]}]}"#;
    let error = ask(&BATCH, all).await.unwrap_err();
    assert_eq!(
        error.description(),
        Some("of 2 rows 2 refused; rows[0]: a; b; rows[1]: c")
    );
    assert!(error.hint().starts_with("the product refused all of it"));
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_a_row_repeats_is_cut_out() {
    let message = format!("no {} here", crate::script::CLIENT_SECRET);
    let data = format!(r#"{{"rows":[{{"errors":["{message}"]}},{{"success":true}}]}}"#);
    let error = ask(&BATCH, &data).await.unwrap_err();
    let shown = format!("{error} {:?} {:?}", error.rows(), error.description());
    assert!(!shown.contains("MARKER"), "{shown}");
    assert!(shown.contains("no [redacted] here"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn an_errcode_speaks_before_the_rows_and_other_operations_have_none() {
    let script = Script::new();
    script.then(Reply::answer(200, r#"{"errcode":5,"data":{"rows":[]}}"#));
    let end = client(&script).call(&BATCH, Batch { data: None });
    let error = end.await.unwrap_err();
    assert_eq!(
        (error.kind(), error.rows().len()),
        (&ErrorKind::Business, 0)
    );

    let search = crate::script::search();
    let answer = client(&Script::new()).call(&crate::script::SEARCH, search);
    assert_eq!(answer.await.unwrap().verdicts(), []);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_was_found_by_name_is_judged_alike() {
    let operation: &dyn jdy_runtime::DynOperation = &BATCH;
    let prepared = operation.request(r#"{"data":["a","b"]}"#).unwrap();
    let script = Script::new();
    let body = r#"{"errcode":0,"data":{"rows":[{"success":true},{"success":false}]}}"#;
    script.then(Reply::answer(200, body));
    let error = client(&script).send(prepared).await.unwrap_err();
    assert_eq!(
        (error.outcome(), error.rows().len()),
        (Outcome::Rejected, 2)
    );
}
