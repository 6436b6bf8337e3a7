//! A detached task that has no way to end.

use super::lost;
use super::phrases::{open, waits};
use crate::finding::Confidence;
use crate::flow::resource::{Kind, Phase, Resources, Subject, Task, TaskEnds};
use crate::lint::{Because, Cx, Group, Level, Lint, Silence};

/// The lint.
pub static LINT: Lint = Lint {
    id: "endless_task",
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
            Ok((how, confidence)) => report(resources, task, &how, confidence, subject, cx),
            Err(why) => cx.silent(subject, why),
        }
    }
}

fn judge(resources: &Resources, task: &Task) -> Result<(String, Confidence), Silence> {
    if !lost::has_no_end(resources, task) {
        let text = match task.ends {
            TaskEnds::OnSignal => "it ends when this tells it to",
            TaskEnds::Unknown => "nothing says that it does not end",
            TaskEnds::ByItself | TaskEnds::Never => "it ends by itself",
        };
        return Err(Silence::new(Because::Harmless, text).at(task.signal));
    }
    Ok((lost::how(task)?, lost::endless_confidence(resources, task)?))
}

fn report(
    resources: &Resources,
    task: &Task,
    how: &str,
    confidence: Confidence,
    subject: Subject,
    cx: &mut Cx<'_>,
) {
    let endless = task.ends == TaskEnds::Never;
    let why = if endless {
        "its loop has no exit and no stop signal"
    } else if task.setting.parks.is_some() {
        "it waits for what never comes"
    } else {
        "it waits for a response that nothing bounds"
    };
    let message = format!("this {} may never end: {why}, and {how}", task.kind);
    let mut report = cx
        .report(task.site.name, confidence, message)
        .here("spawned here")
        .about([subject])
        .within(&task.site.within, task.site.in_test);
    report = lost::evidence(task, report);
    if let (true, Some(at)) = (endless, task.endless_at) {
        report = report.label(at, "this never ends");
    }
    if let (false, Some(at)) = (endless, task.setting.parks) {
        report = report.label(at, "this is never ready");
    }
    for index in lost::open_waits(resources, task) {
        let Some(request) = resources.requests.get(index) else {
            continue;
        };
        let mut phases: Vec<Phase> = request
            .together
            .iter()
            .flat_map(|b| open(b, request.body_read))
            .collect();
        phases.sort_unstable();
        phases.dedup();
        report = report.label(
            request.site.name,
            format!("nothing bounds the wait for {}", waits(&phases)),
        );
    }
    if !task.drop_note.is_empty() {
        report = report.note(task.drop_note.clone());
    }
    let help = if endless && task.own_thread {
        "give the thread a way to end: let its loop look at a flag, or at a channel whose other end its owner keeps, and join it; if \
         it is meant to live as long as the process, say so: `// linger: allow(endless_task): <reason>`"
    } else if task.own_thread {
        "bound the wait (see the client's timeouts), and keep the handle to join it; if it is meant to run on its own, say why: \
         `// linger: allow(endless_task): <reason>`"
    } else if endless {
        "give the task a way to end: `select!` each turn against a cancellation token or shutdown channel whose other end its \
         owner keeps, or keep the handle and abort it; if it is meant to live as long as the process, say so: \
         `// linger: allow(endless_task): <reason>`"
    } else {
        "bound the wait (see the client's timeouts, or `tokio::time::timeout` around it), and keep the handle to await or abort \
         the task; if it is meant to run on its own, say why: `// linger: allow(endless_task): <reason>`"
    };
    drop(report.help(help));
}
