//! A client through which some request waits with nothing to end the wait.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::Confidence;
use crate::flow::resource::{
    BodyRead, Bound, Bounds, Client, Kind, Phase, Request, Resources, Subject,
};
use crate::lint::{Because, Cx, Group, Level, Lint, Report, Silence};
use crate::lints::phrases;
use crate::remedy::{Applicability, Remedy};
use crate::source::Span;

/// The lint.
pub static LINT: Lint = Lint {
    id: "client_without_timeout",
    group: Group::Timeouts,
    level: Level::Warn,
    since: "0.1.0",
    doc: include_str!("README.md"),
    judges: &[Kind::Client, Kind::Request],
    check,
};

/// Requests of one client shown as evidence.
const SHOWN: usize = 3;

/// What a request has to be bounded in, for its client to be in order.
const OWED: [Phase; 2] = [Phase::Connect, Phase::Head];

/// A request through a client, with the bounds it is under there.
struct Send<'r> {
    index: usize,
    request: &'r Request,
    bounds: &'r Bounds,
}

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
    let makers = makers(resources);
    let of_calls = open_for_some(resources);
    for (index, client) in resources.clients.iter().enumerate() {
        let subject = Subject::client(index);
        let sends = sends(resources, index, client);
        let maker = client.builder.as_ref().map(|b| b.name);
        let made = maker.and_then(|at| makers.get(&at));
        if let Some(first) = made
            && *first != index
        {
            let text = "it is reported where its builder is made, with the others of that";
            let requests = sends.iter().map(|s| Subject::request(s.index));
            for about in std::iter::once(subject).chain(requests) {
                cx.silent(about, Silence::new(Because::Unconcerned, text).at(maker));
            }
            continue;
        }
        let place = match (made, maker) {
            (Some(_), Some(maker)) => maker,
            _ => client.place(),
        };
        if sends.is_empty() {
            if let Err(why) = unused(resources, client, place, subject, cx) {
                cx.silent(subject, why);
            }
            continue;
        }
        let stands: Vec<Stand> = sends.iter().map(|s| stand(s.bounds)).collect();
        let has = |what: Stand| stands.contains(&what);
        for send in sends.iter().filter(|s| stand(s.bounds) == Stand::Bounded) {
            cx.silent(
                Subject::request(send.index),
                phrases::settled(send.bounds, &OWED),
            );
        }
        let other = of_calls.get(&client.site.name).filter(|of| **of != index);
        if !has(Stand::Open) && !has(Stand::Conditional) {
            let of = sends.first().map(|s| phrases::settled(s.bounds, &OWED));
            cx.silent(subject, all_bounded(of));
        } else if let Some(other) = other.and_then(|of| resources.clients.get(*of)) {
            let text = "it is reported for the calls that leave it without a timeout";
            let open = open_first(&sends).into_iter();
            for about in std::iter::once(subject).chain(open.map(|s| Subject::request(s.index))) {
                let why = Silence::new(Because::Unconcerned, text);
                cx.silent(about, why.at(other.callers.first().copied()));
            }
        } else if mended_at_construction(resources, client, &sends) {
            let open: Vec<&Send<'_>> = open_first(&sends);
            at_construction(resources, client, place, subject, &open, sends.len(), cx);
        } else {
            each_open_send(client, subject, &sends, cx);
        }
    }
    for (index, request) in resources.requests.iter().enumerate() {
        if let Some(why) = no_client(request) {
            cx.silent(Subject::request(index), why);
        }
    }
}

/// The requests through a client, with the bounds each is under there.
fn sends<'r>(resources: &'r Resources, index: usize, client: &Client) -> Vec<Send<'r>> {
    let of = |r: &usize| {
        let request = resources.requests.get(*r)?;
        let at = request.clients.iter().position(|c| *c == index)?;
        let bounds = request.bounds.get(at)?;
        Some(Send {
            index: *r,
            request,
            bounds,
        })
    };
    client.requests.iter().filter_map(of).collect()
}

/// Where a function makes a builder that others build, and no client that comes of it is bounded: that is where to mend it,
/// once for all of them. By the place, the first of the clients.
fn makers(resources: &Resources) -> BTreeMap<Span, usize> {
    let mut all: BTreeMap<Span, Vec<usize>> = BTreeMap::new();
    for (index, client) in resources.clients.iter().enumerate() {
        if let Some(builder) = &client.builder {
            all.entry(builder.name).or_default().push(index);
        }
    }
    let open = |index: &usize| {
        resources.clients.get(*index).is_some_and(|client| {
            let sends = sends(resources, *index, client);
            let all_open = sends.iter().all(|s| stand(s.bounds) == Stand::Open);
            client.boundable && phrases::owes(&client.bounds) && all_open
        })
    };
    all.retain(|_, of| of.iter().all(open));
    let first = |(at, of): (Span, Vec<usize>)| Some((at, *of.first()?));
    all.into_iter().filter_map(first).collect()
}

/// Where a client is built for several callers, and for some of them with no bound: the first that is built so, by the place.
fn open_for_some(resources: &Resources) -> BTreeMap<Span, usize> {
    let mut out = BTreeMap::new();
    for (index, client) in resources.clients.iter().enumerate() {
        let open = |s: &Send<'_>| stand(s.bounds) == Stand::Open;
        if !client.callers.is_empty() && sends(resources, index, client).iter().any(open) {
            out.entry(client.site.name).or_insert(index);
        }
    }
    out
}

/// Shows the calls that a client is built for, where others pass something else.
fn for_calls<'c, 'a>(report: Report<'c, 'a>, client: &Client) -> Report<'c, 'a> {
    let calls = client.callers.iter().take(SHOWN);
    let text = "built so for this call, by what it passes";
    calls.fold(report, |report, at| report.label(*at, text))
}

/// Whether the client is named, once, where it is built, and its open requests beside it: a setting there bounds them all, and
/// those still to be written (where the fixes of such clients were looked at, they were made there). Where the open requests go
/// through several clients, they are named instead if they are few, or no more than the clients: most bring their own bound,
/// and so it is meant. So too where no setting of the client would do, and where it is bounded and a request took that away.
fn mended_at_construction(resources: &Resources, client: &Client, sends: &[Send<'_>]) -> bool {
    let stands = |what: Stand| move |s: &&Send<'_>| stand(s.bounds) == what;
    let open: Vec<&Send<'_>> = sends.iter().filter(stands(Stand::Open)).collect();
    let conditional = sends.iter().filter(stands(Stand::Conditional)).count();
    if open.len() == sends.len() || conditional == sends.len() {
        return true;
    }
    // What some callers leave out is said once, where no request brings it.
    if !client.callers.is_empty() && open.len() + conditional == sends.len() {
        return true;
    }
    // Clients of several callers are mended in the one place that builds them.
    let built: BTreeSet<Span> = open
        .iter()
        .flat_map(|s| &s.request.clients)
        .filter_map(|c| resources.clients.get(*c))
        .map(|c| c.site.name)
        .collect();
    let lacks = phrases::owes(&client.bounds) || phrases::conditional(&client.bounds);
    let fewer_to_change = 2 * open.len() > sends.len() && built.len() < open.len();
    client.boundable && lacks && (built.len() == 1 || fewer_to_change)
}

/// The requests that are not bounded, those that never are before those that are on some ways.
fn open_first<'s, 'r>(sends: &'s [Send<'r>]) -> Vec<&'s Send<'r>> {
    let of = |what: Stand| sends.iter().filter(move |s| stand(s.bounds) == what);
    of(Stand::Open).chain(of(Stand::Conditional)).collect()
}

/// Why a client whose every request is bounded is nothing to report.
fn all_bounded(of_first: Option<Silence>) -> Silence {
    let because = of_first.as_ref().map_or(Because::Bounded, |s| s.because);
    let at = of_first.and_then(|s| s.at);
    Silence::new(
        because,
        "every request through it is bounded, as far as is known",
    )
    .at(at)
}

/// Why a request without a client in sight is nothing to report here.
fn no_client(request: &Request) -> Option<Silence> {
    if !request.clients.is_empty() && request.bounds.len() >= request.clients.len() {
        return None;
    }
    Some(if request.one_shot.is_some() {
        let text = "it goes through no client: `request_without_timeout` judges it";
        Silence::new(Because::Unconcerned, text)
    } else {
        Silence::new(Because::Unknown, "the client it goes through is not known")
    })
}

/// What stands at the place.
fn begins(client: &Client, place: Span) -> &'static str {
    let maker = client.builder.as_ref();
    if maker.is_some_and(|b| b.name == place) {
        "its builder is made here"
    } else {
        "built here"
    }
}

/// Shows where the client is built, if that is not the place itself.
fn built_elsewhere<'c, 'a>(report: Report<'c, 'a>, client: &Client, place: Span) -> Report<'c, 'a> {
    match &client.builder {
        Some(builder) if builder.name == place => report.label(client.site.name, "built here"),
        _ => report,
    }
}

/// No send in sight: only a client with no bound at all that could have one is worth a word.
fn unused(
    resources: &Resources,
    client: &Client,
    place: Span,
    subject: Subject,
    cx: &mut Cx<'_>,
) -> Result<(), Silence> {
    if client.only_asks {
        let text =
            "requests are made of it that go through whatever sends them: nothing waits for it";
        return Err(Silence::new(Because::Unconcerned, text).at(client.events.last_seen()));
    }
    if !client.leaves && !client.asked {
        let text = "it is dropped where it comes to, and nothing is sent through it in sight";
        return Err(Silence::new(Because::Harmless, text).at(client.events.last_seen()));
    }
    if !client.boundable {
        let text = "no setting of such a client bounds the wait for a head: that is for each request, and none is in sight";
        return Err(Silence::new(Because::Unconcerned, text));
    }
    if client.limited {
        let text = "each request made of it brings a bound, and is sent out of sight";
        return Err(Silence::new(Because::Bounded, text).at(client.events.last_seen()));
    }
    let head = client.bounds.get(Phase::Head);
    match head.bound {
        Bound::None => {}
        Bound::Conditional => {
            let text = "no request through it is in sight, and it has a timeout on some ways";
            return Err(Silence::new(Because::Unknown, text).at(head.set_at));
        }
        _ => return Err(phrases::settled(&client.bounds, &[Phase::Head])),
    }
    if let Some(at) = client.behind {
        let text = "it is put behind a layer that bounds each call, and nobody gets it without";
        return Err(Silence::new(Because::Bounded, text).at(Some(at)));
    }
    let open = phrases::waits(&client.bounds.open());
    let message =
        "this client is handed out with no timeout: whoever sends through it waits without bound"
            .to_owned();
    let stands_in = stands_in_for(resources, client);
    let confidence = if stands_in.is_some() || client.settings_unknown || client.unasked {
        Confidence::Possible
    } else {
        Confidence::Likely
    };
    let report = cx
        .report(place, confidence, message)
        .here(format!("{}: nothing bounds {open}", begins(client, place)))
        .about([subject])
        .within(&client.site.within, client.site.in_test);
    let report = built_elsewhere(instead_of(report, stands_in), client, place);
    let report = for_calls(report, client);
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
    Ok(())
}

/// The bounded client that this one stands in for where it could not be built: seldom, and then its settings are the
/// least of the troubles.
fn stands_in_for<'r>(resources: &'r Resources, client: &Client) -> Option<&'r Client> {
    let mut built = client
        .stands_in_for
        .iter()
        .map(|i| resources.clients.get(*i));
    built.find_map(|c| c.filter(|c| !phrases::owes(&c.bounds)))
}

fn instead_of<'c, 'a>(report: Report<'c, 'a>, built: Option<&Client>) -> Report<'c, 'a> {
    match built {
        Some(built) => report.label(
            built.site.name,
            "it stands in for this one, which has a bound, where that could not be built",
        ),
        None => report,
    }
}

/// The construction is the place to mend: `open` are the requests nothing bounds, of `all` that go through the client.
fn at_construction(
    resources: &Resources,
    client: &Client,
    place: Span,
    subject: Subject,
    open: &[&Send<'_>],
    all: usize,
    cx: &mut Cx<'_>,
) {
    let phases: Vec<Phase> = Phase::ALL
        .into_iter()
        .filter(|p| {
            open.iter()
                .any(|s| phrases::open_of(s.bounds, s.request).contains(p))
        })
        .collect();
    let conditional = open.iter().all(|s| stand(s.bounds) != Stand::Open);
    let stands_in = stands_in_for(resources, client);
    let given = open.iter().all(|s| s.request.given);
    let confidence = if stands_in.is_some() || client.settings_unknown {
        Confidence::Possible
    } else if conditional || given {
        Confidence::Likely
    } else {
        Confidence::Certain
    };
    let who = if open.len() == all {
        "requests through this client".to_owned()
    } else {
        format!("{} of {all} requests through this client", open.len())
    };
    let (message, here) = if conditional {
        let have = if open.len() == 1 && all > 1 {
            "has"
        } else {
            "have"
        };
        (
            format!("{who} {have} a timeout only on some ways"),
            format!(
                "{}: its timeout is set on some ways only",
                begins(client, place)
            ),
        )
    } else {
        let waits = phrases::waits(&phases);
        (
            format!("{who} can wait for {waits} without bound"),
            format!("{}: nothing bounds {waits}", begins(client, place)),
        )
    };
    let mut report = cx
        .report(place, confidence, message)
        .here(here)
        .about([subject])
        .about(open.iter().map(|s| Subject::request(s.index)))
        .made_at(open.iter().map(|s| s.request.site.name))
        .within(&client.site.within, client.site.in_test);
    report = built_elsewhere(instead_of(report, stands_in), client, place);
    report = for_calls(report, client);
    for near in &client.near {
        report = report.label(near.at, near.text.clone());
    }
    let said = if open.len() == all {
        "sent here"
    } else {
        "sent here with no timeout of its own"
    };
    for Send { request, .. } in open.iter().take(SHOWN) {
        report = report.label(request.site.name, said);
        for near in &request.near {
            report = report.label(near.at, near.text.clone());
        }
    }
    // What is set for all may cut what a request was given on purpose.
    let remedy = |remedy: Remedy| Remedy {
        applicability: if open.len() == all {
            remedy.applicability
        } else {
            remedy.applicability.max(Applicability::MaybeIncorrect)
        },
        ..remedy
    };
    if open.len() > SHOWN {
        let more = open.len() - SHOWN;
        report = report.note(if more == 1 {
            "one more such request goes through it".to_owned()
        } else {
            format!("{more} more such requests go through it")
        });
    }
    drop(
        report
            .note(client.default_note.clone())
            .help(client.advice.clone())
            .remedies(client.remedy.iter().cloned().map(remedy)),
    );
}

/// Most sends bring their bound along, and each that does not is named.
fn each_open_send(client: &Client, subject: Subject, sends: &[Send<'_>], cx: &mut Cx<'_>) {
    for Send {
        index,
        request,
        bounds,
    } in sends
    {
        let stand = stand(bounds);
        if stand == Stand::Bounded {
            continue;
        }
        let waits = phrases::waits(&phrases::open_of(bounds, request));
        let (confidence, message) = if stand == Stand::Open {
            (
                if request.given {
                    Confidence::Likely
                } else {
                    Confidence::Certain
                },
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
            .about([Subject::request(*index), subject])
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
