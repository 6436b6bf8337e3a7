//! Definitions: everything a path can name, in the scanned crates and in the catalogue alike.

use rustc_hash::FxHashMap;
use semver::Version;

use crate::discover::workspace::VersionSource;
use crate::ir::body::{Local, Rvalue};
use crate::ir::item::{Field, FnItem, Generics, Item, Variant};
use crate::ir::ty::{Bound, PathRef, TyRef};
use crate::ir::{BodyIdx, FileIr, body};
use crate::name::Name;
use crate::source::{FileId, Span};

/// A crate of this run: index into [`Program::crates`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct CrateId(pub u32);

/// A definition: index into [`Program::defs`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct DefId(pub u32);

/// A body in the crate it is compiled in: index into [`Program::bodies`]. A file that two crates share has its bodies twice.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct BodyId(pub u32);

/// A crate.
#[derive(Clone, Debug)]
pub struct Crate {
    /// Its name in code.
    pub name: Name,
    /// The root module.
    pub root: DefId,
    /// What names in paths mean: dependencies by the name code uses.
    pub deps: FxHashMap<Name, Dep>,
    /// Edition, as a year.
    pub edition: u16,
    /// Whose it is.
    pub origin: Origin,
}

/// What a dependency's name leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Dep {
    /// A crate of this run or the catalogue.
    Crate(CrateId),
    /// A crate nobody described; the name is the package's, as a path's first segment.
    Unknown(Name),
}

/// Whose code a crate is.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// The user's.
    Local(LocalCrate),
    /// An interface of the catalogue.
    Catalog {
        /// The package's name.
        package: String,
        /// The version in force.
        version: Version,
        /// How it is known.
        known_by: VersionSource,
    },
}

/// A crate of the user's.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::struct_excessive_bools)] // each is an independent property of the target
pub struct LocalCrate {
    /// Index of its package in the workspace.
    pub package: usize,
    /// Whether others can use it: a library.
    pub is_lib: bool,
    /// A test, bench or example target, or of a package that is there for such.
    pub is_test: bool,
    /// A short-lived program: a build script or an example.
    pub is_build: bool,
    /// Whether its findings are reported.
    pub selected: bool,
}

/// A definition.
#[derive(Clone, Debug)]
pub struct Def<'a> {
    /// Its name; empty for impls and anonymous modules.
    pub name: Name,
    /// The module, trait, impl or enum it stands in.
    pub parent: Option<DefId>,
    /// Its crate.
    pub krate: CrateId,
    /// The identifier in the text.
    pub span: Span,
    /// Written `pub`.
    pub public: bool,
    /// Under `cfg(test)` or `#[test]`, or inside something that is.
    pub in_test: bool,
    /// The item, where it is one.
    pub item: Option<&'a Item>,
    /// What it is.
    pub kind: DefKind<'a>,
}

/// What a definition is.
#[derive(Clone, Debug)]
pub enum DefKind<'a> {
    /// A module; anonymous ones hold the items of a body.
    Mod {
        /// Whether it holds the items of a body (names are then looked up in the parents too).
        anonymous: bool,
    },
    /// A function or method.
    Fn {
        /// Its signature.
        item: &'a FnItem,
        /// Its body.
        body: Option<BodyId>,
    },
    /// A struct or union.
    Struct {
        /// Type parameters.
        generics: &'a Generics,
        /// Fields.
        fields: &'a [Field],
        /// Whether its name is a function too.
        tuple: bool,
    },
    /// An enum.
    Enum {
        /// Type parameters.
        generics: &'a Generics,
        /// Variants.
        variants: Vec<DefId>,
    },
    /// A variant; its parent is the enum.
    Variant {
        /// As written.
        variant: &'a Variant,
    },
    /// A trait.
    Trait {
        /// Type parameters.
        generics: &'a Generics,
        /// Supertraits.
        supers: &'a [Bound],
        /// Functions and types by name.
        members: FxHashMap<Name, DefId>,
    },
    /// An impl.
    Impl {
        /// Type parameters.
        generics: &'a Generics,
        /// The trait.
        of_trait: Option<&'a PathRef>,
        /// The self type.
        self_ty: &'a TyRef,
        /// Functions and types by name.
        members: FxHashMap<Name, DefId>,
    },
    /// A type alias or an associated type.
    Alias {
        /// Type parameters.
        generics: &'a Generics,
        /// The type; `Infer` for an associated type without default.
        ty: &'a TyRef,
        /// Bounds of an associated type.
        bounds: &'a [Bound],
    },
    /// A static or const.
    Static {
        /// Declared type.
        ty: &'a TyRef,
        /// Initialiser.
        body: Option<BodyId>,
        /// `const`.
        is_const: bool,
    },
}

/// A body with what it needs to be read.
#[derive(Clone, Debug)]
pub struct BodyInfo<'a> {
    /// The body.
    pub body: &'a body::Body,
    /// The file it stands in.
    pub file: &'a FileIr,
    /// Its index there.
    pub idx: BodyIdx,
    /// The body it is written in.
    pub parent: Option<BodyId>,
    /// The function, static or const it belongs to.
    pub owner: DefId,
    /// Where its names are looked up.
    pub scope: DefId,
    /// Its crate.
    pub krate: CrateId,
    /// Test code.
    pub in_test: bool,
}

/// Names a module binds. Types and values are separate; a name may be bound in both.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Modules, types, traits.
    pub types: FxHashMap<Name, Binding>,
    /// Functions, constructors, statics.
    pub values: FxHashMap<Name, Binding>,
}

/// What a name is bound to.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// The target.
    pub res: Res,
    /// Bound by a glob: anything explicit goes before it.
    pub glob: bool,
    /// Whether other modules may take it from here (`pub`, `pub(crate)`, …): private imports are not re-exported by globs
    /// of other modules.
    pub exported: bool,
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Res {
    /// A definition.
    Def(DefId),
    /// Something in a crate nobody described, by its path.
    External(Name),
}

/// All definitions of a run.
#[derive(Debug, Default)]
pub struct Program<'a> {
    /// Crates; the catalogue's come first.
    pub crates: Vec<Crate>,
    /// Definitions.
    pub defs: Vec<Def<'a>>,
    /// Names by module.
    pub scopes: FxHashMap<DefId, Scope>,
    /// Bodies.
    pub bodies: Vec<BodyInfo<'a>>,
    /// Body ids by crate, file and index.
    pub body_ids: FxHashMap<(CrateId, FileId, BodyIdx), BodyId>,
    /// All impls.
    pub impls: Vec<DefId>,
    /// The standard library's interface.
    pub std: Option<CrateId>,
    /// The module of names that need no import.
    pub prelude: Option<DefId>,
    /// The files of each crate.
    pub files: FxHashMap<FileId, Vec<CrateId>>,
}

impl<'a> Program<'a> {
    /// A definition.
    ///
    /// # Panics
    /// Never for ids of this program: they are only made by [`Program::add`].
    pub fn def(&self, id: DefId) -> &Def<'a> {
        &self.defs[id.0 as usize]
    }

    /// A body. Ids are only made by this program.
    pub fn body(&self, id: BodyId) -> &BodyInfo<'a> {
        &self.bodies[id.0 as usize]
    }

    /// The body of a closure or async block written in another.
    pub fn child_of(&self, parent: BodyId, idx: BodyIdx) -> Option<BodyId> {
        let info = self.body(parent);
        let key = (info.krate, info.file.file, idx);
        self.body_ids.get(&key).copied()
    }

    /// The closures and async blocks of a body that capture a local, with the local inside that stands for it.
    pub fn captures(&self, id: BodyId, local: Local) -> Vec<(BodyId, Local)> {
        let mut out = Vec::new();
        for (_, value) in self.body(id).body.assigns() {
            let (Rvalue::Closure(idx) | Rvalue::Async(idx)) = value else {
                continue;
            };
            if let Some(child) = self.child_of(id, *idx) {
                let inside = self.body(child).body.captures.iter();
                let of = inside.filter(|c| c.outer == local);
                out.extend(of.map(|c| (child, c.inner)));
            }
        }
        out
    }

    /// A body, the one it is written in, and so on outward.
    pub fn outward(&self, id: BodyId) -> impl Iterator<Item = BodyId> {
        std::iter::successors(Some(id), |at| self.body(*at).parent)
    }

    /// A crate. Ids are only made by this program.
    pub fn krate(&self, id: CrateId) -> &Crate {
        &self.crates[id.0 as usize]
    }

    /// Records a definition.
    pub fn add(&mut self, def: Def<'a>) -> DefId {
        let id = DefId(self.defs.len() as u32);
        self.defs.push(def);
        id
    }

    /// The nearest module at or above `id` (an anonymous one included).
    pub fn module_of(&self, id: DefId) -> DefId {
        let mut at = id;
        loop {
            let def = self.def(at);
            match (&def.kind, def.parent) {
                (DefKind::Mod { .. }, _) | (_, None) => return at,
                (_, Some(parent)) => at = parent,
            }
        }
    }

    /// The canonical path of a definition: crate, modules, type, name. Impls are written as their self type.
    pub fn path(&self, id: DefId) -> String {
        let mut parts: Vec<String> = Vec::new();
        let mut at = Some(id);
        while let Some(current) = at {
            let def = self.def(current);
            match &def.kind {
                DefKind::Impl { self_ty, .. } => {
                    if let Some(head) = self.impl_head_name(current, self_ty) {
                        // The head's own path says where it lives; the impl's module does not matter.
                        parts.push(head);
                        parts.reverse();
                        return parts.join("::");
                    }
                }
                DefKind::Mod { anonymous: true } => {}
                _ if def.parent.is_none() => parts.push(self.krate(def.krate).name.to_string()),
                _ => parts.push(def.name.to_string()),
            }
            at = def.parent;
        }
        parts.reverse();
        parts.join("::")
    }

    fn impl_head_name(&self, id: DefId, self_ty: &TyRef) -> Option<String> {
        let mut ty = self_ty;
        while let TyRef::Ref { inner, .. } = ty {
            ty = inner;
        }
        let TyRef::Path(path) = ty else {
            return Some("_".to_owned());
        };
        let module = self.module_of(self.def(id).parent?);
        match self.resolve_names(
            module,
            path.global,
            &path.names().collect::<Vec<_>>(),
            Namespace::Types,
        ) {
            Some((Res::Def(def), _)) if def != id => Some(self.path(def)),
            Some((Res::External(name), _)) => Some(name.to_string()),
            _ => path.last().map(|n| n.to_string()),
        }
    }

    /// The crate of a catalogue definition, with package and version.
    pub fn catalog_of(&self, id: DefId) -> Option<(&str, &Version, VersionSource)> {
        match &self.krate(self.def(id).krate).origin {
            Origin::Catalog {
                package,
                version,
                known_by,
            } => Some((package, version, *known_by)),
            Origin::Local(_) => None,
        }
    }

    /// Whether it is the user's.
    pub fn is_local(&self, id: DefId) -> bool {
        matches!(self.krate(self.def(id).krate).origin, Origin::Local(_))
    }

    /// Whether code outside the crate can name it: it and everything around it is `pub`, or it is re-exported. The latter is
    /// taken for granted for public items of private modules (they are `pub` for a reason).
    pub fn is_exported(&self, id: DefId) -> bool {
        let Origin::Local(LocalCrate { is_lib: true, .. }) = &self.krate(self.def(id).krate).origin
        else {
            return false;
        };
        let mut at = Some(id);
        while let Some(current) = at {
            let def = self.def(current);
            match &def.kind {
                DefKind::Mod { anonymous: false } => return true,
                DefKind::Mod { anonymous: true } => return false,
                DefKind::Impl { of_trait, .. } => {
                    return of_trait.is_some() || self.public_chain(id, current);
                }
                DefKind::Trait { .. } if def.public => return true,
                _ if !def.public => return false,
                _ => {}
            }
            at = def.parent;
        }
        true
    }

    fn public_chain(&self, id: DefId, _impl_def: DefId) -> bool {
        self.def(id).public
    }
}

/// Which kind of name is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Namespace {
    /// Modules, types, traits.
    Types,
    /// Functions, constructors, statics.
    Values,
}
