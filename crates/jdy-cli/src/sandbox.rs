//! `jdy sandbox`: a gateway on this machine, until it is stopped.
//!
//! Owns what it prints about itself and about each request. Must not know what the gateway does:
//! that is the sandbox's.

mod state;

use std::fmt::Write as _;
use std::io::Write as _;

use jdy_sandbox::{Builder, FaultKind, RecordedRequest, Sandbox, StartError};

use crate::arguments::{FaultArgument, SandboxArguments};
use crate::exit::{Failure, OneLine};
use crate::interrupt::Interrupt;
use crate::language::say;
use crate::output::print;

use self::state::StateFile;

/// Runs it until Ctrl-C.
pub(crate) fn run(arguments: SandboxArguments) -> Result<(), Failure> {
    let mut faults = arguments.faults.iter();
    if faults.any(|fault| matches!(fault, FaultArgument::Help)) {
        return print(kinds_of_faults())
            .map_err(|error| Failure::other(say!("sandbox-unprinted", error = error)));
    }
    let (file, state) = match arguments.state.clone() {
        None => (None, None),
        Some(path) => {
            let (file, state) = StateFile::read(path)?;
            (Some(file), state)
        }
    };
    let mut builder = set_up(arguments)?;
    if let Some(state) = state {
        builder = builder.state(state);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::other(say!("sandbox-not-run", error = error)))?;
    runtime.block_on(async {
        let interrupt = Interrupt::listen()
            .map_err(|error| Failure::other(say!("cannot-listen", error = error)))?;
        let started = builder.start().await;
        let sandbox = started.map_err(|error| refused(&error, file.as_ref()))?;
        print(introduction(&sandbox))
            .map_err(|error| Failure::other(say!("sandbox-unprinted", error = error)))?;
        interrupt.heard().await;
        match file {
            Some(file) => file.write(&sandbox.state()),
            None => Ok(()),
        }
    })
}

/// The kinds of faults, each with what happens, in lines that fit a terminal.
fn kinds_of_faults() -> String {
    const WIDTH: usize = 100;
    const INDENT: &str = "      ";
    let mut text = String::new();
    for (word, value, about) in FaultKind::kinds() {
        let value = value.map_or_else(String::new, |value| format!("={value}"));
        // Writing to a String does not fail.
        let _ = write!(text, "{word}{value}");
        let mut width = WIDTH;
        for part in about.split_whitespace().filter(|part| !part.is_empty()) {
            if width + 1 + part.len() > WIDTH {
                let _ = write!(text, "\n{INDENT}{part}");
                width = INDENT.len() + part.len();
            } else {
                let _ = write!(text, " {part}");
                width += 1 + part.len();
            }
        }
        text.push('\n');
    }
    text
}

fn set_up(arguments: SandboxArguments) -> Result<Builder, Failure> {
    let mut builder = Sandbox::builder().observe(log);
    builder = match arguments.listen {
        Some(addr) if arguments.beyond_loopback => builder.listen_beyond_loopback(addr),
        Some(addr) => builder.listen(addr),
        None => builder,
    };
    let mut seen: Vec<&str> = Vec::new();
    for (id, balance) in &arguments.members {
        if seen.contains(&id.as_str()) {
            return Err(Failure::usage(say!("sandbox-member-twice", member = id)));
        }
        seen.push(id);
        builder = builder.member(id, balance);
    }
    for fault in arguments.faults {
        if let FaultArgument::Fault(fault) = fault {
            builder = builder.fault(fault);
        }
    }
    if arguments.dedupe_src_bill_id {
        builder = builder.dedupe_src_bill_id();
    }
    if arguments.admin_anywhere {
        builder = builder.admin_anywhere();
    }
    if arguments.empty {
        builder = builder.empty();
    }
    if arguments.strict_references {
        builder = builder.strict_references();
    }
    if arguments.allow_extra {
        builder = builder.allow_extra();
    }
    Ok(builder)
}

fn refused(error: &StartError, file: Option<&StateFile>) -> Failure {
    match (error, file) {
        (StartError::NotLoopback(addr), _) => {
            Failure::usage(say!("sandbox-reachable", address = addr))
        }
        (StartError::State(error), Some(file)) => {
            let file = file.path().display();
            Failure::other(say!("sandbox-state-refused", file = file, error = error))
        }
        (StartError::Amount(_), _) => Failure::usage(say!("sandbox-member", error = error)),
        _ => Failure::other(error.to_string()),
    }
}

/// Its address, variables and members as one text, so that a script can wait for it.
fn introduction(sandbox: &Sandbox) -> String {
    let mut text = format!("listening on {}\n", sandbox.url());
    // Writing to a String does not fail.
    for (name, value) in sandbox.environment() {
        let _ = writeln!(text, "export {name}={value}");
    }
    for member in sandbox.members() {
        let _ = writeln!(text, "member {} balance {}", member.id, member.balance);
    }
    text
}

/// The log line of a request, in the language of the person but for what the sandbox itself explains.
/// Of its target only the path, as a query may hold secrets. Of a
/// refusal only the first line, as the rest of the answer shows the text to sign, and with it the
/// query.
fn log(seen: &RecordedRequest) {
    let mut line = format!("{} {}", OneLine(&seen.method), OneLine(&seen.path));
    let _ = match seen.status {
        Some(status) => write!(line, " {status}"),
        None => write!(line, " {}", say!("sandbox-no-answer")),
    };
    if let Some(errcode) = seen.errcode {
        let errcode = say!("sandbox-errcode", errcode = errcode);
        let _ = write!(line, " {errcode}");
    }
    if let Some(fault) = seen.fault {
        let _ = write!(line, " {}", say!("sandbox-fault", fault = fault));
    }
    if !seen.extra.is_empty() {
        let fields = say!("sandbox-extra", fields = seen.extra.join(","));
        let _ = write!(line, " {}", OneLine(&fields));
    }
    if let Some(first) = seen
        .description
        .as_deref()
        .and_then(|all| all.lines().next())
    {
        let _ = write!(line, " {}", OneLine(first));
    }
    // If stderr is closed, the sandbox runs on without a log.
    let _ = writeln!(std::io::stderr(), "{line}");
}
