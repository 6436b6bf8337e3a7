//! Types, paths, bounds and generics as written.

use syn::{GenericArgument, PathArguments, QSelf, ReturnType, Type, TypeParamBound};

use super::Lower;
use super::names::name;
use crate::ir::item::{GenericParam, Generics};
use crate::ir::ty::{Bound, PathRef, Segment, TyRef};
use crate::name::Name;

impl Lower<'_> {
    pub(super) fn ty(&self, ty: &Type) -> TyRef {
        match ty {
            Type::Array(t) => TyRef::Slice(Box::new(self.ty(&t.elem))),
            Type::Slice(t) => TyRef::Slice(Box::new(self.ty(&t.elem))),
            Type::FnPtr(t) => TyRef::Fn {
                params: t.inputs.iter().map(|a| self.ty(&a.ty)).collect(),
                ret: Box::new(self.ret_ty(&t.output)),
            },
            Type::Group(t) => self.ty(&t.elem),
            Type::Paren(t) => self.ty(&t.elem),
            Type::ImplTrait(t) => TyRef::Impl(self.bounds(&t.bounds)),
            Type::TraitObject(t) => TyRef::Dyn(self.bounds(&t.bounds)),
            Type::Never(_) => TyRef::Never,
            Type::Path(t) => TyRef::Path(Box::new(self.path(t.qself.as_ref(), &t.path))),
            Type::Ptr(t) => TyRef::Ptr(Box::new(self.ty(&t.elem))),
            Type::Reference(t) => TyRef::Ref {
                mutable: t.mutability.is_some(),
                inner: Box::new(self.ty(&t.elem)),
            },
            Type::Tuple(t) => TyRef::Tuple(t.elems.iter().map(|t| self.ty(t)).collect()),
            _ => TyRef::Infer,
        }
    }

    /// A return type; none written is the unit type.
    pub(super) fn ret_ty(&self, ret: &ReturnType) -> TyRef {
        match ret {
            ReturnType::Default => TyRef::unit(),
            ReturnType::Type(_, ty) => self.ty(ty),
        }
    }

    pub(super) fn path(&self, qself: Option<&QSelf>, path: &syn::Path) -> PathRef {
        PathRef {
            global: path.leading_colon.is_some(),
            qself: qself.map(|q| Box::new(self.ty(&q.ty))),
            trait_segments: qself.map_or(0, |q| q.position),
            segments: path.segments.iter().map(|s| self.segment(s)).collect(),
            span: self.path_span(qself, path),
        }
    }

    pub(super) fn boxed_path(&self, qself: Option<&QSelf>, path: &syn::Path) -> Box<PathRef> {
        Box::new(self.path(qself, path))
    }

    fn segment(&self, segment: &syn::PathSegment) -> Segment {
        let mut out = Segment::plain(name(&segment.ident));
        match &segment.arguments {
            PathArguments::None => {}
            PathArguments::AngleBracketed(args) => self.generic_args(args, &mut out),
            PathArguments::Parenthesized(args) => {
                out.args.push(TyRef::Tuple(
                    args.inputs.iter().map(|a| self.ty(&a.ty)).collect(),
                ));
                out.bindings
                    .push((Name::output(), self.ret_ty(&args.output)));
            }
        }
        out
    }

    fn generic_args(&self, args: &syn::AngleBracketedGenericArguments, out: &mut Segment) {
        for arg in &args.args {
            match arg {
                GenericArgument::Type(ty) => out.args.push(self.ty(ty)),
                GenericArgument::AssocType(assoc) => {
                    out.bindings.push((name(&assoc.ident), self.ty(&assoc.ty)));
                }
                // `Item: Bound` says as much as `Item = impl Bound`.
                GenericArgument::Constraint(c) => out
                    .bindings
                    .push((name(&c.ident), TyRef::Impl(self.bounds(&c.bounds)))),
                _ => {}
            }
        }
    }

    /// The types of a turbofish.
    pub(super) fn turbofish(
        &self,
        args: Option<&syn::AngleBracketedGenericArguments>,
    ) -> Vec<TyRef> {
        let mut out = Segment::plain(Name::new(""));
        if let Some(args) = args {
            self.generic_args(args, &mut out);
        }
        out.args
    }

    pub(super) fn bounds<'a>(
        &self,
        bounds: impl IntoIterator<Item = &'a TypeParamBound>,
    ) -> Vec<Bound> {
        let keep = |bound: &TypeParamBound| match bound {
            TypeParamBound::Trait(t) if t.maybe.is_none() => Some(Bound {
                path: self.path(None, &t.path),
            }),
            _ => None,
        };
        bounds.into_iter().filter_map(keep).collect()
    }

    pub(super) fn generics(&self, generics: &syn::Generics) -> Generics {
        let param = |p: &syn::GenericParam| match p {
            syn::GenericParam::Type(t) => Some(GenericParam {
                name: name(&t.ident),
                bounds: self.bounds(&t.bounds),
                default: t.default.as_ref().map(|(_, ty)| self.ty(ty)),
            }),
            _ => None,
        };
        let predicate = |p: &syn::WherePredicate| match p {
            syn::WherePredicate::Type(t) => Some((self.ty(&t.bounded_ty), self.bounds(&t.bounds))),
            _ => None,
        };
        Generics {
            params: generics.params.iter().filter_map(param).collect(),
            wheres: generics
                .where_clause
                .iter()
                .flat_map(|w| &w.predicates)
                .filter_map(predicate)
                .collect(),
        }
    }
}
