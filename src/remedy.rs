//! Changes that discharge what is owed: said by the catalogue and the flow, shown with findings, made by [`crate::fix`].

use crate::source::Span;

/// Whether a change may be made unseen, in the compiler's words.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Applicability {
    /// It keeps what the code means and discharges what is owed: `--fix` makes it.
    MachineApplicable,
    /// Somebody should look at it: `--fix --unsafe-fixes` makes it.
    MaybeIncorrect,
    /// Something in it must be filled in by hand.
    HasPlaceholders,
}

impl Applicability {
    /// The word in the compiler's JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Applicability::MachineApplicable => "MachineApplicable",
            Applicability::MaybeIncorrect => "MaybeIncorrect",
            Applicability::HasPlaceholders => "HasPlaceholders",
        }
    }
}

/// Text that takes the place of other text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// What is replaced; empty where something is put in.
    pub span: Span,
    /// By what.
    pub text: String,
}

/// A change that discharges what is owed: what to write, at which call. [`crate::fix`] finds the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// What it does; lower case, no full stop.
    pub message: String,
    /// Whether it may be made unseen. No surer than the finding it stands by.
    pub applicability: Applicability,
    /// The change.
    pub change: Change,
}

/// What to write, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Calls put into a chain, in front of the method that stands at `name`.
    Before {
        /// The method's name in the text.
        name: Span,
        /// The whole call, receiver included.
        call: Span,
        /// Calls, without their dots.
        calls: Vec<String>,
    },
    /// A called path and its arguments become another call and a chain on it. `{args}` stands for the old arguments.
    Instead {
        /// The path in the text.
        path: Span,
        /// The whole call.
        call: Span,
        /// Whether all of the path goes, or only its last segment.
        whole: bool,
        /// The new call and the calls on it, without their dots.
        calls: Vec<String>,
    },
    /// Statements put where a value first has a name, or the value gets one there: `{it}` stands for it.
    OnceBound {
        /// The call that makes the value.
        call: Span,
        /// A name for the value where it has none.
        name: String,
        /// Where values of its very type are, plain or as the good half of a `Result`: the names and expressions.
        holders: Vec<Holder>,
        /// Rust statements, one a line.
        text: String,
    },
    /// A call in a loop becomes one on something made before the loop, which is settled behind it.
    AroundLoop {
        /// The path in the text.
        path: Span,
        /// The whole call: a statement of its own.
        call: Span,
        /// The loop.
        around: Span,
        /// The loop has no end: what is settled is settled at each turn.
        endless: bool,
        /// What is called instead.
        instead: String,
        /// Statements before the loop.
        before: String,
        /// Statements behind the loop.
        after: String,
        /// Statements behind the call, where the loop does not end.
        each: String,
    },
    /// A comment goes, and its line with it where nothing else is on it.
    Remove(Span),
    /// Edits whose places are known.
    Edits(Vec<Edit>),
}

/// A place of a body that holds a value of the type in question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The name where it is declared, or the expression.
    pub span: Span,
    /// Inside a `Result`.
    pub in_result: bool,
}
