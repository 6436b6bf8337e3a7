//! Clients, requests, responses and handles, as they are found: by where they come from.

use std::collections::BTreeSet;

use crate::flow::facts::FamilyId;
use crate::flow::value::{Ob, Reading, Request, ResId, SiteKey, Slots, VariantId};
use crate::resolve::def::{BodyId, DefId};
use crate::source::Span;

/// What tells clients apart: the constructing call, the callers for whom it is made, and where its builder was made if it
/// came in through a parameter.
pub type BuiltBy = (SiteKey, VariantId, Option<SiteKey>);

/// A client by its construction.
#[derive(Clone, Debug)]
pub struct ClientRec {
    /// The constructing call.
    pub site: SiteKey,
    /// For which callers.
    pub variant: VariantId,
    /// Whose settings.
    pub family: FamilyId,
    /// Settings.
    pub slots: Slots,
    /// Settings written when it was built already.
    pub later: Slots,
    /// The function called.
    pub def: DefId,
    /// Where its builder was made, if it had one.
    pub builder: Option<SiteKey>,
    /// The parameters through which the builder came to where it is built.
    pub through: BTreeSet<(BodyId, u16)>,
    /// It went where we do not see.
    pub escapes: bool,
    /// Where it is put behind what bounds each call.
    pub behind: Option<Span>,
    /// It is given to a function out of sight that takes it for its own.
    pub given: bool,
    /// What is known of it is to be found anew.
    pub(super) stale: bool,
}

impl ClientRec {
    /// All its settings: what was written last counts.
    pub fn settings(&self) -> Slots {
        self.slots.clone().then(&self.later)
    }
}

/// What waits for the answer to a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Waits {
    /// The call: it returns when the answer is there, and its thread stands still.
    Call,
    /// The future that it returns.
    Future,
    /// Each read of the stream that it returns.
    Read,
}

/// A sending call.
#[derive(Clone, Debug)]
pub struct RequestRec {
    /// The call.
    pub site: SiteKey,
    /// What is sent.
    pub request: Request,
    /// The function called.
    pub def: DefId,
    /// The response, if it makes one.
    pub response: Option<ResId>,
    /// Reads the whole body itself.
    pub whole: bool,
    /// What waits for the answer.
    pub waits: Waits,
    /// What is known of its request is to be found anew.
    pub stale: bool,
}

/// What a resource is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResKind {
    /// A response.
    Response,
    /// A task's handle.
    Handle,
}

/// A response or handle.
#[derive(Clone, Debug)]
pub struct ResRec {
    /// What it is.
    pub kind: ResKind,
    /// The call that yields it: the acquiring one, or a call of a function that hands it out.
    pub site: SiteKey,
    /// The function called there.
    pub def: Option<DefId>,
    /// Where it was acquired, if by a function that handed it out.
    pub origin: Option<ResId>,
    /// The sending call (responses).
    pub request: Option<SiteKey>,
    /// What was spawned (handles): for one that was handed out, by the call that it was handed to.
    pub spawned: Spawned,
    /// Parameters of the body it is handed on in that may say it has no body (responses; see [`super::Tables::empty_if`]).
    pub empty_if: Vec<(BodyId, u16)>,
}

/// What a spawn runs.
#[derive(Clone, Debug, Default)]
pub struct Spawned {
    /// Bodies in sight.
    pub bodies: Vec<BodyId>,
    /// What these are given and run: it asks for its caller, as what they call does.
    pub inside: Vec<BodyId>,
    /// Futures or closures of somebody's, out of sight from here: a parameter's, or what is not known.
    pub unseen: bool,
    /// The driver of a connection.
    pub driver: bool,
    /// Somebody answers for it already: where that was arranged.
    pub tracked: Option<Span>,
    /// It runs until this is told.
    pub told: Option<Span>,
    /// The parameters whose futures or closures are spawned: whatever callers pass in.
    pub passed: Vec<(BodyId, u16)>,
}

impl Spawned {
    /// Adds what another round found at the same place. What is unseen is told by the last round, which knows the most.
    pub fn join(&mut self, more: Spawned) {
        self.bodies.extend(more.bodies);
        self.bodies.sort_unstable();
        self.bodies.dedup();
        self.inside.extend(more.inside);
        self.inside.sort_unstable();
        self.inside.dedup();
        self.passed.extend(more.passed);
        self.passed.sort_unstable();
        self.passed.dedup();
        self.unseen = more.unseen;
        self.driver |= more.driver;
        self.tracked = self.tracked.or(more.tracked);
        self.told = self.told.or(more.told);
    }
}

/// What a call makes of the code it is given: facts of the catalogue, and of its signature.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // each is an observation of its own, not a state
pub struct Manner {
    /// At most once per process (`OnceLock::get_or_init`).
    pub once: bool,
    /// As often as it likes (it asks for `Fn` or `FnMut`).
    pub many: bool,
    /// Until it succeeds: mostly once.
    pub retried: bool,
    /// For each request, message or event.
    pub handler: bool,
    /// Perhaps it runs something else, or only keeps it: nothing says that it calls this, or when (`Box::new(|| ..)`).
    pub unsure: bool,
    /// On a thread that may block.
    pub may_block: bool,
}

/// What becomes of a request that a client made, where its sending is not in sight.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Asked {
    /// It carries no client: it goes through whatever sends it.
    Bare,
    /// It goes through the client that made it.
    Bound,
    /// So too, and it brings a bound for the wait of its own.
    Limited,
}

/// A read of a body by a body.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ReadRec {
    /// The reading call.
    pub reading: Reading,
    /// The bound around it.
    pub guard: Option<Span>,
}

/// A response kept across something.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct HeldRec {
    /// Which.
    pub ob: Ob,
    /// The wait.
    pub at: Span,
    /// The wait is for time to pass.
    pub sleeping: bool,
}
