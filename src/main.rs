//! The `cargo-linger` binary: arguments in, exit code out.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use linger::check::analysis::{Analysis, AnalyzeError, AnalyzeOptions};
use linger::cli::{self, Tool};
use linger::lints::LINTS;
use linger::source::Sources;

fn main() -> ExitCode {
    cli::main(&Tool {
        lints: LINTS,
        analyze,
        sources: &Disk,
    })
}

// Stands in until the engine is joined: `analyze: linger::engine::analyze`.
fn analyze(_: &AnalyzeOptions, _: &dyn Sources) -> Result<Analysis, AnalyzeError> {
    Err(AnalyzeError::new(
        "this build has no engine: use `list` or `explain`",
    ))
}

// Stands in until discover brings its own.
struct Disk;

impl Sources for Disk {
    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::Unsupported.into())
    }
    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }
    fn is_dir(&self, path: &Path) -> bool {
        path.is_dir()
    }
    fn walk(&self, _: &Path) -> Vec<PathBuf> {
        Vec::new()
    }
    fn list(&self, _: &Path) -> io::Result<Vec<PathBuf>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
