//! The envelope of an answer, read as far as possible.
//!
//! Owns `errcode`, `description` and the span of `data`. Must not classify: what an answer means for
//! a call is the runtime's decision. Must not use: `crate::encode`, `crate::record`, `crate::request`.

use std::borrow::Cow;
use std::fmt;

use crate::decode::{Decoded, Decoder, Findings};
use crate::field::Field;
use crate::reader::{Kind, Reader, SyntaxError};
use crate::value::{Absent, FieldSlot, Value};

/// The code of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errcode {
    /// A JSON integer, or text with one.
    Number(i64),
    /// Anything else, as received: a word, or a number beyond 64 bits.
    Text(String),
}

impl Errcode {
    /// The code in a text; `None` for empty text and `null`.
    pub fn from_text(text: &str) -> Option<Self> {
        match text.trim() {
            "" | "null" => None,
            code => {
                let number = code.parse().ok().filter(|_| is_json_integer(code));
                Some(number.map_or_else(|| Errcode::Text(text.to_owned()), Errcode::Number))
            }
        }
    }

    /// Whether the code is success: `0` and nothing else.
    pub fn is_success(&self) -> bool {
        *self == Errcode::Number(0)
    }

    /// Whether the code is a refusal: an integer other than 0, of any length. A word or a fraction is
    /// neither success nor refusal.
    pub fn is_refusal(&self) -> bool {
        match self {
            Errcode::Number(number) => *number != 0,
            Errcode::Text(text) => {
                let digits = text.trim();
                let digits = digits.strip_prefix('-').unwrap_or(digits);
                digits.bytes().all(|byte| byte.is_ascii_digit())
                    && digits.bytes().any(|byte| byte != b'0')
            }
        }
    }

    /// The number, if it is one.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Errcode::Number(number) => Some(*number),
            Errcode::Text(_) => None,
        }
    }
}

impl fmt::Display for Errcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Errcode::Number(number) => number.fmt(f),
            Errcode::Text(text) => text.fmt(f),
        }
    }
}

/// Whether a text is an integer in its only spelling: not `00`, `+1` or `-0`.
fn is_json_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    text == "0" || (!digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The readable parts of an answer's body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Envelope<'a> {
    /// `errcode` (uploads: `errorCode`, where `success` is 0). `None` if it was not reached, is
    /// missing, `null` or `""`, or has duplicates with different values. If both are present and one
    /// is `null` or `""`, the other one counts.
    pub errcode: Option<Errcode>,
    /// `description` and `message` (of two uploads alone) together with `description_cn`, which is often
    /// the only explanation.
    pub description: Option<String>,
    /// The JSON text of `data`. `None` if it has duplicates with different values.
    pub data: Option<&'a str>,
    /// Whether `data` has duplicates with different values, so that none can be trusted.
    pub data_contradicts: bool,
    /// Whether the body was exactly one JSON object. False if it was truncated, is not JSON or not
    /// UTF-8, or continues after the object.
    pub complete: bool,
}

impl<'a> Envelope<'a> {
    /// Reads a body. Never fails: it keeps what was read before an error.
    pub fn read(body: &'a [u8]) -> Self {
        let (text, whole) = readable(body);
        let mut pass = |reader: &mut Reader<'a>| reader.skip().map(|_| ());
        Self::read_text(text, whole, &mut pass)
    }

    fn read_text(text: &'a str, whole: bool, data: &mut OnData<'_, 'a>) -> Self {
        let mut envelope = Envelope::default();
        let mut reader = Reader::new(text.trim_start_matches('\u{feff}'));
        let mut descriptions = Descriptions::default();
        let read = envelope
            .members(&mut reader, data, &mut descriptions)
            .and_then(|()| reader.end());
        envelope.description = descriptions.joined();
        envelope.complete = whole && read.is_ok();
        envelope
    }

    fn members(
        &mut self,
        reader: &mut Reader<'a>,
        data: &mut OnData<'_, 'a>,
        descriptions: &mut Descriptions<'a>,
    ) -> Result<(), SyntaxError> {
        if reader.kind()? != Kind::Object {
            return Err(SyntaxError {
                at: reader.at(),
                expected: "an object",
            });
        }
        reader.open()?;
        let mut first = true;
        let (mut ours, mut of_uploads) = (Occurrences::None, Occurrences::None);
        while reader.member(first)? {
            first = false;
            let key = reader.key()?;
            match &*key {
                "errcode" | "errorCode" => {
                    let code = scalar(reader)?.and_then(|text| match (&*key, &*text) {
                        // Uploads spell it out.
                        ("errorCode", "success") => Some(Errcode::Number(0)),
                        (_, text) => Errcode::from_text(text),
                    });
                    let occurrences = match &*key {
                        "errcode" => &mut ours,
                        _ => &mut of_uploads,
                    };
                    occurrences.add(code);
                    self.errcode = ours.combined_with(&of_uploads);
                }
                "description" | "message" | "description_cn" | "descriptionCn" => {
                    let text = scalar(reader)?;
                    descriptions.add(&key, text);
                }
                "data" => {
                    reader.kind()?;
                    let start = reader.at();
                    data(reader)?;
                    let text = reader.since(start);
                    self.data_contradicts |= self.data.is_some_and(|before| before != text);
                    self.data = Some(text);
                }
                _ => {
                    reader.skip()?;
                }
            }
            if self.data_contradicts {
                self.data = None;
            }
        }
        Ok(())
    }
}

/// The descriptions of an answer, by the names and in the languages in which it has them.
#[derive(Default)]
struct Descriptions<'a> {
    main: Option<Cow<'a, str>>,
    message: Option<Cow<'a, str>>,
    chinese: Option<Cow<'a, str>>,
}

impl<'a> Descriptions<'a> {
    /// Adds a text under one of its names. An empty one takes no other's place.
    fn add(&mut self, name: &str, text: Option<Cow<'a, str>>) {
        let slot = match name {
            "description" => &mut self.main,
            "message" => &mut self.message,
            _ => &mut self.chinese,
        };
        let is_filled = |text: &Cow<'_, str>| !matches!(text.trim(), "" | "null");
        *slot = text.filter(is_filled).or_else(|| slot.take());
    }

    /// All of them, but for what another one contains.
    fn joined(self) -> Option<String> {
        let all = [self.main, self.message, self.chinese];
        let joined = all.into_iter().flatten().reduce(|before, text| {
            if text.contains(&*before) {
                text
            } else if before.contains(&*text) {
                before
            } else {
                Cow::Owned(format!("{before}; {text}"))
            }
        });
        joined.map(Cow::into_owned)
    }
}

/// The values of one spelling of the code so far.
#[derive(PartialEq, Eq)]
enum Occurrences {
    None,
    /// A code, or `None` for `null` or `""`.
    One(Option<Errcode>),
    /// Duplicates with different values.
    Different,
}

impl Occurrences {
    fn add(&mut self, code: Option<Errcode>) {
        *self = match self {
            Self::None => Self::One(code),
            Self::One(before) if *before == code => Self::One(code),
            _ => Self::Different,
        };
    }

    /// The code that both spellings give together.
    fn combined_with(&self, other: &Self) -> Option<Errcode> {
        match (self, other) {
            (Self::Different, _) | (_, Self::Different) => None,
            (Self::One(Some(one)), Self::One(Some(other))) if one != other => None,
            (Self::One(Some(code)), _) | (_, Self::One(Some(code))) => Some(code.clone()),
            _ => None,
        }
    }
}

/// Reads the value of `data` and leaves the reader after it.
type OnData<'f, 'a> = dyn FnMut(&mut Reader<'a>) -> Result<(), SyntaxError> + 'f;

/// Reads a body and decodes its `data` in the same pass. The data is present if the text was JSON up
/// to its end; the envelope says whether it counts.
pub fn decode_answer<D: Value>(body: &[u8]) -> (Envelope<'_>, Option<Decoded<D>>) {
    decode_answer_within(body, crate::decode::MAX_LIST_BYTES)
}

/// Like [`decode_answer`], with a limit on the memory of the lists of the data, in bytes. A list over
/// it stays raw and is reported as drift.
pub fn decode_answer_within<D: Value>(
    body: &[u8],
    budget: usize,
) -> (Envelope<'_>, Option<Decoded<D>>) {
    let mut data = Field::Absent;
    let (envelope, found) = decode_answer_into(body, budget, &mut data);
    (envelope, found.map(|found| Decoded::new(data, found)))
}

/// Like [`decode_answer_within`], into a slot of any type, which is empty: a [`Field`]. What is in it
/// counts only if there are findings.
pub fn decode_answer_into<'a>(
    body: &'a [u8],
    budget: usize,
    slot: &mut dyn FieldSlot,
) -> (Envelope<'a>, Option<Findings>) {
    let (text, whole) = readable(body);
    let mut found = None;
    // Nearly always there is one.
    let (mut first, mut others) = (None, Vec::new());
    let mut decode = |reader: &mut Reader<'a>| {
        let start = reader.at();
        let mut decoder = Decoder::at(reader).within(budget);
        if first.is_some() {
            slot.reset(Absent::Nothing);
        }
        decoder.data(&mut *slot)?;
        found = Some(decoder.finish(reader));
        match first {
            None => first = Some(reader.since(start)),
            Some(_) => others.push(reader.since(start)),
        }
        Ok(())
    };
    let envelope = Envelope::read_text(text, whole, &mut decode);
    if envelope.data_contradicts && found.is_some() {
        let texts: Vec<&str> = first.into_iter().chain(others).collect();
        slot.reset(Absent::Unreadable(&format!("[{}]", texts.join(","))));
        found = Some(Findings::duplicate());
    }
    (envelope, found)
}

/// The text of a body as far as it is UTF-8, and whether that is all of it.
fn readable(body: &[u8]) -> (&str, bool) {
    match std::str::from_utf8(body) {
        Ok(text) => (text, true),
        Err(error) => {
            let (good, _) = body.split_at(error.valid_up_to());
            (std::str::from_utf8(good).unwrap_or_default(), false)
        }
    }
}

/// A scalar as text; `None` for `null`, JSON text for an array or object.
fn scalar<'a>(reader: &mut Reader<'a>) -> Result<Option<Cow<'a, str>>, SyntaxError> {
    Ok(match reader.kind()? {
        Kind::Text => Some(reader.text()?),
        Kind::Null => {
            reader.skip()?;
            None
        }
        _ => Some(Cow::Borrowed(reader.skip()?)),
    })
}

#[cfg(test)]
mod tests {
    use super::{Envelope, Errcode};

    #[test]
    fn only_zero_is_success() {
        for (body, success) in [
            (r#"{"errcode":0}"#, true),
            (r#"{"errcode":"0"}"#, true),
            (r#"{"errorCode":"0","message":"ok"}"#, true),
            (r#"{"errorCode":"success","success":true}"#, true),
            (r#"{"errcode":1030002006}"#, false),
            (r#"{"errcode":0.0}"#, false),
            (r#"{"errcode":00}"#, false),
            (r#"{"errcode":0x0}"#, false),
            (r#"{"errcode":-0}"#, false),
            (r#"{"errcode":"00"}"#, false),
            (r#"{"errcode":"+0"}"#, false),
            (r#"{"errcode":false}"#, false),
            (r#"{"errcode":""}"#, false),
            (r#"{"errcode":99999999999999999999}"#, false),
            (r#"{"errcode":0,"errcode":5}"#, false),
            (r#"{"errcode":null,"errcode":0}"#, false),
            (r#"{"errcode":null,"errorCode":"success"}"#, true),
            (r#"{"errorCode":"","errcode":0}"#, true),
            (r#"{"errcode":0,"errorCode":"E7"}"#, false),
            (r#"{"errcode":0,"errcode":5,"errorCode":"success"}"#, false),
            (r#"{"errcode":null}"#, false),
            (r#"{"data":{"errcode":0}}"#, false),
            ("{}", false),
        ] {
            let code = Envelope::read(body.as_bytes()).errcode;
            assert_eq!(
                code.is_some_and(|code| code.is_success()),
                success,
                "{body}"
            );
        }
    }

    #[test]
    fn only_a_whole_number_other_than_zero_is_a_refusal() {
        for (body, refusal) in [
            (r#"{"errcode":7}"#, true),
            (r#"{"errcode":"1030002006"}"#, true),
            (r#"{"errcode":-1}"#, true),
            (r#"{"errcode":99999999999999999999}"#, true),
            (r#"{"errcode":0}"#, false),
            (r#"{"errcode":"00"}"#, false),
            (r#"{"errcode":0.0}"#, false),
            (r#"{"errcode":1.5}"#, false),
            (r#"{"errcode":"x9"}"#, false),
            (r#"{"errcode":"success"}"#, false),
            (r#"{"errcode":false}"#, false),
            (r#"{"errcode":{}}"#, false),
        ] {
            let code = Envelope::read(body.as_bytes()).errcode;
            assert_eq!(code.map(|code| code.is_refusal()), Some(refusal), "{body}");
        }
        for none in ["\"\"", "\"null\"", "null", "\" \""] {
            let body = format!("{{\"errcode\":{none}}}");
            assert_eq!(Envelope::read(body.as_bytes()).errcode, None, "{body}");
        }
    }

    #[test]
    fn a_number_that_may_go_on_says_nothing() {
        for body in [
            r#"{"errcode":1"#,
            r#"{"errcode":0"#,
            r#"{"errcode": 103000"#,
            r#"{"err\u0063ode":12"#,
            r#"{"errorCode":-"#,
            r#"{"errcode":1e"#,
            r#"{"errcode":00,"data":{}}"#,
            r#"{"errcode":0x0,"data":{}}"#,
            r#"{"errcode":12abc}"#,
            r#"{"errcode":"12"#,
        ] {
            assert_eq!(Envelope::read(body.as_bytes()).errcode, None, "{body}");
        }
        let mut broken = br#"{"errcode":0"#.to_vec();
        broken.push(0xff);
        assert_eq!(Envelope::read(&broken).errcode, None);
        for whole in [
            r#"{"errcode":7,"#,
            r#"{"errcode":7 "#,
            r#"{"err\u0063ode":7}"#,
        ] {
            let code = Envelope::read(whole.as_bytes()).errcode;
            assert_eq!(code, Some(Errcode::Number(7)), "{whole}");
        }
    }

    #[test]
    fn duplicate_data_with_different_values_is_none() {
        let read = |body: &'static str| {
            let envelope = Envelope::read(body.as_bytes());
            (envelope.data, envelope.data_contradicts)
        };
        let twice = r#"{"errcode":0,"data":{"a":1},"data":{"a":2},"data":{"a":2}}"#;
        assert_eq!(read(twice), (None, true));
        let same = r#"{"errcode":0,"data":{"a":1},"data":{"a":1}}"#;
        assert_eq!(read(same), (Some(r#"{"a":1}"#), false));
        let (_, decoded) = super::decode_answer::<crate::Json>(twice.as_bytes());
        let decoded = decoded.map(|decoded| (decoded.data.raw().cloned(), decoded.drift_count));
        let raw = crate::Raw::new(r#"[{"a":1},{"a":2},{"a":2}]"#);
        assert_eq!(decoded, Some((Some(raw), 1)));
    }

    #[test]
    fn the_chinese_description_is_joined_with_the_other() {
        for (body, words) in [
            (
                r#"{"errcode":1,"description":"param error","description_cn":"参数不存在"}"#,
                "param error; 参数不存在",
            ),
            (
                r#"{"descriptionCn":"参数不存在","description":""}"#,
                "参数不存在",
            ),
            (r#"{"description":"same","description_cn":"same"}"#, "same"),
            (r#"{"description":"error","description_cn":null}"#, "error"),
            (r#"{"message":"a","descriptionCn":"b"}"#, "a; b"),
            (r#"{"description":"error","message":null}"#, "error"),
            (r#"{"message":"","description":"error"}"#, "error"),
            (r#"{"message":"a","description":"b"}"#, "b; a"),
            (r#"{"description":"b","message":"a"}"#, "b; a"),
            (r#"{"description":"b","description":""}"#, "b"),
            (
                r#"{"description_cn":"c","message":"b","description":"a b"}"#,
                "a b; c",
            ),
        ] {
            let description = Envelope::read(body.as_bytes()).description;
            assert_eq!(description.as_deref(), Some(words), "{body}");
        }
    }

    #[test]
    fn a_cut_answer_tells_what_was_read() {
        let body = r#"{"errcode":0,"description":"success","data":{"bill_no":"0"#;
        let cut = Envelope::read(body.as_bytes());
        assert_eq!(cut.errcode, Some(Errcode::Number(0)));
        assert_eq!(cut.data, None);
        assert!(!cut.complete);
        let late = Envelope::read(br#"{"data":{"bill_no":"001"},"desc"#);
        assert_eq!((late.errcode, late.complete), (None, false));
        assert_eq!(late.data, Some(r#"{"bill_no":"001"}"#));
    }

    #[test]
    fn what_is_no_object_or_no_utf8_is_incomplete() {
        for body in [
            &b""[..],
            b"<html>",
            b"[]",
            b"null",
            b"{\"errcode\":0}x",
            b"{\"errcode\":0,\"d\":\"\xff\"}",
        ] {
            assert!(!Envelope::read(body).complete, "{body:?}");
        }
        assert!(Envelope::read("\u{feff}{\"errcode\":0}".as_bytes()).complete);
    }
}
