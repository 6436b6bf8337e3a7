//! Which paths the interface of a file declares: the one place where the checks of [`super::check`] read interface text.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::item::{ImportKind, Item, ItemKind};
use crate::ir::ty::TyRef;
use crate::lower;
use crate::name::Name;

/// The canonical paths that the blocks of one file declare, `root` being the crate's name in code.
///
/// An error says in which block, at which byte of its text, and what is wrong.
pub fn declared<'t>(
    root: &str,
    blocks: impl IntoIterator<Item = &'t str>,
) -> Result<BTreeSet<String>, (usize, usize, String)> {
    let mut lowered = Vec::new();
    for (index, text) in blocks.into_iter().enumerate() {
        lowered.push(lower::lower_interface(text).map_err(|(at, what)| (index, at, what))?);
    }
    let mut found = Found::default();
    for items in &lowered {
        found.items(items, &[Name::new(root)]);
    }
    Ok(found.finish())
}

#[derive(Default)]
struct Found<'i> {
    paths: BTreeSet<String>,
    /// Names bound by `use`.
    aliases: BTreeMap<String, String>,
    /// The scope and the self type of each impl, with its members.
    impls: Vec<(Vec<Name>, &'i TyRef, &'i [Item])>,
}

impl<'i> Found<'i> {
    fn items(&mut self, items: &'i [Item], scope: &[Name]) {
        for item in items {
            let inner = [scope, &[item.name]].concat();
            match &item.kind {
                ItemKind::Mod { inline, .. } => {
                    self.paths.insert(join(&inner));
                    self.items(inline.as_deref().unwrap_or_default(), &inner);
                }
                ItemKind::Trait { items, .. } => {
                    self.paths.insert(join(&inner));
                    self.items(items, &inner);
                }
                ItemKind::Enum { variants, .. } => {
                    self.paths.extend(
                        variants
                            .iter()
                            .map(|v| format!("{}::{}", join(&inner), v.name)),
                    );
                    self.paths.insert(join(&inner));
                }
                ItemKind::Impl { self_ty, items, .. } => {
                    self.impls.push((scope.to_vec(), self_ty, items));
                }
                ItemKind::Use(imports) => {
                    for import in imports {
                        if let ImportKind::Named(name) = import.kind {
                            let target =
                                absolute(scope, &import.path).unwrap_or_else(|| join(&import.path));
                            self.aliases
                                .insert(join(&[scope, &[name]].concat()), target);
                        }
                    }
                }
                ItemKind::Struct { .. }
                | ItemKind::Fn(_)
                | ItemKind::Alias { .. }
                | ItemKind::Static { .. } => {
                    self.paths.insert(join(&inner));
                }
                ItemKind::ExternCrate { .. }
                | ItemKind::MacroRules
                | ItemKind::Include(_)
                | ItemKind::Opaque => {}
            }
        }
    }

    fn finish(mut self) -> BTreeSet<String> {
        for (scope, self_ty, members) in std::mem::take(&mut self.impls) {
            let head = head(self_ty);
            let here = absolute(&scope, &head)
                .unwrap_or_else(|| join(&[scope.as_slice(), &head].concat()));
            // What this crate does not declare is another crate's.
            let target = match self.aliases.get(&here) {
                _ if self.paths.contains(&here) => here,
                Some(alias) => alias.clone(),
                None => join(&head),
            };
            self.paths
                .extend(members.iter().map(|m| format!("{target}::{}", m.name)));
        }
        self.paths
    }
}

/// The path of a type, behind references.
fn head(ty: &TyRef) -> Vec<Name> {
    match ty {
        TyRef::Ref { inner, .. } => head(inner),
        TyRef::Path(path) => path.names().collect(),
        _ => Vec::new(),
    }
}

/// A path that begins with `crate`, `self` or `super`, as seen from `scope`.
fn absolute(scope: &[Name], path: &[Name]) -> Option<String> {
    let mut base = scope.to_vec();
    let mut rest = path;
    while let Some((first, more)) = rest.split_first() {
        match first.as_str() {
            "crate" => base.truncate(1),
            "super" => _ = base.pop(),
            "self" => {}
            _ => break,
        }
        rest = more;
    }
    base.extend_from_slice(rest);
    (rest.len() < path.len()).then(|| join(&base))
}

fn join(names: &[Name]) -> String {
    names
        .iter()
        .map(|n| n.as_str())
        .collect::<Vec<_>>()
        .join("::")
}

#[cfg(test)]
mod tests {
    use super::declared;

    #[test]
    fn paths_of_modules_types_functions_and_methods() {
        let text = "
            pub use self::a::T as U; // a comment's fn x();
            mod a {
                struct T<B: Into<Option<u8>>>;
                impl<B> T<B> where B: Clone { fn m(self) -> impl Fn(u8) -> u8; async fn n(&mut self); }
                impl<B> From<crate::E> for T<B> { fn from(e: crate::E) -> Self; }
            }
            impl U { fn through_alias(&self); }
            impl crate::a::T<u8> { fn from_outside(&self); }
            mod r#async { fn f<'a>(x: &'a str) -> Result<(), E>; }
            enum E { One, Two(u8, u8), Three { x: u8 } }
            trait Tr: Sized { type Out; fn call(&self, x: [u8; 2]) -> Self::Out; }
            impl Tr for http::Request<()> { fn extra(&self); }
            struct Tuple(u8);
            type Result<T> = std::result::Result<T, E>;
        ";
        let found = declared("k", [text]).unwrap_or_else(|e| panic!("{e:?}"));
        for path in [
            "k::a::T",
            "k::a::T::m",
            "k::a::T::n",
            "k::a::T::from",
            "k::a::T::through_alias",
            "k::a::T::from_outside",
            "k::async::f",
            "k::E",
            "k::E::Two",
            "k::E::Three",
            "k::Tr::call",
            "http::Request::extra",
            "k::Tuple",
            "k::Result",
        ] {
            assert!(found.contains(path), "{path} is missing from {found:?}");
        }
        let wrong = |p: &String| p.ends_with("::x") || p.starts_with("k::m") || p == "k::U";
        assert!(!found.iter().any(wrong), "{found:?}");
    }

    #[test]
    fn an_error_says_where() {
        for (text, from) in [
            ("struct A", 7),
            ("mod a { fn f();", 7),
            ("fn f() }", 7),
            ("let x;", 0),
        ] {
            match declared("k", ["fn ok();", text]) {
                Err((block, byte, _)) => assert!(
                    block == 1 && byte >= from && byte <= text.len(),
                    "{text}: {byte}"
                ),
                Ok(found) => panic!("{text}: {found:?}"),
            }
        }
    }
}
