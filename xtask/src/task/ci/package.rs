//! The programs that some tests start, from Debian's packages.
//!
//! Owns finding and installing them, and saying what is not tested without one. Must not know what
//! the tests do with them.

use std::env;
use std::ffi::OsStr;
use std::process::{Command, Stdio};

/// A package, and the programs of which one is enough.
#[derive(Clone, Copy, Debug)]
pub(super) struct Package {
    name: &'static str,
    programs: &'static [&'static str],
    /// The folder with a folder for each version, where they are not on the PATH.
    versions: Option<&'static str>,
    /// The tests that need it.
    tests: &'static str,
}

/// The servers that the tests start, and the browser that looks at the sandbox's console.
pub(super) static ALL: [Package; 4] = [
    Package {
        name: "redis-server",
        programs: &["redis-server"],
        versions: None,
        tests: "all tests with a real Redis",
    },
    Package {
        name: "postgresql",
        programs: &["postgres"],
        versions: Some("/usr/lib/postgresql"),
        tests: "all tests with a real Postgres",
    },
    Package {
        name: "pgbouncer",
        programs: &["pgbouncer"],
        versions: None,
        tests: "the tests with a connection pool in front of Postgres",
    },
    Package {
        name: "chromium",
        programs: &["chromium", "chromium-browser", "google-chrome"],
        versions: None,
        tests: "the test of the sandbox's console",
    },
];

/// What this machine has, and lets us do.
#[derive(Clone, Copy, Debug, Default)]
struct Machine {
    has_program: bool,
    is_for_ci: bool,
    is_ours: bool,
    has_apt: bool,
}

/// What follows from it.
#[derive(Debug, PartialEq, Eq)]
enum Way {
    Ready,
    Install,
    /// Without it, for this reason.
    Without(&'static str),
}

impl Package {
    fn is_here(self) -> bool {
        let versions = self.versions.and_then(|it| std::fs::read_dir(it).ok());
        let folders = versions.into_iter().flatten().flatten();
        let folders: Vec<_> = folders.map(|it| it.path().join("bin")).collect();
        let mut programs = self.programs.iter();
        programs.any(|program| {
            let mut places = folders.iter().map(|folder| folder.join(program));
            succeeds(program, &["--version"]) || places.any(|place| succeeds(place, &["--version"]))
        })
    }
}

impl Machine {
    fn with(package: Package) -> Self {
        // On the server `CI` is set; `CI=false` is how it is taken back.
        let ci = env::var("CI").unwrap_or_default();
        Self {
            has_program: package.is_here(),
            is_for_ci: !matches!(ci.as_str(), "" | "0" | "false"),
            is_ours: is_root(),
            has_apt: succeeds("apt-get", &["--version"]),
        }
    }

    /// A developer's machine is left as it is, even where we could change it.
    fn way(self) -> Way {
        match self {
            Self {
                has_program: true, ..
            } => Way::Ready,
            Self {
                is_for_ci: false, ..
            } => Way::Without("it is not installed, and only CI=true lets this command install it"),
            Self { has_apt: false, .. } => {
                Way::Without("it is not installed, and there is no apt-get to install it with")
            }
            Self { is_ours: false, .. } => {
                Way::Without("it is not installed, and only root can install it")
            }
            _ => Way::Install,
        }
    }
}

/// Finds or installs one. Where there is none, what the tests cannot prove: it is printed
/// here, and is to be printed again at the end.
pub(super) fn provide(package: Package) -> Option<String> {
    let Package { name, tests, .. } = package;
    let why = match Machine::with(package).way() {
        Way::Ready => None,
        Way::Install => install(package).err(),
        Way::Without(why) => Some(why.to_owned()),
    };
    let skipped = why.map(|why| {
        format!("SKIPPED: {tests}, for want of {name}: {why}. On Debian: apt-get install {name}")
    });
    match &skipped {
        Some(skipped) => println!("==> {skipped}"),
        None => println!("==> {name}: ok"),
    }
    skipped
}

fn install(package: Package) -> Result<(), String> {
    for arguments in [
        &["update", "--quiet"][..],
        &[
            "install",
            "--quiet",
            "--yes",
            "--no-install-recommends",
            package.name,
        ],
    ] {
        let shown = format!("apt-get {}", arguments.join(" "));
        println!("==> {shown}");
        let status = Command::new("apt-get")
            .args(["-o", "DPkg::Lock::Timeout=60"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            .status();
        match status {
            Ok(status) if status.success() => {}
            Ok(status) => return Err(format!("{shown} failed ({status})")),
            Err(error) => return Err(format!("{shown} cannot be started: {error}")),
        }
    }
    if package.is_here() {
        Ok(())
    } else {
        Err("it was installed, but its program is not where it is expected".to_owned())
    }
}

fn succeeds(program: impl AsRef<OsStr>, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).output();
    output.is_ok_and(|output| output.status.success())
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_workflow_installs_what_its_image_does_not_have() {
        let path = super::super::workspace().join(".github/workflows/ci.yml");
        let workflow = std::fs::read_to_string(path).unwrap();
        for package in ALL.iter().filter(|it| it.name != "chromium") {
            assert!(workflow.contains(package.name), "{}", package.name);
        }
    }

    #[test]
    fn it_is_installed_where_it_is_missing_and_nobody_minds() {
        let all = Machine {
            has_program: false,
            is_for_ci: true,
            is_ours: true,
            has_apt: true,
        };
        assert_eq!(all.way(), Way::Install);
        let has_program = true;
        assert_eq!(Machine { has_program, ..all }.way(), Way::Ready);
        let here_already = Machine {
            has_program,
            ..Machine::default()
        };
        assert_eq!(here_already.way(), Way::Ready);
        let no = false;
        for (machine, word) in [
            (
                Machine {
                    is_for_ci: no,
                    ..all
                },
                "CI=true",
            ),
            (Machine { is_ours: no, ..all }, "root"),
            (Machine { has_apt: no, ..all }, "apt-get"),
        ] {
            let way = machine.way();
            assert!(
                matches!(way, Way::Without(why) if why.contains(word)),
                "{way:?}"
            );
        }
    }
}
