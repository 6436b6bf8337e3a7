//! Responses: how each ended.

use super::events::Events;
use super::{CrateRef, Site};
use crate::remedy::Remedy;
use crate::source::Span;

/// How a response ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ResponseOutcome {
    /// Read to the end, or bounded, on every way that matters.
    Read,
    /// Read on some ways, dropped unread on ways that end well.
    ReadOnSomeWays,
    /// Read on success, dropped unread only on ways that end in an error.
    UnreadOnError,
    /// Dropped unread.
    Unread,
    /// `drop(resp)` written out.
    DroppedOnPurpose,
    /// Empty by protocol: HEAD, 204, 304.
    Empty,
    /// Handed on to code we do not see, returned from a public function, stored.
    Escaped,
    /// We do not know.
    Unknown,
}

/// A response.
#[derive(Clone, PartialEq, Debug)]
pub struct Response {
    /// The call that made it.
    pub site: Site,
    /// Whose.
    pub krate: CrateRef,
    /// How it ended.
    pub outcome: ResponseOutcome,
    /// Nothing else goes through its client, which ends here too: there is no pool that a read would serve.
    pub client_ends: bool,
    /// Its client keeps no connection for a later request.
    pub unpooled: bool,
    /// Dropping it unread costs its connection nothing, from the catalogue.
    pub drops_well: bool,
    /// Where it was dropped unread.
    pub dropped_at: Vec<Span>,
    /// Where it was looked at (`status()`, `headers()`).
    pub looked_at: Vec<Span>,
    /// Held unread across something unrelated: where and what.
    pub held: Vec<Held>,
    /// What dropping one unread costs, from the catalogue.
    pub drop_note: String,
    /// What holding one costs, from the catalogue.
    pub hold_note: String,
    /// What to write, from the catalogue.
    pub advice: String,
    /// The change that reads what is left, where there is one.
    pub remedy: Option<Remedy>,
    /// What became of it.
    pub events: Events,
}

/// A response kept unread across something.
#[derive(Clone, PartialEq, Debug)]
pub struct Held {
    /// The wait, loop or container.
    pub at: Span,
    /// How it is kept.
    pub keeping: Keeping,
}

impl Held {
    /// Whether we saw it for sure.
    pub fn certain(&self) -> bool {
        matches!(self.keeping, Keeping::Asleep | Keeping::Forgotten)
    }
}

/// How a response is kept unread.
#[derive(Clone, PartialEq, Debug)]
pub enum Keeping {
    /// While something else is awaited.
    Waiting,
    /// While time passes.
    Asleep,
    /// In a private field that nothing reads.
    InField(String),
    /// It is never dropped.
    Forgotten,
}

impl Keeping {
    /// Whether it is kept in a field whose name says that nothing is to read it: `_guard`.
    pub fn is_named_unused(&self) -> bool {
        let name = match self {
            Keeping::InField(field) => field.rsplit("::").next(),
            Keeping::Waiting | Keeping::Asleep | Keeping::Forgotten => None,
        };
        name.is_some_and(|name| name.starts_with('_'))
    }
}

impl std::fmt::Display for Keeping {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Keeping::Waiting => f.write_str("kept unread across this await"),
            Keeping::Asleep => f.write_str("kept unread while this waits for time to pass"),
            Keeping::InField(field) => {
                write!(
                    f,
                    "kept in the private field `{field}`, which nothing reads"
                )
            }
            Keeping::Forgotten => f.write_str("forgotten: never dropped"),
        }
    }
}
