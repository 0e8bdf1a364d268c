//! The kinds of errors.
//!
//! Owns the leaf enum. It must not know how an answer is classified, nor what may be done next.

use std::fmt;

use crate::gateway::GatewayCode;

/// What went wrong, apart from what became of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request cannot be sent as it is: a value without a form on the wire, an unknown
    /// account, a path or an address that is refused.
    Request,
    /// No connection came about.
    Connect,
    /// The connection broke.
    Lost,
    /// Time was up, for the attempt or for the call.
    Timeout,
    /// The gateway itself refused or failed.
    Gateway(GatewayCode),
    /// HTTP 401.
    Unauthorized,
    /// HTTP 429.
    RateLimited,
    /// This client's own limit ([`Limits`](crate::Limits)) had no place before the deadline.
    Limited,
    /// HTTP 404 "No Route": most often a wrong router address.
    NoRoute,
    /// Another HTTP status that is no success.
    Status,
    /// The product answered with an errcode of its own.
    Business,
    /// The product does not accept the token.
    TokenRejected,
    /// The product does not accept the app secret (1030002006).
    StaleSecret,
    /// The product reports a system error (2000002000).
    SystemError,
    /// A 2xx answer without an errcode, or cut before it.
    NoErrcode,
    /// The answer says success, but its rest cannot be read.
    Unreadable,
    /// The answer says success, but not of every row ([`Error::rows`]).
    Rows,
    /// A list in pages does not end as it should: a page came twice, there are more pages than
    /// the caller allows, or fewer rows than its answers say.
    Pages,
    /// No token was to be had. The source says why.
    Token,
    /// App key and app secret were not to be had. The source says why.
    Authorization,
    /// This program could not do it: no thread or task to run it on.
    Runtime,
}

impl ErrorKind {
    /// Whether the token was not accepted, so that a new one is worth a try.
    pub const fn is_token(self) -> bool {
        match self {
            Self::TokenRejected | Self::StaleSecret | Self::Unauthorized => true,
            Self::Gateway(code) => code.is_token(),
            _ => false,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request => "the request cannot be sent as it is",
            Self::Connect => "no connection",
            Self::Lost => "connection lost",
            Self::Timeout => "time was up",
            Self::Gateway(code) => return write!(f, "gateway code {code}"),
            Self::Unauthorized => "unauthorized",
            Self::RateLimited => "too many requests",
            Self::Limited => "no place within the client's own limit",
            Self::NoRoute => "no route",
            Self::Status => "unexpected HTTP status",
            Self::Business => "refused by the product",
            Self::TokenRejected => "token not accepted",
            Self::StaleSecret => "app secret not accepted",
            Self::SystemError => "system error of the product",
            Self::NoErrcode => "the answer has no errcode",
            Self::Unreadable => "the answer cannot be read",
            Self::Rows => "not every row of the answer says yes",
            Self::Pages => "the pages of the list do not end as they should",
            Self::Token => "no token to be had",
            Self::Authorization => "no authorization to be had",
            Self::Runtime => "the program could not run it",
        })
    }
}
