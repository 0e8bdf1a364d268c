//! The protocol between a client process and the run: one event per line on standard output.
//!
//! Owns the form of each line. A line that is cut off by a kill is ignored. Must not know what an
//! event means.

use std::io::Write as _;

use jdy_journal::State;

use crate::verdict::LineReport;

/// One event, a line of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A request was sent to an unreachable target of this name; a recharge has a key.
    Unreachable(String, Option<String>),
    /// The call with this key was dropped in flight.
    Dropped(String),
    /// An attempt of the call with this key timed out.
    Late(String),
    /// The end of a plain call.
    Ended(LineReport),
    /// The journal is open, and calls may be sent.
    Opened,
    /// A list or a journal was refused, for this reason, and nothing was sent.
    Refused(String),
    /// Unknown lines that were looked up: how many were applied, how many absent, and how many lists
    /// had to be requested again.
    LookedUp([u64; 3]),
    /// The peak memory of the process, in KiB.
    Memory(u64),
}

/// Stands for an unknown bill number.
const NONE: &str = "-";

/// Prints an event. A line that must not be cut off by a kill ends with a blank and a point. The
/// process exits when nobody reads its output.
pub(crate) fn emit(event: &Event) {
    let line = match event {
        Event::Unreachable(target, None) => format!("unreachable {target} .\n"),
        Event::Unreachable(target, Some(key)) => format!("unreachable {target} {key} .\n"),
        Event::Dropped(key) => format!("dropped {key} .\n"),
        Event::Late(key) => format!("late {key} .\n"),
        Event::Ended(report) => {
            let bill = report.bill_no.as_deref().unwrap_or(NONE);
            format!(
                "ended {} {} {} {bill} .\n",
                report.key, report.state, report.sent
            )
        }
        Event::Opened => "opened .\n".to_owned(),
        Event::Refused(why) => format!("refused {why} .\n"),
        Event::LookedUp([applied, absent, again]) => {
            format!("looked-up {applied} {absent} {again} .\n")
        }
        Event::Memory(kib) => format!("memory {kib}\n"),
    };
    let mut out = std::io::stdout().lock();
    if out.write_all(line.as_bytes()).is_err() || out.flush().is_err() {
        std::process::exit(1);
    }
}

/// Parses a line; `None` for one that was cut off by a kill.
pub(crate) fn parse(line: &str) -> Option<Event> {
    let mut words = line.split(' ');
    Some(match (words.next()?, words.next()?) {
        ("unreachable", target) => {
            let key = words.next()?;
            let key = (key != ".").then(|| key.to_owned());
            if key.is_some() && words.next() != Some(".") {
                return None;
            }
            Event::Unreachable(target.to_owned(), key)
        }
        ("dropped", key) if words.next() == Some(".") => Event::Dropped(key.to_owned()),
        ("late", key) if words.next() == Some(".") => Event::Late(key.to_owned()),
        ("ended", key) => Some(LineReport {
            key: key.to_owned(),
            state: State::from_text(words.next()?)?,
            sent: words.next()?.parse().ok()?,
            bill_no: words.next().filter(|bill| *bill != NONE).map(str::to_owned),
        })
        .filter(|_| words.next() == Some("."))
        .map(Event::Ended)?,
        ("opened", ".") => Event::Opened,
        ("refused", why) if words.next() == Some(".") => Event::Refused(why.to_owned()),
        ("looked-up", applied) => {
            let mut number = || words.next()?.parse().ok();
            let counts = [applied.parse().ok()?, number()?, number()?];
            (words.next() == Some(".")).then_some(Event::LookedUp(counts))?
        }
        ("memory", kib) => Event::Memory(kib.parse().ok()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_parsed_and_broken_ones_are_not() {
        let report = LineReport {
            key: "C1-7".to_owned(),
            state: State::NotSent,
            sent: 2,
            bill_no: None,
        };
        assert_eq!(
            parse("ended C1-7 not_sent 2 - ."),
            Some(Event::Ended(report.clone()))
        );
        let billed = LineReport {
            bill_no: Some("B-1".to_owned()),
            ..report
        };
        assert_eq!(
            parse("ended C1-7 not_sent 2 B-1 ."),
            Some(Event::Ended(billed))
        );
        assert_eq!(parse("opened ."), Some(Event::Opened));
        let refused = Event::Refused("locked".to_owned());
        assert_eq!(parse("refused locked ."), Some(refused));
        assert_eq!(parse("looked-up 1 2 3 ."), Some(Event::LookedUp([1, 2, 3])));
        let dropped = Event::Dropped("C1-7".to_owned());
        assert_eq!(parse("dropped C1-7 ."), Some(dropped));
        let unreachable =
            |key: Option<&str>| Event::Unreachable("slow".to_owned(), key.map(str::to_owned));
        assert_eq!(parse("unreachable slow ."), Some(unreachable(None)));
        assert_eq!(
            parse("unreachable slow C1-7 ."),
            Some(unreachable(Some("C1-7")))
        );
        for broken in [
            "",
            "ended",
            "ended C1-7",
            "ended C1-7 no",
            "ended C1-7 done 1",
            "ended C1-7 done 1 B-1",
            "refused locked",
            "looked-up 1 2 3",
            "dropped C1-7",
            "late C1-7",
            "unreachable slow",
            "unreachable slow C1-7",
            "what 1",
        ] {
            assert_eq!(parse(broken), None, "{broken:?}");
        }
    }
}
