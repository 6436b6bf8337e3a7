//! The catalogue's facts, keyed by definition: roles of types, effects of calls, families with their slots.

use rustc_hash::{FxHashMap, FxHashSet};
use semver::Version;

use super::resource::{CrateRef, VersionSource};
use crate::catalog::schema::{
    AttributeFact, CallFact, EditFact, EditKind, Family, Role, Runs, Slot, Tells, TypeFact,
};
use crate::ir::ty::PathRef;
use crate::name::Name;
use crate::resolve::def::{CrateId, DefId, DefKind, Namespace, Program, Res};
use crate::resolve::sig::{Head, Types};
use crate::resolve::ty::Ty;

/// The entries of one catalogue file that apply to one crate of the run.
#[derive(Debug)]
pub struct CrateFacts<'c> {
    /// The crate whose interface it is.
    pub krate: CrateId,
    /// Package name.
    pub package: String,
    /// Version in force.
    pub version: Version,
    /// How it is known.
    pub known_by: VersionSource,
    /// Types.
    pub types: Vec<&'c TypeFact>,
    /// Calls by path.
    pub calls: Vec<(&'c str, &'c CallFact)>,
    /// Slots.
    pub slots: Vec<&'c Slot>,
    /// Families.
    pub families: Vec<&'c Family>,
    /// Attributes that say when a function runs.
    pub attributes: Vec<&'c AttributeFact>,
    /// What to write where something is owed.
    pub edits: Vec<&'c EditFact>,
}

/// A family of clients in one version: index into [`Facts::families`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FamilyId(pub u32);

/// A family of clients in one version.
#[derive(Debug)]
pub struct FamilyInfo<'c> {
    /// What is known of it as a whole.
    pub fact: &'c Family,
    /// Its settings.
    pub slots: Vec<&'c Slot>,
    /// What to write where something is owed.
    pub edits: Vec<&'c EditFact>,
    /// Whose.
    pub krate: CrateRef,
    /// The crate whose interface it is.
    pub id: CrateId,
}

impl<'c> FamilyInfo<'c> {
    /// The slot of this name.
    pub fn slot(&self, name: Name) -> Option<&'c Slot> {
        self.slots.iter().copied().find(|s| name == s.name.as_str())
    }

    /// The setting that bounds each read of a body, if there is one.
    pub fn idle_setting(&self) -> Option<&'c str> {
        let idle =
            |s: &&&'c Slot| !s.part && s.covers.body == Some(crate::catalog::schema::Cover::Idle);
        self.slots.iter().find(idle).map(|s| s.name.as_str())
    }

    /// Whether a setter of its own could bound the wait for a head.
    pub fn boundable(&self) -> bool {
        let own = |s: &&'c Slot| !s.part && s.covers.head.is_some();
        self.slots.iter().any(own)
    }

    /// The edit of this kind, if the version has one.
    pub fn edit(&self, kind: EditKind) -> Option<&'c EditFact> {
        self.edits.iter().copied().find(|e| e.kind == kind)
    }

    /// A family's text with its version filled in.
    pub fn fill(&self, text: &str) -> String {
        text.replace("{version}", &self.krate.version)
    }
}

/// What a type is to us.
#[derive(Clone, Copy, Debug)]
pub struct RoleOf<'c> {
    /// The fact.
    pub fact: &'c TypeFact,
    /// Its role.
    pub role: Role,
    /// Its family, if it has one.
    pub family: Option<FamilyId>,
}

/// All facts of a run.
#[derive(Debug, Default)]
pub struct Facts<'c> {
    /// Types.
    pub roles: FxHashMap<DefId, RoleOf<'c>>,
    /// Calls; a path may lead to several functions (impls for several arguments), a function to several facts.
    pub calls: FxHashMap<DefId, Vec<&'c CallFact>>,
    /// The families that facts of calls name, for calls whose types have none.
    pub call_families: FxHashMap<DefId, FamilyId>,
    /// Families.
    pub families: Vec<FamilyInfo<'c>>,
    /// Edits that belong to no family, with the crate they are about.
    pub edits: Vec<(CrateId, &'c EditFact)>,
    /// Crates by catalogue crate.
    pub crates: FxHashMap<CrateId, CrateRef>,
    /// Attributes by their last segment: whose they are, and when what carries them runs.
    pub attributes: FxHashMap<Name, Vec<(CrateId, Runs)>>,
    /// Types that end what is read through them at a limit.
    pub limiting: FxHashSet<DefId>,
    /// Types that end what is awaited or sent through them after some time.
    pub bounding: FxHashSet<DefId>,
    /// Types that are waited on or asked for the time to stop: the receivers of channels, tokens.
    pub telling: FxHashSet<DefId>,
    /// Paths of facts that lead nowhere, for the catalogue's own tests.
    pub dangling: Vec<String>,
}

impl<'c> Facts<'c> {
    /// Keys the facts by definition.
    pub fn build(program: &Program<'_>, types: &Types, crates: &[CrateFacts<'c>]) -> Facts<'c> {
        let mut facts = Facts::default();
        let mut by_name: FxHashMap<(String, String), FamilyId> = FxHashMap::default();
        for entry in crates {
            let krate = CrateRef {
                name: entry.package.clone(),
                version: entry.version.to_string(),
                known_by: entry.known_by,
            };
            facts.crates.insert(entry.krate, krate.clone());
            let homeless = entry.edits.iter().filter(|e| e.family.is_none());
            facts
                .edits
                .extend(homeless.map(|edit| (entry.krate, *edit)));
            for family in &entry.families {
                let slots = entry
                    .slots
                    .iter()
                    .copied()
                    .filter(|s| s.family == family.name)
                    .collect();
                let id = FamilyId(facts.families.len() as u32);
                facts.families.push(FamilyInfo {
                    fact: family,
                    slots,
                    edits: entry
                        .edits
                        .iter()
                        .copied()
                        .filter(|e| e.family.as_ref() == Some(&family.name))
                        .collect(),
                    krate: krate.clone(),
                    id: entry.krate,
                });
                by_name.insert((crate_key(entry.krate), family.name.clone()), id);
            }
        }
        for entry in crates {
            let family_of = |name: &str| -> Option<FamilyId> {
                match name.split_once(':') {
                    None => by_name
                        .get(&(crate_key(entry.krate), name.to_owned()))
                        .copied(),
                    // `other-crate:family`: the version of that crate this one depends on.
                    Some((krate, family)) => {
                        let code_name = Name::new(&krate.replace('-', "_"));
                        let Some(Res::Def(root)) = dep_root(program, entry.krate, code_name) else {
                            return None;
                        };
                        by_name
                            .get(&(crate_key(program.def(root).krate), family.to_owned()))
                            .copied()
                    }
                }
            };
            for fact in &entry.types {
                match find(program, types, entry.krate, &fact.path).as_slice() {
                    [] => facts.dangling.push(fact.path.clone()),
                    defs => {
                        let family = fact.family.as_deref().and_then(family_of);
                        for def in defs {
                            facts.roles.insert(
                                *def,
                                RoleOf {
                                    fact,
                                    role: fact.role,
                                    family,
                                },
                            );
                        }
                    }
                }
            }
            for fact in &entry.attributes {
                for path in std::iter::once(&fact.path).chain(&fact.also) {
                    let last = Name::new(path.rsplit("::").next().unwrap_or(path));
                    let of = facts.attributes.entry(last).or_default();
                    of.push((entry.krate, fact.runs));
                }
            }
            for (path, fact) in &entry.calls {
                match find(program, types, entry.krate, path).as_slice() {
                    [] => facts.dangling.push((*path).to_owned()),
                    defs => {
                        for def in defs {
                            facts.calls.entry(*def).or_default().push(fact);
                            if let Some(family) = fact.family.as_deref().and_then(family_of) {
                                facts.call_families.insert(*def, family);
                            }
                            let asked = types.sigs.get(def).filter(|s| s.has_self && fact.signal);
                            if let Some(Ty::Adt(of, _)) =
                                asked.and_then(|s| s.params.first()).map(Ty::peel_refs)
                            {
                                facts.telling.insert(*of);
                            }
                            if let Some(Ty::Adt(made, _)) = types.sigs.get(def).map(|s| &s.ret) {
                                if fact.limits {
                                    facts.limiting.insert(*made);
                                }
                                if fact.bounds.is_some() {
                                    facts.bounding.insert(*made);
                                }
                            }
                        }
                    }
                }
            }
        }
        facts
    }

    /// The family.
    pub fn family(&self, id: FamilyId) -> Option<&FamilyInfo<'c>> {
        self.families.get(id.0 as usize)
    }

    /// The facts of a function.
    pub fn of(&self, def: DefId) -> &[&'c CallFact] {
        self.calls.get(&def).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether what is read through a value of this type ends at a limit.
    pub fn limits(&self, ty: &Ty) -> bool {
        !self.limiting.is_empty()
            && ty.any(&mut |t| matches!(t, Ty::Adt(def, _) if self.limiting.contains(def)))
    }

    /// Whether what is sent through a value of this type ends after some time: a service in a layer that bounds its calls.
    pub fn bounds_calls(&self, ty: &Ty) -> bool {
        !self.bounding.is_empty()
            && ty.any(&mut |t| matches!(t, Ty::Adt(def, _) if self.bounding.contains(def)))
    }

    /// The role of a type, seen through nothing but `impl Trait`.
    pub fn role(&self, ty: &Ty) -> Option<&RoleOf<'c>> {
        match ty {
            Ty::Adt(def, _) => self.roles.get(def),
            // `impl Client`: a crate that keeps its client's type to itself names a trait.
            Ty::Bounded(bounds) => {
                let named = bounds.iter().filter_map(|b| self.roles.get(&b.trait_def));
                named.into_iter().find(|r| r.role == Role::Client)
            }
            _ => None,
        }
    }

    /// Whether a function or constant says of a response that it has no body: `Method::HEAD`, `Request::head`,
    /// `StatusCode::NO_CONTENT`.
    pub fn says_no_body(&self, def: DefId) -> bool {
        self.of(def).iter().any(|f| f.empty)
    }

    /// Whether a constant stands for a failure: `StatusCode::NOT_FOUND`.
    pub fn says_failure(&self, def: DefId) -> bool {
        let mut facts = self.of(def).iter();
        facts.any(|f| f.tells == Some(Tells::Failure))
    }

    /// The first role of a type or of what it is made of, outermost first, that satisfies `pred`.
    pub fn role_in(&self, ty: &Ty, pred: impl Fn(Role) -> bool) -> Option<RoleOf<'c>> {
        let mut found = None;
        ty.any(&mut |t| {
            if let Some(role) = self.role(t)
                && pred(role.role)
            {
                found = Some(*role);
            }
            found.is_some()
        });
        found
    }

    /// When a definition runs that carries this attribute. Macros are imported in many ways (`#[macro_use]` too), so the last
    /// segment counts, where the macro's crate is a dependency; but what is known to come from another crate does not.
    pub fn runs(&self, program: &Program<'_>, on: DefId, attribute: &PathRef) -> Option<Runs> {
        use crate::resolve::def::Dep;
        let deps = &program.krate(program.def(on).krate).deps;
        let names: Vec<Name> = attribute.names().collect();
        let first = *names.first()?;
        let module = program.real_module(on);
        if let Some((Res::External(path), _)) =
            program.resolve_names(module, attribute.global, &names, Namespace::Types)
        {
            let of = path.split("::").next().unwrap_or_default();
            let facts = self.attributes.get(&attribute.last()?)?;
            let found = facts
                .iter()
                .find(|(krate, _)| program.krate(*krate).name == of);
            return found.map(|(_, runs)| *runs);
        }
        let written = match deps.get(&first) {
            Some(dep) if attribute.segments.len() > 1 => Some(dep),
            _ => None,
        };
        let facts = self.attributes.get(&attribute.last()?)?;
        let found = facts.iter().find(|(of, _)| {
            let of = Dep::Crate(*of);
            match written {
                Some(dep) => *dep == of,
                None => deps.values().any(|d| *d == of),
            }
        });
        found.map(|(_, runs)| *runs)
    }

    /// The crate a catalogue definition belongs to.
    pub fn crate_of(&self, program: &Program<'_>, def: DefId) -> CrateRef {
        self.crates
            .get(&program.def(def).krate)
            .cloned()
            .unwrap_or(CrateRef {
                name: program.krate(program.def(def).krate).name.to_string(),
                version: String::new(),
                known_by: VersionSource::Newest,
            })
    }
}

fn crate_key(id: CrateId) -> String {
    id.0.to_string()
}

fn dep_root(program: &Program<'_>, krate: CrateId, name: Name) -> Option<Res> {
    if program.krate(krate).name == name {
        return Some(Res::Def(program.krate(krate).root));
    }
    match program.krate(krate).deps.get(&name)? {
        crate::resolve::def::Dep::Crate(id) => Some(Res::Def(program.krate(*id).root)),
        crate::resolve::def::Dep::Unknown(_) => None,
    }
}

/// The definitions a canonical path leads to: a type, a free function, the functions of that name on a type or trait.
fn find(program: &Program<'_>, types: &Types, krate: CrateId, path: &str) -> Vec<DefId> {
    let names: Vec<Name> = path.split("::").map(Name::new).collect();
    let Some((first, rest)) = names.split_first() else {
        return Vec::new();
    };
    let Some(Res::Def(root)) = dep_root(program, krate, *first) else {
        return Vec::new();
    };
    if rest.is_empty() {
        return Vec::new();
    }
    for namespace in [Namespace::Types, Namespace::Values] {
        let mut relative = vec![Name::new("self")];
        relative.extend(rest);
        let Some((Res::Def(def), taken)) = program.resolve_names(root, false, &relative, namespace)
        else {
            continue;
        };
        let def = behind_alias(program, types, def);
        match relative.get(taken..) {
            Some([]) => return vec![def],
            Some([member]) => {
                let found = members(program, types, def, *member);
                if !found.is_empty() {
                    return found;
                }
            }
            _ => {}
        }
    }
    Vec::new()
}

fn behind_alias(program: &Program<'_>, types: &Types, def: DefId) -> DefId {
    if let DefKind::Alias { ty, .. } = &program.def(def).kind {
        let scope = types.scope_of(program, def);
        if let Ty::Adt(found, _) = types.lower(program, &scope, ty) {
            return found;
        }
    }
    def
}

fn members(program: &Program<'_>, types: &Types, def: DefId, name: Name) -> Vec<DefId> {
    if let DefKind::Trait { members, .. } = &program.def(def).kind {
        return members.get(&name).copied().into_iter().collect();
    }
    let head = Head::Def(def);
    let inherent = types.inherent.get(&head).into_iter().flatten();
    let through_traits = types.by_head.get(&head).into_iter().flatten();
    let mut found: Vec<DefId> = inherent
        .chain(through_traits)
        .filter_map(|i| types.impls.get(*i)?.fns.get(&name).copied())
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}
