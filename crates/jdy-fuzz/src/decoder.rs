//! The decoder: any text, into the records of real answers and requests.
//!
//! The first byte chooses the record. What is JSON is decoded, whatever it holds; what was decoded
//! is written as JSON, and reading that changes nothing more. Owns these promises. Must not know
//! how a record is decoded. Must not use: `jdy_import`, `jdy_spec`.

use std::fmt::Debug;

use jdy_operations::types::{arap, cust, ls, pm};
use jdy_wire::{
    Field, Location, Record, RequestError, Value, decode_data, decode_request, encode_body,
    encode_query, encode_value,
};

use crate::{choice, is_json, may_be_deep, may_have_half, text};

type Read = fn(&str);

const READS: [Read; 10] = [
    answer::<ls::mall_recharge::Data>,
    answer::<ls::mall_recharge_rule::Data>,
    answer::<ls::retail_bill_detail::Data>,
    answer::<cust::detail::Data>,
    answer::<pm::mat_order_ret_detail::Data>,
    request::<ls::mall_recharge::Request>,
    request::<ls::retail_bill_save::Request>,
    request::<cust::save::Request>,
    request::<arap::ar_credit::Request>,
    request::<pm::subm_prodin_save::Request>,
];

/// Decodes the text, writes what it held, and reads that.
pub fn run(data: &[u8]) {
    if let Some((which, rest)) = choice(data, READS.len())
        && let Some(text) = text(rest)
    {
        READS[which](text);
    }
}

fn answer<D: Value + PartialEq + Debug>(text: &str) {
    let decoded = match decode_data::<D>(text) {
        Ok(decoded) => decoded,
        Err(syntax) => {
            assert!(!is_json(text) || may_be_deep(text), "{syntax}: {text}");
            assert!(syntax.at <= text.len());
            return;
        }
    };
    assert!(is_json(text), "taken, and no JSON: {text}");
    assert!(decoded.drift.len() <= decoded.drift_count);
    match decoded.data {
        Field::Absent => {}
        Field::Raw(raw) => {
            let blank = [' ', '\n', '\r', '\t'];
            assert_eq!(raw.as_json(), text.trim_matches(blank));
        }
        Field::Value(value) => {
            let written = encode_value(value.view());
            assert!(is_json(&written), "written, and no JSON: {written}");
            let again = decode_data::<D>(&written).unwrap().data;
            // A record without any field of the spec is written as what means no data.
            let expected = match written.as_str() {
                "{}" => Field::Absent,
                _ => Field::Value(value),
            };
            assert_eq!(again, expected, "{text} -> {written}");
            if let Field::Value(again) = again {
                assert_eq!(encode_value(again.view()), written);
            }
        }
    }
}

fn request<Q: Record + Value + PartialEq + Debug>(text: &str) {
    let request = match decode_request::<Q>(text) {
        Ok(request) => request,
        Err(RequestError::Syntax(syntax)) => {
            let is_passed_over = may_be_deep(text) || may_have_half(text);
            assert!(!is_json(text) || is_passed_over, "{syntax}: {text}");
            return;
        }
        Err(other) => return assert!(!other.to_string().is_empty()),
    };
    assert!(is_json(text), "taken, and no JSON: {text}");
    let body = encode_body(&request).unwrap();
    assert!(is_json(&body), "written, and no JSON: {body}");
    let _ = encode_query(&request);
    let record: &dyn Record = &request;
    if !record.table().has(Location::Query) {
        let again = decode_request::<Q>(&body).unwrap();
        assert_eq!(again, request, "{text} -> {body}");
        assert_eq!(encode_body(&again).unwrap(), body);
    }
}
