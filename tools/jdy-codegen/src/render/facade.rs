//! How a module is reached: the method of the client, and the module of the crate that users depend
//! on.
//!
//! Owns what the compiler prints for a module whose feature is off. Must not decide a name.
//! Must not use: `crate::files`, `jdy_spec`.

use crate::plan::{ModulePlan, Plan};

use super::banner;

/// `jdy-operations/src/client_ext.rs`: the trait that gives the client a method for each module.
pub(super) fn client_ext(plan: &Plan) -> String {
    let mut out = banner("spec/openapi.yaml");
    out.push_str(
        "//! A method of the client for each module.\n\
         //!\n\
         //! Where a module's feature is off, its method exists with a bound that nothing meets, so that\n\
         //! the compiler names the feature.\n\n\
         use jdy_runtime::Client;\n\n\
         /// The operations, module by module: `client.ls().mall_recharge(..)`.\n\
         ///\n\
         /// Only [`Client`] implements it. A module is there with its feature.\n\
         pub trait ClientExt: sealed::Sealed {\n",
    );
    plan.modules
        .iter()
        .for_each(|module| out.push_str(&declaration(module)));
    out.push_str("}\n\nimpl ClientExt for Client {\n");
    plan.modules
        .iter()
        .for_each(|module| out.push_str(&implementation(module)));
    out.push_str(
        "}\n\n\
         mod sealed {\n\
         \x20   pub trait Sealed {}\n\
         \x20   impl Sealed for jdy_runtime::Client {}\n\
         }\n\n\
         /// What nothing implements: a module whose feature is off.\n\
         mod off {\n",
    );
    plan.modules
        .iter()
        .for_each(|module| out.push_str(&switched_off(module)));
    out.push_str("}\n");
    out
}

fn declaration(module: &ModulePlan) -> String {
    let ModulePlan {
        name,
        ident,
        type_name,
        doc,
        ..
    } = module;
    format!(
        "    /// {doc}\n\
         \x20   #[cfg(feature = \"{name}\")]\n\
         \x20   #[doc(alias = {doc:?})]\n\
         \x20   fn {ident}(&self) -> crate::{ident}::{type_name}<'_>;\n\
         \x20   #[cfg(not(feature = \"{name}\"))]\n\
         \x20   #[doc(hidden)]\n\
         \x20   fn {ident}(&self) -> std::convert::Infallible\n\
         \x20   where\n\
         \x20       Self: off::{type_name},\n\
         \x20   {{\n\
         \x20       self.never()\n\
         \x20   }}\n"
    )
}

fn implementation(module: &ModulePlan) -> String {
    let ModulePlan {
        name,
        ident,
        type_name,
        ..
    } = module;
    format!(
        "    #[cfg(feature = \"{name}\")]\n\
         \x20   fn {ident}(&self) -> crate::{ident}::{type_name}<'_> {{\n\
         \x20       crate::{ident}::{type_name}::new(self)\n\
         \x20   }}\n"
    )
}

fn switched_off(module: &ModulePlan) -> String {
    let ModulePlan {
        name,
        type_name,
        doc,
        ..
    } = module;
    format!(
        "    #[cfg(not(feature = \"{name}\"))]\n\
         \x20   #[diagnostic::on_unimplemented(\n\
         \x20       message = \"the module `{name}` ({doc}) needs the feature `{name}` of the crate `jdy`\",\n\
         \x20       label = \"the feature `{name}` is off\",\n\
         \x20       note = \"switch it on: cargo add jdy --features {name}\"\n\
         \x20   )]\n\
         \x20   pub trait {type_name} {{\n\
         \x20       fn never(&self) -> std::convert::Infallible;\n\
         \x20   }}\n"
    )
}

/// `jdy/src/modules.rs`: a module of types for each feature. Each is declared where users look for
/// it, so that the compiler can say which feature one is behind that it does not find.
pub(super) fn modules(plan: &Plan) -> String {
    let mut out = banner("spec/openapi.yaml");
    for module in &plan.modules {
        let ModulePlan {
            name, ident, doc, ..
        } = module;
        out.push_str(&format!(
            "\n/// {doc}\n\
             #[cfg(feature = \"{name}\")]\n\
             #[doc(alias = {doc:?})]\n\
             pub mod {ident} {{\n\
             \x20   pub use jdy_operations::types::{ident}::*;\n\
             }}\n"
        ));
    }
    out
}
