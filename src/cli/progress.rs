//! Says on a terminal that a long run goes on, and how far it has read. Nothing is written elsewhere, or on a short run.

use std::io;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::env::Env;
use crate::source::Sources;

/// How long a run may take without a word.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the line is written anew.
const BEAT: Duration = Duration::from_millis(100);
/// Back to the start of the line, and clear it.
const CLEAR: &str = "\r\u{1b}[K";

/// Does the work, with a line on standard error while it takes long.
pub(super) fn watched<T: Send>(
    env: &mut Env<'_>,
    quiet: bool,
    sources: &dyn Sources,
    work: impl FnOnce(&dyn Sources) -> T + Send,
) -> T {
    if quiet || !wanted(env) {
        return work(sources);
    }
    let counting = Counting {
        inner: sources,
        read: AtomicUsize::new(0),
    };
    let start = Instant::now();
    thread::scope(|scope| {
        let (running, ended) = channel::<()>();
        let worker = scope.spawn(|| {
            // Dropped at the end, by a panic too: that is the signal.
            let _running = running;
            work(&counting)
        });
        let mut wait = PATIENCE;
        while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
            wait = BEAT;
            let files = counting.read.load(Ordering::Relaxed);
            let seconds = start.elapsed().as_secs();
            // Whoever cannot be told of progress misses nothing else.
            let _ = write!(
                env.stderr,
                "{CLEAR}    Checking {files} files ({seconds} s)"
            );
            let _ = env.stderr.flush();
        }
        if wait == BEAT {
            let _ = write!(env.stderr, "{CLEAR}");
        }
        worker.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// As cargo decides it: on a terminal that can, unless told not to.
fn wanted(env: &Env<'_>) -> bool {
    env.stderr_is_terminal
        && (env.var)("TERM").as_deref() != Some("dumb")
        && (env.var)("CARGO_TERM_PROGRESS_WHEN").as_deref() != Some("never")
}

/// The sources, with a count of what was read.
struct Counting<'a> {
    inner: &'a dyn Sources,
    read: AtomicUsize,
}

impl Sources for Counting<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.read.fetch_add(1, Ordering::Relaxed);
        self.inner.read(path)
    }
    fn is_link(&self, path: &Path) -> bool {
        self.inner.is_link(path)
    }
    fn real(&self, path: &Path) -> PathBuf {
        self.inner.real(path)
    }
    fn is_file(&self, path: &Path) -> bool {
        self.inner.is_file(path)
    }
    fn is_dir(&self, path: &Path) -> bool {
        self.inner.is_dir(path)
    }
    fn walk(&self, dir: &Path, ending: &str) -> Vec<PathBuf> {
        self.inner.walk(dir, ending)
    }
    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        self.inner.list(dir)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discover::Memory;

    /// What is said while a file is read and something takes its time.
    fn said(time: Duration, quiet: bool, terminal: bool, vars: &[(&str, &str)]) -> String {
        let memory = Memory::new([("/a.rs", "")]);
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let var = |name: &str| {
            let found = vars.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let mut env = Env {
            cwd: "/".into(),
            stdin: &mut std::io::empty(),
            var: &var,
            stdout: &mut stdout,
            stderr: &mut stderr,
            stdout_is_terminal: terminal,
            stderr_is_terminal: terminal,
        };
        let done = watched(&mut env, quiet, &memory, |sources| {
            let read = sources.read(Path::new("/a.rs")).is_ok();
            thread::sleep(time);
            read
        });
        assert!(done);
        String::from_utf8_lossy(&stderr).into_owned()
    }

    #[test]
    fn a_long_run_on_a_terminal_says_how_far_it_is_and_clears_it() {
        let long = PATIENCE + 3 * BEAT;
        let text = said(long, false, true, &[]);
        assert!(
            text.starts_with("\r\u{1b}[K    Checking 1 files ("),
            "{text:?}"
        );
        assert!(text.ends_with(")\r\u{1b}[K"), "{text:?}");
        for (quiet, terminal, vars) in [
            (true, true, &[][..]),
            (false, false, &[]),
            (false, true, &[("TERM", "dumb")]),
            (false, true, &[("CARGO_TERM_PROGRESS_WHEN", "never")]),
        ] {
            assert_eq!(said(long, quiet, terminal, vars), "");
        }
        assert_eq!(said(Duration::ZERO, false, true, &[]), "");
    }
}
