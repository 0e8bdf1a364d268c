//! The words that clap itself writes: headings, defaults, and what is wrong with arguments.
//!
//! Owns their form in a language that clap does not speak; English stays clap's own. Must not know
//! the arguments.

use clap::builder::PossibleValue;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, Error};
use unicode_width::UnicodeWidthStr as _;

use super::{Language, say};

/// The command with clap's words in the language of the process.
pub(crate) fn in_words(mut command: Command) -> Command {
    if Language::current() == Language::English {
        return command;
    }
    // Only then are the options and the command for help among the others.
    command.build();
    translated(command)
}

fn translated(mut command: Command) -> Command {
    let usage = of_usage(&command.render_usage().to_string());
    let template = template(&command);
    let shows_long = command.get_arguments().any(describes_values);
    let command = command
        .override_usage(usage)
        .help_template(template)
        .mut_args(|argument| translated_argument(argument, shows_long))
        .mut_subcommands(translated);
    match command.get_name() {
        "help" => command.about(say!("clap-help-command")),
        _ => command,
    }
}

/// The lines of usage without their heading, under which all but the first are indented.
fn of_usage(text: &str) -> String {
    const HEADING: &str = "Usage:";
    let text = text.trim();
    let text = text.strip_prefix(HEADING).unwrap_or(text).trim_start();
    let indent = " ".repeat(say!("clap-usage").width());
    text.replace(
        &format!("\n{} ", " ".repeat(HEADING.len())),
        &format!("\n{indent}"),
    )
    .replace("[OPTIONS]", &say!("clap-any-options"))
    .replace("<COMMAND>", &format!("<{}>", say!("clap-a-command")))
    .replace("[COMMAND]", &format!("[{}]", say!("clap-a-command")))
}

/// The parts of a help in clap's own order, without those that the command does not have.
fn template(command: &Command) -> String {
    let style = command.get_styles().get_header();
    let headed = |heading: String, tag: &str| format!("{style}{heading}{style:#}\n{{{tag}}}");
    let usage = say!("clap-usage");
    let mut parts = vec![format!(
        "{{before-help}}{{about-with-newline}}\n{style}{usage}{style:#}{{usage}}"
    )];
    if command.has_subcommands() {
        parts.push(headed(say!("clap-commands"), "subcommands"));
    }
    if command.get_positionals().next().is_some() {
        parts.push(headed(say!("clap-arguments"), "positionals"));
    }
    parts.push(headed(say!("clap-options"), "options"));
    parts.join("\n\n") + "{after-help}"
}

fn describes_values(argument: &Arg) -> bool {
    let values = argument.get_possible_values();
    values.iter().any(|value| value.get_help().is_some())
}

fn translated_argument(argument: Arg, shows_long: bool) -> Arg {
    let help = match argument.get_id().as_str() {
        "help" if shows_long => {
            let argument = argument.help(say!("clap-help-short"));
            return argument.long_help(say!("clap-help-long"));
        }
        "help" => return argument.help(say!("clap-help")),
        "version" => return argument.help(say!("clap-version")),
        _ => argument.get_help().map(ToString::to_string),
    };
    let help = help.unwrap_or_default();
    let values = argument.get_possible_values();
    let default = defaults(&argument);
    let short: Vec<String> = [help.clone()]
        .into_iter()
        .chain(default.clone())
        .chain(names(&values))
        .collect();
    let values = if describes_values(&argument) {
        descriptions(&values)
    } else {
        names(&values)
    };
    let long: Vec<String> = [help].into_iter().chain(values).chain(default).collect();
    let argument = argument
        .hide_default_value(true)
        .hide_possible_values(true)
        .help(short.join(" "));
    match shows_long {
        true => argument.long_help(long.join("\n\n")),
        false => argument,
    }
}

fn defaults(argument: &Arg) -> Option<String> {
    let values = argument.get_default_values().iter();
    let values: Vec<_> = values.map(|value| value.to_string_lossy()).collect();
    let takes_value = argument.get_action().takes_values();
    (takes_value && !values.is_empty()).then(|| say!("clap-default", values = values.join(" ")))
}

fn names(values: &[PossibleValue]) -> Option<String> {
    let names: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
    (!names.is_empty()).then(|| say!("clap-values", values = names.join(", ")))
}

fn descriptions(values: &[PossibleValue]) -> Option<String> {
    let lines = values.iter().map(|value| {
        let help = value.get_help().map(ToString::to_string);
        let help = help.unwrap_or_default();
        say!("clap-value", name = value.get_name(), help = help)
    });
    let lines: Vec<String> = lines.collect();
    (!lines.is_empty()).then(|| say!("clap-described-values", lines = lines.join("\n")))
}

/// What is wrong with arguments, as a text of some lines.
pub(crate) fn refusal(error: &Error) -> String {
    let own = error.render().to_string();
    if Language::current() == Language::English {
        return own.strip_prefix("error: ").unwrap_or(&own).to_owned();
    }
    let mut text = what(error);
    for kind in [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ] {
        if let Some(names) = context(error, kind) {
            text.push_str(&format!(
                "\n\n  {}",
                say!("clap-did-you-mean", names = names)
            ));
        }
    }
    if let Some(usage) = context(error, ContextKind::Usage) {
        text.push_str(&format!("\n\n{}{}", say!("clap-usage"), of_usage(&usage)));
    }
    text.push_str(&format!("\n\n{}\n", say!("clap-try-help")));
    text
}

fn what(error: &Error) -> String {
    let get = |kind| context(error, kind).unwrap_or_default();
    let argument = get(ContextKind::InvalidArg);
    let value = get(ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let name = get(ContextKind::InvalidSubcommand);
            say!("clap-unknown-command", name = name)
        }
        ErrorKind::UnknownArgument => say!("clap-unknown-argument", name = argument),
        ErrorKind::MissingRequiredArgument => say!("clap-missing", names = argument),
        ErrorKind::InvalidValue if value.is_empty() => say!("clap-no-value", name = argument),
        ErrorKind::InvalidValue => {
            let values = get(ContextKind::ValidValue);
            say!(
                "clap-other-values",
                value = value,
                name = argument,
                values = values
            )
        }
        ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error).map(ToString::to_string);
            let why = why.unwrap_or_default();
            say!(
                "clap-refused-value",
                value = value,
                name = argument,
                why = why
            )
        }
        ErrorKind::ArgumentConflict => match get(ContextKind::PriorArg) {
            other if other == argument => say!("clap-twice", name = argument),
            other => say!("clap-conflict", name = argument, other = other),
        },
        kind => say!("clap-other", why = kind, name = argument),
    }
}

/// What clap knows of an error, as text.
fn context(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join(", ")),
        ContextValue::StyledStr(text) => Some(text.to_string()),
        _ => None,
    }
}
