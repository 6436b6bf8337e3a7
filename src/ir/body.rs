//! The control-flow graph of one body: places, moves, drops, awaits, branches and exits.
//!
//! The shapes follow rustc's MIR where ours needs the same distinctions (drop points, moves against borrows) and leave out
//! what it needs and we do not (unwinding, layout, lifetimes). Every value has a [`Local`]; an expression is lowered to the
//! local that holds its result. Locals that no pattern names are temporaries.
//!
//! *Drops.* `StorageDead(x)` stands where Rust would drop `x` if it still owned a value: at the end of a scope in reverse
//! order of declaration, at the end of a statement for its temporaries, on every exit (`?`, `return`, `break`,
//! `continue`) for the scopes that are left. Whether there is still something to drop is for the flow stage to know,
//! as it knows what was moved. `let _ = place` drops nothing; `let _ = call()` drops the temporary at the end of the
//! statement; `x = y` drops the old `x` first, which flow sees from the assignment itself.

use super::BodyIdx;
use super::item::Item;
use super::ty::{PathRef, TyRef};
use crate::name::Name;
use crate::source::Span;

/// A local of a body: index into [`Body::locals`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Local(pub u32);

/// A block of a body: index into [`Body::blocks`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct BlockId(pub u32);

/// A loop of a body: index into [`Body::loops`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct LoopId(pub u32);

/// What a body is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BodyKind {
    /// `fn`; `is_async` for `async fn` (then calling it runs nothing, awaiting its result does).
    Fn {
        /// `async fn`.
        is_async: bool,
    },
    /// A closure; `is_async` for `async |x| ..`. (`|x| async move {..}` is a closure whose result is an async block.)
    Closure {
        /// `move`.
        is_move: bool,
        /// `async`.
        is_async: bool,
    },
    /// An async block (also the body of an `async_stream::stream!`).
    Async {
        /// `move`.
        is_move: bool,
        /// Yields many values, one each time it is asked: of a stream.
        yields: bool,
    },
    /// The initialiser of a static or const.
    Init,
}

/// One body.
#[derive(Clone, Debug)]
pub struct Body {
    /// What it is of.
    pub kind: BodyKind,
    /// The body it is written in (closures and async blocks; also functions nested in a body).
    pub parent: Option<BodyIdx>,
    /// The closure, async block or function in the text.
    pub span: Span,
    /// Locals; `Local(0)` is the return place.
    pub locals: Vec<LocalDecl>,
    /// Parameters in order, `self` first. A pattern parameter is a temporary that the entry block takes apart.
    pub params: Vec<Local>,
    /// Outer locals this closure or async block names.
    pub captures: Vec<Capture>,
    /// Blocks; `BlockId(0)` is the entry.
    pub blocks: Vec<Block>,
    /// Loops, outer before inner.
    pub loops: Vec<Loop>,
    /// Items declared inside this body (functions, uses, structs); names in the body see them first.
    pub items: Vec<Item>,
    /// `Local(0)`'s declared type for closures with `-> T`; functions have theirs in the item.
    pub ret: Option<TyRef>,
}

/// The return place.
pub const RETURN: Local = Local(0);

/// A local's declaration.
#[derive(Clone, Debug)]
pub struct LocalDecl {
    /// The name a pattern gave it; `None` for temporaries.
    pub name: Option<Name>,
    /// Declared type, if any.
    pub ty: Option<Box<TyRef>>,
    /// Where it is declared, or the expression a temporary holds.
    pub span: Span,
    /// `mut`, `ref` bindings: whether the pattern binds by `ref`.
    pub by_ref: bool,
}

/// A captured local.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Capture {
    /// The local in the parent body.
    pub outer: Local,
    /// The local here that stands for it.
    pub inner: Local,
    /// First mention inside.
    pub span: Span,
}

/// A basic block.
#[derive(Clone, Debug)]
pub struct Block {
    /// Statements in order.
    pub stmts: Vec<Stmt>,
    /// How it ends.
    pub term: Terminator,
    /// The innermost loop it belongs to (the loop's head included).
    pub in_loop: Option<LoopId>,
}

/// A loop.
#[derive(Clone, Debug)]
pub struct Loop {
    /// The block that every turn begins with.
    pub head: BlockId,
    /// The loop around it.
    pub parent: Option<LoopId>,
    /// Which keyword.
    pub kind: LoopKind,
    /// The loop expression in the text.
    pub span: Span,
}

/// Which keyword made a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopKind {
    /// `loop`.
    Loop,
    /// `while`, `while let`.
    While,
    /// `for`.
    For,
}

/// A place: a local and a way into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Where it begins.
    pub local: Local,
    /// The way.
    pub proj: Vec<Proj>,
}

impl Place {
    /// The whole local.
    pub fn local(local: Local) -> Self {
        Place {
            local,
            proj: Vec::new(),
        }
    }

    /// One step further.
    #[must_use]
    pub fn then(mut self, step: Proj) -> Self {
        self.proj.push(step);
        self
    }

    /// What this is a part of: as many of its steps, from the local on.
    #[must_use]
    pub fn around(&self, steps: usize) -> Self {
        Place {
            local: self.local,
            proj: self.proj.iter().take(steps).cloned().collect(),
        }
    }
}

/// One step into a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Proj {
    /// `.name`, `.0`.
    Field(Name),
    /// `*`.
    Deref,
    /// `[..]`, and an element bound by a slice pattern.
    Index,
    /// A field of a variant or struct, bound by a pattern: `Some(x)` is `Variant { path: Some, field: 0 }`.
    Variant {
        /// The variant or struct as the pattern writes it.
        path: Box<PathRef>,
        /// The field.
        field: Name,
    },
    /// What `?` yields: the inside of `Ok`, `Some` or `Continue`.
    TryOk,
    /// What `?` returns early: the residual.
    TryErr,
}

/// A value that a statement uses.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// The value of a place: moved, or copied where its type is `Copy`.
    Use(Place),
    /// A literal.
    Lit(Lit),
}

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Lit {
    /// `1`, `1_000u64`; saturates.
    Int(u64),
    /// `true`.
    Bool(bool),
    /// `"a"`, `b"a"`, `c"a"`.
    Str(Name),
    /// `1.5`.
    Float(f64),
    /// A character or byte.
    Char,
}

/// What is computed.
#[derive(Clone, Debug, PartialEq)]
pub enum Rvalue {
    /// A move or copy.
    Use(Operand),
    /// `&place`, `&mut place`, `&raw`.
    Ref {
        /// `&mut`.
        mutable: bool,
        /// What is borrowed.
        place: Place,
    },
    /// `(a, b)`.
    Tuple(Vec<Operand>),
    /// `[a, b]`, `[a; n]`, `vec![..]` (the latter with `vec: true`).
    Array {
        /// The elements.
        items: Vec<Operand>,
        /// Made by `vec!`.
        vec: bool,
    },
    /// `S { a: x, ..base }`; also of a variant.
    Struct {
        /// As written.
        path: Box<PathRef>,
        /// Fields in order of the text.
        fields: Vec<(Name, Operand)>,
        /// `..base`.
        base: Option<Operand>,
    },
    /// A path that is no local: a const, static, function, unit struct or variant.
    Path(Box<PathRef>),
    /// A closure; its captures are those of the body.
    Closure(BodyIdx),
    /// An async block; its captures are those of the body.
    Async(BodyIdx),
    /// `!x`, `-x`.
    Unary {
        /// Whether it is `!`.
        not: bool,
        /// What is negated.
        value: Operand,
    },
    /// Arithmetic, comparison. Operands are read, never moved.
    Binary {
        /// The operator.
        op: BinOp,
        /// Left.
        lhs: Operand,
        /// Right.
        rhs: Operand,
    },
    /// `x as T`.
    Cast {
        /// What.
        value: Operand,
        /// To.
        ty: TyRef,
    },
    /// `a..b`; the parts given.
    Range(Vec<Operand>),
    /// Reads these places and makes something we know nothing about but its type if given: `format!`, `println!`,
    /// `json!`, `matches!`' result, …
    Touch {
        /// What is read by reference.
        reads: Vec<Place>,
        /// `String` for `format!`, `bool` for `matches!`, unit for `println!`.
        ty: Option<TyRef>,
        /// Of a text: what it begins with, passed over what [`is_before_host`]. Written there, or one of `reads`.
        begins: Option<Operand>,
    },
    /// A macro whose tokens could not be read: it may do anything to these places.
    Opaque {
        /// The macro as written.
        path: Box<PathRef>,
        /// Every local in scope that the tokens name.
        touches: Vec<Place>,
    },
}

/// Whether the text that an address begins with says nothing yet of where that goes: a scheme alone (`https://`), or one with
/// what hosts have in common or who is to ask there.
pub fn is_before_host(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, rest)| {
        let is_start = rest.is_empty() || rest == "www." || rest.ends_with('@');
        is_start && !scheme.contains('/') && !rest.contains('/')
    })
}

impl Rvalue {
    /// Every place it reads, moves or borrows; what closures and async blocks capture is theirs to say.
    pub fn places(&self, found: &mut impl FnMut(&Place)) {
        let mut one = |operand: &Operand| {
            if let Operand::Use(place) = operand {
                found(place);
            }
        };
        match self {
            Rvalue::Use(value) | Rvalue::Unary { value, .. } | Rvalue::Cast { value, .. } => {
                one(value);
            }
            Rvalue::Tuple(items) | Rvalue::Range(items) | Rvalue::Array { items, .. } => {
                items.iter().for_each(one);
            }
            Rvalue::Struct { fields, base, .. } => {
                fields.iter().for_each(|(_, value)| one(value));
                base.iter().for_each(one);
            }
            Rvalue::Binary { lhs, rhs, .. } => {
                one(lhs);
                one(rhs);
            }
            Rvalue::Ref { place, .. } => found(place),
            Rvalue::Touch { reads, .. } => reads.iter().for_each(found),
            Rvalue::Opaque { touches, .. } => touches.iter().for_each(found),
            Rvalue::Path(_) | Rvalue::Closure(_) | Rvalue::Async(_) => {}
        }
    }
}

/// Binary operators, as far as they matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinOp {
    /// `==`.
    Eq,
    /// `!=`.
    Ne,
    /// `<`, `<=`.
    Less,
    /// `>`, `>=`.
    Greater,
    /// `+`.
    Add,
    /// `-`.
    Sub,
    /// `*`.
    Mul,
    /// `/`.
    Div,
    /// All others. (`&&` and `||` are branches.)
    Other,
}

/// A call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Who is called.
    pub callee: Callee,
    /// Arguments; the receiver is not among them.
    pub args: Vec<Operand>,
    /// The callee's name in the text: the whole path of a path call, the identifier of a method call.
    pub name_span: Span,
    /// The whole call expression.
    pub span: Span,
    /// The outermost macro call it stands in, if any.
    pub in_macro: Option<Span>,
}

/// Who is called.
#[derive(Clone, Debug, PartialEq)]
pub enum Callee {
    /// `a::b::<T>(..)`: a function, a tuple struct, a variant.
    Path(Box<PathRef>),
    /// `recv.name::<T>(..)`. Whether the receiver is moved or borrowed is the method's to say.
    Method {
        /// The receiver.
        recv: Place,
        /// The method.
        name: Name,
        /// Turbofish.
        args: Vec<TyRef>,
    },
    /// `(expr)(..)`: a closure or function value, also a local called by name.
    Value(Place),
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// The expression it comes from.
    pub span: Span,
}

/// What a statement does.
#[derive(Clone, Debug)]
pub enum StmtKind {
    /// `place = value`.
    Assign(Place, Rvalue),
    /// `dest = call(..)`.
    Call(Local, Box<Call>),
    /// `dest = future.await`. The operand is moved into the await (a `&mut fut` operand is a borrow made before).
    Await(Local, Operand),
    /// The end of a local's life: dropped if it still owns a value.
    StorageDead(Local),
}

/// How a block ends.
#[derive(Clone, Debug)]
pub enum Terminator {
    /// On to the next block.
    Goto(BlockId),
    /// `if`, `while`, `&&`, `||`, a match guard.
    If {
        /// The condition.
        cond: Operand,
        /// Where it holds.
        then: BlockId,
        /// Where it does not.
        otherwise: BlockId,
    },
    /// `match`, `if let`, `let else`, `while let`, refutable parameters.
    Match {
        /// What is matched.
        scrutinee: Place,
        /// For each arm its pattern's shape and its block; bindings are assignments at the start of the block. The last
        /// arm of an `if let` is a wildcard.
        arms: Vec<(PatShape, BlockId)>,
    },
    /// `value?`: the `ok` block goes on with `Proj::TryOk`, the `err` block drops the open scopes and returns.
    Try {
        /// What `?` stands behind.
        value: Place,
        /// Success.
        ok: BlockId,
        /// Early return.
        err: BlockId,
    },
    /// The next item of a `for` loop, or its end. The item is `Place(iter).then(Index)`, assigned in the `body` block.
    /// With `is_await` it is `while let Some(x) = stream.next().await` in the guise of a macro.
    Next {
        /// The iterator.
        iter: Local,
        /// A turn.
        body: BlockId,
        /// The end.
        done: BlockId,
    },
    /// `select!`: all futures run until one ends; the others are dropped where they were given by value.
    Select {
        /// The branches.
        arms: Vec<SelectArm>,
        /// `else =>` or `complete =>` or `default =>`.
        otherwise: Option<BlockId>,
        /// `default =>`: where no future is ready, that is taken and none is waited for. The other two are for when no future
        /// is left to wait for.
        at_once: bool,
    },
    /// Leaves the body with what is in [`RETURN`].
    Return,
    /// A panic, an endless loop's end, a call that never returns.
    Unreachable,
}

impl StmtKind {
    /// The place that what it writes was taken from: moved, lent or awaited, or asked for it by a method.
    pub fn taken_from(&self) -> Option<&Place> {
        match self {
            StmtKind::Assign(
                _,
                Rvalue::Use(Operand::Use(from)) | Rvalue::Ref { place: from, .. },
            )
            | StmtKind::Await(_, Operand::Use(from)) => Some(from),
            StmtKind::Call(_, call) => call.callee.receiver(),
            _ => None,
        }
    }
}

impl Body {
    /// The statements that write a local or a part of it, with their places, in the order of the text.
    pub fn writes(&self, local: Local) -> impl Iterator<Item = ((u32, u32), &StmtKind)> {
        let stmts = self.placed().map(|(at, stmt)| (at, &stmt.kind));
        stmts.filter(move |(_, kind)| match kind {
            StmtKind::Assign(place, _) => place.local == local,
            StmtKind::Call(dest, _) | StmtKind::Await(dest, _) => *dest == local,
            StmtKind::StorageDead(_) => false,
        })
    }

    /// The statements, in the order of the text.
    pub fn stmts(&self) -> impl Iterator<Item = &Stmt> {
        self.blocks.iter().flat_map(|b| &b.stmts)
    }

    /// The statements with their places, see [`Body::stmt`].
    pub fn placed(&self) -> impl Iterator<Item = ((u32, u32), &Stmt)> {
        (0u32..).zip(&self.blocks).flat_map(|(block, b)| {
            let stmts = (0u32..).zip(&b.stmts);
            stmts.map(move |(index, stmt)| ((block, index), stmt))
        })
    }

    /// The statement at a place: its block, its index there.
    pub fn stmt(&self, (block, index): (u32, u32)) -> Option<&Stmt> {
        self.blocks.get(block as usize)?.stmts.get(index as usize)
    }

    /// The call at a place.
    pub fn call(&self, at: (u32, u32)) -> Option<&Call> {
        match &self.stmt(at)?.kind {
            StmtKind::Call(_, call) => Some(call),
            _ => None,
        }
    }

    /// The assignments, in the order of the text.
    pub fn assigns(&self) -> impl Iterator<Item = (&Place, &Rvalue)> {
        self.stmts().filter_map(|s| match &s.kind {
            StmtKind::Assign(place, value) => Some((place, value)),
            _ => None,
        })
    }

    /// The branch of a `select!` with this handler, and the block that waits for it.
    pub fn branch(&self, handler: BlockId) -> Option<(BlockId, &SelectArm)> {
        let mut blocks = (0..).map(BlockId).zip(&self.blocks);
        blocks.find_map(|(at, b)| match &b.term {
            Terminator::Select { arms, .. } => {
                Some((at, arms.iter().find(|a| a.block == handler)?))
            }
            _ => None,
        })
    }

    /// Those that write the whole of it.
    pub fn whole_writes(&self, local: Local) -> impl Iterator<Item = ((u32, u32), &StmtKind)> {
        self.writes(local).filter(|(_, kind)| match kind {
            StmtKind::Assign(place, _) => place.proj.is_empty(),
            _ => true,
        })
    }

    /// The one statement that writes the whole of a local, if it is one.
    pub fn written_once(&self, local: Local) -> Option<((u32, u32), &StmtKind)> {
        let mut writes = self.whole_writes(local);
        writes.next().filter(|_| writes.next().is_none())
    }

    /// Whether a way leads from a block to a `return` without entering a block that `not` accepts.
    pub fn returns(&self, from: BlockId, not: impl Fn(BlockId) -> bool) -> bool {
        self.reaches(from, |_, b| matches!(b.term, Terminator::Return), not)
    }

    /// Whether a way leads from one block to another.
    pub fn leads(&self, from: BlockId, to: BlockId) -> bool {
        self.reaches(from, |at, _| at == to, |_| false)
    }

    /// Whether a loop is left by no way that ends its body.
    pub fn is_endless(&self, of: &Loop) -> bool {
        of.parent.is_none() && of.kind != LoopKind::For && !self.returns(of.head, |_| false)
    }

    /// The loop without exit that a way from a block leads into, if any does.
    pub fn endless_from(&self, from: BlockId) -> Option<&Loop> {
        let mut loops = self.loops.iter();
        loops.find(|l| self.is_endless(l) && self.leads(from, l.head))
    }

    /// Whether all that comes behind a block is a loop without exit, and the block comes once: what is done there is done once by
    /// something that goes on for as long as it is let.
    pub fn stays(&self, at: BlockId) -> bool {
        let next = self.blocks.get(at.0 as usize).map(|b| b.term.successors());
        !self.returns(at, |_| false)
            && !next.into_iter().flatten().any(|n| self.leads(n, at))
            && self.endless_from(at).is_some()
    }

    /// Whether a way leads from `from` to a block that `goal` accepts without entering one that `not` accepts.
    pub fn reaches(
        &self,
        from: BlockId,
        goal: impl Fn(BlockId, &Block) -> bool,
        not: impl Fn(BlockId) -> bool,
    ) -> bool {
        let mut seen = vec![false; self.blocks.len()];
        let mut work = vec![from];
        while let Some(at) = work.pop() {
            let Some(flag) = seen.get_mut(at.0 as usize) else {
                continue;
            };
            if std::mem::replace(flag, true) || not(at) {
                continue;
            }
            let Some(found) = self.blocks.get(at.0 as usize) else {
                continue;
            };
            if goal(at, found) {
                return true;
            }
            work.extend(found.term.successors());
        }
        false
    }
}

impl Terminator {
    /// Where it may go on, in order of the text.
    pub fn successors(&self) -> Vec<BlockId> {
        match self {
            Terminator::Goto(b) => vec![*b],
            Terminator::If {
                then, otherwise, ..
            } => vec![*then, *otherwise],
            Terminator::Match { arms, .. } => arms.iter().map(|(_, b)| *b).collect(),
            Terminator::Try { ok, err, .. } => vec![*ok, *err],
            Terminator::Next { body, done, .. } => vec![*body, *done],
            Terminator::Select {
                arms, otherwise, ..
            } => arms.iter().map(|a| a.block).chain(*otherwise).collect(),
            Terminator::Return | Terminator::Unreachable => Vec::new(),
        }
    }
}

/// One branch of a `select!`.
#[derive(Clone, Debug)]
pub struct SelectArm {
    /// The local that holds the branch's future expression (by value unless the expression is a borrow).
    pub future: Local,
    /// Gets the future's output; the pattern's bindings are assignments in the block.
    pub output: Local,
    /// The handler.
    pub block: BlockId,
}

/// The shape of a pattern through variants: enough to tell which arm a known value takes.
#[derive(Clone, Debug, PartialEq)]
pub enum PatShape {
    /// `_`, a binding.
    Any,
    /// `Ok(..)`, `Some(..)`, `E::V { .. }`, a unit variant or const, with those of its fields that may not match.
    Variant(Box<PathRef>, Vec<(Name, PatShape)>),
    /// A literal.
    Lit(Lit),
    /// `A | B`.
    Or(Vec<PatShape>),
    /// `400..=499`: a range of whole numbers, both ends included.
    Range(u64, u64),
    /// A tuple, slice, another range, box, reference to one of these.
    Other,
}
