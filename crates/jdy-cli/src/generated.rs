//! `jdy completions` and `jdy man`: what is made from the arguments and their help.
//!
//! Owns the two forms, which are English in every language. Must not know what an argument means.

use std::path::Path;

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::arguments;
use crate::exit::Failure;
use crate::language::{self, say};
use crate::output::print;

/// Prints the completions of a shell.
pub(crate) fn completions(shell: Shell) -> Result<(), Failure> {
    language::english_alone();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut arguments::command(), "jdy", &mut script);
    print(script).map_err(|error| Failure::other(say!("cannot-print-script", error = error)))
}

/// Writes the pages of all commands into a folder, or prints the one of `jdy` itself.
pub(crate) fn man(folder: Option<&Path>) -> Result<(), Failure> {
    language::english_alone();
    let mut command = arguments::command();
    command.build();
    let Some(folder) = folder else {
        let page = page(&command)?;
        return print(page)
            .map_err(|error| Failure::other(say!("cannot-print-page", error = error)));
    };
    let unwritten = |path: &Path, error: std::io::Error| {
        Failure::other(say!("cannot-write", file = path.display(), error = error))
    };
    std::fs::create_dir_all(folder).map_err(|error| unwritten(folder, error))?;
    for (name, page) in pages(&command, "jdy")? {
        let path = folder.join(format!("{name}.1"));
        std::fs::write(&path, page).map_err(|error| unwritten(&path, error))?;
    }
    Ok(())
}

/// The pages of a command and of all below it, by their names.
fn pages(command: &Command, name: &str) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut all = vec![(name.to_owned(), page(command)?)];
    for below in command
        .get_subcommands()
        .filter(|below| below.get_name() != "help")
    {
        all.extend(pages(below, &format!("{name}-{}", below.get_name()))?);
    }
    Ok(all)
}

fn page(command: &Command) -> Result<Vec<u8>, Failure> {
    let examples = command.get_after_help().map(ToString::to_string);
    // Its lines would be filled to paragraphs, and examples with them.
    let bare = command.clone().after_help(None::<&str>);
    let mut page = Vec::new();
    let rendered = Man::new(bare).render(&mut page);
    rendered.map_err(|error| Failure::other(say!("cannot-make-page", error = error)))?;
    if let Some(examples) = examples {
        page.extend_from_slice(b".SH MORE\n.nf\n");
        for line in examples.lines() {
            page.extend_from_slice(escaped(line).as_bytes());
        }
        page.extend_from_slice(b".fi\n");
    }
    Ok(page)
}

/// A line as it is: no character of it is a request of roff.
fn escaped(line: &str) -> String {
    let line = line.replace('\\', "\\e").replace('-', "\\-");
    match line.starts_with(['.', '\'']) {
        true => format!("\\&{line}\n"),
        false => format!("{line}\n"),
    }
}
