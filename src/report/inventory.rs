//! Every client, request, response and task with its bounds and its outcome, as one JSON object.

use std::io;

use codespan_reporting::term::termcolor::WriteColor;
use serde::Serialize;

use super::{Report, json};
use crate::flow::resource::{
    Acquires, Bound, Bounds, Client, Phase, PhaseBound, Request, Response, ResponseOutcome, Site,
    Task, TaskEnds, TaskOutcome,
};
use crate::source::Span;

/// The schema's name; its number changes when a reader of the old one would be misled.
const SCHEMA: &str = "linger.inventory/1";

/// The whole inventory.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Inventory<'a> {
    schema: &'static str,
    pub(super) clients: Vec<ClientRow<'a>>,
    pub(super) requests: Vec<RequestRow<'a>>,
    pub(super) responses: Vec<ResponseRow<'a>>,
    pub(super) tasks: Vec<TaskRow<'a>>,
    pub(super) calls: Vec<CallRow<'a>>,
}

/// Where something stands: the name of the call, 1-based, the column in characters.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Place<'a> {
    pub(super) file: &'a str,
    pub(super) line: u32,
    pub(super) column: u32,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ClientRow<'a> {
    #[serde(flatten)]
    pub(super) place: Place<'a>,
    pub(super) path: &'a str,
    #[serde(rename = "crate")]
    pub(super) krate: &'a str,
    pub(super) version: &'a str,
    pub(super) bounds: BoundsRow<'a>,
    /// The definition around it.
    pub(super) built_in: &'a str,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct RequestRow<'a> {
    #[serde(flatten)]
    pub(super) place: Place<'a>,
    pub(super) path: &'a str,
    /// Where the clients it may go through are built; empty for a one-shot request and an unseen client.
    client: Vec<Place<'a>>,
    /// The weakest bound of each phase over all those clients.
    pub(super) bounds: BoundsRow<'a>,
    /// The phases open through at least one of them.
    open: Vec<Phase>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ResponseRow<'a> {
    #[serde(flatten)]
    pub(super) place: Place<'a>,
    pub(super) path: &'a str,
    pub(super) outcome: ResponseOutcome,
    pub(super) body: Body,
}

/// What became of a body.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) enum Body {
    Read,
    Partly,
    Unread,
    Empty,
    Unknown,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct TaskRow<'a> {
    #[serde(flatten)]
    pub(super) place: Place<'a>,
    pub(super) path: &'a str,
    pub(super) outcome: TaskOutcome,
    pub(super) ends: TaskEnds,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct CallRow<'a> {
    pub(super) path: &'a str,
    #[serde(flatten)]
    pub(super) place: Place<'a>,
    /// Of what there is a row at the same place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) acquires: Option<Acquires>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct BoundsRow<'a> {
    pub(super) connect: BoundRow<'a>,
    pub(super) head: BoundRow<'a>,
    pub(super) body: BoundRow<'a>,
}

#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct BoundRow<'a> {
    pub(super) kind: Bound,
    pub(super) from: From,
    /// In words, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<&'a str>,
}

/// Whose word a bound is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(super) enum From {
    /// The crate's.
    Default,
    /// The scanned code's.
    Set,
}

/// Writes the object and a line break.
pub fn write(report: &Report<'_>, out: &mut dyn WriteColor) -> io::Result<()> {
    json::object(&collect(report), out)
}

/// All rows that are asked for, in order.
pub(super) fn collect<'a>(report: &Report<'a>) -> Inventory<'a> {
    let all = &report.analysis.resources;
    let asked = |site: &Site| {
        report
            .scope
            .holds_place(report.analysis, site.name, site.in_test)
    };
    Inventory {
        schema: SCHEMA,
        clients: all
            .clients
            .iter()
            .filter(|c| asked(&c.site))
            .filter_map(|c| client(report, c))
            .collect(),
        requests: all
            .requests
            .iter()
            .filter(|r| asked(&r.site))
            .filter_map(|r| request(report, r))
            .collect(),
        responses: all
            .responses
            .iter()
            .filter(|r| asked(&r.site))
            .filter_map(|r| response(report, r))
            .collect(),
        tasks: all
            .tasks
            .iter()
            .filter(|t| asked(&t.site))
            .filter_map(|t| task(report, t))
            .collect(),
        calls: all
            .calls
            .iter()
            .filter(|call| report.scope.holds_place(report.analysis, call.at, false))
            .filter_map(|call| {
                Some(CallRow {
                    path: &call.path,
                    place: place(report, call.at)?,
                    acquires: call.acquires,
                })
            })
            .collect(),
    }
}

pub(super) fn place<'a>(report: &Report<'a>, span: Span) -> Option<Place<'a>> {
    let source = report.analysis.sources.get(span.file)?;
    let at = source.position(span.lo);
    Some(Place {
        file: &source.name,
        line: at.line,
        column: at.column,
    })
}

fn client<'a>(report: &Report<'a>, client: &'a Client) -> Option<ClientRow<'a>> {
    Some(ClientRow {
        place: place(report, client.site.name)?,
        path: &client.site.path,
        krate: &client.krate.name,
        version: &client.krate.version,
        bounds: bounds(std::slice::from_ref(&client.bounds)),
        built_in: &client.site.within,
    })
}

fn request<'a>(report: &Report<'a>, request: &'a Request) -> Option<RequestRow<'a>> {
    let clients = request
        .clients
        .iter()
        .filter_map(|i| report.analysis.resources.clients.get(*i));
    let open = |phase: &Phase| {
        request
            .bounds
            .iter()
            .any(|bounds| bounds.get(*phase).bound == Bound::None)
    };
    Some(RequestRow {
        place: place(report, request.site.name)?,
        path: &request.site.path,
        client: clients
            .filter_map(|client| place(report, client.site.name))
            .collect(),
        bounds: bounds(&request.bounds),
        open: Phase::ALL.into_iter().filter(open).collect(),
    })
}

fn response<'a>(report: &Report<'a>, response: &'a Response) -> Option<ResponseRow<'a>> {
    let body = match response.outcome {
        ResponseOutcome::Read => Body::Read,
        ResponseOutcome::ReadOnSomeWays | ResponseOutcome::UnreadOnError => Body::Partly,
        ResponseOutcome::Unread | ResponseOutcome::DroppedOnPurpose => Body::Unread,
        ResponseOutcome::Empty => Body::Empty,
        ResponseOutcome::Escaped | ResponseOutcome::Unknown => Body::Unknown,
    };
    let path = &response.site.path;
    Some(ResponseRow {
        place: place(report, response.site.name)?,
        path,
        outcome: response.outcome,
        body,
    })
}

fn task<'a>(report: &Report<'a>, task: &'a Task) -> Option<TaskRow<'a>> {
    let place = place(report, task.site.name)?;
    Some(TaskRow {
        place,
        path: &task.site.path,
        outcome: task.outcome,
        ends: task.ends,
    })
}

/// The weakest bound of each phase over several clients.
fn bounds(all: &[Bounds]) -> BoundsRow<'_> {
    let weakest = |phase| {
        let bound = all
            .iter()
            .map(|bounds| bounds.get(phase))
            .min_by_key(|bound| strength(bound.bound));
        bound.map_or(
            BoundRow {
                kind: Bound::Unknown,
                from: From::Default,
                by: None,
            },
            BoundRow::of,
        )
    };
    BoundsRow {
        connect: weakest(Phase::Connect),
        head: weakest(Phase::Head),
        body: weakest(Phase::Body),
    }
}

fn strength(bound: Bound) -> u8 {
    match bound {
        Bound::None => 0,
        Bound::Conditional => 1,
        Bound::Unknown => 2,
        Bound::Idle => 3,
        Bound::Total => 4,
    }
}

impl BoundRow<'_> {
    /// Of what bounds a phase.
    pub(super) fn of(bound: &PhaseBound) -> BoundRow<'_> {
        // An open phase is the default unless the code opened it (`timeout(None)`).
        let by_default = bound.by_default || (bound.bound == Bound::None && bound.set_at.is_none());
        BoundRow {
            kind: bound.bound,
            from: if by_default { From::Default } else { From::Set },
            by: bound.by.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use schemars::generate::SchemaSettings;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_shipped_schema_is_made_from_the_types() {
        let generator = SchemaSettings::draft07().for_serialize().into_generator();
        let schema = generator.into_root_schema_for::<Inventory<'_>>();
        let mut schema = schema.to_value();
        let name = schema.pointer_mut("/properties/schema");
        *name.expect("the types name the schema") = json!({ "const": SCHEMA });
        let title = schema.get_mut("title");
        *title.expect("a title") = json!(SCHEMA);
        crate::shipped::hold("inventory.schema.json", &schema);
    }
}
