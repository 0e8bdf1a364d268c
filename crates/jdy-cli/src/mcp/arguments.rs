//! The command line of `jdy mcp`.
//!
//! Owns its arguments and their help. Must not know what is done with them.

use std::path::PathBuf;

use clap::Args;

use crate::arguments::{Settled, settled, somebody};
use crate::exit::OF_THE_REST;

#[derive(Debug, Args)]
pub(crate) struct McpArguments {
    /// An operation that may write; repeatable; without it none may
    #[arg(long, value_name = "OPERATION", requires = "journal")]
    pub(crate) write: Vec<String>,
    /// Keeps the outcome of each write: a file, or postgres://USER@HOST/DB
    #[arg(long, value_name = "FILE|ADDRESS")]
    pub(crate) journal: Option<PathBuf>,
    /// The name of the journal in the database
    #[arg(long, value_name = "NAME", requires = "journal")]
    pub(crate) list: Option<String>,
    /// The account set of the profile, unless a call names another
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// Settles writes and ends: KEY=applied is done, KEY=absent may go
    #[arg(long, value_name = "KEY=STATE", num_args = 1.., value_parser = settled)]
    #[arg(requires = "journal", conflicts_with = "write")]
    pub(crate) settle: Vec<Settled>,
    /// Who looked them up; this machine's user unless given
    #[arg(long, value_name = "NAME", requires = "settle", value_parser = somebody)]
    pub(crate) by: Option<String>,
}

pub(crate) fn help() -> String {
    format!(
        "\
Examples:
  jdy mcp
  jdy --profile shop-a mcp
  jdy mcp --write scm.sal_order_save --journal agent.journal
  jdy mcp --journal agent.journal --settle XSDD-0007=absent --by \"Li Lei\"

It speaks the Model Context Protocol on stdin and stdout, and is started by an agent's client:
  {{\"mcpServers\": {{\"jdy\": {{\"command\": \"jdy\", \"args\": [\"--profile\", \"shop-a\", \"mcp\"]}}}}}}

Its tools are search, show and call. Only reads are called, and the operations of --write, each of
which goes through the journal under the caller's own key: the same key is never sent twice, and
the answer says whether it took effect. A request without its key is refused. An operation that the
spec knows no key for takes one in the tool's argument `key`; one that moves money and has no key
cannot be allowed. Writes go to the account set that the server was started for, and to no other.

A write whose answer was lost is unknown. It is not sent again until a person has looked it up and
says so with --settle; nor is the same request under another key, if it has no key of its own.

A file of --journal is held by one server at a time. It ends when stdin is closed, and waits for a
write under way.

{OF_THE_REST}"
    )
}
