//! A mistake of ours outside of every guard, in a worker thread, ends the process with a word and exit code 2.
//!
//! This test is its own child process: it stands in for the binary, with an engine that fails.

use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use linger::check::analysis::{Analysis, AnalyzeError, AnalyzeOptions};
use linger::cli::{self, Tool};
use linger::discover::Disk;
use linger::guard;
use linger::lints::LINTS;
use linger::source::Sources;

/// Says which of the two this process is.
const CHILD: &str = "LINGER_TEST_CHILD";

fn fail(_: &AnalyzeOptions, _: &dyn Sources) -> Result<Analysis, AnalyzeError> {
    let worker =
        thread::spawn(|| -> Result<Analysis, AnalyzeError> { panic!("a worker's mistake") });
    worker
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn main() -> ExitCode {
    if env::var_os(CHILD).is_some() {
        guard::quiet();
        return cli::main(&Tool {
            lints: LINTS,
            analyze: fail,
            sources: &Disk,
        });
    }
    let this = env::current_exe().expect("the test knows itself");
    let mut child = Command::new(this)
        .env(CHILD, "1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the test starts itself");
    let start = Instant::now();
    while child.try_wait().expect("it can be asked").is_none() {
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().expect("it can be ended");
            panic!("the process does not end");
        }
        thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output().expect("it has ended");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("a worker's mistake"), "{said}");
    assert!(
        said.contains("please report this with the message above"),
        "{said}"
    );
    ExitCode::SUCCESS
}
