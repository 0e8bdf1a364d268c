//! The kinds of errors.
//!
//! Owns the leaf enum. It must not know how an answer is classified, nor what may be done next.

use std::fmt;

use crate::gateway::{Class, GatewayCode};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $word:literal;)*) => {
        /// What went wrong, apart from the outcome of the request.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[$doc])* $variant,)*
            /// The gateway itself refused or failed.
            Gateway(GatewayCode),
        }

        impl ErrorKind {
            /// Every kind but [`Gateway`](Self::Gateway), whose codes are [`GatewayCode::ALL`].
            pub const PLAIN: &'static [Self] = &[$(Self::$variant,)*];

            /// One word for logs and metrics: `timeout`, `connection_lost`; of a code of the gateway
            /// its name, such as `API_REQUEST_FUSE`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Gateway(code) => code.name(),
                }
            }
        }
    };
}

kinds! {
    /// The request cannot be sent as it is: a value that cannot be encoded, an unknown account, or
    /// a path or address that is refused.
    Request = "request";
    /// No connection was made.
    Connect = "connect";
    /// The connection broke.
    ConnectionLost = "connection_lost";
    /// The attempt or the call timed out.
    Timeout = "timeout";
    /// HTTP 401.
    Unauthorized = "unauthorized";
    /// HTTP 429.
    RateLimited = "rate_limited";
    /// This client's own limit ([`Limits`](crate::Limits)) had no permit before the deadline.
    LocalRateLimit = "local_rate_limit";
    /// The caller's condition for sending ([`Call::send_while`](crate::Call::send_while)) did not
    /// hold any more when the request was about to leave.
    Withheld = "withheld";
    /// HTTP 404 "No Route": most often a wrong router address.
    NoRoute = "no_route";
    /// Unexpected HTTP status.
    UnexpectedStatus = "unexpected_status";
    /// The product answered with an errcode of its own.
    Business = "business";
    /// The product does not accept the token.
    TokenRejected = "token_rejected";
    /// The product does not accept the app secret (1030002006).
    StaleSecret = "stale_secret";
    /// The product reports a system error (2000002000).
    SystemError = "system_error";
    /// A 2xx answer without an errcode, or truncated before it.
    MissingErrcode = "missing_errcode";
    /// The answer reports success, but the rest of it cannot be read.
    InvalidBody = "invalid_body";
    /// The answer reports success, but not for every row ([`Error::rows`](crate::Error::rows)).
    Rows = "rows";
    /// A list in pages does not end as it should: a page came twice, there are more pages than
    /// the caller allows, or fewer rows than the answers say.
    Pagination = "pagination";
    /// No token could be obtained. The source says why.
    Token = "token";
    /// App key and app secret could not be obtained. The source says why.
    Authorization = "authorization";
    /// This program could not run the call: it has no thread or task for it.
    Runtime = "runtime";
}

impl ErrorKind {
    /// Whether the token was rejected, so that a refresh may help.
    pub const fn is_token(self) -> bool {
        match self {
            Self::TokenRejected | Self::StaleSecret | Self::Unauthorized => true,
            Self::Gateway(code) => code.is_token(),
            _ => false,
        }
    }

    /// Whether the timestamp was rejected, so that a corrected clock may help.
    pub(crate) const fn is_clock(self) -> bool {
        match self {
            Self::Gateway(code) => matches!(code.class(), Class::Clock),
            _ => false,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request => "the request cannot be sent as it is",
            Self::Connect => "no connection",
            Self::ConnectionLost => "connection lost",
            Self::Timeout => "timed out",
            Self::Gateway(code) => return write!(f, "gateway code {code}"),
            Self::Unauthorized => "unauthorized",
            Self::RateLimited => "too many requests",
            Self::LocalRateLimit => "the client's own rate limit has no permit in time",
            Self::Withheld => "withheld: the condition for sending did not hold any more",
            Self::NoRoute => "no route",
            Self::UnexpectedStatus => "unexpected HTTP status",
            Self::Business => "refused by the product",
            Self::TokenRejected => "token not accepted",
            Self::StaleSecret => "app secret not accepted",
            Self::SystemError => "system error of the product",
            Self::MissingErrcode => "the answer has no errcode",
            Self::InvalidBody => "the answer cannot be read",
            Self::Rows => "not every row of the answer succeeded",
            Self::Pagination => "the pages of the list do not end as they should",
            Self::Token => "could not obtain a token",
            Self::Authorization => "could not obtain an authorization",
            Self::Runtime => "the program could not run the call",
        })
    }
}
