//! What became of unknown recharges, by the list of all recharges: that shows no key, so that they
//! are known by date and amount.
//!
//! It believes a list that ends without an error, and no other.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use jdy::ls::recharge_record::{Data, Request, Row};
use jdy::{Answer, Client, DateTime, Decimal, Error, Field};
use jdy_journal::{Fate, Word as Settled};

use crate::heard::{Word, say};
use crate::wrong::Wrong;

/// So often a list is asked for that does not end well.
const TRIES: u32 = 50;
const BETWEEN_TRIES: Duration = Duration::from_millis(50);
/// Far less than one date has.
const PAGE_SIZE: &str = "20";

/// A line of a list, as far as it can be looked up.
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

/// Looks up these keys; those of which no list came well stay unknown.
pub(crate) async fn look_up(
    client: &Client,
    lines: &[Dated],
    keys: &HashSet<String>,
    wrong: Option<Wrong>,
) -> Vec<Settled> {
    let mut by_date: BTreeMap<String, Vec<&Dated>> = BTreeMap::new();
    for line in lines.iter().filter(|line| keys.contains(&line.key)) {
        by_date.entry(line.date.to_string()).or_default().push(line);
    }
    let (mut settled, mut again) = (Vec::new(), 0);
    for lines in by_date.into_values() {
        let Some(date) = lines.first().map(|line| line.date) else {
            continue;
        };
        let Some(amounts) = recharged(client, date, wrong, &mut again).await else {
            continue;
        };
        settled.extend(lines.into_iter().map(|line| Settled {
            name: line.key.clone(),
            fate: match amounts.contains(&line.amount) {
                true => Fate::Applied,
                false => Fate::Absent,
            },
            by: "the chaos run".to_owned(),
        }));
    }
    let of = |fate| settled.iter().filter(|word| word.fate == fate).count() as u64;
    say(&Word::LookedUp([
        of(Fate::Applied),
        of(Fate::Absent),
        again,
    ]));
    settled
}

/// The amounts that were recharged on this date; `None` where the list never ends well.
async fn recharged(
    client: &Client,
    date: DateTime,
    wrong: Option<Wrong>,
    again: &mut u64,
) -> Option<HashSet<Decimal>> {
    for _ in 0..TRIES {
        let mut request = Request::default();
        request.start_date = Some(date);
        request.end_date = Some(date);
        request.page_size = Some(PAGE_SIZE.to_owned());
        let amounts = match wrong {
            Some(Wrong::Glance) => first_page(client, request).await,
            _ => all(client, request).await,
        };
        match amounts {
            Ok(Some(amounts)) => return Some(amounts),
            _ => {
                *again += 1;
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
        }
    }
    None
}

/// `None` where a row cannot be read.
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

/// What a row added.
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
