//! Wording that several lints share.

use crate::flow::resource::{BodyRead, Bound, Bounds, Manner, Phase, Request, setting};
use crate::lint::{Because, Report, Silence};

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

/// Those of them that are said of the request: of a body that is read piece by piece `stalled_body` speaks, where it is
/// read.
pub(super) fn open_of(bounds: &Bounds, request: &Request) -> Vec<Phase> {
    let streamed = request.reads.iter().any(stands_still);
    open(bounds, request.body_read && !streamed)
}

/// Whether a read waits for piece after piece of a body of any length, with nothing around each: a wait of its own, at a
/// place of its own, which no bound on the wait for the head ends.
pub(super) fn stands_still(read: &BodyRead) -> bool {
    read.is_long() && read.manner != Manner::HandedOn && read.guard == Bound::None
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

/// Why these phases, none of which is open or bounded on some ways only, are nothing to report.
pub(super) fn settled(bounds: &Bounds, phases: &[Phase]) -> Silence {
    let all = || phases.iter().map(|p| bounds.get(*p));
    let (because, decides) = match all().find(|b| b.bound == Bound::Unknown) {
        Some(unknown) => (Because::Unknown, Some(unknown)),
        // What the code sets says more than a default.
        None => (Because::Bounded, all().max_by_key(|b| b.set_at.is_some())),
    };
    let by = decides.and_then(|b| b.by.as_deref());
    let what = by.map_or("the wait".into(), setting);
    let text = match because {
        Because::Unknown => format!("what {what} is set to is not known"),
        _ => format!("the wait for {} is bounded: {what}", waits(phases)),
    };
    Silence::new(because, text).at(decides.and_then(|b| b.set_at))
}

/// What the catalogue knows of a whole family of clients, and its advice, or these words where it has none.
pub(super) fn advise(mut report: Report<'_, '_>, known: &str, advice: &str, otherwise: &str) {
    if !known.is_empty() {
        report = report.note(known);
    }
    drop(report.help(if advice.is_empty() { otherwise } else { advice }));
}
