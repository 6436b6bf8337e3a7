//! The format of a catalogue file: one TOML file per crate, data only.
//!
//! A file has two halves. `[[api]]` blocks are the crate's public interface as far as it matters, written in Rust
//! without bodies; they go through the same lowering and name resolution as the scanned code, so paths, re-exports, method
//! lookup, traits and generics need no second mechanism. The tables beside them say what no signature can: what bounds
//! which phase, what sends, what reads, what a drop costs, each with a reason and a source.
//!
//! Every entry may carry `versions` (a requirement of the crate's version, default: all), `features` (all must be on),
//! and `target` (a `cfg` predicate); an entry that does not apply to the package at hand is as if it were not there.
//! A feature written `!x` must be off. Pre-releases count as the version they lead to: `0.13.0-rc.1` as `0.13.0`.
//!
//! A family of another file is named `package:family` (`reqwest:reqwest-async`).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::stubs::Stubs;

/// A catalogue file.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CrateFile {
    /// The package's name in the registry: `hyper-util`.
    #[serde(rename = "crate")]
    pub krate: String,
    /// Other names the same code was or is published under.
    #[serde(default)]
    pub also: Vec<String>,
    /// Its name in code, where that is not the package's name with `_` for `-`: `s3` of `rust-s3`.
    #[serde(default)]
    pub lib: Option<String>,
    /// The newest version read; used where nothing tells which.
    pub newest: String,
    /// The last version of each older line, so that a requirement such as `0.11` without a lock file finds one.
    #[serde(default)]
    pub lines: Vec<String>,
    /// Features that a feature switches on, as far as entries ask for them: `default = ["curl-client"]`.
    #[serde(default)]
    pub implies: BTreeMap<String, Vec<String>>,
    /// Which versions of other catalogued crates its interface speaks of, where no lock file tells.
    #[serde(default)]
    pub dependency: Vec<Dependency>,
    /// Seeds of the prefilter besides the crate's own name: words one of which every file has that touches this crate's
    /// resources without naming it. Empty for most.
    #[serde(default)]
    pub seeds: Vec<String>,
    /// The interface.
    #[serde(default)]
    pub api: Vec<Api>,
    /// What types are to us.
    #[serde(default, rename = "type")]
    pub types: Vec<TypeFact>,
    /// What a client's settings cover.
    #[serde(default, rename = "slot")]
    pub slots: Vec<Slot>,
    /// What is known of a family of clients as a whole.
    #[serde(default)]
    pub family: Vec<Family>,
    /// What calls do.
    #[serde(default, rename = "call")]
    pub calls: Vec<CallFact>,
    /// What to write where something is owed.
    #[serde(default, rename = "edit")]
    pub edits: Vec<EditFact>,
    /// How macros are to be read.
    #[serde(default, rename = "macro")]
    pub macros: Vec<MacroFact>,
    /// When functions run that carry an attribute.
    #[serde(default, rename = "attribute")]
    pub attributes: Vec<AttributeFact>,
    /// The clients that its build step makes of schemas.
    #[serde(default)]
    pub stubs: Option<Stubs>,
}

/// Which version of another catalogued crate the interface speaks of.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Dependency {
    /// The other package.
    pub package: String,
    /// See [`When::versions`].
    #[serde(default)]
    pub versions: Option<String>,
    /// What this crate requires of it, in cargo's syntax.
    pub requirement: String,
}

/// When an entry applies.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct When {
    /// Requirement of the crate's version, in cargo's syntax. Default: all.
    #[serde(default)]
    pub versions: Option<String>,
    /// Features that must be on.
    #[serde(default)]
    pub features: Vec<String>,
    /// A `cfg` predicate of the target: `any(target_os = "linux", target_os = "android")`.
    #[serde(default)]
    pub target: Option<String>,
}

/// A piece of the crate's interface, in Rust: `mod`, `struct`, `enum`, `trait`, `type`, `use`, `impl`, `fn`, without bodies
/// (`fn f();`) and without visibility (everything is public, but `use` needs `pub use` to re-export). `crate::` is the crate
/// itself; other catalogued crates are named as in Rust (`std::time::Duration`, `http::Response<T>`).
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Api {
    /// When it applies. Flattened by hand: serde cannot flatten and deny unknown keys at once.
    #[serde(default)]
    pub versions: Option<String>,
    /// See [`When::features`].
    #[serde(default)]
    pub features: Vec<String>,
    /// See [`When::target`].
    #[serde(default)]
    pub target: Option<String>,
    /// The Rust text.
    pub text: String,
}

/// What a type is to us.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Hash)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Requests are sent through it; it owns a pool and settings.
    Client,
    /// Becomes a client; carries its settings.
    Builder,
    /// A request before it is sent; carries its own settings and the client it will go through.
    Request,
    /// A request that knows no client, or a part of one: what it asks for (no body, by its method) goes with it.
    Question,
    /// A response whose body is not read yet, or the body itself (`hyper::body::Incoming`).
    Response,
    /// The handle of a task or thread.
    Handle,
    /// Owns the tasks spawned into it: dropping it, joining it or shutting it down ends or awaits them.
    TaskSet,
    /// Asked by tasks whether to stop: a cancellation token, the receiving end of a shutdown channel.
    Signal,
    /// A future that is ready after some time: `sleep`, `Delay`.
    Timer,
    /// The future that drives a connection, made beside the client that it serves.
    Driver,
    /// A permit or guard that limits how many run.
    Permit,
    /// A trait whose functions are run for each request, message or event: `tower::Service`.
    Service,
}

/// What a type is to us.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TypeFact {
    /// Canonical path: `reqwest::Client`.
    pub path: String,
    #[serde(default)]
    /// See [`When::versions`].
    pub versions: Option<String>,
    /// See [`When::features`].
    #[serde(default)]
    pub features: Vec<String>,
    /// See [`When::target`].
    #[serde(default)]
    pub target: Option<String>,
    /// Its role.
    pub role: Role,
    /// The family of settings (`client`, `builder`, `request`, `response`).
    #[serde(default)]
    pub family: Option<String>,
    /// A `request` that carries no client: it goes through whatever sends it, whichever client it was made by.
    #[serde(default)]
    pub bare: bool,
    /// What dropping one does (`handle`: `detaches`, `aborts`, `joins`; `response`: `closes`, `cancels`, …).
    #[serde(default)]
    pub drop: Option<DropDoes>,
    /// What dropping costs, in words for the message.
    #[serde(default)]
    pub drop_note: Option<String>,
    /// What holding one costs, in words for the message.
    #[serde(default)]
    pub hold_note: Option<String>,
    /// Why we say so.
    #[serde(default)]
    pub because: Option<String>,
    /// Where it was read.
    #[serde(default)]
    pub source: Option<String>,
}

/// What dropping a value does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DropDoes {
    /// The task runs on, nobody will know how it ended.
    Detaches,
    /// The task is stopped.
    Aborts,
    /// Waits for the task.
    Joins,
    /// An unread response: the connection is closed or the stream reset, the next request pays for a new one.
    Disconnects,
    /// Nothing worth a word.
    Nothing,
}

/// How a phase is covered by a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Cover {
    /// The phase as a whole.
    Total,
    /// Each read or operation on its own.
    Idle,
}

/// Which phases a slot covers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Covers {
    /// Connecting.
    #[serde(default)]
    pub connect: Option<Cover>,
    /// Until the head.
    #[serde(default)]
    pub head: Option<Cover>,
    /// The body.
    #[serde(default)]
    pub body: Option<Cover>,
}

/// A named setting. Setters write slots; the last write wins; a request's slot, where written, replaces the client's slot
/// of the same name; a phase is bounded if a finite slot covers it.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Slot {
    /// The family.
    pub family: String,
    /// The name setters use.
    pub name: String,
    /// See [`When::versions`].
    #[serde(default)]
    pub versions: Option<String>,
    /// See [`When::features`].
    #[serde(default)]
    pub features: Vec<String>,
    /// See [`When::target`].
    #[serde(default)]
    pub target: Option<String>,
    /// The default if no setter is called: in words (`30 s`) where the crate has one; absent where there is none.
    #[serde(default)]
    pub default: Option<String>,
    /// What it covers when finite. All absent: a near miss, it bounds nothing of a request.
    #[serde(default)]
    pub covers: Covers,
    /// It is set on a part of the client that another crate makes (a connector with timeouts), not by a setter of its own:
    /// it bounds, and is not what advice is about.
    #[serde(default)]
    pub part: bool,
    /// It says how many connections are kept for later requests: switched off, none is.
    #[serde(default)]
    pub keeps: bool,
    /// For a slot that covers less than all: what it does, for the label: `bounds connecting only`.
    #[serde(default)]
    pub near: Option<String>,
    /// Why we say so.
    pub because: String,
    /// Where it was read.
    pub source: String,
}

/// What is known of a family of clients as a whole.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Family {
    /// Its name, unique in the file.
    pub name: String,
    /// See [`When::versions`].
    #[serde(default)]
    pub versions: Option<String>,
    /// See [`When::features`].
    #[serde(default)]
    pub features: Vec<String>,
    /// See [`When::target`].
    #[serde(default)]
    pub target: Option<String>,
    /// The defaults in words, for the note. `{version}` is replaced: `reqwest {version} has no default timeout`.
    pub default_note: String,
    /// What to write on the client: one line of advice.
    pub client_advice: String,
    /// As `client-advice`, for a client whose bodies are read piece by piece: a total bound would cut long ones. Default:
    /// `client-advice`.
    #[serde(default)]
    pub stream_advice: Option<String>,
    /// What to write on a request or one-shot call.
    pub request_advice: String,
    /// What to write about an unread body.
    pub body_advice: String,
    /// Blocks the calling thread.
    #[serde(default)]
    pub blocking: bool,
    /// Panics where it is used on a thread of an async runtime, at least in debug builds.
    #[serde(default)]
    pub panics_in_async: bool,
    /// What it does in async code, in words: one sentence.
    #[serde(default)]
    pub async_note: Option<String>,
    /// What to write instead in async code.
    #[serde(default)]
    pub async_advice: Option<String>,
    /// What a client for each request costs, in words: one sentence.
    #[serde(default)]
    pub reuse_note: Option<String>,
    /// How one client is kept and shared.
    #[serde(default)]
    pub reuse_advice: Option<String>,
    /// Whether one client shares a pool (`false` for crates that open one connection per request anyhow).
    #[serde(default = "yes")]
    pub pooled: bool,
    /// Where it was read.
    pub source: String,
}

/// Splits the name of a family into the package whose file describes it, if it is another one, and its name there.
pub fn split_family(family: &str) -> (Option<&str>, &str) {
    match family.split_once(':') {
        Some((package, name)) => (Some(package), name),
        None => (None, family),
    }
}

fn yes() -> bool {
    true
}

/// How a duration-like argument switches a bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Zero {
    /// Zero fails at once: a bound.
    #[default]
    Fails,
    /// Zero switches the bound off.
    Disables,
}

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

/// The three phases of waiting for an answer.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, serde::Serialize, serde::Deserialize,
)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Name, TCP, proxy, TLS.
    Connect,
    /// From the request to the end of the response's headers.
    Head,
    /// The response's body.
    Body,
}

impl Phase {
    /// All phases in order.
    pub const ALL: [Phase; 3] = [Phase::Connect, Phase::Head, Phase::Body];

    /// The word users read.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Connect => "connect",
            Phase::Head => "head",
            Phase::Body => "body",
        }
    }
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
    /// See [`When::versions`].
    #[serde(default)]
    pub versions: Option<String>,
    /// See [`When::features`].
    #[serde(default)]
    pub features: Vec<String>,
    /// See [`When::target`].
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
    /// The argument that holds the request, for `client.execute(request)`.
    #[serde(default)]
    pub request: Option<usize>,
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
    /// Why we say so.
    #[serde(default)]
    pub because: Option<String>,
    /// Where it was read.
    #[serde(default)]
    pub source: Option<String>,
}

impl CallFact {
    /// Whether it makes nothing, only tells of what it is asked of, or says when or how often what it is given runs: where
    /// nothing else matters, neither does this.
    pub fn only_answers(&self) -> bool {
        let makes = self.spawns.is_some() || !self.sends.is_empty() || self.one_shot;
        let says_when =
            self.once.is_some() || self.retries.is_some() || self.instead || self.defaults;
        (self.tells.is_some() || says_when) && !makes
    }
}

/// What an edit does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Hash, PartialOrd, Ord)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum EditKind {
    /// Settings that bound a whole exchange, put before the call that builds a client: for short calls.
    ClientTotal,
    /// Settings that bound each wait on its own, put before the call that builds a client: for streams and downloads.
    ClientIdle,
    /// Settings that bound a whole exchange, put before the call that sends a request.
    RequestTotal,
    /// Settings that bound each wait on its own, put before the call that sends a request.
    RequestIdle,
    /// What a bare constructor becomes, so that settings can be put in.
    Construct,
    /// What a one-shot call becomes, so that settings can be put in.
    OneShot,
    /// Statements that read what is left of a body, up to a limit.
    Drain,
    /// What a call that loses a task becomes, so that somebody has it.
    Track,
}

/// A setting written by an edit.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Setting {
    /// The slot it writes: one that is written already is left alone.
    pub slot: String,
    /// The call, without its dot: `timeout({30 s})`.
    pub call: String,
}

/// What to write where something is owed: text, with the place left to the engine.
///
/// In `call`, `chain` and the statements, `{30 s}` is a duration as the place writes it, `{crate}` the crate as the place
/// names it, `{args}` the old call's arguments, `{fail}` the error handling of the place (`?` where the place hands on this
/// error, else `.expect(..)` with the reason in `expect`), `{set}` the settings of the family's own edit, `{it}` the value.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EditFact {
    /// What it does.
    pub kind: EditKind,
    /// Whose; none for tasks.
    #[serde(default)]
    pub family: Option<String>,
    /// See [`When::versions`].
    #[serde(default)]
    pub versions: Option<String>,
    /// See [`When::features`].
    #[serde(default)]
    pub features: Vec<String>,
    /// See [`When::target`].
    #[serde(default)]
    pub target: Option<String>,
    /// `construct`: names of the client type's functions it replaces (`new`, `default`); `one-shot` and `track`: canonical
    /// paths.
    #[serde(default)]
    pub from: Vec<String>,
    /// The settings (`client-total`, `client-idle`, `request-total`, `request-idle`).
    #[serde(default)]
    pub set: Vec<Setting>,
    /// Calls around the settings, for families that keep settings apart: `config()` … `build()`.
    #[serde(default)]
    pub chain: Vec<String>,
    /// Why building cannot fail where it is not expected to, for `.expect(..)`.
    #[serde(default)]
    pub expect: Option<String>,
    /// The error that building yields: `reqwest::Error`.
    #[serde(default)]
    pub error: Option<String>,
    /// Statements (`drain`), or those before the loop (`track`).
    #[serde(default)]
    pub text: Option<String>,
    /// `track`: statements behind the loop.
    #[serde(default)]
    pub after: Option<String>,
    /// `track`: statements behind the call, in a loop without end.
    #[serde(default)]
    pub each: Option<String>,
    /// `drain`: methods whose answer it changes (`content_length`); where one is asked, it is not offered.
    #[serde(default)]
    pub spoils: Vec<String>,
    /// `drain`: it awaits.
    #[serde(default)]
    pub awaits: bool,
    /// Why it is right.
    pub because: String,
}

impl EditFact {
    /// All code in it.
    pub fn code(&self) -> impl Iterator<Item = &str> {
        let texts = [&self.error, &self.text, &self.after, &self.each];
        let texts = texts.into_iter().flatten();
        let calls = self.set.iter().map(|s| &s.call);
        let all = self.from.iter().chain(&self.chain).chain(&self.spoils);
        all.chain(calls).chain(texts).map(String::as_str)
    }
}

/// How a macro's tokens are to be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Grammar {
    /// `select! { pat = fut, if guard => handler, else => handler }`, tokio's and futures'.
    Select,
    /// `join!(a, b)`: awaits all.
    Join,
    /// `try_join!(a, b)`: awaits all, yields a `Result` of a tuple.
    TryJoin,
    /// `vec![a, b]`, `vec![a; n]`.
    Vec,
    /// A format string and arguments, read by reference; the value is a `String` or unit.
    Format,
    /// As `Format`, with other arguments before the format string (`write!(f, ..)`, `assert!(cond, ..)`, `info!(k = v, ..)`).
    FormatAfter,
    /// As `Format`, and never returns (`panic!`, `unreachable!`, `todo!`).
    Panic,
    /// As `Format`, and returns early with an error (`bail!`).
    Bail,
    /// `ensure!(cond, ..)`: returns early with an error if the condition does not hold.
    Ensure,
    /// `matches!(expr, pat)`.
    Matches,
    /// Comma-separated expressions, read by reference (`dbg!` moves; `assert_eq!`).
    Exprs,
    /// JSON-like tokens with expressions inside, read by reference.
    Json,
    /// `pin!(fut)`: the same value, pinned; with `tokio::pin!(x)` of a plain name the name is rebound.
    Pin,
    /// The tokens are a block of statements whose value is a stream or future (`async_stream::stream!`).
    Stream,
    /// The tokens are statements or an expression, run in place.
    Block,
    /// `static ref NAME: T = expr;` items.
    LazyStatic,
    /// `static NAME: T = expr;` items of a thread local.
    ThreadLocal,
    /// `if #[cfg(..)] { items } else { items }`.
    CfgIf,
    /// The tokens are items (`cfg_rt! { .. }`).
    Items,
    /// The tokens are a struct or enum that gets `project()`, and perhaps its `PinnedDrop` (`pin_project! { .. }`); also an
    /// attribute of such a type.
    Pinned,
    /// The tokens stand as they are, with the names between `[<` and `>]` pasted to one (`paste! { fn [<get_ $x>]() {} }`).
    Paste,
    /// Includes what a build makes of the schema's package that it names (`include_proto!("health.v1")`).
    Stubs,
    /// Nothing in it matters (`include_str!`, `env!`, `concat!`, `stringify!`).
    Inert,
    /// `try!(expr)`: as `?`.
    Try,
    /// `ready!(poll)`.
    Ready,
}

/// How a macro's tokens are to be read.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MacroFact {
    /// Its path; the last segment is what counts, since macros are imported in many ways.
    pub path: String,
    /// The grammar.
    pub grammar: Grammar,
    /// Places given to it by name are borrowed, not moved. Told where the macro is called by a path of its crate.
    #[serde(default)]
    pub by_reference: bool,
}

/// When a function runs that carries an attribute.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Runs {
    /// Once, when the program starts (`#[tokio::main]`).
    AtStart,
    /// For each request, message or command (`#[actix_web::get("/")]`). On an impl: each of its functions.
    PerRequest,
}

/// An attribute macro that says who runs a function.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AttributeFact {
    /// Its path: `actix_web::get`. Code that imports it writes the last segment; it counts where the crate is a dependency.
    pub path: String,
    /// More paths of which the very same holds.
    #[serde(default)]
    pub also: Vec<String>,
    /// See [`When::versions`].
    #[serde(default)]
    pub versions: Option<String>,
    /// See [`When::features`].
    #[serde(default)]
    pub features: Vec<String>,
    /// See [`When::target`].
    #[serde(default)]
    pub target: Option<String>,
    /// When the function runs.
    pub runs: Runs,
    /// Why we say so.
    pub because: String,
    /// Where it was read.
    #[serde(default)]
    pub source: Option<String>,
}
