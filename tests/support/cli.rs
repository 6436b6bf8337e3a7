//! The whole tool on files in memory: arguments in, exit code and bytes out.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::ffi::OsString;
use std::path::Path;

use linger::cli::{Env, Tool, run};
use linger::engine;
use linger::lints::LINTS;
use linger::source::Sources;

/// What a run said.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit code.
    pub code: u8,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs the tool in a folder with arguments that hold no spaces.
pub(crate) fn linger(sources: &dyn Sources, cwd: &Path, args: &str) -> Ran {
    linger_with(sources, cwd, args, &|_| None, b"")
}

/// The same with environment variables and standard input.
pub(crate) fn linger_with(
    sources: &dyn Sources,
    cwd: &Path,
    args: &str,
    var: &dyn Fn(&str) -> Option<String>,
    mut stdin: &[u8],
) -> Ran {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let mut env = Env {
        cwd: cwd.to_path_buf(),
        var,
        stdin: &mut stdin,
        stdout: &mut stdout,
        stderr: &mut stderr,
        stdout_is_terminal: false,
        stderr_is_terminal: false,
    };
    let tool = Tool {
        lints: LINTS,
        analyze: engine::analyze,
        sources,
    };
    let words = std::iter::once("cargo-linger").chain(args.split_whitespace());
    let code = run::run(&tool, words.map(OsString::from), &mut env);
    Ran {
        code,
        out: String::from_utf8_lossy(&stdout).into_owned(),
        err: String::from_utf8_lossy(&stderr).into_owned(),
    }
}
