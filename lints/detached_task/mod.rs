//! A task whose handle is lost.

use super::lost;
use crate::finding::Confidence;
use crate::flow::resource::{Kind, Resources, Subject, Task, TaskEnds};
use crate::lint::{Because, Cx, Group, Level, Lint, Silence};

/// The lint.
pub static LINT: Lint = Lint {
    id: "detached_task",
    group: Group::Tasks,
    level: Level::Warn,
    since: "0.1.0",
    doc: include_str!("README.md"),
    judges: &[Kind::Task],
    check,
};

fn check(resources: &Resources, cx: &mut Cx<'_>) {
    for (index, task) in resources.tasks.iter().enumerate() {
        let subject = Subject::task(index);
        match judge(resources, task) {
            Ok((how, confidence)) => report(task, &how, confidence, subject, cx),
            Err(why) => cx.silent(subject, why),
        }
    }
}

fn judge(resources: &Resources, task: &Task) -> Result<(String, Confidence), Silence> {
    let how = lost::how(task)?;
    if lost::has_no_end(resources, task) {
        let text = "it may never end, which is `endless_task`'s to say";
        return Err(Silence::new(Because::Elsewhere, text));
    }
    Ok((how, lost::confidence(task)?))
}

fn report(task: &Task, how: &str, confidence: Confidence, subject: Subject, cx: &mut Cx<'_>) {
    let message = format!("nobody can join or stop this {}: {how}", task.kind);
    let mut report = cx
        .report(task.site.name, confidence, message)
        .here("spawned here")
        .about([subject])
        .within(&task.site.within, task.site.in_test);
    report = lost::evidence(task, report);
    if task.ends == TaskEnds::OnSignal
        && let Some(at) = task.signal
    {
        let end = if task.setting.ends_untaken {
            "it ends when nobody takes what it sends here"
        } else {
            "it ends with this"
        };
        let unseen = if task.setting.waits_inside {
            ", which it does not see while it waits for something else"
        } else {
            ""
        };
        report = report.label(at, format!("{end}{unseen}"));
    }
    if !task.drop_note.is_empty() {
        report = report.note(task.drop_note.clone());
    }
    drop(report.remedies(task.remedy.clone()).help(format!(
        "{}; if it is meant to run on its own, say why: `// linger: allow(detached_task): <reason>`",
        lost::keep(task)
    )));
}
