//! The command line: which task, with what.

use std::ffi::OsString;
use std::path::PathBuf;

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// How to ask.
    Help,
    /// `import`
    Import {
        /// The spec folder.
        spec: Option<PathBuf>,
        /// Pages, and folders of pages.
        pages: Vec<PathBuf>,
        /// What it may do beyond adding and changing.
        asked: crate::import::Asked,
        /// Whether every finding is told, however many.
        all: bool,
    },
    /// `lint`
    Lint {
        /// The spec folder.
        spec: Option<PathBuf>,
    },
    /// `gen`
    Generate {
        /// The spec folder.
        spec: Option<PathBuf>,
        /// The folder of the crates.
        out: Option<PathBuf>,
        /// Whether to compare only.
        mode: crate::files::Mode,
    },
    /// `bundle`
    Bundle {
        /// The spec folder.
        spec: Option<PathBuf>,
        /// The file to write.
        out: Option<PathBuf>,
    },
    /// `diff`
    Diff {
        /// The spec folder.
        spec: Option<PathBuf>,
        /// What the work tree is compared with.
        revision: String,
    },
    /// `chaos`
    Chaos {
        /// How many calls; the package's own number unless given.
        calls: Option<u64>,
        /// Where chance begins.
        seed: Option<u64>,
        /// What clients do wrong on purpose.
        wrong: Option<OsString>,
    },
    /// `tidy`
    Tidy,
    /// `ci`
    Ci,
    /// `advisories`
    Advisories,
}

/// The tasks.
const TASKS: [&str; 9] = [
    "import",
    "lint",
    "gen",
    "bundle",
    "diff",
    "chaos",
    "tidy",
    "ci",
    "advisories",
];

/// Reads the command line, without the program's own name.
///
/// # Errors
/// What is wrong with it, in one line.
pub fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Asked, String> {
    let mut arguments = arguments.peekable();
    let task = match arguments.next() {
        None => return Err("name a task".to_owned()),
        Some(task) => task.to_string_lossy().into_owned(),
    };
    let known: &[&str] = match task.as_str() {
        "import" => &[
            "--spec",
            "--keep-descriptions",
            "--allow-removal",
            "--allow-move",
            "--all",
        ],
        "lint" => &["--spec"],
        "gen" => &["--spec", "--out", "--check"],
        "bundle" => &["--spec", "--out"],
        "diff" => &["--spec"],
        "chaos" => &["--calls", "--seed", "--wrong"],
        "tidy" | "ci" | "advisories" => &[],
        "help" | "--help" | "-h" => return Ok(Asked::Help),
        other => {
            let near = crate::similar::nearest(other, TASKS.into_iter());
            let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            return Err(format!("there is no task `{other}`{hint}"));
        }
    };
    let mut given = Given::default();
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        if matches!(text.as_ref(), "--help" | "-h") {
            return Ok(Asked::Help);
        }
        if task == "diff" && !text.starts_with('-') {
            given.revision(&text)?;
            continue;
        }
        if task == "import" && !text.starts_with('-') {
            given.pages.push(PathBuf::from(&argument));
            continue;
        }
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(OsString::from(value))),
            None => (text.into_owned(), None),
        };
        if !known.contains(&name.as_str()) {
            return Err(format!("`{task}` does not take `{name}`"));
        }
        given.take(&name, value, &mut arguments)?;
    }
    let Given {
        spec,
        out,
        mode,
        revision,
        pages,
        asked,
        all,
        calls,
        seed,
        wrong,
    } = given;
    if task == "import" && pages.is_empty() {
        return Err("`import` wants a page or a folder of pages".to_owned());
    }
    Ok(match task.as_str() {
        "import" => Asked::Import {
            spec,
            pages,
            asked,
            all,
        },
        "lint" => Asked::Lint { spec },
        "gen" => Asked::Generate {
            spec,
            out,
            mode: mode.unwrap_or(crate::files::Mode::Write),
        },
        "bundle" => Asked::Bundle { spec, out },
        "diff" => Asked::Diff {
            spec,
            revision: revision.unwrap_or_else(|| "HEAD".to_owned()),
        },
        "chaos" => Asked::Chaos { calls, seed, wrong },
        "advisories" => Asked::Advisories,
        "tidy" => Asked::Tidy,
        _ => Asked::Ci,
    })
}

#[derive(Default)]
struct Given {
    spec: Option<PathBuf>,
    out: Option<PathBuf>,
    mode: Option<crate::files::Mode>,
    revision: Option<String>,
    pages: Vec<PathBuf>,
    asked: crate::import::Asked,
    all: bool,
    calls: Option<u64>,
    seed: Option<u64>,
    wrong: Option<OsString>,
}

impl Given {
    fn revision(&mut self, name: &str) -> Result<(), String> {
        if name.is_empty() {
            return Err("`diff` wants a revision: a commit, branch or tag".to_owned());
        }
        match self.revision.replace(name.to_owned()) {
            None => Ok(()),
            Some(_) => Err("`diff` compares with one revision".to_owned()),
        }
    }

    fn number(&mut self, name: &str, value: Option<OsString>) -> Result<(), String> {
        let text = value.unwrap_or_default();
        let number: u64 = text
            .to_str()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| format!("`{name}` wants a whole number"))?;
        if name == "--calls" && number == 0 {
            return Err("`--calls` wants a number above zero".to_owned());
        }
        let place = if name == "--calls" {
            &mut self.calls
        } else {
            &mut self.seed
        };
        match place.replace(number) {
            None => Ok(()),
            Some(_) => Err(format!("`{name}` is given twice")),
        }
    }

    fn take(
        &mut self,
        name: &str,
        value: Option<OsString>,
        rest: &mut impl Iterator<Item = OsString>,
    ) -> Result<(), String> {
        if name == "--check" {
            self.mode = Some(crate::files::Mode::Check);
            return match value {
                None => Ok(()),
                Some(_) => Err("`--check` takes no value".to_owned()),
            };
        }
        if matches!(
            name,
            "--keep-descriptions" | "--allow-removal" | "--allow-move"
        ) {
            match name {
                "--keep-descriptions" => self.asked.prose = crate::import::emit::Prose::Keep,
                "--allow-removal" => self.asked.removal = true,
                _ => self.asked.moves = true,
            }
            return match value {
                None => Ok(()),
                Some(_) => Err(format!("`{name}` takes no value")),
            };
        }
        if name == "--all" {
            self.all = true;
            return match value {
                None => Ok(()),
                Some(_) => Err("`--all` takes no value".to_owned()),
            };
        }
        if matches!(name, "--calls" | "--seed") {
            return self.number(name, value.or_else(|| rest.next()));
        }
        if name == "--wrong" {
            let word = value.or_else(|| rest.next());
            let word = word.filter(|word| !word.is_empty());
            let word = word.ok_or("`--wrong` wants a word")?;
            return match self.wrong.replace(word) {
                None => Ok(()),
                Some(_) => Err("`--wrong` is given twice".to_owned()),
            };
        }
        let place = if name == "--spec" {
            &mut self.spec
        } else {
            &mut self.out
        };
        let value = value
            .or_else(|| rest.next())
            .filter(|value| !value.is_empty());
        let Some(value) = value else {
            return Err(format!("`{name}` wants a path"));
        };
        if place.replace(PathBuf::from(value)).is_some() {
            return Err(format!("`{name}` is given twice"));
        }
        Ok(())
    }
}
