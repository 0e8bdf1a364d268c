//! `jdy accounts` and `jdy doctor`: what an instance has authorized, and what is wrong with the way
//! to it.

use std::time::Duration;

use jdy_sandbox::Sandbox;
use serde_json::Value;

use crate::command::{Ended, Environment, business_calls, closed_port, jdy, sandbox};

/// The names of the checks, in their order.
const CHECKS: [&str; 10] = [
    "settings",
    "base URL",
    "DNS",
    "TLS",
    "clock",
    "account sets",
    "token",
    "read call",
    "token store",
    "shared limits",
];

/// The environment of an instance instead of an account set.
fn instance(sandbox: &Sandbox) -> Environment {
    let mut environment = sandbox.environment();
    environment.retain(|(name, _)| !name.starts_with("JDY_APP") && *name != "JDY_ROUTER_ADDR");
    let id = sandbox.outer_instance_id().to_owned();
    environment.push(("JDY_OUTER_INSTANCE_ID", id));
    environment
}

fn with(mut environment: Environment, name: &'static str, value: &str) -> Environment {
    environment.retain(|(given, _)| *given != name);
    environment.push((name, value.to_owned()));
    environment
}

/// With a store that keeps tokens, in a file of the test's own.
fn stored(environment: Environment, name: &str) -> Environment {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("doctor-{name}"));
    drop(std::fs::remove_file(&file));
    let store = format!("file:{}", file.display());
    with(environment, "JDY_TOKEN_STORE", &store)
}

/// The verdict of each check and its text, in their order.
fn checks(ended: &Ended) -> Vec<(&str, &str, &str)> {
    ended
        .stdout
        .lines()
        .map(|line| {
            let (verdict, name) = (line[..9].trim_end(), line[9..24].trim_end());
            assert!(CHECKS.contains(&name), "{line}");
            (verdict, name, &line[24..])
        })
        .collect()
}

/// The text of a check that ended so.
fn found<'a>(ended: &'a Ended, verdict: &str, check: &str) -> &'a str {
    let all = checks(ended);
    let one = all.iter().find(|(_, name, _)| *name == check);
    let one = one.unwrap_or_else(|| panic!("{check}: {ended:?}"));
    assert_eq!(one.0, verdict, "{check}: {ended:?}");
    one.2
}

/// A run in which this check fails, and all before it are well; its text.
fn fails(environment: &Environment, check: &str) -> Ended {
    let ended = jdy(environment, &["doctor"]);
    assert_eq!(ended.status, 1, "{ended:?}");
    let all = checks(&ended);
    let at = all.iter().position(|(_, name, _)| *name == check).unwrap();
    for (verdict, name, _) in &all[..at] {
        assert!(["ok", "skipped"].contains(verdict), "{name}: {ended:?}");
    }
    assert_eq!(all[at].0, "FAILED", "{ended:?}");
    assert!(ended.stderr.contains(check), "{ended:?}");
    assert!(!ended.stdout.contains("facade"), "a secret: {ended:?}");
    ended
}

#[test]
fn all_is_well_with_a_sandbox_by_app_key_and_by_instance() {
    let sandbox = sandbox(&[]);
    for (name, environment) in [
        ("app", sandbox.environment()),
        ("instance", instance(&sandbox)),
    ] {
        let environment = stored(environment, name);
        for origin in ["from the gateway", "from the token store"] {
            let ended = jdy(&environment, &["doctor"]);
            assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{ended:?}");
            let all = checks(&ended);
            let names: Vec<&str> = all.iter().map(|(_, name, _)| *name).collect();
            assert_eq!(names, CHECKS);
            assert!(
                all.iter().all(|(verdict, ..)| *verdict == "ok"),
                "{ended:?}"
            );
            assert!(
                found(&ended, "ok", "token").starts_with(origin),
                "{ended:?}"
            );
            assert!(found(&ended, "ok", "account sets").contains("Sandbox01"));
            assert!(!ended.stdout.contains("facade"), "a secret: {ended:?}");
        }
    }
    // It only reads.
    let calls = business_calls(&sandbox);
    assert!(
        calls.iter().all(|call| !call.starts_with("POST /jdy/v2/")),
        "{calls:?}"
    );
}

#[test]
fn what_is_missing_or_senseless_fails_the_settings() {
    let sandbox = sandbox(&[]);
    for (name, value, said) in [
        ("JDY_CLIENT_SECRET", "", "JDY_CLIENT_SECRET is not set"),
        ("JDY_APP_SECRET", "", "JDY_OUTER_INSTANCE_ID"),
        ("JDY_BASE_URL", "http://example.com", "JDY_BASE_URL"),
        ("JDY_ROUTER_ADDR", "https://example.com", "router address"),
        ("JDY_PROFILE", "none", "profile"),
    ] {
        let ended = fails(&with(sandbox.environment(), name, value), "settings");
        assert!(
            found(&ended, "FAILED", "settings").contains(said),
            "{ended:?}"
        );
        assert_eq!(ended.stdout.lines().count(), 1, "{ended:?}");
    }
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_name_that_is_none_fails_the_dns_and_a_closed_port_the_connection() {
    let sandbox = sandbox(&[]);
    let named = with(
        sandbox.environment(),
        "JDY_BASE_URL",
        "https://gateway.invalid",
    );
    let ended = fails(&named, "DNS");
    assert!(
        found(&ended, "FAILED", "DNS").contains("name server"),
        "{ended:?}"
    );
    found(&ended, "skipped", "read call");

    let port = closed_port();
    let address = format!("http://{}", port.local_addr().unwrap());
    let closed = with(sandbox.environment(), "JDY_BASE_URL", &address);
    let ended = fails(&closed, "TLS");
    let text = found(&ended, "FAILED", "TLS");
    assert!(
        text.contains("no connection") && text.contains("firewall"),
        "{ended:?}"
    );
    found(&ended, "skipped", "clock");
    found(&ended, "skipped", "token");
}

#[test]
fn a_clock_that_is_off_fails_or_warns_with_what_to_do() {
    let sandbox = sandbox(&[]);
    let environment = stored(sandbox.environment(), "clock");
    sandbox.advance_clock(Duration::from_secs(120));
    let ended = jdy(&environment, &["doctor"]);
    assert_eq!(ended.status, 0, "{ended:?}");
    let text = found(&ended, "warning", "clock");
    assert!(
        text.contains("s behind the gateway's") && text.contains("NTP"),
        "{ended:?}"
    );
    sandbox.advance_clock(Duration::from_secs(480));
    let ended = fails(&environment, "clock");
    assert!(
        found(&ended, "FAILED", "clock").contains("NTP"),
        "{ended:?}"
    );
    // It is the clock alone: calls correct themselves.
    found(&ended, "ok", "read call");
}

#[test]
fn a_wrong_secret_fails_where_it_is_used_first() {
    let sandbox = sandbox(&[]);
    let wrong = "MARK+secret";
    let environment = with(
        stored(instance(&sandbox), "client"),
        "JDY_CLIENT_SECRET",
        wrong,
    );
    let ended = fails(&environment, "account sets");
    let text = found(&ended, "FAILED", "account sets");
    assert!(text.contains("check the credentials"), "{ended:?}");
    found(&ended, "skipped", "token");
    assert!(!ended.stdout.contains("MARK"), "{ended:?}");
    let environment = stored(sandbox.environment(), "app-secret");
    for name in ["JDY_CLIENT_SECRET", "JDY_APP_SECRET"] {
        let ended = fails(&with(environment.clone(), name, wrong), "token");
        let text = found(&ended, "FAILED", "token");
        assert!(text.contains("check the credentials"), "{ended:?}");
        found(&ended, "skipped", "read call");
        assert!(!ended.stdout.contains("MARK"), "{ended:?}");
    }
}

#[test]
fn an_account_set_that_is_not_live_or_not_chosen_fails_with_those_there_are() {
    let sandbox = Sandbox::builder().account_set("另一账套");
    let sandbox = sandbox.start_blocking().unwrap();
    let environment = stored(instance(&sandbox), "several");
    let ended = fails(&environment, "account sets");
    let text = found(&ended, "FAILED", "account sets");
    for said in [
        "Sandbox01",
        "Sandbox02",
        "2 authorized, 2 live",
        "jdy accounts",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let none = with(environment.clone(), "JDY_APP_KEY", "Sandbox09");
    let ended = fails(&none, "account sets");
    assert!(found(&ended, "FAILED", "account sets").contains("Sandbox09 is not among"));
    let id = sandbox.account_sets()[1].account_id.clone();
    assert!(sandbox.set_status(&id, 0));
    assert_eq!(jdy(&environment, &["doctor"]).status, 0);
}

#[test]
fn a_read_call_that_is_refused_says_what_was_answered() {
    let sandbox = sandbox(&["no-route-404@/jdy/v2/bd/material"]);
    let ended = fails(&stored(sandbox.environment(), "route"), "read call");
    let text = found(&ended, "FAILED", "read call");
    assert!(text.contains("router address"), "{ended:?}");
    found(&ended, "ok", "token store");
}

#[test]
fn a_store_that_is_away_fails_and_so_do_limits_that_are_shared_through_it() {
    let sandbox = sandbox(&[]);
    let store = "redis://:MARK@127.0.0.1:1";
    let environment = with(sandbox.environment(), "JDY_TOKEN_STORE", store);
    let ended = fails(&environment, "token store");
    let text = found(&ended, "FAILED", "token store");
    assert!(text.contains("redis://127.0.0.1:1: "), "{ended:?}");
    assert!(text.contains("fix the store"), "{ended:?}");
    found(&ended, "ok", "read call");
    found(&ended, "ok", "shared limits");
    let shared = with(environment, "JDY_SHARE_LIMITS", "1");
    let ended = fails(&shared, "token store");
    found(&ended, "FAILED", "shared limits");
    assert!(!ended.stdout.contains("MARK"), "{ended:?}");
    let memory = with(sandbox.environment(), "JDY_TOKEN_STORE", "memory");
    let ended = jdy(&memory, &["doctor"]);
    assert_eq!(ended.status, 0, "{ended:?}");
    found(&ended, "warning", "token store");
}

#[test]
fn the_account_sets_of_an_instance_are_listed_without_their_secrets() {
    let sandbox = Sandbox::builder().account_set("另一账套");
    let sandbox = sandbox.start_blocking().unwrap();
    let id = sandbox.account_sets()[1].account_id.clone();
    assert!(sandbox.set_status(&id, 0));
    let environment = instance(&sandbox);
    let ended = jdy(&environment, &["accounts", "--format", "json"]);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{ended:?}");
    let all: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap();
    let of = |at: usize, name: &str| all[at][name].clone();
    assert_eq!(all.len(), 2);
    assert_eq!(
        (of(0, "app_key"), of(0, "live")),
        ("Sandbox01".into(), true.into())
    );
    assert_eq!(
        (of(1, "account_name"), of(1, "live")),
        ("另一账套".into(), false.into())
    );
    assert_eq!(
        (of(1, "account_id"), of(1, "status")),
        (id.into(), "0".into())
    );
    assert_eq!(of(0, "router_addr"), "https://tf.jdy.com");
    let table = jdy(&environment, &["accounts"]);
    assert!(
        table.stdout.contains("\nSandbox02  no    另一账套"),
        "{table:?}"
    );
    assert_eq!(table.stdout.lines().count(), 3);
    for ended in [&ended, &table] {
        assert!(!ended.stdout.contains("facade"), "a secret: {ended:?}");
    }
    assert_eq!(sandbox.token_calls(), 0);
    // Without an instance there is nobody to ask.
    let ended = jdy(&sandbox.environment(), &["accounts"]);
    assert_eq!(ended.status, 2, "{ended:?}");
    assert!(ended.stderr.contains("JDY_OUTER_INSTANCE_ID"), "{ended:?}");
}
