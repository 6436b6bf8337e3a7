//! Arbitrary bytes as manifest, lock file, configuration, baseline and catalogue of the user's own; directives in the source.

#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;

const SOURCE: &[u8] = b"pub async fn f() { reqwest::get(\"u\").await; }\n";

fuzz_target!(|data: &[u8]| {
    let Some((which, text)) = data.split_first() else {
        return;
    };
    let directive = [b"// linger: ".as_slice(), text, b"\n", SOURCE].concat();
    let manifest = common::manifest(SOURCE);
    let mut files = vec![("Cargo.toml", manifest.as_slice()), ("src/lib.rs", SOURCE)];
    match which % 6 {
        0 => files[0].1 = text,
        1 => files.push(("Cargo.lock", text)),
        2 => files.push(("linger.toml", text)),
        3 => {
            files.push(("linger.toml", b"catalog = [\"own.toml\"]\n"));
            files.push(("own.toml", text));
        }
        4 => {
            files.push(("linger.toml", b"baseline = \"b.toml\"\n"));
            files.push(("b.toml", text));
        }
        _ => files[1].1 = &directive,
    }
    common::run_on(&files);
});
