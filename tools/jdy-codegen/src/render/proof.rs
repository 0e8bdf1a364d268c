//! `tests/operations`: the examples of all operations as functions, which the compiler checks with
//! the tests. They stand in the docs of a crate that `jdy` depends on, where they would not compile.
//!
//! Owns the layout of these files. Must not know what an example holds. Must not use:
//! `crate::files`, `jdy_spec`.

use crate::plan::{ModulePlan, Plan};

use super::banner;
use super::example::Example;

/// `mod.rs`
pub(super) fn library(plan: &Plan) -> String {
    let mut out = banner("spec/openapi.yaml");
    out.push_str(
        "//! The example of each operation, as its docs show it. The compiler checks them; none is run.\n\n",
    );
    for module in &plan.modules {
        out.push_str(&format!("mod {};\n", module.ident));
    }
    out
}

/// `ls.rs`
pub(super) fn module(module: &ModulePlan) -> String {
    let mut out = banner("spec/openapi.yaml");
    for operation in &module.operations {
        let example = Example::of(module, operation).as_function("    ");
        out.push_str(&format!("\nmod {} {{\n{example}}}\n", operation.ident));
    }
    out
}
