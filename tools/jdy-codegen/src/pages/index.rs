//! The pages that list others: one for each module, and one of all modules.
//!
//! Owns their layout. Must not know fields. Must not use: `crate::files`, `jdy_spec`.

use crate::plan::{ModulePlan, Plan};

use super::banner;
use super::text::plain;

/// The words that explain the pages.
const HEAD: &str = "\
# Operations

One page for each operation: what it does, an example in Rust and for the command `jdy`, the fields of
its request and its answer with types and codes, and how a lost call is looked up. Labels are the
vendor's own; the vendor's page is linked. `jdy show ID` prints the same, `jdy ops WORD..` searches.

每个接口一页：请求与响应的字段、类型、代码、必填项，Rust 与命令行示例，以及丢失的调用如何核对。

## Types

| type | on the wire | in Rust |
|---|---|---|
| text | text | `String`, or an open enum where codes are known |
| integer | number, or number as text | `i64` |
| number | number | `Decimal` |
| boolean | `true` or `false` | `bool` |
| decimal | number as text, or a number | `Decimal` |
| date | `yyyy-MM-dd` | `Date` |
| datetime | `yyyy-MM-dd HH:mm:ss` | `DateTime` |
| epoch-millis | milliseconds since 1970 | `EpochMillis` |
| flag | 0 or 1 | `bool` |
| file | a part of a form | `File` |
| object | any object | `Json` |
| map of text | an object with the customer's own names | `BTreeMap<String, String>` |

An optional field of a request is an `Option`; a required one stands in `Required`, from which the
request is made. A field of an answer is a `Field`: absent, a value, or the raw value as it came.
`.require()?` gives the value or says what is wrong, `.list()?` the rows. Printed with `{}`, an absent
field is nothing at all and a raw one its JSON, so print only what nobody computes with.
Other operations and fields exist: `client.raw(..)` and `.extra(name, json)`.

## Modules

| module | 名称 | operations |
|---|---|---|
";

/// The page of all modules.
pub(super) fn all(plan: &Plan) -> String {
    let mut out = banner("spec/openapi.yaml");
    out.push_str(HEAD);
    for module in &plan.modules {
        out.push_str(&format!(
            "| [`{0}`]({0}/README.md) | {1} | {2} |\n",
            module.name,
            module.doc,
            module.operations.len()
        ));
    }
    out
}

/// The page of a module.
pub(super) fn module(module: &ModulePlan) -> String {
    let mut out = banner("spec/openapi.yaml");
    out.push_str(&format!(
        "# {} {}\n\n`client.{}()`, with the feature `{}`. [All modules](../README.md).\n\n\
         | operation | 名称 | call | effect |\n|---|---|---|---|\n",
        module.name, module.doc, module.ident, module.name
    ));
    for operation in &module.operations {
        let facts = &operation.facts;
        out.push_str(&format!(
            "| [`{}`]({}.md) | {} | `{} {}` | {} |\n",
            facts.id,
            operation.stem,
            plain(&facts.title),
            facts.method.to_ascii_uppercase(),
            facts.path,
            facts.effect.to_ascii_lowercase()
        ));
    }
    out
}
