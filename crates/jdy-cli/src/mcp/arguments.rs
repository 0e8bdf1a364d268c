//! The command line of `jdy mcp`.
//!
//! Owns its arguments and their help. Must not know what is done with them.

use std::path::PathBuf;

use clap::Args;

use crate::arguments::{Settled, settled, somebody};
use crate::language::say;

#[derive(Debug, Args)]
pub(crate) struct McpArguments {
    #[arg(help = say!("option-mcp-write"), long, value_name = "OPERATION", requires = "journal")]
    pub(crate) write: Vec<String>,
    #[arg(help = say!("option-mcp-journal"), long, value_name = "FILE|ADDRESS")]
    pub(crate) journal: Option<PathBuf>,
    #[arg(help = say!("option-mcp-list"), long, value_name = "NAME", requires = "journal")]
    pub(crate) list: Option<String>,
    #[arg(help = say!("option-mcp-account"), long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    #[arg(help = say!("option-mcp-settle"), long, value_name = "KEY=applied|absent[@N]", num_args = 1.., value_parser = settled)]
    #[arg(requires = "journal", conflicts_with = "write")]
    pub(crate) settle: Vec<Settled>,
    #[arg(help = say!("option-mcp-by"), long, value_name = "NAME", requires = "settle", value_parser = somebody)]
    pub(crate) by: Option<String>,
}

pub(crate) fn help() -> String {
    say!("help-mcp", status = say!("exit-status-rest"))
}
