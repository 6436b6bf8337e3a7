//! Directives in comments: where they hold, and what is said about those that are wrong or do nothing.

use linger::check::analysis::Analysis;
use linger::check::levels::{LevelArg, Levels};
use linger::check::suppress;
use linger::check::{self, Checked, Policy, Scope};
use linger::finding::{Confidence, Finding, Label};
use linger::lint::{Group, Level, Lint};
use linger::lints::{unknown_lint, unparsed_file, unused_allow};
use linger::source::{FileId, SourceFile, SourceMap, Span};

static UNREAD: Lint = Lint {
    id: "unread_body",
    group: Group::Bodies,
    level: Level::Warn,
    since: "0.1.0",
    doc: "",
    judges: &[],
    check: |_, _| {},
};
static DETACHED: Lint = Lint {
    id: "detached_task",
    group: Group::Tasks,
    ..UNREAD
};
static UNBOUNDED: Lint = Lint {
    id: "unbounded_body",
    level: Level::Allow,
    ..UNREAD
};
static LINTS: &[&Lint] = &[
    &UNREAD,
    &DETACHED,
    &UNBOUNDED,
    &unknown_lint::LINT,
    &unparsed_file::LINT,
    &unused_allow::LINT,
];

/// A file in which `BODY` is an unread body, `TASK` a detached task and `OPEN` a file that did not parse; `<<` and `>>`
/// enclose an item, statement or match arm.
struct Case {
    analysis: Analysis,
}

impl Case {
    fn new(marked: &str) -> Self {
        let file = FileId(0);
        let (mut text, mut open, mut extents) = (String::new(), Vec::new(), Vec::new());
        let mut rest = marked;
        while let Some(c) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("<<") {
                open.push(text.len());
                rest = after;
            } else if let Some(after) = rest.strip_prefix(">>") {
                let lo = open.pop().expect("`<<` before `>>`");
                extents.push(Span::new(file, lo as u32, text.len() as u32));
                rest = after;
            } else {
                text.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        let find = |word: &'static str, lint: &'static str| {
            let places: Vec<Finding> = text
                .match_indices(word)
                .map(|(at, _)| finding(lint, Span::new(file, at as u32, (at + word.len()) as u32)))
                .collect();
            places
        };
        let mut findings = find("BODY", "unread_body");
        findings.extend(find("TASK", "detached_task"));
        findings.extend(find("OPEN", "unparsed_file"));
        let comments = comments(file, &text);
        let source = SourceFile::new("src/a.rs".into(), "src/a.rs".into(), text.as_str().into());
        let directives = suppress::read(&source, &comments, &extents);
        let sources = SourceMap::new(vec![source]);
        Case {
            analysis: Analysis {
                sources,
                findings,
                directives,
                ..Analysis::default()
            },
        }
    }

    fn with(&self, args: &[(Level, &str)], min_confidence: Confidence) -> Checked {
        let args: Vec<LevelArg> = args
            .iter()
            .map(|(level, name)| LevelArg {
                level: *level,
                name: (*name).into(),
            })
            .collect();
        let levels = Levels::resolve(LINTS, &args).expect("good levels");
        let scope = Scope::default();
        check::check(
            &self.analysis,
            &Policy {
                lints: LINTS,
                levels: &levels,
                min_confidence,
                scope: &scope,
            },
        )
    }

    /// `line: lint: message` for all that is shown.
    fn shown(&self) -> Vec<String> {
        self.lines(&self.with(&[], Confidence::Likely))
    }

    fn lines(&self, checked: &Checked) -> Vec<String> {
        let file = self.analysis.sources.get(FileId(0)).expect("one file");
        let line = |f: &Finding| file.position(f.primary.span.lo).line;
        checked
            .findings
            .iter()
            .map(|s| {
                format!(
                    "{}: {}: {}",
                    line(&s.finding),
                    s.finding.lint,
                    s.finding.message
                )
            })
            .collect()
    }
}

fn finding(lint: &'static str, span: Span) -> Finding {
    Finding {
        lint,
        confidence: Confidence::Likely,
        message: "found".into(),
        primary: Label {
            span,
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
    }
}

/// The comments of a text without strings that hold slashes, other than those after `="`.
fn comments(file: FileId, text: &str) -> Vec<Span> {
    let mut out = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let lo = line.find("//").filter(|lo| !line[..*lo].ends_with("=\""));
        if let Some(lo) = lo {
            let len = line[lo..].trim_end_matches(['\n', '\r']).len();
            out.push(Span::new(file, (at + lo) as u32, (at + lo + len) as u32));
        }
        at += line.len();
    }
    out
}

const NONE: [&str; 0] = [];

#[test]
fn a_trailing_directive_holds_for_its_line() {
    let case =
        Case::new("<<BODY;>> // linger: allow(unread_body): the peer sends none\n<<BODY;>>\n");
    assert_eq!(case.shown(), ["2: unread_body: found"]);
    assert_eq!(case.with(&[], Confidence::Likely).suppressed, 1);
}

#[test]
fn a_directive_on_its_own_line_holds_for_the_whole_statement_below() {
    let case = Case::new(
        "fn f() {\n    // linger: allow(unread_body, linger::detached-task): known\n    <<let x =\n        BODY\n        .TASK();>>\n    <<BODY;>>\n}\n",
    );
    assert_eq!(case.shown(), ["6: unread_body: found"]);
}

#[test]
fn it_holds_for_an_item_with_attributes_and_comments_in_between() {
    let below = "// linger: allow(unread_body): known\n#[doc = \"]\"] // why\n/* so */ #[cfg(all(a, b))]\n<<fn f() {\n    <<BODY;>>\n}>>\n";
    assert_eq!(Case::new(below).shown(), NONE);
    let among = "<<#[a]\n// linger: allow(unread_body): known\n#[b(r#\"\"]\"#)]\nfn f() {\n    <<BODY;>>\n}>>\n";
    assert_eq!(Case::new(among).shown(), NONE);
}

#[test]
fn it_reaches_no_further_than_what_begins_right_below() {
    let chain = "<<let x = client\n    // linger: allow(unread_body): known\n    .BODY()\n    .TASK()\n    .BODY();>>\n<<BODY>>\n";
    assert_eq!(
        Case::new(chain).shown(),
        [
            "4: detached_task: found",
            "5: unread_body: found",
            "6: unread_body: found"
        ]
    );
    let between = "// linger: allow(unread_body): known\nother!();\n<<BODY;>>\n";
    assert_eq!(Case::new(between).shown().len(), 2, "unused, and the body");
}

#[test]
fn an_inner_doc_directive_holds_for_the_file_but_not_from_an_example() {
    assert_eq!(
        Case::new("//! linger: allow(unread_body): a demonstration\n<<BODY>>\n<<BODY>>\n").shown(),
        NONE
    );
    let example = "//! ```\n//! linger: allow(unread_body): shown\n//! ```\n<<BODY>>\n";
    assert_eq!(Case::new(example).shown(), ["4: unread_body: found"]);
}

#[test]
fn an_expectation_that_is_met_silences_and_one_that_is_not_is_reported() {
    assert_eq!(
        Case::new("<<BODY;>> // linger: expect(unread_body): until 2.0\n").shown(),
        NONE
    );
    assert_eq!(
        Case::new("<<ok();>> // linger: expect(unread_body): until 2.0\n").shown(),
        ["1: unused_allow: `unread_body` was expected here and is not found"]
    );
}

#[test]
fn without_a_reason_it_is_not_followed() {
    for directive in [
        "allow(unread_body)",
        "allow(unread_body):",
        "allow(unread_body): -",
    ] {
        let case = Case::new(&format!("<<BODY;>> // linger: {directive}\n"));
        assert_eq!(
            case.shown(),
            [
                "1: unread_body: found",
                "1: unused_allow: this `allow` needs a reason, and is not followed"
            ],
            "{directive}"
        );
    }
}

#[test]
fn an_unknown_id_comes_with_the_nearest_and_a_group_is_none() {
    let case = Case::new("<<BODY;>> // linger: allow(unread_bodies): known\n");
    let checked = case.with(&[], Confidence::Likely);
    assert_eq!(
        case.lines(&checked),
        [
            "1: unread_body: found",
            "1: unknown_lint: no lint is named `unread_bodies`"
        ]
    );
    assert_eq!(
        checked.findings[1].finding.helps,
        ["did you mean `unread_body`?"]
    );
    assert_eq!(
        Case::new("// linger: allow(linger::bodies): known\n").shown(),
        ["1: unknown_lint: `linger::bodies` is a group: a directive names each lint it silences"]
    );
}

#[test]
fn one_that_silences_nothing_is_reported_where_its_lint_ran() {
    let case = Case::new(
        "<<BODY;>> // linger: allow(unread_body, detached_task, unbounded_body): known\n",
    );
    assert_eq!(
        case.shown(),
        ["1: unused_allow: this `allow` silences nothing: no `detached_task` is found here"]
    );
    let quiet = case.with(&[(Level::Allow, "detached_task")], Confidence::Likely);
    assert_eq!(case.lines(&quiet), NONE);
}

#[test]
fn one_that_silences_what_this_run_would_not_show_is_used() {
    let case = Case::new("<<BODY;>> // linger: allow(unread_body): known\n");
    let sure = case.with(&[], Confidence::Certain);
    assert_eq!((case.lines(&sure), sure.suppressed), (vec![], 0));
}

#[test]
fn what_is_forbidden_is_not_silenced() {
    let case = Case::new("<<BODY;>> // linger: allow(unread_body): known\n");
    let checked = case.with(&[(Level::Forbid, "unread_body")], Confidence::Likely);
    assert_eq!(
        case.lines(&checked),
        [
            "1: unread_body: found",
            "1: unused_allow: `unread_body` is forbidden, so this `allow` silences nothing"
        ]
    );
    assert_eq!((checked.errors, checked.warnings), (1, 1));
}

#[test]
fn a_file_that_did_not_parse_is_not_blamed_for_unused_directives() {
    let case = Case::new("// linger: allow(detached_task): known\nOPEN\n");
    assert_eq!(case.shown(), ["2: unparsed_file: found"]);
    assert_eq!(
        Case::new("//! linger: allow(unparsed_file): a template\nOPEN\n").shown(),
        NONE
    );
}

#[test]
fn findings_about_directives_can_be_silenced_too() {
    let case = Case::new(
        "//! linger: allow(unused_allow): both features are tried\n<<ok();>> // linger: allow(unread_body): with `a`\n",
    );
    assert_eq!(case.shown(), NONE);
    assert_eq!(
        Case::new("//! linger: allow(unknown_lint): older versions read this too\n").shown(),
        ["1: unused_allow: this `allow` silences nothing: no `unknown_lint` is found here"]
    );
}

#[test]
fn slips_are_reported_and_prose_is_not() {
    for slip in [
        "alow(unread_body): x",
        "allow unread_body: x",
        "allow(unread_body",
        "allow(): x",
        "expct(x): y",
    ] {
        let case = Case::new(&format!("// linger: {slip}\n<<ok();>>\n"));
        assert_eq!(
            case.shown(),
            ["1: unused_allow: this comment cannot be read as a directive"],
            "{slip}"
        );
    }
    for prose in [
        "Option<Duration>",
        "5 s (SO_LINGER)",
        "allow the peer to close",
        "see below",
    ] {
        assert_eq!(
            Case::new(&format!("// linger: {prose}\n")).shown(),
            NONE,
            "{prose}"
        );
    }
}

#[test]
fn text_in_a_string_or_an_outer_doc_comment_is_no_directive() {
    let case = Case::new(
        "let x =\"// linger: allow(unread_body): x\"; BODY\n/// linger: allow(unread_body): x\n<<BODY>>\n",
    );
    assert_eq!(
        case.shown(),
        ["1: unread_body: found", "3: unread_body: found"]
    );
}

#[test]
fn line_breaks_of_windows_change_nothing() {
    let case = Case::new(
        "// linger: allow(unread_body): known\r\n#[a]\r\n<<BODY;>>\r\n<<BODY;>> // linger: allow(unread_body): x\r\n",
    );
    assert_eq!(case.shown(), NONE);
}

#[test]
fn findings_come_in_order_and_once() {
    let mut case = Case::new("<<TASK BODY;>>\n<<BODY;>>\n");
    let again = case.analysis.findings.clone();
    case.analysis.findings.extend(again);
    case.analysis.findings.reverse();
    assert_eq!(
        case.shown(),
        [
            "1: detached_task: found",
            "1: unread_body: found",
            "2: unread_body: found"
        ]
    );
}
