//! What can be made to go wrong: the kinds, on which calls, how often, and their spelling as text.
//!
//! It decides whether a fault strikes; what striking means to a call is the gateway's and the
//! server's business. It must not know sockets.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// One way in which a call fails. Everything that says "performed" ends in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The call is performed; the connection is closed without an answer.
    LostAfterCommit,
    /// The call is read whole and not performed; the connection is closed without an answer.
    LostBeforeCommit,
    /// The connection is reset: on a fault without path as soon as it is accepted (or, when it was
    /// kept, as soon as another request begins), with a path once the head is read.
    ResetBeforeRead,
    /// The head is read, and of the body no more than came with it; then the connection is reset.
    ResetWhileReading,
    /// The call is performed; so many bytes of the body are sent, then the connection is closed.
    CutAnswer(usize),
    /// The call is performed; before the head of its answer this time passes.
    Slow(Duration),
    /// This time passes, then the call is performed, even if the client is gone by then.
    SlowBeforeCommit(Duration),
    /// The call is performed; in the middle of the body this time passes.
    SlowBody(Duration),
    /// The call is performed; so many bytes of padding are added to the body.
    HugeAnswer(u64),
    /// The call is performed and answered as one on a kept connection, which is then closed all the same.
    CloseAfterAnswer,
    /// The token of the call is refused with 4010, now and later. Only calls with a token.
    RefusedToken,
    /// The token of the call expires and is refused with 4011. Only calls with a token.
    ExpiredToken,
    /// The app secret rotates before the call. Without a path: token calls only, which then get
    /// 1030002006. On a call with a token, that token is refused as well, so that a new one is needed.
    RotatedSecret,
    /// For the call, the gateway's clock is so many milliseconds ahead (or behind, below zero).
    WrongClock(i64),
    /// HTTP 429, not performed.
    Status429,
    /// HTTP 429 with a `Retry-After` of so many seconds, not performed.
    RetryAfter(u32),
    /// HTTP 519 with this code, not performed.
    Gateway(i64),
    /// HTTP 519 with this code, after the call was performed.
    GatewayAfterCommit(i64),
    /// HTTP 504 with an HTML page, not performed.
    GatewayTimeoutHtml,
    /// HTTP 504 with an HTML page, after the call was performed.
    GatewayTimeoutHtmlAfterCommit,
    /// HTTP 502 without a body, not performed.
    Empty502,
    /// HTTP 502 without a body, after the call was performed.
    Empty502AfterCommit,
    /// HTTP 404 and the text `No Route`, not performed.
    NoRoute404,
    /// HTTP 401 in plain text, not performed.
    Unauthorized401,
    /// HTTP 401 with errcode 1000202001, "JWT token has expired", not performed.
    JwtExpired401,
    /// HTTP 200 without a body, after the call was performed.
    Empty200,
    /// The call is performed; its answer has no `errcode`.
    ErrcodeMissing,
    /// The call is performed; `errcode` in its answer is this JSON text, such as `"0"` or `1e99`.
    /// A call that is refused stays refused.
    Errcode(String),
    /// The call is performed; `data` in its answer is this JSON text, such as `[]`.
    Data(String),
    /// The call is performed; a list in pages has no more than so many rows on each, whatever was
    /// asked for, and says nothing of it.
    CutPages(u32),
    /// The call is performed; from the second page of a list on, its number of pages is that of
    /// the page itself.
    WrongTotal,
    /// The call is performed; the number of rows of a list gets smaller from page to page.
    ShrinkingCount,
    /// The call is performed; its answer is HTTP 200 with a page that is no JSON.
    NotJson,
    /// The call is performed; its answer is JSON but for bytes that are no UTF-8.
    NotUtf8,
}

use FaultKind as K;

/// The words of the command line, each with the form of its value and what it means.
const WORDS: [(&str, &str); 34] = [
    ("lost-after-commit", ""),
    ("lost-before-commit", ""),
    ("reset-before-read", ""),
    ("reset-while-reading", ""),
    ("cut-answer", "BYTES"),
    ("slow", "DURATION"),
    ("slow-before-commit", "DURATION"),
    ("slow-body", "DURATION"),
    ("huge-answer", "BYTES"),
    ("close-after-answer", ""),
    ("refused-token", ""),
    ("expired-token", ""),
    ("rotated-secret", ""),
    ("wrong-clock", "OFFSET"),
    ("status-429", ""),
    ("retry-after", "SECONDS"),
    ("gateway", "CODE"),
    ("gateway-after-commit", "CODE"),
    ("timeout-html", ""),
    ("timeout-html-after-commit", ""),
    ("empty-502", ""),
    ("empty-502-after-commit", ""),
    ("no-route-404", ""),
    ("unauthorized-401", ""),
    ("jwt-expired-401", ""),
    ("empty-200", ""),
    ("errcode-missing", ""),
    ("errcode", "JSON"),
    ("data", "JSON"),
    ("cut-pages", "ROWS"),
    ("wrong-total", ""),
    ("shrinking-count", ""),
    ("not-json", ""),
    ("not-utf8", ""),
];

impl FaultKind {
    /// Its word on the command line, without a value.
    pub fn word(&self) -> &'static str {
        match self {
            K::LostAfterCommit => "lost-after-commit",
            K::LostBeforeCommit => "lost-before-commit",
            K::ResetBeforeRead => "reset-before-read",
            K::ResetWhileReading => "reset-while-reading",
            K::CutAnswer(_) => "cut-answer",
            K::Slow(_) => "slow",
            K::SlowBeforeCommit(_) => "slow-before-commit",
            K::SlowBody(_) => "slow-body",
            K::HugeAnswer(_) => "huge-answer",
            K::CloseAfterAnswer => "close-after-answer",
            K::RefusedToken => "refused-token",
            K::ExpiredToken => "expired-token",
            K::RotatedSecret => "rotated-secret",
            K::WrongClock(_) => "wrong-clock",
            K::Status429 => "status-429",
            K::RetryAfter(_) => "retry-after",
            K::Gateway(_) => "gateway",
            K::GatewayAfterCommit(_) => "gateway-after-commit",
            K::GatewayTimeoutHtml => "timeout-html",
            K::GatewayTimeoutHtmlAfterCommit => "timeout-html-after-commit",
            K::Empty502 => "empty-502",
            K::Empty502AfterCommit => "empty-502-after-commit",
            K::NoRoute404 => "no-route-404",
            K::Unauthorized401 => "unauthorized-401",
            K::JwtExpired401 => "jwt-expired-401",
            K::Empty200 => "empty-200",
            K::ErrcodeMissing => "errcode-missing",
            K::Errcode(_) => "errcode",
            K::Data(_) => "data",
            K::CutPages(_) => "cut-pages",
            K::WrongTotal => "wrong-total",
            K::ShrinkingCount => "shrinking-count",
            K::NotJson => "not-json",
            K::NotUtf8 => "not-utf8",
        }
    }

    pub(crate) fn value(&self) -> Option<String> {
        match self {
            K::CutAnswer(bytes) => Some(bytes.to_string()),
            K::HugeAnswer(bytes) => Some(bytes.to_string()),
            K::Slow(time) | K::SlowBeforeCommit(time) | K::SlowBody(time) => {
                Some(format!("{}ms", time.as_millis()))
            }
            K::WrongClock(offset) => Some(format!("{offset:+}ms")),
            K::RetryAfter(seconds) => Some(seconds.to_string()),
            K::CutPages(rows) => Some(rows.to_string()),
            K::Gateway(code) | K::GatewayAfterCommit(code) => Some(code.to_string()),
            K::Errcode(text) | K::Data(text) => Some(text.clone()),
            _ => None,
        }
    }

    fn parse(word: &str, value: Option<&str>) -> Result<Self, FaultError> {
        let Some((word, form)) = WORDS.iter().find(|(known, _)| *known == word) else {
            return Err(FaultError(format!(
                "unknown fault {word:?}; the faults are {}",
                list_words()
            )));
        };
        let value = match (value, form.is_empty()) {
            (Some(value), false) => value,
            (None, true) => "",
            (None, false) => {
                return Err(FaultError(format!("{word} needs a value: {word}={form}")));
            }
            (Some(_), true) => return Err(FaultError(format!("{word} takes no value"))),
        };
        Self::with_value(word, value).ok_or_else(|| {
            let hint = match *form {
                "DURATION" => "such as 500ms, 2s, 1m",
                "OFFSET" => "such as +10m, -90s",
                _ => "a whole number",
            };
            FaultError(format!("{word}={value}: {value:?} is no {form}, {hint}"))
        })
    }

    fn with_value(word: &str, value: &str) -> Option<Self> {
        Some(match word {
            "lost-after-commit" => K::LostAfterCommit,
            "lost-before-commit" => K::LostBeforeCommit,
            "reset-before-read" => K::ResetBeforeRead,
            "reset-while-reading" => K::ResetWhileReading,
            "cut-answer" => K::CutAnswer(value.parse().ok()?),
            "slow" => K::Slow(duration(value)?),
            "slow-before-commit" => K::SlowBeforeCommit(duration(value)?),
            "slow-body" => K::SlowBody(duration(value)?),
            "huge-answer" => K::HugeAnswer(value.parse().ok()?),
            "close-after-answer" => K::CloseAfterAnswer,
            "refused-token" => K::RefusedToken,
            "expired-token" => K::ExpiredToken,
            "rotated-secret" => K::RotatedSecret,
            "wrong-clock" => K::WrongClock(offset(value)?),
            "status-429" => K::Status429,
            "retry-after" => K::RetryAfter(value.parse().ok()?),
            "gateway" => K::Gateway(value.parse().ok()?),
            "gateway-after-commit" => K::GatewayAfterCommit(value.parse().ok()?),
            "timeout-html" => K::GatewayTimeoutHtml,
            "timeout-html-after-commit" => K::GatewayTimeoutHtmlAfterCommit,
            "empty-502" => K::Empty502,
            "empty-502-after-commit" => K::Empty502AfterCommit,
            "no-route-404" => K::NoRoute404,
            "unauthorized-401" => K::Unauthorized401,
            "jwt-expired-401" => K::JwtExpired401,
            "empty-200" => K::Empty200,
            "errcode-missing" => K::ErrcodeMissing,
            "errcode" => K::Errcode(value.to_owned()),
            "data" => K::Data(value.to_owned()),
            "cut-pages" => K::CutPages(value.parse().ok().filter(|rows| *rows > 0)?),
            "wrong-total" => K::WrongTotal,
            "shrinking-count" => K::ShrinkingCount,
            "not-json" => K::NotJson,
            "not-utf8" => K::NotUtf8,
            _ => return None,
        })
    }
}

fn list_words() -> String {
    let one = |(word, form): &(&str, &str)| {
        if form.is_empty() {
            (*word).to_owned()
        } else {
            format!("{word}={form}")
        }
    };
    WORDS.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn duration(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: u64 = digits.parse().ok()?;
    let millis = match text.get(digits.len()..)? {
        "ms" => number,
        "s" => number.checked_mul(1000)?,
        "m" => number.checked_mul(60_000)?,
        "h" => number.checked_mul(3_600_000)?,
        _ => return None,
    };
    Some(Duration::from_millis(millis))
}

fn offset(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    i64::try_from(duration(rest)?.as_millis())
        .ok()
        .map(|millis| sign * millis)
}

/// A kind of fault, the calls that it strikes, and how often.
///
/// As text: `KIND[=VALUE][@PATH][*TIMES][%PERCENT]`, such as
/// `lost-after-commit@/jdy/v2/ls/mall_recharge*1`, `slow=2s`, `gateway=5006%10`, `wrong-clock=+10m`.
/// A path that ends in `/` stands for all paths that begin so. Without a path a fault strikes every
/// call, those for tokens included; without a number of times it does not stop.
///
/// ```
/// use jdy_sandbox::{Fault, FaultKind};
///
/// let fault: Fault = "lost-after-commit@/jdy/v2/ls/mall_recharge*1".parse()?;
/// assert_eq!(fault, Fault::on("/jdy/v2/ls/mall_recharge", FaultKind::LostAfterCommit).times(1));
/// # Ok::<(), jdy_sandbox::FaultError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    kind: FaultKind,
    path: Option<String>,
    times: Option<u32>,
    probability: f64,
}

impl Fault {
    /// Strikes every call.
    pub fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            path: None,
            times: None,
            probability: 1.0,
        }
    }

    /// Strikes calls of this path, or, when it ends in `/`, of all paths that begin so.
    pub fn on(path: impl Into<String>, kind: FaultKind) -> Self {
        Self {
            path: Some(path.into()),
            ..Self::new(kind)
        }
    }

    /// Strikes so many times and is then gone.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Strikes this part of the calls: 1.0 is all of them. By the sandbox's seed the same ones in every run.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = probability.clamp(0.0, 1.0);
        self
    }

    /// What happens.
    pub fn kind(&self) -> &FaultKind {
        &self.kind
    }

    /// Where it happens; `None` is everywhere.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// How often it can still happen; `None` is without end.
    pub fn times_left(&self) -> Option<u32> {
        self.times
    }

    fn fits(&self, moment: &Moment<'_>) -> bool {
        let Moment::Head {
            path,
            has_token,
            is_token_call,
        } = *moment
        else {
            return self.kind == K::ResetBeforeRead && self.path.is_none();
        };
        let here = match self.path.as_deref() {
            None => true,
            Some(prefix) if prefix.ends_with('/') => path.starts_with(prefix),
            Some(exact) => path == exact,
        };
        here && match self.kind {
            K::ResetBeforeRead => self.path.is_some(),
            K::RefusedToken | K::ExpiredToken => has_token,
            K::RotatedSecret => self.path.is_some() || is_token_call,
            _ => true,
        }
    }
}

impl From<FaultKind> for Fault {
    fn from(kind: FaultKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.word())?;
        if let Some(value) = self.kind.value() {
            write!(f, "={value}")?;
        }
        if let Some(path) = &self.path {
            write!(f, "@{path}")?;
        }
        if let Some(times) = self.times {
            write!(f, "*{times}")?;
        }
        if self.probability < 1.0 {
            write!(f, "%{}", self.probability * 100.0)?;
        }
        Ok(())
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (mut rest, mut times, mut probability) = (text.trim(), None, 1.0);
        while let Some(at) = rest.rfind(['*', '%']) {
            let (before, suffix) = (
                rest.get(..at).unwrap_or_default(),
                rest.get(at + 1..).unwrap_or_default(),
            );
            if !suffix
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
            {
                break;
            }
            if rest.as_bytes().get(at) == Some(&b'*') {
                let number = suffix.parse();
                times =
                    Some(number.map_err(|_| FaultError(format!("*{suffix}: no number of times")))?);
            } else {
                let percent = suffix
                    .parse()
                    .ok()
                    .filter(|percent: &f64| (0.0..=100.0).contains(percent));
                let percent =
                    percent.ok_or_else(|| FaultError(format!("%{suffix}: no percentage")))?;
                probability = percent / 100.0;
            }
            rest = before;
        }
        let (kind, path) = match rest.rfind("@/") {
            Some(at) => (
                rest.get(..at).unwrap_or_default(),
                rest.get(at + 1..).map(str::to_owned),
            ),
            None => (rest, None),
        };
        let (word, value) = match kind.split_once('=') {
            Some((word, value)) => (word, Some(value)),
            None => (kind, None),
        };
        Ok(Self {
            kind: FaultKind::parse(word, value)?,
            path,
            times,
            probability,
        })
    }
}

/// A text that is no fault, and which texts are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultError(String);

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FaultError {}

/// When a fault may strike, and what is known of the call by then.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Moment<'a> {
    /// A connection or a further request on it begins; nothing is known.
    Begin,
    /// The head was read.
    Head {
        path: &'a str,
        has_token: bool,
        is_token_call: bool,
    },
}

/// The faults that wait, those that struck, and the chance that chooses among calls.
#[derive(Debug, Clone)]
pub(crate) struct Faults {
    waiting: Vec<Fault>,
    struck: BTreeMap<&'static str, u64>,
    chance: u64,
}

impl Faults {
    pub(crate) fn new(waiting: Vec<Fault>, seed: u64) -> Self {
        Self {
            waiting,
            struck: BTreeMap::new(),
            chance: seed,
        }
    }

    pub(crate) fn add(&mut self, fault: Fault) {
        self.waiting.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }

    pub(crate) fn struck(&self) -> BTreeMap<&'static str, u64> {
        self.struck.clone()
    }

    /// The first fault, in the order in which they were injected, that strikes now. No call has two.
    pub(crate) fn strike(&mut self, moment: &Moment<'_>) -> Option<FaultKind> {
        for at in 0..self.waiting.len() {
            let Some(fault) = self.waiting.get(at) else {
                break;
            };
            if fault.times == Some(0) || !fault.fits(moment) {
                continue;
            }
            let probability = fault.probability;
            if probability < 1.0 && self.roll() >= probability {
                continue;
            }
            let Some(fault) = self.waiting.get_mut(at) else {
                break;
            };
            fault.times = fault.times.map(|times| times.saturating_sub(1));
            let (kind, spent) = (fault.kind.clone(), fault.times == Some(0));
            if spent {
                self.waiting.remove(at);
            }
            *self.struck.entry(kind.word()).or_default() += 1;
            return Some(kind);
        }
        None
    }

    /// SplitMix64, in 0.0..1.0: the same seed gives the same faults.
    fn roll(&mut self) -> f64 {
        self.chance = self.chance.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.chance;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let top = u32::try_from((z ^ (z >> 31)) >> 32).unwrap_or_default();
        f64::from(top) / (f64::from(u32::MAX) + 1.0)
    }
}
