//! Every option does something: each is run on a small workspace, with and without it, and what it brings or takes away is
//! looked for. One that is in no row fails, and so does a row whose option does nothing.

#[path = "support/cli.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use clap::CommandFactory;
use linger::cli::args::Args;
use linger::discover::Disk;
use support::linger_with;

/// Command (empty: the check), what is written with the option first, what it is held against, and a text that the option
/// brings (`+`) or takes away (`-`): in the output, or as `=name: text` in a file.
type Row = (&'static str, &'static str, &'static str, &'static str);

/// All options of all commands, but those in [`SILENT`].
const ROWS: &[Row] = &[
    // Selection.
    (
        "",
        "--manifest-path ../other/Cargo.toml",
        "",
        "+--> src/lib.rs:2:9",
    ),
    ("", "--package cli", "", "+cli/src/lib.rs"),
    ("", "--workspace", "", "+cli/src/lib.rs"),
    (
        "",
        "--exclude cli --workspace",
        "--workspace",
        "-cli/src/lib.rs",
    ),
    ("", "--lib", "", "-api/src/main.rs"),
    ("", "--bins", "", "-api/src/lib.rs"),
    ("", "--examples", "", "+api/examples/e.rs"),
    ("", "--tests", "", "+api/tests/t.rs"),
    ("", "--benches", "", "+api/benches/b.rs"),
    ("", "--all-targets", "", "+api/benches/b.rs"),
    (
        "",
        "--features extra",
        "--features default",
        "+api/src/extra.rs",
    ),
    (
        "",
        "--all-features",
        "--features default",
        "+api/src/extra.rs",
    ),
    ("", "--no-default-features", "", "-api/src/fast.rs"),
    (
        "",
        "--target x86_64-pc-windows-msvc",
        "",
        "+api/src/windows.rs",
    ),
    // Levels.
    ("", "--allow detached_task", "", "-linger::detached_task"),
    (
        "",
        "--warn detached_task",
        "-A detached_task",
        "+warning[linger::detached_task]",
    ),
    (
        "",
        "--deny detached_task",
        "",
        "+error[linger::detached_task]",
    ),
    // What is forbidden, a comment cannot allow.
    (
        "",
        "--forbid detached_task",
        "-D detached_task",
        "+api/src/allowed.rs",
    ),
    ("", "--min-confidence possible", "", "+api/src/bin/weak.rs"),
    // What is new.
    ("", "--max-warnings 1", "", "+more than `--max-warnings 1`"),
    (
        "",
        "--write-baseline known.toml",
        "",
        "=known.toml: detached_task",
    ),
    ("", "--baseline other-baseline.toml", "", "-api/src/fast.rs"),
    ("", "--since HEAD", "", "-api/src/lib.rs"),
    ("", "--staged", "", "-api/src/fast.rs"),
    ("", "--stdin-path api/src/fast.rs -", "", "-api/src/fast.rs"),
    // Fixes.
    (
        "",
        "--fix --allow-dirty",
        "--allow-dirty --diff",
        "=api/src/twice.rs: allow(detached_task):",
    ),
    ("", "--diff", "", "+--- a/api/src/twice.rs"),
    (
        "",
        "--unsafe-fixes --diff",
        "--diff",
        "++        tasks.spawn(",
    ),
    (
        "",
        "--fix-only timeouts --diff",
        "--diff",
        "---- a/api/src/twice.rs",
    ),
    (
        "",
        "--allow-dirty --fix",
        "--fix",
        "=api/src/twice.rs: allow(detached_task):",
    ),
    (
        "",
        "--allow-no-vcs --fix --manifest-path ../other/Cargo.toml",
        "--fix --manifest-path ../other/Cargo.toml",
        "=../other/src/lib.rs: allow(detached_task):",
    ),
    // Configuration.
    ("", "--config other.toml", "", "-detached_task"),
    ("", "--no-config", "", "+api/src/quiet.rs"),
    // Output.
    ("", "--timings", "", "+check and report"),
    (
        "",
        "--message-format short=found.txt",
        "",
        "=found.txt: api/src/lib.rs",
    ),
    ("", "--color always", "--color never", "+\u{1b}["),
    ("", "--quiet", "", "-cargo linger: "),
    ("", "--verbose", "", "+likely"),
    // The inventory.
    (
        "inventory",
        "--manifest-path ../other/Cargo.toml",
        "",
        "-api/src/lib.rs",
    ),
    ("inventory", "--package cli", "", "+cli/src/lib.rs"),
    ("inventory", "--workspace", "", "+cli/src/lib.rs"),
    (
        "inventory",
        "--exclude cli --workspace",
        "--workspace",
        "-cli/src/lib.rs",
    ),
    ("inventory", "--lib", "", "-api/src/main.rs"),
    ("inventory", "--bins", "", "-api/src/lib.rs"),
    ("inventory", "--examples", "", "+api/examples/e.rs"),
    ("inventory", "--tests", "", "+api/tests/t.rs"),
    ("inventory", "--benches", "", "+api/benches/b.rs"),
    ("inventory", "--all-targets", "", "+api/benches/b.rs"),
    (
        "inventory",
        "--features extra",
        "--features default",
        "+api/src/extra.rs",
    ),
    (
        "inventory",
        "--all-features",
        "--features default",
        "+api/src/extra.rs",
    ),
    ("inventory", "--no-default-features", "", "-api/src/fast.rs"),
    (
        "inventory",
        "--target x86_64-pc-windows-msvc",
        "",
        "+api/src/windows.rs",
    ),
    ("inventory", "--config other.toml", "", "+api/tests/t.rs"),
    ("inventory", "--no-config", "", "+api/src/left_out.rs"),
    ("inventory", "--timings", "", "+check and report"),
    (
        "inventory",
        "--message-format json=all.json",
        "",
        "=all.json: linger.inventory/1",
    ),
    ("inventory", "--color always", "--color never", "+\u{1b}["),
    ("inventory", "--quiet", "", "-cargo linger: "),
    ("inventory", "--verbose", "", "+calls ("),
    // What is known of a place.
    (
        "why",
        "--manifest-path ../other/Cargo.toml api/src/lib.rs:12",
        "api/src/lib.rs:12",
        "+workspace/api/src/lib.rs:12",
    ),
    (
        "why",
        "--package cli api/src/lib.rs:12",
        "api/src/lib.rs:12",
        "+its package is not selected",
    ),
    (
        "why",
        "--exclude api --workspace api/src/lib.rs:12",
        "--workspace api/src/lib.rs:12",
        "+its package is not selected",
    ),
    (
        "why",
        "--lib api/src/main.rs:7",
        "api/src/main.rs:7",
        "+its target is not selected",
    ),
    (
        "why",
        "--bins api/src/lib.rs:12",
        "api/src/lib.rs:12",
        "+its target is not selected",
    ),
    (
        "why",
        "--examples api/examples/e.rs:7",
        "api/examples/e.rs:7",
        "+detached_task",
    ),
    (
        "why",
        "--tests api/tests/t.rs:3",
        "api/tests/t.rs:3",
        "+detached_task",
    ),
    (
        "why",
        "--benches api/benches/b.rs:7",
        "api/benches/b.rs:7",
        "+detached_task",
    ),
    (
        "why",
        "--all-targets api/benches/b.rs:7",
        "api/benches/b.rs:7",
        "+detached_task",
    ),
    (
        "why",
        "--features extra api/src/extra.rs:2",
        "--features default api/src/extra.rs:2",
        "+detached_task",
    ),
    (
        "why",
        "--all-features api/src/extra.rs:2",
        "--features default api/src/extra.rs:2",
        "+detached_task",
    ),
    (
        "why",
        "--no-default-features api/src/fast.rs:2",
        "api/src/fast.rs:2",
        "+`cfg(feature = \"fast\")` does not hold",
    ),
    (
        "why",
        "--target x86_64-pc-windows-msvc api/src/windows.rs:2",
        "api/src/windows.rs:2",
        "+detached_task",
    ),
    (
        "why",
        "--allow detached_task api/src/lib.rs:12",
        "api/src/lib.rs:12",
        "+allowed (-A detached_task)",
    ),
    (
        "why",
        "--warn detached_task api/src/lib.rs:12",
        "-A detached_task api/src/lib.rs:12",
        "+(warn)",
    ),
    (
        "why",
        "--deny detached_task api/src/lib.rs:12",
        "api/src/lib.rs:12",
        "+(deny)",
    ),
    (
        "why",
        "--forbid detached_task api/src/allowed.rs:3",
        "-D detached_task api/src/allowed.rs:3",
        "+(forbid)",
    ),
    (
        "why",
        "--min-confidence possible api/src/bin/weak.rs:2",
        "api/src/bin/weak.rs:2",
        "+possible (warn)",
    ),
    (
        "why",
        "--baseline other-baseline.toml api/src/fast.rs:2",
        "api/src/fast.rs:2",
        "+the baseline holds it",
    ),
    (
        "why",
        "--config other.toml api/src/lib.rs:12",
        "api/src/lib.rs:12",
        "+allowed (other.toml:",
    ),
    (
        "why",
        "--no-config api/src/quiet.rs:2",
        "api/src/quiet.rs:2",
        "+(warn)",
    ),
    (
        "why",
        "--timings api/src/lib.rs:12",
        "api/src/lib.rs:12",
        "+check and report",
    ),
    (
        "why",
        "--message-format json=why.json api/src/lib.rs:12",
        "api/src/lib.rs:12",
        "=why.json: linger.why/1",
    ),
    (
        "why",
        "--color always api/src/lib.rs:12",
        "--color never api/src/lib.rs:12",
        "+\u{1b}[",
    ),
    (
        "why",
        "--quiet api/src/lib.rs:12",
        "api/src/lib.rs:12",
        "---> api",
    ),
    (
        "why",
        "--verbose api/src/lib.rs:12",
        "api/src/lib.rs:12",
        "+calls here",
    ),
    // What is in force.
    (
        "config",
        "--manifest-path ../other/Cargo.toml",
        "",
        "-quiet.rs",
    ),
    // A file that is not read is told of where its package is asked for.
    ("config", "--package cli", "", "+cli/linger.toml"),
    ("config", "--workspace", "", "+cli/linger.toml"),
    (
        "config",
        "--exclude cli --workspace",
        "--workspace",
        "-cli/linger.toml",
    ),
    ("config", "--lib", "", "+target options"),
    ("config", "--bins", "", "+target options"),
    ("config", "--examples", "", "+target options"),
    ("config", "--tests", "", "+target options"),
    ("config", "--benches", "", "+target options"),
    ("config", "--all-targets", "", "+target options"),
    ("config", "--allow detached_task", "", "+-A detached_task"),
    ("config", "--warn detached_task", "", "+-W detached_task"),
    ("config", "--deny detached_task", "", "+-D detached_task"),
    ("config", "--forbid detached_task", "", "+-F detached_task"),
    (
        "config",
        "--min-confidence possible",
        "",
        "+--min-confidence",
    ),
    ("config", "--config other.toml", "", "+other.toml"),
    ("config", "--no-config", "", "-quiet.rs"),
    ("config", "--message-format json", "", "+linger.config/1"),
    // What a client does.
    (
        "explain",
        "--client reqwest",
        "unread_body",
        "+read_timeout",
    ),
    (
        "explain",
        "--manifest-path ../other/Cargo.toml --client reqwest",
        "--client reqwest",
        "+# reqwest 0.11.27 ",
    ),
    // What a team begins with.
    (
        "init",
        "--pre-commit",
        "--print",
        "=.pre-commit-config.yaml: cargo-linger",
    ),
    (
        "init",
        "--github",
        "--print",
        "=.github/workflows/linger.yml: cargo linger",
    ),
    (
        "init",
        "--gitlab",
        "--print",
        "=.gitlab/linger.yml: cargo linger",
    ),
    ("init", "--print", "--gitlab", "+#[lints]"),
    ("init", "--force", "--github", "=linger.toml: #[lints]"),
    (
        "init",
        "--manifest-path ../other/Cargo.toml",
        "--github",
        "=../other/linger.toml: #[lints]",
    ),
];

/// Options that change nothing that can be looked for, and why they are there.
const SILENT: &[(&str, &str, &str)] = &[
    (
        "",
        "threads",
        "the same bytes with any number of threads is a promise",
    ),
    ("inventory", "threads", "as in a check"),
    ("why", "threads", "as in a check"),
    (
        "why",
        "workspace",
        "the package of the file is selected as it is; it is there for `--exclude`",
    ),
    (
        "config",
        "threads",
        "`config` takes what a check takes, to stand before the same words",
    ),
    ("config", "timings", "as `threads`"),
    (
        "config",
        "features",
        "as `threads`: no value that is in force depends on it",
    ),
    ("config", "all-features", "as `features`"),
    ("config", "no-default-features", "as `features`"),
    ("config", "target", "as `features`"),
];

const LEAK: &str = "pub fn leak() {\n    tokio::spawn(async {});\n}\n";

/// A directive that names one lint too many, and a leak that a set could hold.
const FIXABLE: &str = "pub fn told() {\n    // linger: allow(detached_task, unread_body): it is meant so\n    tokio::spawn(async {});\n}\n\
     pub async fn all(jobs: Vec<u32>) {\n    for _job in jobs {\n        tokio::spawn(async {});\n    }\n}\n";

/// A workspace with a leak wherever an option leads, beside another one.
fn workspace() -> (tempfile::TempDir, PathBuf) {
    let keep = tempfile::tempdir().expect("a folder");
    let dir = keep.path().join("workspace");
    let package = |name: &str, more: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
             [dependencies]\ntokio = {{ version = \"1\", features = [\"full\"] }}\n{more}"
        )
    };
    let files = [
        (".git/HEAD", String::new()),
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"api\", \"cli\"]\ndefault-members = [\"api\"]\n".to_owned(),
        ),
        (
            "linger.toml",
            "exclude = [\"api/src/left_out.rs\"]\n[[overrides]]\npaths = [\"api/src/quiet.rs\"]\nlints = { all = \"allow\" }\n".to_owned(),
        ),
        ("other.toml", "test-code = true\n[lints]\nall = \"allow\"\n".to_owned()),
        (
            "other-baseline.toml",
            "version = 1\n[[finding]]\nlint = \"detached_task\"\nin = \"api::fast::leak\"\n\
             code = \"tokio::spawn(async{});\"\npackage = \"api\"\n"
                .to_owned(),
        ),
        (
            "api/Cargo.toml",
            package("api", "[features]\ndefault = [\"fast\"]\nfast = []\nextra = []\n"),
        ),
        (
            "api/src/lib.rs",
            format!(
                "pub mod allowed;\npub mod left_out;\npub mod quiet;\npub mod twice;\n#[cfg(feature = \"fast\")]\npub mod fast;\n\
                 #[cfg(feature = \"extra\")]\npub mod extra;\n#[cfg(windows)]\npub mod windows;\n{LEAK}"
            ),
        ),
        (
            "api/src/allowed.rs",
            LEAK.replace("    tokio", "    // linger: allow(detached_task): it is meant so\n    tokio"),
        ),
        ("api/src/left_out.rs", LEAK.to_owned()),
        ("api/src/twice.rs", FIXABLE.to_owned()),
        ("api/src/quiet.rs", LEAK.to_owned()),
        ("api/src/fast.rs", LEAK.to_owned()),
        ("api/src/extra.rs", LEAK.to_owned()),
        ("api/src/windows.rs", LEAK.to_owned()),
        // A task of `main` may well be meant to last as long as the program.
        (
            "api/src/bin/weak.rs",
            LEAK.replace("pub fn leak", "fn main"),
        ),
        ("api/src/main.rs", format!("fn main() {{\n    loop {{\n        leak();\n    }}\n}}\n{LEAK}")),
        ("api/examples/e.rs", format!("fn main() {{\n    loop {{\n        leak();\n    }}\n}}\n{LEAK}")),
        ("api/tests/t.rs", format!("#[test]\n{}", LEAK.replace("pub ", ""))),
        ("api/benches/b.rs", format!("fn main() {{\n    loop {{\n        leak();\n    }}\n}}\n{LEAK}")),
        ("cli/Cargo.toml", package("cli", "")),
        ("cli/src/lib.rs", LEAK.to_owned()),
        ("cli/linger.toml", String::new()),
        (
            "../other/Cargo.toml",
            package("other", "reqwest = \"0.11\"\n"),
        ),
        (
            "../other/Cargo.lock",
            "version = 4\n[[package]]\nname = \"other\"\nversion = \"0.1.0\"\ndependencies = [\"reqwest\", \"tokio\"]\n\
             [[package]]\nname = \"reqwest\"\nversion = \"0.11.27\"\nsource = \"registry+https://registry.invalid/index\"\n\
             [[package]]\nname = \"tokio\"\nversion = \"1.47.1\"\nsource = \"registry+https://registry.invalid/index\"\n"
                .to_owned(),
        ),
        ("../other/src/lib.rs", LEAK.replace("    tokio", "        tokio") + FIXABLE),
    ];
    for (name, text) in files {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
        fs::write(path, text).expect("it writes");
    }
    (keep, dir)
}

/// Makes a repository of it, in which nothing has changed since the only commit.
fn commit(dir: &Path) {
    fs::remove_dir_all(dir.join(".git")).expect("it goes");
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.invalid"];
    for args in [&["init", "-q"][..], &["add", "-A"], &["commit", "-qm", "a"]] {
        let mut git = Command::new("git");
        let done = git.current_dir(dir).args(identity).args(args).status();
        assert!(done.expect("git runs").success());
    }
}

/// All that a run says.
fn said(dir: &Path, command: &str, options: &str) -> String {
    let stdin = b"pub fn fine() {}\n";
    let ran = linger_with(
        &Disk,
        dir,
        &format!("{command} {options}"),
        &|_| None,
        stdin,
    );
    ran.out + &ran.err
}

#[test]
fn every_option_does_what_its_row_says() {
    let wrong: Vec<String> = thread::scope(|scope| {
        let parts = ROWS.chunks(ROWS.len().div_ceil(4));
        let running: Vec<_> = parts.map(|rows| scope.spawn(|| complaints(rows))).collect();
        let done = running.into_iter().map(thread::ScopedJoinHandle::join);
        done.flat_map(|part| part.expect("no panic")).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The rows that are not as the tool is.
fn complaints(rows: &[Row]) -> Vec<String> {
    let mut wrong = Vec::new();
    // What is not looked for in a file is the same each time.
    let mut plain: BTreeMap<(&str, &str), String> = BTreeMap::new();
    for (command, with, without, effect) in rows {
        let (_keep, dir) = workspace();
        if with.starts_with("--since") || with.starts_with("--staged") {
            commit(&dir);
        }
        let said_with = said(&dir, command, with);
        if !is_there(effect, &said_with, &dir) {
            wrong.push(format!(
                "`{command} {with}` has no `{effect}`:\n{said_with}"
            ));
        }
        let (_keep, dir) = workspace();
        let said_without = if effect.starts_with('=') {
            &said(&dir, command, without)
        } else {
            let said = || said(&dir, command, without);
            &*plain.entry((command, without)).or_insert_with(said)
        };
        if is_there(effect, said_without, &dir) {
            wrong.push(format!(
                "`{command} {without}` has `{effect}`, too:\n{said_without}"
            ));
        }
    }
    wrong
}

fn is_there(effect: &str, said: &str, dir: &Path) -> bool {
    let (sign, rest) = effect.split_at(1);
    match (sign, rest.split_once(": ")) {
        ("=", Some((file, text))) => {
            let file = fs::read_to_string(dir.join(file)).unwrap_or_default();
            file.contains(text)
        }
        ("-", _) => !said.contains(rest),
        _ => said.contains(rest),
    }
}

#[test]
fn every_option_has_a_row() {
    let mut declared = Args::command();
    declared.build();
    let mut there = BTreeSet::new();
    let commands = declared
        .get_subcommands()
        .filter(|c| c.get_name() != "help");
    for command in commands.chain([&declared]) {
        let name = match command.get_name() {
            "cargo-linger" => "",
            name => name,
        };
        let options = command.get_arguments().filter_map(clap::Arg::get_long);
        let options = options.filter(|option| !["help", "version"].contains(option));
        there.extend(options.map(|option| (name, option)));
    }
    let of_rows = ROWS.iter().map(|(command, with, ..)| {
        let first = with.split_whitespace().next().unwrap_or_default();
        (*command, first.trim_start_matches('-'))
    });
    let silent = SILENT
        .iter()
        .map(|(command, option, _)| (*command, *option));
    let rows: BTreeSet<(&str, &str)> = of_rows.chain(silent).collect();
    let missing: Vec<_> = there.difference(&rows).collect();
    assert!(missing.is_empty(), "give these options a row: {missing:?}");
    let gone: Vec<_> = rows.difference(&there).collect();
    assert!(gone.is_empty(), "there are no such options: {gone:?}");
}

#[test]
fn a_letter_means_what_the_word_means() {
    let declared = Args::command();
    let (_keep, dir) = workspace();
    let mut count = 0;
    for (command, with, ..) in ROWS.iter().filter(|row| row.0.is_empty()) {
        let (word, rest) = with.split_once(' ').unwrap_or((with, ""));
        let word = word.trim_start_matches('-');
        let option = declared
            .get_arguments()
            .find(|arg| arg.get_long() == Some(word));
        if let Some(letter) = option.and_then(clap::Arg::get_short) {
            let short = said(&dir, command, &format!("-{letter} {rest}"));
            assert_eq!(short, said(&dir, command, with), "-{letter} and --{word}");
            count += 1;
        }
    }
    assert!(count >= 7, "{count} letters");
}
