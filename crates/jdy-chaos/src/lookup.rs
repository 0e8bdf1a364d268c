//! The outcome of unknown recharges, looked up in the list of all recharges. That list shows no
//! key, so a recharge is recognized by date and amount.
//!
//! Owns how a list is read and when it is requested again: only a list that ends without an error
//! counts. Must not know when unknown lines are looked up, nor how a resolution is stored.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use jdy::ls::recharge_record::{Data, Request, Row};
use jdy::{Answer, Client, ClientExt, DateTime, Decimal, Error, Field};
use jdy_journal::{Resolution, ResolvedAs};

use crate::protocol::{Event, emit};
use crate::sabotage::Sabotage;

/// How often a list is requested that ends with an error.
const MAX_ATTEMPTS: u32 = 50;
const RETRY_DELAY: Duration = Duration::from_millis(50);
/// Far fewer rows than one date has.
const PAGE_SIZE: i64 = 20;

/// The fields of a line by which it is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dated {
    key: String,
    amount: Decimal,
    date: DateTime,
}

/// The lines of a file that have dates.
pub(crate) fn dated(content: &str) -> Vec<Dated> {
    let line = |line: &str| {
        let mut cells = line.split(',').skip(1);
        Some(Dated {
            amount: cells.next()?.parse().ok()?,
            key: cells.next()?.to_owned(),
            date: cells.next()?.parse().ok()?,
        })
    };
    content.lines().filter_map(line).collect()
}

/// Looks up these keys. Those whose list could not be read stay unknown.
pub(crate) async fn look_up(
    client: &Client,
    lines: &[Dated],
    keys: &HashSet<String>,
    sabotage: Option<Sabotage>,
) -> Vec<Resolution> {
    let mut by_date: BTreeMap<String, Vec<&Dated>> = BTreeMap::new();
    for line in lines.iter().filter(|line| keys.contains(&line.key)) {
        by_date.entry(line.date.to_string()).or_default().push(line);
    }
    let (mut resolutions, mut retries) = (Vec::new(), 0);
    for lines in by_date.into_values() {
        let Some(date) = lines.first().map(|line| line.date) else {
            continue;
        };
        let Some(amounts) = recharged(client, date, sabotage, &mut retries).await else {
            continue;
        };
        resolutions.extend(lines.into_iter().map(|line| Resolution {
            name: line.key.clone(),
            resolved_as: match amounts.contains(&line.amount) {
                true => ResolvedAs::Applied,
                false => ResolvedAs::Absent,
            },
            of_call: None,
            by: "the chaos run".to_owned(),
        }));
    }
    let of = |resolved_as| {
        let same = resolutions
            .iter()
            .filter(|each| each.resolved_as == resolved_as);
        same.count() as u64
    };
    emit(&Event::LookedUp([
        of(ResolvedAs::Applied),
        of(ResolvedAs::Absent),
        retries,
    ]));
    resolutions
}

/// The amounts that were recharged on this date; `None` if the list always ends with an error.
async fn recharged(
    client: &Client,
    date: DateTime,
    sabotage: Option<Sabotage>,
    retries: &mut u64,
) -> Option<HashSet<Decimal>> {
    for _ in 0..MAX_ATTEMPTS {
        let mut request = Request::default();
        request.start_date = Some(date);
        request.end_date = Some(date);
        request.page_size = Some(PAGE_SIZE);
        let amounts = match sabotage {
            Some(Sabotage::Glance) => first_page(client, request).await,
            _ => all(client, request).await,
        };
        match amounts {
            Ok(Some(amounts)) => return Some(amounts),
            _ => {
                *retries += 1;
                tokio::time::sleep(RETRY_DELAY).await;
            }
        }
    }
    None
}

/// `None` if a row cannot be read.
type Amounts = Option<HashSet<Decimal>>;

async fn all(client: &Client, request: Request) -> Result<Amounts, Error> {
    let mut rows = client.ls().recharge_record(request).rows();
    let mut amounts = HashSet::new();
    while let Some(row) = rows.next().await {
        match recharge(&row?) {
            Some(amount) => amounts.insert(amount),
            None => return Ok(None),
        };
    }
    Ok(Some(amounts))
}

async fn first_page(client: &Client, request: Request) -> Result<Amounts, Error> {
    let answer: Answer<Data> = client.ls().recharge_record(request).await?;
    let rows = match &answer.rows {
        Field::Value(rows) => rows.as_slice(),
        _ => &[],
    };
    Ok(rows.iter().map(recharge).collect())
}

/// The amount that a row added.
fn recharge(row: &Row) -> Option<Decimal> {
    match (&row.amount, &row.last_amount) {
        (Field::Value(after), Field::Value(before)) => Some(*after - *before),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lines_with_a_date_can_be_looked_up() {
        let text = "member_id,bal_amount,src_bill_id,bill_date\n10,1.50,R-1,2000-01-02 12:00:00\n";
        let wanted = Dated {
            key: "R-1".to_owned(),
            amount: Decimal::new(150, 2),
            date: "2000-01-02 12:00:00".parse().unwrap(),
        };
        assert_eq!(dated(text), [wanted]);
        assert_eq!(dated("member_id,bal_amount,src_bill_id\n10,1.50,R-1\n"), []);
    }
}
