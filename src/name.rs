//! Interned identifiers: `Name` is a pointer to one shared copy of a string.
//!
//! Identifiers are compared and hashed far more often than they are made. A [`Name`] compares by address, hashes by a
//! number kept with its text, and *orders by its text*, so nothing can depend on the order of interning or on addresses.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{LazyLock, Mutex, PoisonError};

use hashbrown::HashTable;

/// An interned identifier. Copying is free; equality is an address comparison.
#[derive(Clone, Copy)]
pub struct Name(&'static Entry);

/// One identifier, with the hash of its text: tables keyed by names are then walked in the same order in every run.
struct Entry {
    hash: u64,
    text: Box<str>,
}

const SHARDS: usize = 32;

static TABLE: LazyLock<[Mutex<HashTable<&'static Entry>>; SHARDS]> =
    LazyLock::new(|| std::array::from_fn(|_| Mutex::default()));

impl Name {
    /// The one `Name` for `text`.
    pub fn new(text: &str) -> Self {
        let hash = hash_of(text);
        // The table inside takes the hash's ends; the middle picks the shard.
        let shard = (hash >> 24) as usize % SHARDS;
        let Some(mutex) = TABLE.get(shard) else {
            return Name(Box::leak(Box::new(Entry {
                hash,
                text: text.into(),
            })));
        };
        // A poisoned table is still a set of strings: a panic cannot leave it half written.
        let mut set = mutex.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |known: &&'static Entry| *known.text == *text;
        if let Some(known) = set.find(hash, same) {
            return Name(known);
        }
        // Leaked on purpose: distinct identifiers are bounded by the input, and the process ends with the run.
        let kept: &'static Entry = Box::leak(Box::new(Entry {
            hash,
            text: text.into(),
        }));
        set.insert_unique(hash, kept, |entry| entry.hash);
        Name(kept)
    }

    /// The text.
    pub fn as_str(self) -> &'static str {
        &self.0.text
    }
}

/// Names that the engine itself asks for, made once.
macro_rules! own_names {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        impl Name {
            $(
                $(#[$doc])*
                pub fn $name() -> Name {
                    static NAME: LazyLock<Name> = LazyLock::new(|| Name::new($text));
                    *NAME
                }
            )*
        }
    };
}

own_names! {
    /// What a future or closure yields.
    output = "Output";
    /// The difference of two integers, if there is one.
    checked_sub = "checked_sub";
    /// What a pointer leads to.
    target = "Target";
    /// What an iterator yields.
    item = "Item";
    /// The type of truths.
    bool = "bool";
    /// The type of literal texts.
    str = "str";
    /// The type of characters.
    char = "char";
}

fn hash_of(text: &str) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    text.hash(&mut hasher);
    hasher.finish()
}

impl std::ops::Deref for Name {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0.text
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}
impl Eq for Name {}
impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}
impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}
impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}
impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Name {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        if self == other {
            return std::cmp::Ordering::Equal;
        }
        self.as_str().cmp(other.as_str())
    }
}
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Name::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn equal_text_is_one_name_and_order_is_by_text() {
        let (b, a) = (Name::new("b"), Name::new("a"));
        assert_eq!(a, Name::new("a"));
        assert_ne!(a, b);
        assert!(a < b);
    }
}
