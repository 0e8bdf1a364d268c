//! The command `jdy`: lists, shows, signs and calls the operations of the Kingdee JDY API, or runs
//! the sandbox.
//!
//! Owns the dispatch to the subcommands. Must not hold a rule of the API: those are the SDK's.
#![allow(
    clippy::disallowed_methods,
    reason = "a command runs on this machine's time"
)]

mod arguments;
mod batch;
mod call;
mod client;
mod csv_text;
mod dry_run;
mod exit;
mod interrupt;
mod json;
mod ops;
mod output;
mod pages;
mod request;
mod sandbox;
mod show;
mod sign;
mod spec;
mod table;
mod template;
mod terminal;
mod value;

use std::process::ExitCode;

use crate::arguments::Command;

fn main() -> ExitCode {
    let command = match arguments::read() {
        Ok(command) => command,
        Err(no_command) => return exit::without_command(&no_command),
    };
    exit::report(match command {
        Command::Ops(arguments) => ops::run(&arguments),
        Command::Show(arguments) => show::run(&arguments),
        Command::Template(arguments) => template::run(&arguments),
        Command::Sign(arguments) => sign::run(arguments),
        Command::Call(arguments) => call::run(arguments),
        Command::Batch(arguments) => batch::answer(arguments),
        Command::Sandbox(arguments) => sandbox::run(arguments),
    })
}
