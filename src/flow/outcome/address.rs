//! Who chooses where a request goes: the program and its configuration once and for all, or what it is given each time.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::schema::{CallFact, Role};
use crate::flow::cx::Cx;
use crate::flow::value::SiteKey;
use crate::ir::body::{
    BinOp, Body, BodyKind, Call, Callee, Lit, Local, Operand, Place, Proj, RETURN, Rvalue,
    StmtKind, is_before_host,
};
use crate::name::Name;
use crate::resolve::def::BodyId;
use crate::resolve::infer::At;
use crate::resolve::sig::body_of;
use crate::resolve::ty::Ty;

/// Most calls that an address is followed through, to a function or back to those who call it.
const DEEPEST: usize = 8;

/// Most places that are looked at for one request.
const MOST: usize = 1000;

/// Looks back from the calls that make requests to where their addresses come from.
pub(super) struct Addresses<'x, 'p, 'a, 'c> {
    cx: &'x Cx<'p, 'a, 'c>,
    /// The calls in sight of each body.
    callers: FxHashMap<BodyId, Vec<SiteKey>>,
}

/// One look back.
#[derive(Default)]
struct Way {
    /// The calls through which the look went down into functions, innermost last: what such a function is given is what its
    /// call there gives it.
    down: Vec<SiteKey>,
    /// What is looked at already, for the call that led there: it says nothing more.
    seen: FxHashSet<(BodyId, Local, Option<SiteKey>)>,
    /// A named field is taken of what is looked at.
    field: bool,
    /// How many callers it went up to.
    up: usize,
    /// How many places were looked at.
    steps: usize,
}

impl<'x, 'p, 'a, 'c> Addresses<'x, 'p, 'a, 'c> {
    pub(super) fn new(cx: &'x Cx<'p, 'a, 'c>) -> Self {
        let mut callers: FxHashMap<BodyId, Vec<SiteKey>> = FxHashMap::default();
        for (id, types) in &cx.bodies {
            for (at, target) in &types.calls {
                if let Some(callee) = target.def.and_then(|def| body_of(cx.program, def)) {
                    callers.entry(callee).or_default().push((*id, *at));
                }
            }
        }
        Addresses { cx, callers }
    }

    /// Whether the request that this call makes goes to where the program says: its address is written in the source, read
    /// from the environment, or kept in what sends it. `false` also where that is not in sight.
    pub(super) fn is_own(&self, (id, at): SiteKey) -> bool {
        let call = self.cx.body(id).call(at);
        call.is_some_and(|call| self.asks(id, at, call, &mut Way::default()))
    }

    /// A call that makes a request, of an address or of another request.
    fn asks(&self, id: BodyId, at: At, call: &Call, way: &mut Way) -> bool {
        if let Some(address) = self.address((id, at), call) {
            return self.operand(id, address, way);
        }
        let is = |ty: &Ty, role| self.cx.role(ty.peel_refs(), role).is_some();
        let asks = |ty: &Ty| is(ty, Role::Request) || is(ty, Role::Question);
        match &call.callee {
            Callee::Method { recv, .. } if asks(&self.cx.place_ty(id, recv)) => {
                self.place(id, recv, way)
            }
            // A question is asked where the catalogue says so, and nowhere if nothing does.
            _ if is(&self.cx.method_tys((id, at)).1, Role::Question) => false,
            // Everything beside the client: the method is the program's own anyhow.
            _ => {
                let is_client = |given: &&Operand| match given {
                    Operand::Use(place) => is(&self.cx.place_ty(id, place), Role::Client),
                    Operand::Lit(_) => false,
                };
                let mut given = call.args.iter().filter(|arg| !is_client(arg));
                given.all(|arg| self.operand(id, arg, way))
            }
        }
    }

    /// The argument of a call that says where a request goes, by the catalogue.
    fn address<'b>(&self, site: SiteKey, call: &'b Call) -> Option<&'b Operand> {
        let facts = self.cx.facts_at(site);
        call.args.get(facts.iter().find_map(|fact| fact.address)?)
    }

    fn operand(&self, id: BodyId, value: &Operand, way: &mut Way) -> bool {
        match value {
            Operand::Use(place) => self.place(id, place, way),
            Operand::Lit(Lit::Str(text)) => !is_before_host(text.as_str()),
            Operand::Lit(_) => true,
        }
    }

    fn place(&self, id: BodyId, place: &Place, way: &mut Way) -> bool {
        way.steps += 1;
        if way.steps > MOST {
            return false;
        }
        let here = (id, place.local, way.down.last().copied());
        if !way.seen.insert(here) {
            return true;
        }
        let before = way.field;
        way.field |= place.proj.iter().any(is_named);
        let own = self.whole(id, place.local, way);
        way.field = before;
        way.seen.remove(&here);
        own
    }

    /// What a local holds, or a field of it.
    fn whole(&self, id: BodyId, local: Local, way: &mut Way) -> bool {
        let body = self.cx.body(id);
        if let Some(index) = body.params.iter().position(|p| *p == local) {
            return self.param(id, index, way);
        }
        match body.captures.iter().find(|c| c.inner == local) {
            Some(capture) => {
                let outer = self.cx.program.body(id).parent;
                outer.is_some_and(|outer| self.place(outer, &Place::local(capture.outer), way))
            }
            None => self.local(id, body, local, way),
        }
    }

    /// All that a local is given.
    fn local(&self, id: BodyId, body: &Body, local: Local, way: &mut Way) -> bool {
        let mut writes = body.whole_writes(local).peekable();
        writes.peek().is_some() && writes.all(|(at, kind)| self.written(id, at, kind, way))
    }

    fn written(&self, id: BodyId, at: At, kind: &StmtKind, way: &mut Way) -> bool {
        match kind {
            StmtKind::Assign(_, value) => self.value(id, value, way),
            StmtKind::Call(_, call) => self.call(id, at, call, way),
            StmtKind::Await(_, Operand::Use(future)) => self.awaited(id, future.local, way),
            StmtKind::Await(..) | StmtKind::StorageDead(_) => false,
        }
    }

    fn value(&self, id: BodyId, value: &Rvalue, way: &mut Way) -> bool {
        match value {
            Rvalue::Use(value) | Rvalue::Cast { value, .. } => self.operand(id, value, way),
            Rvalue::Ref { place, .. } => self.place(id, place, way),
            Rvalue::Path(_) => true,
            Rvalue::Touch {
                begins: Some(begins),
                ..
            } => self.operand(id, begins, way),
            // `"https://".to_owned() + host`: what stands before the host says nothing.
            Rvalue::Binary {
                op: BinOp::Add,
                lhs,
                rhs,
            } => {
                let scheme = written(self.cx.body(id), lhs)
                    .is_some_and(|text| is_before_host(text.as_str()));
                let first = if scheme { rhs } else { lhs };
                self.operand(id, first, way)
            }
            Rvalue::Tuple(items) | Rvalue::Array { items, .. } => {
                items.iter().all(|item| self.operand(id, item, way))
            }
            Rvalue::Struct { fields, base, .. } => {
                let mut values = fields.iter().map(|(_, value)| value).chain(base);
                values.all(|value| self.operand(id, value, way))
            }
            _ => false,
        }
    }

    /// What a call comes to: of a function in sight what that returns, else what it is asked of or given first.
    fn call(&self, id: BodyId, at: At, call: &Call, way: &mut Way) -> bool {
        let site = (id, at);
        let brings =
            |fact: &CallFact| fact.reads.is_some() || !fact.sends.is_empty() || fact.signal;
        if self.cx.facts_at(site).into_iter().any(brings) {
            return false;
        }
        if let Some(callee) = self.called(site) {
            let is_async = BodyKind::Fn { is_async: true };
            return self.cx.body(callee).kind != is_async && self.returned(callee, site, way);
        }
        if self.address(site, call).is_some() || self.makes_request(site) {
            return self.asks(id, at, call, way);
        }
        match (&call.callee, call.args.first()) {
            (Callee::Value(_), _) => false,
            (Callee::Method { recv, .. }, _) => self.place(id, recv, way),
            // `Args::parse().url`, but not `String::with_capacity(n)`: what is made empty is filled from somewhere.
            (Callee::Path(_), None | Some(Operand::Lit(Lit::Int(_)))) => way.field,
            (Callee::Path(_), Some(first)) => self.operand(id, first, way),
        }
    }

    fn makes_request(&self, site: SiteKey) -> bool {
        let (_, made) = self.cx.method_tys(site);
        let roles = [Role::Request, Role::Question];
        roles
            .into_iter()
            .any(|role| self.cx.role(&made, role).is_some())
    }

    /// The body in sight that a call runs.
    fn called(&self, site: SiteKey) -> Option<BodyId> {
        body_of(self.cx.program, self.cx.callee(site)?)
    }

    /// What an awaited future comes to, where it is that of an `async fn` or block in sight.
    fn awaited(&self, id: BodyId, future: Local, way: &mut Way) -> bool {
        match self.cx.body(id).written_once(future) {
            Some((at, StmtKind::Call(..))) => {
                let site = (id, at);
                self.called(site)
                    .is_some_and(|callee| self.returned(callee, site, way))
            }
            Some((_, StmtKind::Assign(_, Rvalue::Async(idx)))) => {
                let block = self.cx.program.child_of(id, *idx);
                block.is_some_and(|block| self.place(block, &Place::local(RETURN), way))
            }
            _ => false,
        }
    }

    /// What a function returns to this call.
    fn returned(&self, callee: BodyId, site: SiteKey, way: &mut Way) -> bool {
        if way.down.len() >= DEEPEST {
            return false;
        }
        way.down.push(site);
        let own = self.place(callee, &Place::local(RETURN), way);
        way.down.pop();
        own
    }

    /// What a parameter is given: by the call through which the look came here, else by all calls of the function.
    fn param(&self, id: BodyId, index: usize, way: &mut Way) -> bool {
        let body = self.cx.body(id);
        let info = self.cx.program.body(id);
        if !matches!(body.kind, BodyKind::Fn { .. }) {
            return false;
        }
        let through = way.down.last().copied();
        if let Some(site) = through.filter(|site| self.called(*site) == Some(id)) {
            way.down.pop();
            let own = self.argument(site, index, way);
            way.down.push(site);
            return own;
        }
        // What an object that lives on keeps was given to it when it was set up.
        let sig = self.cx.types.sigs.get(&info.owner);
        if index == 0 && way.field && sig.is_some_and(|s| s.has_self && !s.self_by_value) {
            return true;
        }
        let callers = self.callers.get(&id).map(Vec::as_slice).unwrap_or_default();
        if way.up >= DEEPEST || callers.is_empty() {
            return false;
        }
        way.up += 1;
        let down = std::mem::take(&mut way.down);
        let own = callers.iter().all(|site| self.argument(*site, index, way));
        way.down = down;
        way.up -= 1;
        own
    }

    /// What a call gives for a parameter.
    fn argument(&self, (id, at): SiteKey, index: usize, way: &mut Way) -> bool {
        let Some(call) = self.cx.body(id).call(at) else {
            return false;
        };
        let index = match &call.callee {
            Callee::Method { recv, .. } if index == 0 => return self.place(id, recv, way),
            Callee::Method { .. } => index - 1,
            Callee::Path(_) | Callee::Value(_) => index,
        };
        let given = call.args.get(index);
        given.is_some_and(|given| self.operand(id, given, way))
    }
}

/// The text that is written there, as it is or made a string: `"https://".to_owned()`, `String::from("https://")`.
fn written(body: &Body, value: &Operand) -> Option<Name> {
    let mut value = value;
    for _ in 0..DEEPEST {
        let place = match value {
            Operand::Lit(Lit::Str(text)) => return Some(*text),
            Operand::Lit(_) => return None,
            Operand::Use(place) => place,
        };
        let mut made = body.written_once(place.local)?.1;
        if let StmtKind::Call(_, call) = made
            && let Callee::Method { recv, .. } = &call.callee
            && call.args.is_empty()
        {
            made = body.written_once(recv.local)?.1;
        }
        value = match made {
            StmtKind::Assign(_, Rvalue::Use(from)) => from,
            StmtKind::Call(_, call) if matches!(call.callee, Callee::Path(_)) => {
                match call.args.as_slice() {
                    [only] => only,
                    _ => return None,
                }
            }
            _ => return None,
        };
    }
    None
}

/// Whether a step is to a field with a name: a part of something that is set up, not of a pair.
fn is_named(step: &Proj) -> bool {
    matches!(step, Proj::Field(name) if !name.as_str().starts_with(|c: char| c.is_ascii_digit()))
}
