//! serde's traits, for storing and logging. This is not the wire format.
//!
//! Owns the stored form: decimals, dates and codes as text, flags as booleans, unreadable JSON as
//! `{"$raw": "<its JSON text>"}`; a custom field named `$raw` gets one more `$`. Works with
//! self-describing formats (JSON, YAML, MessagePack). Reading back refuses a number with a fraction,
//! because it has been a float. Must not know requests or answers.
//! Must not use: `crate::envelope`, `crate::request`.

use std::borrow::Cow;
use std::fmt::{self, Write};

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::decode::{Decoder, FitResult};
use crate::encode::encode_value;
use crate::file::Content;
use crate::json::Json;
use crate::record::{Record, Table};
use crate::value::{FieldSlot, Value, ValueRef};

/// The key of unreadable JSON.
const RAW: &str = "$raw";

/// The name of a custom field, distinct from [`RAW`].
fn escaped(name: &str) -> Cow<'_, str> {
    if name.trim_start_matches('$') == "raw" && name.starts_with('$') {
        Cow::Owned(format!("${name}"))
    } else {
        Cow::Borrowed(name)
    }
}

/// The inverse of `escaped`.
fn unescaped(name: &str) -> &str {
    match name.strip_prefix('$') {
        Some(rest) if escaped(rest) == name => rest,
        _ => name,
    }
}

struct Portable<'a>(ValueRef<'a>);

/// Writes the present fields of a record, by their names on the wire.
pub fn serialize<S: Serializer>(record: &dyn Record, serializer: S) -> Result<S::Ok, S::Error> {
    let mut serializer = Some(serializer);
    let mut result = Err(S::Error::custom("a record passes its fields once"));
    record.slots(&mut |table: &Table, slots: &[&dyn FieldSlot]| {
        if let Some(serializer) = serializer.take() {
            result = fields(table, slots, serializer);
        }
    });
    result
}

fn fields<S: Serializer>(
    table: &Table,
    slots: &[&dyn FieldSlot],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let there = || {
        let named = table.names.iter().zip(slots.iter().map(|slot| slot.view()));
        named.filter(|(_, view)| !matches!(view, ValueRef::Absent))
    };
    let mut map = serializer.serialize_map(Some(there().count()))?;
    for (name, view) in there() {
        map.serialize_entry(name, &Portable(view))?;
    }
    map.end()
}

impl Serialize for Portable<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            ValueRef::Absent => serializer.serialize_unit(),
            ValueRef::Text(text) => serializer.serialize_str(text),
            ValueRef::Date(date) => serializer.collect_str(&date),
            ValueRef::DateTime(moment) => serializer.collect_str(&moment),
            ValueRef::Integer(number) => serializer.serialize_i64(number),
            ValueRef::Decimal(number) => serializer.collect_str(&number),
            ValueRef::Flag(flag) => serializer.serialize_bool(flag),
            ValueRef::Record(record) => serialize(record, serializer),
            ValueRef::List(list) => {
                let mut seq = serializer.serialize_seq(Some(list.count()))?;
                for index in 0..list.count() {
                    seq.serialize_element(&Portable(list.item(index)))?;
                }
                seq.end()
            }
            ValueRef::Map(map) => {
                serializer.collect_map(map.iter().map(|(name, text)| (escaped(name), text)))
            }
            ValueRef::File(file) => match file.content() {
                Content::Path(path) => path.serialize(serializer),
                Content::Bytes(_) => Err(S::Error::custom("a file in memory cannot be stored")),
            },
            ValueRef::Json(json) | ValueRef::Raw(json) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(RAW, json)?;
                map.end()
            }
        }
    }
}

/// Reads a record back: transcribes the input to JSON and decodes that.
pub fn deserialize<'de, D: Deserializer<'de>, R: Value>(deserializer: D) -> Result<R, D::Error> {
    let Transcript(json) = Transcript::deserialize(deserializer)?;
    let mut value = R::empty();
    let mut decoder = Decoder::strict(&json);
    let fit = decoder.value(value.target()).map_err(D::Error::custom)?;
    match decoder.lost() {
        Some(lost) => Err(D::Error::custom(lost)),
        None if fit == FitResult::Fits => Ok(value),
        None => Err(D::Error::custom("expected an object")),
    }
}

/// A value of any self-describing format as JSON text.
struct Transcript(String);

struct TranscriptVisitor;

impl<'de> Deserialize<'de> for Transcript {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TranscriptVisitor)
    }
}

fn text(plain: &str) -> String {
    encode_value(ValueRef::Text(plain))
}

impl<'de> Visitor<'de> for TranscriptVisitor {
    type Value = Transcript;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value without floating-point numbers")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Transcript, E> {
        Ok(Transcript(flag.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Transcript, E> {
        Ok(Transcript(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Transcript, E> {
        Ok(Transcript(number.to_string()))
    }

    fn visit_str<E>(self, plain: &str) -> Result<Transcript, E> {
        Ok(Transcript(text(plain)))
    }

    fn visit_unit<E>(self) -> Result<Transcript, E> {
        Ok(Transcript("null".to_owned()))
    }

    fn visit_none<E>(self) -> Result<Transcript, E> {
        Ok(Transcript("null".to_owned()))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Transcript, D::Error> {
        Transcript::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Transcript, A::Error> {
        let mut json = String::from("[");
        while let Some(Transcript(item)) = seq.next_element()? {
            let comma = if json.len() > 1 { "," } else { "" };
            // Writing to a String cannot fail.
            let _ = write!(json, "{comma}{item}");
        }
        json.push(']');
        Ok(Transcript(json))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Transcript, A::Error> {
        let mut json = String::from("{");
        while let Some(key) = map.next_key::<String>()? {
            if key == RAW {
                let raw = Json::new(&map.next_value::<String>()?).map_err(A::Error::custom)?;
                return match map.next_key::<String>()? {
                    None => Ok(Transcript(raw.as_str().to_owned())),
                    Some(_) => Err(A::Error::custom("$raw must be the only key")),
                };
            }
            let Transcript(value) = map.next_value()?;
            let comma = if json.len() > 1 { "," } else { "" };
            let _ = write!(json, "{comma}{}:{value}", text(unescaped(&key)));
        }
        json.push('}');
        Ok(Transcript(json))
    }
}
