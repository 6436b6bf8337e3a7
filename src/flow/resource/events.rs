//! What became of a resource, and where.

use crate::source::Span;

/// Something that became of a client, a response or a task, and where. Evidence only: outcomes rest on the whole of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Event {
    /// Where.
    pub at: Span,
    /// What.
    pub what: Happening,
    /// The field it is stored in.
    pub field: Option<String>,
}

/// What became of something, by place.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Events(Vec<Event>);

impl FromIterator<Event> for Events {
    fn from_iter<T: IntoIterator<Item = Event>>(events: T) -> Self {
        let mut all: Vec<Event> = events.into_iter().collect();
        all.sort_unstable();
        all.dedup();
        Events(all)
    }
}

impl Events {
    /// All of them, by place.
    pub fn iter(&self) -> impl Iterator<Item = &Event> {
        self.0.iter()
    }

    /// The first place where this became of it.
    pub fn first(&self, what: Happening) -> Option<Span> {
        self.iter().find(|e| e.what == what).map(|e| e.at)
    }

    /// The place where it leaves our sight: where it goes elsewhere, else where it is kept, else where it is handed out.
    pub fn last_seen(&self) -> Option<Span> {
        [Happening::Escaped, Happening::Stored, Happening::Returned]
            .into_iter()
            .find_map(|what| self.first(what))
    }
}

/// What can become of a client, a response or a task.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Happening {
    /// The function returns it.
    Returned,
    /// This call hands it out.
    HandedOut,
    /// It is kept in a field or static.
    Stored,
    /// Its body is read.
    Read,
    /// It is looked at, which reads nothing of its body.
    LookedAt,
    /// It is kept with its body unread.
    Held,
    /// It is joined.
    Joined,
    /// It is stopped, or will be when its handle is dropped.
    Aborted,
    /// A set, scope or tracker owns it.
    Tracked,
    /// It goes where we do not see.
    Escaped,
    /// It has no body by protocol.
    Empty,
    /// It is dropped.
    Dropped,
    /// It is dropped in so many words.
    DroppedOnPurpose,
    /// A `select!` that took it by value drops it.
    LostInSelect,
    /// It is forgotten: neither dropped nor reachable.
    Forgotten,
}
