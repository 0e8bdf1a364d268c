//! `jdy mcp --settle`: what a person found out about writes of an agent whose outcome is unknown.
//!
//! Owns how they are found in the journal. Must not decide what a state allows: that is the
//! journal's.

use std::collections::HashSet;
use std::fmt::Display;

use jdy_journal::Resolution;

use super::clients::Clients;
use super::writes::Writes;
use crate::exit::Failure;
use crate::language::{explained, say};
use crate::output::print;
use crate::settling;

/// Settles all of them, or none where one is not to be settled.
pub(super) async fn settle(
    writes: &Writes,
    clients: &Clients,
    resolutions: &[Resolution],
) -> Result<(), Failure> {
    let journal = writes.journal(&clients.of(None)?).await?;
    let entries = journal.entries().await.map_err(failed)?;
    let (mut lines, mut named) = (Vec::new(), HashSet::new());
    for resolution in resolutions {
        let name = &resolution.name;
        let refused = |why: String| {
            let said = say!("settle-refused", name = name, why = why);
            Failure::usage(said)
        };
        // Of two statements about one key only the first could be carried out.
        if !named.insert(name) {
            return Err(refused(say!("settle-named-twice")));
        }
        let found = entries
            .iter()
            .find(|entry| entry.key.as_ref() == Some(name));
        let entry = found.ok_or_else(|| refused(say!("settle-no-key")))?;
        if let Some(why) = journal.refuses(resolution, entry) {
            // The time that it may name counts from when a line left behind was found.
            journal.recover().await.map_err(failed)?;
            return Err(refused(explained(why)));
        }
        lines.push((entry, resolution));
    }
    for (entry, resolution) in lines {
        let said = match settling::already(entry, resolution) {
            Some(said) => said,
            None => {
                let settled = journal.resolve(entry, resolution.resolved_as, &resolution.by);
                settled.await.map_err(failed)?;
                settling::done(resolution)
            }
        };
        print(format!("{said}\n"))
            .map_err(|error| Failure::other(format!("cannot print: {error}")))?;
    }
    Ok(())
}

fn failed(error: impl Display) -> Failure {
    Failure::other(format!("the journal failed: {error}"))
}
