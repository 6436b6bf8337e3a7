//! Interned identifiers: `Name` is a pointer to one shared copy of a string.
//!
//! Identifiers are compared and hashed far more often than they are made. A [`Name`] compares by address, hashes by
//! address, and *orders by its text*, so nothing that is sorted or printed can depend on the order of interning.

use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{LazyLock, Mutex, PoisonError};

/// An interned identifier. Copying is free; equality is an address comparison.
#[derive(Clone, Copy)]
pub struct Name(&'static str);

const SHARDS: usize = 16;

static TABLE: LazyLock<[Mutex<HashSet<&'static str, rustc_hash::FxBuildHasher>>; SHARDS]> =
    LazyLock::new(|| std::array::from_fn(|_| Mutex::default()));

impl Name {
    /// The one `Name` for `text`.
    pub fn new(text: &str) -> Self {
        let shard = text.bytes().fold(text.len(), |a, b| {
            a.wrapping_mul(31).wrapping_add(b as usize)
        }) % SHARDS;
        let Some(mutex) = TABLE.get(shard) else {
            return Name("");
        };
        // A poisoned table is still a set of strings: a panic cannot leave it half written.
        let mut set = mutex.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = set.get(text) {
            return Name(known);
        }
        // Leaked on purpose: distinct identifiers are bounded by the input, and the process ends with the run.
        let kept: &'static str = Box::leak(text.to_owned().into_boxed_str());
        set.insert(kept);
        Name(kept)
    }

    /// The text.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl std::ops::Deref for Name {
    type Target = str;
    fn deref(&self) -> &str {
        self.0
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
        self.0 == other
    }
}
impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}
impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0.as_ptr() as usize).hash(state);
    }
}
impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Name {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(other.0)
    }
}
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
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
