//! cargo, started by a program that cargo itself has started.
//!
//! cargo tells a program that it runs, in variables, of which package it is. A build script may look
//! at the same variables, and ring's does: with other values it runs again, and whatever depends on
//! it is built again. Tasks and tests that start cargo would do that to each other at each turn.
//!
//! Owns which variables these are. Must not know what cargo is asked for.

use std::process::Command;

/// How the names of the variables begin that name a package.
const OF_A_PACKAGE: [&str; 2] = ["CARGO_MANIFEST_", "CARGO_PKG_"];

/// cargo as a shell starts it.
#[must_use]
pub fn cargo() -> Command {
    let mut cargo = Command::new("cargo");
    without_package(&mut cargo);
    cargo
}

/// Takes from a command what cargo told this program about its package.
pub fn without_package(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if OF_A_PACKAGE.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_does_not_see_which_package_this_test_is_of() {
        let own = ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME"];
        for name in own {
            assert!(std::env::var_os(name).is_some(), "{name}");
        }
        let cargo = cargo();
        let removed: Vec<_> = cargo
            .get_envs()
            .filter(|(_, value)| value.is_none())
            .collect();
        for name in own {
            assert!(
                removed.iter().any(|(removed, _)| *removed == name),
                "{name}"
            );
        }
        let kept = |(name, _): &(&std::ffi::OsStr, _)| *name == "PATH";
        assert!(!removed.iter().any(kept));
    }
}
