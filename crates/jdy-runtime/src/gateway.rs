//! The gateway's own codes, which come with HTTP status 519.
//!
//! Owns their names. It must not know which outcome follows from one.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $name:literal;)*) => {
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
        }
    };
}

codes! {
    /// The way of authentication is not supported.
    AuthTypeNoSupport = 4001, "AUTH_TYPE_NO_SUPPORT";
    /// No client id came.
    ClientIdEmpty = 4002, "CLIENT_ID_IS_EMPTY";
    /// The client id is unknown.
    ClientIdInvalid = 4003, "CLIENT_ID_IS_INVALID";
    /// There is no client secret.
    ClientSecretEmpty = 4004, "CLIENT_SECRET_IS_EMPTY";
    /// Client id and secret do not belong together.
    ClientPairInvalid = 4005, "CLIENT_PAIR_IS_INVALID";
    /// The timestamp is more than five minutes off.
    TimestampInvalid = 4006, "X_API_TIMESTAMP_IS_INVALID";
    /// The list of signed headers is not the expected one.
    SignHeadersInvalid = 4007, "X_API_SIGNHEADERS_IS_INVALID";
    /// The signature is not the one that the gateway computes.
    SignatureInvalid = 4008, "X_API_SIGNATURE_IS_INVALID";
    /// No token came.
    AccessTokenEmpty = 4009, "ACCESS_TOKEN_IS_EMPTY";
    /// The token is not one.
    AccessTokenInvalid = 4010, "ACCESS_TOKEN_IS_INVALID";
    /// The token is too old.
    AccessTokenExpired = 4011, "ACCESS_TOKEN_IS_EXPIRED";
    /// The application may not call this.
    NoPermission = 4012, "NO_PERMISSION_INVOKE_API";
    /// The gateway itself failed.
    InternalServiceFail = 5000, "INTERNAL_SERVICE_FAIL";
    /// No such path; also a wrong router address.
    ApiNotFound = 5001, "API_NOT_FOUND";
    /// The path has no such method.
    MethodNotAllowed = 5002, "METHOD_NOT_ALLOWED";
    /// The product behind the gateway is away.
    ApiUnavailable = 5003, "API_UNAVAILABLE";
    /// The product behind the gateway was too slow.
    ApiTimeout = 5004, "API_TIMEOUT";
    /// The request was cancelled on its way.
    ApiRequestCancel = 5005, "API_REQUEST_CANCEL";
    /// The gateway has cut this path off for a while.
    ApiRequestFuse = 5006, "API_REQUEST_FUSE";
    /// Too many requests.
    ApiRequestOverload = 5007, "API_REQUEST_OVERLOAD";
}

impl GatewayCode {
    /// Whether the code is about the token, so that a refresh may help.
    pub const fn is_token(self) -> bool {
        matches!(
            self,
            Self::AccessTokenEmpty | Self::AccessTokenInvalid | Self::AccessTokenExpired
        )
    }

    /// Whether the gateway throttles.
    pub const fn is_throttle(self) -> bool {
        matches!(self, Self::ApiRequestFuse | Self::ApiRequestOverload)
    }
}

impl fmt::Display for GatewayCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code(), self.name())
    }
}
