//! Clients: how each is built, how often, and what it bounds.

use super::bounds::{Bounds, NearMiss};
use super::events::Events;
use super::{CrateRef, Site};
use crate::remedy::Remedy;
use crate::source::Span;

/// A client: the value that requests are sent through, by where it is built.
#[derive(Clone, PartialEq, Debug)]
#[allow(clippy::struct_excessive_bools)] // each is an observation of its own, not a state
pub struct Client {
    /// The constructing call.
    pub site: Site,
    /// The calls (their names) that decide by what they pass how it is built, where others pass something else.
    pub callers: Vec<Span>,
    /// Where its builder was made (the call's name), if that is in the same body: where a chain begins.
    pub begun: Option<Span>,
    /// Whose.
    pub krate: CrateRef,
    /// What the client itself bounds.
    pub bounds: Bounds,
    /// Setters that do not do what they seem to.
    pub near: Vec<NearMiss>,
    /// Requests through it: indices into [`super::Resources::requests`].
    pub requests: Vec<usize>,
    /// The clients it stands in for, where building them failed: indices into [`super::Resources::clients`].
    pub stands_in_for: Vec<usize>,
    /// Requests are made of it that others send, where we do not see it.
    pub asked: bool,
    /// All that is made of it are requests that go through whatever sends them; nobody else gets it.
    pub only_asks: bool,
    /// All that is seen of it out of sight are requests made of it that bring a bound of their own.
    pub limited: bool,
    /// Whether it leaves our sight (public field, returned by a public function, passed to code we do not see).
    pub escapes: bool,
    /// Whether somebody else gets it: it is returned, stored or given to code out of sight.
    pub leaves: bool,
    /// Where it is put behind a layer that bounds each call, if nobody gets it without.
    pub behind: Option<Span>,
    /// Whether a setting of its own could bound the wait for a head at all; where none exists, each wait is its caller's
    /// to bound.
    pub boundable: bool,
    /// Whether its builder went to code that we do not see, on some ways: what that sets is not known.
    pub settings_unknown: bool,
    /// Whether a derived `default()` makes it, for which nobody in sight asks: only code out of sight could.
    pub unasked: bool,
    /// What the crate does by default, from the catalogue: "reqwest 0.12.24 has no default timeout".
    pub default_note: String,
    /// What to write, from the catalogue.
    pub advice: String,
    /// The change that bounds it, where there is one.
    pub remedy: Option<Remedy>,
    /// Blocks the thread that uses it.
    pub blocking: bool,
    /// Whether it keeps connections for later requests: else building it anew costs nothing.
    pub pooled: bool,
    /// Where it is given something of its own to keep from one request to the next (cookies).
    pub remembers: Option<Span>,
    /// Where its builder is made, if by another function than the one that builds it.
    pub builder: Option<Site>,
    /// Where it is built anew again and again, and dropped.
    pub rebuilt: Vec<Rebuilt>,
    /// How it comes into async code, if it is a blocking one.
    pub async_use: Option<AsyncUse>,
    /// What is known of its crate beyond timeouts, from the catalogue.
    pub notes: FamilyNotes,
    /// What became of it.
    pub events: Events,
}

impl Client {
    /// The place that findings about how it is built name: where its builder begins in this body, or the constructing call.
    #[must_use]
    pub fn place(&self) -> Span {
        self.begun.unwrap_or(self.site.name)
    }
}

/// What a crate's clients cost and how they are used well, in the catalogue's words. Empty where it has none.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FamilyNotes {
    /// What a client for each request costs.
    pub reuse: String,
    /// How one client is kept and shared.
    pub reuse_advice: String,
    /// What a blocking client does in async code.
    pub in_async: String,
    /// What to write there instead.
    pub in_async_advice: String,
}

/// A place where a client comes to a body that drops it, and which runs more than once.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(clippy::struct_excessive_bools)] // each is an observation of its own, not a state
pub struct Rebuilt {
    /// The construction, or the call of the function that hands the client out.
    pub at: Span,
    /// What repeats it.
    pub repeats: Repeats,
    /// The loop, the handler or its registration, the call that runs a closure often.
    pub by: Option<Span>,
    /// What repeats it waits long in between: a minute or more.
    pub rests: bool,
    /// What repeats it waits in between for a time that is given from elsewhere: who knows how long.
    pub paced: bool,
    /// The client is built right there, in the loop or handler itself, not by something called from it.
    pub direct: bool,
    /// The function around it.
    pub within: String,
    /// Whether that is test code.
    pub in_test: bool,
    /// The function around it takes `self`, and does not use it up.
    pub has_self: bool,
    /// The function around it is given a request that is made already: it is called for each of them.
    pub takes_request: bool,
    /// The client is made from the item of a loop: each turn needs another.
    pub by_item: bool,
    /// It is made from an argument of the function around it: another caller may need another.
    pub by_argument: bool,
    /// What is built anew is something of the program's that the client is a part of.
    pub housed: bool,
    /// While it lives, many requests are sent through it: its pool is of some use.
    pub serves_many: bool,
    /// While it lives, one request is sent through it, whichever way is taken.
    pub asks_once: bool,
}

/// What repeats a place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Repeats {
    /// A loop.
    Loop,
    /// A handler of requests, messages or commands.
    Handler,
    /// A call that runs the closure it is given as often as it likes.
    Closure,
    /// A call that runs the closure it is given until that succeeds.
    Retry,
    /// Callers of a public function of a library.
    Public,
    /// Callers of a trait's function.
    Trait,
    /// Whoever got the function as a value.
    Callback,
    /// Callers that were not seen.
    Unseen,
}

/// How code that blocks its thread comes to run on one that async code shares.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AsyncUse {
    /// The calls in async code that lead there; empty if it stands in async code itself.
    pub calls: Vec<Site>,
    /// What it stands in is also run from code that is not async.
    pub also_elsewhere: bool,
    /// It panics there, at least in debug builds.
    pub panics: bool,
    /// Only at the start of a program, before anything else runs.
    pub at_start: bool,
}
