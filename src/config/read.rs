//! From the text of a file to what it asks for: names looked up, globs read, places kept.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::error::{ConfigError, Text};
use super::file::{CatalogEntry, File, LintTable, PackageFile};
use super::{Config, PackageConfig, Setting, catalog};
use crate::check::glob::Glob;
use crate::check::levels::{self, Rule};
use crate::check::place::Filter;
use crate::source::Sources;

/// Reads a file that is all configuration.
pub(super) fn file(text: &Text<'_>) -> Result<File, ConfigError> {
    toml::from_str(text.text).map_err(|error| text.reworded(&error))
}

/// Reads the table that `keys` lead to in a manifest. A manifest that is no TOML has none: discover says so.
pub(super) fn table<T: for<'de> Deserialize<'de>>(
    text: &Text<'_>,
    keys: &[&str],
) -> Result<Option<T>, ConfigError> {
    let Ok(document) = DeTable::parse(text.text) else {
        return Ok(None);
    };
    let span = document.span();
    let mut found = Spanned::new(span, DeValue::Table(document.into_inner()));
    for key in keys {
        let DeValue::Table(table) = found.into_inner() else {
            return Ok(None);
        };
        match table.into_iter().find(|(name, _)| name.get_ref() == key) {
            Some((_, value)) => found = value,
            None => return Ok(None),
        }
    }
    T::deserialize(ValueDeserializer::from(found))
        .map(Some)
        .map_err(|error| text.reworded(&error))
}

/// What a configuration of the workspace asks for, with everything in it meant from `dir`.
pub(super) fn workspace(
    sources: &dyn Sources,
    text: &Text<'_>,
    file: File,
    dir: &Path,
) -> Result<Config, ConfigError> {
    let mut rules = rules(text, file.lints, &Filter::default())?;
    for part in file.overrides {
        let filter = Filter {
            base: dir.to_path_buf(),
            paths: globs(text, part.paths)?
                .into_iter()
                .map(|glob| glob.value)
                .collect(),
            packages: part.packages.into_iter().map(Spanned::into_inner).collect(),
            owner: None,
            test_code: part.test_code,
        };
        rules.extend(self::partial(text, part.lints, &filter)?);
    }
    let mut facts = Vec::new();
    for entry in file.catalog {
        let at = entry.span().start;
        facts.extend(match entry.into_inner() {
            CatalogEntry::Files(glob) => catalog::files(sources, text, at, &glob, dir)?,
            CatalogEntry::Table(table) => vec![catalog::table(text, at, &table)?],
        });
    }
    Ok(Config {
        dir: dir.to_path_buf(),
        file: Some(text.name.to_owned()),
        rules,
        min_confidence: file.min_confidence.map(|value| setting(text, value)),
        test_code: file.test_code.map(|value| setting(text, value)),
        exclude: globs(text, file.exclude)?,
        baseline: file.baseline.map(|value| {
            let Setting { value, origin } = setting(text, value);
            Setting {
                value: dir.join(value),
                origin,
            }
        }),
        catalog: facts,
        root_package: None,
        ignored: false,
    })
}

/// What a package asks for in its manifest.
pub(super) fn package(
    text: &Text<'_>,
    file: PackageFile,
    dir: &Path,
) -> Result<PackageConfig, ConfigError> {
    let filter = |paths, test_code| Filter {
        base: dir.to_path_buf(),
        paths,
        packages: Vec::new(),
        owner: Some(dir.to_path_buf()),
        test_code,
    };
    let mut rules = rules(text, file.lints, &filter(Vec::new(), None))?;
    for part in file.overrides {
        let paths: Vec<Glob> = globs(text, part.paths)?
            .into_iter()
            .map(|glob| glob.value)
            .collect();
        rules.extend(self::partial(
            text,
            part.lints,
            &filter(paths, part.test_code),
        )?);
    }
    Ok(PackageConfig {
        dir: PathBuf::from(dir),
        rules,
        exclude: globs(text, file.exclude)?,
    })
}

fn setting<T>(text: &Text<'_>, value: Spanned<T>) -> Setting<T> {
    let origin = text.origin(value.span().start);
    Setting {
        value: value.into_inner(),
        origin,
    }
}

fn globs(
    text: &Text<'_>,
    written: Vec<Spanned<String>>,
) -> Result<Vec<Setting<Glob>>, ConfigError> {
    let read = |word: Spanned<String>| {
        let at = word.span().start;
        match Glob::new(word.get_ref()) {
            Ok(value) => Ok(Setting {
                value,
                origin: text.origin(at),
            }),
            Err(advice) => {
                let what = format!("the glob `{}` cannot be read", word.get_ref());
                Err(text.error(at, what, advice))
            }
        }
    };
    written.into_iter().map(read).collect()
}

/// The rules of an override, which has to be about a part of the code: otherwise it is a slip.
fn partial(text: &Text<'_>, table: LintTable, filter: &Filter) -> Result<Vec<Rule>, ConfigError> {
    let restricted =
        !filter.paths.is_empty() || !filter.packages.is_empty() || filter.test_code.is_some();
    let first = table.keys().map(|name| name.span().start).min();
    if let (false, Some(at)) = (restricted, first) {
        let advice =
            "give it `paths`, `packages` or `test-code`, or write its levels under `[lints]`";
        return Err(text.error(
            at,
            "this override does not say where it holds",
            advice.to_owned(),
        ));
    }
    rules(text, table, filter)
}

/// The rules of one table, wider names first: a table has no order of its own.
fn rules(text: &Text<'_>, table: LintTable, filter: &Filter) -> Result<Vec<Rule>, ConfigError> {
    let mut rules: Vec<(usize, String, Rule)> = Vec::new();
    for (name, level) in table {
        let at = name.span().start;
        let known = levels::normalize(name.get_ref());
        if rules.iter().any(|(_, other, _)| *other == known) {
            let what = format!("`{known}` has a level already, in another spelling");
            return Err(text.error(at, what, "remove one of the two".to_owned()));
        }
        let rule = Rule {
            level: level.into_inner(),
            origin: text.origin(at),
            name: name.into_inner(),
            filter: filter.clone(),
        };
        rules.push((levels::narrowness(&known), known, rule));
    }
    rules.sort_by_key(|(narrowness, ..)| *narrowness);
    Ok(rules.into_iter().map(|(.., rule)| rule).collect())
}
