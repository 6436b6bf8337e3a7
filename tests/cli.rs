//! The command line: what each argument does, where bytes go, and with which exit code a run ends.

use std::cell::RefCell;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use linger::check::analysis::{Analysis, AnalyzeError, AnalyzeOptions, TargetSelection};
use linger::cli::{Env, Tool, run};
use linger::discover::workspace::{Notice, Workspace};
use linger::finding::{Confidence, Finding, Label};
use linger::flow::resource::Counts;
use linger::lint::{Group, Level, Lint};
use linger::lints::{unparsed_file, unused_allow};
use linger::source::{FileId, SourceFile, SourceMap, Sources, Span};

static UNREAD: Lint = Lint {
    id: "unread_body",
    group: Group::Bodies,
    level: Level::Warn,
    since: "0.1.0",
    doc: "# unread_body\n\nA body nobody reads.\n",
    judges: &[],
    check: |_, _| {},
};
static LINTS: &[&Lint] = &[&UNREAD, &unparsed_file::LINT, &unused_allow::LINT];

thread_local! {
    static ASKED: RefCell<Option<AnalyzeOptions>> = const { RefCell::new(None) };
}

/// An engine that finds the same in every workspace: an unread body in each of two files, one of them less sure.
fn engine(options: &AnalyzeOptions, _: &dyn Sources) -> Result<Analysis, AnalyzeError> {
    ASKED.set(Some(options.clone()));
    if options.packages.only.iter().any(|name| name == "nowhere") {
        return Err(AnalyzeError {
            what: "Cargo.toml: no package is named `nowhere`".into(),
            advice: Some("there are api, cli".into()),
        });
    }
    let file = |name: &str| {
        SourceFile::new(
            name.into(),
            Path::new("/w").join(name),
            "fn f() {}\n".into(),
        )
    };
    let finding = |file, confidence| Finding {
        lint: "unread_body",
        confidence,
        message: "nobody reads this body".into(),
        primary: Label {
            span: Span::new(FileId(file), 3, 4),
            text: String::new(),
        },
        labels: Vec::new(),
        notes: Vec::new(),
        helps: Vec::new(),
        remedies: Vec::new(),
        definition: String::new(),
        in_test: false,
        about: Vec::new(),
        sites: Vec::new(),
    };
    let mut analysis = Analysis {
        workspace: Workspace {
            root: "/w".into(),
            ..Workspace::default()
        },
        sources: SourceMap::new(vec![file("src/a.rs"), file("src/b.rs")]),
        findings: vec![
            finding(0, Confidence::Likely),
            finding(1, Confidence::Possible),
        ],
        notices: vec![Notice {
            file: Some("Cargo.toml".into()),
            text: "a notice".into(),
        }],
        ..Analysis::default()
    };
    if options.packages.only.iter().any(|name| name == "broken") {
        let unparsed = finding(1, Confidence::Certain);
        let message = "this file does not parse".into();
        analysis.findings = vec![Finding {
            lint: "unparsed_file",
            message,
            ..unparsed
        }];
    }
    if options.packages.only.iter().any(|name| name == "many") {
        let long = SourceFile::new(
            "src/b.rs".into(),
            "/w/src/b.rs".into(),
            "x\n".repeat(200).into(),
        );
        analysis.sources = SourceMap::new(vec![file("src/a.rs"), long]);
        analysis.findings = (0..150)
            .map(|n| {
                let mut one = finding(u32::from(n > 0), Confidence::Likely);
                one.primary.span = Span::new(one.primary.span.file, 2 * n, 2 * n + 1);
                one
            })
            .collect();
    }
    analysis.resources.counts = Counts {
        files: 2,
        ..Counts::default()
    };
    Ok(analysis)
}

/// A disk on which everything below `/w` and `/elsewhere` is there, except what is called `missing` or like a command.
struct Disk;

impl Sources for Disk {
    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }
    fn is_file(&self, path: &Path) -> bool {
        path.extension().is_some_and(|end| end != "toml")
    }
    fn is_dir(&self, path: &Path) -> bool {
        path.ends_with("src") || path.ends_with("empty")
    }
    fn walk(&self, _: &Path, _: &str) -> Vec<PathBuf> {
        Vec::new()
    }
    fn list(&self, _: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(Vec::new())
    }
}

struct Ran {
    code: u8,
    out: String,
    err: String,
}

fn run_in(args: &str, stdout: &mut dyn Write, terminal: bool) -> (u8, String) {
    let mut stderr = Vec::new();
    let mut env = Env {
        cwd: "/w".into(),
        var: &|_| None,
        stdin: &mut std::io::empty(),
        stdout,
        stderr: &mut stderr,
        stdout_is_terminal: terminal,
        stderr_is_terminal: false,
    };
    let args = std::iter::once("cargo-linger")
        .chain(args.split_whitespace())
        .map(OsString::from);
    let code = run::run(
        &Tool {
            lints: LINTS,
            analyze: engine,
            sources: &Disk,
        },
        args,
        &mut env,
    );
    (code, String::from_utf8(stderr).expect("UTF-8"))
}

fn linger(args: &str) -> Ran {
    let mut out = Vec::new();
    let (code, err) = run_in(args, &mut out, false);
    Ran {
        code,
        out: String::from_utf8(out).expect("UTF-8"),
        err,
    }
}

fn asked(args: &str) -> AnalyzeOptions {
    let ran = linger(args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ASKED.take().expect("the engine ran")
}

const SHORT: &str = "src/a.rs:1:4: warning[linger::unread_body]: nobody reads this body\n";

#[test]
fn warnings_pass_and_errors_fail() {
    let ran = linger("linger --message-format short");
    assert_eq!((ran.code, ran.out.as_str()), (0, SHORT));
    assert_eq!(
        ran.err,
        "note: Cargo.toml: a notice\ncargo linger: 1 finding (1 warning) in 2 files\n"
    );
    for args in [
        "-D warnings",
        "-D linger::bodies",
        "-F unread-body",
        "-A all -D unread_body",
    ] {
        let ran = linger(&format!("{args} --message-format short"));
        assert_eq!(
            (ran.code, ran.out),
            (1, SHORT.replace("warning", "error")),
            "{args}"
        );
    }
    let ran = linger("-D unread_body -A linger::all --message-format short");
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
}

#[test]
fn human_is_the_default_and_keeps_its_summary_on_standard_output() {
    let ran = linger("");
    assert!(
        ran.out.starts_with(
            "warning[linger::unread_body]: nobody reads this body\n  --> src/a.rs:1:4\n"
        )
    );
    assert!(
        ran.out
            .contains("\ncargo linger: 1 finding (1 warning) in 2 files\n")
    );
    assert_eq!(ran.err, "note: Cargo.toml: a notice\n");
    let quiet = linger("-q");
    assert!(!quiet.out.contains("cargo linger:"));
    assert_eq!(quiet.err, "");
}

#[test]
fn timings_go_to_standard_error_when_asked_for() {
    let asked = linger("--timings --message-format short");
    let line = asked
        .err
        .lines()
        .find(|line| line.contains("check and report"));
    assert!(
        line.is_some_and(|line| line.ends_with(" ms")),
        "{}",
        asked.err
    );
    let plain = linger("--message-format short");
    assert_eq!(asked.out, plain.out);
    assert!(!plain.err.contains(" ms"));
}

#[test]
fn confidence_decides_what_is_shown() {
    let count = |args: &str| {
        linger(&format!("--message-format short {args}"))
            .out
            .lines()
            .count()
    };
    assert_eq!(
        (
            count("--min-confidence possible"),
            count(""),
            count("--min-confidence certain")
        ),
        (2, 1, 0)
    );
}

#[test]
fn paths_narrow_what_is_reported() {
    let lines = |args: &str| {
        linger(&format!(
            "--min-confidence possible --message-format short {args}"
        ))
        .out
    };
    assert_eq!(lines("src").lines().count(), 2);
    assert_eq!(lines("src/a.rs"), SHORT);
    assert_eq!(
        lines("./src/../src/b.rs /w/src/b.rs"),
        SHORT.replace("a.rs", "b.rs")
    );
    let unread = linger("src/other.rs --message-format short");
    assert_eq!((unread.code, unread.out.as_str()), (0, ""));
    assert!(
        unread
            .err
            .contains("note: `src/other.rs` holds no file of any target"),
        "{}",
        unread.err
    );
}

#[test]
fn what_cannot_be_done_is_exit_code_2_with_what_to_do() {
    let cases = [
        ("--frobnicate", "unexpected argument '--frobnicate'"),
        ("--message-format jsn", "did you mean `json`?"),
        ("--message-format yaml", "there are human, short, json"),
        ("--message-format json=", "no file after `json=`"),
        (
            "--message-format json --message-format short",
            "two formats would be written to standard output",
        ),
        (
            "--min-confidence sure",
            "possible values: possible, likely, certain",
        ),
        ("-W unread_bodies", "help: did you mean `unread_body`?"),
        (
            "-F unread_body -A unread_body",
            "which `-F unread_body` forbids",
        ),
        ("--exclude api", "--workspace"),
        ("--threads 0", "0 is not in 1.."),
        ("-q -v", "cannot be used with"),
        (
            "nothing-there",
            "error: `nothing-there`: no such file or folder\nhelp: PATHS are",
        ),
        (
            "inventry",
            "help: did you mean the command `cargo linger inventory`?",
        ),
        (
            "/elsewhere/src",
            "error: `/elsewhere/src` is not in the workspace at `/w`\nhelp: ",
        ),
        (
            "-p nowhere",
            "error: Cargo.toml: no package is named `nowhere`\nhelp: there are api, cli\n",
        ),
        (
            "explain unread_bodies",
            "error: no lint is named `unread_bodies`\nhelp: did you mean `unread_body`?\n",
        ),
        (
            "inventory --message-format short",
            "error: the inventory has no format `short`\nhelp: it has human, json\n",
        ),
        (
            "--message-format json=/no/such/folder/x",
            "cannot write to `/no/such/folder/x`",
        ),
    ];
    for (args, says) in cases {
        let ran = linger(args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args}: {}", ran.err);
        assert!(ran.err.contains(says), "{args}: {}", ran.err);
    }
}

#[test]
fn help_and_version_are_answers() {
    for args in [
        "--help",
        "-h",
        "linger --help",
        "--version",
        "inventory --help",
        "why --help",
    ] {
        let ran = linger(args);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args}");
        assert!(!ran.out.is_empty());
    }
    let help = linger("--help").out;
    assert!(
        help.contains("Usage: cargo linger [OPTIONS] [PATHS]..."),
        "{help}"
    );
    for format in linger::report::FORMATS {
        assert!(
            help.contains(&format!("- {}: {}", format.name, format.about)),
            "{help}"
        );
    }
}

#[test]
fn list_explain_and_inventory() {
    assert!(
        linger("list")
            .out
            .contains("unread_body    linger::bodies  ")
    );
    for name in ["unread_body", "unread-body", "linger::unread_body"] {
        let ran = linger(&format!("explain {name}"));
        assert_eq!(ran.out.lines().next(), Some("# unread_body"));
        assert!(
            ran.out
                .ends_with("Default level: warn. Group: linger::bodies. Since 0.1.0.\n")
        );
    }
    let ran = linger("inventory --message-format json src");
    assert_eq!(ran.code, 0);
    assert!(
        ran.out
            .starts_with(r#"{"schema":"linger.inventory/1","clients":[]"#),
        "{}",
        ran.out
    );
}

#[test]
fn a_file_that_does_not_parse_fails_the_check_and_is_named_beside_the_inventory() {
    let ran = linger("-p broken --message-format short");
    assert_eq!(
        ran.out,
        "src/b.rs:1:4: error[linger::unparsed_file]: this file does not parse\n"
    );
    assert_eq!(ran.code, 1);
    let ran = linger("inventory -p broken --message-format json");
    assert_eq!(ran.code, 0);
    assert!(
        ran.err
            .contains("note: src/b.rs: this file does not parse\n"),
        "{}",
        ran.err
    );
}

#[test]
fn several_formats_in_one_run() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("out.json");
    let ran = linger(&format!(
        "--message-format short --message-format json={}",
        file.display()
    ));
    assert_eq!((ran.code, ran.out.as_str()), (0, SHORT));
    let json = std::fs::read_to_string(&file).expect("it was written");
    assert_eq!(json.lines().count(), 2);
}

#[test]
fn the_selection_reaches_the_engine() {
    let plain = asked("");
    assert_eq!(plain.targets, TargetSelection::default());
    assert_eq!(
        (plain.triple.as_str(), plain.threads),
        ("x86_64-unknown-linux-gnu", None)
    );
    let all = asked(
        "--manifest-path sub/Cargo.toml -p api --package cli --workspace --exclude x --features a,b --features c \
         --no-default-features --all-features --all-targets --threads 3 --target wasm32-unknown-unknown",
    );
    assert_eq!(
        all.manifest_path.as_deref(),
        Some(Path::new("/w/sub/Cargo.toml"))
    );
    assert_eq!(
        (
            all.packages.only.len(),
            all.packages.all,
            all.packages.exclude.len()
        ),
        (2, true, 1)
    );
    assert_eq!(all.features.on, ["a", "b", "c"]);
    assert!(all.features.all && all.features.no_default);
    assert_eq!(
        (all.targets, all.threads, all.triple.as_str()),
        (
            TargetSelection {
                all: true,
                ..TargetSelection::default()
            },
            Some(3),
            "wasm32-unknown-unknown"
        )
    );
    assert!(asked("--all").packages.all);
    let one = |flag| asked(flag).targets;
    assert_eq!(
        one("--examples"),
        TargetSelection {
            examples: true,
            ..TargetSelection::default()
        }
    );
    assert_eq!(
        one("--benches"),
        TargetSelection {
            benches: true,
            ..TargetSelection::default()
        }
    );
    assert_eq!(
        one("--lib"),
        TargetSelection {
            lib: true,
            ..TargetSelection::default()
        }
    );
    assert_eq!(
        one("--bins"),
        TargetSelection {
            bins: true,
            ..TargetSelection::default()
        }
    );
    let tests = one("--tests");
    assert!(tests.test_code() && all.targets.test_code() && !plain.targets.test_code());
}

#[test]
fn hundreds_of_findings_on_a_terminal_are_summed_up() {
    let run = |args: &str, terminal| {
        let mut out = Vec::new();
        run_in(&format!("-p many --color never {args}"), &mut out, terminal);
        String::from_utf8(out).expect("UTF-8")
    };
    let brief = run("", true);
    assert_eq!(brief.matches("warning[linger::unread_body]").count(), 20);
    for part in [
        "all 150 findings by lint\n  150  linger::unread_body\n",
        "and by file\n  149  src/b.rs\n    1  src/a.rs\n",
        "20 of them are shown above: `-v` shows all",
        "cargo linger: 150 findings",
    ] {
        assert!(brief.contains(part), "{part:?} in\n{brief}");
    }
    for (args, terminal) in [("-v", true), ("", false), ("--message-format short", true)] {
        let all = run(args, terminal);
        assert_eq!(
            all.matches("warning[linger::unread_body]").count(),
            150,
            "{args}"
        );
        assert!(!all.contains("by lint"), "{args}");
    }
}

#[test]
fn colours_on_a_terminal_or_when_told() {
    let coloured = |args: &str, terminal| {
        let mut out = Vec::new();
        run_in(args, &mut out, terminal);
        out.contains(&0x1b)
    };
    assert!(coloured("", true) && !coloured("", false));
    assert!(coloured("--color always", false) && !coloured("--color never", true));
}

/// Whoever reads has gone.
struct Closed(io::ErrorKind);

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_ends_quietly_and_a_full_disk_does_not() {
    for (args, code) in [
        ("", 0),
        ("-D warnings --message-format json", 1),
        ("list", 0),
        ("--help", 0),
    ] {
        let (ended, err) = run_in(
            &format!("{args} "),
            &mut Closed(io::ErrorKind::BrokenPipe),
            false,
        );
        assert_eq!(ended, code, "{args}");
        assert!(!err.contains("error:"), "{args}: {err}");
    }
    let (code, err) = run_in(
        "-D warnings",
        &mut Closed(io::ErrorKind::StorageFull),
        false,
    );
    assert_eq!(code, 2);
    assert!(
        err.contains("error: cannot write to standard output"),
        "{err}"
    );
}

#[test]
fn the_binary_works_under_both_names() {
    for first in [&["linger", "list"][..], &["list"]] {
        let out = Command::new(env!("CARGO_BIN_EXE_cargo-linger"))
            .args(first)
            .output()
            .expect("it runs");
        assert!(out.status.success());
        assert!(String::from_utf8_lossy(&out.stdout).contains("unparsed_file"));
    }
}
