//! SARIF 2.1.0: rules with their pages, results with their evidence as a path, for code scanning and editors.

use std::io;

use codespan_reporting::term::termcolor::WriteColor;
use serde::Serialize;

use super::place::{self, From, Located};
use super::{Report, escape, json, pages};
use crate::check::fingerprint::fingerprints;
use crate::finding::{Confidence, Label, Suggestion};
use crate::lint::{Level, Lint};
use crate::source::{SourceFile, Span};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// The name that readers agree on for the folder that relative names are meant from.
const ROOT: &str = "%SRCROOT%";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    invocations: [Invocation; 1],
    column_kind: &'static str,
    results: Vec<Outcome>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    information_uri: Option<&'static str>,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    name: String,
    short_description: Message,
    full_description: Message,
    help: Help,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<String>,
    default_configuration: Configuration,
    properties: RuleProperties,
}

#[derive(Serialize)]
struct Help {
    text: &'static str,
    markdown: &'static str,
}

#[derive(Serialize)]
struct Configuration {
    enabled: bool,
    level: &'static str,
}

#[derive(Serialize)]
struct RuleProperties {
    tags: [&'static str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Message,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    rule_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Message,
    locations: Vec<Spot>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Spot>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    code_flows: Vec<CodeFlow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Fix>,
    partial_fingerprints: Fingerprints,
    properties: Properties,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fix {
    description: Message,
    artifact_changes: Vec<ArtifactChange>,
    properties: FixProperties,
}

#[derive(Serialize)]
struct FixProperties {
    applicability: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: ArtifactLocation,
    replacements: Vec<Replacement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Message,
}

#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "lingerFingerprint/v1")]
    ours: String,
}

#[derive(Serialize)]
struct Properties {
    confidence: &'static str,
    precision: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CodeFlow {
    thread_flows: [ThreadFlow; 1],
}

#[derive(Serialize)]
struct ThreadFlow {
    locations: Vec<Step>,
}

#[derive(Serialize)]
struct Step {
    location: Spot,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spot {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<LogicalLocation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    uri_base_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    fully_qualified_name: String,
}

/// Writes one log with one run.
pub fn write(report: &Report<'_>, out: &mut dyn WriteColor) -> io::Result<()> {
    let names = fingerprints(report.analysis, &report.checked.findings);
    let found = place::all(report, From::Repository, SourceFile::utf16_position);
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "cargo-linger",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    information_uri: pages::home(),
                    rules: report.lints.iter().map(|lint| rule(lint)).collect(),
                },
            },
            invocations: [Invocation {
                execution_successful: true,
                tool_execution_notifications: notifications(report),
            }],
            column_kind: "utf16CodeUnits",
            results: found
                .iter()
                .zip(names)
                .map(|(at, name)| outcome(report, at, name))
                .collect(),
        }],
    };
    json::object(&log, out)
}

fn rule(lint: &Lint) -> Rule {
    Rule {
        id: place::code(lint.id),
        name: camel(lint.id),
        short_description: Message {
            text: lint.summary(),
        },
        full_description: Message {
            text: lint.section("What it does"),
        },
        help: Help {
            text: lint.doc,
            markdown: lint.doc,
        },
        help_uri: pages::of(lint.id),
        default_configuration: Configuration {
            enabled: lint.level != Level::Allow,
            level: if lint.level >= Level::Deny {
                "error"
            } else {
                "warning"
            },
        },
        properties: RuleProperties {
            tags: [lint.group.as_str()],
        },
    }
}

/// `UnreadBody`: what readers show of a rule besides its id.
fn camel(id: &str) -> String {
    let word = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    id.split('_').map(word).collect()
}

/// What the user should know besides the findings.
fn notifications(report: &Report<'_>) -> Vec<Notification> {
    let notices = report.analysis.all_notices().into_iter();
    notices
        .map(|notice| Notification {
            level: "note",
            message: Message {
                text: match notice.file {
                    Some(file) => format!("{file}: {}", notice.text),
                    None => notice.text,
                },
            },
        })
        .collect()
}

fn outcome(report: &Report<'_>, at: &Located<'_>, fingerprint: String) -> Outcome {
    let finding = at.finding();
    let primary = location(report, finding.primary.span, None);
    let primary = primary.map(|mut location| {
        if !finding.definition.is_empty() {
            location.logical_locations = vec![LogicalLocation {
                fully_qualified_name: finding.definition.clone(),
            }];
        }
        location
    });
    let related: Vec<Spot> = place::evidence(report, finding)
        .enumerate()
        .filter_map(|(i, label)| {
            let location = location(report, label.span, Some(label))?;
            Some(Spot {
                id: Some(i + 1),
                ..location
            })
        })
        .collect();
    Outcome {
        rule_id: at.code(),
        rule_index: report.lints.iter().position(|lint| lint.id == finding.lint),
        level: at.shown.severity(),
        message: Message { text: at.in_full() },
        locations: primary.into_iter().collect(),
        code_flows: flow(report, at).into_iter().collect(),
        related_locations: related,
        fixes: fixes(report, &at.shown.suggestions),
        partial_fingerprints: Fingerprints { ours: fingerprint },
        properties: Properties {
            confidence: finding.confidence.as_str(),
            // The words of code scanning.
            precision: match finding.confidence {
                Confidence::Certain => "very-high",
                Confidence::Likely => "high",
                Confidence::Possible => "medium",
            },
        },
    }
}

/// The evidence as a path: the place of the finding, then what else was seen, in the order it is told.
fn flow(report: &Report<'_>, at: &Located<'_>) -> Option<CodeFlow> {
    let finding = at.finding();
    let mut labels = place::evidence(report, finding).peekable();
    labels.peek()?;
    let steps = std::iter::once(&finding.primary).chain(labels);
    let locations: Vec<Step> = steps
        .filter_map(|label| {
            let location = location(report, label.span, Some(label))?;
            Some(Step { location })
        })
        .collect();
    Some(CodeFlow {
        thread_flows: [ThreadFlow { locations }],
    })
}

fn location(report: &Report<'_>, span: Span, label: Option<&Label>) -> Option<Spot> {
    let unit = SourceFile::utf16_position;
    let (file, start, end) = place::locate(report, span, From::Repository, unit)?;
    let words = label.map(|label| escape::line(&label.text).into_owned());
    Some(Spot {
        id: None,
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation {
                uri: uri(&file),
                uri_base_id: ROOT,
            },
            region: Region {
                start_line: start.line,
                start_column: start.column,
                end_line: end.line,
                end_column: end.column,
            },
        },
        logical_locations: Vec::new(),
        message: words
            .filter(|text| !text.is_empty())
            .map(|text| Message { text }),
    })
}

/// The changes that would discharge it, the safest first. Each is of one file.
fn fixes(report: &Report<'_>, suggestions: &[Suggestion]) -> Vec<Fix> {
    let mut sorted: Vec<&Suggestion> = suggestions.iter().collect();
    sorted.sort_by_key(|suggestion| suggestion.applicability);
    let fix = |suggestion: &Suggestion| {
        let spots = suggestion.edits.iter().map(|edit| {
            let place = location(report, edit.span, None)?.physical_location;
            let inserted_content = Message {
                text: edit.text.clone(),
            };
            Some((place.artifact_location, place.region, inserted_content))
        });
        let spots: Vec<_> = spots.collect::<Option<_>>()?;
        let mut artifact_changes: Vec<ArtifactChange> = Vec::new();
        for (artifact_location, deleted_region, inserted_content) in spots {
            let replacement = Replacement {
                deleted_region,
                inserted_content,
            };
            match artifact_changes.last_mut() {
                Some(change) => change.replacements.push(replacement),
                None => artifact_changes.push(ArtifactChange {
                    artifact_location,
                    replacements: vec![replacement],
                }),
            }
        }
        Some(Fix {
            description: Message {
                text: suggestion.message.clone(),
            },
            artifact_changes,
            properties: FixProperties {
                applicability: suggestion.applicability.as_str(),
            },
        })
    };
    sorted.into_iter().filter_map(fix).collect()
}

/// A relative name as a URI reference: everything but what may stand in a path is percent-encoded.
fn uri(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' | b'+' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_uris_and_ids_words() {
        assert_eq!(uri("src/a b%é#?.rs"), "src/a%20b%25%C3%A9%23%3F.rs");
        assert_eq!(camel("unread_body"), "UnreadBody");
    }
}
