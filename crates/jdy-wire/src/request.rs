//! Requests from JSON: strict, because an unreadable field must not be left out silently.
//!
//! Owns [`RequestError`] and which deviations refuse a request. Must not know how one is sent.
//! Must not use: `crate::encode`, `crate::envelope`.

use std::fmt;

use crate::decode::{Decoder, FitResult};
use crate::drift::{Drift, DriftKind};
use crate::reader::SyntaxError;
use crate::value::{Value, ValueMut};

/// The JSON text is not a valid request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// It is not JSON.
    Syntax(SyntaxError),
    /// It is not a JSON object.
    NotAnObject,
    /// All fields that are missing, unknown, duplicate or of another kind.
    Fields(Vec<Drift>),
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RequestError::Syntax(syntax) => syntax.fmt(f),
            RequestError::NotAnObject => f.write_str("a request must be a JSON object"),
            RequestError::Fields(fields) => {
                for (index, drift) in fields.iter().enumerate() {
                    let comma = if index > 0 { "; " } else { "" };
                    write!(f, "{comma}{drift}")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for RequestError {}

/// Decodes a request from JSON. Scalars are read as leniently as in an answer, but that a text takes
/// no truth value, and no number with a fraction or an exponent: it may be a key. Nor does a custom
/// field, or a code that the spec does not know. `null` is no value, also of a list, which is not an
/// empty one. An unknown field, a missing required field, or one of another kind is an error that
/// names it. An unknown code is not an error: codes are open.
///
/// # Errors
/// Every wrong field, by its path.
pub fn decode_request<Q: Value>(json: &str) -> Result<Q, RequestError> {
    let mut request = Q::empty();
    match decode_request_into(json, request.target()) {
        Ok(()) => Ok(request),
        Err(error) => Err(error),
    }
}

/// The same into an empty value, without its type. After an error the value is not to be used.
///
/// # Errors
/// As [`decode_request`].
pub fn decode_request_into(json: &str, target: ValueMut<'_>) -> Result<(), RequestError> {
    let mut decoder = Decoder::strict(json).refusing_halves();
    let fit = decoder.value(target).map_err(RequestError::Syntax)?;
    if fit != FitResult::Fits {
        return Err(RequestError::NotAnObject);
    }
    decoder.end().map_err(RequestError::Syntax)?;
    let mut wrong = decoder.into_drift();
    wrong.retain(|drift| drift.what != DriftKind::UnknownCode);
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(RequestError::Fields(wrong))
    }
}

#[cfg(test)]
mod tests {
    // The macro makes public functions, and not all of them are called here.
    #![allow(clippy::unwrap_used, dead_code, unreachable_pub)]
    use std::collections::BTreeMap;

    use super::{RequestError, decode_request};
    use crate::{Json, codes, encode_body, record};

    enum PayType {
        Wechat,
        Other(String),
    }
    codes! {
        PayType {
            "1" => Wechat "微信",
        }
    }

    struct Required {
        rows: Vec<String>,
    }

    struct Save {
        required: Required,
        entries: Option<Vec<String>>,
        remark: Option<String>,
        pay_type: Option<PayType>,
        any: Option<Json>,
        custom: Option<BTreeMap<String, String>>,
    }
    record! {
        Save in Body from Required {
            "rows" => rows: List,
        } and {
            "entries" => entries: List,
            "remark" => remark: Text,
            "pay_type" => pay_type: Text,
            "any" => any: Object,
            "custom_field" => custom: Object,
        }
    }

    fn sent(json: &str) -> Result<String, String> {
        let request = decode_request::<Save>(json).map_err(|error| error.to_string())?;
        Ok(encode_body(&request).unwrap())
    }

    #[test]
    fn a_name_that_stands_twice_in_a_value_of_any_form_is_refused_with_its_path() {
        for (json, path) in [
            (r#"{"a":1,"a":1}"#, "a"),
            (
                r#"{"list":[{"b":1},{"b":1,"c":{"d":1,"d":2}}]}"#,
                "list[1].c.d",
            ),
        ] {
            let Err(RequestError::Fields(wrong)) = decode_request::<Json>(json) else {
                unreachable!("{json} is taken");
            };
            let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
            assert_eq!(wrong, [format!("{path}: is a duplicate")]);
        }
        assert!(decode_request::<Json>(r#"{"a":{"b":1},"b":1}"#).is_ok());
    }

    #[test]
    fn no_list_is_not_an_empty_list() {
        for none in ["null", r#""""#] {
            let json = format!(r#"{{"rows":["a"],"entries":{none}}}"#);
            assert_eq!(sent(&json).unwrap(), r#"{"rows":["a"]}"#);
            let said = sent(&format!(r#"{{"rows":{none}}}"#)).unwrap_err();
            assert_eq!(said, "rows: is required and missing");
        }
        let emptied = r#"{"rows":["a"],"entries":[]}"#;
        assert_eq!(sent(emptied).unwrap(), emptied);
    }

    #[test]
    fn half_a_character_is_refused_and_not_replaced() {
        for half in [
            r"\ud83d",
            r"\ude00",
            r"\ud83dx",
            r"\ud83d\ud83d",
            r"\ud83d\n",
        ] {
            for json in [
                format!(r#"{{"rows":["R-{half}"]}}"#),
                format!(r#"{{"rows":["a"],"remark":"{half}"}}"#),
                format!(r#"{{"rows":["a"],"any":{{"b":"{half}"}}}}"#),
            ] {
                let said = sent(&json).unwrap_err();
                assert!(said.contains("half of a character"), "{json}: {said}");
            }
        }
        let whole = sent(r#"{"rows":["\ud83d\ude00"]}"#);
        assert_eq!(whole.unwrap(), r#"{"rows":["😀"]}"#);
    }

    #[test]
    fn a_code_takes_no_truth_value_and_no_number_with_a_fraction() {
        for wrong in ["1.0", "1e0", "true"] {
            let said = sent(&format!(r#"{{"rows":["a"],"pay_type":{wrong}}}"#)).unwrap_err();
            assert!(said.starts_with("pay_type: is no text but"), "{said}");
        }
        for fine in ["1", r#""1""#, r#""1.0""#, "90"] {
            assert!(sent(&format!(r#"{{"rows":["a"],"pay_type":{fine}}}"#)).is_ok());
        }
    }

    #[test]
    fn a_custom_field_takes_no_truth_value_and_no_number_with_a_fraction() {
        for wrong in ["6.22848e18", "1.0", "true"] {
            let json = format!(r#"{{"rows":["a"],"custom_field":{{"a":"1","卡号":{wrong}}}}}"#);
            let said = sent(&json).unwrap_err();
            assert!(
                said.starts_with("custom_field.卡号: is no text but"),
                "{said}"
            );
        }
        for (fine, sends) in [("7", r#""7""#), (r#""1.0""#, r#""1.0""#)] {
            let json = |value: &str| format!(r#"{{"rows":["a"],"custom_field":{{"a":{value}}}}}"#);
            assert_eq!(sent(&json(fine)).unwrap(), json(sends));
        }
    }
}
