//! What calls do.

use serde::Deserialize;

use super::settings::{Phase, Zero};

/// How much of a body a call reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Reads {
    /// To the end, whatever its size, into memory.
    Whole,
    /// To the end, whatever its size, on to a file or writer.
    Copy,
    /// To the end or to a limit.
    Limited,
    /// A piece per call, or a stream or reader that does.
    Step,
}

/// What pays for a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Pays {
    /// Waits for it.
    Join,
    /// Stops it.
    Abort,
}

/// What a call tells about a response.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Tells {
    /// Its status.
    Status,
    /// `true` if it is a success (`is_success()`).
    Success,
    /// `true` if it is a failure (`is_client_error()`, `is_server_error()`).
    Failure,
    /// Of a handle: `true` if its task is over (`is_finished()`).
    Ended,
    /// Of any value: `true` if it is the variant that holds something (`is_ok()`, `is_some()`).
    Present,
    /// Of any value: `true` if it is the other one (`is_err()`, `is_none()`).
    Absent,
}

/// What a call does. Several may hold at once. Roles do much without a word here:
/// a call on a client that returns a request makes a request through that client; a call that takes a builder by value and
/// returns a client builds it; a call without either that returns a request, or sends, is one-shot; a value passed by value
/// into a result of the same role is the same value.
#[derive(Clone, Debug, Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(clippy::struct_excessive_bools)] // each is a fact of its own, not a state
pub struct CallFact {
    /// Canonical path: `reqwest::ClientBuilder::timeout`; of a trait method `http_body_util::BodyExt::collect`.
    pub path: String,
    /// More paths of which the very same holds.
    #[serde(default)]
    pub also: Vec<String>,
    /// Requirement of the crate's version, in cargo's syntax. Default: all.
    #[serde(default)]
    pub versions: Option<String>,
    /// Features that must be on; `!x`: one that must be off.
    #[serde(default)]
    pub features: Vec<String>,
    /// A `cfg` predicate of the target: `any(target_os = "linux", target_os = "android")`.
    #[serde(default)]
    pub target: Option<String>,
    /// Writes this slot of the builder, client, request or response it is called on, from argument `value`.
    #[serde(default)]
    pub sets: Option<String>,
    /// Whose slots, where the type it is called on has no family of its own: `isahc`'s `timeout` on an `http::request::Builder`.
    #[serde(default)]
    pub family: Option<String>,
    /// Index of the argument that holds the value of `sets` (receiver not counted). Default 0.
    #[serde(default)]
    pub value: usize,
    /// Writes this slot as infinite, whatever the arguments (`disable_timeout()`).
    #[serde(default)]
    pub clears: Option<String>,
    /// What a zero duration means for `sets`.
    #[serde(default)]
    pub zero: Zero,
    /// Returns `&mut` to this slot of what it is called on: writing through it sets the slot (`Request::timeout_mut`).
    #[serde(default)]
    pub slot_mut: Option<String>,
    /// Performs a request: waits in these phases (of its future if it returns one). `["connect", "head"]` usually, `body` too
    /// where it reads the whole body.
    #[serde(default)]
    pub sends: Vec<Phase>,
    /// With `sends`: what it returns is a stream that sends the request when it is read, and sends it again when the
    /// connection ends. Every wait is one of the stream's.
    #[serde(default)]
    pub streams: bool,
    /// Builds a client with this family's defaults (`Client::new()`); the role of the result says so already, this names
    /// calls whose result's role does not.
    #[serde(default)]
    pub one_shot: bool,
    /// A one-shot call that goes through a client the crate keeps for the whole process: nothing is built anew.
    #[serde(default)]
    pub shared: bool,
    /// The response will have no body by protocol (`head()`).
    #[serde(default)]
    pub empty: bool,
    /// Reads the body of the response it is called on (or of argument 0).
    #[serde(default)]
    pub reads: Option<Reads>,
    /// What it returns stands for what it is called on (or for argument 0): settings written to it are written there, reads of
    /// it are reads there. `request.config()` and its `.build()`, `Limited::new(body, n)`, `body.boxed()`.
    #[serde(default)]
    pub same: bool,
    /// What is read through its result ends at a limit (`Limited::new`, `Read::take`).
    #[serde(default)]
    pub limits: bool,
    /// Gives up on the body on purpose (`consume`, a documented discard).
    #[serde(default)]
    pub discards: bool,
    /// Runs the future, closure or async block in this argument (receiver not counted; `-1` is the receiver) as a task.
    #[serde(default)]
    pub spawns: Option<i8>,
    /// What it spawns: `task`, `blocking task`, `thread`, `local task`.
    #[serde(default)]
    pub kind: Option<String>,
    /// The spawned task belongs to the receiver (`JoinSet::spawn`, `TaskTracker::spawn`, `Scope::spawn`).
    #[serde(default)]
    pub tracked: bool,
    /// Joins or aborts the handle it is called on (or takes in argument 0).
    #[serde(default)]
    pub pays: Option<Pays>,
    /// Bounds the future in this argument (`-1`: the receiver) and returns a future that is bounded.
    #[serde(default)]
    pub bounds: Option<i8>,
    /// Its future is ready with the first of the futures it is given, alone or in collections (`select`, `race`, `or`): a timer
    /// among them bounds the others.
    #[serde(default)]
    pub races: bool,
    /// Runs the future, closure or async block in this argument to its end before it returns (`block_on`; `-1`: the receiver).
    #[serde(default)]
    pub runs: Option<i8>,
    /// What runs in that argument may block (`spawn_blocking`, `block_in_place`).
    #[serde(default)]
    pub may_block: bool,
    /// Its future (or its return) tells that it is time to stop: `cancelled()`, `changed()`, `recv()`.
    #[serde(default)]
    pub signal: bool,
    /// It lends what others may write meanwhile (`Mutex::lock`): a truth that is lent so tells that it is time to stop.
    #[serde(default)]
    pub locks: bool,
    /// What tells is the operating system, and it tells the process as a whole: a signal, a key on the console.
    #[serde(default)]
    pub system: bool,
    /// Its future is ready after some time; where it yields none, it returns then.
    #[serde(default)]
    pub timer: bool,
    /// Forgets the value without dropping it (`mem::forget`, `Box::leak`).
    #[serde(default)]
    pub forgets: bool,
    /// Drops the value, written out (`drop`).
    #[serde(default)]
    pub drops: bool,
    /// The value may come back only to others: a channel's `send`, a registry's `insert`.
    #[serde(default)]
    pub escapes: bool,
    /// Runs at most once per process (`OnceLock::get_or_init`, `Once::call_once`): argument index of what runs.
    #[serde(default)]
    pub once: Option<i8>,
    /// Runs the closure or function in this argument (`-1`: the receiver) again and again until what it yields (by its future,
    /// if it makes one) is a success, and yields that: a retry. Mostly it is run once.
    #[serde(default)]
    pub retries: Option<i8>,
    /// Registers the function or closure in this argument to be run for each request, message or event (`routing::get(handler)`).
    #[serde(default)]
    pub handler: Option<i8>,
    /// What it yields can end what it is called on, whoever runs that: `server.handle()`.
    #[serde(default)]
    pub remote: bool,
    /// What it yields can be ended by whoever has what this argument is, too: `server.handle(handle)`.
    #[serde(default)]
    pub remote_in: Option<u8>,
    /// Its result tells the first caller from all later ones (`AtomicBool::swap`, `compare_exchange`).
    #[serde(default)]
    pub first: bool,
    /// What its result tells of the response it is asked of (`status()`), or of the status it is called on.
    #[serde(default)]
    pub tells: Option<Tells>,
    /// What its argument gives stands in where the receiver is a failure: `build().unwrap_or_else(|_| ..)`.
    #[serde(default)]
    pub instead: bool,
    /// Where the receiver is a failure or holds nothing, the default value of its contents is made: `unwrap_or_default`.
    #[serde(default)]
    pub defaults: bool,
    /// Never returns; of a future: is never ready.
    #[serde(default)]
    pub diverges: bool,
    /// Makes room in what it is called on, and puts nothing in or out: `Vec::reserve`.
    #[serde(default)]
    pub makes_room: bool,
    /// Takes over the connection that the response it is given came by: there is none for a later request.
    #[serde(default)]
    pub takes_connection: bool,
    /// Index of the argument that says where the request goes (receiver not counted), where others may stand beside it or the
    /// result is a question (`http::request::Builder::uri`).
    #[serde(default)]
    pub address: Option<usize>,
    /// Why we say so.
    #[serde(default)]
    pub because: Option<String>,
    /// Where it was read.
    #[serde(default)]
    pub source: Option<String>,
}

impl CallFact {
    /// Whether it makes nothing, only tells of what it is asked of, lends it, says where that goes, or when or how often what it is
    /// given runs: where nothing else matters, neither does this.
    pub fn only_answers(&self) -> bool {
        let makes = self.spawns.is_some() || !self.sends.is_empty() || self.one_shot;
        let says_when =
            self.once.is_some() || self.retries.is_some() || self.instead || self.defaults;
        let answers = self.tells.is_some() || self.locks || self.address.is_some();
        (answers || says_when) && !makes
    }
}
