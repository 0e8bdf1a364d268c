//! One binary for all promises of the runtime: linking many is what makes suites slow.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    // A test makes its own time: it pauses and moves tokio's.
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub
)]

#[path = "suite/ports.rs"]
#[cfg_attr(
    not(any(feature = "hyper", feature = "redis", feature = "reqwest")),
    allow(dead_code)
)]
mod ports;
#[path = "suite/script.rs"]
mod script;

#[path = "suite/answers.rs"]
mod answers;
#[path = "suite/authorization.rs"]
mod authorization;
#[cfg(feature = "blocking")]
#[path = "suite/blocking.rs"]
mod blocking;
#[path = "suite/calls.rs"]
mod calls;
#[cfg(any(feature = "hyper", feature = "reqwest"))]
#[path = "suite/certificates.rs"]
mod certificates;
#[path = "suite/clock.rs"]
mod clock;
#[cfg(any(feature = "hyper", feature = "reqwest"))]
#[path = "suite/connections.rs"]
mod connections;
#[cfg(any(feature = "hyper", feature = "reqwest"))]
#[path = "suite/environment.rs"]
mod environment;
#[path = "suite/extras.rs"]
mod extras;
#[cfg(all(
    target_os = "linux",
    feature = "blocking",
    any(feature = "hyper", feature = "reqwest")
))]
#[path = "suite/few_files.rs"]
mod few_files;
#[cfg(feature = "file-store")]
#[path = "suite/file_store.rs"]
mod file_store;
#[path = "suite/limits.rs"]
mod limits;
#[cfg(feature = "metrics")]
#[path = "suite/metrics.rs"]
mod metrics;
#[path = "suite/observability.rs"]
mod observability;
#[path = "suite/one_set.rs"]
mod one_set;
#[path = "suite/outcomes.rs"]
mod outcomes;
#[path = "suite/page_forms.rs"]
mod page_forms;
#[cfg(any(feature = "hyper", feature = "reqwest"))]
#[path = "suite/peer.rs"]
mod peer;
#[path = "suite/reconcile.rs"]
mod reconcile;
#[path = "suite/redaction.rs"]
mod redaction;
#[cfg(feature = "redis")]
#[path = "suite/redis_store.rs"]
mod redis_store;
#[path = "suite/retries.rs"]
mod retries;
#[path = "suite/row_verdicts.rs"]
mod row_verdicts;
#[path = "suite/signing.rs"]
mod signing;
#[cfg(any(feature = "hyper", feature = "reqwest"))]
#[path = "suite/sockets.rs"]
mod sockets;
#[cfg_attr(
    not(any(feature = "file-store", feature = "redis")),
    allow(dead_code, reason = "the tests of some stores are not there")
)]
#[path = "suite/stores.rs"]
mod stores;
#[cfg(any(feature = "hyper", feature = "reqwest"))]
#[path = "suite/storm.rs"]
mod storm;
#[cfg(any(feature = "hyper", feature = "reqwest"))]
#[path = "suite/table.rs"]
mod table;
#[cfg(feature = "tracing")]
#[path = "suite/telemetry.rs"]
mod telemetry;
#[path = "suite/tokens.rs"]
mod tokens;
#[cfg(any(feature = "hyper", feature = "reqwest"))]
#[path = "suite/transports.rs"]
mod transports;
#[path = "suite/withheld.rs"]
mod withheld;
