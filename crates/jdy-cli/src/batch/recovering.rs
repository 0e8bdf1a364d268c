//! `jdy batch recover`: what becomes of the lines of a database that was restored or failed over.
//!
//! Owns its words. Must not decide which lines may have been sent: that is the journal's.

use crate::arguments::RecoverArguments;
use crate::exit::Failure;
use crate::language::say;

/// Recovers all lists of a database.
#[cfg(feature = "postgres")]
pub(super) fn run(arguments: &RecoverArguments) -> Result<(), Failure> {
    use jdy_journal::{Missing, PostgresStore};

    use crate::arguments::WhatIsMissing;
    use crate::language::explained;
    use crate::output::print;

    if !super::place::is_address(&arguments.journal) {
        return Err(Failure::usage(say!("recover-no-address")));
    }
    let config = super::place::config(&arguments.journal)?;
    let missing = match arguments.missing {
        WhatIsMissing::Calls => Missing::Calls,
        WhatIsMissing::Nothing => Missing::Nothing,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::other(say!("recover-failed", error = error)))?;
    let recovered = runtime.block_on(PostgresStore::recover(config, missing));
    // A look-up of a name that is still running must not delay the end.
    runtime.shutdown_background();
    let recovered = recovered
        .map_err(|error| Failure::other(say!("recover-failed", error = explained(&error))))?;
    let said = match missing {
        Missing::Calls => say!(
            "recovered-calls",
            lines: recovered.lines,
            lists: recovered.lists
        ),
        Missing::Nothing => say!("recovered-nothing"),
    };
    print(said + "\n").map_err(|error| Failure::other(say!("recover-unprinted", error = error)))
}

#[cfg(not(feature = "postgres"))]
pub(super) fn run(_: &RecoverArguments) -> Result<(), Failure> {
    Err(Failure::usage(say!("place-no-postgres")))
}
