//! A one-shot request that waits with nothing to end the wait.

use crate::finding::Confidence;
use crate::flow::resource::{Bounds, Kind, Phase, Request, Resources, Site, Subject};
use crate::lint::{Because, Cx, Group, Level, Lint, Silence};
use crate::lints::phrases;

/// The lint.
pub static LINT: Lint = Lint {
    id: "request_without_timeout",
    group: Group::Timeouts,
    level: Level::Warn,
    since: "0.1.0",
    doc: include_str!("README.md"),
    judges: &[Kind::Request],
    check,
};

fn check(resources: &Resources, cx: &mut Cx<'_>) {
    for (index, request) in resources.requests.iter().enumerate() {
        let subject = Subject::request(index);
        match judge(request) {
            Ok(open) => report(request, &open, subject, cx),
            Err(why) => cx.silent(subject, why),
        }
    }
}

/// A one-shot request that is not bounded, or not on every way.
struct Open<'r> {
    made: &'r Site,
    bounds: &'r Bounds,
    confidence: Confidence,
}

fn judge(request: &Request) -> Result<Open<'_>, Silence> {
    // The entry behind those of the clients is that of the one-shot way.
    let bounds = request.bounds.get(request.clients.len());
    let (Some(made), Some(bounds)) = (&request.one_shot, bounds) else {
        let text = "it goes through a client: `client_without_timeout` judges it";
        return Err(Silence::new(Because::Unconcerned, text));
    };
    let confidence = if phrases::owes(bounds) {
        Confidence::Certain
    } else if phrases::conditional(bounds) {
        Confidence::Likely
    } else {
        return Err(phrases::settled(bounds, &[Phase::Connect, Phase::Head]));
    };
    Ok(Open {
        made,
        bounds,
        confidence,
    })
}

fn report(request: &Request, open: &Open<'_>, subject: Subject, cx: &mut Cx<'_>) {
    let Open {
        made,
        bounds,
        confidence,
    } = *open;
    let waits = phrases::waits(&phrases::open_of(bounds, request));
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
        .about([subject])
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
