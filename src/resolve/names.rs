//! Name lookup: imports to a fixpoint, then paths.

use rustc_hash::FxHashMap;

use super::def::{Binding, CrateId, DefId, DefKind, Dep, Namespace, Origin, Program, Res};
use super::tree::{PendingImport, bound_name};
use crate::ir::item::ImportKind;
use crate::name::Name;

/// More rounds than any chain of re-exports needs; a circle of globs stops here.
const ROUNDS: usize = 24;

impl Program<'_> {
    /// What a crate name means in `krate`.
    pub(super) fn extern_root(&self, krate: CrateId, name: Name) -> Option<Res> {
        match self.krate(krate).deps.get(&name)? {
            Dep::Crate(id) => Some(Res::Def(self.krate(*id).root)),
            Dep::Unknown(package) => Some(Res::External(*package)),
        }
    }

    /// Resolves all imports, round by round until nothing new is bound.
    pub(super) fn resolve_imports(&mut self, imports: &[PendingImport<'_>]) {
        for _ in 0..ROUNDS {
            let mut changed = false;
            for pending in imports {
                changed |= match pending.import.kind {
                    ImportKind::Glob => self.import_glob(pending),
                    _ => self.import_name(pending),
                };
            }
            if !changed {
                break;
            }
        }
        for pending in imports {
            self.import_undescribed(pending);
        }
    }

    /// What is imported from a catalogued crate, and not found in its file, is there all the same: an external name.
    fn import_undescribed(&mut self, pending: &PendingImport<'_>) {
        let (path, module) = (&pending.import.path, pending.module);
        let Some(name) = bound_name(pending.import) else {
            return;
        };
        let scope = self.scopes.get(&module);
        let bound =
            scope.is_some_and(|s| s.types.contains_key(&name) || s.values.contains_key(&name));
        if bound || pending.import.kind == ImportKind::Glob {
            return;
        }
        let found = self.resolve_names(module, pending.import.global, path, Namespace::Types);
        if let Some((res @ Res::External(_), taken)) = found
            && taken == path.len()
        {
            for namespace in self.open_to(module, name) {
                let binding = Binding {
                    res: res.clone(),
                    glob: false,
                    exported: pending.exported,
                };
                self.bind(module, name, *namespace, binding);
            }
        }
    }

    /// Where a name is bound of which is known only where it comes from. With the name of a crate it is a macro or function
    /// (`use anyhow::anyhow`), beside which the crate is named as before.
    fn open_to(&self, module: DefId, name: Name) -> &'static [Namespace] {
        match self.extern_root(self.def(module).krate, name) {
            Some(_) => &[Namespace::Values],
            None => &[Namespace::Types, Namespace::Values],
        }
    }

    fn import_name(&mut self, pending: &PendingImport<'_>) -> bool {
        let Some(name) = bound_name(pending.import) else {
            return false;
        };
        let mut changed = false;
        for namespace in [Namespace::Types, Namespace::Values] {
            let found = self.resolve_described(
                pending.module,
                pending.import.global,
                &pending.import.path,
                namespace,
                false,
            );
            let Some((res, consumed)) = found else {
                continue;
            };
            let is_open = || self.open_to(pending.module, name).contains(&namespace);
            if consumed != pending.import.path.len()
                || matches!(res, Res::External(_)) && !is_open()
            {
                continue;
            }
            let binding = Binding {
                res,
                glob: false,
                exported: pending.exported,
            };
            changed |= self.bind(pending.module, name, namespace, binding);
        }
        changed
    }

    fn import_glob(&mut self, pending: &PendingImport<'_>) -> bool {
        let path = &pending.import.path;
        let found = if path.is_empty() {
            Some((Res::Def(self.krate(self.def(pending.module).krate).root), 0))
        } else {
            self.resolve_described(
                pending.module,
                pending.import.global,
                path,
                Namespace::Types,
                false,
            )
        };
        let Some((Res::Def(target), consumed)) = found else {
            return false;
        };
        if consumed != path.len() || target == pending.module {
            return false;
        }
        let mut changed = false;
        if let DefKind::Enum { variants, .. } = &self.def(target).kind {
            for variant in variants.clone() {
                let name = self.def(variant).name;
                for namespace in [Namespace::Types, Namespace::Values] {
                    let binding = Binding {
                        res: Res::Def(variant),
                        glob: true,
                        exported: pending.exported,
                    };
                    changed |= self.bind(pending.module, name, namespace, binding);
                }
            }
            return changed;
        }
        let Some(scope) = self.scopes.get(&target) else {
            return false;
        };
        let inside = self.is_within(pending.module, target);
        let visible = |b: &&Binding| b.exported || inside;
        let pick = |table: &FxHashMap<Name, Binding>| -> Vec<(Name, Res)> {
            table
                .iter()
                .filter(|(_, b)| visible(b))
                .map(|(n, b)| (*n, b.res.clone()))
                .collect()
        };
        let (types, values) = (pick(&scope.types), pick(&scope.values));
        for (list, namespace) in [(types, Namespace::Types), (values, Namespace::Values)] {
            for (name, res) in list {
                let binding = Binding {
                    res,
                    glob: true,
                    exported: pending.exported,
                };
                changed |= self.bind(pending.module, name, namespace, binding);
            }
        }
        changed
    }

    /// Binds a name unless something at least as strong is bound already.
    fn bind(&mut self, module: DefId, name: Name, namespace: Namespace, binding: Binding) -> bool {
        let scope = self.scopes.entry(module).or_default();
        let table = match namespace {
            Namespace::Types => &mut scope.types,
            Namespace::Values => &mut scope.values,
        };
        match table.get_mut(&name) {
            None => {
                table.insert(name, binding);
                true
            }
            Some(old) if old.glob && !binding.glob && *old != binding => {
                *old = binding;
                true
            }
            // The same thing, exported by a second import: `use a::X; pub use a::X;` happens through macros and globs.
            Some(old) if old.res == binding.res && binding.exported && !old.exported => {
                old.exported = true;
                true
            }
            Some(_) => false,
        }
    }

    /// Whether `inner` lies in (or is) module `outer`.
    fn is_within(&self, inner: DefId, outer: DefId) -> bool {
        let mut at = Some(inner);
        while let Some(current) = at {
            if current == outer {
                return true;
            }
            at = self.def(current).parent;
        }
        false
    }

    /// Resolves a path of names from a module as far as modules, enums and externs lead. Returns what was reached and how
    /// many names that took: `Client::new` stops at `Client`, having taken one.
    pub fn resolve_names(
        &self,
        module: DefId,
        global: bool,
        names: &[Name],
        namespace: Namespace,
    ) -> Option<(Res, usize)> {
        self.resolve_described(module, global, names, namespace, true)
    }

    /// `undescribed`: whether what a catalogued crate's file lacks is taken for an external name. Not while imports are
    /// still being bound.
    fn resolve_described(
        &self,
        module: DefId,
        global: bool,
        names: &[Name],
        namespace: Namespace,
        undescribed: bool,
    ) -> Option<(Res, usize)> {
        let first = *names.first()?;
        let wanted = |at: usize| {
            if at + 1 == names.len() {
                namespace
            } else {
                Namespace::Types
            }
        };
        let (mut res, mut taken) = if global {
            (self.extern_root(self.def(module).krate, first)?, 1)
        } else {
            match first.as_str() {
                "crate" => (Res::Def(self.krate(self.def(module).krate).root), 1),
                "self" => (Res::Def(self.real_module(module)), 1),
                "super" => self.supers(module, names)?,
                _ => match self.lookup_first(module, first, wanted(0)) {
                    Some(found) => (found, 1),
                    // A catalogued crate is made of more crates than its file names: `url::Url` is none of the program's.
                    None if undescribed && names.len() > 1 && self.is_catalogued(module) => {
                        (Res::External(first), 1)
                    }
                    None => return None,
                },
            }
        };
        while let Some(next) = names.get(taken) {
            match &res {
                Res::External(path) => res = Res::External(Name::new(&format!("{path}::{next}"))),
                Res::Def(def) => match self.lookup_in(*def, *next, wanted(taken)) {
                    Some(found) => res = found,
                    // A catalogued crate has more than its file tells: what is not there is as in a crate nobody described.
                    None if undescribed
                        && self.is_undescribed(*def, taken + 1 == names.len(), namespace) =>
                    {
                        let path = format!("{}::{next}", self.path(*def));
                        res = Res::External(Name::new(&path));
                    }
                    // An alias or type: the rest is associated. A module without that name: unknown.
                    None if matches!(self.def(*def).kind, DefKind::Mod { .. }) => return None,
                    None => return Some((res, taken)),
                },
            }
            taken += 1;
        }
        Some((res, taken))
    }

    fn is_catalogued(&self, def: DefId) -> bool {
        let krate = self.def(def).krate;
        matches!(self.krate(krate).origin, Origin::Catalog { .. })
    }

    /// Whether a name that a module lacks may be there all the same, and only the catalogue does not say so. A value that
    /// is asked for as the last name may also be a type's.
    fn is_undescribed(&self, module: DefId, last: bool, namespace: Namespace) -> bool {
        let def = self.def(module);
        matches!(def.kind, DefKind::Mod { .. })
            && self.is_catalogued(module)
            && (!last || namespace == Namespace::Types)
    }

    fn supers(&self, module: DefId, names: &[Name]) -> Option<(Res, usize)> {
        let mut at = self.real_module(module);
        let mut taken = 0;
        while names.get(taken).is_some_and(|n| *n == "super") {
            at = self.real_module(self.def(at).parent?);
            taken += 1;
        }
        Some((Res::Def(at), taken))
    }

    /// The nearest module that is not a body's.
    pub fn real_module(&self, id: DefId) -> DefId {
        let mut at = self.module_of(id);
        while let (DefKind::Mod { anonymous: true }, Some(parent)) =
            (&self.def(at).kind, self.def(at).parent)
        {
            at = self.module_of(parent);
        }
        at
    }

    fn lookup_first(&self, module: DefId, name: Name, namespace: Namespace) -> Option<Res> {
        let mut at = module;
        loop {
            if let Some(found) = self.lookup_in(at, name, namespace) {
                return Some(found);
            }
            match (&self.def(at).kind, self.def(at).parent) {
                (DefKind::Mod { anonymous: true }, Some(parent)) => at = self.module_of(parent),
                _ => break,
            }
        }
        let krate = self.def(module).krate;
        if namespace == Namespace::Types
            && let Some(found) = self.extern_root(krate, name)
        {
            return Some(found);
        }
        let edition_2015 = self.krate(krate).edition < 2018;
        if edition_2015 && let Some(found) = self.lookup_in(self.krate(krate).root, name, namespace)
        {
            return Some(found);
        }
        self.lookup_in(self.prelude?, name, namespace)
    }

    /// A name directly in a module or enum.
    pub fn lookup_in(&self, def: DefId, name: Name, namespace: Namespace) -> Option<Res> {
        if let DefKind::Enum { variants, .. } = &self.def(def).kind {
            return variants
                .iter()
                .copied()
                .find(|v| self.def(*v).name == name)
                .map(Res::Def);
        }
        let scope = self.scopes.get(&def)?;
        let table = match namespace {
            Namespace::Types => &scope.types,
            Namespace::Values => &scope.values,
        };
        table.get(&name).map(|b| b.res.clone())
    }
}
