//! The built `jdy`, run with an environment of its own.

use std::io::{ErrorKind, Write as _};
use std::process::{Child, Command, Output, Stdio};

use jdy_sandbox::{Fault, Sandbox};
use tokio::net::TcpSocket;

/// How one run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().expect("it ends by itself"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

pub(crate) type Environment = Vec<(&'static str, String)>;

/// The command, not started, with nothing in its environment but this.
pub(crate) fn command(environment: &Environment, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jdy"));
    command
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .args(arguments)
        .stdin(Stdio::null());
    command
}

/// Makes a journal one whose calls ended eleven minutes ago, so that a line may be settled as absent.
/// Its checksum goes, as in a journal of the first version.
pub(crate) fn long_ago(journal: &str) {
    let file = rusqlite::Connection::open(journal).unwrap();
    file.execute_batch(
        "DROP TABLE whole;
         PRAGMA user_version = 1;
         UPDATE lines SET intended_at = intended_at - 660000, ended_at = ended_at - 660000;
         UPDATE lines SET report = substr(report, 1, place + 17)
                || (CAST(substr(report, place + 18) AS INTEGER) - 660000)
                || ' ms by the gateway''s clock'
            FROM (SELECT line AS own, instr(report, '; last attempt at ') AS place FROM lines)
            WHERE own = line AND place > 0;",
    )
    .unwrap();
}

/// A port that is bound and not listened to: whoever connects to it is refused, and while the socket is
/// held, nobody else is given it.
pub(crate) fn closed_port() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    socket
}

/// Runs it to its end.
pub(crate) fn jdy(environment: &Environment, arguments: &[&str]) -> Ended {
    command(environment, arguments).output().unwrap().into()
}

/// Runs it to its end with this on its stdin. A command that refuses its
/// arguments may end before it has read a byte, which is no fault of it.
pub(crate) fn jdy_reading(environment: &Environment, arguments: &[&str], stdin: &str) -> Ended {
    let mut child = piped(command(environment, arguments).stdin(Stdio::piped()));
    let mut pipe = child.stdin.take().unwrap();
    match pipe.write_all(stdin.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        written => written.unwrap(),
    }
    drop(pipe);
    child.wait_with_output().unwrap().into()
}

/// Starts it with stdout and stderr in our hands.
pub(crate) fn piped(command: &mut Command) -> Child {
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Tells a process to end, as Ctrl-C (`INT`) or a supervisor (`TERM`) does.
#[cfg(unix)]
pub(crate) fn signal(child: &Child, name: &str) {
    let kill = Command::new("kill")
        .args(["-s", name, &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
}

/// A sandbox of the library, with these faults from the beginning.
pub(crate) fn sandbox(faults: &[&str]) -> Sandbox {
    let faults = faults.iter().map(|fault| fault.parse::<Fault>().unwrap());
    faults
        .fold(Sandbox::builder(), |builder, fault| builder.fault(fault))
        .start_blocking()
        .unwrap()
}

/// The paths of the requests that a sandbox saw, token calls left out.
pub(crate) fn business_calls(sandbox: &Sandbox) -> Vec<String> {
    sandbox
        .requests()
        .into_iter()
        .map(|seen| format!("{} {}", seen.method, seen.target))
        .filter(|request| !request.contains("kingdee_auth_token"))
        .collect()
}

/// What it shows on a terminal of this many columns, by the `script` of util-linux.
#[cfg(target_os = "linux")]
pub(crate) fn on_a_terminal(
    columns: usize,
    environment: &Environment,
    arguments: &[&str],
) -> String {
    let words: Vec<String> = std::iter::once(&env!("CARGO_BIN_EXE_jdy"))
        .chain(arguments)
        .map(|word| format!("'{word}'"))
        .collect();
    let line = format!("stty cols {columns} rows 24; {}", words.join(" "));
    let output = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("SHELL", "/bin/sh")
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .replace("\r\n", "\n")
}
