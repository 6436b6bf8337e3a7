//! A task whose handle is lost.

use crate::finding::Confidence;
use crate::flow::resource::{Resources, Task, TaskEnds, TaskOutcome};
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
        if let (Some(how), Some(confidence)) = (how_lost(task), confidence(resources, task)) {
            report(task, how, confidence, cx);
        }
    }
}

/// How the handle went, or `None` if somebody has it.
fn how_lost(task: &Task) -> Option<String> {
    Some(match task.outcome {
        TaskOutcome::Lost => "its handle is dropped on the spot".to_owned(),
        TaskOutcome::Dropped => "its handle is dropped, which neither waits for the task nor stops it".to_owned(),
        TaskOutcome::LostInSelect => {
            "its handle is given to `select!` by value: when another branch wins, the handle is dropped and the task runs on".to_owned()
        }
        TaskOutcome::LostInField => {
            let holder = task.holder.as_deref().unwrap_or("a field");
            format!("its handle is kept in the private field `{holder}`, which nothing joins or aborts")
        }
        _ => return None,
    })
}

/// How much a lost handle matters, from what stands around it.
fn confidence(resources: &Resources, task: &Task) -> Option<Confidence> {
    let setting = &task.setting;
    if setting.drives_connection {
        return None;
    }
    if task.ends == TaskEnds::OnSignal {
        // A queue's end is a signal only if its other end is dropped in time.
        return setting.ends_with_channel.then_some(Confidence::Possible);
    }
    if setting.at_startup || setting.in_drop || setting.reports_back {
        return Some(Confidence::Possible);
    }
    let unbounded_wait = task
        .open_requests
        .iter()
        .any(|r| resources.requests.get(*r).is_some());
    if setting.in_loop
        || setting.runs_callers_future
        || unbounded_wait
        || task.ends == TaskEnds::Never
    {
        return Some(Confidence::Certain);
    }
    Some(Confidence::Likely)
}

fn report(task: &Task, how: String, confidence: Confidence, cx: &mut Cx<'_>) {
    let message = format!("nobody can join or stop this {}: {how}", task.kind);
    let mut report = cx
        .report(task.site.name, confidence, message)
        .here("spawned here")
        .within(&task.site.within, task.site.in_test);
    if let Some(at) = task.lost_at
        && !task.site.call.contains(at)
        && !at.contains(task.site.call)
    {
        report = report.label(at, "the handle is lost here");
    }
    if task.setting.in_loop {
        report = report.note("it is spawned in a loop: each turn adds one more");
    }
    match task.ends {
        TaskEnds::Never => {
            report =
                report.note("the task has no way to end: its loop has no exit and no stop signal")
        }
        TaskEnds::OnSignal => {
            if let Some(at) = task.signal {
                report = report.label(at, "the task ends when this does");
            }
        }
        _ => {}
    }
    if !task.drop_note.is_empty() {
        report = report.note(task.drop_note.clone());
    }
    drop(report.help(
        "keep the handle and await or abort it, spawn into a `JoinSet` or `TaskTracker` that its owner drains, or give the task a \
         cancellation token; if it is meant to run on its own, say why: `// linger: allow(detached_task): <reason>`",
    ));
}
