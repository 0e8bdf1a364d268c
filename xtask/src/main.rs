//! The maintainers' tasks: `cargo xtask import | lint | gen | bundle | diff | chaos | ci`.
#![allow(
    clippy::disallowed_methods,
    reason = "a tool runs on this machine's time"
)]

use std::process::ExitCode;

use xtask::arguments::{self, Asked};
use xtask::task::{
    self, Ended, bundle, chaos, ci, crates_folder, deny, diff, generate, import, lint, spec_folder,
    tidy,
};

fn main() -> ExitCode {
    let asked = match arguments::parse(std::env::args_os().skip(1)) {
        Ok(asked) => asked,
        Err(why) => {
            eprint!("error: {why}\n\n{}", task::USAGE);
            return ExitCode::from(2);
        }
    };
    let ended = match asked {
        Asked::Help => {
            print!("{}", task::USAGE);
            Ended::Fine
        }
        Asked::Import {
            spec,
            pages,
            asked,
            all,
        } => import::run(&spec_folder(spec), &pages, asked, all),
        Asked::Lint { spec } => lint::run(&spec_folder(spec)),
        Asked::Generate { spec, out, mode } => {
            generate::run(&spec_folder(spec), &crates_folder(out), mode)
        }
        Asked::Bundle { spec, out } => bundle::run(&spec_folder(spec), out.as_deref()),
        Asked::Diff { spec, revision } => diff::run(&spec_folder(spec), &revision),
        Asked::Chaos { calls, seed, wrong } => chaos::run(calls, seed, wrong),
        Asked::Tidy => tidy::run(),
        Asked::Ci => ci::run(),
        Asked::Advisories => deny::advisories(),
    };
    match ended {
        Ended::Fine => ExitCode::SUCCESS,
        Ended::Refused => ExitCode::FAILURE,
    }
}
