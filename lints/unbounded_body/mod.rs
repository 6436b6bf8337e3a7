//! A body that is taken into memory whole, however large it is.

use std::collections::BTreeMap;

use crate::finding::Confidence;
use crate::flow::resource::{BodyRead, Kind, Manner, Request, Resources, Subject};
use crate::lint::{Because, Cx, Group, Level, Lint, Silence};
use crate::source::Span;

/// The lint.
pub static LINT: Lint = Lint {
    id: "unbounded_body",
    group: Group::Bodies,
    level: Level::Allow,
    since: "0.1.0",
    doc: include_str!("README.md"),
    judges: &[Kind::Request],
    check,
};

fn check(resources: &Resources, cx: &mut Cx<'_>) {
    let mut found: BTreeMap<Span, Vec<(usize, &Request, &BodyRead)>> = BTreeMap::new();
    for (index, request) in resources.requests.iter().enumerate() {
        let subject = Subject::request(index);
        let mut why = Silence::new(Because::Unconcerned, "no read of its body is in sight");
        let mut reported = false;
        for read in &request.reads {
            match judge(read) {
                Ok(()) => {
                    let here = found.entry(read.at).or_default();
                    here.push((index, request, read));
                    reported = true;
                }
                Err(reason) => why = reason,
            }
        }
        if !reported {
            cx.silent(subject, why);
        }
    }
    for here in found.values() {
        let [(_, request, read), ..] = here.as_slice() else {
            continue;
        };
        let sure = here.iter().map(|(_, request, read)| trust(request, read));
        let report = cx
            .report(
                read.at,
                sure.max().unwrap_or(Confidence::Likely),
                "the whole body is taken into memory, however large the other side makes it",
            )
            .here("buffered here, with no limit in size")
            .label(request.site.name, "sent here")
            .about(here.iter().map(|(index, ..)| Subject::request(*index)))
            .within(&read.within, read.in_test);
        drop(report.note("a timeout bounds how long a body takes, not how large it is").help(
            "read it piece by piece and stop at a limit; a check of `Content-Length` alone trusts the other side to send one",
        ));
    }
}

/// Who wrote or configured the address has agreed with the other side on the form of its answers. One that is told each time may
/// be anybody's, and bytes and texts may be anything: a file, the error page of whatever stands between.
fn trust(request: &Request, read: &BodyRead) -> Confidence {
    if request.own_address && read.decoded {
        Confidence::Possible
    } else {
        Confidence::Likely
    }
}

/// Whether a read takes all there is into memory.
fn judge(read: &BodyRead) -> Result<(), Silence> {
    if read.manner != Manner::Buffered {
        let text = "it is read without keeping all of it in memory";
        return Err(Silence::new(Because::Harmless, text).at(Some(read.at)));
    }
    if read.limited {
        let text = "no more than a limit is read";
        return Err(Silence::new(Because::Bounded, text).at(Some(read.at)));
    }
    Ok(())
}
