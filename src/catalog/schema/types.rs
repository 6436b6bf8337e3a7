//! What types are, and what dropping a value of one does.

use serde::Deserialize;

/// What a type is to us.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Hash)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Requests are sent through it; it owns a pool and settings.
    Client,
    /// Becomes a client; carries its settings.
    Builder,
    /// A request before it is sent; carries its own settings and the client it will go through.
    Request,
    /// A request that knows no client, or a part of one: what it asks for (no body, by its method) goes with it.
    Question,
    /// A response whose body is not read yet, or the body itself (`hyper::body::Incoming`).
    Response,
    /// The handle of a task or thread.
    Handle,
    /// Owns the tasks spawned into it: dropping it, joining it or shutting it down ends or awaits them.
    TaskSet,
    /// Asked by tasks whether to stop: a cancellation token, the receiving end of a shutdown channel.
    Signal,
    /// A future that is ready after some time: `sleep`, `Delay`.
    Timer,
    /// The future that drives a connection, made beside the client that it serves.
    Driver,
    /// A permit or guard that limits how many run.
    Permit,
    /// A trait whose functions are run for each request, message or event: `tower::Service`.
    Service,
}

/// What a type is to us.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TypeFact {
    /// Canonical path: `reqwest::Client`.
    pub path: String,
    #[serde(default)]
    /// Requirement of the crate's version, in cargo's syntax. Default: all.
    pub versions: Option<String>,
    /// Features that must be on; `!x`: one that must be off.
    #[serde(default)]
    pub features: Vec<String>,
    /// A `cfg` predicate of the target: `any(target_os = "linux", target_os = "android")`.
    #[serde(default)]
    pub target: Option<String>,
    /// Its role.
    pub role: Role,
    /// The family of settings (`client`, `builder`, `request`, `response`).
    #[serde(default)]
    pub family: Option<String>,
    /// A `request` that carries no client: it goes through whatever sends it, whichever client it was made by.
    #[serde(default)]
    pub bare: bool,
    /// What dropping one does (`handle`: `detaches`, `aborts`, `joins`; `response`: `closes`, `cancels`, …).
    #[serde(default)]
    pub drop: Option<DropDoes>,
    /// What dropping costs, in words for the message.
    #[serde(default)]
    pub drop_note: Option<String>,
    /// What holding one costs, in words for the message.
    #[serde(default)]
    pub hold_note: Option<String>,
    /// Why we say so.
    #[serde(default)]
    pub because: Option<String>,
    /// Where it was read.
    #[serde(default)]
    pub source: Option<String>,
}

/// What dropping a value does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DropDoes {
    /// The task runs on, nobody will know how it ended.
    Detaches,
    /// The task is stopped.
    Aborts,
    /// Waits for the task.
    Joins,
    /// An unread response: the connection is closed or the stream reset, the next request pays for a new one.
    Disconnects,
    /// Nothing worth a word.
    Nothing,
}
