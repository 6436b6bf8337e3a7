//! Items: the skeleton of a file that name resolution reads.

use super::BodyIdx;
use super::ty::{Bound, PathRef, TyRef};
use crate::name::Name;
use crate::source::Span;

/// An item as written. Items under one `cfg_if!` or another item macro that holds items stand beside their siblings,
/// with the branch's condition in [`Item::cfg`].
#[derive(Clone, Debug)]
pub struct Item {
    /// Its name; empty for `impl`, `use` and macro calls.
    pub name: Name,
    /// The whole item, attributes included.
    pub span: Span,
    /// The identifier, or the first keyword where there is none.
    pub name_span: Span,
    /// Who may name it.
    pub vis: Vis,
    /// All of these must hold.
    pub cfg: Vec<Cfg>,
    /// `#[test]`, `#[tokio::test]`, `#[bench]`, … (any attribute whose last segment is `test` or `bench`, `rstest`, `test_case`).
    pub is_test: bool,
    /// Paths of other outer attributes (`tokio::main`, `get`, `async_trait::async_trait`, `derive` arguments come as
    /// `derive::Default`), for entry points and derived impls.
    pub attrs: Vec<PathRef>,
    /// What it is.
    pub kind: ItemKind,
}

/// Visibility.
#[derive(Clone, Debug, PartialEq)]
pub enum Vis {
    /// Nothing written.
    Private,
    /// `pub`.
    Public,
    /// `pub(crate)`, `pub(super)`, `pub(in path)`.
    Restricted,
}

/// A `cfg` predicate, evaluated later against a stated target.
#[derive(Clone, Debug, PartialEq)]
pub enum Cfg {
    /// `unix`, `test`, `tokio_unstable`.
    Flag(Name),
    /// `feature = "x"`, `target_os = "linux"`.
    KeyValue(Name, Name),
    /// `all(..)`.
    All(Vec<Cfg>),
    /// `any(..)`.
    Any(Vec<Cfg>),
    /// `not(..)`.
    Not(Box<Cfg>),
    /// Not understood.
    Unknown,
}

/// The kinds of items.
#[derive(Clone, Debug)]
pub enum ItemKind {
    /// `mod x;` or `mod x { .. }`.
    Mod {
        /// The items of an inline module; `None` if the module is a file of its own.
        inline: Option<Vec<Item>>,
        /// `#[path = ".."]` and `#[cfg_attr(cond, path = "..")]`: the condition (if any) and the path.
        paths: Vec<(Option<Cfg>, String)>,
        /// `#[macro_use]`.
        macro_use: bool,
    },
    /// One `use`, flattened: an entry per leaf.
    Use(Vec<Import>),
    /// `extern crate a as b;`
    ExternCrate {
        /// The crate as its manifest names it.
        krate: Name,
        /// The name it gets here; `_` binds nothing.
        alias: Name,
    },
    /// A function.
    Fn(FnItem),
    /// A struct or union.
    Struct {
        /// Type parameters.
        generics: Generics,
        /// Fields; those of a tuple struct are named `0`, `1`, …
        fields: Vec<Field>,
        /// Whether it is a tuple struct (its name is then a function too).
        tuple: bool,
    },
    /// An enum.
    Enum {
        /// Type parameters.
        generics: Generics,
        /// Variants.
        variants: Vec<Variant>,
    },
    /// A trait. Its functions are items with `ItemKind::Fn`, its types `ItemKind::Alias` (the default, or `Infer`).
    Trait {
        /// Type parameters.
        generics: Generics,
        /// Supertraits.
        supers: Vec<Bound>,
        /// Functions, types, consts.
        items: Vec<Item>,
    },
    /// An impl block.
    Impl {
        /// Type parameters.
        generics: Generics,
        /// The trait, if any (negative impls are dropped).
        of_trait: Option<PathRef>,
        /// The self type.
        self_ty: TyRef,
        /// Functions, types, consts.
        items: Vec<Item>,
    },
    /// `type A<T> = B;`, also an associated type.
    Alias {
        /// Type parameters.
        generics: Generics,
        /// Bounds (associated types).
        bounds: Vec<Bound>,
        /// The type; `Infer` if none is given.
        ty: TyRef,
    },
    /// `static` or `const`, also one made by `lazy_static!` or `thread_local!`.
    Static {
        /// Declared type. For `lazy_static!` it is the type behind the deref, wrapped as `std::sync::LazyLock<T>`; for
        /// `thread_local!` as `std::thread::LocalKey<T>`.
        ty: TyRef,
        /// Its initialiser. For `lazy_static!` and `thread_local!` the initialiser *expression* itself.
        body: Option<BodyIdx>,
        /// `const` instead of `static`.
        is_const: bool,
    },
    /// `macro_rules! name`.
    MacroRules,
    /// `include!("x.rs")` in item position.
    Include(String),
    /// An item-position macro call whose tokens were not read as items.
    Opaque,
}

/// A leaf of a `use` tree.
#[derive(Clone, Debug)]
pub struct Import {
    /// Whether the path begins with `::`.
    pub global: bool,
    /// The whole path; `use a::{self}` ends with `a`.
    pub path: Vec<Name>,
    /// What it binds.
    pub kind: ImportKind,
}

/// The name, which no source can write, of the crate with what a build makes of the workspace's schemas: a path into it stands
/// where such code is included.
pub const STUBS: &str = "{stubs}";

/// What a `use` leaf binds.
#[derive(Clone, Debug, PartialEq)]
pub enum ImportKind {
    /// The last segment or the name after `as`.
    Named(Name),
    /// `*`.
    Glob,
    /// `as _`.
    Nothing,
}

/// A function's signature and body.
#[derive(Clone, Debug)]
pub struct FnItem {
    /// Type parameters and where clauses.
    pub generics: Generics,
    /// The receiver, if any.
    pub receiver: Option<Receiver>,
    /// Declared types of the other parameters.
    pub params: Vec<TyRef>,
    /// Declared return type (of an `async fn`: its output).
    pub ret: TyRef,
    /// `async fn` whose call gives a future.
    pub is_async: bool,
    /// The body; `None` in traits, externs and interface files.
    pub body: Option<BodyIdx>,
}

/// How a method takes `self`.
#[derive(Clone, Debug, PartialEq)]
pub enum Receiver {
    /// `self`, `mut self`.
    Value,
    /// `&self`.
    Ref,
    /// `&mut self`.
    RefMut,
    /// `self: T`.
    Typed(TyRef),
}

/// Type parameters with their bounds.
#[derive(Clone, Debug, Default)]
pub struct Generics {
    /// Type parameters in order; lifetimes and const parameters are left out.
    pub params: Vec<GenericParam>,
    /// `where T: A + B`.
    pub wheres: Vec<(TyRef, Vec<Bound>)>,
}

/// One type parameter.
#[derive(Clone, Debug)]
pub struct GenericParam {
    /// Its name.
    pub name: Name,
    /// Bounds at its declaration.
    pub bounds: Vec<Bound>,
    /// Its default.
    pub default: Option<TyRef>,
}

/// A field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name, or index as text.
    pub name: Name,
    /// Declared type.
    pub ty: TyRef,
    /// Visibility.
    pub vis: Vis,
    /// Where it stands.
    pub span: Span,
    /// All of these must hold.
    pub cfg: Vec<Cfg>,
}

/// A variant.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Name.
    pub name: Name,
    /// Fields; those of a tuple variant are named `0`, `1`, …
    pub fields: Vec<Field>,
    /// Whether it is a tuple variant.
    pub tuple: bool,
}
