//! What the tests share: running the engine on a folder, and reading the marks in its sources.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::path::Path;

use linger::check::analysis::{
    Analysis, AnalyzeOptions, FeatureSelection, PackageSelection, TargetSelection,
};
use linger::check::levels::{LevelArg, Levels};
use linger::engine;
use linger::finding::Confidence;
use linger::lint::{Level, Lint};
use linger::lints::LINTS;
use linger::source::Sources;

/// What a line is expected to say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    /// The file, as findings name it.
    pub file: String,
    /// 1-based line of the finding.
    pub line: u32,
    /// Lint id.
    pub lint: String,
    /// `?`: a known miss. It must stay silent, and says so when it no longer does.
    pub known_miss: bool,
    /// `!`: a known false alarm. It must still fire, and says so when it no longer does.
    pub known_alarm: bool,
    /// `(possible)`, shown only to those who ask for weak findings, `(likely)` or `(certain)`; without, one of the last two.
    pub confidence: Option<Confidence>,
    /// A text the message or a label must contain.
    pub text: Option<String>,
}

/// Runs the engine on a folder.
pub(crate) fn analyze(dir: &Path, sources: &dyn Sources) -> Analysis {
    match engine::analyze(&whole_workspace(dir), sources) {
        Ok(analysis) => analysis,
        Err(error) => panic!("the engine could not run on {}: {error}", dir.display()),
    }
}

/// The default options for all members of the workspace in a folder.
pub(crate) fn whole_workspace(dir: &Path) -> AnalyzeOptions {
    AnalyzeOptions {
        cwd: dir.to_path_buf(),
        manifest_path: None,
        paths: Vec::new(),
        packages: PackageSelection {
            all: true,
            ..PackageSelection::default()
        },
        targets: TargetSelection::default(),
        features: FeatureSelection::default(),
        triple: "x86_64-unknown-linux-gnu".to_owned(),
        threads: None,
        catalog: Vec::new(),
        ask: None,
        whole_interfaces: false,
    }
}

/// The default levels, with the lints that are off by default turned on.
pub(crate) fn every_lint() -> Levels {
    let pedantic = LevelArg {
        name: "pedantic".to_owned(),
        level: Level::Warn,
    };
    match Levels::resolve(LINTS, &[pedantic]) {
        Ok(levels) => levels,
        Err(error) => panic!("the levels do not resolve: {error}"),
    }
}

const CONFIDENCES: [Confidence; 3] = [
    Confidence::Possible,
    Confidence::Likely,
    Confidence::Certain,
];

/// The marks of one file: `//~ id`, `//~^ id`, `//~? id`, with `(possible)`, `(likely)` or `(certain)`, and `"text"`.
pub(crate) fn marks(file: &str, text: &str) -> Vec<Mark> {
    let mut out = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for mark in line.split("//~").skip(1) {
            let known_alarm = mark.starts_with('!');
            let mark = mark.trim_start_matches('!');
            let known_miss = mark.starts_with('?');
            let mark = mark.trim_start_matches('?');
            let up = mark.chars().take_while(|c| *c == '^').count();
            let mark = mark.trim_start_matches('^').trim();
            let (ids, text) = match mark.split_once('"') {
                Some((ids, rest)) => (ids, rest.split('"').next().map(str::to_owned)),
                None => (mark, None),
            };
            let said = |c: &Confidence| ids.contains(&format!("({})", c.as_str()));
            let confidence = CONFIDENCES.into_iter().find(said);
            let ids = match confidence {
                Some(said) => ids.replace(&format!("({})", said.as_str()), " "),
                None => ids.to_owned(),
            };
            for id in ids.split([',', ' ']).filter(|w| !w.is_empty()) {
                out.push(Mark {
                    file: file.to_owned(),
                    line: (index + 1 - up) as u32,
                    lint: id.to_owned(),
                    known_miss,
                    known_alarm,
                    confidence,
                    text: text.clone(),
                });
            }
        }
    }
    out
}

/// One lint's tally.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Score {
    /// Expected and found.
    pub hits: u32,
    /// Expected and not found.
    pub misses: u32,
    /// Found and not expected.
    pub false_alarms: u32,
    /// Marked as known misses.
    pub known_misses: u32,
    /// Marked as known false alarms.
    pub known_alarms: u32,
}

/// The outcome of holding findings against marks.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// By lint.
    pub scores: BTreeMap<String, Score>,
    /// What is wrong, each with place, source line, expected and got.
    pub complaints: Vec<String>,
}

/// Holds an analysis against the marks in its own sources. Suppressed findings count as silent.
pub(crate) fn judge(
    analysis: &Analysis,
    shown: &[(String, u32, String, Confidence, String)],
) -> Verdict {
    let mut verdict = Verdict::default();
    let mut expected: Vec<Mark> = Vec::new();
    let mut lines: BTreeMap<(String, u32), String> = BTreeMap::new();
    for (_, source) in analysis.sources.iter() {
        expected.extend(marks(&source.name, &source.text));
        for (index, line) in source.text.lines().enumerate() {
            lines.insert(
                (source.name.clone(), index as u32 + 1),
                line.trim().to_owned(),
            );
        }
    }
    let at = |file: &str, line: u32| {
        let text = lines
            .get(&(file.to_owned(), line))
            .cloned()
            .unwrap_or_default();
        format!("{file}:{line}\n    {text}")
    };
    let mut used = vec![false; shown.len()];
    for mark in &expected {
        let found = shown.iter().position(|(file, line, lint, confidence, _)| {
            *file == mark.file
                && *line == mark.line
                && *lint == mark.lint
                && match mark.confidence {
                    Some(said) => said == *confidence,
                    None => *confidence != Confidence::Possible,
                }
        });
        let score = verdict.scores.entry(mark.lint.clone()).or_default();
        let place = at(&mark.file, mark.line);
        if mark.known_alarm {
            match found {
                Some(index) => {
                    score.known_alarms += 1;
                    if let Some(slot) = used.get_mut(index) {
                        *slot = true;
                    }
                }
                None => verdict.complaints.push(format!(
                    "{place}\n    now silent: drop the `//~!` of {}",
                    mark.lint
                )),
            }
            continue;
        }
        match (found, mark.known_miss) {
            (Some(index), false) => {
                score.hits += 1;
                if let Some(slot) = used.get_mut(index) {
                    *slot = true;
                }
                if let (Some(text), Some((.., message))) = (&mark.text, shown.get(index))
                    && !message.contains(text.as_str())
                {
                    verdict.complaints.push(format!(
                        "{place}\n    wrong words: expected {text:?} in {message:?}"
                    ));
                }
            }
            (Some(_), true) => verdict.complaints.push(format!(
                "{place}\n    now found: drop the `?` of {}",
                mark.lint
            )),
            (None, true) => score.known_misses += 1,
            (None, false) => {
                score.misses += 1;
                let said = mark.confidence.map(|c| format!(" ({})", c.as_str()));
                let said = said.unwrap_or_default();
                let got: Vec<String> = shown
                    .iter()
                    .filter(|(f, l, ..)| *f == mark.file && *l == mark.line)
                    .map(|(_, _, lint, c, _)| format!("{lint} ({})", c.as_str()))
                    .collect();
                verdict.complaints.push(format!(
                    "{place}\n    missing: {}{said}; got: {got:?}",
                    mark.lint
                ));
            }
        }
    }
    for ((file, line, lint, confidence, message), used) in shown.iter().zip(&used) {
        // What is only possible is shown to those who ask for it: nothing holds it to a mark.
        if *used || *confidence == Confidence::Possible {
            continue;
        }
        // A lint that is off by default is held to its marks in the files that have one of it.
        let off = |l: &&&Lint| l.id == lint && l.level == Level::Allow;
        if LINTS.iter().find(off).is_some()
            && !expected.iter().any(|m| m.file == *file && m.lint == *lint)
        {
            continue;
        }
        let was_expected = expected
            .iter()
            .any(|m| m.file == *file && m.line == *line && m.lint == *lint && m.known_miss);
        if !was_expected {
            verdict.scores.entry(lint.clone()).or_default().false_alarms += 1;
            let place = at(file, *line);
            verdict.complaints.push(format!(
                "{place}\n    unexpected: {lint} ({}) {message:?}",
                confidence.as_str()
            ));
        }
    }
    verdict.complaints.sort();
    verdict
}
