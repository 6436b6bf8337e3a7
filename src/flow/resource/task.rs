//! Tasks: who has their handles, and how they end.

use super::events::Events;
use super::{CrateRef, Site};
use crate::remedy::Remedy;
use crate::source::Span;

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
    /// Requests it performs with an open phase: indices into [`super::Resources::requests`].
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
    /// What spawns it never returns and spawns it once: the task outlives nothing but a spawner that is stopped.
    pub spawner_stays: bool,
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
    /// It ends when nobody takes any more what it sends.
    pub ends_untaken: bool,
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
    /// Its loop without exit answers what the process as a whole is told: signals.
    pub answers_system: bool,
    /// The task sees its signal only between its waits, not in them.
    pub looks_between: bool,
}
