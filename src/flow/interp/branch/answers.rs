//! Questions that a body asks more than once: `if name == "x"` and, further down, `if name != "x"` go the same way.

use std::cell::OnceCell;

use rustc_hash::FxHashMap;

use crate::flow::cx::Cx;
use crate::flow::interp::Interp;
use crate::flow::state::State;
use crate::flow::writes::{Writes, writes};
use crate::ir::body::{BinOp, Block, Lit, Local, Operand, Rvalue, Stmt, StmtKind, Terminator};
use crate::resolve::def::BodyId;
use crate::resolve::infer::BodyTypes;
use crate::resolve::ty::Ty;

/// What is asked: whether a local is this.
type Question = (Local, Lit);

/// The questions of a body that more than one branch asks, by number.
#[derive(Debug, Default)]
pub(in crate::flow::interp) struct Questions {
    /// By the block that branches: which is asked, and whether it is negated.
    at: FxHashMap<u32, (u32, bool)>,
    /// By what is asked about.
    of: FxHashMap<Local, Vec<u32>>,
}

impl Questions {
    pub(in crate::flow::interp) fn of(
        cx: &Cx<'_, '_, '_>,
        id: BodyId,
        types: &BodyTypes,
    ) -> Questions {
        let body = cx.body(id);
        let branches = body.blocks.iter().enumerate();
        let asked: Vec<(u32, Question, bool)> = branches
            .filter_map(|(at, block)| {
                let (question, negated) = asked(block)?;
                Some((at as u32, question, negated))
            })
            .collect();
        let mut out = Questions::default();
        let writes = OnceCell::new();
        let mut all: Vec<&Question> = Vec::new();
        for (block, question, negated) in &asked {
            let again = asked.iter().filter(|(_, q, _)| q == question).count() > 1;
            if !again
                || !stays(
                    cx,
                    id,
                    types,
                    question.0,
                    writes.get_or_init(|| self::writes(body)),
                )
            {
                continue;
            }
            let number = all.iter().position(|q| *q == question);
            let number = number.unwrap_or_else(|| {
                out.of.entry(question.0).or_default().push(all.len() as u32);
                all.push(question);
                all.len() - 1
            });
            out.at.insert(*block, (number as u32, *negated));
        }
        out
    }
}

impl Interp<'_, '_, '_, '_> {
    /// Takes one side of a branch; `false` if the question was answered otherwise on this way.
    pub(super) fn answer(&self, state: &mut State, holds: bool) -> bool {
        let Some((question, negated)) = self.questions.at.get(&self.at.0) else {
            return true;
        };
        let answer = holds != *negated;
        *state.answers.entry(*question).or_insert(answer) == answer
    }

    /// What was asked about a local that is written is open again.
    pub(in crate::flow::interp) fn ask_anew(&self, state: &mut State, written: &Stmt) {
        let local = match &written.kind {
            StmtKind::Assign(place, _) => place.local,
            StmtKind::Call(dest, _) | StmtKind::Await(dest, _) => *dest,
            StmtKind::StorageDead(local) => *local,
        };
        for question in self.questions.of.get(&local).into_iter().flatten() {
            state.answers.remove(question);
        }
    }
}

/// What a block asks at its end. `!` and comparisons are looked for in the block itself.
fn asked(block: &Block) -> Option<(Question, bool)> {
    let Terminator::If {
        cond: Operand::Use(cond),
        ..
    } = &block.term
    else {
        return None;
    };
    let mut negated = false;
    let mut local = cond.whole()?;
    for stmt in block.stmts.iter().rev() {
        let StmtKind::Assign(to, value) = &stmt.kind else {
            continue;
        };
        if to.local != local || !to.proj.is_empty() {
            continue;
        }
        match value {
            Rvalue::Unary {
                not: true,
                value: Operand::Use(of),
            } => {
                negated = !negated;
                local = of.whole()?;
            }
            Rvalue::Use(Operand::Use(of)) => local = of.whole()?,
            Rvalue::Binary { op, lhs, rhs } => {
                let (of, lit) = match (lhs, rhs) {
                    (Operand::Use(of), Operand::Lit(lit))
                    | (Operand::Lit(lit), Operand::Use(of)) => (of.whole()?, lit),
                    _ => return None,
                };
                return match op {
                    BinOp::Eq => Some(((of, lit.clone()), negated)),
                    BinOp::Ne => Some(((of, lit.clone()), !negated)),
                    _ => None,
                };
            }
            _ => return None,
        }
    }
    Some(((local, Lit::Bool(true)), negated))
}

/// Whether a local is only ever what it is made, until it is made anew: no reference and no closure changes it.
fn stays(
    cx: &Cx<'_, '_, '_>,
    id: BodyId,
    types: &BodyTypes,
    local: Local,
    writes: &Writes,
) -> bool {
    let body = cx.body(id);
    let is_plain = matches!(types.local(local), Ty::Prim(_) | Ty::Ref(_));
    let made = usize::from(body.params.contains(&local)) + writes.get(&local).map_or(0, Vec::len);
    is_plain && made <= 1 && {
        let inner = |idx| cx.program.child_of(id, idx).map(|child| cx.body(child));
        let stmts = body.stmts();
        let children = stmts.filter_map(|s| match &s.kind {
            StmtKind::Assign(_, Rvalue::Closure(idx) | Rvalue::Async(idx)) => inner(*idx),
            _ => None,
        });
        let mut capturing = children.filter_map(|child| {
            let capture = child.captures.iter().find(|c| c.outer == local)?;
            Some((child, capture.inner))
        });
        capturing.all(|(child, inner)| !self::writes(child).contains_key(&inner))
    }
}
