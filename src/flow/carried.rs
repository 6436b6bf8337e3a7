//! What a future or closure carries: the values of its arguments or captures, shared and compared by content.

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::value::{Thing, Value, Work};

/// Futures in closures in futures …: deeper than this nobody looks, and a recursive function would nest without end.
const DEEPEST: u32 = 4;

/// Values carried by a future or closure.
///
/// They nest, and the same ones are met again and again: they are kept once, and two lists are the same if their
/// fingerprints are (128 bits over the content, so that a clash is not to be met).
#[derive(Clone, Debug)]
pub struct Carried(Arc<List>);

#[derive(Debug)]
struct List {
    fingerprint: (u64, u64),
    depth: u32,
    values: Vec<Value>,
}

impl Carried {
    fn new(mut values: Vec<Value>) -> Carried {
        let mut depth = 0;
        for value in &mut values {
            if depth_of(value) >= DEEPEST {
                value.things.retain(|(t, _)| depth_of_thing(t) < DEEPEST);
                value.unknown = true;
            }
            depth = depth.max(depth_of(value) + 1);
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

fn depth_of(value: &Value) -> u32 {
    let depths = value.things.iter().map(|(t, _)| depth_of_thing(t));
    depths.max().unwrap_or(0)
}

fn depth_of_thing(thing: &Thing) -> u32 {
    match thing {
        Thing::Closure(_, carried) => carried.0.depth,
        Thing::Future(future) => match &future.work {
            Work::Call(_, carried, _) | Work::Async(_, carried) => carried.0.depth,
            _ => 0,
        },
        _ => 0,
    }
}

impl From<Vec<Value>> for Carried {
    fn from(values: Vec<Value>) -> Self {
        Carried::new(values)
    }
}

impl FromIterator<Value> for Carried {
    fn from_iter<I: IntoIterator<Item = Value>>(iter: I) -> Self {
        Carried::new(iter.into_iter().collect())
    }
}

impl std::ops::Deref for Carried {
    type Target = [Value];
    fn deref(&self) -> &[Value] {
        &self.0.values
    }
}

impl PartialEq for Carried {
    fn eq(&self, other: &Self) -> bool {
        self.0.fingerprint == other.0.fingerprint
    }
}

impl Eq for Carried {}

impl Hash for Carried {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.fingerprint.hash(state);
    }
}

impl PartialOrd for Carried {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Carried {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.fingerprint.cmp(&other.0.fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::def::BodyId;

    fn nested(depth: u32) -> Value {
        (0..depth).fold(Value::default(), |inner, _| {
            Value::of(Thing::Closure(BodyId(1), Carried::from(vec![inner])))
        })
    }

    #[test]
    fn equal_contents_are_equal_however_they_were_made() {
        let (a, b) = (
            Carried::from(vec![nested(2)]),
            Carried::from(vec![nested(2)]),
        );
        assert_eq!(a, b);
        assert_eq!(a.cmp(&b), Ordering::Equal);
        assert_ne!(a, Carried::from(vec![nested(1)]));
    }

    #[test]
    fn what_nests_too_deep_is_unknown() {
        assert!(!nested(DEEPEST).unknown);
        let deep = nested(DEEPEST + 3);
        assert!(depth_of(&deep) <= DEEPEST);
        fn any_unknown(value: &Value) -> bool {
            value.unknown
                || value.things.iter().any(|(t, _)| match t {
                    Thing::Closure(_, carried) => carried.iter().any(any_unknown),
                    _ => false,
                })
        }
        assert!(any_unknown(&deep));
    }
}
