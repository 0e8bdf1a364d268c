#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jdy_fuzz::request::run(data));
