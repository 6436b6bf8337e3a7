//! The contract of a lint: what it is, and the one way to report something.

use crate::finding::{Confidence, Finding, Label};
use crate::flow::resource::Resources;
use crate::remedy::Remedy;
use crate::source::Span;

/// What is done about findings of a lint.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Level {
    /// Not shown.
    Allow,
    /// Shown.
    Warn,
    /// Shown, and the run fails.
    Deny,
    /// As deny, and nothing later can lower it.
    Forbid,
}

impl Level {
    /// The word users write and read.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Allow => "allow",
            Level::Warn => "warn",
            Level::Deny => "deny",
            Level::Forbid => "forbid",
        }
    }
}

/// What a lint is about; also the name of a group on the command line (`linger::timeouts`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Group {
    /// Waits that nothing bounds.
    Timeouts,
    /// Response bodies.
    Bodies,
    /// Spawned tasks and threads.
    Tasks,
    /// How clients are made and used.
    Clients,
    /// The tool's own: files, directives.
    Tool,
}

impl Group {
    /// The word users write and read.
    pub fn as_str(self) -> &'static str {
        match self {
            Group::Timeouts => "timeouts",
            Group::Bodies => "bodies",
            Group::Tasks => "tasks",
            Group::Clients => "clients",
            Group::Tool => "tool",
        }
    }
}

/// One lint: metadata and one function. Its folder holds exactly this and the README that is its documentation.
#[derive(Debug)]
pub struct Lint {
    /// Stable id, `snake_case`; reads well after "allow". Also the folder's and the module's name.
    pub id: &'static str,
    /// Its group.
    pub group: Group,
    /// Default level.
    pub level: Level,
    /// First version that had it.
    pub since: &'static str,
    /// The README, whole.
    pub doc: &'static str,
    /// Looks at the resources of the run and reports.
    pub check: fn(&Resources, &mut Cx<'_>),
}

impl Lint {
    /// The first paragraph of the README below its heading: the one-sentence summary.
    pub fn summary(&self) -> String {
        let mut lines = self
            .doc
            .lines()
            .skip_while(|l| l.starts_with('#') || l.trim().is_empty());
        let mut out = String::new();
        for line in lines.by_ref().take_while(|l| !l.trim().is_empty()) {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(line.trim());
        }
        out
    }

    /// The text of one section of the README, without its heading.
    pub fn section(&self, title: &str) -> String {
        let heading = format!("## {title}\n");
        let (_, rest) = self.doc.split_once(&heading).unwrap_or_default();
        rest.split("\n## ")
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    }
}

/// Where a lint's findings go. It stamps the lint's id: a lint cannot report under another's name.
#[derive(Debug)]
pub struct Cx<'a> {
    lint: &'static Lint,
    out: &'a mut Vec<Finding>,
}

impl<'a> Cx<'a> {
    /// A context for one lint.
    pub fn new(lint: &'static Lint, out: &'a mut Vec<Finding>) -> Self {
        Cx { lint, out }
    }

    /// Begins a finding at `span`. It is recorded when the builder is dropped.
    pub fn report(
        &mut self,
        span: Span,
        confidence: Confidence,
        message: impl Into<String>,
    ) -> Report<'_, 'a> {
        let finding = Finding {
            lint: self.lint.id,
            confidence,
            message: message.into(),
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
        };
        Report {
            cx: self,
            finding: Some(finding),
        }
    }
}

/// A finding being built.
#[derive(Debug)]
pub struct Report<'c, 'a> {
    cx: &'c mut Cx<'a>,
    finding: Option<Finding>,
}

impl Report<'_, '_> {
    fn with(mut self, change: impl FnOnce(&mut Finding)) -> Self {
        if let Some(finding) = &mut self.finding {
            change(finding);
        }
        self
    }

    /// The words at the primary place.
    #[must_use]
    pub fn here(self, text: impl Into<String>) -> Self {
        self.with(|f| f.primary.text = text.into())
    }

    /// A further place of evidence.
    #[must_use]
    pub fn label(self, span: Span, text: impl Into<String>) -> Self {
        self.with(|f| {
            f.labels.push(Label {
                span,
                text: text.into(),
            });
        })
    }

    /// A fact it rests on.
    #[must_use]
    pub fn note(self, text: impl Into<String>) -> Self {
        self.with(|f| f.notes.push(text.into()))
    }

    /// What would discharge it.
    #[must_use]
    pub fn help(self, text: impl Into<String>) -> Self {
        self.with(|f| f.helps.push(text.into()))
    }

    /// Changes that would discharge it.
    #[must_use]
    pub fn remedies(self, remedies: impl IntoIterator<Item = Remedy>) -> Self {
        self.with(|f| f.remedies.extend(remedies))
    }

    /// The definition it stands in, and whether that is test code.
    #[must_use]
    pub fn within(self, definition: &str, in_test: bool) -> Self {
        self.with(|f| {
            definition.clone_into(&mut f.definition);
            f.in_test = in_test;
        })
    }
}

impl Drop for Report<'_, '_> {
    fn drop(&mut self) {
        self.cx.out.extend(self.finding.take());
    }
}
