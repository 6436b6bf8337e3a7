//! The command line: arguments in, bytes and an exit code out.
//!
//! [`args`] reads the arguments as written; [`options`] resolves them once; [`run`] does what they ask. The engine comes
//! in as a function, so that everything here can be tried without it.

mod adopt;
pub mod args;
mod config;
mod console;
mod env;
pub mod exit;
mod explain;
pub mod fix;
mod init;
pub mod options;
mod progress;
pub mod run;
mod shell;
mod show_config;
mod usage;
mod why;

use std::io::{self, BufWriter, IsTerminal};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

pub use env::{Analyze, Env, Tool};

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
        exit::FAILED
    });
    ExitCode::from(code)
}
