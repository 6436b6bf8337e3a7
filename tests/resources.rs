//! What calls of the catalogue acquire: each has its resource, in whatever code of the fixtures it stands.

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use linger::check::analysis::Analysis;
use linger::discover::Disk;
use linger::flow::resource::{Acquires, CallSite};
use linger::source::Span;

/// What a line says of a call in code that is never run.
const NEVER: &str = "// nothing runs this";

/// The lines that are not as they are marked: a call acquires something of which there is no resource, or the mark for code
/// that is never run stands where there is one.
fn complaints(analysis: &Analysis) -> Vec<String> {
    let all = &analysis.resources;
    let clients: BTreeSet<Span> = all.clients.iter().map(|c| c.site.name).collect();
    let requests: BTreeSet<Span> = all.requests.iter().map(|r| r.site.name).collect();
    let tasks: BTreeSet<Span> = all.tasks.iter().map(|t| t.site.name).collect();
    let mut out = Vec::new();
    for call in &all.calls {
        let there = match call.acquires {
            Some(Acquires::Client) => &clients,
            Some(Acquires::Request) => &requests,
            Some(Acquires::Task) => &tasks,
            None => continue,
        };
        let Some(source) = analysis.sources.get(call.at.file) else {
            continue;
        };
        let line = source.position(call.at.lo).line;
        let text = source.text.lines().nth(line as usize - 1).unwrap_or("");
        let said = text.contains(NEVER);
        let place = format!("{}:{line} {}: {}", source.name, call.path, text.trim());
        match (there.contains(&call.at), said) {
            (false, false) => out.push(format!("no resource: {place}")),
            (true, true) => out.push(format!("a resource all the same: {place}")),
            _ => {}
        }
    }
    out
}

#[test]
fn what_a_call_of_a_fixture_acquires_is_among_the_resources() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for folder in [fixtures.clone(), fixtures.join("others")] {
        let analysis = support::analyze(&folder, &Disk);
        for kind in [Acquires::Client, Acquires::Request, Acquires::Task] {
            let acquires = |c: &&CallSite| c.acquires == Some(kind);
            let found = analysis.resources.calls.iter().filter(acquires).count();
            assert!(found > 3, "{found} calls acquire a {kind:?}");
        }
        let wrong = complaints(&analysis);
        assert!(
            wrong.is_empty(),
            "{} lines are not as marked:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
    }
}
