//! Which waits of a request end, and when.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use crate::server::{Manner, Servers};

/// What every setting under test is set to.
pub const BOUND: Duration = Duration::from_secs(1);
/// How long a wait is watched where a setting is under test.
pub const PATIENCE: Duration = Duration::from_secs(4);
/// How long a wait is watched where a default is under test, or its removal: defaults are up to 30 s.
pub const LONG_PATIENCE: Duration = Duration::from_secs(38);

/// What is under test.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Setting {
    /// Nothing is set.
    Default,
    /// This slot is set to [`BOUND`].
    Set(&'static str),
    /// This slot is switched off.
    Off(&'static str),
}

/// A client with a setting, and one request through it to the end of the body. `Err` says why it failed.
pub type Exchange = Arc<dyn Fn(&str) -> Result<(), String> + Send + Sync>;

/// A client of the catalogue with one setting.
#[derive(Clone)]
pub struct Case {
    /// The package.
    pub package: &'static str,
    /// Its version here.
    pub version: String,
    /// The family of its settings.
    pub family: &'static str,
    /// The features it is built with, where facts depend on them.
    pub features: &'static [&'static str],
    /// What is under test.
    pub setting: Setting,
    /// Servers it makes no sense with.
    pub without: &'static [Manner],
    /// How it is run.
    pub exchange: Exchange,
}

/// How a wait went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Went {
    /// It failed, after so long.
    Failed(Duration, String),
    /// The whole body came, after so long.
    Came(Duration),
    /// Patience was lost.
    Waits,
}

/// What was seen of one case at one server.
#[derive(Clone, Debug)]
pub struct Wait {
    /// The package.
    pub package: &'static str,
    /// Its version.
    pub version: String,
    /// The family.
    pub family: &'static str,
    /// Its features.
    pub features: &'static [&'static str],
    /// What was under test.
    pub setting: Setting,
    /// The server.
    pub manner: Manner,
    /// What happened.
    pub went: Went,
}

impl Setting {
    /// How long a wait with this setting is watched.
    pub fn patience(self) -> Duration {
        match self {
            Setting::Set(_) => PATIENCE,
            Setting::Default | Setting::Off(_) => LONG_PATIENCE,
        }
    }
}

/// Runs every case at every server, each in a thread of its own. Threads that wait for ever end with the process.
pub fn run(cases: Vec<Case>, servers: &Servers) -> Vec<Wait> {
    let (send, receive) = channel();
    let mut seen = Vec::new();
    for case in cases {
        for manner in [
            Manner::Deaf,
            Manner::Silent,
            Manner::Stalls,
            Manner::Trickles,
        ] {
            if case.without.contains(&manner) {
                continue;
            }
            let (index, url, send, exchange) = (
                seen.len(),
                servers.url(manner),
                send.clone(),
                case.exchange.clone(),
            );
            seen.push(Wait {
                package: case.package,
                version: case.version.clone(),
                family: case.family,
                features: case.features,
                setting: case.setting,
                manner,
                went: Went::Waits,
            });
            thread::spawn(move || {
                let start = Instant::now();
                let result = exchange(&url);
                let _ = send.send((index, start.elapsed(), result));
            });
        }
    }
    let last = Instant::now() + LONG_PATIENCE + Duration::from_secs(1);
    while let Some(left) = last.checked_duration_since(Instant::now()) {
        let Ok((index, after, result)) = receive.recv_timeout(left) else {
            break;
        };
        let wait: &mut Wait = &mut seen[index];
        if after <= wait.setting.patience() {
            wait.went = match result {
                Ok(()) => Went::Came(after),
                Err(why) => Went::Failed(after, why),
            };
        }
    }
    seen
}
