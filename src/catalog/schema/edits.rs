//! What to write where something is owed.

use serde::Deserialize;

/// What an edit does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Hash, PartialOrd, Ord)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum EditKind {
    /// Settings that bound a whole exchange, put before the call that builds a client: for short calls.
    ClientTotal,
    /// Settings that bound each wait on its own, put before the call that builds a client: for streams and downloads.
    ClientIdle,
    /// Settings that bound a whole exchange, put before the call that sends a request.
    RequestTotal,
    /// Settings that bound each wait on its own, put before the call that sends a request.
    RequestIdle,
    /// What a bare constructor becomes, so that settings can be put in.
    Construct,
    /// What a one-shot call becomes, so that settings can be put in.
    OneShot,
    /// Statements that read what is left of a body, up to a limit.
    Drain,
    /// What a call that loses a task becomes, so that somebody has it.
    Track,
}

/// A setting written by an edit.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Setting {
    /// The slot it writes: one that is written already is left alone.
    pub slot: String,
    /// The call, without its dot: `timeout({30 s})`.
    pub call: String,
}

/// What to write where something is owed: text, with the place left to the engine.
///
/// In `call`, `chain` and the statements, `{30 s}` is a duration as the place writes it, `{crate}` the crate as the place
/// names it, `{args}` the old call's arguments, `{fail}` the error handling of the place (`?` where the place hands on this
/// error, else `.expect(..)` with the reason in `expect`), `{set}` the settings of the family's own edit, `{it}` the value.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EditFact {
    /// What it does.
    pub kind: EditKind,
    /// Whose; none for tasks.
    #[serde(default)]
    pub family: Option<String>,
    /// Requirement of the crate's version, in cargo's syntax. Default: all.
    #[serde(default)]
    pub versions: Option<String>,
    /// Features that must be on; `!x`: one that must be off.
    #[serde(default)]
    pub features: Vec<String>,
    /// A `cfg` predicate of the target: `any(target_os = "linux", target_os = "android")`.
    #[serde(default)]
    pub target: Option<String>,
    /// `construct`: names of the client type's functions it replaces (`new`, `default`); `one-shot` and `track`: canonical
    /// paths.
    #[serde(default)]
    pub from: Vec<String>,
    /// The settings (`client-total`, `client-idle`, `request-total`, `request-idle`).
    #[serde(default)]
    pub set: Vec<Setting>,
    /// Calls around the settings, for families that keep settings apart: `config()` … `build()`.
    #[serde(default)]
    pub chain: Vec<String>,
    /// Why building cannot fail where it is not expected to, for `.expect(..)`.
    #[serde(default)]
    pub expect: Option<String>,
    /// The error that building yields: `reqwest::Error`.
    #[serde(default)]
    pub error: Option<String>,
    /// Statements (`drain`), or those before the loop (`track`).
    #[serde(default)]
    pub text: Option<String>,
    /// `track`: statements behind the loop.
    #[serde(default)]
    pub after: Option<String>,
    /// `track`: statements behind the call, in a loop without end.
    #[serde(default)]
    pub each: Option<String>,
    /// `drain`: methods whose answer it changes (`content_length`); where one is asked, it is not offered.
    #[serde(default)]
    pub spoils: Vec<String>,
    /// `drain`: it awaits.
    #[serde(default)]
    pub awaits: bool,
    /// Why it is right.
    pub because: String,
}

impl EditFact {
    /// All code in it.
    pub fn code(&self) -> impl Iterator<Item = &str> {
        let texts = [&self.error, &self.text, &self.after, &self.each];
        let texts = texts.into_iter().flatten();
        let calls = self.set.iter().map(|s| &s.call);
        let all = self.from.iter().chain(&self.chain).chain(&self.spoils);
        all.chain(calls).chain(texts).map(String::as_str)
    }
}
