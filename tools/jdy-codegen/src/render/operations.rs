//! The files of `jdy-operations`.
//!
//! Owns their layout. Must not decide a name or a type. Must not use: `crate::files`,
//! `jdy_spec::tree`.

use heck::ToUpperCamelCase;
use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};

use crate::plan::{Argument, FactsPlan, LookUpPlan, ModulePlan, OperationPlan, PagingPlan, Plan};
use jdy_spec::facts::{Confirmation, DateWindow};
use jdy_spec::model::{Resource, Success, Verdict, Verify};

use super::example::Example;
use super::{alias, banner, doc, ident, item, tokens};

/// `lib.rs`
pub(super) fn library(plan: &Plan) -> String {
    let mut out = banner("spec/openapi.yaml");
    out.push_str(
        "//! The operations of the Kingdee JDY API: one constant and one thin method each.\n\n\
         mod client_ext;\n\n\
         use jdy_runtime::DynOperation;\n\n\
         pub use client_ext::ClientExt;\n",
    );
    for module in &plan.modules {
        out.push_str(&format!(
            "\n#[cfg(feature = \"{}\")]\n#[rustfmt::skip]\npub mod {};\n",
            module.name, module.ident
        ));
    }
    out.push_str(&types(plan));
    out.push_str(
        "\n/// Every operation of the modules that are switched on, module by module.\n\
         ///\n\
         /// Inlined, as are the lists it joins: who does not ask for every operation builds none of\n\
         /// what only such a list needs.\n\
         #[inline]\n\
         pub fn all() -> impl Iterator<Item = &'static dyn DynOperation> {\n\
         \x20   let modules: Vec<Vec<&'static dyn DynOperation>> = vec![\n",
    );
    for module in &plan.modules {
        out.push_str(&format!(
            "        #[cfg(feature = \"{}\")]\n        {}::operations(),\n",
            module.name, module.ident
        ));
    }
    out.push_str("    ];\n    modules.into_iter().flatten()\n}\n");
    out
}

/// The types of all crates that hold some, for whoever depends on this crate alone.
fn types(plan: &Plan) -> String {
    let mut out = String::from(
        "\n/// The types of the operations: a module for each feature, in it one for each operation.\n\
         #[doc(hidden)] // The client's crate shows them.\n\
         #[allow(unused_imports, unreachable_pub)] // Without a module there are none.\n\
         pub mod types {\n\
         \x20   pub use jdy_model::*;\n",
    );
    for module in &plan.modules {
        let ModulePlan { name, ident, .. } = module;
        let own: Vec<&str> = module.own_crates().collect();
        match own.as_slice() {
            [] => {}
            [one] => {
                let model = library_of(one);
                out.push_str(&format!(
                    "    #[cfg(feature = \"{name}\")]\n    pub use {model}::*;\n"
                ));
            }
            many => {
                out.push_str(&format!(
                    "    #[cfg(feature = \"{name}\")]\n    pub mod {ident} {{\n"
                ));
                for model in many.iter().map(|each| library_of(each)) {
                    out.push_str(&format!("        pub use {model}::{ident}::*;\n"));
                }
                out.push_str("    }\n");
            }
        }
    }
    out.push_str("}\n");
    out
}

/// What Rust calls a crate.
fn library_of(model: &str) -> String {
    model.replace('-', "_")
}

/// `ls/mod.rs`
pub(super) fn module(module: &ModulePlan) -> String {
    let mut out = banner("spec/openapi.yaml");
    out.push_str(&format!(
        "//! {}\n\njdy_runtime::operations! {{\n    {} {{\n",
        module.doc, module.type_name
    ));
    for operation in &module.operations {
        out.push_str(&format!(
            "        {}: {},\n",
            operation.ident, operation.constant
        ));
    }
    out.push_str("    }\n}\n");
    out
}

/// `ls/mall_recharge.rs`
pub(super) fn operation(
    module: &ModulePlan,
    operation: &OperationPlan,
) -> Result<String, syn::Error> {
    let mut out = banner(&operation.source);
    uses(module, operation, &mut out);
    out.push('\n');
    out.push_str(&constant(module, operation)?);
    out.push('\n');
    out.push_str(&method(module, operation)?);
    Ok(out)
}

fn uses(module: &ModulePlan, operation: &OperationPlan, out: &mut String) {
    if operation.answer_uses.contains("BTreeMap") {
        out.push_str("use std::collections::BTreeMap;\n\n");
    }
    let names: Vec<&str> = operation.model_uses.iter().map(String::as_str).collect();
    let model = library_of(&operation.model);
    let path = format!("{model}::{}::{}", module.ident, operation.ident);
    out.push_str(&import(&path, &names));
    let facts = &operation.facts;
    let mut runtime = vec!["Call", "Effect", "Method", "Operation", "OperationInfo"];
    runtime.extend(facts.paging.iter().map(|_| "Paging"));
    runtime.extend(facts.resource.iter().flat_map(|_| ["Resource", "Role"]));
    let success = facts.verdict.iter().flat_map(|verdict| &verdict.success);
    runtime.extend(success.map(|_| "SuccessField"));
    runtime.extend(facts.verdict.iter().map(|_| "VerdictFields"));
    let confirm = || facts.look_up.iter().flat_map(|look_up| &look_up.confirm);
    runtime.extend(confirm().map(|_| "Confirm"));
    let dates = confirm().filter_map(|(_, list)| list.dates.as_ref());
    runtime.extend(dates.map(|_| "DateWindow"));
    runtime.extend(facts.verify.iter().map(|_| "Verify"));
    runtime.sort_unstable();
    out.push_str(&import("jdy_runtime", &runtime));
    let wire: Vec<&str> = operation
        .answer_uses
        .iter()
        .copied()
        .filter(|name| *name != "BTreeMap")
        .collect();
    if !wire.is_empty() {
        out.push_str(&import("jdy_wire", &wire));
    }
    out.push_str(&format!("\nuse super::{};\n", module.type_name));
}

fn import(path: &str, names: &[&str]) -> String {
    match names {
        [one] => format!("use {path}::{one};\n"),
        many => format!("use {path}::{{{}}};\n", many.join(", ")),
    }
}

fn constant(module: &ModulePlan, operation: &OperationPlan) -> Result<String, syn::Error> {
    let called = format!(
        "Called by [`{}::{}`], which has an example.",
        // rustdoc takes what follows a `#` for a place within a page.
        module.type_name,
        operation.stem
    );
    let doc = doc(&[&operation.title, "", &called]);
    let name = ident(&operation.constant);
    let answer = tokens(&operation.answer.to_string())?;
    let FactsPlan {
        id,
        path,
        module,
        title,
        page,
        ..
    } = &operation.facts;
    let (method, effect) = (
        ident(&operation.facts.method),
        ident(operation.facts.effect),
    );
    let key = operation.facts.key.iter();
    let resource = operation.facts.resource.as_ref().map(resource).into_iter();
    let look_up = operation.facts.look_up.as_ref();
    let verify = operation.facts.verify.iter();
    let verify = verify.map(|own| verify_by(own, look_up));
    let paging = operation.facts.paging.as_ref().map(paging).into_iter();
    let verdict = operation.facts.verdict.as_ref().map(verdict).into_iter();
    item(quote! {
        #doc
        pub static #name: Operation<Request, #answer> = Operation::new(OperationInfo {
            id: #id,
            method: Method::#method,
            path: #path,
            module: #module,
            title: #title,
            page: #page,
            effect: Effect::#effect,
            #(key: Some(#key),)*
            #(resource: Some(#resource),)*
            #(verify: Some(#verify),)*
            #(paging: Some(#paging),)*
            #(verdict: Some(#verdict),)*
            ..OperationInfo::EMPTY
        });
    })
}

fn pairs(pairs: &[(String, String)]) -> TokenStream {
    let pairs = pairs.iter().map(|(one, other)| quote! { (#one, #other) });
    quote! { &[#(#pairs),*] }
}

fn resource(resource: &Resource) -> TokenStream {
    let Resource { name, .. } = resource;
    let role = ident(&resource.role.as_str().to_upper_camel_case());
    let (entity, of, rows) = (
        some(resource.entity.as_ref()),
        some(resource.of.as_ref()),
        some(resource.rows.as_ref()),
    );
    let (id, number) = (some(resource.id.as_ref()), some(resource.number.as_ref()));
    let returns = pairs(&resource.returns);
    quote! {
        Resource {
            name: #name,
            role: Role::#role,
            entity: #entity,
            of: #of,
            rows: #rows,
            id: #id,
            number: #number,
            returns: #returns,
        }
    }
}

fn verify_by(verify: &Verify, look_up: Option<&LookUpPlan>) -> TokenStream {
    let Verify {
        operation, look, ..
    } = verify;
    let (by, with, matches) = (
        pairs(&verify.by),
        pairs(&verify.with),
        pairs(&verify.matches),
    );
    let confirm = look_up.and_then(|look_up| look_up.confirm.as_ref());
    let confirm = some(confirm.map(|(constant, list)| confirm_by(constant, list)));
    let look_up = some(look_up.map(|look_up| facts_of(&look_up.constant)));
    quote! {
        Verify {
            operation: #operation,
            by: #by,
            with: #with,
            matches: #matches,
            compare: &[#(#look),*],
            look_up: #look_up,
            confirm: #confirm,
        }
    }
}

/// The facts of an operation of the same module.
fn facts_of(constant: &str) -> TokenStream {
    let constant = ident(constant);
    quote! { super::#constant.info() }
}

fn confirm_by(constant: &str, list: &Confirmation) -> TokenStream {
    let shown = &list.shown;
    let argument = some(list.argument.as_ref());
    let dates = some(list.dates.as_ref().map(date_window));
    let (list_facts, with) = (facts_of(constant), pairs(&list.with));
    quote! {
        Confirm {
            list: #list_facts,
            argument: #argument,
            number: #shown,
            with: #with,
            dates: #dates,
        }
    }
}

fn date_window(window: &DateWindow) -> TokenStream {
    let DateWindow { field, from, until } = window;
    quote! {
        DateWindow {
            field: #field,
            from: #from,
            until: #until,
        }
    }
}

fn verdict(verdict: &Verdict) -> TokenStream {
    let (rows, of) = (some(verdict.rows.as_ref()), some(verdict.of.as_ref()));
    let ids = some(verdict.ids.as_ref());
    let (errors, message) = (&verdict.errors, some(verdict.message.as_ref()));
    let success = some(verdict.success.as_ref().map(success));
    quote! {
        VerdictFields {
            rows: #rows,
            of: #of,
            ids: #ids,
            success: #success,
            errors: &[#(#errors),*],
            message: #message,
        }
    }
}

fn success(success: &Success) -> TokenStream {
    let Success { field, yes, .. } = success;
    if success.is_flag {
        quote! { SuccessField::Flag(#field) }
    } else {
        quote! { SuccessField::Word { field: #field, yes: &[#(#yes),*] } }
    }
}

fn paging(plan: &PagingPlan) -> TokenStream {
    let PagingPlan { page, first, .. } = plan;
    let (location, encoding) = (ident(plan.location), ident(plan.encoding));
    let (size, count, pages) = (
        some(plan.size.as_ref()),
        some(plan.count.as_ref()),
        some(plan.pages.as_ref()),
    );
    let number = |number: Option<i64>| some(number.map(Literal::i64_unsuffixed));
    let (usual_size, max_size) = (number(plan.usual_size), number(plan.max_size));
    let first = Literal::i64_unsuffixed(*first);
    quote! {
        Paging {
            page: #page,
            location: jdy_wire::Location::#location,
            encoding: jdy_wire::Encoding::#encoding,
            first: #first,
            size: #size,
            default_page_size: #usual_size,
            max_size: #max_size,
            count: #count,
            pages: #pages,
        }
    }
}

/// What may be there, as an expression.
fn some(value: Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote! { Some(#value) },
        None => quote! { None },
    }
}

fn method(module: &ModulePlan, operation: &OperationPlan) -> Result<String, syn::Error> {
    let example = Example::of(module, operation).as_docs();
    let mut lines: Vec<&str> = vec![
        &operation.title,
        "",
        &operation.paragraph,
        "",
        &operation.link,
        "",
    ];
    lines.extend(example.iter().map(String::as_str));
    let doc = doc(&lines);
    let (group, name) = (ident(&module.type_name), ident(&operation.ident));
    let (constant, answer) = (
        ident(&operation.constant),
        tokens(&operation.answer.to_string())?,
    );
    let alias = alias(operation.alias.as_ref());
    let (argument, request) = match operation.argument {
        Argument::Request => (
            quote! { , request: impl Into<Request> },
            quote! { request.into() },
        ),
        Argument::Nothing => (quote! {}, quote! { Request::default() }),
    };
    item(quote! {
        impl #group<'_> {
            #doc
            #alias
            pub fn #name(&self #argument) -> Call<#answer> {
                self.client.call(&#constant, #request)
            }
        }
    })
}
