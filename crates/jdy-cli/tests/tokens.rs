//! A token outlives the command that fetched it: the gateway allows few token calls a minute.
#![cfg(unix)]

use crate::command::{Environment, jdy, sandbox};

const RULES: [&str; 3] = ["call", "ls.mall_recharge_rule", "member_id=10"];

/// The sandbox's environment, with a cache folder of the test's own.
fn with_cache(mut environment: Environment, name: &str) -> Environment {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    environment.push(("XDG_CACHE_HOME", folder.display().to_string()));
    environment.push(("HOME", folder.display().to_string()));
    environment
}

#[test]
fn two_commands_share_one_token_by_themselves() {
    let sandbox = sandbox(&[]);
    let environment = with_cache(sandbox.environment(), "tokens-shared");
    for _ in 0..2 {
        assert_eq!(jdy(&environment, &RULES).status, 0);
    }
    assert_eq!(sandbox.token_calls(), 1);
}

#[test]
fn a_store_that_is_named_is_used_instead() {
    let sandbox = sandbox(&[]);
    let mut environment = with_cache(sandbox.environment(), "tokens-memory");
    environment.push(("JDY_TOKEN_STORE", "memory".to_owned()));
    for _ in 0..2 {
        assert_eq!(jdy(&environment, &RULES).status, 0);
    }
    assert_eq!(sandbox.token_calls(), 2);
}

#[test]
fn a_store_that_fails_is_reported_once_in_a_run_and_fails_no_call() {
    let sandbox = sandbox(&[]);
    let notes = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("tokens-notes");
    std::fs::write(&notes, "milk\n").unwrap();
    let mut environment = sandbox.environment();
    environment.push(("JDY_TOKEN_STORE", format!("file:{}", notes.display())));
    let ended = jdy(&environment, &RULES);
    assert_eq!(ended.status, 0, "{ended:?}");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
    assert!(ended.stderr.contains("the token store failed"), "{ended:?}");
    assert!(ended.stderr.contains("tokens are not kept"), "{ended:?}");
    assert_eq!(std::fs::read_to_string(&notes).unwrap(), "milk\n");
}

#[test]
fn limits_that_cannot_be_shared_are_reported() {
    let sandbox = sandbox(&[]);
    let mut environment = sandbox.environment();
    environment.push(("JDY_TOKEN_STORE", "redis://127.0.0.1:1".to_owned()));
    environment.push(("JDY_SHARE_LIMITS", "1".to_owned()));
    let ended = jdy(&environment, &RULES);
    assert_eq!(ended.status, 0, "{ended:?}");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
    assert!(ended.stderr.contains("limits are not shared"), "{ended:?}");
}
