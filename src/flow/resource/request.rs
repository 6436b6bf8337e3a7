//! Requests, and the reads of what they are answered with.

use super::bounds::{Bound, Bounds, NearMiss};
use super::client::{AsyncUse, FamilyNotes, Rebuilt};
use super::{CrateRef, Site};
use crate::remedy::Remedy;
use crate::source::Span;

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
    /// Clients it may go through: indices into [`super::Resources::clients`].
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
    /// Whether it goes where the program says: to an address written in the source, read from the environment, or kept in what
    /// sends it. `false` where who sends it is told the address each time, and where that is not in sight.
    pub own_address: bool,
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
#[allow(clippy::struct_excessive_bools)] // each is an observation of its own, not a state
pub struct BodyRead {
    /// The reading call.
    pub at: Span,
    /// How it takes the body.
    pub manner: Manner,
    /// No more than some size is read.
    pub limited: bool,
    /// It is decoded into a value of a type that the caller chooses: an answer in a form that was agreed on.
    pub decoded: bool,
    /// It is a stream of messages that may be let go at any of them: a talk, no transfer.
    pub messages: bool,
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
