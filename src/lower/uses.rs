//! `use` trees, flattened to one entry per leaf.

use syn::UseTree;

use super::names::name;
use crate::ir::item::{Import, ImportKind};
use crate::name::Name;

/// The leaves of a `use`.
pub(super) fn flatten(item: &syn::ItemUse) -> Vec<Import> {
    let mut out = Vec::new();
    walk(
        &item.tree,
        item.leading_colon.is_some(),
        &mut Vec::new(),
        &mut out,
    );
    out
}

fn walk(tree: &UseTree, global: bool, prefix: &mut Vec<Name>, out: &mut Vec<Import>) {
    match tree {
        UseTree::Path(path) => {
            prefix.push(name(&path.ident));
            walk(&path.tree, global, prefix, out);
            prefix.pop();
        }
        UseTree::Name(leaf) => {
            let path = leaf_path(prefix, name(&leaf.ident));
            if let Some(last) = path.last().copied() {
                out.push(Import {
                    global,
                    path,
                    kind: ImportKind::Named(last),
                });
            }
        }
        UseTree::Rename(leaf) => {
            let path = leaf_path(prefix, name(&leaf.ident));
            let rename = name(&leaf.rename);
            let kind = if rename == "_" {
                ImportKind::Nothing
            } else {
                ImportKind::Named(rename)
            };
            out.push(Import { global, path, kind });
        }
        UseTree::Glob(_) => out.push(Import {
            global,
            path: prefix.clone(),
            kind: ImportKind::Glob,
        }),
        UseTree::Group(group) => {
            for tree in &group.items {
                walk(tree, global, prefix, out);
            }
        }
    }
}

/// `a::{self}` is `a`.
fn leaf_path(prefix: &[Name], leaf: Name) -> Vec<Name> {
    let mut path = prefix.to_vec();
    if leaf != "self" || path.is_empty() {
        path.push(leaf);
    }
    path
}
