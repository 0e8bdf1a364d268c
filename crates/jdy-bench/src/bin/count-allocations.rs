//! The same, with an allocator that counts: it makes each allocation slower, so that nothing is timed
//! here.
//!
//! Owns the counter. Must not know a bench.

use std::process::ExitCode;

fn main() -> ExitCode {
    jdy_bench::run(|work| allocation_counter::measure(work).count_total)
}
