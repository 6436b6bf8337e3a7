//! A long body that one timeout over everything will cut.

use std::collections::BTreeMap;

use crate::finding::Confidence;
use crate::flow::resource::{
    BodyRead, Bound, Bounds, Kind, Manner, PhaseBound, Request, Resources, Subject,
};
use crate::lint::{Because, Cx, Group, Level, Lint, Silence};
use crate::source::Span;

/// The lint.
pub static LINT: Lint = Lint {
    id: "total_timeout_on_stream",
    group: Group::Timeouts,
    level: Level::Warn,
    since: "0.1.0",
    doc: include_str!("README.md"),
    judges: &[Kind::Request],
    check,
};

fn check(resources: &Resources, cx: &mut Cx<'_>) {
    let mut found: BTreeMap<Span, (Cut<'_>, Vec<Subject>)> = BTreeMap::new();
    for (index, request) in resources.requests.iter().enumerate() {
        let subject = Subject::request(index);
        let text = "it passes no body on that may be of any length";
        let mut why = Some(Silence::new(Because::Harmless, text));
        for read in request.reads.iter().filter(|r| r.is_long()) {
            match cut(request, read) {
                Ok(cut) => {
                    let (_, about) = found.entry(read.at).or_insert((cut, Vec::new()));
                    about.push(subject);
                    why = None;
                }
                Err(reason) => why = why.and(Some(reason)),
            }
        }
        if let Some(why) = why {
            cx.silent(subject, why);
        }
    }
    for (cut, about) in found.into_values() {
        report(&cut, about, cx);
    }
}

/// A read of a long body under one bound over all of it.
struct Cut<'r> {
    request: &'r Request,
    read: &'r BodyRead,
    /// Where the bound is.
    at: Option<Span>,
    /// What it is.
    by: String,
    /// Whether it stands over the read on every way: whichever of several clients the request goes through.
    always: bool,
}

/// The one bound that a read stands under, if nothing bounds its single steps.
fn cut<'r>(request: &'r Request, read: &'r BodyRead) -> Result<Cut<'r>, Silence> {
    let under = |at, by, always| Cut {
        request,
        read,
        at,
        by,
        always,
    };
    let steps = |at| {
        Silence::new(
            Because::Bounded,
            "each step of the read has a bound of its own",
        )
        .at(at)
    };
    if read.guard == Bound::Idle {
        return Err(steps(read.guard_at));
    }
    let has_idle = |b: &&Bounds| -> bool {
        let PhaseBound {
            bound, idle_too, ..
        } = b.body;
        bound == Bound::Idle || idle_too
    };
    if let Some(bounds) = request.together.iter().find(has_idle) {
        return Err(steps(bounds.body.set_at));
    }
    if read.guard == Bound::Total && read.messages {
        let text = "a talk of messages is bounded as a whole by who takes part in it";
        return Err(Silence::new(Because::Harmless, text).at(read.guard_at));
    }
    if read.guard == Bound::Total {
        return Ok(under(read.guard_at, "the bound around it".to_owned(), true));
    }
    let total = |b: &&Bounds| b.body.bound == Bound::Total;
    let unseen = request.unknown_client.then_some(&request.own);
    let Some(bounds) = request.together.iter().chain(unseen).find(total) else {
        let text = "no bound stands over the whole of its body";
        return Err(Silence::new(Because::Harmless, text));
    };
    let body = &bounds.body;
    let by = body.by.as_deref().unwrap_or("timeout");
    let always = request.together.iter().all(|b| total(&b));
    Ok(under(body.set_at, format!("`{by}`"), always))
}

fn report(cut: &Cut<'_>, about: Vec<Subject>, cx: &mut Cx<'_>) {
    let Cut {
        request,
        read,
        at,
        by,
        always,
    } = cut;
    let (what, here) = match read.manner {
        Manner::Copied => ("a transfer that takes", "copied here, however long it is"),
        Manner::HandedOn => ("a stream that lasts", "handed on as a stream here"),
        _ => ("a stream that lasts", "read here, however long it is"),
    };
    let (when, confidence) = if *always {
        ("", Confidence::Likely)
    } else {
        (" on some ways", Confidence::Possible)
    };
    let message = format!("{what} long enough is cut{when} by {by}, however well it goes");
    let mut report = cx
        .report(read.at, confidence, message)
        .here(here)
        .about(about)
        .within(&read.within, read.in_test);
    if let Some(at) = *at {
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
