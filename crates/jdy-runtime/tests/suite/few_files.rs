//! What cannot be had for a moment, such as one more open file, is had when it is needed again.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use jdy_runtime::{Client, ClientBuilder, ErrorKind, Limits, Outcome, RetryPolicy, TokioRuntime};

use crate::certificates::CERTIFICATES;
use crate::script::{RECHARGE, Script, Scripted, credentials, recharge};
use crate::transports::Library;

const IS_CHILD: &str = "JDY_TEST_FEW_FILES";

/// All that this process may open.
fn all_files() -> Vec<File> {
    std::iter::from_fn(|| File::open("/dev/null").ok()).collect()
}

fn builder() -> ClientBuilder {
    Client::builder()
        .credentials(credentials())
        .runtime(TokioRuntime)
        .limits(Limits::none())
        .retry(RetryPolicy::never())
}

#[test]
fn child_that_waits() {
    if std::env::var_os(IS_CHILD).is_none() {
        return;
    }
    let client = builder().transport(Scripted(Script::new()));
    let client = client.build().unwrap();
    let wait = || client.call(&RECHARGE, recharge()).wait();
    let files = all_files();
    let error = wait().unwrap_err();
    assert_eq!(
        (error.outcome(), *error.kind()),
        (Outcome::NotSent, ErrorKind::Runtime)
    );
    drop(files);
    wait().unwrap();
}

/// There is nothing to connect to, but a connection is tried.
#[tokio::test]
async fn child_that_connects() {
    if std::env::var_os(IS_CHILD).is_none() {
        return;
    }
    for &library in Library::ALL {
        let client = builder().base_url("https://127.0.0.1:1");
        let client = client.transport(library.usual()).build().unwrap();
        let fail = async || {
            let end = client.call(&RECHARGE, recharge()).await;
            end.unwrap_err().to_string()
        };
        let files = all_files();
        let said = fail().await;
        assert!(said.contains("No CA certificates"), "{library:?}: {said}");
        drop(files);
        let said = fail().await;
        assert!(!said.contains("No CA certificates"), "{library:?}: {said}");
    }
}

#[test]
fn what_could_not_be_had_for_want_of_files_is_had_later() {
    let authorities = Path::new(env!("CARGO_TARGET_TMPDIR")).join("few-files.pem");
    std::fs::write(&authorities, &CERTIFICATES.ca_pem).unwrap();
    for test in ["child_that_waits", "child_that_connects"] {
        let mut child = Command::new("sh");
        child
            .args(["-c", "ulimit -n 64 && exec \"$0\" \"$@\""])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", &format!("few_files::{test}")])
            .env(IS_CHILD, "yes")
            .env("SSL_CERT_FILE", &authorities)
            .env_remove("SSL_CERT_DIR");
        let ended = child.output().unwrap();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        assert!(
            ended.status.success() && said.contains("1 passed"),
            "{test}\n{said}"
        );
    }
}
