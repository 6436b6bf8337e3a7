//! Each format once, with a finding made by hand, and what reads them back.

use std::io::BufReader;

use cargo_metadata::Message;
use codespan_reporting::term::termcolor::{Ansi, NoColor};
use linger::check::analysis::{Analysis, Owner};
use linger::check::{Checked, Scope, Shown};
use linger::discover::workspace::{Package, PackageId, Target, TargetKind, Workspace};
use linger::finding::{Confidence, Finding, Label};
use linger::flow::resource::{
    Bound, Bounds, CallSite, Client, Counts, CrateRef, Events, FamilyNotes, PhaseBound, Request,
    Resources, Response, ResponseOutcome, Site, Task, TaskEnds, TaskOutcome, TaskSetting,
    VersionSource,
};
use linger::lint::Level;
use linger::lints::LINTS;
use linger::report::{self, Report, Verbosity};
use linger::source::{FileId, SourceFile, SourceMap, Span};

const TEXT: &str = "fn é() {\n    let c = Client::new();\n    c.get(u)\n        .send();\n}\n";

/// The span of the first `word` of a text.
fn span(text: &str, word: &str) -> Span {
    let at = text.find(word).expect("it is there");
    Span::new(FileId(0), at as u32, (at + word.len()) as u32)
}

fn analysis(name: &str, text: &str) -> Analysis {
    let target = Target {
        kind: TargetKind::Lib,
        name: "api".into(),
        root: "/w/crates/api/src/lib.rs".into(),
        edition: 2024,
        selected: true,
        files: Vec::new(),
    };
    let package = Package {
        name: "api".into(),
        version: Some(semver::Version::new(0, 1, 0)),
        dir: "/w/crates/api".into(),
        manifest: Some("/w/crates/api/Cargo.toml".into()),
        selected: true,
        published: false,
        for_tests: false,
        features: Vec::new(),
        known_features: Vec::new(),
        dependencies: std::collections::BTreeMap::new(),
        targets: vec![target],
    };
    let counts = Counts {
        files: 41,
        unread_macros: 2,
        unresolved_calls: 17,
        generated: 0,
    };
    Analysis {
        workspace: Workspace {
            root: "/w".into(),
            packages: vec![package],
            ..Workspace::default()
        },
        sources: SourceMap::new(vec![SourceFile::new(name.into(), "/w".into(), text.into())]),
        owners: vec![vec![Owner {
            package: PackageId(0),
            target: 0,
        }]],
        resources: Resources {
            counts,
            ..Resources::default()
        },
        ..Analysis::default()
    }
}

fn finding() -> Finding {
    Finding {
        lint: "unused_allow",
        confidence: Confidence::Likely,
        message: "this client has no timeout".into(),
        primary: Label {
            span: span(TEXT, "new"),
            text: "built here".into(),
        },
        labels: vec![Label {
            span: span(TEXT, ".get(u)\n        .send"),
            text: "sent here".into(),
        }],
        notes: vec!["reqwest 0.12.24 has no default timeout".into()],
        helps: vec!["add `.timeout(..)`".into()],
        remedies: Vec::new(),
        definition: "crate::é".into(),
        in_test: false,
        about: Vec::new(),
        sites: Vec::new(),
    }
}

fn checked(findings: Vec<Finding>) -> Checked {
    let findings: Vec<Shown> = findings
        .into_iter()
        .map(|finding| Shown {
            finding,
            level: Level::Warn,
            suggestions: Vec::new(),
        })
        .collect();
    Checked {
        warnings: findings.len(),
        findings,
        ..Checked::default()
    }
}

fn render(format: &str, analysis: &Analysis, checked: &Checked, verbosity: Verbosity) -> String {
    let scope = Scope::default();
    let report = Report {
        analysis,
        checked,
        scope: &scope,
        lints: LINTS,
        prefix: "",
        links: false,
        verbosity,
        brief: false,
    };
    let mut out = NoColor::new(Vec::new());
    (report::format(format).expect("a format").findings)(&report, &mut out).expect("it writes");
    String::from_utf8(out.into_inner()).expect("UTF-8")
}

#[test]
fn human_shows_source_lines_labels_notes_and_a_summary() {
    let out = render(
        "human",
        &analysis("src/a.rs", TEXT),
        &checked(vec![finding()]),
        Verbosity::Normal,
    );
    insta::assert_snapshot!(out, @r"
    warning[linger::unused_allow]: this client has no timeout
      --> src/a.rs:2:21
      |  
    2 |       let c = Client::new();
      |                       ^^^ built here
    3 |       c.get(u)
      | /------'
    4 | |         .send();
      | \-------------' sent here
      |  
      = note: reqwest 0.12.24 has no default timeout
      = help: add `.timeout(..)`

    cargo linger: 1 finding (1 warning) in 41 files; 2 macro calls not read, 17 calls not resolved
    `cargo linger explain unused_allow` says more about a lint
    ");
}

#[test]
fn verbose_says_how_sure_and_quiet_leaves_the_summary_out() {
    let analysis = analysis("src/a.rs", TEXT);
    let verbose = render(
        "human",
        &analysis,
        &checked(vec![finding()]),
        Verbosity::Verbose,
    );
    assert!(
        verbose.contains("= note: this is likely in crate::é\n"),
        "{verbose}"
    );
    assert_eq!(
        render("human", &analysis, &checked(Vec::new()), Verbosity::Quiet),
        ""
    );
}

#[test]
fn no_findings_and_nothing_recognised_read_differently() {
    let mut analysis = analysis("src/a.rs", TEXT);
    analysis.resources.counts.unread_macros = 0;
    let nothing = render("human", &analysis, &checked(Vec::new()), Verbosity::Normal);
    insta::assert_snapshot!(nothing, @"cargo linger: nothing recognised in 41 files: no client, request, response or task of a crate it knows; 17 calls not resolved");
    analysis.resources = resources();
    let none = render("human", &analysis, &checked(Vec::new()), Verbosity::Normal);
    insta::assert_snapshot!(none, @"cargo linger: no findings in 1 file");
}

#[test]
fn short_is_one_line_per_finding() {
    let mut error = checked(vec![finding()]);
    error.findings[0].level = Level::Deny;
    let out = render(
        "short",
        &analysis("src/a.rs", TEXT),
        &error,
        Verbosity::Normal,
    );
    insta::assert_snapshot!(out, @"src/a.rs:2:21: error[linger::unused_allow]: this client has no timeout");
}

#[test]
#[allow(clippy::too_many_lines)] // one snapshot
fn json_is_what_cargo_writes() {
    let out = render(
        "json",
        &analysis("crates/api/src/a.rs", TEXT),
        &checked(vec![finding()]),
        Verbosity::Normal,
    );
    let first: serde_json::Value =
        serde_json::from_str(out.lines().next().expect("a line")).expect("JSON");
    let mut shown = first.clone();
    shown["message"]["rendered"] = "…".into();
    shown["message"]["code"]["explanation"] = "…".into();
    insta::assert_snapshot!(serde_json::to_string_pretty(&shown).expect("JSON"), @r#"
    {
      "manifest_path": "crates/api/Cargo.toml",
      "message": {
        "$message_type": "diagnostic",
        "children": [
          {
            "$message_type": "diagnostic",
            "children": [],
            "code": null,
            "level": "note",
            "message": "reqwest 0.12.24 has no default timeout",
            "rendered": null,
            "spans": []
          },
          {
            "$message_type": "diagnostic",
            "children": [],
            "code": null,
            "level": "help",
            "message": "add `.timeout(..)`",
            "rendered": null,
            "spans": []
          }
        ],
        "code": {
          "code": "linger::unused_allow",
          "explanation": "…"
        },
        "level": "warning",
        "message": "this client has no timeout",
        "rendered": "…",
        "spans": [
          {
            "byte_end": 33,
            "byte_start": 30,
            "column_end": 24,
            "column_start": 21,
            "expansion": null,
            "file_name": "crates/api/src/a.rs",
            "is_primary": true,
            "label": "built here",
            "line_end": 2,
            "line_start": 2,
            "suggested_replacement": null,
            "suggestion_applicability": null,
            "text": [
              {
                "highlight_end": 24,
                "highlight_start": 21,
                "text": "    let c = Client::new();"
              }
            ]
          },
          {
            "byte_end": 63,
            "byte_start": 42,
            "column_end": 14,
            "column_start": 6,
            "expansion": null,
            "file_name": "crates/api/src/a.rs",
            "is_primary": false,
            "label": "sent here",
            "line_end": 4,
            "line_start": 3,
            "suggested_replacement": null,
            "suggestion_applicability": null,
            "text": [
              {
                "highlight_end": 13,
                "highlight_start": 6,
                "text": "    c.get(u)"
              },
              {
                "highlight_end": 14,
                "highlight_start": 1,
                "text": "        .send();"
              }
            ]
          }
        ]
      },
      "package_id": "path+file:crates/api#api@0.1.0",
      "reason": "compiler-message",
      "target": {
        "crate_types": [
          "lib"
        ],
        "doc": true,
        "doctest": true,
        "edition": "2024",
        "kind": [
          "lib"
        ],
        "name": "api",
        "src_path": "crates/api/src/lib.rs",
        "test": true
      }
    }
    "#);
    assert!(
        first["message"]["rendered"]
            .as_str()
            .expect("text")
            .starts_with("warning[linger::unused_allow]: this")
    );
    assert_eq!(
        out.lines().nth(1),
        Some(r#"{"reason":"build-finished","success":true}"#)
    );
}

#[test]
fn json_reads_back_through_cargo_metadata() {
    let mut failing = checked(vec![finding()]);
    (failing.findings[0].level, failing.errors, failing.warnings) = (Level::Forbid, 1, 0);
    let out = render(
        "json",
        &analysis("crates/api/src/a.rs", TEXT),
        &failing,
        Verbosity::Normal,
    );
    let messages: Vec<Message> = Message::parse_stream(BufReader::new(out.as_bytes()))
        .map(|message| message.expect("it reads"))
        .collect();
    let [
        Message::CompilerMessage(message),
        Message::BuildFinished(end),
    ] = messages.as_slice()
    else {
        panic!("{messages:?}");
    };
    assert!(!end.success);
    assert_eq!(message.package_id.repr, "path+file:crates/api#api@0.1.0");
    assert_eq!(
        (message.target.src_path.as_str(), message.target.is_lib()),
        ("crates/api/src/lib.rs", true)
    );
    assert_eq!(
        message.message.level,
        cargo_metadata::diagnostic::DiagnosticLevel::Error
    );
    assert_eq!(
        message.message.code.as_ref().map(|code| code.code.as_str()),
        Some("linger::unused_allow")
    );
    let children: Vec<_> = message
        .message
        .children
        .iter()
        .map(|child| child.message.as_str())
        .collect();
    assert_eq!(
        children,
        [
            "reqwest 0.12.24 has no default timeout",
            "add `.timeout(..)`"
        ]
    );
    let spans = &message.message.spans;
    assert_eq!(
        spans.iter().map(|span| span.is_primary).collect::<Vec<_>>(),
        [true, false]
    );
    assert_eq!(
        (
            spans[0].line_start,
            spans[0].column_start,
            spans[0].column_end
        ),
        (2, 21, 24)
    );
    assert_eq!(
        &TEXT[spans[0].byte_start as usize..spans[0].byte_end as usize],
        "new"
    );
}

#[test]
fn nothing_in_a_source_or_a_name_acts_on_the_terminal() {
    let text = "\u{1b}]0;x\u{7}let c\u{202e} = \u{9b}new\r\n";
    let mut evil = finding();
    evil.message = "bad \u{1b}[2J\nmessage".into();
    evil.primary = Label {
        span: span(text, "new"),
        text: "here\u{8}".into(),
    };
    evil.labels.clear();
    evil.notes = vec!["a\u{1b}[8mb".into()];
    let analysis = analysis("src/\u{1b}[31m.rs", text);
    for format in report::FORMATS {
        let out = render(
            format.name,
            &analysis,
            &checked(vec![evil.clone()]),
            Verbosity::Verbose,
        );
        let acting = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!out.contains(acting), "{}: {out:?}", format.name);
    }
    let human = render("human", &analysis, &checked(vec![evil]), Verbosity::Quiet);
    insta::assert_snapshot!(human, @r"
    warning[linger::unused_allow]: bad \u{1b}[2J\u{a}message
      --> src/\u{1b}[31m.rs:1:17
      |
    1 | \u{1b}]0;x\u{7}let c\u{202e} = \u{9b}new
      |                                      ^^^ here\u{8}
      |
      = note: a\u{1b}[8mb
      = help: add `.timeout(..)`
    ");
}

#[test]
fn places_past_the_end_and_in_unknown_files_do_not_break_a_report() {
    let mut odd = finding();
    odd.primary.span = Span::new(FileId(0), 4, 9000);
    odd.labels = vec![Label {
        span: Span::new(FileId(7), 0, 1),
        text: "nowhere".into(),
    }];
    let mut nowhere = finding();
    nowhere.primary.span = Span::new(FileId(9), 0, 4);
    for format in report::FORMATS {
        for text in ["", "\n", "x", "fn é() {}\n"] {
            let all = checked(vec![odd.clone(), nowhere.clone()]);
            render(
                format.name,
                &analysis("a.rs", text),
                &all,
                Verbosity::Normal,
            );
        }
    }
}

#[test]
fn colours_only_where_the_writer_has_them() {
    let (analysis, checked, scope) = (
        analysis("src/a.rs", TEXT),
        checked(vec![finding()]),
        Scope::default(),
    );
    let report = Report {
        analysis: &analysis,
        checked: &checked,
        scope: &scope,
        lints: LINTS,
        prefix: "",
        links: false,
        verbosity: Verbosity::Quiet,
        brief: false,
    };
    let mut out = Ansi::new(Vec::new());
    report::human::write(&report, &mut out).expect("it writes");
    assert!(String::from_utf8_lossy(&out.into_inner()).contains("\u{1b}["));
}

fn site(word: &str, path: &str) -> Site {
    let name = span(TEXT, word);
    Site {
        name,
        call: name,
        path: path.into(),
        within: "crate::é".into(),
        in_test: false,
    }
}

fn reqwest() -> CrateRef {
    CrateRef {
        name: "reqwest".into(),
        version: "0.12.24".into(),
        known_by: VersionSource::Lock,
    }
}

fn resources() -> Resources {
    let set = PhaseBound {
        bound: Bound::Total,
        by_default: false,
        set_at: Some(span(TEXT, "send")),
        by: Some("connect_timeout".into()),
        idle_too: false,
    };
    let bounds = Bounds {
        connect: set,
        ..Bounds::default()
    };
    let client = Client {
        callers: Vec::new(),
        begun: None,
        site: site("new", "reqwest::Client::new"),
        krate: reqwest(),
        bounds: bounds.clone(),
        near: Vec::new(),
        requests: vec![0],
        stands_in_for: Vec::new(),
        asked: false,
        only_asks: false,
        limited: false,
        escapes: false,
        leaves: false,
        behind: None,
        boundable: true,
        settings_unknown: false,
        unasked: false,
        default_note: String::new(),
        advice: String::new(),
        blocking: false,
        pooled: true,
        remembers: None,
        builder: None,
        rebuilt: Vec::new(),
        async_use: None,
        notes: FamilyNotes::default(),
        remedy: None,
        events: Events::default(),
    };
    let request = Request {
        site: site("send", "reqwest::RequestBuilder::send"),
        krate: reqwest(),
        one_shot: None,
        clients: vec![0],
        unknown_client: false,
        given: false,
        bounds: vec![bounds],
        together: Vec::new(),
        own: Bounds::default(),
        guard: None,
        whole: false,
        idle_setting: None,
        own_address: false,
        body_read: false,
        reads: Vec::new(),
        near: Vec::new(),
        default_note: String::new(),
        advice: String::new(),
        rebuilt: None,
        async_use: None,
        notes: FamilyNotes::default(),
        remedy: None,
    };
    let response = Response {
        unpooled: false,
        drops_well: false,
        site: site("send", "reqwest::RequestBuilder::send"),
        krate: reqwest(),
        outcome: ResponseOutcome::UnreadOnError,
        client_ends: false,
        dropped_at: Vec::new(),
        looked_at: Vec::new(),
        held: Vec::new(),
        drop_note: String::new(),
        hold_note: String::new(),
        advice: String::new(),
        remedy: None,
        events: Events::default(),
    };
    let task = Task {
        site: site("get", "tokio::spawn"),
        krate: reqwest(),
        kind: "task".into(),
        own_thread: false,
        no_handle: false,
        outcome: TaskOutcome::LostInSelect,
        lost_at: None,
        holder: None,
        ends: TaskEnds::ByItself,
        signal: None,
        endless_at: None,
        let_go: false,
        per_item: None,
        setting: TaskSetting::default(),
        open_requests: Vec::new(),
        drop_note: String::new(),
        remedy: None,
        events: Events::default(),
    };
    Resources {
        clients: vec![client],
        requests: vec![request],
        responses: vec![response],
        tasks: vec![task],
        calls: vec![CallSite {
            at: span(TEXT, "get"),
            path: "reqwest::Client::get".into(),
            acquires: None,
        }],
        counts: Counts {
            files: 1,
            ..Counts::default()
        },
        asked: Vec::new(),
        notices: Vec::new(),
        faults: Vec::new(),
    }
}

fn inventory(format: &str) -> String {
    let mut analysis = analysis("src/a.rs", TEXT);
    analysis.resources = resources();
    let (checked, scope) = (Checked::default(), Scope::default());
    let report = Report {
        analysis: &analysis,
        checked: &checked,
        scope: &scope,
        lints: LINTS,
        prefix: "",
        links: false,
        verbosity: Verbosity::Normal,
        brief: false,
    };
    let mut out = NoColor::new(Vec::new());
    let write = report::format(format)
        .expect("a format")
        .inventory
        .expect("it has an inventory");
    write(&report, &mut out).expect("it writes");
    String::from_utf8(out.into_inner()).expect("UTF-8")
}

#[test]
fn inventory_is_one_object() {
    let out: serde_json::Value = serde_json::from_str(&inventory("json")).expect("one object");
    insta::assert_snapshot!(serde_json::to_string_pretty(&out).expect("JSON"), @r#"
    {
      "calls": [
        {
          "column": 7,
          "file": "src/a.rs",
          "line": 3,
          "path": "reqwest::Client::get"
        }
      ],
      "clients": [
        {
          "bounds": {
            "body": {
              "from": "default",
              "kind": "none"
            },
            "connect": {
              "by": "connect_timeout",
              "from": "set",
              "kind": "total"
            },
            "head": {
              "from": "default",
              "kind": "none"
            }
          },
          "built_in": "crate::é",
          "column": 21,
          "crate": "reqwest",
          "file": "src/a.rs",
          "line": 2,
          "path": "reqwest::Client::new",
          "version": "0.12.24"
        }
      ],
      "requests": [
        {
          "bounds": {
            "body": {
              "from": "default",
              "kind": "none"
            },
            "connect": {
              "by": "connect_timeout",
              "from": "set",
              "kind": "total"
            },
            "head": {
              "from": "default",
              "kind": "none"
            }
          },
          "client": [
            {
              "column": 21,
              "file": "src/a.rs",
              "line": 2
            }
          ],
          "column": 10,
          "file": "src/a.rs",
          "line": 4,
          "open": [
            "head",
            "body"
          ],
          "path": "reqwest::RequestBuilder::send"
        }
      ],
      "responses": [
        {
          "body": "partly",
          "column": 10,
          "file": "src/a.rs",
          "line": 4,
          "outcome": "unread-on-error",
          "path": "reqwest::RequestBuilder::send"
        }
      ],
      "schema": "linger.inventory/1",
      "tasks": [
        {
          "column": 7,
          "ends": "by-itself",
          "file": "src/a.rs",
          "line": 3,
          "outcome": "lost-in-select",
          "path": "tokio::spawn"
        }
      ]
    }
    "#);
}

#[test]
fn inventory_for_people_is_a_table_per_kind() {
    insta::assert_snapshot!(inventory("human"), @r"
    clients (1)
      src/a.rs:2:21  reqwest::Client::new  reqwest 0.12.24  connect total  head none  body none  in crate::é

    requests (1)
      src/a.rs:4:10  reqwest::RequestBuilder::send  connect total  head none  body none

    responses (1)
      src/a.rs:4:10  reqwest::RequestBuilder::send  unread-on-error  body partly

    tasks (1)
      src/a.rs:3:7  tokio::spawn  lost-in-select  ends by-itself

    cargo linger: 1 file
    ");
}

#[test]
fn the_table_of_lints_and_a_page() {
    let mut out = Vec::new();
    report::list::list(LINTS, &mut out).expect("it writes");
    let out = String::from_utf8(out).expect("UTF-8");
    assert!(
        LINTS
            .iter()
            .all(|lint| out.contains(lint.id) && out.contains(&lint.summary())),
        "{out}"
    );
    let mut page = Vec::new();
    report::list::explain(&linger::lints::unparsed_file::LINT, &mut page).expect("it writes");
    let page = String::from_utf8(page).expect("UTF-8");
    assert!(page.starts_with("# unparsed_file\n"));
    assert!(
        page.ends_with("\nDefault level: deny. Group: the tool's own. Since 0.1.0.\n"),
        "{page}"
    );
}

#[test]
fn every_lint_page_follows_the_law() {
    for lint in LINTS {
        let mut rest = lint.doc;
        let title = format!("# {}\n", lint.id);
        for heading in [
            title.as_str(),
            "## What it does",
            "## Why is this bad",
            "## Example",
            "## Use instead",
            "## Limits",
        ] {
            let at = rest
                .find(heading)
                .unwrap_or_else(|| panic!("{}: no `{heading}` in its place", lint.id));
            rest = &rest[at + heading.len()..];
        }
        assert!(
            lint.summary().ends_with('.'),
            "{}: the summary is a sentence",
            lint.id
        );
        assert!(
            lint.doc.contains("//~"),
            "{}: an example is marked",
            lint.id
        );
    }
}
