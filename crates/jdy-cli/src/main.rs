//! The command `jdy`: lists, shows, signs and calls the operations of the Kingdee JDY API, or runs
//! the sandbox.
//!
//! Owns the dispatch to the subcommands. Must not hold a rule of the API: those are the SDK's.
#![allow(
    clippy::disallowed_methods,
    reason = "a command runs on this machine's time"
)]

mod accounts;
mod arguments;
mod batch;
mod call;
mod client;
mod clock;
mod csv_text;
mod doctor;
mod dry_run;
mod exit;
mod generated;
mod interrupt;
mod json;
mod language;
mod look_up;
mod mcp;
mod ops;
mod output;
mod pages;
mod profile;
mod request;
mod sandbox;
mod settings;
mod settling;
mod shell;
mod show;
mod sign;
mod spec;
mod stderr;
mod table;
mod template;
mod terminal;
mod value;

use std::process::ExitCode;

use crate::arguments::Command;

fn main() -> ExitCode {
    let (command, global) = match arguments::read() {
        Ok(read) => read,
        Err(no_command) => return exit::without_command(&no_command),
    };
    exit::report(match command {
        Command::Ops(arguments) => ops::run(&arguments),
        Command::Show(arguments) => show::run(&arguments),
        Command::Template(arguments) => template::run(&arguments),
        Command::Sign(arguments) => sign::run(arguments, &global),
        Command::Call(arguments) => call::run(arguments, &global),
        Command::Batch(arguments) => batch::answer(arguments, &global),
        Command::Accounts(arguments) => accounts::run(&arguments, &global),
        Command::Doctor(arguments) => doctor::run(arguments.account.as_deref(), &global),
        Command::Mcp(arguments) => mcp::run(arguments, global),
        Command::Completions(arguments) => generated::completions(arguments.shell),
        Command::Man(arguments) => generated::man(arguments.folder.as_deref()),
        Command::Sandbox(arguments) => sandbox::run(arguments),
    })
}
