//! A client that is built for each request and dropped with it.

use std::collections::BTreeMap;

use super::phrases;
use crate::finding::Confidence;
use crate::flow::resource::{
    Client, FamilyNotes, Kind, Rebuilt, Repeats, Request, Resources, Site, Subject,
};
use crate::lint::{Because, Cx, Group, Level, Lint, Report, Silence};
use crate::source::Span;

/// The lint.
pub static LINT: Lint = Lint {
    id: "client_per_request",
    group: Group::Clients,
    level: Level::Warn,
    since: "0.1.0",
    doc: include_str!("README.md"),
    judges: &[Kind::Client, Kind::Request],
    check,
};

/// Places of one client shown as evidence.
const SHOWN: usize = 3;

/// A client that is built again and again.
struct Fault<'r> {
    client: &'r Client,
    rebuilt: &'r Rebuilt,
    confidence: Confidence,
    about: Subject,
}

fn check(resources: &Resources, cx: &mut Cx<'_>) {
    // Clients of one builder function are one fault: it is mended there.
    let mut faults: BTreeMap<Span, Vec<Fault<'_>>> = BTreeMap::new();
    for (index, client) in resources.clients.iter().enumerate() {
        let about = Subject::client(index);
        if let Some(why) = spares(client) {
            cx.silent(about, why);
            continue;
        }
        // So are the clients that the branches of one function build and hand out.
        let twin = |c: &&Client| c.site.within == client.site.within && c.rebuilt == client.rebuilt;
        let first = resources.clients.iter().find(twin).unwrap_or(client);
        let place = first.builder.as_ref().unwrap_or(&first.site).name;
        let mut why = None;
        for rebuilt in &client.rebuilt {
            match of_client(resources, client, rebuilt) {
                Ok(confidence) => faults.entry(place).or_default().push(Fault {
                    client,
                    rebuilt,
                    confidence,
                    about,
                }),
                Err(reason) => why = Some(reason),
            }
        }
        if let Some(why) = why {
            cx.silent(about, why);
        }
    }
    for mut places in faults.into_values() {
        places.sort_by_key(|f| (std::cmp::Reverse(f.confidence), f.rebuilt.at));
        report_client(&places, cx);
    }
    for (index, request) in resources.requests.iter().enumerate() {
        let about = Subject::request(index);
        match (&request.one_shot, &request.rebuilt) {
            (Some(made), Some(rebuilt)) => match rests(rebuilt) {
                Some(why) => cx.silent(about, why),
                None => report_one_shot(request, made, rebuilt, about, cx),
            },
            (Some(_), None) => {
                let text = "it is not sent again and again, or its crate keeps the client for it";
                cx.silent(about, Silence::new(Because::Harmless, text));
            }
            (None, _) => {
                let text = "how often its client is built is judged where that is";
                cx.silent(about, Silence::new(Because::Unconcerned, text));
            }
        }
    }
}

/// Why a client may be built as often as it is.
fn spares(client: &Client) -> Option<Silence> {
    if !client.pooled {
        let text = "it keeps no connection for a later request: to build it anew costs nothing";
        return Some(Silence::new(Because::Harmless, text));
    }
    if !client.stands_in_for.is_empty() {
        let text =
            "it stands in for another where that could not be built: how often is said there";
        return Some(Silence::new(Because::Elsewhere, text));
    }
    client.rebuilt.is_empty().then(|| {
        let text = "it is not seen to be built again and again and dropped";
        Silence::new(Because::Harmless, text).at(client.events.last_seen())
    })
}

/// So seldom built anew that a pool would save next to nothing.
fn rests(rebuilt: &Rebuilt) -> Option<Silence> {
    rebuilt.rests.then(|| {
        let text = "each turn of the loop that repeats it waits a minute or more: a pool would save a handshake in all that time";
        Silence::new(Because::Harmless, text).at(rebuilt.by)
    })
}

/// How sure it is that a client is built for each request.
fn of_client(
    resources: &Resources,
    client: &Client,
    rebuilt: &Rebuilt,
) -> Result<Confidence, Silence> {
    if let Some(why) = rests(rebuilt) {
        return Err(why);
    }
    let sends: Vec<&Request> = client
        .requests
        .iter()
        .filter_map(|r| resources.requests.get(*r))
        .collect();
    if sends.is_empty() && !client.asked {
        let text = "nothing is sent through it in sight";
        return Err(Silence::new(Because::Unknown, text));
    }
    let sure = if sends.is_empty() {
        // Where what it makes is sent is not in sight.
        Confidence::Likely
    } else {
        Confidence::Certain
    };
    Ok(match rebuilt.repeats {
        // Each turn needs settings of its own, or starts with no cookies: a pool could not be shared.
        _ if rebuilt.by_item || client.remembers.is_some() => Confidence::Possible,
        // Another caller may need another, and so may whoever calls what is built of it.
        Repeats::Public | Repeats::Trait | Repeats::Callback | Repeats::Unseen
            if rebuilt.housed =>
        {
            Confidence::Possible
        }
        _ if rebuilt.housed && rebuilt.by_argument => Confidence::Possible,
        // It may be a day between two turns.
        _ if rebuilt.paced => Confidence::Possible,
        // It has a pool, only a short one.
        Repeats::Handler if rebuilt.serves_many => Confidence::Likely,
        _ if rebuilt.serves_many => Confidence::Possible,
        Repeats::Loop | Repeats::Handler if rebuilt.direct && !rebuilt.by_argument => sure,
        Repeats::Loop | Repeats::Handler | Repeats::Closure | Repeats::Retry => Confidence::Likely,
        // Whoever calls it, and however often: to make a request takes no client.
        Repeats::Public | Repeats::Trait | Repeats::Callback if client.only_asks => {
            Confidence::Likely
        }
        // A method that asks once: what it belongs to could keep the client, and callers cannot share one. So it is with a
        // function that sends the request it is given.
        Repeats::Public | Repeats::Trait
            if rebuilt.asks_once
                && (rebuilt.has_self || rebuilt.takes_request)
                && !rebuilt.by_argument =>
        {
            Confidence::Likely
        }
        _ => Confidence::Possible,
    })
}

/// The same for a call that builds a client of its own.
fn of_one_shot(rebuilt: &Rebuilt) -> Confidence {
    match rebuilt.repeats {
        _ if rebuilt.paced => Confidence::Possible,
        Repeats::Loop | Repeats::Handler if rebuilt.direct => Confidence::Certain,
        Repeats::Loop | Repeats::Handler | Repeats::Closure | Repeats::Retry => Confidence::Likely,
        Repeats::Public | Repeats::Trait if rebuilt.has_self => Confidence::Likely,
        _ => Confidence::Possible,
    }
}

/// How often, in words that follow "a new client".
fn how_often(rebuilt: &Rebuilt) -> &'static str {
    match rebuilt.repeats {
        Repeats::Loop if rebuilt.direct => "in each turn of a loop",
        Repeats::Loop => "each time a loop calls for it",
        Repeats::Handler if rebuilt.direct => "for each request this handler serves",
        Repeats::Handler => "for each request that is served",
        Repeats::Closure => "each time a closure runs",
        Repeats::Retry => "for each attempt of a retry",
        Repeats::Public | Repeats::Trait | Repeats::Callback | Repeats::Unseen => {
            "each time this function is called"
        }
    }
}

/// What stands at [`Rebuilt::by`].
fn repeater(rebuilt: &Rebuilt) -> &'static str {
    match rebuilt.repeats {
        Repeats::Loop => "this loop repeats it",
        Repeats::Handler => "run for each request",
        Repeats::Retry => "its closure is run for each attempt",
        _ => "its closure is run for each item",
    }
}

/// Where a builder is made, here or by a function, or the constructing call.
fn place(client: &Client) -> Span {
    client
        .builder
        .as_ref()
        .map_or_else(|| client.place(), |b| b.name)
}

fn report_client(places: &[Fault<'_>], cx: &mut Cx<'_>) {
    let Some(Fault {
        client,
        rebuilt,
        confidence,
        ..
    }) = places.first()
    else {
        return;
    };
    let place = place(client);
    let within = &client.builder.as_ref().unwrap_or(&client.site).within;
    let for_what = if client.only_asks {
        "only to make a request, and dropped again"
    } else {
        "and dropped again, with its connections"
    };
    let message = format!("a new client is built {} {for_what}", how_often(rebuilt));
    let mut report = cx
        .report(place, *confidence, message)
        .here(if client.site.call.contains(place) {
            "built here"
        } else {
            "its builder is made here"
        })
        .about(places.iter().map(|f| f.about))
        .within(within, rebuilt.in_test);
    let mut shown: Vec<Span> = vec![place];
    for Fault {
        client, rebuilt, ..
    } in places.iter().take(SHOWN)
    {
        let taken = (rebuilt.at, "taken here, and dropped at the end");
        let built = (client.site.name, "built here");
        for (at, text) in [built, taken] {
            // The end of the chain that begins at the place says nothing new.
            let told = at == client.site.name && client.site.call.contains(place);
            if !told && !shown.contains(&at) {
                shown.push(at);
                report = report.label(at, text);
            }
        }
        if let Some(by) = rebuilt.by
            && !shown.contains(&by)
        {
            shown.push(by);
            report = report.label(by, repeater(rebuilt));
        }
    }
    advise(report, &client.notes);
}

fn report_one_shot(
    request: &Request,
    made: &Site,
    rebuilt: &Rebuilt,
    about: Subject,
    cx: &mut Cx<'_>,
) {
    let message = format!(
        "`{}` builds a client of its own {}: no connection is used twice",
        made.path,
        how_often(rebuilt)
    );
    let mut report = cx
        .report(made.name, of_one_shot(rebuilt), message)
        .here("builds a client, sends, and drops it")
        .about([about])
        .within(&made.within, made.in_test);
    if let Some(by) = rebuilt.by {
        report = report.label(by, repeater(rebuilt));
    }
    advise(report, &request.notes);
}

fn advise(report: Report<'_, '_>, notes: &FamilyNotes) {
    let otherwise = "build it once and keep it where the next request finds it";
    phrases::advise(report, &notes.reuse, &notes.reuse_advice, otherwise);
}
