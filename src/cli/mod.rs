//! The command line: arguments in, bytes and an exit code out.
//!
//! [`args`] reads the arguments as written; [`options`] resolves them once; [`run`] does what they ask. The engine comes
//! in as a function, so that everything here can be tried without it.

mod adopt;
pub mod args;
mod config;
mod console;
mod explain;
pub mod fix;
mod init;
pub mod options;
mod progress;
pub mod run;
mod shell;
mod why;

use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;

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

/// The whole process: exit code 0, nothing at deny level; 1, findings at deny level; 2, the job could not be done.
pub fn main(tool: &Tool<'_>) -> ExitCode {
    // Not locked: a worker that wrote there would wait for ever.
    let mut stdout = BufWriter::new(io::stdout());
    let mut stderr = io::stderr();
    let mut stdin = io::stdin().lock();
    let (stdout_is_terminal, stderr_is_terminal) =
        (io::stdout().is_terminal(), io::stderr().is_terminal());
    let mut env = Env {
        // Without a working folder only absolute paths mean anything; relative ones will be reported as missing.
        cwd: std::env::current_dir().unwrap_or_default(),
        var: &|name| std::env::var(name).ok(),
        stdin: &mut stdin,
        stdout: &mut stdout,
        stderr: &mut stderr,
        stdout_is_terminal,
        stderr_is_terminal,
    };
    // A mistake of ours must not look like a result: it is exit code 2, whatever was already printed.
    let code = catch_unwind(AssertUnwindSafe(|| {
        run::run(tool, std::env::args_os(), &mut env)
    }))
    .unwrap_or_else(|_| {
        console::error(
            &mut env,
            "cargo linger itself failed",
            Some("please report this with the message above"),
        );
        run::FAILED
    });
    ExitCode::from(code)
}
