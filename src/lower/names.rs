//! The names that identifiers stand for: `r#` is no part of one, and what a macro binds has marks.
//!
//! Only the names of locals keep the marks of hygiene ([`local_name`]); fields, items and what is shown are read without
//! ([`name`]).

use proc_macro2::Ident;

use crate::name::Name;

/// A letter that nobody ends a name with.
const MARK: char = 'ʹ';

/// The name of a local, with its marks.
pub(super) fn local_name(ident: &Ident) -> Name {
    let text = ident.to_string();
    Name::new(text.strip_prefix("r#").unwrap_or(&text))
}

/// A text without its marks.
pub(super) fn unmarked(text: &str) -> &str {
    text.trim_end_matches(MARK)
}

/// What a name is without its marks, if it has any.
pub(super) fn marked(of: Name) -> Option<Name> {
    of.as_str()
        .ends_with(MARK)
        .then(|| Name::new(unmarked(of.as_str())))
}

/// The name as the text of an expansion this deep binds it.
pub(super) fn mark(of: Name, depth: u32) -> Name {
    Name::new(&with_marks(of.as_str(), depth))
}

/// A text with as many marks.
pub(super) fn with_marks(text: &str, depth: u32) -> String {
    let marks = std::iter::repeat_n(MARK, depth as usize);
    text.chars().chain(marks).collect()
}

/// The name an identifier stands for; `r#` is no part of it, nor is what a macro's hygiene adds.
pub(super) fn name(ident: &Ident) -> Name {
    let local = local_name(ident);
    marked(local).unwrap_or(local)
}

/// The name a field or tuple index stands for.
pub(super) fn member(member: &syn::Member) -> Name {
    match member {
        syn::Member::Named(ident) => name(ident),
        syn::Member::Unnamed(index) => number(index.index as usize),
    }
}

/// A tuple field's name.
pub(super) fn number(index: usize) -> Name {
    const SMALL: [&str; 12] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"];
    SMALL
        .get(index)
        .map_or_else(|| Name::new(&index.to_string()), |s| Name::new(s))
}
