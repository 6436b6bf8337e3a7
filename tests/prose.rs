//! A lint's README is its documentation: it obeys the law, and its examples are run.

mod support;

use std::path::{Path, PathBuf};

use linger::check::{self, Policy, Scope};
use linger::discover::Memory;
use linger::finding::Confidence;
use linger::lint::{Group, Lint};
use linger::lints::LINTS;

const SECTIONS: [&str; 5] = [
    "What it does",
    "Why is this bad",
    "Example",
    "Use instead",
    "Limits",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_folder_is_a_lint_and_every_lint_has_a_folder() {
    let mut folders: Vec<String> = match std::fs::read_dir(root().join("lints")) {
        Ok(entries) => entries
            .flatten()
            .filter(|e| e.path().is_dir())
            .map(|e| e.file_name().to_string_lossy().into_owned())
            .collect(),
        Err(error) => panic!("lints/ cannot be read: {error}"),
    };
    folders.sort();
    let ids: Vec<&str> = LINTS.iter().map(|l| l.id).collect();
    assert_eq!(
        folders, ids,
        "folders of lints/ (left) and LINTS (right) differ"
    );
}

#[test]
fn every_readme_has_the_five_sections_in_order() {
    for lint in LINTS {
        assert!(
            lint.doc.starts_with(&format!("# {}\n", lint.id)),
            "{}: the heading is not the id",
            lint.id
        );
        assert!(!lint.summary().is_empty(), "{}: no summary", lint.id);
        let found: Vec<&str> = lint
            .doc
            .lines()
            .filter_map(|l| l.strip_prefix("## "))
            .collect();
        assert_eq!(
            found, SECTIONS,
            "{}: sections are not those of the law",
            lint.id
        );
    }
}

/// The Rust fences of a section.
fn fences(lint: &Lint, section: &str) -> Vec<String> {
    let Some((_, rest)) = lint.doc.split_once(&format!("## {section}\n")) else {
        return Vec::new();
    };
    let text = rest.split("\n## ").next().unwrap_or_default();
    let mut out = Vec::new();
    for part in text.split("```rust\n").skip(1) {
        out.extend(part.split("```").next().map(str::to_owned));
    }
    out
}

/// Runs a program through everything and holds it against its marks.
fn complaints(program: &str) -> Vec<String> {
    let manifest = "[package]\nname = \"example\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n\
                    reqwest = { version = \"0.12\", features = [\"json\", \"stream\", \"blocking\"] }\n\
                    tokio = { version = \"1\", features = [\"full\"] }\n";
    let memory = Memory::new([
        ("/example/Cargo.toml", manifest),
        ("/example/src/lib.rs", program),
    ]);
    let dir = Path::new("/example");
    let analysis = support::analyze(dir, &memory);
    let levels = support::every_lint();
    let scope = Scope::new(dir, &[], false);
    let policy = Policy {
        lints: LINTS,
        levels: &levels,
        min_confidence: Confidence::Likely,
        scope: &scope,
    };
    let mut shown = Vec::new();
    for item in check::check(&analysis, &policy).findings {
        let finding = item.finding;
        let Some(source) = analysis.sources.get(finding.primary.span.file) else {
            continue;
        };
        let line = source.position(finding.primary.span.lo).line;
        shown.push((
            source.name.clone(),
            line,
            finding.lint.to_owned(),
            finding.confidence,
            finding.message,
        ));
    }
    support::judge(&analysis, &shown).complaints
}

#[test]
fn every_example_says_what_its_marks_say() {
    let mut wrong = Vec::new();
    for lint in LINTS.iter().filter(|l| l.group != Group::Tool) {
        let examples = fences(lint, "Example");
        assert!(
            examples.iter().any(|e| e.contains("//~")),
            "{}: no marked example",
            lint.id
        );
        for program in examples {
            wrong.extend(
                complaints(&program)
                    .into_iter()
                    .map(|c| format!("{}: {c}", lint.id)),
            );
        }
    }
    assert!(
        wrong.is_empty(),
        "examples are not as marked:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn what_to_use_instead_is_silent() {
    let mut wrong = Vec::new();
    for lint in LINTS.iter().filter(|l| l.group != Group::Tool) {
        for program in fences(lint, "Use instead") {
            assert!(
                !program.contains("//~"),
                "{}: a mark in *Use instead*",
                lint.id
            );
            wrong.extend(
                complaints(&program)
                    .into_iter()
                    .map(|c| format!("{}: {c}", lint.id)),
            );
        }
    }
    assert!(
        wrong.is_empty(),
        "advice is not silent:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn the_tables_of_lints_are_the_list() {
    // The file, and what stands between a lint's folder or name and the end of its page's path.
    for (file, end) in [("README.md", "/README.md"), ("docs/src/lints.md", ".md")] {
        let mut table = String::from("| lint | group | default | says |\n|---|---|---|---|\n");
        for lint in LINTS {
            table += &format!(
                "| [`{0}`](lints/{0}{end}) | {1} | {2} | {3} |\n",
                lint.id,
                lint.group.as_str(),
                lint.level.as_str(),
                lint.summary()
            );
        }
        let path = root().join(file);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let (before, rest) = text
            .split_once("<!-- lints -->\n")
            .unwrap_or((text.as_str(), ""));
        let (now, after) = rest.split_once("<!-- /lints -->").unwrap_or((rest, ""));
        if std::env::var_os("BLESS").is_some() {
            let new = format!("{before}<!-- lints -->\n{table}<!-- /lints -->{after}");
            let written = std::fs::write(&path, new);
            assert!(written.is_ok(), "{file} cannot be written");
            continue;
        }
        assert_eq!(now, table, "{file}: run BLESS=1 cargo test --test prose");
    }
}

#[test]
fn the_book_has_a_page_for_every_lint() {
    let book = root().join("docs/src");
    let mut wanted: Vec<(PathBuf, String)> = Vec::new();
    let mut entries = String::new();
    for lint in LINTS {
        let page = book.join("lints").join(format!("{}.md", lint.id));
        // The page is the README: nothing is written twice.
        let text = format!("{{{{#include ../../../lints/{}/README.md}}}}\n", lint.id);
        wanted.push((page, text));
        entries += &format!("  - [{0}](lints/{0}.md)\n", lint.id);
    }
    let path = book.join("SUMMARY.md");
    let summary = std::fs::read_to_string(&path).unwrap_or_default();
    let is_entry = |line: &&str| line.starts_with("  - [") && line.contains("(lints/");
    let others: Vec<&str> = summary.lines().filter(|line| !is_entry(line)).collect();
    let heading = "- [Lints](lints.md)";
    let whole = others.join("\n") + "\n";
    let whole = whole.replace(&format!("{heading}\n"), &format!("{heading}\n{entries}"));
    wanted.push((path, whole));
    for (path, text) in wanted {
        if std::env::var_os("BLESS").is_some() {
            assert!(
                std::fs::write(&path, &text).is_ok(),
                "{} cannot be written",
                path.display()
            );
        }
        let now = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            now,
            text,
            "{}: run BLESS=1 cargo test --test prose",
            path.display()
        );
    }
    let pages = std::fs::read_dir(book.join("lints")).map_or(0, Iterator::count);
    assert_eq!(pages, LINTS.len(), "docs/src/lints has a page of no lint");
}
