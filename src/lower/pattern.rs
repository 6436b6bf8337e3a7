//! Patterns: the shape they test, and the names they bind.

use syn::punctuated::Punctuated;
use syn::{Expr, Pat, Token};

use super::Lower;
use super::names::{local_name, member, number};
use crate::ir::body::{Lit, Local, Operand, PatShape, Place, Proj, Rvalue};
use crate::name::Name;

/// How a pattern's names are bound.
pub(super) struct Bind {
    /// The scope they are dropped in; `None` for names that live for a guard only and hold borrows.
    scope: Option<usize>,
    /// Locals for names bound before by another alternative of the same pattern.
    pub(super) known: Vec<(Name, Local)>,
}

impl Bind {
    pub(super) fn new(scope: usize) -> Self {
        Bind {
            scope: Some(scope),
            known: Vec::new(),
        }
    }

    /// For a guard: every name borrows.
    pub(super) fn borrow() -> Self {
        Bind {
            scope: None,
            known: Vec::new(),
        }
    }
}

impl Lower<'_> {
    /// Takes `place` apart: an assignment for every name of the pattern.
    pub(super) fn bind(&mut self, pat: &Pat, place: &Place, how: &mut Bind) {
        match pat {
            Pat::Ident(p) => {
                if !is_const_like(p) {
                    self.bind_name(p, place, how);
                }
                if let Some((_, inner)) = &p.subpat {
                    self.bind(inner, place, how);
                }
            }
            Pat::Guard(p) => self.bind(&p.pat, place, how),
            Pat::Paren(p) => self.bind(&p.pat, place, how),
            Pat::Type(p) => self.bind(&p.pat, place, how),
            Pat::Reference(p) => self.bind(&p.pat, &place.clone().then(Proj::Deref), how),
            Pat::Or(p) => {
                // All alternatives bind the same names: the first that binds any says where they come from.
                if let Some(case) = p.cases.iter().find(|c| binds(c)) {
                    self.bind(case, place, how);
                }
            }
            Pat::Slice(p) => {
                for elem in &p.elems {
                    self.bind(elem, &place.clone().then(Proj::Index), how);
                }
            }
            Pat::Tuple(p) => self.bind_fields(&p.elems, place, &|field| Proj::Field(field), how),
            Pat::TupleStruct(p) if p.elems.iter().any(binds) => {
                let path = self.boxed_path(p.qself.as_ref(), &p.path);
                self.bind_fields(
                    &p.elems,
                    place,
                    &|field| Proj::Variant {
                        path: path.clone(),
                        field,
                    },
                    how,
                );
            }
            Pat::Struct(p) => {
                let path = self.boxed_path(p.qself.as_ref(), &p.path);
                for f in p.fields.iter().filter(|f| binds(&f.pat)) {
                    if !self.may_be(&f.attrs, f) {
                        continue;
                    }
                    let step = Proj::Variant {
                        path: path.clone(),
                        field: member(&f.member),
                    };
                    self.bind(&f.pat, &place.clone().then(step), how);
                }
            }
            _ => {}
        }
    }

    /// Fields after a `..` are counted from the end: `-1` is the last. Nothing declares such a name, which is right: how many
    /// there are is not known here.
    fn bind_fields(
        &mut self,
        elems: &Punctuated<Pat, Token![,]>,
        place: &Place,
        step: &dyn Fn(Name) -> Proj,
        how: &mut Bind,
    ) {
        let rest = elems.iter().position(is_rest).unwrap_or(elems.len());
        for (index, elem) in elems.iter().enumerate() {
            if !binds(elem) {
                continue;
            }
            let field = if index < rest {
                number(index)
            } else {
                Name::new(&format!("-{}", elems.len() - index))
            };
            self.bind(elem, &place.clone().then(step(field)), how);
        }
    }

    fn bind_name(&mut self, p: &syn::PatIdent, place: &Place, how: &mut Bind) {
        let bound = local_name(&p.ident);
        let span = self.one(p.ident.span());
        let known = how.known.iter().find(|(n, _)| *n == bound).map(|(_, l)| *l);
        let local =
            known.unwrap_or_else(|| self.cur.local(Some(bound), None, span, p.by_ref.is_some()));
        let value = if p.by_ref.is_some() || how.scope.is_none() {
            Rvalue::Ref {
                mutable: p.by_ref.is_some() && p.mutability.is_some(),
                place: place.clone(),
            }
        } else {
            Rvalue::Use(Operand::Use(place.clone()))
        };
        self.cur.assign(Place::local(local), value, span);
        if known.is_some() {
            return;
        }
        how.known.push((bound, local));
        self.cur.bind(bound, local);
        if let Some(scope) = how.scope {
            self.cur.drop_in(scope, local);
        }
    }

    /// The shapes of the fields of a pattern, those that match anything left out.
    fn refutable<'e>(
        &self,
        fields: impl Iterator<Item = (Name, &'e Pat)>,
    ) -> Vec<(Name, PatShape)> {
        fields
            .map(|(name, pat)| (name, self.shape(pat)))
            .filter(|(_, shape)| *shape != PatShape::Any)
            .collect()
    }

    /// The shape, through variants.
    pub(super) fn shape(&self, pat: &Pat) -> PatShape {
        match pat {
            Pat::Ident(p) => match &p.subpat {
                Some((_, inner)) => self.shape(inner),
                None if is_const_like(p) => {
                    let path = syn::Path::from(p.ident.clone());
                    PatShape::Variant(self.boxed_path(None, &path), Vec::new())
                }
                None => PatShape::Any,
            },
            Pat::Wild(_) => PatShape::Any,
            Pat::Guard(p) => self.shape(&p.pat),
            Pat::Paren(p) => self.shape(&p.pat),
            Pat::Type(p) => self.shape(&p.pat),
            Pat::Reference(p) => self.shape(&p.pat),
            Pat::Or(p) => PatShape::Or(p.cases.iter().map(|c| self.shape(c)).collect()),
            Pat::Path(p) => {
                PatShape::Variant(self.boxed_path(p.qself.as_ref(), &p.path), Vec::new())
            }
            Pat::TupleStruct(p) => {
                let before_rest = p.elems.iter().take_while(|e| !matches!(e, Pat::Rest(_)));
                let fields = before_rest.enumerate().map(|(at, e)| (number(at), e));
                let inside = self.refutable(fields);
                PatShape::Variant(self.boxed_path(p.qself.as_ref(), &p.path), inside)
            }
            Pat::Struct(p) => {
                let fields = p.fields.iter().map(|f| (member(&f.member), &*f.pat));
                let inside = self.refutable(fields);
                PatShape::Variant(self.boxed_path(p.qself.as_ref(), &p.path), inside)
            }
            Pat::Lit(p) => PatShape::Lit(literal(&p.lit)),
            Pat::Range(p) => range(p).unwrap_or(PatShape::Other),
            _ => PatShape::Other,
        }
    }
}

/// A range of whole numbers that are written out.
fn range(pat: &syn::PatRange) -> Option<PatShape> {
    let number = |end: &Option<Box<syn::Expr>>| match end.as_deref() {
        Some(syn::Expr::Lit(lit)) => match literal(&lit.lit) {
            Lit::Int(n) => Some(n),
            _ => None,
        },
        _ => None,
    };
    let (first, end) = (number(&pat.start)?, number(&pat.end)?);
    let last = match pat.limits {
        syn::RangeLimits::Closed(_) => end,
        syn::RangeLimits::HalfOpen(_) => end.checked_sub(1)?,
    };
    Some(PatShape::Range(first, last))
}

/// A literal's value.
pub(super) fn literal(lit: &syn::Lit) -> Lit {
    match lit {
        syn::Lit::Str(s) => Lit::Str(Name::new(&s.value())),
        syn::Lit::ByteStr(s) => Lit::Str(Name::new(&String::from_utf8_lossy(&s.value()))),
        syn::Lit::CStr(s) => Lit::Str(Name::new(&s.value().to_string_lossy())),
        syn::Lit::Int(i) => Lit::Int(i.base10_digits().parse().unwrap_or(u64::MAX)),
        syn::Lit::Float(f) => Lit::Float(f.base10_digits().parse().unwrap_or(f64::NAN)),
        syn::Lit::Bool(b) => Lit::Bool(b.value),
        _ => Lit::Char,
    }
}

/// `None`, `MAX`: an identifier that by all custom names a constant or variant, and binds nothing.
pub(super) fn is_const_like(p: &syn::PatIdent) -> bool {
    p.by_ref.is_none()
        && p.mutability.is_none()
        && p.subpat.is_none()
        && p.ident
            .to_string()
            .chars()
            .find(|c| *c != '_')
            .is_some_and(char::is_uppercase)
}

fn is_rest(pat: &Pat) -> bool {
    match pat {
        Pat::Rest(_) => true,
        Pat::Ident(p) => p.subpat.as_ref().is_some_and(|(_, inner)| is_rest(inner)),
        _ => false,
    }
}

/// Whether the pattern binds any name.
pub(super) fn binds(pat: &Pat) -> bool {
    match pat {
        Pat::Ident(p) => {
            !is_const_like(p) || p.subpat.as_ref().is_some_and(|(_, inner)| binds(inner))
        }
        Pat::Guard(p) => binds(&p.pat),
        Pat::Paren(p) => binds(&p.pat),
        Pat::Type(p) => binds(&p.pat),
        Pat::Reference(p) => binds(&p.pat),
        Pat::Or(p) => p.cases.iter().any(binds),
        Pat::Slice(p) => p.elems.iter().any(binds),
        Pat::Tuple(p) => p.elems.iter().any(binds),
        Pat::TupleStruct(p) => p.elems.iter().any(binds),
        Pat::Struct(p) => p.fields.iter().any(|f| binds(&f.pat)),
        _ => false,
    }
}

/// Whether the pattern binds by `ref` anywhere.
pub(super) fn binds_by_ref(pat: &Pat) -> bool {
    match pat {
        Pat::Ident(p) => {
            p.by_ref.is_some()
                || p.subpat
                    .as_ref()
                    .is_some_and(|(_, inner)| binds_by_ref(inner))
        }
        Pat::Guard(p) => binds_by_ref(&p.pat),
        Pat::Paren(p) => binds_by_ref(&p.pat),
        Pat::Type(p) => binds_by_ref(&p.pat),
        Pat::Reference(p) => binds_by_ref(&p.pat),
        Pat::Or(p) => p.cases.iter().any(binds_by_ref),
        Pat::Slice(p) => p.elems.iter().any(binds_by_ref),
        Pat::Tuple(p) => p.elems.iter().any(binds_by_ref),
        Pat::TupleStruct(p) => p.elems.iter().any(binds_by_ref),
        Pat::Struct(p) => p.fields.iter().any(|f| binds_by_ref(&f.pat)),
        _ => false,
    }
}

/// The guard of an arm's pattern, and the pattern without it.
pub(super) fn guard(pat: &Pat) -> (&Pat, Option<&Expr>) {
    match pat {
        Pat::Guard(p) => (&p.pat, Some(&p.guard)),
        _ => (pat, None),
    }
}
