//! How many connections responses cost that are read, dropped or held.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::server::Counting;

/// Requests per measurement, one after the other.
pub const REQUESTS: usize = 6;

/// What is done with each response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Done {
    /// Read to its end.
    Read,
    /// Dropped unread.
    Dropped,
    /// Kept unread until the function handed over is called.
    Held,
}

/// Sends [`REQUESTS`] requests through one client and treats each response so; calls the function before what is held is
/// let go.
pub type Requests = Arc<dyn Fn(&str, Done, &dyn Fn()) + Send + Sync>;

/// A response type of the catalogue.
#[derive(Clone)]
pub struct Case {
    /// The package.
    pub package: &'static str,
    /// Its version here.
    pub version: String,
    /// The features it is built with, where facts depend on them.
    pub features: &'static [&'static str],
    /// The type's path.
    pub path: &'static str,
    /// How it is run.
    pub requests: Requests,
}

/// What the server counted.
#[derive(Clone, Debug)]
pub struct Count {
    /// The package.
    pub package: &'static str,
    /// Its version.
    pub version: String,
    /// Its features.
    pub features: &'static [&'static str],
    /// The type's path.
    pub path: &'static str,
    /// What the server counted; nothing if the client failed against a server that behaves well.
    pub used: Option<Used>,
}

/// Connections.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    /// Those for responses that are read.
    pub read: usize,
    /// Those for responses that are dropped.
    pub dropped: usize,
    /// Those open while the responses are held.
    pub held: usize,
}

/// Runs every case, each in a thread of its own with servers of its own.
pub fn run(cases: Vec<Case>) -> Vec<Count> {
    let threads: Vec<_> = cases
        .into_iter()
        .map(|case| {
            let of = case.clone();
            (case, thread::spawn(move || used(&of.requests)))
        })
        .collect();
    threads
        .into_iter()
        .map(|(case, thread)| Count {
            package: case.package,
            version: case.version,
            features: case.features,
            path: case.path,
            used: thread.join().ok(),
        })
        .collect()
}

fn used(requests: &Requests) -> Used {
    let accepted = |done| {
        let server = Counting::start();
        requests(server.url(), done, &|| {});
        server.accepted()
    };
    let server = Counting::start();
    let held = std::cell::Cell::new(0);
    requests(server.url(), Done::Held, &|| {
        thread::sleep(Duration::from_millis(100));
        held.set(server.open());
    });
    Used {
        read: accepted(Done::Read),
        dropped: accepted(Done::Dropped),
        held: held.get(),
    }
}
