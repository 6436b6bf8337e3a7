//! A response kept unread while something else goes on.

use crate::finding::Confidence;
use crate::flow::resource::{Held, Keeping, Kind, Resources, Response, ResponseOutcome, Subject};
use crate::lint::{Because, Cx, Group, Level, Lint, Silence};

/// The lint.
pub static LINT: Lint = Lint {
    id: "held_response",
    group: Group::Bodies,
    level: Level::Warn,
    since: "0.1.0",
    doc: include_str!("README.md"),
    judges: &[Kind::Response],
    check,
};

fn check(resources: &Resources, cx: &mut Cx<'_>) {
    for (index, response) in resources.responses.iter().enumerate() {
        let subject = Subject::response(index);
        match judge(response) {
            Ok((worst, confidence)) => report(response, worst, confidence, subject, cx),
            Err(why) => cx.silent(subject, why),
        }
    }
}

fn judge(response: &Response) -> Result<(&Held, Confidence), Silence> {
    let Some(worst) = response.held.iter().max_by_key(|h| h.certain()) else {
        let text = "it is not seen to be kept unread across anything";
        return Err(Silence::new(Because::Harmless, text));
    };
    if worst.keeping.is_named_unused() {
        // Whoever names it so keeps it for what its end would do.
        Ok((worst, Confidence::Possible))
    } else if worst.keeping != Keeping::Waiting {
        Ok((worst, Confidence::Likely))
    } else if response.outcome == ResponseOutcome::Read {
        // Two requests in flight, both read in the end.
        Ok((worst, Confidence::Possible))
    } else {
        let text = "that it is not read in the end is `unread_body`'s to say";
        Err(Silence::new(Because::Elsewhere, text).at(Some(worst.at)))
    }
}

fn report(
    response: &Response,
    held: &Held,
    confidence: Confidence,
    subject: Subject,
    cx: &mut Cx<'_>,
) {
    let mut report = cx
        .report(
            response.site.name,
            confidence,
            "this response is kept with its body unread, and its connection with it",
        )
        .here("the response comes from here")
        .about([subject])
        .within(&response.site.within, response.site.in_test);
    if held.at == response.site.name {
        report = report.note(held.keeping.to_string());
    } else {
        report = report.label(held.at, held.keeping.to_string());
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
