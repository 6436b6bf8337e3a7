//! Types and paths as written: nothing here is resolved yet.

use crate::name::Name;
use crate::source::Span;

/// A type as written.
#[derive(Clone, Debug, PartialEq)]
pub enum TyRef {
    /// `a::B<C>`, `Self`, `T`, `T::Output`, `<T as Tr>::Output`.
    Path(Box<PathRef>),
    /// `&T` or `&mut T`.
    Ref {
        /// Whether it is `&mut`.
        mutable: bool,
        /// The referent.
        inner: Box<TyRef>,
    },
    /// `*const T` or `*mut T`.
    Ptr(Box<TyRef>),
    /// `(A, B)`; the unit type is the empty tuple.
    Tuple(Vec<TyRef>),
    /// `[T]` and `[T; N]`.
    Slice(Box<TyRef>),
    /// `impl A + B`.
    Impl(Vec<Bound>),
    /// `dyn A + B`.
    Dyn(Vec<Bound>),
    /// `fn(A) -> B`.
    Fn {
        /// Parameter types.
        params: Vec<TyRef>,
        /// Return type.
        ret: Box<TyRef>,
    },
    /// `!`.
    Never,
    /// `_`, and anything not read (a macro in type position).
    Infer,
}

impl TyRef {
    /// `()`.
    pub fn unit() -> Self {
        TyRef::Tuple(Vec::new())
    }
}

/// A trait bound. Lifetimes and `?Sized` are not kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// The trait. `Fn(A, B) -> C` is written as one tuple argument `(A, B)` and a binding `Output = C` on the last segment.
    pub path: PathRef,
}

/// A path as written.
#[derive(Clone, Debug, PartialEq)]
pub struct PathRef {
    /// Whether it begins with `::`.
    pub global: bool,
    /// `<T as Trait>::x`: the self type. The first `trait_segments` segments then name the trait (0 for `<T>::x`).
    pub qself: Option<Box<TyRef>>,
    /// How many leading segments belong to the trait of a qualified path.
    pub trait_segments: usize,
    /// The segments; `self`, `super`, `crate` and `Self` are names like any other. Inside a `macro_rules!` expansion
    /// `$crate` is written `crate`.
    pub segments: Vec<Segment>,
    /// The whole path in the text.
    pub span: Span,
}

impl PathRef {
    /// A path of plain segments.
    pub fn plain(names: &[&str], span: Span) -> Self {
        let segments = names.iter().map(|n| Segment::plain(Name::new(n))).collect();
        PathRef {
            global: false,
            qself: None,
            trait_segments: 0,
            segments,
            span,
        }
    }

    /// The only segment's name, if the path is one bare identifier without arguments.
    pub fn as_ident(&self) -> Option<Name> {
        match self.segments.as_slice() {
            [one]
                if !self.global
                    && self.qself.is_none()
                    && one.args.is_empty()
                    && one.bindings.is_empty() =>
            {
                Some(one.name)
            }
            _ => None,
        }
    }

    /// The last segment's name.
    pub fn last(&self) -> Option<Name> {
        self.segments.last().map(|s| s.name)
    }

    /// The names of all segments.
    pub fn names(&self) -> impl Iterator<Item = Name> + '_ {
        self.segments.iter().map(|s| s.name)
    }
}

/// One segment of a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// The identifier, raw prefix removed.
    pub name: Name,
    /// Type arguments; lifetimes and const arguments are left out.
    pub args: Vec<TyRef>,
    /// Associated type bindings: `Item = T`.
    pub bindings: Vec<(Name, TyRef)>,
}

impl Segment {
    /// A segment without arguments.
    pub fn plain(name: Name) -> Self {
        Segment {
            name,
            args: Vec::new(),
            bindings: Vec::new(),
        }
    }
}
