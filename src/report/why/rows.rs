//! What is known of a place, as rows: the shape of the JSON, from which the text for people is made too.

use serde::Serialize;

use crate::finding::Confidence;
use crate::flow::resource::{
    Happening, Kind, Phase, ResponseOutcome, TaskEnds, TaskOutcome, VersionSource,
};
use crate::lint::{Because, Level};
use crate::report::inventory::{self, Place};

/// The whole answer.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Why<'a> {
    pub(super) schema: &'static str,
    /// The file that is asked about.
    pub(super) file: &'a str,
    /// The first line, 1-based.
    pub(super) from: u32,
    /// The last line.
    pub(super) to: u32,
    /// The column, where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) column: Option<u32>,
    pub(super) reading: ReadingRow<'a>,
    /// The resources with any evidence there.
    pub(super) resources: Vec<ResourceRow<'a>>,
    /// Findings with evidence there that are about none of them.
    pub(super) findings: Vec<FindingRow<'a>>,
    /// Every call there, known or not.
    pub(super) calls: Vec<CallRow<'a>>,
    /// Where there are none: the nearest resources of the file.
    pub(super) nearby: Vec<Near<'a>>,
}

/// How far the place was read.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ReadingRow<'a> {
    pub(super) kind: ReadingKind,
    /// The `cfg` condition that does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) condition: Option<&'a str>,
    /// Where that is decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<Place<'a>>,
    /// In words.
    pub(super) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) enum ReadingKind {
    /// It was read.
    Read,
    /// A `cfg` takes it out of the build.
    Off,
    /// It is in a macro call that could not be read as code.
    Macro,
    /// The file could not be parsed.
    Unparsed,
    /// No `mod` leads to the file.
    Undeclared,
    /// The file is of a target that was not asked for.
    Unselected,
    /// The file is not read.
    Refused,
}

/// A client, request, response or task.
#[derive(Debug, Serialize, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ResourceRow<'a> {
    pub(super) kind: Kind,
    #[serde(flatten)]
    pub(super) place: Place<'a>,
    /// The canonical path of what is called there.
    pub(super) path: &'a str,
    #[serde(rename = "crate")]
    pub(super) krate: &'a str,
    pub(super) version: &'a str,
    /// What tells the version.
    pub(super) known_by: VersionSource,
    /// The definition around it.
    pub(super) within: &'a str,
    /// Whether it is test code.
    pub(super) test: bool,
    /// Clients and requests: what bounds each phase, for a request through each client it may go through.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) bounds: Vec<Through<'a>>,
    /// What became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<Outcome>,
    /// Tasks: how it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ends: Option<TaskEnds>,
    /// The places that tell of it, in order.
    pub(super) evidence: Vec<EvidenceRow<'a>>,
    /// What every lint that judges such resources says of it.
    pub(super) lints: Vec<Verdict<'a>>,
}

/// What became of a response or a task's handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(super) enum Outcome {
    Response(ResponseOutcome),
    Task(TaskOutcome),
}

/// The bounds of a client, or of a request through one.
#[derive(Debug, Serialize, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Through<'a> {
    /// The client, where it is another place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client: Option<Place<'a>>,
    pub(super) connect: PlacedBound<'a>,
    pub(super) head: PlacedBound<'a>,
    pub(super) body: PlacedBound<'a>,
}

impl<'a> Through<'a> {
    pub(super) fn phases(&self) -> [(Phase, &PlacedBound<'a>); 3] {
        [
            (Phase::Connect, &self.connect),
            (Phase::Head, &self.head),
            (Phase::Body, &self.body),
        ]
    }
}

/// What bounds a phase, and where that is set.
#[derive(Debug, Serialize, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct PlacedBound<'a> {
    #[serde(flatten)]
    pub(super) bound: inventory::BoundRow<'a>,
    /// Where it is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<Place<'a>>,
}

/// A place that tells of a resource.
#[derive(Debug, Serialize, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct EvidenceRow<'a> {
    #[serde(flatten)]
    pub(super) place: Place<'a>,
    /// What becomes of it there, if anything does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) what: Option<Happening>,
    /// In words.
    pub(super) text: String,
    /// Whether the place is asked about.
    pub(super) asked: bool,
}

/// What a lint says of a resource.
#[derive(Debug, Serialize, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub(super) enum Verdict<'a> {
    /// It reports it.
    Reported(FindingRow<'a>),
    /// It does not.
    Silent(SilentRow<'a>),
}

#[derive(Debug, Serialize, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct FindingRow<'a> {
    pub(super) lint: &'a str,
    #[serde(flatten)]
    pub(super) place: Place<'a>,
    pub(super) confidence: Confidence,
    pub(super) message: &'a str,
    pub(super) level: Level,
    /// Whether a check with these options shows it.
    pub(super) shown: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hidden: Option<HiddenRow<'a>>,
}

/// Why a finding is not shown.
#[derive(Debug, Serialize, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct HiddenRow<'a> {
    pub(super) by: HiddenBy,
    /// In words.
    pub(super) text: String,
    /// The directive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<Place<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) enum HiddenBy {
    Directive,
    Level,
    Confidence,
    Baseline,
    /// `exclude` in the configuration.
    Exclude,
    /// The package is not selected.
    Package,
    /// The target is not selected.
    Target,
    /// Test code is not asked for.
    TestCode,
    /// The file says that it is generated.
    Generated,
    /// No line of its evidence changed.
    Unchanged,
    /// PATHS.
    Paths,
}

#[derive(Debug, Serialize, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct SilentRow<'a> {
    pub(super) lint: &'a str,
    pub(super) because: Because,
    /// In words.
    pub(super) text: &'a str,
    /// Where it is to be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<Place<'a>>,
}

/// A call.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct CallRow<'a> {
    #[serde(flatten)]
    pub(super) place: Place<'a>,
    /// As it is written.
    pub(super) text: &'a str,
    pub(super) leads_to: LeadsTo,
    /// The canonical path, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<&'a str>,
    #[serde(rename = "crate", skip_serializing_if = "Option::is_none")]
    pub(super) krate: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) known_by: Option<VersionSource>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) enum LeadsTo {
    /// A function of which the catalogue holds a fact.
    Fact,
    /// A function of which the catalogue holds the signature only.
    Signature,
    /// A function of the workspace.
    Workspace,
    /// A crate that nobody described.
    UnknownCrate,
    /// A closure or function value.
    Value,
    /// Nothing that is known.
    Unresolved,
}

/// A resource of the file elsewhere.
#[derive(Debug, Serialize, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Near<'a> {
    pub(super) kind: Kind,
    #[serde(flatten)]
    pub(super) place: Place<'a>,
    pub(super) path: &'a str,
}
