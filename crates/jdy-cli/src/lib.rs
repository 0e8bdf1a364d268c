//! What the command shares with its own tests: the list of all operations.
//!
//! Owns nothing else. Not for other programs: use `jdy::operations::all`. Whoever calls that compiles
//! the code of every operation, so the command does it here, once, and not again at each of its own
//! changes. Must not know what the command does with an operation.

use jdy::DynOperation;

/// Every operation of the SDK, module by module.
#[doc(hidden)]
#[must_use]
#[inline(never)]
pub fn operations() -> std::vec::IntoIter<&'static dyn DynOperation> {
    let all: Vec<_> = jdy::operations::all().collect();
    all.into_iter()
}
