#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jdy_fuzz::http_date::run(data));
