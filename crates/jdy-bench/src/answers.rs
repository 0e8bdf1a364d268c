//! What a decoded answer holds in memory, for each of its rows, beside what serde derive holds in
//! structs as one would write them without the SDK: for the rule page's row and for the largest
//! record of all, with no field set, with three, and with all.
//!
//! Bytes are counted by an allocator, in a program of its own: the list with what its growth left
//! over, and all that the fields hold.
//!
//! Owns the answers and the two decoders. Must not judge the figures.

mod largest;

use std::process::Command;

use jdy::ls::mall_recharge_rule as rule;
use jdy::pm::mo_taskbill_detail as task;
use jdy_wire::{Field, decode_answer};
use serde::de::DeserializeOwned;

use crate::derived::{Answer, Row};
use crate::rows::ROW;
use crate::{Counter, Failure, call};

#[derive(serde::Deserialize)]
struct TaskAnswer {
    data: TaskData,
}

#[derive(serde::Deserialize)]
struct TaskData {
    material_entity: Vec<largest::MaterialEntity>,
}

/// A power of two, so that a list that doubles when it is full has no place left.
const ROWS: usize = 1_024;

/// How many fields are few.
const FEW: usize = 3;

/// Decodes an answer, and says how many bytes it holds.
type Decoder = fn(&str, Counter) -> Result<i64, Failure>;

/// A record: words, the member of `data` that has its rows, how many fields it has, the bytes of its
/// struct in the SDK and of that for serde derive, and the two decoders.
struct Record {
    what: &'static str,
    member: &'static str,
    fields: usize,
    sizes: [usize; 2],
    decoders: [Decoder; 2],
}

const RECORDS: [Record; 2] = [
    Record {
        what: "a rule with a coupon and a material",
        member: "rows",
        fields: 13,
        sizes: [size_of::<rule::Row>(), size_of::<Row>()],
        decoders: [rules_of_jdy, rules_of_serde],
    },
    Record {
        what: "the largest record of all",
        member: "material_entity",
        fields: largest::FIELDS.len(),
        sizes: [
            size_of::<task::MaterialEntity>(),
            size_of::<largest::MaterialEntity>(),
        ],
        decoders: [tasks_of_jdy, tasks_of_serde],
    },
];

/// Starts the program that counts.
pub(crate) fn run() -> Result<(), Failure> {
    let counting = call::counting(&std::env::current_exe()?)?;
    match Command::new(counting)
        .arg("memory-answers")
        .status()?
        .success()
    {
        true => Ok(()),
        false => Err("the answers could not be counted".into()),
    }
}

/// Decodes each answer in both ways, and prints the bytes for each row.
pub(crate) fn count(counter: Counter) -> Result<(), Failure> {
    println!(
        "\n| bytes that a decoded row holds | fields set | jdy | serde derive | jdy holds of it |"
    );
    println!("|---|---|---|---|---|");
    for record in RECORDS {
        let (what, fields) = (record.what, record.fields);
        let [ours, theirs] = record.sizes;
        let line = |set: &str, ours: usize, theirs: usize| {
            let ratio = ours as f64 / theirs as f64;
            println!("| {what} | {set} | {ours} | {theirs} | {ratio:.2} |");
        };
        line("the struct alone", ours, theirs);
        for (set, row) in rows(&record) {
            let rows = vec![row; ROWS].join(",");
            let member = record.member;
            let body = format!(r#"{{"data":{{"{member}":[{rows}]}},"errcode":0}}"#);
            let mut held = [0; 2];
            for (held, decode) in held.iter_mut().zip(record.decoders) {
                *held = usize::try_from(decode(&body, counter)?)? / ROWS;
            }
            line(&format!("{set} of {fields}"), held[0], held[1]);
        }
    }
    Ok(())
}

/// Rows with none, few and all of their fields set.
fn rows(record: &Record) -> [(usize, String); 3] {
    let (few, all) = match record.member {
        "rows" => (
            r#"{"id":"1","rule_id":"1","to_point":true}"#.to_owned(),
            ROW.to_owned(),
        ),
        _ => (object(&largest::FIELDS[..FEW]), object(largest::FIELDS)),
    };
    [(0, "{}".to_owned()), (FEW, few), (record.fields, all)]
}

fn object(fields: &[(&str, &str)]) -> String {
    let fields = fields
        .iter()
        .map(|(name, value)| format!("\"{name}\":{value}"));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

fn rules_of_jdy(body: &str, counter: Counter) -> Result<i64, Failure> {
    by_jdy(body, counter, |data: &rule::Data| {
        Ok(data.rows.list()?.len())
    })
}

fn tasks_of_jdy(body: &str, counter: Counter) -> Result<i64, Failure> {
    by_jdy(body, counter, |data: &task::Data| {
        Ok(data.material_entity.list()?.len())
    })
}

fn rules_of_serde(body: &str, counter: Counter) -> Result<i64, Failure> {
    by_serde(body, counter, |answer: &Answer| {
        let rows = answer.data.as_ref().and_then(|data| data.rows.as_ref());
        rows.map_or(0, Vec::len)
    })
}

fn tasks_of_serde(body: &str, counter: Counter) -> Result<i64, Failure> {
    by_serde(body, counter, |answer: &TaskAnswer| {
        answer.data.material_entity.len()
    })
}

/// The bytes that the SDK's decoder holds.
fn by_jdy<D: jdy_wire::Value>(
    body: &str,
    counter: Counter,
    rows: fn(&D) -> Result<usize, Failure>,
) -> Result<i64, Failure> {
    let mut decoded = None;
    let allocated = counter(&mut || {
        decoded = decode_answer::<D>(body.as_bytes())
            .1
            .map(|decoded| decoded.data);
    });
    match &decoded {
        Some(Field::Value(data)) if rows(data)? == ROWS => Ok(allocated.held),
        _ => Err("the SDK could not decode an answer".into()),
    }
}

/// The bytes that serde derive holds.
fn by_serde<D: DeserializeOwned>(
    body: &str,
    counter: Counter,
    rows: fn(&D) -> usize,
) -> Result<i64, Failure> {
    let mut decoded = None;
    let allocated = counter(&mut || decoded = Some(serde_json::from_str::<D>(body)));
    match decoded.ok_or("nothing was decoded")? {
        Ok(answer) if rows(&answer) == ROWS => Ok(allocated.held),
        Ok(_) => Err("serde derive did not decode all rows".into()),
        Err(error) => Err(error.into()),
    }
}
