//! The kinds of errors.
//!
//! Owns the leaf enum. It must not know how an answer is classified, nor what may be done next.

use std::fmt;

use crate::gateway::{Class, GatewayCode};

/// What went wrong, apart from the outcome of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request cannot be sent as it is: a value that cannot be encoded, an unknown account, or
    /// a path or address that is refused.
    Request,
    /// No connection was made.
    Connect,
    /// The connection broke.
    ConnectionLost,
    /// The attempt or the call timed out.
    Timeout,
    /// The gateway itself refused or failed.
    Gateway(GatewayCode),
    /// HTTP 401.
    Unauthorized,
    /// HTTP 429.
    RateLimited,
    /// This client's own limit ([`Limits`](crate::Limits)) had no permit before the deadline.
    LocalRateLimit,
    /// The caller's condition for sending ([`Call::send_while`](crate::Call::send_while)) did not
    /// hold any more when the request was about to leave.
    Withheld,
    /// HTTP 404 "No Route": most often a wrong router address.
    NoRoute,
    /// Unexpected HTTP status.
    UnexpectedStatus,
    /// The product answered with an errcode of its own.
    Business,
    /// The product does not accept the token.
    TokenRejected,
    /// The product does not accept the app secret (1030002006).
    StaleSecret,
    /// The product reports a system error (2000002000).
    SystemError,
    /// A 2xx answer without an errcode, or truncated before it.
    MissingErrcode,
    /// The answer reports success, but the rest of it cannot be read.
    InvalidBody,
    /// The answer reports success, but not for every row ([`Error::rows`](crate::Error::rows)).
    Rows,
    /// A list in pages does not end as it should: a page came twice, there are more pages than
    /// the caller allows, or fewer rows than the answers say.
    Pagination,
    /// No token could be obtained. The source says why.
    Token,
    /// App key and app secret could not be obtained. The source says why.
    Authorization,
    /// This program could not run the call: it has no thread or task for it.
    Runtime,
}

impl ErrorKind {
    /// One word for logs and metrics: `timeout`, `connection_lost`; of a code of the gateway its name,
    /// such as `API_REQUEST_FUSE`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Connect => "connect",
            Self::ConnectionLost => "connection_lost",
            Self::Timeout => "timeout",
            Self::Gateway(code) => code.name(),
            Self::Unauthorized => "unauthorized",
            Self::RateLimited => "rate_limited",
            Self::LocalRateLimit => "local_rate_limit",
            Self::Withheld => "withheld",
            Self::NoRoute => "no_route",
            Self::UnexpectedStatus => "unexpected_status",
            Self::Business => "business",
            Self::TokenRejected => "token_rejected",
            Self::StaleSecret => "stale_secret",
            Self::SystemError => "system_error",
            Self::MissingErrcode => "missing_errcode",
            Self::InvalidBody => "invalid_body",
            Self::Rows => "rows",
            Self::Pagination => "pagination",
            Self::Token => "token",
            Self::Authorization => "authorization",
            Self::Runtime => "runtime",
        }
    }

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
