//! Shows that the catalogue's facts are so, by running what they are about.
//!
//! [`measure`] says what happened, without knowing what the catalogue says: which waits ended and when, how many
//! connections a server counted, which tasks were alive. [`judge`](judge::judge) holds that against a catalogue. So a wrong
//! fact fails by name, and a test can hold the same run against a falsified copy.

pub mod clients;
pub mod connections;
pub mod judge;
pub mod server;
pub mod tasks;
pub mod waits;

use std::time::Duration;

/// Everything that was seen.
#[derive(Debug)]
pub struct Seen {
    /// Waits of requests.
    pub waits: Vec<waits::Wait>,
    /// Connections used by responses that are read, dropped and held.
    pub connections: Vec<connections::Count>,
    /// Tasks whose handle is dropped or aborted.
    pub tasks: Vec<tasks::Fate>,
}

/// A run that takes longer is ended: its own patience is less than half of it.
const LIMIT: Duration = Duration::from_secs(90);

/// Every wait has a client's socket, a server's, and some of its runtime.
const FILES: u64 = 4096;

/// Runs everything, all at once. Takes as long as the longest patience.
pub fn measure() -> Seen {
    let files = rlimit::increase_nofile_limit(FILES);
    assert!(
        files.is_ok_and(|limit| limit >= FILES),
        "needs {FILES} open files at once: see ulimit -n"
    );
    std::thread::spawn(|| {
        std::thread::sleep(LIMIT);
        eprintln!("error: still running after {} s", LIMIT.as_secs());
        std::process::exit(1);
    });
    let servers = server::Servers::start();
    let (waits, (connections, tasks)) = std::thread::scope(|scope| {
        let others = scope.spawn(|| (connections::run(clients::connections()), tasks::run()));
        let waits = waits::run(clients::waits(), &servers);
        (waits, others.join().expect("the other measurements end"))
    });
    Seen {
        waits,
        connections,
        tasks,
    }
}

/// The version of a package in one line of versions (`0.12`), as this workspace's lock file has it.
pub fn locked(package: &str, line: &str) -> String {
    let lock = include_str!("../Cargo.lock");
    let name = format!("name = \"{package}\"\nversion = \"{line}.");
    let found = lock.find(&name).and_then(|at| lock[at..].split('"').nth(3));
    found
        .unwrap_or_else(|| panic!("no {package} {line} in the lock file"))
        .to_owned()
}
