//! What the lints about lost task handles share: how a handle is lost, how much that matters, and the words.

use crate::finding::Confidence;
use crate::flow::resource::{Happening, Resources, Task, TaskEnds, TaskOutcome};
use crate::lint::{Because, Report, Silence};

/// How the handle went; else who has it.
pub(super) fn how(task: &Task) -> Result<String, Silence> {
    Ok(match task.outcome {
        TaskOutcome::Lost if task.let_go => "its handle is let go on purpose".to_owned(),
        TaskOutcome::Lost if task.no_handle => "this way to spawn gives no handle".to_owned(),
        TaskOutcome::Lost => "its handle is dropped on the spot".to_owned(),
        TaskOutcome::Dropped => {
            "its handle is dropped, which neither waits for the task nor stops it".to_owned()
        }
        TaskOutcome::LostInSelect => {
            "its handle is given to `select!` by value: when another branch wins, the handle is dropped and the task runs on".to_owned()
        }
        TaskOutcome::LostInTimeout => {
            "its handle is given to a timeout by value: when the time is up, the handle is dropped and the task runs on".to_owned()
        }
        TaskOutcome::LostInField => {
            let holder = match &task.holder {
                Some(name) => format!("the private field `{name}`"),
                None => "a private field".to_owned(),
            };
            format!("its handle is kept in {holder}, which nothing joins or aborts")
        }
        TaskOutcome::Joined => return paid(task, "somebody waits for it", Happening::Joined),
        TaskOutcome::Aborted => return paid(task, "somebody can stop it", Happening::Aborted),
        TaskOutcome::Tracked => {
            return paid(task, "a set, scope or tracker owns it", Happening::Tracked);
        }
        TaskOutcome::Escaped => {
            let text = "its handle goes where nothing is seen of it any more";
            return Err(Silence::new(Because::Escaped, text).at(task.events.last_seen()));
        }
        TaskOutcome::Unknown => {
            let text = "what becomes of its handle is not known";
            return Err(Silence::new(Because::Unknown, text));
        }
    })
}

fn paid(task: &Task, text: &'static str, what: Happening) -> Result<String, Silence> {
    Err(Silence::new(Because::Paid, text).at(task.events.first(what)))
}

/// How much a lost handle matters, from what stands around it, for a task that ends; else why it does not.
///
/// That a task is spawned again and again, or runs what a caller gives, says little by itself: of such on real code most end by
/// themselves, and few are faults; nor does a loop that a signal ends and that leaves them behind (the lint's page has the counts).
pub(super) fn confidence(task: &Task) -> Result<Confidence, Silence> {
    let setting = &task.setting;
    harmless(task)?;
    if setting.ends_with_channel {
        // A queue's end is a signal for a task that waits for nothing else.
        return Ok(if weak(task) || !setting.waits_inside {
            Confidence::Possible
        } else {
            Confidence::Likely
        });
    }
    Ok(if weak(task) {
        Confidence::Possible
    } else {
        Confidence::Likely
    })
}

/// The same for a task that has no end.
pub(super) fn endless_confidence(
    resources: &Resources,
    task: &Task,
) -> Result<Confidence, Silence> {
    let setting = &task.setting;
    if task.ends != TaskEnds::OnSignal {
        drives(task)?;
    }
    let no_end = task.ends == TaskEnds::Never && setting.in_library;
    Ok(if weak(task) {
        Confidence::Possible
    } else if task.ends == TaskEnds::OnSignal {
        // It can be told to end; only not while it waits.
        Confidence::Likely
    } else if setting.unlisted
        || setting.runs_callers_future
        || no_end
        || !open_waits(resources, task).is_empty()
    {
        Confidence::Certain
    } else {
        Confidence::Likely
    })
}

/// The driver of a connection may be left to itself.
fn drives(task: &Task) -> Result<(), Silence> {
    if task.setting.drives_connection {
        let text = "it drives a connection, and ends with the other half of it";
        return Err(Silence::new(Because::Harmless, text));
    }
    Ok(())
}

/// Why a task that ends may be left to itself, if so.
fn harmless(task: &Task) -> Result<(), Silence> {
    drives(task)?;
    if task.ends == TaskEnds::OnSignal && !task.setting.ends_with_channel {
        let text = "it ends when this tells it to";
        return Err(Silence::new(Because::Harmless, text).at(task.signal));
    }
    Ok(())
}

/// What is usually meant: one for the whole process, or that answers its signals, one whose spawner never returns, one that
/// tidies up, one whose result is waited for, if only for a while (what never ends has told something else), one that sees how
/// another task ends, one that no signature lets its author hand out.
fn weak(task: &Task) -> bool {
    let setting = &task.setting;
    setting.at_startup
        || setting.spawner_stays && !setting.repeated
        || setting.in_drop
        || setting.answers_system && !setting.repeated
        || setting.reports_back && task.ends != TaskEnds::Never
        || setting.watches
        || task.outcome == TaskOutcome::LostInTimeout
        || setting.runs_callers_future && setting.foreign_signature
}

/// How to hold on to it.
pub(super) fn keep(task: &Task) -> &'static str {
    if task.own_thread {
        // Nothing aborts a thread.
        "keep the handle and join it, or let it look at a flag or a channel whose other end its owner keeps"
    } else {
        "keep the handle and await or abort it, spawn into a `JoinSet` or `TaskTracker` that its owner drains, or give the task a \
         cancellation token"
    }
}

/// The requests it waits for without a bound: indices into the run's requests.
pub(super) fn open_waits(resources: &Resources, task: &Task) -> Vec<usize> {
    task.open_requests
        .iter()
        .copied()
        .filter(|r| resources.requests.get(*r).is_some())
        .collect()
}

/// Whether nothing in sight ever ends the task: a loop without exit, or a wait that nothing bounds. What is looked at between
/// two waits ends nothing that hangs in one.
pub(super) fn has_no_end(resources: &Resources, task: &Task) -> bool {
    task.ends == TaskEnds::Never
        || (task.ends != TaskEnds::OnSignal || task.setting.looks_between)
            && !open_waits(resources, task).is_empty()
}

/// The evidence both lints show: where the handle is lost, and how often.
#[must_use]
pub(super) fn evidence<'c, 'a>(task: &Task, mut report: Report<'c, 'a>) -> Report<'c, 'a> {
    if let Some(at) = task.lost_at
        && !task.site.call.contains(at)
        && !at.contains(task.site.call)
    {
        report = report.label(at, "the handle is lost here");
    }
    let setting = &task.setting;
    if let Some(at) = setting.outlives {
        report = report.label(
            at,
            "this ends the loop that spawns it, and neither waits for the task nor stops it",
        );
    }
    if setting.repeated {
        report = report
            .note("it is spawned again and again, per request, tick or item: each adds one more");
    } else if setting.runs_callers_future {
        report = report.note("what it runs is the caller's: it may never end");
    } else if setting.at_startup {
        report = report.note("it is started once per process");
    }
    report
}
