//! The format of a catalogue file: one TOML file per crate, data only.
//!
//! A file has two halves. `[[api]]` blocks are the crate's public interface as far as it matters, written in Rust
//! without bodies; they go through the same lowering and name resolution as the scanned code, so paths, re-exports, method
//! lookup, traits and generics need no second mechanism. The tables beside them say what no signature can: what bounds
//! which phase, what sends, what reads, what a drop costs, each with a reason and a source.
//!
//! Every entry may carry `versions` (a requirement of the crate's version, default: all), `features` (all must be on),
//! and `target` (a `cfg` predicate); an entry that does not apply to the package at hand is as if it were not there.
//! A feature written `!x` must be off. Pre-releases count as the version they lead to: `0.13.0-rc.1` as `0.13.0`.
//!
//! A family of another file is named `package:family` (`reqwest:reqwest-async`).

mod calls;
mod edits;
mod macros;
mod settings;
mod types;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use self::calls::{CallFact, Pays, Reads, Tells};
pub use self::edits::{EditFact, EditKind, Setting};
pub use self::macros::{AttributeFact, Grammar, MacroFact, Runs};
pub use self::settings::{Cover, Covers, Family, Phase, Slot, Zero, split_family};
pub use self::types::{DropDoes, Role, TypeFact};
use super::stubs::Stubs;

/// A catalogue file.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CrateFile {
    /// The package's name in the registry: `hyper-util`.
    #[serde(rename = "crate")]
    pub krate: String,
    /// Other names the same code was or is published under.
    #[serde(default)]
    pub also: Vec<String>,
    /// Its name in code, where that is not the package's name with `_` for `-`: `s3` of `rust-s3`.
    #[serde(default)]
    pub lib: Option<String>,
    /// The newest version read; used where nothing tells which.
    pub newest: String,
    /// The last version of each older line, so that a requirement such as `0.11` without a lock file finds one.
    #[serde(default)]
    pub lines: Vec<String>,
    /// Features that a feature switches on, as far as entries ask for them: `default = ["curl-client"]`.
    #[serde(default)]
    pub implies: BTreeMap<String, Vec<String>>,
    /// Which versions of other catalogued crates its interface speaks of, where no lock file tells.
    #[serde(default)]
    pub dependency: Vec<Dependency>,
    /// Seeds of the prefilter besides the crate's own name: words one of which every file has that touches this crate's
    /// resources without naming it. Empty for most.
    #[serde(default)]
    pub seeds: Vec<String>,
    /// The interface.
    #[serde(default)]
    pub api: Vec<Api>,
    /// What types are to us.
    #[serde(default, rename = "type")]
    pub types: Vec<TypeFact>,
    /// What a client's settings cover.
    #[serde(default, rename = "slot")]
    pub slots: Vec<Slot>,
    /// What is known of a family of clients as a whole.
    #[serde(default)]
    pub family: Vec<Family>,
    /// What calls do.
    #[serde(default, rename = "call")]
    pub calls: Vec<CallFact>,
    /// What to write where something is owed.
    #[serde(default, rename = "edit")]
    pub edits: Vec<EditFact>,
    /// How macros are to be read.
    #[serde(default, rename = "macro")]
    pub macros: Vec<MacroFact>,
    /// When functions run that carry an attribute.
    #[serde(default, rename = "attribute")]
    pub attributes: Vec<AttributeFact>,
    /// The clients that its build step makes of schemas.
    #[serde(default)]
    pub stubs: Option<Stubs>,
}

/// Which version of another catalogued crate the interface speaks of.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Dependency {
    /// The other package.
    pub package: String,
    /// Requirement of the crate's version, in cargo's syntax. Default: all.
    #[serde(default)]
    pub versions: Option<String>,
    /// What this crate requires of it, in cargo's syntax.
    pub requirement: String,
}

/// A piece of the crate's interface, in Rust: `mod`, `struct`, `enum`, `trait`, `type`, `use`, `impl`, `fn`, without bodies
/// (`fn f();`) and without visibility (everything is public, but `use` needs `pub use` to re-export). `crate::` is the crate
/// itself; other catalogued crates are named as in Rust (`std::time::Duration`, `http::Response<T>`).
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Api {
    /// Requirement of the crate's version, in cargo's syntax. Default: all.
    #[serde(default)]
    pub versions: Option<String>,
    /// Features that must be on; `!x`: one that must be off.
    #[serde(default)]
    pub features: Vec<String>,
    /// A `cfg` predicate of the target: `any(target_os = "linux", target_os = "android")`.
    #[serde(default)]
    pub target: Option<String>,
    /// The Rust text.
    pub text: String,
}
