//! What the report of a line in a journal means, for a language that it is not written in.
//!
//! Owns the words for its facts. Must not change the report, which is the same in every language and
//! stands before them. Must not know how a report is read: that is the journal's.

use jdy::ErrorKind;
use jdy_journal::{FoundOut, ReportFact, ResolvedAs, State};

use super::{Language, of_state, say};
use crate::clock::china_time;

/// A report, followed by what it means where that is another language.
pub(crate) fn of_report(report: &str) -> String {
    let facts = match Language::current() {
        Language::English => Vec::new(),
        Language::Chinese => ReportFact::of(report),
    };
    let words: Vec<String> = facts.iter().filter_map(in_words).collect();
    match words.is_empty() {
        true => report.to_owned(),
        false => {
            let meaning = words.join(&say!("and-then"));
            say!("problem-explained", text = report, meaning = meaning)
        }
    }
}

fn in_words(fact: &ReportFact) -> Option<String> {
    Some(match fact {
        ReportFact::InPart => say!("report-in-part"),
        ReportFact::Failed(kind) => return of_kind(*kind),
        ReportFact::Gateway(code) => say!("report-gateway", code = code),
        ReportFact::SettledByHand { resolved_as, by } => {
            let state = match resolved_as {
                ResolvedAs::Applied => State::Applied,
                ResolvedAs::Absent => State::NotSent,
            };
            say!("report-settled", by = by, state = of_state(state))
        }
        ReportFact::Reconciled(found) => return of_finding(*found),
        ReportFact::Ended { worker: None } => say!("report-program-ended"),
        ReportFact::Ended { worker: Some(name) } => say!("report-worker-ended", name = name),
        ReportFact::LeaseEnded { worker } => say!("report-lease-ended", name = worker),
        ReportFact::Restored => say!("report-restored"),
        ReportFact::Dropped => say!("report-dropped"),
        ReportFact::Late => say!("report-late"),
        ReportFact::EarlierUnknown => say!("report-earlier-unknown"),
        ReportFact::LastAttempt(at) => say!("report-last-attempt", at = china_time(*at)),
        _ => return None,
    })
}

fn of_finding(found: FoundOut) -> Option<String> {
    Some(match found {
        FoundOut::Applied => say!("found-applied"),
        FoundOut::Absent => say!("found-absent"),
        FoundOut::Conflict => say!("found-conflict"),
        FoundOut::TooEarly => say!("found-too-early"),
        FoundOut::Undecided => say!("found-undecided"),
        _ => return None,
    })
}

fn of_kind(kind: ErrorKind) -> Option<String> {
    Some(match kind {
        ErrorKind::Request => say!("kind-request"),
        ErrorKind::Connect => say!("kind-connect"),
        ErrorKind::ConnectionLost => say!("kind-connection-lost"),
        ErrorKind::Timeout => say!("kind-timeout"),
        ErrorKind::Unauthorized => say!("kind-unauthorized"),
        ErrorKind::RateLimited => say!("kind-rate-limited"),
        ErrorKind::LocalRateLimit => say!("kind-local-rate-limit"),
        ErrorKind::Withheld => say!("kind-withheld"),
        ErrorKind::NoRoute => say!("kind-no-route"),
        ErrorKind::UnexpectedStatus => say!("kind-status"),
        ErrorKind::Business => say!("kind-business"),
        ErrorKind::TokenRejected => say!("kind-token-rejected"),
        ErrorKind::StaleSecret => say!("kind-stale-secret"),
        ErrorKind::SystemError => say!("kind-system-error"),
        ErrorKind::MissingErrcode => say!("kind-no-errcode"),
        ErrorKind::InvalidBody => say!("kind-unreadable"),
        ErrorKind::Rows => say!("kind-rows"),
        ErrorKind::Pagination => say!("kind-pages"),
        ErrorKind::Token => say!("kind-token"),
        ErrorKind::Authorization => say!("kind-authorization"),
        ErrorKind::Runtime => say!("kind-runtime"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_error_has_its_words() {
        assert!(ErrorKind::PLAIN.len() > 20);
        for kind in ErrorKind::PLAIN {
            assert!(of_kind(*kind).is_some(), "{kind}");
        }
    }
}
