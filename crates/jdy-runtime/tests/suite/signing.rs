//! Every stage of the signature, against the official examples and vectors made from the rule.

use jdy_runtime::signing::{Unsigned, app_signature, percent_encode, sign};
use jdy_runtime::{Method, Secret};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../data/vectors.json")).unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

#[test]
fn every_vector_matches_at_every_stage() {
    let vectors = vectors();
    let vectors = vectors["x_api_signature"].as_array().unwrap();
    assert_eq!(vectors.len(), 10);
    for vector in vectors {
        let query: Vec<(String, String)> = serde_json::from_value(vector["query"].clone()).unwrap();
        let method = match text(vector, "method") {
            "GET" => Method::Get,
            "POST" => Method::Post,
            other => panic!("{other}"),
        };
        let signed = sign(
            &Secret::from(text(vector, "client_secret")),
            Unsigned {
                method,
                path: text(vector, "path"),
                query: &query,
                nonce: text(vector, "nonce"),
                timestamp: text(vector, "timestamp"),
            },
        );
        let name = text(vector, "name");
        assert_eq!(signed.wire_path, text(vector, "path"), "{name}");
        assert_eq!(signed.wire_query, text(vector, "wire_query"), "{name}");
        assert_eq!(signed.canonical, text(vector, "canonical"), "{name}");
        assert_eq!(signed.hmac_hex, text(vector, "hmac_hex"), "{name}");
        assert_eq!(signed.signature, text(vector, "signature"), "{name}");
        assert_eq!(signed.signature.len(), 88, "{name}");
    }
}

#[test]
fn the_app_signature_matches_the_official_example() {
    for vector in vectors()["app_signature"].as_array().unwrap() {
        let secret = Secret::from(text(vector, "app_secret"));
        assert_eq!(
            app_signature(&secret, text(vector, "app_key")),
            text(vector, "app_signature")
        );
    }
}

#[test]
fn only_unreserved_characters_stay() {
    let all: String = (0..=255u8).map(char::from).filter(char::is_ascii).collect();
    let encoded = percent_encode(&all);
    let kept: String = encoded
        .split('%')
        .enumerate()
        .map(|(i, part)| if i == 0 { part } else { &part[2..] })
        .collect();
    let mut expected: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='z').collect();
    expected.extend("-._~".chars());
    let mut kept: Vec<char> = kept.chars().collect();
    kept.sort_unstable();
    expected.sort_unstable();
    assert_eq!(kept, expected);
}
