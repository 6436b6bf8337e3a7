//! Which features are on: the defaults, those asked for, and those one package of the run asks of another, to a fixpoint.

use std::collections::{BTreeMap, BTreeSet};

use super::edges::{Edge, Kind};
use super::unit::Unit;

/// What holds of one package's features.
#[derive(Clone, Debug, Default)]
pub(super) struct Enabled {
    /// Features that are on.
    pub features: BTreeSet<String>,
    /// Optional dependencies that are on, by their name in the manifest.
    dependencies: BTreeSet<String>,
    /// Features asked of dependencies by this package's own features (`tls/rustls`).
    passed_on: BTreeMap<String, BTreeSet<String>>,
}

impl Enabled {
    /// Whether the edge is there at all.
    pub(super) fn has(&self, edge: &Edge) -> bool {
        edge.active && (!edge.optional || self.dependencies.contains(&edge.key))
    }

    /// The features this package asks of a dependency.
    pub(super) fn asked<'e>(&'e self, edge: &'e Edge) -> impl Iterator<Item = &'e str> {
        let default = edge.default_features.then_some("default");
        let passed_on = self
            .passed_on
            .get(&edge.key)
            .into_iter()
            .flatten()
            .map(String::as_str);
        edge.features
            .iter()
            .map(String::as_str)
            .chain(default)
            .chain(passed_on)
    }
}

/// The features of all packages. `seeds` are those on from the start; `dev` is whether tests are built, too.
pub(super) fn enabled(units: &[Unit], seeds: Vec<BTreeSet<String>>, dev: bool) -> Vec<Enabled> {
    let mut wanted = seeds;
    wanted.resize(units.len(), BTreeSet::new());
    let mut state: Vec<Enabled> = vec![Enabled::default(); units.len()];
    // Sets only grow and are made of words in the manifests, so this ends.
    let mut queue: BTreeSet<usize> = (0..units.len()).collect();
    while let Some(at) = queue.pop_first() {
        let (Some(unit), Some(wants)) = (units.get(at), wanted.get(at)) else {
            continue;
        };
        let enabled = closure(unit, wants);
        for edge in unit
            .edges
            .iter()
            .filter(|edge| enabled.has(edge) && (dev || edge.kind != Kind::Dev))
        {
            let Some((to, wants)) = edge.local.and_then(|to| Some((to, wanted.get_mut(to)?)))
            else {
                continue;
            };
            let before = wants.len();
            wants.extend(enabled.asked(edge).map(str::to_owned));
            if wants.len() > before {
                queue.insert(to);
            }
        }
        if let Some(slot) = state.get_mut(at) {
            *slot = enabled;
        }
    }
    state
}

/// All that `wants` turns on inside one package.
fn closure(unit: &Unit, wants: &BTreeSet<String>) -> Enabled {
    let mut enabled = Enabled::default();
    let mut weak: Vec<(&str, &str)> = Vec::new();
    let mut queue: Vec<&str> = wants.iter().map(String::as_str).collect();
    let optional: BTreeSet<&str> = unit
        .edges
        .iter()
        .filter(|edge| edge.optional)
        .map(|edge| edge.key.as_str())
        .collect();
    while let Some(word) = queue.pop() {
        if let Some(dependency) = word.strip_prefix("dep:") {
            enabled.dependencies.insert(dependency.to_owned());
        } else if let Some((dependency, feature)) = word.split_once('/') {
            if let Some(dependency) = dependency.strip_suffix('?') {
                weak.push((dependency, feature));
                continue;
            }
            if optional.contains(dependency) {
                enabled.dependencies.insert(dependency.to_owned());
                // The feature of the same name is on as well, where there is one.
                queue.push(dependency);
            }
            enabled
                .passed_on
                .entry(dependency.to_owned())
                .or_default()
                .insert(feature.to_owned());
        } else if let Some(on) = unit.features.get(word)
            && enabled.features.insert(word.to_owned())
        {
            queue.extend(on.iter().map(String::as_str));
        }
    }
    for (dependency, feature) in weak {
        if !optional.contains(dependency) || enabled.dependencies.contains(dependency) {
            enabled
                .passed_on
                .entry(dependency.to_owned())
                .or_default()
                .insert(feature.to_owned());
        }
    }
    enabled
}
