//! The same, with an allocator that counts: it makes each allocation slower, so that nothing is timed
//! here.
//!
//! Owns the counter. Must not know a bench.

use std::process::ExitCode;

fn main() -> ExitCode {
    jdy_bench::run(|work| {
        let info = allocation_counter::measure(work);
        jdy_bench::Allocated {
            count: info.count_total,
            held: info.bytes_current,
        }
    })
}
