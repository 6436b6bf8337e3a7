//! A long body that one timeout over everything will cut.

use std::collections::BTreeMap;

use crate::finding::Confidence;
use crate::flow::resource::{BodyRead, Bound, Bounds, Manner, PhaseBound, Request, Resources};
use crate::lint::{Cx, Group, Level, Lint};
use crate::source::Span;

/// The lint.
pub static LINT: Lint = Lint {
    id: "total_timeout_on_stream",
    group: Group::Timeouts,
    level: Level::Warn,
    since: "0.1.0",
    doc: include_str!("README.md"),
    check,
};

fn check(resources: &Resources, cx: &mut Cx<'_>) {
    let mut found: BTreeMap<Span, (&Request, &BodyRead, Option<Span>, String)> = BTreeMap::new();
    for request in &resources.requests {
        for read in request.reads.iter().filter(|r| r.is_long()) {
            if let Some((at, by)) = cut(request, read) {
                found.entry(read.at).or_insert((request, read, at, by));
            }
        }
    }
    for (request, read, at, by) in found.into_values() {
        report(request, read, at, &by, cx);
    }
}

/// The one bound that a read stands under, if nothing bounds its single steps: where it is, and what.
fn cut(request: &Request, read: &BodyRead) -> Option<(Option<Span>, String)> {
    let has_idle = |b: &PhaseBound| b.bound == Bound::Idle || b.idle_too;
    if read.guard == Bound::Idle || request.bounds.iter().any(|b| has_idle(&b.body)) {
        return None;
    }
    if read.guard == Bound::Total {
        return Some((read.guard_at, "the bound around it".to_owned()));
    }
    let total = |b: &&Bounds| b.body.bound == Bound::Total;
    let unseen = request.unknown_client.then_some(&request.own);
    let body = &request.bounds.iter().chain(unseen).find(total)?.body;
    let by = body.by.as_deref().unwrap_or("timeout");
    Some((body.set_at, format!("`{by}`")))
}

fn report(request: &Request, read: &BodyRead, at: Option<Span>, by: &str, cx: &mut Cx<'_>) {
    let (what, here) = match read.manner {
        Manner::Copied => ("a transfer that takes", "copied here, however long it is"),
        Manner::HandedOn => ("a stream that lasts", "handed on as a stream here"),
        _ => ("a stream that lasts", "read here, however long it is"),
    };
    let message = format!("{what} long enough is cut by {by}, however well it goes");
    let mut report = cx
        .report(read.at, Confidence::Likely, message)
        .here(here)
        .within(&read.within, read.in_test);
    if let Some(at) = at {
        report = report.label(at, "this bounds the whole body, to its last byte");
    }
    report = report.label(request.site.name, "sent here");
    let idle = match &request.idle_setting {
        Some(setting) => format!(
            "bound each read, not their sum: `{setting}` on the client, or a timeout around each piece"
        ),
        None => "bound each read, not their sum: a timeout around each piece".to_owned(),
    };
    drop(report.help(idle));
}
