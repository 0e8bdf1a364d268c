//! The answer that the benches decode: rows of the rule page, and structs with `Option` fields for
//! them, as one would write them without the SDK.
//!
//! Owns the text and the structs. A macro, so that each decoder can have its own derive. Must not
//! know a decoder.

/// The row of the page's example answer.
pub(crate) const ROW: &str = r#"{"coupon_list": [{"begin_date": "2022-08-08", "coupon_schema_id": "1", "coupon_schema_name": "补偿方案A", "delay_days": "50", "effect_range": "2022-08-08", "effect_type": "1", "effect_type_desc": "生效方式A", "end_date": "2022-08-08", "given_type": "1", "given_type_desc": "赠送方式A", "interval": "50", "per_qty": "50", "qty": "50", "terms": "50"}], "donate_amount": "50", "id": "1", "material_list": [{"aux_comb_id": "1", "aux_comb_name": "XXX", "aux_prop_id": "1", "bd_id": "1", "bd_name": "商品A", "img_url": "XXX", "is_aux": "0", "is_batch": "0", "is_selected": true, "is_serial": "0", "material_id": "1", "material_name": "商品A", "num": "50", "price": "50", "sku_entry_id": "1", "small_img_url": "XXX", "unit": "1", "unit_name": "克"}], "material_set": true, "material_value": "xxx", "recharge_amount": "50", "rule_id": "1", "to_amount": false, "to_coupon": false, "to_material": false, "to_member_point": "false", "to_point": false}"#;

/// The same row with the fields of each object the other way round.
pub(crate) const TURNED: &str = r#"{"to_point": false, "to_member_point": "false", "to_material": false, "to_coupon": false, "to_amount": false, "rule_id": "1", "recharge_amount": "50", "material_value": "xxx", "material_set": true, "material_list": [{"unit_name": "克", "unit": "1", "small_img_url": "XXX", "sku_entry_id": "1", "price": "50", "num": "50", "material_name": "商品A", "material_id": "1", "is_serial": "0", "is_selected": true, "is_batch": "0", "is_aux": "0", "img_url": "XXX", "bd_name": "商品A", "bd_id": "1", "aux_prop_id": "1", "aux_comb_name": "XXX", "aux_comb_id": "1"}], "id": "1", "donate_amount": "50", "coupon_list": [{"terms": "50", "qty": "50", "per_qty": "50", "interval": "50", "given_type_desc": "赠送方式A", "given_type": "1", "end_date": "2022-08-08", "effect_type_desc": "生效方式A", "effect_type": "1", "effect_range": "2022-08-08", "delay_days": "50", "coupon_schema_name": "补偿方案A", "coupon_schema_id": "1", "begin_date": "2022-08-08"}]}"#;

/// An answer with this row so many times.
pub(crate) fn answer(row: &str, count: usize) -> String {
    let rows = vec![row; count].join(",");
    format!(r#"{{"data":{{"rows":[{rows}]}},"description":"success","errcode":0}}"#)
}

/// The structs, with this derive. Not every derive knows of `pub(crate)`.
macro_rules! row_types {
    ($derive:path) => {
        #[derive($derive)]
        #[allow(dead_code, unreachable_pub)]
        pub struct Answer {
            pub errcode: i64,
            pub data: Option<Data>,
        }

        #[derive($derive)]
        #[allow(dead_code, unreachable_pub)]
        pub struct Data {
            pub rows: Option<Vec<Row>>,
        }

        #[derive($derive)]
        #[allow(dead_code, unreachable_pub)]
        pub struct Row {
            pub coupon_list: Option<Vec<Coupon>>,
            pub donate_amount: Option<String>,
            pub id: Option<String>,
            pub material_list: Option<Vec<Material>>,
            pub material_set: Option<bool>,
            pub material_value: Option<String>,
            pub recharge_amount: Option<String>,
            pub rule_id: Option<String>,
            pub to_amount: Option<bool>,
            pub to_coupon: Option<bool>,
            pub to_material: Option<bool>,
            pub to_member_point: Option<String>,
            pub to_point: Option<bool>,
        }

        #[derive($derive)]
        #[allow(dead_code, unreachable_pub)]
        pub struct Material {
            pub aux_comb_id: Option<String>,
            pub aux_comb_name: Option<String>,
            pub aux_prop_id: Option<String>,
            pub bd_id: Option<String>,
            pub bd_name: Option<String>,
            pub img_url: Option<String>,
            pub is_aux: Option<String>,
            pub is_batch: Option<String>,
            pub is_selected: Option<bool>,
            pub is_serial: Option<String>,
            pub material_id: Option<String>,
            pub material_name: Option<String>,
            pub num: Option<String>,
            pub price: Option<String>,
            pub sku_entry_id: Option<String>,
            pub small_img_url: Option<String>,
            pub unit: Option<String>,
            pub unit_name: Option<String>,
        }

        #[derive($derive)]
        #[allow(dead_code, unreachable_pub)]
        pub struct Coupon {
            pub begin_date: Option<String>,
            pub coupon_schema_id: Option<String>,
            pub coupon_schema_name: Option<String>,
            pub delay_days: Option<String>,
            pub effect_range: Option<String>,
            pub effect_type: Option<String>,
            pub effect_type_desc: Option<String>,
            pub end_date: Option<String>,
            pub given_type: Option<String>,
            pub given_type_desc: Option<String>,
            pub interval: Option<String>,
            pub per_qty: Option<String>,
            pub qty: Option<String>,
            pub terms: Option<String>,
        }
    };
}
pub(crate) use row_types;
