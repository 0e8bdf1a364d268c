//! Decoders beside the SDK's: the rule page's row 1,000 times, into owned structs. simd-json and
//! jiter are measured as their users have them: the first needs a copy that it may write to, the
//! second reads into a tree.
//!
//! Owns the decoders. Must not judge the figures.

use std::time::{Duration, Instant};

use jdy::ls::mall_recharge_rule as model;

#[path = "../../../src/rows.rs"]
mod rows;

type Failure = Box<dyn std::error::Error>;

mod by_serde {
    crate::rows::row_types!(serde::Deserialize);
}

mod by_miniserde {
    use miniserde::Deserialize;
    crate::rows::row_types!(Deserialize);
}

mod by_nanoserde {
    use nanoserde::DeJson;
    crate::rows::row_types!(DeJson);
}

const ROUNDS: usize = 60;
const ROWS: usize = 1_000;

fn count<T>(rows: Option<Vec<T>>) -> usize {
    rows.map_or(0, |rows| rows.len())
}

fn jdy(body: &str) -> Result<usize, Failure> {
    let (_, decoded) = jdy_wire::decode_answer::<model::Data>(body.as_bytes());
    match decoded.map(|decoded| decoded.data) {
        Some(jdy_wire::Field::Value(data)) => Ok(data.rows.list()?.len()),
        _ => Err("no data".into()),
    }
}

fn serde_json(body: &str) -> Result<usize, Failure> {
    let answer: by_serde::Answer = serde_json::from_slice(body.as_bytes())?;
    Ok(count(answer.data.and_then(|data| data.rows)))
}

fn sonic_rs(body: &str) -> Result<usize, Failure> {
    let answer: by_serde::Answer = sonic_rs::from_slice(body.as_bytes())?;
    Ok(count(answer.data.and_then(|data| data.rows)))
}

fn simd_json(body: &str) -> Result<usize, Failure> {
    let mut copy = body.as_bytes().to_vec();
    let answer: by_serde::Answer = simd_json::from_slice(&mut copy)?;
    Ok(count(answer.data.and_then(|data| data.rows)))
}

fn miniserde(body: &str) -> Result<usize, Failure> {
    let answer: by_miniserde::Answer = miniserde::json::from_str(body)?;
    Ok(count(answer.data.and_then(|data| data.rows)))
}

fn nanoserde(body: &str) -> Result<usize, Failure> {
    let answer: by_nanoserde::Answer = nanoserde::DeJson::deserialize_json(body)?;
    Ok(count(answer.data.and_then(|data| data.rows)))
}

fn jiter(body: &str) -> Result<usize, Failure> {
    let value = jiter::JsonValue::parse_owned(body.as_bytes(), false, jiter::PartialMode::Off)?;
    let jiter::JsonValue::Object(fields) = &value else {
        return Err("no object".into());
    };
    let data = fields.iter().find(|(name, _)| name == "data");
    let Some((_, jiter::JsonValue::Object(data))) = data else {
        return Err("no data".into());
    };
    match data.iter().find(|(name, _)| name == "rows") {
        Some((_, jiter::JsonValue::Array(rows))) => Ok(rows.len()),
        _ => Err("no rows".into()),
    }
}

type Decoder = fn(&str) -> Result<usize, Failure>;

const DECODERS: [(&str, Decoder); 7] = [
    ("jdy", jdy),
    ("serde_json, derive", serde_json),
    ("sonic-rs, derive", sonic_rs),
    ("simd-json, derive", simd_json),
    ("miniserde", miniserde),
    ("nanoserde", nanoserde),
    ("jiter, a tree", jiter),
];

/// `decoders` prints the names; `decoders NAME page|turned` the median of that decoder's times in
/// nanoseconds, with the fields in the page's order or the other way round. Each has a process of its
/// own: what one frees, another would have to sort.
fn main() -> Result<(), Failure> {
    let Some(wanted) = std::env::args().nth(1) else {
        DECODERS.iter().for_each(|(name, _)| println!("{name}"));
        return Ok(());
    };
    let decoder = DECODERS.iter().find(|(name, _)| *name == wanted);
    let (_, decode) = decoder.ok_or("there is no such decoder")?;
    // Another thread is there, as in a service: allocators take shorter ways without one.
    std::thread::spawn(std::thread::park);
    let row = match std::env::args().nth(2).as_deref() {
        Some("page") => rows::ROW,
        Some("turned") => rows::TURNED,
        _ => return Err("the order is missing: page or turned".into()),
    };
    let body = rows::answer(row, ROWS);
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let rows = std::hint::black_box(decode(std::hint::black_box(&body))?);
        let elapsed = start.elapsed();
        if rows != ROWS {
            return Err(format!("{rows} rows").into());
        }
        times.push(elapsed);
    }
    times.sort_unstable();
    let median = times.get(ROUNDS / 2).copied().unwrap_or(Duration::ZERO);
    println!("{}", median.as_nanos());
    Ok(())
}
