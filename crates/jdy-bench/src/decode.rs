//! The rule page's example answer with its row repeated 1,000 times: decoded by the record tables,
//! and by serde derive on the same structs with `Option` fields.
//!
//! Owns the two decoders and their turns. Must not judge the figures.

use std::time::{Duration, Instant};

use jdy_model::ls::mall_recharge_rule as model;
use jdy_wire::{Field, decode_answer};
use serde::Deserialize;

use crate::{Failure, report};

const ROUNDS: usize = 200;

/// The row of the vendor's example answer.
pub(crate) const ROW: &str = r#"{"coupon_list": [{"begin_date": "2022-08-08", "coupon_schema_id": "1", "coupon_schema_name": "补偿方案A", "delay_days": "50", "effect_range": "2022-08-08", "effect_type": "1", "effect_type_desc": "生效方式A", "end_date": "2022-08-08", "given_type": "1", "given_type_desc": "赠送方式A", "interval": "50", "per_qty": "50", "qty": "50", "terms": "50"}], "donate_amount": "50", "id": "1", "material_list": [{"aux_comb_id": "1", "aux_comb_name": "XXX", "aux_prop_id": "1", "bd_id": "1", "bd_name": "商品A", "img_url": "XXX", "is_aux": "0", "is_batch": "0", "is_selected": true, "is_serial": "0", "material_id": "1", "material_name": "商品A", "num": "50", "price": "50", "sku_entry_id": "1", "small_img_url": "XXX", "unit": "1", "unit_name": "克"}], "material_set": true, "material_value": "xxx", "recharge_amount": "50", "rule_id": "1", "to_amount": false, "to_coupon": false, "to_material": false, "to_member_point": "false", "to_point": false}"#;

#[derive(Deserialize)]
pub(crate) struct Answer {
    pub(crate) errcode: i64,
    pub(crate) data: Option<Data>,
}

#[derive(Deserialize)]
pub(crate) struct Data {
    pub(crate) rows: Option<Vec<Row>>,
}

#[derive(Deserialize)]
#[allow(dead_code)] // Only decoded, to be compared.
pub(crate) struct Row {
    coupon_list: Option<Vec<Coupon>>,
    donate_amount: Option<String>,
    id: Option<String>,
    material_list: Option<Vec<Material>>,
    material_set: Option<bool>,
    material_value: Option<String>,
    recharge_amount: Option<String>,
    rule_id: Option<String>,
    to_amount: Option<bool>,
    to_coupon: Option<bool>,
    to_material: Option<bool>,
    to_member_point: Option<String>,
    to_point: Option<bool>,
}

#[derive(Deserialize)]
#[allow(dead_code)] // Only decoded, to be compared.
struct Material {
    aux_comb_id: Option<String>,
    aux_comb_name: Option<String>,
    aux_prop_id: Option<String>,
    bd_id: Option<String>,
    bd_name: Option<String>,
    img_url: Option<String>,
    is_aux: Option<String>,
    is_batch: Option<String>,
    is_selected: Option<bool>,
    is_serial: Option<String>,
    material_id: Option<String>,
    material_name: Option<String>,
    num: Option<String>,
    price: Option<String>,
    sku_entry_id: Option<String>,
    small_img_url: Option<String>,
    unit: Option<String>,
    unit_name: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code)] // Only decoded, to be compared.
struct Coupon {
    begin_date: Option<String>,
    coupon_schema_id: Option<String>,
    coupon_schema_name: Option<String>,
    delay_days: Option<String>,
    effect_range: Option<String>,
    effect_type: Option<String>,
    effect_type_desc: Option<String>,
    end_date: Option<String>,
    given_type: Option<String>,
    given_type_desc: Option<String>,
    interval: Option<String>,
    per_qty: Option<String>,
    qty: Option<String>,
    terms: Option<String>,
}

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
    if rows == 1_000 {
        Ok(elapsed)
    } else {
        Err(format!("{rows} rows").into())
    }
}

pub(crate) fn run() -> Result<(), Failure> {
    let rows = vec![ROW; 1_000].join(",");
    let body = format!(r#"{{"data":{{"rows":[{rows}]}},"description":"success","errcode":0}}"#);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(timed(tables, body.as_bytes())?);
        theirs.push(timed(derive, body.as_bytes())?);
    }
    println!("{} bytes, 1,000 rows", body.len());
    report("decoding", &mut ours, &mut theirs, "serde derive");
    Ok(())
}
