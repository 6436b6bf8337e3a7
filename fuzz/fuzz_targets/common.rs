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

/// A manifest with the clients that a text names: reading the interfaces of others would be most of a run's time.
pub fn manifest(text: &[u8]) -> Vec<u8> {
    let named = |name: &str| text.windows(name.len()).any(|w| w == name.as_bytes());
    let clients = [("reqwest", "0.12"), ("tokio", "1"), ("ureq", "3"), ("hyper", "1")];
    let mut out = b"[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\n".to_vec();
    for (name, version) in clients.iter().filter(|(name, _)| named(name)) {
        out.extend(format!("{name} = \"{version}\"\n").bytes());
    }
    out
}
