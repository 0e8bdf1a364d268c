//! The tables within `record!` and `codes!`: one line for each field or code.
//!
//! Owns their line breaks. Must not decide a name or a type. Must not use: `crate::files`,
//! `jdy_spec`.

use crate::plan::{CodesPlan, FieldPlan, RecordPlan, RowsPlan};

/// The table of a record.
pub(super) fn record(record: &RecordPlan) -> String {
    let mut out = format!("jdy_wire::record! {{\n    {}", record.name);
    if let Some(location) = record.location {
        out.push_str(&format!(" in {location}"));
    }
    if let Some(required) = &record.required {
        out.push_str(&format!(" from {} {{\n", required.name));
        required
            .fields
            .iter()
            .for_each(|field| line(field, &mut out));
        out.push_str("    } and");
    }
    out.push_str(" {\n");
    record.fields.iter().for_each(|field| line(field, &mut out));
    out.push_str("    }\n}\n");
    out
}

fn line(field: &FieldPlan, out: &mut String) {
    out.push_str(&format!(
        "        {:?} => {}: {}",
        field.wire, field.ident, field.encoding
    ));
    if let Some(apart) = field.apart {
        out.push_str(&format!(" in {apart}"));
    }
    if let Some(start) = &field.start {
        out.push_str(&format!(" = {start}"));
    }
    out.push_str(",\n");
}

/// Where the rows of a page are.
pub(super) fn rows(rows: &RowsPlan) -> String {
    format!(
        "jdy_wire::rows!({}: {} of {});\n",
        rows.data, rows.field, rows.row
    )
}

/// The table of an open enum.
pub(super) fn codes(codes: &CodesPlan) -> String {
    let mut out = format!("jdy_wire::codes! {{\n    {} {{\n", codes.name);
    for variant in &codes.variants {
        out.push_str(&format!(
            "        {:?} => {} {:?},\n",
            variant.code, variant.ident, variant.label
        ));
    }
    out.push_str("    }\n}\n");
    out
}
