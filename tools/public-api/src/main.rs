//! The public API of each published crate that is written by hand, as text in `docs/api`: compared
//! with the code, or written anew. On the way all libraries are documented, with a warning as an
//! error.
//!
//! Owns which crates have such a file. The generated crates have none: their code is their API, and
//! is reviewed as it is. Must not know what any item means.

mod rustdoc;
mod text;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use rustdoc::Warnings;
use text::Failure;

/// The crates, in the order of their dependencies.
const CRATES: [&str; 5] = [
    "jdy-wire",
    "jdy-runtime",
    "jdy",
    "jdy-journal",
    "jdy-sandbox",
];

/// Compares the public API with its text
#[derive(Debug, Parser)]
#[command(name = "jdy-public-api")]
struct Options {
    /// Write the text anew
    #[arg(long)]
    bless: bool,
}

fn main() -> ExitCode {
    if let Some(status) = rustdoc::forwarded() {
        return status;
    }
    let options = Options::parse();
    let folder = workspace();
    match compare(&folder, options.bless) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!(
                "error: the public API differs from docs/api (above); if it should, run `cargo xtask bless` and commit the files"
            );
            ExitCode::FAILURE
        }
        // Nothing is known of the API; the compiler decides the format, not the code.
        Err(Failure::OtherFormat(why)) => {
            println!("not compared: {why}");
            ExitCode::SUCCESS
        }
        Err(Failure::Other(why)) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Compares each crate with its text, or writes that. Returns whether all are the same now.
fn compare(folder: &Path, bless: bool) -> Result<bool, Failure> {
    let warnings = match bless {
        true => Warnings::Allowed,
        false => Warnings::Denied,
    };
    let json = rustdoc::json(folder, warnings)?;
    let mut is_same = true;
    for name in CRATES {
        let file = json.join(rustdoc::file_name(name)).with_extension("json");
        let api = text::api(name, &file)?;
        let path = folder.join("docs/api").join(format!("{name}.txt"));
        let settled = settle(&path, &api, bless);
        is_same &=
            settled.map_err(|error| Failure::Other(format!("{}: {error}", path.display())))?;
    }
    Ok(is_same)
}

/// Writes the text, or prints how it differs. Returns whether it is the same now.
fn settle(path: &Path, api: &str, bless: bool) -> std::io::Result<bool> {
    let known = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        known => known?,
    };
    if known == api {
        return Ok(true);
    }
    if bless {
        println!("changed: {}", path.display());
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        return std::fs::write(path, api).map(|()| true);
    }
    println!("{}:", path.display());
    print!("{}", text::difference(&known, api));
    Ok(false)
}

/// The folder of the workspace: the nearest one upwards that holds this crate.
fn workspace() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    here.ancestors()
        .find(|folder| folder.join("tools/public-api").is_dir())
        .map_or(here.clone(), Path::to_path_buf)
}
