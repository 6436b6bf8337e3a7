//! What is reported: which packages, which of their targets, and with which features.

use std::collections::BTreeSet;

use super::features::Enabled;
use super::members::Forest;
use super::paths::{glob_matches, is_glob};
use super::request::Request;
use super::targets::Found;
use super::unit::Unit;
use super::workspace::TargetKind;
use super::{DiscoverError, Options};

/// How alike two names must be for one to be offered in place of the other.
const ALIKE: f64 = 0.75;

/// The packages whose findings are reported.
pub(super) fn packages(
    forest: &mut Forest<'_>,
    request: &Request,
    options: &Options,
) -> Result<BTreeSet<usize>, DiscoverError> {
    let members = || {
        forest
            .units
            .iter()
            .enumerate()
            .filter(|(_, unit)| unit.member)
    };
    let mut chosen: BTreeSet<usize> = BTreeSet::new();
    if !options.packages.is_empty() {
        for spec in &options.packages {
            let matching = |(_, unit): &(usize, &Unit)| spec_matches(spec, unit);
            let mut found: Vec<usize> = members().filter(matching).map(|(at, _)| at).collect();
            if found.is_empty() {
                // As in cargo, a path dependency can be named, too.
                found.extend(
                    forest
                        .units
                        .iter()
                        .enumerate()
                        .filter(matching)
                        .map(|(at, _)| at),
                );
            }
            if found.is_empty() {
                return Err(unknown_package(spec, &forest.units));
            }
            chosen.extend(found);
        }
    } else if options.workspace {
        chosen.extend(members().map(|(at, _)| at));
    } else if request.paths.is_empty() {
        for current in &request.current {
            match forest.groups.iter().find(|group| group.dir == *current) {
                Some(group) => {
                    chosen.extend(group.defaults.iter().filter_map(|dir| forest.at(dir)));
                }
                None => chosen.extend(forest.at(current)),
            }
        }
    } else {
        for path in &request.paths {
            chosen.extend(forest.owner(path));
            chosen.extend(
                members()
                    .filter(|(_, unit)| unit.dir.starts_with(path))
                    .map(|(at, _)| at),
            );
        }
    }
    // Files without a manifest were named by hand, or are all there is.
    if options.packages.is_empty() {
        chosen.extend(
            members()
                .filter(|(_, unit)| unit.manifest.is_none())
                .map(|(at, _)| at),
        );
    }
    for spec in &options.exclude {
        let out: Vec<usize> = members()
            .filter(|(_, unit)| spec_matches(spec, unit))
            .map(|(at, _)| at)
            .collect();
        if out.is_empty() {
            let text = format!(
                "`--exclude {spec}` names no package of this workspace{}",
                offer(spec, &forest.units)
            );
            forest.manifests.note(None, text);
        }
        chosen.retain(|at| !out.contains(at));
    }
    Ok(chosen)
}

/// `name`, `na*`, `name@1`, `name@1.2.3`, and the older `name:1.2.3`.
fn spec_matches(spec: &str, unit: &Unit) -> bool {
    let (name, version) = spec
        .split_once(['@', ':'])
        .map_or((spec, None), |(name, version)| (name, Some(version)));
    let named = if is_glob(name) {
        glob_matches(name, &unit.name)
    } else {
        name == unit.name
    };
    let versioned = version.is_none_or(|want| {
        let have = unit
            .version
            .as_ref()
            .map_or_else(|| "0.0.0".to_owned(), ToString::to_string);
        // `1.2` means every `1.2.x`.
        have.strip_prefix(want)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    named && versioned
}

fn unknown_package(spec: &str, units: &[Unit]) -> DiscoverError {
    DiscoverError::PackageNotFound {
        spec: spec.to_owned(),
        hint: offer(spec, units),
    }
}

/// `; did you mean ..`, or what there is.
fn offer(spec: &str, units: &[Unit]) -> String {
    const SHOWN: usize = 8;
    let wanted = spec.split(['@', ':']).next().unwrap_or(spec);
    let names: BTreeSet<&str> = units
        .iter()
        .filter(|unit| unit.manifest.is_some())
        .map(|unit| unit.name.as_str())
        .collect();
    if let Some(near) = nearest(wanted, names.iter().copied()) {
        return if near == wanted {
            format!("; `{near}` has another version")
        } else {
            format!("; did you mean `{near}`?")
        };
    }
    let shown: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    match (shown.is_empty(), names.len().saturating_sub(SHOWN)) {
        (true, _) => "; there is no package with a manifest here".to_owned(),
        (false, 0) => format!("; there are {}", shown.join(", ")),
        (false, more) => format!("; there are {} and {more} more", shown.join(", ")),
    }
}

/// The name most like `wanted`, if any is like it; of equals the first in order.
fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let mut best: Option<(f64, &str)> = None;
    for name in names {
        let alike = strsim::normalized_damerau_levenshtein(wanted, name)
            .max(strsim::jaro_winkler(wanted, name) - 0.1);
        if alike >= ALIKE && best.is_none_or(|(so_far, _)| alike > so_far) {
            best = Some((alike, name));
        }
    }
    best.map(|(_, name)| name)
}

/// The features each package starts with.
pub(super) fn seeds(
    forest: &mut Forest<'_>,
    selected: &BTreeSet<usize>,
    options: &Options,
) -> Vec<BTreeSet<String>> {
    let asked_for: BTreeSet<usize> = {
        let dev = builds_tests(options);
        let edges = forest.units.iter().flat_map(|unit| &unit.edges);
        edges
            .filter(|edge| dev || edge.kind != super::edges::Kind::Dev)
            .filter_map(|edge| edge.local)
            .collect()
    };
    let mut seeds: Vec<BTreeSet<String>> = Vec::with_capacity(forest.units.len());
    for (at, unit) in forest.units.iter().enumerate() {
        let mut on = BTreeSet::new();
        // Members count as built for themselves whatever is selected, so that `-p` changes what is reported, not what is known.
        if (unit.member || !asked_for.contains(&at))
            && !(options.no_default_features && selected.contains(&at))
        {
            on.insert("default".to_owned());
        }
        if options.all_features && selected.contains(&at) {
            on.extend(unit.features.keys().cloned());
        }
        seeds.push(on);
    }
    let words = options
        .features
        .iter()
        .flat_map(|list| list.split([',', ' ']))
        .filter(|word| !word.is_empty());
    for word in words {
        let mut known = false;
        for (at, (unit, on)) in forest.units.iter().zip(&mut seeds).enumerate() {
            let defines = unit.features.contains_key(word);
            let own = word
                .split_once('/')
                .filter(|(package, _)| *package == unit.name)
                .map(|(_, feature)| feature);
            let passes_on = word
                .split_once('/')
                .is_some_and(|(key, _)| unit.edges.iter().any(|edge| edge.key == key));
            if let Some(feature) = own {
                on.insert(feature.to_owned());
                known = true;
            } else if selected.contains(&at) && (defines || passes_on) {
                on.insert(word.to_owned());
                known = true;
            }
        }
        if !known {
            let names = forest
                .units
                .iter()
                .flat_map(|unit| unit.features.keys())
                .map(String::as_str)
                .collect::<BTreeSet<_>>();
            let near = nearest(word, names.into_iter())
                .map(|near| format!("; did you mean `{near}`?"))
                .unwrap_or_default();
            forest.manifests.note(
                None,
                format!("`--features {word}` names a feature no selected package has{near}"),
            );
        }
    }
    seeds
}

/// Whether the options ask for targets that see `[dev-dependencies]`.
pub(super) fn builds_tests(options: &Options) -> bool {
    options.all_targets || options.tests || options.examples || options.benches
}

/// Whether a target is asked for; `Err` names the features it lacks.
pub(super) fn target<'f>(
    found: &'f Found,
    enabled: &Enabled,
    options: &Options,
) -> Result<bool, Vec<&'f str>> {
    let some = options.lib || options.bins || builds_tests(options);
    let in_tests = (options.tests && found.test) || (options.benches && found.bench);
    let asked = options.all_targets
        || match found.target.kind {
            TargetKind::Loose => true,
            TargetKind::Lib => !some || options.lib || in_tests,
            TargetKind::Bin => !some || options.bins || in_tests,
            TargetKind::Example => options.examples,
            TargetKind::Test => options.tests,
            TargetKind::Bench => options.benches,
            TargetKind::Build => false,
        };
    // Cargo's rule has no effect on libraries. `dependency/feature` is not tracked here and counts as on.
    let lacks = |word: &&String| !word.contains('/') && !enabled.features.contains(*word);
    let missing: Vec<&str> = found
        .required
        .iter()
        .filter(lacks)
        .map(String::as_str)
        .collect();
    if asked && found.target.kind != TargetKind::Lib && !missing.is_empty() {
        Err(missing)
    } else {
        Ok(asked)
    }
}
