//! Which tasks are alive after their handle is dropped, or after something is called that should end them.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::locked;

/// What was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// The handle was dropped.
    Dropped,
    /// The function of that path was called.
    Called,
}

/// A task after that.
#[derive(Clone, Debug)]
pub struct Fate {
    /// The package.
    pub package: &'static str,
    /// Its version here.
    pub version: String,
    /// The path of the handle's type, or of the function called.
    pub path: &'static str,
    /// What was done.
    pub act: Act,
    /// Whether the task was alive a while later.
    pub alive: bool,
}

/// Long enough for a task to end that ends, short enough to watch them all.
const AFTERWARDS: Duration = Duration::from_millis(400);

/// Is set when it is dropped: with the task that owns it.
struct Alive(Arc<AtomicBool>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

/// A task that does not end by itself, and whether it is alive.
fn endless() -> (impl Future<Output = ()> + Send + 'static, Arc<AtomicBool>) {
    let alive = Arc::new(AtomicBool::new(true));
    let guard = Alive(alive.clone());
    let task = async move {
        let _guard = guard;
        std::future::pending::<()>().await;
    };
    (task, alive)
}

async fn afterwards(alive: &AtomicBool) -> bool {
    tokio::time::sleep(AFTERWARDS).await;
    alive.load(Ordering::SeqCst)
}

/// Runs all of it.
pub fn run() -> Vec<Fate> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let mut all = runtime.block_on(tokio_tasks());
    runtime.shutdown_background();
    all.extend(other_runtimes());
    all.extend(threads());
    all
}

async fn tokio_tasks() -> Vec<Fate> {
    let fate = |package, line, path, act, alive| Fate {
        package,
        version: locked(package, line),
        path,
        act,
        alive,
    };
    let tokio = |path, act, alive| fate("tokio", "1", path, act, alive);
    let util = |path, act, alive| fate("tokio-util", "0.7", path, act, alive);
    let mut all = Vec::new();

    let (task, alive) = endless();
    drop(tokio::spawn(task));
    all.push(tokio(
        "tokio::task::JoinHandle",
        Act::Dropped,
        afterwards(&alive).await,
    ));

    let (task, alive) = endless();
    tokio::spawn(task).abort();
    all.push(tokio(
        "tokio::task::JoinHandle::abort",
        Act::Called,
        afterwards(&alive).await,
    ));

    let (task, alive) = endless();
    drop(tokio::spawn(task).abort_handle());
    all.push(tokio(
        "tokio::task::AbortHandle",
        Act::Dropped,
        afterwards(&alive).await,
    ));

    let (task, alive) = endless();
    tokio::spawn(task).abort_handle().abort();
    all.push(tokio(
        "tokio::task::AbortHandle::abort",
        Act::Called,
        afterwards(&alive).await,
    ));

    let (task, alive) = endless();
    let mut set = tokio::task::JoinSet::new();
    set.spawn(task);
    set.abort_all();
    all.push(tokio(
        "tokio::task::JoinSet::abort_all",
        Act::Called,
        afterwards(&alive).await,
    ));

    let (task, alive) = endless();
    let _ = tokio::time::timeout(Duration::from_millis(50), task).await;
    all.push(tokio(
        "tokio::time::timeout",
        Act::Called,
        afterwards(&alive).await,
    ));

    let (task, alive) = endless();
    drop(tokio_util::task::AbortOnDropHandle::new(tokio::spawn(task)));
    all.push(util(
        "tokio_util::task::AbortOnDropHandle",
        Act::Dropped,
        afterwards(&alive).await,
    ));

    let (task, alive) = endless();
    drop(tokio_util::task::AbortOnDrop::new(
        tokio::spawn(task).abort_handle(),
    ));
    all.push(util(
        "tokio_util::task::AbortOnDrop",
        Act::Dropped,
        afterwards(&alive).await,
    ));

    let (task, alive) = endless();
    let tracker = tokio_util::task::TaskTracker::new();
    tracker.spawn(task);
    drop(tracker);
    all.push(util(
        "tokio_util::task::TaskTracker",
        Act::Dropped,
        afterwards(&alive).await,
    ));
    all
}

fn other_runtimes() -> Vec<Fate> {
    let mut all = Vec::new();
    let fate = |package, line, path, alive: &AtomicBool| {
        thread::sleep(AFTERWARDS);
        Fate {
            package,
            version: locked(package, line),
            path,
            act: Act::Dropped,
            alive: alive.load(Ordering::SeqCst),
        }
    };

    let (task, alive) = endless();
    drop(async_std::task::spawn(task));
    all.push(fate(
        "async-std",
        "1",
        "async_std::task::JoinHandle",
        &alive,
    ));

    let (task, alive) = endless();
    drop(smol::spawn(task));
    all.push(fate("async-task", "4", "async_task::Task", &alive));

    let (task, alive) = endless();
    drop(smol::spawn(task).fallible());
    all.push(fate("async-task", "4", "async_task::FallibleTask", &alive));

    let (task, alive) = endless();
    let (task, handle) = futures::future::abortable(task);
    thread::spawn(move || futures::executor::block_on(task));
    drop(handle);
    all.push(fate(
        "futures-util",
        "0.3",
        "futures_util::future::AbortHandle",
        &alive,
    ));

    let (task, alive) = endless();
    let (task, handle) = futures::future::FutureExt::remote_handle(task);
    thread::spawn(move || futures::executor::block_on(task));
    drop(handle);
    all.push(fate(
        "futures-util",
        "0.3",
        "futures_util::future::RemoteHandle",
        &alive,
    ));
    all
}

fn threads() -> Vec<Fate> {
    let alive = Arc::new(AtomicBool::new(true));
    let guard = Alive(alive.clone());
    drop(thread::spawn(move || {
        let _guard = guard;
        loop {
            thread::park();
        }
    }));
    thread::sleep(AFTERWARDS);
    let detached = Fate {
        package: "std",
        version: "1.90.0".to_owned(),
        path: "std::thread::JoinHandle",
        act: Act::Dropped,
        alive: alive.load(Ordering::SeqCst),
    };
    // A scope waits for its threads: this one ends by itself, later than the handle is dropped.
    let alive = Arc::new(AtomicBool::new(true));
    let guard = Alive(alive.clone());
    thread::scope(|scope| {
        drop(scope.spawn(move || {
            let _guard = guard;
            thread::sleep(AFTERWARDS / 2);
        }));
    });
    let scoped = Fate {
        path: "std::thread::ScopedJoinHandle",
        alive: alive.load(Ordering::SeqCst),
        ..detached.clone()
    };
    vec![detached, scoped]
}
