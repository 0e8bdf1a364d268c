//! What a generator wrote, as something to check and to build.
//!
//! Owns how it is built, and what that took. Must not know how it was written.

use std::path::{Path, PathBuf};

use super::peer::Peer;
use super::place::Place;
use crate::Failure;
use crate::build::{self, Sdk};
use crate::cost::{self, Cost};

/// The arguments of cargo that check, and those that build.
pub(super) const CHECK: &[&str] = &["check"];
pub(super) const RELEASE: &[&str] = &["build", "--release"];

/// The crate of a generator, or the SDK's.
pub(super) struct Written {
    pub(super) title: String,
    pub(super) operations: usize,
    kind: Kind,
    checks: Vec<Cost>,
    builds: Vec<Cost>,
}

enum Kind {
    Sdk(Sdk),
    Peer(Crate),
}

/// A crate in the workspace of what others wrote.
struct Crate {
    folder: PathBuf,
    target: PathBuf,
    log: PathBuf,
    package: &'static str,
    features: &'static [&'static str],
}

impl Written {
    /// The SDK's.
    pub(super) fn sdk(sdk: Sdk) -> Result<Self, Failure> {
        let operations = sdk.operations()?;
        Ok(Self::new("**jdy**".to_owned(), operations, Kind::Sdk(sdk)))
    }

    /// Those of others, in a workspace, so that all take the same versions of what they depend on.
    pub(super) fn of_peers(
        place: &Place,
        peers: &[&Peer],
        operations: usize,
        uploads: usize,
    ) -> Result<Vec<Self>, Failure> {
        let names: Vec<_> = peers
            .iter()
            .map(|peer| format!("{:?}", peer.name))
            .collect();
        let manifest = format!(
            "[workspace]\nresolver = \"3\"\nmembers = [{}]\n",
            names.join(", ")
        );
        std::fs::write(place.written().join("Cargo.toml"), manifest)?;
        let written = peers.iter().map(|peer| {
            let kind = Kind::Peer(Crate {
                folder: place.output(peer.name),
                target: place.target(),
                log: place.log(&format!("build-{}", peer.name)),
                package: peer.package,
                features: peer.features,
            });
            let operations = match peer.reads_old {
                true => operations - uploads,
                false => operations,
            };
            Self::new(peer.name.to_owned(), operations, kind)
        });
        Ok(written.collect())
    }

    fn new(title: String, operations: usize, kind: Kind) -> Self {
        Self {
            title,
            operations,
            kind,
            checks: Vec::new(),
            builds: Vec::new(),
        }
    }

    /// Builds what it depends on, for what these arguments do.
    pub(super) fn prepare(&self, arguments: &[&str]) -> Result<(), Failure> {
        match &self.kind {
            Kind::Sdk(sdk) => sdk.build(&with_features(arguments)).map(drop),
            Kind::Peer(one) => one.without_content(|| one.build(arguments).map(drop)),
        }
    }

    /// Checks or builds it alone.
    pub(super) fn build(&mut self, arguments: &[&str]) -> Result<(), Failure> {
        let cost = match &self.kind {
            Kind::Sdk(sdk) => {
                sdk.touch()?;
                sdk.build(&with_features(arguments))?
            }
            Kind::Peer(one) => {
                build::touch(&one.library_file())?;
                one.build(arguments)?
            }
        };
        eprintln!("{} of {}: {}", arguments[0], self.title, cost.cells());
        match arguments == CHECK {
            true => self.checks.push(cost),
            false => self.builds.push(cost),
        }
        Ok(())
    }

    /// What a check took.
    pub(super) fn check(&self) -> Cost {
        Cost::median(&self.checks)
    }

    /// What a release build took.
    pub(super) fn release(&self) -> Cost {
        Cost::median(&self.builds)
    }

    /// The bytes of its release library.
    pub(super) fn library(&self) -> Result<u64, Failure> {
        match &self.kind {
            Kind::Sdk(sdk) => sdk.library(),
            Kind::Peer(one) => build::library(&one.target, one.package),
        }
    }
}

fn with_features<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [arguments, &["--all-features"]].concat()
}

impl Crate {
    fn build(&self, arguments: &[&str]) -> Result<Cost, Failure> {
        let mut command = jdy_cargo::cargo();
        command
            .args(arguments)
            .args(["--package", self.package])
            .args(self.features)
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_TARGET_DIR", &self.target)
            .current_dir(&self.folder);
        cost::of(&mut command, &self.log)
    }

    fn library_file(&self) -> PathBuf {
        self.folder.join("src/lib.rs")
    }

    /// Does something while the crate is empty, as for what it depends on to be built.
    fn without_content(&self, work: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
        let file = self.library_file();
        let kept: &Path = &file.with_extension("kept");
        std::fs::rename(&file, kept)?;
        let worked = std::fs::write(&file, "")
            .map_err(Failure::from)
            .and_then(|()| work());
        std::fs::rename(kept, &file)?;
        worked
    }
}
