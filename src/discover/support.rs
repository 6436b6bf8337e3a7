//! Packages that a workspace keeps for its own tests, examples and benchmarks: they are read, but not what it ships.

use std::collections::BTreeSet;
use std::path::Path;

use super::edges::Kind;
use super::members::Group;
use super::unit::Unit;

/// What such packages, or the folders they stand in, are called: cargo's own words for its targets, and the usual words beside
/// them. One of them as a word of the name is enough (`e2e-tests`, `acme_test_utils`), within a word it says nothing (`attest`).
/// `bench` is none of them: by that name tools for measuring are shipped.
const WORDS: [&str; 10] = [
    "benches",
    "benchmarks",
    "e2e",
    "example",
    "examples",
    "test",
    "testing",
    "tests",
    "testutil",
    "testutils",
];

/// The positions of those packages among `units`.
///
/// A name alone may mislead, so what the product itself is built with never counts, and neither does the package at the root of a
/// workspace, which the repository is about.
pub(super) fn packages(units: &[Unit], groups: &[Group]) -> BTreeSet<usize> {
    let root = |unit: &Unit| groups.get(unit.group).map(|group| group.dir.as_path());
    let mut support: BTreeSet<usize> = units
        .iter()
        .enumerate()
        .filter(|(_, unit)| unit.manifest.is_some())
        .filter(|(_, unit)| root(unit).is_some_and(|root| is_named(unit, root)))
        .map(|(at, _)| at)
        .collect();
    loop {
        let built_with = units
            .iter()
            .enumerate()
            .filter(|(at, _)| !support.contains(at))
            .flat_map(|(_, unit)| &unit.edges)
            // An optional one is how a library offers helpers for the tests of its users.
            .filter(|edge| edge.kind != Kind::Dev && !edge.optional)
            .filter_map(|edge| edge.local);
        let product: BTreeSet<usize> = built_with.filter(|at| support.contains(at)).collect();
        if product.is_empty() {
            return support;
        }
        support.retain(|at| !product.contains(at));
    }
}

fn is_named(unit: &Unit, root: &Path) -> bool {
    let Ok(within) = unit.dir.strip_prefix(root) else {
        return false;
    };
    let mut folders = within.iter().map(|part| part.to_string_lossy()).peekable();
    folders.peek().is_some() && (has_word(&unit.name) || folders.any(|folder| has_word(&folder)))
}

fn has_word(name: &str) -> bool {
    name.split(['-', '_', '.'])
        .any(|word| WORDS.contains(&word.to_ascii_lowercase().as_str()))
}
