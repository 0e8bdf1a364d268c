//! Look-ups of documents as they must not be made, for sabotage.
//!
//! Owns the look-up that does not wait, and the one that believes the first page of a list. Must not
//! know what the run makes of it.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use jdy::fi::voucher::Request;
use jdy::{Answer, Client, ClientExt, Field, ReconcileOptions, Reconciliation, UnknownWrite};
use jdy_journal::{Line, Resolution, ResolvedAs};

use crate::sabotage::Sabotage;

/// How often a list is requested that ends with an error.
const MAX_ATTEMPTS: u32 = 20;

/// Looks these lines up as the sabotage orders.
pub(crate) async fn look_up(
    client: &Client,
    account: &str,
    lines: Vec<&Line>,
    sabotage: Sabotage,
) -> Vec<Resolution> {
    let mut resolutions = Vec::new();
    if sabotage == Sabotage::Skim {
        let Some(shown) = first_page(client).await else {
            return resolutions;
        };
        for line in lines {
            resolutions.push(resolved(line, shown.contains(&line.name())));
        }
        return resolutions;
    }
    for line in lines {
        // As if the last attempt were long ago, and the product needed no time.
        let request = line.request.clone();
        let write = UnknownWrite::new(request, account, Some(SystemTime::UNIX_EPOCH));
        let options = ReconcileOptions::default().margin(Duration::ZERO);
        match client.reconcile_write(&write, &options).await {
            Ok(Reconciliation::Absent) => resolutions.push(resolved(line, false)),
            Ok(found) if found.is_applied() => resolutions.push(resolved(line, true)),
            _ => {}
        }
    }
    resolutions
}

fn resolved(line: &Line, is_there: bool) -> Resolution {
    Resolution {
        name: line.name(),
        resolved_as: match is_there {
            true => ResolvedAs::Applied,
            false => ResolvedAs::Absent,
        },
        of_call: None,
        by: "sabotage".to_owned(),
    }
}

/// The source numbers on the first page of all vouchers.
async fn first_page(client: &Client) -> Option<HashSet<String>> {
    for _ in 0..MAX_ATTEMPTS {
        let mut request = Request::default();
        request.page_size = Some(20);
        let answer: Result<Answer<_>, _> = client.fi().voucher(request).await;
        if let Ok(answer) = answer
            && let Field::Value(rows) = &answer.rows
        {
            let number = |row: &jdy::fi::voucher::Row| match &row.source_bill_no {
                Field::Value(number) => Some(number.clone()),
                _ => None,
            };
            return Some(rows.iter().filter_map(number).collect());
        }
    }
    None
}
