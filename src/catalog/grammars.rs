//! Which macro is read under which grammar, by the last segment of its path.

use rustc_hash::FxHashMap;

use super::schema::Grammar;
use crate::name::Name;

/// Macro grammars by name.
#[derive(Clone, Debug, Default)]
pub struct Grammars(FxHashMap<Name, Grammar>);

impl Grammars {
    /// Makes the table; of two entries for one name the first stays.
    pub fn new(entries: impl IntoIterator<Item = (Name, Grammar)>) -> Self {
        let mut table = FxHashMap::default();
        for (name, grammar) in entries {
            table.entry(name).or_insert(grammar);
        }
        Grammars(table)
    }

    /// The grammar of the macro whose path ends with `name`.
    pub fn get(&self, name: Name) -> Option<Grammar> {
        self.0.get(&name).copied()
    }
}
