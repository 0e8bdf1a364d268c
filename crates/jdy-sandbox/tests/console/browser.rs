//! A headless Chromium, driven over a pipe by its DevTools protocol.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// A browser that starts on a busy machine needs time.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Browser {
    process: Child,
    folder: PathBuf,
    commands: File,
    messages: Receiver<Value>,
    session: Option<String>,
    last_id: u64,
    /// What the page logged as an error, such as a violation of its policy.
    pub(crate) errors: Vec<String>,
}

impl Browser {
    /// A browser with an empty page, or `None` if there is none on this machine.
    pub(crate) fn start() -> Option<Self> {
        let program = NAMES.into_iter().find(|name| runs(name))?;
        let folder = std::env::temp_dir().join(format!("jdy-console-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (down, up) = (fifo(&folder, "down"), fifo(&folder, "up"));
        // The browser reads commands from descriptor 3 and writes to descriptor 4.
        let process = Command::new("sh")
            .args(["-c", r#"exec "$0" "$@" 3<"$DOWN" 4>"$UP""#, program])
            .args(["--headless", "--no-sandbox", "--disable-gpu"])
            .args([
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--remote-debugging-pipe",
            ])
            .arg(format!(
                "--user-data-dir={}",
                folder.join("profile").display()
            ))
            .envs([("DOWN", &down), ("UP", &up), ("TMPDIR", &folder)])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Opened for both, a FIFO does not wait for its other end.
        let open = |path| {
            OpenOptions::new()
                .read(true)
                .write(true)
                .open(path)
                .unwrap()
        };
        let (commands, answers) = (open(&down), open(&up));
        let (send, messages) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(answers).split(0).map_while(Result::ok) {
                let Ok(message) = serde_json::from_slice(&message) else {
                    return;
                };
                if send.send(message).is_err() {
                    return;
                }
            }
        });
        let mut browser = Self {
            process,
            folder,
            commands,
            messages,
            session: None,
            last_id: 0,
            errors: Vec::new(),
        };
        browser.attach();
        Some(browser)
    }

    fn attach(&mut self) {
        let page = self.command("Target.createTarget", &json!({"url": "about:blank"}));
        let target = json!({"targetId": page["targetId"], "flatten": true});
        let attached = self.command("Target.attachToTarget", &target);
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        self.command("Log.enable", &json!({}));
        self.command("Runtime.enable", &json!({}));
    }

    fn command(&mut self, method: &str, parameters: &Value) -> Value {
        self.last_id += 1;
        let mut command = json!({"id": self.last_id, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        let mut bytes = command.to_string().into_bytes();
        bytes.push(0);
        self.commands.write_all(&bytes).unwrap();
        loop {
            let message = self.messages.recv_timeout(PATIENCE);
            let message = message.unwrap_or_else(|_| panic!("no answer to {method}"));
            if message["id"] == self.last_id {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
            let params = &message["params"];
            // An HTTP status of 400 is logged as well, and is no error of the page.
            let entry = &params["entry"];
            let is_error = entry["level"] == "error" && entry["source"] != "network";
            if is_error || message["method"] == "Runtime.exceptionThrown" {
                self.errors.push(params.to_string());
            }
        }
    }

    pub(crate) fn go(&mut self, url: &str) {
        self.command("Page.navigate", &json!({ "url": url }));
    }

    /// The value of an expression in the page.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let parameters = json!({"expression": expression, "returnByValue": true});
        self.command("Runtime.evaluate", &parameters)["result"]["value"].clone()
    }

    /// Waits until an expression is true in the page.
    pub(crate) fn wait(&mut self, expression: &str) {
        let start = Instant::now();
        while self.value(expression) != json!(true) {
            assert!(start.elapsed() < PATIENCE, "never true: {expression}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Clicks on the first element that a selector finds, as soon as there is one.
    pub(crate) fn click(&mut self, selector: &str) {
        self.wait(&format!("document.querySelector({selector:?}) !== null"));
        self.value(&format!("document.querySelector({selector:?}).click()"));
    }
}

impl Drop for Browser {
    /// Asks it to close, as its helper processes outlive it for a moment otherwise, and write into its
    /// folder.
    fn drop(&mut self) {
        let close = b"{\"id\":0,\"method\":\"Browser.close\"}\0";
        let _ = self.commands.write_all(close);
        let pause = || std::thread::sleep(std::time::Duration::from_millis(50));
        for _ in 0..40 {
            match self.process.try_wait() {
                Ok(None) => pause(),
                _ => break,
            }
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
        for _ in 0..40 {
            match std::fs::remove_dir_all(&self.folder) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => pause(),
                _ => break,
            }
        }
    }
}

fn fifo(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    let _ = std::fs::remove_file(&path);
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    path
}

fn runs(program: &str) -> bool {
    let output = Command::new(program).arg("--version").output();
    output.is_ok_and(|output| output.status.success())
}
