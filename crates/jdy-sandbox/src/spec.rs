//! The bundled spec: which operations exist, whether a request fits, and a sample of an answer.
//!
//! Owns how OpenAPI is read; each of the three questions is a module. Must not know sockets,
//! signatures or what an operation does to data.
//! Must not use: `crate::gateway`, `crate::ledger`, `crate::product`, `crate::server`, `tokio`.

mod index;
mod sample;
mod schema;
mod validate;

pub(crate) use self::index::{Operation, Spec};
