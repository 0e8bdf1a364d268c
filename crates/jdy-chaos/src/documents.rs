//! The documents that clients save beside recharges: what a save looks like, and what shows it.
//!
//! Owns the kinds, and the one request of each that is made of a number and an amount. Which
//! operation shows a document, and whether its absence can be proven, comes from the spec. Must not
//! know a journal or a store.

pub(crate) mod ledger;
pub(crate) mod reconciling;
pub(crate) mod sabotaged;
pub(crate) mod verdict;

use jdy::operations::{arap::AR_CREDIT_SAVE, fi::VOUCHER_SAVE, scm::SAL_OUT_BOUND_SAVE};
use jdy::{DynOperation, OperationInfo, Role, Verify};
use jdy_sandbox::Decimal;
use serde_json::{Value, json};

/// A kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An outbound order: a detail shows it, and a list confirms that it is absent.
    Outbound,
    /// A receipt: a detail shows it, and nothing proves that it is absent.
    Receipt,
    /// A voucher: only a list shows it. The product accepts two of one source number.
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

    /// Whether a look-up can prove that it is absent: a list shows or confirms it.
    pub(crate) fn has_provable_absence(self) -> bool {
        self.verify().is_some_and(|verify| {
            let shows = verify.look_up.and_then(|info| info.resource);
            verify.confirm.is_some() || shows.is_some_and(|resource| resource.role == Role::List)
        })
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
        let amount = amount.to_string();
        match self {
            Self::Outbound => json!({
                "bill_no": number, "bill_date": "2024-05-01", "customer_id": "810000030000000001",
                "material_entity": [{
                    "material_id": "810000020000000001", "unit_id": "810000010000000001",
                    "stock_id": "810000050000000001", "price": "1.25", "qty": amount,
                }],
            }),
            Self::Receipt => json!({
                "bill_no": number, "bill_date": "2024-05-01", "customer_id": "810000030000000001",
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
                    "source_bill_no": number, "date": "2024-05-01",
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
    fn only_a_list_proves_that_a_document_is_absent() {
        let provable = Kind::ALL.map(Kind::has_provable_absence);
        assert_eq!(provable, [true, false, true]);
    }
}
