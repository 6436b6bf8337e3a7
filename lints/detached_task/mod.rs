//! A task whose handle is lost.

use super::lost;
use crate::finding::Confidence;
use crate::flow::resource::{Resources, Task, TaskEnds};
use crate::lint::{Cx, Group, Level, Lint};

/// The lint.
pub static LINT: Lint = Lint {
    id: "detached_task",
    group: Group::Tasks,
    level: Level::Warn,
    since: "0.1.0",
    doc: include_str!("README.md"),
    check,
};

fn check(resources: &Resources, cx: &mut Cx<'_>) {
    for task in &resources.tasks {
        // One that has no end is `endless_task`'s to report.
        if lost::has_no_end(resources, task) {
            continue;
        }
        if let (Some(how), Some(confidence)) = (lost::how(task), lost::confidence(resources, task))
        {
            report(task, &how, confidence, cx);
        }
    }
}

fn report(task: &Task, how: &str, confidence: Confidence, cx: &mut Cx<'_>) {
    let message = format!("nobody can join or stop this {}: {how}", task.kind);
    let mut report = cx
        .report(task.site.name, confidence, message)
        .here("spawned here")
        .within(&task.site.within, task.site.in_test);
    report = lost::evidence(task, report);
    if task.ends == TaskEnds::OnSignal
        && let Some(at) = task.signal
    {
        let text = if task.setting.waits_inside {
            "it ends with this, which it does not see while it waits for something else"
        } else {
            "it ends with this"
        };
        report = report.label(at, text);
    }
    if !task.drop_note.is_empty() {
        report = report.note(task.drop_note.clone());
    }
    drop(report.remedies(task.remedy.clone()).help(format!(
        "{}; if it is meant to run on its own, say why: `// linger: allow(detached_task): <reason>`",
        lost::keep(task)
    )));
}
