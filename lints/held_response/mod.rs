//! A response kept unread while something else goes on.

use crate::finding::Confidence;
use crate::flow::resource::{Held, Resources, Response, ResponseOutcome};
use crate::lint::{Cx, Group, Level, Lint};

/// The lint.
pub static LINT: Lint = Lint {
    id: "held_response",
    group: Group::Bodies,
    level: Level::Warn,
    since: "0.1.0",
    doc: include_str!("README.md"),
    check,
};

fn check(resources: &Resources, cx: &mut Cx<'_>) {
    for response in &resources.responses {
        let Some(worst) = response.held.iter().max_by_key(|h| h.certain) else {
            continue;
        };
        let kept_for_good = worst.how.starts_with("kept in");
        let confidence = if worst.certain || kept_for_good {
            Confidence::Likely
        } else if response.outcome == ResponseOutcome::Read {
            // Two requests in flight, both read in the end.
            Confidence::Possible
        } else {
            // The drop is `unread_body`'s to say.
            continue;
        };
        report(response, worst, confidence, cx);
    }
}

fn report(response: &Response, held: &Held, confidence: Confidence, cx: &mut Cx<'_>) {
    let mut report = cx
        .report(
            response.site.name,
            confidence,
            "this response is kept with its body unread, and its connection with it",
        )
        .here("the response comes from here")
        .within(&response.site.within, response.site.in_test);
    if held.at != response.site.name {
        report = report.label(held.at, held.how.clone());
    } else {
        report = report.note(held.how.clone());
    }
    if !response.hold_note.is_empty() {
        report = report.note(response.hold_note.clone());
    }
    drop(
        report.help(
            "read the body before going on, or drop the response where it is no longer needed",
        ),
    );
}
