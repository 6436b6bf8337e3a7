//! The checks of one catalogue file. Each finds the line it is about.

use std::collections::BTreeSet;
use std::ops::Range;

use semver::{Version, VersionReq};
use toml::de::{DeTable, DeValue};

use super::error::{LoadError, Problem, nearest};
use super::schema::{CallFact, CrateFile, split_family};
use super::versions::{in_range, samples};
use super::{interface, schema};
use crate::ir::cfg::{self, Target};

/// Targets that predicates are told apart by.
const TARGETS: [&str; 6] = [
    "x86_64-unknown-linux-gnu",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "aarch64-linux-android",
    "wasm32-unknown-unknown",
    "x86_64-unknown-freebsd",
];

/// An error of the TOML reader in our words.
pub(super) fn toml_error(file: &str, text: &str, error: &toml::de::Error) -> LoadError {
    let line = line_of(text, error.span().map_or(0, |s| s.start));
    LoadError {
        file: file.to_owned(),
        line,
        problem: Box::new(reworded(error.message())),
    }
}

/// serde names the word it stumbled on and those it knows, in backquotes.
fn reworded(message: &str) -> Problem {
    let mut words = message.split('`').skip(1).step_by(2);
    let first = words.next().unwrap_or_default().to_owned();
    if message.starts_with("unknown field") {
        let nearest = nearest(&first, words);
        return Problem::UnknownKey {
            key: first,
            nearest,
        };
    }
    if message.starts_with("unknown variant") {
        let nearest = nearest(&first, words);
        return Problem::UnknownValue {
            value: first,
            nearest,
        };
    }
    Problem::Syntax(message.lines().next().unwrap_or_default().to_owned())
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|b| *b == b'\n').count()
}

/// The part of an entry that says when it applies.
struct When<'a> {
    versions: Option<&'a str>,
    features: &'a [String],
    target: Option<&'a str>,
}

macro_rules! when {
    ($entry:expr) => {
        When {
            versions: $entry.versions.as_deref(),
            features: &$entry.features,
            target: $entry.target.as_deref(),
        }
    };
}

impl When<'_> {
    fn at(&self, version: &Version) -> bool {
        in_range(self.versions, version)
    }

    /// Whether some build has features and a target that let both apply.
    fn meets_beside_version(&self, other: &When<'_>) -> bool {
        let excluded = |one: &[String], two: &[String]| {
            one.iter().any(|f| {
                f.strip_prefix('!')
                    .is_some_and(|off| two.iter().any(|on| on == off))
            })
        };
        if excluded(self.features, other.features) || excluded(other.features, self.features) {
            return false;
        }
        TARGETS.iter().any(|triple| {
            let target = Target::new(triple);
            [self.target, other.target]
                .into_iter()
                .flatten()
                .all(|cfg| match cfg::parse(cfg) {
                    Ok(cfg) => target.eval(&cfg) != Some(false),
                    Err(_) => true,
                })
        })
    }
}

/// Everything wrong with a file that parses. `other` finds the file of another package.
pub(super) fn check<'c>(
    name: &'c str,
    text: &'c str,
    file: &'c CrateFile,
    other: &dyn Fn(&str) -> Option<&'c CrateFile>,
) -> Vec<LoadError> {
    let mut checker = Checker {
        name,
        text,
        tree: DeTable::parse(text).ok(),
        file,
        samples: samples(file),
        errors: Vec::new(),
    };
    checker.versions();
    checker.conditions();
    // What follows compares ranges, which have to be right for that.
    if checker.errors.is_empty() {
        checker.paths();
        checker.families(other);
        checker.edits(other);
        checker.twice();
    }
    checker.errors.sort_by_key(|e| e.line);
    checker.errors
}

struct Checker<'a> {
    name: &'a str,
    text: &'a str,
    tree: Option<toml::Spanned<DeTable<'a>>>,
    file: &'a CrateFile,
    samples: Vec<Version>,
    errors: Vec<LoadError>,
}

impl<'a> Checker<'a> {
    /// Where a key of the `index`th entry of a kind stands, or the entry if it has none.
    fn span(&self, kind: &str, index: usize, key: &str) -> Range<usize> {
        let Some(tree) = &self.tree else { return 0..0 };
        let Some(list) = tree.get_ref().get(kind) else {
            return 0..0;
        };
        let Some(entry) = list.get_ref().as_array().and_then(|a| a.get(index)) else {
            return list.span();
        };
        let DeValue::Table(table) = entry.get_ref() else {
            return entry.span();
        };
        table
            .get(key)
            .map_or_else(|| entry.span(), toml::Spanned::span)
    }

    fn line(&self, kind: &str, index: usize, key: &str) -> usize {
        line_of(self.text, self.span(kind, index, key).start)
    }

    fn push(&mut self, line: usize, problem: Problem) {
        self.errors.push(LoadError {
            file: self.name.to_owned(),
            line,
            problem: Box::new(problem),
        });
    }

    fn report(&mut self, kind: &str, index: usize, key: &str, problem: Problem) {
        self.push(self.line(kind, index, key), problem);
    }

    fn versions(&mut self) {
        let file = self.file;
        let heads = std::iter::once(("newest", &file.newest))
            .chain(file.lines.iter().map(|l| ("lines", l)));
        for (key, text) in heads {
            if let Err(e) = Version::parse(text) {
                let at = self
                    .tree
                    .as_ref()
                    .and_then(|t| t.get_ref().get(key))
                    .map_or(0, |v| v.span().start);
                let problem = Problem::BadVersion {
                    text: text.clone(),
                    reason: e.to_string(),
                };
                self.push(line_of(self.text, at), problem);
            }
        }
        for (index, entry) in file.dependency.iter().enumerate() {
            self.requirement("dependency", index, "versions", entry.versions.as_deref());
            if let Err(e) = VersionReq::parse(&entry.requirement) {
                let problem = Problem::BadRequirement {
                    text: entry.requirement.clone(),
                    reason: e.to_string(),
                };
                self.report("dependency", index, "requirement", problem);
            }
        }
    }

    fn requirement(&mut self, kind: &str, index: usize, key: &str, text: Option<&str>) {
        let Some(text) = text else { return };
        match VersionReq::parse(text) {
            Err(e) => {
                let problem = Problem::BadRequirement {
                    text: text.to_owned(),
                    reason: e.to_string(),
                };
                self.report(kind, index, key, problem);
            }
            Ok(_) if !self.samples.iter().any(|v| in_range(Some(text), v)) => {
                self.report(
                    kind,
                    index,
                    key,
                    Problem::EmptyRange {
                        text: text.to_owned(),
                    },
                );
            }
            Ok(_) => {}
        }
    }

    fn conditions(&mut self) {
        let file = self.file;
        let mut all: Vec<(&str, usize, When<'_>)> = Vec::new();
        all.extend(
            file.api
                .iter()
                .enumerate()
                .map(|(i, e)| ("api", i, when!(e))),
        );
        all.extend(
            file.types
                .iter()
                .enumerate()
                .map(|(i, e)| ("type", i, when!(e))),
        );
        all.extend(
            file.slots
                .iter()
                .enumerate()
                .map(|(i, e)| ("slot", i, when!(e))),
        );
        all.extend(
            file.family
                .iter()
                .enumerate()
                .map(|(i, e)| ("family", i, when!(e))),
        );
        all.extend(
            file.calls
                .iter()
                .enumerate()
                .map(|(i, e)| ("call", i, when!(e))),
        );
        all.extend(
            file.attributes
                .iter()
                .enumerate()
                .map(|(i, e)| ("attribute", i, when!(e))),
        );
        all.extend(
            file.edits
                .iter()
                .enumerate()
                .map(|(i, e)| ("edit", i, when!(e))),
        );
        for (kind, index, when) in all {
            self.requirement(kind, index, "versions", when.versions);
            if let Some(text) = when.target
                && let Err(reason) = cfg::parse(text)
            {
                self.report(
                    kind,
                    index,
                    "target",
                    Problem::BadTarget {
                        text: text.to_owned(),
                        reason,
                    },
                );
            }
        }
    }

    fn paths(&mut self) {
        let file = self.file;
        let root = file.lib_name();
        let declared = match interface::declared(&root, file.api.iter().map(|a| a.text.as_str())) {
            Ok(declared) => declared,
            Err((block, byte, reason)) => {
                let line = self.interface_line(block, byte);
                self.push(line, Problem::BadInterface { reason });
                return;
            }
        };
        let types = file
            .types
            .iter()
            .enumerate()
            .map(|(i, t)| ("type", i, "path", &t.path));
        let calls = file.calls.iter().enumerate().flat_map(|(i, c)| {
            let also = c.also.iter().map(move |p| ("call", i, "also", p));
            std::iter::once(("call", i, "path", &c.path)).chain(also)
        });
        for (kind, index, key, path) in types.chain(calls) {
            if !declared.contains(path) {
                let nearest = nearest(path, declared.iter().map(String::as_str));
                self.report(
                    kind,
                    index,
                    key,
                    Problem::UnknownPath {
                        path: path.clone(),
                        nearest,
                    },
                );
            }
        }
    }

    /// The line of a byte of an interface's text. The value's span begins at the opening quotes; a line break right behind
    /// them is not part of the text.
    fn interface_line(&self, block: usize, byte: usize) -> usize {
        let span = self.span("api", block, "text");
        let opening = self.text.get(span.clone()).unwrap_or_default();
        let quotes = if opening.starts_with("'''") || opening.starts_with("\"\"\"") {
            3
        } else {
            1
        };
        let skipped = usize::from(opening.get(quotes..).is_some_and(|t| t.starts_with('\n')));
        line_of(self.text, span.start + quotes + skipped + byte)
    }

    fn families(&mut self, other: &dyn Fn(&str) -> Option<&'a CrateFile>) {
        let file = self.file;
        for (index, entry) in file.types.iter().enumerate() {
            if let Some(family) = &entry.family {
                let when = when!(entry);
                self.family("type", index, family, &when, other);
            }
        }
        for (index, entry) in file.slots.iter().enumerate() {
            let when = when!(entry);
            self.family("slot", index, &entry.family, &when, other);
        }
        for (index, call) in file.calls.iter().enumerate() {
            if let Some(family) = &call.family {
                let when = when!(call);
                self.family("call", index, family, &when, other);
            }
            let written = [
                ("sets", &call.sets),
                ("clears", &call.clears),
                ("slot-mut", &call.slot_mut),
            ];
            for (key, slot) in written
                .into_iter()
                .filter_map(|(k, s)| Some((k, s.as_ref()?)))
            {
                for path in std::iter::once(&call.path).chain(&call.also) {
                    self.slot(index, key, call, path, slot, other);
                }
            }
        }
    }

    /// An edit writes settings of a family there is.
    fn edits(&mut self, other: &dyn Fn(&str) -> Option<&'a CrateFile>) {
        let file = self.file;
        for (index, edit) in file.edits.iter().enumerate() {
            let Some(family) = &edit.family else { continue };
            let when = when!(edit);
            self.family("edit", index, family, &when, other);
            let of_family = || file.slots.iter().filter(|s| s.family == *family);
            for setting in &edit.set {
                let has = |v: &Version| {
                    of_family()
                        .any(|s| s.name == setting.slot && in_range(s.versions.as_deref(), v))
                };
                let missing = self.samples.iter().find(|v| when.at(v) && !has(v));
                if let Some(version) = missing {
                    let problem = Problem::UnknownSlot {
                        family: family.clone(),
                        slot: setting.slot.clone(),
                        version: shown(version),
                        nearest: nearest(&setting.slot, of_family().map(|s| s.name.as_str()))
                            .filter(|n| *n != setting.slot),
                    };
                    self.report("edit", index, "set", problem);
                }
            }
        }
    }

    fn family(
        &mut self,
        kind: &str,
        index: usize,
        family: &str,
        when: &When<'_>,
        other: &dyn Fn(&str) -> Option<&'a CrateFile>,
    ) {
        let (package, name) = split_family(family);
        let own = self.file;
        let file = match package {
            None => own,
            Some(package) => match other(package) {
                Some(file) => file,
                // The other file may not be there; its families are then nobody's.
                None => return,
            },
        };
        let missing = self.samples.iter().filter(|v| when.at(v)).find(|v| {
            !file.family.iter().any(|f| {
                f.name == name && (package.is_some() || in_range(f.versions.as_deref(), v))
            })
        });
        if let Some(version) = missing {
            let problem = Problem::UnknownFamily {
                family: family.to_owned(),
                version: shown(version),
                nearest: nearest(name, file.family.iter().map(|f| f.name.as_str()))
                    .filter(|n| n != name),
            };
            self.report(kind, index, "family", problem);
        }
    }

    fn slot(
        &mut self,
        index: usize,
        key: &str,
        call: &CallFact,
        path: &str,
        slot: &str,
        other: &dyn Fn(&str) -> Option<&'a CrateFile>,
    ) {
        let own = self.file;
        let on = path.rsplit_once("::").map_or("", |(on, _)| on);
        let call_when = when!(call);
        let mut of_type = own
            .types
            .iter()
            .filter(|t| t.path == on && t.family.is_some())
            .peekable();
        if call.family.is_none() && of_type.peek().is_none() {
            self.report(
                "call",
                index,
                key,
                Problem::NoFamily {
                    path: path.to_owned(),
                    on: on.to_owned(),
                },
            );
            return;
        }
        let of_type: Vec<(&str, When<'_>)> = match &call.family {
            Some(family) => vec![(family, when!(call))],
            None => of_type
                .filter_map(|t| Some((t.family.as_deref()?, when!(t))))
                .collect(),
        };
        let mut wrong = None;
        for version in self.samples.iter().filter(|v| call_when.at(v)) {
            for (family, when) in of_type.iter().filter(|(_, w)| w.at(version)) {
                let (package, name) = split_family(family);
                let Some(file) = package.map_or(Some(own), other) else {
                    continue;
                };
                let has = |s: &schema::Slot| {
                    s.family == name
                        && s.name == slot
                        && (package.is_some() || in_range(s.versions.as_deref(), version))
                };
                if when.meets_beside_version(&call_when) && !file.slots.iter().any(has) {
                    let names = file
                        .slots
                        .iter()
                        .filter(|s| s.family == name)
                        .map(|s| s.name.as_str());
                    wrong = wrong.or(Some(Problem::UnknownSlot {
                        family: (*family).to_owned(),
                        slot: slot.to_owned(),
                        version: shown(version),
                        nearest: nearest(slot, names).filter(|n| n != slot),
                    }));
                }
            }
        }
        if let Some(problem) = wrong {
            self.report("call", index, key, problem);
        }
    }

    fn twice(&mut self) {
        let file = self.file;
        let types: Vec<_> = file
            .types
            .iter()
            .map(|t| (t.path.clone(), when!(t)))
            .collect();
        self.twice_of("type", "path", &types);
        let slots: Vec<_> = file
            .slots
            .iter()
            .map(|s| (format!("{}/{}", s.family, s.name), when!(s)))
            .collect();
        self.twice_of("slot", "name", &slots);
        let families: Vec<_> = file
            .family
            .iter()
            .map(|f| (f.name.clone(), when!(f)))
            .collect();
        self.twice_of("family", "name", &families);
        let mut names = BTreeSet::new();
        for (index, fact) in file.macros.iter().enumerate() {
            if !names.insert(&fact.path) {
                let first = file
                    .macros
                    .iter()
                    .position(|m| m.path == fact.path)
                    .unwrap_or(index);
                let other = self.line("macro", first, "path");
                let problem = Problem::Twice {
                    what: fact.path.clone(),
                    version: file.newest.clone(),
                    other,
                };
                self.report("macro", index, "path", problem);
            }
        }
        for (index, call) in file.calls.iter().enumerate() {
            let earlier = file.calls.get(..index).unwrap_or_default();
            let clash = earlier.iter().enumerate().find_map(|(first, before)| {
                let shared = paths(call).find(|p| paths(before).any(|b| b == *p))?;
                if !contradict(before, call) {
                    return None;
                }
                let version = self.meeting(&when!(before), &when!(call))?;
                Some((first, shared.clone(), version))
            });
            if let Some((first, what, version)) = clash {
                let problem = Problem::Twice {
                    what,
                    version,
                    other: self.line("call", first, "path"),
                };
                self.report("call", index, "path", problem);
            }
        }
    }

    fn twice_of(&mut self, kind: &str, key: &str, entries: &[(String, When<'_>)]) {
        for (index, (what, when)) in entries.iter().enumerate() {
            let earlier = entries.get(..index).unwrap_or_default();
            let clash = earlier
                .iter()
                .enumerate()
                .filter(|(_, (w, _))| w == what)
                .find_map(|(first, (_, before))| Some((first, self.meeting(before, when)?)));
            if let Some((first, version)) = clash {
                let problem = Problem::Twice {
                    what: what.clone(),
                    version,
                    other: self.line(kind, first, key),
                };
                self.report(kind, index, key, problem);
            }
        }
    }

    /// A version for which both may apply.
    fn meeting(&self, one: &When<'_>, two: &When<'_>) -> Option<String> {
        let both = self.samples.iter().rev().find(|v| one.at(v) && two.at(v))?;
        one.meets_beside_version(two).then(|| shown(both))
    }
}

/// A version in a message. The samples just below a boundary have no number that anybody published.
fn shown(version: &Version) -> String {
    match (version.minor, version.patch) {
        (u64::MAX, _) => format!("{}.*", version.major),
        (minor, u64::MAX) => format!("{}.{minor}.*", version.major),
        _ => version.to_string(),
    }
}

fn paths(call: &CallFact) -> impl Iterator<Item = &String> {
    std::iter::once(&call.path).chain(&call.also)
}

/// Whether two facts about one path say the same kind of thing, so that only one can be meant.
fn contradict(one: &CallFact, two: &CallFact) -> bool {
    let both = |a: bool, b: bool| a && b;
    let writes = |c: &CallFact| -> BTreeSet<String> {
        [&c.sets, &c.clears, &c.slot_mut]
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    };
    let (w1, w2) = (writes(one), writes(two));
    w1.intersection(&w2).next().is_some()
        || both(!one.sends.is_empty(), !two.sends.is_empty())
        || both(one.reads.is_some(), two.reads.is_some())
        || both(one.spawns.is_some(), two.spawns.is_some())
        || both(one.bounds.is_some(), two.bounds.is_some())
        || both(one.races, two.races)
        || both(one.pays.is_some(), two.pays.is_some())
        || both(one.runs.is_some(), two.runs.is_some())
        || both(one.empty, two.empty)
        || both(one.discards, two.discards)
        || both(one.forgets, two.forgets)
        || both(one.drops, two.drops)
}
