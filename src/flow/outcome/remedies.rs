//! The change that would discharge each resource, now that all of them are known.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::Builder;
use crate::flow::remedy::{self, Bodies};
use crate::flow::resource::{Bounds, Request, Resources, Response, ResponseOutcome, TaskOutcome};
use crate::flow::tables::{ClientRec, ResKind, ResRec};
use crate::flow::value::ResId;
use crate::ir::body::{Callee, StmtKind};
use crate::remedy::Remedy;
use crate::source::Span;

impl Builder<'_, '_, '_, '_> {
    pub(super) fn remedies(&self, out: &mut Resources) {
        self.for_clients(out);
        self.for_requests(out);
        self.for_responses(out);
        self.for_tasks(out);
    }

    fn for_clients(&self, out: &mut Resources) {
        let by_site: FxHashMap<Span, &ClientRec> = self
            .tables
            .clients
            .iter()
            .map(|rec| (self.cx.call_spans(rec.site).0, rec))
            .collect();
        for client in &mut out.clients {
            let Some(rec) = by_site.get(&client.site.name) else {
                continue;
            };
            let Some(family) = self.cx.facts.family(rec.family) else {
                continue;
            };
            let through = client.requests.iter().filter_map(|r| out.requests.get(*r));
            let bodies = Bodies::of(through);
            // What some calls leave out is theirs to mend.
            let of_all = client.callers.is_empty() && rec.through.is_empty();
            let remedy = of_all.then(|| remedy::client(self.cx, rec, family, bodies));
            client.remedy = remedy.flatten();
            if let (Bodies::Streamed, Some(advice)) = (bodies, &family.fact.stream_advice) {
                client.advice = family.fill(advice);
            }
        }
    }

    fn for_requests(&self, out: &mut Resources) {
        for ((key, rec), request) in self.tables.requests.iter().zip(&mut out.requests) {
            let Some(family) = rec.request.family.and_then(|f| self.cx.facts.family(f)) else {
                continue;
            };
            let shot = rec.request.one_shot();
            let bodies = Bodies::of([&*request]);
            request.remedy = if shot == Some(*key) {
                remedy::one_shot(self.cx, *key, rec.def, family, bodies)
            } else {
                remedy::request(self.cx, *key, family, &rec.request.slots, bodies)
            };
        }
    }

    fn for_responses(&self, out: &mut Resources) {
        let by_site: FxHashMap<Span, ResId> = self
            .in_order(ResKind::Response)
            .into_iter()
            .filter_map(|id| {
                let rec = self.tables.rec(id)?;
                Some((self.cx.call_spans(rec.site).0, id))
            })
            .collect();
        let drained: Vec<Option<Remedy>> = out
            .responses
            .iter()
            .map(|response| {
                let id = *by_site.get(&response.site.name)?;
                self.drain(response, id, &out.requests)
            })
            .collect();
        for (response, remedy) in out.responses.iter_mut().zip(drained) {
            response.remedy = remedy;
        }
    }

    /// What reads the rest of a response that nobody reads, where it is made and dropped in one place.
    fn drain(&self, response: &Response, id: ResId, requests: &[Request]) -> Option<Remedy> {
        if response.outcome != ResponseOutcome::Unread || self.is_handed_out(id) {
            return None;
        }
        let rec = self.tables.rec(id)?;
        // What is handed to a function is its to read: on some of its ways it may.
        let here = self.cx.body(rec.site.0).span;
        if !response.dropped_at.iter().all(|at| here.contains(*at)) {
            return None;
        }
        let root = rec.origin.unwrap_or(id);
        let role = self.response_role(root)?;
        let family = role.family.and_then(|f| self.cx.facts.family(f))?;
        let of_fact = |r: &&crate::flow::facts::RoleOf<'_>| std::ptr::eq(r.fact, role.fact);
        let def = self
            .cx
            .facts
            .roles
            .iter()
            .filter(|(_, r)| of_fact(r))
            .map(|(def, _)| *def)
            .min()?;
        let sent = self.tables.rec(root).and_then(|r| r.request);
        let at = self.cx.call_spans(sent.unwrap_or(rec.site)).0;
        let request = requests.iter().find(|r| r.site.name == at);
        let through: Vec<&Bounds> = request.into_iter().flat_map(|r| &r.bounds).collect();
        let unseen = request.is_none_or(|r| r.unknown_client);
        let asked = self.looked.get(&id);
        let asked = asked.map_or_else(Vec::new, |at| self.methods_at(rec, at));
        remedy::drain(self.cx, rec.site, family, def, &asked, &through, unseen)
    }

    /// The methods called at these places.
    fn methods_at(&self, rec: &ResRec, at: &BTreeSet<Span>) -> Vec<&'static str> {
        let stmts = self.cx.body(rec.site.0).stmts();
        let calls = stmts.filter_map(|s| match &s.kind {
            StmtKind::Call(_, call) => Some(call),
            _ => None,
        });
        calls
            .filter(|call| at.contains(&call.name_span) || at.contains(&call.span))
            .filter_map(|call| match &call.callee {
                Callee::Method { name, .. } => Some(name.as_str()),
                _ => None,
            })
            .collect()
    }

    fn for_tasks(&self, out: &mut Resources) {
        let by_site: FxHashMap<Span, &ResRec> = self
            .tables
            .res
            .iter()
            .filter(|rec| rec.kind == ResKind::Handle && rec.origin.is_none())
            .map(|rec| (self.cx.call_spans(rec.site).0, rec))
            .collect();
        for task in &mut out.tasks {
            if task.outcome != TaskOutcome::Lost {
                continue;
            }
            task.remedy = by_site
                .get(&task.site.name)
                .and_then(|rec| remedy::track(self.cx, rec.site, rec.def?, task.ends));
        }
    }
}
