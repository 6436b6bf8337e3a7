//! A response whose body nobody reads.

use crate::finding::Confidence;
use crate::flow::resource::{Resources, Response, ResponseOutcome};
use crate::lint::{Cx, Group, Level, Lint};

/// The lint.
pub static LINT: Lint = Lint {
    id: "unread_body",
    group: Group::Bodies,
    level: Level::Warn,
    since: "0.1.0",
    doc: include_str!("README.md"),
    check,
};

fn check(resources: &Resources, cx: &mut Cx<'_>) {
    for response in &resources.responses {
        // Kept unread is `held_response`'s to say.
        if response.held.iter().any(|h| h.certain) {
            continue;
        }
        match response.outcome {
            ResponseOutcome::Unread => report(
                response,
                Confidence::Certain,
                "the body of this response is never read",
                cx,
            ),
            ResponseOutcome::ReadOnSomeWays => report(
                response,
                Confidence::Likely,
                "the body of this response is read on some ways and dropped unread on others that end well",
                cx,
            ),
            ResponseOutcome::UnreadOnError => report(
                response,
                Confidence::Possible,
                "the body of this response is dropped unread where it tells of an error",
                cx,
            ),
            _ => {}
        }
    }
}

fn report(response: &Response, confidence: Confidence, message: &str, cx: &mut Cx<'_>) {
    // With its client the response's connection ends anyhow.
    let confidence = if response.client_ends {
        Confidence::Possible
    } else {
        confidence
    };
    let mut report = cx
        .report(response.site.name, confidence, message)
        .here("the response comes from here")
        .within(&response.site.within, response.site.in_test);
    for at in &response.looked_at {
        if *at != response.site.name {
            report = report.label(*at, "looked at here, which reads nothing of the body");
        }
    }
    for at in &response.dropped_at {
        if *at != response.site.name {
            report = report.label(*at, "dropped unread");
        }
    }
    if response.client_ends {
        report = report.note("nothing else goes through its client, which ends here too");
    }
    if !response.drop_note.is_empty() {
        report = report.note(response.drop_note.clone());
    }
    drop(
        report
            .help(response.advice.clone())
            .remedies(response.remedy.clone()),
    );
}
