//! A one-shot request that waits with nothing to end the wait.

use crate::finding::Confidence;
use crate::flow::resource::{Bounds, Request, Resources};
use crate::lint::{Cx, Group, Level, Lint};
use crate::lints::phrases;

/// The lint.
pub static LINT: Lint = Lint {
    id: "request_without_timeout",
    group: Group::Timeouts,
    level: Level::Warn,
    since: "0.1.0",
    doc: include_str!("README.md"),
    check,
};

fn check(resources: &Resources, cx: &mut Cx<'_>) {
    for request in &resources.requests {
        // The entry behind those of the clients is that of the one-shot way.
        let Some(bounds) = request.bounds.get(request.clients.len()) else {
            continue;
        };
        if phrases::owes(bounds) {
            report(request, bounds, Confidence::Certain, cx);
        } else if phrases::conditional(bounds) {
            report(request, bounds, Confidence::Likely, cx);
        }
    }
}

fn report(request: &Request, bounds: &Bounds, confidence: Confidence, cx: &mut Cx<'_>) {
    let Some(made) = &request.one_shot else {
        return;
    };
    let waits = phrases::waits(&phrases::open(bounds, request.body_read));
    let message = if confidence == Confidence::Certain {
        format!("this one-shot request can wait for {waits} without bound")
    } else {
        "this one-shot request has a timeout only on some ways".to_owned()
    };
    let mut report = cx
        .report(made.name, confidence, message)
        .here(if made.name == request.site.name {
            "sent here"
        } else {
            "made here, with no client that could bound it"
        })
        .within(&made.within, made.in_test);
    if made.name != request.site.name {
        report = report.label(request.site.name, "sent here");
    }
    for near in &request.near {
        report = report.label(near.at, near.text.clone());
    }
    drop(
        report
            .note(request.default_note.clone())
            .help(request.advice.clone())
            .remedies(request.remedy.clone()),
    );
}
