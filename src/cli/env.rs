//! What a run is given: the engine it drives, and the process around it.

use std::io::{Read, Write};
use std::path::PathBuf;

use crate::check::analysis::{Analysis, AnalyzeError, AnalyzeOptions};
use crate::lint::Lint;
use crate::source::Sources;

/// The engine: reads, parses, resolves, follows, and says what it found.
pub type Analyze = fn(&AnalyzeOptions, &dyn Sources) -> Result<Analysis, AnalyzeError>;

/// What the command line drives.
#[derive(Clone, Copy)]
pub struct Tool<'a> {
    /// All lints there are.
    pub lints: &'a [&'static Lint],
    /// The engine.
    pub analyze: Analyze,
    /// Where it reads from.
    pub sources: &'a dyn Sources,
}

/// The process around a run.
pub struct Env<'a> {
    /// The folder that relative paths are meant from.
    pub cwd: PathBuf,
    /// Environment variables.
    pub var: &'a dyn Fn(&str) -> Option<String>,
    /// What an editor may send.
    pub stdin: &'a mut dyn Read,
    /// Where reports go.
    pub stdout: &'a mut dyn Write,
    /// Where notices and errors go.
    pub stderr: &'a mut dyn Write,
    /// Whether standard output is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether standard error is one.
    pub stderr_is_terminal: bool,
}
