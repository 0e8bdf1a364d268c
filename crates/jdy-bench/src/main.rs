//! The benches, without anything that counts.

use std::process::ExitCode;

fn main() -> ExitCode {
    jdy_bench::run(|work| {
        work();
        0
    })
}
