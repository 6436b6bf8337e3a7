//! From the catalogue's edits to remedies: which edit fits a client, request, response or task, and its words filled in.
//!
//! An edit is offered only where it would discharge what is owed: settings are tried against the slot table first, and a
//! setting that the code writes already, however, is left alone.

use super::bounds;
use super::cx::Cx;
use super::facts::FamilyInfo;
use super::resource::{BodyRead, Bound, Bounds, Phase, Request, TaskEnds};
use super::tables::ClientRec;
use super::value::{SiteKey, SlotKind, SlotState, Slots};
use crate::catalog::schema::{Cover, EditFact, EditKind, Role, Setting};
use crate::ir::body::{BodyKind, Call, Callee, LoopKind, Place, StmtKind, Terminator};
use crate::name::Name;
use crate::remedy::{Applicability, Change, Holder, Remedy};
use crate::resolve::def::{BodyId, CrateId, DefId, DefKind, Dep, Namespace, Res};
use crate::resolve::ty::Ty;
use crate::source::Span;

/// How bodies are taken, as far as is in sight.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Bodies {
    /// Whole, not at all, or out of sight.
    Any,
    /// Piece by piece, one of them at least: streams and downloads.
    Streamed,
}

impl Bodies {
    /// Of these requests.
    pub(super) fn of<'r>(requests: impl IntoIterator<Item = &'r Request>) -> Bodies {
        let mut reads = requests.into_iter().flat_map(|r| &r.reads);
        if reads.any(BodyRead::is_long) {
            Bodies::Streamed
        } else {
            Bodies::Any
        }
    }
}

/// What bounds a client where it is built.
pub(super) fn client(
    cx: &Cx<'_, '_, '_>,
    rec: &ClientRec,
    family: &FamilyInfo<'_>,
    bodies: Bodies,
) -> Option<Remedy> {
    let call = call_at(cx, rec.site)?;
    let (kind, set) = settings(family, CLIENT, &rec.slots, bodies)?;
    let words = Words {
        cx,
        body: rec.site.0,
        krate: family.id,
    };
    let set = words.settings(&set);
    let change = match &call.callee {
        Callee::Method { .. } => {
            let call = words.taker(call, &set)?;
            Change::Before {
                name: call.name_span,
                call: call.span,
                calls: set,
            }
        }
        Callee::Path(_) => {
            let edit = family
                .edits
                .iter()
                .find(|e| e.kind == EditKind::Construct && is_from(cx, rec, call, e))?;
            Change::Instead {
                path: call.name_span,
                call: call.span,
                whole: edit.chain.first().is_some_and(|c| c.contains("{crate}")),
                calls: words.chain(edit, &set)?,
            }
        }
        Callee::Value(_) => return None,
    };
    Some(Remedy {
        message: message(kind).to_owned(),
        // A client that is handed out may serve calls nobody sees.
        applicability: if rec.escapes {
            Applicability::MaybeIncorrect
        } else {
            applicability(kind)
        },
        change,
    })
}

/// An idle bound comes first wherever the version has one: it ends a wait in which nothing comes, and leaves alone whatever
/// still moves, however long that takes.
const CLIENT: &[EditKind] = &[EditKind::ClientIdle, EditKind::ClientTotal];
const REQUEST: &[EditKind] = &[EditKind::RequestIdle, EditKind::RequestTotal];

/// Calls of a chain that are looked through for one that takes settings.
const CHAIN: usize = 4;

/// How safe settings are: a total bound also ends what goes well and takes its time, and nothing in the text says how long
/// a body is. Somebody should look at it.
fn applicability(kind: EditKind) -> Applicability {
    match kind {
        EditKind::ClientIdle | EditKind::RequestIdle => Applicability::MachineApplicable,
        _ => Applicability::MaybeIncorrect,
    }
}

fn message(kind: EditKind) -> &'static str {
    match kind {
        EditKind::ClientIdle | EditKind::RequestIdle => {
            "bound each wait on its own, which leaves long bodies alone"
        }
        _ => "bound the whole exchange, body included",
    }
}

/// What bounds a request where it is sent.
pub(super) fn request(
    cx: &Cx<'_, '_, '_>,
    site: SiteKey,
    family: &FamilyInfo<'_>,
    slots: &Slots,
    bodies: Bodies,
) -> Option<Remedy> {
    let call = call_at(cx, site)?;
    let Callee::Method { recv, .. } = &call.callee else {
        return None;
    };
    let (kind, set) = settings(family, REQUEST, slots, bodies)?;
    let edit = family.edit(kind)?;
    let words = Words {
        cx,
        body: site.0,
        krate: family.id,
    };
    let set = words.settings(&set);
    let calls = if edit.chain.is_empty() {
        set
    } else {
        words.chain(edit, &set)?
    };
    words.fits(recv, &calls)?;
    Some(Remedy {
        message: message(kind).to_owned(),
        applicability: applicability(kind),
        change: Change::Before {
            name: call.name_span,
            call: call.span,
            calls,
        },
    })
}

/// A one-shot call that can carry no bound becomes a client that has one. Never made unseen: a client built for one call
/// bounds it and is no better otherwise.
pub(super) fn one_shot(
    cx: &Cx<'_, '_, '_>,
    site: SiteKey,
    def: DefId,
    family: &FamilyInfo<'_>,
    bodies: Bodies,
) -> Option<Remedy> {
    let call = call_at(cx, site)?;
    let edit = family.edit(EditKind::OneShot)?;
    let path = cx.program.path(def);
    if !matches!(call.callee, Callee::Path(_)) || !edit.from.contains(&path) {
        return None;
    }
    let (_, set) = settings(family, CLIENT, &Slots::default(), bodies)?;
    let words = Words {
        cx,
        body: site.0,
        krate: family.id,
    };
    Some(Remedy {
        message: "send it through a client with a bound; one that is built once and kept also saves connections".to_owned(),
        applicability: Applicability::MaybeIncorrect,
        change: Change::Instead {
            path: call.name_span,
            call: call.span,
            whole: true,
            calls: words.chain(edit, &words.settings(&set))?,
        },
    })
}

/// What reads the rest of a body that nobody wants, up to a limit.
pub(super) fn drain(
    cx: &Cx<'_, '_, '_>,
    site: SiteKey,
    family: &FamilyInfo<'_>,
    response: DefId,
    looked: &[&str],
    through: &[&Bounds],
    unseen_client: bool,
) -> Option<Remedy> {
    let call = call_at(cx, site)?;
    let edit = family.edit(EditKind::Drain)?;
    if looked.iter().any(|l| edit.spoils.iter().any(|s| s == l))
        || (edit.awaits && !may_await(cx, site.0))
    {
        return None;
    }
    // A drain waits for the body: where nothing bounds that, it would only move the wait.
    let open = |b: &&Bounds| !matches!(b.body.bound, Bound::Idle | Bound::Total);
    let unseen = unseen_client || through.is_empty();
    if through.iter().any(open) {
        return None;
    }
    let body = cx.program.body(site.0).body;
    let taken = body
        .locals
        .iter()
        .filter_map(|l| l.name)
        .collect::<Vec<_>>();
    let words = Words {
        cx,
        body: site.0,
        krate: family.id,
    };
    let text = edit.text.as_ref()?;
    Some(Remedy {
        message:
            "read what is left of the body, up to a limit, so that the connection can be used again"
                .to_owned(),
        applicability: if unseen {
            Applicability::MaybeIncorrect
        } else {
            Applicability::MachineApplicable
        },
        change: Change::OnceBound {
            call: call.span,
            name: free(&taken, "response"),
            holders: holders(cx, site.0, response),
            text: words.fill(text).replace("{read}", &free(&taken, "drained")),
        },
    })
}

/// What gives a task an owner: a set that is made before the loop it is spawned in, and waited for behind it, which a task that
/// does not end by itself would hold up.
pub(super) fn track(
    cx: &Cx<'_, '_, '_>,
    site: SiteKey,
    def: DefId,
    ends: TaskEnds,
) -> Option<Remedy> {
    let call = call_at(cx, site)?;
    let path = cx.program.path(def);
    let (krate, edit) = cx.facts.edits.iter().find(|(krate, e)| {
        e.kind == EditKind::Track && e.from.contains(&path) && *krate == cx.program.def(def).krate
    })?;
    let body = cx.program.body(site.0).body;
    let block = body.blocks.get(site.1.0 as usize)?;
    let around = body.loops.get(block.in_loop?.0 as usize)?;
    if !matches!(call.callee, Callee::Path(_)) || !may_await(cx, site.0) {
        return None;
    }
    let behind = around.kind != LoopKind::Loop;
    if behind && ends != TaskEnds::ByItself {
        return None;
    }
    let taken = body
        .locals
        .iter()
        .filter_map(|l| l.name)
        .collect::<Vec<_>>();
    let words = Words {
        cx,
        body: site.0,
        krate: *krate,
    };
    let it = free(&taken, "tasks");
    let fill = |text: &Option<String>| {
        words
            .fill(text.as_deref().unwrap_or_default())
            .replace("{it}", &it)
    };
    Some(Remedy {
        message: "keep the tasks in a set: it is waited for behind the loop, and stops them when it is dropped".to_owned(),
        applicability: Applicability::MaybeIncorrect,
        change: Change::AroundLoop {
            path: call.name_span,
            call: call.span,
            around: around.span,
            endless: around.kind != LoopKind::For,
            instead: words.fill(edit.chain.first()?).replace("{it}", &it),
            before: fill(&edit.text),
            after: if behind {
                fill(&edit.after)
            } else {
                String::new()
            },
            each: fill(&edit.each),
        },
    })
}

/// The first edit whose settings bound every phase, with those of its settings that are not written yet.
fn settings<'c>(
    family: &FamilyInfo<'c>,
    kinds: &[EditKind],
    written: &Slots,
    bodies: Bodies,
) -> Option<(EditKind, Vec<&'c Setting>)> {
    // Something that is switched off, or set on some ways, is meant: what is written here would undo it.
    if written.iter().any(|(_, s)| s.kind != SlotKind::Finite) {
        return None;
    }
    kinds.iter().find_map(|kind| {
        let edit = family.edit(*kind)?;
        let missing: Vec<&Setting> = edit
            .set
            .iter()
            .filter(|s| written.get(Name::new(&s.slot)).is_none())
            .collect();
        let cuts = |s: &&Setting| {
            let slot = family.slot(Name::new(&s.slot));
            slot.is_some_and(|s| s.covers.body == Some(Cover::Total))
        };
        if missing.is_empty() || (bodies == Bodies::Streamed && missing.iter().any(cuts)) {
            return None;
        }
        let mut after = written.clone();
        for setting in &missing {
            let state = SlotState {
                kind: SlotKind::Finite,
                at: Span::new(crate::source::FileId(0), 0, 0),
            };
            after.set(Name::new(&setting.slot), state);
        }
        let bounds = bounds::of(family, &after, &Slots::default());
        let cured = Phase::ALL
            .into_iter()
            .all(|p| matches!(bounds.get(p).bound, Bound::Idle | Bound::Total));
        cured.then_some((*kind, missing))
    })
}

/// The call, if its text is its own: not written by a macro's body.
fn call_at<'a>(cx: &Cx<'_, 'a, '_>, site: SiteKey) -> Option<&'a Call> {
    cx.body(site.0).call(site.1).filter(|call| is_written(call))
}

/// Whether a call stands in the text as it is: no macro's body put it there.
fn is_written(call: &Call) -> bool {
    call.in_macro
        .is_none_or(|m| m.contains(call.name_span) && m.contains(call.span) && m != call.span)
}

/// Whether a construction is one the edit is for: a function named in full, or one of these names called on the client's
/// type by name, so that its other functions are there too.
fn is_from(cx: &Cx<'_, '_, '_>, rec: &ClientRec, call: &Call, edit: &EditFact) -> bool {
    let path = cx.program.path(rec.def);
    if edit.from.iter().any(|f| f.contains("::") && *f == path) {
        return true;
    }
    let Callee::Path(written) = &call.callee else {
        return false;
    };
    let mut names: Vec<Name> = written.names().collect();
    let last = names.pop();
    if !edit
        .from
        .iter()
        .any(|f| last.is_some_and(|l| l == f.as_str()))
    {
        return false;
    }
    let module = cx.program.body(rec.site.0).scope;
    let found = cx
        .program
        .resolve_names(module, written.global, &names, Namespace::Types);
    let Some((Res::Def(def), taken)) = found else {
        return false;
    };
    let role = cx.facts.roles.get(&def).map(|r| r.role);
    taken == names.len()
        && (role == Some(Role::Client) || matches!(cx.program.def(def).kind, DefKind::Alias { .. }))
}

/// Whether `.await` may stand here.
fn may_await(cx: &Cx<'_, '_, '_>, id: BodyId) -> bool {
    matches!(
        cx.body(id).kind,
        BodyKind::Fn { is_async: true }
            | BodyKind::Async { .. }
            | BodyKind::Closure { is_async: true, .. }
    )
}

/// A name like `wanted` that nothing here has.
fn free(taken: &[Name], wanted: &str) -> String {
    // One more name than there are taken: one of them is free.
    let numbered = (2..taken.len() + 3).map(|n| format!("{wanted}_{n}"));
    std::iter::once(wanted.to_owned())
        .chain(numbered)
        .find(|name| !taken.iter().any(|t| *t == name.as_str()))
        .unwrap_or_default()
}

/// The locals of a body that hold a value of this type, plain or in a `Result`.
fn holders(cx: &Cx<'_, '_, '_>, id: BodyId, wanted: DefId) -> Vec<Holder> {
    let Some(types) = cx.bodies.get(&id) else {
        return Vec::new();
    };
    let is = |ty: &Ty| matches!(ty, Ty::Adt(def, _) if *def == wanted);
    let in_result = |ty: &Ty| match ty {
        Ty::Adt(def, args) => Some(*def) == cx.types.known.result && args.first().is_some_and(is),
        _ => false,
    };
    let locals = cx.body(id).locals.iter().zip(&types.locals);
    locals
        .filter(|(_, ty)| is(ty) || in_result(ty))
        .map(|(decl, ty)| Holder {
            span: decl.span,
            in_result: !is(ty),
        })
        .collect()
}

/// Fills in what only the place knows.
struct Words<'x, 'p, 'a, 'c> {
    cx: &'x Cx<'p, 'a, 'c>,
    body: BodyId,
    krate: CrateId,
}

impl<'a> Words<'_, '_, 'a, '_> {
    fn settings(&self, set: &[&Setting]) -> Vec<String> {
        set.iter().map(|s| self.fill(&s.call)).collect()
    }

    /// The call that settings can be put in front of: this one, or where its receiver takes none any more
    /// (`config_builder().build().new_agent()`), the one that made it.
    fn taker(&self, call: &'a Call, set: &[String]) -> Option<&'a Call> {
        let mut call = call;
        for _ in 0..CHAIN {
            let Callee::Method { recv, .. } = &call.callee else {
                return None;
            };
            if self.fits(recv, set).is_some() {
                return Some(call);
            }
            call = self.maker(recv)?;
        }
        None
    }

    /// The one call whose value a place holds.
    fn maker(&self, place: &Place) -> Option<&'a Call> {
        if !place.proj.is_empty() {
            return None;
        }
        let stmts = self.cx.body(self.body).stmts();
        let mut makers = stmts.filter_map(|s| match &s.kind {
            StmtKind::Call(dest, call) if *dest == place.local => Some(call),
            _ => None,
        });
        let call = makers.next()?;
        (makers.next().is_none() && is_written(call)).then_some(call)
    }

    /// Whether calls can be put on a receiver: the first of them is a method that its crate gives its type.
    fn fits(&self, recv: &Place, calls: &[String]) -> Option<()> {
        let (name, _) = calls.first()?.split_once('(')?;
        let ty = self.cx.place_ty(self.body, recv);
        let found = self.cx.lookup().method(&ty, Name::new(name))?;
        (self.cx.program.def(found.def).krate == self.krate).then_some(())
    }

    /// An edit's chain with the settings and the place's error handling in it.
    fn chain(&self, edit: &EditFact, set: &[String]) -> Option<Vec<String>> {
        let mut out = Vec::new();
        for link in &edit.chain {
            match link.as_str() {
                "{set}" => out.extend_from_slice(set),
                "{fail}" => out.push(self.fail(edit)?),
                other => out.push(self.fill(other)),
            }
        }
        Some(out)
    }

    /// `?` where the place hands on this very error, or turns it into its own elsewhere; else a panic, as the bare
    /// constructor has it.
    fn fail(&self, edit: &EditFact) -> Option<String> {
        let error = edit.error.as_deref()?;
        if self.hands_on(error) {
            return Some("?".to_owned());
        }
        Some(format!("expect({:?})", edit.expect.as_deref()?))
    }

    fn hands_on(&self, error: &str) -> bool {
        let is_error =
            |ty: &Ty| matches!(ty, Ty::Adt(def, _) if self.cx.program.path(*def) == error);
        let fails_with = |ty: &Ty| match ty {
            Ty::Adt(def, args) => {
                Some(*def) == self.cx.types.known.result && args.get(1).is_some_and(is_error)
            }
            _ => false,
        };
        let Some(types) = self.cx.bodies.get(&self.body) else {
            return false;
        };
        let body = self.cx.body(self.body);
        types.locals.first().is_some_and(fails_with)
            || body.blocks.iter().any(|b| match &b.term {
                Terminator::Try { value, .. } => fails_with(&self.cx.place_ty(self.body, value)),
                _ => false,
            })
    }

    fn fill(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            match after.split_once('}') {
                Some((hole, tail)) => match self.hole(hole) {
                    Some(filled) => {
                        out.push_str(&filled);
                        rest = tail;
                    }
                    None => {
                        out.push('{');
                        rest = after;
                    }
                },
                None => {
                    out.push('{');
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        out
    }

    /// What stands for a hole; `None` if it is a brace of the text.
    fn hole(&self, hole: &str) -> Option<String> {
        if hole == "crate" {
            return self.crate_name();
        }
        let seconds: u64 = hole.strip_suffix(" s")?.parse().ok()?;
        Some(format!("{}::from_secs({seconds})", self.duration()))
    }

    /// `Duration` where that is what it means here, else its path.
    fn duration(&self) -> &'static str {
        let module = self.cx.program.body(self.body).scope;
        let name = [Name::new("Duration")];
        let short = match self
            .cx
            .program
            .resolve_names(module, false, &name, Namespace::Types)
        {
            Some((Res::Def(def), 1)) => self.cx.program.path(def) == "std::time::Duration",
            _ => false,
        };
        if short {
            "Duration"
        } else {
            "std::time::Duration"
        }
    }

    /// The crate, as the place names it.
    fn crate_name(&self) -> Option<String> {
        let krate = self.cx.program.body(self.body).krate;
        let deps = &self.cx.program.krate(krate).deps;
        let mut names: Vec<Name> = deps
            .iter()
            .filter(|(_, dep)| matches!(dep, Dep::Crate(id) if *id == self.krate))
            .map(|(name, _)| *name)
            .collect();
        names.sort_unstable();
        names.first().map(ToString::to_string)
    }
}
