//! Wording that several lints share.

use crate::flow::resource::{Bound, Bounds, Phase};
use crate::lint::Report;

/// What a request waits for in a phase, in words.
fn wait(phase: Phase) -> &'static str {
    match phase {
        Phase::Connect => "the connection",
        Phase::Head => "the response's head",
        Phase::Body => "the body",
    }
}

/// `the connection, the response and the body`.
pub(super) fn waits(phases: &[Phase]) -> String {
    let words: Vec<&str> = phases.iter().copied().map(wait).collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The phases of a send that nothing bounds. A body that nobody reads is nobody's wait.
pub(super) fn open(bounds: &Bounds, body_read: bool) -> Vec<Phase> {
    bounds
        .open()
        .into_iter()
        .filter(|p| *p != Phase::Body || body_read)
        .collect()
}

/// Whether connecting or the head has a bound only on some ways.
pub(super) fn conditional(bounds: &Bounds) -> bool {
    [Phase::Connect, Phase::Head]
        .into_iter()
        .any(|p| bounds.get(p).bound == Bound::Conditional)
}

/// Whether the wait for the head (or the connection) is open: what a client or request owes first.
pub(super) fn owes(bounds: &Bounds) -> bool {
    [Phase::Connect, Phase::Head]
        .into_iter()
        .any(|p| bounds.get(p).bound == Bound::None)
}

/// What the catalogue knows of a whole family of clients, and its advice, or these words where it has none.
pub(super) fn advise(mut report: Report<'_, '_>, known: &str, advice: &str, otherwise: &str) {
    if !known.is_empty() {
        report = report.note(known);
    }
    drop(report.help(if advice.is_empty() { otherwise } else { advice }));
}
