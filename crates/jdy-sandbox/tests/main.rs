//! The promises of the sandbox, one module each.
