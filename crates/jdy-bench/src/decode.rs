//! The rule page's example answer with its row repeated 1,000 times: decoded by the record tables,
//! and by serde derive on the same structs with `Option` fields; with the fields in the order of the
//! page, and in another.
//!
//! Another thread is parked, as in a service: an allocator that knows of one thread alone takes
//! shorter ways.
//!
//! Owns the two decoders and their turns. Must not judge the figures.

use std::time::{Duration, Instant};

use jdy_model::ls::mall_recharge_rule as model;
use jdy_wire::{Field, decode_answer};
use serde_json::{Map, Value};

use crate::rows::{ROW, answer, row_types};
use crate::{Failure, report};

row_types!(serde::Deserialize);

const ROUNDS: usize = 200;
const ROWS: usize = 1_000;

fn tables(body: &[u8]) -> Result<usize, Failure> {
    let (envelope, decoded) = decode_answer::<model::Data>(body);
    if !envelope.complete || !envelope.errcode.is_some_and(|code| code.is_success()) {
        return Err("no success".into());
    }
    match decoded.map(|decoded| decoded.data) {
        Some(Field::Value(data)) => Ok(data.rows.list()?.len()),
        _ => Err("no data".into()),
    }
}

fn derive(body: &[u8]) -> Result<usize, Failure> {
    let answer: Answer = serde_json::from_slice(body)?;
    let rows = answer.data.and_then(|data| data.rows);
    Ok(rows.map_or(0, |rows| rows.len()) + usize::from(answer.errcode != 0))
}

fn timed(decode: fn(&[u8]) -> Result<usize, Failure>, body: &[u8]) -> Result<Duration, Failure> {
    let start = Instant::now();
    let rows = std::hint::black_box(decode(std::hint::black_box(body))?);
    let elapsed = start.elapsed();
    if rows == ROWS {
        Ok(elapsed)
    } else {
        Err(format!("{rows} rows").into())
    }
}

/// The same value with the fields of each object turned round.
fn turned(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: Vec<_> = fields.into_iter().collect();
            let turned = fields.into_iter().rev();
            Value::Object(
                turned
                    .map(|(name, value)| (name, self::turned(value)))
                    .collect::<Map<_, _>>(),
            )
        }
        Value::Array(items) => Value::Array(items.into_iter().map(turned).collect()),
        scalar => scalar,
    }
}

pub(crate) fn run() -> Result<(), Failure> {
    // It sleeps until the process ends.
    std::thread::spawn(std::thread::park);
    let other = turned(serde_json::from_str(ROW)?).to_string();
    for (order, row) in [("the page's order", ROW), ("another order", &other)] {
        let body = answer(row, ROWS);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(timed(tables, body.as_bytes())?);
            theirs.push(timed(derive, body.as_bytes())?);
        }
        println!("{} bytes, {ROWS} rows, fields in {order}", body.len());
        report("decoding", &mut ours, &mut theirs, "serde derive");
    }
    println!(
        "a row of this page takes {} bytes without what its fields hold, the largest record of all \
         {}",
        size_of::<model::Row>(),
        size_of::<jdy_model::pm::mo_taskbill_detail::MaterialEntity>(),
    );
    Ok(())
}
