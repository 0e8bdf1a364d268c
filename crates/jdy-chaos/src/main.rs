//! The chaos run: client processes work through lists of recharges while gateway, network and
//! machine fail; then the gateway's ledger is held against what the clients believe.
//!
//! `cargo xtask chaos [--calls N] [--seed S]`. The faults, the kills and the lists come from the
//! seed; in which order calls arrive, and so which of them is struck, is the machine's.
//!
//! `--wrong` makes clients do wrong on purpose, so that it is seen that the run would tell: then
//! its exit status is 1.
//!
//! The last line is `calls=.. unknown=.. applied_twice=.. not_sent_but_applied=..
//! applied_but_absent=.. lost_lines=.. misdirected=.. swapped=..`. The exit status is 0 when the
//! last six are 0 and every unknown or given-up call is explained, 1 otherwise, 2 on wrong usage.
#![allow(
    clippy::disallowed_methods,
    reason = "a proof about processes runs on the machine's own time"
)]

mod arguments;
mod asked;
mod causes;
mod chance;
mod desk;
mod ears;
mod faults;
mod fleet;
mod heard;
mod journals;
mod look_up;
mod member;
mod memory;
mod plain;
mod relay;
mod road;
mod run;
mod service;
mod shops;
mod stand;
mod table;
mod verdict;
mod watch;
mod wrong;

use std::process::ExitCode;

use crate::arguments::Role;
use crate::member::{End, REFUSED};

type Failure = Box<dyn std::error::Error + Send + Sync>;

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
        Role::Member(orders) => match member::run(&orders) {
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
