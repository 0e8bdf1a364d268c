//! The example of an operation: the lines of code that call it.
//!
//! Owns how a value is written as Rust. The docs of a method, the page of an operation and the
//! function that the compiler checks are made of the same lines. Must not decide which fields are
//! set. Must not use: `crate::files`, `jdy_spec`.

use std::collections::BTreeSet;

use crate::plan::sample::{FieldSample, RecordSample, Sample};
use crate::plan::{Argument, ModulePlan, OperationPlan, RustType};

/// The code of an example.
pub(crate) struct Example {
    /// The imports.
    pub(crate) uses: Vec<String>,
    /// The statements; a client is there as `client`, and errors are returned.
    pub(crate) body: Vec<String>,
}

/// What stands around the statements.
const HEAD: &str =
    "async fn example(client: &jdy::Client) -> Result<(), Box<dyn std::error::Error>> {";

impl Example {
    /// The example of an operation.
    pub(crate) fn of(module: &ModulePlan, operation: &OperationPlan) -> Self {
        let mut writer = Writer::default();
        let mut body = Vec::new();
        let request = match operation.argument {
            Argument::Nothing => String::new(),
            Argument::Request => writer.request(&operation.sample),
        };
        body.append(&mut writer.before);
        let argument = match request.contains(".with(") {
            false => request,
            true => {
                body.extend(lines(&format!("let request = {request};")));
                "request".to_owned()
            }
        };
        let call = format!("client.{}().{}({argument})", module.ident, operation.ident);
        body.extend(lines(&statements(operation, &call)));
        Self {
            uses: writer.uses(module, operation),
            body,
        }
    }

    /// The lines of a code block of rustdoc, which hides what stands around the statements.
    pub(super) fn as_docs(&self) -> Vec<String> {
        let mut out = vec!["```no_run".to_owned()];
        out.extend(self.uses.iter().cloned());
        out.push(format!("# {HEAD}"));
        out.push(String::new());
        out.extend(self.body.iter().cloned());
        out.extend(["# Ok(())", "# }", "```"].map(str::to_owned));
        out
    }

    /// A whole function with its imports, each line behind this indentation.
    pub(crate) fn as_function(&self, indent: &str) -> String {
        let mut out = String::new();
        let mut line = |depth: &str, text: &str| match text {
            "" => out.push('\n'),
            text => out.push_str(&format!("{indent}{depth}{text}\n")),
        };
        self.uses.iter().for_each(|text| line("", text));
        line("", "");
        line("", HEAD);
        self.body.iter().for_each(|text| line("    ", text));
        line("    ", "Ok(())");
        line("", "}");
        out
    }
}

fn lines(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines().map(str::to_owned)
}

/// The call, and what is printed of its answer.
fn statements(operation: &OperationPlan, call: &str) -> String {
    let print = |name: &str| {
        let fields = operation.shown.iter();
        let fields: Vec<String> = fields.map(|field| format!("{name}.{field}")).collect();
        match fields.is_empty() {
            true => format!("println!(\"{{{name}:?}}\");"),
            false => {
                let holes = vec!["{}"; fields.len()].join(" ");
                format!("println!(\"{holes}\", {});", fields.join(", "))
            }
        }
    };
    if operation.rows.is_some() {
        return format!(
            "let mut rows = {call}.rows();\n\
             while let Some(row) = rows.next().await {{\n\
             \x20   let row = row?;\n\
             \x20   {}\n}}",
            print("row")
        );
    }
    match operation.answer {
        RustType::NoData => format!("{call}.await?;"),
        _ => format!("let answer = {call}.await?;\n{}", print("answer")),
    }
}

/// Whether `?` may stand where a value is written: not within a closure.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Function,
    Closure,
}

#[derive(Default)]
struct Writer {
    /// Types of the operation that are named.
    types: BTreeSet<String>,
    /// Types of the crate that are named.
    scalars: BTreeSet<&'static str>,
    /// Statements that must stand before the request.
    before: Vec<String>,
}

impl Writer {
    fn uses(&self, module: &ModulePlan, operation: &OperationPlan) -> Vec<String> {
        let path = format!("jdy::{}::{}", module.ident, operation.ident);
        let types: Vec<&str> = self.types.iter().map(String::as_str).collect();
        let scalars: Vec<&str> = self.scalars.iter().copied().collect();
        let mut uses = vec!["use jdy::prelude::*;".to_owned()];
        uses.extend(import("jdy", &scalars));
        uses.extend(import(&path, &types));
        uses
    }

    /// The request, as what the method takes.
    fn request(&mut self, sample: &RecordSample) -> String {
        match (&sample.required, sample.more.as_slice()) {
            (Some(_), []) => self.required(sample, "", Place::Function),
            _ => self.record(sample, "", Place::Function),
        }
    }

    fn value(&mut self, sample: &Sample, indent: &str, place: Place) -> String {
        match sample {
            Sample::Text(text) => format!("{text:?}.into()"),
            Sample::Integer(number) => number.to_string(),
            Sample::Flag(flag) => flag.to_string(),
            Sample::Decimal(text) => format!("dec!({text})"),
            Sample::Date(text) => self.parsed("Date", "date", text, place),
            Sample::DateTime(text) => self.parsed("DateTime", "time", text, place),
            Sample::EpochMillis(millis) => {
                self.scalars.insert("EpochMillis");
                format!("EpochMillis({})", grouped(*millis))
            }
            Sample::Code { ty, variant, .. } => {
                self.types.insert(ty.clone());
                format!("{ty}::{variant}")
            }
            Sample::Any => self.any(place),
            Sample::Map => "[(\"name\".into(), \"text\".into())].into()".to_owned(),
            Sample::File => {
                self.scalars.insert("File");
                "File::from_path(\"picture.png\")".to_owned()
            }
            Sample::List(None) => "Vec::new()".to_owned(),
            Sample::List(Some(item)) => format!("vec![{}]", self.value(item, indent, place)),
            Sample::Record(record) => self.record(record, indent, place),
        }
    }

    /// A value that is read from text. Within a closure it is a variable of its own, made before.
    fn parsed(&mut self, ty: &'static str, name: &str, text: &str, place: Place) -> String {
        match place {
            Place::Function => format!("{text:?}.parse()?"),
            Place::Closure => {
                self.scalars.insert(ty);
                self.variable(name, &format!(": {ty} = {text:?}.parse()?;"))
            }
        }
    }

    fn any(&mut self, place: Place) -> String {
        self.scalars.insert("Json");
        let made = "Json::new(\"{}\")?";
        match place {
            Place::Function => made.to_owned(),
            Place::Closure => self.variable("json", &format!(" = {made};")),
        }
    }

    /// Makes a variable, and returns its name.
    fn variable(&mut self, name: &str, rest: &str) -> String {
        let same = self.before.iter().find_map(|line| {
            let named = line.strip_prefix("let ")?.strip_suffix(rest)?;
            named.starts_with(name).then(|| named.to_owned())
        });
        if let Some(named) = same {
            return format!("{named}{}", clone_of(name));
        }
        let own = self.before.iter();
        let others = own
            .filter(|line| line.starts_with(&format!("let {name}")))
            .count();
        let named = match others {
            0 => name.to_owned(),
            others => format!("{name}_{}", others + 1),
        };
        self.before.push(format!("let {named}{rest}"));
        format!("{named}{}", clone_of(name))
    }

    /// A record, as a value of its own type.
    fn record(&mut self, sample: &RecordSample, indent: &str, place: Place) -> String {
        let base = match &sample.required {
            Some(_) => self.required(sample, indent, place),
            None => {
                self.types.insert(sample.name.clone());
                format!("{}::default()", sample.name)
            }
        };
        match (&sample.required, sample.more.as_slice()) {
            (Some(_), []) => format!("{base}.into()"),
            (None, []) => base,
            (_, [one]) => {
                let value = self.value(&one.value, indent, Place::Closure);
                format!("{base}.with(|r| r.{} = {})", one.ident, set(one, &value))
            }
            (_, several) => {
                let deeper = format!("{indent}    ");
                let mut out = format!("{base}.with(|r| {{\n");
                for field in several {
                    let value = self.value(&field.value, &deeper, Place::Closure);
                    let value = set(field, &value);
                    out.push_str(&format!("{deeper}r.{} = {value};\n", field.ident));
                }
                out.push_str(&format!("{indent}}})"));
                out
            }
        }
    }

    /// The literal of a record's required fields.
    fn required(&mut self, sample: &RecordSample, indent: &str, place: Place) -> String {
        let name = sample.required.as_deref().unwrap_or(&sample.name);
        self.types.insert(name.to_owned());
        let deeper = format!("{indent}    ");
        let mut out = format!("{name} {{\n");
        for field in &sample.must {
            let value = self.value(&field.value, &deeper, place);
            out.push_str(&format!("{deeper}{}: {value},\n", field.ident));
        }
        out.push_str(&format!("{indent}}}"));
        out
    }
}

/// What a field is set to: one with a default is no `Option`.
fn set(field: &FieldSample, value: &str) -> String {
    match field.is_option {
        true => format!("Some({value})"),
        false => value.to_owned(),
    }
}

/// Where a variable is used within a closure and may be used again.
fn clone_of(name: &str) -> &'static str {
    match name {
        "json" => ".clone()",
        _ => "",
    }
}

fn import(path: &str, names: &[&str]) -> Option<String> {
    match names {
        [] => None,
        [one] => Some(format!("use {path}::{one};")),
        several => Some(format!("use {path}::{{{}}};", several.join(", "))),
    }
}

/// A number with its thousands apart.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::from(if number < 0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out
}
