//! A revision of the spec, read from git's objects without a checkout.
//!
//! Owns the calls of git. Must not know what a spec says. Must not use: `jdy_codegen`,
//! `crate::report`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use jdy_spec::diagnostic::Diagnostics;
use jdy_spec::load::{self, Spec};

/// A commit, and where the spec stands in it.
#[derive(Debug)]
pub struct Revision {
    /// As it was asked for.
    pub name: String,
    /// The commit's short id.
    pub short: String,
    commit: String,
    top: PathBuf,
    /// The spec's folder within the checkout; empty where it is the checkout itself.
    prefix: String,
}

impl Revision {
    /// Finds the revision in the checkout that holds a folder.
    ///
    /// # Errors
    /// The folder is in no git checkout, or the checkout knows no such revision.
    pub fn find(folder: &Path, name: &str) -> Result<Self, String> {
        let line = |arguments: &[&str]| -> Result<String, String> {
            let output = git(folder, arguments)?;
            match output.status.success() {
                true => Ok(String::from_utf8_lossy(&output.stdout)
                    .trim_end_matches(['\n', '\r'])
                    .to_owned()),
                false => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            }
        };
        let top = line(&["rev-parse", "--show-toplevel"])
            .map_err(|why| format!("`{}` is in no git checkout ({why})", folder.display()))?;
        let prefix = line(&["rev-parse", "--show-prefix"])?;
        let commit = line(&[
            "rev-parse",
            "--verify",
            "--quiet",
            &format!("{name}^{{commit}}"),
        ])
        .map_err(|_| format!("there is no revision `{name}` in `{top}`"))?;
        let short = line(&["rev-parse", "--short", &commit])?;
        Ok(Self {
            name: name.to_owned(),
            short,
            commit,
            top: PathBuf::from(top),
            prefix: prefix.trim_end_matches('/').to_owned(),
        })
    }

    /// The folder of the checkout.
    #[must_use]
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// Loads the spec as it was.
    ///
    /// # Errors
    /// The revision has no such folder, or git cannot read it.
    pub fn spec(&self, diagnostics: &mut Diagnostics) -> Result<Spec, String> {
        let tree = format!("{}:{}", self.commit, self.prefix);
        let listed = git(&self.top, &["ls-tree", "-r", "-z", "--full-tree", &tree])?;
        if !listed.status.success() {
            return Err(format!(
                "the revision `{}` has no folder `{}`",
                self.name, self.prefix
            ));
        }
        let blobs = blobs(&String::from_utf8_lossy(&listed.stdout));
        let texts = self.contents(blobs)?;
        let shown = match self.prefix.as_str() {
            "" => format!("{}:.", self.name),
            prefix => format!("{}:{prefix}", self.name),
        };
        Ok(load::texts(Path::new(&shown), texts, diagnostics))
    }

    /// The text of a file of the checkout as it was.
    #[must_use]
    pub fn text(&self, path: &Path) -> Option<String> {
        let within = path.strip_prefix(&self.top).ok()?;
        let object = format!("{}:{}", self.commit, within.to_str()?.replace('\\', "/"));
        let output = git(&self.top, &["cat-file", "blob", &object]).ok()?;
        let there = output.status.success();
        there.then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Reads all blobs through one process.
    fn contents(&self, blobs: BTreeMap<String, String>) -> Result<Vec<load::Read>, String> {
        let mut child = command(&self.top, &["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(unstarted)?;
        let wanted: String = blobs.values().map(|id| format!("{id}\n")).collect();
        let stdin = child.stdin.take();
        let output = std::thread::scope(|scope| {
            // Git answers before it has read everything: who only writes first would wait forever.
            scope.spawn(move || stdin.map(|mut pipe| pipe.write_all(wanted.as_bytes())));
            child.wait_with_output()
        })
        .map_err(unstarted)?;
        let mut rest = output.stdout.as_slice();
        let mut files = Vec::with_capacity(blobs.len());
        for path in blobs.into_keys() {
            let bytes = next_blob(&mut rest)
                .ok_or_else(|| format!("git cannot read `{path}` of `{}`", self.name))?;
            files.push((path, load::utf8(bytes.to_vec())));
        }
        Ok(files)
    }
}

/// The spec's files of a listing (`mode type id TAB path NUL`), by path. Links are no files.
fn blobs(listing: &str) -> BTreeMap<String, String> {
    listing
        .split_terminator('\0')
        .filter_map(|entry| {
            let (facts, path) = entry.split_once('\t')?;
            let mut facts = facts.split(' ');
            let is_file = facts.next()?.starts_with("100") && facts.next()? == "blob";
            let id = facts.next()?;
            (is_file && load::is_spec(path)).then(|| (path.to_owned(), id.to_owned()))
        })
        .collect()
}

/// Takes one blob of the batch: `id blob size LF bytes LF`.
fn next_blob<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let header = std::str::from_utf8(rest.get(..end)?).ok()?;
    let size: usize = header.rsplit(' ').next()?.parse().ok()?;
    let bytes = rest.get(end + 1..end + 1 + size)?;
    *rest = rest.get(end + 2 + size..)?;
    Some(bytes)
}

fn git(folder: &Path, arguments: &[&str]) -> Result<Output, String> {
    command(folder, arguments).output().map_err(unstarted)
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments);
    // A hook of another checkout sets these: the folder alone says which one is meant.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    command
}

fn unstarted(error: std::io::Error) -> String {
    format!("git cannot be started: {error}")
}
