//! Abstract values: which resources a place may hold, and what little else matters about it.

mod slots;
mod source;
mod work;

use std::sync::Arc;

pub use self::slots::{SlotKind, SlotState, Slots};
pub use self::source::{Builder, ClientSrc, Request};
pub use self::work::{Adaptor, Extent, Future, Reading, Work};

use super::carried::{Carried, Nests};
use crate::name::Name;
use crate::resolve::def::{BodyId, DefId};
use crate::resolve::infer::At;
use crate::source::Span;

/// More things than any one place sensibly holds; over it the value is unknown.
pub(super) const MOST: usize = 24;

/// Deepest nesting of code in code whose things are gone through.
const WALKED: u32 = 4;

/// A statement of the run.
pub type SiteKey = (BodyId, At);

/// A response or a task handle that somebody owes something for: index into the tables.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ResId(pub u32);

/// A client by its construction: index into the tables.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ClientId(pub u32);

/// A sending call: index into the tables.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ReqId(pub u32);

/// What tells callers of a body apart: index into the tables. The first is that nothing does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct VariantId(pub u32);

/// Something that is owed for: a resource of this run, or what a parameter stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Ob {
    /// A response or handle acquired in sight.
    Res(ResId),
    /// What a parameter (or capture) of the body holds.
    Param(u16),
}

/// What an answer may say of a response or task.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Said {
    /// The response is a success; if not, it is a failure.
    Success,
    /// It is this failure or one of these; if not, nothing is known.
    Failure,
    /// The response comes without a body, or the task is over; if not, nothing is known.
    NothingLeft,
}

/// One thing a place may hold.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Thing {
    /// A builder of a client.
    Builder(Arc<Builder>),
    /// A client.
    Client(ClientId),
    /// A request.
    Request(Arc<Request>),
    /// A response.
    Response(ResId),
    /// A task handle.
    Handle(ResId),
    /// A future.
    Future(Arc<Future>),
    /// A closure with the values of its captures.
    Closure(BodyId, Carried<Value>),
    /// A function as a value.
    Function(DefId),
    /// A parameter (or capture) of a body, with settings written on it since.
    Param(BodyId, u16, Slots),
    /// What the code or future in a parameter (or capture) of the body that runs it comes to.
    Yield(BodyId, u16),
    /// The status of a response.
    StatusOf(Ob),
    /// The answer to a question about a response or task; `true` if it is negated.
    Says(Ob, Said, bool),
    /// The answer to "does this local hold `Ok` or `Some`?"; `true` if it is negated.
    Present(u32, bool),
    /// `&mut` to a slot of a request that is in this local.
    SlotOf(u32, Name, Span),
    /// The answer to "is this slot of the request that is in this local set?"; `true` if it is negated.
    IsSet(u32, Name, Span, bool),
    /// A stream or reader over a body that is being read.
    Stream(Ob),
    /// A connection's driver made at this site.
    Driver(SiteKey),
    /// The mark of a future that a tracker, set or handle elsewhere answers for, wherever it is spawned.
    Tracked(Span),
}

/// How a place holds a thing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Own {
    /// It owns it: dropping the place drops the thing.
    Owned,
    /// `&mut`.
    Mut,
    /// `&`.
    Shared,
}

/// The outermost variant of a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub enum Shape {
    /// Not known.
    #[default]
    Any,
    /// `Ok`, `Some`, `true`.
    Yes,
    /// `Err`, `None`, `false`.
    No,
}

impl Shape {
    /// Whether it is the side of success, if that is known.
    pub fn yes(self) -> Option<bool> {
        match self {
            Shape::Any => None,
            Shape::Yes => Some(true),
            Shape::No => Some(false),
        }
    }
}

impl From<bool> for Shape {
    fn from(yes: bool) -> Shape {
        if yes { Shape::Yes } else { Shape::No }
    }
}

/// What a body hands out of the code that is in one of its parameters.
#[derive(Clone, Copy, Default, Debug)]
pub struct HandsOut {
    /// The futures that the code makes.
    pub made: bool,
    /// What the code or future comes to.
    pub output: bool,
}

/// What is known of a duration or number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Konst {
    /// Zero.
    Zero,
    /// So large that it never comes.
    Huge,
    /// Anything between.
    Some,
}

/// What a place may hold.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Value {
    /// Things, sorted.
    pub things: Vec<(Thing, Own)>,
    /// The outermost variant.
    pub shape: Shape,
    /// A duration or number.
    pub konst: Option<Konst>,
    /// It may also hold something we cannot see.
    pub unknown: bool,
    /// An `Err` is in it, however deep: `(name, Err(e))`.
    pub err: bool,
    /// Which of the optional fields of a struct of the program's have a value, and which have none. Sorted.
    pub filled: Vec<((DefId, Name), bool)>,
}

impl Thing {
    /// How deep it nests.
    fn depth(&self) -> u32 {
        match self {
            Thing::Closure(_, carried) => carried.depth(),
            Thing::Future(future) => match &future.work {
                Work::Call(_, carried, _)
                | Work::Async(_, carried)
                | Work::Then(carried, _)
                | Work::Done(carried) => carried.depth(),
                _ => 0,
            },
            _ => 0,
        }
    }
}

impl Nests for Value {
    fn depth(&self) -> u32 {
        let depths = self.things.iter().map(|(thing, _)| thing.depth());
        depths.max().unwrap_or(0)
    }

    fn cut(&mut self, deepest: u32) {
        self.things.retain(|(thing, _)| thing.depth() < deepest);
        self.unknown = true;
    }
}

impl Value {
    /// A value of one thing it owns.
    pub fn of(thing: Thing) -> Value {
        Value {
            things: vec![(thing, Own::Owned)],
            ..Value::default()
        }
    }

    /// A value we know nothing about.
    pub fn unknown() -> Value {
        Value {
            unknown: true,
            ..Value::default()
        }
    }

    /// The value parted into the things that are so, with all else that is known of it, and the others.
    pub fn parted(mut self, so: impl Fn(&Thing) -> bool) -> (Value, Value) {
        let (kept, others) = self.things.into_iter().partition(|(t, _)| so(t));
        self.things = kept;
        let others = Value {
            things: others,
            ..Value::default()
        };
        (self, others)
    }

    /// The same things, in a form that is not known: another impl than the one in sight may give them another.
    #[must_use]
    pub fn unformed(self) -> Value {
        Value {
            shape: Shape::Any,
            konst: None,
            filled: Vec::new(),
            ..self
        }
    }

    /// Adds a thing.
    pub fn add(&mut self, thing: Thing, own: Own) {
        self.insert(thing, own);
    }

    /// Adds a thing; `true` if that changes anything.
    pub fn insert(&mut self, thing: Thing, own: Own) -> bool {
        let pair = (thing, own);
        // Builders and requests of one site are one value with its settings joined.
        for (old, _) in &mut self.things {
            match (&mut *old, &pair.0) {
                (Thing::Builder(a), Thing::Builder(b)) if a.site == b.site => {
                    let slots = a.slots.join(&b.slots);
                    let news = a.slots != slots;
                    if news {
                        *a = Arc::new(Builder {
                            slots,
                            ..(**a).clone()
                        });
                    }
                    return news;
                }
                // Those of one function's callers come by one site, and each has clients of its own.
                (Thing::Request(a), Thing::Request(b))
                    if a.site == b.site && a.clients == b.clients =>
                {
                    if Arc::ptr_eq(a, b) || a == b {
                        return false;
                    }
                    let joined = Request {
                        slots: a.slots.join(&b.slots),
                        empty: a.empty && b.empty,
                        empty_if: if a.empty_if == b.empty_if {
                            a.empty_if.clone()
                        } else {
                            Vec::new()
                        },
                        ..(**a).clone()
                    };
                    let news = **a != joined;
                    if news {
                        *a = Arc::new(joined);
                    }
                    return news;
                }
                (Thing::Param(a, i, s), Thing::Param(b, j, t)) if a == b && i == j => {
                    let joined = s.join(t);
                    let news = *s != joined;
                    *s = joined;
                    return news;
                }
                _ => {}
            }
        }
        let Err(i) = self.things.binary_search(&pair) else {
            return false;
        };
        if self.things.len() >= MOST {
            return !std::mem::replace(&mut self.unknown, true);
        }
        self.things.insert(i, pair);
        true
    }

    /// What holds where two ways meet.
    pub fn join(&mut self, other: &Value) {
        self.merge(other);
    }

    /// What holds where two ways meet; `true` if that changes anything.
    pub fn merge(&mut self, other: &Value) -> bool {
        if self == other {
            return false;
        }
        let mut news = false;
        for (thing, own) in &other.things {
            news |= self.insert(thing.clone(), *own);
        }
        if self.shape != other.shape {
            news |= self.shape != Shape::Any;
            self.shape = Shape::Any;
        }
        if self.konst != other.konst {
            news |= self.konst.is_some();
            self.konst = None;
        }
        news |= self.err && !other.err;
        self.err &= other.err;
        let before = self.filled.len();
        self.filled.retain(|f| other.filled.contains(f));
        news |= self.filled.len() != before;
        news |= other.unknown && !self.unknown;
        self.unknown |= other.unknown;
        news
    }

    /// The same things, borrowed.
    #[must_use]
    pub fn borrowed(&self, mutable: bool) -> Value {
        let own = if mutable { Own::Mut } else { Own::Shared };
        let mut out = Value {
            unknown: self.unknown,
            konst: self.konst,
            shape: self.shape,
            err: self.err,
            filled: self.filled.clone(),
            things: Vec::new(),
        };
        for (thing, old) in &self.things {
            out.add(
                thing.clone(),
                if *old == Own::Shared {
                    Own::Shared
                } else {
                    own
                },
            );
        }
        out
    }

    /// What the tasks came to whose handles are in it.
    pub fn results(&self) -> Value {
        let mut out = Value::default();
        for (thing, _) in &self.things {
            if let Thing::Future(future) = thing
                && let Work::Done(results) = &future.work
            {
                results.iter().for_each(|v| out.join(v));
            }
        }
        out
    }

    /// What is owed for through the things in it, with how each is held. What a task comes to is nobody's before it is waited
    /// for.
    pub fn obligations(&self, body: BodyId) -> Vec<(Ob, Own)> {
        let mut out = Vec::new();
        self.collect_obligations(body, &mut out, 3);
        out
    }

    fn collect_obligations(&self, body: BodyId, out: &mut Vec<(Ob, Own)>, depth: u32) {
        if depth == 0 {
            return;
        }
        for (thing, own) in &self.things {
            match thing {
                Thing::Response(id) | Thing::Handle(id) => out.push((Ob::Res(*id), *own)),
                Thing::Param(owner, index, _) if *owner == body => {
                    out.push((Ob::Param(*index), *own));
                }
                Thing::Closure(_, captured) => {
                    captured
                        .iter()
                        .for_each(|v| v.collect_obligations(body, out, depth - 1));
                }
                Thing::Future(future) => match &future.work {
                    Work::Call(_, args, _) | Work::Async(_, args) | Work::Then(args, _) => {
                        args.iter()
                            .for_each(|v| v.collect_obligations(body, out, depth - 1));
                    }
                    _ => {}
                },
                _ => {}
            }
        }
    }

    /// Every client and parameter in it, those that code in it captured included, with how each is held.
    pub fn clients(&self, found: &mut impl FnMut(&ClientSrc, Own)) {
        let mut one = |thing: &Thing, own| match thing {
            Thing::Client(id) => found(&ClientSrc::Client(*id), own),
            Thing::Param(body, index, _) => found(&ClientSrc::Param(*body, *index), own),
            _ => {}
        };
        self.each(&mut one, WALKED);
    }

    /// What of the code in a parameter of a body is in it.
    pub fn hands_out(&self, body: BodyId, index: u16) -> HandsOut {
        let mut out = HandsOut::default();
        let mut one = |thing: &Thing, _| match thing {
            Thing::Yield(b, i) if (*b, *i) == (body, index) => out.output = true,
            Thing::Request(request) => {
                out.output |= request.made().any(|of| of == (body, index));
            }
            Thing::Future(future) => {
                out.made |= matches!(future.work, Work::Yield(b, i) if (b, i) == (body, index));
            }
            _ => {}
        };
        self.each(&mut one, WALKED);
        out
    }

    /// Every thing in it, those that code in it captured or was given included.
    fn each(&self, found: &mut impl FnMut(&Thing, Own), depth: u32) {
        if depth == 0 {
            return;
        }
        for (thing, own) in &self.things {
            found(thing, *own);
            let inside = match thing {
                Thing::Closure(_, captured) => captured,
                Thing::Future(future) => match &future.work {
                    Work::Call(_, args, _)
                    | Work::Async(_, args)
                    | Work::Then(args, _)
                    | Work::Done(args) => args,
                    _ => continue,
                },
                _ => continue,
            };
            for value in inside.iter() {
                value.each(found, depth - 1);
            }
        }
    }

    /// The responses whose bodies are read through it, paid for or not.
    pub fn bodies(&self, body: BodyId) -> Vec<Ob> {
        let mut out: Vec<Ob> = self
            .obligations(body)
            .into_iter()
            .map(|(ob, _)| ob)
            .chain(self.things.iter().filter_map(|(t, _)| match t {
                Thing::Stream(ob) => Some(*ob),
                _ => None,
            }))
            .collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    /// Whether an optional field has a value, as far as is known.
    pub fn fills(&self, field: (DefId, Name)) -> Shape {
        let at = self.filled.binary_search_by_key(&field, |(f, _)| *f);
        let known = at.ok().and_then(|at| self.filled.get(at));
        known.map_or(Shape::Any, |(_, yes)| (*yes).into())
    }

    /// Notes whether an optional field has a value.
    pub fn fill(&mut self, field: (DefId, Name), shape: Shape) {
        let at = self.filled.binary_search_by_key(&field, |(f, _)| *f);
        match (at, shape.yes()) {
            (Ok(at), None) => drop(self.filled.remove(at)),
            (Ok(at), Some(yes)) => {
                if let Some(known) = self.filled.get_mut(at) {
                    known.1 = yes;
                }
            }
            (Err(_), None) => {}
            (Err(at), Some(yes)) => self.filled.insert(at, (field, yes)),
        }
    }

    /// Whether nothing of interest is in it.
    pub fn is_plain(&self) -> bool {
        self.things.is_empty() && !self.unknown
    }
}
