//! The command line: which task, with what.
//!
//! Owns the names of tasks and options, and what `--help` says. Must not know what a task does.
//! Must not use: `crate::task`.

use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser};
use clap::{Args, Parser, Subcommand};
use jdy_codegen::files::Mode;
use jdy_import::{ImportOptions, Prose};

use crate::packages;

/// The maintainers' tasks.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    after_help = "`lint` and `gen` print one line `file:line:column: error: what; help: ..` for each finding.\n\
                  Status: 0 fine (notes included), 1 refused or different, 2 wrong usage."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The tasks.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import pages of the vendor, or its Swagger file, into the spec
    Import(Import),
    /// Check the spec; all findings at once
    Lint(Spec),
    /// Generate the crates
    #[command(name = "gen")]
    Generate(Generate),
    /// Print the spec as one OpenAPI document in JSON
    Bundle(Bundle),
    /// Print what changed since a revision, as Markdown
    Diff(Diff),
    /// Run recharges through faults and kills, and compare them with a ledger
    Chaos(Chaos),
    /// Check the text of the workspace: headers, lengths, words, links
    Tidy,
    /// Run the tests that a change needs
    Test(Test),
    /// Document all libraries, a warning being an error, and compare the public API with docs/api
    Api,
    /// Write anew what checks compare: the generated crates, the text of the public API
    Bless,
    /// Run everything that must pass, as CI does
    Ci,
    /// Check licences, bans and sources of the dependencies with cargo-deny, built once if need be
    Deny,
    /// Ask the advisory database about the dependencies
    Advisories,
    /// Check everything that a release needs, and print what is left for a person
    Release(Release),
    /// Write what the command `jdy` is built of, as a CycloneDX document
    Sbom,
}

/// The spec folder.
#[derive(Args, Debug)]
pub struct Spec {
    /// The spec folder [default: the workspace's]
    #[arg(long = "spec", value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

/// `import`
#[derive(Args, Debug)]
pub struct Import {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub spec: Spec,
    /// Carry over descriptions and examples, for pages whose owner may
    #[arg(long)]
    pub keep_descriptions: bool,
    /// Take out of the spec what a page does not have
    #[arg(long)]
    pub allow_removal: bool,
    /// Move an operation to another address under another title
    #[arg(long)]
    pub allow_move: bool,
    /// Print every finding, however many
    #[arg(long)]
    pub all: bool,
    /// Pages, and folders of pages
    #[arg(required = true, value_name = "PAGE")]
    pub pages: Vec<PathBuf>,
}

impl Import {
    /// What the import may do beyond adding and changing.
    #[must_use]
    pub fn options(&self) -> ImportOptions {
        ImportOptions {
            prose: match self.keep_descriptions {
                true => Prose::Keep,
                false => Prose::Leave,
            },
            removal: self.allow_removal,
            moves: self.allow_move,
        }
    }
}

/// `gen`
#[derive(Args, Debug)]
pub struct Generate {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub spec: Spec,
    /// The folder of the crates [default: the workspace's]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Only compare
    #[arg(long)]
    pub check: bool,
}

impl Generate {
    /// Whether to write or only to compare.
    #[must_use]
    pub fn mode(&self) -> Mode {
        match self.check {
            true => Mode::Check,
            false => Mode::Write,
        }
    }
}

/// `bundle`
#[derive(Args, Debug)]
pub struct Bundle {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub spec: Spec,
    /// The file to write [default: stdout]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `diff`
#[derive(Args, Debug)]
pub struct Diff {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub spec: Spec,
    /// What the work tree is compared with: a commit, branch or tag
    #[arg(default_value = "HEAD", value_name = "REV", value_parser = NonEmptyStringValueParser::new())]
    pub revision: String,
}

/// `chaos`
#[derive(Args, Debug)]
pub struct Chaos {
    /// How many calls [default: the package's own number]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    pub calls: Option<u64>,
    /// The seed of the random numbers
    #[arg(long)]
    pub seed: Option<u64>,
    /// What clients do wrong on purpose; then the run must fail
    #[arg(long, value_name = "HOW")]
    pub wrong: Option<String>,
    /// Workers share lists in one Postgres, which is killed as well
    #[arg(long, conflicts_with = "calls")]
    pub fleet: bool,
    /// How many worker processes [default: the package's own number]
    #[arg(long, requires = "fleet")]
    pub workers: Option<u64>,
    /// How many lines of all lists [default: the package's own number]
    #[arg(long, requires = "fleet")]
    pub lines: Option<u64>,
    /// Measure the speed and size of a fleet instead, without faults
    #[arg(long, requires = "fleet")]
    pub measure: bool,
}

/// `release`
#[derive(Args, Debug)]
pub struct Release {
    /// Publish nothing. It is required: publishing is a person's work
    #[arg(long, required = true)]
    pub dry_run: bool,
}

/// `test`
#[derive(Args, Debug)]
pub struct Test {
    /// The crates whose own tests are run [default: those with files that git shows as changed, and
    /// those that hold their promises]
    #[arg(value_name = "CRATE", value_parser = PossibleValuesParser::new(packages::names()))]
    pub crates: Vec<String>,
}
