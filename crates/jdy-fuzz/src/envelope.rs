//! The envelope: any body of an answer.
//!
//! What decides over money is compared with serde_json: an answer is whole only where it is one
//! JSON object, says yes only where every code in it is 0, and no piece of a whole answer is whole.
//! Owns these promises. Must not know how an envelope is read. Must not use: `jdy_sandbox`,
//! `jdy_spec`.

use std::fmt;

use jdy_operations::types::ls::mall_recharge_rule::Data;
use jdy_wire::{Envelope, decode_answer, decode_data};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::{is_json, may_be_deep};

/// Reads the body in one pass, in two, and cut.
pub fn run(body: &[u8]) {
    let envelope = Envelope::read(body);
    one_pass_sees_what_two_see(body, &envelope);
    if let Some(data) = envelope.data {
        assert!(is_json(data), "{data}");
    }
    let text = std::str::from_utf8(body).unwrap_or_default();
    let text = text.trim_start_matches('\u{feff}');
    let theirs = Members::read(text);
    if envelope.complete {
        assert!(is_json(text), "whole, and no JSON: {text}");
        let end = text.trim_end().len() - 1;
        assert!(!Envelope::read(&text.as_bytes()[..end]).complete, "{text}");
    } else if theirs.is_some() {
        assert!(may_be_deep(text), "not whole, and an object: {text}");
    }
    if let (true, Some(theirs)) = (envelope.complete, theirs) {
        theirs.hold(&envelope);
    }
}

fn one_pass_sees_what_two_see(body: &[u8], two: &Envelope<'_>) {
    let (one, decoded) = decode_answer::<Data>(body);
    assert_eq!(&one, two);
    let apart = two.data.map(|data| decode_data::<Data>(data).unwrap());
    match (decoded, apart) {
        (Some(one), Some(two)) => {
            assert_eq!(one.data, two.data);
            assert_eq!((one.drift, one.drift_count), (two.drift, two.drift_count));
        }
        (None, None) => {}
        // Two values that differ: neither is believed, and both stand there raw.
        (Some(one), None) if two.data_contradicts => {
            assert!(
                matches!(one.data, jdy_wire::Field::Raw(_)),
                "{:?}",
                two.errcode
            );
        }
        // The data was whole, and the text went wrong later in a second `data`.
        (one, two) => assert_eq!(one.is_some(), two.is_some()),
    }
}

/// The members of an object as serde_json sees them, in their order.
struct Members(Vec<(String, Box<RawValue>)>);

impl Members {
    fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    fn of<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
        let named = |(name, _): &&(String, _)| names.contains(&name.as_str());
        let members = self.0.iter().filter(named);
        members.map(|(name, value)| (name.as_str(), value.get()))
    }

    fn hold(&self, envelope: &Envelope<'_>) {
        let data: Vec<&str> = self.of(&["data"]).map(|(_, value)| value).collect();
        let differs = data.windows(2).any(|two| two[0] != two[1]);
        assert_eq!(envelope.data_contradicts, differs);
        assert_eq!(envelope.data, data.last().copied().filter(|_| !differs));
        let mut codes = self.of(&["errcode", "errorCode"]).peekable();
        let says_yes = codes.peek().is_some() && codes.all(|(name, code)| is_zero(name, code));
        let taken = envelope.errcode.as_ref();
        assert_eq!(taken.is_some_and(|code| code.is_success()), says_yes);
    }
}

/// Whether a code says that all is well, by the rule's own words: the number 0, or its text, and
/// no other spelling of it.
fn is_zero(name: &str, code: &str) -> bool {
    let text = match serde_json::from_str(code) {
        Ok(Value::String(text)) => text,
        _ => code.to_owned(),
    };
    text.trim() == "0" || (name == "errorCode" && text == "success")
}

impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> serde::de::Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}
