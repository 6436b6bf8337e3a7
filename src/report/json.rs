//! The objects of `cargo check --message-format=json`, one per line, so that what reads cargo reads us.

use std::io;
use std::path::{Component, Path};

use codespan_reporting::term::termcolor::WriteColor;
use serde::Serialize;

use super::{Report, escape, human};
use crate::check::Shown;
use crate::check::analysis::Analysis;
use crate::discover::workspace::{Package, Target as WorkspaceTarget, TargetKind};
use crate::finding::{Label, Suggestion};
use crate::source::{FileId, LineColumn, SourceFile, Span as Place};

#[derive(Serialize)]
struct CompilerMessage<'a> {
    reason: &'static str,
    package_id: String,
    manifest_path: String,
    target: Target,
    message: Diagnostic<'a>,
}

#[derive(Serialize)]
struct BuildFinished {
    reason: &'static str,
    success: bool,
}

#[derive(Serialize)]
struct Target {
    kind: [&'static str; 1],
    crate_types: [&'static str; 1],
    name: String,
    src_path: String,
    edition: String,
    doc: bool,
    doctest: bool,
    test: bool,
}

#[derive(Serialize)]
struct Diagnostic<'a> {
    rendered: Option<String>,
    #[serde(rename = "$message_type")]
    message_type: &'static str,
    children: Vec<Diagnostic<'a>>,
    level: &'static str,
    message: &'a str,
    spans: Vec<Span<'a>>,
    code: Option<Code<'a>>,
}

#[derive(Serialize)]
struct Code<'a> {
    code: String,
    explanation: Option<&'a str>,
}

#[derive(Serialize)]
struct Span<'a> {
    file_name: &'a str,
    byte_start: u32,
    byte_end: u32,
    line_start: u32,
    line_end: u32,
    column_start: u32,
    column_end: u32,
    is_primary: bool,
    text: Vec<Line<'a>>,
    label: Option<&'a str>,
    suggested_replacement: Option<&'a str>,
    suggestion_applicability: Option<&'a str>,
    expansion: Option<()>,
}

#[derive(Serialize)]
struct Line<'a> {
    text: &'a str,
    highlight_start: u32,
    highlight_end: u32,
}

/// Writes one message per finding, and whether the run passes.
pub fn write(report: &Report<'_>, out: &mut dyn WriteColor) -> io::Result<()> {
    for shown in &report.checked.findings {
        object(&message(report, shown)?, out)?;
    }
    object(
        &BuildFinished {
            reason: "build-finished",
            success: report.checked.passes(),
        },
        out,
    )
}

/// Writes one object and a line break.
pub(super) fn object(value: &impl Serialize, out: &mut dyn WriteColor) -> io::Result<()> {
    let text = serde_json::to_string(value)?;
    writeln!(out, "{}", escape::json(&text))
}

fn message<'a>(report: &Report<'a>, shown: &'a Shown) -> io::Result<CompilerMessage<'a>> {
    let finding = &shown.finding;
    let (package_id, manifest_path, target) = owner(report.analysis, finding.primary.span.file);
    let places = std::iter::once((&finding.primary, true))
        .chain(finding.labels.iter().map(|label| (label, false)));
    let doc = report
        .lints
        .iter()
        .find(|lint| lint.id == finding.lint)
        .map(|lint| lint.doc);
    let notes = finding.notes.iter().map(|text| child("note", text));
    let message = Diagnostic {
        rendered: Some(human::rendered(report, shown)?),
        message_type: "diagnostic",
        children: notes
            .chain(finding.helps.iter().map(|text| child("help", text)))
            .chain(
                shown
                    .suggestions
                    .iter()
                    .map(|s| suggestion(report.analysis, s)),
            )
            .collect(),
        level: shown.severity(),
        message: &finding.message,
        spans: places
            .filter_map(|(label, primary)| span(report.analysis, label, primary))
            .collect(),
        code: Some(Code {
            code: format!("linger::{}", finding.lint),
            explanation: doc,
        }),
    };
    Ok(CompilerMessage {
        reason: "compiler-message",
        package_id,
        manifest_path,
        target,
        message,
    })
}

fn child<'a>(level: &'static str, message: &'a str) -> Diagnostic<'a> {
    Diagnostic {
        rendered: None,
        message_type: "diagnostic",
        children: Vec::new(),
        level,
        message,
        spans: Vec::new(),
        code: None,
    }
}

/// A change, as the compiler writes one: a child whose spans say what takes their place.
fn suggestion<'a>(analysis: &'a Analysis, suggestion: &'a Suggestion) -> Diagnostic<'a> {
    let spans = suggestion.edits.iter().filter_map(|edit| {
        Some(Span {
            suggested_replacement: Some(&edit.text),
            suggestion_applicability: Some(suggestion.applicability.as_str()),
            ..place(analysis, edit.span, true)?
        })
    });
    Diagnostic {
        spans: spans.collect(),
        ..child("help", &suggestion.message)
    }
}

fn span<'a>(analysis: &'a Analysis, label: &'a Label, is_primary: bool) -> Option<Span<'a>> {
    Some(Span {
        label: (!label.text.is_empty()).then_some(label.text.as_str()),
        ..place(analysis, label.span, is_primary)?
    })
}

fn place(analysis: &Analysis, at: Place, is_primary: bool) -> Option<Span<'_>> {
    let source = analysis.sources.get(at.file)?;
    let (start, end) = (source.position(at.lo), source.position(at.hi));
    Some(Span {
        file_name: &source.name,
        byte_start: at.lo,
        byte_end: at.hi,
        line_start: start.line,
        line_end: end.line,
        column_start: start.column,
        column_end: end.column,
        is_primary,
        text: lines(source, at, start, end),
        label: None,
        suggested_replacement: None,
        suggestion_applicability: None,
        expansion: None,
    })
}

/// The lines a span touches, each with the part of it that is meant.
fn lines(source: &SourceFile, span: Place, start: LineColumn, end: LineColumn) -> Vec<Line<'_>> {
    (source.line_index(span.lo)..=source.line_index(span.hi))
        .map(|index| {
            let text = source.line_text(index);
            let number = index as u32 + 1;
            Line {
                text,
                highlight_start: if number == start.line {
                    start.column
                } else {
                    1
                },
                highlight_end: if number == end.line {
                    end.column
                } else {
                    text.chars().count() as u32 + 1
                },
            }
        })
        .collect()
}

/// Package id, manifest and target of a file.
fn owner(analysis: &Analysis, file: FileId) -> (String, String, Target) {
    let root = &analysis.workspace.root;
    let Some((package, target)) = analysis.owner_of(file) else {
        let name = analysis
            .sources
            .get(file)
            .map_or("", |source| source.name.as_str());
        return (String::new(), String::new(), loose(name));
    };
    let manifest = package
        .manifest
        .as_deref()
        .map_or(String::new(), |path| relative(root, path));
    (package_id(root, package), manifest, describe(root, target))
}

/// As cargo's, with the folder relative to the workspace root: `path+file:crates/api#api@0.1.0`.
fn package_id(root: &Path, package: &Package) -> String {
    let dir = relative(root, &package.dir);
    let version = package
        .version
        .as_ref()
        .map_or(String::new(), |version| format!("@{version}"));
    format!(
        "path+file:{}#{}{version}",
        if dir.is_empty() { "." } else { &dir },
        package.name
    )
}

fn describe(root: &Path, target: &WorkspaceTarget) -> Target {
    let (kind, crate_type) = match target.kind {
        TargetKind::Lib => ("lib", "lib"),
        TargetKind::Bin | TargetKind::Loose => ("bin", "bin"),
        TargetKind::Example => ("example", "bin"),
        TargetKind::Test => ("test", "bin"),
        TargetKind::Bench => ("bench", "bin"),
        TargetKind::Build => ("custom-build", "bin"),
    };
    Target {
        kind: [kind],
        crate_types: [crate_type],
        name: target.name.as_str().to_owned(),
        src_path: relative(root, &target.root),
        edition: target.edition.to_string(),
        doc: matches!(target.kind, TargetKind::Lib | TargetKind::Bin),
        doctest: target.kind == TargetKind::Lib,
        test: matches!(
            target.kind,
            TargetKind::Lib | TargetKind::Bin | TargetKind::Test
        ),
    }
}

/// A file of no target.
fn loose(name: &str) -> Target {
    let stem = Path::new(name)
        .file_stem()
        .map_or(String::new(), |stem| stem.to_string_lossy().into_owned());
    Target {
        kind: ["bin"],
        crate_types: ["bin"],
        name: stem,
        src_path: name.to_owned(),
        edition: "2021".to_owned(),
        doc: false,
        doctest: false,
        test: false,
    }
}

/// A path relative to the root, with `/`; climbing where it lies outside.
fn relative(root: &Path, path: &Path) -> String {
    let root = if path.is_relative() && root.is_absolute() {
        Path::new("")
    } else {
        root
    };
    let clean = |path: &Path| -> Vec<String> {
        let parts = path.components().filter(|part| *part != Component::CurDir);
        parts
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect()
    };
    let (root, path) = (clean(root), clean(path));
    let common = root.iter().zip(&path).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", root.len() - common);
    up.chain(path.iter().skip(common).map(String::as_str))
        .collect::<Vec<_>>()
        .join("/")
}
