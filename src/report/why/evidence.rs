//! The places that tell of a resource, each with what it tells.

use crate::flow::resource::{
    Bounds, Client, Event, Happening, Kind, NearMiss, Phase, Request, Resources, Response, Site,
    Subject, Task, is_setting,
};
use crate::source::Span;

/// One place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Evidence {
    pub(super) at: Span,
    pub(super) what: Option<Happening>,
    pub(super) text: String,
}

/// All places of a resource, in order.
pub(super) fn of(all: &Resources, subject: Subject) -> Vec<Evidence> {
    let mut out = Collected::default();
    match subject.kind {
        Kind::Client => all.clients.get(subject.index).map(|c| out.client(c, all)),
        Kind::Request => all.requests.get(subject.index).map(|r| out.request(r)),
        Kind::Response => all.responses.get(subject.index).map(|r| out.response(r)),
        Kind::Task => all.tasks.get(subject.index).map(|t| out.task(t)),
    };
    out.0.sort();
    out.0.dedup();
    out.0
}

/// Every resource of a run.
pub(super) fn subjects(all: &Resources) -> impl Iterator<Item = (Subject, &Site)> {
    let clients = all.clients.iter().map(|c| &c.site).enumerate();
    let requests = all.requests.iter().map(|r| &r.site).enumerate();
    let responses = all.responses.iter().map(|r| &r.site).enumerate();
    let tasks = all.tasks.iter().map(|t| &t.site).enumerate();
    clients
        .map(|(i, site)| (Subject::client(i), site))
        .chain(requests.map(|(i, site)| (Subject::request(i), site)))
        .chain(responses.map(|(i, site)| (Subject::response(i), site)))
        .chain(tasks.map(|(i, site)| (Subject::task(i), site)))
}

#[derive(Default)]
struct Collected(Vec<Evidence>);

impl Collected {
    fn add(&mut self, at: impl Into<Option<Span>>, text: impl Into<String>) {
        let text = text.into();
        self.0.extend(at.into().map(|at| Evidence {
            at,
            what: None,
            text,
        }));
    }

    fn client(&mut self, client: &Client, all: &Resources) {
        self.add(client.site.name, "built here");
        self.add(
            client.begun.filter(|at| *at != client.site.name),
            "its builder is made here",
        );
        let builder = client.builder.as_ref().map(|b| b.name);
        self.add(builder, "its builder is made here");
        self.near(&client.near);
        self.bounds(&client.bounds);
        self.events(client.events.iter());
        for request in client.requests.iter().filter_map(|r| all.requests.get(*r)) {
            self.add(request.site.name, "a request is sent through it here");
        }
        for rebuilt in &client.rebuilt {
            self.add(rebuilt.at, "it comes to a function that drops it here");
            self.add(rebuilt.by, "this repeats it");
        }
    }

    fn request(&mut self, request: &Request) {
        self.add(request.site.name, "sent here");
        let made = request.one_shot.as_ref().map(|made| made.name);
        self.add(
            made.filter(|at| *at != request.site.name),
            "made here, without a client",
        );
        self.add(request.guard, "this bounds the wait for it");
        self.near(&request.near);
        for bounds in &request.bounds {
            self.bounds(bounds);
        }
        self.bounds(&request.own);
        for read in &request.reads {
            self.add(read.at, "its body is read here");
            self.add(read.guard_at, "this bounds the read of its body");
        }
    }

    fn response(&mut self, response: &Response) {
        self.add(response.site.name, "it comes from here");
        for held in &response.held {
            self.0.push(Evidence {
                at: held.at,
                what: Some(Happening::Held),
                text: held.keeping.to_string(),
            });
        }
        self.events(response.events.iter());
    }

    fn task(&mut self, task: &Task) {
        self.add(task.site.name, "spawned here");
        self.add(task.signal, "this tells it to end");
        self.add(task.endless_at, "this in it never ends");
        self.add(task.per_item.map(|(at, _)| at), "this loop spawns it");
        let lost = task.lost_at.filter(|at| !task.site.call.contains(*at));
        self.add(lost, "its handle is lost here");
        self.events(task.events.iter());
    }

    fn near(&mut self, near: &[NearMiss]) {
        for near in near {
            self.add(near.at, near.text.clone());
        }
    }

    fn bounds(&mut self, bounds: &Bounds) {
        for bound in Phase::ALL.map(|phase| bounds.get(phase)) {
            let by = bound.by.as_deref().unwrap_or("a bound");
            let text = if is_setting(by) {
                format!("`{by}` is set here")
            } else {
                by.to_owned()
            };
            self.add(bound.set_at, text);
        }
    }

    fn events<'e>(&mut self, events: impl Iterator<Item = &'e Event>) {
        self.0.extend(events.map(|event| Evidence {
            at: event.at,
            what: Some(event.what),
            text: words(event),
        }));
    }
}

fn words(event: &Event) -> String {
    let text = match event.what {
        Happening::Returned => "returned by this function",
        Happening::HandedOut => "this call hands it out",
        Happening::Stored => {
            return match &event.field {
                Some(field) => format!("stored in `{field}`"),
                None => "stored".to_owned(),
            };
        }
        Happening::Read => "its body is read",
        Happening::LookedAt => "looked at, which reads nothing of its body",
        Happening::Held => "kept unread",
        Happening::Joined => "joined",
        Happening::Aborted => "stopped, or stopped when its handle is dropped",
        Happening::Tracked => "given to a set, scope or tracker that owns it",
        Happening::Escaped => "goes where nothing is seen of it any more",
        Happening::Empty => "known to have no body",
        Happening::Dropped => "dropped",
        Happening::DroppedOnPurpose => "dropped in so many words",
        Happening::LostInSelect => "dropped by a `select!` that took it by value",
        Happening::Forgotten => "forgotten: neither dropped nor reachable",
    };
    text.to_owned()
}
