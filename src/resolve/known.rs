//! The definitions of the standard library that the rules of the language name.

use super::def::{DefId, Namespace, Program, Res};
use crate::name::Name;

/// Makes [`Known`] and the list of the paths it looks up.
macro_rules! known {
    ($($name:ident: $path:literal,)*) => {
        /// Definitions of the standard library that the rules of the language themselves name.
        #[derive(Clone, Copy, Debug, Default)]
        #[allow(missing_docs)] // each is the item of that name
        pub struct Known {
            $(pub $name: Option<DefId>,)*
        }

        /// Where they are, in the crate.
        pub const KNOWN_PATHS: &[&str] = &[$($path),*];

        impl Known {
            pub(super) fn find(program: &Program<'_>) -> Known {
                let Some(std) = program.std else {
                    return Known::default();
                };
                let root = program.krate(std).root;
                let get = |path: &str| {
                    let names: Vec<Name> = path.split("::").map(Name::new).collect();
                    match program.resolve_names(root, false, &names, Namespace::Types) {
                        Some((Res::Def(def), taken)) if taken == names.len() => Some(def),
                        _ => None,
                    }
                };
                Known { $($name: get($path),)* }
            }
        }
    };
}

known! {
    option: "option::Option",
    result: "result::Result",
    poll: "task::Poll",
    pin: "pin::Pin",
    some: "option::Option::Some",
    none: "option::Option::None",
    ok: "result::Result::Ok",
    ready: "task::Poll::Ready",
    pending: "task::Poll::Pending",
    err: "result::Result::Err",
    error: "error::Error",
    boxed: "boxed::Box",
    vec: "vec::Vec",
    string: "string::String",
    deref: "ops::Deref",
    future: "future::Future",
    into_future: "future::IntoFuture",
    iterator: "iter::Iterator",
    into_iterator: "iter::IntoIterator",
    fn_once: "ops::FnOnce",
    fn_mut: "ops::FnMut",
    fn_: "ops::Fn",
    async_fn_once: "ops::AsyncFnOnce",
    async_fn_mut: "ops::AsyncFnMut",
    async_fn: "ops::AsyncFn",
    default: "default::Default",
    clone: "clone::Clone",
    into: "convert::Into",
    from: "convert::From",
    index: "ops::Index",
    drop: "ops::Drop",
    range: "ops::Range",
    range_inclusive: "ops::RangeInclusive",
    duration: "time::Duration",
}

impl Known {
    /// Whether it is a range of numbers.
    pub fn is_range(&self, def: DefId) -> bool {
        self.range == Some(def) || self.range_inclusive == Some(def)
    }

    /// Whether it is one of the closure traits, and whether an async one.
    pub fn closure_trait(&self, def: DefId) -> Option<bool> {
        let def = Some(def);
        if [self.fn_once, self.fn_mut, self.fn_].contains(&def) {
            Some(false)
        } else if [self.async_fn_once, self.async_fn_mut, self.async_fn].contains(&def) {
            Some(true)
        } else {
            None
        }
    }
}
