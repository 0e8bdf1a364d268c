//! The benches, without anything that counts.
//!
//! Owns nothing but that. Must not know a bench.

use std::process::ExitCode;

fn main() -> ExitCode {
    jdy_bench::run(|work| {
        work();
        jdy_bench::Allocated::default()
    })
}
