//! The generators of others: how they are had, and how they are run.
//!
//! Owns their versions and command lines. Must not know what is measured of what they write.

use std::path::PathBuf;
use std::process::Command;

use super::place::{Place, remove};
use crate::cost::{self, Cost};
use crate::{Failure, build};

/// How a generator is had.
enum Source {
    /// A program of this crate.
    Crate {
        name: &'static str,
        program: &'static str,
    },
    /// A file of Java in this Python package: the package of npm downloads it from elsewhere.
    Java {
        package: &'static str,
        file: &'static str,
    },
}

/// A generator.
pub(super) struct Peer {
    pub(super) name: &'static str,
    version: &'static str,
    source: Source,
    /// Whether it reads OpenAPI 3.0 alone, and no uploads.
    pub(super) reads_old: bool,
    /// Its arguments, with `DOCUMENT` and `OUTPUT`.
    arguments: &'static [&'static str],
    /// The name of the crate that it writes, and arguments of cargo for it.
    pub(super) package: &'static str,
    pub(super) features: &'static [&'static str],
}

/// The generators, those whose users are ours first.
pub(super) const PEERS: [Peer; 3] = [
    Peer {
        name: "oas3-gen",
        version: "0.29.0",
        source: Source::Crate {
            name: "oas3-gen",
            program: "oas3-gen",
        },
        reads_old: false,
        arguments: &[
            "generate",
            "client-mod",
            "-i",
            "DOCUMENT",
            "-o",
            "OUTPUT",
            "--workspace",
        ],
        package: "oas3-gen",
        features: &[],
    },
    Peer {
        name: "progenitor",
        version: "0.15.1",
        source: Source::Crate {
            name: "cargo-progenitor",
            program: "cargo-progenitor",
        },
        reads_old: true,
        arguments: &[
            "progenitor",
            "-i",
            "DOCUMENT",
            "-o",
            "OUTPUT",
            "-n",
            "peer-progenitor",
            "-v",
            "0.0.0",
        ],
        package: "peer-progenitor",
        features: &[],
    },
    Peer {
        name: "openapi-generator",
        version: "7.26.0",
        source: Source::Java {
            package: "openapi-generator-cli",
            file: "openapi_generator_cli/openapi-generator.jar",
        },
        reads_old: false,
        arguments: &[
            "generate",
            "-g",
            "rust",
            "-i",
            "DOCUMENT",
            "-o",
            "OUTPUT",
            "--package-name",
            "peer_openapi_generator",
        ],
        package: "peer_openapi_generator",
        // Without TLS, whose library would only have to be built.
        features: &["--no-default-features"],
    },
];

impl Peer {
    /// Its name and version, and the document that it reads, as cells of a table.
    pub(super) fn title(&self) -> String {
        let document = match self.reads_old {
            true => "converted to OpenAPI 3.0, without uploads",
            false => "as it is, OpenAPI 3.1",
        };
        format!("{} {} | {document}", self.name, self.version)
    }

    /// Installs it into the folder, unless it is there.
    pub(super) fn install(&self, place: &Place) -> Result<(), Failure> {
        let tools = place.tools();
        match self.source {
            Source::Crate { name, program } => {
                if tools.join("bin").join(program).exists() {
                    return Ok(());
                }
                let mut cargo = jdy_cargo::cargo();
                cargo.args([
                    "install",
                    "--locked",
                    &format!("{name}@{}", self.version),
                    "--root",
                ]);
                cargo
                    .arg(&tools)
                    .env("CARGO_TARGET_DIR", tools.join("build"));
                self.step(place, &mut cargo)
            }
            Source::Java { package, file } => {
                self.step(place, Command::new("java").arg("-version"))?;
                if tools.join(file).exists() {
                    return Ok(());
                }
                let mut pip = Command::new("python3");
                pip.args(["-m", "pip", "install", "--no-deps", "--target"])
                    .arg(&tools);
                self.step(place, pip.arg(format!("{package}=={}", self.version)))
            }
        }
    }

    fn step(&self, place: &Place, command: &mut Command) -> Result<(), Failure> {
        cost::of(command, &place.log(&format!("install-{}", self.name))).map(|_| ())
    }

    /// What it says of the document as it is, if it reads only an older version.
    pub(super) fn try_as_it_is(&self, place: &Place) -> Option<String> {
        let words = |error| {
            format!(
                "{}: does not read the document as it is: {error}",
                self.name
            )
        };
        let output = place.output(&format!("{}-as-it-is", self.name));
        let tried = self
            .reads_old
            .then(|| self.run(place, place.document(), output.clone()));
        let _ = remove(&output);
        tried?.err().map(words)
    }

    /// Writes its crate anew.
    pub(super) fn generate(&self, place: &Place) -> Result<Cost, Failure> {
        let output = place.output(self.name);
        remove(&output)?;
        let document = match self.reads_old {
            true => place.old_document(),
            false => place.document(),
        };
        let cost = self.run(place, document, output.clone())?;
        match build::lines(&output)? {
            0 => Err("it says that all is well, and wrote nothing".into()),
            _ => Ok(cost),
        }
    }

    fn run(&self, place: &Place, document: PathBuf, output: PathBuf) -> Result<Cost, Failure> {
        let tools = place.tools();
        let mut command = match self.source {
            Source::Crate { program, .. } => Command::new(tools.join("bin").join(program)),
            Source::Java { file, .. } => {
                let mut java = Command::new("java");
                java.arg("-jar").arg(tools.join(file));
                java
            }
        };
        for argument in self.arguments {
            match *argument {
                "DOCUMENT" => command.arg(&document),
                "OUTPUT" => command.arg(&output),
                other => command.arg(other),
            };
        }
        command.env("RUSTFMT", place.rustfmt()?);
        cost::of(&mut command, &place.log(&format!("gen-{}", self.name)))
    }
}
