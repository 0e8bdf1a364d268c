//! Writes an imitation spec of the size of the whole API, to measure the generator with:
//!
//! ```text
//! cargo run -p xtask --example imitation -- /tmp/imitation 375
//! cargo build -p xtask
//! time target/debug/xtask gen --spec /tmp/imitation --out /tmp/imitation-out
//! ```
//!
//! 54 fields an operation on average, in 13 modules, with every wire form that there is.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

const MODULES: [&str; 13] = [
    "ls", "bd", "scm", "fi", "arap", "pm", "sys", "mfg", "crm", "tax", "pos", "wms", "oa",
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments
        .next()
        .ok_or("usage: imitation DIR [OPERATIONS]")?;
    let operations: usize = arguments.next().as_deref().unwrap_or("375").parse()?;
    let folder = Path::new(&folder);
    let mut index = String::new();
    for (number, module) in MODULES.into_iter().cycle().take(operations).enumerate() {
        let name = format!("thing_{number}");
        let file = format!("{module}/{name}.yaml");
        writeln!(index, "  /jdy/v2/{module}/{name}: {{ $ref: {file} }}")?;
        std::fs::create_dir_all(folder.join(module))?;
        std::fs::write(folder.join(&file), operation(module, &name, number)?)?;
    }
    std::fs::write(folder.join("openapi.yaml"), root(&index)?)?;
    Ok(())
}

fn root(index: &str) -> Result<String, std::fmt::Error> {
    let mut out = String::from(
        "openapi: \"3.1.0\"\ninfo: { title: Imitation, version: \"1\" }\n\
         servers:\n  - url: https://api.example.com\ntags:\n",
    );
    for module in MODULES {
        writeln!(out, "  - {{ name: {module}, description: 模块{module} }}")?;
    }
    writeln!(out, "paths:\n{index}components:")?;
    out.push_str(
        "  schemas:\n    Envelope:\n      type: object\n      required: [errcode]\n      properties:\n\
         \x20       errcode: { type: integer, title: 返回码 }\n\
         \x20       description: { type: string, title: 返回信息 }\n",
    );
    Ok(out)
}

fn operation(module: &str, name: &str, number: usize) -> Result<String, std::fmt::Error> {
    let method = if number.is_multiple_of(2) {
        "post"
    } else {
        "get"
    };
    let mut out = String::new();
    write!(
        out,
        "{method}:\n  operationId: {module}.{name}\n  summary: 事物{number}\n  description: 事物{number}的说明\n\
         \x20 tags: [{module}]\n  externalDocs: {{ url: \"https://open.example.com/#/detail?id={number}\" }}\n\
         \x20 x-jdy-page: page{number}\n"
    )?;
    if method == "post" {
        out.push_str(
            "  requestBody:\n    required: true\n    content:\n      application/json:\n        schema:\n\
             \x20         type: object\n          required: [field_0, field_1]\n          properties:\n",
        );
        fields(12, 12, &mut out)?;
        writeln!(
            out,
            "            rows: {{ type: array, title: 分录, items: {{ $ref: \"#/post/x-jdy-entities/request/Row\" }} }}"
        )?;
    } else {
        out.push_str("  parameters:\n");
        for at in 0..12 {
            writeln!(
                out,
                "    - {{ name: filter_{at}, in: query, schema: {{ type: string, title: 条件{at} }} }}"
            )?;
        }
    }
    writeln!(
        out,
        "  responses:\n    \"200\":\n      description: 成功\n      content:\n        application/json:\n          schema:\n            allOf:\n\
         \x20             - {{ $ref: \"../openapi.yaml#/components/schemas/Envelope\" }}\n\
         \x20             - {{ type: object, properties: {{ data: {{ $ref: \"#/{method}/x-jdy-entities/response/Data\" }} }} }}\n\
         \x20 x-jdy-entities:"
    )?;
    if method == "post" {
        out.push_str("    request:\n      Row:\n        type: object\n        required: [field_0]\n        properties:\n");
        fields(10, 16, &mut out)?;
    }
    writeln!(
        out,
        "    response:\n      Data:\n        type: object\n        properties:\n\
         \x20         count: {{ type: integer, title: 总数 }}\n\
         \x20         rows: {{ type: array, items: {{ $ref: \"#/{method}/x-jdy-entities/response/Item\" }} }}\n\
         \x20     Item:\n        type: object\n        properties:"
    )?;
    fields(10, if method == "post" { 24 } else { 42 }, &mut out)?;
    Ok(out)
}

fn fields(indent: usize, count: usize, out: &mut String) -> std::fmt::Result {
    let indent = " ".repeat(indent);
    for at in 0..count {
        let schema = match at % 8 {
            0 | 1 => "type: string",
            2 => "type: string, x-jdy-wire: decimal",
            3 => "type: integer",
            4 => "type: string, x-jdy-wire: datetime",
            5 => "type: boolean",
            6 => {
                "type: string, x-jdy-codes: [{ code: \"1\", label: 是的 }, { code: \"2\", label: 不是 }]"
            }
            _ => "type: object, additionalProperties: { type: string }",
        };
        writeln!(
            out,
            "{indent}field_{at}: {{ {schema}, title: 字段名称{at}, description: 字段的较长的说明{at} }}"
        )?;
    }
    Ok(())
}
