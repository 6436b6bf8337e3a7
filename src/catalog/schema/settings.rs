//! Families of clients and their settings: which phases of a request a setting covers.

use serde::Deserialize;

/// How a phase is covered by a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Cover {
    /// The phase as a whole.
    Total,
    /// Each read or operation on its own.
    Idle,
}

/// Which phases a slot covers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Covers {
    /// Connecting.
    #[serde(default)]
    pub connect: Option<Cover>,
    /// Until the head.
    #[serde(default)]
    pub head: Option<Cover>,
    /// The body.
    #[serde(default)]
    pub body: Option<Cover>,
}

/// A named setting. Setters write slots; the last write wins; a request's slot, where written, replaces the client's slot
/// of the same name; a phase is bounded if a finite slot covers it.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Slot {
    /// The family.
    pub family: String,
    /// The name setters use.
    pub name: String,
    /// Requirement of the crate's version, in cargo's syntax. Default: all.
    #[serde(default)]
    pub versions: Option<String>,
    /// Features that must be on; `!x`: one that must be off.
    #[serde(default)]
    pub features: Vec<String>,
    /// A `cfg` predicate of the target: `any(target_os = "linux", target_os = "android")`.
    #[serde(default)]
    pub target: Option<String>,
    /// The default if no setter is called: in words (`30 s`) where the crate has one; absent where there is none.
    #[serde(default)]
    pub default: Option<String>,
    /// What it covers when finite. All absent: a near miss, it bounds nothing of a request.
    #[serde(default)]
    pub covers: Covers,
    /// It is set on a part of the client that another crate makes (a connector with timeouts), not by a setter of its own:
    /// it bounds, and is not what advice is about.
    #[serde(default)]
    pub part: bool,
    /// It says how many connections are kept for later requests: switched off, none is.
    #[serde(default)]
    pub keeps: bool,
    /// It gives the client something of its own to keep from one request to the next (cookies): one that is built anew starts
    /// afresh.
    #[serde(default)]
    pub remembers: bool,
    /// For a slot that covers less than all: what it does, for the label: `bounds connecting only`.
    #[serde(default)]
    pub near: Option<String>,
    /// Why we say so.
    pub because: String,
    /// Where it was read.
    pub source: String,
}

/// What is known of a family of clients as a whole.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Family {
    /// Its name, unique in the file.
    pub name: String,
    /// Requirement of the crate's version, in cargo's syntax. Default: all.
    #[serde(default)]
    pub versions: Option<String>,
    /// Features that must be on; `!x`: one that must be off.
    #[serde(default)]
    pub features: Vec<String>,
    /// A `cfg` predicate of the target: `any(target_os = "linux", target_os = "android")`.
    #[serde(default)]
    pub target: Option<String>,
    /// The defaults in words, for the note. `{version}` is replaced: `reqwest {version} has no default timeout`.
    pub default_note: String,
    /// What to write on the client: one line of advice.
    pub client_advice: String,
    /// As `client-advice`, for a client whose bodies are read piece by piece: a total bound would cut long ones. Default:
    /// `client-advice`.
    #[serde(default)]
    pub stream_advice: Option<String>,
    /// What to write on a request or one-shot call.
    pub request_advice: String,
    /// What to write about an unread body.
    pub body_advice: String,
    /// Blocks the calling thread.
    #[serde(default)]
    pub blocking: bool,
    /// Panics where it is used on a thread of an async runtime, at least in debug builds.
    #[serde(default)]
    pub panics_in_async: bool,
    /// What it does in async code, in words: one sentence.
    #[serde(default)]
    pub async_note: Option<String>,
    /// What to write instead in async code.
    #[serde(default)]
    pub async_advice: Option<String>,
    /// What a client for each request costs, in words: one sentence.
    #[serde(default)]
    pub reuse_note: Option<String>,
    /// How one client is kept and shared.
    #[serde(default)]
    pub reuse_advice: Option<String>,
    /// Whether one client shares a pool (`false` for crates that open one connection per request anyhow).
    #[serde(default = "yes")]
    pub pooled: bool,
    /// Where it was read.
    pub source: String,
}

/// Splits the name of a family into the package whose file describes it, if it is another one, and its name there.
pub fn split_family(family: &str) -> (Option<&str>, &str) {
    match family.split_once(':') {
        Some((package, name)) => (Some(package), name),
        None => (None, family),
    }
}

/// How a duration-like argument switches a bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Zero {
    /// Zero fails at once: a bound.
    #[default]
    Fails,
    /// Zero switches the bound off.
    Disables,
}

/// The three phases of waiting for an answer.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, serde::Serialize, serde::Deserialize,
)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Name, TCP, proxy, TLS.
    Connect,
    /// From the request to the end of the response's headers.
    Head,
    /// The response's body.
    Body,
}

impl Phase {
    /// All phases in order.
    pub const ALL: [Phase; 3] = [Phase::Connect, Phase::Head, Phase::Body];

    /// The word users read.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Connect => "connect",
            Phase::Head => "head",
            Phase::Body => "body",
        }
    }
}

fn yes() -> bool {
    true
}
