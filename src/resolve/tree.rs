//! The module tree: from root items, through `mod` declarations and their files, to definitions.

use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};

use super::def::{
    Binding, BodyId, BodyInfo, Crate, CrateId, Def, DefId, DefKind, Dep, Origin, Program, Res,
    Scope,
};
use crate::discover::layout::Place;
use crate::ir::cfg::{CfgEnv, never_shipped};
use crate::ir::item::{Import, ImportKind, Item, ItemKind, Vis};
use crate::ir::{BodyIdx, FileIr};
use crate::name::Name;

/// A crate to build.
#[derive(Debug)]
pub struct CrateInput<'a> {
    /// Its name in code.
    pub name: Name,
    /// Whose it is.
    pub origin: Origin,
    /// Edition, as a year.
    pub edition: u16,
    /// Dependencies by the name code uses.
    pub deps: FxHashMap<Name, Dep>,
    /// What is known about its build.
    pub cfg: CfgEnv,
    /// Its root.
    pub root: Root<'a>,
}

/// Where a crate begins.
#[derive(Debug)]
pub enum Root<'a> {
    /// A file, with those its `mod` declarations lead to.
    File(PathBuf),
    /// Files found by a plain walk: each that no other declares is a module of its own.
    Loose(Vec<PathBuf>),
    /// Items of an interface.
    Interface(&'a [Item]),
}

/// An `extern crate` to be bound once all crates stand: a crate may be named before its turn to be built.
struct PendingExtern {
    module: DefId,
    krate: Name,
    alias: Name,
    exported: bool,
}

/// A `use` to be resolved.
#[derive(Clone, Debug)]
pub(super) struct PendingImport<'a> {
    pub(super) module: DefId,
    pub(super) import: &'a Import,
    pub(super) exported: bool,
}

pub(super) struct TreeBuilder<'a, 'p> {
    pub(super) program: &'p mut Program<'a>,
    pub(super) files: &'p FxHashMap<PathBuf, &'a FileIr>,
    pub(super) imports: Vec<PendingImport<'a>>,
    externs: Vec<PendingExtern>,
    pub(super) missing: Vec<PathBuf>,
    reached: FxHashSet<PathBuf>,
    /// The files from the crate root to the module at hand.
    chain: Vec<PathBuf>,
    /// How often each file was read in this crate.
    readings: FxHashMap<PathBuf, u32>,
    krate: CrateId,
    cfg: CfgEnv,
    /// Whether what is added is in another build than the one at hand, and gives way to what is in this one.
    elsewhere: bool,
    /// Impls of other builds.
    late: Vec<DefId>,
}

/// How often a crate may hold one file: more is a tangle of `#[path]` that doubles with each step.
const READINGS: u32 = 16;
/// How many files may lead from a crate root to a module.
const CHAIN: usize = 64;

impl<'a, 'p> TreeBuilder<'a, 'p> {
    pub(super) fn new(
        program: &'p mut Program<'a>,
        files: &'p FxHashMap<PathBuf, &'a FileIr>,
    ) -> Self {
        let (imports, reached) = (Vec::new(), FxHashSet::default());
        TreeBuilder {
            program,
            files,
            imports,
            externs: Vec::new(),
            missing: Vec::new(),
            reached,
            chain: Vec::new(),
            readings: FxHashMap::default(),
            krate: CrateId(0),
            cfg: CfgEnv::default(),
            elsewhere: false,
            late: Vec::new(),
        }
    }

    /// Adds one crate with all its modules.
    pub(super) fn add_crate(&mut self, input: CrateInput<'a>) {
        self.krate = CrateId(self.program.crates.len() as u32);
        self.cfg = input.cfg;
        self.readings.clear();
        let in_test = matches!(&input.origin, Origin::Local(local) if local.is_test);
        let root = self.module(input.name, None, None, in_test, true);
        self.program.crates.push(Crate {
            name: input.name,
            root,
            deps: input.deps,
            edition: input.edition,
            origin: input.origin,
        });
        match input.root {
            Root::Interface(items) => {
                self.items(items, root, None, &Place::default(), in_test);
            }
            Root::File(path) => self.file(&path, root, true, in_test),
            Root::Loose(paths) => self.loose(&paths, root, in_test),
        }
        self.program.impls.append(&mut self.late);
    }

    /// Files without a crate: those that another declares as a module hang below it, the others below the root.
    fn loose(&mut self, paths: &[PathBuf], root: DefId, in_test: bool) {
        let mut order: Vec<&PathBuf> = paths.iter().collect();
        // Likely roots first, so that their modules are not taken for roots themselves.
        let is_root = |p: &Path| {
            let stem = p.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
            matches!(stem, "lib" | "main" | "mod")
        };
        order.sort_by_key(|p| (!is_root(p), p.components().count(), (*p).clone()));
        for path in order {
            if !self.reached.contains(path) {
                let name = path.file_stem().and_then(|s| s.to_str()).unwrap_or("file");
                let module = self.module(Name::new(name), Some(root), None, in_test, true);
                self.file(path, module, is_root(path), in_test);
            }
        }
    }

    fn module(
        &mut self,
        name: Name,
        parent: Option<DefId>,
        item: Option<&'a Item>,
        in_test: bool,
        public: bool,
    ) -> DefId {
        let span = item.map_or(
            crate::source::Span::new(crate::source::FileId(0), 0, 0),
            |i| i.name_span,
        );
        let kind = DefKind::Mod { anonymous: false };
        let id = self.program.add(Def {
            name,
            parent,
            krate: self.krate,
            span,
            public,
            in_test,
            item,
            kind,
        });
        self.program.scopes.insert(id, Scope::default());
        id
    }

    fn file(&mut self, path: &Path, module: DefId, owns_folder: bool, in_test: bool) {
        let Some(ir) = self.files.get(path).copied() else {
            self.missing.push(path.to_path_buf());
            return;
        };
        self.own(ir);
        if !self.enter(path) {
            return;
        }
        let elsewhere = self.cfg.elsewhere(&ir.cfg);
        if elsewhere || self.cfg.may_hold(&ir.cfg) {
            let in_test = in_test || never_shipped(&ir.cfg);
            let place = Place::of_file(path, owns_folder);
            self.apart(elsewhere, |tree| {
                tree.items(&ir.items, module, Some(ir), &place, in_test);
            });
        }
        self.chain.pop();
    }

    /// Notes that a file is one of the crate at hand.
    fn own(&mut self, ir: &FileIr) {
        let crates = self.program.files.entry(ir.file).or_default();
        if !crates.contains(&self.krate) {
            crates.push(self.krate);
        }
    }

    /// Begins a file, unless it leads to itself or is read over and over. What is begun has to be taken off the chain.
    fn enter(&mut self, path: &Path) -> bool {
        self.reached.insert(path.to_path_buf());
        let readings = self.readings.entry(path.to_path_buf()).or_default();
        *readings += 1;
        let fresh = *readings <= READINGS
            && self.chain.len() < CHAIN
            && !self.chain.iter().any(|above| above == path);
        if fresh {
            self.chain.push(path.to_path_buf());
        }
        fresh
    }

    fn items(
        &mut self,
        items: &'a [Item],
        module: DefId,
        ir: Option<&'a FileIr>,
        place: &Place,
        in_test: bool,
    ) {
        for (item, elsewhere) in self.built_first(items) {
            let in_test = in_test || item.is_test || never_shipped(&item.cfg);
            self.apart(elsewhere, |tree| {
                tree.item(item, module, ir, place, in_test);
            });
        }
    }

    /// The items that are in the build, then those that are in another: the first to have a name keeps it.
    fn built_first(&self, items: &'a [Item]) -> Vec<(&'a Item, bool)> {
        let built = items.iter().filter(|i| self.cfg.may_hold(&i.cfg));
        let elsewhere = items.iter().filter(|i| self.cfg.elsewhere(&i.cfg));
        let built = built.map(|i| (i, false));
        built.chain(elsewhere.map(|i| (i, true))).collect()
    }

    /// Adds what is in another build, or in the same as what is around it.
    fn apart<T>(&mut self, elsewhere: bool, add: impl FnOnce(&mut Self) -> T) -> T {
        let around = self.elsewhere;
        self.elsewhere |= elsewhere;
        let added = add(self);
        self.elsewhere = around;
        added
    }

    fn item(
        &mut self,
        item: &'a Item,
        module: DefId,
        ir: Option<&'a FileIr>,
        place: &Place,
        in_test: bool,
    ) {
        let interface = ir.is_none();
        let public = interface || item.vis != Vis::Private;
        match &item.kind {
            ItemKind::Mod { inline, paths, .. } => {
                let id = self.module(item.name, Some(module), Some(item), in_test, public);
                self.bind_type(module, item.name, id, public);
                match inline {
                    Some(items) => {
                        self.items(items, id, ir, &place.inside(item.name), in_test);
                    }
                    None => self.module_file(item.name, paths, id, place, in_test),
                }
            }
            ItemKind::Use(list) => {
                // In an interface only `pub use` re-exports; elsewhere private imports bind too, for the module itself.
                let exported = item.vis != Vis::Private;
                self.imports.extend(list.iter().map(|import| PendingImport {
                    module,
                    import,
                    exported,
                }));
            }
            ItemKind::ExternCrate { krate, alias } => {
                if *alias != "_" {
                    self.externs.push(PendingExtern {
                        module,
                        krate: *krate,
                        alias: *alias,
                        exported: public,
                    });
                }
            }
            ItemKind::Include(path) => {
                let target = place.named_by_include(path);
                match self.files.get(&target).copied() {
                    Some(other) if self.enter(&target) => {
                        self.own(other);
                        let place = place.included(&target);
                        self.items(&other.items, module, Some(other), &place, in_test);
                        self.chain.pop();
                    }
                    Some(_) => {}
                    None => self.missing.push(target),
                }
            }
            ItemKind::Opaque | ItemKind::MacroRules => {}
            _ => self.definition(item, module, ir, in_test),
        }
    }

    /// Binds what `extern crate` names, when every crate has its root.
    pub(super) fn bind_externs(&mut self) {
        for pending in std::mem::take(&mut self.externs) {
            let of = self.program.def(pending.module).krate;
            let res = if pending.krate == "self" {
                Some(Res::Def(self.program.krate(of).root))
            } else {
                self.program.extern_root(of, pending.krate)
            };
            if let Some(res) = res {
                let binding = Binding {
                    res,
                    glob: false,
                    exported: pending.exported,
                };
                let scope = self.scope(pending.module);
                scope.types.insert(pending.alias, binding);
            }
        }
    }

    fn module_file(
        &mut self,
        name: Name,
        paths: &[(Option<crate::ir::item::Cfg>, String)],
        module: DefId,
        place: &Place,
        in_test: bool,
    ) {
        for (condition, path) in paths {
            if condition
                .as_ref()
                .is_some_and(|c| self.cfg.eval(c) == Some(false))
            {
                continue;
            }
            let target = place.named(path);
            if self.files.contains_key(&target) {
                // A file named by `#[path]` is treated as `mod.rs`: its children stand beside it.
                self.file(&target, module, true, in_test);
                return;
            }
            self.missing.push(target);
        }
        let (beside, inside) = place.usual(name);
        if self.files.contains_key(&beside) {
            self.file(&beside, module, false, in_test);
        } else {
            self.missing.push(beside);
            self.file(&inside, module, true, in_test);
        }
    }

    fn scope(&mut self, module: DefId) -> &mut Scope {
        self.program.scopes.entry(module).or_default()
    }

    fn bind_type(&mut self, module: DefId, name: Name, id: DefId, exported: bool) {
        let binding = Binding {
            res: Res::Def(id),
            glob: false,
            exported,
        };
        self.scope(module).types.entry(name).or_insert(binding);
    }

    fn bind_value(&mut self, module: DefId, name: Name, id: DefId, exported: bool) {
        let binding = Binding {
            res: Res::Def(id),
            glob: false,
            exported,
        };
        self.scope(module).values.entry(name).or_insert(binding);
    }

    fn def(
        &mut self,
        item: &'a Item,
        name: Name,
        parent: DefId,
        public: bool,
        in_test: bool,
        kind: DefKind<'a>,
    ) -> DefId {
        let (krate, span) = (self.krate, item.name_span);
        self.program.add(Def {
            name,
            parent: Some(parent),
            krate,
            span,
            public: public && item.vis != Vis::Restricted,
            in_test,
            item: Some(item),
            kind,
        })
    }

    /// Everything that is neither a module nor an import.
    fn definition(&mut self, item: &'a Item, module: DefId, ir: Option<&'a FileIr>, in_test: bool) {
        let public = ir.is_none() || item.vis != Vis::Private;
        let name = item.name;
        match &item.kind {
            ItemKind::Fn(function) => {
                let id = self.def(
                    item,
                    name,
                    module,
                    public,
                    in_test,
                    DefKind::Fn {
                        item: function,
                        body: None,
                    },
                );
                self.bind_value(module, name, id, public);
                let body = function
                    .body
                    .and_then(|b| self.body(ir, b, None, id, module, in_test));
                self.program.defs[id.0 as usize].kind = DefKind::Fn {
                    item: function,
                    body,
                };
            }
            ItemKind::Struct {
                generics,
                fields,
                tuple,
            } => {
                let kind = DefKind::Struct {
                    generics,
                    fields,
                    tuple: *tuple,
                };
                let id = self.def(item, name, module, public, in_test, kind);
                self.bind_type(module, name, id, public);
                if *tuple || fields.is_empty() {
                    self.bind_value(module, name, id, public);
                }
            }
            ItemKind::Enum { generics, variants } => {
                let id = self.def(
                    item,
                    name,
                    module,
                    public,
                    in_test,
                    DefKind::Enum {
                        generics,
                        variants: Vec::new(),
                    },
                );
                self.bind_type(module, name, id, public);
                let ids = variants
                    .iter()
                    .map(|v| {
                        self.def(
                            item,
                            v.name,
                            id,
                            true,
                            in_test,
                            DefKind::Variant { variant: v },
                        )
                    })
                    .collect();
                self.program.defs[id.0 as usize].kind = DefKind::Enum {
                    generics,
                    variants: ids,
                };
            }
            ItemKind::Trait {
                generics,
                supers,
                items,
            } => {
                let kind = DefKind::Trait {
                    generics,
                    supers,
                    members: FxHashMap::default(),
                };
                let id = self.def(item, name, module, public, in_test, kind);
                self.bind_type(module, name, id, public);
                let members = self.members(items, id, ir, in_test, true);
                self.program.defs[id.0 as usize].kind = DefKind::Trait {
                    generics,
                    supers,
                    members,
                };
            }
            ItemKind::Impl {
                generics,
                of_trait,
                self_ty,
                items,
            } => {
                let of_trait = of_trait.as_ref();
                let empty = DefKind::Impl {
                    generics,
                    of_trait,
                    self_ty,
                    members: FxHashMap::default(),
                };
                let id = self.def(item, Name::new(""), module, true, in_test, empty);
                let members = self.members(items, id, ir, in_test, of_trait.is_some());
                self.program.defs[id.0 as usize].kind = DefKind::Impl {
                    generics,
                    of_trait,
                    self_ty,
                    members,
                };
                if self.elsewhere {
                    self.late.push(id);
                } else {
                    self.program.impls.push(id);
                }
            }
            ItemKind::Alias {
                generics,
                bounds,
                ty,
            } => {
                let id = self.def(
                    item,
                    name,
                    module,
                    public,
                    in_test,
                    DefKind::Alias {
                        generics,
                        ty,
                        bounds,
                    },
                );
                self.bind_type(module, name, id, public);
            }
            ItemKind::Static { ty, body, is_const } => {
                let is_const = *is_const;
                let kind = DefKind::Static {
                    ty,
                    body: None,
                    is_const,
                };
                let id = self.def(item, name, module, public, in_test, kind);
                self.bind_value(module, name, id, public);
                let body = body.and_then(|b| self.body(ir, b, None, id, module, in_test));
                self.program.defs[id.0 as usize].kind = DefKind::Static { ty, body, is_const };
            }
            _ => {}
        }
    }

    /// The functions, types and consts of a trait or impl.
    fn members(
        &mut self,
        items: &'a [Item],
        parent: DefId,
        ir: Option<&'a FileIr>,
        in_test: bool,
        of_trait: bool,
    ) -> FxHashMap<Name, DefId> {
        let module = self.program.module_of(parent);
        let mut members = FxHashMap::default();
        for (item, elsewhere) in self.built_first(items) {
            let in_test = in_test || item.is_test || never_shipped(&item.cfg);
            let public = of_trait || ir.is_none() || item.vis != Vis::Private;
            let id = self.apart(elsewhere, |tree| {
                tree.member(item, parent, module, ir, public, in_test)
            });
            if let Some(id) = id {
                members.entry(item.name).or_insert(id);
            }
        }
        members
    }

    /// A function, type or const of a trait or impl.
    fn member(
        &mut self,
        item: &'a Item,
        parent: DefId,
        module: DefId,
        ir: Option<&'a FileIr>,
        public: bool,
        in_test: bool,
    ) -> Option<DefId> {
        Some(match &item.kind {
            ItemKind::Fn(function) => {
                let kind = DefKind::Fn {
                    item: function,
                    body: None,
                };
                let id = self.def(item, item.name, parent, public, in_test, kind);
                let body = function
                    .body
                    .and_then(|b| self.body(ir, b, None, id, module, in_test));
                self.program.defs[id.0 as usize].kind = DefKind::Fn {
                    item: function,
                    body,
                };
                id
            }
            ItemKind::Alias {
                generics,
                bounds,
                ty,
            } => self.def(
                item,
                item.name,
                parent,
                public,
                in_test,
                DefKind::Alias {
                    generics,
                    ty,
                    bounds,
                },
            ),
            ItemKind::Static { ty, body, is_const } => {
                let kind = DefKind::Static {
                    ty,
                    body: None,
                    is_const: *is_const,
                };
                let id = self.def(item, item.name, parent, public, in_test, kind);
                let body = body.and_then(|b| self.body(ir, b, None, id, module, in_test));
                self.program.defs[id.0 as usize].kind = DefKind::Static {
                    ty,
                    body,
                    is_const: *is_const,
                };
                id
            }
            _ => return None,
        })
    }

    /// Records a body and all bodies written in it, with an anonymous module where it declares items.
    fn body(
        &mut self,
        ir: Option<&'a FileIr>,
        idx: BodyIdx,
        parent: Option<BodyId>,
        owner: DefId,
        scope: DefId,
        in_test: bool,
    ) -> Option<BodyId> {
        let file = ir?;
        let body = file.body(idx)?;
        let key = (self.krate, file.file, idx);
        let known = self.program.body_ids.get(&key).copied();
        if known.is_some() {
            return known;
        }
        let id = BodyId(self.program.bodies.len() as u32);
        self.program.body_ids.insert(key, id);
        let krate = self.krate;
        self.program.bodies.push(BodyInfo {
            body,
            file,
            idx,
            parent,
            owner,
            scope,
            krate,
            in_test,
        });
        if !body.items.is_empty() {
            let inner = self.module(Name::new(""), Some(scope), None, in_test, false);
            self.program.defs[inner.0 as usize].kind = DefKind::Mod { anonymous: true };
            self.program.bodies[id.0 as usize].scope = inner;
            self.items(&body.items, inner, ir, &Place::default(), in_test);
        }
        let inner_scope = self.program.bodies[id.0 as usize].scope;
        for child in children(file, idx) {
            self.body(ir, child, Some(id), owner, inner_scope, in_test);
        }
        Some(id)
    }
}

/// Closures and async blocks written directly in a body. (Functions declared in a body are items with an owner of their
/// own.)
fn children(file: &FileIr, idx: BodyIdx) -> Vec<BodyIdx> {
    use crate::ir::body::BodyKind;
    let candidates = file.bodies.iter().enumerate().skip(idx.0 as usize + 1);
    candidates
        .filter(|(_, b)| b.parent == Some(idx))
        .filter(|(_, b)| matches!(b.kind, BodyKind::Closure { .. } | BodyKind::Async { .. }))
        .map(|(i, _)| BodyIdx(i as u32))
        .collect()
}

/// A `use` leaf's bound name, if it binds one.
pub(super) fn bound_name(import: &Import) -> Option<Name> {
    match import.kind {
        ImportKind::Named(name) => Some(name),
        ImportKind::Glob | ImportKind::Nothing => None,
    }
}
