//! The bundle is one document: nothing refers out of it, and nothing of the spec is lost.

use crate::imitation::{Folder, ROOT, THING};

fn bundle() -> String {
    let folder = Folder::spec(&[("openapi.yaml", ROOT), ("ls/thing.yaml", THING)]);
    jdy_spec::bundle::pretty(&folder.understand().spec)
}

#[test]
fn entities_become_components_and_references_follow() {
    let text = bundle();
    assert!(text.contains("\"ls.thing.request.Row\": {"), "{text}");
    assert!(text.contains("\"ls.thing.response.Data\": {"), "{text}");
    assert!(
        text.contains("\"$ref\": \"#/components/schemas/ls.thing.response.Data\""),
        "{text}"
    );
    assert!(
        text.contains("\"$ref\": \"#/components/schemas/Envelope\""),
        "{text}"
    );
    assert!(!text.contains(".yaml"), "{text}");
    assert!(!text.contains("x-jdy-entities"), "{text}");
}

#[test]
fn the_order_is_the_specs_and_words_stay() {
    let text = bundle();
    let order = [
        "\"operationId\"",
        "\"summary\"",
        "\"x-jdy-page\"",
        "\"requestBody\"",
        "\"x-jdy-wire\"",
        "\"responses\"",
        "\"components\"",
        "\"x-jdy-codes\"",
    ];
    let places: Vec<usize> = order
        .iter()
        .map(|word| text.find(word).expect(word))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(text.contains("\"code\": \"-1\""));
}

#[test]
fn the_embedded_form_holds_the_same() {
    let folder = Folder::spec(&[("openapi.yaml", ROOT), ("ls/thing.yaml", THING)]);
    let spec = folder.understand().spec;
    let squeeze = |text: String| {
        text.chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
    };
    assert_eq!(
        squeeze(jdy_spec::bundle::pretty(&spec)),
        squeeze(jdy_spec::bundle::by_lines(&spec))
    );
}

#[test]
fn text_is_escaped_as_json_wants() {
    let folder = Folder::changed("title: 单号", "title: \"a \\\"b\\\"\\n\\t\\x01 c\\\\d\"");
    let text = jdy_spec::bundle::pretty(&folder.understand().spec);
    assert!(
        text.contains(r#""title": "a \"b\"\n\t\u0001 c\\d""#),
        "{text}"
    );
}
