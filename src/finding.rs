//! A finding: what a lint says about one place, with the evidence it rests on. A plain value; rendering comes later.

use crate::flow::resource::Subject;
use crate::remedy::{Applicability, Edit, Remedy};
use crate::source::Span;

/// How sure a finding is.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Confidence {
    /// Something we could not see decides; off by default.
    Possible,
    /// All we can see says so; one step rests on what is usual.
    Likely,
    /// Nothing in sight can make it right.
    Certain,
}

impl Confidence {
    /// The word users write and read.
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Possible => "possible",
            Confidence::Likely => "likely",
            Confidence::Certain => "certain",
        }
    }
}

/// A place with a few words about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is to be seen there; lower case, no full stop.
    pub text: String,
}

/// A change as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What it does; lower case, no full stop.
    pub message: String,
    /// Whether it may be made unseen.
    pub applicability: Applicability,
    /// What is replaced by what, in order, without overlaps.
    pub edits: Vec<Edit>,
}

/// One thing to say about one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The lint's id.
    pub lint: &'static str,
    /// How sure.
    pub confidence: Confidence,
    /// One sentence; lower case, no full stop.
    pub message: String,
    /// Where it stands.
    pub primary: Label,
    /// The evidence: built here, sent here, this only bounds connecting.
    pub labels: Vec<Label>,
    /// The facts it rests on: versions, defaults, what a drop costs.
    pub notes: Vec<String>,
    /// What would discharge it.
    pub helps: Vec<String>,
    /// Changes that would discharge it.
    pub remedies: Vec<Remedy>,
    /// The path of the definition it stands in (`crate::module::Type::method`), for fingerprints and the inventory.
    pub definition: String,
    /// Whether the site is test code (`#[cfg(test)]`, `#[test]`, or a file of a test, bench or example target).
    pub in_test: bool,
    /// The resources it is about.
    pub about: Vec<Subject>,
    /// The places that make it, where it stands at another that they share: the open requests of a client that is named
    /// where it is built. A directive at each of them covers it, as one at its own place does.
    pub sites: Vec<Span>,
}
