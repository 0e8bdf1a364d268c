//! The recipes show the same code in both languages; their Rust is run as documentation tests
//! (lib.rs), and the script of the batch at night is run here.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jdy_sandbox::{Fault, FaultKind, Sandbox};

use crate::readme::blocks;
use crate::sandbox::RECHARGE;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/recipes")
}

#[test]
fn each_recipe_is_there_in_both_languages_with_the_same_code() {
    let mut count = 0;
    let lib = include_str!("lib.rs");
    for entry in std::fs::read_dir(folder()).unwrap() {
        let english = entry.unwrap().path();
        let name = english.file_name().unwrap().to_str().unwrap();
        if name.ends_with(".zh-CN.md") {
            continue;
        }
        let chinese = name.replace(".md", ".zh-CN.md");
        let shown = blocks::of(&english);
        assert!(!shown.is_empty(), "{name} shows nothing");
        assert_eq!(shown, blocks::of(&folder().join(&chinese)), "{name}");
        if shown.iter().any(|(word, _)| word.starts_with("rust")) {
            for name in [name, &chinese] {
                let included = format!("include_str!(\"../docs/recipes/{name}\")");
                assert!(lib.contains(&included), "{name} is not compiled");
            }
        }
        count += 1;
    }
    assert_eq!(count, 6);
}

/// The script of the recipe, its list, and the command that it starts.
struct Night {
    place: PathBuf,
    path: String,
    environment: Vec<(&'static str, String)>,
}

impl Night {
    fn new(sandbox: &Sandbox) -> Self {
        let place = std::env::temp_dir().join(format!("jdy-night-{}", std::process::id()));
        std::fs::create_dir_all(&place).unwrap();
        let shown = blocks::of(&folder().join("nightly-batch.md"));
        let block = |word: &str| &shown.iter().find(|block| block.0 == word).unwrap().1;
        std::fs::write(place.join("2026-05-01.csv"), block("csv")).unwrap();
        std::fs::write(place.join("script"), block("sh")).unwrap();
        let own = std::env::current_exe().unwrap();
        let programs = own.ancestors().nth(2).unwrap().display().to_string();
        let mut environment = sandbox.environment();
        environment.push(("JDY_TOKEN_STORE", "memory".to_owned()));
        environment.push(("RECHARGES", place.display().to_string()));
        let path = format!("{programs}:{}", std::env::var("PATH").unwrap());
        Self {
            place,
            path,
            environment,
        }
    }

    fn run(&self) -> Output {
        let mut script = Command::new("sh");
        script.arg(self.place.join("script")).arg("2026-05-01");
        script.env("PATH", &self.path);
        script.envs(self.environment.iter().map(|(name, value)| (name, value)));
        script.output().unwrap()
    }
}

impl Drop for Night {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.place).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn the_script_of_the_night_says_what_is_left_and_sends_nothing_twice() {
    crate::examples::build();
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let night = Night::new(&sandbox);
    let csv = night.place.join("2026-05-01.csv");
    let list = std::fs::read(&csv).unwrap();
    sandbox.inject(Fault::on(RECHARGE, FaultKind::LostAfterCommit).times(1));
    for _ in 0..2 {
        let ended = night.run();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        assert_eq!(ended.status.code(), Some(5), "{ended:?}");
        assert!(said.starts_with("2026-05-01: unknown lines"), "{said}");
        assert_eq!(sandbox.bills().len(), 2, "nothing was sent twice");
    }
    let json = night.place.join("2026-05-01.json");
    let report = std::fs::read_to_string(&json).unwrap();
    assert!(report.contains("\"unknown\""), "{report}");

    // A list that cannot be read is reported by its reason, and nothing is sent.
    std::fs::write(&csv, "member_id\n10\n").unwrap();
    let ended = night.run();
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert_eq!(ended.status.code(), Some(2), "{ended:?}");
    assert!(said.starts_with("2026-05-01: nothing was sent: "), "{said}");
    assert!(said.trim().len() > 40, "{said}");
    // What is unknown since the run before is still to be looked up.
    assert_eq!(std::fs::read_to_string(&json).unwrap(), report);
    // So does what it alone has said: an outcome that its journal could not store, for one.
    let log = std::fs::read_to_string(night.place.join("2026-05-01.log")).unwrap();
    assert!(log.contains("of 2 lines 1 unknown"), "{log}");

    // Nothing is sent of a list that is not there, whatever the journal holds. What cannot be opened
    // for another reason ends with 1, as what happens after the first call may.
    std::fs::remove_file(&csv).unwrap();
    let ends_with = |status: i32, words: &str| {
        let ended = night.run();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        assert_eq!(ended.status.code(), Some(status), "{ended:?}");
        assert!(said.starts_with(&format!("2026-05-01: {words}")), "{said}");
    };
    ends_with(2, "nothing was sent: ");
    std::fs::write(&csv, &list).unwrap();
    let journal = night.place.join("2026-05-01.journal");
    std::fs::remove_file(&journal).unwrap();
    std::fs::create_dir(&journal).unwrap();
    ends_with(1, "the run failed, ");
}
