//! The chaos run: client processes work through lists of recharges and documents while gateway,
//! network and machine fail; then they look unknown documents up. At the end the ledger and the store
//! of the gateway are compared with what the clients report.
//!
//! Owns the exit status. Must not know how a role does its work.
//!
//! `cargo xtask chaos [--calls N] [--seed S]`. The faults, the kills and the lists come from the
//! seed; in which order calls arrive, and so which of them a fault hits, depends on the machine.
//!
//! `--fleet` asks for the run over shared lists instead ([`shared_list`]).
//!
//! `--wrong HOW` makes clients misbehave on purpose, to prove that the run detects it: then its exit
//! status is 1.
//!
//! The last line is `calls=.. unknown=.. applied_twice=.. not_sent_but_applied=..
//! applied_but_absent=.. lost_lines=.. misdirected=.. swapped=..`. The exit status is 0 when the
//! last six are 0, every unknown or abandoned call is explained, no document was reported absent but
//! is there or reported applied but is not, and 99 of 100 unknown documents that a look-up can tell
//! of were found out; 1 otherwise, 2 on wrong usage.
#![allow(
    clippy::disallowed_methods,
    reason = "a proof about processes runs on the machine's own time"
)]

mod arguments;
mod attribution;
mod client_process;
mod documents;
mod faults;
mod flaky_transport;
mod fleet;
mod hooks;
mod instance;
mod journal_files;
mod journaled;
mod journals;
mod lookup;
mod memory;
mod observer;
mod protocol;
mod relay;
mod report;
mod rng;
mod run;
mod sabotage;
mod service;
mod shared_list;
mod unjournaled;
mod verdict;
mod work;
mod world;

use std::process::ExitCode;

use crate::arguments::Role;
use crate::client_process::{End, REFUSED};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The exit status where there is no Postgres.
const NO_SERVER: u8 = 3;

fn main() -> ExitCode {
    let role = match arguments::parse(std::env::args().skip(1)) {
        Ok(role) => role,
        Err(why) => {
            eprintln!("error: {why}\n\n{}", arguments::USAGE);
            return ExitCode::from(2);
        }
    };
    let ended = match role {
        Role::Help => {
            println!("{}", arguments::USAGE);
            Ok(true)
        }
        Role::Coordinator(plan) => run::run(plan),
        Role::SharedLists(plan) => match shared_list::run(plan) {
            Ok(shared_list::End::NoServer) => return ExitCode::from(NO_SERVER),
            ended => ended.map(|end| end == shared_list::End::Well),
        },
        Role::Worker(task) => shared_list::worker::run(*task).map(|()| true),
        Role::Client(task) => match client_process::run(&task) {
            Ok(End::Refused) => return ExitCode::from(REFUSED),
            ended => ended.map(|_| true),
        },
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("jdy-chaos: {error}");
            ExitCode::FAILURE
        }
    }
}
