//! The bundled spec: which operations exist, whether a request fits, which record it is about, how
//! a record looks in an answer, and a sample of an answer.
//!
//! Owns how OpenAPI is read; each of these questions is a module. Must not know sockets,
//! signatures or what an operation does to data.
//! Must not use: `crate::gateway`, `crate::ledger`, `crate::product`, `crate::server`, `tokio`.

mod convert;
mod digits;
mod index;
mod resource;
mod root;
mod sample;
mod schema;
mod shape;
mod validate;
mod wire;

pub(crate) use self::convert::{code_of, label_of, scalar, text};
pub(crate) use self::index::{Operation, Spec};
pub(crate) use self::resource::{Filter, Resource, Role};
pub(crate) use self::shape::{Plain, Record, Shape};
pub(crate) use self::wire::is_epoch_millis;
