//! What flow finds out: every client, request, response and task of the run, with its bounds and its outcome.
//!
//! This is all a lint sees, and what `inventory` prints. It names crates only through the catalogue's text.

mod bounds;
mod client;
mod events;
mod request;
mod response;
mod task;

pub use self::bounds::{Bound, Bounds, NearMiss, PhaseBound, is_setting, setting};
pub use self::client::{AsyncUse, Client, FamilyNotes, Rebuilt, Repeats};
pub use self::events::{Event, Events, Happening};
pub use self::request::{BodyRead, Manner, Request};
pub use self::response::{Held, Keeping, Response, ResponseOutcome};
pub use self::task::{Task, TaskEnds, TaskOutcome, TaskSetting};
pub use crate::catalog::schema::Phase;
pub use crate::discover::workspace::VersionSource;
use serde::Serialize;

use crate::guard::Fault;
use crate::name::Name;
use crate::source::Span;

/// The kinds of resources.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Kind {
    /// A client.
    Client,
    /// A request.
    Request,
    /// A response.
    Response,
    /// A task.
    Task,
}

/// A resource: its kind, and its index into that list of [`Resources`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Subject {
    /// Which list.
    pub kind: Kind,
    /// Where in it.
    pub index: usize,
}

impl Subject {
    /// A client.
    pub fn client(index: usize) -> Self {
        Subject {
            kind: Kind::Client,
            index,
        }
    }

    /// A request.
    pub fn request(index: usize) -> Self {
        Subject {
            kind: Kind::Request,
            index,
        }
    }

    /// A response.
    pub fn response(index: usize) -> Self {
        Subject {
            kind: Kind::Response,
            index,
        }
    }

    /// A task.
    pub fn task(index: usize) -> Self {
        Subject {
            kind: Kind::Task,
            index,
        }
    }
}

/// Where something stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Site {
    /// The name of the call in the text (the primary place of a finding).
    pub name: Span,
    /// The whole call.
    pub call: Span,
    /// The canonical path of what is called.
    pub path: String,
    /// The definition around it (`crate::module::Type::method`).
    pub within: String,
    /// Whether it is test code.
    pub in_test: bool,
}

/// The crate a fact is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CrateRef {
    /// Its name in the registry.
    pub name: String,
    /// The version in force: `0.12.24`; or the newest the catalogue knows, when nothing said which.
    pub version: String,
    /// How the version is known.
    pub known_by: VersionSource,
}

/// A call resolved to a catalogue path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CallSite {
    /// The callee's name in the text.
    pub at: Span,
    /// Canonical path.
    pub path: Name,
    /// What there must be for it among the resources.
    pub acquires: Option<Acquires>,
}

/// What a call acquires whatever it is given: there is such a resource at its place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Acquires {
    /// A client, of its own settings alone.
    Client,
    /// A request: it sends.
    Request,
    /// A task.
    Task,
}

/// A call at the place that is asked about, known or not.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct AskedCall {
    /// The callee's name in the text.
    pub at: Span,
    /// Where it leads.
    pub to: Callee,
}

/// Where a call leads.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Callee {
    /// To what the catalogue describes: its canonical path, the crate and version, and whether a fact is known of it.
    Catalogued {
        /// Canonical path.
        path: String,
        /// Its crate's name in the registry.
        krate: String,
        /// The version in force.
        version: String,
        /// How that is known.
        known_by: VersionSource,
        /// Whether the catalogue holds more than its signature.
        fact: bool,
    },
    /// To code of this run.
    Local(String),
    /// To a crate that nobody described.
    External(String),
    /// To a closure or function value.
    Value,
    /// It is not known what it is called on, or no such name is.
    Unresolved,
}

/// All resources of a run, each list in order of its sites.
#[derive(Clone, Debug, Default)]
pub struct Resources {
    /// Clients.
    pub clients: Vec<Client>,
    /// Requests.
    pub requests: Vec<Request>,
    /// Responses.
    pub responses: Vec<Response>,
    /// Tasks.
    pub tasks: Vec<Task>,
    /// Every call resolved to a catalogue path.
    pub calls: Vec<CallSite>,
    /// Every call at the place that is asked about, if one is.
    pub asked: Vec<AskedCall>,
    /// Counts for the summary line.
    pub counts: Counts,
    /// Said once each, as notes: a version nobody told, …
    pub notices: Vec<String>,
    /// Bodies on which we failed, with where they stand.
    pub faults: Vec<(Span, Fault)>,
}

/// Counts for the summary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files read.
    pub files: usize,
    /// Macro calls whose tokens were not read.
    pub unread_macros: usize,
    /// Method and path calls that could not be resolved.
    pub unresolved_calls: usize,
    /// Files made by a build and not seen.
    pub generated: usize,
}
