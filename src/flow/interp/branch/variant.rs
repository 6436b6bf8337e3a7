//! Callers told apart: a body that makes a client with a bound for those of its callers who give one is run once for each
//! kind of them.

use crate::flow::entries::is_entry;
use crate::flow::interp::Interp;
use crate::flow::interp::call::Doing;
use crate::flow::state::State;
use crate::flow::tables::{FieldKey, Part, Want};
use crate::flow::value::{Shape, SiteKey, Thing, Value, VariantId};
use crate::ir::body::{Local, Place, Proj, StmtKind};
use crate::ir::item::Receiver;
use crate::resolve::def::{BodyId, DefId, DefKind};
use crate::resolve::ty::Ty;
use crate::source::Span;

/// More kinds of callers than are told apart.
const KINDS: usize = 8;

impl Interp<'_, '_, '_, '_> {
    /// The states in which the body begins: one for each kind of callers.
    pub(in crate::flow::interp) fn entries(&mut self) -> Vec<State> {
        let entry = self.entry();
        if !self.tables.is_split(self.id) {
            return vec![entry];
        }
        let wanted = self.known(Part::Callers(self.id)).wanted(self.id);
        let others = self.tables.others();
        let kind = |variant| {
            if self.tables.is_others(variant) {
                others
            } else {
                variant
            }
        };
        let mut kinds: Vec<VariantId> = wanted.map(|w| kind(w.variant)).collect();
        if kinds.is_empty() || is_entry(self.cx, self.id) || self.tables.roots.contains(&self.id) {
            kinds.push(others);
        }
        kinds.sort_unstable();
        kinds.dedup();
        let params = self.body.params.iter().copied();
        let locals: Vec<Local> = params
            .chain(self.body.captures.iter().map(|c| c.inner))
            .collect();
        let begin = |kind: VariantId| {
            let mut state = entry.clone();
            state.variant = kind;
            for (index, field, yes) in self.tables.given(kind) {
                let Some(local) = locals.get(usize::from(*index)) else {
                    continue;
                };
                let mut value = state.get(*local);
                match field {
                    Some(field) => value.fill(*field, (*yes).into()),
                    None => value.shape = (*yes).into(),
                }
                state.set(*local, value);
            }
            state
        };
        kinds.into_iter().map(begin).collect()
    }

    /// Which kind of callers this call is one of, if the callee tells them apart.
    pub(in crate::flow::interp) fn variant_of(
        &mut self,
        callee: BodyId,
        args: &[Value],
        site: SiteKey,
        span: Span,
    ) -> Option<VariantId> {
        if !self.tables.is_split(callee) {
            return None;
        }
        let mut given = Vec::new();
        let (mut open, mut handed_on) = (false, false);
        for (index, arg) in args.iter().enumerate() {
            let index = index as u16;
            let ty = self.cx.param_ty(callee, index);
            if !self.cx.is_optional(&ty) && !self.cx.has_optional(&ty) {
                continue;
            }
            let own = |(t, _): &(Thing, _)| matches!(t, Thing::Param(body, ..) if *body == self.id);
            handed_on |= arg.things.iter().any(own);
            if self.cx.is_optional(&ty) {
                open |= arg.shape == Shape::Any;
                given.extend(arg.shape.yes().map(|yes| (index, None, yes)));
            } else {
                open |= arg.filled.is_empty();
                given.extend(arg.filled.iter().map(|(f, yes)| (index, Some(*f), *yes)));
            }
        }
        given.sort_unstable();
        let mut variant = self.tables.variant(given);
        let known = self.tables.wanted(callee).map(|w| w.variant);
        let known: std::collections::BTreeSet<VariantId> = known.collect();
        if known.len() >= KINDS && !known.contains(&variant) {
            variant = self.tables.others();
        }
        if open && self.is_given_options() {
            self.tables.hands_on(self.id);
        }
        // What nobody calls hands nothing on.
        if handed_on && self.is_uncalled() {
            return Some(variant);
        }
        self.out.wants.insert(Want {
            callee,
            variant,
            at: site,
            name: self.name_of(site, span),
            of: self.variant,
            handed_on,
        });
        Some(variant)
    }

    /// Whether nobody calls this body, which tells its callers apart.
    fn is_uncalled(&self) -> bool {
        self.tables.is_split(self.id)
            && !is_entry(self.cx, self.id)
            && !self.tables.roots.contains(&self.id)
            && self
                .known(Part::Callers(self.id))
                .wanted(self.id)
                .next()
                .is_none()
    }

    /// The name of what is called by this text, if a future of it is waited for elsewhere.
    fn name_of(&self, site: SiteKey, span: Span) -> Span {
        let stmts = self.body.stmts();
        let mut named = stmts.filter_map(|stmt| match &stmt.kind {
            StmtKind::Call(_, call) if call.span == span => Some(call.name_span),
            _ => None,
        });
        named.next().unwrap_or_else(|| self.cx.call_spans(site).0)
    }

    /// Whether callers may give the body something or not.
    fn is_given_options(&self) -> bool {
        let params = self.body.params.iter();
        let captures = self.body.captures.iter().map(|c| &c.inner);
        let mut tys = params.chain(captures).map(|local| self.ty(*local));
        tys.any(|ty| self.cx.is_optional(ty) || self.cx.has_optional(ty))
    }

    /// Notes what a field of something that is being made is given.
    pub(in crate::flow::interp) fn fills(&self, made: &mut Value, key: FieldKey, value: &Value) {
        if self.cx.is_optional_field(key) {
            made.fill(key, value.shape);
        }
        for (inner, yes) in &value.filled {
            let shape = match made.fills(*inner) {
                Shape::Any => (*yes).into(),
                // Two of one struct: which of them is meant is not told apart.
                _ => Shape::Any,
            };
            made.fill(*inner, shape);
        }
    }

    /// A field is written.
    pub(in crate::flow::interp) fn refill(
        &self,
        state: &mut State,
        base: &Place,
        key: FieldKey,
        value: &Value,
    ) {
        let mut around = state.get(base.local);
        let direct = base.proj.iter().all(|step| *step == Proj::Deref);
        let shape = if direct && self.cx.is_optional_field(key) {
            value.shape
        } else {
            Shape::Any
        };
        around.fill(key, shape);
        for (inner, _) in &value.filled {
            around.fill(*inner, Shape::Any);
        }
        state.set(base.local, around);
    }

    /// Something may write what a local holds.
    pub(in crate::flow::interp) fn unfill(state: &mut State, local: Local) {
        if state.peek(local).is_some_and(|v| !v.filled.is_empty()) {
            let mut value = state.get(local);
            value.filled.clear();
            state.set(local, value);
        }
    }

    /// Something writes what a local holds, out of sight of the statements here: what was known of which variant, truth or
    /// number that is holds no longer.
    pub(in crate::flow::interp) fn unsettle(state: &mut State, local: Local) {
        let known = |v: &Value| v.shape != Shape::Any || v.konst.is_some() || !v.filled.is_empty();
        if state.peek(local).is_some_and(known) {
            state.set(local, state.get(local).unformed());
        }
    }

    /// Whether a method may write what it is called on.
    pub(in crate::flow::interp) fn may_write(&self, def: Option<DefId>) -> bool {
        match def.map(|d| &self.cx.program.def(d).kind) {
            Some(DefKind::Fn { item, .. }) => {
                !matches!(item.receiver, Some(Receiver::Ref | Receiver::Value))
            }
            _ => true,
        }
    }

    /// Whether a method is lent what it is called on to write it, and may make another variant of it: `take`, `insert`.
    /// What lends out what is in an option (`as_mut`) leaves it what it is.
    pub(in crate::flow::interp) fn may_change(&self, def: Option<DefId>, ret: &Ty) -> bool {
        let lends = |ty: &Ty| {
            self.cx.is_option(ty)
                && matches!(ty, Ty::Adt(_, args) if matches!(args.first(), Some(Ty::Ref(_))))
        };
        match def.map(|d| &self.cx.program.def(d).kind) {
            Some(DefKind::Fn { item, .. }) => {
                matches!(item.receiver, Some(Receiver::RefMut)) && !lends(ret)
            }
            _ => false,
        }
    }

    /// What is known of the optional fields of what a call out of sight yields: of a clone what is known of its original.
    pub(in crate::flow::interp) fn filled_of(&self, doing: &Doing) -> Vec<(FieldKey, bool)> {
        let Ty::Adt(def, _) = doing.ret.peel_refs() else {
            return Vec::new();
        };
        if !self.cx.program.is_local(*def) {
            return Vec::new();
        }
        match (doing.args.first(), doing.tys.first()) {
            (Some(first), Some(ty))
                if doing.has_self
                    && ty.peel_refs() == doing.ret.peel_refs()
                    && !self.may_write(Some(doing.def)) =>
            {
                first.filled.clone()
            }
            _ => Vec::new(),
        }
    }
}
