//! The `cargo-linger` binary: arguments in, exit code out.

use std::process::ExitCode;

use linger::cli::{self, Tool};
use linger::discover::Disk;
use linger::engine;
use linger::guard;
use linger::lints::LINTS;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    guard::quiet();
    cli::main(&Tool {
        lints: LINTS,
        analyze: engine::analyze,
        sources: &Disk,
    })
}
