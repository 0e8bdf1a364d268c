//! The folder in which other generators are installed, and write.
//!
//! Owns its layout. Must not know a generator.

use std::path::{Path, PathBuf};

use crate::Failure;
use crate::build::target;
use crate::cost;

/// A rustfmt without the option `--unstable-features`.
const RUSTFMT: &str = "\
#!/bin/sh
for argument; do
    shift
    [ \"$argument\" = --unstable-features ] || set -- \"$@\" \"$argument\"
done
exec rustfmt \"$@\"
";

/// The folder.
pub(super) struct Place(PathBuf);

impl Place {
    pub(super) fn new() -> Result<Self, Failure> {
        let folder = target().join("jdy-bench/generators");
        for name in ["log", "tools", "written"] {
            std::fs::create_dir_all(folder.join(name))?;
        }
        Ok(Self(folder.canonicalize()?))
    }

    /// The spec in one document, of OpenAPI 3.1.
    pub(super) fn document(&self) -> PathBuf {
        self.0.join("document.json")
    }

    /// The same of OpenAPI 3.0.
    pub(super) fn old_document(&self) -> PathBuf {
        self.0.join("document-3.0.json")
    }

    /// Where what is installed is.
    pub(super) fn tools(&self) -> PathBuf {
        self.0.join("tools")
    }

    /// A workspace of all that is written.
    pub(super) fn written(&self) -> PathBuf {
        self.0.join("written")
    }

    /// The crate that a generator writes.
    pub(super) fn output(&self, name: &str) -> PathBuf {
        self.written().join(name)
    }

    /// Where what is written is built.
    pub(super) fn target(&self) -> PathBuf {
        self.0.join("target")
    }

    /// A rustfmt that takes an option of the nightly one and lets it be: without it progenitor fails
    /// where the toolchain is stable.
    pub(super) fn rustfmt(&self) -> Result<PathBuf, Failure> {
        let script = self.tools().join("rustfmt");
        std::fs::write(&script, RUSTFMT)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755))?;
        }
        Ok(script)
    }

    /// Where a command says what it does.
    pub(super) fn log(&self, name: &str) -> PathBuf {
        self.0.join("log").join(name)
    }

    /// A new folder with nothing in it, in which the SDK's generator writes.
    pub(super) fn empty(&self, name: &str) -> Result<PathBuf, Failure> {
        let folder = self.0.join(name);
        remove(&folder)?;
        std::fs::create_dir(&folder)?;
        Ok(folder)
    }

    /// Builds the SDK's generator for release, as those of others are, and says where it is.
    pub(super) fn xtask(&self) -> Result<PathBuf, Failure> {
        let mut command = jdy_cargo::cargo();
        command.args(["build", "--release", "--package", "xtask"]);
        command.current_dir(env!("CARGO_MANIFEST_DIR"));
        cost::of(&mut command, &self.log("xtask"))?;
        let target = target().canonicalize()?;
        Ok(target
            .join("release")
            .join(format!("xtask{}", std::env::consts::EXE_SUFFIX)))
    }
}

/// Removes a folder, if it is there.
pub(super) fn remove(folder: &Path) -> Result<(), Failure> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
