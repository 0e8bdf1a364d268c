//! From the plan to the text of every file. Pure: the same plan gives the same bytes.
//!
//! Structs, constants and methods are tokens that prettyplease prints; the tables within `record!`
//! and `codes!`, one line for each field, are printed by `table`, since a formatter fills the body
//! of a macro. Owns which files there are. Must not decide a name or a type. Must not use:
//! `crate::files`, `jdy_spec::model`.

pub(crate) mod example;
mod facade;
mod manifest;
mod model;
mod operations;
mod proof;
pub mod readme;
mod table;

use std::collections::BTreeMap;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;

use crate::plan::{MODEL, ModulePlan, OperationPlan, Plan};
use jdy_spec::bundle;
use jdy_spec::diagnostic::{Diagnostic, Diagnostics, Span as Place};
use jdy_spec::load::Spec;
use jdy_spec::parallel;

pub use manifest::{MANIFESTS, modules};

/// The crate of the operations.
const OPERATIONS: &str = "jdy-operations";

/// The folders that the generator owns whole, within the folder of the crates.
pub const OWNED: [&str; 2] = ["jdy-model/src", "jdy-operations/src"];

/// How the folder of a crate begins that holds types of one module: the generator owns it whole,
/// its manifest included.
pub const OWN_CRATE: &str = "jdy-model-";

/// The modules of the crate that users depend on.
pub const MODULES: &str = "jdy/src/modules.rs";

/// The examples of all operations as functions, beside the folder of the crates.
pub const PROOF: &str = "../tests/operations";

/// The bundled spec, which the sandbox embeds.
pub const BUNDLE: &str = "jdy-sandbox/spec.json";

/// What a module of the spec cannot be called: the modules and crates that the generated crates, the
/// facade and the tests name themselves, and the files of which cargo makes programs.
const OWN_MODULES: [&str; 11] = [
    "bin",
    "client_ext",
    "jdy_model",
    "jdy_operations",
    "jdy_runtime",
    "jdy_wire",
    "lib",
    "mod",
    "operations",
    "prelude",
    "types",
];

const OTHER_MODULE: &str = "give its operations another module in their files (`operationId`, `tags`), and declare that one";

/// Renders every file, by its path within the folder of the crates. `manifests` holds the
/// manifests as they are: only the block of features in them is the generator's.
pub fn render(
    plan: &Plan,
    spec: &Spec,
    manifests: &BTreeMap<&'static str, String>,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    match operation_files(plan) {
        Ok(rendered) => files.extend(rendered),
        // The plan makes only names that Rust takes, so this is a mistake of the generator.
        Err(error) => diagnostics.add(Diagnostic::error(
            Place::default(),
            format!("the generator made something that is no Rust: {error}"),
        )),
    }
    for module in &plan.modules {
        let name = &module.name;
        for model in &module.models {
            let text = model::module(module, model);
            files.insert(format!("{model}/src/{name}/mod.rs"), text);
        }
        files.insert(
            format!("{OPERATIONS}/src/{name}/mod.rs"),
            operations::module(module),
        );
        for model in module.own_crates() {
            files.insert(format!("{model}/src/lib.rs"), model::own_library(module));
            files.insert(format!("{model}/Cargo.toml"), manifest::own(model));
            let text = manifest::own_readme(module, model);
            files.insert(format!("{model}/README.md"), text);
        }
    }
    files.insert(format!("{MODEL}/src/lib.rs"), model::library(plan));
    files.insert(
        format!("{OPERATIONS}/src/lib.rs"),
        operations::library(plan),
    );
    files.insert(
        format!("{OPERATIONS}/src/client_ext.rs"),
        facade::client_ext(plan),
    );
    files.insert(MODULES.to_owned(), facade::modules(plan));
    files.insert(BUNDLE.to_owned(), bundle::by_lines(spec));
    own_names(plan, diagnostics);
    for (path, text) in manifests {
        if let Some(module) = manifest::clash(path, text, plan) {
            let what = format!(
                "the module `{}` has the name of a feature of {path} that is none of a module",
                module.name
            );
            let help =
                format!("cargo reads no manifest that names a feature twice; {OTHER_MODULE}");
            diagnostics.add(Diagnostic::error(Place::default(), what).help(help));
        }
        files.insert((*path).to_owned(), manifest::render(path, text, plan));
    }
    files
}

/// Reports each module whose name is taken.
fn own_names(plan: &Plan, diagnostics: &mut Diagnostics) {
    let taken = |module: &&ModulePlan| OWN_MODULES.contains(&module.name.as_str());
    for module in plan.modules.iter().filter(taken) {
        let what = format!(
            "the module `{}` has a name that the generated crates have for something else",
            module.name
        );
        diagnostics.add(Diagnostic::error(Place::default(), what).help(OTHER_MODULE));
    }
}

/// The files that stand beside the folder of the crates, in the workspace.
#[must_use]
pub fn proof(plan: &Plan) -> BTreeMap<String, String> {
    let modules = plan.modules.iter();
    let mut files: BTreeMap<String, String> = modules
        .map(|module| {
            let path = format!("{PROOF}/{}.rs", module.name);
            (path, proof::module(module))
        })
        .collect();
    files.insert(format!("{PROOF}/mod.rs"), proof::library(plan));
    files
}

/// Renders the two files of every operation, on all cores: this is where the time goes.
fn operation_files(plan: &Plan) -> Result<Vec<(String, String)>, syn::Error> {
    let work: Vec<(&ModulePlan, &OperationPlan)> = plan
        .modules
        .iter()
        .flat_map(|module| {
            module
                .operations
                .iter()
                .map(move |operation| (module, operation))
        })
        .collect();
    let mut files = Vec::with_capacity(work.len() * 2);
    for pair in parallel::map(&work, two_files) {
        files.extend(pair?);
    }
    Ok(files)
}

fn two_files(
    (module, operation): &(&ModulePlan, &OperationPlan),
) -> Result<[(String, String); 2], syn::Error> {
    let path = |name: &str| format!("{name}/src/{}/{}.rs", module.name, operation.stem);
    Ok([
        (path(&operation.model), model::operation(module, operation)?),
        (path(OPERATIONS), operations::operation(module, operation)?),
    ])
}

/// The first line of every generated file.
fn banner(source: &str) -> String {
    format!("// Generated by `cargo xtask gen` from {source}. Do not edit.\n")
}

/// Prints one item.
fn item(tokens: TokenStream) -> Result<String, syn::Error> {
    Ok(print(syn::parse2(tokens)?))
}

fn print(item: syn::Item) -> String {
    prettyplease::unparse(&syn::File {
        shebang: None,
        frontmatter: None,
        attrs: Vec::new(),
        items: vec![item],
    })
}

/// A name as a token.
fn ident(name: &str) -> Ident {
    match name.strip_prefix("r#") {
        Some(keyword) => Ident::new_raw(keyword, Span::call_site()),
        None => Ident::new(name, Span::call_site()),
    }
}

/// A type or expression that the plan wrote down.
fn tokens(text: &str) -> Result<TokenStream, syn::Error> {
    text.parse::<TokenStream>().map_err(syn::Error::from)
}

/// Docs, one attribute for each line.
fn doc(lines: &[&str]) -> TokenStream {
    let lines = lines.iter().map(|line| doc_line(line));
    quote! { #(#[doc = #lines])* }
}

/// What stands in the attribute of a line of docs.
fn doc_line(line: &str) -> Literal {
    match line {
        "" => literal(""),
        line => literal(&format!(" {line}")),
    }
}

/// A text as a token. Whether each sign of a text may be shown is a costly question, and most texts
/// hold only letters and signs that nobody escapes.
fn literal(text: &str) -> Literal {
    let is_plain = |sign: char| match sign {
        '"' | '\\' => false,
        ' '..='~' | '\u{3001}'..='\u{3011}' | '\u{4e00}'..='\u{9fa5}' | '\u{ff01}'..='\u{ff5e}' => {
            true
        }
        _ => false,
    };
    let quoted = || format!("\"{text}\"").parse().ok();
    let plain = text.chars().all(is_plain).then(quoted).flatten();
    plain.unwrap_or_else(|| Literal::string(text))
}

/// A word that rustdoc's search finds an item by.
fn alias(word: Option<&String>) -> TokenStream {
    match word {
        Some(word) => quote! { #[doc(alias = #word)] },
        None => TokenStream::new(),
    }
}
