//! Which macro is read under which grammar, by the last segment of its path.

use rustc_hash::{FxHashMap, FxHashSet};

use super::schema::{Grammar, MacroFact};
use crate::name::Name;

/// Macro grammars by name.
#[derive(Clone, Debug, Default)]
pub struct Grammars {
    by_name: FxHashMap<Name, Grammar>,
    /// The macros that borrow what they are given, by crate and name.
    borrowing: FxHashSet<(Name, Name)>,
}

impl Grammars {
    /// Makes the table; of two entries for one name the first stays.
    pub fn new<'f>(facts: impl IntoIterator<Item = &'f MacroFact>) -> Self {
        let mut out = Grammars::default();
        for fact in facts {
            let (krate, name) = ends(&fact.path);
            out.by_name.entry(name).or_insert(fact.grammar);
            if fact.by_reference {
                out.borrowing.insert((krate, name));
            }
        }
        out
    }

    /// The grammar of the macro whose path ends with `name`.
    pub fn get(&self, name: Name) -> Option<Grammar> {
        self.by_name.get(&name).copied()
    }

    /// Whether the macro of this name, called by a path that begins with `krate`, borrows the places it is given.
    pub fn borrows(&self, krate: Name, name: Name) -> bool {
        self.borrowing.contains(&(krate, name))
    }
}

/// The first and the last segment of a path.
fn ends(path: &str) -> (Name, Name) {
    let first = path.split("::").next().unwrap_or(path);
    let last = path.rsplit("::").next().unwrap_or(path);
    (Name::new(first), Name::new(last))
}
