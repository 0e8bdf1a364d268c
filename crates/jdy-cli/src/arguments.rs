//! The command line: the subcommands and their arguments.
//!
//! Owns the arguments and their help. Must not know what is done with them.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jdy::{Method, Secret};
use jdy_journal::ResolvedAs;
use jdy_sandbox::Fault;

use crate::exit::{OF_A_BATCH, OF_A_CALL, OF_THE_REST};
use crate::mcp::McpArguments;

/// The command of the arguments, and the options of all commands; an error if they ask for help or
/// are invalid.
pub(crate) fn read() -> Result<(Command, Global), clap::Error> {
    Arguments::try_parse().map(|arguments| (arguments.command, arguments.global))
}

/// The command line itself, for what is made from it.
pub(crate) fn command() -> clap::Command {
    Arguments::command()
}

/// Lists, signs and calls the operations of the Kingdee JDY API, or runs the sandbox.
#[derive(Debug, Parser)]
#[command(
    name = "jdy",
    version,
    arg_required_else_help = true,
    after_help = top_help()
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
    /// A profile instead of the environment's variables (JDY_PROFILE)
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "JDY_PROFILE",
        hide_env = true
    )]
    profile: Option<String>,
}

impl Global {
    /// The profile; an empty variable names none.
    pub(crate) fn profile(&self) -> Option<&str> {
        let profile = self.profile.as_deref().map(str::trim);
        profile.filter(|name| !name.is_empty())
    }
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists the operations, all or those that some words find
    #[command(after_help = ops_help())]
    Ops(OpsArguments),
    /// Shows what the spec says of an operation: its fields, codes, effect and answer
    #[command(after_help = show_help())]
    Show(ShowArguments),
    /// Shows the signature of a request, and how it is computed
    #[command(after_help = sign_help())]
    Sign(SignArguments),
    /// Calls an operation and prints the data of its answer
    #[command(after_help = call_help())]
    Call(CallArguments),
    /// Calls an operation once for each line of a file, and continues where it stopped
    #[command(after_help = batch_help())]
    Batch(Batch),
    /// Lists the account sets that an instance has authorized
    #[command(after_help = accounts_help())]
    Accounts(AccountsArguments),
    /// Checks what a call needs, in order, and says what to do about it
    #[command(after_help = doctor_help())]
    Doctor(DoctorArguments),
    /// Serves agents over stdin and stdout, by the Model Context Protocol
    #[command(after_help = crate::mcp::help())]
    Mcp(McpArguments),
    /// Prints the completions of a shell
    #[command(after_help = completions_help())]
    Completions(CompletionsArguments),
    /// Writes the man pages
    #[command(after_help = man_help())]
    Man(ManArguments),
    /// Prints the columns of a list of calls for `jdy batch`, and what each takes
    #[command(after_help = template_help())]
    Template(TemplateArguments),
    /// Runs a gateway on this machine that behaves as the real one
    #[command(after_help = sandbox_help())]
    Sandbox(SandboxArguments),
}

/// How something is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For programs
    Json,
    /// For people
    Table,
}

/// How the data of an answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CallFormat {
    /// For programs: the data in one line; with --all one row a line
    Json,
    /// For people
    Table,
    /// For spreadsheets: the rows of a list, with --all and --columns
    Csv,
}

#[derive(Debug, Args)]
pub(crate) struct OpsArguments {
    /// What their id, path, title or fields hold, in Chinese or English; all words must be found
    #[arg(value_name = "WORD")]
    pub(crate) words: Vec<String>,
    /// The form of the list
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// An id (`jdy ops` lists them), or METHOD:PATH of one
    pub(crate) operation: String,
    /// The form of it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct TemplateArguments {
    /// An id (`jdy ops` lists them), or METHOD:PATH of one
    pub(crate) operation: String,
    /// Leaves out the columns that may be left out
    #[arg(long)]
    pub(crate) required: bool,
    /// Prints what the columns take, and not the columns
    #[arg(long)]
    pub(crate) describe: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SignArguments {
    /// Shows every stage instead of the signature alone; never the secret
    #[arg(long)]
    pub(crate) explain: bool,
    /// The client secret; JDY_CLIENT_SECRET unless given
    #[arg(long, value_name = "S", value_parser = secret)]
    pub(crate) client_secret: Option<Secret>,
    /// The nonce, a positive integer; a random one unless given
    #[arg(long, value_name = "N", value_parser = digits)]
    pub(crate) nonce: Option<String>,
    /// The time in milliseconds since 1970; now unless given
    #[arg(long, value_name = "T", value_parser = digits)]
    pub(crate) timestamp: Option<String>,
    /// GET, POST, PUT or DELETE
    #[arg(value_parser = method)]
    pub(crate) method: Method,
    /// The path, not encoded and without query
    #[arg(value_parser = path)]
    pub(crate) path: String,
    /// The query, not encoded, in any order
    #[arg(value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) query: Vec<(String, String)>,
}

#[derive(Debug, Args)]
pub(crate) struct CallArguments {
    /// An id (`jdy ops` lists them), or METHOD:PATH
    pub(crate) operation: String,
    /// The fields of the request; a list or record as JSON
    #[arg(value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) fields: Vec<(String, String)>,
    /// The query of a path that the spec does not know, where it has a body as well; repeatable
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) query: Vec<(String, String)>,
    /// Further fields as a JSON object; @- is stdin
    #[arg(long, value_name = "TEXT|@FILE|@-")]
    pub(crate) json: Option<String>,
    /// A field that the spec does not know, as JSON or as text; repeatable
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) extra: Vec<(String, String)>,
    /// Prints the body of the answer as received, also of a refusal
    #[arg(long, conflicts_with = "format")]
    pub(crate) raw: bool,
    /// How long the call may take, with all its attempts: 500ms, 30s (the default), 2m
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) deadline: Option<Duration>,
    /// A further account set of the profile
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// Reads all pages of a list, and writes one row a line
    #[arg(long, conflicts_with_all = ["raw", "dry_run"])]
    pub(crate) all: bool,
    /// Prints the request as it would go, checked against the spec, and sends nothing
    #[arg(long, conflicts_with_all = ["raw", "format"])]
    pub(crate) dry_run: bool,
    /// The form of the data; a table cuts long values
    #[arg(long, value_enum, default_value_t = CallFormat::Json)]
    pub(crate) format: CallFormat,
    /// The columns of --format csv: fields of a row, as id,customer.name or entries[0].id
    #[arg(long, value_name = "FIELD,..", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AccountsArguments {
    /// The form of the list
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// A further account set of the profile
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// A folder for the pages of all commands; without it the page of jdy is printed
    #[arg(value_name = "DIR")]
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
    /// Shows the state of a list, its workers and its unknown lines, and changes nothing
    #[command(after_help = status_help())]
    Status(StatusArguments),
}

#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    /// What keeps the outcome of each line: a file, or postgres://USER@HOST/DB
    #[arg(long, value_name = "FILE|ADDRESS")]
    pub(crate) journal: PathBuf,
    /// The name of the list in the database
    #[arg(long, value_name = "NAME")]
    pub(crate) list: Option<String>,
    /// The form of it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct BatchArguments {
    /// An id (`jdy ops` lists them), or METHOD:PATH of one
    pub(crate) operation: String,
    /// The calls: .csv with a row of field names, or .jsonl with one object per line
    #[arg(value_name = "FILE.csv|FILE.jsonl")]
    pub(crate) file: PathBuf,
    /// What keeps the outcome of each line: a file, or postgres://USER@HOST/DB
    #[arg(long, value_name = "FILE|ADDRESS")]
    pub(crate) journal: PathBuf,
    /// The name of the list in the database
    #[arg(long, value_name = "NAME")]
    pub(crate) list: Option<String>,
    /// A further account set of the profile
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// The field that is the key of a line, if the spec names none: a, or a.b
    #[arg(long, value_name = "FIELD")]
    pub(crate) key: Option<String>,
    /// Accepts two identical lines without a key; both are sent
    #[arg(long)]
    pub(crate) allow_identical: bool,
    /// How many calls are in flight at once
    #[arg(long, value_name = "N", default_value = "8", value_parser = concurrency)]
    pub(crate) concurrency: NonZeroUsize,
    /// How many calls are made per minute; the gateway takes 500 for each account set
    #[arg(long, value_name = "PER_MINUTE", default_value = "500")]
    pub(crate) rate: NonZeroU32,
    /// How long each call may take, with all its attempts: 500ms, 30s (the default), 2m
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) deadline: Option<Duration>,
    /// Looks up the unknown lines: what took effect is done, what is proven absent is sent
    #[arg(long)]
    pub(crate) reconcile: bool,
    /// Waits until the gateway can no longer accept what was lost, then looks it up again
    #[arg(long, requires = "reconcile")]
    pub(crate) wait: bool,
    /// How many pages of a list without a filter by number are read to prove a record absent
    #[arg(long, value_name = "N", requires = "reconcile", default_value = "20")]
    pub(crate) max_pages: NonZeroU32,
    /// Sends these unknown lines again, each named by its key (or its number, if it has no key)
    #[arg(long, value_name = "KEY", num_args = 1..)]
    pub(crate) resend_unknown: Vec<String>,
    /// Settles these lines after a look-up: applied is done, absent is sent
    #[arg(long, value_name = "KEY=applied|absent", num_args = 1.., value_parser = settled)]
    pub(crate) settle: Vec<Settled>,
    /// Who looked them up, for the journal; this machine's user unless given
    #[arg(long, value_name = "NAME", requires = "settle", value_parser = somebody)]
    pub(crate) by: Option<String>,
    /// Writes what came back for each line to this file at the end of the run
    #[arg(long, value_name = "FILE.csv|FILE.jsonl")]
    pub(crate) results: Option<PathBuf>,
    /// The form of the summary
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct SandboxArguments {
    /// Where to listen; a free port of 127.0.0.1 unless given
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub(crate) listen: Option<SocketAddr>,
    /// Allows an address that other machines can reach
    #[arg(long, requires = "listen")]
    pub(crate) beyond_loopback: bool,
    /// Lets other machines use the admin interface under /__sandbox/
    #[arg(long, requires = "beyond_loopback")]
    pub(crate) admin_anywhere: bool,
    /// What goes wrong; repeatable
    #[arg(long = "fault", value_name = "KIND[=VALUE][@PATH][*TIMES][%PERCENT]")]
    pub(crate) faults: Vec<Fault>,
    /// Answers a recharge whose src_bill_id was seen with the first bill
    #[arg(long)]
    pub(crate) dedupe_src_bill_id: bool,
    /// Accepts fields that the spec does not know, and names them in the log
    #[arg(long)]
    pub(crate) allow_extra: bool,
    /// Reads the state from this file at the start, if there is one, and writes it at the end
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Begins with nothing instead of a small shop
    #[arg(long)]
    pub(crate) empty: bool,
    /// Refuses a save that names a customer, material, unit or the like that does not exist
    #[arg(long)]
    pub(crate) strict_references: bool,
    /// A member, instead of the default ones; repeatable
    #[arg(long = "member", value_name = "ID=BALANCE", value_parser = pair)]
    pub(crate) members: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some(("", _)) => Err("there is no name before =".to_owned()),
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err("there is no = in it; a name and a value are given as NAME=VALUE".to_owned()),
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
    parsed().ok_or_else(|| {
        "it is a line's key, =, and applied or absent; with @ and a number, which of its calls was \
         looked up"
            .to_owned()
    })
}

/// The name of a person, which must not be blank.
pub(crate) fn somebody(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("it is somebody's name".to_owned()),
        name => Ok(name.to_owned()),
    }
}

/// A method by its name, in upper or lower case.
pub(crate) fn method(text: &str) -> Result<Method, String> {
    [Method::Get, Method::Post, Method::Put, Method::Delete]
        .into_iter()
        .find(|method| method.as_str().eq_ignore_ascii_case(text))
        .ok_or_else(|| "a method is GET, POST, PUT or DELETE".to_owned())
}

const NOT_IN_A_PATH: &str = "a path holds neither ? nor #; give the query as NAME=VALUE pairs";

/// A path without its query.
pub(crate) fn path(text: &str) -> Result<String, String> {
    if !text.starts_with('/') {
        return Err("a path begins with /".to_owned());
    }
    if text.contains(['?', '#']) {
        return Err(NOT_IN_A_PATH.to_owned());
    }
    Ok(text.to_owned())
}

fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::from(text))
}

fn digits(text: &str) -> Result<String, String> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("it is written in digits alone".to_owned());
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
        .ok_or_else(|| "a time is a whole number and ms, s or m, such as 30s".to_owned())
}

fn concurrency(text: &str) -> Result<NonZeroUsize, String> {
    const MOST: usize = 1000;
    let number = text.parse().ok().filter(|number| *number <= MOST);
    number
        .and_then(NonZeroUsize::new)
        .ok_or_else(|| format!("it is a whole number from 1 to {MOST}"))
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "an address is an IP address and a port, such as 127.0.0.1:8080".to_owned())
}

fn top_help() -> String {
    format!(
        "\
Examples:
  jdy ops
  jdy ops 充值                      # finds operations; jdy show ID tells their fields
  jdy sandbox                       # in one terminal; it prints the variables for another
  jdy call ls.mall_recharge_rule member_id=10

Environment:
  JDY_CLIENT_ID JDY_CLIENT_SECRET   the application
  JDY_APP_KEY JDY_APP_SECRET JDY_ROUTER_ADDR
                                    one account set, as its authorization told them
  JDY_OUTER_INSTANCE_ID             or the instance that is asked for them
  JDY_BASE_URL                      another gateway than Kingdee's
  JDY_TOKEN_STORE                   where tokens are kept: memory, file:PATH or
                                    redis://HOST:PORT; a file in the cache folder unless said
  JDY_SHARE_LIMITS                  1: all who use the same Redis keep to the limits together;
                                    0: nor do the processes of a list in a database
A store that fails does not stop a call; it is said on stderr once.

{PROFILES}
{OF_A_CALL}"
    )
}

/// The form of a profile, for the help.
const PROFILES: &str = "\
Profiles, in ~/.config/jdy/config.toml or the file that JDY_CONFIG names:
  [profiles.shop-a]
  client_id = \"300001\"
  client_secret = { file = \"shop-a.secret\" }    # mode 0600; or { env = \"NAME\" },
                                                # or { command = [\"pass\", \"show\", \"jdy\"] }
  outer_instance_id = \"4924\"  # or app_key, app_secret and router_addr of one account set
  # base_url, token_store, share_limits = true
  [profiles.shop-a.accounts.second]             # --account second
  app_key = \"TGG8x4aK\"
A secret in plain text is refused. The environment and a profile are never mixed: with a profile,
none of the variables JDY_CLIENT_ID to JDY_BASE_URL may be set, so that no call can go to the wrong
shop. JDY_TOKEN_STORE and JDY_SHARE_LIMITS hold where the profile has no such key.
";

fn ops_help() -> String {
    format!(
        "\
Examples:
  jdy ops
  jdy ops 充值 规则
  jdy ops member_id recharge
  jdy ops --format json

An operation is found if each word occurs in its id, path or title, or in the name or the label of
one of its fields, in any case. Those found by their fields come last, and `found in` names such a
field. If none is found, the exit status is 1. On a terminal the table is cut to its width; in a
file or a pipe it is not.

{OF_THE_REST}"
    )
}

fn show_help() -> String {
    format!(
        "\
Examples:
  jdy show ls.mall_recharge
  jdy show POST:/jdy/v2/scm/sal_order
  jdy show bd.material --format json

a.b is field b of record a, and a[].b that of each item of list a. Below a field stand its codes, as
far as they are known. A required field that has a value unless given may be left out. The look-up
is what shows whether a call took effect whose answer was lost: (f) stands for field f of the call.

{OF_THE_REST}"
    )
}

fn template_help() -> String {
    format!(
        "\
Examples:
  jdy template ls.mall_recharge > recharges.csv
  jdy template scm.sal_order_save --required > orders.csv
  jdy template scm.sal_order_save --describe

The columns go to stdout, and what each takes to stderr. Fill in a line for each call, and give the
file to `jdy batch`. A column may be left out where it is not required.

{OF_THE_REST}"
    )
}

fn sign_help() -> String {
    format!(
        "\
Example:
  jdy sign --explain --nonce 4427456950 --timestamp 1670305063559 \\
      GET /jdy/v2/bd/material search=测试 page=1

The body of a request is not signed, so it is not asked for. Other users of this machine may see
arguments, so prefer JDY_CLIENT_SECRET to --client-secret.

{OF_THE_REST}"
    )
}

fn call_help() -> String {
    format!(
        "\
Examples:
  jdy call ls.mall_recharge_rule member_id=10 --format table
  jdy call ls.mall_recharge member_id=10 bal_amount=100.00 src_bill_id=R-2026-0001 \\
      settle_entries='[{{\"pay_type\":\"1\",\"settle_amt\":\"100.00\"}}]'
  jdy call ls.mall_recharge --json @recharge.json
  jdy call ls.member page=1 page_size=10 --extra operation_key=audit
  jdy call bd.material --all --format csv --columns id,number,name
  jdy call ls.mall_recharge --dry-run --json @recharge.json
  jdy call GET:/jdy/v2/bd/not_in_the_spec page=1 page_size=10

Values are text, which numbers, amounts and dates are read from; a value that is a JSON array or
object goes in as such where the field is no text. A list in a query is one item (id=1), several
(id=1 id=2) or a JSON array; a comma parts nothing. No other name may be given twice.

NAME=@FILE is the content of the file, without the end of its last line (base_string=@FILE: its
Base64), @- is stdin, and @@ begins a value with @ itself. A field that is a file takes its path,
as @a.png or a.png.

--extra sends a field that the spec does not know, in the query of a GET or DELETE without a body,
else in the body. A value that is JSON goes in as such (--extra n=7, --extra 'n=\"7\"' for text),
anything else as text. Fields of the answer that the spec does not know are counted on stderr;
--raw shows them.

METHOD:PATH of an operation that the SDK knows is that operation. Of any other, the fields go
into the query of a GET or DELETE, where a name may be given twice, and into the JSON object that
is the body of a POST or PUT, whose query is given with --query; --json is the body.

--all reads the pages of a list from the first (or the given) one to its end, with as many rows a
page as may be unless a size is given, and writes each row as a line of JSON, or of CSV with
--columns. It ends with an error if the list cannot be proven whole: an answer is lost, a page comes
twice, or there are fewer rows than the answers say. --deadline is that of each page.

--dry-run needs no credentials. It prints {{\"method\",\"path\",\"query\",\"body\"}}, the query as pairs, none
of it encoded; a form has its parts under \"form\".

The data is printed as JSON in one line, {{}} where there is none. A field that is missing,
unknown or of the wrong kind is refused before anything is sent.

{OF_A_CALL}"
    )
}

fn accounts_help() -> String {
    format!(
        "\
Examples:
  jdy accounts
  jdy --profile shop-a accounts --format json

The instance (JDY_OUTER_INSTANCE_ID) is asked; no token is needed. One whose line says live can be
called: its app key goes into JDY_APP_KEY, or into app_key of a profile. With --format json it is
one array of objects: app_key, account_id, account_name, service_id, group_name, router_addr,
status, live. App secrets are not shown.

{OF_A_CALL}"
    )
}

fn doctor_help() -> String {
    "\
Examples:
  jdy doctor
  jdy --profile shop-a doctor --account second

It prints a line for each check: ok, warning, FAILED or skipped, the name, and what was found, with
what to do about it. What needs a failed check is skipped.

  settings       the variables or the profile are complete, and whom they name
  base URL       where calls go
  DNS            the gateway's name has an address
  TLS            a connection, whose certificate is trusted, and an answer
  clock          this machine's against the gateway's Date; 5 minutes are accepted
  account sets   what the instance has authorized, and which app key is called
  token          where it came from, and how long it is valid
  read call      one page of bd.material
  token store    where tokens are kept between commands
  shared limits  who keeps to the gateway's limits together

It only reads, and shows no secret.

Exit status:
  0  no check failed; there may be warnings
  1  a check failed
  2  wrong usage"
        .to_owned()
}

fn completions_help() -> String {
    format!(
        "\
Examples:
  jdy completions bash > ~/.local/share/bash-completion/completions/jdy
  jdy completions zsh > ~/.zfunc/_jdy
  jdy completions fish > ~/.config/fish/completions/jdy.fish

{OF_THE_REST}"
    )
}

fn man_help() -> String {
    format!(
        "\
Examples:
  jdy man ~/.local/share/man/man1
  jdy man | man -l -

{OF_THE_REST}"
    )
}

fn status_help() -> String {
    "\
Examples:
  jdy batch status --journal recharges.journal
  jdy batch status --journal postgres://jdy@db.example/shop --list May --format json

A call whose worker has ended is shown as unknown, before another worker writes that down. With
--format json it is one object:

  list, operation, destination, journal   what it is; journal is the prefix of the call ids
  lines, counts                           all lines, and how many are in each state
  workers   id (greater than those of all that joined before), name (host, process and a random
            part), joined_at, lease_left_ms (null if its lease is over), running (it takes part in
            the current run), reconciler (it looks unknown lines up), claimed (lines that it has
            taken and not sent), under_way (its calls), ended_at, end_reason (left, lease ended)
  unknown   line, key, call_id, sent, resent, left_at, ended_at, report
  late      outcomes that came when the lease of their worker had ended and the line had gone on:
            line, key, worker, at, state, report, contradicts. Where contradicts is true the line
            may have taken effect twice, or not at all: alert on it, and look it up

Times are milliseconds since 1970; those of workers are by the database's clock. A file holds one
list, and no workers.
"
    .to_owned()
}

fn batch_help() -> String {
    format!(
        "\
Examples:
  jdy batch ls.mall_recharge recharges.csv --journal recharges.journal
  jdy batch scm.sal_order_save orders.jsonl --journal orders.journal --reconcile --wait
  jdy batch ls.mall_recharge recharges.csv --journal recharges.journal \\
      --resend-unknown R-2026-0007
  jdy batch ls.mall_recharge recharges.csv --journal recharges.journal \\
      --settle R-2026-0008=applied R-2026-0009=absent
  jdy batch ls.mall_recharge recharges.csv --journal recharges.journal --results results.csv

  recharges.csv, whose columns `jdy template ls.mall_recharge` prints:
    member_id,bal_amount,src_bill_id
    10,100.00,R-2026-0001

A cell is a value as `jdy call` takes it, but names no file with @; an empty one leaves its field
unset. Columns such as
a.b and a[0].b name fields of records and lists; two quotes alone are an empty text. Everything is
checked before the first call; if anything is wrong, nothing is sent and no journal is created. No
key may occur twice; --key names its field if the spec names none. Two identical lines without a
key are refused, unless --allow-identical says that both are meant.

Run it again with the same file and journal and it continues: lines that are done, rejected or
applied are not repeated, lines that were not sent are. A line is unknown if its answer was lost,
or if the run was killed while it was in flight. --reconcile looks such lines up by their numbers,
at the end of the run: a record with the content of the line makes it done; a line whose record is
proven absent is sent again. Absent is proven 10 minutes after the last attempt: for 5 the gateway
may accept it, and 5 more are left to the product. Until then the run says when it can tell, and
--wait waits for it. What a look-up cannot tell, such as a recharge, whose record has no number, is
left to you: look it up, and record what you found with --settle: an applied line is done, an
absent one is sent by this run; the journal keeps who said so and when. A line whose answer could
not be read is applied; --settle KEY=applied acknowledges it. --resend-unknown sends a line again
without looking it up; only a success settles it, otherwise it stays unknown. After
Ctrl-C no further line starts, and the run waits for those in flight; a second Ctrl-C does not wait.
A closed terminal is the same as Ctrl-C.

If the gateway refuses several lines in a row before the product sees them (a wrong router address,
a missing permission), the run ends early; correct the setting, and the same command sends them.

--results FILE is written anew at the end of each run, as a whole, and holds all lines of all runs:
line, key, state, number and id of what was made, verdict (why it is in its state), how often it was
sent, and its call id. A .csv is for a spreadsheet (with a byte order mark); a .jsonl has the data
of each answer as well. Only its owner can read it. Run it again, and nothing that is done is sent.

The journal identifies the list by its requests, so the file may be saved again in another form.
The same list with another journal is sent again, so never give it one. It holds keys and answers;
only its owner can read it. After a kill, a file with -wal at the end of its name may be left
beside it: keep it there.

With --journal postgres://USER@HOST/DB --list NAME the journal is in a database, which holds many
lists. Start the same command on as many machines as you like: the first one enters the list, the
others join, each takes lines that no other has, and all end together with the same counts. If one
dies, the others take its lines up after a minute; those whose calls were under way are unknown.
--resend-unknown and --settle may be given to any or all of them, and are carried out once; one of
them looks unknown lines up for all. They keep to --rate together, and to two token calls a minute,
counted in the database (JDY_SHARE_LIMITS=1: in Redis, 0: each for itself).
`jdy batch status` shows the list and its workers from anywhere. The password comes from PGPASSWORD,
~/.pgpass or a service file. The way to another machine is encrypted and verified (sslrootcert=FILE
in the address names an authority of one's own). While the database is away, no further line is
sent.

{OF_A_BATCH}"
    )
}

fn sandbox_help() -> String {
    format!(
        "\
Example:
  jdy sandbox --listen 127.0.0.1:8080 --member 10=100.00 \\
      --fault 'lost-after-commit@/jdy/v2/ls/mall_recharge*1'

It prints its address, the variables that point `jdy call` and the SDK at it, and its members;
then each request as a line on stderr. Ctrl-C ends it. `--fault help` lists the kinds of faults.
A browser finds its console at /__sandbox/ of its address: the requests, the documents, the faults.
Whoever reaches it knows its credentials, since every sandbox has the same ones. Whether the real
product knows a src_bill_id again is not known.

{OF_THE_REST}"
    )
}
