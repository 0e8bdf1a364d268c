//! The command by which a person looks up a call whose outcome is unknown.
//!
//! Owns that it asks the account set that was called, and reads a list to its end. Must not decide
//! what its answer means.

use std::fmt::Write as _;

use jdy::VerificationQuery;

use crate::language::say;
use crate::pages::rows_field;
use crate::request::Target;
use crate::settings::Settings;
use crate::shell::word;
use crate::spec::Spec;

/// Whom a call was sent to.
#[derive(Clone, Copy)]
pub(crate) struct Called<'a> {
    pub(crate) settings: &'a Settings,
    /// Of the account set, where it is known.
    pub(crate) app_key: Option<&'a str>,
}

/// A command for each document. For documents without a query, what a person can do instead.
pub(crate) fn words(query: &VerificationQuery, called: Called<'_>) -> String {
    // What parts two commands for a shell, in every language: they are pasted together.
    let commands = commands(query, called).join("; ");
    let missing = query.missing.join(", ");
    match (commands.as_str(), missing.as_str()) {
        (_, "") => commands,
        ("", _) => say!("look-up-impossible", missing = missing),
        _ => {
            let more = say!("look-up-incomplete", missing = missing);
            say!("message-and-more", message = commands, more = more)
        }
    }
}

/// A command for each document that has a query.
pub(crate) fn commands(query: &VerificationQuery, called: Called<'_>) -> Vec<String> {
    let Called { settings, app_key } = called;
    let mut options = String::new();
    // The first page alone may lack the record, and a record that is missed is paid twice.
    if is_list(query.operation) {
        options.push_str(" --all");
    }
    // Whoever pastes it may have the settings of another shop, which does not have the record.
    if let Some(app_key) = app_key {
        let _ = write!(options, " {}", word(&format!("--expect-app-key={app_key}")));
    }
    for option in settings.options() {
        // Writing to a String does not fail.
        let _ = write!(options, " {}", word(&option));
    }
    let file = settings.named_file();
    let file = file.map(|file| format!("JDY_CONFIG={} ", word(&file.to_string_lossy())));
    let file = file.unwrap_or_default();
    let mut commands: Vec<String> = Vec::new();
    for ask in &query.asks {
        let mut command = format!("{file}jdy call {}", query.operation);
        for (name, value) in &ask.arguments {
            // A single @ names a file, and what stands in there is another record.
            let literal = if value.starts_with('@') { "@" } else { "" };
            let _ = write!(command, " {}", word(&format!("{name}={literal}{value}")));
        }
        command.push_str(&options);
        if !commands.contains(&command) {
            commands.push(command);
        }
    }
    commands
}

/// Whether `--all` can read it.
pub(crate) fn is_list(operation: &str) -> bool {
    let Ok(Target::Known(operation)) = Target::find(operation) else {
        return false;
    };
    let info = operation.info();
    info.paging.is_some() && Spec::read().is_ok_and(|spec| rows_field(info, &spec).is_some())
}
