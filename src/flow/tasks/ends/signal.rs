//! What may end a body, and what was found to end it.

use crate::ir::body::{BlockId, Local};
use crate::source::Span;

/// What makes a task stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::flow::tasks) enum Stop {
    /// The end of a queue: the task ends when those are gone who could give it work.
    Queue,
    /// Something that exists to stop it, or that stops it whatever it says.
    Told,
}

/// A signal that ends a body.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(clippy::struct_excessive_bools)] // each is an observation of its own, not a state
pub(in crate::flow::tasks) struct Signal {
    /// Where it is waited for or asked.
    pub(in crate::flow::tasks) at: Span,
    pub(in crate::flow::tasks) stop: Stop,
    /// Something else is awaited between two looks at it.
    pub(in crate::flow::tasks) waits_inside: bool,
    /// It is asked outside of any loop, not waited for: it ends nothing that has gone past it.
    pub(in crate::flow::tasks) once: bool,
    /// It is waited for beside the work, in a `select!` or around what it may end: it does not have to wait for its turn.
    pub(in crate::flow::tasks) watched: bool,
    /// It is no wait for a word: the body sends here, and ends when nobody takes it.
    pub(in crate::flow::tasks) sends: bool,
}

impl Signal {
    /// The surest of several is the greatest.
    pub(super) fn rank(&self) -> impl Ord + use<> {
        let at = std::cmp::Reverse(self.at);
        (!self.once, self.stop, !self.waits_inside, at)
    }
}

/// Something in a body whose answer may end it.
#[allow(clippy::struct_excessive_bools)] // each is an observation of its own, not a state
pub(super) struct Source {
    pub(super) at: Span,
    /// Where it stands.
    pub(super) block: BlockId,
    /// What holds the wait or its answer.
    pub(super) local: Local,
    /// It says nothing but that it is time: no work comes with it.
    pub(super) bare: bool,
    /// It ends what calls it in this way already.
    pub(super) stop: Option<Stop>,
    pub(super) waits_inside: bool,
    pub(super) watched: bool,
    pub(super) sends: bool,
    pub(super) holds: Holds,
}

/// What the local of a source holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// What the wait came to.
    Answer,
    /// The wait itself.
    Wait,
    /// The answer to a question that waits for nothing.
    Query,
}

impl Source {
    pub(super) fn new(at: Span, block: BlockId, local: Local, bare: bool) -> Source {
        Source {
            at,
            block,
            local,
            bare,
            stop: None,
            waits_inside: false,
            watched: false,
            sends: false,
            holds: Holds::Answer,
        }
    }
}
