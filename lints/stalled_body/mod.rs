//! A body that is waited for without bound: although the wait for its head has one, or piece by piece.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::Confidence;
use crate::flow::resource::{
    BodyRead, Bound, Bounds, Kind, Manner, Phase, Request, Resources, Subject,
};
use crate::lint::{Because, Cx, Group, Level, Lint, Silence};
use crate::lints::phrases;
use crate::source::Span;

/// The lint.
pub static LINT: Lint = Lint {
    id: "stalled_body",
    group: Group::Timeouts,
    level: Level::Warn,
    since: "0.1.0",
    doc: include_str!("README.md"),
    judges: &[Kind::Request],
    check,
};

fn check(resources: &Resources, cx: &mut Cx<'_>) {
    let mut found: BTreeMap<Span, Stalls<'_>> = BTreeMap::new();
    // Reads that a response with a bounded body comes to as well.
    let mut bounded: BTreeSet<Span> = BTreeSet::new();
    for (index, request) in resources.requests.iter().enumerate() {
        let subject = Subject::request(index);
        match judge(request) {
            Ok((read, confidence, head)) => found
                .entry(read.at)
                .or_insert(Stalls {
                    request,
                    read,
                    confidence,
                    head,
                    about: Vec::new(),
                })
                .about
                .push(subject),
            Err(why) => {
                if why.because == Because::Bounded {
                    bounded.extend(request.reads.iter().map(|r| r.at));
                }
                cx.silent(subject, why);
            }
        }
    }
    for (at, mut stalls) in found {
        if bounded.contains(&at) {
            // What chose the client may choose the way to the read, too.
            stalls.confidence = Confidence::Possible;
        }
        report(stalls, cx);
    }
}

/// A read that waits without bound, of a request whose head has one.
struct Stalls<'r> {
    request: &'r Request,
    read: &'r BodyRead,
    confidence: Confidence,
    head: Head,
    about: Vec<Subject>,
}

fn judge(request: &Request) -> Result<(&BodyRead, Confidence, Head), Silence> {
    let Some(first) = request.reads.first() else {
        let text = if request.whole {
            "the sending call reads the body itself"
        } else {
            "nothing in sight reads its body"
        };
        return Err(Silence::new(Because::Unconcerned, text));
    };
    let (confidence, behind) = stalls(request)?;
    // Several reads of one body are one wait: the first stands for all.
    let mut open = request.reads.iter().filter(|r| match behind {
        Head::Bounded => matches!(r.guard, Bound::None | Bound::Conditional),
        Head::Open => phrases::stands_still(r),
    });
    let guarded =
        || Silence::new(Because::Bounded, "a bound stands around the read").at(first.guard_at);
    Ok((open.next().ok_or_else(guarded)?, confidence, behind))
}

/// What the head of a body that stalls waits under.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Head {
    Bounded,
    Open,
}

/// Whether the body of a request is not bounded, behind a head that is; or is read in a way that no bound on the head
/// would end.
fn stalls(request: &Request) -> Result<(Confidence, Head), Silence> {
    let out_of_sight = |r: &BodyRead| matches!(r.manner, Manner::HandedOn | Manner::Gathered);
    let handed_on = request.reads.iter().all(out_of_sight);
    // Behind a head that is bounded on every way.
    let body_is = |bound: Bound| {
        let head_is_bounded = |b: &Bounds| !phrases::owes(b) && !phrases::conditional(b);
        let mut all = request.together.iter().filter(|b| head_is_bounded(b));
        all.any(|b| b.body.bound == bound)
    };
    if body_is(Bound::None) {
        let mixed = request.together.iter().any(|b| b.body.bound != Bound::None);
        let confidence = match (handed_on, mixed) {
            (true, _) => Confidence::Possible,
            (false, true) => Confidence::Likely,
            (false, false) => Confidence::Certain,
        };
        return Ok((confidence, Head::Bounded));
    }
    if !handed_on && body_is(Bound::Conditional) {
        return Ok((Confidence::Likely, Head::Bounded));
    }
    // What waits here again and again is not what waits for the head: who bounds that has this still to bound.
    let open = |b: &Bounds| b.body.bound == Bound::None;
    if request.together.iter().any(open) && request.reads.iter().any(phrases::stands_still) {
        let confidence = if request.together.iter().all(open) {
            Confidence::Certain
        } else {
            Confidence::Likely
        };
        return Ok((confidence, Head::Open));
    }
    // A bound around the send tells that the client, which we do not see, is not trusted to have one.
    let unseen = request.unknown_client && request.together.is_empty();
    if unseen && request.guard.is_some() {
        return Ok((Confidence::Possible, Head::Bounded));
    }
    Err(
        match request
            .together
            .iter()
            .find(|b| b.body.bound != Bound::None)
        {
            _ if request.together.is_empty() => {
                Silence::new(Because::Unknown, "the client it goes through is not known")
            }
            Some(bounds) if bounds.body.bound == Bound::Conditional => {
                let text = "on some ways its body has a bound";
                Silence::new(Because::Unknown, text).at(bounds.body.set_at)
            }
            Some(bounds) => phrases::settled(bounds, &[Phase::Body]),
            None => Silence::new(
                Because::Elsewhere,
                "the wait for its head is open too, which is said there",
            ),
        },
    )
}

fn report(stalls: Stalls<'_>, cx: &mut Cx<'_>) {
    let Stalls {
        request,
        read,
        confidence,
        head,
        about,
    } = stalls;
    let what = match (head, read.manner) {
        (_, Manner::Pieces) | (Head::Open, _) => "each piece of this body is",
        _ => "this body is",
    };
    let but = match head {
        Head::Bounded => "only the wait for the response's head has one",
        Head::Open => "one that stands still is held for ever",
    };
    let on_some_ways = read.guard == Bound::Conditional
        || request
            .together
            .iter()
            .any(|b| b.body.bound == Bound::Conditional);
    let ways = if on_some_ways { "on some ways " } else { "" };
    let message = format!("{what} {ways}waited for without bound: {but}");
    let mut report = cx
        .report(read.at, confidence, message)
        .here(format!("read here, {ways}with nothing to end the wait"))
        .about(about)
        .within(&read.within, read.in_test);
    let set_at = || request.guard.or_else(|| head_set_at(&request.together));
    match (head == Head::Bounded).then(set_at).flatten() {
        Some(at) => {
            report = report
                .label(at, "this ends with the head")
                .label(request.site.name, "sent here");
        }
        None => report = report.label(request.site.name, "sent here"),
    }
    let help = match &request.idle_setting {
        Some(setting) if read.is_long() => format!(
            "set `{setting}` on the client, or put a timeout around each piece: a body of any length may then take its time, but not stand still"
        ),
        Some(setting) => format!(
            "put the bound around an async block that sends and reads, or set `{setting}` on the client"
        ),
        None if read.is_long() => {
            "put a timeout around each piece: a body of any length may then take its time, but not stand still"
                .to_owned()
        }
        None => "put one bound around both the send and the read".to_owned(),
    };
    drop(report.note(request.default_note.clone()).help(help));
}

fn head_set_at(bounds: &[Bounds]) -> Option<Span> {
    bounds.iter().find_map(|b| b.head.set_at)
}
