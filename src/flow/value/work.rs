//! What a future does when it is awaited.

use std::sync::Arc;

use super::source::Request;
use super::{Ob, SiteKey, Thing, Value};
use crate::flow::carried::Carried;
use crate::resolve::def::BodyId;
use crate::source::Span;

/// A future that nobody awaited yet.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Future {
    /// What it will do.
    pub work: Work,
    /// Under a bound.
    pub guard: Option<Span>,
}

impl Future {
    /// The bodies it runs, as far as it says itself.
    pub fn bodies(&self) -> Vec<BodyId> {
        match &self.work {
            Work::Call(body, ..) | Work::Async(body, _) => vec![*body],
            Work::Then(parts, _) => parts
                .iter()
                .flat_map(|part| &part.things)
                .flat_map(|(thing, _)| match thing {
                    Thing::Future(future) => future.bodies(),
                    Thing::Closure(body, _) => vec![*body],
                    _ => Vec::new(),
                })
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// How much of a body a reading call takes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Extent {
    /// All of it, into memory.
    Whole,
    /// All of it, on to somewhere else.
    Copied,
    /// A piece.
    Piece,
    /// A piece, put in memory beside those before it.
    Kept,
    /// Nothing yet: it makes the stream or reader that pieces are taken from.
    Opened,
    /// The same, for a future of the program's own that takes the pieces and comes to one value.
    Gathered,
}

/// A call that reads a body.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Reading {
    /// The call.
    pub at: Span,
    /// How much it takes.
    pub extent: Extent,
    /// A limit in size stands over it.
    pub limited: bool,
    /// It makes a value of them, of a type that the caller chooses.
    pub decodes: bool,
    /// The loop it is repeated in.
    pub turns: Option<Span>,
    /// The body it is written in.
    pub body: BodyId,
    /// Whose bodies.
    pub of: Vec<Ob>,
}

/// What a future will do.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Work {
    /// Send a request.
    Send(SiteKey, Arc<Request>),
    /// Read bodies.
    Read(Reading),
    /// Run the body of an `async fn` with these arguments.
    Call(BodyId, Carried<Value>, Span),
    /// Run an async block; the values of its captures.
    Async(BodyId, Carried<Value>),
    /// Run what a parameter (or capture) of a body holds.
    Param(BodyId, u16),
    /// The future that code in a parameter makes when it is called.
    Yield(BodyId, u16),
    /// Run the first of these, and give what comes out to the code in each of the others in turn.
    Then(Carried<Value>, Arc<[Adaptor]>),
    /// Wait for a task, and give out what it came to.
    Done(Carried<Value>),
    /// Be ready after some time.
    Timer,
    /// Be ready when it is time to stop.
    Signal(Span),
}

/// A call that puts code behind a future or stream: `send().and_then(|response| response.text())`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Adaptor {
    /// The call.
    pub site: SiteKey,
    /// Its text.
    pub at: Span,
    /// The code is run for each item.
    pub many: bool,
}
