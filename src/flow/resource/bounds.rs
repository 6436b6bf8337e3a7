//! What bounds the phases of a wait, and what only seems to.

use std::borrow::Cow;

use crate::catalog::schema::Phase;
use crate::source::Span;

/// What bounds a phase.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Debug,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    Default,
)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Bound {
    /// Nothing: the phase is open.
    #[default]
    None,
    /// Each read on its own.
    Idle,
    /// The phase as a whole.
    Total,
    /// Set on some ways, not on others.
    Conditional,
    /// We cannot see it.
    Unknown,
}

/// A phase's bound and where it comes from.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PhaseBound {
    /// What.
    pub bound: Bound,
    /// Whether it is the crate's default rather than set in the code.
    pub by_default: bool,
    /// Where it is set (the setter's or guard's name), if in the code.
    pub set_at: Option<Span>,
    /// In words: `timeout`, `tokio::time::timeout`, `TCP_USER_TIMEOUT default of 30 s`.
    pub by: Option<String>,
    /// Beside a total bound each read has one of its own.
    pub idle_too: bool,
}

/// The bounds of the three phases, indexed by [`Phase`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Bounds {
    /// Connecting.
    pub connect: PhaseBound,
    /// Until the head.
    pub head: PhaseBound,
    /// The body.
    pub body: PhaseBound,
}

impl Bounds {
    /// The bound of one phase.
    pub fn get(&self, phase: Phase) -> &PhaseBound {
        match phase {
            Phase::Connect => &self.connect,
            Phase::Head => &self.head,
            Phase::Body => &self.body,
        }
    }

    /// The bound of one phase, to change.
    pub fn get_mut(&mut self, phase: Phase) -> &mut PhaseBound {
        match phase {
            Phase::Connect => &mut self.connect,
            Phase::Head => &mut self.head,
            Phase::Body => &mut self.body,
        }
    }

    /// The phases with no bound at all.
    pub fn open(&self) -> Vec<Phase> {
        Phase::ALL
            .into_iter()
            .filter(|p| self.get(*p).bound == Bound::None)
            .collect()
    }

    /// The phases bounded only on some ways.
    pub fn conditional(&self) -> Vec<Phase> {
        Phase::ALL
            .into_iter()
            .filter(|p| self.get(*p).bound == Bound::Conditional)
            .collect()
    }
}

/// Whether what bounds something is given by the name of a setting, not in words.
pub fn is_setting(by: &str) -> bool {
    !by.contains(' ')
}

/// What bounds something, in words: as code if it is the name of a setting.
pub fn setting(by: &str) -> Cow<'_, str> {
    if is_setting(by) {
        format!("`{by}`").into()
    } else {
        by.into()
    }
}

/// A setter that looks like a bound and covers less than a request needs, or nothing at all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NearMiss {
    /// The setter's name in the text.
    pub at: Span,
    /// What it does, from the catalogue: `bounds connecting only`.
    pub text: String,
}
