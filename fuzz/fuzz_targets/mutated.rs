//! Real sources with pieces of them cut out, doubled and exchanged: what parses, but nobody would write.

#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;

/// Sources to take pieces of.
const SEEDS: &[&str] = &[
    include_str!("../../fixtures/reqwest-0.12/src/lib.rs"),
    include_str!("../../fixtures/tokio-1/src/lib.rs"),
    include_str!("../../fixtures/ureq-3/src/lib.rs"),
    include_str!("../../fixtures/hyper-1/src/lib.rs"),
    include_str!("../../fixtures/plain/src/lib.rs"),
];

fuzz_target!(|data: &[u8]| {
    let mut bytes = data.iter().copied();
    let mut next = || usize::from(bytes.next().unwrap_or(0));
    let seed = SEEDS[next() % SEEDS.len()];
    let mut pieces: Vec<&str> = seed.split_inclusive(['\n', ' ', '(', '{', '.']).collect();
    for _ in 0..(data.len() / 5).min(64) {
        let from = (next() << 8 | next()) % pieces.len();
        let to = (next() << 8 | next()) % pieces.len();
        match next() % 4 {
            0 => pieces.swap(from, to),
            1 => pieces[from] = pieces[to],
            2 => pieces[from] = "",
            _ => pieces.insert(to, pieces[from]),
        }
    }
    let text = pieces.concat();
    let manifest = common::manifest(text.as_bytes());
    common::run_on(&[("Cargo.toml", &manifest), ("src/lib.rs", text.as_bytes())]);
});
