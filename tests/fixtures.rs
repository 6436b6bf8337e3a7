//! Every lint on every fixture: what is marked must be found, and nothing else.

mod support;

use std::path::{Path, PathBuf};

use linger::check::analysis::Analysis;
use linger::check::{self, Policy, Scope};
use linger::discover::Disk;
use linger::finding::Confidence;
use linger::lints::LINTS;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// What a run shows, suppressions applied, weak findings included.
fn shown(analysis: &Analysis) -> Vec<(String, u32, String, Confidence, String)> {
    let levels = support::every_lint();
    let scope = Scope::new(&fixtures(), &[], false);
    let policy = Policy {
        lints: LINTS,
        levels: &levels,
        min_confidence: Confidence::Possible,
        scope: &scope,
    };
    let checked = check::check(analysis, &policy);
    let mut out = Vec::new();
    for item in checked.findings {
        let finding = item.finding;
        let Some(source) = analysis.sources.get(finding.primary.span.file) else {
            continue;
        };
        let line = source.position(finding.primary.span.lo).line;
        let words = format!("{} / {}", finding.message, finding.primary.text);
        out.push((
            source.name.clone(),
            line,
            finding.lint.to_owned(),
            finding.confidence,
            words,
        ));
    }
    out
}

fn hold(dir: &Path) {
    let analysis = support::analyze(dir, &Disk);
    let verdict = support::judge(&analysis, &shown(&analysis));
    for (lint, score) in &verdict.scores {
        eprintln!(
            "{lint}: {} found, {} missed, {} wrong, {} known misses, {} known false alarms",
            score.hits, score.misses, score.false_alarms, score.known_misses, score.known_alarms
        );
    }
    assert!(
        verdict.complaints.is_empty(),
        "{} lines are not as marked:\n\n{}\n\nrun `cargo run -- --manifest-path fixtures/Cargo.toml --workspace` to see the findings",
        verdict.complaints.len(),
        verdict.complaints.join("\n")
    );
}

#[test]
fn every_lint_on_every_fixture_finds_what_is_marked_and_nothing_else() {
    hold(&fixtures());
}

#[test]
fn a_client_that_is_brought_along_is_judged_in_its_own_version() {
    let analysis = support::analyze(&fixtures(), &Disk);
    let found: Vec<(u32, bool)> = shown(&analysis)
        .into_iter()
        .filter(|(file, _, lint, ..)| {
            file.ends_with("reqwest-middleware/src/lib.rs") && lint == "client_without_timeout"
        })
        .map(|(_, line, _, _, words)| (line, words.contains("the connection")))
        .collect();
    // Of three lines of reqwest, only the oldest can wait for a connection without bound.
    let source = include_str!("../fixtures/reqwest-middleware/src/lib.rs");
    let oldest = source
        .lines()
        .position(|l| l.contains("older_web::Client::new()"))
        .map(|at| at as u32 + 1);
    assert!(found.len() > 4, "{found:?}");
    for (line, connecting) in &found {
        assert_eq!(*connecting, Some(*line) == oldest, "line {line}: {found:?}");
    }
}

#[test]
fn a_file_that_does_not_parse_is_a_finding_and_the_rest_goes_on() {
    hold(&fixtures().join("broken"));
}

#[test]
fn crates_with_a_client_inside_are_judged_by_what_they_bound() {
    hold(&fixtures().join("others"));
}
