//! A response whose body nobody reads.

use crate::finding::Confidence;
use crate::flow::resource::{Happening, Kind, Resources, Response, ResponseOutcome, Subject};
use crate::lint::{Because, Cx, Group, Level, Lint, Silence};

/// The lint.
pub static LINT: Lint = Lint {
    id: "unread_body",
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
            Ok((confidence, message)) => report(response, confidence, message, subject, cx),
            Err(why) => cx.silent(subject, why),
        }
    }
}

/// How sure it is that something stays unread, and the words for it.
fn judge(response: &Response) -> Result<(Confidence, &'static str), Silence> {
    let silent =
        |because, text, what| Err(Silence::new(because, text).at(response.events.first(what)));
    if let Some(held) = response.held.iter().find(|h| h.certain()) {
        let text = "it is kept unread, which is `held_response`'s to say";
        return Err(Silence::new(Because::Elsewhere, text).at(Some(held.at)));
    }
    if response.drops_well && !response.unpooled {
        let text = "one that is dropped costs its connection nothing";
        return Err(Silence::new(Because::Harmless, text));
    }
    match response.outcome {
        ResponseOutcome::Unread => Ok((
            Confidence::Certain,
            "the body of this response is never read",
        )),
        ResponseOutcome::ReadOnSomeWays => Ok((
            Confidence::Likely,
            "the body of this response is read on some ways and dropped unread on others that end well",
        )),
        ResponseOutcome::UnreadOnError => Ok((
            Confidence::Possible,
            "the body of this response is dropped unread where it tells of an error",
        )),
        ResponseOutcome::Read => silent(Because::Paid, "its body is read", Happening::Read),
        ResponseOutcome::DroppedOnPurpose => silent(
            Because::Paid,
            "it is dropped in so many words",
            Happening::DroppedOnPurpose,
        ),
        ResponseOutcome::Empty => silent(
            Because::Harmless,
            "it has no body: the method or the status says so",
            Happening::Empty,
        ),
        ResponseOutcome::Escaped => Err(Silence::new(
            Because::Escaped,
            "it goes where its reads are not seen",
        )
        .at(response.events.last_seen())),
        ResponseOutcome::Unknown => Err(Silence::new(
            Because::Unknown,
            "what becomes of it is not known",
        )),
    }
}

fn report(
    response: &Response,
    confidence: Confidence,
    message: &str,
    subject: Subject,
    cx: &mut Cx<'_>,
) {
    // The response's connection ends anyhow, with its client or because that keeps none.
    let confidence = if response.client_ends || response.unpooled {
        Confidence::Possible
    } else {
        confidence
    };
    let mut report = cx
        .report(response.site.name, confidence, message)
        .here("the response comes from here")
        .about([subject])
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
    if response.unpooled {
        report = report.note("its client keeps no connection for a later request");
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
