//! The documents that clients save beside recharges: what a save looks like, and what shows it.
//!
//! Owns the kinds, and the one request of each that is made of a number and an amount. Which
//! operation shows a document comes from the spec. Must not know a journal or a store.

pub(crate) mod ledger;
pub(crate) mod reconciling;
pub(crate) mod sabotaged;
pub(crate) mod verdict;

use jdy::operations::{arap::AR_CREDIT_SAVE, fi::VOUCHER_SAVE, scm::SAL_OUT_BOUND_SAVE};
use jdy::{DynOperation, OperationInfo, Verify};
use jdy_sandbox::Decimal;
use serde_json::{Value, json};

/// A kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An outbound order: a detail shows it, and a list confirms that it is absent.
    Outbound,
    /// A receipt: a detail shows it, and all rows of a list confirm that it is absent.
    Receipt,
    /// A voucher: only a list shows it. These sandboxes accept two of one source number.
    Voucher,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Outbound, Self::Receipt, Self::Voucher];

    /// Its name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Outbound => "outbound orders",
            Self::Receipt => "receipts",
            Self::Voucher => "vouchers",
        }
    }

    /// The operation that saves it.
    pub(crate) fn operation(self) -> &'static dyn DynOperation {
        match self {
            Self::Outbound => &SAL_OUT_BOUND_SAVE,
            Self::Receipt => &AR_CREDIT_SAVE,
            Self::Voucher => &VOUCHER_SAVE,
        }
    }

    pub(crate) fn info(self) -> &'static OperationInfo {
        match self {
            Self::Outbound => SAL_OUT_BOUND_SAVE.info(),
            Self::Receipt => AR_CREDIT_SAVE.info(),
            Self::Voucher => VOUCHER_SAVE.info(),
        }
    }

    fn verify(self) -> Option<&'static Verify> {
        self.info().verify.as_ref()
    }

    /// The paths of the calls that look it up.
    pub(crate) fn look_ups(self) -> impl Iterator<Item = &'static str> {
        let verify = self.verify();
        let shows = verify.and_then(|verify| verify.look_up);
        let confirms = verify.and_then(|verify| Some(verify.confirm.as_ref()?.list));
        shows.into_iter().chain(confirms).map(|info| info.path)
    }

    /// The name of its kind in the sandbox's store.
    pub(crate) fn stored_as(self) -> &'static str {
        self.info().resource.map_or("", |resource| resource.name)
    }

    /// The field of a document that holds the caller's number.
    pub(crate) fn number_field(self) -> &'static str {
        let key = self.info().key.unwrap_or_default();
        key.rsplit('.').next().unwrap_or(key)
    }

    /// Where a document holds its amount.
    fn amount_at(self) -> &'static str {
        match self {
            Self::Outbound => "/material_entity/0/qty",
            Self::Receipt => "/pay_entry_list/0/amount",
            Self::Voucher => "/entry_list/0/amount_for",
        }
    }

    /// The document with this number and amount, as it is sent.
    pub(crate) fn document(self, number: &str, amount: Decimal) -> Value {
        let (amount, date) = (amount.to_string(), day(number));
        match self {
            Self::Outbound => json!({
                "bill_no": number, "bill_date": date, "customer_id": "810000030000000001",
                "material_entity": [{
                    "material_id": "810000020000000001", "unit_id": "810000010000000001",
                    "stock_id": "810000050000000001", "price": "1.25", "qty": amount,
                }],
            }),
            Self::Receipt => json!({
                "bill_no": number, "bill_date": date, "customer_id": "810000030000000001",
                "pay_entry_list": [{"settle_account_id": "1", "amount": amount}],
                "source_bill_entry_list": [{
                    "src_bill_id": "2", "src_bill_type_id": "3", "cur_settle_amount": amount,
                }],
            }),
            Self::Voucher => {
                let entry = |id: &str, dc: &str| {
                    json!({
                        "id": id, "account_id": id, "currency_id": "1", "dc": dc,
                        "explanation": "chaos", "amount_for": amount,
                    })
                };
                json!({
                    "source_bill_no": number, "date": date,
                    "entry_list": [entry("1", "1"), entry("2", "-1")],
                })
            }
        }
    }

    /// The request that saves it.
    pub(crate) fn request(self, number: &str, amount: Decimal) -> Value {
        let document = self.document(number, amount);
        let of = self.info().resource.and_then(|resource| resource.of);
        match of {
            Some(of) => json!({ of: [document] }),
            None => document,
        }
    }
}

/// The day of the document with this number: one of 100, so that a list of some of them has one page
/// or two in a long run.
fn day(number: &str) -> String {
    let count = number.rsplit('-').next().unwrap_or_default();
    let count: u32 = count.parse().unwrap_or_default();
    let (month, day) = (1 + count % 100 / 20, 6 + count % 20);
    format!("2024-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_kind_makes_a_request_that_names_its_number() {
        for kind in Kind::ALL {
            let request = kind.request("C1-1", Decimal::new(150, 2));
            let request = kind.operation().request(&request.to_string()).unwrap();
            assert_eq!(request.key().unwrap().value, "C1-1", "{kind:?}");
            assert!(kind.look_ups().count() > 0, "{kind:?}");
        }
    }

    #[test]
    fn the_three_kinds_are_looked_up_in_three_ways() {
        let confirm = |kind: Kind| kind.verify().and_then(|verify| verify.confirm);
        assert!(confirm(Kind::Outbound).unwrap().argument.is_some());
        assert_eq!(confirm(Kind::Receipt).unwrap().argument, None);
        assert_eq!(confirm(Kind::Voucher), None);
        assert_eq!(
            Kind::Voucher.look_ups().next(),
            Some(Kind::Voucher.info().path)
        );
    }

    #[test]
    fn documents_are_spread_over_some_weeks() {
        let days: std::collections::BTreeSet<_> = (1..=400)
            .map(|count| day(&format!("C14-{count}")))
            .collect();
        assert_eq!(days.len(), 100);
        assert_eq!(days.first().unwrap(), "2024-01-06");
        assert_eq!(days.last().unwrap(), "2024-05-25");
    }
}
