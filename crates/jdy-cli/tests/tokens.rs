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
