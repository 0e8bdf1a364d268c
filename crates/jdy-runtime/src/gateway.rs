//! The gateway's own codes, which come with HTTP status 519.
//!
//! Owns the one table of them: number, name, and the class that everything else follows from. A new
//! code is one row; a new class is an arm in each place that the compiler then lists. And the skew
//! above which the code about the timestamp comes. Must not know requests or responses.
//! Must not use: `crate::error`, `crate::retry`, `crate::transport`.

use std::fmt;
use std::time::Duration;

use crate::outcome::Outcome;

/// How far the timestamp of a request may be from the gateway's clock: the gateway accepts the
/// request for so long before its timestamp, and for so long after it.
pub(crate) const ACCEPTED_SKEW: Duration = Duration::from_secs(5 * 60);

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $name:literal, $class:ident;)*) => {
        /// A code of the gateway, by the name that the vendor's own client gives it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum GatewayCode {
            $($(#[$doc])* $variant,)*
        }

        impl GatewayCode {
            /// Every code that is known.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code of this number.
            pub const fn from_code(code: i64) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// Its number.
            pub const fn code(self) -> i64 {
                match self {
                    $(Self::$variant => $code,)*
                }
            }

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What it is about.
            pub(crate) const fn class(self) -> Class {
                match self {
                    $(Self::$variant => Class::$class,)*
                }
            }
        }
    };
}

codes! {
    /// The way of authentication is not supported.
    AuthTypeNoSupport = 4001, "AUTH_TYPE_NO_SUPPORT", Credentials;
    /// No client id came.
    ClientIdEmpty = 4002, "CLIENT_ID_IS_EMPTY", Credentials;
    /// The client id is unknown.
    ClientIdInvalid = 4003, "CLIENT_ID_IS_INVALID", Credentials;
    /// There is no client secret.
    ClientSecretEmpty = 4004, "CLIENT_SECRET_IS_EMPTY", Credentials;
    /// Client id and secret do not belong together.
    ClientPairInvalid = 4005, "CLIENT_ID_SECRET_IS_INVALID", Credentials;
    /// The timestamp is more than five minutes off.
    TimestampInvalid = 4006, "X_API_TIMESTAMP_IS_INVALID", Clock;
    /// The list of signed headers is not the expected one.
    SignHeadersInvalid = 4007, "X_API_SIGNHEADERS_IS_INVALID", Credentials;
    /// The signature is not the one that the gateway computes.
    SignatureInvalid = 4008, "X_API_SIGNATURE_IS_INVALID", Credentials;
    /// No token came.
    AccessTokenEmpty = 4009, "ACCESS_TOKEN_IS_EMPTY", Token;
    /// The token is not one.
    AccessTokenInvalid = 4010, "ACCESS_TOKEN_IS_INVALID", Token;
    /// The token is too old.
    AccessTokenExpired = 4011, "ACCESS_TOKEN_IS_EXPIRED", Token;
    /// The application may not call this.
    NoPermission = 4012, "NO_PERMISSION_INVOKE_API", Permission;
    /// The gateway itself failed.
    InternalServiceFail = 5000, "INTERNAL_SERVICE_FAIL", Unavailable;
    /// No such path; also a wrong router address.
    ApiNotFound = 5001, "API_NOT_FOUND", Address;
    /// The path has no such method.
    MethodNotAllowed = 5002, "METHOD_NOT_ALLOWED", Method;
    /// The product behind the gateway is away.
    ApiUnavailable = 5003, "API_UNAVAILABLE", Unavailable;
    /// The product behind the gateway was too slow.
    ApiTimeout = 5004, "API_TIMEOUT", Unavailable;
    /// The request was cancelled on its way.
    ApiRequestCancel = 5005, "API_REQUEST_CANCEL", Unavailable;
    /// The gateway has cut this path off for a while.
    ApiRequestFuse = 5006, "API_REQUEST_FUSE", Throttle;
    /// Too many requests.
    ApiRequestOverload = 5007, "API_REQUEST_OVERLOAD", Throttle;
}

/// What a code is about: its outcome, whether an attempt is repeated, and the advice follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Client id, secret or signature.
    Credentials,
    /// The clock.
    Clock,
    /// The token: a refresh may help.
    Token,
    /// What the application is allowed to do.
    Permission,
    /// The path or the router address.
    Address,
    /// The method of the request.
    Method,
    /// What is behind the gateway. It may have seen the request.
    Unavailable,
    /// Too many requests.
    Throttle,
}

impl GatewayCode {
    /// The outcome of a call that is refused with it.
    pub const fn outcome(self) -> Outcome {
        match self.class() {
            Class::Credentials | Class::Clock | Class::Token | Class::Throttle => Outcome::NotSent,
            Class::Permission | Class::Address | Class::Method => Outcome::Rejected,
            Class::Unavailable => Outcome::Unknown,
        }
    }

    /// Whether the code is about the token, so that a refresh may help.
    pub const fn is_token(self) -> bool {
        matches!(self.class(), Class::Token)
    }

    /// Whether the gateway throttles.
    pub const fn is_throttle(self) -> bool {
        matches!(self.class(), Class::Throttle)
    }
}

impl fmt::Display for GatewayCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code(), self.name())
    }
}
