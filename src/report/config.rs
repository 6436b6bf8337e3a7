//! What is in force, and where each value comes from: a table for people, an object for programs.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::columns::aligned;
use crate::check::levels::{Levels, Origin, Rule};
use crate::config::{Config, PackageConfig, Setting};
use crate::discover::display_name;
use crate::finding::Confidence;
use crate::lint::Level;

/// All that holds for a run.
#[derive(Debug)]
pub struct InForce {
    /// What the workspace asks for.
    pub config: Config,
    /// What its packages add.
    pub packages: Vec<PackageConfig>,
    /// The levels of all layers.
    pub levels: Levels,
    /// How sure a finding must be.
    pub min_confidence: Setting<Confidence>,
    /// Whether test code is reported on.
    pub test_code: Setting<bool>,
    /// The ids of all lints.
    pub lints: Vec<&'static str>,
    /// The folder of the workspace.
    pub root: PathBuf,
}

#[derive(Serialize)]
struct Object<'a> {
    schema: &'static str,
    /// The file that speaks for the workspace.
    file: Option<&'a str>,
    settings: Vec<SettingRow>,
    lints: Vec<LintRow<'a>>,
    overrides: Vec<OverrideRow<'a>>,
}

#[derive(Serialize)]
struct SettingRow {
    key: &'static str,
    value: String,
    from: String,
}

#[derive(Serialize)]
struct LintRow<'a> {
    lint: &'a str,
    level: Level,
    from: String,
}

/// A level that holds for a part of the code.
#[derive(Serialize)]
struct OverrideRow<'a> {
    lint: &'a str,
    level: Level,
    from: String,
    paths: Vec<String>,
    packages: Vec<String>,
    test_code: Option<bool>,
}

/// Writes the object.
pub fn json(in_force: &InForce, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(&object(in_force))?;
    writeln!(out, "{}", super::escape::json(&text))
}

/// Writes the tables.
pub fn human(in_force: &InForce, out: &mut dyn Write) -> io::Result<()> {
    let object = object(in_force);
    match object.file {
        Some(file) => writeln!(out, "configured in {}", super::plain(file))?,
        None => writeln!(out, "no configuration: what is built in holds")?,
    }
    let settings: Vec<Vec<String>> = object
        .settings
        .iter()
        .map(|row| vec![row.key.to_owned(), row.value.clone(), row.from.clone()])
        .collect();
    let lints: Vec<Vec<String>> = object
        .lints
        .iter()
        .map(|row| {
            vec![
                row.lint.to_owned(),
                row.level.as_str().to_owned(),
                row.from.clone(),
            ]
        })
        .collect();
    let overrides: Vec<Vec<String>> = object
        .overrides
        .iter()
        .map(|row| {
            vec![
                row.lint.to_owned(),
                row.level.as_str().to_owned(),
                row.from.clone(),
                place(row),
            ]
        })
        .collect();
    for (title, rows) in [
        ("settings", settings),
        ("levels", lints),
        ("in a part of the code", overrides),
    ] {
        if !rows.is_empty() {
            writeln!(out, "\n{title}")?;
            aligned(&rows, out)?;
        }
    }
    Ok(())
}

fn place(row: &OverrideRow<'_>) -> String {
    let mut words = Vec::new();
    if !row.packages.is_empty() {
        words.push(format!("in package {}", row.packages.join(", ")));
    }
    if !row.paths.is_empty() {
        words.push(format!("below {}", row.paths.join(", ")));
    }
    match row.test_code {
        Some(true) => words.push("in test code".to_owned()),
        Some(false) => words.push("outside of test code".to_owned()),
        None => {}
    }
    words.join(", ")
}

fn object(in_force: &InForce) -> Object<'_> {
    let config = &in_force.config;
    let mut settings = vec![
        row(
            "min-confidence",
            in_force.min_confidence.value.as_str(),
            &in_force.min_confidence.origin,
        ),
        row(
            "test-code",
            &in_force.test_code.value.to_string(),
            &in_force.test_code.origin,
        ),
    ];
    settings.extend(
        config
            .exclude
            .iter()
            .map(|glob| row("exclude", glob.value.as_str(), &glob.origin)),
    );
    for package in &in_force.packages {
        settings.extend(package.exclude.iter().map(|glob| {
            let text = below(&in_force.root, &package.dir, glob.value.as_str());
            row("exclude", &text, &glob.origin)
        }));
    }
    if let Some(Setting { value, origin }) = &config.baseline {
        settings.push(row(
            "baseline",
            &display_name(&in_force.root, value),
            origin,
        ));
    }
    let file = config.file.as_deref().unwrap_or_default();
    settings.extend(config.catalog.iter().map(|facts| SettingRow {
        key: "catalog",
        value: facts.name.clone(),
        from: file.to_owned(),
    }));
    let lints = in_force.lints.iter().map(|lint| {
        let (level, origin) = in_force.levels.explained(lint);
        LintRow {
            lint,
            level,
            from: origin.to_string(),
        }
    });
    Object {
        schema: "linger.config/1",
        file: config.file.as_deref(),
        settings,
        lints: lints.collect(),
        overrides: in_force
            .levels
            .partial()
            .map(|rule| part(in_force, rule))
            .collect(),
    }
}

fn row(key: &'static str, value: &str, origin: &Origin) -> SettingRow {
    SettingRow {
        key,
        value: value.to_owned(),
        from: origin.to_string(),
    }
}

fn part<'a>(in_force: &InForce, rule: &'a Rule) -> OverrideRow<'a> {
    let filter = &rule.filter;
    let mut packages = filter.packages.clone();
    packages.extend(
        filter
            .owner
            .iter()
            .map(|dir| display_name(&in_force.root, dir)),
    );
    OverrideRow {
        lint: &rule.name,
        level: rule.level,
        from: rule.origin.to_string(),
        paths: filter
            .paths
            .iter()
            .map(|glob| below(&in_force.root, &filter.base, glob.as_str()))
            .collect(),
        packages,
        test_code: filter.test_code,
    }
}

/// A glob as it reads from the root.
fn below(root: &Path, base: &Path, glob: &str) -> String {
    match display_name(root, base).as_str() {
        "." => glob.to_owned(),
        dir => format!("{dir}/{glob}"),
    }
}
