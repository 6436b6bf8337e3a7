//! A task per item of a loop that has no end.

use crate::finding::Confidence;
use crate::flow::resource::{Resources, Task};
use crate::lint::{Cx, Group, Level, Lint};
use crate::source::Span;

/// The lint.
pub static LINT: Lint = Lint {
    id: "unbounded_spawn",
    group: Group::Tasks,
    level: Level::Allow,
    since: "0.1.0",
    doc: include_str!("README.md"),
    check,
};

fn check(resources: &Resources, cx: &mut Cx<'_>) {
    for task in &resources.tasks {
        if let Some((at, sure)) = task.per_item {
            report(task, at, sure, cx);
        }
    }
}

fn report(task: &Task, turns: Span, sure: bool, cx: &mut Cx<'_>) {
    let (message, confidence) = if sure {
        (
            format!(
                "nothing limits how many of these run at once: one {} per turn of a loop without end",
                task.kind
            ),
            Confidence::Likely,
        )
    } else {
        (
            format!(
                "nothing in sight limits how many of these run at once: one {} per item",
                task.kind
            ),
            Confidence::Possible,
        )
    };
    let report = cx
        .report(task.site.name, confidence, message)
        .here("spawned here")
        .within(&task.site.within, task.site.in_test)
        .label(turns, "once per turn of this loop");
    drop(report.help(
        "take a permit of a `Semaphore` before each spawn and let the task hold it, or wait for a finished task when the set is \
         full; a bounded queue alone does not bound the tasks",
    ));
}
