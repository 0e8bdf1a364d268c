//! The faults that the gateways inject, their probabilities, and what each means for a call.
//!
//! Owns the table that says which faults leave the outcome of a call unknown. The gateway never lies:
//! a refusal, or a response that the product was not reached, is sent only where it is true; every
//! other combination of effect and response is in the table. Must not know clients or their reports.

use std::time::Duration;

use jdy::GatewayCode;
use jdy_sandbox::{Fault, FaultError, FaultKind};

use crate::documents::Kind;

/// The path of the calls that move money.
pub(crate) const RECHARGE: &str = "/jdy/v2/ls/mall_recharge";

/// The path of the list that recharges are looked up in.
pub(crate) const RECORD: &str = "/jdy/v2/ls/recharge_record";

/// Whether a write, or the list of what it wrote, has this path.
pub(crate) fn is_save(path: &str) -> bool {
    Kind::ALL.iter().any(|kind| kind.info().path == path)
}

/// Whether recharges or documents are looked up by this path.
pub(crate) fn is_look_up(path: &str) -> bool {
    path == RECORD
        || Kind::ALL
            .iter()
            .any(|kind| kind.look_ups().any(|own| own == path))
}

/// The timeout of an attempt.
pub(crate) const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(2_000);
/// The delay of a slow response, longer than that.
pub(crate) const SLOW: Duration = Duration::from_millis(2_500);
/// After so long a save of a document takes effect that the client has given up, and that a client
/// which looks it up at once does not see.
pub(crate) const LATE: Duration = Duration::from_millis(6_000);
/// The maximum size of a response.
pub(crate) const MAX_BODY: usize = 64 << 10;

/// In the sandbox's form. A fault without a path hits token calls and authorizations as well.
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
    "data=5%0.1",
    "not-json%0.3",
    "not-utf8%0.3",
    // Of lists only: a look-up of a lost recharge gets wrong totals.
    "cut-pages=2@/jdy/v2/ls/recharge_record%5",
    "wrong-total@/jdy/v2/ls/recharge_record%5",
    "shrinking-count@/jdy/v2/ls/recharge_record%5",
];

/// What a fault means for the call that it hits, as the SDK documents it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The outcome may be unknown.
    Ambiguous,
    /// The gateway refuses the call before the product sees it.
    Refused,
    /// The outcome is known, though the response may be broken.
    Definite,
}

/// The effect of the fault with this name and value; `None` if the name is not known here.
pub(crate) fn effect(name: &str, value: Option<&str>) -> Option<Effect> {
    use Effect::{Ambiguous, Definite, Refused};
    let effect = match (name, value) {
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
        ) => Ambiguous,
        // Cut off before the errcode can be read.
        ("cut-answer", Some("0" | "11" | "12")) => Ambiguous,
        ("errcode", Some("1e99" | "null" | r#""ok""# | "2000002000")) => Ambiguous,
        ("gateway", Some("5000" | "5003" | "5004" | "5005")) => Ambiguous,
        // The product was reached, or there is no route to it.
        ("gateway", Some("4012" | "5001" | "5002")) => Definite,
        (
            "gateway" | "status-429" | "retry-after" | "unauthorized-401" | "jwt-expired-401"
            | "refused-token" | "expired-token" | "rotated-secret" | "wrong-clock",
            _,
        ) => Refused,
        (
            "no-route-404" | "cut-pages" | "wrong-total" | "shrinking-count" | "errcode" | "data"
            | "cut-answer" | "huge-answer" | "close-after-answer",
            _,
        ) => Definite,
        _ => return None,
    };
    Some(effect)
}

/// All faults of a run.
pub(crate) fn all() -> Result<Vec<Fault>, FaultError> {
    let mut faults = of_any_call()?;
    faults.extend(of_documents()?);
    Ok(faults)
}

/// The faults that hit calls of every kind.
pub(crate) fn of_any_call() -> Result<Vec<Fault>, FaultError> {
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
    let codes = GatewayCode::ALL.iter().map(|code| code.code());
    faults.extend(codes.map(|code| Fault::new(FaultKind::Gateway(code)).probability(0.001)));
    Ok(faults)
}

/// What happens to documents more often than to recharges, to their saves and to what shows them.
const OF_DOCUMENTS: &[&str] = &[
    "lost-after-commit%4",
    "lost-before-commit%4",
    "not-json%1",
    "cut-pages=2%1",
    "wrong-total%1",
    "shrinking-count%1",
];

/// Answers without data.
const WITHOUT_DATA: [&str; 3] = ["data=[]", "data=\"\"", "data=null"];

fn of_documents() -> Result<Vec<Fault>, FaultError> {
    let mut faults = Vec::new();
    for kind in Kind::ALL {
        let save = kind.info().path;
        let mut paths = vec![save];
        paths.extend(kind.look_ups().filter(|path| *path != save));
        for path in paths {
            for fault in OF_DOCUMENTS {
                faults.push(fault.replace('%', &format!("@{path}%")).parse()?);
            }
            for fault in WITHOUT_DATA {
                faults.push(format!("{fault}@{path}%0.3").parse()?);
            }
        }
        faults.push(Fault::on(save, FaultKind::SlowBeforeCommit(LATE)).probability(0.06));
    }
    for fault in WITHOUT_DATA {
        for prefix in ["/jdyconnector/", "/jdy/v2/ls/"] {
            faults.push(format!("{fault}@{prefix}%0.1").parse()?);
        }
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The words of the sandbox's faults.
    fn known() -> Vec<String> {
        let error = "nothing".parse::<Fault>().unwrap_err().to_string();
        let (_, known) = error.split_once("the faults are ").unwrap();
        let known: Vec<String> = known
            .split(", ")
            .map(|name| name.split('=').next().unwrap().to_owned())
            .collect();
        assert!(known.len() > 30, "{known:?}");
        known
    }

    #[test]
    fn every_kind_of_fault_of_the_sandbox_is_among_them() {
        let ours: Vec<&str> = all()
            .unwrap()
            .iter()
            .map(|fault| fault.kind().word())
            .collect();
        for name in known() {
            assert!(ours.contains(&&*name), "{name} is missing");
            assert!(effect(&name, None).is_some(), "name {name} in `effect`");
        }
    }

    #[test]
    fn the_pages_state_how_many_kinds_of_fault_there_are() {
        let marked = format!("<!-- count:faults -->{}<!-- /count -->", known().len());
        for page in [
            "README.md",
            "README.zh-CN.md",
            "docs/proof.md",
            "docs/proof.zh-CN.md",
        ] {
            let path = format!("{}/../../{page}", env!("CARGO_MANIFEST_DIR"));
            let text = std::fs::read_to_string(path).unwrap();
            assert!(text.contains(&marked), "{page}: {marked}");
        }
    }

    #[test]
    fn each_code_of_the_gateway_means_for_a_call_what_its_outcome_is() {
        use jdy::Outcome;
        for code in GatewayCode::ALL {
            let wanted = match code.outcome() {
                Outcome::NotSent => Effect::Refused,
                Outcome::Unknown => Effect::Ambiguous,
                _ => Effect::Definite,
            };
            let number = code.code().to_string();
            let found = effect("gateway", Some(&number));
            assert_eq!(found, Some(wanted), "{code}: name it in `effect`");
        }
    }

    #[test]
    fn a_refusal_or_an_unreached_product_leaves_no_outcome_unknown() {
        use Effect::{Ambiguous, Definite, Refused};
        for (name, value, wanted) in [
            ("gateway", Some("4010"), Refused),
            ("gateway", Some("5006"), Refused),
            ("gateway", Some("5004"), Ambiguous),
            ("gateway", Some("4012"), Definite),
            ("status-429", None, Refused),
            ("no-route-404", None, Definite),
            ("lost-before-commit", None, Ambiguous),
            ("cut-answer", Some("12"), Ambiguous),
            ("cut-answer", Some("40"), Definite),
            ("errcode", Some("\"0\""), Definite),
        ] {
            assert_eq!(effect(name, value), Some(wanted), "{name} {value:?}");
        }
    }
}
