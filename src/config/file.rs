//! The configuration file as it is written. The JSON schema in `schema/` is made from these types.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::finding::Confidence;
use crate::lint::Level;

/// Names of lints and groups, and the level of each.
pub(super) type LintTable = BTreeMap<Spanned<String>, Spanned<Level>>;

/// Configuration of `cargo linger`: `linger.toml` beside `Cargo.lock`, or `[workspace.metadata.linger]` in the manifest
/// there. A package adds its own in `[package.metadata.linger]`; the command line overrules all.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct File {
    /// Levels of lints and groups. The narrower name wins: a lint over its group, a group over `all`. `warnings` is
    /// whatever is a warning in the end.
    #[cfg_attr(test, schemars(with = "BTreeMap<String, Level>"))]
    pub lints: LintTable,
    /// How sure a finding must be to be shown.
    #[cfg_attr(test, schemars(with = "Option<Confidence>"))]
    pub min_confidence: Option<Spanned<Confidence>>,
    /// Whether tests, and test code in libraries and binaries, are reported on, as with `--tests`.
    #[cfg_attr(test, schemars(with = "Option<bool>"))]
    pub test_code: Option<Spanned<bool>>,
    /// Globs of files and folders to report nothing on. They are read all the same: other files may depend on them.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub exclude: Vec<Spanned<String>>,
    /// The file of findings to be silent about, as with `--baseline`; relative to this file.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub baseline: Option<Spanned<String>>,
    /// Levels for some files, packages or test code only. A later one overrules an earlier one.
    pub overrides: Vec<Override>,
    /// What crates of your own do, in the form of the built-in catalogue: globs of files, or a table for each crate.
    #[cfg_attr(test, schemars(with = "Vec<CatalogEntry>"))]
    pub catalog: Vec<Spanned<CatalogEntry>>,
}

/// Levels for some of the code: all that is given must hold.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Override {
    /// Globs of files and folders, relative to this file.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub paths: Vec<Spanned<String>>,
    /// Names of packages, with `*`.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub packages: Vec<Spanned<String>>,
    /// Only in test code (`true`), or only outside of it (`false`).
    pub test_code: Option<bool>,
    /// Levels of lints and groups there.
    #[cfg_attr(test, schemars(with = "BTreeMap<String, Level>"))]
    pub lints: LintTable,
}

/// Where facts about a crate stand.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(super) enum CatalogEntry {
    /// A glob of files.
    Files(String),
    /// The facts themselves.
    Table(
        #[cfg_attr(test, schemars(with = "serde_json::Map<String, serde_json::Value>"))]
        toml::Table,
    ),
}

/// What a package adds in its manifest: `[package.metadata.linger]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PackageFile {
    /// As in [`File`].
    pub lints: LintTable,
    /// As in [`File`], relative to the package.
    pub exclude: Vec<Spanned<String>>,
    /// As in [`File`], relative to the package.
    pub overrides: Vec<PackageOverride>,
}

/// As [`Override`], within a package.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PackageOverride {
    /// Globs of files and folders, relative to the package.
    #[serde(default)]
    pub paths: Vec<Spanned<String>>,
    /// Only in test code, or only outside of it.
    pub test_code: Option<bool>,
    /// Levels of lints and groups there.
    pub lints: LintTable,
}
