//! Calls whose result has a role: clients are built, builders and requests made or passed on.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::request::params_of;
use crate::catalog::schema::Role;
use crate::flow::cx::is_open;
use crate::flow::facts::FamilyId;
use crate::flow::interp::Interp;
use crate::flow::interp::call::Doing;
use crate::flow::value::{Builder, ClientSrc, Own, Request, Slots, Thing, Value};
use crate::resolve::def::BodyId;
use crate::resolve::ty::Ty;

impl Interp<'_, '_, '_, '_> {
    /// Whether it is the function itself that speaks of the role its result has, not just what fills its parameters: a
    /// container of clients is no client. `Default`, `From` and `Into` speak of whatever they are for.
    pub(super) fn role_is_declared(&self, doing: &Doing) -> bool {
        let Some(sig) = self.cx.types.sigs.get(&doing.def) else {
            return false;
        };
        let roles = |r: Role| matches!(r, Role::Client | Role::Builder | Role::Request);
        if self.cx.facts.role_in(&sig.ret, roles).is_some() {
            return true;
        }
        let known = self.cx.types.known;
        let of = self.cx.declared_by(doing.def);
        of.is_some()
            && [known.default, known.from, known.into].contains(&of)
            && self.outermost_role(&doing.ret, roles)
    }

    fn outermost_role(&self, ty: &Ty, pred: impl Fn(Role) -> bool) -> bool {
        self.cx.facts.role(ty).is_some_and(|r| pred(r.role))
    }

    /// The builders, clients and requests that a call is given, and whether its types say that it is given one.
    pub(super) fn roots(&self, doing: &Doing) -> (Vec<(Thing, Own)>, bool) {
        let roots = self.gather(doing, |t| {
            matches!(
                t,
                Thing::Builder(_) | Thing::Client(_) | Thing::Request(_) | Thing::Param(..)
            )
        });
        let roots: Vec<(Thing, Own)> = roots
            .into_iter()
            .filter(|(t, _)| match t {
                Thing::Param(body, index, _) => {
                    let ty = self.cx.param_ty(*body, *index);
                    self.cx
                        .facts
                        .role_in(&ty, |r| {
                            matches!(r, Role::Client | Role::Builder | Role::Request)
                        })
                        .is_some()
                }
                _ => true,
            })
            .collect();
        let input_role = doing.tys.iter().any(|t| {
            self.cx
                .facts
                .role_in(t, |r| {
                    matches!(r, Role::Client | Role::Builder | Role::Request)
                })
                .is_some()
        });
        (roots, input_role)
    }

    /// Calls whose result has a role: clients are built, builders and requests made or passed on.
    pub(super) fn by_role(&mut self, doing: &Doing) -> Option<Value> {
        let role = self.cx.facts.role_in(&doing.ret, |r| {
            matches!(r, Role::Client | Role::Builder | Role::Request)
        })?;
        let behind_ref = matches!(doing.ret, Ty::Ref(_));
        let (roots, input_role) = self.roots(doing);
        let unknown = self.may_bring_another(doing);
        let mut out = Value::default();
        match role.role {
            Role::Request => {
                let requests: Vec<_> = roots
                    .iter()
                    .filter(|(t, _)| matches!(t, Thing::Request(_)))
                    .cloned()
                    .collect();
                for (thing, own) in &requests {
                    out.add(thing.clone(), *own);
                }
                if !requests.is_empty() {
                    return Some(out);
                }
                let from_request = doing
                    .tys
                    .iter()
                    .any(|t| self.cx.role(t, Role::Request).is_some());
                if from_request {
                    for (thing, own) in &roots {
                        out.add(thing.clone(), *own);
                    }
                    out.unknown = roots.is_empty();
                    return Some(out);
                }
                let clients = self.clients_of(doing).unwrap_or_else(|| {
                    // Made of a client, builder or request that we cannot see: that is no call of its own.
                    let made_of = if input_role {
                        ClientSrc::Unknown
                    } else {
                        ClientSrc::OneShot(doing.site)
                    };
                    vec![made_of]
                });
                let empty = self.cx.facts_of(doing.def).iter().any(|f| f.empty)
                    || doing.args.iter().any(|v| self.says_empty(v));
                let given = doing.args.iter().skip(usize::from(doing.has_self));
                let empty_if = given.flat_map(|v| params_of(v, self.id)).collect();
                let slots = Slots::default();
                let request = Request {
                    site: doing.site,
                    family: role.family,
                    clients,
                    slots,
                    empty,
                    empty_if,
                };
                out.add(Thing::Request(Arc::new(request)), Own::Owned);
            }
            // The settings of a request that knows no client: none of those of the client that begins them.
            Role::Builder if self.cx.question(&doing.ret) => {
                let made = |(t, _): &&(Thing, Own)| !matches!(t, Thing::Client(_));
                for (thing, own) in roots.iter().filter(made) {
                    out.add(thing.clone(), *own);
                }
            }
            Role::Builder => {
                if input_role {
                    for (thing, own) in &roots {
                        out.add(thing.clone(), if behind_ref { Own::Mut } else { *own });
                    }
                    out.unknown = roots.is_empty() || unknown;
                } else if self.may_bring_settings(doing) {
                    out.unknown = true;
                } else if let Some(family) = role.family {
                    let builder = Builder {
                        site: doing.site,
                        family,
                        slots: Slots::default(),
                    };
                    out.add(Thing::Builder(Arc::new(builder)), Own::Owned);
                }
            }
            _ => self.client_result(doing, &roots, input_role, unknown, role.family, &mut out),
        }
        self.own_clones(doing, &mut out);
        Some(out)
    }

    /// The client that this call builds of a builder, which came in through these parameters.
    fn built_of(
        &mut self,
        doing: &Doing,
        builder: &Builder,
        through: &BTreeSet<(BodyId, u16)>,
    ) -> Thing {
        let passed = !through.is_empty();
        let by = (doing.site, self.variant, passed.then_some(builder.site));
        let id = self
            .tables
            .client(by, builder.family, &builder.slots, doing.def);
        self.tables.note_builder(id, builder.site, through);
        Thing::Client(id)
    }

    pub(super) fn client_result(
        &mut self,
        doing: &Doing,
        roots: &[(Thing, Own)],
        input_role: bool,
        unknown: bool,
        family: Option<FamilyId>,
        out: &mut Value,
    ) {
        let brought = self.brought_along(doing);
        for (thing, own) in roots {
            match thing {
                // It is part of the client that the receiver builds, not one of its own.
                Thing::Builder(builder) if brought.contains(builder) => {}
                Thing::Builder(builder) => {
                    let mut whole = (**builder).clone();
                    for part in &brought {
                        whole.slots.overlay(&part.slots);
                    }
                    out.add(self.built_of(doing, &whole, &BTreeSet::new()), Own::Owned);
                }
                Thing::Param(body, index, since) if self.is_builder(*body, *index) => {
                    let mut since = since.clone();
                    for part in &brought {
                        since.overlay(&part.slots);
                    }
                    let (passed, others) = self.builders_passed(*body, *index, &since);
                    for builder in &passed.builders {
                        let built = self.built_of(doing, builder, &passed.through);
                        out.add(built, Own::Owned);
                    }
                    if others {
                        out.add(thing.clone(), *own);
                    }
                }
                other => out.add(other.clone(), *own),
            }
        }
        if input_role {
            out.unknown |= roots.is_empty() || unknown && !self.builds_its_own(doing);
            return;
        }
        if self.may_bring_settings(doing) {
            out.unknown = true;
            return;
        }
        // No client or builder goes in: this call makes one, unless it gives out one it keeps, or what it is given, whatever that is.
        let hands_on = self.cx.facts_of(doing.def).iter().any(|f| f.same);
        let takes_self = self
            .cx
            .types
            .sigs
            .get(&doing.def)
            .is_some_and(|s| s.has_self);
        match family {
            Some(family) if !takes_self && !hands_on => {
                let slots = Slots::default();
                let by = (doing.site, self.variant, None);
                let id = self.tables.client(by, family, &slots, doing.def);
                out.add(Thing::Client(id), Own::Owned);
            }
            _ => {
                for value in &doing.args {
                    for (thing, own) in &value.things {
                        if matches!(thing, Thing::Client(_)) {
                            out.add(thing.clone(), *own);
                        }
                    }
                }
                out.unknown |= out.things.is_empty();
            }
        }
    }

    /// Whether a builder is used up for a client of its own: what else is given, a connector, is a part of that client,
    /// whoever made it.
    fn builds_its_own(&self, doing: &Doing) -> bool {
        let is = |ty: &Ty, wanted: Role| self.outermost_role(ty, |r| r == wanted);
        let sig = self.cx.types.sigs.get(&doing.def);
        let receiver = doing.tys.first().filter(|_| doing.has_self);
        receiver.is_some_and(|ty| is(ty, Role::Builder))
            && sig.is_some_and(|s| is(&s.ret, Role::Client))
    }

    /// Whether an argument that is not wholly seen may have a client, builder or request in it which the result then is or
    /// holds. A duration or name that comes from out of sight does not make another client of it.
    pub(super) fn may_bring_another(&self, doing: &Doing) -> bool {
        let sig = self.cx.types.sigs.get(&doing.def);
        let declared = |index: usize| sig.and_then(|s| s.params.get(index));
        let mut unseen = doing.args.iter().enumerate().filter(|(_, v)| v.unknown);
        unseen.any(|(index, _)| match (declared(index), sig) {
            (Some(ty), Some(sig)) => self.may_hold_one(ty, &sig.ret),
            _ => true,
        })
    }

    /// Whether what is declared with this type may be, or have in it, a client, builder or request, where `ret` is what the
    /// call yields: of a type parameter only its bounds and the result tell.
    fn may_hold_one(&self, ty: &Ty, ret: &Ty) -> bool {
        let has_role = |ty: &Ty| {
            let one = |r| matches!(r, Role::Client | Role::Builder | Role::Request);
            self.cx.facts.role_in(ty, one).is_some()
        };
        ty.any(&mut |t| match t {
            Ty::Param(param) => {
                let info = self.cx.types.params.get(param.0 as usize);
                let bounds = info.into_iter().flat_map(|p| &p.bounds);
                let mut args = bounds.flat_map(|b| b.args.iter());
                ret.any(&mut |r| r == t) || args.any(|a| is_open(a) || has_role(a))
            }
            Ty::Bounded(bounds) => {
                let mut args = bounds.iter().flat_map(|b| b.args.iter());
                args.any(|a| is_open(a) || has_role(a))
            }
            _ => is_open(t) || has_role(t),
        })
    }

    /// Whether a builder or client is made from a value of open type that may be a builder: its settings are the caller's.
    fn may_bring_settings(&self, doing: &Doing) -> bool {
        let Some(sig) = self.cx.types.sigs.get(&doing.def) else {
            return false;
        };
        let converts = |ty: &Ty| match ty {
            Ty::Param(param) => self.cx.types.params.get(param.0 as usize).is_some_and(|p| {
                let mut args = p.bounds.iter().flat_map(|b| b.args.iter());
                args.any(|a| self.cx.role(a, Role::Builder).is_some())
            }),
            _ => false,
        };
        let open = |ty: &Ty| {
            matches!(
                ty,
                Ty::Param(_) | Ty::Bounded(_) | Ty::Proj(..) | Ty::Unknown
            )
        };
        let given = sig.params.iter().zip(&doing.tys);
        given
            .into_iter()
            .any(|(declared, actual)| converts(declared) && open(actual))
    }

    /// The builders among what is given beside the one that the client is built of: parts with settings of their own, as the
    /// connector in `builder.build(connector)` and `Client::new(connector, builder)`.
    fn brought_along(&self, doing: &Doing) -> Vec<Arc<Builder>> {
        let sig = self.cx.types.sigs.get(&doing.def);
        let is_whole = |index: usize| {
            let declared = sig.and_then(|s| s.params.get(index));
            if doing.has_self {
                return index == 0;
            }
            declared.is_some_and(|ty| self.outermost_role(ty.peel_refs(), is_builder))
        };
        let given = doing.args.iter().enumerate();
        let (whole, parts): (Vec<_>, Vec<_>) = given.partition(|(index, _)| is_whole(*index));
        let of_whole: Vec<&Thing> = things_of(&whole).collect();
        let seen = of_whole.iter().any(|thing| match thing {
            Thing::Builder(_) => true,
            Thing::Param(body, index, _) => self.is_builder(*body, *index),
            _ => false,
        });
        if !seen {
            return Vec::new();
        }
        let beside = things_of(&parts).filter(|thing| !of_whole.contains(thing));
        let builder = |thing: &Thing| match thing {
            Thing::Builder(builder) => Some(builder.clone()),
            _ => None,
        };
        beside.filter_map(builder).collect()
    }
}

fn is_builder(role: Role) -> bool {
    role == Role::Builder
}

fn things_of<'v>(values: &[(usize, &'v Value)]) -> impl Iterator<Item = &'v Thing> {
    let things = values.iter().flat_map(|(_, value)| &value.things);
    things.map(|(thing, _)| thing)
}
