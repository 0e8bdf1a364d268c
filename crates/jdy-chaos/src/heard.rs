//! What a client process tells the run, a line each on its standard output.

use std::io::Write as _;

use jdy_journal::State;

use crate::verdict::Told;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// A request went nowhere, in this way; the key of a recharge.
    Struck(String, Option<String>),
    /// The call with this key was dropped under way.
    Dropped(String),
    /// An attempt of the call with this key took all the time that it was given.
    Late(String),
    /// The end of a plain call.
    Told(Told),
    /// The journal is open, and calls may leave.
    Opened,
    /// A list or a journal was refused, for this reason, and nothing was sent.
    Refused(String),
    /// So many unknown lines were looked up: found applied, found absent, and how many lists had to
    /// be asked for again.
    LookedUp([u64; 3]),
    /// The most memory that the process had, in KiB.
    Memory(u64),
}

/// Stands for a number of a bill that nobody was told.
const NONE: &str = "-";

/// Tells it. What a kill must not cut short ends with a blank and a point. Who is not heard any
/// more has no business any more.
pub(crate) fn say(word: &Word) {
    let line = match word {
        Word::Struck(word, None) => format!("struck {word} .\n"),
        Word::Struck(word, Some(key)) => format!("struck {word} {key} .\n"),
        Word::Dropped(key) => format!("dropped {key} .\n"),
        Word::Late(key) => format!("late {key} .\n"),
        Word::Told(told) => {
            let bill = told.bill_no.as_deref().unwrap_or(NONE);
            format!("told {} {} {} {bill} .\n", told.key, told.state, told.sent)
        }
        Word::Opened => "opened .\n".to_owned(),
        Word::Refused(why) => format!("refused {why} .\n"),
        Word::LookedUp([applied, absent, again]) => {
            format!("looked-up {applied} {absent} {again} .\n")
        }
        Word::Memory(kib) => format!("memory {kib}\n"),
    };
    let mut out = std::io::stdout().lock();
    if out.write_all(line.as_bytes()).is_err() || out.flush().is_err() {
        std::process::exit(1);
    }
}

/// Reads a line; `None` for one that a kill has cut off.
pub(crate) fn read(line: &str) -> Option<Word> {
    let mut words = line.split(' ');
    Some(match (words.next()?, words.next()?) {
        ("struck", word) => {
            let key = words.next()?;
            let key = (key != ".").then(|| key.to_owned());
            if key.is_some() && words.next() != Some(".") {
                return None;
            }
            Word::Struck(word.to_owned(), key)
        }
        ("dropped", key) if words.next() == Some(".") => Word::Dropped(key.to_owned()),
        ("late", key) if words.next() == Some(".") => Word::Late(key.to_owned()),
        ("told", key) => Some(Told {
            key: key.to_owned(),
            state: State::from_text(words.next()?)?,
            sent: words.next()?.parse().ok()?,
            bill_no: words.next().filter(|bill| *bill != NONE).map(str::to_owned),
        })
        .filter(|_| words.next() == Some("."))
        .map(Word::Told)?,
        ("opened", ".") => Word::Opened,
        ("refused", why) if words.next() == Some(".") => Word::Refused(why.to_owned()),
        ("looked-up", applied) => {
            let mut number = || words.next()?.parse().ok();
            let counts = [applied.parse().ok()?, number()?, number()?];
            (words.next() == Some(".")).then_some(Word::LookedUp(counts))?
        }
        ("memory", kib) => Word::Memory(kib.parse().ok()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_broken_ones_are_not() {
        let told = Told {
            key: "C1-7".to_owned(),
            state: State::NotSent,
            sent: 2,
            bill_no: None,
        };
        assert_eq!(
            read("told C1-7 not_sent 2 - ."),
            Some(Word::Told(told.clone()))
        );
        let billed = Told {
            bill_no: Some("B-1".to_owned()),
            ..told
        };
        assert_eq!(read("told C1-7 not_sent 2 B-1 ."), Some(Word::Told(billed)));
        assert_eq!(read("opened ."), Some(Word::Opened));
        let refused = Word::Refused("locked".to_owned());
        assert_eq!(read("refused locked ."), Some(refused));
        assert_eq!(read("looked-up 1 2 3 ."), Some(Word::LookedUp([1, 2, 3])));
        let dropped = Word::Dropped("C1-7".to_owned());
        assert_eq!(read("dropped C1-7 ."), Some(dropped));
        let struck = |key: Option<&str>| Word::Struck("slow".to_owned(), key.map(str::to_owned));
        assert_eq!(read("struck slow ."), Some(struck(None)));
        assert_eq!(read("struck slow C1-7 ."), Some(struck(Some("C1-7"))));
        for broken in [
            "",
            "told",
            "told C1-7",
            "told C1-7 no",
            "told C1-7 done 1",
            "told C1-7 done 1 B-1",
            "refused locked",
            "looked-up 1 2 3",
            "dropped C1-7",
            "late C1-7",
            "struck slow",
            "struck slow C1-7",
            "what 1",
        ] {
            assert_eq!(read(broken), None, "{broken:?}");
        }
    }
}
