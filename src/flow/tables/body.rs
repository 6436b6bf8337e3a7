//! What is known of one body: what it calls, hands out and does to what it is given.

use std::collections::{BTreeMap, BTreeSet};

use super::FieldKey;
use super::fate::Fate;
use super::records::{Asked, HeldRec, Manner, ReadRec};
use crate::flow::value::{ClientId, ClientSrc, ResId, SiteKey, SlotState, Slots, Value, VariantId};
use crate::name::Name;
use crate::resolve::def::{BodyId, DefId};
use crate::source::Span;

/// What a caller is seen to give or not: by parameter or capture, and the field of it. Sorted.
pub type Given = Vec<(u16, Option<FieldKey>, bool)>;

/// A call of a body that tells its callers apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Want {
    /// Who is called.
    pub callee: BodyId,
    /// With what.
    pub variant: VariantId,
    /// Where.
    pub at: SiteKey,
    /// The callee's name there.
    pub name: Span,
    /// For which callers of the body around.
    pub of: VariantId,
    /// The body around was given what decides, and hands it on.
    pub handed_on: bool,
}

/// The bound that is written in a struct since it was given out, if one is.
pub type Since = Option<(Name, SlotState)>;

/// A call of one body from another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Edge {
    /// Who is run.
    pub callee: BodyId,
    /// Under a bound set here.
    pub guard: Option<Span>,
    /// As a task of its own.
    pub spawned: bool,
    /// What the call between makes of it.
    pub manner: Manner,
    /// Where.
    pub at: SiteKey,
}

/// A request sent by a body.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Sent {
    /// The sending call.
    pub site: SiteKey,
    /// The bound around it.
    pub guard: Option<Span>,
}

/// One way a resource ended.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Ending {
    /// What became of it.
    pub fate: Fate,
    /// Where it was dropped.
    pub dropped: Option<Span>,
    /// The way ends in an error.
    pub error: bool,
}

/// Something that happened to a client or resource, and where. What becomes of a resource rests on its [`Ending`]s; this
/// tells the places, for what is shown and for what can come behind them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Step {
    /// To which.
    pub of: Traced,
    /// What.
    pub fate: Fate,
    /// Where.
    pub at: Span,
    /// In which statement of the body: its block, its place there; behind the last one is the terminator.
    pub statement: (u32, u32),
    /// The field it is stored in.
    pub field: Option<FieldKey>,
}

/// What is traced.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Traced {
    /// A client.
    Client(ClientId),
    /// A response or handle.
    Res(ResId),
}

/// What a body does to one of its parameters or captures.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // each is an observation of its own, not a state
pub struct ParamOut {
    /// On ways that end well.
    pub well: Fate,
    /// On ways that end in an error.
    pub badly: Fate,
    /// Where it is dropped.
    pub dropped: Option<Span>,
    /// It is moved out of its place.
    pub consumed: bool,
    /// The code it holds is called.
    pub called: bool,
    /// What the code is called with, by argument: clients and requests, in terms of the body's own parameters.
    pub given: Vec<Value>,
    /// The future it holds, or that the code makes, is awaited: under this bound, if it always is under one.
    pub awaited: Option<Option<Span>>,
    /// What it holds is spawned.
    pub spawned: bool,
    /// The future that the code it holds makes is spawned.
    pub made_spawned: bool,
    /// A client in it outlives the run.
    pub kept: bool,
    /// The fields it is stored in.
    pub fields: BTreeSet<FieldKey>,
    /// Settings written on what it is a reference to, on ways that end well.
    pub written: Slots,
}

impl ParamOut {
    /// Whether what it holds is run.
    pub fn runs(&self) -> bool {
        self.called || self.awaited.is_some()
    }

    /// Notes what the code is called with.
    pub fn give(&mut self, args: &[Value]) {
        let missing = args.len().saturating_sub(self.given.len());
        self.given
            .extend(std::iter::repeat_n(Value::default(), missing));
        for (known, arg) in self.given.iter_mut().zip(args) {
            known.join(arg);
        }
    }

    /// Notes that what it holds is awaited under this bound. One await without is enough to wait without bound.
    pub fn await_under(&mut self, guard: Option<Span>) {
        self.awaited = Some(match (self.awaited, guard) {
            (Some(known), Some(guard)) => known.map(|known| known.min(guard)),
            (_, guard) => guard,
        });
    }
}

/// All a body does.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BodyOut {
    /// What it returns, in terms of its parameters.
    pub ret: Value,
    /// The same for each kind of caller, where these are told apart.
    pub rets: BTreeMap<VariantId, Value>,
    /// Calls of bodies that tell their callers apart.
    pub wants: BTreeSet<Want>,
    /// Parameters, then captures.
    pub params: Vec<ParamOut>,
    /// Bodies it runs.
    pub edges: BTreeSet<Edge>,
    /// Requests it sends.
    pub sent: BTreeSet<Sent>,
    /// Bodies it reads.
    pub reads: BTreeSet<ReadRec>,
    /// How resources acquired here end.
    pub endings: BTreeMap<ResId, BTreeSet<Ending>>,
    /// What it does to resources acquired elsewhere.
    pub foreign: BTreeMap<ResId, Fate>,
    /// Where responses are looked at.
    pub looked: BTreeSet<(ResId, Span)>,
    /// Responses kept across waits.
    pub held: BTreeSet<HeldRec>,
    /// Where obligations are stored.
    pub stored: BTreeSet<(ResId, FieldKey)>,
    /// Whether a `Return` is reachable.
    pub returns: bool,
    /// Where futures of an `async fn` are made, whoever runs them, and what the call between makes of the function if it was
    /// given by name.
    pub made: BTreeSet<(BodyId, SiteKey, Manner)>,
    /// Clients that stand in for others, which could not be built.
    pub stand_ins: BTreeSet<(ClientId, ClientId)>,
    /// Clients, or what holds them, that requests are made of which others send.
    pub asked: BTreeSet<(ClientSrc, Asked)>,
    /// Clients that outlive the run: stored, or gone where we do not see.
    pub kept: BTreeSet<ClientId>,
    /// Those of them that are put into something of the program's, of this type, where that is made.
    pub housed: BTreeSet<(ClientId, DefId)>,
    /// Those of them that go elsewhere.
    pub gone: BTreeSet<ClientId>,
    /// Clients built in a loop that are still there in its next turn.
    pub carried: BTreeSet<ClientId>,
    /// Whether it awaits a timer.
    pub sleeps: bool,
    /// Whether it awaits anything else.
    pub waits: bool,
}

impl BodyOut {
    /// Whether all it waits for is that time passes.
    pub fn only_sleeps(&self) -> bool {
        self.sleeps && !self.waits
    }
}
