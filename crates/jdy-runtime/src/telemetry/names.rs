//! The names of spans, attributes, events and metrics.
//!
//! Owns every name that leaves the program, once. Must not know when one is written.
//! Must not use: `tracing::`, `metrics::`.

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $text;)*

        /// All of them.
        pub const ALL: &[&str] = &[$($name,)*];
    };
}

/// The target of all spans and events.
pub const TARGET: &str = "jdy";

/// The spans of the feature `tracing`.
pub mod span {
    names! {
        /// A call, from the first poll to its decoded answer.
        CALL = "jdy.call";
        /// One HTTP exchange, of a business, token or authorization call.
        ATTEMPT = "jdy.attempt";
        /// The refresh of a token: in the call that waits for it; on its own, and linked to the call
        /// that noticed it was due, if it runs in the background.
        TOKEN_REFRESH = "jdy.token_refresh";
    }
}

/// The attributes of spans and events, and the labels of metrics.
pub mod attribute {
    names! {
        /// The name of a span in OpenTelemetry.
        OTEL_NAME = "otel.name";
        /// Its kind: `client` or `internal`.
        OTEL_KIND = "otel.kind";
        /// Its status: `ERROR` after a failure.
        OTEL_STATUS_CODE = "otel.status_code";
        /// The method.
        HTTP_REQUEST_METHOD = "http.request.method";
        /// How often the request was sent before; absent on the first attempt.
        HTTP_REQUEST_RESEND_COUNT = "http.request.resend_count";
        /// The HTTP status of the answer.
        HTTP_RESPONSE_STATUS_CODE = "http.response.status_code";
        /// The host of the gateway.
        SERVER_ADDRESS = "server.address";
        /// The port of the gateway.
        SERVER_PORT = "server.port";
        /// The URL without its query.
        URL_FULL = "url.full";
        /// The kind of the failure: [`ErrorKind::as_str`](crate::ErrorKind::as_str), or `cancelled`.
        ERROR_TYPE = "error.type";
        /// The line of an error.
        ERROR_MESSAGE = "error.message";
        /// The operation's id; `token` and `authorize` for the client's own calls.
        OPERATION = "jdy.operation";
        /// `done`, or the outcome of the failure: `not_sent`, `rejected`, `unknown`, `applied` or
        /// `incomplete`.
        OUTCOME = "jdy.outcome";
        /// The number that the product or the gateway refused with.
        ERRCODE = "jdy.errcode";
        /// The id that all attempts of a call share.
        CALL_ID = "jdy.call_id";
        /// The caller's own key of a write that may have taken effect, as `name=value`.
        KEY = "jdy.key";
        /// The name of the account set in this client.
        ACCOUNT = "jdy.account";
        /// Which attempt, from 1.
        ATTEMPT = "jdy.attempt";
        /// How many attempts a call made.
        ATTEMPTS = "jdy.attempts";
        /// How long an attempt took, in seconds.
        DURATION = "jdy.duration";
        /// How many differences there are between an answer and the spec.
        DRIFT_COUNT = "jdy.drift.count";
        /// Which limit: `business` or `token`.
        LIMIT = "jdy.limit";
        /// Whose limit: `own`, or `shared` between processes.
        LIMIT_SCOPE = "jdy.limit.scope";
        /// What is added to the local clock, in milliseconds.
        CLOCK_OFFSET = "jdy.clock.offset_ms";
        /// Where a token came from: `gateway` or `store`.
        TOKEN_ORIGIN = "jdy.token.origin";
        /// A router address as it was given.
        ROUTER = "jdy.router";
    }
}

/// The messages of the events of the feature `tracing`.
pub mod event {
    names! {
        /// DEBUG. An attempt of a business call has ended.
        ATTEMPT_FINISHED = "attempt finished";
        /// WARN. A call ends with an unknown outcome.
        OUTCOME_UNKNOWN = "outcome unknown";
        /// WARN. The future of a write was dropped while in flight.
        WRITE_ABANDONED = "write abandoned";
        /// INFO. An account set has a new token.
        TOKEN_REFRESHED = "token refreshed";
        /// WARN. An account set got no token.
        TOKEN_FAILED = "token failed";
        /// WARN. The token store failed, and the client continues without it.
        STORE_FAILED = "token store failed";
        /// INFO. The local clock is corrected by the gateway's.
        CLOCK_CORRECTED = "clock corrected";
        /// INFO. A call begins to wait for a permit.
        WAITING_FOR_PERMIT = "waiting for a permit";
        /// INFO. An answer differs from the spec.
        DRIFT = "answer differs from the spec";
        /// WARN. A router address was given as `http://` and is sent as `https://`.
        ROUTER_OVER_HTTPS = "router address sent as https";
    }
}

/// The metrics of the feature `metrics`. Durations are histograms in seconds.
pub mod metric {
    names! {
        /// Histogram: one HTTP exchange.
        REQUEST_DURATION = "http.client.request.duration";
        /// Histogram: a call, with its token, its attempts and the backoff between.
        CALL_DURATION = "jdy.client.call.duration";
        /// Histogram: the attempts of a call.
        ATTEMPTS = "jdy.client.attempts";
        /// Counter: writes whose future was dropped while in flight.
        ABANDONED = "jdy.client.abandoned";
        /// Counter: refreshes of tokens.
        TOKEN_REFRESHES = "jdy.token.refreshes";
        /// Histogram: the wait for a permit, also where there was none.
        LIMITER_WAIT = "jdy.client.limiter.wait";
        /// Counter: answers that differ from the spec.
        DRIFT = "jdy.drift";
        /// Counter: lines of a journal that ended, by state (`jdy-journal`).
        JOURNAL_LINES = "jdy.journal.lines";
    }
}
