//! The versions a file speaks of: whether one lies in a range, and those at which something changes.

use std::collections::BTreeSet;

use semver::{Op, Prerelease, Version, VersionReq};

use super::schema::CrateFile;

/// Whether a version lies in an entry's range; no range means all.
pub(super) fn in_range(range: Option<&str>, version: &Version) -> bool {
    range.is_none_or(|r| VersionReq::parse(r).is_ok_and(|req| meets(&req, version)))
}

/// As [`VersionReq::matches`], but a pre-release counts as the version it leads to: facts do not wait for the release.
pub(super) fn meets(requirement: &VersionReq, version: &Version) -> bool {
    requirement.matches(version)
        || !version.pre.is_empty()
            && requirement.matches(&Version {
                pre: Prerelease::EMPTY,
                ..version.clone()
            })
}

/// The least version that a part of a range allows, or speaks of.
pub(super) fn lower_bound(comparator: &semver::Comparator) -> Version {
    let semver::Comparator {
        major,
        minor,
        patch,
        pre,
        ..
    } = comparator;
    let mut version = Version::new(*major, minor.unwrap_or(0), patch.unwrap_or(0));
    version.pre = pre.clone();
    if comparator.op == Op::Greater {
        version.patch += 1;
    }
    version
}

/// The versions a file names, in order: its newest, the last of each line, and those where something changes.
pub(super) fn known_versions(file: &CrateFile) -> Vec<Version> {
    let mut known: BTreeSet<Version> = BTreeSet::new();
    known.extend(
        std::iter::once(&file.newest)
            .chain(&file.lines)
            .filter_map(|v| Version::parse(v).ok()),
    );
    for requirement in requirements(file).filter_map(|r| VersionReq::parse(r).ok()) {
        known.extend(
            requirement
                .comparators
                .iter()
                .filter(|c| c.op != Op::Less)
                .map(lower_bound),
        );
    }
    known.into_iter().collect()
}

/// Every range written in a file.
fn requirements(file: &CrateFile) -> impl Iterator<Item = &str> {
    let api = file.api.iter().map(|e| &e.versions);
    let types = file.types.iter().map(|e| &e.versions);
    let slots = file.slots.iter().map(|e| &e.versions);
    let families = file.family.iter().map(|e| &e.versions);
    let calls = file.calls.iter().map(|e| &e.versions);
    let attributes = file.attributes.iter().map(|e| &e.versions);
    let dependencies = file.dependency.iter().map(|e| &e.versions);
    let edits = file.edits.iter().map(|e| &e.versions);
    api.chain(types)
        .chain(edits)
        .chain(slots)
        .chain(families)
        .chain(calls)
        .chain(attributes)
        .chain(dependencies)
        .filter_map(Option::as_deref)
}

/// Versions at which, and just before which, something may change: enough to tell whether two ranges meet.
pub(super) fn samples(file: &CrateFile) -> Vec<Version> {
    let mut at: BTreeSet<Version> = known_versions(file).into_iter().collect();
    for requirement in requirements(file).filter_map(|r| VersionReq::parse(r).ok()) {
        for bound in requirement.comparators.iter().map(lower_bound) {
            let before = match (bound.major, bound.minor, bound.patch) {
                (0, 0, 0) => None,
                (major, 0, 0) => Some(Version::new(major - 1, u64::MAX, u64::MAX)),
                (major, minor, 0) => Some(Version::new(major, minor - 1, u64::MAX)),
                (major, minor, patch) => Some(Version::new(major, minor, patch - 1)),
            };
            at.extend(before);
            at.insert(Version::new(
                bound.major,
                bound.minor,
                bound.patch.saturating_add(1),
            ));
            at.insert(bound);
        }
    }
    at.into_iter().collect()
}
