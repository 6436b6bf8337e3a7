//! A task per item of a loop that has no end.

use crate::finding::Confidence;
use crate::flow::resource::{Kind, Resources, Subject, Task};
use crate::lint::{Because, Cx, Group, Level, Lint, Silence};
use crate::source::Span;

/// The lint.
pub static LINT: Lint = Lint {
    id: "unbounded_spawn",
    group: Group::Tasks,
    level: Level::Allow,
    since: "0.1.0",
    doc: include_str!("README.md"),
    judges: &[Kind::Task],
    check,
};

fn check(resources: &Resources, cx: &mut Cx<'_>) {
    for (index, task) in resources.tasks.iter().enumerate() {
        let subject = Subject::task(index);
        match task.per_item {
            Some((at, sure)) => report(task, at, sure, subject, cx),
            None => {
                let text = "no loop without end spawns it, or something there limits how many run";
                cx.silent(subject, Silence::new(Because::Harmless, text));
            }
        }
    }
}

fn report(task: &Task, turns: Span, sure: bool, subject: Subject, cx: &mut Cx<'_>) {
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
        .about([subject])
        .within(&task.site.within, task.site.in_test)
        .label(turns, "once per turn of this");
    drop(report.help(
        "take a permit of a `Semaphore` before each spawn and let the task hold it, or wait for a finished task when the set is \
         full; a bounded queue alone does not bound the tasks",
    ));
}
