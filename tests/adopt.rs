//! Beginning on a Monday with old findings: a baseline, the changed lines, and what an editor holds.

#[path = "support/cli.rs"]
mod cli;

use std::path::{Path, PathBuf};
use std::process::Command;

use cli::{Ran, linger, linger_with};
use linger::discover::Disk;
use tempfile::TempDir;

const MANIFEST: &str = "[package]\nname = \"api\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\ntokio = \"1\"\nreqwest = \"0.12\"\n";
const OLD: &str =
    "pub fn start() {\n    tokio::spawn(async { work().await });\n}\nasync fn work() {}\n";
const LEAK: &str = "pub fn more() {\n    tokio::spawn(async {});\n}\n";

/// A package on the disk: `--write-baseline` writes, and git has files of its own.
struct Project {
    dir: TempDir,
}

impl Project {
    /// A package with an old finding in `old.rs` and none in `new.rs`.
    fn new() -> Self {
        let project = Project {
            dir: tempfile::tempdir().expect("a folder"),
        };
        project.write("Cargo.toml", MANIFEST);
        project.write("src/lib.rs", "pub mod old;\npub mod new;\n");
        project.write("src/old.rs", OLD);
        project.write("src/new.rs", "pub fn more() {}\n");
        project
    }

    fn path(&self) -> PathBuf {
        // Where temporary folders lie behind a link, the process sees them without it.
        self.dir.path().canonicalize().expect("it is there")
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        std::fs::write(path, text).expect("it can be written");
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).expect(name)
    }

    fn run(&self, args: &str) -> Ran {
        linger(&Disk, &self.path(), args)
    }

    /// `file:line` of all that is shown.
    fn shown(&self, args: &str) -> Vec<String> {
        let ran = self.run(&format!("--message-format short {args}"));
        assert!(ran.code < 2, "{args}: {}", ran.err);
        places(&ran.out)
    }

    fn git(&self, args: &str) {
        let out = Command::new("git")
            .args([
                "-c",
                "user.name=t",
                "-c",
                "user.email=t@example.org",
                "-c",
                "init.defaultBranch=main",
                "-c",
                "commit.gpgsign=false",
            ])
            .args(args.split_whitespace())
            .current_dir(self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .expect("the tests need git");
        assert!(
            out.status.success(),
            "git {args}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
    }

    /// The same as a repository with one commit.
    fn repository() -> Self {
        let project = Project::new();
        project.git("init -q");
        project.git("add .");
        project.git("commit -q -m first");
        project
    }
}

fn places(short: &str) -> Vec<String> {
    let place = |line: &str| line.splitn(3, ':').take(2).collect::<Vec<_>>().join(":");
    short.lines().map(place).collect()
}

const NONE: [&str; 0] = [];

#[test]
fn a_team_with_old_findings_begins_on_a_monday() {
    let project = Project::new();
    assert_eq!(project.run("-D warnings").code, 1);

    let written = project.run("--write-baseline known.toml -D warnings");
    assert_eq!(written.code, 0, "{}{}", written.out, written.err);
    assert!(
        written
            .err
            .contains("`known.toml` now holds 1 findings (0 dropped)"),
        "{}",
        written.err
    );
    let baseline = project.read("known.toml");
    for line in [
        "version = 1",
        "lint = \"detached_task\"",
        "in = \"api::old::start\"",
        "code = \"tokio::spawn(async{work().await});\"",
        "package = \"api\"",
    ] {
        assert!(
            baseline.lines().any(|is| is == line),
            "{line} in\n{baseline}"
        );
    }
    let green = project.run("--baseline known.toml -D warnings");
    assert_eq!(green.code, 0, "{}", green.out);
    assert!(
        green.out.contains("1 finding in the baseline"),
        "{}",
        green.out
    );
    assert!(!green.err.contains("mended"), "{}", green.err);

    // Lines, files and the order of items move; the formatter has been there.
    project.write(
        "src/old.rs",
        &format!(
            "//! Old.\n\nfn before() {{}}\n\n{}",
            OLD.replace("async { work().await }", "async  {work().await} /* so */")
        ),
    );
    assert_eq!(project.run("--baseline known.toml -D warnings").code, 0);

    project.write("src/new.rs", LEAK);
    assert_eq!(project.shown("--baseline known.toml"), ["src/new.rs:2"]);
    assert_eq!(project.run("--baseline known.toml -D warnings").code, 1);

    // The old one is mended: it can go, and only when asked.
    project.write("src/new.rs", "pub fn more() {}\n");
    project.write("src/old.rs", "pub fn start() {}\n");
    let mended = project.run("--baseline known.toml -D warnings");
    assert_eq!(mended.code, 0);
    assert!(
        mended.err.contains("note: 1 finding of the baseline `known.toml` is mended: drop it with `--write-baseline known.toml`\n  detached_task in api::old::start\n"),
        "{}",
        mended.err
    );
    assert_eq!(project.read("known.toml"), baseline);
    let pruned = project.run("--write-baseline known.toml");
    assert!(
        pruned.err.contains("now holds 0 findings (1 dropped)"),
        "{}",
        pruned.err
    );
    assert!(!project.read("known.toml").contains("[[finding]]"));
}

#[test]
fn equal_findings_are_counted() {
    let project = Project::new();
    let twice = "pub fn start() {\n    tokio::spawn(async {});\n    tokio::spawn(async {});\n}\n";
    project.write("src/old.rs", twice);
    project.run("--write-baseline known.toml");
    assert!(project.read("known.toml").contains("count = 2"));
    assert_eq!(project.shown("--baseline known.toml"), NONE);
    project.write(
        "src/old.rs",
        &twice.replace("}\n", "    tokio::spawn(async {});\n}\n"),
    );
    assert_eq!(project.shown("--baseline known.toml"), ["src/old.rs:4"]);
    project.write(
        "src/old.rs",
        &twice.replacen("    tokio::spawn(async {});\n", "", 1),
    );
    assert!(
        project
            .run("--baseline known.toml")
            .err
            .contains("1 finding of the baseline")
    );
}

#[test]
fn a_baseline_outlives_runs_that_look_at_less() {
    let project = Project::new();
    project.write(
        "tests/t.rs",
        "#[test]\nfn t() {\n    tokio::spawn(async {});\n}\n",
    );
    project.write("linger.toml", "baseline = 'known.toml'\n");
    project.run("--write-baseline known.toml --all-targets");
    assert!(project.read("known.toml").contains("test = true"));
    // The configuration names it, so no flag is needed; what is not looked at is not mended.
    for args in [
        "",
        "--lib",
        "src/new.rs",
        "--all-targets",
        "-A all",
        "--min-confidence certain",
    ] {
        let ran = project.run(args);
        assert_eq!(
            (ran.code, ran.err.contains("mended")),
            (0, false),
            "{args}: {}",
            ran.err
        );
        assert!(!ran.out.contains("warning["), "{args}: {}", ran.out);
    }
    let before = project.read("known.toml");
    project.run("--write-baseline known.toml");
    assert_eq!(
        project.read("known.toml"),
        before,
        "a run without tests keeps theirs"
    );
    assert_eq!(project.shown("--no-config"), ["src/old.rs:2"]);
    project.write("src/old.rs", "fn {");
    project.write("src/new.rs", LEAK);
    let broken = project.run("");
    assert!(
        !broken.err.contains("mended"),
        "a file that is not understood may hold it: {}",
        broken.err
    );
    assert_eq!(broken.code, 1);
    project.run("--write-baseline known.toml");
    assert!(project.read("known.toml").contains("api::old::start"));
    assert!(!project.read("known.toml").contains("unparsed_file"));
}

#[test]
fn a_baseline_that_cannot_be_used_is_exit_code_2() {
    let project = Project::new();
    let missing = project.run("--baseline nowhere.toml");
    assert_eq!(missing.code, 2);
    assert!(
        missing.err.contains("`nowhere.toml` cannot be read")
            && missing
                .err
                .contains("help: write it with `--write-baseline nowhere.toml`"),
        "{}",
        missing.err
    );
    project.write("b.toml", "version = 1\n[[finding]]\nlnt = 'x'\n");
    let broken = project.run("--baseline b.toml");
    assert_eq!(broken.code, 2);
    assert!(
        broken.err.contains("error: b.toml:3: unknown field `lnt`"),
        "{}",
        broken.err
    );
    for args in [
        "--write-baseline b.toml src",
        "--write-baseline b.toml --since HEAD",
        "--write-baseline b.toml --baseline b.toml",
    ] {
        assert_eq!(project.run(args).code, 2, "{args}");
    }
}

#[test]
fn since_shows_what_lies_on_changed_lines() {
    let project = Project::repository();
    assert_eq!(project.shown(""), ["src/old.rs:2"]);
    assert_eq!(project.shown("--since HEAD"), NONE);
    // Not committed, and in a file git has never seen.
    project.write(
        "src/old.rs",
        &format!("{OLD}pub fn other() {{\n    tokio::spawn(async {{}});\n}}\n"),
    );
    project.write(
        "src/lib.rs",
        "pub mod old;\npub mod new;\npub mod untracked;\n",
    );
    project.write("src/untracked.rs", LEAK);
    assert_eq!(
        project.shown("--since HEAD"),
        ["src/old.rs:6", "src/untracked.rs:2"]
    );
    assert_eq!(project.run("--since HEAD -D warnings").code, 1);
    // Committed on a branch, while main goes on.
    project.git("checkout -q -b topic");
    project.git("add .");
    project.git("commit -q -m second");
    project.git("checkout -q main");
    project.write("src/new.rs", "pub fn more() {}\n// main went on\n");
    project.git("commit -q -a -m third");
    project.git("checkout -q topic");
    assert_eq!(project.shown("--since HEAD"), NONE);
    assert_eq!(
        project.shown("--since main"),
        ["src/old.rs:6", "src/untracked.rs:2"]
    );
    assert_eq!(
        project.shown("--since HEAD~1 src/untracked.rs"),
        ["src/untracked.rs:2"]
    );
    // Windows' line breaks alone are no change.
    project.write(
        "src/old.rs",
        &project.read("src/old.rs").replace('\n', "\r\n"),
    );
    assert_eq!(project.shown("--since HEAD"), NONE);
}

#[test]
fn a_line_that_was_taken_out_counts_for_its_neighbours() {
    let project = Project::new();
    let bounded = "pub async fn get() -> reqwest::Result<String> {\n    let client = reqwest::Client::builder()\n        .timeout(std::time::Duration::from_secs(5))\n        .build()?;\n    client.get(\"http://a\").send().await?.text().await\n}\n";
    project.write("src/new.rs", bounded);
    project.git("init -q");
    project.git("add .");
    project.git("commit -q -m first");
    assert_eq!(project.shown("--since HEAD"), NONE);
    let without = bounded.replace("        .timeout(std::time::Duration::from_secs(5))\n", "");
    project.write("src/new.rs", &without);
    assert_eq!(project.shown("--since HEAD"), ["src/new.rs:2"]);
}

#[test]
fn a_moved_file_is_as_old_as_it_was() {
    let project = Project::repository();
    project.write("src/lib.rs", "pub mod deep;\npub mod new;\n");
    project.write("src/deep/mod.rs", "pub mod older;\n");
    std::fs::remove_file(project.path().join("src/old.rs")).expect("it is there");
    let moved = format!("{OLD}pub fn other() {{\n    tokio::spawn(async {{}});\n}}\n");
    project.write("src/deep/older.rs", &moved);
    assert_eq!(project.shown("--since HEAD"), ["src/deep/older.rs:6"]);
    project.git("add -A .");
    assert_eq!(project.shown("--staged"), ["src/deep/older.rs:6"]);
    project.write("src/deep/older.rs", LEAK);
    assert_eq!(
        project.shown("--since HEAD"),
        ["src/deep/older.rs:2"],
        "too little of it is left"
    );
}

#[test]
fn since_and_baseline_go_together() {
    let project = Project::repository();
    project.write("src/new.rs", LEAK);
    project.run("--write-baseline known.toml");
    assert_eq!(project.shown("--since HEAD --baseline known.toml"), NONE);
    // A second one like the first, above it: the new one is on the changed line, the known one is not.
    project.git("add .");
    project.git("commit -q -m second");
    project.write(
        "src/new.rs",
        &LEAK.replace("    tokio", "    tokio::spawn(async {});\n    tokio"),
    );
    let shown = project.shown("--since HEAD --baseline known.toml");
    assert_eq!(shown.len(), 1, "{shown:?}");
}

#[test]
fn staged_checks_what_will_be_committed() {
    let project = Project::repository();
    project.write("src/new.rs", LEAK);
    assert_eq!(project.shown("--staged"), NONE, "nothing is staged");
    project.git("add src/new.rs");
    // Mended on the disk, but not in what is about to be committed; and a leak that is not staged.
    project.write("src/new.rs", "pub fn more() {}\n");
    project.write(
        "src/old.rs",
        &format!("{OLD}pub fn other() {{\n    tokio::spawn(async {{}});\n}}\n"),
    );
    assert_eq!(project.shown("--staged"), ["src/new.rs:2"]);
    assert_eq!(project.run("--staged -D warnings").code, 1);
    project.git("add src/new.rs");
    assert_eq!(project.shown("--staged"), NONE);
    // A commit of some paths has an index of its own, and tells hooks where.
    project.git("add src/old.rs");
    let index = project.path().join(".git/index");
    let other = project.path().join(".git/other-index");
    std::fs::copy(&index, &other).expect("it can be copied");
    project.git("reset -q");
    assert_eq!(project.shown("--staged"), NONE);
    let var = |name: &str| (name == "GIT_INDEX_FILE").then(|| ".git/other-index".to_owned());
    let ran = linger_with(
        &Disk,
        &project.path(),
        "--staged -q --message-format short",
        &var,
        b"",
    );
    assert_eq!(places(&ran.out), ["src/old.rs:6"], "{}", ran.err);
}

#[test]
fn the_first_commit_is_new_as_a_whole() {
    let project = Project::new();
    project.git("init -q");
    assert_eq!(project.shown("--staged"), NONE);
    project.git("add .");
    assert_eq!(project.shown("--staged"), ["src/old.rs:2"]);
}

#[test]
fn history_that_is_not_there_is_said_with_what_to_do() {
    let project = Project::new();
    let none = project.run("--since HEAD");
    assert_eq!(none.code, 2);
    assert!(none.err.contains("is in no git repository"), "{}", none.err);

    let project = Project::repository();
    let unknown = project.run("--since nowhere");
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("error: the revision `nowhere` is not in this repository\nhelp: fetch it, or check its spelling"), "{}", unknown.err);
    project.git("checkout -q --orphan other");
    project.git("commit -q -m alone");
    let unrelated = project.run("--since main");
    assert!(
        unrelated
            .err
            .contains("`main` and HEAD have no common commit"),
        "{}",
        unrelated.err
    );

    // A clone as CI makes it.
    project.git("checkout -q main");
    for n in 0..3 {
        project.write("src/new.rs", &format!("pub fn more() {{}}\n// {n}\n"));
        project.git("commit -q -a -m next");
    }
    let clone = Project {
        dir: tempfile::tempdir().expect("a folder"),
    };
    let from = format!("file://{}", project.path().display());
    clone.git(&format!("clone -q --depth 1 {from} ."));
    let shallow = clone.run("--since HEAD~2");
    assert_eq!(shallow.code, 2);
    assert!(
        shallow.err.contains("shallow") && shallow.err.contains("fetch-depth: 0"),
        "{}",
        shallow.err
    );
    clone.git("fetch -q --depth 1 origin other:other");
    let apart = clone.run("--since other");
    assert_eq!(apart.code, 2);
    assert!(
        apart.err.contains("no common commit") && apart.err.contains("fetch-depth: 0"),
        "{}",
        apart.err
    );
}

#[test]
fn a_text_from_standard_input_stands_in_for_its_file() {
    let project = Project::new();
    let run = |args: &str, text: &str| {
        linger_with(&Disk, &project.path(), args, &|_| None, text.as_bytes())
    };
    let ran = run("- --stdin-path src/new.rs --message-format short", LEAK);
    assert_eq!(
        places(&ran.out),
        ["src/new.rs:2"],
        "only that file is reported on: {}",
        ran.err
    );
    assert_eq!(run("- --stdin-path src/new.rs -D warnings", LEAK).code, 1);
    assert_eq!(
        run(
            "- --stdin-path src/old.rs -D warnings",
            "pub fn start() {}\n"
        )
        .code,
        0
    );
    assert_eq!(project.read("src/new.rs"), "pub fn more() {}\n");
    for (args, says) in [
        ("-", "help: say so with `--stdin-path PATH`"),
        ("--stdin-path src/new.rs", "help: read it with `-`"),
        ("- src/old.rs --stdin-path src/new.rs", "`-` comes alone"),
    ] {
        let ran = run(args, LEAK);
        assert_eq!(ran.code, 2, "{args}");
        assert!(ran.err.contains(says), "{args}: {}", ran.err);
    }
}

#[test]
fn more_warnings_than_allowed_fail() {
    let project = Project::new();
    project.write("src/new.rs", LEAK);
    assert_eq!(project.run("--max-warnings 2").code, 0);
    let many = project.run("--max-warnings 1");
    assert_eq!(many.code, 1);
    assert!(
        many.err
            .contains("error: 2 warnings are more than `--max-warnings 1`"),
        "{}",
        many.err
    );
    assert_eq!(project.run("--max-warnings 0 -A all").code, 0);
}

#[test]
fn nothing_but_the_named_file_is_written() {
    let project = Project::repository();
    let list = |dir: &Path| -> Vec<PathBuf> {
        let mut all: Vec<PathBuf> = walk(dir);
        all.sort();
        all
    };
    let before = list(&project.path());
    project.run("--since HEAD");
    project.run("--staged");
    assert_eq!(list(&project.path()), before);
}

fn walk(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).expect("a folder");
    entries
        .flatten()
        .flat_map(|entry| {
            if entry.path().is_dir() {
                walk(&entry.path())
            } else {
                vec![entry.path()]
            }
        })
        .collect()
}
