//! A body that is taken into memory whole, however large it is.

use std::collections::BTreeMap;

use crate::finding::Confidence;
use crate::flow::resource::{BodyRead, Manner, Request, Resources};
use crate::lint::{Cx, Group, Level, Lint};
use crate::source::Span;

/// The lint.
pub static LINT: Lint = Lint {
    id: "unbounded_body",
    group: Group::Bodies,
    level: Level::Allow,
    since: "0.1.0",
    doc: include_str!("README.md"),
    check,
};

fn check(resources: &Resources, cx: &mut Cx<'_>) {
    let mut found: BTreeMap<Span, (&Request, &BodyRead)> = BTreeMap::new();
    for request in &resources.requests {
        for read in &request.reads {
            if read.manner == Manner::Buffered && !read.limited {
                found.entry(read.at).or_insert((request, read));
            }
        }
    }
    for (request, read) in found.into_values() {
        let report = cx
            .report(
                read.at,
                Confidence::Likely,
                "the whole body is taken into memory, however large the other side makes it",
            )
            .here("buffered here, with no limit in size")
            .label(request.site.name, "sent here")
            .within(&read.within, read.in_test);
        drop(report.note("a timeout bounds how long a body takes, not how large it is").help(
            "read it piece by piece and stop at a limit; a check of `Content-Length` alone trusts the other side to send one",
        ));
    }
}
