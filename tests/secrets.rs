//! No secret, token, query or body stands in any `Display`, `Debug`, log, error, journal or panic:
//! marker secrets go in everywhere, and are looked for in every form in which they could come out.
//!
//! Every public type of the crates that are written by hand is printed here. A new one that is not
//! fails `every_public_type_is_printed`, which reads the sources.

#[path = "secrets/forms.rs"]
mod forms;
#[path = "secrets/gallery.rs"]
mod gallery;
#[path = "secrets/gateway.rs"]
mod gateway;
#[path = "secrets/log.rs"]
mod log;
#[path = "secrets/types.rs"]
mod types;
#[path = "secrets/ways.rs"]
mod ways;
