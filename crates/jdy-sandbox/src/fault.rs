//! The kinds of fault, in one table: variant, word, value and the stage of a call at which it acts.
//!
//! Owns [`FaultKind`], [`Fault`] and when a fault applies to a call. A new kind is one row of the
//! table; the compiler then asks for its effect in `fault/apply.rs`. Must not know how an answer is
//! made or sent. Must not use: `crate::answer`, `crate::gateway`, `crate::server`, `tokio`.

pub(crate) mod apply;
mod queue;
mod text;
mod value;

use std::time::Duration;

use self::value::{Bytes, Code, Form, Json, Offset, Rows, Seconds, Time};

pub(crate) use self::queue::Faults;
pub use self::text::FaultError;

/// Generates [`FaultKind`], its words and values, and one enum for each stage.
macro_rules! faults {
    (@form) => { None };
    (@form $type:ty, $form:ident) => {
        Some((<$form as Form<$type>>::NAME, <$form as Form<$type>>::HINT))
    };
    ($(
        $(#[$about:meta])*
        $stage:ident($kinds:ident) {
            $( $(#[doc = $doc:literal])* $variant:ident $(($value:ident: $type:ty as $form:ident))? = $word:literal, )*
        }
    )*) => {
        /// One way in which a call fails. "Performed" means that the ledger shows the call.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum FaultKind {
            $($( $(#[doc = $doc])* $variant $(($type))?, )*)*
        }

        /// The stage of a call at which a fault acts, with the fault.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(crate) enum Stage {
            $( $(#[$about])* $stage($kinds), )*
        }

        $(
            $(#[$about])*
            #[derive(Debug, Clone, PartialEq, Eq)]
            pub(crate) enum $kinds {
                $( $variant $(($type))?, )*
            }
        )*

        /// Every word with the name of its value and an example of one.
        const WORDS: &[(&str, Option<(&str, &str)>)] =
            &[ $($( ($word, faults!(@form $($type, $form)?)), )*)* ];

        impl FaultKind {
            /// The word that names this kind in text, without its value.
            pub fn word(&self) -> &'static str {
                match self {
                    $($( Self::$variant { .. } => $word, )*)*
                }
            }

            /// The value as text, for kinds that have one.
            pub(crate) fn value(&self) -> Option<String> {
                match self {
                    $($($( Self::$variant($value) => Some(<$form as Form<$type>>::write($value)), )?)*)*
                    _ => None,
                }
            }

            /// Every kind in text: its word, the name of its value if it has one, and what happens.
            pub fn kinds() -> impl Iterator<Item = (&'static str, Option<&'static str>, &'static str)> {
                const ABOUT: &[&str] = &[ $($( concat!($($doc),*).trim_ascii(), )*)* ];
                Self::words().zip(ABOUT).map(|((word, value), about)| (word, value, *about))
            }

            /// Every word, with the name of its value if it has one.
            pub(crate) fn words() -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
                WORDS.iter().map(|(word, form)| (*word, form.map(|(name, _)| name)))
            }

            pub(crate) fn stage(&self) -> Stage {
                match self {
                    $($( Self::$variant $(($value))? =>
                        Stage::$stage($kinds::$variant $((Clone::clone($value)))?), )*)*
                }
            }

            /// The kind that `word` names; `text` is its value, empty for a kind without one.
            fn read(word: &str, text: &str) -> Option<Self> {
                Some(match word {
                    $($( $word => Self::$variant $((<$form as Form<$type>>::read(text)?))?, )*)*
                    _ => return None,
                })
            }
        }
    };
}

faults! {
    /// Acts while the request is read.
    Connection(ConnectionFault) {
        /// The connection is reset. Without a path: as soon as it is accepted or, on a kept
        /// connection, as soon as another request begins. With a path: after the head is read.
        ResetBeforeRead = "reset-before-read",
        /// The head is read, and only the part of the body that came with it; then the connection
        /// is reset.
        ResetWhileReading = "reset-while-reading",
        /// The call is performed after this delay, even if the client has gone by then.
        SlowBeforeCommit(time: Duration as Time) = "slow-before-commit",
    }
    /// Changes the gateway before it checks the call.
    Setup(SetupFault) {
        /// The token of the call is refused with 4010, now and later. Only calls with a token.
        RefusedToken = "refused-token",
        /// The token of the call expires and is refused with 4011. Only calls with a token.
        ExpiredToken = "expired-token",
        /// The app secret rotates before the call. Without a path: token calls only, which then
        /// get 1030002006. A call with a token also has that token refused, so that it needs a new
        /// one.
        RotatedSecret = "rotated-secret",
        /// For this call, the gateway's clock is this many milliseconds ahead, or behind if
        /// negative.
        WrongClock(millis: i64 as Offset) = "wrong-clock",
    }
    /// Answers instead of performing the call.
    Refusal(RefusalFault) {
        /// The whole call is read and not performed; the connection is closed without an answer.
        LostBeforeCommit = "lost-before-commit",
        /// HTTP 429, not performed.
        Status429 = "status-429",
        /// HTTP 429 with a `Retry-After` of this many seconds, not performed.
        RetryAfter(seconds: u32 as Seconds) = "retry-after",
        /// HTTP 519 with this code, not performed.
        Gateway(code: i64 as Code) = "gateway",
        /// HTTP 504 with an HTML page, not performed.
        GatewayTimeoutHtml = "timeout-html",
        /// HTTP 502 without a body, not performed.
        Empty502 = "empty-502",
        /// HTTP 404 and the text `No Route`, not performed.
        NoRoute404 = "no-route-404",
        /// HTTP 401 in plain text, not performed.
        Unauthorized401 = "unauthorized-401",
        /// HTTP 401 with errcode 1000202001, "JWT token has expired", not performed.
        JwtExpired401 = "jwt-expired-401",
    }
    /// Falsifies the pages of a list.
    Paging(PagingFault) {
        /// The call is performed; a page of a list has at most this many rows, whatever size was
        /// requested, and the answer does not say so.
        CutPages(rows: u32 as Rows) = "cut-pages",
        /// The call is performed; from the second page of a list on, the answer gives the number
        /// of the page as the number of pages.
        WrongTotal = "wrong-total",
        /// The call is performed; the total number of rows of a list shrinks from page to page.
        ShrinkingCount = "shrinking-count",
    }
    /// Replaces the answer of a performed call.
    Answer(AnswerFault) {
        /// The call is performed; the connection is closed without an answer.
        LostAfterCommit = "lost-after-commit",
        /// HTTP 519 with this code, after the call was performed.
        GatewayAfterCommit(code: i64 as Code) = "gateway-after-commit",
        /// HTTP 504 with an HTML page, after the call was performed.
        GatewayTimeoutHtmlAfterCommit = "timeout-html-after-commit",
        /// HTTP 502 without a body, after the call was performed.
        Empty502AfterCommit = "empty-502-after-commit",
        /// HTTP 200 without a body, after the call was performed.
        Empty200 = "empty-200",
        /// The call is performed; its answer has no `errcode`.
        ErrcodeMissing = "errcode-missing",
        /// The call is performed; `errcode` in its answer is this JSON text, such as `"0"` or
        /// `1e99`. A refusal keeps its code.
        Errcode(json: String as Json) = "errcode",
        /// The call is performed; `data` in its answer is this JSON text, such as `[]`.
        Data(json: String as Json) = "data",
        /// The call is performed; its answer is HTTP 200 with an HTML page.
        NotJson = "not-json",
        /// The call is performed; its answer is JSON with bytes that are not UTF-8.
        NotUtf8 = "not-utf8",
    }
    /// Changes how the answer of a performed call is sent.
    Delivery(DeliveryFault) {
        /// The call is performed; this many bytes of the body are sent, then the connection is
        /// closed.
        CutAnswer(bytes: usize as Bytes) = "cut-answer",
        /// The call is performed; the head of its answer is delayed by this time.
        Slow(time: Duration as Time) = "slow",
        /// The call is performed; sending pauses for this time in the middle of the body.
        SlowBody(time: Duration as Time) = "slow-body",
        /// The call is performed; this many bytes of padding are added to the body.
        HugeAnswer(bytes: u64 as Bytes) = "huge-answer",
        /// The call is performed and its answer promises to keep the connection, which is then
        /// closed.
        CloseAfterAnswer = "close-after-answer",
    }
}

/// A kind of fault, the calls it applies to, and how often it fires.
///
/// As text: `KIND[=VALUE][@PATH][*TIMES][%PERCENT]`, such as
/// `lost-after-commit@/jdy/v2/ls/mall_recharge*1`, `slow=2s`, `gateway=5006%10`, `wrong-clock=+10m`.
/// A path that ends in `/` matches every path with that prefix. Without a path, a fault applies to
/// every call, token calls included; without a number of times, it never ends.
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
    /// A fault on every call.
    pub fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            path: None,
            times: None,
            probability: 1.0,
        }
    }

    /// A fault on calls of this path or, if it ends in `/`, of every path with this prefix.
    pub fn on(path: impl Into<String>, kind: FaultKind) -> Self {
        Self {
            path: Some(path.into()),
            ..Self::new(kind)
        }
    }

    /// Fires this many times, then is removed.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Fires on this fraction of the calls; 1.0 is all of them. One seed of the sandbox gives the
    /// same sequence in every run.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = probability.clamp(0.0, 1.0);
        self
    }

    /// The kind of fault.
    pub fn kind(&self) -> &FaultKind {
        &self.kind
    }

    /// The path it applies to; `None` for every path.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// How often it can still fire; `None` without a limit.
    pub fn times_left(&self) -> Option<u32> {
        self.times
    }

    /// Whether it can still fire and applies here.
    fn is_due(&self, point: &FaultPoint<'_>) -> bool {
        self.times != Some(0) && self.applies_at(point)
    }

    fn applies_at(&self, point: &FaultPoint<'_>) -> bool {
        let FaultPoint::Head {
            path,
            has_token,
            is_token_call,
        } = *point
        else {
            return self.kind == FaultKind::ResetBeforeRead && self.path.is_none();
        };
        let matches_path = match self.path.as_deref() {
            None => true,
            Some(prefix) if prefix.ends_with('/') => path.starts_with(prefix),
            Some(exact) => path == exact,
        };
        matches_path
            && match self.kind {
                FaultKind::ResetBeforeRead => self.path.is_some(),
                FaultKind::RefusedToken | FaultKind::ExpiredToken => has_token,
                FaultKind::RotatedSecret => self.path.is_some() || is_token_call,
                _ => true,
            }
    }
}

impl From<FaultKind> for Fault {
    fn from(kind: FaultKind) -> Self {
        Self::new(kind)
    }
}

/// A point at which a fault may fire, with what is known of the call by then.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FaultPoint<'a> {
    /// A connection, or a further request on it, begins.
    Start,
    /// The head was read.
    Head {
        path: &'a str,
        has_token: bool,
        is_token_call: bool,
    },
}
