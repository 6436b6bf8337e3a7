//! A body that is waited for without bound, although the wait for its head has one.

use std::collections::BTreeMap;

use crate::finding::Confidence;
use crate::flow::resource::{BodyRead, Bound, Bounds, Manner, Request, Resources};
use crate::lint::{Cx, Group, Level, Lint};
use crate::lints::phrases;
use crate::source::Span;

/// The lint.
pub static LINT: Lint = Lint {
    id: "stalled_body",
    group: Group::Timeouts,
    level: Level::Warn,
    since: "0.1.0",
    doc: include_str!("README.md"),
    check,
};

fn check(resources: &Resources, cx: &mut Cx<'_>) {
    let mut found: BTreeMap<Span, (&Request, &BodyRead, Confidence)> = BTreeMap::new();
    for request in &resources.requests {
        let Some(confidence) = stalls(request) else {
            continue;
        };
        let mut open = request.reads.iter().filter(|r| r.guard == Bound::None);
        // Several reads of one body are one wait: the first stands for all.
        if let Some(read) = open.next() {
            found.entry(read.at).or_insert((request, read, confidence));
        }
    }
    for (request, read, confidence) in found.into_values() {
        report(request, read, confidence, cx);
    }
}

/// Whether the head of a request is bounded and its body is not.
fn stalls(request: &Request) -> Option<Confidence> {
    let certain = request
        .bounds
        .iter()
        .any(|b| !phrases::owes(b) && !phrases::conditional(b) && b.body.bound == Bound::None);
    if certain {
        let handed_on = request.reads.iter().all(|r| r.manner == Manner::HandedOn);
        return Some(if handed_on {
            Confidence::Possible
        } else {
            Confidence::Certain
        });
    }
    // A bound around the send tells that the client, which we do not see, is not trusted to have one.
    let unseen = request.unknown_client && request.bounds.is_empty();
    (unseen && request.guard.is_some()).then_some(Confidence::Possible)
}

fn report(request: &Request, read: &BodyRead, confidence: Confidence, cx: &mut Cx<'_>) {
    let what = match read.manner {
        Manner::Pieces => "each piece of this body is",
        _ => "this body is",
    };
    let message =
        format!("{what} waited for without bound: only the wait for the response's head has one");
    let mut report = cx
        .report(read.at, confidence, message)
        .here("read here, with nothing to end the wait")
        .within(&read.within, read.in_test);
    match request.guard.or_else(|| head_set_at(&request.bounds)) {
        Some(at) => {
            report = report
                .label(at, "this ends with the head")
                .label(request.site.name, "sent here");
        }
        None => report = report.label(request.site.name, "sent here"),
    }
    let help = match &request.idle_setting {
        Some(setting) if read.is_long() => format!(
            "set `{setting}` on the client, or put a timeout around each piece: a body of any length may then take its time, but not stand still"
        ),
        Some(setting) => format!(
            "put the bound around an async block that sends and reads, or set `{setting}` on the client"
        ),
        None if read.is_long() => {
            "put a timeout around each piece: a body of any length may then take its time, but not stand still"
                .to_owned()
        }
        None => "put one bound around both the send and the read".to_owned(),
    };
    drop(report.note(request.default_note.clone()).help(help));
}

fn head_set_at(bounds: &[Bounds]) -> Option<Span> {
    bounds.iter().find_map(|b| b.head.set_at)
}
