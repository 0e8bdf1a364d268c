//! What the gateway does wrong, how often, and which of it can leave the fate of a call open.
//!
//! It never lies: an answer that says no, or that the product was not reached, comes only where
//! that is so. Every other mixture of what happened and what is told is here.

use std::time::Duration;

use jdy_sandbox::{Fault, FaultError, FaultKind};

/// The path of the calls that move money.
pub(crate) const RECHARGE: &str = "/jdy/v2/ls/mall_recharge";

/// The path of the list that recharges are looked up in.
pub(crate) const RECORD: &str = "/jdy/v2/ls/recharge_record";

/// An answer to an attempt is waited for so long.
pub(crate) const PATIENCE: Duration = Duration::from_millis(2_000);
/// What is slow takes longer than that.
pub(crate) const SLOW: Duration = Duration::from_millis(2_500);
/// No more of an answer is read.
pub(crate) const MAX_BODY: usize = 64 << 10;

/// In the sandbox's spelling; without a path, calls for tokens and authorizations are struck, too.
const FAULTS: &[&str] = &[
    "lost-after-commit%0.6",
    "lost-before-commit%0.6",
    "reset-before-read%0.4",
    "reset-before-read@/jdy/%0.3",
    "reset-while-reading%0.4",
    "cut-answer=0%0.1",
    "cut-answer=11%0.1",
    "cut-answer=12%0.1",
    "cut-answer=40%0.1",
    "cut-answer=120%0.1",
    "huge-answer=100000%0.3",
    "close-after-answer%0.8",
    "refused-token%0.15",
    "expired-token%0.15",
    "rotated-secret@/jdy/%0.1",
    "rotated-secret%3",
    "wrong-clock=+10m%0.1",
    "wrong-clock=-10m%0.1",
    "status-429%0.4",
    "retry-after=0%0.2",
    "retry-after=1%0.02",
    "gateway-after-commit=5000%0.1",
    "gateway-after-commit=5003%0.1",
    "gateway-after-commit=5004%0.1",
    "gateway-after-commit=5005%0.1",
    "timeout-html%0.3",
    "timeout-html-after-commit%0.3",
    "empty-502%0.3",
    "empty-502-after-commit%0.3",
    "no-route-404%0.2",
    "unauthorized-401%0.15",
    "jwt-expired-401%0.15",
    "empty-200%0.3",
    "errcode-missing%0.3",
    "errcode=\"0\"%0.1",
    "errcode=1e99%0.1",
    "errcode=null%0.1",
    "errcode=\"ok\"%0.1",
    "errcode=2000002000%0.1",
    "data=[]%0.1",
    "data=\"\"%0.1",
    "data=null%0.1",
    "data=5%0.1",
    "not-json%0.3",
    "not-utf8%0.3",
    // Of lists alone: what looks up a lost recharge is told wrong totals.
    "cut-pages=2@/jdy/v2/ls/recharge_record%5",
    "wrong-total@/jdy/v2/ls/recharge_record%5",
    "shrinking-count@/jdy/v2/ls/recharge_record%5",
];

/// Every code that the gateway is known to have.
const CODES: [i64; 20] = [
    4001, 4002, 4003, 4004, 4005, 4006, 4007, 4008, 4009, 4010, 4011, 4012, 5000, 5001, 5002, 5003,
    5004, 5005, 5006, 5007,
];

/// What a fault does to the call that it strikes, as the documents of the SDK have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nobody can know what became of it.
    LeavesOpen,
    /// It is told no before the product sees it.
    Refuses,
    /// Its end is told, if not always well.
    Tells,
}

/// What the fault with this word and value does.
pub(crate) fn effect(word: &str, value: Option<&str>) -> Effect {
    use Effect::{LeavesOpen, Refuses, Tells};
    match (word, value) {
        (
            "lost-after-commit"
            | "lost-before-commit"
            | "reset-before-read"
            | "reset-while-reading"
            | "slow"
            | "slow-before-commit"
            | "slow-body"
            | "gateway-after-commit"
            | "timeout-html"
            | "timeout-html-after-commit"
            | "empty-502"
            | "empty-502-after-commit"
            | "empty-200"
            | "errcode-missing"
            | "not-json"
            | "not-utf8",
            _,
        ) => LeavesOpen,
        // Cut before the errcode can be read, or behind it.
        ("cut-answer", Some("0" | "11" | "12")) => LeavesOpen,
        ("errcode", Some("1e99" | "null" | r#""ok""# | "2000002000")) => LeavesOpen,
        ("gateway", Some("5000" | "5003" | "5004" | "5005")) => LeavesOpen,
        // The product was asked, or the way to it is not there.
        ("gateway", Some("4012" | "5001" | "5002")) => Tells,
        (
            "gateway" | "status-429" | "retry-after" | "unauthorized-401" | "jwt-expired-401"
            | "refused-token" | "expired-token" | "rotated-secret" | "wrong-clock",
            _,
        ) => Refuses,
        _ => Tells,
    }
}

/// All faults of a run.
pub(crate) fn all() -> Result<Vec<Fault>, FaultError> {
    let mut faults = FAULTS
        .iter()
        .map(|text| text.parse())
        .collect::<Result<Vec<Fault>, _>>()?;
    let slow = [
        FaultKind::Slow(SLOW),
        FaultKind::SlowBeforeCommit(SLOW),
        FaultKind::SlowBody(SLOW),
    ];
    faults.extend(slow.map(|kind| Fault::new(kind).probability(0.001)));
    faults.extend(CODES.map(|code| Fault::new(FaultKind::Gateway(code)).probability(0.001)));
    Ok(faults)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_kind_of_fault_that_the_sandbox_knows_is_among_them() {
        let ours: Vec<&str> = all()
            .unwrap()
            .iter()
            .map(|fault| fault.kind().word())
            .collect();
        let told = "nothing".parse::<Fault>().unwrap_err().to_string();
        let (_, known) = told.split_once("the faults are ").unwrap();
        let known: Vec<&str> = known
            .split(", ")
            .map(|word| word.split('=').next().unwrap())
            .collect();
        assert!(known.len() > 30, "{known:?}");
        for word in known {
            assert!(ours.contains(&word), "{word} is missing");
        }
    }

    #[test]
    fn what_says_no_or_not_reached_leaves_nothing_open() {
        use Effect::{LeavesOpen, Refuses, Tells};
        for (word, value, wanted) in [
            ("gateway", Some("4010"), Refuses),
            ("gateway", Some("5006"), Refuses),
            ("gateway", Some("5004"), LeavesOpen),
            ("gateway", Some("4012"), Tells),
            ("status-429", None, Refuses),
            ("no-route-404", None, Tells),
            ("lost-before-commit", None, LeavesOpen),
            ("cut-answer", Some("12"), LeavesOpen),
            ("cut-answer", Some("40"), Tells),
            ("errcode", Some("\"0\""), Tells),
        ] {
            assert_eq!(effect(word, value), wanted, "{word} {value:?}");
        }
    }
}
