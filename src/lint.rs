//! The contract of a lint: what it is, and the one way to report something.

use std::borrow::Cow;

use crate::finding::{Confidence, Finding, Label};
use crate::flow::resource::{Kind, Resources, Subject};
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
    /// What it judges: of each of these it reports something, or says why it does not.
    pub judges: &'static [Kind],
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

/// Why a lint reports nothing of a resource. What decides whether to report gives this too, so that the two cannot differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// The kind of reason.
    pub because: Because,
    /// The reason; lower case, no full stop.
    pub text: Cow<'static, str>,
    /// Where it is to be seen.
    pub at: Option<Span>,
}

/// The kinds of reasons to report nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Because {
    /// Something bounds it.
    Bounded,
    /// What is owed is paid: it is read, joined, stopped, given to an owner, dropped in so many words.
    Paid,
    /// It goes where nothing is seen of it any more.
    Escaped,
    /// Something that decides is not known.
    Unknown,
    /// It does no harm as it stands.
    Harmless,
    /// Another lint says it, or this one at another resource.
    Elsewhere,
    /// The lint is about something else.
    Unconcerned,
}

impl Silence {
    /// For a reason of this kind.
    pub fn new(because: Because, text: impl Into<Cow<'static, str>>) -> Self {
        Silence {
            because,
            text: text.into(),
            at: None,
        }
    }

    /// With the place where it is to be seen, if there is one.
    #[must_use]
    pub fn at(self, at: Option<Span>) -> Self {
        Silence { at, ..self }
    }
}

/// A lint's silence about one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silent {
    /// The lint's id.
    pub lint: &'static str,
    /// About what.
    pub about: Subject,
    /// Why.
    pub why: Silence,
}

/// What lints say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// What they report.
    pub findings: Vec<Finding>,
    /// What they looked at and do not report.
    pub silent: Vec<Silent>,
}

/// Where what a lint says goes. It stamps the lint's id: a lint cannot report under another's name.
#[derive(Debug)]
pub struct Cx<'a> {
    lint: &'static Lint,
    out: &'a mut Said,
}

impl<'a> Cx<'a> {
    /// A context for one lint.
    pub fn new(lint: &'static Lint, out: &'a mut Said) -> Self {
        Cx { lint, out }
    }

    /// Says why nothing is reported of a resource.
    pub fn silent(&mut self, about: Subject, why: Silence) {
        let lint = self.lint.id;
        self.out.silent.push(Silent { lint, about, why });
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
            about: Vec::new(),
            sites: Vec::new(),
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

    /// The resources it is about.
    #[must_use]
    pub fn about(self, subjects: impl IntoIterator<Item = Subject>) -> Self {
        self.with(|f| f.about.extend(subjects))
    }

    /// The places that make it, where it stands at another that they share ([`Finding::sites`]).
    #[must_use]
    pub fn made_at(self, sites: impl IntoIterator<Item = Span>) -> Self {
        self.with(|f| f.sites.extend(sites))
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
        self.cx.out.findings.extend(self.finding.take());
    }
}
