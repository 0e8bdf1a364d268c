//! The files of `jdy-model`, and of the crates that hold types of one module each.
//!
//! Owns their layout. Must not decide a name or a type. Must not use: `crate::files`,
//! `jdy_spec::tree`.

use std::collections::{BTreeSet, HashMap};

use proc_macro2::TokenStream;
use quote::quote;
use syn::Token;

use crate::plan::{
    CodesPlan, FieldPlan, Item, MODEL, ModulePlan, OperationPlan, Plan, RecordPlan, RequiredPlan,
};

use super::{alias, banner, doc, doc_line, ident, item, print, table};

/// `lib.rs`
pub(super) fn library(plan: &Plan) -> String {
    let mut out = banner("spec/openapi.yaml");
    out.push_str(
        "//! Request and response types of the Kingdee JDY API, one module for each operation.\n\
         //!\n\
         //! Each module holds the types of one operation: `Required` and `Request` where it takes fields,\n\
         //! its entities by the names of the vendor's page, and `Data`, what its answer holds.\n",
    );
    for module in plan
        .modules
        .iter()
        .filter(|each| each.models.contains(MODEL))
    {
        out.push_str(&format!(
            "\n#[cfg(feature = \"{}\")]\n#[rustfmt::skip]\npub mod {};\n",
            module.name, module.ident
        ));
    }
    out
}

/// `lib.rs` of a crate that holds types of one module.
pub(super) fn own_library(module: &ModulePlan) -> String {
    let mut out = banner("spec/openapi.yaml");
    out.push_str(&format!(
        "//! Request and response types of the Kingdee JDY API, for the module `{}`: in a crate of their\n\
         //! own, so that cargo works on them beside the others.\n\n\
         #[rustfmt::skip]\npub mod {};\n",
        module.name, module.ident
    ));
    out
}

/// `ls/mod.rs` of one of its crates.
pub(super) fn module(module: &ModulePlan, model: &str) -> String {
    let mut out = banner("spec/openapi.yaml");
    out.push_str(&format!("//! {}\n\n", module.doc));
    for operation in module.operations_of(model) {
        if let Some(alias) = &operation.alias {
            out.push_str(&format!("#[doc(alias = {alias:?})]\n"));
        }
        out.push_str(&format!("pub mod {};\n", operation.ident));
    }
    out
}

/// `ls/mall_recharge.rs`
pub(super) fn operation(
    module: &ModulePlan,
    operation: &OperationPlan,
) -> Result<String, syn::Error> {
    let mut out = banner(&operation.source);
    out.push_str(&format!(
        "//! {}\n//!\n//! {}\n//!\n//! Called by `client.{}().{}(..)`, whose docs have an example.\n//!\n//! {}\n",
        operation.headline, operation.paragraph, module.ident, operation.ident, operation.link
    ));
    uses(&operation.wire_uses, &mut out);
    let mut types = Types::default();
    for each in &operation.items {
        match each {
            Item::Record(record) => {
                if let Some(required) = &record.required {
                    out.push('\n');
                    out.push_str(&required_struct(required, &mut types)?);
                }
                out.push('\n');
                out.push_str(&record_struct(record, &mut types)?);
                out.push('\n');
                out.push_str(&table::record(record));
            }
            Item::Codes(codes) => {
                out.push('\n');
                out.push_str(&codes_enum(codes)?);
                out.push('\n');
                out.push_str(&table::codes(codes));
            }
        }
    }
    if let Some(rows) = &operation.rows {
        out.push('\n');
        out.push_str(&table::rows(rows));
    }
    Ok(out)
}

/// The imports: the standard library's map, and what there is of the wire crate.
fn uses(names: &BTreeSet<&'static str>, out: &mut String) {
    let wire: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| *name != "BTreeMap")
        .collect();
    if names.contains("BTreeMap") {
        out.push_str("\nuse std::collections::BTreeMap;\n");
    }
    match wire.as_slice() {
        [] => {}
        [one] => out.push_str(&format!("\nuse jdy_wire::{one};\n")),
        many => out.push_str(&format!("\nuse jdy_wire::{{{}}};\n", many.join(", "))),
    }
}

fn required_struct(required: &RequiredPlan, types: &mut Types) -> Result<String, syn::Error> {
    let (doc, name) = (doc(&[&required.doc]), ident(&required.name));
    let shell = quote! {
        #doc
        #[derive(Debug)]
        pub struct #name {}
    };
    filled(shell, &required.fields, types)
}

fn record_struct(record: &RecordPlan, types: &mut Types) -> Result<String, syn::Error> {
    let (doc, name) = (doc(&[&record.doc]), ident(&record.name));
    let required = record.required.iter().map(|required| {
        let ty = ident(&required.name);
        quote! {
            #[doc = " What must be there."]
            pub required: #ty,
        }
    });
    let shell = quote! {
        #doc
        #[non_exhaustive]
        pub struct #name {
            #(#required)*
        }
    };
    filled(shell, &record.fields, types)
}

/// A struct with these fields added. Nearly all that is generated is such fields, so they are made
/// as what tokens would be parsed to.
fn filled(
    shell: TokenStream,
    fields: &[FieldPlan],
    types: &mut Types,
) -> Result<String, syn::Error> {
    let mut item: syn::ItemStruct = syn::parse2(shell)?;
    if let syn::Fields::Named(named) = &mut item.fields {
        for field in fields {
            named.named.push(syn::Field {
                attrs: vec![doc_attribute(&field.doc)],
                vis: syn::Visibility::Public(<Token![pub]>::default()),
                modifiers: syn::FieldModifiers::default(),
                ident: Some(ident(&field.ident)),
                colon_token: None,
                ty: types.parsed(&field.ty())?,
                default: None,
            });
        }
    }
    Ok(print(syn::Item::Struct(item)))
}

fn doc_attribute(line: &str) -> syn::Attribute {
    let value = syn::Expr::Lit(syn::ExprLit {
        attrs: Vec::new(),
        lit: syn::Lit::new(doc_line(line)),
    });
    syn::Attribute {
        pound_token: <Token![#]>::default(),
        style: syn::AttrStyle::Outer,
        bracket_token: syn::token::Bracket::default(),
        meta: syn::Meta::NameValue(syn::MetaNameValue {
            path: ident("doc").into(),
            eq_token: <Token![=]>::default(),
            value,
        }),
    }
}

/// The types of a file, each parsed once.
#[derive(Default)]
struct Types(HashMap<String, syn::Type>);

impl Types {
    fn parsed(&mut self, text: &str) -> Result<syn::Type, syn::Error> {
        if let Some(ty) = self.0.get(text) {
            return Ok(ty.clone());
        }
        let ty: syn::Type = syn::parse_str(text)?;
        self.0.insert(text.to_owned(), ty.clone());
        Ok(ty)
    }
}

fn codes_enum(codes: &CodesPlan) -> Result<String, syn::Error> {
    let (docs, name) = (doc(&[&codes.doc]), ident(&codes.name));
    let variants = codes.variants.iter().map(|variant| {
        let (doc, alias, name) = (
            doc(&[&variant.doc]),
            alias(variant.alias.as_ref()),
            ident(&variant.ident),
        );
        quote! { #doc #alias #name, }
    });
    item(quote! {
        #docs
        #[non_exhaustive]
        pub enum #name {
            #(#variants)*
            #[doc = " A code that the spec does not know."]
            Other(String),
        }
    })
}
