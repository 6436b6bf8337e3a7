//! A client through which some request waits with nothing to end the wait.

use crate::finding::Confidence;
use crate::flow::resource::{BodyRead, Bound, Bounds, Client, Phase, Request, Resources};
use crate::lint::{Cx, Group, Level, Lint};
use crate::lints::phrases;
use crate::source::Span;

/// The lint.
pub static LINT: Lint = Lint {
    id: "client_without_timeout",
    group: Group::Timeouts,
    level: Level::Warn,
    since: "0.1.0",
    doc: include_str!("README.md"),
    check,
};

/// Requests of one client shown as evidence.
const SHOWN: usize = 3;

/// How a request stands through one client.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    Bounded,
    Conditional,
    Open,
}

fn stand(bounds: &Bounds) -> Stand {
    if phrases::owes(bounds) {
        Stand::Open
    } else if phrases::conditional(bounds) {
        Stand::Conditional
    } else {
        Stand::Bounded
    }
}

fn check(resources: &Resources, cx: &mut Cx<'_>) {
    for (index, client) in resources.clients.iter().enumerate() {
        let sends: Vec<(&Request, &Bounds)> = client
            .requests
            .iter()
            .filter_map(|r| resources.requests.get(*r))
            .filter_map(|r| {
                let at = r.clients.iter().position(|c| *c == index)?;
                Some((r, r.bounds.get(at)?))
            })
            .collect();
        if sends.is_empty() {
            unused(client, cx);
            continue;
        }
        let stands: Vec<Stand> = sends.iter().map(|(_, b)| stand(b)).collect();
        let has = |what: Stand| stands.contains(&what);
        if !has(Stand::Open) && !has(Stand::Conditional) {
            continue;
        }
        // Where some requests bring a bound of their own, be it on some ways, the client is meant to be used so.
        if has(Stand::Bounded) || (has(Stand::Conditional) && has(Stand::Open)) {
            each_open_send(client, &sends, cx);
        } else {
            at_construction(client, &sends, cx);
        }
    }
}

/// Where a client is mended: where its builder begins, or the constructing call where there is none.
fn place(client: &Client) -> Span {
    client.begun.unwrap_or(client.site.name)
}

/// No send in sight: only a client with no bound at all that could have one is worth a word.
fn unused(client: &Client, cx: &mut Cx<'_>) {
    if !client.boundable {
        return;
    }
    match client.bounds.get(Phase::Head).bound {
        Bound::None => {}
        _ => return,
    }
    let open = phrases::waits(&client.bounds.open());
    let message =
        "this client is handed out with no timeout: whoever sends through it waits without bound"
            .to_owned();
    let report = cx
        .report(place(client), Confidence::Likely, message)
        .here(format!("built here: nothing bounds {open}"))
        .within(&client.site.within, client.site.in_test);
    let report = client
        .near
        .iter()
        .fold(report, |r, n| r.label(n.at, n.text.clone()));
    drop(
        report
            .note(client.default_note.clone())
            .help(client.advice.clone())
            .remedies(client.remedy.clone()),
    );
}

/// No send is bounded: the construction is the place to mend.
fn at_construction(client: &Client, sends: &[(&Request, &Bounds)], cx: &mut Cx<'_>) {
    let open: Vec<Phase> = Phase::ALL
        .into_iter()
        .filter(|p| {
            sends
                .iter()
                .any(|(r, b)| phrases::open(b, r.body_read).contains(p))
        })
        .collect();
    let conditional = sends.iter().all(|(_, b)| stand(b) != Stand::Open);
    let confidence = if conditional {
        Confidence::Likely
    } else {
        Confidence::Certain
    };
    let (message, here) = if conditional {
        (
            "requests through this client have a timeout only on some ways".to_owned(),
            "built here: its timeout is set on some ways only".to_owned(),
        )
    } else {
        let waits = phrases::waits(&open);
        (
            format!("requests through this client can wait for {waits} without bound"),
            format!("built here: nothing bounds {waits}"),
        )
    };
    let mut report = cx
        .report(place(client), confidence, message)
        .here(here)
        .within(&client.site.within, client.site.in_test);
    for near in &client.near {
        report = report.label(near.at, near.text.clone());
    }
    for (request, _) in sends.iter().take(SHOWN) {
        report = report.label(request.site.name, "sent here");
        for near in &request.near {
            report = report.label(near.at, near.text.clone());
        }
    }
    if sends.len() > SHOWN {
        let more = sends.len() - SHOWN;
        report = report.note(if more == 1 {
            "one more request goes through it".to_owned()
        } else {
            format!("{more} more requests go through it")
        });
    }
    drop(
        report
            .note(client.default_note.clone())
            .help(client.advice.clone())
            .remedies(client.remedy.clone()),
    );
}

/// Some sends bring their bound along, and each that does not is named.
fn each_open_send(client: &Client, sends: &[(&Request, &Bounds)], cx: &mut Cx<'_>) {
    for (request, bounds) in sends {
        let stand = stand(bounds);
        if stand == Stand::Bounded {
            continue;
        }
        let waits = phrases::waits(&phrases::open(bounds, request.body_read));
        let (confidence, message) = if stand == Stand::Open {
            (
                Confidence::Certain,
                format!(
                    "this request can wait for {waits} without bound; others through the same client cannot"
                ),
            )
        } else {
            (
                Confidence::Likely,
                "this request has a timeout only on some ways".to_owned(),
            )
        };
        let mut report = cx
            .report(request.site.name, confidence, message)
            .here("sent here")
            .label(client.site.name, "through the client built here")
            .within(&request.site.within, request.site.in_test);
        for near in request.near.iter().chain(&client.near) {
            report = report.label(near.at, near.text.clone());
        }
        // A bound on the whole of a request cuts what is long.
        let advice = if request.reads.iter().any(BodyRead::is_long) {
            client.advice.clone()
        } else {
            request.advice.clone()
        };
        drop(
            report
                .note(client.default_note.clone())
                .help(advice)
                .remedies(request.remedy.clone()),
        );
    }
}
