#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| microtome::harness::directories::run(input));
