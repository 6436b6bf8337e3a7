//! One whole run on files in memory. What it says does not matter, only that it ends, and not with a fault of ours.

use std::path::{Path, PathBuf};

use linger::cli::{Env, Tool, run};
use linger::discover::Memory;
use linger::engine;
use linger::lints::LINTS;

/// Runs on files named relative to the root of a workspace.
pub fn run_on(files: &[(&str, &[u8])]) {
    let files = files
        .iter()
        .map(|(name, text)| (Path::new("/w").join(name), text.to_vec()));
    let sources = Memory::new(files);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut env = Env {
        cwd: PathBuf::from("/w"),
        stdin: &mut std::io::empty(),
        var: &|_| None,
        stdout: &mut out,
        stderr: &mut err,
        stdout_is_terminal: false,
        stderr_is_terminal: false,
    };
    let tool = Tool {
        lints: LINTS,
        analyze: engine::analyze,
        sources: &sources,
    };
    let args = ["cargo-linger", "--threads", "1", "--min-confidence", "possible", "-W", "linger::pedantic"];
    run::run(&tool, args.map(Into::into), &mut env);
    for said in [out, err] {
        let said = String::from_utf8_lossy(&said);
        assert!(!said.contains("itself failed"), "{said}");
    }
}

/// A manifest under which the clients are known.
pub const MANIFEST: &[u8] = b"[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nreqwest = \"0.12\"\ntokio = \"1\"\nureq = \"3\"\nhyper = \"1\"\n";
