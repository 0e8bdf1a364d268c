//! A client of the server: it writes lines, and reads lines.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::Value;

use crate::command::{Ended, Environment, command, piped};

pub(crate) struct Agent {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    /// All lines of the server.
    said: String,
    number: u64,
    pub(crate) instructions: String,
}

impl Agent {
    /// Starts the server, and greets it.
    pub(crate) fn start(environment: &Environment, arguments: &[&str]) -> Self {
        let arguments = [&["mcp"], arguments].concat();
        let mut child = piped(command(environment, &arguments).stdin(Stdio::piped()));
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut agent = Self {
            child,
            stdin,
            stdout: BufReader::new(stdout),
            said: String::new(),
            number: 0,
            instructions: String::new(),
        };
        let greeted = agent.ask(
            "initialize",
            r#"{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"script","version":"1"}}"#,
        );
        let server = &greeted["result"];
        assert_eq!(server["protocolVersion"], "2025-06-18", "{greeted}");
        assert_eq!(server["serverInfo"]["name"], "jdy");
        assert!(server["capabilities"]["tools"].is_object());
        agent.instructions = server["instructions"].as_str().unwrap().to_owned();
        agent.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        agent
    }

    /// Writes a line.
    pub(crate) fn say(&mut self, line: &str) {
        self.stdin
            .write_all(format!("{line}\n").as_bytes())
            .unwrap();
        self.stdin.flush().unwrap();
    }

    /// Sends a request without waiting for its answer.
    pub(crate) fn send(&mut self, method: &str, params: &str) -> u64 {
        self.send_behind("", method, params)
    }

    /// The same, with something before it on its line.
    fn send_behind(&mut self, before: &str, method: &str, params: &str) -> u64 {
        self.number += 1;
        let number = self.number;
        self.say(&format!(
            r#"{before}{{"jsonrpc":"2.0","id":{number},"method":"{method}","params":{params}}}"#
        ));
        number
    }

    /// Sends a request, and reads its answer.
    pub(crate) fn ask(&mut self, method: &str, params: &str) -> Value {
        self.ask_behind("", method, params)
    }

    /// The same, with something before the request on its line.
    pub(crate) fn ask_behind(&mut self, before: &str, method: &str, params: &str) -> Value {
        let number = self.send_behind(before, method, params);
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        self.said.push_str(&line);
        let answer: Value = serde_json::from_str(&line).expect("a line of the protocol");
        assert_eq!(answer["jsonrpc"], "2.0");
        assert_eq!(answer["id"], number, "{answer}");
        answer
    }

    /// The text that a tool answers, and whether it is an error.
    pub(crate) fn text(&mut self, tool: &str, arguments: &str) -> (String, bool) {
        let params = format!(r#"{{"name":"{tool}","arguments":{arguments}}}"#);
        let answer = self.ask("tools/call", &params);
        let content = answer["result"]["content"].as_array().expect("content");
        assert_eq!(
            (content.len(), &content[0]["type"]),
            (1, &Value::from("text"))
        );
        let is_error = answer["result"]["isError"] == true;
        (content[0]["text"].as_str().unwrap().to_owned(), is_error)
    }

    /// What a tool answers without an error.
    pub(crate) fn done(&mut self, tool: &str, arguments: &str) -> Value {
        let (text, is_error) = self.text(tool, arguments);
        assert!(!is_error, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    /// The error that a tool answers.
    pub(crate) fn refused(&mut self, tool: &str, arguments: &str) -> Value {
        let (text, is_error) = self.text(tool, arguments);
        assert!(is_error, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Calls an operation; its answer is an error or is not.
    pub(crate) fn call(&mut self, operation: &str, arguments: &str) -> Value {
        let arguments = format!(r#"{{"operation":"{operation}","arguments":{arguments}}}"#);
        serde_json::from_str(&self.text("call", &arguments).0).unwrap()
    }

    /// Closes its stdin, and waits for its end. Stdout is all that it said.
    pub(crate) fn end(mut self) -> Ended {
        drop(self.stdin);
        self.stdout.read_to_string(&mut self.said).unwrap();
        let mut ended = Ended::from(self.child.wait_with_output().unwrap());
        ended.stdout = self.said;
        ended
    }
}

/// The text of a member of an answer.
pub(crate) fn said<'a>(answer: &'a Value, member: &str) -> &'a str {
    answer[member]
        .as_str()
        .unwrap_or_else(|| panic!("no text {member}: {answer}"))
}
