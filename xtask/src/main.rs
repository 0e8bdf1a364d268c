//! The binary of `cargo xtask`.
//!
//! Owns which function runs a task, and the exit status. Must not know what a task does.

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use xtask::cli::{Cli, Command};
use xtask::task::{
    api, bundle, chaos, ci, crates_folder, deny, diff, generate, import, lint, release, sbom,
    spec_folder, test, tidy,
};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let result = match cli.command {
        Command::Import(import) => {
            let options = import.options();
            import::run(
                &spec_folder(import.spec.folder),
                &import.pages,
                options,
                import.all,
            )
        }
        Command::Lint(spec) => lint::run(&spec_folder(spec.folder)),
        Command::Generate(generate) => {
            let mode = generate.mode();
            let spec = spec_folder(generate.spec.folder);
            generate::run(&spec, &crates_folder(generate.out), mode)
        }
        Command::Bundle(bundle) => {
            bundle::run(&spec_folder(bundle.spec.folder), bundle.out.as_deref())
        }
        Command::Diff(diff) => diff::run(&spec_folder(diff.spec.folder), &diff.revision),
        Command::Chaos(chaos) => chaos::run(&chaos),
        Command::Tidy => tidy::run(),
        Command::Test(test) => test::run(&test.crates),
        Command::Api => api::check(),
        Command::Bless => api::bless(),
        Command::Ci => ci::run(),
        Command::Deny => deny::run(),
        Command::Advisories => deny::advisories(),
        Command::Release(_) => release::dry_run(),
        Command::Sbom => sbom::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Prints what is wrong with the command line, with the usage, or the help that was asked for.
fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    if !error.use_stderr() {
        return ExitCode::SUCCESS;
    }
    if !error.to_string().contains("Usage:") {
        eprintln!("\n{}", Cli::command().render_usage());
    }
    ExitCode::from(2)
}
