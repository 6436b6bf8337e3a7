//! The `cargo-linger` binary: arguments in, exit code out.

fn main() {}
