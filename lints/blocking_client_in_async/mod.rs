//! A blocking client on a thread that async code shares.

use std::collections::{BTreeMap, BTreeSet};

use super::phrases;
use crate::finding::Confidence;
use crate::flow::resource::{AsyncUse, FamilyNotes, Kind, Resources, Site, Subject};
use crate::lint::{Because, Cx, Group, Level, Lint, Report, Silence};
use crate::source::Span;

/// The lint.
pub static LINT: Lint = Lint {
    id: "blocking_client_in_async",
    group: Group::Clients,
    level: Level::Warn,
    since: "0.1.0",
    doc: include_str!("README.md"),
    judges: &[Kind::Client, Kind::Request],
    check,
};

/// Calls of async code shown as evidence.
const SHOWN: usize = 3;

/// What blocks, and how it comes into async code.
struct Blocks<'r> {
    site: &'r Site,
    how: &'r AsyncUse,
    notes: &'r FamilyNotes,
    /// What it does: `waits for its answer`.
    does: &'static str,
    about: Subject,
}

fn check(resources: &Resources, cx: &mut Cx<'_>) {
    let mut found: Vec<Blocks<'_>> = Vec::new();
    for (index, request) in resources.requests.iter().enumerate() {
        let about = Subject::request(index);
        match &request.async_use {
            Some(how) => found.push(Blocks {
                site: &request.site,
                how,
                notes: &request.notes,
                does: "blocks its thread until the answer comes",
                about,
            }),
            None => {
                let text = "it does not block its thread, or async code is not seen to run it";
                cx.silent(about, Silence::new(Because::Harmless, text));
            }
        }
    }
    // A construction is worth a word of its own only where nothing is sent beside it.
    let sending: BTreeSet<String> = found.iter().map(|b| b.site.within.clone()).collect();
    for (index, client) in resources.clients.iter().enumerate() {
        let about = Subject::client(index);
        match &client.async_use {
            Some(_) if sending.contains(&client.site.within) => {
                let text = "the requests beside it are what is reported";
                cx.silent(about, Silence::new(Because::Elsewhere, text));
            }
            Some(how) => found.push(Blocks {
                site: &client.site,
                how,
                notes: &client.notes,
                does: "builds a blocking client",
                about,
            }),
            None => {
                let text = if client.blocking {
                    "it blocks, and async code is not seen to build it, or may build it"
                } else {
                    "it does not block its thread"
                };
                cx.silent(about, Silence::new(Because::Harmless, text));
            }
        }
    }
    // Called from async code and from elsewhere: the call is at fault, once for all it leads to.
    let mut calls: BTreeMap<Span, (&Site, Vec<&Blocks<'_>>)> = BTreeMap::new();
    for blocks in &found {
        if blocks.how.calls.is_empty() || !blocks.how.also_elsewhere {
            at_the_call_that_blocks(blocks, cx);
        } else {
            for call in &blocks.how.calls {
                let entry = calls.entry(call.name).or_insert((call, Vec::new()));
                entry.1.push(blocks);
            }
        }
    }
    for (call, blocks) in calls.into_values() {
        at_the_call_from_async(call, &blocks, cx);
    }
}

fn confidence(how: &AsyncUse, direct: bool) -> Confidence {
    if how.at_start && !how.panics {
        // Nothing else runs yet that could wait for the thread.
        Confidence::Possible
    } else if direct {
        Confidence::Certain
    } else {
        Confidence::Likely
    }
}

/// What it comes to, in words that end a message.
fn harm(how: &AsyncUse) -> &'static str {
    if how.panics {
        "panics in debug builds and stalls the runtime in others"
    } else {
        "stalls the runtime"
    }
}

fn at_the_call_that_blocks(blocks: &Blocks<'_>, cx: &mut Cx<'_>) {
    let Blocks {
        site,
        how,
        notes,
        does,
        about,
    } = blocks;
    let direct = how.calls.is_empty();
    let place = if direct {
        "in async code"
    } else {
        "and is run by async code"
    };
    let message = format!("this call {does} {place}: it {}", harm(how));
    let mut report = cx
        .report(site.name, confidence(how, direct), message)
        .here(if direct {
            "blocks here"
        } else {
            "blocks whoever calls the function around it"
        })
        .about([*about])
        .within(&site.within, site.in_test);
    for call in how.calls.iter().take(SHOWN) {
        report = report.label(call.name, "async code calls it here");
    }
    advise(report, notes);
}

fn at_the_call_from_async(call: &Site, blocks: &[&Blocks<'_>], cx: &mut Cx<'_>) {
    let Some(first) = blocks.first() else {
        return;
    };
    let message = format!(
        "async code calls what {}: it {}",
        first.does,
        harm(first.how)
    );
    let mut report = cx
        .report(call.name, confidence(first.how, false), message)
        .here("called in async code")
        .about(blocks.iter().map(|b| b.about))
        .within(&call.within, call.in_test);
    for blocks in blocks.iter().take(SHOWN) {
        report = report.label(blocks.site.name, "blocks here");
    }
    advise(report, first.notes);
}

fn advise(report: Report<'_, '_>, notes: &FamilyNotes) {
    let otherwise = "use an async client, or move the call to a thread that may block";
    phrases::advise(report, &notes.in_async, &notes.in_async_advice, otherwise);
}
