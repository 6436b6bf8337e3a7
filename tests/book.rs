//! The book is whole and true: pages and summary agree, links and includes lead somewhere, commands are understood, screens
//! are what is printed, and what other files say is said here as they say it. That every lint has a page is in `prose.rs`.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use linger::cli::args;
use linger::lint::Group;
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
        // What is taken in has its links from the page, not from where it was written.
        let mut targets = links(&text);
        for include in includes {
            targets.push(include.to_owned());
            targets.extend(links(&read(&folder.join(include))));
        }
        for target in targets {
            assert!(
                folder.join(&target).is_file(),
                "{page} leads to {target}, which is not there"
            );
        }
    }
}

/// The commands of a text that are ours: at a prompt, in a script's list, and as an editor is told.
fn commands(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        let mut command = ["$ ", "- ", "- run: "]
            .iter()
            .find_map(|start| line.strip_prefix(start))
            .map(str::to_owned);
        if let Some((_, list)) = line.split_once("overrideCommand\": ") {
            let words: Vec<String> = serde_json::from_str(list).expect("a list of words");
            command = Some(words.join(" "));
        }
        out.extend(
            command
                .map(|line| line.split(" #").next().unwrap_or(&line).trim().to_owned())
                .filter(|line| line.starts_with("cargo linger")),
        );
    }
    out
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
        count > 30,
        "only {count} commands were found: are they still written as they were?"
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

/// What a screen shows: what the command prints on the examples, without the marks of `fixtures/`, and with what it counts
/// besides findings as it was, since each new fixture changes that.
fn screen(args: &str, counts: &str) -> String {
    let ran = Command::new(env!("CARGO_BIN_EXE_cargo-linger"))
        .current_dir(root())
        .arg("linger")
        .args(args.split_whitespace())
        .output()
        .expect("it runs");
    let text = String::from_utf8(ran.stdout).expect("UTF-8");
    let mut out = String::new();
    for line in text.trim_end().lines() {
        let (code, mark) = line.split_once("//~").unwrap_or((line, ""));
        let gutter_only = code
            .trim_start()
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .trim()
            == "|";
        if !mark.is_empty() && gutter_only {
            continue;
        }
        let line = match (line.starts_with("cargo linger: "), line.split_once(" in ")) {
            (true, Some((findings, _))) => format!("{findings} in {counts}"),
            _ => code.trim_end().to_owned(),
        };
        out += &line;
        out.push('\n');
    }
    out
}

#[test]
fn screens_show_what_is_printed() {
    let mut count = 0;
    let mut files = vec![root().join("README.md")];
    files.extend(pages(&book()).iter().map(|page| book().join(page)));
    for path in files {
        let text = read(&path);
        let mut whole = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once("<!-- screen") {
            let (args, after) = after.split_once("-->\n").expect("a comment ends");
            let (shown, after) = after.split_once("<!-- /screen -->").expect("a screen ends");
            let counts = shown
                .lines()
                .find(|line| line.starts_with("cargo linger: "))
                .and_then(|line| line.split_once(" in "))
                .map_or("", |(_, counts)| counts);
            let example = "--manifest-path fixtures/article-leaking/Cargo.toml";
            let wanted = args.trim().strip_prefix(':').unwrap_or(example);
            whole += &format!(
                "{before}<!-- screen{args}-->\n```text\n{}```\n<!-- /screen -->",
                screen(wanted, counts)
            );
            rest = after;
            count += 1;
        }
        whole += rest;
        if std::env::var_os("BLESS").is_some() {
            if text != whole {
                fs::write(&path, &whole).expect("it writes");
            }
        } else {
            let name = path.display();
            assert_eq!(text, whole, "{name}: run BLESS=1 cargo test --test book");
        }
    }
    assert!(count > 1, "no screens were found");
}

#[test]
fn what_is_quoted_from_other_files_is_what_they_say() {
    let version = env!("CARGO_PKG_VERSION");
    let hooks = read(&root().join(".pre-commit-hooks.yaml"));
    let page = read(&book().join("ci/pre-commit.md"));
    assert!(page.contains(&format!("rev: v{version}\n")));
    let ids: Vec<&str> = hooks
        .lines()
        .filter_map(|line| line.strip_prefix("- id: "))
        .collect();
    assert!(ids.len() > 1);
    for id in ids {
        assert!(
            page.contains(&format!("`{id}`")),
            "no word about the hook {id}"
        );
    }
    let page = read(&book().join("ci/github.md"));
    assert!(page.contains(&format!("@v{version}\n")));
    let action = read(&root().join("action.yml"));
    let inputs = action.split("\nruns:").next().unwrap_or_default();
    let inputs = inputs.split("\ninputs:\n").nth(1).expect("inputs");
    let mut wanted = Vec::new();
    let mut name = "";
    for line in inputs.lines() {
        match line.strip_prefix("    default:") {
            Some(value) => wanted.push((name, value.trim().trim_matches('"'))),
            None if !line.starts_with("    ") => name = line.trim().trim_end_matches(':'),
            None => {}
        }
    }
    let told: Vec<(&str, &str)> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let mut cells = line
                .split('|')
                .skip(1)
                .map(|cell| cell.trim().trim_matches('`'));
            (cells.next().unwrap_or(""), cells.next().unwrap_or(""))
        })
        .collect();
    assert_eq!(told, wanted, "the page (left) and action.yml (right)");
    let page = read(&book().join("lints.md"));
    for group in [Group::Timeouts, Group::Bodies, Group::Tasks, Group::Clients] {
        assert!(page.contains(&format!("`linger::{}`", group.as_str())));
    }
}

#[test]
fn a_reason_in_the_book_silences_what_it_says() {
    let page = read(&book().join("adoption.md"));
    let program = page
        .split("```rust\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("an example");
    let dir = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(dir.path().join("src")).expect("a folder");
    let manifest = "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n\
                    tokio = { version = \"1\", features = [\"full\"] }\n";
    fs::write(dir.path().join("Cargo.toml"), manifest).expect("it writes");
    let said = |program: &str| {
        fs::write(dir.path().join("src/lib.rs"), program).expect("it writes");
        let ran = Command::new(env!("CARGO_BIN_EXE_cargo-linger"))
            .current_dir(dir.path())
            .args(["linger", "-q", "--message-format", "short"])
            .output()
            .expect("it runs");
        String::from_utf8(ran.stdout).expect("UTF-8")
    };
    assert_eq!(said(program), "");
    let without: Vec<&str> = program
        .lines()
        .filter(|line| !line.contains("linger:"))
        .collect();
    let without = without.join("\n");
    assert!(said(&without).contains("linger::detached_task"));
}
