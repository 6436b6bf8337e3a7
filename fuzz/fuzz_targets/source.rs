//! Arbitrary bytes as the root of a package.

#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    common::run_on(&[("Cargo.toml", &common::manifest(data)), ("src/lib.rs", data)]);
});
