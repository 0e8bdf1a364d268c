//! The command line: the subcommands and their arguments.
//!
//! Owns the arguments and their help. Must not know what is done with them.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::parser::ValueSource;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jdy::{Limits, Method, Rate, ReconcileOptions, Secret};
use jdy_journal::{Options, ResolvedAs};
use jdy_sandbox::{Fault, FaultError};

use crate::language::{in_words, say};
use crate::mcp::McpArguments;

/// The command of the arguments, and the options of all commands; an error if they ask for help or
/// are invalid.
pub(crate) fn read() -> Result<(Command, Global), clap::Error> {
    let mut command = in_words(Arguments::command());
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    let arguments = Arguments::from_arg_matches(&matches);
    let mut arguments = arguments.map_err(|error| error.format(&mut command))?;
    let is_option = matches.value_source("profile") == Some(ValueSource::CommandLine);
    arguments.global.has_blank_option = is_option && arguments.global.profile().is_none();
    Ok((arguments.command, arguments.global))
}

/// The command line itself, for what is made from it; in clap's own words.
pub(crate) fn command() -> clap::Command {
    Arguments::command()
}

#[derive(Debug, Parser)]
#[command(
    name = "jdy",
    about = say!("about"),
    version,
    arg_required_else_help = true,
    after_help = say!("help-jdy", profiles = say!("help-profiles"), status = say!("exit-status-call"))
)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// The options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    #[arg(help = say!("option-profile"), 
        long,
        global = true,
        value_name = "NAME",
        env = "JDY_PROFILE",
        hide_env = true
    )]
    profile: Option<String>,
    #[arg(skip)]
    has_blank_option: bool,
}

impl Global {
    /// Whether the option names no profile: whoever gives it does not mean the shop of the
    /// environment, also where a variable of their shell was empty.
    pub(crate) fn has_blank_option(&self) -> bool {
        self.has_blank_option
    }

    /// The profile; an empty variable of the environment names none.
    pub(crate) fn profile(&self) -> Option<&str> {
        let profile = self.profile.as_deref().map(str::trim);
        profile.filter(|name| !name.is_empty())
    }
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(about = say!("about-ops"), after_help = say!("help-ops", status = say!("exit-status-rest")))]
    Ops(OpsArguments),
    #[command(about = say!("about-show"), after_help = say!("help-show", status = say!("exit-status-rest")))]
    Show(ShowArguments),
    #[command(about = say!("about-sign"), after_help = say!("help-sign", status = say!("exit-status-rest")))]
    Sign(SignArguments),
    #[command(about = say!("about-call"), after_help = say!("help-call", status = say!("exit-status-call")))]
    Call(CallArguments),
    #[command(about = say!("about-batch"), after_help = say!("help-batch", status = say!("exit-status-batch")))]
    Batch(Batch),
    #[command(about = say!("about-accounts"), after_help = say!("help-accounts", status = say!("exit-status-call")))]
    Accounts(AccountsArguments),
    #[command(about = say!("about-doctor"), after_help = say!("help-doctor"))]
    Doctor(DoctorArguments),
    #[command(about = say!("about-mcp"), after_help = crate::mcp::help())]
    Mcp(McpArguments),
    #[command(about = say!("about-completions"), after_help = say!("help-completions", status = say!("exit-status-rest")))]
    Completions(CompletionsArguments),
    #[command(about = say!("about-man"), after_help = say!("help-man", status = say!("exit-status-rest")))]
    Man(ManArguments),
    #[command(about = say!("about-template"), after_help = say!("help-template", status = say!("exit-status-rest")))]
    Template(TemplateArguments),
    #[command(about = say!("about-sandbox"), after_help = say!("help-sandbox", status = say!("exit-status-rest")))]
    Sandbox(SandboxArguments),
}

/// How something is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[value(help = say!("format-json"))]
    Json,
    #[value(help = say!("format-table"))]
    Table,
}

/// How the data of an answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CallFormat {
    #[value(help = say!("format-call-json"))]
    Json,
    #[value(help = say!("format-table"))]
    Table,
    #[value(help = say!("format-call-csv"))]
    Csv,
}

#[derive(Debug, Args)]
pub(crate) struct OpsArguments {
    #[arg(help = say!("option-words"), value_name = "WORD")]
    pub(crate) words: Vec<String>,
    #[arg(help = say!("option-format"), long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    #[arg(help = say!("option-operation"), value_name = "OPERATION", required = true)]
    pub(crate) operations: Vec<String>,
    #[arg(help = say!("option-show-format"), long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct TemplateArguments {
    #[arg(help = say!("option-operation"))]
    pub(crate) operation: String,
    #[arg(help = say!("option-required"), long)]
    pub(crate) required: bool,
    #[arg(help = say!("option-describe"), long)]
    pub(crate) describe: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SignArguments {
    #[arg(help = say!("option-explain"), long)]
    pub(crate) explain: bool,
    #[arg(help = say!("option-client-secret"), long, value_name = "S", value_parser = secret)]
    pub(crate) client_secret: Option<Secret>,
    #[arg(help = say!("option-nonce"), long, value_name = "N", value_parser = digits)]
    pub(crate) nonce: Option<String>,
    #[arg(help = say!("option-timestamp"), long, value_name = "T", value_parser = digits)]
    pub(crate) timestamp: Option<String>,
    #[arg(help = say!("option-method"), value_parser = method)]
    pub(crate) method: Method,
    #[arg(help = say!("option-path"), value_parser = path)]
    pub(crate) path: String,
    #[arg(help = say!("option-query"), value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) query: Vec<(String, String)>,
}

#[derive(Debug, Args)]
pub(crate) struct CallArguments {
    #[arg(help = say!("option-call-operation"))]
    pub(crate) operation: String,
    #[arg(help = say!("option-fields"), value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) fields: Vec<(String, String)>,
    #[arg(help = say!("option-call-query"), long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) query: Vec<(String, String)>,
    #[arg(help = say!("option-json"), long, value_name = "TEXT|@FILE|@-")]
    pub(crate) json: Option<String>,
    #[arg(help = say!("option-extra"), long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) extra: Vec<(String, String)>,
    #[arg(help = say!("option-raw"), long, conflicts_with = "format")]
    pub(crate) raw: bool,
    #[arg(help = say!("option-deadline"), long, value_name = "TIME", value_parser = duration)]
    pub(crate) deadline: Option<Duration>,
    #[arg(help = say!("option-account"), long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    #[arg(help = say!("option-expect-app-key"), long, value_name = "KEY")]
    pub(crate) expect_app_key: Option<String>,
    #[arg(help = say!("option-all"), long, conflicts_with_all = ["raw", "dry_run"])]
    pub(crate) all: bool,
    #[arg(help = say!("option-dry-run"), long, conflicts_with_all = ["raw", "format"])]
    pub(crate) dry_run: bool,
    #[arg(help = say!("option-call-format"), long, value_enum, default_value_t = CallFormat::Json)]
    pub(crate) format: CallFormat,
    #[arg(help = say!("option-columns"), long, value_name = "FIELD,..", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AccountsArguments {
    #[arg(help = say!("option-format"), long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    #[arg(help = say!("option-account"), long, value_name = "NAME")]
    pub(crate) account: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    #[arg(help = say!("option-shell"))]
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    #[arg(help = say!("option-folder"), value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}

/// A run over a list, or a question about one.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Batch {
    #[command(subcommand)]
    pub(crate) question: Option<BatchQuestion>,
    #[command(flatten)]
    pub(crate) run: Option<BatchArguments>,
}

/// What is asked about a list.
#[derive(Debug, Subcommand)]
pub(crate) enum BatchQuestion {
    #[command(about = say!("about-batch-status"), after_help = say!("help-batch-status"))]
    Status(StatusArguments),
    #[command(about = say!("about-batch-recover"), after_help = say!("help-batch-recover"))]
    Recover(RecoverArguments),
}

#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    #[arg(help = say!("option-journal"), long, value_name = "FILE|ADDRESS")]
    pub(crate) journal: PathBuf,
    #[arg(help = say!("option-list"), long, value_name = "NAME")]
    pub(crate) list: Option<String>,
    #[arg(help = say!("option-show-format"), long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct RecoverArguments {
    #[arg(help = say!("option-recover-journal"), long, value_name = "ADDRESS")]
    pub(crate) journal: String,
    #[arg(help = say!("option-missing"), long, value_enum)]
    pub(crate) missing: WhatIsMissing,
}

/// What a database may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WhatIsMissing {
    #[value(help = say!("missing-calls"))]
    Calls,
    #[value(help = say!("missing-nothing"))]
    Nothing,
}

#[derive(Debug, Args)]
pub(crate) struct BatchArguments {
    #[arg(help = say!("option-operation"))]
    pub(crate) operation: String,
    #[arg(help = say!("option-file"), value_name = "FILE.csv|FILE.jsonl")]
    pub(crate) file: PathBuf,
    #[arg(help = say!("option-journal"), long, value_name = "FILE|ADDRESS")]
    pub(crate) journal: PathBuf,
    #[arg(help = say!("option-list"), long, value_name = "NAME")]
    pub(crate) list: Option<String>,
    #[arg(help = say!("option-account"), long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    #[arg(help = say!("option-key"), long, value_name = "FIELD")]
    pub(crate) key: Option<String>,
    #[arg(help = say!("option-allow-identical"), long)]
    pub(crate) allow_identical: bool,
    #[arg(help = say!("option-allow-repeated"), long, requires = "list")]
    pub(crate) allow_repeated: bool,
    #[arg(help = say!("option-trust-failover"), long, requires = "list")]
    pub(crate) trust_failover: bool,
    #[arg(help = say!("option-concurrency"), long, value_name = "N", default_value_t = Options::default().concurrency, value_parser = concurrency)]
    pub(crate) concurrency: NonZeroUsize,
    #[arg(help = say!("option-rate"), long, value_name = "PER_MINUTE", default_value_t = default_rate())]
    pub(crate) rate: NonZeroU32,
    #[arg(help = say!("option-batch-deadline"), long, value_name = "TIME", value_parser = duration)]
    pub(crate) deadline: Option<Duration>,
    #[arg(help = say!("option-reconcile"), long)]
    pub(crate) reconcile: bool,
    #[arg(help = say!("option-wait"), long, requires = "reconcile")]
    pub(crate) wait: bool,
    #[arg(help = say!("option-max-pages"), long, value_name = "N", requires = "reconcile", default_value_t = default_max_pages())]
    pub(crate) max_pages: NonZeroU32,
    #[arg(help = say!("option-resend-unknown"), long, value_name = "KEY", num_args = 1..)]
    pub(crate) resend_unknown: Vec<String>,
    #[arg(help = say!("option-settle"), long, value_name = "KEY=applied|absent[@N]", num_args = 1.., value_parser = settled)]
    pub(crate) settle: Vec<Settled>,
    #[arg(help = say!("option-by"), long, value_name = "NAME", requires = "settle", value_parser = somebody)]
    pub(crate) by: Option<String>,
    #[arg(help = say!("option-results"), long, value_name = "FILE.csv|FILE.jsonl")]
    pub(crate) results: Option<PathBuf>,
    #[arg(help = say!("option-batch-format"), long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct SandboxArguments {
    #[arg(help = say!("option-listen"), long, value_name = "ADDR", value_parser = address)]
    pub(crate) listen: Option<SocketAddr>,
    #[arg(help = say!("option-beyond-loopback"), long, requires = "listen")]
    pub(crate) beyond_loopback: bool,
    #[arg(help = say!("option-admin-anywhere"), long, requires = "beyond_loopback")]
    pub(crate) admin_anywhere: bool,
    #[arg(help = say!("option-faults"), long = "fault", value_name = "KIND[=VALUE][@PATH][*TIMES][%PERCENT]")]
    pub(crate) faults: Vec<FaultArgument>,
    #[arg(help = say!("option-dedupe-src-bill-id"), long)]
    pub(crate) dedupe_src_bill_id: bool,
    #[arg(help = say!("option-allow-extra"), long)]
    pub(crate) allow_extra: bool,
    #[arg(help = say!("option-state"), long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    #[arg(help = say!("option-empty"), long)]
    pub(crate) empty: bool,
    #[arg(help = say!("option-strict-references"), long)]
    pub(crate) strict_references: bool,
    #[arg(help = say!("option-members"), long = "member", value_name = "ID=BALANCE", value_parser = pair)]
    pub(crate) members: Vec<(String, String)>,
}

/// A fault, or the question which kinds there are.
#[derive(Clone, Debug)]
pub(crate) enum FaultArgument {
    Help,
    Fault(Fault),
}

impl FromStr for FaultArgument {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        match text {
            "help" => Ok(Self::Help),
            _ => text.parse().map(Self::Fault),
        }
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some(("", _)) => Err(say!("argument-no-name")),
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err(say!("argument-no-pair")),
    }
}

/// What was found out about a line: its key, whether it took effect, and which of its calls was
/// looked up.
pub(crate) type Settled = (String, ResolvedAs, Option<u32>);

/// A resolution as KEY=applied, KEY=absent or KEY=absent@2. The key may contain `=`.
pub(crate) fn settled(text: &str) -> Result<Settled, String> {
    let parsed = || {
        let (key, text) = text.rsplit_once('=')?;
        let (text, call) = match text.split_once('@') {
            Some((text, call)) => (text, Some(call.parse().ok().filter(|call| *call > 0)?)),
            None => (text, None),
        };
        Some((key.to_owned(), ResolvedAs::from_text(text)?, call))
    };
    parsed().ok_or_else(|| say!("argument-settle"))
}

/// The name of a person, which must not be blank.
pub(crate) fn somebody(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err(say!("argument-somebody")),
        name => Ok(name.to_owned()),
    }
}

/// A method by its name, in upper or lower case.
pub(crate) fn method(text: &str) -> Result<Method, String> {
    [Method::Get, Method::Post, Method::Put, Method::Delete]
        .into_iter()
        .find(|method| method.as_str().eq_ignore_ascii_case(text))
        .ok_or_else(|| say!("argument-method"))
}

/// A path without its query.
pub(crate) fn path(text: &str) -> Result<String, String> {
    if !text.starts_with('/') {
        return Err(say!("argument-path-begin"));
    }
    if text.contains(['?', '#']) {
        return Err(say!("argument-path-query"));
    }
    Ok(text.to_owned())
}

fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::from(text))
}

fn digits(text: &str) -> Result<String, String> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(say!("argument-digits"));
    }
    Ok(text.to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    let number = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = text.strip_prefix(number).unwrap_or_default();
    let millis = match unit {
        "ms" => Some(1),
        "s" => Some(1_000),
        "m" => Some(60_000),
        _ => None,
    };
    number
        .parse::<u64>()
        .ok()
        .zip(millis)
        .and_then(|(number, millis)| number.checked_mul(millis))
        .map(Duration::from_millis)
        .ok_or_else(|| say!("argument-duration"))
}

/// The client's own limit of calls per minute.
fn default_rate() -> NonZeroU32 {
    let per_minute = |rate: Rate| {
        let calls = f64::from(rate.calls) * 60.0 / rate.period.as_secs_f64();
        NonZeroU32::new(calls as u32)
    };
    let calls = Limits::default().calls;
    calls.and_then(per_minute).unwrap_or(NonZeroU32::MIN)
}

fn default_max_pages() -> NonZeroU32 {
    NonZeroU32::new(ReconcileOptions::DEFAULT_MAX_PAGES).unwrap_or(NonZeroU32::MIN)
}

fn concurrency(text: &str) -> Result<NonZeroUsize, String> {
    const MOST: usize = 1000;
    let number = text.parse().ok().filter(|number| *number <= MOST);
    number
        .and_then(NonZeroUsize::new)
        .ok_or_else(|| say!("argument-concurrency", most = MOST))
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| say!("argument-address"))
}
