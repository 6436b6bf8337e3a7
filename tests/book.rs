//! The book is whole: pages and summary agree, links and includes lead somewhere, commands are understood. That every lint
//! has a page is in `prose.rs`.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use linger::cli::args;
use linger::lints::LINTS;
use linger::report::FORMATS;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn book() -> PathBuf {
    root().join("docs/src")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All Markdown files below a folder, by their path from it.
fn pages(folder: &Path) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).expect("it reads").flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let name = path.strip_prefix(folder).expect("it is below");
                out.insert(name.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    out
}

/// The targets of `](…)` links that are files.
fn links(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for part in text.split("](").skip(1) {
        let target = part.split([')', '#']).next().unwrap_or_default();
        if !target.is_empty() && !target.contains("://") {
            out.push(target.to_owned());
        }
    }
    out
}

#[test]
fn the_summary_names_every_page_once() {
    let named = links(&read(&book().join("SUMMARY.md")));
    let once: BTreeSet<String> = named.iter().cloned().collect();
    assert_eq!(named.len(), once.len(), "a page is named twice");
    let mut there = pages(&book());
    there.remove("SUMMARY.md");
    assert_eq!(once, there, "SUMMARY.md (left) and docs/src (right) differ");
}

#[test]
fn links_and_includes_lead_somewhere() {
    for page in pages(&book()) {
        let path = book().join(&page);
        let text = read(&path);
        let folder = path.parent().expect("it has one");
        let includes = text
            .split("{{#include ")
            .skip(1)
            .filter_map(|rest| rest.split("}}").next());
        for target in links(&text).iter().map(String::as_str).chain(includes) {
            assert!(
                folder.join(target).is_file(),
                "{page} leads to {target}, which is not there"
            );
        }
    }
}

/// The commands of `console` fences of a text that are ours.
fn commands(text: &str) -> Vec<String> {
    let fences = text
        .split("```console\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next());
    let lines = fences
        .flat_map(str::lines)
        .filter_map(|line| line.strip_prefix("$ "));
    lines
        .map(|line| line.split(" #").next().unwrap_or(line).trim().to_owned())
        .filter(|line| line.starts_with("cargo linger"))
        .collect()
}

#[test]
fn commands_in_prose_are_understood() {
    let mut count = 0;
    let mut texts = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    texts.extend(pages(&book()).iter().map(|page| book().join(page)));
    texts.extend(
        LINTS
            .iter()
            .map(|lint| root().join("lints").join(lint.id).join("README.md")),
    );
    for path in texts {
        for command in commands(&read(&path)) {
            count += 1;
            let words = command
                .split_whitespace()
                .skip(1)
                .map(|word| OsString::from(word.trim_matches('"')));
            let words = std::iter::once(OsString::from("cargo-linger")).chain(words);
            if let Err(error) = args::parse(words) {
                panic!("{}: `{command}`: {error}", path.display());
            }
        }
    }
    assert!(
        count > 20,
        "only {count} commands were found: are the fences still marked `console`?"
    );
}

#[test]
fn the_page_of_formats_is_the_table_of_formats() {
    let text = read(&book().join("formats.md"));
    let rows = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
    assert_eq!(rows.collect::<Vec<_>>(), names);
}
