//! What flow finds out: every client, request, response and task of the run, with its bounds and its outcome.
//!
//! This is all a lint sees, and what `inventory` prints. It names crates only through the catalogue's text.

use std::borrow::Cow;

pub use crate::catalog::schema::Phase;
pub use crate::discover::workspace::VersionSource;
use crate::guard::Fault;
use crate::name::Name;
use crate::remedy::Remedy;
use crate::source::Span;

/// What bounds a phase.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Debug,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    Default,
)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Bound {
    /// Nothing: the phase is open.
    #[default]
    None,
    /// Each read on its own.
    Idle,
    /// The phase as a whole.
    Total,
    /// Set on some ways, not on others.
    Conditional,
    /// We cannot see it.
    Unknown,
}

/// A phase's bound and where it comes from.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PhaseBound {
    /// What.
    pub bound: Bound,
    /// Whether it is the crate's default rather than set in the code.
    pub by_default: bool,
    /// Where it is set (the setter's or guard's name), if in the code.
    pub set_at: Option<Span>,
    /// In words: `timeout`, `tokio::time::timeout`, `TCP_USER_TIMEOUT default of 30 s`.
    pub by: Option<String>,
    /// Beside a total bound each read has one of its own.
    pub idle_too: bool,
}

/// The bounds of the three phases, indexed by [`Phase`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Bounds {
    /// Connecting.
    pub connect: PhaseBound,
    /// Until the head.
    pub head: PhaseBound,
    /// The body.
    pub body: PhaseBound,
}

impl Bounds {
    /// The bound of one phase.
    pub fn get(&self, phase: Phase) -> &PhaseBound {
        match phase {
            Phase::Connect => &self.connect,
            Phase::Head => &self.head,
            Phase::Body => &self.body,
        }
    }

    /// The bound of one phase, to change.
    pub fn get_mut(&mut self, phase: Phase) -> &mut PhaseBound {
        match phase {
            Phase::Connect => &mut self.connect,
            Phase::Head => &mut self.head,
            Phase::Body => &mut self.body,
        }
    }

    /// The phases with no bound at all.
    pub fn open(&self) -> Vec<Phase> {
        Phase::ALL
            .into_iter()
            .filter(|p| self.get(*p).bound == Bound::None)
            .collect()
    }

    /// The phases bounded only on some ways.
    pub fn conditional(&self) -> Vec<Phase> {
        Phase::ALL
            .into_iter()
            .filter(|p| self.get(*p).bound == Bound::Conditional)
            .collect()
    }
}

/// Whether what bounds something is given by the name of a setting, not in words.
pub fn is_setting(by: &str) -> bool {
    !by.contains(' ')
}

/// What bounds something, in words: as code if it is the name of a setting.
pub fn setting(by: &str) -> Cow<'_, str> {
    if is_setting(by) {
        format!("`{by}`").into()
    } else {
        by.into()
    }
}

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

/// A setter that looks like a bound and covers less than a request needs, or nothing at all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NearMiss {
    /// The setter's name in the text.
    pub at: Span,
    /// What it does, from the catalogue: `bounds connecting only`.
    pub text: String,
}

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
    /// Requests through it: indices into [`Resources::requests`].
    pub requests: Vec<usize>,
    /// The clients it stands in for, where building them failed: indices into [`Resources::clients`].
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

/// A request that is sent.
#[derive(Clone, PartialEq, Debug)]
#[allow(clippy::struct_excessive_bools)] // each is an observation of its own, not a state
pub struct Request {
    /// The sending call.
    pub site: Site,
    /// Whose.
    pub krate: CrateRef,
    /// One-shot: where the request was made without a client (`reqwest::get`). The primary place then.
    pub one_shot: Option<Site>,
    /// Clients it may go through: indices into [`Resources::clients`].
    pub clients: Vec<usize>,
    /// Whether it may also go through a client we do not see.
    pub unknown_client: bool,
    /// Whether code out of sight hands it in, or some of those sent here: it may have set what is not set in sight.
    pub given: bool,
    /// The bounds in force through each of `clients` (same order); for a one-shot request one entry.
    pub bounds: Vec<Bounds>,
    /// The same, where clients of one construction that differ by who asked for them count as one.
    pub together: Vec<Bounds>,
    /// What the request itself sets, whatever its client does.
    pub own: Bounds,
    /// The bound around the sending call, if every way to it has one.
    pub guard: Option<Span>,
    /// Whether the response's body is read under this request's care (else its body phase is nobody's).
    pub body_read: bool,
    /// Whether the sending call reads the body itself.
    pub whole: bool,
    /// The setting of this crate's version that bounds each read of a body, if it has one.
    pub idle_setting: Option<String>,
    /// Reads of its body and the bound each is under.
    pub reads: Vec<BodyRead>,
    /// Near misses on the request itself.
    pub near: Vec<NearMiss>,
    /// What the crate does by default, from the catalogue.
    pub default_note: String,
    /// What to write, from the catalogue.
    pub advice: String,
    /// One-shot: where it builds a client of its own again and again.
    pub rebuilt: Option<Rebuilt>,
    /// How it comes into async code, if it blocks its thread.
    pub async_use: Option<AsyncUse>,
    /// What is known of its crate beyond timeouts, from the catalogue.
    pub notes: FamilyNotes,
    /// The change that bounds it, where there is one.
    pub remedy: Option<Remedy>,
}

/// One read of a body.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct BodyRead {
    /// The reading call.
    pub at: Span,
    /// How it takes the body.
    pub manner: Manner,
    /// No more than some size is read.
    pub limited: bool,
    /// What stands around it (`tokio::time::timeout`): `idle` where it is around each piece, `total` where around all,
    /// `conditional` where on some ways nothing does.
    pub guard: Bound,
    /// Where that is.
    pub guard_at: Option<Span>,
    /// The definition it is written in.
    pub within: String,
    /// Whether that is test code.
    pub in_test: bool,
}

/// How a body is taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Manner {
    /// All of it, into memory, be it at once or piece by piece.
    Buffered,
    /// All of it, on to a file or writer.
    Copied,
    /// Piece by piece.
    Pieces,
    /// As a stream or reader that somebody we do not see takes the pieces from.
    HandedOn,
    /// As one that a future of the program's own takes the pieces from: it comes to one value, which is an answer read slowly.
    Gathered,
}

impl BodyRead {
    /// Whether a body of any length passes through: how long that takes is the body's affair.
    pub fn is_long(&self) -> bool {
        !self.limited && !matches!(self.manner, Manner::Buffered | Manner::Gathered)
    }
}

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

/// How a task's handle ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TaskOutcome {
    /// Awaited or joined.
    Joined,
    /// Aborted, or aborted on drop.
    Aborted,
    /// Owned by a set, tracker, nursery or scope.
    Tracked,
    /// Returned, passed on, stored where others may join it.
    Escaped,
    /// Lost at once: statement, `let _ =`.
    Lost,
    /// Bound to a name and dropped at the end of its scope or by `drop`.
    Dropped,
    /// Lost in a `select!` that took it by value.
    LostInSelect,
    /// Given by value to a bound, which drops it when the time is up.
    LostInTimeout,
    /// Stored in a private field that nothing joins, aborts or takes.
    LostInField,
    /// We do not know.
    Unknown,
}

/// How a task ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TaskEnds {
    /// Its work is finite.
    ByItself,
    /// It listens to a token, a shutdown channel, a closed queue.
    OnSignal,
    /// A loop without exit.
    Never,
    /// We do not know.
    Unknown,
}

/// A spawned task or thread.
#[derive(Clone, PartialEq, Debug)]
pub struct Task {
    /// The spawning call.
    pub site: Site,
    /// Whose.
    pub krate: CrateRef,
    /// `task`, `thread`, `blocking task`.
    pub kind: String,
    /// It has a thread of its own, which nothing can abort.
    pub own_thread: bool,
    /// The call that spawns it gives no handle.
    pub no_handle: bool,
    /// How its handle ended.
    pub outcome: TaskOutcome,
    /// Where the handle went out of hand.
    pub lost_at: Option<Span>,
    /// The name of the binding or field that held it, if any.
    pub holder: Option<String>,
    /// How it ends.
    pub ends: TaskEnds,
    /// What it listens to, where the end was seen.
    pub signal: Option<Span>,
    /// The loop that it never gets out of.
    pub endless_at: Option<Span>,
    /// The handle was let go in so many words (`detach`, `forget`).
    pub let_go: bool,
    /// The loop without a known end around the spawn, with nothing in it that limits how many run; whether that it has no
    /// end is known.
    pub per_item: Option<(Span, bool)>,
    /// Where it is spawned: structure that tells how much a lost handle matters.
    pub setting: TaskSetting,
    /// Requests it performs with an open phase: indices into [`Resources::requests`].
    pub open_requests: Vec<usize>,
    /// What dropping the handle does, from the catalogue.
    pub drop_note: String,
    /// The change that gives it an owner, where there is one.
    pub remedy: Option<Remedy>,
    /// What became of it.
    pub events: Events,
}

/// Structure around a spawn.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // each is an independent observation, not a state
pub struct TaskSetting {
    /// Per request, tick or item: in a loop, a handler, or a function called from one.
    pub repeated: bool,
    /// So too by more than lists that are gone through: per request, or in a loop that turns until something ends it.
    pub unlisted: bool,
    /// In `main` or a function only `main` leads to, outside any loop; or under a once-guard.
    pub at_startup: bool,
    /// Inside `impl Drop`.
    pub in_drop: bool,
    /// It drives a connection whose other half is used here.
    pub drives_connection: bool,
    /// Its result comes back over a channel that the spawner waits on, or answers who asked by a one-shot one.
    pub reports_back: bool,
    /// It waits for another task, whose handle the spawner was given: it ends with that, and sees how.
    pub watches: bool,
    /// The task's loop ends with a channel whose other end leaves the function.
    pub ends_with_channel: bool,
    /// Something else is awaited in that loop, which does not see the channel's end.
    pub waits_inside: bool,
    /// What is spawned is or awaits a caller's generic future.
    pub runs_callers_future: bool,
    /// In a function whose signature somebody else wrote: an impl of a trait from elsewhere.
    pub foreign_signature: bool,
    /// In a library that comes without a program, and none in sight leads there.
    pub in_library: bool,
    /// The loop that spawns it ends when this tells it to, which the task does not listen to.
    pub outlives: Option<Span>,
    /// It waits for what never comes, and does so on purpose: `pending().await`.
    pub parks: Option<Span>,
    /// The task sees its signal only between its waits, not in them.
    pub looks_between: bool,
}

/// A call resolved to a catalogue path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CallSite {
    /// The callee's name in the text.
    pub at: Span,
    /// Canonical path.
    pub path: Name,
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
