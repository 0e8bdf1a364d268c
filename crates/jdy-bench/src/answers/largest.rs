//! The largest record of all, `MaterialEntity` of `pm.mo_taskbill_detail`, as one would write it
//! without the SDK: `Option` fields, text as `String`, numbers as `f64` and `i64`.
//!
//! Owns the struct, and a value in JSON for each field. Must not know a decoder.

use std::collections::BTreeMap;

use serde::Deserialize;

macro_rules! record {
    ($name:ident { $($type:ty = $json:literal: $($field:ident)+;)+ }) => {
        #[derive(Deserialize)]
        #[allow(dead_code)]
        pub(super) struct $name {
            $($($field: Option<$type>,)+)+
        }

        /// Each field with a value.
        pub(super) const FIELDS: &[(&str, &str)] = &[$($((stringify!($field), $json),)+)+];
    };
}

/// An entity of the entity. The rows that are measured have none.
#[derive(Deserialize)]
pub(super) struct Part {}

record! {
    MaterialEntity {
        String = r#""1""#:
            auto_close_time aux1_id aux1_name aux1_number aux2_id aux2_name aux2_number aux3_id
            aux3_name aux3_number aux4_id aux4_name aux4_number aux5_id aux5_name aux5_number
            aux_unit_id aux_unit_number aux_unit_type auxprop_id auxprop_name auxprop_sku_export
            auxpropid_number auxunitid_name barcode base_unit_id base_unit_name base_unit_number
            batch_no bom_id bom_number closestate comment conversion_rate customer_id customer_name
            customer_number deffloat_unit_id deffloat_unit_name deffloat_unit_number entry_ios_tatus
            entry_realio_status entry_status id is_main kftype material_id material_model
            material_name material_number out_stock_status package picture pro_license pro_place
            pro_reg_no real_out_stock_status sale_order_no sp_id sp_name sp_number src_bill_no
            src_entry_id src_inter_id src_order_entry_id src_order_entry_seq src_orderinter_id
            stock_id stock_name stock_number unit_id unit_name unit_number unit_type volume_unit_id
            volume_unit_name volume_unit_number weight_unit_id weight_unit_name weight_unit_number;
        f64 = "50":
            aux_coefficient aux_qty base_qty caculate_coefficient coefficient deffloat_qty
            exp_valid_qty gross_weight hclose_qty in_base_qty in_base_qty2 in_deffloat_qty
            in_deffloat_qty2 in_qty in_qty2 input_coefficient instant_qty inv_baseqty inv_baseqty2
            inv_qty key_base_qty key_qty net_weight picked_base_qty picked_qty qty real_in_baseqty
            real_in_qty real_unin_qty return_base_qty return_baseq_qty2 return_deffloat_qty2
            return_qty return_qty2 returndeffloatqty un_io_inqty unin_qty volume;
        BTreeMap<String, String> = "{}":
            custom_entity_field;
        bool = "true":
            is_sub;
        String = r#""2022-08-08""#:
            kfdate plan_commit_date plan_finish_date valid_date;
        i64 = "7":
            kfperiod seq src_seq;
        Vec<Part> = "[]":
            sub_material_entity;
    }
}
