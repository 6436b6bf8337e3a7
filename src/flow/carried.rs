//! What a future or closure carries: the values of its arguments or captures, shared and compared by content.

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Futures in closures in futures …: deeper than this nobody looks, and a recursive function would nest without end.
const DEEPEST: u32 = 4;

/// A value that may carry others.
pub trait Nests: Hash {
    /// How deep it nests: 0 if it carries nothing.
    fn depth(&self) -> u32;

    /// Leaves out what nests this deep or deeper, and is unknown from then on.
    fn cut(&mut self, deepest: u32);
}

/// Values carried by a future or closure.
///
/// They nest, and the same ones are met again and again: they are kept once, and two lists are the same if their
/// fingerprints are (128 bits over the content, so that a clash is not to be met).
#[derive(Debug)]
pub struct Carried<V>(Arc<List<V>>);

#[derive(Debug)]
struct List<V> {
    fingerprint: (u64, u64),
    depth: u32,
    values: Vec<V>,
}

impl<V: Nests> Carried<V> {
    fn new(mut values: Vec<V>) -> Self {
        let mut depth = 0;
        for value in &mut values {
            if value.depth() >= DEEPEST {
                value.cut(DEEPEST);
            }
            depth = depth.max(value.depth() + 1);
        }
        let mut first = DefaultHasher::new();
        values.hash(&mut first);
        let mut second = first.clone();
        0x9e37_79b9_u32.hash(&mut second);
        values.hash(&mut second);
        Carried(Arc::new(List {
            fingerprint: (first.finish(), second.finish()),
            depth,
            values,
        }))
    }
}

impl<V> Carried<V> {
    /// How deep what is carried nests, itself counted.
    pub fn depth(&self) -> u32 {
        self.0.depth
    }
}

// Not derived: what is carried need not be cloned for it.
impl<V> Clone for Carried<V> {
    fn clone(&self) -> Self {
        Carried(Arc::clone(&self.0))
    }
}

impl<V: Nests> From<Vec<V>> for Carried<V> {
    fn from(values: Vec<V>) -> Self {
        Carried::new(values)
    }
}

impl<V: Nests> FromIterator<V> for Carried<V> {
    fn from_iter<I: IntoIterator<Item = V>>(iter: I) -> Self {
        Carried::new(iter.into_iter().collect())
    }
}

impl<V> std::ops::Deref for Carried<V> {
    type Target = [V];
    fn deref(&self) -> &[V] {
        &self.0.values
    }
}

impl<V> PartialEq for Carried<V> {
    fn eq(&self, other: &Self) -> bool {
        self.0.fingerprint == other.0.fingerprint
    }
}

impl<V> Eq for Carried<V> {}

impl<V> Hash for Carried<V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.fingerprint.hash(state);
    }
}

impl<V> PartialOrd for Carried<V> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<V> Ord for Carried<V> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.fingerprint.cmp(&other.0.fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Hash)]
    struct Nest {
        inner: Option<Carried<Nest>>,
        unknown: bool,
    }

    impl Nests for Nest {
        fn depth(&self) -> u32 {
            self.inner.as_ref().map_or(0, Carried::depth)
        }

        fn cut(&mut self, _deepest: u32) {
            self.inner = None;
            self.unknown = true;
        }
    }

    fn nested(depth: u32) -> Nest {
        (0..depth).fold(
            Nest {
                inner: None,
                unknown: false,
            },
            |inner, _| Nest {
                inner: Some(vec![inner].into()),
                unknown: false,
            },
        )
    }

    #[test]
    fn equal_contents_are_equal_however_they_were_made() {
        let of = |depth| Carried::from(vec![nested(depth)]);
        assert_eq!(of(2), of(2));
        assert_eq!(of(2).cmp(&of(2)), Ordering::Equal);
        assert_ne!(of(2), of(1));
    }

    #[test]
    fn what_nests_too_deep_is_unknown() {
        fn any_unknown(one: &Nest) -> bool {
            one.unknown || one.inner.iter().any(|c| c.iter().any(any_unknown))
        }
        assert!(!any_unknown(&nested(DEEPEST)));
        let deep = nested(DEEPEST + 3);
        assert!(deep.depth() <= DEEPEST && any_unknown(&deep));
    }
}
